/* report_ses.h - what Amazon SES tells by mail of mail it could not deliver
 *
 * Its notifications are JSON, in quotes within JSON when they come by SNS.  Not
 * a parser: finds the few members that matter, in one pass.  For report.c.
 */
#ifndef MESSAGE_REPORT_SES_H
#define MESSAGE_REPORT_SES_H

#include <stdbool.h>

struct buf;

/* Whether TEXT is one; what it tells is then appended to OUT as the fields of a
 * status part (RFC 3464), or of a feedback report (COMPLAINT true). */
bool ses_read(const char *text, struct buf *out, bool *complaint);

#endif
