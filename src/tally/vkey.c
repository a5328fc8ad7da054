/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "seal/base64.h"
#include "seal/sha256.h"
#include "tally/vkey.h"
#include "words/text.h"

#define NAME_MAX_BYTES 200
#define HEX (2 * VKEY_ID)

static void
make_id(struct vkey *k)
{
	unsigned char tail[2 + SIGN_PUBLIC_BYTES], whole[SHA256_BYTES];

	tail[0] = '\n';
	tail[1] = (unsigned char)k->type;
	memcpy(tail + 2, k->key, SIGN_PUBLIC_BYTES);
	seal_sha256_two(k->name, strlen(k->name), tail, sizeof tail, whole);
	memcpy(k->id, whole, VKEY_ID);
}

static int
is_name(const char *name, size_t len)
{
	return len > 0 && len <= NAME_MAX_BYTES && text_is_visible(name, len) &&
	    memchr(name, '+', len) == NULL;
}

enum status
vkey_make(struct vkey *k, enum vkey_type type, const char *name,
    const unsigned char key[SIGN_PUBLIC_BYTES])
{
	size_t len = strlen(name);

	memset(k, 0, sizeof *k);
	if (!is_name(name, len))
		return INVALID;
	memcpy(k->name, name, len);
	k->type = type;
	memcpy(k->key, key, SIGN_PUBLIC_BYTES);
	make_id(k);
	return OK;
}

static void
add_hex(char out[HEX + 1], const unsigned char id[VKEY_ID])
{
	int i;

	for (i = 0; i < VKEY_ID; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", id[i]);
}

void
vkey_add(struct buf *out, const struct vkey *k)
{
	unsigned char raw[1 + SIGN_PUBLIC_BYTES];
	char hex[HEX + 1];

	raw[0] = (unsigned char)k->type;
	memcpy(raw + 1, k->key, SIGN_PUBLIC_BYTES);
	add_hex(hex, k->id);
	buf_addf(out, "%s+%s+", k->name, hex);
	base64_add(out, raw, sizeof raw);
}

enum status
vkey_parse(struct vkey *k, const char *text, struct reason *why)
{
	unsigned char raw[1 + SIGN_PUBLIC_BYTES];
	const char *hex = strchr(text, '+');
	char id[HEX + 1];
	size_t len;

	memset(k, 0, sizeof *k);
	if (hex == NULL || !is_name(text, (size_t)(hex - text)) ||
	    strlen(hex) < 1 + HEX + 1 || hex[1 + HEX] != '+')
		return fail(why, INVALID, "a public key is NAME+8 hexadecimal "
		    "digits+base64, in one line");
	if (base64_take(hex + HEX + 2, strlen(hex + HEX + 2), raw, sizeof raw,
	    &len) != OK || len != sizeof raw)
		return fail(why, INVALID, "the public key is cut short or damaged");
	if (raw[0] != VKEY_LOG && raw[0] != VKEY_WITNESS)
		return fail(why, INVALID, "the public key is of a kind that is not "
		    "known here (%u)", raw[0]);
	memcpy(k->name, text, (size_t)(hex - text));
	k->type = (enum vkey_type)raw[0];
	memcpy(k->key, raw + 1, SIGN_PUBLIC_BYTES);
	make_id(k);
	add_hex(id, k->id);
	if (memcmp(id, hex + 1, HEX) == 0)
		return OK;
	memset(k, 0, sizeof *k);
	return fail(why, INVALID, "a letter of the public key is wrong (the number "
	    "in its middle says so); copy the whole line again");
}

int
vkey_same(const struct vkey *a, const struct vkey *b)
{
	return strcmp(a->name, b->name) == 0 && a->type == b->type &&
	    memcmp(a->key, b->key, SIGN_PUBLIC_BYTES) == 0;
}
