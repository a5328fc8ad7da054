/* SPDX-License-Identifier: ISC */
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/campaign.h"
#include "config/config.h"
#include "daemon/bulk.h"
#include "daemon/event.h"
#include "daemon/keeper.h"
#include "petition/petition.h"
#include "petition/policy.h"
#include "store/store.h"

#define TICK_LIMIT 64
#define IDLE_TURNS 5            /* quiet seconds before the WAL is copied back */

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
	struct outbox_row rows[KEEPER_WINDOW + 1];
	size_t count = 0, most = keeper_own_on_way(k) + 1;

	arena_reset(k->rows);
	if (store_outbox_due(k->store, k->rows, OUTBOX_REQUEST, clock_now(), rows,
	    most, &count) != OK || count < most)
		return NULL;
	return keeper_campaign(k, rows[count - 1].campaign);
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
void
keeper_poll(void *arg)
{
	struct keeper *k = arg;

	event_timer_set(k->poll, event_tick(k->self->event) + KEEPER_POLL);
	k->look = true;
	k->unreadable = 0;
	if (k->self->stopping)
		return;
	bulk_poll(k->bulk);
	keeper_batch_close(k);  /* what came in this turn has begun one */
	let_time_pass(k);
	let_updates_pass(k);
	tell_of_held(k);
	keep_house(k);
}
