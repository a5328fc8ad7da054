/* SPDX-License-Identifier: ISC
 *
 * Who an update is for.
 */
#include <string.h>

#include "tests/unit/check.h"

#include "base/arena.h"
#include "base/clock.h"
#include "config/campaign.h"
#include "outbox/segment.h"
#include "store/store.h"

static char english[] = "en", tajik[] = "tg", slug[] = "freedom";
static struct campaign_language languages[] = { { .code = english },
	{ .code = tajik } };
static const struct campaign campaign = { .slug = slug,
	.default_language = english, .languages = languages,
	.language_count = 2 };

static void
bad_ones_say_what_is_wrong(void **state)
{
	static const struct { const char *text, *says; } bad[] = {
		{ "TJ", "WORD=VALUE" }, { "land=TJ", "not known" },
		{ "country=", "lacks a value" }, { "country=TJ,", "lacks a value" },
		{ "country=TJK", "two letters" }, { "country=T1", "two letters" },
		{ "language=ru", "does not speak" }, { "language=", "lacks" },
		{ "source=a b", "WORD=VALUE" }, { "source=Poster", "small letters" },
		{ "since=2026-02-30", "one day" }, { "since=yesterday", "one day" },
		{ "since=2026-01-01,2026-01-02", "one day" },
		{ "until=26-01-01", "one day" }, { "action=danced", "posted" },
		{ "country=TJ country=RU", "twice" },
		{ "since=2026-02-01 until=2026-01-31", "matches nobody" },
	};
	struct arena *arena = arena_new();
	struct segment *s;
	struct reason why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(segment_parse(&s, arena, &campaign,
		    bad[i].text, &why), INVALID);
		if (strstr(why.text, bad[i].says) == NULL)
			fail_msg("%s: says \"%s\"", bad[i].text, why.text);
	}
	arena_free(&arena);
}

static void
one_form_for_all_ways_to_write_it(void **state)
{
	static const struct { const char *text, *form; } good[] = {
		{ "", "" }, { " \t", "" }, { "country=tj,RU,tj", "country=TJ,RU" },
		{ "until=2026-12-31  since=2026-01-02 language=tg",
		    "language=tg since=2026-01-02 until=2026-12-31" },
		{ "action=none,posted source=-,poster country=-",
		    "country=- source=-,poster action=none,posted" },
	};
	struct arena *arena = arena_new();
	struct segment *s;
	struct reason why;
	size_t i, again;

	(void)state;
	for (i = 0; i < sizeof good / sizeof good[0]; i++) {
		const char *text = good[i].text;

		for (again = 0; again < 2; again++) {
			assert_int_equal(segment_parse(&s, arena, &campaign,
			    text, &why), OK);
			text = segment_text(arena, s);
			assert_string_equal(text, good[i].form);
		}
	}
	arena_free(&arena);
}

static void
who_belongs(void **state)
{
	static const struct {
		const char *text, *country, *language, *source;
		int actions;
		bool has;
	} table[] = {
		{ "", "", "en", "", 0, true },
		{ "country=TJ", "TJ", "en", "", 0, true },
		{ "country=TJ", "RU", "en", "", 0, false },
		{ "country=TJ", "", "en", "", 0, false },
		{ "country=-", "", "en", "", 0, true },
		{ "country=-,RU", "RU", "en", "", 0, true },
		{ "language=tg", "TJ", "en", "", 0, false },
		{ "language=tg country=TJ", "TJ", "tg", "", 0, true },
		{ "source=poster", "TJ", "tg", "poster", 0, true },
		{ "source=poster", "TJ", "tg", "", 0, false },
		{ "source=-", "TJ", "tg", "", 0, true },
		{ "action=posted", "", "en", "", 0, false },
		{ "action=posted", "", "en", "", ACTION_POSTED, true },
		{ "action=wrote", "", "en", "", ACTION_POSTED, false },
		{ "action=none", "", "en", "", ACTION_POSTED, false },
		{ "action=none", "", "en", "", 0, true },
		{ "action=none,wrote", "", "en", "",
		    ACTION_POSTED | ACTION_WROTE, true },
		{ "since=2026-11-23", "", "en", "", 0, true },
		{ "since=2026-11-24", "", "en", "", 0, false },
		{ "until=2026-11-23", "", "en", "", 0, true },
		{ "until=2026-11-22", "", "en", "", 0, false },
	};
	struct arena *arena = arena_new();
	struct signature sig = { 0 };
	struct segment *s;
	struct reason why;
	size_t i;

	(void)state;
	assert_true(clock_parse_date("2026-11-23", &sig.confirmed_day));
	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		assert_int_equal(segment_parse(&s, arena, &campaign,
		    table[i].text, &why), OK);
		sig.country = table[i].country;
		sig.language = table[i].language;
		sig.source = table[i].source;
		sig.actions = table[i].actions;
		if (segment_has(s, &sig) != table[i].has)
			fail_msg("row %zu: %s", i, table[i].text);
	}
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_ones_say_what_is_wrong),
		cmocka_unit_test(one_form_for_all_ways_to_write_it),
		cmocka_unit_test(who_belongs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
