/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "config/campaign.h"
#include "config/config.h"
#include "daemon/blackbox.h"
#include "daemon/event.h"
#include "daemon/ipc.h"
#include "daemon/role.h"
#include "daemon/sandbox.h"
#include "delivery/render.h"
#include "delivery/sender.h"
#include "message/job.h"
#include "outbox/mailing.h"
#include "template/fit.h"
#include "words/country.h"

/* The delivery role: jobs from the keeper go to the sender, outcomes come
 * back.
 *
 * When the keeper dies it forgets what is on its way here, and its next life
 * asks for it again.  So a job that is here already is not taken twice, and
 * one that went out when nobody could be told is told of instead of sent.  Of
 * updates, for which it does not ask again, it is told what became; they are
 * given again only when staff say so, or when they were put off. */

#define RESULTS 64
#define RECENT 2048             /* jobs remembered; a power of two */
#define GATHER 2                /* milliseconds in which results gather */
#define STOP_MS 2500
#define FINISH_MS 300
#define SPARE_DESCRIPTORS 64

struct recent {
	int64_t id;
	unsigned char name[BLACKBOX_NAME];      /* of the packed job */
	enum { NONE, IN_HAND, SENT, REFUSED, ENDED } state;     /* ENDED: an
	                                   update's, otherwise */
	struct outcome outcome;
};

struct texts {
	struct campaigns *campaigns;
	struct countries *countries;
	struct renderer *renderer;
};

struct delivery {
	struct role_self *self;
	struct texts texts;
	struct sender *sender;          /* NULL: no relay is configured */
	struct event_watch *watch;
	struct event_timer *gathered;
	struct recent recent[RECENT];
	size_t next_recent;
	bool keeper_came_back;
};

/* ---- templates and campaigns -------------------------------------------------- */

static void
texts_clear(struct texts *t)
{
	renderer_free(&t->renderer);
	countries_free(&t->countries);
	campaigns_free(&t->campaigns);
}

static enum status
texts_load(struct texts *t, const struct config *c,
    const struct campaigns *in_use, struct reason *why)
{
	enum status st;

	memset(t, 0, sizeof *t);
	st = fit_load(&t->campaigns, c, in_use, why);
	if (st == OK)
		st = countries_load(&t->countries, NULL, NULL,
		    campaigns_languages(t->campaigns), why);
	if (st == OK)
		st = renderer_new(&t->renderer, c->template_dir, t->campaigns,
		    t->countries, c->mail_domain, why);
	if (st != OK)
		texts_clear(t);
	return st;
}

/* ---- jobs -------------------------------------------------------------------------- */

static struct ipc *
keeper(const struct delivery *d)
{
	return d->self->peer[ROLE_KEEPER];
}

/* A mark in the black box, from a worker's thread. */
static void
mark(void *arg, unsigned worker, int64_t id, enum sender_stage stage)
{
	struct delivery *d = arg;
	unsigned char name[BLACKBOX_NAME];

	switch (stage) {
	case SENDER_IN_HAND:
		blackbox_name_id(name, id);
		blackbox_take(d->self->box, worker, name);
		break;
	case SENDER_BEGUN:
		if (mailing_is_job(id))
			blackbox_begin(d->self->box, id);
		break;
	case SENDER_DONE:
	default:
		blackbox_done(d->self->box, worker);
		break;
	}
}

static struct recent *
find_name(struct delivery *d, const unsigned char *name)
{
	size_t i;

	for (i = 0; i < RECENT; i++)
		if (d->recent[i].state != NONE &&
		    memcmp(d->recent[i].name, name, BLACKBOX_NAME) == 0)
			return &d->recent[i];
	return NULL;
}

static struct recent *
find_id(struct delivery *d, int64_t id)
{
	size_t i, at;

	/* What comes back was most likely given not long ago. */
	for (i = 1; i <= RECENT; i++) {
		at = (d->next_recent - i) & (RECENT - 1);
		if (d->recent[at].state == IN_HAND && d->recent[at].id == id)
			return &d->recent[at];
	}
	return NULL;
}

