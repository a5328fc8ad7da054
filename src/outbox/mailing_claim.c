/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "outbox/domains.h"
#include "outbox/mailing_engine.h"
#include "outbox/segment.h"

#define LOOK 4096               /* rows of signatures looked at in one turn */

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
	e = mailing_entry_add(m, mailing, p->sig.id, CLAIMED);
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

enum status
mailing_claim(struct mailings *m, struct arena *arena, struct run *r, size_t *room,
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
