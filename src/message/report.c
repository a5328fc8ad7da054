/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "message/fields.h"
#include "message/html.h"
#include "message/part.h"
#include "message/phrases.h"
#include "message/report.h"
#include "message/report_ses.h"
#include "message/report_text.h"
#include "message/report_words.h"
#include "words/text.h"

#define ORIGINAL_ID_MAX 500

const char *
report_kind_text(enum report_kind kind)
{
	static const char *const texts[REPORT_KIND_COUNT_] = {
		[REPORT_NONE] = "none",
		[REPORT_DELIVERED] = "delivered",
		[REPORT_DELAYED] = "delayed",
		[REPORT_FAILED] = "failed",
		[REPORT_COMPLAINT] = "complaint",
	};

	return kind < REPORT_KIND_COUNT_ ? texts[kind] : "unknown";
}

const char *
fate_text(enum fate fate)
{
	static const char *const texts[FATE_COUNT_] = {
		[FATE_NONE] = "none",
		[FATE_DELAYED] = "delayed",
		[FATE_SOFT] = "soft",
		[FATE_FAULT] = "fault",
		[FATE_HARD] = "hard",
	};

	return fate < FATE_COUNT_ ? texts[fate] : "unknown";
}

/* ---- fields of a status part -------------------------------------------- */

enum action {
	ACTION_NONE, ACTION_DELIVERED, ACTION_DELAYED, ACTION_FAILED
};

/* Beginnings, since people write "failure" and "delay" too. */
static const struct {
	const char *word;
	enum action action;
} actions[] = {
	{ "fail", ACTION_FAILED }, { "expired", ACTION_FAILED },
	{ "reject", ACTION_FAILED }, { "bounce", ACTION_FAILED },
	{ "delay", ACTION_DELAYED }, { "defer", ACTION_DELAYED },
	{ "deliver", ACTION_DELIVERED }, { "relay", ACTION_DELIVERED },
	{ "expand", ACTION_DELIVERED }, { "success", ACTION_DELIVERED },
};

/* What is told of one recipient. */
struct told {
	const char *final, *original, *other;   /* values, or NULL */
	const char *action, *status, *diagnostic;
};

struct told_field {
	const char *name;
	size_t place;
};

#define PLACE(member) offsetof(struct told, member)

static const struct told_field told_fields[] = {
	{ "final-recipient", PLACE(final) },
	{ "original-recipient", PLACE(original) },
	{ "x-actual-recipient", PLACE(other) },
	{ "action", PLACE(action) },
	{ "status", PLACE(status) },
	{ "diagnostic-code", PLACE(diagnostic) },
};

struct status_read {
	struct report *out;
	struct arena *arena;
	struct told now;
	bool complete;          /* a blank line came after what there is */
	bool failed, delayed, delivered, challenged, nameless;
	struct report_recipient lost;   /* of one without an address */
};

static const char **
told_place(struct told *t, const struct told_field *f)
{
	return (const char **)(void *)((char *)t + f->place);
}

/* "\x{44f}", as RFC 6533 has it in places that take ASCII only. */
static char *
unescape(struct arena *arena, const char *s)
{
	char *out = arena_alloc(arena, strlen(s) + 8), *to = out, *stop;
	unsigned long c;

	while (*s != '\0') {
		if (strncmp(s, "\\x{", 3) != 0) {
			*to++ = *s++;
			continue;
		}
		c = strtoul(s + 3, &stop, 16);
		if (*stop != '}' || stop - s > 9 || c < ' ' || c > 0x10ffff ||
		    (c >= 0xd800 && c < 0xe000)) {
			*to++ = *s++;
			continue;
		}
		to += g_unichar_to_utf8((gunichar)c, to);
		s = stop + 1;
	}
	*to = '\0';
	return out;
}

/* "rfc822; <ada@example.org>". */
static bool
recipient_in(struct found *out, struct arena *arena, const char *value)
{
	const char *plain;

	if (value == NULL)
		return false;
	plain = unescape(arena, value);
	return notice_address(out, plain, plain + strlen(plain));
}

static enum action
action_in(const struct told *t, const struct report_recipient *codes)
{
	const char *s = t->action == NULL ? "" : t->action + strspn(t->action, " \t");
	size_t i;

	for (i = 0; i < sizeof actions / sizeof actions[0]; i++)
		if (strncasecmp(s, actions[i].word, strlen(actions[i].word)) == 0)
			return actions[i].action;
	return codes->class == 2 ? ACTION_DELIVERED :
	    codes->class != 0 ? ACTION_FAILED : ACTION_NONE;
}

