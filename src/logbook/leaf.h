/* leaf.h - what becomes of a signature's leaf
 *
 * Hooks for whoever changes a signature: all are called within the transaction
 * that does, and set sig->leaf, which the caller saves.  Without a tally, and for
 * a signature without a leaf, they do nothing and answer OK.
 *
 * The opening of a leaf (nonce, day, text) is sealed for the keeper.  It goes at
 * once when she withdraws or is forgotten, and with it all that leads from the
 * leaf to her; that she was in the log cannot be shown from then on.
 */
#ifndef LOGBOOK_LEAF_H
#define LOGBOOK_LEAF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "store/tally.h"
#include "tally/commitment.h"

struct arena;
struct keys;
struct log;
struct logbook;
struct signature;
struct store;

/* She has confirmed: sig->confirmed_day and sig->text are set.  ADDRESS_KEY is
 * what address_key makes of her address.  LOGBOOK may be NULL. */
enum status leaf_confirmed(struct logbook *, struct arena *, struct signature *,
    const char *address_key) MUST_CHECK;

/* Her signature does not count any more.  BATCH is that of what leaf_of_staff, else 0.
 * What is taken back already stays so, with the reason it had. */
enum status leaf_take_back(struct store *, struct arena *, struct signature *,
    enum leaf_back, int64_t batch) MUST_CHECK;

/* What was taken back counts again after all: by a new entry with the same
 * commitment, since nobody may be able to make another; or, if its end was not in
 * the log yet, as if nothing had been.  Without a leaf, one is looked for when the
 * signatures from before the tally are. */
enum status leaf_again(struct store *, struct arena *, struct signature *)
    MUST_CHECK;

/* All that leads to her is to be forgotten, and she counts still. */
enum status leaf_forget(struct store *, struct arena *, struct signature *)
    MUST_CHECK;

/* She wants a receipt.  AGAIN: her leaf is not in the log yet, and this is noted;
 * EXISTS: the same, and it was noted before; OK: it is in, or there is none. */
enum status leaf_want(struct store *, struct arena *, const struct signature *)
    MUST_CHECK;

/* ---- within logbook/ ------------------------------------------------------------- */

/* What a leaf commits to, but for the address. */
struct opening {
	unsigned char nonce[COMMITMENT_NONCE];
	int32_t day;
	int64_t text;                   /* tally_text */
};

/* NOT_FOUND when it is forgotten, DENIED when it does not open. */
enum status leaf_open(const struct keys *, const struct leaf *,
    struct opening *out) MUST_CHECK;
/* SHA-256 of a text. */
enum status leaf_text(struct store *, struct arena *, const struct log *,
    int64_t text, unsigned char out[COMMITMENT_TEXT]) MUST_CHECK;

#endif
