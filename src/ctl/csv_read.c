/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "ctl/csv_read.h"
#include "words/text.h"

#define SIZE_MOST (64u << 20)

struct csv_read {
	struct buf text;
	size_t at;
	int line, row_line;
	char parts;             /* , ; or tab */
};

/* ---- opening ---------------------------------------------------------------- */

static enum status
read_all(struct csv_read *r, int fd, const char *file, struct reason *why)
{
	char chunk[65536];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof chunk)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(why, INVALID, "%s: %s", file,
			    strerror(errno));
		buf_add(&r->text, chunk, (size_t)n);
		if (r->text.len > SIZE_MOST)
			return fail(why, INVALID, "%s: larger than 64 MiB; import "
			    "it in parts", file);
	}
	explicit_bzero(chunk, sizeof chunk);
	return OK;
}

static enum status
check_charset(const struct csv_read *r, const char *file, struct reason *why)
{
	const char *line = r->text.data, *end = line + r->text.len, *next;
	int number = 1;

	if (memchr(line, '\0', r->text.len) != NULL)
		return fail(why, INVALID, "%s: not a CSV file; save the sheet as "
		    "\"CSV UTF-8\"", file);
	for (; line < end; line = next, number++) {
		next = memchr(line, '\n', (size_t)(end - line));
		next = next == NULL ? end : next + 1;
		if (!text_is_utf8(line, (size_t)(next - line)))
			return fail(why, INVALID, "%s:%d: not UTF-8, so names "
			    "would be garbled; save the sheet as \"CSV UTF-8\"",
			    file, number);
	}
	return OK;
}

/* What parts the cells of the first line. */
static char
guess_parts(const char *text)
{
	static const char choices[] = ",;\t";
	size_t count[3] = { 0 }, best = 0, i;
	const char *c;
	int quoted = 0;

	for (; *text != '\0' && (quoted || *text != '\n'); text++) {
		if (*text == '"')
			quoted = !quoted;
		c = strchr(choices, *text);
		if (!quoted && c != NULL)
			count[c - choices]++;
	}
	for (i = 1; i < 3; i++)
		if (count[i] > count[best])
			best = i;
	return choices[best];
}

enum status
csv_read_open(struct csv_read **out, const char *file, struct reason *why)
{
	struct csv_read *r = mem_alloc(sizeof *r);
	int fd = strcmp(file, "-") == 0 ? STDIN_FILENO :
	    open(file, O_RDONLY | O_CLOEXEC);
	enum status st = OK;

	buf_init(&r->text);
	if (fd < 0)
		st = fail(why, NOT_FOUND, "%s: %s", file, strerror(errno));
	if (st == OK)
		st = read_all(r, fd, file, why);
	if (fd > STDIN_FILENO)
		(void)close(fd);
	buf_addch(&r->text, '\0');
	buf_cut(&r->text, r->text.len - 1);
	if (st == OK)
		st = check_charset(r, file, why);
	if (st != OK) {
		csv_read_close(&r);
	} else {
		r->at = strncmp(r->text.data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
		r->line = 1;
		r->parts = guess_parts(r->text.data + r->at);
	}
	*out = r;
	return st;
}

void
csv_read_close(struct csv_read **rp)
{
	if (*rp == NULL)
		return;
	buf_wipe(&(*rp)->text);
	free(*rp);
	*rp = NULL;
}

/* ---- rows --------------------------------------------------------------------- */

/* A cell in quotes, whose quotes are taken off where it stands.  The end of it, or
 * NULL when the closing quote is missing. */
static char *
unquote(struct csv_read *r, char *cell, char **end_out)
{
	char *from = cell + 1, *to = cell;

	for (; *from != '\0'; from++) {
		if (*from == '"' && from[1] != '"') {
			*end_out = to;
			return from + 1;
		}
		from += *from == '"';
		r->line += *from == '\n';
		*to++ = *from;
	}
	return NULL;
}

/* One cell at r->at; *LAST_OUT when its row ends with it.  NULL: no end. */
static char *
take_cell(struct csv_read *r, int *last_out)
{
	char *cell = r->text.data + r->at, *at = cell, *end = NULL;
	char stop[] = { r->parts, '\n', '\0' };

	if (*cell == '"') {
		at = unquote(r, cell, &end);
		if (at == NULL)
			return NULL;
	}
	at += strcspn(at, stop);        /* after a quote: what does not belong */
	*last_out = *at != r->parts;
	r->line += *at == '\n';
	r->at = (size_t)(at - r->text.data) + (*at != '\0');
	if (end == NULL) {
		end = at;
		if (*last_out && end > cell && end[-1] == '\r')
			end--;
	}
	*end = '\0';
	return cell;
}

static int
is_blank(char *const *cells, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (cells[i][strspn(cells[i], " \t\r")] != '\0')
			return 0;
	return 1;
}

enum status
csv_read_row(struct csv_read *r, char *cells[CSV_CELLS], size_t *count_out,
    struct reason *why)
{
	int last = 1;

	do {
		if (r->at >= r->text.len)
			return NOT_FOUND;
		r->row_line = r->line;
		*count_out = 0;
		do {
			if (*count_out == CSV_CELLS)
				return fail(why, INVALID, "line %d: more than %d "
				    "cells", r->row_line, CSV_CELLS);
			cells[*count_out] = take_cell(r, &last);
			if (cells[(*count_out)++] == NULL)
				return fail(why, INVALID, "line %d: a quote "
				    "begins here and never ends", r->row_line);
		} while (!last);
	} while (is_blank(cells, *count_out));
	return OK;
}

int
csv_read_line(const struct csv_read *r)
{
	return r->row_line;
}

size_t
csv_read_size(const struct csv_read *r)
{
	return r->text.len;
}

size_t
csv_read_at(const struct csv_read *r)
{
	return r->at;
}
