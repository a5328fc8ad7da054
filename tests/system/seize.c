/* seize - what the thief of a server's disk reads who also has its master key
 *
 *	seize DATABASE KEYFILE [FILE...]
 *
 * Opens all that the master key opens in any table, a line each: what it is, its
 * state, and the plain text.  Then looks at each place of each FILE for what was
 * sealed of anybody, whatever the tables say.
 * SPDX-License-Identifier: ISC
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "base/arena.h"
#include "base/buf.h"
#include "seal/identity.h"
#include "seal/keys.h"
#include "seal/sealed.h"

static struct keys *keys;
static struct arena *arena;

static const char *
shown(const char *text)
{
	return text == NULL ? "-" : text;
}

static void
identity(const char *what, sqlite3_stmt *st)
{
	struct identity who;

	if (identity_open(keys, sqlite3_column_int64(st, 0),
	    sqlite3_column_blob(st, 1), sqlite3_column_blob(st, 3),
	    (size_t)sqlite3_column_bytes(st, 3), arena, &who) == OK)
		(void)printf("%s state=%d %s|%s|%s|%s\n", what,
		    sqlite3_column_int(st, 2), shown(who.address),
		    shown(who.name), shown(who.city), shown(who.comment));
}

static void
value(const char *what, enum key key, sqlite3_stmt *st)
{
	struct seal_place at = { .key = key,
	    .campaign = sqlite3_column_int64(st, 0),
	    .row = sqlite3_column_blob(st, 1),
	    .row_len = (size_t)sqlite3_column_bytes(st, 1) };
	struct buf plain = BUF_INIT, line = BUF_INIT;
	size_t i;

	if (seal_open(keys, &at, sqlite3_column_blob(st, 3),
	    (size_t)sqlite3_column_bytes(st, 3), &plain) == OK) {
		for (i = 0; i < plain.len; i++)
			buf_addch(&line, (unsigned char)plain.data[i] < ' ' ?
			    ' ' : plain.data[i]);
		(void)printf("%s %s %s\n", what,
		    (const char *)sqlite3_column_text(st, 2), line.data);
	}
	buf_free(&plain);
	buf_free(&line);
}

/* Of which rows anything is kept, and for whom. */
static void
kept(sqlite3 *db)
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(db, "SELECT state, length(identity), "
	    "length(sealed) FROM signature", -1, &st, NULL) != SQLITE_OK)
		exit(1);
	while (sqlite3_step(st) == SQLITE_ROW)
		(void)printf("kept state=%d open=%d sealed=%d\n",
		    sqlite3_column_int(st, 0), sqlite3_column_int(st, 1),
		    sqlite3_column_int(st, 2));
	(void)sqlite3_finalize(st);
}

static void
each(sqlite3 *db, const char *sql, const char *what, enum key key)
{
	sqlite3_stmt *st = NULL;
	int rows = 0;

	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK) {
		(void)fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db));
		exit(1);
	}
	while (sqlite3_step(st) == SQLITE_ROW) {
		rows++;
		if (key == KEY_SEAL_IDENTITY)
			identity(what, st);
		else
			value(what, key, st);
		arena_reset(arena);
	}
	(void)sqlite3_finalize(st);
	(void)printf("rows %s %d\n", what, rows);
}

/* ---- what no table has any more ------------------------------------------------ */

#define ROWS 80
#define BLOCKS 8                /* of 64 octets: as long as an identity gets here */

static struct {
	int64_t campaign;
	unsigned char key[HASH_BYTES];
} rows[ROWS];
static size_t row_count;

/* Some, of whom nothing is kept open if there are such. */
static void
read_rows(sqlite3 *db)
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(db, "SELECT campaign, key FROM signature "
	    "ORDER BY identity IS NOT NULL, random()", -1, &st, NULL) != SQLITE_OK)
		exit(1);
	while (row_count < ROWS && sqlite3_step(st) == SQLITE_ROW) {
		rows[row_count].campaign = sqlite3_column_int64(st, 0);
		memcpy(rows[row_count++].key, sqlite3_column_blob(st, 1),
		    HASH_BYTES);
	}
	(void)sqlite3_finalize(st);
}

/* The first octet says which version it is. */
static void
carve_at(const struct buf *b, size_t at)
{
	struct identity who;
	size_t len, i;
	int n;

	for (n = 1; n <= BLOCKS; n++) {
		len = 1 + 24 + (size_t)n * 64 + 16;
		if (b->data[at] != 1 || at + len > b->len)
			return;
		for (i = 0; i < row_count; i++)
			if (identity_open(keys, rows[i].campaign, rows[i].key,
			    b->data + at, len, arena, &who) == OK)
				(void)printf("carved %s|%s|%s|%s\n",
				    shown(who.address), shown(who.name),
				    shown(who.city), shown(who.comment));
	}
	arena_reset(arena);
}

static void
carve(const char *path)
{
	struct buf b = BUF_INIT;
	struct reason why = { "" };
	size_t i;

	if (buf_read_file(&b, path, 1u << 30, &why) != OK) {
		(void)fprintf(stderr, "%s\n", why.text);
		exit(1);
	}
	for (i = 0; i < b.len; i++)
		carve_at(&b, i);
	buf_free(&b);
}

int
main(int argc, char **argv)
{
	struct reason why = { "" };
	sqlite3 *db = NULL;
	int i;

	seal_init();
	arena = arena_new();
	if (argc < 3 || keys_load(&keys, argv[2], &why) != OK ||
	    sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READONLY, NULL) !=
	    SQLITE_OK) {
		(void)fprintf(stderr, "usage: seize DATABASE KEYFILE [FILE...] %s\n",
		    why.text);
		return 2;
	}
	each(db, "SELECT campaign, key, state, identity FROM signature",
	    "signature", KEY_SEAL_IDENTITY);
	each(db, "SELECT campaign, key, 0, identity FROM paper", "paper",
	    KEY_SEAL_IDENTITY);
	each(db, "SELECT campaign, serial, kind, payload FROM outbox", "outbox",
	    KEY_SEAL_OUTBOX);
	each(db, "SELECT 0, serial, why, message FROM parked", "parked",
	    KEY_SEAL_PARKED);
	kept(db);
	read_rows(db);
	(void)sqlite3_close(db);
	for (i = 3; i < argc; i++)
		carve(argv[i]);
	keys_free(&keys);
	arena_free(&arena);
	return 0;
}
