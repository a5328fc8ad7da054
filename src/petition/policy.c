/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/clock.h"
#include "petition/policy.h"
#include "seal/keys.h"
#include "store/store.h"

#define HOUR_MS (INT64_C(1000) * CLOCK_HOUR)

bool
policy_may_request(const struct signature *sig, int64_t now)
{
	if (sig->requests >= POLICY_REQUESTS)
		return false;
	return sig->requested_at == 0 || now - sig->requested_at >= CLOCK_DAY;
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

static int64_t
step_of(int64_t limit)
{
	return limit < HOUR_MS ? HOUR_MS / limit : 1;
}

static int64_t
send_time(int64_t time, int64_t limit, int64_t now_ms)
{
	int64_t start = time > now_ms ? time : now_ms;

	return start + step_of(limit) - HOUR_MS;
}

int64_t
policy_budget(int64_t *time, int64_t limit, int64_t now)
{
	int64_t now_ms = now * 1000, due;

	if (limit <= 0)
		return now;
	due = send_time(*time, limit, now_ms);
	*time = due + HOUR_MS;
	return due <= now_ms ? now : (due + 999) / 1000;
}

bool
policy_budget_open(int64_t time, int64_t limit, int64_t now)
{
	return limit <= 0 || send_time(time, limit, now * 1000) <= now * 1000;
}

size_t
policy_budget_room(int64_t time, int64_t limit, int64_t now)
{
	int64_t start = time > now * 1000 ? time : now * 1000;

	if (limit <= 0)
		return SIZE_MAX;
	return start > policy_budget_most(now) ? 0 :
	    (size_t)((policy_budget_most(now) - start) / step_of(limit));
}

int64_t
policy_budget_most(int64_t now)
{
	return now * 1000 + HOUR_MS;
}

enum status
policy_domain_due(struct store *store, const struct keys *keys,
    const char *domain, int64_t limit, int64_t now, int64_t *due_out)
{
	unsigned char key[HASH_BYTES];
	int64_t time;
	enum status st;

	*due_out = now;
	if (limit <= 0)
		return OK;
	keys_hash(keys, KEY_HASH_DOMAIN, 0, domain, strlen(domain), key);
	st = store_budget_get(store, key, &time);
	if (st != OK)
		return st;
	*due_out = policy_budget(&time, limit, now);
	return store_budget_set(store, key, time);
}

enum status
policy_mailbox_due(struct store *store, const struct keys *keys,
    const char *mailbox, int64_t now, int64_t *due_out)
{
	const int64_t day = 24 * HOUR_MS, step = day / POLICY_MAILBOX;
	unsigned char key[HASH_BYTES];
	int64_t time, due;
	enum status st;

	*due_out = now;
	/* Has an "@" in it, so it is no domain's budget. */
	keys_hash(keys, KEY_HASH_DOMAIN, 0, mailbox, strlen(mailbox), key);
	st = store_budget_get(store, key, &time);
	if (st != OK)
		return st;
	time = (time > now * 1000 ? time : now * 1000) + step;
	due = time - day;
	if (due > now * 1000)
		*due_out = (due + 999) / 1000;
	return store_budget_set(store, key, time);
}
