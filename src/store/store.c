/* SPDX-License-Identifier: ISC
 *
 * Opening, transactions and the write-ahead log (WAL).
 *
 * synchronous=FULL: one fdatasync of the WAL per commit (S2).  The copying of
 * the WAL into the database (checkpoint) is ours: when the WAL has passed
 * CHECKPOINT_PAGES, at the next store_begin, when the answers to the last
 * batch are out, and whenever the keeper is idle.  It is passive, so readers
 * neither wait nor are waited for; when none holds an old state, the WAL is
 * then written from its beginning again.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/query.h"
#include "store/ring.h"
#include "store/trace.h"

#define FILE_NAME "undersigned.db"
#define CHECKPOINT_PAGES 65536          /* 128 MiB: the longer, the more often
                                         * a page is in it that is copied once */
#define IDLE_PAGES 512                  /* worth copying when idle */
#define WAIT_DEFAULT 5000

static const char *const sequence_name[SEQUENCES] = {
	[SEQUENCE_SIGNATURE] = "signature", [SEQUENCE_OUTBOX] = "outbox",
	[SEQUENCE_PARKED] = "parked", [SEQUENCE_SEEN] = "seen",
	[SEQUENCE_MAILING] = "mailing", [SEQUENCE_APPROVAL] = "approval",
	[SEQUENCE_LEAF] = "leaf", [SEQUENCE_WITNESS] = "witness",
	[SEQUENCE_UNCOUNT] = "uncount",
};

/* ---- opening ------------------------------------------------------------ */

/* Once per process, before SQLite is first used.  A process uses the store
 * from one thread, so it need not lock; and nobody asks for its statistics.
 * When something else started SQLite first, its defaults serve as well. */
static void
configure_library(void)
{
	static bool done;
	unsigned char seed;

	if (done)
		return;
	done = true;
	(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	/* Let it open /dev/urandom now; later the sandbox might forbid that. */
	sqlite3_randomness(sizeof seed, &seed);
}

static int
on_wal(void *arg, sqlite3 *db, const char *name, int pages)
{
	struct store *s = arg;

	(void)db;
	(void)name;
	s->wal_pages = pages;
	return SQLITE_OK;
}

static int
run_all(sqlite3 *db, const char *const sql[])
{
	int code = SQLITE_OK;

	for (; *sql != NULL && code == SQLITE_OK; sql++)
		code = sqlite3_exec(db, *sql, NULL, NULL, NULL);
	return code;
}

/* No mmap: pages of the file would be counted as ours.  temp_store: the sandbox
 * has no place for temporary files. */
static const char *const settings[] = {
	"PRAGMA cache_size = -5000",
	"PRAGMA mmap_size = 0",
	"PRAGMA temp_store = MEMORY",
	"PRAGMA trusted_schema = OFF",
	"PRAGMA cell_size_check = ON",
	"PRAGMA foreign_keys = ON",
	NULL
};

/* page_size counts only for a new file.  Nearly each mail changes a page of its
 * own in two indexes, and pages are what is written: small ones are less. */
static const char *const settings_to_write[] = {
	"PRAGMA page_size = 2048",
	"PRAGMA journal_mode = WAL",
	"PRAGMA synchronous = FULL",
	"PRAGMA secure_delete = ON",
	"PRAGMA wal_autocheckpoint = 0",
	"PRAGMA journal_size_limit = 268435456",
	NULL
};

/* SQLite does not wait when several turn to WAL at once; so we do. */
static int
prepare_to_write(sqlite3 *db)
{
	static const struct timespec pause = { .tv_nsec = 10000000 };
	int64_t until = clock_tick() + WAIT_DEFAULT;
	int code;

	do {
		code = run_all(db, settings_to_write);
		if ((code & 0xff) != SQLITE_BUSY)
			break;
		(void)nanosleep(&pause, NULL);
	} while (clock_tick() < until);
	return code;
}

int
store_pragma_int(sqlite3 *db, const char *sql, int64_t *out)
{
	sqlite3_stmt *st = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &st, NULL);

	*out = 0;
	if (code == SQLITE_OK) {
		code = sqlite3_step(st);
		if (code == SQLITE_ROW)
			*out = sqlite3_column_int64(st, 0);
		if (code == SQLITE_ROW || code == SQLITE_DONE)
			code = SQLITE_OK;
	}
	(void)sqlite3_finalize(st);
	return code;
}

