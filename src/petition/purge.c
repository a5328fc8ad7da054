/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/campaign.h"
#include "config/config.h"
#include "logbook/leaf.h"
#include "petition/act.h"
#include "petition/policy.h"
#include "petition/purge.h"
#include "petition/retention.h"
#include "petition/spare.h"
#include "seal/parts.h"
#include "seal/sealed.h"
#include "store/consent.h"
#include "store/ending.h"
#include "store/history.h"
#include "store/mailing.h"
#include "store/paper.h"
#include "store/review.h"

#define ROWS_MOST 500           /* of a step */
#define STEP 200                /* of the keeper */
#define STRANGER_DAYS (2 * POLICY_ASKED_DAYS)   /* then the limits are as new */
#define NOTE "purge.day"
#define JUMP 8                  /* days without a run, by the clock */
#define JUMP_WAIT ((int64_t)CLOCK_DAY * 1000)

enum stage { SIGNATURES, PAPER, LOGS, TRAITS, PARKED, KEYS, STAGES };

static const char *const texts[PURGE_CLASSES] = {
	[PURGE_PENDING] = "pending", [PURGE_NAMES] = "names",
	[PURGE_COMMENTS] = "comments", [PURGE_ADDRESSES] = "addresses",
	[PURGE_PAPER] = "paper", [PURGE_TRACES] = "traces",
	[PURGE_HISTORY] = "history", [PURGE_LOGS] = "logs",
	[PURGE_PARKED] = "parked", [PURGE_TRAITS] = "traits",
	[PURGE_KEYS] = "keys",
};

const char *
purge_class_text(enum purge_class class)
{
	return class < PURGE_CLASSES ? texts[class] : "?";
}

/* ---- one step ----------------------------------------------------------------- */

struct place {
	const struct campaign *c;
	int64_t id;
	struct ending ending;
	struct retention due;
};

struct step {
	struct petition *p;
	struct arena *arena;
	struct purge *run;
	struct place *places;
	size_t count;
	size_t limit;
	int64_t now;
};

/* Read each time: staff may close one, or change its days, in the middle. */
static enum status
find_places(struct step *s)
{
	const struct campaigns *all = s->p->with.campaigns;
	enum campaign_state state;
	enum status st = OK;
	size_t i;

	s->places = arena_alloc(s->arena,
	    (campaigns_count(all) + 1) * sizeof *s->places);
	for (i = 0; st == OK && i < campaigns_count(all); i++) {
		struct place *place = &s->places[s->count];

		place->c = campaigns_at(all, i);
		if (s->run->slug != NULL &&
		    strcmp(s->run->slug, place->c->slug) != 0)
			continue;
		st = store_campaign(s->p->with.store, place->c->slug,
		    &place->id, &state);
		if (st == OK)
			st = store_ending_get(s->p->with.store, place->id,
			    &place->ending);
		if (st == NOT_FOUND) {
			st = OK;
			continue;
		}
		retention_of(place->c, &place->ending, &place->due);
		s->count++;
	}
	return st;
}

static const struct place *
place_of(const struct step *s, int64_t campaign)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->places[i].id == campaign)
			return &s->places[i];
	return NULL;
}

static void
count(struct step *s, enum purge_class class, int64_t n)
{
	s->run->n[class] += n;
	if (n > 0 && !s->run->dry)
		store_removed(s->p->with.store);
}

/* ---- of a signer ---------------------------------------------------------------- */

static enum status
expire(struct step *s, const struct place *place, const struct signature *sig)
{
	struct act act;
	enum status st;

	count(s, PURGE_PENDING, 1);
	if (s->run->dry)
		return OK;
	st = act_begin(&act, s->p, s->arena, place->c->slug, s->now);
	if (st == OK)
		st = act_load_person(&act, sig->id);
	return st != OK && st != DENIED ? st : act_expire(&act, EVENT_EXPIRE);
}

