/* bounce.c - what comes back, and who does not get updates any more
 *
 * Who a report is about is told by the token in the address it came to, never
 * by its words; what befell her mail is told by its words, which anybody can
 * write who knows that address.  Hence the ladder.
 *
 * SPDX-License-Identifier: ISC
 */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/campaign.h"
#include "config/config.h"
#include "outbox/outbox.h"
#include "petition/bounce.h"
#include "petition/ladder.h"
#include "seal/token.h"

#define ALARM_GATHER CLOCK_HOUR         /* faults that one alarm tells of */

/* ---- notes ------------------------------------------------------------------- */

static struct store *
store_of(const struct act *act)
{
	return act->petition->with.store;
}

enum status
act_note(struct act *act, enum history_what what, const char *kind, int code)
{
	struct history h = { .at = act->now, .what = what, .kind = kind,
	    .code = code };

	if (act->sig.id == 0 || act->sig.state == SIGNATURE_ERASED)
		return OK;
	return store_history_add(store_of(act), act->sig.id, &h);
}

/* A fault of ours: staff hear of it, with how many, once a day at most. */
static enum status
blame_ourselves(struct act *act)
{
	struct alarm alarm;
	enum status st = store_alarm_get(store_of(act), act->campaign_id, &alarm);

	if (st != OK)
		return st;
	alarm.n++;
	if (alarm.due_at == 0) {
		alarm.due_at = act->now + ALARM_GATHER;
		if (alarm.alarmed_at != 0 &&
		    alarm.due_at < alarm.alarmed_at + CLOCK_DAY)
			alarm.due_at = alarm.alarmed_at + CLOCK_DAY;
	}
	return store_alarm_put(store_of(act), &alarm);
}

enum status
bounce_alarm(struct act *act, struct alarm *alarm)
{
	const char *n = arena_printf(act->arena, "%lld", (long long)alarm->n);
	enum status st = OK;
	size_t i;

	log_warnx("campaign=%s alarm=refused mails=%s were refused for what we "
	    "are or do, not for their recipients; see undersign check --mail",
	    act->campaign->slug, n);
	for (i = 0; st == OK && act->campaign->staff[i] != NULL; i++) {
		struct promise promise = {
			.class = OUTBOX_ANSWER, .kind = "alarm",
			.to = act->campaign->staff[i],
			.language = act->campaign->default_language,
			.extra = { { "faults", n } },
		};
		st = act_promise(act, &promise);
	}
	alarm->n = 0;
	alarm->due_at = 0;
	alarm->alarmed_at = act->now;
	return st != OK ? st : store_alarm_put(store_of(act), alarm);
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
		st = store_reach_put(store_of(act), r);
	if (st == OK && s->mail != NULL)
		st = act_promise(act, &(struct promise){
			.signature = act->sig.id, .class = OUTBOX_BULK,
			.kind = s->mail,
		});
	return st;
}

