/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/campaign.h"
#include "config/config.h"
#include "daemon/blackbox.h"
#include "daemon/bulk.h"
#include "daemon/event.h"
#include "daemon/ipc.h"
#include "daemon/keeper.h"
#include "message/job.h"
#include "outbox/outbox.h"
#include "outbox/window.h"
#include "petition/policy.h"
#include "store/mailing.h"

#define AWAY 300                /* seconds until a missing folder is looked for */

/* ---- what comes from delivery ------------------------------------------------------ */

/* Of what it was given, once: it may have been taken over. */
static void
on_outcome(struct keeper *k, int64_t id, const void *bytes, size_t len)
{
	struct outcome outcome;

	if (ipc_get_outcome(bytes, len, &outcome) != OK) {
		keeper_note_unreadable(k, "outcome", "delivery");
		return;
	}
	if (bulk_outcome(k->bulk, id, &outcome) || !window_has(k->window, id) ||
	    keeper_is_settled(k, id))
		return;
	if (outcome.kind == OUTCOME_RELAY_DOWN) {
		window_remove(k->window, id);
		window_relay_down(k->window, event_tick(k->self->event));
		return;
	}
	window_relay_up(k->window);
	keeper_settle_with_batch(k, id, &outcome);
	if (outcome.kind == OUTCOME_OTHER_TEXT && k->other_texts++ == 0)
		log_warnx("o=%lld outcome=other-text it waits, for delivery has "
		    "not read the campaigns when the keeper did; if this goes "
		    "on, reload undersignd", (long long)id);
	if (outcome.kind == OUTCOME_UNRENDERED)
		log_warnx("o=%lld outcome=unrendered the template or campaign "
		    "is at fault; tried again in an hour", (long long)id);
}

static void
on_outcome_again(struct keeper *k, int64_t id, const void *bytes, size_t len)
{
	struct outcome outcome;

	if (ipc_get_outcome(bytes, len, &outcome) == OK && mailing_is_job(id))
		mailings_told_again(bulk_mailings(k->bulk), id, &outcome);
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

	store_look_end(k->store);
	keeper_batch_open(k);
	if (k->batch != OK)
		return;
	st = how == ASIDE_PARK ? store_outbox_park(k->store, id) :
	    how == ASIDE_REMOVE ? store_outbox_remove(k->store, id) :
	    store_outbox_delay(k->store, id, row->attempts, clock_now() + AWAY);
	if (st != OK && st != NOT_FOUND)
		keeper_batch_failed(k, st);
}

/* What a mail that cannot be made says of its entry: the person is gone; it is
 * damaged; or it is the store's trouble, and will pass. */
static enum aside
aside_for(enum status st)
{
	return st == NOT_FOUND ? ASIDE_REMOVE :
	    st == DENIED || st == INVALID ? ASIDE_PARK : ASIDE_LATER;
}

const struct campaign *
keeper_campaign(const struct keeper *k, int64_t id)
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
	struct outbox_setup setup = { k->store, k->keys, k->self->config,
	    k->logbook };
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
	const struct campaign *campaign = keeper_campaign(k, row->campaign);
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
size_t
keeper_own_on_way(const struct keeper *k)
{
	return window_count(k->window) - bulk_on_way(k->bulk);
}

/* Requests pass only as the budget for all of them allows. */
static size_t
room_for(struct keeper *k, enum outbox_class class)
{
	size_t room = window_room(k->window, event_tick(k->self->event)), most;
	int64_t now = clock_now();

	if (room > KEEPER_WINDOW - keeper_own_on_way(k))
		room = KEEPER_WINDOW - keeper_own_on_way(k);
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
	struct outbox_row rows[2 * KEEPER_WINDOW + WINDOW_SKIP_MOST];
	size_t want = room_for(k, class), count, i;

	if (want == 0)
		return;
	arena_reset(k->rows);
	if (store_outbox_due(k->store, k->rows, class, clock_now(), rows,
	    want + keeper_own_on_way(k) + *skip, &count) != OK)
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
void
keeper_hand_out(struct keeper *k)
{
	struct ipc *delivery = k->self->peer[ROLE_DELIVERY];
	size_t skip = window_skip(k->window), before = skip;

	if (!k->look || delivery == NULL || k->self->stopping ||
	    k->self->config->delivery.relay == NULL ||
	    keeper_own_on_way(k) > KEEPER_WINDOW / 2 || ipc_is_full(delivery))
		return;
	/* A view for all that is read costs a lock, not one for each row. */
	if (store_look(k->store) != OK)
		return;
	k->look = false;
	hand_out_classes(k, &skip);
	if (skip < before && window_count(k->window) == 0) {
		/* Fewer are due than to be passed over: round and round. */
		skip = before % (before - skip);
		hand_out_classes(k, &skip);
	}
	store_look_end(k->store);
	if (!k->in_batch)
		return;
	keeper_batch_close(k);  /* others may be due behind those set aside */
	if (!keeper_is_careful(k))
		event_again(k->self->event);
}

/* ---- for the role ------------------------------------------------------------- */

void
keeper_from_delivery(struct keeper *k, enum ipc_type type, uint64_t id,
    const void *bytes, size_t len)
{
	if (type == IPC_OUTCOME)
		on_outcome(k, (int64_t)id, bytes, len);
	else if (type == IPC_OUTCOME_AGAIN)
		on_outcome_again(k, (int64_t)id, bytes, len);
}
