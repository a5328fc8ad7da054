/* ring.h - what is still needed of earlier master keys
 *
 * A master key can be changed.  Then
 *
 *  - what was sealed with the earlier one is sealed anew, row by row; until that
 *    is done the earlier sealing keys are in the ring;
 *  - tokens in mails that people keep stay good for their time: the earlier
 *    token keys are in the ring until the last day of the youngest of them;
 *  - the keys of hashes, by which rows are found, stay those of the first
 *    master key for ever, since a hash of an address that nobody here can read
 *    (FORGET, or sealed to the campaign) cannot be made again.
 *
 * A ring is all that, sealed under the new master key (KEY_SEAL_RING) and bound
 * to its number, the epoch: 1 after the first change.
 */
#ifndef SEAL_RING_H
#define SEAL_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "seal/keys.h"

struct buf;

/* 0 while the master key is the first, or no ring was opened. */
uint32_t ring_epoch(const struct keys *);
/* Is there a sealing key of an earlier master key? */
bool ring_is_unfinished(const struct keys *);

/* The ring of NEXT, fresh from a new master key, after NOW.  TOKEN_DAYS after
 * TODAY no token of NOW is good any more.  Appends to OUT. */
void ring_make(const struct keys *now, const struct keys *next, int32_t today,
    int token_days, struct buf *out);
/* The same ring again without earlier sealing keys, and without token keys whose
 * time is over: all has been sealed anew. */
void ring_finish(const struct keys *, int32_t today, struct buf *out);

/* KEYS, fresh from the master key, get what is in the ring of EPOCH.  DENIED when
 * it is another master key's, or damaged; then nothing has changed. */
enum status ring_open(struct keys *, uint32_t epoch, const void *sealed,
    size_t len) MUST_CHECK;

#endif
