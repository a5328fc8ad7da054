/* mustache.c - parsing and rendering
 * SPDX-License-Identifier: ISC
 *
 * A template becomes an array of nodes in the order of its text.  Text is cut
 * at line ends, and each line that shows anything begins with a LINE node,
 * where the indentation of a standalone partial goes.  A line that holds one
 * tag other than a variable and is blank apart from it vanishes: its nodes of
 * text become empty.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "template/mustache.h"

#define DELIMITER_MAX 15

enum node_kind { NODE_TEXT, NODE_LINE, NODE_VARIABLE, NODE_RAW, NODE_SECTION,
	NODE_INVERTED, NODE_PARTIAL };

struct node {
	enum node_kind kind;
	int line;
	const char *text;       /* or name, NUL-ended, or a partial's indentation */
	size_t len;             /* of text or indentation */
	const char *name;
	size_t end;             /* of a section: the node after its last */
};

struct template {
	char *text;             /* the names in it are NUL-ended in place */
	char *name;
	struct node *nodes;
	size_t count, room;
};

struct delimiter {
	char text[DELIMITER_MAX + 1];
	size_t len;
};

struct parse {
	struct template *t;
	char *at, *end;
	int line;
	struct delimiter open, close;
	size_t sections[MUSTACHE_DEPTH_MAX];    /* nodes not closed yet */
	size_t depth;
	/* the line being read */
	size_t line_node;       /* its first node */
	size_t tags;
	size_t partial;         /* index + 1 of the partial on it, or 0 */
	int shows;              /* a variable, or text that is not blank */
	struct reason *why;
};

/* One tag, cut out of the text. */
struct tag {
	char sigil;             /* # ^ / > & { = ! or 0 */
	char *name;
	size_t len;
	int line;
};

/* ---- nodes ---------------------------------------------------------------- */

static struct node *
node_add(struct parse *p, enum node_kind kind, int line)
{
	struct template *t = p->t;

	if (t->count == t->room) {
		t->room = t->room == 0 ? 32 : t->room * 2;
		t->nodes = mem_realloc(t->nodes, t->room, sizeof *t->nodes);
	}
	t->nodes[t->count] = (struct node){ .kind = kind, .line = line,
	    .text = "" };
	return &t->nodes[t->count++];
}

static void
line_begin(struct parse *p)
{
	if (p->t->count == p->line_node && p->tags == 0)
		node_add(p, NODE_LINE, p->line);
}

/* The line is complete: if its one tag stands alone, only the tag is left of
 * it, and the blanks before a partial become that partial's indentation. */
static void
line_end(struct parse *p)
{
	struct template *t = p->t;
	size_t i;

	if (p->tags == 1 && !p->shows) {
		for (i = p->line_node; i < t->count; i++) {
			struct node *n = &t->nodes[i];

			if (p->partial > i + 1 && n->kind == NODE_TEXT) {
				t->nodes[p->partial - 1].text = n->text;
				t->nodes[p->partial - 1].len = n->len;
			}
			if (n->kind == NODE_TEXT || n->kind == NODE_LINE) {
				n->kind = NODE_TEXT;
				n->len = 0;
			}
		}
		if (p->partial > 0)
			t->nodes[p->partial - 1].end = 1;       /* standalone */
	}
	p->line_node = t->count;
	p->tags = p->partial = 0;
	p->shows = 0;
}

static int
is_blank(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!isspace((unsigned char)s[i]))
			return 0;
	return 1;
}

static void
take_text(struct parse *p, char *end)
{
	while (p->at < end) {
		char *newline = memchr(p->at, '\n', (size_t)(end - p->at));
		char *stop = newline == NULL ? end : newline + 1;
		struct node *n;

		line_begin(p);
		n = node_add(p, NODE_TEXT, p->line);
		n->text = p->at;
		n->len = (size_t)(stop - p->at);
		if (!is_blank(n->text, n->len))
			p->shows = 1;
		if (newline != NULL) {
			line_end(p);
			p->line++;
		}
		p->at = stop;
	}
}

/* ---- tags ----------------------------------------------------------------- */

static enum status
mistake(const struct parse *p, int line, const char *what, const char *name)
{
	return fail(p->why, INVALID, "%s:%d: %s%s%s%s", p->t->name, line, what,
	    name == NULL ? "" : " \"", name == NULL ? "" : name,
	    name == NULL ? "" : "\"");
}

static char *
find(const char *from, const char *end, const char *what, size_t len)
{
	return memmem(from, (size_t)(end - from), what, len);
}

static void
trim(struct tag *tag)
{
	while (tag->len > 0 && isspace((unsigned char)tag->name[0])) {
		tag->name++;
		tag->len--;
	}
	while (tag->len > 0 && isspace((unsigned char)tag->name[tag->len - 1]))
		tag->len--;
}

