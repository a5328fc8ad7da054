/* encoded.h - header text with RFC 2047 encoded words, made UTF-8
 *
 * Lenient as mail needs it: words glued to text, blanks inside a word, letters
 * split between two words of one charset, raw bytes of any charset.
 */
#ifndef MESSAGE_ENCODED_H
#define MESSAGE_ENCODED_H

#include <stddef.h>

struct arena;
struct buf;
struct charsets;

/* Unfolded TEXT to UTF-8 (not cleaned: words/text.h does that).  HINT is the
 * charset of raw bytes, if the message says one anywhere, or NULL. */
void encoded_decode(struct charsets *, const char *hint, const char *text,
    size_t len, struct buf *out);

/* The same, but every decoded run is written as encoded words in UTF-8 again
 * and raw bytes become UTF-8: for a parser of addresses, for which a comma
 * that was encoded is no comma. */
void encoded_unify(struct charsets *, const char *hint, const char *text,
    size_t len, struct buf *out);

#endif
