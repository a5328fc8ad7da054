/* SPDX-License-Identifier: ISC */
#include <idn2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "base/arena.h"
#include "base/buf.h"
#include "words/text.h"

#define REPLACEMENT 0xfffd
#define ZWNJ 0x200c
#define ZWJ 0x200d
#define MANY ((size_t)1 << 30)          /* no text here is ever as long */

/* What becomes of a character. */
enum kind { KEEP, DROP, BLANK, NEWLINE, JOINER };

bool
text_is_ascii(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i + 8 <= len; i += 8) {
		uint64_t word;

		memcpy(&word, s + i, 8);
		if ((word & UINT64_C(0x8080808080808080)) != 0)
			return false;
	}
	for (; i < len; i++)
		if ((unsigned char)s[i] >= 0x80)
			return false;
	return true;
}

bool
text_is_utf8(const char *s, size_t len)
{
	return text_is_ascii(s, len) || u8_check((const uint8_t *)s, len) == NULL;
}

static bool
in_category(ucs4_t c, uint32_t mask)
{
	return uc_is_general_category_withtable(c, mask);
}

bool
text_is_visible(const char *s, size_t len)
{
	const uint8_t *p = (const uint8_t *)s, *end = p + len;
	ucs4_t c;
	int n;

	for (; p < end; p += n) {
		n = 1;
		if (*p > 0x20 && *p < 0x7f)
			continue;
		n = u8_mbtoucr(&c, p, (size_t)(end - p));
		if (n < 0 || c == REPLACEMENT ||
		    in_category(c, UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_Z))
			return false;
	}
	return true;
}

/* Out of memory in the library ends the process as it does elsewhere. */
static void *
need(void *p)
{
	return p != NULL ? p : mem_alloc(SIZE_MAX);
}

/* ---- cleaning ----------------------------------------------------------- */

static enum kind
kind_of(ucs4_t c)
{
	if (c > 0x20 && c < 0x7f)
		return KEEP;
	if (c == '\n' || c == '\r' || c == '\v' || c == '\f' || c == 0x85 ||
	    c == 0x2028 || c == 0x2029)
		return NEWLINE;
	if (c == ' ' || c == '\t')
		return BLANK;
	if (c < 0xa0)
		return DROP;
	if (c >= 0x3a0 && c < 0x530)    /* the short way for Cyrillic */
		return KEEP;
	if (c == ZWNJ || c == ZWJ)
		return JOINER;
	/* fillers: letters by category, blanks to the eye */
	if (c == 0x115f || c == 0x1160 || c == 0x2800 || c == 0x3164 || c == 0xffa0)
		return BLANK;
	if (in_category(c, UC_CATEGORY_MASK_Zs))
		return BLANK;
	if (in_category(c, UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cf) ||
	    (c & 0xfffe) == 0xfffe)
		return DROP;
	return KEEP;
}

/* Arabic to Khmer and Mongolian: where a joiner is part of the spelling. */
static bool
takes_joiner(ucs4_t c)
{
	return c >= 0x600 && c < 0x18b0 &&
	    in_category(c, UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_M);
}

/* NFC leaves runs of these as they are. */
static bool
is_nfc(ucs4_t c)
{
	return c < 0x300 || (c >= 0x400 && c < 0x483) || (c >= 0x48a && c < 0x530) ||
	    (c >= 0x2010 && c < 0x2028);
}

struct cleaner {
	char *out;
	size_t len, room;
	size_t count, limit;    /* characters */
	size_t max;             /* what the caller asked for */
	bool many;              /* lines */
	bool nfc;               /* all of it is NFC as it is */
	bool blank;             /* one is due before the next character */
	unsigned lines;         /* so many are due */
	ucs4_t joiner, last;
};

static void
put(struct cleaner *w, ucs4_t c)
{
	int n;

	if (w->count >= w->limit)
		return;
	if (c < 0x80) {
		w->out[w->len++] = (char)c;
	} else {
		n = u8_uctomb((uint8_t *)w->out + w->len, c, (ptrdiff_t)(w->room - w->len));
		if (n < 0)
			return;
		w->len += (size_t)n;
	}
	w->count++;
	w->last = c;
}

