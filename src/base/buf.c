/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

char buf_empty[1] = "";

static void
no_memory(void)
{
	static const char text[] = "by=undersigned level=fatal msg=\"out of memory\"\n";

	/* Nothing can be done about a failed write here. */
	if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
		_exit(71);
	_exit(71);
}

void *
mem_alloc(size_t size)
{
	void *p = calloc(1, size == 0 ? 1 : size);

	if (p == NULL)
		no_memory();
	return p;
}

void *
mem_realloc(void *old, size_t count, size_t size)
{
	void *p = reallocarray(old, count == 0 ? 1 : count, size == 0 ? 1 : size);

	if (p == NULL)
		no_memory();
	return p;
}

char *
mem_strndup(const char *s, size_t len)
{
	char *p = mem_alloc(len + 1);

	memcpy(p, s, len);
	return p;
}

char *
mem_strdup(const char *s)
{
	return mem_strndup(s, strlen(s));
}

char *
mem_printf(const char *format, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, format);
	buf_vaddf(&b, format, ap);
	va_end(ap);
	return buf_steal(&b, NULL);
}

void
buf_init(struct buf *b)
{
	*b = (struct buf)BUF_INIT;
}

void
buf_free(struct buf *b)
{
	if (b->room > 0)
		free(b->data);
	buf_init(b);
}

void
buf_wipe(struct buf *b)
{
	if (b->room > 0)
		explicit_bzero(b->data, b->room);
	buf_free(b);
}

void
buf_clear(struct buf *b)
{
	buf_cut(b, 0);
}

static void
grow(struct buf *b, size_t more)
{
	size_t want = b->len + more + 1, room = b->room;

	if (want <= more)
		no_memory();
	if (room < 64)
		room = 64;
	while (room < want)
		room = room > SIZE_MAX / 2 ? want : room * 2;
	b->data = mem_realloc(b->room > 0 ? b->data : NULL, room, 1);
	if (b->room == 0)
		b->data[0] = '\0';
	b->room = room;
}

/* With room for a NUL: none without memory of its own. */
static inline bool
has_room(const struct buf *b, size_t more)
{
	return more < b->room - b->len;
}

void
buf_reserve(struct buf *b, size_t more)
{
	if (!has_room(b, more))
		grow(b, more);
}

void
buf_add(struct buf *b, const void *data, size_t len)
{
	if (len == 0)
		return;
	if (!has_room(b, len))
		grow(b, len);
	memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void
buf_addstr(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_addch(struct buf *b, char c)
{
	if (!has_room(b, 1))
		grow(b, 1);
	b->data[b->len++] = c;
	b->data[b->len] = '\0';
}

/* Written at once where it fits; only where it does not, a second time. */
void
buf_vaddf(struct buf *b, const char *format, va_list ap)
{
	size_t left = b->room - b->len;
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(left > 0 ? b->data + b->len : NULL, left, format, ap);
	if (n > 0 && (size_t)n >= left) {
		buf_reserve(b, (size_t)n);
		(void)vsnprintf(b->data + b->len, (size_t)n + 1, format, again);
	}
	va_end(again);
	if (n > 0)
		b->len += (size_t)n;
	else if (left > 0)
		b->data[b->len] = '\0';
}

void
buf_addf(struct buf *b, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	buf_vaddf(b, format, ap);
	va_end(ap);
}

/* The length of the character at P if it can be shown as it is, else 0.  Not
 * shown are control characters (C0, DEL, C1), what turns the direction of text
 * or parts lines (U+200E-F, U+2028-E, U+2066-9, U+FEFF), and what is not UTF-8. */
static size_t
shown_length(const unsigned char *p)
{
	size_t len = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 :
	    p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0, i;
	uint32_t c = len == 1 ? p[0] : len == 0 ? 0 : p[0] & (0x7fU >> len);

	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3fU);
	}
	if (c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200e && c <= 0x200f) ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
	    c == 0xfeff || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
		return 0;
	if ((len == 3 && c < 0x800) || (len == 4 && c < 0x10000))
		return 0;
	return len;
}

void
buf_add_visible(struct buf *b, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t len;

	while (*p != '\0') {
		len = shown_length(p);
		if (len > 0)
			buf_add(b, p, len);
		else
			buf_addf(b, "\\x%02x", *p);
		p += len > 0 ? len : 1;
	}
}

void
buf_cut(struct buf *b, size_t len)
{
	if (len < b->len) {
		memset(b->data + len, 0, b->len - len);
		b->len = len;
	}
}

