/* SPDX-License-Identifier: ISC */
#include "store/trace.h"

#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"

#define MARK "database.made"
#define SHOWN_MOST 5

static const char mark_text[] =
    "A database of Undersigned was made in this folder.  While this file is here,\n"
    "the daemon does not begin another one by itself: see undersigned(7).\n";

static bool
ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n > m && strcmp(text + n - m, end) == 0;
}

static bool
is_trace(const char *name, const char *database)
{
	size_t n = strlen(database);

	return strcmp(name, MARK) == 0 || (strncmp(name, database, n) == 0 &&
	    strcmp(name + n, "-wal") == 0) ||
	    (strncmp(name, "tally-", 6) == 0 && ends_with(name, ".checkpoint"));
}

/* Appends the names of those in DIR. */
static void
find_traces(const char *dir, const char *database, struct buf *out)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	int n = 0;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (is_trace(e->d_name, database) && n++ < SHOWN_MOST)
			buf_addf(out, "%s%s", n > 1 ? ", " : "", e->d_name);
	if (n > SHOWN_MOST)
		buf_addf(out, " and %d more", n - SHOWN_MOST);
	if (d != NULL)
		(void)closedir(d);
}

static bool
is_missing(const char *path)
{
	struct stat sb;

	return stat(path, &sb) == 0 ? sb.st_size == 0 : errno == ENOENT;
}

enum status
trace_check(const char *path, struct reason *why)
{
	char *folder = mem_strdup(path), *file = mem_strdup(path);
	const char *dir = dirname(folder);
	struct buf found = BUF_INIT;
	enum status st = OK;

	/* In this order: another process may be making it just now. */
	find_traces(dir, basename(file), &found);
	if (found.len > 0 && is_missing(path))
		st = fail(why, INVALID, "%s: the database is missing, and there "
		    "was one (see %s in %s); put it back, or bring back a backup "
		    "with undersign restore, or, to begin anew without any of "
		    "its signatures, move %s away", path, found.data, dir,
		    found.data);
	buf_free(&found);
	free(folder);
	free(file);
	return st;
}

void
trace_leave(const char *path)
{
	char *folder = mem_strdup(path);
	char *mark = mem_printf("%s/" MARK, dirname(folder));
	struct reason why = { "" };

	if (access(mark, F_OK) != 0 && file_replace(mark, mark_text,
	    sizeof mark_text - 1, 0644, &why) != OK)
		log_warnx("store: %s", why.text);
	free(mark);
	free(folder);
}
