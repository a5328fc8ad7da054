/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/hand_in.h"
#include "ctl/output.h"
#include "words/country.h"

void
hand_in_heads(struct buf *out)
{
	static const char *const heads[] = { "number", "name", "city", "country",
	    "country_name", "comment", "address", "language", "source", "date",
	    "state", "hidden", "count_since", "list_since", "updates_since",
	    "shared_since" };
	size_t i;

	for (i = 0; i < sizeof heads / sizeof heads[0]; i++)
		csv_cell(out, heads[i]);
	csv_end(out);
}

static void
cell(struct buf *out, const char *text)
{
	csv_cell(out, text == NULL ? "" : text);
}

void
hand_in_row(struct buf *out, const struct countries *countries,
    const struct hand_in *row)
{
	char date[11];
	int i;

	clock_date(row->day, date);
	if (row->number != 0)
		csv_number(out, row->number);
	else
		cell(out, "");
	cell(out, row->name);
	cell(out, row->city);
	cell(out, row->country);
	cell(out, *row->country == '\0' ? "" :
	    country_name(countries, row->country, "en"));
	cell(out, row->comment);
	cell(out, row->address);
	cell(out, row->language);
	cell(out, row->source);
	cell(out, date);
	cell(out, row->state);
	cell(out, row->hidden ? "yes" : "no");
	for (i = 0; i < HAND_IN_AGREED; i++)
		cell(out, row->agreed[i]);
	csv_end(out);
}

/* ---- where to ----------------------------------------------------------------- */

int
hand_in_begin(struct hand_in_file *f, const char *file)
{
	*f = (struct hand_in_file){ .file = file, .fd = STDOUT_FILENO,
	    .out = BUF_INIT };
	if (file == NULL)
		return 0;
	f->path = mem_printf("%s.XXXXXX", file);
	f->fd = mkstemp(f->path);
	if (f->fd >= 0)
		return 0;
	free(f->path);
	f->path = NULL;
	return ctl_complain(EXIT_NOT, "%s: cannot be made: %s", file,
	    strerror(errno));
}

int
hand_in_write(struct hand_in_file *f)
{
	size_t at = 0;
	ssize_t n;

	while (at < f->out.len) {
		n = write(f->fd, f->out.data + at, f->out.len - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ctl_complain(EXIT_NOT, "cannot write the list: %s",
			    strerror(errno));
		at += (size_t)n;
	}
	/* names were in it */
	explicit_bzero(f->out.data, f->out.len);
	buf_clear(&f->out);
	return 0;
}

int
hand_in_end(struct hand_in_file *f, int code)
{
	buf_wipe(&f->out);
	if (f->path == NULL)
		return code;
	if (fsync(f->fd) != 0 && code == 0)
		code = ctl_complain(EXIT_NOT, "%s: %s", f->file, strerror(errno));
	if (close(f->fd) != 0 && code == 0)
		code = ctl_complain(EXIT_NOT, "%s: %s", f->file, strerror(errno));
	if (code == 0 && rename(f->path, f->file) != 0)
		code = ctl_complain(EXIT_NOT, "%s: %s", f->file, strerror(errno));
	if (code != 0)
		(void)unlink(f->path);
	free(f->path);
	f->path = NULL;
	return code;
}
