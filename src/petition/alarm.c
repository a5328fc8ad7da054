/* SPDX-License-Identifier: ISC */
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/campaign.h"
#include "outbox/outbox.h"
#include "petition/alarm.h"
#include "store/history.h"

#define GATHER CLOCK_HOUR               /* faults that one alarm tells of */

enum status
alarm_blame_us(struct act *act)
{
	struct alarm alarm;
	enum status st = store_alarm_get(act_store(act), act->campaign_id, &alarm);

	if (st != OK)
		return st;
	alarm.n++;
	if (alarm.due_at == 0) {
		alarm.due_at = act->now + GATHER;
		if (alarm.alarmed_at != 0 &&
		    alarm.due_at < alarm.alarmed_at + CLOCK_DAY)
			alarm.due_at = alarm.alarmed_at + CLOCK_DAY;
	}
	return store_alarm_put(act_store(act), &alarm);
}

static enum status
tell(struct act *act, struct alarm *alarm)
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
	return st != OK ? st : store_alarm_put(act_store(act), alarm);
}

enum status
alarm_tick(struct petition *p, struct arena *arena, int64_t now)
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
	st = act_begin_person(&act, p, arena, alarm.campaign, 0, now);
	return st != OK ? st : tell(&act, &alarm);
}
