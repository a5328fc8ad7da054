/* SPDX-License-Identifier: ISC */
#include "tests/unit/check.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "delivery/smtp.h"
#include "tests/unit/peer.h"

#define COUNT(a) (sizeof (a) / sizeof (a)[0])
#define YEAR (365L * 86400)

static const char mail_text[] =
    "From: a@example.org\r\nSubject: x\r\n\r\n.one\r\n..two\r\nthree\r\n";
static const char mail_stored[] =
    "From: a@example.org\nSubject: x\n\n..one\n...two\nthree\n";

static struct smtp_mail
a_mail(void)
{
	return (struct smtp_mail){
		.reverse_path = "c+b-token@example.org",
		.recipient = "ada@example.net",
		.bytes = mail_text,
		.len = sizeof mail_text - 1,
	};
}

/* A relay that is the peer; its settings are changed by the test. */
static struct smtp_relay *
relay_to(int port, const char *tls, const char *ca, const char *scheme)
{
	struct smtp_relay *relay;
	struct reason why = { "" };
	char url[64];

	snprintf(url, sizeof url, "%s://localhost:%d", scheme, port);
	if (smtp_relay_new(&relay, url, tls, ca, NULL, NULL, 1, "we.example.org",
	    &why) != OK)
		fail_msg("%s", why.text);
	return relay;
}

/* Opens and sends one; OPEN_OUT: whether the session would do for another. */
static struct outcome
one_mail(const struct smtp_relay *relay, const struct smtp_mail *mail,
    int *open_out)
{
	struct smtp *s;
	struct outcome out = { .kind = 99 };
	struct reason why;

	*open_out = 0;
	if (smtp_open(&s, relay, &out, &why) != OK)
		return out;
	smtp_send(s, mail, &out);
	*open_out = smtp_is_open(s);
	smtp_close(&s);
	return out;
}

static int
has_line(const struct peer *p, const char *line)
{
	char *want = mem_printf("\n%s\n", line);
	char *all = mem_printf("\n%s", p->said.data);
	int found = strstr(all, want) != NULL;

	free(want);
	free(all);
	return found;
}

/* ---- good mail ---------------------------------------------------------- */

static void
delivers(void **state)
{
	static const char *const offers[] = { peer_all, "", "8BITMIME\nSIZE" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(offers); i++) {
		struct peer p = { .offers = offers[i] };
		struct smtp_mail mail = a_mail();
		struct smtp_relay *relay;
		struct smtp *s;
		struct outcome out;
		struct reason why = { "" };
		int n;

		peer_start(&p);
		relay = relay_to(p.port, NULL, NULL, "smtp");
		assert_int_equal(smtp_open(&s, relay, &out, &why), OK);
		for (n = 0; n < 3; n++) {
			smtp_send(s, &mail, &out);
			assert_int_equal(out.kind, OUTCOME_DELIVERED);
			assert_int_equal(out.reply, 250);
			assert_int_equal(out.code[0], 2);
			assert_true(smtp_is_open(s));
		}
		smtp_close(&s);
		smtp_relay_free(&relay);
		assert_int_equal(p.mails, 3);
		assert_int_equal(p.connections, 1);
		assert_memory_equal(p.data.data, mail_stored,
		    sizeof mail_stored - 1);
		assert_true(has_line(&p, "EHLO we.example.org"));
		peer_stop(&p);
	}
}

static const struct {
	const char *offers;
	struct smtp_mail mail;
	const char *line[2];
} commands[] = {
	{ "PIPELINING", { .eight_bit = 1 },
	    { "MAIL FROM:<c+b-token@example.org>", "RCPT TO:<ada@example.net>" } },
	{ "8BITMIME", { .eight_bit = 1 },
	    { "MAIL FROM:<c+b-token@example.org> BODY=8BITMIME" } },
	{ "8BITMIME", { .eight_bit = 0 },
	    { "MAIL FROM:<c+b-token@example.org>" } },
	{ "SIZE 100000", { .eight_bit = 1 },
	    { "MAIL FROM:<c+b-token@example.org> SIZE=55" } },
	{ "size", { .eight_bit = 1 },
	    { "MAIL FROM:<c+b-token@example.org> SIZE=55" } },
	{ "DSN", { .envid = "17" },
	    { "MAIL FROM:<c+b-token@example.org> RET=HDRS ENVID=17",
	      "RCPT TO:<ada@example.net> NOTIFY=FAILURE "
	      "ORCPT=rfc822;ada@example.net" } },
	{ "DSN", { .envid = "a=b +\xc3\xa9", .recipient = "a+b=c@example.net" },
	    { "MAIL FROM:<c+b-token@example.org> RET=HDRS "
	      "ENVID=a+3Db+20+2B+C3+A9",
	      "RCPT TO:<a+b=c@example.net> NOTIFY=FAILURE "
	      "ORCPT=rfc822;a+2Bb+3Dc@example.net" } },
	{ "SMTPUTF8", { .recipient = "\xd0\xb8@example.net" },
	    { "MAIL FROM:<c+b-token@example.org> SMTPUTF8",
	      "RCPT TO:<\xd0\xb8@example.net>" } },
	{ "SMTPUTF8", { .utf8 = 1 },
	    { "MAIL FROM:<c+b-token@example.org> SMTPUTF8" } },
	{ "SMTPUTF8", { .utf8 = 0 },
	    { "MAIL FROM:<c+b-token@example.org>" } },
	{ "DSN\nSMTPUTF8", { .recipient = "\xd0\xb8@example.net" },
	    { "RCPT TO:<\xd0\xb8@example.net> NOTIFY=FAILURE" } },
	{ "", { .reverse_path = "" }, { "MAIL FROM:<>" } },
	{ "", { .recipient = "\"a b>c\\\"\"@example.net" },
	    { "RCPT TO:<\"a b>c\\\"\"@example.net>" } },
};

static void
says_the_right_commands(void **state)
{
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT(commands); i++) {
		struct peer p = { .offers = commands[i].offers };
		struct smtp_mail mail = a_mail();
		struct smtp_relay *relay;
		struct outcome out;
		int open;

		mail.eight_bit = commands[i].mail.eight_bit;
		mail.utf8 = commands[i].mail.utf8;
		mail.envid = commands[i].mail.envid;
		if (commands[i].mail.recipient != NULL)
			mail.recipient = commands[i].mail.recipient;
		if (commands[i].mail.reverse_path != NULL)
			mail.reverse_path = commands[i].mail.reverse_path;
		peer_start(&p);
		relay = relay_to(p.port, NULL, NULL, "smtp");
		out = one_mail(relay, &mail, &open);
		if (out.kind != OUTCOME_DELIVERED)
			fail_msg("%zu: %s", i, outcome_text(out.kind));
		for (j = 0; j < 2 && commands[i].line[j] != NULL; j++) {
			if (!has_line(&p, commands[i].line[j]))
				fail_msg("%zu: no %s in\n%s", i,
				    commands[i].line[j], p.said.data);
		}
		smtp_relay_free(&relay);
		peer_stop(&p);
	}
}

static const struct {
	const char *in, *out;
} bodies[] = {
	{ "", "" },
	{ "a\r\n", "a\n" },
	{ "a", "a\n" },
	{ ".", "..\n" },
	{ ".\r\n", "..\n" },
	{ "a\r\n.\r\nb\r\n", "a\n..\nb\n" },
	/* no smuggling by half an end of line */
	{ "a\n.\nb\r\n", "a\n..\nb\n" },
	{ "a\r.\rb\r\n", "a\n..\nb\n" },
	{ "a\n.\r\nQUIT\r\n", "a\n..\nQUIT\n" },
	{ "a\r\r\nb", "a\n\nb\n" },
	{ "a\r", "a\n" },
	{ "\r\n\r\n", "\n\n" },
};

static void
writes_every_line_whole(void **state)
{
	struct peer p = { .offers = peer_all };
	struct smtp_relay *relay;
	struct smtp *s;
	struct outcome out;
	size_t i;

	(void)state;
	peer_start(&p);
	relay = relay_to(p.port, NULL, NULL, "smtp");
	assert_int_equal(smtp_open(&s, relay, &out, NULL), OK);
	for (i = 0; i < COUNT(bodies); i++) {
		struct smtp_mail mail = a_mail();

		mail.bytes = bodies[i].in;
		mail.len = strlen(bodies[i].in);
		buf_clear(&p.data);
		smtp_send(s, &mail, &out);
		assert_int_equal(out.kind, OUTCOME_DELIVERED);
		if (strcmp(p.data.data, bodies[i].out) != 0)
			fail_msg("%zu: \"%s\"", i, p.data.data);
	}
	smtp_close(&s);
	smtp_relay_free(&relay);
	peer_stop(&p);
}