/* Cut the tag at p->at out and move behind it.  Its name is NUL-ended where
 * it is, which overwrites a byte of the tag that nobody needs any more. */
static enum status
cut_tag(struct parse *p, struct tag *tag)
{
	char closing[DELIMITER_MAX + 2], *from = p->at + p->open.len, *stop, *s;
	size_t len = p->close.len;

	*tag = (struct tag){ .line = p->line };
	while (from < p->end && isspace((unsigned char)*from))
		from++;
	if (from < p->end && *from != '\0' && strchr("#^/>&{=!", *from) != NULL)
		tag->sigil = *from++;
	memcpy(closing, p->close.text, len);
	if (tag->sigil == '{' || tag->sigil == '=') {
		memmove(closing + 1, closing, len++);
		closing[0] = tag->sigil == '{' ? '}' : '=';
	}
	stop = find(from, p->end, closing, len);
	if (stop == NULL)
		return mistake(p, tag->line, "a tag is opened and never closed; "
		    "close it with", p->close.text);
	for (s = p->at; s < stop; s++)
		p->line += *s == '\n';
	p->at = stop + len;
	tag->name = from;
	tag->len = (size_t)(stop - from);
	trim(tag);
	tag->name[tag->len] = '\0';
	return OK;
}

static enum status
check_name(const struct parse *p, const struct tag *tag)
{
	size_t i;

	if (tag->len == 0)
		return mistake(p, tag->line, "a tag without a name", NULL);
	if (strchr("$<*", tag->name[0]) != NULL)
		return mistake(p, tag->line, "blocks, parents and dynamic names "
		    "are not understood here:", tag->name);
	for (i = 0; i < tag->len; i++)
		if (isspace((unsigned char)tag->name[i]) ||
		    iscntrl((unsigned char)tag->name[i]))
			return mistake(p, tag->line,
			    "a name may not hold blanks or control characters",
			    NULL);
	if (strcmp(tag->name, ".") != 0 && (tag->name[0] == '.' ||
	    tag->name[tag->len - 1] == '.' || strstr(tag->name, "..") != NULL))
		return mistake(p, tag->line, "an empty part in the name",
		    tag->name);
	return OK;
}

static enum status
set_delimiters(struct parse *p, const struct tag *tag)
{
	size_t first = strcspn(tag->name, " \t\r\n");
	const char *second = tag->name + first + strspn(tag->name + first, " \t\r\n");
	size_t rest = strlen(second);

	if (strlen(tag->name) != tag->len || first == 0 || rest == 0 ||
	    first > DELIMITER_MAX || rest > DELIMITER_MAX ||
	    strcspn(second, " \t\r\n") != rest ||
	    memchr(tag->name, '=', tag->len) != NULL)
		return mistake(p, tag->line, "new delimiters are written as two "
		    "short words, as in {{=<% %>=}}", NULL);
	memcpy(p->open.text, tag->name, first);
	p->open.text[first] = '\0';
	p->open.len = first;
	memcpy(p->close.text, second, rest + 1);
	p->close.len = rest;
	return OK;
}

static enum status
open_section(struct parse *p, const struct tag *tag)
{
	struct node *n;

	if (p->depth == MUSTACHE_DEPTH_MAX)
		return mistake(p, tag->line, "sections are nested too deep at",
		    tag->name);
	p->sections[p->depth++] = p->t->count;
	n = node_add(p, tag->sigil == '#' ? NODE_SECTION : NODE_INVERTED,
	    tag->line);
	n->name = tag->name;
	return OK;
}

static enum status
close_section(struct parse *p, const struct tag *tag)
{
	struct node *n;

	if (p->depth == 0)
		return mistake(p, tag->line, "there is no open section", tag->name);
	n = &p->t->nodes[p->sections[--p->depth]];
	if (strcmp(n->name, tag->name) != 0)
		return fail(p->why, INVALID, "%s:%d: \"%s\" is closed here, but "
		    "\"%s\" of line %d is open", p->t->name, tag->line,
		    tag->name, n->name, n->line);
	n->end = p->t->count;
	return OK;
}

static enum status
use_tag(struct parse *p, const struct tag *tag)
{
	struct node *n;

	switch (tag->sigil) {
	case '#':
	case '^':
		return open_section(p, tag);
	case '/':
		return close_section(p, tag);
	case '>':
		n = node_add(p, NODE_PARTIAL, tag->line);
		n->name = tag->name;
		p->partial = p->t->count;
		return OK;
	default:
		n = node_add(p, tag->sigil == 0 ? NODE_VARIABLE : NODE_RAW,
		    tag->line);
		n->name = tag->name;
		p->shows = 1;
		return OK;
	}
}

