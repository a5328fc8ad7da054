/* SPDX-License-Identifier: ISC
 *
 * Each conversation is held many times: whole, an octet at a time, cut in two
 * at every place, cut at random, with answers given at once, late, and after
 * all input is in.  All must come to the same.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "intake/lmtp.h"
#include "tests/unit/check.h"

#define T(s) (s), sizeof(s) - 1
#define IN(s) .in = (s), .len = sizeof(s) - 1

static const struct lmtp_limits limits = {
	.message = 100, .recipients = 3, .line = 128, .errors = 3,
	.hostname = "mx.example",
};

enum manner { AT_ONCE, LATE, GREEDY, MANNERS };

/* One side of a conversation: the owner of a session. */
struct owner {
	struct lmtp *lmtp;
	enum manner manner;
	char *question;         /* a recipient asked about and not answered */
	bool message;
	struct buf replies, mails;
};

static enum verdict
judge(const char *address)
{
	static const struct { const char *start; enum verdict verdict; } by[] = {
		{ "no", VERDICT_NO_USER }, { "defer", VERDICT_DEFER },
		{ "full", VERDICT_FULL }, { "bad", VERDICT_REJECT },
	};
	size_t i;

	for (i = 0; i < sizeof by / sizeof by[0]; i++)
		if (strncmp(address, by[i].start, strlen(by[i].start)) == 0)
			return by[i].verdict;
	return VERDICT_ACCEPT;
}

static void
answer_recipient(struct owner *o)
{
	char *question = o->question;

	o->question = NULL;
	lmtp_recipient_answer(o->lmtp, question[0] == '+' ? VERDICT_ACCEPT :
	    judge(question));
	free(question);
}

/* Last first: replies must still come in the order of recipients. */
static void
answer_message(struct owner *o)
{
	size_t i = lmtp_recipient_count(o->lmtp);

	o->message = false;
	while (i-- > 0) {
		const char *address = lmtp_recipient(o->lmtp, i);

		lmtp_message_answer(o->lmtp, i, judge(address + (address[0] == '+')));
	}
}

static void
on_recipient(void *arg, struct lmtp *s, const char *address)
{
	struct owner *o = arg;

	assert_ptr_equal(s, o->lmtp);
	assert_null(o->question);
	o->question = mem_strdup(address);
	if (o->manner == AT_ONCE)
		answer_recipient(o);
}

static void
on_message(void *arg, struct lmtp *s, const char *bytes, size_t len)
{
	struct owner *o = arg;
	size_t i;

	buf_addf(&o->mails, "[%s>", lmtp_reverse_path(s));
	for (i = 0; i < lmtp_recipient_count(s); i++)
		buf_addf(&o->mails, "%s%s", i > 0 ? "," : "", lmtp_recipient(s, i));
	buf_addch(&o->mails, ' ');
	buf_add(&o->mails, bytes, len);
	buf_addch(&o->mails, ']');
	o->message = true;
	if (o->manner == AT_ONCE)
		answer_message(o);
}

static const struct lmtp_calls calls = { on_recipient, on_message };

static void
answer_all(struct owner *o)
{
	while (lmtp_is_waiting(o->lmtp)) {
		assert_false(lmtp_wants_input(o->lmtp));
		assert_true(o->question != NULL || o->message);
		if (o->question != NULL)
			answer_recipient(o);
		else
			answer_message(o);
	}
}

static void
give(struct owner *o, const char *bytes, size_t len)
{
	/* A copy of exact size, for the sanitizer. */
	char *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	lmtp_input(o->lmtp, copy, len);
	memset(copy, '!', len);
	free(copy);
	if (o->manner != GREEDY)
		answer_all(o);
}

static void
open_owner(struct owner *o, enum manner manner)
{
	*o = (struct owner){ .manner = manner, .replies = BUF_INIT, .mails = BUF_INIT };
	o->lmtp = lmtp_new(&limits, &calls, o);
	lmtp_greet(o->lmtp, NULL);
	assert_string_equal(lmtp_output(o->lmtp)->data, "220 mx.example LMTP\r\n");
	buf_clear(lmtp_output(o->lmtp));
}

static void
close_owner(struct owner *o)
{
	lmtp_free(&o->lmtp);
	assert_null(o->lmtp);
	free(o->question);
	buf_free(&o->replies);
	buf_free(&o->mails);
}

/* Replies boiled down to "250 2.1.0|354|..."; what they must all be like is
 * checked on the way. */
static void
digest(const struct buf *out, struct buf *to)
{
	const char *at = out->data, *end, *p;

	while (at < out->data + out->len) {
		size_t n = 3;

		end = strstr(at, "\r\n");
		assert_non_null(end);
		assert_true(end - at >= 4 && end - at <= 510);
		for (p = at; p < end; p++)
			assert_in_range(*p, ' ', '~');
		if (at[0] != '3' && at[3] == ' ' && at[5] == '.' && at[7] == '.')
			n = 9;
		if (at[3] != '-') {
			if (to->len > 0)
				buf_addch(to, '|');
			buf_add(to, at, n);
		}
		at = end + 2;
	}
}

static size_t
draw(size_t below)
{
	static uint64_t seed = 88172645463325252u;

	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (size_t)(seed >> 33) % below;
}

struct talk {
	const char *name;
	const char *in;
	size_t len;
	const char *replies;
	const char *mails;      /* NULL: none */
	bool early;             /* before LHLO */
	bool closed;
};

