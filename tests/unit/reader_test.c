/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "message/reader.h"
#include "tests/unit/check.h"

#define TOKEN "abcdefghijklmnopqrstuvwxyz234567abcde"
#define FROM "From: Ada <ada@example.org>\r\n"

static struct arena *arena;
static struct reader *reader;
static struct vocabulary *vocabulary;

static struct letter
read_with(const char *mail, const char *reverse_path)
{
	struct letter l;

	reader_read(reader, arena, mail, strlen(mail), reverse_path, &l);
	return l;
}

static struct letter
read_mail(const char *mail)
{
	return read_with(mail, "ada@example.org");
}

/* ---- who ---------------------------------------------------------------- */

static const struct {
	const char *header;
	enum author_state state;
	const char *full, *name;
} authors[] = {
	{ "From: ada@example.org", AUTHOR_ONE, "ada@example.org", NULL },
	{ "From: Ada <Ada@Example.ORG>", AUTHOR_ONE, "Ada@example.org", "Ada" },
	{ "From: \"Lovelace, Ada\" <ada@example.org>", AUTHOR_ONE, "ada@example.org", "Lovelace, Ada" },
	{ "from : ada@example.org (Ada L.)", AUTHOR_ONE, "ada@example.org", "Ada L." },
	{ "From: =?utf-8?B?0JDQtNCw?= <ada@example.org>", AUTHOR_ONE, "ada@example.org", "Ада" },
	{ "From: =?koi8-r?Q?=E1=C4=C1?= <ada@example.org>", AUTHOR_ONE, "ada@example.org", "Ада" },
	{ "From: \"=?utf-8?Q?A=2C_B?=\" <ada@example.org>", AUTHOR_ONE, "ada@example.org", "A, B" },
	{ "From: =?utf-8?Q?A=2C_B?= <ada@example.org>", AUTHOR_ONE, "ada@example.org", "A, B" },
	{ "From: =?utf-8?Q?evil=40x=2Eorg=3E?= <ada@example.org>", AUTHOR_ONE, "ada@example.org", NULL },
	{ "From: Bj\xf8rn <b@example.org>", AUTHOR_ONE, "b@example.org", "Bjørn" },
	{ "From: Bjørn <b@example.org>", AUTHOR_ONE, "b@example.org", "Bjørn" },
	{ "From: \xc0\xed\xed\xe0 <b@example.org>", AUTHOR_ONE, "b@example.org", "Анна" },
	{ "From: ada@b\xc3\xbc" "cher.example", AUTHOR_ONE, "ada@xn--bcher-kva.example", NULL },
	{ "From: Friends: ada@example.org;", AUTHOR_ONE, "ada@example.org", NULL },
	{ "From: a@x.org\r\nFrom: a@x.org", AUTHOR_ONE, "a@x.org", NULL },
	{ "From: a@x.org, b@x.org", AUTHOR_MANY, NULL, NULL },
	{ "From: a@x.org\r\nFrom: b@x.org", AUTHOR_MANY, NULL, NULL },
	{ "From: Friends: a@x.org, b@x.org;", AUTHOR_MANY, NULL, NULL },
	{ "From: ada", AUTHOR_NONE, NULL, NULL },
	{ "From: ada@localhost", AUTHOR_NONE, NULL, NULL },
	{ "From: undisclosed:;", AUTHOR_NONE, NULL, NULL },
	{ "From:", AUTHOR_NONE, NULL, NULL },
	{ "To: ada@example.org", AUTHOR_NONE, NULL, NULL },
	{ "Sender: ada@example.org", AUTHOR_NONE, NULL, NULL },
};

static void
author_is_one_or_none(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof authors / sizeof authors[0]; i++) {
		struct letter l = read_mail(arena_printf(arena, "%s\r\n\r\nhi\r\n",
		    authors[i].header));

		if (l.author_state != authors[i].state)
			fail_msg("%s: state %d", authors[i].header, (int)l.author_state);
		if (authors[i].full == NULL)
			assert_null(l.author.full);
		else
			assert_string_equal(l.author.full, authors[i].full);
		if (authors[i].name == NULL)
			assert_null(l.display_name);
		else if (l.display_name == NULL ||
		    strcmp(l.display_name, authors[i].name) != 0)
			fail_msg("%s: name %s", authors[i].header, l.display_name);
	}
}

