/* verb.c - what a known signer may tell us to do, and questions back
 * SPDX-License-Identifier: ISC
 */
#include <string.h>

#include "base/clock.h"
#include "config/campaign.h"
#include "config/config.h"
#include "outbox/outbox.h"
#include "petition/act.h"
#include "petition/policy.h"
#include "petition/reach.h"
#include "petition/tally.h"
#include "petition/updates.h"

#define BARE_NO 80              /* octets: a no, and hardly more than that */
#define BARE_SHARE 240          /* likewise, and the names of some */

static enum status hand_on(struct act *);

/* ---- with a token --------------------------------------------------------- */

static bool
is_signer(const struct act *act)
{
	return signature_is_signed(act->sig.state) ||
	    act->sig.state == SIGNATURE_PENDING;
}

/* Counted against the day's allowance; the row is saved with the count. */
static enum status
answer(struct act *act, const char *kind, bool identity)
{
	const char *to = act_address(act);
	bool may = policy_take_answer(&act->sig, POLICY_KNOWN, act->now);
	enum status st = act_save(act, identity);

	if (st != OK || !may || to == NULL)
		return st;
	return act_answer(act, kind, to == act->who.address ? NULL : to,
	    consent_unclear(act));
}

static enum status
tell(struct act *act, const char *kind)
{
	act->done = kind;
	return answer(act, is_signer(act) ? kind : "unknown", false);
}

static enum status
verb_status(struct act *act)
{
	return tell(act, "status");
}

/* What is a receipt to her who has a leaf: the thing itself. */
static enum status
receipt_kind(struct act *act, const char **kind_out)
{
	enum status st = act_wants_receipt(act);

	*kind_out = st == NOT_FOUND ? "receipt" : "proof";
	return st == NOT_FOUND || st == AGAIN ? OK : st;
}

static enum status
verb_receipt(struct act *act)
{
	const char *kind = "status";
	enum status st = OK;

	if (signature_is_signed(act->sig.state))
		st = receipt_kind(act, &kind);
	return st != OK ? st : tell(act, kind);
}

static enum status
verb_help(struct act *act)
{
	act->done = "help";
	return answer(act, "help", false);
}

/* Of who is sealed we have no address for updates but the one of this letter, if
 * it is hers; nor of one whose address has been purged. */
static void
find_address(struct act *act)
{
	if (!act->sig.updates || act->who.address != NULL)
		return;
	act->who.address = act_address(act);
	if (act->who.address != NULL)
		return;
	act->sig.updates = false;
	act->done = "no-address";
}

/* UPDATES is what she wanted of them before this letter. */
static enum status
changed(struct act *act, bool updates)
{
	enum status st;

	(void)act_take_fields(act);
	act->done = "changed";
	find_address(act);
	st = act_wished(act, updates, REASON_REPLY);
	return st != OK ? st : answer(act, "changed", true);
}

static enum status
verb_correct(struct act *act)
{
	return is_signer(act) ? changed(act, act->sig.updates) :
	    tell(act, "unknown");
}

/* "Share my greetings with him, and tell him that ..." is a letter. */
static enum status
verb_share(struct act *act)
{
	if (strlen(act->letter->text) > BARE_SHARE && !consent_take(act))
		return hand_on(act);
	return verb_correct(act);
}

static enum status
set_flag(struct act *act, bool *flag, bool value)
{
	bool updates = act->sig.updates;

	if (!is_signer(act))
		return tell(act, "unknown");
	*flag = value;
	return changed(act, updates);
}

static enum status
verb_hide(struct act *act)
{
	return set_flag(act, &act->sig.hidden, true);
}

static enum status
verb_show(struct act *act)
{
	return set_flag(act, &act->sig.hidden, false);
}

/* Who has not signed yet wants no reminder either. */
enum status
act_stop(struct act *act)
{
	return act->sig.state == SIGNATURE_PENDING ?
	    act_expire(act, EVENT_DECLINE) :
	    set_flag(act, &act->sig.updates, false);
}

/* Who asks for updates can be reached, whatever came back before. */
static enum status
verb_updates(struct act *act)
{
	const char *said = act->letter->said.field[FIELD_UPDATES];
	bool want = said == NULL || strcmp(said, "no") != 0;
	enum status st = OK;

	if (want && is_signer(act) && act->sig.unreachable)
		st = act_resumed(act);
	return st != OK ? st : set_flag(act, &act->sig.updates, want);
}

