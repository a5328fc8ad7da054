/* outcome.h - how mail fares: what we answer, and what we are answered
 *
 * A verdict is our answer to mail that comes in; an outcome is what became of
 * mail that went out.  Both carry an RFC 3463 code.  Texts are fixed English
 * phrases: nothing from a message or a relay is ever copied into them.
 */
#ifndef BASE_OUTCOME_H
#define BASE_OUTCOME_H

#include <stdint.h>

enum verdict {
	VERDICT_ACCEPT,         /* 250 2.0.0 - durable, or nothing to keep */
	VERDICT_NO_USER,        /* 550 5.1.1 - no such campaign, or a bad token */
	VERDICT_REJECT,         /* 550 5.6.0 - a message we cannot use */
	VERDICT_NO_AUTHOR,      /* 550 5.6.0 - From names nobody, or more than one */
	VERDICT_NOT_ALLOWED,    /* 550 5.7.1 - not for the one it says it is from */
	VERDICT_DEFER,          /* 451 4.3.0 - not now */
	VERDICT_FULL            /* 452 4.3.1 - no room */
};

/* The SMTP reply line without CRLF, for example "550 5.1.1 No such address". */
const char *verdict_reply(enum verdict);

/* True for 4xx: the sender keeps the mail and tries again. */
int verdict_temporary(enum verdict);

enum outcome_kind {
	OUTCOME_DELIVERED,      /* the relay took it */
	OUTCOME_DEFERRED,       /* this recipient, later */
	OUTCOME_FAILED,         /* this recipient, never: a bounce */
	OUTCOME_RELAY_DOWN,     /* nobody got through: not the recipient's fault */
	OUTCOME_UNRENDERED,     /* our own template or campaign is at fault */
	OUTCOME_IN_DOUBT,       /* all of it was sent and no reply came: the relay may
	                           have it.  A promise is kept by sending it again,
	                           an update is not (outbox/mailing.h M3) */
	OUTCOME_OTHER_TEXT,     /* not sent: it is to show another text of the
	                           petition than delivery has; soon again */
	OUTCOME_KINDS
};

struct outcome {
	enum outcome_kind kind;
	uint16_t reply;         /* SMTP reply code, 0 when there was none */
	uint8_t code[3];        /* RFC 3463 class, subject, detail; 0 0 0 unknown */
};

const char *outcome_text(enum outcome_kind);    /* for logs: "delivered" ... */

#endif