static void
remember(struct delivery *d, int64_t id, const unsigned char *name)
{
	struct recent *r = &d->recent[d->next_recent++ & (RECENT - 1)];

	r->id = id;
	memcpy(r->name, name, BLACKBOX_NAME);
	r->state = IN_HAND;
}

static void
take_job(struct delivery *d, uint64_t id, const void *bytes, size_t len)
{
	static const struct outcome nobody = { .kind = OUTCOME_RELAY_DOWN };
	unsigned char name[BLACKBOX_NAME];
	struct recent *r;

	if (d->sender == NULL || (d->self->stopping &&
	    mailing_is_job((int64_t)id))) {
		ipc_send_outcome(keeper(d), id, &nobody);
		return;
	}
	if (d->self->stopping)
		return;                 /* it will be due again */
	blackbox_name_bytes(name, bytes, len);
	r = !d->keeper_came_back ? NULL : mailing_is_job((int64_t)id) ?
	    find_id(d, (int64_t)id) : find_name(d, name);
	if (r != NULL && r->state == IN_HAND)
		return;
	if (r != NULL) {
		ipc_send_outcome(keeper(d), id, &r->outcome);
		return;
	}
	remember(d, (int64_t)id, name);
	sender_give(d->sender, bytes, len);
}

/* ---- outcomes ------------------------------------------------------------------------- */

static void
report(struct delivery *d, const struct sender_result *result)
{
	struct recent *r = find_id(d, result->id);
	enum outcome_kind kind = result->outcome.kind;

	if (r != NULL) {
		r->outcome = result->outcome;
		r->state = kind == OUTCOME_DELIVERED ? SENT :
		    kind == OUTCOME_FAILED ? REFUSED :
		    mailing_is_job(result->id) ? ENDED : NONE;
	}
	log_debug("o=%lld outcome=%s reply=%u", (long long)result->id,
	    outcome_text(kind), (unsigned)result->outcome.reply);
	if (keeper(d) != NULL)
		ipc_send_outcome(keeper(d), (uint64_t)result->id,
		    &result->outcome);
}

/* Of the last attempt at each. */
static void
tell_of_updates(struct delivery *d)
{
	size_t i, j, at, later;

	for (i = 1; i <= RECENT; i++) {
		at = (d->next_recent - i) & (RECENT - 1);
		if (d->recent[at].state < SENT ||
		    !mailing_is_job(d->recent[at].id))
			continue;
		for (j = 1; j < i; j++) {
			later = (d->next_recent - j) & (RECENT - 1);
			if (d->recent[later].id == d->recent[at].id)
				break;
		}
		if (j == i)
			ipc_send_outcome_again(keeper(d),
			    (uint64_t)d->recent[at].id,
			    &d->recent[at].outcome);
	}
}

static void
report_all(struct delivery *d)
{
	struct sender_result result[RESULTS];
	size_t i, n;

	while ((n = sender_results(d->sender, result, RESULTS)) > 0)
		for (i = 0; i < n; i++)
			report(d, &result[i]);
}

/* Told at once; those that come right after it are told together, for waking up
 * two processes costs as much as sending a mail. */
static void
results_ready(void *arg, unsigned what)
{
	struct delivery *d = arg;

	(void)what;
	report_all(d);
	event_want(d->watch, 0);
	event_timer_set(d->gathered, event_tick(d->self->event) + GATHER);
}

static void
results_gathered(void *arg)
{
	struct delivery *d = arg;

	event_want(d->watch, EVENT_READ);
}

/* ---- the role ---------------------------------------------------------------------------- */

static enum status
prepare(struct role_self *self, struct reason *why)
{
	const struct config *c = self->config;
	struct delivery *d = mem_alloc(sizeof *d);
	enum status st;

	self->state = d;
	d->self = self;
	st = texts_load(&d->texts, c, NULL, why);
	if (st != OK)
		return st;
	if (c->delivery.relay == NULL) {
		log_warnx("relay=none mail is kept until delivery.relay is set "
		    "in %s", c->file);
		return OK;
	}
	return sender_new(&d->sender, c, d->texts.renderer, mark, d, why);
}

