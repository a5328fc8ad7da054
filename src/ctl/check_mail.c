/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "config/config.h"
#include "ctl/check.h"
#include "ctl/ctl.h"
#include "delivery/smtp.h"
#include "message/findings.h"
#include "message/recipient.h"
#include "petition/petition.h"
#include "seal/keys.h"
#include "store/store.h"

#define LOOK_EACH 250           /* milliseconds */

/* Everything a signature has to cover stands in it (findings.h). */
static void
write_mail(struct buf *out, const char *domain, const char *to, int64_t which)
{
	char date[32];

	clock_mail_date(clock_now(), date);
	buf_addf(out, "From: Undersigned <" CHECK_SLUG "@%s>\r\nTo: %s\r\n"
	    "Subject: A mail to oneself\r\nDate: %s\r\n"
	    "Message-ID: <check.%llx@%s>\r\n", domain, to, date,
	    (unsigned long long)which, domain);
	buf_addf(out, "List-Id: <check.%s>\r\nList-Unsubscribe: <mailto:%s>\r\n"
	    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", domain, to);
	buf_addstr(out, "Auto-Submitted: auto-generated\r\n"
	    "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
	    "\r\nundersign check --mail sent this, to see how our mail "
	    "arrives.\r\n");
}

static int
send_mail(struct checking *c, const char *to, int64_t which)
{
	struct smtp_relay *relay = NULL;
	struct smtp *session = NULL;
	struct buf bytes = BUF_INIT;
	struct reason why = { "" };
	struct outcome outcome;
	enum status st = check_relay_new(c, &relay, &why);

	if (st == OK)
		st = smtp_open(&session, relay, &outcome, &why);
	if (st != OK) {
		point(c, FAILED, "mail", "not sent: %s", why.text);
	} else {
		struct smtp_mail mail = { .reverse_path = to, .recipient = to };

		write_mail(&bytes, c->ctl->config->mail_domain, to, which);
		mail.bytes = bytes.data;
		mail.len = bytes.len;
		smtp_send(session, &mail, &outcome);
		if (outcome.kind != OUTCOME_DELIVERED) {
			st = TEMPFAIL;
			point(c, FAILED, "mail", "the relay did not take a mail to "
			    "ourselves: %s, reply %u; see that it relays for this "
			    "machine and knows %s",
			    outcome_text(outcome.kind), (unsigned)outcome.reply,
			    c->ctl->config->mail_domain);
		}
		smtp_close(&session);
	}
	buf_free(&bytes);
	smtp_relay_free(&relay);
	return st == OK;
}

static void
show_waiting(int64_t left)
{
	if (isatty(STDERR_FILENO))
		(void)fprintf(stderr, left > 0 ? "\rwaiting for the mail, %d s at "
		    "most\033[K" : "\r\033[K", (int)((left + 999) / 1000));
}

/* OK, NOT_FOUND when it has not come, or the store's trouble. */
static enum status
await(struct checking *c, int64_t which, int seconds, struct findings *found)
{
	const struct timespec pause = { 0, LOOK_EACH * 1000000L };
	int64_t until = clock_tick() + (int64_t)seconds * 1000, left;
	uint32_t packed = 0;
	enum status st;

	for (;;) {
		st = petition_check_found(c->ctl->store, which, &packed);
		left = until - clock_tick();
		if (st != NOT_FOUND || left <= 0)
			break;
		show_waiting(left);
		(void)nanosleep(&pause, NULL);
	}
	show_waiting(0);
	findings_unpack(packed, found);
	return st;
}

/* ---- in plain words --------------------------------------------------------- */

static void
tell_covered(struct checking *c, const struct findings *f)
{
	struct buf names = BUF_INIT, wish = BUF_INIT;
	unsigned i;

	for (i = 0; i < FINDINGS_COVERED; i++)
		if ((f->covers & 1u << i) == 0) {
			buf_addf(&names, "%s%s", names.len > 0 ? ", " : "",
			    findings_header(i));
			buf_addf(&wish, ",+%s", findings_header(i));
		}
	for (i = 0; i < wish.len; i++)
		wish.data[i] = (char)tolower((unsigned char)wish.data[i]);
	if (names.len == 0)
		point(c, FINE, "DKIM", "the signature covers all that it has to");
	else
		point(c, WARN, "DKIM", "the signature does not cover %s; have them "
		    "signed too (opendkim: SignHeaders *%s)", names.data,
		    wish.data);
	buf_free(&names);
	buf_free(&wish);
}

static void
tell_signature(struct checking *c, const struct findings *f)
{
	const char *domain = c->ctl->config->mail_domain;

	if (f->signature) {
		point(c, FINE, "DKIM", "our mail is signed for %s", domain);
		tell_covered(c, f);
	} else if (f->foreign)
		point(c, FAILED, "DKIM", "our mail is signed, but not for %s, so "
		    "others cannot tell that it is ours; give the signer a key of "
		    "that domain", domain);
	else
		point(c, FAILED, "DKIM", "our mail is not signed, and large "
		    "providers will refuse it; have the relay sign mail from %s "
		    "(opendkim, rspamd)", domain);
}

static void
tell_result(struct checking *c, const char *name, enum auth_said said)
{
	static const char *const words[AUTH_SAYINGS] = {
		[AUTH_UNSURE] = "is unsure", [AUTH_NONE] = "found nothing to go by",
		[AUTH_ERROR] = "could not find out",
	};
	const char *host = c->ctl->config->trusted_authserv;

	if (said == AUTH_PASS)
		point(c, FINE, name, "%s says: pass", host);
	else if (said == AUTH_FAIL)
		point(c, FAILED, name, "%s says: fail; others will say so too: see "
		    "that what DNS says fits what the relay does", host);
	else if (words[said] != NULL)
		point(c, WARN, name, "%s %s", host, words[said]);
}

static void
tell_results(struct checking *c, const struct findings *f)
{
	static const char *const names[AUTH_METHODS] = { "DKIM", "SPF", "DMARC" };
	const char *host = c->ctl->config->trusted_authserv;
	int i;

	if (host == NULL)
		point(c, WARN, "verifying", "trusted_authserv is not set, so what "
		    "the mail system finds out about senders is not used; set it "
		    "to the name it gives itself in Authentication-Results");
	else if (f->results.trusted)
		for (i = 0; i < AUTH_METHODS; i++)
			tell_result(c, names[i], f->results.said[i]);
	else if (f->results.other)
		point(c, WARN, "verifying", "the mail was looked at by another than "
		    "%s; is trusted_authserv the name that stands first in "
		    "Authentication-Results?", host);
	else
		point(c, WARN, "verifying", "%s said nothing of this mail; many do "
		    "not look at mail of their own: see that it does at mail from "
		    "outside", host);
}

static void
tell(struct checking *c, const struct findings *f)
{
	if (f->bounce) {
		point(c, FAILED, "mail", "a mail to ourselves came back as "
		    "undeliverable; the mail system's log says why");
		return;
	}
	point(c, FINE, "mail", "a mail to ourselves went out and came in");
	tell_signature(c, f);
	tell_results(c, f);
}

/* What must be there before a mail is worth sending. */
static int
is_ready(struct checking *c)
{
	const struct config *config = c->ctl->config;
	const char *why = NULL;

	if (c->offline)
		why = "--offline forbids it";
	else if (config->delivery.relay == NULL ||
	    strncmp(config->delivery.relay, "maildir:", 8) == 0)
		why = "mail does not go out by a relay";
	else if (c->ctl->keys == NULL)
		why = "the key cannot be read";
	else if (c->ctl->store == NULL)
		why = "there is no database yet; start the daemon first";
	if (why != NULL)
		point(c, FAILED, "mail", "no mail to ourselves was sent: %s", why);
	return why == NULL;
}

void
check_mail(struct checking *c, int seconds)
{
	struct findings found;
	uint32_t which;
	enum status st;
	char *to;

	if (!is_ready(c))
		return;
	seal_random(&which, sizeof which);
	to = petition_check_address(c->ctl->keys, c->ctl->config, which,
	    clock_now());
	if (send_mail(c, to, which)) {
		st = await(c, which, seconds, &found);
		if (st == OK)
			tell(c, &found);
		else if (st == NOT_FOUND)
			point(c, FAILED, "mail", "a mail to ourselves went out and did "
			    "not come in within %d seconds; see that the mail system "
			    "hands mail for %s to the daemon (its queue and its log "
			    "say where it is), and that the daemon runs", seconds,
			    c->ctl->config->mail_domain);
		else
			point(c, FAILED, "mail", "the database cannot be read: %s",
			    status_text(st));
	}
	free(to);
}
