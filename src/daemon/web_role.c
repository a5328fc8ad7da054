/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/campaign.h"
#include "config/config.h"
#include "daemon/event.h"
#include "daemon/ipc.h"
#include "daemon/role.h"
#include "message/visit.h"
#include "template/fit.h"
#include "web/page.h"
#include "web/server.h"
#include "words/country.h"

/* The web role: requests from browsers (web/server.h) become visits for the
 * keeper, and what it has seen becomes pages (web/page.h).  It has no keys and
 * no database; all it knows of a person is what one page shows. */

#define PATIENCE 8000           /* ms until a visitor is asked to come again */
#define FRESH 5000              /* ms for which figures are good */
#define FIGURES_ID 0            /* visits count from 1 */
#define METRICS_CONNECTIONS 16
#define STOP_MS 1500

/* A request that the keeper is being asked about. */
struct waiting {
	struct waiting *next;
	struct request *request;
	uint64_t id;
	int64_t until;
};

struct face {
	struct web *web;
	struct server *server;          /* NULL: not configured */
	struct event_watch *watch;
	struct event_timer *timer;
};

struct words {
	struct campaigns *campaigns;
	struct countries *countries;
	struct pages *pages;
};

struct web {
	struct role_self *self;
	struct words words;
	struct face people, machines;   /* pages; metrics */
	struct event_timer *stop_by;
	struct arena *arena;            /* of one answer */
	struct waiting *visits, **last_visit;   /* in the order of ids */
	struct waiting *readers;                /* of figures */
	uint64_t next_id;
	struct buf figures;
	int64_t figures_at;             /* tick; 0: none yet */
	bool figures_asked;
	uint32_t starts[ROLE_COUNT];
};

/* ---- templates and campaigns ----------------------------------------------- */

static void
words_clear(struct words *w)
{
	pages_free(&w->pages);
	countries_free(&w->countries);
	campaigns_free(&w->campaigns);
}

static enum status
words_load(struct words *w, const struct config *c,
    const struct campaigns *in_use, struct reason *why)
{
	enum status st;

	memset(w, 0, sizeof *w);
	st = fit_load(&w->campaigns, c, in_use, why);
	if (st == OK)
		st = countries_load(&w->countries, NULL, NULL,
		    campaigns_languages(w->campaigns), why);
	if (st == OK)
		st = pages_load(&w->pages, c, w->campaigns, w->countries, why);
	if (st != OK)
		words_clear(w);
	return st;
}

/* ---- answers -------------------------------------------------------------------- */

static struct ipc *
keeper(const struct web *web)
{
	return web->self->peer[ROLE_KEEPER];
}

static void
answer_page(struct web *web, struct request *rq, unsigned status,
    enum page_kind kind, const struct seen *seen)
{
	struct page_ask ask = { kind, seen, request_language(rq),
	    request_accepts(rq) };
	struct buf page = BUF_INIT;

	pages_render(web->words.pages, &ask, &page);
	server_answer(rq, status, SERVER_HTML, &page);
}

static void
answer_text(struct request *rq, unsigned status, const char *text)
{
	struct buf body = BUF_INIT;

	buf_addstr(&body, text);
	server_answer(rq, status, SERVER_TEXT, &body);
}

static const struct {
	enum page_kind page;
	unsigned status;
} pages_of[SEEN_KINDS] = {
	[SEEN_NOTHING] = { PAGE_NOTHING, 404 },
	[SEEN_TROUBLE] = { PAGE_TROUBLE, 503 },
	[SEEN_WELL] = { PAGE_TROUBLE, 503 },
	[SEEN_MAY_SIGN] = { PAGE_SIGN, 200 },
	[SEEN_SIGNED] = { PAGE_SIGNED, 200 },
	[SEEN_CLOSED] = { PAGE_CLOSED, 200 },
	[SEEN_MAY_STOP] = { PAGE_STOP, 200 },
	[SEEN_STOPPED] = { PAGE_STOPPED, 200 },
};

/* What the keeper has seen of a campaign that is not here yet, or not any more,
 * is shown when it is. */
