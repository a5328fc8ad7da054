/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "store/query.h"
#include "store/sealed.h"

enum status
store_data_key_add(struct store *s, const struct data_key_row *row)
{
	struct query q;

	query_open(&q, s, Q_DATA_KEY_ADD);
	query_int(&q, row->number);
	query_int(&q, row->campaign);
	query_blob(&q, row->opening, sizeof row->opening);
	query_blob(&q, row->sealed, sizeof row->sealed);
	query_int(&q, row->day);
	return query_run(&q, NULL);
}

static void
get_data_key(struct query *q, struct data_key_row *out)
{
	out->number = query_get_int(q);
	out->campaign = query_get_int(q);
	(void)query_get_bytes(q, out->opening, sizeof out->opening);
	(void)query_get_bytes(q, out->sealed, sizeof out->sealed);
	out->day = (int32_t)query_get_int(q);
}

enum status
store_data_key_get(struct store *s, int64_t number, struct data_key_row *out)
{
	struct query q;
	enum status st, end;

	query_open(&q, s, Q_DATA_KEY_GET);
	query_int(&q, number);
	st = query_next(&q);
	if (st == OK)
		get_data_key(&q, out);
	end = query_close(&q);
	return end != OK ? end : st;
}

enum status
store_data_keys(struct store *s, int64_t campaign, int32_t day, int64_t after,
    struct data_key_row *out, size_t count, size_t *count_out)
{
	struct query q;
	size_t n = 0;

	query_open(&q, s, Q_DATA_KEYS);
	query_int(&q, campaign);
	query_int(&q, day);
	query_int(&q, after);
	query_int(&q, (int64_t)count);
	while (n < count && query_next(&q) == OK)
		get_data_key(&q, &out[n++]);
	*count_out = q.status == OK ? n : 0;
	return query_close(&q);
}

enum status
store_data_key_remove(struct store *s, int64_t number)
{
	struct query q;

	query_open(&q, s, Q_DATA_KEY_REMOVE);
	query_int(&q, number);
	return query_run(&q, NULL);
}

enum status
store_openings(struct store *s, int64_t campaign, struct opening_row *out,
    size_t count, size_t *count_out)
{
	struct query q;
	size_t n = 0;

	query_open(&q, s, Q_OPENINGS);
	query_int(&q, campaign);
	query_int(&q, (int64_t)count);
	while (n < count && query_next(&q) == OK) {
		(void)query_get_bytes(&q, out[n].opening, sizeof out[n].opening);
		out[n].keys = query_get_int(&q);
		out[n].first = (int32_t)query_get_int(&q);
		out[n].last = (int32_t)query_get_int(&q);
		n++;
	}
	*count_out = q.status == OK ? n : 0;
	return query_close(&q);
}

enum status
store_sealed_count(struct store *s, int64_t campaign, enum signature_state state,
    int64_t look, int64_t *out)
{
	struct query q;

	*out = 0;
	query_open(&q, s, Q_SEALED_COUNT);
	query_int(&q, campaign);
	query_int(&q, state == SIGNATURE_STATES ? -1 : (int64_t)state);
	query_int(&q, look);
	if (query_next(&q) == OK)
		*out = query_get_int(&q);
	return query_close(&q);
}

static enum status
count(struct store *s, enum statement which, int64_t campaign, int64_t *out)
{
	struct query q;

	*out = 0;
	query_open(&q, s, which);
	query_int(&q, campaign);
	if (query_next(&q) == OK)
		*out = query_get_int(&q);
	return query_close(&q);
}

enum status
store_paper_sealed_count(struct store *s, int64_t campaign, int64_t *out)
{
	return count(s, Q_PAPER_SEALED_COUNT, campaign, out);
}

enum status
store_unsealed_count(struct store *s, int64_t campaign, int64_t *out)
{
	return count(s, Q_UNSEALED_COUNT, campaign, out);
}
