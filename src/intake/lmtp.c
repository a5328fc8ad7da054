/* SPDX-License-Identifier: ISC
 *
 * Bytes go through feed(), which hands them to one of three readers - a
 * command line, the rest of a line already refused, or the message - until
 * they are used up or a question is open.  What cannot be used yet waits in
 * `in`; as long as nothing waits, the owner's bytes are read where they are.
 *
 * What a line or a message is answered must not depend on how its bytes came
 * in pieces, so no decision is taken before the octets it rests on are there.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "intake/lmtp.h"
#include "intake/path.h"

#define KEEP_ROOM (16u << 10)   /* a buffer with more is freed when empty */
#define OUTPUT_HIGH (64u << 10) /* no more input while so much waits to go */

/* In this order: up to STATE_READY the session is between messages. */
enum state { STATE_GREETED, STATE_READY, STATE_MAIL, STATE_RCPT, STATE_DATA };

#define IN(state) (1u << (state))
#define ANY (IN(STATE_GREETED) | IN(STATE_READY) | IN(STATE_MAIL) | IN(STATE_RCPT))

enum question { QUESTION_NONE, QUESTION_RECIPIENT, QUESTION_MESSAGE };

/* Where the reader of a message stands within a line; only LINE_START, a dot
 * and CRLF can end it.  After a bare LF no line starts. */
enum place { LINE_START, LINE_DOT, LINE_DOT_CR, LINE_INSIDE, LINE_CR };

struct recipient_slot {
	size_t at;              /* in names */
	bool answered;
	enum verdict verdict;
};

struct lmtp {
	const struct lmtp_limits *limits;
	const struct lmtp_calls *calls;
	void *arg;

	struct buf in, out;
	size_t in_at;           /* what of `in` is used */
	bool running;           /* feed() is at work further up the stack */
	bool closing;
	bool skipping;          /* to the end of a line that is refused already */
	bool skip_cr;           /* the last octet skipped was CR */
	enum state state;
	enum question question;
	int errors;

	struct buf reverse, names;      /* names: one after another, NUL between */
	struct recipient_slot *slots;
	size_t slot_count, slot_room;
	size_t replied;         /* recipients whose last reply is out */
	bool utf8;              /* this transaction has SMTPUTF8 */
	bool refused;           /* the last MAIL was, and what follows it is void */

	struct buf data;
	enum place place;
	bool bare, large;       /* refused: read on, keep nothing */
};

static void
say(struct lmtp *s, const char *reply)
{
	buf_addstr(&s->out, reply);
	buf_add(&s->out, "\r\n", 2);
}

static void
drop(struct buf *b)
{
	if (b->room > KEEP_ROOM)
		buf_free(b);
	else
		buf_clear(b);
}

/* A command nobody should send.  One reply to each, the last one included. */
static void
bad(struct lmtp *s, const char *reply)
{
	if (++s->errors > s->limits->errors)
		lmtp_end(s, "421 4.7.0 Too many errors");
	else
		say(s, reply);
}

static void
end_transaction(struct lmtp *s)
{
	if (s->state > STATE_READY)
		s->state = STATE_READY;
	buf_clear(&s->reverse);
	drop(&s->names);
	drop(&s->data);
	s->slot_count = s->replied = 0;
	s->utf8 = s->refused = false;
}

/* The words after a verb. */
struct words {
	const char *at, *end;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* "FROM:" or "TO:", and no blank around the colon (RFC 5321 section 3.3). */
static bool
take_word(struct words *w, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(w->end - w->at) < len || strncasecmp(w->at, word, len) != 0)
		return false;
	w->at += len;
	return true;
}

struct parameter {
	const char *name, *value;       /* value NULL: there is no '=' */
	size_t name_len, value_len;
};

static bool
is_name_octet(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z') || c == '-';
}

static bool
is_value_octet(unsigned char c)
{
	return c > 0x20 && c != '=' && c != 0x7f;
}

