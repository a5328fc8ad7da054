/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/campaign.h"
#include "outbox/outbox.h"
#include "petition/act.h"
#include "petition/key_fit.h"
#include "petition/sealing.h"
#include "seal/parts.h"
#include "seal/vault.h"
#include "store/sealed.h"

_Static_assert(STORE_OPENING == OPENING_BYTES, "an opening key");
_Static_assert(STORE_DATA_KEY == DATA_KEY_SEALED, "a data key");
_Static_assert(STORE_HASH == HASH_BYTES, "the name of a row");

/* ---- a row ---------------------------------------------------------------------- */

/* E3.  Looked for each time, since the transaction that added it may have been
 * rolled back. */
static enum status
keep_data_key(struct petition *p, int64_t campaign, const struct data_key *k)
{
	struct data_key_row row;
	enum status st = store_data_key_get(p->with.store, k->number, &row);

	if (st != NOT_FOUND)
		return st;
	row = (struct data_key_row){ .number = k->number, .campaign = campaign,
	    .day = k->day };
	memcpy(row.opening, k->opening, sizeof row.opening);
	memcpy(row.sealed, k->sealed, sizeof row.sealed);
	st = store_data_key_add(p->with.store, &row);
	return st != OK ? st :
	    key_fit_note(p->with.store, p->with.keys);
}

/* The texts that are to be sealed now; NULL: not that one.  False: none. */
static bool
choose(const struct identity *who, const struct parts *parts,
    const char *text[PARTS])
{
	text[PART_ADDRESS] = parts->part[PART_ADDRESS].len == 0 ? who->address :
	    NULL;
	text[PART_NAME] = who->name;
	text[PART_CITY] = who->city;
	text[PART_COMMENT] = who->comment;
	return text[PART_ADDRESS] != NULL || who->name != NULL ||
	    who->city != NULL || who->comment != NULL;
}

static void
write_parts(const struct parts *parts, struct arena *arena, struct blob *out)
{
	struct buf value = BUF_INIT;

	parts_write(parts, &value);
	*out = (struct blob){ arena_strndup(arena, value.data, value.len),
	    value.len };
	buf_free(&value);
}

enum status
sealing_add(const struct sealing *s, struct arena *arena,
    const struct identity *who, struct blob *sealed)
{
	struct part_place place = { .campaign = s->campaign };
	const struct data_key *key;
	const char *text[PARTS];
	struct buf boxes = BUF_INIT;
	struct parts parts;
	enum status st;

	if (parts_read(&parts, sealed->data, sealed->len) != OK)
		log_warnx("sealed=damaged of one who is sealed only what she says "
		    "now is kept");
	if (!choose(who, &parts, text))
		return OK;
	st = vault_take(s->petition->vault, s->campaign, s->opening,
	    clock_day(s->now), &key, &place.key);
	if (st == OK)
		st = keep_data_key(s->petition, s->campaign, key);
	if (st != OK)
		return st;
	memcpy(place.row, s->row, sizeof place.row);
	parts_close(&place, key->number, text, &parts, &boxes);
	write_parts(&parts, arena, sealed);
	buf_free(&boxes);
	return OK;
}

/* ---- an act ------------------------------------------------------------------------ */

bool
act_seals(const struct act *act)
{
	return (act->sig.state == SIGNATURE_CONFIRMED ||
	    act->sig.state == SIGNATURE_UNCOUNTED) &&
	    (act->campaign->seals || act->sig.sealed.len > 0);
}

/* E5.  The campaign's, or the one that her data key is sealed to. */
static enum status
find_opening(const struct act *act, unsigned char out[OPENING_BYTES])
{
	struct data_key_row row = { .number = 0 };
	struct parts parts;
	enum status st = NOT_FOUND;
	int i;

	if (act->campaign->seals) {
		memcpy(out, act->campaign->opening, OPENING_BYTES);
		return OK;
	}
	if (parts_read(&parts, act->sig.sealed.data, act->sig.sealed.len) != OK)
		return NOT_FOUND;
	for (i = 0; st == NOT_FOUND && i < PARTS; i++)
		if (parts.part[i].len > 0)
			st = store_data_key_get(act->petition->with.store,
			    parts.part[i].key, &row);
	memcpy(out, row.opening, OPENING_BYTES);
	return st;
}

static enum status
add_parts(struct act *act)
{
	struct sealing s = { .petition = act->petition,
	    .campaign = act->sig.campaign, .now = act->now };
	enum status st = find_opening(act, s.opening);

	if (st == NOT_FOUND) {
		log_warnx("g=%lld campaign=%s sealed=no her data key is not there",
		    (long long)act->sig.id, act->campaign->slug);
		return OK;
	}
	memcpy(s.row, act->sig.key, sizeof s.row);
	return st != OK ? st : sealing_add(&s, act->arena, &act->who,
	    &act->sig.sealed);
}

/* E2. */
static void
keep_address(struct act *act, bool first)
{
	struct identity who = { .address = act->who.address };

	if (act->sig.updates && !first && act->sig.identity.len > 0)
		return;                 /* it is there, and nothing else is */
	if (act->sig.updates && who.address != NULL)
		act_put_identity(act, &who);
	else {
		act->sig.identity = (struct blob){ NULL, 0 };
		act->sig.updates = false;
	}
}

enum status
act_seal(struct act *act, bool identity)
{
	struct petition_setup *with = &act->petition->with;
	bool first = act->sig.sealed.len == 0;
	enum status st = OK;
	size_t had;

	if (first && (!identity || act->who.address == NULL))
		return OK;              /* as it is, until more is known */
	if (identity)
		st = add_parts(act);
	if (st == OK && first)
		st = outbox_keep_address(with->store, with->keys, act->arena,
		    act->sig.id, act->who.address);
	had = act->sig.identity.len;
	if (st == OK)
		keep_address(act, first);
	if (st == OK && (first || act->sig.identity.len != had))
		store_removed(with->store);     /* what could be read until now */
	return st;
}