static void
check_talk(const struct talk *t, struct owner *o, const char *how)
{
	if (o->manner == GREEDY)
		answer_all(o);
	digest(lmtp_output(o->lmtp), &o->replies);
	if (strcmp(o->replies.data, t->replies) != 0)
		fail_msg("%s (%s): %s, not %s", t->name, how, o->replies.data, t->replies);
	if (strcmp(o->mails.data, t->mails == NULL ? "" : t->mails) != 0)
		fail_msg("%s (%s): took %s", t->name, how, o->mails.data);
	if (lmtp_is_closing(o->lmtp) != t->closed)
		fail_msg("%s (%s): closing is %d", t->name, how, !t->closed);
	close_owner(o);
}

static void
start_talk(const struct talk *t, struct owner *o, enum manner manner)
{
	open_owner(o, manner);
	if (!t->early) {
		give(o, T("LHLO client.example\r\n"));
		buf_clear(lmtp_output(o->lmtp));
	}
}

static void
in_steps(const struct talk *t, enum manner manner, size_t step)
{
	struct owner o;
	size_t at, n;

	start_talk(t, &o, manner);
	for (at = 0; at < t->len; at += n) {
		n = step > 0 ? step : 1 + draw(12);
		if (n > t->len - at)
			n = t->len - at;
		give(&o, t->in + at, n);
	}
	check_talk(t, &o, step > 0 ? "in steps" : "cut at random");
}

static void
in_two(const struct talk *t, enum manner manner, size_t at)
{
	struct owner o;

	start_talk(t, &o, manner);
	give(&o, t->in, at);
	give(&o, t->in + at, t->len - at);
	check_talk(t, &o, "cut in two");
}

static void
hold(const struct talk *t)
{
	static const size_t steps[] = { SIZE_MAX, 1, 2, 3, 5, 7, 64 };
	enum manner manner;
	size_t i;

	for (manner = AT_ONCE; manner < MANNERS; manner++) {
		for (i = 0; i < sizeof steps / sizeof steps[0]; i++)
			in_steps(t, manner, steps[i]);
		for (i = 0; i < 20; i++)
			in_steps(t, manner, 0);
		for (i = 0; i <= t->len; i++)
			in_two(t, manner, i);
	}
}

#define M "MAIL FROM:<a@b.example>\r\n"
#define R "RCPT TO:<c@d.example>\r\n"
#define MRD M R "DATA\r\n"
#define OKS "250 2.1.0|250 2.1.5|354|"
#define GOT(data) "[a@b.example>c@d.example " data "]"
#define X10 "xxxxxxxxxx"
#define X50 X10 X10 X10 X10 X10
#define X126 X50 X50 X10 X10 "xxxxxx"

