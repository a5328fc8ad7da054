/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "message/fields.h"

/* Sorted by name without case; a '*' at the end stands for anything. */
static const struct {
	const char *name;
	enum header id;
} names[] = {
	{ "accept-language", HEADER_ACCEPT_LANGUAGE },
	{ "arc-*", HEADER_ARC },
	{ "authentication-results", HEADER_AUTHENTICATION_RESULTS },
	{ "auto-generated", HEADER_ROBOT_NOT_NO },
	{ "auto-reply", HEADER_ROBOT_NOT_NO },
	{ "auto-submitted", HEADER_AUTO_SUBMITTED },
	{ "autoreply", HEADER_ROBOT_NOT_NO },
	{ "cc", HEADER_CC },
	{ "content-class", HEADER_CONTENT_CLASS },
	{ "content-disposition", HEADER_CONTENT_DISPOSITION },
	{ "content-language", HEADER_CONTENT_LANGUAGE },
	{ "content-transfer-encoding", HEADER_CONTENT_TRANSFER_ENCODING },
	{ "content-type", HEADER_CONTENT_TYPE },
	{ "delivered-to", HEADER_DELIVERED_TO },
	{ "envelope-to", HEADER_ENVELOPE_TO },
	{ "feedback-id", HEADER_FEEDBACK_ID },
	{ "from", HEADER_FROM },
	{ "in-reply-to", HEADER_IN_REPLY_TO },
	{ "list-*", HEADER_LIST },
	{ "mailing-list", HEADER_LIST },
	{ "message-id", HEADER_MESSAGE_ID },
	{ "mime-version", HEADER_MIME_VERSION },
	{ "precedence", HEADER_PRECEDENCE },
	{ "received", HEADER_RECEIVED },
	{ "received-spf", HEADER_TRACE },
	{ "references", HEADER_REFERENCES },
	{ "reply-to", HEADER_REPLY_TO },
	{ "return-path", HEADER_RETURN_PATH },
	{ "sender", HEADER_SENDER },
	{ "subject", HEADER_SUBJECT },
	{ "to", HEADER_TO },
	{ "user-agent", HEADER_PROGRAM },
	{ "x-amazon-auto-reply", HEADER_ROBOT },
	{ "x-aol-autoreply", HEADER_ROBOT },
	{ "x-auto-generated", HEADER_ROBOT_NOT_NO },
	{ "x-auto-re*", HEADER_ROBOT_NOT_NO },
	{ "x-autogen*", HEADER_ROBOT_NOT_NO },
	{ "x-automatic-*", HEADER_ROBOT_NOT_NO },
	{ "x-autore*", HEADER_ROBOT_NOT_NO },
	{ "x-autosent", HEADER_ROBOT_NOT_NO },
	{ "x-away-message", HEADER_ROBOT_NOT_NO },
	{ "x-beenthere", HEADER_LIST },
	{ "x-bluebottle-request", HEADER_CHALLENGE },
	{ "x-boxbe-*", HEADER_CHALLENGE },
	{ "x-challenge*", HEADER_CHALLENGE },
	{ "x-cron-env", HEADER_ROBOT },
	{ "x-discourse-auto-generated", HEADER_ROBOT_NOT_NO },
	{ "x-failed-recipients", HEADER_FAILED },
	{ "x-fc-machinegenerated", HEADER_ROBOT_NOT_NO },
	{ "x-google-group-id", HEADER_LIST },
	{ "x-holidayreply", HEADER_ROBOT_NOT_NO },
	{ "x-list", HEADER_LIST },
	{ "x-list-*", HEADER_LIST },
	{ "x-listar-*", HEADER_LIST },
	{ "x-listname", HEADER_LIST },
	{ "x-listserver", HEADER_LIST },
	{ "x-loop", HEADER_ROBOT },
	{ "x-machinegenerated", HEADER_ROBOT_NOT_NO },
	{ "x-mail-autoreply", HEADER_ROBOT_NOT_NO },
	{ "x-mailer", HEADER_PROGRAM },
	{ "x-mailing-list", HEADER_LIST },
	{ "x-mailman-*", HEADER_LIST },
	{ "x-message-class", HEADER_PROGRAM },
	{ "x-ml-name", HEADER_LIST },
	{ "x-mlserver", HEADER_LIST },
	{ "x-ms-exchange-generated-message-source", HEADER_PROGRAM },
	{ "x-ms-exchange-inbox-rules-loop", HEADER_ROBOT },
	{ "x-ms-inbox-rules-loop", HEADER_ROBOT },
	{ "x-msmail-messageclass", HEADER_PROGRAM },
	{ "x-ooo*", HEADER_ROBOT_NOT_NO },
	{ "x-original-to", HEADER_X_ORIGINAL_TO },
	{ "x-otrs-loop", HEADER_ROBOT },
	{ "x-out-of-office", HEADER_ROBOT_NOT_NO },
	{ "x-post-messageclass", HEADER_PROGRAM },
	{ "x-precedence", HEADER_X_PRECEDENCE },
	{ "x-rt-loop-prevention", HEADER_ROBOT },
	{ "x-spamarrest-*", HEADER_CHALLENGE },
	{ "x-tmda-confirm*", HEADER_CHALLENGE },
	{ "x-trusted-delivery", HEADER_CHALLENGE },
	{ "x-vacation*", HEADER_ROBOT_NOT_NO },
	{ "x-yahoo-autoresponder", HEADER_ROBOT },
	{ "x-zendesk-from-account-id", HEADER_ROBOT },
};

