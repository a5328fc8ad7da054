/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "base/buf.h"
#include "base/log.h"
#include "seal/digest.h"
#include "seal/lines.h"
#include "seal/opening.h"

#define CHECK 4
#define URL sodium_base64_VARIANT_URLSAFE_NO_PADDING
#define HEAD "undersigned key 1\n"
#define SALT crypto_pwhash_argon2id_SALTBYTES
#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG crypto_aead_xchacha20poly1305_ietf_ABYTES
#define SEALED (NONCE + OPENING_BYTES + TAG)
/* A file by a stranger must not bring the machine down. */
#define PASSES_MAX 64
#define MEMORY_MAX (UINT64_C(2) << 30)

_Static_assert(OPENING_BYTES == crypto_box_PUBLICKEYBYTES, "public half");
_Static_assert(OPENING_BYTES == crypto_box_SECRETKEYBYTES, "secret half");
_Static_assert(OPENING_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    "key of a passphrase");

const struct opening_work opening_usual = {
	.passes = crypto_pwhash_argon2id_OPSLIMIT_MODERATE,
	.memory = crypto_pwhash_argon2id_MEMLIMIT_MODERATE,
};

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
	if (sodium_base642bin(raw, sizeof raw, text + n, strlen(text + n), NULL,
	    &len, NULL, URL) != 0 || len != sizeof raw)
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

struct file {
	unsigned char public[OPENING_BYTES];
	struct opening_work work;
	unsigned char salt[SALT], sealed[SEALED];
};

/* All lines to which the secret is bound. */
static void
write_head(struct buf *out, const struct file *f)
{
	char text[OPENING_TEXT];

	opening_text(OPENING_HOLDER, f->public, text);
	buf_addf(out, HEAD "public: %s\nwork: %" PRIu64 " %" PRIu64 "\n", text,
	    f->work.passes, f->work.memory);
	lines_add(out, "salt: ", f->salt, SALT);
}

static enum status
parse_file(const char *at, struct file *f, struct reason *why)
{
	char text[LINES_VALUE];
	enum status st;

	st = lines_take(&at, "undersigned key 1", text, sizeof text);
	if (st != OK || *text != '\0')
		return fail(why, INVALID, "this is no key file of undersign");
	st = lines_take(&at, "public: ", text, sizeof text);
	if (st == OK && opening_parse(OPENING_HOLDER, text, f->public, why) != OK)
		return INVALID;
	if (st == OK)
		st = lines_take(&at, "work: ", text, sizeof text);
	if (st == OK && sscanf(text, "%" SCNu64 " %" SCNu64, &f->work.passes,
	    &f->work.memory) != 2)
		st = INVALID;
	if (st == OK)
		st = lines_take_bytes(&at, "salt: ", f->salt, SALT);
	if (st == OK)
		st = lines_take_bytes(&at, "sealed: ", f->sealed, SEALED);
	if (st == OK)
		st = lines_take(&at, "end", text, sizeof text);
	if (st != OK || f->work.passes < 1 || f->work.passes > PASSES_MAX ||
	    f->work.memory < crypto_pwhash_argon2id_MEMLIMIT_MIN ||
	    f->work.memory > MEMORY_MAX)
		return fail(why, INVALID, "the key file is cut short or damaged; "
		    "take your copy of it");
	return OK;
}

/* KEY is locked memory. */
static enum status
stretch(const struct file *f, const char *passphrase, unsigned char *key,
    struct reason *why)
{
	if (crypto_pwhash_argon2id(key, OPENING_BYTES, passphrase,
	    strlen(passphrase), f->salt, f->work.passes, (size_t)f->work.memory,
	    crypto_pwhash_argon2id_ALG_ARGON2ID13) == 0)
		return OK;
	return fail(why, TEMPFAIL, "there is not memory enough for the "
	    "passphrase: %" PRIu64 " MiB are needed", f->work.memory >> 20);
}

enum status
opening_seal(const struct opening_pair *pair, const char *passphrase,
    const struct opening_work *work, struct buf *out, struct reason *why)
{
	struct file f = { .work = *work };
	unsigned char *key = locked(OPENING_BYTES);
	struct buf head = BUF_INIT;
	enum status st;

	memcpy(f.public, pair->public, OPENING_BYTES);
	randombytes_buf(f.salt, SALT);
	randombytes_buf(f.sealed, NONCE);
	st = stretch(&f, passphrase, key, why);
	if (st == OK) {
		write_head(&head, &f);
		(void)crypto_aead_xchacha20poly1305_ietf_encrypt(f.sealed + NONCE,
		    NULL, pair->secret, OPENING_BYTES,
		    (const unsigned char *)head.data, head.len, NULL, f.sealed,
		    key);
		buf_add(out, head.data, head.len);
		lines_add(out, "sealed: ", f.sealed, SEALED);
		buf_addstr(out, "end\n");
	}
	buf_free(&head);
	sodium_free(key);
	return st;
}

enum status
opening_public(const char *text, unsigned char out[OPENING_BYTES],
    struct reason *why)
{
	struct file f = { .salt = { 0 } };
	enum status st = parse_file(text, &f, why);

	memcpy(out, f.public, OPENING_BYTES);
	return st;
}

/* The lines are written again, so that an end of line changed on the way does
 * not matter. */
static enum status
open_secret(const struct file *f, const unsigned char *key,
    struct opening_pair *pair)
{
	unsigned char public[OPENING_BYTES];
	struct buf head = BUF_INIT;
	int bad;

	write_head(&head, f);
	bad = crypto_aead_xchacha20poly1305_ietf_decrypt(pair->secret, NULL, NULL,
	    f->sealed + NONCE, OPENING_BYTES + TAG,
	    (const unsigned char *)head.data, head.len, f->sealed, key) != 0 ||
	    crypto_scalarmult_base(public, pair->secret) != 0 ||
	    memcmp(public, f->public, OPENING_BYTES) != 0;
	buf_free(&head);
	memcpy(pair->public, f->public, OPENING_BYTES);
	return bad ? DENIED : OK;
}

enum status
opening_unseal(const char *text, const char *passphrase,
    struct opening_pair **out, struct reason *why)
{
	struct file f = { .salt = { 0 } };
	struct opening_pair *pair;
	unsigned char *key;
	enum status st = parse_file(text, &f, why);

	*out = NULL;
	if (st != OK)
		return st;
	key = locked(OPENING_BYTES);
	pair = locked(sizeof *pair);
	st = stretch(&f, passphrase, key, why);
	if (st == OK && open_secret(&f, key, pair) != OK)
		st = fail(why, DENIED, "the passphrase does not open this key "
		    "file (or somebody has changed the file)");
	sodium_free(key);
	if (st == OK)
		*out = pair;
	else
		sodium_free(pair);
	return st;
}