static void
put_gap(struct cleaner *w)
{
	for (; w->len > 0 && w->lines > 0; w->lines--)
		put(w, '\n');
	if (w->len > 0 && w->blank && w->last != '\n')
		put(w, ' ');
	w->blank = false;
	w->lines = 0;
}

static void
put_kept(struct cleaner *w, ucs4_t c)
{
	if (w->joiner != 0 && takes_joiner(w->last) && takes_joiner(c) &&
	    !w->blank && w->lines == 0)
		put(w, w->joiner);
	w->joiner = 0;
	if (w->blank || w->lines > 0)
		put_gap(w);
	/* NFC can join up to four characters, so read on for longer */
	if (w->nfc && !is_nfc(c)) {
		w->nfc = false;
		w->limit = w->max * 4 + 64;
	}
	put(w, c);
}

static bool
is_seen(uint8_t c)
{
	return c > 0x20 && c < 0x7f;
}

/* A run of visible ASCII at once, from the second on, single blanks within it
 * too. */
static const uint8_t *
put_run(struct cleaner *w, const uint8_t *p, const uint8_t *end)
{
	const uint8_t *start = p;

	if ((size_t)(end - p) > w->limit - w->count)
		end = p + (w->limit - w->count);
	while (p < end && (is_seen(*p) ||
	    (*p == ' ' && p + 1 < end && is_seen(p[1]))))
		p++;
	if (p > start) {
		memcpy(w->out + w->len, start, (size_t)(p - start));
		w->len += (size_t)(p - start);
		w->count += (size_t)(p - start);
		w->last = p[-1];
	}
	return p;
}

static void
clean(struct cleaner *w, const uint8_t *p, const uint8_t *end)
{
	ucs4_t c;

	while (p < end && w->count < w->limit) {
		c = *p;
		if (c < 0x80)
			p++;
		else
			p += u8_mbtouc(&c, p, (size_t)(end - p));
		switch (kind_of(c)) {
		case KEEP:
			put_kept(w, c);
			if (c < 0x80)
				p = put_run(w, p, end);
			break;
		case NEWLINE:
			if (c == '\r' && p < end && *p == '\n')
				p++;
			if (w->many && w->lines < 3)
				w->lines++;
			/* FALLTHROUGH */
		case BLANK:
			w->blank = true;
			break;
		case JOINER:
			w->joiner = c;
			break;
		case DROP:
			break;
		}
	}
}

/* The first COUNT characters of S, in bytes. */
static size_t
prefix(const char *s, size_t len, size_t count)
{
	size_t at = 0;

	for (; at < len; at++)
		if (((unsigned char)s[at] & 0xc0) != 0x80 && count-- == 0)
			break;
	return at;
}

