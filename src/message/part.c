/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <gmime/gmime.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "message/charset.h"
#include "message/encoded.h"
#include "message/fields.h"
#include "message/part.h"

#define PART_FIELDS 64
#define VALUE_MAX 8192          /* octets of a Content-* field looked at */
#define DELIMITERS_MAX 200000   /* lines of "--" looked at, over all levels */

/* ---- Content-Type and kin ----------------------------------------------- */

struct scan {
	const char *at, *end;
};

static void
skip_blanks(struct scan *s)
{
	int depth = 0;

	for (; s->at < s->end; s->at++) {
		if (*s->at == '(')
			depth++;
		else if (*s->at == ')' && depth > 0)
			depth--;
		else if (depth == 0 && !isspace((unsigned char)*s->at) && *s->at != '\0')
			return;
	}
}

/* A token, or a quoted string without its quotes; cut at SIZE. */
static void
read_value(struct scan *s, char *out, size_t size, const char *stops)
{
	bool quoted = s->at < s->end && *s->at == '"';
	size_t n = 0;
	char c;

	for (s->at += quoted; s->at < s->end; s->at++) {
		c = *s->at;
		if (quoted && c == '"') {
			s->at++;
			break;
		}
		if (quoted && c == '\\' && s->at + 1 < s->end)
			c = *++s->at;
		else if (!quoted && strchr(stops, c) != NULL)
			break;
		if (c != '\r' && c != '\n' && n < size - 1)
			out[n++] = c;
	}
	while (!quoted && n > 0 && isspace((unsigned char)out[n - 1]))
		n--;
	out[n] = '\0';
}

static void
lower(char *s)
{
	for (; *s != '\0'; s++)
		*s = (char)tolower((unsigned char)*s);
}

