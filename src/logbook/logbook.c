/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/campaign.h"
#include "config/config.h"
#include "logbook/guard.h"
#include "logbook/log.h"
#include "seal/keys.h"
#include "seal/sealed.h"
#include "seal/sha256.h"
#include "seal/sign.h"
#include "seal/token.h"

#define LOOK_STOPPED 60         /* seconds until a stopped log is looked at */
#define LOOK_AFTER_TROUBLE 60
#define SLACK CLOCK_DAY         /* of a promise, for what may break */

_Static_assert(TALLY_HASH == SHA256_BYTES && TALLY_HASH == SIGN_PUBLIC_BYTES,
    "what is kept in so many bytes");

/* ---- its key ---------------------------------------------------------------------- */

static struct seal_place
seed_place(int64_t campaign)
{
	static const unsigned char name[STORE_HASH];    /* that of number 0 */

	return (struct seal_place){ .key = KEY_SEAL_TALLY,
	    .campaign = campaign, .row = name, .row_len = sizeof name };
}

enum status
logbook_vkey(const struct tally *t, struct vkey *out)
{
	return vkey_make(out, VKEY_LOG, t->origin, t->public);
}

static enum status
open_seed(const struct keys *keys, const struct tally *t, struct sign_pair **out)
{
	struct seal_place at = seed_place(t->campaign);
	struct buf seed = BUF_INIT;
	enum status st = seal_open(keys, &at, t->seed.data, t->seed.len, &seed);

	if (st == OK && seed.len != SIGN_SEED_BYTES)
		st = DENIED;
	if (st == OK)
		*out = sign_pair_new((const unsigned char *)seed.data);
	buf_wipe(&seed);
	return st;
}

/* The name of a log is for good: a server that moves keeps its logs. */
static enum status
make_row(struct logbook *lb, struct arena *arena, const struct campaign *c,
    int64_t id, struct tally *t)
{
	struct seal_place at = seed_place(id);
	unsigned char seed[SIGN_SEED_BYTES];
	struct buf sealed = BUF_INIT;

	*t = (struct tally){ .campaign = id, .origin = arena_printf(arena,
	    "%s/%s", lb->with.config->mail_domain, c->slug) };
	seal_random(seed, sizeof seed);
	sign_public(seed, t->public);
	seal_close(lb->with.keys, &at, seed, sizeof seed, &sealed);
	explicit_bzero(seed, sizeof seed);
	t->seed = (struct blob){ arena_strndup(arena, sealed.data, sealed.len),
	    sealed.len };
	buf_free(&sealed);
	return store_tally_add(lb->with.store, t);
}

/* ---- the logs of all campaigns ------------------------------------------------------ */

struct logbook *
logbook_new(const struct logbook_setup *setup)
{
	struct logbook *lb = mem_alloc(sizeof *lb);

	lb->with = *setup;
	return lb;
}

static void
clear_logs(struct log *logs, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		sign_pair_free(&logs[i].pair);
		free(logs[i].texts);
		free(logs[i].shown);
	}
	free(logs);
}

void
logbook_free(struct logbook **lbp)
{
	struct logbook *lb = *lbp;

	if (lb == NULL)
		return;
	clear_logs(lb->logs, lb->count);
	clear_logs(lb->pending, lb->pending_count);
	free(lb);
	*lbp = NULL;
}

static enum status
keep_texts(struct logbook *lb, struct log *log)
{
	const struct campaign *c = log->campaign;
	enum status st = OK;
	size_t i;

	log->texts = mem_realloc(NULL, c->language_count, sizeof *log->texts);
	for (i = 0; st == OK && i < c->language_count; i++) {
		const struct campaign_language *l = &c->languages[i];
		struct tally_text text = { .language = l->code,
		    .body = { l->petition_bytes, l->petition_len } };

		seal_sha256(l->petition_bytes, l->petition_len, text.hash);
		st = store_text_add(lb->with.store, log->id, &text);
		log->texts[i].id = text.id;
		memcpy(log->texts[i].hash, text.hash, TALLY_HASH);
		seal_sha256_name(l->petition_bytes, l->petition_len,
		    log->texts[i].name);
	}
	return st;
}

/* A text's mark is its place among all that the campaign ever had, so that it
 * keeps it, and one that is put back has its own again. */
