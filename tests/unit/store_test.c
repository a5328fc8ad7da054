/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/arena.h"
#include "base/clock.h"
#include "store/consent.h"
#include "store/paper.h"
#include "store/sealed.h"
#include "store/store.h"

#include <cmocka.h>

#define NOW 1795000000
#define WEEK (7 * CLOCK_DAY)

static char dir[64];
static struct store *s;
static struct arena *arena;
static int64_t campaign;

/* ---- syncs are counted, and can be made to fail -------------------------- */

static int syncs, sync_errno;

int fdatasync(int fd);
int fsync(int fd);

int
fdatasync(int fd)
{
	syncs++;
	if (sync_errno != 0) {
		errno = sync_errno;
		return -1;
	}
	return (int)syscall(SYS_fdatasync, fd);
}

int
fsync(int fd)
{
	syncs++;
	if (sync_errno != 0) {
		errno = sync_errno;
		return -1;
	}
	return (int)syscall(SYS_fsync, fd);
}

/* ---- a store of its own for every test ----------------------------------- */

static const char *
in_dir(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	return path;
}

static int
setup(void **state)
{
	struct reason why;

	(void)state;
	sync_errno = 0;         /* whatever the last test left */
	(void)snprintf(dir, sizeof dir, "/tmp/store_test.XXXXXX");
	if (mkdtemp(dir) == NULL || chmod(dir, 0700) != 0)
		return -1;
	arena = arena_new();
	if (store_open(&s, dir, STORE_CREATE, &why) != OK) {
		print_error("%s\n", why.text);
		return -1;
	}
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_campaign_add(s, "parks", &campaign), OK);
	assert_int_equal(store_commit(s), OK);
	return 0;
}

static int
teardown(void **state)
{
	static const char *const names[] = { "undersigned.db",
		"undersigned.db-wal", "undersigned.db-shm",
		"database.made" };
	size_t i;

	(void)state;
	store_close(&s);
	arena_free(&arena);
	for (i = 0; i < 4; i++)
		(void)unlink(in_dir(names[i]));
	return rmdir(dir);
}

static void
reopen(enum store_mode mode)
{
	struct reason why;

	store_close(&s);
	assert_int_equal(store_open(&s, dir, mode, &why), OK);
}

static void
make_key(unsigned char key[STORE_HASH], int n)
{
	memset(key, 0, STORE_HASH);
	memcpy(key, &n, sizeof n);
}

static struct signature
a_signature(int n)
{
	struct signature sig = { .campaign = campaign,
	    .state = SIGNATURE_PENDING, .country = "TJ", .language = "tg",
	    .source = "", .created_day = 20000, .requests = 1,
	    .requested_at = NOW, .next_at = NOW + 100, .expires_at = NOW + 200,
	    .identity = { "sealed", 6 } };

	make_key(sig.key, n);
	return sig;
}

static int64_t
add_signature(int n)
{
	struct signature sig = a_signature(n);

	assert_int_equal(store_signature_add(s, &sig), OK);
	return sig.id;
}

static int64_t
add_mail(int64_t signature, enum outbox_class class, int64_t due)
{
	struct outbox_row row = { .campaign = campaign, .signature = signature,
	    .class = class, .kind = "request", .language = "tg",
	    .payload = { "p", 1 }, .created_at = NOW, .due_at = due };

	memset(row.serial, 9, sizeof row.serial);
	assert_int_equal(store_outbox_add(s, &row), OK);
	return row.id;
}

/* What a staff member with the sqlite3 tool might do. */
static void
by_hand(const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(in_dir("undersigned.db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* ---- opening -------------------------------------------------------------- */

static void
opens_what_is_there(void **state)
{
	struct store *other = NULL;
	struct reason why;

	(void)state;
	assert_int_equal(store_open(&other, "/nonexistent", STORE_CREATE, &why),
	    NOT_FOUND);
	assert_int_equal(store_open(&other, "/tmp/nonexistent", STORE_WRITE,
	    &why), NOT_FOUND);
	assert_int_equal(store_open(&other, "/tmp/nonexistent", STORE_READ,
	    &why), NOT_FOUND);
	assert_non_null(strstr(why.text, "the daemon makes it"));
	assert_null(other);
}

static void
files_are_private(void **state)
{
	static const char *const names[] = { "undersigned.db",
		"undersigned.db-wal", "undersigned.db-shm" };
	struct stat sb;
	mode_t old = umask(0);
	size_t i;

	(void)state;
	assert_int_equal(teardown(NULL), 0);
	assert_int_equal(setup(NULL), 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(stat(in_dir(names[i]), &sb), 0);
		assert_int_equal(sb.st_mode & 07777, 0600);
	}
	/* And not so private that a strict umask locks us out. */
	(void)umask(0377);
	assert_int_equal(teardown(NULL), 0);
	assert_int_equal(setup(NULL), 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(stat(in_dir(names[i]), &sb), 0);
		assert_int_equal(sb.st_mode & 07777, 0600);
	}
	(void)umask(old);
}

static void
refused(enum store_mode mode, const char *says)
{
	struct store *none = NULL;
	struct reason why = { "" };

	assert_int_equal(store_open(&none, dir, mode, &why), INVALID);
	assert_null(none);
	assert_non_null(strstr(why.text, "the database is missing"));
	assert_non_null(strstr(why.text, "undersign restore"));
	if (strstr(why.text, says) == NULL)
		fail_msg("%s: %s", says, why.text);
}

static void
touch(const char *name)
{
	int fd = open(in_dir(name), O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
}

static void
move(const char *from, const char *to)
{
	char path[128];

	(void)snprintf(path, sizeof path, "%s/%s", dir, from);
	assert_int_equal(rename(path, in_dir(to)), 0);
}

/* Each trace alone; and without one it is made, as at the first start. */
static void
a_lost_one_is_not_begun_anew(void **state)
{
	static const char *const traces[] = { "database.made",
		"undersigned.db-wal", "tally-parks.checkpoint" };
	static const char *const others[] = { "tally-parks.cosigned",
		"my-tally.checkpoint", "undersigned.db-shm" };
	struct stat sb;
	size_t i;

	(void)state;
	store_close(&s);
	assert_int_equal(stat(in_dir(traces[0]), &sb), 0);
	move("undersigned.db", "kept");
	refused(STORE_CREATE, "move database.made away");
	refused(STORE_WRITE, "move database.made away");
	refused(STORE_READ, "move database.made away");
	assert_int_not_equal(stat(in_dir("undersigned.db"), &sb), 0);
	touch("undersigned.db");                /* nothing in it */
	refused(STORE_CREATE, "move database.made away");
	assert_int_equal(unlink(in_dir("undersigned.db")), 0);
	touch(traces[2]);
	refused(STORE_CREATE, "checkpoint");
	assert_int_equal(unlink(in_dir(traces[2])), 0);

	/* Put back, it is as it was. */
	move("kept", "undersigned.db");
	reopen(STORE_CREATE);
	store_close(&s);

	for (i = 0; i < 3; i++) {
		assert_int_equal(teardown(NULL), 0);
		assert_int_equal(setup(NULL), 0);
		store_close(&s);
		assert_int_equal(unlink(in_dir("undersigned.db")), 0);
		assert_int_equal(unlink(in_dir("database.made")), 0);
		touch(traces[i]);
		refused(STORE_CREATE, traces[i]);
		assert_int_equal(unlink(in_dir(traces[i])), 0);
		touch(others[i]);
		reopen(STORE_CREATE);
		if (strcmp(others[i], "undersigned.db-shm") != 0)
			assert_int_equal(unlink(in_dir(others[i])), 0);
		assert_int_equal(stat(in_dir("database.made"), &sb), 0);
	}
}

static void
reader_never_writes(void **state)
{
	struct store *reader = NULL;
	struct reason why;
	int64_t n;

	(void)state;
	assert_int_equal(store_open(&reader, dir, STORE_READ, &why), OK);
	assert_int_equal(store_begin(reader), DENIED);
	assert_int_equal(store_note_set(reader, "a", 1), INVALID);
	assert_int_equal(store_note_get(reader, "a", &n), NOT_FOUND);
	store_close(&reader);
}

/* ---- transactions ----------------------------------------------------------- */

static void
all_or_nothing(void **state)
{
	int64_t n;

	(void)state;
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_note_set(s, "a", 1), OK);
	add_signature(1);
	store_rollback(s);
	assert_int_equal(store_note_get(s, "a", &n), NOT_FOUND);

	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_note_set(s, "a", 1), OK);
	assert_int_equal(store_begin(s), INVALID);
	assert_int_equal(store_commit(s), OK);
	assert_int_equal(store_commit(s), INVALID);
	assert_int_equal(store_note_get(s, "a", &n), OK);

	/* Closing in the middle is a rollback. */
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_note_set(s, "a", 2), OK);
	reopen(STORE_WRITE);
	assert_int_equal(store_note_get(s, "a", &n), OK);
	assert_int_equal(n, 1);
}

static void
no_write_outside(void **state)
{
	struct signature sig = a_signature(1);
	struct outbox_row row = { .kind = "x", .language = "en" };
	unsigned char key[STORE_HASH] = { 1 };
	int64_t id;

	(void)state;
	assert_int_equal(store_note_set(s, "a", 1), INVALID);
	assert_int_equal(store_signature_add(s, &sig), INVALID);
	assert_int_equal(store_outbox_add(s, &row), INVALID);
	assert_int_equal(store_seen_add(s, key, NOW), INVALID);
	assert_int_equal(store_campaign_add(s, "other", &id), INVALID);
	assert_int_equal(store_campaign_add(s, "parks", &id), EXISTS);
	assert_int_equal(store_savepoint(s), INVALID);
}

static void
one_item_undone(void **state)
{
	struct signature out;
	unsigned char key[STORE_HASH];
	int64_t first, n;

	(void)state;
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_savepoint(s), OK);
	first = add_signature(1);
	assert_int_equal(store_release(s), OK);
	assert_int_equal(store_savepoint(s), OK);
	add_signature(2);
	add_mail(first, OUTBOX_ANSWER, NOW);
	assert_int_equal(store_note_set(s, "a", 1), OK);
	store_undo(s);
	assert_int_equal(store_savepoint(s), OK);
	add_signature(3);
	assert_int_equal(store_release(s), OK);
	assert_int_equal(store_commit(s), OK);

	make_key(key, 1);
	assert_int_equal(store_signature_find(s, arena, campaign, key, &out), OK);
	make_key(key, 2);
	assert_int_equal(store_signature_find(s, arena, campaign, key, &out),
	    NOT_FOUND);
	make_key(key, 3);
	assert_int_equal(store_signature_find(s, arena, campaign, key, &out), OK);
	assert_int_equal(store_note_get(s, "a", &n), NOT_FOUND);
	assert_int_equal(store_outbox_next(s, OUTBOX_ANSWER, &n), OK);
	assert_true(n == CLOCK_NEVER);
	assert_int_equal(store_check_counts(s, &n), OK);
	assert_int_equal(n, 0);
}