static void
answer_seen(struct web *web, struct request *rq, const struct seen *seen)
{
	static const struct seen nobody = { .kind = SEEN_TROUBLE };

	if (request_path(rq)->kind == PATH_HEALTH) {
		answer_text(rq, seen->kind == SEEN_WELL ? 200 : 503,
		    seen->kind == SEEN_WELL ? "ok\n" : "not now\n");
		return;
	}
	if (seen->slug != NULL &&
	    campaigns_find(web->words.campaigns, seen->slug, NULL) == NULL)
		seen = &nobody;
	answer_page(web, rq, pages_of[seen->kind].status,
	    pages_of[seen->kind].page, seen->slug == NULL ? NULL : seen);
}

static void
answer_trouble(struct web *web, struct request *rq)
{
	static const struct seen trouble = { .kind = SEEN_TROUBLE };

	answer_seen(web, rq, &trouble);
}

/* ---- visits ----------------------------------------------------------------------- */

static struct waiting *
let_wait(struct web *web, struct request *rq, uint64_t id)
{
	struct waiting *w = mem_alloc(sizeof *w);

	w->request = rq;
	w->id = id;
	w->until = event_tick(web->self->event) + PATIENCE;
	return w;
}

static struct request *
unlink_visit(struct web *web, struct waiting **at)
{
	struct waiting *w = *at;
	struct request *rq = w->request;

	*at = w->next;
	if (w->next == NULL)
		web->last_visit = at;
	free(w);
	return rq;
}

static void
ask(struct web *web, struct request *rq, const struct visit *visit)
{
	struct waiting *w;

	if (keeper(web) == NULL || ipc_is_full(keeper(web)) ||
	    web->self->stopping) {
		answer_trouble(web, rq);
		return;
	}
	w = let_wait(web, rq, ++web->next_id);
	*web->last_visit = w;
	web->last_visit = &w->next;
	visit_pack(visit, ipc_begin(keeper(web), IPC_VISIT, w->id));
	ipc_end(keeper(web));
}

static void
on_seen(struct web *web, uint64_t id, const void *bytes, size_t len)
{
	struct waiting **at = &web->visits;
	struct request *rq;
	struct seen seen;

	/* Answers come in the order of the questions: it is the first. */
	while (*at != NULL && (*at)->id != id)
		at = &(*at)->next;
	if (*at == NULL)
		return;                 /* she was told to come again */
	rq = unlink_visit(web, at);
	if (seen_unpack(&seen, web->arena, bytes, len) != OK) {
		log_warnx("seen=unreadable the keeper sent a record that is no "
		    "answer");
		answer_trouble(web, rq);
	} else
		answer_seen(web, rq, &seen);
	arena_reset(web->arena);
}

static void
ask_visit(struct web *web, struct request *rq)
{
	const struct path *path = request_path(rq);
	struct visit visit = { .kind = VISIT_HEALTH };

	if (path->kind != PATH_HEALTH)
		visit = (struct visit){
			.kind = request_is_press(rq) ? VISIT_ACT : VISIT_LOOK,
			.purpose = path->kind == PATH_SIGN ? PURPOSE_CONFIRM :
			    PURPOSE_UNSUBSCRIBE,
			.slug = path->slug, .token = path->token,
			.text = request_text(rq) };
	ask(web, rq, &visit);
}

static void
asked_by_people(void *arg, struct request *rq)
{
	struct web *web = arg;
	struct buf style = BUF_INIT;

	switch (request_path(rq)->kind) {
	case PATH_SIGN:
	case PATH_STOP:
	case PATH_HEALTH:
		ask_visit(web, rq);
		return;
	case PATH_STYLE:
		buf_add(&style, pages_style(web->words.pages)->data,
		    pages_style(web->words.pages)->len);
		server_answer(rq, 200, SERVER_STYLE, &style);
		return;
	case PATH_HOME:
		answer_page(web, rq, 200, PAGE_HOME, NULL);
		return;
	default:
		answer_page(web, rq, 404, PAGE_NOTHING, NULL);
	}
}

