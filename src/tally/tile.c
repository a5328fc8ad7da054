/* SPDX-License-Identifier: ISC */
#include "base/buf.h"
#include "tally/tile.h"

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