/* The next " NAME[=VALUE]".  AGAIN at the end, INVALID for what is none. */
static enum status
take_parameter(struct words *w, struct parameter *out)
{
	const char *start = w->at;

	while (w->at < w->end && *w->at == ' ')
		w->at++;
	if (w->at == w->end)
		return AGAIN;
	*out = (struct parameter){ .name = w->at };
	while (w->at < w->end && is_name_octet((unsigned char)*w->at))
		w->at++;
	out->name_len = (size_t)(w->at - out->name);
	if (w->at < w->end && *w->at == '=') {
		out->value = ++w->at;
		while (w->at < w->end && is_value_octet((unsigned char)*w->at))
			w->at++;
		out->value_len = (size_t)(w->at - out->value);
		if (out->value_len == 0)
			return INVALID;
	}
	if (out->name == start || out->name_len == 0 || out->name[0] == '-' ||
	    (w->at < w->end && *w->at != ' '))
		return INVALID;
	return OK;
}

static bool
value_is(const struct parameter *p, const char *text)
{
	return p->value != NULL && p->value_len == strlen(text) &&
	    strncasecmp(p->value, text, p->value_len) == 0;
}

static const char bad_parameter[] = "501 5.5.4 That parameter is not well formed";
static const char unknown_parameter[] = "555 5.5.4 That parameter is not offered";

/* Each gives NULL when all is well, else the reply. */
static const char *
mail_size(struct lmtp *s, const struct parameter *p)
{
	size_t size = 0, i;

	if (p->value == NULL || p->value_len > 20)
		return bad_parameter;
	for (i = 0; i < p->value_len; i++) {
		if (p->value[i] < '0' || p->value[i] > '9')
			return bad_parameter;
		if (size <= s->limits->message)         /* no overflow */
			size = size * 10 + (size_t)(p->value[i] - '0');
	}
	return size > s->limits->message ? "552 5.3.4 Message too large" : NULL;
}

static const char *
mail_body(struct lmtp *s, const struct parameter *p)
{
	(void)s;
	return value_is(p, "7BIT") || value_is(p, "8BITMIME") ? NULL : bad_parameter;
}

static const char *
mail_utf8(struct lmtp *s, const struct parameter *p)
{
	s->utf8 = true;
	return p->value == NULL ? NULL : bad_parameter;
}

static const char *
mail_parameters(struct lmtp *s, struct words *w)
{
	static const struct {
		const char *name;
		const char *(*take)(struct lmtp *, const struct parameter *);
	} known[] = {
		{ "SIZE", mail_size },
		{ "BODY", mail_body },
		{ "SMTPUTF8", mail_utf8 },
	};
	struct parameter p;
	unsigned seen = 0;
	enum status st;

	while ((st = take_parameter(w, &p)) == OK) {
		const char *reply = unknown_parameter;
		size_t i;

		for (i = 0; i < sizeof known / sizeof known[0]; i++)
			if (strlen(known[i].name) == p.name_len &&
			    strncasecmp(known[i].name, p.name, p.name_len) == 0) {
				reply = seen & 1u << i ? bad_parameter :
				    known[i].take(s, &p);
				seen |= 1u << i;
			}
		if (reply != NULL)
			return reply;
	}
	return st == AGAIN ? NULL : bad_parameter;
}

/* A refusal of the sender's side of things: 55x that is no mistake of the
 * client's program is not counted against it. */
static void
refuse(struct lmtp *s, const char *reply)
{
	if (strncmp(reply, "501", 3) == 0 || strncmp(reply, "555", 3) == 0)
		bad(s, reply);
	else
		say(s, reply);
}

static const char needs_utf8[] = "553 5.6.7 That address needs SMTPUTF8";

static const char *
read_mail(struct lmtp *s, struct words *w, struct path *path)
{
	const char *reply;

	if (!take_word(w, "FROM:"))
		return "501 5.5.4 Say MAIL FROM:<address>";
	if (path_read(path, w->at, (size_t)(w->end - w->at), &w->at) != OK)
		return "501 5.1.7 That is no well-formed sender address";
	reply = mail_parameters(s, w);
	if (reply == NULL && !path->ascii && !s->utf8)
		reply = needs_utf8;
	return reply;
}

static void
do_mail(struct lmtp *s, struct words *w)
{
	struct path path;
	const char *reply;

	s->utf8 = s->refused = false;
	reply = read_mail(s, w, &path);
	if (reply != NULL) {
		s->refused = true;
		refuse(s, reply);
		return;
	}
	buf_clear(&s->reverse);
	buf_add(&s->reverse, path.address, path.len);
	s->state = STATE_MAIL;
	say(s, "250 2.1.0 Sender ok");
}