/* S2: one sync for a change, however much it holds; none for no change. */
static void
syncs_are_counted(void **state)
{
	unsigned char key[STORE_HASH] = { 7 };
	struct signature out;
	int i;

	(void)state;
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_seen_add(s, key, NOW), OK);
	assert_int_equal(store_commit(s), OK);

	syncs = 0;
	for (i = 0; i < 10; i++) {
		assert_int_equal(store_begin(s), OK);
		assert_int_equal(store_savepoint(s), OK);
		assert_int_equal(store_seen_add(s, key, NOW), EXISTS);
		assert_int_equal(store_signature_find(s, arena, campaign, key,
		    &out), NOT_FOUND);
		store_undo(s);
		assert_int_equal(store_commit(s), OK);
	}
	assert_int_equal(syncs, 0);

	assert_int_equal(store_begin(s), OK);
	for (i = 0; i < 200; i++)
		add_mail(add_signature(i), OUTBOX_REQUEST, NOW);
	assert_int_equal(store_commit(s), OK);
	assert_int_equal(syncs, 1);
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_note_set(s, "a", 1), OK);
	store_rollback(s);
	assert_int_equal(syncs, 1);
}

/* Copying the WAL back costs syncs too; all in all they stay rare, and the WAL
 * stays small. */
static void
checkpoints_are_rare(void **state)
{
	struct stat sb;
	int i, batch;

	(void)state;
	syncs = 0;
	for (batch = 0; batch < 300; batch++) {
		assert_int_equal(store_begin(s), OK);
		for (i = 0; i < 300; i++)
			add_mail(add_signature((batch * 300 + i) * 7919),
			    OUTBOX_REQUEST, NOW);
		assert_int_equal(store_commit(s), OK);
	}
	assert_true(syncs < 300 + 10);
	assert_int_equal(stat(in_dir("undersigned.db-wal"), &sb), 0);
	assert_true(sb.st_size < 140 * 1024 * 1024);
	assert_int_equal(store_clean(s, 5000), OK);
	assert_int_equal(stat(in_dir("undersigned.db-wal"), &sb), 0);
	assert_int_equal(sb.st_size, 0);
}

static void
version_tells_of_others(void **state)
{
	struct store *other = NULL;
	struct reason why;
	uint32_t before;

	(void)state;
	assert_int_equal(store_open(&other, dir, STORE_WRITE, &why), OK);
	before = store_version(s);
	assert_int_equal(store_version(s), before);
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_note_set(s, "a", 1), OK);
	assert_int_equal(store_commit(s), OK);
	assert_int_equal(store_version(s), before);
	assert_int_equal(store_begin(other), OK);
	assert_int_equal(store_note_set(other, "a", 2), OK);
	assert_int_equal(store_commit(other), OK);
	assert_int_not_equal(store_version(s), before);
	store_close(&other);
}

static void
waits_a_bounded_time(void **state)
{
	struct store *other = NULL;
	struct reason why;
	int64_t t, n;

	(void)state;
	assert_int_equal(store_open(&other, dir, STORE_WRITE, &why), OK);
	assert_int_equal(store_begin(other), OK);
	assert_int_equal(store_note_set(other, "a", 1), OK);
	store_set_wait(s, 100);
	t = clock_tick();
	assert_int_equal(store_begin(s), TEMPFAIL);
	t = clock_tick() - t;
	assert_true(t >= 50 && t < 3000);
	/* Reading goes on meanwhile, and sees nothing half done. */
	assert_int_equal(store_note_get(s, "a", &n), NOT_FOUND);
	assert_int_equal(store_commit(other), OK);
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_note_get(s, "a", &n), OK);
	assert_int_equal(store_commit(s), OK);
	store_close(&other);
}

/* ---- when the disk is full or failing ---------------------------------------- */

static void
limit_files(rlim_t size)
{
	struct rlimit r;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &r), 0);
	r.rlim_cur = size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

