/* SPDX-License-Identifier: ISC */
#include <sodium.h>
#include <stdlib.h>

#include "base/log.h"
#include "seal/digest.h"

struct seal_digest {
	crypto_generichash_state state;
};

void
seal_digest(const void *data, size_t len, unsigned char out[DIGEST_BYTES])
{
	(void)crypto_generichash(out, DIGEST_BYTES, data, len, NULL, 0);
}

/* The state wants an alignment that calloc does not promise. */
struct seal_digest *
seal_digest_new(void)
{
	struct seal_digest *d;

	if (posix_memalign((void **)&d, _Alignof(struct seal_digest),
	    sizeof *d) != 0)
		log_fatalx("no memory");
	(void)crypto_generichash_init(&d->state, NULL, 0, DIGEST_BYTES);
	return d;
}

void
seal_digest_add(struct seal_digest *d, const void *data, size_t len)
{
	(void)crypto_generichash_update(&d->state, data, len);
}

void
seal_digest_end(struct seal_digest **d, unsigned char out[DIGEST_BYTES])
{
	(void)crypto_generichash_final(&(*d)->state, out, DIGEST_BYTES);
	sodium_memzero(*d, sizeof **d);
	free(*d);
	*d = NULL;
}
