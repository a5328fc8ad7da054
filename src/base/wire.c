/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/wire.h"

#define NULL_STRING UINT32_MAX

void
wire_put_u8(struct buf *b, uint8_t v)
{
	buf_add(b, &v, 1);
}

void
wire_put_u32(struct buf *b, uint32_t v)
{
	unsigned char p[4] = { (unsigned char)(v >> 24), (unsigned char)(v >> 16),
	    (unsigned char)(v >> 8), (unsigned char)v };

	buf_add(b, p, sizeof p);
}

void
wire_put_i64(struct buf *b, int64_t v)
{
	uint64_t u = (uint64_t)v;

	wire_put_u32(b, (uint32_t)(u >> 32));
	wire_put_u32(b, (uint32_t)u);
}

void
wire_put_bytes(struct buf *b, const void *data, size_t len)
{
	wire_put_u32(b, (uint32_t)len);
	buf_add(b, data, len);
}

void
wire_put_string(struct buf *b, const char *s)
{
	if (s == NULL)
		wire_put_u32(b, NULL_STRING);
	else
		wire_put_bytes(b, s, strlen(s));
}

void
wire_open(struct wire *w, const void *data, size_t len)
{
	w->at = data;
	w->end = w->at + len;
	w->bad = 0;
}

/* The next LEN bytes, or NULL. */
static const unsigned char *
take(struct wire *w, size_t len)
{
	const unsigned char *p = w->at;

	if (w->bad || len > (size_t)(w->end - w->at)) {
		w->bad = 1;
		return NULL;
	}
	w->at += len;
	return p;
}

uint8_t
wire_u8(struct wire *w)
{
	const unsigned char *p = take(w, 1);

	return p == NULL ? 0 : p[0];
}

uint32_t
wire_u32(struct wire *w)
{
	const unsigned char *p = take(w, 4);

	if (p == NULL)
		return 0;
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

int64_t
wire_i64(struct wire *w)
{
	uint64_t high = wire_u32(w);

	return (int64_t)(high << 32 | wire_u32(w));
}

const void *
wire_bytes(struct wire *w, size_t *len_out)
{
	size_t len = wire_u32(w);
	const unsigned char *p = w->bad ? NULL : take(w, len);

	*len_out = p == NULL ? 0 : len;
	return p;
}

char *
wire_string(struct wire *w, struct arena *arena, size_t max)
{
	uint32_t len = wire_u32(w);
	const unsigned char *p;

	if (w->bad || len == NULL_STRING)
		return NULL;
	p = take(w, len);
	if (p == NULL || len > max || memchr(p, '\0', len) != NULL) {
		w->bad = 1;
		return arena_strdup(arena, "");
	}
	return arena_strndup(arena, (const char *)p, len);
}

enum status
wire_done(const struct wire *w)
{
	return w->bad || w->at != w->end ? INVALID : OK;
}
