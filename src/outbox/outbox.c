/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/wire.h"
#include "config/campaign.h"
#include "config/config.h"
#include "logbook/logbook.h"
#include "logbook/proof.h"
#include "message/address.h"
#include "message/job.h"
#include "message/recipient.h"
#include "outbox/figures.h"
#include "outbox/outbox.h"
#include "outbox/preview.h"
#include "seal/identity.h"
#include "seal/keys.h"
#include "seal/parts.h"
#include "seal/sealed.h"
#include "seal/token.h"
#include "store/consent.h"
#include "store/history.h"
#include "store/approval.h"
#include "store/mailing.h"

#define FORMAT 1
#define UPDATE "update"                 /* kind of mail */
#define SOME 4                          /* entries of one person at once */
#define VALUE_MAX 20000                 /* octets; a forwarded text at most */

/* ---- what an entry keeps sealed ---------------------------------------- */

struct payload {
	const char *to, *in_reply_to;
	struct job_var extra[OUTBOX_EXTRAS];
	size_t extras;
};

static struct seal_place
place(int64_t campaign, const unsigned char serial[STORE_HASH])
{
	return (struct seal_place){ .key = KEY_SEAL_OUTBOX,
	    .campaign = campaign, .row = serial, .row_len = STORE_HASH };
}

static void
payload_seal(const struct keys *keys, int64_t campaign,
    const unsigned char serial[STORE_HASH], const struct payload *p,
    struct buf *out)
{
	struct seal_place at = place(campaign, serial);
	struct buf plain = BUF_INIT;
	size_t i;

	if (p->to == NULL && p->in_reply_to == NULL && p->extras == 0)
		return;
	wire_put_u8(&plain, FORMAT);
	wire_put_string(&plain, p->to);
	wire_put_string(&plain, p->in_reply_to);
	wire_put_u8(&plain, (uint8_t)p->extras);
	for (i = 0; i < p->extras; i++) {
		wire_put_string(&plain, p->extra[i].name);
		wire_put_string(&plain, p->extra[i].value);
	}
	seal_close(keys, &at, plain.data, plain.len, out);
	buf_wipe(&plain);
}

static enum status
payload_open(const struct keys *keys, const struct outbox_row *row,
    struct arena *arena, struct payload *out)
{
	struct seal_place at = place(row->campaign, row->serial);
	struct buf plain = BUF_INIT;
	struct wire w;
	enum status st;
	size_t i;

	*out = (struct payload){ 0 };
	if (row->payload.len == 0)
		return OK;
	st = seal_open(keys, &at, row->payload.data, row->payload.len, &plain);
	if (st == OK) {
		wire_open(&w, plain.data, plain.len);
		if (wire_u8(&w) != FORMAT)
			w.bad = 1;
		out->to = wire_string(&w, arena, VALUE_MAX);
		out->in_reply_to = wire_string(&w, arena, VALUE_MAX);
		out->extras = wire_u8(&w);
		if (out->extras > OUTBOX_EXTRAS) {
			out->extras = 0;
			w.bad = 1;
		}
		for (i = 0; i < out->extras; i++) {
			out->extra[i].name = wire_string(&w, arena, VALUE_MAX);
			out->extra[i].value = wire_string(&w, arena, VALUE_MAX);
		}
		if (wire_done(&w) != OK)
			st = DENIED;
	}
	buf_wipe(&plain);
	return st;
}

/* ---- promising ----------------------------------------------------------- */

enum status
outbox_promise(struct store *store, const struct keys *keys,
    const struct promise *p, int64_t now)
{
	struct payload payload = { .to = p->to, .in_reply_to = p->in_reply_to };
	struct buf sealed = BUF_INIT;
	struct outbox_row row = {
		.campaign = p->campaign, .signature = p->signature,
		.class = p->class, .kind = p->kind, .language = p->language,
		.created_at = now, .due_at = p->due_at,
	};
	size_t n;
	enum status st;

	for (n = 0; n < OUTBOX_EXTRAS && p->extra[n].name != NULL; n++)
		payload.extra[n] = (struct job_var){ p->extra[n].name,
		    p->extra[n].value };
	payload.extras = n;
	seal_random(row.serial, sizeof row.serial);
	payload_seal(keys, p->campaign, row.serial, &payload, &sealed);
	row.payload = (struct blob){ sealed.data, sealed.len };
	st = store_outbox_add(store, &row);
	buf_free(&sealed);
	return st;
}

