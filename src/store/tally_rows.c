/* SPDX-License-Identifier: ISC */
#include "base/arena.h"
#include "store/query.h"
#include "store/tally.h"

/* The first row, if any: OK or NOT_FOUND; then its columns are read, and the
 * query is closed by end_one. */
static enum status
end_one(struct query *q, enum status st)
{
	enum status end = query_close(q);

	return end != OK ? end : st;
}

/* ---- the log of a campaign ------------------------------------------------ */

enum status
store_tally_get(struct store *s, struct arena *arena, int64_t campaign,
    struct tally *out)
{
	struct query q;
	enum status st;

	query_open(&q, s, Q_TALLY_GET);
	query_int(&q, campaign);
	st = query_next(&q);
	if (st == OK) {
		out->campaign = query_get_int(&q);
		out->origin = query_get_text(&q, arena);
		(void)query_get_bytes(&q, out->public, sizeof out->public);
		out->seed = query_get_blob(&q, arena);
		out->size = query_get_int(&q);
		out->counted = query_get_int(&q);
		out->taken = query_get_int(&q);
		out->filled = query_get_int(&q);
		out->batch_at = query_get_int(&q);
		out->stopped = (enum tally_stop)query_get_int(&q);
		/* Of a later version, or damaged: it does stand still. */
		if ((unsigned)out->stopped >= TALLY_STOPS)
			out->stopped = TALLY_FORKED;
	}
	return end_one(&q, st);
}

/* The columns from size on, in which add and put agree. */
static void
write_tally(struct query *q, const struct tally *t)
{
	query_int(q, t->size);
	query_int(q, t->counted);
	query_int(q, t->taken);
	query_int(q, t->filled);
	query_int(q, t->batch_at);
	query_int(q, t->stopped);
}

enum status
store_tally_add(struct store *s, const struct tally *t)
{
	struct query q;

	query_open(&q, s, Q_TALLY_ADD);
	query_int(&q, t->campaign);
	query_text(&q, t->origin);
	query_blob(&q, t->public, sizeof t->public);
	query_blob(&q, t->seed.data, t->seed.len);
	write_tally(&q, t);
	return query_run(&q, NULL);
}

enum status
store_tally_put(struct store *s, const struct tally *t)
{
	struct query q;

	query_open(&q, s, Q_TALLY_PUT);
	write_tally(&q, t);
	query_int(&q, t->campaign);
	return query_run_on_one(&q);
}

/* ---- tiles ------------------------------------------------------------------ */

enum status
store_tile_get(struct store *s, struct arena *arena, int64_t campaign,
    int level, int64_t at, struct blob *out)
{
	struct query q;
	enum status st;

	*out = (struct blob){ NULL, 0 };
	query_open(&q, s, Q_TILE_GET);
	query_int(&q, campaign);
	query_int(&q, level);
	query_int(&q, at);
	st = query_next(&q);
	if (st == OK)
		*out = query_get_blob(&q, arena);
	return end_one(&q, st);
}

static enum status
write_tile(struct store *s, enum statement which, int64_t campaign, int level,
    int64_t at, const void *data, size_t len)
{
	struct query q;

	query_open(&q, s, which);
	query_blob(&q, data, len);
	query_int(&q, campaign);
	query_int(&q, level);
	query_int(&q, at);
	return which == Q_TILE_PUT ? query_run_on_one(&q) : query_run(&q, NULL);
}

enum status
store_tile_put(struct store *s, int64_t campaign, int level, int64_t at,
    const void *data, size_t len)
{
	enum status st = write_tile(s, Q_TILE_PUT, campaign, level, at, data,
	    len);

	return st != NOT_FOUND ? st :
	    write_tile(s, Q_TILE_ADD, campaign, level, at, data, len);
}

/* CAMPAIGN, and one number more. */
static enum status
run_with_number(struct store *s, enum statement which, int64_t campaign,
    int64_t number)
{
	struct query q;

	query_open(&q, s, which);
	query_int(&q, campaign);
	query_int(&q, number);
	return query_run(&q, NULL);
}

enum status
store_tile_cut(struct store *s, int64_t campaign, int level, int64_t at)
{
	struct query q;

	query_open(&q, s, Q_TILE_CUT);
	query_int(&q, campaign);
	query_int(&q, level);
	query_int(&q, at);
	return query_run(&q, NULL);
}

/* ---- checkpoints ------------------------------------------------------------ */

enum status
store_signed_add(struct store *s, int64_t campaign,
    const struct tally_signed *row)
{
	struct query q;

	query_open(&q, s, Q_SIGNED_ADD);
	query_int(&q, campaign);
	query_int(&q, row->size);
	query_int(&q, row->counted);
	query_blob(&q, row->root, sizeof row->root);
	query_blob(&q, row->signature, sizeof row->signature);
	query_int(&q, row->at);
	return query_run(&q, NULL);
}

