/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "logbook/uncounted.h"
#include "logbook/guard.h"
#include "logbook/logbook.h"
#include "logbook/recover.h"
#include "logbook/tree.h"
#include "tally/entry.h"
#include "tally/folder.h"

#define PAGE 1000               /* leaves read at once */

/* A leaf that is in no entry that stays. */
struct loose {
	unsigned char commitment[TALLY_HASH];
	int64_t id;
	bool placed;
};

/* A leaf that was taken back with a batch: it may stand again (audit.h, A1). */
struct freed {
	unsigned char commitment[TALLY_HASH];
	int64_t id;
	enum leaf_back back;            /* what it was to be taken back for here,
	                                   which is to be done when it does */
	int64_t batch;
};

struct work {
	const struct recover *how;
	struct arena *arena, *page;
	struct tree tree;
	struct tree_end end;
	struct tile_reader theirs;
	uint64_t mine, published, common;
	int64_t *owner;                 /* leaf of each entry of the log to be */
	struct loose *loose;
	size_t count, room;
	size_t known;                   /* of them, by commitment: with a leaf */
	struct freed *freed;
	size_t freed_count;
	struct uncounted_settling batches;  /* that are not in both logs */
	struct recovered *out;
	struct reason *why;
};

static int64_t
campaign_of(const struct work *w)
{
	return w->how->tally->campaign;
}

/* ---- how far the two logs are the same -------------------------------------------- */

static enum status
same_at(struct work *w, uint64_t size, bool *same_out)
{
	struct merkle_hash a, b;
	enum status st = tree_root(&w->tree, size, &a);

	if (st == OK)
		st = merkle_root_at(size, tile_node, &w->theirs, &b);
	*same_out = st == OK && memcmp(&a, &b, sizeof a) == 0;
	return st;
}

static enum status
find_common(struct work *w)
{
	uint64_t low = 0, high = w->mine < w->published ? w->mine :
	    w->published, middle;
	enum status st = OK;
	bool same;

	while (st == OK && low < high) {
		middle = low + (high - low + 1) / 2;
		st = same_at(w, middle, &same);
		if (same)
			low = middle;
		else
			high = middle - 1;
	}
	w->common = low;
	return st;
}

/* ---- what the database has besides --------------------------------------------------- */

static enum status
my_entry(struct work *w, uint64_t index, struct entry *out)
{
	struct buf text = BUF_INIT;
	enum status st = tree_entry(&w->tree, index, &text);

	if (st == OK)
		st = entry_parse(out, text.data, text.len);
	buf_free(&text);
	return st;
}

static void
add_loose(struct work *w, int64_t id, const unsigned char *commitment)
{
	struct loose *l;

	if (w->count == w->room) {
		w->room = w->room * 2 + 64;
		w->loose = mem_realloc(w->loose, w->room, sizeof *w->loose);
	}
	l = &w->loose[w->count++];
	memcpy(l->commitment, commitment, TALLY_HASH);
	l->id = id;
	l->placed = false;
}

static struct freed *
add_freed(struct work *w, int64_t id, const unsigned char *commitment)
{
	struct freed *f;

	w->freed = mem_realloc(w->freed, w->freed_count + 1, sizeof *w->freed);
	f = &w->freed[w->freed_count++];
	*f = (struct freed){ .id = id };
	memcpy(f->commitment, commitment, TALLY_HASH);
	return f;
}

static enum status
look_at_leaf(struct work *w, struct leaf *leaf)
{
	struct entry e;
	enum status st = OK;

	if (leaf->back_entry >= (int64_t)w->common) {
		leaf->back_entry = -1;  /* waits for it again */
		st = store_leaf_put(w->how->store, leaf);
	}
	if (leaf->entry >= 0)
		w->owner[leaf->entry] = leaf->id;
	if (st == OK && leaf->entry >= (int64_t)w->common) {
		st = my_entry(w, (uint64_t)leaf->entry, &e);
		if (st == OK)
			add_loose(w, leaf->id, e.commitment);
	} else if (st == OK && leaf->entry < 0 && leaf->committed) {
		add_loose(w, leaf->id, leaf->commitment);
	} else if (st == OK && leaf_of_staff(leaf->back) &&
	    leaf->back_entry >= 0) {
		st = my_entry(w, (uint64_t)leaf->entry, &e);
		if (st == OK)
			(void)add_freed(w, leaf->id, e.commitment);
	}
	return st;
}

