/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "tests/unit/check.h"
#include "words/pattern.h"

static void
matches(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool ignore_case, want;
		size_t start, end;
	} cases[] = {
		{ "b+", "abbc", false, true, 1, 3 },
		{ "B", "abc", false, false, 0, 0 },
		{ "B", "abc", true, true, 1, 2 },
		{ "ҚАТЪ", "қатъ", true, true, 0, 8 },
		{ "^\\w+$", "нет", false, true, 0, 6 },
		{ "^.$", "ӣ", false, true, 0, 2 },
		{ "a", "\xff" "a", false, false, 0, 0 },
		{ "", "", false, true, 0, 0 },
	};
	struct pattern *p = NULL;
	struct reason why;
	struct span span;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		bool got;

		assert_int_equal(pattern_new(&p, cases[i].pattern,
		    cases[i].ignore_case, "x", &why), OK);
		got = pattern_match(p, cases[i].text, strlen(cases[i].text), &span, 1);
		if (got != cases[i].want)
			fail_msg("%s on %s", cases[i].pattern, cases[i].text);
		if (got) {
			assert_int_equal(span.start, cases[i].start);
			assert_int_equal(span.end, cases[i].end);
		}
		pattern_free(&p);
		assert_null(p);
	}
}

static void
groups(void **state)
{
	struct pattern *p = NULL;
	struct reason why;
	struct span span[4];

	(void)state;
	assert_int_equal(pattern_new(&p, "(a)|(b)", false, "x", &why), OK);
	assert_true(pattern_match(p, "b", 1, span, 4));
	assert_true(span[1].start > span[1].end);
	assert_int_equal(span[2].start, 0);
	assert_int_equal(span[2].end, 1);
	assert_true(span[3].start > span[3].end);
	/* only what the length covers */
	assert_false(pattern_match(p, "xb", 1, span, 4));
	pattern_free(&p);
}

static void
mistakes(void **state)
{
	static const char *const bad[] = { "(", "[a", "a{2", "\\C", "(?", "*" };
	struct pattern *p = NULL;
	struct reason why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		if (i == 2)
			continue;       /* PCRE takes it literally */
		assert_int_equal(pattern_new(&p, bad[i], true, "templates/ru/words:12",
		    &why), INVALID);
		assert_null(p);
		assert_ptr_equal(strstr(why.text, "templates/ru/words:12: "), why.text);
	}
}

/* Patterns that would take longer than the sun shines. */
static void
bounds(void **state)
{
	static const char *const slow[] = { "^(a+)+$", "^(a|aa)*b", "(x+x+)+y",
	    "^((a?){1,50}){1,50}$" };
	struct buf text = BUF_INIT;
	struct pattern *p = NULL;
	struct reason why;
	struct span span;
	clock_t start = clock();
	size_t i;

	(void)state;
	for (i = 0; i < 5000; i++)
		buf_addstr(&text, i % 2 == 0 ? "a" : "x");
	for (i = 0; i < 5000; i++)
		buf_addstr(&text, "a");
	buf_addstr(&text, "!");
	for (i = 0; i < sizeof slow / sizeof slow[0]; i++) {
		assert_int_equal(pattern_new(&p, slow[i], true, "x", &why), OK);
		assert_false(pattern_match(p, text.data, text.len, &span, 1));
		assert_false(pattern_match(p, text.data + 5000, text.len - 5000, &span, 1));
		pattern_free(&p);
	}
	assert_true(clock() - start < CLOCKS_PER_SEC);
	buf_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches),
		cmocka_unit_test(groups),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
