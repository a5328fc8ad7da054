/* SPDX-License-Identifier: ISC */
#include "base/arena.h"
#include "base/buf.h"
#include "petition/renewal.h"
#include "seal/sealed.h"
#include "store/ring.h"

#define STEP 500                /* rows: some milliseconds of the write lock */

/* How each kind is sealed, as identity.c, outbox.c, petition.c and logbook/
 * do it. */
static const enum key key_of[SECRETS] = {
	[SECRET_IDENTITY] = KEY_SEAL_IDENTITY,
	[SECRET_PAPER] = KEY_SEAL_IDENTITY,
	[SECRET_OUTBOX] = KEY_SEAL_OUTBOX,
	[SECRET_PARKED] = KEY_SEAL_PARKED,
	[SECRET_LEAF] = KEY_SEAL_LEAF,
	[SECRET_TALLY] = KEY_SEAL_TALLY,
};

enum status
renewal_size(struct store *store, int64_t *out)
{
	int64_t n;
	enum status st = OK;
	int kind;

	*out = 0;
	for (kind = 0; st == OK && kind < SECRETS; kind++) {
		st = store_secret_count(store, (enum secret)kind, &n);
		*out += n;
	}
	return st;
}

static enum status
renew(struct store *store, const struct keys *keys, struct renewal *r,
    const struct secret_row *row)
{
	struct seal_place at = { .key = key_of[r->kind],
	    .campaign = row->campaign, .row = row->name,
	    .row_len = sizeof row->name };
	struct buf sealed = BUF_INIT;
	enum status st;

	if (row->sealed.len == 0)
		return OK;
	st = seal_renew(keys, &at, row->sealed.data, row->sealed.len, &sealed);
	if (st == OK) {
		st = store_secret_put(store, (enum secret)r->kind, row->id,
		    sealed.data, sealed.len);
		r->renewed++;
	} else if (st == DENIED || st == NOT_FOUND) {
		r->damaged += st == DENIED;
		st = OK;
	}
	buf_free(&sealed);
	return st;
}

static enum status
some(struct store *store, const struct keys *keys, struct arena *arena,
    struct renewal *r)
{
	struct secret_row *rows = arena_alloc(arena, STEP * sizeof *rows);
	size_t i, count = 0;
	enum status st = store_secrets(store, arena, (enum secret)r->kind,
	    r->after, rows, STEP, &count);

	for (i = 0; st == OK && i < count; i++) {
		st = renew(store, keys, r, &rows[i]);
		r->after = rows[i].id;
		r->looked++;
	}
	if (st == OK && count == 0) {
		r->kind++;
		r->after = 0;
	}
	return st;
}

enum status
renewal_step(struct store *store, const struct keys *keys, struct renewal *r)
{
	struct arena *arena;
	struct renewal before = *r;
	enum status st;

	if (r->kind >= SECRETS)
		return OK;
	st = store_begin(store);
	if (st != OK)
		return st;
	arena = arena_new();
	st = some(store, keys, arena, r);
	if (st == OK)
		st = store_commit(store);
	else
		store_rollback(store);
	if (st != OK)
		*r = before;
	arena_free(&arena);
	return st == OK && r->kind < SECRETS ? AGAIN : st;
}