static void
set(char *to, size_t size, const char *from)
{
	size_t n = strlen(from);

	if (n >= size)
		n = size - 1;
	memcpy(to, from, n);
	to[n] = '\0';
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "%D0%90"; a per cent sign alone stays. */
static void
undo_percent(char *s)
{
	char *to = s;
	int high, low;

	for (; *s != '\0'; s++) {
		high = *s == '%' ? hex_digit(s[1]) : -1;
		low = high < 0 ? -1 : hex_digit(s[2]);
		if (low >= 0 && (high | low) != 0) {
			*to++ = (char)(high << 4 | low);
			s += 2;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/* Where a name is said twice, filename goes before name, and the way of RFC
 * 2231 before what is meant for programs that do not know it. */
enum { RANK_NAME = 1, RANK_NAME_STAR, RANK_FILENAME, RANK_FILENAME_STAR };

/* STAR is what follows the "*" ("", "0", "1*"), or NULL. */
static void
take_name(struct content *c, int rank, const char *star, const char *value)
{
	char part[1024], *end = part, *tick;
	bool more, percent;
	size_t n, have;

	rank += star != NULL;
	more = star != NULL && *star >= '1' && *star <= '9';
	percent = star != NULL && (*star == '\0' || star[strlen(star) - 1] == '*');
	if (rank < c->name_rank || (more && rank != c->name_rank))
		return;
	set(part, sizeof part, value);
	if (percent && !more && (tick = strchr(part, '\'')) != NULL &&
	    (tick = strchr(tick + 1, '\'')) != NULL)
		memmove(part, tick + 1, strlen(tick + 1) + 1);
	if (percent)
		undo_percent(part);
	have = more ? strlen(c->name) : 0;
	n = strlen(part);
	if (n >= sizeof c->name) {
		end = part + n - (sizeof c->name - 1);
		n = sizeof c->name - 1;
	}
	if (have + n >= sizeof c->name) {
		size_t keep = sizeof c->name - 1 - n;

		memmove(c->name, c->name + have - keep, keep);
		have = keep;
	}
	memcpy(c->name + have, end, n + 1);
	c->name_rank = rank;
}

/* "charset*", "boundary*0" and "boundary*1*" are RFC 2231. */
static void
take_parameter(struct content *c, char *name, const char *value)
{
	char *star = strchr(name, '*');
	const char *quote;

	if (star != NULL)
		*star++ = '\0';
	if (strcmp(name, "name") == 0 || strcmp(name, "filename") == 0) {
		c->named = true;
		take_name(c, name[0] == 'n' ? RANK_NAME : RANK_FILENAME, star,
		    value);
	}
	if (star != NULL) {
		quote = strchr(value, '\'');
		if (quote != NULL && (quote = strchr(quote + 1, '\'')) != NULL)
			value = quote + 1;
	}
	if (strcmp(name, "charset") == 0 && c->charset[0] == '\0')
		set(c->charset, sizeof c->charset, value);
	else if (strcmp(name, "boundary") == 0)
		set(c->boundary + (star != NULL ? strlen(c->boundary) : 0),
		    sizeof c->boundary - (star != NULL ? strlen(c->boundary) : 0), value);
	else if (strcmp(name, "report-type") == 0)
		set(c->report_type, sizeof c->report_type, value);
	else if (strcmp(name, "format") == 0)
		c->flowed = strcasecmp(value, "flowed") == 0;
	else if (strcmp(name, "delsp") == 0)
		c->delsp = strcasecmp(value, "yes") == 0;
}

static void
read_parameters(struct content *c, struct scan *s)
{
	char name[40], value[1024];

	while (s->at < s->end) {
		while (s->at < s->end && *s->at != ';')
			s->at++;
		s->at += s->at < s->end;
		skip_blanks(s);
		read_value(s, name, sizeof name, "=;( \t\r\n");
		skip_blanks(s);
		if (s->at >= s->end || *s->at != '=')
			continue;
		s->at++;
		skip_blanks(s);
		read_value(s, value, sizeof value, ";(\r\n");
		lower(name);
		take_parameter(c, name, value);
	}
}

static struct scan
scan_of(const struct header_field *f)
{
	struct scan s = { f->value, f->value + (f->len < VALUE_MAX ? f->len : VALUE_MAX) };

	skip_blanks(&s);
	return s;
}

static void
read_type(struct content *c, const struct header_field *f)
{
	struct scan s = scan_of(f);

	read_value(&s, c->type, sizeof c->type, "/;( \t\r\n");
	skip_blanks(&s);
	if (s.at < s.end && *s.at == '/') {
		s.at++;
		skip_blanks(&s);
		read_value(&s, c->subtype, sizeof c->subtype, ";( \t\r\n,=");
	}
	lower(c->type);
	lower(c->subtype);
	read_parameters(c, &s);
	lower(c->charset);
	lower(c->report_type);
}

void
content_read(struct content *c, const struct fields *fields)
{
	const struct header_field *f;
	struct scan s;
	char word[24];

	memset(c, 0, sizeof *c);
	if ((f = fields_next(fields, HEADER_CONTENT_TYPE, NULL)) != NULL)
		read_type(c, f);
	if (c->subtype[0] == '\0') {
		strcpy(c->type, "text");
		strcpy(c->subtype, "plain");
	}
	if ((f = fields_next(fields, HEADER_CONTENT_TRANSFER_ENCODING, NULL)) != NULL) {
		s = scan_of(f);
		read_value(&s, c->encoding, sizeof c->encoding, ";( \t\r\n");
		lower(c->encoding);
	}
	if ((f = fields_next(fields, HEADER_CONTENT_DISPOSITION, NULL)) != NULL) {
		s = scan_of(f);
		read_value(&s, word, sizeof word, ";( \t\r\n");
		c->attachment = strcasecmp(word, "attachment") == 0;
		read_parameters(c, &s);
	}
}

bool
content_is(const struct content *c, const char *type, const char *subtype)
{
	return strcmp(c->type, type) == 0 &&
	    (subtype == NULL || strcmp(c->subtype, subtype) == 0);
}

/* ---- the walk ----------------------------------------------------------- */

struct walk {
	size_t parts, delimiters;
	size_t attachments;
	bool count;             /* go on after the text has been found */
	struct part *leaf;      /* where leaves go, ROOM of them, or NULL */
	size_t room, leaves;
	struct charsets *charsets;      /* when only files of text are leaves,
	                                   and are not the text; else NULL */
	struct part rich;       /* in HTML, the plain text that begins there */
	const char *rich_of;
};

struct span_of {
	const char *start, *end;
};

/* The next line from P on that is a delimiter of BOUNDARY: its start, and in
 * AFTER where the line after it begins; LAST for a closing one. */
static const char *
next_delimiter(struct walk *w, const char *boundary, const char *p,
    const char *start, const char *end, const char **after, bool *last)
{
	size_t n = strlen(boundary);
	const char *q, *eol;

	for (; p < end; p = q + 2) {
		q = memmem(p, (size_t)(end - p), "--", 2);
		if (q == NULL || ++w->delimiters > DELIMITERS_MAX)
			return NULL;
		if (q > start && q[-1] != '\n') {
			eol = memchr(q, '\n', (size_t)(end - q));
			if (eol == NULL)
				return NULL;
			q = eol - 1;    /* "p = q + 2" is the line after */
			continue;
		}
		if ((size_t)(end - q) < n + 2 || memcmp(q + 2, boundary, n) != 0)
			continue;
		*last = end - q >= (ptrdiff_t)n + 4 && memcmp(q + 2 + n, "--", 2) == 0;
		for (eol = q + 2 + n + (*last ? 2 : 0); eol < end && *eol != '\n'; eol++)
			if (strchr(" \t\r", *eol) == NULL)
				break;
		if (eol < end && *eol != '\n' && !*last)
			continue;       /* a longer boundary that begins alike */
		eol = memchr(eol, '\n', (size_t)(end - eol));
		*after = eol == NULL ? end : eol + 1;
		return q;
	}
	return NULL;
}

/* Mail that forgot to say its boundary: the first line that looks like one. */
static void
guess_boundary(struct content *c, const char *body, size_t len)
{
	const char *end = body + (len < 4096 ? len : 4096), *p = body, *eol;
	size_t n;

	for (; p < end; p = eol + 1) {
		eol = memchr(p, '\n', (size_t)(end - p));
		if (eol == NULL)
			return;
		n = (size_t)(eol - p);
		while (n > 0 && isspace((unsigned char)p[n - 1]))
			n--;
		if (n > 6 && n < 80 && p[0] == '-' && p[1] == '-' &&
		    memchr(p, ' ', n) == NULL) {
			memcpy(c->boundary, p + 2, n - 2);
			c->boundary[n - 2] = '\0';
			return;
		}
	}
}

static bool
is_blank(const char *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!isspace((unsigned char)p[i]))
			return false;
	return true;
}

/* How good a text is NEW beside OLD, for multipart/alternative. */
static bool
is_better(const struct part *new, const struct part *old, bool alternative)
{
	if (!new->found)
		return false;
	if (!old->found || is_blank(old->bytes, old->len))
		return !old->found || !is_blank(new->bytes, new->len);
	return alternative && content_is(&old->content, "text", "html") &&
	    content_is(&new->content, "text", "plain") &&
	    !is_blank(new->bytes, new->len);
}

static void walk_entity(struct walk *, struct part *, const struct content *,
    const char *, size_t, int);

/* BEST is a plain text, and HTML the same of the same multipart/alternative. */
static void
keep_rich(struct walk *w, const struct part *best, const struct part *html)
{
	if (!html->found || !best->found || !content_is(&best->content, "text", "plain"))
		return;
	w->rich = *html;
	w->rich_of = best->bytes;
}

/* HTML, when not NULL, becomes what is HTML. */
static void
walk_part(struct walk *w, struct part *best, struct part *html, bool digest,
    struct span_of span, int depth)
{
	struct header_field field[PART_FIELDS];
	struct fields fields = { .field = field, .room = PART_FIELDS };
	struct content content;
	struct part found = { .found = false };

	/* the line end before a delimiter is the delimiter's */
	if (span.end > span.start && span.end[-1] == '\n')
		span.end--;
	if (span.end > span.start && span.end[-1] == '\r')
		span.end--;
	fields_read(&fields, span.start, (size_t)(span.end - span.start));
	content_read(&content, &fields);
	if (digest && fields_next(&fields, HEADER_CONTENT_TYPE, NULL) == NULL)
		strcpy(content.type, "message");
	walk_entity(w, &found, &content, fields.body, fields.body_len, depth + 1);
	if (html != NULL && found.found && content_is(&found.content, "text", "html"))
		*html = found;
	if (is_better(&found, best, html != NULL))
		*best = found;
}

static void
walk_multipart(struct walk *w, struct part *best, const struct content *c,
    const char *body, size_t len, int depth)
{
	const char *end = body + len, *at, *after = NULL;
	bool alternative = strcmp(c->subtype, "alternative") == 0, last = false;
	bool digest = strcmp(c->subtype, "digest") == 0;
	struct part html = { .found = false };
	struct span_of span;

	at = next_delimiter(w, c->boundary, body, body, end, &after, &last);
	while (at != NULL && !last && ++w->parts <= PART_COUNT) {
		span.start = after;
		at = next_delimiter(w, c->boundary, after, after, end, &after, &last);
		span.end = at == NULL ? end : at;
		walk_part(w, best, alternative ? &html : NULL, digest, span, depth);
		if (best->found && !w->count && !alternative &&
		    !is_blank(best->bytes, best->len))
			return;
	}
	keep_rich(w, best, &html);
}

static void
keep_leaf(struct walk *w, const struct content *c, const char *body, size_t len)
{
	if (w->leaf != NULL && w->leaves < w->room)
		w->leaf[w->leaves] = (struct part){
			.content = *c, .bytes = body, .len = len, .found = true
		};
	w->leaves++;
}

void
part_name(const struct content *c, struct charsets *charsets, struct buf *out)
{
	encoded_decode(charsets, NULL, c->name, strlen(c->name), out);
}

/* The name decides and not the type: what programs think that Markdown is goes
 * from text/markdown over application/octet-stream to a game console. */
static bool
is_text_file(const struct walk *w, const struct content *c)
{
	struct buf name = BUF_INIT;
	bool is;

	if (w->charsets == NULL || !c->named ||
	    content_is(c, "message", NULL))
		return false;
	part_name(c, w->charsets, &name);
	while (name.len > 0 && isspace((unsigned char)name.data[name.len - 1]))
		buf_cut(&name, name.len - 1);
	is = name.len >= 3 &&
	    strcasecmp(name.data + name.len - 3, ".md") == 0;
	buf_free(&name);
	return is;
}

static void
walk_entity(struct walk *w, struct part *best, const struct content *c,
    const char *body, size_t len, int depth)
{
	struct content guessed;

	if (content_is(c, "multipart", NULL)) {
		guessed = *c;
		if (guessed.boundary[0] == '\0')
			guess_boundary(&guessed, body, len);
		if (depth < PART_DEPTH && guessed.boundary[0] != '\0')
			walk_multipart(w, best, &guessed, body, len, depth);
		return;
	}
	if (is_text_file(w, c)) {
		keep_leaf(w, c, body, len);
		return;
	}
	if (w->charsets == NULL)
		keep_leaf(w, c, body, len);
	if (content_is(c, "text", NULL) && !c->attachment &&
	    (!c->named || content_is(c, "text", "plain") ||
	    content_is(c, "text", "html"))) {
		best->content = *c;
		best->bytes = body;
		best->len = len;
		best->found = true;
		if (!c->named)
			return;
	}
	w->attachments++;
}

/* A multipart without a part in it is text after all. */
static void
walk_message(struct walk *w, struct part *out, const struct content *c,
    const char *body, size_t len)
{
	memset(out, 0, sizeof *out);
	walk_entity(w, out, c, body, len, 0);
	if (!out->found && content_is(c, "multipart", NULL) && w->parts == 0) {
		out->content = *c;
		strcpy(out->content.type, "text");
		strcpy(out->content.subtype, "plain");
		out->bytes = body;
		out->len = len;
		out->found = true;
	}
}

void
part_find_text(struct part *out, struct part *rich, const struct content *c,
    const char *body, size_t len, size_t *attachments)
{
	struct walk w = { .count = attachments != NULL };

	walk_message(&w, out, c, body, len);
	if (rich != NULL) {
		*rich = w.rich;
		rich->found = rich->found && w.rich_of == out->bytes;
	}
	if (attachments != NULL)
		*attachments = w.attachments;
}

size_t
part_find_post(struct part *out, struct part *files, size_t room,
    struct charsets *charsets, const struct content *c, const char *body,
    size_t len)
{
	struct walk w = { .count = true, .leaf = files, .room = room,
	    .charsets = charsets };

	walk_message(&w, out, c, body, len);
	return w.leaves;
}

size_t
part_leaves(struct part *out, size_t room, const struct content *c,
    const char *body, size_t len)
{
	struct walk w = { .count = true, .leaf = out, .room = room };
	struct part text;

	memset(&text, 0, sizeof text);
	walk_entity(&w, &text, c, body, len, 0);
	return w.leaves < room ? w.leaves : room;
}

void
part_find(struct part *out, const struct content *c, const char *body,
    size_t len, const char *type, const char *subtype)
{
	struct walk w = { .count = false };
	struct header_field field[PART_FIELDS];
	struct fields fields = { .field = field, .room = PART_FIELDS };
	const char *end = body + len, *at, *after = NULL, *start;
	bool last = false;

	memset(out, 0, sizeof *out);
	if (!content_is(c, "multipart", NULL) || c->boundary[0] == '\0')
		return;
	at = next_delimiter(&w, c->boundary, body, body, end, &after, &last);
	while (at != NULL && !last && !out->found && ++w.parts <= PART_COUNT) {
		start = after;
		at = next_delimiter(&w, c->boundary, after, after, end, &after, &last);
		fields_read(&fields, start, (size_t)((at == NULL ? end : at) - start));
		content_read(&out->content, &fields);
		out->found = content_is(&out->content, type, subtype);
		out->bytes = fields.body;
		out->len = fields.body_len;
	}
}

/* ---- decoding ----------------------------------------------------------- */

static void
undo_encoding(const struct part *part, size_t len, struct buf *out)
{
	const char *encoding = part->content.encoding;
	const unsigned char *in = (const unsigned char *)part->bytes;
	unsigned char *to;
	guint32 save = 0;
	int state = 0;

	buf_reserve(out, len + 8);
	to = (unsigned char *)out->data + out->len;
	if (strcmp(encoding, "base64") == 0)
		out->len += g_mime_encoding_base64_decode_step(in, len, to, &state, &save);
	else
		out->len += g_mime_encoding_quoted_decode_step(in, len, to, &state, &save);
	out->data[out->len] = '\0';
}

/* LF ends a line. */
static void
clean_lines(struct buf *b)
{
	char *from = b->data, *to = from, *end = from + b->len, *stop;

	for (; from < end; from = stop + 1) {
		stop = memchr(from, '\r', (size_t)(end - from));
		if (stop == NULL)
			stop = end;
		memmove(to, from, (size_t)(stop - from));
		to += stop - from;
		/* a lone CR ends a line, on old machines */
		if (stop < end && (stop + 1 == end || stop[1] != '\n'))
			*to++ = '\n';
	}
	buf_cut(b, (size_t)(to - b->data));
}

/* A NUL is nothing that anybody wrote. */
static void
drop_nuls(struct buf *b)
{
	char *from = memchr(b->data, '\0', b->len), *to = from;
	char *end = b->data + b->len;

	if (from == NULL)
		return;
	for (; from < end; from++)
		if (*from != '\0')
			*to++ = *from;
	buf_cut(b, (size_t)(to - b->data));
}

void
part_decode(const struct part *part, struct charsets *set, struct buf *out)
{
	const struct content *c = &part->content;
	const char *charset = c->charset[0] != '\0' ? c->charset : NULL;
	struct buf raw = BUF_INIT;
	size_t len = part->len < 2 * PART_TEXT ? part->len : 2 * PART_TEXT;

	if (strcmp(c->encoding, "base64") == 0 ||
	    strcmp(c->encoding, "quoted-printable") == 0) {
		undo_encoding(part, len, &raw);
		if (raw.len > PART_TEXT)
			buf_cut(&raw, PART_TEXT);
		charset_decode(set, charset, raw.data, raw.len, out);
	} else {
		charset_decode(set, charset, part->bytes,
		    len < PART_TEXT ? len : PART_TEXT, out);
	}
	buf_free(&raw);
	drop_nuls(out);
	clean_lines(out);
}