static void
read_codes(struct report_recipient *r, const struct told *t)
{
	const char *digit;
	unsigned class, subject, detail;

	if (t->status == NULL || (digit = strpbrk(t->status, "245")) == NULL ||
	    sscanf(digit, "%1u.%3u.%3u", &class, &subject, &detail) != 3 || class > 5)
		return;
	r->class = (uint8_t)class;
	r->subject = (uint16_t)subject;
	r->detail = (uint16_t)detail;
}

/* "550 your server requires confirmation": a challenge in a refusal. */
static bool
is_question(const char *text)
{
	struct buf folded = BUF_INIT;
	bool question;

	notice_fold(&folded, text, strlen(text));
	question = words_challenge(folded.data);
	buf_free(&folded);
	return question;
}

static void
judge(struct status_read *s, struct report_recipient *r, const struct told *t,
    enum action action)
{
	enum fate before = r->fate;

	if (t->diagnostic != NULL && is_question(t->diagnostic)) {
		s->challenged = true;
		return;
	}
	read_codes(r, t);
	if (t->diagnostic != NULL)
		notice_judge(r, s->arena, t->diagnostic, strlen(t->diagnostic));
	else if (action == ACTION_FAILED)
		r->fate = notice_fate(r, "");
	if (action == ACTION_DELIVERED)
		r->fate = before;
	else if (action == ACTION_DELAYED)
		r->fate = before > FATE_DELAYED ? before : FATE_DELAYED;
	else if (r->fate < FATE_SOFT)
		r->fate = FATE_SOFT;
	s->failed |= action == ACTION_FAILED;
	s->delayed |= action == ACTION_DELAYED;
	s->delivered |= action == ACTION_DELIVERED;
}

static void
end_told(struct status_read *s)
{
	const struct told *t = &s->now;
	struct report_recipient *r = &s->lost, codes;
	struct found f, original;
	enum action action;
	bool named;

	memset(&codes, 0, sizeof codes);
	read_codes(&codes, t);
	action = action_in(t, &codes);
	if (action != ACTION_NONE) {
		named = recipient_in(&f, s->arena, t->final) ||
		    recipient_in(&f, s->arena, t->original) ||
		    recipient_in(&f, s->arena, t->other);
		if (named)
			r = notice_add(s->out, s->arena, f.at, f.len);
		if (r == NULL) {        /* no room, or nothing to show */
			r = &s->lost;
			named = false;
		}
		s->nameless |= !named && action != ACTION_DELIVERED;
		judge(s, r, t, action);
		if (named && recipient_in(&original, s->arena, t->original) &&
		    (original.len != f.len ||
		    strncasecmp(original.at, f.at, f.len) != 0) &&
		    text_is_visible(original.at, original.len))
			r->original = arena_strndup(s->arena, original.at, original.len);
	}
	memset(&s->now, 0, sizeof s->now);
	s->complete = false;
}

/* A field that comes again, or after a blank line when all is there, is about
 * the next recipient; blank lines are left out, and put where none belong. */
static void
take_field(struct status_read *s, const char *name, size_t len, const char *value)
{
	const char **place;
	size_t i;

	for (i = 0; i < sizeof told_fields / sizeof told_fields[0]; i++) {
		if (strlen(told_fields[i].name) != len ||
		    strncasecmp(told_fields[i].name, name, len) != 0)
			continue;
		place = told_place(&s->now, &told_fields[i]);
		if (*place != NULL || s->complete)
			end_told(s);
		*place = value;
		return;
	}
}

static void
blank_line(struct status_read *s)
{
	const struct told *t = &s->now;

	s->complete = (t->final != NULL || t->original != NULL) &&
	    (t->action != NULL || t->status != NULL);
}

/* TEXT is changed: folded lines are joined in place. */
static void
read_status(struct status_read *s, char *text)
{
	char *line = text, *next, *colon, *end;

	for (; line != NULL && *line != '\0'; line = next) {
		end = strchr(line, '\n');
		while (end != NULL && end > line && (end[1] == ' ' || end[1] == '\t') &&
		    end[1 + strspn(end + 1, " \t")] != '\n') {
			*end = ' ';
			end = strchr(end, '\n');
		}
		next = end == NULL ? NULL : end + 1;
		if (end != NULL)
			*end = '\0';
		if (line[strspn(line, " \t")] == '\0') {
			blank_line(s);
			continue;
		}
		colon = strchr(line, ':');
		end = colon;
		while (end != NULL && end > line && (end[-1] == ' ' || end[-1] == '\t'))
			end--;
		if (colon != NULL)
			take_field(s, line, (size_t)(end - line), colon + 1);
	}
	end_told(s);
}