/* <0, 0, >0 as NAME[0..len) is before, at or after the entry WANT. */
static int
compare(const char *name, size_t len, const char *want)
{
	size_t n = strlen(want);
	int diff;

	if (want[n - 1] == '*' && len >= n - 1 &&
	    strncasecmp(name, want, n - 1) == 0)
		return 0;
	diff = strncasecmp(name, want, len);
	return diff != 0 ? diff : len < n ? -1 : 0;
}

static enum header
identify(const char *name, size_t len)
{
	size_t low = 0, high = sizeof names / sizeof names[0], middle;
	int diff;

	while (low < high) {
		middle = (low + high) / 2;
		diff = compare(name, len, names[middle].name);
		if (diff == 0)
			return names[middle].id;
		if (diff < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return HEADER_OTHER;
}

/* Length of the field name that LINE begins with, 0 when it is no header
 * line; blanks before the colon are an old custom. */
static size_t
name_length(const char *line, const char *end)
{
	const char *p = line, *q;

	while (p < end && *p > 32 && *p < 127 && *p != ':')
		p++;
	for (q = p; q < end && (*q == ' ' || *q == '\t'); q++)
		;
	return p > line && p - line <= 200 && q < end && *q == ':' ?
	    (size_t)(p - line) : 0;
}

static const char *
next_line(const char *p, const char *end)
{
	const char *lf = memchr(p, '\n', (size_t)(end - p));

	return lf == NULL ? end : lf + 1;
}

static bool
is_empty_line(const char *p, const char *end)
{
	return p < end && (*p == '\n' || (*p == '\r' && p + 1 < end && p[1] == '\n'));
}

/* Does a header line come before the next empty one? */
static bool
header_follows(const char *p, const char *end)
{
	int tries;

	for (tries = 0; tries < 20 && p < end && !is_empty_line(p, end); tries++) {
		if (name_length(p, end) > 0)
			return true;
		p = next_line(p, end);
	}
	return false;
}

/* The end of the field that begins at P: where no blank begins a line. */
static const char *
field_end(const char *p, const char *end)
{
	do {
		p = next_line(p, end);
	} while (p < end && (*p == ' ' || *p == '\t'));
	return p;
}

static void
add(struct fields *f, const char *line, size_t name_len, const char *end)
{
	struct header_field *field = &f->field[f->count];
	const char *colon = memchr(line + name_len, ':', (size_t)(end - line) - name_len);

	field->name = line;
	field->name_len = name_len;
	field->id = identify(line, name_len);
	field->value = colon + 1;
	field->line_end = end;
	while (end > colon + 1 && (end[-1] == '\n' || end[-1] == '\r'))
		end--;
	field->len = (size_t)(end - field->value);
	if (field->len > FIELD_BYTES)
		field->len = FIELD_BYTES;
	f->count++;
}

/* Past the caps only the empty line is looked for. */
static const char *
skip_header(const char *p, const char *end)
{
	while (p < end && !is_empty_line(p, end))
		p = next_line(p, end);
	return p;
}

void
fields_read(struct fields *f, const char *bytes, size_t len)
{
	const char *p = bytes, *end = bytes + len, *next;
	size_t n;

	f->count = 0;
	if (len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	if (end - p >= 5 && (memcmp(p, "From ", 5) == 0 || memcmp(p, ">From", 5) == 0))
		p = next_line(p, end);
	while (is_empty_line(p, end) && header_follows(next_line(p, end), end) &&
	    p - bytes < 16)
		p = next_line(p, end);
	while (p < end && !is_empty_line(p, end)) {
		if (f->count >= f->room || p - bytes > FIELDS_BYTES) {
			p = skip_header(p, end);
			break;
		}
		n = name_length(p, end);
		next = field_end(p, end);
		if (n > 0)
			add(f, p, n, next);
		else if (!header_follows(next, end))
			break;          /* the body, and no empty line before it */
		p = next;
	}
	if (is_empty_line(p, end))
		p = next_line(p, end);
	f->body = p;
	f->body_len = (size_t)(end - p);
}

const struct header_field *
fields_next(const struct fields *f, enum header id, const struct header_field *after)
{
	const struct header_field *p = after == NULL ? f->field : after + 1;

	for (; p < f->field + f->count; p++)
		if (p->id == id)
			return p;
	return NULL;
}

char *
field_text(struct arena *arena, const struct header_field *field, size_t max)
{
	size_t len = field->len < max ? field->len : max, i, n = 0;
	char *out = arena_alloc(arena, len + 1);

	for (i = 0; i < len; i++) {
		char c = field->value[i];

		if (c == '\r' || c == '\n')
			continue;
		if (c == '\0' || c == '\t')
			c = ' ';
		if (c != ' ' || n > 0)
			out[n++] = c;
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	return out;
}

bool
field_is(const struct header_field *field, const char *word)
{
	const char *p = field->value, *end = p + field->len;
	size_t n = strlen(word);
	int depth = 0;

	for (; p < end; p++) {
		if (*p == '(')
			depth++;
		else if (*p == ')' && depth > 0)
			depth--;
		else if (depth == 0 && strchr(" \t\r\n\"", *p) == NULL)
			break;
	}
	if ((size_t)(end - p) < n || strncasecmp(p, word, n) != 0)
		return false;
	p += n;
	return p == end || strchr(" \t\r\n;,\"(", *p) != NULL;
}
