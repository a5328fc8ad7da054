/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "config/campaign.h"
#include "message/visit.h"
#include "outbox/outbox.h"
#include "petition/act.h"
#include "petition/reach.h"
#include "petition/visit.h"
#include "seal/sha256.h"
#include "store/consent.h"

/* ---- signing --------------------------------------------------------------- */

static bool
may_sign(const struct act *act)
{
	enum signature_state next;

	return !signature_is_signed(act->sig.state) && state_next(
	    act->sig.state, EVENT_CONFIRM, act->sig.expires_at != 0, &next);
}

/* What signing would keep, by the rule that signing itself goes by (P3). */
static enum status
show_fields(const struct act *act, struct seen *out)
{
	struct consent *list = NULL;
	size_t count = 0;
	enum status st;

	out->hidden = act->sig.hidden;
	if (act_answers_old_request(act))
		return OK;
	st = store_consents(act_store(act), act->arena, act->sig.id, &list,
	    &count);
	out->shared = outbox_shared(act->arena, act->campaign, list, count,
	    false);
	out->name = act->who.name;
	out->city = act->who.city;
	out->comment = act->who.comment;
	out->country = act->sig.country;
	out->updates = act->sig.updates;
	return st;
}

/* Did the page show a text that can be signed now, in whatever language?  Then
 * it is that one which is. */
static bool
showed_text(struct act *act, const char *name)
{
	const struct campaign_language *l = act->campaign->languages;
	const struct campaign_language *end = l + act->campaign->language_count;
	char now[SHA256_NAME + 1];

	for (; name != NULL && l < end; l++) {
		seal_sha256_name(l->petition_bytes, l->petition_len, now);
		if (strcmp(now, name) == 0) {
			act->page = l->code;
			return true;
		}
	}
	return false;
}

/* TEXT: what was shown to her where the button was pressed. */
static enum status
visit_confirm(struct act *act, bool press, const char *text, struct seen *out)
{
	enum status st = OK;

	/* Not counted is not told: to her it looks like any other. */
	if (signature_is_signed(act->sig.state))
		out->kind = SEEN_SIGNED;
	else if (!may_sign(act))
		return OK;
	else if (act->campaign_state != CAMPAIGN_OPEN)
		out->kind = SEEN_CLOSED;
	else if (!press || !showed_text(act, text)) {
		out->kind = SEEN_MAY_SIGN;
		out->changed = press && text != NULL;
		st = show_fields(act, out);
	} else {
		st = act_wrote(act);    /* her mailbox lives */
		if (st == OK)
			st = act_confirm(act);
		out->kind = SEEN_SIGNED;
		out->number = act->sig.number;
	}
	return st;
}

/* ---- stopping ---------------------------------------------------------------- */

static enum status
visit_stop(struct act *act, bool press, struct seen *out)
{
	bool pending = act->sig.state == SIGNATURE_PENDING;

	out->kind = SEEN_STOPPED;
	out->declines = pending;
	if (press)
		return act_unsubscribe(act);
	if (act->sig.updates || pending)
		out->kind = SEEN_MAY_STOP;
	return OK;
}

/* ---- either -------------------------------------------------------------------- */

static enum status
find_person(struct act *act, const struct visit *visit)
{
	int64_t person;
	enum status st = act_take_token(act, visit->purpose, visit->token,
	    clock_day(act->now), &person);

	if (st != OK)
		return NOT_FOUND;
	st = act_load_person(act, person);
	/* Damaged: a stop needs no name; what cannot be shown is not confirmed. */
	return st != DENIED ? st : visit->purpose == PURPOSE_UNSUBSCRIBE ? OK :
	    NOT_FOUND;
}

/* A press is a letter of hers that says nothing. */
static void
write_letter(struct letter *letter, const struct visit *visit)
{
	*letter = (struct letter){
		.reverse_path = "", .author_state = AUTHOR_NONE,
		.nature = NATURE_HUMAN, .subject = "", .text = "",
		.to = { .purpose = visit->purpose, .slug = visit->slug,
		    .token = visit->token },
		.said.verb = VERB_NONE,
	};
}

static void
log_visit(const struct act *act, const struct visit *visit)
{
	log_info("g=%lld campaign=%s purpose=%s way=web done=%s",
	    (long long)act->sig.id, act->campaign->slug,
	    visit->purpose == PURPOSE_CONFIRM ? "confirm" : "unsubscribe",
	    act->done == NULL ? "nothing" : act->done);
}

enum status
petition_visit(struct petition *p, struct arena *arena,
    const struct visit *visit, int64_t now, struct seen *out)
{
	bool press = visit->kind == VISIT_ACT;
	struct letter letter;
	struct act act;
	enum status st = act_begin(&act, p, arena, visit->slug, now);

	*out = (struct seen){ .kind = SEEN_NOTHING };
	if (st == OK && act.campaign_state != CAMPAIGN_DRAFT)
		st = find_person(&act, visit);
	else if (st == OK)
		st = NOT_FOUND;
	if (st != OK)
		return st == NOT_FOUND ? OK : st;
	write_letter(&letter, visit);
	act.letter = &letter;
	act.web = true;
	out->slug = act.campaign->slug;
	out->language = act.sig.language;
	out->masked = visit_mask(arena, act.who.address);
	st = visit->purpose == PURPOSE_CONFIRM ?
	    visit_confirm(&act, press, visit->text, out) : visit_stop(&act, press, out);
	if (st == OK && press)
		log_visit(&act, visit);
	if (out->kind == SEEN_NOTHING)
		*out = (struct seen){ .kind = SEEN_NOTHING };
	return st;
}
