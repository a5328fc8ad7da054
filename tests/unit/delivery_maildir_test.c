/* SPDX-License-Identifier: ISC */
#include "tests/unit/check.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/outcome.h"
#include "delivery/maildir.h"
#include "delivery/smtp.h"

static char root[64], dir[80];

static int
make_root(void **state)
{
	(void)state;
	strcpy(root, "/tmp/delivery_maildir.XXXXXX");
	if (mkdtemp(root) == NULL)
		return -1;
	snprintf(dir, sizeof dir, "%s/mail", root);
	return 0;
}

/* How many files are in DIR/SUB, and the name of one of them. */
static int
list(const char *sub, char last[256], int remove_them)
{
	char path[400];
	struct dirent *e;
	DIR *d;
	int n = 0;

	snprintf(path, sizeof path, "%s/%s", dir, sub);
	d = opendir(path);
	if (d == NULL)
		return -1;
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		n++;
		if (last != NULL)
			snprintf(last, 256, "%s", e->d_name);
		snprintf(path, sizeof path, "%s/%s/%s", dir, sub, e->d_name);
		if (remove_them)
			unlink(path);
	}
	closedir(d);
	return n;
}

static int
drop_root(void **state)
{
	static const char *const subs[] = { "tmp", "new", "cur" };
	char path[400];
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		(void)list(subs[i], NULL, 1);
		snprintf(path, sizeof path, "%s/%s", dir, subs[i]);
		(void)rmdir(path);
	}
	(void)rmdir(dir);
	return rmdir(root);
}

static const char text[] = "Subject: x\r\n\r\n.dot\r\nlast";

static struct smtp_mail
a_mail(void)
{
	return (struct smtp_mail){ .reverse_path = "c+b-t@example.org",
	    .recipient = "ada@example.net", .bytes = text,
	    .len = sizeof text - 1 };
}

static void
stores_mail(void **state)
{
	static const char want[] = "Return-Path: <c+b-t@example.org>\n"
	    "Delivered-To: ada@example.net\nSubject: x\n\n.dot\nlast\n";
	static const char *const subs[] = { "", "/tmp", "/new", "/cur" };
	struct maildir_out *m;
	struct smtp_mail mail = a_mail();
	struct outcome out;
	struct reason why = { "" };
	struct buf stored = BUF_INIT;
	struct stat sb;
	char name[256], path[400];
	size_t i;

	(void)state;
	assert_int_equal(maildir_out_open(&m, dir, &why), OK);
	for (i = 0; i < 4; i++) {
		snprintf(path, sizeof path, "%s%s", dir, subs[i]);
		assert_int_equal(stat(path, &sb), 0);
		assert_int_equal(sb.st_mode, S_IFDIR | 0700);
	}
	maildir_out_deliver(m, &mail, &out, &why);
	assert_int_equal(out.kind, OUTCOME_DELIVERED);
	assert_string_equal(why.text, "");
	assert_int_equal(list("tmp", NULL, 0), 0);
	assert_int_equal(list("new", name, 0), 1);
	assert_null(strchr(name, ':'));
	snprintf(path, sizeof path, "%s/new/%s", dir, name);
	assert_int_equal(stat(path, &sb), 0);
	assert_int_equal(sb.st_mode, S_IFREG | 0600);
	assert_int_equal(buf_read_file(&stored, path, 4096, &why), OK);
	assert_string_equal(stored.data, want);
	buf_free(&stored);
	maildir_out_close(&m);
	assert_null(m);
}

static void
never_the_same_name(void **state)
{
	struct maildir_out *m[2];
	struct smtp_mail mail = a_mail();
	struct outcome out;
	int i;

	(void)state;
	(void)list("new", NULL, 1);
	assert_int_equal(maildir_out_open(&m[0], dir, NULL), OK);
	assert_int_equal(maildir_out_open(&m[1], dir, NULL), OK);
	for (i = 0; i < 200; i++) {
		maildir_out_deliver(m[i % 2], &mail, &out, NULL);
		assert_int_equal(out.kind, OUTCOME_DELIVERED);
	}
	assert_int_equal(list("new", NULL, 1), 200);
	maildir_out_close(&m[0]);
	maildir_out_close(&m[1]);
}

/* No room for a file of its size. */
static void
no_room(void **state)
{
	struct maildir_out *m;
	struct smtp_mail mail = a_mail();
	struct outcome out;
	struct rlimit before, small;
	struct reason why = { "" };

	(void)state;
	assert_int_equal(maildir_out_open(&m, dir, NULL), OK);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 40;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	maildir_out_deliver(m, &mail, &out, &why);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(out.kind, OUTCOME_DEFERRED);
	assert_int_equal(out.code[1], 3);
	assert_int_equal(out.code[2], 1);
	assert_non_null(strstr(why.text, dir));
	assert_null(strstr(why.text, "ada"));
	assert_int_equal(list("tmp", NULL, 0), 0);
	assert_int_equal(list("new", NULL, 0), 0);
	maildir_out_deliver(m, &mail, &out, &why);
	assert_int_equal(out.kind, OUTCOME_DELIVERED);
	maildir_out_close(&m);
	(void)list("new", NULL, 1);
}

static void
folder_is_gone(void **state)
{
	struct maildir_out *m;
	struct smtp_mail mail = a_mail();
	struct outcome out;
	struct reason why = { "" };
	char path[400];

	(void)state;
	(void)list("new", NULL, 1);
	assert_int_equal(maildir_out_open(&m, dir, NULL), OK);
	snprintf(path, sizeof path, "%s/new", dir);
	assert_int_equal(rmdir(path), 0);
	maildir_out_deliver(m, &mail, &out, &why);
	assert_int_equal(out.kind, OUTCOME_RELAY_DOWN);
	assert_non_null(strstr(why.text, dir));
	assert_int_equal(list("tmp", NULL, 0), 0);
	maildir_out_close(&m);
}

static void
cannot_be_opened(void **state)
{
	struct maildir_out *m;
	struct reason why = { "" };
	char path[400];
	FILE *f;

	(void)state;
	assert_int_equal(maildir_out_open(&m, "mail", &why), INVALID);
	assert_non_null(strstr(why.text, "absolute"));
	snprintf(path, sizeof path, "%s/no/where", root);
	assert_int_equal(maildir_out_open(&m, path, &why), DENIED);
	assert_non_null(strstr(why.text, path));
	assert_null(m);
	snprintf(path, sizeof path, "%s/file", root);
	f = fopen(path, "w");
	assert_non_null(f);
	fclose(f);
	assert_int_equal(maildir_out_open(&m, path, &why), DENIED);
	unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stores_mail),
		cmocka_unit_test(never_the_same_name),
		cmocka_unit_test(no_room),
		cmocka_unit_test(folder_is_gone),
		cmocka_unit_test(cannot_be_opened),
	};

	return cmocka_run_group_tests(tests, make_root, drop_root);
}
