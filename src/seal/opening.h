/* opening.h - keys of the organisations, which never come to the server
 *
 * An X25519 pair per holder, made on her own machine.  The public half is one
 * line, "undersigned-holder-" and base64 (URL alphabet) of the 32 bytes and of
 * the first 4 of BLAKE2b-256 over the name before them and these 32: a slip of
 * the hand is found, and a key of one kind is not taken for another.
 *
 * A key file is lines of text: "undersigned key 1", "public: " and that line, then
 * the secret half as in passphrase.h.
 */
#ifndef SEAL_OPENING_H
#define SEAL_OPENING_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "seal/passphrase.h"

struct buf;

#define OPENING_BYTES 32
#define OPENING_TEXT 80         /* room for a public half as text, with NUL */

enum opening_kind {
	OPENING_HOLDER,         /* of an organisation */
	OPENING_CAMPAIGN,       /* whose secret half is split */
	OPENING_KINDS
};

void opening_text(enum opening_kind, const unsigned char key[OPENING_BYTES],
    char out[OPENING_TEXT]);
/* INVALID: the reason says what is wrong with it. */
enum status opening_parse(enum opening_kind, const char *text,
    unsigned char out[OPENING_BYTES], struct reason *) MUST_CHECK;

/* A pair in locked memory. */
struct opening_pair {
	unsigned char public[OPENING_BYTES], secret[OPENING_BYTES];
};
struct opening_pair *opening_new(void);
void opening_free(struct opening_pair **);      /* wipes it */

/* The text of a key file; appends to OUT.  TEMPFAIL when there is not memory
 * enough for the work. */
enum status opening_seal(const struct opening_pair *, const char *passphrase,
    const struct passphrase_work *, struct buf *out, struct reason *) MUST_CHECK;
/* The public half, as the file says it, without a passphrase. */
enum status opening_public(const char *text, unsigned char out[OPENING_BYTES],
    struct reason *) MUST_CHECK;
/* DENIED for the wrong passphrase, or a file changed by somebody; INVALID for
 * what is no key file. */
enum status opening_unseal(const char *text, const char *passphrase,
    struct opening_pair **out, struct reason *) MUST_CHECK;

#endif
