/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "logbook/leaf.h"
#include "logbook/log.h"
#include "logbook/proof.h"
#include "logbook/tree.h"
#include "store/store.h"
#include "tally/entry.h"
#include "tally/promise.h"
#include "tally/receipt.h"

static char *
number(struct arena *arena, int64_t n)
{
	return arena_printf(arena, "%lld", (long long)n);
}

static void
make_promise(const struct log *log, struct arena *arena,
    const struct leaf *leaf, int64_t made, struct proof *out)
{
	struct promise p = { .log = log->key, .by = logbook_by(log, made) };
	struct buf text = BUF_INIT;
	char date[11];

	memcpy(p.commitment, leaf->commitment, sizeof p.commitment);
	promise_sign(&p, log->pair);
	promise_add_block(&text, &p);
	clock_date(clock_day(p.by), date);
	out->promise = arena_strndup(arena, text.data, text.len);
	out->by = arena_strdup(arena, date);
	buf_free(&text);
}

/* ---- receipts --------------------------------------------------------------------- */

/* The newest checkpoint that has the leaf. */
static enum status
take_checkpoint(struct store *store, const struct log *log,
    const struct leaf *leaf, struct checkpoint *out)
{
	struct tally_signed row;
	enum status st = store_signed_of(store, log->id, -1, &row);

	if (st == NOT_FOUND || (st == OK && row.size <= leaf->entry))
		return TEMPFAIL;
	if (st != OK)
		return st;
	memcpy(out->origin, log->key.name, sizeof out->origin);
	out->size = (uint64_t)row.size;
	out->counted = (uint64_t)row.counted;
	memcpy(out->root.bytes, row.root, sizeof out->root.bytes);
	memcpy(out->signature, row.signature, sizeof out->signature);
	return OK;
}

/* Is what stands in the log made of what she is given? */
static enum status
check_entry(struct tree *tree, const struct receipt *r)
{
	unsigned char mine[COMMITMENT_BYTES];
	struct buf text = BUF_INIT;
	struct entry e;
	enum status st = receipt_commitment(r, mine);

	if (st == OK)
		st = tree_entry(tree, r->leaf, &text);
	if (st == OK)
		st = entry_parse(&e, text.data, text.len);
	if (st == OK && (e.kind != ENTRY_SIGN ||
	    memcmp(e.commitment, mine, sizeof mine) != 0))
		st = DENIED;
	buf_free(&text);
	return st;
}

static enum status
fill(const struct logbook *lb, const struct log *log, struct arena *arena,
    const struct leaf *leaf, const char *address_key, struct receipt *r)
{
	struct opening o;
	enum status st = leaf_open(lb->with.keys, leaf, &o);

	if (st != OK)
		return st;
	r->log = log->key;
	r->day = o.day;
	r->leaf = (uint64_t)leaf->entry;
	memcpy(r->nonce, o.nonce, sizeof r->nonce);
	explicit_bzero(&o.nonce, sizeof o.nonce);
	if (snprintf(r->address, sizeof r->address, "%s", address_key) >=
	    (int)sizeof r->address)
		return INVALID;
	return leaf_text(lb->with.store, arena, log, o.text, r->text);
}

static enum status
prove(const struct logbook *lb, const struct log *log, struct receipt *r)
{
	struct tree tree;
	enum status st;

	tree_open(&tree, lb->with.store, log->id, r->at.size);
	st = check_entry(&tree, r);
	if (st == OK)
		st = tree_prove_leaf(&tree, r->leaf, r->at.size, &r->proof);
	tree_close(&tree);
	return st;
}

static enum status
make_receipt(const struct logbook *lb, const struct log *log,
    struct arena *arena, const struct leaf *leaf, const char *address_key,
    struct proof *out)
{
	struct receipt *r = arena_alloc(arena, sizeof *r);
	struct buf text = BUF_INIT;
	enum status st = take_checkpoint(lb->with.store, log, leaf, &r->at);

	if (st == OK)
		st = fill(lb, log, arena, leaf, address_key, r);
	if (st == OK)
		st = prove(lb, log, r);
	if (st == OK) {
		receipt_add_block(&text, r);
		out->receipt = arena_strndup(arena, text.data, text.len);
		out->leaf = number(arena, leaf->entry);
		out->size = number(arena, (int64_t)r->at.size);
	}
	buf_wipe(&text);
	explicit_bzero(r->nonce, sizeof r->nonce);
	return st;
}

enum status
proof_make(const struct logbook *lb, struct arena *arena,
    const struct signature *sig, const char *address_key, int64_t made,
    enum proof_kind kind, struct proof *out)
{
	const struct log *log = lb == NULL ? NULL :
	    logbook_of(lb, sig->campaign);
	struct leaf leaf;
	enum status st;

	*out = (struct proof){ NULL, NULL, NULL, NULL, NULL };
	if (log == NULL || sig->leaf == 0)
		return OK;
	st = store_leaf_get(lb->with.store, arena, sig->leaf, &leaf);
	if (st == OK && leaf.entry < 0 && kind == PROOF_RECEIPT)
		return TEMPFAIL;
	if (st == OK && leaf.entry < 0 && leaf.committed)
		make_promise(log, arena, &leaf, made, out);
	else if (st == OK && leaf.entry >= 0 && kind != PROOF_PROMISE)
		st = make_receipt(lb, log, arena, &leaf, address_key, out);
	if (st == NOT_FOUND || st == DENIED || st == INVALID) {
		/* The mail goes without it. */
		log_warnx("g=%lld tally=no-receipt %s", (long long)sig->id,
		    st == NOT_FOUND ? "what it needs is not kept any more" :
		    "what is kept does not fit the log");
		st = OK;
	}
	return st;
}