static void
large_mail(void **state)
{
	struct peer p = { .offers = "PIPELINING" };
	struct smtp_mail mail = a_mail();
	struct smtp_relay *relay;
	struct buf text = BUF_INIT;
	struct outcome out;
	int i, open;

	(void)state;
	for (i = 0; i < 20000; i++)
		buf_addf(&text, ".line %d of a mail that fills all buffers\r\n", i);
	mail.bytes = text.data;
	mail.len = text.len;
	peer_start(&p);
	relay = relay_to(p.port, NULL, NULL, "smtp");
	relay->timeout = 20;
	out = one_mail(relay, &mail, &open);
	assert_int_equal(out.kind, OUTCOME_DELIVERED);
	assert_int_equal(p.data.len, text.len);  /* a dot more, a CR less each */
	smtp_relay_free(&relay);
	peer_stop(&p);
	buf_free(&text);
}

/* ---- what is refused before it is said ---------------------------------- */

static const struct {
	struct smtp_mail mail;
	const char *offers;
	enum outcome_kind kind;
	uint8_t code[3];
} refusals[] = {
	{ { .recipient = "a@b.c>\r\nRCPT TO:<evil@example.org" }, "",
	    OUTCOME_FAILED, { 5, 1, 3 } },
	{ { .recipient = "a@b.c>" }, "", OUTCOME_FAILED, { 5, 1, 3 } },
	{ { .recipient = "a@b.c NOTIFY=NEVER" }, "", OUTCOME_FAILED, { 5, 1, 3 } },
	{ { .recipient = "\"a@b.c" }, "", OUTCOME_FAILED, { 5, 1, 3 } },
	{ { .recipient = "\"a\\" }, "", OUTCOME_FAILED, { 5, 1, 3 } },
	{ { .recipient = "\"a\\\n\"@b.c" }, "", OUTCOME_FAILED, { 5, 1, 3 } },
	{ { .recipient = "" }, "", OUTCOME_FAILED, { 5, 1, 3 } },
	{ { .reverse_path = "a\nb@c.d" }, "", OUTCOME_UNRENDERED, { 5, 1, 7 } },
	{ { .recipient = "\xd0\xb8@example.net" }, "8BITMIME", OUTCOME_FAILED,
	    { 5, 6, 7 } },
	{ { .utf8 = 1 }, "8BITMIME", OUTCOME_FAILED, { 5, 6, 7 } },
	{ { .utf8 = 0 }, "SIZE 54", OUTCOME_UNRENDERED, { 5, 3, 4 } },
	{ { .utf8 = 0 }, "SIZE 55", OUTCOME_DELIVERED, { 2, 0, 0 } },
	{ { .utf8 = 0 }, "SIZE 0", OUTCOME_DELIVERED, { 2, 0, 0 } },
};

static void
refuses_before_it_speaks(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(refusals); i++) {
		struct peer p = { .offers = refusals[i].offers };
		struct smtp_mail mail = a_mail();
		struct smtp_relay *relay;
		struct outcome out;
		int open;

		mail.utf8 = refusals[i].mail.utf8;
		if (refusals[i].mail.recipient != NULL)
			mail.recipient = refusals[i].mail.recipient;
		if (refusals[i].mail.reverse_path != NULL)
			mail.reverse_path = refusals[i].mail.reverse_path;
		peer_start(&p);
		relay = relay_to(p.port, NULL, NULL, "smtp");
		out = one_mail(relay, &mail, &open);
		if (out.kind != refusals[i].kind || !open ||
		    memcmp(out.code, refusals[i].code, 3) != 0)
			fail_msg("%zu: %s %u.%u.%u open=%d", i,
			    outcome_text(out.kind), out.code[0], out.code[1],
			    out.code[2], open);
		if (out.kind != OUTCOME_DELIVERED)
			assert_null(strstr(p.said.data, "MAIL"));
		smtp_relay_free(&relay);
		peer_stop(&p);
	}
}

/* ---- a relay that misbehaves -------------------------------------------- */

struct trouble {
	enum peer_step at;
	enum peer_manner how;
	const char *text;
	enum outcome_kind kind;
	int reply;
	int open;               /* the session can be used for the next mail */
};

static const struct trouble troubles[] = {
	{ AT_GREETING, HANG, NULL, OUTCOME_RELAY_DOWN, 0, 0 },
	{ AT_GREETING, DROP, NULL, OUTCOME_RELAY_DOWN, 0, 0 },
	{ AT_GREETING, ENDLESS, NULL, OUTCOME_RELAY_DOWN, 0, 0 },
	{ AT_GREETING, TRICKLE, NULL, OUTCOME_RELAY_DOWN, 0, 0 },
	{ AT_GREETING, REPLY, "421 busy", OUTCOME_RELAY_DOWN, 421, 0 },
	{ AT_GREETING, REPLY, "450 later", OUTCOME_RELAY_DOWN, 450, 0 },
	{ AT_GREETING, REPLY, "554 5.7.1 no", OUTCOME_RELAY_DOWN, 554, 0 },
	{ AT_GREETING, REPLY, "SSH-2.0-x", OUTCOME_RELAY_DOWN, 0, 0 },
	{ AT_GREETING, REPLY, "-1 x", OUTCOME_RELAY_DOWN, 0, 0 },
	{ AT_GREETING, REPLY, "", OUTCOME_RELAY_DOWN, 0, 0 },

	{ AT_EHLO, HANG, NULL, OUTCOME_RELAY_DOWN, 0, 0 },
	{ AT_EHLO, DROP, NULL, OUTCOME_RELAY_DOWN, 0, 0 },
	{ AT_EHLO, ENDLESS, NULL, OUTCOME_RELAY_DOWN, 0, 0 },
	{ AT_EHLO, TRICKLE, NULL, OUTCOME_RELAY_DOWN, 0, 0 },
	{ AT_EHLO, REPLY, "421 busy", OUTCOME_RELAY_DOWN, 421, 0 },
	{ AT_EHLO, REPLY, "451 later", OUTCOME_RELAY_DOWN, 451, 0 },
	{ AT_EHLO, REPLY, "550 no", OUTCOME_RELAY_DOWN, 550, 0 },
	{ AT_EHLO, REPLY, "250", OUTCOME_DELIVERED, 250, 1 },
	{ AT_EHLO, REPLY, "500 what", OUTCOME_DELIVERED, 250, 1 },   /* HELO */

	{ AT_MAIL, HANG, NULL, OUTCOME_RELAY_DOWN, 0, 0 },
	{ AT_MAIL, DROP, NULL, OUTCOME_RELAY_DOWN, 0, 0 },
	{ AT_MAIL, ENDLESS, NULL, OUTCOME_RELAY_DOWN, 0, 0 },
	{ AT_MAIL, TRICKLE, NULL, OUTCOME_RELAY_DOWN, 0, 0 },
	{ AT_MAIL, REPLY, "421 bye", OUTCOME_RELAY_DOWN, 421, 0 },
	{ AT_MAIL, REPLY, "450 4.1.8 later", OUTCOME_DEFERRED, 450, 1 },
	{ AT_MAIL, REPLY, "550 5.7.26 no", OUTCOME_RELAY_DOWN, 550, 1 },
	{ AT_MAIL, REPLY, "354 what", OUTCOME_RELAY_DOWN, 0, 0 },
	{ AT_MAIL, REPLY, "garbage", OUTCOME_RELAY_DOWN, 0, 0 },

	{ AT_RCPT, HANG, NULL, OUTCOME_DEFERRED, 0, 0 },
	{ AT_RCPT, DROP, NULL, OUTCOME_DEFERRED, 0, 0 },
	{ AT_RCPT, ENDLESS, NULL, OUTCOME_DEFERRED, 0, 0 },
	{ AT_RCPT, TRICKLE, NULL, OUTCOME_DEFERRED, 0, 0 },
	{ AT_RCPT, REPLY, "421 bye", OUTCOME_DEFERRED, 421, 0 },
	{ AT_RCPT, REPLY, "450 4.2.0 later", OUTCOME_DEFERRED, 450, 1 },
	{ AT_RCPT, REPLY, "550 5.1.1 who", OUTCOME_FAILED, 550, 1 },
	{ AT_RCPT, REPLY, "550-5.1.1 who\r\n550-5.1.1 is\r\n550 5.1.1 that",
	    OUTCOME_FAILED, 550, 1 },
	{ AT_RCPT, REPLY, "552 5.2.2 full", OUTCOME_DEFERRED, 552, 1 },
	{ AT_RCPT, REPLY, "25", OUTCOME_DEFERRED, 0, 0 },
	{ AT_RCPT, REPLY, "250?", OUTCOME_DEFERRED, 0, 0 },

	{ AT_DATA, HANG, NULL, OUTCOME_DEFERRED, 0, 0 },
	{ AT_DATA, DROP, NULL, OUTCOME_DEFERRED, 0, 0 },
	{ AT_DATA, ENDLESS, NULL, OUTCOME_DEFERRED, 0, 0 },
	{ AT_DATA, TRICKLE, NULL, OUTCOME_DEFERRED, 0, 0 },
	{ AT_DATA, REPLY, "421 bye", OUTCOME_DEFERRED, 421, 0 },
	{ AT_DATA, REPLY, "451 later", OUTCOME_DEFERRED, 451, 1 },
	{ AT_DATA, REPLY, "554 no", OUTCOME_FAILED, 554, 1 },
	{ AT_DATA, REPLY, "250 done already", OUTCOME_DEFERRED, 0, 0 },

	{ AT_END, HANG, NULL, OUTCOME_IN_DOUBT, 0, 0 },
	{ AT_END, DROP, NULL, OUTCOME_IN_DOUBT, 0, 0 },
	{ AT_END, ENDLESS, NULL, OUTCOME_IN_DOUBT, 0, 0 },
	{ AT_END, TRICKLE, NULL, OUTCOME_IN_DOUBT, 0, 0 },
	{ AT_END, REPLY, "421 bye", OUTCOME_DEFERRED, 421, 0 },
	{ AT_END, REPLY, "452 4.3.1 full", OUTCOME_DEFERRED, 452, 1 },
	{ AT_END, REPLY, "554 5.6.0 no", OUTCOME_FAILED, 554, 1 },
	{ AT_END, REPLY, "354 more", OUTCOME_IN_DOUBT, 0, 0 },
};

