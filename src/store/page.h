/* page.h - a page of the database, without what it does not hold any more
 *
 * secure_delete (store.c) overwrites what is removed.  It does not know of the
 * copies: when SQLite moves rows from one page to another, as it does each time
 * that a page is full or nearly empty, the old page keeps their bytes in the room
 * between its list of cells and its cells.  A row that is removed later is
 * overwritten where it stands then, and its older copy stays.  Of some thousand
 * sealed values that were removed, one in a thousand could still be read.
 *
 * So that room is filled with zeros as the page goes to the database file, and
 * to a backup; SQLite never reads it.  (In the WAL a page is under a checksum;
 * that is cut instead: store_clean.)
 */
#ifndef STORE_PAGE_H
#define STORE_PAGE_H

#include <stdbool.h>
#include <stddef.h>

/* Pages of a file that has more than this may not be judged: from there on the
 * first byte of a page of another kind can be that of a b-tree page. */
#define PAGES_JUDGED (1 << 25)

/* PAGE has LEN bytes, FIRST: it is the first of the file.  False, and nothing is
 * changed: it is no b-tree page, or damaged. */
bool page_blank(unsigned char *page, size_t len, bool first);

#endif
