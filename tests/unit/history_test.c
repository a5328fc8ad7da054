/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "store/history.h"

#include "tests/unit/check.h"

#define NOW 1795000000

static char dir[64];
static struct store *s;
static struct arena *arena;

static int
setup(void **state)
{
	struct reason why;

	(void)state;
	(void)snprintf(dir, sizeof dir, "/tmp/history_test.XXXXXX");
	if (mkdtemp(dir) == NULL || chmod(dir, 0700) != 0)
		return -1;
	arena = arena_new();
	return store_open(&s, dir, STORE_CREATE, &why) == OK &&
	    store_begin(s) == OK ? 0 : -1;
}

static int
teardown(void **state)
{
	static const char *const names[] = { "undersigned.db",
		"undersigned.db-wal", "undersigned.db-shm", "database.made" };
	char path[128];
	size_t i;

	(void)state;
	store_rollback(s);
	store_close(&s);
	arena_free(&arena);
	for (i = 0; i < 4; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", dir,
		    names[i]);
		(void)unlink(path);
	}
	return rmdir(dir);
}

static void
note(int64_t who, enum history_what what, int64_t at)
{
	struct history h = { .at = at, .what = what, .kind = "receipt",
	    .code = store_code(5, 1, 1) };

	assert_int_equal(store_history_add(s, who, &h), OK);
}

/* S8: the last fifty, oldest first; another's are untouched. */
static void
test_bounded(void **state)
{
	struct history rows[HISTORY_MOST];
	size_t count, i;
	int64_t n;

	(void)state;
	note(8, HISTORY_SENT, NOW);
	for (i = 0; i < 3 * HISTORY_MOST + 7; i++)
		note(7, i % 2 == 0 ? HISTORY_SENT : HISTORY_HARD,
		    NOW + (int64_t)i);
	assert_int_equal(store_history_list(s, arena, 7, rows, &count), OK);
	assert_int_equal(count, HISTORY_MOST);
	for (i = 0; i < count; i++)
		assert_int_equal(rows[i].at, NOW + 2 * HISTORY_MOST + 7 +
		    (int64_t)i);
	assert_string_equal(rows[0].kind, "receipt");
	assert_int_equal(rows[0].code, 5001001);
	assert_int_equal(store_history_count(s, 7, HISTORY_HARD, NOW, &n), OK);
	assert_int_equal(n, HISTORY_MOST / 2);
	assert_int_equal(store_history_count(s, 7, HISTORY_HARD,
	    NOW + 3 * HISTORY_MOST, &n), OK);
	assert_int_equal(n, 3);
	assert_int_equal(store_history_list(s, arena, 8, rows, &count), OK);
	assert_int_equal(count, 1);
	assert_int_equal(store_history_forget(s, 7), OK);
	assert_int_equal(store_history_list(s, arena, 7, rows, &count), OK);
	assert_int_equal(count, 0);
}

static void
test_reach(void **state)
{
	struct reach one = { .signature = 3, .campaign = 1,
	    .rung = RUNG_BOUNCED, .reason = REASON_HARD, .since = NOW,
	    .due_at = NOW + 50, .soft_since = 1, .mailed_at = 2, .last_at = 3,
	    .code = 4, .hard = 5, .soft = 6 }, got, rows[4];
	int64_t n[RUNGS][REASONS], when;
	size_t count;

	(void)state;
	assert_int_equal(store_reach_get(s, 3, &got), NOT_FOUND);
	assert_int_equal(got.rung, RUNG_FINE);
	assert_int_equal(store_reach_next(s, &when), OK);
	assert_true(when == CLOCK_NEVER);
	assert_int_equal(store_reach_put(s, &one), OK);
	assert_int_equal(store_reach_get(s, 3, &got), OK);
	assert_memory_equal(&got, &one, sizeof one);
	one.signature = 4;
	one.due_at = NOW + 10;
	assert_int_equal(store_reach_put(s, &one), OK);
	one.signature = 5;
	one.rung = RUNG_STOPPED;
	one.reason = REASON_WEB;
	one.due_at = 0;
	assert_int_equal(store_reach_put(s, &one), OK);
	assert_int_equal(store_reach_next(s, &when), OK);
	assert_int_equal(when, NOW + 10);
	assert_int_equal(store_reach_due(s, NOW + 50, rows, 4, &count), OK);
	assert_int_equal(count, 2);
	assert_int_equal(rows[0].signature, 4);
	assert_int_equal(store_reach_counts(s, 1, n), OK);
	assert_int_equal(n[RUNG_BOUNCED][REASON_HARD], 2);
	assert_int_equal(n[RUNG_STOPPED][REASON_WEB], 1);
	assert_int_equal(store_reach_list(s, 1, RUNG_BOUNCED, 3, rows, 4,
	    &count), OK);
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].signature, 4);
	got.rung = RUNG_FINE;
	assert_int_equal(store_reach_put(s, &got), OK);
	assert_int_equal(store_reach_get(s, 3, &got), NOT_FOUND);
}

static void
test_alarm(void **state)
{
	struct alarm a = { .campaign = 2, .n = 3, .due_at = NOW + 9,
	    .alarmed_at = NOW }, got;

	(void)state;
	assert_int_equal(store_alarm_next(s, &got), NOT_FOUND);
	assert_int_equal(store_alarm_get(s, 2, &got), OK);
	assert_int_equal(got.n, 0);
	assert_int_equal(store_alarm_put(s, &a), OK);
	assert_int_equal(store_alarm_next(s, &got), OK);
	assert_memory_equal(&got, &a, sizeof a);
	a.due_at = 0;
	assert_int_equal(store_alarm_put(s, &a), OK);
	assert_int_equal(store_alarm_next(s, &got), NOT_FOUND);
}

static void
test_take(void **state)
{
	struct outbox_row row = { .campaign = 1, .signature = 9,
	    .kind = "receipt", .language = "tg", .created_at = NOW }, got;

	(void)state;
	assert_int_equal(store_outbox_add(s, &row), OK);
	assert_int_equal(store_outbox_take(s, arena, row.id, &got), OK);
	assert_int_equal(got.signature, 9);
	assert_string_equal(got.kind, "receipt");
	assert_int_equal(store_outbox_take(s, arena, row.id, &got), NOT_FOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reach, setup, teardown),
		cmocka_unit_test_setup_teardown(test_alarm, setup, teardown),
		cmocka_unit_test_setup_teardown(test_take, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
