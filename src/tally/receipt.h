/* receipt.h - what shows a signer that she is in the tally
 *
 * A block (armour.h) "receipt" of
 *
 *     origin key              the log, and its public key
 *     address day text nonce  what her commitment is made of (commitment.h)
 *     leaf                    the index of her sign entry
 *     size counted root       of a checkpoint of the log with it
 *     proof ...               the inclusion proof, leaf first
 *     signature               of the log under that checkpoint
 *
 * With it she can show that she has signed, so it is hers to keep or to throw
 * away; without the nonce nobody can.
 */
#ifndef TALLY_RECEIPT_H
#define TALLY_RECEIPT_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "tally/checkpoint.h"
#include "tally/commitment.h"
#include "tally/merkle.h"
#include "tally/vkey.h"

struct buf;

struct receipt {
	struct vkey log;        /* its name is the origin */
	char address[COMMITMENT_ADDRESS];
	int32_t day;            /* since 1970 */
	unsigned char text[COMMITMENT_TEXT], nonce[COMMITMENT_NONCE];
	uint64_t leaf;
	struct checkpoint at;
	struct merkle_proof proof;
};

/* at.origin need not be set for writing. */
void receipt_add_block(struct buf *, const struct receipt *);
/* NOT_FOUND and INVALID as armour_read; checks nothing but the form. */
enum status receipt_read_block(struct receipt *, const char *text, size_t len,
    struct reason *) MUST_CHECK;

/* The commitment made of the receipt's parts. */
enum status receipt_commitment(const struct receipt *,
    unsigned char out[COMMITMENT_BYTES]) MUST_CHECK;

/* All that the receipt shows by itself: that its key signed the checkpoint, and
 * that the commitment is leaf LEAF of it.  DENIED, with a reason, when not. */
enum status receipt_check(const struct receipt *, struct reason *) MUST_CHECK;

#endif
