/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "message/html.h"
#include "message/style.h"

#define NESTING 512             /* deeper elements are not remembered */
#define NEAR 64                 /* of them are searched for an end */
#define QUOTED_MAX 2000         /* octets of a value in quotation marks */

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

/* What a class, an id or a name says of earlier mail: the element is a quote; it
 * is one, unless a <blockquote> comes, which is the quote then (what she writes
 * below or between may be in it), or nothing stands before it; it introduces one, which goes to the end when
 * no <blockquote> comes; all is a quote from here on. */
enum mark { NO_MARK, QUOTES, HOLDS, INTRODUCES, BEGINS };

static const struct {
	const char *name;       /* programs put their own signs around it */
	enum mark mark;
} marks[] = {
	{ "gmail_attr", INTRODUCES }, { "gmail_quote", HOLDS },
	{ "gmail_sendername_quote", BEGINS },
	{ "yahoo_quoted_header", BEGINS }, { "yahoo_quoted", QUOTES },
	{ "yahoo-quoted", QUOTES }, { "protonmail_quote", QUOTES },
	{ "tutanota_quote", QUOTES }, { "skiff_quote", QUOTES },
	{ "bloop_markdown_quote", QUOTES }, { "zmail_extra", QUOTES },
	{ "AOLMsgPart", QUOTES }, { "hmquote", QUOTES },
	{ "AppleOriginalContents", QUOTES }, { "OLK_SRC_BODY_SECTION", QUOTES },
	{ "mcntReplyHeader", QUOTES },
	{ "moz-cite-prefix", INTRODUCES }, { "x-evo-attribution", INTRODUCES },
	{ "reply-intro", INTRODUCES }, { "zwchr", INTRODUCES },
	{ "moz-forward-container", BEGINS }, { "mailru-blockquote", BEGINS },
	{ "divRplyFwdMsg", BEGINS }, { "appendonsend", BEGINS },
	{ "OutlookMessageHeader", BEGINS }, { "stopSpelling", BEGINS },
	{ "mail-editor-reference-message", BEGINS },
	{ "ms-outlook-mobile-reference-message", BEGINS },
	{ "replySplit", BEGINS },
};

/* What an element and those around it make of the text in it. */
enum within {
	IN_QUOTE = 1, IN_SKIP = 2, IN_PRE = 4,
	GONE = 8, INVISIBLE = 16, TINY = 32, STRUCK = 64,
	UNREAD = GONE | INVISIBLE | TINY | STRUCK
};

/* Start tags that end an element whose own end nobody writes. */
enum ending {
	BY_BLOCK = 1, BY_ITEM = 2, BY_TERM = 4, BY_CELL = 8, BY_ROW = 16, BY_ALL = 31
};

struct open_tag {
	uint32_t name;          /* hash */
	unsigned within;
	unsigned ends;          /* enum ending; 0 where nothing has to be ended */
	unsigned fence;         /* enum ending; what is outside stays open */
};

struct writer {
	struct buf *out;
	enum html_view view;
	struct open_tag stack[NESTING];
	size_t depth, beyond;   /* elements remembered, and not */
	size_t ending;          /* of those, that a start tag may end */
	const char *end;        /* of the input */
	const char *blockquote; /* the next one, as it was found last */
	bool quote_rest;
	bool introducing;       /* nothing of an introduction has been put yet */
	int lines;              /* line ends due before the next character */
	bool blank, any;
	bool dropped;           /* on this line, what nobody is to read */
	bool struck;            /* something of her own */
	bool line_quoted;       /* what the current line was begun as */
	/* none was found: do not look again */
	bool no_comment_end, no_tag_end, no_declaration_end;
};

/* ---- output ------------------------------------------------------------- */

/* What holds for the text that comes now. */
static unsigned
within(const struct writer *w)
{
	return w->depth == 0 ? 0 : w->stack[w->depth - 1].within;
}