/* ---- what the message is made of ---------------------------------------- */

#define LEAVES 64
#define ORIGINAL_FIELDS 200

struct material {
	const struct report_view *view;
	struct report *out;
	struct arena *arena;
	struct charsets *charsets;
	struct part leaf[LEAVES];
	size_t leaves;
	struct buf notice, status, feedback, disposition, original;
	const struct part *returned;    /* the first message that came with it */
	bool html;              /* the notice is made of HTML */
	bool came_back;         /* the original is a part of its own */
};

static void
decode(struct material *m, const struct part *p, struct buf *out, size_t max)
{
	struct buf raw = BUF_INIT;

	if (out->len > 0)
		buf_addch(out, '\n');
	if (content_is(&p->content, "text", "html")) {
		part_decode(p, m->charsets, &raw);
		(void)html_text(raw.data, raw.len, HTML_WHOLE, out);
	} else {
		part_decode(p, m->charsets, out);
	}
	buf_free(&raw);
	if (out->len > max) {
		while (max > 0 && (out->data[max] & 0xc0) == 0x80)
			max--;
		buf_cut(out, max);
	}
}

static bool
is_original(const struct content *c)
{
	return content_is(c, "message", "rfc822") || content_is(c, "message", "global") ||
	    content_is(c, "text", "rfc822-headers") ||
	    content_is(c, "text", "rfc822-header") ||
	    content_is(c, "message", "rfc822-headers") ||
	    content_is(c, "message", "global-headers") ||
	    content_is(c, "message", "partial");
}

/* Plain text goes before the same in HTML. */
static void
take_notice(struct material *m, const struct part *p)
{
	bool html = content_is(&p->content, "text", "html");

	if (m->came_back || m->notice.len > NOTICE_MAX ||
	    (html && m->notice.data[strspn(m->notice.data, " \t\n")] != '\0'))
		return;
	if (m->html && !html)
		buf_clear(&m->notice);
	m->html = html;
	decode(m, p, &m->notice, NOTICE_MAX);
}

static void
take_leaf(struct material *m, const struct part *p)
{
	const struct content *c = &p->content;

	if (content_is(c, "message", "delivery-status") ||
	    content_is(c, "message", "global-delivery-status")) {
		decode(m, p, &m->status, NOTICE_MAX);
	} else if (content_is(c, "message", "feedback-report")) {
		decode(m, p, &m->feedback, NOTICE_MAX);
	} else if (content_is(c, "message", "disposition-notification") ||
	    content_is(c, "message", "global-disposition-notification")) {
		decode(m, p, &m->disposition, NOTICE_MAX);
	} else if (is_original(c)) {
		if (!m->came_back)
			decode(m, p, &m->original, NOTICE_MAX);
		if (m->returned == NULL && content_is(c, "message", "rfc822"))
			m->returned = p;
		m->came_back = true;
	} else if (content_is(c, "text", NULL)) {
		take_notice(m, p);
	}
}

static void
take_leaves(struct material *m, const struct content *c, const struct fields *f)
{
	struct part whole;
	size_t i;

	m->leaves = part_leaves(m->leaf, LEAVES, c, f->body, f->body_len);
	if (m->leaves == 0) {
		part_find_text(&whole, NULL, c, f->body, f->body_len, NULL);
		if (whole.found)
			m->leaf[m->leaves++] = whole;
	}
	for (i = 0; i < m->leaves; i++)
		take_leaf(m, &m->leaf[i]);
}

/* A report that a gateway or a person put into another mail whole; of ours none
 * is a report. */
static void
unwrap(struct material *m)
{
	struct header_field *field;
	struct fields fields = { .room = ORIGINAL_FIELDS };
	struct content content;

	if (m->returned == NULL || m->status.len > 0 || m->feedback.len > 0)
		return;
	field = mem_alloc(ORIGINAL_FIELDS * sizeof *field);
	fields.field = field;
	fields_read(&fields, m->returned->bytes, m->returned->len);
	content_read(&content, &fields);
	if (content_is(&content, "multipart", "report") &&
	    strcmp(content.report_type, "disposition-notification") != 0) {
		buf_clear(&m->notice);
		buf_clear(&m->original);
		m->came_back = m->html = false;
		take_leaves(m, &content, &fields);
	}
	free(field);
}

