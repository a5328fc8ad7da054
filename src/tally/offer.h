/* offer.h - a checkpoint for a witness to cosign, by mail
 *
 * A block (armour.h) "checkpoint" of
 *
 *     origin key              the log, and its public key
 *     size counted root       the checkpoint ...
 *     signature               ... and the log's signature under it
 *     older                   the size of the last one that she cosigned, or 0
 *     proof ...               that it begins this one (RFC 6962, 2.1.2)
 */
#ifndef TALLY_OFFER_H
#define TALLY_OFFER_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "tally/checkpoint.h"
#include "tally/merkle.h"
#include "tally/vkey.h"

struct buf;

struct offer {
	struct vkey log;        /* its name is the origin */
	struct checkpoint at;
	uint64_t older;
	struct merkle_proof proof;
};

void offer_add_block(struct buf *, const struct offer *);
/* NOT_FOUND and INVALID as armour_read; DENIED when its key did not sign it. */
enum status offer_read_block(struct offer *, const char *text, size_t len,
    struct reason *) MUST_CHECK;

#endif
