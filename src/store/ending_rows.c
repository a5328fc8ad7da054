/* SPDX-License-Identifier: ISC */
#include "store/approval.h"
#include "store/ending.h"
#include "store/mailing.h"
#include "store/query.h"

enum status
store_ending_get(struct store *s, int64_t campaign, struct ending *out)
{
	struct query q;
	int64_t told;

	*out = (struct ending){ .closed_at = 0 };
	query_open(&q, s, Q_ENDING_GET);
	query_int(&q, campaign);
	if (query_next(&q) == OK) {
		out->closed_at = query_get_int(&q);
		out->delivered_at = query_get_int(&q);
		told = query_get_int(&q);
		out->told = told < ENDING_UNTOLD || told > ENDING_TOLD_DELIVERED ?
		    ENDING_TOLD_DELIVERED : (enum told)told;
		out->untraced = query_get_int(&q) != 0;
	}
	return query_close(&q);
}

enum status
store_ending_put(struct store *s, int64_t campaign, const struct ending *e)
{
	struct query q;

	query_open(&q, s, Q_ENDING_PUT);
	query_int(&q, campaign);
	query_int(&q, e->closed_at);
	query_int(&q, e->delivered_at);
	query_int(&q, e->told);
	query_int(&q, e->untraced);
	return query_run(&q, NULL);
}

/* ---- people ---------------------------------------------------------------- */

static enum status
set_key(struct store *s, enum statement which, int64_t id,
    const unsigned char key[STORE_HASH])
{
	struct query q;

	query_open(&q, s, which);
	query_blob(&q, key, STORE_HASH);
	query_int(&q, id);
	return query_run_on_one(&q);
}

enum status
store_signature_rekey(struct store *s, int64_t id,
    const unsigned char new_key[STORE_HASH])
{
	return set_key(s, Q_SIGNATURE_REKEY, id, new_key);
}

enum status
store_paper_untrace(struct store *s, int64_t id,
    const unsigned char new_key[STORE_HASH])
{
	return set_key(s, Q_PAPER_UNTRACE, id, new_key);
}

enum status
store_signature_remove(struct store *s, int64_t id)
{
	struct query q;

	query_open(&q, s, Q_SIGNATURE_REMOVE);
	query_int(&q, id);
	return query_run_on_one(&q);
}

/* A statement that removes, or one that counts. */
static enum status
finish(struct query *q, bool dry, int64_t *count_out)
{
	*count_out = 0;
	if (!dry)
		return query_run(q, count_out);
	if (query_next(q) == OK)
		*count_out = query_get_int(q);
	return query_close(q);
}

enum status
store_history_purge(struct store *s, int64_t campaign, int64_t after,
    int64_t last, int64_t before, bool dry, int64_t *count_out)
{
	struct query q;

	query_open(&q, s, dry ? Q_HISTORY_OLD : Q_HISTORY_PURGE);
	query_int(&q, after);
	query_int(&q, last);
	query_int(&q, before);
	query_int(&q, campaign);
	return finish(&q, dry, count_out);
}

/* ---- what the program noted for itself --------------------------------------- */

#define EMPTYING 1              /* its numbers are not those of its rows (S7) */
#define EMPTIED 2

static enum status
set_emptied(struct store *s, int64_t mailing, int how)
{
	struct query q;

	query_open(&q, s, Q_MAILING_EMPTIED);
	query_int(&q, how);
	query_int(&q, mailing);
	return query_run(&q, NULL);
}

static enum status
purge_later(struct store *s, int64_t mailing)
{
	struct query q;

	query_open(&q, s, Q_LATER_PURGE);
	query_int(&q, mailing);
	return query_run(&q, NULL);
}

static enum status
purge_approvals(struct store *s, int64_t mailing)
{
	struct query q;

	query_open(&q, s, Q_APPROVAL_PURGE);
	query_int(&q, APPROVAL_OF_MAILING);
	query_int(&q, mailing);
	return query_run(&q, NULL);
}

enum status
store_mailing_empty(struct store *s, int64_t mailing, size_t limit,
    int64_t *count_out)
{
	struct query q;
	enum status st = set_emptied(s, mailing, EMPTYING);

	*count_out = 0;
	if (st != OK)
		return st;
	query_open(&q, s, Q_LEDGER_PURGE);
	query_int(&q, mailing);
	query_int(&q, (int64_t)limit);
	st = query_run(&q, count_out);
	if (st == OK && *count_out >= (int64_t)limit)
		return AGAIN;
	if (st == OK)
		st = purge_later(s, mailing);
	if (st == OK)
		st = purge_approvals(s, mailing);
	return st == OK ? set_emptied(s, mailing, EMPTIED) : st;
}

enum status
store_mailing_rows(struct store *s, int64_t mailing, int64_t *count_out)
{
	struct query q;

	query_open(&q, s, Q_LEDGER_COUNT);
	query_int(&q, mailing);
	return finish(&q, true, count_out);
}

enum status
store_mailing_over(struct store *s, int64_t campaign, int64_t after,
    int64_t before, int64_t *id_out)
{
	struct query q;
	enum status st, end;

	*id_out = 0;
	query_open(&q, s, Q_MAILING_OVER);
	query_int(&q, campaign);
	query_int(&q, after);
	query_int(&q, before);
	query_int(&q, MAILING_DONE);
	query_int(&q, MAILING_CANCELLED);
	st = query_next(&q);
	if (st == OK)
		*id_out = query_get_int(&q);
	end = query_close(&q);
	return end != OK ? end : st;
}

enum status
store_parked_purge(struct store *s, int64_t before, bool dry,
    int64_t *count_out)
{
	struct query q;

	query_open(&q, s, dry ? Q_PARKED_OLD : Q_PARKED_PURGE);
	query_int(&q, before);
	return finish(&q, dry, count_out);
}
