/* tree.h - the hash tree of a log in the store
 *
 * The tiles of the store are the log: what is read of it is recomputed from them,
 * what is appended goes into them.  Full tiles are written once.
 */
#ifndef LOGBOOK_TREE_H
#define LOGBOOK_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"
#include "tally/merkle.h"
#include "tally/tile.h"

struct store;

/* ---- reading ------------------------------------------------------------------- */

/* The log of CAMPAIGN as far as SIZE; borrows the store. */
struct tree {
	struct store *store;
	int64_t campaign;
	struct tile_reader reader;
};

void tree_open(struct tree *, struct store *, int64_t campaign, uint64_t size);
void tree_close(struct tree *);

/* A tile_get of a struct tree, for publishing. */
enum status tree_tile(void *tree, int level, uint64_t index, unsigned width,
    struct buf *out) MUST_CHECK;

/* Of SIZE, which is not over that of tree_open; STORE_FAILED when tiles are
 * missing or cut. */
enum status tree_root(struct tree *, uint64_t size, struct merkle_hash *out)
    MUST_CHECK;
enum status tree_prove_leaf(struct tree *, uint64_t index, uint64_t size,
    struct merkle_proof *out) MUST_CHECK;
enum status tree_prove_growth(struct tree *, uint64_t older, uint64_t newer,
    struct merkle_proof *out) MUST_CHECK;
/* The text of one entry; appends. */
enum status tree_entry(struct tree *, uint64_t index, struct buf *out)
    MUST_CHECK;

/* Within a transaction: the log is of SIZE again, and so is the tree.  For a log
 * that goes on elsewhere (recover.h); nothing else takes an entry away. */
enum status tree_cut(struct tree *, uint64_t size) MUST_CHECK;

/* ---- appending, within a transaction ----------------------------------------------- */

struct tree_end {
	struct tree *tree;
	struct merkle_frontier front;
	struct buf bundle;              /* the entries of the last one */
	struct buf tile[TILE_LEVELS];   /* the hashes of the last ones */
	enum status status;             /* the first trouble */
};

/* TREE is of the log's whole size and is not used while there is an end. */
enum status tree_end_open(struct tree_end *, struct tree *) MUST_CHECK;
enum status tree_add(struct tree_end *, const void *entry, size_t len)
    MUST_CHECK;
/* Writes what is not written yet. */
enum status tree_end_save(struct tree_end *) MUST_CHECK;
void tree_end_close(struct tree_end *);

#endif
