/* identity.h - who a signer is, sealed into one value
 *
 * Address, name, city and comment are packed and sealed together, bound to
 * campaign and keyed address hash: the two things that name a signature's row
 * for good.  A NULL is kept as NULL.
 */
#ifndef SEAL_IDENTITY_H
#define SEAL_IDENTITY_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "seal/keys.h"

struct arena;
struct buf;

struct identity {
	const char *address;    /* as to be written to; NULL only on paper */
	const char *name, *city, *comment;      /* or NULL */
};

/* Appends to OUT. */
void identity_seal(const struct keys *, int64_t campaign,
    const unsigned char row[HASH_BYTES], const struct identity *,
    struct buf *out);

/* NOT_FOUND when LEN is 0 (nothing kept); DENIED when it does not open. */
enum status identity_open(const struct keys *, int64_t campaign,
    const unsigned char row[HASH_BYTES], const void *sealed, size_t len,
    struct arena *, struct identity *out) MUST_CHECK;

#endif
