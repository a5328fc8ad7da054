/* progress.c - updates that make themselves
 *
 * For each schedule three notes are kept: the time of the rule that was done
 * last, how many had signed then, and how new the news was.
 * SPDX-License-Identifier: ISC
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/campaign.h"
#include "message/job.h"
#include "outbox/figures.h"
#include "petition/act.h"
#include "petition/made.h"
#include "petition/updates.h"
#include "schedule/schedule.h"
#include "words/text.h"

#define NEWS_MAX 65536

struct run {
	const struct updates *u;
	const struct campaign_schedule *plan;
	struct schedule *schedule;
	int64_t done, counted, read;    /* the notes */
	int64_t due;
	bool late;
	struct figures figures;
	int64_t rise, milestone;
	int64_t news_at;                /* of the newest file; 0: no news */
};

/* ---- notes ---------------------------------------------------------------------- */

static enum status
note(const struct run *r, const char *what, int64_t *value, bool set)
{
	struct store *store = r->u->petition->with.store;
	char name[160];
	enum status st;

	(void)snprintf(name, sizeof name, "plan.%s.%s.%s", r->u->campaign->slug,
	    r->plan->name, what);
	if (set)
		return store_note_set(store, name, *value);
	st = store_note_get(store, name, value);
	return st;
}

/* NOT_FOUND: this schedule is new. */
static enum status
read_notes(struct run *r)
{
	enum status st = note(r, "done", &r->done, false);

	if (st == OK)
		st = note(r, "count", &r->counted, false);
	if (st == OK)
		st = note(r, "news", &r->read, false);
	return st;
}

static enum status
write_notes(struct run *r)
{
	enum status st = note(r, "done", &r->done, true);

	if (st == OK)
		st = note(r, "count", &r->counted, true);
	return st == OK ? note(r, "news", &r->read, true) : st;
}

/* ---- what is new ------------------------------------------------------------------ */

static int64_t
file_time(const char *file)
{
	struct stat sb;

	return stat(file, &sb) == 0 && S_ISREG(sb.st_mode) && sb.st_size > 0 ?
	    (int64_t)sb.st_mtim.tv_sec : 0;
}

static const char *
news_file(const struct run *r, const char *language)
{
	return arena_printf(r->u->arena, "%s/news.%s.md", r->u->campaign->dir,
	    language);
}

static void
find_news(struct run *r)
{
	const struct campaign *c = r->u->campaign;
	size_t i;

	for (i = 0; i < c->language_count; i++) {
		int64_t at = file_time(news_file(r, c->languages[i].code));

		if (at > r->news_at)
			r->news_at = at;
	}
	if (r->news_at <= r->read)
		r->news_at = 0;
}

static enum status
find_numbers(struct run *r)
{
	const struct updates *u = r->u;
	char *const *each;
	enum status st = figures_read(&r->figures, u->petition->with.store,
	    u->arena, u->campaign_id, 0, u->now);

	if (st != OK)
		return st;
	r->rise = r->figures.count - r->counted;
	for (each = r->plan->milestones; *each != NULL; each++) {
		int64_t n = strtoll(*each, NULL, 10);

		if (n > r->counted && n <= r->figures.count && n > r->milestone)
			r->milestone = n;
	}
	return OK;
}

static bool
is_new(const struct run *r)
{
	return r->rise >= r->plan->min_rise || r->milestone > 0 || r->news_at > 0;
}

/* ---- the words ---------------------------------------------------------------------- */

/* Only what is newer than the last, and only in its own language. */
static enum status
news_text(const struct run *r, const char *language, const char **out,
    struct reason *why)
{
	const char *file = news_file(r, language);
	struct buf b = BUF_INIT;
	enum status st;

	*out = NULL;
	if (r->news_at == 0 || file_time(file) <= r->read)
		return OK;
	st = buf_read_file(&b, file, NEWS_MAX, why);
	if (st == OK && text_is_utf8(b.data, b.len) && strlen(b.data) == b.len)
		*out = arena_strndup(r->u->arena, b.data, b.len);
	else if (st == OK)
		st = fail(why, INVALID, "%s: is not UTF-8; save it as UTF-8",
		    file);
	buf_free(&b);
	return st;
}

