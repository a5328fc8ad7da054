/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/campaign.h"
#include "config/config.h"
#include "outbox/outbox.h"
#include "petition/act.h"
#include "petition/bounce.h"
#include "petition/complaint.h"
#include "petition/policy.h"
#include "petition/reach.h"
#include "petition/tally.h"
#include "petition/updates.h"
#include "seal/sealed.h"
#include "seal/token.h"
#include "seal/vault.h"

struct petition *
petition_new(const struct petition_setup *setup)
{
	struct petition *p = mem_alloc(sizeof *p);

	p->with = *setup;
	p->vault = vault_new();
	petition_set_campaigns(p, setup->campaigns);
	tally_attach(p);
	return p;
}

void
petition_free(struct petition **pp)
{
	if (*pp != NULL) {
		vault_free(&(*pp)->vault);
		purge_end(&(*pp)->purge);
		wordings_clear(*pp);
	}
	free(*pp);
	*pp = NULL;
}

void
petition_sweep(struct petition *p, int64_t now)
{
	vault_sweep(p->vault, clock_day(now));
}

void
petition_set_campaigns(struct petition *p, const struct campaigns *campaigns)
{
	size_t i;

	wordings_clear(p);
	p->with.campaigns = campaigns;
	p->seals = false;
	for (i = 0; i < campaigns_count(campaigns); i++)
		p->seals |= campaigns_at(campaigns, i)->seals != 0;
}

/* ---- what each address does (DESIGN 3) ------------------------------------- */

enum token_need { NO_TOKEN, WITH_TOKEN };

static const struct {
	const char *name;               /* for the log */
	enum token_need token;
	bool human;                     /* only a human letter acts (P1) */
	bool author;                    /* must have exactly one author */
	enum status (*act)(struct act *);       /* NULL: noted, nothing done */
} purposes[PURPOSE_COUNT_] = {
	[PURPOSE_SIGN] = { "sign", NO_TOKEN, true, true, NULL },
	[PURPOSE_CONFIRM] = { "confirm", WITH_TOKEN, true, false, act_confirm },
	[PURPOSE_REPLY] = { "reply", WITH_TOKEN, true, false, act_reply },
	/* Mail programs send these themselves, often marked as automatic. */
	[PURPOSE_UNSUBSCRIBE] = { "unsubscribe", WITH_TOKEN, false, false,
	    act_unsubscribe },
	[PURPOSE_BOUNCE] = { "bounce", WITH_TOKEN, false, false, act_bounce },
	[PURPOSE_LETTER] = { "letter", NO_TOKEN, true, true, act_info },
	[PURPOSE_POSTCARD] = { "postcard", NO_TOKEN, true, true, act_info },
	[PURPOSE_UPDATES] = { "updates", NO_TOKEN, true, true, act_post },
	/* The person of its token is an approval: updates.h. */
	[PURPOSE_APPROVE] = { "approve", WITH_TOKEN, true, true, act_ask },
	[PURPOSE_PROBE] = { "probe", WITH_TOKEN, false, false, act_probe },
	/* Never among letters: check.c. */
	[PURPOSE_CHECK] = { "check", WITH_TOKEN, false, false, NULL },
	/* Likewise: witness.c. */
	[PURPOSE_WITNESS] = { "witness", WITH_TOKEN, false, false, NULL },
};

/* Verbs that a new supporter may well begin with ("NAME Ada"): to her they are
 * part of signing, to a signer a wish to change something. */
static bool
goes_with_signing(enum verb verb)
{
	static const bool goes[VERB_COUNT_] = {
		[VERB_NONE] = true, [VERB_SIGN] = true, [VERB_NAME] = true,
		[VERB_COUNTRY] = true, [VERB_LANGUAGE] = true,
		[VERB_HIDE] = true, [VERB_SHOW] = true, [VERB_UPDATES] = true,
		[VERB_POSTED] = true, [VERB_WROTE] = true,
		[VERB_SHARE] = true, [VERB_UNSHARE] = true,
	};

	return verb < VERB_COUNT_ && goes[verb];
}

/* The plain address: what is no verb of a signer's signs. */
static enum status
act_plain(struct act *act)
{
	enum verb verb = act->letter->said.verb;
	enum status st;

	if (act->campaign_state != CAMPAIGN_OPEN || !goes_with_signing(verb))
		return act_ask(act);
	if (verb == VERB_NONE || verb == VERB_SIGN)
		return act_sign(act);
	st = act_load_address(act, &act->letter->author);
	if (st != OK && st != NOT_FOUND)
		return st;
	return act->sig.state == SIGNATURE_STRANGER ||
	    act->sig.state == SIGNATURE_PENDING ||
	    act->sig.state == SIGNATURE_EXPIRED ? act_sign(act) : act_ask(act);
}

