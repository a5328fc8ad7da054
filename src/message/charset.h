/* charset.h - bytes in any charset that mail comes in, made UTF-8
 *
 * Only charsets of our own list reach iconv, and all of them are opened when
 * the reader is made, so that a sandbox need not allow files to be read later.
 * Nothing fails: what a charset cannot mean becomes U+FFFD, and bytes without
 * a charset that we know are guessed at.
 */
#ifndef MESSAGE_CHARSET_H
#define MESSAGE_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct charsets;

struct charsets *charsets_new(void);
void charsets_free(struct charsets **);

/* Append BYTES to OUT as UTF-8.  NAME as in a Content-Type, or NULL. */
void charset_decode(struct charsets *, const char *name, const char *bytes,
    size_t len, struct buf *out);

/* The same for bytes that were not said to be anything, in a header: UTF-8 if
 * they can be, else the charset HINT if it is one we know, else a guess. */
void charset_guess(struct charsets *, const char *hint, const char *bytes,
    size_t len, struct buf *out);

#endif
