/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/arena.h"
#include "store/query.h"
#include "store/tally.h"

#include "tests/unit/check.h"

static char dir[64];
static struct store *s;
static struct arena *arena;
static int64_t here, there;             /* two campaigns */

static int
setup(void **state)
{
	struct reason why;

	(void)state;
	(void)snprintf(dir, sizeof dir, "/tmp/tally_rows.XXXXXX");
	if (mkdtemp(dir) == NULL || chmod(dir, 0700) != 0)
		return -1;
	arena = arena_new();
	return store_open(&s, dir, STORE_CREATE, &why) == OK &&
	    store_begin(s) == OK &&
	    store_campaign_add(s, "parks", &here) == OK &&
	    store_campaign_add(s, "trees", &there) == OK ? 0 : -1;
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

static int64_t
add_leaf(int64_t campaign, int64_t signature)
{
	struct leaf leaf = { .campaign = campaign, .signature = signature,
	    .entry = -1, .back_entry = -1, .committed = true,
	    .opening = { "sealed", 6 } };

	memset(leaf.commitment, (int)signature, sizeof leaf.commitment);
	assert_int_equal(store_leaf_add(s, &leaf), OK);
	return leaf.id;
}

static struct leaf
leaf_of(int64_t id)
{
	struct leaf leaf = { .id = 0 };

	assert_int_equal(store_leaf_get(s, arena, id, &leaf), OK);
	return leaf;
}

static void
take_back(int64_t id, enum leaf_back why)
{
	struct leaf leaf = leaf_of(id);

	leaf.back = why;
	assert_int_equal(store_leaf_put(s, &leaf), OK);
}

/* ---- leaves ---------------------------------------------------------------- */

static void
leaf_is_kept(void **state)
{
	struct leaf a, b;
	int64_t id = add_leaf(here, 7);

	(void)state;
	a = leaf_of(id);
	assert_int_equal(a.campaign, here);
	assert_int_equal(a.signature, 7);
	assert_int_equal(a.entry, -1);
	assert_true(a.committed);
	assert_int_equal(a.commitment[31], 7);
	assert_int_equal(a.opening.len, 6);
	assert_false(a.wanted);
	a.signature = 0;
	a.opening = (struct blob){ NULL, 0 };
	a.wanted = true;
	a.back = LEAF_FRAUD;
	a.batch = 3;
	a.back_entry = 12;
	assert_int_equal(store_leaf_put(s, &a), OK);
	b = leaf_of(id);
	assert_int_equal(b.signature, 0);
	assert_int_equal(b.opening.len, 0);
	assert_true(b.wanted);
	assert_int_equal(b.back, LEAF_FRAUD);
	assert_int_equal(b.batch, 3);
	assert_int_equal(b.back_entry, 12);
	assert_true(b.committed);
	b.id = id + 1;
	assert_int_equal(store_leaf_put(s, &b), NOT_FOUND);
	assert_int_equal(store_leaf_get(s, arena, id + 1, &b), NOT_FOUND);
}

/* Its commitment stands in the log from then on. */
static void
entered(void **state)
{
	int64_t id = add_leaf(here, 7);

	(void)state;
	assert_int_equal(store_leaf_entered(s, id, 41), OK);
	assert_int_equal(leaf_of(id).entry, 41);
	assert_false(leaf_of(id).committed);
	assert_int_equal(leaf_of(id).opening.len, 6);
	assert_int_equal(store_leaf_entered(s, id + 1, 42), NOT_FOUND);
}

/* S9: also when the last one is gone, and after a rollback. */
static void
ids_grow(void **state)
{
	int64_t a = add_leaf(here, 1), b = add_leaf(here, 2), last;

	(void)state;
	assert_int_equal(b, a + 1);
	assert_int_equal(store_leaf_remove(s, b), OK);
	assert_int_equal(store_commit(s), OK);
	assert_int_equal(store_leaf_last(s, &last), OK);
	assert_int_equal(last, b);
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(add_leaf(there, 3), b + 1);
}

static void
waiting(void **state)
{
	int64_t id[4], in, back;
	struct leaf rows[4];
	size_t count;

	(void)state;
	id[0] = add_leaf(here, 1);
	id[1] = add_leaf(there, 2);
	id[2] = add_leaf(here, 3);
	id[3] = add_leaf(here, 4);
	assert_int_equal(store_leaf_list(s, arena, here, 0, rows, 4, &count),
	    OK);
	assert_int_equal(count, 3);
	assert_int_equal(rows[0].id, id[0]);
	assert_int_equal(rows[1].id, id[2]);
	assert_int_equal(store_leaf_list(s, arena, here, id[0], rows, 1,
	    &count), OK);
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].id, id[2]);
	assert_int_equal(store_leaf_waiting(s, here, id[0], &in, &back), OK);
	assert_int_equal(in, 2);
	assert_int_equal(back, 0);
	assert_int_equal(store_leaf_waiting(s, there, id[1], &in, &back), OK);
	assert_int_equal(in, 0);
}

