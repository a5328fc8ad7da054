/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/campaign.h"
#include "config/config.h"
#include "outbox/outbox.h"
#include "petition/act.h"
#include "petition/policy.h"
#include "petition/sealing.h"
#include "seal/token.h"

#define ALARM_NAME_MAX 64

struct store *
act_store(const struct act *act)
{
	return act->petition->with.store;
}

enum status
act_begin(struct act *act, struct petition *petition, struct arena *arena,
    const char *slug, int64_t now)
{
	*act = (struct act){ .petition = petition, .arena = arena, .now = now,
	    .verdict = VERDICT_ACCEPT };
	act->campaign = campaigns_find(petition->with.campaigns, slug,
	    &act->alias_language);
	if (act->campaign == NULL)
		return NOT_FOUND;
	return store_campaign(petition->with.store, act->campaign->slug,
	    &act->campaign_id, &act->campaign_state);
}

static enum status
open_identity(struct act *act)
{
	enum status st = identity_open(act->petition->with.keys,
	    act->sig.campaign, act->sig.key, act->sig.identity.data,
	    act->sig.identity.len, act->arena, &act->who);

	act->was = act->sig;
	return st == NOT_FOUND ? OK : st;
}

enum status
act_load_address(struct act *act, const struct address *address)
{
	char *key = address_key(act->arena, address);
	unsigned char hash[HASH_BYTES];
	enum status st;

	keys_hash(act->petition->with.keys, KEY_HASH_ADDRESS, act->campaign_id,
	    key, strlen(key), hash);
	act->found = address->full;
	st = store_signature_find(act->petition->with.store, act->arena,
	    act->campaign_id, hash, &act->sig);
	if (st == OK)
		return open_identity(act);
	if (st != NOT_FOUND)
		return st;
	act->sig = (struct signature){
		.campaign = act->campaign_id, .state = SIGNATURE_STRANGER,
		.country = "", .language = "", .source = "",
		.created_day = clock_day(act->now),
	};
	memcpy(act->sig.key, hash, sizeof hash);
	act->was = act->sig;
	return NOT_FOUND;
}

enum status
act_load_person(struct act *act, int64_t person)
{
	enum status st = store_signature_get(act->petition->with.store,
	    act->arena, person, &act->sig);

	if (st != OK)
		return st;
	if (act->sig.campaign != act->campaign_id)
		return NOT_FOUND;
	return open_identity(act);
}

enum status
act_take_token(struct act *act, enum purpose purpose, const char *token,
    int32_t oldest, int64_t *person_out)
{
	struct token_says says;
	enum status st = token_read(act->petition->with.keys, purpose,
	    act->campaign_id, token, oldest, &says);

	*person_out = says.person;
	act->token_day = says.last_day;
	act->token_mark = says.mark;
	return st;
}

/* ---- where she can be written to ---------------------------------------------- */

bool
act_is_from_her(struct act *act)
{
	unsigned char key[HASH_BYTES];
	char *text;

	if (act->letter == NULL || act->letter->author_state != AUTHOR_ONE)
		return false;
	text = address_key(act->arena, &act->letter->author);
	keys_hash(act->petition->with.keys, KEY_HASH_ADDRESS, act->campaign_id,
	    text, strlen(text), key);
	return memcmp(key, act->sig.key, sizeof key) == 0;
}

const char *
act_address(struct act *act)
{
	if (act->who.address != NULL)
		return act->who.address;
	if (act->found != NULL)
		return act->found;
	return act_is_from_her(act) ? act->letter->author.full : NULL;
}

/* ---- the row --------------------------------------------------------------------- */

void
act_put_identity(struct act *act, const struct identity *who)
{
	struct buf sealed = BUF_INIT;

	identity_seal(act->petition->with.keys, act->sig.campaign, act->sig.key,
	    who, &sealed);
	act->sig.identity = (struct blob){
		arena_strndup(act->arena, sealed.data, sealed.len), sealed.len };
	buf_free(&sealed);
}

enum status
act_begin_person(struct act *act, struct petition *p, struct arena *arena,
    int64_t campaign, int64_t signature, int64_t now)
{
	const struct campaign *c = petition_campaign(p, campaign);
	enum status st;

	if (c == NULL)
		return NOT_FOUND;       /* its folder is away */
	st = act_begin(act, p, arena, c->slug, now);
	if (st != OK || signature == 0)
		return st;
	st = act_load_person(act, signature);
	return st == DENIED ? OK : st;  /* her name is not needed here */
}