static const char *
read_rcpt(const struct lmtp *s, struct words *w, struct path *path)
{
	struct parameter p;
	enum status st;

	if (!take_word(w, "TO:"))
		return "501 5.5.4 Say RCPT TO:<address>";
	if (path_read(path, w->at, (size_t)(w->end - w->at), &w->at) != OK ||
	    path->len == 0)
		return "501 5.1.3 That is no well-formed recipient address";
	st = take_parameter(w, &p);
	if (st != AGAIN)
		return st == OK ? unknown_parameter : bad_parameter;
	if (!path->ascii && !s->utf8)
		return needs_utf8;
	if (s->slot_count >= s->limits->recipients)
		return "452 4.5.3 Too many recipients";
	return NULL;
}

static void
add_slot(struct lmtp *s, const struct path *path)
{
	if (s->slot_count == s->slot_room) {
		s->slot_room = s->slot_room == 0 ? 4 : s->slot_room * 2;
		s->slots = mem_realloc(s->slots, s->slot_room, sizeof s->slots[0]);
	}
	s->slots[s->slot_count] = (struct recipient_slot){ .at = s->names.len };
	buf_add(&s->names, path->address, path->len);
	buf_add(&s->names, "", 1);
}

/* The new name lies beyond slot_count until it is accepted. */
static void
do_rcpt(struct lmtp *s, struct words *w)
{
	struct path path;
	const char *reply = read_rcpt(s, w, &path);

	if (reply != NULL) {
		refuse(s, reply);
		return;
	}
	add_slot(s, &path);
	s->question = QUESTION_RECIPIENT;
	s->calls->recipient(s->arg, s, s->names.data + s->slots[s->slot_count].at);
}

static void
do_data(struct lmtp *s, struct words *w)
{
	(void)w;
	s->state = STATE_DATA;
	s->place = LINE_START;
	s->bare = s->large = false;
	say(s, "354 End data with <CR><LF>.<CR><LF>");
}

static void
do_rset(struct lmtp *s, struct words *w)
{
	(void)w;
	end_transaction(s);
	say(s, "250 2.0.0 Ok");
}

static void
do_noop(struct lmtp *s, struct words *w)
{
	(void)w;
	say(s, "250 2.0.0 Ok");
}

static void
do_quit(struct lmtp *s, struct words *w)
{
	(void)w;
	lmtp_end(s, "221 2.0.0 Bye");
}

static void
do_vrfy(struct lmtp *s, struct words *w)
{
	(void)w;
	say(s, "252 2.0.0 Send mail and see");
}

static void
do_help(struct lmtp *s, struct words *w)
{
	(void)w;
	say(s, "214 2.0.0 LHLO MAIL RCPT DATA RSET NOOP VRFY HELP QUIT");
}

static void
do_lhlo(struct lmtp *s, struct words *w)
{
	const char *p;

	for (p = w->at; p < w->end; p++)
		if (*p <= ' ' || *p > '~') {    /* signed char: also UTF-8 */
			bad(s, "501 5.5.4 Say LHLO and one host name");
			return;
		}
	end_transaction(s);
	s->state = STATE_READY;
	buf_addf(&s->out, "250-%s\r\n250-PIPELINING\r\n"
	    "250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
	    "250 SIZE %zu\r\n", s->limits->hostname, s->limits->message);
}

static void
do_hello(struct lmtp *s, struct words *w)
{
	(void)w;
	bad(s, "500 5.5.1 This is LMTP, say LHLO");
}

enum argument { ARGUMENT_NONE, ARGUMENT_SOME, ARGUMENT_ANY };

static const struct command {
	char verb[5];
	unsigned states;        /* where it may stand; elsewhere 503 */
	enum argument argument;
	void (*run)(struct lmtp *, struct words *);
} commands[] = {
	{ "RCPT", IN(STATE_MAIL) | IN(STATE_RCPT), ARGUMENT_SOME, do_rcpt },
	{ "MAIL", IN(STATE_READY), ARGUMENT_SOME, do_mail },
	{ "DATA", IN(STATE_RCPT), ARGUMENT_NONE, do_data },
	{ "RSET", ANY, ARGUMENT_NONE, do_rset },
	{ "LHLO", ANY, ARGUMENT_SOME, do_lhlo },
	{ "NOOP", ANY, ARGUMENT_ANY, do_noop },
	{ "QUIT", ANY, ARGUMENT_NONE, do_quit },
	{ "VRFY", ANY, ARGUMENT_SOME, do_vrfy },
	{ "HELP", ANY, ARGUMENT_ANY, do_help },
	{ "HELO", ANY, ARGUMENT_ANY, do_hello },
	{ "EHLO", ANY, ARGUMENT_ANY, do_hello },
};

