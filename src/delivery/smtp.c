/* SPDX-License-Identifier: ISC
 *
 * libetpan keeps the buffers, the greeting, STARTTLS and QUIT.  EHLO, AUTH,
 * the envelope and the message are written here: libetpan cuts commands at 512
 * octets, does not pipeline, knows neither BODY nor SMTPUTF8, always says the
 * machine's own name, and adds an empty line to every message.  AUTH because
 * libsasl loads its mechanisms from disk when they are first used, which the
 * sandbox forbids, and PLAIN and LOGIN are two lines each.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <libetpan/mailsmtp.h>
#include <libetpan/mailstream.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "base/clock.h"
#include "delivery/smtp.h"
#include "delivery/stream.h"

#define REPLY_MAX 65536         /* octets of all replies to one flight */
#define IO_SIZE 32768
#define KEEP_MAX 262144         /* of memory, from one mail to the next */
#define LINE_MAX_COMMAND 512
#define ENVID_MAX 100           /* RFC 3461 section 4.4 */

enum offer {
	OFFER_PIPELINING = 1, OFFER_8BITMIME = 2, OFFER_SMTPUTF8 = 4,
	OFFER_SIZE = 8, OFFER_DSN = 16, OFFER_STARTTLS = 32, OFFER_AUTH = 64,
	OFFER_PLAIN = 128, OFFER_LOGIN = 256
};

struct smtp {
	const struct smtp_relay *relay;
	mailsmtp *etpan;
	mailstream *io;
	struct stream *stream;  /* belongs to io once there is one */
	MMAPString *line;
	struct buf out;         /* one flight */
	unsigned offers;
	size_t size_max;        /* 0: not told */
	int code;               /* the last reply, 0 when there was none */
	char text[256];         /* its first line */
	int dead;
	int dirty;              /* a transaction was begun and not ended */
	int waits;              /* for the message: nothing else may be said */
	struct buf ahead;       /* the envelope that is out before its turn */
	int tls_failed;
};

/* ---- replies ------------------------------------------------------------ */

static void
allow(struct smtp *s, int seconds)
{
	stream_allow(s->stream, clock_tick() + (int64_t)seconds * 1000, REPLY_MAX);
}

static int
lost(struct smtp *s)
{
	s->dead = 1;
	return s->code = 0;
}

