/* ended.c - a campaign has ended: its clocks run, and its signers hear of it once
 *
 * Staff close it and hand it in by command; what is told is written here, in the
 * transaction that notes that it was (U4).
 * SPDX-License-Identifier: ISC
 */
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/campaign.h"
#include "message/job.h"
#include "outbox/figures.h"
#include "petition/act.h"
#include "petition/made.h"
#include "petition/retention.h"
#include "petition/updates.h"
#include "store/ending.h"
#include "store/history.h"

#define GRACE CLOCK_HOUR        /* a campaign closed by mistake is told nobody */

struct telling {
	const struct updates *u;
	const struct ending *ending;
	int64_t count;
};

static void
set_date(const struct telling *t, struct job *job, const char *name,
    int64_t when)
{
	char date[11];

	clock_date(clock_day(when), date);
	job_set(job, name, arena_strdup(t->u->arena, date));
}

static enum status
fill(void *arg, struct job *job, const char *language, struct reason *why)
{
	const struct telling *t = arg;
	struct retention due;

	(void)language;
	(void)why;
	retention_of(t->u->campaign, t->ending, &due);
	job_set(job, "handed_in", t->ending->delivered_at != 0 ? "1" : "");
	job_set(job, "count", arena_printf(t->u->arena, "%lld",
	    (long long)t->count));
	set_date(t, job, "names_until", due.names);
	if (due.comments != due.names)
		set_date(t, job, "comments_until", due.comments);
	set_date(t, job, "addresses_until", due.addresses);
	set_date(t, job, "traces_until", due.traces);
	return OK;
}

static enum status
tell(const struct updates *u, const struct ending *ending)
{
	struct telling t = { .u = u, .ending = ending };
	const struct made made = { .u = u, .kind = "ended", .fill = fill,
	    .arg = &t };
	struct reason why = { "" };
	struct figures figures;
	int64_t id, readers;
	enum status st = store_reach_active(u->petition->with.store,
	    u->campaign_id, &readers);

	if (st == OK)
		st = figures_read(&figures, u->petition->with.store, u->arena,
		    u->campaign_id, 0, u->now);
	if (st != OK || readers == 0)
		return st;
	t.count = figures.count;
	st = made_update(&made, &id, &why);
	if (st == INVALID)
		return made_mistake(u, "update", "ended", &why);
	if (st == OK)
		log_info("u=%lld campaign=%s event=ended-told handed_in=%s",
		    (long long)id, u->campaign->slug,
		    ending->delivered_at != 0 ? "yes" : "no");
	return st;
}

/* It ended before there were clocks, or its folder came from elsewhere: they run
 * from now on, and nobody is told. */
static enum status
find_ended(const struct updates *u, enum campaign_state state,
    struct ending *ending)
{
	ending->closed_at = u->now;
	ending->delivered_at = state == CAMPAIGN_DELIVERED ? u->now : 0;
	ending->told = ENDING_TOLD_DELIVERED;
	return store_ending_put(u->petition->with.store, u->campaign_id, ending);
}

enum status
ended_tick(const struct updates *u, enum campaign_state state)
{
	struct ending ending;
	enum told told = state == CAMPAIGN_DELIVERED ? ENDING_TOLD_DELIVERED :
	    ENDING_TOLD_CLOSED;
	enum status st;

	if (state != CAMPAIGN_CLOSED && state != CAMPAIGN_DELIVERED)
		return OK;
	st = store_ending_get(u->petition->with.store, u->campaign_id, &ending);
	if (st != OK)
		return st;
	if (ending.closed_at == 0)
		return find_ended(u, state, &ending);
	if (ending.told >= told || u->now < GRACE +
	    (told == ENDING_TOLD_DELIVERED ? ending.delivered_at :
	    ending.closed_at))
		return OK;
	st = tell(u, &ending);
	ending.told = told;
	return st != OK ? st : store_ending_put(u->petition->with.store,
	    u->campaign_id, &ending);
}