static const struct {
	const char *header;
	bool authentic;
} results[] = {
	{ "Authentication-Results: mx.example.net; dmarc=pass header.from=example.org", true },
	{ "authentication-results: MX.example.net 1; spf=fail smtp.mailfrom=x;\r\n dmarc = pass (p=none; x) header.from=EXAMPLE.org", true },
	{ "Authentication-Results: (of) mx.example.net (ours); dmarc/1=pass reason=\"a;b\" header.from=\"example.org\"", true },
	{ "Received: by mx.example.net\r\nAuthentication-Results: mx.example.net; spf=pass\r\nAuthentication-Results: mx.example.net; dmarc=pass header.from=example.org", true },
	{ "Authentication-Results: mx.example.net; dmarc=pass header.from=example.com", false },
	{ "Authentication-Results: mx.example.net; dmarc=pass", false },
	{ "Authentication-Results: mx.example.net; dmarc=fail header.from=example.org", false },
	{ "Authentication-Results: mx.example.net; dkim=pass header.from=example.org", false },
	{ "Authentication-Results: mx.example.net; none", false },
	{ "Authentication-Results: mx.example.net; (dmarc=pass header.from=example.org)", false },
	{ "Authentication-Results: mx.example.net; spf=pass reason=\"; dmarc=pass header.from=example.org\"", false },
	{ "Authentication-Results: other.example.net; dmarc=pass header.from=example.org", false },
	{ "Authentication-Results: other.example.net; none\r\nAuthentication-Results: mx.example.net; dmarc=pass header.from=example.org", false },
	{ "Authentication-Results: mx.example.net; spf=pass\r\nReceived: x\r\nAuthentication-Results: mx.example.net; dmarc=pass header.from=example.org", false },
	{ "Authentication-Results: mx.example.net; dmarc=fail header.from=example.org\r\nAuthentication-Results: mx.example.net; dmarc=pass header.from=example.org", false },
	{ "Subject: x\r\nAuthentication-Results: mx.example.net; dmarc=pass header.from=example.org", false },
	{ "X: y", false },
};

static void
only_the_trusted_host_is_believed(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof results / sizeof results[0]; i++) {
		struct letter l = read_mail(arena_printf(arena, "%s\r\n" FROM "\r\nhi",
		    results[i].header));

		if (l.authentic != results[i].authentic)
			fail_msg("%s", results[i].header);
	}
}

/* ---- what --------------------------------------------------------------- */

static const struct {
	const char *header, *subject;
} subjects[] = {
	{ "Subject: I sign", "I sign" },
	{ "Subject:", "" },
	{ "X: y", "" },
	{ "subject: a\r\n b\r\n\tc", "a b c" },
	{ "Subject: =?utf-8?Q?Jeg_er_p=C3=A5?=", "Jeg er på" },
	{ "Subject: =?utf-8?B?0K8g?= =?utf-8?B?0LfQsA==?=", "Я за" },
	{ "Subject: =?utf-8?B?0K/Q?=\r\n =?utf-8?B?rw==?=", "Яя" + 0 },
	{ "Subject: =?iso-8859-1?q?caf=E9?= =?windows-1251?q?=DF?=", "caféЯ" },
	{ "Subject: Re: =?utf-8*ru?q?=D0=94=D0=B0?=!", "Re: Да!" },
	{ "Subject: =?utf-8?q?a=?b?=", "a=?b" },
	{ "Subject: =?nonsense-7?q?abc?=", "abc" },
	{ "Subject: =?utf-8?x?abc?=", "=?utf-8?x?abc?=" },
	{ "Subject: 1 =?= 2", "1 =?= 2" },
	{ "Subject: \xc4\xe0, \xff \xef\xee\xe4\xef\xe8\xf1\xfb\xe2\xe0\xfe", "Да, я подписываю" },
	{ "Subject: \xe4\xc1, \xd1 \xd0\xcf\xc4\xd0\xc9\xd3\xd9\xd7\xc1\xc0", "Да, я подписываю" },
	{ "Subject: caf\xe9", "café" },
	{ "Subject: Да", "Да" },
	{ "Subject: =?iso-2022-jp?B?GyRCLSEbKEI=?=", "①" },
	{ "Subject: a\033[31mb\007", "a[31mb" },
	{ "Subject: a\xe2\x80\xae" "b", "ab" },
};

static void
subjects_are_decoded(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof subjects / sizeof subjects[0]; i++) {
		struct letter l = read_mail(arena_printf(arena, FROM "%s\r\n\r\nhi",
		    subjects[i].header));

		if (i == 6)             /* a letter split between two words */
			assert_int_equal(strlen(l.subject), 4);
		else if (strcmp(l.subject, subjects[i].subject) != 0)
			fail_msg("%s: %s", subjects[i].header, l.subject);
	}
}