/* "250-text" or "250 text" or "250": the code, or 0 for what is no reply. */
static int
reply_code(const char *line)
{
	if (line[0] < '2' || line[0] > '5' || !isdigit((unsigned char)line[1]) ||
	    !isdigit((unsigned char)line[2]) ||
	    (line[3] != '\0' && line[3] != ' ' && line[3] != '-'))
		return 0;
	return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

/* One reply, EACH called with every line of it; its code, or 0. */
static int
read_reply(struct smtp *s, void (*each)(struct smtp *, const char *))
{
	int code, more, lines = 0;

	do {
		/* Not ..._remove_eol: it looks before the start of an empty
		 * line. */
		char *line = mailstream_read_line(s->io, s->line);

		if (line == NULL)
			return lost(s);
		line[strcspn(line, "\r\n")] = '\0';
		code = reply_code(line);
		if (code == 0)
			return lost(s);
		more = line[3] == '-';
		line += line[3] == '\0' ? 3 : 4;
		if (lines++ == 0) {
			s->text[0] = '\0';
			strncat(s->text, line, sizeof s->text - 1);
		}
		if (each != NULL)
			each(s, line);
	} while (more);
	if (code == 421)
		s->dead = 1;
	return s->code = code;
}

/* Writes the flight; -1 when the line is dead. */
static int
send_flight(struct smtp *s)
{
	if (mailstream_write(s->io, s->out.data, s->out.len) !=
	    (ssize_t)s->out.len || mailstream_flush(s->io) < 0) {
		(void)lost(s);
		return -1;
	}
	buf_clear(&s->out);
	return 0;
}

/* What is in the flight, and the reply to it. */
static int
ask(struct smtp *s, void (*each)(struct smtp *, const char *))
{
	allow(s, s->relay->timeout);
	if (send_flight(s) < 0)
		return 0;
	return read_reply(s, each);
}

static int
ask_line(struct smtp *s, const char *line)
{
	buf_addstr(&s->out, line);
	buf_addstr(&s->out, "\r\n");
	return ask(s, NULL);
}

/* ---- opening ------------------------------------------------------------ */

/* The relay's trouble in words: what was refused, and with which code.  Its own
 * text stays out: it may hold anything. */
static enum status
refused(struct smtp *s, const char *what, struct outcome *out, char phase,
    struct reason *why)
{
	const struct smtp_relay *r = s->relay;

	smtp_outcome(s->code, s->text, phase, out);
	out->kind = OUTCOME_RELAY_DOWN;
	if (s->code == 0)
		return fail(why, TEMPFAIL, "relay %s:%s: no answer to %s, or "
		    "none that can be understood", r->host, r->port, what);
	return fail(why, s->code < 500 ? TEMPFAIL : DENIED,
	    "relay %s:%s: %s answered with %d (%u.%u.%u)", r->host, r->port,
	    what, s->code, out->code[0], out->code[1], out->code[2]);
}

/* Our own trouble with the relay: 4.7.DETAIL. */
static enum status
unsafe(const struct smtp *s, enum status st, uint8_t detail, const char *what,
    struct outcome *out, struct reason *why)
{
	*out = (struct outcome){ .kind = OUTCOME_RELAY_DOWN,
	    .code = { 4, 7, detail } };
	return fail(why, st, "relay %s:%s: %s", s->relay->host, s->relay->port,
	    what);
}

static enum status
start_tls(struct smtp *s, struct outcome *out, struct reason *why)
{
	struct reason inner = { "" };
	enum status st = stream_tls(s->stream, s->relay->trust, s->relay->host,
	    &inner);

	return st == OK ? OK : unsafe(s, st, 5, inner.text, out, why);
}

static enum status
connect_relay(struct smtp *s, struct outcome *out, struct reason *why)
{
	const struct smtp_relay *r = s->relay;
	struct reason inner = { "" };
	enum status st;

	st = stream_connect(&s->stream, r->addresses, r->address_count,
	    r->cancel_fd, clock_tick() + (int64_t)r->timeout * 1000, &inner);
	if (st != OK) {
		smtp_outcome(0, NULL, 'c', out);
		return fail(why, st, "relay %s:%s: %s", r->host, r->port,
		    inner.text);
	}
	allow(s, r->timeout);
	if (r->tls == SMTP_TLS_IMPLICIT)
		st = start_tls(s, out, why);
	if (st != OK)
		return st;
	s->io = stream_buffered(s->stream, IO_SIZE);
	if (mailsmtp_connect(s->etpan, s->io) == MAILSMTP_NO_ERROR)
		return OK;
	/* libetpan has closed it, and with it the stream. */
	s->io = NULL;
	s->stream = NULL;
	s->dead = 1;
	s->code = s->etpan->response_code;
	if (s->etpan->response != NULL)
		strncat(s->text, s->etpan->response, sizeof s->text - 1);
	return refused(s, "the connection", out, 'c', why);
}

/* One word of an EHLO line's arguments. */
static int
has_word(const char *list, const char *word)
{
	size_t len = strlen(word), n;

	for (; *list != '\0'; list += n) {
		list += strspn(list, " =");
		n = strcspn(list, " =");
		if (n == len && strncasecmp(list, word, len) == 0)
			return 1;
	}
	return 0;
}

static void
note_offer(struct smtp *s, const char *line)
{
	static const struct {
		const char *name;
		unsigned offer;
	} known[] = {
		{ "PIPELINING", OFFER_PIPELINING },
		{ "8BITMIME", OFFER_8BITMIME },
		{ "SMTPUTF8", OFFER_SMTPUTF8 },
		{ "SIZE", OFFER_SIZE },
		{ "DSN", OFFER_DSN },
		{ "STARTTLS", OFFER_STARTTLS },
		{ "AUTH", OFFER_AUTH },
	};
	size_t i, len = strcspn(line, " =");

	for (i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (strlen(known[i].name) != len ||
		    strncasecmp(known[i].name, line, len) != 0)
			continue;
		s->offers |= known[i].offer;
		if (known[i].offer == OFFER_SIZE)
			s->size_max = strtoull(line + len, NULL, 10);
		if (known[i].offer == OFFER_AUTH && has_word(line + len, "PLAIN"))
			s->offers |= OFFER_PLAIN;
		if (known[i].offer == OFFER_AUTH && has_word(line + len, "LOGIN"))
			s->offers |= OFFER_LOGIN;
	}
}

static enum status
say_hello(struct smtp *s, struct outcome *out, struct reason *why)
{
	int code;

	s->offers = 0;
	s->size_max = 0;
	buf_addf(&s->out, "EHLO %s\r\n", s->relay->helo);
	code = ask(s, note_offer);
	if (code >= 500 && code <= 504) {
		/* A very old one. */
		s->offers = 0;
		buf_addf(&s->out, "HELO %s\r\n", s->relay->helo);
		code = ask(s, NULL);
	}
	return code == 250 ? OK : refused(s, "EHLO", out, 'a', why);
}

/* Nothing said before TLS counts after it, and nothing may have been said in
 * advance (CVE-2020-15953 and its kin). */
static enum status
upgrade(struct smtp *s, struct outcome *out, struct reason *why)
{
	enum status st;
	int e;

	allow(s, s->relay->timeout);
	s->etpan->esmtp |= MAILSMTP_ESMTP_STARTTLS;     /* else it will not ask */
	e = mailesmtp_starttls(s->etpan);
	s->code = s->etpan->response_code;
	s->dead = s->tls_failed = 1;    /* until it has worked */
	if (s->code != 220)
		return refused(s, "STARTTLS", out, 'a', why);
	if (e != MAILSMTP_NO_ERROR || s->io->read_buffer_len > 0)
		return unsafe(s, DENIED, 5, "something was slipped in before "
		    "TLS began: somebody may sit between us and the relay",
		    out, why);
	st = start_tls(s, out, why);
	if (st != OK)
		return st;
	s->dead = s->tls_failed = 0;
	return say_hello(s, out, why);
}

static enum status
secure(struct smtp *s, enum smtp_tls tls, struct outcome *out,
    struct reason *why)
{
	if (tls == SMTP_TLS_OFF || tls == SMTP_TLS_IMPLICIT)
		return OK;
	if ((s->offers & OFFER_STARTTLS) != 0)
		return upgrade(s, out, why);
	if (tls == SMTP_TLS_MAY)
		return OK;
	return unsafe(s, DENIED, 4, "it does not offer STARTTLS, and "
	    "delivery.tls is \"require\"", out, why);
}

static void
add_base64(struct buf *out, const void *data, size_t len)
{
	buf_reserve(out, (len + 2) / 3 * 4);
	out->len += (size_t)EVP_EncodeBlock(
	    (unsigned char *)out->data + out->len, data, (int)len);
}

static int
auth_plain(struct smtp *s)
{
	struct buf login = BUF_INIT;

	/* Enough at once: growing would leave copies behind. */
	buf_reserve(&login, strlen(s->relay->user) +
	    strlen(s->relay->password) + 2);
	buf_reserve(&s->out, login.room * 2);
	buf_addch(&login, '\0');
	buf_addstr(&login, s->relay->user);
	buf_addch(&login, '\0');
	buf_addstr(&login, s->relay->password);
	/* An initial response has to fit into an ordinary command line. */
	if (login.len * 4 / 3 + 20 > LINE_MAX_COMMAND) {
		if (ask_line(s, "AUTH PLAIN") != 334)
			goto out;
	} else
		buf_addstr(&s->out, "AUTH PLAIN ");
	add_base64(&s->out, login.data, login.len);
	(void)ask_line(s, "");
out:
	buf_wipe(&login);
	return s->code;
}

static int
auth_login(struct smtp *s)
{
	if (ask_line(s, "AUTH LOGIN") != 334)
		return s->code;
	add_base64(&s->out, s->relay->user, strlen(s->relay->user));
	if (ask_line(s, "") != 334)
		return s->code;
	add_base64(&s->out, s->relay->password, strlen(s->relay->password));
	return ask_line(s, "");
}

static enum status
log_in(struct smtp *s, struct outcome *out, struct reason *why)
{
	int code;

	if (s->relay->user == NULL)
		return OK;
	if (!stream_is_tls(s->stream) && !s->relay->loopback)
		return unsafe(s, DENIED, 11, "it offers no TLS, and without it "
		    "the password is not sent", out, why);
	if ((s->offers & (OFFER_PLAIN | OFFER_LOGIN)) == 0)
		return unsafe(s, DENIED, 4, "it offers neither AUTH PLAIN nor "
		    "LOGIN: take delivery.user away, or allow them there",
		    out, why);
	code = (s->offers & OFFER_PLAIN) != 0 ? auth_plain(s) : auth_login(s);
	buf_wipe(&s->out);
	explicit_bzero(s->io->write_buffer, s->io->buffer_max_size);
	return code == 235 ? OK :
	    refused(s, "the password (AUTH)", out, 'a', why);
}

static enum status
open_once(struct smtp *s, enum smtp_tls tls, struct outcome *out,
    struct reason *why)
{
	enum status st = connect_relay(s, out, why);

	if (st == OK)
		st = say_hello(s, out, why);
	if (st == OK)
		st = secure(s, tls, out, why);
	if (st == OK)
		st = log_in(s, out, why);
	return st;
}

static struct smtp *
session_new(const struct smtp_relay *relay)
{
	struct smtp *s = mem_alloc(sizeof *s);

	s->relay = relay;
	s->etpan = mailsmtp_new(0, NULL);
	s->line = mmap_string_new("");
	if (s->etpan == NULL || s->line == NULL)
		abort();        /* out of memory, as everywhere */
	return s;
}

enum status
smtp_open(struct smtp **out, const struct smtp_relay *relay,
    struct outcome *outcome, struct reason *why)
{
	struct smtp *s = session_new(relay);
	enum status st = open_once(s, relay->tls, outcome, why);

	if (st != OK && s->tls_failed && relay->tls == SMTP_TLS_MAY &&
	    relay->loopback) {
		/* Broken TLS on the way to ourselves guards nothing. */
		s->dead = 1;
		smtp_close(&s);
		s = session_new(relay);
		st = open_once(s, SMTP_TLS_OFF, outcome, why);
	}
	if (st != OK)
		smtp_close(&s);
	*out = s;
	return st;
}

void
smtp_close(struct smtp **p)
{
	struct smtp *s = *p;
	int farewell;

	if (s == NULL)
		return;
	/* It would be taken for a line of a message. */
	farewell = !s->dead && !s->waits && s->ahead.len == 0;
	if (s->stream != NULL)
		stream_allow(s->stream, clock_tick() + (farewell ? 1000 : 0), 0);
	if (s->io == NULL)
		stream_free(&s->stream);
	mailsmtp_free(s->etpan);        /* QUIT, not waiting for the reply */
	mmap_string_free(s->line);
	buf_wipe(&s->out);
	buf_wipe(&s->ahead);
	free(s);
	*p = NULL;
}

int
smtp_is_open(struct smtp *s)
{
	if (s->ahead.len > 0)
		return !s->dead;        /* it is to speak */
	return !s->dead && s->io->read_buffer_len == 0 &&
	    stream_is_quiet(s->stream);
}

int
smtp_pipelines(const struct smtp *s)
{
	return (s->offers & OFFER_PIPELINING) != 0;
}

/* ---- sending ------------------------------------------------------------ */

static int
is_ascii(const char *s)
{
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s > 127)
			return 0;
	}
	return 1;
}