/* Without shared memory (a network file system) SQLite stays with its rollback
 * journal and says so only when asked: two syncs and no readers meanwhile. */
static bool
has_wal(sqlite3 *db)
{
	sqlite3_stmt *st = NULL;
	const char *mode;
	bool wal = false;

	if (sqlite3_prepare_v2(db, "PRAGMA journal_mode", -1, &st, NULL) ==
	    SQLITE_OK && sqlite3_step(st) == SQLITE_ROW) {
		mode = (const char *)sqlite3_column_text(st, 0);
		wal = mode != NULL && strcmp(mode, "wal") == 0;
	}
	(void)sqlite3_finalize(st);
	return wal;
}

static enum status
explain_open(struct store *s, int code, struct reason *why)
{
	enum status st = store_fault(s, code, "open");
	int err = sqlite3_system_errno(s->db);

	if (err == EACCES || err == EPERM || err == EROFS ||
	    (code & 0xff) == SQLITE_READONLY)
		return fail(why, DENIED, "%s: cannot be opened (%s); run as the "
		    "user that owns it", s->path,
		    err != 0 ? strerror(err) : "read-only");
	if ((code & 0xff) == SQLITE_NOTADB)
		return fail(why, INVALID, "%s: not a database", s->path);
	switch (st) {
	case TEMPFAIL:
		return fail(why, st, "%s: another process holds it; try again",
		    s->path);
	case FULL:
		return fail(why, st, "%s: no room on its disk", s->path);
	default:
		return fail(why, STORE_FAILED, "%s: %s; if a restart does not "
		    "help, restore a backup", s->path, sqlite3_errmsg(s->db));
	}
}

enum status
store_open_file(struct store **out, const char *path, bool writes,
    struct reason *why)
{
	struct store *s = mem_alloc(sizeof *s);
	enum status st = OK;
	int code;

	*out = NULL;
	configure_library();
	s->path = mem_strdup(path);
	s->reader = !writes;
	s->wait = WAIT_DEFAULT;
	s->unclean = clock_tick();      /* who had it before us may have been killed */
	code = sqlite3_open_v2(path, &s->db, SQLITE_OPEN_NOMUTEX |
	    SQLITE_OPEN_PRIVATECACHE | (writes ? SQLITE_OPEN_READWRITE :
	    SQLITE_OPEN_READONLY), store_vfs());
	if (s->db == NULL)
		log_fatalx("out of memory in the store");
	(void)sqlite3_extended_result_codes(s->db, 1);
	if (code == SQLITE_OK) {
		(void)sqlite3_busy_timeout(s->db, WAIT_DEFAULT);
		(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1,
		    NULL);
		code = run_all(s->db, settings);
	}
	if (code != SQLITE_OK)
		st = explain_open(s, code, why);
	/* Nothing is changed in a file that is not ours. */
	if (st == OK)
		st = store_schema_check(s->db, path, &s->schema, why);
	if (st == OK && writes) {
		code = prepare_to_write(s->db);
		if (code != SQLITE_OK)
			st = explain_open(s, code, why);
		else if (!has_wal(s->db))
			st = fail(why, INVALID, "%s: its file system cannot hold "
			    "a write-ahead log; put state_dir on a local disk",
			    path);
	}
	(void)sqlite3_wal_hook(s->db, on_wal, s);
	if (st == OK)
		*out = s;
	else
		store_close(&s);
	return st;
}

/* SQLite would give a new file the rights that the umask leaves; and the WAL
 * and its index take theirs from the file. */