static const struct {
	const char *header_and_body, *text;
} texts[] = {
	{ "\r\nYes\r\n", "Yes" },
	{ "", "" },
	{ "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: BASE64\r\n\r\n0JTQsA==\r\n", "Да" },
	{ "Content-Type: text/plain; charset=\"koi8-r\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=E4=C1\r\n", "Да" },
	{ "Content-Type: text/plain; charset=x-mac-cyrillic\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\x84\xe0\r\n", "Да" },
	{ "Content-Type: text/plain; charset=us-ascii\r\n\r\n\xc4\xe0, \xff \xe7\xe0\r\n", "Да, я за" },
	{ "Content-Type: TEXT/HTML; charset=utf-8\r\n\r\n<style>x</style><p>Yes &amp; no<br>caf&eacute;&#33;</p>", "Yes & no\ncafé!" },
	{ "Content-Type: text/html\r\n\r\n<div>Yes</div><div class=\"gmail_quote\"><div class=\"gmail_attr\">On some day X wrote:</div><blockquote>no</blockquote></div>", "Yes" },
	{ "Content-Type: text/html\r\n\r\nYes<div id=\"appendonsend\"></div><hr><div id=\"divRplyFwdMsg\"><b>From:</b> x</div><p>no", "Yes" },
	{ "Content-Type: text/html\r\n\r\n<blockquote type=cite>a?</blockquote><p>Yes<blockquote>b?</blockquote>No", "Yes\n\nNo" },
	{ "Content-Type: text/plain; format=flowed\r\n\r\nI want \r\nto sign.\r\n> you \r\n> said\r\n-- \r\nAda\r\n", "I want to sign." },
	{ "Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\nsi \r\ngn\r\n", "sign" },
	{ "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\nhtml\r\n--b\r\nContent-Type: text/plain\r\n\r\nplain\r\n--b--\r\n", "plain" },
	{ "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nFORGET\r\nYes\r\n--b\r\nContent-Type: text/html\r\n\r\n<p><s>FORGET</s></p>Yes\r\n--b--\r\n", "Yes" },
	{ "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nFORGET\r\nYes\r\n--b\r\nContent-Type: text/html\r\n\r\n<p style=\"TEXT-DECORATION: LINE-THROUGH\">FORGET</p>Yes\r\n--b--\r\n", "Yes" },
	{ "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nYes, no\r\n--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nYes<span style=3D\"text-decoration:line-thr=\r\nough\">, no</span>\r\n--b--\r\n", "Yes" },
	{ "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nYes*plain*\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Yes</p><blockquote><s>q</s></blockquote>\r\n--b--\r\n", "Yes*plain*" },
	{ "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nplain\r\n--b\r\nContent-Type: text/html\r\n\r\n<s></s><div hidden><s>x</s></div>html\r\n--b--\r\n", "plain" },
	{ "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nFORGET\r\n--b\r\nContent-Type: multipart/related; boundary=r\r\n\r\n--r\r\nContent-Type: text/html\r\n\r\n<STRIKE>FORGET</STRIKE>Yes\r\n--r--\r\n--b--\r\n--m\r\nContent-Type: text/html\r\n\r\n<s>x</s>footer\r\n--m--\r\n", "Yes" },
	{ "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\nplain\r\n--m\r\nContent-Type: text/html\r\n\r\n<s>x</s>footer\r\n--m--\r\n", "plain" },
	{ "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\nhtml\r\n--b\r\nContent-Type: text/plain\r\n\r\nfooter\r\n--b--\r\n", "html" },
	{ "Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n--b\r\nContent-Type: image/png\r\n\r\nx\r\n--b\r\n\r\ntext\r\n--b--\r\nepilogue\r\n", "text" },
	{ "Content-Type: multipart/mixed; boundary=\"a b\"\r\n\r\n--a b\r\nContent-Type: multipart/alternative;\r\n boundary=c\r\n\r\n--c\r\n\r\ndeep\r\n--c--\r\n--a b--", "deep" },
	{ "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Disposition: attachment\r\n\r\nno\r\n--b\r\n\r\nyes\r\n--b--\r\n", "yes" },
	{ "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nyes", "yes" },
	{ "Content-Type: multipart/mixed\r\n\r\n--bound-ary\r\nContent-Type: text/plain\r\n\r\nyes\r\n--bound-ary--\r\n", "yes" },
	{ "Content-Type: multipart/mixed; boundary=b\r\n\r\nno part at all", "no part at all" },
	{ "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nanother's\r\n--b--\r\n", "" },
	{ "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>yes\r\n--b--\r\n", "yes" },
	{ "Content-Type: text/plain; charset*=us-ascii''utf-8\r\n\r\n\xd0\xaf", "Я" },
	{ "Content-Type: image/png\r\n\r\nx", "" },
	{ "Content-Type: text\r\n\r\nyes", "yes" },
	{ "X: y\nBare: lines\n\nyes\nno\n", "yes\nno" },
	{ "this is no header line\r\nX: y\r\n\r\nyes", "yes" },
};

