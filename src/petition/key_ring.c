/* SPDX-License-Identifier: ISC */
#include "base/arena.h"
#include "petition/key_ring.h"
#include "seal/ring.h"
#include "store/ring.h"

#define ROWS 4                  /* the present, the next, and some to name */

/* The row that opens, or COUNT. */
static size_t
find(struct keys *keys, const struct ring_row *rows, size_t count)
{
	size_t i = 0;

	while (i < count && ring_open(keys, rows[i].epoch, rows[i].sealed.data,
	    rows[i].sealed.len) != OK)
		i++;
	return i;
}

/* Rows come the latest first.  While one is prepared the key before it, which has
 * a row of its own unless it is the first of all, is as good. */
enum status
key_ring_load(struct store *store, struct keys *keys, const char *where,
    struct reason *why)
{
	struct arena *arena = arena_new();
	struct ring_row rows[ROWS];
	size_t count = 0, mine, present;
	enum status st = store_ring_list(store, arena, rows, ROWS, &count);

	if (st != OK) {
		arena_free(&arena);
		return fail(why, st, "the database cannot be read: %s",
		    status_text(st));
	}
	mine = find(keys, rows, count);
	present = count > 0 && rows[0].state == RING_PREPARED ? 1 : 0;
	if (mine > present && count > present)
		st = fail(why, INVALID, "%s: the master key of this database was "
		    "changed (undersign key rotate), and this is not the present "
		    "one; put your latest copy there, or for a database from a "
		    "backup the one of the day it was made", where);
	arena_free(&arena);
	if (st == OK)
		store_ring_follow(store, ring_epoch(keys));
	return st;
}
