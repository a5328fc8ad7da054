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
#define PROSE 40                /* octets of a line that is no word in a list */
#define RUNS_MAX 100            /* of lines with a rare quote mark are looked at */

/* Signs that some programs and people put before quoted lines, and others before
 * what they say themselves. */
enum rare_mark { RARE_NONE, RARE_BAR, RARE_GUILLEMET, RARE_ANGLE, RARE_MARKS };

/* Of one mark: is it for quotes in this text, and what tells that? */
enum rare_use { USE_OTHER, USE_INTRODUCED, USE_BY_ITSELF };

struct line {
	const char *text;
	size_t len;
	const char *folded;     /* NULL until it is asked for */
	bool blank, quoted;
	enum rare_mark rare;    /* it begins with */
};

struct lines {
	struct line *line;
	size_t count;
	struct arena *arena;
	char room[FOLD_MAX];    /* to fold a line in */
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

/* "AB> text": some programs put the initials of the one quoted. */
static bool
begins_with_initials(const char *p, const char *end)
{
	int n = 0;

	while (p < end && n < 4 && *p >= 'A' && *p <= 'Z') {
		p++;
		n++;
	}
	return n > 0 && n < 4 && p < end && *p == '>' &&
	    (p + 1 == end || p[1] == ' ' || p[1] == '>');
}

/* "»Free him!«", she says, and what ends with "|" is a row of a table. */
static enum rare_mark
begins_with_rare_mark(const char *p, const char *end)
{
	static const struct { const char *sign, *closes; } marks[RARE_MARKS] = {
		[RARE_BAR] = { "|", "|" },
		[RARE_GUILLEMET] = { "\xc2\xbb", "\xc2\xab" },
		[RARE_ANGLE] = { "\xe2\x80\xba", "\xe2\x80\xb9" },
	};
	size_t i, n;

	for (i = RARE_NONE + 1; i < RARE_MARKS; i++) {
		n = strlen(marks[i].sign);
		if ((size_t)(end - p) < n || memcmp(p, marks[i].sign, n) != 0)
			continue;
		do
			p = skip_unseen(p + n, end);
		while ((size_t)(end - p) >= n && memcmp(p, marks[i].sign, n) == 0);
		while (end > p && isspace((unsigned char)end[-1]))
			end--;
		if (i == RARE_BAR ? end > p && end[-1] == '|' :
		    memmem(p, (size_t)(end - p), marks[i].closes, n) != NULL)
			return RARE_NONE;
		return (enum rare_mark)i;
	}
	return RARE_NONE;
}

static void
classify(struct line *l)
{
	const char *end = l->text + l->len, *p = skip_unseen(l->text, end);

	l->blank = p == end;
	if (l->blank)
		return;
	l->quoted = *p == '>' || (end - p >= 4 && memcmp(p, "&gt;", 4) == 0) ||
	    begins_with_initials(p, end);
	/* ">>> look here <<<" is somebody's decoration */
	if (l->quoted && *p == '>' && end - p > 6 && end[-1] == '<' && end[-2] == '<')
		l->quoted = false;
	l->rare = begins_with_rare_mark(p, end);
}

static void
split(struct lines *out, struct arena *arena, const char *text, size_t len)
{
	const char *p = text, *end = text + len, *eol;
	size_t count = 1;

	for (p = text; count < LINES_MAX && p < end &&
	    (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
		count++;
	out->arena = arena;
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

/* Line I folded, once. */
static const char *
fold(struct lines *t, size_t i)
{
	struct line *l = &t->line[i];

	if (l->folded == NULL)
		l->folded = arena_strndup(t->arena, t->room,
		    fold_line(t->room, l->text, l->len));
	return l->folded;
}

/* ---- lines of one sign -------------------------------------------------- */

/* RFC 3676 says "-- "; what is about is also "--", "—", "- --" and "__". */
static bool
is_signature_mark(const char *f)
{
	if (f[0] == '\0' || strlen(f) > 6)
		return false;
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
	const char *at = f;

	while ((at = strchr(at, '@')) != NULL) {
		if (at > f && isgraph((unsigned char)at[-1]) &&
		    strcspn(at, ".") < strcspn(at, " >"))
			return true;
		at++;
	}
	return strstr(f, "mailto:") != NULL;
}

/* The first digit comes soon, as in "чт, 26 нояб. 2020" or "2012/4/2". */
static bool
begins_with_date(const char *f)
{
	size_t n = strcspn(f, "0123456789");

	return f[n] != '\0' && n <= 24 && (has_date(f) || has_time(f));
}

/* The first line of one has something to hold on to: more than "Le" or "On". */
static bool
begins_introduction(const char *f)
{
	size_t len = strlen(f);

	if (f[strcspn(f, "0123456789@")] == '\0' &&
	    (len == 0 || f[len - 1] != ':' || !phrase_wrote(f)))
		return false;
	return phrase_on(f) || begins_with_date(f) ||
	    (has_address(f) && (strchr(f, '<') != NULL || phrase_wrote(f))) ||
	    (strchr(f, ':') != NULL && phrase_wrote(f));
}

/* What comes first is no sentence that has a number in it somewhere. */
static bool
goes_on(const char *f)
{
	return has_date(f) || has_time(f) || has_address(f) ||
	    strcspn(f, "0123456789") <= 14;
}

enum intro { NO_INTRO, WEAK_INTRO, STRONG_INTRO };

static enum intro weigh(const char *);

/* "On ... <f@x.example> wrote: and the quote on the same line", as one program
 * for telephones has it. */
static bool
holds_quote(const char *f)
{
	char head[FOLD_MAX];
	const char *close = strchr(f, '>'), *colon;
	size_t n;

	colon = close == NULL ? NULL : strchr(close, ':');
	if (colon == NULL || colon - close > 30 || colon[1] == '\0')
		return false;
	n = (size_t)(colon - f) + 1;
	memcpy(head, f, n);
	head[n] = '\0';
	return phrase_on(head) && has_date(head) && weigh(head) == STRONG_INTRO;
}

/* The signs in a line that a program wrote it. */
struct signs {
	bool colon, verb, time, date, address;
	bool dashes;            /* "--- on ... wrote ---" */
	bool verb_last;
};

static bool
read_signs(const char *f, struct signs *s)
{
	size_t len = strlen(f), trimmed = len;

	while (trimmed > 0 && strchr("- _>\"", f[trimmed - 1]) != NULL)
		trimmed--;
	if (trimmed == 0)
		return false;
	s->colon = f[trimmed - 1] == ':';
	s->dashes = len - trimmed >= 4;
	s->time = has_time(f);
	s->date = has_date(f);
	s->address = has_address(f);
	if (!s->colon && !s->address && !s->date && !s->time)
		return false;
	s->verb = phrase_wrote(f);
	s->verb_last = s->verb && phrase_wrote(f + (len > 24 ? len - 24 : 0));
	return true;
}

/* STRONG stands by itself, WEAK only with quoted lines after it. */
static enum intro
weigh(const char *f)
{
	struct signs s = { .colon = false };

	if (!read_signs(f, &s))
		return NO_INTRO;
	if (s.colon && ((s.verb && (s.address || s.time || (s.date && phrase_on(f)))) ||
	    (s.address && (s.time || s.date))))
		return STRONG_INTRO;
	if (s.verb && s.time && (s.address || s.date) &&
	    (s.dashes || (s.verb_last && s.date && s.address && phrase_on(f))))
		return STRONG_INTRO;
	if (s.date && s.time && strstr(f, " gmt") != NULL && begins_with_date(f))
		return STRONG_INTRO;
	if ((s.colon && (s.verb || s.address || s.date || s.time)) ||
	    (s.address && (s.date || s.time)) || (s.verb && s.date))
		return WEAK_INTRO;
	return NO_INTRO;
}

/* Is "<" open at the end of F?  Then the address goes on in the next line. */
static bool
is_address_open(const char *f)
{
	const char *open = strrchr(f, '<');

	return open != NULL && strchr(open, '>') == NULL;
}

static bool is_quoted_header(struct lines *, size_t, const char *);

/* Are the lines from I on, blank ones aside, of the kind a program quotes? */
static bool
quote_follows(struct lines *t, size_t i)
{
	i = next_full(t, i);
	if (i >= t->count)
		return false;
	return t->line[i].quoted || is_quoted_header(t, i, fold(t, i));
}

/* The same as below, of a line that may begin one. */
static size_t
joined_introduction(struct lines *t, size_t i, const char *f)
{
	char joined[FOLD_MAX * 2];
	const char *more;
	size_t k, len;
	enum intro kind;
	bool open;

	strcpy(joined, f);
	for (k = 1; i + k <= t->count && k <= INTRO_LINES + 2; k++) {
		open = is_address_open(joined);
		kind = open ? NO_INTRO : weigh(joined);
		if (kind == STRONG_INTRO ||
		    (kind == WEAK_INTRO && quote_follows(t, i + k)))
			return k;
		if (i + k >= t->count || (t->line[i + k].quoted && !open) ||
		    (k == 1 && !goes_on(joined)))
			return 0;
		if (t->line[i + k].blank) {
			/* a blank line before "<" is a program's, too */
			if (i + k + 1 >= t->count || t->line[i + k + 1].blank ||
			    *t->line[i + k + 1].text != '<')
				return 0;
			continue;
		}
		if (k > INTRO_LINES && !open)
			return 0;
		len = strlen(joined);
		more = fold(t, i + k);
		if (len + strlen(more) + 2 > INTRO_MAX)
			return 0;
		joined[len] = ' ';
		strcpy(joined + len + 1, more);
	}
	return 0;
}

/* How many lines from I on introduce a quote, 0 if they do not; F is the first
 * one folded. */
static size_t
introduction(struct lines *t, size_t i, const char *f)
{
	f += strspn(f, "-_ ");
	if (!begins_introduction(f))
		return 0;
	if (holds_quote(f))
		return 1;
	return strlen(f) > INTRO_MAX ? 0 : joined_introduction(t, i, f);
}

static bool
is_strong(const char *line, size_t len)
{
	char f[FOLD_MAX];

	(void)fold_line(f, line, len);
	return weigh(f) == STRONG_INTRO;
}

/* Where an introduction begins within a line: "yes On Wed, Apr 4 ... wrote:",
 * "yes--- On ..."; 0 if nowhere. */
static size_t
glued_introduction(struct lines *t, size_t i)
{
	static const char *const days[] = {
		"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"
	};
	const struct line *l = &t->line[i];
	const char *on;
	size_t d, at;

	if (l->len == 0 || l->len > INTRO_MAX ||
	    (l->text[l->len - 1] != ':' && l->text[l->len - 1] != '\r') ||
	    !quote_follows(t, i + 1))
		return 0;
	on = memmem(l->text, l->len, "On ", 3);
	if (on == NULL || on == l->text || (on[-1] != ' ' && on[-1] != '-'))
		return 0;
	for (d = 0; d < 7 && strncmp(on + 3, days[d], 3) != 0; d++)
		;
	at = (size_t)(on - l->text);
	if (d == 7 || !is_strong(on, l->len - at))
		return 0;
	while (at > 0 && strchr(" -", l->text[at - 1]) != NULL)
		at--;
	return at;
}

/* ---- quoted headers ----------------------------------------------------- */

/* From I on there is a header as programs put it above a quoted mail. */
static bool
is_quoted_header(struct lines *t, size_t i, const char *first)
{
	bool seen[QUOTED_OTHER + 1] = { false };
	enum quoted_field field = phrase_field(first);
	const char *f;
	size_t n, other = 0, kinds = 0, evidence = 0;

	if (field == QUOTED_NONE)
		return false;
	for (n = 0; n < 14 && i < t->count && other < 3; n++, i++) {
		if (t->line[i].blank || t->line[i].quoted) {
			other++;
			continue;
		}
		f = fold(t, i);
		field = phrase_field(f);
		if (field == QUOTED_NONE) {
			other++;
			continue;
		}
		other = 0;
		evidence += has_address(f) || has_date(f) || has_time(f);
		if (!seen[field]) {
			seen[field] = true;
			kinds++;
		}
	}
	if (!seen[QUOTED_FROM] && !seen[QUOTED_SENT])
		return false;
	return kinds >= 4 || (kinds == 3 && (evidence > 0 || seen[QUOTED_SUBJECT])) ||
	    (kinds == 2 && (evidence > 1 || (evidence > 0 && seen[QUOTED_FROM])));
}

/* ---- the parts that end what was written -------------------------------- */

static bool
line_before_is_blank(const struct lines *t, size_t i)
{
	return i == 0 || t->line[i - 1].blank || t->line[i - 1].quoted;
}

/* A line of signs only, such as mail programs, lists and signatures put above
 * what they add.  Right under a line of text it is how one writes a heading. */
static bool
is_dividing_rule(struct lines *t, size_t i, const char *f)
{
	const char *next;
	size_t j;

	if (f[0] == '\0' || strchr("_-=~", f[0]) == NULL)
		return false;
	if (is_rule(f, "_", 3) || (is_rule(f, "-", 2) && strlen(f) < 4))
		return true;
	if (!is_rule(f, "-", 4) && !is_rule(f, "=", 4) && !is_rule(f, "_-=~", 4))
		return false;
	if (line_before_is_blank(t, i))
		return true;
	j = next_full(t, i + 1);
	if (j >= t->count)
		return true;
	next = fold(t, j);
	return is_quoted_header(t, j, next) || phrase_original_line(next) ||
	    t->line[j].quoted;
}

/* "----- words -----" */
static bool
is_between_dashes(const char *f)
{
	size_t left = strspn(f, "-_=# >"), len = strlen(f), right = len;
	char words[FOLD_MAX];

	while (right > left && strchr("-_=# ", f[right - 1]) != NULL)
		right--;
	if (left < 2 || right <= left || len - right < 2)
		return false;
	memcpy(words, f + left, right - left);
	words[right - left] = '\0';
	return phrase_original(words) || phrase_reply_above(words) ||
	    (left >= 5 && right - left < 60);
}

/* "----- Original Message -----", in any language or in none we know. */
static bool
is_dashed_words(const char *f)
{
	size_t dashes = strspn(f, "-_=#");

	if (dashes >= 4 && phrase_original(f))
		return strlen(f) < 90 || strcspn(f + dashes, "-_=#") < 60;
	return dashes >= 2 && is_between_dashes(f);
}

static bool
is_end(struct lines *t, size_t i, const char *f)
{
	return is_signature_mark(f) || is_quoted_header(t, i, f) ||
	    phrase_original_line(f) || phrase_reply_above(f) ||
	    is_dividing_rule(t, i, f) || is_dashed_words(f);
}

/* Does nothing of the writer's own come from I on, as far as is easily seen:
 * the end, a quote or the introduction of one, a telephone's line? */
static bool
rest_is_foreign(struct lines *t, size_t i)
{
	const char *f;

	i = next_full(t, i);
	if (i >= t->count || t->line[i].quoted)
		return true;
	f = fold(t, i);
	return phrase_sent_from(f) || introduction(t, i, f) > 0 || is_end(t, i, f);
}

/* ---- quote marks that may be something else ------------------------------- */

/* The place of the last line before I that is not blank; COUNT if none is. */
static size_t
last_full(const struct lines *t, size_t i)
{
	while (i > 0 && t->line[i - 1].blank)
		i--;
	return i == 0 ? t->count : i - 1;
}

/* Does an introduction end right above line I, blank lines aside? */
static bool
is_introduced(struct lines *t, size_t i)
{
	size_t first = last_full(t, i), n, k;

	if (first == t->count || t->line[first].quoted)
		return false;
	if (glued_introduction(t, first) > 0)
		return true;
	for (k = 0; k < INTRO_LINES + 2; k++) {
		if (!t->line[first].blank) {
			n = introduction(t, first, fold(t, first));
			if (n > 0 && next_full(t, first + n) == i)
				return true;
		}
		if (first-- == 0 || t->line[first].quoted)
			break;
	}
	return false;
}

/* What comes last above a list is its heading. */
static bool
is_heading(struct lines *t, size_t i)
{
	const char *f = fold(t, i);
	size_t len = strlen(f);

	return len > 0 && f[len - 1] == ':';
}

/* Our mails are made of sentences; what is short may be her list. */
static bool
is_prose(struct lines *t, size_t i, size_t end)
{
	for (; i < end; i++) {
		const char *f = fold(t, i);
		size_t len = strlen(f);

		if (len >= PROSE || (len > 0 && strchr(".!?", f[len - 1]) != NULL))
			return true;
	}
	return false;
}

/* Does a run of lines with a mark, from I up to before END, stand at the beginning
 * or the end of the text, apart from the rest? */
static bool
is_apart(struct lines *t, size_t i, size_t end)
{
	size_t above = last_full(t, i);

	if (end - i < 2 || !is_prose(t, i, end))
		return false;
	if (above == t->count)
		return true;
	return rest_is_foreign(t, end) && above + 1 < i && !is_heading(t, above);
}

/* What MARK is used for, its lines being taken for quoted ones meanwhile. */
static enum rare_use
use_of(struct lines *t, enum rare_mark mark)
{
	enum rare_use use = USE_OTHER;
	size_t i, end, runs = 0;

	for (i = 0; i < t->count && runs < RUNS_MAX; i = end) {
		end = i + 1;
		if (t->line[i].rare != mark)
			continue;
		runs++;
		while (end < t->count && t->line[end].rare == mark)
			end++;
		if (is_introduced(t, i))
			return USE_INTRODUCED;
		if (is_apart(t, i, end))
			use = USE_BY_ITSELF;
	}
	return use;
}

static void
set_quoted(struct lines *t, enum rare_mark mark, bool quoted)
{
	size_t i;

	for (i = 0; i < t->count; i++)
		if (t->line[i].rare == mark)
			t->line[i].quoted = quoted;
}

static void
find_rare_quotes(struct lines *t, enum rare_use use[RARE_MARKS])
{
	bool there[RARE_MARKS] = { false };
	size_t i;

	for (i = 0; i < t->count; i++)
		there[t->line[i].rare] = true;
	for (i = RARE_NONE + 1; i < RARE_MARKS; i++) {
		use[i] = USE_OTHER;
		if (!there[i])
			continue;
		set_quoted(t, (enum rare_mark)i, true);
		use[i] = use_of(t, (enum rare_mark)i);
		if (use[i] == USE_OTHER)
			set_quoted(t, (enum rare_mark)i, false);
	}
}

/* ---- closings ------------------------------------------------------------- */

/* "-Ada" or "- Ada Lovelace" below the text is a signature; above more text it
 * is an item of a list. */
static bool
is_dashed_name(struct lines *t, size_t i)
{
	const char *p = t->line[i].text, *end = p + t->line[i].len;
	size_t words = 1;

	if (!line_before_is_blank(t, i) || end - p > 40 || end - p < 3 || *p++ != '-')
		return false;
	p += *p == ' ';
	if (p == end || !(isupper((unsigned char)*p) || (*p & 0x80) != 0))
		return false;
	for (; p < end; p++) {
		if (strchr(".,:;!?\"()<>@/", *p) != NULL && p + 1 < end)
			return false;
		words += *p == ' ';
	}
	return words <= 4 && rest_is_foreign(t, i + 1);
}

/* Text is wrapped, and the quote mark of the second half got lost: a line with
 * quoted ones right before and after it that does not read as a sentence. */
static bool
is_torn_quote(const struct lines *t, size_t i)
{
	const struct line *l = &t->line[i], *before = &t->line[i == 0 ? 0 : i - 1];
	const char *close;

	if (i == 0 || i + 1 >= t->count || !before->quoted || !t->line[i + 1].quoted)
		return false;
	close = memchr(l->text, ')', l->len);
	if (close != NULL && memchr(l->text, '(', (size_t)(close - l->text)) == NULL)
		return true;
	if (l->len > 4 && memmem(l->text, l->len, "http", 4) != NULL &&
	    memchr(l->text, '>', l->len) != NULL)
		return true;
	return before->len >= 65 && l->len < 40 && before->text[before->len - 1] != '.' &&
	    before->text[before->len - 1] != '?' && islower((unsigned char)*l->text);
}

/* "Country: Norway", as people write to us. */
static bool
is_field(const char *f)
{
	const char *colon = strchr(f, ':');

	return colon != NULL && colon - f < 30 && colon[1] != '/';
}

/* The lines of a closing and of the name below it, 0 if there is no closing at
 * I: what comes after them was set up once and is not written now, unless it
 * reads like a postscript or a field. */
static size_t
closing(struct lines *t, size_t i, const char *f)
{
	const char *name, *next;
	size_t j, k, words = 1;

	if (!phrase_closing(f))
		return 0;
	j = next_full(t, i + 1);
	if (j >= t->count || t->line[j].quoted || t->line[j].len > 40)
		return 0;
	name = fold(t, j);
	for (k = 0; name[k] != '\0'; k++)
		words += name[k] == ' ';
	if (words > 4 || strpbrk(name, ":?!@") != NULL)
		return 0;
	if (j + 1 < t->count && !t->line[j + 1].blank)
		return 0;               /* more of the same paragraph */
	k = next_full(t, j + 1);
	if (k >= t->count || t->line[k].quoted)
		return 0;
	next = fold(t, k);
	if (strncmp(next, "ps", 2) == 0 || strncmp(next, "p.s", 3) == 0 ||
	    strncmp(next, "p. s", 4) == 0 || is_field(next))
		return 0;
	return j + 1 - i;
}

/* ---- all of it ---------------------------------------------------------- */

static void
keep(struct buf *out, const struct line *l, size_t len)
{
	buf_add(out, l->text, len);
	buf_addch(out, '\n');
}

/* A line that only a telephone writes, and the link some put under it. */
static size_t
telephone_lines(struct lines *t, size_t i, const char *f)
{
	const char *next;
	size_t n = 1;

	if (!phrase_sent_from(f))
		return 0;
	if (i + 1 < t->count && !t->line[i + 1].blank && !t->line[i + 1].quoted) {
		next = fold(t, i + 1);
		if (next[0] == '<' || strncmp(next, "http", 4) == 0 ||
		    strncmp(next, "(http", 5) == 0)
			n++;
	}
	return n;
}

/* Line I is neither blank nor quoted.  Gives how many lines have been dealt
 * with, or 0 when nothing of the writer's comes after it. */
static size_t
take_line(struct lines *t, size_t i, struct buf *out)
{
	const char *f = fold(t, i);
	size_t n;

	n = glued_introduction(t, i);
	if (n > 0) {
		keep(out, &t->line[i], n);
		return 1;
	}
	n = introduction(t, i, f);
	if (n > 0)
		return quote_follows(t, i + n) && t->line[next_full(t, i + n)].quoted ?
		    n : 0;
	n = telephone_lines(t, i, f);
	if (n > 0)
		return out->len == 0 || rest_is_foreign(t, i + n) ? n : 0;
	if (out->len == 0 && phrase_banner(f)) {
		for (n = 1; i + n < t->count && !t->line[i + n].blank; n++)
			;
		return n;
	}
	if (is_torn_quote(t, i) || is_dashed_name(t, i))
		return 1;
	if (is_end(t, i, f))
		return 0;
	n = out->len > 0 ? closing(t, i, f) : 0;
	if (n > 0) {
		for (; n > 0; n--, i++)
			keep(out, &t->line[i], t->line[i].len);
		return 0;
	}
	keep(out, &t->line[i], t->line[i].len);
	return 1;
}

static void
read_lines(struct lines *t, struct buf *out)
{
	size_t i, n;
	bool after_quote = false;

	for (i = 0; i < t->count; i += n) {
		n = 1;
		if (t->line[i].quoted) {
			after_quote = true;
			continue;
		}
		if (t->line[i].blank) {
			/* of the blank lines around a quote one is left */
			if (out->len > 1 && !(after_quote &&
			    memcmp(out->data + out->len - 2, "\n\n", 2) == 0))
				buf_addch(out, '\n');
			continue;
		}
		after_quote = false;
		n = take_line(t, i, out);
		if (n == 0)
			return;
	}
}

/* Lines of signs at the end belong to what was cut off below them. */
static const char *
trim_end(const char *p, const char *end)
{
	const char *line;
	char f[FOLD_MAX];

	for (;;) {
		while (end > p && isspace((unsigned char)end[-1]))
			end--;
		line = end > p ? memrchr(p, '\n', (size_t)(end - p)) : NULL;
		if (line == NULL)
			return end;
		(void)fold_line(f, line + 1, (size_t)(end - line) - 1);
		if (!is_rule(f, "-_=~*#+|.\xe1\x90\xa7\xe2\x80\x94\x93", 0))
			return end;
		end = line;
	}
}

/* What is left, without blanks around it, in OUT. */
static size_t
read_text(struct lines *t, struct buf *out, const char **own)
{
	const char *p, *end;

	buf_clear(out);
	read_lines(t, out);
	p = out->data;
	end = p + out->len;
	while (p < end && isspace((unsigned char)*p))
		p++;
	*own = p;
	return (size_t)(trim_end(p, end) - p);
}

/* When nothing else is there, what no program introduced is hers. */
static bool
take_back(struct lines *t, const enum rare_use use[RARE_MARKS])
{
	bool any = false;
	size_t i;

	for (i = RARE_NONE + 1; i < RARE_MARKS; i++)
		if (use[i] == USE_BY_ITSELF) {
			set_quoted(t, (enum rare_mark)i, false);
			any = true;
		}
	return any;
}

char *
reader_own_words(struct arena *arena, const char *text, size_t len)
{
	enum rare_use use[RARE_MARKS];
	struct lines lines;
	struct buf out = BUF_INIT;
	const char *p;
	char *own;
	size_t n;

	split(&lines, arena, text, len);
	find_rare_quotes(&lines, use);
	n = read_text(&lines, &out, &p);
	if (n == 0 && take_back(&lines, use))
		n = read_text(&lines, &out, &p);
	own = arena_strndup(arena, p, n);
	buf_free(&out);
	return own;
}
