/* mailing.c - the engine that sends updates
 *
 * A claim goes through these states, all in memory but for what the ledger
 * says: CLAIMED in a transaction, READY when that is committed, ON_WAY when
 * delivery has it, KNOWN when its end is known and waits for the next turn.
 * Relay trouble leads from ON_WAY back to READY; a claim that is not to be sent
 * any more (paused, stopping) goes from READY to KNOWN, to be given back.
 *
 * SPDX-License-Identifier: ISC
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/campaign.h"
#include "outbox/domains.h"
#include "outbox/mailing_job.h"
#include "outbox/outbox.h"
#include "outbox/segment.h"

#define RUNS 16                 /* updates that go out at once; more wait */
#define ENTRIES (2 * MAILING_WINDOW)
#define LOOK 4096               /* rows of signatures looked at in one turn */
#define COUNT_LOOK 2048         /* the same, when counting before it begins */
#define FIGURES_EACH 60         /* seconds */
#define STRAY_LATEST CLOCK_HOUR /* no mail is longer in delivery's hands */

enum entry_state { CLAIMED, READY, ON_WAY, KNOWN };
enum end { END_OUTCOME, END_GIVE_BACK, END_GONE };

struct entry {
	int64_t mailing, signature;
	enum entry_state state;
	enum end end;
	struct person *person;          /* or NULL: to be read */
	unsigned char domain[STORE_HASH];
	bool has_domain;
	bool stray;                     /* nobody was claimed for it here */
	struct outcome outcome;
};

struct run {
	struct mailing_words words;
	struct segment *segment;
	struct arena *arena;            /* words, segment */
	struct arena *figures_arena;
	int64_t figures_at;
	bool listed;                    /* in the last look at the rows */
	bool told;                      /* delivery has its words */
	bool more;                      /* there may be somebody to claim now */
};

struct counting {
	int64_t mailing;                /* 0: none */
	int64_t after, n;
};

struct mailings {
	struct outbox_setup setup;
	mailing_refused refused;
	void *refused_arg;
	const struct campaigns *campaigns;
	const int64_t *campaign_ids;
	struct domains *domains;
	struct run *run[RUNS];
	size_t runs, first;             /* whose turn is first */
	struct counting counting;
	struct arena *claims;           /* persons of this turn's claims */
	bool stopping;
	size_t count[KNOWN + 1];        /* entries in each state */
	size_t entries;
	int64_t id[ENTRIES];            /* of each entry; apart, to be searched */
	struct entry entry[ENTRIES];
};

/* ---- entries ---------------------------------------------------------------- */

static void
set_state(struct mailings *m, struct entry *e, enum entry_state state)
{
	m->count[e->state]--;
	m->count[state]++;
	e->state = state;
}

static struct entry *
add_entry(struct mailings *m, int64_t mailing, int64_t signature,
    enum entry_state state)
{
	struct entry *e;

	if (m->entries == ENTRIES)
		return NULL;
	m->id[m->entries] = mailing_job_id(mailing, signature);
	e = &m->entry[m->entries++];
	*e = (struct entry){ .mailing = mailing, .signature = signature,
	    .state = state };
	m->count[state]++;
	return e;
}

static struct entry *
find_entry(struct mailings *m, int64_t id)
{
	size_t i;

	for (i = 0; i < m->entries; i++)
		if (m->id[i] == id)
			return &m->entry[i];
	return NULL;
}

static void
remove_in_state(struct mailings *m, enum entry_state state)
{
	size_t i, to = 0;

	for (i = 0; i < m->entries; i++) {
		if (m->entry[i].state == state)
			continue;
		if (to < i) {
			m->entry[to] = m->entry[i];
			m->id[to] = m->id[i];
		}
		to++;
	}
	m->count[state] = 0;
	m->entries = to;
}

/* It is not to be sent any more: its end, for the next turn. */
static void
end_entry(struct mailings *m, struct entry *e, enum end end)
{
	e->end = end;
	set_state(m, e, KNOWN);
}