static int64_t
count_rows(void)
{
	struct signature out[64];
	int64_t after = 0, rows = 0;
	size_t got;

	do {
		assert_int_equal(store_signature_list(s, arena, campaign,
		    SIGNATURE_STATES, after, out, 64, &got), OK);
		rows += (int64_t)got;
		if (got > 0)
			after = out[got - 1].id;
	} while (got > 0);
	return rows;
}

/* A copy of the files as they are now, as a crash would leave them. */
static int64_t
rows_after_crash(void)
{
	char copy[96], command[400];
	struct store *kept = s;
	struct reason why;
	int64_t rows;

	(void)snprintf(copy, sizeof copy, "%s/copy", dir);
	(void)snprintf(command, sizeof command, "mkdir -m 700 %s && cp %s/*.db "
	    "%s/*-wal %s", copy, dir, dir, copy);
	assert_int_equal(system(command), 0);
	assert_int_equal(store_open(&s, copy, STORE_WRITE, &why), OK);
	rows = count_rows();
	store_close(&s);
	s = kept;
	(void)snprintf(command, sizeof command, "rm -r %s", copy);
	assert_int_equal(system(command), 0);
	return rows;
}

/* Two that write by turns, one of whom cuts the WAL now and then: what is
 * put behind it by one is never over what the other has written. */
static void
wal_grows_in_steps(void **state)
{
	struct store *other = NULL, *turn;
	struct reason why;
	struct stat sb;
	off_t last = 0;
	int n = 0, i, batch, grew = 0;

	(void)state;
	assert_int_equal(store_open(&other, dir, STORE_WRITE, &why), OK);
	for (batch = 0; batch < 200; batch++) {
		assert_int_equal(store_begin(s), OK);
		for (i = 0; i <= batch % 7 * batch % 40; i++)
			add_signature(n++ * 7919);
		assert_int_equal(store_commit(s), OK);
		assert_int_equal(stat(in_dir("undersigned.db-wal"), &sb), 0);
		assert_int_equal(sb.st_size % 65536, 0);
		grew += sb.st_size > last;
		last = sb.st_size;
		if (batch % 50 == 25)
			assert_int_equal(rows_after_crash(), n);
		if (batch % 90 == 80)
			assert_int_equal(store_clean(s, 5000), OK);
		turn = s;
		s = other;
		other = turn;
	}
	assert_true(grew > 4 && grew < 40);
	assert_int_equal(rows_after_crash(), n);
	assert_int_equal(count_rows(), n);
	store_close(&other);
}

/* Fill until there is no room; what was committed stays, what was not is gone
 * as a whole, and when there is room again the same store goes on. */
static void
full_disk(void **state)
{
	struct outbox_totals totals;
	enum status st = OK;
	struct stat sb;
	int64_t wrong, kept = 0;
	int n = 0, i, round;

	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	for (round = 0; round < 3; round++) {
		assert_int_equal(stat(in_dir("undersigned.db-wal"), &sb), 0);
		limit_files((rlim_t)sb.st_size + 40000);
		for (st = OK; st == OK; ) {
			assert_int_equal(store_begin(s), OK);
			for (i = 0; i < 20 && st == OK; i++) {
				struct signature sig = a_signature(n++);

				st = store_signature_add(s, &sig);
			}
			if (st == OK)
				st = store_commit(s);
			else
				assert_int_equal(store_commit(s), st);
			kept += st == OK ? 20 : 0;
		}
		assert_int_equal(st, FULL);
		limit_files(RLIM_INFINITY);
		assert_int_equal(store_begin(s), OK);
		add_mail(0, OUTBOX_ANSWER, NOW);
		assert_int_equal(store_commit(s), OK);
	}
	reopen(STORE_WRITE);
	assert_int_equal(store_check_counts(s, &wrong), OK);
	assert_int_equal(wrong, 0);
	assert_int_equal(store_outbox_totals(s, NOW, &totals), OK);
	assert_int_equal(totals.waiting, 3);
	assert_true(kept > 0);
	assert_int_equal(count_rows(), kept);
}

/* A batch larger than the cache is written before its end.  When that fails,
 * SQLite ends the transaction; what follows must not be committed alone. */
static void
full_in_the_middle(void **state)
{
	static char identity[4000];
	struct signature sig;
	enum status st = OK;
	int64_t n;
	int i;

	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	limit_files(1000000);
	assert_int_equal(store_begin(s), OK);
	for (i = 0; i < 5000 && st == OK; i++) {
		sig = a_signature(i);
		sig.identity = (struct blob){ identity, sizeof identity };
		st = store_signature_add(s, &sig);
	}
	assert_int_equal(st, FULL);
	limit_files(RLIM_INFINITY);
	assert_int_equal(store_note_set(s, "a", 1), FULL);
	sig = a_signature(6000);
	assert_int_equal(store_savepoint(s), FULL);
	assert_int_equal(store_signature_add(s, &sig), FULL);
	store_undo(s);
	assert_int_equal(store_commit(s), FULL);

	assert_int_equal(store_note_get(s, "a", &n), NOT_FOUND);
	assert_int_equal(count_rows(), 0);
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_note_set(s, "a", 1), OK);
	assert_int_equal(store_commit(s), OK);
	reopen(STORE_WRITE);
	assert_int_equal(store_note_get(s, "a", &n), OK);
	assert_int_equal(count_rows(), 0);
}

/* Another process writes where a transaction given up had begun to: batches a
 * little smaller and larger than the cache, so that some leave just a little. */
static void
given_up_writes_are_gone(void **state)
{
	static char identity[4000];
	struct store *other = NULL, *mine = s;
	struct signature sig;
	struct reason why;
	int round, i;

	(void)state;
	assert_int_equal(store_open(&other, dir, STORE_WRITE, &why), OK);
	for (round = 0; round < 20; round++) {
		/* With an empty WAL giving up reads nothing from it, which
		 * would write out what is held back. */
		assert_int_equal(store_clean(mine, 5000), OK);
		assert_int_equal(store_begin(mine), OK);
		for (i = 0; i < 1300 + round * 10; i++) {
			sig = a_signature(100000 + i);
			sig.identity = (struct blob){ identity, 3900 };
			assert_int_equal(store_signature_add(mine, &sig), OK);
		}
		store_rollback(mine);
		s = other;
		assert_int_equal(store_begin(s), OK);
		for (i = 0; i < 100; i++)
			add_signature(round * 1000 + i);
		assert_int_equal(store_commit(s), OK);
		s = mine;
		assert_int_equal(store_begin(s), OK);
		add_signature(round * 1000 + 500);
		assert_int_equal(store_commit(s), OK);
	}
	store_close(&other);
	assert_int_equal(count_rows(), 20 * 101);
	reopen(STORE_WRITE);
	assert_int_equal(count_rows(), 20 * 101);
	assert_int_equal(store_verify(s, &why), OK);
}

static void
a_failing_sync_is_no_commit(void **state)
{
	static const struct { int err; enum status want; } cases[] = {
		{ EIO, STORE_FAILED }, { ENOSPC, FULL }, { EDQUOT, FULL },
	};
	int64_t n;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_int_equal(store_begin(s), OK);
		assert_int_equal(store_note_set(s, "a", 1), OK);
		sync_errno = cases[i].err;
		assert_int_equal(store_commit(s), cases[i].want);
		sync_errno = 0;
		assert_int_equal(store_note_get(s, "a", &n), NOT_FOUND);
	}
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_note_set(s, "b", 1), OK);
	assert_int_equal(store_commit(s), OK);
	reopen(STORE_WRITE);
	assert_int_equal(store_note_get(s, "a", &n), NOT_FOUND);
	assert_int_equal(store_note_get(s, "b", &n), OK);
}

