/* bounce.c - what comes back, and what a relay refused
 *
 * Who a report is about is told by the token in the address it came to, never
 * by its words; what befell her mail is told by its words, which anybody can
 * write who knows that address.  Hence the ladder.
 *
 * SPDX-License-Identifier: ISC
 */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "config/campaign.h"
#include "outbox/outbox.h"
#include "petition/alarm.h"
#include "petition/bounce.h"
#include "petition/ladder.h"
#include "petition/reach.h"

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
	bool signer = signature_is_signed(act->sig.state);

	if (act->done == NULL)
		act->done = "noted";
	switch (back->fate) {
	case FATE_FAULT:
		act->done = "fault";
		return alarm_blame_us(act);
	case FATE_HARD:
		if (!signer)
			return back->request && act->sig.expires_at != 0 ?
			    reach_never(act, back->code) : OK;
		return reach_bounced(act, FATE_HARD, back->code, back->own);
	case FATE_SOFT:
		return signer ? reach_bounced(act, FATE_SOFT, back->code,
		    back->own) : OK;
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
	return alarm_blame_us(act);
}

/* Is it the mail that this rung waits for?  Another bounce of the warning is
 * none of the probe: they are days apart, and so are their tokens. */
enum status
act_probe(struct act *act)
{
	struct reach r;
	enum status st = reach_load(act, &r);

	if (st != OK)
		return st;
	return take_report(act, r.mailed_at != 0 && act->token_day ==
	    clock_day(r.mailed_at) + OUTBOX_BOUNCE_DAYS);
}

/* ---- what a relay refused ------------------------------------------------------------- */

static enum status
refused(struct petition *p, struct arena *arena, const struct outbox_row *row,
    const struct outcome *outcome, int64_t now)
{
	struct back back = { .fate = ladder_fate(outcome),
	    .code = store_code(outcome->code[0], outcome->code[1],
	    outcome->code[2]) };
	struct act act;
	enum status st = act_begin_person(&act, p, arena, row->campaign,
	    row->signature, now);

	if (st == NOT_FOUND)
		return OK;
	if (st != OK)
		return st;
	if (row->signature == 0)
		return back.fate >= FATE_FAULT ? alarm_blame_us(&act) : OK;
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
	st = act_begin_person(&act, p, arena, row.campaign, 0, now);
	return st == OK ? alarm_blame_us(&act) : st == NOT_FOUND ? OK : st;
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
	if (p->seals)
		store_removed(p->with.store);   /* her address was in it */
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

/* ---- time ------------------------------------------------------------------------------------- */

static enum status
rung_due(struct petition *p, struct arena *arena, struct reach *r, int64_t now)
{
	struct act act;
	enum status st;

	if (petition_campaign(p, r->campaign) == NULL) {
		r->due_at = now + CLOCK_DAY;
		return store_reach_put(p->with.store, r);
	}
	st = act_begin_person(&act, p, arena, r->campaign, r->signature, now);
	if (st == NOT_FOUND)
		return store_history_forget(p->with.store, r->signature);
	if (st == OK)
		st = reach_pass(&act, r);
	if (st == OK && act.done == NULL) {
		r->due_at = 0;          /* nothing waits on this rung */
		st = store_reach_put(p->with.store, r);
	}
	if (st == OK)
		log_info("g=%lld campaign=%s done=%s", (long long)r->signature,
		    act.campaign->slug, act.done == NULL ? "nothing" : act.done);
	return st;
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
		st = alarm_tick(p, arena, now);
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
