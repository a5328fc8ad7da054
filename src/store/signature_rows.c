/* SPDX-License-Identifier: ISC */
#include "base/arena.h"
#include "base/clock.h"
#include "store/ending.h"
#include "store/mailing.h"
#include "store/query.h"

/* ---- campaigns ---------------------------------------------------------- */

enum status
store_campaign(struct store *s, const char *slug, int64_t *id_out,
    enum campaign_state *state_out)
{
	struct query q;
	enum status st, end;

	*id_out = 0;
	*state_out = CAMPAIGN_DRAFT;
	query_open(&q, s, Q_CAMPAIGN_FIND);
	query_text(&q, slug);
	st = query_next(&q);
	if (st == OK) {
		*id_out = query_get_int(&q);
		*state_out = (enum campaign_state)query_get_int(&q);
	}
	end = query_close(&q);
	return end != OK ? end : st;
}

enum status
store_campaign_add(struct store *s, const char *slug, int64_t *id_out)
{
	enum campaign_state state;
	struct query q;
	enum status st;

	st = store_campaign(s, slug, id_out, &state);
	if (st != NOT_FOUND)
		return st == OK ? EXISTS : st;
	query_open(&q, s, Q_CAMPAIGN_ADD);
	query_text(&q, slug);
	query_int(&q, CAMPAIGN_OPEN);
	st = query_run(&q, NULL);
	if (st == OK)
		*id_out = sqlite3_last_insert_rowid(s->db);
	return st;
}

enum status
store_campaign_set_state(struct store *s, int64_t id, enum campaign_state state)
{
	struct query q;
	int64_t changed;
	enum status st;

	query_open(&q, s, Q_CAMPAIGN_STATE);
	query_int(&q, state);
	query_int(&q, id);
	st = query_run(&q, &changed);
	return st == OK && changed == 0 ? NOT_FOUND : st;
}

enum status
store_campaign_next_number(struct store *s, int64_t id, int64_t *number_out)
{
	struct query q;
	enum status st, end;

	*number_out = 0;
	query_open(&q, s, Q_CAMPAIGN_NUMBER);
	query_int(&q, id);
	st = query_next(&q);
	if (st == OK) {
		*number_out = query_get_int(&q);
		/* The change is done only when there are no more rows. */
		while (query_next(&q) == OK)
			;
	}
	end = query_close(&q);
	return end != OK ? end : st;
}

/* ---- signatures --------------------------------------------------------- */

#define AT_UPDATES 12                   /* of read_row's columns, from 0 */

static void
read_row(struct query *q, struct arena *arena, struct signature *out)
{
	out->id = query_get_int(q);
	out->campaign = query_get_int(q);
	query_get_hash(q, out->key);
	out->state = (enum signature_state)query_get_int(q);
	out->identity = query_get_blob(q, arena);
	out->country = query_get_text(q, arena);
	out->language = query_get_text(q, arena);
	out->source = query_get_text(q, arena);
	out->created_day = (int32_t)query_get_int(q);
	out->confirmed_day = (int32_t)query_get_int(q);
	out->number = query_get_int(q);
	out->hidden = query_get_int(q) != 0;
	out->updates = query_get_int(q) != 0;
	out->unreachable = query_get_int(q) != 0;
	out->requests = (int)query_get_int(q);
	out->requested_at = query_get_int(q);
	out->answers = (int)query_get_int(q);
	out->asked = (int)query_get_int(q);
	out->answered_day = (int32_t)query_get_int(q);
	out->next_at = query_get_int(q);
	out->expires_at = query_get_int(q);
	out->actions = (int)query_get_int(q);
	out->leaf = query_get_int(q);
	out->text = query_get_int(q);
	out->sealed = query_get_blob(q, arena);
	out->words = query_get_int(q);
}

/* The columns from country on, in which add and put agree. */
static void
write_rest(struct query *q, const struct signature *sig)
{
	query_text(q, sig->country);
	query_text(q, sig->language);
	query_text(q, sig->source);
	query_int(q, sig->created_day);
	query_int(q, sig->confirmed_day);
	query_int(q, sig->number);
	query_int(q, sig->hidden);
	query_int(q, sig->updates);
	query_int(q, sig->unreachable);
	query_int(q, sig->requests);
	query_int(q, sig->requested_at);
	query_int(q, sig->answers);
	query_int(q, sig->asked);
	query_int(q, sig->answered_day);
	query_int(q, sig->next_at);
	query_int(q, sig->expires_at);
	query_int(q, sig->actions);
	query_int(q, sig->leaf);
	query_int(q, sig->text);
	query_blob(q, sig->sealed.data, sig->sealed.len);
	query_int(q, sig->words);
}

static enum status
read_one(struct query *q, struct arena *arena, struct signature *out)
{
	enum status st = query_next(q), end;

	if (st == OK)
		read_row(q, arena, out);
	end = query_close(q);
	return end != OK ? end : st;
}

bool
signature_is_signed(enum signature_state state)
{
	return state == SIGNATURE_CONFIRMED || state == SIGNATURE_UNCOUNTED;
}