/* Only what is in can be taken back; and once. */
static void
backs(void **state)
{
	int64_t a = add_leaf(here, 1), b = add_leaf(here, 2), in, back;
	struct leaf rows[4], leaf;
	size_t count;

	(void)state;
	take_back(a, LEAF_WITHDRAWN);
	take_back(b, LEAF_ERASED);
	take_back(add_leaf(there, 3), LEAF_ERASED);
	assert_int_equal(store_leaf_entered(s, b, 0), OK);
	assert_int_equal(store_leaf_backs(s, arena, here, rows, 4, &count), OK);
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].id, b);
	assert_int_equal(store_leaf_waiting(s, here, 0, &in, &back), OK);
	assert_int_equal(back, 2);
	leaf = leaf_of(b);
	leaf.back_entry = 5;
	assert_int_equal(store_leaf_put(s, &leaf), OK);
	assert_int_equal(store_leaf_backs(s, arena, here, rows, 4, &count), OK);
	assert_int_equal(count, 0);
}

static int64_t
number(const char *sql)
{
	int64_t n = -1;

	assert_int_equal(store_pragma_int(s->db, sql, &n), SQLITE_OK);
	return n;
}

/* A confirmation must cost one row at the end of one table. */
static void
no_index_in_the_way(void **state)
{
	(void)state;
	assert_int_equal(number("SELECT count(*) FROM sqlite_master WHERE "
	    "type = 'index' AND tbl_name = 'leaf'"), 1);
	assert_int_equal(number("SELECT count(*) FROM sqlite_master WHERE "
	    "type = 'index' AND tbl_name = 'leaf' AND sql LIKE "
	    "'%WHERE back > 0 AND back_entry < 0'"), 1);
	assert_int_equal(number("SELECT count(*) FROM sqlite_master WHERE "
	    "type = 'trigger' AND tbl_name = 'leaf'"), 0);
}

/* ---- the log ------------------------------------------------------------------ */

static void
log_is_kept(void **state)
{
	struct tally t = { .campaign = here, .origin = "example.org/parks",
	    .seed = { "seed", 4 } }, got;

	(void)state;
	memset(t.public, 9, sizeof t.public);
	assert_int_equal(store_tally_get(s, arena, here, &got), NOT_FOUND);
	assert_int_equal(store_tally_put(s, &t), NOT_FOUND);
	assert_int_equal(store_tally_add(s, &t), OK);
	assert_int_equal(store_tally_add(s, &t), EXISTS);
	t.size = 1000;
	t.counted = 900;
	t.taken = 2000;
	t.filled = -1;
	t.batch_at = 1795000000;
	t.stopped = TALLY_BEHIND;
	t.origin = "other";             /* is for good */
	assert_int_equal(store_tally_put(s, &t), OK);
	assert_int_equal(store_tally_get(s, arena, here, &got), OK);
	assert_string_equal(got.origin, "example.org/parks");
	assert_memory_equal(got.public, t.public, sizeof t.public);
	assert_int_equal(got.seed.len, 4);
	assert_int_equal(got.size, 1000);
	assert_int_equal(got.counted, 900);
	assert_int_equal(got.taken, 2000);
	assert_int_equal(got.filled, -1);
	assert_int_equal(got.batch_at, 1795000000);
	assert_int_equal(got.stopped, TALLY_BEHIND);
}

