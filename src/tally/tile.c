/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "tally/merkle.h"
#include "tally/tile.h"

_Static_assert(TILE_HASH == MERKLE_BYTES, "a tile is of hashes");

#define GROUP 1000

uint64_t
tile_hashes(unsigned level, uint64_t size)
{
	return level < TILE_LEVELS ? size >> (8 * level) : 0;
}

unsigned
tile_width(unsigned level, uint64_t index, uint64_t size)
{
	uint64_t hashes = tile_hashes(level, size);

	if (index < hashes / TILE_WIDTH)
		return TILE_WIDTH;
	if (index > hashes / TILE_WIDTH)
		return 0;
	return (unsigned)(hashes % TILE_WIDTH);
}

/* Three digits to a folder, so that none grows beyond a thousand; all but the
 * last begin with x, so that no file has the name of a folder. */
static void
add_index(struct buf *out, uint64_t index, unsigned width)
{
	uint64_t unit = 1;

	while (index / unit >= GROUP)
		unit *= GROUP;
	for (; unit > 1; unit /= GROUP)
		buf_addf(out, "x%03u/", (unsigned)(index / unit % GROUP));
	buf_addf(out, "%03u", (unsigned)(index % GROUP));
	if (width < TILE_WIDTH)
		buf_addf(out, ".p/%u", width);
}

void
tile_path(struct buf *out, unsigned level, uint64_t index, unsigned width)
{
	buf_addf(out, "tile/%u/", level);
	add_index(out, index, width);
}

void
tile_entries_path(struct buf *out, uint64_t index, unsigned width)
{
	buf_addstr(out, "tile/entries/");
	add_index(out, index, width);
}

void
tile_part_path(struct buf *out, int level, uint64_t index, unsigned width)
{
	if (level == TILE_ENTRIES)
		tile_entries_path(out, index, width);
	else
		tile_path(out, (unsigned)level, index, width);
}

/* Takes what digits there are; the path is written again to be compared. */
static uint64_t
take_digits(const char **at)
{
	uint64_t n = 0;

	for (; **at >= '0' && **at <= '9'; (*at)++)
		n = n * 10 + (uint64_t)(**at - '0');
	return n;
}

enum status
tile_parse_path(const char *path, int *level, uint64_t *index, unsigned *width)
{
	const char *at = path + strcspn(path, "/");
	struct buf again = BUF_INIT;
	enum status st;

	at += *at == '/';
	*level = TILE_ENTRIES;
	if (*at >= '0' && *at < '0' + TILE_LEVELS)
		*level = (int)take_digits(&at);
	else
		at += strcspn(at, "/");
	*index = 0;
	while (*at == '/') {
		at++;
		at += *at == 'x';
		*index = *index * GROUP + take_digits(&at);
	}
	*width = TILE_WIDTH;
	if (strncmp(at, ".p/", 3) == 0) {
		at += 3;
		*width = (unsigned)take_digits(&at);
	}
	if (*level >= TILE_LEVELS || *width == 0 || *width > TILE_WIDTH)
		return INVALID;
	tile_part_path(&again, *level, *index, *width);
	st = strcmp(again.data, path) == 0 ? OK : INVALID;
	buf_free(&again);
	return st;
}

enum status
tile_add_entry(struct buf *bundle, const void *entry, size_t len)
{
	if (len > TILE_ENTRY_MAX)
		return LIMIT;
	buf_addch(bundle, (char)(len >> 8));
	buf_addch(bundle, (char)(len & 0xff));
	buf_add(bundle, entry, len);
	return OK;
}

enum status
tile_next_entry(const void *bundle, size_t bundle_len, size_t *at,
    const unsigned char **entry, size_t *len)
{
	const unsigned char *data = bundle;
	size_t left = bundle_len - *at, length;

	if (left == 0)
		return NOT_FOUND;
	if (left < 2)
		return INVALID;
	length = (size_t)data[*at] << 8 | data[*at + 1];
	if (left - 2 < length)
		return INVALID;
	*entry = data + *at + 2;
	*len = length;
	*at += 2 + length;
	return OK;
}

/* ---- nodes of the tree, from tiles ------------------------------------------- */

void
tile_reader_init(struct tile_reader *r, tile_get *get, void *context,
    uint64_t size)
{
	*r = (struct tile_reader){ .get = get, .context = context, .size = size };
}

static void
forget(struct tile_reader *r, unsigned level)
{
	if (r->kept[level] != NULL)
		buf_free(r->kept[level]);
	free(r->kept[level]);
	r->kept[level] = NULL;
}

void
tile_reader_clear(struct tile_reader *r)
{
	unsigned level;

	for (level = 0; level < TILE_LEVELS; level++)
		forget(r, level);
}

static enum status
load(struct tile_reader *r, unsigned level, uint64_t index)
{
	unsigned width = tile_width(level, index, r->size);
	enum status st;

	if (r->kept[level] != NULL && r->kept_index[level] == index)
		return OK;
	forget(r, level);
	if (width == 0)
		return INVALID;
	r->kept[level] = mem_alloc(sizeof *r->kept[level]);
	buf_init(r->kept[level]);
	r->kept_index[level] = index;
	st = r->get(r->context, (int)level, index, width, r->kept[level]);
	if (st == OK && r->kept[level]->len != (size_t)width * TILE_HASH)
		st = INVALID;
	if (st != OK)
		forget(r, level);
	return st;
}

/* The tree over COUNT hashes, a power of two up to half a tile. */
static void
perfect(const char *hashes, unsigned count, struct merkle_hash *out)
{
	struct merkle_hash row[TILE_WIDTH / 2];
	unsigned i;

	memcpy(row, hashes, count * sizeof row[0]);
	for (; count > 1; count /= 2)
		for (i = 0; i < count / 2; i++)
			merkle_node(&row[2 * i], &row[2 * i + 1], &row[i]);
	*out = row[0];
}

enum status
tile_node(void *reader, unsigned level, uint64_t index, struct merkle_hash *out)
{
	struct tile_reader *r = reader;
	unsigned tile_level = level / 8, count = 1U << level % 8, at;
	uint64_t first = index << level % 8;
	enum status st;

	if (tile_level >= TILE_LEVELS || first >> level % 8 != index)
		return INVALID;
	st = load(r, tile_level, first / TILE_WIDTH);
	at = (unsigned)(first % TILE_WIDTH);
	if (st == OK && (size_t)(at + count) * TILE_HASH > r->kept[tile_level]->len)
		st = INVALID;
	if (st == OK)
		perfect(r->kept[tile_level]->data + (size_t)at * TILE_HASH, count,
		    out);
	return st;
}
