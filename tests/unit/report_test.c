/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "message/reader.h"
#include "tests/unit/check.h"

#define TOKEN "abcdefghijklmnopqrstuvwxyz234567abcde"

static struct arena *arena;
static struct reader *reader;

/* Read MAIL as what came back to an envelope sender of ours. */
static const struct report *
report_of(const char *mail)
{
	struct letter *l = arena_alloc(arena, sizeof *l);

	reader_read(reader, arena, mail, strlen(mail), "", l);
	reader_read_report(reader, arena, mail, strlen(mail), l);
	return &l->report;
}

static const struct report *
report_printf(const char *format, const char *with)
{
	struct buf mail = BUF_INIT;
	const struct report *r;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	buf_addf(&mail, format, with);
#pragma GCC diagnostic pop
	r = report_of(arena_strdup(arena, mail.data));
	buf_free(&mail);
	return r;
}

static const char *
addresses(const struct report *r)
{
	const char *all = "";
	size_t i;

	for (i = 0; i < r->count; i++)
		all = arena_printf(arena, "%s%s%s=%s", all, i > 0 ? " " : "",
		    r->recipient[i].address, fate_text(r->recipient[i].fate));
	return all;
}

/* ---- status parts ------------------------------------------------------- */

#define DSN(fields) \
	"From: MAILER-DAEMON@mx.example.net\nSubject: Undelivered\n" \
	"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n" \
	"\n--b\nContent-Type: text/plain\n\nIt did not work out.\n" \
	"--b\nContent-Type: message/delivery-status\n\n" fields "\n--b--\n"

static const struct {
	const char *fields;
	enum report_kind kind;
	enum fate fate;
	const char *told;
} statuses[] = {
	{ "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; ada@example.org\n"
	  "Action: failed\nStatus: 5.1.1\n", REPORT_FAILED, FATE_HARD,
	  "ada@example.org=hard" },
	{ "FINAL-RECIPIENT : RFC822 ; <ada@example.org>\nACTION:Failed (bad)\n"
	  "status: 5.2.2 (full)\n", REPORT_FAILED, FATE_SOFT,
	  "ada@example.org=soft" },
	/* no blank lines between recipients, and ones in the middle */
	{ "Reporting-MTA: dns; mx\nFinal-Recipient: rfc822; a@example.org\n"
	  "Action: failed\nStatus: 5.4.4\nFinal-Recipient: rfc822; b@example.org\n"
	  "\nAction: delayed\nStatus: 4.4.1\n\n"
	  "Final-Recipient: rfc822; c@example.org\nAction: delivered\n"
	  "Status: 2.0.0\n\nFinal-Recipient: rfc822; d@example.org\n"
	  "Action: relayed\n", REPORT_FAILED, FATE_HARD,
	  "a@example.org=hard b@example.org=delayed c@example.org=none "
	  "d@example.org=none" },
	{ "Final-Recipient: rfc822; a@example.org\nAction: expanded\n"
	  "Status: 2.1.5\n", REPORT_DELIVERED, FATE_NONE, "a@example.org=none" },
	{ "Final-Recipient: rfc822; a@example.org\nAction: delayed\n"
	  "Status: 4.4.1\nDiagnostic-Code: smtp; 550 5.1.1 user unknown\n",
	  REPORT_DELAYED, FATE_DELAYED, "a@example.org=delayed" },
	/* given up after days of trying: of the mailbox it says nothing */
	{ "Final-Recipient: rfc822; a@example.org\nAction: failed\n"
	  "Status: 4.4.7\n", REPORT_FAILED, FATE_SOFT, "a@example.org=soft" },
	/* a fault of ours, whatever else is said */
	{ "Final-Recipient: rfc822; a@example.org\nAction: failed\n"
	  "Status: 5.7.1\nDiagnostic-Code: smtp; 550 5.7.1 rejected\n",
	  REPORT_FAILED, FATE_FAULT, "a@example.org=fault" },
	{ "Final-Recipient: rfc822; a@example.org\nAction: failed\n"
	  "Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 your address is on "
	  "a blocklist\n", REPORT_FAILED, FATE_FAULT, "a@example.org=fault" },
	{ "Final-Recipient: rfc822; a@example.org\nAction: failed\n"
	  "Status: 5.1.1\nDiagnostic-Code: smtp; 552 over quota\n",
	  REPORT_FAILED, FATE_SOFT, "a@example.org=soft" },
	/* the remote's code says more than the reporter's */
	{ "Final-Recipient: rfc822; a@example.org\nAction: failed\n"
	  "Status: 5.0.0\nDiagnostic-Code: smtp; 550-5.1.1 sorry\n 550 5.1.1 so\n",
	  REPORT_FAILED, FATE_HARD, "a@example.org=hard" },
	{ "Final-Recipient: rfc822; a@example.org\nAction: failed\n"
	  "Status: 5.0.0\nDiagnostic-Code: smtp; 550 no such user here\n",
	  REPORT_FAILED, FATE_HARD, "a@example.org=hard" },
	{ "Final-Recipient: rfc822; a@example.org\nAction: failed\n"
	  "Status: 5.0.0\nDiagnostic-Code: smtp; 550 go away\n",
	  REPORT_FAILED, FATE_SOFT, "a@example.org=soft" },
	/* a challenge in a refusal */
	{ "Final-Recipient: rfc822; a@example.org\nAction: failed\nStatus: 5.0.0\n"
	  "Diagnostic-Code: smtp; 550 this mailbox requires confirmation\n",
	  REPORT_NONE, FATE_NONE, "a@example.org=none" },
	/* RFC 6533 */
	{ "Final-Recipient: utf-8; \\x{44F}\\x{D7FF}x@example.org\n"
	  "Action: failed\nStatus: 5.1.1\n", REPORT_FAILED, FATE_HARD, "" },
	{ "Final-Recipient: utf-8; \\x{430}\\x{434}\\x{430}@example.org\n"
	  "Action: failed\nStatus: 5.1.1\n", REPORT_FAILED, FATE_HARD,
	  "ада@example.org=hard" },
	/* no action */
	{ "Final-Recipient: rfc822; a@example.org\nStatus: 2.0.0\n",
	  REPORT_DELIVERED, FATE_NONE, "a@example.org=none" },
	{ "Original-Recipient: rfc822; a@example.org\nStatus: 5.1.2\n",
	  REPORT_FAILED, FATE_HARD, "a@example.org=hard" },
};