static void
tiles(void **state)
{
	struct blob data;

	(void)state;
	assert_int_equal(store_tile_put(s, here, 0, 0, "abc", 3), OK);
	assert_int_equal(store_tile_put(s, here, TALLY_ENTRIES, 0, "e", 1), OK);
	assert_int_equal(store_tile_put(s, there, 0, 0, "t", 1), OK);
	assert_int_equal(store_tile_put(s, here, 0, 0, "abcdef", 6), OK);
	assert_int_equal(store_tile_get(s, arena, here, 0, 0, &data), OK);
	assert_int_equal(data.len, 6);
	assert_memory_equal(data.data, "abcdef", 6);
	assert_int_equal(store_tile_get(s, arena, here, TALLY_ENTRIES, 0,
	    &data), OK);
	assert_int_equal(data.len, 1);
	assert_int_equal(store_tile_get(s, arena, here, 0, 1, &data), NOT_FOUND);
	assert_int_equal(data.len, 0);
}

static void
signed_once(void **state)
{
	struct tally_signed a = { .size = 10, .counted = 9, .at = 100 };
	struct tally_signed b = { .size = 20, .counted = 18, .at = 200 }, got;

	(void)state;
	memset(a.root, 1, sizeof a.root);
	memset(a.signature, 2, sizeof a.signature);
	assert_int_equal(store_signed_of(s, here, -1, &got), NOT_FOUND);
	assert_int_equal(store_signed_add(s, here, &b), OK);
	assert_int_equal(store_signed_add(s, here, &a), OK);
	assert_int_equal(store_signed_add(s, here, &a), EXISTS);
	assert_int_equal(store_signed_of(s, here, -1, &got), OK);
	assert_int_equal(got.size, 20);
	assert_int_equal(got.at, 200);
	assert_int_equal(store_signed_of(s, here, 10, &got), OK);
	assert_int_equal(got.counted, 9);
	assert_memory_equal(got.root, a.root, sizeof a.root);
	assert_memory_equal(got.signature, a.signature, sizeof a.signature);
	assert_int_equal(store_signed_of(s, there, -1, &got), NOT_FOUND);
}

/* ---- witnesses ------------------------------------------------------------------ */

static void
cosign(int64_t size, int64_t witness, const char *line)
{
	struct tally_cosignature c = { size, witness, size * 10, "key", line };

	assert_int_equal(store_cosignature_put(s, here, &c), OK);
}

static void
cosignatures(void **state)
{
	struct tally_cosignature *rows;
	size_t count;
	int64_t size;

	(void)state;
	assert_int_equal(store_cosigned(s, here, 0, &size), OK);
	assert_int_equal(size, 0);
	cosign(10, 1, "a");
	cosign(10, 2, "b");
	cosign(20, 2, "c");
	cosign(20, 1, "d");
	cosign(30, 1, "e");
	cosign(30, 1, "f");             /* in place of e */
	assert_int_equal(store_cosignatures(s, arena, here, 30, &rows, &count),
	    OK);
	assert_int_equal(count, 1);
	assert_string_equal(rows[0].line, "f");
	assert_int_equal(store_cosignatures(s, arena, here, 20, &rows, &count),
	    OK);
	assert_int_equal(count, 2);
	assert_int_equal(rows[0].witness, 1);
	assert_string_equal(rows[1].line, "c");
	assert_string_equal(rows[1].key, "key");
	assert_int_equal(store_cosignatures(s, arena, here, -1, &rows, &count),
	    OK);
	assert_int_equal(count, 5);
	assert_int_equal(rows[2].size, 20);
	assert_int_equal(rows[4].size, 30);
	assert_int_equal(store_cosigned(s, here, 2, &size), OK);
	assert_int_equal(size, 20);
	assert_int_equal(store_cosigned(s, here, 0, &size), OK);
	assert_int_equal(size, 30);
}

