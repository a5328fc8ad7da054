/* SPDX-License-Identifier: ISC
 *
 * How fast updates go to a domain, and in all (outbox/domains.h).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/check.h"

#include "config/config.h"
#include "outbox/domains.h"
#include "seal/keys.h"
#include "store/store.h"

#define NOW INT64_C(1795430000)

static char dir[64];
static struct config config;
static struct store *store;
static struct keys *keys;
static struct domains *d;
static unsigned char here[STORE_HASH], there[STORE_HASH];

static void
anew(int64_t each, int64_t all)
{
	domains_free(&d);
	config.limits.updates_per_domain_hour = each;
	config.limits.updates_per_hour = all;
	d = domains_new(store, keys, &config);
	domains_key(d, "ada@Example.net", here);
	domains_key(d, "ada@example.org", there);
}

static int
set_up(void **state)
{
	struct reason why = { "" };
	char path[96];

	(void)state;
	seal_init();
	strcpy(dir, "/tmp/undersigned-domains-XXXXXX");
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof path, "%s/key", dir);
	assert_int_equal(keys_create(path, &why), OK);
	assert_int_equal(keys_load(&keys, path, &why), OK);
	assert_int_equal(store_open(&store, dir, STORE_CREATE, &why), OK);
	assert_int_equal(store_begin(store), OK);
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const files[] = { "key", "undersigned.db",
		"undersigned.db-wal", "undersigned.db-shm",
		"database.made" };
	char path[128];
	size_t i;

	(void)state;
	domains_free(&d);
	store_rollback(store);
	store_close(&store);
	keys_free(&keys);
	for (i = 0; i < sizeof files / sizeof files[0]; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", dir, files[i]);
		(void)unlink(path);
	}
	return rmdir(dir);
}

/* In how many seconds one may go. */
static int64_t
wait_of(const unsigned char *domain, bool first, int64_t now)
{
	int64_t due;

	assert_int_equal(domains_due(d, domain, first, now, &due), OK);
	assert_true(due >= now);
	return due - now;
}

static void
rest(int64_t now)
{
	assert_int_equal(domains_rest(d, here, now), OK);
}

/* A minute, twice as long each time, an hour at most; one mail that was taken
 * makes it a minute again.  A restart, and a rollback, forget nothing. */
static void
rests_double(void **state)
{
	static const int64_t want[] = { 60, 120, 240, 480, 960, 1920, 3600, 3600 };
	int64_t now = NOW;
	size_t i;

	(void)state;
	anew(0, 0);
	assert_int_equal(wait_of(here, true, now), 0);
	for (i = 0; i < sizeof want / sizeof want[0]; i++) {
		rest(now);
		rest(now);      /* of others on their way then */
		/* A second more where it ends within one. */
		assert_in_range(wait_of(here, false, now), want[i], want[i] + 1);
		assert_in_range(wait_of(here, true, now), want[i], want[i] + 1);
		assert_int_equal(wait_of(there, true, now), 0);
		if (i % 2 == 0)
			anew(0, 0);
		else
			domains_forget(d);
		assert_int_equal(domains_accepted(d, here, now + 1), OK);
		assert_in_range(wait_of(here, false, now), want[i], want[i] + 1);
		now += want[i] + 1;
		assert_int_equal(wait_of(here, false, now), 0);
	}
	assert_int_equal(domains_accepted(d, here, now), OK);
	anew(0, 0);
	rest(now);
	assert_int_equal(wait_of(here, false, now), 60);
}

/* The clock was a month ahead for a while. */
static void
no_rest_of_a_month(void **state)
{
	(void)state;
	anew(0, 0);
	rest(NOW + 30 * 86400);
	assert_true(wait_of(here, false, NOW) <= 3600);
	rest(NOW);
	assert_true(wait_of(here, false, NOW) <= 3600);
	assert_true(wait_of(here, false, NOW) > 0);
}

/* A minute's share at once, then one at a time; who has a time keeps it. */
static void
each_has_its_share(void **state)
{
	int64_t i;

	(void)state;
	anew(600, 0);
	for (i = 0; i < 10; i++)
		assert_int_equal(wait_of(here, true, NOW), 0);
	for (i = 1; i <= 10; i++)
		assert_int_equal(wait_of(here, true, NOW), 6 * i);
	assert_int_equal(wait_of(here, false, NOW), 0);
	assert_int_equal(wait_of(there, true, NOW), 0);
	anew(600, 0);
	assert_int_equal(wait_of(here, true, NOW), 66);
	domains_forget(d);
	assert_int_equal(wait_of(here, true, NOW + 60), 12);
}

static size_t
room(int64_t now)
{
	size_t n;

	assert_int_equal(domains_room(d, now, &n), OK);
	return n;
}

static void
all_have_a_share(void **state)
{
	(void)state;
	anew(0, 1200);
	assert_int_equal(room(NOW), 20);
	assert_int_equal(domains_take(d, 20, NOW), OK);
	assert_int_equal(room(NOW), 0);
	assert_int_equal(room(NOW + 30), 10);
	anew(0, 1200);          /* a restart gives no more */
	assert_int_equal(room(NOW), 0);
	assert_int_equal(room(NOW + 30), 10);
	/* A clock that was wrong does not hold them up. */
	assert_int_equal(domains_take(d, 20, NOW + 30 * 86400), OK);
	assert_int_equal(room(NOW + 60), 0);
	assert_int_equal(room(NOW + 120), 20);
	anew(0, 0);
	assert_true(room(NOW) == SIZE_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rests_double),
		TEST(no_rest_of_a_month),
		TEST(each_has_its_share),
		TEST(all_have_a_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
