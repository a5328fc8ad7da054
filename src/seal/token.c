/* SPDX-License-Identifier: ISC */
#include <string.h>

#include <sodium.h>

#include "base/log.h"
#include "seal/keys.h"
#include "seal/token.h"

#define MAC 16
#define BODY 7                  /* person 5, day 2 */
#define RAW (MAC + BODY)
#define EPOCH 18262             /* 2020-01-01 in days since 1970 */

_Static_assert((RAW * 8 + 4) / 5 == TOKEN_LENGTH, "length of a token");
_Static_assert(MAC >= crypto_generichash_BYTES_MIN, "length of the MAC");

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

/* 0 for a purpose that has no tokens. */
static enum key
key_of(enum purpose purpose)
{
	static const enum key key[PURPOSE_COUNT_] = {
		[PURPOSE_CONFIRM] = KEY_TOKEN_CONFIRM,
		[PURPOSE_REPLY] = KEY_TOKEN_REPLY,
		[PURPOSE_UNSUBSCRIBE] = KEY_TOKEN_UNSUBSCRIBE,
		[PURPOSE_BOUNCE] = KEY_TOKEN_BOUNCE,
		[PURPOSE_APPROVE] = KEY_TOKEN_APPROVE,
		[PURPOSE_PROBE] = KEY_TOKEN_PROBE,
		[PURPOSE_CHECK] = KEY_TOKEN_CHECK,
		[PURPOSE_WITNESS] = KEY_TOKEN_WITNESS,
	};

	return (unsigned)purpose < PURPOSE_COUNT_ ? key[purpose] : 0;
}

static void
put_number(unsigned char *p, uint64_t v, size_t bytes)
{
	while (bytes-- > 0) {
		p[bytes] = (unsigned char)v;
		v >>= 8;
	}
}

static uint64_t
get_number(const unsigned char *p, size_t bytes)
{
	uint64_t v = 0;

	while (bytes-- > 0)
		v = v << 8 | *p++;
	return v;
}

/* The first byte of each input tells the two uses of a key apart.  A mark makes
 * the input longer, so that none is that of another mark. */
static void
make_mac(const unsigned char *key, enum purpose purpose, int64_t campaign,
    unsigned mark, const unsigned char body[BODY], unsigned char out[MAC])
{
	unsigned char in[2 + 8 + BODY + 1];

	in[0] = 'm';
	in[1] = (unsigned char)purpose;
	put_number(in + 2, (uint64_t)campaign, 8);
	memcpy(in + 10, body, BODY);
	in[10 + BODY] = (unsigned char)mark;
	(void)crypto_generichash(out, MAC, in, sizeof in - (mark == 0), key,
	    KEY_BYTES);
}

static void
mask_body(const unsigned char *key, const unsigned char mac[MAC],
    unsigned char body[BODY])
{
	unsigned char in[1 + MAC], stream[MAC];
	size_t i;

	in[0] = 's';
	memcpy(in + 1, mac, MAC);
	(void)crypto_generichash(stream, sizeof stream, in, sizeof in, key,
	    KEY_BYTES);
	for (i = 0; i < BODY; i++)
		body[i] ^= stream[i];
}

static void
encode(const unsigned char raw[RAW], char out[TOKEN_LENGTH + 1])
{
	unsigned bits = 0, have = 0;
	size_t in = 0, n;

	for (n = 0; n < TOKEN_LENGTH; n++) {
		if (have < 5) {
			bits = bits << 8 | (in < RAW ? raw[in] : 0U);
			in++;
			have += 8;
		}
		have -= 5;
		out[n] = alphabet[bits >> have & 31];
	}
	out[TOKEN_LENGTH] = '\0';
}

static int
digit(char c)
{
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= '2' && c <= '7')
		return c - '2' + 26;
	return -1;
}