/* One that is damaged stays as it is: it cannot be sent either way. */
static enum status
keep_address(struct store *store, const struct keys *keys, struct arena *arena,
    const struct outbox_row *row, const char *address)
{
	struct buf sealed = BUF_INIT;
	struct payload payload;
	enum status st;

	if (row->class == OUTBOX_BULK ||
	    payload_open(keys, row, arena, &payload) != OK || payload.to != NULL)
		return OK;
	payload.to = address;
	payload_seal(keys, row->campaign, row->serial, &payload, &sealed);
	st = store_outbox_put_payload(store, row->id,
	    (struct blob){ sealed.data, sealed.len });
	buf_free(&sealed);
	return st;
}

enum status
outbox_keep_address(struct store *store, const struct keys *keys,
    struct arena *arena, int64_t signature, const char *address)
{
	struct outbox_row rows[SOME];
	int64_t after = 0;
	size_t count, i;
	enum status st;

	do {
		st = store_outbox_of(store, arena, signature, after, rows, SOME,
		    &count);
		for (i = 0; st == OK && i < count; i++) {
			st = keep_address(store, keys, arena, &rows[i], address);
			after = rows[i].id;
		}
	} while (st == OK && count == SOME);
	return st;
}

/* ---- making the mail ------------------------------------------------------- */

bool
outbox_asks(const char *kind)
{
	return strcmp(kind, "request") == 0 || strcmp(kind, "reminder") == 0;
}

bool
outbox_is_probe(const char *kind)
{
	return strcmp(kind, "warning") == 0 || strcmp(kind, "probe") == 0;
}

/* RFC 3834 section 5.2: these answer a mail, also one without a Message-ID. */
static bool
answers_mail(const char *kind)
{
	return strcmp(kind, "request") == 0 || strcmp(kind, "receipt") == 0;
}

/* A letter of hers is an entry of hers, so that it goes when she does, but the
 * mail is to somebody else: nothing in it or of its fate is hers. */
static bool
is_letter(const char *kind)
{
	return strcmp(kind, "forward") == 0;
}

static bool
to_supporter(const struct outbox_row *row)
{
	return row->signature != 0 && !is_letter(row->kind);
}

static char *
token_address(struct arena *arena, const struct config *config,
    const struct campaign *campaign, enum purpose purpose, const char *token)
{
	return arena_printf(arena, "%s%c%c-%s@%s", campaign->slug,
	    config->delimiter, purpose_letter(purpose), token,
	    config->mail_domain);
}

static const char *
date_text(struct arena *arena, int32_t day)
{
	char text[11];

	if (day == 0)
		return NULL;
	clock_date(day, text);
	return arena_strdup(arena, text);
}

static const char *
flag(bool set)
{
	return set ? "1" : "";
}

/* That there is a name, and not which. */
static void
set_sealed(struct job *job, const struct signature *sig)
{
	struct parts parts;

	job_set(job, "sealed", "1");
	if (parts_read(&parts, sig->sealed.data, sig->sealed.len) != OK)
		return;
	job_set(job, "sealed_name", flag(parts.part[PART_NAME].len > 0));
	job_set(job, "sealed_city", flag(parts.part[PART_CITY].len > 0));
	job_set(job, "sealed_comment", flag(parts.part[PART_COMMENT].len > 0));
}

void
outbox_person(struct job *job, struct arena *arena, const struct signature *sig,
    const struct identity *who)
{
	if (sig->sealed.len > 0)
		set_sealed(job, sig);
	job_set(job, "name", who->name);
	job_set(job, "city", who->city);
	job_set(job, "comment", who->comment);
	job_set(job, "country", sig->country);
	job_set(job, "hidden", flag(sig->hidden));
	job_set(job, "shown", flag(!sig->hidden));
	job_set(job, "updates", flag(sig->updates));
	job_set(job, "no_updates", flag(!sig->updates));
	job_set(job, "posted", flag((sig->actions & ACTION_POSTED) != 0));
	job_set(job, "wrote", flag((sig->actions & ACTION_WROTE) != 0));
	job_set(job, "state_pending", flag(sig->state == SIGNATURE_PENDING));
	job_set(job, "state_confirmed", flag(signature_is_signed(sig->state)));
	job_set(job, "state_withdrawn", flag(sig->state == SIGNATURE_WITHDRAWN));
	job_set(job, "state_expired", flag(sig->state == SIGNATURE_EXPIRED));
	job_set(job, "date", date_text(arena, sig->confirmed_day));
	if (sig->number > 0)
		job_set(job, "number",
		    arena_printf(arena, "%lld", (long long)sig->number));
}

