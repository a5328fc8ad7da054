/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "config/campaign.h"
#include "petition/act.h"
#include "petition/consent.h"
#include "store/consent.h"
#include "words/named.h"
#include "words/text.h"

/* ---- which organisations ----------------------------------------------------- */

/* By its name or its id, of which a part is nobody's. */
static enum likeness
likeness(struct arena *arena, const struct campaign_organisation *o,
    const char *said)
{
	enum likeness id = named_likeness(text_bare(arena, o->id), said);
	enum likeness name = named_likeness(text_bare(arena, o->name), said);

	return id > name && id != LIKE_PART ? id : name;
}

static void
add_wish(struct act *act, const char *id)
{
	size_t i;

	for (i = 0; i < act->wish.shares; i++)
		if (strcmp(act->wish.share[i], id) == 0)
			return;
	if (act->wish.shares < CONSENT_SHARES)
		act->wish.share[act->wish.shares++] = id;
}

enum meant { MEANT_NONE, MEANT_ONE, MEANT_UNCLEAR };

/* By its whole name or its id, with an article or without, or by a part that is
 * of this one only: among all, also those that do not ask for it.  What could be
 * either of two is neither: it would give her name to somebody she does not
 * mean. */
static enum meant
find_meant(struct act *act, const char *said)
{
	const struct campaign_organisation *o = act->campaign->organisations;
	const struct campaign_organisation *end =
	    o + act->campaign->organisation_count, *meant = NULL;
	enum likeness best = LIKE_PART, like;
	size_t so_many = 0;

	for (; o < end; o++) {
		like = likeness(act->arena, o, said);
		if (like == UNLIKE || like < best)
			continue;
		so_many = like > best ? 1 : so_many + 1;
		best = like;
		meant = o;
	}
	if (so_many == 0)
		return MEANT_NONE;
	if (so_many > 1 || !meant->share)
		return MEANT_UNCLEAR;
	add_wish(act, meant->id);
	return MEANT_ONE;
}

/* One line, by "Nordic Committee, Pamir Solidarity" at most; but a comma may
 * belong to a name. */
static void
find_each(struct act *act, const char *line)
{
	enum meant meant = find_meant(act, text_bare(act->arena, line));
	const char *part;
	size_t len;

	act->wish.unclear |= meant == MEANT_UNCLEAR;
	if (meant != MEANT_NONE)
		return;
	for (; *line != '\0'; line += len + (line[len] != '\0')) {
		len = strcspn(line, ",;");
		part = text_bare(act->arena,
		    arena_strndup(act->arena, line, len));
		if (*part != '\0' && find_meant(act, part) != MEANT_ONE)
			act->wish.unclear = true;
	}
}

/* Each line by itself.  Without a name it is not clear, even where one
 * organisation alone asks for it: "Please share!" is what people say of a
 * petition. */
static void
take_share(struct act *act, const char *said)
{
	size_t len;

	if (said == NULL || *said == '\0')
		act->wish.unclear = true;
	for (; said != NULL && *said != '\0'; said += len + (said[len] != '\0')) {
		len = strcspn(said, "\n");
		find_each(act, arena_strndup(act->arena, said, len));
	}
}

bool
consent_take(struct act *act)
{
	const struct said *said = &act->letter->said;

	act->wish.shares = 0;
	act->wish.unclear = (said->wishes & WISH_UNCLEAR) != 0;
	act->wish.unshare = (said->wishes & WISH_UNSHARE) != 0;
	if ((said->wishes & WISH_SHARE) != 0 &&
	    (said->field[FIELD_SHARE] != NULL || !act->wish.unclear))
		take_share(act, said->field[FIELD_SHARE]);
	return act->wish.shares > 0 || act->wish.unshare;
}

const char *
consent_unclear(const struct act *act)
{
	return act->wish.unclear ? "share_unclear" : NULL;
}

/* ---- what is kept --------------------------------------------------------------- */

static enum status
add(struct act *act, enum consent_kind kind, const char *about, bool given,
    int64_t text)
{
	const struct consent c = { .signature = act->sig.id, .kind = kind,
	    .about = about, .given = given, .day = clock_day(act->now),
	    .text = text };

	return store_consent_add(act_store(act), &c);
}

static enum status
take_back_shares(struct act *act, const struct consent *list, size_t count,
    int64_t text)
{
	enum status st = OK;
	size_t i;

	for (i = 0; st == OK && i < count; i++)
		if (list[i].kind == CONSENT_SHARE && consent_holds(list, count, i))
			st = add(act, CONSENT_SHARE, list[i].about, false, text);
	return st;
}

/* Was the letter found by its address alone, which anybody can write? */
static bool
is_anybodys(const struct act *act)
{
	return act->found != NULL;
}

/* While she is asked, her DO NOT SHARE stands against those letters that anybody
 * may write in her name (C5). */
static enum status
refuse_shares(struct act *act, int64_t text)
{
	const struct campaign *c = act->campaign;
	enum status st = OK;
	size_t i;

	if (is_anybodys(act) || signature_is_signed(act->sig.state))
		return OK;
	for (i = 0; st == OK && i < c->organisation_count; i++)
		if (c->organisations[i].share)
			st = add(act, CONSENT_SHARE, c->organisations[i].id,
			    false, text);
	return st;
}