/* Addresses are parsed strictly long before; this is the last door, and sees
 * to it only that none can end its command or its brackets. */
static int
is_safe(const char *address)
{
	int quoted = 0;

	for (; *address != '\0'; address++) {
		unsigned char c = (unsigned char)*address;

		if (c < 32 || c == 127)
			return 0;
		if (c == '"')
			quoted = !quoted;
		else if (quoted && c == '\\' && address[1] >= ' ')
			address++;
		else if (!quoted && (c == ' ' || c == '<' || c == '>' ||
		    c == '\\'))
			return 0;
	}
	return !quoted;
}

static int
needs_utf8(const struct smtp_mail *mail)
{
	return mail->utf8 || !is_ascii(mail->recipient) ||
	    !is_ascii(mail->reverse_path);
}

/* What needs no relay to be known. */
static int
check_mail(const struct smtp *s, const struct smtp_mail *mail,
    struct outcome *out)
{
	*out = (struct outcome){ .kind = OUTCOME_FAILED };
	if (mail->recipient[0] == '\0' || !is_safe(mail->recipient)) {
		memcpy(out->code, (uint8_t[]){ 5, 1, 3 }, 3);
		return -1;
	}
	if (needs_utf8(mail) && (s->offers & OFFER_SMTPUTF8) == 0) {
		memcpy(out->code, (uint8_t[]){ 5, 6, 7 }, 3);
		return -1;
	}
	out->kind = OUTCOME_UNRENDERED;
	if (!is_safe(mail->reverse_path)) {
		memcpy(out->code, (uint8_t[]){ 5, 1, 7 }, 3);
		return -1;
	}
	if (s->size_max > 0 && mail->len > s->size_max) {
		memcpy(out->code, (uint8_t[]){ 5, 3, 4 }, 3);
		return -1;
	}
	return 0;
}

