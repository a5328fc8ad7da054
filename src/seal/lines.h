/* lines.h - files of "name: value" lines in a fixed order, as keys and shares are
 *
 * Binary values are base64 in the URL alphabet without padding.  An end of line
 * may be LF or CRLF, since such files travel by mail.
 */
#ifndef SEAL_LINES_H
#define SEAL_LINES_H

#include <stddef.h>

#include "base/status.h"

struct buf;

#define LINES_VALUE 160         /* room for any value, with NUL */

/* At most 119 bytes. */
void lines_add(struct buf *, const char *name, const unsigned char *data,
    size_t len);
/* What follows NAME at *AT, which goes on to the next line; INVALID when
 * something else stands there, or too much. */
enum status lines_take(const char **at, const char *name, char *out,
    size_t room) MUST_CHECK;
enum status lines_take_bytes(const char **at, const char *name,
    unsigned char *out, size_t want) MUST_CHECK;
enum status lines_take_number(const char **at, const char *name, unsigned *out)
    MUST_CHECK;

#endif
