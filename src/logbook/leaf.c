/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/wire.h"
#include "config/campaign.h"
#include "logbook/leaf.h"
#include "logbook/log.h"
#include "logbook/tree.h"
#include "seal/keys.h"
#include "seal/sealed.h"
#include "store/ring.h"
#include "tally/entry.h"

#define FORMAT 1

/* ---- what is sealed ----------------------------------------------------------- */

static struct seal_place
place(const struct leaf *leaf, unsigned char name[STORE_HASH])
{
	store_secret_number(name, leaf->signature);
	return (struct seal_place){ .key = KEY_SEAL_LEAF,
	    .campaign = leaf->campaign, .row = name, .row_len = STORE_HASH };
}

static void
seal_opening(const struct keys *keys, struct arena *arena, struct leaf *leaf,
    const struct opening *o)
{
	struct buf plain = BUF_INIT, sealed = BUF_INIT;
	unsigned char name[STORE_HASH];
	struct seal_place at = place(leaf, name);

	wire_put_u8(&plain, FORMAT);
	wire_put_bytes(&plain, o->nonce, sizeof o->nonce);
	wire_put_u32(&plain, (uint32_t)o->day);
	wire_put_i64(&plain, o->text);
	seal_close(keys, &at, plain.data, plain.len, &sealed);
	leaf->opening = (struct blob){
	    arena_strndup(arena, sealed.data, sealed.len), sealed.len };
	buf_wipe(&plain);
	buf_free(&sealed);
}

enum status
leaf_open(const struct keys *keys, const struct leaf *leaf, struct opening *out)
{
	struct buf plain = BUF_INIT;
	unsigned char name[STORE_HASH];
	struct seal_place at = place(leaf, name);
	const void *nonce;
	struct wire w;
	size_t len;
	enum status st;

	if (leaf->opening.len == 0)
		return NOT_FOUND;
	st = seal_open(keys, &at, leaf->opening.data, leaf->opening.len, &plain);
	if (st == OK) {
		wire_open(&w, plain.data, plain.len);
		if (wire_u8(&w) != FORMAT)
			w.bad = 1;
		nonce = wire_bytes(&w, &len);
		out->day = (int32_t)wire_u32(&w);
		out->text = wire_i64(&w);
		if (wire_done(&w) != OK || len != sizeof out->nonce)
			st = DENIED;
		else
			memcpy(out->nonce, nonce, sizeof out->nonce);
	}
	buf_wipe(&plain);
	return st;
}

/* ---- she has confirmed ----------------------------------------------------------- */

/* Mostly one of today's, which are at hand. */
enum status
leaf_text(struct store *store, struct arena *arena, const struct log *log,
    int64_t id, unsigned char out[COMMITMENT_TEXT])
{
	struct tally_text text;
	enum status st;
	size_t i;

	for (i = 0; i < log->campaign->language_count; i++)
		if (log->texts[i].id == id) {
			memcpy(out, log->texts[i].hash, COMMITMENT_TEXT);
			return OK;
		}
	st = store_text_get(store, arena, log->id, id, false, &text);
	if (st == OK)
		memcpy(out, text.hash, COMMITMENT_TEXT);
	return st == NOT_FOUND ? STORE_FAILED : st;
}

static enum status
make_leaf(const struct logbook *lb, const struct log *log, struct arena *arena,
    const struct signature *sig, const char *address_key, struct leaf *leaf)
{
	struct opening o = { .day = sig->confirmed_day, .text = sig->text };
	struct commitment c = { .origin = log->key.name,
	    .address = address_key, .day = o.day };
	enum status st;

	if (o.text <= 0)         /* asked when there was no tally */
		o.text = logbook_text(lb, log->id, sig->language)->id;
	st = leaf_text(lb->with.store, arena, log, o.text, c.text);
	if (st != OK)
		return st;
	seal_random(o.nonce, sizeof o.nonce);
	memcpy(c.nonce, o.nonce, sizeof c.nonce);
	st = commitment_make(&c, leaf->commitment);
	if (st == OK)
		seal_opening(lb->with.keys, arena, leaf, &o);
	explicit_bzero(&o, sizeof o);
	explicit_bzero(&c, sizeof c);
	return st;
}

enum status
leaf_confirmed(struct logbook *lb, struct arena *arena, struct signature *sig,
    const char *address_key)
{
	const struct log *log = lb == NULL ? NULL :
	    logbook_of(lb, sig->campaign);
	struct leaf leaf = { .campaign = sig->campaign, .signature = sig->id,
	    .entry = -1, .committed = true, .back_entry = -1 };
	enum status st;

	if (log == NULL || sig->leaf != 0)
		return OK;
	leaf.wanted = log->campaign->receipts == RECEIPTS_ALWAYS;
	st = make_leaf(lb, log, arena, sig, address_key, &leaf);
	if (st == OK)
		st = store_leaf_add(lb->with.store, &leaf);
	if (st == OK)
		sig->leaf = leaf.id;
	return st;
}

