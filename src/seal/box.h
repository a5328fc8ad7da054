/* box.h - within seal/: one value under one key
 *
 * Padded to a multiple of 64 bytes, so that the length of a name is not told,
 * then XChaCha20-Poly1305 with a random nonce.
 * Layout: nonce (24), ciphertext, tag (16).
 */
#ifndef SEAL_BOX_H
#define SEAL_BOX_H

#include <stddef.h>

#include "base/status.h"

struct buf;

#define BOX_KEY 32
#define BOX_BLOCK 64
/* Octets of a value of LEN when it is closed. */
#define BOX_CLOSED(len) (24 + ((len) / BOX_BLOCK + 1) * BOX_BLOCK + 16)

/* What a value belongs to is authenticated with it. */
struct box_place {
	const unsigned char *key;       /* BOX_KEY bytes */
	const void *bound;
	size_t bound_len;
};

/* Appends to OUT. */
void box_close(const struct box_place *, const void *plain, size_t len,
    struct buf *out);
/* Appends to OUT, which the caller wipes; DENIED leaves it as it was. */
enum status box_open(const struct box_place *, const void *sealed, size_t len,
    struct buf *out) MUST_CHECK;

/* Network order, for what values are bound to. */
unsigned char *box_put_number(unsigned char *to, unsigned long long n);

#endif
