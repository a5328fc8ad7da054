/* mailing.h - an update on its way to everybody who asked for updates
 *
 *  M1  Nobody gets an update twice: she is claimed in the ledger, committed,
 *      before her mail is handed to delivery, and no claim is made twice.
 *  M2  Nobody is left out: the position moves only with the claims (or the
 *      reasons not to claim) of all up to it, in one transaction.
 *  M3  What may have been sent, and nobody knows, is unknown: said so, and not
 *      sent again unless staff say so.  That is
 *       - what was sent and never answered;
 *       - when delivery dies: what it had begun, and named as begun before the
 *         first byte of the message, without telling of its end.  An envelope
 *         alone is not begun, whether it went ahead with the mail before or
 *         not: nobody can have accepted a message of which nothing was sent.
 *         What it had not begun waits again, from when the next one is there:
 *         before that the old one may still live;
 *       - when the keeper dies: all that was claimed, until delivery, if that
 *         lives, tells of it.
 *  M4  The relay's own trouble (RELAY_DOWN: the mail was never handed over) is
 *      held against nobody: the mail waits in memory, still claimed.
 *  M5  Her wish is read when her mail is made: who stopped, withdrew or was
 *      forgotten after the claim is gone, not sent.
 *  M6  Pace: per recipient domain and in total, by buckets kept in the store
 *      (base/pace.h); a 421 or 4.7.x rests the domain, doubling from a minute
 *      to an hour.  A restart forgets neither.
 *  M7  Message-ID is a function of mailing and person: stable however often.
 *
 * The engine is the keeper's.  It has memory for what is claimed and not yet
 * settled, a few hundred at most, whatever the number of signers.
 *
 * A job for it has a number apart from those of the outbox: mailing_job_id.
 */
#ifndef OUTBOX_MAILING_H
#define OUTBOX_MAILING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "base/status.h"

struct arena;
struct campaign;
struct campaigns;
struct job;
struct mailing;
struct mailing_text;
struct mailings;
struct outbox_setup;

/* Bit 62 set, then mailing (20 bits) and signature (40 bits). */
int64_t mailing_job_id(int64_t mailing, int64_t signature);
bool mailing_is_job(int64_t id);
void mailing_of_job(int64_t id, int64_t *mailing_out, int64_t *signature_out);

/* What to do, within the transaction, about a person whose mail was refused for
 * good or given up. */
typedef enum status (*mailing_refused)(void *arg, struct arena *,
    int64_t signature, const struct outcome *, int64_t now);

struct mailings *mailings_new(const struct outbox_setup *, mailing_refused,
    void *arg);
void mailings_free(struct mailings **);
/* At the start and when they were read again: all campaigns, and the number in
 * the store of each.  Borrowed. */
void mailings_set_campaigns(struct mailings *, const struct campaigns *,
    const int64_t *ids);

/* At the keeper's start: what was on its way is in doubt (M3).  Within a
 * transaction. */
enum status mailings_doubt(struct mailings *, int64_t now) MUST_CHECK;
/* The channel to delivery is gone.  What it had and did not tell of is lost: no
 * more on its way, and nothing else yet (M3); unless it ended in ORDER: then it
 * has told all that it had begun. */
void mailings_lost(struct mailings *, bool order);

/* Once a second and when the store has changed: which are running, which are
 * to begin.  Reads only. */
enum status mailings_refresh(struct mailings *, int64_t now) MUST_CHECK;

/* Is there anything for a turn with so much ROOM to do? */
bool mailings_wants_turn(const struct mailings *, size_t room);
/* Write down what is known of earlier claims, begin those whose time has come,
 * claim up to ROOM more of the running ones in turn.  Within one transaction.
 * After the commit call mailings_committed, after a rollback
 * mailings_rolled_back. */
enum status mailings_turn(struct mailings *, struct arena *, size_t room,
    int64_t now) MUST_CHECK;
void mailings_committed(struct mailings *);
void mailings_rolled_back(struct mailings *);

/* The words of a mailing that delivery has not been given yet (IPC_TEXT), to be
 * called before each mailings_next; NOT_FOUND: all given.  Borrowed until the
 * next refresh. */
enum status mailings_text(struct mailings *, int64_t *mailing_out,
    const char **slug_out, const struct mailing_text **texts_out,
    size_t *count_out) MUST_CHECK;
/* The next mail to hand out, of those claimed and committed; it counts as on its
 * way.  NOT_FOUND: none.  Who is gone meanwhile is passed over (M5).  BEGUN: how
 * many delivery has begun so far; for mailings_new_delivery. */
enum status mailings_next(struct mailings *, struct arena *, int64_t now,
    uint64_t begun, struct job *out) MUST_CHECK;
/* Has delivery begun that job, after the first SINCE of all? */
typedef bool (*mailings_has_begun)(void *arg, int64_t job, uint64_t since);
/* There is a new delivery role, which knows no words; the old one is dead.  Of
 * what was lost with it, what it had begun is unknown, the rest waits again. */
void mailings_new_delivery(struct mailings *, mailings_has_begun, void *arg);

/* What was read of those who wait may not be true any more: after handing out,
 * before letters are taken. */
void mailings_forget_people(struct mailings *);

/* What became of one; kept in memory until the next turn.  RELAY_DOWN: it is
 * handed out again.  Of one that is not known here: delivery lived on while
 * the keeper died, and what has been unknown for less than an hour becomes what
 * it was; nobody else's state changes, whatever delivery says. */
void mailings_outcome(struct mailings *, int64_t job, const struct outcome *);
/* What became of the last attempt in the time of a keeper that is dead, who may
 * have heard of it and written it down: it is for what is unknown, and says
 * nothing of an attempt of this keeper's own. */
void mailings_told_again(struct mailings *, int64_t job,
    const struct outcome *);
/* Claims that were not handed out are given back by the next turn, and there
 * are no more. */
void mailings_stop(struct mailings *);

size_t mailings_on_way(const struct mailings *);        /* handed out */
size_t mailings_waiting(const struct mailings *);       /* claimed, not yet so */
size_t mailings_unsettled(const struct mailings *);     /* outcomes to write */

/* The job of one person's update, for previews and tests. */
enum status mailing_job(const struct outbox_setup *, struct arena *,
    const struct campaign *, const struct mailing *, int64_t signature,
    int64_t now, struct job *out) MUST_CHECK;
/* Which of its texts somebody of that language gets. */
const struct mailing_text *mailing_text_for(const struct campaign *,
    const struct mailing_text *, size_t count, const char *language);

/* At most so many are claimed and not settled at once. */
#define MAILING_WINDOW 256

#endif
