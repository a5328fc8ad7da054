/* SPDX-License-Identifier: ISC
 *
 * A claim's code is 0, or AGAIN when the person has been told to come later
 * before: then she has a row in ledger_later too, due never, which keeps since
 * when and how often it was tried.
 */
#include "base/clock.h"
#include "store/mailing.h"
#include "store/query.h"

#define AGAIN 1

_Static_assert(LEDGER_CLAIMED == 1 && LEDGER_LATER == 2 &&
    LEDGER_ACCEPTED == 3 && LEDGER_FAILED == 4 && LEDGER_UNKNOWN == 5 &&
    LEDGER_GONE == 6, "as in the statements");

/* ---- one row ------------------------------------------------------------- */

/* N persons go from one state to another (S7). */
static enum status
count_change(struct store *s, int64_t mailing, enum ledger_state from,
    enum ledger_state to, int64_t n)
{
	struct query q;
	int state;

	if (n == 0 || from == to)
		return OK;
	query_open(&q, s, Q_MAILING_COUNT);
	for (state = LEDGER_CLAIMED; state < LEDGER_STATES; state++)
		query_int(&q, state == (int)to ? n : state == (int)from ? -n : 0);
	query_int(&q, mailing);
	return query_run_on_one(&q);
}

enum status
store_ledger_get(struct store *s, int64_t mailing, int64_t signature,
    enum ledger_state *out, int *code_out, int64_t *at_out)
{
	struct query q;

	*out = LEDGER_NONE;
	*code_out = 0;
	*at_out = 0;
	query_open(&q, s, Q_LEDGER_GET);
	query_int(&q, mailing);
	query_int(&q, signature);
	if (query_next(&q) == OK) {
		*out = (enum ledger_state)query_get_int(&q);
		*code_out = (int)query_get_int(&q);
		*at_out = query_get_int(&q);
	}
	return query_close(&q);
}

static enum status
set(struct store *s, enum statement which, int64_t mailing, int64_t signature,
    enum ledger_state state, int code, int64_t now)
{
	struct query q;

	query_open(&q, s, which);
	query_int(&q, state);
	query_int(&q, code);
	query_int(&q, now);
	query_int(&q, mailing);
	query_int(&q, signature);
	return query_run_on_one(&q);
}

static enum status
set_row(struct store *s, int64_t mailing, int64_t signature,
    enum ledger_state state, int code, int64_t now)
{
	return set(s, Q_LEDGER_SET, mailing, signature, state, code, now);
}

static enum status
remove_later(struct store *s, int64_t mailing, int64_t signature)
{
	struct query q;

	query_open(&q, s, Q_LATER_REMOVE);
	query_int(&q, mailing);
	query_int(&q, signature);
	return query_run(&q, NULL);
}

/* A row that is not settled for good.  *LATER_OUT: it has one in ledger_later. */
static enum status
open_row(struct store *s, int64_t mailing, int64_t signature,
    enum ledger_state *state_out, bool *later_out)
{
	int64_t at;
	int code;
	enum status st = store_ledger_get(s, mailing, signature, state_out,
	    &code, &at);

	*later_out = *state_out == LEDGER_LATER ||
	    (*state_out == LEDGER_CLAIMED && code == AGAIN);
	if (st != OK)
		return st;
	switch (*state_out) {
	case LEDGER_CLAIMED:
	case LEDGER_LATER:
	case LEDGER_UNKNOWN:
		return OK;
	case LEDGER_NONE:
		return NOT_FOUND;
	default:
		return EXISTS;
	}
}

enum status
store_ledger_settle(struct store *s, int64_t mailing, int64_t signature,
    enum ledger_state state, int code, int64_t now)
{
	enum ledger_state from;
	enum status st;
	bool later;

	/* Nearly all of them: claimed for the first time. */
	st = set(s, Q_LEDGER_SET_CLAIMED, mailing, signature, state, code, now);
	if (st == OK)
		return count_change(s, mailing, LEDGER_CLAIMED, state, 1);
	if (st == NOT_FOUND)
		st = open_row(s, mailing, signature, &from, &later);
	if (st == OK)
		st = set_row(s, mailing, signature, state, code, now);
	if (st == OK && later)
		st = remove_later(s, mailing, signature);
	if (st == OK)
		st = count_change(s, mailing, from, state, 1);
	return st;
}

enum status
store_ledger_accept(struct store *s, int64_t mailing, const int64_t *ids,
    size_t count, int64_t now)
{
	enum status st = OK;
	int64_t n = 0;
	size_t i;

	for (i = 0; i < count && st == OK; i++) {
		st = set(s, Q_LEDGER_SET_CLAIMED, mailing, ids[i],
		    LEDGER_ACCEPTED, 0, now);
		n += st == OK;
		if (st == NOT_FOUND)
			st = store_ledger_settle(s, mailing, ids[i],
			    LEDGER_ACCEPTED, 0, now);
		if (st == NOT_FOUND || st == EXISTS)
			st = OK;
	}
	return st != OK ? st : count_change(s, mailing, LEDGER_CLAIMED,
	    LEDGER_ACCEPTED, n);
}

