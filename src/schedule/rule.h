/* rule.h - is this the text of a rule?
 *
 * The grammar of RECUR in RFC 5545 (3.3.10) and which of its parts go together.
 * libical reads more than that, and reads as something what means nothing: it
 * counts to the 53rd Monday of a week.
 */
#ifndef SCHEDULE_RULE_H
#define SCHEDULE_RULE_H

#include "base/status.h"

/* INVALID says which part is wrong, and why.  Whether it ever comes is not
 * looked at. */
enum status rule_check(const char *text, struct reason *) MUST_CHECK;

#endif
