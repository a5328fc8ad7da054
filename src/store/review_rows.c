/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "store/query.h"
#include "store/review.h"

#define AT_ONCE 512             /* rows */

/* The one number that a query has; 0 without a row. */
static enum status
one_number(struct query *q, int64_t *out)
{
	*out = query_next(q) == OK ? query_get_int(q) : 0;
	return query_close(q);
}

/* ---- traits ----------------------------------------------------------------- */

enum status
store_trait_put(struct store *s, const struct trait *t)
{
	struct query q;

	query_open(&q, s, Q_TRAIT_PUT);
	query_int(&q, t->signature);
	query_int(&q, t->campaign);
	query_int(&q, t->hour);
	query_int(&q, t->disposable);
	query_int(&q, t->domain);
	query_int(&q, t->mailbox);
	query_int(&q, t->network);
	query_int(&q, t->words);
	return query_run(&q, NULL);
}

enum status
store_trait_remove(struct store *s, int64_t signature)
{
	struct query q;

	query_open(&q, s, Q_TRAIT_REMOVE);
	query_int(&q, signature);
	return query_run(&q, NULL);
}

enum status
store_trait_purge(struct store *s, int64_t campaign, int32_t hour, size_t limit,
    bool dry, int64_t *count_out)
{
	struct query q;
	enum status st;

	query_open(&q, s, dry ? Q_TRAIT_OLD : Q_TRAIT_PURGE);
	query_int(&q, campaign);
	query_int(&q, hour);
	if (dry)
		return one_number(&q, count_out);
	query_int(&q, (int64_t)limit);
	st = query_run(&q, count_out);
	return st == OK && *count_out == (int64_t)limit ? AGAIN : st;
}

static void
read_trait(struct query *q, struct trait *t)
{
	t->hour = (int32_t)query_get_int(q);
	t->disposable = query_get_int(q) != 0;
	t->domain = query_get_int(q);
	t->mailbox = query_get_int(q);
	t->network = query_get_int(q);
	t->words = query_get_int(q);
}

enum status
store_review_list(struct store *s, struct arena *arena, int64_t campaign,
    int64_t after, struct reviewed *out, size_t count, size_t *count_out)
{
	struct query q;
	size_t n = 0;

	query_open(&q, s, Q_REVIEW_LIST);
	query_int(&q, after);
	query_int(&q, campaign);
	query_int(&q, (int64_t)count);
	while (n < count && query_next(&q) == OK) {
		struct reviewed *r = &out[n++];

		*r = (struct reviewed){ .id = query_get_int(&q) };
		r->state = (enum signature_state)query_get_int(&q);
		r->country = query_get_text(&q, arena);
		r->source = query_get_text(&q, arena);
		r->created_day = (int32_t)query_get_int(&q);
		r->confirmed_day = (int32_t)query_get_int(&q);
		r->number = query_get_int(&q);
		r->unreachable = query_get_int(&q) != 0;
		r->has_trait = query_get_int(&q) != 0;
		r->trait.signature = r->id;
		r->trait.campaign = campaign;
		read_trait(&q, &r->trait);
	}
	*count_out = q.status == OK ? n : 0;
	return query_close(&q);
}

enum status
store_review_each(struct store *s, int64_t campaign, store_review_look *look,
    void *arg)
{
	struct reviewed *rows = mem_alloc(AT_ONCE * sizeof *rows);
	struct arena *arena = arena_new();
	int64_t after = 0;
	size_t count, i;
	enum status st;

	do {
		arena_reset(arena);
		st = store_review_list(s, arena, campaign, after, rows, AT_ONCE,
		    &count);
		for (i = 0; st == OK && i < count; i++) {
			after = rows[i].id;
			st = look(arg, arena, &rows[i]);
		}
	} while (st == OK && count > 0);
	arena_free(&arena);
	free(rows);
	return st;
}

/* ---- batches ------------------------------------------------------------------ */

static void
read_uncount(struct query *q, struct arena *arena, struct uncount *u)
{
	u->id = query_get_int(q);
	u->campaign = query_get_int(q);
	u->state = (enum uncount_state)query_get_int(q);
	u->undoes = query_get_int(q);
	u->reason = query_get_text(q, arena);
	u->chosen = query_get_text(q, arena);
	query_get_hash(q, u->proposer);
	u->needed = (int)query_get_int(q);
	u->created_at = query_get_int(q);
	u->started_at = query_get_int(q);
	u->finished_at = query_get_int(q);
	u->total = query_get_int(q);
	u->looked = query_get_int(q);
	u->position = query_get_int(q);
	u->done = query_get_int(q);
	u->number = query_get_int(q);
	u->because = (enum leaf_back)query_get_int(q);
	/* Of a later version, or damaged: what everything here may be. */
	if (!leaf_of_staff(u->because))
		u->because = LEAF_FRAUD;
}

