/* sign.c - asking to sign, confirming, and the ends of a signature
 * SPDX-License-Identifier: ISC
 */
#include <string.h>

#include "base/clock.h"
#include "config/campaign.h"
#include "logbook/leaf.h"
#include "outbox/outbox.h"
#include "petition/act.h"
#include "petition/policy.h"
#include "petition/reach.h"
#include "petition/tally.h"
#include "petition/traits.h"
#include "petition/uncount.h"
#include "store/consent.h"
#include "store/mailing.h"
#include "store/paper.h"
#include "store/review.h"

/* ---- requests ------------------------------------------------------------- */

/* A request that is held starts its days when it goes out. */
static enum status
start_later(struct act *act, int64_t delay)
{
	act->sig.requested_at += delay;
	if (act->sig.expires_at != 0) {
		act->sig.next_at += delay;
		act->sig.expires_at += delay;
	}
	return act_save(act, false);
}

/* Promise a request or reminder. */
enum status
act_request(struct act *act, const char *kind)
{
	struct promise promise = { .signature = act->sig.id, .kind = kind };
	size_t n = 0;
	enum status st;

	if (act->letter != NULL)
		promise.in_reply_to = act->letter->message_id;
	if (act->comment_cut) {
		promise.extra[n].name = "comment_cut";
		promise.extra[n++].value = "1";
	}
	if (consent_unclear(act) != NULL) {
		promise.extra[n].name = consent_unclear(act);
		promise.extra[n].value = "1";
	}
	st = act_promise_unasked(act, &promise);
	if (st == OK && promise.due_at > act->now)
		st = start_later(act, promise.due_at - act->now);
	return st;
}

/* A request is open from now on: when to remind her, when to let go. */
static void
open_request(struct act *act)
{
	int64_t life = (int64_t)act->campaign->expire_after * CLOCK_DAY;
	int64_t wait = (int64_t)act->campaign->remind_after * CLOCK_DAY;

	act->sig.expires_at = act->now + life;
	act->sig.next_at = wait > 0 && wait < life ? act->now + wait :
	    act->sig.expires_at;
}

static void
close_request(struct act *act)
{
	act->sig.expires_at = 0;
	act->sig.next_at = 0;
}

/* A new signature, or an old one taken up again: what the request will show
 * is what this letter says (P3); but anybody may have written it, so that while a
 * request is open it undoes no HIDE and no DO NOT SHARE (C5). */
static enum status
take_letter(struct act *act)
{
	const char *source = act->letter->to.source;
	bool open = act->sig.expires_at != 0;
	bool hidden = open && act->sig.hidden;

	act->who = (struct identity){ 0 };
	act->sig.country = "";
	act->sig.source = source != NULL ? source : "";
	act->sig.hidden = false;
	act->sig.updates = false;
	act->sig.actions = 0;
	(void)act_take_fields(act);
	act->sig.hidden |= hidden;
	act->comment_cut = !act->letter->authentic && act_shorten_comment(act);
	act_take_author(act);
	act->sig.language = act_language(act);
	open_request(act);
	return consent_ask(act, open);
}

enum status
act_sign(struct act *act)
{
	enum signature_state state;
	bool fresh;
	enum status st = act_load_address(act, &act->letter->author);

	if (st != OK && st != NOT_FOUND)
		return st;
	act->done = "silent";
	if (!state_next(act->sig.state, EVENT_SIGN, false, &state) ||
	    !policy_may_request(&act->sig, act->now))
		return OK;
	fresh = state == SIGNATURE_PENDING || state == SIGNATURE_WITHDRAWN;
	if (act->sig.state != SIGNATURE_PENDING && state == SIGNATURE_PENDING)
		act->sig.created_day = clock_day(act->now);
	act->sig.state = state;
	st = OK;
	if (fresh) {
		st = take_letter(act);
		act_shows_text(act);
	}
	policy_count_request(&act->sig, act->now);
	if (st == OK && fresh)
		st = act_reachable(act);
	if (st == OK)
		st = act_save(act, fresh);
	if (st == OK && fresh)
		st = traits_keep(act);
	if (st != OK)
		return st;
	act->done = "request";
	return act_request(act, "request");
}