static void
give_back(struct mailings *m, int64_t mailing /* 0: all */)
{
	size_t i;

	for (i = 0; i < m->entries; i++)
		if (m->entry[i].state == READY &&
		    (mailing == 0 || m->entry[i].mailing == mailing))
			end_entry(m, &m->entry[i], END_GIVE_BACK);
}

size_t
mailings_on_way(const struct mailings *m)
{
	return m->count[ON_WAY];
}

size_t
mailings_waiting(const struct mailings *m)
{
	return m->count[READY];
}

size_t
mailings_unsettled(const struct mailings *m)
{
	return m->count[KNOWN];
}

/* ---- runs --------------------------------------------------------------------- */

static void
run_free(struct run **rp)
{
	struct run *r = *rp;

	arena_free(&r->arena);
	arena_free(&r->figures_arena);
	free(r);
	*rp = NULL;
}

static struct run *
find_run(struct mailings *m, int64_t mailing)
{
	size_t i;

	for (i = 0; i < m->runs; i++)
		if (m->run[i]->words.mailing.id == mailing)
			return m->run[i];
	return NULL;
}

static const struct campaign *
campaign_of(const struct mailings *m, int64_t id)
{
	size_t i, n = m->campaigns == NULL ? 0 : campaigns_count(m->campaigns);

	for (i = 0; i < n; i++)
		if (m->campaign_ids[i] == id)
			return campaigns_at(m->campaigns, i);
	return NULL;
}

/* Its words and whom it is for.  A copy of the row in the run's own memory. */
static enum status
run_load(struct mailings *m, struct run *r, const struct mailing *row)
{
	struct mailing_words *w = &r->words;
	struct reason why = { "" };
	enum status st;

	w->mailing = *row;
	w->mailing.segment = arena_strdup(r->arena, row->segment);
	w->mailing.author = (struct blob){ NULL, 0 };
	w->mailing.why = "";
	w->campaign = campaign_of(m, row->campaign);
	if (w->campaign == NULL)
		return NOT_FOUND;
	st = store_mailing_texts(m->setup.store, r->arena, row->id, &w->texts,
	    &w->count);
	if (st == OK && w->count == 0)
		st = INVALID;
	if (st == OK)
		st = segment_parse(&r->segment, r->arena, w->campaign,
		    w->mailing.segment, &why);
	return st;
}

static enum status
run_count(struct mailings *m, struct run *r, int64_t now)
{
	struct mailing_words *w = &r->words;
	enum status st;

	if (r->figures_at != 0 && now < r->figures_at + FIGURES_EACH)
		return OK;
	arena_reset(r->figures_arena);
	st = figures_read(&w->figures, m->setup.store, r->figures_arena,
	    w->mailing.campaign, w->mailing.id, now);
	w->figures_set.vars = 0;
	if (st == OK)
		figures_set(&w->figures_set, r->figures_arena, &w->figures);
	r->figures_at = st == OK ? now : 0;
	return st;
}

/* A mailing whose campaign's folder is away waits for it. */
static enum status
run_add(struct mailings *m, const struct mailing *row)
{
	struct run *r = mem_alloc(sizeof *r);
	enum status st;

	r->arena = arena_new();
	r->figures_arena = arena_new();
	st = run_load(m, r, row);
	if (st == OK) {
		m->run[m->runs++] = r;
		return OK;
	}
	if (st == INVALID)
		log_warnx("u=%lld has no words, or is for signers that "
		    "cannot be told from others", (long long)row->id);
	run_free(&r);
	return st == NOT_FOUND || st == INVALID ? OK : st;
}

static void
drop_unlisted(struct mailings *m)
{
	size_t i, to = 0;

	for (i = 0; i < m->runs; i++)
		if (m->run[i]->listed)
			m->run[to++] = m->run[i];
		else {
			give_back(m, m->run[i]->words.mailing.id);
			run_free(&m->run[i]);
		}
	m->runs = to;
}