static int
compare_loose(const void *a, const void *b)
{
	return memcmp(((const struct loose *)a)->commitment,
	    ((const struct loose *)b)->commitment, TALLY_HASH);
}

/* Among the first COUNT, which are in order. */
static struct loose *
find_loose(const struct work *w, size_t count, const unsigned char *commitment)
{
	struct loose key;

	if (count == 0)
		return NULL;
	memcpy(key.commitment, commitment, TALLY_HASH);
	return bsearch(&key, w->loose, count, sizeof *w->loose, compare_loose);
}

typedef enum status on_leaf(struct work *, struct leaf *);

static enum status
each_leaf(struct work *w, on_leaf *on)
{
	struct leaf *rows = arena_alloc(w->arena, PAGE * sizeof *rows);
	int64_t after = 0;
	size_t count, i;
	enum status st;

	do {
		arena_reset(w->page);
		st = store_leaf_list(w->how->store, w->page, campaign_of(w),
		    after, rows, PAGE, &count);
		for (i = 0; st == OK && i < count; i++)
			st = on(w, &rows[i]);
		if (count > 0)
			after = rows[count - 1].id;
	} while (st == OK && count > 0);
	return st;
}

static enum status
find_leaves(struct work *w)
{
	enum status st = each_leaf(w, look_at_leaf);

	w->known = w->count;
	if (w->known > 0)
		qsort(w->loose, w->known, sizeof *w->loose, compare_loose);
	return st;
}

static const enum leaf_back leaf_backs[BACK_REASONS] = {
	[BACK_WITHDRAWN] = LEAF_WITHDRAWN, [BACK_DUPLICATE] = LEAF_DUPLICATE,
	[BACK_UNREACHABLE] = LEAF_UNREACHABLE, [BACK_ERASED] = LEAF_ERASED,
	[BACK_FRAUD] = LEAF_FRAUD,
};

/* A leaf in the log that nobody knows; or one that is only to be taken back. */
static enum status
add_nobody(struct work *w, uint64_t index, enum leaf_back back, int64_t batch)
{
	struct leaf leaf = { .campaign = campaign_of(w),
	    .entry = (int64_t)index, .back = back, .batch = batch,
	    .back_entry = -1 };
	enum status st = store_leaf_add(w->how->store, &leaf);

	w->owner[index] = leaf.id;
	return st;
}

static enum status
place(struct work *w, struct loose *l, uint64_t index)
{
	l->placed = true;
	w->owner[index] = l->id;
	return l->id == 0 ? OK :
	    store_leaf_entered(w->how->store, l->id, (int64_t)index);
}

static enum status
add_waiting_back(struct work *w, const struct entry *back)
{
	return add_nobody(w, back->index, leaf_backs[back->reason],
	    (int64_t)back->batch);
}

/* The entry that it takes back is given up too, and waits without a leaf. */
static enum status
back_of_loose(struct work *w, const struct entry *back,
    const unsigned char *commitment)
{
	enum status st = add_waiting_back(w, back);
	size_t i;

	for (i = w->known; st == OK && i < w->count; i++)
		if (memcmp(w->loose[i].commitment, commitment, TALLY_HASH) == 0)
			w->loose[i].id = w->owner[back->index];
	return st;
}

/* Whose leaf stands further behind, or waits, was counted again after this: so it
 * was never taken back, if the entry itself stays. */
static enum status
give_up_back(struct work *w, const struct entry *back)
{
	struct loose *again;
	struct entry e;
	enum status st;

	if (w->owner[back->index] != 0)
		return OK;              /* waits to be taken back once more */
	st = my_entry(w, back->index, &e);
	if (st != OK)
		return st;
	again = find_loose(w, w->known, e.commitment);
	if (back->index < w->common)
		return again == NULL ? add_waiting_back(w, back) :
		    place(w, again, back->index);
	return again == NULL ? back_of_loose(w, back, e.commitment) : OK;
}

/* Of somebody forgotten no leaf is left: her entry waits again all the same, and
 * so does what takes it back. */
static enum status
give_up_one(struct work *w, uint64_t index, const struct entry *e)
{
	switch (e->kind) {
	case ENTRY_BATCH:
		return store_batch_entered(w->how->store, campaign_of(w),
		    (int64_t)e->batch, -1);
	case ENTRY_BACK:
		return give_up_back(w, e);
	default:
		if (w->owner[index] == 0 &&
		    find_loose(w, w->known, e->commitment) == NULL)
			add_loose(w, 0, e->commitment);
		return OK;
	}
}

