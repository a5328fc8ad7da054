/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "message/recipient.h"
#include "tests/unit/check.h"

#define TOKEN "abcdefghijklmnopqrstuvwxyz234567abcde"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDE"
#define SLUG24 "abcdefghijklmnopqrstuvwx"
#define SOURCE32 "abcdefghijklmnopqrstuvwx.1234_-8"

static const struct {
	const char *in;
	enum status want;
	enum purpose purpose;
	const char *slug, *token, *source;
	char delimiter;         /* 0: '+' */
} cases[] = {
	{ "freedom@petitions.example", OK, PURPOSE_SIGN, "freedom", 0, 0, 0 },
	{ "FreeDom@Petitions.Example", OK, PURPOSE_SIGN, "freedom", 0, 0, 0 },
	{ "freedom+from-poster@petitions.example", OK, PURPOSE_SIGN, "freedom", 0, "poster", 0 },
	{ "freedom+FROM-Fair_2.b@petitions.example", OK, PURPOSE_SIGN, "freedom", 0, "fair_2.b", 0 },
	{ "freedom+from-" SOURCE32 "@petitions.example", OK, PURPOSE_SIGN, "freedom", 0, SOURCE32, 0 },
	{ "freedom+c-" TOKEN "@petitions.example", OK, PURPOSE_CONFIRM, "freedom", TOKEN, 0, 0 },
	{ "freedom+C-" UPPER "@petitions.example", OK, PURPOSE_CONFIRM, "freedom", TOKEN, 0, 0 },
	{ "freedom+r-" TOKEN "@petitions.example", OK, PURPOSE_REPLY, "freedom", TOKEN, 0, 0 },
	{ "freedom+u-" TOKEN "@petitions.example", OK, PURPOSE_UNSUBSCRIBE, "freedom", TOKEN, 0, 0 },
	{ "freedom+b-" TOKEN "@petitions.example", OK, PURPOSE_BOUNCE, "freedom", TOKEN, 0, 0 },
	{ SLUG24 "+c-" TOKEN "@petitions.example", OK, PURPOSE_CONFIRM, SLUG24, TOKEN, 0, 0 },
	{ "freedom+letter@petitions.example", OK, PURPOSE_LETTER, "freedom", 0, 0, 0 },
	{ "freedom+postcard@petitions.example", OK, PURPOSE_POSTCARD, "freedom", 0, 0, 0 },
	{ "freedom+updates@petitions.example", OK, PURPOSE_UPDATES, "freedom", 0, 0, 0 },
	{ "free-dom+letter@petitions.example", OK, PURPOSE_LETTER, "free-dom", 0, 0, 0 },
	{ "freedom-c-" TOKEN "@petitions.example", OK, PURPOSE_CONFIRM, "freedom", TOKEN, 0, '-' },
	{ "freedom=letter@petitions.example", OK, PURPOSE_LETTER, "freedom", 0, 0, '=' },

	{ "undersigned+k-" TOKEN "@petitions.example", OK, PURPOSE_CHECK, CHECK_SLUG, TOKEN, 0, 0 },
	{ "undersigned@petitions.example", INVALID, 0, 0, 0, 0, 0 },
	{ "undersigned+c-" TOKEN "@petitions.example", INVALID, 0, 0, 0, 0, 0 },
	{ "freedom+k-" TOKEN "@petitions.example", INVALID, 0, 0, 0, 0, 0 },
	{ "freedom@elsewhere.example", NOT_FOUND, 0, 0, 0, 0, 0 },
	{ "freedom@petitions.example.", NOT_FOUND, 0, 0, 0, 0, 0 },
	{ "freedom@x.petitions.example", NOT_FOUND, 0, 0, 0, 0, 0 },
	{ "freedom@", NOT_FOUND, 0, 0, 0, 0, 0 },
	{ "freedom", INVALID, 0, 0, 0, 0, 0 },
	{ "", INVALID, 0, 0, 0, 0, 0 },
	{ "@petitions.example", INVALID, 0, 0, 0, 0, 0 },
	{ "+letter@petitions.example", INVALID, 0, 0, 0, 0, 0 },
	{ "freedom+@petitions.example", INVALID, 0, 0, 0, 0, 0 },
	{ "freedom+x@petitions.example", INVALID, 0, 0, 0, 0, 0 },
	{ "freedom+letters@petitions.example", INVALID, 0, 0, 0, 0, 0 },
	{ "freedom+letter+letter@petitions.example", INVALID, 0, 0, 0, 0, 0 },
	{ "freedom+from-@petitions.example", INVALID, 0, 0, 0, 0, 0 },
	{ "freedom+from-a/b@petitions.example", INVALID, 0, 0, 0, 0, 0 },
	{ "freedom+from-x" SOURCE32 "@petitions.example", INVALID, 0, 0, 0, 0, 0 },
	{ "freedom+c-" TOKEN "a@petitions.example", INVALID, 0, 0, 0, 0, 0 },
	{ "freedom+c-bcdefghijklmnopqrstuvwxyz234567abcde@petitions.example", INVALID, 0, 0, 0, 0, 0 },
	{ "freedom+c-1bcdefghijklmnopqrstuvwxyz234567abcde@petitions.example", INVALID, 0, 0, 0, 0, 0 },
	{ "freedom+d-" TOKEN "@petitions.example", INVALID, 0, 0, 0, 0, 0 },
	{ "freedom+c" TOKEN "@petitions.example", INVALID, 0, 0, 0, 0, 0 },
	{ "\"freedom\"@petitions.example", INVALID, 0, 0, 0, 0, 0 },
	{ "free dom@petitions.example", INVALID, 0, 0, 0, 0, 0 },
	{ "свобода@petitions.example", INVALID, 0, 0, 0, 0, 0 },
	{ "../x@petitions.example", INVALID, 0, 0, 0, 0, 0 },
	{ "-freedom@petitions.example", INVALID, 0, 0, 0, 0, 0 },
	{ "x" SLUG24 "@petitions.example", INVALID, 0, 0, 0, 0, 0 },
	{ "postmaster@petitions.example", INVALID, 0, 0, 0, 0, 0 },
	{ "Abuse@petitions.example", INVALID, 0, 0, 0, 0, 0 },
	{ "abuse+letter@petitions.example", INVALID, 0, 0, 0, 0, 0 },
	{ "freedom@x@petitions.example", INVALID, 0, 0, 0, 0, 0 },
};

