/* smtp.h - one SMTP session to the relay
 *
 * libetpan on a stream of our own (delivery/stream.h): one deadline for a whole
 * command whatever trickles in, a cap on the bytes of its reply, TCP_NODELAY,
 * TLS verified.  When the relay offers PIPELINING, MAIL, RCPT and DATA go in one
 * flight, and so may the end of one message and the envelope of the next (RFC
 * 2920 section 3.1); a message itself waits for its 354.  BODY=8BITMIME, SMTPUTF8, SIZE and DSN are used when offered;
 * DSN as RET=HDRS, ENVID, NOTIFY=FAILURE.  AUTH is refused without TLS unless
 * the relay is on loopback.  Blocking: one session per thread.
 *
 * smtp_outcome (outcome.c) is the one place that maps replies to outcomes.
 */
#ifndef DELIVERY_SMTP_H
#define DELIVERY_SMTP_H

#include <stddef.h>

#include "base/outcome.h"
#include "base/status.h"

struct smtp;
struct tls_trust;       /* delivery/stream.h */

enum smtp_tls { SMTP_TLS_OFF, SMTP_TLS_MAY, SMTP_TLS_REQUIRE, SMTP_TLS_IMPLICIT };

struct smtp_relay {
	char *host;             /* name for TLS and logs */
	char *port;
	struct sockaddr_storage *addresses;     /* resolved before the sandbox */
	size_t address_count;
	enum smtp_tls tls;
	int loopback;
	char *user, *password;  /* or NULL; password wiped on free */
	struct tls_trust *trust;        /* NULL: no TLS */
	int verify;             /* certificates: always, except MAY on loopback */
	int timeout;            /* seconds, for one command */
	char *helo;
	int cancel_fd;          /* readable: give up; -1, or set by the owner */
};

/* URL: smtp://host[:port] (25) or smtps://host[:port] (465).  TLS: config's
 * delivery.tls ("may", "require", "off"), or NULL for "may" on loopback and
 * "require" elsewhere.  Resolves names and loads certificates: before the
 * sandbox.  INVALID, DENIED (the password file), NOT_FOUND, or TEMPFAIL (the
 * name cannot be resolved now).
 *
 * "may": TLS when it is offered; on loopback without a look at the certificate,
 * and in the clear after all when the handshake fails; elsewhere verified. */
enum status smtp_relay_new(struct smtp_relay **out, const char *url,
    const char *tls, const char *ca_file, const char *user,
    const char *password_file, int timeout, const char *helo, struct reason *)
    MUST_CHECK;
void smtp_relay_free(struct smtp_relay **);

int smtp_relay_port(const struct smtp_relay *);

/* Connect, greet, TLS, AUTH.  On failure OUT is what to report for the mail in
 * hand, always RELAY_DOWN, with the reply when there was one. */
enum status smtp_open(struct smtp **session, const struct smtp_relay *,
    struct outcome *out, struct reason *) MUST_CHECK;
/* QUIT, briefly; none when a message was begun and not sent: then the end of the
 * line tells the relay to forget it. */
void smtp_close(struct smtp **);

struct smtp_mail {
	const char *reverse_path;       /* "" for <> */
	const char *recipient;          /* one */
	const char *bytes;              /* CRLF lines */
	size_t len;
	const char *envid;              /* or NULL */
	int eight_bit;                  /* the body has octets over 127 */
	int utf8;                       /* addresses or headers need SMTPUTF8 */
};

/* MAIL, RCPT and DATA, or the replies to them when they went ahead.  True: the
 * relay waits for the message, which smtp_give has to send next.  False: OUT is
 * what became of it; the relay cannot have accepted it, and the session may be
 * used for the next one if it is open. */
int smtp_offer(struct smtp *, const struct smtp_mail *, struct outcome *out);
/* The message; OUT is what became of it.  The reply is waited for five times as
 * long as that to a command: who gives up too early sends the mail twice.
 *
 * NEXT, or NULL, is the mail that is offered after this one: where the relay
 * pipelines its envelope goes ahead, in the same flight as the end of this
 * message, and smtp_offer only takes the replies.  It does not wait for them
 * here.  Whatever becomes of the one, the other is not touched: the replies
 * come in order, and a session that ended under the first has nothing of the
 * second.  To offer another one than NEXT after all is RELAY_DOWN and the end
 * of the session, since there is no taking back. */
void smtp_give(struct smtp *, const struct smtp_mail *,
    const struct smtp_mail *next, struct outcome *out);
/* Whether an envelope can go ahead. */
int smtp_pipelines(const struct smtp *);
/* Both, for one mail alone. */
void smtp_send(struct smtp *, const struct smtp_mail *, struct outcome *out);
/* Whether one more may be sent; 0 too when the relay has closed or has spoken
 * out of turn while nothing went on. */
int smtp_is_open(struct smtp *);

/* CODE 0: no reply (connection lost).  TEXT begins with an enhanced code when
 * the server gives one.  PHASE: 'c' connect/greeting, 'a' EHLO, TLS and AUTH,
 * 'm' MAIL, 'r' RCPT, 'd' DATA, 'e' end of data. */
void smtp_outcome(int code, const char *text, char phase, struct outcome *out);

#endif
