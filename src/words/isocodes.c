/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <string.h>
#include <unistr.h>

#include "base/arena.h"
#include "base/buf.h"
#include "words/isocodes.h"
#include "words/text.h"

/* ---- JSON: objects of strings in one array ------------------------------ */

void
iso_open(struct iso_reader *r, const char *json, size_t len)
{
	*r = (struct iso_reader){ .at = json, .end = json + len, .start = json };
}

int
iso_line(const struct iso_reader *r)
{
	const char *p;
	int line = 1;

	for (p = r->start; p < r->at; p++)
		line += *p == '\n';
	return line;
}

static char
peek(struct iso_reader *r)
{
	while (r->at < r->end && strchr(" \t\r\n", *r->at) != NULL)
		r->at++;
	return r->at < r->end ? *r->at : '\0';
}

static void
expect(struct iso_reader *r, char c)
{
	if (peek(r) == c && !r->bad)
		r->at++;
	else
		r->bad = 1;
}

static uint32_t
four_hex(struct iso_reader *r)
{
	uint32_t v = 0;
	int i;

	for (i = 0; i < 4; i++) {
		const char *digits = "0123456789abcdef", *d = NULL;

		if (r->at < r->end && *r->at != '\0')
			d = strchr(digits, *r->at >= 'A' && *r->at <= 'F' ?
			    *r->at | 0x20 : *r->at);
		if (d == NULL) {
			r->bad = 1;
			return 0;
		}
		v = v << 4 | (uint32_t)(d - digits);
		r->at++;
	}
	return v;
}

static void
add_escape(struct iso_reader *r, struct buf *b)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	char c = r->at < r->end ? *r->at++ : '\0';
	const char *known = c == '\0' ? NULL : strchr(from, c);
	uint8_t bytes[6];
	uint32_t u, low;
	int n;

	if (known != NULL) {
		buf_addch(b, to[known - from]);
		return;
	}
	if (c != 'u') {
		r->bad = 1;
		return;
	}
	u = four_hex(r);
	if (u >= 0xd800 && u < 0xdc00 && r->end - r->at > 2 && r->at[0] == '\\' &&
	    r->at[1] == 'u') {
		r->at += 2;
		low = four_hex(r);
		u = 0x10000 + ((u & 0x3ff) << 10) + (low & 0x3ff);
	}
	n = u8_uctomb(bytes, u, sizeof bytes);
	if (n <= 0 || u == 0)
		r->bad = 1;
	else
		buf_add(b, bytes, (size_t)n);
}

static const char *
string(struct iso_reader *r, struct arena *a)
{
	struct buf b = BUF_INIT;
	char *out;

	expect(r, '"');
	while (!r->bad && r->at < r->end && *r->at != '"') {
		char c = *r->at++;

		if (c == '\\')
			add_escape(r, &b);
		else if ((unsigned char)c < 0x20)
			r->bad = 1;
		else
			buf_addch(&b, c);
	}
	expect(r, '"');
	if (!text_is_utf8(b.data, b.len))
		r->bad = 1;
	out = arena_strndup(a, b.data, b.len);
	buf_free(&b);
	return out;
}

static void
begin(struct iso_reader *r, struct arena *a)
{
	expect(r, '{');
	if (strcmp(string(r, a), "3166-1") != 0)
		r->bad = 1;
	expect(r, ':');
	expect(r, '[');
	r->begun = 1;
}

static void
one_country(struct iso_reader *r, struct arena *a, struct iso_country *out)
{
	expect(r, '{');
	do {
		const char *key = string(r, a), *value;

		expect(r, ':');
		value = string(r, a);
		if (strcmp(key, "alpha_2") == 0)
			out->alpha_2 = value;
		else if (strcmp(key, "alpha_3") == 0)
			out->alpha_3 = value;
		else if (strcmp(key, "name") == 0)
			out->name = value;
		else if (strcmp(key, "official_name") == 0)
			out->official_name = value;
		else if (strcmp(key, "common_name") == 0)
			out->common_name = value;
		if (peek(r) != ',')
			break;
		expect(r, ',');
	} while (!r->bad);
	expect(r, '}');
}

static int
is_code(const char *s, size_t len)
{
	return s != NULL && strlen(s) == len &&
	    strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == len;
}

enum status
iso_next(struct iso_reader *r, struct arena *a, struct iso_country *out)
{
	memset(out, 0, sizeof *out);
	if (!r->begun)
		begin(r, a);
	if (!r->bad && peek(r) == ']')
		return NOT_FOUND;
	one_country(r, a, out);
	if (peek(r) == ',')
		expect(r, ',');
	else if (peek(r) != ']')
		r->bad = 1;
	if (!is_code(out->alpha_2, 2) || !is_code(out->alpha_3, 3) || out->name == NULL)
		r->bad = 1;
	return r->bad ? INVALID : OK;
}

/* ---- message catalogues -------------------------------------------------- */

/* 0 beyond the end: no good catalogue has a 0 where one is read. */
static uint32_t
word_at(const struct catalogue *c, size_t at)
{
	const unsigned char *p = c->data + at;

	if (at > c->len || c->len - at < 4)
		return 0;
	if (c->big)
		return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
		    (uint32_t)p[2] << 8 | p[3];
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[1] << 8 | p[0];
}

/* String I of the table at TABLE, which must end with a NUL in the file. */
static const char *
string_at(const struct catalogue *c, size_t table, size_t i)
{
	size_t len = word_at(c, table + 8 * i), at = word_at(c, table + 8 * i + 4);

	if (at >= c->len || len >= c->len - at || c->data[at + len] != '\0')
		return NULL;
	return (const char *)c->data + at;
}

enum status
catalogue_open(struct catalogue *c, const void *data, size_t len)
{
	static const uint32_t magic = 0x950412de;

	*c = (struct catalogue){ .data = data, .len = len };
	if (word_at(c, 0) != magic) {
		c->big = 1;
		if (word_at(c, 0) != magic)
			return INVALID;
	}
	c->count = word_at(c, 8);
	c->originals = word_at(c, 12);
	c->translations = word_at(c, 16);
	if (word_at(c, 4) >> 16 > 1 || c->count > len / 16 ||
	    c->originals > len || c->translations > len)
		return INVALID;
	return OK;
}

const char *
catalogue_find(const struct catalogue *c, const char *text)
{
	size_t low = 0, high = c->count;
	const char *s;

	while (low < high) {            /* originals are sorted by bytes */
		size_t middle = low + (high - low) / 2;
		int order;

		s = string_at(c, c->originals, middle);
		if (s == NULL)
			return NULL;
		order = strcmp(text, s);
		if (order > 0) {
			low = middle + 1;
		} else if (order < 0) {
			high = middle;
		} else {
			s = string_at(c, c->translations, middle);
			return s == NULL || *s == '\0' || !text_is_utf8(s, strlen(s)) ?
			    NULL : s;
		}
	}
	return NULL;
}
