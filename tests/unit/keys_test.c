/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "seal/keys.h"

#include <cmocka.h>

static char dir[] = "/tmp/keys_test.XXXXXX";
static char path[64];

static int
setup(void **state)
{
	(void)state;
	seal_init();
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof path, "%s/master.key", dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(dir);
}

static void
put_file(size_t len, unsigned char fill, mode_t mode)
{
	unsigned char data[64];
	FILE *f;

	(void)unlink(path);
	memset(data, fill, sizeof data);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void
created_once_and_private(void **state)
{
	struct keys *a = NULL, *b = NULL;
	struct reason why;
	struct stat sb;
	mode_t old = umask(0);

	(void)state;
	(void)unlink(path);
	assert_int_equal(keys_create(path, &why), OK);
	(void)umask(old);
	assert_int_equal(stat(path, &sb), 0);
	assert_int_equal(sb.st_mode & 07777, 0400);
	assert_int_equal(sb.st_size, KEY_BYTES);
	assert_int_equal(keys_load(&a, path, &why), OK);

	/* A second time changes nothing. */
	assert_int_equal(keys_create(path, &why), EXISTS);
	assert_int_equal(keys_load(&b, path, &why), OK);
	assert_memory_equal(keys_get(a, KEY_HASH_ADDRESS),
	    keys_get(b, KEY_HASH_ADDRESS), KEY_BYTES);
	keys_free(&a);
	keys_free(&b);
	assert_null(a);
	keys_free(&a);
}

static void
not_made_where_it_cannot_be(void **state)
{
	struct reason why;

	(void)state;
	assert_int_equal(keys_create("/nonexistent/folder/key", &why), TEMPFAIL);
	assert_non_null(strstr(why.text, "/nonexistent/folder/key"));
}

/* What one key can do, no other can; and the schedule never changes. */
static void
derived_by_number(void **state)
{
	static const unsigned char confirm[4] = { 0x76, 0x09, 0x64, 0x8a };
	struct keys *k = NULL;
	struct reason why;
	int i, j;

	(void)state;
	put_file(KEY_BYTES, 0x42, 0400);
	assert_int_equal(keys_load(&k, path, &why), OK);
	for (i = 1; i < KEY_COUNT_; i++)
		for (j = 1; j < i; j++)
			assert_memory_not_equal(keys_get(k, (enum key)i),
			    keys_get(k, (enum key)j), KEY_BYTES);
	assert_memory_equal(keys_get(k, KEY_TOKEN_CONFIRM), confirm, 4);
	keys_free(&k);
}

static void
permissions(void **state)
{
	static const struct {
		mode_t mode;
		uid_t owner;
		enum status want;
	} cases[] = {
		{ 0400, 0, OK }, { 0600, 0, OK }, { 0440, 0, OK },
		{ 0640, 0, OK }, { 0660, 0, DENIED }, { 0404, 0, DENIED },
		{ 0402, 0, DENIED }, { 0401, 0, DENIED }, { 0450, 0, DENIED },
		{ 0644, 0, DENIED }, { 0400, 65534, OK }, { 0440, 65534, DENIED },
		{ 0420, 65534, DENIED }, { 0604, 65534, DENIED },
	};
	struct keys *k = NULL;
	struct reason why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		put_file(KEY_BYTES, 7, cases[i].mode);
		if (geteuid() == 0)
			assert_int_equal(chown(path, cases[i].owner, 65534), 0);
		else if (cases[i].owner == 0)
			continue;
		if (keys_load(&k, path, &why) != cases[i].want)
			fail_msg("case %zu: mode %04o", i, cases[i].mode);
		assert_true((k != NULL) == (cases[i].want == OK));
		keys_free(&k);
	}
}