static enum status
take_tag(struct parse *p)
{
	struct tag tag;
	enum status st = cut_tag(p, &tag);

	if (st != OK)
		return st;
	line_begin(p);
	p->tags++;
	if (tag.sigil == '!')
		return OK;
	if (tag.sigil == '=')
		return set_delimiters(p, &tag);
	st = check_name(p, &tag);
	return st == OK ? use_tag(p, &tag) : st;
}

static enum status
parse_all(struct parse *p)
{
	enum status st = OK;

	while (st == OK && p->at < p->end) {
		char *tag = find(p->at, p->end, p->open.text, p->open.len);

		take_text(p, tag == NULL ? p->end : tag);
		if (tag != NULL)
			st = take_tag(p);
	}
	line_end(p);
	if (st == OK && p->depth > 0) {
		const struct node *n = &p->t->nodes[p->sections[p->depth - 1]];

		st = mistake(p, n->line, "this section is never closed:", n->name);
	}
	return st;
}

enum status
template_parse(struct template **out, const char *text, size_t len,
    const char *name, struct reason *why)
{
	struct template *t = mem_alloc(sizeof *t);
	struct parse p = { .t = t, .line = 1, .open = { "{{", 2 },
	    .close = { "}}", 2 }, .why = why };
	enum status st;

	t->name = mem_strdup(name);
	t->text = mem_strndup(text, len);
	p.at = t->text;
	p.end = t->text + len;
	if (memchr(text, '\0', len) != NULL)
		st = mistake(&p, 1, "is not a text: it holds a NUL", NULL);
	else
		st = parse_all(&p);
	if (st != OK)
		template_free(&t);
	*out = t;
	return st;
}

void
template_free(struct template **tp)
{
	struct template *t = *tp;

	if (t == NULL)
		return;
	free(t->nodes);
	free(t->text);
	free(t->name);
	free(t);
	*tp = NULL;
}

void
template_names(const struct template *t,
    void (*each)(void *arg, enum name_use, const char *name, int line), void *arg)
{
	size_t i;

	for (i = 0; i < t->count; i++) {
		const struct node *n = &t->nodes[i];

		if (n->kind == NODE_VARIABLE || n->kind == NODE_RAW)
			each(arg, NAME_VARIABLE, n->name, n->line);
		else if (n->kind == NODE_SECTION || n->kind == NODE_INVERTED)
			each(arg, NAME_SECTION, n->name, n->line);
		else if (n->kind == NODE_PARTIAL)
			each(arg, NAME_PARTIAL, n->name, n->line);
	}
}

/* ---- looking names up ------------------------------------------------------ */

/* The context stack lies on the stack of calls. */
struct frame {
	const struct value *value;
	const struct frame *up;
};

static const struct value *
member(const struct value *map, const char *name, size_t len)
{
	size_t i;

	if (map->kind != VALUE_MAP)
		return NULL;
	for (i = 0; i < map->count; i++)
		if (strncmp(map->members[i].name, name, len) == 0 &&
		    map->members[i].name[len] == '\0')
			return &map->members[i].value;
	return NULL;
}

/* The first part is looked for in all frames, the rest only in what it is. */
static const struct value *
look_up(const struct frame *top, const char *name)
{
	const struct value *v = NULL;
	size_t len = strcspn(name, ".");

	if (strcmp(name, ".") == 0)
		return top->value;
	for (; v == NULL && top != NULL; top = top->up)
		v = member(top->value, name, len);
	while (v != NULL && name[len] == '.') {
		name += len + 1;
		len = strcspn(name, ".");
		v = member(v, name, len);
	}
	return v;
}

static int
is_true(const struct value *v)
{
	if (v == NULL || v->kind == VALUE_NULL || v->kind == VALUE_FALSE)
		return 0;
	if (v->kind == VALUE_TEXT)
		return v->text != NULL && v->text[0] != '\0';
	return v->kind != VALUE_LIST || v->count > 0;
}

/* ---- rendering ------------------------------------------------------------- */

struct indent {
	const char *text;
	size_t len;
	const struct indent *up;
};

struct render {
	enum escape escape;
	template_partial partial;
	const void *arg;
	struct buf *out;
	size_t limit;           /* length that OUT may get */
	size_t work, depth;
	struct reason *why;
};

/* Where rendering is: a run of nodes, what they see, how far it is set in. */
struct place {
	const struct template *t;
	size_t from, to;
	const struct frame *top;
	const struct indent *indent;
};

static enum status render_nodes(struct render *, const struct place *);

