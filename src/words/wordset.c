/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <unistr.h>

#include "base/buf.h"
#include "words/wordset.h"

/* Signs that are none: any that the expressions do not have, and the end. */
#define OTHER 0
#define END 1

/* Signs that most texts are made of have a place of their own: ASCII and the
 * Cyrillic ones of two octets. */
#define COMMON 256
#define CYRILLIC 0x400

/* Signs sorted by number, each once. */
struct signs {
	ucs4_t *list;
	size_t count;
};

/* One alternative of an expression. */
struct unit {
	struct meaning meaning;
	char *expression;
	struct signs signs;             /* it is written with, in lower case */
	bool wild;                      /* it may match other signs, too */
};

/* All alternatives that can match a text with these first two signs. */
struct bucket {
	uint64_t signs;
	struct pattern *pattern;
	struct meaning *meanings;       /* of mark 0, 1 ... */
	struct buf *parts;              /* of each, until finished */
	size_t count;
	unsigned char third[COMMON / 8];        /* the common signs that may follow */
};

struct wordset {
	struct unit *units;             /* until finished */
	size_t unit_count, unit_room;
	struct signs signs;             /* of all units */
	struct bucket *buckets;         /* sorted */
	size_t bucket_count;
	/* of each pair of common signs the place of its bucket, from 1; 0: none */
	uint16_t begins[COMMON][COMMON];
};

struct wordset *
wordset_new(void)
{
	return mem_alloc(sizeof(struct wordset));
}

static void
free_units(struct wordset *w)
{
	size_t i;

	for (i = 0; i < w->unit_count; i++) {
		free(w->units[i].expression);
		free(w->units[i].signs.list);
	}
	free(w->units);
	w->units = NULL;
	w->unit_count = w->unit_room = 0;
}

void
wordset_free(struct wordset **wp)
{
	struct wordset *w = *wp;
	size_t i;

	if (w == NULL)
		return;
	free_units(w);
	for (i = 0; i < w->bucket_count; i++) {
		pattern_free(&w->buckets[i].pattern);
		free(w->buckets[i].meanings);
	}
	free(w->buckets);
	free(w->signs.list);
	free(w);
	*wp = NULL;
}

/* ---- signs --------------------------------------------------------------- */

static bool
is_sound(ucs4_t c)
{
	if (c < 0x80)
		return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9');
	return (c >= 0x400 && c < 0x482) || uc_is_general_category_withtable(c,
	    UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_N);
}

static bool
is_digit(ucs4_t c)
{
	return c >= '0' && c <= '9';
}

static ucs4_t
small(ucs4_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c < 0x80 ? c : uc_tolower(c);
}

/* Where SIGN is or belongs. */
static size_t
sign_place(const struct signs *s, ucs4_t sign)
{
	size_t low = 0, high = s->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->list[middle] < sign)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
has_sign(const struct signs *s, ucs4_t sign)
{
	size_t at = sign_place(s, sign);

	return at < s->count && s->list[at] == sign;
}

static void
add_sign(struct signs *s, ucs4_t sign)
{
	size_t at = sign_place(s, sign);

	if (has_sign(s, sign))
		return;
	s->list = mem_realloc(s->list, s->count + 1, sizeof *s->list);
	memmove(s->list + at + 1, s->list + at, (s->count - at) * sizeof *s->list);
	s->list[at] = sign;
	s->count++;
}

/* ---- taking in ----------------------------------------------------------- */

enum status
wordset_check(const char *expression, const char *where, struct reason *why)
{
	struct pattern *p = NULL;
	const char *s = expression;
	enum status st;
	char *whole;

	if (*expression == '\0')
		return fail(why, INVALID, "%s: a pattern is missing at its end", where);
	for (; (s = strstr(s, "(?")) != NULL; s += 2)
		if (s[2] == 'P' || s[2] == '\'' ||
		    (s[2] == '<' && s[3] != '=' && s[3] != '!'))
			return fail(why, INVALID, "%s: groups with names cannot be "
			    "used here; write (...)", where);
	whole = mem_printf("(?n)^(?:%s)$", expression);
	/* alone first, so that the place of a mistake is right */
	st = pattern_new(&p, expression, true, where, why);
	pattern_free(&p);
	if (st == OK)
		st = pattern_new(&p, whole, true, where, why);
	if (st == OK && pattern_match(p, "", 0, NULL, 0))
		st = fail(why, INVALID, "%s: all of the pattern may be left out; "
		    "make a part of it obligatory", where);
	pattern_free(&p);
	free(whole);
	return st;
}

