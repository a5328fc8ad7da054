/* text.h - Unicode text from strangers, made fit to keep and to compare
 *
 * Everything here is pure and bounded by its input.  Results live in the
 * arena.  libunistring and libidn2 are used in this folder only.  ASCII, which
 * is most of what comes, takes a short way through all of it.
 */
#ifndef WORDS_TEXT_H
#define WORDS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

bool text_is_utf8(const char *, size_t len);
bool text_is_ascii(const char *, size_t len);

/* Valid UTF-8 in which every character can be seen: no white space, control,
 * format, private or unassigned characters. */
bool text_is_visible(const char *, size_t len);

/* Valid UTF-8 in NFC on one line: bytes that are not UTF-8 become U+FFFD,
 * control, format and bidi-override characters are dropped, runs of white
 * space become one blank, ends are trimmed, at most MAX characters are kept.
 * The two joiners stay where they are part of the spelling: between letters
 * of Arabic and the Indic scripts.  Never NULL; "" when nothing is left. */
char *text_line(struct arena *, const char *, size_t len, size_t max);

/* The same for text of many lines: each as by text_line, LF between them, no
 * more than two empty lines in a row, none at the ends. */
char *text_lines(struct arena *, const char *, size_t len, size_t max);

/* For comparing only: NFKC, case folded, accents kept, curved apostrophes and
 * dashes straightened, blanks and punctuation at the ends and doubled blanks
 * removed. */
char *text_fold(struct arena *, const char *);

/* For finding a word however it was typed: text_fold without accents, with
 * plain letters for those that many keyboards lack (o for a struck o; the six
 * Tajik letters as people type them on a Russian keyboard), punctuation gone,
 * hyphens as blanks. */
char *text_bare(struct arena *, const char *);

/* NFC and case folded, or in lower case, and nothing else; NULL when it is not
 * UTF-8.  Folding joins more: it makes "ss" of a sharp s. */
char *text_casefold(struct arena *, const char *, size_t len);
char *text_lower(struct arena *, const char *, size_t len);

/* A domain name in lower-case A-labels (IDNA2008, RFC 5891), or NULL when it
 * is not one: labels of letters, digits and inner hyphens, each at most 63
 * octets and 253 in all, no dot at the end. */
char *text_domain_ascii(struct arena *, const char *, size_t len);

/* ISO 15924 code of the script most letters are in ("Latn", "Cyrl", "Arab"),
 * or NULL when there are no letters. */
const char *text_script(const char *);

/* The language a text is likely in among CHOICES (NULL-terminated, like
 * { "en", "ru", "tg", NULL }), judged by script and by letters only some of
 * them use (tg: ғ ӣ қ ӯ ҳ ҷ; ru: щ ы ь ц; nb: æ ø å), or NULL when the text
 * does not tell. */
const char *text_language(const char *, const char *const *choices);

#endif
