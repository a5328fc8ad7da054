/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <unictype.h>
#include <unistr.h>

#include "base/arena.h"
#include "base/buf.h"
#include "words/named.h"
#include "words/pattern.h"
#include "words/text.h"
#include "words/wordfile.h"
#include "words/wordset.h"

#define LINES 100               /* of a text are looked at */
#define LINE_BYTES 400          /* a verb is never as long */
#define SENTENCE_BYTES 160      /* nor a refusal */
#define LABEL_CHARS 40
#define SENTENCES 8             /* are searched for a refusal */
#define SIGNING_PARTS 24        /* are searched for "I sign" */
#define PREFIXES 3              /* "Hello, please, could you" */
#define SAYINGS 6               /* lines, for what they say */
#define NAME_WORDS 6            /* of an argument without ":" */

/* ---- finding ------------------------------------------------------------- */

/* Something found in a text. */
struct found {
	const struct meaning *meaning;  /* or NULL */
	const char *rest;               /* an argument */
	size_t rest_len;
};

static struct found
find_here(const struct wordset *set, const char *text, size_t len)
{
	struct span rest = { 1, 0 };
	struct found f = { .meaning = wordset_find(set, text, len, &rest) };

	if (f.meaning != NULL && rest.start <= rest.end) {
		f.rest = text + rest.start;
		f.rest_len = rest.end - rest.start;
	}
	return f;
}

/* What TEXT means, with up to DEPTH greetings and polite words before it.
 * "Hello dear friends stop": a greeting may have other words after it, so
 * each of them is tried as the beginning of what counts. */
static struct found
find_words(const struct vocabulary *v, const struct wordset *set, const char *text,
    size_t len, int depth)
{
	struct found f = find_here(set, text, len), start, inner;
	const char *at, *end;

	if (depth == 0 || (f.meaning != NULL && f.meaning->kind != GREETING))
		return f;
	start = find_here(v->starts, text, len);
	if (start.meaning == NULL)
		return f;
	end = start.rest;
	for (at = text + words_noise(text, len); at < end; at++) {
		if (*at != ' ' || start.meaning->kind != GREETING)
			continue;
		inner = find_words(v, set, at, (size_t)(text + len - at), depth - 1);
		if (inner.meaning != NULL && inner.meaning->kind != GREETING)
			return inner;
	}
	inner = find_words(v, set, end, (size_t)(text + len - end), depth - 1);
	if (inner.meaning != NULL && inner.meaning->kind != GREETING)
		return inner;
	return f;
}

void
vocabulary_know(struct vocabulary *v, const char *name, int is_id)
{
	named_add(v->organisations, name, is_id);
}

const char *
vocabulary_language(const struct vocabulary *v, const char *said)
{
	size_t i, len = strlen(said), code = strcspn(said, "-_ ");
	const struct meaning *m;

	if (len > LINE_BYTES)
		return NULL;
	m = wordset_find(v->names, said, len, NULL);
	if (m != NULL)
		return v->languages[m->language];
	for (i = 0; i < v->language_count; i++)
		if (strcasecmp(v->languages[i], said) == 0)
			return v->languages[i];
	for (i = 0; i < v->language_count; i++)         /* "en-GB", "nb_NO" */
		if (said[code] != '\0' && said[code] != ' ' &&
		    strlen(v->languages[i]) == code &&
		    strncasecmp(v->languages[i], said, code) == 0)
			return v->languages[i];
	return NULL;
}

int
vocabulary_answer(const struct vocabulary *v, const char *said)
{
	size_t len = strlen(said);
	const struct meaning *m;

	if (len > LINE_BYTES)
		return 0;
	m = find_words(v, v->lines, said, len, PREFIXES).meaning;
	if (m == NULL || m->kind != ANSWER)
		return 0;
	return m->id == ANSWER_YES ? 1 : -1;
}

/* One part of a sentence: does it, or some words at its end, say so? */
static int
part_signs(const struct vocabulary *v, const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (s[i] != ' ' && (i == 0 || s[i - 1] == ' ') &&
		    wordset_find(v->signs, s + i, len - i, NULL) != NULL)
			return 1;
	return 0;
}

int
vocabulary_signs(const struct vocabulary *v, const char *text)
{
	char part[SENTENCE_BYTES + 1];
	size_t len = 0, parts = 0;
	const char *p;

	for (p = text; parts < SIGNING_PARTS; p++) {
		if (*p == '\0' || strchr(".!?;,:()\"", *p) != NULL ||
		    len == SENTENCE_BYTES) {
			if (*p != '?' && part_signs(v, part, len))
				return 1;
			parts++;
			len = 0;
			if (*p == '\0')
				break;
		} else if (*p != '\n' || len > 0)
			part[len++] = *p == '\n' ? ' ' : *p;
	}
	return 0;
}

/* ---- reading a text ------------------------------------------------------ */

/* One text on its way through. */
struct reading {
	const struct vocabulary *v;
	struct arena *arena;
	struct said *out;
	const char *at;                 /* the next line */
	unsigned lines;                 /* so many were taken */
	unsigned sentences, sayings;
	char *weak[FIELD_COUNT_];       /* said in a sentence */
	bool spoke;                     /* the line that verbs are in has been */
	bool spoke_before;              /* before this line */
	bool wishing;                   /* all lines until now are such words */
	char tail[SENTENCE_BYTES + 1];  /* a sentence that goes on, or "" */
	unsigned *votes;                /* by language */
	size_t first_vote;
};

struct line {
	const char *s;
	size_t len;
};