void
buf_consume(struct buf *b, size_t n)
{
	if (n == 0)
		return;
	if (n >= b->len) {
		buf_clear(b);
		return;
	}
	b->len -= n;
	memmove(b->data, b->data + n, b->len);
	memset(b->data + b->len, 0, n);
}

char *
buf_steal(struct buf *b, size_t *len_out)
{
	char *p;

	buf_reserve(b, 0);
	p = b->data;
	if (len_out != NULL)
		*len_out = b->len;
	buf_init(b);
	return p;
}

/* The folder of PATH, opened step by step so that none of those after its first
 * OWN octets is a link, also not one put there just now; *name_out is the file. */
static enum status
open_own_folder(const char *path, size_t own, int *fd_out,
    const char **name_out, struct reason *why)
{
	char *so_far = mem_strndup(path, own), *step;
	const char *name = path + own + strspn(path + own, "/"), *end;
	int fd = open(own > 0 ? so_far : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int error = errno;
	enum status st = OK;
	struct stat sb;

	while (fd >= 0 && (end = strchr(name, '/')) != NULL) {
		int up = fd;

		step = mem_strndup(name, (size_t)(end - name));
		fd = openat(up, step, O_PATH | O_DIRECTORY | O_NOFOLLOW |
		    O_CLOEXEC);
		error = errno;
		if (fd < 0 && fstatat(up, step, &sb, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISLNK(sb.st_mode))
			st = fail(why, INVALID, "%.*s: is a symbolic link; put "
			    "the folder itself there", (int)(end - path), path);
		free(step);
		(void)close(up);
		name = end + strspn(end, "/");
	}
	errno = error;
	if (fd < 0 && st == OK)
		st = fail_errno(why, error == ENOENT ? NOT_FOUND : DENIED,
		    "%s: cannot open", path);
	free(so_far);
	*fd_out = fd;
	*name_out = name;
	return st;
}

/* A pipe or a device put where a file belongs must not hold us up. */
static enum status
open_plain_file(const char *path, int at, const char *name, int flags,
    int *fd_out, struct reason *why)
{
	struct stat sb;
	int fd = openat(at, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY |
	    flags);

	if (fd < 0 && errno == ELOOP && (flags & O_NOFOLLOW) != 0)
		return fail(why, INVALID, "%s: is a symbolic link; put the file "
		    "itself there", path);
	if (fd < 0)
		return fail_errno(why, errno == ENOENT ? NOT_FOUND : DENIED,
		    "%s: cannot open", path);
	if (fstat(fd, &sb) != 0 || !S_ISREG(sb.st_mode)) {
		(void)close(fd);
		return fail(why, INVALID, "%s: is no plain file; put the text "
		    "itself there", path);
	}
	*fd_out = fd;
	return OK;
}

static enum status
read_file(struct buf *out, const char *path, int fd, size_t max,
    struct reason *why)
{
	size_t start = out->len;
	enum status st = OK;

	for (;;) {
		ssize_t n;

		buf_reserve(out, 16384);
		n = read(fd, out->data + out->len, 16384);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			st = fail_errno(why, TEMPFAIL, "%s: cannot read", path);
			break;
		}
		if (n == 0)
			break;
		out->len += (size_t)n;
		out->data[out->len] = '\0';
		if (out->len - start > max) {
			st = fail(why, LIMIT, "%s: larger than %zu bytes",
			    path, max);
			break;
		}
	}
	(void)close(fd);
	if (st != OK)
		buf_cut(out, start);
	return st;
}

enum status
buf_read_file(struct buf *out, const char *path, size_t max, struct reason *why)
{
	int fd;
	enum status st = open_plain_file(path, AT_FDCWD, path, 0, &fd, why);

	return st == OK ? read_file(out, path, fd, max, why) : st;
}

enum status
buf_read_own_file(struct buf *out, const char *path, size_t max,
    struct reason *why)
{
	int fd;
	enum status st = open_plain_file(path, AT_FDCWD, path, O_NOFOLLOW, &fd,
	    why);

	return st == OK ? read_file(out, path, fd, max, why) : st;
}

enum status
buf_read_below(struct buf *out, const char *path, size_t own, size_t max,
    struct reason *why)
{
	const char *name;
	int folder, fd;
	enum status st = open_own_folder(path, own, &folder, &name, why);

	if (st != OK)
		return st;
	st = open_plain_file(path, folder, name, O_NOFOLLOW, &fd, why);
	(void)close(folder);
	return st == OK ? read_file(out, path, fd, max, why) : st;
}
