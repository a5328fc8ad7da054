/* review.h - traits of what looks like stuffing, and batches that are uncounted
 *
 * A part of store.h with the same rules.
 *
 *  S11 A batch holds exactly those signatures that were chosen when it was
 *      proposed; what has become of each is noted in the transaction that
 *      changes her signature.
 */
#ifndef STORE_REVIEW_H
#define STORE_REVIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "store/store.h"
#include "store/tally.h"

/* ---- traits ----------------------------------------------------------------- */

/* Keyed hashes; 0: there is nothing to compare. */
struct trait {
	int64_t signature, campaign;
	int32_t hour;                   /* of the mail, since 1970 */
	bool disposable;                /* its domain gives addresses for a day */
	int64_t domain;
	int64_t mailbox;                /* without dots and +tags */
	int64_t network;                /* that the trusted host had it from */
	int64_t words;                  /* of the mail but for her own fields */
};

/* In place of an earlier one of the same signature. */
enum status store_trait_put(struct store *, const struct trait *) MUST_CHECK;
enum status store_trait_remove(struct store *, int64_t signature) MUST_CHECK;
/* Those of a campaign from before HOUR, at most LIMIT; *COUNT_OUT is how many.
 * AGAIN when there may be more.  DRY: they are only counted, all of them. */
enum status store_trait_purge(struct store *, int64_t campaign, int32_t hour,
    size_t limit, bool dry, int64_t *count_out) MUST_CHECK;

/* A signature as the review looks at it. */
struct reviewed {
	int64_t id;
	enum signature_state state;
	const char *country, *source;
	int32_t created_day, confirmed_day;
	int64_t number;
	bool unreachable;               /* mail to it bounced for good */
	bool has_trait;                 /* else of trait only the id is set */
	struct trait trait;
};

/* All of a campaign in the order of ids, from after AFTER, STRANGER and ERASED
 * left out. */
enum status store_review_list(struct store *, struct arena *, int64_t campaign,
    int64_t after, struct reviewed *out, size_t count, size_t *count_out)
    MUST_CHECK;

/* Each of them once.  ARENA and the row are good until LOOK returns; what is not
 * OK ends it. */
typedef enum status store_review_look(void *arg, struct arena *,
    const struct reviewed *);
enum status store_review_each(struct store *, int64_t campaign,
    store_review_look *look, void *arg) MUST_CHECK;

/* ---- batches ------------------------------------------------------------------ */

/* Numbers are those of the database, for ever. */
enum uncount_state {
	UNCOUNT_DRAFT,          /* its members are being written */
	UNCOUNT_PROPOSED,       /* waits for approval */
	UNCOUNT_APPROVED,
	UNCOUNT_RUNNING,
	UNCOUNT_DONE,
	UNCOUNT_REJECTED,
	UNCOUNT_CANCELLED,
	UNCOUNT_STATES
};

struct uncount {
	int64_t id, campaign;
	enum uncount_state state;
	int64_t undoes;                 /* the batch that it undoes; 0 */
	enum leaf_back because;         /* one of leaf_of_staff; of what it undoes */
	const char *reason;             /* public, one line */
	const char *chosen;             /* how they were chosen; no names */
	unsigned char proposer[STORE_HASH];     /* keyed hash of the address */
	int needed;                     /* approvals */
	int64_t created_at, started_at, finished_at;    /* 0: not yet */
	int64_t total;                  /* members */
	int64_t looked;                 /* of them, so far */
	int64_t position;               /* the last of these */
	int64_t done;                   /* whose signature was changed */
	int64_t number;                 /* public (tally_batch); 0: none yet */
};

enum status store_uncount_add(struct store *, struct uncount *) MUST_CHECK;
                                                        /* sets id */
enum status store_uncount_get(struct store *, struct arena *, int64_t id,
    struct uncount *out) MUST_CHECK;                    /* NOT_FOUND */
/* All but id, campaign, undoes and proposer. */
enum status store_uncount_put(struct store *, const struct uncount *) MUST_CHECK;
/* Of a campaign (0: of any), oldest first; in one state, or UNCOUNT_STATES: in
 * any. */
enum status store_uncount_list(struct store *, struct arena *, int64_t campaign,
    enum uncount_state, struct uncount **out, size_t *count_out) MUST_CHECK;
/* Is one proposed, approved or running?  Cheap. */
enum status store_uncount_open(struct store *, bool *out) MUST_CHECK;

enum status store_member_add(struct store *, int64_t uncount, int64_t signature)
    MUST_CHECK;                                         /* EXISTS */
/* With signatures over AFTER, in their order; TAKEN: only those that are. */
enum status store_members(struct store *, int64_t uncount, bool taken,
    int64_t after, int64_t *out, size_t count, size_t *count_out) MUST_CHECK;
enum status store_member_count(struct store *, int64_t uncount, bool taken,
    int64_t *out) MUST_CHECK;
/* This batch has uncounted her, or it is undone. */
enum status store_member_set(struct store *, int64_t uncount, int64_t signature,
    bool taken) MUST_CHECK;
/* The batch that has uncounted her; 0: none. */
enum status store_member_of(struct store *, int64_t signature, int64_t *out)
    MUST_CHECK;
enum status store_members_remove(struct store *, int64_t uncount) MUST_CHECK;

#endif
