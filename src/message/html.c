/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "message/html.h"

#define NESTING 512             /* deeper elements are not remembered */
#define ATTRIBUTES_MAX 2000     /* octets of a tag looked at for quote marks */

/* What a tag does to the text. */
enum effect {
	INLINE, LINE, PARAGRAPH, CELL, SKIP, BREAK, RULE, ITEM, PRE, QUOTE
};

static const struct {
	const char *name;
	enum effect effect;
} tags[] = {
	{ "address", LINE }, { "article", LINE }, { "aside", LINE },
	{ "blockquote", QUOTE }, { "br", BREAK }, { "caption", LINE },
	{ "center", LINE }, { "dd", LINE }, { "div", LINE }, { "dl", LINE },
	{ "dt", LINE }, { "fieldset", LINE }, { "footer", LINE },
	{ "form", LINE }, { "h1", PARAGRAPH }, { "h2", PARAGRAPH },
	{ "h3", PARAGRAPH }, { "h4", PARAGRAPH }, { "h5", PARAGRAPH },
	{ "h6", PARAGRAPH }, { "header", LINE }, { "hr", RULE }, { "li", ITEM },
	{ "main", LINE }, { "noframes", SKIP }, { "object", SKIP },
	{ "ol", PARAGRAPH }, { "option", LINE }, { "p", PARAGRAPH },
	{ "pre", PRE }, { "script", SKIP }, { "section", LINE },
	{ "select", SKIP }, { "style", SKIP }, { "table", LINE },
	{ "tbody", LINE }, { "td", CELL }, { "template", SKIP },
	{ "textarea", LINE }, { "th", CELL }, { "title", SKIP }, { "tr", LINE },
	{ "ul", PARAGRAPH },
};

/* Words in a class or id that mark earlier mail: within the element, or from
 * the element to the end of the mail. */
static const char *const quote_marks[] = {
	"gmail_attr", "yahoo_quoted", "protonmail_quote", "moz-cite-prefix",
	"OLK_SRC_BODY_SECTION", "zmail_extra", "yahoo-quoted", "tutanota_quote",
	"x_gmail_attr", "AOLMsgPart", "hmquote", "mcntReplyHeader",
	"bloop_markdown_quote", "skiff_quote",
};
static const char *const quote_begins[] = {
	"divRplyFwdMsg", "appendonsend", "mail-editor-reference-message",
	"ms-outlook-mobile-reference-message", "reply-intro", "replySplit",
	"stopSpelling", "moz-forward-container", "mailru-blockquote",
	"yahoo_quoted_header", "gmail_sendername_quote",
};

struct open_tag {
	uint32_t name;          /* hash */
	bool quote, skip, pre;
};

struct writer {
	struct buf *out;
	struct open_tag stack[NESTING];
	size_t depth;
	int quote, skip, pre;   /* how many of the open ones are so */
	bool quote_rest;
	int lines;              /* line ends due before the next character */
	bool blank, any;
	bool line_quoted;       /* what the current line was begun as */
	bool no_comment_end, no_tag_end;        /* none was found: do not look again */
};

/* ---- output ------------------------------------------------------------- */

static bool
is_quoted(const struct writer *w)
{
	return w->quote > 0 || w->quote_rest;
}

static void
put_lines(struct writer *w)
{
	if (!w->any)
		w->lines = 0;
	for (; w->lines > 0; w->lines--) {
		buf_addch(w->out, '\n');
		if (w->lines > 1 && w->line_quoted && is_quoted(w))
			buf_addstr(w->out, ">");
	}
}

static void
put(struct writer *w, const char *s, size_t n)
{
	bool fresh = w->lines > 0 || !w->any;

	if (w->any && w->line_quoted != is_quoted(w) && !fresh) {
		w->lines = 1;
		fresh = true;
	}
	put_lines(w);
	if (fresh) {
		w->line_quoted = is_quoted(w);
		if (w->line_quoted)
			buf_addstr(w->out, "> ");
	} else if (w->blank) {
		buf_addch(w->out, ' ');
	}
	w->blank = false;
	w->any = true;
	buf_add(w->out, s, n);
}

static void
need_lines(struct writer *w, int lines)
{
	if (w->lines < lines)
		w->lines = lines;
	w->blank = false;
}

static void
put_character(struct writer *w, const char *s, size_t n)
{
	if (w->skip > 0)
		return;
	if (w->pre > 0 && *s == '\n')
		w->lines++;
	else if (w->pre == 0 && n == 1 && isspace((unsigned char)*s))
		w->blank = true;
	else if (*s != '\r')
		put(w, s, n);
}