struct attempt {
	const struct trouble *trouble;
	const char *offers;
	pthread_t thread;
	struct outcome out;
	int open;
	int64_t took;
};

/* cmocka belongs to the main thread: this one only notes what happened. */
static void *
try_trouble(void *arg)
{
	struct attempt *a = arg;
	const struct trouble *t = a->trouble;
	struct peer p = { .at = t->at, .how = t->how, .text = t->text,
	    .offers = a->offers };
	struct smtp_mail mail = a_mail();
	struct smtp_relay *relay;
	int64_t start;
	char url[64];

	peer_start(&p);
	snprintf(url, sizeof url, "smtp://127.0.0.1:%d", p.port);
	if (smtp_relay_new(&relay, url, NULL, NULL, NULL, NULL, 1,
	    "we.example.org", NULL) != OK)
		abort();
	start = clock_tick();
	a->out = one_mail(relay, &mail, &a->open);
	a->took = clock_tick() - start;
	smtp_relay_free(&relay);
	peer_stop(&p);
	return NULL;
}

static void
survives_every_trouble(void **state)
{
	static const char *const offers[] = { peer_all, "" };
	static struct attempt attempts[COUNT(offers)][COUNT(troubles)];
	size_t i, o;

	(void)state;
	for (o = 0; o < COUNT(offers); o++) {
		for (i = 0; i < COUNT(troubles); i++) {
			struct attempt *a = &attempts[o][i];

			a->trouble = &troubles[i];
			a->offers = offers[o];
			if (pthread_create(&a->thread, NULL, try_trouble, a) != 0)
				abort();
		}
		for (i = 0; i < COUNT(troubles); i++)
			pthread_join(attempts[o][i].thread, NULL);
	}
	for (o = 0; o < COUNT(offers); o++) {
		for (i = 0; i < COUNT(troubles); i++) {
			const struct attempt *a = &attempts[o][i];
			const struct trouble *t = a->trouble;
			int slow = t->how == HANG || t->how == TRICKLE;
			int64_t most = !slow ? 4000 :
			    t->at == AT_END ? 7000 : 3000;

			if (a->out.kind != t->kind || a->out.reply != t->reply ||
			    a->open != t->open || a->took > most)
				fail_msg("%zu (%s): %s %d open=%d %d ms", i,
				    a->offers[0] == '\0' ? "one by one" :
				    "together", outcome_text(a->out.kind),
				    a->out.reply, a->open, (int)a->took);
		}
	}
}

/* After a refusal the next mail on the same session goes through. */
static void
goes_on_after_a_refusal(void **state)
{
	static const char *const offers[] = { peer_all, "" };
	static const enum peer_step steps[] = { AT_MAIL, AT_RCPT, AT_DATA, AT_END };
	size_t i, o;

	(void)state;
	for (o = 0; o < COUNT(offers); o++) {
		for (i = 0; i < COUNT(steps); i++) {
			struct peer p = { .at = steps[i], .how = REPLY,
			    .text = "450 4.2.1 later", .offers = offers[o] };
			struct smtp_mail mail = a_mail();
			struct smtp_relay *relay;
			struct smtp *s;
			struct outcome out;

			peer_start(&p);
			relay = relay_to(p.port, NULL, NULL, "smtp");
			assert_int_equal(smtp_open(&s, relay, &out, NULL), OK);
			smtp_send(s, &mail, &out);
			assert_int_equal(out.kind, OUTCOME_DEFERRED);
			p.at = AT_NEVER;
			smtp_send(s, &mail, &out);
			assert_int_equal(out.kind, OUTCOME_DELIVERED);
			assert_int_equal(p.connections, 1);
			smtp_close(&s);
			smtp_relay_free(&relay);
			peer_stop(&p);
		}
	}
}

/* A relay that answers 354 although it knows no recipient gets no message. */
static void
no_message_without_recipient(void **state)
{
	struct peer p = { .offers = peer_all, .at = AT_RCPT, .how = REPLY,
	    .text = "550 5.1.1 who", .careless = 1 };
	struct smtp_mail mail = a_mail();
	struct smtp_relay *relay;
	struct outcome out;
	int open;

	(void)state;
	peer_start(&p);
	relay = relay_to(p.port, NULL, NULL, "smtp");
	out = one_mail(relay, &mail, &open);
	assert_int_equal(out.kind, OUTCOME_FAILED);
	assert_int_equal(out.reply, 550);
	assert_true(open);
	assert_int_equal(p.data.len, 0);
	assert_true(p.careless > 1);
	smtp_relay_free(&relay);
	peer_stop(&p);
}

/* ---- the envelope that goes ahead --------------------------------------- */

static const char second_text[] = "Subject: second\r\n\r\nfor Eve\r\n";

static struct smtp_mail
second_mail(void)
{
	return (struct smtp_mail){
		.reverse_path = "c+b-other@example.org",
		.recipient = "eve@example.net",
		.bytes = second_text,
		.len = sizeof second_text - 1,
	};
}

static struct smtp *
session_to(struct peer *p, struct smtp_relay **relay)
{
	struct smtp *s;
	struct outcome out;

	peer_start(p);
	*relay = relay_to(p->port, NULL, NULL, "smtp");
	assert_int_equal(smtp_open(&s, *relay, &out, NULL), OK);
	return s;
}

/* Until the peer has seen the end of it. */
static void
end_session(struct peer *p, struct smtp_relay **relay, struct smtp **s)
{
	int i;

	smtp_close(s);
	smtp_relay_free(relay);
	for (i = 0; i < 1000 && p->open > 0; i++)
		usleep(10000);
}

/* The first of two, with the envelope of the second behind it. */
static void
give_first(struct smtp *s, const struct smtp_mail *second)
{
	struct smtp_mail mail = a_mail();
	struct outcome out;

	assert_true(smtp_offer(s, &mail, &out));
	smtp_give(s, &mail, second, &out);
	assert_int_equal(out.kind, OUTCOME_DELIVERED);
}

