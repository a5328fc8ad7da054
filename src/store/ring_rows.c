/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "store/query.h"
#include "store/ring.h"

enum status
store_ring_list(struct store *s, struct arena *arena, struct ring_row *out,
    size_t count, size_t *count_out)
{
	struct query q;

	*count_out = 0;
	query_open(&q, s, Q_RING_LIST);
	query_int(&q, (int64_t)count);
	while (*count_out < count && query_next(&q) == OK) {
		struct ring_row *row = &out[(*count_out)++];

		row->epoch = (uint32_t)query_get_int(&q);
		row->state = (enum ring_state)query_get_int(&q);
		row->sealed = query_get_blob(&q, arena);
	}
	return query_close(&q);
}

enum status
store_ring_put(struct store *s, const struct ring_row *row)
{
	struct query q;

	query_open(&q, s, Q_RING_PUT);
	query_int(&q, row->epoch);
	query_int(&q, row->state);
	query_blob(&q, row->sealed.data, row->sealed.len);
	return query_run(&q, NULL);
}

void
store_ring_follow(struct store *s, uint32_t epoch)
{
	s->sealing = true;
	s->epoch = epoch;
}

enum status
store_ring_is_passed(struct store *s, bool *passed_out)
{
	struct query q;

	*passed_out = false;
	if (!s->sealing)
		return OK;
	query_open(&q, s, Q_RING_LATER);
	query_int(&q, s->epoch);
	query_int(&q, RING_PREPARED);
	*passed_out = query_next(&q) == OK;
	return query_close(&q);
}

static enum status
drop(struct store *s, enum statement which, uint32_t epoch)
{
	struct query q;

	query_open(&q, s, which);
	query_int(&q, epoch);
	return query_run(&q, NULL);
}

enum status
store_ring_forget(struct store *s, uint32_t epoch)
{
	return drop(s, Q_RING_FORGET, epoch);
}

enum status
store_ring_remove(struct store *s, uint32_t epoch)
{
	return drop(s, Q_RING_REMOVE, epoch);
}

/* ---- what is sealed ------------------------------------------------------------ */

static const struct {
	enum statement list, put, count;
	bool numbered;                  /* a number is the name of a row */
} statements[SECRETS] = {
	[SECRET_IDENTITY] = { Q_SECRET_IDENTITIES, Q_SECRET_IDENTITY,
	    Q_SECRET_IDENTITY_COUNT, false },
	[SECRET_PAPER] = { Q_SECRET_PAPERS, Q_SECRET_PAPER,
	    Q_SECRET_PAPER_COUNT, false },
	[SECRET_OUTBOX] = { Q_SECRET_PAYLOADS, Q_SECRET_PAYLOAD,
	    Q_SECRET_PAYLOAD_COUNT, false },
	[SECRET_PARKED] = { Q_SECRET_MESSAGES, Q_SECRET_MESSAGE,
	    Q_SECRET_MESSAGE_COUNT, false },
	[SECRET_LEAF] = { Q_SECRET_LEAVES, Q_SECRET_LEAF,
	    Q_SECRET_LEAF_COUNT, true },
	[SECRET_TALLY] = { Q_SECRET_TALLIES, Q_SECRET_TALLY,
	    Q_SECRET_TALLY_COUNT, true },
};

void
store_secret_number(unsigned char name[STORE_HASH], int64_t number)
{
	uint64_t n = (uint64_t)number;
	int i;

	memset(name, 0, STORE_HASH);
	for (i = STORE_HASH - 1; n != 0; i--, n >>= 8)
		name[i] = (unsigned char)n;
}

enum status
store_secrets(struct store *s, struct arena *arena, enum secret which,
    int64_t after, struct secret_row *out, size_t count, size_t *count_out)
{
	struct query q;

	*count_out = 0;
	query_open(&q, s, statements[which].list);
	query_int(&q, after);
	query_int(&q, (int64_t)count);
	while (*count_out < count && query_next(&q) == OK) {
		struct secret_row *row = &out[(*count_out)++];

		row->id = query_get_int(&q);
		row->campaign = query_get_int(&q);
		if (statements[which].numbered)
			store_secret_number(row->name, query_get_int(&q));
		else
			query_get_hash(&q, row->name);
		row->sealed = query_get_blob(&q, arena);
	}
	return query_close(&q);
}

enum status
store_secret_put(struct store *s, enum secret which, int64_t id,
    const void *sealed, size_t len)
{
	struct query q;

	query_open(&q, s, statements[which].put);
	query_int(&q, id);
	query_blob(&q, sealed, len);
	return query_run_on_one(&q);
}

enum status
store_secret_count(struct store *s, enum secret which, int64_t *out)
{
	struct query q;

	*out = 0;
	query_open(&q, s, statements[which].count);
	if (query_next(&q) == OK)
		*out = query_get_int(&q);
	return query_close(&q);
}