static void
vote(struct reading *r, const struct meaning *m)
{
	size_t i;
	bool any = false;

	for (i = 0; i < r->v->language_count; i++)
		any |= r->votes[i] > 0;
	if (!any)
		r->first_vote = m->language;
	r->votes[m->language]++;
}

static size_t
trimmed(const char *s, size_t len)
{
	while (len > 0 && strchr(" \t\r", s[len - 1]) != NULL)
		len--;
	return len;
}

/* The next line without blanks around it; false at the end. */
static bool
next_line(struct reading *r, struct line *out)
{
	const char *end;

	if (*r->at == '\0' || r->lines == LINES)
		return false;
	r->lines++;
	end = strchrnul(r->at, '\n');
	out->s = r->at + strspn(r->at, " \t");
	if (out->s > end)
		out->s = end;
	out->len = trimmed(out->s, (size_t)(end - out->s));
	r->at = *end == '\n' ? end + 1 : end;
	return true;
}

/* What such a sign may begin with: one of three, or one of those beyond ASCII. */
static const bool may_separate[256] = {
	[':'] = true, ['='] = true, ['-'] = true, [0xe2] = true, [0xef] = true,
};

/* The length of a sign that ends a label at S, and 0 where there is none. */
static size_t
separator(const char *line, const char *s)
{
	static const char dashes[][4] = { "-", "\xe2\x80\x93", "\xe2\x80\x94" };
	size_t i;

	if (*s == ':' || *s == '=')
		return 1;
	if (strncmp(s, "\xef\xbc\x9a", 3) == 0 || strncmp(s, "\xef\xbc\x9d", 3) == 0)
		return 3;               /* full width : and = */
	for (i = 0; s > line && s[-1] == ' ' && i < 3; i++) {
		size_t n = strlen(dashes[i]);

		if (strncmp(s, dashes[i], n) == 0 && s[n] == ' ')
			return n;
	}
	return 0;
}

/* "3. Name" is numbered by a form. */
static const struct meaning *
find_label(const struct vocabulary *v, const char *s, size_t len)
{
	size_t digits = 0;

	while (digits < len && strchr(" 0123456789", s[digits]) != NULL)
		digits++;
	return wordset_find(v->labels, s + digits, len - digits, NULL);
}

/* What LINE is a field of; *VALUE is what comes after the sign. */
static const struct meaning *
find_field(const struct vocabulary *v, const struct line *line, struct line *value)
{
	size_t i, n, chars = 0, len = line->len;
	const char *s = line->s;

	for (i = 0; i < len && chars <= LABEL_CHARS; i++) {
		unsigned char c = (unsigned char)s[i];

		chars += (c & 0xc0) != 0x80;
		if (!may_separate[c])
			continue;
		n = separator(s, s + i);
		if (n == 0)
			continue;
		value->s = s + i + n;
		value->len = len - i - n;
		while (value->len > 0 && strchr(" \t*_", value->s[0]) != NULL) {
			value->s++;
			value->len--;
		}
		return find_label(v, s, i);
	}
	return NULL;
}

/* "____" and "..." are forms that nobody filled in. */
static bool
is_blank(const char *value)
{
	return value[strspn(value, "_.-*<>[]() ")] == '\0';
}

static void
take_wish(struct reading *r, enum verb verb)
{
	static const struct { unsigned set, clear; } wishes[VERB_COUNT_] = {
		[VERB_HIDE] = { WISH_HIDE, WISH_SHOW },
		[VERB_SHOW] = { WISH_SHOW, WISH_HIDE },
		[VERB_UPDATES] = { WISH_UPDATES, 0 },
		[VERB_SHARE] = { WISH_SHARE, 0 },
		[VERB_UNSHARE] = { WISH_UNSHARE, WISH_SHARE | WISH_UNCLEAR },
	};

	r->out->wishes &= ~wishes[verb].clear;
	r->out->wishes |= wishes[verb].set;
	if (verb == VERB_UNSHARE)       /* with those either */
		r->out->field[FIELD_SHARE] = NULL;
}

static bool
is_wish(enum verb verb)
{
	return verb == VERB_HIDE || verb == VERB_SHOW || verb == VERB_UPDATES ||
	    verb == VERB_SHARE || verb == VERB_UNSHARE;
}

/* "No", and "nobody", which is the verb where it stands alone. */
static bool
is_nobody(const struct vocabulary *v, const char *value)
{
	const struct meaning *m = find_words(v, v->lines, value, strlen(value),
	    PREFIXES).meaning;

	return m != NULL && ((m->kind == ANSWER && m->id != ANSWER_YES) ||
	    (m->kind == VERB && m->id == VERB_UNSHARE));
}

/* One more that she names, and what a yes or no in place of a name means.  Who
 * asks has agreed to nothing. */
static void
add_share(struct reading *r, char **into, char *value)
{
	bool nobody = is_nobody(r->v, value);

	take_wish(r, nobody ? VERB_UNSHARE : VERB_SHARE);
	if (nobody || vocabulary_answer(r->v, value) != 0)
		return;
	if (strchr(value, '?') != NULL)
		r->out->wishes |= WISH_UNCLEAR;
	else if (*into == NULL)
		*into = value;
	else if (strlen(*into) + strlen(value) < SAID_FIELD_MAX)
		*into = arena_printf(r->arena, "%s\n%s", *into, value);
	else
		r->out->wishes |= WISH_UNCLEAR;
}

