/* bounce.h - inside of petition/: what comes back, and who gets no updates
 *
 *  B1  A report acts on nobody but the person of the token it came to; a
 *      complaint, on the person of a good token in it.
 *  B2  By reports to the b-token alone nobody loses updates, whatever they say
 *      (petition/ladder.h).
 *  B3  A fault of ours counts against nobody; staff hear of it.
 *  B4  A signature stays counted, whatever comes back later.
 */
#ifndef PETITION_BOUNCE_H
#define PETITION_BOUNCE_H

#include "petition/act.h"
#include "store/history.h"

/* Handlers: of a letter to a b-token and to a p-token, of a complaint that came
 * to any address (PERSON of its token, or 0). */
enum status act_bounce(struct act *) MUST_CHECK;
enum status act_probe(struct act *) MUST_CHECK;
enum status act_complaint(struct act *, int64_t person) MUST_CHECK;
/* To a b-token of mail to somebody without a row: staff, a contact person. */
enum status bounce_of_nobody(struct act *) MUST_CHECK;

/* She wants no more updates, or wants them again (which also forgives what
 * bounced): kept with the reason.  act->sig is changed, not saved. */
enum status act_stopped(struct act *, enum reach_reason) MUST_CHECK;
enum status act_resumed(struct act *) MUST_CHECK;
/* One of them, when act->sig.updates is not what it was BEFORE. */
enum status act_wished(struct act *, bool before, enum reach_reason) MUST_CHECK;

/* She answered a mail of ours. */
enum status act_wrote(struct act *) MUST_CHECK;
/* What was asked to be confirmed can reach her after all, or will be tried
 * again.  act->sig is changed, not saved. */
enum status act_reachable(struct act *) MUST_CHECK;

/* Into her history. */
enum status act_note(struct act *, enum history_what, const char *kind, int code)
    MUST_CHECK;

/* Part of petition_tick and petition_due. */
enum status bounce_tick(struct petition *, struct arena *, int64_t now,
    size_t limit) MUST_CHECK;
enum status bounce_due(struct petition *, int64_t *when_out) MUST_CHECK;
enum status bounce_alarm(struct act *, struct alarm *) MUST_CHECK;

#endif
