/* digest.c - the day, or the week, in numbers
 *
 * What is new is what has grown since the last digest; the numbers then are
 * kept as notes.  No mail when nothing is new.
 * SPDX-License-Identifier: ISC
 */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/campaign.h"
#include "petition/act.h"
#include "petition/updates.h"
#include "schedule/schedule.h"
#include "store/history.h"

#define HOUR 8                  /* of the campaign's time zone */
#define MONDAY 1
#define CELL 10                 /* smaller numbers of a country are not told */
#define EXTRAS 40
#define PARKED_MOST 100

struct digest {
	const struct updates *u;
	const char *extras[EXTRAS];
	size_t count;
	bool news;
	bool first;                     /* numbers are noted and not told */
	enum status st;
	struct buf countries;
	int64_t fresh;                  /* new signatures */
};

static enum status
note(struct digest *d, const char *what, int64_t *value, bool set)
{
	char name[96];

	(void)snprintf(name, sizeof name, "digest.%s.%s", d->u->campaign->slug,
	    what);
	return set ? store_note_set(d->u->petition->with.store, name, *value) :
	    store_note_get(d->u->petition->with.store, name, value);
}

/* How much more N is than the last time; NOTE is then N. */
static int64_t
grown(struct digest *d, const char *what, int64_t n)
{
	int64_t before = 0;

	if (d->st != OK)
		return 0;
	d->st = note(d, what, &before, false);
	if (d->st == NOT_FOUND)
		d->st = OK;
	if (d->st == OK && n != before)
		d->st = note(d, what, &n, true);
	return n > before ? n - before : 0;
}

static void
put(struct digest *d, const char *name, const char *value)
{
	if (d->count + 2 < EXTRAS) {
		d->extras[d->count++] = name;
		d->extras[d->count++] = value;
		d->extras[d->count] = NULL;
	}
}

static void
put_number(struct digest *d, const char *name, int64_t n, bool news)
{
	if (n <= 0)
		return;
	put(d, name, arena_printf(d->u->arena, "%lld", (long long)n));
	d->news |= news;
}

/* ---- signatures ------------------------------------------------------------------ */

struct tally {
	struct digest *d;
	int64_t all;
};

static void
add_country(void *arg, const char *country, int64_t n)
{
	struct tally *t = arg;
	struct digest *d = t->d;
	char name[32];
	int64_t more;

	(void)snprintf(name, sizeof name, "country.%s", country);
	more = grown(d, name, n);
	t->all += n;
	d->fresh += more;
	if (more <= 0 || country[0] == '\0')
		return;
	if (more < CELL)
		buf_addf(&d->countries, "%s <%d\n", country, CELL);
	else
		buf_addf(&d->countries, "%s %lld\n", country, (long long)more);
}

static void
count_signatures(struct digest *d)
{
	const struct updates *u = d->u;
	struct tally t = { d, 0 };
	enum status st = store_counts(u->petition->with.store, u->campaign_id,
	    BY_COUNTRY, SIGNATURE_CONFIRMED, add_country, &t);

	if (d->st == OK)
		d->st = st;
	put_number(d, "count", t.all, false);
	put_number(d, "new_signatures", d->fresh, true);
	if (d->countries.len > 0) {
		put(d, "has_countries", "1");
		put(d, "top_countries", d->countries.data);
	}
}

/* ---- what came back ---------------------------------------------------------------- */

static void
count_reach(struct digest *d)
{
	static const struct {
		enum rung first, last;
		const char *name;
	} kinds[] = {
		{ RUNG_STOPPED, RUNG_STOPPED, "stops" },
		{ RUNG_SOFT, RUNG_UNREACHABLE, "came_back" },
		{ RUNG_UNREACHABLE, RUNG_UNREACHABLE, "bounces" },
		{ RUNG_COMPLAINED, RUNG_COMPLAINED, "complaints" },
	};
	int64_t counts[RUNGS][REASONS], n;
	struct alarm alarm;
	size_t i;
	int rung, reason;

	if (d->st == OK)
		d->st = store_reach_counts(d->u->petition->with.store,
		    d->u->campaign_id, counts);
	for (i = 0; d->st == OK && i < sizeof kinds / sizeof kinds[0]; i++) {
		for (n = 0, rung = kinds[i].first; rung <= (int)kinds[i].last;
		    rung++)
			for (reason = 0; reason < REASONS; reason++)
				n += counts[rung][reason];
		put_number(d, kinds[i].name, grown(d, kinds[i].name, n), true);
	}
	if (d->st == OK)
		d->st = store_alarm_get(d->u->petition->with.store,
		    d->u->campaign_id, &alarm);
	if (d->st == OK)
		put_number(d, "alarms", alarm.n, true);
}

/* ---- what waits ----------------------------------------------------------------------- */

