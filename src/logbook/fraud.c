/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "logbook/fraud.h"

const char *
fraud_words(struct arena *arena, const struct uncount *u, int64_t undone)
{
	return u->undoes == 0 ? u->reason : arena_printf(arena, "undoes %lld: %s",
	    (long long)undone, u->reason);
}

/* ---- numbers ---------------------------------------------------------------------- */

struct settling {
	struct fraud_settling *with;
	struct uncount *all;
	int64_t *to;                    /* the number of each; 0: none (yet) */
	size_t count;
};

static struct fraud_loose *
ours_of(const struct settling *s, int64_t number)
{
	size_t i;

	for (i = 0; i < s->with->our_count; i++)
		if (s->with->ours[i].batch.number == number)
			return &s->with->ours[i];
	return NULL;
}

static enum status
begin(struct settling *s)
{
	enum status st = store_uncount_list(s->with->store, s->with->arena,
	    s->with->campaign, UNCOUNT_STATES, &s->all, &s->count);
	size_t i;

	if (st != OK)
		return st;
	s->to = arena_alloc(s->with->arena, (s->count + 1) * sizeof *s->to);
	for (i = 0; i < s->count; i++)
		s->to[i] = ours_of(s, s->all[i].number) != NULL ? 0 :
		    s->all[i].number;
	return OK;
}

/* NULL: what it undoes has no number. */
static const char *
words_of(const struct settling *s, size_t at)
{
	size_t i;

	if (s->all[at].undoes == 0)
		return s->all[at].reason;
	for (i = 0; i < s->count; i++)
		if (s->all[i].id == s->all[at].undoes && s->to[i] != 0)
			return fraud_words(s->with->arena, &s->all[at],
			    s->to[i]);
	return NULL;
}

static bool
is_same(const struct settling *s, size_t at, const struct tally_batch *theirs)
{
	const struct uncount *u = &s->all[at];
	const char *words;

	if (s->to[at] != 0 || ours_of(s, u->number) == NULL ||
	    clock_day(u->created_at) > theirs->day)
		return false;
	words = words_of(s, at);
	return words != NULL && strcmp(words, theirs->reason) == 0;
}

/* One that was itself taken from what is published has no uncount. */
static struct fraud_loose *
ours_like(const struct settling *s, const struct tally_batch *theirs)
{
	struct fraud_loose *ours = s->with->ours;
	size_t i;

	for (i = 0; i < s->with->our_count; i++)
		if (ours[i].to == 0 && ours[i].batch.day == theirs->day &&
		    strcmp(ours[i].batch.reason, theirs->reason) == 0)
			return &ours[i];
	return NULL;
}

static void
give_number(struct settling *s, struct fraud_loose *ours, int64_t number)
{
	const char *words;
	size_t i;

	ours->to = number;
	for (i = 0; i < s->count; i++) {
		if (s->all[i].number != ours->batch.number)
			continue;
		s->to[i] = number;
		words = words_of(s, i);
		if (words != NULL)
			ours->batch.reason = words;
	}
}

static void
find_same(struct settling *s, const struct tally_batch *theirs)
{
	struct fraud_loose *ours;
	size_t i;

	for (i = 0; i < s->count && !is_same(s, i, theirs); i++)
		;
	ours = i < s->count ? ours_of(s, s->all[i].number) :
	    ours_like(s, theirs);
	if (ours != NULL)
		give_number(s, ours, theirs->number);
}

/* Behind all that are published.  What an undoing names stands before it. */
static void
number_rest(struct settling *s)
{
	struct fraud_settling *with = s->with;
	int64_t next = with->our_count == 0 ? 0 :
	    with->ours[0].batch.number + (int64_t)with->their_count;
	size_t i;

	for (i = 0; i < with->our_count; i++)
		if (with->ours[i].to == 0)
			give_number(s, &with->ours[i], next++);
}

static enum status
save(struct settling *s)
{
	struct fraud_settling *with = s->with;
	struct tally_batch moved;
	enum status st = OK;
	size_t i;

	for (i = 0; st == OK && i < with->our_count; i++) {
		moved = with->ours[i].batch;
		moved.number = with->ours[i].to;
		st = store_batch_put(with->store, with->campaign, &moved);
	}
	for (i = 0; st == OK && i < s->count; i++) {
		if (s->all[i].number == s->to[i])
			continue;
		log_info("uncount=%lld number=%lld was=%lld",
		    (long long)s->all[i].id, (long long)s->to[i],
		    (long long)s->all[i].number);
		s->all[i].number = s->to[i];
		st = store_uncount_put(with->store, &s->all[i]);
	}
	return st;
}

enum status
fraud_settle(struct fraud_settling *with)
{
	struct settling s = { .with = with };
	enum status st = begin(&s);
	size_t i;

	for (i = 0; st == OK && i < with->their_count; i++)
		find_same(&s, &with->theirs[i]);
	if (st != OK)
		return st;
	number_rest(&s);
	return save(&s);
}