/* ---- the ends --------------------------------------------------------------- */

static void
wipe_identity(struct act *act)
{
	act->who = (struct identity){ 0 };
	act->sig.sealed = (struct blob){ NULL, 0 };
	act->sig.hidden = false;
	act->sig.updates = false;
	act->sig.actions = 0;
	act->sig.words = 0;
	close_request(act);
}

/* What was promised to her, the updates that are to try her again, what was
 * noted of mail to her, and what she agreed to. */
static enum status
drop_mail(struct act *act)
{
	struct store *store = act->petition->with.store;
	enum status st = store_outbox_remove_of(store, act->sig.id,
	    OUTBOX_CLASSES);

	store_removed(store);
	if (st == OK)
		st = store_ledger_gone(store, act->sig.id, act->now);
	if (st == OK)
		st = store_consents_forget(store, act->sig.id);
	return st != OK ? st : store_history_forget(store, act->sig.id);
}

/* She said no, or nothing for a fortnight. */
enum status
act_expire(struct act *act, enum event event)
{
	bool was_pending = act->sig.state == SIGNATURE_PENDING;
	enum status st;

	if (!state_next(act->sig.state, event, act->sig.expires_at != 0,
	    &act->sig.state))
		return OK;
	wipe_identity(act);
	if (was_pending) {
		act->sig.country = "";
		act->sig.source = "";
	}
	if (event != EVENT_EXPIRE)      /* she does not want to be asked again */
		act->sig.requests = POLICY_REQUESTS;
	st = drop_mail(act);
	act->done = event == EVENT_EXPIRE ? "expired" : "declined";
	return st != OK ? st : act_save(act, true);
}

enum status
act_withdraw(struct act *act)
{
	const char *address = act_address(act);
	enum status st;

	if (!state_next(act->sig.state, EVENT_WITHDRAW, false, &act->sig.state))
		return EXISTS;
	if (act->sig.state == SIGNATURE_EXPIRED) {
		act->sig.state = SIGNATURE_PENDING;
		return act_expire(act, EVENT_WITHDRAW);
	}
	wipe_identity(act);
	st = drop_mail(act);
	if (st == OK)
		st = store_trait_remove(act->petition->with.store, act->sig.id);
	if (st == OK)
		st = leaf_take_back(act->petition->with.store, act->arena,
		    &act->sig, LEAF_WITHDRAWN, 0);
	if (st == OK)
		st = act_save(act, true);
	act->done = "withdrawn";
	if (st == OK && address != NULL)
		st = act_answer(act, "withdrawn", address, NULL);
	return st;
}

enum status
act_forget(struct act *act)
{
	const char *address = act->sig.sealed.len > 0 ? act_address(act) :
	    act->who.address;
	const char *language = act->sig.language;
	enum status st;

	if (!state_next(act->sig.state, EVENT_FORGET, false, &act->sig.state))
		return EXISTS;
	wipe_identity(act);
	act->sig.country = act->sig.source = act->sig.language = "";
	act->sig.number = act->sig.text = 0;
	act->sig.created_day = act->sig.confirmed_day = 0;
	act->sig.requested_at = 0;
	act->sig.requests = POLICY_REQUESTS;
	act->sig.answers = act->sig.asked = 0;
	act->sig.answered_day = 0;
	act->sig.unreachable = false;
	st = OK;
	if (act->sig.id != 0)
		st = drop_mail(act);
	if (st == OK)
		st = store_trait_remove(act->petition->with.store, act->sig.id);
	if (st == OK)
		st = leaf_take_back(act->petition->with.store, act->arena,
		    &act->sig, LEAF_ERASED, 0);
	if (st == OK)
		st = act_save(act, true);
	if (st == OK)
		st = store_paper_remove(act->petition->with.store,
		    act->campaign_id, act->sig.key);
	act->done = "forgotten";
	if (st == OK && address != NULL) {
		struct promise promise = {
			.signature = act->sig.id, .class = OUTBOX_ANSWER,
			.kind = "forgotten", .to = address,
			.language = language[0] != '\0' ? language : NULL,
		};
		st = act_promise(act, &promise);
	}
	return st;
}

/* ---- confirming ---------------------------------------------------------------- */

