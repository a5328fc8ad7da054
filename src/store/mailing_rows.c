/* SPDX-License-Identifier: ISC */
#include "base/arena.h"
#include "store/mailing.h"
#include "store/query.h"

static void
read_row(struct query *q, struct arena *arena, struct mailing *out)
{
	out->id = query_get_int(q);
	out->campaign = query_get_int(q);
	query_get_hash(q, out->serial);
	out->state = (enum mailing_state)query_get_int(q);
	out->origin = (enum mailing_origin)query_get_int(q);
	out->segment = query_get_text(q, arena);
	out->author = query_get_blob(q, arena);
	out->needed = (int)query_get_int(q);
	out->created_at = query_get_int(q);
	out->send_at = query_get_int(q);
	out->started_at = query_get_int(q);
	out->finished_at = query_get_int(q);
	out->why = query_get_text(q, arena);
	out->started_by = query_get_text(q, arena);
	out->position = query_get_int(q);
	out->top = query_get_int(q);
	out->total = query_get_int(q);
	out->claimed = query_get_int(q);
	out->later = query_get_int(q);
	out->accepted = query_get_int(q);
	out->failed = query_get_int(q);
	out->unknown = query_get_int(q);
	out->gone = query_get_int(q);
}

/* What store_mailing_put may change, in the order of both statements. */
static void
put_values(struct query *q, const struct mailing *m)
{
	query_int(q, m->state);
	query_int(q, m->origin);
	query_text(q, m->segment);
	query_blob(q, m->author.data, m->author.len);
	query_int(q, m->needed);
	query_int(q, m->created_at);
	query_int(q, m->send_at);
	query_int(q, m->started_at);
	query_int(q, m->finished_at);
	query_text(q, m->why);
	query_text(q, m->started_by);
}

static enum status
add_row(struct store *s, const struct mailing *m, int64_t id)
{
	struct query q;

	query_open(&q, s, Q_MAILING_ADD);
	query_int(&q, id);
	query_int(&q, m->campaign);
	query_blob(&q, m->serial, STORE_HASH);
	put_values(&q, m);
	return query_run(&q, NULL);
}

static enum status
add_text(struct store *s, int64_t id, const struct mailing_text *text)
{
	struct query q;

	query_open(&q, s, Q_MAILING_TEXT_ADD);
	query_int(&q, id);
	query_text(&q, text->language);
	query_text(&q, text->subject);
	query_text(&q, text->body);
	return query_run(&q, NULL);
}

enum status
store_mailing_add(struct store *s, struct mailing *m,
    const struct mailing_text *texts, size_t count)
{
	enum status st;
	int64_t id;
	size_t i;

	st = store_sequence_next(s, SEQUENCE_MAILING, &id);
	if (st == OK)
		st = add_row(s, m, id);
	for (i = 0; st == OK && i < count; i++)
		st = add_text(s, id, &texts[i]);
	if (st == OK)
		m->id = id;
	return st;
}

enum status
store_mailing_get(struct store *s, struct arena *arena, int64_t id,
    struct mailing *out)
{
	struct query q;
	enum status st, end;

	query_open(&q, s, Q_MAILING_GET);
	query_int(&q, id);
	st = query_next(&q);
	if (st == OK)
		read_row(&q, arena, out);
	end = query_close(&q);
	return end != OK ? end : st;
}

enum status
store_mailing_put(struct store *s, const struct mailing *m)
{
	struct query q;

	query_open(&q, s, Q_MAILING_PUT);
	put_values(&q, m);
	query_int(&q, m->id);
	return query_run_on_one(&q);
}

enum status
store_mailing_begin(struct store *s, int64_t id, int64_t total, int64_t now)
{
	struct query q;

	query_open(&q, s, Q_MAILING_BEGIN);
	query_int(&q, MAILING_SENDING);
	query_int(&q, now);
	query_int(&q, total);
	query_int(&q, id);
	return query_run_on_one(&q);
}

enum status
store_mailing_texts(struct store *s, struct arena *arena, int64_t id,
    struct mailing_text **out, size_t *count_out)
{
	struct mailing_text *all = NULL;
	struct query q;
	size_t n = 0;

	query_open(&q, s, Q_MAILING_TEXTS);
	query_int(&q, id);
	while (query_next(&q) == OK) {
		all = query_room(arena, all, n, sizeof *all);
		all[n].language = query_get_text(&q, arena);
		all[n].subject = query_get_text(&q, arena);
		all[n++].body = query_get_text(&q, arena);
	}
	*out = all;
	*count_out = q.status == OK ? n : 0;
	return query_close(&q);
}

enum status
store_mailing_list(struct store *s, struct arena *arena, int64_t campaign,
    enum mailing_state state, struct mailing **out, size_t *count_out)
{
	struct mailing *all = NULL;
	struct query q;
	size_t n = 0;

	query_open(&q, s, Q_MAILING_LIST);
	query_int(&q, state == MAILING_STATES ? -1 : (int64_t)state);
	query_int(&q, campaign);
	while (query_next(&q) == OK) {
		all = query_room(arena, all, n, sizeof *all);
		read_row(&q, arena, &all[n++]);
	}
	*out = all;
	*count_out = q.status == OK ? n : 0;
	return query_close(&q);
}