static void
set_field(struct reading *r, char **fields, enum field field, const char *s,
    size_t len)
{
	const struct vocabulary *v = r->v;
	char **into = &fields[field], *value;
	const char *code;
	int answer;

	if (*into != NULL && field != FIELD_SHARE)
		return;                 /* the first counts */
	value = field == FIELD_COMMENT ?
	    text_lines(r->arena, s, len, SAID_COMMENT_MAX) :
	    text_line(r->arena, s, len, SAID_FIELD_MAX);
	if (is_blank(value))
		return;
	if (field == FIELD_LANGUAGE) {
		code = vocabulary_language(v, value);
		*into = arena_strdup(r->arena, code);
	} else if (field == FIELD_UPDATES) {
		answer = vocabulary_answer(v, value);
		if (answer != 0)
			*into = arena_strdup(r->arena, answer > 0 ? "yes" : "no");
	} else if (field == FIELD_SHARE) {
		add_share(r, into, value);
	} else {
		*into = value;
	}
}

/* ---- refusals ------------------------------------------------------------ */

/* What joins two wishes in one sentence, in the languages that we speak. */
static bool
is_joint(const char *word, size_t len)
{
	static const char *const joints[] = { "and", "but", "also", "&", "+", "og",
	    "men", "и", "но", "а", "ва", "аммо", "лекин", "вале" };
	size_t i;

	for (i = 0; i < sizeof joints / sizeof joints[0]; i++)
		if (strlen(joints[i]) == len &&
		    strncasecmp(joints[i], word, len) == 0)
			return true;
	return false;
}

static size_t
word_length(const char *s, size_t len)
{
	const char *end = memchr(s, ' ', len);

	return end == NULL ? len : (size_t)(end - s);
}

/* What one wish says, after its number in a list and a yes; NULL when it is none
 * of our words. */
static const struct meaning *
find_wish(const struct vocabulary *v, const char *s, size_t len)
{
	const struct meaning *m = find_words(v, v->lines, s, len, PREFIXES).meaning;
	const struct meaning *yes;
	size_t skip = words_noise(s, len), word;

	if (m != NULL)
		return m;
	while (skip < len && strchr(" 0123456789", s[skip]) != NULL)
		skip++;
	word = word_length(s + skip, len - skip);
	if (word == len - skip)
		return skip == 0 ? NULL : find_words(v, v->lines, s + skip, word,
		    PREFIXES).meaning;
	yes = wordset_find(v->lines, s + skip, word, NULL);
	if (yes != NULL && yes->kind == ANSWER && yes->id == ANSWER_YES)
		skip += word;
	return skip == 0 ? NULL : find_words(v, v->lines, s + skip, len - skip,
	    PREFIXES).meaning;
}

static bool
is_refusal(const struct meaning *m)
{
	return m != NULL && meaning_refuses(m);
}

/* "Thank you", or the number in a list: words that say nothing.  What others begin
 * with must have something after it, if it is a blank. */
static bool
is_idle(const struct vocabulary *v, const char *s, size_t len)
{
	char room[SENTENCE_BYTES + 1];
	size_t skip = words_noise(s, len);
	struct found f;

	while (skip < len && strchr(" 0123456789", s[skip]) != NULL)
		skip++;
	if (skip == len)
		return true;
	memcpy(room, s, len);
	room[len] = ' ';
	f = find_here(v->starts, room, len + 1);
	return f.meaning != NULL && words_noise(f.rest, f.rest_len) == f.rest_len;
}

/* Takes a refusal; false when there is none and no other of our words. */
static bool
take_refusal(struct reading *r, const char *s, size_t len)
{
	const struct meaning *m;
	unsigned before = r->out->wishes;

	if (len > SENTENCE_BYTES)
		return false;
	m = find_wish(r->v, s, len);
	if (!is_refusal(m))
		return m != NULL || is_idle(r->v, s, len);
	take_wish(r, (enum verb)m->id);
	if (r->out->wishes != before)
		vote(r, m);
	return true;
}

/* One part of a sentence, and the parts of it that a joint divides. */
static bool
take_joined(struct reading *r, const char *s, size_t len)
{
	size_t i, word, start = 0;
	bool all = true;

	if (take_refusal(r, s, len))
		return true;
	for (i = 0; i < len; i += word + 1) {
		word = word_length(s + i, len - i);
		if (!is_joint(s + i, word))
			continue;
		all &= take_refusal(r, s + start, i - start);
		start = i + word < len ? i + word + 1 : len;
	}
	return start > 0 && take_refusal(r, s + start, len - start) && all;
}

/* False when there is certainly none in LINE: no word of it begins one.  That is
 * so of nearly every line, and take_refusals is slow. */
static bool
may_refuse(const struct vocabulary *v, const struct line *line)
{
	const char *s = line->s;
	size_t at, end, len = line->len;

	for (at = words_noise(s, len); at < len; at = words_next(s, len, at)) {
		if (!wordset_begins(v->refusals, s + at, len - at))
			continue;
		end = len - at > SENTENCE_BYTES ? at + SENTENCE_BYTES : len;
		while (end < len && ((unsigned char)s[end] & 0xc0) == 0x80)
			end--;
		if (wordset_find(v->refusals, s + at, end - at, NULL) != NULL)
			return true;
	}
	return false;
}

/* "Hide: no" */
static bool
is_denied(struct reading *r, const char *s, size_t len, const char *sign,
    const char *end)
{
	size_t rest = (size_t)(end - sign);

	return rest > 0 && rest <= SENTENCE_BYTES && strchr(":=-\xe2\xef", *sign) != NULL &&
	    len <= SENTENCE_BYTES && is_refusal(find_wish(r->v, s, len)) &&
	    vocabulary_answer(r->v, arena_strndup(r->arena, sign, rest)) < 0;
}

