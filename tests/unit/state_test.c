/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "tests/unit/check.h"

#include "petition/state.h"

/* The table of petition/state.h as a person reads it; '*' is confirmed only
 * with an open request. */
static const char *const table[] = {
	"stranger   pending -         -         -         -         erased  -          -",
	"pending    pending confirmed expired   expired   expired   erased  -          -",
	"confirmed  same    same      -         withdrawn -         erased  uncounted  -",
	"withdrawn  same    *         same      -         same      erased  -          -",
	"uncounted  same    same      -         withdrawn -         erased  -          confirmed",
	"expired    pending -         -         -         -         erased  -          -",
	"erased     -       -         -         -         -         erased  -          -",
};

static void
check(enum signature_state state, enum event event, const char *want)
{
	enum signature_state next = SIGNATURE_STATES;
	bool open;

	for (open = false;; open = true) {
		bool went = state_next(state, event, open, &next);
		const char *expect = want;

		if (strcmp(want, "*") == 0)
			expect = open ? "confirmed" : "-";
		if (strcmp(expect, "same") == 0)
			expect = state_name(state);
		if (went != (strcmp(expect, "-") != 0) ||
		    (went && strcmp(state_name(next), expect) != 0))
			fail_msg("%s, event %d, open %d: not %s",
			    state_name(state), (int)event, (int)open, expect);
		if (open)
			break;
	}
}

static void
test_table(void **unused)
{
	char word[EVENTS + 1][16];
	size_t s, e;

	(void)unused;
	assert_int_equal(sizeof table / sizeof table[0], SIGNATURE_STATES);
	for (s = 0; s < SIGNATURE_STATES; s++) {
		assert_int_equal(sscanf(table[s], "%15s %15s %15s %15s %15s %15s "
		    "%15s %15s %15s", word[0], word[1], word[2], word[3], word[4],
		    word[5], word[6], word[7], word[8]), EVENTS + 1);
		assert_string_equal(word[0], state_name((enum signature_state)s));
		for (e = 0; e < EVENTS; e++)
			check((enum signature_state)s, (enum event)e, word[e + 1]);
	}
}

/* Nothing leads back from an erased row, and nothing unknown is taken. */
static void
test_bounds(void **unused)
{
	enum signature_state next = SIGNATURE_STATES;

	(void)unused;
	assert_false(state_next(SIGNATURE_STATES, EVENT_SIGN, true, &next));
	assert_false(state_next(SIGNATURE_PENDING, EVENTS, true, &next));
	assert_int_equal(next, SIGNATURE_STATES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
