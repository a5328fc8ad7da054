/* batch.c - what waits goes into the log, and what is in it is signed
 * SPDX-License-Identifier: ISC
 */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "config/campaign.h"
#include "config/config.h"
#include "logbook/guard.h"
#include "logbook/log.h"
#include "logbook/tree.h"
#include "seal/keys.h"
#include "seal/sign.h"
#include "tally/entry.h"

/* In one transaction: a moment of the keeper's.  Among so many nobody is found
 * by when she came. */
#define BATCH_MAX 4096

_Static_assert(TALLY_HASH == COMMITMENT_BYTES, "a commitment is kept whole");

struct batch {
	struct logbook *book;
	const struct log *log;
	struct arena *arena;
	struct tally *tally;
	struct tree tree;
	struct tree_end end;
};

/* Less than N, each as likely as the other. */
static uint32_t
random_below(uint32_t n)
{
	uint32_t most = UINT32_MAX - UINT32_MAX % n, r;

	do
		seal_random(&r, sizeof r);
	while (r >= most);
	return r % n;
}

/* T4.  Numbers 0 to N - 1 in an order of chance. */
static uint32_t *
shuffled(struct arena *arena, size_t n)
{
	uint32_t *order = arena_alloc(arena, (n + 1) * sizeof *order), swap, j;
	uint32_t i;

	for (i = 0; i < n; i++)
		order[i] = i;
	for (i = (uint32_t)n; i > 1; i--) {
		j = random_below(i);
		swap = order[i - 1];
		order[i - 1] = order[j];
		order[j] = swap;
	}
	return order;
}

/* ---- entries ---------------------------------------------------------------------- */

/* *INDEX_OUT: where it stands. */
static enum status
append(struct batch *b, const struct entry *e, int64_t *index_out)
{
	struct buf text = BUF_INIT;
	enum status st = entry_add(&text, e);

	*index_out = (int64_t)b->end.front.size;
	if (st == OK)
		st = tree_add(&b->end, text.data, text.len);
	buf_free(&text);
	return st;
}

/* In the order of ids, which is the order of the table. */
static enum status
note_entered(struct batch *b, struct leaf *leaves, size_t count)
{
	enum status st = OK;
	size_t i;

	for (i = 0; st == OK && i < count; i++) {
		if (leaves[i].entry < 0)
			continue;
		/* Of whom nobody knows any more no row is kept. */
		st = leaves[i].signature == 0 && leaves[i].back == LEAF_STAYS ?
		    store_leaf_remove(b->book->with.store, leaves[i].id) :
		    store_leaf_entered(b->book->with.store, leaves[i].id,
		    leaves[i].entry);
	}
	return st;
}

/* T1, T2: all that wait, whatever was decided of them since. */
static enum status
append_signs(struct batch *b)
{
	struct leaf *leaves = arena_alloc(b->arena, BATCH_MAX * sizeof *leaves);
	uint32_t *order;
	size_t count, i;
	enum status st = store_leaf_list(b->book->with.store, b->arena,
	    b->log->id, b->tally->taken, leaves, BATCH_MAX, &count);

	if (st != OK || count == 0)
		return st;
	order = shuffled(b->arena, count);
	for (i = 0; st == OK && i < count; i++) {
		struct leaf *leaf = &leaves[order[i]];
		struct entry e = { .kind = ENTRY_SIGN };

		if (!leaf->committed || leaf->entry >= 0) {
			log_warnx("campaign=%s tally=damaged leaf=%lld has no "
			    "commitment", b->log->campaign->slug,
			    (long long)leaf->id);
			continue;
		}
		memcpy(e.commitment, leaf->commitment, sizeof e.commitment);
		st = append(b, &e, &leaf->entry);
		b->tally->counted++;
	}
	if (st == OK)
		st = note_entered(b, leaves, count);
	b->tally->taken = leaves[count - 1].id;
	return st;
}

/* What staff took out is named in the log before it is taken back. */
static enum status
append_batches(struct batch *b)
{
	struct store *store = b->book->with.store;
	struct tally_batch *all;
	size_t count, i;
	int64_t index;
	enum status st = store_batches(store, b->arena, b->log->id, &all, &count);

	for (i = 0; st == OK && i < count; i++) {
		struct entry e = { .kind = ENTRY_BATCH,
		    .batch = (uint64_t)all[i].number, .day = all[i].day };

		if (all[i].entry >= 0)
			continue;
		(void)strncpy(e.words, all[i].reason, sizeof e.words - 1);
		st = append(b, &e, &index);
		if (st == OK)
			st = store_batch_entered(store, b->log->id,
			    all[i].number, index);
	}
	return st;
}