static void
status_parts_are_read(void **state)
{
	const struct report *r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
		r = report_printf(DSN("%s"), statuses[i].fields);
		if (r->kind != statuses[i].kind || r->fate != statuses[i].fate ||
		    strcmp(addresses(r), statuses[i].told) != 0)
			fail_msg("status %zu: %s %s %s", i, report_kind_text(r->kind),
			    fate_text(r->fate), addresses(r));
	}
}

static void
codes_and_addresses_are_kept(void **state)
{
	const struct report *r = report_of(DSN(
	    "Original-Recipient: rfc822;countess@example.org\n"
	    "Final-Recipient: rfc822;ada@example.net\nAction: failed\n"
	    "Status: 5.7.509\nDiagnostic-Code: smtp; 554 5.7.509 no DMARC\n"));

	(void)state;
	assert_string_equal(r->how, "delivery-status");
	assert_int_equal(r->count, 1);
	assert_string_equal(r->recipient[0].address, "ada@example.net");
	assert_string_equal(r->recipient[0].original, "countess@example.org");
	assert_int_equal(r->recipient[0].class, 5);
	assert_int_equal(r->recipient[0].subject, 7);
	assert_int_equal(r->recipient[0].detail, 509);
	assert_int_equal(r->recipient[0].reply, 554);
	assert_non_null(strstr(r->recipient[0].diagnostic, "no DMARC"));
}

static void
encoded_parts_are_decoded(void **state)
{
	/* Final-Recipient: rfc822; ada@example.org / Action: failed / 5.1.1 */
	const struct report *r = report_of(
	    "From: a@example.net\nContent-Type: multipart/report;\n"
	    " report-type=delivery-status; boundary=b\n\n"
	    "--b\nContent-Type: message/delivery-status\n"
	    "Content-Transfer-Encoding: base64\n\n"
	    "RmluYWwtUmVjaXBpZW50OiByZmM4MjI7IGFkYUBleGFtcGxlLm9yZwpBY3Rpb246IGZh\n"
	    "aWxlZApTdGF0dXM6IDUuMS4xCg==\n--b--\n");

	(void)state;
	assert_string_equal(addresses(r), "ada@example.org=hard");
	r = report_of("From: a@example.net\nContent-Type: multipart/report;\n"
	    " report-type=delivery-status; boundary=b\n\n"
	    "--b\nContent-Type: message/delivery-status\n"
	    "Content-Transfer-Encoding: quoted-printable\n\n"
	    "Final-Recipient: rfc822; ada=40example.=\norg\nAction: fai=6Ced\n--b--\n");
	assert_string_equal(addresses(r), "ada@example.org=soft");
}

