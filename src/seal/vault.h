/* vault.h - data keys, under which new signers are sealed
 *
 * Sealing each signer to the opening key would cost much; so a campaign has a
 * data key at any time, of which this is the whole life:
 *
 *  - 32 random bytes, sealed to the opening key at once and once
 *    (crypto_box_seal, 80 bytes): only that leaves the process.
 *  - It serves one day, one opening key and VAULT_USES people at most, then
 *    another takes its place.
 *  - In clear it is in locked memory alone, wiped when another takes its place,
 *    by vault_sweep once its day is over, and by vault_free.
 *
 * Who takes it sees to it that its sealed form is in the store in the very
 * transaction of what is sealed with it (petition/sealing.h).
 */
#ifndef SEAL_VAULT_H
#define SEAL_VAULT_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "seal/box.h"
#include "seal/opening.h"

#define VAULT_USES 1000         /* people */
#define DATA_KEY_SEALED (BOX_KEY + 48)

struct vault;

/* Its public half, as it is kept. */
struct data_key {
	int64_t number;                 /* random, over 0 */
	unsigned char opening[OPENING_BYTES];
	unsigned char sealed[DATA_KEY_SEALED];
	int32_t day;
};

struct vault *vault_new(void);
void vault_free(struct vault **);       /* wipes; NULL is fine */

/* The data key for one more person of a campaign.  Both are the vault's, good
 * until the next call.  INVALID: nothing can be sealed to this opening key. */
enum status vault_take(struct vault *, int64_t campaign,
    const unsigned char opening[OPENING_BYTES], int32_t day,
    const struct data_key **out, const unsigned char **key_out) MUST_CHECK;

/* Wipes those of other days than DAY.  Cheap. */
void vault_sweep(struct vault *, int32_t day);

/* Offline: what a data key is.  KEY is locked memory of BOX_KEY bytes.  DENIED:
 * it is damaged, or sealed to another opening key. */
enum status data_key_open(const struct opening_pair *,
    const unsigned char sealed[DATA_KEY_SEALED], unsigned char *key) MUST_CHECK;

#endif
