/* retention.h - when what is kept of a campaign and its signers is erased
 *
 * campaign.conf says for how many days each class of it is kept, section
 * retention (undersigned.conf(5)).  The clocks start when the campaign is closed
 * or handed in; those of single things (a request, an entry of the history, an
 * update that is done) with the thing.
 *
 *  R1  Nothing of a signer is erased before her campaign has ended, but by
 *      herself, by staff, or as a request that nobody answered.
 *  R2  What is erased takes its bytes along (S11 of store.h).
 *  R3  Counts stay what they were.  Whom they count cannot be found any more.
 *  R4  An erased row (FORGET) stays, so that she is never written to again.
 *  R5  A clock that jumps ahead erases nothing before a day has really passed.
 *
 * An identity without an address is none; so names and comments never outlast
 * addresses (checked as campaign.conf is read).
 */
#ifndef PETITION_RETENTION_H
#define PETITION_RETENTION_H

#include <stdint.h>

#include "base/status.h"

struct campaign;
struct ending;

/* Times; CLOCK_NEVER: it has not ended. */
struct retention {
	int64_t names;          /* and cities */
	int64_t comments;
	int64_t quiet;          /* addresses of who wants no updates */
	int64_t addresses;      /* of who does */
	int64_t paper;          /* names of who signed on paper */
	int64_t traces;         /* keyed hashes, and all else that leads to a row */
};

/* signature.requests of a row that is nobody's any more: traces are erased. */
#define NOBODY (-1)

void retention_of(const struct campaign *, const struct ending *,
    struct retention *out);

#endif
