/* control.h - the parent's ear for the staff command (base/control.h)
 *
 * Only root and the user the daemon runs as are listened to (SO_PEERCRED), a
 * few at a time, each for a few seconds.  A record is of fixed size; nothing
 * that came by mail ever comes here.
 */
#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H

#include "base/control.h"
#include "base/status.h"

struct config;
struct control;
struct event;

/* The socket, before rights are dropped. */
enum status control_open(int *fd_out, const struct config *, struct reason *)
    MUST_CHECK;
void control_unlink(const struct config *);

/* ASK answers for what is asked; FD is a descriptor that came with it, its own to
 * keep (return with *FD -1) or to leave, or -1.  The key in the request is wiped
 * after the call. */
struct control_calls {
	enum control_answer (*ask)(void *arg, const struct control_request *,
	    int *fd);
	enum control_state (*state)(void *arg);
};

/* Takes over FD.  CALLS is borrowed. */
struct control *control_new(struct event *, int fd, const struct control_calls *,
    void *arg);
void control_free(struct control **);

#endif
