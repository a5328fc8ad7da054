/* pattern.h - PCRE2 with bounds
 *
 * UTF mode, case-insensitive where asked, never JIT (the sandbox forbids
 * writable and executable memory), match and depth limits set, so that no
 * pattern an editor writes can hold the intake up.  A match that hits a limit
 * counts as no match.  PCRE2 is used in this folder only.
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

#endif
