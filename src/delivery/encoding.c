/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "delivery/encoding.h"

#define LINE 76
#define BASE64_OCTETS 57        /* that make a line of 76 */

void
encoding_base64(struct buf *out, const void *data, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = data;

	buf_reserve(out, (len + 2) / 3 * 4);
	for (; len > 0; len -= len < 3 ? len : 3, p += 3) {
		char *four = out->data + out->len;
		uint32_t v = (uint32_t)p[0] << 16;

		if (len > 1)
			v |= (uint32_t)p[1] << 8;
		if (len > 2)
			v |= p[2];
		four[0] = digits[v >> 18];
		four[1] = digits[v >> 12 & 63];
		four[2] = len > 1 ? digits[v >> 6 & 63] : '=';
		four[3] = len > 2 ? digits[v & 63] : '=';
		out->len += 4;
	}
	out->data[out->len] = '\0';
}

static void
put_base64(struct buf *out, const char *text, size_t len)
{
	size_t i, n;

	for (i = 0; i < len; i += n) {
		n = len - i < BASE64_OCTETS ? len - i : BASE64_OCTETS;
		encoding_base64(out, text + i, n);
		buf_addstr(out, "\r\n");
	}
}

/* Octets of text with CRLF line ends. */
static void
put_lines(struct buf *out, const char *text, size_t len)
{
	const char *end = text + len, *newline;

	while ((newline = memchr(text, '\n', (size_t)(end - text))) != NULL) {
		buf_add(out, text, (size_t)(newline - text));
		buf_addstr(out, "\r\n");
		text = newline + 1;
	}
	buf_add(out, text, (size_t)(end - text));
}

/* ---- quoted-printable ----------------------------------------------------- */

static bool
stands_for_itself(const char *s, size_t i, size_t len)
{
	unsigned char c = (unsigned char)s[i];

	if (c == ' ' || c == '\t')      /* not at the end of a line */
		return i + 1 < len && s[i + 1] != '\n';
	return c > 0x20 && c < 0x7f && c != '=';
}

/* How many octets from FROM on stand for themselves, at most MAX. */
static size_t
plain_run(const char *text, size_t from, size_t len, size_t max)
{
	size_t n = 0;

	while (n < max && from + n < len && stands_for_itself(text, from + n, len))
		n++;
	return n;
}

static void
put_octet(struct buf *out, char c)
{
	static const char hex[] = "0123456789ABCDEF";
	unsigned char octet = (unsigned char)c;
	char code[3] = { '=', hex[octet >> 4], hex[octet & 15] };

	buf_add(out, code, sizeof code);
}

static void
put_quoted(struct buf *out, const char *text, size_t len)
{
	size_t i = 0, used = 0;

	buf_reserve(out, len + len / 2);
	while (i < len) {
		size_t run = plain_run(text, i, len, LINE - used);
		size_t width = run > 0 ? run : 3, end = i + (run > 0 ? run : 1);

		if (text[i] == '\n') {
			buf_addstr(out, "\r\n");
			used = 0;
			i++;
			continue;
		}
		/* room for the "=" of a soft line end, unless the line ends */
		if (used + width + (end < len && text[end] != '\n') > LINE) {
			if (run <= 1) {
				buf_addstr(out, "=\r\n");
				used = 0;
				continue;
			}
			run--;
			width--;
		}
		if (run > 0)
			buf_add(out, text + i, run);
		else
			put_octet(out, text[i]);
		i += run > 0 ? run : 1;
		used += width;
	}
}

/* ---- choosing ----------------------------------------------------------------- */

struct size {
	size_t longest;         /* line */
	size_t quoted;          /* octets in quoted-printable, about */
	size_t base64;          /* likewise */
	bool plain;             /* nothing that quoted-printable would encode */
};

static struct size
measure(const char *text, size_t len)
{
	struct size size = { .plain = true };
	size_t i, line = 0, lines = 0;

	for (i = 0; i < len; i++) {
		if (text[i] == '\n') {
			line = 0;
			lines++;
			size.quoted += 2;
			continue;
		}
		if (++line > size.longest)
			size.longest = line;
		if (stands_for_itself(text, i, len)) {
			size.quoted++;
			continue;
		}
		size.quoted += 3;
		if (text[i] != '=')
			size.plain = false;
	}
	size.quoted += size.quoted / 75 * 3;
	size.base64 = (len + lines + 2) / 3 * 4;
	size.base64 += size.base64 / LINE * 2;
	return size;
}

void
encoding_part(struct buf *out, const char *type, const char *text, size_t len)
{
	struct size size = measure(text, len);
	struct buf lines = BUF_INIT;

	buf_addf(out, "Content-Type: %s; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: ", type);
	if (size.plain && size.longest <= LINE) {
		buf_addstr(out, "7bit\r\n\r\n");
		put_lines(out, text, len);
	} else if (size.quoted <= size.base64) {
		buf_addstr(out, "quoted-printable\r\n\r\n");
		put_quoted(out, text, len);
	} else {
		buf_addstr(out, "base64\r\n\r\n");
		put_lines(&lines, text, len);
		put_base64(out, lines.data, lines.len);
		buf_wipe(&lines);
	}
	if (out->len > 0 && out->data[out->len - 1] != '\n')
		buf_addstr(out, "\r\n");
}
