/* SPDX-License-Identifier: ISC */
#include <sodium.h>

#include "seal/sign.h"

_Static_assert(SIGN_SEED_BYTES == crypto_sign_SEEDBYTES &&
    SIGN_PUBLIC_BYTES == crypto_sign_PUBLICKEYBYTES &&
    SIGN_SIGNATURE_BYTES == crypto_sign_BYTES, "the sizes of Ed25519");

void
sign_public(const unsigned char seed[SIGN_SEED_BYTES],
    unsigned char out[SIGN_PUBLIC_BYTES])
{
	unsigned char pair[crypto_sign_SECRETKEYBYTES];

	(void)crypto_sign_seed_keypair(out, pair, seed);
	sodium_memzero(pair, sizeof pair);
}

void
sign_make(const unsigned char seed[SIGN_SEED_BYTES], const void *text,
    size_t len, unsigned char out[SIGN_SIGNATURE_BYTES])
{
	unsigned char key[SIGN_PUBLIC_BYTES], pair[crypto_sign_SECRETKEYBYTES];

	(void)crypto_sign_seed_keypair(key, pair, seed);
	(void)crypto_sign_detached(out, NULL, text, len, pair);
	sodium_memzero(pair, sizeof pair);
}

enum status
sign_check(const unsigned char key[SIGN_PUBLIC_BYTES], const void *text,
    size_t len, const unsigned char signature[SIGN_SIGNATURE_BYTES])
{
	return crypto_sign_verify_detached(signature, text, len, key) == 0 ?
	    OK : INVALID;
}
