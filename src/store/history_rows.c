/* SPDX-License-Identifier: ISC */
#include "base/arena.h"
#include "base/clock.h"
#include "store/history.h"
#include "store/query.h"

int
store_code(unsigned class, unsigned subject, unsigned detail)
{
	return class > 9 || subject > 999 || detail > 999 ? 0 :
	    (int)(class * 1000000 + subject * 1000 + detail);
}

/* ---- reach ---------------------------------------------------------------- */

static void
read_reach(struct query *q, struct reach *out)
{
	out->signature = query_get_int(q);
	out->campaign = query_get_int(q);
	out->rung = (enum rung)query_get_int(q);
	out->reason = (enum reach_reason)query_get_int(q);
	out->since = query_get_int(q);
	out->due_at = query_get_int(q);
	out->soft_since = query_get_int(q);
	out->mailed_at = query_get_int(q);
	out->last_at = query_get_int(q);
	out->code = (int)query_get_int(q);
	out->hard = (int)query_get_int(q);
	out->soft = (int)query_get_int(q);
	/* Of a later version, or damaged: never an index out of a table. */
	if ((unsigned)out->rung >= RUNGS)
		out->rung = RUNG_UNREACHABLE;
	if ((unsigned)out->reason >= REASONS)
		out->reason = REASON_NONE;
}

enum status
store_reach_get(struct store *s, int64_t signature, struct reach *out)
{
	struct query q;
	enum status st, end;

	*out = (struct reach){ .signature = signature, .rung = RUNG_FINE };
	query_open(&q, s, Q_REACH_GET);
	query_int(&q, signature);
	st = query_next(&q);
	if (st == OK)
		read_reach(&q, out);
	end = query_close(&q);
	return end != OK ? end : st;
}

static enum status
run_on_signature(struct store *s, enum statement which, int64_t signature)
{
	struct query q;

	query_open(&q, s, which);
	query_int(&q, signature);
	return query_run(&q, NULL);
}

enum status
store_reach_put(struct store *s, const struct reach *r)
{
	struct query q;

	if (r->rung == RUNG_FINE)
		return run_on_signature(s, Q_REACH_REMOVE, r->signature);
	query_open(&q, s, Q_REACH_PUT);
	query_int(&q, r->signature);
	query_int(&q, r->campaign);
	query_int(&q, r->rung);
	query_int(&q, r->reason);
	query_int(&q, r->since);
	query_int(&q, r->due_at);
	query_int(&q, r->soft_since);
	query_int(&q, r->mailed_at);
	query_int(&q, r->last_at);
	query_int(&q, r->code);
	query_int(&q, r->hard);
	query_int(&q, r->soft);
	return query_run(&q, NULL);
}

static enum status
read_reaches(struct query *q, struct reach *out, size_t count,
    size_t *count_out)
{
	size_t n = 0;

	while (n < count && query_next(q) == OK)
		read_reach(q, &out[n++]);
	*count_out = q->status == OK ? n : 0;
	return query_close(q);
}

enum status
store_reach_due(struct store *s, int64_t now, struct reach *out, size_t count,
    size_t *count_out)
{
	struct query q;

	query_open(&q, s, Q_REACH_DUE);
	query_int(&q, now);
	query_int(&q, (int64_t)count);
	return read_reaches(&q, out, count, count_out);
}

enum status
store_reach_next(struct store *s, int64_t *when_out)
{
	struct query q;

	*when_out = CLOCK_NEVER;
	query_open(&q, s, Q_REACH_NEXT);
	if (query_next(&q) == OK)
		*when_out = query_get_int(&q);
	return query_close(&q);
}

enum status
store_reach_list(struct store *s, int64_t campaign, enum rung rung,
    int64_t after, struct reach *out, size_t count, size_t *count_out)
{
	struct query q;

	query_open(&q, s, Q_REACH_LIST);
	query_int(&q, campaign);
	query_int(&q, rung);
	query_int(&q, after);
	query_int(&q, (int64_t)count);
	return read_reaches(&q, out, count, count_out);
}

enum status
store_reach_counts(struct store *s, int64_t campaign,
    int64_t out[RUNGS][REASONS])
{
	int64_t rung, reason, n;
	struct query q;
	int i, j;

	for (i = 0; i < RUNGS; i++)
		for (j = 0; j < REASONS; j++)
			out[i][j] = 0;
	query_open(&q, s, Q_REACH_COUNTS);
	query_int(&q, campaign);
	while (query_next(&q) == OK) {
		rung = query_get_int(&q);
		reason = query_get_int(&q);
		n = query_get_int(&q);
		if (rung >= 0 && rung < RUNGS && reason >= 0 && reason < REASONS)
			out[rung][reason] = n;
	}
	return query_close(&q);
}

