/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/wire.h"
#include "message/job.h"

#define JOB_VERSION 3
#define TEXT_VERSION 1
#define SUBJECT_MAX 1000
#define HEADER_MAX 1000          /* octets of a string that goes in a header */
#define WORD_MAX 64
#define VALUE_MAX JOB_TEXT_MAX

#define AUTO_REPLIED 1
#define BULK 2


/* The strings of a job in their order on the wire. */
enum rule { WORD, LINE, LINE_OR_NULL };

static const struct {
	size_t at;
	enum rule rule;
} strings[] = {
	{ offsetof(struct job, campaign), WORD },
	{ offsetof(struct job, template_name), WORD },
	{ offsetof(struct job, language), WORD },
	{ offsetof(struct job, text), LINE_OR_NULL },
	{ offsetof(struct job, to), LINE },
	{ offsetof(struct job, to_name), LINE_OR_NULL },
	{ offsetof(struct job, reverse_path), LINE },
	{ offsetof(struct job, from), LINE },
	{ offsetof(struct job, reply_to), LINE_OR_NULL },
	{ offsetof(struct job, message_id), LINE },
	{ offsetof(struct job, in_reply_to), LINE_OR_NULL },
	{ offsetof(struct job, unsubscribe), LINE_OR_NULL },
	{ offsetof(struct job, unsubscribe_url), LINE_OR_NULL },
};
#define STRINGS (sizeof strings / sizeof strings[0])

static const char *
get_string(const struct job *job, size_t at)
{
	const char *s;

	memcpy(&s, (const char *)job + at, sizeof s);
	return s;
}

static void
set_string(struct job *job, size_t at, const char *s)
{
	memcpy((char *)job + at, &s, sizeof s);
}

void
job_pack(const struct job *job, struct buf *out)
{
	size_t i;

	wire_put_u8(out, JOB_VERSION);
	wire_put_i64(out, job->id);
	wire_put_i64(out, job->date);
	wire_put_i64(out, job->mailing);
	wire_put_u8(out, (uint8_t)((job->auto_replied ? AUTO_REPLIED : 0) |
	    (job->bulk ? BULK : 0)));
	for (i = 0; i < STRINGS; i++)
		wire_put_string(out, get_string(job, strings[i].at));
	wire_put_u32(out, (uint32_t)job->vars);
	for (i = 0; i < job->vars; i++) {
		wire_put_string(out, job->var[i].name);
		wire_put_string(out, job->var[i].value);
	}
}

bool
job_peek(const void *record, size_t len, int64_t *id_out, bool *bulk_out)
{
	struct wire w;
	uint8_t version, flags;

	wire_open(&w, record, len);
	version = wire_u8(&w);
	*id_out = wire_i64(&w);
	(void)wire_i64(&w);
	(void)wire_i64(&w);
	flags = wire_u8(&w);
	*bulk_out = (flags & BULK) != 0;
	return !w.bad && version == JOB_VERSION;
}

static bool
is_name_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* Of a variable. */
static bool
is_name(const char *s)
{
	size_t n = 0;

	while (s != NULL && is_name_letter(s[n]))
		n++;
	return n > 0 && s[n] == '\0';
}

/* May become part of a path, so only what a file of ours is called. */
static bool
is_word(const char *s)
{
	size_t n = 0;

	while (s != NULL && (is_name_letter(s[n]) || s[n] == '-' ||
	    (s[n] >= 'A' && s[n] <= 'Z')))
		n++;
	return n > 0 && s[n] == '\0';
}

/* May become a header field or an SMTP command. */
static bool
is_line(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

static bool
is_good(const char *s, enum rule rule)
{
	if (s == NULL)
		return rule == LINE_OR_NULL;
	return rule == WORD ? is_word(s) : is_line(s);
}

static void
unpack_vars(struct job *out, struct arena *a, struct wire *w)
{
	size_t i, count = wire_u32(w);

	if (count > JOB_VARS)
		w->bad = 1;
	for (i = 0; i < count && !w->bad; i++) {
		const char *name = wire_string(w, a, WORD_MAX);
		const char *value = wire_string(w, a, VALUE_MAX);

		if (!is_name(name) || value == NULL)
			w->bad = 1;
		else
			out->var[out->vars++] = (struct job_var){ name, value };
	}
}

enum status
job_unpack(struct job *out, struct arena *a, const void *record, size_t len)
{
	struct wire w;
	uint8_t flags;
	size_t i;

	memset(out, 0, sizeof *out);
	wire_open(&w, record, len);
	if (wire_u8(&w) != JOB_VERSION)
		w.bad = 1;
	out->id = wire_i64(&w);
	out->date = wire_i64(&w);
	out->mailing = wire_i64(&w);
	flags = wire_u8(&w);
	out->auto_replied = (flags & AUTO_REPLIED) != 0;
	out->bulk = (flags & BULK) != 0;
	if (flags > (AUTO_REPLIED | BULK))
		w.bad = 1;
	for (i = 0; i < STRINGS; i++) {
		const char *s = wire_string(&w, a,
		    strings[i].rule == WORD ? WORD_MAX : HEADER_MAX);

		if (!is_good(s, strings[i].rule))
			w.bad = 1;
		set_string(out, strings[i].at, s);
	}
	unpack_vars(out, a, &w);
	if (wire_done(&w) == OK)
		return OK;
	memset(out, 0, sizeof *out);
	return INVALID;
}

void
text_pack(const struct job_text *text, struct buf *out)
{
	wire_put_u8(out, TEXT_VERSION);
	wire_put_i64(out, text->mailing);
	wire_put_string(out, text->campaign);
	wire_put_string(out, text->language);
	wire_put_string(out, text->subject);
	wire_put_string(out, text->body);
}

enum status
text_unpack(struct job_text *out, struct arena *a, const void *record,
    size_t len)
{
	struct wire w;

	wire_open(&w, record, len);
	if (wire_u8(&w) != TEXT_VERSION)
		w.bad = 1;
	out->mailing = wire_i64(&w);
	out->campaign = wire_string(&w, a, WORD_MAX);
	out->language = wire_string(&w, a, WORD_MAX);
	out->subject = wire_string(&w, a, SUBJECT_MAX);
	out->body = wire_string(&w, a, JOB_TEXT_MAX);
	if (wire_done(&w) == OK && out->mailing > 0 &&
	    is_word(out->campaign) &&
	    is_word(out->language) &&
	    out->subject != NULL && is_line(out->subject) && out->body != NULL)
		return OK;
	memset(out, 0, sizeof *out);
	return INVALID;
}

/* Its index, or how many there are.  Most names differ in the first letter. */
static size_t
find_var(const struct job *job, const char *name)
{
	size_t i;

	for (i = 0; i < job->vars; i++)
		if (job->var[i].name[0] == name[0] &&
		    strcmp(job->var[i].name, name) == 0)
			break;
	return i;
}

const char *
job_var(const struct job *job, const char *name)
{
	size_t i = find_var(job, name);

	return i < job->vars ? job->var[i].value : NULL;
}

void
job_set(struct job *job, const char *name, const char *value)
{
	size_t i;

	if (value == NULL)
		return;
	i = find_var(job, name);
	if (i == JOB_VARS)
		log_fatalx("a mail has more than %d variables", JOB_VARS);
	job->var[i] = (struct job_var){ name, value };
	if (i == job->vars)
		job->vars++;
}