/* ---- figures ------------------------------------------------------------------------ */

/* The first start of each is no restart. */
static void
put_restarts(const struct web *web, struct buf *out)
{
	size_t i;

	buf_addstr(out, "# HELP undersigned_role_restarts_total How often a role "
	    "was started again.\n# TYPE undersigned_role_restarts_total "
	    "counter\n");
	for (i = ROLE_PARENT + 1; i < ROLE_COUNT; i++)
		buf_addf(out, "undersigned_role_restarts_total{role=\"%s\"} %lu\n",
		    role_name((enum role)i), web->starts[i] == 0 ? 0 :
		    (unsigned long)web->starts[i] - 1);
}

static void
answer_figures(const struct web *web, struct request *rq)
{
	struct buf body = BUF_INIT;

	buf_addf(&body, "# HELP undersigned_up Whether the keeper answers.\n"
	    "# TYPE undersigned_up gauge\nundersigned_up %d\n",
	    web->figures_at != 0);
	buf_add(&body, web->figures.data, web->figures.len);
	put_restarts(web, &body);
	server_answer(rq, 200, SERVER_FIGURES, &body);
}

static void
answer_readers(struct web *web)
{
	struct waiting *w;

	while ((w = web->readers) != NULL) {
		web->readers = w->next;
		answer_figures(web, w->request);
		free(w);
	}
}

static void
forget_figures(struct web *web)
{
	buf_clear(&web->figures);
	web->figures_at = 0;
	web->figures_asked = false;
	answer_readers(web);
}

static void
on_figures(struct web *web, const void *bytes, size_t len)
{
	buf_clear(&web->figures);
	buf_add(&web->figures, bytes, len);
	web->figures_at = event_tick(web->self->event);
	web->figures_asked = false;
	answer_readers(web);
}

static void
asked_by_machines(void *arg, struct request *rq)
{
	struct web *web = arg;
	int64_t now = event_tick(web->self->event);
	struct waiting *w;

	if (request_path(rq)->kind != PATH_METRICS) {
		answer_text(rq, 404, "The numbers are at /metrics.\n");
		return;
	}
	if (keeper(web) == NULL || web->self->stopping ||
	    (web->figures_at != 0 && now - web->figures_at < FRESH)) {
		answer_figures(web, rq);
		return;
	}
	w = let_wait(web, rq, FIGURES_ID);
	w->next = web->readers;
	web->readers = w;
	if (!web->figures_asked)
		ipc_send(keeper(web), IPC_ASK_FIGURES, FIGURES_ID, NULL, 0);
	web->figures_asked = true;
}

/* ---- running the servers ---------------------------------------------------------------- */

static void
give_up_waiting(struct web *web, int64_t now)
{
	while (web->visits != NULL && web->visits->until <= now)
		answer_trouble(web, unlink_visit(web, &web->visits));
	if (web->readers != NULL && web->readers->until <= now)
		forget_figures(web);
}

static void
run(struct face *face)
{
	int wait;

	if (face->server == NULL)
		return;
	wait = server_run(face->server);
	event_timer_set(face->timer, event_tick(face->web->self->event) + wait);
}

/* What was answered from outside goes out in this turn, not when time is up. */
static void
run_soon(struct web *web)
{
	int64_t now = event_tick(web->self->event);

	event_timer_set(web->people.timer, now);
	if (web->machines.timer != NULL)
		event_timer_set(web->machines.timer, now);
}

static void
face_ready(void *arg, unsigned what)
{
	(void)what;
	run(arg);
}

static void
face_timer(void *arg)
{
	struct face *face = arg;

	give_up_waiting(face->web, event_tick(face->web->self->event));
	run(face);
}

static void
face_start(struct face *face)
{
	struct event *ev = face->web->self->event;

	if (face->server == NULL)
		return;
	face->watch = event_watch(ev, server_fd(face->server), EVENT_READ,
	    face_ready, face);
	face->timer = event_timer_new(ev, face_timer, face);
	event_timer_set(face->timer, event_tick(ev));
}

