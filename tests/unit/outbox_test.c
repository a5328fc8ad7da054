/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/check.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "config/config.h"
#include "outbox/domains.h"
#include "outbox/outbox.h"
#include "seal/keys.h"
#include "seal/sealed.h"
#include "store/store.h"

#define NOW INT64_C(1795430000)

static char dir[64];
static struct store *store;
static struct keys *keys;
static struct arena *arena;

static const struct outcome delivered = { .kind = OUTCOME_DELIVERED };
static const struct outcome deferred = { .kind = OUTCOME_DEFERRED,
	.reply = 450, .code = { 4, 2, 0 } };
static const struct outcome failed = { .kind = OUTCOME_FAILED,
	.reply = 550, .code = { 5, 1, 1 } };
static const struct outcome relay_down = { .kind = OUTCOME_RELAY_DOWN };
static const struct outcome unrendered = { .kind = OUTCOME_UNRENDERED };
static const struct outcome other_text = { .kind = OUTCOME_OTHER_TEXT };

static int
set_up(void **state)
{
	struct reason why = { "" };
	char path[96];

	(void)state;
	seal_init();
	strcpy(dir, "/tmp/undersigned-outbox-XXXXXX");
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof path, "%s/key", dir);
	assert_int_equal(keys_create(path, &why), OK);
	assert_int_equal(keys_load(&keys, path, &why), OK);
	assert_int_equal(store_open(&store, dir, STORE_CREATE, &why), OK);
	arena = arena_new();
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
	arena_free(&arena);
	store_close(&store);
	keys_free(&keys);
	for (i = 0; i < sizeof files / sizeof files[0]; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", dir, files[i]);
		(void)unlink(path);
	}
	return rmdir(dir);
}

/* A row and a mail to it, promised at NOW. */
static int64_t
promise(int64_t *person_out)
{
	struct signature sig = { .state = SIGNATURE_PENDING, .country = "",
	    .language = "en", .source = "", .next_at = NOW + CLOCK_DAY,
	    .expires_at = NOW + 14 * CLOCK_DAY };
	struct promise p = { .class = OUTBOX_REQUEST, .kind = "request",
	    .language = "en", .due_at = NOW };
	struct outbox_row row;
	enum status st;
	size_t n;

	assert_int_equal(store_begin(store), OK);
	st = store_campaign_add(store, "river", &sig.campaign);
	assert_true(st == OK || st == EXISTS);
	seal_random(sig.key, sizeof sig.key);
	assert_int_equal(store_signature_add(store, &sig), OK);
	p.campaign = sig.campaign;
	p.signature = sig.id;
	assert_int_equal(outbox_promise(store, keys, &p, NOW), OK);
	assert_int_equal(store_outbox_due(store, arena, OUTBOX_REQUEST, NOW, &row,
	    1, &n), OK);
	assert_int_equal(n, 1);
	assert_int_equal(store_commit(store), OK);
	*person_out = sig.id;
	return row.id;
}

static struct outbox_row left;         /* by the last settle */

static void
settle(int64_t id, const struct outcome *outcome, int64_t now)
{
	assert_int_equal(store_begin(store), OK);
	assert_int_equal(outbox_settle(store, arena, id, outcome, now, &left), OK);
	assert_int_equal(store_commit(store), OK);
}

static bool
waits(int64_t id, struct outbox_row *row)
{
	return store_outbox_get(store, arena, id, row) == OK;
}

/* Each outcome of a mail whose person was forgotten meanwhile is no trouble:
 * trouble here would hold up all that is settled with it, for ever. */
static void
test_gone(void **state)
{
	static const struct outcome *const all[] = { &delivered, &deferred,
		&failed, &relay_down, &unrendered, &other_text };
	int64_t id, person;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof all / sizeof all[0]; i++) {
		id = promise(&person);
		assert_int_equal(store_begin(store), OK);
		assert_int_equal(store_outbox_remove_of(store, person,
		    OUTBOX_CLASSES), OK);
		assert_int_equal(store_commit(store), OK);
		settle(id, all[i], NOW);
	}
}

