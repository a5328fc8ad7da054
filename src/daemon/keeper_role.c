/* keeper_role.c - the role that holds the keys and the database
 *
 * Letters and outcomes that came in one turn of the loop are one batch: one
 * transaction, one sync, then all the answers (DESIGN 6).  While it syncs, the
 * next batch gathers in the channel.  Nothing is answered before the commit.
 *
 * When a batch fails, nothing of it is kept and every letter in it gets a 4xx.
 * For a while after that each letter and each outcome is committed by itself,
 * so that one that cannot be stored does not hold up the others.
 *
 * SPDX-License-Identifier: ISC
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/campaign.h"
#include "config/config.h"
#include "daemon/blackbox.h"
#include "daemon/bulk.h"
#include "daemon/event.h"
#include "daemon/ipc.h"
#include "daemon/role.h"
#include "daemon/visits.h"
#include "message/job.h"
#include "message/letter.h"
#include "message/visit.h"
#include "outbox/outbox.h"
#include "outbox/window.h"
#include "petition/figures.h"
#include "petition/key_fit.h"
#include "petition/key_ring.h"
#include "petition/petition.h"
#include "petition/policy.h"
#include "petition/visit.h"
#include "seal/keys.h"
#include "store/mailing.h"
#include "store/store.h"
#include "template/fit.h"

#define WINDOW 256              /* on their way at once, but for updates */
#define POLL 1000               /* milliseconds between looks at the clock */
#define CAREFUL 60000           /* each by itself for so long after trouble */
#define STOP_MOST 3500          /* how long a stop waits for mail on its way */
#define BATCH_MAX 4096          /* letters; bounds memory, far above any need */
#define TICK_LIMIT 64
#define AWAY 300                /* seconds until a missing folder is looked for */
#define IDLE_TURNS 5            /* quiet seconds before the WAL is copied back */
#define BAD_MOST 8              /* outcomes that fail before the rest wait too */

enum { BOX_LETTER, BOX_MAIL };  /* slots of the black box */

struct question {
	uint64_t id;
	enum verdict verdict;
};

struct settled {
	int64_t id;
	struct outcome outcome;
};

struct keeper {
	struct role_self *self;
	struct store *store;
	struct keys *keys;
	struct campaigns *campaigns;
	int64_t *campaign_id;           /* in the store, of each of them */
	struct petition *petition;
	struct window *window;
	struct bulk *bulk;              /* updates */
	struct arena *arena;            /* of one batch or one mail */
	struct arena *letter;           /* of one letter */
	struct arena *rows;             /* of one look at the outbox */
	struct event_timer *poll, *stop_by;
	struct event_hook *work;

	bool in_batch;                  /* a transaction is open */
	enum status batch;              /* of it; not OK: nothing may be kept */
	struct question *questions;
	size_t question_count, question_room;
	struct visits *visits;          /* of the web, not answered yet */
	struct settled *settled;        /* outcomes not in the store yet */
	size_t settled_count, settled_room;
	int64_t careful_until;          /* tick */

	bool look;                      /* there may be mail to hand out */
	int64_t budget_time;            /* of requests in total (policy.h) */
	bool budget_moved;
	uint32_t version;
	unsigned unreadable;            /* records since the last poll */
	unsigned quiet;                 /* turns of the poll without work */
	int64_t rotate_day;
};

static const unsigned char budget_total[STORE_HASH] = "all requests";

/* ---- batches ----------------------------------------------------------------- */

static enum verdict
trouble(enum status st)
{
	return st == FULL ? VERDICT_FULL : VERDICT_DEFER;
}

static void
batch_open(struct keeper *k)
{
	if (k->in_batch)
		return;
	k->in_batch = true;
	log_hold();
	k->batch = store_begin(k->store);
	if (k->batch != OK)
		log_warnx("batch=refused status=\"%s\" mail waits with its "
		    "sender", status_text(k->batch));
}

static void
batch_failed(struct keeper *k, enum status st)
{
	log_warnx("batch=failed letters=%zu status=\"%s\" nothing of it is "
	    "kept; mail waits with its sender", k->question_count,
	    status_text(st));
	store_rollback(k->store);
	k->batch = st;
	k->careful_until = event_tick(k->self->event) + CAREFUL;
}

static void
note_question(struct keeper *k, uint64_t id, enum verdict verdict)
{
	if (k->question_count == k->question_room) {
		k->question_room = k->question_room * 2 + 64;
		k->questions = mem_realloc(k->questions, k->question_room,
		    sizeof *k->questions);
	}
	k->questions[k->question_count++] = (struct question){ id, verdict };
}

