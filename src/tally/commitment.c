/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/buf.h"
#include "seal/sha256.h"
#include "tally/commitment.h"

_Static_assert(COMMITMENT_BYTES == SHA256_BYTES, "a commitment is a hash");

static void
add_number(struct buf *out, uint32_t n, int bytes)
{
	while (bytes-- > 0)
		buf_addch(out, (char)(n >> (8 * bytes) & 0xff));
}

static enum status
add_text(struct buf *out, const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || len > UINT16_MAX)
		return INVALID;
	add_number(out, (uint32_t)len, 2);
	buf_add(out, text, len);
	return OK;
}

enum status
commitment_make(const struct commitment *c,
    unsigned char out[COMMITMENT_BYTES])
{
	struct buf in = BUF_INIT;
	enum status st;

	memset(out, 0, COMMITMENT_BYTES);
	buf_addstr(&in, "undersigned commitment v1\n");
	st = c->day < 0 ? INVALID : add_text(&in, c->origin);
	buf_add(&in, c->nonce, COMMITMENT_NONCE);
	if (st == OK)
		st = add_text(&in, c->address);
	add_number(&in, (uint32_t)c->day, 4);
	buf_add(&in, c->text, COMMITMENT_TEXT);
	if (st == OK)
		seal_sha256(in.data, in.len, out);
	buf_wipe(&in);
	return st;
}