static const struct talk commands[] = {
	{ "a message", IN(MRD "hello\r\n.\r\nQUIT\r\n"),
	    OKS "250 2.0.0|221 2.0.0", GOT("hello\r\n"), .closed = true },
	{ "two messages", IN(MRD "1\r\n.\r\n" MRD "2\r\n.\r\n"),
	    OKS "250 2.0.0|" OKS "250 2.0.0", GOT("1\r\n") GOT("2\r\n") },
	{ "case does not matter", IN("mail from:<a@b.example>\r\nrCpT tO:<c@d.example>\r\n"
	    "data\r\n.\r\nquit\r\n"), OKS "250 2.0.0|221 2.0.0", GOT(""), .closed = true },
	{ "blanks at the end", IN("MAIL FROM:<a@b.example> \t\r\nRCPT TO:<c@d.example>  \r\n"
	    "DATA \r\n.\r\n"), OKS "250 2.0.0", GOT("") },
	{ "null reverse-path", IN("MAIL FROM:<>\r\n" R "DATA\r\nx\r\n.\r\n"),
	    OKS "250 2.0.0", "[>c@d.example x\r\n]" },
	{ "nothing after QUIT", IN("QUIT\r\n" MRD "x\r\n.\r\n"), "221 2.0.0", .closed = true },

	/* RFC 2033 section 4.2: a reply for each accepted recipient, in order */
	{ "a reply each", IN(M "RCPT TO:<+full@d.example>\r\nRCPT TO:<c@d.example>\r\n"
	    "RCPT TO:<+bad@d.example>\r\nDATA\r\nx\r\n.\r\nNOOP\r\n"),
	    "250 2.1.0|250 2.1.5|250 2.1.5|250 2.1.5|354|452 4.3.1|250 2.0.0|550 5.6.0|250 2.0.0",
	    "[a@b.example>+full@d.example,c@d.example,+bad@d.example x\r\n]" },
	{ "a recipient twice", IN(M R R "DATA\r\nx\r\n.\r\n"),
	    "250 2.1.0|250 2.1.5|250 2.1.5|354|250 2.0.0|250 2.0.0",
	    "[a@b.example>c@d.example,c@d.example x\r\n]" },
	{ "refused ones have none", IN(M "RCPT TO:<no@d.example>\r\n" R
	    "RCPT TO:<defer@d.example>\r\nDATA\r\nx\r\n.\r\n"),
	    "250 2.1.0|550 5.1.1|250 2.1.5|451 4.3.0|354|250 2.0.0", GOT("x\r\n") },
	{ "no recipient accepted", IN(M "RCPT TO:<no@d.example>\r\nDATA\r\nRSET\r\n" MRD ".\r\n"),
	    "250 2.1.0|550 5.1.1|503 5.5.1|250 2.0.0|" OKS "250 2.0.0", GOT("") },
	{ "DATA refused: what follows is commands", IN(M "RCPT TO:<no@d.example>\r\nDATA\r\n.\r\n" R),
	    "250 2.1.0|550 5.1.1|503 5.5.1|500 5.5.1|250 2.1.5" },
	{ "too many recipients", IN(M R R R R R "DATA\r\n.\r\n"),
	    "250 2.1.0|250 2.1.5|250 2.1.5|250 2.1.5|452 4.5.3|452 4.5.3|354|"
	    "250 2.0.0|250 2.0.0|250 2.0.0",
	    "[a@b.example>c@d.example,c@d.example,c@d.example ]" },
	{ "refused recipients leave room", IN(M "RCPT TO:<no@d.example>\r\nRCPT TO:<no@d.example>\r\n"
	    "RCPT TO:<no@d.example>\r\nRCPT TO:<no@d.example>\r\n" R "DATA\r\n.\r\n"),
	    "250 2.1.0|550 5.1.1|550 5.1.1|550 5.1.1|550 5.1.1|250 2.1.5|354|250 2.0.0", GOT("") },

	/* sequence */
	{ "LHLO first", IN(M), "503 5.5.1", .early = true },
	{ "RCPT and DATA before LHLO", IN(R "DATA\r\n"), "503 5.5.1|503 5.5.1", .early = true },
	{ "RCPT before MAIL", IN(R), "503 5.5.1" },
	{ "DATA before MAIL", IN("DATA\r\n"), "503 5.5.1" },
	{ "DATA before RCPT", IN(M "DATA\r\n"), "250 2.1.0|503 5.5.1" },
	{ "MAIL twice", IN(M M R), "250 2.1.0|503 5.5.1|250 2.1.5" },
	{ "MAIL after RCPT", IN(M R M "DATA\r\n.\r\n"), "250 2.1.0|250 2.1.5|503 5.5.1|354|250 2.0.0",
	    GOT("") },
	{ "RSET ends a transaction", IN(M R "RSET\r\nDATA\r\n" R),
	    "250 2.1.0|250 2.1.5|250 2.0.0|503 5.5.1|503 5.5.1" },
	{ "LHLO ends a transaction", IN(M R "LHLO x\r\nDATA\r\n"),
	    "250 2.1.0|250 2.1.5|250|503 5.5.1" },
	{ "a message ends a transaction", IN(MRD ".\r\n" R "DATA\r\n"),
	    OKS "250 2.0.0|503 5.5.1|503 5.5.1", GOT("") },
	{ "at any time", IN("NOOP\r\nRSET\r\nVRFY a\r\nHELP\r\nNOOP x y\r\nHELP MAIL\r\nLHLO x\r\n" M
	    "NOOP\r\nVRFY a\r\nHELP\r\n" R "NOOP\r\nVRFY <b>\r\nDATA\r\n.\r\n"),
	    "250 2.0.0|250 2.0.0|252 2.0.0|214 2.0.0|250 2.0.0|214 2.0.0|250|"
	    "250 2.1.0|250 2.0.0|252 2.0.0|214 2.0.0|250 2.1.5|250 2.0.0|252 2.0.0|"
	    "354|250 2.0.0", GOT(""), .early = true },

	/* commands that are none */
	{ "HELO and EHLO", IN("HELO x\r\nEHLO x\r\n"), "500 5.5.1|500 5.5.1", .early = true },
	{ "LHLO has one name", IN("LHLO\r\nLHLO a b\r\nLHLO a\xc3\xa9\r\n"),
	    "501 5.5.4|501 5.5.4|501 5.5.4", .early = true },
	{ "LHLO literal", IN("LHLO [192.0.2.1]\r\n"), "250", .early = true },
	{ "unknown", IN("EXPN x\r\nMAILFROM:<>\r\n\r\n"), "500 5.5.1|500 5.5.1|500 5.5.1" },
	{ "unknown word", IN("DATAX\r\n DATA\r\nM\r\n"), "500 5.5.1|500 5.5.1|500 5.5.1" },
	{ "no argument wanted", IN("RSET x\r\nQUIT x\r\n"), "501 5.5.4|501 5.5.4" },
	{ "DATA with an argument", IN(M R "DATA x\r\n"), "250 2.1.0|250 2.1.5|501 5.5.4" },
	{ "argument missing", IN("VRFY\r\nMAIL\r\n"), "501 5.5.4|501 5.5.4" },
	{ "RCPT without argument", IN(M "RCPT\r\n"), "250 2.1.0|501 5.5.4" },
	{ "NUL", IN("NOOP\0\r\nNO\0P\r\nNOOP\r\n"), "500 5.5.2|500 5.5.2|250 2.0.0" },
	{ "NUL in an address", IN("MAIL FROM:<a\0@b.example>\r\n"), "500 5.5.2" },
	{ "bare CR", IN("NOOP\rx\r\nNOOP\r\r\n\rNOOP\r\n"), "500 5.5.2|500 5.5.2|500 5.5.2" },
	{ "bare LF: nothing to CRLF counts", IN("NOOP\nNOOP\nQUIT\n\n\r\nRSET\r\n"),
	    "500 5.5.2|250 2.0.0" },
	{ "bare LF alone", IN("\n"), "500 5.5.2" },
	{ "LF CRLF", IN("\n\r\nNOOP\r\n"), "500 5.5.2|250 2.0.0" },
	{ "CR LF LF CR LF", IN("NOOP\r\n\n\r\n"), "250 2.0.0|500 5.5.2" },
	{ "commands in an address", IN("MAIL FROM:<a\nRSET\n>\r\nNOOP\r\n"), "500 5.5.2|250 2.0.0" },
	{ "three errors", IN("X\r\nX\r\nX\r\nNOOP\r\n"), "500 5.5.1|500 5.5.1|500 5.5.1|250 2.0.0" },
	{ "four errors", IN("X\r\nX\r\nX\r\nNOOP\r\nMAIL\r\nNOOP\r\n"),
	    "500 5.5.1|500 5.5.1|500 5.5.1|250 2.0.0|421 4.7.0", .closed = true },
	{ "four lines with LF", IN("\n\r\n\n\r\n\n\r\n\n\r\nQUIT\r\n"),
	    "500 5.5.2|500 5.5.2|500 5.5.2|421 4.7.0", .closed = true },
	{ "a good message forgives", IN("X\r\nX\r\nX\r\n" MRD ".\r\nX\r\nX\r\nX\r\n"),
	    "500 5.5.1|500 5.5.1|500 5.5.1|" OKS "250 2.0.0|500 5.5.1|500 5.5.1|500 5.5.1", GOT("") },
	{ "a refused sender's RCPTs are no errors",
	    IN("MAIL FROM:<a@b.example> SIZE=101\r\n" R R R R R "DATA\r\nRSET\r\n"),
	    "552 5.3.4|503 5.5.1|503 5.5.1|503 5.5.1|503 5.5.1|503 5.5.1|503 5.5.1|250 2.0.0" },
	{ "but others are", IN(R R R R), "503 5.5.1|503 5.5.1|503 5.5.1|421 4.7.0", .closed = true },
	{ "refused recipients are no errors", IN(M "RCPT TO:<no@x.example>\r\n"
	    "RCPT TO:<no@x.example>\r\nRCPT TO:<no@x.example>\r\nRCPT TO:<no@x.example>\r\n"
	    "RCPT TO:<no@x.example>\r\nDATA\r\n"),
	    "250 2.1.0|550 5.1.1|550 5.1.1|550 5.1.1|550 5.1.1|550 5.1.1|503 5.5.1" },

	/* the limit of 128 octets is with CRLF */
	{ "longest line", IN("NOOP " X50 X50 X10 X10 "x\r\nNOOP\r\n"), "250 2.0.0|250 2.0.0" },
	{ "one too long", IN("NOOP " X50 X50 X10 X10 "xx\r\nNOOP\r\n"), "500 5.5.2|250 2.0.0" },
	{ "two too long", IN("NOOP " X50 X50 X10 X10 "xxx\r\nNOOP\r\n"), "500 5.5.2|250 2.0.0" },
	{ "much too long", IN(X126 X126 X126 "\r\nNOOP\r\n"), "500 5.5.2|250 2.0.0" },
	{ "LF beyond the limit", IN(X126 "xxx\nNOOP\nNOOP\rQUIT\r\nNOOP\r\n"), "500 5.5.2|250 2.0.0" },
	{ "LF as the last allowed", IN(X126 "x\nNOOP\r\nNOOP\r\n"), "500 5.5.2|250 2.0.0" },
	{ "long and never ending", IN(X126 X126 "QUIT"), "500 5.5.2" },

	/* MAIL and RCPT */
	{ "SIZE", IN("MAIL FROM:<a@b.example> SIZE=100\r\nRSET\r\n"
	    "MAIL FROM:<a@b.example> size=0\r\nRSET\r\nMAIL FROM:<> SIZE=00000000000000000099\r\n"),
	    "250 2.1.0|250 2.0.0|250 2.1.0|250 2.0.0|250 2.1.0" },
	{ "SIZE too large", IN("MAIL FROM:<> SIZE=101\r\nMAIL FROM:<> SIZE=18446744073709551617\r\n"
	    "MAIL FROM:<> SIZE=99999999999999999999\r\nMAIL FROM:<> BODY=8BITMIME SIZE=1000\r\n"),
	    "552 5.3.4|552 5.3.4|552 5.3.4|552 5.3.4" },
	{ "SIZE malformed", IN("MAIL FROM:<> SIZE=\r\nMAIL FROM:<> SIZE\r\nMAIL FROM:<> SIZE=1x\r\n"),
	    "501 5.5.4|501 5.5.4|501 5.5.4" },
	{ "SIZE malformed too", IN("MAIL FROM:<> SIZE=-1\r\nMAIL FROM:<> SIZE=999999999999999999999\r\n"
	    "MAIL FROM:<> SIZE=1 SIZE=2\r\n"), "501 5.5.4|501 5.5.4|501 5.5.4" },
	{ "BODY", IN("MAIL FROM:<> BODY=7BIT\r\nRSET\r\nMAIL FROM:<> Body=8bitMime\r\n"),
	    "250 2.1.0|250 2.0.0|250 2.1.0" },
	{ "BODY of other kinds", IN("MAIL FROM:<> BODY=BINARYMIME\r\nMAIL FROM:<> BODY\r\n"
	    "MAIL FROM:<> BODY=7\r\n"), "501 5.5.4|501 5.5.4|501 5.5.4" },
	{ "all three", IN("MAIL FROM:<a@b.example> SMTPUTF8  BODY=8BITMIME   SIZE=5\r\n"), "250 2.1.0" },
	{ "SMTPUTF8 has no value", IN("MAIL FROM:<> SMTPUTF8=1\r\n"), "501 5.5.4" },
	{ "not offered", IN("MAIL FROM:<> AUTH=<>\r\nMAIL FROM:<> RET=HDRS\r\nMAIL FROM:<> ENVID=x\r\n"),
	    "555 5.5.4|555 5.5.4|555 5.5.4" },
	{ "not offered for RCPT", IN(M "RCPT TO:<c@d.example> NOTIFY=NEVER\r\n"
	    "RCPT TO:<c@d.example> ORCPT=rfc822;x\r\nRCPT TO:<c@d.example> SIZE=1\r\n"),
	    "250 2.1.0|555 5.5.4|555 5.5.4|555 5.5.4" },
	{ "parameters malformed", IN("MAIL FROM:<>SIZE=1\r\nMAIL FROM:<> =1\r\nMAIL FROM:<> -x=1\r\n"),
	    "501 5.5.4|501 5.5.4|501 5.5.4" },
	{ "parameters malformed too", IN("MAIL FROM:<> SIZE=1=1\r\nMAIL FROM:<> X=\r\n"
	    "MAIL FROM:<>\tSIZE=1\r\n"), "501 5.5.4|501 5.5.4|501 5.5.4" },
	{ "parameters malformed for RCPT", IN(M "RCPT TO:<c@d.example>x\r\nRCPT TO:<c@d.example> =\r\n"),
	    "250 2.1.0|501 5.5.4|501 5.5.4" },
	{ "words malformed", IN("MAIL TO:<>\r\nMAIL FROM <>\r\nMAIL <>\r\n"),
	    "501 5.5.4|501 5.5.4|501 5.5.4" },
	{ "a blank behind the colon", IN("MAIL FROM: <a@b.example>\r\n"), "501 5.1.7" },
	{ "RCPT words malformed", IN(M "RCPT FROM:<c@d.example>\r\nRCPT <c@d.example>\r\n"),
	    "250 2.1.0|501 5.5.4|501 5.5.4" },
	{ "null recipient", IN(M "RCPT TO:<>\r\n"), "250 2.1.0|501 5.1.3" },
	{ "postmaster alone", IN(M "RCPT TO:<PostMaster>\r\nDATA\r\n.\r\n"), OKS "250 2.0.0",
	    "[a@b.example>PostMaster ]" },
	{ "UTF-8 with SMTPUTF8", IN("MAIL FROM:<\xd0\xb0@b.example> SMTPUTF8\r\n"
	    "RCPT TO:<\xd0\xb1@\xd0\xb2.example>\r\nDATA\r\n.\r\n"), OKS "250 2.0.0",
	    "[\xd0\xb0@b.example>\xd0\xb1@\xd0\xb2.example ]" },
	{ "UTF-8 without", IN("MAIL FROM:<\xd0\xb0@b.example>\r\nMAIL FROM:<a@\xd0\xb0.example>\r\n" M
	    "RCPT TO:<\xd0\xb0@b.example>\r\nRCPT TO:<a@\xd0\xb0.example>\r\n"),
	    "553 5.6.7|553 5.6.7|250 2.1.0|553 5.6.7|553 5.6.7" },
	{ "SMTPUTF8 is for one transaction", IN("MAIL FROM:<> SMTPUTF8\r\nRSET\r\n" M
	    "RCPT TO:<\xd0\xb0@b.example>\r\n"), "250 2.1.0|250 2.0.0|250 2.1.0|553 5.6.7" },
	{ "and not of a refused MAIL", IN("MAIL FROM:<> SMTPUTF8 X=1\r\n" M
	    "RCPT TO:<\xd0\xb0@b.example>\r\n"), "555 5.5.4|250 2.1.0|553 5.6.7" },
};