static enum verdict
trouble(enum status st)
{
	return st == FULL ? VERDICT_FULL : VERDICT_DEFER;
}

/* The last day that a token of today may have.  A request can be answered with
 * STOP for as long as other mail, long after it can be confirmed (act_confirm
 * sees to that). */
static int32_t
oldest_day(enum purpose purpose, int64_t now)
{
	return clock_day(now) - (purpose == PURPOSE_CONFIRM ?
	    OUTBOX_REPLY_DAYS : 0);
}

enum verdict
petition_recipient(struct petition *p, const struct recipient *to, int64_t now)
{
	struct arena *arena = arena_new();
	enum verdict verdict = VERDICT_ACCEPT;
	struct act act;
	int64_t person;
	enum status st;

	if (to->purpose == PURPOSE_CHECK) {
		arena_free(&arena);
		return check_which(p->with.keys, to, now, &person) == OK ?
		    VERDICT_ACCEPT : VERDICT_NO_USER;
	}
	st = act_begin(&act, p, arena, to->slug, now);
	if (st == NOT_FOUND && act.campaign != NULL)
		st = OK;                /* first mail ever: row comes with it */
	if (st == NOT_FOUND || (st == OK && act.campaign_state == CAMPAIGN_DRAFT
	    && act.campaign_id != 0))
		verdict = VERDICT_NO_USER;
	else if (st != OK)
		verdict = trouble(st);
	else if (purposes[to->purpose].token == WITH_TOKEN &&
	    (to->token == NULL || token_check(p->with.keys, to->purpose,
	    act.campaign_id, to->token, oldest_day(to->purpose, now),
	    &person) != OK))
		verdict = VERDICT_NO_USER;
	arena_free(&arena);
	return verdict;
}

/* ---- one letter -------------------------------------------------------------- */

/* The purpose a letter acts with: its address', or, when the provider dropped
 * the detail, that of a good token of ours it refers to. */
static enum purpose
resolve(struct act *act, int64_t *person_out)
{
	const struct letter *letter = act->letter;
	int32_t today = clock_day(act->now);

	if (purposes[letter->to.purpose].token == WITH_TOKEN)
		return letter->to.token != NULL && act_take_token(act,
		    letter->to.purpose, letter->to.token,
		    oldest_day(letter->to.purpose, act->now), person_out) == OK ?
		    letter->to.purpose : PURPOSE_COUNT_;
	*person_out = 0;
	if (letter->to.purpose == PURPOSE_SIGN && letter->to.source == NULL &&
	    letter->reference.token != NULL &&
	    purposes[letter->reference.purpose].token == WITH_TOKEN &&
	    act_take_token(act, letter->reference.purpose,
	    letter->reference.token, letter->said.verb == VERB_STOP ?
	    oldest_day(letter->reference.purpose, act->now) : today,
	    person_out) == OK)
		return letter->reference.purpose;
	return letter->to.purpose;
}

/* P5.  The name of a message among those for this recipient. */
static void
message_key(const struct act *act, unsigned char key[HASH_BYTES])
{
	const struct letter *letter = act->letter;
	struct buf b = BUF_INIT;

	buf_add(&b, letter->digest, sizeof letter->digest);
	buf_addf(&b, "%d %s %s", (int)letter->to.purpose,
	    letter->to.token != NULL ? letter->to.token : "",
	    letter->to.source != NULL ? letter->to.source : "");
	keys_hash(act->petition->with.keys, KEY_HASH_MESSAGE, act->campaign_id,
	    b.data, b.len, key);
	buf_free(&b);
}

/* Reports are read at these; a complaint, wherever it comes. */
static bool
takes_reports(enum purpose purpose)
{
	return purpose == PURPOSE_BOUNCE || purpose == PURPOSE_PROBE;
}

static bool
letter_complains(const struct letter *letter)
{
	return letter->nature == NATURE_COMPLAINT &&
	    letter->report.kind == REPORT_COMPLAINT;
}

