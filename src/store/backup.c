/* SPDX-License-Identifier: ISC
 *
 * Copies of the whole store: out while others write, back in after checking.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "store/query.h"

#define FILE_NAME "undersigned.db"
#define STEP_PAGES 512

static const char *const companions[] = { "", "-wal", "-shm", "-journal" };

static void
remove_with_companions(const char *path)
{
	char *name;
	size_t i;

	for (i = 0; i < sizeof companions / sizeof companions[0]; i++) {
		name = mem_printf("%s%s", path, companions[i]);
		(void)unlink(name);
		free(name);
	}
}

static enum status
status_of_errno(void)
{
	switch (errno) {
	case EEXIST:
		return EXISTS;
	case ENOENT:
		return NOT_FOUND;
	case EACCES:
	case EPERM:
	case EROFS:
		return DENIED;
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return FULL;
	default:
		return TEMPFAIL;
	}
}

/* An empty file of our own beside PATH, for us alone. */
static enum status
make_temporary(const char *path, char **name_out, int *fd_out,
    struct reason *why)
{
	char *name = mem_printf("%s.XXXXXX", path);
	int fd = mkostemp(name, O_CLOEXEC);
	enum status st = OK;

	if (fd < 0) {
		st = fail_errno(why, status_of_errno(), "%s: cannot make a file "
		    "beside it", path);
		free(name);
		name = NULL;
	} else
		(void)fchmod(fd, S_IRUSR | S_IWUSR);
	*name_out = name;
	*fd_out = fd;
	return st;
}

/* Sync, then give it its name unless there is such a file.  A link, not a
 * rename, since that would replace. */
static enum status
settle(const char *temporary, const char *path, struct reason *why)
{
	if (store_sync_path(temporary) != OK)
		return fail_errno(why, status_of_errno(), "%s: cannot sync it",
		    path);
	if (link(temporary, path) != 0)
		return fail_errno(why, status_of_errno(), "%s", path);
	(void)unlink(temporary);
	if (store_sync_directory_of(path) != OK)
		return fail_errno(why, TEMPFAIL, "%s: cannot sync its folder",
		    path);
	return OK;
}

/* ---- out ---------------------------------------------------------------- */

static enum status
copy_pages(struct store *s, sqlite3 *to, const char *path,
    void (*progress)(void *arg, int64_t done, int64_t total), void *arg,
    struct reason *why)
{
	sqlite3_backup *b;
	int code, total;

	b = sqlite3_backup_init(to, "main", s->db, "main");
	if (b == NULL)
		return fail(why, STORE_FAILED, "%s: %s", path,
		    sqlite3_errmsg(to));
	do {
		code = sqlite3_backup_step(b, STEP_PAGES);
		total = sqlite3_backup_pagecount(b);
		if (progress != NULL && (code == SQLITE_OK || code == SQLITE_DONE))
			progress(arg, total - sqlite3_backup_remaining(b), total);
	} while (code == SQLITE_OK);
	(void)sqlite3_backup_finish(b);
	if (code == SQLITE_DONE)
		return OK;
	if ((code & 0xff) == SQLITE_FULL)
		return fail(why, FULL, "%s: no room for the copy", path);
	if ((code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED)
		return fail(why, TEMPFAIL, "%s: another process holds the store",
		    path);
	return fail(why, STORE_FAILED, "%s: %s", path, sqlite3_errstr(code));
}

/* One read transaction over the whole copy: others go on writing, we see the
 * state at its beginning, and never start again. */
static enum status
copy_state(struct store *s, sqlite3 *to, const char *path,
    void (*progress)(void *arg, int64_t done, int64_t total), void *arg,
    struct reason *why)
{
	enum status st;
	int64_t ignored;
	int code;

