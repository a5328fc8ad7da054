/* trace.h - within store/: that there was a database
 *
 * Who finds none makes one, so that an installation starts by itself.  But a
 * database that was lost - a disk not mounted, a file removed by mistake - must not
 * be begun anew in silence: all would be asked again, and all counts be 0.
 * What shows that there was one:
 *
 *	database.made           left beside it by who makes or opens it to write
 *	undersigned.db-wal      its log, which may hold the last signatures
 *	tally-SLUG.checkpoint   what a tally signed last (logbook/guard.h)
 */
#ifndef STORE_TRACE_H
#define STORE_TRACE_H

#include "base/status.h"

/* INVALID when PATH, the database, is missing or empty though there was one: the
 * reason says what shows it and what to do. */
enum status trace_check(const char *path, struct reason *) MUST_CHECK;

/* PATH is there now.  When the trace cannot be left, that is logged alone. */
void trace_leave(const char *path);

#endif
