/* SPDX-License-Identifier: ISC */
#include "tests/unit/check.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "config/campaign.h"
#include "schedule/schedule.h"

/* "2026-12-07 09:00" in UTC. */
static int64_t
at(const char *text)
{
	char date[11];
	int32_t day;

	memcpy(date, text, 10);
	date[10] = '\0';
	assert_true(clock_parse_date(date, &day));
	return (int64_t)day * CLOCK_DAY + ((text[11] - '0') * 10 + text[12] - '0') *
	    CLOCK_HOUR + ((text[14] - '0') * 10 + text[15] - '0') * 60;
}

static const char *
text_of(int64_t when, char out[32])
{
	if (when == CLOCK_NEVER)
		return "never";
	schedule_text("UTC", when, out);
	return out;
}

static struct schedule *
make(const char *rule, const char *zone, const char *start, const char *quiet)
{
	struct reason why = { "" };
	struct schedule *s;

	if (schedule_new(&s, &(struct schedule_words){ rule, zone, start, quiet },
	    NULL, &why) != OK)
		fail_msg("%s: %s", rule, why.text);
	return s;
}

static void
test_next(void **state)
{
	static const struct {
		const char *rule, *zone, *start, *after, *next;
	} cases[] = {
		{ "FREQ=WEEKLY;BYDAY=MO;BYHOUR=9", "Asia/Dushanbe", "2026-12-01",
		    "2026-12-01 00:00", "Mon 2026-12-07 04:00" },
		{ "FREQ=WEEKLY;BYDAY=MO;BYHOUR=9", "Asia/Dushanbe", "2026-12-01",
		    "2026-12-07 04:00", "Mon 2026-12-14 04:00" },
		/* long after the start, without going through all of it */
		{ "FREQ=DAILY", "UTC", "1990-01-01 10:30",
		    "2026-12-07 10:29", "Mon 2026-12-07 10:30" },
		/* nine stays nine when summer comes and goes */
		{ "FREQ=DAILY;BYHOUR=9", "Europe/Oslo", "2026-03-01",
		    "2026-03-28 12:00", "Sun 2026-03-29 07:00" },
		{ "FREQ=DAILY;BYHOUR=9", "Europe/Oslo", "2026-03-01",
		    "2026-10-24 12:00", "Sun 2026-10-25 08:00" },
		{ "FREQ=MONTHLY;BYMONTHDAY=-1;BYHOUR=18", "UTC", "2026-01-01",
		    "2027-02-01 00:00", "Sun 2027-02-28 18:00" },
		{ "FREQ=MONTHLY;BYDAY=1MO;BYHOUR=8;BYMINUTE=15", "UTC",
		    "2026-01-01", "2026-12-08 00:00", "Mon 2027-01-04 08:15" },
		{ "FREQ=DAILY;COUNT=2", "UTC", "2026-12-01 08:00",
		    "2026-12-01 08:00", "Wed 2026-12-02 08:00" },
		{ "FREQ=DAILY;COUNT=2", "UTC", "2026-12-01 08:00",
		    "2026-12-02 08:00", "never" },
		{ "FREQ=DAILY;UNTIL=20261203T000000", "UTC", "2026-12-01 08:00",
		    "2026-12-02 08:00", "never" },
		{ "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;BYHOUR=9", "UTC", "2026-12-01",
		    "2026-12-01 09:00", "Tue 2026-12-15 09:00" },
		{ "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYHOUR=1", "UTC",
		    "2026-01-01", "2026-01-01 00:00", "Tue 2028-02-29 01:00" },
	};
	char out[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct schedule *s = make(cases[i].rule, cases[i].zone,
		    cases[i].start, NULL);

		assert_string_equal(text_of(schedule_next(s, at(cases[i].after)),
		    out), cases[i].next);
		schedule_free(&s);
	}
}