/* ---- it does not count any more ------------------------------------------------------ */

/* Nothing leads from it to her any more. */
static void
let_go(struct leaf *leaf, struct signature *sig)
{
	leaf->signature = 0;
	leaf->opening = (struct blob){ NULL, 0 };
	leaf->wanted = false;
	sig->leaf = 0;
}

enum status
leaf_take_back(struct store *store, struct arena *arena, struct signature *sig,
    enum leaf_back why, int64_t batch)
{
	struct leaf leaf;
	enum status st;

	if (sig->leaf == 0)
		return OK;
	st = store_leaf_get(store, arena, sig->leaf, &leaf);
	if (st == NOT_FOUND) {
		log_warnx("g=%lld tally=damaged its leaf is not there; a backup "
		    "may have it", (long long)sig->id);
		sig->leaf = 0;
		return OK;
	}
	if (st != OK)
		return st;
	if (leaf.back == LEAF_STAYS) {
		leaf.back = why;
		leaf.batch = batch;
	}
	if (why == LEAF_WITHDRAWN || why == LEAF_ERASED)
		let_go(&leaf, sig);
	/* When its end stands in the log, nobody needs the row. */
	return leaf.signature == 0 && leaf.back_entry >= 0 ?
	    store_leaf_remove(store, leaf.id) : store_leaf_put(store, &leaf);
}

static enum status
read_commitment(struct store *store, struct leaf *leaf)
{
	struct buf text = BUF_INIT;
	struct entry e;
	struct tree tree;
	enum status st;

	tree_open(&tree, store, leaf->campaign, (uint64_t)leaf->entry + 1);
	st = tree_entry(&tree, (uint64_t)leaf->entry, &text);
	if (st == OK)
		st = entry_parse(&e, text.data, text.len);
	if (st == OK && e.kind != ENTRY_SIGN)
		st = STORE_FAILED;
	if (st == OK) {
		memcpy(leaf->commitment, e.commitment, sizeof leaf->commitment);
		leaf->committed = true;
	}
	tree_close(&tree);
	buf_free(&text);
	return st;
}

/* The place of the old one, with a new number: it stands among those that wait. */
static enum status
enter_again(struct store *store, struct leaf *leaf, struct signature *sig)
{
	enum status st = read_commitment(store, leaf);

	if (st == OK)
		st = store_leaf_remove(store, leaf->id);
	leaf->entry = leaf->back_entry = -1;
	leaf->back = LEAF_STAYS;
	leaf->batch = 0;
	if (st == OK)
		st = store_leaf_add(store, leaf);
	if (st == OK)
		sig->leaf = leaf->id;
	return st;
}

/* She has none: perhaps there was no tally then. */
static enum status
fill_again(struct store *store, struct arena *arena, int64_t campaign)
{
	struct tally t;
	enum status st = store_tally_get(store, arena, campaign, &t);

	if (st != OK || t.filled == 0)
		return st == NOT_FOUND ? OK : st;
	t.filled = 0;
	return store_tally_put(store, &t);
}

enum status
leaf_again(struct store *store, struct arena *arena, struct signature *sig)
{
	struct leaf leaf;
	enum status st = sig->leaf == 0 ? NOT_FOUND :
	    store_leaf_get(store, arena, sig->leaf, &leaf);

	if (st == NOT_FOUND) {
		sig->leaf = 0;
		return fill_again(store, arena, sig->campaign);
	}
	if (st != OK || leaf.back == LEAF_STAYS)
		return st;
	if (leaf.back_entry >= 0)
		return enter_again(store, &leaf, sig);
	leaf.back = LEAF_STAYS;
	leaf.batch = 0;
	return store_leaf_put(store, &leaf);
}

/* The row of one that is in would only say in what order people came. */
enum status
leaf_forget(struct store *store, struct arena *arena, struct signature *sig)
{
	struct leaf leaf;
	enum status st;

	if (sig->leaf == 0)
		return OK;
	st = store_leaf_get(store, arena, sig->leaf, &leaf);
	if (st != OK)
		return st == NOT_FOUND ? OK : st;
	let_go(&leaf, sig);
	return leaf.entry >= 0 &&
	    (leaf.back == LEAF_STAYS || leaf.back_entry >= 0) ?
	    store_leaf_remove(store, leaf.id) : store_leaf_put(store, &leaf);
}

/* ---- receipts ----------------------------------------------------------------------------- */

enum status
leaf_want(struct store *store, struct arena *arena, const struct signature *sig)
{
	struct leaf leaf;
	enum status st;

	if (sig->leaf == 0)
		return OK;
	st = store_leaf_get(store, arena, sig->leaf, &leaf);
	if (st != OK || leaf.entry >= 0)
		return st == NOT_FOUND ? OK : st;
	if (leaf.wanted)
		return EXISTS;
	leaf.wanted = true;
	st = store_leaf_put(store, &leaf);
	return st == OK ? AGAIN : st;
}