static void
profile(const struct role_self *self, struct sandbox_profile *p)
{
	const struct delivery *d = self->state;

	p->descriptors = SPARE_DESCRIPTORS +
	    2 * (size_t)self->config->delivery.connections;
	if (d->sender == NULL)
		return;
	p->connect_port = sender_port(d->sender);
	if (sender_dir(d->sender) != NULL) {
		p->edits[0] = sender_dir(d->sender);
		p->calls |= SANDBOX_EDIT;
	}
	if (p->connect_port == 0)
		p->calls &= ~SANDBOX_CONNECT;
}

static enum status
start(struct role_self *self, struct reason *why)
{
	struct delivery *d = self->state;

	if (d->sender == NULL)
		return OK;
	d->gathered = event_timer_new(self->event, results_gathered, d);
	d->watch = event_watch(self->event, sender_fd(d->sender), EVENT_READ,
	    results_ready, d);
	return sender_start(d->sender, why);
}

static void
joined(struct role_self *self, enum role peer)
{
	struct delivery *d = self->state;

	if (peer == ROLE_KEEPER && d->keeper_came_back)
		tell_of_updates(d);
}

static void
lost(struct role_self *self, enum role peer)
{
	struct delivery *d = self->state;

	(void)peer;
	d->keeper_came_back = true;
}

static enum status
reload(struct role_self *self, struct reason *why)
{
	struct delivery *d = self->state;
	struct texts fresh;
	enum status st = texts_load(&fresh, self->config,
	    d->texts.campaigns, why);

	if (st != OK)
		return st;
	renderer_take_texts(fresh.renderer, d->texts.renderer);
	if (d->sender != NULL)
		sender_set_renderer(d->sender, fresh.renderer);
	texts_clear(&d->texts);
	d->texts = fresh;
	return OK;
}

/* The words of an update, before the first of its jobs. */
static void
take_text(struct delivery *d, const void *bytes, size_t len)
{
	struct arena *arena = arena_new();
	struct job_text text;

	if (text_unpack(&text, arena, bytes, len) == OK)
		renderer_set_text(d->texts.renderer, &text);
	else
		log_warnx("the words of an update are damaged and were dropped");
	arena_free(&arena);
}

static void
record(struct role_self *self, enum role peer, enum ipc_type type, uint64_t id,
    const void *bytes, size_t len)
{
	(void)peer;
	if (type == IPC_JOB)
		take_job(self->state, id, bytes, len);
	else if (type == IPC_TEXT)
		take_text(self->state, bytes, len);
}

/* Mails in hand are finished, and what became of them is told; those that have
 * not been begun are due again at the next start. */
static void
stop(struct role_self *self)
{
	static const struct outcome farewell = { .kind = OUTCOME_RELAY_DOWN };
	struct delivery *d = self->state;
	bool told_all = true;

	if (d->sender != NULL) {
		told_all = sender_drain(d->sender, STOP_MS);
		report_all(d);
	}
	/* What is still in the channel was never begun. */
	if (told_all && keeper(d) != NULL)
		ipc_send_outcome(keeper(d), 0, &farewell);
	role_done(self);
}

static void
finish(struct role_self *self)
{
	struct delivery *d = self->state;

	event_unwatch(&d->watch);
	event_timer_free(&d->gathered);
	if (d->sender != NULL)
		sender_stop(&d->sender, 0);
	texts_clear(&d->texts);
	free(d);
	self->state = NULL;
}

const struct role_code delivery_role = {
	.prepare = prepare,
	.profile = profile,
	.start = start,
	.joined = joined,
	.lost = lost,
	.record = record,
	.reload = reload,
	.stop = stop,
	.finish = finish,
};
