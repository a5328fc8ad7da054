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

struct result {
	enum auth_method method;        /* AUTH_METHODS: one we do not know */
	enum auth_said said;
	bool domain;            /* its header.from is the author's domain */
};

static enum auth_method
method_of(const char *name)
{
	static const char *const names[AUTH_METHODS] = { "dkim", "spf", "dmarc" };
	int i;

	for (i = 0; i < AUTH_METHODS; i++)
		if (strcasecmp(name, names[i]) == 0)
			break;
	return (enum auth_method)i;
}

static enum auth_said
said_of(const char *value)
{
	static const struct {
		const char *word;
		enum auth_said said;
	} words[] = {
		{ "pass", AUTH_PASS }, { "fail", AUTH_FAIL },
		{ "hardfail", AUTH_FAIL }, { "none", AUTH_NONE },
		{ "temperror", AUTH_ERROR }, { "permerror", AUTH_ERROR },
	};
	size_t i;

	for (i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcasecmp(value, words[i].word) == 0)
			return words[i].said;
	return AUTH_UNSURE;
}

/* "method[/version]=result [reason=x] {ptype.property=value}" up to ';'. */
static void
read_result(struct scan *s, const char *domain, struct result *r)
{
	char name[WORD_SIZE], value[WORD_SIZE];
	bool first = true;

	*r = (struct result){ .method = AUTH_METHODS };
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
			r->method = method_of(name);
			r->said = said_of(value);
		} else if (strcasecmp(name, "header.from") == 0) {
			r->domain = strcasecmp(value, domain) == 0;
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

/* The first of a method counts; of several signatures one that is good. */
static void
note_result(struct auth_results *out, const struct result *r)
{
	if (r->method == AUTH_METHODS || (out->said[r->method] != AUTH_ABSENT &&
	    (r->method != AUTH_DKIM || r->said != AUTH_PASS)))
		return;
	out->said[r->method] = r->said;
	if (r->method == AUTH_DMARC)
		out->from = r->domain;
}

void
auth_results_read(const struct fields *fields, const char *trusted,
    const char *domain, struct auth_results *out)
{
	const struct header_field *f, *end = fields->field + fields->count;
	struct result r;
	struct scan s;

	*out = (struct auth_results){ .trusted = false };
	f = fields_next(fields, HEADER_AUTHENTICATION_RESULTS, NULL);
	if (f == NULL || !is_at_top(fields, f))
		return;
	for (; f < end && f->id == HEADER_AUTHENTICATION_RESULTS; f++) {
		s.at = f->value;
		s.end = f->value + f->len;
		if (!is_ours(&s, trusted)) {
			out->other = true;
			return;
		}
		out->trusted = true;
		while (s.at < s.end) {
			read_result(&s, domain, &r);
			note_result(out, &r);
		}
	}
}

bool
auth_results_pass(const struct fields *fields, const char *trusted,
    const char *domain)
{
	struct auth_results found;

	auth_results_read(fields, trusted, domain, &found);
	return found.said[AUTH_DMARC] == AUTH_PASS && found.from;
}
