/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "seal/sealed_list.h"
#include "tests/unit/check.h"

#define HEAD 6                  /* lines, with one opening key */

static struct arena *arena;
static struct opening_pair *pair;
static struct data_key key;
static struct buf text;

static const struct sealed_row rows[] = {
	{ 1, "TJ", "tg", "poster", "confirmed", 20000, false, "0123456789abcde",
	    "one", 3, { "2024-10-04", "2024-10-04", "", "nordic=2024-10-05 %" } },
	{ 0, "", "", "", "pending", 20001, true, "fedcba987654321", NULL, 0,
	    { NULL } },
	{ 123456789, "NO", "nb", "liste 1 % \xd0\x9a\n-", "paper", 19999, false,
	    "...............", "\0\1\2\3", 4, { "", "", "", "-" } },
	{ 4, "NO", "-", "-", "confirmed", 20000, false, "000000000000000", "x",
	    1, { "a", "b", "c", "d" } },
};

#define ROWS (sizeof rows / sizeof rows[0])

static int
setup(void **state)
{
	struct sealed_list l;
	size_t i;

	(void)state;
	seal_init();
	arena = arena_new();
	pair = opening_new();
	key.number = 77;
	memcpy(key.opening, pair->public, OPENING_BYTES);
	memset(key.sealed, 9, sizeof key.sealed);
	buf_init(&text);
	l = (struct sealed_list){ .slug = "manuchehr", .campaign = 3,
	    .made = 20002, .openings = 1 };
	memcpy(l.opening[0], pair->public, OPENING_BYTES);
	sealed_list_begin(&l, &text);
	assert_int_equal(sealed_list_key(&l, &key, &text), OK);
	key.opening[0] ^= 1;            /* of none that the head names */
	assert_int_equal(sealed_list_key(&l, &key, &text), INVALID);
	key.opening[0] ^= 1;
	for (i = 0; i < ROWS; i++)
		sealed_list_row(&l, &rows[i], &text);
	sealed_list_end(&l, &text);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_free(&text);
	opening_free(&pair);
	arena_free(&arena);
	return 0;
}

/* The lines of TEXT, each a string of its own. */
static size_t
lines_of(const char *from, char **out, size_t room)
{
	char *copy = arena_strdup(arena, from), *line;
	size_t n = 0;

	while (n < room && (line = strsep(&copy, "\n")) != NULL && *line != '\0')
		out[n++] = line;
	return n;
}

/* What is read of a list: rows and keys that are good, and the reasons. */
struct reading {
	struct sealed_list list;
	struct sealed_row row[2 * ROWS];
	struct data_key key;
	size_t rows, keys;
	char why[2048];
	enum status head;
};

static void
read_lines(struct reading *r, char **line, size_t count)
{
	struct reason why = { "" };
	enum sealed_line kind;
	struct buf head = BUF_INIT;
	size_t i;

	memset(r, 0, sizeof *r);
	for (i = 0; i < HEAD && i < count; i++)
		buf_addf(&head, "%s\n", line[i]);
	r->head = sealed_list_open(&r->list, head.data, &why);
	buf_free(&head);
	for (i = HEAD; r->head == OK && i < count; i++) {
		enum status st = sealed_list_next(&r->list, arena, line[i],
		    &kind, &r->key, &r->row[r->rows], &why);

		if (why.text[0] != '\0')
			(void)snprintf(r->why + strlen(r->why),
			    sizeof r->why - strlen(r->why), "%s\n", why.text);
		assert_true(st == OK || why.text[0] != '\0');
		r->rows += st == OK && kind == SEALED_ROW;
		r->keys += st == OK && kind == SEALED_KEY;
	}
}

static void
same_row(const struct sealed_row *a, const struct sealed_row *b)
{
	int i;

	assert_int_equal(a->number, b->number);
	assert_string_equal(a->country, b->country);
	assert_string_equal(a->language, b->language);
	assert_string_equal(a->source, b->source);
	assert_string_equal(a->state, b->state);
	assert_int_equal(a->day, b->day);
	assert_int_equal(a->hidden, b->hidden);
	assert_memory_equal(a->row, b->row, HASH_BYTES);
	assert_int_equal(a->parts_len, b->parts_len);
	if (a->parts_len > 0)
		assert_memory_equal(a->parts, b->parts, a->parts_len);
	for (i = 0; i < SEALED_LIST_AGREED; i++)
		assert_string_equal(a->agreed[i], b->agreed[i] == NULL ? "" :
		    b->agreed[i]);
}

