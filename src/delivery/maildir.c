/* SPDX-License-Identifier: ISC */
#include <sys/random.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/outcome.h"
#include "delivery/maildir.h"
#include "delivery/smtp.h"

#define NAME_SIZE 128

struct maildir_out {
	char *dir, *host;
	int tmp, new;           /* the folders, opened */
	unsigned count;
};

/* DIR/SUB, made when it is missing, and opened: the descriptor, or -1. */
static int
open_folder(const char *dir, const char *sub, struct reason *why)
{
	char *path = mem_printf("%s%s", dir, sub);
	int fd = -1;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		(void)fail_errno(why, DENIED, "%s: cannot make this folder "
		    "(delivery.relay)", path);
	else if ((fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		(void)fail_errno(why, DENIED, "%s: cannot open this folder "
		    "(delivery.relay)", path);
	free(path);
	return fd;
}

/* The machine's name as it may stand in a file name. */
static char *
host_name(void)
{
	char name[65] = "", *c;

	if (gethostname(name, sizeof name - 1) < 0 || name[0] == '\0')
		return mem_strdup("localhost");
	for (c = name; *c != '\0'; c++) {
		if (*c == '/' || *c == ':' || *c <= ' ' || *c > '~')
			*c = '_';
	}
	return mem_strdup(name);
}

enum status
maildir_out_open(struct maildir_out **out, const char *dir, struct reason *why)
{
	struct maildir_out *m = mem_alloc(sizeof *m);
	int root = -1, cur = -1;
	enum status st = OK;

	m->dir = mem_strdup(dir);
	m->host = host_name();
	m->tmp = m->new = -1;
	if (dir[0] != '/')
		st = fail(why, INVALID, "delivery.relay \"maildir:%s\" needs an "
		    "absolute path", dir);
	else if ((root = open_folder(dir, "", why)) < 0 ||
	    (m->tmp = open_folder(dir, "/tmp", why)) < 0 ||
	    (m->new = open_folder(dir, "/new", why)) < 0 ||
	    (cur = open_folder(dir, "/cur", why)) < 0)
		st = DENIED;
	if (st == OK && fsync(root) < 0)
		st = fail_errno(why, TEMPFAIL, "%s: cannot sync", dir);
	if (root >= 0)
		(void)close(root);
	if (cur >= 0)
		(void)close(cur);
	if (st != OK)
		maildir_out_close(&m);
	*out = m;
	return st;
}

void
maildir_out_close(struct maildir_out **p)
{
	struct maildir_out *m = *p;

	if (m == NULL)
		return;
	if (m->tmp >= 0)
		(void)close(m->tmp);
	if (m->new >= 0)
		(void)close(m->new);
	free(m->dir);
	free(m->host);
	free(m);
	*p = NULL;
}

/* No two deliveries of any process at any time have the same: time, process,
 * count, and chance for the rest (a process number comes again). */
static void
unique_name(struct maildir_out *m, char name[NAME_SIZE])
{
	struct timespec now;
	uint64_t chance = 0;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (getrandom(&chance, sizeof chance, 0) != (ssize_t)sizeof chance)
		chance = 0;
	(void)snprintf(name, NAME_SIZE, "%" PRId64 ".M%06ldP%ldQ%uR%016" PRIx64
	    ".%s", (int64_t)now.tv_sec, now.tv_nsec / 1000, (long)getpid(),
	    m->count++, chance, m->host);
}

/* Envelope on top, CRLF to LF. */
static void
compose(struct buf *out, const struct smtp_mail *mail)
{
	const char *p = mail->bytes, *end = p + mail->len;

	buf_reserve(out, mail->len + 1024);
	buf_addf(out, "Return-Path: <%s>\nDelivered-To: %s\n",
	    mail->reverse_path, mail->recipient);
	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((nl == NULL ? end : nl) - p);

		buf_add(out, p, len - (nl != NULL && len > 0 &&
		    p[len - 1] == '\r'));
		buf_addch(out, '\n');
		p = nl == NULL ? end : nl + 1;
	}
}

static int
write_all(int fd, const char *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return fsync(fd);
}

/* The steps in their order; -1 with errno. */
static int
store(struct maildir_out *m, const struct buf *text)
{
	char name[NAME_SIZE];
	int fd, bad, saved;

	unique_name(m, name);
	fd = openat(m->tmp, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	bad = write_all(fd, text->data, text->len) < 0;
	saved = errno;
	if (close(fd) < 0 && !bad) {
		bad = 1;
		saved = errno;
	}
	if (!bad && renameat(m->tmp, name, m->new, name) == 0)
		return fsync(m->new);
	if (!bad)
		saved = errno;
	(void)unlinkat(m->tmp, name, 0);
	errno = saved;
	return -1;
}

void
maildir_out_deliver(struct maildir_out *m, const struct smtp_mail *mail,
    struct outcome *out, struct reason *why)
{
	struct buf text = BUF_INIT;

	*out = (struct outcome){ .kind = OUTCOME_DELIVERED, .code = { 2, 0, 0 } };
	compose(&text, mail);
	if (store(m, &text) < 0) {
		int full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;

		*out = (struct outcome){
			.kind = full ? OUTCOME_DEFERRED : OUTCOME_RELAY_DOWN,
			.code = { 4, 3, (uint8_t)(full ? 1 : 0) } };
		(void)fail_errno(why, full ? FULL : TEMPFAIL,
		    "%s: cannot write a mail", m->dir);
	}
	buf_wipe(&text);
}