/* Is it news that she shares with WITH, and hers to say? */
static bool
may_share(const struct act *act, const struct consent *list, size_t count,
    const char *with)
{
	const struct consent *c = consent_last(list, count, CONSENT_SHARE, with);

	return c == NULL || (!c->given && !is_anybodys(act));
}

/* What she says of sharing, after what the store has of her; what is said once
 * more is no news. */
static enum status
add_wish_rows(struct act *act, int64_t text)
{
	struct consent *list = NULL;
	size_t count = 0, i;
	enum status st = OK;

	if (act->wish.shares > 0 || act->wish.unshare)
		st = store_consents(act_store(act), act->arena, act->sig.id,
		    &list, &count);
	if (st == OK && act->wish.unshare) {
		st = take_back_shares(act, list, count, text);
		if (st == OK)
			st = refuse_shares(act, text);
		count = 0;
	}
	for (i = 0; st == OK && i < act->wish.shares; i++)
		if (may_share(act, list, count, act->wish.share[i]))
			st = add(act, CONSENT_SHARE, act->wish.share[i], true,
			    text);
	act->wish.shares = 0;
	act->wish.unshare = false;
	return st;
}

static bool
is_wished(const struct act *act, const char *id)
{
	size_t i;

	for (i = 0; i < act->wish.shares; i++)
		if (strcmp(act->wish.share[i], id) == 0)
			return true;
	return false;
}

/* Whoever answers more than yes may have said in her own words that she wants none
 * of it: what she does not repeat is not shared, and she is told. */
static enum status
adopt_share(struct act *act, const char *with, int64_t text)
{
	if (!act->letter->said.other)
		return add(act, CONSENT_SHARE, with, true, text);
	if (!act->wish.unshare && !is_wished(act, with))
		act->wish.unclear = true;
	return OK;
}

/* What the request showed her becomes her own (C4): with those organisations that
 * ask for it still, from today on. */
static enum status
adopt_shares(struct act *act, int64_t text)
{
	const struct campaign_organisation *o;
	struct consent *list = NULL;
	size_t count = 0, i;
	enum status st = store_consents(act_store(act), act->arena, act->sig.id,
	    &list, &count);

	if (st == OK && count > 0)
		st = store_consents_forget(act_store(act), act->sig.id);
	for (i = 0; st == OK && i < count; i++) {
		o = campaign_organisation(act->campaign, list[i].about);
		if (list[i].kind == CONSENT_SHARE && o != NULL && o->share &&
		    consent_holds(list, count, i))
			st = adopt_share(act, o->id, text);
	}
	return st;
}

static enum status
now_confirmed(struct act *act)
{
	int64_t text = act->sig.words;
	enum status st = adopt_shares(act, text);

	if (st == OK)
		st = add(act, CONSENT_COUNT, "", true, text);
	if (st == OK)
		st = add(act, CONSENT_LIST, "", !act->sig.hidden, text);
	if (st == OK && act->sig.updates)
		st = add(act, CONSENT_UPDATES, "", true, text);
	return st == OK ? add_wish_rows(act, text) : st;
}

static enum status
now_changed(struct act *act)
{
	bool list = act->sig.hidden != act->was.hidden;
	bool updates = act->sig.updates != act->was.updates;
	enum status st;
	int64_t text;

	if (!list && !updates && act->wish.shares == 0 && !act->wish.unshare)
		return OK;
	st = wording_id(act->petition, act->campaign, act->campaign_id,
	    act->sig.language, act->now, &text);
	if (st == OK && list)
		st = add(act, CONSENT_LIST, "", !act->sig.hidden, text);
	if (st == OK && updates)
		st = add(act, CONSENT_UPDATES, "", act->sig.updates, text);
	return st == OK ? add_wish_rows(act, text) : st;
}

enum status
consent_saved(struct act *act)
{
	bool signed_before = signature_is_signed(act->was.state);
	enum status st = OK;

	if (signature_is_signed(act->sig.state))
		st = signed_before ? now_changed(act) : now_confirmed(act);
	else if (act->sig.expires_at != 0)      /* she is asked */
		st = add_wish_rows(act, act->sig.words);
	act->was = act->sig;
	return st;
}

static bool
is_refused(const struct consent *list, size_t count, size_t i)
{
	return list[i].kind == CONSENT_SHARE && !list[i].given &&
	    consent_last(list, count, CONSENT_SHARE, list[i].about) == &list[i];
}

enum status
consent_drop(struct act *act)
{
	struct consent *list = NULL;
	size_t count = 0, i;
	enum status st = OK;

	act->sig.words = 0;
	if (act->sig.id != 0)
		st = store_consents(act_store(act), act->arena, act->sig.id,
		    &list, &count);
	if (st == OK && count > 0)
		st = store_consents_forget(act_store(act), act->sig.id);
	for (i = 0; st == OK && i < count; i++)
		if (is_refused(list, count, i))
			st = store_consent_add(act_store(act), &list[i]);
	return st;
}

enum status
consent_ask_again(struct act *act)
{
	return wording_id(act->petition, act->campaign, act->campaign_id,
	    act->sig.language, act->now, &act->sig.words);
}

enum status
consent_ask(struct act *act, bool open)
{
	enum status st = OK;

	if (open)
		st = consent_drop(act);
	else if (act->sig.id != 0)
		st = store_consents_forget(act_store(act), act->sig.id);
	return st == OK ? consent_ask_again(act) : st;
}