static void
text_is_found(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct letter l = read_mail(arena_printf(arena, FROM "%s",
		    texts[i].header_and_body));

		if (strcmp(l.text, texts[i].text) != 0)
			fail_msg("%s\n--- got\n%s", texts[i].header_and_body, l.text);
	}
}

static const struct {
	const char *header, *id;
} ids[] = {
	{ "Message-ID: <1@example.org>", "<1@example.org>" },
	{ "message-id:\r\n <1@example.org> (x)", "<1@example.org>" },
	{ "Message-ID: <1@exa\r\n mple.org>", NULL },
	{ "Message-ID: 1@example.org", NULL },
	{ "Message-ID: <>", NULL },
	{ "Message-ID: <a b>", NULL },
	{ "Message-ID: <\xc3\xa6@x>", NULL },
	{ "X: y", NULL },
};

static void
message_id_is_fit_or_absent(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		struct letter l = read_mail(arena_printf(arena, FROM "%s\r\n\r\nhi",
		    ids[i].header));

		if ((l.message_id == NULL) != (ids[i].id == NULL) ||
		    (l.message_id != NULL && strcmp(l.message_id, ids[i].id) != 0))
			fail_msg("%s: %s", ids[i].header, l.message_id);
	}
}

/* ---- nature ------------------------------------------------------------- */

