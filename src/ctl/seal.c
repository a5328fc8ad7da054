/* seal.c - sealing those who signed before there was an opening key
 *
 * Some hundred rows to a transaction, with pauses, so that the daemon is not kept
 * waiting.  A run that is cut off is simply run again.
 *
 * SPDX-License-Identifier: ISC
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "config/campaign.h"
#include "ctl/ctl.h"
#include "ctl/output.h"
#include "petition/petition.h"
#include "store/sealed.h"
#include "store/tally.h"

#define ROWS 500                /* to a transaction */
#define CLEAN_WAIT 3000         /* milliseconds, for who reads just then */

struct sealing_all {
	struct ctl *ctl;
	struct petition *petition;
	struct arena *arena;
	const char *slug;
	struct seal_run run;
	struct progress progress;
};

/* As long as the last transaction took: half of the time is the daemon's. */
static void
rest(int64_t milliseconds)
{
	struct timespec t = { milliseconds / 1000,
	    milliseconds % 1000 * 1000000 };

	(void)nanosleep(&t, NULL);
}

/* AGAIN: there is more. */
static enum status
seal_some(struct sealing_all *s, struct reason *why)
{
	struct store *store = s->ctl->store;
	struct seal_run before = s->run;
	int64_t begun = clock_tick();
	enum status more, st = store_begin(store);

	if (st != OK)
		return fail(why, st, "the database is busy or cannot be written "
		    "(%s)", status_text(st));
	more = petition_seal(s->petition, s->arena, s->slug, &s->run, ROWS,
	    clock_now(), why);
	if (more != OK && more != AGAIN) {
		store_rollback(store);
		s->run = before;
		return more;
	}
	st = store_commit(store);
	if (st != OK) {
		s->run = before;
		return fail(why, st, "the database cannot be written (%s)",
		    status_text(st));
	}
	arena_reset(s->arena);
	progress_at(&s->progress, s->run.sealed);
	if (s->run.sealed > before.sealed)
		rest(clock_tick() - begun + 1);
	return more;
}

static int
tell(const struct sealing_all *s, enum status st, const struct reason *why)
{
	if (s->run.sealed == 0 && st == OK && s->run.damaged == 0)
		(void)puts("0 people are sealed now: all were before");
	else
		(void)printf("%" PRId64 " %s sealed now; nobody here can read any "
		    "more who %s\n", s->run.sealed,
		    count_words(s->run.sealed, "person is", "people are"),
		    count_words(s->run.sealed, "that is", "they are"));
	if (s->run.sealed > 0 && store_clean(s->ctl->store, CLEAN_WAIT) != OK)
		(void)puts("What could be read of them is overwritten within the "
		    "day: another process reads the database now.");
	if (st != OK)
		return ctl_complain(EXIT_NOT, "%s; run this again to go on",
		    why->text);
	if (s->run.damaged > 0)
		return ctl_complain(EXIT_NOT, "%" PRId64 " could not be read and %s; "
		    "a backup may have %s whole", s->run.damaged,
		    count_words(s->run.damaged, "is as it was",
		    "are as they were"),
		    count_words(s->run.damaged, "it", "them"));
	return EXIT_DONE;
}

/* A leaf is made of an address, so who is sealed before she has one is missing in
 * the tally for good. */
static int
tally_has_all(const struct sealing_all *s, int64_t id)
{
	const struct campaign *c = campaigns_find(s->ctl->campaigns,
	    s->slug, NULL);
	struct tally t;
	enum status st;

	if (c == NULL || !c->tally)
		return EXIT_DONE;
	st = store_tally_get(s->ctl->store, s->arena, id, &t);
	if (st == OK && t.filled < 0)
		return EXIT_DONE;
	return st != OK && st != NOT_FOUND ?
	    ctl_complain(EXIT_NOT, "the database cannot be read (%s)",
	    status_text(st)) : ctl_complain(EXIT_NOT, "the tally of %s has not taken in yet who "
	    "signed before it began, and could not once they are sealed: start "
	    "undersignd, and run this again in a minute (%s tally %s status "
	    "says what it waits for)", s->slug, ctl_command(s->ctl), s->slug);
}

int
verb_seal(struct ctl *ctl)
{
	struct petition_setup setup = { ctl->store, ctl->keys, ctl->config,
	    ctl->campaigns, NULL };
	struct sealing_all s = { .ctl = ctl, .slug = ctl->args[0] };
	struct reason why = { "" };
	int64_t campaign, expected = 0;
	enum status st = ctl_campaign(ctl, s.slug, &campaign, NULL);
	int code;

	if (st != OK && st != NOT_FOUND)
		return EXIT_NOT;
	s.arena = arena_new();
	code = st == OK ? tally_has_all(&s, campaign) : EXIT_DONE;
	if (code != EXIT_DONE)
		goto out;
	if (store_unsealed_count(ctl->store, campaign, &expected) != OK)
		expected = 0;
	s.petition = petition_new(&setup);
	progress_begin(&s.progress, "people", expected, -1);
	do
		st = seal_some(&s, &why);
	while (st == AGAIN);
	progress_end(&s.progress);
	code = st == INVALID ? ctl_complain(EXIT_NOT, "%s", why.text) :
	    tell(&s, st, &why);
out:
	petition_free(&s.petition);
	arena_free(&s.arena);
	return code;
}
