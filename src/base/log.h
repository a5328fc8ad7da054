/* log.h - what the operator reads
 *
 * One line per decision on standard error, all of it pairs of key=value: the id of
 * what it is about, where there is one, then who writes (by=) and level, then the
 * rest of the caller's text.  The caller's text begins with the id, whose key is one
 * letter (m= a message, o= an outbox entry, g= a signature, u= an update), goes on
 * with pairs, and may end with words, which become msg="...".  One word between
 * pairs becomes event=.  A value with a blank, a quote or a backslash in it stands
 * in quotes, with a backslash before quotes and backslashes; callers put a value
 * that may have blanks between quotes, and escape nothing.
 *
 * The caller never passes an address, a name, a token or a body; control bytes that
 * come in by way of a value are written as '?', so that a line stays a line.
 *
 * log_warn adds error="...", the text of errno; log_warnx does not.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/status.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN };

/* ROLE is copied.  Until it is called, the role is "undersigned". */
void log_open(const char *role, enum log_level least);

/* Between these, lines below a warning are kept, and written together: for a
 * batch, which is logged when it is done.  What is kept as the process is
 * killed is lost. */
void log_hold(void);
void log_release(void);

void log_debug(const char *format, ...) PRINTF_LIKE(1, 2);
void log_info(const char *format, ...) PRINTF_LIKE(1, 2);
void log_warn(const char *format, ...) PRINTF_LIKE(1, 2);
void log_warnx(const char *format, ...) PRINTF_LIKE(1, 2);

/* Write the line and end the process with status 1. */
_Noreturn void log_fatal(const char *format, ...) PRINTF_LIKE(1, 2);
_Noreturn void log_fatalx(const char *format, ...) PRINTF_LIKE(1, 2);

#endif