static enum status
perform(struct act *act, enum purpose purpose, int64_t person)
{
	enum status st;

	if (letter_complains(act->letter))
		/* The person of an approval's token is no signer. */
		return act_complaint(act, purpose == PURPOSE_APPROVE ||
		    purpose == PURPOSE_WITNESS ? 0 : person);
	if (purposes[purpose].token == WITH_TOKEN && person == 0 &&
	    takes_reports(purpose))
		return bounce_of_nobody(act);
	if (purpose == PURPOSE_APPROVE)
		return act_approve(act, person);
	if (purposes[purpose].token == WITH_TOKEN) {
		st = act_load_person(act, person);
		if (st == NOT_FOUND) {
			act->done = "gone";
			return OK;
		}
		if (st == DENIED && (takes_reports(purpose) ||
		    purpose == PURPOSE_UNSUBSCRIBE))
			st = OK;        /* her name is not needed there */
		if (st == OK && purposes[purpose].human)
			st = act_wrote(act);
		if (st != OK)
			return st;
	}
	if (purpose == PURPOSE_SIGN)
		return act_plain(act);
	if (purposes[purpose].act == NULL)
		return OK;
	return purposes[purpose].act(act);
}

/* Addresses that are for a few only: others are refused, and it is not kept that
 * they wrote. */
static enum status
may(struct act *act, enum purpose purpose, int64_t person)
{
	if (letter_complains(act->letter))
		return OK;
	if (purpose == PURPOSE_UPDATES)
		return act_may_post(act);
	return purpose == PURPOSE_APPROVE ? act_may_approve(act, person) : OK;
}

static enum status
act_upon(struct act *act, enum purpose purpose, int64_t person,
    const unsigned char key[HASH_BYTES])
{
	enum status st = may(act, purpose, person);

	act->done = "refused";
	if (st != OK || act->verdict != VERDICT_ACCEPT)
		return st;
	act->done = "repeat";
	st = store_seen_add(act->petition->with.store, key, act->now);
	if (st != OK)
		return st == EXISTS ? OK : st;
	act->done = NULL;
	return perform(act, purpose, person);
}

/* Why a letter is not acted upon, or NULL. */
static const char *
set_aside(const struct act *act, enum purpose purpose)
{
	const struct letter *letter = act->letter;

	if (letter_complains(letter))
		return NULL;
	if (purposes[purpose].human && (letter->nature != NATURE_HUMAN ||
	    letter->reverse_path[0] == '\0'))
		return letter->nature != NATURE_HUMAN ?
		    nature_text(letter->nature) : "null-path";
	if (purpose == PURPOSE_UNSUBSCRIBE && letter->nature == NATURE_BOUNCE)
		return "bounce";
	if (takes_reports(purpose))
		return NULL;            /* our own mail system may write them */
	if (letter->author_state == AUTHOR_ONE && strcasecmp(
	    letter->author.domain, act->petition->with.config->mail_domain) == 0)
		return "own-domain";    /* ours: answering would be a loop */
	if (purposes[purpose].act == NULL && purpose != PURPOSE_SIGN)
		return nature_text(letter->nature);
	return NULL;
}

static enum status
begin_letter(struct act *act, struct petition *p, struct arena *arena,
    const struct letter *letter, int64_t now)
{
	enum status st = act_begin(act, p, arena, letter->to.slug, now);

	act->letter = letter;
	if (st == NOT_FOUND && act->campaign != NULL) {
		st = store_campaign_add(p->with.store, act->campaign->slug,
		    &act->campaign_id);
		if (st == OK || st == EXISTS)
			st = store_campaign(p->with.store, act->campaign->slug,
			    &act->campaign_id, &act->campaign_state);
	}
	return st;
}

enum status
petition_take(struct petition *p, struct arena *arena,
    const struct letter *letter, int64_t now, enum verdict *verdict_out,
    int *changed_out)
{
	unsigned char key[HASH_BYTES];
	const char *aside;
	struct act act;
	enum purpose purpose;
	int64_t person;
	enum status st = begin_letter(&act, p, arena, letter, now);

	*verdict_out = VERDICT_NO_USER;
	if (st == NOT_FOUND)
		return OK;
	if (st != OK)
		return st;
	if (act.campaign_state == CAMPAIGN_DRAFT)
		return OK;
	purpose = resolve(&act, &person);
	if (purpose == PURPOSE_COUNT_)
		return OK;
	message_key(&act, key);
	aside = set_aside(&act, purpose);
	if (aside != NULL) {
		*verdict_out = VERDICT_ACCEPT;
		act.done = "aside";
	} else if (purposes[purpose].author && !letter_complains(letter) &&
	    letter->author_state != AUTHOR_ONE) {
		*verdict_out = VERDICT_NO_AUTHOR;
		act.done = "refused";
		aside = "author";
	} else {
		*changed_out = 1;
		st = act_upon(&act, purpose, person, key);
		*verdict_out = act.verdict;
	}
	if (st == OK)
		log_info("m=%02x%02x%02x%02x campaign=%s purpose=%s done=%s%s%s",
		    key[0], key[1], key[2], key[3], act.campaign->slug,
		    purposes[purpose].name, act.done == NULL ? "nothing" :
		    act.done, aside != NULL ? " why=" : "",
		    aside != NULL ? (letter->why != NULL &&
		    letter->nature != NATURE_HUMAN ? letter->why : aside) : "");
	return st;
}