static const struct talk data[] = {
	{ "empty", IN(MRD ".\r\n"), OKS "250 2.0.0", GOT("") },
	{ "one empty line", IN(MRD "\r\n.\r\n"), OKS "250 2.0.0", GOT("\r\n") },
	{ "dots unstuffed", IN(MRD "..\r\n...a\r\n.b\r\nc.\r\n. \r\n.\r\n"), OKS "250 2.0.0",
	    GOT(".\r\n..a\r\nb\r\nc.\r\n \r\n") },
	{ "a dot within a line", IN(MRD "a.\r\nb .\r\n.\r\n"), OKS "250 2.0.0", GOT("a.\r\nb .\r\n") },
	{ "commands within", IN(MRD "QUIT\r\nRSET\r\n.\r\n"), OKS "250 2.0.0", GOT("QUIT\r\nRSET\r\n") },
	{ "eight bits and NUL", IN(MRD "\xff\0\x80\r\n.\r\nNOOP\r\n"), OKS "250 2.0.0|250 2.0.0",
	    "[a@b.example>c@d.example \xff" /* a C string ends at the NUL */ },
	{ "no end", IN(MRD "a\r\n."), "250 2.1.0|250 2.1.5|354" },
	{ "of the largest size", IN(MRD X50 X10 X10 X10 X10 "xxxxxxxx\r\n.\r\n"), OKS "250 2.0.0",
	    GOT(X50 X10 X10 X10 X10 "xxxxxxxx\r\n") },
	{ "dots stuffed do not count", IN(MRD ".." X50 X10 X10 X10 X10 "xxxxxxx\r\n.\r\n"), OKS "250 2.0.0",
	    GOT("." X50 X10 X10 X10 X10 "xxxxxxx\r\n") },
	{ "one octet too large", IN(M R R "DATA\r\n" X50 X10 X10 X10 X10 "xxxxxxxxx\r\n.\r\nNOOP\r\n"),
	    "250 2.1.0|250 2.1.5|250 2.1.5|354|552 5.3.4|552 5.3.4|250 2.0.0" },
	{ "far too large", IN(MRD X126 X126 "\r\n" X126 "\r\n..\r\n.\r\n" MRD "b\r\n.\r\n"),
	    OKS "552 5.3.4|" OKS "250 2.0.0", GOT("b\r\n") },

	/* Smuggling: only CRLF.CRLF ends a message.  After each of these comes
	 * what a smuggler would like to be taken for commands. */
#define BAD(seq) IN(M R R "DATA\r\nx" seq "MAIL FROM:<s@s.example>\r\n" R "DATA\r\ny\r\n.\r\nNOOP\r\n")
#define BAD_REPLIES "250 2.1.0|250 2.1.5|250 2.1.5|354|550 5.6.0|550 5.6.0|250 2.0.0"
	{ "LF.CRLF", BAD("\n.\r\n"), BAD_REPLIES },
	{ "CRLF.LF", BAD("\r\n.\n"), BAD_REPLIES },
	{ "LF.LF", BAD("\n.\n"), BAD_REPLIES },
	{ "CR.CR", BAD("\r.\r"), BAD_REPLIES },
	{ "CR.CRLF", BAD("\r.\r\n"), BAD_REPLIES },
	{ "CRLF.CR", BAD("\r\n.\r"), BAD_REPLIES },
	{ "LF.CR", BAD("\n.\r"), BAD_REPLIES },
	{ "CR.LF", BAD("\r.\n"), BAD_REPLIES },
	{ "CRLF.CRCRLF", BAD("\r\n.\r\r\n"), BAD_REPLIES },
	{ "CRCRLF.CRLF ends it", IN(MRD "x\r\r\n.\r\nNOOP\r\n"), OKS "550 5.6.0|250 2.0.0" },
	{ "LFCRLF.CRLF ends it", IN(MRD "x\n\r\n.\r\nNOOP\r\n"), OKS "550 5.6.0|250 2.0.0" },
	{ "CRLF LF.CRLF", BAD("\r\n\n.\r\n"), BAD_REPLIES },
	{ "CRLF CR.CRLF", BAD("\r\n\r.\r\n"), BAD_REPLIES },
	{ "CRLF.NUL CRLF", IN(MRD "x\r\n.\0\r\n.\r\nNOOP\r\n"), OKS "250 2.0.0|250 2.0.0",
	    "[a@b.example>c@d.example x\r\n" },
	{ "CRLF. CRLF", IN(MRD "x\r\n. \r\nNOOP\r\n.\r\nNOOP\r\n"), OKS "250 2.0.0|250 2.0.0",
	    GOT("x\r\n \r\nNOOP\r\n") },
	{ "bare LF as the first octet", IN(MRD "\n.\r\n\r\n.\r\n"), OKS "550 5.6.0" },
	{ "bare CR as the first octet", IN(MRD "\r.\r\n\r\n.\r\n"), OKS "550 5.6.0" },
	{ "dot LF first", IN(MRD ".\n\r\n.\r\n"), OKS "550 5.6.0" },
	{ "dot CR CRLF first", IN(MRD ".\r\r\n.\r\n"), OKS "550 5.6.0" },
	{ "bare LF within", IN(MRD "a\nb\r\n.\r\n"), OKS "550 5.6.0" },
	{ "bare CR within", IN(MRD "a\rb\r\n.\r\n"), OKS "550 5.6.0" },
	{ "bare CR at the end of a line", IN(MRD "a\r\r\n.\r\n"), OKS "550 5.6.0" },
	{ "bare LF at the end of a line", IN(MRD "a\r\n\n\r\n.\r\n"), OKS "550 5.6.0" },
	{ "bare CR at the very end", IN(MRD "a\r\n\r\r\n.\r\n"), OKS "550 5.6.0" },
	{ "bare and too large", IN(MRD X126 "\n\r\n.\r\nNOOP\r\n"), OKS "550 5.6.0|250 2.0.0" },
	{ "the next one is good", IN(MRD "a\nb\r\n.\r\n" MRD "c\r\n.\r\n"),
	    OKS "550 5.6.0|" OKS "250 2.0.0", GOT("c\r\n") },
};

