/* sign.h - Ed25519 (RFC 8032), for what others must be able to check
 *
 * A pair grows from 32 secret bytes and is always the same for the same ones.
 * Needs seal_init (seal/keys.h) first, as everything with a key does.
 */
#ifndef SEAL_SIGN_H
#define SEAL_SIGN_H

#include <stddef.h>

#include "base/status.h"

#define SIGN_SEED_BYTES 32
#define SIGN_PUBLIC_BYTES 32
#define SIGN_SIGNATURE_BYTES 64

void sign_public(const unsigned char seed[SIGN_SEED_BYTES],
    unsigned char out[SIGN_PUBLIC_BYTES]);
void sign_make(const unsigned char seed[SIGN_SEED_BYTES], const void *text,
    size_t len, unsigned char out[SIGN_SIGNATURE_BYTES]);

/* A pair that stays at hand, in locked memory: to sign with it takes half the
 * time. */
struct sign_pair;
struct sign_pair *sign_pair_new(const unsigned char seed[SIGN_SEED_BYTES]);
void sign_pair_free(struct sign_pair **);       /* wipes it */
void sign_by(const struct sign_pair *, const void *text, size_t len,
    unsigned char out[SIGN_SIGNATURE_BYTES]);

/* OK, or INVALID: this key did not sign this. */
enum status sign_check(const unsigned char key[SIGN_PUBLIC_BYTES],
    const void *text, size_t len,
    const unsigned char signature[SIGN_SIGNATURE_BYTES]) MUST_CHECK;

#endif
