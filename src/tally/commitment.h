/* commitment.h - what stands in the tally for one signature
 *
 *     SHA-256("undersigned commitment v1\n"
 *         || u16 length of origin || origin || nonce, 32 bytes
 *         || u16 length of address || address || u32 day || text, 32 bytes)
 *
 * Numbers have their high byte first.  Origin names the log (checkpoint.h);
 * address is what address_key (message/address.h) makes of hers; day is the day
 * of confirmation since 1970, UTC; text is the SHA-256 of the very bytes of the
 * petition she signed.  The nonce is random and hides all of it: who does not
 * have it learns nothing from the commitment, and when it is gone the
 * commitment leads nowhere.
 */
#ifndef TALLY_COMMITMENT_H
#define TALLY_COMMITMENT_H

#include <stdint.h>

#include "base/status.h"

#define COMMITMENT_BYTES 32
#define COMMITMENT_NONCE 32
#define COMMITMENT_TEXT 32
#define COMMITMENT_ADDRESS 1024 /* room for an address, with NUL */

struct commitment {
	const char *origin, *address;
	int32_t day;
	unsigned char nonce[COMMITMENT_NONCE], text[COMMITMENT_TEXT];
};

/* INVALID when origin or address is empty or over 65535 bytes, or day below 0. */
enum status commitment_make(const struct commitment *,
    unsigned char out[COMMITMENT_BYTES]) MUST_CHECK;

#endif