/* Is somebody due?  Also when it only is to be found done. */
static enum status
look_for_more(struct mailings *m, struct run *r, const struct mailing *row,
    int64_t now)
{
	int64_t due = CLOCK_NEVER;
	size_t room = 0;
	enum status st = domains_room(m->domains, now, &room);

	if (st == OK && row->later > 0)
		st = store_ledger_next(m->setup.store, row->id, &due);
	r->more = (room > 0 && (row->position < row->top || due <= now)) ||
	    (row->position >= row->top && row->claimed == 0 &&
	    row->later == 0);
	return st;
}

static enum status
take_running(struct mailings *m, struct arena *arena, int64_t now)
{
	struct mailing *rows;
	struct run *r;
	size_t count, i;
	enum status st = store_mailing_list(m->setup.store, arena, 0,
	    MAILING_SENDING, &rows, &count);

	for (i = 0; st == OK && i < count; i++) {
		r = find_run(m, rows[i].id);
		if (r == NULL && m->runs < RUNS) {
			st = run_add(m, &rows[i]);
			r = find_run(m, rows[i].id);
		}
		if (st != OK || r == NULL)
			continue;
		r->listed = true;
		st = run_count(m, r, now);
		if (st == OK)
			st = look_for_more(m, r, &rows[i], now);
	}
	return st;
}

static enum status
take_scheduled(struct mailings *m, struct arena *arena, int64_t now)
{
	struct mailing *rows;
	size_t count, i;
	enum status st = store_mailing_list(m->setup.store, arena, 0,
	    MAILING_SCHEDULED, &rows, &count);

	for (i = 0; st == OK && i < count; i++)
		if (rows[i].send_at <= now && m->counting.mailing == 0 &&
		    campaign_of(m, rows[i].campaign) != NULL)
			m->counting = (struct counting){ rows[i].id, 0, 0 };
	return st;
}

enum status
mailings_refresh(struct mailings *m, int64_t now)
{
	struct arena *arena = arena_new();
	enum status st;
	size_t i;

	for (i = 0; i < m->runs; i++)
		m->run[i]->listed = false;
	st = take_running(m, arena, now);
	if (st == OK) {
		drop_unlisted(m);
		st = take_scheduled(m, arena, now);
	}
	arena_free(&arena);
	return st;
}

/* ---- beginning ------------------------------------------------------------------ */

static enum status
begin(struct mailings *m, const struct mailing *row, int64_t now)
{
	struct mailing started;
	enum status st = store_mailing_begin(m->setup.store, row->id,
	    m->counting.n, now);
	struct arena *arena = arena_new();

	log_info("u=%lld begun for=%lld", (long long)row->id,
	    (long long)m->counting.n);
	m->counting.mailing = 0;
	if (st == OK)
		st = store_mailing_get(m->setup.store, arena, row->id, &started);
	if (st == OK && m->runs < RUNS && find_run(m, row->id) == NULL) {
		st = run_add(m, &started);
		if (find_run(m, row->id) != NULL)
			find_run(m, row->id)->more = true;
	}
	if (st == OK && find_run(m, row->id) != NULL)
		st = run_count(m, find_run(m, row->id), now);
	arena_free(&arena);
	return st;
}

/* How many it is for is counted a part in each turn, so that letters need not
 * wait for it. */
static enum status
count_some(struct mailings *m, struct arena *arena, int64_t now)
{
	struct signature *sigs;
	struct segment *segment;
	const struct campaign *campaign;
	struct reason why = { "" };
	struct mailing row;
	size_t n, i;
	enum status st = store_mailing_get(m->setup.store, arena,
	    m->counting.mailing, &row);

	campaign = st == OK ? campaign_of(m, row.campaign) : NULL;
	if (campaign == NULL || row.state != MAILING_SCHEDULED ||
	    segment_parse(&segment, arena, campaign, row.segment, &why) != OK) {
		m->counting.mailing = 0;
		return st == NOT_FOUND ? OK : st;
	}
	sigs = arena_alloc(arena, COUNT_LOOK * sizeof *sigs);
	st = store_mailing_candidates(m->setup.store, arena, row.campaign,
	    m->counting.after, INT64_MAX, COUNT_LOOK, sigs, COUNT_LOOK, &n,
	    &m->counting.after);
	for (i = 0; st == OK && i < n; i++)
		m->counting.n += segment_has(segment, &sigs[i]);
	if (st == OK && m->counting.after == INT64_MAX)
		st = begin(m, &row, now);
	return st;
}