static void
face_end(struct face *face)
{
	event_unwatch(&face->watch);
	event_timer_free(&face->timer);
	server_free(&face->server);
}

/* ---- the role ------------------------------------------------------------------------------ */

static enum status
prepare(struct role_self *self, struct reason *why)
{
	const struct config *c = self->config;
	struct web *web = mem_alloc(sizeof *web);
	struct server_setup people = { self->handed_fd, c->web.base_url,
	    (unsigned)c->web.connections, (unsigned)c->web.idle,
	    asked_by_people, web };
	struct server_setup machines = { self->second_fd, NULL,
	    METRICS_CONNECTIONS, (unsigned)c->web.idle, asked_by_machines, web };
	enum status st;

	self->state = web;
	web->self = self;
	web->arena = arena_new();
	web->last_visit = &web->visits;
	web->people.web = web->machines.web = web;
	buf_init(&web->figures);
	st = words_load(&web->words, c, NULL, why);
	if (st == OK)
		st = server_new(&web->people.server, &people, why);
	if (st == OK && self->second_fd >= 0)
		st = server_new(&web->machines.server, &machines, why);
	self->handed_fd = self->second_fd = -1;         /* theirs now */
	return st;
}

static void
on_stop_by(void *arg)
{
	struct web *web = arg;

	role_done(web->self);
}

static enum status
start(struct role_self *self, struct reason *why)
{
	struct web *web = self->state;

	(void)why;
	web->stop_by = event_timer_new(self->event, on_stop_by, web);
	face_start(&web->people);
	face_start(&web->machines);
	return OK;
}

static void
joined(struct role_self *self, enum role peer)
{
	(void)self;
	(void)peer;
}

/* Whether a press was kept nobody knows; pressing again does no harm. */
static void
lost(struct role_self *self, enum role peer)
{
	struct web *web = self->state;

	(void)peer;
	while (web->visits != NULL)
		answer_trouble(web, unlink_visit(web, &web->visits));
	forget_figures(web);
	run_soon(web);
}

static void
record(struct role_self *self, enum role peer, enum ipc_type type, uint64_t id,
    const void *bytes, size_t len)
{
	struct web *web = self->state;

	(void)peer;
	if (type == IPC_SEEN)
		on_seen(web, id, bytes, len);
	else if (type == IPC_FIGURES)
		on_figures(web, bytes, len);
	run_soon(web);
	if (web->self->stopping && web->visits == NULL)
		event_timer_set(web->stop_by, event_tick(self->event));
}

static void
starts(struct role_self *self, const uint32_t count[ROLE_COUNT])
{
	struct web *web = self->state;

	memcpy(web->starts, count, sizeof web->starts);
}

static enum status
reload(struct role_self *self, struct reason *why)
{
	struct web *web = self->state;
	struct words fresh;
	enum status st = words_load(&fresh, self->config, web->words.campaigns,
	    why);

	if (st != OK)
		return st;
	words_clear(&web->words);
	web->words = fresh;
	return OK;
}

/* Who has asked is answered; who comes now waits for the next start. */
static void
stop(struct role_self *self)
{
	struct web *web = self->state;

	server_quiet(web->people.server);
	if (web->machines.server != NULL)
		server_quiet(web->machines.server);
	event_timer_set(web->stop_by, event_tick(self->event) +
	    (web->visits == NULL ? 0 : STOP_MS));
}

static void
finish(struct role_self *self)
{
	struct web *web = self->state;

	while (web->visits != NULL)
		answer_trouble(web, unlink_visit(web, &web->visits));
	forget_figures(web);
	run(&web->people);              /* what was answered goes out */
	run(&web->machines);
	face_end(&web->people);
	face_end(&web->machines);
	event_timer_free(&web->stop_by);
	words_clear(&web->words);
	arena_free(&web->arena);
	buf_free(&web->figures);
	free(web);
	self->state = NULL;
}

const struct role_code web_role = {
	.prepare = prepare,
	.start = start,
	.joined = joined,
	.lost = lost,
	.record = record,
	.reload = reload,
	.starts = starts,
	.stop = stop,
	.finish = finish,
};
