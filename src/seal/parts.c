/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/wire.h"
#include "seal/parts.h"

#define BOUND "undersigned part 1"
#define BOUND_LEN (sizeof BOUND + 1 + 8 + HASH_BYTES)

/* ---- all of them ------------------------------------------------------------ */

static void
read_part(struct wire *w, struct parts *out, int *last)
{
	int part = wire_u8(w);
	int64_t key = wire_i64(w);
	size_t len;
	const void *box = wire_bytes(w, &len);

	if (w->bad || part <= *last || part >= PARTS || key <= 0 || len == 0) {
		w->bad = 1;
		return;
	}
	out->part[part].key = key;
	out->part[part].box = box;
	out->part[part].len = len;
	*last = part;
}

enum status
parts_read(struct parts *out, const void *value, size_t len)
{
	struct wire w;
	int last = -1;

	memset(out, 0, sizeof *out);
	wire_open(&w, value, len);
	while (!w.bad && w.at < w.end)
		read_part(&w, out, &last);
	if (!w.bad)
		return OK;
	memset(out, 0, sizeof *out);
	return INVALID;
}

void
parts_write(const struct parts *parts, struct buf *out)
{
	int i;

	for (i = 0; i < PARTS; i++) {
		if (parts->part[i].len == 0)
			continue;
		wire_put_u8(out, (uint8_t)i);
		wire_put_i64(out, parts->part[i].key);
		wire_put_bytes(out, parts->part[i].box, parts->part[i].len);
	}
}

/* ---- one ---------------------------------------------------------------------- */

static struct box_place
box_of(const struct part_place *place, enum part part,
    unsigned char bound[BOUND_LEN])
{
	unsigned char *to = bound + sizeof BOUND;

	memcpy(bound, BOUND, sizeof BOUND);
	*to++ = (unsigned char)part;
	to = box_put_number(to, (unsigned long long)place->campaign);
	memcpy(to, place->row, HASH_BYTES);
	return (struct box_place){ .key = place->key, .bound = bound,
	    .bound_len = BOUND_LEN };
}

void
part_close(const struct part_place *place, enum part part, const char *text,
    struct buf *out)
{
	unsigned char bound[BOUND_LEN];
	struct box_place at = box_of(place, part, bound);
	size_t len = strlen(text);

	if (len > PART_TEXT_MAX)
		log_fatalx("a text to seal is too long");
	box_close(&at, text, len, out);
}

enum status
part_open(const struct part_place *place, enum part part, const void *box,
    size_t len, struct buf *out)
{
	unsigned char bound[BOUND_LEN];
	struct box_place at = box_of(place, part, bound);

	return box_open(&at, box, len, out);
}

void
parts_close(const struct part_place *place, int64_t key,
    const char *const text[PARTS], struct parts *parts, struct buf *boxes)
{
	size_t room = 0;
	int i;

	for (i = 0; i < PARTS; i++)
		room += text[i] == NULL ? 0 : BOX_CLOSED(strlen(text[i]));
	buf_reserve(boxes, room);       /* so that what points into it stays good */
	for (i = 0; i < PARTS; i++) {
		if (text[i] == NULL)
			continue;
		parts->part[i].box = boxes->data + boxes->len;
		part_close(place, (enum part)i, text[i], boxes);
		parts->part[i].len = BOX_CLOSED(strlen(text[i]));
		parts->part[i].key = key;
	}
}
