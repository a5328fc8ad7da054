/* tally.h - what the rules and time do to the tally (logbook/logbook.h)
 *
 * All within a transaction.  Without a logbook, as in the staff command, and for a
 * campaign that has no tally, nothing is done and the answer is OK.
 */
#ifndef PETITION_TALLY_H
#define PETITION_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "store/tally.h"

struct act;
struct arena;
struct petition;

/* She is to be shown the text of today: act->sig notes which. */
void act_shows_text(struct act *);
/* She has read what she answers: act->sig notes which text that was, as the token
 * of its mail says, or the page.  However long that mail waited, whichever of
 * several it is, and whatever was shown since, it is the text that she signs. */
void act_has_read(struct act *);
/* She has confirmed, and act->sig is about to be saved: she gets a leaf, which is
 * taken back with BATCH when that is not 0 (uncount.h, N4). */
enum status act_enters(struct act *, enum leaf_back, int64_t batch) MUST_CHECK;
/* It is saved: where the campaign says so, she is promised her receipt. */
enum status act_entered(struct act *) MUST_CHECK;
/* She asks for her receipt.  NOT_FOUND: she has no leaf; AGAIN: it is promised
 * for when her leaf is in, or there is nowhere to send it. */
enum status act_wants_receipt(struct act *) MUST_CHECK;

/* For petition_new. */
void tally_attach(struct petition *);

/* ---- for the staff command -------------------------------------------------------- */

/* The published tally says that a signature was taken back when this database did
 * not know of it yet: so it is, without a mail.  OK also when there was nothing to
 * do. */
enum status petition_staff_taken_back(struct petition *, struct arena *,
    const char *slug, int64_t signature, enum leaf_back, int64_t now) MUST_CHECK;

/* ---- as time passes -------------------------------------------------------------- */

bool petition_tally_due(struct petition *, int64_t now);
/* One thing that is due: batches, checkpoints, alarms, mail to witnesses.  AGAIN:
 * commit and call again. */
enum status petition_tally(struct petition *, struct arena *, int64_t now)
    MUST_CHECK;

#endif