static void
contents(void **state)
{
	static const struct { size_t len; unsigned char fill; enum status want; }
	cases[] = {
		{ 0, 1, INVALID }, { 31, 1, INVALID }, { 33, 1, INVALID },
		{ 64, 1, INVALID }, { 32, 0, INVALID }, { 32, 1, OK },
	};
	struct keys *k = NULL;
	struct reason why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		put_file(cases[i].len, cases[i].fill, 0400);
		if (keys_load(&k, path, &why) != cases[i].want)
			fail_msg("case %zu", i);
		keys_free(&k);
	}
	assert_int_equal(keys_load(&k, dir, &why), INVALID);
	(void)unlink(path);
	assert_int_equal(keys_load(&k, path, &why), NOT_FOUND);
	assert_non_null(strstr(why.text, "undersign init"));
	assert_null(k);
}

/* Bound to key, campaign and every byte; the same each time. */
static void
hashes(void **state)
{
	unsigned char a[HASH_BYTES], b[HASH_BYTES];
	struct keys *k = NULL;
	struct reason why;

	(void)state;
	put_file(KEY_BYTES, 0x42, 0400);
	assert_int_equal(keys_load(&k, path, &why), OK);
	keys_hash(k, KEY_HASH_ADDRESS, 1, "ada", 3, a);
	keys_hash(k, KEY_HASH_ADDRESS, 1, "ada", 3, b);
	assert_memory_equal(a, b, HASH_BYTES);
	keys_hash(k, KEY_HASH_ADDRESS, 2, "ada", 3, b);
	assert_memory_not_equal(a, b, HASH_BYTES);
	keys_hash(k, KEY_HASH_MESSAGE, 1, "ada", 3, b);
	assert_memory_not_equal(a, b, HASH_BYTES);
	keys_hash(k, KEY_HASH_ADDRESS, 1, "adb", 3, b);
	assert_memory_not_equal(a, b, HASH_BYTES);
	keys_free(&k);
}

static void
digest_in_pieces(void **state)
{
	unsigned char a[DIGEST_BYTES], b[DIGEST_BYTES];
	/* BLAKE2b-256 of "abc" */
	static const unsigned char abc[4] = { 0xbd, 0xdd, 0x81, 0x3c };
	struct seal_digest *d = seal_digest_new();

	(void)state;
	seal_digest("abc", 3, a);
	assert_memory_equal(a, abc, sizeof abc);
	seal_digest_add(d, "a", 1);
	seal_digest_add(d, "", 0);
	seal_digest_add(d, "bc", 2);
	seal_digest_end(&d, b);
	assert_null(d);
	assert_memory_equal(a, b, DIGEST_BYTES);
}

/* Over many draws, small and large ones by turns. */
static void
random_differs(void **state)
{
	static unsigned char all[4000][16];
	unsigned char large[2000];
	size_t i, j;

	(void)state;
	for (i = 0; i < 4000; i++) {
		if (i % 50 == 0) {
			seal_random(large, sizeof large);
			memcpy(all[i], large + sizeof large - 16, 16);
		} else {
			seal_random(all[i], 16);
		}
	}
	for (i = 0; i < 4000; i++)
		for (j = i + 1; j < 4000; j++)
			assert_true(memcmp(all[i], all[j], 16) != 0);
}

/* What was drawn ahead is not for both sides of a fork. */
static void
random_differs_after_fork(void **state)
{
	unsigned char a[16], b[16];
	int fd[2], status;
	pid_t pid;

	(void)state;
	seal_random(a, sizeof a);       /* so that some is drawn */
	assert_int_equal(pipe(fd), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		seal_random(b, sizeof b);
		_exit(write(fd[1], b, sizeof b) == sizeof b ? 0 : 1);
	}
	seal_random(a, sizeof a);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(read(fd[0], b, sizeof b), sizeof b);
	assert_memory_not_equal(a, b, sizeof a);
	(void)close(fd[0]);
	(void)close(fd[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(created_once_and_private),
		cmocka_unit_test(not_made_where_it_cannot_be),
		cmocka_unit_test(derived_by_number),
		cmocka_unit_test(permissions),
		cmocka_unit_test(contents),
		cmocka_unit_test(hashes),
		cmocka_unit_test(digest_in_pieces),
		cmocka_unit_test(random_differs),
		cmocka_unit_test(random_differs_after_fork),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
