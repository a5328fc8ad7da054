/* SPDX-License-Identifier: ISC */
#include "base/buf.h"
#include "base/wire.h"
#include "seal/identity.h"
#include "seal/sealed.h"

#define FORMAT 1
#define STRING_MAX 16384

static struct seal_place
place(int64_t campaign, const unsigned char row[HASH_BYTES])
{
	return (struct seal_place){ .key = KEY_SEAL_IDENTITY,
	    .campaign = campaign, .row = row, .row_len = HASH_BYTES };
}

void
identity_seal(const struct keys *keys, int64_t campaign,
    const unsigned char row[HASH_BYTES], const struct identity *who,
    struct buf *out)
{
	struct seal_place at = place(campaign, row);
	struct buf plain = BUF_INIT;

	wire_put_u8(&plain, FORMAT);
	wire_put_string(&plain, who->address);
	wire_put_string(&plain, who->name);
	wire_put_string(&plain, who->city);
	wire_put_string(&plain, who->comment);
	seal_close(keys, &at, plain.data, plain.len, out);
	buf_wipe(&plain);
}

enum status
identity_open(const struct keys *keys, int64_t campaign,
    const unsigned char row[HASH_BYTES], const void *sealed, size_t len,
    struct arena *arena, struct identity *out)
{
	struct seal_place at = place(campaign, row);
	struct buf plain = BUF_INIT;
	struct wire w;
	enum status st;

	*out = (struct identity){ 0 };
	if (len == 0)
		return NOT_FOUND;
	st = seal_open(keys, &at, sealed, len, &plain);
	if (st == OK) {
		wire_open(&w, plain.data, plain.len);
		if (wire_u8(&w) != FORMAT)
			w.bad = 1;
		out->address = wire_string(&w, arena, STRING_MAX);
		out->name = wire_string(&w, arena, STRING_MAX);
		out->city = wire_string(&w, arena, STRING_MAX);
		out->comment = wire_string(&w, arena, STRING_MAX);
		if (wire_done(&w) != OK) {
			*out = (struct identity){ 0 };
			st = DENIED;
		}
	}
	buf_wipe(&plain);
	return st;
}
