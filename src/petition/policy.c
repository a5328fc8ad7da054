/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/pace.h"
#include "petition/policy.h"
#include "seal/keys.h"
#include "store/store.h"

#define CONTACT_MAX 512
#define WEEK_MS (POLICY_HOLD * 1000)

bool
policy_may_request(const struct signature *sig, int64_t now)
{
	if (sig->requests >= POLICY_REQUESTS)
		return false;
	/* A day ahead and more: by a clock that was wrong. */
	return sig->requested_at == 0 || now - sig->requested_at >= CLOCK_DAY ||
	    sig->requested_at - now > CLOCK_DAY;
}

void
policy_count_request(struct signature *sig, int64_t now)
{
	sig->requests++;
	sig->requested_at = now;
}

bool
policy_take_answer(struct signature *sig, enum policy_asker asker, int64_t now)
{
	int32_t today = clock_day(now), idle = today - sig->answered_day;
	int answers = idle != 0 ? 0 : sig->answers;
	int asked = idle >= POLICY_ASKED_DAYS ? 0 : sig->asked;

	if (answers >= (asker == POLICY_AUTHENTIC ? POLICY_AUTHENTIC_ANSWERS :
	    POLICY_ANSWERS) || (asker == POLICY_ANYBODY && asked >= POLICY_ASKED))
		return false;
	sig->answered_day = today;
	sig->answers = answers + 1;
	sig->asked = asked + (asker == POLICY_ANYBODY);
	return true;
}

/* A whole hour's worth may pass at once. */
static struct pace
budget(int64_t limit)
{
	return (struct pace){ .limit = limit, .burst = PACE_HOUR };
}

int64_t
policy_budget(int64_t *time, int64_t limit, int64_t now)
{
	struct pace p = budget(limit);

	return pace_take(&p, time, now);
}

bool
policy_budget_open(int64_t time, int64_t limit, int64_t now)
{
	struct pace p = budget(limit);

	return pace_open(&p, time, now);
}

size_t
policy_budget_room(int64_t time, int64_t limit, int64_t now)
{
	struct pace p = budget(limit);

	return pace_room(&p, time, now);
}

int64_t
policy_budget_most(int64_t now)
{
	struct pace p = budget(0);

	return pace_most(&p, now);
}

/* No budget is used up for longer than a week: what would wait longer goes then,
 * within the budget of all.  So one that stands further ahead was set by a clock
 * that went wrong, and is begun anew. */
static enum status
read_budget(struct store *store, const unsigned char key[HASH_BYTES],
    int64_t now, int64_t *time_out)
{
	const int64_t most = now * 1000 + WEEK_MS;
	enum status st = store_budget_get(store, key, time_out);

	if (st != OK)
		return st;
	if (*time_out > most + WEEK_MS / 7)
		*time_out = 0;
	else if (*time_out > most)
		*time_out = most;
	return OK;
}

/* NAME is a domain, or has a letter in it that no domain has. */
static enum status
hour_due(struct store *store, const struct keys *keys, const char *name,
    int64_t limit, int64_t now, int64_t *due_out)
{
	unsigned char key[HASH_BYTES];
	int64_t time;
	enum status st;

	*due_out = now;
	if (limit <= 0)
		return OK;
	keys_hash(keys, KEY_HASH_DOMAIN, 0, name, strlen(name), key);
	st = read_budget(store, key, now, &time);
	if (st != OK)
		return st;
	*due_out = policy_budget(&time, limit, now);
	return store_budget_set(store, key, time);
}

enum status
policy_domain_due(struct store *store, const struct keys *keys,
    const char *domain, int64_t limit, int64_t now, int64_t *due_out)
{
	return hour_due(store, keys, domain, limit, now, due_out);
}

enum status
policy_contact_due(struct store *store, const struct keys *keys,
    const char *contact, int64_t limit, int64_t now, int64_t *due_out)
{
	char name[CONTACT_MAX];

	/* No mailbox's budget either: that one has no blank. */
	(void)snprintf(name, sizeof name, "letters %s", contact);
	return hour_due(store, keys, name, limit, now, due_out);
}

enum status
policy_mailbox_due(struct store *store, const struct keys *keys,
    const char *mailbox, int64_t now, int64_t *due_out)
{
	const int64_t day = 24 * PACE_HOUR, step = day / POLICY_MAILBOX;
	unsigned char key[HASH_BYTES];
	int64_t time, due;
	enum status st;

	*due_out = now;
	/* Has an "@" in it, so it is no domain's budget. */
	keys_hash(keys, KEY_HASH_DOMAIN, 0, mailbox, strlen(mailbox), key);
	st = read_budget(store, key, now, &time);
	if (st != OK)
		return st;
	time = (time > now * 1000 ? time : now * 1000) + step;
	due = time - day;
	if (due > now * 1000)
		*due_out = (due + 999) / 1000;
	return store_budget_set(store, key, time);
}
