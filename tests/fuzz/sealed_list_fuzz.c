/* SPDX-License-Identifier: ISC
 *
 * Any bytes as a sealed list, and as the parts of a row.  What is taken is
 * bounded, texts are strings, and parts read well are written the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "seal/parts.h"
#include "seal/sealed_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
need(int good)
{
	if (!good)
		abort();
}

static void
try_parts(const void *value, size_t len)
{
	struct buf again = BUF_INIT;
	struct parts parts;
	int i;

	if (parts_read(&parts, value, len) == OK) {
		parts_write(&parts, &again);
		need(again.len == len &&
		    (len == 0 || memcmp(again.data, value, len) == 0));
	} else
		for (i = 0; i < PARTS; i++)
			need(parts.part[i].len == 0);
	buf_free(&again);
}

static void
check_row(const struct sealed_row *r)
{
	need(strlen(r->country) + strlen(r->language) + strlen(r->source) +
	    strlen(r->state) < SEALED_LIST_LINE);
	need(r->number >= 0 && (r->parts_len == 0 || r->parts != NULL));
	try_parts(r->parts, r->parts_len);
}

static void
try_list(struct arena *arena, char *text)
{
	struct sealed_list list;
	enum sealed_line kind;
	struct data_key key;
	struct sealed_row row;
	struct reason why;
	char *line;

	if (sealed_list_open(&list, text, &why) != OK)
		list = (struct sealed_list){ .lines = 0 };
	else
		need(strlen(list.slug) < sizeof list.slug);
	while ((line = strsep(&text, "\n")) != NULL) {
		int64_t before = list.lines;

		if (sealed_list_next(&list, arena, line, &kind, &key, &row,
		    &why) != OK)
			need(why.text[0] != '\0');
		else if (kind == SEALED_ROW)
			check_row(&row);
		need(list.lines >= before);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *arena = arena_new();

	try_parts(data, len);
	try_list(arena, arena_strndup(arena, (const char *)data, len));
	arena_free(&arena);
	return 0;
}
