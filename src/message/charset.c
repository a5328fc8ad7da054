/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "message/charset.h"
#include "words/text.h"

#define NAME_MAX_LEN 40

/* What we hand to iconv.  Where mail says one thing and means a larger one
 * (latin-1 for windows-1252), the larger one is here. */
static const char *const known[] = {
	"WINDOWS-1252", "WINDOWS-1251", "KOI8-R", "GB18030",    /* guessed at */
	"ISO-2022-JP", "EUC-JP-MS",
	"KOI8-U", "KOI8-T", "WINDOWS-1250", "WINDOWS-1253", "WINDOWS-1254",
	"WINDOWS-1255", "WINDOWS-1256", "WINDOWS-1257", "WINDOWS-1258",
	"ISO-8859-2", "ISO-8859-3", "ISO-8859-4", "ISO-8859-5", "ISO-8859-6",
	"ISO-8859-7", "ISO-8859-8", "ISO-8859-10", "ISO-8859-13", "ISO-8859-14",
	"ISO-8859-15", "ISO-8859-16", "CP874", "CP437", "CP850", "CP852",
	"CP866", "MACINTOSH", "MAC-CYRILLIC", "CP932", "EUC-JP",
	"ISO-2022-KR", "UHC", "BIG5-HKSCS", "UTF-7", "UTF-16", "UTF-16BE",
	"UTF-16LE", "UTF-32", "UTF-32BE", "UTF-32LE", "VISCII", "ARMSCII-8",
	"GEORGIAN-PS", "TCVN", "CP855", "CP1125",
};

#define KNOWN (sizeof known / sizeof known[0])
enum { WESTERN, CYRILLIC, KOI8, CHINESE, JAPANESE_7, JAPANESE_EUC };      /* places in known[] */

/* Names as mail has them, letters and digits only, lower case. */
static const struct {
	const char *name, *is;
} aliases[] = {
	{ "latin1", "WINDOWS-1252" }, { "iso88591", "WINDOWS-1252" },
	{ "88591", "WINDOWS-1252" }, { "l1", "WINDOWS-1252" },
	{ "isoir100", "WINDOWS-1252" }, { "iso885911", "CP874" },
	{ "tis620", "CP874" }, { "cp1252", "WINDOWS-1252" },
	{ "iso88598i", "ISO-8859-8" }, { "iso88598e", "ISO-8859-8" },
	{ "iso88599", "WINDOWS-1254" }, { "latin5", "WINDOWS-1254" },
	{ "latin2", "ISO-8859-2" }, { "latin9", "ISO-8859-15" },
	{ "latin0", "ISO-8859-15" }, { "cyrillic", "ISO-8859-5" },
	{ "greek", "ISO-8859-7" }, { "hebrew", "ISO-8859-8" },
	{ "arabic", "ISO-8859-6" }, { "koi8", "KOI8-R" }, { "koi8ru", "KOI8-U" },
	{ "cskoi8r", "KOI8-R" }, { "xcp1251", "WINDOWS-1251" },
	{ "win1251", "WINDOWS-1251" }, { "shiftjis", "CP932" },
	{ "sjis", "CP932" }, { "xsjis", "CP932" }, { "mskanji", "CP932" },
	{ "windows31j", "CP932" }, { "cswindows31j", "CP932" },
	{ "windows932", "CP932" }, { "eucjp", "EUC-JP" }, { "xeucjp", "EUC-JP" },
	{ "iso2022jp2", "ISO-2022-JP" }, { "csiso2022jp", "ISO-2022-JP" },
	{ "iso2022jpms", "ISO-2022-JP" }, { "gb2312", "GB18030" },
	{ "gbk", "GB18030" }, { "gb231280", "GB18030" }, { "xgbk", "GB18030" },
	{ "cp936", "GB18030" }, { "ms936", "GB18030" }, { "windows936", "GB18030" },
	{ "euccn", "GB18030" }, { "xeuccn", "GB18030" }, { "csgb2312", "GB18030" },
	{ "big5", "BIG5-HKSCS" }, { "cnbig5", "BIG5-HKSCS" },
	{ "xxbig5", "BIG5-HKSCS" }, { "cp950", "BIG5-HKSCS" },
	{ "euckr", "UHC" }, { "ksc56011987", "UHC" }, { "ksc5601", "UHC" },
	{ "ksc56011989", "UHC" }, { "korean", "UHC" }, { "windows949", "UHC" },
	{ "xwindows949", "UHC" }, { "ks", "UHC" }, { "unicode11utf7", "UTF-7" },
	{ "xunicode20utf7", "UTF-7" }, { "unicode20utf7", "UTF-7" },
	{ "ucs2", "UTF-16" }, { "unicode", "UTF-16" }, { "mac", "MACINTOSH" },
	{ "macroman", "MACINTOSH" }, { "xmacroman", "MACINTOSH" },
	{ "xmaccyrillic", "MAC-CYRILLIC" }, { "windows874", "CP874" },
	{ "ibm437", "CP437" }, { "ibm850", "CP850" }, { "ibm852", "CP852" },
	{ "ibm866", "CP866" }, { "dos866", "CP866" }, { "ibm855", "CP855" },
	{ "tcvn57121", "TCVN" }, { "tcvn5712", "TCVN" },
};

