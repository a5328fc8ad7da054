/* updates.c - what time does to updates
 * SPDX-License-Identifier: ISC
 */
#include <stdio.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/campaign.h"
#include "outbox/outbox.h"
#include "petition/act.h"
#include "petition/updates.h"

#define LOOK_EACH 5             /* seconds */
#define TOLD_DAYS 7             /* an end is told of so long after it at most */

enum { TOLD_NOTHING, TOLD_BEGIN, TOLD_END };

static const char *
number(const struct updates *u, int64_t n)
{
	return arena_printf(u->arena, "%lld", (long long)n);
}

/* ---- it has begun, it has ended ------------------------------------------------ */

static enum status
tell_once(const struct updates *u, const struct mailing *m, int64_t what)
{
	struct store *store = u->petition->with.store;
	char name[64];
	int64_t told = TOLD_NOTHING;
	const char *const extras[] = {
		what == TOLD_BEGIN ? "begun" : "finished", "1",
		"update_subject", updates_subject(u, m->id),
		"total", number(u, m->total), "accepted", number(u, m->accepted),
		"failed", number(u, m->failed), "gone", number(u, m->gone),
		"unknown", number(u, m->unknown),
		"some_unknown", m->unknown > 0 ? "1" : NULL, NULL };
	enum status st;

	(void)snprintf(name, sizeof name, "told.%lld", (long long)m->id);
	st = store_note_get(store, name, &told);
	if ((st != OK && st != NOT_FOUND) || told >= what)
		return st == NOT_FOUND ? OK : st;
	st = store_note_set(store, name, what);
	return st != OK ? st : updates_tell(u, m, "update-sent", extras);
}

/* Staff who send by hand look at it themselves. */
static enum status
tell_state(const struct updates *u, enum mailing_state state, int64_t what)
{
	struct mailing *list;
	size_t count, i;
	enum status st = store_mailing_list(u->petition->with.store, u->arena,
	    u->campaign_id, state, &list, &count);

	for (i = 0; st == OK && i < count; i++)
		if (list[i].origin != MAILING_BY_STAFF &&
		    (what == TOLD_BEGIN ||
		    list[i].finished_at > u->now - TOLD_DAYS * CLOCK_DAY))
			st = tell_once(u, &list[i], what);
	return st;
}

/* ---- nobody has answered --------------------------------------------------------- */

static enum status
give_up(const struct updates *u, struct mailing *m)
{
	const char *const extras[] = { "unanswered", "1", "update_subject",
	    updates_subject(u, m->id), NULL };
	enum status st;

	m->state = MAILING_CANCELLED;
	m->why = "not approved";
	m->finished_at = u->now;
	log_info("u=%lld campaign=%s event=cancelled nobody approved it in time",
	    (long long)m->id, u->campaign->slug);
	st = store_mailing_put(u->petition->with.store, m);
	return st != OK ? st : updates_tell(u, m, "update-notice", extras);
}

/* Answers are no longer taken then: the tokens have ended. */
static enum status
give_up_old(const struct updates *u, enum mailing_state state)
{
	int64_t before = u->now - (OUTBOX_APPROVE_DAYS + 1) * CLOCK_DAY;
	struct mailing *list;
	size_t count, i;
	enum status st = store_mailing_list(u->petition->with.store, u->arena,
	    u->campaign_id, state, &list, &count);

	for (i = 0; st == OK && i < count; i++)
		if (list[i].origin != MAILING_BY_STAFF &&
		    list[i].created_at < before)
			st = give_up(u, &list[i]);
	return st;
}

/* ---- all of it ---------------------------------------------------------------------- */

static enum status
tick_campaign(const struct updates *u, enum campaign_state state)
{
	enum status st = tell_state(u, MAILING_SENDING, TOLD_BEGIN);

	if (st == OK)
		st = tell_state(u, MAILING_DONE, TOLD_END);
	if (st == OK)
		st = give_up_old(u, MAILING_ASKED);
	if (st == OK)
		st = give_up_old(u, MAILING_DRAFT);
	if (st == OK)
		st = progress_tick(u);
	if (st == OK)
		st = ended_tick(u, state);
	return st == OK ? digest_tick(u) : st;
}

bool
petition_updates_due(struct petition *p, int64_t now)
{
	return now >= p->look_at || now < p->look_at - LOOK_EACH;
}

enum status
petition_updates(struct petition *p, struct arena *arena, int64_t now)
{
	const struct campaigns *all = p->with.campaigns;
	struct updates u = { .petition = p, .arena = arena, .now = now };
	enum campaign_state state;
	enum status st = clockback_tick(&u);
	size_t i;

	p->look_at = now + LOOK_EACH;
	for (i = 0; st == OK && i < campaigns_count(all); i++) {
		u.campaign = campaigns_at(all, i);
		st = store_campaign(p->with.store, u.campaign->slug,
		    &u.campaign_id, &state);
		if (st == OK && state != CAMPAIGN_DRAFT)
			st = tick_campaign(&u, state);
		else if (st == NOT_FOUND)
			st = OK;
	}
	return st;
}
