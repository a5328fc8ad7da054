/* SPDX-License-Identifier: ISC */
#include <gmime/gmime.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "message/charset.h"
#include "message/encoded.h"

#define CHARSET_MAX 40
#define WORD_MAX 2000           /* RFC 2047 allows 75; some send a line in one */

/* One "=?charset*lang?B?text?=". */
struct word {
	char charset[CHARSET_MAX];
	char encoding;          /* 'b' or 'q' */
	const char *text, *end; /* between the '?' */
	const char *after;
};

static int
hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	    (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* In "...?=20...?=" the first "?=" is a question mark and an encoded blank. */
static bool
is_question_mark(const char *p, const char *end)
{
	if (end - p < 6 || hex(p[2]) < 0 || hex(p[3]) < 0)
		return false;
	for (p += 2; p + 1 < end && *p != ' ' && (p[0] != '=' || p[1] != '?'); p++)
		if (p[0] == '?' && p[1] == '=')
			return true;
	return false;
}

static const char *
find_close(const char *p, const char *end, char encoding)
{
	if (end - p > WORD_MAX)
		end = p + WORD_MAX;
	for (; p + 1 < end; p++)
		if (p[0] == '?' && p[1] == '=' &&
		    (encoding == 'b' || !is_question_mark(p, end)))
			return p;
	return NULL;
}

static bool
read_word(struct word *w, const char *p, const char *end)
{
	const char *charset = p + 2, *q;
	size_t n;

	if (end - p < 8 || p[0] != '=' || p[1] != '?')
		return false;
	q = memchr(charset, '?', (size_t)(end - charset));
	if (q == NULL || end - q < 4 || q[2] != '?')
		return false;
	w->encoding = (char)(q[1] | 0x20);
	if (w->encoding != 'b' && w->encoding != 'q')
		return false;
	for (n = 0; charset + n < q && charset[n] != '*'; n++)
		if (n >= CHARSET_MAX - 1 || charset[n] <= ' ')
			return false;
	memcpy(w->charset, charset, n);
	w->charset[n] = '\0';
	w->text = q + 3;
	w->end = find_close(w->text, end, w->encoding);
	if (w->end == NULL)
		return false;
	w->after = w->end + 2;
	return true;
}

static void
decode_q(const char *p, const char *end, struct buf *out)
{
	for (; p < end; p++) {
		if (*p == '_')
			buf_addch(out, ' ');
		else if (*p == '=' && end - p > 2 && hex(p[1]) >= 0 && hex(p[2]) >= 0) {
			buf_addch(out, (char)(hex(p[1]) << 4 | hex(p[2])));
			p += 2;
		} else
			buf_addch(out, *p);
	}
}

static void
decode_b(const char *p, const char *end, struct buf *out)
{
	int state = 0;
	guint32 save = 0;
	size_t len = (size_t)(end - p);

	buf_reserve(out, len + 3);
	out->len += g_mime_encoding_base64_decode_step((const unsigned char *)p, len,
	    (unsigned char *)out->data + out->len, &state, &save);
	out->data[out->len] = '\0';
}

/* P is just after a word: the next one, if only blanks are between. */
static bool
next_word(struct word *w, const char *p, const char *end)
{
	while (p < end && strchr(" \t\r\n", *p) != NULL && *p != '\0')
		p++;
	return read_word(w, p, end);
}

/* All words that follow each other, those of one charset joined as bytes. */
static const char *
decode_run(struct charsets *set, struct word w, const char *end, struct buf *out)
{
	struct buf bytes = BUF_INIT;
	struct word next;
	bool more;

	do {
		if (w.encoding == 'b')
			decode_b(w.text, w.end, &bytes);
		else
			decode_q(w.text, w.end, &bytes);
		more = next_word(&next, w.after, end);
		if (!more || strcasecmp(next.charset, w.charset) != 0) {
			charset_decode(set, w.charset, bytes.data, bytes.len, out);
			buf_clear(&bytes);
		}
		if (more)
			w = next;
	} while (more);
	buf_free(&bytes);
	return w.after;
}

/* In small pieces, cut between characters, as RFC 2047 has it. */
static void
encode_run(const char *text, size_t len, struct buf *out)
{
	const char *p = text, *end = text + len;
	size_t n;
	char *base64;

	while (p < end) {
		n = (size_t)(end - p) < 40 ? (size_t)(end - p) : 40;
		while (n > 1 && p + n < end && (p[n] & 0xc0) == 0x80)
			n--;
		base64 = g_base64_encode((const guchar *)p, n);
		buf_addf(out, "%s=?utf-8?B?%s?=", p == text ? "" : " ", base64);
		g_free(base64);
		p += n;
	}
}

static void
walk(struct charsets *set, const char *hint, const char *text, size_t len,
    bool encode, struct buf *out)
{
	const char *p = text, *end = text + len, *plain = text;
	struct buf run = BUF_INIT;
	struct word w;

	while ((p = memchr(p, '=', (size_t)(end - p))) != NULL) {
		if (!read_word(&w, p, end)) {
			p++;
			continue;
		}
		charset_guess(set, hint, plain, (size_t)(p - plain), out);
		buf_clear(&run);
		p = plain = decode_run(set, w, end, &run);
		if (encode)
			encode_run(run.data, run.len, out);
		else
			buf_add(out, run.data, run.len);
	}
	charset_guess(set, hint, plain, (size_t)(end - plain), out);
	buf_free(&run);
}

void
encoded_decode(struct charsets *set, const char *hint, const char *text,
    size_t len, struct buf *out)
{
	walk(set, hint, text, len, false, out);
}

void
encoded_unify(struct charsets *set, const char *hint, const char *text,
    size_t len, struct buf *out)
{
	walk(set, hint, text, len, true, out);
}
