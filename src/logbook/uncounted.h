/* uncounted.h - batches that are uncounted, and what the log calls them
 *
 * Once an uncount (store/review.h) is begun it has a batch in the log: a number,
 * a day and words for everybody.  The number is the log's, and it may change as
 * long as no entry that stays says it: when the log goes on from what is
 * published (recover.h), others may have their numbers there already.
 */
#ifndef LOGBOOK_UNCOUNTED_H
#define LOGBOOK_UNCOUNTED_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "store/review.h"
#include "store/tally.h"

struct arena;
struct store;

/* Its words for everybody; UNDONE: the number of the batch that it undoes. */
const char *uncounted_words(struct arena *, const struct uncount *, int64_t undone);

/* A batch that is in no entry that stays. */
struct uncounted_loose {
	struct tally_batch batch;
	int64_t to;             /* its number from now on; 0: not known yet */
};

/* A batch that is published, and that the log here does not have. */
struct uncounted_theirs {
	struct tally_batch batch;
	enum leaf_back why;     /* of those it took back; LEAF_STAYS: of none yet */
};

struct uncounted_settling {
	struct store *store;
	struct arena *arena;
	int64_t campaign;
	struct uncounted_theirs *theirs;        /* in their order */
	size_t their_count;
	struct uncounted_loose *ours;               /* likewise */
	size_t our_count;
};

/* Within a transaction: each of ours keeps its words and its day, and gets the
 * number of that of theirs which is the same, or else one behind all of theirs:
 * sets TO.  It is the same when it has the same words, is of the same kind, and was
 * proposed by the day that theirs has: the copy of the database was made between the two.  So may be
 * what is proposed or approved here and has no number: it gets that of theirs, and
 * whatever is still to be done of it is done under it.  Theirs are not stored,
 * except as the numbers of uncounts. */
enum status uncounted_settle(struct uncounted_settling *) MUST_CHECK;

/* Within a transaction, when what is published, and stored by now, says what became
 * of a signature.  It was taken back for WHY with a batch: she is a member of the
 * uncount of that number, which is made when there is none, and of no other; so that
 * it can be undone, and she is uncounted still when she signs again. */
enum status uncounted_taken(struct store *, struct arena *, int64_t campaign,
    int64_t signature, enum leaf_back why, int64_t number) MUST_CHECK;
/* It counts again: she is of none. */
enum status uncounted_freed(struct store *, int64_t signature) MUST_CHECK;
/* BATCH is published and takes nobody back: if it undoes another, nothing is held
 * any more against who was of that and is gone by now.  Whom the undoing has not
 * come to is of it still. */
enum status uncounted_undone(struct store *, struct arena *, int64_t campaign,
    const struct tally_batch *) MUST_CHECK;

#endif