static void
answer_all(struct keeper *k)
{
	struct ipc *intake = k->self->peer[ROLE_INTAKE];
	size_t i;

	for (i = 0; intake != NULL && i < k->question_count; i++)
		ipc_send_verdict(intake, k->questions[i].id, k->batch == OK ?
		    k->questions[i].verdict : trouble(k->batch));
	k->question_count = 0;
	visits_answer(k->visits, k->self->peer[ROLE_WEB], k->batch == OK);
}

/* Outcomes stay in the window until they are in the store, so that a batch
 * that fails does not send a mail again. */
static enum status
settle_first(struct keeper *k, size_t count)
{
	enum status st = OK;
	size_t i;

	for (i = 0; st == OK && i < count; i++)
		st = petition_settle(k->petition, k->arena, k->settled[i].id,
		    &k->settled[i].outcome, clock_now());
	return st;
}

static void
forget_first(struct keeper *k, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		window_remove(k->window, k->settled[i].id);
	k->settled_count -= count;
	if (count > 0 && k->settled_count > 0)
		memmove(k->settled, k->settled + count,
		    k->settled_count * sizeof *k->settled);
}

static bool
is_careful(const struct keeper *k)
{
	return event_tick(k->self->event) < k->careful_until;
}

/* The one commit: of the letters, of the first OUTCOMES, and of updates. */
static void
batch_commit(struct keeper *k, size_t outcomes)
{
	bool careful = is_careful(k);
	enum status st;

	if (k->batch == OK) {
		st = settle_first(k, outcomes);
		if (st == OK && !careful)
			st = bulk_turn(k->bulk, k->arena);
		if (st == OK && k->budget_moved)
			st = store_budget_set(k->store, budget_total,
			    k->budget_time);
		if (st == OK)
			st = store_commit(k->store);
		if (st != OK)
			batch_failed(k, st);
	}
	if (k->batch == OK) {
		forget_first(k, outcomes);
		k->budget_moved = false;
	}
	if (!careful)
		bulk_ended(k->bulk, k->batch == OK);
	k->look = true;
	k->quiet = 0;
	arena_reset(k->arena);
}

/* After trouble.  One that cannot be stored lets the others go first, and is
 * tried again later. */
static void
settle_each(struct keeper *k)
{
	size_t left = k->settled_count, bad = 0;
	struct settled one;

	while (left-- > 0 && bad < BAD_MOST && store_begin(k->store) == OK) {
		one = k->settled[0];
		if (settle_first(k, 1) == OK && store_commit(k->store) == OK) {
			forget_first(k, 1);
			k->look = true;
		} else {
			store_rollback(k->store);
			bad++;
			memmove(k->settled, k->settled + 1,
			    (k->settled_count - 1) * sizeof one);
			k->settled[k->settled_count - 1] = one;
		}
		arena_reset(k->arena);
	}
}

/* Updates apart from letters, after trouble. */
static void
bulk_alone(struct keeper *k)
{
	bool good;

	if (!bulk_wants_commit(k->bulk) || store_begin(k->store) != OK)
		return;
	good = bulk_turn(k->bulk, k->arena) == OK && store_commit(k->store) == OK;
	if (!good)
		store_rollback(k->store);
	bulk_ended(k->bulk, good);
	arena_reset(k->arena);
}

/* Commit, then answer; some questions have an answer that needs no commit. */
static void
batch_close(struct keeper *k)
{
	bool careful = is_careful(k);

	if (!careful && (k->settled_count > 0 || bulk_wants_commit(k->bulk)))
		batch_open(k);
	if (k->in_batch)
		batch_commit(k, careful ? 0 : k->settled_count);
	answer_all(k);
	if (k->in_batch)
		log_release();
	k->in_batch = false;
	k->batch = OK;
	if (careful) {
		settle_each(k);
		bulk_alone(k);
	}
}

/* ---- what comes from intake ------------------------------------------------------ */

/* A peer that was taken over sends any number of them; a line a second tells. */
static void
note_unreadable(struct keeper *k, const char *what, const char *from)
{
	if (k->unreadable++ == 0)
		log_warnx("%s=unreadable %s sent a record that is none", what,
		    from);
}

/* A campaign that intake knows and we do not is being added by staff, or its
 * folder was away when we started: its mail waits with its sender. */
