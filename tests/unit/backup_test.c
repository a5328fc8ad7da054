/* SPDX-License-Identifier: ISC */
#include <dirent.h>
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
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/arena.h"
#include "store/store.h"

#include <cmocka.h>

#define NOW INT64_C(1780000000)         /* May 2026 */

static char top[64], from[96], to[96], copy[96];
static struct store *s;

/* Everything lies in TOP: the store in a, what is restored in b, the copy c. */
static void
remove_all(const char *dir)
{
	struct dirent *e;
	char path[512];
	DIR *d = opendir(dir);

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		(void)snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
		if (e->d_type == DT_DIR)
			remove_all(path);
		else
			(void)unlink(path);
	}
	(void)closedir(d);
	(void)rmdir(dir);
}

static int
files_in(const char *dir)
{
	struct dirent *e;
	DIR *d = opendir(dir);
	int n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	(void)closedir(d);
	return n;
}

static int64_t
add_signatures(struct store *store, int first, int count)
{
	struct signature sig = { .state = SIGNATURE_CONFIRMED, .country = "TJ",
	    .language = "tg", .source = "", .created_day = 1,
	    .confirmed_day = 2 };
	char identity[400];
	int n;

	memset(identity, 'x', sizeof identity);
	sig.identity = (struct blob){ identity, sizeof identity };
	assert_int_equal(store_begin(store), OK);
	(void)!store_campaign_add(store, "parks", &sig.campaign);
	for (n = first; n < first + count; n++) {
		memset(sig.key, 0, sizeof sig.key);
		memcpy(sig.key, &n, sizeof n);
		assert_int_equal(store_signature_add(store, &sig), OK);
	}
	assert_int_equal(store_commit(store), OK);
	return sig.id;
}

static int
setup(void **state)
{
	struct reason why;

	(void)state;
	(void)snprintf(top, sizeof top, "/tmp/backup_test.XXXXXX");
	if (mkdtemp(top) == NULL)
		return -1;
	(void)snprintf(from, sizeof from, "%s/a", top);
	(void)snprintf(to, sizeof to, "%s/b", top);
	(void)snprintf(copy, sizeof copy, "%s/c", top);
	if (mkdir(from, 0700) != 0 || mkdir(to, 0700) != 0)
		return -1;
	if (store_open(&s, from, STORE_CREATE, &why) != OK)
		return -1;
	add_signatures(s, 1, 3000);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	store_close(&s);
	remove_all(top);
	return 0;
}

static void
sum_up(void *arg, const char *value, int64_t n)
{
	int64_t *sum = arg;

	(void)value;
	*sum += n;
}

static int64_t
count_in(const char *dir, int64_t *newest_out)
{
	struct store *other = NULL;
	struct reason why;
	int64_t sum = 0;

	assert_int_equal(store_open(&other, dir, STORE_WRITE, &why), OK);
	assert_int_equal(store_verify(other, &why), OK);
	assert_int_equal(store_counts(other, 1, BY_COUNTRY, SIGNATURE_STATES,
	    sum_up, &sum), OK);
	if (newest_out != NULL)
		*newest_out = add_signatures(other, 1000000, 1);
	store_close(&other);
	return sum;
}

static void
note_progress(void *arg, int64_t done, int64_t total)
{
	int64_t *last = arg;

	assert_true(done >= *last && done <= total && total > 0);
	*last = done;
}

static void
out_and_back(void **state)
{
	struct reason why;
	struct stat sb;
	int64_t progress = 0, newest;
	mode_t old = umask(0);

	(void)state;
	assert_int_equal(store_backup(s, copy, note_progress, &progress, &why),
	    OK);
	(void)umask(old);
	assert_true(progress > 0);
	assert_int_equal(stat(copy, &sb), 0);
	assert_int_equal(sb.st_mode & 07777, 0600);
	/* One file and nothing beside it. */
	assert_int_equal(files_in(top), 3);

	add_signatures(s, 5000, 7);
	assert_int_equal(store_restore(copy, to, NOW, &why), OK);
	assert_int_equal(files_in(to), 1);
	(void)snprintf(copy, sizeof copy, "%s/b/undersigned.db", top);
	assert_int_equal(stat(copy, &sb), 0);
	assert_int_equal(sb.st_mode & 07777, 0600);
	assert_int_equal(count_in(to, &newest), 3000);
	/* Not an id that was given after the copy was made: tokens carry them. */
	assert_true(newest > 3007);
	assert_true(newest <= STORE_ID_MOST);
}

/* The next id after LEAP at NOW. */
static int64_t
next_after(int64_t now, bool lost)
{
	static int n = 2000000;
	enum status st;

	assert_int_equal(store_begin(s), OK);
	st = store_ids_leap(s, now, lost);
	assert_int_equal(st, OK);
	assert_int_equal(store_commit(s), OK);
	return add_signatures(s, n++, 1);
}

/* One copy that comes back twice, by whichever way: what was given in between is
 * not given again, unless it was more than 256 a second. */
