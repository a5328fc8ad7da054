/* SPDX-License-Identifier: ISC */
#include "store/query.h"

enum status
store_counts(struct store *s, int64_t campaign, enum dimension by,
    enum signature_state state,
    void (*each)(void *arg, const char *value, int64_t n), void *arg)
{
	static const enum statement statement[] = {
		[BY_NOTHING] = Q_COUNT_ALL, [BY_STATE] = Q_COUNT_STATE,
		[BY_COUNTRY] = Q_COUNT_COUNTRY,
		[BY_LANGUAGE] = Q_COUNT_LANGUAGE, [BY_DAY] = Q_COUNT_DAY,
		[BY_SOURCE] = Q_COUNT_SOURCE,
	};
	const char *value;
	struct query q;

	if (by == BY_STATE)
		state = SIGNATURE_STATES;
	query_open(&q, s, statement[by]);
	query_int(&q, campaign);
	query_int(&q, state == SIGNATURE_STATES ? -1 : (int64_t)state);
	while (query_next(&q) == OK) {
		value = (const char *)sqlite3_column_text(q.st, 0);
		each(arg, value == NULL ? "" : value,
		    sqlite3_column_int64(q.st, 1));
	}
	return query_close(&q);
}

enum status
store_check_counts(struct store *s, int64_t *wrong_out)
{
	static const enum statement checks[] = { Q_COUNT_WRONG_CELLS,
		Q_COUNT_WRONG_DAYS };
	struct query q;
	enum status st;
	size_t i;

	*wrong_out = 0;
	for (i = 0; i < 2; i++) {
		query_open(&q, s, checks[i]);
		if (query_next(&q) == OK)
			*wrong_out += query_get_int(&q);
		st = query_close(&q);
		if (st != OK)
			return st;
	}
	return OK;
}
