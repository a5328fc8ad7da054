/* alarm.h - inside of petition/: staff hear of mail refused for what we are
 *
 * Faults are gathered for an hour and told of together, once a day at most.
 */
#ifndef PETITION_ALARM_H
#define PETITION_ALARM_H

#include "petition/act.h"

/* One more fault of ours. */
enum status alarm_blame_us(struct act *) MUST_CHECK;
/* Tell of those of one campaign that is due. */
enum status alarm_tick(struct petition *, struct arena *, int64_t now)
    MUST_CHECK;

#endif