enum status
petition_park(struct petition *p, const char *why, const void *bytes,
    size_t len, int64_t now)
{
	struct parked_row row = { .received_at = now, .why = why };
	struct buf sealed = BUF_INIT;
	struct seal_place at = { .key = KEY_SEAL_PARKED, .row = row.serial,
	    .row_len = sizeof row.serial };
	enum status st;

	seal_random(row.serial, sizeof row.serial);
	seal_close(p->with.keys, &at, bytes, len, &sealed);
	row.message = (struct blob){ sealed.data, sealed.len };
	st = store_parked_add(p->with.store, &row);
	buf_free(&sealed);
	return st;
}

/* ---- time ------------------------------------------------------------------------ */

const struct campaign *
petition_campaign(struct petition *p, int64_t id)
{
	size_t i;

	for (i = 0; i < campaigns_count(p->with.campaigns); i++) {
		const struct campaign *c = campaigns_at(p->with.campaigns, i);
		enum campaign_state state;
		int64_t n;

		if (store_campaign(p->with.store, c->slug, &n, &state) == OK &&
		    n == id)
			return c;
	}
	return NULL;
}

/* Once, after some days without an answer (P4 counts it too). */
static enum status
remind(struct act *act)
{
	enum status st;

	act->sig.next_at = act->sig.expires_at;
	act->done = "reminded";
	if (act->sig.unreachable || !policy_may_request(&act->sig, act->now) ||
	    act->campaign_state != CAMPAIGN_OPEN) {
		act->done = "not-reminded";
		return act_save(act, false);
	}
	policy_count_request(&act->sig, act->now);
	act_shows_text(act);
	st = consent_ask_again(act);
	if (st == OK)
		st = act_save(act, false);
	return st != OK ? st : act_request(act, "reminder");
}

/* Nothing can be done for a row that is damaged; what is due after it can. */
static enum status
pass_over(struct act *act)
{
	log_warnx("g=%lld time=passed-over its row is damaged; a backup may have "
	    "it whole", (long long)act->sig.id);
	act->sig.next_at = act->sig.expires_at > act->now ?
	    act->sig.expires_at : 0;
	act->done = "passed-over";
	return act_save(act, false);
}

static enum status
tick_one(struct petition *p, struct arena *arena, const struct signature *sig,
    int64_t now)
{
	const struct campaign *campaign = petition_campaign(p, sig->campaign);
	struct act act;
	enum status st;

	if (campaign == NULL) {         /* its folder is away for now */
		struct signature later = *sig;

		later.next_at = now + CLOCK_DAY;
		return store_signature_put(p->with.store, &later);
	}
	st = act_begin(&act, p, arena, campaign->slug, now);
	if (st == OK)
		st = act_load_person(&act, sig->id);
	if (st != OK && st != DENIED)
		return st;
	if (now >= act.sig.expires_at)
		st = act_expire(&act, EVENT_EXPIRE);
	else
		st = st == OK ? remind(&act) : pass_over(&act);
	if (st == OK && act.done == NULL)
		st = pass_over(&act);
	if (st == OK)
		log_info("g=%lld campaign=%s done=%s", (long long)sig->id,
		    campaign->slug, act.done);
	return st;
}

enum status
petition_tick(struct petition *p, struct arena *arena, int64_t now, size_t limit)
{
	struct signature due[64];
	size_t n, i, most = limit < 64 ? limit : 64;
	enum status st = store_signature_due(p->with.store, arena, now, due,
	    most, &n);

	for (i = 0; st == OK && i < n; i++)
		st = tick_one(p, arena, &due[i], now);
	if (st == OK && n == most)
		return AGAIN;
	return st != OK ? st : bounce_tick(p, arena, now, limit);
}

enum status
petition_due(struct petition *p, int64_t *when_out)
{
	int64_t when;
	enum status st = store_signature_next(p->with.store, when_out);

	if (st == OK)
		st = bounce_due(p, &when);
	if (st == OK && when < *when_out)
		*when_out = when;
	return st;
}

enum status
petition_alarm(struct petition *p, struct arena *arena, const char *slug,
    int64_t now)
{
	struct act act;
	enum status st = act_begin(&act, p, arena, slug, now);

	if (st != OK)
		return st;
	act.sig.language = act.campaign->default_language;
	return act_alarm(&act, HELD_REQUESTS);
}
