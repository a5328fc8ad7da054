/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"

static enum status
failed(struct reason *why, const char *name, const char *what)
{
	enum status st = errno == ENOSPC || errno == EDQUOT ? FULL :
	    errno == EACCES || errno == EPERM || errno == EROFS ? DENIED :
	    TEMPFAIL;

	return fail_errno(why, st, "%s: %s", name, what);
}

static int
write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	for (; len > 0; data += n, len -= (size_t)n) {
		do
			n = write(fd, data, len);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return -1;
	}
	return 0;
}

enum status
file_replace_at(int dir, const char *name, const void *data, size_t len,
    unsigned mode, struct reason *why)
{
	char *temporary = mem_printf(".%s.new", name);
	enum status st = OK;
	int fd;

	(void)unlinkat(dir, temporary, 0);      /* of a run that was ended */
	fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
	    O_NOFOLLOW, S_IRUSR | S_IWUSR);
	if (fd < 0)
		st = failed(why, name, "cannot be made");
	else if (write_all(fd, data, len) != 0 || fchmod(fd, mode) != 0 ||
	    fsync(fd) != 0)
		st = failed(why, name, "cannot be written");
	if (fd >= 0 && close(fd) != 0 && st == OK)
		st = failed(why, name, "cannot be written");
	if (st == OK && renameat(dir, temporary, dir, name) != 0)
		st = failed(why, name, "cannot be put in its place");
	if (st != OK && fd >= 0)
		(void)unlinkat(dir, temporary, 0);
	free(temporary);
	return st;
}

enum status
file_replace(const char *path, const void *data, size_t len, unsigned mode,
    struct reason *why)
{
	char *for_folder = mem_strdup(path), *for_name = mem_strdup(path);
	const char *folder = dirname(for_folder), *name = basename(for_name);
	enum status st;
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0) {
		st = failed(why, folder, "cannot be opened");
	} else {
		st = file_replace_at(dir, name, data, len, mode, why);
		if (st == OK && fsync(dir) != 0)
			st = failed(why, folder, "cannot be synced");
		(void)close(dir);
	}
	free(for_folder);
	free(for_name);
	return st;
}