static enum status
make_file(const char *path, struct reason *why)
{
	int fd;

	if (trace_check(path, why) != OK)
		return INVALID;
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    S_IRUSR | S_IWUSR);
	if (fd < 0 && errno == EEXIST)
		return OK;
	if (fd < 0)
		return fail_errno(why, errno == EACCES || errno == EROFS ?
		    DENIED : errno == ENOENT ? NOT_FOUND :
		    errno == ENOSPC || errno == EDQUOT ? FULL : TEMPFAIL,
		    "%s: cannot make the database", path);
	(void)fchmod(fd, S_IRUSR | S_IWUSR);
	(void)close(fd);
	if (store_sync_directory_of(path) != OK)
		return fail_errno(why, TEMPFAIL, "%s: cannot sync its folder",
		    path);
	return OK;
}

static enum status
check_exists(const char *path, struct reason *why)
{
	struct stat sb;

	if (stat(path, &sb) == 0)
		return OK;
	if (errno == ENOENT && trace_check(path, why) != OK)
		return INVALID;
	if (errno == ENOENT)
		return fail(why, NOT_FOUND, "%s: there is no database; "
		    "the daemon makes it when it starts", path);
	return fail_errno(why, errno == EACCES ? DENIED : TEMPFAIL,
	    "%s: cannot be reached", path);
}

enum status
store_open(struct store **out, const char *dir, enum store_mode mode,
    struct reason *why)
{
	char *path = mem_printf("%s/" FILE_NAME, dir);
	struct store *s = NULL;
	enum status st;

	*out = NULL;
	st = mode == STORE_CREATE ? make_file(path, why) :
	    check_exists(path, why);
	if (st == OK)
		st = store_open_file(&s, path, mode != STORE_READ, why);
	if (st == OK && mode != STORE_READ)
		st = store_migrate(s->db, path, why);
	else if (st == OK && s->schema < store_schema_newest())
		st = fail(why, INVALID, "%s: its schema is %d, this program "
		    "needs %d; start undersignd once, which brings it up to "
		    "date", path, s->schema, store_schema_newest());
	if (st == OK && mode != STORE_READ)
		trace_leave(path);
	if (st == OK)
		*out = s;
	else
		store_close(&s);
	free(path);
	return st;
}

void
store_close(struct store **sp)
{
	struct store *s;
	int i;

	if (sp == NULL || *sp == NULL)
		return;
	s = *sp;
	*sp = NULL;
	if (s->writing)
		store_rollback(s);
	for (i = 0; i < Q_STATEMENTS; i++)
		(void)sqlite3_finalize(s->statement[i]);
	if (sqlite3_close(s->db) != SQLITE_OK)
		log_warnx("store: closed with something still in use");
	free(s->path);
	free(s);
}

void
store_set_wait(struct store *s, int milliseconds)
{
	s->wait = milliseconds;
	(void)sqlite3_busy_timeout(s->db, milliseconds);
}

/* ---- transactions ------------------------------------------------------- */

static enum status
run(struct store *s, enum statement which)
{
	struct query q;

	query_open(&q, s, which);
	return query_run(&q, NULL);
}

static int
checkpoint(struct store *s, int mode)
{
	int code, pages = 0;

	code = sqlite3_wal_checkpoint_v2(s->db, "main", mode, &pages, NULL);
	if (code == SQLITE_OK) {
		s->checkpoint_failed = false;
		s->wal_pages = 0;
		return code;
	}
	/* What is committed is safe in the WAL: say it once.  The next commit
	 * tells the pages of the whole WAL anew, so the next batch tries again. */
	s->wal_pages = 0;
	if (!s->checkpoint_failed && (code & 0xff) != SQLITE_BUSY) {
		s->checkpoint_failed = true;
		(void)store_fault(s, code, "checkpoint");
	}
	return code;
}

/* With the write lock: whoever puts another key in use waits for us, or we see it
 * here. */
static enum status
check_ring(struct store *s)
{
	bool passed;
	enum status st = store_ring_is_passed(s, &passed);

	if (st == OK && passed)
		st = DENIED;
	if (st != OK)
		store_rollback(s);
	return st;
}