static void
on_recipient(struct keeper *k, uint64_t id, const void *bytes, size_t len)
{
	const struct config *config = k->self->config;
	struct ipc *intake = k->self->peer[ROLE_INTAKE];
	struct arena *arena = arena_new();
	struct recipient to;
	char *address = arena_strndup(arena, bytes, len);
	enum verdict verdict = VERDICT_NO_USER;

	if (recipient_parse(&to, arena, address, config->mail_domain,
	    config->delimiter) == OK)
		verdict = to.purpose != PURPOSE_CHECK &&
		    campaigns_find(k->campaigns, to.slug, NULL) == NULL ?
		    VERDICT_DEFER :
		    petition_recipient(k->petition, &to, clock_now());
	ipc_send_verdict(intake, id, verdict);
	arena_free(&arena);
}

/* A letter that twice ended this role is kept as it came and not read again. */
static enum status
take_letter(struct keeper *k, const struct letter *letter, const void *record,
    size_t len, enum verdict *verdict_out)
{
	unsigned char name[BLACKBOX_NAME];
	int changed = 0;
	enum status st;

	blackbox_name_bytes(name, letter->digest, sizeof letter->digest);
	if (poison_has(k->self->poison, name)) {
		*verdict_out = VERDICT_ACCEPT;
		log_warnx("parked=letter why=keeper a letter ended the keeper "
		    "twice and is set aside; see undersign status");
		return petition_park(k->petition, "keeper", record, len,
		    clock_now());
	}
	blackbox_take(k->self->box, BOX_LETTER, name);
	st = petition_take(k->petition, k->arena, letter, clock_now(),
	    verdict_out, &changed);
	blackbox_done(k->self->box, BOX_LETTER);
	return st;
}

static void
on_letter(struct keeper *k, uint64_t id, const void *bytes, size_t len)
{
	enum verdict verdict = VERDICT_DEFER;
	struct letter letter;
	enum status st = letter_unpack(&letter, k->letter, bytes, len);

	if (st != OK)
		note_unreadable(k, "letter", "intake");
	else if (campaigns_find(k->campaigns, letter.to.slug, NULL) != NULL) {
		batch_open(k);
		if (k->batch == OK)
			st = take_letter(k, &letter, bytes, len, &verdict);
		if (st != OK)
			batch_failed(k, st);
	}
	arena_reset(k->letter);
	note_question(k, id, verdict);
	if (k->question_count >= BATCH_MAX || is_careful(k))
		batch_close(k);
}

/* One that twice ended this role is not looked at again. */
static enum status
take_visit(struct keeper *k, const struct visit *visit, const void *record,
    size_t len, struct seen *out)
{
	unsigned char name[BLACKBOX_NAME];
	enum status st;

	blackbox_name_bytes(name, record, len);
	if (poison_has(k->self->poison, name))
		return OK;
	blackbox_take(k->self->box, BOX_LETTER, name);
	st = petition_visit(k->petition, k->letter, visit, clock_now(), out);
	blackbox_done(k->self->box, BOX_LETTER);
	return st;
}

/* Looking is answered with the batch too, so that nobody is shown what may not
 * be kept. */
static void
on_visit(struct keeper *k, uint64_t id, const void *bytes, size_t len)
{
	struct seen seen = { .kind = SEEN_TROUBLE };
	struct visit visit;
	enum status st = visit_unpack(&visit, k->letter, bytes, len);

	if (st != OK)
		note_unreadable(k, "visit", "web");
	else if (visit.kind == VISIT_HEALTH)
		seen.kind = SEEN_WELL;
	else {
		if (visit.kind == VISIT_ACT)
			batch_open(k);
		if (k->batch == OK)
			st = take_visit(k, &visit, bytes, len, &seen);
		if (st != OK && k->in_batch && k->batch == OK)
			batch_failed(k, st);
		if (st != OK)
			seen = (struct seen){ .kind = SEEN_TROUBLE };
	}
	visits_add(k->visits, id, &seen);
	arena_reset(k->letter);
	if (visits_count(k->visits) >= BATCH_MAX || is_careful(k))
		batch_close(k);
}

static void
on_ask_figures(struct keeper *k, uint64_t id)
{
	struct ipc *web = k->self->peer[ROLE_WEB];

	petition_figures(k->petition, clock_now(), ipc_begin(web, IPC_FIGURES, id));
	ipc_end(web);
}