enum status
act_save(struct act *act, bool identity)
{
	struct petition_setup *with = &act->petition->with;
	enum status st = OK;

	if (act_seals(act))
		st = act_seal(act, identity);
	else if (identity && act->who.address == NULL)
		act->sig.identity = (struct blob){ NULL, 0 };
	else if (identity)
		act_put_identity(act, &act->who);
	if (st != OK)
		return st;
	if (act->sig.id == 0)
		st = store_signature_add(with->store, &act->sig);
	else
		st = store_signature_put(with->store, &act->sig);
	return st == OK ? consent_saved(act) : st;
}

enum status
act_promise(struct act *act, struct promise *promise)
{
	/* Of who is sealed, or whose address was erased, we have none when it is
	 * sent.  The ladder's mails go to who wants updates, and end with them. */
	if (promise->signature != 0 && promise->to == NULL &&
	    (act->sig.sealed.len > 0 || act->who.address == NULL) &&
	    promise->class != OUTBOX_BULK) {
		promise->to = act_address(act);
		if (promise->to == NULL)
			return OK;
	}
	promise->campaign = act->campaign_id;
	if (promise->language == NULL)
		promise->language = act->sig.language[0] != '\0' ?
		    act->sig.language : act->campaign->default_language;
	if (promise->due_at == 0)
		promise->due_at = act->now;
	return outbox_promise(act->petition->with.store,
	    act->petition->with.keys, promise, act->now);
}

static const struct {
	const char *note, *flag, *log;
} helds[] = {
	[HELD_REQUESTS] = { "alarm", "held", "requests are over the hourly "
	    "budget and wait" },
	[HELD_LETTERS] = { "letters", "held_letters", "letters to a contact "
	    "person are over the hourly limit and wait" },
	[HELD_TALLY] = { "tally", "tally_stopped", "the tally has stopped" },
	[HELD_WITNESS] = { "witness", "tally_unknown", "a witness has seen "
	    "another tally" },
};

enum status
act_alarm(struct act *act, enum held what)
{
	struct store *store = act->petition->with.store;
	char name[ALARM_NAME_MAX];
	int64_t last = 0;
	enum status st;
	size_t i;

	(void)snprintf(name, sizeof name, "%s.%s", helds[what].note,
	    act->campaign->slug);
	st = store_note_get(store, name, &last);
	if (st != OK && st != NOT_FOUND)
		return st;
	if (last == clock_day(act->now))
		return OK;
	log_warnx("campaign=%s alarm=held %s; see undersign status",
	    act->campaign->slug, helds[what].log);
	st = store_note_set(store, name, clock_day(act->now));
	for (i = 0; st == OK && act->campaign->staff[i] != NULL; i++) {
		struct promise promise = {
			.class = OUTBOX_ANSWER, .kind = "alarm",
			.to = act->campaign->staff[i],
			.language = act->campaign->default_language,
			.extra = { { helds[what].flag, "1" } },
		};
		st = act_promise(act, &promise);
	}
	return st;
}

/* When the budgets of the domain and the mailbox she is said to write from let
 * it go. */
static enum status
budgets_due(struct act *act, int64_t *due_out)
{
	struct petition_setup *with = &act->petition->with;
	const struct address *author = &act->letter->author;
	int64_t limit = with->config->limits.requests_per_domain_hour;
	char *mailbox = limit > 0 ? address_mailbox(act->arena, author) : NULL;
	int64_t due = act->now;
	enum status st = policy_domain_due(with->store, with->keys,
	    address_domain_ascii(act->arena, author), limit, act->now, due_out);

	if (st == OK && *due_out > act->now)
		st = act_alarm(act, HELD_REQUESTS);
	if (st == OK && mailbox != NULL)
		st = policy_mailbox_due(with->store, with->keys, mailbox,
		    act->now, &due);
	if (due > *due_out)
		*due_out = due;
	return st;
}

enum status
act_promise_unasked(struct act *act, struct promise *promise)
{
	const struct letter *letter = act->letter;
	enum status st = OK;

	promise->class = OUTBOX_REQUEST;
	if (letter != NULL && letter->authentic)
		promise->class = OUTBOX_ANSWER;
	else if (letter != NULL && letter->author_state == AUTHOR_ONE)
		st = budgets_due(act, &promise->due_at);
	return st != OK ? st : act_promise(act, promise);
}

enum status
act_answer(struct act *act, const char *kind, const char *to,
    const char *flag_name)
{
	struct promise promise = {
		.signature = act->sig.id, .class = OUTBOX_ANSWER, .kind = kind,
		.to = to,
		.in_reply_to = act->letter != NULL ? act->letter->message_id : NULL,
		.extra = { { flag_name, "1" } },
	};

	return act_promise(act, &promise);
}
