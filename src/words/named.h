/* named.h - how organisations are called, and how people call them
 *
 * Names are compared bare (text_bare): without regard to case, accents and
 * punctuation.  An article that a name begins with may be left out, or put where
 * there is none.
 */
#ifndef WORDS_NAMED_H
#define WORDS_NAMED_H

#include <stddef.h>

struct arena;
struct named;

enum likeness {
	UNLIKE,
	LIKE_PART,              /* one or more whole words of it */
	LIKE_BUT_ARTICLE,       /* all of it, but for an article */
	LIKE_WHOLE
};

/* How much NAME is called SAID; both bare. */
enum likeness named_likeness(const char *name, const char *said);

/* What comes after the article that BARE begins with; BARE when it has none. */
const char *named_without_article(const char *bare);

/* ---- those that may be meant -------------------------------------------------- */

struct named *named_new(void);
void named_free(struct named **);
size_t named_count(const struct named *);

/* One more, which is copied; an ID is never meant by a part of it. */
void named_add(struct named *, const char *name, int is_id);

/* What people say of whom they mean. */
enum hearing {
	HEARD_NOBODY,
	HEARD_UNCLEAR,          /* perhaps one of them */
	HEARD_NAME              /* one of them, by its whole name or its id */
};

/* Is SAID one of them?  A part of a name is unclear, unless it is a single word
 * in small letters, which is nobody; so is a whole name or id that is such a word
 * ("the letters"), what has a question mark, and a name that goes on with other
 * words, which begin at *REST then (else NULL).  Unclear, too, is whatever begins with an article
 * that is written like a name ("The Xyz Fund"). */
enum hearing named_hear(const struct named *, struct arena *, const char *said,
    const char **rest);

#endif
