/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "config/campaign.h"
#include "petition/act.h"
#include "petition/paper.h"
#include "petition/sealing.h"
#include "store/paper.h"
#include "words/text.h"

static void
key_of_name(struct act *act, const struct paper_person *person,
    unsigned char key[HASH_BYTES])
{
	char *text = arena_printf(act->arena, "paper\n%s\n%s\n%s",
	    text_fold(act->arena, person->name), person->city == NULL ? "" :
	    text_fold(act->arena, person->city), person->country);

	keys_hash(act->petition->with.keys, KEY_HASH_ADDRESS, act->campaign_id,
	    text, strlen(text), key);
}

/* What her mail says goes before what a sheet says. */
static enum paper_result
judge(enum signature_state state)
{
	switch (state) {
	case SIGNATURE_CONFIRMED:
	case SIGNATURE_UNCOUNTED:
		return PAPER_BY_MAIL;
	case SIGNATURE_WITHDRAWN:
	case SIGNATURE_ERASED:
		return PAPER_GONE;
	default:
		return PAPER_ADDED;
	}
}

static enum status
look_up(struct act *act, const struct paper_person *person,
    unsigned char key[HASH_BYTES], enum paper_result *out, struct reason *why)
{
	struct address address;
	enum status st;

	*out = PAPER_ADDED;
	if (person->address == NULL) {
		key_of_name(act, person, key);
		return OK;
	}
	if (address_parse(&address, act->arena, person->address,
	    strlen(person->address)) != OK)
		return fail(why, INVALID, "the address is not one; write it as "
		    "name@domain or leave it empty");
	st = act_load_address(act, &address);
	if (st == OK || st == DENIED)
		*out = judge(act->sig.state);
	else if (st != NOT_FOUND)
		return st;
	memcpy(key, act->sig.key, HASH_BYTES);
	return OK;
}

static enum status
seal(struct act *act, const unsigned char key[HASH_BYTES],
    const struct identity *who, struct blob *out)
{
	struct sealing s = { .petition = act->petition,
	    .campaign = act->campaign_id, .now = act->now };

	memcpy(s.opening, act->campaign->opening, sizeof s.opening);
	memcpy(s.row, key, sizeof s.row);
	return sealing_add(&s, act->arena, who, out);
}

static enum status
add(struct act *act, const char *batch, const struct paper_person *person,
    const unsigned char key[HASH_BYTES], enum paper_result *out)
{
	struct identity who = { .address = person->address,
	    .name = person->name, .city = person->city,
	    .comment = person->comment };
	struct paper row = { .campaign = act->campaign_id, .batch = batch,
	    .country = person->country, .day = person->day };
	struct buf sealed = BUF_INIT;
	enum status st = OK;

	memcpy(row.key, key, sizeof row.key);
	if (act->campaign->seals)
		st = seal(act, key, &who, &row.sealed);
	else {
		identity_seal(act->petition->with.keys, act->campaign_id, key,
		    &who, &sealed);
		row.identity = (struct blob){ sealed.data, sealed.len };
	}
	if (st == OK)
		st = store_paper_add(act->petition->with.store, &row);
	buf_free(&sealed);
	if (st == EXISTS) {
		*out = PAPER_TWICE;
		st = OK;
	}
	return st;
}

enum status
petition_paper(struct petition *p, struct arena *arena, const char *slug,
    const char *batch, const struct paper_person *person, int64_t now,
    enum paper_result *out, struct reason *why)
{
	unsigned char key[HASH_BYTES];
	struct act act;
	enum status st = act_begin(&act, p, arena, slug, now);

	if (st == NOT_FOUND && act.campaign != NULL) {
		st = store_campaign_add(p->with.store, act.campaign->slug,
		    &act.campaign_id);
		if (st == EXISTS)
			st = OK;
	}
	if (st != OK)
		return st;
	st = look_up(&act, person, key, out, why);
	if (st != OK || *out != PAPER_ADDED)
		return st;
	return add(&act, batch, person, key, out);
}