static void
one_exchange_for_each_mail(void **state)
{
	static const char *const offers[] = { peer_all, "8BITMIME" };
	size_t o;

	(void)state;
	for (o = 0; o < COUNT(offers); o++) {
		struct peer p = { .offers = offers[o] };
		struct smtp_mail mail[2] = { a_mail(), second_mail() };
		struct smtp_relay *relay;
		struct smtp *s;
		struct outcome out;
		int n;

		s = session_to(&p, &relay);
		assert_int_equal(!!smtp_pipelines(s), o == 0);
		for (n = 0; n < 6; n++) {
			assert_true(smtp_is_open(s));
			assert_true(smtp_offer(s, &mail[n % 2], &out));
			assert_int_equal(p.mails, n);
			smtp_give(s, &mail[n % 2],
			    n == 5 ? NULL : &mail[(n + 1) % 2], &out);
			assert_int_equal(out.kind, OUTCOME_DELIVERED);
			assert_int_equal(p.mails, n + 1);
		}
		assert_true(smtp_is_open(s));
		end_session(&p, &relay, &s);
		assert_int_equal(p.connections, 1);
		assert_int_equal(p.nonsense, 0);
		/* six messages, five of them with the next one's envelope */
		assert_int_equal(p.ahead, o == 0 ? 5 : 0);
		assert_null(strstr(p.said.data, "RSET"));
		peer_stop(&p);
	}
}

/* The misbehaving relay at each step of the flight that two mails share: each
 * reply is for the right one, the one is not touched by the other, and what was
 * not accepted was not said to be. */
static const struct joint {
	enum peer_step at;
	int after;
	enum peer_manner how;
	const char *text;
	struct { enum outcome_kind kind; int reply; } first, second;
	int open;               /* then: a third one goes through */
	int careless;
} joints[] = {
	/* the end of the first message */
	{ AT_END, 0, HANG, NULL, { OUTCOME_IN_DOUBT, 0 },
	    { OUTCOME_RELAY_DOWN, 0 }, 0, 0 },
	{ AT_END, 0, DROP, NULL, { OUTCOME_IN_DOUBT, 0 },
	    { OUTCOME_RELAY_DOWN, 0 }, 0, 0 },
	{ AT_END, 0, ENDLESS, NULL, { OUTCOME_IN_DOUBT, 0 },
	    { OUTCOME_RELAY_DOWN, 0 }, 0, 0 },
	{ AT_END, 0, TRICKLE, NULL, { OUTCOME_IN_DOUBT, 0 },
	    { OUTCOME_RELAY_DOWN, 0 }, 0, 0 },
	{ AT_END, 0, REPLY, "354 more", { OUTCOME_IN_DOUBT, 0 },
	    { OUTCOME_RELAY_DOWN, 0 }, 0, 0 },
	{ AT_END, 0, REPLY, "421 bye", { OUTCOME_DEFERRED, 421 },
	    { OUTCOME_RELAY_DOWN, 0 }, 0, 0 },
	{ AT_END, 0, REPLY, "452 4.3.1 full", { OUTCOME_DEFERRED, 452 },
	    { OUTCOME_DELIVERED, 250 }, 1, 0 },
	{ AT_END, 0, REPLY, "554 5.6.0 no", { OUTCOME_FAILED, 554 },
	    { OUTCOME_DELIVERED, 250 }, 1, 0 },
	{ AT_END, 0, REPLY, "250 2.0.0 Ok\r\n421 4.3.2 Enough",
	    { OUTCOME_DELIVERED, 250 }, { OUTCOME_RELAY_DOWN, 421 }, 0, 0 },
	/* one reply too many: the message is never sent on the wrong one */
	{ AT_END, 0, REPLY, "250 2.0.0 Ok\r\n250 2.0.0 Ok",
	    { OUTCOME_DELIVERED, 250 }, { OUTCOME_DEFERRED, 0 }, 0, 0 },

	{ AT_MAIL, 1, HANG, NULL, { OUTCOME_DELIVERED, 250 },
	    { OUTCOME_RELAY_DOWN, 0 }, 0, 0 },
	{ AT_MAIL, 1, DROP, NULL, { OUTCOME_DELIVERED, 250 },
	    { OUTCOME_RELAY_DOWN, 0 }, 0, 0 },
	{ AT_MAIL, 1, ENDLESS, NULL, { OUTCOME_DELIVERED, 250 },
	    { OUTCOME_RELAY_DOWN, 0 }, 0, 0 },
	{ AT_MAIL, 1, TRICKLE, NULL, { OUTCOME_DELIVERED, 250 },
	    { OUTCOME_RELAY_DOWN, 0 }, 0, 0 },
	{ AT_MAIL, 1, REPLY, "garbage", { OUTCOME_DELIVERED, 250 },
	    { OUTCOME_RELAY_DOWN, 0 }, 0, 0 },
	{ AT_MAIL, 1, REPLY, "421 bye", { OUTCOME_DELIVERED, 250 },
	    { OUTCOME_RELAY_DOWN, 421 }, 0, 0 },
	{ AT_MAIL, 1, REPLY, "450 4.1.8 later", { OUTCOME_DELIVERED, 250 },
	    { OUTCOME_DEFERRED, 450 }, 1, 0 },
	{ AT_MAIL, 1, REPLY, "550 5.7.26 no", { OUTCOME_DELIVERED, 250 },
	    { OUTCOME_RELAY_DOWN, 550 }, 1, 0 },
	{ AT_MAIL, 1, REPLY, "450 4.1.8 later", { OUTCOME_DELIVERED, 250 },
	    { OUTCOME_DEFERRED, 450 }, 1, 1 },

	{ AT_RCPT, 1, HANG, NULL, { OUTCOME_DELIVERED, 250 },
	    { OUTCOME_DEFERRED, 0 }, 0, 0 },
	{ AT_RCPT, 1, DROP, NULL, { OUTCOME_DELIVERED, 250 },
	    { OUTCOME_DEFERRED, 0 }, 0, 0 },
	{ AT_RCPT, 1, TRICKLE, NULL, { OUTCOME_DELIVERED, 250 },
	    { OUTCOME_DEFERRED, 0 }, 0, 0 },
	{ AT_RCPT, 1, REPLY, "421 bye", { OUTCOME_DELIVERED, 250 },
	    { OUTCOME_DEFERRED, 421 }, 0, 0 },
	{ AT_RCPT, 1, REPLY, "450 4.2.0 later", { OUTCOME_DELIVERED, 250 },
	    { OUTCOME_DEFERRED, 450 }, 1, 0 },
	{ AT_RCPT, 1, REPLY, "550 5.1.1 who", { OUTCOME_DELIVERED, 250 },
	    { OUTCOME_FAILED, 550 }, 1, 0 },
	{ AT_RCPT, 1, REPLY, "550 5.1.1 who", { OUTCOME_DELIVERED, 250 },
	    { OUTCOME_FAILED, 550 }, 1, 1 },

	{ AT_DATA, 1, HANG, NULL, { OUTCOME_DELIVERED, 250 },
	    { OUTCOME_DEFERRED, 0 }, 0, 0 },
	{ AT_DATA, 1, DROP, NULL, { OUTCOME_DELIVERED, 250 },
	    { OUTCOME_DEFERRED, 0 }, 0, 0 },
	{ AT_DATA, 1, REPLY, "421 bye", { OUTCOME_DELIVERED, 250 },
	    { OUTCOME_DEFERRED, 421 }, 0, 0 },
	{ AT_DATA, 1, REPLY, "451 later", { OUTCOME_DELIVERED, 250 },
	    { OUTCOME_DEFERRED, 451 }, 1, 0 },
	{ AT_DATA, 1, REPLY, "554 no", { OUTCOME_DELIVERED, 250 },
	    { OUTCOME_FAILED, 554 }, 1, 0 },
	{ AT_DATA, 1, REPLY, "250 done already", { OUTCOME_DELIVERED, 250 },
	    { OUTCOME_DEFERRED, 0 }, 0, 0 },

	/* the end of the second */
	{ AT_END, 1, HANG, NULL, { OUTCOME_DELIVERED, 250 },
	    { OUTCOME_IN_DOUBT, 0 }, 0, 0 },
	{ AT_END, 1, DROP, NULL, { OUTCOME_DELIVERED, 250 },
	    { OUTCOME_IN_DOUBT, 0 }, 0, 0 },
	{ AT_END, 1, REPLY, "554 5.6.0 no", { OUTCOME_DELIVERED, 250 },
	    { OUTCOME_FAILED, 554 }, 1, 0 },
};

