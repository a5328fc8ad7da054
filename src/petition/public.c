/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "petition/disclosure.h"
#include "petition/public.h"

struct gathering {
	struct arena *arena;
	struct public_cell *cells;      /* on the heap: grows */
	size_t count;
	int64_t total;
};

static void
gather(void *arg, const char *value, int64_t n)
{
	struct gathering *g = arg;

	if (n <= 0)
		return;
	g->cells = mem_realloc(g->cells, g->count + 1, sizeof *g->cells);
	g->cells[g->count++] = (struct public_cell){
		.value = arena_strdup(g->arena, value), .n = n };
	g->total += n;
}

static int
by_value(const void *a, const void *b)
{
	const struct public_cell *const *x = a, *const *y = b;

	return strcmp((*x)->value, (*y)->value);
}

static const struct public_cell **
in_order(struct arena *arena, const struct public_view *view)
{
	const struct public_cell **out = arena_alloc(arena,
	    (view->count + 1) * sizeof *out);
	size_t i;

	for (i = 0; i < view->count; i++)
		out[i] = &view->cells[i];
	if (view->count > 0)
		qsort(out, view->count, sizeof *out, by_value);
	return out;
}

static int64_t
distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

/* D3: how many have come to, or gone from, any cell.  Also tells each cell of
 * NEW what was said of it before. */
static int64_t
compare(struct arena *arena, const struct public_view *old,
    const struct public_view *new, struct disclosure *cells)
{
	const struct public_cell **a = in_order(arena, old);
	const struct public_cell **b = in_order(arena, new);
	int64_t moved = 0;
	size_t i = 0, k = 0;

	while (i < old->count || k < new->count) {
		int order = i == old->count ? 1 : k == new->count ? -1 :
		    strcmp(a[i]->value, b[k]->value);

		if (order < 0)
			moved += a[i++]->n;
		else if (order > 0)
			moved += b[k++]->n;
		else {
			cells[b[k] - new->cells].told = a[i]->told;
			moved += distance(a[i++]->n, b[k++]->n);
		}
	}
	return moved;
}

enum status
public_view_now(struct store *store, struct arena *arena, int64_t campaign,
    enum dimension by, int64_t now, struct public_view *out, bool *new_out)
{
	struct gathering g = { .arena = arena };
	struct public_view old, new = { .day = clock_day(now) };
	struct disclosure *cells;
	enum status st, had;
	size_t i;

	*new_out = false;
	had = store_public_get(store, arena, campaign, by, &old);
	if (had != OK && had != NOT_FOUND)
		return had;
	*out = old;
	st = store_counts(store, campaign, by, SIGNATURE_CONFIRMED, gather, &g);
	new.cells = g.cells;
	new.count = g.count;
	new.total = g.total;
	cells = arena_alloc(arena, (g.count + 1) * sizeof *cells);
	if (st == OK && (compare(arena, &old, &new, cells) >= DISCLOSURE_LEAST ||
	    (had == NOT_FOUND && g.count > 0))) {
		for (i = 0; i < g.count; i++)
			cells[i].n = g.cells[i].n;
		disclosure_decide(cells, g.count);
		for (i = 0; i < g.count; i++) {
			g.cells[i].shown = cells[i].shown;
			g.cells[i].told = cells[i].told;
		}
		new.cells = arena_alloc(arena, (g.count + 1) * sizeof *g.cells);
		if (g.count > 0)
			memcpy(new.cells, g.cells, g.count * sizeof *g.cells);
		*out = new;
		*new_out = true;
	}
	free(g.cells);
	return st;
}

enum status
public_keep(struct store *store, struct arena *arena, int64_t campaign,
    enum dimension by, int64_t now, struct public_view *out)
{
	bool new;
	enum status st = public_view_now(store, arena, campaign, by, now, out,
	    &new);

	return st == OK && new ? store_public_put(store, campaign, by, out) : st;
}
