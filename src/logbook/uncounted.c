/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "logbook/uncounted.h"

#define PAGE 256                /* members looked at at once */

const char *
uncounted_words(struct arena *arena, const struct uncount *u, int64_t undone)
{
	return u->undoes == 0 ? u->reason : arena_printf(arena, "undoes %lld: %s",
	    (long long)undone, u->reason);
}

/* ---- numbers ---------------------------------------------------------------------- */

struct settling {
	struct uncounted_settling *with;
	struct uncount *all;
	int64_t *to;                    /* the number of each; 0: none (yet) */
	size_t count;
};

static struct uncounted_loose *
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
			return uncounted_words(s->with->arena, &s->all[at],
			    s->to[i]);
	return NULL;
}

/* Is it one that the log here does not have?  It may wait for its number, too. */
static bool
is_loose(const struct settling *s, const struct uncount *u)
{
	return ours_of(s, u->number) != NULL || (u->number == 0 &&
	    (u->state == UNCOUNT_PROPOSED || u->state == UNCOUNT_APPROVED));
}

static bool
is_of_kind(const struct uncount *u, const struct uncounted_theirs *theirs)
{
	return u->undoes != 0 || theirs->why == LEAF_STAYS ||
	    theirs->why == u->because;
}

static bool
is_same(const struct settling *s, size_t at, const struct uncounted_theirs *theirs)
{
	const struct uncount *u = &s->all[at];
	const char *words;

	if (s->to[at] != 0 || !is_loose(s, u) || !is_of_kind(u, theirs) ||
	    clock_day(u->created_at) > theirs->batch.day)
		return false;
	words = words_of(s, at);
	return words != NULL && strcmp(words, theirs->batch.reason) == 0;
}

static bool
has_other_kind(const struct settling *s, int64_t number,
    const struct uncounted_theirs *theirs)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->all[i].number == number && !is_of_kind(&s->all[i], theirs))
			return true;
	return false;
}

/* One that was itself taken from what is published has no uncount. */
static struct uncounted_loose *
ours_like(const struct settling *s, const struct uncounted_theirs *theirs)
{
	struct uncounted_loose *ours = s->with->ours;
	size_t i;

	for (i = 0; i < s->with->our_count; i++)
		if (ours[i].to == 0 && ours[i].batch.day == theirs->batch.day &&
		    strcmp(ours[i].batch.reason, theirs->batch.reason) == 0 &&
		    !has_other_kind(s, ours[i].batch.number, theirs))
			return &ours[i];
	return NULL;
}

static void
give_number(struct settling *s, struct uncounted_loose *ours, int64_t number)
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
find_same(struct settling *s, const struct uncounted_theirs *theirs)
{
	struct uncounted_loose *ours;
	size_t i;

	for (i = 0; i < s->count && !is_same(s, i, theirs); i++)
		;
	ours = i < s->count ? ours_of(s, s->all[i].number) :
	    ours_like(s, theirs);
	if (ours != NULL) {
		give_number(s, ours, theirs->batch.number);
	} else if (i < s->count) {
		s->to[i] = theirs->batch.number;
		s->all[i].started_at = theirs->batch.day * CLOCK_DAY;
	}
}

