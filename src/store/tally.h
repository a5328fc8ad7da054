/* tally.h - the log of a campaign, and the leaves that stand for signatures
 *
 * A part of store.h with the same rules.  The log itself (tiles, checkpoints,
 * texts) is public; a leaf's opening is sealed before it comes here.
 *
 *  S9  A leaf is written in the transaction that confirms its signature, and
 *      ids of leaves grow: those of a campaign that are not in its log are the
 *      ones over tally.taken.
 *  S10 An entry of the log never changes: tiles grow, and a tile of 256 is
 *      never written again.
 */
#ifndef STORE_TALLY_H
#define STORE_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "store/store.h"

#define TALLY_HASH 32
#define TALLY_SIGNATURE 64

/* ---- the log of a campaign ------------------------------------------------- */

enum tally_stop {
	TALLY_GOES_ON,
	TALLY_BEHIND,           /* more was signed than the database has */
	TALLY_FORKED,           /* something else was signed */
	TALLY_UNGUARDED,        /* what was signed last is not known here */
	TALLY_STOPS
};

struct tally {
	int64_t campaign;
	const char *origin;             /* for good, whatever the domain becomes */
	unsigned char public[TALLY_HASH];
	struct blob seed;               /* sealed */
	int64_t size;                   /* entries */
	int64_t counted;
	int64_t taken;                  /* leaves up to this id are in the log */
	int64_t filled;                 /* signatures from before the tally have
	                                   a leaf up to this id; -1: all */
	int64_t batch_at;               /* time of the last batch; 0 */
	enum tally_stop stopped;
};

enum status store_tally_get(struct store *, struct arena *, int64_t campaign,
    struct tally *out) MUST_CHECK;                      /* NOT_FOUND */
enum status store_tally_add(struct store *, const struct tally *) MUST_CHECK;
/* All from size on. */
enum status store_tally_put(struct store *, const struct tally *) MUST_CHECK;

/* ---- leaves ------------------------------------------------------------------ */

/* Numbers are those of the database, for ever. */
enum leaf_back {
	LEAF_STAYS, LEAF_WITHDRAWN, LEAF_DUPLICATE, LEAF_UNREACHABLE, LEAF_ERASED,
	LEAF_FRAUD, LEAF_BACKS
};

/* Is it what staff take out in a batch, and may undo?  The others are hers. */
bool leaf_of_staff(enum leaf_back);

struct leaf {
	int64_t id;                     /* 0 in a new one */
	int64_t campaign;
	int64_t signature;              /* 0: of nobody that is known any more */
	int64_t entry;                  /* its index in the log; -1: not yet */
	bool committed;                 /* commitment is kept: until it is in */
	unsigned char commitment[TALLY_HASH];
	struct blob opening;            /* sealed; len 0: forgotten */
	bool wanted;                    /* its receipt is promised already */
	enum leaf_back back;            /* why it is (to be) taken back */
	int64_t batch;                  /* of what leaf_of_staff; else 0 */
	int64_t back_entry;             /* -1: not yet */
};

enum status store_leaf_add(struct store *, struct leaf *) MUST_CHECK;
                                                        /* sets id */
enum status store_leaf_get(struct store *, struct arena *, int64_t id,
    struct leaf *out) MUST_CHECK;                       /* NOT_FOUND */
/* All but id and campaign; NOT_FOUND. */
enum status store_leaf_put(struct store *, const struct leaf *) MUST_CHECK;
enum status store_leaf_remove(struct store *, int64_t id) MUST_CHECK;

/* Of a campaign with ids over AFTER, in their order. */
enum status store_leaf_list(struct store *, struct arena *, int64_t campaign,
    int64_t after, struct leaf *out, size_t count, size_t *count_out) MUST_CHECK;
/* Those to be taken back whose own entry is in the log, or goes in with it: in
 * the order of ids. */
enum status store_leaf_backs(struct store *, struct arena *, int64_t campaign,
    struct leaf *out, size_t count, size_t *count_out) MUST_CHECK;
/* Its entry is in: the commitment stands in the log from now on. */
enum status store_leaf_entered(struct store *, int64_t id, int64_t entry)
    MUST_CHECK;
/* How many wait to go in, with ids over AFTER, and how many to be taken back. */
enum status store_leaf_waiting(struct store *, int64_t campaign, int64_t after,
    int64_t *in_out, int64_t *back_out) MUST_CHECK;
/* The highest id ever given; to know whether something may wait. */
enum status store_leaf_last(struct store *, int64_t *id_out) MUST_CHECK;

/* ---- tiles --------------------------------------------------------------------- */

#define TALLY_ENTRIES (-1)              /* the level of bundles of entries */

