/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "logbook/tree.h"
#include "store/tally.h"

_Static_assert(TILE_ENTRIES == TALLY_ENTRIES, "levels are the same in both");

/* ---- reading ------------------------------------------------------------------ */

/* The length of the first WIDTH entries; 0 when there are not so many. */
static size_t
entries_length(const void *bundle, size_t len, unsigned width)
{
	const unsigned char *entry;
	size_t at = 0, entry_len;

	while (width-- > 0)
		if (tile_next_entry(bundle, len, &at, &entry, &entry_len) != OK)
			return 0;
	return at;
}

enum status
tree_tile(void *context, int level, uint64_t index, unsigned width,
    struct buf *out)
{
	struct tree *t = context;
	struct arena *arena = arena_new();
	struct blob data;
	size_t want = (size_t)width * TILE_HASH;
	enum status st = store_tile_get(t->store, arena, t->campaign, level,
	    (int64_t)index, &data);

	if (st == OK && level == TILE_ENTRIES)
		want = entries_length(data.data, data.len, width);
	if (st == NOT_FOUND || (st == OK && (want == 0 || data.len < want))) {
		log_warnx("campaign_id=%lld tally=damaged level=%d tile=%llu it is "
		    "missing or cut; a backup may have it", (long long)t->campaign,
		    level, (unsigned long long)index);
		st = STORE_FAILED;
	}
	if (st == OK)
		buf_add(out, data.data, want);
	arena_free(&arena);
	return st;
}

void
tree_open(struct tree *t, struct store *store, int64_t campaign, uint64_t size)
{
	t->store = store;
	t->campaign = campaign;
	tile_reader_init(&t->reader, tree_tile, t, size);
}

void
tree_close(struct tree *t)
{
	tile_reader_clear(&t->reader);
}

enum status
tree_root(struct tree *t, uint64_t size, struct merkle_hash *out)
{
	return merkle_root_at(size, tile_node, &t->reader, out);
}

enum status
tree_prove_leaf(struct tree *t, uint64_t index, uint64_t size,
    struct merkle_proof *out)
{
	return merkle_prove_leaf(index, size, tile_node, &t->reader, out);
}

enum status
tree_prove_growth(struct tree *t, uint64_t older, uint64_t newer,
    struct merkle_proof *out)
{
	return merkle_prove_growth(older, newer, tile_node, &t->reader, out);
}

enum status
tree_entry(struct tree *t, uint64_t index, struct buf *out)
{
	struct buf bundle = BUF_INIT;
	const unsigned char *entry = NULL;
	size_t at = 0, len = 0;
	unsigned i, nth = (unsigned)(index % TILE_WIDTH);
	enum status st = tree_tile(t, TILE_ENTRIES, index / TILE_WIDTH, nth + 1,
	    &bundle);

	for (i = 0; st == OK && i <= nth; i++)
		st = tile_next_entry(bundle.data, bundle.len, &at, &entry, &len);
	if (st == OK)
		buf_add(out, entry, len);
	buf_free(&bundle);
	return st;
}

static enum status
cut_part(struct tree *t, int level, uint64_t index, unsigned width)
{
	struct buf part = BUF_INIT;
	enum status st = OK;

	if (width > 0)
		st = tree_tile(t, level, index, width, &part);
	if (st == OK)
		st = store_tile_cut(t->store, t->campaign, level,
		    (int64_t)index);
	if (st == OK && width > 0)
		st = store_tile_put(t->store, t->campaign, level,
		    (int64_t)index, part.data, part.len);
	buf_free(&part);
	return st;
}

enum status
tree_cut(struct tree *t, uint64_t size)
{
	struct store *store = t->store;
	int64_t campaign = t->campaign;
	unsigned level;
	enum status st = cut_part(t, TILE_ENTRIES, size / TILE_WIDTH,
	    (unsigned)(size % TILE_WIDTH));

	for (level = 0; st == OK && level < TILE_LEVELS; level++)
		st = cut_part(t, (int)level,
		    tile_hashes(level, size) / TILE_WIDTH,
		    (unsigned)(tile_hashes(level, size) % TILE_WIDTH));
	tree_close(t);
	tree_open(t, store, campaign, size);
	return st;
}

