/* lmtp.h - one LMTP session (RFC 2033), as bytes in and bytes out
 *
 * No sockets and no clock here: the owner feeds what it read, writes what
 * comes out, and answers questions when the keeper has answered them.  The
 * session is a table of commands by state.  Offers PIPELINING,
 * ENHANCEDSTATUSCODES, 8BITMIME, SMTPUTF8, SIZE.  HELO and EHLO are refused.
 * Only CRLF.CRLF ends a message; a bare CR or LF in the data refuses it (after
 * reading to the real end), so that nothing can be smuggled.
 *
 * One reply for each accepted recipient, in their order, after the data.
 * A 250 is given only through lmtp_message_answer(VERDICT_ACCEPT).
 *
 * While a question is open the session takes no further input
 * (lmtp_wants_input is 0) and pipelined commands wait in its buffer.  It also
 * takes none while 64 KiB of replies wait to be sent, so the owner asks again
 * after each write.  It must not be fed or freed from within a call of its own.
 */
#ifndef INTAKE_LMTP_H
#define INTAKE_LMTP_H

#include <stddef.h>

#include "base/outcome.h"
#include "base/status.h"

struct buf;
struct lmtp;

struct lmtp_limits {
	size_t message;         /* octets; announced as SIZE; more is 552 5.3.4 */
	size_t recipients;      /* per message; more is 452 4.5.3 */
	size_t line;            /* of a command with CRLF, 2048; longer is 500 5.5.2 */
	int errors;             /* bad commands since the last good message, 20;
	                           more is 421 and close */
	const char *hostname;   /* for greeting and LHLO */
};

struct lmtp_calls {
	/* May this recipient be used?  ADDRESS is without brackets, ESMTP
	 * parameters off; well-formed, but it may be "postmaster" alone or end in
	 * an address literal.  Answered by lmtp_recipient_answer, at once or
	 * later. */
	void (*recipient)(void *arg, struct lmtp *, const char *address);
	/* The whole message has come, dots unstuffed, CRLF line ends.  Answered
	 * by lmtp_message_answer once for each accepted recipient; BYTES, the
	 * reverse path and the recipients stay until the last answer is given. */
	void (*message)(void *arg, struct lmtp *, const char *bytes, size_t len);
};

struct lmtp *lmtp_new(const struct lmtp_limits *, const struct lmtp_calls *,
    void *arg);                 /* limits and calls are borrowed */
void lmtp_free(struct lmtp **);

/* Take in bytes; all are buffered or used. */
void lmtp_input(struct lmtp *, const char *bytes, size_t len);
/* Bytes to send; the owner consumes them (buf_consume). */
struct buf *lmtp_output(struct lmtp *);
int lmtp_wants_input(const struct lmtp *);
int lmtp_is_closing(const struct lmtp *);       /* send the output, then close */
int lmtp_is_idle(const struct lmtp *);          /* between messages */
int lmtp_is_waiting(const struct lmtp *);       /* a question is open */

/* Greets (220); with a non-NULL REFUSAL ("421 4.3.2 ...") that is all. */
void lmtp_greet(struct lmtp *, const char *refusal);
/* Ends the session from our side: "421 4.4.2 ..." and closing. */
void lmtp_end(struct lmtp *, const char *reply);

const char *lmtp_reverse_path(const struct lmtp *);     /* "" for <> */
size_t lmtp_recipient_count(const struct lmtp *);
const char *lmtp_recipient(const struct lmtp *, size_t);

void lmtp_recipient_answer(struct lmtp *, enum verdict);
/* In any order; replies go out in the order of recipients. */
void lmtp_message_answer(struct lmtp *, size_t recipient, enum verdict);

#endif
