/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "seal/keys.h"
#include "seal/sign.h"

#include <cmocka.h>

/* RFC 8032, section 7.1, tests 1 to 3. */
static const struct { const char *seed, *key, *text; size_t len; const char *signature; } t[] = {
	{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
	    "", 0,
	    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
	    "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
	{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
	    "\x72", 1,
	    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
	    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
	{ "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
	    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
	    "\xaf\x82", 2,
	    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
	    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
};

static void
unhex(const char *hex, unsigned char *out)
{
	unsigned byte;

	for (; *hex != '\0'; hex += 2) {
		assert_int_equal(sscanf(hex, "%2x", &byte), 1);
		*out++ = (unsigned char)byte;
	}
}

static void
published_answers(void **state)
{
	unsigned char seed[32], want[64], key[32], got[64];
	struct sign_pair *pair;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof t / sizeof t[0]; i++) {
		unhex(t[i].seed, seed);
		unhex(t[i].key, want);
		sign_public(seed, key);
		assert_memory_equal(key, want, 32);
		unhex(t[i].signature, want);
		sign_make(seed, t[i].text, t[i].len, got);
		assert_memory_equal(got, want, 64);
		pair = sign_pair_new(seed);
		memset(got, 0, sizeof got);
		sign_by(pair, t[i].text, t[i].len, got);
		sign_pair_free(&pair);
		assert_null(pair);
		assert_memory_equal(got, want, 64);
		assert_int_equal(sign_check(key, t[i].text, t[i].len, want), OK);
	}
}

/* Every bit of signature, key and text counts. */
static void
one_bit_off(void **state)
{
	unsigned char key[32], signature[64], text[2] = { 0xaf, 0x82 };
	unsigned i;

	(void)state;
	unhex(t[2].key, key);
	unhex(t[2].signature, signature);
	for (i = 0; i < 64 * 8; i++) {
		signature[i / 8] ^= (unsigned char)(1 << i % 8);
		assert_int_equal(sign_check(key, text, 2, signature), INVALID);
		signature[i / 8] ^= (unsigned char)(1 << i % 8);
	}
	for (i = 0; i < 32 * 8; i++) {
		key[i / 8] ^= (unsigned char)(1 << i % 8);
		assert_int_equal(sign_check(key, text, 2, signature), INVALID);
		key[i / 8] ^= (unsigned char)(1 << i % 8);
	}
	for (i = 0; i < 2 * 8; i++) {
		text[i / 8] ^= (unsigned char)(1 << i % 8);
		assert_int_equal(sign_check(key, text, 2, signature), INVALID);
		text[i / 8] ^= (unsigned char)(1 << i % 8);
	}
	assert_int_equal(sign_check(key, text, 1, signature), INVALID);
	assert_int_equal(sign_check(key, text, 2, signature), OK);
}

/* The key of all zero is a point that anything could be signed with. */
static void
weak_key(void **state)
{
	unsigned char zero[64] = { 0 };

	(void)state;
	assert_int_equal(sign_check(zero, "x", 1, zero), INVALID);
	zero[0] = 1;
	assert_int_equal(sign_check(zero, "x", 1, zero), INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_answers),
		cmocka_unit_test(one_bit_off),
		cmocka_unit_test(weak_key),
	};

	seal_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
