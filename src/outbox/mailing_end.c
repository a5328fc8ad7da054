/* SPDX-License-Identifier: ISC */
#include "base/clock.h"
#include "base/log.h"
#include "outbox/domains.h"
#include "outbox/mailing_engine.h"
#include "outbox/outbox.h"

#define STRAY_LATEST CLOCK_HOUR /* no mail is longer in delivery's hands */

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
accept(struct mailings *m, const struct entry *e, int64_t now)
{
	enum status st = store_ledger_settle(m->setup.store, e->mailing,
	    e->signature, LEDGER_ACCEPTED, 0, now);

	return st != OK || !e->has_domain ? st :
	    domains_accepted(m->domains, e->domain, now);
}

static enum status
write_outcome(struct mailings *m, struct arena *arena, const struct entry *e,
    int64_t now)
{
	struct store *store = m->setup.store;
	enum status st;

	switch (e->outcome.kind) {
	case OUTCOME_DELIVERED:
		return e->stray ? accept(m, e, now) : OK;       /* write_accepted */
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
	return e->state == KNOWN && e->end == END_OUTCOME && !e->stray &&
	    e->outcome.kind == OUTCOME_DELIVERED;
}

/* Nearly all of them: those of one mailing after the other. */
static enum status
write_accepted(struct mailings *m, int64_t now)
{
	int64_t ids[MAILING_ENTRIES], mailing = 0;
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
			st = domains_accepted(m->domains, e->domain,
			    now);
	}
	return st != OK ? st : store_ledger_accept(m->setup.store, mailing, ids,
	    n, now);
}

enum status
mailing_write_ends(struct mailings *m, struct arena *arena, int64_t now)
{
	enum status st = write_accepted(m, now);
	size_t i;

	for (i = 0; st == OK && i < m->entries; i++)
		if (m->entry[i].state == KNOWN)
			st = write_end(m, arena, &m->entry[i], now);
	return st;
}