static void
test_last(void **state)
{
	struct schedule *s = make("FREQ=DAILY;BYHOUR=9", "UTC", "2026-12-01", NULL);
	char out[32];

	(void)state;
	assert_string_equal(text_of(schedule_last(s, at("2026-12-01 09:00"),
	    at("2026-12-05 09:00")), out), "Sat 2026-12-05 09:00");
	assert_string_equal(text_of(schedule_last(s, at("2026-12-01 09:00"),
	    at("2026-12-02 08:59")), out), "never");
	schedule_free(&s);
}

static void
test_quiet(void **state)
{
	static const struct { const char *quiet, *when, *loud; } cases[] = {
		{ NULL, "2026-12-07 03:00", "Mon 2026-12-07 03:00" },
		{ "21:00-08:00", "2026-12-07 20:59", "Mon 2026-12-07 20:59" },
		{ "21:00-08:00", "2026-12-07 21:00", "Tue 2026-12-08 08:00" },
		{ "21:00-08:00", "2026-12-07 07:59", "Mon 2026-12-07 08:00" },
		{ "21:00-08:00", "2026-12-07 08:00", "Mon 2026-12-07 08:00" },
		{ "12:00-14:30", "2026-12-07 13:00", "Mon 2026-12-07 14:30" },
		{ "12:00-14:30", "2026-12-07 15:00", "Mon 2026-12-07 15:00" },
	};
	char out[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct schedule *s = make("FREQ=DAILY", "UTC", "2026-12-01",
		    cases[i].quiet);

		assert_string_equal(text_of(schedule_loud(s, at(cases[i].when)),
		    out), cases[i].loud);
		schedule_free(&s);
	}
}

