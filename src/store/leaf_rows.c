/* SPDX-License-Identifier: ISC */
#include "base/arena.h"
#include "store/query.h"
#include "store/tally.h"

static void
read_leaf(struct query *q, struct arena *arena, struct leaf *out)
{
	out->id = query_get_int(q);
	out->campaign = query_get_int(q);
	out->signature = query_get_int(q);
	out->entry = query_get_int(q);
	out->committed = query_get_bytes(q, out->commitment,
	    sizeof out->commitment);
	out->opening = query_get_blob(q, arena);
	out->wanted = query_get_int(q) != 0;
	out->back = (enum leaf_back)query_get_int(q);
	out->batch = query_get_int(q);
	out->back_entry = query_get_int(q);
	/* Of a later version, or damaged: never an index out of a table. */
	if ((unsigned)out->back >= LEAF_BACKS)
		out->back = LEAF_WITHDRAWN;
}

/* The columns from signature on, in which add and put agree. */
static void
write_leaf(struct query *q, const struct leaf *leaf)
{
	query_int(q, leaf->signature);
	query_int(q, leaf->entry);
	query_blob(q, leaf->commitment,
	    leaf->committed ? sizeof leaf->commitment : 0);
	query_blob(q, leaf->opening.data, leaf->opening.len);
	query_int(q, leaf->wanted);
	query_int(q, leaf->back);
	query_int(q, leaf->batch);
	query_int(q, leaf->back_entry);
}

enum status
store_leaf_add(struct store *s, struct leaf *leaf)
{
	struct query q;
	enum status st;
	int64_t id;

	st = store_sequence_next(s, SEQUENCE_LEAF, &id);
	if (st != OK)
		return st;
	query_open(&q, s, Q_LEAF_ADD);
	query_int(&q, id);
	query_int(&q, leaf->campaign);
	write_leaf(&q, leaf);
	st = query_run(&q, NULL);
	if (st == OK)
		leaf->id = id;
	return st;
}

enum status
store_leaf_get(struct store *s, struct arena *arena, int64_t id,
    struct leaf *out)
{
	struct query q;
	enum status st, end;

	query_open(&q, s, Q_LEAF_GET);
	query_int(&q, id);
	st = query_next(&q);
	if (st == OK)
		read_leaf(&q, arena, out);
	end = query_close(&q);
	return end != OK ? end : st;
}

enum status
store_leaf_put(struct store *s, const struct leaf *leaf)
{
	struct query q;

	query_open(&q, s, Q_LEAF_PUT);
	write_leaf(&q, leaf);
	query_int(&q, leaf->id);
	return query_run_on_one(&q);
}

enum status
store_leaf_remove(struct store *s, int64_t id)
{
	struct query q;

	query_open(&q, s, Q_LEAF_REMOVE);
	query_int(&q, id);
	return query_run(&q, NULL);
}

static enum status
read_leaves(struct query *q, struct arena *arena, struct leaf *out,
    size_t count, size_t *count_out)
{
	size_t n = 0;

	while (n < count && query_next(q) == OK)
		read_leaf(q, arena, &out[n++]);
	*count_out = q->status == OK ? n : 0;
	return query_close(q);
}

enum status
store_leaf_list(struct store *s, struct arena *arena, int64_t campaign,
    int64_t after, struct leaf *out, size_t count, size_t *count_out)
{
	struct query q;

	query_open(&q, s, Q_LEAF_LIST);
	query_int(&q, after);
	query_int(&q, campaign);
	query_int(&q, (int64_t)count);
	return read_leaves(&q, arena, out, count, count_out);
}

enum status
store_leaf_backs(struct store *s, struct arena *arena, int64_t campaign,
    struct leaf *out, size_t count, size_t *count_out)
{
	struct query q;

	query_open(&q, s, Q_LEAF_BACKS);
	query_int(&q, campaign);
	query_int(&q, (int64_t)count);
	return read_leaves(&q, arena, out, count, count_out);
}

enum status
store_leaf_entered(struct store *s, int64_t id, int64_t entry)
{
	struct query q;

	query_open(&q, s, Q_LEAF_ENTERED);
	query_int(&q, entry);
	query_int(&q, id);
	return query_run_on_one(&q);
}

/* Of a statement that always has its one row. */
static enum status
count_of(struct query *q, int64_t *out)
{
	*out = query_next(q) == OK ? query_get_int(q) : 0;
	return query_close(q);
}

enum status
store_leaf_waiting(struct store *s, int64_t campaign, int64_t after,
    int64_t *in_out, int64_t *back_out)
{
	struct query q;
	enum status st;

	*back_out = 0;
	query_open(&q, s, Q_LEAF_WAITING);
	query_int(&q, after);
	query_int(&q, campaign);
	st = count_of(&q, in_out);
	if (st != OK)
		return st;
	query_open(&q, s, Q_LEAF_BACK_COUNT);
	query_int(&q, campaign);
	return count_of(&q, back_out);
}

/* Outside a transaction what was loaded for the last one may be old. */
enum status
store_leaf_last(struct store *s, int64_t *id_out)
{
	enum status st;

	if (!s->writing)
		s->sequence_loaded = false;
	st = store_sequence_get(s, SEQUENCE_LEAF, id_out);
	if (st == OK)
		(*id_out)--;
	return st;
}
