/* purge.h - erasing what has been kept for as long as it may be
 *
 * One run looks at everything once, a few hundred rows in each transaction, so
 * that mail goes on between them; a run that was cut short is begun anew.  When
 * what is due is in petition/retention.h.
 */
#ifndef PETITION_PURGE_H
#define PETITION_PURGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct arena;
struct petition;
struct spare;

enum purge_class {
	PURGE_PENDING,          /* people: a request that nobody answered */
	PURGE_NAMES,            /* people: name and city */
	PURGE_COMMENTS,         /* people */
	PURGE_ADDRESSES,        /* people */
	PURGE_PAPER,            /* people who signed on paper */
	PURGE_TRACES,           /* people of whom only a count is left */
	PURGE_HISTORY,          /* entries */
	PURGE_LOGS,             /* entries: who got which update */
	PURGE_PARKED,           /* messages set aside */
	PURGE_TRAITS,           /* mails: what signatures have in common */
	PURGE_KEYS,             /* data keys that nobody is sealed with */
	PURGE_CLASSES
};

const char *purge_class_text(enum purge_class);         /* "names" */

/* One run; begins as zero but for what is said here. */
struct purge {
	const char *slug;       /* of this campaign alone; NULL: all of it */
	bool dry;               /* only counts */
	int stage;
	size_t campaign;
	int64_t after;
	int64_t looked;         /* at signatures */
	int64_t n[PURGE_CLASSES];
	struct spare *spare;    /* its own */
};

/* Lets go of what one holds that is not at its end.  The numbers stay. */
void purge_end(struct purge *);

/* Looks at up to LIMIT things more.  Within a transaction unless it is dry.
 * AGAIN: there may be more; OK: that was all. */
enum status petition_purge(struct petition *, struct arena *, struct purge *,
    size_t limit, int64_t now) MUST_CHECK;

/* The keeper's run of each day, in steps: is one due?  TICK is clock_tick: after
 * a jump of the clock a day has to pass by it (R5).  A run is that of the day on
 * which it begins, and of the time: what is due when it ends is for the next. */
bool petition_purge_due(struct petition *, int64_t now, int64_t tick);
/* A step of it, within a transaction.  AGAIN: the next may follow at once. */
enum status petition_purge_step(struct petition *, struct arena *, int64_t now)
    MUST_CHECK;

#endif
