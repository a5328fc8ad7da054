/* ladder.h - how bounces come to end updates, as a table
 *
 *	             hard      soft      own bounce    time           wrote
 *	fine         bounced   soft      -             -              -
 *	soft         bounced   soft      -             fine           fine
 *	bounced      same      same      -             warned*        fine
 *	warned       same      same      failed        fine           fine
 *	failed       same      same      -             probed*        fine
 *	probed       same      same      unreachable   fine           fine
 *	unreachable, complained, stopped: nothing moves them here
 *
 * "-": nothing happens; same: noted, the wait goes on.  *: a mail goes out, the
 * warning or the probe, with an envelope sender of its own.  Own bounce: that
 * mail came back.  So one who knows the address that bounces go to can have
 * her warned, and no more: only a mail that truly went to her and truly came
 * back goes on.  Time: the wait of that rung is over (configuration: bounces).
 * Wrote: she answered a mail of ours.
 *
 * Soft bounces count as hard ones once nothing but they came for soft_days.
 */
#ifndef PETITION_LADDER_H
#define PETITION_LADDER_H

#include "base/outcome.h"
#include "message/report.h"
#include "store/history.h"

enum ladder_event {
	LADDER_HARD, LADDER_SOFT, LADDER_OWN, LADDER_TIME, LADDER_WROTE,
	LADDER_EVENTS
};

enum ladder_wait {
	WAIT_ON,                /* as it was */
	WAIT_NEVER,
	WAIT_WARN,              /* warn_after days */
	WAIT_PROBE,             /* probe_after days from the warning */
	WAIT_FORGIVE            /* forgive_after days */
};

struct ladder_step {
	enum rung next;
	enum ladder_wait wait;
	const char *mail;       /* template, or NULL */
};

/* NULL: nothing happens. */
const struct ladder_step *ladder_step(enum rung, enum ladder_event);

const char *rung_text(enum rung);               /* "bouncing" ... for lists */
const char *reach_reason_text(enum reach_reason);
const char *history_text(enum history_what);

/* What the refusal of a relay says of the recipient, for good or until we gave
 * up: the table is in ladder.c. */
enum fate ladder_fate(const struct outcome *);

#endif