static enum status
give_up_entries(struct work *w)
{
	enum status st = OK;
	struct entry e;
	uint64_t i;

	for (i = w->common; st == OK && i < w->mine; i++) {
		st = my_entry(w, i, &e);
		if (st == OK)
			st = give_up_one(w, i, &e);
		w->out->given_up++;
	}
	for (i = w->common; i < w->mine; i++)
		w->owner[i] = 0;
	if (w->count > 0)
		qsort(w->loose, w->count, sizeof *w->loose, compare_loose);
	return st;
}

/* ---- reading what is published besides ------------------------------------------------- */

static enum status
their_entry(struct work *w, uint64_t index, struct entry *out)
{
	uint64_t bundle = index / TILE_WIDTH;
	struct buf part = BUF_INIT;
	const unsigned char *text;
	size_t at = 0, len, n;
	enum status st = folder_part(w->how->folder, TILE_ENTRIES, bundle,
	    tile_width(0, bundle, w->published), &part, w->why);

	for (n = 0; st == OK && n <= index % TILE_WIDTH; n++)
		st = tile_next_entry(part.data, part.len, &at, &text, &len);
	if (st == OK)
		st = entry_parse(out, text, len);
	buf_free(&part);
	return st;
}

typedef enum status on_entry(struct work *, uint64_t index, const void *text,
    size_t len);

static enum status
each_of_bundle(struct work *w, uint64_t bundle, on_entry *on)
{
	uint64_t first = bundle * TILE_WIDTH, i;
	unsigned width = tile_width(0, bundle, w->published), n;
	struct buf part = BUF_INIT;
	const unsigned char *text;
	size_t at = 0, len;
	enum status st = folder_part(w->how->folder, TILE_ENTRIES, bundle, width,
	    &part, w->why);

	for (n = 0; st == OK && n < width; n++) {
		i = first + n;
		st = tile_next_entry(part.data, part.len, &at, &text, &len);
		if (st == OK && i >= w->common)
			st = on(w, i, text, len);
		arena_reset(w->page);
	}
	buf_free(&part);
	return st;
}

static enum status
each_of_theirs(struct work *w, on_entry *on)
{
	uint64_t bundle;
	enum status st = OK;

	for (bundle = w->common / TILE_WIDTH; st == OK &&
	    bundle * TILE_WIDTH < w->published; bundle++)
		st = each_of_bundle(w, bundle, on);
	return st;
}

/* ---- what batches are called from now on ------------------------------------------------ */

/* Its batch says nothing of that. */
static void
see_kind(struct uncounted_settling *s, const struct entry *back)
{
	size_t i;

	for (i = 0; i < s->their_count; i++)
		if (s->theirs[i].batch.number == (int64_t)back->batch)
			s->theirs[i].why = leaf_backs[back->reason];
}

static enum status
see_batch(struct work *w, uint64_t index, const void *text, size_t len)
{
	struct uncounted_settling *s = &w->batches;
	struct entry e;
	enum status st = entry_parse(&e, text, len);

	if (st == OK && e.kind == ENTRY_BACK && entry_has_batch(e.reason))
		see_kind(s, &e);
	if (st != OK || e.kind != ENTRY_BATCH)
		return st;
	s->theirs = mem_realloc(s->theirs, s->their_count + 1,
	    sizeof *s->theirs);
	s->theirs[s->their_count++] = (struct uncounted_theirs){ .batch = {
	    .number = (int64_t)e.batch, .day = e.day, .entry = (int64_t)index,
	    .reason = arena_strdup(w->arena, e.words) } };
	return OK;
}

/* After give_up_entries: all that are in no entry. */
static enum status
find_ours(struct work *w)
{
	struct uncounted_settling *s = &w->batches;
	struct tally_batch *rows;
	size_t count, i;
	enum status st = store_batches(w->how->store, w->arena, campaign_of(w),
	    &rows, &count);

	if (st != OK || count == 0)
		return st;
	s->ours = arena_alloc(w->arena, count * sizeof *s->ours);
	for (i = 0; i < count; i++)
		if (rows[i].entry < 0)
			s->ours[s->our_count++].batch = rows[i];
	return OK;
}

static enum status
renumber(struct work *w, struct leaf *leaf)
{
	const struct uncounted_loose *ours = w->batches.ours;
	size_t i;

	if (!leaf_of_staff(leaf->back) || leaf->back_entry >= 0)
		return OK;
	for (i = 0; i < w->batches.our_count; i++)
		if (ours[i].batch.number == leaf->batch)
			break;
	if (i == w->batches.our_count || ours[i].to == leaf->batch)
		return OK;
	leaf->batch = ours[i].to;
	return store_leaf_put(w->how->store, leaf);
}

