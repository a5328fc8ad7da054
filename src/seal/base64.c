/* SPDX-License-Identifier: ISC */
#include <sodium.h>

#include "base/buf.h"
#include "seal/base64.h"

static void
add(struct buf *out, const void *data, size_t len, int variant)
{
	size_t room = sodium_base64_encoded_len(len, variant);

	buf_reserve(out, room);
	(void)sodium_bin2base64(out->data + out->len, room, data, len, variant);
	out->len += room - 1;           /* a NUL ends it, as it does a buffer */
}

/* libsodium (1.0.18) takes some bytes over 0x7f for the last two letters of the
 * alphabet. */
static enum status
take(const char *text, size_t len, unsigned char *out, size_t room,
    size_t *len_out, int variant)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)text[i] > 0x7f)
			return INVALID;
	return sodium_base642bin(out, room, text, len, NULL, len_out, NULL,
	    variant) == 0 ? OK : INVALID;
}

void
base64_add(struct buf *out, const void *data, size_t len)
{
	add(out, data, len, sodium_base64_VARIANT_ORIGINAL);
}

void
base64_add_url(struct buf *out, const void *data, size_t len)
{
	add(out, data, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

enum status
base64_take(const char *text, size_t len, unsigned char *out, size_t room,
    size_t *len_out)
{
	return take(text, len, out, room, len_out,
	    sodium_base64_VARIANT_ORIGINAL);
}

enum status
base64_take_url(const char *text, size_t len, unsigned char *out, size_t room,
    size_t *len_out)
{
	return take(text, len, out, room, len_out,
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}
