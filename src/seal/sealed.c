/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <string.h>

#include <sodium.h>

#include "base/buf.h"
#include "base/log.h"
#include "seal/sealed.h"

#define VERSION 1
#define BLOCK 64
#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG crypto_aead_xchacha20poly1305_ietf_ABYTES
#define ROW_MAX 64
#define PLACE_MAX (1 + 1 + 8 + ROW_MAX)

_Static_assert(NONCE == 24, "layout");
_Static_assert(KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key");

/* Everything the sealed value is bound to.  Only the last field varies in
 * length, so no two places are written alike. */
static size_t
place_bytes(const struct seal_place *place, unsigned char out[PLACE_MAX])
{
	uint64_t u = (uint64_t)place->campaign;
	int i;

	if (place->row_len > ROW_MAX)
		log_fatalx("the name of a row to seal is too long");
	out[0] = VERSION;
	out[1] = (unsigned char)place->key;
	for (i = 7; i >= 0; i--, u >>= 8)
		out[2 + i] = (unsigned char)u;
	if (place->row_len > 0)
		memcpy(out + 10, place->row, place->row_len);
	return 10 + place->row_len;
}

void
seal_close(const struct keys *keys, const struct seal_place *place,
    const void *plain, size_t len, struct buf *out)
{
	unsigned char ad[PLACE_MAX], *head, *text;
	size_t ad_len = place_bytes(place, ad), padded;

	padded = (len / BLOCK + 1) * BLOCK;
	buf_reserve(out, 1 + NONCE + padded + TAG);
	head = (unsigned char *)out->data + out->len;
	text = head + 1 + NONCE;
	head[0] = VERSION;
	seal_random(head + 1, NONCE);
	if (len > 0)
		memcpy(text, plain, len);
	if (sodium_pad(NULL, text, len, BLOCK, padded) != 0)
		log_fatalx("padding failed");
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(text, NULL, text,
	    padded, ad, ad_len, NULL, head + 1, keys_get(keys, place->key));
	out->len += 1 + NONCE + padded + TAG;
	out->data[out->len] = '\0';
}

/* Appends what KEY opens; DENIED: it opens nothing, and OUT is as before. */
static enum status
open_with(const unsigned char *key, const struct seal_place *place,
    const unsigned char *in, size_t len, struct buf *out)
{
	unsigned char ad[PLACE_MAX], *text;
	size_t ad_len = place_bytes(place, ad), padded, plain;

	if (len < 1 + NONCE + BLOCK + TAG || in[0] != VERSION)
		return DENIED;
	padded = len - 1 - NONCE - TAG;
	if (padded % BLOCK != 0)
		return DENIED;
	buf_reserve(out, padded);
	text = (unsigned char *)out->data + out->len;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(text, NULL, NULL,
	    in + 1 + NONCE, padded + TAG, ad, ad_len, in + 1, key) != 0 ||
	    sodium_unpad(&plain, text, padded, BLOCK) != 0) {
		/* Put the end back where the caller had it. */
		out->data[out->len] = '\0';
		return DENIED;
	}
	out->len += plain;
	/* The padding is no secret, but let nothing lie beyond the end. */
	memset(text + plain, 0, padded - plain);
	return OK;
}

enum status
seal_open(const struct keys *keys, const struct seal_place *place,
    const void *sealed, size_t len, struct buf *out)
{
	const unsigned char *key = keys_get(keys, place->key);
	unsigned back = 0;

	while (key != NULL && open_with(key, place, sealed, len, out) != OK)
		key = keys_get_old(keys, place->key, back++);
	return key != NULL ? OK : DENIED;
}

enum status
seal_renew(const struct keys *keys, const struct seal_place *place,
    const void *sealed, size_t len, struct buf *out)
{
	struct buf plain = BUF_INIT;
	enum status st;

	if (open_with(keys_get(keys, place->key), place, sealed, len,
	    &plain) == OK)
		st = NOT_FOUND;
	else {
		st = seal_open(keys, place, sealed, len, &plain);
		if (st == OK)
			seal_close(keys, place, plain.data, plain.len, out);
	}
	buf_wipe(&plain);
	return st;
}