/* ---- appending ------------------------------------------------------------------ */

static enum status
load_peaks(struct tree_end *e, uint64_t size)
{
	enum status st = OK;
	unsigned level;

	e->front.size = size;
	for (level = 0; st == OK && level < MERKLE_LEVELS &&
	    size >> level != 0; level++)
		if ((size >> level & 1) != 0)
			st = tile_node(&e->tree->reader, level,
			    (size >> level) - 1, &e->front.peak[level]);
	return st;
}

/* What of the last tiles is there already. */
static enum status
load_last(struct tree_end *e, uint64_t size)
{
	enum status st = OK;
	unsigned level, width;

	width = (unsigned)(size % TILE_WIDTH);
	if (width > 0)
		st = tree_tile(e->tree, TILE_ENTRIES, size / TILE_WIDTH, width,
		    &e->bundle);
	for (level = 0; st == OK && level < TILE_LEVELS; level++) {
		width = (unsigned)(tile_hashes(level, size) % TILE_WIDTH);
		if (width > 0)
			st = tree_tile(e->tree, (int)level,
			    tile_hashes(level, size) / TILE_WIDTH, width,
			    &e->tile[level]);
	}
	return st;
}

enum status
tree_end_open(struct tree_end *e, struct tree *tree)
{
	uint64_t size = tree->reader.size;
	enum status st;
	unsigned level;

	memset(e, 0, sizeof *e);
	e->tree = tree;
	buf_init(&e->bundle);
	for (level = 0; level < TILE_LEVELS; level++)
		buf_init(&e->tile[level]);
	st = load_peaks(e, size);
	return st != OK ? st : load_last(e, size);
}

static void
write_part(struct tree_end *e, int level, uint64_t index, const struct buf *b)
{
	if (e->status == OK)
		e->status = store_tile_put(e->tree->store, e->tree->campaign,
		    level, (int64_t)index, b->data, b->len);
}

/* merkle_full: of a tree of tiles every eighth level is kept. */
static void
became_full(void *context, unsigned level, uint64_t index,
    const struct merkle_hash *hash)
{
	struct tree_end *e = context;
	struct buf *b;

	if (level % 8 != 0)
		return;
	b = &e->tile[level / 8];
	buf_add(b, hash->bytes, sizeof hash->bytes);
	if ((index + 1) % TILE_WIDTH == 0) {
		write_part(e, (int)(level / 8), index / TILE_WIDTH, b);
		buf_clear(b);
	}
}

enum status
tree_add(struct tree_end *e, const void *entry, size_t len)
{
	uint64_t index = e->front.size;
	struct merkle_hash leaf;
	enum status st = tile_add_entry(&e->bundle, entry, len);

	if (st != OK)
		return st;
	merkle_leaf(entry, len, &leaf);
	st = merkle_append(&e->front, &leaf, became_full, e);
	if (st == OK && (index + 1) % TILE_WIDTH == 0) {
		write_part(e, TILE_ENTRIES, index / TILE_WIDTH, &e->bundle);
		buf_clear(&e->bundle);
	}
	return st != OK ? st : e->status;
}

enum status
tree_end_save(struct tree_end *e)
{
	uint64_t size = e->front.size;
	unsigned level;

	if (e->bundle.len > 0)
		write_part(e, TILE_ENTRIES, size / TILE_WIDTH, &e->bundle);
	for (level = 0; level < TILE_LEVELS; level++)
		if (e->tile[level].len > 0)
			write_part(e, (int)level,
			    tile_hashes(level, size) / TILE_WIDTH,
			    &e->tile[level]);
	return e->status;
}

void
tree_end_close(struct tree_end *e)
{
	unsigned level;

	buf_free(&e->bundle);
	for (level = 0; level < TILE_LEVELS; level++)
		buf_free(&e->tile[level]);
}
