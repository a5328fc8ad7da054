/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/clock.h"
#include "config/campaign.h"
#include "petition/complaint.h"
#include "petition/reach.h"
#include "seal/token.h"

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
		st = store_campaign(act_store(act), campaigns_at(all, i)->slug,
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
	st = reach_wish(act, RUNG_COMPLAINED, REASON_COMPLAINT);
	if (st == OK)
		st = act_note(act, HISTORY_COMPLAINT, "", 0);
	return st != OK ? st : act_save(act, false);
}