/* Before theirs are taken: a number is of one batch only. */
static enum status
settle_batches(struct work *w)
{
	enum status st = each_of_theirs(w, see_batch);

	w->batches.store = w->how->store;
	w->batches.arena = w->arena;
	w->batches.campaign = campaign_of(w);
	if (st == OK)
		st = find_ours(w);
	if (st == OK)
		st = uncounted_settle(&w->batches);
	return st == OK ? each_leaf(w, renumber) : st;
}

/* ---- what is published besides ---------------------------------------------------------- */

static enum status
tell(struct work *w, const struct leaf *leaf)
{
	enum status st = OK;

	if (leaf->signature == 0)
		return OK;
	if (leaf_of_staff(leaf->back))
		st = uncounted_taken(w->how->store, w->page, campaign_of(w),
		    leaf->signature, leaf->back, leaf->batch);
	else if (leaf->back == LEAF_STAYS)
		st = uncounted_freed(w->how->store, leaf->signature);
	return st != OK ? st : w->how->back(w->how->arg, w->page,
	    leaf->signature, leaf->back);
}

static enum status
count_again(struct work *w, uint64_t index, const struct freed *f)
{
	struct leaf leaf;
	enum status st = store_leaf_get(w->how->store, w->page, f->id, &leaf);

	if (st != OK)
		return st == NOT_FOUND ? add_nobody(w, index, f->back, f->batch) :
		    st;
	w->owner[index] = f->id;
	leaf.entry = (int64_t)index;
	leaf.back_entry = -1;
	leaf.back = f->back;
	leaf.batch = f->batch;
	st = store_leaf_put(w->how->store, &leaf);
	return st == OK ? tell(w, &leaf) : st;
}

static enum status
take_sign(struct work *w, uint64_t index, const struct entry *e)
{
	struct loose *found = find_loose(w, w->count, e->commitment);
	size_t i;

	if (found != NULL && !found->placed)
		return place(w, found, index);
	for (i = 0; i < w->freed_count; i++)
		if (memcmp(w->freed[i].commitment, e->commitment, TALLY_HASH) == 0)
			return count_again(w, index, &w->freed[i]);
	w->out->of_nobody++;
	return add_nobody(w, index, LEAF_STAYS, 0);
}

static enum status
take_batch(struct work *w, uint64_t index, const struct entry *e)
{
	struct tally_batch b = { .number = (int64_t)e->batch, .day = e->day,
	    .reason = e->words, .entry = (int64_t)index };

	return store_batch_put(w->how->store, campaign_of(w), &b);
}

/* It may stand again; then what it waits for here is still to be done. */
static enum status
free_back(struct work *w, const struct entry *back, const struct leaf *leaf)
{
	struct entry sign;
	struct freed *f;
	enum status st = their_entry(w, back->index, &sign);

	if (st != OK)
		return st;
	f = add_freed(w, leaf->id, sign.commitment);
	if (leaf->back_entry >= 0 || (leaf_of_staff(leaf->back) &&
	    leaf->batch == (int64_t)back->batch))
		return OK;
	f->back = leaf->back;
	f->batch = leaf->batch;
	return OK;
}

static enum status
take_back(struct work *w, uint64_t index, const struct entry *e)
{
	struct leaf leaf;
	enum status st;

	if (w->owner[e->index] == 0)
		return OK;              /* she was forgotten here too */
	st = store_leaf_get(w->how->store, w->page, w->owner[e->index], &leaf);
	if (st != OK)
		return st == NOT_FOUND ? OK : st;
	if (entry_has_batch(e->reason) && (leaf.signature != 0 ||
	    leaf.back != LEAF_STAYS))
		st = free_back(w, e, &leaf);
	if (st != OK)
		return st;
	leaf.back = leaf_backs[e->reason];
	leaf.batch = (int64_t)e->batch;
	leaf.back_entry = (int64_t)index;
	st = leaf.signature == 0 ? store_leaf_remove(w->how->store, leaf.id) :
	    store_leaf_put(w->how->store, &leaf);
	return st == OK ? tell(w, &leaf) : st;
}

