/* clockback.c - a clock that was far ahead is right again
 *
 * What was written by it stands in the future: mail would wait until that comes.
 * The highest time seen is noted, so that it is found after a restart too.
 * SPDX-License-Identifier: ISC
 */
#include "base/clock.h"
#include "base/log.h"
#include "outbox/outbox.h"
#include "petition/act.h"
#include "petition/policy.h"
#include "petition/updates.h"

#define NOTE "clock"
#define NOTE_EACH 600           /* seconds */

enum status
clockback_tick(const struct updates *u)
{
	struct store *store = u->petition->with.store;
	int64_t seen = 0, changed;
	enum status st = store_note_get(store, NOTE, &seen);

	if (st != OK && st != NOT_FOUND)
		return st;
	if (seen - u->now <= CLOCK_DAY)
		return u->now - seen < NOTE_EACH ? OK :
		    store_note_set(store, NOTE, u->now);
	st = store_clock_back(store, u->now, seen - u->now, POLICY_HOLD,
	    OUTBOX_PAUSE, &changed);
	if (st == OK)
		log_warnx("clock=back days=%lld changed=%lld what it had put into "
		    "the future is due again", (long long)((seen - u->now) /
		    CLOCK_DAY), (long long)changed);
	return st == OK ? store_note_set(store, NOTE, u->now) : st;
}
