/* wipe.h - memory that is given back keeps nothing
 *
 * Mails pass through a good many buffers, ours and those of libraries.  In the
 * daemon's processes all that is freed is wiped first, so that what was in hand a
 * moment ago lies neither in swap nor in what a debugger, or somebody with the
 * running machine, takes from a role.
 */
#ifndef DAEMON_WIPE_H
#define DAEMON_WIPE_H

/* From now on.  Does nothing where memory is watched by a sanitizer. */
void wipe_freed(void);

#endif
