/* SPDX-License-Identifier: ISC
 *
 * Any bytes may come as a report.  What is read of them is within the bounds of
 * report.h, which letter_unpack checks; it has an answer whoever seems to have
 * written it; and reading it twice gives the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "message/letter.h"
#include "message/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
pack(struct arena *arena, struct letter *l, struct buf *out)
{
	struct letter back;

	l->to.slug = "freedom";
	letter_pack(l, out);
	if (letter_unpack(&back, arena, out->data, out->len) != OK)
		abort();
}

/* The whole is as grave as the gravest, and no two recipients are one. */
static void
check_report(const struct report *r)
{
	size_t i, j;

	if (r->kind == REPORT_DELAYED && r->fate > FATE_DELAYED)
		abort();
	if (r->kind == REPORT_FAILED && r->fate < FATE_SOFT)
		abort();
	for (i = 0; i < r->count; i++) {
		if (r->recipient[i].fate > r->fate)
			abort();
		for (j = 0; j < i; j++)
			if (strcmp(r->recipient[i].address, r->recipient[j].address) == 0)
				abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct reader_setup setup = { .languages = NULL };
	static struct reader *reader;
	struct arena *arena = arena_new();
	struct buf one = BUF_INIT, two = BUF_INIT;
	const char *mail = (const char *)data;
	struct letter l, same;

	if (reader == NULL)
		reader = reader_new(&setup);
	reader_read(reader, arena, mail, size, "", &l);
	check_report(&l.report);
	reader_read(reader, arena, mail, size, "ada@example.org", &l);
	reader_read_report(reader, arena, mail, size, &l);
	check_report(&l.report);
	pack(arena, &l, &one);
	reader_read(reader, arena, mail, size, "ada@example.org", &same);
	reader_read_report(reader, arena, mail, size, &same);
	pack(arena, &same, &two);
	if (one.len != two.len || memcmp(one.data, two.data, one.len) != 0)
		abort();
	buf_free(&one);
	buf_free(&two);
	arena_free(&arena);
	return 0;
}