enum status
store_signed_of(struct store *s, int64_t campaign, int64_t size,
    struct tally_signed *out)
{
	struct query q;
	enum status st;

	query_open(&q, s, size < 0 ? Q_SIGNED_NEWEST : Q_SIGNED_OF);
	query_int(&q, campaign);
	if (size >= 0)
		query_int(&q, size);
	st = query_next(&q);
	if (st == OK) {
		out->size = query_get_int(&q);
		out->counted = query_get_int(&q);
		(void)query_get_bytes(&q, out->root, sizeof out->root);
		(void)query_get_bytes(&q, out->signature,
		    sizeof out->signature);
		out->at = query_get_int(&q);
	}
	return end_one(&q, st);
}

enum status
store_signed_cut(struct store *s, int64_t campaign, int64_t size)
{
	enum status st = run_with_number(s, Q_SIGNED_CUT, campaign, size);

	return st != OK ? st :
	    run_with_number(s, Q_COSIGNATURE_CUT, campaign, size);
}

enum status
store_cosignature_put(struct store *s, int64_t campaign,
    const struct tally_cosignature *row)
{
	struct query q;

	query_open(&q, s, Q_COSIGNATURE_PUT);
	query_int(&q, campaign);
	query_int(&q, row->size);
	query_int(&q, row->witness);
	query_int(&q, row->at);
	query_text(&q, row->key);
	query_text(&q, row->line);
	return query_run(&q, NULL);
}

enum status
store_cosignatures(struct store *s, struct arena *arena, int64_t campaign,
    int64_t size, struct tally_cosignature **out, size_t *count_out)
{
	struct tally_cosignature *rows = NULL;
	struct query q;
	size_t n = 0;

	query_open(&q, s, Q_COSIGNATURES);
	query_int(&q, campaign);
	query_int(&q, size);
	while (query_next(&q) == OK) {
		rows = query_room(arena, rows, n, sizeof *rows);
		rows[n].size = query_get_int(&q);
		rows[n].witness = query_get_int(&q);
		rows[n].at = query_get_int(&q);
		rows[n].key = query_get_text(&q, arena);
		rows[n++].line = query_get_text(&q, arena);
	}
	*out = rows;
	*count_out = n;
	return query_close(&q);
}

enum status
store_cosigned(struct store *s, int64_t campaign, int64_t witness,
    int64_t *size_out)
{
	struct query q;

	query_open(&q, s, Q_COSIGNED);
	query_int(&q, campaign);
	query_int(&q, witness);
	*size_out = query_next(&q) == OK ? query_get_int(&q) : 0;
	return query_close(&q);
}

/* ---- witnesses -------------------------------------------------------------- */

enum status
store_witness_add(struct store *s, struct tally_witness *w)
{
	struct query q;
	enum status st = store_sequence_next(s, SEQUENCE_WITNESS, &w->id);

	if (st != OK)
		return st;
	query_open(&q, s, Q_WITNESS_ADD);
	query_int(&q, w->id);
	query_int(&q, w->campaign);
	query_text(&q, w->name);
	return query_run(&q, NULL);
}

static enum status
read_witness(struct query *q, struct arena *arena, struct tally_witness *out)
{
	enum status st = query_next(q);

	if (st == OK) {
		out->id = query_get_int(q);
		out->campaign = query_get_int(q);
		out->name = query_get_text(q, arena);
		out->asked_size = query_get_int(q);
		out->asked_day = (int32_t)query_get_int(q);
	}
	return end_one(q, st);
}

enum status
store_witness_get(struct store *s, struct arena *arena, int64_t id,
    struct tally_witness *out)
{
	struct query q;

	query_open(&q, s, Q_WITNESS_GET);
	query_int(&q, id);
	return read_witness(&q, arena, out);
}

enum status
store_witness_find(struct store *s, struct arena *arena, int64_t campaign,
    const char *name, struct tally_witness *out)
{
	struct query q;

	query_open(&q, s, Q_WITNESS_FIND);
	query_int(&q, campaign);
	query_text(&q, name);
	return read_witness(&q, arena, out);
}

enum status
store_witness_asked(struct store *s, int64_t id, int64_t size, int32_t day)
{
	struct query q;

	query_open(&q, s, Q_WITNESS_ASKED);
	query_int(&q, size);
	query_int(&q, day);
	query_int(&q, id);
	return query_run_on_one(&q);
}

/* ---- texts ------------------------------------------------------------------ */

static void
read_text(struct query *q, struct arena *arena, struct tally_text *out)
{
	out->id = query_get_int(q);
	out->language = query_get_text(q, arena);
	(void)query_get_bytes(q, out->hash, sizeof out->hash);
	out->body = query_get_blob(q, arena);
}

