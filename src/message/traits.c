/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "message/fields.h"
#include "message/traits.h"
#include "seal/digest.h"
#include "words/text.h"
#include "words/vocabulary.h"

/* ---- the network ------------------------------------------------------------ */

#define ADDRESS_SIZE 64         /* of an address as text */
#define HOPS_MOST 8             /* of its own that a host writes down */

/* Not of a network that anybody on the Internet could send from. */
static bool
is_private4(const unsigned char a[4])
{
	return a[0] == 0 || a[0] == 10 || a[0] == 127 ||
	    (a[0] == 169 && a[1] == 254) || (a[0] == 172 && (a[1] & 0xf0) == 16) ||
	    (a[0] == 192 && a[1] == 168) || (a[0] == 100 && (a[1] & 0xc0) == 64);
}

static bool
is_private6(const unsigned char a[16])
{
	static const unsigned char none[15];

	return memcmp(a, none, 15) == 0 || (a[0] & 0xfe) == 0xfc ||
	    (a[0] == 0xfe && (a[1] & 0xc0) == 0x80);
}

static void
write_network4(const unsigned char a[4], char out[TRAIT_NETWORK])
{
	(void)snprintf(out, TRAIT_NETWORK, "%u.%u.%u.0/24", a[0], a[1], a[2]);
}

enum status
traits_network_of(const char *text, char out[TRAIT_NETWORK])
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	char address[ADDRESS_SIZE], shown[INET6_ADDRSTRLEN];
	unsigned char a[16];
	size_t len = strcspn(text, "/");

	out[0] = '\0';
	if (len >= sizeof address)
		return INVALID;
	memcpy(address, text, len);
	address[len] = '\0';
	if (inet_pton(AF_INET, address, a) == 1) {
		write_network4(a, out);
		return OK;
	}
	if (inet_pton(AF_INET6, address, a) != 1)
		return INVALID;
	if (memcmp(a, mapped, sizeof mapped) == 0) {
		write_network4(a + 12, out);
		return OK;
	}
	memset(a + 6, 0, 10);
	if (inet_ntop(AF_INET6, a, shown, sizeof shown) == NULL)
		return INVALID;
	(void)snprintf(out, TRAIT_NETWORK, "%.39s/48", shown);
	return OK;
}

static bool
is_public(const char *address)
{
	unsigned char a[16];

	if (inet_pton(AF_INET, address, a) == 1)
		return !is_private4(a);
	return inet_pton(AF_INET6, address, a) == 1 && !is_private6(a);
}

/* "[192.0.2.1]" or "[IPv6:2001:db8::1]" at AT; false when it is none. */
static bool
read_literal(const char *at, const char *end, char out[ADDRESS_SIZE])
{
	const char *close = at < end && *at == '[' ?
	    memchr(at, ']', (size_t)(end - at)) : NULL;
	unsigned char a[16];
	size_t len;

	if (close == NULL)
		return false;
	at++;
	if (close - at > 5 && strncasecmp(at, "IPv6:", 5) == 0)
		at += 5;
	len = (size_t)(close - at);
	if (len == 0 || len >= ADDRESS_SIZE)
		return false;
	memcpy(out, at, len);
	out[len] = '\0';
	return inet_pton(AF_INET, out, a) == 1 || inet_pton(AF_INET6, out, a) == 1;
}

static const char *
skip_blanks(const char *p, const char *end)
{
	while (p < end && isspace((unsigned char)*p))
		p++;
	return p;
}

static const char *
word_end(const char *p, const char *end)
{
	while (p < end && !isspace((unsigned char)*p))
		p++;
	return p;
}

static bool
is_word(const char *p, const char *end, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(end - p) == len && strncasecmp(p, word, len) == 0;
}

/* The comment behind the name that the other side gave itself is the host's own:
 * "(name [192.0.2.1])", "([192.0.2.1] helo=x)".  A name in brackets with a
 * comment that only repeats what was said is the host's too ("from [192.0.2.1]
 * (helo=x)"). */
static bool
read_from(const char *p, const char *end, char out[ADDRESS_SIZE])
{
	const char *name = skip_blanks(p, end);
	const char *open = skip_blanks(word_end(name, end), end), *close;

	if (open >= end || *open != '(')
		return false;
	close = memchr(open, ')', (size_t)(end - open));
	if (close == NULL)
		return false;
	open++;
	if (close - open >= 5 && strncasecmp(open, "helo=", 5) == 0)
		return read_literal(name, end, out);
	open = memchr(open, '[', (size_t)(close - open));
	return open != NULL && read_literal(open, close, out);
}

/* The host in "by HOST", outside of comments; false when it is another. */
static bool
is_by(const struct header_field *f, const char *trusted)
{
	const char *p = f->value, *end = f->value + f->len, *stop;
	bool by = false;
	int depth = 0;

	for (p = skip_blanks(p, end); p < end; p = skip_blanks(stop, end)) {
		stop = word_end(p, end);
		if (by && depth == 0)
			return is_word(p, stop - (stop[-1] == ';'), trusted);
		by = depth == 0 && is_word(p, stop, "by");
		for (; p < stop; p++)
			depth += *p == '(' ? 1 : *p == ')' && depth > 0 ? -1 : 0;
	}
	return false;
}

/* Above what an author writes (as Authentication-Results, auth_results.h). */
static bool
is_written_by_author(enum header id)
{
	return id == HEADER_FROM || id == HEADER_SUBJECT || id == HEADER_TO ||
	    id == HEADER_MESSAGE_ID || id == HEADER_CONTENT_TYPE ||
	    id == HEADER_MIME_VERSION;
}