/* She cannot be written to any more, so nothing is kept for it. */
static enum status
drop_address(struct step *s, struct signature *sig)
{
	struct store *store = s->p->with.store;
	enum status st;

	sig->identity = sig->sealed = (struct blob){ NULL, 0 };
	sig->updates = false;
	st = store_outbox_remove_of(store, sig->id, OUTBOX_CLASSES);
	if (st == OK)
		st = store_ledger_gone(store, sig->id, s->now);
	return st == OK ? store_history_forget(store, sig->id) : st;
}

static void
seal_rest(struct step *s, struct signature *sig, const struct identity *who)
{
	struct buf sealed = BUF_INIT;

	identity_seal(s->p->with.keys, sig->campaign, sig->key, who, &sealed);
	sig->identity = (struct blob){ arena_strndup(s->arena, sealed.data,
	    sealed.len), sealed.len };
	buf_free(&sealed);
}

/* What has come to its time, of what there is. */
struct over {
	bool address, name, comment;
};

/* True when there is something to be done. */
static bool
count_over(struct step *s, struct over *over, bool has_name, bool has_comment)
{
	over->name = (over->name || over->address) && has_name;
	over->comment = (over->comment || over->address) && has_comment;
	count(s, PURGE_NAMES, over->name);
	count(s, PURGE_COMMENTS, over->comment);
	count(s, PURGE_ADDRESSES, over->address);
	return (over->name || over->comment || over->address) && !s->run->dry;
}

/* What is left is sealed again. */
static enum status
trim_open(struct step *s, struct over *over, struct signature *sig)
{
	struct identity who;
	enum status st = identity_open(s->p->with.keys, sig->campaign, sig->key,
	    sig->identity.data, sig->identity.len, s->arena, &who);

	if (st == DENIED && !over->address)
		return OK;              /* damaged; it goes with its address */
	if (!count_over(s, over, who.name != NULL || who.city != NULL,
	    who.comment != NULL))
		return OK;
	if (over->name)
		who.name = who.city = NULL;
	if (over->comment)
		who.comment = NULL;
	st = OK;
	if (over->address)
		st = drop_address(s, sig);
	else
		seal_rest(s, sig, &who);
	return st == OK ? store_signature_put(s->p->with.store, sig) : st;
}

/* Each part has a box of its own, so nothing needs to be opened. */
static enum status
trim_sealed(struct step *s, struct over *over, struct signature *sig)
{
	struct buf left = BUF_INIT;
	struct parts parts;
	enum status st = OK;

	if (parts_read(&parts, sig->sealed.data, sig->sealed.len) != OK &&
	    !over->address)
		return OK;
	if (!count_over(s, over, parts.part[PART_NAME].len > 0 ||
	    parts.part[PART_CITY].len > 0, parts.part[PART_COMMENT].len > 0))
		return OK;
	if (over->name)
		parts.part[PART_NAME].len = parts.part[PART_CITY].len = 0;
	if (over->comment)
		parts.part[PART_COMMENT].len = 0;
	if (over->address)
		st = drop_address(s, sig);
	else {
		parts_write(&parts, &left);
		sig->sealed = (struct blob){ arena_strndup(s->arena, left.data,
		    left.len), left.len };
	}
	buf_free(&left);
	return st == OK ? store_signature_put(s->p->with.store, sig) : st;
}

static enum status
trim(struct step *s, const struct place *place, struct signature *sig)
{
	const struct retention *due = &place->due;
	struct over over = {
		.address = s->now >= (sig->updates ? due->addresses :
		    due->quiet),
		.name = s->now >= due->names,
		.comment = s->now >= due->comments,
	};

	if (!over.address && !over.name && !over.comment)
		return OK;
	return sig->sealed.len > 0 ? trim_sealed(s, &over, sig) :
	    trim_open(s, &over, sig);
}