/* HIDE and DO NOT SHARE count from any line of hers, wherever it stands, and
 * beside other words of its line: "Yes, HIDE", "1) HIDE", "Hide: yes", "HIDE and
 * UPDATES".  One read too many takes her off a list, and she is told; one that is
 * not read hands in a name that must not be.  False when other words are there
 * than ours. */
static bool
take_refusals(struct reading *r, const struct line *line)
{
	const char *s = line->s;
	size_t i, n, start = 0;
	bool all = true;

	for (i = 0; i <= line->len; i += n) {
		n = i == line->len || strchr(".!?;,()/|", s[i]) != NULL ? 1 :
		    may_separate[(unsigned char)s[i]] ? separator(s, s + i) : 0;
		if (n == 0) {
			n = 1;
			continue;
		}
		if (!is_denied(r, s + start, i - start, s + i, s + line->len))
			all &= take_joined(r, s + start, i - start);
		start = i + n;
	}
	return all;
}

/* Nothing but a refusal: no comment, and no place that she lives in. */
static bool
is_refusing_line(const struct vocabulary *v, const struct line *line)
{
	return line->len <= SENTENCE_BYTES &&
	    is_refusal(find_wish(v, line->s, line->len));
}

/* ---- fields, verbs, answers ---------------------------------------------- */

/* A comment goes on until an empty line or another field. */
static void
take_comment(struct reading *r, struct line value)
{
	struct buf b = BUF_INIT;
	struct line line, ignored;

	buf_add(&b, value.s, value.len);
	for (;;) {
		const char *before = r->at;
		unsigned lines = r->lines;

		if (!next_line(r, &line) || line.len == 0)
			break;
		if (find_field(r->v, &line, &ignored) != NULL ||
		    is_refusing_line(r->v, &line)) {
			r->at = before;
			r->lines = lines;
			break;
		}
		if (b.len > 0)
			buf_addch(&b, '\n');
		buf_add(&b, line.s, line.len);
	}
	set_field(r, r->out->field, FIELD_COMMENT, b.data, b.len);
	buf_free(&b);
}

static void
take_field(struct reading *r, const struct meaning *m, struct line value)
{
	const char *before = r->at;
	unsigned lines = r->lines;
	struct line ignored;

	vote(r, m);
	if (m->id == FIELD_COMMENT) {
		take_comment(r, value);
		return;
	}
	/* "Name:" and the name on the line below */
	if (value.len == 0 && (!next_line(r, &value) || value.len == 0 ||
	    find_field(r->v, &value, &ignored) != NULL ||
	    is_refusing_line(r->v, &value))) {
		r->at = before;
		r->lines = lines;
		return;
	}
	set_field(r, r->out->field, (enum field)m->id, value.s, value.len);
}

static void
take_answer(struct reading *r, const struct meaning *m)
{
	vote(r, m);
	if (m->id != ANSWER_YES) {
		r->out->no = 1;
		r->out->yes = 0;
	} else if (!r->out->no) {
		r->out->yes = 1;
	}
}

static size_t
words_in(const char *s, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++)
		n += s[i] != ' ' && (i == 0 || s[i - 1] == ' ');
	return n;
}

/* What may come after a name: a thank you, or the verb where it stands last. */
static bool
is_after_name(const struct vocabulary *v, const char *s)
{
	size_t len = strlen(s);
	const struct meaning *m;

	if (len > SENTENCE_BYTES)
		return false;
	m = wordset_find(v->lines, s, len, NULL);
	return (m != NULL && m->kind == VERB && m->id == VERB_SHARE) ||
	    is_idle(v, s, len);
}

/* Whom SAID names, into *NAMES: one, or several with commas between. */
static enum hearing
hear_names(struct reading *r, const char *said, char **names)
{
	const struct named *known = r->v->organisations;
	const char *rest, *part;
	enum hearing heard = named_hear(known, r->arena, said, &rest), one;
	size_t len;

	*names = arena_strdup(r->arena, said);
	if (heard == HEARD_NAME || (rest == NULL && strpbrk(said, ",;") == NULL))
		return heard;
	if (rest != NULL && strchr(said, '?') == NULL && is_after_name(r->v, rest)) {
		(*names)[rest - said] = '\0';
		return HEARD_NAME;
	}
	*names = arena_strdup(r->arena, "");
	for (one = HEARD_NAME; *said != '\0' && one == HEARD_NAME;
	    said += len + (said[len] != '\0')) {
		len = strcspn(said, ",;");
		part = text_line(r->arena, said, len, SAID_FIELD_MAX);
		one = named_hear(known, r->arena, part, &rest);
		if (one == HEARD_NAME)
			*names = arena_printf(r->arena, "%s%s%s", *names,
			    **names == '\0' ? "" : "\n", part);
		else if (**names != '\0' && is_after_name(r->v, part))
			one = HEARD_NAME;
	}
	return one == HEARD_NAME && **names != '\0' ? HEARD_NAME :
	    heard != HEARD_NOBODY || **names != '\0' ? HEARD_UNCLEAR : HEARD_NOBODY;
}

/* Those that she names; unless the line gives nothing, or it is not clear whom. */
static void
add_shares(struct reading *r, char *names)
{
	char *each;

	while ((each = strsep(&names, "\n")) != NULL)
		set_field(r, r->out->field, FIELD_SHARE, each, strlen(each));
}

