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
#include "petition/purge.h"
#include "petition/tally.h"
#include "petition/uncount.h"
#include "store/store.h"

#define TICK_LIMIT 64
#define IDLE_TURNS 5            /* quiet seconds before the WAL is copied back */

#define CLEAN_BY (5 * 60000)    /* milliseconds until the quiet is waited for no
                                 * longer */
#define CLEAN_WAIT 50           /* for who reads */
#define CLEAN_PAUSE 5000        /* then it is tried again */

/* What is due by the clock.  Asked once a second in the order of the table;
 * done in a transaction of its own, so that one that fails holds up no other
 * and no letter. */
struct duty {
	const char *name, *waits;       /* for the log, when it fails */
	bool (*is_due)(struct keeper *, int64_t now);
	/* AGAIN: done in part, the rest at once. */
	enum status (*run)(struct keeper *, int64_t now);
};

/* ---- reminders and expiry ------------------------------------------------------- */

static bool
is_time(struct keeper *k, int64_t now)
{
	int64_t when;

	return petition_due(k->petition, &when) == OK && when <= now;
}

static enum status
let_time_pass(struct keeper *k, int64_t now)
{
	return petition_tick(k->petition, k->arena, now, TICK_LIMIT);
}

/* ---- schedules, digests, and what staff are told of updates ----------------------- */

static bool
is_updates(struct keeper *k, int64_t now)
{
	return petition_updates_due(k->petition, now);
}

static enum status
let_updates_pass(struct keeper *k, int64_t now)
{
	return petition_updates(k->petition, k->arena, now);
}

/* ---- the tallies: one thing at a time, so that no mail is kept waiting ------------- */

static bool
is_tally(struct keeper *k, int64_t now)
{
	return petition_tally_due(k->petition, now);
}

static enum status
let_tally_grow(struct keeper *k, int64_t now)
{
	return petition_tally(k->petition, k->arena, now);
}

/* ---- requests that wait for the budget of all of them: staff hear once a day -------- */

/* The campaign of a request that is due and not on its way; NULL: none. */
static const struct campaign *
held_campaign(struct keeper *k, int64_t now)
{
	struct outbox_row rows[KEEPER_WINDOW + 1];
	size_t count = 0, most = keeper_own_on_way(k) + 1;

	arena_reset(k->rows);
	if (store_outbox_due(k->store, k->rows, OUTBOX_REQUEST, now, rows, most,
	    &count) != OK || count < most)
		return NULL;
	return keeper_campaign(k, rows[count - 1].campaign);
}

static bool
is_held(struct keeper *k, int64_t now)
{
	int64_t limit = k->self->config->limits.requests_per_hour;

	return !policy_budget_open(k->budget_time, limit, now) &&
	    held_campaign(k, now) != NULL;
}

static enum status
tell_of_held(struct keeper *k, int64_t now)
{
	const struct campaign *campaign = held_campaign(k, now);

	return campaign == NULL ? OK :
	    petition_alarm(k->petition, k->arena, campaign->slug, now);
}

/* ---- batches that were approved, a part at a time ------------------------------------ */

static bool
is_uncount(struct keeper *k, int64_t now)
{
	(void)now;
	return petition_uncounts_due(k->petition);
}

static enum status
let_uncounts_pass(struct keeper *k, int64_t now)
{
	return petition_uncounts(k->petition, k->arena, now);
}

/* ---- budgets of yesterday ----------------------------------------------------------- */

static bool
is_new_day(struct keeper *k, int64_t now)
{
	return k->rotate_day != clock_day(now);
}

static enum status
forget_yesterday(struct keeper *k, int64_t now)
{
	k->rotate_day = clock_day(now);
	return store_budget_purge(k->store, (now - CLOCK_DAY) * 1000);
}

/* ---- what has been kept for long enough ----------------------------------------------- */

static bool
is_over(struct keeper *k, int64_t now)
{
	return petition_purge_due(k->petition, now, clock_tick());
}

static enum status
let_go(struct keeper *k, int64_t now)
{
	return petition_purge_step(k->petition, k->arena, now);
}

/* ---- the clock ------------------------------------------------------------------------ */

static const struct duty duties[] = {
	{ "time", "reminders and expiry wait", is_time, let_time_pass },
	{ "updates", "what is due of them waits", is_updates, let_updates_pass },
	{ "uncount", "it goes on later", is_uncount, let_uncounts_pass },
	{ "tally", "what waits for it waits longer", is_tally, let_tally_grow },
	{ "alarm", "staff are told later", is_held, tell_of_held },
	{ "budgets", "old ones stay a day more", is_new_day, forget_yesterday },
	{ "purge", "it is begun again", is_over, let_go },
};

static void
do_duty(struct keeper *k, const struct duty *duty)
{
	int64_t now = clock_now();
	enum status st;

	if (!duty->is_due(k, now) || store_begin(k->store) != OK)
		return;
	st = duty->run(k, now);
	if (st == AGAIN) {
		event_timer_set(k->poll, event_tick(k->self->event));
		st = OK;
	}
	if (st == OK)
		st = store_commit(k->store);
	else
		store_rollback(k->store);
	if (st != OK)
		log_warnx("%s=failed %s: %s", duty->name, duty->waits,
		    status_text(st));
	arena_reset(k->arena);
}

/* It may have changed the outbox, and which updates go out; it tells nobody. */
static void
look_at_staff(struct keeper *k)
{
	k->look = true;
	if (!k->self->stopping)
		bulk_poll(k->bulk);
}

/* What was forgotten is to be gone from the files too: when it is quiet, or has
 * not been for long. */
static void
clean_up(struct keeper *k)
{
	int64_t since = store_unclean(k->store), now = clock_tick();

	if (since == 0 || now < k->clean_at ||
	    (k->quiet < IDLE_TURNS && now - since < CLEAN_BY))
		return;
	k->clean_at = now + CLEAN_PAUSE;
	(void)!store_clean(k->store, CLEAN_WAIT);
}

void
keeper_poll(void *arg)
{
	struct keeper *k = arg;
	size_t i;

	event_timer_set(k->poll, event_tick(k->self->event) + KEEPER_POLL);
	look_at_staff(k);
	k->unreadable = k->other_texts = 0;
	if (k->self->stopping)
		return;
	keeper_batch_close(k);  /* what came in this turn has begun one */
	for (i = 0; i < sizeof duties / sizeof duties[0]; i++)
		do_duty(k, &duties[i]);
	petition_sweep(k->petition, clock_now());
	if (++k->quiet % IDLE_TURNS == 0)
		store_checkpoint(k->store);
	clean_up(k);
}
