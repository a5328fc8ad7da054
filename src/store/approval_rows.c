/* SPDX-License-Identifier: ISC */
#include "base/arena.h"
#include "store/approval.h"
#include "store/query.h"

static void
read_row(struct query *q, struct approval *out)
{
	out->id = query_get_int(q);
	out->kind = (enum approval_kind)query_get_int(q);
	out->subject = query_get_int(q);
	query_get_hash(q, out->approver);
	out->role = (enum approval_role)query_get_int(q);
	out->asked_at = query_get_int(q);
	out->answered_at = query_get_int(q);
	out->answer = (enum approval_answer)query_get_int(q);
}

enum status
store_approval_add(struct store *s, struct approval *a)
{
	struct query q;
	enum status st;
	int64_t id;

	st = store_sequence_next(s, SEQUENCE_APPROVAL, &id);
	if (st != OK)
		return st;
	query_open(&q, s, Q_APPROVAL_ADD);
	query_int(&q, id);
	query_int(&q, a->kind);
	query_int(&q, a->subject);
	query_blob(&q, a->approver, STORE_HASH);
	query_int(&q, a->role);
	query_int(&q, a->asked_at);
	query_int(&q, a->answered_at);
	query_int(&q, a->answer);
	st = query_run(&q, NULL);
	if (st == OK)
		a->id = id;
	return st;
}

enum status
store_approval_get(struct store *s, int64_t id, struct approval *out)
{
	struct query q;
	enum status st, end;

	query_open(&q, s, Q_APPROVAL_GET);
	query_int(&q, id);
	st = query_next(&q);
	if (st == OK)
		read_row(&q, out);
	end = query_close(&q);
	return end != OK ? end : st;
}

enum status
store_approval_put(struct store *s, const struct approval *a)
{
	struct query q;

	query_open(&q, s, Q_APPROVAL_PUT);
	query_int(&q, a->asked_at);
	query_int(&q, a->answered_at);
	query_int(&q, a->answer);
	query_int(&q, a->id);
	return query_run_on_one(&q);
}

enum status
store_approval_list(struct store *s, struct arena *arena,
    enum approval_kind kind, int64_t subject, struct approval **out,
    size_t *count_out)
{
	struct approval *all = NULL;
	struct query q;
	size_t n = 0;

	query_open(&q, s, Q_APPROVAL_LIST);
	query_int(&q, kind);
	query_int(&q, subject);
	while (query_next(&q) == OK) {
		all = query_room(arena, all, n, sizeof *all);
		read_row(&q, &all[n++]);
	}
	*out = all;
	*count_out = q.status == OK ? n : 0;
	return query_close(&q);
}