/* What comes after "share", in whatever letters: a consent only where it names an
 * organisation that we know, and only where it MAY stand.  Where it could mean
 * one she is told; the rest is what people say of a petition.  False when the
 * line is a text like others. */
static bool
take_named_share(struct reading *r, const struct meaning *m, const char *s,
    size_t len, bool may)
{
	char *names;
	enum hearing heard = hear_names(r, text_line(r->arena, s, len,
	    SAID_FIELD_MAX), &names);

	if (heard == HEARD_NOBODY)
		return false;
	vote(r, m);
	if (heard == HEARD_NAME && may) {
		add_shares(r, names);
	} else {
		r->out->wishes |= WISH_UNCLEAR;
		r->out->other = 1;      /* it may say more than that */
	}
	if (may)
		r->out->verb = VERB_SHARE;
	return may;
}

/* "Share my name with ...": as a name, unless an article before it shows that it
 * may be none ("the world"). */
static bool
take_plain_share(struct reading *r, const struct meaning *m, const char *s,
    size_t len)
{
	const char *said = text_line(r->arena, s, len, SAID_FIELD_MAX);
	const char *bare = text_bare(r->arena, said);
	char *names;

	if (hear_names(r, said, &names) == HEARD_NAME)
		return take_named_share(r, m, s, len, true);
	if (named_without_article(bare) == bare)
		return false;
	vote(r, m);
	r->out->wishes |= WISH_UNCLEAR;
	r->out->other = 1;
	r->out->verb = VERB_SHARE;
	return true;
}

/* "NAME Ada Lovelace" at the beginning of a line.  A sentence that happens to
 * begin so is no verb: the argument is short, has no full stop before its end,
 * and where we can tell it must make sense. */
static bool
take_verb(struct reading *r, enum verb verb, const char *argument, size_t len)
{
	enum field field = verb_field(verb);

	if (verb == VERB_SHARE && memchr(argument, '?', len) != NULL) {
		r->out->wishes |= WISH_UNCLEAR;
		r->out->verb = verb;
		return true;
	}
	while (len > 0 && strchr(".!?,; ", argument[len - 1]) != NULL)
		len--;
	if (words_in(argument, len) > NAME_WORDS || memchr(argument, '?', len) != NULL ||
	    memchr(argument, '!', len) != NULL || memmem(argument, len, ". ", 2) != NULL)
		return false;
	set_field(r, r->out->field, field, argument, len);
	if (r->out->field[field] == NULL)
		return false;
	r->out->verb = verb;
	return true;
}

static bool
is_lower(const char *s, size_t len)
{
	ucs4_t c;

	(void)u8_mbtouc(&c, (const uint8_t *)s, len);
	return uc_is_lower(c);
}

static bool
is_capital(const char *s, size_t len)
{
	ucs4_t c;
	size_t i, capitals = 0;
	int n;

	for (i = 0; i < len; i += (size_t)n) {
		n = u8_mbtouc(&c, (const uint8_t *)s + i, len - i);
		if (uc_is_lower(c))
			return false;
		capitals += uc_is_upper(c);
	}
	return capitals > 1;
}

/* " The Refugee Council": it begins with no small letter, but has some. */
static bool
is_mixed(const char *s, size_t len)
{
	size_t skip = words_noise(s, len);

	return skip < len && !is_lower(s + skip, len - skip) &&
	    !is_capital(s + skip, len - skip);
}

/* "SHARE" in capitals, as the request has it, is no sentence that begins so: all
 * that comes after it is meant as a name, and the campaign's own names tell
 * whether it is one ("SHARE The Refugee Council").  Where it may not stand (MAY) it
 * is no consent, and she is told so.  SURE: only what is written like a name, which
 * "SHARE my name with Amnesty" is not. */
static bool
take_capital_share(struct reading *r, const struct line *line, bool may, bool sure)
{
	const struct meaning *m = NULL;
	size_t first, len, words;

	if (line->len > LINE_BYTES)
		return false;
	first = word_length(line->s, line->len);
	for (words = 2; words > 0 && m == NULL; words--) {
		len = words == 1 || first == line->len ? first :
		    first + 1 + word_length(line->s + first + 1,
		    line->len - first - 1);
		m = is_capital(line->s, len) ?
		    wordset_find(r->v->lines, line->s, len, NULL) : NULL;
		if (m != NULL && (m->kind != VERB || m->id != VERB_SHARE))
			m = NULL;
	}
	if (m == NULL || (sure && !is_mixed(line->s + len, line->len - len)))
		return false;
	vote(r, m);
	if (!may) {
		r->out->wishes |= WISH_UNCLEAR;
		return false;
	}
	set_field(r, r->out->field, FIELD_SHARE, line->s + len, line->len - len);
	r->out->wishes |= r->out->field[FIELD_SHARE] == NULL ? WISH_UNCLEAR : 0;
	r->out->verb = VERB_SHARE;
	return true;
}

/* Names begin with capitals where the script has them: "my name is on the
 * list" says no name. */
static bool
is_like_name(const char *s, size_t len)
{
	const char *last = memrchr(s, ' ', len);

	last = last == NULL ? s : last + 1;
	return !is_lower(s, len) && !is_lower(last, len - (size_t)(last - s));
}