/* ---- what became of them ---------------------------------------------------------- */

static int
code_of(const struct outcome *o)
{
	return o->code[0] * 1000000 + o->code[1] * 1000 + o->code[2];
}

static bool
asks_for_rest(const struct outcome *o)
{
	return o->reply == 421 || (o->code[0] == 4 && o->code[1] == 7);
}

static enum status
pause_mailing(struct mailings *m, struct arena *arena, int64_t mailing)
{
	struct mailing row;
	enum status st = store_mailing_get(m->setup.store, arena, mailing, &row);

	if (st != OK || row.state != MAILING_SENDING)
		return st == NOT_FOUND ? OK : st;
	row.state = MAILING_PAUSED;
	row.why = "a mail of it could not be made; the log says why";
	log_warnx("u=%lld paused a mail of it could not be made: mend the "
	    "campaign or the words, then resume it", (long long)mailing);
	return store_mailing_put(m->setup.store, &row);
}

static enum status
refuse(struct mailings *m, struct arena *arena, const struct entry *e,
    int64_t now)
{
	enum status st = store_ledger_settle(m->setup.store, e->mailing,
	    e->signature, LEDGER_FAILED, code_of(&e->outcome), now);

	return st != OK || m->refused == NULL ? st : m->refused(m->refused_arg,
	    arena, e->signature, &e->outcome, now);
}

/* In all five days from the first try. */
static enum status
try_later(struct mailings *m, struct arena *arena, const struct entry *e,
    int64_t now)
{
	struct later_row row = { .since = now };
	int64_t due, rested = now;
	enum status st = OK;

	if (asks_for_rest(&e->outcome) && e->has_domain)
		st = domains_rest(m->domains, e->domain, now);
	if (st == OK && e->has_domain)
		st = domains_due(m->domains, e->domain, false, now, &rested);
	if (st == OK)
		st = store_ledger_later_get(m->setup.store, e->mailing,
		    e->signature, &row);
	if (st == NOT_FOUND)
		st = OK;
	if (st != OK)
		return st;
	if (row.attempts == 0)
		row.since = now;
	due = now + outbox_pause(row.attempts);
	if (due - row.since > OUTBOX_LIFE)
		return refuse(m, arena, e, now);
	return store_ledger_later(m->setup.store, e->mailing, e->signature,
	    due > rested ? due : rested, true, now);
}

static enum status
write_outcome(struct mailings *m, struct arena *arena, const struct entry *e,
    int64_t now)
{
	struct store *store = m->setup.store;
	enum status st;

	switch (e->outcome.kind) {
	case OUTCOME_DELIVERED:
		return OK;              /* write_accepted */
	case OUTCOME_FAILED:
		return refuse(m, arena, e, now);
	case OUTCOME_IN_DOUBT:
		return store_ledger_settle(store, e->mailing, e->signature,
		    LEDGER_UNKNOWN, 0, now);
	case OUTCOME_DEFERRED:
		return try_later(m, arena, e, now);
	case OUTCOME_UNRENDERED:
		st = store_ledger_later(store, e->mailing, e->signature, now,
		    false, now);
		return st != OK ? st : pause_mailing(m, arena, e->mailing);
	default:
		return store_ledger_later(store, e->mailing, e->signature, now,
		    false, now);
	}
}

/* What delivery says of somebody whom this keeper has not handed to it may only
 * end a doubt, and one that is not old: delivery may have been taken over. */
static enum status
may_write(struct mailings *m, const struct entry *e, int64_t now)
{
	enum ledger_state state;
	int64_t at;
	int code;
	enum status st;

	if (!e->stray)
		return OK;
	st = store_ledger_get(m->setup.store, e->mailing, e->signature, &state,
	    &code, &at);
	return st != OK ? st : state == LEDGER_UNKNOWN &&
	    at >= now - STRAY_LATEST ? OK : EXISTS;
}