static void
recipients_are_capped(void **state)
{
	struct buf fields = BUF_INIT;
	const struct report *r;
	int i;

	(void)state;
	for (i = 0; i < 100; i++)
		buf_addf(&fields, "Final-Recipient: rfc822; a%d@example.org\n"
		    "Action: failed\nStatus: 5.1.1\n\n", i);
	r = report_printf(DSN("%s"), fields.data);
	assert_int_equal(r->count, REPORT_RECIPIENTS);
	buf_free(&fields);
}

/* ---- words -------------------------------------------------------------- */

#define FROM "From: Mail System <postmaster@mx.example.net>\n" \
    "To: freedom+b-" TOKEN "@petitions.example.org\n"

static const struct {
	const char *mail;
	enum report_kind kind;
	const char *told;
} words[] = {
	{ FROM "Subject: failure notice\n\n"
	  "Hi. This is the qmail-send program at mx.example.net.\n"
	  "I'm afraid I wasn't able to deliver your message to the following "
	  "addresses.\nThis is a permanent error; I've given up. Sorry it didn't "
	  "work out.\n\n<ada@example.org>:\nSorry, no mailbox here by that name. "
	  "(#5.1.1)\n\n<bob@example.org>:\nUser is over the quota. (#5.2.2)\n\n"
	  "--- Below this line is a copy of the message.\n\n"
	  "Return-Path: <x@example.com>\nTo: eve@example.org\n",
	  REPORT_FAILED, "ada@example.org=hard bob@example.org=soft" },
	{ FROM "X-Failed-Recipients: ada@example.org\n"
	  "Subject: Mail delivery failed: returning message to sender\n\n"
	  "A message that you sent could not be delivered to one or more of its\n"
	  "recipients. This is a permanent error. The following address(es) "
	  "failed:\n\n  ada@example.org\n    all relevant MX records point to "
	  "non-existent hosts:\n    unrouteable address\n\n"
	  "------ This is a copy of the message, including all the headers. ------\n",
	  REPORT_FAILED, "ada@example.org=hard" },
	{ FROM "Subject: Returned mail: see transcript for details\n\n"
	  "The original message was received at Mon, 1 Jun 2026 10:00:00 +0200\n"
	  "from [192.0.2.1]\n\n"
	  "   ----- The following addresses had permanent fatal errors -----\n"
	  "<ada@example.org>\n    (reason: 550 5.1.1 User unknown)\n"
	  "    (expanded from: <list@example.org>)\n\n"
	  "   ----- Transcript of session follows -----\n"
	  "... while talking to mx.example.org.:\n>>> RCPT To:<ada@example.org>\n"
	  "<<< 550 5.1.1 User unknown\n",
	  REPORT_FAILED, "ada@example.org=hard" },
	{ FROM "Subject: Undelivered Mail Returned to Sender\n\n"
	  "I'm sorry to have to inform you that your message could not\n"
	  "be delivered to one or more recipients. It's attached below.\n\n"
	  "For further assistance, please send mail to <postmaster@example.net>\n\n"
	  "<ada@example.org>: host mx.example.org[192.0.2.1] said: 554 5.7.1\n"
	  "    <freedom@petitions.example.org>: blocked by policy\n",
	  REPORT_FAILED, "ada@example.org=fault" },
	{ FROM "Subject: Unzustellbar: News\n\n"
	  "Ihre Nachricht konnte nicht zugestellt werden an die folgenden\n"
	  "Empf=E4nger:\n\n  ada@example.org\n\nPostfach voll\n",
	  REPORT_FAILED, "ada@example.org=soft" },
	{ FROM "Subject: Недоставленное сообщение\n"
	  "Content-Type: text/plain; charset=utf-8\n\n"
	  "Ваше письмо не может быть доставлено следующим получателям:\n\n"
	  "ada@example.org\n\nПользователь не найден\n",
	  REPORT_FAILED, "ada@example.org=hard" },
	{ FROM "Subject: DELIVERY FAILURE\n\nYour message\n\n  Subject: News\n\n"
	  "was not delivered to:\n\n  ada@example.org\n\nbecause:\n\n"
	  "  User ada (ada@example.org) not listed in public Name & Address Book\n",
	  REPORT_FAILED, "ada@example.org=hard" },
	{ FROM "Subject: Undeliverable Mail\n\nUnknown user: ada@example.org\n\n"
	  "Original message follows.\n\nTo: bob@example.org\n",
	  REPORT_FAILED, "ada@example.org=hard" },
	/* nobody is named, but the mail came back */
	{ FROM "Subject: Returned mail: User unknown\n\n"
	  "Your mail could not be delivered: no such user.\n\n"
	  "----- Original message -----\nFrom: x@example.com\n"
	  "To: Ada <ada@example.org>\nSubject: News\n\nHello\n",
	  REPORT_FAILED, "ada@example.org=hard" },
	/* late */
	{ FROM "Subject: Delivery Status Notification (Delay)\n\n"
	  "This is a warning message only. You do not need to resend your "
	  "message.\n\nDelivery to the following recipient has been delayed:\n\n"
	  "     ada@example.org\n\nMessage will be retried for 2 more days\n",
	  REPORT_DELAYED, "ada@example.org=delayed" },
	/* no report of a delivery, or none that failed */
	{ FROM "Subject: Out of office\nAuto-Submitted: auto-replied\n\n"
	  "I am out of the office. Your message was not delivered to my phone.\n"
	  "Please write to the following address:\n\nbob@example.org\n",
	  REPORT_NONE, "" },
	{ FROM "Subject: Delivery Status Notification (Success)\n\n"
	  "Your message was successfully delivered to:\n\nada@example.org\n",
	  REPORT_NONE, "" },
	{ FROM "Subject: Please confirm your message\n\n"
	  "Delivery to ada@example.org needs your help: to confirm that you are "
	  "a human, visit the page below.\n", REPORT_NONE, "" },
	{ "From: Ada <ada@example.org>\nSubject: Re: News\n\n"
	  "My mail to bob@example.org could not be delivered, what now?\n",
	  REPORT_NONE, "" },
};