static void
damage_is_told(void **state)
{
	struct signature out;
	struct reason why;
	char junk[4096];
	enum status st = OK;
	int fd, i;

	(void)state;
	assert_int_equal(store_begin(s), OK);
	for (i = 0; i < 3000; i++)
		add_signature(i * 7919);
	assert_int_equal(store_commit(s), OK);
	assert_int_equal(store_verify(s, &why), OK);
	store_close(&s);
	fd = open(in_dir("undersigned.db"), O_WRONLY);
	memset(junk, 0xa5, sizeof junk);
	for (i = 100; i < 140; i++)   /* behind the schema */
		assert_int_equal(pwrite(fd, junk, sizeof junk, i * 4096), 4096);
	(void)close(fd);
	assert_int_equal(store_open(&s, dir, STORE_WRITE, &why), OK);
	assert_int_equal(store_verify(s, &why), STORE_FAILED);
	for (i = 1; i <= 3000 && (st == OK || st == NOT_FOUND); i++)
		st = store_signature_get(s, arena, i, &out);
	assert_int_equal(st, STORE_FAILED);
}

/* ---- ids ---------------------------------------------------------------------- */

/* S3, across rollback, restart, another process, and rows that are gone. */
static void
ids_are_never_given_twice(void **state)
{
	struct store *other = NULL, *mine = s;
	struct reason why;
	int64_t last = 0, id, sig;
	int i;

	(void)state;
	assert_int_equal(store_open(&other, dir, STORE_WRITE, &why), OK);
	for (i = 0; i < 20; i++) {
		s = i % 2 ? other : mine;
		assert_int_equal(store_begin(s), OK);
		id = add_mail(0, OUTBOX_ANSWER, NOW);
		assert_true(id > last);
		assert_int_equal(store_outbox_remove(s, id), OK);
		assert_int_equal(store_commit(s), OK);
		last = id;
		s = mine;
		if (i % 5 == 4) {
			reopen(STORE_WRITE);
			mine = s;
		}
	}
	store_close(&other);
	assert_int_equal(store_begin(s), OK);
	sig = add_signature(1);
	assert_int_equal(store_commit(s), OK);
	by_hand("DELETE FROM signature");
	assert_int_equal(store_begin(s), OK);
	assert_true(add_signature(1) > sig);
	store_rollback(s);
}

/* ---- rows ------------------------------------------------------------------------ */

static void
campaigns(void **state)
{
	enum campaign_state what;
	int64_t id, again, number;

	(void)state;
	assert_int_equal(store_campaign(s, "none", &id, &what), NOT_FOUND);
	assert_int_equal(store_campaign(s, "parks", &id, &what), OK);
	assert_int_equal(id, campaign);
	assert_int_equal(what, CAMPAIGN_OPEN);
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_campaign_add(s, "parks", &again), EXISTS);
	assert_int_equal(again, campaign);
	assert_int_equal(store_campaign_set_state(s, id, CAMPAIGN_CLOSED), OK);
	assert_int_equal(store_campaign_set_state(s, 99, CAMPAIGN_OPEN),
	    NOT_FOUND);
	assert_int_equal(store_campaign_next_number(s, id, &number), OK);
	assert_int_equal(number, 1);
	assert_int_equal(store_campaign_next_number(s, id, &number), OK);
	assert_int_equal(number, 2);
	assert_int_equal(store_campaign_next_number(s, 99, &number), NOT_FOUND);
	assert_int_equal(store_commit(s), OK);
	assert_int_equal(store_campaign(s, "parks", &id, &what), OK);
	assert_int_equal(what, CAMPAIGN_CLOSED);
}

static void
assert_same(const struct signature *a, const struct signature *b)
{
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->campaign, b->campaign);
	assert_memory_equal(a->key, b->key, STORE_HASH);
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->identity.len, b->identity.len);
	if (a->identity.len > 0)
		assert_memory_equal(a->identity.data, b->identity.data,
		    a->identity.len);
	assert_string_equal(a->country, b->country);
	assert_string_equal(a->language, b->language);
	assert_string_equal(a->source, b->source);
	assert_int_equal(a->created_day, b->created_day);
	assert_int_equal(a->confirmed_day, b->confirmed_day);
	assert_int_equal(a->number, b->number);
	assert_int_equal(a->hidden, b->hidden);
	assert_int_equal(a->updates, b->updates);
	assert_int_equal(a->unreachable, b->unreachable);
	assert_int_equal(a->requests, b->requests);
	assert_int_equal(a->requested_at, b->requested_at);
	assert_int_equal(a->answers, b->answers);
	assert_int_equal(a->asked, b->asked);
	assert_int_equal(a->answered_day, b->answered_day);
	assert_int_equal(a->next_at, b->next_at);
	assert_int_equal(a->expires_at, b->expires_at);
}

static void
signature_there_and_back(void **state)
{
	struct signature sig = a_signature(1), out;
	static const char blob[] = "a\0b";

	(void)state;
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_signature_add(s, &sig), OK);
	assert_true(sig.id > 0);
	assert_int_equal(store_signature_get(s, arena, sig.id, &out), OK);
	assert_same(&sig, &out);

	sig.state = SIGNATURE_CONFIRMED;
	sig.identity = (struct blob){ blob, 4 };
	sig.country = "NO";
	sig.language = "nb";
	sig.source = "poster";
	sig.created_day = 1;
	sig.confirmed_day = 2;
	sig.number = 3;
	sig.hidden = true;
	sig.updates = true;
	sig.unreachable = true;
	sig.requests = 4;
	sig.requested_at = 5;
	sig.answers = 6;
	sig.asked = 2;
	sig.answered_day = 7;
	sig.next_at = 8;
	sig.expires_at = 9;
	assert_int_equal(store_signature_put(s, &sig), OK);
	assert_int_equal(store_commit(s), OK);
	reopen(STORE_READ);
	assert_int_equal(store_signature_find(s, arena, campaign, sig.key, &out),
	    OK);
	assert_same(&sig, &out);
	assert_int_equal(store_signature_find(s, arena, campaign + 1, sig.key,
	    &out), NOT_FOUND);
	assert_int_equal(store_signature_get(s, arena, 999, &out), NOT_FOUND);
}

static void
one_signature_per_address(void **state)
{
	struct signature again = a_signature(1), missing = a_signature(2);
	struct reason why;
	int64_t other;

	(void)state;
	missing.id = 999;
	assert_int_equal(store_begin(s), OK);
	add_signature(1);
	assert_int_equal(store_signature_add(s, &again), EXISTS);
	assert_int_equal(again.id, 0);
	assert_int_equal(store_campaign_add(s, "rivers", &other), OK);
	again.campaign = other;
	assert_int_equal(store_signature_add(s, &again), OK);
	assert_int_equal(store_signature_put(s, &missing), NOT_FOUND);
	missing.campaign = 4711;
	assert_int_equal(store_signature_add(s, &missing), INVALID);
	assert_int_equal(store_commit(s), OK);
	assert_int_equal(store_signature_find(s, arena, 4711, missing.key,
	    &again), NOT_FOUND);
	assert_int_equal(store_verify(s, &why), OK);
	assert_int_equal(store_check_counts(s, &other), OK);
	assert_int_equal(other, 0);
}

