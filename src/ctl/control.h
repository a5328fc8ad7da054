/* control.h - asking the running daemon (base/control.h)
 *
 * Short and blocking, with a deadline.
 */
#ifndef CTL_CONTROL_H
#define CTL_CONTROL_H

#include "base/control.h"
#include "base/status.h"

struct config;

/* KEY may be NULL, FD -1.  NOT_FOUND: no daemon runs there; DENIED: it does not
 * listen to who runs this; TEMPFAIL: it did not answer. */
enum status control_ask(const struct config *, enum control_ask,
    const unsigned char *key, int fd, struct control_reply *out,
    struct reason *) MUST_CHECK;

/* After a key was given: until the keeper is at work.  TEMPFAIL when it could not
 * start with it, or takes longer than half a minute. */
enum status control_wait(const struct config *, struct reason *) MUST_CHECK;

#endif
