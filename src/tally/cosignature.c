/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "tally/armour.h"
#include "tally/cosignature.h"
#include "tally/decimal.h"

#define TIME_BYTES 8
#define LINE_BYTES (TIME_BYTES + SIGN_SIGNATURE_BYTES)

static void
add_signed(struct buf *out, int64_t when, const struct checkpoint *c)
{
	buf_addf(out, "cosignature/v1\ntime %" PRId64 "\n", when);
	checkpoint_add_body(out, c);
}

void
cosignature_make(struct cosignature *s, const struct checkpoint *c,
    const struct vkey *witness, const unsigned char seed[SIGN_SEED_BYTES],
    int64_t when)
{
	struct buf text = BUF_INIT;

	s->witness = *witness;
	s->time = when;
	add_signed(&text, when, c);
	sign_make(seed, text.data, text.len, s->signature);
	buf_free(&text);
}

enum status
cosignature_check(const struct cosignature *s, const struct checkpoint *c)
{
	struct buf text = BUF_INIT;
	enum status st = DENIED;

	add_signed(&text, s->time, c);
	if (s->witness.type == VKEY_WITNESS && s->time >= 0 &&
	    sign_check(s->witness.key, text.data, text.len, s->signature) == OK)
		st = OK;
	buf_free(&text);
	return st;
}

/* ---- in a note ------------------------------------------------------------- */

void
cosignature_add_line(struct buf *note, const struct cosignature *s)
{
	unsigned char raw[LINE_BYTES];
	int i;

	for (i = 0; i < TIME_BYTES; i++)
		raw[i] = (unsigned char)((uint64_t)s->time >>
		    (8 * (TIME_BYTES - 1 - i)));
	memcpy(raw + TIME_BYTES, s->signature, SIGN_SIGNATURE_BYTES);
	note_add_line(note, &s->witness, raw, sizeof raw);
}

static enum status
read_line(struct cosignature *s, const struct note *note, size_t line,
    const struct checkpoint *c, const struct vkey *witness)
{
	unsigned char raw[LINE_BYTES];
	uint64_t when = 0;
	int i;

	if (note_signature(note, line, raw, sizeof raw) != OK)
		return DENIED;
	for (i = 0; i < TIME_BYTES; i++)
		when = when << 8 | raw[i];
	if (when > INT64_MAX)
		return DENIED;
	s->witness = *witness;
	s->time = (int64_t)when;
	memcpy(s->signature, raw + TIME_BYTES, SIGN_SIGNATURE_BYTES);
	return cosignature_check(s, c);
}

enum status
cosignature_find(struct cosignature *out, const struct note *note,
    const struct checkpoint *c, const struct vkey *witness, struct reason *why)
{
	struct cosignature one;
	enum status st = NOT_FOUND;
	size_t i;

	for (i = 0; i < note->count; i++) {
		if (!note_is_by(note, i, witness))
			continue;
		if (read_line(&one, note, i, c, witness) != OK)
			return fail(why, DENIED, "the cosignature of %s under the "
			    "checkpoint is false", witness->name);
		if (st == NOT_FOUND || one.time > out->time)
			*out = one;
		st = OK;
	}
	return st;
}

/* ---- as a block ------------------------------------------------------------ */

void
cosignature_add_block(struct buf *out, const struct cosignature *s,
    const struct checkpoint *c)
{
	struct armour a;

	armour_begin(&a, "cosignature");
	armour_add_text(&a, "origin", c->origin);
	armour_add_head(&a, c);
	armour_add_vkey(&a, "witness", &s->witness);
	armour_add_number(&a, "time", (uint64_t)s->time);
	armour_add_bytes(&a, "signature", s->signature, sizeof s->signature);
	armour_write(&a, out);
	armour_free(&a);
}

static enum status
take_fields(struct armour *a, struct cosignature *s, struct checkpoint *c)
{
	uint64_t when = 0;
	enum status st = armour_take_text(a, "origin", c->origin,
	    sizeof c->origin);

	if (st == OK)
		st = armour_take_head(a, c);
	if (st == OK)
		st = armour_take_vkey(a, "witness", &s->witness);
	if (st == OK)
		st = armour_take_number(a, "time", &when);
	if (st == OK)
		st = armour_take_bytes(a, "signature", s->signature,
		    sizeof s->signature);
	s->time = (int64_t)when;
	return st == OK ? armour_done(a) : st;
}

enum status
cosignature_read_block(struct cosignature *s, struct checkpoint *c,
    const char *text, size_t len, struct reason *why)
{
	struct armour a;
	enum status st = armour_read(&a, "cosignature", text, len, why);

	memset(s, 0, sizeof *s);
	memset(c, 0, sizeof *c);
	if (st == OK && take_fields(&a, s, c) != OK)
		st = fail(why, INVALID, "the cosignature is not written as one");
	armour_free(&a);
	if (st == OK && cosignature_check(s, c) != OK)
		st = fail(why, DENIED, "the cosignature is not by %s",
		    s->witness.name);
	return st;
}