/* A mail of undersign check --mail: no letter of anybody's. */
static void
on_check(struct keeper *k, uint64_t id, const void *bytes, size_t len)
{
	const struct config *config = k->self->config;
	enum verdict verdict = VERDICT_NO_USER;
	struct recipient to;
	const char *address;
	uint32_t findings;
	size_t address_len;
	enum status st;

	batch_open(k);
	if (k->batch == OK && ipc_get_check(bytes, len, &address, &address_len,
	    &findings) == OK && recipient_parse(&to, k->letter,
	    arena_strndup(k->letter, address, address_len),
	    config->mail_domain, config->delimiter) == OK &&
	    to.purpose == PURPOSE_CHECK) {
		st = petition_check(k->petition, &to, findings, clock_now(),
		    &verdict);
		if (st != OK)
			batch_failed(k, st);
	}
	arena_reset(k->letter);
	note_question(k, id, verdict);
}

static void
on_park(struct keeper *k, uint64_t id, const void *bytes, size_t len)
{
	enum verdict verdict = VERDICT_DEFER;
	char why[64];
	const void *raw;
	size_t raw_len;
	enum status st;

	batch_open(k);
	if (k->batch == OK && ipc_get_park(bytes, len, why, &raw, &raw_len) == OK) {
		verdict = VERDICT_ACCEPT;
		log_warnx("parked=message why=\"%s\" see undersign status", why);
		st = petition_park(k->petition, why, raw, raw_len, clock_now());
		if (st != OK)
			batch_failed(k, st);
	}
	note_question(k, id, verdict);
}

/* ---- what comes from delivery ------------------------------------------------------ */

static bool
is_settled(const struct keeper *k, int64_t id)
{
	size_t i;

	for (i = 0; i < k->settled_count; i++)
		if (k->settled[i].id == id)
			return true;
	return false;
}

/* Of what it was given, once: it may have been taken over. */
static void
on_outcome(struct keeper *k, int64_t id, const void *bytes, size_t len)
{
	struct outcome outcome;

	if (ipc_get_outcome(bytes, len, &outcome) != OK) {
		note_unreadable(k, "outcome", "delivery");
		return;
	}
	if (bulk_outcome(k->bulk, id, &outcome) || !window_has(k->window, id) ||
	    is_settled(k, id))
		return;
	if (outcome.kind == OUTCOME_RELAY_DOWN) {
		window_remove(k->window, id);
		window_relay_down(k->window, event_tick(k->self->event));
		return;
	}
	window_relay_up(k->window);
	if (k->settled_count == k->settled_room) {
		k->settled_room = k->settled_room * 2 + 64;
		k->settled = mem_realloc(k->settled, k->settled_room,
		    sizeof *k->settled);
	}
	k->settled[k->settled_count++] = (struct settled){ id, outcome };
	if (outcome.kind == OUTCOME_UNRENDERED)
		log_warnx("o=%lld outcome=unrendered the template or campaign "
		    "is at fault; tried again in an hour", (long long)id);
}

/* ---- handing mail out ---------------------------------------------------------------- */

enum aside { ASIDE_REMOVE, ASIDE_PARK, ASIDE_LATER };

/* An entry that cannot be sent: any more, as it is, or just now.  All that one
 * look finds are one batch. */
static void
set_aside(struct keeper *k, const struct outbox_row *row, enum aside how)
{
	int64_t id = row->id;
	enum status st;

	batch_open(k);
	if (k->batch != OK)
		return;
	st = how == ASIDE_PARK ? store_outbox_park(k->store, id) :
	    how == ASIDE_REMOVE ? store_outbox_remove(k->store, id) :
	    store_outbox_delay(k->store, id, row->attempts, clock_now() + AWAY);
	if (st != OK && st != NOT_FOUND)
		batch_failed(k, st);
}

/* What a mail that cannot be made says of its entry: the person is gone; it is
 * damaged; or it is the store's trouble, and will pass. */
static enum aside
aside_for(enum status st)
{
	return st == NOT_FOUND ? ASIDE_REMOVE :
	    st == DENIED || st == INVALID ? ASIDE_PARK : ASIDE_LATER;
}

static const struct campaign *
campaign_of(struct keeper *k, int64_t id)
{
	size_t i;

	for (i = 0; i < campaigns_count(k->campaigns); i++)
		if (k->campaign_id[i] == id)
			return campaigns_at(k->campaigns, i);
	return NULL;
}

/* A preview of an update: delivery may not have its words, or others by now. */
static enum status
send_words(struct keeper *k, const struct job *job)
{
	struct ipc *delivery = k->self->peer[ROLE_DELIVERY];
	struct mailing_text *texts;
	size_t count, i;
	enum status st = store_mailing_texts(k->store, k->arena, job->mailing,
	    &texts, &count);

	for (i = 0; st == OK && i < count; i++) {
		struct job_text text = { job->mailing, job->campaign,
		    texts[i].language, texts[i].subject, texts[i].body };

		if (strcmp(text.language, job->language) != 0)
			continue;
		text_pack(&text, ipc_begin(delivery, IPC_TEXT,
		    (uint64_t)job->mailing));
		ipc_end(delivery);
	}
	return st;
}

