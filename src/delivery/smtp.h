/* smtp.h - one SMTP session to the relay
 *
 * libetpan on a stream of our own (delivery/stream.h): one deadline for a whole
 * command whatever trickles in, a cap on the bytes of its reply, TCP_NODELAY,
 * TLS verified.  MAIL, RCPT and DATA go in one flight when the relay offers
 * PIPELINING; BODY=8BITMIME, SMTPUTF8, SIZE and DSN are used when offered;
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
	struct tls_trust *trust;
	int timeout;            /* seconds, for one command */
	char *helo;
};

/* URL: smtp://host[:port] (25) or smtps://host[:port] (465).  TLS: config's
 * delivery.tls or NULL.  Resolves names and loads certificates: before the
 * sandbox. */
enum status smtp_relay_new(struct smtp_relay **out, const char *url,
    const char *tls, const char *ca_file, const char *user,
    const char *password_file, int timeout, const char *helo, struct reason *)
    MUST_CHECK;
void smtp_relay_free(struct smtp_relay **);

/* Connect, greet, TLS, AUTH.  On failure OUT says whether to try again. */
enum status smtp_open(struct smtp **session, const struct smtp_relay *,
    struct outcome *out, struct reason *) MUST_CHECK;
void smtp_close(struct smtp **);        /* QUIT, briefly */

struct smtp_mail {
	const char *reverse_path;
	const char *recipient;          /* one */
	const char *bytes;              /* CRLF lines */
	size_t len;
	const char *envid;              /* or NULL */
	int eight_bit;                  /* the body has octets over 127 */
	int utf8;                       /* addresses or headers need SMTPUTF8 */
};

/* Send one.  OUT is what became of it; when the session is dead afterwards
 * (OUTCOME_RELAY_DOWN) smtp_is_open is 0. */
void smtp_send(struct smtp *, const struct smtp_mail *, struct outcome *out);
int smtp_is_open(const struct smtp *);

/* CODE 0: no reply (connection lost).  TEXT begins with an enhanced code when
 * the server gives one.  PHASE: 'c' connect/greeting, 'a' auth, 'm' MAIL,
 * 'r' RCPT, 'd' DATA, 'e' end of data. */
void smtp_outcome(int code, const char *text, char phase, struct outcome *out);

#endif
