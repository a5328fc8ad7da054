/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "daemon/bulk.h"
#include "daemon/event.h"
#include "daemon/ipc.h"
#include "daemon/keeper.h"
#include "daemon/visits.h"
#include "outbox/window.h"
#include "petition/petition.h"
#include "store/store.h"

#define CAREFUL 60000           /* milliseconds; each by itself after trouble */
#define BAD_MOST 8              /* outcomes that fail before the rest wait too */

const unsigned char keeper_budget[STORE_HASH] = "all requests";

struct question {
	uint64_t id;
	enum verdict verdict;
};

struct settled {
	int64_t id;
	struct outcome outcome;
};

static enum verdict
trouble(enum status st)
{
	return st == FULL ? VERDICT_FULL : VERDICT_DEFER;
}

void
keeper_batch_open(struct keeper *k)
{
	if (k->in_batch)
		return;
	k->in_batch = true;
	log_hold();
	k->batch = store_begin(k->store);
	if (k->batch != OK)
		log_warnx("batch=refused status=\"%s\" mail waits with its "
		    "sender%s", status_text(k->batch), k->batch == DENIED ?
		    "; the master key was changed: restart undersignd" : "");
}

void
keeper_batch_failed(struct keeper *k, enum status st)
{
	log_warnx("batch=failed letters=%zu status=\"%s\" nothing of it is "
	    "kept; mail waits with its sender", k->question_count,
	    status_text(st));
	store_rollback(k->store);
	k->batch = st;
	k->careful_until = event_tick(k->self->event) + CAREFUL;
}

void
keeper_answer_with_batch(struct keeper *k, uint64_t id, enum verdict verdict)
{
	if (k->question_count == k->question_room) {
		k->question_room = k->question_room * 2 + 64;
		k->questions = mem_realloc(k->questions, k->question_room,
		    sizeof *k->questions);
	}
	k->questions[k->question_count++] = (struct question){ id, verdict };
}

static void
answer_all(struct keeper *k)
{
	struct ipc *intake = k->self->peer[ROLE_INTAKE];
	size_t i;

	for (i = 0; intake != NULL && i < k->question_count; i++)
		ipc_send_verdict(intake, k->questions[i].id, k->batch == OK ?
		    k->questions[i].verdict : trouble(k->batch));
	k->question_count = 0;
	visits_answer(k->visits, k->self->peer[ROLE_WEB], k->batch == OK);
}

void
keeper_settle_with_batch(struct keeper *k, int64_t id,
    const struct outcome *outcome)
{
	if (k->settled_count == k->settled_room) {
		k->settled_room = k->settled_room * 2 + 64;
		k->settled = mem_realloc(k->settled, k->settled_room,
		    sizeof *k->settled);
	}
	k->settled[k->settled_count++] = (struct settled){ id, *outcome };
}

static enum status
settle_first(struct keeper *k, size_t count)
{
	enum status st = OK;
	size_t i;

	for (i = 0; st == OK && i < count; i++)
		st = petition_settle(k->petition, k->arena, k->settled[i].id,
		    &k->settled[i].outcome, clock_now());
	return st;
}

static void
forget_first(struct keeper *k, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		window_remove(k->window, k->settled[i].id);
	k->settled_count -= count;
	if (count > 0 && k->settled_count > 0)
		memmove(k->settled, k->settled + count,
		    k->settled_count * sizeof *k->settled);
}

bool
keeper_is_careful(const struct keeper *k)
{
	return event_tick(k->self->event) < k->careful_until;
}

bool
keeper_is_settled(const struct keeper *k, int64_t id)
{
	size_t i;

	for (i = 0; i < k->settled_count; i++)
		if (k->settled[i].id == id)
			return true;
	return false;
}

/* The one commit: of the letters, of the first OUTCOMES, and of updates. */
static void
commit(struct keeper *k, size_t outcomes)
{
	bool careful = keeper_is_careful(k);
	enum status st;

	if (k->batch == OK) {
		st = settle_first(k, outcomes);
		if (st == OK && !careful)
			st = bulk_turn(k->bulk, k->arena);
		if (st == OK && k->budget_moved)
			st = store_budget_set(k->store, keeper_budget,
			    k->budget_time);
		if (st == OK)
			st = store_commit(k->store);
		if (st != OK)
			keeper_batch_failed(k, st);
	}
	if (k->batch == OK) {
		forget_first(k, outcomes);
		k->budget_moved = false;
	}
	if (!careful)
		bulk_ended(k->bulk, k->batch == OK);
	k->look = true;
	k->quiet = 0;
	arena_reset(k->arena);
}

/* After trouble.  One that cannot be stored lets the others go first, and is
 * tried again later. */
static void
settle_each(struct keeper *k)
{
	size_t left = k->settled_count, bad = 0;
	struct settled one;

	while (left-- > 0 && bad < BAD_MOST && store_begin(k->store) == OK) {
		one = k->settled[0];
		if (settle_first(k, 1) == OK && store_commit(k->store) == OK) {
			forget_first(k, 1);
			k->look = true;
		} else {
			store_rollback(k->store);
			bad++;
			memmove(k->settled, k->settled + 1,
			    (k->settled_count - 1) * sizeof one);
			k->settled[k->settled_count - 1] = one;
		}
		arena_reset(k->arena);
	}
}

/* Updates apart from letters, after trouble. */
static void
bulk_alone(struct keeper *k)
{
	bool good;

	if (!bulk_wants_commit(k->bulk) || store_begin(k->store) != OK)
		return;
	good = bulk_turn(k->bulk, k->arena) == OK && store_commit(k->store) == OK;
	if (!good)
		store_rollback(k->store);
	bulk_ended(k->bulk, good);
	arena_reset(k->arena);
}

/* Commit, then answer; some questions have an answer that needs no commit. */
void
keeper_batch_close(struct keeper *k)
{
	bool careful = keeper_is_careful(k);

	if (!careful && (k->settled_count > 0 || bulk_wants_commit(k->bulk)))
		keeper_batch_open(k);
	if (k->in_batch)
		commit(k, careful ? 0 : k->settled_count);
	answer_all(k);
	if (k->in_batch)
		log_release();
	k->in_batch = false;
	k->batch = OK;
	if (careful) {
		settle_each(k);
		bulk_alone(k);
	}
}
