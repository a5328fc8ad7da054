/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unictype.h>
#include <unistr.h>

#include "base/arena.h"
#include "base/buf.h"
#include "words/named.h"
#include "words/text.h"
#include "words/wordset.h"

#define PART_LEAST 4            /* octets of a name that may stand for it */

struct one {
	char *bare;
	bool is_id;
};

struct named {
	struct one *list;
	size_t count;
};

const char *
named_without_article(const char *bare)
{
	static const char *const articles[] = { "the ", "den ", "det ", "de ", "dei " };
	size_t i, n;

	for (i = 0; i < sizeof articles / sizeof articles[0]; i++) {
		n = strlen(articles[i]);
		if (strncmp(bare, articles[i], n) == 0 && bare[n] != '\0')
			return bare + n;
	}
	return bare;
}

static bool
is_part(const char *name, const char *part)
{
	size_t len = strlen(part);
	const char *p;

	if (len < PART_LEAST)
		return false;
	for (p = name; (p = strstr(p, part)) != NULL; p++)
		if ((p == name || p[-1] == ' ') &&
		    (p[len] == '\0' || p[len] == ' '))
			return true;
	return false;
}

enum likeness
named_likeness(const char *name, const char *said)
{
	if (strcmp(name, said) == 0)
		return LIKE_WHOLE;
	if (strcmp(named_without_article(name), named_without_article(said)) == 0)
		return LIKE_BUT_ARTICLE;
	return is_part(name, said) ? LIKE_PART : UNLIKE;
}

/* ---- those that may be meant -------------------------------------------------- */

struct named *
named_new(void)
{
	return mem_alloc(sizeof(struct named));
}

void
named_free(struct named **np)
{
	struct named *n = *np;
	size_t i;

	if (n == NULL)
		return;
	for (i = 0; i < n->count; i++)
		free(n->list[i].bare);
	free(n->list);
	free(n);
	*np = NULL;
}

size_t
named_count(const struct named *n)
{
	return n->count;
}

void
named_add(struct named *n, const char *name, int is_id)
{
	struct arena *arena = arena_new();
	const char *bare = text_bare(arena, name);

	if (*bare != '\0') {
		n->list = mem_realloc(n->list, n->count + 1, sizeof *n->list);
		n->list[n->count++] = (struct one){ mem_strdup(bare), is_id != 0 };
	}
	arena_free(&arena);
}

/* Is the first letter of S a capital one? */
static bool
is_capital(const char *s)
{
	size_t len = strlen(s), skip = words_noise(s, len);
	ucs4_t c;

	if (skip == len)
		return false;
	(void)u8_mbtouc(&c, (const uint8_t *)s + skip, len - skip);
	return uc_is_upper(c);
}

/* The second word of S. */
static const char *
second_word(const char *s)
{
	s += words_noise(s, strlen(s));
	s += strcspn(s, " ");
	return s + strspn(s, " ");
}

/* What SAID, which is BARE without punctuation, has in common with ONE. */
static enum hearing
hear_one(const struct one *one, const char *said, const char *bare)
{
	const char *core = named_without_article(bare);
	bool marked = strchr(core, ' ') != NULL ||
	    is_capital(core == bare ? said : second_word(said));

	if (named_likeness(one->bare, bare) >= LIKE_BUT_ARTICLE)
		return marked ? HEARD_NAME : HEARD_UNCLEAR;
	return marked && !one->is_id && is_part(one->bare, core) ? HEARD_UNCLEAR :
	    HEARD_NOBODY;
}

/* "Nordic Committee please": where the rest begins in SAID, NULL when it does not
 * begin with a name.  Punctuation is gone in what is compared, so the words are
 * counted. */
static const char *
find_rest(const struct one *one, const char *said, const char *bare,
    struct arena *arena)
{
	const char *p, *name = named_without_article(one->bare), *beginning;

	if (one->is_id ||
	    strncmp(named_without_article(bare), name, strlen(name)) != 0)
		return NULL;
	for (p = said; (p = strchr(p, ' ')) != NULL; p++) {
		beginning = text_bare(arena,
		    arena_strndup(arena, said, (size_t)(p - said)));
		if (strcmp(named_without_article(beginning), name) == 0)
			return p + 1;
		if (strlen(beginning) > strlen(one->bare) + 8)
			break;
	}
	return NULL;
}

enum hearing
named_hear(const struct named *n, struct arena *arena, const char *said,
    const char **rest)
{
	const char *bare = text_bare(arena, said);
	enum hearing best = HEARD_NOBODY, one;
	size_t i;

	*rest = NULL;
	if (n->count == 0 || *bare == '\0')
		return HEARD_NOBODY;
	for (i = 0; best != HEARD_NAME && i < n->count; i++) {
		one = hear_one(&n->list[i], said, bare);
		if (one == HEARD_NOBODY) {
			*rest = *rest != NULL ? *rest :
			    find_rest(&n->list[i], said, bare, arena);
			one = *rest != NULL ? HEARD_UNCLEAR : HEARD_NOBODY;
		}
		best = one > best ? one : best;
	}
	if (best == HEARD_NAME)
		*rest = NULL;
	if (best == HEARD_NAME && strchr(said, '?') != NULL)
		return HEARD_UNCLEAR;
	if (best == HEARD_NOBODY && named_without_article(bare) != bare &&
	    is_capital(said) && is_capital(second_word(said)))
		return HEARD_UNCLEAR;
	return best;
}
