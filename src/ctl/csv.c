/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "ctl/output.h"

/* Would a spreadsheet take a cell that begins so for a formula?  The wide
 * forms are taken for the narrow ones by some. */
static bool
is_formula(const char *s)
{
	static const char *const wide[] = { "＝", "＋", "－", "＠" };
	size_t i;

	if (*s != '\0' && strchr("=+-@\t\r", *s) != NULL)
		return true;
	for (i = 0; i < sizeof wide / sizeof wide[0]; i++)
		if (strncmp(s, wide[i], strlen(wide[i])) == 0)
			return true;
	return false;
}

/* Where another cell would begin for one who parts cells otherwise.  A smile
 * is left alone: "-)" is no formula. */
static bool
is_formula_within(const char *s)
{
	return is_formula(s) && strncmp(s, "-)", 2) != 0;
}

void
csv_cell(struct buf *out, const char *s)
{
	bool quote = strpbrk(s, ",;\"\r\n\t") != NULL || *s == ' ' ||
	    (*s != '\0' && s[strlen(s) - 1] == ' ');
	const char *p;

	if (out->len > 0 && out->data[out->len - 1] != '\n')
		buf_addch(out, ',');
	else if (*s == '\0')
		quote = true;   /* a row of one empty cell is not an empty line */
	if (quote)
		buf_addch(out, '"');
	for (p = s; *p != '\0'; p++) {
		if (p == s ? is_formula(p) :
		    strchr(";\t\n\r", p[-1]) != NULL && is_formula_within(p))
			buf_addch(out, '\'');
		if (*p == '"')
			buf_addch(out, '"');
		buf_addch(out, *p);
	}
	if (quote)
		buf_addch(out, '"');
}

void
csv_number(struct buf *out, int64_t n)
{
	char text[24];

	(void)snprintf(text, sizeof text, "%" PRId64, n);
	csv_cell(out, text);
}

void
csv_end(struct buf *out)
{
	buf_addstr(out, "\r\n");
}

void
json_string(FILE *out, const char *s)
{
	(void)fputc('"', out);
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			(void)fprintf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			(void)fprintf(out, "\\u%04x", c);
		else
			(void)fputc(c, out);
	}
	(void)fputc('"', out);
}