static const char *const with_consents[] = { "request", "reminder", "receipt",
    "status", "changed", NULL };

static bool
tells_consents(const char *kind)
{
	const char *const *each;

	for (each = with_consents; *each != NULL; each++)
		if (strcmp(*each, kind) == 0)
			return true;
	return false;
}

const char *
outbox_shared(struct arena *arena, const struct campaign *campaign,
    const struct consent *list, size_t count, bool dated)
{
	const struct campaign_organisation *o;
	const char *all = NULL, *name;
	size_t i;

	for (i = 0; i < count; i++) {
		if (list[i].kind != CONSENT_SHARE || !consent_holds(list, count, i))
			continue;
		o = campaign_organisation(campaign, list[i].about);
		name = o != NULL ? o->name : list[i].about;
		if (dated)
			name = arena_printf(arena, "%s (%s)", name,
			    date_text(arena, list[i].day));
		all = all == NULL ? name : arena_printf(arena, "%s, %s", all,
		    name);
	}
	return all;
}

/* What she agreed to, and since when; a request has no days, for it looks the
 * same whoever gets it. */
static enum status
set_consents(struct job *job, struct arena *arena,
    const struct outbox_setup *setup, const struct campaign *campaign,
    const struct outbox_row *row, const struct signature *sig)
{
	bool dated = !outbox_asks(row->kind);
	struct consent *list = NULL;
	const struct consent *c;
	size_t count = 0;
	enum status st;

	if (!tells_consents(row->kind))
		return OK;
	st = store_consents(setup->store, arena, row->signature, &list, &count);
	if (st != OK)
		return st;
	c = consent_last(list, count, CONSENT_LIST, "");
	if (dated && c != NULL && c->given == !sig->hidden)
		job_set(job, "list_date", date_text(arena, c->day));
	c = consent_last(list, count, CONSENT_UPDATES, "");
	if (dated && c != NULL && c->given && sig->updates)
		job_set(job, "updates_date", date_text(arena, c->day));
	job_set(job, "shared", outbox_shared(arena, campaign, list, count,
	    dated));
	return OK;
}

/* When it went out first; near enough for one that had to be tried again. */
static int64_t
went_out(const struct outbox_row *row)
{
	return row->attempts == 0 ? row->due_at : row->created_at;
}

/* The last day on which an answer to this request counts.  For somebody who
 * has no open request (she has signed before) it is reckoned the same way, so
 * that all requests look alike. */
static int32_t
request_last_day(const struct campaign *campaign, const struct outbox_row *row,
    const struct signature *sig)
{
	int64_t until = sig->expires_at;

	if (until == 0)
		until = went_out(row) +
		    (int64_t)campaign->expire_after * CLOCK_DAY;
	return clock_day(until);
}

/* BASE/c/SLUG/TOKEN; NULL without a web face.  http or https is as staff say:
 * the header takes https only for RFC 8058. */
static char *
token_link(struct arena *arena, const struct config *config,
    const struct campaign *campaign, enum purpose purpose, const char *token)
{
	if (config->web.listen == NULL || config->web.base_url == NULL)
		return NULL;
	return arena_printf(arena, "%s/%c/%s/%s", config->web.base_url,
	    purpose_letter(purpose), campaign->slug, token);
}

void
outbox_sender(struct job *job, struct arena *arena,
    const struct outbox_setup *setup, const struct campaign *campaign,
    enum purpose back, int64_t campaign_id, int64_t signature, int64_t made)
{
	const struct config *config = setup->config;
	char token[TOKEN_LENGTH + 1];

	token_make(setup->keys, back, campaign_id, signature,
	    clock_day(made) + OUTBOX_BOUNCE_DAYS, token);
	job->reverse_path = token_address(arena, config, campaign, back, token);
	job->from = arena_printf(arena, "%s@%s", campaign->slug,
	    config->mail_domain);
}