/* act_take_fields notes what she did. */
static enum status
verb_did(struct act *act)
{
	return verb_correct(act);
}

static enum status
verb_withdraw(struct act *act)
{
	enum status st = act_withdraw(act);

	return st == EXISTS ? tell(act, "unknown") : st;
}

/* For somebody whose address we no longer keep there is nothing to erase but
 * the right to be left alone, which she has from now on. */
static enum status
verb_forget(struct act *act)
{
	act->who.address = act_address(act);
	return act_forget(act);
}

static enum status
verb_sign(struct act *act)
{
	if (is_signer(act))
		return tell(act, "status");
	if (act->letter->author_state != AUTHOR_ONE)
		return OK;
	return act_sign(act);
}

/* A day's worth of letters to a contact person. */
static enum status
may_hand_on(struct act *act, bool *may_out)
{
	int64_t count;
	enum status st = store_history_count(act->petition->with.store,
	    act->sig.id, HISTORY_HANDED_ON, act->now - CLOCK_DAY, &count);

	*may_out = st == OK && count < POLICY_HANDED_ON &&
	    policy_take_answer(&act->sig, POLICY_KNOWN, act->now);
	return st;
}

/* Or from whoever answers for her from another address. */
static bool
writes_herself(struct act *act)
{
	return act_is_from_her(act) || act->letter->author_state != AUTHOR_ONE;
}

static const char *
writer_address(struct act *act)
{
	return writes_herself(act) ? act_address(act) :
	    act->letter->author.full;
}

/* The mail to CONTACT, which is answered to who wrote; with the name that we keep
 * of her, or can be read in her letter.  More than somebody can read in an hour
 * wait. */
static enum status
promise_forward(struct act *act, const struct campaign_contact *contact)
{
	const char *name = writes_herself(act) && act->sig.sealed.len == 0 ?
	    act->who.name : act->letter->display_name;
	const struct petition_setup *with = &act->petition->with;
	struct promise promise = {
		.signature = act->sig.id, .class = OUTBOX_ANSWER,
		.kind = "forward", .to = contact->address,
		.extra = { { "text", act->letter->text },
		    { "from_name", name != NULL ? name : "" },
		    { "reply_to", writer_address(act) },
		    { "country", act->sig.country } },
	};
	enum status st = policy_contact_due(with->store, with->keys,
	    contact->address, with->config->limits.letters_per_contact_hour,
	    act->now, &promise.due_at);

	if (st == OK && promise.due_at > act->now)
		st = act_alarm(act, HELD_LETTERS);
	return st != OK ? st : act_promise(act, &promise);
}

/* Text of a person's own goes to the contact person for her country. */
static enum status
hand_on(struct act *act)
{
	const struct campaign_contact *contact = campaign_contact(act->campaign,
	    act->sig.country, act->sig.language);
	bool may;
	enum status st;

	act->done = "nothing";
	if (contact == NULL || contact->address == NULL || !is_signer(act) ||
	    act->letter->text[0] == '\0' || writer_address(act) == NULL)
		return OK;
	st = may_hand_on(act, &may);
	if (st != OK || !may)
		return st;
	act->done = "handed-on";
	st = act_save(act, false);
	if (st == OK)
		st = act_note(act, HISTORY_HANDED_ON, "", 0);
	if (st == OK)
		st = digest_replied(&(struct updates){ .petition = act->petition,
		    .campaign = act->campaign });
	return st != OK ? st : promise_forward(act, contact);
}

static const struct {
	enum status (*act)(struct act *);
	const char *question;           /* the flag the question template reads */
} verbs[VERB_COUNT_] = {
	[VERB_SIGN] = { verb_sign, NULL },
	[VERB_STOP] = { act_stop, "verb_stop" },
	[VERB_WITHDRAW] = { verb_withdraw, "verb_withdraw" },
	[VERB_FORGET] = { verb_forget, "verb_forget" },
	[VERB_STATUS] = { verb_status, NULL },
	[VERB_RECEIPT] = { verb_receipt, NULL },
	[VERB_NAME] = { verb_correct, "verb_correct" },
	[VERB_COUNTRY] = { verb_correct, "verb_correct" },
	[VERB_LANGUAGE] = { verb_correct, "verb_correct" },
	[VERB_HIDE] = { verb_hide, "verb_hide" },
	[VERB_SHOW] = { verb_show, "verb_show" },
	[VERB_HELP] = { verb_help, NULL },
	[VERB_UPDATES] = { verb_updates, "verb_updates" },
	[VERB_POSTED] = { verb_did, "verb_posted" },
	[VERB_WROTE] = { verb_did, "verb_wrote" },
	[VERB_SHARE] = { verb_share, "verb_share" },
	[VERB_UNSHARE] = { verb_correct, "verb_unshare" },
};