/* Of her a count is left: state, country, language, source and days. */
static enum status
untrace(struct step *s, struct signature *sig)
{
	struct store *store = s->p->with.store;
	unsigned char key[STORE_HASH];
	enum status st;

	count(s, PURGE_ADDRESSES, sig->identity.len > 0 || sig->sealed.len > 0);
	count(s, PURGE_TRACES, 1);
	if (s->run->dry)
		return OK;
	st = drop_address(s, sig);
	if (st == OK)
		st = leaf_forget(s->p->with.store, s->arena, sig);
	sig->number = 0;
	sig->hidden = sig->unreachable = false;
	sig->requests = NOBODY;
	sig->answers = sig->asked = sig->actions = 0;
	sig->requested_at = sig->next_at = sig->expires_at = 0;
	sig->answered_day = 0;
	sig->words = 0;
	if (st == OK)
		st = store_consents_forget(store, sig->id);
	seal_random(key, sizeof key);
	if (st == OK)
		st = store_signature_put(store, sig);
	return st == OK ? store_signature_rekey(store, sig->id, key) : st;
}

/* Who wrote and never signed: a hash and what limits mail to it. */
static enum status
drop_stranger(struct step *s, const struct signature *sig)
{
	struct store *store = s->p->with.store;
	int32_t last = sig->answered_day > sig->created_day ?
	    sig->answered_day : sig->created_day;
	enum status st;

	if (clock_day(s->now) - last < STRANGER_DAYS)
		return OK;
	count(s, PURGE_TRACES, 1);
	if (s->run->dry)
		return OK;
	st = store_outbox_remove_of(store, sig->id, OUTBOX_CLASSES);
	if (st == OK)
		st = store_history_forget(store, sig->id);
	return st == OK ? store_signature_remove(store, sig->id) : st;
}

static enum status
look_at(struct step *s, struct signature *sig)
{
	const struct place *place = place_of(s, sig->campaign);

	if (place == NULL || sig->state == SIGNATURE_ERASED)
		return OK;              /* R4 */
	if (sig->state == SIGNATURE_STRANGER)
		return drop_stranger(s, sig);
	if (sig->expires_at != 0)
		return s->now >= sig->expires_at ? expire(s, place, sig) : OK;
	if (s->now >= place->due.traces)
		return sig->requests == NOBODY ? OK : untrace(s, sig);
	return sig->identity.len > 0 || sig->sealed.len > 0 ?
	    trim(s, place, sig) : OK;
}

static enum status
purge_history(struct step *s, int64_t after, int64_t last)
{
	enum status st = OK;
	int64_t n;
	size_t i;

	for (i = 0; st == OK && i < s->count; i++) {
		const struct place *place = &s->places[i];

		st = store_history_purge(s->p->with.store, place->id, after,
		    last, s->now - (int64_t)place->c->retention.history *
		    CLOCK_DAY, s->run->dry, &n);
		count(s, PURGE_HISTORY, n);
	}
	return st;
}

static enum status
signatures(struct step *s, bool *done)
{
	struct signature *rows = arena_alloc(s->arena,
	    s->limit * sizeof *rows);
	size_t n, i;
	enum status st = store_signature_range(s->p->with.store, s->arena,
	    s->run->after, rows, s->limit, &n);

	*done = n == 0;
	for (i = 0; st == OK && i < n; i++) {
		spare_named(s->run->spare, rows[i].campaign, &rows[i].sealed);
		st = look_at(s, &rows[i]);
	}
	if (st == OK && n > 0)
		st = purge_history(s, s->run->after, rows[n - 1].id);
	if (st == OK && n > 0) {
		s->run->after = rows[n - 1].id;
		s->run->looked += (int64_t)n;
	}
	return st;
}

/* ---- of a campaign ------------------------------------------------------------------ */

/* Goes on to the next campaign when THIS one is done. */
static void
next(struct step *s, bool this, bool *done)
{
	*done = false;
	if (!this)
		return;
	s->run->campaign++;
	s->run->after = 0;
	*done = s->run->campaign >= s->count;
}

