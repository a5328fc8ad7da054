/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "message/fields.h"
#include "message/nature.h"
#include "message/part.h"
#include "message/phrases.h"

const char *
nature_text(enum nature n)
{
	static const char *const texts[NATURE_COUNT_] = {
		[NATURE_HUMAN] = "human",
		[NATURE_AUTOMATIC] = "automatic",
		[NATURE_BOUNCE] = "bounce",
		[NATURE_COMPLAINT] = "complaint",
		[NATURE_LIST] = "list",
	};

	return n < NATURE_COUNT_ ? texts[n] : "unknown";
}

/* ---- addresses ---------------------------------------------------------- */

enum role { ROLE_NONE, ROLE_DAEMON, ROLE_LIST, ROLE_ROBOT };

/* '*' at an end stands for anything; without case. */
static const struct {
	const char *local;
	enum role role;
} roles[] = {
	{ "mailer-daemon*", ROLE_DAEMON }, { "mailerdaemon", ROLE_DAEMON },
	{ "mail-daemon*", ROLE_DAEMON }, { "maildaemon", ROLE_DAEMON },
	{ "postmaster", ROLE_DAEMON }, { "mdaemon", ROLE_DAEMON },
	{ "post_master", ROLE_DAEMON }, { "post-master", ROLE_DAEMON },
	{ "microsoftexchange*", ROLE_DAEMON },
	{ "owner-*", ROLE_LIST }, { "*-owner", ROLE_LIST },
	{ "*-bounces", ROLE_LIST }, { "*-bounces+*", ROLE_LIST },
	{ "*-bounce", ROLE_LIST }, { "*-errors", ROLE_LIST },
	{ "*-request", ROLE_ROBOT }, { "request", ROLE_NONE },
	{ "listserv*", ROLE_ROBOT }, { "majordom*", ROLE_ROBOT },
	{ "listproc*", ROLE_ROBOT }, { "mailman", ROLE_ROBOT },
	{ "sympa", ROLE_ROBOT }, { "mailer", ROLE_ROBOT },
	{ "no-reply*", ROLE_ROBOT }, { "noreply*", ROLE_ROBOT },
	{ "no_reply*", ROLE_ROBOT }, { "no.reply*", ROLE_ROBOT },
	{ "*-noreply", ROLE_ROBOT }, { "*-no-reply", ROLE_ROBOT },
	{ "*.noreply", ROLE_ROBOT }, { "*_noreply", ROLE_ROBOT },
	{ "donotreply*", ROLE_ROBOT }, { "do-not-reply*", ROLE_ROBOT },
	{ "do_not_reply*", ROLE_ROBOT }, { "do.not.reply*", ROLE_ROBOT },
	{ "dontreply*", ROLE_ROBOT }, { "noresponse*", ROLE_ROBOT },
	{ "nepasrepondre*", ROLE_ROBOT }, { "ne-pas-repondre*", ROLE_ROBOT },
	{ "noresponder*", ROLE_ROBOT }, { "no-responder*", ROLE_ROBOT },
	{ "naoresponder*", ROLE_ROBOT }, { "nao-responda*", ROLE_ROBOT },
	{ "keine-antwort*", ROLE_ROBOT }, { "nichtantworten*", ROLE_ROBOT },
	{ "nicht-antworten*", ROLE_ROBOT }, { "autoreply*", ROLE_ROBOT },
	{ "auto-reply*", ROLE_ROBOT }, { "autoresponder*", ROLE_ROBOT },
	{ "autoresponse*", ROLE_ROBOT }, { "auto-response*", ROLE_ROBOT },
	{ "auto-confirm*", ROLE_ROBOT }, { "autoanswer*", ROLE_ROBOT },
	{ "vacation", ROLE_ROBOT }, { "bounce", ROLE_ROBOT },
	{ "bounces", ROLE_ROBOT }, { "cron", ROLE_ROBOT },
	{ "devnull", ROLE_ROBOT }, { "#", ROLE_ROBOT },
};

static bool
matches(const char *local, size_t len, const char *want)
{
	size_t n = strlen(want);
	bool head = want[0] == '*', tail = want[n - 1] == '*';
	size_t i;

	want += head;
	n -= (size_t)head + tail;
	if (len < n || (!head && !tail && len != n))
		return false;
	if (head && tail) {
		for (i = 0; i + n <= len; i++)
			if (strncasecmp(local + i, want, n) == 0)
				return true;
		return false;
	}
	return strncasecmp(head ? local + len - n : local, want, n) == 0;
}

static enum role
role_of(const char *address)
{
	const char *at = address == NULL ? NULL : strrchr(address, '@');
	size_t len, i;

	if (address == NULL || *address == '\0')
		return ROLE_NONE;
	len = at == NULL ? strlen(address) : (size_t)(at - address);
	for (i = 0; i < sizeof roles / sizeof roles[0]; i++)
		if (matches(address, len, roles[i].local))
			return roles[i].role;
	return ROLE_NONE;
}

