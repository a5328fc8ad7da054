/* policy.h - how often we write to somebody who has not asked us to
 *
 * A forged From must not make us a weapon.  Per person: P4 of petition.h, and
 * a few other answers a day.  Per sender's domain and in total: a budget of
 * requests an hour, kept as one number each (base/pace.h): a burst of a whole
 * hour's budget passes at once, what is over it is spread out, and nothing is
 * dropped.
 */
#ifndef PETITION_POLICY_H
#define PETITION_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/status.h"

struct keys;
struct signature;
struct store;

#define POLICY_REQUESTS 3               /* in all, for one address and campaign */
#define POLICY_HANDED_ON 5              /* letters to a contact person a day */
#define POLICY_ANSWERS 20               /* a day, in all */
#define POLICY_AUTHENTIC_ANSWERS 5      /* of them, while mail has no token */
#define POLICY_ASKED 3                  /* to mail that anybody may have sent */
#define POLICY_HOLD (7 * CLOCK_DAY)     /* seconds a budget holds one at most */
#define POLICY_ASKED_DAYS 30            /* ... until so many without an answer */

bool policy_may_request(const struct signature *, int64_t now);
void policy_count_request(struct signature *, int64_t now);

/* To whom an answer goes: to her who answered a mail of ours; to her whose mail
 * the trusted host found authentic; to whom anybody may have named as the
 * sender. */
enum policy_asker { POLICY_KNOWN, POLICY_AUTHENTIC, POLICY_ANYBODY };

/* True and counted when one more answer may be sent today. */
bool policy_take_answer(struct signature *, enum policy_asker, int64_t now);

/* One request against a budget of LIMIT an hour (0: none) that stands at
 * *TIME (milliseconds, 0 when fresh): when it may be sent, in seconds, NOW or
 * later.  Moves *TIME on. */
int64_t policy_budget(int64_t *time, int64_t limit, int64_t now);
/* The same without taking anything: may one go now, and how many? */
bool policy_budget_open(int64_t time, int64_t limit, int64_t now);
size_t policy_budget_room(int64_t time, int64_t limit, int64_t now);
/* The furthest that *TIME gets by those that may go now; one further ahead was
 * set by a clock that went wrong. */
int64_t policy_budget_most(int64_t now);

/* The budget of the domain a letter says it is from, kept in the store.  Within
 * a transaction. */
enum status policy_domain_due(struct store *, const struct keys *,
    const char *domain, int64_t limit, int64_t now, int64_t *due_out) MUST_CHECK;

/* The same of the letters that are handed on to a contact person. */
enum status policy_contact_due(struct store *, const struct keys *,
    const char *contact, int64_t limit, int64_t now, int64_t *due_out) MUST_CHECK;

/* At many providers ada+x@ and a.da@ are the mailbox of ada@, at others they are
 * other people's.  So they are kept apart, but of the requests to what may be
 * one mailbox five go at once, and five a day; more wait.  MAILBOX is as
 * address_mailbox makes it.  Within a transaction. */
#define POLICY_MAILBOX 5
enum status policy_mailbox_due(struct store *, const struct keys *,
    const char *mailbox, int64_t now, int64_t *due_out) MUST_CHECK;

#endif
