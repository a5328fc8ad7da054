/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/buf.h"
#include "tally/armour.h"
#include "tally/offer.h"

void
offer_add_block(struct buf *out, const struct offer *o)
{
	struct armour a;

	armour_begin(&a, "checkpoint");
	armour_add_vkey(&a, "origin", &o->log);
	armour_add_head(&a, &o->at);
	armour_add_bytes(&a, "signature", o->at.signature,
	    sizeof o->at.signature);
	armour_add_number(&a, "older", o->older);
	armour_add_proof(&a, &o->proof);
	armour_write(&a, out);
	armour_free(&a);
}

static enum status
take_fields(struct armour *a, struct offer *o)
{
	enum status st = armour_take_vkey(a, "origin", &o->log);

	if (st == OK)
		st = armour_take_head(a, &o->at);
	if (st == OK)
		st = armour_take_bytes(a, "signature", o->at.signature,
		    sizeof o->at.signature);
	if (st == OK)
		st = armour_take_number(a, "older", &o->older);
	if (st == OK)
		st = armour_take_proof(a, &o->proof);
	memcpy(o->at.origin, o->log.name, sizeof o->at.origin);
	return st == OK ? armour_done(a) : st;
}

enum status
offer_read_block(struct offer *o, const char *text, size_t len,
    struct reason *why)
{
	struct armour a;
	enum status st = armour_read(&a, "checkpoint", text, len, why);

	memset(o, 0, sizeof *o);
	if (st == OK && take_fields(&a, o) != OK)
		st = fail(why, INVALID, "the checkpoint is not written as one");
	armour_free(&a);
	if (st == OK && checkpoint_check(&o->at, &o->log) != OK)
		st = fail(why, DENIED, "the checkpoint is not signed by its key");
	return st;
}