/* "My name is Ada and I live in Norway." */
static bool
take_saying(struct reading *r, enum field field, const char *argument, size_t len)
{
	struct span end;

	if (pattern_match(r->v->ends, argument, len, &end, 1))
		len = end.start;
	len = trimmed(argument, len);
	if (len == 0 || words_in(argument, len) > NAME_WORDS ||
	    (field == FIELD_NAME && !is_like_name(argument, len)))
		return false;
	set_field(r, r->weak, field, argument, len);
	return r->weak[field] != NULL;
}

/* Where the words begin that follow a polite word, or a greeting and the sign that
 * ends it: all that a greeting has before that may be anything.  False: nowhere. */
static bool
skip_start(const struct vocabulary *v, const char **at, size_t *len)
{
	struct found f = find_here(v->starts, *at, *len);
	size_t skip = 0;

	if (f.meaning == NULL)
		return false;
	if (f.meaning->kind == GREETING)
		while (skip < f.rest_len && strchr(",!.:;", f.rest[skip]) == NULL)
			skip++;
	*at = f.rest + skip;
	*len = f.rest_len - skip;
	return *len > 0;
}

/* Does the line begin with words of SET, greetings and polite ones aside?  "Dear
 * friends who share ..." and "Hello I do not want you to ..." do not. */
static bool
begins_with(const struct vocabulary *v, const struct wordset *set,
    const struct line *line)
{
	const char *at = line->s;
	size_t len = line->len;
	struct found f;
	int i;

	for (i = 0; i <= PREFIXES; i++) {
		f = find_here(set, at, len);
		if (f.meaning != NULL && f.meaning->kind != GREETING)
			return true;
		if (!skip_start(v, &at, &len))
			return false;
	}
	return false;
}

/* Is the next line one that a mail program has broken off this one? */
static bool
goes_on(const struct reading *r)
{
	const char *end = strchrnul(r->at, '\n');
	size_t len = (size_t)(end - r->at);

	return len > 0 && len <= LINE_BYTES && is_lower(r->at, len) &&
	    find_wish(r->v, r->at, len) == NULL &&
	    (len > SENTENCE_BYTES || !is_idle(r->v, r->at, len)) &&
	    find_words(r->v, r->v->openings, r->at, len, PREFIXES).meaning == NULL;
}

/* Nothing before it or behind it may turn it round. */
static bool
is_plain_share(const struct reading *r, const struct line *line)
{
	bool broken = !r->spoke_before && r->tail[0] != '\0' &&
	    is_lower(line->s, line->len);

	return !broken && begins_with(r->v, r->v->openings, line) && !goes_on(r);
}

/* "share ..." anywhere, where it can only be a name.  In capitals it is read
 * another way. */
static bool
take_share_opening(struct reading *r, const struct line *line,
    const struct found *f, bool may)
{
	char *names;

	if (is_capital(line->s, word_length(line->s, line->len)))
		return false;
	if (f->meaning->kind == SAYS)
		return take_named_share(r, f->meaning, f->rest, f->rest_len, may &&
		    is_plain_share(r, line));
	if (may && is_plain_share(r, line))
		return take_plain_share(r, f->meaning, f->rest, f->rest_len);
	if (hear_names(r, text_line(r->arena, f->rest, f->rest_len,
	    SAID_FIELD_MAX), &names) == HEARD_NAME)
		r->out->wishes |= WISH_UNCLEAR;
	return false;
}

static bool
is_share(const struct found *f)
{
	return f->meaning != NULL && f->rest != NULL &&
	    (f->meaning->kind == VERB ? f->meaning->id == VERB_SHARE :
	    f->meaning->kind == SAYS && f->meaning->id == FIELD_SHARE);
}

static bool
take_opening(struct reading *r, const struct line *line, bool first)
{
	struct found f;
	bool taken;

	if (line->len > LINE_BYTES || r->sayings++ >= SAYINGS)
		return false;
	f = find_words(r->v, r->v->openings, line->s, line->len, PREFIXES);
	if (is_share(&f) && take_share_opening(r, line, &f, first))
		return true;
	if (f.meaning == NULL || f.rest == NULL ||
	    (!first && f.meaning->kind == VERB) ||
	    (is_share(&f) && !is_plain_share(r, line)) ||
	    (f.meaning->kind == SAYS && f.meaning->id == FIELD_SHARE))
		return false;
	taken = f.meaning->kind == VERB ?
	    take_verb(r, (enum verb)f.meaning->id, f.rest, f.rest_len) :
	    take_saying(r, (enum field)f.meaning->id, f.rest, f.rest_len);
	if (taken)
		vote(r, f.meaning);
	return taken && f.meaning->kind == VERB;
}

/* "Hello, No. 1" is no sentence. */
static bool
is_number_sign(const char *s, size_t dot, size_t len)
{
	return s[dot] == '.' && dot >= 2 && strncasecmp(s + dot - 2, "no", 2) == 0 &&
	    (dot == 2 || s[dot - 3] == ' ' || ispunct((unsigned char)s[dot - 3])) &&
	    dot + 2 < len && s[dot + 1] == ' ' &&
	    isdigit((unsigned char)s[dot + 2]);
}

/* Ends of sentences, in the scripts we are likely to meet. */
static const bool is_stop[256] = {
	['.'] = true, ['!'] = true, ['?'] = true, [';'] = true, ['\0'] = true,
};

static size_t
sentence(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (is_stop[(unsigned char)s[i]] && (i + 1 == len ||
		    s[i + 1] == ' ' || is_stop[(unsigned char)s[i + 1]]) &&
		    !is_number_sign(s, i, len))
			break;
	return i;
}

