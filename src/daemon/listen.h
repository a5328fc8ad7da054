/* listen.h - the socket that mail comes in by
 *
 * "unix:/path" or "host:port".  A socket that systemd hands over
 * (LISTEN_FDS) wins.  A Unix socket that is there already is replaced only if
 * nobody listens on it (EXISTS otherwise); its mode and group are set before
 * it can be connected to.
 */
#ifndef DAEMON_LISTEN_H
#define DAEMON_LISTEN_H

#include "base/status.h"

struct config;

/* OK with *fd_out -1 when the configuration names no socket. */
enum status listen_open(int *fd_out, const struct config *, struct reason *)
    MUST_CHECK;
/* Remove the name of a Unix socket that we made. */
void listen_unlink(const struct config *);

#endif
