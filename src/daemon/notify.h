/* notify.h - telling systemd how we are (sd_notify(3), our own few lines)
 *
 * Does nothing when NOTIFY_SOCKET is not set.  Never fails: a service manager
 * that does not listen must not stop the work.
 */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

#include <stdint.h>

/* Before the sandbox and before the user is changed: opens the socket and
 * takes the variables out of the environment, so that no role has them. */
void notify_open(void);
void notify_send(const char *state);    /* "READY=1" */
/* Milliseconds between signs of life that are asked for; 0: none. */
int64_t notify_watchdog(void);

#endif