/* The end of the alternative that begins at S. */
static const char *
alternative_end(const char *s)
{
	bool class = false;
	int depth = 0;

	for (; *s != '\0'; s++) {
		if (*s == '\\' && s[1] != '\0')
			s++;
		else if (class)
			class = *s != ']';
		else if (*s == '[')
			class = true;
		else if (*s == '(')
			depth++;
		else if (*s == ')')
			depth--;
		else if (*s == '|' && depth == 0)
			break;
	}
	return s;
}

/* All that is in an expression is taken for a sign, operators too: that costs
 * a question more and changes no answer. */
static void
add_unit(struct wordset *w, const struct meaning *m, const char *s, size_t len)
{
	struct unit *u;
	const uint8_t *p;
	ucs4_t c;

	if (w->unit_count == w->unit_room) {
		w->unit_room = w->unit_room == 0 ? 64 : w->unit_room * 2;
		w->units = mem_realloc(w->units, w->unit_room, sizeof *w->units);
	}
	u = &w->units[w->unit_count++];
	*u = (struct unit){ .meaning = *m, .expression = mem_strndup(s, len) };
	u->wild = strpbrk(u->expression, "\\.^-") != NULL;
	for (p = (const uint8_t *)u->expression; *p != '\0'; ) {
		p += u8_mbtouc(&c, p, 4);
		add_sign(&u->signs, small(c));
		add_sign(&w->signs, small(c));
	}
}

void
wordset_add(struct wordset *w, const struct meaning *m, const char *expression)
{
	const char *end;

	for (;; expression = end + 1) {
		end = alternative_end(expression);
		add_unit(w, m, expression, (size_t)(end - expression));
		if (*end == '\0')
			return;
	}
}

/* ---- sorting by the first two signs ---------------------------------------- */

static uint64_t
pair(ucs4_t first, ucs4_t second)
{
	return (uint64_t)first << 32 | second;
}