/* A cut can leave a blank or a joiner last. */
static size_t
trim_end(const char *s, size_t len)
{
	for (;;) {
		if (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\n'))
			len--;
		else if (len >= 3 && (memcmp(s + len - 3, "\xe2\x80\x8c", 3) == 0 ||
		    memcmp(s + len - 3, "\xe2\x80\x8d", 3) == 0))
			len -= 3;
		else
			return len;
	}
}

static char *
finish(struct arena *a, struct cleaner *w)
{
	uint8_t *normal;
	size_t len;
	char *out;

	if (w->nfc) {
		w->out[trim_end(w->out, w->len)] = '\0';
		return w->out;
	}
	normal = need(u8_normalize(UNINORM_NFC, (uint8_t *)w->out, w->len, NULL, &len));
	len = prefix((char *)normal, len, w->max);
	out = arena_strndup(a, (char *)normal, trim_end((char *)normal, len));
	free(normal);
	return out;
}

static char *
clean_text(struct arena *a, const char *s, size_t len, size_t max, bool many)
{
	struct cleaner w = { .many = many, .nfc = true };
	const uint8_t *p = (const uint8_t *)s;

	w.max = w.limit = max < len ? max : len;
	if (w.max > MANY)
		w.max = w.limit = MANY;
	/* a byte that is not UTF-8 becomes three */
	w.room = len;
	if (!text_is_ascii(s, len))
		w.room = w.max * 16 + 256 < len * 3 ? w.max * 16 + 256 : len * 3;
	else if (w.max < len)
		w.room = w.max;
	w.out = arena_alloc(a, w.room + 1);
	clean(&w, p, p + len);
	return finish(a, &w);
}

char *
text_line(struct arena *a, const char *s, size_t len, size_t max)
{
	return clean_text(a, s, len, max, false);
}

char *
text_lines(struct arena *a, const char *s, size_t len, size_t max)
{
	return clean_text(a, s, len, max, true);
}

/* ---- comparing ---------------------------------------------------------- */

/* u8_casefold or u8_tolower. */
typedef uint8_t *(*case_change)(const uint8_t *, size_t, const char *language,
    uninorm_t, uint8_t *, size_t *);

static char *
change_case(struct arena *a, const char *s, size_t len, case_change change,
    uninorm_t form)
{
	uint8_t *changed;
	size_t n;
	char *out;

	if (!text_is_utf8(s, len))
		return NULL;
	if (len == 0)
		return arena_strdup(a, "");
	changed = need(change((const uint8_t *)s, len, NULL, form, NULL, &n));
	out = arena_strndup(a, (char *)changed, n);
	free(changed);
	return out;
}

static char *
lower_ascii(struct arena *a, const char *s, size_t len)
{
	char *out = arena_strndup(a, s, len);
	size_t i;

	for (i = 0; i < len; i++)
		if (out[i] >= 'A' && out[i] <= 'Z')
			out[i] = (char)(out[i] | 0x20);
	return out;
}

char *
text_casefold(struct arena *a, const char *s, size_t len)
{
	if (text_is_ascii(s, len))
		return lower_ascii(a, s, len);
	return change_case(a, s, len, u8_casefold, UNINORM_NFC);
}

char *
text_lower(struct arena *a, const char *s, size_t len)
{
	if (text_is_ascii(s, len))
		return lower_ascii(a, s, len);
	return change_case(a, s, len, u8_tolower, UNINORM_NFC);
}

/* Straight signs for curved ones; in place, since they are shorter. */
static void
straighten(char *s)
{
	uint8_t *from = (uint8_t *)s, *to = from;
	ucs4_t c;
	int n;

	for (; *from != '\0'; from += n) {
		if (*from < 0x80) {
			*to++ = *from;
			n = 1;
			continue;
		}
		n = u8_mbtouc(&c, from, 4);
		if (c == 0x2018 || c == 0x2019 || c == 0x02bc || c == 0xb4)
			*to++ = '\'';
		else if (c >= 0x2010 && c <= 0x2015)
			*to++ = '-';
		else
			to += u8_uctomb(to, c, 4);
	}
	*to = '\0';
}

static bool
is_edge(ucs4_t c)
{
	if (c < 0x80)
		return !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		    (c >= 'A' && c <= 'Z'));
	return in_category(c, UC_CATEGORY_MASK_P | UC_CATEGORY_MASK_S |
	    UC_CATEGORY_MASK_Z | UC_CATEGORY_MASK_C);
}

static char *
trim_edges(char *s)
{
	uint8_t *start = (uint8_t *)s, *end;
	const uint8_t *back;
	ucs4_t c;
	int n;

	for (; *start != '\0'; start += n) {
		n = u8_mbtouc(&c, start, 4);
		if (!is_edge(c))
			break;
	}
	end = start + strlen((char *)start);
	while ((back = u8_prev(&c, end, start)) != NULL && is_edge(c))
		end = start + (back - start);
	*end = '\0';
	return (char *)start;
}