static bool
has_fields(const struct said *said, const char *text)
{
	size_t i;

	if ((said->wishes & ~(unsigned)WISH_UNCLEAR) != 0)      /* "Share: no" */
		return true;
	if (said->wishes != 0)          /* she is told, or it is a letter */
		return strlen(text) <= BARE_SHARE;
	for (i = 0; i < FIELD_COUNT_; i++)
		if (said->field[i] != NULL)
			return true;
	return false;
}

enum status
act_reply(struct act *act)
{
	const struct said *said = &act->letter->said;

	act->done = "silent";
	if (act->sig.state == SIGNATURE_ERASED)
		return OK;
	if (said->verb < VERB_COUNT_ && verbs[said->verb].act != NULL)
		return verbs[said->verb].act(act);
	if (has_fields(said, act->letter->text))
		return verb_correct(act);
	act->done = "nothing";
	return said->no && strlen(act->letter->text) <= BARE_NO ? OK :
	    hand_on(act);
}

/* List-Unsubscribe: acts at once and is never answered. */
enum status
act_unsubscribe(struct act *act)
{
	enum status st;

	act->done = "stopped";
	if (act->sig.state == SIGNATURE_PENDING)
		return act_expire(act, EVENT_DECLINE);
	if (!act->sig.updates)
		return OK;
	act->sig.updates = false;
	st = act_stopped(act, act->web ? REASON_WEB : REASON_MAILTO);
	return st != OK ? st : act_save(act, false);
}

/* ---- without one ----------------------------------------------------------- */

/* What a letter without a (fitting) token is answered with. */
static const char *
question_kind(const struct act *act, const char **flag_out)
{
	enum verb verb = act->letter->said.verb;

	*flag_out = NULL;
	if (act->campaign_state != CAMPAIGN_OPEN &&
	    (verb == VERB_NONE || verb == VERB_SIGN))
		return "closed";
	if (verb == VERB_STATUS || verb == VERB_RECEIPT) {
		if (!is_signer(act))
			return "unknown";
		return verb == VERB_RECEIPT &&
		    signature_is_signed(act->sig.state) ? "receipt" : "status";
	}
	if (verb == VERB_SHARE && !campaign_shares(act->campaign))
		return "help";
	if (verb < VERB_COUNT_ && verbs[verb].question != NULL) {
		*flag_out = verbs[verb].question;
		return "question";
	}
	return "help";
}

/* The row to count answers on: hers, or a stranger's, which holds a hash and
 * nothing else. */
static enum status
ask_row(struct act *act)
{
	enum status st;

	if (act->sig.id != 0)
		return OK;              /* came with a token of another purpose */
	st = act_load_address(act, &act->letter->author);
	if (st == NOT_FOUND) {
		act->sig.language = act_language(act);
		st = act_save(act, false);
	}
	return st;
}

enum status
act_ask(struct act *act)
{
	const char *flag, *kind, *to;
	enum status st;

	act->done = "silent";
	if (act->sig.id == 0 && act->letter->author_state != AUTHOR_ONE)
		return OK;
	st = ask_row(act);
	if (st != OK || act->sig.state == SIGNATURE_ERASED)
		return st;
	to = act_address(act);
	if (to == NULL ||
	    !policy_take_answer(&act->sig, act->letter->authentic ?
	    POLICY_AUTHENTIC : POLICY_ANYBODY, act->now))
		return OK;
	st = act_save(act, false);
	if (st != OK)
		return st;
	kind = question_kind(act, &flag);
	/* What shows that she has signed is sent to no mailbox that she did not
	 * ask from herself. */
	if (strcmp(kind, "receipt") == 0 && act->letter->authentic)
		st = receipt_kind(act, &kind);
	if (st != OK)
		return st;
	act->done = kind;
	return act_promise_unasked(act, &(struct promise){
		.signature = act->sig.id, .kind = kind,
		.to = to == act->who.address ? NULL : to,
		.in_reply_to = act->letter->message_id,
		.extra = { { flag, "1" } },
	});
}

enum status
act_info(struct act *act)
{
	return act_ask(act);
}