static const struct {
	const char *header, *path, *text;
	enum nature nature;
} natures[] = {
	{ "X: y", "ada@example.org", "Yes", NATURE_HUMAN },
	{ "Auto-Submitted: no", "ada@example.org", "Yes", NATURE_HUMAN },
	{ "X-Autoreply: no", "ada@example.org", "Yes", NATURE_HUMAN },
	{ "Precedence: first-class", "ada@example.org", "Yes", NATURE_HUMAN },
	{ "Feedback-ID: abc:Fastmail", "ada@example.org", "Yes", NATURE_HUMAN },
	{ "Subject: Re: Mail delivery failed", "ada@example.org", "What is this?", NATURE_HUMAN },
	{ "Subject: Re: Free him", "ada@example.org", "I was on vacation. Yes, I confirm.", NATURE_HUMAN },
	{ "Subject: Re: Free him", "ada+petitions@example.org", "Yes", NATURE_HUMAN },
	{ "X: y", "bounty@example.org", "Yes", NATURE_HUMAN },

	{ "AUTO-SUBMITTED: Auto-Replied (vacation)", "ada@example.org", "x", NATURE_AUTOMATIC },
	{ "Auto-Submitted: (c) auto-generated", "ada@example.org", "x", NATURE_AUTOMATIC },
	{ "precedence: JUNK", "ada@example.org", "x", NATURE_AUTOMATIC },
	{ "X-AutoReply: yes", "ada@example.org", "x", NATURE_AUTOMATIC },
	{ "X-Auto-Response-Suppress: OOF", "ada@example.org", "x", NATURE_AUTOMATIC },
	{ "X-Autorespond: Re: x", "ada@example.org", "x", NATURE_AUTOMATIC },
	{ "X: y", "", "x", NATURE_AUTOMATIC },
	{ "Return-Path: <>", "ada@example.org", "x", NATURE_AUTOMATIC },
	{ "X: y", "noreply@example.org", "x", NATURE_AUTOMATIC },
	{ "X: y", "Majordomo@example.org", "x", NATURE_AUTOMATIC },
	{ "X: y", "list-REQUEST@example.org", "x", NATURE_AUTOMATIC },
	{ "Subject: Automatic reply: x", "ada@example.org", "x", NATURE_AUTOMATIC },
	{ "Subject: Out of Office: x", "ada@example.org", "x", NATURE_AUTOMATIC },
	{ "Subject: Автоответ: x", "ada@example.org", "x", NATURE_AUTOMATIC },
	{ "Subject: =?utf-8?B?0JDQktCi0J7QntCi0JLQldCi?=", "ada@example.org", "x", NATURE_AUTOMATIC },
	{ "Subject: Ҷавоби худкор: x", "ada@example.org", "x", NATURE_AUTOMATIC },
	{ "Subject: Autosvar: x", "ada@example.org", "x", NATURE_AUTOMATIC },
	{ "Subject: Abwesenheitsnotiz: x", "ada@example.org", "x", NATURE_AUTOMATIC },
	{ "Subject: Réponse automatique : x", "ada@example.org", "x", NATURE_AUTOMATIC },
	{ "Subject: Respuesta automática: x", "ada@example.org", "x", NATURE_AUTOMATIC },
	{ "Subject: 自動返信: x", "ada@example.org", "x", NATURE_AUTOMATIC },
	{ "Subject: Re: x", "ada@example.org", "Hello,\nI am currently out of the office until May.", NATURE_AUTOMATIC },
	{ "Subject: Re: x", "ada@example.org", "Здравствуйте! Я в отпуске до мая.", NATURE_AUTOMATIC },
	{ "Subject: Re: x", "ada@example.org", "Я в отпуске, но подписываю", NATURE_HUMAN },
	{ "Subject: Re: x", "ada@example.org", "Я в отпуске, но я тоже подписываю эту петицию. Спасибо!", NATURE_HUMAN },
	{ "Subject: Re: x", "ada@example.org", "I am away from Tajikistan for years now.\nI sign.", NATURE_HUMAN },
	{ "Subject: Re: x", "ada@example.org", "I will be away from home until May but I sign this petition", NATURE_HUMAN },
	{ "Subject: Re: x", "ada@example.org", "I am on vacation until May.\nMy friends and I\nsign the appeal.", NATURE_HUMAN },
	{ "Subject: Re: x", "ada@example.org", "Jeg er på ferie, men skriver under", NATURE_HUMAN },
	{ "Subject: Re: x", "ada@example.org", "Я в отпуске. Ман имзо мекунам.", NATURE_HUMAN },
	{ "Subject: Re: x", "ada@example.org", "I will be away from my desk. To reach me, sign up or sign in.", NATURE_AUTOMATIC },
	/* the same in a subject, which robots repeat */
	{ "Subject: I am away from Tajikistan", "ada@example.org", "I sign.", NATURE_HUMAN },
	{ "Subject: I am away from Tajikistan, but I sign", "ada@example.org", "", NATURE_HUMAN },
	{ "Subject: =?utf-8?B?0K8g0LIg0L7RgtC/0YPRgdC60LUg0YMg0LzQvtGA0Y8=?=", "ada@example.org", "Здравствуйте! Я подписываю.", NATURE_HUMAN },
	{ "Subject: =?utf-8?Q?Jeg_er_ikke_p=C3=A5_kontoret?=", "ada@example.org", "Men jeg skriver under.", NATURE_HUMAN },
	{ "Subject: Greetings on holiday", "ada@example.org", "Yes", NATURE_HUMAN },
	{ "Subject: I am away: I sign", "ada@example.org", "I will be back on Monday.", NATURE_AUTOMATIC },
	{ "Subject: I am on holiday", "ada@example.org", "Back on Monday; in urgent cases call 2.", NATURE_AUTOMATIC },
	{ "Subject: I'm away until Monday", "ada@example.org", "", NATURE_AUTOMATIC },
	{ "Subject: Automatic reply: I am on holiday", "ada@example.org", "I sign.", NATURE_AUTOMATIC },
	{ "Subject: Re: x", "ada@example.org", "I am on vacation until May and will answer when I sign in again.", NATURE_AUTOMATIC },
	{ "Subject: Re: x", "ada@example.org", "I am on vacation until May. I confirm receipt of your mail.", NATURE_AUTOMATIC },
	{ "Subject: Re: x", "ada@example.org", "I am on vacation until May. I support our customers from Monday.", NATURE_AUTOMATIC },
	{ "Subject: Re: x", "ada@example.org", "I am on vacation until May. I do not sign.", NATURE_AUTOMATIC },
	{ "Subject: Re: x\r\nAuto-Submitted: auto-replied", "ada@example.org", "I am on vacation until May. I sign.", NATURE_AUTOMATIC },
	{ "Subject: Please confirm your message", "ada@example.org", "x", NATURE_AUTOMATIC },
	{ "Subject: Re: x", "ada@example.org", "To prove that you are human click here.", NATURE_AUTOMATIC },
	{ "Content-Type: multipart/report; report-type=disposition-notification; boundary=b", "ada@example.org", "--b\r\n\r\nread\r\n", NATURE_AUTOMATIC },

	{ "Content-Type: multipart/report; report-type=\"delivery-status\"; boundary=b", "", "--b\r\n\r\nx\r\n", NATURE_BOUNCE },
	{ "Content-Type: multipart/mixed; boundary=b", "", "--b\r\n\r\nx\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n", NATURE_BOUNCE },
	{ "X-Failed-Recipients: x@example.org", "", "x", NATURE_BOUNCE },
	{ "Subject: failure notice", "", "x", NATURE_BOUNCE },
	{ "Subject: Undelivered Mail Returned to Sender", "MAILER-DAEMON@example.org", "x", NATURE_BOUNCE },
	{ "Auto-Submitted: auto-replied\r\nSubject: Undeliverable: x", "", "x", NATURE_BOUNCE },
	{ "X: y", "#@[]", "Your message could not be delivered to x", NATURE_BOUNCE },

	{ "Content-Type: multipart/report; report-type=feedback-report; boundary=b", "fbl@example.org", "--b\r\n\r\nx\r\n", NATURE_COMPLAINT },

	{ "LIST-ID: <x.example.org>", "ada@example.org", "x", NATURE_LIST },
	{ "List-Unsubscribe: <mailto:x@example.org>", "ada@example.org", "x", NATURE_LIST },
	{ "Mailing-List: x", "ada@example.org", "x", NATURE_LIST },
	{ "Precedence: bulk", "ada@example.org", "x", NATURE_LIST },
	{ "X: y", "owner-list@example.org", "x", NATURE_LIST },
	{ "X: y", "list-bounces+ada=example.org@example.net", "x", NATURE_LIST },
};

