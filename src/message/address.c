/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "message/address.h"
#include "words/text.h"

#define LOCAL_MAX 64
#define ADDRESS_MAX 254

/* RFC 5321 atext (as in RFC 5322), and with RFC 6531 all that is not ASCII. */
static bool
is_atext(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c >= 0x80 ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* atext with single dots inside. */
static bool
is_dot_string(const char *s, size_t len)
{
	size_t i;

	if (len == 0 || s[0] == '.' || s[len - 1] == '.')
		return false;
	for (i = 0; i < len; i++)
		if (s[i] == '.' ? s[i + 1] == '.' : !is_atext((unsigned char)s[i]))
			return false;
	return true;
}

/* The content of a quoted string without its quotes and backslashes, or NULL
 * when it is not one. */
static char *
unquote(struct arena *a, const char *s, size_t len)
{
	char *out;
	size_t i, n = 0;

	if (len < 2 || s[0] != '"' || s[len - 1] != '"')
		return NULL;
	out = arena_alloc(a, len);
	for (i = 1; i < len - 1; i++) {
		bool pair = s[i] == '\\';
		unsigned char c = (unsigned char)s[i + pair];

		i += pair;
		if (i == len - 1 || (c == '"' && !pair) || (c >= 0x80 && pair) ||
		    c < 0x20 || c == 0x7f)
			return NULL;
		out[n++] = (char)c;
	}
	return out;
}

static char *
quote(struct arena *a, const char *s)
{
	char *out = arena_alloc(a, 2 * strlen(s) + 3), *p = out;

	*p++ = '"';
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			*p++ = '\\';
		*p++ = *s;
	}
	*p = '"';
	return out;
}

/* The local part in its shortest spelling, or NULL. */
static char *
local_part(struct arena *a, const char *s, size_t len)
{
	char *plain = NULL;
	size_t i;

	if (len == 0 || len > LOCAL_MAX)
		return NULL;
	if (is_dot_string(s, len))
		return text_is_visible(s, len) ? arena_strndup(a, s, len) : NULL;
	plain = unquote(a, s, len);
	if (plain == NULL)
		return NULL;
	/* a quoted blank is allowed, but only the ASCII one */
	for (i = 0; plain[i] != '\0'; ) {
		size_t n = strcspn(plain + i, " ");

		if (!text_is_visible(plain + i, n))
			return NULL;
		i += n + strspn(plain + i + n, " ");
	}
	return is_dot_string(plain, strlen(plain)) ? plain : quote(a, plain);
}

/* Two labels or more, and the last is no number: "[192.0.2.1]" without its
 * brackets is not a domain. */
static bool
is_mail_domain(const char *ascii)
{
	const char *dot = strrchr(ascii, '.');

	return dot != NULL && dot[1 + strspn(dot + 1, "0123456789")] != '\0';
}

enum status
address_parse(struct address *out, struct arena *a, const char *text, size_t len)
{
	const char *at = memrchr(text, '@', len);
	const char *domain, *ascii;
	char *local;
	size_t domain_len;

	memset(out, 0, sizeof *out);
	if (at == NULL || len > ADDRESS_MAX || memchr(text, '\0', len) != NULL)
		return INVALID;
	domain_len = len - (size_t)(at + 1 - text);
	ascii = text_domain_ascii(a, at + 1, domain_len);
	if (ascii == NULL || !is_mail_domain(ascii))
		return INVALID;
	local = local_part(a, text, (size_t)(at - text));
	if (local == NULL)
		return INVALID;
	domain = text_lower(a, at + 1, domain_len);
	out->ascii = text_is_ascii(local, strlen(local));
	/* a domain never makes SMTPUTF8 necessary */
	out->full = arena_printf(a, "%s@%s", local, out->ascii ? ascii : domain);
	if (strlen(out->full) > ADDRESS_MAX) {
		memset(out, 0, sizeof *out);
		return INVALID;
	}
	out->local = local;
	out->domain = domain;
	return OK;
}

char *
address_domain_ascii(struct arena *a, const struct address *address)
{
	return text_domain_ascii(a, address->domain, strlen(address->domain));
}

char *
address_key(struct arena *a, const struct address *address)
{
	const char *local = address->local;
	size_t len = strlen(local);

	if (local[0] == '"')
		local = unquote(a, local, len);
	return arena_printf(a, "%s@%s", text_lower(a, local, strlen(local)),
	    address_domain_ascii(a, address));
}

char *
address_mailbox(struct arena *a, const struct address *address)
{
	char *key, *at, *from, *to;

	if (address->local[0] == '"' || strpbrk(address->local, ".+") == NULL)
		return NULL;
	key = address_key(a, address);
	at = strrchr(key, '@');
	for (from = to = key; from < at && *from != '+'; from++)
		if (*from != '.')
			*to++ = *from;
	memmove(to, at, strlen(at) + 1);
	return key;
}
