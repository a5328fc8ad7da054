/* mailing.h - an update on its way to everybody who asked for updates
 *
 *  M1  Nobody gets an update twice: she is claimed in the ledger, committed,
 *      before her mail is handed to delivery, and no claim is made twice.
 *  M2  Nobody is left out: the position moves only with the claims (or the
 *      reasons not to claim) of all up to it, in one transaction.
 *  M3  What was on its way when something died, or was sent and never answered,
 *      is unknown: said so, and not sent again unless staff say so.
 *  M4  The relay's own trouble (RELAY_DOWN: the mail was never handed over) is
 *      held against nobody: the mail waits in memory, still claimed.
 *  M5  Her wish is read when her mail is made: who stopped, withdrew or was
 *      forgotten after the claim is gone, not sent.
 *  M6  Pace: per recipient domain and in total, by buckets kept in the store
 *      (petition/policy.h's arithmetic, base/pace.h); a 421 or 4.7.x rests the domain,
 *      doubling from a minute to an hour.  A restart forgets neither.
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
struct job;
struct mailing;
struct mailing_text;
struct mailings;
struct outbox_setup;

/* Bit 62 set, then mailing (20 bits) and signature (40 bits). */
int64_t mailing_job_id(int64_t mailing, int64_t signature);
bool mailing_is_job(int64_t id);
void mailing_of_job(int64_t id, int64_t *mailing_out, int64_t *signature_out);

struct mailings *mailings_new(const struct outbox_setup *);
void mailings_free(struct mailings **);

/* At the keeper's start, or when delivery is gone: what was on its way is in
 * doubt (M3).  Within a transaction. */
enum status mailings_doubt(struct mailings *, int64_t now) MUST_CHECK;

/* Look at the rows again: one was begun, paused, cancelled.  Cheap when nothing
 * changed.  Begins those whose time has come.  Within a transaction when
 * *writes_out is set by mailings_wants_begin. */
enum status mailings_refresh(struct mailings *, struct arena *, int64_t now)
    MUST_CHECK;

/* Claim up to ROOM more, of the running mailings in turn; and write down what
 * is known of earlier ones.  Within one transaction.  *changed_out is set when
 * something was written.  After the commit call mailings_committed, after a
 * rollback mailings_rolled_back. */
enum status mailings_turn(struct mailings *, struct arena *, size_t room,
    int64_t now, bool *changed_out) MUST_CHECK;
void mailings_committed(struct mailings *);
void mailings_rolled_back(struct mailings *);

/* The next mail to hand out, of those claimed and committed.  NOT_FOUND: none.
 * The mail of a person who is gone meanwhile is passed over (M5). */
enum status mailings_next(struct mailings *, struct arena *, int64_t now,
    struct job *out) MUST_CHECK;
/* The words of a mailing that delivery has not been given yet (IPC_TEXT), to be
 * called before each mailings_next; NOT_FOUND: all given.  mailings_new_delivery:
 * a new delivery role knows none. */
enum status mailings_text(struct mailings *, struct arena *, int64_t *mailing_out,
    const struct mailing_text **texts_out, size_t *count_out) MUST_CHECK;
void mailings_new_delivery(struct mailings *);

/* What became of one; kept in memory until the next turn. */
void mailings_outcome(struct mailings *, int64_t job, const struct outcome *,
    int64_t now);

size_t mailings_on_way(const struct mailings *);
bool mailings_unsettled(const struct mailings *);       /* outcomes to write */
bool mailings_busy(const struct mailings *);    /* there is more to claim */
/* When to look again without any event, or CLOCK_NEVER. */
int64_t mailings_due(const struct mailings *);

/* The job of one person's update, for the engine, previews and tests. */
enum status mailing_job(const struct outbox_setup *, struct arena *,
    const struct campaign *, const struct mailing *, int64_t signature,
    int64_t now, struct job *out) MUST_CHECK;

#endif