static void
nature_is_known(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof natures / sizeof natures[0]; i++) {
		struct letter l = read_with(arena_printf(arena, FROM "%s\r\n\r\n%s",
		    natures[i].header, natures[i].text), natures[i].path);

		if (l.nature != natures[i].nature)
			fail_msg("%s, from <%s>, \"%s\": %s, %s", natures[i].header,
			    natures[i].path, natures[i].text, nature_text(l.nature), l.why);
	}
}

/* ---- languages, tokens, digest ------------------------------------------ */

static const struct {
	const char *header, *text, *hints;
} languages[] = {
	{ "Content-Language: nb-NO", "Hi", "nb" },
	{ "Content-Language: no", "Hi", "nb" },
	{ "X: y", "Я хочу подписать, пожалуйста, эту", "ru" },
	{ "X: y", "Ман мехоҳам имзо кунам, ҷаноби олӣ", "tg" },
	{ "Accept-Language: de-DE, en;q=0.5", "1", "de en" },
	{ "Content-Language: de\r\nAccept-Language: fr,de,es,it,pt", "1", "de fr es it" },
	{ "Content-Language: x-klingon, tlh", "1", "" },
};

static void
languages_are_hinted(void **state)
{
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof languages / sizeof languages[0]; i++) {
		struct letter l = read_mail(arena_printf(arena, FROM "%s\r\n\r\n%s",
		    languages[i].header, languages[i].text));
		struct buf got = BUF_INIT;

		for (n = 0; l.hints[n] != NULL; n++)
			buf_addf(&got, "%s%s", n == 0 ? "" : " ", l.hints[n]);
		if (strcmp(got.data, languages[i].hints) != 0)
			fail_msg("%s: %s", languages[i].header, got.data);
		buf_free(&got);
	}
}

static void
tokens_are_found_where_they_hide(void **state)
{
	static const char *const headers[] = {
		"In-Reply-To: <1.free+c-" TOKEN "@petitions.example>",
		"References: <x@y.example>\r\n <1.free+c-" TOKEN "@petitions.example>",
		"Subject: Re: Free him [c-" TOKEN "]",
	};
	struct letter l;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		l = read_mail(arena_printf(arena, FROM "%s\r\n\r\nhi", headers[i]));
		if (l.reference.token == NULL || strcmp(l.reference.token, TOKEN) != 0)
			fail_msg("%s", headers[i]);
		assert_int_equal(l.reference.purpose, PURPOSE_CONFIRM);
	}
	l = read_mail(FROM "Subject: x\r\n\r\n[c-" TOKEN "]");
	assert_null(l.reference.token);
}

