/* figures.h - the numbers that an update may tell
 *
 * Counted from the kept counts, for all its readers alike: undersigned-
 * templates(5) says what each is.
 */
#ifndef OUTBOX_FIGURES_H
#define OUTBOX_FIGURES_H

#include <stdint.h>

#include "base/status.h"

struct arena;
struct job;
struct store;

struct figures {
	int64_t count;          /* confirmed signers */
	int64_t days;           /* since the first of them */
	int64_t rise, days_since;       /* since the last update; at the first of
	                                   all, the same as count and days */
	int64_t milestone;      /* passed since then; 0: none */
	const char *countries;  /* "CODE NUMBER" on each line, as may be told to
	                           anybody (public.h) */
	int64_t tally_size;     /* of the newest checkpoint; 0: none */
	int64_t tally_count;
	const char *tally_root; /* base64 */
};

#define FIGURES_COUNTRIES 10    /* at most */

/* For the update MAILING (0: for one that is not there yet): the last update is
 * the one before it that began to go out. */
enum status figures_read(struct figures *out, struct store *, struct arena *,
    int64_t campaign, int64_t mailing, int64_t now) MUST_CHECK;
/* As variables of a mail; strings are made in the arena. */
void figures_set(struct job *, struct arena *, const struct figures *);

/* The largest of 100, 200, 500, 1000 ... over BEFORE and not over COUNT; 0. */
int64_t figures_milestone(int64_t before, int64_t count);

#endif
