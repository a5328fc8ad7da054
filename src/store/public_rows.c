/* SPDX-License-Identifier: ISC */
#include "store/public.h"
#include "store/query.h"

static enum status
read_cells(struct store *s, struct arena *arena, int64_t campaign,
    enum dimension by, struct public_view *out)
{
	struct query q;

	query_open(&q, s, Q_PUBLIC_CELLS);
	query_int(&q, campaign);
	query_int(&q, by);
	while (query_next(&q) == OK) {
		struct public_cell *cell;

		out->cells = query_room(arena, out->cells, out->count,
		    sizeof *out->cells);
		cell = &out->cells[out->count++];
		cell->value = query_get_text(&q, arena);
		cell->n = query_get_int(&q);
		cell->shown = query_get_int(&q);
		cell->told = query_get_int(&q);
	}
	return query_close(&q);
}

enum status
store_public_get(struct store *s, struct arena *arena, int64_t campaign,
    enum dimension by, struct public_view *out)
{
	struct query q;
	enum status st, there = NOT_FOUND;

	*out = (struct public_view){ 0 };
	query_open(&q, s, Q_PUBLIC_GET);
	query_int(&q, campaign);
	query_int(&q, by);
	if (query_next(&q) == OK) {
		there = OK;
		out->day = (int32_t)query_get_int(&q);
		out->total = query_get_int(&q);
	}
	st = query_close(&q);
	if (st != OK || there != OK)
		return st != OK ? st : there;
	return read_cells(s, arena, campaign, by, out);
}

static enum status
put_cell(struct store *s, int64_t campaign, enum dimension by,
    const struct public_cell *cell)
{
	struct query q;

	query_open(&q, s, Q_PUBLIC_CELL_ADD);
	query_int(&q, campaign);
	query_int(&q, by);
	query_text(&q, cell->value);
	query_int(&q, cell->n);
	query_int(&q, cell->shown);
	query_int(&q, cell->told);
	return query_run(&q, NULL);
}

enum status
store_public_put(struct store *s, int64_t campaign, enum dimension by,
    const struct public_view *view)
{
	struct query q;
	enum status st;
	size_t i;

	query_open(&q, s, Q_PUBLIC_PUT);
	query_int(&q, campaign);
	query_int(&q, by);
	query_int(&q, view->day);
	query_int(&q, view->total);
	st = query_run(&q, NULL);
	if (st != OK)
		return st;
	query_open(&q, s, Q_PUBLIC_CLEAR);
	query_int(&q, campaign);
	query_int(&q, by);
	st = query_run(&q, NULL);
	for (i = 0; st == OK && i < view->count; i++)
		st = put_cell(s, campaign, by, &view->cells[i]);
	return st;
}