enum status
store_reach_active(struct store *s, int64_t campaign, int64_t *count_out)
{
	struct query q;

	*count_out = 0;
	query_open(&q, s, Q_REACH_ACTIVE);
	query_int(&q, campaign);
	if (query_next(&q) == OK)
		*count_out = query_get_int(&q);
	return query_close(&q);
}

/* ---- history -------------------------------------------------------------- */

static enum status
last_number(struct store *s, int64_t signature, int64_t *out)
{
	struct query q;

	*out = 0;
	query_open(&q, s, Q_HISTORY_LAST);
	query_int(&q, signature);
	if (query_next(&q) == OK)
		*out = query_get_int(&q);
	return query_close(&q);
}

enum status
store_history_add(struct store *s, int64_t signature, const struct history *h)
{
	struct query q;
	int64_t n;
	enum status st = last_number(s, signature, &n);

	if (st != OK)
		return st;
	n++;
	query_open(&q, s, Q_HISTORY_ADD);
	query_int(&q, signature);
	query_int(&q, n);
	query_int(&q, h->at);
	query_int(&q, h->what);
	query_text(&q, h->kind);
	query_int(&q, h->code);
	st = query_run(&q, NULL);
	if (st != OK || n <= HISTORY_MOST)
		return st;
	query_open(&q, s, Q_HISTORY_TRIM);
	query_int(&q, signature);
	query_int(&q, n - HISTORY_MOST);
	return query_run(&q, NULL);
}

enum status
store_history_list(struct store *s, struct arena *arena, int64_t signature,
    struct history *out, size_t *count_out)
{
	struct query q;
	size_t n = 0;

	query_open(&q, s, Q_HISTORY_LIST);
	query_int(&q, signature);
	query_int(&q, HISTORY_MOST);
	while (n < HISTORY_MOST && query_next(&q) == OK) {
		out[n].at = query_get_int(&q);
		out[n].what = (enum history_what)query_get_int(&q);
		out[n].kind = query_get_text(&q, arena);
		out[n++].code = (int)query_get_int(&q);
	}
	*count_out = q.status == OK ? n : 0;
	return query_close(&q);
}

enum status
store_history_count(struct store *s, int64_t signature, enum history_what what,
    int64_t since, int64_t *count_out)
{
	struct query q;

	*count_out = 0;
	query_open(&q, s, Q_HISTORY_COUNT);
	query_int(&q, signature);
	query_int(&q, what);
	query_int(&q, since);
	if (query_next(&q) == OK)
		*count_out = query_get_int(&q);
	return query_close(&q);
}

enum status
store_history_forget(struct store *s, int64_t signature)
{
	enum status st = run_on_signature(s, Q_HISTORY_REMOVE, signature);

	return st != OK ? st : run_on_signature(s, Q_REACH_REMOVE, signature);
}

enum status
store_outbox_take(struct store *s, struct arena *arena, int64_t id,
    struct outbox_row *out)
{
	struct query q;
	enum status st, end;

	*out = (struct outbox_row){ .id = id };
	query_open(&q, s, Q_OUTBOX_TAKE);
	query_int(&q, id);
	st = query_next(&q);
	if (st == OK) {
		out->campaign = query_get_int(&q);
		out->signature = query_get_int(&q);
		out->kind = query_get_text(&q, arena);
		out->created_at = query_get_int(&q);
		/* The change is done only when there are no more rows. */
		while (query_next(&q) == OK)
			;
	}
	end = query_close(&q);
	return end != OK ? end : st;
}

/* ---- faults of ours --------------------------------------------------------- */

static enum status
read_alarm(struct query *q, struct alarm *out)
{
	enum status st = query_next(q), end;

	if (st == OK) {
		out->campaign = query_get_int(q);
		out->n = query_get_int(q);
		out->due_at = query_get_int(q);
		out->alarmed_at = query_get_int(q);
	}
	end = query_close(q);
	return end != OK ? end : st;
}

enum status
store_alarm_get(struct store *s, int64_t campaign, struct alarm *out)
{
	struct query q;
	enum status st;

	*out = (struct alarm){ .campaign = campaign };
	query_open(&q, s, Q_ALARM_GET);
	query_int(&q, campaign);
	st = read_alarm(&q, out);
	return st == NOT_FOUND ? OK : st;
}

enum status
store_alarm_put(struct store *s, const struct alarm *a)
{
	struct query q;

	query_open(&q, s, Q_ALARM_PUT);
	query_int(&q, a->campaign);
	query_int(&q, a->n);
	query_int(&q, a->due_at);
	query_int(&q, a->alarmed_at);
	return query_run(&q, NULL);
}

enum status
store_alarm_next(struct store *s, struct alarm *out)
{
	struct query q;

	*out = (struct alarm){ 0 };
	query_open(&q, s, Q_ALARM_NEXT);
	return read_alarm(&q, out);
}