/* A client that pipelines cannot know that MAIL or every RCPT was refused, so
 * what it sent after that is answered and not held against it. */
static void
out_of_sequence(struct lmtp *s, const struct command *c)
{
	if ((c->run == do_rcpt && s->refused) ||
	    (c->run == do_data && (s->refused || s->state == STATE_MAIL)))
		say(s, c->run == do_data ? "503 5.5.1 No valid recipients" :
		    "503 5.5.1 The sender was refused");
	else
		bad(s, "503 5.5.1 Not now");
}

static void
run_command(struct lmtp *s, const struct command *c, struct words *w)
{
	bool some = w->at < w->end;

	if ((c->states & IN(s->state)) == 0)
		out_of_sequence(s, c);
	else if (some && c->argument == ARGUMENT_NONE)
		bad(s, "501 5.5.4 This command takes no argument");
	else if (!some && c->argument == ARGUMENT_SOME)
		bad(s, "501 5.5.4 This command needs an argument");
	else
		c->run(s, w);
}

/* One command line, without its CRLF. */
static void
command_line(struct lmtp *s, const char *line, size_t len)
{
	struct words w = { .at = line, .end = line + len };
	size_t verb, i;

	if (memchr(line, '\0', len) != NULL || memchr(line, '\r', len) != NULL) {
		bad(s, "500 5.5.2 Octets that no command may have");
		return;
	}
	while (w.end > w.at && is_blank(w.end[-1]))
		w.end--;
	while (w.at < w.end && *w.at != ' ')
		w.at++;
	verb = (size_t)(w.at - line);
	while (w.at < w.end && *w.at == ' ')
		w.at++;
	for (i = 0; verb == 4 && i < sizeof commands / sizeof commands[0]; i++)
		if (strncasecmp(line, commands[i].verb, 4) == 0) {
			run_command(s, &commands[i], &w);
			return;
		}
	bad(s, "500 5.5.1 No such command");
}

/* A line that cannot be one is refused as soon as that is known, which is kind
 * to a person at a terminal; the rest of it, up to CRLF, is not looked at, so
 * that nothing within it can become a command. */
static size_t
refuse_line(struct lmtp *s, const char *reply, const char *bytes, size_t len)
{
	s->skipping = true;
	s->skip_cr = bytes[len - 1] == '\r';
	bad(s, reply);
	return len;
}

/* The readers give how much they used; 0: the line is not complete. */
static size_t
read_command(struct lmtp *s, const char *bytes, size_t len)
{
	size_t window = len < s->limits->line ? len : s->limits->line;
	const char *lf = memchr(bytes, '\n', window);

	if (lf == NULL && len < s->limits->line)
		return 0;
	if (lf == NULL)
		return refuse_line(s, "500 5.5.2 Line too long", bytes, window);
	window = (size_t)(lf - bytes) + 1;
	if (window < 2 || lf[-1] != '\r')
		return refuse_line(s, "500 5.5.2 Lines end in CRLF", bytes, window);
	command_line(s, bytes, window - 2);
	return window;
}