static enum status
read_many(struct query *q, struct arena *arena, struct signature *out,
    size_t count, size_t *count_out)
{
	size_t n = 0;

	while (n < count && query_next(q) == OK)
		read_row(q, arena, &out[n++]);
	*count_out = q->status == OK ? n : 0;
	return query_close(q);
}

enum status
store_signature_find(struct store *s, struct arena *arena, int64_t campaign,
    const unsigned char key[STORE_HASH], struct signature *out)
{
	struct query q;

	query_open(&q, s, Q_SIGNATURE_FIND);
	query_int(&q, campaign);
	query_blob(&q, key, STORE_HASH);
	return read_one(&q, arena, out);
}

enum status
store_signature_get(struct store *s, struct arena *arena, int64_t id,
    struct signature *out)
{
	struct query q;

	query_open(&q, s, Q_SIGNATURE_GET);
	query_int(&q, id);
	return read_one(&q, arena, out);
}

enum status
store_signature_add(struct store *s, struct signature *sig)
{
	struct query q;
	enum status st;
	int64_t id;

	st = store_sequence_next(s, SEQUENCE_SIGNATURE, &id);
	if (st != OK)
		return st;
	query_open(&q, s, Q_SIGNATURE_ADD);
	query_int(&q, id);
	query_int(&q, sig->campaign);
	query_blob(&q, sig->key, STORE_HASH);
	query_int(&q, sig->state);
	query_blob(&q, sig->identity.data, sig->identity.len);
	write_rest(&q, sig);
	st = query_run(&q, NULL);
	if (st == OK)
		sig->id = id;
	return st;
}

enum status
store_signature_put(struct store *s, const struct signature *sig)
{
	struct query q;
	int64_t changed;
	enum status st;

	query_open(&q, s, Q_SIGNATURE_PUT);
	query_int(&q, sig->state);
	query_blob(&q, sig->identity.data, sig->identity.len);
	write_rest(&q, sig);
	query_int(&q, sig->id);
	st = query_run(&q, &changed);
	return st == OK && changed == 0 ? NOT_FOUND : st;
}

enum status
store_signature_due(struct store *s, struct arena *arena, int64_t now,
    struct signature *out, size_t count, size_t *count_out)
{
	struct query q;

	query_open(&q, s, Q_SIGNATURE_DUE);
	query_int(&q, now);
	query_int(&q, (int64_t)count);
	return read_many(&q, arena, out, count, count_out);
}

enum status
store_signature_next(struct store *s, int64_t *when_out)
{
	struct query q;

	*when_out = CLOCK_NEVER;
	query_open(&q, s, Q_SIGNATURE_NEXT);
	if (query_next(&q) == OK)
		*when_out = query_get_int(&q);
	return query_close(&q);
}

enum status
store_signature_list(struct store *s, struct arena *arena, int64_t campaign,
    enum signature_state state, int64_t after, struct signature *out,
    size_t count, size_t *count_out)
{
	struct query q;

	query_open(&q, s, Q_SIGNATURE_LIST);
	query_int(&q, after);
	query_int(&q, campaign);
	query_int(&q, state == SIGNATURE_STATES ? -1 : (int64_t)state);
	query_int(&q, (int64_t)count);
	return read_many(&q, arena, out, count, count_out);
}

enum status
store_signature_range(struct store *s, struct arena *arena, int64_t after,
    struct signature *out, size_t count, size_t *count_out)
{
	struct query q;

	query_open(&q, s, Q_SIGNATURE_RANGE);
	query_int(&q, after);
	query_int(&q, INT64_MAX);
	query_int(&q, (int64_t)count);
	return read_many(&q, arena, out, count, count_out);
}

/* Asked of the columns, so that those who do not matter cost no memory. */
static bool
is_candidate(struct query *q, int64_t campaign)
{
	return sqlite3_column_int64(q->st, 1) == campaign &&
	    signature_is_signed((enum signature_state)
	    sqlite3_column_int(q->st, 3)) &&
	    sqlite3_column_int(q->st, AT_UPDATES) != 0 &&
	    sqlite3_column_int(q->st, AT_UPDATES + 1) == 0;
}

enum status
store_mailing_candidates(struct store *s, struct arena *arena,
    int64_t campaign, int64_t after, int64_t top, size_t look,
    struct signature *out, size_t count, size_t *count_out, int64_t *seen_out)
{
	size_t n = 0, looked = 0;
	struct query q;

	*count_out = 0;
	*seen_out = after;
	query_open(&q, s, Q_SIGNATURE_RANGE);
	query_int(&q, after);
	query_int(&q, top);
	query_int(&q, (int64_t)look);
	while (n < count && looked < look && query_next(&q) == OK) {
		looked++;
		*seen_out = sqlite3_column_int64(q.st, 0);
		if (is_candidate(&q, campaign))
			read_row(&q, arena, &out[n++]);
	}
	if (q.status == OK) {
		*count_out = n;
		if (n < count && looked < look)
			*seen_out = top;
	} else
		*seen_out = after;
	return query_close(&q);
}
