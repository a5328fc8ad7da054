/* ending.h - the end of campaigns, and what is erased after it
 *
 * A part of store.h with the same rules.  What is to be erased and when is said
 * by petition/retention.h; here are the ways to do it in small pieces.
 */
#ifndef STORE_ENDING_H
#define STORE_ENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "store/store.h"

struct arena;

/* What its signers were told of; the numbers are kept. */
enum told { ENDING_UNTOLD, ENDING_TOLD_CLOSED, ENDING_TOLD_DELIVERED };

struct ending {
	int64_t closed_at, delivered_at;        /* 0: not */
	enum told told;
	bool untraced;          /* who has signed cannot be found any more */
};

/* Zero for one that has not ended. */
enum status store_ending_get(struct store *, int64_t campaign,
    struct ending *out) MUST_CHECK;
enum status store_ending_put(struct store *, int64_t campaign,
    const struct ending *) MUST_CHECK;

/* ---- people ---------------------------------------------------------------- */

/* Of every campaign and state, in the order of ids from after AFTER. */
enum status store_signature_range(struct store *, struct arena *,
    int64_t after, struct signature *out, size_t count, size_t *count_out)
    MUST_CHECK;
/* The row of nobody: NEW_KEY is random, and finds it never again. */
enum status store_signature_rekey(struct store *, int64_t id,
    const unsigned char new_key[STORE_HASH]) MUST_CHECK;        /* NOT_FOUND */
enum status store_signature_remove(struct store *, int64_t id) MUST_CHECK;
/* What was noted before BEFORE of mail to signers of a campaign whose ids are
 * over AFTER and not over LAST.  DRY: only counts. */
enum status store_history_purge(struct store *, int64_t campaign,
    int64_t after, int64_t last, int64_t before, bool dry, int64_t *count_out)
    MUST_CHECK;
/* No name, and a key that is random. */
enum status store_paper_untrace(struct store *, int64_t id,
    const unsigned char new_key[STORE_HASH]) MUST_CHECK;

/* ---- what the program noted for itself --------------------------------------- */

/* The ledger of one that is done, up to LIMIT rows at once, and when they are all
 * gone its approvals too.  AGAIN: there are more. */
enum status store_mailing_empty(struct store *, int64_t mailing, size_t limit,
    int64_t *count_out) MUST_CHECK;
/* How many rows that will be. */
enum status store_mailing_rows(struct store *, int64_t mailing,
    int64_t *count_out) MUST_CHECK;
/* Done, or cancelled, before BEFORE and not emptied yet: the first over AFTER of a
 * campaign.  NOT_FOUND. */
enum status store_mailing_over(struct store *, int64_t campaign, int64_t after,
    int64_t before, int64_t *id_out) MUST_CHECK;
/* Messages set aside before BEFORE. */
enum status store_parked_purge(struct store *, int64_t before, bool dry,
    int64_t *count_out) MUST_CHECK;

#endif
