/* report.h - what a bounce, a delay notice or a complaint says
 *
 * Reads what mail systems send back: RFC 3464 and 6533 reports, qmail's, the
 * free-text ones of many systems, and complaints (RFC 5965).  Works on the
 * parts of one message in time linear in its size, behind the caps below.
 *
 * Nothing here is proof of anything: anybody can write a bounce.  Who a report
 * is about is told by the token in the address it came to; the addresses and
 * tokens found here are hints, to be checked by who has the keys.
 */
#ifndef MESSAGE_REPORT_H
#define MESSAGE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message/recipient.h"

struct arena;
struct charsets;
struct content;
struct fields;

/* What the report as a whole is: the gravest thing it tells. */
enum report_kind {
	REPORT_NONE,            /* no report, or one of no delivery: a vacation
	                           notice, a challenge, "it was read" */
	REPORT_DELIVERED,       /* delivered, relayed or expanded */
	REPORT_DELAYED,         /* still being tried */
	REPORT_FAILED,          /* given up, for one recipient at least */
	REPORT_COMPLAINT,       /* RFC 5965 */
	REPORT_KIND_COUNT_
};

/* What became of the mail to one recipient.  The table is in report.c. */
enum fate {
	FATE_NONE,              /* not failed: delivered, relayed, expanded */
	FATE_DELAYED,           /* not yet failed */
	FATE_SOFT,              /* failed, and may work another day: mailbox
	                           full, time over, too large, remote trouble;
	                           also when no reason can be read */
	FATE_FAULT,             /* refused for what we are or do: 5.7.x, policy,
	                           blocklist, spam.  Never the recipient's */
	FATE_HARD,              /* no such mailbox or domain */
	FATE_COUNT_
};

const char *report_kind_text(enum report_kind);
const char *fate_text(enum fate);

#define REPORT_RECIPIENTS 16
#define REPORT_TOKENS 8
#define REPORT_ADDRESS_MAX 254  /* octets */
#define REPORT_LINE_MAX 240

struct report_recipient {
	const char *address;    /* the final recipient, as reported: visible
	                           UTF-8 with an '@'; not authoritative */
	const char *original;   /* Original-Recipient when it differs, or NULL */
	enum fate fate;
	uint8_t class;          /* RFC 3463; 0 when there is none, else 2 4 5 */
	uint16_t subject, detail;       /* at most 999 */
	uint16_t reply;         /* SMTP reply code 200..599, or 0 */
	const char *diagnostic; /* what the remote said, one line, or NULL; it
	                           may hold addresses: never for a log */
};

struct report {
	enum report_kind kind;
	enum fate fate;         /* the gravest of the recipients', and that of
	                           a failure whose recipients cannot be read */
	const char *how;        /* the rule that read it: a word, or NULL */
	size_t count;           /* of recipients told of, capped; may be 0 */
	struct report_recipient recipient[REPORT_RECIPIENTS];

	/* of the mail the report is about, when some of it came back */
	const char *original_id;        /* its Message-ID, "<...>", or NULL */
	size_t tokens;          /* anything of the shape of our tokens in it,
	                           with purpose and token only; no two alike */
	struct recipient token[REPORT_TOKENS];

	const char *feedback;   /* Feedback-Type of a complaint, lower case
	                           word ("abuse"), or NULL */
};

/* The message, opened by the reader. */
struct report_view {
	const struct fields *fields;
	const struct content *content;
	const char *subject;    /* decoded */
	bool bounce, complaint; /* nature.h says so */
};

/* Read what VIEW reports.  Always gives a report; REPORT_NONE when it tells of
 * no delivery.  To be asked of what no person wrote: of a person's words about
 * a bounce it may well make one. */
void report_read(struct report *out, struct arena *, struct charsets *,
    const struct report_view *);

#endif