static void
digest_leaves_trace_out(void **state)
{
	struct letter a, b;

	(void)state;
	a = read_mail("Received: by a\r\n" FROM "Subject: x\r\n\r\nhi\r\n");
	b = read_mail("Return-Path: <x@y>\r\nReceived: by b\r\n by c\r\nDelivered-To: z\r\n"
	    "Authentication-Results: q; none\r\nARC-Seal: x\r\n" FROM "Subject: x\r\n\r\nhi\r\n");
	assert_memory_equal(a.digest, b.digest, LETTER_DIGEST);
	b = read_mail(FROM "Subject: y\r\n\r\nhi\r\n");
	assert_memory_not_equal(a.digest, b.digest, LETTER_DIGEST);
	b = read_mail(FROM "Subject: x\r\n\r\nho\r\n");
	assert_memory_not_equal(a.digest, b.digest, LETTER_DIGEST);
}

static void
more_tells_more(void **state)
{
	static const char mail[] = "Return-Path: <ada@example.org>\r\n"
	    "Delivered-To: free@petitions.example\r\nX-Original-To: other@petitions.example\r\n"
	    FROM "To: free@petitions.example, Bob <bob@example.org>\r\nCc: eve@example.org\r\n"
	    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nYes\r\n> q\r\n--b\r\n"
	    "Content-Type: image/png; name=a.png\r\n\r\nx\r\n--b\r\n"
	    "Content-Disposition: attachment\r\n\r\nx\r\n--b--\r\n";
	struct reader_more more;

	(void)state;
	reader_read_more(reader, arena, mail, strlen(mail), &more);
	assert_string_equal(more.text_full, "Yes\n> q");
	assert_int_equal(more.attachments, 2);
	assert_string_equal(more.return_path, "ada@example.org");
	assert_string_equal(more.delivered_to[0], "free@petitions.example");
	assert_string_equal(more.delivered_to[1], "other@petitions.example");
	assert_null(more.delivered_to[2]);
	assert_string_equal(more.visible_to[1], "bob@example.org");
	assert_string_equal(more.visible_to[2], "eve@example.org");
	assert_null(more.visible_to[3]);
}

/* ---- hostile ------------------------------------------------------------ */

static const struct {
	const char *what, *before, *again, *after;
	size_t times;
} floods[] = {
	{ "nesting", FROM "Content-Type: multipart/mixed; boundary=b\n\n", "--b\nContent-Type: multipart/mixed; boundary=b\n\n", "x", 10000 },
	{ "addresses", "From: ", "a@example.org, ", "b@example.org\n\nx", 100000 },
	{ "groups", "From: ", "a:", "b@example.org\n\nx", 30000 },
	{ "a long header", FROM "X: ", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "\n\nx", 330000 },
	{ "many fields", FROM, "X: y\n", "\nx", 500000 },
	{ "encoded words", "Subject: ", "=?utf-8?q?", "\n\nx", 6000 },
	{ "broken encoded words", "Subject: ", "=?iso-2022-jp?B?GyRC?= ", "\n\nx", 3000 },
	{ "comments", "From: ", "((((((((((((((((", "a@example.org\n\nx", 4000 },
	{ "delimiters", FROM "Content-Type: multipart/mixed; boundary=b\n\n", "--\n--b\n", "x", 140000 },
	{ "parameters", FROM "Content-Type: text/plain", "; a*0=b", "\n\nx", 8000 },
	{ "an endless line", FROM "\n", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "x", 330000 },
	{ "open tags", FROM "Content-Type: text/html\n\n", "<", "x", 1000000 },
	{ "open declarations", FROM "Content-Type: text/html\n\n", "<!", "\">\"", 131000 },
	{ "open comments", FROM "Content-Type: text/html\n\n", "<!--", "x", 250000 },
	{ "nested tags", FROM "Content-Type: text/html\n\n", "<div><blockquote>", "x", 60000 },
	{ "hidden elements", FROM "Content-Type: text/html\n\n", "<div style=\"display:none\">x", "\">x", 8888 },
	{ "hidden paragraphs", FROM "Content-Type: text/html\n\n", "<p hidden>x", "\">x", 21818 },
	{ "an end far above", FROM "Content-Type: text/html\n\n<p hidden>", "<span>x</span><i><p>", "\">x", 12000 },
	{ "introductions without quotes", FROM "Content-Type: text/html\n\n", "<div class=gmail_quote>x</div>", "\">x", 8000 },
	{ "no blockquote", FROM "Content-Type: text/html\n\n", "<div class=moz-cite-prefix></div>x<", "\">x", 6857 },
	{ "many declarations", FROM "Content-Type: text/html\n\n<div style=\"x\" style=\"font:0\" style=\"", "display:none;", "\">x", 18461 },
	{ "a long declaration", FROM "Content-Type: text/html\n\n<div style=\"text-decoration:", "line-throug", "\">x", 21818 },
	{ "many sizes", FROM "Content-Type: text/html\n\n<div style=\"font:", "a/", "\">x", 120000 },
	{ "many attributes", FROM "Content-Type: text/html\n\n<div ", "style=a ", "\">x", 30000 },
	{ "many classes", FROM "Content-Type: text/html\n\n<div class=", "gmail_quot", "\">x", 24000 },
	{ "strikes", FROM "Content-Type: text/html\n\n", "</s><s>x<del><b>", "\">x", 15000 },
	{ "hidden rows", FROM "Content-Type: text/html\n\n<table>", "<tr hidden><td>x", "\">x", 15000 },
	{ "introductions", FROM "\n", "On Mon, 1 Jan 2024 at 10:00, a\n", "x", 30000 },
	{ "lines with bars", FROM "\n", "| x\n", "x", 60000 },
	{ "bars among what is nearly an introduction", FROM "\n", "On 10 a\nOn 10 b\nOn 10 c@x.example <\n| x\n", "x", 6000 },
	{ "three marks in turn", FROM "Content-Type: text/plain; charset=utf-8\n\n", "| x\n\n\xc2\xbb x\n\n\xe2\x80\xba x\n\n", "x", 12000 },
	{ "quoted headers", FROM "\n", "From: x\nno\n\n", "x", 80000 },
	{ "empty lines", FROM "\n", "\n", "x", 1000000 },
	{ "flowed lines", FROM "Content-Type: text/plain; format=flowed\n\n", "a \n", "x", 300000 },
	{ "a broken charset", FROM "Content-Type: text/plain; charset=gb18030\n\n", "\xff", "x", 1000000 },
	{ "marks on a letter", FROM "Content-Type: text/plain; charset=utf-8\n\na", "\xcc\x81", "x", 500000 },
};