char *
text_fold(struct arena *a, const char *s)
{
	char *line = text_line(a, s, strlen(s), MANY);
	size_t len = strlen(line);

	if (text_is_ascii(line, len)) {
		line = lower_ascii(a, line, len);
	} else {
		/* compatibility forms can bring blanks in */
		line = change_case(a, line, len, u8_casefold, UNINORM_NFKC);
		line = text_line(a, line, strlen(line), MANY);
		straighten(line);
	}
	return trim_edges(line);
}

/* Letters that have no accent to take off; all of them shorter or as long. */
static const struct {
	ucs4_t letter;
	const char *plain;
} plain_letters[] = {
	{ 0xe6, "ae" }, { 0xf0, "d" }, { 0xf8, "o" }, { 0xfe, "t" },
	{ 0x111, "d" }, { 0x131, "i" }, { 0x142, "l" }, { 0x153, "oe" },
	{ 0x493, "г" }, { 0x49b, "к" }, { 0x4b3, "х" }, { 0x4b7, "ч" },
	{ 0x4a3, "н" }, { 0x4e9, "о" }, { 0x4af, "у" }, { 0x4b1, "у" },
	{ 0x456, "и" }, { 0x454, "е" },
};

/* In place: nothing grows. */
static void
bare(char *s)
{
	uint8_t *from = (uint8_t *)s, *to = from;
	const char *plain;
	ucs4_t c;
	size_t i;
	int n;

	for (; *from != '\0'; from += n) {
		n = u8_mbtouc(&c, from, 4);
		if (c == '-' || c == ' ' || c == '/' || c == '_') {
			if (to > (uint8_t *)s && to[-1] != ' ')
				*to++ = ' ';
			continue;
		}
		if ((c >= 0x300 && c < 0x370) || (c < 0x80 && is_edge(c)) ||
		    (c >= 0x80 && in_category(c, UC_CATEGORY_MASK_P)) || c == 0x2bb)
			continue;
		for (plain = NULL, i = 0; c >= 0x80 && plain == NULL &&
		    i < sizeof plain_letters / sizeof plain_letters[0]; i++)
			if (plain_letters[i].letter == c)
				plain = plain_letters[i].plain;
		if (plain != NULL) {
			memcpy(to, plain, strlen(plain));
			to += strlen(plain);
		} else {
			memmove(to, from, (size_t)n);
			to += n;
		}
	}
	*to = '\0';
	(void)trim_edges(s);
}

char *
text_bare(struct arena *a, const char *s)
{
	char *out = text_fold(a, s);
	size_t len = strlen(out), n;
	uint8_t *apart;

	if (!text_is_ascii(out, len)) {
		apart = need(u8_normalize(UNINORM_NFD, (uint8_t *)out, len, NULL, &n));
		out = arena_strndup(a, (char *)apart, n);
		free(apart);
	}
	bare(out);
	return out;
}

/* ---- domains ------------------------------------------------------------ */

static bool
is_letter_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Labels of a lower-case ASCII domain. */
static bool
labels_are_good(const char *s, size_t len)
{
	size_t i, start = 0;

	if (len == 0 || len > 253)
		return false;
	for (i = 0; i <= len; i++) {
		if (i < len && s[i] != '.') {
			if (!is_letter_digit(s[i]) && s[i] != '-')
				return false;
			continue;
		}
		if (i == start || i - start > 63 || s[start] == '-' || s[i - 1] == '-')
			return false;
		start = i + 1;
	}
	return true;
}

char *
text_domain_ascii(struct arena *a, const char *s, size_t len)
{
	char *out, *ascii = NULL;

	/* the mapping of the library would drop what cannot be seen */
	if (len == 0 || len > 1024 || !text_is_visible(s, len))
		return NULL;
	out = lower_ascii(a, s, len);
	/* an "xn--" that somebody else made is checked too */
	if (!text_is_ascii(s, len) || strstr(out, "xn--") != NULL) {
		if (idn2_to_ascii_8z(out, &ascii,
		    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
			return NULL;
		out = lower_ascii(a, ascii, strlen(ascii));
		idn2_free(ascii);
		len = strlen(out);
	}
	return labels_are_good(out, len) ? out : NULL;
}
