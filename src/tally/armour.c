/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "seal/base64.h"
#include "seal/sha256.h"
#include "tally/armour.h"
#include "tally/checkpoint.h"
#include "tally/decimal.h"
#include "tally/merkle.h"
#include "tally/vkey.h"
#include "words/text.h"

#define COLUMNS 64              /* of what we write; 70 are allowed */
#define CHECK_BYTES 8
#define CHECK "check"
#define BASE64 "base64:"
#define PLAIN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@/+-"
#define TOKEN_MAX 256
#define LINK_MAX 2048           /* a link behind a word, with its brackets */

static void
add_check(struct buf *out, const struct buf *canonical, size_t len)
{
	unsigned char whole[SHA256_BYTES];

	seal_sha256(canonical->data, len, whole);
	base64_add_url(out, whole, CHECK_BYTES);
}

/* ---- writing --------------------------------------------------------------- */

void
armour_begin(struct armour *a, const char *kind)
{
	buf_init(&a->text);
	buf_addf(&a->text, "undersigned %s v1\n", kind);
	a->at = a->text.len;
}

void
armour_add_word(struct armour *a, const char *name, const char *word)
{
	buf_addf(&a->text, "%s: %s\n", name, word);
}

/* The one way to write a text follows from it. */
static bool
is_plain(const char *text)
{
	return text[strspn(text, PLAIN)] == '\0';
}

void
armour_add_text(struct armour *a, const char *name, const char *text)
{
	if (is_plain(text)) {
		armour_add_word(a, name, text);
		return;
	}
	buf_addf(&a->text, "%s: " BASE64, name);
	base64_add_url(&a->text, text, strlen(text));
	buf_addch(&a->text, '\n');
}

void
armour_add_bytes(struct armour *a, const char *name, const void *data,
    size_t len)
{
	buf_addf(&a->text, "%s: ", name);
	base64_add_url(&a->text, data, len);
	buf_addch(&a->text, '\n');
}

void
armour_add_number(struct armour *a, const char *name, uint64_t n)
{
	buf_addf(&a->text, "%s: %" PRIu64 "\n", name, n);
}

static void
add_folded(struct buf *out, const char *line, size_t len)
{
	size_t n;

	for (;;) {
		n = len < COLUMNS ? len : COLUMNS;
		buf_add(out, line, n);
		buf_addch(out, '\n');
		line += n;
		len -= n;
		if (len == 0)
			return;
		buf_addch(out, ' ');
	}
}

static void
add_marker(struct buf *out, const char *what, const char *kind, size_t len)
{
	buf_addf(out, "-----%s UNDERSIGNED ", what);
	while (len-- > 0)
		buf_addch(out, (char)toupper((unsigned char)*kind++));
	buf_addstr(out, "-----\n");
}

void
armour_write(const struct armour *a, struct buf *out)
{
	const char *kind = a->text.data + strlen("undersigned ");
	const char *at = a->text.data + a->at, *end;
	size_t len = strcspn(kind, " ");

	add_marker(out, "BEGIN", kind, len);
	for (; *at != '\0'; at = end + 1) {
		end = strchr(at, '\n');
		add_folded(out, at, (size_t)(end - at));
	}
	buf_addstr(out, CHECK ": ");
	add_check(out, &a->text, a->text.len);
	buf_addch(out, '\n');
	add_marker(out, "END", kind, len);
}

/* ---- what mail programs do ------------------------------------------------- */

/* Words parted by what may stand between them. */
struct scan {
	const unsigned char *at, *end;
	char token[TOKEN_MAX];
	size_t len;             /* TOKEN_MAX: too long to be anything of ours */
};

static bool
starts(const struct scan *s, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(s->end - s->at) >= n && memcmp(s->at, text, n) == 0;
}

/* The length of a link put behind a word, or 0. */
static size_t
link_length(const struct scan *s)
{
	static const char *const heads[] = { "<mailto:", "<http:", "<https:",
	    "[mailto:", "[http:", "[https:" };
	const unsigned char *p, *end = s->end;
	unsigned char close = *s->at == '<' ? '>' : ']';
	size_t i;

	if (*s->at != '<' && *s->at != '[')
		return 0;
	for (i = 0; i < sizeof heads / sizeof heads[0]; i++)
		if (starts(s, heads[i]))
			break;
	if (i == sizeof heads / sizeof heads[0])
		return 0;
	if (end - s->at > LINK_MAX)
		end = s->at + LINK_MAX;
	for (p = s->at + 1; p < end && *p != *s->at; p++)
		if (*p == close)
			return (size_t)(p + 1 - s->at);
	return 0;
}

/* The length of what parts words here: blanks, ends of lines, quote marks,
 * no-break spaces (of UTF-8 and of Latin-1), links; or 0. */
static size_t
blank_length(const struct scan *s)
{
	switch (*s->at) {
	case ' ': case '\t': case '\r': case '\n': case '\f': case '\v':
	case '>': case '|': case 0xa0:
		return 1;
	case 0xc2:
		return starts(s, "\xc2\xa0") ? 2 : 0;
	default:
		return link_length(s);
	}
}