static enum status
write_known(struct mailings *m, struct arena *arena, const struct entry *e,
    int64_t now)
{
	return e->end == END_OUTCOME ?
	    write_outcome(m, arena, e, now) : e->end == END_GONE ?
	    store_ledger_settle(m->setup.store, e->mailing, e->signature,
	    LEDGER_GONE, 0, now) : store_ledger_later(m->setup.store,
	    e->mailing, e->signature, now, false, now);
}

/* Somebody who was forgotten meanwhile, or was settled before, stays so. */
static enum status
write_end(struct mailings *m, struct arena *arena, const struct entry *e,
    int64_t now)
{
	enum status st = may_write(m, e, now);

	if (st == OK)
		st = write_known(m, arena, e, now);
	return st == NOT_FOUND || st == EXISTS ? OK : st;
}

static bool
is_accepted(const struct entry *e)
{
	return e->state == KNOWN && e->end == END_OUTCOME &&
	    e->outcome.kind == OUTCOME_DELIVERED;
}

/* Nearly all of them: those of one mailing after the other. */
static enum status
write_accepted(struct mailings *m, int64_t now)
{
	int64_t ids[ENTRIES], mailing = 0;
	enum status st = OK;
	size_t i, n = 0;

	for (i = 0; st == OK && i < m->entries; i++) {
		const struct entry *e = &m->entry[i];

		if (!is_accepted(e))
			continue;
		if (e->mailing != mailing) {
			st = store_ledger_accept(m->setup.store, mailing, ids,
			    n, now);
			n = 0;
		}
		mailing = e->mailing;
		ids[n++] = e->signature;
		if (st == OK && e->has_domain)
			st = domains_accepted(m->domains, e->domain);
	}
	return st != OK ? st : store_ledger_accept(m->setup.store, mailing, ids,
	    n, now);
}

static enum status
write_ends(struct mailings *m, struct arena *arena, int64_t now)
{
	enum status st = write_accepted(m, now);
	size_t i;

	for (i = 0; st == OK && i < m->entries; i++)
		if (m->entry[i].state == KNOWN)
			st = write_end(m, arena, &m->entry[i], now);
	return st;
}

/* ---- claiming ------------------------------------------------------------------------ */

/* Whether she may go now; else she is told to come later.  FIRST: her share of
 * the hour is not taken yet. */
static enum status
pace_one(struct mailings *m, int64_t mailing, const struct person *p,
    bool first, int64_t now, unsigned char domain[STORE_HASH], bool *go_out)
{
	int64_t due;
	enum status st;

	domains_key(m->domains, p->who.address, domain);
	st = domains_due(m->domains, domain, first, now, &due);
	*go_out = st == OK && due <= now;
	if (st != OK || *go_out)
		return st;
	return store_ledger_later(m->setup.store, mailing, p->sig.id, due,
	    false, now);
}

/* Claimed in the store already: goes out, comes later, or is gone. */
static enum status
take_person(struct mailings *m, int64_t mailing, struct person *p, bool again,
    int64_t now, size_t *taken)
{
	unsigned char domain[STORE_HASH];
	struct entry *e;
	enum status st;
	bool go;

	st = person_wants(p) ? person_open(&m->setup, m->claims, p) : NOT_FOUND;
	if (st == NOT_FOUND || st == DENIED)    /* DENIED: her row is damaged */
		return store_ledger_settle(m->setup.store, mailing, p->sig.id,
		    st == DENIED ? LEDGER_FAILED : LEDGER_GONE, 0, now);
	if (st != OK)
		return st;
	st = pace_one(m, mailing, p, !again, now, domain, &go);
	if (st != OK || !go)
		return st;
	e = add_entry(m, mailing, p->sig.id, CLAIMED);
	if (e == NULL)
		return store_ledger_later(m->setup.store, mailing, p->sig.id,
		    now, false, now);
	e->person = p;
	memcpy(e->domain, domain, sizeof domain);
	e->has_domain = true;
	++*taken;
	return OK;
}

