/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "message/fields.h"
#include "message/findings.h"

/* RFC 6376, 5.4.1, and RFC 8058, 4: who may be unsubscribed by one click must
 * be able to tell that the fields for it are the sender's. */
static const char *const headers[FINDINGS_COVERED] = {
	"From", "To", "Subject", "Date", "Message-ID", "List-Id",
	"List-Unsubscribe", "List-Unsubscribe-Post",
};

const char *
findings_header(unsigned i)
{
	return headers[i];
}

struct span {
	const char *at;
	size_t len;
};

static void
trim(struct span *s)
{
	while (s->len > 0 && isspace((unsigned char)*s->at)) {
		s->at++;
		s->len--;
	}
	while (s->len > 0 && isspace((unsigned char)s->at[s->len - 1]))
		s->len--;
}

/* What stands before the next SEPARATOR; REST goes beyond it. */
static struct span
next(struct span *rest, char separator)
{
	const char *end = rest->len == 0 ? NULL :
	    memchr(rest->at, separator, rest->len);
	struct span s = { rest->at, end == NULL ? rest->len :
	    (size_t)(end - rest->at) };
	size_t used = s.len + (end != NULL);

	rest->at += used;
	rest->len -= used;
	trim(&s);
	return s;
}

static bool
is(const struct span *s, const char *word)
{
	return s->len == strlen(word) && strncasecmp(s->at, word, s->len) == 0;
}

/* The tag called NAME; empty when there is none. */
static struct span
tag(const struct header_field *f, const char *name)
{
	struct span rest = { f->value, f->len }, value, key;

	while (rest.len > 0) {
		value = next(&rest, ';');
		key = next(&value, '=');
		trim(&value);
		if (is(&key, name))
			return value;
	}
	return (struct span){ f->value, 0 };
}

/* Is it DOMAIN or one above it, as DMARC would have it? */
static bool
is_above(const struct span *d, const char *domain)
{
	size_t len = strlen(domain);

	if (d->len == 0 || d->len > len || memchr(d->at, '.', d->len) == NULL)
		return false;
	domain += len - d->len;
	return strncasecmp(d->at, domain, d->len) == 0 &&
	    (d->len == len || domain[-1] == '.');
}

static unsigned
covered(struct span list)
{
	unsigned covers = 0, i;
	struct span name;

	while (list.len > 0) {
		name = next(&list, ':');
		for (i = 0; i < FINDINGS_COVERED; i++)
			if (is(&name, headers[i]))
				covers |= 1u << i;
	}
	return covers;
}

static void
read_signatures(const struct fields *fields, const char *domain,
    struct findings *out)
{
	static const char wanted[] = "DKIM-Signature";
	size_t i;

	for (i = 0; i < fields->count; i++) {
		const struct header_field *f = &fields->field[i];
		struct span d;

		if (f->name_len != sizeof wanted - 1 ||
		    strncasecmp(f->name, wanted, f->name_len) != 0)
			continue;
		d = tag(f, "d");
		if (!is_above(&d, domain)) {
			out->foreign = true;
			continue;
		}
		out->signature = true;
		out->covers |= covered(tag(f, "h"));
	}
	if (out->signature)
		out->foreign = false;
}

void
findings_read(const struct fields *fields, const char *trusted,
    const char *domain, struct findings *out)
{
	*out = (struct findings){ .bounce = false };
	read_signatures(fields, domain, out);
	if (trusted != NULL)
		auth_results_read(fields, trusted, domain, &out->results);
}

/* ---- as a number ------------------------------------------------------------ */

uint32_t
findings_pack(const struct findings *f)
{
	uint32_t n = 0;
	int i;

	for (i = 0; i < AUTH_METHODS; i++)
		n = n << 3 | (uint32_t)f->results.said[i];
	n = n << 3 | (f->results.trusted ? 4u : 0) |
	    (f->results.other ? 2u : 0) | (f->results.from ? 1u : 0);
	n = n << 3 | (f->bounce ? 4u : 0) | (f->signature ? 2u : 0) |
	    (f->foreign ? 1u : 0);
	return n << FINDINGS_COVERED | f->covers;
}

void
findings_unpack(uint32_t n, struct findings *f)
{
	int i;

	*f = (struct findings){ .covers = n & ((1u << FINDINGS_COVERED) - 1) };
	n >>= FINDINGS_COVERED;
	f->bounce = (n & 4) != 0;
	f->signature = (n & 2) != 0;
	f->foreign = (n & 1) != 0;
	n >>= 3;
	f->results.trusted = (n & 4) != 0;
	f->results.other = (n & 2) != 0;
	f->results.from = (n & 1) != 0;
	for (i = AUTH_METHODS; i-- > 0;) {
		n >>= 3;
		if ((n & 7) < AUTH_SAYINGS)
			f->results.said[i] = (enum auth_said)(n & 7);
	}
}