void
traits_network(const struct fields *fields, const char *trusted,
    char out[TRAIT_NETWORK])
{
	const struct header_field *f, *end = fields->field + fields->count;
	char address[ADDRESS_SIZE];
	const char *p;
	int hops = 0;

	out[0] = '\0';
	for (f = fields->field; trusted != NULL && f < end; f++) {
		if (is_written_by_author(f->id))
			return;
		if (f->id != HEADER_RECEIVED)
			continue;
		if (hops++ == HOPS_MOST || !is_by(f, trusted))
			return;
		p = skip_blanks(f->value, f->value + f->len);
		if (!is_word(p, word_end(p, f->value + f->len), "from") ||
		    !read_from(p + 4, f->value + f->len, address))
			continue;
		if (is_public(address)) {
			if (traits_network_of(address, out) != OK)
				out[0] = '\0';
			return;
		}
	}
}

/* ---- the text ------------------------------------------------------------------- */

#define WORDS_LOOK 4096         /* octets of the text that are looked at */

struct words {
	char kept[WORDS_LOOK];
	size_t len;
};

static bool
line_has(const char *line, size_t len, const char *part)
{
	return part != NULL && *part != '\0' &&
	    memmem(line, len, part, strlen(part)) != NULL;
}

/* A line of a field, or of a comment that goes on. */
static bool
is_hers(const char *line, size_t len, const struct said *said)
{
	static const enum field fields[] = { FIELD_NAME, FIELD_COUNTRY,
	    FIELD_CITY, FIELD_COMMENT };
	const char *comment = said->field[FIELD_COMMENT];
	size_t i;

	for (i = 0; i < sizeof fields / sizeof fields[0]; i++)
		if (line_has(line, len, said->field[fields[i]]))
			return true;
	return comment != NULL && len > 2 &&
	    memmem(comment, strlen(comment), line, len) != NULL;
}

static void
keep_line(struct words *w, const char *line, size_t len, const char *name)
{
	size_t name_len = name == NULL ? 0 : strlen(name), i;

	for (i = 0; i < len && w->len < sizeof w->kept; i++) {
		char c = line[i];

		if (name_len > 0 && c == name[0] && len - i >= name_len &&
		    memcmp(line + i, name, name_len) == 0) {
			i += name_len - 1;
			continue;
		}
		/* isspace and tolower ask for the locale each time */
		if (c != ' ' && (c < '\t' || c > '\r'))
			w->kept[w->len++] = c >= 'A' && c <= 'Z' ? c | 0x20 : c;
	}
}

bool
traits_words(const char *text, const struct said *said, const char *name,
    unsigned char out[TRAIT_WORDS])
{
	unsigned char digest[DIGEST_BYTES];
	struct words w = { .len = 0 };
	size_t left = strnlen(text, WORDS_LOOK), len;

	memset(out, 0, TRAIT_WORDS);
	if (left < TRAIT_WORDS_LEAST)
		return false;
	for (; left > 0; text += len, left -= len) {
		len = strcspn(text, "\n");
		if (len > left)
			len = left;
		if (!is_hers(text, len, said))
			keep_line(&w, text, len, name);
		len += len < left;
	}
	if (w.len >= TRAIT_WORDS_LEAST) {
		seal_digest(w.kept, w.len, digest);
		memcpy(out, digest, TRAIT_WORDS);
	}
	explicit_bzero(w.kept, w.len);
	return w.len >= TRAIT_WORDS_LEAST;
}

/* ---- domains for a day ------------------------------------------------------------ */

#define LIST_MOST (1u << 20)    /* octets of the file */

struct disposable {
	struct arena *arena;
	const char **domains;           /* sorted */
	size_t count;
};

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum status
add_line(struct disposable *d, const char *line, size_t len, const char *path,
    size_t number, struct reason *why)
{
	const char *domain;

	while (len > 0 && isspace((unsigned char)line[len - 1]))
		len--;
	for (; len > 0 && isspace((unsigned char)*line); line++)
		len--;
	if (len == 0 || *line == '#')
		return OK;
	domain = text_domain_ascii(d->arena, line, len);
	if (domain == NULL)
		return fail(why, INVALID, "%s:%zu: is not a domain; write one a "
		    "line", path, number);
	d->domains = mem_realloc(d->domains, d->count + 1, sizeof *d->domains);
	d->domains[d->count++] = domain;
	return OK;
}

enum status
disposable_load(struct disposable **out, const char *path, struct reason *why)
{
	struct disposable *d = mem_alloc(sizeof *d);
	struct buf text = BUF_INIT;
	enum status st = buf_read_file(&text, path, LIST_MOST, why);
	size_t number = 1, at, len;

	d->arena = arena_new();
	for (at = 0; st == OK && at < text.len; at += len + 1, number++) {
		len = strcspn(text.data + at, "\n");
		st = add_line(d, text.data + at, len, path, number, why);
	}
	if (st == NOT_FOUND)
		st = OK;
	buf_free(&text);
	if (d->count > 1)
		qsort(d->domains, d->count, sizeof *d->domains, compare);
	if (st != OK)
		disposable_free(&d);
	*out = d;
	return st;
}

void
disposable_free(struct disposable **dp)
{
	struct disposable *d = *dp;

	if (d == NULL)
		return;
	arena_free(&d->arena);
	free(d->domains);
	free(d);
	*dp = NULL;
}

bool
disposable_has(const struct disposable *d, const char *domain)
{
	const char *dot;

	if (d == NULL || domain == NULL)
		return false;
	for (; d->count > 0; domain = dot + 1) {
		if (bsearch(&domain, d->domains, d->count, sizeof *d->domains,
		    compare) != NULL)
			return true;
		dot = strchr(domain, '.');
		if (dot == NULL)
			break;
	}
	return false;
}