static void
hold_all(const struct talk *talks, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		hold(&talks[i]);
}

static void
command_table(void **state)
{
	(void)state;
	hold_all(commands, sizeof commands / sizeof commands[0]);
}

static void
data_table(void **state)
{
	(void)state;
	hold_all(data, sizeof data / sizeof data[0]);
}

/* Every run of five out of these octets, between text and a true end: it is
 * one message, refused exactly when a CR or an LF in it stands alone. */
static void
every_line_end(void **state)
{
	static const char octets[] = { '\r', '\n', '.', 'x' };
	int n;

	(void)state;
	for (n = 0; n < 4 * 4 * 4 * 4 * 4; n++) {
		char in[128], run[6] = "";
		bool ends = false, bare = false;
		struct talk t = { .name = "every line end", .in = in };
		struct buf mail = BUF_INIT;
		size_t i;
		int rest = n;

		for (i = 0; i < 5; i++, rest /= 4)
			run[i] = octets[rest % 4];
		/* "a" run "b" CRLF . CRLF */
		ends = strstr(run, "\r\n.\r\n") != NULL;
		for (i = 0; i < 5; i++)
			if ((run[i] == '\r' && run[i + 1] != '\n') ||
			    (run[i] == '\n' && (i == 0 || run[i - 1] != '\r')))
				bare = true;
		t.len = (size_t)snprintf(in, sizeof in, "%sa%sb\r\n.\r\n", MRD, run);
		t.replies = bare ? OKS "550 5.6.0" : OKS "250 2.0.0";
		if (ends)
			t.replies = OKS "250 2.0.0|500 5.5.1|500 5.5.1";
		buf_addstr(&mail, "[a@b.example>c@d.example a");
		for (i = 0; i < 5 && !ends; i++)
			if (run[i] != '.' || i < 2 || strncmp(run + i - 2, "\r\n", 2) != 0)
				buf_addch(&mail, run[i]);
		buf_addstr(&mail, ends ? "\r\n]" : "b\r\n]");
		t.mails = bare && !ends ? NULL : mail.data;
		in_steps(&t, AT_ONCE, SIZE_MAX);
		in_steps(&t, AT_ONCE, 1);
		in_steps(&t, LATE, 3);
		for (i = 0; i < 8; i++)
			in_two(&t, AT_ONCE, t.len - 12 + i);
		buf_free(&mail);
	}
}

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *address;
	bool good;
} addresses[] = {
	{ "a@b", true }, { "a@b.example", true }, { "A.b.c@D.E-f.example", true },
	{ "!#$%&'*+-/=?^_`{|}~@b.example", true }, { "1@2.example", true },
	{ "slug+c-abc@b.example", true }, { "\"a b\"@b.example", true },
	{ "\"a>b\"@b.example", true }, { "\"a@b\"@b.example", true },
	{ "\"a\\\"b\"@b.example", true }, { "\"\\\\\"@b.example", true },
	{ "\"\"@b.example", true }, { "a@[192.0.2.1]", true },
	{ "a@[IPv6:2001:db8::1]", true }, { "a@x_y.example", true },
	{ "a" A63 "@b.example", true }, { "a@" A63 ".example", true },
	{ "\xd1\x84\xd0\xb0@b.example", true }, { "\"\xd1\x84 x\"@b.example", true },
	{ "a@\xd1\x84.example", true }, { "\xf0\x9f\x98\x80@b.example", true },
	{ "\xef\xbf\xbd@b.example", true },

	{ "a", false }, { "@b.example", false }, { "a@", false }, { "a@@b.example", false },
	{ "a@b@c.example", false }, { ".a@b.example", false }, { "a.@b.example", false },
	{ "a..b@c.example", false }, { "a b@c.example", false }, { "a\tb@c.example", false },
	{ "a@.example", false }, { "a@b.", false }, { "a@b..example", false },
	{ "a@-b.example", false }, { "a@b-.example", false }, { "a@b .example", false },
	{ "a@b,c.example", false }, { "(x)a@b.example", false }, { "a@b.example(x)", false },
	{ "<a@b.example>", false }, { "a<@b.example", false }, { "a>@b.example", false },
	{ "@x.example:a@b.example", false }, { "@x.example,@y.example:a@b.example", false },
	{ "\"a@b.example", false }, { "\"a\"b@b.example", false }, { "\"a\\\"@b.example", false },
	{ "\"a\x01\"@b.example", false }, { "\"a\x7f\"@b.example", false }, { "\"a\"", false }, { "a@[", false }, { "a@[]", false },
	{ "a@[1.2.3.4", false }, { "a@[1[2]", false }, { "a@[1.2.3.4]x", false },
	{ "a@b.example\\", false }, { "aa" A63 "@b.example", false }, { "a@b.example ", false },
	{ " a@b.example", false }, { "a;b@c.example", false }, { "a\x7f@b.example", false },
	{ "\x80@b.example", false }, { "\xff@b.example", false }, { "\xc3@b.example", false },
	{ "\xc0\xaf@b.example", false }, { "\xe0\x80\xaf@b.example", false },
	{ "\xed\xa0\x80@b.example", false }, { "\xf4\x90\x80\x80@b.example", false },
	{ "\xf8\x88\x80\x80\x80@b.example", false }, { "\xc3(@b.example", false },
	{ "a@b\xc3", false }, { "\"\\\xc3\xa9\"@b.example", false },
	{ "postmaste@", false }, { "postmasterx", false },
};

