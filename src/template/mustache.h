/* mustache.h - templates without logic
 *
 * The core of the official specification (comments, delimiters, interpolation,
 * inverted, partials, sections) and none of the optional modules: no lambdas,
 * no inheritance.  A template can name variables and nothing else.
 *
 * Data is a tree of values owned by the caller.  Rendering is bounded: depth
 * of sections and partials MUSTACHE_DEPTH_MAX, output MUSTACHE_OUTPUT_MAX
 * octets, work MUSTACHE_WORK_MAX pieces of template; beyond them it is LIMIT.
 * A parsed template is never changed: threads may share it.
 */
#ifndef TEMPLATE_MUSTACHE_H
#define TEMPLATE_MUSTACHE_H

#include <stddef.h>

#include "base/status.h"

struct arena;
struct buf;
struct template;

#define MUSTACHE_OUTPUT_MAX (4u << 20)
#define MUSTACHE_DEPTH_MAX 64
#define MUSTACHE_WORK_MAX 1000000

enum value_kind { VALUE_NULL, VALUE_FALSE, VALUE_TRUE, VALUE_TEXT, VALUE_LIST,
	VALUE_MAP };

struct value {
	enum value_kind kind;
	const char *text;               /* VALUE_TEXT; "" is falsy */
	const struct member *members;   /* VALUE_MAP */
	const struct value *items;      /* VALUE_LIST */
	size_t count;                   /* members or items */
};
struct member {
	const char *name;
	struct value value;
};

/* How {{name}} is escaped; {{{name}}} and {{&name}} never are. */
enum escape { ESCAPE_HTML, ESCAPE_NONE };

/* Mistakes are INVALID with NAME:line.  TEXT is copied. */
enum status template_parse(struct template **out, const char *text, size_t len,
    const char *name, struct reason *) MUST_CHECK;
void template_free(struct template **);

/* Gives a partial by name, borrowed until the end of the rendering, or NULL
 * (renders as nothing). */
typedef const struct template *(*template_partial)(const void *arg,
    const char *name);

enum status template_render(const struct template *, const struct value *data,
    enum escape, template_partial, const void *arg, struct buf *out,
    struct reason *) MUST_CHECK;

/* S with what HTML reads in text and in quotes written as entities. */
void template_put_html(struct buf *out, const char *s);

/* Calls EACH with every name used, for checks; LINE is where the tag begins. */
enum name_use { NAME_VARIABLE, NAME_SECTION, NAME_PARTIAL };

void template_names(const struct template *,
    void (*each)(void *arg, enum name_use, const char *name, int line), void *arg);

#endif
