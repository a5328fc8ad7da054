/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "intake/path.h"

/* The text still to be read.  Each rule below takes what it can from the
 * front and says whether that was enough. */
struct scan {
	const char *at, *end;
	bool ascii;
};

static unsigned char
peek(const struct scan *s)
{
	return s->at < s->end ? (unsigned char)*s->at : '\0';
}

static bool
is_alnum(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z');
}

static bool
is_atext(unsigned char c)
{
	return is_alnum(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* How many octets a lead byte announces, and the least value they may hold. */
static size_t
utf8_lead(unsigned char c, uint32_t *value_out, uint32_t *least_out)
{
	if (c >= 0xc2 && c <= 0xdf) {
		*value_out = c & 0x1fu;
		*least_out = 0x80;
		return 2;
	}
	if (c >= 0xe0 && c <= 0xef) {
		*value_out = c & 0x0fu;
		*least_out = 0x800;
		return 3;
	}
	if (c >= 0xf0 && c <= 0xf4) {
		*value_out = c & 0x07u;
		*least_out = 0x10000;
		return 4;
	}
	return 0;
}

/* One character beyond ASCII, in valid UTF-8. */
static bool
take_utf8(struct scan *s)
{
	uint32_t value = 0, least = 0;
	size_t len = utf8_lead(peek(s), &value, &least), i;

	if (len == 0 || (size_t)(s->end - s->at) < len)
		return false;
	for (i = 1; i < len; i++) {
		unsigned char c = (unsigned char)s->at[i];

		if ((c & 0xc0) != 0x80)
			return false;
		value = value << 6 | (c & 0x3fu);
	}
	if (value < least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return false;
	s->at += len;
	s->ascii = false;
	return true;
}

static bool
take_atom(struct scan *s)
{
	const char *start = s->at;

	for (;;) {
		if (is_atext(peek(s)))
			s->at++;
		else if (peek(s) < 0x80 || !take_utf8(s))
			return s->at > start;
	}
}

static bool
take_dot_string(struct scan *s)
{
	while (take_atom(s)) {
		if (peek(s) != '.')
			return true;
		s->at++;
	}
	return false;
}

static bool
take_quoted(struct scan *s)
{
	s->at++;
	while (s->at < s->end && peek(s) != '"') {
		if (peek(s) >= 0x80) {
			if (!take_utf8(s))
				return false;
			continue;
		}
		if (peek(s) == '\\')
			s->at++;
		if (peek(s) < 0x20 || peek(s) > 0x7e)
			return false;
		s->at++;
	}
	if (s->at == s->end)
		return false;
	s->at++;
	return true;
}

static bool
take_local(struct scan *s)
{
	const char *start = s->at;
	bool good = peek(s) == '"' ? take_quoted(s) : take_dot_string(s);

	return good && s->at - start <= PATH_LOCAL_MAX;
}

static bool
take_label(struct scan *s)
{
	const char *start = s->at;

	for (;;) {
		if (is_alnum(peek(s)) || peek(s) == '-' || peek(s) == '_')
			s->at++;
		else if (peek(s) < 0x80 || !take_utf8(s))
			break;
	}
	return s->at > start && start[0] != '-' && s->at[-1] != '-';
}

/* [192.0.2.1] or [IPv6:...]; nobody here connects to it, so its inside is only
 * held to the characters it may have. */
static bool
take_literal(struct scan *s)
{
	const char *start = ++s->at;

	while (peek(s) > 0x20 && peek(s) < 0x7f && peek(s) != '[' &&
	    peek(s) != '\\' && peek(s) != ']')
		s->at++;
	if (peek(s) != ']' || s->at == start)
		return false;
	s->at++;
	return true;
}

static bool
take_domain(struct scan *s)
{
	if (peek(s) == '[')
		return take_literal(s);
	while (take_label(s)) {
		if (peek(s) != '.')
			return true;
		s->at++;
	}
	return false;
}

static bool
take_mailbox(struct scan *s)
{
	if (!take_local(s) || peek(s) != '@')
		return false;
	s->at++;
	return take_domain(s);
}

/* RFC 5321 section 4.5.1: the one address that needs no domain. */
static bool
take_postmaster(struct scan *s)
{
	static const char word[] = "postmaster>";

	if ((size_t)(s->end - s->at) < sizeof word - 1 ||
	    strncasecmp(s->at, word, sizeof word - 1) != 0)
		return false;
	s->at += sizeof word - 2;
	return true;
}

enum status
path_read(struct path *out, const char *text, size_t len, const char **rest_out)
{
	struct scan s = { .at = text, .end = text + len, .ascii = true };
	const char *start;

	if (peek(&s) != '<')
		return INVALID;
	start = ++s.at;
	if (peek(&s) != '>' && !take_postmaster(&s) && !take_mailbox(&s))
		return INVALID;
	if (peek(&s) != '>' || s.at - start > PATH_ADDRESS_MAX)
		return INVALID;
	*out = (struct path){ .address = start, .len = (size_t)(s.at - start),
	    .ascii = s.ascii };
	*rest_out = s.at + 1;
	return OK;
}
