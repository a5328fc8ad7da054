/* logbook.h - a server with a log, for logbook_test and recover_test */
#ifndef TESTS_LOGBOOK_H
#define TESTS_LOGBOOK_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "config/campaign.h"
#include "config/config.h"
#include "logbook/cosign.h"
#include "logbook/guard.h"
#include "logbook/leaf.h"
#include "logbook/logbook.h"
#include "logbook/proof.h"
#include "logbook/tree.h"
#include "seal/keys.h"
#include "seal/sha256.h"
#include "seal/sign.h"
#include "store/store.h"
#include "store/tally.h"
#include "tally/cosignature.h"
#include "tally/entry.h"
#include "tally/promise.h"
#include "tally/receipt.h"

#include "tests/unit/check.h"

#define DOMAIN "petitions.example.org"
#define SLUG "manuchehr"
#define PERIOD 3600

static char dir[64];
static struct config config;
static char domain[] = DOMAIN;
static struct campaigns *campaigns;
static struct keys *keys;
static struct store *store;
static struct arena *arena;
static struct logbook *book;
static int64_t campaign, now;

/* ---- a server of its own for every test ------------------------------------ */

static inline const char *
in_dir(const char *name)
{
	static char path[4][128];
	static int turn;
	char *p = path[turn++ % 4];

	(void)snprintf(p, sizeof path[0], "%s/%s", dir, name);
	return p;
}

static inline enum status
open_book(const struct keys *with)
{
	struct logbook_setup setup = { store, with, &config };
	enum status st;

	book = logbook_new(&setup);
	assert_int_equal(store_begin(store), OK);
	st = store_campaign_add(store, SLUG, &campaign);
	assert_true(st == OK || st == EXISTS);
	st = logbook_set_campaigns(book, campaigns, &campaign);
	if (st == OK)
		assert_int_equal(store_commit(store), OK);
	else
		store_rollback(store);
	logbook_settle(book, st == OK);
	return st;
}

static inline void
open_store(void)
{
	struct reason why = { "" };

	if (store_open(&store, dir, STORE_CREATE, &why) != OK)
		fail_msg("%s", why.text);
}

/* As after a crash: what was not committed is lost, what was in memory too. */
static inline void
restart(void)
{
	logbook_free(&book);
	store_close(&store);
	open_store();
	assert_int_equal(open_book(keys), OK);
}

static inline int
setup(void **state)
{
	static const unsigned char master[KEY_BYTES] = "a master key of 32 octets......";
	struct reason why = { "" };

	(void)state;
	(void)snprintf(dir, sizeof dir, "/tmp/logbook_test.XXXXXX");
	if (mkdtemp(dir) == NULL || chmod(dir, 0700) != 0)
		return -1;
	seal_init();
	config.state_dir = dir;
	config.mail_domain = domain;
	arena = arena_new();
	if (campaigns_load(&campaigns, SOURCE_DIR "/contrib/example", 0, &why) !=
	    OK || keys_from_master(&keys, master, &why) != OK) {
		print_error("%s\n", why.text);
		return -1;
	}
	now = clock_now();
	open_store();
	assert_int_equal(open_book(keys), OK);
	return 0;
}

static inline int
teardown(void **state)
{
	static const char *const names[] = { "undersigned.db",
		"undersigned.db-wal", "undersigned.db-shm", "database.made",
		"copy", "guard",
		"tally-" SLUG ".checkpoint" };
	size_t i;

	(void)state;
	logbook_free(&book);
	store_close(&store);
	campaigns_free(&campaigns);
	keys_free(&keys);
	arena_free(&arena);
	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		(void)unlink(in_dir(names[i]));
	return rmdir(dir);
}

/* ---- people ------------------------------------------------------------------ */

static inline struct signature
signature_of(int64_t id)
{
	struct signature sig;

	assert_int_equal(store_signature_get(store, arena, id, &sig), OK);
	return sig;
}

static inline const char *
address_of(int64_t id)
{
	return arena_printf(arena, "person%lld@example.net", (long long)id);
}

static inline int64_t
confirm(void)
{
	struct signature sig = { .campaign = campaign,
	    .state = SIGNATURE_CONFIRMED, .country = "TJ", .language = "tg",
	    .source = "", .confirmed_day = clock_day(now) };

	assert_int_equal(store_begin(store), OK);
	seal_random(sig.key, sizeof sig.key);
	sig.text = logbook_text(book, campaign, "tg")->id;
	assert_int_equal(store_signature_add(store, &sig), OK);
	assert_int_equal(leaf_confirmed(book, arena, &sig, address_of(sig.id)),
	    OK);
	assert_int_not_equal(sig.leaf, 0);
	assert_int_equal(store_signature_put(store, &sig), OK);
	assert_int_equal(store_commit(store), OK);
	return sig.id;
}

static inline void
take_back(int64_t id, enum leaf_back why, int64_t batch)
{
	struct signature sig = signature_of(id);

	assert_int_equal(store_begin(store), OK);
	assert_int_equal(leaf_take_back(store, arena, &sig, why, batch), OK);
	assert_int_equal(store_signature_put(store, &sig), OK);
	assert_int_equal(store_commit(store), OK);
}

