/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/pace.h"
#include "config/config.h"
#include "outbox/domains.h"
#include "seal/keys.h"

#define PLACES 1024             /* a power of two */
#define BURST 60000             /* ms: a minute's share may go at once */
#define REST_FIRST 60
#define LEVEL_MOST 6            /* 60 << 6 is over an hour */
#define LEVEL_MASK 7
#define NAME_MAX 255
#define SETTLE 60               /* seconds after a clock went back */

/* A rest is kept as the millisecond of its end, whose last three bits are how
 * often it was doubled: so that is not forgotten either. */
struct domain {
	bool known;
	unsigned char key[STORE_HASH];
	int64_t time;           /* of the bucket */
	int64_t rest;           /* 0: none since it last took a mail */
};

struct domains {
	struct store *store;
	const struct keys *keys;
	struct pace each, all;
	bool all_known;
	int64_t all_time;
	int64_t latest, settled_at;     /* seconds: seen; see look_at_clock */
	struct domain place[PLACES];
};

static const unsigned char all_key[STORE_HASH] = "all updates";

struct domains *
domains_new(struct store *store, const struct keys *keys,
    const struct config *config)
{
	struct domains *d = mem_alloc(sizeof *d);

	d->store = store;
	d->keys = keys;
	d->each = pace_of(config->limits.updates_per_domain_hour, BURST);
	d->all = pace_of(config->limits.updates_per_hour, BURST);
	return d;
}

void
domains_free(struct domains **d)
{
	free(*d);
	*d = NULL;
}

void
domains_forget(struct domains *d)
{
	memset(d->place, 0, sizeof d->place);
	d->all_known = false;
}

/* When the clock goes back by more than a day, what the store has is pulled back
 * with it (store_clock_back) within seconds; until then nothing is remembered
 * here, or it would be put in the place of that. */
static void
look_at_clock(struct domains *d, int64_t now)
{
	if (d->latest - now > CLOCK_DAY)
		d->settled_at = now + SETTLE;
	d->latest = now;
	if (now < d->settled_at && d->settled_at - now <= SETTLE)
		domains_forget(d);
}

void
domains_key(const struct domains *d, const char *address,
    unsigned char key_out[STORE_HASH])
{
	static const char what[] = "updates ";  /* no request's budget */
	char name[sizeof what + NAME_MAX];
	const char *at = strrchr(address, '@');
	size_t i, len = sizeof what - 1;

	memcpy(name, what, len);
	for (i = 1; at != NULL && i <= NAME_MAX && at[i] != '\0'; i++)
		name[len++] = (char)tolower((unsigned char)at[i]);
	keys_hash(d->keys, KEY_HASH_DOMAIN, 0, name, len, key_out);
}

static void
rest_key(const unsigned char key[STORE_HASH], unsigned char out[STORE_HASH])
{
	memcpy(out, key, STORE_HASH);
	out[STORE_HASH - 1] ^= 1;
}

static enum status
find(struct domains *d, const unsigned char key[STORE_HASH],
    struct domain **out)
{
	struct domain *p = &d->place[(key[0] | key[1] << 8) & (PLACES - 1)];
	unsigned char other[STORE_HASH];
	enum status st = OK;

	*out = p;
	if (p->known && memcmp(p->key, key, STORE_HASH) == 0)
		return OK;
	memset(p, 0, sizeof *p);
	memcpy(p->key, key, STORE_HASH);
	rest_key(key, other);
	st = store_budget_get(d->store, other, &p->rest);
	if (st == OK && d->each.limit > 0)
		st = store_budget_get(d->store, key, &p->time);
	p->known = st == OK;
	return st;
}

/* Set by a clock that went wrong: no rest is longer than an hour. */
static void
mend_rest(struct domain *p, int64_t now)
{
	if (p->rest > now * 1000 + PACE_HOUR + LEVEL_MASK)
		p->rest = 0;
}

enum status
domains_due(struct domains *d, const unsigned char key[STORE_HASH], bool first,
    int64_t now, int64_t *due_out)
{
	struct domain *p;
	enum status st;

	look_at_clock(d, now);
	st = find(d, key, &p);
	*due_out = now;
	if (st != OK)
		return st;
	mend_rest(p, now);
	if (first && d->each.limit > 0) {
		*due_out = pace_take(&d->each, &p->time, now);
		st = store_budget_set(d->store, key, p->time);
	}
	if (p->rest > now * 1000 && *due_out < (p->rest + 999) / 1000)
		*due_out = (p->rest + 999) / 1000;
	return st;
}

static enum status
set_rest(struct domains *d, struct domain *p, int64_t rest)
{
	unsigned char key[STORE_HASH];

	p->rest = rest;
	rest_key(p->key, key);
	return store_budget_set(d->store, key, rest);
}

enum status
domains_rest(struct domains *d, const unsigned char key[STORE_HASH],
    int64_t now)
{
	struct domain *p;
	enum status st;
	int64_t level, pause;

	look_at_clock(d, now);
	st = find(d, key, &p);
	if (st != OK)
		return st;
	mend_rest(p, now);
	if (p->rest > now * 1000)
		return OK;
	level = p->rest == 0 ? 0 : (p->rest & LEVEL_MASK) + 1;
	if (level > LEVEL_MOST)
		level = LEVEL_MOST;
	pause = REST_FIRST << level;
	if (pause > PACE_HOUR / 1000)
		pause = PACE_HOUR / 1000;
	return set_rest(d, p, ((now + pause) * 1000 & ~(int64_t)LEVEL_MASK) |
	    level);
}

enum status
domains_accepted(struct domains *d, const unsigned char key[STORE_HASH],
    int64_t now)
{
	struct domain *p;
	enum status st = find(d, key, &p);

	return st != OK || p->rest == 0 || p->rest > now * 1000 ? st :
	    set_rest(d, p, 0);
}

static enum status
know_all(struct domains *d)
{
	enum status st = OK;

	if (!d->all_known)
		st = store_budget_get(d->store, all_key, &d->all_time);
	d->all_known = st == OK;
	return st;
}

enum status
domains_room(struct domains *d, int64_t now, size_t *room_out)
{
	enum status st;

	look_at_clock(d, now);
	st = know_all(d);
	*room_out = 0;
	if (st != OK)
		return st;
	/* Set by a clock that went wrong: never further than may be. */
	if (d->all_time > pace_most(&d->all, now))
		d->all_time = pace_most(&d->all, now);
	*room_out = pace_room(&d->all, d->all_time, now);
	return OK;
}

enum status
domains_take(struct domains *d, size_t n, int64_t now)
{
	enum status st = know_all(d);

	if (st != OK || d->all.limit <= 0 || n == 0)
		return st;
	while (n-- > 0)
		(void)pace_take(&d->all, &d->all_time, now);
	return store_budget_set(d->store, all_key, d->all_time);
}
