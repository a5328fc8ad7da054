/* SPDX-License-Identifier: ISC */
#include "base/arena.h"
#include "base/clock.h"
#include "store/query.h"

static void
read_row(struct query *q, struct arena *arena, struct outbox_row *out)
{
	out->id = query_get_int(q);
	out->campaign = query_get_int(q);
	out->signature = query_get_int(q);
	out->class = (enum outbox_class)query_get_int(q);
	out->kind = query_get_text(q, arena);
	out->language = query_get_text(q, arena);
	out->payload = query_get_blob(q, arena);
	query_get_hash(q, out->serial);
	out->created_at = query_get_int(q);
	out->due_at = query_get_int(q);
	out->attempts = (int)query_get_int(q);
	out->parked = query_get_int(q) != 0;
}

static enum status
read_many(struct query *q, struct arena *arena, struct outbox_row *out,
    size_t count, size_t *count_out)
{
	size_t n = 0;

	while (n < count && query_next(q) == OK)
		read_row(q, arena, &out[n++]);
	*count_out = q->status == OK ? n : 0;
	return query_close(q);
}

enum status
store_outbox_add(struct store *s, struct outbox_row *row)
{
	struct query q;
	enum status st;
	int64_t id;

	st = store_sequence_next(s, SEQUENCE_OUTBOX, &id);
	if (st != OK)
		return st;
	query_open(&q, s, Q_OUTBOX_ADD);
	query_int(&q, id);
	query_int(&q, row->campaign);
	query_int(&q, row->signature);
	query_int(&q, row->class);
	query_text(&q, row->kind);
	query_text(&q, row->language);
	query_blob(&q, row->payload.data, row->payload.len);
	query_blob(&q, row->serial, STORE_HASH);
	query_int(&q, row->created_at);
	query_int(&q, row->due_at);
	query_int(&q, row->attempts);
	query_int(&q, row->parked);
	st = query_run(&q, NULL);
	if (st == OK)
		row->id = id;
	return st;
}

enum status
store_outbox_due(struct store *s, struct arena *arena, enum outbox_class class,
    int64_t now, struct outbox_row *out, size_t count, size_t *count_out)
{
	struct query q;

	query_open(&q, s, Q_OUTBOX_DUE);
	query_int(&q, class);
	query_int(&q, now);
	query_int(&q, (int64_t)count);
	return read_many(&q, arena, out, count, count_out);
}

enum status
store_outbox_next(struct store *s, enum outbox_class class, int64_t *when_out)
{
	struct query q;

	*when_out = CLOCK_NEVER;
	query_open(&q, s, Q_OUTBOX_NEXT);
	query_int(&q, class);
	if (query_next(&q) == OK)
		*when_out = query_get_int(&q);
	return query_close(&q);
}

enum status
store_outbox_get(struct store *s, struct arena *arena, int64_t id,
    struct outbox_row *out)
{
	struct query q;
	enum status st, end;

	query_open(&q, s, Q_OUTBOX_GET);
	query_int(&q, id);
	st = query_next(&q);
	if (st == OK)
		read_row(&q, arena, out);
	end = query_close(&q);
	return end != OK ? end : st;
}

enum status
store_outbox_delay(struct store *s, int64_t id, int attempts, int64_t due_at)
{
	struct query q;

	query_open(&q, s, Q_OUTBOX_DELAY);
	query_int(&q, attempts);
	query_int(&q, due_at);
	query_int(&q, id);
	return query_run_on_one(&q);
}

enum status
store_outbox_park(struct store *s, int64_t id)
{
	struct query q;

	query_open(&q, s, Q_OUTBOX_PARK);
	query_int(&q, id);
	return query_run_on_one(&q);
}

enum status
store_outbox_remove(struct store *s, int64_t id)
{
	struct query q;

	query_open(&q, s, Q_OUTBOX_REMOVE);
	query_int(&q, id);
	return query_run_on_one(&q);
}

enum status
store_outbox_remove_of(struct store *s, int64_t signature,
    enum outbox_class class)
{
	struct query q;

	query_open(&q, s, Q_OUTBOX_REMOVE_OF);
	query_int(&q, signature);
	query_int(&q, class == OUTBOX_CLASSES ? -1 : (int64_t)class);
	return query_run(&q, NULL);
}

enum status
store_outbox_of(struct store *s, struct arena *arena, int64_t signature,
    int64_t after, struct outbox_row *out, size_t count, size_t *count_out)
{
	struct query q;

	query_open(&q, s, Q_OUTBOX_OF);
	query_int(&q, signature);
	query_int(&q, after);
	query_int(&q, (int64_t)count);
	return read_many(&q, arena, out, count, count_out);
}

enum status
store_outbox_put_payload(struct store *s, int64_t id, struct blob payload)
{
	struct query q;

	query_open(&q, s, Q_OUTBOX_PAYLOAD);
	query_blob(&q, payload.data, payload.len);
	query_int(&q, id);
	return query_run_on_one(&q);
}

static enum status
one_number(struct store *s, enum statement which, int64_t *out)
{
	struct query q;

	query_open(&q, s, which);
	if (query_next(&q) == OK)
		*out = query_get_int(&q);
	return query_close(&q);
}

enum status
store_outbox_totals(struct store *s, int64_t now, struct outbox_totals *out)
{
	struct query q;
	enum status st;

	*out = (struct outbox_totals){ .oldest_at = CLOCK_NEVER };
	query_open(&q, s, Q_OUTBOX_TOTALS);
	query_int(&q, now);
	if (query_next(&q) == OK) {
		out->waiting = query_get_int(&q);
		out->held = query_get_int(&q);
		out->waiting -= out->held;
	}
	st = query_close(&q);
	if (st == OK)
		st = one_number(s, Q_OUTBOX_PARKED, &out->parked);
	if (st == OK)
		st = one_number(s, Q_OUTBOX_OLDEST, &out->oldest_at);
	return st;
}