static enum status
untrace_paper(struct step *s, const struct paper *row)
{
	unsigned char key[STORE_HASH];

	count(s, PURGE_PAPER, 1);
	if (s->run->dry)
		return OK;
	seal_random(key, sizeof key);
	return store_paper_untrace(s->p->with.store, row->id, key);
}

static enum status
paper(struct step *s, bool *done)
{
	const struct place *place = &s->places[s->run->campaign];
	struct paper *rows = arena_alloc(s->arena, s->limit * sizeof *rows);
	size_t n, i;
	enum status st = store_paper_list(s->p->with.store, s->arena, place->id,
	    s->run->after, rows, s->limit, &n);

	for (i = 0; st == OK && i < n; i++) {
		s->run->after = rows[i].id;
		spare_named(s->run->spare, place->id, &rows[i].sealed);
		if (s->now >= place->due.paper &&
		    (rows[i].identity.len > 0 || rows[i].sealed.len > 0))
			st = untrace_paper(s, &rows[i]);
	}
	next(s, n == 0, done);
	return st;
}

static enum status
logs(struct step *s, bool *done)
{
	struct store *store = s->p->with.store;
	const struct place *place = &s->places[s->run->campaign];
	int64_t id, n = 0;
	enum status st = store_mailing_over(store, place->id, s->run->after,
	    s->now - (int64_t)place->c->retention.logs * CLOCK_DAY, &id);

	if (st == OK && s->run->dry)
		st = store_mailing_rows(store, id, &n);
	else if (st == OK)
		st = store_mailing_empty(store, id, s->limit, &n);
	count(s, PURGE_LOGS, n);
	if (st == OK)
		s->run->after = id;
	next(s, st == NOT_FOUND, done);
	return st == NOT_FOUND || st == AGAIN ? OK : st;
}

/* From the mail on, whether the campaign has ended or not. */
static enum status
traits(struct step *s, bool *done)
{
	const struct place *place = &s->places[s->run->campaign];
	int64_t n = 0;
	enum status st = store_trait_purge(s->p->with.store, place->id,
	    (int32_t)((s->now - (int64_t)place->c->retention.traits * CLOCK_DAY) /
	    CLOCK_HOUR), s->run->dry ? SIZE_MAX : s->limit, s->run->dry, &n);

	count(s, PURGE_TRAITS, n);
	next(s, st != AGAIN, done);
	return st == AGAIN ? OK : st;
}

static enum status
parked(struct step *s, bool *done)
{
	int64_t n = 0;
	enum status st = s->run->slug != NULL ? OK : store_parked_purge(
	    s->p->with.store, s->now - (int64_t)
	    s->p->with.config->retention.parked * CLOCK_DAY, s->run->dry, &n);

	count(s, PURGE_PARKED, n);
	*done = true;
	return st;
}

/* ---- data keys ------------------------------------------------------------------ */

/* Before the first row is looked at. */
static enum status
list_keys(struct step *s)
{
	enum status st = OK;
	size_t i;

	purge_end(s->run);
	s->run->spare = spare_new();
	for (i = 0; st == OK && i < s->count; i++)
		st = spare_add(s->run->spare, s->p->with.store, s->places[i].id,
		    s->now);
	return st;
}

static enum status
keys(struct step *s, bool *done)
{
	int64_t n;
	enum status st = spare_remove(s->run->spare, s->p->with.store, s->limit,
	    s->run->dry, s->now, &n);

	count(s, PURGE_KEYS, n);
	*done = st == OK;
	return st == AGAIN ? OK : st;
}

/* ---- a run ----------------------------------------------------------------------------- */

void
purge_end(struct purge *run)
{
	spare_free(&run->spare);
}

