/* base64.h - RFC 4648, read as strictly as it is written
 *
 * Reading takes what writing would have made and nothing else: no blanks, no
 * missing or extra padding, no bits left over.  So one run of bytes has one
 * text, and a change of any letter is a change of the bytes or an error.
 */
#ifndef SEAL_BASE64_H
#define SEAL_BASE64_H

#include <stddef.h>

#include "base/status.h"

struct buf;

/* The standard alphabet with padding (section 4), as notes have it. */
void base64_add(struct buf *, const void *, size_t);
enum status base64_take(const char *text, size_t len, unsigned char *out,
    size_t room, size_t *len_out) MUST_CHECK;

/* The URL alphabet without padding (section 5), for what travels by mail: it
 * holds no character that a mail program takes for something. */
void base64_add_url(struct buf *, const void *, size_t);
enum status base64_take_url(const char *text, size_t len, unsigned char *out,
    size_t room, size_t *len_out) MUST_CHECK;

#endif
