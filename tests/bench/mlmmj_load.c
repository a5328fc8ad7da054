/* mlmmj_load.c - whole cycles of mlmmj: subscribe, be asked, confirm
 *
 *	mlmmj_load --list DIR --address LIST@DOMAIN [--receive PROGRAM]
 *	    [--cycles N] [--processes P] [--start K]
 *
 * Starts mlmmj-receive as a mail server would, P at a time: a mail to
 * LIST+subscribe, and, when that has run its course and the question is sent,
 * one to the address that the question is to be answered to.  The cookie in it
 * is read from the name of the file that mlmmj keeps it in, which costs less
 * than to take the question from a mail server.  Prints "name value" lines, rate
 * being cycles a second.
 *
 * SPDX-License-Identifier: ISC
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <dirent.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

extern char **environ;

static struct {
	const char *list, *receive, *address;
	long cycles, processes, start;
} opt = { .receive = "/usr/bin/mlmmj-receive", .cycles = 100, .processes = 1 };

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

/* One mail to LIST+DETAIL through mlmmj-receive; waits until all is done. */
static void
give(const char *person, const char *detail)
{
	const char *at = strchr(opt.address, '@');
	int local = (int)(at - opt.address), ends[2], status;
	char *argv[] = { mem_strdup(opt.receive), mem_strdup("-F"),
	    mem_strdup("-L"), mem_strdup(opt.list), NULL };
	posix_spawn_file_actions_t actions;
	struct buf mail = BUF_INIT;
	pid_t pid;
	size_t i;

	buf_addf(&mail, "Return-Path: <%s>\n"
	    "Delivered-To: %.*s+%s%s\nFrom: <%s>\nTo: %.*s+%s%s\nSubject: yes\n"
	    "Date: Mon, 23 Nov 2026 12:00:00 +0000\n"
	    "Message-ID: <%s.%d>\n\nyes\n", person, local, opt.address, detail, at,
	    person, local, opt.address, detail, at, person, detail[0]);
	if (pipe2(ends, O_CLOEXEC) != 0)
		die("pipe");
	if (write(ends[1], mail.data, mail.len) != (ssize_t)mail.len)
		die("write");
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, ends[0], 0);
	errno = posix_spawn(&pid, opt.receive, &actions, NULL, argv, environ);
	if (errno != 0)
		die(opt.receive);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(ends[0]);
	(void)close(ends[1]);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("wait");
	if (status != 0) {
		fprintf(stderr, "%s ended with status %d\n", opt.receive, status);
		exit(1);
	}
	buf_free(&mail);
	for (i = 0; argv[i] != NULL; i++)
		free(argv[i]);
}

/* The file COOKIE-local=domain in DIR/subconf. */
static char *
find_cookie(const char *person)
{
	char *folder = mem_printf("%s/subconf", opt.list), *found = NULL;
	char *tail = mem_printf("-%s", person);
	size_t len = strlen(tail);
	struct dirent *e;
	DIR *d = opendir(folder);

	if (d == NULL)
		die(folder);
	*strchr(tail, '@') = '=';
	while (found == NULL && (e = readdir(d)) != NULL) {
		size_t have = strlen(e->d_name);

		if (have > len && strcmp(e->d_name + have - len, tail) == 0)
			found = mem_strdup(e->d_name);
	}
	(void)closedir(d);
	free(folder);
	free(tail);
	return found;
}

static void
one_cycle(long n)
{
	char person[64], *cookie, *detail;

	/* mlmmj keeps a file of members for each first letter. */
	(void)snprintf(person, sizeof person, "%cperson%ld@example.net",
	    (int)('a' + n % 26), n);
	give(person, "subscribe");
	cookie = find_cookie(person);
	if (cookie == NULL) {
		fprintf(stderr, "no question was asked\n");
		exit(1);
	}
	detail = mem_printf("confsub-%s", cookie);
	give(person, detail);
	free(detail);
	free(cookie);
}

static void
options(int argc, char **argv)
{
	static const struct option names[] = {
		{ "list", 1, NULL, 'l' }, { "address", 1, NULL, 'a' },
		{ "receive", 1, NULL, 'r' }, { "cycles", 1, NULL, 'n' },
		{ "processes", 1, NULL, 'p' }, { "start", 1, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1)
		switch (c) {
		case 'l': opt.list = optarg; break;
		case 'a': opt.address = optarg; break;
		case 'r': opt.receive = optarg; break;
		case 'n': opt.cycles = atol(optarg); break;
		case 'p': opt.processes = atol(optarg); break;
		case 's': opt.start = atol(optarg); break;
		default: exit(2);
		}
	if (opt.list == NULL || opt.address == NULL ||
	    strchr(opt.address, '@') == NULL) {
		fprintf(stderr, "usage: mlmmj_load --list DIR --address "
		    "LIST@DOMAIN [--receive PROGRAM] [--cycles N] "
		    "[--processes P] [--start K]\n");
		exit(2);
	}
}

int
main(int argc, char **argv)
{
	int64_t from, took;
	int status, bad = 0;
	long p, n;

	options(argc, argv);
	from = clock_tick();
	for (p = 0; p < opt.processes; p++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid > 0)
			continue;
		for (n = p; n < opt.cycles; n += opt.processes)
			one_cycle(opt.start + n);
		_exit(0);
	}
	while (wait(&status) > 0)
		bad |= status;
	took = clock_tick() - from;
	printf("cycles %ld\nseconds %.3f\nrate %.1f\n", opt.cycles,
	    (double)took / 1000,
	    (double)opt.cycles * 1000 / (double)(took > 0 ? took : 1));
	return bad != 0;
}
