/* made.h - an update whose words the program makes, from a template
 *
 * Rendered once in each of the campaign's languages, with numbers and dates; what
 * a template of an update may say of a person stays in it for later.
 */
#ifndef PETITION_MADE_H
#define PETITION_MADE_H

#include <stdint.h>

#include "base/status.h"

struct job;
struct updates;

struct made {
	const struct updates *u;
	const char *kind;               /* the template: "progress" */
	/* Sets its values for one language; not OK: no update is made. */
	enum status (*fill)(void *arg, struct job *, const char *language,
	    struct reason *);
	void *arg;
	int needed;                     /* approvals; 0: it goes out */
	const char *why;                /* mailing.why; NULL: none */
};

/* Within a transaction.  INVALID: the words cannot be made, WHY says why not, and
 * nothing was changed.  Else OK or the store's trouble. */
enum status made_update(const struct made *, int64_t *mailing_out,
    struct reason *why) MUST_CHECK;
/* Staff hear that the one called NAME cannot be made; the log that WHAT=NAME. */
enum status made_mistake(const struct updates *, const char *what,
    const char *name, const struct reason *) MUST_CHECK;

#endif