static enum status
take_entry(struct work *w, uint64_t index, const void *text, size_t len)
{
	struct entry e;
	enum status st = entry_parse(&e, text, len);

	if (st == OK && e.kind == ENTRY_BACK && e.index >= index)
		st = INVALID;
	if (st == OK)
		st = tree_add(&w->end, text, len);
	if (st != OK)
		return st;
	w->out->taken++;
	return e.kind == ENTRY_SIGN ? take_sign(w, index, &e) :
	    e.kind == ENTRY_BATCH ? take_batch(w, index, &e) :
	    take_back(w, index, &e);
}

static enum status
take_entries(struct work *w)
{
	struct merkle_hash root;
	enum status st = tree_cut(&w->tree, w->common);

	if (st == OK)
		st = tree_end_open(&w->end, &w->tree);
	if (st == OK)
		st = each_of_theirs(w, take_entry);
	if (st == OK)
		st = tree_end_save(&w->end);
	if (st == OK) {
		merkle_root(&w->end.front, &root);
		if (memcmp(root.bytes, folder_newest(w->how->folder)->
		    checkpoint.root.bytes, MERKLE_BYTES) != 0)
			st = fail(w->why, INVALID, "what is published does not "
			    "lead to its own root");
	}
	tree_end_close(&w->end);
	return st;
}

/* ---- what waits again ---------------------------------------------------------------------- */

/* With a new number, so that it stands behind those that are in (S9). */
static enum status
wait_again(struct work *w, const struct loose *l)
{
	struct store *store = w->how->store;
	struct signature sig;
	struct leaf leaf = { .campaign = campaign_of(w), .back_entry = -1 };
	enum status st = OK;

	if (l->id != 0)
		st = store_leaf_get(store, w->page, l->id, &leaf);
	if (st == OK && l->id != 0)
		st = store_leaf_remove(store, l->id);
	if (st != OK)
		return st;
	leaf.entry = -1;
	leaf.committed = true;
	memcpy(leaf.commitment, l->commitment, TALLY_HASH);
	st = store_leaf_add(store, &leaf);
	if (st != OK || leaf.signature == 0)
		return st;
	st = store_signature_get(store, w->page, leaf.signature, &sig);
	if (st == OK) {
		sig.leaf = leaf.id;
		st = store_signature_put(store, &sig);
	}
	return st == NOT_FOUND ? OK : st;
}

static int
compare_ids(const void *a, const void *b)
{
	int64_t x = ((const struct loose *)a)->id;
	int64_t y = ((const struct loose *)b)->id;

	return (x > y) - (x < y);
}

static enum status
let_wait(struct work *w)
{
	enum status st = OK;
	size_t i;

	if (w->count > 0)
		qsort(w->loose, w->count, sizeof *w->loose, compare_ids);
	for (i = 0; st == OK && i < w->count; i++) {
		arena_reset(w->page);
		if (!w->loose[i].placed)
			st = wait_again(w, &w->loose[i]);
	}
	return st;
}

/* How many back entries name each batch: of all the log, for it is other now.  An
 * undoing has none. */
static enum status
count_batches(struct work *w)
{
	struct store *store = w->how->store;
	struct tally_batch *rows;
	struct entry e;
	size_t count, b;
	uint64_t i;
	enum status st = store_batches(store, w->arena, campaign_of(w), &rows,
	    &count);

	if (st != OK || count == 0)
		return st;
	for (b = 0; b < count; b++)
		rows[b].count = 0;
	for (i = 0; st == OK && i < w->published; i++) {
		st = my_entry(w, i, &e);
		for (b = 0; st == OK && e.kind == ENTRY_BACK && b < count; b++)
			rows[b].count += entry_has_batch(e.reason) &&
			    rows[b].number == (int64_t)e.batch;
	}
	for (b = 0; st == OK && b < count; b++) {
		st = store_batch_put(store, campaign_of(w), &rows[b]);
		if (st == OK && rows[b].entry >= (int64_t)w->common &&
		    rows[b].count == 0)
			st = uncounted_undone(store, w->arena, campaign_of(w),
			    &rows[b]);
	}
	return st;
}

/* ---- the whole of it -------------------------------------------------------------------------- */

/* The log is as it is published. */
static enum status
become_published(struct work *w, struct tally *t)
{
	uint64_t most = w->mine > w->published ? w->mine : w->published;
	enum status st;

	w->owner = mem_alloc((most + 1) * sizeof *w->owner);
	st = find_leaves(w);
	if (st == OK)
		st = give_up_entries(w);
	if (st == OK)
		st = settle_batches(w);
	if (st == OK)
		st = store_signed_cut(w->how->store, t->campaign,
		    (int64_t)w->common);
	if (st == OK)
		st = take_entries(w);
	if (st == OK)
		st = count_batches(w);
	if (st == OK)
		st = store_leaf_last(w->how->store, &t->taken);
	if (st == OK)
		st = let_wait(w);
	t->size = (int64_t)w->published;
	t->counted = (int64_t)folder_newest(w->how->folder)->checkpoint.counted;
	free(w->owner);
	free(w->loose);
	free(w->freed);
	free(w->batches.theirs);
	return st;
}