/* The first local part in a From that has no address we would take, such as
 * "Mail Delivery <MAILER-DAEMON>". */
static bool
says_daemon(const struct fields *fields)
{
	const struct header_field *f = NULL;
	size_t i;

	while ((f = fields_next(fields, HEADER_FROM, f)) != NULL)
		for (i = 0; i + 13 <= f->len && i < 200; i++)
			if (strncasecmp(f->value + i, "mailer-daemon", 13) == 0)
				return true;
	return false;
}

/* <>, and qmail's <#@[]> for a bounce of a bounce. */
static bool
is_null_path(const char *path)
{
	return path[0] == '\0' || strcmp(path, "<>") == 0 ||
	    strncmp(path, "#@[", 3) == 0;
}

static bool
has_null_return_path(const struct fields *fields)
{
	const struct header_field *f = fields_next(fields, HEADER_RETURN_PATH, NULL);
	size_t i, n = 0;

	if (f == NULL)
		return false;
	for (i = 0; i < f->len; i++)
		if (!isspace((unsigned char)f->value[i]) &&
		    strchr("<>", f->value[i]) == NULL)
			n++;
	return n == 0 && memchr(f->value, '<', f->len) != NULL;
}

/* "Re: Out of office" may be a robot's, "Re: Mail delivery failed" hardly. */
static bool
is_reply_subject(const char *subject)
{
	return strncmp(subject, "re:", 3) == 0 || strncmp(subject, "fw", 2) == 0 ||
	    strncmp(subject, "aw:", 3) == 0 || strncmp(subject, "sv:", 3) == 0;
}

/* Is it about a mail that did not arrive?  Only asked of what a robot sent. */
static bool
reads_like_bounce(const struct nature_view *v, const char *subject)
{
	char text[FOLD_TEXT_MAX];

	fold_text(text, v->text);
	return (!is_reply_subject(subject) && phrase_bounce(subject)) ||
	    phrase_bounce_body(text);
}

/* ---- reports ------------------------------------------------------------ */

static const struct {
	const char *report_type, *subtype;
	enum nature nature;
	const char *why;
} reports[] = {
	{ "feedback-report", "feedback-report", NATURE_COMPLAINT, "feedback-report" },
	{ "delivery-status", "delivery-status", NATURE_BOUNCE, "delivery-status" },
	{ "global-delivery-status", "global-delivery-status", NATURE_BOUNCE,
	    "delivery-status" },
	{ "disposition-notification", "disposition-notification",
	    NATURE_AUTOMATIC, "disposition" },
	{ "global-disposition-notification", "global-disposition-notification",
	    NATURE_AUTOMATIC, "disposition" },
};

/* Reports whose type is in their own name, or in the name of a part only. */
static bool
decide_report(const struct nature_view *v, const char *subject,
    enum nature *out, const char **why)
{
	const struct content *c = v->content;
	struct part part;
	size_t i;

	if (!content_is(c, "multipart", NULL) && !content_is(c, "message", NULL))
		return false;
	for (i = 0; i < sizeof reports / sizeof reports[0]; i++) {
		part.found = strcmp(c->report_type, reports[i].report_type) == 0 ||
		    content_is(c, "message", reports[i].subtype);
		if (!part.found && content_is(c, "multipart", NULL) &&
		    memmem(v->fields->body, v->fields->body_len,
		    reports[i].subtype, strlen(reports[i].subtype)) != NULL)
			part_find(&part, c, v->fields->body, v->fields->body_len,
			    "message", reports[i].subtype);
		if (part.found) {
			*out = reports[i].nature;
			*why = reports[i].why;
			return true;
		}
	}
	if (!content_is(c, "multipart", "report"))
		return false;
	*out = reads_like_bounce(v, subject) ? NATURE_BOUNCE : NATURE_AUTOMATIC;
	*why = "report";
	return true;
}

/* An answer to an invitation, which a calendar sends (RFC 6047). */
static bool
is_calendar(const struct nature_view *v)
{
	const struct content *c = v->content;
	struct part part = { .found = false };

	if (content_is(c, "text", "calendar"))
		return true;
	if (content_is(c, "multipart", NULL) && memmem(v->fields->body,
	    v->fields->body_len, "calendar", 8) != NULL)
		part_find(&part, c, v->fields->body, v->fields->body_len,
		    "text", "calendar");
	return part.found;
}

/* ---- header fields ------------------------------------------------------ */

static bool
says_no(const struct header_field *f)
{
	return field_is(f, "no") || field_is(f, "none") || field_is(f, "false") ||
	    field_is(f, "0");
}

static bool
decide_precedence(const struct header_field *f, enum nature *out, const char **why)
{
	*why = "precedence";
	if (field_is(f, "bulk") || field_is(f, "list")) {
		*out = NATURE_LIST;
		return true;
	}
	if (field_is(f, "junk") || field_is(f, "auto_reply") ||
	    field_is(f, "auto-reply") || field_is(f, "autoreply")) {
		*out = NATURE_AUTOMATIC;
		return true;
	}
	return false;
}

