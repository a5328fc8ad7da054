/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "outbox/disclosure.h"
#include "outbox/public.h"

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

/* How many people at least have come to a cell or gone from it, of which only is
 * known what was SHOWN of it. */
static int64_t
moved_at_least(int64_t shown, int64_t n)
{
	if (shown == DISCLOSURE_MORE)
		return n < DISCLOSURE_LEAST ? DISCLOSURE_LEAST - n : 0;
	if (shown == DISCLOSURE_FEWER && n >= DISCLOSURE_LEAST)
		return n - (DISCLOSURE_LEAST - 1);
	return n == 0 ? 1 : 0;
}

/* Cells of which no number is kept, together: their sum is known. */
struct unknown {
	int64_t before, now, moved;
};

static void
add_unknown(struct unknown *u, const struct public_cell *old, int64_t n)
{
	u->now += n;
	u->moved += moved_at_least(old->shown, n);
}

/* D3: how many at least have come to, or gone from, any cell.  Also tells each cell
 * of NEW what was said of it before. */
static int64_t
compare(struct arena *arena, const struct public_view *old,
    const struct public_view *new, struct disclosure *cells)
{
	const struct public_cell **a = in_order(arena, old);
	const struct public_cell **b = in_order(arena, new);
	struct unknown u = { .before = old->total };
	int64_t moved = 0, n;
	size_t i = 0, k = 0;

	while (i < old->count || k < new->count) {
		int order = i == old->count ? 1 : k == new->count ? -1 :
		    strcmp(a[i]->value, b[k]->value);

		if (order > 0) {
			moved += b[k++]->n;
			continue;
		}
		n = order < 0 ? 0 : b[k]->n;
		if (a[i]->shown > 0) {
			u.before -= a[i]->n;
			moved += distance(a[i]->n, n);
		} else
			add_unknown(&u, a[i], n);
		if (order == 0)
			cells[b[k++] - new->cells].told = a[i]->told;
		i++;
	}
	return moved + (u.moved > distance(u.before, u.now) ? u.moved :
	    distance(u.before, u.now));
}

static int
as_shown(const void *a, const void *b)
{
	const struct public_cell *x = a, *y = b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	if (x->shown != y->shown)
		return x->shown < y->shown ? -1 : 1;
	return strcmp(x->value, y->value);
}

/* What is said of CELLS, and nothing else: D4. */
static void
decide(struct arena *arena, struct disclosure *cells,
    const struct gathering *g, struct public_view *out)
{
	size_t i;

	for (i = 0; i < g->count; i++)
		cells[i].n = g->cells[i].n;
	disclosure_decide(cells, g->count);
	out->cells = arena_alloc(arena, (g->count + 1) * sizeof *out->cells);
	for (i = 0; i < g->count; i++)
		out->cells[i] = (struct public_cell){
			.value = g->cells[i].value,
			.n = cells[i].shown > 0 ? g->cells[i].n : 0,
			.shown = cells[i].shown, .told = cells[i].told };
	if (g->count > 0)
		qsort(out->cells, g->count, sizeof *out->cells, as_shown);
}

enum status
public_view_now(struct store *store, struct arena *arena, int64_t campaign,
    enum dimension by, int64_t now, struct public_view *out, bool *new_out)
{
	struct gathering g = { .arena = arena };
	struct public_view old, new = { .day = clock_day(now) };
	struct disclosure *cells;
	enum status st, had;

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
		decide(arena, cells, &g, &new);
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

enum status
public_view_told(struct store *store, struct arena *arena, int64_t campaign,
    enum dimension by, int64_t now, struct public_view *out)
{
	bool new;
	enum status st;

	if (store_is_writing(store))
		return public_keep(store, arena, campaign, by, now, out);
	st = store_public_get(store, arena, campaign, by, out);
	return st != NOT_FOUND ? st : public_view_now(store, arena, campaign, by,
	    now, out, &new);
}
