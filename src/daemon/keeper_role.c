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
#include "daemon/keeper.h"
#include "daemon/visits.h"
#include "logbook/logbook.h"
#include "outbox/outbox.h"
#include "outbox/window.h"
#include "petition/key_fit.h"
#include "petition/key_ring.h"
#include "petition/opening_fit.h"
#include "petition/petition.h"
#include "seal/keys.h"
#include "store/store.h"
#include "template/fit.h"

#define STOP_MOST 3500          /* how long a stop waits for mail on its way */

/* ---- a turn of the loop ------------------------------------------------------- */

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

	keeper_batch_close(k);
	keeper_hand_out(k);
	bulk_hand_out(k->bulk, k->arena);
	if (bulk_wants_commit(k->bulk) && !keeper_is_careful(k))
		event_again(k->self->event);
	check_done(k);
}

/* Reminders and expiry. */
static void
on_stop_by(void *arg)
{
	struct keeper *k = arg;

	if (window_count(k->window) > 0)
		log_warnx("stop=cut-short mails=%zu on their way may be sent "
		    "once more after the next start",
		    window_count(k->window));
	keeper_batch_close(k);
	role_done(k->self);
}

/* ---- the life of the role ------------------------------------------------------------------ */

/* Each campaign has a row from the start, and a log. */
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
		st = logbook_set_campaigns(k->logbook, campaigns, *ids_out);
	if (st == OK)
		st = store_commit(k->store);
	else
		store_rollback(k->store);
	logbook_settle(k->logbook, st == OK);
	if (st != OK) {
		free(*ids_out);
		*ids_out = NULL;
	}
	return st;
}

static enum status
seals_as_before(void *arg, const struct campaign *campaign, struct reason *why)
{
	struct keeper *k = arg;

	return opening_fit(k->store, campaign, why);
}

static enum status
open_campaigns(struct keeper *k, struct reason *why)
{
	const struct config *config = k->self->config;
	struct logbook_setup setup = { k->store, k->keys, config };
	enum status st = key_fit(k->store, k->keys, k->campaigns);

	k->logbook = logbook_new(&setup);
	if (st != DENIED)
		st = register_campaigns(k, k->campaigns, &k->campaign_id);
	if (st == DENIED)
		return fail(why, INVALID, "%s: this key does not open what is in "
		    "the database in %s; put back the right one",
		    config->key_file, config->state_dir);
	return st == OK ? OK : fail(why, STORE_FAILED, "%s: the database cannot "
	    "be written", config->state_dir);
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
	k->window = window_new(KEEPER_WINDOW + MAILING_WINDOW);
	k->visits = visits_new();
	k->deliverys = blackbox_open(self->second_fd);
	self->second_fd = -1;
	seal_init();
	st = keys_load_fd(&k->keys, self->handed_fd, config->key_file, why);
	(void)close(self->handed_fd);
	self->handed_fd = -1;
	if (st == OK)
		st = store_open(&k->store, config->state_dir, STORE_CREATE, why);
	if (st == OK)
		st = key_ring_load(k->store, k->keys, config->key_file, why);
	if (st == OK)
		st = fit_load_also(&k->campaigns, config, NULL, seals_as_before,
		    k, why);
	return st == OK ? open_campaigns(k, why) : st;
}

/* Refused for good: a rung of her ladder (petition/ladder.h). */
static enum status
refused(void *arg, struct arena *arena, int64_t signature,
    const struct outcome *outcome, int64_t now)
{
	struct keeper *k = arg;

	return petition_refused(k->petition, arena, signature, outcome, now);
}

/* What was on its way when the last keeper ended is in doubt; and the store may
 * have been put back from a copy. */
static enum status
start_bulk(struct keeper *k)
{
	struct outbox_setup setup = { k->store, k->keys, k->self->config,
	    k->logbook };
	enum status st;

	k->bulk = bulk_new(k->self, &setup, k->window, BOX_MAIL,
	    k->deliverys, refused, k);
	mailings_set_campaigns(bulk_mailings(k->bulk), k->campaigns,
	    k->campaign_id);
	st = store_begin(k->store);
	if (st == OK)
		st = store_ids_leap(k->store, clock_now(), false);
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
	    k->campaigns, k->logbook };

	if (store_budget_get(k->store, keeper_budget, &k->budget_time) != OK)
		return fail(why, STORE_FAILED, "%s: the database cannot be "
		    "read", self->config->state_dir);
	if (clock_is_moved())
		log_warnx("clock=moved UNDERSIGNED_CLOCK is set: for tests only");
	k->petition = petition_new(&setup);
	if (start_bulk(k) != OK)
		return fail(why, STORE_FAILED, "%s: the database cannot be "
		    "written", self->config->state_dir);
	k->rotate_day = clock_day(clock_now());
	k->look = true;
	k->work = event_hook_new(self->event, EVENT_WORK, on_work, k);
	k->poll = event_timer_new(self->event, keeper_poll, k);
	k->stop_by = event_timer_new(self->event, on_stop_by, k);
	event_timer_set(k->poll, event_tick(self->event) + KEEPER_POLL);
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
	keeper_batch_close(k);
	window_clear(k->window);
	bulk_lost(k->bulk);
	k->settled_count = 0;
}

void
keeper_note_unreadable(struct keeper *k, const char *what, const char *from)
{
	if (k->unreadable++ == 0)
		log_warnx("%s=unreadable %s sent a record that is none", what,
		    from);
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
	if (peer == ROLE_INTAKE)
		keeper_from_intake(k, type, id, bytes, len);
	else if (peer == ROLE_WEB)
		keeper_from_web(k, type, id, bytes, len);
	else if (peer == ROLE_DELIVERY)
		keeper_from_delivery(k, type, id, bytes, len);
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

	keeper_batch_close(k);  /* letters of this turn, by the old ones */
	st = fit_load_also(&fresh, self->config, k->campaigns, seals_as_before,
	    k, why);
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
		keeper_batch_close(k);
	event_timer_free(&k->poll);
	event_timer_free(&k->stop_by);
	event_hook_free(&k->work);
	bulk_free(&k->bulk);
	blackbox_close(&k->deliverys);
	petition_free(&k->petition);
	logbook_free(&k->logbook);
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
