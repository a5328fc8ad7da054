/* listen.h - the sockets that mail and browsers come in by
 *
 * "unix:/path" or "host:port".  A socket that systemd hands over
 * (LISTEN_FDS) wins over intake.lmtp.  A Unix socket that is there already is
 * replaced only if
 * nobody listens on it (EXISTS otherwise); its mode and group are set before
 * it can be connected to.
 */
#ifndef DAEMON_LISTEN_H
#define DAEMON_LISTEN_H

#include "base/status.h"

struct config;

/* The LMTP socket.  OK with *fd_out -1 when the configuration names no socket. */
enum status listen_open(int *fd_out, const struct config *, struct reason *)
    MUST_CHECK;
/* The sockets of the web face and of its metrics; -1 for one not configured. */
enum status listen_open_web(int *fd_out, int *metrics_out, const struct config *,
    struct reason *) MUST_CHECK;
/* Remove the names of Unix sockets that we made. */
void listen_unlink(const struct config *);

#endif