static size_t
read_refused(struct lmtp *s, const char *bytes, size_t len)
{
	const char *at = bytes, *end = bytes + len, *lf;

	while ((lf = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		if (lf > bytes ? lf[-1] == '\r' : s->skip_cr) {
			s->skipping = false;
			return (size_t)(lf - bytes) + 1;
		}
		at = lf + 1;
	}
	s->skip_cr = end[-1] == '\r';
	return len;
}

static void
keep(struct lmtp *s, const char *bytes, size_t len)
{
	if (s->bare || s->large)
		return;
	if (len > s->limits->message - s->data.len) {
		s->large = true;
		buf_free(&s->data);
		return;
	}
	buf_add(&s->data, bytes, len);
}

static void
found_bare(struct lmtp *s)
{
	s->bare = true;
	buf_free(&s->data);
}

static void
answer_all(struct lmtp *s, const char *reply)
{
	size_t i;

	for (i = 0; i < s->slot_count; i++)
		say(s, reply);
	end_transaction(s);
}

static void
end_of_data(struct lmtp *s)
{
	if (s->bare) {
		answer_all(s, "550 5.6.0 Bare CR or LF in message");
	} else if (s->large) {
		answer_all(s, "552 5.3.4 Message too large");
	} else {
		s->errors = 0;
		s->question = QUESTION_MESSAGE;
		s->calls->message(s->arg, s, s->data.data, s->data.len);
	}
}

/* From within a line to behind the end of the last complete line that needs
 * no thought - no dot in front of the next, no bare CR or LF - or to the end
 * of the bytes.  Two memchr a line, one copy for all of them. */
static size_t
read_lines(struct lmtp *s, const char *bytes, size_t len)
{
	const char *at = bytes, *end = bytes + len, *cr, *lf;

	s->place = LINE_INSIDE;
	while (at < end) {
		lf = memchr(at, '\n', (size_t)(end - at));
		cr = s->bare ? NULL : memchr(at, '\r',
		    (size_t)((lf == NULL ? end : lf) - at));
		if (lf == NULL) {
			if (cr != NULL && cr != end - 1)
				found_bare(s);
			if (end[-1] == '\r')
				s->place = LINE_CR;
			at = end;
			break;
		}
		if (!s->bare && (cr == NULL || cr + 1 != lf))
			found_bare(s);
		if (lf > at && lf[-1] == '\r')
			s->place = LINE_START;
		at = lf + 1;
		if (s->place == LINE_START && (at == end || *at == '.'))
			break;
		s->place = LINE_INSIDE;
	}
	keep(s, bytes, (size_t)(at - bytes));
	return (size_t)(at - bytes);
}

/* The octet after the CR that ended the last piece.  That CR is kept already. */
static size_t
after_cr(struct lmtp *s, const char *bytes)
{
	if (*bytes != '\n') {
		found_bare(s);
		s->place = LINE_INSIDE;
		return 0;
	}
	keep(s, bytes, 1);
	s->place = LINE_START;
	return 1;
}

/* The dot itself is dropped (RFC 5321 section 4.5.2). */
static size_t
after_dot(struct lmtp *s, const char *bytes)
{
	s->place = *bytes == '\r' ? LINE_DOT_CR : LINE_INSIDE;
	return *bytes == '\r';
}

static size_t
after_dot_cr(struct lmtp *s, const char *bytes)
{
	if (*bytes == '\n') {
		end_of_data(s);
		return 1;
	}
	found_bare(s);
	s->place = LINE_INSIDE;
	return 0;
}

static size_t
read_data(struct lmtp *s, const char *bytes, size_t len)
{
	size_t used = 0;

	while (used < len && s->state == STATE_DATA &&
	    s->question == QUESTION_NONE && !s->closing)
		switch (s->place) {
		case LINE_START:
			if (bytes[used] == '.') {
				s->place = LINE_DOT;
				used++;
				break;
			}
			/* FALLTHROUGH */
		case LINE_INSIDE:
			used += read_lines(s, bytes + used, len - used);
			break;
		case LINE_CR:
			used += after_cr(s, bytes + used);
			break;
		case LINE_DOT:
			used += after_dot(s, bytes + used);
			break;
		case LINE_DOT_CR:
			used += after_dot_cr(s, bytes + used);
			break;
		}
	return used;
}

/* Reads on until nothing more can be done; gives how much was used. */
static size_t
feed(struct lmtp *s, const char *bytes, size_t len)
{
	size_t used = 0, n = 1;

	s->running = true;
	while (used < len && n > 0 && !s->closing &&
	    s->question == QUESTION_NONE) {
		if (s->state == STATE_DATA)
			n = read_data(s, bytes + used, len - used);
		else if (s->skipping)
			n = read_refused(s, bytes + used, len - used);
		else
			n = read_command(s, bytes + used, len - used);
		used += n;
	}
	s->running = false;
	return s->closing ? len : used;
}

static void
feed_waiting(struct lmtp *s)
{
	s->in_at += feed(s, s->in.data + s->in_at, s->in.len - s->in_at);
	if (s->in_at == s->in.len) {
		drop(&s->in);
		s->in_at = 0;
	}
}

void
lmtp_input(struct lmtp *s, const char *bytes, size_t len)
{
	if (s->closing)
		return;
	if (s->in.len == 0 && s->question == QUESTION_NONE) {
		size_t used = feed(s, bytes, len);

		buf_add(&s->in, bytes + used, len - used);
		return;
	}
	/* Moved down only when that frees half: never quadratic. */
	if (s->in_at > s->in.len / 2) {
		buf_consume(&s->in, s->in_at);
		s->in_at = 0;
	}
	buf_add(&s->in, bytes, len);
	feed_waiting(s);
}

/* After an answer: pipelined commands go on, unless the answer came from
 * within the question and feed() will see to them itself. */
static void
go_on(struct lmtp *s)
{
	if (!s->running && s->in_at < s->in.len)
		feed_waiting(s);
}

void
lmtp_recipient_answer(struct lmtp *s, enum verdict v)
{
	if (s->question != QUESTION_RECIPIENT || s->closing)
		return;
	s->question = QUESTION_NONE;
	if (v == VERDICT_ACCEPT) {
		s->slot_count++;
		s->state = STATE_RCPT;
		say(s, "250 2.1.5 Recipient ok");
	} else {
		buf_cut(&s->names, s->slots[s->slot_count].at);
		say(s, verdict_reply(v));
	}
	go_on(s);
}

void
lmtp_message_answer(struct lmtp *s, size_t recipient, enum verdict v)
{
	if (s->question != QUESTION_MESSAGE || s->closing ||
	    recipient >= s->slot_count || s->slots[recipient].answered)
		return;
	s->slots[recipient].answered = true;
	s->slots[recipient].verdict = v;
	for (; s->replied < s->slot_count && s->slots[s->replied].answered; s->replied++)
		say(s, verdict_reply(s->slots[s->replied].verdict));
	if (s->replied < s->slot_count)
		return;
	s->question = QUESTION_NONE;
	end_transaction(s);
	go_on(s);
}

struct lmtp *
lmtp_new(const struct lmtp_limits *limits, const struct lmtp_calls *calls, void *arg)
{
	struct lmtp *s = mem_alloc(sizeof *s);

	s->limits = limits;
	s->calls = calls;
	s->arg = arg;
	buf_init(&s->in);
	buf_init(&s->out);
	buf_init(&s->reverse);
	buf_init(&s->names);
	buf_init(&s->data);
	return s;
}

void
lmtp_free(struct lmtp **p)
{
	struct lmtp *s = *p;

	if (s == NULL)
		return;
	buf_wipe(&s->in);
	buf_wipe(&s->out);
	buf_wipe(&s->reverse);
	buf_wipe(&s->names);
	buf_wipe(&s->data);
	free(s->slots);
	free(s);
	*p = NULL;
}

void
lmtp_greet(struct lmtp *s, const char *refusal)
{
	if (refusal != NULL)
		lmtp_end(s, refusal);
	else
		buf_addf(&s->out, "220 %s LMTP\r\n", s->limits->hostname);
}

void
lmtp_end(struct lmtp *s, const char *reply)
{
	if (s->closing)
		return;
	say(s, reply);
	s->closing = true;
}

struct buf *
lmtp_output(struct lmtp *s)
{
	return &s->out;
}

int
lmtp_wants_input(const struct lmtp *s)
{
	return !s->closing && s->question == QUESTION_NONE &&
	    s->out.len < OUTPUT_HIGH;
}

int
lmtp_is_closing(const struct lmtp *s)
{
	return s->closing;
}

int
lmtp_is_idle(const struct lmtp *s)
{
	return s->state <= STATE_READY && s->question == QUESTION_NONE;
}

int
lmtp_is_waiting(const struct lmtp *s)
{
	return s->question != QUESTION_NONE && !s->closing;
}

const char *
lmtp_reverse_path(const struct lmtp *s)
{
	return s->reverse.data;
}

size_t
lmtp_recipient_count(const struct lmtp *s)
{
	return s->slot_count;
}

const char *
lmtp_recipient(const struct lmtp *s, size_t i)
{
	return i < s->slot_count ? s->names.data + s->slots[i].at : NULL;
}