static enum status
find_text(struct store *s, int64_t campaign, struct tally_text *text)
{
	struct query q;
	enum status st;

	query_open(&q, s, Q_TEXT_FIND);
	query_int(&q, campaign);
	query_blob(&q, text->hash, sizeof text->hash);
	query_text(&q, text->language);
	st = query_next(&q);
	if (st == OK)
		text->id = query_get_int(&q);
	return end_one(&q, st);
}

enum status
store_text_add(struct store *s, int64_t campaign, struct tally_text *text)
{
	enum status st = find_text(s, campaign, text);
	struct query q;

	if (st != NOT_FOUND)
		return st;
	query_open(&q, s, Q_TEXT_ADD);
	query_int(&q, campaign);
	query_text(&q, text->language);
	query_blob(&q, text->hash, sizeof text->hash);
	query_blob(&q, text->body.data, text->body.len);
	st = query_run(&q, NULL);
	if (st == OK)
		text->id = sqlite3_last_insert_rowid(s->db);
	return st;
}

enum status
store_text_get(struct store *s, struct arena *arena, int64_t campaign,
    int64_t id, bool whole, struct tally_text *out)
{
	struct query q;
	enum status st;

	query_open(&q, s, whole ? Q_TEXT_WHOLE : Q_TEXT_GET);
	query_int(&q, campaign);
	query_int(&q, id);
	st = query_next(&q);
	if (st == OK)
		read_text(&q, arena, out);
	return end_one(&q, st);
}

enum status
store_texts(struct store *s, struct arena *arena, int64_t campaign,
    struct tally_text **out, size_t *count_out)
{
	struct tally_text *rows = NULL;
	struct query q;
	size_t n = 0;

	query_open(&q, s, Q_TEXTS);
	query_int(&q, campaign);
	while (query_next(&q) == OK) {
		rows = query_room(arena, rows, n, sizeof *rows);
		read_text(&q, arena, &rows[n++]);
	}
	*out = rows;
	*count_out = n;
	return query_close(&q);
}

/* ---- batches of staff ----------------------------------------------------------- */

bool
leaf_of_staff(enum leaf_back back)
{
	return back == LEAF_FRAUD || back == LEAF_DUPLICATE ||
	    back == LEAF_UNREACHABLE;
}

enum status
store_batch_add(struct store *s, int64_t campaign, struct tally_batch *b)
{
	struct query q;
	enum status st;

	query_open(&q, s, Q_BATCH_LAST);
	query_int(&q, campaign);
	b->number = query_next(&q) == OK ? query_get_int(&q) + 1 : 0;
	st = query_close(&q);
	if (st != OK)
		return st;
	query_open(&q, s, Q_BATCH_ADD);
	query_int(&q, campaign);
	query_int(&q, b->number);
	query_int(&q, b->day);
	query_text(&q, b->reason);
	return query_run(&q, NULL);
}

enum status
store_batch_put(struct store *s, int64_t campaign, const struct tally_batch *b)
{
	struct query q;

	query_open(&q, s, Q_BATCH_PUT);
	query_int(&q, campaign);
	query_int(&q, b->number);
	query_int(&q, b->day);
	query_int(&q, b->count);
	query_text(&q, b->reason);
	query_int(&q, b->entry);
	return query_run(&q, NULL);
}

enum status
store_batch_counted(struct store *s, int64_t campaign, int64_t number)
{
	struct query q;

	query_open(&q, s, Q_BATCH_COUNTED);
	query_int(&q, campaign);
	query_int(&q, number);
	return query_run_on_one(&q);
}

enum status
store_batch_entered(struct store *s, int64_t campaign, int64_t number,
    int64_t entry)
{
	struct query q;

	query_open(&q, s, Q_BATCH_ENTERED);
	query_int(&q, entry);
	query_int(&q, campaign);
	query_int(&q, number);
	return query_run_on_one(&q);
}

enum status
store_batches(struct store *s, struct arena *arena, int64_t campaign,
    struct tally_batch **out, size_t *count_out)
{
	struct tally_batch *rows = NULL;
	struct query q;
	size_t n = 0;

	query_open(&q, s, Q_BATCHES);
	query_int(&q, campaign);
	while (query_next(&q) == OK) {
		rows = query_room(arena, rows, n, sizeof *rows);
		rows[n].number = query_get_int(&q);
		rows[n].day = (int32_t)query_get_int(&q);
		rows[n].count = query_get_int(&q);
		rows[n].reason = query_get_text(&q, arena);
		rows[n++].entry = query_get_int(&q);
	}
	*out = rows;
	*count_out = n;
	return query_close(&q);
}
