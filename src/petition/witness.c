/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/campaign.h"
#include "logbook/cosign.h"
#include "logbook/logbook.h"
#include "logbook/tree.h"
#include "message/witnessed.h"
#include "outbox/outbox.h"
#include "petition/act.h"
#include "petition/witness.h"
#include "seal/token.h"
#include "tally/cosignature.h"
#include "tally/offer.h"

_Static_assert(WITNESSED_HASH == TALLY_HASH &&
    WITNESSED_SIGNATURE == SIGN_SIGNATURE_BYTES, "the sizes of a checkpoint");

static struct store *
store_of(const struct act *act)
{
	return act->petition->with.store;
}

/* ---- writing to them -------------------------------------------------------------- */

static enum status
make_offer(struct act *act, const struct log *log,
    const struct tally_signed *row, int64_t older, const char **out)
{
	struct offer *offer = arena_alloc(act->arena, sizeof *offer);
	struct buf text = BUF_INIT;
	struct tree tree;
	enum status st;

	offer->log = log->key;
	offer->older = (uint64_t)older;
	memcpy(offer->at.origin, log->key.name, sizeof offer->at.origin);
	offer->at.size = (uint64_t)row->size;
	offer->at.counted = (uint64_t)row->counted;
	memcpy(offer->at.root.bytes, row->root, sizeof row->root);
	memcpy(offer->at.signature, row->signature, sizeof row->signature);
	tree_open(&tree, store_of(act), act->campaign_id, offer->at.size);
	st = tree_prove_growth(&tree, offer->older, offer->at.size,
	    &offer->proof);
	tree_close(&tree);
	if (st == OK) {
		offer_add_block(&text, offer);
		*out = arena_strndup(act->arena, text.data, text.len);
	}
	buf_free(&text);
	return st;
}

static const char *
number(struct act *act, int64_t n)
{
	return arena_printf(act->arena, "%lld", (long long)n);
}

static enum status
write_to(struct act *act, const struct log *log,
    const struct campaign_organisation *o, const struct tally_witness *w,
    const struct tally_signed *row)
{
	struct promise promise = { .class = OUTBOX_ANSWER,
	    .kind = "checkpoint", .to = o->mail,
	    .language = act->campaign->default_language };
	const char *offer = NULL;
	int64_t older = 0;
	enum status st = store_cosigned(store_of(act), act->campaign_id, w->id,
	    &older);

	if (st == OK)
		st = make_offer(act, log, row, older, &offer);
	if (st != OK)
		return st;
	promise.extra[0].name = "offer";
	promise.extra[0].value = offer;
	promise.extra[1].name = "tally_size";
	promise.extra[1].value = number(act, row->size);
	promise.extra[2].name = "tally_count";
	promise.extra[2].value = number(act, row->counted);
	promise.extra[3].name = "witness";
	promise.extra[3].value = number(act, w->id);
	log_info("campaign=%s tally=offered size=%lld witness=%s",
	    act->campaign->slug, (long long)row->size, o->id);
	st = act_promise(act, &promise);
	return st != OK ? st : store_witness_asked(store_of(act), w->id,
	    row->size, clock_day(act->now));
}

static enum status
write_when_due(struct act *act, const struct log *log,
    const struct campaign_organisation *o, const struct tally_signed *row)
{
	struct tally_witness w;
	enum status st = cosign_witness(store_of(act), act->arena,
	    act->campaign_id, o, &w);

	if (st != OK || w.asked_size >= row->size ||
	    w.asked_day == clock_day(act->now))
		return st;
	return write_to(act, log, o, &w, row);
}

enum status
witness_mails(struct act *act)
{
	const struct campaign *c = act->campaign;
	const struct log *log = logbook_of(act->petition->with.logbook,
	    act->campaign_id);
	struct tally_signed row;
	enum status st = log == NULL ? NOT_FOUND :
	    store_signed_of(store_of(act), act->campaign_id, -1, &row);
	size_t i;

	for (i = 0; st == OK && i < c->organisation_count; i++)
		if (c->organisations[i].witness != NULL &&
		    c->organisations[i].mail != NULL)
			st = write_when_due(act, log, &c->organisations[i], &row);
	return st == NOT_FOUND ? OK : st;
}

/* ---- their answers ------------------------------------------------------------------ */