struct joint_attempt {
	const struct joint *joint;
	pthread_t thread;
	struct outcome out[3];
	int open, mails, careless, nonsense, second_came;
};

static void *
try_joint(void *arg)
{
	struct joint_attempt *a = arg;
	const struct joint *j = a->joint;
	struct peer p = { .at = j->at, .how = j->how, .text = j->text,
	    .after = j->after, .once = 1, .careless = j->careless,
	    .offers = peer_all };
	struct smtp_mail mail = a_mail(), second = second_mail();
	struct smtp_relay *relay;
	struct smtp *s;
	char url[64];

	peer_start(&p);
	snprintf(url, sizeof url, "smtp://127.0.0.1:%d", p.port);
	if (smtp_relay_new(&relay, url, NULL, NULL, NULL, NULL, 1,
	    "we.example.org", NULL) != OK ||
	    smtp_open(&s, relay, &a->out[0], NULL) != OK)
		abort();
	if (smtp_offer(s, &mail, &a->out[0]))
		smtp_give(s, &mail, &second, &a->out[0]);
	smtp_send(s, &second, &a->out[1]);
	a->open = smtp_is_open(s);
	a->second_came = strstr(p.data.data, "for Eve") != NULL;
	a->mails = p.mails;
	if (a->open)
		smtp_send(s, &mail, &a->out[2]);
	smtp_close(&s);
	smtp_relay_free(&relay);
	a->careless = p.careless - j->careless;
	a->nonsense = p.nonsense;
	peer_stop(&p);
	return NULL;
}

static void
check_joint(const struct joint_attempt *a, size_t i)
{
	const struct joint *j = a->joint;
	int accepted = (j->first.kind == OUTCOME_DELIVERED) +
	    (j->second.kind == OUTCOME_DELIVERED);
	int sent = j->second.kind == OUTCOME_DELIVERED ||
	    (j->at == AT_END && j->after == 1);

	if (a->out[0].kind != j->first.kind ||
	    a->out[0].reply != j->first.reply ||
	    a->out[1].kind != j->second.kind ||
	    a->out[1].reply != j->second.reply || a->open != j->open)
		fail_msg("%zu: %s %d, %s %d, open=%d", i,
		    outcome_text(a->out[0].kind), a->out[0].reply,
		    outcome_text(a->out[1].kind), a->out[1].reply, a->open);
	/* (where the trouble is a "250" with something behind it, the peer does
	 * not count) */
	if (a->mails != accepted && strncmp(j->text == NULL ? "" : j->text,
	    "250 2", 5) != 0)
		fail_msg("%zu: %d were taken", i, a->mails);
	if (a->second_came != sent || a->nonsense != 0 ||
	    a->careless != j->careless)
		fail_msg("%zu: the second %s, %d no commands, %d careless", i,
		    a->second_came ? "came" : "did not come", a->nonsense,
		    a->careless);
	if (a->open && a->out[2].kind != OUTCOME_DELIVERED)
		fail_msg("%zu: then %s", i, outcome_text(a->out[2].kind));
}

static void
survives_trouble_of_two(void **state)
{
	static struct joint_attempt attempts[COUNT(joints)];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(joints); i++) {
		attempts[i].joint = &joints[i];
		if (pthread_create(&attempts[i].thread, NULL, try_joint,
		    &attempts[i]) != 0)
			abort();
	}
	for (i = 0; i < COUNT(joints); i++)
		pthread_join(attempts[i].thread, NULL);
	for (i = 0; i < COUNT(joints); i++)
		check_joint(&attempts[i], i);
}

/* A relay that closes on us with an envelope that it has not read resets the
 * connection; its reply to the message is read all the same. */
static void
a_reset_takes_no_reply_back(void **state)
{
	struct peer p = { .offers = peer_all, .close_after = 1, .sips = 1 };
	struct smtp_mail second = second_mail();
	struct smtp_relay *relay;
	struct smtp *s;
	struct outcome out;

	(void)state;
	s = session_to(&p, &relay);
	give_first(s, &second);
	smtp_send(s, &second, &out);
	assert_int_equal(out.kind, OUTCOME_RELAY_DOWN);
	assert_false(smtp_is_open(s));
	end_session(&p, &relay, &s);
	assert_int_equal(p.mails, 1);
	peer_stop(&p);
}

/* Behind somebody's envelope nobody else's message goes out, and nothing else
 * either. */
static void
what_went_ahead_is_not_for_others(void **state)
{
	int other;

	(void)state;
	for (other = 0; other < 2; other++) {
		struct peer p = { .offers = peer_all };
		struct smtp_mail mail = a_mail(), second = second_mail();
		struct smtp_relay *relay;
		struct smtp *s;
		struct outcome out;

		s = session_to(&p, &relay);
		give_first(s, &second);
		if (other) {
			smtp_send(s, &mail, &out);
			assert_int_equal(out.kind, OUTCOME_RELAY_DOWN);
			assert_false(smtp_is_open(s));
		}
		end_session(&p, &relay, &s);
		assert_int_equal(p.mails, 1);
		/* it is all message to the relay now */
		assert_string_equal(p.data.data, mail_stored);
		peer_stop(&p);
	}
}

/* What would be refused unsaid does not go ahead, and says so in its turn. */
static void
a_bad_mail_does_not_go_ahead(void **state)
{
	struct peer p = { .offers = peer_all };
	struct smtp_mail mail = a_mail(), second = second_mail();
	struct smtp_relay *relay;
	struct smtp *s;
	struct outcome out;

	(void)state;
	second.recipient = "a@b.c>\r\nRCPT TO:<evil@example.org";
	s = session_to(&p, &relay);
	give_first(s, &second);
	assert_int_equal(p.ahead, 0);
	assert_false(smtp_offer(s, &second, &out));
	assert_int_equal(out.kind, OUTCOME_FAILED);
	smtp_send(s, &mail, &out);
	assert_int_equal(out.kind, OUTCOME_DELIVERED);
	end_session(&p, &relay, &s);
	assert_null(strstr(p.said.data, "evil"));
	peer_stop(&p);
}

static void
notices_what_happens_while_idle(void **state)
{
	struct peer p = { .offers = peer_all, .close_after = 1 };
	struct smtp_mail mail = a_mail();
	struct smtp_relay *relay;
	struct smtp *s;
	struct outcome out;
	int i;

	(void)state;
	peer_start(&p);
	relay = relay_to(p.port, NULL, NULL, "smtp");
	assert_int_equal(smtp_open(&s, relay, &out, NULL), OK);
	smtp_send(s, &mail, &out);
	assert_int_equal(out.kind, OUTCOME_DELIVERED);
	for (i = 0; i < 200 && smtp_is_open(s); i++)
		usleep(10000);
	assert_false(smtp_is_open(s));
	/* and if it is used all the same, nobody is blamed */
	smtp_send(s, &mail, &out);
	assert_int_equal(out.kind, OUTCOME_RELAY_DOWN);
	smtp_close(&s);
	smtp_relay_free(&relay);
	peer_stop(&p);
}

static void
nobody_there(void **state)
{
	struct smtp_relay *relay;
	struct smtp *s;
	struct outcome out;
	struct reason why = { "" };
	int port;

	(void)state;
	close(peer_listen(&port));
	relay = relay_to(port, NULL, NULL, "smtp");
	assert_int_equal(smtp_open(&s, relay, &out, &why), TEMPFAIL);
	assert_null(s);
	assert_int_equal(out.kind, OUTCOME_RELAY_DOWN);
	assert_non_null(strstr(why.text, "Connection refused"));
	assert_non_null(strstr(why.text, "localhost"));
	smtp_relay_free(&relay);
}

