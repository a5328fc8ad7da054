/* seal_old.c - sealing who signed before the campaign had an opening key
 * SPDX-License-Identifier: ISC
 */
#include <string.h>

#include "base/arena.h"
#include "config/campaign.h"
#include "petition/act.h"
#include "petition/sealing.h"
#include "store/paper.h"

/* What could not be read is not touched. */
static enum status
open_one(const struct act *act, const unsigned char key[HASH_BYTES],
    struct blob identity, struct seal_run *run, struct identity *out)
{
	enum status st = identity_open(act->petition->with.keys,
	    act->campaign_id, key, identity.data, identity.len, act->arena, out);

	if (st != OK)
		run->damaged++;
	return st;
}

static enum status
seal_signature(struct act *act, const struct signature *sig,
    struct seal_run *run)
{
	act->sig = act->was = *sig;
	act->who = (struct identity){ NULL };
	if (!act_seals(act) || sig->sealed.len > 0 || sig->identity.len == 0 ||
	    open_one(act, sig->key, sig->identity, run, &act->who) != OK)
		return OK;
	run->sealed++;
	return act_save(act, true);
}

static enum status
seal_signatures(struct act *act, struct seal_run *run, size_t limit)
{
	struct signature *rows = arena_alloc(act->arena, limit * sizeof *rows);
	size_t count, i;
	enum status st = store_signature_list(act->petition->with.store,
	    act->arena, act->campaign_id, SIGNATURE_STATES, run->after, rows,
	    limit, &count);

	for (i = 0; st == OK && i < count; i++) {
		st = seal_signature(act, &rows[i], run);
		run->after = rows[i].id;
	}
	if (st == OK && count == 0) {
		run->paper = true;
		run->after = 0;
	}
	return st == OK ? AGAIN : st;
}

static enum status
seal_sheet(struct act *act, const struct paper *row, struct seal_run *run)
{
	struct sealing s = { .petition = act->petition,
	    .campaign = act->campaign_id, .now = act->now };
	struct blob sealed = { NULL, 0 };
	struct identity who;
	enum status st;

	if (row->identity.len == 0 ||
	    open_one(act, row->key, row->identity, run, &who) != OK)
		return OK;
	memcpy(s.opening, act->campaign->opening, sizeof s.opening);
	memcpy(s.row, row->key, sizeof s.row);
	st = sealing_add(&s, act->arena, &who, &sealed);
	if (st == OK)
		st = store_paper_seal(act->petition->with.store, row->id, sealed);
	store_removed(act->petition->with.store);
	run->sealed += st == OK;
	return st;
}

static enum status
seal_sheets(struct act *act, struct seal_run *run, size_t limit)
{
	struct paper *rows = arena_alloc(act->arena, limit * sizeof *rows);
	size_t count, i;
	enum status st = store_paper_list(act->petition->with.store, act->arena,
	    act->campaign_id, run->after, rows, limit, &count);

	for (i = 0; st == OK && i < count; i++) {
		st = seal_sheet(act, &rows[i], run);
		run->after = rows[i].id;
	}
	return st == OK && count > 0 ? AGAIN : st;
}

enum status
petition_seal(struct petition *p, struct arena *arena, const char *slug,
    struct seal_run *run, size_t limit, int64_t now, struct reason *why)
{
	struct act act;
	enum status st = act_begin(&act, p, arena, slug, now);

	if (st == NOT_FOUND && act.campaign != NULL)
		return OK;              /* nobody has written yet */
	if (st == NOT_FOUND)
		return fail(why, INVALID, "there is no campaign %s; undersign "
		    "campaign list shows them", slug);
	if (st == OK && !act.campaign->seals)
		return fail(why, INVALID, "%s/campaign.conf has no opening_key to "
		    "seal to; undersign key deal makes one", act.campaign->dir);
	if (st == OK)
		st = run->paper ? seal_sheets(&act, run, limit) :
		    seal_signatures(&act, run, limit);
	return st == OK || st == AGAIN ? st : fail(why, st, "the database: %s",
	    status_text(st));
}
