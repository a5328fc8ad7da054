/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <libical/ical.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "schedule/rule.h"
#include "schedule/schedule.h"

#define DAY_MINUTES 1440
#define STEPS_MOST 200000       /* occurrences passed over in one look */
#define YEARS_MOST 100          /* what comes later never comes */

struct schedule {
	struct icalrecurrencetype rule;
	icaltimezone *zone;
	struct icaltimetype start;      /* in the hours of the place */
	int quiet_from, quiet_to;       /* minutes of the day; equal: none */
};

/* ---- zones ------------------------------------------------------------------ */

static icaltimezone *
find_zone(const char *name)
{
	icaltimezone *zone;

	if (strcmp(name, "UTC") == 0)
		return icaltimezone_get_utc_timezone();
	zone = icaltimezone_get_builtin_timezone(name);
	/* It is known by a list; its own file is read now, or is not there. */
	if (zone == NULL || icaltimezone_get_component(zone) == NULL)
		return NULL;
	return zone;
}

enum status
schedule_zone(const char *name, struct reason *why)
{
	if (find_zone(name) != NULL)
		return OK;
	return fail(why, INVALID, "there is no time zone \"%s\"; write it as in "
	    "\"Asia/Dushanbe\" or \"UTC\"", name);
}

static struct icaltimetype
local_time(icaltimezone *zone, int64_t when)
{
	return icaltime_from_timet_with_zone((time_t)when, 0, zone);
}

static int64_t
world_time(icaltimezone *zone, struct icaltimetype t)
{
	return (int64_t)icaltime_as_timet_with_zone(t, zone);
}

/* ---- reading the words --------------------------------------------------------- */

static int
two_digits(const char *s)
{
	return isdigit((unsigned char)s[0]) && isdigit((unsigned char)s[1]) ?
	    (s[0] - '0') * 10 + s[1] - '0' : -1;
}

/* "HH:MM" and nothing of it wrong; -1. */
static int
minutes_of(const char *s)
{
	int hour = two_digits(s), minute;

	if (hour < 0 || hour > 23 || s[2] != ':')
		return -1;
	minute = two_digits(s + 3);
	return minute < 0 || minute > 59 ? -1 : hour * 60 + minute;
}

static enum status
read_start(struct schedule *s, const char *text, struct reason *why)
{
	char date[11] = "";
	int32_t day;
	int minutes = 0;
	size_t len = strlen(text);

	if (len >= 10)
		memcpy(date, text, 10);
	if (len == 16 && text[10] == ' ')
		minutes = minutes_of(text + 11);
	if ((len != 10 && len != 16) || minutes < 0 ||
	    !clock_parse_date(date, &day))
		return fail(why, INVALID, "start is no date; write it as in "
		    "\"2026-12-01\" or \"2026-12-01 09:30\"");
	s->start = icaltime_from_timet_with_zone((time_t)day * CLOCK_DAY +
	    minutes * 60, 0, icaltimezone_get_utc_timezone());
	s->start.zone = NULL;
	return OK;
}

static enum status
read_quiet(struct schedule *s, const char *text, struct reason *why)
{
	if (text == NULL)
		return OK;
	if (strlen(text) == 11 && text[5] == '-') {
		s->quiet_from = minutes_of(text);
		s->quiet_to = minutes_of(text + 6);
		if (s->quiet_from >= 0 && s->quiet_to >= 0 &&
		    s->quiet_from != s->quiet_to)
			return OK;
	}
	return fail(why, INVALID, "quiet must be two different times, as in "
	    "\"21:00-08:00\"");
}

/* More often than daily is nobody's news. */
static bool
is_seldom(const struct icalrecurrencetype *r)
{
	return r->freq == ICAL_DAILY_RECURRENCE ||
	    r->freq == ICAL_WEEKLY_RECURRENCE ||
	    r->freq == ICAL_MONTHLY_RECURRENCE ||
	    r->freq == ICAL_YEARLY_RECURRENCE;
}

static enum status
read_rule(struct schedule *s, const char *text, struct reason *why)
{
	enum status st = rule_check(text, why);

	if (st != OK)
		return st;
	icalerror_clear_errno();
	s->rule = icalrecurrencetype_from_string(text);
	if (s->rule.freq == ICAL_NO_RECURRENCE || icalerrno != ICAL_NO_ERROR)
		return fail(why, INVALID, "rule is none of RFC 5545; write it as "
		    "in \"FREQ=WEEKLY;BYDAY=MO;BYHOUR=9\"");
	if (!is_seldom(&s->rule))
		return fail(why, INVALID, "rule comes more often than daily; FREQ "
		    "may be DAILY, WEEKLY, MONTHLY or YEARLY");
	if (schedule_next(s, INT64_MIN) == CLOCK_NEVER)
		return fail(why, INVALID, "rule never comes; is there such a day, "
		    "and is it after start?");
	return OK;
}

