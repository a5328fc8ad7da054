/* SPDX-License-Identifier: ISC
 *
 * Any text as a template, and what follows its first NUL as the partial "p".
 * Either it is refused with a reason, or it renders within the bounds, the
 * same each time, and its names can be listed.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "template/mustache.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct value letters[] = {
	{ .kind = VALUE_TEXT, .text = "a" }, { .kind = VALUE_TEXT, .text = "<b>\n" },
	{ .kind = VALUE_NULL }
};
static const struct member inner[] = {
	{ "n", { .kind = VALUE_TEXT, .text = "&\"" } }, { "t", { .kind = VALUE_TRUE } }
};
static const struct member members[] = {
	{ "n", { .kind = VALUE_TEXT, .text = "name" } },
	{ "l", { .kind = VALUE_LIST, .items = letters, .count = 3 } },
	{ "p", { .kind = VALUE_MAP, .members = inner, .count = 2 } },
	{ "f", { .kind = VALUE_FALSE } }, { "t", { .kind = VALUE_TRUE } },
	{ "e", { .kind = VALUE_TEXT, .text = "" } }
};
static const struct value data = { .kind = VALUE_MAP, .members = members,
	.count = sizeof members / sizeof members[0] };

static const struct template *
partial(const void *arg, const char *name)
{
	return strcmp(name, "p") == 0 ? arg : NULL;
}

static void
count_name(void *arg, enum name_use use, const char *name, int line)
{
	size_t *n = arg;

	(void)use;
	if (name[0] == '\0' || line < 1)
		abort();
	*n += 1;
}

static void
render(const struct template *t, const struct template *p)
{
	struct buf once = BUF_INIT, again = BUF_INIT;
	enum status st;

	st = template_render(t, &data, ESCAPE_HTML, partial, p, &once, NULL);
	if (st != OK && st != LIMIT)
		abort();
	if (once.len > MUSTACHE_OUTPUT_MAX || memchr(once.data, '\0', once.len) != NULL)
		abort();
	if (template_render(t, &data, ESCAPE_HTML, partial, p, &again, NULL) != st ||
	    again.len != once.len || memcmp(again.data, once.data, once.len) != 0)
		abort();
	buf_free(&once);
	buf_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const char *text = (const char *)bytes;
	const char *second = size == 0 ? NULL : memchr(text, '\0', size);
	size_t len = second == NULL ? size : (size_t)(second - text), names = 0;
	struct template *t, *p = NULL;
	struct reason why = { "" };

	if (size == 0)
		return 0;
	if (template_parse(&t, text, len, "t", &why) != OK) {
		if (t != NULL || why.text[0] == '\0')
			abort();
		return 0;
	}
	if (second != NULL && template_parse(&p, second + 1, size - len - 1, "p",
	    NULL) != OK)
		p = NULL;
	template_names(t, count_name, &names);
	render(t, p);
	template_free(&p);
	template_free(&t);
	return 0;
}
