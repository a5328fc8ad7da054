/* parent.h - the process that starts the others
 *
 * Holds the sockets, starts one process for each role, makes the channels
 * between them, and starts again what dies, after a pause that grows while it
 * keeps dying.  A locked keeper is not started before its key is given by the
 * control socket; the key then stays here, in locked memory, so that a keeper
 * that dies needs nobody to come.  What was twice in the hands of a role that crashed, or that it
 * never finished with, is made known as poison (blackbox.h).
 */
#ifndef DAEMON_PARENT_H
#define DAEMON_PARENT_H

#include <stdbool.h>

struct config;

struct parent_setup {
	const struct config *config;    /* borrowed */
	const char *config_file;        /* for the roles; absolute */
	bool debug;
	int lmtp_fd;            /* or -1 */
	int key_fd;             /* the master key's file; -1 while it is locked */
	int control_fd;
	int web_fd, metrics_fd; /* or -1 */
	int ready_fd;           /* closed once all is up, after a byte; or -1 */
};

/* Until SIGTERM or SIGINT.  Returns the exit status. */
int parent_run(const struct parent_setup *);

#endif