/* Those who were told to come later and are due. */
static enum status
take_due(struct mailings *m, int64_t mailing, size_t room, int64_t now,
    size_t *taken, bool *more_out)
{
	struct later_row rows[MAILING_WINDOW];
	struct person *p;
	size_t count, i;
	enum status st = store_ledger_due(m->setup.store, mailing, now, rows,
	    room < MAILING_WINDOW ? room : MAILING_WINDOW, &count);

	*more_out = count > 0;
	for (i = 0; st == OK && i < count; i++) {
		p = arena_alloc(m->claims, sizeof *p);
		st = store_ledger_reclaim(m->setup.store, mailing,
		    rows[i].signature, now);
		if (st == OK)
			st = store_signature_get(m->setup.store, m->claims,
			    rows[i].signature, &p->sig);
		if (st == OK)
			st = take_person(m, mailing, p, true, now, taken);
		else if (st == NOT_FOUND)
			st = store_ledger_settle(m->setup.store, mailing,
			    rows[i].signature, LEDGER_GONE, 0, now);
	}
	return st;
}

/* Those whose turn has come, in the order of ids. */
static enum status
take_next(struct mailings *m, struct run *r, const struct mailing *row,
    size_t room, int64_t now, size_t *taken)
{
	struct signature *sigs = arena_alloc(m->claims, room * sizeof *sigs);
	struct person *people = arena_alloc(m->claims, room * sizeof *people);
	int64_t ids[MAILING_WINDOW], seen;
	size_t count, i, n = 0;
	enum status st;

	st = store_mailing_candidates(m->setup.store, m->claims, row->campaign,
	    row->position, row->top, LOOK, sigs, room, &count, &seen);
	for (i = 0; st == OK && i < count; i++) {
		if (!segment_has(r->segment, &sigs[i]))
			continue;
		people[n].sig = sigs[i];
		ids[n++] = sigs[i].id;
	}
	if (st == OK)
		st = store_ledger_claim(m->setup.store, row->id, ids, n, seen,
		    now);
	for (i = 0; st == OK && i < n; i++)
		st = take_person(m, row->id, &people[i], false, now, taken);
	r->more = r->more || seen < row->top;
	return st;
}

/* Everybody is settled: say so. */
static enum status
finish(struct mailings *m, struct arena *arena, struct run *r, int64_t now)
{
	struct mailing row;
	enum status st = store_mailing_get(m->setup.store, arena,
	    r->words.mailing.id, &row);

	if (st != OK || row.state != MAILING_SENDING ||
	    row.position < row.top || row.claimed > 0 || row.later > 0)
		return st;
	row.state = MAILING_DONE;
	row.finished_at = now;
	row.why = "";
	r->more = false;
	log_info("u=%lld done accepted=%lld failed=%lld unknown=%lld "
	    "gone=%lld", (long long)row.id, (long long)row.accepted,
	    (long long)row.failed, (long long)row.unknown, (long long)row.gone);
	return store_mailing_put(m->setup.store, &row);
}

static enum status
run_turn(struct mailings *m, struct arena *arena, struct run *r, size_t *room,
    int64_t now)
{
	int64_t id = r->words.mailing.id;
	size_t taken = 0;
	struct mailing row;
	bool due = false;
	enum status st = store_mailing_get(m->setup.store, arena, id, &row);

	r->more = false;
	if (st != OK || row.state != MAILING_SENDING)
		return st == NOT_FOUND ? OK : st;
	if (*room == 0) {
		r->more = row.position < row.top || row.later > 0;
		return finish(m, arena, r, now);
	}
	if (row.later > 0)
		st = take_due(m, id, *room, now, &taken, &due);
	r->more = due;
	if (st == OK && taken < *room && row.position < row.top)
		st = take_next(m, r, &row, *room - taken, now, &taken);
	else
		r->more = r->more || row.position < row.top;
	*room -= taken;
	return st != OK ? st : finish(m, arena, r, now);
}

/* Staff may have paused it just now, from another process. */
static enum status
give_back_paused(struct mailings *m, struct arena *arena)
{
	struct mailing row;
	enum status st = OK;
	size_t i;

	for (i = 0; st == OK && i < m->runs; i++) {
		st = store_mailing_get(m->setup.store, arena,
		    m->run[i]->words.mailing.id, &row);
		if (st == OK && row.state != MAILING_SENDING)
			give_back(m, row.id);
	}
	return st;
}