/* "X-Mailer: vacation 1.2", "X-POST-MessageClass: 9; Autoresponder". */
static bool
names_robot(const struct header_field *f)
{
	char folded[FOLD_MAX];

	(void)fold_line(folded, f->value, f->len);
	return phrase_robot(folded);
}

static bool
decide_field(const struct header_field *f, enum nature *out, const char **why)
{
	*out = NATURE_AUTOMATIC;
	switch (f->id) {
	case HEADER_AUTO_SUBMITTED:
		*why = "auto-submitted";
		return !field_is(f, "no");
	case HEADER_ROBOT:
		*why = "robot-header";
		return true;
	case HEADER_ROBOT_NOT_NO:
		*why = "robot-header";
		return !says_no(f);
	case HEADER_CHALLENGE:
		*why = "challenge";
		return true;
	case HEADER_CONTENT_CLASS:
		*why = "content-class";
		return field_is(f, "urn:content-classes:mdn") ||
		    field_is(f, "urn:content-classes:dsn") ||
		    field_is(f, "urn:content-classes:ooftemplate");
	case HEADER_PROGRAM:
		*why = "program";
		return names_robot(f);
	case HEADER_DELIVERED_TO:
		*why = "autoresponder";
		return field_is(f, "autoresponder");
	case HEADER_PRECEDENCE:
	case HEADER_X_PRECEDENCE:
		return decide_precedence(f, out, why);
	case HEADER_LIST:
		*out = NATURE_LIST;
		*why = "list-header";
		return true;
	default:
		return false;
	}
}

/* A robot's header says more than a list's: robots use bulk precedence too. */
static bool
decide_fields(const struct fields *fields, enum nature *out, const char **why)
{
	enum nature nature;
	const char *word;
	bool found = false;
	size_t i;

	*out = NATURE_HUMAN;
	for (i = 0; i < fields->count; i++)
		if (fields->field[i].id < HEADER_OTHER &&
		    decide_field(&fields->field[i], &nature, &word) &&
		    (!found || (*out == NATURE_LIST && nature != NATURE_LIST))) {
			*out = nature;
			*why = word;
			found = true;
		}
	return found;
}

/* ---- all of it ---------------------------------------------------------- */

static bool
decide_sender(const struct nature_view *v, const char *subject,
    enum nature *out, const char **why)
{
	enum role path = role_of(v->reverse_path), from = role_of(v->author);
	bool null = (v->reverse_path != NULL && is_null_path(v->reverse_path)) ||
	    has_null_return_path(v->fields);
	bool daemon = path == ROLE_DAEMON || from == ROLE_DAEMON ||
	    says_daemon(v->fields);

	if (daemon || null) {
		*why = daemon ? "daemon" : "null-sender";
		*out = fields_next(v->fields, HEADER_FAILED, NULL) != NULL ||
		    reads_like_bounce(v, subject) ? NATURE_BOUNCE : NATURE_AUTOMATIC;
		return true;
	}
	if (path == ROLE_LIST || from == ROLE_LIST) {
		*why = "list-sender";
		*out = NATURE_LIST;
		return true;
	}
	*why = "role-sender";
	*out = NATURE_AUTOMATIC;
	return path == ROLE_ROBOT || from == ROLE_ROBOT;
}

static bool
decide_words(const struct nature_view *v, const char *subject,
    enum nature *out, const char **why)
{
	char text[FOLD_TEXT_MAX];

	fold_text(text, v->text);
	*out = NATURE_AUTOMATIC;
	*why = "subject";
	if (phrase_vacation(subject))
		return true;
	*why = "absence";
	if (phrase_absent(subject))
		return true;
	*why = "challenge";
	if (phrase_challenge(subject) || phrase_challenge_body(text))
		return true;
	*why = "text";
	if (phrase_vacation_body(text))
		return true;
	*out = NATURE_BOUNCE;
	*why = "subject";
	return !is_reply_subject(subject) && phrase_bounce(subject) &&
	    phrase_bounce_body(text);
}

enum nature
nature_decide(const struct nature_view *v, const char **why)
{
	enum nature nature;
	char subject[FOLD_MAX];

	(void)fold_line(subject, v->subject, strlen(v->subject));
	if (decide_report(v, subject, &nature, why))
		return nature;
	if (fields_next(v->fields, HEADER_FAILED, NULL) != NULL) {
		*why = "failed-recipients";
		return NATURE_BOUNCE;
	}
	if (decide_fields(v->fields, &nature, why)) {
		/* many robots that report on mail say no more than that they are one */
		return nature == NATURE_AUTOMATIC && reads_like_bounce(v, subject) ?
		    NATURE_BOUNCE : nature;
	}
	if (is_calendar(v)) {
		*why = "calendar";
		return NATURE_AUTOMATIC;
	}
	if (decide_sender(v, subject, &nature, why) ||
	    decide_words(v, subject, &nature, why))
		return nature;
	*why = "human";
	return NATURE_HUMAN;
}