static enum status
mark_texts(struct logbook *lb, struct arena *arena, struct log *log)
{
	struct tally_text *all = NULL;
	size_t count = 0, i, j;
	enum status st = store_texts(lb->with.store, arena, log->id, &all, &count);

	if (st != OK)
		return st;
	log->shown = mem_realloc(NULL, count, sizeof *log->shown);
	log->shown_count = count;
	for (i = 0; i < count; i++) {
		log->shown[i] = all[i].id;
		for (j = 0; j < log->campaign->language_count; j++)
			if (log->texts[j].id == all[i].id)
				log->texts[j].mark =
				    (unsigned)(i % TOKEN_MARKS) + 1;
	}
	return OK;
}

static int64_t
period(const struct log *log)
{
	return (int64_t)log->campaign->tally_every * 60;
}

/* T4.  The same times on every day, when the period is part of one. */
int64_t
logbook_next(const struct log *log, int64_t now)
{
	return now - now % period(log) + period(log);
}

int64_t
logbook_by(const struct log *log, int64_t now)
{
	return logbook_next(log, now) + SLACK;
}

static enum status
open_log(struct logbook *lb, struct arena *arena, const struct campaign *c,
    int64_t id, struct log *log)
{
	struct tally t;
	enum status st = store_tally_get(lb->with.store, arena, id, &t);

	*log = (struct log){ .campaign = c, .id = id };
	if (st == NOT_FOUND)
		st = make_row(lb, arena, c, id, &t);
	if (st == OK)
		st = logbook_vkey(&t, &log->key);
	if (st == OK)
		st = open_seed(lb->with.keys, &t, &log->pair);
	if (st == OK)
		st = keep_texts(lb, log);
	if (st == OK)
		st = mark_texts(lb, arena, log);
	log->due_at = logbook_next(log, clock_now());
	return st;
}

/* It had a log and is to have none: who signs meanwhile gets a leaf when it has
 * one again. */
static enum status
leave_log(struct logbook *lb, struct arena *arena, int64_t id)
{
	struct tally t;
	enum status st = store_tally_get(lb->with.store, arena, id, &t);

	if (st != OK || t.filled == 0)
		return st == NOT_FOUND ? OK : st;
	t.filled = 0;
	return store_tally_put(lb->with.store, &t);
}

enum status
logbook_set_campaigns(struct logbook *lb, const struct campaigns *cs,
    const int64_t *ids)
{
	struct arena *arena = arena_new();
	size_t i, n = campaigns_count(cs), count = 0;
	struct log *logs = mem_realloc(NULL, n, sizeof *logs);
	enum status st = OK;

	for (i = 0; st == OK && i < n; i++) {
		const struct campaign *c = campaigns_at(cs, i);

		st = c->tally ? open_log(lb, arena, c, ids[i], &logs[count++]) :
		    leave_log(lb, arena, ids[i]);
	}
	arena_free(&arena);
	if (st != OK) {
		clear_logs(logs, count);
		return st;
	}
	clear_logs(lb->pending, lb->pending_count);
	lb->pending = logs;
	lb->pending_count = count;
	return OK;
}

void
logbook_settle(struct logbook *lb, bool committed)
{
	if (committed && lb->pending != NULL) {
		clear_logs(lb->logs, lb->count);
		lb->logs = lb->pending;
		lb->count = lb->pending_count;
	} else
		clear_logs(lb->pending, lb->pending_count);
	lb->pending = NULL;
	lb->pending_count = 0;
}

const struct log *
logbook_of(const struct logbook *lb, int64_t campaign)
{
	size_t i;

	for (i = 0; i < lb->count; i++)
		if (lb->logs[i].id == campaign)
			return &lb->logs[i];
	return NULL;
}

const struct log_text *
logbook_text(const struct logbook *lb, int64_t campaign, const char *language)
{
	const struct log *log = logbook_of(lb, campaign);
	const struct campaign *c;
	const struct campaign_language *l;

	if (log == NULL)
		return NULL;
	c = log->campaign;
	l = campaign_language(c, language);
	if (l == NULL)
		l = campaign_language(c, c->default_language);
	return &log->texts[l - c->languages];
}

int64_t
logbook_marked(const struct logbook *lb, int64_t campaign, unsigned mark,
    int64_t likely)
{
	const struct log *log = logbook_of(lb, campaign);
	int64_t found = 0;
	size_t i;

	if (log == NULL || mark == 0 || mark > TOKEN_MARKS)
		return 0;
	for (i = mark - 1; i < log->shown_count; i += TOKEN_MARKS) {
		found = log->shown[i];
		if (found == likely)
			return found;
	}
	for (i = 0; i < log->campaign->language_count; i++)
		if (log->texts[i].mark == mark)
			return log->texts[i].id;
	return found;
}

