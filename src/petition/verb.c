/* verb.c - what a known signer may tell us to do, and questions back
 * SPDX-License-Identifier: ISC
 */
#include <string.h>

#include "config/campaign.h"
#include "outbox/outbox.h"
#include "petition/act.h"
#include "petition/policy.h"

/* ---- with a token --------------------------------------------------------- */

static bool
is_signer(const struct act *act)
{
	return act->sig.state == SIGNATURE_CONFIRMED ||
	    act->sig.state == SIGNATURE_PENDING ||
	    act->sig.state == SIGNATURE_UNCOUNTED;
}

/* Where an answer may go: to the address we keep, or, when we keep none, to
 * the one she writes from if it is hers by its hash; else nowhere. */
static const char *
answer_address(struct act *act)
{
	unsigned char key[HASH_BYTES];
	char *text;

	if (act->who.address != NULL)
		return act->who.address;
	if (act->letter->author_state != AUTHOR_ONE)
		return NULL;
	text = address_key(act->arena, &act->letter->author);
	keys_hash(act->petition->with.keys, KEY_HASH_ADDRESS, act->campaign_id,
	    text, strlen(text), key);
	return memcmp(key, act->sig.key, sizeof key) == 0 ?
	    act->letter->author.full : NULL;
}

/* Counted against the day's allowance; the row is saved with the count. */
static enum status
answer(struct act *act, const char *kind, bool identity)
{
	const char *to = answer_address(act);
	bool may = policy_take_answer(&act->sig, POLICY_KNOWN, act->now);
	enum status st = act_save(act, identity);

	if (st != OK || !may || to == NULL)
		return st;
	return act_answer(act, kind, to == act->who.address ? NULL : to, NULL);
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

static enum status
verb_receipt(struct act *act)
{
	return tell(act, act->sig.state == SIGNATURE_CONFIRMED ? "receipt" :
	    "status");
}

static enum status
verb_help(struct act *act)
{
	act->done = "help";
	return answer(act, "help", false);
}

static enum status
verb_correct(struct act *act)
{
	if (!is_signer(act))
		return tell(act, "unknown");
	(void)act_take_fields(act);
	act->done = "changed";
	return answer(act, "changed", true);
}

static enum status
set_flag(struct act *act, bool *flag, bool value)
{
	if (!is_signer(act))
		return tell(act, "unknown");
	*flag = value;
	return verb_correct(act);
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

static enum status
verb_stop(struct act *act)
{
	return set_flag(act, &act->sig.updates, false);
}

static enum status
verb_updates(struct act *act)
{
	return set_flag(act, &act->sig.updates,
	    act->letter->said.field[FIELD_UPDATES] == NULL ||
	    strcmp(act->letter->said.field[FIELD_UPDATES], "no") != 0);
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
	act->who.address = answer_address(act);
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

/* Text of a person's own goes to the contact person for her country. */
static enum status
hand_on(struct act *act)
{
	const struct campaign_contact *contact = campaign_contact(act->campaign,
	    act->sig.country, act->sig.language);
	struct promise promise = {
		.class = OUTBOX_ANSWER, .kind = "forward",
		.extra = { { "text", act->letter->text },
		    { "from_name", act->who.name != NULL ? act->who.name : "" },
		    { "reply_to", act->who.address } },
	};
	enum status st;

	act->done = "nothing";
	if (contact == NULL || contact->address == NULL || !is_signer(act) ||
	    act->letter->text[0] == '\0' || act->who.address == NULL)
		return OK;
	if (!policy_take_answer(&act->sig, POLICY_KNOWN, act->now))
		return OK;
	st = act_save(act, false);
	if (st != OK)
		return st;
	promise.to = contact->address;
	act->done = "handed-on";
	return act_promise(act, &promise);
}

static const struct {
	enum status (*act)(struct act *);
	const char *question;           /* the flag the question template reads */
} verbs[VERB_COUNT_] = {
	[VERB_SIGN] = { verb_sign, NULL },
	[VERB_STOP] = { verb_stop, "verb_stop" },
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
};

static bool
has_fields(const struct said *said)
{
	size_t i;

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
	if (has_fields(said))
		return verb_correct(act);
	act->done = "nothing";
	return said->no ? OK : hand_on(act);
}

/* List-Unsubscribe: acts at once and is never answered. */
enum status
act_unsubscribe(struct act *act)
{
	act->done = "stopped";
	if (act->sig.state == SIGNATURE_PENDING)
		return act_expire(act, EVENT_DECLINE);
	if (!act->sig.updates)
		return OK;
	act->sig.updates = false;
	return act_save(act, false);
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
		    act->sig.state == SIGNATURE_CONFIRMED ? "receipt" : "status";
	}
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
	to = answer_address(act);
	if (to == NULL ||
	    !policy_take_answer(&act->sig, act->letter->authentic ?
	    POLICY_AUTHENTIC : POLICY_ANYBODY, act->now))
		return OK;
	st = act_save(act, false);
	if (st != OK)
		return st;
	kind = question_kind(act, &flag);
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
