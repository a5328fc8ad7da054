/* petition.h - the rules: what a letter does to a signature
 *
 * Runs in the keeper.  Every function that changes something is called within
 * a transaction of the store (store_begin), and either does all it says or
 * answers an error, upon which the caller rolls the whole batch back.
 *
 *  P1  Only a human letter acts, and only with a token of the right purpose;
 *      without one it gets a tokened question back at most.
 *  P2  For any two addresses, signed or not, the verdict is the same.
 *  P3  What she is shown in a request is what a confirmation confirms: a
 *      pending identity changes only together with a new request.
 *  P4  At most one request per address and campaign in 24 hours, three in all;
 *      an erased address is never written to again.
 *  P5  The same message again changes nothing.
 */
#ifndef PETITION_PETITION_H
#define PETITION_PETITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "base/status.h"
#include "message/recipient.h"

struct arena;
struct campaigns;
struct config;
struct identity;
struct keys;
struct letter;
struct petition;
struct signature;
struct store;

struct petition_setup {         /* all borrowed */
	struct store *store;
	const struct keys *keys;
	const struct config *config;
	const struct campaigns *campaigns;
};

struct petition *petition_new(const struct petition_setup *);
void petition_free(struct petition **);
void petition_set_campaigns(struct petition *, const struct campaigns *);

/* Forgets what only yesterday's signers were sealed with.  Cheap. */
void petition_sweep(struct petition *, int64_t now);

/* May mail come to this recipient?  Reads only.  ACCEPT, NO_USER (unknown or
 * draft campaign, bad or old token), DEFER (store trouble). */
enum verdict petition_recipient(struct petition *, const struct recipient *,
    int64_t now);

/* Take one letter for one recipient in.  *verdict_out is what to answer when
 * the transaction has been committed.  The status is OK or the store's; then
 * nothing of the batch may be committed.  *changed_out is set to 1 when
 * something was written, else left. */
enum status petition_take(struct petition *, struct arena *,
    const struct letter *, int64_t now, enum verdict *verdict_out,
    int *changed_out) MUST_CHECK;

/* A mail to oneself (undersign check --mail): what the intake found goes where
 * the command looks for it.  NO_USER when its token is not good. */
enum status petition_check(struct petition *, const struct recipient *,
    uint32_t findings, int64_t now, enum verdict *verdict_out) MUST_CHECK;
/* For the command: the address, and what has come to it (NOT_FOUND: nothing
 * yet).  WHICH is random; beyond CHECK_BITS nothing of it counts. */
#define CHECK_BITS 38
char *petition_check_address(const struct keys *, const struct config *,
    int64_t which, int64_t now);        /* caller frees */
enum status petition_check_found(struct store *, int64_t which,
    uint32_t *findings_out) MUST_CHECK;

/* Keep a message that twice ended a role, sealed, for a person to look at. */
enum status petition_park(struct petition *, const char *why,
    const void *bytes, size_t len, int64_t now) MUST_CHECK;

/* Reminders and expiry that are due, at most LIMIT signatures; AGAIN when
 * there may be more. */
enum status petition_tick(struct petition *, struct arena *, int64_t now,
    size_t limit) MUST_CHECK;
enum status petition_due(struct petition *, int64_t *when_out) MUST_CHECK;

/* Schedules, digests, beginnings and ends of updates: what is due of them.
 * Within a transaction, when petition_updates_due, which is cheap. */
bool petition_updates_due(struct petition *, int64_t now);
enum status petition_updates(struct petition *, struct arena *, int64_t now)
    MUST_CHECK;

/* What became of an entry of the outbox: outbox_settle, and what it means for
 * the person (history, and the ladder of petition/ladder.h).  Within a
 * transaction. */
enum status petition_settle(struct petition *, struct arena *, int64_t id,
    const struct outcome *, int64_t now) MUST_CHECK;
/* An update to one person was refused for good (FAILED) or given up: a rung of
 * the ladder, or a fault of ours.  Within a transaction. */
enum status petition_refused(struct petition *, struct arena *,
    int64_t signature, const struct outcome *, int64_t now) MUST_CHECK;

/* Requests of a campaign are held by a budget: its staff hear of it, once a
 * day.  Within a transaction. */
enum status petition_alarm(struct petition *, struct arena *, const char *slug,
    int64_t now) MUST_CHECK;

/* ---- sealing who signed before the campaign had an opening key ----------- */

struct seal_run {               /* begins as zero */
	int64_t after;                  /* id */
	bool paper;                     /* all who signed by mail are done */
	int64_t sealed;
	int64_t damaged;                /* could not be read, and are as they were */
};
/* Looks at LIMIT rows more.  Within a transaction, after whose commit what is
 * sealed is so, whatever happens to the rest.  AGAIN: there may be more.  INVALID:
 * the campaign is not there, or has no opening key. */
enum status petition_seal(struct petition *, struct arena *, const char *slug,
    struct seal_run *, size_t limit, int64_t now, struct reason *) MUST_CHECK;

/* ---- for the staff command, by address ----------------------------------- */

/* NOT_FOUND when the address never wrote to the campaign; INVALID for
 * something that is not an address.  Identity fields are NULL when none are
 * kept. */
enum status petition_staff_find(struct petition *, struct arena *,
    const char *slug, const char *address, struct signature *out,
    struct identity *identity_out, struct reason *) MUST_CHECK;
/* Within a transaction.  EXISTS: there was nothing to do.  FORGET of an
 * address that never wrote makes an erased row, so that it never is written
 * to. */
enum status petition_staff_withdraw(struct petition *, struct arena *,
    const char *slug, const char *address, int64_t now, struct reason *)
    MUST_CHECK;
enum status petition_staff_forget(struct petition *, struct arena *,
    const char *slug, const char *address, int64_t now, struct reason *)
    MUST_CHECK;

#endif