static void
due_signatures(void **state)
{
	static const int64_t when[] = { NOW + 30, 0, NOW + 10, NOW + 20, NOW };
	struct signature sig, out[8];
	int64_t next;
	size_t i, n;

	(void)state;
	assert_int_equal(store_signature_next(s, &next), OK);
	assert_true(next == CLOCK_NEVER);
	assert_int_equal(store_begin(s), OK);
	for (i = 0; i < 5; i++) {
		sig = a_signature((int)i);
		sig.next_at = when[i];
		assert_int_equal(store_signature_add(s, &sig), OK);
	}
	assert_int_equal(store_commit(s), OK);
	assert_int_equal(store_signature_next(s, &next), OK);
	assert_true(next == NOW);
	assert_int_equal(store_signature_due(s, arena, NOW - 1, out, 8, &n), OK);
	assert_int_equal(n, 0);
	assert_int_equal(store_signature_due(s, arena, NOW + 20, out, 8, &n), OK);
	assert_int_equal(n, 3);
	assert_true(out[0].next_at == NOW && out[1].next_at == NOW + 10 &&
	    out[2].next_at == NOW + 20);
	assert_int_equal(store_signature_due(s, arena, NOW + 99, out, 2, &n), OK);
	assert_int_equal(n, 2);
}

static void
lists_in_order(void **state)
{
	struct signature sig, out[3];
	int64_t after = 0, other, seen = 0;
	size_t n, i;
	int k;

	(void)state;
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_campaign_add(s, "rivers", &other), OK);
	for (k = 0; k < 20; k++) {
		sig = a_signature(k * 7919);
		sig.campaign = k % 2 ? campaign : other;
		sig.state = k % 4 == 1 ? SIGNATURE_CONFIRMED : SIGNATURE_PENDING;
		assert_int_equal(store_signature_add(s, &sig), OK);
	}
	assert_int_equal(store_commit(s), OK);
	do {
		assert_int_equal(store_signature_list(s, arena, campaign,
		    SIGNATURE_STATES, after, out, 3, &n), OK);
		for (i = 0; i < n; i++, seen++) {
			assert_true(out[i].id > after);
			assert_int_equal(out[i].campaign, campaign);
			after = out[i].id;
		}
	} while (n > 0);
	assert_int_equal(seen, 10);
	assert_int_equal(store_signature_list(s, arena, campaign,
	    SIGNATURE_CONFIRMED, 0, out, 3, &n), OK);
	assert_int_equal(n, 3);
	assert_int_equal(out[2].state, SIGNATURE_CONFIRMED);
}

static enum status
see(int n, int64_t now)
{
	unsigned char key[STORE_HASH];
	enum status st;

	make_key(key, n);
	assert_int_equal(store_begin(s), OK);
	st = store_seen_add(s, key, now);
	assert_int_equal(store_commit(s), OK);
	return st;
}

/* A message is known for a week at least, and forgotten after two. */
static void
seen_for_a_week(void **state)
{
	int64_t monday = (NOW / WEEK + 1) * WEEK, t;
	struct store *other = NULL, *mine = s;
	struct reason why;

	(void)state;
	assert_int_equal(see(1, monday), OK);
	assert_int_equal(see(1, monday), EXISTS);
	for (t = monday; t <= monday + WEEK; t += CLOCK_HOUR * 7)
		assert_int_equal(see(1, t), EXISTS);
	assert_int_equal(see(2, monday + WEEK - 1), OK);
	assert_int_equal(see(2, monday + 2 * WEEK - 2), EXISTS);
	assert_int_equal(see(1, monday + 2 * WEEK), OK);
	assert_int_equal(see(2, monday + 3 * WEEK), OK);

	/* A clock set back neither forgets nor fails. */
	assert_int_equal(see(2, monday), EXISTS);
	assert_int_equal(see(3, monday), OK);
	assert_int_equal(see(3, monday + 3 * WEEK), EXISTS);

	/* Another process in the same week does not forget for us. */
	assert_int_equal(store_open(&other, dir, STORE_WRITE, &why), OK);
	s = other;
	assert_int_equal(see(4, monday + 4 * WEEK), OK);
	s = mine;
	assert_int_equal(see(4, monday + 4 * WEEK), EXISTS);
	store_close(&other);

	/* After a long sleep nothing old is left. */
	assert_int_equal(see(4, monday + 9 * WEEK), OK);
	assert_int_equal(see(3, monday + 9 * WEEK), OK);
}

static void
outbox_in_order(void **state)
{
	struct outbox_row out[8], one;
	int64_t a, b, c, d, next;
	size_t n;

	(void)state;
	assert_int_equal(store_outbox_next(s, OUTBOX_REQUEST, &next), OK);
	assert_true(next == CLOCK_NEVER);
	assert_int_equal(store_begin(s), OK);
	a = add_mail(1, OUTBOX_REQUEST, NOW + 5);
	b = add_mail(1, OUTBOX_REQUEST, NOW);
	c = add_mail(2, OUTBOX_REQUEST, NOW);
	d = add_mail(2, OUTBOX_ANSWER, NOW - 50);
	assert_int_equal(store_commit(s), OK);

	assert_int_equal(store_outbox_next(s, OUTBOX_REQUEST, &next), OK);
	assert_true(next == NOW);
	assert_int_equal(store_outbox_due(s, arena, OUTBOX_REQUEST, NOW + 5, out,
	    8, &n), OK);
	assert_int_equal(n, 3);
	assert_true(out[0].id == b && out[1].id == c && out[2].id == a);
	assert_int_equal(store_outbox_due(s, arena, OUTBOX_REQUEST, NOW + 4, out,
	    1, &n), OK);
	assert_int_equal(n, 1);
	assert_int_equal(store_outbox_due(s, arena, OUTBOX_BULK, NOW, out, 8,
	    &n), OK);
	assert_int_equal(n, 0);

	assert_int_equal(store_outbox_get(s, arena, d, &one), OK);
	assert_int_equal(one.campaign, campaign);
	assert_int_equal(one.signature, 2);
	assert_int_equal(one.class, OUTBOX_ANSWER);
	assert_string_equal(one.kind, "request");
	assert_string_equal(one.language, "tg");
	assert_int_equal(one.payload.len, 1);
	assert_memory_equal(one.payload.data, "p", 1);
	assert_int_equal(one.serial[15], 9);
	assert_true(one.created_at == NOW && one.due_at == NOW - 50);
	assert_true(one.attempts == 0 && !one.parked);

	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_outbox_delay(s, b, 3, NOW + 60), OK);
	assert_int_equal(store_outbox_park(s, c), OK);
	assert_int_equal(store_outbox_remove(s, d), OK);
	assert_int_equal(store_outbox_remove(s, d), NOT_FOUND);
	assert_int_equal(store_outbox_park(s, d), NOT_FOUND);
	assert_int_equal(store_outbox_delay(s, d, 1, 1), NOT_FOUND);
	assert_int_equal(store_outbox_get(s, arena, d, &one), NOT_FOUND);
	assert_int_equal(store_commit(s), OK);
	assert_int_equal(store_outbox_due(s, arena, OUTBOX_REQUEST, NOW + 99, out,
	    8, &n), OK);
	assert_int_equal(n, 2);
	assert_true(out[0].id == a && out[1].id == b && out[1].attempts == 3);
	assert_int_equal(store_outbox_get(s, arena, c, &one), OK);
	assert_true(one.parked);
}

