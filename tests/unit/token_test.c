/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "seal/keys.h"
#include "seal/token.h"

#include <cmocka.h>

#define DAY 20780

static const enum purpose tokened[] = { PURPOSE_CONFIRM, PURPOSE_REPLY,
	PURPOSE_UNSUBSCRIBE, PURPOSE_BOUNCE, PURPOSE_CHECK };

static struct keys *keys, *other_keys;

static struct keys *
make_keys(int fill)
{
	unsigned char master[KEY_BYTES];
	struct keys *k = NULL;
	struct reason why;
	char path[32];
	int fd = memfd_create("key", MFD_CLOEXEC);

	memset(master, fill, sizeof master);
	assert_int_equal(write(fd, master, sizeof master), KEY_BYTES);
	assert_int_equal(fchmod(fd, 0400), 0);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	assert_int_equal(keys_load(&k, path, &why), OK);
	(void)close(fd);
	return k;
}

static int
setup(void **state)
{
	(void)state;
	seal_init();
	keys = make_keys(1);
	other_keys = make_keys(2);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	keys_free(&keys);
	keys_free(&other_keys);
	return 0;
}

static void
shape(void **state)
{
	static const int64_t persons[] = { 0, 1, 255, 1000000, TOKEN_PERSON_MAX };
	char token[TOKEN_LENGTH + 1];
	int64_t person;
	size_t i, j, k;

	(void)state;
	for (i = 0; i < sizeof tokened / sizeof tokened[0]; i++)
		for (j = 0; j < 5; j++) {
			token_make(keys, tokened[i], 3, persons[j], DAY, token);
			assert_int_equal(strlen(token), TOKEN_LENGTH);
			for (k = 0; k < TOKEN_LENGTH; k++)
				assert_non_null(strchr(
				    "abcdefghijklmnopqrstuvwxyz234567", token[k]));
			assert_int_equal(token_check(keys, tokened[i], 3, token,
			    DAY, &person), OK);
			assert_true(person == persons[j]);
		}
}

/* A token in the mail of today must still open after an upgrade. */
static void
never_changes(void **state)
{
	char token[TOKEN_LENGTH + 1];

	(void)state;
	token_make(keys, PURPOSE_CONFIRM, 1, 42, DAY, token);
	assert_string_equal(token, "pi67tuhis46a6hblte7lp66wxk62kt2z3nbu2");
}

/* Each mark is found again, and no two make the same token. */
static void
marks(void **state)
{
	char token[TOKEN_LENGTH + 1], plain[TOKEN_LENGTH + 1];
	struct token_says says;
	unsigned mark;

	(void)state;
	token_make(keys, PURPOSE_CONFIRM, 3, 42, DAY, plain);
	for (mark = 0; mark <= TOKEN_MARKS; mark++) {
		token_make_marked(keys, 3, 42, DAY, mark, token);
		assert_int_equal(strlen(token), TOKEN_LENGTH);
		assert_int_equal(strcmp(token, plain) == 0, mark == 0);
		assert_int_equal(token_read(keys, PURPOSE_CONFIRM, 3, token, DAY,
		    &says), OK);
		assert_int_equal(says.person, 42);
		assert_int_equal(says.last_day, DAY);
		assert_int_equal(says.mark, mark);
		assert_int_equal(token_read(keys, PURPOSE_REPLY, 3, token, DAY,
		    &says), DENIED);
		assert_int_equal(token_read(keys, PURPOSE_CONFIRM, 3, token,
		    DAY + 1, &says), DENIED);
		assert_int_equal(says.mark, 0);
	}
	token_make_marked(keys, 3, 42, DAY, 7, token);
	assert_string_equal(token, "f67eacgzjv2tadmamtfbbtpkwuid4emnvo2v2");
}

static void
case_is_folded(void **state)
{
	char token[TOKEN_LENGTH + 1];
	int64_t person;
	size_t i;

	(void)state;
	token_make(keys, PURPOSE_REPLY, 1, 42, DAY, token);
	for (i = 0; i < TOKEN_LENGTH; i++)
		token[i] = (char)toupper((unsigned char)token[i]);
	assert_int_equal(token_check(keys, PURPOSE_REPLY, 1, token, DAY,
	    &person), OK);
	assert_int_equal(person, 42);
}

