/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "delivery/encoding.h"

#define LINE 76
#define BASE64_OCTETS 57        /* that make a line of 76 */

/* Two digits for each twelve bits: half the steps of one for each six. */
static char pairs[4096][2];
static pthread_once_t pairs_once = PTHREAD_ONCE_INIT;

static void
fill_pairs(void)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t i;

	for (i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		pairs[i][0] = digits[i >> 6];
		pairs[i][1] = digits[i & 63];
	}
}

static void
put_four(char *four, uint32_t three)
{
	memcpy(four, pairs[three >> 12], 2);
	memcpy(four + 2, pairs[three & 4095], 2);
}

void
encoding_base64(struct buf *out, const void *data, size_t len)
{
	const unsigned char *p = data;
	char *to;

	(void)pthread_once(&pairs_once, fill_pairs);
	buf_reserve(out, (len + 2) / 3 * 4);
	to = out->data + out->len;
	for (; len >= 3; len -= 3, p += 3, to += 4)
		put_four(to, (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2]);
	if (len > 0) {
		put_four(to, (uint32_t)p[0] << 16 |
		    (len > 1 ? (uint32_t)p[1] << 8 : 0));
		to[3] = '=';
		if (len == 1)
			to[2] = '=';
		to += 4;
	}
	out->len = (size_t)(to - out->data);
	*to = '\0';
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

/* ---- kinds of octets -------------------------------------------------------- */

/* Most of the work on a mail is to look at each octet of it; so eight are looked
 * at together, as one number.  Below, "marks" is such a number with the highest
 * bit of an octet set for yes, and all others 0. */
#define EACH(octet) (UINT64_C(0x0101010101010101) * (octet))
#define HIGHEST EACH(0x80)

/* Up to eight octets at S; what is missing is blanks. */
static uint64_t
eight(const char *s, size_t len)
{
	uint64_t v = EACH(' ');

	memcpy(&v, s, len < sizeof v ? len : sizeof v);
	return v;
}

static uint64_t
marks_of(unsigned char c, uint64_t v)
{
	uint64_t other = v ^ EACH(c);

	return ~(((other & ~HIGHEST) + EACH(0x7f)) | other) & HIGHEST;
}

/* Those that are neither printable ASCII nor a blank. */
static uint64_t
marks_of_odd(uint64_t v)
{
	uint64_t low = v & ~HIGHEST, above = low + EACH(0x80 - 0x20),
	    highest = low + EACH(0x80 - 0x7f);

	return (v | ~above | highest) & HIGHEST & ~marks_of('\t', v);
}

static size_t
count_marks(uint64_t marks)
{
	return (size_t)((marks >> 7) * EACH(1) >> 56);
}

/* ---- quoted-printable ----------------------------------------------------- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A blank stands for itself but at the end of a line. */
static bool
stands_for_itself(char c)
{
	return ((unsigned char)c >= 0x20 && (unsigned char)c < 0x7f &&
	    c != '=') || c == '\t';
}

/* How many octets from FROM on stand for themselves, at most MAX. */
static size_t
plain_run(const char *text, size_t from, size_t len, size_t max)
{
	const char *s = text + from;
	size_t n = 0, left = len - from;

	if (max > left)
		max = left;
	for (; n + 8 <= max; n += 8) {
		uint64_t v = eight(s + n, 8);

		if ((marks_of_odd(v) | marks_of('=', v)) != 0)
			break;
	}
	while (n < max && stands_for_itself(s[n]))
		n++;
	if (n > 0 && is_blank(s[n - 1]) && (n == left || s[n] == '\n'))
		n--;
	return n;
}

void
encoding_octet(struct buf *out, char mark, char c)
{
	static const char hex[] = "0123456789ABCDEF";
	unsigned char octet = (unsigned char)c;
	char code[3] = { mark, hex[octet >> 4], hex[octet & 15] };

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
			encoding_octet(out, '=', text[i]);
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

/* Of base64, for so many octets and lines. */
static size_t
base64_size(size_t len, size_t lines)
{
	size_t size = (len + lines + 2) / 3 * 4;

	return size + size / LINE * 2;
}

static void
measure_line(struct size *size, const char *line, size_t len)
{
	uint64_t v, odd, all = 0;
	size_t i, coded = 0;

	for (i = 0; i < len; i += 8) {
		v = eight(line + i, len - i);
		odd = marks_of_odd(v);
		all |= odd;
		coded += count_marks(odd | marks_of('=', v));
	}
	if (all != 0)
		size->plain = false;
	if (len > 0 && is_blank(line[len - 1])) {
		size->plain = false;
		coded++;
	}
	if (len > size->longest)
		size->longest = len;
	size->quoted += len + 2 * coded;
}

/* Ends early when what is left cannot change the choice: quoted-printable takes
 * an octet at least for each, and base64 can have no more lines than octets. */
static struct size
measure(const char *text, size_t len)
{
	struct size size = { .plain = true };
	const char *end = text + len, *newline;
	size_t lines = 0, left;

	for (; (newline = memchr(text, '\n', (size_t)(end - text))) != NULL;
	    text = newline + 1) {
		measure_line(&size, text, (size_t)(newline - text));
		size.quoted += 2;
		lines++;
		left = (size_t)(end - newline) - 1;
		if (!size.plain && size.quoted + left >
		    base64_size(len, lines + left)) {
			size.quoted += left;
			break;
		}
	}
	if (newline == NULL)
		measure_line(&size, text, (size_t)(end - text));
	size.quoted += size.quoted / 75 * 3;
	size.base64 = base64_size(len, lines);
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