static void
ids_leap(void **state)
{
	int64_t first = next_after(NOW, false), id;
	int i;

	(void)state;
	assert_true(first > 3000);
	assert_int_equal(next_after(NOW, false), first + 1);
	for (i = 1; i < 50; i++) {
		id = next_after(NOW + i, false);
		assert_int_equal(id, first + i * 256);
	}
	/* The clock may have been wrong: back, and so far ahead that all numbers
	 * would be used up. */
	assert_int_equal(next_after(0, false), id + 1);
	assert_int_equal(next_after(INT64_C(1) << 40, false), id + 2);
	id = next_after(0, true);
	assert_true(id > first + 1000000);
	assert_int_equal(next_after(NOW + 50, false), id + 1);
	assert_int_equal(store_ids_leap(s, NOW, true), INVALID);
}

static void
never_overwrites(void **state)
{
	struct reason why;
	char text[8] = "";
	FILE *f;

	(void)state;
	f = fopen(copy, "w");
	assert_non_null(f);
	(void)fputs("mine", f);
	(void)fclose(f);
	assert_int_equal(store_backup(s, copy, NULL, NULL, &why), EXISTS);
	assert_int_equal(files_in(top), 3);
	f = fopen(copy, "r");
	assert_non_null(fgets(text, sizeof text, f));
	(void)fclose(f);
	assert_string_equal(text, "mine");
	assert_int_equal(store_backup(s, "/nonexistent/c", NULL, NULL, &why),
	    NOT_FOUND);

	(void)unlink(copy);
	assert_int_equal(store_backup(s, copy, NULL, NULL, &why), OK);
	assert_int_equal(store_restore(copy, from, NOW, &why), EXISTS);
	assert_int_equal(count_in(from, NULL), 3000);
}

/* Another process writes all the while; the copy is one moment of it. */
static void
while_others_write(void **state)
{
	struct reason why;
	struct store *writer = NULL;
	int status, n, ready[2];
	int64_t kept;
	pid_t pid;
	char c;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (store_open(&writer, from, STORE_WRITE, &why) != OK)
			_exit(1);
		for (n = 10000; ; n += 5) {
			add_signatures(writer, n, 5);
			if (n == 10050 && write(ready[1], "r", 1) != 1)
				_exit(1);
		}
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	for (n = 0; n < 5; n++) {
		(void)unlink(copy);
		assert_int_equal(store_backup(s, copy, NULL, NULL, &why), OK);
		remove_all(to);
		assert_int_equal(mkdir(to, 0700), 0);
		assert_int_equal(store_restore(copy, to, NOW, &why), OK);
		kept = count_in(to, NULL);
		assert_true(kept >= 3055);
		assert_int_equal(kept % 5, 0);
	}
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	(void)close(ready[0]);
	(void)close(ready[1]);
}

static void
by_hand(const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(copy, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void
nothing_bad_comes_back(void **state)
{
	static const struct { const char *sql; int damage; } cases[] = {
		{ "PRAGMA user_version = 999", 0 },
		{ "PRAGMA application_id = 7", 0 },
		{ "UPDATE cell SET n = n + 1", 0 },
		{ "UPDATE signature SET campaign = 9", 0 },
		{ "SELECT 1", 1 },
		{ "SELECT 1", 2 },
	};
	struct reason why;
	char junk[8192];
	size_t i;
	int fd;

	(void)state;
	memset(junk, 0x5a, sizeof junk);
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		(void)unlink(copy);
		assert_int_equal(store_backup(s, copy, NULL, NULL, &why), OK);
		by_hand(cases[i].sql);
		if (cases[i].damage == 1) {
			fd = open(copy, O_WRONLY);
			assert_int_equal(pwrite(fd, junk, sizeof junk, 40960),
			    sizeof junk);
			(void)close(fd);
		} else if (cases[i].damage == 2)
			assert_int_equal(truncate(copy, 0), 0);
		if (store_restore(copy, to, NOW, &why) == OK || files_in(to) != 0)
			fail_msg("case %zu was restored", i);
		assert_non_null(strstr(why.text, copy));
	}
	assert_int_equal(store_restore("/nonexistent", to, NOW, &why), NOT_FOUND);
}

/* A WAL left beside would be taken for a part of the new file. */
static void
stray_files(void **state)
{
	struct reason why;
	char stray[128];

	(void)state;
	assert_int_equal(store_backup(s, copy, NULL, NULL, &why), OK);
	(void)snprintf(stray, sizeof stray, "%s/undersigned.db-wal", to);
	(void)close(open(stray, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(store_restore(copy, to, NOW, &why), EXISTS);
	assert_non_null(strstr(why.text, stray));
	(void)unlink(stray);
	/* A live database copied with its WAL would lose what is in that. */
	(void)snprintf(stray, sizeof stray, "%s/undersigned.db", from);
	assert_int_equal(store_restore(stray, to, NOW, &why), INVALID);
	assert_int_equal(files_in(to), 0);
	assert_int_equal(store_restore(copy, to, NOW, &why), OK);
}

static void
no_room_for_it(void **state)
{
	struct rlimit r, old;
	struct reason why;

	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	r = old;
	r.rlim_cur = 200000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
	assert_int_equal(store_backup(s, copy, NULL, NULL, &why), FULL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(files_in(top), 2);
	assert_int_equal(store_backup(s, copy, NULL, NULL, &why), OK);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
	assert_int_equal(store_restore(copy, to, NOW, &why), FULL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(files_in(to), 0);
	assert_int_equal(store_restore(copy, to, NOW, &why), OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(out_and_back),
		TEST(ids_leap),
		TEST(never_overwrites),
		TEST(while_others_write),
		TEST(nothing_bad_comes_back),
		TEST(stray_files),
		TEST(no_room_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
