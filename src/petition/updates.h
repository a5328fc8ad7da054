/* updates.h - an update is posted, approved and told of
 *
 *  U1  Only staff post, and only where the trusted host says that the letter is
 *      theirs or they have answered a question about it themselves.
 *  U2  Nobody but the author hears of a text before that, and nothing goes out
 *      before as many others have said yes as the campaign asks for.
 *  U3  An answer counts once, and only from the person who was asked.
 *  U4  A time of a schedule makes one update or none, whatever crashes: what was
 *      done is noted in the transaction that does it.
 *
 * Author and approvers are known by keyed hashes of their addresses; mail goes
 * to the addresses in campaign.conf that have them.  Who is no longer named
 * there can decide nothing any more.
 */
#ifndef PETITION_UPDATES_H
#define PETITION_UPDATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "store/approval.h"
#include "store/mailing.h"

#define MAILING_LATE "late"     /* mailing.why of a schedule's that waits for it */

struct act;
struct arena;
struct campaign;
struct job;
struct petition;

/* ---- by mail ------------------------------------------------------------------ */

/* May this letter be acted upon?  Sets act->verdict when not; then nothing of it
 * is kept. */
enum status act_may_post(struct act *) MUST_CHECK;
enum status act_may_approve(struct act *, int64_t approval) MUST_CHECK;
enum status act_post(struct act *) MUST_CHECK;
enum status act_approve(struct act *, int64_t approval) MUST_CHECK;

/* ---- shared by those who make updates -------------------------------------------- */

struct updates {                /* one campaign, now */
	struct petition *petition;
	struct arena *arena;
	const struct campaign *campaign;
	int64_t campaign_id, now;
};

void updates_hash(const struct updates *, const char *address,
    unsigned char out[STORE_HASH]);
/* Everybody in campaign.conf who has to do with updates, each address once;
 * NULL-ended. */
const char **updates_people(const struct updates *);
bool updates_is_approver(const struct updates *, const unsigned char [STORE_HASH]);
/* How many may approve what AUTHOR (or NULL) wrote. */
size_t updates_approvers(const struct updates *, const unsigned char *author);

/* What is approved, for those who ask and tell of it. */
struct matter {
	enum approval_kind kind;
	int64_t subject;
	int64_t mailing;                /* shown in mails about it; 0 */
	const unsigned char *author;    /* keyed hash, or NULL: nobody's */
	bool staffs;                    /* all staff hear of it */
};

/* Mail of KIND with ASK and an address to answer to for every approver but the
 * author, with COPY for the author.  Pairs, NULL-ended. */
enum status approval_ask(const struct updates *, const struct matter *,
    const char *kind, const char *const *ask, const char *const *copy) MUST_CHECK;
/* Mail of KIND to the author and those who were asked. */
enum status approval_tell(const struct updates *, const struct matter *,
    const char *kind, const char *const *extras) MUST_CHECK;

/* Asks all who may approve; or, when none are needed, it goes out at SEND_AT. */
enum status updates_ask(const struct updates *, struct mailing *, int64_t send_at)
    MUST_CHECK;
/* Mail of KIND about a mailing to its author and those who were asked (of a
 * schedule: to staff).  EXTRAS in pairs, NULL-ended. */
enum status updates_tell(const struct updates *, const struct mailing *,
    const char *kind, const char *const *extras) MUST_CHECK;
/* One mail; APPROVAL 0: without an address to answer to. */
enum status updates_mail(const struct updates *, const char *to, const char *kind,
    int64_t mailing, int64_t approval, const char *in_reply_to,
    const char *const *extras) MUST_CHECK;
/* In its default language; the arena's. */
const char *updates_subject(const struct updates *, int64_t mailing);

/* ---- as time passes (petition_updates) -------------------------------------------- */

/* A reply was handed on to a contact person: for the digest. */
enum status digest_replied(const struct updates *) MUST_CHECK;

/* clockback.c, progress.c and digest.c: their parts of it; the first is of no
 * campaign. */
enum status clockback_tick(const struct updates *) MUST_CHECK;
enum status progress_tick(const struct updates *) MUST_CHECK;
enum status ended_tick(const struct updates *, enum campaign_state) MUST_CHECK;
enum status digest_tick(const struct updates *) MUST_CHECK;

#endif
