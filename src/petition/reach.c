/* SPDX-License-Identifier: ISC */
#include "base/arena.h"
#include "base/clock.h"
#include "config/config.h"
#include "outbox/outbox.h"
#include "petition/ladder.h"
#include "petition/reach.h"

enum status
act_note(struct act *act, enum history_what what, const char *kind, int code)
{
	struct history h = { .at = act->now, .what = what, .kind = kind,
	    .code = code };

	if (act->sig.id == 0 || act->sig.state == SIGNATURE_ERASED)
		return OK;
	return store_history_add(act_store(act), act->sig.id, &h);
}

/* ---- the ladder ---------------------------------------------------------------- */

static int64_t
wait_until(const struct act *act, const struct reach *r, enum ladder_wait wait)
{
	const struct config *config = act->petition->with.config;
	int64_t when;

	switch (wait) {
	case WAIT_ON:
		return r->due_at;
	case WAIT_WARN:
		return act->now + (int64_t)config->bounces.warn_after * CLOCK_DAY;
	case WAIT_PROBE:
		when = r->mailed_at +
		    (int64_t)config->bounces.probe_after * CLOCK_DAY;
		return when > act->now ? when : act->now;
	case WAIT_FORGIVE:
		return act->now +
		    (int64_t)config->bounces.forgive_after * CLOCK_DAY;
	case WAIT_NEVER:
	default:
		return 0;
	}
}

static enum status
end_of_ladder(struct act *act, int code)
{
	enum status st;

	act->sig.unreachable = true;
	act->done = "unreachable";
	st = act_save(act, false);
	return st != OK ? st : act_note(act, HISTORY_UNREACHABLE, "", code);
}

static enum status
step(struct act *act, struct reach *r, enum ladder_event event)
{
	const struct ladder_step *s = ladder_step(r->rung, event);
	enum rung before = r->rung;
	enum status st = OK;

	if (s == NULL)
		return OK;
	if (s->next != before)
		r->since = act->now;
	r->rung = s->next;
	r->due_at = wait_until(act, r, s->wait);
	if (s->mail != NULL)
		r->mailed_at = act->now;
	act->done = rung_text(s->next);
	if (r->rung == RUNG_UNREACHABLE)
		st = end_of_ladder(act, r->code);
	else if (r->rung == RUNG_FINE && before != RUNG_SOFT)
		st = act_note(act, HISTORY_FORGIVEN, "", 0);
	if (st == OK)
		st = store_reach_put(act_store(act), r);
	if (st == OK && s->mail != NULL)
		st = act_promise(act, &(struct promise){
			.signature = act->sig.id, .class = OUTBOX_BULK,
			.kind = s->mail,
		});
	return st;
}

enum status
reach_load(struct act *act, struct reach *r)
{
	enum status st = store_reach_get(act_store(act), act->sig.id, r);

	r->campaign = act->campaign_id;
	return st == NOT_FOUND ? OK : st;
}

static void
count_bounce(struct reach *r, const struct act *act, enum fate fate, int code)
{
	r->last_at = act->now;
	r->code = code;
	if (fate == FATE_HARD) {
		r->hard++;
		r->reason = REASON_HARD;
		r->soft_since = 0;
		return;
	}
	r->soft++;
	r->reason = REASON_SOFT;
	if (r->soft_since == 0)
		r->soft_since = act->now;
}

/* Nothing but soft ones for so long that they count. */
static bool
soft_for_long(const struct act *act, const struct reach *r)
{
	const struct config *config = act->petition->with.config;

	return r->soft_since != 0 && act->now - r->soft_since >=
	    (int64_t)config->bounces.soft_days * CLOCK_DAY;
}

enum status
reach_bounced(struct act *act, enum fate fate, int code, bool own)
{
	struct reach r;
	bool counts;
	enum status st = reach_load(act, &r);

	if (st != OK || r.rung >= RUNG_UNREACHABLE)
		return st;
	count_bounce(&r, act, fate, code);
	counts = fate == FATE_HARD || soft_for_long(act, &r);
	return step(act, &r, own && counts ? LADDER_OWN : counts ? LADDER_HARD :
	    LADDER_SOFT);
}

enum status
reach_never(struct act *act, int code)
{
	struct reach r;
	enum status st = reach_load(act, &r);

	if (st != OK)
		return st;
	count_bounce(&r, act, FATE_HARD, code);
	r.reason = REASON_REQUEST;
	r.since = act->now;
	r.rung = RUNG_UNREACHABLE;
	r.due_at = 0;
	act->sig.unreachable = true;
	if (act->sig.next_at != 0)
		act->sig.next_at = act->sig.expires_at;
	act->done = "unreachable";
	st = store_reach_put(act_store(act), &r);
	return st != OK ? st : act_save(act, false);
}

/* ---- her wish ----------------------------------------------------------------------------- */

enum status
reach_wish(struct act *act, enum rung rung, enum reach_reason reason)
{
	struct reach r;
	enum status st = reach_load(act, &r);

	if (st != OK)
		return st;
	r.rung = rung;
	r.reason = reason;
	r.since = act->now;
	r.due_at = 0;
	return store_reach_put(act_store(act), &r);
}

/* A complaint stays what it is: a stop after it says nothing new. */
enum status
act_stopped(struct act *act, enum reach_reason reason)
{
	struct reach r;
	enum status st = reach_load(act, &r);

	if (st == OK && r.rung != RUNG_COMPLAINED)
		st = reach_wish(act, RUNG_STOPPED, reason);
	return st != OK ? st :
	    act_note(act, HISTORY_STOPPED, "", (int)reason);
}

enum status
act_resumed(struct act *act)
{
	enum status st = reach_wish(act, RUNG_FINE, REASON_NONE);

	act->sig.unreachable = false;
	return st != OK ? st : act_note(act, HISTORY_RESUMED, "", 0);
}

enum status
act_reachable(struct act *act)
{
	if (!act->sig.unreachable)
		return OK;
	act->sig.unreachable = false;
	return act->sig.id == 0 ? OK : reach_wish(act, RUNG_FINE, REASON_NONE);
}

enum status
act_wished(struct act *act, bool before, enum reach_reason reason)
{
	if (before && !act->sig.updates)
		return act_stopped(act, reason);
	if (!before && act->sig.updates)
		return act_resumed(act);
	return OK;
}

/* She answered: her mailbox lives. */
enum status
act_wrote(struct act *act)
{
	struct reach r;
	enum status st = store_reach_get(act_store(act), act->sig.id, &r);

	return st == OK ? step(act, &r, LADDER_WROTE) :
	    st == NOT_FOUND ? OK : st;
}

/* ---- time ------------------------------------------------------------------- */

/* Who does not want updates is not warned of losing them. */
enum status
reach_pass(struct act *act, struct reach *r)
{
	bool wants = signature_is_signed(act->sig.state) && act->sig.updates &&
	    act->who.address != NULL;

	if (wants || ladder_step(r->rung, LADDER_TIME) == NULL ||
	    ladder_step(r->rung, LADDER_TIME)->mail == NULL)
		return step(act, r, LADDER_TIME);
	act->done = "let-go";
	r->rung = RUNG_FINE;
	return store_reach_put(act_store(act), r);
}
