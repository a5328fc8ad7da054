/* cosignature.h - a witness says what she has seen (C2SP tlog-cosignature)
 *
 * Signed is "cosignature/v1\ntime T\n" and the four lines of the checkpoint: at
 * that time it was the largest of this log that she had seen, and all she had
 * seen before begins it.
 *
 * It travels as a line of the checkpoint's note, or by mail as an armoured block
 * (armour.h) "cosignature" with the checkpoint's four lines, so that it can be
 * checked by itself:
 *
 *     origin size root counted        of the checkpoint
 *     witness key                     her name; type and public key
 *     time signature
 */
#ifndef TALLY_COSIGNATURE_H
#define TALLY_COSIGNATURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "tally/checkpoint.h"
#include "tally/note.h"
#include "tally/vkey.h"

struct buf;

struct cosignature {
	struct vkey witness;
	int64_t time;           /* seconds since 1970 */
	unsigned char signature[SIGN_SIGNATURE_BYTES];
};

/* WITNESS is of type VKEY_WITNESS and the public half of SEED; TIME is not
 * below 0. */
void cosignature_make(struct cosignature *, const struct checkpoint *,
    const struct vkey *witness, const unsigned char seed[SIGN_SEED_BYTES],
    int64_t time);
/* OK, or DENIED: she did not sign this. */
enum status cosignature_check(const struct cosignature *,
    const struct checkpoint *) MUST_CHECK;

/* In a note.  Of several by one witness the newest is found; all of them must be
 * good.  NOT_FOUND when there is none by her, DENIED when one is false. */
void cosignature_add_line(struct buf *note, const struct cosignature *);
enum status cosignature_find(struct cosignature *, const struct note *,
    const struct checkpoint *, const struct vkey *witness, struct reason *)
    MUST_CHECK;

/* As a block.  Reading fills in all of the checkpoint but the log's signature,
 * and checks that the witness named signed it: DENIED when not.  NOT_FOUND and
 * INVALID as armour_read. */
void cosignature_add_block(struct buf *, const struct cosignature *,
    const struct checkpoint *);
enum status cosignature_read_block(struct cosignature *, struct checkpoint *,
    const char *text, size_t len, struct reason *) MUST_CHECK;

#endif