void
mailings_forget_people(struct mailings *m)
{
	size_t i;

	for (i = 0; i < m->entries; i++)
		m->entry[i].person = NULL;
	arena_reset(m->claims);
}

bool
mailings_wants_turn(const struct mailings *m, size_t room)
{
	size_t i;

	if (m->count[KNOWN] > 0)
		return true;
	if (m->stopping)
		return false;
	if (m->counting.mailing != 0)
		return true;
	for (i = 0; room > 0 && i < m->runs; i++)
		if (m->run[i]->more)
			return true;
	return false;
}

enum status
mailings_turn(struct mailings *m, struct arena *arena, size_t room,
    int64_t now)
{
	size_t most = 0, left, i;
	enum status st;

	if (m->runs == 0 && m->entries == 0 && m->counting.mailing == 0)
		return OK;
	mailings_forget_people(m);
	st = give_back_paused(m, arena);
	if (st == OK)
		st = write_ends(m, arena, now);
	if (st == OK && !m->stopping && m->counting.mailing != 0)
		st = count_some(m, arena, now);
	if (st == OK)
		st = domains_room(m->domains, now, &most);
	if (room > MAILING_WINDOW)
		room = MAILING_WINDOW;
	left = m->stopping ? 0 : most < room ? most : room;
	room = left;
	for (i = 0; st == OK && i < m->runs; i++)
		st = run_turn(m, arena, m->run[(m->first + i) % m->runs], &left,
		    now);
	m->first++;
	for (i = 0; most == 0 && i < m->runs; i++)
		m->run[i]->more = false;        /* until the next look */
	return st != OK ? st : domains_take(m->domains, room - left, now);
}

void
mailings_committed(struct mailings *m)
{
	size_t i;

	remove_in_state(m, KNOWN);
	for (i = 0; i < m->entries; i++)
		if (m->entry[i].state == CLAIMED)
			set_state(m, &m->entry[i], READY);
}

void
mailings_rolled_back(struct mailings *m)
{
	size_t i;

	remove_in_state(m, CLAIMED);
	domains_forget(m->domains);
	m->counting.mailing = 0;
	for (i = 0; i < m->runs; i++)
		m->run[i]->more = true;
}

/* ---- handing out ------------------------------------------------------------------------ */

enum status
mailings_text(struct mailings *m, int64_t *mailing_out, const char **slug_out,
    const struct mailing_text **texts_out, size_t *count_out)
{
	struct run *r;
	size_t i;

	for (i = 0; m->count[READY] > 0 && i < m->runs; i++) {
		r = m->run[i];
		if (r->told)
			continue;
		r->told = true;
		*mailing_out = r->words.mailing.id;
		*slug_out = r->words.campaign->slug;
		*texts_out = r->words.texts;
		*count_out = r->words.count;
		return OK;
	}
	return NOT_FOUND;
}

void
mailings_new_delivery(struct mailings *m)
{
	size_t i;

	for (i = 0; i < m->runs; i++)
		m->run[i]->told = false;
}

/* Of one that has waited: her wish may have changed since (M5). */
static enum status
read_again(struct mailings *m, struct arena *arena, const struct entry *e,
    struct person **out)
{
	struct person *p = arena_alloc(arena, sizeof *p);
	enum status st = store_signature_get(m->setup.store, arena, e->signature,
	    &p->sig);

	*out = p;
	if (st == OK && !person_wants(p))
		return NOT_FOUND;
	return st != OK ? st : person_open(&m->setup, arena, p);
}

static enum status
make(struct mailings *m, struct arena *arena, struct entry *e, int64_t now,
    struct job *out)
{
	struct run *r = find_run(m, e->mailing);
	struct person *p = e->person;
	enum status st = OK;