/* All of them have been looked at: nobody can be found any more. */
static enum status
note_untraced(struct step *s)
{
	enum status st = OK;
	size_t i;

	for (i = 0; st == OK && !s->run->dry && i < s->count; i++) {
		struct ending e = s->places[i].ending;

		if (e.untraced || s->now < s->places[i].due.traces)
			continue;
		e.untraced = true;
		st = store_ending_put(s->p->with.store, s->places[i].id, &e);
	}
	return st;
}

static const struct {
	enum status (*look)(struct step *, bool *done);
	bool by_campaign;
} stages[STAGES] = {
	[SIGNATURES] = { signatures, false }, [PAPER] = { paper, true },
	[LOGS] = { logs, true }, [TRAITS] = { traits, true },
	[PARKED] = { parked, false }, [KEYS] = { keys, false },
};

enum status
petition_purge(struct petition *p, struct arena *arena, struct purge *run,
    size_t limit, int64_t now)
{
	struct step s = { .p = p, .arena = arena, .run = run, .now = now,
	    .limit = limit < ROWS_MOST ? limit : ROWS_MOST };
	bool done = true;
	enum status st = find_places(&s);

	if (st == OK && run->spare == NULL)
		st = list_keys(&s);
	if (st == OK && (s.count > 0 || !stages[run->stage].by_campaign))
		st = stages[run->stage].look(&s, &done);
	if (st == OK && done && run->stage == SIGNATURES)
		st = note_untraced(&s);
	if (st != OK || !done)
		return st == OK ? AGAIN : st;
	run->stage++;
	run->campaign = 0;
	run->after = 0;
	if (run->stage < STAGES)
		return AGAIN;
	purge_end(run);
	return OK;
}

/* ---- every day --------------------------------------------------------------------------- */

/* R5.  A server that was off for so long waits for a day as well. */
static bool
has_jumped(struct petition *p, int32_t today, int64_t tick)
{
	if (p->purge_day == 0 || today - p->purge_day < JUMP ||
	    clock_is_moved())
		return false;
	if (p->purge_from == 0) {
		p->purge_from = tick + JUMP_WAIT;
		log_warnx("purge=waits days=%d since the last; if the clock is "
		    "right, nothing needs to be done", today - p->purge_day);
	}
	return tick < p->purge_from;
}

bool
petition_purge_due(struct petition *p, int64_t now, int64_t tick)
{
	int32_t today = clock_day(now);
	int64_t day = 0;

	if (p->purging)
		return true;
	if (!p->purge_read) {
		if (store_note_get(p->with.store, NOTE, &day) == STORE_FAILED)
			return false;
		p->purge_read = true;
		p->purge_day = (int32_t)day;
	}
	/* A clock that was ahead does not put it off. */
	return today != p->purge_day && !has_jumped(p, today, tick);
}

static void
log_run(const struct purge *run)
{
	struct buf b = BUF_INIT;
	int i;

	for (i = 0; i < PURGE_CLASSES; i++)
		if (run->n[i] > 0)
			buf_addf(&b, " %s=%lld", texts[i], (long long)run->n[i]);
	log_info("purge=done looked=%lld%s", (long long)run->looked,
	    b.len > 0 ? b.data : "");
	buf_free(&b);
}

enum status
petition_purge_step(struct petition *p, struct arena *arena, int64_t now)
{
	enum status st;

	if (!p->purging)
		p->purge = (struct purge){ .slug = NULL };
	if (!p->purging || now < p->purge_at)
		p->purge_at = now;
	p->purging = true;
	st = petition_purge(p, arena, &p->purge, STEP, p->purge_at);
	if (st == AGAIN)
		return st;
	p->purging = false;
	purge_end(&p->purge);
	p->purge_from = 0;
	if (st == OK)
		st = store_note_set(p->with.store, NOTE, clock_day(p->purge_at));
	p->purge_day = clock_day(p->purge_at);
	if (st == OK)
		log_run(&p->purge);
	return st;
}
