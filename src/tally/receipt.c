/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "seal/base64.h"
#include "tally/armour.h"
#include "tally/entry.h"
#include "tally/receipt.h"

void
receipt_add_block(struct buf *out, const struct receipt *r)
{
	struct armour a;
	char day[11];

	clock_date(r->day, day);
	armour_begin(&a, "receipt");
	armour_add_vkey(&a, "origin", &r->log);
	armour_add_text(&a, "address", r->address);
	armour_add_word(&a, "day", day);
	armour_add_bytes(&a, "text", r->text, sizeof r->text);
	armour_add_bytes(&a, "nonce", r->nonce, sizeof r->nonce);
	armour_add_number(&a, "leaf", r->leaf);
	armour_add_head(&a, &r->at);
	armour_add_proof(&a, &r->proof);
	armour_add_bytes(&a, "signature", r->at.signature,
	    sizeof r->at.signature);
	armour_write(&a, out);
	armour_free(&a);
}

/* ---- reading --------------------------------------------------------------- */

static enum status
take_day(struct armour *a, int32_t *out)
{
	char day[11];
	enum status st = armour_take_word(a, "day", day, sizeof day);

	if (st != OK)
		return st;
	return clock_parse_date(day, out) ? OK : INVALID;
}

static enum status
take_commitment(struct armour *a, struct receipt *r)
{
	enum status st = armour_take_vkey(a, "origin", &r->log);

	if (st == OK)
		st = armour_take_text(a, "address", r->address,
		    sizeof r->address);
	if (st == OK)
		st = take_day(a, &r->day);
	if (st == OK)
		st = armour_take_bytes(a, "text", r->text, sizeof r->text);
	return st == OK ? armour_take_bytes(a, "nonce", r->nonce,
	    sizeof r->nonce) : st;
}

static enum status
take_fields(struct armour *a, struct receipt *r)
{
	enum status st = take_commitment(a, r);

	if (st == OK)
		st = armour_take_number(a, "leaf", &r->leaf);
	if (st == OK)
		st = armour_take_head(a, &r->at);
	if (st == OK)
		st = armour_take_proof(a, &r->proof);
	if (st == OK)
		st = armour_take_bytes(a, "signature", r->at.signature,
		    sizeof r->at.signature);
	memcpy(r->at.origin, r->log.name, sizeof r->at.origin);
	return st == OK ? armour_done(a) : st;
}

enum status
receipt_read_block(struct receipt *r, const char *text, size_t len,
    struct reason *why)
{
	struct armour a;
	enum status st = armour_read(&a, "receipt", text, len, why);

	memset(r, 0, sizeof *r);
	if (st == OK && take_fields(&a, r) != OK)
		st = fail(why, INVALID, "the receipt is not written as one");
	armour_free(&a);
	return st;
}

/* ---- what it shows ----------------------------------------------------------- */

enum status
receipt_commitment(const struct receipt *r, unsigned char out[COMMITMENT_BYTES])
{
	struct commitment c = { .origin = r->log.name, .address = r->address,
	    .day = r->day };
	enum status st;

	memcpy(c.nonce, r->nonce, sizeof c.nonce);
	memcpy(c.text, r->text, sizeof c.text);
	st = commitment_make(&c, out);
	explicit_bzero(&c, sizeof c);
	return st;
}

static enum status
check_proof(const struct receipt *r)
{
	struct entry e = { .kind = ENTRY_SIGN };
	struct buf text = BUF_INIT;
	struct merkle_hash leaf;
	enum status st = receipt_commitment(r, e.commitment);

	if (st == OK)
		st = entry_add(&text, &e);
	merkle_leaf(text.data, text.len, &leaf);
	buf_free(&text);
	return st == OK ? merkle_check_leaf(r->leaf, r->at.size, &leaf,
	    &r->at.root, r->proof.step, r->proof.count) : st;
}

enum status
receipt_check(const struct receipt *r, struct reason *why)
{
	if (checkpoint_check(&r->at, &r->log) != OK)
		return fail(why, DENIED, "the receipt is not signed by the key of "
		    "%s that stands in it", r->log.name);
	if (check_proof(r) != OK)
		return fail(why, DENIED, "the receipt proves nothing: address, day, "
		    "text and nonce do not lead to its root");
	return OK;
}