static void
test_settled(void **state)
{
	struct outbox_row row;
	int64_t id, person;

	(void)state;
	id = promise(&person);
	settle(id, &relay_down, NOW);
	assert_true(waits(id, &row));
	assert_int_equal(row.attempts, 0);
	assert_int_equal(row.due_at, NOW);
	settle(id, &deferred, NOW);
	assert_true(waits(id, &row));
	assert_int_equal(row.attempts, 1);
	assert_int_equal(row.due_at, NOW + 60);
	settle(id, &deferred, NOW + 60);
	assert_true(waits(id, &row));
	assert_int_equal(row.due_at, NOW + 60 + 120);
	settle(id, &unrendered, NOW + 400);
	assert_true(waits(id, &row));
	assert_int_equal(row.attempts, 2);
	assert_int_equal(row.due_at, NOW + 400 + CLOCK_HOUR);
	assert_int_equal(left.id, 0);
	settle(id, &other_text, NOW + 4500);
	assert_true(waits(id, &row));
	assert_int_equal(row.due_at, NOW + 4560);
	assert_int_equal(left.id, 0);
	settle(id, &delivered, NOW + 5000);
	assert_false(waits(id, &row));
	assert_int_equal(left.id, id);
	assert_int_equal(left.signature, person);
	assert_string_equal(left.kind, row.kind);
	/* Soon, when it is likely that the campaigns were just read again; the
	 * second time it costs nothing of the budget. */
	id = promise(&person);
	settle(id, &other_text, NOW);
	assert_true(waits(id, &row));
	assert_int_equal(row.due_at, NOW + 5);
	assert_int_equal(row.attempts, 1);
}

/* For good: the mail goes; what it says of her is the petition's to judge. */
static void
test_refused(void **state)
{
	struct outbox_row row;
	int64_t id, person;

	(void)state;
	id = promise(&person);
	settle(id, &failed, NOW);
	assert_false(waits(id, &row));
	assert_int_equal(left.id, id);
	assert_int_equal(left.signature, person);
}

/* Five days and no longer. */
static void
test_given_up(void **state)
{
	struct outbox_row row;
	int64_t id, person, now = NOW;
	int attempts = 0;

	(void)state;
	id = promise(&person);
	while (attempts++ < 100 && waits(id, &row)) {
		now = row.due_at;
		assert_true(now <= NOW + OUTBOX_LIFE);
		settle(id, &deferred, now);
	}
	assert_in_range(attempts, 12, 20);
	assert_true(now > NOW + OUTBOX_LIFE - 2 * CLOCK_DAY);
}

/* ---- a clock that was ahead ------------------------------------------------ */

#define AHEAD (400 * CLOCK_DAY)

static void
test_clock_back(void **state)
{
	static const struct {
		enum outbox_class class;
		int64_t created, due;           /* after NOW */
		int attempts;
		int64_t waits;                  /* it then does, at most */
	} cases[] = {
		/* by the right clock */
		{ OUTBOX_REQUEST, -60, 5 * CLOCK_DAY, 0, 5 * CLOCK_DAY },
		{ OUTBOX_ANSWER, -60, -60, 0, -60 },
		{ OUTBOX_ANSWER, -60, 3600, 5, 3600 },
		/* promised by the wrong one */
		{ OUTBOX_REQUEST, AHEAD, AHEAD + 7200, 0, 7200 },
		{ OUTBOX_ANSWER, AHEAD, AHEAD, 0, 0 },
		{ OUTBOX_ANSWER, AHEAD, AHEAD + 600, 3, 600 },
		{ OUTBOX_BULK, 2 * CLOCK_DAY, 2 * CLOCK_DAY + 60, 1, 60 },
		/* put off by it */
		{ OUTBOX_ANSWER, -60, AHEAD + 60, 1, CLOCK_DAY },
		{ OUTBOX_REQUEST, -60, AHEAD + 3600, 0, 7 * CLOCK_DAY },
		{ OUTBOX_REQUEST, -60, AHEAD + 60, 1, CLOCK_DAY },
	};
	int64_t ids[sizeof cases / sizeof cases[0]], changed, time;
	unsigned char key[STORE_HASH] = "budget";
	struct outbox_row row;
	size_t i;

	(void)state;
	assert_int_equal(store_begin(store), OK);
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct outbox_row add = { .class = cases[i].class,
		    .kind = "receipt", .language = "en",
		    .created_at = NOW + cases[i].created,
		    .due_at = NOW + cases[i].due,
		    .attempts = cases[i].attempts };

		assert_int_equal(store_outbox_add(store, &add), OK);
		ids[i] = add.id;
	}
	assert_int_equal(store_budget_set(store, key, (NOW + AHEAD + 90) * 1000),
	    OK);
	assert_int_equal(store_clock_back(store, NOW, AHEAD, 7 * CLOCK_DAY,
	    OUTBOX_PAUSE, &changed), OK);
	assert_true(changed >= 8);
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(store_outbox_get(store, arena, ids[i], &row),
		    OK);
		if (row.due_at != NOW + cases[i].waits || row.created_at > NOW)
			fail_msg("case %zu: due %lld, made %lld", i,
			    (long long)(row.due_at - NOW),
			    (long long)(row.created_at - NOW));
		assert_int_equal(store_outbox_remove(store, ids[i]), OK);
	}
	assert_int_equal(store_budget_get(store, key, &time), OK);
	assert_true(time == (NOW + 90) * 1000);
	assert_int_equal(store_commit(store), OK);
}