/* A no as the first sentence of the first line; a clear refusal in any. */
static void
take_sentences(struct reading *r, const struct line *line, bool first)
{
	const char *at = line->s, *end = line->s + line->len;

	while (at < end && r->sentences < SENTENCES && !r->out->no) {
		size_t len = sentence(at, (size_t)(end - at));
		const struct meaning *m = NULL;

		if (len > 0 && len <= SENTENCE_BYTES) {
			r->sentences++;
			m = find_words(r->v, r->v->lines, at, len, PREFIXES).meaning;
		}
		if (m != NULL && m->kind == ANSWER && (first || m->id == ANSWER_REFUSAL))
			take_answer(r, m);
		if (len > 0)
			first = false;
		at += len + 1;
	}
}

static bool
take_next_share(struct reading *r, const struct line *line)
{
	struct found f;

	if (take_capital_share(r, line, true, true))
		return true;
	f = find_words(r->v, r->v->openings, line->s, line->len, PREFIXES);
	if (is_share(&f) && take_share_opening(r, line, &f, true))
		return true;
	if (!is_share(&f) || f.meaning->kind != VERB || !is_plain_share(r, line) ||
	    !take_verb(r, VERB_SHARE, f.rest, f.rest_len))
		return take_capital_share(r, line, true, false);
	vote(r, f.meaning);
	return true;
}

/* "HIDE" below "Yes", or "SHARE Amnesty" below "UPDATES". */
static bool
take_next_wish(struct reading *r, const struct line *line)
{
	struct found f;
	enum verb before = r->out->verb;

	if (!r->wishing || line->len > LINE_BYTES)
		return false;
	f = find_words(r->v, r->v->lines, line->s, line->len, PREFIXES);
	if (f.meaning != NULL && f.meaning->kind == VERB &&
	    is_wish((enum verb)f.meaning->id)) {
		take_wish(r, (enum verb)f.meaning->id);
		r->out->verb = (enum verb)f.meaning->id;
		vote(r, f.meaning);
	} else if (!take_next_share(r, line)) {
		return false;
	}
	if (before != VERB_NONE)
		r->out->verb = before;
	return true;
}

/* A line that is no field: a verb, an answer, a greeting or just text, of which
 * it returns false. */
static bool
take_line(struct reading *r, const struct line *line)
{
	const struct meaning *m = NULL;
	bool first = !r->spoke;

	if (first && line->len <= LINE_BYTES)
		m = find_words(r->v, r->v->lines, line->s, line->len,
		    PREFIXES).meaning;
	/* "Hallo" is said in too many languages to tell one */
	if (m != NULL && m->kind == GREETING)
		return true;
	/* "Hello I do not want updates" */
	if (m != NULL && m->kind == VERB && (m->id == VERB_SHOW ||
	    m->id == VERB_UPDATES) && !begins_with(r->v, r->v->lines, line))
		m = NULL;
	r->spoke_before = r->spoke;
	r->spoke = true;
	if (!first && take_next_wish(r, line))
		return true;
	r->wishing = m != NULL && (m->kind == VERB ||
	    (m->kind == ANSWER && m->id == ANSWER_YES));
	if (m == NULL) {
		r->wishing = (first && take_capital_share(r, line, true, true)) ||
		    take_opening(r, line, first) ||
		    take_capital_share(r, line, first, false);
		if (!r->wishing)
			take_sentences(r, line, first);
	} else if (m->kind == VERB) {
		r->out->verb = (enum verb)m->id;
		take_wish(r, r->out->verb);
		vote(r, m);
	} else {
		take_answer(r, m);
	}
	return r->wishing;
}

/* "I sign, but do not" / "share my name": the tail, and from HAD on the line that
 * goes on with it. */
static void
take_broken_refusal(struct reading *r, size_t had, size_t len)
{
	size_t i, start = 0;

	for (i = 0; i < had; i++)
		if (strchr(",:()", r->tail[i]) != NULL)
			start = i + 1;
	if (!is_refusal(find_wish(r->v, r->tail + start, had - start)))
		(void)take_joined(r, r->tail + start, len - start);
}

/* Mail programs break lines within sentences: "I do not" / "want to sign". */
static void
take_broken(struct reading *r, const struct line *line)
{
	size_t had = strlen(r->tail), len = sentence(line->s, line->len);
	const struct meaning *m;

	if (had == 0 || had + 1 + len > SENTENCE_BYTES) {
		r->tail[0] = '\0';
		return;
	}
	r->tail[had++] = ' ';
	memcpy(r->tail + had, line->s, len);
	r->tail[had + len] = '\0';
	if (r->sentences >= SENTENCES || r->out->no)
		return;
	r->sentences++;
	m = find_words(r->v, r->v->lines, r->tail, had + len, PREFIXES).meaning;
	if (m != NULL && m->kind == ANSWER && m->id == ANSWER_REFUSAL)
		take_answer(r, m);
	else
		take_broken_refusal(r, had - 1, had + len);
}

/* What of LINE the next one may go on with: what comes after its last sentence
 * that has an end. */
static void
keep_tail(struct reading *r, const struct line *line)
{
	const char *at = line->s, *end = line->s + line->len;
	size_t len = sentence(at, line->len);

	if (r->tail[0] != '\0' && len == line->len)
		return;                 /* all of it is there already */
	for (; at + len < end; len = sentence(at, (size_t)(end - at)))
		at += len + 1;
	len = (size_t)(end - at);
	if (len > SENTENCE_BYTES)
		len = 0;
	while (len > 0 && *at == ' ') {
		at++;
		len--;
	}
	memcpy(r->tail, at, len);
	r->tail[len] = '\0';
}