/* Behind all that are published.  What an undoing names stands before it. */
static void
number_rest(struct settling *s)
{
	struct uncounted_settling *with = s->with;
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
	struct uncounted_settling *with = s->with;
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
uncounted_settle(struct uncounted_settling *with)
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

/* ---- members ------------------------------------------------------------------------ */

static enum status
find(struct store *store, struct arena *arena, int64_t campaign, int64_t number,
    struct uncount *out)
{
	struct uncount *all;
	size_t count, i;
	enum status st = store_uncount_list(store, arena, campaign,
	    UNCOUNT_STATES, &all, &count);

	for (i = 0; st == OK && i < count; i++)
		if (all[i].number == number) {
			*out = all[i];
			return OK;
		}
	return st == OK ? NOT_FOUND : st;
}

/* What is known of one that was proposed after the copy was made: what the log
 * says. */
static enum status
make(struct store *store, struct arena *arena, int64_t campaign, int64_t number,
    enum leaf_back why, struct uncount *out)
{
	struct tally_batch *all;
	size_t count, i;
	enum status st = store_batches(store, arena, campaign, &all, &count);

	*out = (struct uncount){ .campaign = campaign, .state = UNCOUNT_DONE,
	    .because = why, .reason = "", .chosen = "the published tally",
	    .number = number };
	for (i = 0; st == OK && i < count; i++) {
		if (all[i].number != number)
			continue;
		out->reason = all[i].reason;
		out->created_at = all[i].day * CLOCK_DAY;
		out->started_at = out->finished_at = out->created_at;
	}
	return st == OK ? store_uncount_add(store, out) : st;
}

/* She is a member already when it was proposed before the copy was made. */
static enum status
take(struct store *store, struct uncount *u, int64_t signature)
{
	enum status st = store_member_set(store, u->id, signature, true);

	if (st == NOT_FOUND) {
		st = store_member_add(store, u->id, signature);
		if (st == OK)
			st = store_member_set(store, u->id, signature, true);
		u->total++;
		u->looked += u->state == UNCOUNT_DONE;
	}
	u->done++;
	return st == OK ? store_uncount_put(store, u) : st;
}

static enum status
let_go(struct store *store, struct arena *arena, int64_t id, int64_t signature)
{
	struct uncount u;
	enum status st = store_member_set(store, id, signature, false);

	if (st == OK)
		st = store_uncount_get(store, arena, id, &u);
	if (st != OK)
		return st == NOT_FOUND ? OK : st;
	u.done--;
	return store_uncount_put(store, &u);
}

enum status
uncounted_taken(struct store *store, struct arena *arena, int64_t campaign,
    int64_t signature, enum leaf_back why, int64_t number)
{
	struct uncount u;
	int64_t of;
	enum status st = find(store, arena, campaign, number, &u);

	if (st == NOT_FOUND)
		st = make(store, arena, campaign, number, why, &u);
	if (st == OK)
		st = store_member_of(store, signature, &of);
	if (st != OK || of == u.id)
		return st;
	if (of != 0)
		st = let_go(store, arena, of, signature);
	return st == OK ? take(store, &u, signature) : st;
}

enum status
uncounted_freed(struct store *store, int64_t signature)
{
	int64_t of;
	enum status st = store_member_of(store, signature, &of);

	while (st == OK && of != 0) {
		st = store_member_set(store, of, signature, false);
		if (st == OK)
			st = store_member_of(store, signature, &of);
	}
	return st;
}

/* The batch that these words undo; 0. */
static int64_t
undone_by(const struct tally_batch *b)
{
	long long number;
	int end = 0;

	if (sscanf(b->reason, "undoes %18lld: %n", &number, &end) != 1 ||
	    end == 0 || number <= 0 || number >= b->number)
		return 0;
	return number;
}

static enum status
free_gone(struct store *store, struct arena *arena, int64_t uncount,
    int64_t signature)
{
	struct signature sig;
	enum status st = store_signature_get(store, arena, signature, &sig);

	if (st == OK && sig.state == SIGNATURE_UNCOUNTED)
		return OK;
	return st != OK && st != NOT_FOUND ? st :
	    store_member_set(store, uncount, signature, false);
}

enum status
uncounted_undone(struct store *store, struct arena *arena, int64_t campaign,
    const struct tally_batch *b)
{
	int64_t ids[PAGE], after = 0, number = undone_by(b);
	struct arena *page;
	struct uncount u;
	size_t count, i;
	enum status st;

	if (number == 0)
		return OK;
	st = find(store, arena, campaign, number, &u);
	if (st != OK)
		return st == NOT_FOUND ? OK : st;
	page = arena_new();
	do {
		arena_reset(page);
		st = store_members(store, u.id, true, after, ids, PAGE, &count);
		for (i = 0; st == OK && i < count; i++)
			st = free_gone(store, page, u.id, ids[i]);
		if (count > 0)
			after = ids[count - 1];
	} while (st == OK && count == PAGE);
	arena_free(&page);
	return st;
}