static void
witnesses(void **state)
{
	struct tally_witness a = { .campaign = here, .name = "nordic" };
	struct tally_witness b = { .campaign = here, .name = "pamir" }, got;

	(void)state;
	assert_int_equal(store_witness_add(s, &a), OK);
	assert_int_equal(store_witness_add(s, &b), OK);
	assert_int_not_equal(a.id, b.id);
	assert_int_equal(store_witness_find(s, arena, here, "pamir", &got), OK);
	assert_int_equal(got.id, b.id);
	assert_int_equal(store_witness_find(s, arena, there, "pamir", &got),
	    NOT_FOUND);
	assert_int_equal(store_witness_asked(s, b.id, 30, 20000), OK);
	assert_int_equal(store_witness_get(s, arena, b.id, &got), OK);
	assert_int_equal(got.asked_size, 30);
	assert_int_equal(got.asked_day, 20000);
	assert_string_equal(got.name, "pamir");
}

/* ---- texts, batches, signatures ---------------------------------------------------- */

static void
texts(void **state)
{
	struct tally_text a = { .language = "en", .body = { "text", 4 } };
	struct tally_text b = a, c = a, got, *all;
	size_t count;

	(void)state;
	memset(a.hash, 1, sizeof a.hash);
	memset(b.hash, 1, sizeof b.hash);
	memset(c.hash, 2, sizeof c.hash);
	assert_int_equal(store_text_add(s, here, &a), OK);
	assert_int_equal(store_text_add(s, here, &b), OK);
	assert_int_equal(a.id, b.id);
	assert_int_equal(store_text_add(s, here, &c), OK);
	assert_int_not_equal(a.id, c.id);
	assert_int_equal(store_text_get(s, arena, here, c.id, true, &got), OK);
	assert_int_equal(got.body.len, 4);
	assert_int_equal(got.hash[0], 2);
	assert_int_equal(store_text_get(s, arena, here, c.id, false, &got), OK);
	assert_int_equal(got.body.len, 0);
	assert_int_equal(store_text_get(s, arena, there, c.id, true, &got),
	    NOT_FOUND);
	assert_int_equal(store_texts(s, arena, here, &all, &count), OK);
	assert_int_equal(count, 2);
	assert_string_equal(all[0].language, "en");
}

static void
batches(void **state)
{
	struct tally_batch a = { .day = 20000, .reason = "one source" }, b = a;
	struct tally_batch *all;
	size_t count;

	(void)state;
	assert_int_equal(store_batch_add(s, here, &a), OK);
	assert_int_equal(store_batch_add(s, here, &b), OK);
	assert_int_equal(a.number, 1);
	assert_int_equal(b.number, 2);
	assert_int_equal(store_batch_entered(s, here, 1, 77), OK);
	assert_int_equal(store_batch_entered(s, here, 3, 78), NOT_FOUND);
	assert_int_equal(store_batch_counted(s, here, 2), OK);
	assert_int_equal(store_batches(s, arena, here, &all, &count), OK);
	assert_int_equal(all[0].entry, 77);
	assert_int_equal(all[1].entry, -1);
	assert_int_equal(count, 2);
	assert_int_equal(all[0].count, 0);
	assert_int_equal(all[1].count, 1);
	assert_string_equal(all[0].reason, "one source");
}

static void
signatures_know_their_leaf(void **state)
{
	struct signature sig = { .campaign = here, .state = SIGNATURE_CONFIRMED,
	    .country = "TJ", .language = "tg", .source = "", .leaf = 4,
	    .text = 5 }, got;

	(void)state;
	assert_int_equal(store_signature_add(s, &sig), OK);
	assert_int_equal(store_signature_get(s, arena, sig.id, &got), OK);
	assert_int_equal(got.leaf, 4);
	assert_int_equal(got.text, 5);
	got.leaf = 0;
	got.text = 6;
	assert_int_equal(store_signature_put(s, &got), OK);
	assert_int_equal(store_signature_get(s, arena, sig.id, &sig), OK);
	assert_int_equal(sig.leaf, 0);
	assert_int_equal(sig.text, 6);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(leaf_is_kept), T(entered), T(ids_grow), T(waiting), T(backs),
		T(no_index_in_the_way), T(log_is_kept), T(tiles),
		T(signed_once), T(cosignatures), T(witnesses), T(texts),
		T(batches), T(signatures_know_their_leaf),
	};

	return cmocka_run_group_tests_name("tally_rows", tests, NULL, NULL);
}
