/* SPDX-License-Identifier: ISC */
#include <string.h>

#include <sodium.h>

#include "base/buf.h"
#include "base/log.h"
#include "seal/lines.h"
#include "seal/witness.h"

#define HEAD "undersigned witness 1"

static struct witness_pair *
locked_pair(void)
{
	struct witness_pair *pair = sodium_malloc(sizeof *pair);

	if (pair == NULL)
		log_fatal("no memory for a key");
	sodium_memzero(pair, sizeof *pair);
	return pair;
}

struct witness_pair *
witness_new(const char *name)
{
	struct witness_pair *pair = locked_pair();

	strncpy(pair->name, name, sizeof pair->name - 1);
	randombytes_buf(pair->seed, sizeof pair->seed);
	sign_public(pair->seed, pair->public);
	return pair;
}

void
witness_free(struct witness_pair **pair)
{
	sodium_free(*pair);
	*pair = NULL;
}

static void
write_head(struct buf *out, const char *name,
    const unsigned char public[SIGN_PUBLIC_BYTES])
{
	buf_addf(out, HEAD "\nname: %s\n", name);
	lines_add(out, "public: ", public, SIGN_PUBLIC_BYTES);
}

/* *AT goes behind the head. */
static enum status
parse_file(const char **at, char name[WITNESS_NAME],
    unsigned char public[SIGN_PUBLIC_BYTES], struct reason *why)
{
	char text[LINES_VALUE];

	if (lines_take(at, HEAD, text, sizeof text) != OK || *text != '\0')
		return fail(why, INVALID, "this is no key file of a witness");
	if (lines_take(at, "name: ", name, WITNESS_NAME) != OK ||
	    lines_take_bytes(at, "public: ", public, SIGN_PUBLIC_BYTES) != OK)
		return fail(why, INVALID, "the key file is cut short or damaged; "
		    "take your copy of it");
	return passphrase_check(*at, SIGN_SEED_BYTES, why);
}

enum status
witness_seal(const struct witness_pair *pair, const char *passphrase,
    const struct passphrase_work *work, struct buf *out, struct reason *why)
{
	struct buf head = BUF_INIT;
	enum status st;

	write_head(&head, pair->name, pair->public);
	st = passphrase_seal(head.data, pair->seed, SIGN_SEED_BYTES, passphrase,
	    work, out, why);
	buf_free(&head);
	return st;
}

enum status
witness_public(const char *text, char name[WITNESS_NAME],
    unsigned char public[SIGN_PUBLIC_BYTES], struct reason *why)
{
	return parse_file(&text, name, public, why);
}

/* The name and the public half are bound to the secret by the seal; that both
 * halves are one pair is seen again here. */
enum status
witness_unseal(const char *text, const char *passphrase,
    struct witness_pair **out, struct reason *why)
{
	struct witness_pair *pair = locked_pair();
	unsigned char public[SIGN_PUBLIC_BYTES];
	struct buf head = BUF_INIT;
	enum status st = parse_file(&text, pair->name, pair->public, why);

	*out = NULL;
	if (st == OK) {
		write_head(&head, pair->name, pair->public);
		st = passphrase_open(head.data, text, passphrase, pair->seed,
		    SIGN_SEED_BYTES, why);
		buf_free(&head);
	}
	if (st == OK) {
		sign_public(pair->seed, public);
		if (memcmp(public, pair->public, sizeof public) != 0)
			st = fail(why, DENIED, "the two halves of the key in this "
			    "file do not belong together");
	}
	if (st == OK)
		*out = pair;
	else
		witness_free(&pair);
	return st;
}
