/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "config/config.h"
#include "ctl/ctl.h"
#include "ctl/peer.h"

#define DEADLINE 60000          /* milliseconds for a reply */
#define HEADER_LOOK 65536       /* octets of header that are searched */

struct delivery {
	struct ctl *ctl;
	struct buf mail;        /* as it came */
	struct buf wire;        /* CRLF, dots doubled, with the last dot */
	char *from;
	char **to;
	int count;
	char **found;           /* recipients that were not arguments */
	const char *body;       /* in mail.data: after an mbox "From " line */
	struct peer *peer;
	int can_utf8, can_8bit;
};

/* ---- the message ------------------------------------------------------------- */

static int
read_mail(struct delivery *d)
{
	size_t max = (size_t)d->ctl->config->limits.message_size;
	ssize_t n;

	for (;;) {
		buf_reserve(&d->mail, 65536);
		n = read(STDIN_FILENO, d->mail.data + d->mail.len, 65536);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ctl_complain(EX_TEMPFAIL, "cannot read the mail: %s",
			    strerror(errno));
		if (n == 0)
			break;
		d->mail.len += (size_t)n;
		d->mail.data[d->mail.len] = '\0';
		if (d->mail.len > max)
			return ctl_complain(EX_DATAERR, "the mail is larger than "
			    "%zu octets (limits message_size)", max);
	}
	if (d->mail.len == 0)
		return ctl_complain(EX_DATAERR, "there is no mail on standard "
		    "input");
	d->body = d->mail.data;
	/* What some mail systems put before a mail that goes to a program. */
	if (strncmp(d->body, "From ", 5) == 0 || strncmp(d->body, ">From ", 6) == 0)
		d->body += strcspn(d->body, "\n") + (strchr(d->body, '\n') != NULL);
	return 0;
}

/* Line ends become CRLF.  A CR that ends no line becomes a blank: were it made
 * a line end, a stranger could write header fields that the mail system has
 * not seen. */
static void
make_wire(struct delivery *d)
{
	const char *s = d->body, *end = d->mail.data + d->mail.len;
	int line_begins = 1;

	for (; s < end; s++) {
		if (*s == '\n' || (s[0] == '\r' && s + 1 < end && s[1] == '\n')) {
			s += *s == '\r';
			buf_addstr(&d->wire, "\r\n");
			line_begins = 1;
			continue;
		}
		if (line_begins && *s == '.')
			buf_addch(&d->wire, '.');
		buf_addch(&d->wire, *s == '\r' ? ' ' : *s);
		line_begins = 0;
	}
	buf_addstr(&d->wire, line_begins ? ".\r\n" : "\r\n.\r\n");
}

/* ---- who it is for -------------------------------------------------------------- */

static void
add_found(struct delivery *d, const char *address, size_t len)
{
	int i = d->count;

	d->found = mem_realloc(d->found, (size_t)i + 1, sizeof *d->found);
	d->found[i] = mem_strndup(address, len);
	d->to = d->found;
	d->count++;
}

static void
find_in_environment(struct delivery *d)
{
	static const char *const names[] = { "ORIGINAL_RECIPIENT", "RECIPIENT" };
	const char *value;
	size_t i;

	for (i = 0; d->count == 0 && i < sizeof names / sizeof names[0]; i++) {
		value = getenv(names[i]);
		if (value != NULL && *value != '\0')
			add_found(d, value, strlen(value));
	}
}

static int
ends_address(char c)
{
	return strchr(" \t\r<>,;\"", c) != NULL;
}

/* The first address in S at DOMAIN, or at any (NULL); its length, or 0. */
static size_t
address_in(const char *s, size_t len, const char *domain, const char **out)
{
	const char *at, *from, *to, *end = s + len;

	for (at = memchr(s, '@', len); at != NULL;
	    at = memchr(at + 1, '@', (size_t)(end - at - 1))) {
		for (from = at; from > s && !ends_address(from[-1]); from--)
			;
		for (to = at + 1; to < end && !ends_address(*to); to++)
			;
		if (from == at || to == at + 1 || (domain != NULL &&
		    ((size_t)(to - at - 1) != strlen(domain) ||
		    strncasecmp(at + 1, domain, strlen(domain)) != 0)))
			continue;
		*out = from;
		return (size_t)(to - from);
	}
	return 0;
}

/* The address in the topmost field of that name that has one (at DOMAIN; NULL:
 * at any), without looking at folding: enough for a line that a mail system
 * wrote, or for the one recipient of a plain mail.  *seen_out, when not NULL, is
 * set when there is such a field at all. */
