/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/buf.h"
#include "message/flowed.h"

struct flow {
	struct buf *out;
	size_t depth;           /* of quotes of the paragraph that is open */
	bool open;              /* the line before wants to be gone on with */
};

static void
begin_line(struct flow *f, size_t depth)
{
	size_t i;

	if (f->open)
		buf_addch(f->out, '\n');
	f->open = false;
	for (i = 0; i < depth && i < 50; i++)
		buf_addch(f->out, '>');
	if (depth > 0)
		buf_addch(f->out, ' ');
	f->depth = depth;
}

static void
take_line(struct flow *f, const char *p, const char *end, bool delete_space)
{
	size_t depth = 0;
	bool signature, soft;

	while (p < end && *p == '>') {
		depth++;
		p++;
	}
	if (p < end && *p == ' ')
		p++;                    /* space-stuffed */
	signature = end - p == 3 && memcmp(p, "-- ", 3) == 0;
	soft = !signature && end > p && end[-1] == ' ';
	if (signature || !f->open || depth != f->depth)
		begin_line(f, depth);
	buf_add(f->out, p, (size_t)(end - p) - (soft && delete_space));
	f->open = soft;
	if (!soft)
		buf_addch(f->out, '\n');
}

void
flowed_unwrap(const char *text, size_t len, bool delete_space, struct buf *out)
{
	struct flow f = { .out = out };
	const char *p = text, *end = text + len, *eol;

	for (; p < end; p = eol + 1) {
		eol = memchr(p, '\n', (size_t)(end - p));
		if (eol == NULL)
			eol = end;
		take_line(&f, p, eol, delete_space);
	}
}
