/* schedule.h - when something that comes again and again is due
 *
 * A rule of RFC 5545 (RRULE) with a first day, a time zone and quiet hours.
 * The rule is reckoned in the hours of the place: nine in the morning stays
 * nine in the morning, in summer and in winter.  libical is used in this
 * folder only; it reads the zones from the system's files when they are first
 * asked for.
 *
 * Nothing here is remembered: what was done is its caller's to know.
 */
#ifndef SCHEDULE_SCHEDULE_H
#define SCHEDULE_SCHEDULE_H

#include <stdint.h>

#include "base/status.h"

struct campaign;
struct schedule;

struct schedule_words {
	const char *rule;       /* "FREQ=WEEKLY;BYDAY=MO;BYHOUR=9" */
	const char *timezone;   /* "Asia/Dushanbe" */
	const char *start;      /* "2026-12-01", or with " 09:30" */
	const char *quiet;      /* "21:00-08:00", or NULL: none */
};

/* INVALID says what is wrong and what would be right; *WHERE_OUT (may be NULL)
 * is then the one of the words that is. */
enum status schedule_new(struct schedule **out, const struct schedule_words *,
    const char **where_out, struct reason *) MUST_CHECK;
void schedule_free(struct schedule **);

/* The first time after AFTER that the rule names, or CLOCK_NEVER. */
int64_t schedule_next(const struct schedule *, int64_t after);
/* The last one up to and including UNTIL and after AFTER, or CLOCK_NEVER. */
int64_t schedule_last(const struct schedule *, int64_t after, int64_t until);
/* WHEN, or when it falls in quiet hours their end. */
int64_t schedule_loud(const struct schedule *, int64_t when);

/* The same for a time zone alone: the next HOUR:00 there after AFTER; with
 * WEEKDAY (1 Monday ... 7 Sunday; 0: any) on that day.  A zone that is unknown
 * is taken for UTC. */
int64_t schedule_hour(const char *timezone, int hour, int weekday, int64_t after);
enum status schedule_zone(const char *timezone, struct reason *) MUST_CHECK;
/* "Mon 2026-12-07 09:00" in that zone. */
void schedule_text(const char *timezone, int64_t when, char out[32]);

/* All schedules of a campaign and its time zone: INVALID with file:line. */
enum status schedule_check(const struct campaign *, struct reason *) MUST_CHECK;

#endif
