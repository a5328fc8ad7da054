/* tile.h - where the parts of a published log stand (C2SP tlog-tiles)
 *
 * A tile is up to 256 hashes in a row of every eighth level of the tree; a
 * bundle is up to 256 entries, each behind its length in two bytes, high byte
 * first.  A tile that is not full carries its width in its path and gets
 * another name when it grows, so that no published file ever changes.
 */
#ifndef TALLY_TILE_H
#define TALLY_TILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct buf;
struct merkle_hash;

#define TILE_WIDTH 256
#define TILE_LEVELS 8           /* more than a log of 64-bit size has */
#define TILE_ENTRY_MAX 65535

#define TILE_HASH 32
#define TILE_ENTRIES (-1)       /* where a level is asked for: the bundles */

/* How many hashes of LEVEL, full or not, a log of SIZE has. */
uint64_t tile_hashes(unsigned level, uint64_t size);
/* How wide tile INDEX of LEVEL is in a log of SIZE: 0 to TILE_WIDTH, 0 being
 * none.  Entries are as wide as level 0. */
unsigned tile_width(unsigned level, uint64_t index, uint64_t size);

/* Appends the path, relative to the log's folder: tile/1/x001/x234/067.p/8.
 * WIDTH is 1 to TILE_WIDTH. */
void tile_path(struct buf *, unsigned level, uint64_t index, unsigned width);
void tile_entries_path(struct buf *, uint64_t index, unsigned width);
/* The one or, with LEVEL TILE_ENTRIES, the other. */
void tile_part_path(struct buf *, int level, uint64_t index, unsigned width);
/* The same backwards; INVALID for a path that would not have been made. */
enum status tile_parse_path(const char *path, int *level, uint64_t *index,
    unsigned *width) MUST_CHECK;

/* Appends one entry to a bundle.  LIMIT, and nothing added, when it is longer
 * than TILE_ENTRY_MAX. */
enum status tile_add_entry(struct buf *bundle, const void *, size_t len)
    MUST_CHECK;

/* Takes the entry at *AT and moves *AT behind it.  NOT_FOUND at the end, INVALID
 * when the bundle ends inside an entry. */
enum status tile_next_entry(const void *bundle, size_t bundle_len, size_t *at,
    const unsigned char **entry, size_t *len) MUST_CHECK;

/* ---- nodes of the tree, from tiles ------------------------------------------- */

/* Appends the first WIDTH hashes of a tile, or (LEVEL TILE_ENTRIES) the first
 * WIDTH entries of a bundle. */
typedef enum status tile_get(void *context, int level, uint64_t index,
    unsigned width, struct buf *out);

/* A log of SIZE, read by the tile; the last tile of each level is kept. */
struct tile_reader {
	tile_get *get;
	void *context;
	uint64_t size;
	struct buf *kept[TILE_LEVELS];
	uint64_t kept_index[TILE_LEVELS];
};

void tile_reader_init(struct tile_reader *, tile_get *, void *context,
    uint64_t size);
void tile_reader_clear(struct tile_reader *);

/* A merkle_get (tally/merkle.h) of a tile_reader.  INVALID when a tile is not as
 * wide as asked for; else what the reader's get answers. */
enum status tile_node(void *reader, unsigned level, uint64_t index,
    struct merkle_hash *out) MUST_CHECK;

#endif