static void
take_head(struct checkpoint *out, const struct witnessed_head *h)
{
	*out = (struct checkpoint){ .size = (uint64_t)h->size,
	    .counted = (uint64_t)h->counted };
	memcpy(out->root.bytes, h->root, sizeof out->root.bytes);
	memcpy(out->signature, h->signature, sizeof out->signature);
}

/* What she quotes or sends that our log has signed.  If we do not have it, we are
 * not what we were. */
static enum status
look_at_shown(struct act *act, struct tally *t, const struct witnessed_head *h)
{
	struct checkpoint theirs;
	enum tally_stop stop;
	enum status st;

	if (!h->there || memcmp(h->key, t->public, sizeof t->public) != 0)
		return OK;
	take_head(&theirs, h);
	st = cosign_compare(store_of(act), t, &theirs, &stop);
	if (st != OK || stop == TALLY_GOES_ON || t->stopped != TALLY_GOES_ON)
		return st == DENIED ? OK : st;
	log_warnx("campaign=%s tally=stopped a witness has a checkpoint of ours "
	    "that the database does not go with; nothing is added to it until "
	    "undersign tally %s recover", act->campaign->slug,
	    act->campaign->slug);
	t->stopped = stop;
	act->done = "stopped";
	st = store_tally_put(store_of(act), t);
	return st != OK ? st : act_alarm(act, HELD_TALLY);
}

/* She alone says so, and her word alone stops nothing. */
static enum status
unknown_checkpoint(struct act *act, const struct witnessed_head *h)
{
	log_warnx("campaign=%s tally=unknown-checkpoint size=%lld a witness has "
	    "cosigned what this log does not have", act->campaign->slug,
	    (long long)h->size);
	act->done = "unknown-checkpoint";
	return act_alarm(act, HELD_WITNESS);
}

static enum status
take_cosignature(struct act *act, const struct tally *t,
    const struct tally_witness *w, const struct witnessed_head *h)
{
	const struct campaign_organisation *o = cosign_named(act->campaign,
	    w->name);
	struct cosignature c = { .time = h->time };
	struct checkpoint under;
	enum status st;

	act->done = "nothing";
	if (!h->there || o == NULL || o->witness == NULL)
		return OK;
	cosign_key(o, &c.witness);
	if (memcmp(c.witness.key, h->key, sizeof h->key) != 0)
		return OK;
	take_head(&under, h);
	memcpy(c.signature, h->signature, sizeof c.signature);
	st = cosign_keep(store_of(act), act->arena, t, w, &c, &under);
	if (st == NOT_FOUND)
		return unknown_checkpoint(act, h);
	act->done = st == OK ? "cosigned" : st == EXISTS ? "again" : "false";
	return st == EXISTS || st == DENIED ? OK : st;
}

static enum status
take_answer(struct act *act, int64_t witness, const struct witnessed *said)
{
	struct tally_witness w;
	struct tally t;
	enum status st = store_witness_get(store_of(act), act->arena, witness,
	    &w);

	if (st == OK)
		st = store_tally_get(store_of(act), act->arena,
		    act->campaign_id, &t);
	if (st != OK || w.campaign != act->campaign_id)
		return st == NOT_FOUND ? OK : st;
	st = take_cosignature(act, &t, &w, &said->cosigned);
	return st != OK ? st : look_at_shown(act, &t, &said->shown);
}

enum status
petition_witness(struct petition *p, struct arena *arena,
    const struct recipient *to, const struct witnessed *said, int64_t now,
    enum verdict *verdict_out)
{
	struct act act;
	int64_t witness;
	enum status st = act_begin(&act, p, arena, to->slug, now);

	*verdict_out = VERDICT_NO_USER;
	if (st == NOT_FOUND || (st == OK && (to->token == NULL ||
	    token_check(p->with.keys, PURPOSE_WITNESS, act.campaign_id,
	    to->token, clock_day(now), &witness) != OK)))
		return OK;
	if (st != OK)
		return st;
	*verdict_out = VERDICT_ACCEPT;
	act.sig.language = act.campaign->default_language;
	st = take_answer(&act, witness, said);
	if (st == OK)
		log_info("campaign=%s purpose=witness witness=%lld done=%s",
		    act.campaign->slug, (long long)witness,
		    act.done == NULL ? "nothing" : act.done);
	return st;
}