static inline void
counts_again(int64_t id)
{
	struct signature sig = signature_of(id);

	assert_int_equal(store_begin(store), OK);
	assert_int_equal(leaf_again(store, arena, &sig), OK);
	assert_int_equal(store_signature_put(store, &sig), OK);
	assert_int_equal(store_commit(store), OK);
}

static inline int64_t
add_batch(const char *reason)
{
	struct tally_batch batch = { .day = 20000, .reason = reason };

	assert_int_equal(store_begin(store), OK);
	assert_int_equal(store_batch_add(store, campaign, &batch), OK);
	assert_int_equal(store_commit(store), OK);
	return batch.number;
}

/* ---- time -------------------------------------------------------------------- */

static inline enum status
one_step(bool commits)
{
	enum status st;

	assert_int_equal(store_begin(store), OK);
	st = logbook_step(book, arena, now);
	if (commits && (st == OK || st == AGAIN))
		assert_int_equal(store_commit(store), OK);
	else
		store_rollback(store);
	return st;
}

static inline void
all_steps(void)
{
	enum status st;

	do
		st = one_step(true);
	while (st == AGAIN);
	assert_int_equal(st, OK);
}

static inline void
next_hour(void)
{
	now = now - now % PERIOD + PERIOD;
	all_steps();
}

/* ---- the log, read by somebody else ------------------------------------------- */

static inline struct tally
row(void)
{
	struct tally t;

	assert_int_equal(store_tally_get(store, arena, campaign, &t), OK);
	return t;
}

static inline struct tally_signed
newest(void)
{
	struct tally_signed s = { .size = -1 };
	enum status st = store_signed_of(store, campaign, -1, &s);

	assert_true(st == OK || st == NOT_FOUND);
	return s;
}

static inline struct entry
entry_at(uint64_t index)
{
	struct buf text = BUF_INIT;
	struct entry e;
	struct tree tree;

	tree_open(&tree, store, campaign, (uint64_t)row().size);
	assert_int_equal(tree_entry(&tree, index, &text), OK);
	assert_int_equal(entry_parse(&e, text.data, text.len), OK);
	tree_close(&tree);
	buf_free(&text);
	return e;
}

/* RFC 6962, section 2.1, as it is written there. */
static inline void
mth(struct tree *tree, uint64_t from, uint64_t n, unsigned char out[32])
{
	struct buf text = BUF_INIT;
	unsigned char two[65] = { 1 };
	uint64_t k = 1;

	if (n == 0) {
		seal_sha256("", 0, out);
		return;
	}
	if (n == 1) {
		buf_addch(&text, '\0');
		assert_int_equal(tree_entry(tree, from, &text), OK);
		seal_sha256(text.data, text.len, out);
		buf_free(&text);
		return;
	}
	while (k * 2 < n)
		k *= 2;
	mth(tree, from, k, two + 1);
	mth(tree, from + k, n - k, two + 33);
	seal_sha256(two, sizeof two, out);
}

/* What was signed last is what is there, and the guard says the same. */
static inline void
check_log(void)
{
	struct tally t = row();
	struct tally_signed s = newest();
	struct checkpoint c, guard;
	unsigned char root[32];
	struct vkey key;
	struct tree tree;

	assert_int_equal(s.size, t.size);
	assert_int_equal(s.counted, t.counted);
	tree_open(&tree, store, campaign, (uint64_t)t.size);
	mth(&tree, 0, (uint64_t)t.size, root);
	tree_close(&tree);
	assert_memory_equal(root, s.root, 32);
	assert_int_equal(logbook_vkey(&t, &key), OK);
	assert_int_equal(guard_read(dir, SLUG, &key, &guard, NULL), OK);
	assert_int_equal(guard.size, (uint64_t)s.size);
	assert_memory_equal(guard.root.bytes, s.root, 32);
	c = guard;
	assert_memory_equal(c.signature, s.signature, sizeof s.signature);
	assert_int_equal(checkpoint_check(&c, &key), OK);
}

/* ---- old copies --------------------------------------------------------------- */

static inline void
keep_copy(void)
{
	struct reason why = { "" };

	(void)unlink(in_dir("copy"));
	if (store_backup(store, in_dir("copy"), NULL, NULL, &why) != OK)
		fail_msg("%s", why.text);
}

static inline void
put_copy_back(void)
{
	struct reason why = { "" };

	logbook_free(&book);
	store_close(&store);
	(void)unlink(in_dir("undersigned.db"));
	(void)unlink(in_dir("undersigned.db-wal"));
	(void)unlink(in_dir("undersigned.db-shm"));
	if (store_restore(in_dir("copy"), dir, now, &why) != OK)
		fail_msg("%s", why.text);
	open_store();
	assert_int_equal(open_book(keys), OK);
}

static inline void
some_hours(int hours)
{
	while (hours-- > 0) {
		(void)confirm();
		(void)confirm();
		next_hour();
	}
}

#endif
