/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/buf.h"
#include "base/wire.h"
#include "message/witnessed.h"

static void
put_head(struct buf *out, const struct witnessed_head *h)
{
	wire_put_u8(out, h->there);
	wire_put_i64(out, h->size);
	wire_put_i64(out, h->counted);
	wire_put_bytes(out, h->root, sizeof h->root);
	wire_put_bytes(out, h->key, sizeof h->key);
	wire_put_bytes(out, h->signature, sizeof h->signature);
	wire_put_i64(out, h->time);
}

void
witnessed_pack(const struct witnessed *w, struct buf *out)
{
	put_head(out, &w->cosigned);
	put_head(out, &w->shown);
}

static void
get_bytes(struct wire *w, unsigned char *out, size_t want)
{
	size_t len;
	const void *bytes = wire_bytes(w, &len);

	if (len != want)
		w->bad = 1;
	else
		memcpy(out, bytes, want);
}

static void
get_head(struct wire *w, struct witnessed_head *h)
{
	h->there = wire_u8(w) != 0;
	h->size = wire_i64(w);
	h->counted = wire_i64(w);
	get_bytes(w, h->root, sizeof h->root);
	get_bytes(w, h->key, sizeof h->key);
	get_bytes(w, h->signature, sizeof h->signature);
	h->time = wire_i64(w);
	if (h->size < 0 || h->counted < 0 || h->time < 0)
		w->bad = 1;
}

enum status
witnessed_unpack(struct witnessed *out, const void *record, size_t len)
{
	struct wire w;

	memset(out, 0, sizeof *out);
	wire_open(&w, record, len);
	get_head(&w, &out->cosigned);
	get_head(&w, &out->shown);
	return wire_done(&w);
}
