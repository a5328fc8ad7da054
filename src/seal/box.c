/* SPDX-License-Identifier: ISC */
#include <string.h>

#include <sodium.h>

#include "base/buf.h"
#include "base/log.h"
#include "seal/box.h"
#include "seal/keys.h"

#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG crypto_aead_xchacha20poly1305_ietf_ABYTES

_Static_assert(NONCE == 24 && TAG == 16, "layout");
_Static_assert(BOX_KEY == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key");

void
box_close(const struct box_place *at, const void *plain, size_t len,
    struct buf *out)
{
	size_t padded = BOX_CLOSED(len) - NONCE - TAG;
	unsigned char *nonce, *text;

	buf_reserve(out, BOX_CLOSED(len));
	nonce = (unsigned char *)out->data + out->len;
	text = nonce + NONCE;
	seal_random(nonce, NONCE);
	if (len > 0)
		memcpy(text, plain, len);
	if (sodium_pad(NULL, text, len, BOX_BLOCK, padded) != 0)
		log_fatalx("padding failed");
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(text, NULL, text,
	    padded, at->bound, at->bound_len, NULL, nonce, at->key);
	out->len += NONCE + padded + TAG;
	out->data[out->len] = '\0';
}

enum status
box_open(const struct box_place *at, const void *sealed, size_t len,
    struct buf *out)
{
	const unsigned char *in = sealed;
	unsigned char *text;
	size_t padded, plain;

	if (len < NONCE + BOX_BLOCK + TAG || (len - NONCE - TAG) % BOX_BLOCK != 0)
		return DENIED;
	padded = len - NONCE - TAG;
	buf_reserve(out, padded);
	text = (unsigned char *)out->data + out->len;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(text, NULL, NULL,
	    in + NONCE, padded + TAG, at->bound, at->bound_len, in,
	    at->key) != 0 ||
	    sodium_unpad(&plain, text, padded, BOX_BLOCK) != 0) {
		/* Put the end back where the caller had it. */
		out->data[out->len] = '\0';
		return DENIED;
	}
	out->len += plain;
	/* The padding is no secret, but let nothing lie beyond the end. */
	memset(text + plain, 0, padded - plain);
	return OK;
}

unsigned char *
box_put_number(unsigned char *to, unsigned long long n)
{
	int i;

	for (i = 7; i >= 0; i--, n >>= 8)
		to[i] = (unsigned char)n;
	return to + 8;
}
