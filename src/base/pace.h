/* pace.h - so many an hour, kept as one number
 *
 * The theoretical arrival time of the generic cell rate algorithm (ITU-T
 * I.371), in milliseconds, 0 when fresh: each one taken moves it on by
 * hour / limit, and one whose time is further ahead than the burst waits until
 * it is not.  So a burst passes at once, what is over it is spread out, and
 * nothing is dropped.
 */
#ifndef BASE_PACE_H
#define BASE_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pace {
	int64_t limit;          /* an hour; 0: none */
	int64_t burst;          /* milliseconds' worth that may pass at once */
};

#define PACE_HOUR INT64_C(3600000)

/* With a burst of MILLISECONDS, or of one when even that is more. */
struct pace pace_of(int64_t limit, int64_t milliseconds);

/* When one more may go, in seconds, NOW or later.  Moves *TIME on. */
int64_t pace_take(const struct pace *, int64_t *time, int64_t now);
/* The same without taking anything: may one go now, and how many? */
bool pace_open(const struct pace *, int64_t time, int64_t now);
size_t pace_room(const struct pace *, int64_t time, int64_t now);
/* The furthest that *TIME gets by those that may go now; one further ahead
 * was taken in advance, or set by a clock that went wrong. */
int64_t pace_most(const struct pace *, int64_t now);

#endif