static void
address_table(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
		const char *a = addresses[i].address;
		char *in = mem_printf("MAIL FROM:<%s> SMTPUTF8\r\nRSET\r\n"
		    "MAIL FROM:<> SMTPUTF8\r\nRCPT TO:<+%s>\r\nRCPT TO:<%s>\r\nDATA\r\n.\r\n",
		    a, a[0] == '"' || a[0] == '@' ? "x@b.example" : a, a);
		char *taken = mem_printf("%s ]", a);
		struct talk t = { .name = a, .in = in, .len = strlen(in) };
		struct owner o;

		start_talk(&t, &o, AT_ONCE);
		give(&o, t.in, t.len);
		digest(lmtp_output(o.lmtp), &o.replies);
		if ((strncmp(o.replies.data, "250 2.1.0|", 10) == 0) != addresses[i].good)
			fail_msg("MAIL <%s>: %s", a, o.replies.data);
		if (addresses[i].good && strstr(o.mails.data, taken) == NULL)
			fail_msg("RCPT <%s>: %s: %s", a, o.replies.data, o.mails.data);
		if (!addresses[i].good && strstr(o.replies.data, "501 5.1.3") == NULL)
			fail_msg("RCPT <%s>: %s", a, o.replies.data);
		close_owner(&o);
		free(taken);
		free(in);
	}
}

