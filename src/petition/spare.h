/* spare.h - data keys that nobody is sealed with any more
 *
 * A daily purge (petition/purge.h) comes by all rows anyway, in many small
 * transactions.  It takes a list of the data keys from before yesterday first, and
 * strikes out each that a row names; what is left at the end is removed.
 *
 *  K1  A key that a row names is never removed.  No row can come to name one of
 *      the list meanwhile: a data key serves its day alone (seal/vault.h), and
 *      what a transaction takes from a row is struck out as well, since it may
 *      be rolled back.
 *  K2  A row that is damaged may name any: then all of its campaign stay.
 *  K3  The last key of each opening key stays: it is the note to which key a
 *      campaign is sealed (petition/opening_fit.h).
 *
 * Backups and sealed lists have their own copies of the keys that they name.
 */
#ifndef PETITION_SPARE_H
#define PETITION_SPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct blob;
struct spare;
struct store;

struct spare *spare_new(void);
void spare_free(struct spare **);       /* NULL is fine */

/* Puts the keys of one more campaign on the list. */
enum status spare_add(struct spare *, struct store *, int64_t campaign,
    int64_t now) MUST_CHECK;
/* Strikes out what a row of CAMPAIGN names in SEALED. */
void spare_named(struct spare *, int64_t campaign, const struct blob *sealed);

/* Within a transaction: removes at most LIMIT of those left; AGAIN: there are more.
 * DRY: only counts them, all at once.  *COUNT_OUT is how many. */
enum status spare_remove(struct spare *, struct store *, size_t limit, bool dry,
    int64_t now, int64_t *count_out) MUST_CHECK;

#endif