static size_t
place(const struct wordset *w, uint64_t signs)
{
	size_t low = 0, high = w->bucket_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (w->buckets[middle].signs < signs)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct bucket *
find_bucket(const struct wordset *w, uint64_t signs)
{
	size_t at = place(w, signs);

	return at < w->bucket_count && w->buckets[at].signs == signs ?
	    &w->buckets[at] : NULL;
}

static struct bucket *
need_bucket(struct wordset *w, uint64_t signs)
{
	size_t at = place(w, signs);

	if (find_bucket(w, signs) == NULL) {
		w->buckets = mem_realloc(w->buckets, w->bucket_count + 1,
		    sizeof *w->buckets);
		memmove(w->buckets + at + 1, w->buckets + at,
		    (w->bucket_count - at) * sizeof *w->buckets);
		w->buckets[at] = (struct bucket){ .signs = signs };
		w->bucket_count++;
	}
	return &w->buckets[at];
}

static void
put_in(struct bucket *b, const struct unit *u)
{
	size_t i;

	for (i = 0; i < b->count; i++)
		if (memcmp(&b->meanings[i], &u->meaning, sizeof u->meaning) == 0)
			break;
	if (i == b->count) {
		b->count++;
		b->meanings = mem_realloc(b->meanings, b->count, sizeof *b->meanings);
		b->parts = mem_realloc(b->parts, b->count, sizeof *b->parts);
		b->meanings[i] = u->meaning;
		buf_init(&b->parts[i]);
	}
	buf_addf(&b->parts[i], "%s%s", b->parts[i].len > 0 ? "|" : "", u->expression);
}

/* How a match may go on after these signs; for OTHER, after any strange one. */
static enum pattern_reach
reach(const struct pattern *p, const ucs4_t sign[3])
{
	/* signs that no words file is likely to have */
	static const ucs4_t strange[] = { 0x250, 0x4e00, '7', '!', 0xa7, '\t' };
	enum pattern_reach best = PATTERN_NONE, one;
	size_t i, other = 0;
	uint8_t text[18];
	int n = 0;

	while (other < 3 && sign[other] != OTHER)
		other++;
	for (i = 0; other < 3 && i < sizeof strange / sizeof strange[0]; i++) {
		ucs4_t now[3] = { sign[0], sign[1], sign[2] };

		now[other] = strange[i];
		one = other > 0 || is_sound(strange[i]) ? reach(p, now) :
		    PATTERN_NONE;
		best = one > best ? one : best;
	}
	if (other < 3)
		return best;
	for (i = 0; i < 3 && sign[i] != END; i++)
		n += u8_uctomb(text + n, sign[i], 6);
	return pattern_reaches(p, (const char *)text, (size_t)n);
}

/* The signs to ask about: all there are, then the two that are none. */
static ucs4_t
candidate(const struct wordset *w, size_t i)
{
	return i < w->signs.count ? w->signs.list[i] :
	    i == w->signs.count ? END : OTHER;
}

static bool
is_worth_asking(const struct unit *u, ucs4_t sign)
{
	return u->wild || sign == END || sign == OTHER || has_sign(&u->signs, sign);
}

/* The sign whose place is I. */
static ucs4_t
common(unsigned i)
{
	return i < 0x80 ? i : CYRILLIC + i - 0x80;
}

static ucs4_t
known_sign(const struct wordset *w, ucs4_t c)
{
	c = small(c);
	return has_sign(&w->signs, c) ? c : OTHER;
}

/* Which signs may follow the two of B, in a match of U; ALL: any. */
static void
note_third(struct wordset *w, struct bucket *b, const struct unit *u,
    const struct pattern *p, ucs4_t first, ucs4_t second, bool all)
{
	bool *may = mem_alloc((w->signs.count + 2) * sizeof *may);
	unsigned i;
	size_t at;

	for (at = 0; at < w->signs.count + 2; at++) {
		ucs4_t third = candidate(w, at);

		may[at] = all || (third != END && is_worth_asking(u, third) &&
		    reach(p, (ucs4_t[]){ first, second, third }) != PATTERN_NONE);
	}
	for (i = 0; i < COMMON; i++) {
		ucs4_t c = known_sign(w, common(i));

		if (may[c == OTHER ? w->signs.count + 1 : sign_place(&w->signs, c)])
			b->third[i / 8] |= (unsigned char)(1 << i % 8);
	}
	free(may);
}

static void
sort_unit(struct wordset *w, const struct unit *u, const struct pattern *p)
{
	size_t i, j;

	for (i = 0; i < w->signs.count + 2; i++) {
		ucs4_t first = candidate(w, i);
		enum pattern_reach far, further;

		if (first == END || (first != OTHER && !is_sound(first)) ||
		    !is_worth_asking(u, first))
			continue;
		far = reach(p, (ucs4_t[]){ first, END, END });
		for (j = 0; far != PATTERN_NONE && j < w->signs.count + 2; j++) {
			ucs4_t second = candidate(w, j);
			struct bucket *b;

			/* a match of one letter may be followed by anything */
			further = far == PATTERN_ALL ? far : !is_worth_asking(u,
			    second) ? PATTERN_NONE :
			    reach(p, (ucs4_t[]){ first, second, END });
			if (further == PATTERN_NONE)
				continue;
			b = need_bucket(w, pair(first, second));
			put_in(b, u);
			note_third(w, b, u, p, first, second,
			    further == PATTERN_ALL || second == END);
		}
	}
}

/* ---- making the patterns ------------------------------------------------- */

/* A mark tells which part matched: a group would cost more, see pattern.h. */
static enum status
make_pattern(struct bucket *b, const char *after, const char *name,
    struct reason *why)
{
	struct buf whole = BUF_INIT;
	enum status st;
	size_t i;

	buf_addstr(&whole, "^(?n)(?:");
	for (i = 0; i < b->count; i++) {
		buf_addf(&whole, "%s(?:%s)(*MARK:%zu)", i > 0 ? "|" : "",
		    b->parts[i].data, i);
		buf_free(&b->parts[i]);
	}
	buf_addf(&whole, ")%s$", after);
	free(b->parts);
	b->parts = NULL;
	st = pattern_new(&b->pattern, whole.data, true, name, why);
	buf_free(&whole);
	return st;
}

static void
note_beginnings(struct wordset *w)
{
	const struct bucket *b;
	unsigned i, j;

	for (i = 0; i < COMMON; i++)
		for (j = 0; is_sound(common(i)) && j < COMMON; j++) {
			b = find_bucket(w, pair(known_sign(w, common(i)),
			    known_sign(w, common(j))));
			if (b != NULL)
				w->begins[i][j] = (uint16_t)(b - w->buckets + 1);
		}
}

enum status
wordset_finish(struct wordset *w, const char *after, const char *name,
    struct reason *why)
{
	enum status st = OK, one;
	size_t i;

	for (i = 0; st == OK && i < w->unit_count; i++) {
		char *whole = mem_printf("^(?n)(?:%s)", w->units[i].expression);
		struct pattern *p = NULL;

		st = pattern_new(&p, whole, true, name, why);
		if (st == OK)
			sort_unit(w, &w->units[i], p);
		pattern_free(&p);
		free(whole);
	}
	for (i = 0; i < w->bucket_count; i++) {
		one = make_pattern(&w->buckets[i], after, name, st == OK ? why : NULL);
		st = st == OK ? one : st;
	}
	if (st == OK && w->bucket_count >= UINT16_MAX)
		st = fail(why, INVALID, "%s: too many different expressions", name);
	if (st == OK)
		note_beginnings(w);
	free_units(w);
	return st;
}

/* ---- use ----------------------------------------------------------------- */

size_t
words_noise(const char *text, size_t len)
{
	size_t at = 0;
	ucs4_t c;
	int n;

	for (; at < len; at += (size_t)n) {
		n = u8_mbtouc(&c, (const uint8_t *)text + at, len - at);
		if (is_sound(c))
			break;
	}
	return at;
}

/* The sign at *TEXT, taken off it. */
static ucs4_t
next_sign(const struct wordset *w, const char **text, size_t *len)
{
	ucs4_t c;
	int n;

	if (*len == 0)
		return END;
	n = u8_mbtouc(&c, (const uint8_t *)*text, *len);
	*text += n;
	*len -= (size_t)n;
	return known_sign(w, c);
}

/* The place of the common sign at TEXT and its length; or -1. */
static int
common_place(const char *text, size_t len, size_t *n)
{
	const unsigned char *s = (const unsigned char *)text;

	if (len >= 1 && s[0] < 0x80) {
		*n = 1;
		return s[0];
	}
	if (len < 2 || (s[0] != 0xd0 && s[0] != 0xd1) || (s[1] & 0xc0) != 0x80)
		return -1;
	*n = 2;
	return 0x80 + (s[0] & 1) * 0x40 + (s[1] & 0x3f);
}

static const struct bucket *
look_up_rare(const struct wordset *w, const char *text, size_t len)
{
	ucs4_t sign = next_sign(w, &text, &len);

	return find_bucket(w, pair(sign, next_sign(w, &text, &len)));
}

/* The bucket that a text with these first signs belongs to; or NULL. */
static const struct bucket *
look_up(const struct wordset *w, const char *text, size_t len)
{
	size_t n, m, k;
	int first = common_place(text, len, &n), second, third;
	const struct bucket *b;

	second = first < 0 ? -1 : common_place(text + n, len - n, &m);
	if (second < 0)
		return look_up_rare(w, text, len);
	if (w->begins[first][second] == 0)
		return NULL;
	b = &w->buckets[w->begins[first][second] - 1];
	third = common_place(text + n + m, len - n - m, &k);
	return third < 0 || (b->third[third / 8] >> third % 8 & 1) != 0 ? b : NULL;
}

bool
wordset_begins(const struct wordset *w, const char *text, size_t len)
{
	return look_up(w, text, len) != NULL;
}

size_t
words_next(const char *text, size_t len, size_t at)
{
	size_t start = at;
	ucs4_t c;
	int n;

	/* most words are of small letters of ASCII */
	while (at < len && text[at] >= 'a' && text[at] <= 'z')
		at++;
	for (; at < len; at += (size_t)n) {
		n = u8_mbtouc(&c, (const uint8_t *)text + at, len - at);
		if (!is_sound(c) || is_digit(c))
			break;
	}
	if (at == start)
		while (at < len && is_digit((unsigned char)text[at]))
			at++;
	return at + words_noise(text + at, len - at);
}

const struct meaning *
wordset_find(const struct wordset *w, const char *text, size_t len,
    struct span *rest)
{
	size_t noise = words_noise(text, len), left = len - noise;
	const struct bucket *b = left == 0 ? NULL : look_up(w, text + noise, left);
	struct span spans[2];
	int mark;

	if (b == NULL || !pattern_match(b->pattern, text + noise, left, spans, 2))
		return NULL;
	mark = pattern_mark();
	if (rest != NULL) {
		rest->start = spans[1].start + noise;
		rest->end = spans[1].end + noise;
	}
	return mark < 0 || (size_t)mark >= b->count ? NULL : &b->meanings[mark];
}