/* ---- claiming ------------------------------------------------------------- */

static enum status
add_claim(struct store *s, int64_t mailing, int64_t signature, int64_t now)
{
	struct query q;

	query_open(&q, s, Q_LEDGER_CLAIM);
	query_int(&q, mailing);
	query_int(&q, signature);
	query_int(&q, now);
	return query_run(&q, NULL);
}

enum status
store_ledger_claim(struct store *s, int64_t mailing, const int64_t *ids,
    size_t count, int64_t seen, int64_t now)
{
	enum status st = OK;
	struct query q;
	size_t i;

	for (i = 0; st == OK && i < count; i++)
		st = add_claim(s, mailing, ids[i], now);
	if (st == OK)
		st = count_change(s, mailing, LEDGER_NONE, LEDGER_CLAIMED,
		    (int64_t)count);
	if (st != OK)
		return st;
	query_open(&q, s, Q_MAILING_POSITION);
	query_int(&q, seen);
	query_int(&q, mailing);
	return query_run_on_one(&q);
}

/* ---- later ---------------------------------------------------------------- */

static enum status
put_later(struct store *s, int64_t mailing, int64_t signature, int64_t due_at,
    int64_t since, int attempts)
{
	struct query q;

	query_open(&q, s, Q_LATER_ADD);
	query_int(&q, mailing);
	query_int(&q, signature);
	query_int(&q, due_at);
	query_int(&q, since);
	query_int(&q, attempts);
	return query_run(&q, NULL);
}

/* A mailing that was done has somebody to send to again. */
static enum status
go_on(struct store *s, int64_t mailing)
{
	struct query q;

	query_open(&q, s, Q_MAILING_GO_ON);
	query_int(&q, MAILING_SENDING);
	query_int(&q, mailing);
	query_int(&q, MAILING_DONE);
	return query_run(&q, NULL);
}

enum status
store_ledger_later(struct store *s, int64_t mailing, int64_t signature,
    int64_t due_at, bool counts, int64_t now)
{
	enum ledger_state from;
	enum status st;
	bool later;

	st = open_row(s, mailing, signature, &from, &later);
	if (st == OK)
		st = set_row(s, mailing, signature, LEDGER_LATER, 0, now);
	if (st == OK)
		st = put_later(s, mailing, signature, due_at, now, counts);
	if (st == OK)
		st = count_change(s, mailing, from, LEDGER_LATER, 1);
	if (st == OK && from == LEDGER_UNKNOWN)
		st = go_on(s, mailing);
	return st;
}

static void
read_later(struct query *q, struct later_row *out)
{
	out->signature = query_get_int(q);
	out->due_at = query_get_int(q);
	out->since = query_get_int(q);
	out->attempts = (int)query_get_int(q);
}

enum status
store_ledger_later_get(struct store *s, int64_t mailing, int64_t signature,
    struct later_row *out)
{
	struct query q;
	enum status st, end;

	query_open(&q, s, Q_LATER_GET);
	query_int(&q, mailing);
	query_int(&q, signature);
	st = query_next(&q);
	if (st == OK)
		read_later(&q, out);
	end = query_close(&q);
	return end != OK ? end : st;
}

enum status
store_ledger_due(struct store *s, int64_t mailing, int64_t now,
    struct later_row *out, size_t count, size_t *count_out)
{
	struct query q;
	size_t n = 0;

	query_open(&q, s, Q_LATER_DUE);
	query_int(&q, mailing);
	query_int(&q, now);
	query_int(&q, (int64_t)count);
	while (n < count && query_next(&q) == OK)
		read_later(&q, &out[n++]);
	*count_out = q.status == OK ? n : 0;
	return query_close(&q);
}

enum status
store_ledger_reclaim(struct store *s, int64_t mailing, int64_t signature,
    int64_t now)
{
	enum ledger_state from;
	struct query q;
	enum status st;
	bool later;

	st = open_row(s, mailing, signature, &from, &later);
	if (st == OK && from != LEDGER_LATER)
		st = EXISTS;
	if (st != OK)
		return st;
	query_open(&q, s, Q_LATER_TAKE);
	query_int(&q, CLOCK_NEVER);
	query_int(&q, mailing);
	query_int(&q, signature);
	st = query_run_on_one(&q);
	if (st == OK)
		st = set_row(s, mailing, signature, LEDGER_CLAIMED, AGAIN, now);
	if (st == OK)
		st = count_change(s, mailing, LEDGER_LATER, LEDGER_CLAIMED, 1);
	return st;
}

enum status
store_ledger_next(struct store *s, int64_t mailing, int64_t *when_out)
{
	struct query q;

	*when_out = CLOCK_NEVER;
	query_open(&q, s, Q_LATER_NEXT);
	query_int(&q, mailing);
	if (query_next(&q) == OK)
		*when_out = query_get_int(&q);
	return query_close(&q);
}

