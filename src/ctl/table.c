/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/buf.h"
#include "ctl/output.h"

struct table {
	const char *align;
	size_t columns;
	char **cells;           /* row by row, heads first */
	size_t count;
};

size_t
text_columns(const char *s)
{
	size_t columns = 0, n, left = strlen(s);
	mbstate_t state;
	wchar_t c;
	int width;

	memset(&state, 0, sizeof state);
	while (left > 0) {
		n = mbrtowc(&c, s, left, &state);
		if (n == 0 || n > left) {       /* not a character: one column */
			memset(&state, 0, sizeof state);
			n = 1;
			width = 1;
		} else
			width = wcwidth(c);
		columns += width < 0 ? 0 : (size_t)width;
		s += n;
		left -= n;
	}
	return columns;
}

struct table *
table_new(const char *const *heads, const char *align)
{
	struct table *t = mem_alloc(sizeof *t);

	t->align = align;
	t->columns = strlen(align);
	for (; *heads != NULL; heads++)
		table_cell(t, *heads);
	return t;
}

void
table_cell(struct table *t, const char *text)
{
	t->cells = mem_realloc(t->cells, t->count + 1, sizeof *t->cells);
	t->cells[t->count++] = mem_strdup(text);
}

void
table_number(struct table *t, int64_t n)
{
	char text[32];

	table_cell(t, count_text(n, text));
}

static size_t
column_width(const struct table *t, size_t column)
{
	size_t i, width = 0;

	for (i = column; i < t->count; i += t->columns)
		if (text_columns(t->cells[i]) > width)
			width = text_columns(t->cells[i]);
	return width;
}

void
table_print(struct table *t, FILE *out)
{
	size_t *widths = mem_alloc(t->columns * sizeof *widths), i, column, pad;

	for (column = 0; column < t->columns; column++)
		widths[column] = column_width(t, column);
	for (i = 0; i < t->count; i++) {
		column = i % t->columns;
		pad = widths[column] - text_columns(t->cells[i]);
		if (column > 0)
			(void)fputs("  ", out);
		if (t->align[column] == 'r')
			(void)fprintf(out, "%*s%s", (int)pad, "", t->cells[i]);
		else if (column + 1 < t->columns)
			(void)fprintf(out, "%s%*s", t->cells[i], (int)pad, "");
		else
			(void)fputs(t->cells[i], out);
		if (column + 1 == t->columns)
			(void)fputc('\n', out);
	}
	free(widths);
}

void
table_free(struct table **table)
{
	struct table *t = *table;
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < t->count; i++)
		free(t->cells[i]);
	free(t->cells);
	free(t);
	*table = NULL;
}

const char *
count_text(int64_t n, char *out)
{
	char digits[32], *p = out;
	size_t i, len;

	(void)snprintf(digits, sizeof digits, "%" PRId64, n);
	len = strlen(digits);
	for (i = 0; i < len; i++) {
		*p++ = digits[i];
		if (digits[i] != '-' && i + 1 < len && (len - i - 1) % 3 == 0)
			*p++ = ',';
	}
	*p = '\0';
	return out;
}

const char *
count_words(int64_t n, const char *one, const char *many)
{
	return n == 1 ? one : many;
}