/* The columns from needed on. */
static void
write_numbers(struct query *q, const struct uncount *u)
{
	query_int(q, u->needed);
	query_int(q, u->created_at);
	query_int(q, u->started_at);
	query_int(q, u->finished_at);
	query_int(q, u->total);
	query_int(q, u->looked);
	query_int(q, u->position);
	query_int(q, u->done);
	query_int(q, u->number);
	query_int(q, u->because);
}

enum status
store_uncount_add(struct store *s, struct uncount *u)
{
	struct query q;
	int64_t id;
	enum status st = store_sequence_next(s, SEQUENCE_UNCOUNT, &id);

	if (st != OK)
		return st;
	query_open(&q, s, Q_UNCOUNT_ADD);
	query_int(&q, id);
	query_int(&q, u->campaign);
	query_int(&q, u->state);
	query_int(&q, u->undoes);
	query_text(&q, u->reason);
	query_text(&q, u->chosen);
	query_blob(&q, u->proposer, STORE_HASH);
	write_numbers(&q, u);
	st = query_run(&q, NULL);
	if (st == OK)
		u->id = id;
	return st;
}

enum status
store_uncount_get(struct store *s, struct arena *arena, int64_t id,
    struct uncount *out)
{
	struct query q;
	enum status st, end;

	query_open(&q, s, Q_UNCOUNT_GET);
	query_int(&q, id);
	st = query_next(&q);
	if (st == OK)
		read_uncount(&q, arena, out);
	end = query_close(&q);
	return end != OK ? end : st;
}

enum status
store_uncount_put(struct store *s, const struct uncount *u)
{
	struct query q;

	query_open(&q, s, Q_UNCOUNT_PUT);
	query_int(&q, u->state);
	query_text(&q, u->reason);
	query_text(&q, u->chosen);
	write_numbers(&q, u);
	query_int(&q, u->id);
	return query_run_on_one(&q);
}

enum status
store_uncount_list(struct store *s, struct arena *arena, int64_t campaign,
    enum uncount_state state, struct uncount **out, size_t *count_out)
{
	struct uncount *all = NULL;
	struct query q;
	size_t n = 0;

	query_open(&q, s, Q_UNCOUNT_LIST);
	query_int(&q, campaign);
	query_int(&q, state == UNCOUNT_STATES ? -1 : (int64_t)state);
	while (query_next(&q) == OK) {
		all = query_room(arena, all, n, sizeof *all);
		read_uncount(&q, arena, &all[n++]);
	}
	*out = all;
	*count_out = q.status == OK ? n : 0;
	return query_close(&q);
}

enum status
store_uncount_open(struct store *s, bool *out)
{
	struct query q;

	*out = false;
	query_open(&q, s, Q_UNCOUNT_OPEN);
	*out = query_next(&q) == OK;
	return query_close(&q);
}

enum status
store_member_add(struct store *s, int64_t uncount, int64_t signature)
{
	struct query q;

	query_open(&q, s, Q_MEMBER_ADD);
	query_int(&q, uncount);
	query_int(&q, signature);
	return query_run(&q, NULL);
}

enum status
store_members(struct store *s, int64_t uncount, bool taken, int64_t after,
    int64_t *out, size_t count, size_t *count_out)
{
	struct query q;
	size_t n = 0;

	query_open(&q, s, Q_MEMBERS);
	query_int(&q, uncount);
	query_int(&q, after);
	query_int(&q, taken);
	query_int(&q, (int64_t)count);
	while (n < count && query_next(&q) == OK)
		out[n++] = query_get_int(&q);
	*count_out = q.status == OK ? n : 0;
	return query_close(&q);
}

enum status
store_member_count(struct store *s, int64_t uncount, bool taken, int64_t *out)
{
	struct query q;

	query_open(&q, s, Q_MEMBER_COUNT);
	query_int(&q, uncount);
	query_int(&q, taken);
	return one_number(&q, out);
}

enum status
store_member_set(struct store *s, int64_t uncount, int64_t signature, bool taken)
{
	struct query q;

	query_open(&q, s, Q_MEMBER_SET);
	query_int(&q, taken);
	query_int(&q, uncount);
	query_int(&q, signature);
	return query_run_on_one(&q);
}

enum status
store_member_of(struct store *s, int64_t signature, int64_t *out)
{
	struct query q;

	query_open(&q, s, Q_MEMBER_OF);
	query_int(&q, signature);
	return one_number(&q, out);
}

enum status
store_members_remove(struct store *s, int64_t uncount)
{
	struct query q;

	query_open(&q, s, Q_MEMBERS_REMOVE);
	query_int(&q, uncount);
	return query_run(&q, NULL);
}
