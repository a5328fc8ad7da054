/* sealed.h - identities at rest
 *
 * XChaCha20-Poly1305 with a random nonce, bound to its row: what is sealed for
 * one row does not open in another.  The plain text is padded to a multiple of
 * 64 bytes first, so that the length of a name is not told.
 * Layout: version (1 byte, 1), nonce (24), ciphertext and tag.
 */
#ifndef SEAL_SEALED_H
#define SEAL_SEALED_H

#include <stddef.h>

#include "base/status.h"
#include "seal/keys.h"

struct buf;

/* What a sealed value belongs to; all of it is authenticated. */
struct seal_place {
	enum key key;
	long long campaign;
	const void *row;        /* what names the row for good */
	size_t row_len;
};

/* Appends to OUT. */
void seal_close(const struct keys *, const struct seal_place *,
    const void *plain, size_t len, struct buf *out);

/* Appends to OUT, which the caller wipes.  DENIED when it is damaged, from
 * another row or under another key. */
enum status seal_open(const struct keys *, const struct seal_place *,
    const void *sealed, size_t len, struct buf *out) MUST_CHECK;

/* The same value sealed anew, when it is still under an earlier master key
 * (seal/ring.h).  Appends to OUT.  NOT_FOUND: it is under the present one. */
enum status seal_renew(const struct keys *, const struct seal_place *,
    const void *sealed, size_t len, struct buf *out) MUST_CHECK;

#endif
