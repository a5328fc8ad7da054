/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "message/auth_results.h"
#include "message/fields.h"

#define WORD_SIZE 256

struct scan {
	const char *at, *end;
};

/* Comments and folding white space. */
static void
skip_cfws(struct scan *s)
{
	int depth = 0;

	for (; s->at < s->end; s->at++) {
		if (*s->at == '(')
			depth++;
		else if (*s->at == ')' && depth > 0)
			depth--;
		else if (*s->at == '\\' && depth > 0 && s->at + 1 < s->end)
			s->at++;
		else if (depth == 0 && !isspace((unsigned char)*s->at))
			return;
	}
}

/* A quoted string or a run without delimiters; "" when there is none, or when
 * it is too long to be anything of ours. */
static void
read_word(struct scan *s, char out[WORD_SIZE])
{
	bool quoted;
	size_t n = 0;

	skip_cfws(s);
	quoted = s->at < s->end && *s->at == '"';
	for (s->at += quoted; s->at < s->end; s->at++) {
		if (quoted && *s->at == '"') {
			s->at++;
			break;
		}
		if (quoted && *s->at == '\\' && s->at + 1 < s->end)
			s->at++;
		else if (!quoted && (isspace((unsigned char)*s->at) ||
		    strchr(";=()\"", *s->at) != NULL))
			break;
		if (n < WORD_SIZE)
			out[n++] = *s->at;
	}
	if (n == WORD_SIZE)
		n = 0;
	out[n] = '\0';
}

static bool
take(struct scan *s, char c)
{
	skip_cfws(s);
	if (s->at >= s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

struct verdict_of {
	bool dmarc, pass;       /* this result is dmarc's; it is "pass" */
	bool domain;            /* its header.from is the author's domain */
};

/* "method[/version]=result [reason=x] {ptype.property=value}" up to ';'. */
static void
read_result(struct scan *s, const char *domain, struct verdict_of *v)
{
	char name[WORD_SIZE], value[WORD_SIZE];
	bool first = true;

	memset(v, 0, sizeof *v);
	while (s->at < s->end && !take(s, ';')) {
		read_word(s, name);
		if (!take(s, '=')) {
			/* "none", or something we do not know: on to the next */
			if (name[0] == '\0' && s->at < s->end)
				s->at++;
			continue;
		}
		read_word(s, value);
		if (first) {
			name[strcspn(name, "/")] = '\0';
			v->dmarc = strcasecmp(name, "dmarc") == 0;
			v->pass = strcasecmp(value, "pass") == 0;
		} else if (strcasecmp(name, "header.from") == 0) {
			v->domain = strcasecmp(value, domain) == 0;
		}
		first = false;
	}
}

static bool
is_ours(struct scan *s, const char *trusted)
{
	char word[WORD_SIZE];

	read_word(s, word);
	if (strcasecmp(word, trusted) != 0)
		return false;
	skip_cfws(s);
	if (s->at < s->end && isdigit((unsigned char)*s->at))
		read_word(s, word);     /* the version */
	return take(s, ';');
}

/* A host puts its field above what it was given. */
static bool
is_at_top(const struct fields *fields, const struct header_field *f)
{
	const struct header_field *above;

	for (above = fields->field; above < f; above++)
		if (above->id == HEADER_FROM || above->id == HEADER_SUBJECT ||
		    above->id == HEADER_TO || above->id == HEADER_MESSAGE_ID ||
		    above->id == HEADER_CONTENT_TYPE || above->id == HEADER_MIME_VERSION)
			return false;
	return true;
}

bool
auth_results_pass(const struct fields *fields, const char *trusted,
    const char *domain)
{
	const struct header_field *f, *end = fields->field + fields->count;
	struct verdict_of v;
	struct scan s;

	f = fields_next(fields, HEADER_AUTHENTICATION_RESULTS, NULL);
	if (f == NULL || !is_at_top(fields, f))
		return false;
	for (; f < end && f->id == HEADER_AUTHENTICATION_RESULTS; f++) {
		s.at = f->value;
		s.end = f->value + f->len;
		if (!is_ours(&s, trusted))
			return false;
		while (s.at < s.end) {
			read_result(&s, domain, &v);
			if (v.dmarc)
				return v.pass && v.domain;
		}
	}
	return false;
}