/* RFC 3461 section 4. */
static void
add_xtext(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c > ' ' && c < 127 && c != '+' && c != '=')
			buf_addch(out, *s);
		else
			buf_addf(out, "+%02X", c);
	}
}

static void
add_mail(struct smtp *s, const struct smtp_mail *mail)
{
	struct buf *out = &s->out;
	size_t start;

	buf_addf(out, "MAIL FROM:<%s>", mail->reverse_path);
	if ((s->offers & OFFER_SIZE) != 0)
		buf_addf(out, " SIZE=%zu", mail->len);
	if (mail->eight_bit && (s->offers & OFFER_8BITMIME) != 0)
		buf_addstr(out, " BODY=8BITMIME");
	if (needs_utf8(mail))
		buf_addstr(out, " SMTPUTF8");
	if ((s->offers & OFFER_DSN) != 0)
		buf_addstr(out, " RET=HDRS");
	start = out->len;
	if ((s->offers & OFFER_DSN) != 0 && mail->envid != NULL) {
		buf_addstr(out, " ENVID=");
		add_xtext(out, mail->envid);
		if (out->len - start > strlen(" ENVID=") + ENVID_MAX)
			buf_cut(out, start);
	}
	buf_addstr(out, "\r\n");
}

static void
add_rcpt(struct smtp *s, const struct smtp_mail *mail)
{
	struct buf *out = &s->out;

	buf_addf(out, "RCPT TO:<%s>", mail->recipient);
	if ((s->offers & OFFER_DSN) != 0)
		buf_addstr(out, " NOTIFY=FAILURE");
	if ((s->offers & OFFER_DSN) != 0 && is_ascii(mail->recipient)) {
		buf_addstr(out, " ORCPT=rfc822;");
		add_xtext(out, mail->recipient);
	}
	buf_addstr(out, "\r\n");
}

