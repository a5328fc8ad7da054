/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "seal/keys.h"
#include "seal/shares.h"

#include <cmocka.h>

static const struct { unsigned needed, count; } ways[] = {
	{ 1, 1 }, { 1, 3 }, { 2, 2 }, { 2, 3 }, { 3, 5 }, { 3, 7 }, { 4, 7 },
	{ 7, 7 }, { 5, 9 },
};

/* Those of SET, as bits. */
static unsigned
pick(const struct share *all, unsigned count, unsigned set, struct share *out)
{
	unsigned i, n = 0;

	for (i = 0; i < count; i++)
		if (set >> i & 1)
			out[n++] = all[i];
	return n;
}

/* Every subset of every size: from NEEDED on the secret, below never. */
static void
every_subset(void **state)
{
	unsigned char secret[SHARE_BYTES], got[SHARE_BYTES];
	struct share all[SHARES_MAX], some[SHARES_MAX];
	unsigned set, n;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		seal_random(secret, sizeof secret);
		assert_int_equal(shares_split(secret, ways[i].needed,
		    ways[i].count, all), OK);
		for (set = 1; set < 1U << ways[i].count; set++) {
			n = pick(all, ways[i].count, set, some);
			assert_int_equal(shares_join(some, n, got), OK);
			if (n < ways[i].needed)
				assert_memory_not_equal(got, secret, SHARE_BYTES);
			else
				assert_memory_equal(got, secret, SHARE_BYTES);
		}
	}
}

/* 0x53 * 0xca = 1 in the field of AES, so a line through 0 with the slope
 * 0xca has 1 at 0x53. */
static void
the_field(void **state)
{
	struct share two[2] = { { .number = 0x53 }, { .number = 1 } };
	unsigned char got[SHARE_BYTES], nothing[SHARE_BYTES] = { 0 };

	(void)state;
	memset(two[0].value, 0x01, SHARE_BYTES);
	memset(two[1].value, 0xca, SHARE_BYTES);
	assert_int_equal(shares_join(two, 2, got), OK);
	assert_memory_equal(got, nothing, SHARE_BYTES);
}

/* One share fewer than needed goes with every secret there is: for each value
 * of the first byte there is exactly one last share that gives it. */
static void
fewer_say_nothing(void **state)
{
	unsigned char secret[SHARE_BYTES] = { 42 }, got[SHARE_BYTES];
	struct share all[3];
	bool seen[256] = { false };
	unsigned v;

	(void)state;
	assert_int_equal(shares_split(secret, 3, 3, all), OK);
	for (v = 0; v < 256; v++) {
		all[2].value[0] = (unsigned char)v;
		assert_int_equal(shares_join(all, 3, got), OK);
		assert_false(seen[got[0]]);
		seen[got[0]] = true;
	}
}

static void
what_cannot_be(void **state)
{
	unsigned char secret[SHARE_BYTES] = { 1 };
	struct share all[SHARES_MAX];

	(void)state;
	assert_int_equal(shares_split(secret, 0, 3, all), INVALID);
	assert_int_equal(shares_split(secret, 4, 3, all), INVALID);
	assert_int_equal(shares_split(secret, 1, SHARES_MAX + 1, all), INVALID);
	assert_int_equal(shares_split(secret, 2, 3, all), OK);
	assert_int_equal(shares_join(all, 0, secret), INVALID);
	all[1].number = 1;
	assert_int_equal(shares_join(all, 2, secret), INVALID);
	all[1].number = 0;
	assert_int_equal(shares_join(all, 2, secret), INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_subset),
		cmocka_unit_test(the_field),
		cmocka_unit_test(fewer_say_nothing),
		cmocka_unit_test(what_cannot_be),
	};

	seal_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