/* ---- many at once ----------------------------------------------------------- */

/* The first person that a statement finds; NOT_FOUND. */
static enum status
first_person(struct query *q, int64_t *out)
{
	enum status st = query_next(q), end;

	if (st == OK)
		*out = query_get_int(q);
	end = query_close(q);
	return end != OK ? end : st;
}

/* Those who were claimed again. */
static enum status
doubt_taken(struct store *s, int64_t mailing, int64_t now, int64_t *count)
{
	int64_t signature;
	struct query q;
	enum status st;

	for (;;) {
		query_open(&q, s, Q_LATER_TAKEN);
		query_int(&q, mailing);
		query_int(&q, CLOCK_NEVER);
		st = first_person(&q, &signature);
		if (st == OK)
			st = store_ledger_settle(s, mailing, signature,
			    LEDGER_UNKNOWN, 0, now);
		if (st != OK)
			break;
		++*count;
	}
	return st == NOT_FOUND ? OK : st;
}

#define SOME 256

/* Up to SOME of those who were claimed for the first time. */
static enum status
doubt_some(struct store *s, int64_t mailing, int64_t now, size_t *n_out)
{
	int64_t ids[SOME];
	struct query q;
	enum status st;
	size_t i, n = 0;

	query_open(&q, s, Q_LEDGER_CLAIMED);
	query_int(&q, mailing);
	query_int(&q, SOME);
	while (n < SOME && query_next(&q) == OK)
		ids[n++] = query_get_int(&q);
	st = query_close(&q);
	for (i = 0; st == OK && i < n; i++)
		st = set_row(s, mailing, ids[i], LEDGER_UNKNOWN, 0, now);
	if (st == OK)
		st = count_change(s, mailing, LEDGER_CLAIMED, LEDGER_UNKNOWN,
		    (int64_t)n);
	*n_out = n;
	return st;
}

enum status
store_ledger_doubt(struct store *s, int64_t mailing, int64_t now,
    int64_t *count_out)
{
	enum status st;
	size_t n;

	*count_out = 0;
	st = doubt_taken(s, mailing, now, count_out);
	do {
		n = 0;
		if (st == OK)
			st = doubt_some(s, mailing, now, &n);
		*count_out += (int64_t)n;
	} while (st == OK && n == SOME);
	return st;
}

enum status
store_ledger_list(struct store *s, int64_t mailing, enum ledger_state state,
    int64_t after, int64_t *ids_out, int *codes_out, size_t count,
    size_t *count_out)
{
	struct query q;
	size_t n = 0;

	query_open(&q, s, Q_LEDGER_IN_STATE);
	query_int(&q, mailing);
	query_int(&q, state);
	query_int(&q, after);
	query_int(&q, (int64_t)count);
	while (n < count && query_next(&q) == OK) {
		ids_out[n] = query_get_int(&q);
		codes_out[n++] = (int)query_get_int(&q);
	}
	*count_out = q.status == OK ? n : 0;
	return query_close(&q);
}

enum status
store_ledger_retry_unknown(struct store *s, int64_t mailing, int64_t now,
    int64_t *count_out)
{
	int64_t ids[SOME], after = 0;
	int codes[SOME];
	enum status st;
	size_t n, i;

	*count_out = 0;
	do {
		st = store_ledger_list(s, mailing, LEDGER_UNKNOWN, after, ids,
		    codes, SOME, &n);
		for (i = 0; st == OK && i < n; i++)
			st = store_ledger_later(s, mailing, ids[i], now, false,
			    now);
		if (st == OK && n > 0)
			after = ids[n - 1];
		*count_out += (int64_t)n;
	} while (st == OK && n == SOME);
	return st;
}

enum status
store_ledger_gone(struct store *s, int64_t signature, int64_t now)
{
	int64_t mailings[SOME];
	enum ledger_state state;
	struct query q;
	enum status st;
	size_t n = 0, i;
	bool later;

	query_open(&q, s, Q_MAILING_OPEN);
	while (n < SOME && query_next(&q) == OK)
		mailings[n++] = query_get_int(&q);
	st = query_close(&q);
	for (i = 0; st == OK && i < n; i++) {
		st = open_row(s, mailings[i], signature, &state, &later);
		if (st == OK && state != LEDGER_UNKNOWN)
			st = store_ledger_settle(s, mailings[i], signature,
			    LEDGER_GONE, 0, now);
		else if (st == NOT_FOUND || st == EXISTS)
			st = OK;
	}
	return st;
}

enum status
store_mailing_check(struct store *s, int64_t mailing, int64_t *wrong_out)
{
	struct query q;
	enum status st, end;

	*wrong_out = 0;
	query_open(&q, s, Q_LEDGER_WRONG);
	query_int(&q, mailing);
	st = query_next(&q);
	if (st == OK)
		*wrong_out = query_get_int(&q);
	end = query_close(&q);
	return end != OK ? end : st;
}