enum status
schedule_new(struct schedule **out, const struct schedule_words *words,
    const char **where_out, struct reason *why)
{
	struct schedule *s = mem_alloc(sizeof *s);
	const char *where = words->timezone;
	enum status st = schedule_zone(words->timezone, why);

	icalerror_set_errors_are_fatal(0);
	if (st == OK) {
		s->zone = find_zone(words->timezone);
		where = words->start;
		st = read_start(s, words->start, why);
	}
	if (st == OK) {
		where = words->quiet;
		st = read_quiet(s, words->quiet, why);
	}
	if (st == OK) {
		where = words->rule;
		st = read_rule(s, words->rule, why);
	}
	if (st != OK) {
		schedule_free(&s);
		if (where_out != NULL)
			*where_out = where;
	}
	*out = s;
	return st;
}

void
schedule_free(struct schedule **sp)
{
	free(*sp);
	*sp = NULL;
}

/* ---- times ----------------------------------------------------------------------- */

/* Calls off after YEARS_MOST and STEPS_MOST: a rule may go on for ever. */
static int64_t
look(const struct schedule *s, int64_t after, int64_t until, bool last)
{
	icalrecur_iterator *each = icalrecur_iterator_new(s->rule, s->start);
	struct icaltimetype t;
	int64_t found = CLOCK_NEVER, when;
	int steps;

	if (each == NULL)
		return CLOCK_NEVER;
	/* Those long past need not be gone through one by one. */
	if (s->rule.count == 0 && after > 0 && after != INT64_MAX) {
		t = local_time(s->zone, after - 2 * CLOCK_DAY);
		t.zone = NULL;
		t.hour = s->start.hour;
		t.minute = s->start.minute;
		t.second = s->start.second;
		if (s->rule.interval == 1 && icaltime_compare(t, s->start) > 0)
			(void)icalrecur_iterator_set_start(each, t);
	}
	for (steps = 0; steps < STEPS_MOST; steps++) {
		t = icalrecur_iterator_next(each);
		if (icaltime_is_null_time(t) ||
		    t.year > s->start.year + YEARS_MOST)
			break;
		when = world_time(s->zone, t);
		if (when > until)
			break;
		if (when <= after)
			continue;
		found = when;
		if (!last)
			break;
	}
	icalrecur_iterator_free(each);
	return found;
}

int64_t
schedule_next(const struct schedule *s, int64_t after)
{
	return look(s, after, INT64_MAX - 1, false);
}

int64_t
schedule_last(const struct schedule *s, int64_t after, int64_t until)
{
	return look(s, after, until, true);
}

int64_t
schedule_loud(const struct schedule *s, int64_t when)
{
	struct icaltimetype t;
	int now, wait;

	if (s->quiet_from == s->quiet_to || when == CLOCK_NEVER)
		return when;
	t = local_time(s->zone, when);
	now = t.hour * 60 + t.minute;
	if (s->quiet_from < s->quiet_to ?
	    now < s->quiet_from || now >= s->quiet_to :
	    now < s->quiet_from && now >= s->quiet_to)
		return when;
	wait = (s->quiet_to - now + DAY_MINUTES) % DAY_MINUTES;
	t.minute += wait;
	t.second = 0;
	t = icaltime_normalize(t);
	return world_time(s->zone, t);
}

int64_t
schedule_hour(const char *timezone, int hour, int weekday, int64_t after)
{
	icaltimezone *zone = find_zone(timezone);
	struct icaltimetype t;
	int64_t when;
	int day;

	if (zone == NULL)
		zone = icaltimezone_get_utc_timezone();
	t = local_time(zone, after);
	t.hour = hour;
	t.minute = t.second = 0;
	for (;;) {
		when = world_time(zone, t);
		day = icaltime_day_of_week(t);          /* 1: Sunday */
		if (when > after && (weekday == 0 || day == weekday % 7 + 1))
			return when;
		t.day++;
		t = icaltime_normalize(t);
	}
}

void
schedule_text(const char *timezone, int64_t when, char out[32])
{
	static const char *const days[] = { "", "Sun", "Mon", "Tue", "Wed", "Thu",
		"Fri", "Sat" };
	icaltimezone *zone = find_zone(timezone);
	struct icaltimetype t = local_time(zone != NULL ? zone :
	    icaltimezone_get_utc_timezone(), when);

	(void)snprintf(out, 32, "%s %04u-%02u-%02u %02u:%02u",
	    days[icaltime_day_of_week(t)], (unsigned)t.year % 10000,
	    (unsigned)t.month % 100, (unsigned)t.day % 100,
	    (unsigned)t.hour % 100, (unsigned)t.minute % 100);
}