static enum status
make_and_send(struct keeper *k, const struct campaign *campaign,
    const struct outbox_row *row, const unsigned char name[BLACKBOX_NAME])
{
	struct outbox_setup setup = { k->store, k->keys, k->self->config };
	struct ipc *delivery = k->self->peer[ROLE_DELIVERY];
	struct job job;
	enum status st;

	blackbox_take(k->self->box, BOX_MAIL, name);
	st = outbox_job(&setup, k->arena, campaign, row, &job);
	if (st == OK && job.mailing != 0)
		st = send_words(k, &job);
	if (st == OK) {
		window_add(k->window, row->id);
		job_pack(&job, ipc_begin(delivery, IPC_JOB, (uint64_t)row->id));
		ipc_end(delivery);
	}
	blackbox_done(k->self->box, BOX_MAIL);
	arena_reset(k->arena);
	return st;
}

/* True when it is on its way. */
static bool
hand_out(struct keeper *k, const struct outbox_row *row)
{
	const struct campaign *campaign = campaign_of(k, row->campaign);
	unsigned char name[BLACKBOX_NAME];
	enum status st;

	blackbox_name_id(name, row->id);
	if (poison_has(k->self->poison, name)) {
		log_warnx("o=%lld parked=mail it ended a role twice; see "
		    "undersign status", (long long)row->id);
		set_aside(k, row, ASIDE_PARK);
		return false;
	}
	if (campaign == NULL) {
		set_aside(k, row, ASIDE_LATER);
		return false;
	}
	st = make_and_send(k, campaign, row, name);
	if (st == OK)
		return true;
	if (st != NOT_FOUND)
		log_warnx("o=%lld kind=%s cannot be made: %s", (long long)row->id,
		    row->kind, status_text(st));
	set_aside(k, row, aside_for(st));
	return false;
}

/* Of the outbox, on their way. */
static size_t
own_count(const struct keeper *k)
{
	return window_count(k->window) - bulk_on_way(k->bulk);
}

/* Requests pass only as the budget for all of them allows. */
static size_t
room_for(struct keeper *k, enum outbox_class class)
{
	size_t room = window_room(k->window, event_tick(k->self->event)), most;
	int64_t now = clock_now();

	if (room > WINDOW - own_count(k))
		room = WINDOW - own_count(k);
	if (class != OUTBOX_REQUEST || room == 0)
		return room;
	if (k->budget_time > policy_budget_most(now))
		k->budget_time = policy_budget_most(now);
	most = policy_budget_room(k->budget_time,
	    k->self->config->limits.requests_per_hour, now);
	return most < room ? most : room;
}

static void
take_from_budget(struct keeper *k, const struct outbox_row *row)
{
	int64_t limit = k->self->config->limits.requests_per_hour;

	if (row->class != OUTBOX_REQUEST || row->attempts > 0 || limit <= 0)
		return;
	(void)policy_budget(&k->budget_time, limit, clock_now());
	k->budget_moved = true;
}

/* Passes over the first *SKIP, of this class and the ones before it. */
static void
hand_out_class(struct keeper *k, enum outbox_class class, size_t *skip)
{
	struct outbox_row rows[2 * WINDOW + WINDOW_SKIP_MOST];
	size_t want = room_for(k, class), count, i;

	if (want == 0)
		return;
	arena_reset(k->rows);
	if (store_outbox_due(k->store, k->rows, class, clock_now(), rows,
	    want + own_count(k) + *skip, &count) != OK)
		return;
	if (*skip >= count) {
		*skip -= count;
		return;
	}
	for (i = *skip; i < count && want > 0; i++) {
		if (window_has(k->window, rows[i].id) || !hand_out(k, &rows[i]))
			continue;
		take_from_budget(k, &rows[i]);
		want--;
	}
	*skip = 0;
}

static void
hand_out_classes(struct keeper *k, size_t *skip)
{
	int class;

	for (class = OUTBOX_ANSWER; class < OUTBOX_CLASSES; class++)
		hand_out_class(k, (enum outbox_class)class, skip);
}

