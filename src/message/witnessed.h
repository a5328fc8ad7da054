/* witnessed.h - what the answer of a witness says, as the keeper gets it
 *
 * The intake finds the blocks of text in a mail (tally/cosignature.h, offer.h) and
 * hands on what they say in fields of fixed size; whether it is true is for the
 * keeper to check, which reads no text of a stranger.
 */
#ifndef MESSAGE_WITNESSED_H
#define MESSAGE_WITNESSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct buf;

#define WITNESSED_HASH 32
#define WITNESSED_SIGNATURE 64

/* A checkpoint and one signature under it. */
struct witnessed_head {
	bool there;
	int64_t size, counted;
	unsigned char root[WITNESSED_HASH];
	unsigned char key[WITNESSED_HASH];      /* of who signed */
	unsigned char signature[WITNESSED_SIGNATURE];
	int64_t time;                           /* of a cosignature; else 0 */
};

struct witnessed {
	struct witnessed_head cosigned;         /* by a witness */
	struct witnessed_head shown;            /* signed by a log, quoted or sent */
};

void witnessed_pack(const struct witnessed *, struct buf *out);
/* INVALID when it is not what witnessed_pack writes. */
enum status witnessed_unpack(struct witnessed *out, const void *record,
    size_t len) MUST_CHECK;

#endif