void
template_put_html(struct buf *out, const char *s)
{
	for (;;) {
		size_t plain = strcspn(s, "&\"<>");

		buf_add(out, s, plain);
		s += plain;
		switch (*s++) {
		case '&': buf_addstr(out, "&amp;"); break;
		case '"': buf_addstr(out, "&quot;"); break;
		case '<': buf_addstr(out, "&lt;"); break;
		case '>': buf_addstr(out, "&gt;"); break;
		default: return;
		}
	}
}

static void
put_indent(struct buf *out, const struct indent *indent)
{
	if (indent == NULL)
		return;
	put_indent(out, indent->up);
	buf_add(out, indent->text, indent->len);
}

static void
render_variable(struct render *r, const struct place *at, const struct node *n)
{
	const struct value *v = look_up(at->top, n->name);

	if (v == NULL || v->kind != VALUE_TEXT || v->text == NULL)
		return;
	if (n->kind == NODE_VARIABLE && r->escape == ESCAPE_HTML)
		template_put_html(r->out, v->text);
	else
		buf_addstr(r->out, v->text);
}

static enum status
render_within(struct render *r, const struct place *at, const struct node *n,
    const struct place *inner)
{
	enum status st;

	if (r->depth == MUSTACHE_DEPTH_MAX)
		return fail(r->why, LIMIT, "%s:%d: sections and partials go deeper "
		    "than %d here", at->t->name, n->line, MUSTACHE_DEPTH_MAX);
	r->depth++;
	r->work++;              /* an empty section in a long list is work too */
	st = render_nodes(r, inner);
	r->depth--;
	return st;
}

static enum status
render_section(struct render *r, const struct place *at, size_t index)
{
	const struct node *n = &at->t->nodes[index];
	const struct value *v = look_up(at->top, n->name);
	struct frame frame = { v, at->top };
	struct place inner = { at->t, index + 1, n->end, &frame, at->indent };
	enum status st = OK;
	size_t i;

	if (n->kind == NODE_INVERTED) {
		inner.top = at->top;
		return is_true(v) ? OK : render_within(r, at, n, &inner);
	}
	if (!is_true(v))
		return OK;
	if (v->kind != VALUE_LIST)
		return render_within(r, at, n, &inner);
	for (i = 0; st == OK && i < v->count; i++) {
		frame.value = &v->items[i];
		st = render_within(r, at, n, &inner);
	}
	return st;
}

static enum status
render_partial(struct render *r, const struct place *at, const struct node *n)
{
	const struct template *t = NULL;
	struct indent indent = { n->text, n->len, at->indent };
	struct place inner = { .top = at->top };

	if (r->partial != NULL)
		t = r->partial(r->arg, n->name);
	if (t == NULL)
		return OK;
	inner.t = t;
	inner.to = t->count;
	inner.indent = n->end ? &indent : NULL;
	return render_within(r, at, n, &inner);
}

static enum status
render_node(struct render *r, const struct place *at, size_t index)
{
	const struct node *n = &at->t->nodes[index];

	switch (n->kind) {
	case NODE_TEXT:
		buf_add(r->out, n->text, n->len);
		return OK;
	case NODE_LINE:
		put_indent(r->out, at->indent);
		return OK;
	case NODE_VARIABLE:
	case NODE_RAW:
		render_variable(r, at, n);
		return OK;
	case NODE_PARTIAL:
		return render_partial(r, at, n);
	case NODE_SECTION:
	case NODE_INVERTED:
		break;
	}
	return render_section(r, at, index);
}

static enum status
render_nodes(struct render *r, const struct place *at)
{
	size_t i = at->from;
	enum status st = OK;

	while (st == OK && i < at->to) {
		const struct node *n = &at->t->nodes[i];

		st = render_node(r, at, i);
		if (st == OK && (++r->work > MUSTACHE_WORK_MAX ||
		    r->out->len > r->limit))
			st = fail(r->why, LIMIT, "%s:%d: the text grows without "
			    "end here", at->t->name, n->line);
		i = n->kind == NODE_SECTION || n->kind == NODE_INVERTED ?
		    n->end : i + 1;
	}
	return st;
}

enum status
template_render(const struct template *t, const struct value *data,
    enum escape escape, template_partial partial, const void *arg,
    struct buf *out, struct reason *why)
{
	struct render r = { .escape = escape, .partial = partial, .arg = arg,
	    .out = out, .limit = out->len + MUSTACHE_OUTPUT_MAX, .why = why };
	struct frame root = { data, NULL };
	struct place all = { t, 0, t->count, &root, NULL };
	size_t start = out->len;
	enum status st = render_nodes(&r, &all);

	if (st != OK)
		buf_cut(out, start);
	return st;
}