/* Looking costs a row for each mail on its way, so it waits for room enough. */
static void
hand_out_all(struct keeper *k)
{
	struct ipc *delivery = k->self->peer[ROLE_DELIVERY];
	size_t skip = window_skip(k->window), before = skip;

	if (!k->look || delivery == NULL || k->self->stopping ||
	    k->self->config->delivery.relay == NULL ||
	    own_count(k) > WINDOW / 2 || ipc_is_full(delivery))
		return;
	k->look = false;
	hand_out_classes(k, &skip);
	if (skip < before && window_count(k->window) == 0) {
		/* Fewer are due than to be passed over: round and round. */
		skip = before % (before - skip);
		hand_out_classes(k, &skip);
	}
	if (!k->in_batch)
		return;
	batch_close(k);         /* others may be due behind those set aside */
	if (!is_careful(k))
		event_again(k->self->event);
}

/* ---- time ------------------------------------------------------------------------------- */

static void
check_done(struct keeper *k)
{
	if (k->self->stopping && k->self->peer[ROLE_INTAKE] == NULL &&
	    !bulk_wants_commit(k->bulk) && (window_count(k->window) == 0 ||
	    k->self->peer[ROLE_DELIVERY] == NULL))
		role_done(k->self);
}

static void
on_work(void *arg)
{
	struct keeper *k = arg;

	batch_close(k);
	hand_out_all(k);
	bulk_hand_out(k->bulk, k->arena);
	if (bulk_wants_commit(k->bulk) && !is_careful(k))
		event_again(k->self->event);
	check_done(k);
}

/* Reminders and expiry. */
static void
let_time_pass(struct keeper *k)
{
	int64_t now = clock_now(), when;
	enum status st;

	if (petition_due(k->petition, &when) != OK || when > now)
		return;
	st = store_begin(k->store);
	if (st != OK)
		return;
	st = petition_tick(k->petition, k->arena, now, TICK_LIMIT);
	if (st == AGAIN) {
		event_timer_set(k->poll, event_tick(k->self->event));
		st = OK;
	}
	if (st == OK)
		st = store_commit(k->store);
	else
		store_rollback(k->store);
	if (st != OK)
		log_warnx("time=failed reminders and expiry wait: %s",
		    status_text(st));
	arena_reset(k->arena);
}

/* Schedules, digests, and what staff are told of updates. */
static void
let_updates_pass(struct keeper *k)
{
	int64_t now = clock_now();
	enum status st;

	if (!petition_updates_due(k->petition, now) || store_begin(k->store) != OK)
		return;
	st = petition_updates(k->petition, k->arena, now);
	if (st == OK)
		st = store_commit(k->store);
	else
		store_rollback(k->store);
	if (st != OK)
		log_warnx("updates=failed what is due of them waits: %s",
		    status_text(st));
	arena_reset(k->arena);
}

/* The campaign of a request that is due and not on its way; NULL: none. */
static const struct campaign *
held_campaign(struct keeper *k)
{
	struct outbox_row rows[WINDOW + 1];
	size_t count = 0, most = own_count(k) + 1;

	arena_reset(k->rows);
	if (store_outbox_due(k->store, k->rows, OUTBOX_REQUEST, clock_now(), rows,
	    most, &count) != OK || count < most)
		return NULL;
	return campaign_of(k, rows[count - 1].campaign);
}

/* Requests wait for the budget of all of them: staff hear once a day. */
static void
tell_of_held(struct keeper *k)
{
	int64_t limit = k->self->config->limits.requests_per_hour;
	const struct campaign *campaign;
	enum status st;

	if (policy_budget_open(k->budget_time, limit, clock_now()))
		return;
	campaign = held_campaign(k);
	if (campaign == NULL || store_begin(k->store) != OK)
		return;
	st = petition_alarm(k->petition, k->arena, campaign->slug, clock_now());
	if (st == OK)
		st = store_commit(k->store);
	else
		store_rollback(k->store);
	if (st != OK)
		log_warnx("alarm=failed staff are told later: %s",
		    status_text(st));
	arena_reset(k->arena);
}

static void
keep_house(struct keeper *k)
{
	int64_t now = clock_now();

	if (++k->quiet % IDLE_TURNS == 0)
		store_checkpoint(k->store, false);
	if (k->rotate_day == clock_day(now))
		return;
	k->rotate_day = clock_day(now);
	if (store_begin(k->store) != OK)
		return;
	if (store_budget_purge(k->store, (now - CLOCK_DAY) * 1000) != OK ||
	    store_commit(k->store) != OK)
		store_rollback(k->store);
}

/* Once a second: the clock, and what the staff command has changed. */
static void
on_poll(void *arg)
{
	struct keeper *k = arg;

	event_timer_set(k->poll, event_tick(k->self->event) + POLL);
	k->version = store_version(k->store);
	k->look = true;
	k->unreadable = 0;
	if (k->self->stopping)
		return;
	bulk_poll(k->bulk);
	batch_close(k);         /* what came in this turn has begun one */
	let_time_pass(k);
	let_updates_pass(k);
	tell_of_held(k);
	keep_house(k);
}

