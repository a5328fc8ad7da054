/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "seal/keys.h"
#include "seal/sealed.h"

#include <cmocka.h>

static struct keys *keys, *other_keys;

static struct keys *
make_keys(void)
{
	char dir[] = "/tmp/sealed_test.XXXXXX", path[64];
	struct keys *k = NULL;
	struct reason why;

	if (mkdtemp(dir) == NULL)
		return NULL;
	(void)snprintf(path, sizeof path, "%s/key", dir);
	if (keys_create(path, &why) != OK || keys_load(&k, path, &why) != OK)
		return NULL;
	(void)unlink(path);
	(void)rmdir(dir);
	return k;
}

static int
setup(void **state)
{
	(void)state;
	seal_init();
	keys = make_keys();
	other_keys = make_keys();
	return keys == NULL || other_keys == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	keys_free(&keys);
	keys_free(&other_keys);
	return 0;
}

static const struct seal_place here = { .key = KEY_SEAL_IDENTITY, .campaign = 1,
	.row = "0123456789abcdef", .row_len = 16 };

static void
there_and_back(void **state)
{
	static const size_t lengths[] = { 0, 1, 63, 64, 65, 127, 128, 5000 };
	struct buf sealed = BUF_INIT, plain = BUF_INIT;
	char text[5000];
	size_t i, len;

	(void)state;
	memset(text, 'x', sizeof text);
	for (i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		len = lengths[i];
		buf_clear(&sealed);
		buf_clear(&plain);
		buf_addstr(&plain, "before");
		seal_close(keys, &here, text, len, &sealed);
		/* The length tells no more than the number of blocks. */
		assert_int_equal(sealed.len, 1 + 24 + (len / 64 + 1) * 64 + 16);
		assert_int_equal(seal_open(keys, &here, sealed.data, sealed.len,
		    &plain), OK);
		assert_int_equal(plain.len, 6 + len);
		assert_memory_equal(plain.data, "before", 6);
		assert_memory_equal(plain.data + 6, text, len);
		assert_int_equal(plain.data[plain.len], '\0');
	}
	buf_free(&sealed);
	buf_wipe(&plain);
}

static void
names_of_one_block_are_alike(void **state)
{
	struct buf a = BUF_INIT, b = BUF_INIT;

	(void)state;
	seal_close(keys, &here, "Li", 2, &a);
	seal_close(keys, &here, "Maximiliane von und zu Hohenlohe", 32, &b);
	assert_int_equal(a.len, b.len);
	assert_null(memmem(b.data, b.len, "Hohenlohe", 9));
	buf_clear(&b);
	seal_close(keys, &here, "Li", 2, &b);
	assert_memory_not_equal(a.data, b.data, a.len);
	buf_free(&a);
	buf_free(&b);
}

static void
opens_only_in_its_place(void **state)
{
	struct seal_place elsewhere[5];
	struct buf sealed = BUF_INIT, plain = BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < 5; i++)
		elsewhere[i] = here;
	elsewhere[0].key = KEY_SEAL_OUTBOX;
	elsewhere[1].campaign = 2;
	elsewhere[2].row = "0123456789abcdeF";
	elsewhere[3].row_len = 15;
	elsewhere[4].row_len = 0;
	seal_close(keys, &here, "Ada", 3, &sealed);
	for (i = 0; i < 5; i++)
		if (seal_open(keys, &elsewhere[i], sealed.data, sealed.len,
		    &plain) != DENIED || plain.len != 0)
			fail_msg("opened in place %zu", i);
	assert_int_equal(seal_open(other_keys, &here, sealed.data, sealed.len,
	    &plain), DENIED);
	assert_int_equal(plain.len, 0);
	buf_free(&sealed);
	buf_free(&plain);
}

static void
any_damage_shows(void **state)
{
	struct buf sealed = BUF_INIT, plain = BUF_INIT;
	size_t i;

	(void)state;
	seal_close(keys, &here, "Ada", 3, &sealed);
	for (i = 0; i < sealed.len; i++) {
		sealed.data[i] ^= 1;
		if (seal_open(keys, &here, sealed.data, sealed.len, &plain) !=
		    DENIED)
			fail_msg("a flipped bit in byte %zu went unseen", i);
		sealed.data[i] ^= 1;
	}
	for (i = 0; i < sealed.len; i++)
		if (seal_open(keys, &here, sealed.data, i, &plain) != DENIED)
			fail_msg("%zu bytes opened", i);
	assert_int_equal(seal_open(keys, &here, NULL, 0, &plain), DENIED);
	assert_int_equal(seal_open(keys, &here, sealed.data, sealed.len, &plain),
	    OK);
	buf_free(&sealed);
	buf_wipe(&plain);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(names_of_one_block_are_alike),
		cmocka_unit_test(opens_only_in_its_place),
		cmocka_unit_test(any_damage_shows),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
