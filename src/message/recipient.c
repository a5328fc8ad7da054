/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "message/recipient.h"

#define LOCAL_MAX 64

/* Local parts that other people's software writes to, or that would be
 * mistaken for the mail system itself (RFC 2142 and the habits of lists). */
static const char *const system_words[] = {
	"abuse", "admin", "administrator", "anonymous", "bounce", "bounces",
	"confirm", "daemon", "dmarc", "donotreply", "fbl", "ftp", "help",
	"hostmaster", "info", "join", "leave", "list", "list-request", "listmaster",
	"lists", "listserv", "mail", "mailer", "mailer-daemon", "mailerdaemon",
	"mailman", "majordomo", "marketing", "news", "no-reply", "nobody", "noc",
	"noreply", "owner", "postfix", "postmaster", "request", "root", "sales",
	"security", "subscribe", "support", "sysadmin", "system", "tls-rpt",
	"undersign", "undersigned", "unsubscribe", "usenet", "uucp", "virusalert",
	"webmaster", "www",
};

static const struct {
	enum purpose purpose;
	char letter;            /* of a purpose with a token */
	const char *word;       /* of one without */
} details[] = {
	{ .purpose = PURPOSE_CONFIRM, .letter = 'c' },
	{ .purpose = PURPOSE_REPLY, .letter = 'r' },
	{ .purpose = PURPOSE_UNSUBSCRIBE, .letter = 'u' },
	{ .purpose = PURPOSE_BOUNCE, .letter = 'b' },
	{ .purpose = PURPOSE_APPROVE, .letter = 'a' },
	{ .purpose = PURPOSE_PROBE, .letter = 'p' },
	{ .purpose = PURPOSE_CHECK, .letter = 'k' },
	{ .purpose = PURPOSE_WITNESS, .letter = 'w' },
	{ .purpose = PURPOSE_LETTER, .word = "letter" },
	{ .purpose = PURPOSE_POSTCARD, .word = "postcard" },
	{ .purpose = PURPOSE_UPDATES, .word = "updates" },
};
#define DETAILS (sizeof details / sizeof details[0])

static const char slug_letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
static const char token_letters[] =
    "abcdefghijklmnopqrstuvwxyz234567ABCDEFGHIJKLMNOPQRSTUVWXYZ";
static const char source_letters[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";

char
purpose_letter(enum purpose purpose)
{
	size_t i;

	for (i = 0; i < DETAILS; i++)
		if (details[i].purpose == purpose)
			return details[i].letter;
	return '\0';
}

int
purpose_of_letter(char letter, enum purpose *out)
{
	size_t i;

	for (i = 0; i < DETAILS; i++)
		if (letter != '\0' && details[i].letter == letter) {
			*out = details[i].purpose;
			return 1;
		}
	return 0;
}

int
slug_is_good(const char *slug)
{
	size_t i, len = strlen(slug);

	if (len == 0 || len > SLUG_MAX || slug[0] == '-' ||
	    strspn(slug, slug_letters) != len)
		return 0;
	for (i = 0; i < sizeof system_words / sizeof system_words[0]; i++)
		if (strcmp(slug, system_words[i]) == 0)
			return 0;
	/* robots do not answer what looks like a list's own address */
	if (strncmp(slug, "owner-", 6) == 0)
		return 0;
	return len < 8 || strcmp(slug + len - 8, "-request") != 0;
}

static char *
lower(struct arena *a, const char *s, size_t len)
{
	char *out = arena_strndup(a, s, len);
	char *p;

	for (p = out; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p | 0x20);
	return out;
}

/* "c-TOKEN", "from-SOURCE" or a word; all in lower case. */
static enum status
parse_detail(struct recipient *out, const char *detail)
{
	size_t i, len = strlen(detail);

	if (strncmp(detail, "from-", 5) == 0) {
		if (len == 5 || len - 5 > SOURCE_MAX ||
		    strspn(detail + 5, source_letters) != len - 5)
			return INVALID;
		out->purpose = PURPOSE_SIGN;
		out->source = detail + 5;
		return OK;
	}
	if (len == TOKEN_LENGTH + 2 && detail[1] == '-' &&
	    strspn(detail + 2, token_letters) == TOKEN_LENGTH &&
	    purpose_of_letter(detail[0], &out->purpose)) {
		out->token = detail + 2;
		return OK;
	}
	for (i = 0; i < DETAILS; i++)
		if (details[i].word != NULL && strcmp(details[i].word, detail) == 0) {
			out->purpose = details[i].purpose;
			return OK;
		}
	return INVALID;
}

enum status
recipient_parse(struct recipient *out, struct arena *a, const char *address,
    const char *domain, char delimiter)
{
	const char *at = strrchr(address, '@');
	struct recipient r = { .purpose = PURPOSE_SIGN };
	char *local, *detail;

	memset(out, 0, sizeof *out);
	if (at == NULL)
		return INVALID;
	if (strcasecmp(at + 1, domain) != 0)
		return NOT_FOUND;
	if ((size_t)(at - address) > LOCAL_MAX)
		return INVALID;
	local = lower(a, address, (size_t)(at - address));
	detail = strchr(local, delimiter);
	if (detail != NULL) {
		*detail++ = '\0';
		if (parse_detail(&r, detail) != OK)
			return INVALID;
	}
	if (r.purpose == PURPOSE_CHECK ? strcmp(local, CHECK_SLUG) != 0 :
	    !slug_is_good(local))
		return INVALID;
	r.slug = local;
	*out = r;
	return OK;
}

/* Is AT the "c-TOKEN" between a sign that may go before it and one of AFTER? */
static int
is_token(const char *text, const char *dash, int bracket)
{
	enum purpose ignored;
	char before;

	if (dash < text + 2 || strspn(dash + 1, token_letters) != TOKEN_LENGTH)
		return 0;
	if (!purpose_of_letter((char)(dash[-1] | 0x20), &ignored))
		return 0;
	before = dash[-2];
	if (bracket)
		return before == '[' && dash[1 + TOKEN_LENGTH] == ']';
	/* the delimiter is configurable; a word's letter is none */
	return before != '\0' && strchr("+-=_.#~", before) != NULL &&
	    dash[1 + TOKEN_LENGTH] == '@';
}

static void
take_token(struct recipient *out, struct arena *a, const char *dash)
{
	memset(out, 0, sizeof *out);
	(void)purpose_of_letter((char)(dash[-1] | 0x20), &out->purpose);
	out->token = lower(a, dash + 1, TOKEN_LENGTH);
}

enum status
recipient_find_token(struct recipient *out, struct arena *a, const char *text)
{
	const char *dash;
	int bracket;

	memset(out, 0, sizeof *out);
	for (bracket = 0; bracket < 2; bracket++)
		for (dash = strchr(text, '-'); dash != NULL; dash = strchr(dash + 1, '-')) {
			if (!is_token(text, dash, bracket))
				continue;
			take_token(out, a, dash);
			return OK;
		}
	return NOT_FOUND;
}

size_t
recipient_find_tokens(struct recipient *out, size_t count, size_t max,
    struct arena *a, const char *text)
{
	const char *dash = text;
	size_t i;

	for (; count < max && (dash = strchr(dash, '-')) != NULL; dash++) {
		if (!is_token(text, dash, 0) && !is_token(text, dash, 1))
			continue;
		take_token(&out[count], a, dash);
		for (i = 0; out[i].purpose != out[count].purpose ||
		    strcmp(out[i].token, out[count].token) != 0; i++)
			;
		count += i == count;
	}
	return count;
}