/* RFC 5321 section 4.5.3.1.3: 256 octets with the brackets. */
static void
longest_path(void **state)
{
	static const struct lmtp_limits wide = {
		.message = 100, .recipients = 3, .line = 2048, .errors = 3,
		.hostname = "mx.example",
	};
	size_t len;

	(void)state;
	for (len = 253; len <= 256; len++) {
		struct owner o = { .replies = BUF_INIT, .mails = BUF_INIT };
		char address[257];

		memset(address, 'a', sizeof address);
		address[20] = '@';
		address[len] = '\0';
		o.lmtp = lmtp_new(&wide, &calls, &o);
		give(&o, T("LHLO x\r\n"));
		buf_clear(lmtp_output(o.lmtp));
		buf_addf(&o.mails, "MAIL FROM:<%s>\r\n", address);
		give(&o, o.mails.data, o.mails.len);
		assert_string_equal(lmtp_output(o.lmtp)->data, len <= 254 ?
		    "250 2.1.0 Sender ok\r\n" :
		    "501 5.1.7 That is no well-formed sender address\r\n");
		close_owner(&o);
	}
}

static void
greetings(void **state)
{
	struct owner o;

	(void)state;
	open_owner(&o, AT_ONCE);
	give(&o, T("LHLO x\r\n"));
	assert_string_equal(lmtp_output(o.lmtp)->data, "250-mx.example\r\n"
	    "250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n"
	    "250-SMTPUTF8\r\n250 SIZE 100\r\n");
	close_owner(&o);

	open_owner(&o, AT_ONCE);
	lmtp_greet(o.lmtp, "421 4.3.2 Full");
	assert_string_equal(lmtp_output(o.lmtp)->data, "421 4.3.2 Full\r\n");
	assert_true(lmtp_is_closing(o.lmtp));
	assert_false(lmtp_wants_input(o.lmtp));
	give(&o, T("LHLO x\r\n"));
	lmtp_end(o.lmtp, "421 4.4.2 Again");
	assert_string_equal(lmtp_output(o.lmtp)->data, "421 4.3.2 Full\r\n");
	close_owner(&o);
	lmtp_free(&o.lmtp);
}

