/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/campaign.h"
#include "outbox/domains.h"
#include "outbox/mailing_engine.h"
#include "outbox/outbox.h"
#include "outbox/segment.h"

#define COUNT_LOOK 2048         /* rows of signatures counted in one turn */
#define FIGURES_EACH 60         /* seconds */

void
run_free(struct run **rp)
{
	struct run *r = *rp;

	arena_free(&r->arena);
	arena_free(&r->figures_arena);
	free(r);
	*rp = NULL;
}

struct run *
run_find(struct mailings *m, int64_t mailing)
{
	size_t i;

	for (i = 0; i < m->runs; i++)
		if (m->run[i]->words.mailing.id == mailing)
			return m->run[i];
	return NULL;
}

static const struct campaign *
run_campaign(const struct mailings *m, int64_t id)
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
	w->campaign = run_campaign(m, row->campaign);
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
			entries_give_back(m, m->run[i]->words.mailing.id);
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
		r = run_find(m, rows[i].id);
		if (r == NULL && m->runs < MAILING_RUNS) {
			st = run_add(m, &rows[i]);
			r = run_find(m, rows[i].id);
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
		    run_campaign(m, rows[i].campaign) != NULL)
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
	if (st == OK && m->runs < MAILING_RUNS && run_find(m, row->id) == NULL) {
		st = run_add(m, &started);
		if (run_find(m, row->id) != NULL)
			run_find(m, row->id)->more = true;
	}
	if (st == OK && run_find(m, row->id) != NULL)
		st = run_count(m, run_find(m, row->id), now);
	arena_free(&arena);
	return st;
}

enum status
mailing_count_some(struct mailings *m, struct arena *arena, int64_t now)
{
	struct signature *sigs;
	struct segment *segment;
	const struct campaign *campaign;
	struct reason why = { "" };
	struct mailing row;
	size_t n, i;
	enum status st = store_mailing_get(m->setup.store, arena,
	    m->counting.mailing, &row);

	campaign = st == OK ? run_campaign(m, row.campaign) : NULL;
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