/* What is published is known to be signed, whether or not it is known here. */
static enum status
note_published(struct work *w)
{
	const struct checkpoint *c = &folder_newest(w->how->folder)->checkpoint;
	struct tally_signed row = { .size = (int64_t)c->size,
	    .counted = (int64_t)c->counted };
	enum status st;

	memcpy(row.root, c->root.bytes, sizeof row.root);
	memcpy(row.signature, c->signature, sizeof row.signature);
	st = store_signed_add(w->how->store, campaign_of(w), &row);
	return st == EXISTS ? OK : st;
}

/* Is what was signed last, as far as the guard knows, in the log to be? */
static enum status
check_guard(struct work *w, const struct tally *t, const struct vkey *key)
{
	enum tally_stop stop = TALLY_GOES_ON;
	struct checkpoint c;
	enum status st = guard_read(w->how->state_dir, w->how->slug, key, &c,
	    NULL);

	if (st == OK)
		st = guard_begins(w->how->store, t, c.size, c.root.bytes, &stop);
	else if (st == NOT_FOUND || st == INVALID)
		st = OK;
	if (st != OK || stop == TALLY_GOES_ON || w->how->give_up)
		return st;
	return fail(w->why, DENIED, "a tally of %" PRIu64 " entries was signed, "
	    "and this would be %s; whoever has seen it would find a fork. Look for "
	    "a newer copy of what is published; if there is none, and you will "
	    "tell the witnesses, say --give-up", c.size, stop == TALLY_BEHIND ?
	    "a shorter one" : "another one");
}

static enum status
set_guard(struct work *w, const struct vkey *key)
{
	struct checkpoint c = { .size = 0 };
	struct tally_signed row;
	enum status st = store_signed_of(w->how->store, campaign_of(w), -1, &row);

	if (st == NOT_FOUND)
		return guard_remove(w->how->state_dir, w->how->slug, w->why);
	if (st != OK)
		return st;
	memcpy(c.origin, key->name, sizeof c.origin);
	c.size = (uint64_t)row.size;
	c.counted = (uint64_t)row.counted;
	memcpy(c.root.bytes, row.root, sizeof c.root.bytes);
	memcpy(c.signature, row.signature, sizeof c.signature);
	return guard_write(w->how->state_dir, w->how->slug, key, &c, w->why);
}

static enum status
recover(struct work *w, struct tally *t, const struct vkey *key)
{
	enum status st = OK;

	if (w->how->folder != NULL)
		st = find_common(w);
	if (st == OK && w->common < w->published)
		st = become_published(w, t);
	if (st == OK && w->how->folder != NULL)
		st = note_published(w);
	if (st == OK)
		st = check_guard(w, t, key);
	t->stopped = TALLY_GOES_ON;
	if (st == OK)
		st = store_tally_put(w->how->store, t);
	return st == OK ? set_guard(w, key) : st;
}

enum status
recover_log(const struct recover *how, struct recovered *out, struct reason *why)
{
	struct work w = { .how = how, .out = out, .why = why,
	    .mine = (uint64_t)how->tally->size };
	struct tally t = *how->tally;
	struct vkey key;
	enum status st = logbook_vkey(&t, &key);

	*out = (struct recovered){ .was = w.mine };
	if (st != OK)
		return fail(why, INVALID, "its key is damaged");
	if (how->folder != NULL && !vkey_same(folder_key(how->folder), &key))
		return fail(why, DENIED, "what is published there is of another "
		    "log, %s", folder_key(how->folder)->name);
	w.arena = arena_new();
	w.page = arena_new();
	tree_open(&w.tree, how->store, t.campaign, w.mine);
	if (how->folder != NULL) {
		w.published = folder_newest(how->folder)->checkpoint.size;
		folder_nodes(how->folder, w.published, &w.theirs);
	}
	st = recover(&w, &t, &key);
	if (how->folder != NULL)
		tile_reader_clear(&w.theirs);
	tree_close(&w.tree);
	arena_free(&w.arena);
	arena_free(&w.page);
	out->is = (uint64_t)t.size;
	return st;
}
