/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/arena.h"
#include "store/query.h"
#include "store/review.h"
#include "store/store.h"

#include <cmocka.h>

static char dir[64], path[96];

static int
setup(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof dir, "/tmp/migrate_test.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof path, "%s/undersigned.db", dir);
	return 0;
}

static int
teardown(void **state)
{
	static const char *const more[] = { "", "-wal", "-shm", "-journal" };
	char name[128];
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		(void)snprintf(name, sizeof name, "%s%s", path, more[i]);
		(void)unlink(name);
	}
	(void)snprintf(name, sizeof name, "%s/database.made", dir);
	(void)unlink(name);
	return rmdir(dir);
}

static void
by_hand(const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static enum status
open_close(enum store_mode mode, struct reason *why)
{
	struct store *s = NULL;
	enum status st;

	why->text[0] = '\0';
	st = store_open(&s, dir, mode, why);
	assert_true((s != NULL) == (st == OK));
	store_close(&s);
	return st;
}

static int64_t
number(const char *sql)
{
	sqlite3 *db = NULL;
	int64_t n;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(store_pragma_int(db, sql, &n), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return n;
}

static void
made_and_numbered(void **state)
{
	struct reason why;

	(void)state;
	assert_int_equal(open_close(STORE_CREATE, &why), OK);
	assert_int_equal(number("PRAGMA user_version"), store_schema_newest());
	assert_int_equal(number("PRAGMA application_id"), STORE_APPLICATION);
	assert_int_equal(number("PRAGMA page_size"), 2048);
	assert_int_equal(open_close(STORE_CREATE, &why), OK);
	assert_int_equal(open_close(STORE_WRITE, &why), OK);
	assert_int_equal(open_close(STORE_READ, &why), OK);
}

/* An empty file is what is left of a beginning that was cut short. */
static void
empty_file(void **state)
{
	struct reason why;

	(void)state;
	by_hand("PRAGMA user_version = 0");
	assert_int_equal(open_close(STORE_READ, &why), INVALID);
	assert_non_null(strstr(why.text, "undersignd"));
	assert_int_equal(open_close(STORE_WRITE, &why), OK);
	assert_int_equal(open_close(STORE_READ, &why), OK);
}

static void
newer_is_refused(void **state)
{
	static const enum store_mode modes[] = { STORE_CREATE, STORE_WRITE,
		STORE_READ };
	struct reason why;
	size_t i;

	(void)state;
	assert_int_equal(open_close(STORE_CREATE, &why), OK);
	by_hand("PRAGMA user_version = 999");
	for (i = 0; i < 3; i++) {
		assert_int_equal(open_close(modes[i], &why), INVALID);
		assert_non_null(strstr(why.text, "999"));
		assert_non_null(strstr(why.text, path));
		assert_int_equal(number("PRAGMA user_version"), 999);
	}
}

static void
not_ours_is_refused(void **state)
{
	struct reason why;
	char mode[2] = "";
	FILE *f;
	int i;

	(void)state;
	by_hand("CREATE TABLE cats (name)");
	assert_int_equal(open_close(STORE_CREATE, &why), INVALID);
	assert_int_equal(number("SELECT count(*) FROM sqlite_master"), 1);
	/* Bytes 18 and 19 are 1: nothing was changed in it, not even to WAL. */
	f = fopen(path, "r");
	assert_non_null(f);
	assert_int_equal(fseek(f, 18, SEEK_SET), 0);
	assert_int_equal(fread(mode, 1, 2, f), 2);
	(void)fclose(f);
	assert_memory_equal(mode, "\1\1", 2);
	by_hand("DROP TABLE cats; PRAGMA application_id = 77");
	assert_int_equal(open_close(STORE_WRITE, &why), INVALID);

	f = fopen(path, "w");
	assert_non_null(f);
	for (i = 0; i < 2000; i++)
		(void)fputs("not a database ", f);
	(void)fclose(f);
	assert_int_equal(open_close(STORE_WRITE, &why), INVALID);
	assert_int_equal(open_close(STORE_READ, &why), INVALID);
	assert_non_null(strstr(why.text, path));
}

/* A step that fails leaves the store as it was. */
static void
a_step_is_done_or_not(void **state)
{
	struct reason why;

	(void)state;
	by_hand("PRAGMA application_id = 1433298003;"
	    "CREATE TABLE note (in_the_way)");
	assert_int_equal(number("PRAGMA application_id"), STORE_APPLICATION);
	assert_int_equal(open_close(STORE_WRITE, &why), STORE_FAILED);
	assert_non_null(strstr(why.text, "migration 1"));
	assert_int_equal(number("PRAGMA user_version"), 0);
	assert_int_equal(number("SELECT count(*) FROM sqlite_master"), 1);
	by_hand("DROP TABLE note");
	assert_int_equal(open_close(STORE_WRITE, &why), OK);
}

/* What was uncounted before there were kinds was so for fraud. */
static void
old_batches_are_fraud(void **state)
{
	struct store *s = NULL;
	struct arena *arena = arena_new();
	struct reason why;
	struct uncount u;

	(void)state;
	assert_int_equal(open_close(STORE_CREATE, &why), OK);
	by_hand("ALTER TABLE uncount DROP COLUMN because;"
	    "PRAGMA user_version = 12;"
	    "INSERT INTO campaign (id, slug, state, next_number) "
	    "VALUES (1, 'c', 1, 1);"
	    "INSERT INTO uncount VALUES (7, 1, 4, 0, 'one hand', '', "
	    "zeroblob(16), 1, 1, 1, 1, 3, 3, 3, 3, 1)");
	assert_int_equal(store_open(&s, dir, STORE_WRITE, &why), OK);
	assert_int_equal(store_uncount_get(s, arena, 7, &u), OK);
	assert_int_equal(u.because, LEAF_FRAUD);
	assert_int_equal(u.number, 1);
	assert_string_equal(u.reason, "one hand");
	store_close(&s);
	arena_free(&arena);
}

/* Several that make it at once: each gets it, and it is made once. */
static void
all_at_once(void **state)
{
	struct reason why;
	int round, i, status;
	pid_t pid[4];
	int64_t rows;

	(void)state;
	assert_int_equal(open_close(STORE_CREATE, &why), OK);
	rows = number("SELECT count(*) FROM sequence");
	assert_true(rows > 4);
	assert_int_equal(teardown(NULL), 0);
	assert_int_equal(setup(NULL), 0);
	for (round = 0; round < 5; round++) {
		for (i = 0; i < 4; i++) {
			pid[i] = fork();
			assert_true(pid[i] >= 0);
			if (pid[i] == 0)
				_exit(open_close(STORE_CREATE, &why) != OK);
		}
		for (i = 0; i < 4; i++) {
			assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
			assert_int_equal(status, 0);
		}
		assert_int_equal(number("SELECT count(*) FROM sequence"),
		    rows);
		assert_int_equal(teardown(NULL), 0);
		assert_int_equal(setup(NULL), 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(made_and_numbered),
		TEST(empty_file),
		TEST(newer_is_refused),
		TEST(not_ours_is_refused),
		TEST(a_step_is_done_or_not),
		TEST(old_batches_are_fraud),
		TEST(all_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