static size_t
field_address(const struct delivery *d, const char *name, const char *domain,
    const char **out, int *seen_out)
{
	const char *line = d->body, *end;
	size_t skip = strlen(name), len = 0;

	while (len == 0 && *line != '\0' && *line != '\n' && *line != '\r' &&
	    line - d->body < HEADER_LOOK) {
		end = strchrnul(line, '\n');
		if ((size_t)(end - line) > skip && line[skip] == ':' &&
		    strncasecmp(line, name, skip) == 0) {
			if (seen_out != NULL)
				*seen_out = 1;
			line += skip + 1;
			len = address_in(line, (size_t)(end - line), domain, out);
		}
		line = *end == '\0' ? end : end + 1;
	}
	return len;
}

/* What the mail system nearest to us wrote comes first; a mail that has seen
 * none is for whom it is addressed to. */
static void
find_in_header(struct delivery *d)
{
	static const char *const names[] = { "X-Original-To", "Delivered-To",
	    "To", "Cc" };
	const char *address;
	size_t len, i;

	for (i = 0; d->count == 0 && i < sizeof names / sizeof names[0]; i++) {
		len = field_address(d, names[i], d->ctl->config->mail_domain,
		    &address, NULL);
		if (len > 0)
			add_found(d, address, len);
	}
}

static int
find_recipients(struct delivery *d)
{
	int i;

	d->to = d->ctl->args;
	d->count = d->ctl->count;
	if (d->count == 0)
		find_in_environment(d);
	if (d->count == 0)
		find_in_header(d);
	if (d->count == 0)
		return ctl_complain(EX_USAGE, "nobody to deliver to: name "
		    "recipients as arguments, in ORIGINAL_RECIPIENT, or in a "
		    "Delivered-To or To line at %s", d->ctl->config->mail_domain);
	for (i = 0; i < d->count; i++)
		if (strpbrk(d->to[i], "\r\n<>") != NULL)
			return ctl_complain(EX_USAGE, "a recipient is not an "
			    "address");
	return 0;
}

/*
 * Without an envelope: the Return-Path field ("<>" is nobody), else the author,
 * whom each mail has.
 */
static int
sender_in_header(const struct delivery *d, const char **out, size_t *len)
{
	int seen = 0;

	*len = field_address(d, "Return-Path", NULL, out, &seen);
	if (seen)
		return 0;
	*len = field_address(d, "From", NULL, out, NULL);
	return *len > 0 ? 0 : ctl_complain(EX_DATAERR, "the mail has no author: "
	    "no address in a From line");
}

/* -f, else what the mail system has in SENDER, else what the mail says. */
static int
find_sender(struct delivery *d)
{
	const char *from = ctl_value(d->ctl, "from");
	size_t len;
	int code;

	if (from == NULL)
		from = getenv("SENDER");
	if (from == NULL) {
		from = "";
		code = sender_in_header(d, &from, &len);
		if (code != 0)
			return code;
	} else
		len = strlen(from);
	if (len == 13 && strncmp(from, "MAILER-DAEMON", 13) == 0)
		len = 0;
	if (len >= 2 && from[0] == '<' && from[len - 1] == '>') {
		from++;
		len -= 2;
	}
	if (strcspn(from, "\r\n<>") < len)
		return ctl_complain(EX_USAGE, "the sender is not an address");
	d->from = mem_strndup(from, len);
	return 0;
}

/* ---- the talk --------------------------------------------------------------------- */

static int
needs_utf8(const struct delivery *d)
{
	const char *s;
	int i;

	for (s = d->from; *s != '\0'; s++)
		if ((unsigned char)*s > 0x7f)
			return 1;
	for (i = 0; i < d->count; i++)
		for (s = d->to[i]; *s != '\0'; s++)
			if ((unsigned char)*s > 0x7f)
				return 1;
	return 0;
}

/* What a reply means to the mail system that ran us.  TEXT begins with an
 * enhanced code. */
static int
exit_of(int code, const char *text)
{
	if (code >= 200 && code < 300)
		return EX_OK;
	if (code < 500)
		return EX_TEMPFAIL;
	if (strncmp(text, "5.1.", 4) == 0)
		return EX_NOUSER;
	if (strncmp(text, "5.6.", 4) == 0 || strncmp(text, "5.3.4", 5) == 0)
		return EX_DATAERR;
	return EX_UNAVAILABLE;
}

/* Of two answers the one that matters more: a mail that may still come through
 * must be tried again, which harms none of the recipients who have it. */
static int
worse(int a, int b)
{
	if (a == EX_TEMPFAIL || b == EX_TEMPFAIL)
		return EX_TEMPFAIL;
	return a != EX_OK ? a : b;
}