static void
words_are_read(void **state)
{
	const struct report *r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof words / sizeof words[0]; i++) {
		r = report_of(words[i].mail);
		if (r->kind != words[i].kind || strcmp(addresses(r), words[i].told) != 0)
			fail_msg("words %zu: %s %s", i, report_kind_text(r->kind),
			    addresses(r));
	}
}

/* ---- notices of disposition --------------------------------------------- */

#define MDN(text, disposition) \
	"From: ada@example.org\nSubject: Re: News\n" \
	"Content-Type: multipart/report; boundary=b;\n" \
	" report-type=disposition-notification\n\n--b\n\n" text "\n--b\n" \
	"Content-Type: message/disposition-notification\n\n" \
	"Final-Recipient: rfc822; ada@example.org\n" \
	"Disposition: " disposition "\n--b--\n"

static void
only_a_refusal_is_a_failure(void **state)
{
	const struct report *r;

	(void)state;
	r = report_of(MDN("Your message was displayed on my screen.",
	    "manual-action/MDN-sent-manually; displayed"));
	assert_int_equal(r->kind, REPORT_NONE);
	r = report_of(MDN("Your message was deleted without being read.",
	    "manual-action/MDN-sent-automatically; deleted"));
	assert_int_equal(r->kind, REPORT_NONE);
	r = report_of(MDN("Your message to <ada@example.org> was automatically "
	    "rejected: Quota exceeded",
	    "automatic-action/MDN-sent-automatically; deleted"));
	assert_int_equal(r->kind, REPORT_FAILED);
	assert_string_equal(addresses(r), "ada@example.org=soft");
}

/* ---- what came back, and complaints ------------------------------------- */

static void
complaints_carry_our_tokens(void **state)
{
	const struct report *r = report_of(
	    "From: fbl@example.net\nContent-Type: multipart/report;\n"
	    " report-type=feedback-report; boundary=b\n\n--b\n\nA complaint.\n"
	    "--b\nContent-Type: message/feedback-report\n\n"
	    "Version: 1\nFeedback-Type: Abuse\nOriginal-Rcpt-To: <ada@example.org>\n"
	    "--b\nContent-Type: message/rfc822\n\n"
	    "Return-Path: <freedom+b-" TOKEN "@petitions.example.org>\n"
	    "Message-ID: <n.freedom+r-" TOKEN "@petitions.example.org>\n"
	    "List-Unsubscribe: <mailto:Freedom+U-" TOKEN "@petitions.example.org>,\n"
	    " <mailto:freedom+u-" TOKEN "@petitions.example.org>\n"
	    "Subject: News\n\nHello\n--b--\n");

	(void)state;
	assert_int_equal(r->kind, REPORT_COMPLAINT);
	assert_int_equal(r->fate, FATE_NONE);
	assert_string_equal(r->feedback, "abuse");
	assert_string_equal(addresses(r), "ada@example.org=none");
	assert_string_equal(r->original_id,
	    "<n.freedom+r-" TOKEN "@petitions.example.org>");
	assert_int_equal(r->tokens, 3);
	assert_int_equal(r->token[0].purpose, PURPOSE_BOUNCE);
	assert_int_equal(r->token[1].purpose, PURPOSE_REPLY);
	assert_int_equal(r->token[2].purpose, PURPOSE_UNSUBSCRIBE);
	assert_string_equal(r->token[2].token, TOKEN);
}

