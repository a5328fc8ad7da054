/* bounce.h - inside of petition/: what comes back
 *
 *  B1  A report acts on nobody but the person of the token it came to.
 *  B2  By reports to the b-token alone nobody loses updates, whatever they say
 *      (petition/ladder.h).
 *  B3  A fault of ours counts against nobody; staff hear of it
 *      (petition/alarm.h).
 *  B4  A signature stays counted, whatever comes back later.
 */
#ifndef PETITION_BOUNCE_H
#define PETITION_BOUNCE_H

#include "petition/act.h"

/* Handlers: of a letter to a b-token and to a p-token. */
enum status act_bounce(struct act *) MUST_CHECK;
enum status act_probe(struct act *) MUST_CHECK;
/* To a b-token of mail to somebody without a row: staff, a contact person. */
enum status bounce_of_nobody(struct act *) MUST_CHECK;

/* Part of petition_tick and petition_due. */
enum status bounce_tick(struct petition *, struct arena *, int64_t now,
    size_t limit) MUST_CHECK;
enum status bounce_due(struct petition *, int64_t *when_out) MUST_CHECK;

#endif