static void
add_data(struct smtp *s, const struct smtp_mail *mail)
{
	(void)mail;
	buf_addstr(&s->out, "DATA\r\n");
}

static const struct step {
	char phase;
	int low, high;          /* replies with which it goes on */
	void (*add)(struct smtp *, const struct smtp_mail *);
} steps[] = {
	{ 'm', 250, 259, add_mail },
	{ 'r', 250, 259, add_rcpt },
	{ 'd', 354, 354, add_data },
};
#define STEPS (sizeof steps / sizeof steps[0])

/* The reply was not the one that goes on.  A good one in the wrong place means
 * that we and the relay have lost each other. */
static void
not_good(struct smtp *s, char phase, struct outcome *out)
{
	if (s->code < 400)
		(void)lost(s);
	smtp_outcome(s->code, s->text, phase, out);
}

/* Puts the next steps, one or all that are left, into a flight and gives the
 * reply to the first of them. */
static int
ask_steps(struct smtp *s, const struct smtp_mail *mail, size_t from, size_t end)
{
	for (; from < end; from++)
		steps[from].add(s, mail);
	return ask(s, NULL);
}

static void
add_envelope(struct smtp *s, const struct smtp_mail *mail)
{
	size_t i;

	for (i = 0; i < STEPS; i++)
		steps[i].add(s, mail);
}

/* Is the envelope of MAIL out already?  When it is that of another mail there
 * is no way back: RSET would be a line of a message. */
static int
went_ahead(struct smtp *s, const struct smtp_mail *mail)
{
	int same;

	if (s->ahead.len == 0)
		return 0;
	add_envelope(s, mail);
	same = s->out.len == s->ahead.len &&
	    memcmp(s->out.data, s->ahead.data, s->out.len) == 0;
	buf_clear(&s->out);
	buf_clear(&s->ahead);
	if (!same)
		(void)lost(s);
	allow(s, s->relay->timeout);
	return same;
}

