/* SPDX-License-Identifier: ISC */
#include "base/arena.h"
#include "store/paper.h"
#include "store/query.h"

enum status
store_paper_add(struct store *s, struct paper *row)
{
	struct query q;
	enum status st;

	query_open(&q, s, Q_PAPER_ADD);
	query_int(&q, row->campaign);
	query_text(&q, row->batch);
	query_blob(&q, row->key, sizeof row->key);
	query_text(&q, row->country);
	query_int(&q, row->day);
	query_blob(&q, row->identity.data, row->identity.len);
	query_blob(&q, row->sealed.data, row->sealed.len);
	st = query_run(&q, NULL);
	if (st == OK)
		row->id = sqlite3_last_insert_rowid(s->db);
	return st;
}

enum status
store_paper_seal(struct store *s, int64_t id, struct blob sealed)
{
	struct query q;

	query_open(&q, s, Q_PAPER_SEAL);
	query_blob(&q, sealed.data, sealed.len);
	query_int(&q, id);
	return query_run_on_one(&q);
}

enum status
store_paper_remove(struct store *s, int64_t campaign,
    const unsigned char key[STORE_HASH])
{
	struct query q;

	query_open(&q, s, Q_PAPER_REMOVE);
	query_int(&q, campaign);
	query_blob(&q, key, STORE_HASH);
	return query_run(&q, NULL);
}

enum status
store_paper_remove_batch(struct store *s, int64_t campaign, const char *batch,
    int64_t *count_out)
{
	struct query q;

	query_open(&q, s, Q_PAPER_REMOVE_BATCH);
	query_int(&q, campaign);
	query_text(&q, batch);
	return query_run(&q, count_out);
}

enum status
store_paper_list(struct store *s, struct arena *arena, int64_t campaign,
    int64_t after, struct paper *out, size_t count, size_t *count_out)
{
	struct query q;

	*count_out = 0;
	query_open(&q, s, Q_PAPER_LIST);
	query_int(&q, after);
	query_int(&q, campaign);
	query_int(&q, (int64_t)count);
	while (*count_out < count && query_next(&q) == OK) {
		struct paper *row = &out[(*count_out)++];

		row->id = query_get_int(&q);
		row->campaign = query_get_int(&q);
		row->batch = query_get_text(&q, arena);
		query_get_hash(&q, row->key);
		row->country = query_get_text(&q, arena);
		row->day = (int32_t)query_get_int(&q);
		row->identity = query_get_blob(&q, arena);
		row->sealed = query_get_blob(&q, arena);
	}
	return query_close(&q);
}

enum status
store_paper_count(struct store *s, int64_t campaign, int64_t *out)
{
	struct query q;

	*out = 0;
	query_open(&q, s, Q_PAPER_COUNT);
	query_int(&q, campaign);
	if (query_next(&q) == OK)
		*out = query_get_int(&q);
	return query_close(&q);
}

enum status
store_paper_counts(struct store *s, int64_t campaign,
    void (*each)(void *arg, const char *batch, const char *country, int64_t n),
    void *arg)
{
	struct arena *arena = arena_new();
	struct query q;
	enum status st;

	query_open(&q, s, Q_PAPER_COUNTS);
	query_int(&q, campaign);
	while (query_next(&q) == OK) {
		const char *batch = query_get_text(&q, arena);
		const char *country = query_get_text(&q, arena);

		each(arg, batch, country, query_get_int(&q));
		arena_reset(arena);
	}
	st = query_close(&q);
	arena_free(&arena);
	return st;
}