static bool
is_quoted(const struct writer *w)
{
	return (within(w) & IN_QUOTE) != 0 || w->quote_rest;
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

	/* "----- Forwarded message -----": no quote will come, but all of it */
	if (w->introducing && n >= 5 && memcmp(s, "-----", 5) == 0)
		w->quote_rest = true;
	w->introducing = false;
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
	w->dropped = false;
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
drop(struct writer *w, unsigned in)
{
	w->dropped = true;
	w->struck |= (in & UNREAD) == STRUCK && !is_quoted(w);
}

static void
put_character(struct writer *w, const char *s, size_t n)
{
	unsigned in = within(w);

	if ((in & (IN_SKIP | GONE)) != 0)
		return;
	if ((in & IN_PRE) != 0 && *s == '\n')
		w->lines++;
	else if ((in & IN_PRE) == 0 && n == 1 && isspace((unsigned char)*s))
		w->blank = true;
	else if ((in & UNREAD) != 0)
		drop(w, in);
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

/* ---- names -------------------------------------------------------------- */

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

/* ---- attributes --------------------------------------------------------- */

struct attribute {
	const char *name, *value;
	size_t name_len, value_len;
};

static bool
is_called(const struct attribute *a, const char *name)
{
	return strlen(name) == a->name_len &&
	    strncasecmp(a->name, name, a->name_len) == 0;
}

/* The value at *P, in quotation marks or without. */
static void
take_value(struct attribute *a, const char **p, const char *end)
{
	const char *s = *p, *q;

	if (s < end && (*s == '"' || *s == '\'')) {
		q = memchr(s + 1, *s, (size_t)(end - s) - 1);
		if (q == NULL)
			q = end;
		a->value = s + 1;
		a->value_len = (size_t)(q - a->value);
		*p = q < end ? q + 1 : end;
		return;
	}
	for (q = s; q < end && !isspace((unsigned char)*q); q++)
		;
	a->value = s;
	a->value_len = (size_t)(q - s);
	*p = q;
}

/* The attribute at *P of a tag that ends at END; false when there is no more. */
static bool
next_attribute(struct attribute *a, const char **p, const char *end)
{
	const char *s = *p;

	while (s < end && (isspace((unsigned char)*s) || *s == '/'))
		s++;
	if (s == end)
		return false;
	a->name = s;
	for (s++; s < end && !isspace((unsigned char)*s) && *s != '=' && *s != '/'; s++)
		;
	a->name_len = (size_t)(s - a->name);
	a->value = s;
	a->value_len = 0;
	*p = s;
	while (s < end && isspace((unsigned char)*s))
		s++;
	if (s == end || *s != '=')
		return true;
	for (s++; s < end && isspace((unsigned char)*s); s++)
		;
	*p = s;
	take_value(a, p, end);
	return true;
}

static enum mark
find_mark(const struct attribute *a)
{
	size_t i;

	for (i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (memmem(a->value, a->value_len, marks[i].name,
		    strlen(marks[i].name)) != NULL)
			return marks[i].mark;
	return NO_MARK;
}

/* What a tag says of itself. */
struct sayings {
	enum mark mark;
	bool hidden;
	struct style style;
};

static void
read_attributes(struct sayings *out, const char *p, const char *end)
{
	struct attribute a;
	enum mark mark;

	while (next_attribute(&a, &p, end)) {
		if (is_called(&a, "class") || is_called(&a, "id")) {
			mark = find_mark(&a);
			out->mark = out->mark == NO_MARK ? mark : out->mark;
		} else if (is_called(&a, "name")) {
			if (a.value_len == 5 && strncasecmp(a.value, "quote", 5) == 0)
				out->mark = QUOTES;
		} else if (is_called(&a, "style")) {
			style_read(&out->style, a.value, a.value_len);
		} else if (is_called(&a, "hidden")) {
			out->hidden = true;
		}
	}
}

/* ---- open elements ------------------------------------------------------ */

static bool
is_among(const char *const *list, size_t count, const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strncasecmp(list[i], name, n) == 0 && list[i][n] == '\0')
			return true;
	return false;
}

#define IS_AMONG(list, name, n) \
	is_among((list), sizeof (list) / sizeof (list)[0], (name), (n))

/* Tags without an end. */
static bool
is_void(const char *name, size_t n)
{
	static const char *const voids[] = {
		"br", "hr", "img", "input", "meta", "link", "base", "col", "wbr",
		"area", "param"
	};

	return IS_AMONG(voids, name, n);
}

/* Those whose end nobody writes; they are remembered only where it matters. */
static bool
is_open_ended(const char *name, size_t n)
{
	static const char *const names[] = {
		"p", "li", "option", "o:p", "dt", "dd"
	};

	return IS_AMONG(names, name, n);
}

/* "<del@example.org>" is an address that nobody escaped. */
static bool
is_strike(const char *name, size_t n)
{
	static const char *const names[] = { "s", "strike", "del" };

	return IS_AMONG(names, name, n) && (isspace((unsigned char)name[n]) ||
	    name[n] == '>' || name[n] == '/');
}

static const struct kind {
	const char *name;
	unsigned ends;          /* as an open element, ended by these */
	unsigned is;            /* as a start tag, one of these */
	unsigned fence;         /* those within it that end nothing outside */
} kinds[] = {
	{ "p", BY_BLOCK, BY_BLOCK, 0 }, { "o:p", BY_BLOCK, 0, 0 },
	{ "li", BY_ITEM, BY_ITEM | BY_BLOCK, 0 },
	{ "dt", BY_TERM, BY_TERM | BY_BLOCK, 0 },
	{ "dd", BY_TERM, BY_TERM | BY_BLOCK, 0 },
	{ "td", BY_CELL, BY_CELL, BY_BLOCK | BY_ITEM | BY_TERM },
	{ "th", BY_CELL, BY_CELL, BY_BLOCK | BY_ITEM | BY_TERM },
	{ "tr", BY_ROW, BY_CELL | BY_ROW, 0 },
	{ "tbody", BY_ROW, BY_CELL | BY_ROW, 0 },
	{ "table", 0, BY_BLOCK, BY_ALL },
	{ "ul", 0, BY_BLOCK, BY_BLOCK | BY_ITEM | BY_TERM },
	{ "ol", 0, BY_BLOCK, BY_BLOCK | BY_ITEM | BY_TERM },
	{ "dl", 0, BY_BLOCK, BY_BLOCK | BY_ITEM | BY_TERM },
};

/* NULL when it is none of those. */
static const struct kind *
kind_of(const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strncasecmp(kinds[i].name, name, n) == 0 &&
		    kinds[i].name[n] == '\0')
			return &kinds[i];
	return NULL;
}

static unsigned
ending_of(const char *name, size_t n, enum effect effect)
{
	const struct kind *k = kind_of(name, n);

	if (k != NULL)
		return k->is;
	return effect == LINE || effect == PARAGRAPH || effect == RULE ||
	    effect == PRE || effect == QUOTE ? BY_BLOCK : 0;
}

static void
close_to(struct writer *w, size_t depth)
{
	while (w->depth > depth)
		w->ending -= w->stack[--w->depth].ends != 0;
}

/* "<p hidden>one<p>two": the second ends the first. */
static void
end_before(struct writer *w, const char *name, size_t n, enum effect effect)
{
	unsigned by = w->ending > 0 ? ending_of(name, n, effect) : 0;
	size_t at, low = w->depth > NEAR ? w->depth - NEAR : 0;

	for (at = w->depth; by != 0 && at > low; at--) {
		if ((w->stack[at - 1].ends & by) != 0) {
			close_to(w, at - 1);
			return;
		}
		by &= ~w->stack[at - 1].fence;
	}
}

static bool
is_blockquote(const char *p, const char *end)
{
	return end - p > 11 && strncasecmp(p, "<blockquote", 11) == 0;
}

/* Is there one after P?  Each place is looked at once. */
static bool
blockquote_comes(struct writer *w, const char *p)
{
	if (w->blockquote != NULL && w->blockquote >= p)
		return w->blockquote < w->end;
	while (p < w->end && !is_blockquote(p, w->end)) {
		p = memchr(p + 1, '<', (size_t)(w->end - p) - 1);
		if (p == NULL)
			p = w->end;
	}
	w->blockquote = p;
	return p < w->end;
}

/* What MARK makes of the element; AFTER is where its text begins. */
static unsigned
heed_mark(struct writer *w, enum mark mark, const char *after)
{
	if (mark == NO_MARK || is_quoted(w))
		return 0;               /* of a quote within a quote nothing is new */
	w->introducing = mark == INTRODUCES || mark == HOLDS;
	if (mark == BEGINS ||
	    (mark == INTRODUCES && !blockquote_comes(w, after)))
		w->quote_rest = true;
	if (mark == HOLDS)              /* all that is there is hers, or introduced */
		return w->any && !blockquote_comes(w, after) ? IN_QUOTE : 0;
	return mark == BEGINS ? 0 : IN_QUOTE;
}

static unsigned
heed_style(unsigned in, const struct sayings *said, bool strike)
{
	const struct style *s = &said->style;

	if (s->gone == STYLE_YES || (said->hidden && s->gone != STYLE_NO))
		in |= GONE;
	if (s->invisible != STYLE_SILENT)
		in = s->invisible == STYLE_YES ? in | INVISIBLE :
		    in & ~(unsigned)INVISIBLE;
	if (s->tiny != STYLE_SILENT)
		in = s->tiny == STYLE_YES ? in | TINY : in & ~(unsigned)TINY;
	if (s->struck == STYLE_YES || (strike && s->struck != STYLE_NO))
		in |= STRUCK;
	return in;
}

/* The element whose tag is at NAME up to GT. */
static void
open_element(struct writer *w, const char *name, size_t n, const char *gt,
    enum effect effect)
{
	struct sayings said = { .mark = NO_MARK };
	struct open_tag t = { .within = within(w) };
	bool loose = is_open_ended(name, n);
	const struct kind *k = kind_of(name, n);

	read_attributes(&said, name + n, gt);
	if (w->view == HTML_OWN)
		t.within = heed_style(t.within, &said, is_strike(name, n));
	t.within |= effect == QUOTE ? IN_QUOTE : heed_mark(w, said.mark, gt + 1);
	if (effect == SKIP)
		t.within |= IN_SKIP;
	if (effect == PRE)
		t.within |= IN_PRE;
	if (is_void(name, n) || (loose && t.within == within(w)) ||
	    (gt[-1] == '/' && effect == INLINE))
		return;
	if (w->depth == NESTING) {
		w->beyond++;
		return;
	}
	t.name = hash(name, n);
	t.fence = k == NULL ? 0 : k->fence;
	t.ends = k == NULL || t.within == within(w) ? 0 : k->ends;
	w->ending += t.ends != 0;
	w->stack[w->depth++] = t;
}

static void
close_element(struct writer *w, const char *name, size_t n)
{
	uint32_t h = hash(name, n);
	size_t at = w->depth, low = w->depth > NEAR ? w->depth - NEAR : 0;

	if (w->beyond > 0) {
		w->beyond -= !is_void(name, n) && !is_open_ended(name, n);
		return;
	}
	while (at > low && w->stack[at - 1].name != h)
		at--;
	if (at > low)
		close_to(w, at - 1);
}

/* ---- tags --------------------------------------------------------------- */

static void
lay_out(struct writer *w, enum effect effect)
{
	if ((within(w) & (IN_SKIP | GONE)) != 0)
		return;
	switch (effect) {
	case BREAK:             /* of a line that is left out, no trace is left */
		w->lines += w->any && !(w->dropped && w->lines > 0);
		w->blank = false;
		w->dropped = false;
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
}

static void
put_bullet(struct writer *w)
{
	if ((within(w) & (IN_SKIP | UNREAD)) != 0)
		return;
	put(w, "-", 1);
	w->blank = true;
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
		if (end - quote > QUOTED_MAX)
			p = memchr(quote + 1, q, QUOTED_MAX);
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
	bool declares, *none;
	enum effect effect;
	size_t n;

	if (end - p >= 4 && memcmp(p, "<!--", 4) == 0)
		return comment_end(w, p + 4, end);
	while (q < end && q - name < 20 && (isalnum((unsigned char)*q) || *q == ':'))
		q++;
	n = (size_t)(q - name);
	declares = n == 0 && name < end && (*name == '!' || *name == '?');
	none = n > 0 ? &w->no_tag_end : &w->no_declaration_end;
	gt = *none || (n == 0 && !declares) ? NULL : tag_end(p, end);
	if (gt == NULL) {
		*none = *none || n > 0 || declares;
		put_character(w, p, 1);
		return p + 1;
	}
	effect = effect_of(name, n);
	if (n == 0)
		return gt + 1;
	if (closing)
		close_element(w, name, n);
	else
		end_before(w, name, n, effect);
	lay_out(w, effect);
	if (closing)
		return gt + 1;
	if (effect == SKIP && (n == 5 || n == 6) && strncasecmp(name, "title", n) != 0)
		return skip_raw(gt + 1, end, name, n);
	open_element(w, name, n, gt, effect);
	if (effect == ITEM)
		put_bullet(w);
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

bool
html_text(const char *html, size_t len, enum html_view view, struct buf *out)
{
	struct writer *w = mem_alloc(sizeof *w);
	const char *p = html, *end = html + len, *q;
	bool struck;

	w->out = out;
	w->view = view;
	w->end = end;
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
	struck = w->struck;
	free(w);
	return struck;
}
