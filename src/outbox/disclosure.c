/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "outbox/disclosure.h"

/* D2, and what is small by itself. */
static int64_t
alone(const struct disclosure *cell)
{
	int64_t moved = cell->n - cell->told;

	if (cell->told >= DISCLOSURE_LEAST && moved < DISCLOSURE_LEAST &&
	    moved > -DISCLOSURE_LEAST)
		return cell->told;
	return cell->n < DISCLOSURE_LEAST ? DISCLOSURE_FEWER : cell->n;
}

/* What somebody can reckon who knows what the untold cells are together. */
struct untold {
	int64_t few, more;      /* cells told as "<10", as "10+" */
	int64_t sum;            /* people in them */
};

static struct untold
untold(const struct disclosure *cells, size_t count)
{
	struct untold u = { 0 };
	size_t i;

	for (i = 0; i < count; i++) {
		if (cells[i].shown > 0)
			continue;
		if (cells[i].shown == DISCLOSURE_FEWER)
			u.few++;
		else
			u.more++;
		u.sum += cells[i].n;
	}
	return u;
}

/* D1: how many numbers one "<10" may still be, all others being anything that
 * they are told to be. */
static int64_t
possible(const struct untold *u)
{
	int64_t low = u->sum - (u->few - 1) * (DISCLOSURE_LEAST - 1);
	int64_t high = u->sum - (u->few - 1) - u->more * DISCLOSURE_LEAST;

	if (low < 1 || u->more > 0)
		low = 1;
	if (high > DISCLOSURE_LEAST - 1)
		high = DISCLOSURE_LEAST - 1;
	return high - low + 1;
}

/* The cell to give up next: one of which no number was told before, else the
 * smallest; COUNT when none is left. */
static size_t
next_to_hide(const struct disclosure *cells, size_t count)
{
	size_t i, best = count;

	for (i = 0; i < count; i++) {
		bool told, best_told;

		if (cells[i].shown <= 0)
			continue;
		if (best == count) {
			best = i;
			continue;
		}
		told = cells[i].told > 0;
		best_told = cells[best].told > 0;
		if (told != best_told ? best_told :
		    cells[i].n < cells[best].n)
			best = i;
	}
	return best;
}

/* D1: hide numbers until it holds, or all. */
static void
protect(struct disclosure *cells, size_t count)
{
	struct untold u = untold(cells, count);
	size_t i, hide;

	while (u.few > 0 && possible(&u) < DISCLOSURE_RANGE) {
		hide = next_to_hide(cells, count);
		if (hide == count)
			break;
		cells[hide].shown = cells[hide].n < DISCLOSURE_LEAST ?
		    DISCLOSURE_FEWER : DISCLOSURE_MORE;
		u = untold(cells, count);
	}
	if (u.few == 0 || possible(&u) >= DISCLOSURE_RANGE)
		return;
	for (i = 0; i < count; i++)
		cells[i].shown = DISCLOSURE_NOTHING;
}

void
disclosure_decide(struct disclosure *cells, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		cells[i].shown = alone(&cells[i]);
	protect(cells, count);
	for (i = 0; i < count; i++)
		if (cells[i].shown > 0)
			cells[i].told = cells[i].shown;
}

void
disclosure_text(int64_t shown, char out[24])
{
	const char *word = shown == DISCLOSURE_FEWER ? "<10" :
	    shown == DISCLOSURE_MORE ? "10+" : "";

	if (shown > 0)
		(void)snprintf(out, 24, "%" PRId64, shown);
	else
		(void)snprintf(out, 24, "%s", word);
}