void
outbox_ways(struct job *job, struct arena *arena,
    const struct outbox_setup *setup, const struct campaign *campaign,
    int64_t campaign_id, int64_t signature, int64_t made)
{
	const struct config *config = setup->config;
	int32_t last = clock_day(made) + OUTBOX_REPLY_DAYS;
	char token[TOKEN_LENGTH + 1];
	const char *link;

	token_make(setup->keys, PURPOSE_REPLY, campaign_id, signature, last,
	    token);
	job->reply_to = token_address(arena, config, campaign, PURPOSE_REPLY,
	    token);
	token_make(setup->keys, PURPOSE_UNSUBSCRIBE, campaign_id, signature,
	    last, token);
	job->unsubscribe = token_address(arena, config, campaign,
	    PURPOSE_UNSUBSCRIBE, token);
	link = token_link(arena, config, campaign, PURPOSE_UNSUBSCRIBE, token);
	job_set(job, "stop_link", link);
	if (link != NULL && strncmp(link, "https://", 8) == 0)
		job->unsubscribe_url = link;
}

/* A request is answered to a token that signs, and signs the text that this very
 * mail shows: delivery sends it with no other (job.h).  It may have waited since
 * another was there, or have gone out with that one when nobody knows of it any
 * more.  And there is nothing yet that a click could stop. */
static void
ask(struct job *job, struct arena *arena, const struct outbox_setup *setup,
    const struct campaign *campaign, const struct outbox_row *row,
    const struct signature *sig)
{
	const struct log_text *text = setup->logbook == NULL ? NULL :
	    logbook_text(setup->logbook, row->campaign, row->language);
	int32_t last = request_last_day(campaign, row, sig);
	char token[TOKEN_LENGTH + 1];

	token_make_marked(setup->keys, row->campaign, row->signature, last,
	    text != NULL ? text->mark : 0, token);
	job->text = text != NULL ? text->name : NULL;
	job->reply_to = token_address(arena, setup->config, campaign,
	    PURPOSE_CONFIRM, token);
	job->unsubscribe_url = NULL;
	job_set(job, "subject_token", arena_printf(arena, "%c-%s",
	    purpose_letter(PURPOSE_CONFIRM), token));
	job_set(job, "link", token_link(arena, setup->config, campaign,
	    PURPOSE_CONFIRM, token));
	job_set(job, "expires", date_text(arena, last));
	job_set(job, "days", arena_printf(arena, "%d",
	    (int)(last - clock_day(went_out(row)))));
}

static void
set_addresses(struct job *job, struct arena *arena,
    const struct outbox_setup *setup, const struct campaign *campaign,
    const struct outbox_row *row, const struct signature *sig)
{
	char serial[2 * STORE_HASH + 1];
	size_t i;

	for (i = 0; i < STORE_HASH; i++)
		(void)snprintf(serial + 2 * i, 3, "%02x", row->serial[i]);
	outbox_sender(job, arena, setup, campaign,
	    outbox_is_probe(row->kind) ? PURPOSE_PROBE : PURPOSE_BOUNCE,
	    row->campaign, to_supporter(row) ? row->signature : 0,
	    row->created_at);
	if (!to_supporter(row)) {
		job->message_id = arena_printf(arena, "<%s.%s@%s>", serial,
		    campaign->slug, setup->config->mail_domain);
		return;
	}
	outbox_ways(job, arena, setup, campaign, row->campaign, row->signature,
	    row->created_at);
	if (outbox_asks(row->kind))
		ask(job, arena, setup, campaign, row, sig);
	job->message_id = arena_printf(arena, "<%s.%s>", serial, job->reply_to);
}

/* An update that goes to nobody in particular: its tokens are of no person and
 * do nothing. */
static enum status
set_update(struct job *job, struct arena *arena,
    const struct outbox_setup *setup, const struct campaign *campaign,
    int64_t campaign_id)
{
	const char *reply_to = job->reply_to;
	struct figures figures;
	enum status st = figures_read(&figures, setup->store, arena,
	    campaign_id, job->mailing, job->date);

	if (st != OK)
		return st;
	figures_set(job, arena, &figures);
	outbox_ways(job, arena, setup, campaign, campaign_id, 0, job->date);
	if (reply_to != NULL)
		job->reply_to = reply_to;
	job->bulk = strcmp(job->template_name, UPDATE) == 0;
	return OK;
}

/* ---- the tally, to her ------------------------------------------------------ */

#define AWAITED "awaited"               /* an extra: not before there is one */

/* What she gets to check that she is in the tally: with the receipt for having
 * signed a promise, and what it promises when she asks. */