static int
lost(const struct delivery *d)
{
	return ctl_complain(EX_TEMPFAIL, "the daemon at %s hung up or did not "
	    "answer in time; the mail has to be tried again",
	    d->ctl->config->intake.lmtp);
}

/* Reads one reply; 0 when it was 2xx or 3xx. */
static int
expect(struct delivery *d, const char *step)
{
	const char *text;
	int code = peer_reply(d->peer, &text), answer;

	if (code == 0)
		return lost(d);
	if (code < 400)
		return 0;
	answer = exit_of(code, text);
	return ctl_complain(answer, "the daemon answered %s with: %d %s", step,
	    code, text);
}

static int
greet(struct delivery *d)
{
	const char *text, *eight;
	int code = expect(d, "the connection"), utf8 = 0;

	if (code != 0)
		return code;
	if (peer_say(d->peer, "LHLO localhost") != 0)
		return lost(d);
	code = peer_reply_with(d->peer, &text, "SMTPUTF8", &d->can_utf8);
	if (code == 0)
		return lost(d);
	if (code >= 400)
		return ctl_complain(exit_of(code, text), "the daemon answered "
		    "LHLO with: %d %s", code, text);
	utf8 = needs_utf8(d);
	if (utf8 && !d->can_utf8)
		return ctl_complain(EX_UNAVAILABLE, "the daemon does not take "
		    "addresses in Unicode");
	eight = utf8 ? " SMTPUTF8" : "";
	if (peer_say(d->peer, "MAIL FROM:<%s> BODY=8BITMIME%s", d->from, eight) != 0)
		return lost(d);
	return expect(d, "the sender");
}

/*
 * One exit status is for all recipients.  Were the mail handed over for those
 * that are good, the mail system would bounce what was taken, or drop without a
 * word what was not; so all are good or nothing is handed over.
 */
static int
name_recipients(struct delivery *d)
{
	int i, code, answer = EX_OK;

	for (i = 0; i < d->count && answer != EX_TEMPFAIL; i++) {
		if (peer_say(d->peer, "RCPT TO:<%s>", d->to[i]) != 0)
			return lost(d);
		code = expect(d, "a recipient");
		answer = worse(answer, code);
	}
	if (answer != EX_OK && d->count > 1)
		(void)ctl_complain(answer, "so nobody of the %d got the mail",
		    d->count);
	return answer;
}

/* What is refused only now is refused for what it says, not for whom it is: who
 * sent it must hear of that, and that others have it. */
static int
read_answers(struct delivery *d)
{
	int answer = EX_OK, taken = 0, i, code;

	for (i = 0; i < d->count; i++) {
		code = expect(d, "the mail");
		taken += code == 0;
		answer = worse(answer, code);
	}
	if (answer != EX_OK && answer != EX_TEMPFAIL && taken > 0)
		(void)ctl_complain(answer, "%d of the %d recipients got the mail "
		    "all the same", taken, d->count);
	return answer;
}

static int
talk(struct delivery *d)
{
	int code = greet(d);

	if (code == 0)
		code = name_recipients(d);
	if (code != 0)
		return code;
	if (peer_say(d->peer, "DATA") != 0)
		return lost(d);
	code = expect(d, "the mail");
	if (code != 0)
		return code;
	if (peer_send(d->peer, d->wire.data, d->wire.len) != 0)
		return lost(d);
	code = read_answers(d);
	(void)peer_say(d->peer, "QUIT");
	return code;
}

int
verb_deliver(struct ctl *ctl)
{
	struct delivery d = { .ctl = ctl, .mail = BUF_INIT, .wire = BUF_INIT };
	const char *place = ctl->config->intake.lmtp;
	struct reason why = { "" };
	int code, i;

	if (place == NULL)
		return ctl_complain(EX_CONFIG, "%s: intake has no lmtp; add "
		    "intake { lmtp = \"unix:/run/undersigned/lmtp.sock\" }",
		    ctl->config->file);
	code = read_mail(&d);
	if (code == 0)
		code = find_recipients(&d);
	if (code == 0)
		code = find_sender(&d);
	if (code == 0 && peer_open(&d.peer, place, DEADLINE, &why) != OK)
		code = ctl_complain(EX_TEMPFAIL, "the daemon is not there: %s",
		    why.text);
	if (code == 0) {
		make_wire(&d);
		code = talk(&d);
	}
	peer_close(&d.peer);
	for (i = 0; d.found != NULL && i < d.count; i++)
		free(d.found[i]);
	free(d.found);
	free(d.from);
	buf_free(&d.mail);
	buf_free(&d.wire);
	return code;
}
