/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "config/campaign.h"
#include "outbox/domains.h"
#include "outbox/mailing_engine.h"
#include "outbox/outbox.h"

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

/* ---- a turn --------------------------------------------------------------------- */

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
			entries_give_back(m, row.id);
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
		st = mailing_write_ends(m, arena, now);
	if (st == OK && !m->stopping && m->counting.mailing != 0)
		st = mailing_count_some(m, arena, now);
	if (st == OK)
		st = domains_room(m->domains, now, &most);
	if (room > MAILING_WINDOW)
		room = MAILING_WINDOW;
	left = m->stopping ? 0 : most < room ? most : room;
	room = left;
	for (i = 0; st == OK && i < m->runs; i++)
		st = mailing_claim(m, arena, m->run[(m->first + i) % m->runs], &left,
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

	entries_remove(m, KNOWN);
	for (i = 0; i < m->entries; i++)
		if (m->entry[i].state == CLAIMED)
			mailing_entry_set(m, &m->entry[i], READY);
}

void
mailings_rolled_back(struct mailings *m)
{
	size_t i;

	entries_remove(m, CLAIMED);
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
    uint64_t begun, struct job *out)
{
	struct run *r = run_find(m, e->mailing);
	struct person *p = e->person;
	enum status st = OK;

	if (r == NULL || m->stopping) {
		mailing_entry_end(m, e, END_GIVE_BACK);
		return NOT_FOUND;
	}
	if (p == NULL)
		st = read_again(m, arena, e, &p);
	if (st == NOT_FOUND || st == DENIED) {
		mailing_entry_end(m, e, END_GONE);
		return NOT_FOUND;
	}
	if (st != OK)
		return st;
	mailing_make(&m->setup, arena, &r->words, p, now, out);
	e->person = NULL;
	e->begun = begun;
	mailing_entry_set(m, e, ON_WAY);
	return OK;
}

enum status
mailings_next(struct mailings *m, struct arena *arena, int64_t now,
    uint64_t begun, struct job *out)
{
	enum status st = NOT_FOUND;
	size_t i;

	for (i = 0; st == NOT_FOUND && i < m->entries && m->count[READY] > 0;
	    i++)
		if (m->entry[i].state == READY)
			st = make(m, arena, &m->entry[i], now, begun, out);
	return st;
}

/* ---- what delivery says --------------------------------------------------------------------- */

/* Of a claim that an earlier keeper made. */
static void
take_late(struct mailings *m, int64_t job, const struct outcome *outcome)
{
	int64_t mailing, signature;
	struct entry *e;

	mailing_of_job(job, &mailing, &signature);
	e = mailing_entry_add(m, mailing, signature, ON_WAY);
	if (e == NULL)
		return;
	e->stray = true;
	e->outcome = *outcome;
	mailing_entry_end(m, e, outcome->kind == OUTCOME_RELAY_DOWN ? END_GIVE_BACK :
	    END_OUTCOME);
}

void
mailings_outcome(struct mailings *m, int64_t job, const struct outcome *outcome)
{
	struct entry *e = mailing_entry_find(m, job);

	if (e == NULL) {
		take_late(m, job, outcome);
		return;
	}
	if (e->state != ON_WAY)
		return;
	e->outcome = *outcome;
	if (outcome->kind == OUTCOME_RELAY_DOWN)
		mailing_entry_set(m, e, READY);
	else
		mailing_entry_end(m, e, END_OUTCOME);
}

void
mailings_told_again(struct mailings *m, int64_t job,
    const struct outcome *outcome)
{
	if (mailing_entry_find(m, job) == NULL)
		take_late(m, job, outcome);
}

void
mailings_lost(struct mailings *m, bool order)
{
	size_t i;

	for (i = 0; i < m->entries; i++)
		if (m->entry[i].state == ON_WAY)
			mailing_entry_set(m, &m->entry[i], order ? READY : LOST);
}

/* Either it was begun, and nobody knows how it ended, or it never was. */
static void
find_lost(struct mailings *m, mailings_has_begun has_begun, void *arg)
{
	static const struct outcome doubt = { .kind = OUTCOME_IN_DOUBT };
	size_t i, lost = m->count[LOST], unknown = 0;
	struct entry *e;

	for (i = 0; i < m->entries; i++) {
		e = &m->entry[i];
		if (e->state != LOST)
			continue;
		if (!has_begun(arg, m->id[i], e->begun)) {
			mailing_entry_set(m, e, READY);
			continue;
		}
		e->outcome = doubt;
		mailing_entry_end(m, e, END_OUTCOME);
		unknown++;
	}
	if (lost > 0)
		log_warnx("updates=%zu were with delivery when it ended: "
		    "unknown=%zu were being sent, the others wait again", lost,
		    unknown);
}

void
mailings_new_delivery(struct mailings *m, mailings_has_begun has_begun,
    void *arg)
{
	size_t i;

	for (i = 0; i < m->runs; i++)
		m->run[i]->told = false;
	find_lost(m, has_begun, arg);
}

void
mailings_stop(struct mailings *m)
{
	m->stopping = true;
	entries_give_back(m, 0);
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
