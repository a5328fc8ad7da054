/* ring.h - earlier keys, and all that is sealed under the master key
 *
 * A part of store.h with the same rules.  What a ring is says seal/ring.h; who
 * seals anew is petition/renewal.h.
 */
#ifndef STORE_RING_H
#define STORE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "store/store.h"

/* Numbers are those of the database, for ever. */
enum ring_state {
	RING_PREPARED,          /* the key file may still be the earlier one */
	RING_IN_USE,            /* some is still sealed under the earlier key */
	RING_DONE
};

struct ring_row {
	uint32_t epoch;
	enum ring_state state;
	struct blob sealed;
};

/* The latest first; at most COUNT. */
enum status store_ring_list(struct store *, struct arena *,
    struct ring_row *out, size_t count, size_t *count_out) MUST_CHECK;
/* Adds it, or puts it in place of the one of that epoch. */
enum status store_ring_put(struct store *, const struct ring_row *) MUST_CHECK;
/* What this process seals from now on is sealed under the key of EPOCH.  Once a
 * later one is in use, store_begin answers DENIED: whoever seals anew may have been
 * through already, and what is sealed under the earlier key is then lost. */
void store_ring_follow(struct store *, uint32_t epoch);
/* Is a later key than that of store_ring_follow in use? */
enum status store_ring_is_passed(struct store *, bool *passed_out) MUST_CHECK;
/* Those before EPOCH. */
enum status store_ring_forget(struct store *, uint32_t epoch) MUST_CHECK;
/* That of EPOCH, which was prepared and never came in use. */
enum status store_ring_remove(struct store *, uint32_t epoch) MUST_CHECK;

/* Every table in which there is something under the master key. */
enum secret {
	SECRET_IDENTITY,        /* signature.identity */
	SECRET_PAPER,           /* paper.identity */
	SECRET_OUTBOX,          /* outbox.payload */
	SECRET_PARKED,          /* parked.message */
	SECRET_LEAF,            /* leaf.opening, named by its signature */
	SECRET_TALLY,           /* tally.seed, named by 0 */
	SECRETS
};

struct secret_row {
	int64_t id;
	int64_t campaign;       /* 0 where it is bound to none */
	unsigned char name[STORE_HASH]; /* of the row, as it is bound to it; a
	                                   number: high byte first, at the end */
	struct blob sealed;     /* len 0: none */
};

/* The name of a row that has a number for it. */
void store_secret_number(unsigned char name[STORE_HASH], int64_t number);

/* In the order of ids, from after AFTER; until *count_out is 0. */
enum status store_secrets(struct store *, struct arena *, enum secret,
    int64_t after, struct secret_row *out, size_t count, size_t *count_out)
    MUST_CHECK;
enum status store_secret_put(struct store *, enum secret, int64_t id,
    const void *sealed, size_t len) MUST_CHECK;         /* NOT_FOUND */
/* How many rows there are, at most; for progress. */
enum status store_secret_count(struct store *, enum secret, int64_t *out)
    MUST_CHECK;

#endif
