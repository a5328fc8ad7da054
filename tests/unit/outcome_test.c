/* SPDX-License-Identifier: ISC */
#include "tests/unit/check.h"

#include <string.h>

#include "delivery/smtp.h"

static const struct {
	char phase;
	int reply;
	const char *text;
	enum outcome_kind kind;
	uint8_t code[3];
} cases[] = {
	{ 'e', 250, "2.0.0 queued as 1", OUTCOME_DELIVERED, { 2, 0, 0 } },
	{ 'e', 250, "Ok", OUTCOME_DELIVERED, { 0 } },
	{ 'e', 252, "", OUTCOME_DELIVERED, { 0 } },
	{ 'e', 250, NULL, OUTCOME_DELIVERED, { 0 } },

	/* no answer */
	{ 'c', 0, NULL, OUTCOME_RELAY_DOWN, { 4, 4, 1 } },
	{ 'a', 0, NULL, OUTCOME_RELAY_DOWN, { 4, 4, 2 } },
	{ 'm', 0, NULL, OUTCOME_RELAY_DOWN, { 4, 4, 2 } },
	{ 'r', 0, NULL, OUTCOME_DEFERRED, { 4, 4, 2 } },
	{ 'd', 0, NULL, OUTCOME_DEFERRED, { 4, 4, 2 } },
	{ 'e', 0, NULL, OUTCOME_IN_DOUBT, { 4, 4, 2 } },

	/* closing down */
	{ 'c', 421, "4.3.2 closing", OUTCOME_RELAY_DOWN, { 4, 3, 2 } },
	{ 'a', 421, "", OUTCOME_RELAY_DOWN, { 0 } },
	{ 'm', 421, "", OUTCOME_RELAY_DOWN, { 0 } },
	{ 'r', 421, "4.7.0 slow down", OUTCOME_DEFERRED, { 4, 7, 0 } },
	{ 'd', 421, "", OUTCOME_DEFERRED, { 0 } },
	{ 'e', 421, "", OUTCOME_DEFERRED, { 0 } },

	/* later */
	{ 'c', 450, "", OUTCOME_RELAY_DOWN, { 0 } },
	{ 'a', 454, "4.7.0 temporary", OUTCOME_RELAY_DOWN, { 4, 7, 0 } },
	{ 'm', 450, "4.1.8 no such domain", OUTCOME_DEFERRED, { 4, 1, 8 } },
	{ 'm', 451, "4.7.1 greylisted", OUTCOME_DEFERRED, { 4, 7, 1 } },
	{ 'm', 452, "4.3.1 disk full", OUTCOME_RELAY_DOWN, { 4, 3, 1 } },
	{ 'm', 452, "no room", OUTCOME_RELAY_DOWN, { 0 } },
	{ 'r', 450, "4.2.0 greylisted", OUTCOME_DEFERRED, { 4, 2, 0 } },
	{ 'r', 451, "later", OUTCOME_DEFERRED, { 0 } },
	{ 'r', 452, "4.2.2 full", OUTCOME_DEFERRED, { 4, 2, 2 } },
	{ 'd', 451, "4.3.0 later", OUTCOME_DEFERRED, { 4, 3, 0 } },
	{ 'e', 452, "4.3.1 disk full", OUTCOME_DEFERRED, { 4, 3, 1 } },

	/* this recipient, never */
	{ 'r', 550, "5.1.1 no such user", OUTCOME_FAILED, { 5, 1, 1 } },
	{ 'r', 550, "no such user", OUTCOME_FAILED, { 0 } },
	{ 'r', 551, "5.1.6 moved", OUTCOME_FAILED, { 5, 1, 6 } },
	{ 'r', 553, "5.1.3 bad address", OUTCOME_FAILED, { 5, 1, 3 } },
	{ 'r', 501, "5.1.3 bad address", OUTCOME_FAILED, { 5, 1, 3 } },
	{ 'r', 556, "5.1.10 null MX", OUTCOME_FAILED, { 5, 1, 10 } },
	{ 'r', 550, "5.2.1 disabled", OUTCOME_FAILED, { 5, 2, 1 } },
	{ 'r', 554, "", OUTCOME_FAILED, { 0 } },
	{ 'd', 554, "5.5.0 no", OUTCOME_FAILED, { 5, 5, 0 } },
	{ 'e', 554, "5.6.0 not liked", OUTCOME_FAILED, { 5, 6, 0 } },
	{ 'm', 550, "5.6.7 no SMTPUTF8", OUTCOME_FAILED, { 5, 6, 7 } },
	{ 'm', 553, "5.6.7 no SMTPUTF8", OUTCOME_FAILED, { 5, 6, 7 } },

	/* the box is full: soft */
	{ 'r', 552, "5.2.2 full", OUTCOME_DEFERRED, { 5, 2, 2 } },
	{ 'e', 552, "5.2.2 full", OUTCOME_DEFERRED, { 5, 2, 2 } },
	{ 'r', 550, "5.2.2 full", OUTCOME_DEFERRED, { 5, 2, 2 } },
	{ 'r', 552, "full", OUTCOME_DEFERRED, { 0 } },
	{ 'r', 554, "5.3.1 system full", OUTCOME_DEFERRED, { 5, 3, 1 } },

	/* our template is too long */
	{ 'm', 552, "5.3.4 too big", OUTCOME_UNRENDERED, { 5, 3, 4 } },
	{ 'm', 552, "too big", OUTCOME_UNRENDERED, { 0 } },
	{ 'e', 552, "5.3.4 too big", OUTCOME_UNRENDERED, { 5, 3, 4 } },

	/* it is about us */
	{ 'c', 554, "5.7.1 go away", OUTCOME_RELAY_DOWN, { 5, 7, 1 } },
	{ 'c', 521, "", OUTCOME_RELAY_DOWN, { 0 } },
	{ 'c', 550, "5.7.25 no PTR", OUTCOME_RELAY_DOWN, { 5, 7, 25 } },
	{ 'a', 535, "5.7.8 wrong password", OUTCOME_RELAY_DOWN, { 5, 7, 8 } },
	{ 'a', 538, "5.7.11 encrypt", OUTCOME_RELAY_DOWN, { 5, 7, 11 } },
	{ 'a', 502, "", OUTCOME_RELAY_DOWN, { 0 } },
	{ 'm', 530, "5.7.0 STARTTLS first", OUTCOME_RELAY_DOWN, { 5, 7, 0 } },
	{ 'm', 550, "5.7.26 not authenticated", OUTCOME_RELAY_DOWN,
	    { 5, 7, 26 } },
	{ 'm', 550, "5.1.8 sender rejected", OUTCOME_RELAY_DOWN, { 5, 1, 8 } },
	{ 'm', 550, "", OUTCOME_RELAY_DOWN, { 0 } },
	{ 'm', 503, "5.5.1 EHLO first", OUTCOME_RELAY_DOWN, { 5, 5, 1 } },
	{ 'r', 530, "5.7.0 log in first", OUTCOME_RELAY_DOWN, { 5, 7, 0 } },
	{ 'r', 535, "", OUTCOME_RELAY_DOWN, { 0 } },
	{ 'e', 538, "", OUTCOME_RELAY_DOWN, { 0 } },

	/* about us too, but perhaps said by the recipient's server: no bounce,
	 * and no power over everybody else's mail */
	{ 'r', 554, "5.7.1 relay access denied", OUTCOME_DEFERRED, { 5, 7, 1 } },
	{ 'e', 550, "5.7.26 not authenticated", OUTCOME_DEFERRED, { 5, 7, 26 } },
	{ 'e', 550, "5.7.515 not authenticated", OUTCOME_DEFERRED,
	    { 5, 7, 255 } },
	{ 'r', 550, "5.1.8 sender rejected", OUTCOME_DEFERRED, { 5, 1, 8 } },
	{ 'r', 503, "5.5.1 need MAIL", OUTCOME_DEFERRED, { 5, 5, 1 } },
	{ 'r', 500, "", OUTCOME_DEFERRED, { 0 } },

	/* enhanced codes that are none */
	{ 'r', 550, "5.1", OUTCOME_FAILED, { 0 } },
	{ 'r', 550, "5.1.1x", OUTCOME_FAILED, { 0 } },
	{ 'r', 550, "5.1.1111", OUTCOME_FAILED, { 0 } },
	{ 'r', 550, "5..1", OUTCOME_FAILED, { 0 } },
	{ 'r', 550, "5.2.2", OUTCOME_DEFERRED, { 5, 2, 2 } },
	{ 'r', 550, "4.2.2 other class", OUTCOME_FAILED, { 0 } },
	{ 'r', 550, "5.7.1\tpolicy", OUTCOME_DEFERRED, { 5, 7, 1 } },
	{ 'r', 550, " 5.7.1 blank in front", OUTCOME_FAILED, { 0 } },

	/* no replies at all */
	{ 'c', 999, "", OUTCOME_RELAY_DOWN, { 4, 4, 1 } },
	{ 'r', -1, "", OUTCOME_DEFERRED, { 4, 4, 2 } },
	{ 'e', 354, "", OUTCOME_DEFERRED, { 0 } },
	{ 'm', 354, "", OUTCOME_RELAY_DOWN, { 0 } },
};

static void
table(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct outcome out = { .kind = OUTCOME_UNRENDERED, .reply = 7 };
		int known = cases[i].reply >= 100 && cases[i].reply <= 599;

		smtp_outcome(cases[i].reply, cases[i].text, cases[i].phase, &out);
		if (out.kind != cases[i].kind ||
		    memcmp(out.code, cases[i].code, 3) != 0 ||
		    out.reply != (known ? cases[i].reply : 0))
			fail_msg("%zu: %c %d %s: %s %u.%u.%u", i, cases[i].phase,
			    cases[i].reply, cases[i].text, outcome_text(out.kind),
			    out.code[0], out.code[1], out.code[2]);
	}
}

/* Nothing that is said before a recipient is named may be a bounce. */
static void
never_a_bounce_before_rcpt(void **state)
{
	static const char phases[] = "ca";
	size_t i;
	int reply;

	(void)state;
	for (i = 0; phases[i] != '\0'; i++) {
		for (reply = 0; reply < 1000; reply++) {
			struct outcome out;

			if (reply >= 200 && reply <= 299)
				continue;
			smtp_outcome(reply, "", phases[i], &out);
			assert_int_equal(out.kind, OUTCOME_RELAY_DOWN);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(never_a_bounce_before_rcpt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
