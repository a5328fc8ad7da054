/* SPDX-License-Identifier: ISC
 *
 * What needs little: messages seen, budgets, parked messages, notes.
 */
#include "base/arena.h"
#include "base/clock.h"
#include "store/query.h"

#define WEEK (7 * CLOCK_DAY)

/* ---- repeats ------------------------------------------------------------ */

static enum status
clear_seen(struct store *s, int64_t week)
{
	struct query q;

	query_open(&q, s, week % 2 == 0 ? Q_SEEN_CLEAR_EVEN : Q_SEEN_CLEAR_ODD);
	return query_run(&q, NULL);
}

/* The table of this week holds what was seen two weeks ago, until the first
 * message of the week.  A clock that is set back changes nothing. */
static enum status
turn_week(struct store *s, int64_t now, int64_t *week_out)
{
	int64_t week = now / WEEK, last;
	enum status st;

	st = store_sequence_get(s, SEQUENCE_SEEN, &last);
	*week_out = week > last ? week : last;
	if (st != OK || week <= last)
		return st;
	st = clear_seen(s, week);
	if (st == OK && week > last + 1)
		st = clear_seen(s, week - 1);
	if (st == OK)
		store_sequence_set(s, SEQUENCE_SEEN, week);
	return st;
}

static int64_t
half_of(const unsigned char key[STORE_HASH])
{
	uint64_t v = 0;
	int i;

	for (i = 0; i < 8; i++)
		v = v << 8 | key[i];
	return (int64_t)v;
}

enum status
store_seen_add(struct store *s, const unsigned char key[STORE_HASH], int64_t now)
{
	struct query q;
	enum status st, end;
	int64_t week;

	st = turn_week(s, now, &week);
	if (st != OK)
		return st;
	query_open(&q, s, week % 2 == 0 ? Q_SEEN_IN_ODD : Q_SEEN_IN_EVEN);
	query_int(&q, half_of(key));
	st = query_next(&q);
	end = query_close(&q);
	if (end != OK || st == OK)
		return end != OK ? end : EXISTS;
	query_open(&q, s, week % 2 == 0 ? Q_SEEN_ADD_EVEN : Q_SEEN_ADD_ODD);
	query_int(&q, half_of(key));
	return query_run(&q, NULL);
}

/* ---- budgets ------------------------------------------------------------ */

enum status
store_budget_get(struct store *s, const unsigned char key[STORE_HASH],
    int64_t *time_out)
{
	struct query q;

	*time_out = 0;
	query_open(&q, s, Q_BUDGET_GET);
	query_blob(&q, key, STORE_HASH);
	if (query_next(&q) == OK)
		*time_out = query_get_int(&q);
	return query_close(&q);
}

enum status
store_budget_set(struct store *s, const unsigned char key[STORE_HASH],
    int64_t time)
{
	struct query q;

	query_open(&q, s, Q_BUDGET_SET);
	query_blob(&q, key, STORE_HASH);
	query_int(&q, time);
	return query_run(&q, NULL);
}

enum status
store_budget_purge(struct store *s, int64_t before)
{
	struct query q;

	query_open(&q, s, Q_BUDGET_PURGE);
	query_int(&q, before);
	return query_run(&q, NULL);
}

/* ---- parked messages ---------------------------------------------------- */

enum status
store_parked_add(struct store *s, struct parked_row *row)
{
	struct query q;
	enum status st;
	int64_t id;

	st = store_sequence_next(s, SEQUENCE_PARKED, &id);
	if (st != OK)
		return st;
	query_open(&q, s, Q_PARKED_ADD);
	query_int(&q, id);
	query_int(&q, row->received_at);
	query_text(&q, row->why);
	query_blob(&q, row->serial, STORE_HASH);
	query_blob(&q, row->message.data, row->message.len);
	st = query_run(&q, NULL);
	if (st == OK)
		row->id = id;
	return st;
}

enum status
store_parked_list(struct store *s, struct arena *arena, struct parked_row *out,
    size_t count, size_t *count_out)
{
	struct query q;
	size_t n = 0;

	query_open(&q, s, Q_PARKED_LIST);
	query_int(&q, (int64_t)count);
	while (n < count && query_next(&q) == OK) {
		out[n].id = query_get_int(&q);
		out[n].received_at = query_get_int(&q);
		out[n].why = query_get_text(&q, arena);
		query_get_hash(&q, out[n].serial);
		out[n].message = query_get_blob(&q, arena);
		n++;
	}
	*count_out = q.status == OK ? n : 0;
	return query_close(&q);
}

/* ---- notes -------------------------------------------------------------- */

enum status
store_note_get(struct store *s, const char *name, int64_t *out)
{
	struct query q;
	enum status st, end;

	*out = 0;
	query_open(&q, s, Q_NOTE_GET);
	query_text(&q, name);
	st = query_next(&q);
	if (st == OK)
		*out = query_get_int(&q);
	end = query_close(&q);
	return end != OK ? end : st;
}

enum status
store_note_set(struct store *s, const char *name, int64_t value)
{
	struct query q;

	query_open(&q, s, Q_NOTE_SET);
	query_text(&q, name);
	query_int(&q, value);
	return query_run(&q, NULL);
}
