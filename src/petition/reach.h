/* reach.h - inside of petition/: can she be reached, and does she want it
 *
 * Her rung (petition/ladder.h), her wish, and her history, in the store.
 */
#ifndef PETITION_REACH_H
#define PETITION_REACH_H

#include "message/report.h"
#include "petition/act.h"
#include "store/history.h"

/* Into her history. */
enum status act_note(struct act *, enum history_what, const char *kind, int code)
    MUST_CHECK;

/* What is known of her so far; a row that will be written when it changes. */
enum status reach_load(struct act *, struct reach *) MUST_CHECK;

/* A mail to a signer came back, HARD or SOFT.  OWN: it was the ladder's own,
 * the last one. */
enum status reach_bounced(struct act *, enum fate, int code, bool own)
    MUST_CHECK;
/* She never could be reached, so she was never asked: no reminder, and the
 * signature expires when its time is over. */
enum status reach_never(struct act *, int code) MUST_CHECK;
/* The time of her rung is over. */
enum status reach_pass(struct act *, struct reach *) MUST_CHECK;
/* What she wants, whatever bounced: a rung that nothing waits on. */
enum status reach_wish(struct act *, enum rung, enum reach_reason) MUST_CHECK;

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

#endif