/* The cancel descriptor ends any wait. */
static void
can_be_cut_off(void **state)
{
	struct peer p = { .at = AT_MAIL, .how = HANG };
	struct smtp_mail mail = a_mail();
	struct smtp_relay *relay;
	int64_t start = clock_tick();
	int ends[2], open;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	peer_start(&p);
	relay = relay_to(p.port, NULL, NULL, "smtp");
	relay->timeout = 60;
	relay->cancel_fd = ends[0];
	if (fork() == 0) {
		usleep(300000);
		(void)!write(ends[1], "x", 1);
		_exit(0);
	}
	assert_int_equal(one_mail(relay, &mail, &open).kind, OUTCOME_RELAY_DOWN);
	assert_in_range(clock_tick() - start, 200, 3000);
	wait(&open);
	close(ends[0]);
	close(ends[1]);
	smtp_relay_free(&relay);
	peer_stop(&p);
}

/* ---- TLS ---------------------------------------------------------------- */

static struct {
	char dir[64], ca_file[96], password_file[96];
	struct peer_identity ca, good, other_name, expired, own, ip;
	SSL_CTX *ctx_good, *ctx_other_name, *ctx_expired, *ctx_own, *ctx_ip;
	SSL_CTX *ctx_old;
} t;

static int
make_certificates(void **state)
{
	FILE *f;

	(void)state;
	strcpy(t.dir, "/tmp/smtp_test.XXXXXX");
	if (mkdtemp(t.dir) == NULL)
		return -1;
	snprintf(t.ca_file, sizeof t.ca_file, "%s/ca.pem", t.dir);
	snprintf(t.password_file, sizeof t.password_file, "%s/password", t.dir);
	t.ca = peer_identity(NULL, NULL, -86400, YEAR);
	t.good = peer_identity("DNS:localhost", &t.ca, -86400, YEAR);
	t.other_name = peer_identity("DNS:mail.example.org", &t.ca, -86400, YEAR);
	t.expired = peer_identity("DNS:localhost", &t.ca, -YEAR, -86400);
	t.own = peer_identity("DNS:localhost", NULL, -86400, YEAR);
	t.ip = peer_identity("IP:127.0.0.1", &t.ca, -86400, YEAR);
	t.ctx_good = peer_tls(&t.good);
	t.ctx_other_name = peer_tls(&t.other_name);
	t.ctx_expired = peer_tls(&t.expired);
	t.ctx_own = peer_tls(&t.own);
	t.ctx_ip = peer_tls(&t.ip);
	t.ctx_old = peer_tls(&t.good);
	SSL_CTX_set_security_level(t.ctx_old, 0);
	SSL_CTX_set_min_proto_version(t.ctx_old, TLS1_VERSION);
	SSL_CTX_set_max_proto_version(t.ctx_old, TLS1_1_VERSION);
	f = fopen(t.ca_file, "w");
	if (f == NULL || PEM_write_X509(f, t.ca.cert) != 1 || fclose(f) != 0)
		return -1;
	return 0;
}

static int
drop_certificates(void **state)
{
	(void)state;
	unlink(t.ca_file);
	unlink(t.password_file);
	rmdir(t.dir);
	peer_identity_free(&t.ca);
	peer_identity_free(&t.good);
	peer_identity_free(&t.other_name);
	peer_identity_free(&t.expired);
	peer_identity_free(&t.own);
	peer_identity_free(&t.ip);
	SSL_CTX_free(t.ctx_good);
	SSL_CTX_free(t.ctx_other_name);
	SSL_CTX_free(t.ctx_expired);
	SSL_CTX_free(t.ctx_own);
	SSL_CTX_free(t.ctx_ip);
	SSL_CTX_free(t.ctx_old);
	return 0;
}

static void
write_password(const char *text, mode_t mode)
{
	FILE *f = fopen(t.password_file, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(t.password_file, mode), 0);
}

static const struct {
	SSL_CTX **ctx;
	const char *tls;
	enum peer_step at;
	enum peer_manner how;
	const char *text;
	enum outcome_kind kind;
	int secure;             /* connections with TLS in the end */
	const char *why;        /* has to be in the reason */
} handshakes[] = {
	{ &t.ctx_good, "require", 0, 0, NULL, OUTCOME_DELIVERED, 1, NULL },
	{ &t.ctx_good, "may", 0, 0, NULL, OUTCOME_DELIVERED, 1, NULL },
	{ &t.ctx_good, "off", 0, 0, NULL, OUTCOME_DELIVERED, 0, NULL },
	{ &t.ctx_own, "require", 0, 0, NULL, OUTCOME_RELAY_DOWN, 0,
	    "self-signed" },
	{ &t.ctx_other_name, "require", 0, 0, NULL, OUTCOME_RELAY_DOWN, 0,
	    "ostname mismatch" },
	{ &t.ctx_expired, "require", 0, 0, NULL, OUTCOME_RELAY_DOWN, 0,
	    "expired" },
	{ &t.ctx_old, "require", 0, 0, NULL, OUTCOME_RELAY_DOWN, 0,
	    "handshake" },
	/* on the machine itself nobody can be in between */
	{ &t.ctx_own, "may", 0, 0, NULL, OUTCOME_DELIVERED, 1, NULL },
	{ &t.ctx_other_name, "may", 0, 0, NULL, OUTCOME_DELIVERED, 1, NULL },
	{ &t.ctx_old, "may", 0, 0, NULL, OUTCOME_DELIVERED, 0, NULL },
	{ &t.ctx_good, "may", AT_STARTTLS, REPLY, "454 4.7.0 not now",
	    OUTCOME_DELIVERED, 0, NULL },
	{ NULL, "may", 0, 0, NULL, OUTCOME_DELIVERED, 0, NULL },
	/* not offered, refused, broken */
	{ NULL, "require", 0, 0, NULL, OUTCOME_RELAY_DOWN, 0, "STARTTLS" },
	{ &t.ctx_good, "require", AT_STARTTLS, REPLY, "454 4.7.0 not now",
	    OUTCOME_RELAY_DOWN, 0, "454" },
	{ &t.ctx_good, "require", AT_STARTTLS, DROP, NULL,
	    OUTCOME_RELAY_DOWN, 0, "STARTTLS" },
	{ &t.ctx_good, "require", AT_STARTTLS, HANG, NULL,
	    OUTCOME_RELAY_DOWN, 0, "STARTTLS" },
	{ &t.ctx_good, "require", AT_HANDSHAKE, HANG, NULL,
	    OUTCOME_RELAY_DOWN, 0, "handshake" },
	{ &t.ctx_good, "require", AT_HANDSHAKE, DROP, NULL,
	    OUTCOME_RELAY_DOWN, 0, "handshake" },
	/* (these may come too early or in time) */
	{ &t.ctx_good, "require", AT_HANDSHAKE, TRICKLE, NULL,
	    OUTCOME_RELAY_DOWN, 0, "relay" },
	{ &t.ctx_good, "require", AT_HANDSHAKE, REPLY, "250 plain",
	    OUTCOME_RELAY_DOWN, 0, "relay" },
	/* replies slipped in behind the one to STARTTLS */
	{ &t.ctx_good, "require", AT_STARTTLS, REPLY,
	    "220 Go on\r\n250-peer\r\n250 AUTH PLAIN", OUTCOME_RELAY_DOWN, 0,
	    "slipped" },
};

static void
trusts_only_the_right_ones(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(handshakes); i++) {
		struct peer p = { .offers = peer_all, .at = handshakes[i].at,
		    .how = handshakes[i].how, .text = handshakes[i].text,
		    .tls = handshakes[i].ctx == NULL ? NULL : *handshakes[i].ctx };
		struct smtp_mail mail = a_mail();
		struct smtp_relay *relay;
		struct smtp *s;
		struct outcome out;
		struct reason why = { "" };
		int64_t start = clock_tick();

		peer_start(&p);
		relay = relay_to(p.port, handshakes[i].tls, t.ca_file, "smtp");
		if (smtp_open(&s, relay, &out, &why) == OK)
			smtp_send(s, &mail, &out);
		smtp_close(&s);
		smtp_relay_free(&relay);
		if (out.kind != handshakes[i].kind ||
		    (handshakes[i].why != NULL &&
		    strstr(why.text, handshakes[i].why) == NULL))
			fail_msg("%zu: %s: %s", i, outcome_text(out.kind),
			    why.text);
		/* Who was refused has been told nothing. */
		if (out.kind != OUTCOME_DELIVERED)
			assert_null(strstr(p.said.data, "MAIL"));
		else if (p.secure != handshakes[i].secure)
			fail_msg("%zu: %d secure", i, p.secure);
		if (handshakes[i].secure)
			assert_string_equal(p.server_name, "localhost");
		assert_in_range(clock_tick() - start, 0, 4000);
		peer_stop(&p);
	}
}

