/* proof.h - what a signer gets to check that she is in the tally
 *
 * Both are blocks of text (tally/promise.h, tally/receipt.h), made when the mail
 * is made.
 */
#ifndef LOGBOOK_PROOF_H
#define LOGBOOK_PROOF_H

#include <stdint.h>

#include "base/status.h"

struct arena;
struct buf;
struct logbook;
struct signature;

struct proof {
	const char *promise;    /* it will be in the log; or NULL */
	const char *by;         /* a date, with it */
	const char *receipt;    /* it is in the log; or NULL */
	const char *leaf, *size;        /* numbers, with it */
};

enum proof_kind {
	PROOF_PROMISE,          /* while it is not in the log; then nothing */
	PROOF_ANY,              /* the same, and a receipt when it is in */
	PROOF_RECEIPT           /* nothing but that; TEMPFAIL until it is in */
};

/* ADDRESS_KEY is what address_key makes of hers; MADE when the mail was promised.
 * Nothing is set without a leaf, or when its opening is forgotten. */
enum status proof_make(const struct logbook *, struct arena *,
    const struct signature *, const char *address_key, int64_t made,
    enum proof_kind, struct proof *out) MUST_CHECK;

#endif