static void
outbox_of_one_signature(void **state)
{
	struct outbox_totals t;

	(void)state;
	assert_int_equal(store_begin(s), OK);
	add_mail(1, OUTBOX_REQUEST, NOW);
	add_mail(1, OUTBOX_BULK, NOW);
	add_mail(2, OUTBOX_REQUEST, NOW);
	add_mail(1, OUTBOX_ANSWER, NOW);
	assert_int_equal(store_outbox_remove_of(s, 1, OUTBOX_BULK), OK);
	assert_int_equal(store_outbox_totals(s, NOW, &t), OK);
	assert_int_equal(t.waiting, 3);
	assert_int_equal(store_outbox_remove_of(s, 1, OUTBOX_CLASSES), OK);
	assert_int_equal(store_outbox_remove_of(s, 77, OUTBOX_CLASSES), OK);
	assert_int_equal(store_outbox_totals(s, NOW, &t), OK);
	assert_int_equal(t.waiting, 1);
	assert_int_equal(store_commit(s), OK);
}

static void
outbox_totals(void **state)
{
	struct outbox_totals t;
	int64_t tried;

	(void)state;
	assert_int_equal(store_outbox_totals(s, NOW, &t), OK);
	assert_true(t.waiting == 0 && t.held == 0 && t.parked == 0);
	assert_true(t.oldest_at == CLOCK_NEVER);
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_outbox_park(s, add_mail(1, OUTBOX_BULK, NOW)), OK);
	add_mail(1, OUTBOX_REQUEST, NOW);
	add_mail(1, OUTBOX_REQUEST, NOW + 1);
	tried = add_mail(1, OUTBOX_ANSWER, NOW);
	assert_int_equal(store_outbox_delay(s, tried, 1, NOW + 60), OK);
	assert_int_equal(store_commit(s), OK);
	assert_int_equal(store_outbox_totals(s, NOW, &t), OK);
	assert_int_equal(t.waiting, 2);
	assert_int_equal(t.held, 1);
	assert_int_equal(t.parked, 1);
	assert_true(t.oldest_at == NOW);
}

static void
small_things(void **state)
{
	struct parked_row row = { .received_at = NOW, .why = "crash",
	    .message = { "m\0m", 3 } }, out[4];
	unsigned char key[STORE_HASH];
	int64_t n;
	size_t count;

	(void)state;
	make_key(key, 1);
	assert_int_equal(store_budget_get(s, key, &n), OK);
	assert_int_equal(n, 0);
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_budget_set(s, key, 100), OK);
	assert_int_equal(store_budget_set(s, key, 200), OK);
	assert_int_equal(store_budget_get(s, key, &n), OK);
	assert_int_equal(n, 200);
	assert_int_equal(store_budget_purge(s, 200), OK);
	assert_int_equal(store_budget_get(s, key, &n), OK);
	assert_int_equal(n, 200);
	assert_int_equal(store_budget_purge(s, 201), OK);
	assert_int_equal(store_budget_get(s, key, &n), OK);
	assert_int_equal(n, 0);

	assert_int_equal(store_note_set(s, "alarm.parks", 5), OK);
	assert_int_equal(store_note_set(s, "alarm.parks", -6), OK);
	assert_int_equal(store_note_get(s, "alarm.parks", &n), OK);
	assert_int_equal(n, -6);
	assert_int_equal(store_note_get(s, "alarm", &n), NOT_FOUND);

	memset(row.serial, 3, sizeof row.serial);
	assert_int_equal(store_parked_add(s, &row), OK);
	assert_true(row.id > 0);
	assert_int_equal(store_commit(s), OK);
	assert_int_equal(store_parked_list(s, arena, out, 4, &count), OK);
	assert_int_equal(count, 1);
	assert_int_equal(out[0].id, row.id);
	assert_string_equal(out[0].why, "crash");
	assert_true(out[0].received_at == NOW);
	assert_memory_equal(out[0].serial, row.serial, STORE_HASH);
	assert_int_equal(out[0].message.len, 3);
	assert_memory_equal(out[0].message.data, "m\0m", 3);
}

/* ---- counting ----------------------------------------------------------------- */

struct told {
	char text[512];
};

static void
tell(void *arg, const char *value, int64_t n)
{
	struct told *t = arg;
	size_t used = strlen(t->text);

	(void)snprintf(t->text + used, sizeof t->text - used, "%s=%lld ", value,
	    (long long)n);
}

static void
expect_counts(enum dimension by, enum signature_state which, const char *want)
{
	struct told t = { "" };

	assert_int_equal(store_counts(s, campaign, by, which, tell, &t), OK);
	assert_string_equal(t.text, want);
}

static void
counted(const char *country, const char *language, const char *source,
    enum signature_state which, int32_t created, int32_t confirmed)
{
	static int n = 1000;
	struct signature sig = a_signature(n++);

	sig.country = country;
	sig.language = language;
	sig.source = source;
	sig.state = which;
	sig.created_day = created;
	sig.confirmed_day = confirmed;
	assert_int_equal(store_signature_add(s, &sig), OK);
}

static void
counts(void **state)
{
	(void)state;
	expect_counts(BY_NOTHING, SIGNATURE_STATES, "=0 ");
	expect_counts(BY_COUNTRY, SIGNATURE_STATES, "");
	assert_int_equal(store_begin(s), OK);
	counted("TJ", "tg", "", SIGNATURE_CONFIRMED, 10, 12);
	counted("TJ", "ru", "poster", SIGNATURE_CONFIRMED, 10, 11);
	counted("NO", "nb", "", SIGNATURE_CONFIRMED, 11, 11);
	counted("", "en", "", SIGNATURE_CONFIRMED, 9, 10);
	counted("US", "en", "", SIGNATURE_PENDING, 9, 0);
	counted("US", "en", "", SIGNATURE_WITHDRAWN, 9, 10);
	assert_int_equal(store_commit(s), OK);
	expect_counts(BY_NOTHING, SIGNATURE_STATES, "=6 ");
	expect_counts(BY_NOTHING, SIGNATURE_CONFIRMED, "=4 ");
	expect_counts(BY_STATE, SIGNATURE_PENDING, "1=1 2=4 3=1 ");
	expect_counts(BY_COUNTRY, SIGNATURE_CONFIRMED, "TJ=2 =1 NO=1 ");
	expect_counts(BY_COUNTRY, SIGNATURE_STATES, "TJ=2 US=2 =1 NO=1 ");
	expect_counts(BY_LANGUAGE, SIGNATURE_CONFIRMED, "en=1 nb=1 ru=1 tg=1 ");
	expect_counts(BY_SOURCE, SIGNATURE_CONFIRMED, "=3 poster=1 ");
	expect_counts(BY_DAY, SIGNATURE_CONFIRMED, "10=1 11=2 12=1 ");
	expect_counts(BY_DAY, SIGNATURE_STATES, "9=1 10=2 11=2 12=1 ");
}

