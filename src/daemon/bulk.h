/* bulk.h - the keeper's part in sending updates
 *
 * Between the engine (outbox/mailing.h) and the keeper's turn: how much may be
 * claimed now, when a commit is worth its sync, and what goes to delivery.
 * Answers and requests come first: updates share the window and the rest of
 * the relay with them, but have a bound of their own, so that they never fill
 * it.
 */
#ifndef DAEMON_BULK_H
#define DAEMON_BULK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "base/status.h"
#include "outbox/mailing.h"

struct arena;
struct blackbox;
struct bulk;
struct outbox_setup;
struct role_self;
struct window;

/* SLOT: of the black box, for a mail being made.  DELIVERYS: its black box,
 * borrowed. */
struct bulk *bulk_new(struct role_self *, const struct outbox_setup *,
    struct window *, unsigned slot, const struct blackbox *deliverys,
    mailing_refused, void *arg);
void bulk_free(struct bulk **);
struct mailings *bulk_mailings(struct bulk *);

size_t bulk_on_way(const struct bulk *);
/* Is it time for a commit on its account alone? */
bool bulk_wants_commit(const struct bulk *);
/* Within the transaction of the batch; then bulk_ended. */
enum status bulk_turn(struct bulk *, struct arena *) MUST_CHECK;
void bulk_ended(struct bulk *, bool committed);
/* Gives delivery what was claimed and committed. */
void bulk_hand_out(struct bulk *, struct arena *);
/* True when it was one of its own. */
bool bulk_outcome(struct bulk *, int64_t id, const struct outcome *);
/* Once a second. */
void bulk_poll(struct bulk *);
/* Delivery is there, and new: the one before is dead, since the parent starts
 * no other while it lives. */
void bulk_joined(struct bulk *);
void bulk_lost(struct bulk *);          /* the channel to it is gone */

#endif