/* What is known of her so far; a row that will be written when it changes. */
static enum status
load_reach(struct act *act, struct reach *r)
{
	enum status st = store_reach_get(store_of(act), act->sig.id, r);

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

static enum status
bounced(struct act *act, enum fate fate, int code, bool own)
{
	struct reach r;
	bool counts;
	enum status st = load_reach(act, &r);

	if (st != OK || r.rung >= RUNG_UNREACHABLE)
		return st;
	count_bounce(&r, act, fate, code);
	counts = fate == FATE_HARD || soft_for_long(act, &r);
	return step(act, &r, own && counts ? LADDER_OWN : counts ? LADDER_HARD :
	    LADDER_SOFT);
}

/* She never could be reached, so she was never asked: no reminder, and the
 * signature expires when its time is over. */
static enum status
never_reached(struct act *act, int code)
{
	struct reach r;
	enum status st = load_reach(act, &r);

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
	st = store_reach_put(store_of(act), &r);
	return st != OK ? st : act_save(act, false);
}

/* ---- what became of a mail to somebody --------------------------------------------- */

struct back {
	enum fate fate;
	int code;
	bool own;               /* it was the ladder's own mail, the last one */
	bool request;           /* a request to confirm, as far as is known */
};

static enum status
came_back(struct act *act, const struct back *back)
{
	bool signer = act->sig.state == SIGNATURE_CONFIRMED ||
	    act->sig.state == SIGNATURE_UNCOUNTED;

	if (act->done == NULL)
		act->done = "noted";
	switch (back->fate) {
	case FATE_FAULT:
		act->done = "fault";
		return blame_ourselves(act);
	case FATE_HARD:
		if (!signer)
			return back->request && act->sig.expires_at != 0 ?
			    never_reached(act, back->code) : OK;
		return bounced(act, FATE_HARD, back->code, back->own);
	case FATE_SOFT:
		return signer ? bounced(act, FATE_SOFT, back->code, back->own) :
		    OK;
	default:
		return OK;
	}
}

static int
report_code(const struct report *report)
{
	const struct report_recipient *r;
	size_t i;

	for (i = 0; i < report->count && i < REPORT_RECIPIENTS; i++) {
		r = &report->recipient[i];
		if (r->fate == report->fate && r->class != 0)
			return store_code(r->class, r->subject, r->detail);
	}
	return 0;
}

static enum status
note_fate(struct act *act, enum fate fate, int code)
{
	static const enum history_what what[FATE_COUNT_] = {
		[FATE_DELAYED] = HISTORY_DELAYED, [FATE_SOFT] = HISTORY_SOFT,
		[FATE_FAULT] = HISTORY_FAULT, [FATE_HARD] = HISTORY_HARD,
	};

	return fate == FATE_NONE || fate >= FATE_COUNT_ ? OK :
	    act_note(act, what[fate], "", code);
}

static enum status
take_report(struct act *act, bool own)
{
	const struct report *report = &act->letter->report;
	struct back back = { .fate = report->fate, .code = report_code(report),
	    .own = own, .request = true };
	enum status st;

	act->done = "nothing";
	if (report->kind == REPORT_DELAYED)
		back.fate = FATE_DELAYED;
	else if (report->kind != REPORT_FAILED)
		return OK;
	if (act->sig.state == SIGNATURE_ERASED)
		return OK;
	act->done = "noted";
	st = note_fate(act, back.fate, back.code);
	return st != OK ? st : came_back(act, &back);
}

enum status
act_bounce(struct act *act)
{
	return take_report(act, false);
}

/* Mail to staff or to a contact person came back. */
enum status
bounce_of_nobody(struct act *act)
{
	const struct report *report = &act->letter->report;

	act->done = "gone";
	if (report->kind != REPORT_FAILED || report->fate < FATE_FAULT)
		return OK;
	act->done = "fault";
	return blame_ourselves(act);
}

/* Is it the mail that this rung waits for?  Another bounce of the warning is
 * none of the probe: they are days apart, and so are their tokens. */
enum status
act_probe(struct act *act)
{
	struct reach r;
	enum status st = load_reach(act, &r);

	if (st != OK)
		return st;
	return take_report(act, r.mailed_at != 0 && act->token_day ==
	    clock_day(r.mailed_at) + OUTBOX_BOUNCE_DAYS);
}

/* ---- what a relay refused ------------------------------------------------------------- */

static enum status
begin_person(struct act *act, struct petition *p, struct arena *arena,
    int64_t campaign, int64_t signature, int64_t now)
{
	const struct campaign *c = petition_campaign(p, campaign);
	enum status st;

	if (c == NULL)
		return NOT_FOUND;       /* its folder is away */
	st = act_begin(act, p, arena, c->slug, now);
	if (st != OK || signature == 0)
		return st;
	st = act_load_person(act, signature);
	return st == DENIED ? OK : st;  /* her name is not needed here */
}

static enum status
refused(struct petition *p, struct arena *arena, const struct outbox_row *row,
    const struct outcome *outcome, int64_t now)
{
	struct back back = { .fate = ladder_fate(outcome),
	    .code = store_code(outcome->code[0], outcome->code[1],
	    outcome->code[2]) };
	struct act act;
	enum status st = begin_person(&act, p, arena, row->campaign,
	    row->signature, now);

	if (st == NOT_FOUND)
		return OK;
	if (st != OK)
		return st;
	if (row->signature == 0)
		return back.fate >= FATE_FAULT ? blame_ourselves(&act) : OK;
	back.own = outbox_is_probe(row->kind);
	back.request = outbox_asks(row->kind);
	st = act_note(&act, HISTORY_REFUSED, row->kind, back.code);
	if (st == OK)
		st = came_back(&act, &back);
	if (st == OK && act.done != NULL)
		log_info("g=%lld campaign=%s refused=%s done=%s",
		    (long long)act.sig.id, act.campaign->slug,
		    fate_text(back.fate), act.done);
	return st;
}

/* Refused for what we are, the mail will be tried again for days: staff should
 * hear of it today. */
static enum status
put_off(struct petition *p, struct arena *arena, int64_t id,
    const struct outcome *outcome, int64_t now)
{
	struct outbox_row row;
	struct act act;
	enum status st;

	if (outcome->kind != OUTCOME_DEFERRED || outcome->code[0] != 5 ||
	    ladder_fate(outcome) != FATE_FAULT)
		return OK;
	st = store_outbox_get(p->with.store, arena, id, &row);
	if (st != OK || row.attempts > 0)       /* each mail once */
		return st == NOT_FOUND ? OK : st;
	st = begin_person(&act, p, arena, row.campaign, 0, now);
	return st == OK ? blame_ourselves(&act) : st == NOT_FOUND ? OK : st;
}

enum status
petition_settle(struct petition *p, struct arena *arena, int64_t id,
    const struct outcome *outcome, int64_t now)
{
	struct history h = { .at = now, .what = HISTORY_SENT };
	struct outbox_row left;
	enum status st = put_off(p, arena, id, outcome, now);

	if (st == OK)
		st = outbox_settle(p->with.store, arena, id, outcome, now,
		    &left);
	if (st != OK || left.id == 0)
		return st;
	if (outcome->kind != OUTCOME_DELIVERED)
		return refused(p, arena, &left, outcome, now);
	if (left.signature == 0 || strcmp(left.kind, "forgotten") == 0)
		return OK;
	h.kind = left.kind;
	return store_history_add(p->with.store, left.signature, &h);
}

enum status
petition_refused(struct petition *p, struct arena *arena, int64_t signature,
    const struct outcome *outcome, int64_t now)
{
	struct outbox_row row = { .signature = signature, .kind = "update" };
	struct signature sig;
	enum status st = store_signature_get(p->with.store, arena, signature,
	    &sig);

	if (st != OK)
		return st == NOT_FOUND ? OK : st;
	row.campaign = sig.campaign;
	return refused(p, arena, &row, outcome, now);
}

/* ---- her wish ----------------------------------------------------------------------------- */

static enum status
put_wish(struct act *act, enum rung rung, enum reach_reason reason)
{
	struct reach r;
	enum status st = load_reach(act, &r);

	if (st != OK)
		return st;
	r.rung = rung;
	r.reason = reason;
	r.since = act->now;
	r.due_at = 0;
	return store_reach_put(store_of(act), &r);
}

/* A complaint stays what it is: a stop after it says nothing new. */
enum status
act_stopped(struct act *act, enum reach_reason reason)
{
	struct reach r;
	enum status st = load_reach(act, &r);

	if (st == OK && r.rung != RUNG_COMPLAINED)
		st = put_wish(act, RUNG_STOPPED, reason);
	return st != OK ? st :
	    act_note(act, HISTORY_STOPPED, "", (int)reason);
}

enum status
act_resumed(struct act *act)
{
	enum status st = put_wish(act, RUNG_FINE, REASON_NONE);

	act->sig.unreachable = false;
	return st != OK ? st : act_note(act, HISTORY_RESUMED, "", 0);
}

enum status
act_reachable(struct act *act)
{
	if (!act->sig.unreachable)
		return OK;
	act->sig.unreachable = false;
	return act->sig.id == 0 ? OK : put_wish(act, RUNG_FINE, REASON_NONE);
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
	enum status st = store_reach_get(store_of(act), act->sig.id, &r);

	return st == OK ? step(act, &r, LADDER_WROTE) :
	    st == NOT_FOUND ? OK : st;
}

/* ---- complaints ------------------------------------------------------------------------------ */

/* Tokens that only mail to her, or the way to it, can have had in it. */
static bool
names_person(enum purpose purpose)
{
	return purpose == PURPOSE_CONFIRM || purpose == PURPOSE_REPLY ||
	    purpose == PURPOSE_UNSUBSCRIBE || purpose == PURPOSE_BOUNCE ||
	    purpose == PURPOSE_PROBE;
}

static bool
token_in(const struct act *act, int64_t campaign, int64_t *person_out)
{
	const struct report *report = &act->letter->report;
	size_t i;

	for (i = 0; i < report->tokens && i < REPORT_TOKENS; i++)
		if (report->token[i].token != NULL &&
		    names_person(report->token[i].purpose) &&
		    token_check(act->petition->with.keys,
		    report->token[i].purpose, campaign, report->token[i].token,
		    clock_day(act->now), person_out) == OK && *person_out != 0)
			return true;
	return false;
}

/* Providers send complaints to one address, whichever campaign they are about. */
static enum status
find_complainer(struct act *act, int64_t *person)
{
	const struct campaigns *all = act->petition->with.campaigns;
	enum campaign_state state;
	enum status st;
	int64_t id;
	size_t i;

	if (*person != 0 || token_in(act, act->campaign_id, person))
		return OK;
	for (i = 0; i < campaigns_count(all); i++) {
		st = store_campaign(store_of(act), campaigns_at(all, i)->slug,
		    &id, &state);
		if (st != OK && st != NOT_FOUND)
			return st;
		if (st != OK || !token_in(act, id, person))
			continue;
		act->campaign = campaigns_at(all, i);
		act->campaign_id = id;
		act->campaign_state = state;
		return OK;
	}
	return NOT_FOUND;
}

/* RFC 5965 and its registry: what is not about mail somebody did not want. */
static bool
is_no_complaint(const char *feedback)
{
	static const char *const other[] = { "not-spam", "auth-failure", "dmarc",
	    "virus" };
	size_t i;

	for (i = 0; feedback != NULL && i < sizeof other / sizeof other[0]; i++)
		if (strcmp(feedback, other[i]) == 0)
			return true;
	return false;
}

enum status
act_complaint(struct act *act, int64_t person)
{
	enum status st;

	act->done = "nobody";
	if (is_no_complaint(act->letter->report.feedback)) {
		act->done = "nothing";
		return OK;
	}
	st = find_complainer(act, &person);
	if (st == OK)
		st = act_load_person(act, person);
	if (st != OK && st != DENIED)
		return st == NOT_FOUND ? OK : st;
	if (act->sig.state == SIGNATURE_ERASED)
		return OK;
	act->done = "complained";
	act->sig.updates = false;
	if (act->sig.next_at != 0)      /* and no reminder */
		act->sig.next_at = act->sig.expires_at;
	st = put_wish(act, RUNG_COMPLAINED, REASON_COMPLAINT);
	if (st == OK)
		st = act_note(act, HISTORY_COMPLAINT, "", 0);
	return st != OK ? st : act_save(act, false);
}

/* ---- time ------------------------------------------------------------------------------------- */

/* Who does not want updates is not warned of losing them. */
static enum status
pass_rung(struct act *act, struct reach *r)
{
	bool wants = act->sig.state == SIGNATURE_CONFIRMED && act->sig.updates &&
	    act->who.address != NULL;

	if (wants || ladder_step(r->rung, LADDER_TIME) == NULL ||
	    ladder_step(r->rung, LADDER_TIME)->mail == NULL)
		return step(act, r, LADDER_TIME);
	act->done = "let-go";
	r->rung = RUNG_FINE;
	return store_reach_put(store_of(act), r);
}

static enum status
rung_due(struct petition *p, struct arena *arena, struct reach *r, int64_t now)
{
	struct act act;
	enum status st;

	if (petition_campaign(p, r->campaign) == NULL) {
		r->due_at = now + CLOCK_DAY;
		return store_reach_put(p->with.store, r);
	}
	st = begin_person(&act, p, arena, r->campaign, r->signature, now);
	if (st == NOT_FOUND)
		return store_history_forget(p->with.store, r->signature);
	if (st == OK)
		st = pass_rung(&act, r);
	if (st == OK && act.done == NULL) {
		r->due_at = 0;          /* nothing waits on this rung */
		st = store_reach_put(p->with.store, r);
	}
	if (st == OK)
		log_info("g=%lld campaign=%s done=%s", (long long)r->signature,
		    act.campaign->slug, act.done == NULL ? "nothing" : act.done);
	return st;
}

static enum status
alarm_due(struct petition *p, struct arena *arena, int64_t now)
{
	struct alarm alarm;
	struct act act;
	enum status st = store_alarm_next(p->with.store, &alarm);

	if (st != OK || alarm.due_at > now)
		return st == NOT_FOUND ? OK : st;
	if (petition_campaign(p, alarm.campaign) == NULL) {
		alarm.due_at = now + CLOCK_DAY;
		return store_alarm_put(p->with.store, &alarm);
	}
	st = begin_person(&act, p, arena, alarm.campaign, 0, now);
	return st != OK ? st : bounce_alarm(&act, &alarm);
}

enum status
bounce_tick(struct petition *p, struct arena *arena, int64_t now, size_t limit)
{
	struct reach due[64];
	size_t n, i, most = limit < 64 ? limit : 64;
	enum status st = store_reach_due(p->with.store, now, due, most, &n);

	for (i = 0; st == OK && i < n; i++)
		st = rung_due(p, arena, &due[i], now);
	if (st == OK)
		st = alarm_due(p, arena, now);
	return st == OK && n == most ? AGAIN : st;
}

enum status
bounce_due(struct petition *p, int64_t *when_out)
{
	struct alarm alarm;
	enum status st = store_reach_next(p->with.store, when_out);

	if (st != OK)
		return st;
	st = store_alarm_next(p->with.store, &alarm);
	if (st == OK && alarm.due_at < *when_out)
		*when_out = alarm.due_at;
	return st == NOT_FOUND ? OK : st;
}
