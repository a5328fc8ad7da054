/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "config/campaign.h"
#include "config/config.h"
#include "message/job.h"
#include "outbox/mailing_job.h"
#include "outbox/outbox.h"
#include "seal/keys.h"
#include "seal/token.h"

#define MARK (INT64_C(1) << 62)
#define PERSON_BITS 40
#define MAILING_MOST ((1 << 20) - 1)

_Static_assert(TOKEN_PERSON_MAX >> PERSON_BITS == 0, "fits in a job's number");
_Static_assert(STORE_ID_MOST == TOKEN_PERSON_MAX, "every id fits in a token");

int64_t
mailing_job_id(int64_t mailing, int64_t signature)
{
	return MARK | (mailing & MAILING_MOST) << PERSON_BITS |
	    (signature & TOKEN_PERSON_MAX);
}

bool
mailing_is_job(int64_t id)
{
	return id >= 0 && (id & MARK) != 0;
}

void
mailing_of_job(int64_t id, int64_t *mailing_out, int64_t *signature_out)
{
	*mailing_out = id >> PERSON_BITS & MAILING_MOST;
	*signature_out = id & TOKEN_PERSON_MAX;
}

const struct mailing_text *
mailing_text_for(const struct campaign *campaign,
    const struct mailing_text *texts, size_t count, const char *language)
{
	const struct mailing_text *second = NULL;
	size_t i;

	for (i = 0; i < count; i++) {
		if (strcmp(texts[i].language, language) == 0)
			return &texts[i];
		if (strcmp(texts[i].language, campaign->default_language) == 0)
			second = &texts[i];
	}
	return second != NULL ? second : count > 0 ? &texts[0] : NULL;
}

enum status
person_open(const struct outbox_setup *setup, struct arena *arena,
    struct person *p)
{
	return identity_open(setup->keys, p->sig.campaign, p->sig.key,
	    p->sig.identity.data, p->sig.identity.len, arena, &p->who);
}

bool
person_wants(const struct person *p)
{
	return signature_is_signed(p->sig.state) && p->sig.updates &&
	    !p->sig.unreachable;
}

/* A function of mailing and person (M7): the token in it, by which an answer is
 * known where a provider drops the detail of the address, lives from the day
 * when the update began.  On that day it is the one of REPLY_TO. */
static const char *
message_id(const struct outbox_setup *setup, struct arena *arena,
    const struct mailing_words *words, const struct person *p,
    const char *reply_to, int64_t now)
{
	const struct mailing *m = &words->mailing;
	unsigned char name[STORE_HASH + 8], hash[HASH_BYTES];
	char hex[2 * HASH_BYTES + 1], token[TOKEN_LENGTH + 1];
	int64_t began = m->started_at != 0 ? m->started_at : now;
	size_t i;

	memcpy(name, m->serial, STORE_HASH);
	for (i = 0; i < 8; i++)
		name[STORE_HASH + i] = (unsigned char)(p->sig.id >> 8 * i);
	keys_hash(setup->keys, KEY_MESSAGE_ID, m->campaign, name, sizeof name,
	    hash);
	for (i = 0; i < HASH_BYTES; i++) {
		hex[2 * i] = "0123456789abcdef"[hash[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[hash[i] & 15];
	}
	hex[2 * HASH_BYTES] = '\0';
	if (clock_day(began) == clock_day(now))
		return arena_printf(arena, "<%s.%s>", hex, reply_to);
	token_make(setup->keys, PURPOSE_REPLY, m->campaign, p->sig.id,
	    clock_day(began) + OUTBOX_REPLY_DAYS, token);
	return arena_printf(arena, "<%s.%s%c%c-%s@%s>", hex,
	    words->campaign->slug, setup->config->delimiter,
	    purpose_letter(PURPOSE_REPLY), token, setup->config->mail_domain);
}

void
mailing_make(const struct outbox_setup *setup, struct arena *arena,
    const struct mailing_words *words, const struct person *p, int64_t now,
    struct job *out)
{
	const struct mailing *m = &words->mailing;
	const struct mailing_text *text = mailing_text_for(words->campaign,
	    words->texts, words->count, p->sig.language);

	memcpy(out->var, words->figures_set.var,
	    words->figures_set.vars * sizeof out->var[0]);
	out->vars = words->figures_set.vars;
	out->id = mailing_job_id(m->id, p->sig.id);
	out->campaign = words->campaign->slug;
	out->template_name = "update";
	out->language = text->language;
	out->to = p->who.address;
	out->to_name = p->who.name;
	out->in_reply_to = NULL;
	out->unsubscribe_url = NULL;
	out->date = now;
	out->auto_replied = false;
	out->bulk = true;
	out->mailing = m->id;
	outbox_person(out, arena, &p->sig, &p->who);
	outbox_sender(out, arena, setup, words->campaign, PURPOSE_BOUNCE,
	    m->campaign, p->sig.id, now);
	outbox_ways(out, arena, setup, words->campaign, m->campaign, p->sig.id,
	    now);
	out->message_id = message_id(setup, arena, words, p,
	    out->reply_to, now);
}

enum status
mailing_job(const struct outbox_setup *setup, struct arena *arena,
    const struct campaign *campaign, const struct mailing *mailing,
    int64_t signature, int64_t now, struct job *out)
{
	struct mailing_words words = { .campaign = campaign,
	    .mailing = *mailing };
	struct person *p = arena_alloc(arena, sizeof *p);
	enum status st;

	*out = (struct job){ 0 };
	st = store_mailing_texts(setup->store, arena, mailing->id, &words.texts,
	    &words.count);
	if (st == OK && words.count == 0)
		st = INVALID;
	if (st == OK)
		st = store_signature_get(setup->store, arena, signature, &p->sig);
	if (st == OK)
		st = person_open(setup, arena, p);
	if (st == OK)
		st = figures_read(&words.figures, setup->store, arena,
		    mailing->campaign, mailing->id, now);
	if (st != OK)
		return st;
	figures_set(&words.figures_set, arena, &words.figures);
	mailing_make(setup, arena, &words, p, now, out);
	return OK;
}
