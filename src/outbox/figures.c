/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "message/job.h"
#include "outbox/figures.h"
#include "outbox/public.h"
#include "seal/base64.h"
#include "store/mailing.h"
#include "store/store.h"
#include "store/tally.h"

struct days {
	int32_t last, first;
	int64_t before, count;
};

static void
add_day(void *arg, const char *value, int64_t n)
{
	struct days *d = arg;
	int32_t day = (int32_t)strtol(value, NULL, 10);

	if (d->first == 0)
		d->first = day;
	if (day < d->last)
		d->before += n;
	d->count += n;
}

/* Those of which a number may be told to anybody, largest first. */
static enum status
read_countries(struct figures *out, struct store *store, struct arena *arena,
    int64_t campaign, int64_t now)
{
	struct buf text = BUF_INIT;
	struct public_view view;
	size_t i;
	int count = 0;
	enum status st = public_view_told(store, arena, campaign, BY_COUNTRY,
	    now, &view);

	for (i = 0; st == OK && i < view.count && count < FIGURES_COUNTRIES; i++) {
		if (view.cells[i].shown <= 0 || view.cells[i].value[0] == '\0')
			continue;
		count++;
		buf_addf(&text, "%s %lld\n", view.cells[i].value,
		    (long long)view.cells[i].shown);
	}
	if (text.len > 0)
		out->countries = arena_strndup(arena, text.data, text.len);
	buf_free(&text);
	return st;
}

int64_t
figures_milestone(int64_t before, int64_t count)
{
	int64_t ten, best = 0;
	int i;

	for (ten = 100; ten <= count && ten <= INT64_MAX / 100; ten *= 10) {
		const int64_t round[3] = { ten, ten * 2, ten * 5 };

		for (i = 0; i < 3; i++)
			if (round[i] <= count && round[i] > before)
				best = round[i];
	}
	return best;
}

/* The day when the update before this one began, or 0. */
static enum status
last_update(struct store *store, int64_t campaign, int64_t mailing,
    int32_t *day_out)
{
	struct arena *arena = arena_new();
	struct mailing *all;
	size_t count, i;
	enum status st = store_mailing_list(store, arena, campaign,
	    MAILING_STATES, &all, &count);

	*day_out = 0;
	for (i = 0; st == OK && i < count; i++)
		if (all[i].started_at != 0 && all[i].id != mailing &&
		    (mailing == 0 || all[i].id < mailing))
			*day_out = clock_day(all[i].started_at);
	arena_free(&arena);
	return st;
}

static enum status
read_tally(struct figures *out, struct store *store, struct arena *arena,
    int64_t campaign)
{
	struct buf root = BUF_INIT;
	struct tally_signed row;
	enum status st = store_signed_of(store, campaign, -1, &row);

	if (st != OK)
		return st == NOT_FOUND ? OK : st;
	base64_add(&root, row.root, sizeof row.root);
	out->tally_size = row.size;
	out->tally_count = row.counted;
	out->tally_root = arena_strndup(arena, root.data, root.len);
	buf_free(&root);
	return OK;
}

enum status
figures_read(struct figures *out, struct store *store, struct arena *arena,
    int64_t campaign, int64_t mailing, int64_t now)
{
	int32_t today = clock_day(now), last;
	struct days days = { 0 };
	enum status st;

	*out = (struct figures){ .countries = "" };
	st = last_update(store, campaign, mailing, &last);
	days.last = last;
	if (st == OK)
		st = store_counts(store, campaign, BY_DAY, SIGNATURE_CONFIRMED,
		    add_day, &days);
	if (st == OK)
		st = read_countries(out, store, arena, campaign, now);
	if (st == OK) {
		out->count = days.count;
		out->days = days.first == 0 ? 0 : today - days.first;
		out->rise = days.count - days.before;
		out->days_since = last == 0 ? out->days : today - last;
		out->milestone = figures_milestone(days.before, days.count);
	}
	return st == OK ? read_tally(out, store, arena, campaign) : st;
}

static void
set_number(struct job *job, struct arena *arena, const char *name, int64_t n)
{
	job_set(job, name, arena_printf(arena, "%lld", (long long)n));
}

void
figures_set(struct job *job, struct arena *arena, const struct figures *f)
{
	set_number(job, arena, "count", f->count);
	set_number(job, arena, "days", f->days);
	set_number(job, arena, "rise", f->rise);
	set_number(job, arena, "days_since", f->days_since);
	if (f->milestone > 0)
		set_number(job, arena, "milestone", f->milestone);
	job_set(job, "top_countries", f->countries);
	if (f->tally_size == 0)
		return;
	set_number(job, arena, "tally_size", f->tally_size);
	set_number(job, arena, "tally_count", f->tally_count);
	job_set(job, "tally_root", f->tally_root);
}