	if (r == NULL || m->stopping) {
		end_entry(m, e, END_GIVE_BACK);
		return NOT_FOUND;
	}
	if (p == NULL)
		st = read_again(m, arena, e, &p);
	if (st == NOT_FOUND || st == DENIED) {
		end_entry(m, e, END_GONE);
		return NOT_FOUND;
	}
	if (st != OK)
		return st;
	mailing_make(&m->setup, arena, &r->words, p, now, out);
	e->person = NULL;
	set_state(m, e, ON_WAY);
	return OK;
}

enum status
mailings_next(struct mailings *m, struct arena *arena, int64_t now,
    struct job *out)
{
	enum status st = NOT_FOUND;
	size_t i;

	for (i = 0; st == NOT_FOUND && i < m->entries && m->count[READY] > 0;
	    i++)
		if (m->entry[i].state == READY)
			st = make(m, arena, &m->entry[i], now, out);
	return st;
}

/* ---- what delivery says --------------------------------------------------------------------- */

void
mailings_outcome(struct mailings *m, int64_t job, const struct outcome *outcome)
{
	struct entry *e = find_entry(m, job);
	int64_t mailing, signature;

	if (e == NULL) {
		mailing_of_job(job, &mailing, &signature);
		e = add_entry(m, mailing, signature, ON_WAY);
		if (e == NULL)
			return;
		e->stray = true;
		if (outcome->kind == OUTCOME_RELAY_DOWN) {
			end_entry(m, e, END_GIVE_BACK);
			return;
		}
	}
	if (e->state != ON_WAY)
		return;
	e->outcome = *outcome;
	if (outcome->kind == OUTCOME_RELAY_DOWN)
		set_state(m, e, READY);
	else
		end_entry(m, e, END_OUTCOME);
}

void
mailings_lost(struct mailings *m, bool order)
{
	static const struct outcome doubt = { .kind = OUTCOME_IN_DOUBT };
	size_t i;

	for (i = 0; i < m->entries; i++) {
		if (m->entry[i].state != ON_WAY)
			continue;
		if (order)
			set_state(m, &m->entry[i], READY);
		else {
			m->entry[i].outcome = doubt;
			end_entry(m, &m->entry[i], END_OUTCOME);
		}
	}
}

void
mailings_stop(struct mailings *m)
{
	m->stopping = true;
	give_back(m, 0);
}

/* ---- life -------------------------------------------------------------------------------------- */

struct mailings *
mailings_new(const struct outbox_setup *setup, mailing_refused refused,
    void *arg)
{
	struct mailings *m = mem_alloc(sizeof *m);

	m->setup = *setup;
	m->refused = refused;
	m->refused_arg = arg;
	m->domains = domains_new(setup->store, setup->keys, setup->config);
	m->claims = arena_new();
	return m;
}

void
mailings_free(struct mailings **mp)
{
	struct mailings *m = *mp;
	size_t i;

	if (m == NULL)
		return;
	for (i = 0; i < m->runs; i++)
		run_free(&m->run[i]);
	domains_free(&m->domains);
	arena_free(&m->claims);
	free(m);
	*mp = NULL;
}

/* What was read by the old ones is read again. */
void
mailings_set_campaigns(struct mailings *m, const struct campaigns *campaigns,
    const int64_t *ids)
{
	size_t i;

	m->campaigns = campaigns;
	m->campaign_ids = ids;
	m->counting.mailing = 0;
	for (i = 0; i < m->runs; i++)
		run_free(&m->run[i]);
	m->runs = 0;
}

enum status
mailings_doubt(struct mailings *m, int64_t now)
{
	struct arena *arena = arena_new();
	struct mailing *rows;
	int64_t unknown;
	size_t count, i;
	enum status st = store_mailing_list(m->setup.store, arena, 0,
	    MAILING_STATES, &rows, &count);

	for (i = 0; st == OK && i < count; i++) {
		if (rows[i].claimed == 0)
			continue;
		st = store_ledger_doubt(m->setup.store, rows[i].id, now,
		    &unknown);
		log_warnx("u=%lld unknown=%lld mails were on their way "
		    "when this program ended, and may or may not have been "
		    "sent; see undersign update status", (long long)rows[i].id,
		    (long long)unknown);
	}
	arena_free(&arena);
	return st;
}