static void
check(const char *in, const char *field, const char *got, const char *want)
{
	if (got == NULL && want == NULL)
		return;
	if (got == NULL || want == NULL || strcmp(got, want) != 0)
		fail_msg("%s: %s is %s, not %s", in, field, got, want);
}

static void
parses(void **state)
{
	struct arena *a = arena_new();
	struct recipient out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char delimiter = cases[i].delimiter != 0 ? cases[i].delimiter : '+';
		enum status st = recipient_parse(&out, a, cases[i].in,
		    "petitions.example", delimiter);

		if (st != cases[i].want)
			fail_msg("%s: status %d", cases[i].in, (int)st);
		check(cases[i].in, "slug", out.slug, cases[i].slug);
		check(cases[i].in, "token", out.token, cases[i].token);
		check(cases[i].in, "source", out.source, cases[i].source);
		if (st == OK)
			assert_int_equal(out.purpose, cases[i].purpose);
	}
	arena_free(&a);
}

static void
finds_tokens(void **state)
{
	static const struct {
		const char *in;
		enum status want;
		enum purpose purpose;
	} texts[] = {
		{ "<1.2.freedom+c-" TOKEN "@petitions.example>", OK, PURPOSE_CONFIRM },
		{ "<a@b> <freedom+r-" UPPER "@petitions.example>", OK, PURPOSE_REPLY },
		{ "Re: your signature [u-" TOKEN "]", OK, PURPOSE_UNSUBSCRIBE },
		{ "[c-" TOKEN "] x+r-" TOKEN "@y", OK, PURPOSE_REPLY },
		{ "x+c-abc@y x+c-" TOKEN "@y", OK, PURPOSE_CONFIRM },
		{ "freedom-b-" TOKEN "@petitions.example", OK, PURPOSE_BOUNCE },
		{ "", NOT_FOUND, 0 },
		{ "-", NOT_FOUND, 0 },
		{ "c-" TOKEN "@y", NOT_FOUND, 0 },
		{ "xc-" TOKEN "@y", NOT_FOUND, 0 },
		{ "x+x-" TOKEN "@y", NOT_FOUND, 0 },
		{ "x+c-" TOKEN "a@y", NOT_FOUND, 0 },
		{ "x+c-" TOKEN, NOT_FOUND, 0 },
		{ "[c-" TOKEN "@", NOT_FOUND, 0 },
		{ "(c-" TOKEN ")", NOT_FOUND, 0 },
	};
	struct arena *a = arena_new();
	struct recipient out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		enum status st = recipient_find_token(&out, a, texts[i].in);

		if (st != texts[i].want)
			fail_msg("%s: status %d", texts[i].in, (int)st);
		assert_null(out.slug);
		check(texts[i].in, "token", out.token, st == OK ? TOKEN : NULL);
		if (st == OK)
			assert_int_equal(out.purpose, texts[i].purpose);
	}
	arena_free(&a);
}

static void
letters(void **state)
{
	enum purpose p, back;

	(void)state;
	for (p = 0; p < PURPOSE_COUNT_; p++)
		if (purpose_letter(p) != '\0') {
			assert_int_equal(purpose_of_letter(purpose_letter(p), &back), 1);
			assert_int_equal(back, p);
		}
	assert_int_equal(purpose_letter(PURPOSE_CONFIRM), 'c');
	assert_int_equal(purpose_letter(PURPOSE_SIGN), 0);
	assert_int_equal(purpose_letter(PURPOSE_LETTER), 0);
	assert_int_equal(purpose_of_letter('x', &back), 0);
	assert_int_equal(purpose_of_letter('\0', &back), 0);
}

static void
slugs(void **state)
{
	static const char *const good[] = { "a", "7", "manuchehr", "free-all-2",
	    SLUG24, "requests", "ownership" };
	static const char *const bad[] = { "", "-a", "A", "a_b", "a.b", "a b",
	    "x" SLUG24, "é", "root", "postmaster", "bounce", "confirm", "owner",
	    "request", "admin", "owner-x", "x-request", "a/b", "a\n" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof good / sizeof good[0]; i++)
		if (!slug_is_good(good[i]))
			fail_msg("%s should be good", good[i]);
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (slug_is_good(bad[i]))
			fail_msg("%s should be bad", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses),
		cmocka_unit_test(finds_tokens),
		cmocka_unit_test(letters),
		cmocka_unit_test(slugs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