/* A domain's share of updates and its rest, through the same. */
static void
test_domain_clock(void **state)
{
	static struct config config = { .limits = {
	    .updates_per_domain_hour = 60, .updates_per_hour = 60 } };
	unsigned char key[STORE_HASH];
	struct domains *d = domains_new(store, keys, &config);
	int64_t due, changed;
	size_t room;

	(void)state;
	assert_int_equal(store_begin(store), OK);
	domains_key(d, "ada@example.org", key);
	assert_int_equal(domains_due(d, key, true, NOW, &due), OK);
	assert_int_equal(due, NOW);
	assert_int_equal(domains_due(d, key, true, NOW + AHEAD, &due), OK);
	assert_int_equal(domains_rest(d, key, NOW + AHEAD), OK);
	assert_int_equal(domains_take(d, 1, NOW + AHEAD), OK);
	/* before the store is pulled back, and after */
	assert_int_equal(domains_due(d, key, true, NOW + 1, &due), OK);
	assert_int_equal(store_clock_back(store, NOW + 2, AHEAD, 7 * CLOCK_DAY,
	    OUTBOX_PAUSE, &changed), OK);
	assert_int_equal(domains_due(d, key, false, NOW + 3, &due), OK);
	assert_true(due <= NOW + 70);
	assert_int_equal(domains_due(d, key, true, NOW + 120, &due), OK);
	assert_true(due <= NOW + 180);
	assert_int_equal(domains_room(d, NOW + 180, &room), OK);
	assert_int_equal(room, 1);
	assert_int_equal(store_commit(store), OK);
	domains_free(&d);
}

/* ---- whose row loses its address ------------------------------------------- */

/* Does the payload of an entry hold TEXT? */
static bool
payload_has(int64_t id, const char *text)
{
	struct buf plain = BUF_INIT;
	struct outbox_row row;
	struct seal_place at;
	bool has = false;

	assert_true(waits(id, &row));
	if (row.payload.len > 0) {
		at = (struct seal_place){ .key = KEY_SEAL_OUTBOX,
		    .campaign = row.campaign, .row = row.serial,
		    .row_len = sizeof row.serial };
		assert_int_equal(seal_open(keys, &at, row.payload.data,
		    row.payload.len, &plain), OK);
		has = memmem(plain.data, plain.len, text, strlen(text)) != NULL;
	}
	buf_free(&plain);
	return has;
}

static int64_t
promise_more(const struct promise *p)
{
	struct outbox_row row;
	int64_t last = 0;
	size_t n = 1;

	assert_int_equal(outbox_promise(store, keys, p, NOW), OK);
	while (n == 1) {
		assert_int_equal(store_outbox_of(store, arena, p->signature, last,
		    &row, 1, &n), OK);
		last = n == 1 ? row.id : last;
	}
	return last;
}

/* Her row loses its address: what waits for her still knows it, each entry of
 * however many, but what is about updates, or goes to somebody else. */
static void
test_keeps_address(void **state)
{
	struct promise p = { .class = OUTBOX_ANSWER, .kind = "status",
	    .language = "en", .due_at = NOW, .in_reply_to = "<asked@example.net>",
	    .extra = { { "flag", "waved" } } };
	int64_t id[10], person, warning, forward;
	size_t i;

	(void)state;
	id[0] = promise(&person);
	p.signature = person;
	assert_int_equal(store_begin(store), OK);
	for (i = 1; i < 10; i++)
		id[i] = promise_more(&p);
	warning = promise_more(&(struct promise){ .signature = person,
	    .class = OUTBOX_BULK, .kind = "warning", .language = "en",
	    .due_at = NOW });
	forward = promise_more(&(struct promise){ .signature = person,
	    .class = OUTBOX_ANSWER, .kind = "forward", .language = "en",
	    .to = "contact@example.org", .due_at = NOW });
	assert_int_equal(outbox_keep_address(store, keys, arena, person,
	    "ada@example.net"), OK);
	assert_int_equal(store_commit(store), OK);
	for (i = 0; i < 10; i++)
		assert_true(payload_has(id[i], "ada@example.net"));
	assert_true(payload_has(id[9], "<asked@example.net>"));
	assert_true(payload_has(id[9], "waved"));
	assert_false(payload_has(warning, "ada@example.net"));
	assert_false(payload_has(forward, "ada@example.net"));
	assert_true(payload_has(forward, "contact@example.org"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_settled),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_given_up),
		cmocka_unit_test(test_clock_back),
		cmocka_unit_test(test_domain_clock),
		cmocka_unit_test(test_keeps_address),
	};

	return cmocka_run_group_tests_name("outbox", tests, set_up, tear_down);
}
