/* SPDX-License-Identifier: ISC */
#include "config/campaign.h"
#include "schedule/schedule.h"

static enum status
check_one(const struct campaign *c, const struct campaign_schedule *plan,
    struct reason *why)
{
	const struct schedule_words words = { plan->rule, plan->timezone,
	    plan->start, plan->quiet };
	const char *where = plan->rule;
	struct reason wrong = { "" };
	struct schedule *s;
	enum status st = schedule_new(&s, &words, &where, &wrong);

	schedule_free(&s);
	if (st == OK)
		return OK;
	return fail(why, INVALID, "%s/campaign.conf:%d: schedule \"%s\": %s",
	    c->dir, campaign_line(c, "schedule", plan->name, where), plan->name, wrong.text);
}

enum status
schedule_check(const struct campaign *c, struct reason *why)
{
	struct reason wrong = { "" };
	enum status st = OK;
	size_t i;

	if (schedule_zone(c->timezone, &wrong) != OK)
		return fail(why, INVALID, "%s/campaign.conf:%d: timezone: %s",
		    c->dir, campaign_line(c, NULL, NULL, c->timezone), wrong.text);
	for (i = 0; st == OK && i < c->schedule_count; i++)
		st = check_one(c, &c->schedules[i], why);
	return st;
}
