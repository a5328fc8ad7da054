/* SPDX-License-Identifier: ISC */
/*
 * What the person wrote is what is left when lines are taken off one by one:
 * quoted ones wherever they are, the line that introduces a quote, and from
 * the first of these on everything: a signature mark, a quoted header, "original
 * message" between dashes, an introduction without quoted lines after it.
 * A line goes only when it is known to be a program's and not a person's.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "message/phrases.h"
#include "message/reader.h"

#define LINES_MAX 5000
#define INTRO_LINES 4           /* an introduction may be wrapped over so many */
#define INTRO_MAX 400           /* octets of it */

struct line {
	const char *text;
	size_t len;
	bool blank, quoted;
};

struct lines {
	struct line *line;
	size_t count;
};

/* ---- lines -------------------------------------------------------------- */

static const char *
skip_unseen(const char *p, const char *end)
{
	for (;;) {
		if (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
			p++;
		else if (end - p >= 2 && memcmp(p, "\xc2\xa0", 2) == 0)
			p += 2;
		else if (end - p >= 3 && (memcmp(p, "\xe2\x80\x8b", 3) == 0 ||
		    memcmp(p, "\xef\xbb\xbf", 3) == 0 ||
		    memcmp(p, "\xe2\x80\x8e", 3) == 0 ||
		    memcmp(p, "\xe2\x80\x8f", 3) == 0))
			p += 3;
		else
			return p;
	}
}

static void
classify(struct line *l)
{
	const char *end = l->text + l->len, *p = skip_unseen(l->text, end);

	l->blank = p == end;
	l->quoted = !l->blank && (*p == '>' ||
	    (end - p >= 4 && memcmp(p, "&gt;", 4) == 0));
}

static void
split(struct lines *out, struct arena *arena, const char *text, size_t len)
{
	const char *p = text, *end = text + len, *eol;
	size_t count = 1;

	for (p = text; count < LINES_MAX && p < end &&
	    (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
		count++;
	out->line = arena_alloc(arena, count * sizeof out->line[0]);
	out->count = 0;
	for (p = text; p < end && out->count < count; p = eol + 1) {
		struct line *l = &out->line[out->count++];

		eol = memchr(p, '\n', (size_t)(end - p));
		if (eol == NULL)
			eol = end;
		l->text = p;
		l->len = (size_t)(eol - p);
		classify(l);
	}
}

/* The place of the next line from I on that is not blank; COUNT if none is. */
static size_t
next_full(const struct lines *t, size_t i)
{
	while (i < t->count && t->line[i].blank)
		i++;
	return i;
}

static size_t
fold(const struct lines *t, size_t i, char out[FOLD_MAX])
{
	return fold_line(out, t->line[i].text, t->line[i].len);
}

/* ---- lines of one sign -------------------------------------------------- */

/* RFC 3676 says "-- "; what is about is also "--", "—", "- --" and "__". */
static bool
is_signature_mark(const char *f)
{
	return strcmp(f, "--") == 0 || strcmp(f, "\xe2\x80\x94") == 0 ||
	    strcmp(f, "- --") == 0 || strcmp(f, "__") == 0 ||
	    strcmp(f, "\xe2\x80\x94\xe2\x80\x94") == 0 ||
	    strcmp(f, "\xe2\x80\x93\xe2\x80\x93") == 0 ||
	    strcmp(f, "\xe2\x80\x93") == 0;
}

/* A line of nothing but N or more of C. */
static bool
is_rule(const char *f, const char *signs, size_t n)
{
	size_t len = strlen(f);

	return len >= n && strspn(f, signs) == len;
}

/* "----- words -----": the words, trimmed, in place; or NULL. */
static char *
between_dashes(char *f)
{
	size_t left = strspn(f, "-_=# >"), len = strlen(f), right = len;

	while (right > left && strchr("-_=# ", f[right - 1]) != NULL)
		right--;
	if (left < 2 || right <= left || len - right < 2)
		return NULL;
	f[right] = '\0';
	return f + left;
}

/* ---- evidence in an introduction ---------------------------------------- */

static bool
has_time(const char *f)
{
	const char *p;

	for (p = f; *p != '\0'; p++)
		if (isdigit((unsigned char)*p) &&
		    (p[1] == ':' || p[1] == '.' || p[1] == 'h') &&
		    isdigit((unsigned char)p[2]) && isdigit((unsigned char)p[3]) &&
		    !isdigit((unsigned char)p[4]))
			return true;
	return false;
}

/* A year, or numbers with the signs of a date between. */
static bool
has_date(const char *f)
{
	const char *p;
	size_t n;

	for (p = f; *p != '\0'; p += n > 0 ? n : 1) {
		n = strspn(p, "0123456789");
		if (n == 4 && (memcmp(p, "19", 2) == 0 || memcmp(p, "20", 2) == 0))
			return true;
		if (n > 0 && n <= 2 && (p[n] == '/' || p[n] == '.' || p[n] == '-') &&
		    isdigit((unsigned char)p[n + 1]) &&
		    (strspn(p + n + 1, "0123456789") <= 2) && strchr("/.-",
		    p[n + 1 + strspn(p + n + 1, "0123456789")]) != NULL &&
		    p[n + 1 + strspn(p + n + 1, "0123456789")] != '\0')
			return true;
	}
	return false;
}

static bool
has_address(const char *f)
{
	const char *at = strchr(f, '@');

	return (at != NULL && at > f && isgraph((unsigned char)at[1])) ||
	    strstr(f, "mailto:") != NULL;
}

/* The first digit comes soon, as in "чт, 26 нояб. 2020" or "2012/4/2". */
static bool
begins_with_date(const char *f)
{
	size_t n = strcspn(f, "0123456789");

	return f[n] != '\0' && n <= 24 && (has_date(f) || has_time(f));
}

static bool
begins_introduction(const char *f)
{
	return phrase_on(f) || begins_with_date(f) || has_address(f) ||
	    (strchr(f, ':') != NULL && phrase_wrote(f));
}

enum intro { NO_INTRO, WEAK_INTRO, STRONG_INTRO };

/* STRONG stands by itself, WEAK only with quoted lines after it. */
static enum intro
weigh(const char *f)
{
	size_t len = strlen(f), trimmed = len;
	bool colon, verb, time, date, address;

	while (trimmed > 0 && strchr("- _>\"", f[trimmed - 1]) != NULL)
		trimmed--;
	if (trimmed == 0)
		return NO_INTRO;
	colon = f[trimmed - 1] == ':';
	time = has_time(f);
	date = has_date(f);
	address = has_address(f);
	if (!colon && !address && !date && !time)
		return NO_INTRO;
	verb = phrase_wrote(f);
	if (colon && verb && (address || time || (date && phrase_on(f))))
		return STRONG_INTRO;
	if (colon && address && (time || date))
		return STRONG_INTRO;
	if (verb && (address || date) && time)
		return len - trimmed >= 4 ? STRONG_INTRO : WEAK_INTRO;
	if ((colon && (verb || address || date || time)) ||
	    (address && (date || time)) || (verb && date))
		return WEAK_INTRO;
	return NO_INTRO;
}

/* How many lines from I on introduce a quote, 0 if they do not; STRONG says
 * whether everything after them is one even without marks. */
static size_t
introduction(const struct lines *t, size_t i, bool *strong)
{
	char joined[FOLD_MAX * 2], more[FOLD_MAX], *start = joined;
	size_t k, j, len = fold(t, i, joined);
	enum intro kind;
	bool follows;

	start += strspn(joined, "-_ ");
	if (len > INTRO_MAX || !begins_introduction(start))
		return 0;
	for (k = 1; k <= INTRO_LINES; k++) {
		kind = weigh(start);
		j = next_full(t, i + k);
		follows = j < t->count && t->line[j].quoted;
		if (kind == STRONG_INTRO || (kind == WEAK_INTRO && follows)) {
			*strong = kind == STRONG_INTRO;
			return k;
		}
		if (i + k >= t->count || t->line[i + k].blank || t->line[i + k].quoted)
			return 0;
		len = strlen(joined);
		if (len + fold(t, i + k, more) + 2 > INTRO_MAX)
			return 0;
		joined[len] = ' ';
		strcpy(joined + len + 1, more);
	}
	return 0;
}

/* ---- quoted headers ----------------------------------------------------- */

/* From I on there is a header as programs put it above a quoted mail. */
static bool
is_quoted_header(const struct lines *t, size_t i, const char *first)
{
	bool seen[QUOTED_OTHER + 1] = { false };
	enum quoted_field field = phrase_field(first);
	char f[FOLD_MAX];
	size_t n, other = 0, kinds = 0;
	bool evidence = false;

	if (field == QUOTED_NONE)
		return false;
	for (n = 0; n < 14 && i < t->count && other < 3; n++, i++) {
		if (t->line[i].blank || t->line[i].quoted) {
			other++;
			continue;
		}
		(void)fold(t, i, f);
		field = phrase_field(f);
		if (field == QUOTED_NONE) {
			other++;
			continue;
		}
		other = 0;
		evidence = evidence || has_address(f) || has_date(f) || has_time(f);
		if (!seen[field]) {
			seen[field] = true;
			kinds++;
		}
	}
	if (!seen[QUOTED_FROM] && !seen[QUOTED_SENT])
		return false;
	return kinds >= 4 || (kinds == 3 && (evidence || seen[QUOTED_SUBJECT])) ||
	    (kinds == 2 && evidence && seen[QUOTED_FROM]);
}

/* ---- the parts that end what was written -------------------------------- */

static bool
is_end(const struct lines *t, size_t i, char *f)
{
	char next[FOLD_MAX], *words;
	size_t j;

	if (is_signature_mark(f) || is_quoted_header(t, i, f) ||
	    phrase_original_line(f) || phrase_reply_above(f))
		return true;
	if (is_rule(f, "_", 5))
		return true;
	if (is_rule(f, "-=_~\xe2\x80\x94\x93\x95\x81", 4)) {
		j = next_full(t, i + 1);
		if (j >= t->count)
			return true;
		(void)fold(t, j, next);
		return is_quoted_header(t, j, next) || phrase_original_line(next) ||
		    t->line[j].quoted;
	}
	if ((*f == '-' || *f == '_' || *f == '=' || *f == '#') &&
	    (words = between_dashes(f)) != NULL)
		return phrase_original(words) || phrase_reply_above(words) ||
		    (words - f >= 5 && strlen(words) < 60);
	return false;
}

static void
keep(struct buf *out, const struct line *l)
{
	buf_add(out, l->text, l->len);
	buf_addch(out, '\n');
}

/* A line that only a telephone writes, and the link some put under it. */
static size_t
telephone_lines(const struct lines *t, size_t i, const char *f)
{
	char next[FOLD_MAX];
	size_t n = 1;

	if (!phrase_sent_from(f))
		return 0;
	if (i + 1 < t->count && !t->line[i + 1].blank && !t->line[i + 1].quoted) {
		(void)fold(t, i + 1, next);
		if (next[0] == '<' || strncmp(next, "http", 4) == 0 ||
		    strncmp(next, "(http", 5) == 0)
			n++;
	}
	return n;
}

static void
read_lines(const struct lines *t, struct buf *out)
{
	char f[FOLD_MAX];
	bool strong = false;
	size_t i, j, n;

	for (i = 0; i < t->count; i++) {
		const struct line *l = &t->line[i];

		if (l->quoted)
			continue;
		if (l->blank) {
			buf_addch(out, '\n');
			continue;
		}
		(void)fold(t, i, f);
		n = introduction(t, i, &strong);
		if (n > 0) {
			j = next_full(t, i + n);
			if (j >= t->count || !t->line[j].quoted)
				return;
			i += n - 1;
			continue;
		}
		n = telephone_lines(t, i, f);
		if (n > 0) {
			i += n - 1;
			continue;
		}
		if (is_end(t, i, f))
			return;
		keep(out, l);
	}
}

char *
reader_own_words(struct arena *arena, const char *text, size_t len)
{
	struct lines lines;
	struct buf out = BUF_INIT;
	const char *p, *end;
	char *own;

	split(&lines, arena, text, len);
	read_lines(&lines, &out);
	p = out.data;
	end = p + out.len;
	while (p < end && isspace((unsigned char)*p))
		p++;
	while (end > p && isspace((unsigned char)end[-1]))
		end--;
	own = arena_strndup(arena, p, (size_t)(end - p));
	buf_free(&out);
	return own;
}
