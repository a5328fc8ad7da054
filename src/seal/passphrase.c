/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "base/buf.h"
#include "base/log.h"
#include "seal/lines.h"
#include "seal/passphrase.h"

#define KEY crypto_aead_xchacha20poly1305_ietf_KEYBYTES
#define SALT crypto_pwhash_argon2id_SALTBYTES
#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG crypto_aead_xchacha20poly1305_ietf_ABYTES
#define SEALED (NONCE + PASSPHRASE_SECRET + TAG)
/* A file by a stranger must not bring the machine down. */
#define PASSES_MAX 64
#define MEMORY_MAX (UINT64_C(2) << 30)

const struct passphrase_work passphrase_usual = {
	.passes = crypto_pwhash_argon2id_OPSLIMIT_MODERATE,
	.memory = crypto_pwhash_argon2id_MEMLIMIT_MODERATE,
};

struct wrapped {
	struct passphrase_work work;
	unsigned char salt[SALT], sealed[SEALED];
};

/* All that the secret is bound to. */
static void
write_bound(struct buf *out, const char *head, const struct wrapped *w)
{
	buf_addf(out, "%swork: %" PRIu64 " %" PRIu64 "\n", head, w->work.passes,
	    w->work.memory);
	lines_add(out, "salt: ", w->salt, SALT);
}

static enum status
parse(const char *at, struct wrapped *w, size_t len, struct reason *why)
{
	char text[LINES_VALUE];
	enum status st;

	memset(w, 0, sizeof *w);
	st = len > PASSPHRASE_SECRET ? INVALID :
	    lines_take(&at, "work: ", text, sizeof text);
	if (st == OK && sscanf(text, "%" SCNu64 " %" SCNu64, &w->work.passes,
	    &w->work.memory) != 2)
		st = INVALID;
	if (st == OK)
		st = lines_take_bytes(&at, "salt: ", w->salt, SALT);
	if (st == OK)
		st = lines_take_bytes(&at, "sealed: ", w->sealed,
		    NONCE + len + TAG);
	if (st == OK)
		st = lines_take(&at, "end", text, sizeof text);
	if (st != OK || w->work.passes < 1 || w->work.passes > PASSES_MAX ||
	    w->work.memory < crypto_pwhash_argon2id_MEMLIMIT_MIN ||
	    w->work.memory > MEMORY_MAX)
		return fail(why, INVALID, "the key file is cut short or damaged; "
		    "take your copy of it");
	return OK;
}

/* KEY_OUT is locked memory, freed by the caller; NULL when it fails. */
static enum status
stretch(const struct wrapped *w, const char *passphrase, unsigned char **key_out,
    struct reason *why)
{
	unsigned char *key = sodium_malloc(KEY);

	if (key == NULL)
		log_fatal("no memory for a key");
	*key_out = key;
	if (crypto_pwhash_argon2id(key, KEY, passphrase, strlen(passphrase),
	    w->salt, w->work.passes, (size_t)w->work.memory,
	    crypto_pwhash_argon2id_ALG_ARGON2ID13) == 0)
		return OK;
	sodium_free(key);
	*key_out = NULL;
	return fail(why, TEMPFAIL, "there is not memory enough for the "
	    "passphrase: %" PRIu64 " MiB are needed", w->work.memory >> 20);
}

enum status
passphrase_seal(const char *head, const void *secret, size_t len,
    const char *passphrase, const struct passphrase_work *work, struct buf *out,
    struct reason *why)
{
	struct wrapped w = { .work = *work };
	struct buf bound = BUF_INIT;
	unsigned char *key;
	enum status st;

	if (len > PASSPHRASE_SECRET)
		log_fatalx("a secret of %zu bytes is too long", len);
	randombytes_buf(w.salt, SALT);
	randombytes_buf(w.sealed, NONCE);
	st = stretch(&w, passphrase, &key, why);
	if (st != OK)
		return st;
	write_bound(&bound, head, &w);
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(w.sealed + NONCE, NULL,
	    secret, len, (const unsigned char *)bound.data, bound.len, NULL,
	    w.sealed, key);
	sodium_free(key);
	buf_add(out, bound.data, bound.len);
	lines_add(out, "sealed: ", w.sealed, NONCE + len + TAG);
	buf_addstr(out, "end\n");
	buf_free(&bound);
	return OK;
}

enum status
passphrase_check(const char *rest, size_t len, struct reason *why)
{
	struct wrapped w;

	return parse(rest, &w, len, why);
}

enum status
passphrase_open(const char *head, const char *rest, const char *passphrase,
    void *secret, size_t len, struct reason *why)
{
	struct buf bound = BUF_INIT;
	struct wrapped w;
	unsigned char *key;
	enum status st = parse(rest, &w, len, why);

	if (st == OK)
		st = stretch(&w, passphrase, &key, why);
	if (st != OK)
		return st;
	write_bound(&bound, head, &w);
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(secret, NULL, NULL,
	    w.sealed + NONCE, len + TAG, (const unsigned char *)bound.data,
	    bound.len, w.sealed, key) != 0)
		st = fail(why, DENIED, "the passphrase does not open this key "
		    "file (or somebody has changed the file)");
	sodium_free(key);
	buf_free(&bound);
	return st;
}