enum status store_tile_get(struct store *, struct arena *, int64_t campaign,
    int level, int64_t at, struct blob *out) MUST_CHECK;        /* NOT_FOUND */
enum status store_tile_put(struct store *, int64_t campaign, int level,
    int64_t at, const void *data, size_t len) MUST_CHECK;
/* Those of LEVEL from AT on are removed: for a log that goes on elsewhere. */
enum status store_tile_cut(struct store *, int64_t campaign, int level,
    int64_t at) MUST_CHECK;

/* ---- checkpoints ---------------------------------------------------------------- */

struct tally_signed {
	int64_t size, counted;
	unsigned char root[TALLY_HASH];
	unsigned char signature[TALLY_SIGNATURE];
	int64_t at;                     /* when it was signed */
};

enum status store_signed_add(struct store *, int64_t campaign,
    const struct tally_signed *) MUST_CHECK;      /* EXISTS: of this size */
/* The one of SIZE, or, with SIZE -1, the newest; NOT_FOUND. */
enum status store_signed_of(struct store *, int64_t campaign, int64_t size,
    struct tally_signed *out) MUST_CHECK;

/* Those over SIZE are removed, with their cosignatures: likewise. */
enum status store_signed_cut(struct store *, int64_t campaign, int64_t size)
    MUST_CHECK;

struct tally_cosignature {
	int64_t size;
	int64_t witness;
	int64_t at;                     /* as the witness says */
	const char *key;                /* hers, then (tally/vkey.h) */
	const char *line;               /* of the signed note */
};

/* A later one of the same witness stands in place of the earlier. */
enum status store_cosignature_put(struct store *, int64_t campaign,
    const struct tally_cosignature *) MUST_CHECK;
/* Of one checkpoint, or, with SIZE -1, of all, in their order; then by witness. */
enum status store_cosignatures(struct store *, struct arena *, int64_t campaign,
    int64_t size, struct tally_cosignature **out, size_t *count_out) MUST_CHECK;
/* The largest size that WITNESS (0: anyone) has cosigned; 0. */
enum status store_cosigned(struct store *, int64_t campaign, int64_t witness,
    int64_t *size_out) MUST_CHECK;

/* ---- witnesses --------------------------------------------------------------------- */

struct tally_witness {
	int64_t id;                     /* 0 in a new one */
	int64_t campaign;
	const char *name;               /* of the organisation in campaign.conf */
	int64_t asked_size;             /* that she was last written about */
	int32_t asked_day;
};

enum status store_witness_add(struct store *, struct tally_witness *) MUST_CHECK;
enum status store_witness_get(struct store *, struct arena *, int64_t id,
    struct tally_witness *out) MUST_CHECK;              /* NOT_FOUND */
enum status store_witness_find(struct store *, struct arena *, int64_t campaign,
    const char *name, struct tally_witness *out) MUST_CHECK;    /* NOT_FOUND */
enum status store_witness_asked(struct store *, int64_t id, int64_t size,
    int32_t day) MUST_CHECK;

/* ---- texts and batches of staff ------------------------------------------------------ */

struct tally_text {
	int64_t id;                     /* 0 in a new one */
	const char *language;
	unsigned char hash[TALLY_HASH]; /* SHA-256 of body */
	struct blob body;
};

/* Sets id; a text that is there keeps its own. */
enum status store_text_add(struct store *, int64_t campaign,
    struct tally_text *) MUST_CHECK;
/* NOT_FOUND.  Without the body unless WHOLE. */
enum status store_text_get(struct store *, struct arena *, int64_t campaign,
    int64_t id, bool whole, struct tally_text *out) MUST_CHECK;
/* In the order of ids, without bodies. */
enum status store_texts(struct store *, struct arena *, int64_t campaign,
    struct tally_text **out, size_t *count_out) MUST_CHECK;

struct tally_batch {
	int64_t number;                 /* from 1 */
	int32_t day;
	int64_t count;                  /* back entries that name it */
	const char *reason;             /* public; one line */
	int64_t entry;                  /* in the log; -1: not yet */
};

enum status store_batch_add(struct store *, int64_t campaign,
    struct tally_batch *) MUST_CHECK;   /* sets number; entry -1, count 0 */
enum status store_batch_entered(struct store *, int64_t campaign,
    int64_t number, int64_t entry) MUST_CHECK;
/* All of one; it is made, or put in place of what has its number. */
enum status store_batch_put(struct store *, int64_t campaign,
    const struct tally_batch *) MUST_CHECK;
enum status store_batch_counted(struct store *, int64_t campaign,
    int64_t number) MUST_CHECK;         /* one more */
enum status store_batches(struct store *, struct arena *, int64_t campaign,
    struct tally_batch **out, size_t *count_out) MUST_CHECK;

#endif