/* The length of what has no width, put in where a line may be broken; or 0. */
static size_t
nothing_length(const struct scan *s)
{
	static const char *const marks[] = {
		"\xc2\xad",             /* soft hyphen */
		"\xe2\x80\x8b",         /* zero width space */
		"\xe2\x81\xa0",         /* word joiner */
		"\xef\xbb\xbf",         /* byte order mark */
	};
	size_t i;

	for (i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (starts(s, marks[i]))
			return strlen(marks[i]);
	return 0;
}

static bool
next_token(struct scan *s)
{
	size_t n;

	s->len = 0;
	while (s->at < s->end) {
		n = blank_length(s);
		if (n > 0 && s->len > 0)
			break;
		if (n == 0)
			n = nothing_length(s);
		if (n == 0) {
			if (s->len < TOKEN_MAX)
				s->token[s->len++] = (char)*s->at;
			n = 1;
		}
		s->at += n;
	}
	return s->len > 0;
}

static bool
is_token(const struct scan *s, const char *text, size_t len)
{
	return s->len == len && memcmp(s->token, text, len) == 0;
}

/* KIND in capitals and five dashes. */
static bool
ends_marker(const struct scan *s, const char *kind)
{
	size_t n = strlen(kind), i;

	if (s->len != n + 5 || memcmp(s->token + n, "-----", 5) != 0)
		return false;
	for (i = 0; i < n; i++)
		if (s->token[i] != toupper((unsigned char)kind[i]))
			return false;
	return true;
}

/* At a token that is WHAT, perhaps behind a lone dash (as a clear-signed mail has
 * it): goes behind the marker, if it is one. */
static bool
take_marker(struct scan *s, const char *what, const char *kind)
{
	struct scan t = *s;

	if (is_token(&t, "-", 1) && !next_token(&t))
		return false;
	if (!is_token(&t, what, strlen(what)) || !next_token(&t) ||
	    !is_token(&t, "UNDERSIGNED", 11) || !next_token(&t) ||
	    !ends_marker(&t, kind))
		return false;
	*s = t;
	return true;
}

/* ---- reading --------------------------------------------------------------- */

static bool
is_name(const struct scan *s)
{
	size_t i;

	if (s->len < 2 || s->len == TOKEN_MAX || s->token[s->len - 1] != ':')
		return false;
	for (i = 0; i + 1 < s->len; i++)
		if (s->token[i] < 'a' || s->token[i] > 'z')
			return false;
	return true;
}

/* Whether TEXT from LAST on is the check of what is before it. */
static bool
check_fits(const struct buf *text, size_t last)
{
	struct buf want = BUF_INIT;
	bool fits;

	buf_addstr(&want, CHECK ": ");
	add_check(&want, text, last);
	buf_addch(&want, '\n');
	fits = strcmp(want.data, text->data + last) == 0;
	buf_free(&want);
	return fits;
}

/* From behind BEGIN to END, or to another BEGIN, so that no part of a text is
 * read more than twice. */
static enum status
read_block(struct armour *a, struct scan s, const char *kind,
    struct reason *why)
{
	size_t last = 0;
	bool ended = false;

	while (!ended && next_token(&s) && !take_marker(&s, "-----BEGIN", kind)) {
		if (take_marker(&s, "-----END", kind)) {
			ended = true;
		} else if (is_name(&s)) {
			if (last > 0)
				buf_addch(&a->text, '\n');
			last = a->text.len;
			buf_add(&a->text, s.token, s.len);
			buf_addch(&a->text, ' ');
		} else {
			buf_add(&a->text, s.token, s.len);
		}
		if (a->text.len > ARMOUR_MAX)
			return fail(why, INVALID, "the %s is longer than any", kind);
	}
	buf_addch(&a->text, '\n');
	if (!ended)
		return fail(why, INVALID, "the %s is cut short: its last line is "
		    "missing", kind);
	if (last == 0 || !check_fits(&a->text, last))
		return fail(why, INVALID, "the %s is damaged: its check does not "
		    "fit; it was changed on the way, or by hand", kind);
	buf_cut(&a->text, last);
	return OK;
}

enum status
armour_read(struct armour *a, const char *kind, const char *text, size_t len,
    struct reason *why)
{
	struct scan s = { .at = (const unsigned char *)text,
	    .end = (const unsigned char *)text + len };
	enum status st = NOT_FOUND;

	armour_begin(a, kind);
	while (st != OK && next_token(&s)) {
		if (!take_marker(&s, "-----BEGIN", kind))
			continue;
		buf_cut(&a->text, a->at);
		st = read_block(a, s, kind, why);
	}
	if (st == NOT_FOUND)
		return fail(why, NOT_FOUND, "there is no %s in it", kind);
	if (st != OK)
		buf_cut(&a->text, a->at);
	return st;
}

/* The value of the next field, if it is NAME, else NULL. */
static const char *
field(const struct armour *a, const char *name, size_t *len)
{
	const char *at = a->text.data + a->at;
	size_t n = strlen(name);

	if (strncmp(at, name, n) != 0 || at[n] != ':')
		return NULL;
	at += n + 2;
	*len = strcspn(at, "\n");
	return at;
}

static enum status
taken(struct armour *a, const char *value, size_t len)
{
	a->at = (size_t)(value - a->text.data) + len + 1;
	return OK;
}

enum status
armour_take_word(struct armour *a, const char *name, char *out, size_t room)
{
	size_t len;
	const char *value = field(a, name, &len);

	if (value == NULL)
		return NOT_FOUND;
	if (len == 0 || len >= room)
		return INVALID;
	memcpy(out, value, len);
	out[len] = '\0';
	return taken(a, value, len);
}

enum status
armour_take_text(struct armour *a, const char *name, char *out, size_t room)
{
	size_t len, n = strlen(BASE64), got;
	const char *value = field(a, name, &len);
	enum status st;

	if (value == NULL)
		return NOT_FOUND;
	if (len < n || memcmp(value, BASE64, n) != 0) {
		st = armour_take_word(a, name, out, room);
		return st == OK && !is_plain(out) ? INVALID : st;
	}
	if (base64_take_url(value + n, len - n, (unsigned char *)out, room - 1,
	    &got) != OK || !text_is_utf8(out, got) || memchr(out, '\0', got) !=
	    NULL)
		return INVALID;
	out[got] = '\0';
	return is_plain(out) ? INVALID : taken(a, value, len);
}

enum status
armour_take_bytes(struct armour *a, const char *name, void *out, size_t want)
{
	size_t len, got;
	const char *value = field(a, name, &len);

	if (value == NULL)
		return NOT_FOUND;
	if (base64_take_url(value, len, out, want, &got) != OK || got != want)
		return INVALID;
	return taken(a, value, len);
}

enum status
armour_take_number(struct armour *a, const char *name, uint64_t *out)
{
	size_t len;
	const char *value = field(a, name, &len);

	if (value == NULL)
		return NOT_FOUND;
	if (decimal_parse(value, len, out) != OK)
		return INVALID;
	return taken(a, value, len);
}

enum status
armour_done(const struct armour *a)
{
	return a->at == a->text.len ? OK : INVALID;
}

void
armour_free(struct armour *a)
{
	buf_wipe(&a->text);
}

/* ---- groups of fields ------------------------------------------------------- */

void
armour_add_head(struct armour *a, const struct checkpoint *c)
{
	armour_add_number(a, "size", c->size);
	armour_add_number(a, "counted", c->counted);
	armour_add_bytes(a, "root", c->root.bytes, MERKLE_BYTES);
}

enum status
armour_take_head(struct armour *a, struct checkpoint *c)
{
	enum status st = armour_take_number(a, "size", &c->size);

	if (st == OK)
		st = armour_take_number(a, "counted", &c->counted);
	if (st == OK)
		st = armour_take_bytes(a, "root", c->root.bytes, MERKLE_BYTES);
	return st == OK && c->counted > c->size ? INVALID : st;
}

void
armour_add_proof(struct armour *a, const struct merkle_proof *proof)
{
	size_t i;

	for (i = 0; i < proof->count; i++)
		armour_add_bytes(a, "proof", proof->step[i].bytes, MERKLE_BYTES);
}

enum status
armour_take_proof(struct armour *a, struct merkle_proof *proof)
{
	struct merkle_hash step;
	enum status st;

	proof->count = 0;
	while ((st = armour_take_bytes(a, "proof", step.bytes, MERKLE_BYTES)) ==
	    OK) {
		if (proof->count == MERKLE_PROOF_MAX)
			return INVALID;
		proof->step[proof->count++] = step;
	}
	return st == NOT_FOUND ? OK : st;
}

void
armour_add_vkey(struct armour *a, const char *name, const struct vkey *k)
{
	unsigned char raw[1 + SIGN_PUBLIC_BYTES];

	raw[0] = (unsigned char)k->type;
	memcpy(raw + 1, k->key, SIGN_PUBLIC_BYTES);
	armour_add_text(a, name, k->name);
	armour_add_bytes(a, "key", raw, sizeof raw);
}

enum status
armour_take_vkey(struct armour *a, const char *name, struct vkey *k)
{
	unsigned char raw[1 + SIGN_PUBLIC_BYTES];
	char text[VKEY_NAME];
	enum status st = armour_take_text(a, name, text, sizeof text);

	if (st == OK)
		st = armour_take_bytes(a, "key", raw, sizeof raw);
	if (st != OK)
		return st;
	if (raw[0] != VKEY_LOG && raw[0] != VKEY_WITNESS)
		return INVALID;
	return vkey_make(k, (enum vkey_type)raw[0], text, raw + 1);
}
