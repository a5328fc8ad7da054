/* SPDX-License-Identifier: ISC */
#include "store/query.h"

static enum status
change(struct store *s, enum statement which, int64_t first, int64_t second,
    int64_t *sum)
{
	struct query q;
	int64_t changed = 0;
	enum status st;

	query_open(&q, s, which);
	query_int(&q, first);
	if (second != INT64_MIN)
		query_int(&q, second);
	st = query_run(&q, &changed);
	*sum += changed;
	return st;
}

enum status
store_clock_back(struct store *s, int64_t now, int64_t back, int64_t hold,
    int64_t pause, int64_t *changed_out)
{
	const struct {
		enum statement which;
		int64_t first, second;
	} all[] = {
		{ Q_BUDGET_BACK, now * 1000, back * 1000 },
		{ Q_OUTBOX_BACK, now, INT64_MIN },
		{ Q_LEDGER_BACK, now, INT64_MIN },
		{ Q_OUTBOX_CLAMP, now + pause, OUTBOX_REQUEST },
		{ Q_OUTBOX_CLAMP, now + hold, OUTBOX_CLASSES },
		{ Q_LEDGER_CLAMP, now + pause, INT64_MIN },
	};
	enum status st = OK;
	size_t i;

	*changed_out = 0;
	for (i = 0; st == OK && i < sizeof all / sizeof all[0]; i++)
		st = change(s, all[i].which, all[i].first, all[i].second,
		    changed_out);
	return st;
}
