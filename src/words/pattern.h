/* pattern.h - PCRE2 with bounds
 *
 * UTF mode, case-insensitive where asked, never JIT (the sandbox forbids
 * writable and executable memory), match and depth limits set, so that no
 * pattern an editor writes can hold the intake up.  A match that hits a limit
 * counts as no match.  All patterns share the room they match in, so they are
 * for one thread.  PCRE2 is used in this folder only.
 */
#ifndef WORDS_PATTERN_H
#define WORDS_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

struct pattern;

/* NAME ("templates/ru/words:12") begins the reason of an INVALID pattern. */
enum status pattern_new(struct pattern **out, const char *expression,
    bool ignore_case, const char *name, struct reason *) MUST_CHECK;
void pattern_free(struct pattern **);

struct span {
	size_t start, end;      /* byte offsets; start > end: group not set */
};

/* Match within TEXT[0..len), which must be UTF-8 (anything else never
 * matches).  SPANS[0] is the whole match, SPANS[i] group i; COUNT of them. */
bool pattern_match(const struct pattern *, const char *text, size_t len,
    struct span *spans, size_t count);

/* The number N of the "(*MARK:N)" that the last match, just made and a success,
 * went through; -1 for none.  Cheaper than a group, which every step back in a
 * match has to copy. */
int pattern_mark(void);

/* How far TEXT goes towards a match from its first byte on: not at all, as a
 * beginning, or all the way without need of more. */
enum pattern_reach { PATTERN_NONE, PATTERN_PART, PATTERN_ALL };
enum pattern_reach pattern_reaches(const struct pattern *, const char *text,
    size_t len);

#endif
