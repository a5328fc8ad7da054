/* SPDX-License-Identifier: ISC */
#include "petition/spare.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "seal/parts.h"
#include "store/sealed.h"

#define SOME 64                 /* read at once */

struct listed {
	int64_t campaign, number;
	int32_t day;
	bool named;
};

struct spare {
	struct listed *keys;               /* sorted, when all of them are there */
	size_t count, at;
	bool is_sorted;
};

struct spare *
spare_new(void)
{
	return mem_alloc(sizeof(struct spare));
}

void
spare_free(struct spare **sp)
{
	if (*sp != NULL)
		free((*sp)->keys);
	free(*sp);
	*sp = NULL;
}

/* Yesterday's too may be in use: days of two clocks need not end at once. */
static int32_t
too_young(int64_t now)
{
	return clock_day(now) - 1;
}

enum status
spare_add(struct spare *s, struct store *store, int64_t campaign, int64_t now)
{
	struct data_key_row rows[SOME];
	int64_t after = 0;
	size_t n, i;
	enum status st;

	do {
		st = store_data_keys(store, campaign, too_young(now), after, rows,
		    SOME, &n);
		if (st != OK)
			return st;
		s->keys = mem_realloc(s->keys, s->count + SOME,
		    sizeof *s->keys);
		for (i = 0; i < n; i++) {
			s->keys[s->count++] = (struct listed){ campaign,
			    rows[i].number, rows[i].day, false };
			after = rows[i].number;
		}
	} while (n == SOME);
	s->is_sorted = false;
	return OK;
}

static int
by_number(const void *a, const void *b)
{
	int64_t x = ((const struct listed *)a)->number;
	int64_t y = ((const struct listed *)b)->number;

	return (x > y) - (x < y);
}

/* K2. */
static void
keep_all(struct spare *s, int64_t campaign)
{
	size_t i;

	log_warnx("sealed=damaged a row cannot be read; no data key is removed");
	for (i = 0; i < s->count; i++)
		s->keys[i].named |= s->keys[i].campaign == campaign;
}

void
spare_named(struct spare *s, int64_t campaign, const struct blob *sealed)
{
	struct parts parts;
	struct listed *found;
	int i;

	if (s->count == 0 || sealed->len == 0)
		return;
	if (!s->is_sorted)
		qsort(s->keys, s->count, sizeof *s->keys, by_number);
	s->is_sorted = true;
	if (parts_read(&parts, sealed->data, sealed->len) != OK) {
		keep_all(s, campaign);
		return;
	}
	for (i = 0; i < PARTS; i++) {
		const struct listed wanted = { .number = parts.part[i].key };

		found = bsearch(&wanted, s->keys, s->count, sizeof *s->keys,
		    by_number);
		if (found != NULL)
			found->named = true;
	}
}

/* By the clock of now as well: it may have been put back since. */
static bool
is_left(const struct listed *k, int64_t now)
{
	return !k->named && k->day < too_young(now);
}

enum status
spare_remove(struct spare *s, struct store *store, size_t limit, bool dry,
    int64_t now, int64_t *count_out)
{
	enum status st = OK;

	*count_out = 0;
	for (; st == OK && s->at < s->count; s->at++) {
		if (!is_left(&s->keys[s->at], now))
			continue;
		if (!dry && (size_t)*count_out == limit)
			return AGAIN;
		++*count_out;
		if (!dry)
			st = store_data_key_remove(store, s->keys[s->at].number);
	}
	return st;
}
