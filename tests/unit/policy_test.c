/* SPDX-License-Identifier: ISC */
#include "tests/unit/check.h"

#include "petition/policy.h"
#include "store/store.h"

#define DAY 86400
#define NOON 1800014400         /* a noon in 2027 */

/* P4: one in 24 hours, three in all. */
static void
test_requests(void **state)
{
	static const struct { int64_t at; bool may; } cases[] = {
		{ 0, true }, { 3600, false }, { DAY - 1, false }, { DAY, true },
		{ DAY + 1, false }, { 2 * DAY, true }, { 3 * DAY, false },
		{ 400 * DAY, false },
	};
	struct signature sig = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (policy_may_request(&sig, NOON + cases[i].at) != cases[i].may)
			fail_msg("case %zu", i);
		if (cases[i].may)
			policy_count_request(&sig, NOON + cases[i].at);
	}
	assert_int_equal(sig.requests, POLICY_REQUESTS);
	/* by a clock that was ahead: soon forgotten, and counted still */
	sig = (struct signature){ .requests = 1,
	    .requested_at = NOON + 400 * DAY };
	assert_true(policy_may_request(&sig, NOON));
	sig.requested_at = NOON + DAY / 2;
	assert_false(policy_may_request(&sig, NOON));
	sig.requests = POLICY_REQUESTS;
	sig.requested_at = NOON + 400 * DAY;
	assert_false(policy_may_request(&sig, NOON));
}

static void
test_answers(void **state)
{
	struct signature sig = { 0 };
	int i;

	(void)state;
	for (i = 0; i < POLICY_AUTHENTIC_ANSWERS; i++)
		assert_true(policy_take_answer(&sig, POLICY_AUTHENTIC, NOON));
	assert_false(policy_take_answer(&sig, POLICY_AUTHENTIC, NOON + 60));
	for (; i < POLICY_ANSWERS; i++)
		assert_true(policy_take_answer(&sig, POLICY_KNOWN, NOON + 60));
	assert_false(policy_take_answer(&sig, POLICY_KNOWN, NOON + 60));
	assert_true(policy_take_answer(&sig, POLICY_AUTHENTIC, NOON + DAY));
}

/* Who forges a sender every day of a year has three mails sent, and what comes
 * from the signer herself is answered all the while. */
static void
test_anybody(void **state)
{
	struct signature sig = { 0 };
	int64_t now;
	int day, sent = 0;

	(void)state;
	for (day = 0; day < 365; day++) {
		now = NOON + (int64_t)day * DAY;
		while (policy_take_answer(&sig, POLICY_ANYBODY, now))
			sent++;
		if (day % 20 == 0 && !policy_take_answer(&sig, POLICY_KNOWN, now))
			fail_msg("day %d", day);
		if (day % 20 == 1 && !policy_take_answer(&sig, POLICY_AUTHENTIC, now))
			fail_msg("day %d, authentic", day);
	}
	assert_int_equal(sent, POLICY_ASKED);
	now += POLICY_ASKED_DAYS * (int64_t)DAY;
	assert_true(policy_take_answer(&sig, POLICY_ANYBODY, now));
}

/* A whole hour's budget at once, then evenly; after an idle hour, again. */
static void
test_budget(void **state)
{
	int64_t time = 0, last = 0, due;
	int i;

	(void)state;
	for (i = 0; i < 500; i++)
		assert_int_equal(policy_budget(&time, 500, NOON), NOON);
	assert_false(policy_budget_open(time, 500, NOON));
	assert_true(policy_budget_open(time, 500, NOON + 8));
	for (i = 0; i < 1000; i++) {
		due = policy_budget(&time, 500, NOON);
		assert_true(due > NOON);
		assert_true(due >= last);
		last = due;
	}
	assert_int_equal(last, NOON + 7200);    /* two hours for a thousand */
	time = 0;
	for (i = 0; i < 500; i++)
		(void)policy_budget(&time, 500, NOON);
	for (i = 0; i < 500; i++)
		assert_int_equal(policy_budget(&time, 500, NOON + 3600),
		    NOON + 3600);
	assert_true(policy_budget(&time, 500, NOON + 3600) > NOON + 3600);
}

static void
test_no_budget(void **state)
{
	int64_t time = 0;
	int i;

	(void)state;
	for (i = 0; i < 100000; i++)
		assert_int_equal(policy_budget(&time, 0, NOON), NOON);
	assert_true(policy_budget_open(INT64_MAX / 2, 0, NOON));
	assert_true(policy_budget_room(INT64_MAX / 2, 0, NOON) == SIZE_MAX);
}

/* As many as there is room for go, whatever was taken before, and then none. */
static void
test_budget_room(void **state)
{
	static const int64_t limits[] = { 1, 4, 7, 500, 20000, 3600000, 9000000 };
	int64_t time, now;
	size_t i, room;

	(void)state;
	for (i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		time = 0;
		for (now = NOON; now < NOON + 7200; now += 1801) {
			room = policy_budget_room(time, limits[i], now);
			assert_true(room <= (size_t)limits[i]);
			assert_int_equal(room > 0,
			    policy_budget_open(time, limits[i], now));
			while (room-- > 0) {
				assert_true(policy_budget_open(time, limits[i],
				    now));
				assert_int_equal(policy_budget(&time, limits[i],
				    now), now);
				assert_true(time <= policy_budget_most(now));
			}
			assert_false(policy_budget_open(time, limits[i], now));
		}
	}
	assert_int_equal(policy_budget_room(INT64_MAX / 2, 500, NOON), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_anybody),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_no_budget),
		cmocka_unit_test(test_budget_room),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