/* The length of a reply's or forward's prefix with its ":", 0 if none. */
static size_t
subject_prefix(const char *s)
{
	static const char *const prefixes[] = { "re", "fw", "fwd", "aw", "wg", "sv",
	    "vs", "vb", "antw", "rv", "tr", "odp", "ynt", "Ответ", "Отв", "На", "НА",
	    "Пересл", "Ҷавоб", "Javob" };
	size_t i, n;

	for (i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
		n = strlen(prefixes[i]);
		if (strncasecmp(s, prefixes[i], n) != 0)
			continue;
		n += strspn(s + n, "[]()0123456789 ");
		if (s[n] == ':')
			return n + 1;
	}
	return 0;
}

static const char *
bare_subject(const char *s)
{
	size_t n;

	do {
		s += strspn(s, " \t");
		n = subject_prefix(s);
		s += n;
	} while (n > 0);
	return s;
}

/* "Re: WITHDRAW" is the subject of our own question, which somebody else may have
 * brought about, and not what she says: with a no below it nothing is done, and
 * what takes away, tells more or sends more only by an empty answer or a yes.
 * STATUS and the like do no harm. */
static bool
answer_grants(const struct said *said, enum verb verb)
{
	static const enum { ALWAYS, UNLESS_NO, WITH_YES } when[VERB_COUNT_] = {
		[VERB_STOP] = UNLESS_NO, [VERB_HIDE] = UNLESS_NO,
		[VERB_UNSHARE] = UNLESS_NO, [VERB_WITHDRAW] = WITH_YES,
		[VERB_FORGET] = WITH_YES, [VERB_SHOW] = WITH_YES,
		[VERB_UPDATES] = WITH_YES, [VERB_SHARE] = WITH_YES,
		[VERB_POSTED] = WITH_YES, [VERB_WROTE] = WITH_YES,
	};

	return when[verb] == ALWAYS || (when[verb] == WITH_YES ? said->yes != 0 :
	    said->no == 0);
}

static void
read_subject(struct reading *r, const char *subject, bool empty)
{
	const char *s = bare_subject(subject);
	struct line line = { s, trimmed(s, strlen(s)) };
	const struct meaning *m;
	struct found f;

	if (line.len == 0 || line.len > LINE_BYTES)
		return;
	m = find_words(r->v, r->v->lines, line.s, line.len, PREFIXES).meaning;
	r->sayings = 0;
	if (m == NULL) {
		f = find_words(r->v, r->v->openings, line.s, line.len, PREFIXES);
		if (s == subject || empty || !is_share(&f) ||
		    answer_grants(r->out, VERB_SHARE))
			(void)take_opening(r, &line, true);
	} else if (m->kind == VERB) {
		if (s != subject && !empty &&
		    !answer_grants(r->out, (enum verb)m->id))
			return;
		r->out->verb = (enum verb)m->id;
		take_wish(r, r->out->verb);
		vote(r, m);
	} else if (m->kind == ANSWER && empty && s == subject) {
		take_answer(r, m);      /* all she wrote, and her own words */
	}
}

static void
elect_language(struct reading *r)
{
	size_t i, best = r->first_vote;

	for (i = 0; i < r->v->language_count; i++)
		if (r->votes[i] > r->votes[best])
			best = i;
	if (r->v->language_count > 0 && r->votes[best] > 0)
		r->out->language = r->v->languages[best];
}

void
vocabulary_read(const struct vocabulary *v, struct arena *arena, const char *text,
    const char *subject, struct said *out)
{
	struct reading r = { .v = v, .arena = arena, .out = out, .at = text };
	struct line line, value;
	bool empty = true;
	size_t i;

	memset(out, 0, sizeof *out);
	r.votes = arena_alloc(arena, (v->language_count + 1) * sizeof *r.votes);
	while (next_line(&r, &line)) {
		const struct meaning *m;
		bool known;

		if (line.len == 0 || line.s[0] == '>') {
			r.tail[0] = '\0';
			continue;
		}
		empty = false;
		m = find_field(v, &line, &value);
		if (m != NULL) {
			r.tail[0] = '\0';
			take_field(&r, m, value);
			continue;
		}
		known = take_line(&r, &line);
		if (!out->other || may_refuse(v, &line))
			known |= take_refusals(&r, &line);
		out->other |= !known;
		take_broken(&r, &line);
		keep_tail(&r, &line);
	}
	if (subject != NULL && out->verb == VERB_NONE)
		read_subject(&r, subject, empty);
	for (i = 0; i < FIELD_COUNT_; i++)
		if (out->field[i] == NULL)
			out->field[i] = r.weak[i];
	elect_language(&r);
}

/* "Language: the one we speak" is a sentence. */
static bool
is_one_word(const char *s)
{
	return s[0] != '\0' && strlen(s) <= 40 && strpbrk(s, " .,;:!?()") == NULL;
}

const char *
vocabulary_says_language(const struct vocabulary *v, struct arena *arena,
    const char *text, size_t len)
{
	struct line line = { text, len }, value;
	const struct meaning *m;
	const char *word, *code;

	if (memchr(text, ':', len) == NULL && memchr(text, 0xef, len) == NULL)
		return NULL;
	m = find_field(v, &line, &value);
	if (m == NULL || m->id != FIELD_LANGUAGE)
		return NULL;
	word = text_line(arena, value.s, value.len, SAID_FIELD_MAX);
	code = vocabulary_language(v, word);
	if (code != NULL)
		return code;
	return is_one_word(word) ? word : NULL;
}