static void
test_mistakes(void **state)
{
	static const struct {
		struct schedule_words words;
		size_t where;           /* 0 rule, 1 zone, 2 start, 3 quiet */
		const char *says;
	} cases[] = {
		{ { "FREQ=SOMETIMES", "UTC", "2026-12-01", NULL }, 0, "RFC 5545" },
		{ { "", "UTC", "2026-12-01", NULL }, 0, "RFC 5545" },
		{ { "nine o'clock", "UTC", "2026-12-01", NULL }, 0, "RFC 5545" },
		{ { "FREQ=SECONDLY", "UTC", "2026-12-01", NULL }, 0, "more often" },
		{ { "FREQ=HOURLY", "UTC", "2026-12-01", NULL }, 0, "more often" },
		{ { "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "UTC", "2026-12-01",
		    NULL }, 0, "never comes" },
		{ { "FREQ=DAILY;UNTIL=20200101T000000", "UTC", "2026-12-01", NULL },
		    0, "never comes" },
		{ { "FREQ=WEEKLY;BYDAY=53MO", "UTC", "2026-12-01", NULL }, 0,
		    "53MO a day is counted; that goes with FREQ=MONTHLY" },
		{ { "FREQ=DAILY", "Asia/Nowhere", "2026-12-01", NULL }, 1,
		    "no time zone" },
		{ { "FREQ=DAILY", "../etc/passwd", "2026-12-01", NULL }, 1,
		    "no time zone" },
		{ { "FREQ=DAILY", "UTC", "9 o'clock", NULL }, 2, "no date" },
		{ { "FREQ=DAILY", "UTC", "2026-02-30", NULL }, 2, "no date" },
		{ { "FREQ=DAILY", "UTC", "2026-12-01 25:00", NULL }, 2, "no date" },
		{ { "FREQ=DAILY", "UTC", "2026-12-01", "21-8" }, 3, "quiet" },
		{ { "FREQ=DAILY", "UTC", "2026-12-01", "08:00-08:00" }, 3, "quiet" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct schedule_words *w = &cases[i].words;
		const char *const all[] = { w->rule, w->timezone, w->start, w->quiet };
		struct reason why = { "" };
		const char *where = NULL;
		struct schedule *s;

		assert_int_equal(schedule_new(&s, w, &where, &why), INVALID);
		assert_null(s);
		assert_ptr_equal(where, all[cases[i].where]);
		if (strstr(why.text, cases[i].says) == NULL)
			fail_msg("%zu: %s", i, why.text);
	}
}

/* Which parts there are, what they may say and what goes together (RFC 5545,
 * 3.3.10). */
static void
test_grammar(void **state)
{
	static const struct { const char *rule, *says; } cases[] = {
		{ "FREQ=WEEKLY;BYDAY=MO", NULL },
		{ "freq=weekly;byday=mo,Fr;wkst=su", NULL },
		{ "BYDAY=1MO;FREQ=MONTHLY", NULL },
		{ "FREQ=MONTHLY;BYDAY=-5SU,+2MO,TU", NULL },
		{ "FREQ=YEARLY;BYDAY=53MO,-53TU", NULL },
		{ "FREQ=YEARLY;BYMONTH=1,12;BYDAY=5MO", NULL },
		{ "FREQ=YEARLY;BYWEEKNO=-53,1;BYDAY=MO", NULL },
		{ "FREQ=YEARLY;BYYEARDAY=366,-366", NULL },
		{ "FREQ=MONTHLY;BYMONTHDAY=-31,31;BYHOUR=0,23;BYMINUTE=59", NULL },
		{ "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", NULL },
		{ "FREQ=DAILY;BYMONTHDAY=1;INTERVAL=9999", NULL },
		{ "FREQ=DAILY;UNTIL=20301231", NULL },
		{ "FREQ=DAILY;UNTIL=20301231T235959", NULL },
		{ "FREQ=DAILY;UNTIL=20301231T235959Z", NULL },

		{ "FREQ=WEEKLY;BYDAY=1MO", "1MO a day is counted" },
		{ "FREQ=DAILY;BYDAY=-1MO", "-1MO a day is counted" },
		{ "FREQ=WEEKLY;BYDAY=MO,2TU", "2TU a day is counted" },
		{ "FREQ=MONTHLY;BYDAY=6MO", "no 6MO; a month has" },
		{ "FREQ=MONTHLY;BYDAY=-6MO", "no -6MO; a month has" },
		{ "FREQ=MONTHLY;BYDAY=53MO", "no 53MO; a month has" },
		{ "FREQ=MONTHLY;BYDAY=0MO", "no 0MO" },
		{ "FREQ=YEARLY;BYDAY=54MO", "no 54MO; a year has" },
		{ "FREQ=YEARLY;BYDAY=0SU", "no 0SU" },
		{ "FREQ=YEARLY;BYMONTH=2;BYDAY=6MO", "no 6MO; a month has" },
		{ "FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO", "not go with BYWEEKNO" },
		{ "FREQ=WEEKLY;BYDAY=XX", "\"XX\" is no day" },
		{ "FREQ=WEEKLY;BYDAY=MONDAY", "no day" },
		{ "FREQ=WEEKLY;BYDAY=--1MO", "no day" },
		{ "FREQ=WEEKLY;BYDAY=", "no day" },
		{ "FREQ=WEEKLY;BYDAY=MO,", "no day" },
		{ "FREQ=WEEKLY;BYDAY=MO,,TU", "no day" },
		{ "FREQ=MONTHLY;BYDAY=999999999999MO", "no day" },
		{ "FREQ=WEEKLY;BYMONTHDAY=13", "BYMONTHDAY does not go with FREQ=WEEKLY" },
		{ "FREQ=MONTHLY;BYMONTHDAY=32", "1 to 31" },
		{ "FREQ=MONTHLY;BYMONTHDAY=0", "1 to 31" },
		{ "FREQ=MONTHLY;BYYEARDAY=5", "BYYEARDAY does not go with FREQ=MONTHLY" },
		{ "FREQ=DAILY;BYYEARDAY=5", "BYYEARDAY does not go" },
		{ "FREQ=YEARLY;BYYEARDAY=367", "1 to 366" },
		{ "FREQ=WEEKLY;BYWEEKNO=5", "BYWEEKNO does not go with FREQ=WEEKLY" },
		{ "FREQ=YEARLY;BYWEEKNO=54", "1 to 53" },
		{ "FREQ=YEARLY;BYMONTH=13", "1 to 12" },
		{ "FREQ=YEARLY;BYMONTH=-1", "1 to 12" },
		{ "FREQ=DAILY;BYHOUR=24", "0 to 23" },
		{ "FREQ=DAILY;BYHOUR=9.5", "0 to 23" },
		{ "FREQ=DAILY;BYMINUTE=60", "0 to 59" },
		{ "FREQ=DAILY;BYHOUR=", "0 to 23" },
		{ "FREQ=WEEKLY;BYSETPOS=1", "BYSETPOS chooses" },
		{ "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0", "1 to 366" },
		{ "FREQ=DAILY;INTERVAL=0", "1 to 9999" },
		{ "FREQ=DAILY;INTERVAL=-2", "1 to 9999" },
		{ "FREQ=DAILY;COUNT=0", "1 to 99999" },
		{ "FREQ=DAILY;COUNT=2;UNTIL=20301231", "COUNT and UNTIL" },
		{ "FREQ=DAILY;UNTIL=20301331", "UNTIL is no time" },
		{ "FREQ=DAILY;UNTIL=2030-12-31", "UNTIL is no time" },
		{ "FREQ=DAILY;UNTIL=20301231T25", "UNTIL is no time" },
		{ "FREQ=DAILY;UNTIL=", "UNTIL is no time" },
		{ "FREQ=WEEKLY;WKST=1MO", "WKST must" },
		{ "FREQ=DAILY;FREQ=WEEKLY", "FREQ is there twice" },
		{ "FREQ=WEEKLY;BYDAY=MO;BYDAY=TU", "BYDAY is there twice" },
		{ "FREQ=WEEKLY;BYEASTER=1", "BYEASTER is no part" },
		{ "FREQ=WEEKLY; BYDAY=MO", "no part" },
		{ "FREQ=WEEKLY;", "RFC 5545" },
		{ ";FREQ=WEEKLY", "RFC 5545" },
		{ "FREQ", "RFC 5545" },
		{ "BYDAY=MO", "RFC 5545" },
		{ "RRULE:FREQ=DAILY", "RRULE:FREQ is no part" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct reason why = { "" };
		struct schedule *s;
		enum status st = schedule_new(&s, &(struct schedule_words){
		    cases[i].rule, "UTC", "2026-12-01", NULL }, NULL, &why);

		if (st != (cases[i].says == NULL ? OK : INVALID) ||
		    (cases[i].says != NULL &&
		    strstr(why.text, cases[i].says) == NULL))
			fail_msg("%s: %s", cases[i].rule, why.text);
		schedule_free(&s);
	}
}

static void
test_hour(void **state)
{
	char out[32];

	(void)state;
	assert_string_equal(text_of(schedule_hour("UTC", 8, 0,
	    at("2026-12-07 08:00")), out), "Tue 2026-12-08 08:00");
	assert_string_equal(text_of(schedule_hour("Asia/Dushanbe", 8, 0,
	    at("2026-12-07 02:59")), out), "Mon 2026-12-07 03:00");
	assert_string_equal(text_of(schedule_hour("UTC", 8, 1,
	    at("2026-12-08 00:00")), out), "Mon 2026-12-14 08:00");
	assert_string_equal(text_of(schedule_hour("UTC", 8, 7,
	    at("2026-12-08 00:00")), out), "Sun 2026-12-13 08:00");
	schedule_text("Asia/Dushanbe", at("2026-12-07 20:00"), out);
	assert_string_equal(out, "Tue 2026-12-08 01:00");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_next), cmocka_unit_test(test_last),
		cmocka_unit_test(test_quiet), cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_grammar),
		cmocka_unit_test(test_hour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