/* S4: whatever is done to rows, in whatever order, and undone. */
static void
counts_never_drift(void **state)
{
	static const char *const words[] = { "", "TJ", "NO", "RU" };
	struct signature sig;
	int64_t ids[40] = { 0 }, wrong;
	unsigned r = 1;
	int i, k;

	(void)state;
	for (i = 0; i < 300; i++) {
		assert_int_equal(store_begin(s), OK);
		for (k = 0; k < 8; k++) {
			r = r * 1103515245u + 12345u;
			sig = a_signature(i * 8 + k);
			sig.country = words[r >> 16 & 3];
			sig.language = words[r >> 18 & 3];
			sig.source = words[r >> 20 & 1];
			sig.state = (enum signature_state)(r >> 21 & 7) %
			    SIGNATURE_STATES;
			sig.confirmed_day = r >> 24 & 1 ? (int32_t)(r >> 25) : 0;
			sig.id = ids[(r >> 8) % 40];
			assert_int_equal(store_savepoint(s), OK);
			if (sig.id == 0) {
				assert_int_equal(store_signature_add(s, &sig),
				    OK);
				if (r >> 28 & 1)
					ids[(r >> 8) % 40] = sig.id;
			} else
				assert_int_equal(store_signature_put(s, &sig),
				    OK);
			if ((r >> 28 & 1) || ids[(r >> 8) % 40] != 0)
				assert_int_equal(store_release(s), OK);
			else
				store_undo(s);
		}
		if (i % 10 == 0) {
			store_rollback(s);
			memset(ids, 0, sizeof ids);
		} else
			assert_int_equal(store_commit(s), OK);
		if (i % 50 == 0)
			by_hand("DELETE FROM signature WHERE id % 7 = 0");
		if (i % 50 == 0)
			memset(ids, 0, sizeof ids);
	}
	assert_int_equal(store_check_counts(s, &wrong), OK);
	assert_int_equal(wrong, 0);
	by_hand("DELETE FROM signature");
	expect_counts(BY_COUNTRY, SIGNATURE_STATES, "");
	expect_counts(BY_DAY, SIGNATURE_STATES, "");
}

static void
false_counts_are_found(void **state)
{
	struct reason why;
	int64_t wrong;

	(void)state;
	assert_int_equal(store_begin(s), OK);
	counted("TJ", "tg", "", SIGNATURE_CONFIRMED, 10, 12);
	assert_int_equal(store_commit(s), OK);
	assert_int_equal(store_verify(s, &why), OK);
	by_hand("UPDATE cell SET n = n + 1");
	assert_int_equal(store_check_counts(s, &wrong), OK);
	assert_int_equal(wrong, 1);
	by_hand("INSERT INTO cell_day VALUES (1, 2, 3, 4)");
	assert_int_equal(store_check_counts(s, &wrong), OK);
	assert_int_equal(wrong, 2);
	assert_int_equal(store_verify(s, &why), STORE_FAILED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* ---- what is sealed to an opening key ------------------------------------- */

static void
entries_of_one_are_given_a_payload(void **state)
{
	struct outbox_row row = { .campaign = campaign, .signature = 7,
	    .kind = "receipt", .language = "en" }, out[2];
	int64_t id[3], other;
	size_t i, n;

	(void)state;
	assert_int_equal(store_begin(s), OK);
	for (i = 0; i < 3; i++) {
		assert_int_equal(store_outbox_add(s, &row), OK);
		id[i] = row.id;
	}
	row.signature = 8;
	assert_int_equal(store_outbox_add(s, &row), OK);
	other = row.id;
	assert_int_equal(store_outbox_of(s, arena, 7, 0, out, 2, &n), OK);
	assert_int_equal(n, 2);
	assert_int_equal(out[1].id, id[1]);
	assert_int_equal(store_outbox_put_payload(s, id[1],
	    (struct blob){ "new", 3 }), OK);
	assert_int_equal(store_outbox_put_payload(s, other + 1,
	    (struct blob){ "new", 3 }), NOT_FOUND);
	assert_int_equal(store_outbox_of(s, arena, 7, id[0], out, 2, &n), OK);
	assert_int_equal(n, 2);
	assert_int_equal(out[0].payload.len, 3);
	assert_memory_equal(out[0].payload.data, "new", 3);
	assert_int_equal(out[1].payload.len, 0);
	assert_int_equal(store_outbox_of(s, arena, 7, id[2], out, 2, &n), OK);
	assert_int_equal(n, 0);
	assert_int_equal(store_commit(s), OK);
}

static void
add_data_key(int64_t number, int fill, int32_t day)
{
	struct data_key_row row = { .number = number, .campaign = campaign,
	    .day = day };

	memset(row.opening, fill, sizeof row.opening);
	memset(row.sealed, fill + 1, sizeof row.sealed);
	assert_int_equal(store_data_key_add(s, &row), OK);
	assert_int_equal(store_data_key_add(s, &row), EXISTS);
}

static void
data_keys(void **state)
{
	struct opening_row openings[3];
	struct data_key_row row;
	int64_t elsewhere;
	size_t n;

	(void)state;
	assert_int_equal(store_begin(s), OK);
	add_data_key(INT64_MAX, 1, 20000);
	add_data_key(5, 1, 20003);
	add_data_key(6, 9, 20002);
	assert_int_equal(store_commit(s), OK);
	reopen(STORE_READ);
	assert_int_equal(store_data_key_get(s, INT64_MAX, &row), OK);
	assert_int_equal(row.number, INT64_MAX);
	assert_int_equal(row.campaign, campaign);
	assert_int_equal(row.day, 20000);
	assert_int_equal(row.opening[31], 1);
	assert_int_equal(row.sealed[79], 2);
	assert_int_equal(store_data_key_get(s, 7, &row), NOT_FOUND);
	assert_int_equal(store_openings(s, campaign, openings, 3, &n), OK);
	assert_int_equal(n, 2);
	assert_int_equal(openings[0].opening[0], 1);    /* the newest first */
	assert_int_equal(openings[0].keys, 2);
	assert_int_equal(openings[0].first, 20000);
	assert_int_equal(openings[0].last, 20003);
	assert_int_equal(openings[1].keys, 1);
	elsewhere = campaign + 1;
	assert_int_equal(store_openings(s, elsewhere, openings, 3, &n), OK);
	assert_int_equal(n, 0);
}

static void
sealed_are_counted(void **state)
{
	struct paper sheet = { .campaign = campaign, .batch = "b",
	    .country = "", .identity = { "plain", 5 } };
	struct signature sig, back;
	struct paper out;
	int64_t n;
	size_t count;
	int i;

	(void)state;
	assert_int_equal(store_begin(s), OK);
	for (i = 0; i < 5; i++) {
		sig = a_signature(i);
		sig.state = i < 4 ? SIGNATURE_CONFIRMED : SIGNATURE_PENDING;
		if (i < 2) {
			sig.identity = (struct blob){ NULL, 0 };
			sig.sealed = (struct blob){ "parts", 5 };
		}
		assert_int_equal(store_signature_add(s, &sig), OK);
	}
	assert_int_equal(store_paper_add(s, &sheet), OK);
	assert_int_equal(store_unsealed_count(s, campaign, &n), OK);
	assert_int_equal(n, 3);         /* two by mail, one on paper */
	assert_int_equal(store_sealed_count(s, campaign, SIGNATURE_STATES, 10,
	    &n), OK);
	assert_int_equal(n, 2);
	assert_int_equal(store_sealed_count(s, campaign, SIGNATURE_CONFIRMED, 1,
	    &n), OK);
	assert_int_equal(n, 1);
	assert_int_equal(store_sealed_count(s, campaign, SIGNATURE_PENDING, 1,
	    &n), OK);
	assert_int_equal(n, 0);
	assert_int_equal(store_paper_sealed_count(s, campaign, &n), OK);
	assert_int_equal(n, 0);
	assert_int_equal(store_paper_seal(s, sheet.id,
	    (struct blob){ "parts", 5 }), OK);
	assert_int_equal(store_paper_sealed_count(s, campaign, &n), OK);
	assert_int_equal(n, 1);
	assert_int_equal(store_paper_list(s, arena, campaign, 0, &out, 1,
	    &count), OK);
	assert_int_equal(out.identity.len, 0);
	assert_int_equal(out.sealed.len, 5);
	/* A row comes back with what was put. */
	sig.sealed = (struct blob){ "other parts", 11 };
	assert_int_equal(store_signature_put(s, &sig), OK);
	assert_int_equal(store_signature_get(s, arena, sig.id, &back), OK);
	assert_int_equal(back.sealed.len, 11);
	assert_memory_equal(back.sealed.data, "other parts", 11);
	assert_int_equal(store_commit(s), OK);
}

/* ---- what she agreed to ----------------------------------------------------- */

static void
says_on(int32_t day, int64_t signature, enum consent_kind kind,
    const char *about, bool given)
{
	struct consent c = { .signature = signature, .kind = kind,
	    .about = about, .given = given, .day = day, .text = 3 };

	assert_int_equal(store_consent_add(s, &c), OK);
}

static void
says(int64_t signature, enum consent_kind kind, const char *about, bool given)
{
	says_on(20000, signature, kind, about, given);
}

static void
consents_are_on_record(void **state)
{
	struct consent *list;
	int64_t ada, bea;
	size_t count;

	(void)state;
	assert_int_equal(store_begin(s), OK);
	ada = add_signature(1);
	bea = add_signature(2);
	says(ada, CONSENT_SHARE, "nordic", true);
	says(bea, CONSENT_COUNT, "", true);
	says(ada, CONSENT_SHARE, "pamir", true);
	says_on(20001, ada, CONSENT_SHARE, "nordic", false);
	assert_int_equal(store_commit(s), OK);
	assert_int_equal(store_consents(s, arena, ada, &list, &count), OK);
	assert_int_equal(count, 3);
	assert_string_equal(list[1].about, "pamir");
	assert_int_equal(list[2].day, 20001);
	assert_int_equal(list[2].text, 3);
	assert_ptr_equal(consent_last(list, count, CONSENT_SHARE, "nordic"),
	    &list[2]);
	assert_null(consent_last(list, count, CONSENT_LIST, ""));
	assert_false(consent_holds(list, count, 0));    /* taken back later */
	assert_true(consent_holds(list, count, 1));
	assert_false(consent_holds(list, count, 2));
	assert_int_equal(store_consent_range(s, arena, ada - 1, bea, &list,
	    &count), OK);
	assert_int_equal(count, 4);
	assert_int_equal(list[3].signature, bea);
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_consents_forget(s, ada), OK);
	assert_int_equal(store_commit(s), OK);
	assert_int_equal(store_consent_range(s, arena, 0, bea, &list, &count),
	    OK);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].signature, bea);
}