struct charsets {
	iconv_t cd[KNOWN];      /* (iconv_t)-1: this system lacks it */
};

struct charsets *
charsets_new(void)
{
	struct charsets *set = mem_alloc(sizeof *set);
	size_t i;

	for (i = 0; i < KNOWN; i++)
		set->cd[i] = iconv_open("UTF-8", known[i]);
	return set;
}

void
charsets_free(struct charsets **setp)
{
	size_t i;

	if (*setp == NULL)
		return;
	for (i = 0; i < KNOWN; i++)
		if ((*setp)->cd[i] != (iconv_t)-1)
			(void)iconv_close((*setp)->cd[i]);
	free(*setp);
	*setp = NULL;
}

/* ---- names -------------------------------------------------------------- */

static void
squeeze(char out[NAME_MAX_LEN], const char *name)
{
	size_t n = 0;

	for (; *name != '\0' && n < NAME_MAX_LEN - 1; name++)
		if (isalnum((unsigned char)*name))
			out[n++] = (char)tolower((unsigned char)*name);
	out[n] = '\0';
}

static int
place_of(const char *want)
{
	char squeezed[NAME_MAX_LEN];
	size_t i;

	for (i = 0; i < KNOWN; i++) {
		squeeze(squeezed, known[i]);
		if (strcmp(squeezed, want) == 0)
			return (int)i;
	}
	return -1;
}

/* "cp1251", "x-cp1251", "windows1251", "microsoft-cp1251" are all the same. */
static int
place_of_codepage(const char *want)
{
	const char *digits = want + strcspn(want, "0123456789");
	char name[NAME_MAX_LEN];

	if (strlen(digits) != 4 || strncmp(digits, "125", 3) != 0)
		return -1;
	strcpy(name, "windows");
	strcat(name, digits);
	return place_of(name);
}

