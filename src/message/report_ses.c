/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/buf.h"
#include "message/report_ses.h"

/* Without the backslashes of a quoted JSON, line ends, and the blanks between a
 * name and its value. */
static void
unquote(const char *text, struct buf *out)
{
	for (; *text != '\0'; text++) {
		if (*text == '\\' || *text == '\n' ||
		    (*text == ' ' && out->len > 1 &&
		    (memcmp(out->data + out->len - 2, "\":", 2) == 0 ||
		    text[1] == ':')))
			continue;
		buf_addch(out, *text);
	}
}

/* The string after NAME within START..END; length 0 when there is none. */
static const char *
member(const char *start, const char *end, const char *name, size_t *len)
{
	const char *p = memmem(start, (size_t)(end - start), name, strlen(name));
	const char *stop;

	*len = 0;
	if (p == NULL)
		return start;
	p += strlen(name);
	stop = memchr(p, '"', (size_t)(end - p));
	if (stop != NULL)
		*len = (size_t)(stop - p);
	return p;
}

static void
add_field(struct buf *out, const char *field, const char *start, const char *end,
    const char *name)
{
	size_t len;
	const char *value = member(start, end, name, &len);

	if (len > 0)
		buf_addf(out, "%s: %.*s\n", field, (int)(len < 900 ? len : 900), value);
}

/* Each object of the list that LIST begins. */
static void
read_recipients(const char *list, bool lasting, struct buf *out)
{
	const char *end = strchr(list, ']'), *p, *stop;
	size_t len;

	if (end == NULL)
		return;
	for (p = list; (p = memchr(p, '{', (size_t)(end - p))) != NULL; p = stop) {
		stop = memchr(p, '}', (size_t)(end - p));
		if (stop == NULL)
			stop = end;
		add_field(out, "\nFinal-Recipient", p, stop, "\"emailAddress\":\"");
		buf_addstr(out, "Action: failed\n");
		(void)member(p, stop, "\"status\":\"", &len);
		if (len == 0)
			buf_addf(out, "Status: %s\n", lasting ? "5.0.0" : "4.0.0");
		add_field(out, "Status", p, stop, "\"status\":\"");
		add_field(out, "Diagnostic-Code", p, stop, "\"diagnosticCode\":\"");
	}
}

static bool
has_kind(const char *json, const char *kind)
{
	struct buf type = BUF_INIT;
	bool found;

	buf_addf(&type, "Type\":\"%s\"", kind);    /* notificationType, eventType */
	found = strstr(json, type.data) != NULL && strstr(json, "\"mail\":") != NULL;
	buf_free(&type);
	return found;
}

bool
ses_read(const char *text, struct buf *out, bool *complaint)
{
	struct buf json = BUF_INIT;
	const char *list, *end;
	bool read = false;

	*complaint = false;
	if (text[strspn(text, " \t\n")] != '{')
		return false;
	unquote(text, &json);
	end = json.data + json.len;
	if (has_kind(json.data, "Bounce") &&
	    (list = strstr(json.data, "\"bouncedRecipients\":[")) != NULL) {
		read_recipients(list, strstr(json.data, "\"Permanent\"") != NULL, out);
		read = true;
	} else if (has_kind(json.data, "Complaint")) {
		buf_addstr(out, "Feedback-Type: other\n");     /* often unsaid */
		add_field(out, "Feedback-Type", json.data, end,
		    "\"complaintFeedbackType\":\"");
		list = strstr(json.data, "\"complainedRecipients\":[");
		if (list != NULL)
			add_field(out, "Original-Rcpt-To", list, end,
			    "\"emailAddress\":\"");
		*complaint = read = true;
	}
	buf_free(&json);
	return read;
}