static void
tls_from_the_start(void **state)
{
	struct smtp_mail mail = a_mail();
	struct smtp_relay *relay;
	int open;

	(void)state;
	{
		struct peer p = { .offers = peer_all, .tls = t.ctx_good,
		    .implicit = 1 };

		peer_start(&p);
		relay = relay_to(p.port, "require", t.ca_file, "smtps");
		assert_int_equal(one_mail(relay, &mail, &open).kind,
		    OUTCOME_DELIVERED);
		assert_true(open);
		assert_int_equal(p.secure, 1);
		smtp_relay_free(&relay);
		peer_stop(&p);
	}
	{
		struct peer p = { .tls = t.ctx_own, .implicit = 1 };

		peer_start(&p);
		relay = relay_to(p.port, "require", t.ca_file, "smtps");
		assert_int_equal(one_mail(relay, &mail, &open).kind,
		    OUTCOME_RELAY_DOWN);
		smtp_relay_free(&relay);
		peer_stop(&p);
	}
}

/* A relay named by its address needs that in the certificate. */
static void
certificate_for_an_address(void **state)
{
	SSL_CTX *ctx[2] = { t.ctx_ip, t.ctx_good };
	int i, open;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct peer p = { .offers = peer_all, .tls = ctx[i] };
		struct smtp_mail mail = a_mail();
		struct smtp_relay *relay;

		peer_start(&p);
		relay = relay_to(p.port, "require", t.ca_file, "smtp");
		free(relay->host);
		relay->host = mem_strdup("127.0.0.1");
		assert_int_equal(one_mail(relay, &mail, &open).kind,
		    i == 0 ? OUTCOME_DELIVERED : OUTCOME_RELAY_DOWN);
		assert_string_equal(p.server_name, "");
		smtp_relay_free(&relay);
		peer_stop(&p);
	}
}

static void
large_mail_over_tls(void **state)
{
	struct peer p = { .offers = "PIPELINING", .tls = t.ctx_good };
	struct smtp_mail mail = a_mail();
	struct smtp_relay *relay;
	struct buf text = BUF_INIT;
	int i, open;

	(void)state;
	for (i = 0; i < 20000; i++)
		buf_addf(&text, ".line %d of a mail that fills all buffers\r\n", i);
	mail.bytes = text.data;
	mail.len = text.len;
	peer_start(&p);
	relay = relay_to(p.port, "require", t.ca_file, "smtp");
	relay->timeout = 20;
	assert_int_equal(one_mail(relay, &mail, &open).kind, OUTCOME_DELIVERED);
	assert_int_equal(p.data.len, text.len);
	smtp_relay_free(&relay);
	peer_stop(&p);
	buf_free(&text);
}

/* ---- AUTH --------------------------------------------------------------- */

static const struct {
	const char *offers;
	int tls, remote;
	enum peer_step at;
	enum peer_manner how;
	const char *text;
	enum outcome_kind kind;
	const char *line;       /* has to be said; NULL: no AUTH at all */
} logins[] = {
	{ "AUTH PLAIN LOGIN", 1, 1, 0, 0, NULL, OUTCOME_DELIVERED,
	    "AUTH PLAIN AHdlAHNlY3JldA==" },
	{ "AUTH=PLAIN", 1, 1, 0, 0, NULL, OUTCOME_DELIVERED,
	    "AUTH PLAIN AHdlAHNlY3JldA==" },
	{ "AUTH LOGIN CRAM-MD5", 1, 1, 0, 0, NULL, OUTCOME_DELIVERED,
	    "AUTH LOGIN\nd2U=\nc2VjcmV0" },
	{ "AUTH PLAIN", 0, 0, 0, 0, NULL, OUTCOME_DELIVERED,
	    "AUTH PLAIN AHdlAHNlY3JldA==" },
	/* never in the clear over a network */
	{ "AUTH PLAIN", 0, 1, 0, 0, NULL, OUTCOME_RELAY_DOWN, NULL },
	{ "AUTH CRAM-MD5 PLAINER", 1, 1, 0, 0, NULL, OUTCOME_RELAY_DOWN, NULL },
	{ "PIPELINING", 1, 1, 0, 0, NULL, OUTCOME_RELAY_DOWN, NULL },
	{ "AUTH PLAIN", 1, 1, AT_AUTH, REPLY, "535 5.7.8 wrong", OUTCOME_RELAY_DOWN,
	    "AUTH PLAIN AHdlAHNlY3JldA==" },
	{ "AUTH PLAIN", 1, 1, AT_AUTH, REPLY, "454 4.7.0 later", OUTCOME_RELAY_DOWN,
	    "AUTH PLAIN AHdlAHNlY3JldA==" },
	{ "AUTH PLAIN", 1, 1, AT_AUTH, DROP, NULL, OUTCOME_RELAY_DOWN,
	    "AUTH PLAIN AHdlAHNlY3JldA==" },
	{ "AUTH PLAIN", 1, 1, AT_AUTH, HANG, NULL, OUTCOME_RELAY_DOWN,
	    "AUTH PLAIN AHdlAHNlY3JldA==" },
};

static void
logs_in(void **state)
{
	size_t i;

	(void)state;
	write_password("secret\n", 0600);
	for (i = 0; i < COUNT(logins); i++) {
		struct peer p = { .offers = logins[i].offers,
		    .tls = logins[i].tls ? t.ctx_good : NULL,
		    .at = logins[i].at, .how = logins[i].how,
		    .text = logins[i].text };
		struct smtp_mail mail = a_mail();
		struct smtp_relay *relay;
		struct outcome out;
		struct reason why = { "" };
		char url[64];
		int open;

		peer_start(&p);
		snprintf(url, sizeof url, "smtp://localhost:%d", p.port);
		if (smtp_relay_new(&relay, url, logins[i].tls ? "require" : "may",
		    t.ca_file, "we", t.password_file, 1, "we.example.org",
		    &why) != OK)
			fail_msg("%s", why.text);
		relay->loopback = !logins[i].remote;
		out = one_mail(relay, &mail, &open);
		if (out.kind != logins[i].kind)
			fail_msg("%zu: %s", i, outcome_text(out.kind));
		if (logins[i].line == NULL)
			assert_null(strstr(p.said.data, "AUTH"));
		else if (!has_line(&p, logins[i].line))
			fail_msg("%zu: %s", i, p.said.data);
		smtp_relay_free(&relay);
		peer_stop(&p);
	}
}