static int
find(const char *name)
{
	char want[NAME_MAX_LEN], squeezed[NAME_MAX_LEN];
	size_t i;
	int place;

	squeeze(want, name);
	for (i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
		if (strcmp(aliases[i].name, want) == 0) {
			squeeze(squeezed, aliases[i].is);
			return place_of(squeezed);
		}
	place = place_of(want);
	return place >= 0 ? place : place_of_codepage(want);
}

static bool
is_unicode_8(const char *name)
{
	char want[NAME_MAX_LEN];

	squeeze(want, name);
	return strncmp(want, "utf8", 4) == 0 || strcmp(want, "utf") == 0 ||
	    strcmp(want, "unicode11utf8") == 0 || strcmp(want, "xutf8") == 0;
}

/* ---- conversion --------------------------------------------------------- */

/* One call of iconv; what cannot be converted becomes one U+FFFD. */
static bool
convert_some(iconv_t cd, char **in, size_t *left, struct buf *out)
{
	char *to;
	size_t room, before, done;

	buf_reserve(out, *left * 2 + 64);
	to = out->data + out->len;
	room = before = *left * 2 + 64;
	done = iconv(cd, in, left, &to, &room);
	out->len += before - room;
	out->data[out->len] = '\0';
	if (done != (size_t)-1 || errno == E2BIG)
		return done == (size_t)-1;
	buf_addstr(out, "\xef\xbf\xbd");
	if (errno != EILSEQ || *left == 0)
		return false;
	(*in)++;
	(*left)--;
	return *left > 0;
}

/* What a charset that composes letters (windows-1258, TCVN) still holds. */
static void
convert_end(iconv_t cd, struct buf *out)
{
	char *to;
	size_t room = 64;

	buf_reserve(out, room);
	to = out->data + out->len;
	(void)iconv(cd, NULL, NULL, &to, &room);
	out->len += 64 - room;
	out->data[out->len] = '\0';
}

static void
convert(iconv_t cd, const char *bytes, size_t len, struct buf *out)
{
	char *in = (char *)(uintptr_t)bytes;
	size_t left = len;

	if (cd == (iconv_t)-1) {
		buf_addstr(out, "\xef\xbf\xbd");
		return;
	}
	(void)iconv(cd, NULL, NULL, NULL, NULL);
	while (left > 0 && convert_some(cd, &in, &left, out))
		;
	convert_end(cd, out);
}

/* 7-bit Japanese, with what its standard leaves out and every mail program
 * writes: circled digits and their kin (JIS X 0208 row 13), kana of half
 * width.  Taken apart by its escapes and put together as EUC, which has them. */
static void
convert_2022_jp(iconv_t euc, const char *bytes, size_t len, struct buf *out)
{
	struct buf high = BUF_INIT;
	const char *p = bytes, *end = bytes + len;
	enum { ASCII, KANJI, KANJI_2, KANA } set = ASCII;

	for (; p < end; p++) {
		if (*p == 033 && end - p >= 3) {
			set = p[1] == '$' ? KANJI : p[1] == '(' && p[2] == 'I' ? KANA : ASCII;
			if (p[1] == '$' && p[2] == '(' && end - p >= 4) {
				set = p[3] == 'D' ? KANJI_2 : KANJI;
				p++;
			}
			p += 2;
		} else if (*p == '\n') {
			set = ASCII;            /* each line begins so */
			buf_addch(&high, *p);
		} else if (set == ASCII || (unsigned char)*p <= ' ') {
			buf_addch(&high, *p);
		} else if (set == KANA) {
			buf_addch(&high, (char)0x8e);
			buf_addch(&high, (char)(*p | 0x80));
		} else if (p + 1 < end) {
			if (set == KANJI_2)
				buf_addch(&high, (char)0x8f);
			buf_addch(&high, (char)(*p++ | 0x80));
			buf_addch(&high, (char)(*p | 0x80));
		}
	}
	convert(euc, high.data, high.len, out);
	buf_free(&high);
}

/* ---- guessing ----------------------------------------------------------- */

struct tally {
	size_t high, letters;   /* bytes */
	size_t words_high;      /* runs of two or more high bytes */
	size_t odd_runs;
	size_t c0, e0;          /* 0xC0-0xDF, 0xE0-0xFF */
	size_t lead, trail_low; /* for two-byte Chinese */
};

static void
count_run(struct tally *t, const unsigned char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		t->c0 += p[i] >= 0xc0 && p[i] < 0xe0;
		t->e0 += p[i] >= 0xe0;
		if (i % 2 == 0)
			t->lead += p[i] >= 0xb0 && p[i] <= 0xd7;
		else
			t->trail_low += p[i] >= 0xa1 && p[i] < 0xc0;
	}
	t->high += n;
	t->words_high += n >= 2;
	t->odd_runs += n % 2;
}