static void
nothing_takes_long(void **state)
{
	struct buf mail = BUF_INIT;
	struct letter l;
	clock_t start;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof floods / sizeof floods[0]; i++) {
		buf_clear(&mail);
		buf_addstr(&mail, floods[i].before);
		for (n = 0; n < floods[i].times; n++)
			buf_addstr(&mail, floods[i].again);
		buf_addstr(&mail, floods[i].after);
		start = clock();
		reader_read(reader, arena, mail.data, mail.len, "ada@example.org", &l);
		if (clock() - start > CLOCKS_PER_SEC)
			fail_msg("%s: more than a second", floods[i].what);
		assert_true(strlen(l.text) <= LETTER_TEXT_MAX);
		assert_true(strlen(l.subject) <= LETTER_LINE_MAX);
		if (arena_used(arena) > 8u << 20)
			fail_msg("%s: %zu octets kept", floods[i].what, arena_used(arena));
		arena_reset(arena);
	}
	buf_free(&mail);
}

static void
nuls_are_no_end(void **state)
{
	static const char mail[] = "From: a\0da@example.org\r\nSubject: a\0b\r\n\r\nx\0y\r\nz";
	struct letter l;

	(void)state;
	reader_read(reader, arena, mail, sizeof mail - 1, "ada@example.org", &l);
	assert_string_equal(l.subject, "a b");
	assert_string_equal(l.text, "xy\nz");
	reader_read(reader, arena, "", 0, "", &l);
	assert_string_equal(l.text, "");
	assert_int_equal(l.author_state, AUTHOR_NONE);
}

/* ---- all of it ---------------------------------------------------------- */

static int
set_up(void **state)
{
	static const char *const ours[] = { "en", "ru", "tg", "nb", NULL };
	static const char *const four[] = { "en", "ru", "tg", "nb", NULL };
	struct reader_setup setup = {
		.languages = ours, .trusted_authserv = "mx.example.net"
	};
	struct reason why = { "" };

	(void)state;
	if (vocabulary_load(&vocabulary, SOURCE_DIR "/templates", four, &why) != OK) {
		print_error("%s\n", why.text);
		return -1;
	}
	setup.vocabulary = vocabulary;
	arena = arena_new();
	reader = reader_new(&setup);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	reader_free(&reader);
	vocabulary_free(&vocabulary);
	arena_free(&arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(author_is_one_or_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(only_the_trusted_host_is_believed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(subjects_are_decoded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(text_is_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(message_id_is_fit_or_absent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nature_is_known, set_up, tear_down),
		cmocka_unit_test_setup_teardown(languages_are_hinted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(tokens_are_found_where_they_hide, set_up, tear_down),
		cmocka_unit_test_setup_teardown(digest_leaves_trace_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(more_tells_more, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nothing_takes_long, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nuls_are_no_end, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
