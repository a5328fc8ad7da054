/* schedule.c - undersign update SLUG schedule: when the next ones are due
 * SPDX-License-Identifier: ISC
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/clock.h"
#include "config/campaign.h"
#include "ctl/ctl.h"
#include "ctl/output.h"
#include "ctl/update.h"
#include "schedule/schedule.h"

#define NEXT 5                  /* times of each */

struct showing {
	const struct campaign_schedule *plan;
	struct table *table;            /* NULL: as JSON */
	size_t rows;
};

static void
show_time(struct showing *s, int64_t due, int64_t loud)
{
	char when[32];

	schedule_text(s->plan->timezone, loud, when);
	if (s->table != NULL) {
		table_cell(s->table, s->plan->name);
		table_cell(s->table, when);
		table_cell(s->table, s->plan->timezone);
		table_cell(s->table, s->plan->approve ? "waits for approval" :
		    loud != due ? "after quiet hours" : "");
		return;
	}
	(void)printf("%s\n    {\"schedule\": ", s->rows == 0 ? "" : ",");
	json_string(stdout, s->plan->name);
	(void)printf(", \"due_at\": %" PRId64 ", \"send_at\": %" PRId64
	    ", \"approve\": %s}", due, loud, s->plan->approve ? "true" : "false");
}

static int
show_plan(struct showing *s)
{
	const struct schedule_words words = { s->plan->rule, s->plan->timezone,
	    s->plan->start, s->plan->quiet };
	struct reason why = { "" };
	struct schedule *schedule;
	int64_t due = clock_now();
	int i;

	if (schedule_new(&schedule, &words, NULL, &why) != OK)
		return ctl_complain(EXIT_NOT, "schedule \"%s\": %s", s->plan->name,
		    why.text);
	for (i = 0; i < NEXT; i++) {
		due = schedule_next(schedule, due);
		if (due == CLOCK_NEVER)
			break;
		show_time(s, due, schedule_loud(schedule, due));
		s->rows++;
	}
	schedule_free(&schedule);
	return 0;
}

int
update_schedule(struct updating *u)
{
	static const char *const heads[] = { "schedule", "next", "time zone", "",
	    NULL };
	const struct campaign *c = u->campaign;
	int format = ctl_format(u->ctl, "table, json"), code = 0;
	struct showing s = { .rows = 0 };
	size_t i;

	if (format < 0)
		return EXIT_USE;
	if (format == FORMAT_TABLE)
		s.table = table_new(heads, "llll");
	else
		(void)printf("{\"campaign\": \"%s\", \"times\": [", c->slug);
	for (i = 0; code == 0 && i < c->schedule_count; i++) {
		s.plan = &c->schedules[i];
		code = show_plan(&s);
	}
	if (format == FORMAT_JSON)
		(void)puts(s.rows == 0 ? "]}" : "\n]}");
	else if (code == 0 && s.rows > 0)
		table_print(s.table, stdout);
	else if (code == 0)
		(void)printf("%s\n", c->schedule_count == 0 ? "There is no schedule; "
		    "undersigned.conf(5) tells how to write one." :
		    "No time is left in any schedule.");
	table_free(&s.table);
	return code;
}