enum status
store_begin(struct store *s)
{
	enum status st;

	if (s->writing) {
		log_warnx("store: a transaction within a transaction");
		return INVALID;
	}
	/* SQLite would let it begin, and fail at the first write. */
	if (s->reader)
		return DENIED;
	if (s->wal_pages > CHECKPOINT_PAGES)
		(void)checkpoint(s, SQLITE_CHECKPOINT_PASSIVE);
	s->condemned = OK;
	s->sequence_loaded = false;
	s->removed = false;
	s->writing = true;
	st = run(s, Q_BEGIN);
	s->writing = st == OK;
	s->condemned = OK;
	return st == OK ? check_ring(s) : st;
}

static enum status
sequence_load(struct store *s)
{
	struct query q;
	const char *name;
	int i;

	if (s->sequence_loaded)
		return OK;
	query_open(&q, s, Q_SEQUENCE_LOAD);
	while (query_next(&q) == OK) {
		name = (const char *)sqlite3_column_text(q.st, 0);
		for (i = 0; i < SEQUENCES; i++)
			if (name != NULL && strcmp(name, sequence_name[i]) == 0)
				s->sequence[i] = s->sequence_saved[i] =
				    sqlite3_column_int64(q.st, 1);
	}
	s->sequence_loaded = q.status == OK;
	return query_close(&q);
}

/* One small write per transaction that gave out ids, however many (S3). */
static enum status
sequence_save(struct store *s)
{
	struct query q;
	enum status st;
	int i;

	for (i = 0; s->sequence_loaded && i < SEQUENCES; i++) {
		if (s->sequence[i] == s->sequence_saved[i])
			continue;
		query_open(&q, s, Q_SEQUENCE_SAVE);
		query_int(&q, s->sequence[i]);
		query_text(&q, sequence_name[i]);
		st = query_run(&q, NULL);
		if (st != OK)
			return st;
		s->sequence_saved[i] = s->sequence[i];
	}
	return OK;
}

enum status
store_sequence_get(struct store *s, enum sequence which, int64_t *out)
{
	enum status st = sequence_load(s);

	*out = st == OK ? s->sequence[which] : 0;
	return st;
}

void
store_sequence_set(struct store *s, enum sequence which, int64_t value)
{
	s->sequence[which] = value;
}

enum status
store_sequence_next(struct store *s, enum sequence which, int64_t *out)
{
	enum status st;

	*out = 0;
	if (!s->writing) {
		log_warnx("store: a write outside a transaction is refused");
		return INVALID;
	}
	st = sequence_load(s);
	if (st == OK)
		*out = s->sequence[which]++;
	return st;
}

/* ---- ids after an old copy came back -------------------------------------- */

/* A copy does not know which ids were given since it was made, nor how often it has
 * come back before; time does.  No more than half of all numbers for a clock that
 * is wrong, and some of the others at random where time does not help. */
#define IDS_SECOND 256
#define IDS_EPOCH (INT64_C(18262) * CLOCK_DAY)          /* 2020-01-01 */
#define LEAP (INT64_C(1) << 20)
#define LEAP_BITS 24

static int64_t
leap_from(int64_t id)
{
	uint32_t random;

	sqlite3_randomness(sizeof random, &random);
	id += LEAP + (random >> (32 - LEAP_BITS));
	return id <= STORE_ID_MOST ? id : STORE_ID_MOST;
}

enum status
store_ids_leap(struct store *s, int64_t now, bool lost)
{
	static const enum sequence in_tokens[] = { SEQUENCE_SIGNATURE,
	    SEQUENCE_APPROVAL, SEQUENCE_WITNESS };
	int64_t first = (now - IDS_EPOCH) * IDS_SECOND, next;
	enum status st = s->writing ? OK : INVALID;
	size_t i;

	if (now - IDS_EPOCH > STORE_ID_MOST / 2 / IDS_SECOND)
		first = 0;
	for (i = 0; st == OK && i < sizeof in_tokens / sizeof in_tokens[0]; i++) {
		st = store_sequence_get(s, in_tokens[i], &next);
		if (st != OK)
			break;
		if (next < first)
			next = first;
		else if (lost)
			next = leap_from(next);
		store_sequence_set(s, in_tokens[i], next);
	}
	return st;
}

