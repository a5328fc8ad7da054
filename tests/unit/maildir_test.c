/* SPDX-License-Identifier: ISC
 *
 * The module is included, not linked, so that minutes can pass at will and the
 * bounds on what it holds can be looked at.
 */
#define clock_tick test_tick
#include "intake/maildir.c"
#undef clock_tick

#include <ftw.h>

#include "tests/unit/check.h"

static int64_t now = 1000000;
static char dir[64];

int64_t
test_tick(void)
{
	return now;
}

/* ---- a scratch Maildir ------------------------------------------------------ */

static int
remove_one(const char *path, const struct stat *sb, int flag, struct FTW *ftw)
{
	(void)sb;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static int
make_dir(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof dir, "%s/maildir-test-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	return mkdtemp(dir) == NULL;
}

static int
remove_dir(void **state)
{
	(void)state;
	return nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static struct maildir *
open_it(void)
{
	struct maildir *m = NULL;
	struct reason why = { "" };

	if (maildir_open(&m, dir, 1000, &why) != OK)
		fail_msg("%s", why.text);
	return m;
}

static const char *
path_of(const char *sub, const char *name)
{
	static char path[2][400];
	static int turn;

	turn = !turn;
	(void)snprintf(path[turn], sizeof path[turn], "%s/%s/%s", dir, sub, name);
	return path[turn];
}

static bool
is_there(const char *sub, const char *name)
{
	struct stat sb;

	return lstat(path_of(sub, name), &sb) == 0;
}

static void
spill(const char *sub, const char *name, const char *text)
{
	FILE *f = fopen(path_of(sub, name), "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* As a mail system does it. */
static void
deliver(const char *name, const char *text)
{
	spill("tmp", name, text);
	assert_int_equal(rename(path_of("tmp", name), path_of("new", name)), 0);
}

static void
age(const char *sub, const char *name)
{
	struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };

	assert_int_equal(utimensat(AT_FDCWD, path_of(sub, name), old, 0), 0);
}

static size_t
count_in(const char *sub)
{
	DIR *d = opendir(path_of(sub, ""));
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return n - 2;
}

/* The next mail must be TEXT (NULL: there must be none). */
static uint64_t
expect(struct maildir *m, const char *text)
{
	struct buf bytes = BUF_INIT;
	uint64_t ticket = 0;
	enum status st;

	buf_addstr(&bytes, "left from before");
	maildir_wake(m);
	st = maildir_next(m, &bytes, &ticket);
	assert_int_equal(st, text == NULL ? AGAIN : OK);
	if (text != NULL)
		assert_string_equal(bytes.data, text);
	buf_free(&bytes);
	return ticket;
}

/* ---- tests ------------------------------------------------------------------- */

static void
makes_folders(void **state)
{
	struct maildir *m = open_it();
	struct reason why;

	(void)state;
	assert_true(is_there("new", ".") && is_there("cur", ".") && is_there("tmp", "."));
	expect(m, NULL);
	maildir_close(&m);
	assert_null(m);
	maildir_close(&m);

	assert_int_equal(maildir_open(&m, "/nonexistent/x", 10, &why), INVALID);
	assert_non_null(strstr(why.text, "/nonexistent/x"));
	assert_null(m);
	assert_int_equal(rmdir(path_of("new", "")), 0);
	spill(".", "new", "a file");
	assert_int_equal(maildir_open(&m, dir, 10, &why), INVALID);
	assert_non_null(strstr(why.text, "/new: "));
	assert_null(m);
}

static void
takes_mail(void **state)
{
	struct maildir *m = open_it();
	uint64_t a, b;

	(void)state;
	deliver("1", "one\nraw\n");
	a = expect(m, "one\nraw\n");
	expect(m, NULL);
	deliver("2", "two\r\n");
	b = expect(m, "two\r\n");
	expect(m, NULL);
	assert_true(a != b);
	assert_true(is_there("new", "1") && is_there("new", "2"));
	maildir_settle(m, b, VERDICT_ACCEPT);
	assert_true(is_there("new", "1"));
	assert_true(!is_there("new", "2") && is_there("cur", "2:2,S"));
	maildir_settle(m, a, VERDICT_REJECT);
	assert_true(!is_there("new", "1") && is_there("cur", "1:2,S"));
	assert_int_equal(m->unsynced, 2);
	assert_int_equal(maildir_due(m), 0);
	expect(m, NULL);
	assert_int_equal(m->unsynced, 0);
	maildir_settle(m, a, VERDICT_ACCEPT);
	maildir_settle(m, 999, VERDICT_ACCEPT);
	maildir_settle(m, 0, VERDICT_DEFER);
	expect(m, NULL);
	maildir_close(&m);
}

/* Moves are synced when nothing is open, and after a second all the same. */
static void
syncs_moves(void **state)
{
	struct maildir *m = open_it();
	uint64_t a, b, c;

	(void)state;
	assert_int_equal(maildir_due(m), CLOCK_NEVER);  /* not asked yet */
	deliver("1", "one");
	a = expect(m, "one");
	deliver("2", "two");
	b = expect(m, "two");
	deliver("3", "three");
	c = expect(m, "three");
	assert_int_equal(maildir_due(m), CLOCK_NEVER);  /* there may be more */
	maildir_settle(m, a, VERDICT_ACCEPT);
	expect(m, NULL);
	assert_int_equal(m->unsynced, 1);
	assert_int_equal(maildir_due(m), now + SYNC_AFTER);
	now += SYNC_AFTER;
	expect(m, NULL);
	assert_int_equal(m->unsynced, 0);
	maildir_settle(m, b, VERDICT_ACCEPT);
	maildir_settle(m, c, VERDICT_ACCEPT);
	expect(m, NULL);
	assert_int_equal(m->unsynced, 0);
	assert_true(maildir_due(m) > now);
	maildir_close(&m);
}

static void
survives_a_crash(void **state)
{
	struct maildir *m = open_it();

	(void)state;
	deliver("1", "one");
	expect(m, "one");
	maildir_close(&m);              /* not settled */
	age("new", "1");
	m = open_it();
	maildir_settle(m, expect(m, "one"), VERDICT_NO_USER);
	expect(m, NULL);
	maildir_close(&m);
	m = open_it();
	expect(m, NULL);
	maildir_close(&m);
	assert_true(is_there("cur", "1:2,S"));
}

/* What is known already is not offered again, whoever tells of it. */
static void
never_twice_at_once(void **state)
{
	struct maildir *m;
	uint64_t ticket;

	(void)state;
	m = open_it();
	deliver("1", "one");
	ticket = expect(m, "one");
	m->scan_owed = true;
	expect(m, NULL);
	seen(m, "1", true);
	expect(m, NULL);
	maildir_settle(m, ticket, VERDICT_ACCEPT);
	seen(m, "1", true);             /* an event that came late */
	expect(m, NULL);
	maildir_close(&m);
}

static void
pauses_grow(void **state)
{
	static const int64_t want[] = { 10, 20, 40, 80, 160, 320, 600, 600, 600 };
	struct maildir *m = open_it();
	size_t i;

	(void)state;
	deliver("1", "one");
	for (i = 0; i < sizeof want / sizeof want[0]; i++) {
		maildir_settle(m, expect(m, "one"), i % 2 ? VERDICT_DEFER : VERDICT_FULL);
		assert_true(is_there("new", "1"));
		now += want[i] * 1000 - 1;
		expect(m, NULL);
		if (want[i] < 60)
			assert_int_equal(maildir_due(m), now + 1);
		now += 1;
		assert_true(maildir_due(m) <= now);
	}
	deliver("2", "two");            /* is not held up by it */
	maildir_settle(m, expect(m, "one"), VERDICT_DEFER);
	maildir_settle(m, expect(m, "two"), VERDICT_ACCEPT);
	expect(m, NULL);
	maildir_close(&m);
}

static void
what_is_no_mail(void **state)
{
	struct maildir *m = open_it();

	(void)state;
	maildir_close(&m);
	spill("tmp", "target", "secret");
	deliver(".hidden", "hidden");
	assert_int_equal(mkdir(path_of("new", "folder"), 0700), 0);
	assert_int_equal(mkfifo(path_of("new", "pipe"), 0600), 0);
	assert_int_equal(symlink("../tmp/target", path_of("new", "link")), 0);
	m = open_it();
	expect(m, NULL);
	deliver(".hidden2", "hidden");
	assert_int_equal(mkdir(path_of("new", "folder2"), 0700), 0);
	assert_int_equal(mkfifo(path_of("new", "pipe2"), 0600), 0);
	assert_int_equal(symlink("../tmp/target", path_of("new", "link2")), 0);
	expect(m, NULL);
	assert_int_equal(count_in("new"), 8);
	assert_int_equal(count_in("cur"), 0);
	maildir_close(&m);
}

static void
large_mail(void **state)
{
	struct maildir *m = open_it();
	char text[1002];

	(void)state;
	memset(text, 'x', sizeof text);
	text[1001] = '\0';
	deliver("large", text);
	expect(m, NULL);
	assert_true(is_there("cur", "large:2,S"));
	text[1000] = '\0';
	deliver("fits", text);
	expect(m, text);
	deliver("empty", "");
	expect(m, "");
	maildir_close(&m);
}

/* Copied into new/ instead of moved: not before it is whole. */
static void
half_written(void **state)
{
	struct maildir *m = open_it();
	FILE *f = fopen(path_of("new", "1"), "w");
	int64_t due;

	(void)state;
	assert_non_null(f);
	assert_true(fputs("half", f) >= 0 && fflush(f) == 0);
	expect(m, NULL);
	due = maildir_due(m);
	assert_true(due > now && due <= now + 2000);
	now = due;
	expect(m, NULL);
	assert_true(fputs(" and half", f) >= 0);
	assert_int_equal(fclose(f), 0);
	expect(m, "half and half");

	/* Delivered by link(2), and old enough. */
	spill("tmp", "2", "linked");
	age("tmp", "2");
	assert_int_equal(link(path_of("tmp", "2"), path_of("new", "2")), 0);
	expect(m, "linked");
	maildir_close(&m);
}

static void
names_in_cur(void **state)
{
	char longest[256];
	struct maildir *m = open_it();

	(void)state;
	spill("cur", "1:2,S", "kept");
	deliver("1", "again");
	maildir_settle(m, expect(m, "again"), VERDICT_ACCEPT);
	assert_int_equal(count_in("new"), 0);
	assert_int_equal(count_in("cur"), 2);
	memset(longest, 'n', 255);
	longest[255] = '\0';
	deliver(longest, "long");
	maildir_settle(m, expect(m, "long"), VERDICT_ACCEPT);
	assert_int_equal(count_in("new"), 0);
	assert_int_equal(count_in("cur"), 3);
	deliver("2:2,RT", "flags");
	maildir_settle(m, expect(m, "flags"), VERDICT_ACCEPT);
	assert_true(is_there("cur", "2:2,S"));
	maildir_close(&m);
}

/* Settled, but it cannot be moved: it must not be offered without end. */
static void
stuck(void **state)
{
	struct maildir *m = open_it();
	int cur = m->cur;
	uint64_t ticket;

	(void)state;
	deliver("1", "one");
	ticket = expect(m, "one");
	m->cur = -1;
	maildir_settle(m, ticket, VERDICT_ACCEPT);
	expect(m, NULL);
	now += 10000;
	ticket = expect(m, "one");
	m->cur = cur;
	maildir_settle(m, ticket, VERDICT_ACCEPT);
	assert_true(is_there("cur", "1:2,S"));
	deliver("2", "two");
	ticket = expect(m, "two");
	assert_int_equal(unlink(path_of("new", "2")), 0);
	maildir_settle(m, ticket, VERDICT_ACCEPT);
	assert_int_equal(m->paused, 0);
	maildir_close(&m);
}

/* inotify says nothing: the scan once a minute finds it. */
static void
scans_each_minute(void **state)
{
	struct maildir *m = open_it();
	char events[4096];

	(void)state;
	expect(m, NULL);
	deliver("1", "one");
	age("new", "1");
	assert_true(read(m->inotify, events, sizeof events) > 0);
	expect(m, NULL);
	assert_int_equal(maildir_due(m), now + SCAN_EVERY);
	now += SCAN_EVERY;
	expect(m, "one");
	maildir_close(&m);
}

static void
after_an_overflow(void **state)
{
	union {
		struct inotify_event event;
		char room[sizeof(struct inotify_event) + NAME_MAX + 1];
	} lost = { .event = { .mask = IN_Q_OVERFLOW, .wd = -1 } };
	struct maildir *m = open_it();
	char events[4096];

	(void)state;
	expect(m, NULL);
	deliver("1", "one");
	age("new", "1");
	assert_true(read(m->inotify, events, sizeof events) > 0);
	take_event(m, &lost.event);
	assert_int_equal(maildir_due(m), 0);
	expect(m, "one");
	maildir_close(&m);
}

/* ---- many ----------------------------------------------------------------------- */

static void
deliver_many(int first, int count, bool aged)
{
	char name[16];
	int i;

	for (i = first; i < first + count; i++) {
		(void)snprintf(name, sizeof name, "%d", i);
		spill("tmp", name, name);
		if (aged)
			age("tmp", name);
		assert_int_equal(rename(path_of("tmp", name), path_of("new", name)), 0);
	}
}

#define OPEN 16                 /* with the keeper at once */

static void
check_bounds(const struct maildir *m)
{
	assert_true(m->queue.count <= QUEUE_MAX);
	assert_true(m->paused + m->offered.count <= PAUSED_MAX + OPEN);
}

/* Takes what is offered, some open at once; each must come exactly once. */
static int
take_all(struct maildir *m, bool *had, int most, int accept)
{
	struct buf bytes = BUF_INIT;
	uint64_t open[OPEN] = { 0 }, ticket;
	int n = 0;

	while (n < most && maildir_next(m, &bytes, &ticket) == OK) {
		int which = atoi(bytes.data);

		if (had != NULL) {
			assert_false(had[which]);
			had[which] = true;
		}
		maildir_settle(m, open[n % OPEN], accept ? VERDICT_ACCEPT : VERDICT_DEFER);
		open[n++ % OPEN] = ticket;
		check_bounds(m);
	}
	for (most = 0; most < OPEN; most++)
		maildir_settle(m, open[most], accept ? VERDICT_ACCEPT : VERDICT_DEFER);
	buf_free(&bytes);
	return n;
}

static void
many(void **state)
{
	enum { BEFORE = 3000, AFTER = 1500 };
	static bool had[BEFORE + AFTER];
	struct maildir *m = open_it();

	(void)state;
	maildir_close(&m);
	deliver_many(0, BEFORE, true);
	m = open_it();
	assert_int_equal(take_all(m, had, 2000, 1), 2000);
	deliver_many(BEFORE, AFTER, true);      /* more events than there is queue */
	maildir_wake(m);
	check_bounds(m);
	assert_int_equal(take_all(m, had, BEFORE + AFTER, 1), BEFORE + AFTER - 2000);
	assert_int_equal(count_in("new"), 0);
	assert_int_equal(count_in("cur"), BEFORE + AFTER);
	expect(m, NULL);
	assert_true(maildir_due(m) > now);
	maildir_close(&m);
}

/* All are put off: no more than so many are, and none is lost. */
static void
many_put_off(void **state)
{
	enum { ALL = 4500 };
	struct maildir *m = open_it();

	(void)state;
	deliver_many(0, ALL, true);
	maildir_wake(m);
	assert_in_range(take_all(m, NULL, ALL, 0), PAUSED_MAX, PAUSED_MAX + OPEN);
	assert_true(maildir_due(m) > now);
	assert_int_equal(take_all(m, NULL, ALL, 0), 0);
	now += 10000;
	assert_in_range(take_all(m, NULL, ALL, 0), PAUSED_MAX, PAUSED_MAX + OPEN);
	now += 20000;
	assert_int_equal(take_all(m, NULL, ALL + 1, 1), ALL);
	assert_int_equal(count_in("cur"), ALL);
	maildir_close(&m);
}

#define IN_DIR(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(makes_folders),
		IN_DIR(takes_mail),
		IN_DIR(syncs_moves),
		IN_DIR(survives_a_crash),
		IN_DIR(never_twice_at_once),
		IN_DIR(pauses_grow),
		IN_DIR(what_is_no_mail),
		IN_DIR(large_mail),
		IN_DIR(half_written),
		IN_DIR(names_in_cur),
		IN_DIR(stuck),
		IN_DIR(scans_each_minute),
		IN_DIR(after_an_overflow),
		IN_DIR(many),
		IN_DIR(many_put_off),
	};

	log_open("maildir_test", LOG_LEVEL_WARN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
