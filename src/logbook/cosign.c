/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "config/campaign.h"
#include "logbook/cosign.h"
#include "logbook/guard.h"
#include "logbook/logbook.h"
#include "tally/checkpoint.h"
#include "tally/cosignature.h"

/* ---- who they are ----------------------------------------------------------------- */

void
cosign_key(const struct campaign_organisation *o, struct vkey *out)
{
	if (vkey_parse(out, o->witness, NULL) != OK)
		log_fatalx("a witness without a key got past campaign.conf");
}

const struct campaign_organisation *
cosign_organisation(const struct campaign *c, const struct vkey *key)
{
	struct vkey mine;
	size_t i;

	for (i = 0; i < c->organisation_count; i++) {
		if (c->organisations[i].witness == NULL)
			continue;
		cosign_key(&c->organisations[i], &mine);
		if (vkey_same(&mine, key))
			return &c->organisations[i];
	}
	return NULL;
}

const struct campaign_organisation *
cosign_named(const struct campaign *c, const char *id)
{
	size_t i;

	for (i = 0; i < c->organisation_count; i++)
		if (strcmp(c->organisations[i].id, id) == 0)
			return &c->organisations[i];
	return NULL;
}

enum status
cosign_witness(struct store *store, struct arena *arena, int64_t campaign,
    const struct campaign_organisation *o, struct tally_witness *out)
{
	enum status st = store_witness_find(store, arena, campaign, o->id, out);

	if (st != NOT_FOUND)
		return st;
	*out = (struct tally_witness){ .campaign = campaign, .name = o->id };
	return store_witness_add(store, out);
}

/* ---- what they say ------------------------------------------------------------------ */

static bool
is_kept(const struct tally_cosignature *rows, size_t count,
    const struct tally_cosignature *row)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (rows[i].witness == row->witness &&
		    (rows[i].at > row->at ||
		    strcmp(rows[i].line, row->line) == 0))
			return true;
	return false;
}

static enum status
keep(struct store *store, struct arena *arena, const struct tally *t,
    const struct tally_witness *w, const struct cosignature *c, int64_t size)
{
	struct tally_cosignature row = { .size = size, .witness = w->id,
	    .at = c->time }, *rows;
	struct buf line = BUF_INIT, key = BUF_INIT;
	size_t count;
	enum status st;

	cosignature_add_line(&line, c);
	vkey_add(&key, &c->witness);
	row.line = line.data;
	row.key = key.data;
	st = store_cosignatures(store, arena, t->campaign, size, &rows, &count);
	if (st == OK)
		st = is_kept(rows, count, &row) ? EXISTS :
		    store_cosignature_put(store, t->campaign, &row);
	buf_free(&line);
	buf_free(&key);
	return st;
}

enum status
cosign_keep(struct store *store, struct arena *arena, const struct tally *t,
    const struct tally_witness *w, const struct cosignature *c,
    const struct checkpoint *under)
{
	struct checkpoint at = *under;
	struct tally_signed mine;
	struct vkey log;
	enum status st = logbook_vkey(t, &log);

	if (st != OK)
		return st;
	memcpy(at.origin, log.name, sizeof at.origin);
	if (cosignature_check(c, &at) != OK)
		return DENIED;
	st = store_signed_of(store, t->campaign, (int64_t)at.size, &mine);
	if (st == OK && (mine.counted != (int64_t)at.counted ||
	    memcmp(mine.root, at.root.bytes, sizeof mine.root) != 0))
		st = NOT_FOUND;
	return st != OK ? st : keep(store, arena, t, w, c, mine.size);
}

enum status
cosign_compare(struct store *store, const struct tally *t,
    const struct checkpoint *theirs, enum tally_stop *stop_out)
{
	struct checkpoint c = *theirs;
	struct vkey log;
	enum status st = logbook_vkey(t, &log);

	*stop_out = TALLY_GOES_ON;
	if (st != OK)
		return st;
	memcpy(c.origin, log.name, sizeof c.origin);
	if (checkpoint_check(&c, &log) != OK)
		return DENIED;
	return guard_begins(store, t, c.size, c.root.bytes, stop_out);
}

/* ---- what is shown --------------------------------------------------------------------- */

/* Of a witness of today, by her key of today?  What another has signed, those
 * who check would not know whose it is. */
static bool
is_of_today(const struct campaign *c, const struct tally_cosignature *row)
{
	size_t i;

	for (i = 0; i < c->organisation_count; i++)
		if (c->organisations[i].witness != NULL &&
		    strcmp(c->organisations[i].witness, row->key) == 0)
			return true;
	return false;
}

enum status
cosign_note(struct store *store, struct arena *arena, const struct tally *t,
    const struct campaign *campaign, const struct tally_signed *row,
    struct buf *out)
{
	struct checkpoint c = { .size = (uint64_t)row->size,
	    .counted = (uint64_t)row->counted };
	struct tally_cosignature *rows;
	struct vkey log;
	size_t count, i;
	enum status st = logbook_vkey(t, &log);

	if (st == OK)
		st = store_cosignatures(store, arena, t->campaign, row->size,
		    &rows, &count);
	if (st != OK)
		return st;
	memcpy(c.origin, log.name, sizeof c.origin);
	memcpy(c.root.bytes, row->root, sizeof c.root.bytes);
	memcpy(c.signature, row->signature, sizeof c.signature);
	checkpoint_add_note(out, &c, &log);
	for (i = 0; i < count; i++)
		if (is_of_today(campaign, &rows[i]))
			buf_addstr(out, rows[i].line);
	return OK;
}

enum status
cosign_most(struct store *store, struct arena *arena, const struct tally *t,
    const struct campaign *campaign, int64_t *size_out)
{
	struct tally_cosignature *rows;
	size_t count, i, here = 0, most = 0;
	enum status st = store_cosignatures(store, arena, t->campaign, -1, &rows,
	    &count);

	*size_out = 0;
	for (i = 0; st == OK && i < count; i++) {
		if (i == 0 || rows[i].size != rows[i - 1].size)
			here = 0;
		here += is_of_today(campaign, &rows[i]);
		if (here > 0 && here >= most) {
			most = here;
			*size_out = rows[i].size;
		}
	}
	return st != OK ? st : most == 0 ? NOT_FOUND : OK;
}