enum status
store_commit(struct store *s)
{
	enum status st;

	if (!s->writing) {
		log_warnx("store: nothing to commit");
		return INVALID;
	}
	st = s->condemned;
	if (st == OK)
		st = sequence_save(s);
	if (st == OK)
		st = run(s, Q_COMMIT);
	if (st != OK)
		store_rollback(s);
	else if (s->removed && s->unclean == 0)
		s->unclean = clock_tick();
	s->writing = false;
	return st;
}

void
store_rollback(struct store *s)
{
	s->condemned = OK;
	s->sequence_loaded = false;
	/* SQLite may have rolled back already, as it does on a full disk. */
	if (s->writing && !sqlite3_get_autocommit(s->db) &&
	    run(s, Q_ROLLBACK) != OK)
		log_warnx("store: rollback failed");
	s->writing = false;
	s->condemned = OK;
}

bool
store_is_writing(const struct store *s)
{
	return s->writing;
}

enum status
store_savepoint(struct store *s)
{
	if (!s->writing)
		return INVALID;
	return run(s, Q_SAVEPOINT);
}

enum status
store_release(struct store *s)
{
	return run(s, Q_RELEASE);
}

/* Ids given since the savepoint stay given: a gap does no harm. */
void
store_undo(struct store *s)
{
	if (run(s, Q_UNDO) != OK || run(s, Q_RELEASE) != OK)
		if (s->writing && s->condemned == OK)
			s->condemned = STORE_FAILED;
}

enum status
store_look(struct store *s)
{
	return s->writing ? INVALID : run(s, Q_LOOK);
}

void
store_look_end(struct store *s)
{
	if (!s->writing && !sqlite3_get_autocommit(s->db) &&
	    run(s, Q_COMMIT) != OK)
		(void)run(s, Q_ROLLBACK);
}

uint32_t
store_version(struct store *s)
{
	struct query q;
	uint32_t version = 0;

	query_open(&q, s, Q_VERSION);
	if (query_next(&q) == OK)
		version = (uint32_t)query_get_int(&q);
	if (query_close(&q) != OK)
		return 0;
	return version;
}

void
store_checkpoint(struct store *s)
{
	if (!s->writing && s->wal_pages > IDLE_PAGES)
		(void)checkpoint(s, SQLITE_CHECKPOINT_PASSIVE);
}

void
store_removed(struct store *s)
{
	s->removed = true;
}

int64_t
store_unclean(const struct store *s)
{
	return s->unclean;
}

/* The pages that are in memory have what was moved away in them still
 * (store/page.h) and would take it along into the WAL; but as that begins anew,
 * SQLite reads all pages again, here and in other processes. */
enum status
store_clean(struct store *s, int wait)
{
	int code;

	if (s->writing || s->reader)
		return INVALID;
	(void)sqlite3_busy_timeout(s->db, wait);
	code = checkpoint(s, SQLITE_CHECKPOINT_TRUNCATE);
	(void)sqlite3_busy_timeout(s->db, s->wait);
	if ((code & 0xff) == SQLITE_BUSY)
		return TEMPFAIL;
	if (code != SQLITE_OK)
		return STORE_FAILED;
	s->unclean = 0;
	return OK;
}

/* ---- files -------------------------------------------------------------- */

enum status
store_sync_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), saved, bad;

	if (fd < 0)
		return TEMPFAIL;
	bad = fsync(fd) != 0;
	saved = errno;
	(void)close(fd);
	errno = saved;
	return bad ? TEMPFAIL : OK;
}

enum status
store_sync_directory_of(const char *path)
{
	char *copy = mem_strdup(path);
	enum status st = store_sync_path(dirname(copy));

	free(copy);
	return st;
}