/* MAIL, RCPT, DATA, all at once when the relay pipelines, and not at all when
 * they went AHEAD.  0 when the message is wanted, else -1 and what became of it:
 * the first bad reply says that, the later ones only follow from it. */
static int
send_envelope(struct smtp *s, const struct smtp_mail *mail, int ahead,
    struct outcome *out)
{
	int together = smtp_pipelines(s), bad = 0, code;
	size_t i;

	for (i = 0; i < STEPS && !s->dead && (together || !bad); i++) {
		if (ahead || (i > 0 && together))
			code = read_reply(s, NULL);
		else
			code = ask_steps(s, mail, i, together ? STEPS : i + 1);
		if (code >= steps[i].low && code <= steps[i].high)
			continue;
		if (!bad)
			not_good(s, steps[i].phase, out);
		bad = 1;
	}
	s->dirty = bad;
	if (bad && !s->dead && s->code == 354)
		(void)ask_line(s, ".");         /* no recipient: refused again */
	return bad ? -1 : 0;
}

/* Where the line at P ends; *NEXT is where the next one begins. */
static const char *
line_end(const char *p, const char *end, const char **next)
{
	const char *stop = memchr(p, '\n', (size_t)(end - p)), *cr;

	if (stop == NULL)
		stop = end;
	cr = memchr(p, '\r', (size_t)(stop - p));
	if (cr != NULL)
		stop = cr;
	p = stop + (stop < end && *stop == '\r');
	*next = p + (p < end && *p == '\n');
	return stop;
}

/* CRLF at every end of line, whatever was there, and dots doubled.  What is
 * right as it is, as our own mail mostly is, is copied many lines at once. */
static void
add_message(struct buf *out, const char *p, size_t len)
{
	const char *end = p + len, *from = p, *stop, *next;

	buf_reserve(out, len + len / 32 + 64);
	for (; p < end; p = next) {
		stop = line_end(p, end, &next);
		if (*p == '.') {
			buf_add(out, from, (size_t)(p - from));
			buf_addch(out, '.');
			from = p;
		}
		if (next - stop == 2)
			continue;
		buf_add(out, from, (size_t)(stop - from));
		buf_add(out, "\r\n", 2);
		from = next;
	}
	buf_add(out, from, (size_t)(end - from));
	buf_add(out, ".\r\n", 3);
}

/* The envelope of the mail after this one, to go with the end of this. */
static void
add_ahead(struct smtp *s, const struct smtp_mail *next)
{
	struct outcome unsaid;          /* until it is offered in its turn */
	size_t start = s->out.len;

	if (next == NULL || !smtp_pipelines(s) ||
	    check_mail(s, next, &unsaid) < 0)
		return;
	add_envelope(s, next);
	buf_add(&s->ahead, s->out.data + start, s->out.len - start);
}

int
smtp_offer(struct smtp *s, const struct smtp_mail *mail, struct outcome *out)
{
	int ahead;

	if (check_mail(s, mail, out) < 0)
		return 0;
	buf_clear(&s->out);
	s->code = 0;
	ahead = !s->dead && went_ahead(s, mail);
	if (s->dead || s->waits || (s->dirty && ask_line(s, "RSET") != 250)) {
		s->dead = 1;
		smtp_outcome(s->code < 400 ? 0 : s->code, s->text, 'm', out);
		return 0;
	}
	s->dirty = 0;
	s->waits = send_envelope(s, mail, ahead, out) == 0;
	return s->waits;
}

void
smtp_give(struct smtp *s, const struct smtp_mail *mail,
    const struct smtp_mail *next, struct outcome *out)
{
	allow(s, s->relay->timeout * 5);
	add_message(&s->out, mail->bytes, mail->len);
	add_ahead(s, next);
	s->waits = 0;
	if (send_flight(s) == 0)
		(void)read_reply(s, NULL);
	if (s->code >= 200 && s->code < 300)
		smtp_outcome(s->code, s->text, 'e', out);
	else
		not_good(s, 'e', out);
	if (s->out.room > KEEP_MAX)
		buf_free(&s->out);
}

void
smtp_send(struct smtp *s, const struct smtp_mail *mail, struct outcome *out)
{
	if (smtp_offer(s, mail, out))
		smtp_give(s, mail, NULL, out);
}
