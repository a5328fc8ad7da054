/* flowed.h - text of format=flowed (RFC 3676) with its paragraphs joined */
#ifndef MESSAGE_FLOWED_H
#define MESSAGE_FLOWED_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Appends.  Quote marks stay ("> "), the signature mark "-- " is never joined,
 * DELETE_SPACE is DelSp=yes. */
void flowed_unwrap(const char *text, size_t len, bool delete_space,
    struct buf *out);

#endif