/* Words of ASCII letters only say nothing and are not counted. */
static void
take_tally(struct tally *t, const char *bytes, size_t len)
{
	const unsigned char *p = (const unsigned char *)bytes, *end = p + len, *q;
	size_t letters = 0;
	bool high = false;

	memset(t, 0, sizeof *t);
	for (; p < end; p = q) {
		for (q = p; q < end && *q >= 0x80; q++)
			;
		if (q > p) {
			count_run(t, p, (size_t)(q - p));
			high = true;
			continue;
		}
		q = p + 1;
		if (isalpha(*p)) {
			letters++;
			continue;
		}
		t->letters += high ? letters : 0;
		letters = 0;
		high = false;
	}
	t->letters += high ? letters : 0;
}

/* Which of our few favourites such bytes most likely are.  Alphabets beyond
 * Latin have nearly all their letters above 0x80; in windows-1251 the small
 * letters, which are most, are 0xE0-0xFF, in KOI8 they are 0xC0-0xDF. */
static int
favourite(const char *bytes, size_t len)
{
	struct tally t;

	take_tally(&t, bytes, len);
	if (t.odd_runs == 0 && t.high >= 8 && t.lead * 10 >= t.high * 3 &&
	    t.trail_low * 10 >= t.high)
		return CHINESE;
	if (t.high < 3 || t.high * 2 < t.letters || t.words_high == 0 ||
	    (t.c0 + t.e0) * 10 < t.high * 8)
		return WESTERN;
	return t.c0 > t.e0 ? KOI8 : CYRILLIC;
}

/* Nearly all of it is UTF-8, so that the rest is damage and not a charset. */
static bool
is_damaged_utf8(const char *bytes, size_t len)
{
	const unsigned char *p = (const unsigned char *)bytes, *end = p + len;
	size_t good = 0, bad = 0, n, i;

	while (p < end) {
		if (*p < 0x80) {
			p++;
			continue;
		}
		n = *p >= 0xf0 && *p < 0xf5 ? 4 : *p >= 0xe0 ? 3 : *p >= 0xc2 ? 2 : 0;
		for (i = 1; i < n && p + i < end && (p[i] & 0xc0) == 0x80; i++)
			;
		if (n > 0 && i == n)
			good++;
		else if (p + i < end || n == 0)
			bad++;          /* cut off at the end is no mistake */
		p += n > 0 && i == n ? n : 1;
	}
	return good > bad * 2;
}

void
charset_guess(struct charsets *set, const char *hint, const char *bytes,
    size_t len, struct buf *out)
{
	int place;

	if (text_is_utf8(bytes, len) || is_damaged_utf8(bytes, len)) {
		buf_add(out, bytes, len);       /* who cleans it marks the bad bytes */
		return;
	}
	place = hint == NULL ? -1 : find(hint);
	/* latin-1 is what programs say that do not know; and 7-bit Japanese has no
	 * high bytes, so that they are in the other Japanese charset */
	if (place == WESTERN)
		place = -1;
	else if (place == JAPANESE_7)
		place = find("shiftjis");
	if (place < 0)
		place = favourite(bytes, len);
	convert(set->cd[place], bytes, len, out);
}

/* True when ASCII bytes mean ASCII in it; false may be wrong. */
static bool
keeps_ascii(const char *name)
{
	static const char *const prefixes[] = {
		"us-ascii", "utf-8", "iso-8859-", "windows-125", "koi8-"
	};
	size_t i;

	for (i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
		if (strncasecmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

void
charset_decode(struct charsets *set, const char *name, const char *bytes,
    size_t len, struct buf *out)
{
	int place;

	if ((name == NULL || keeps_ascii(name)) && text_is_ascii(bytes, len))
		buf_add(out, bytes, len);
	else if (name == NULL || is_unicode_8(name) || (place = find(name)) < 0)
		charset_guess(set, NULL, bytes, len, out);
	else if (place == JAPANESE_7 && set->cd[JAPANESE_EUC] != (iconv_t)-1)
		convert_2022_jp(set->cd[JAPANESE_EUC], bytes, len, out);
	else
		convert(set->cd[place], bytes, len, out);
}
