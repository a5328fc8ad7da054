/* uncount.h - signatures that are counted no more, and again, in public
 *
 *  N1  Nobody is uncounted, or counted again, unless somebody of the campaign
 *      proposed it with a reason that is public, and as many others of those who
 *      may approve as are needed have said yes (updates.h, U3).
 *  N2  It is exactly those who were chosen when it was proposed: what is approved
 *      is what is done.  Each of them changes once, whatever crashes.
 *  N3  To her who signed nothing changes: no mail says it, and every mail to her
 *      is the one that she would have got.
 *  N4  Who was uncounted, withdraws, and signs again is uncounted still.
 *
 * Whether it is because signatures are false, because the same person had signed
 * already or because her address never worked is said to those who decide and to
 * everybody, and makes no other difference.
 *
 * An undoing is a batch of its own, with its own reason and approval.
 */
#ifndef PETITION_UNCOUNT_H
#define PETITION_UNCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "store/review.h"

struct act;
struct approval;
struct arena;
struct petition;
struct updates;

const char *uncount_state_name(enum uncount_state);     /* "proposed" */

/* Why a batch is taken out, one of leaf_of_staff: "fraud", "duplicate",
 * "unreachable". */
const char *uncount_kind_name(enum leaf_back);
/* In a sentence: "they are false". */
const char *uncount_kind_text(enum leaf_back);
enum status uncount_kind(const char *name, enum leaf_back *out) MUST_CHECK;
                                                        /* INVALID */

/* ---- proposing, for the staff command ---------------------------------------- */

/* May this be told to everybody?  INVALID: empty, longer than a line of the
 * tally, more than one line, or with something like an address in it. */
enum status uncount_reason(const char *reason, struct reason *) MUST_CHECK;

/* Within a transaction: a draft, to which members are then added
 * (store_member_add).  AS proposes it: DENIED when she is nobody of the campaign's,
 * or when nobody else could approve it.  UNDOES: of this batch, or 0; then
 * INVALID when it is none that can be undone, or when
 * the traces of the campaign's signers have been erased.  Sets *OUT. */
enum status petition_uncount_draft(struct petition *, struct arena *,
    const char *slug, const char *as, int64_t undoes, int64_t now,
    struct uncount *out, struct reason *) MUST_CHECK;

/* What is told to those who are asked, besides the batch itself. */
struct uncount_told {
	const char *as;                 /* who proposes it */
	const char *where;              /* how they were chosen, or NULL */
	const char *period;             /* "2026-11-20 - 2026-11-28" */
	const char *share;              /* "66.7%" */
	const char *countries;          /* "TJ 120", a line each */
};

/* Within a transaction: the draft is whole (total, because, reason, chosen are set), and
 * everybody who may approve it is asked. */
enum status petition_uncount_propose(struct petition *, struct arena *,
    const char *slug, struct uncount *, const struct uncount_told *, int64_t now)
    MUST_CHECK;

/* Within a transaction.  What is done of it stays done, and can be undone.
 * EXISTS: it is at its end already. */
enum status petition_uncount_cancel(struct petition *, struct arena *,
    const char *slug, int64_t id, int64_t now) MUST_CHECK;

/* ---- for the keeper -------------------------------------------------------------- */

/* Is there anything to do?  Cheap. */
bool petition_uncounts_due(struct petition *);
/* Within a transaction: a part of what was approved, and the end of what nobody
 * answered.  AGAIN: there is more, after a commit. */
enum status petition_uncounts(struct petition *, struct arena *, int64_t now)
    MUST_CHECK;

/* N4: she has just confirmed, and had once before.  *NUMBER_OUT: that of the batch
 * that she is uncounted by, for *WHY_OUT; or 0. */
enum status uncount_again(struct act *, enum leaf_back *why_out,
    int64_t *number_out) MUST_CHECK;

/* ---- answers (approve.c) ------------------------------------------------------------ */

enum status uncount_waits(const struct updates *, const struct approval *,
    bool *waits_out) MUST_CHECK;
enum status uncount_named(const struct updates *, int64_t id, const char **pairs)
    MUST_CHECK;
enum status uncount_refused(const struct updates *, int64_t id, const char *who)
    MUST_CHECK;
enum status uncount_approved(const struct updates *, int64_t id, int yes,
    bool *done_out) MUST_CHECK;

#endif