/* Of all campaigns: nothing says whose a message is that cannot be read. */
static void
count_queues(struct digest *d)
{
	struct store *store = d->u->petition->with.store;
	struct parked_row rows[PARKED_MOST];
	struct outbox_totals totals;
	size_t parked = 0;
	int64_t n;

	if (d->st == OK)
		d->st = store_outbox_totals(store, d->u->now, &totals);
	if (d->st == OK)
		d->st = store_parked_list(store, d->u->arena, rows, PARKED_MOST,
		    &parked);
	if (d->st != OK)
		return;
	put_number(d, "held", totals.held, true);
	n = totals.parked + (int64_t)parked;
	put_number(d, "parked", n, grown(d, "parked", n) > 0);
}

/* What began since the last digest because somebody said so on the server: the
 * others were asked about nothing. */
static void
tell_commands(struct digest *d, const struct mailing *list, size_t count,
    int64_t since)
{
	struct buf all = BUF_INIT;
	int64_t looked = since, now = d->u->now;
	size_t i;

	d->st = note(d, "looked", &looked, false);
	if (d->st == NOT_FOUND)
		d->st = OK;
	for (i = 0; d->st == OK && i < count; i++)
		if (list[i].started_by[0] != '\0' &&
		    list[i].started_at >= looked && list[i].started_at < now)
			buf_addf(&all, "%s%lld (%s)", all.len > 0 ? ", " : "",
			    (long long)list[i].id, list[i].started_by);
	if (d->st == OK)
		d->st = note(d, "looked", &now, true);
	if (all.len > 0) {
		put(d, "by_command", arena_strndup(d->u->arena, all.data,
		    all.len));
		d->news = true;
	}
	buf_free(&all);
}

static void
count_updates(struct digest *d, int64_t since)
{
	struct mailing *list;
	size_t count = 0, i;
	int64_t asked = 0, running = 0, unknown = 0;

	if (d->st == OK)
		d->st = store_mailing_list(d->u->petition->with.store, d->u->arena,
		    d->u->campaign_id, MAILING_STATES, &list, &count);
	for (i = 0; d->st == OK && i < count; i++) {
		bool runs = list[i].state == MAILING_SENDING ||
		    list[i].state == MAILING_PAUSED;

		asked += list[i].state == MAILING_ASKED;
		running += runs;
		if (runs || list[i].finished_at > since)
			unknown += list[i].unknown;
	}
	put_number(d, "asked", asked, true);
	put_number(d, "running", running, true);
	put_number(d, "unknown", unknown, true);
	if (d->st == OK)
		tell_commands(d, list, count, since);
}

/* Kept by who hands them on (verb.c). */
static void
count_replies(struct digest *d)
{
	int64_t all = 0;
	enum status st;

	if (d->st != OK)
		return;
	st = note(d, "handed-on", &all, false);
	if (st != OK && st != NOT_FOUND)
		d->st = st;
	put_number(d, "replies", grown(d, "replies", all), true);
}

enum status
digest_replied(const struct updates *u)
{
	struct digest d = { .u = u };
	int64_t all = 0;
	enum status st = note(&d, "handed-on", &all, false);

	if (st != OK && st != NOT_FOUND)
		return st;
	all++;
	return note(&d, "handed-on", &all, true);
}

/* ---- all of it ---------------------------------------------------------------------------- */

static enum status
send(struct digest *d)
{
	char *const *each;
	enum status st = OK;

	log_info("campaign=%s digest=%s", d->u->campaign->slug,
	    d->news ? "sent" : "nothing-new");
	for (each = d->u->campaign->staff; d->news && st == OK && *each != NULL;
	    each++)
		st = updates_mail(d->u, *each, "digest", 0, 0, NULL, d->extras);
	return st;
}

static enum status
make(struct digest *d, int64_t since)
{
	if (d->u->campaign->digest == DIGEST_WEEKLY)
		put(d, "weekly", "1");
	buf_init(&d->countries);
	count_signatures(d);
	count_reach(d);
	count_queues(d);
	count_updates(d, since);
	count_replies(d);
	if (d->st == OK && !d->first)
		d->st = send(d);
	buf_free(&d->countries);
	return d->st;
}

enum status
digest_tick(const struct updates *u)
{
	bool weekly = u->campaign->digest == DIGEST_WEEKLY;
	struct digest d = { .u = u, .st = OK };
	int64_t due = 0, next, period = (weekly ? 7 : 1) * CLOCK_DAY;
	enum status st;

	if (u->campaign->digest == DIGEST_NONE)
		return OK;
	st = note(&d, "due", &due, false);
	if (st != OK && st != NOT_FOUND)
		return st;
	/* Far ahead: a clock that was wrong, or it was weekly and is daily now. */
	if (st == OK && u->now < due && due - u->now <= period + CLOCK_DAY)
		return OK;
	d.first = st == NOT_FOUND;
	next = schedule_hour(u->campaign->timezone, HOUR, weekly ? MONDAY : 0,
	    u->now);
	st = make(&d, due - period);
	return st == OK ? note(&d, "due", &next, true) : st;
}