static void
reports_within_a_mail_are_found(void **state)
{
	const struct report *r = report_of(
	    "From: gateway@example.net\nSubject: Undeliverable\n"
	    "Content-Type: multipart/mixed; boundary=a\n\n"
	    "--a\n\nFooter of the company\n--a\nContent-Type: message/rfc822\n\n"
	    DSN("Final-Recipient: rfc822; ada@example.org\nAction: failed\n"
	    "Status: 5.1.1\n") "\n--a--\n");

	(void)state;
	assert_string_equal(addresses(r), "ada@example.org=hard");
}

#define SES(json) \
	"From: no-reply@sns.example.net\nSubject: AWS Notification Message\n\n" json

static void
notices_in_json_are_read(void **state)
{
	const struct report *r = report_of(SES(
	    "{ \"Type\" : \"Notification\", \"Message\" : \"{\\\"notificationType"
	    "\\\":\\\"Bounce\\\",\\\"bounce\\\":{\\\"bounceType\\\":\\\"Permanent"
	    "\\\",\\\"bouncedRecipients\\\":[{\\\"emailAddress\\\":\\\""
	    "ada@example.org\\\",\\\"status\\\":\\\"5.1.1\\\"},{\\\"emailAddress"
	    "\\\":\\\"bob@example.org\\\"}]},\\\"mail\\\":{\\\"source\\\":\\\""
	    "x@example.com\\\"}}\" }\n"));

	(void)state;
	assert_int_equal(r->kind, REPORT_FAILED);
	assert_string_equal(addresses(r), "ada@example.org=hard bob@example.org=soft");
	r = report_of(SES("{ \"notificationType\": \"Complaint\", \"complaint\": {"
	    "\"complainedRecipients\": [{\"emailAddress\": \"ada@example.org\"}]},"
	    " \"mail\": {} }\n"));
	assert_int_equal(r->kind, REPORT_COMPLAINT);
	assert_string_equal(addresses(r), "ada@example.org=none");
	r = report_of(SES("{\"notificationType\":\"Delivery\",\"mail\":{\"source\":"
	    "\"x@example.com\"},\"delivery\":{\"recipients\":[\"ada@example.org\"]}}\n"));
	assert_int_equal(r->kind, REPORT_NONE);
}

/* What a hostile report can be made of: it ends, and soon. */
static void
work_is_bounded(void **state)
{
	static const char *const pieces[] = {
		"a@b.c ", "@", "@@@@a.b", "\"@\"", "<a@b.c>, ", "5.1.1 ",
		"the following address failed:\n a@b.c\n", "\\x{", "-",
		"Final-Recipient: a@b.c\nAction: failed\n", "\n", "{\"", "\n\n ", "+b-",
	};
	struct buf mail = BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		buf_clear(&mail);
		buf_addstr(&mail, "From: MAILER-DAEMON@example.net\n"
		    "Subject: failure notice\nX-Failed-Recipients: ");
		buf_addstr(&mail, pieces[i]);
		buf_addstr(&mail, "\n\n");
		while (mail.len < 1 << 20)
			buf_addstr(&mail, pieces[i]);
		assert_true(report_of(mail.data)->count <= REPORT_RECIPIENTS);
	}
	buf_free(&mail);
}

static int
set_up(void **state)
{
	static const struct reader_setup setup = { .languages = NULL };

	(void)state;
	arena = arena_new();
	reader = reader_new(&setup);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	reader_free(&reader);
	arena_free(&arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_parts_are_read),
		cmocka_unit_test(codes_and_addresses_are_kept),
		cmocka_unit_test(encoded_parts_are_decoded),
		cmocka_unit_test(recipients_are_capped),
		cmocka_unit_test(words_are_read),
		cmocka_unit_test(only_a_refusal_is_a_failure),
		cmocka_unit_test(complaints_carry_our_tokens),
		cmocka_unit_test(reports_within_a_mail_are_found),
		cmocka_unit_test(notices_in_json_are_read),
		cmocka_unit_test(work_is_bounded),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
