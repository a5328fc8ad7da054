/* staff.c - what staff do to one signature, by address
 * SPDX-License-Identifier: ISC
 */
#include <string.h>

#include "petition/act.h"
#include "petition/tally.h"

/* NOT_FOUND with act ready for a new row when the address never wrote. */
static enum status
find(struct act *act, struct petition *p, struct arena *arena, const char *slug,
    const char *address, int64_t now, struct reason *why)
{
	struct address parsed;
	enum status st = address_parse(&parsed, arena, address, strlen(address));

	if (st != OK)
		return fail(why, INVALID, "this is not a mail address; write it "
		    "as name@domain, without brackets");
	st = act_begin(act, p, arena, slug, now);
	if (st == NOT_FOUND && act->campaign == NULL)
		return fail(why, INVALID, "there is no campaign %s; undersign "
		    "campaign list shows them", slug);
	if (st == NOT_FOUND)
		return fail(why, NOT_FOUND, "nobody has written to %s yet", slug);
	if (st != OK)
		return fail(why, st, "the store: %s", status_text(st));
	st = act_load_address(act, &parsed);
	if (st == NOT_FOUND)
		return fail(why, NOT_FOUND, "this address has never written to "
		    "%s", slug);
	if (st == DENIED)
		return fail(why, st, "what is stored for this address does not "
		    "open with this key; is it the right key_file?");
	return st == OK ? OK : fail(why, st, "the store: %s", status_text(st));
}

enum status
petition_staff_find(struct petition *p, struct arena *arena, const char *slug,
    const char *address, struct signature *out, struct identity *identity_out,
    struct reason *why)
{
	struct act act;
	enum status st = find(&act, p, arena, slug, address, 0, why);

	if (st == OK) {
		*out = act.sig;
		*identity_out = act.who;
	}
	return st;
}

enum status
petition_staff_withdraw(struct petition *p, struct arena *arena,
    const char *slug, const char *address, int64_t now, struct reason *why)
{
	struct act act;
	enum status st = find(&act, p, arena, slug, address, now, why);

	if (st == OK)
		st = act_withdraw(&act);
	if (st == EXISTS)
		return fail(why, st, "there was nothing to withdraw: the "
		    "signature is %s", state_name(act.sig.state));
	return st;
}

enum status
petition_staff_forget(struct petition *p, struct arena *arena, const char *slug,
    const char *address, int64_t now, struct reason *why)
{
	struct act act;
	enum status st = find(&act, p, arena, slug, address, now, why);

	/* An address that never wrote can still ask never to be written to. */
	if (st == NOT_FOUND && act.campaign_id != 0)
		st = OK;
	if (st == OK && act.sig.state == SIGNATURE_ERASED)
		return fail(why, EXISTS, "it is erased already");
	return st == OK ? act_forget(&act) : st;
}

enum status
petition_staff_taken_back(struct petition *p, struct arena *arena,
    const char *slug, int64_t signature, enum leaf_back why, int64_t now)
{
	struct act act;
	enum status st = act_begin(&act, p, arena, slug, now);

	if (st == OK)
		st = act_load_person(&act, signature);
	if (st != OK && st != DENIED)
		return st == NOT_FOUND ? OK : st;
	act.who.address = NULL;         /* she has heard of it long ago */
	if (why == LEAF_WITHDRAWN)
		st = act_withdraw(&act);
	else if (why == LEAF_ERASED)
		st = act_forget(&act);
	else if (state_next(act.sig.state, why == LEAF_STAYS ? EVENT_COUNT :
	    EVENT_UNCOUNT, false, &act.sig.state))
		st = act_save(&act, false);
	return st == EXISTS ? OK : st;
}