/* Of one day and thing, the last; and not without end. */
static void
consents_are_bounded(void **state)
{
	struct consent *list;
	int64_t ada, bea;
	size_t count, i;
	char about[16];

	(void)state;
	assert_int_equal(store_begin(s), OK);
	ada = add_signature(1);
	bea = add_signature(2);
	says_on(19999, ada, CONSENT_COUNT, "", true);
	says(ada, CONSENT_LIST, "", true);
	for (i = 0; i < 1501; i++)
		says(ada, CONSENT_LIST, "", i % 2 != 0);
	says_on(19999, bea, CONSENT_LIST, "", false);
	assert_int_equal(store_consents(s, arena, ada, &list, &count), OK);
	assert_int_equal(count, 2);
	assert_false(list[1].given);

	for (i = 1; i < 300; i++)
		says_on(20000 + (int32_t)i, ada, i % 3 == 0 ? CONSENT_SHARE :
		    CONSENT_LIST, i % 3 == 0 ? "nordic" : "", i % 2 != 0);
	assert_int_equal(store_consents(s, arena, ada, &list, &count), OK);
	assert_int_equal(count, CONSENT_MOST);
	assert_int_equal(list[0].kind, CONSENT_COUNT);  /* the oldest counts */
	assert_int_equal(list[1].day, 20299 - CONSENT_MOST + 2);
	assert_true(consent_last(list, count, CONSENT_LIST, "")->given);
	assert_int_equal(list[count - 1].day, 20299);

	for (i = 0; i < CONSENT_MOST; i++) {    /* all of them count */
		(void)snprintf(about, sizeof about, "o%zu", i);
		says(bea, CONSENT_SHARE, about, true);
	}
	says(bea, CONSENT_SHARE, "o0", false);
	says_on(20001, bea, CONSENT_SHARE, "o1", false);
	assert_int_equal(store_commit(s), OK);
	assert_int_equal(store_consents(s, arena, bea, &list, &count), OK);
	assert_int_equal(count, CONSENT_MOST + 1);
	assert_false(consent_last(list, count, CONSENT_LIST, "")->given);
	assert_false(consent_last(list, count, CONSENT_SHARE, "o0")->given);
	assert_false(consent_last(list, count, CONSENT_SHARE, "o1")->given);
}

static void
wordings_once_each(void **state)
{
	struct consent_text a = { .campaign = campaign, .language = "en",
	    .hash = { 1 }, .day = 20000, .body = "You decide." }, b = a, *texts;
	size_t count;

	(void)state;
	b.day++;                        /* the same words on another day */
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_consent_text_add(s, &a), OK);
	assert_int_equal(store_consent_text_add(s, &b), OK);
	assert_int_equal(a.id, b.id);
	b.language = "nb";
	assert_int_equal(store_consent_text_add(s, &b), OK);
	assert_int_not_equal(a.id, b.id);
	assert_int_equal(store_commit(s), OK);
	assert_int_equal(store_consent_texts(s, arena, campaign, &texts, &count),
	    OK);
	assert_int_equal(count, 2);
	assert_int_equal(texts[0].day, 20000);
	assert_string_equal(texts[0].body, "You decide.");
	assert_string_equal(texts[1].language, "nb");
	assert_int_equal(texts[1].hash[0], 1);
	assert_int_equal(store_consent_texts(s, arena, campaign + 1, &texts,
	    &count), OK);
	assert_int_equal(count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(opens_what_is_there),
		TEST(files_are_private),
		TEST(a_lost_one_is_not_begun_anew),
		TEST(reader_never_writes),
		TEST(all_or_nothing),
		TEST(no_write_outside),
		TEST(one_item_undone),
		TEST(syncs_are_counted),
		TEST(checkpoints_are_rare),
		TEST(version_tells_of_others),
		TEST(waits_a_bounded_time),
		TEST(wal_grows_in_steps),
		TEST(full_disk),
		TEST(full_in_the_middle),
		TEST(given_up_writes_are_gone),
		TEST(a_failing_sync_is_no_commit),
		TEST(damage_is_told),
		TEST(ids_are_never_given_twice),
		TEST(campaigns),
		TEST(signature_there_and_back),
		TEST(one_signature_per_address),
		TEST(due_signatures),
		TEST(lists_in_order),
		TEST(seen_for_a_week),
		TEST(outbox_in_order),
		TEST(outbox_of_one_signature),
		TEST(outbox_totals),
		TEST(entries_of_one_are_given_a_payload),
		TEST(data_keys),
		TEST(sealed_are_counted),
		TEST(consents_are_on_record),
		TEST(consents_are_bounded),
		TEST(wordings_once_each),
		TEST(small_things),
		TEST(counts),
		TEST(counts_never_drift),
		TEST(false_counts_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