/* Exactly one text stands for a token: no longer one, and no spare bits. */
static int
decode(const char *text, unsigned char raw[RAW])
{
	unsigned bits = 0, have = 0;
	size_t n, out = 0;
	int d;

	for (n = 0; n < TOKEN_LENGTH; n++) {
		d = digit(text[n]);
		if (d < 0)
			return -1;
		bits = bits << 5 | (unsigned)d;
		have += 5;
		if (have >= 8) {
			have -= 8;
			raw[out++] = (unsigned char)(bits >> have);
		}
	}
	if (text[TOKEN_LENGTH] != '\0' || (bits & ((1U << have) - 1)) != 0)
		return -1;
	return 0;
}

static void
make(const struct keys *keys, enum purpose purpose, int64_t campaign,
    int64_t person, int32_t last_day, unsigned mark, char out[TOKEN_LENGTH + 1])
{
	unsigned char raw[RAW];
	const unsigned char *key;
	int64_t day = (int64_t)last_day - EPOCH;

	if (key_of(purpose) == 0 || person < 0 || person > TOKEN_PERSON_MAX ||
	    mark > TOKEN_MARKS)
		log_fatalx("a token for purpose %d cannot be made", (int)purpose);
	key = keys_get(keys, key_of(purpose));
	if (day < 0)
		day = 0;
	if (day > UINT16_MAX)
		day = UINT16_MAX;
	put_number(raw + MAC, (uint64_t)person, 5);
	put_number(raw + MAC + 5, (uint64_t)day, 2);
	make_mac(key, purpose, campaign, mark, raw + MAC, raw);
	mask_body(key, raw, raw + MAC);
	encode(raw, out);
}

void
token_make(const struct keys *keys, enum purpose purpose, int64_t campaign,
    int64_t person, int32_t last_day, char out[TOKEN_LENGTH + 1])
{
	make(keys, purpose, campaign, person, last_day, 0, out);
}

void
token_make_marked(const struct keys *keys, int64_t campaign, int64_t person,
    int32_t last_day, unsigned mark, char out[TOKEN_LENGTH + 1])
{
	make(keys, PURPOSE_CONFIRM, campaign, person, last_day, mark, out);
}

/* Is it one of KEY's?  Then BODY is what it says, and *MARK its mark. */
static int
is_of(const unsigned char *key, enum purpose purpose, int64_t campaign,
    const unsigned char raw[RAW], unsigned char body[BODY], unsigned *mark)
{
	unsigned most = purpose == PURPOSE_CONFIRM ? TOKEN_MARKS : 0;
	unsigned char mac[MAC];

	memcpy(body, raw + MAC, BODY);
	mask_body(key, raw, body);
	for (*mark = 0; *mark <= most; ++*mark) {
		make_mac(key, purpose, campaign, *mark, body, mac);
		if (sodium_memcmp(mac, raw, MAC) == 0)
			return 1;
	}
	return 0;
}

enum status
token_read(const struct keys *keys, enum purpose purpose, int64_t campaign,
    const char *token, int32_t today, struct token_says *out)
{
	unsigned char raw[RAW], body[BODY];
	const unsigned char *key;
	unsigned back = 0, mark;
	int32_t last;

	*out = (struct token_says){ .person = 0 };
	if (key_of(purpose) == 0 || token == NULL || decode(token, raw) != 0)
		return DENIED;
	key = keys_get(keys, key_of(purpose));
	while (key != NULL && !is_of(key, purpose, campaign, raw, body, &mark))
		key = keys_get_old(keys, key_of(purpose), back++);
	if (key == NULL)
		return DENIED;
	last = EPOCH + (int32_t)get_number(body + 5, 2);
	if (today > last)
		return DENIED;
	*out = (struct token_says){ (int64_t)get_number(body, 5), last, mark };
	return OK;
}

enum status
token_check(const struct keys *keys, enum purpose purpose, int64_t campaign,
    const char *token, int32_t today, int64_t *person_out)
{
	struct token_says says;
	enum status st = token_read(keys, purpose, campaign, token, today, &says);

	*person_out = says.person;
	return st;
}