/* ---- as time passes ------------------------------------------------------------------ */

bool
logbook_due(const struct logbook *lb, int64_t now)
{
	size_t i;

	for (i = 0; i < lb->count; i++)
		if (now >= lb->logs[i].look_at ||
		    lb->logs[i].due_at - now > 2 * period(&lb->logs[i]))
			return true;
	return false;
}

static enum status
stop(struct logbook *lb, struct log *log, struct tally *t, enum tally_stop why)
{
	static const char *const words[TALLY_STOPS] = {
		[TALLY_BEHIND] = "more was signed than the database has; is it "
		    "an old copy?",
		[TALLY_FORKED] = "what was signed is not what the database has",
		[TALLY_UNGUARDED] = "what was signed last is not known here",
	};

	log_warnx("campaign=%s tally=stopped %s; nothing is added to it until "
	    "undersign tally %s recover", log->campaign->slug, words[why],
	    log->campaign->slug);
	t->stopped = why;
	return store_tally_put(lb->with.store, t);
}

/* Is the database as it was left?  Asked before anything is added or signed, and
 * after every start, so that an old copy is told of at once. */
static enum status
look_at_guard(struct logbook *lb, struct log *log, struct tally *t)
{
	enum tally_stop why;
	enum status st = guard_compare(lb->with.store,
	    lb->with.config->state_dir, log->campaign->slug, t, &why);

	if (st != OK || why == TALLY_GOES_ON)
		return st;
	return stop(lb, log, t, why);
}

static enum status
is_unsigned(struct store *store, const struct tally *t, bool *out)
{
	struct tally_signed last;
	enum status st = store_signed_of(store, t->campaign, -1, &last);

	*out = st == NOT_FOUND ? t->size > 0 : t->size > last.size;
	return st == NOT_FOUND ? OK : st;
}

void
logbook_on_fill(struct logbook *lb, logbook_fill *fill, void *arg)
{
	lb->fill = fill;
	lb->arg = arg;
}

static enum status
fill_some(struct logbook *lb, struct log *log, struct arena *arena,
    struct tally *t, int64_t now)
{
	enum status st = lb->fill(lb->arg, arena, log, &t->filled, now);

	if (st == OK)
		st = store_tally_put(lb->with.store, t);
	return st == OK ? AGAIN : st;
}

/* AGAIN when something was done. */
static enum status
step_running(struct logbook *lb, struct log *log, struct arena *arena,
    struct tally *t, int64_t now)
{
	uint64_t appended;
	bool to_sign;
	enum status st = is_unsigned(lb->with.store, t, &to_sign);

	if (st == OK && to_sign) {
		st = batch_sign(lb, log, arena, t, now);
		return st == OK ? AGAIN : st;
	}
	if (st == OK && t->filled >= 0 && lb->fill != NULL)
		return fill_some(lb, log, arena, t, now);
	if (st != OK || now < log->due_at)
		return st;
	st = batch_append(lb, log, arena, t, now, &appended);
	return st == OK && appended > 0 ? AGAIN : st;
}

static enum status
step(struct logbook *lb, struct log *log, struct arena *arena, int64_t now)
{
	struct tally t;
	enum status st = store_tally_get(lb->with.store, arena, log->id, &t);

	if (log->due_at - now > 2 * period(log))
		log->due_at = logbook_next(log, now);     /* the clock was set */
	log->look_at = now + LOOK_AFTER_TROUBLE;
	if (st == OK && t.stopped == TALLY_GOES_ON)
		st = look_at_guard(lb, log, &t);
	if (st != OK)
		return st;
	if (t.stopped != TALLY_GOES_ON) {
		log->look_at = now + LOOK_STOPPED;
		return OK;
	}
	st = step_running(lb, log, arena, &t, now);
	if (st == OK && now >= log->due_at)
		log->due_at = logbook_next(log, now);
	if (st == OK || st == AGAIN)
		log->look_at = st == OK ? log->due_at : now;
	return st;
}

enum status
logbook_step(struct logbook *lb, struct arena *arena, int64_t now)
{
	enum status st = OK;
	size_t i;

	for (i = 0; st == OK && i < lb->count; i++)
		if (now >= lb->logs[i].look_at ||
		    lb->logs[i].due_at - now > 2 * period(&lb->logs[i]))
			st = step(lb, &lb->logs[i], arena, now);
	return st;
}
