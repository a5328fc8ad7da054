/* SPDX-License-Identifier: ISC */
#include <sodium.h>

#include "seal/sha256.h"

void
seal_sha256(const void *data, size_t len, unsigned char out[SHA256_BYTES])
{
	seal_sha256_two("", 0, data, len, out);
}

void
seal_sha256_two(const void *first, size_t first_len, const void *second,
    size_t second_len, unsigned char out[SHA256_BYTES])
{
	crypto_hash_sha256_state state;

	(void)crypto_hash_sha256_init(&state);
	if (first_len > 0)
		(void)crypto_hash_sha256_update(&state, first, first_len);
	if (second_len > 0)
		(void)crypto_hash_sha256_update(&state, second, second_len);
	(void)crypto_hash_sha256_final(&state, out);
}

void
seal_sha256_name(const void *data, size_t len, char out[SHA256_NAME + 1])
{
	unsigned char hash[SHA256_BYTES];

	seal_sha256(data, len, hash);
	(void)sodium_bin2hex(out, SHA256_NAME + 1, hash, SHA256_NAME / 2);
}
