/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "seal/box.h"
#include "seal/sealed.h"

#define VERSION 1
#define ROW_MAX 64
#define PLACE_MAX (1 + 1 + 8 + ROW_MAX)

_Static_assert(KEY_BYTES == BOX_KEY, "key");

/* Everything the sealed value is bound to.  Only the last field varies in
 * length, so no two places are written alike. */
static struct box_place
box_of(const unsigned char *key, const struct seal_place *place,
    unsigned char bound[PLACE_MAX])
{
	unsigned char *to = bound;

	if (place->row_len > ROW_MAX)
		log_fatalx("the name of a row to seal is too long");
	*to++ = VERSION;
	*to++ = (unsigned char)place->key;
	to = box_put_number(to, (unsigned long long)place->campaign);
	if (place->row_len > 0)
		memcpy(to, place->row, place->row_len);
	return (struct box_place){ .key = key, .bound = bound,
	    .bound_len = (size_t)(to - bound) + place->row_len };
}

void
seal_close(const struct keys *keys, const struct seal_place *place,
    const void *plain, size_t len, struct buf *out)
{
	unsigned char bound[PLACE_MAX];
	struct box_place at = box_of(keys_get(keys, place->key), place, bound);

	buf_reserve(out, 1 + BOX_CLOSED(len));
	buf_addch(out, VERSION);
	box_close(&at, plain, len, out);
}

/* Appends what KEY opens; DENIED: it opens nothing, and OUT is as before. */
static enum status
open_with(const unsigned char *key, const struct seal_place *place,
    const unsigned char *in, size_t len, struct buf *out)
{
	unsigned char bound[PLACE_MAX];
	struct box_place at = box_of(key, place, bound);

	if (len < 1 || in[0] != VERSION)
		return DENIED;
	return box_open(&at, in + 1, len - 1, out);
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
