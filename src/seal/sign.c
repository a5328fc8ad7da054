/* SPDX-License-Identifier: ISC */
#include <sodium.h>

#include "base/log.h"
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

struct sign_pair {
	unsigned char secret[crypto_sign_SECRETKEYBYTES];
};

struct sign_pair *
sign_pair_new(const unsigned char seed[SIGN_SEED_BYTES])
{
	struct sign_pair *pair = sodium_malloc(sizeof *pair);
	unsigned char key[SIGN_PUBLIC_BYTES];

	if (pair == NULL)
		log_fatal("no memory for a key");
	(void)crypto_sign_seed_keypair(key, pair->secret, seed);
	(void)sodium_mprotect_readonly(pair);
	return pair;
}

void
sign_pair_free(struct sign_pair **pair)
{
	sodium_free(*pair);
	*pair = NULL;
}

void
sign_by(const struct sign_pair *pair, const void *text, size_t len,
    unsigned char out[SIGN_SIGNATURE_BYTES])
{
	(void)crypto_sign_detached(out, NULL, text, len, pair->secret);
}

enum status
sign_check(const unsigned char key[SIGN_PUBLIC_BYTES], const void *text,
    size_t len, const unsigned char signature[SIGN_SIGNATURE_BYTES])
{
	return crypto_sign_verify_detached(signature, text, len, key) == 0 ?
	    OK : INVALID;
}