static void
on_stop_by(void *arg)
{
	struct keeper *k = arg;

	if (window_count(k->window) > 0)
		log_warnx("stop=cut-short mails=%zu on their way may be sent "
		    "once more after the next start",
		    window_count(k->window));
	batch_close(k);
	role_done(k->self);
}

/* ---- the life of the role ------------------------------------------------------------------ */

/* Each campaign has a row from the start. */
static enum status
register_campaigns(struct keeper *k, const struct campaigns *campaigns,
    int64_t **ids_out)
{
	size_t i, count = campaigns_count(campaigns);
	enum status st = store_begin(k->store);

	*ids_out = mem_realloc(NULL, count, sizeof **ids_out);
	for (i = 0; st == OK && i < count; i++) {
		st = store_campaign_add(k->store,
		    campaigns_at(campaigns, i)->slug, &(*ids_out)[i]);
		if (st == EXISTS)
			st = OK;
	}
	if (st == OK)
		st = store_commit(k->store);
	else
		store_rollback(k->store);
	if (st != OK) {
		free(*ids_out);
		*ids_out = NULL;
	}
	return st;
}

static enum status
keeper_prepare(struct role_self *self, struct reason *why)
{
	const struct config *config = self->config;
	struct keeper *k = mem_alloc(sizeof *k);
	enum status st;

	self->state = k;
	k->self = self;
	k->arena = arena_new();
	k->rows = arena_new();
	k->letter = arena_new();
	k->window = window_new(WINDOW + MAILING_WINDOW);
	k->visits = visits_new();
	seal_init();
	st = keys_load_fd(&k->keys, self->handed_fd, config->key_file, why);
	(void)close(self->handed_fd);
	self->handed_fd = -1;
	if (st == OK)
		st = fit_load(&k->campaigns, config, NULL, why);
	if (st == OK)
		st = store_open(&k->store, config->state_dir, STORE_CREATE, why);
	if (st == OK)
		st = key_ring_load(k->store, k->keys, config->key_file, why);
	if (st == OK && register_campaigns(k, k->campaigns,
	    &k->campaign_id) != OK)
		st = fail(why, STORE_FAILED, "%s: the database cannot be "
		    "written", config->state_dir);
	if (st == OK && key_fit(k->store, k->keys, k->campaigns) == DENIED)
		st = fail(why, INVALID, "%s: this key does not open what is in the "
		    "database in %s; put back the right one", config->key_file,
		    config->state_dir);
	return st;
}

/* Refused for good: a rung of her ladder (petition/ladder.h). */
static enum status
refused(void *arg, struct arena *arena, int64_t signature,
    const struct outcome *outcome, int64_t now)
{
	struct keeper *k = arg;

	return petition_refused(k->petition, arena, signature, outcome, now);
}

/* What was on its way when the last keeper ended is in doubt. */
static enum status
start_bulk(struct keeper *k)
{
	struct outbox_setup setup = { k->store, k->keys, k->self->config };
	enum status st;

	k->bulk = bulk_new(k->self, &setup, k->window, BOX_MAIL, refused, k);
	mailings_set_campaigns(bulk_mailings(k->bulk), k->campaigns,
	    k->campaign_id);
	st = store_begin(k->store);
	if (st == OK)
		st = mailings_doubt(bulk_mailings(k->bulk), clock_now());
	if (st == OK)
		st = store_commit(k->store);
	else
		store_rollback(k->store);
	if (st == OK)
		bulk_poll(k->bulk);
	return st;
}

static enum status
keeper_start(struct role_self *self, struct reason *why)
{
	struct keeper *k = self->state;
	struct petition_setup setup = { k->store, k->keys, self->config,
	    k->campaigns };

	if (store_budget_get(k->store, budget_total, &k->budget_time) != OK)
		return fail(why, STORE_FAILED, "%s: the database cannot be "
		    "read", self->config->state_dir);
	if (clock_is_moved())
		log_warnx("clock=moved UNDERSIGNED_CLOCK is set: for tests only");
	k->petition = petition_new(&setup);
	if (start_bulk(k) != OK)
		return fail(why, STORE_FAILED, "%s: the database cannot be "
		    "written", self->config->state_dir);
	k->version = store_version(k->store);
	k->rotate_day = clock_day(clock_now());
	k->look = true;
	k->work = event_hook_new(self->event, EVENT_WORK, on_work, k);
	k->poll = event_timer_new(self->event, on_poll, k);
	k->stop_by = event_timer_new(self->event, on_stop_by, k);
	event_timer_set(k->poll, event_tick(self->event) + POLL);
	return OK;
}

