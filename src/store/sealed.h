/* sealed.h - data keys, and who is sealed with them
 *
 * A part of store.h with the same rules, and one more:
 *
 *  S6  A data key that a row's parts name is there whenever the row is: it
 *      comes in the same transaction or an earlier one, and leaves only when no
 *      row names it (petition/spare.h).
 */
#ifndef STORE_SEALED_H
#define STORE_SEALED_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "store/store.h"

#define STORE_OPENING 32
#define STORE_DATA_KEY 80

struct data_key_row {
	int64_t number;                 /* random, over 0 */
	int64_t campaign;
	unsigned char opening[STORE_OPENING];
	unsigned char sealed[STORE_DATA_KEY];
	int32_t day;
};

enum status store_data_key_add(struct store *, const struct data_key_row *)
    MUST_CHECK;                                         /* EXISTS */
enum status store_data_key_get(struct store *, int64_t number,
    struct data_key_row *out) MUST_CHECK;               /* NOT_FOUND */
/* Those of a campaign from before DAY, by number from after AFTER, without the last
 * of each opening key; at most COUNT. */
enum status store_data_keys(struct store *, int64_t campaign, int32_t day,
    int64_t after, struct data_key_row *out, size_t count, size_t *count_out)
    MUST_CHECK;
enum status store_data_key_remove(struct store *, int64_t number) MUST_CHECK;
/* The opening keys that a campaign's data keys are sealed to, the newest first;
 * at most COUNT. */
struct opening_row {
	unsigned char opening[STORE_OPENING];
	int64_t keys;                   /* data keys */
	int32_t first, last;            /* days */
};
enum status store_openings(struct store *, int64_t campaign,
    struct opening_row *out, size_t count, size_t *count_out) MUST_CHECK;

/* How many are there in a state (SIGNATURE_STATES: any) that are sealed?  LOOK
 * stops at so many.  Reads all rows of the database when there are fewer. */
enum status store_sealed_count(struct store *, int64_t campaign,
    enum signature_state, int64_t look, int64_t *out) MUST_CHECK;
/* The same of paper. */
enum status store_paper_sealed_count(struct store *, int64_t campaign,
    int64_t *out) MUST_CHECK;
/* Signed, and readable to who has the master key; on paper too. */
enum status store_unsealed_count(struct store *, int64_t campaign, int64_t *out)
    MUST_CHECK;

#endif