	code = sqlite3_exec(s->db, "BEGIN", NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = store_pragma_int(s->db, "SELECT count(*) FROM campaign",
		    &ignored);
	if (code != SQLITE_OK)
		st = fail(why, store_fault(s, code, "backup"),
		    "%s: the store cannot be read", path);
	else
		st = copy_pages(s, to, path, progress, arg, why);
	if (!sqlite3_get_autocommit(s->db))
		(void)sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
	return st;
}

enum status
store_backup(struct store *s, const char *path,
    void (*progress)(void *arg, int64_t done, int64_t total), void *arg,
    struct reason *why)
{
	char *temporary = NULL;
	sqlite3 *to = NULL;
	enum status st;
	int fd = -1;

	if (s->writing)
		return fail(why, INVALID, "%s: a transaction is open", path);
	if (access(path, F_OK) == 0)
		return fail(why, EXISTS, "%s: there is a file already; it is "
		    "left as it is", path);
	st = make_temporary(path, &temporary, &fd, why);
	if (st != OK)
		return st;
	(void)close(fd);
	if (sqlite3_open_v2(temporary, &to, SQLITE_OPEN_READWRITE,
	    store_vfs()) != SQLITE_OK || sqlite3_exec(to, "PRAGMA journal_mode = OFF; "
	    "PRAGMA synchronous = OFF", NULL, NULL, NULL) != SQLITE_OK)
		st = fail(why, TEMPFAIL, "%s: %s", path, sqlite3_errmsg(to));
	if (st == OK)
		st = copy_state(s, to, path, progress, arg, why);
	/* One file that asks for no WAL beside it. */
	if (st == OK && sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL,
	    NULL, NULL) != SQLITE_OK)
		st = fail(why, TEMPFAIL, "%s: %s", path, sqlite3_errmsg(to));
	(void)sqlite3_close(to);
	if (st == OK)
		st = settle(temporary, path, why);
	if (st != OK)
		remove_with_companions(temporary);
	free(temporary);
	return st;
}

/* ---- back in ------------------------------------------------------------ */

static enum status
copy_bytes(int from, int to, const char *path, struct reason *why)
{
	char block[65536];
	ssize_t n, w, done;

	for (;;) {
		n = read(from, block, sizeof block);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_errno(why, TEMPFAIL, "%s: cannot read the "
			    "backup", path);
		if (n == 0)
			return OK;
		for (done = 0; done < n; done += w) {
			w = write(to, block + done, (size_t)(n - done));
			if (w < 0 && errno == EINTR)
				w = 0;
			else if (w <= 0)
				return fail_errno(why, status_of_errno(),
				    "cannot write the copy of %s", path);
		}
	}
}

/* Nothing may be there that SQLite would take for a part of the new file. */
static enum status
check_room(const char *target, const char *backup, struct reason *why)
{
	enum status st = OK;
	struct stat sb;
	char *name;
	size_t i;

	for (i = 0; st == OK && i < sizeof companions / sizeof companions[0];
	    i++) {
		name = mem_printf("%s%s", target, companions[i]);
		if (lstat(name, &sb) == 0)
			st = fail(why, EXISTS, "%s: is there; stop undersignd and "
			    "move it away first", name);
		free(name);
	}
	name = mem_printf("%s-wal", backup);
	if (st == OK && stat(name, &sb) == 0 && sb.st_size > 0)
		st = fail(why, INVALID, "%s: belongs to a database in use; a "
		    "copy made by \"undersign backup\" stands alone", name);
	free(name);
	return st;
}

/* Tokens of those who signed after the copy was made are about, and nobody here
 * knows of them (S3). */
static enum status
leap(struct store *s, int64_t now, struct reason *why)
{
	enum status st = store_begin(s);

	if (st == OK)
		st = store_ids_leap(s, now, true);
	if (st == OK)
		st = store_commit(s);
	else
		store_rollback(s);
	return st == OK ? OK : fail(why, st, "it cannot be written: %s",
	    status_text(st));
}

/* The copy is what is checked, so nothing can change in between. */
static enum status
check_copy(const char *copy, const char *backup, int64_t now,
    struct reason *why)
{
	struct store *s = NULL;
	struct reason inner;
	enum status st;