static enum status
set_proof(struct job *job, struct arena *arena, const struct outbox_setup *setup,
    const struct campaign *campaign, const struct outbox_row *row,
    const struct signature *sig)
{
	bool whole = strcmp(row->kind, "proof") == 0;
	struct address address;
	struct proof proof;
	enum status st;

	if (setup->logbook == NULL || sig->leaf == 0 ||
	    (!whole && strcmp(row->kind, "receipt") != 0))
		return OK;
	st = address_parse(&address, arena, job->to, strlen(job->to));
	if (st == OK)
		st = proof_make(setup->logbook, arena, sig,
		    address_key(arena, &address), row->created_at, !whole ?
		    PROOF_PROMISE : job_var(job, AWAITED) == NULL ? PROOF_ANY :
		    PROOF_RECEIPT, &proof);
	if (st != OK)
		return st;
	if (campaign->receipts == RECEIPTS_ALWAYS)
		job_set(job, "receipt_comes", "1");
	job_set(job, "promise", proof.promise);
	job_set(job, "promise_by", proof.by);
	job_set(job, "receipt", proof.receipt);
	job_set(job, "leaf", proof.leaf);
	job_set(job, "tally_size", proof.size);
	return OK;
}

/* ---- to staff and witnesses ------------------------------------------------ */

/* Answers go to an address made of a number, of no signer. */
static void
number_address(struct job *job, struct arena *arena,
    const struct outbox_setup *setup, const struct campaign *campaign,
    const struct outbox_row *row, enum purpose purpose, int64_t id,
    int32_t last_day)
{
	char token[TOKEN_LENGTH + 1];

	token_make(setup->keys, purpose, row->campaign, id, last_day, token);
	job->reply_to = token_address(arena, setup->config, campaign, purpose,
	    token);
	job->message_id = arena_printf(arena, "%.*s.%s>",
	    (int)strcspn(job->message_id, "."), job->message_id, job->reply_to);
}

/* The address that an answer of the one asked goes to.  However often she is
 * written to, its days begin when she was asked. */
static enum status
approve_address(struct job *job, struct arena *arena,
    const struct outbox_setup *setup, const struct campaign *campaign,
    const struct outbox_row *row)
{
	const char *id = job_var(job, "approval");
	struct approval a;
	enum status st;

	if (id == NULL)
		return OK;
	st = store_approval_get(setup->store, strtoll(id, NULL, 10), &a);
	if (st != OK)
		return st;
	number_address(job, arena, setup, campaign, row, PURPOSE_APPROVE, a.id,
	    clock_day(a.asked_at) + OUTBOX_APPROVE_DAYS);
	return OK;
}

static enum status
set_for_others(struct job *job, struct arena *arena,
    const struct outbox_setup *setup, const struct campaign *campaign,
    const struct outbox_row *row)
{
	const char *id = job_var(job, "preview"), *text = NULL;
	const char *witness = job_var(job, "witness");
	enum status st = approve_address(job, arena, setup, campaign, row);

	if (witness != NULL)
		number_address(job, arena, setup, campaign, row,
		    PURPOSE_WITNESS, strtoll(witness, NULL, 10),
		    clock_day(row->created_at) + OUTBOX_WITNESS_DAYS);
	if (st != OK || id == NULL || strcmp(row->kind, "update-preview") != 0)
		return st;
	st = preview_text(setup, arena, campaign, strtoll(id, NULL, 10),
	    row->created_at, &text);
	job_set(job, "preview", text);
	return st;
}

enum status
outbox_job(const struct outbox_setup *setup, struct arena *arena,
    const struct campaign *campaign, const struct outbox_row *row,
    struct job *out)
{
	struct signature sig = { 0 };
	struct identity who = { 0 };
	struct payload payload;
	enum status st;
	size_t i;

	*out = (struct job){
		.id = row->id, .campaign = campaign->slug,
		.template_name = row->kind, .language = row->language,
		.date = row->created_at,
	};
	st = payload_open(setup->keys, row, arena, &payload);
	if (st != OK)
		return st;
	if (to_supporter(row)) {
		st = store_signature_get(setup->store, arena, row->signature, &sig);
		if (st != OK)
			return st;
		st = identity_open(setup->keys, sig.campaign, sig.key,
		    sig.identity.data, sig.identity.len, arena, &who);
		if (st != OK && st != NOT_FOUND)
			return st;
		outbox_person(out, arena, &sig, &who);
		st = set_consents(out, arena, setup, campaign, row, &sig);
		if (st != OK)
			return st;
	}
	out->to = payload.to != NULL ? payload.to : who.address;
	if (out->to == NULL)
		return NOT_FOUND;
	out->to_name = payload.to != NULL ? NULL : who.name;
	out->in_reply_to = payload.in_reply_to;
	out->auto_replied = payload.in_reply_to != NULL ||
	    answers_mail(row->kind);
	out->bulk = row->class == OUTBOX_BULK && !outbox_is_probe(row->kind);
	set_addresses(out, arena, setup, campaign, row, &sig);
	for (i = 0; i < payload.extras; i++) {
		if (strcmp(payload.extra[i].name, "reply_to") == 0)
			out->reply_to = payload.extra[i].value;
		else if (strcmp(payload.extra[i].name, "mailing") == 0)
			out->mailing = strtoll(payload.extra[i].value, NULL, 10);
		else
			job_set(out, payload.extra[i].name,
			    payload.extra[i].value);
	}
	if (to_supporter(row))
		return set_proof(out, arena, setup, campaign, row, &sig);
	return out->mailing != 0 ?
	    set_update(out, arena, setup, campaign, row->campaign) :
	    set_for_others(out, arena, setup, campaign, row);
}

