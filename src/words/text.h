/* text.h - Unicode text from strangers, made fit to keep and to compare
 *
 * Everything here is pure and bounded by its input.  Results live in the
 * arena.  libunistring is used in this folder only.
 */
#ifndef WORDS_TEXT_H
#define WORDS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

bool text_is_utf8(const char *, size_t len);

/* Valid UTF-8 in NFC on one line: bytes that are not UTF-8 become U+FFFD,
 * control, format and bidi-override characters are dropped, runs of white
 * space become one blank, ends are trimmed, at most MAX characters are kept.
 * Never NULL; "" when nothing is left. */
char *text_line(struct arena *, const char *, size_t len, size_t max);

/* The same for text of many lines: LF between lines, tabs to blanks, trailing
 * blanks dropped, no more than two empty lines in a row. */
char *text_lines(struct arena *, const char *, size_t len, size_t max);

/* For comparing only: NFKC, case folded, accents kept, blanks and punctuation
 * at the ends and doubled blanks removed. */
char *text_fold(struct arena *, const char *);

/* ISO 15924 code of the script most letters are in ("Latn", "Cyrl", "Arab"),
 * or NULL when there are no letters. */
const char *text_script(const char *);

/* The language a text is likely in among CHOICES (NULL-terminated, like
 * { "en", "ru", "tg", NULL }), judged by script and by letters only some of
 * them use (tg: ғ ӣ қ ӯ ҳ ҷ; ru: щ ы ь ц; nb: æ ø å), or NULL when the text
 * does not tell. */
const char *text_language(const char *, const char *const *choices);

#endif