	st = store_open_file(&s, copy, true, &inner);
	if (st == OK && s->schema == 0)
		st = fail(&inner, INVALID, "there is nothing in it");
	if (st == OK)
		st = store_migrate(s->db, backup, &inner);
	if (st == OK)
		st = store_verify(s, &inner);
	if (st == OK)
		st = leap(s, now, &inner);
	if (st == OK && sqlite3_exec(s->db, "PRAGMA journal_mode = DELETE", NULL,
	    NULL, NULL) != SQLITE_OK)
		st = fail(&inner, TEMPFAIL, "%s", sqlite3_errmsg(s->db));
	store_close(&s);
	if (st != OK)
		(void)fail(why, st, "%s: not restored: %s", backup, inner.text);
	return st;
}

enum status
store_restore(const char *backup, const char *dir, int64_t now,
    struct reason *why)
{
	char *target = mem_printf("%s/" FILE_NAME, dir), *temporary = NULL;
	int from = -1, to = -1;
	enum status st;

	st = check_room(target, backup, why);
	if (st != OK)
		goto out;
	from = open(backup, O_RDONLY | O_CLOEXEC);
	if (from < 0) {
		st = fail_errno(why, status_of_errno(), "%s", backup);
		goto out;
	}
	st = make_temporary(target, &temporary, &to, why);
	if (st == OK)
		st = copy_bytes(from, to, backup, why);
	if (to >= 0)
		(void)close(to);
	if (st == OK)
		st = check_copy(temporary, backup, now, why);
	if (st == OK)
		st = settle(temporary, target, why);
	if (st != OK && temporary != NULL)
		remove_with_companions(temporary);
out:
	if (from >= 0)
		(void)close(from);
	free(temporary);
	free(target);
	return st;
}

/* ---- checking ----------------------------------------------------------- */

/* "ok" or the first complaint; SQLite's words name tables and pages only. */
static enum status
integrity(struct store *s, struct reason *why)
{
	sqlite3_stmt *st = NULL;
	enum status result = STORE_FAILED;
	const char *said;
	int code;

	code = sqlite3_prepare_v2(s->db, "PRAGMA integrity_check(1)", -1, &st,
	    NULL);
	if (code == SQLITE_OK)
		code = sqlite3_step(st);
	if (code == SQLITE_ROW) {
		said = (const char *)sqlite3_column_text(st, 0);
		if (said != NULL && strcmp(said, "ok") == 0)
			result = OK;
		else
			(void)fail(why, STORE_FAILED, "%s: damaged: %s; restore "
			    "a backup", s->path, said == NULL ? "?" : said);
	} else {
		result = store_fault(s, sqlite3_extended_errcode(s->db),
		    "integrity_check");
		(void)fail(why, result, "%s: %s", s->path,
		    sqlite3_errmsg(s->db));
	}
	(void)sqlite3_finalize(st);
	return result;
}

enum status
store_verify(struct store *s, struct reason *why)
{
	int64_t wrong = 0;
	enum status st;

	st = integrity(s, why);
	if (st != OK)
		return st;
	if (store_pragma_int(s->db, "SELECT count(*) FROM "
	    "pragma_foreign_key_check", &wrong) != SQLITE_OK || wrong != 0)
		return fail(why, STORE_FAILED, "%s: %lld rows belong to nothing; "
		    "restore a backup", s->path, (long long)wrong);
	st = store_check_counts(s, &wrong);
	if (st != OK)
		return fail(why, st, "%s: the counts cannot be read", s->path);
	if (wrong != 0)
		return fail(why, STORE_FAILED, "%s: %lld counts differ from the "
		    "rows they count; restore a backup", s->path,
		    (long long)wrong);
	return OK;
}
