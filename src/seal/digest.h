/* digest.h - unkeyed BLAKE2b-256, for naming things
 *
 * A digest is no secret and proves nothing; keyed hashes are in seal/keys.h.
 * Knows no key and no other header of seal/, so that message/ may use it.
 */
#ifndef SEAL_DIGEST_H
#define SEAL_DIGEST_H

#include <stddef.h>

#define DIGEST_BYTES 32

void seal_digest(const void *data, size_t len, unsigned char out[DIGEST_BYTES]);

/* The same in pieces. */
struct seal_digest;
struct seal_digest *seal_digest_new(void);
void seal_digest_add(struct seal_digest *, const void *data, size_t len);
void seal_digest_end(struct seal_digest **, unsigned char out[DIGEST_BYTES]);

#endif
