/* promise.h - the log's word, at confirmation, that a signature will be in it
 *
 * A block (armour.h) "promise" of
 *
 *     origin key              the log, and its public key
 *     commitment              the one that will be in a sign entry ...
 *     by                      ... by this time, as 2026-11-20T14:00:00Z
 *     signature               over "undersigned promise v1\n" and origin,
 *                             commitment (base64url) and by, each with "\n"
 *
 * A promise and a log that at a later time does not hold the commitment prove
 * together that the log's keeper broke his word.
 */
#ifndef TALLY_PROMISE_H
#define TALLY_PROMISE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "tally/commitment.h"
#include "tally/vkey.h"

struct buf;

struct promise {
	struct vkey log;        /* its name is the origin */
	unsigned char commitment[COMMITMENT_BYTES];
	int64_t by;             /* seconds since 1970, UTC */
	unsigned char signature[SIGN_SIGNATURE_BYTES];
};

void promise_sign(struct promise *, const struct sign_pair *);
/* OK, or DENIED: its key did not sign it. */
enum status promise_check(const struct promise *) MUST_CHECK;

void promise_add_block(struct buf *, const struct promise *);
/* NOT_FOUND and INVALID as armour_read; does not check the signature. */
enum status promise_read_block(struct promise *, const char *text, size_t len,
    struct reason *) MUST_CHECK;

#endif