static void
keeper_joined(struct role_self *self, enum role peer)
{
	struct keeper *k = self->state;

	if (peer != ROLE_DELIVERY)
		return;
	bulk_joined(k->bulk);
	k->look = true;
}

static void
keeper_lost(struct role_self *self, enum role peer)
{
	struct keeper *k = self->state;

	if (peer == ROLE_INTAKE) {
		/* Nobody hears the answers; the batch itself is still good. */
		k->question_count = 0;
		return;
	}
	if (peer == ROLE_WEB) {
		visits_answer(k->visits, NULL, false);
		return;
	}
	/* What it had in hand is due again, but what it told us first is not. */
	batch_close(k);
	window_clear(k->window);
	bulk_lost(k->bulk);
	k->settled_count = 0;
}

static void
keeper_record(struct role_self *self, enum role peer, enum ipc_type type,
    uint64_t id, const void *bytes, size_t len)
{
	struct keeper *k = self->state;

	/* Who asks and does not listen is not heard: the answers would fill
	 * our memory.  The others always listen, so nobody waits in a circle. */
	if (self->peer[peer] != NULL && ipc_is_full(self->peer[peer]))
		ipc_pause(self->peer[peer], true);
	switch (type) {
	case IPC_RECIPIENT:
		on_recipient(k, id, bytes, len);
		break;
	case IPC_LETTER:
		on_letter(k, id, bytes, len);
		break;
	case IPC_CHECK:
		on_check(k, id, bytes, len);
		break;
	case IPC_PARK:
		on_park(k, id, bytes, len);
		break;
	case IPC_VISIT:
		on_visit(k, id, bytes, len);
		break;
	case IPC_ASK_FIGURES:
		on_ask_figures(k, id);
		break;
	case IPC_OUTCOME:
		on_outcome(k, (int64_t)id, bytes, len);
		break;
	default:
		break;
	}
}

static void
keeper_room(struct role_self *self, enum role peer)
{
	struct keeper *k = self->state;

	ipc_pause(self->peer[peer], false);
	if (peer == ROLE_DELIVERY)
		k->look = true;
}

static enum status
keeper_reload(struct role_self *self, struct reason *why)
{
	struct keeper *k = self->state;
	struct campaigns *fresh = NULL;
	int64_t *ids = NULL;
	enum status st;

	batch_close(k);         /* letters of this turn, by the old ones */
	st = fit_load(&fresh, self->config, k->campaigns, why);
	if (st == OK && register_campaigns(k, fresh, &ids) != OK)
		st = fail(why, STORE_FAILED, "the database cannot be written");
	if (st != OK) {
		campaigns_free(&fresh);
		return st;
	}
	petition_set_campaigns(k->petition, fresh);
	campaigns_free(&k->campaigns);
	k->campaigns = fresh;
	free(k->campaign_id);
	k->campaign_id = ids;
	mailings_set_campaigns(bulk_mailings(k->bulk), fresh, ids);
	bulk_poll(k->bulk);
	k->look = true;
	return OK;
}

static void
keeper_stop(struct role_self *self)
{
	struct keeper *k = self->state;

	event_timer_set(k->stop_by, event_tick(self->event) + STOP_MOST);
	mailings_stop(bulk_mailings(k->bulk));
	event_again(self->event);
}

static void
keeper_finish(struct role_self *self)
{
	struct keeper *k = self->state;

	if (k->work != NULL)
		batch_close(k);
	event_timer_free(&k->poll);
	event_timer_free(&k->stop_by);
	event_hook_free(&k->work);
	bulk_free(&k->bulk);
	petition_free(&k->petition);
	store_close(&k->store);
	keys_free(&k->keys);
	campaigns_free(&k->campaigns);
	free(k->campaign_id);
	window_free(&k->window);
	visits_free(&k->visits);
	arena_free(&k->arena);
	arena_free(&k->rows);
	arena_free(&k->letter);
	free(k->questions);
	free(k->settled);
	free(k);
	self->state = NULL;
}

const struct role_code keeper_role = {
	.prepare = keeper_prepare,
	.profile = NULL,
	.start = keeper_start,
	.joined = keeper_joined,
	.lost = keeper_lost,
	.record = keeper_record,
	.room = keeper_room,
	.reload = keeper_reload,
	.stop = keeper_stop,
	.finish = keeper_finish,
};