static void
one_purpose_one_campaign_one_key(void **state)
{
	char token[TOKEN_LENGTH + 1];
	int64_t person;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof tokened / sizeof tokened[0]; i++) {
		token_make(keys, tokened[i], 1, 42, DAY, token);
		for (j = 0; j < PURPOSE_COUNT_; j++)
			if ((token_check(keys, (enum purpose)j, 1, token, DAY,
			    &person) == OK) != (j == (size_t)tokened[i]))
				fail_msg("made for %d, tried as %zu",
				    (int)tokened[i], j);
		assert_int_equal(token_check(keys, tokened[i], 2, token, DAY,
		    &person), DENIED);
		assert_int_equal(token_check(other_keys, tokened[i], 1, token,
		    DAY, &person), DENIED);
		assert_int_equal(person, 0);
	}
}

static void
expires(void **state)
{
	static const struct { int32_t last, today; enum status want; } cases[] = {
		{ DAY, DAY, OK }, { DAY, DAY - 100, OK }, { DAY, DAY + 1, DENIED },
		{ DAY, INT32_MAX, DENIED }, { 0, 18262, OK }, { 0, 18263, DENIED },
		{ INT32_MAX, 18262 + 65535, OK },
		{ INT32_MAX, 18262 + 65536, DENIED },
	};
	char token[TOKEN_LENGTH + 1];
	int64_t person;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		token_make(keys, PURPOSE_CONFIRM, 1, 7, cases[i].last, token);
		if (token_check(keys, PURPOSE_CONFIRM, 1, token, cases[i].today,
		    &person) != cases[i].want)
			fail_msg("case %zu", i);
	}
}

/* Every other text at a distance of one character is refused, the spare bit of
 * the last one too; so is any that is longer or shorter. */
static void
nothing_near_it(void **state)
{
	static const char all[] = "abcdefghijklmnopqrstuvwxyz234567"
	    "0189-_=+ \n\x80\xff";
	char token[TOKEN_LENGTH + 2] = "", good;
	int64_t person;
	size_t i, j;

	(void)state;
	token_make(keys, PURPOSE_CONFIRM, 1, 7, DAY, token);
	for (i = 0; i < TOKEN_LENGTH; i++) {
		good = token[i];
		for (j = 0; j < sizeof all; j++) {
			token[i] = all[j];
			if (all[j] != good && token_check(keys, PURPOSE_CONFIRM,
			    1, token, DAY, &person) != DENIED)
				fail_msg("character %zu as %d", i, all[j]);
		}
		token[i] = good;
	}
	assert_int_equal(token_check(keys, PURPOSE_CONFIRM, 1, token, DAY,
	    &person), OK);
	token[TOKEN_LENGTH] = 'a';
	assert_int_equal(token_check(keys, PURPOSE_CONFIRM, 1, token, DAY,
	    &person), DENIED);
	assert_int_equal(token_check(keys, PURPOSE_CONFIRM, 1, "", DAY, &person),
	    DENIED);
	assert_int_equal(token_check(keys, PURPOSE_CONFIRM, 1, NULL, DAY,
	    &person), DENIED);
}

/* Tokens of neighbours share nothing, so none tells how many signed before. */
static void
neighbours_differ(void **state)
{
	char a[TOKEN_LENGTH + 1], b[TOKEN_LENGTH + 1];
	size_t i, same = 0;

	(void)state;
	token_make(keys, PURPOSE_CONFIRM, 1, 1, DAY, a);
	token_make(keys, PURPOSE_CONFIRM, 1, 2, DAY, b);
	for (i = 0; i < TOKEN_LENGTH; i++)
		same += a[i] == b[i];
	assert_true(same < 10);
	assert_string_not_equal(a + 26, b + 26);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shape),
		cmocka_unit_test(never_changes),
		cmocka_unit_test(marks),
		cmocka_unit_test(case_is_folded),
		cmocka_unit_test(one_purpose_one_campaign_one_key),
		cmocka_unit_test(expires),
		cmocka_unit_test(nothing_near_it),
		cmocka_unit_test(neighbours_differ),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
