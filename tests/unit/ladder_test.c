/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "tests/unit/check.h"

#include "petition/ladder.h"

/* The table of petition/ladder.h as a person reads it: the next rung, "same",
 * or "-"; and the mail that goes out after a slash. */
static const char *const table[] = {
	"fine            bounced soft -               -              -",
	"soft            bounced soft -               fine           fine",
	"bounced         same    same -               warned/warning fine",
	"warned          same    same warning-bounced fine           fine",
	"warning-bounced same    same -               probed/probe   fine",
	"probed          same    same unreachable     fine           fine",
	"unreachable     -       -    -               -              -",
	"complained      -       -    -               -              -",
	"stopped         -       -    -               -              -",
};

static void
check(enum rung rung, enum ladder_event event, const char *want)
{
	const struct ladder_step *s = ladder_step(rung, event);
	char got[64];

	if (s == NULL)
		(void)snprintf(got, sizeof got, "-");
	else if (s->next == rung && s->wait == WAIT_ON)
		(void)snprintf(got, sizeof got, "same");
	else
		(void)snprintf(got, sizeof got, "%s%s%s", rung_text(s->next),
		    s->mail == NULL ? "" : "/", s->mail == NULL ? "" : s->mail);
	if (strcmp(got, want) != 0)
		fail_msg("%s, event %d: %s, not %s", rung_text(rung), (int)event,
		    got, want);
}

static void
test_table(void **unused)
{
	char word[LADDER_EVENTS + 1][24];
	size_t r, e;

	(void)unused;
	assert_int_equal(sizeof table / sizeof table[0], RUNGS);
	for (r = 0; r < RUNGS; r++) {
		assert_int_equal(sscanf(table[r], "%23s %23s %23s %23s %23s %23s",
		    word[0], word[1], word[2], word[3], word[4], word[5]),
		    LADDER_EVENTS + 1);
		assert_string_equal(word[0], rung_text((enum rung)r));
		for (e = 0; e < LADDER_EVENTS; e++)
			check((enum rung)r, (enum ladder_event)e, word[e + 1]);
	}
	assert_null(ladder_step(RUNGS, LADDER_HARD));
	assert_null(ladder_step(RUNG_FINE, LADDER_EVENTS));
}

/* Whatever comes to the b-token in whatever order, and however often: without a
 * bounce of our own mail nobody gets to the end. */
static void
test_forged(void **unused)
{
	static const enum ladder_event forged[] = { LADDER_HARD, LADDER_SOFT,
	    LADDER_TIME };
	bool reached[RUNGS] = { [RUNG_FINE] = true };
	const struct ladder_step *s;
	size_t round, r, e;

	(void)unused;
	for (round = 0; round < RUNGS; round++)
		for (r = 0; r < RUNGS; r++)
			for (e = 0; e < 3 && reached[r]; e++) {
				s = ladder_step((enum rung)r, forged[e]);
				if (s != NULL)
					reached[s->next] = true;
			}
	assert_true(reached[RUNG_WARNED]);
	assert_false(reached[RUNG_FAILED]);
	assert_false(reached[RUNG_PROBED]);
	assert_false(reached[RUNG_UNREACHABLE]);
}

/* Two bounces of ours, one of each mail, and the waits between. */
static void
test_whole(void **unused)
{
	static const struct {
		enum ladder_event event;
		enum rung next;
		enum ladder_wait wait;
	} way[] = {
		{ LADDER_SOFT, RUNG_SOFT, WAIT_FORGIVE },
		{ LADDER_HARD, RUNG_BOUNCED, WAIT_WARN },
		{ LADDER_HARD, RUNG_BOUNCED, WAIT_ON },
		{ LADDER_TIME, RUNG_WARNED, WAIT_FORGIVE },
		{ LADDER_OWN, RUNG_FAILED, WAIT_PROBE },
		{ LADDER_TIME, RUNG_PROBED, WAIT_FORGIVE },
		{ LADDER_OWN, RUNG_UNREACHABLE, WAIT_NEVER },
	};
	enum rung rung = RUNG_FINE;
	const struct ladder_step *s;
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof way / sizeof way[0]; i++) {
		s = ladder_step(rung, way[i].event);
		assert_non_null(s);
		assert_int_equal(s->next, way[i].next);
		assert_int_equal(s->wait, way[i].wait);
		rung = s->next;
	}
}

static void
test_fates(void **unused)
{
	static const struct {
		struct outcome outcome;
		enum fate fate;
	} cases[] = {
		{ { OUTCOME_DELIVERED, 250, { 2, 0, 0 } }, FATE_NONE },
		{ { OUTCOME_RELAY_DOWN, 0, { 0, 0, 0 } }, FATE_NONE },
		{ { OUTCOME_UNRENDERED, 0, { 0, 0, 0 } }, FATE_NONE },
		{ { OUTCOME_FAILED, 550, { 5, 1, 1 } }, FATE_HARD },
		{ { OUTCOME_FAILED, 550, { 5, 1, 2 } }, FATE_HARD },
		{ { OUTCOME_FAILED, 550, { 5, 1, 10 } }, FATE_HARD },
		{ { OUTCOME_FAILED, 550, { 5, 1, 8 } }, FATE_FAULT },
		{ { OUTCOME_FAILED, 550, { 5, 2, 1 } }, FATE_HARD },
		{ { OUTCOME_FAILED, 552, { 5, 2, 2 } }, FATE_SOFT },
		{ { OUTCOME_FAILED, 552, { 5, 3, 4 } }, FATE_SOFT },
		{ { OUTCOME_FAILED, 550, { 5, 7, 1 } }, FATE_FAULT },
		{ { OUTCOME_FAILED, 550, { 5, 7, 26 } }, FATE_FAULT },
		{ { OUTCOME_FAILED, 550, { 5, 7, 17 } }, FATE_HARD },
		{ { OUTCOME_FAILED, 501, { 5, 5, 4 } }, FATE_FAULT },
		{ { OUTCOME_FAILED, 550, { 0, 0, 0 } }, FATE_HARD },
		{ { OUTCOME_FAILED, 550, { 5, 0, 0 } }, FATE_HARD },
		{ { OUTCOME_FAILED, 552, { 0, 0, 0 } }, FATE_SOFT },
		{ { OUTCOME_FAILED, 554, { 0, 0, 0 } }, FATE_FAULT },
		{ { OUTCOME_FAILED, 450, { 4, 1, 1 } }, FATE_SOFT },
		{ { OUTCOME_DEFERRED, 450, { 4, 2, 2 } }, FATE_SOFT },
		{ { OUTCOME_DEFERRED, 450, { 4, 7, 1 } }, FATE_FAULT },
		{ { OUTCOME_DEFERRED, 550, { 5, 7, 1 } }, FATE_FAULT },
		{ { OUTCOME_DEFERRED, 550, { 5, 1, 8 } }, FATE_FAULT },
		{ { OUTCOME_DEFERRED, 552, { 5, 2, 2 } }, FATE_SOFT },
		{ { OUTCOME_DEFERRED, 550, { 5, 1, 1 } }, FATE_SOFT },
		{ { OUTCOME_DEFERRED, 0, { 0, 0, 0 } }, FATE_SOFT },
		{ { OUTCOME_IN_DOUBT, 0, { 0, 0, 0 } }, FATE_SOFT },
	};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (ladder_fate(&cases[i].outcome) != cases[i].fate)
			fail_msg("case %zu: %s, not %s", i,
			    fate_text(ladder_fate(&cases[i].outcome)),
			    fate_text(cases[i].fate));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_forged),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_fates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
