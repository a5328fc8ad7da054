/* SPDX-License-Identifier: ISC */
/*
 * What is kept of what was said in public: numbers that were told, and none that
 * was not; and still nothing new before ten people have come or gone.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/check.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "outbox/disclosure.h"
#include "outbox/figures.h"
#include "outbox/public.h"
#include "store/store.h"

#define NOW 1795000000
#define COUNTRIES 5

static const char *const country[COUNTRIES] = { "DE", "NO", "RU", "SE", "TJ" };
static char dir[64];
static struct store *s;
static struct arena *arena;
static int64_t campaign;
static int64_t people[COUNTRIES][400];
static size_t count[COUNTRIES];

static void
come(int where)
{
	static int n;
	struct signature sig = { .campaign = campaign,
	    .state = SIGNATURE_CONFIRMED, .country = country[where],
	    .language = "en", .source = "", .created_day = 20000,
	    .confirmed_day = 20001 };

	n++;
	memcpy(sig.key, &n, sizeof n);
	assert_int_equal(store_signature_add(s, &sig), OK);
	people[where][count[where]++] = sig.id;
}

static void
go(int where)
{
	struct signature sig;

	assert_int_equal(store_signature_get(s, arena,
	    people[where][--count[where]], &sig), OK);
	sig.state = SIGNATURE_ERASED;
	sig.country = "";
	assert_int_equal(store_signature_put(s, &sig), OK);
}

static int
setup(void **state)
{
	struct reason why = { "" };

	(void)state;
	(void)snprintf(dir, sizeof dir, "/tmp/undersigned-public-XXXXXX");
	if (mkdtemp(dir) == NULL || store_open(&s, dir, STORE_CREATE, &why) != OK)
		return -1;
	arena = arena_new();
	memset(count, 0, sizeof count);
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_campaign_add(s, "parks", &campaign), OK);
	return 0;
}

static int
teardown(void **state)
{
	static const char *const ends[] = { "undersigned.db",
		"undersigned.db-wal", "undersigned.db-shm", "database.made" };
	char path[128];
	size_t i;

	(void)state;
	store_rollback(s);
	store_close(&s);
	arena_free(&arena);
	for (i = 0; i < 4; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", dir, ends[i]);
		(void)unlink(path);
	}
	return rmdir(dir);
}

static struct public_view
told(void)
{
	struct public_view view;

	assert_int_equal(public_keep(s, arena, campaign, BY_COUNTRY, NOW, &view),
	    OK);
	return view;
}

static const struct public_cell *
cell(const struct public_view *view, int where)
{
	size_t i;

	for (i = 0; i < view->count; i++)
		if (strcmp(view->cells[i].value, country[where]) == 0)
			return &view->cells[i];
	return NULL;
}

/* Both as it is told for the first time, and as it is kept. */
static void
check_kept(const struct public_view *first)
{
	struct public_view kept;
	size_t i;

	assert_int_equal(store_public_get(s, arena, campaign, BY_COUNTRY, &kept),
	    OK);
	assert_int_equal(kept.count, first->count);
	for (i = 0; i < kept.count; i++) {
		assert_string_equal(kept.cells[i].value, first->cells[i].value);
		assert_int_equal(kept.cells[i].shown, first->cells[i].shown);
		assert_int_equal(kept.cells[i].n, first->cells[i].n);
		if (kept.cells[i].shown <= 0)
			assert_int_equal(kept.cells[i].n, 0);
	}
}

static void
small_is_not_kept(void **state)
{
	struct public_view view;
	int i;

	(void)state;
	for (i = 0; i < 40; i++)
		come(1);
	for (i = 0; i < 25; i++)
		come(0);
	for (i = 0; i < 3; i++)
		come(4);
	view = told();
	assert_int_equal(cell(&view, 1)->shown, 40);
	assert_int_equal(cell(&view, 0)->shown, DISCLOSURE_MORE);
	assert_int_equal(cell(&view, 4)->shown, DISCLOSURE_FEWER);
	check_kept(&view);
	/* She goes: what is kept does not tell how many there were. */
	go(4);
	view = told();
	assert_int_equal(cell(&view, 4)->shown, DISCLOSURE_FEWER);
	check_kept(&view);
	/* Ten in all with her, and a cell that is new. */
	for (i = 0; i < 8; i++)
		come(3);
	view = told();
	assert_null(cell(&view, 3));
	come(3);
	view = told();
	assert_non_null(cell(&view, 3));
	check_kept(&view);
}

static bool
same_view(const struct public_view *a, const struct public_view *b)
{
	size_t i;

	if (a->count != b->count || a->total != b->total)
		return false;
	for (i = 0; i < a->count; i++)
		if (a->cells[i].shown != b->cells[i].shown ||
		    strcmp(a->cells[i].value, b->cells[i].value) != 0)
			return false;
	return true;
}

/* The attacker's side of D3: between two views that differ at least ten people
 * came or went; and it is not by saying nothing: who comes is told of some time. */
static void
nothing_new_before_ten(void **state)
{
	struct public_view view, last = { 0 };
	int64_t before[COUNTRIES] = { 0 }, moved;
	int day, i, views = 0;

	(void)state;
	srand(3);
	for (i = 0; i < COUNTRIES; i++)
		for (day = 0; day < 3 + i * 9; day++)
			come(i);
	for (day = 0; day < 4000; day++) {
		i = rand() % COUNTRIES;
		if (count[i] > 0 && (rand() % 2 == 0 || count[i] > 300))
			go(i);
		else
			come(i);
		view = told();
		if (day > 0 && same_view(&view, &last))
			continue;
		moved = 0;
		for (i = 0; i < COUNTRIES; i++) {
			moved += llabs((int64_t)count[i] - before[i]);
			before[i] = (int64_t)count[i];
		}
		assert_true(day == 0 || moved >= DISCLOSURE_LEAST);
		check_kept(&view);
		last = view;
		views++;
	}
	assert_true(views > 20);
}

/* An update tells no more. */
static void
updates_tell_the_same(void **state)
{
	struct figures f;
	int i;

	(void)state;
	for (i = 0; i < 40; i++)
		come(1);
	for (i = 0; i < 25; i++)
		come(0);
	for (i = 0; i < 3; i++)
		come(4);
	assert_int_equal(figures_read(&f, s, arena, campaign, 0, NOW), OK);
	assert_int_equal(f.count, 68);
	assert_string_equal(f.countries, "NO 40\n");
	for (i = 0; i < 5; i++)
		come(1);
	assert_int_equal(figures_read(&f, s, arena, campaign, 0, NOW), OK);
	assert_int_equal(f.count, 73);
	assert_string_equal(f.countries, "NO 40\n");
	for (i = 0; i < 5; i++)
		come(1);
	assert_int_equal(figures_read(&f, s, arena, campaign, 0, NOW), OK);
	assert_string_equal(f.countries, "NO 50\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(small_is_not_kept), TEST(nothing_new_before_ten),
		TEST(updates_tell_the_same),
	};

	clock_open();
	log_open("test", LOG_LEVEL_WARN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