static void
read_ses(struct material *m)
{
	struct buf fields = BUF_INIT;
	bool complaint;

	if (ses_read(m->notice.data, &fields, &complaint))
		buf_add(complaint ? &m->feedback : &m->status, fields.data, fields.len);
	buf_free(&fields);
}

static void
open_material(struct material *m)
{
	size_t end;

	take_leaves(m, m->view->content, m->view->fields);
	unwrap(m);
	if (m->status.len == 0 && m->feedback.len == 0)
		read_ses(m);
	/* all parts made one text on the way */
	if (m->status.len == 0 && strcasestr(m->notice.data, "\nfinal-recipient:") != NULL)
		buf_add(&m->status, m->notice.data, m->notice.len);
	end = notice_end(m->notice.data, m->notice.len);
	if (!m->came_back)
		buf_add(&m->original, m->notice.data + end, m->notice.len - end);
	buf_cut(&m->notice, end);
}

static void
close_material(struct material *m)
{
	buf_free(&m->notice);
	buf_free(&m->status);
	buf_free(&m->feedback);
	buf_free(&m->disposition);
	buf_free(&m->original);
	free(m);
}

/* ---- the mail it is about ----------------------------------------------- */

/* Up to its header; what stands before that is the reporter's. */
static const char *
original_header(const char *text)
{
	const char *p, *name;
	int i;

	for (i = 0, p = text; i < 16 && p != NULL && *p != '\0'; i++) {
		name = p + strspn(p, "abcdefghijklmnopqrstuvwxyz"
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
		if (name > p && *name == ':')
			return p;
		p = strchr(p, '\n');
		p = p == NULL ? NULL : p + 1;
	}
	return text;
}

static void
read_original_id(struct material *m, const struct fields *fields)
{
	const struct header_field *f = fields_next(fields, HEADER_MESSAGE_ID, NULL);
	const char *start, *p;

	if (f == NULL || (start = memchr(f->value, '<', f->len)) == NULL)
		return;
	for (p = start + 1; p < f->value + f->len && p - start < ORIGINAL_ID_MAX &&
	    *p > ' ' && *p < 127 && *p != '<' && *p != '>'; p++)
		;
	if (p < f->value + f->len && *p == '>' && p > start + 1)
		m->out->original_id = arena_strndup(m->arena, start, (size_t)(p - start) + 1);
}

/* Whom the mail was to, when it was to one. */
static void
read_original_to(struct material *m, const struct fields *fields, bool wanted)
{
	static const enum header where[] = { HEADER_ENVELOPE_TO, HEADER_TO };
	const struct header_field *f;
	struct found to, more;
	size_t i;

	for (i = 0; wanted && i < sizeof where / sizeof where[0]; i++) {
		f = fields_next(fields, where[i], NULL);
		if (f == NULL || !notice_address(&to, f->value, f->value + f->len))
			continue;
		/* "ada@example.org" <ada@example.org> is one */
		if (notice_address(&more, to.at + to.len, f->value + f->len) &&
		    (more.len != to.len || strncasecmp(more.at, to.at, to.len) != 0))
			continue;
		if (notice_add(m->out, m->arena, to.at, to.len) != NULL)
			return;
	}
}

static void
read_original_fields(struct material *m, struct fields *out)
{
	const char *header = original_header(m->original.data);

	fields_read(out, header, strlen(header));
}

static void
read_original(struct material *m, bool want_recipient)
{
	struct header_field *field = mem_alloc(ORIGINAL_FIELDS * sizeof *field);
	struct fields fields = { .field = field, .room = ORIGINAL_FIELDS };
	struct report *out = m->out;

	read_original_fields(m, &fields);
	read_original_id(m, &fields);
	read_original_to(m, &fields, want_recipient);
	out->tokens = recipient_find_tokens(out->token, 0, REPORT_TOKENS, m->arena,
	    m->original.data);
	out->tokens = recipient_find_tokens(out->token, out->tokens, REPORT_TOKENS,
	    m->arena, m->feedback.data);
	out->tokens = recipient_find_tokens(out->token, out->tokens, REPORT_TOKENS,
	    m->arena, m->notice.data);
	free(field);
}

/* ---- kinds of reports --------------------------------------------------- */

static void
read_feedback_field(struct material *m, const char *line)
{
	struct report *out = m->out;
	struct found f;
	char *word;
	size_t n;

	if (strncasecmp(line, "feedback-type:", 14) == 0) {
		line += 14 + strspn(line + 14, " \t");
		n = strspn(line, "abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ");
		if (n == 0 || n >= 32)
			return;
		word = arena_strndup(m->arena, line, n);
		for (n = 0; word[n] != '\0'; n++)
			word[n] = (char)tolower((unsigned char)word[n]);
		out->feedback = word;
	} else if ((strncasecmp(line, "original-rcpt-to:", 17) == 0 ||
	    strncasecmp(line, "removal-recipient:", 18) == 0) &&
	    notice_address(&f, line, line + strlen(line))) {
		(void)notice_add(out, m->arena, f.at, f.len);
	}
}

static void
read_complaint(struct material *m)
{
	char *lines = arena_strdup(m->arena, m->feedback.data), *line;

	m->out->kind = REPORT_COMPLAINT;
	m->out->how = "feedback-report";
	while ((line = strsep(&lines, "\n")) != NULL)
		read_feedback_field(m, line);
	read_original(m, false);
}

static void
add_own(struct material *m, struct notice *n, const struct fields *fields,
    enum header id)
{
	const struct header_field *f = fields_next(fields, id, NULL);
	struct found own;

	if (f != NULL && n->owns < NOTICE_OWN &&
	    notice_address(&own, f->value, f->value + f->len))
		n->own[n->owns++] = arena_strndup(m->arena, own.at, own.len);
}

/* A filter of the recipient's that says no by a notice of disposition
 * (RFC 5429); all others tell who read what. */
static bool
is_refusal(const struct material *m)
{
	struct buf folded = BUF_INIT;
	bool refusal;

	if (strcasestr(m->disposition.data, "automatic-action") == NULL ||
	    strcasestr(m->disposition.data, "deleted") == NULL)
		return false;
	notice_fold(&folded, m->notice.data, m->notice.len);
	refusal = words_refused(folded.data);
	buf_free(&folded);
	return refusal;
}

static bool
is_challenge(const struct material *m)
{
	char subject[FOLD_MAX], text[FOLD_TEXT_MAX];

	(void)fold_line(subject, m->view->subject, strlen(m->view->subject));
	fold_text(text, m->notice.data);
	return fields_next(m->view->fields, HEADER_CHALLENGE, NULL) != NULL ||
	    phrase_challenge(subject) || phrase_challenge_body(text);
}

/* X-Failed-Recipients says who, the text why. */
static bool
read_failed_field(struct material *m, const struct report *words)
{
	const struct header_field *f = NULL;
	const char *at, *end;
	struct found found;
	struct report_recipient *r;
	size_t i;

	while ((f = fields_next(m->view->fields, HEADER_FAILED, f)) != NULL) {
		end = f->value + f->len;
		for (at = f->value; m->out->count < REPORT_RECIPIENTS &&
		    notice_address(&found, at, end); at = found.at + found.len) {
			r = notice_add(m->out, m->arena, found.at, found.len);
			if (r == NULL)
				continue;
			r->fate = words->fate;
			for (i = 0; i < words->count; i++)
				if (strcasecmp(words->recipient[i].address, r->address) == 0)
					*r = words->recipient[i];
		}
	}
	return m->out->count > 0;
}

static void
read_words(struct material *m, struct report *words, enum sureness *sure)
{
	struct notice n = {
		.text = m->notice.data, .len = m->notice.len,
		.subject = m->view->subject, .bounce = m->view->bounce,
	};

	static const enum header of_report[] = {
		HEADER_TO, HEADER_FROM, HEADER_RETURN_PATH, HEADER_DELIVERED_TO
	};
	static const enum header of_original[] = {
		HEADER_FROM, HEADER_RETURN_PATH, HEADER_SENDER
	};
	struct header_field *field = mem_alloc(ORIGINAL_FIELDS * sizeof *field);
	struct fields original = { .field = field, .room = ORIGINAL_FIELDS };
	size_t i;

	for (i = 0; i < sizeof of_report / sizeof of_report[0]; i++)
		add_own(m, &n, m->view->fields, of_report[i]);
	read_original_fields(m, &original);
	for (i = 0; i < sizeof of_original / sizeof of_original[0]; i++)
		add_own(m, &n, &original, of_original[i]);
	free(field);
	memset(words, 0, sizeof *words);
	*sure = notice_read(words, m->arena, &n);
}

/* The gravest of all; a failure is one even where nobody is named. */
static void
sum_up(struct report *out)
{
	size_t i;

	if (out->kind == REPORT_FAILED && out->fate < FATE_SOFT)
		out->fate = FATE_SOFT;
	for (i = 0; i < out->count; i++)
		if (out->recipient[i].fate > out->fate)
			out->fate = out->recipient[i].fate;
}

/* A part that says no more than that it failed: why is in the words. */
static void
look_up_reason(struct report_recipient *r, const struct report *words, bool alone)
{
	const struct report_recipient *said = NULL;
	size_t i;

	if (r->fate != FATE_SOFT || r->reply != 0 || r->detail != 0 || r->subject != 0)
		return;
	for (i = 0; i < words->count && said == NULL; i++)
		if (strcasecmp(words->recipient[i].address, r->address) == 0)
			said = &words->recipient[i];
	if (said != NULL && said->fate > FATE_SOFT)
		r->fate = said->fate;
	else if (said == NULL && alone && words->fate > FATE_SOFT)
		r->fate = words->fate;
	if (said != NULL && r->class == 5 && said->class == 5) {
		r->subject = said->subject;
		r->detail = said->detail;
		r->reply = said->reply;
	}
	if (said != NULL && r->diagnostic == NULL)
		r->diagnostic = said->diagnostic;
}

static bool
read_delivery_status(struct material *m, const struct report *words, struct buf *from)
{
	struct status_read s = { .out = m->out, .arena = m->arena };
	struct report *out = m->out;
	size_t i;

	read_status(&s, arena_strdup(m->arena, from->data));
	if (!s.failed && !s.delayed && !s.delivered && !s.challenged)
		return false;
	out->kind = s.challenged && !s.failed && !s.delayed ? REPORT_NONE : s.failed ? REPORT_FAILED : s.delayed ? REPORT_DELAYED :
	    REPORT_DELIVERED;
	out->how = "delivery-status";
	for (i = 0; s.failed && i < out->count; i++)
		look_up_reason(&out->recipient[i], words, out->count == 1);
	for (i = 0; s.nameless && i < words->count; i++) {
		struct report_recipient *r = notice_add(out, m->arena,
		    words->recipient[i].address, strlen(words->recipient[i].address));

		if (r != NULL && r->fate == FATE_NONE) {
			const char *address = r->address;

			*r = s.lost;
			r->address = address;
		}
	}
	if (s.nameless)
		out->fate = s.lost.fate;
	return true;
}

static void
read_disposition(struct material *m, const struct report *words)
{
	struct status_read s = { .out = m->out, .arena = m->arena };

	s.now.action = "failed";
	read_status(&s, arena_strdup(m->arena, m->disposition.data));
	m->out->kind = REPORT_FAILED;
	m->out->how = "disposition";
	if (m->out->count == 1)
		m->out->recipient[0].fate = words->fate > FATE_SOFT ? words->fate : FATE_SOFT;
}

static void
read_bounce(struct material *m)
{
	struct report words, *out = m->out;
	enum sureness sure;
	size_t i;

	if (m->disposition.len > 0 && !is_refusal(m))
		return;
	if (is_challenge(m))
		return;
	read_words(m, &words, &sure);
	if (m->disposition.len > 0) {
		read_disposition(m, &words);
	} else if (m->status.len == 0 || !read_delivery_status(m, &words, &m->status)) {
		if (words.kind == REPORT_NONE)
			return;
		out->kind = words.kind;
		out->fate = words.fate;
		out->how = "failed-recipients";
		if (!read_failed_field(m, &words)) {
			out->how = "words";
			out->count = words.count;
			memcpy(out->recipient, words.recipient, sizeof out->recipient);
		}
	}
	i = out->count;
	read_original(m, out->count == 0);
	for (; i < out->count; i++)
		out->recipient[i].fate = out->fate;
	sum_up(out);
}

void
report_read(struct report *out, struct arena *arena, struct charsets *charsets,
    const struct report_view *view)
{
	struct material *m = mem_alloc(sizeof *m);

	memset(out, 0, sizeof *out);
	m->view = view;
	m->out = out;
	m->arena = arena;
	m->charsets = charsets;
	buf_init(&m->notice);
	buf_init(&m->status);
	buf_init(&m->feedback);
	buf_init(&m->disposition);
	buf_init(&m->original);
	open_material(m);
	if (view->complaint || m->feedback.len > 0)
		read_complaint(m);
	else
		read_bounce(m);
	close_material(m);
}