enum status
outbox_sample(const struct outbox_setup *setup, struct arena *arena,
    const struct campaign *campaign, int64_t campaign_id, int64_t mailing,
    const char *language, int64_t now, struct job *out)
{
	*out = (struct job){
		.campaign = campaign->slug, .template_name = UPDATE,
		.language = language, .date = now, .mailing = mailing,
	};
	outbox_sender(out, arena, setup, campaign, PURPOSE_BOUNCE, campaign_id,
	    0, now);
	out->to = out->from;
	out->message_id = arena_printf(arena, "<preview.%lld.%lld@%s>",
	    (long long)mailing, (long long)now, setup->config->mail_domain);
	return set_update(out, arena, setup, campaign, campaign_id);
}

/* ---- settling ---------------------------------------------------------------- */

int64_t
outbox_pause(int attempts)
{
	int64_t pause = 60;

	while (attempts-- > 0 && pause < OUTBOX_PAUSE)
		pause *= 2;
	return pause < OUTBOX_PAUSE ? pause : OUTBOX_PAUSE;
}

/* It has left; to whom it was. */
static void
leave(const struct outbox_row *row, struct outbox_row *left_out)
{
	*left_out = *row;
	if (!to_supporter(row))
		left_out->signature = 0;
}

static enum status
give_up(struct store *store, const struct outbox_row *row,
    const struct outcome *outcome, struct outbox_row *left_out)
{
	log_info("o=%lld kind=%s outcome=failed code=%u.%u.%u attempts=%d",
	    (long long)row->id, row->kind, outcome->code[0], outcome->code[1],
	    outcome->code[2], row->attempts + 1);
	leave(row, left_out);
	return store_outbox_remove(store, row->id);
}

static enum status
try_later(struct store *store, const struct outbox_row *row,
    const struct outcome *outcome, int64_t now, struct outbox_row *left_out)
{
	int64_t pause = outbox_pause(row->attempts);

	if (now + pause - row->created_at > OUTBOX_LIFE)
		return give_up(store, row, outcome, left_out);
	return store_outbox_delay(store, row->id, row->attempts + 1, now + pause);
}

enum status
outbox_settle(struct store *store, struct arena *arena, int64_t id,
    const struct outcome *outcome, int64_t now, struct outbox_row *left_out)
{
	struct outbox_row row;
	enum status st;

	*left_out = (struct outbox_row){ .id = 0 };
	if (outcome->kind == OUTCOME_RELAY_DOWN)
		return OK;
	if (outcome->kind == OUTCOME_DELIVERED)
		st = store_outbox_take(store, arena, id, &row);
	else
		st = store_outbox_get(store, arena, id, &row);
	if (st == NOT_FOUND)
		return OK;              /* she was forgotten meanwhile */
	if (st == OK && outcome->kind == OUTCOME_DELIVERED)
		leave(&row, left_out);
	if (st != OK || outcome->kind == OUTCOME_DELIVERED)
		return st;
	switch (outcome->kind) {
	case OUTCOME_FAILED:
		return give_up(store, &row, outcome, left_out);
	case OUTCOME_OTHER_TEXT:
		/* The roles are about to read the campaigns, or one could not:
		 * that is no attempt of hers to be waited for longer after. */
		return store_outbox_delay(store, id, row.attempts == 0 ? 1 :
		    row.attempts, now + (row.attempts == 0 ? 5 : 60));
	case OUTCOME_UNRENDERED:
		/* Staff can mend a template; the log has told them. */
		return store_outbox_delay(store, id, row.attempts,
		    now + CLOCK_HOUR);
	default:
		return try_later(store, &row, outcome, now, left_out);
	}
}