static void
idle_and_waiting(void **state)
{
	struct owner o;

	(void)state;
	open_owner(&o, GREEDY);
	assert_true(lmtp_is_idle(o.lmtp));
	give(&o, T("LHLO x\r\nMA"));
	assert_true(lmtp_is_idle(o.lmtp));
	assert_true(lmtp_wants_input(o.lmtp));
	give(&o, T("IL FROM:<a@b.example>\r\n"));
	assert_false(lmtp_is_idle(o.lmtp));
	assert_string_equal(lmtp_reverse_path(o.lmtp), "a@b.example");
	give(&o, T(R "DATA\r\nx\r\n"));
	assert_true(lmtp_is_waiting(o.lmtp));
	assert_false(lmtp_wants_input(o.lmtp));
	assert_int_equal(lmtp_recipient_count(o.lmtp), 0);
	lmtp_message_answer(o.lmtp, 0, VERDICT_ACCEPT);         /* not asked */
	answer_recipient(&o);
	assert_false(lmtp_is_waiting(o.lmtp));
	assert_int_equal(lmtp_recipient_count(o.lmtp), 1);
	assert_null(lmtp_recipient(o.lmtp, 1));
	assert_false(lmtp_is_idle(o.lmtp));
	give(&o, T(".\r\n"));
	assert_true(lmtp_is_waiting(o.lmtp));
	assert_false(lmtp_is_idle(o.lmtp));
	buf_clear(lmtp_output(o.lmtp));
	lmtp_recipient_answer(o.lmtp, VERDICT_ACCEPT);          /* not asked */
	lmtp_message_answer(o.lmtp, 1, VERDICT_ACCEPT);         /* no such one */
	assert_int_equal(lmtp_output(o.lmtp)->len, 0);
	lmtp_message_answer(o.lmtp, 0, VERDICT_DEFER);
	lmtp_message_answer(o.lmtp, 0, VERDICT_ACCEPT);         /* too late */
	assert_string_equal(lmtp_output(o.lmtp)->data,
	    "451 4.3.0 Not now, try again later\r\n");
	assert_true(lmtp_is_idle(o.lmtp));
	assert_true(lmtp_wants_input(o.lmtp));
	assert_string_equal(lmtp_reverse_path(o.lmtp), "");
	close_owner(&o);
}

/* An answer that comes when the session is over says nothing. */
static void
ended_while_waiting(void **state)
{
	struct owner o;

	(void)state;
	open_owner(&o, GREEDY);
	give(&o, T("LHLO x\r\n" M R));
	answer_recipient(&o);
	give(&o, T("DATA\r\n.\r\nNOOP\r\n"));
	buf_clear(lmtp_output(o.lmtp));
	lmtp_end(o.lmtp, "421 4.3.2 Going down");
	assert_false(lmtp_is_waiting(o.lmtp));
	lmtp_message_answer(o.lmtp, 0, VERDICT_ACCEPT);
	assert_string_equal(lmtp_output(o.lmtp)->data, "421 4.3.2 Going down\r\n");
	close_owner(&o);
}

/* Each reply goes out as soon as those before it are known. */
static void
answers_in_order(void **state)
{
	struct owner o;
	struct buf *out;

	(void)state;
	open_owner(&o, GREEDY);
	give(&o, T("LHLO x\r\n" M R R R "DATA\r\n"));
	answer_recipient(&o);
	answer_recipient(&o);
	answer_recipient(&o);
	give(&o, T(".\r\n"));
	out = lmtp_output(o.lmtp);
	buf_clear(out);
	lmtp_message_answer(o.lmtp, 1, VERDICT_REJECT);
	lmtp_message_answer(o.lmtp, 1, VERDICT_ACCEPT);         /* the first counts */
	assert_int_equal(out->len, 0);
	lmtp_message_answer(o.lmtp, 0, VERDICT_ACCEPT);
	digest(out, &o.replies);
	assert_string_equal(o.replies.data, "250 2.0.0|550 5.6.0");
	assert_true(lmtp_is_waiting(o.lmtp));
	lmtp_message_answer(o.lmtp, 2, VERDICT_ACCEPT);
	assert_false(lmtp_is_waiting(o.lmtp));
	close_owner(&o);
}

/* Who sends without reading is not listened to. */
static void
output_is_bounded(void **state)
{
	struct owner o;
	int i;

	(void)state;
	open_owner(&o, AT_ONCE);
	for (i = 0; i < 10000 && lmtp_wants_input(o.lmtp); i++)
		give(&o, T("NOOP\r\n"));
	assert_in_range(i, 1000, 9999);
	buf_clear(lmtp_output(o.lmtp));
	assert_true(lmtp_wants_input(o.lmtp));
	close_owner(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(command_table),
		cmocka_unit_test(data_table),
		cmocka_unit_test(every_line_end),
		cmocka_unit_test(address_table),
		cmocka_unit_test(longest_path),
		cmocka_unit_test(greetings),
		cmocka_unit_test(idle_and_waiting),
		cmocka_unit_test(ended_while_waiting),
		cmocka_unit_test(answers_in_order),
		cmocka_unit_test(output_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