static void
read_as_written(void **state)
{
	char *line[32];
	size_t count = lines_of(text.data, line, 32), i;
	struct reading r;

	(void)state;
	assert_int_equal(count, HEAD + 1 + ROWS + 1);
	assert_null(strchr(line[HEAD + 3], '\n'));
	read_lines(&r, line, count);
	assert_string_equal(r.why, "");
	assert_true(r.list.ended);
	assert_string_equal(r.list.slug, "manuchehr");
	assert_int_equal(r.list.campaign, 3);
	assert_int_equal(r.list.made, 20002);
	assert_int_equal(r.list.openings, 1);
	assert_memory_equal(r.list.opening[0], pair->public, OPENING_BYTES);
	assert_int_equal(r.keys, 1);
	assert_int_equal(r.key.number, key.number);
	assert_memory_equal(r.key.opening, key.opening, OPENING_BYTES);
	assert_memory_equal(r.key.sealed, key.sealed, sizeof key.sealed);
	assert_int_equal(r.rows, ROWS);
	for (i = 0; i < ROWS; i++)
		same_row(&r.row[i], &rows[i]);
}

static void
says(const struct reading *r, const char *what)
{
	if (strstr(r->why, what) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", r->why, what);
}

static void
what_is_wrong_is_named(void **state)
{
	char *line[32], *kept, *all[32];
	size_t count = lines_of(text.data, all, 32), i;
	struct reading r;

	(void)state;
	/* Cut short: no end was seen. */
	count = lines_of(text.data, line, 32);
	read_lines(&r, line, count - 1);
	assert_string_equal(r.why, "");
	assert_false(r.list.ended);
	assert_int_equal(r.rows, ROWS);
	/* Row 2 is missing; all others are read. */
	count = lines_of(text.data, line, 32);
	memmove(line + HEAD + 2, line + HEAD + 3, (count - HEAD - 3) * sizeof *line);
	read_lines(&r, line, count - 1);
	says(&r, "after row 1, the lines 3 to 3 of the list are missing");
	assert_int_equal(r.rows, ROWS - 1);
	assert_true(r.list.ended);
	/* Row 1 twice. */
	count = lines_of(text.data, line, 32);
	memcpy(all, line, sizeof all);
	all[HEAD + 2] = arena_strdup(arena, line[HEAD + 1]);
	for (i = HEAD + 2; i < count; i++)
		all[i + 1] = line[i];
	read_lines(&r, all, count + 1);
	says(&r, "after row 1, line 2 of the list comes again");
	assert_int_equal(r.rows, ROWS);
	/* Rows 1 and 2 changed places. */
	count = lines_of(text.data, line, 32);
	kept = line[HEAD + 1];
	line[HEAD + 1] = line[HEAD + 2];
	line[HEAD + 2] = kept;
	read_lines(&r, line, count);
	says(&r, "the lines 2 to 2 of the list are missing");
	says(&r, "line 2 of the list comes again");
	/* A row of another list. */
	count = lines_of(text.data, line, 32);
	line[1] = arena_strdup(arena, "campaign: river");
	read_lines(&r, line, count);
	assert_int_equal(r.head, INVALID);
	/* Something after the end. */
	count = lines_of(text.data, line, 32);
	line[count] = arena_strdup(arena, line[count - 1]);
	read_lines(&r, line, count + 1);
	says(&r, "after the end");
}

/* Each octet of the list changed: told, the row named, all others read. */
static void
every_damage_is_found(void **state)
{
	struct buf copy = BUF_INIT;
	struct reading r;
	char *line[32], name[64];
	size_t i, row = 0, lines = 0;
	char kept;

	(void)state;
	buf_add(&copy, text.data, text.len);
	for (i = 0; i + 1 < copy.len; i++) {
		kept = copy.data[i];
		copy.data[i] = kept == 'A' ? 'B' : 'A';
		read_lines(&r, line, lines_of(copy.data, line, 32));
		copy.data[i] = kept;
		if (kept == '\n' && ++lines > HEAD + 1)
			row++;
		if (lines < HEAD && r.head == OK)
			fail_msg("a change of the head at %zu is not found", i);
		if (lines < HEAD || kept == '\n')
			continue;
		if (r.why[0] == '\0')
			fail_msg("a change at %zu is not found", i);
		if (lines > HEAD && row < ROWS) {
			(void)snprintf(name, sizeof name, "row %zu", row + 1);
			if (r.rows != ROWS - 1 ||
			    (strstr(r.why, name) == NULL &&
			    strstr(r.why, "is damaged") == NULL))
				fail_msg("a change at %zu says: %s", i, r.why);
		}
		arena_reset(arena);
	}
	/* Cut at each octet. */
	while (i-- > 1) {
		copy.data[i] = '\0';
		read_lines(&r, line, lines_of(copy.data, line, 32));
		if (r.head == OK && r.list.ended)
			fail_msg("cut at %zu it ends well", i);
		arena_reset(arena);
	}
	buf_free(&copy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_as_written),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(every_damage_is_found),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
