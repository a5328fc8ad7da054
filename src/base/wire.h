/* wire.h - how records are written between our own processes
 *
 * A record is a run of fields in a fixed order that both sides know: integers
 * in network order, strings with a 32-bit length.  A reader never trusts its
 * peer: every length is checked, and after the first mistake all further
 * reads give zero or "" and wire_done answers INVALID, so that a decoder is a
 * column of calls with one check at the end.
 */
#ifndef BASE_WIRE_H
#define BASE_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct arena;
struct buf;

void wire_put_u8(struct buf *, uint8_t);
void wire_put_u32(struct buf *, uint32_t);
void wire_put_i64(struct buf *, int64_t);
void wire_put_bytes(struct buf *, const void *, size_t);       /* with length */
void wire_put_string(struct buf *, const char *);              /* NULL allowed */

struct wire {
	const unsigned char *at, *end;
	int bad;
};

void wire_open(struct wire *, const void *, size_t);
uint8_t wire_u8(struct wire *);
uint32_t wire_u32(struct wire *);
int64_t wire_i64(struct wire *);
/* Borrowed from the record; NULL and length 0 when bad. */
const void *wire_bytes(struct wire *, size_t *len_out);
/* Copied to the arena; NULL where NULL was put.  A string longer than MAX, or
 * with a NUL inside, is a mistake. */
char *wire_string(struct wire *, struct arena *, size_t max);

/* OK when every read fitted and nothing is left over, else INVALID. */
enum status wire_done(const struct wire *) MUST_CHECK;

#endif
