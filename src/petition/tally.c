/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "config/campaign.h"
#include "logbook/leaf.h"
#include "logbook/logbook.h"
#include "outbox/outbox.h"
#include "petition/act.h"
#include "petition/tally.h"
#include "petition/witness.h"

#define FILL_MOST 500           /* signatures in one transaction */
#define AFTER_BATCH 30          /* seconds until what waits for it is sent */

static struct logbook *
book(const struct act *act)
{
	return act->petition->with.logbook;
}

/* ---- of one signature ------------------------------------------------------------- */

static void
note_text(struct act *act, const char *language)
{
	const struct log_text *text;

	if (book(act) == NULL)
		return;
	text = logbook_text(book(act), act->campaign_id, language);
	act->sig.text = text != NULL ? text->id : 0;
}

void
act_shows_text(struct act *act)
{
	note_text(act, act->sig.language);
}

/* A token without a mark is of a mail that went out while the campaign had no
 * tally: what she was last asked then is the best that is known. */
void
act_has_read(struct act *act)
{
	int64_t text = 0;

	if (act->web)
		note_text(act, act->page != NULL ? act->page :
		    act->sig.language);
	else if (book(act) != NULL)
		text = logbook_marked(book(act), act->campaign_id,
		    act->token_mark, act->sig.text);
	if (text != 0)
		act->sig.text = text;
}

static enum status
promise_receipt(struct act *act)
{
	const struct log *log = logbook_of(book(act), act->campaign_id);
	struct promise promise = {
		.signature = act->sig.id, .class = OUTBOX_ANSWER,
		.kind = "proof", .extra = { { "awaited", "1" } },
		.due_at = logbook_next(log, act->now) + AFTER_BATCH,
	};

	return act_promise(act, &promise);
}

static enum status
make_leaf(struct act *act)
{
	struct address address;
	enum status st;

	if (act->who.address == NULL)
		return NOT_FOUND;
	st = address_parse(&address, act->arena, act->who.address,
	    strlen(act->who.address));
	return st != OK ? NOT_FOUND : leaf_confirmed(book(act), act->arena,
	    &act->sig, address_key(act->arena, &address));
}

enum status
act_enters(struct act *act, enum leaf_back why, int64_t batch)
{
	enum status st = OK;

	if (book(act) != NULL)
		st = make_leaf(act);
	if (st == NOT_FOUND) {
		log_warnx("g=%lld tally=left-out there is no address to make a "
		    "leaf of", (long long)act->sig.id);
		return OK;
	}
	return st != OK || batch == 0 ? st : leaf_take_back(
	    act->petition->with.store, act->arena, &act->sig, why, batch);
}

enum status
act_entered(struct act *act)
{
	if (book(act) == NULL || act->sig.leaf == 0 ||
	    act->campaign->receipts != RECEIPTS_ALWAYS)
		return OK;
	return promise_receipt(act);
}

enum status
act_wants_receipt(struct act *act)
{
	enum status st;

	if (book(act) == NULL || act->sig.leaf == 0)
		return NOT_FOUND;
	/* Nobody knows where to send it; she may ask herself. */
	if (act_address(act) == NULL)
		return AGAIN;
	st = leaf_want(act->petition->with.store, act->arena, &act->sig);
	if (st == EXISTS)
		return AGAIN;
	if (st != AGAIN)
		return st;
	st = promise_receipt(act);
	return st == OK ? AGAIN : st;
}

/* ---- signatures from before the tally ------------------------------------------------ */

/* NOT_FOUND: there is no address that can be read. */
static enum status
fill_one(struct petition *p, struct arena *arena, const struct log *log,
    int64_t signature, int64_t now)
{
	struct act act;
	enum status st = act_begin(&act, p, arena, log->campaign->slug, now);

	if (st == OK)
		st = act_load_person(&act, signature);
	if (st == OK)
		st = make_leaf(&act);
	if (st == NOT_FOUND || st == DENIED)
		return NOT_FOUND;
	return st != OK ? st : act_save(&act, false);
}

/* logbook_fill: those confirmed while there was no tally, some at a time. */
static enum status
fill(void *arg, struct arena *arena, const struct log *log, int64_t *filled,
    int64_t now)
{
	struct petition *p = arg;
	struct signature *rows = arena_alloc(arena, FILL_MOST * sizeof *rows);
	size_t count, i, left_out = 0;
	enum status st = store_signature_list(p->with.store, arena, log->id,
	    SIGNATURE_CONFIRMED, *filled, rows, FILL_MOST, &count);

	for (i = 0; st == OK && i < count; i++) {
		if (rows[i].leaf != 0)
			continue;
		st = fill_one(p, arena, log, rows[i].id, now);
		if (st == NOT_FOUND) {
			left_out++;
			st = OK;
		}
	}
	if (left_out > 0)
		log_warnx("campaign=%s tally=left-out signatures=%zu their "
		    "addresses cannot be read here", log->campaign->slug,
		    left_out);
	*filled = count == 0 ? -1 : rows[count - 1].id;
	return st;
}

void
tally_attach(struct petition *p)
{
	if (p->with.logbook != NULL)
		logbook_on_fill(p->with.logbook, fill, p);
}

/* ---- as time passes ------------------------------------------------------------------- */

bool
petition_tally_due(struct petition *p, int64_t now)
{
	return p->with.logbook != NULL && logbook_due(p->with.logbook, now);
}

/* Staff hear once a day of a log that stands still. */
static enum status
tell_stopped(struct act *act)
{
	struct tally t;
	enum status st = store_tally_get(act->petition->with.store, act->arena,
	    act->campaign_id, &t);

	if (st != OK || t.stopped == TALLY_GOES_ON)
		return st;
	return act_alarm(act, HELD_TALLY);
}

static enum status
look_after(struct petition *p, struct arena *arena,
    const struct campaign *campaign, int64_t now)
{
	struct act act;
	enum status st = act_begin(&act, p, arena, campaign->slug, now);

	act.sig.language = campaign->default_language;
	if (st == OK)
		st = tell_stopped(&act);
	return st != OK ? st : witness_mails(&act);
}

enum status
petition_tally(struct petition *p, struct arena *arena, int64_t now)
{
	const struct campaigns *all = p->with.campaigns;
	enum status st = logbook_step(p->with.logbook, arena, now);
	size_t i;

	for (i = 0; st == OK && i < campaigns_count(all); i++)
		if (campaigns_at(all, i)->tally)
			st = look_after(p, arena, campaigns_at(all, i), now);
	return st;
}