/* The whole of a password that fits into no command line. */
static void
long_password(void **state)
{
	struct peer p = { .offers = "AUTH PLAIN", .tls = t.ctx_good };
	struct smtp_mail mail = a_mail();
	struct smtp_relay *relay;
	char text[1500], url[64];
	unsigned char login[1600], encoded[2200];
	int open;

	(void)state;
	memset(text, 'p', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	write_password(text, 0640);
	memcpy(login, "\0we", 4);
	memcpy(login + 4, text, sizeof text - 1);
	EVP_EncodeBlock(encoded, login, 4 + (int)sizeof text - 1);
	peer_start(&p);
	snprintf(url, sizeof url, "smtp://localhost:%d", p.port);
	assert_int_equal(smtp_relay_new(&relay, url, "require", t.ca_file, "we",
	    t.password_file, 1, "we.example.org", NULL), OK);
	assert_int_equal(one_mail(relay, &mail, &open).kind, OUTCOME_DELIVERED);
	assert_true(has_line(&p, "AUTH PLAIN"));
	assert_true(has_line(&p, (const char *)encoded));
	smtp_relay_free(&relay);
	peer_stop(&p);
}

/* ---- configuration ------------------------------------------------------ */

static const struct {
	const char *url, *tls, *user, *helo;
	const char *password;   /* NULL: no file */
	mode_t mode;
	enum status want;
	const char *host, *port;
	enum smtp_tls kind;
	int verify;
} relays[] = {
	{ "smtp://127.0.0.1", .host = "127.0.0.1", .port = "25",
	    .kind = SMTP_TLS_MAY },
	{ "smtp://127.0.0.1:2525/", .host = "127.0.0.1", .port = "2525",
	    .kind = SMTP_TLS_MAY },
	{ "SMTP://localhost:1", .host = "localhost", .port = "1",
	    .kind = SMTP_TLS_MAY },
	{ "smtp://[::1]:26", .host = "::1", .port = "26", .kind = SMTP_TLS_MAY },
	{ "smtp://[::1]", .host = "::1", .port = "25", .kind = SMTP_TLS_MAY },
	{ "smtp://192.0.2.1", .host = "192.0.2.1", .port = "25",
	    .kind = SMTP_TLS_REQUIRE, .verify = 1 },
	{ "smtp://192.0.2.1", "may", .host = "192.0.2.1", .port = "25",
	    .kind = SMTP_TLS_MAY, .verify = 1 },
	{ "smtp://192.0.2.1", "off", .host = "192.0.2.1", .port = "25",
	    .kind = SMTP_TLS_OFF },
	{ "smtp://127.0.0.1", "require", .host = "127.0.0.1", .port = "25",
	    .kind = SMTP_TLS_REQUIRE, .verify = 1 },
	{ "smtps://192.0.2.1", .host = "192.0.2.1", .port = "465",
	    .kind = SMTP_TLS_IMPLICIT, .verify = 1 },
	{ "smtps://192.0.2.1", "may", .host = "192.0.2.1", .port = "465",
	    .kind = SMTP_TLS_IMPLICIT, .verify = 1 },
	{ "smtps://127.0.0.1", .host = "127.0.0.1", .port = "465",
	    .kind = SMTP_TLS_IMPLICIT, .verify = 0 },
	{ "smtp://127.0.0.1", .user = "we", .password = "x", .mode = 0600,
	    .host = "127.0.0.1", .port = "25", .kind = SMTP_TLS_MAY },
	{ "smtp://127.0.0.1", .user = "we", .password = "x\ny\n", .mode = 0440,
	    .host = "127.0.0.1", .port = "25", .kind = SMTP_TLS_MAY },

	{ "127.0.0.1:25", .want = INVALID },
	{ "http://127.0.0.1", .want = INVALID },
	{ "smtp://", .want = INVALID },
	{ "smtp://:25", .want = INVALID },
	{ "smtp://127.0.0.1:", .want = INVALID },
	{ "smtp://127.0.0.1:0", .want = INVALID },
	{ "smtp://127.0.0.1:65536", .want = INVALID },
	{ "smtp://127.0.0.1:100025", .want = INVALID },
	{ "smtp://127.0.0.1:25x", .want = INVALID },
	{ "smtp://127.0.0.1/x", .want = INVALID },
	{ "smtp://we@127.0.0.1", .want = INVALID },
	{ "smtp://[::1", .want = INVALID },
	{ "smtp://127.0.0.1", "yes", .want = INVALID },
	{ "smtps://127.0.0.1", "off", .want = INVALID },
	{ "smtp://127.0.0.1", .helo = "a b", .want = INVALID },
	{ "smtp://127.0.0.1", .helo = "a\r\nMAIL", .want = INVALID },
	{ "smtp://127.0.0.1", .helo = "", .want = INVALID },
	{ "smtp://nowhere.invalid", .want = TEMPFAIL },
	{ "smtp://127.0.0.1", .user = "we", .want = INVALID },
	{ "smtp://127.0.0.1", .password = "x", .mode = 0600, .want = INVALID },
	{ "smtp://127.0.0.1", .user = "we", .password = "x", .mode = 0604,
	    .want = DENIED },
	{ "smtp://127.0.0.1", .user = "we", .password = "\nx", .mode = 0600,
	    .want = INVALID },
	{ "smtp://192.0.2.1", "off", .user = "we", .password = "x", .mode = 0600,
	    .want = INVALID },
};

static void
understands_the_configuration(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(relays); i++) {
		struct smtp_relay *relay;
		struct reason why = { "" };
		enum status st;

		if (relays[i].password != NULL)
			write_password(relays[i].password, relays[i].mode);
		st = smtp_relay_new(&relay, relays[i].url, relays[i].tls,
		    t.ca_file, relays[i].user,
		    relays[i].password == NULL ? NULL : t.password_file, 10,
		    relays[i].helo == NULL ? "we" : relays[i].helo, &why);
		unlink(t.password_file);
		if (st != relays[i].want)
			fail_msg("%zu: %s: %s", i, status_text(st), why.text);
		if (st != OK) {
			assert_null(relay);
			assert_true(strlen(why.text) > 10);
			continue;
		}
		assert_string_equal(relay->host, relays[i].host);
		assert_string_equal(relay->port, relays[i].port);
		if (relay->tls != relays[i].kind ||
		    relay->verify != relays[i].verify)
			fail_msg("%zu: tls %d verify %d", i, relay->tls,
			    relay->verify);
		if (relays[i].password != NULL)
			assert_string_equal(relay->password, "x");
		smtp_relay_free(&relay);
		assert_null(relay);
	}
}

static void
no_such_files(void **state)
{
	struct smtp_relay *relay;
	struct reason why = { "" };

	(void)state;
	assert_int_equal(smtp_relay_new(&relay, "smtp://127.0.0.1", "require",
	    "/nonexistent/ca.pem", NULL, NULL, 10, "we", &why), INVALID);
	assert_non_null(strstr(why.text, "ca.pem"));
	assert_int_equal(smtp_relay_new(&relay, "smtp://127.0.0.1", NULL,
	    NULL, "we", "/nonexistent/password", 10, "we", &why), DENIED);
	assert_non_null(strstr(why.text, "password"));
}

/* ---- a real one --------------------------------------------------------- */

static void
to_smtp_sink(void **state)
{
	static const char sink[] = "/usr/sbin/smtp-sink";
	static const char *const options[] = { "-v", "-p", "-8" };
	struct smtp_mail mail = a_mail();
	size_t o;

	(void)state;
	if (access(sink, X_OK) < 0)
		skip();
	for (o = 0; o < COUNT(options); o++) {
		struct smtp_relay *relay;
		struct smtp *s = NULL;
		struct outcome out;
		char address[32];
		int port, i, status;
		pid_t pid;

		close(peer_listen(&port));
		snprintf(address, sizeof address, "127.0.0.1:%d", port);
		pid = fork();
		if (pid == 0) {
			if (freopen("/dev/null", "w", stderr) == NULL)
				_exit(127);
			if (geteuid() == 0)
				execl(sink, sink, "-u", "nobody", options[o],
				    address, "16", (char *)NULL);
			execl(sink, sink, options[o], address, "16", (char *)NULL);
			_exit(127);
		}
		relay = relay_to(port, NULL, NULL, "smtp");
		for (i = 0; i < 100 && smtp_open(&s, relay, &out, NULL) != OK; i++)
			usleep(20000);
		assert_non_null(s);
		for (i = 0; i < 100; i++) {
			smtp_send(s, &mail, &out);
			assert_int_equal(out.kind, OUTCOME_DELIVERED);
		}
		smtp_close(&s);
		smtp_relay_free(&relay);
		kill(pid, SIGTERM);
		waitpid(pid, &status, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delivers),
		cmocka_unit_test(says_the_right_commands),
		cmocka_unit_test(writes_every_line_whole),
		cmocka_unit_test(large_mail),
		cmocka_unit_test(refuses_before_it_speaks),
		cmocka_unit_test(survives_every_trouble),
		cmocka_unit_test(goes_on_after_a_refusal),
		cmocka_unit_test(no_message_without_recipient),
		cmocka_unit_test(one_exchange_for_each_mail),
		cmocka_unit_test(survives_trouble_of_two),
		cmocka_unit_test(a_reset_takes_no_reply_back),
		cmocka_unit_test(what_went_ahead_is_not_for_others),
		cmocka_unit_test(a_bad_mail_does_not_go_ahead),
		cmocka_unit_test(notices_what_happens_while_idle),
		cmocka_unit_test(nobody_there),
		cmocka_unit_test(can_be_cut_off),
		cmocka_unit_test(trusts_only_the_right_ones),
		cmocka_unit_test(tls_from_the_start),
		cmocka_unit_test(certificate_for_an_address),
		cmocka_unit_test(large_mail_over_tls),
		cmocka_unit_test(logs_in),
		cmocka_unit_test(long_password),
		cmocka_unit_test(understands_the_configuration),
		cmocka_unit_test(no_such_files),
		cmocka_unit_test(to_smtp_sink),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, make_certificates,
	    drop_certificates);
}
