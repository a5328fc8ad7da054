/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "tests/unit/check.h"

#include "base/buf.h"
#include "seal/keys.h"
#include "seal/ring.h"
#include "seal/sealed.h"
#include "seal/token.h"

#define TODAY 20000

static const struct seal_place here = { .key = KEY_SEAL_OUTBOX, .campaign = 3,
    .row = "row", .row_len = 3 };

static struct keys *
keys_of(unsigned char fill)
{
	unsigned char master[KEY_BYTES];
	struct keys *keys = NULL;
	struct reason why;

	memset(master, fill, sizeof master);
	assert_int_equal(keys_from_master(&keys, master, &why), OK);
	return keys;
}

static void
hash(const struct keys *keys, unsigned char out[HASH_BYTES])
{
	keys_hash(keys, KEY_HASH_ADDRESS, 3, "ada@example.net", 15, out);
}

static int
opens(const struct keys *keys, const struct buf *sealed)
{
	struct buf plain = BUF_INIT;
	enum status st = seal_open(keys, &here, sealed->data, sealed->len, &plain);

	if (st == OK)
		assert_string_equal(plain.data, "secret");
	buf_free(&plain);
	return st == OK;
}

static int
good(const struct keys *keys, const char *token, int32_t today)
{
	int64_t person;
	enum status st = token_check(keys, PURPOSE_REPLY, 3, token, today,
	    &person);

	if (st == OK)
		assert_int_equal(person, 77);
	return st == OK;
}

static void
test_a_change(void **unused)
{
	struct keys *first = keys_of(1), *next = keys_of(2), *stranger = keys_of(3);
	unsigned char a[HASH_BYTES], b[HASH_BYTES];
	struct buf sealed = BUF_INIT, ring = BUF_INIT, anew = BUF_INIT;
	char token[TOKEN_LENGTH + 1];

	(void)unused;
	seal_close(first, &here, "secret", 6, &sealed);
	token_make(first, PURPOSE_REPLY, 3, 77, TODAY + 400, token);
	hash(first, a);
	assert_false(opens(next, &sealed));
	assert_false(good(next, token, TODAY));

	ring_make(first, next, TODAY, 400, &ring);
	assert_int_equal(ring_open(stranger, 1, ring.data, ring.len), DENIED);
	assert_int_equal(ring_open(first, 1, ring.data, ring.len), DENIED);
	assert_int_equal(ring_open(next, 2, ring.data, ring.len), DENIED);
	assert_int_equal(ring_epoch(next), 0);
	assert_int_equal(ring_open(next, 1, ring.data, ring.len), OK);
	assert_int_equal(ring_epoch(next), 1);
	assert_true(ring_is_unfinished(next));
	assert_true(opens(next, &sealed));
	assert_true(good(next, token, TODAY));
	assert_false(good(next, token, TODAY + 401));
	hash(next, b);
	assert_memory_equal(a, b, HASH_BYTES);

	/* Sealed anew, it is the new key's alone. */
	assert_int_equal(seal_renew(next, &here, sealed.data, sealed.len, &anew),
	    OK);
	assert_true(opens(next, &anew));
	assert_false(opens(first, &anew));
	buf_free(&sealed);
	assert_int_equal(seal_renew(next, &here, anew.data, anew.len, &sealed),
	    NOT_FOUND);
	assert_int_equal(sealed.len, 0);
	keys_free(&first);
	keys_free(&next);
	keys_free(&stranger);
	buf_free(&sealed);
	buf_free(&ring);
	buf_free(&anew);
}

/* What is done leaves no sealing key, and tokens only for their time. */
static void
test_the_end(void **unused)
{
	struct keys *first = keys_of(1), *second = keys_of(2), *third;
	struct buf sealed = BUF_INIT, ring = BUF_INIT;
	unsigned char a[HASH_BYTES], b[HASH_BYTES];
	char token[TOKEN_LENGTH + 1];

	(void)unused;
	seal_close(first, &here, "secret", 6, &sealed);
	token_make(first, PURPOSE_REPLY, 3, 77, TODAY + 9000, token);
	hash(first, a);
	ring_make(first, second, TODAY, 400, &ring);
	assert_int_equal(ring_open(second, 1, ring.data, ring.len), OK);
	ring.len = 0;
	ring_finish(second, TODAY + 1, &ring);
	keys_free(&second);
	second = keys_of(2);
	assert_int_equal(ring_open(second, 1, ring.data, ring.len), OK);
	assert_false(ring_is_unfinished(second));
	assert_false(opens(second, &sealed));
	assert_true(good(second, token, TODAY));

	/* Once more, a good while later. */
	ring.len = 0;
	third = keys_of(4);
	ring_make(second, third, TODAY + 300, 400, &ring);
	assert_int_equal(ring_open(third, 2, ring.data, ring.len), OK);
	assert_true(good(third, token, TODAY + 300));
	hash(third, b);
	assert_memory_equal(a, b, HASH_BYTES);
	ring.len = 0;
	ring_finish(third, TODAY + 401, &ring);
	keys_free(&third);
	third = keys_of(4);
	assert_int_equal(ring_open(third, 2, ring.data, ring.len), OK);
	assert_false(good(third, token, TODAY + 401));
	keys_free(&first);
	keys_free(&second);
	keys_free(&third);
	buf_free(&sealed);
	buf_free(&ring);
}

static void
test_damage(void **unused)
{
	struct keys *first = keys_of(1), *next = keys_of(2);
	struct buf ring = BUF_INIT;
	size_t i;

	(void)unused;
	ring_make(first, next, TODAY, 400, &ring);
	for (i = 0; i < ring.len; i++) {
		ring.data[i] ^= 1;
		assert_int_equal(ring_open(next, 1, ring.data, ring.len), DENIED);
		ring.data[i] ^= 1;
		assert_int_equal(ring_open(next, 1, ring.data, i), DENIED);
	}
	assert_int_equal(ring_epoch(next), 0);
	assert_int_equal(ring_open(next, 1, ring.data, ring.len), OK);
	keys_free(&first);
	keys_free(&next);
	buf_free(&ring);
}

/* Every key has a use, or a change of the master key would lose it. */
static void
test_uses(void **unused)
{
	int k;

	(void)unused;
	for (k = 1; k < KEY_COUNT_; k++)
		assert_true(key_use((enum key)k) >= KEY_FOR_SEALING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_change),
		cmocka_unit_test(test_the_end),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_uses),
	};

	seal_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
