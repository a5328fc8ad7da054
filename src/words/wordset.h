/* wordset.h - many small patterns tried on a text as if they were one
 *
 * Some hundred expressions are tried on a line of mail, and nearly none
 * matches.  So each is asked, once, which three signs a text may begin with for
 * it to match; those that share the first two are put together into one pattern, and
 * most lines are done with after a look at their first letters.
 */
#ifndef WORDS_WORDSET_H
#define WORDS_WORDSET_H

#include <stddef.h>

#include "base/status.h"
#include "words/pattern.h"

struct meaning {
	unsigned kind, id;              /* the caller's */
	size_t language;
};

struct wordset;

struct wordset *wordset_new(void);
void wordset_free(struct wordset **);

/* EXPRESSION must have stood wordset_check. */
void wordset_add(struct wordset *, const struct meaning *, const char *expression);
enum status wordset_check(const char *expression, const char *where, struct reason *)
    MUST_CHECK;

/* Makes it ready for use.  AFTER is what follows a match, up to the end of the
 * text; it may have one group, with a name. */
enum status wordset_finish(struct wordset *, const char *after, const char *name,
    struct reason *) MUST_CHECK;

/* False when nothing that begins at TEXT, a letter or digit, has a meaning: looks
 * at three signs only. */
bool wordset_begins(const struct wordset *, const char *text, size_t len);

/* What TEXT means from its first letter or digit on, or NULL.  REST (may be
 * NULL) is the group of AFTER. */
const struct meaning *wordset_find(const struct wordset *, const char *text,
    size_t len, struct span *rest);

/* How much of TEXT goes before its first letter or digit. */
size_t words_noise(const char *text, size_t len);

/* Where the next word after AT begins, which stands in one or between two; LEN when
 * there is none.  Digits are words of their own. */
size_t words_next(const char *text, size_t len, size_t at);

#endif
