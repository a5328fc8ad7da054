/* SPDX-License-Identifier: ISC */
#include "petition/opening_fit.h"

#include "config/campaign.h"
#include "seal/opening.h"
#include "store/sealed.h"

enum status
opening_fit(struct store *store, const struct campaign *c, struct reason *why)
{
	struct opening_row last;
	enum campaign_state state;
	char text[OPENING_TEXT];
	size_t count = 0;
	int64_t id;
	enum status st;

	if (c->opening_key != NULL)
		return OK;
	st = store_campaign(store, c->slug, &id, &state);
	if (st == OK)
		st = store_openings(store, id, &last, 1, &count);
	if (st == NOT_FOUND || (st == OK && count == 0))
		return OK;
	if (st != OK)
		return fail(why, st, "%s/campaign.conf: whether its signers are "
		    "sealed cannot be read: %s", c->dir, status_text(st));
	opening_text(OPENING_CAMPAIGN, last.opening, text);
	return fail(why, INVALID, "%s/campaign.conf:1: its signers are sealed, but "
	    "opening_key is not there any more; put it back: opening_key = "
	    "\"%s\" (or \"none\", if from now on nobody is to be sealed)", c->dir,
	    text);
}