/* P3.  Did she answer an earlier request than the one that showed her what we
 * keep now?  Requests are a day apart at least, and so are their last days. */
bool
act_answers_old_request(const struct act *act)
{
	return act->token_day != clock_day(act->sig.expires_at);
}

/* What she was not shown may be somebody else's words in her name.  A HIDE among
 * it may be hers, and does no harm if it is not: her receipt tells her. */
static enum status
drop_unshown(struct act *act)
{
	act->who = (struct identity){ .address = act->who.address };
	act->sig.country = act->sig.source = "";
	act->sig.updates = false;
	act->sig.actions = 0;
	return consent_drop(act);
}

static enum status
confirmed(struct act *act)
{
	bool before = act->sig.number > 0;
	enum leaf_back why = LEAF_STAYS;
	int64_t batch = 0;
	enum status st = OK;

	act->sig.state = SIGNATURE_CONFIRMED;
	if (act_answers_old_request(act))
		st = drop_unshown(act);
	if (st != OK)
		return st;
	(void)act_take_fields(act);
	if (act->who.name == NULL && act->letter->author_state == AUTHOR_ONE) {
		const char *address = act->who.address;

		act_take_author(act);
		act->who.address = address;
	}
	st = store_campaign_next_number(act->petition->with.store,
	    act->campaign_id, &act->sig.number);
	if (st != OK)
		return st;
	st = before ? uncount_again(act, &why, &batch) : OK;
	if (st == OK)
		st = act_reachable(act);
	if (st == OK && act->sig.updates)
		st = act_resumed(act);  /* whatever she said before */
	if (st != OK)
		return st;
	act->sig.confirmed_day = clock_day(act->now);
	/* From here on days are enough: hours would tell more than we need. */
	act->sig.requested_at -= act->sig.requested_at % CLOCK_DAY;
	close_request(act);
	act_has_read(act);
	st = act_enters(act, why, batch);
	if (st == OK)
		st = act_save(act, true);
	if (st == OK)
		st = act_entered(act);
	if (st == OK)           /* counted here now, not on paper */
		st = store_paper_remove(act->petition->with.store,
		    act->campaign_id, act->sig.key);
	act->done = "confirmed";
	return st != OK ? st : act_answer(act, "receipt", NULL,
	    consent_unclear(act));
}

/* A confirmed signer answers an old request again, perhaps with what the request
 * or the page said that she can write in her answer. */
static enum status
confirmed_again(struct act *act)
{
	enum status st;

	if (act->letter->said.wishes != 0)
		return act_reply(act);
	act->done = "again";
	if (!policy_take_answer(&act->sig, POLICY_AUTHENTIC, act->now))
		return OK;
	st = act_save(act, false);
	return st != OK ? st : act_answer(act, "receipt", NULL, NULL);
}

/* Does the reply take the request back rather than grant it? */
static bool
refuses(const struct said *said)
{
	return said->no || said->verb == VERB_STOP ||
	    said->verb == VERB_WITHDRAW || said->verb == VERB_FORGET;
}

/* The address still takes a STOP, as do those of all mail we send, but no yes
 * any more: she was told until when. */
static bool
is_late(const struct act *act)
{
	return act->token_day < clock_day(act->now);
}

enum status
act_confirm(struct act *act)
{
	bool open = act->sig.expires_at != 0;
	enum signature_state state;

	if (is_late(act) && !refuses(&act->letter->said)) {
		act->done = "late";
		act->verdict = VERDICT_NO_USER;
		return OK;
	}
	if (refuses(&act->letter->said)) {
		if (!open && act->letter->said.verb == VERB_STOP)
			return act_stop(act);
		if (!open)              /* nothing to take back: ask first */
			return act_ask(act);
		if (act->letter->said.verb == VERB_FORGET &&
		    act->sig.state == SIGNATURE_PENDING)
			return act_forget(act);
		return act_expire(act, EVENT_DECLINE);
	}
	act->done = "nothing";
	if (!state_next(act->sig.state, EVENT_CONFIRM, open, &state))
		return OK;
	if (act->campaign_state != CAMPAIGN_OPEN)
		return act_ask(act);
	if (signature_is_signed(act->sig.state))
		return confirmed_again(act);
	return confirmed(act);
}