static enum entry_reason
reason_of(enum leaf_back back)
{
	static const enum entry_reason reasons[LEAF_BACKS] = {
		[LEAF_WITHDRAWN] = BACK_WITHDRAWN,
		[LEAF_DUPLICATE] = BACK_DUPLICATE,
		[LEAF_UNREACHABLE] = BACK_UNREACHABLE,
		[LEAF_ERASED] = BACK_ERASED, [LEAF_FRAUD] = BACK_FRAUD,
	};

	return reasons[back];
}

static enum status
append_back(struct batch *b, struct leaf *leaf)
{
	struct store *store = b->book->with.store;
	struct entry e = { .kind = ENTRY_BACK, .index = (uint64_t)leaf->entry,
	    .reason = reason_of(leaf->back) };
	enum status st;

	if (entry_has_batch(e.reason))
		e.batch = (uint64_t)leaf->batch;
	st = append(b, &e, &leaf->back_entry);
	b->tally->counted--;
	if (st == OK && entry_has_batch(e.reason))
		st = store_batch_counted(store, b->log->id, leaf->batch);
	if (st != OK)
		return st;
	/* Of her whom nobody knows any more nothing is left to be known. */
	return leaf->signature == 0 ? store_leaf_remove(store, leaf->id) :
	    store_leaf_put(store, leaf);
}

static enum status
append_backs(struct batch *b)
{
	struct leaf *leaves = arena_alloc(b->arena, BATCH_MAX * sizeof *leaves);
	uint32_t *order;
	size_t count, i;
	enum status st = store_leaf_backs(b->book->with.store, b->arena,
	    b->log->id, leaves, BATCH_MAX, &count);

	if (st != OK)
		return st;
	order = shuffled(b->arena, count);
	for (i = 0; st == OK && i < count; i++)
		st = append_back(b, &leaves[order[i]]);
	return st;
}

static enum status
append_all(struct batch *b)
{
	enum status st = append_signs(b);

	if (st == OK)
		st = append_batches(b);
	if (st == OK)
		st = append_backs(b);
	if (st == OK)
		st = tree_end_save(&b->end);
	return st;
}

enum status
batch_append(struct logbook *book, const struct log *log, struct arena *arena,
    struct tally *tally, int64_t now, uint64_t *appended_out)
{
	struct batch b = { .book = book, .log = log, .arena = arena,
	    .tally = tally };
	uint64_t before = (uint64_t)tally->size;
	int64_t taken = tally->taken;
	enum status st;

	*appended_out = 0;
	tree_open(&b.tree, book->with.store, log->id, before);
	st = tree_end_open(&b.end, &b.tree);
	if (st == OK)
		st = append_all(&b);
	if (st == OK)
		*appended_out = b.end.front.size - before;
	tally->size = (int64_t)b.end.front.size;
	tree_end_close(&b.end);
	tree_close(&b.tree);
	if (st != OK || (*appended_out == 0 && tally->taken == taken))
		return st;
	tally->batch_at = now;
	return store_tally_put(book->with.store, tally);
}

/* ---- the checkpoint ------------------------------------------------------------------- */

static enum status
store_checkpoint_of(struct store *store, int64_t campaign,
    const struct checkpoint *c, int64_t now)
{
	struct tally_signed row = { .size = (int64_t)c->size,
	    .counted = (int64_t)c->counted, .at = now };

	memcpy(row.root, c->root.bytes, sizeof row.root);
	memcpy(row.signature, c->signature, sizeof row.signature);
	return store_signed_add(store, campaign, &row);
}

enum status
batch_sign(struct logbook *book, const struct log *log, struct arena *arena,
    const struct tally *t, int64_t now)
{
	struct checkpoint c = { .size = (uint64_t)t->size,
	    .counted = (uint64_t)t->counted };
	struct reason why = { "" };
	struct tree tree;
	enum status st;

	(void)arena;
	memcpy(c.origin, log->key.name, sizeof c.origin);
	tree_open(&tree, book->with.store, log->id, c.size);
	st = tree_root(&tree, c.size, &c.root);
	tree_close(&tree);
	if (st != OK)
		return st;
	checkpoint_sign(&c, log->pair);
	/* T3: the guard, then the database, then the world. */
	st = guard_write(book->with.config->state_dir, log->campaign->slug,
	    &log->key, &c, &why);
	if (st != OK) {
		log_warnx("campaign=%s tally=waits %s", log->campaign->slug,
		    why.text);
		return st;
	}
	log_info("campaign=%s tally=signed size=%lld counted=%lld",
	    log->campaign->slug, (long long)t->size, (long long)t->counted);
	return store_checkpoint_of(book->with.store, log->id, &c, now);
}
