/* SPDX-License-Identifier: ISC
 *
 * The schema and its numbered steps travel inside the program.  Each step is
 * one transaction with the new number in it, so that a step is done or not.
 */
#include <stdio.h>

#include "base/log.h"
#include "store/query.h"

struct migration {
	int number;
	const char *name, *sql;
};

static const struct migration migrations[] = {
#include "store/schema.inc"
};

#define MIGRATIONS (sizeof migrations / sizeof migrations[0])

int
store_schema_newest(void)
{
	return migrations[MIGRATIONS - 1].number;
}

static enum status
broken(sqlite3 *db, int code, const char *path, const char *step,
    struct reason *why)
{
	switch (code & 0xff) {
	case SQLITE_BUSY:
		return fail(why, TEMPFAIL, "%s: another process holds it; try "
		    "again", path);
	case SQLITE_FULL:
		return fail(why, FULL, "%s: no room on its disk for %s", path,
		    step);
	case SQLITE_NOTADB:
		return fail(why, INVALID, "%s: not a database", path);
	default:
		return fail(why, STORE_FAILED, "%s: %s: %s", path, step,
		    sqlite3_errmsg(db));
	}
}

enum status
store_schema_check(sqlite3 *db, const char *path, int *schema_out,
    struct reason *why)
{
	int64_t application, schema, tables;
	int code;

	*schema_out = 0;
	/* In one transaction: another process may be making it just now. */
	code = sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = store_pragma_int(db, "PRAGMA application_id",
		    &application);
	if (code == SQLITE_OK)
		code = store_pragma_int(db, "PRAGMA user_version", &schema);
	if (code == SQLITE_OK)
		code = store_pragma_int(db, "SELECT count(*) FROM sqlite_master",
		    &tables);
	if (!sqlite3_get_autocommit(db))
		(void)sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	if (code != SQLITE_OK)
		return broken(db, code, path, "reading the schema", why);
	if (application != STORE_APPLICATION &&
	    (application != 0 || schema != 0 || tables != 0))
		return fail(why, INVALID, "%s: a database of another program",
		    path);
	if (schema > store_schema_newest())
		return fail(why, INVALID, "%s: its schema is %lld, newer than "
		    "this program, which knows up to %d; install the release "
		    "that wrote it, or a later one", path, (long long)schema,
		    store_schema_newest());
	*schema_out = (int)schema;
	return OK;
}

/* Another process may have taken the same step while we waited for the lock:
 * then there is nothing to do. */
static int
step(sqlite3 *db, const struct migration *m)
{
	char number[80];
	int64_t schema;
	int code;

	code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (code != SQLITE_OK)
		return code;
	code = store_pragma_int(db, "PRAGMA user_version", &schema);
	if (code == SQLITE_OK && schema < m->number) {
		(void)snprintf(number, sizeof number,
		    "PRAGMA application_id = %d; PRAGMA user_version = %d",
		    STORE_APPLICATION, m->number);
		code = sqlite3_exec(db, m->sql, NULL, NULL, NULL);
		if (code == SQLITE_OK)
			code = sqlite3_exec(db, number, NULL, NULL, NULL);
	}
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	return code;
}

enum status
store_migrate(sqlite3 *db, const char *path, struct reason *why)
{
	enum status st;
	char what[64];
	int schema, code;
	size_t i;

	st = store_schema_check(db, path, &schema, why);
	for (i = 0; st == OK && i < MIGRATIONS; i++) {
		if (migrations[i].number <= schema)
			continue;
		code = step(db, &migrations[i]);
		if (code != SQLITE_OK) {
			(void)snprintf(what, sizeof what, "migration %d (%s)",
			    migrations[i].number, migrations[i].name);
			st = broken(db, code, path, what, why);
			if (!sqlite3_get_autocommit(db))
				(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL,
				    NULL);
		} else if (schema > 0)
			log_info("store=migrated schema=%d step=%s",
			    migrations[i].number, migrations[i].name);
	}
	return st;
}
