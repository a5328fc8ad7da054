/* status.h - what a call may answer, and the reason a person reads
 *
 * Every function that can fail for a cause outside the program returns an
 * enum status, and the compiler makes its caller look at it.  Statuses that
 * are near to success (EXISTS, NOT_FOUND) are answers, not errors.
 *
 * A reason is one line for an operator: what, where (file:line when there is
 * one) and what to do.  The caller supplies it, nothing allocates it, and it
 * never holds an address, a name, a token or a body.
 *
 * Running out of memory ends the process (base/buf.h): sizes are bounded at
 * the door instead.
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

enum status {
	OK = 0,
	NOT_FOUND,      /* there is no such thing; often a good answer */
	EXISTS,         /* it is already there, nothing was changed */
	INVALID,        /* the input cannot be used, trying again will not help */
	DENIED,         /* the caller may not do this (token, permission, state) */
	LIMIT,          /* a bound was reached */
	AGAIN,          /* nothing wrong, there is just nothing yet */
	TEMPFAIL,       /* may work later: busy, unreachable, timed out */
	FULL,           /* no room on the disk; a kind of TEMPFAIL */
	STORE_FAILED    /* the store is damaged or unreadable: a person must look */
};

/* A short lower-case English phrase; never NULL. */
const char *status_text(enum status);

struct reason {
	char text[512];
};

/* Set the reason and return the status given, so that an error is one line:
 * return fail(why, INVALID, "%s:%d: ...", file, line).  WHY may be NULL. */
enum status fail(struct reason *why, enum status, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* The same with ": " and the text of errno added. */
enum status fail_errno(struct reason *why, enum status, const char *format, ...)
    PRINTF_LIKE(3, 4);

#endif
