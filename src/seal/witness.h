/* witness.h - the key of one who cosigns checkpoints, made on her own machine
 *
 * A key file is lines of text: "undersigned witness 1", "name: ", "public: "
 * (base64, URL alphabet), then the secret half as in passphrase.h.
 */
#ifndef SEAL_WITNESS_H
#define SEAL_WITNESS_H

#include "base/status.h"
#include "seal/passphrase.h"
#include "seal/sign.h"

struct buf;

#define WITNESS_NAME 128        /* room for a name, with NUL */

/* A pair in locked memory. */
struct witness_pair {
	char name[WITNESS_NAME];
	unsigned char public[SIGN_PUBLIC_BYTES], seed[SIGN_SEED_BYTES];
};

/* NAME is shorter than WITNESS_NAME, without line ends; what else it must be is
 * for the caller. */
struct witness_pair *witness_new(const char *name);
void witness_free(struct witness_pair **);      /* wipes it; NULL is fine */

/* The text of a key file; appends to OUT.  TEMPFAIL when there is not memory
 * enough for the work. */
enum status witness_seal(const struct witness_pair *, const char *passphrase,
    const struct passphrase_work *, struct buf *out, struct reason *) MUST_CHECK;
/* Name and public half, as the file says them, without a passphrase. */
enum status witness_public(const char *text, char name[WITNESS_NAME],
    unsigned char public[SIGN_PUBLIC_BYTES], struct reason *) MUST_CHECK;
/* DENIED for the wrong passphrase, or a file changed by somebody; INVALID for
 * what is no key file of a witness. */
enum status witness_unseal(const char *text, const char *passphrase,
    struct witness_pair **out, struct reason *) MUST_CHECK;

#endif
