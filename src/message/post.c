/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "message/letter.h"
#include "message/post.h"
#include "words/text.h"
#include "words/vocabulary.h"

#define LABEL_MAX 120           /* octets of a line that may name a language */

struct line {
	const char *s;
	size_t len;
};

static bool
next_line(const char **at, const char *end, struct line *out)
{
	const char *stop;

	if (*at >= end)
		return false;
	stop = memchr(*at, '\n', (size_t)(end - *at));
	if (stop == NULL)
		stop = end;
	out->s = *at;
	out->len = (size_t)(stop - *at);
	while (out->len > 0 && out->s[out->len - 1] == '\r')
		out->len--;
	*at = stop < end ? stop + 1 : end;
	return true;
}

static bool
is_blank(struct line l)
{
	size_t i;

	for (i = 0; i < l.len && (l.s[i] == ' ' || l.s[i] == '\t'); i++)
		;
	return i == l.len;
}

/* RFC 3676 section 4.3: the last line "-- " and what is below it. */
static size_t
without_signature(const char *text, size_t len)
{
	const char *at = text, *end = text + len;
	struct line l;
	size_t cut = len;

	while (next_line(&at, end, &l))
		if (l.len == 3 && memcmp(l.s, "-- ", 3) == 0)
			cut = (size_t)(l.s - text);
	return cut;
}

/* The words for it that mail programs show their users. */
static const char *
says_subject(struct arena *arena, struct line l)
{
	static const char *const words[] = { "subject", "тема", "Тема", "мавзӯъ",
		"Мавзӯъ", "мавзуъ", "Мавзуъ", "emne", "betreff", "objet", "asunto" };
	size_t i, n;

	for (i = 0; i < sizeof words / sizeof words[0]; i++) {
		n = strlen(words[i]);
		if (l.len > n && strncasecmp(l.s, words[i], n) == 0 &&
		    l.s[n] == ':')
			return text_line(arena, l.s + n + 1, l.len - n - 1, 200);
	}
	return NULL;
}

/* A line made clean, with what Markdown reads into its ends: how far it is
 * moved in, and the two blanks that break it. */
static void
add_line(struct buf *out, struct arena *arena, struct line l)
{
	size_t in = 0, to = l.len;
	bool breaks;

	while (in < l.len && (l.s[in] == ' ' || l.s[in] == '\t'))
		in++;
	while (to > in && l.s[to - 1] == ' ')
		to--;
	breaks = l.len - to >= 2 && to > in;
	if (to > in) {
		size_t i;

		for (i = 0; i < in; i++)
			buf_addstr(out, l.s[i] == '\t' ? "    " : " ");
		buf_addstr(out, text_line(arena, l.s + in, to - in, to - in));
	}
	buf_addstr(out, breaks ? "  \n" : "\n");
}

/* ---- parts ---------------------------------------------------------------- */

struct splitting {
	struct arena *arena;
	struct letter *letter;
	const char *language, *subject;
	struct buf body;
	size_t all;
};

static void
end_part(struct splitting *s)
{
	struct letter *l = s->letter;
	char *body = s->body.data;
	size_t len = s->body.len, skip = strspn(body, "\n");

	while (len > skip && body[len - 1] == '\n')
		len--;
	if (len > skip || s->language != NULL) {
		if (l->posts == LETTER_POSTS || len - skip > LETTER_POST_MAX ||
		    s->all + len - skip > LETTER_POSTS_MAX) {
			l->post_cut = true;
		} else {
			l->post[l->posts++] = (struct letter_post){
			    s->language, s->subject,
			    arena_strndup(s->arena, body + skip, len - skip) };
			s->all += len - skip;
		}
	}
	buf_clear(&s->body);
}

/* Its subject is what the first line that is not blank says. */
static void
take_subject(struct splitting *s, const char **at, const char *end)
{
	const char *next = *at, *subject;
	struct line l;

	s->subject = s->letter->subject;
	while (next_line(&next, end, &l)) {
		subject = l.len > LETTER_LINE_MAX ? NULL :
		    says_subject(s->arena, l);
		if (subject != NULL) {
			s->subject = subject;
			*at = next;
		}
		if (!is_blank(l))
			break;
	}
}

static void
begin_part(struct splitting *s, const char *language, const char **at,
    const char *end)
{
	end_part(s);
	s->language = language;
	take_subject(s, at, end);
}

void
post_split(const struct vocabulary *v, struct arena *arena, const char *text,
    size_t len, struct letter *letter)
{
	struct splitting s = { .arena = arena, .letter = letter,
	    .subject = letter->subject, .body = BUF_INIT };
	const char *at = text, *end, *language;
	struct line l;

	letter->posts = 0;
	letter->post_cut = false;
	end = text + without_signature(text, len);
	while (next_line(&at, end, &l)) {
		language = v == NULL || l.len > LABEL_MAX ? NULL :
		    vocabulary_says_language(v, arena, l.s, l.len);
		if (language != NULL)
			begin_part(&s, language, &at, end);
		else
			add_line(&s.body, arena, l);
	}
	end_part(&s);
	buf_free(&s.body);
}

/* ---- files -------------------------------------------------------------- */

char *
post_language(struct arena *arena, const char *name)
{
	const char *base = strrchr(name, '/'), *end, *from;
	size_t len;

	base = base == NULL ? name : base + 1;
	end = strrchr(base, '.');
	if (end == NULL || end == base)
		return NULL;
	from = memrchr(base, '.', (size_t)(end - base));
	if (from == NULL)
		return NULL;
	len = (size_t)(end - ++from);
	if (len < 2 || len > 8 || strspn(from, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_") < len)
		return NULL;
	return arena_strndup(arena, from, len);
}

void
post_add_file(struct arena *arena, const char *name, const char *text, size_t len,
    struct letter *letter)
{
	struct splitting s = { .arena = arena, .letter = letter,
	    .language = post_language(arena, name), .body = BUF_INIT };
	const char *at = text, *end = text + len;
	struct line l;
	size_t i;

	for (i = 0; i < letter->posts; i++)
		s.all += strlen(letter->post[i].body);
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	take_subject(&s, &at, end);
	while (next_line(&at, end, &l))
		add_line(&s.body, arena, l);
	end_part(&s);
	buf_free(&s.body);
}
