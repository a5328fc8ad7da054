/* SPDX-License-Identifier: ISC */
#include <string.h>

#include <sodium.h>

#include "base/buf.h"
#include "base/log.h"
#include "seal/base64.h"
#include "seal/digest.h"
#include "seal/lines.h"
#include "seal/opening.h"

#define CHECK 4
#define URL sodium_base64_VARIANT_URLSAFE_NO_PADDING
#define HEAD "undersigned key 1\n"

_Static_assert(OPENING_BYTES == crypto_box_PUBLICKEYBYTES, "public half");
_Static_assert(OPENING_BYTES == crypto_box_SECRETKEYBYTES, "secret half");

static const char *const prefix[OPENING_KINDS] = {
	[OPENING_HOLDER] = "undersigned-holder-",
	[OPENING_CAMPAIGN] = "undersigned-opening-",
};

/* ---- one line ------------------------------------------------------------------ */

static void
checksum(enum opening_kind kind, const unsigned char key[OPENING_BYTES],
    unsigned char out[CHECK])
{
	struct seal_digest *d = seal_digest_new();
	unsigned char whole[DIGEST_BYTES];

	seal_digest_add(d, prefix[kind], strlen(prefix[kind]));
	seal_digest_add(d, key, OPENING_BYTES);
	seal_digest_end(&d, whole);
	memcpy(out, whole, CHECK);
}

void
opening_text(enum opening_kind kind, const unsigned char key[OPENING_BYTES],
    char out[OPENING_TEXT])
{
	unsigned char raw[OPENING_BYTES + CHECK];
	size_t n = strlen(prefix[kind]);

	memcpy(out, prefix[kind], n);
	memcpy(raw, key, OPENING_BYTES);
	checksum(kind, key, raw + OPENING_BYTES);
	(void)sodium_bin2base64(out + n, OPENING_TEXT - n, raw, sizeof raw, URL);
}

enum status
opening_parse(enum opening_kind kind, const char *text,
    unsigned char out[OPENING_BYTES], struct reason *why)
{
	unsigned char raw[OPENING_BYTES + CHECK], sum[CHECK];
	size_t n = strlen(prefix[kind]), len;

	memset(out, 0, OPENING_BYTES);
	if (strncmp(text, prefix[kind], n) != 0)
		return fail(why, INVALID, "a key that begins with %s is "
		    "needed here", prefix[kind]);
	if (base64_take_url(text + n, strlen(text + n), raw, sizeof raw,
	    &len) != OK || len != sizeof raw)
		return fail(why, INVALID, "the key is cut short or damaged; copy "
		    "the whole line again");
	checksum(kind, raw, sum);
	if (memcmp(sum, raw + OPENING_BYTES, CHECK) != 0)
		return fail(why, INVALID, "a letter of the key is wrong (its "
		    "checksum says so); copy the whole line again");
	memcpy(out, raw, OPENING_BYTES);
	return OK;
}

/* ---- pairs ---------------------------------------------------------------------- */

static void *
locked(size_t size)
{
	void *p = sodium_malloc(size);

	if (p == NULL)
		log_fatal("no memory for a key");
	return p;
}

struct opening_pair *
opening_new(void)
{
	struct opening_pair *pair = locked(sizeof *pair);

	(void)crypto_box_keypair(pair->public, pair->secret);
	return pair;
}

void
opening_free(struct opening_pair **pair)
{
	sodium_free(*pair);
	*pair = NULL;
}

/* ---- key files ------------------------------------------------------------------- */

/* All lines before those of passphrase.h. */
static void
write_head(struct buf *out, const unsigned char public[OPENING_BYTES])
{
	char text[OPENING_TEXT];

	opening_text(OPENING_HOLDER, public, text);
	buf_addf(out, HEAD "public: %s\n", text);
}

/* *REST is what follows the head. */
static enum status
parse_file(const char *at, unsigned char public[OPENING_BYTES],
    const char **rest, struct reason *why)
{
	char text[LINES_VALUE];
	enum status st;

	memset(public, 0, OPENING_BYTES);
	st = lines_take(&at, "undersigned key 1", text, sizeof text);
	if (st != OK || *text != '\0')
		return fail(why, INVALID, "this is no key file of undersign");
	st = lines_take(&at, "public: ", text, sizeof text);
	if (st != OK)
		*text = '\0';
	*rest = at;
	st = opening_parse(OPENING_HOLDER, text, public, why);
	return st == OK ? passphrase_check(at, OPENING_BYTES, why) : st;
}

enum status
opening_seal(const struct opening_pair *pair, const char *passphrase,
    const struct passphrase_work *work, struct buf *out, struct reason *why)
{
	struct buf head = BUF_INIT;
	enum status st;

	write_head(&head, pair->public);
	st = passphrase_seal(head.data, pair->secret, OPENING_BYTES, passphrase,
	    work, out, why);
	buf_free(&head);
	return st;
}

enum status
opening_public(const char *text, unsigned char out[OPENING_BYTES],
    struct reason *why)
{
	const char *rest;

	return parse_file(text, out, &rest, why);
}

/* Does the secret half belong to the public one? */
static enum status
check_pair(const struct opening_pair *pair, struct reason *why)
{
	unsigned char public[OPENING_BYTES];

	if (crypto_scalarmult_base(public, pair->secret) == 0 &&
	    memcmp(public, pair->public, OPENING_BYTES) == 0)
		return OK;
	return fail(why, DENIED, "the two halves of the key in this file do not "
	    "belong together: somebody has changed it");
}

enum status
opening_unseal(const char *text, const char *passphrase,
    struct opening_pair **out, struct reason *why)
{
	struct opening_pair *pair = locked(sizeof *pair);
	struct buf head = BUF_INIT;
	const char *rest;
	enum status st = parse_file(text, pair->public, &rest, why);

	*out = NULL;
	if (st == OK) {
		write_head(&head, pair->public);
		st = passphrase_open(head.data, rest, passphrase, pair->secret,
		    OPENING_BYTES, why);
		buf_free(&head);
	}
	if (st == OK)
		st = check_pair(pair, why);
	if (st == OK)
		*out = pair;
	else
		sodium_free(pair);
	return st;
}
