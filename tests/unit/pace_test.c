/* SPDX-License-Identifier: ISC */
#include "base/pace.h"

#include "tests/unit/check.h"

#define NOON 1795000000
#define MINUTE 60000

/* A minute's share at once, then one at a time. */
static void
a_burst_then_evenly(void **state)
{
	struct pace p = pace_of(3600, MINUTE);
	int64_t time = 0;
	int i;

	(void)state;
	assert_int_equal(pace_room(&p, 0, NOON), 60);
	for (i = 0; i < 60; i++) {
		assert_true(pace_open(&p, time, NOON));
		assert_int_equal(pace_take(&p, &time, NOON), NOON);
	}
	assert_true(time <= pace_most(&p, NOON));
	assert_false(pace_open(&p, time, NOON));
	for (i = 1; i <= 100; i++)
		assert_int_equal(pace_take(&p, &time, NOON), NOON + i);
	assert_false(pace_open(&p, time, NOON + 100));
	assert_true(pace_open(&p, time, NOON + 101));
}

/* One that is allowed less often than the burst is long goes all the same. */
static void
seldom(void **state)
{
	struct pace p = pace_of(2, MINUTE);
	int64_t time = 0;

	(void)state;
	assert_int_equal(pace_room(&p, 0, NOON), 1);
	assert_int_equal(pace_take(&p, &time, NOON), NOON);
	assert_int_equal(pace_room(&p, time, NOON), 0);
	assert_int_equal(pace_take(&p, &time, NOON), NOON + 1800);
}

static void
no_limit(void **state)
{
	struct pace p = pace_of(0, MINUTE);
	int64_t time = 0;

	(void)state;
	assert_int_equal(pace_take(&p, &time, NOON), NOON);
	assert_int_equal(time, 0);
	assert_true(pace_open(&p, INT64_MAX / 2, NOON));
	assert_true(pace_room(&p, INT64_MAX / 2, NOON) == SIZE_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_then_evenly),
		cmocka_unit_test(seldom),
		cmocka_unit_test(no_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
