/* shares.h - Shamir's secret sharing over GF(256)
 *
 * A secret of 32 bytes is split into COUNT shares of 32 bytes, any NEEDED of
 * which give it back, and fewer of which say nothing at all about it: each byte
 * is the value at 0 of a random polynomial of degree NEEDED - 1 of its own, and
 * share number X is the values at X.  The field is that of AES (x^8 + x^4 + x^3
 * + x + 1).  No branch and no address depends on a secret.  That a share is the
 * right one cannot be seen here.
 */
#ifndef SEAL_SHARES_H
#define SEAL_SHARES_H

#include "base/status.h"

#define SHARE_BYTES 32
#define SHARES_MAX 64

struct share {
	unsigned char number;           /* from 1 */
	unsigned char value[SHARE_BYTES];
};

/* OUT has room for COUNT and gets the numbers 1 to COUNT.  INVALID unless 1 <=
 * NEEDED <= COUNT <= SHARES_MAX. */
enum status shares_split(const unsigned char secret[SHARE_BYTES],
    unsigned needed, unsigned count, struct share *out) MUST_CHECK;

/* From as many as were needed, or more; with fewer, or a wrong one among them, it
 * is something else.  INVALID for none, too many, a number 0 or one twice. */
enum status shares_join(const struct share *, unsigned given,
    unsigned char out[SHARE_BYTES]) MUST_CHECK;

#endif
