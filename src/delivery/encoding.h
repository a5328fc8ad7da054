/* encoding.h - a MIME part of text, in whichever encoding is shortest
 *
 * 7bit when it is ASCII in short lines, else quoted-printable, else base64
 * when that is shorter, as it is for most text that is not Latin.  So every
 * mail passes every relay, and no line is longer than 76 octets.
 */
#ifndef DELIVERY_ENCODING_H
#define DELIVERY_ENCODING_H

#include <stddef.h>

struct buf;

/* Content-Type (TYPE, charset utf-8), Content-Transfer-Encoding, an empty line
 * and the text, CRLF line ends.  TEXT is UTF-8 with LF line ends. */
void encoding_part(struct buf *out, const char *type, const char *text, size_t len);

/* Appends base64 without line ends. */
void encoding_base64(struct buf *out, const void *data, size_t len);

/* Appends MARK and the octet in two hexadecimal digits, as in =E9 and %E9. */
void encoding_octet(struct buf *out, char mark, char octet);

#endif
