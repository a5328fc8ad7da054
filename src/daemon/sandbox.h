/* sandbox.h - a process gives its rights away for good
 *
 * In this order: no-new-privs, limits, no core and no ptrace, Landlock (which
 * files and which TCP port), seccomp (which system calls; any other ends the
 * process).  What is asked for is the profile and nothing else.
 *
 * With the environment variable UNDERSIGNED_SANDBOX_TRACE set, a call that is
 * not allowed is named on standard error before the process ends.
 */
#ifndef DAEMON_SANDBOX_H
#define DAEMON_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "config/config.h"

/* Groups of system calls.  Memory, time, and reading and writing what is
 * already open are always allowed. */
#define SANDBOX_READ    0x01u   /* open files, list folders */
#define SANDBOX_EDIT    0x02u   /* make, rename, remove, sync files */
#define SANDBOX_WATCH   0x04u   /* inotify */
#define SANDBOX_ACCEPT  0x08u   /* connections on sockets that are open */
#define SANDBOX_CONNECT 0x10u   /* TCP sockets of its own, to one port */
#define SANDBOX_THREADS 0x20u
#define SANDBOX_MODULES 0x40u   /* map code from files: iconv's modules */
#define SANDBOX_SPAWN   0x80u   /* the parent: fork, exec, kill, wait */

#define SANDBOX_PATHS 8

struct sandbox_profile {
	const char *role;
	unsigned calls;
	const char *reads[SANDBOX_PATHS];       /* NULL-ended; may be read below */
	const char *edits[SANDBOX_PATHS];       /* may be read and changed below */
	int connect_port;       /* TCP port that may be reached; 0: none */
	size_t descriptors;     /* how many it may have open; 0: as it was */
};

/* Enter for good.  WISH: with SANDBOX_REQUIRE anything the kernel cannot do
 * is DENIED; with SANDBOX_PREFER it is left out.  Logs one line that says what
 * is in force.  A path that is not there is left out: nothing below it may be
 * reached later. */
enum status sandbox_enter(const struct sandbox_profile *, enum sandbox_wish,
    struct reason *) MUST_CHECK;

/* What this kernel offers; for `check` and for tests. */
bool sandbox_has_seccomp(void);
int sandbox_landlock_abi(void);         /* 0: none */

#endif