/* ---- entities ----------------------------------------------------------- */

static const struct {
	const char *name;
	uint32_t c;
} entities[] = {
	{ "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' },
	{ "apos", '\'' }, { "nbsp", 0xa0 }, { "iexcl", 0xa1 }, { "cent", 0xa2 },
	{ "pound", 0xa3 }, { "yen", 0xa5 }, { "sect", 0xa7 }, { "uml", 0xa8 },
	{ "copy", 0xa9 }, { "ordf", 0xaa }, { "laquo", 0xab }, { "shy", 0xad },
	{ "reg", 0xae }, { "deg", 0xb0 }, { "plusmn", 0xb1 }, { "acute", 0xb4 },
	{ "para", 0xb6 }, { "middot", 0xb7 }, { "ordm", 0xba },
	{ "raquo", 0xbb }, { "frac14", 0xbc }, { "frac12", 0xbd },
	{ "frac34", 0xbe }, { "iquest", 0xbf }, { "Agrave", 0xc0 },
	{ "Aacute", 0xc1 }, { "Acirc", 0xc2 }, { "Atilde", 0xc3 },
	{ "Auml", 0xc4 }, { "Aring", 0xc5 }, { "AElig", 0xc6 },
	{ "Ccedil", 0xc7 }, { "Egrave", 0xc8 }, { "Eacute", 0xc9 },
	{ "Ecirc", 0xca }, { "Euml", 0xcb }, { "Igrave", 0xcc },
	{ "Iacute", 0xcd }, { "Icirc", 0xce }, { "Iuml", 0xcf },
	{ "ETH", 0xd0 }, { "Ntilde", 0xd1 }, { "Ograve", 0xd2 },
	{ "Oacute", 0xd3 }, { "Ocirc", 0xd4 }, { "Otilde", 0xd5 },
	{ "Ouml", 0xd6 }, { "times", 0xd7 }, { "Oslash", 0xd8 },
	{ "Ugrave", 0xd9 }, { "Uacute", 0xda }, { "Ucirc", 0xdb },
	{ "Uuml", 0xdc }, { "Yacute", 0xdd }, { "THORN", 0xde },
	{ "szlig", 0xdf }, { "agrave", 0xe0 }, { "aacute", 0xe1 },
	{ "acirc", 0xe2 }, { "atilde", 0xe3 }, { "auml", 0xe4 },
	{ "aring", 0xe5 }, { "aelig", 0xe6 }, { "ccedil", 0xe7 },
	{ "egrave", 0xe8 }, { "eacute", 0xe9 }, { "ecirc", 0xea },
	{ "euml", 0xeb }, { "igrave", 0xec }, { "iacute", 0xed },
	{ "icirc", 0xee }, { "iuml", 0xef }, { "eth", 0xf0 },
	{ "ntilde", 0xf1 }, { "ograve", 0xf2 }, { "oacute", 0xf3 },
	{ "ocirc", 0xf4 }, { "otilde", 0xf5 }, { "ouml", 0xf6 },
	{ "divide", 0xf7 }, { "oslash", 0xf8 }, { "ugrave", 0xf9 },
	{ "uacute", 0xfa }, { "ucirc", 0xfb }, { "uuml", 0xfc },
	{ "yacute", 0xfd }, { "thorn", 0xfe }, { "yuml", 0xff },
	{ "OElig", 0x152 }, { "oelig", 0x153 }, { "Scaron", 0x160 },
	{ "scaron", 0x161 }, { "ndash", 0x2013 }, { "mdash", 0x2014 },
	{ "lsquo", 0x2018 }, { "rsquo", 0x2019 }, { "sbquo", 0x201a },
	{ "ldquo", 0x201c }, { "rdquo", 0x201d }, { "bdquo", 0x201e },
	{ "bull", 0x2022 }, { "hellip", 0x2026 }, { "euro", 0x20ac },
	{ "trade", 0x2122 }, { "zwnj", 0x200c }, { "zwj", 0x200d },
	{ "ensp", ' ' }, { "emsp", ' ' }, { "thinsp", ' ' }, { "lrm", 0x200e },
	{ "rlm", 0x200f }, { "larr", 0x2190 }, { "rarr", 0x2192 },
};

static size_t
encode(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static uint32_t
numeric(const char *p, size_t n)
{
	char digits[10];
	unsigned long c;
	int base = (p[0] | 0x20) == 'x' ? 16 : 10;

	if (base == 16) {
		p++;
		n--;
	}
	if (n == 0 || n >= sizeof digits)
		return 0;
	memcpy(digits, p, n);
	digits[n] = '\0';
	c = isxdigit((unsigned char)digits[0]) ? strtoul(digits, NULL, base) : 0;
	if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0xfffd;
	/* references to C1 controls mean windows-1252: the usual three */
	return c == 0x92 ? 0x2019 : c == 0x93 ? 0x201c : c == 0x94 ? 0x201d :
	    (uint32_t)c;
}

/* The character of "&name;" at P, and how long it is; 0 when it is none. */
static uint32_t
entity(const char *p, const char *end, size_t *used)
{
	const char *name = p + 1, *q = name;
	size_t i, n;

	while (q < end && q - name < 12 && (isalnum((unsigned char)*q) || *q == '#'))
		q++;
	n = (size_t)(q - name);
	*used = n + 1 + (q < end && *q == ';');
	if (n > 1 && name[0] == '#')
		return numeric(name + 1, n - 1);
	for (i = 0; n > 1 && i < sizeof entities / sizeof entities[0]; i++)
		if (strncmp(entities[i].name, name, n) == 0 &&
		    entities[i].name[n] == '\0')
			return entities[i].c;
	return 0;
}

/* ---- tags --------------------------------------------------------------- */

static uint32_t
hash(const char *name, size_t n)
{
	uint32_t h = 5381;
	size_t i;

	for (i = 0; i < n; i++)
		h = h * 33 + (unsigned char)(name[i] | 0x20);
	return h;
}

static enum effect
effect_of(const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof tags / sizeof tags[0]; i++)
		if (strncasecmp(tags[i].name, name, n) == 0 &&
		    tags[i].name[n] == '\0')
			return tags[i].effect;
	return INLINE;
}

static bool
has_mark(const char *tag, size_t n, const char *const *marks, size_t count)
{
	size_t i;

	if (n > ATTRIBUTES_MAX)
		n = ATTRIBUTES_MAX;
	if (memmem(tag, n, "class", 5) == NULL && memmem(tag, n, "id", 2) == NULL &&
	    memmem(tag, n, "ID", 2) == NULL && memmem(tag, n, "CLASS", 5) == NULL)
		return false;
	for (i = 0; i < count; i++)
		if (memmem(tag, n, marks[i], strlen(marks[i])) != NULL)
			return true;
	return false;
}

static void
count_open(struct writer *w, const struct open_tag *t, int by)
{
	w->quote += t->quote ? by : 0;
	w->skip += t->skip ? by : 0;
	w->pre += t->pre ? by : 0;
}

/* Tags without an end, or whose end nobody writes. */
static bool
is_void(const char *name, size_t n)
{
	static const char *const voids[] = {
		"br", "hr", "img", "input", "meta", "link", "base", "col", "wbr",
		"area", "param", "p", "li", "option", "o:p", "dt", "dd"
	};
	size_t i;

	for (i = 0; i < sizeof voids / sizeof voids[0]; i++)
		if (strncasecmp(voids[i], name, n) == 0 && voids[i][n] == '\0')
			return true;
	return false;
}

static void
open_element(struct writer *w, const char *tag, const char *name, size_t n,
    size_t tag_len, enum effect effect)
{
	struct open_tag t = { .name = hash(name, n) };

	if (has_mark(tag, tag_len, quote_begins,
	    sizeof quote_begins / sizeof quote_begins[0]))
		w->quote_rest = true;
	if (is_void(name, n) || w->depth == NESTING ||
	    (tag_len > 1 && tag[tag_len - 2] == '/' && effect == INLINE))
		return;
	t.quote = effect == QUOTE || has_mark(tag, tag_len, quote_marks,
	    sizeof quote_marks / sizeof quote_marks[0]);
	t.skip = effect == SKIP;
	t.pre = effect == PRE;
	w->stack[w->depth++] = t;
	count_open(w, &t, 1);
}

static void
close_element(struct writer *w, const char *name, size_t n)
{
	uint32_t h = hash(name, n);
	size_t at = w->depth, low = w->depth > 64 ? w->depth - 64 : 0;

	while (at > low && w->stack[at - 1].name != h)
		at--;
	if (at == low)
		return;                 /* nothing of this name is open */
	while (w->depth >= at)
		count_open(w, &w->stack[--w->depth], -1);
}

static void
lay_out(struct writer *w, enum effect effect, bool closing)
{
	if (w->skip > 0)
		return;
	switch (effect) {
	case BREAK:
		w->lines += w->any;
		w->blank = false;
		break;
	case LINE:
	case ITEM:
	case PRE:
		need_lines(w, 1);
		break;
	case PARAGRAPH:
	case QUOTE:
	case RULE:
		need_lines(w, 2);
		break;
	case CELL:
		w->blank = true;
		break;
	case INLINE:
	case SKIP:
		break;
	}
	if (effect == ITEM && !closing) {
		put(w, "-", 1);
		w->blank = true;
	}
}

/* In <script> and <style> only their own end tag counts. */
static const char *
skip_raw(const char *p, const char *end, const char *name, size_t n)
{
	for (; p < end; p++) {
		p = memchr(p, '<', (size_t)(end - p));
		if (p == NULL)
			return end;
		if ((size_t)(end - p) > n + 2 && p[1] == '/' &&
		    strncasecmp(p + 2, name, n) == 0)
			return p;
	}
	return end;
}

/* The '>' that ends the tag at P, quotes heeded as long as they are closed. */
static const char *
tag_end(const char *p, const char *end)
{
	const char *gt = memchr(p, '>', (size_t)(end - p)), *quote;
	char q;

	while (gt != NULL) {
		quote = p + 1;
		while (quote < gt && *quote != '"' && *quote != '\'')
			quote++;
		if (quote == gt)
			return gt;
		q = *quote;
		if (end - quote > ATTRIBUTES_MAX)
			p = memchr(quote + 1, q, ATTRIBUTES_MAX);
		else
			p = memchr(quote + 1, q, (size_t)(end - quote) - 1);
		if (p == NULL)
			return gt;
		if (p > gt)
			gt = memchr(p, '>', (size_t)(end - p));
	}
	return NULL;
}

static const char *
comment_end(struct writer *w, const char *p, const char *end)
{
	const char *q = NULL;

	if (!w->no_comment_end)
		q = memmem(p, (size_t)(end - p), "-->", 3);
	w->no_comment_end = q == NULL;
	return q == NULL ? p : q + 3;
}

static const char *
take_tag(struct writer *w, const char *p, const char *end)
{
	bool closing = p + 1 < end && p[1] == '/';
	const char *name = p + 1 + closing, *q = name, *gt;
	enum effect effect;
	size_t n;

	if (end - p >= 4 && memcmp(p, "<!--", 4) == 0)
		return comment_end(w, p + 4, end);
	while (q < end && q - name < 20 && (isalnum((unsigned char)*q) || *q == ':'))
		q++;
	n = (size_t)(q - name);
	gt = w->no_tag_end || (n == 0 && (name >= end || (*name != '!' && *name != '?'))) ?
	    NULL : tag_end(p, end);
	if (gt == NULL) {
		w->no_tag_end = w->no_tag_end || n > 0;
		put_character(w, p, 1);
		return p + 1;
	}
	effect = effect_of(name, n);
	if (n == 0)
		return gt + 1;
	if (closing)
		close_element(w, name, n);
	lay_out(w, effect, closing);
	if (closing)
		return gt + 1;
	if (effect == SKIP && (n == 5 || n == 6) && strncasecmp(name, "title", n) != 0)
		return skip_raw(gt + 1, end, name, n);
	open_element(w, p, name, n, (size_t)(gt + 1 - p), effect);
	return gt + 1;
}

static const char *
take_entity(struct writer *w, const char *p, const char *end)
{
	char utf8[4];
	size_t used;
	uint32_t c = entity(p, end, &used);

	if (c == 0) {
		put_character(w, "&", 1);
		return p + 1;
	}
	if (c == 0xa0 || c == 0xad)     /* blanks that keep; hyphens unseen */
		c = c == 0xa0 ? ' ' : 0x200b;
	if (c != 0x200b)
		put_character(w, utf8, encode(c, utf8));
	return p + used;
}

void
html_text(const char *html, size_t len, struct buf *out)
{
	struct writer *w = mem_alloc(sizeof *w);
	const char *p = html, *end = html + len, *q;

	w->out = out;
	while (p < end) {
		if (*p == '<') {
			p = take_tag(w, p, end);
		} else if (*p == '&') {
			p = take_entity(w, p, end);
		} else if ((unsigned char)*p <= ' ') {
			put_character(w, p++, 1);
		} else {
			for (q = p; q < end && (unsigned char)*q > ' ' && *q != '<' &&
			    *q != '&'; q++)
				;
			put_character(w, p, (size_t)(q - p));
			p = q;
		}
	}
	if (w->any)
		buf_addch(out, '\n');
	free(w);
}
