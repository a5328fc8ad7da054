/* SPDX-License-Identifier: ISC
 *
 * The file format, section 1.6: the header of a b-tree page is its kind (1
 * byte), the first free block (2), the number of cells (2), where cells begin
 * (2, 0 for 65536), and of fragments (1); of an interior page four bytes more.
 * The list of cells follows, two bytes each.  A free block begins with the
 * place of the next and with its own length.
 */
#include <string.h>

#include "store/page.h"

#define FILE_HEADER 100         /* before that of the first page */
#define PAGE_LEAST 512
#define BLOCK_HEAD 4

struct shape {
	size_t list, list_end;  /* of the places of cells */
	size_t cells;           /* where they begin */
	size_t free_block;      /* the first; 0 */
};

static size_t
two_bytes(const unsigned char *p)
{
	return (size_t)p[0] << 8 | p[1];
}

static bool
read_shape(const unsigned char *page, size_t len, bool first, struct shape *out)
{
	size_t at = first ? FILE_HEADER : 0;
	unsigned char kind;

	if (len < PAGE_LEAST || len > 65536)
		return false;
	kind = page[at];
	if (kind != 2 && kind != 5 && kind != 10 && kind != 13)
		return false;
	out->list = at + (kind == 2 || kind == 5 ? 12 : 8);
	out->list_end = out->list + 2 * two_bytes(page + at + 3);
	out->cells = two_bytes(page + at + 5);
	if (out->cells == 0)
		out->cells = 65536;
	out->free_block = two_bytes(page + at + 1);
	return out->list_end <= out->cells && out->cells <= len;
}

static bool
cells_are_there(const unsigned char *page, size_t len, const struct shape *s)
{
	size_t at, cell;

	for (at = s->list; at < s->list_end; at += 2) {
		cell = two_bytes(page + at);
		if (cell < s->cells || cell + BLOCK_HEAD > len)
			return false;
	}
	return true;
}

/* Free blocks stand in order and do not touch; EACH: blank them. */
static bool
walk_free(unsigned char *page, size_t len, const struct shape *s, bool each)
{
	size_t at = s->free_block, next, size, end = s->cells;

	for (; at != 0; at = next) {
		if (at < end || at + BLOCK_HEAD > len)
			return false;
		next = two_bytes(page + at);
		size = two_bytes(page + at + 2);
		if (size < BLOCK_HEAD || at + size > len)
			return false;
		if (each)
			memset(page + at + BLOCK_HEAD, 0, size - BLOCK_HEAD);
		end = at + size;
	}
	return true;
}

bool
page_blank(unsigned char *page, size_t len, bool first)
{
	struct shape s;

	if (!read_shape(page, len, first, &s) || !cells_are_there(page, len, &s) ||
	    !walk_free(page, len, &s, false))
		return false;
	memset(page + s.list_end, 0, s.cells - s.list_end);
	(void)walk_free(page, len, &s, true);
	return true;
}