static void
set_number(const struct run *r, struct job *job, const char *name, int64_t n)
{
	if (n > 0)
		job_set(job, name, arena_printf(r->u->arena, "%lld",
		    (long long)n));
}

static enum status
fill(void *arg, struct job *job, const char *language, struct reason *why)
{
	const struct run *r = arg;
	const char *news;
	enum status st = news_text(r, language, &news, why);

	set_number(r, job, "count", r->figures.count);
	set_number(r, job, "rise", r->rise);
	set_number(r, job, "milestone", r->milestone);
	job_set(job, "has_countries", r->figures.countries[0] != '\0' ? "1" : "");
	job_set(job, "news", news);
	return st;
}

/* ---- making it ------------------------------------------------------------------------ */

/* One that waits for approval when nobody can approve waits for `undersign
 * update`. */
static int
needed(const struct run *r)
{
	int wish = r->u->campaign->approvals > 0 ? r->u->campaign->approvals : 1;
	size_t most = updates_approvers(r->u, NULL);

	if (!r->late && !r->plan->approve)
		return 0;
	return most > 0 && (int)most < wish ? (int)most : wish;
}

static enum status
make(struct run *r)
{
	const struct updates *u = r->u;
	const struct made made = { .u = u, .kind = "progress", .fill = fill,
	    .arg = r, .needed = needed(r), .why = r->late ? MAILING_LATE : NULL };
	struct reason why = { "" };
	enum status st = find_numbers(r);
	int64_t id;

	if (st != OK)
		return st;
	find_news(r);
	if (!is_new(r)) {
		log_info("campaign=%s schedule=%s event=nothing-new",
		    u->campaign->slug, r->plan->name);
		return OK;
	}
	st = made_update(&made, &id, &why);
	if (st == INVALID)
		return made_mistake(u, "schedule", r->plan->name, &why);
	if (st == OK)
		log_info("u=%lld campaign=%s schedule=%s event=made rise=%lld "
		    "news=%s late=%s", (long long)id, u->campaign->slug,
		    r->plan->name, (long long)r->rise,
		    r->news_at > 0 ? "yes" : "no", r->late ? "yes" : "no");
	r->counted = r->figures.count;
	if (r->news_at > 0)
		r->read = r->news_at;
	return st;
}

/* ---- when ------------------------------------------------------------------------------- */

/* From now on: what was due before it was written down is not made up for. */
static enum status
begin(struct run *r)
{
	enum status st = find_numbers(r);

	r->done = r->u->now;
	r->counted = r->figures.count;
	return st == OK ? write_notes(r) : st;
}

/* Of several times that were missed the last counts. */
static enum status
run(struct run *r)
{
	int64_t loud;
	enum status st = read_notes(r);

	if (st != OK)
		return st == NOT_FOUND ? begin(r) : st;
	r->due = schedule_last(r->schedule, r->done, r->u->now);
	if (r->due == CLOCK_NEVER)
		return OK;
	loud = schedule_loud(r->schedule, r->due);
	if (r->u->now < loud)
		return OK;
	r->late = r->u->now - loud > (int64_t)r->plan->late * CLOCK_HOUR;
	st = make(r);
	r->done = r->due;
	return st == OK ? write_notes(r) : st;
}

enum status
progress_tick(const struct updates *u)
{
	enum status st = OK;
	size_t i;

	for (i = 0; st == OK && i < u->campaign->schedule_count; i++) {
		const struct campaign_schedule *plan = &u->campaign->schedules[i];
		const struct schedule_words words = { plan->rule, plan->timezone,
		    plan->start, plan->quiet };
		struct run r = { .u = u, .plan = plan };

		if (schedule_new(&r.schedule, &words, NULL, NULL) != OK)
			continue;       /* campaigns are checked as they are read */
		st = run(&r);
		schedule_free(&r.schedule);
	}
	return st;
}
