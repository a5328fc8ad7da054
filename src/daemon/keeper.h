/* keeper.h - what the files of the keeper role share
 *
 * keeper_role.c is its life; keeper_batch.c the one transaction of a turn, and
 * the answers that wait for it; keeper_intake.c, keeper_web.c and
 * keeper_delivery.c take what each peer says; keeper_time.c does what is due by
 * the clock and looks for what the staff command has changed.
 *
 *  K1  Nothing is answered before the commit of what it says.
 *  K2  When a batch fails nothing of it is kept, and every letter in it gets a
 *      4xx.  For a while after that each letter and each outcome is committed
 *      by itself, so that one that cannot be stored does not hold up others.
 *  K3  Outcomes stay in the window until they are in the store, so that a batch
 *      that fails does not send a mail again.
 */
#ifndef DAEMON_KEEPER_H
#define DAEMON_KEEPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "base/status.h"
#include "daemon/ipc.h"
#include "daemon/role.h"
#include "store/store.h"

struct blackbox;
struct bulk;
struct campaign;
struct campaigns;
struct event_hook;
struct event_timer;
struct keys;
struct logbook;
struct petition;
struct visits;
struct window;

#define KEEPER_WINDOW 256       /* on their way at once, but for updates */
#define KEEPER_BATCH_MAX 4096   /* letters; bounds memory, far above any need */

enum { BOX_LETTER, BOX_MAIL };  /* slots of the black box */

struct keeper {
	struct role_self *self;
	struct store *store;
	struct keys *keys;
	struct campaigns *campaigns;
	int64_t *campaign_id;           /* in the store, of each of them */
	struct logbook *logbook;        /* the tallies */
	struct petition *petition;
	struct window *window;
	struct bulk *bulk;              /* updates */
	struct blackbox *deliverys;     /* what it has begun */
	struct arena *arena;            /* of one batch or one mail */
	struct arena *letter;           /* of one letter */
	struct arena *rows;             /* of one look at the outbox */
	struct event_timer *poll, *stop_by;
	struct event_hook *work;

	bool in_batch;                  /* a transaction is open */
	enum status batch;              /* of it; not OK: nothing may be kept */
	struct question *questions;     /* of intake, not answered yet */
	size_t question_count, question_room;
	struct visits *visits;          /* of the web, not answered yet */
	struct settled *settled;        /* outcomes not in the store yet */
	size_t settled_count, settled_room;
	int64_t careful_until;          /* tick */

	bool look;                      /* there may be mail to hand out */
	int64_t budget_time;            /* of requests in total (policy.h) */
	bool budget_moved;
	unsigned unreadable;            /* records since the last poll */
	unsigned other_texts;           /* outcomes of that kind, since then */
	unsigned quiet;                 /* turns of the poll without work */
	int64_t rotate_day;
	int64_t clean_at;               /* tick: not before it (store_clean) */
};

/* ---- the batch ----------------------------------------------------------------- */

extern const unsigned char keeper_budget[STORE_HASH];   /* of all requests */

/* Begins the transaction of this turn, if that is not done; k->batch tells how
 * it went. */
void keeper_batch_open(struct keeper *);
/* What was done within it failed: nothing of it is kept (K2). */
void keeper_batch_failed(struct keeper *, enum status);
/* To intake, when it is committed; VERDICT only if it is. */
void keeper_answer_with_batch(struct keeper *, uint64_t id, enum verdict);
/* Of a mail of the outbox; into the store with the next batch (K3). */
void keeper_settle_with_batch(struct keeper *, int64_t id,
    const struct outcome *);
bool keeper_is_settled(const struct keeper *, int64_t id);      /* so far */
/* Commit, then answer. */
void keeper_batch_close(struct keeper *);
/* After trouble: each by itself. */
bool keeper_is_careful(const struct keeper *);

/* ---- peers ----------------------------------------------------------------------- */

void keeper_from_intake(struct keeper *, enum ipc_type, uint64_t id,
    const void *, size_t);
void keeper_from_web(struct keeper *, enum ipc_type, uint64_t id, const void *,
    size_t);
void keeper_from_delivery(struct keeper *, enum ipc_type, uint64_t id,
    const void *, size_t);

/* A record that is none.  A peer that was taken over sends any number of them;
 * a line a second tells. */
void keeper_note_unreadable(struct keeper *, const char *what, const char *from);

/* Gives delivery what is due in the outbox, in the order of classes. */
void keeper_hand_out(struct keeper *);
size_t keeper_own_on_way(const struct keeper *);        /* of the outbox */
/* Of a number in the store; NULL while its folder is away. */
const struct campaign *keeper_campaign(const struct keeper *, int64_t id);

/* ---- time ------------------------------------------------------------------------- */

#define KEEPER_POLL 1000        /* milliseconds between looks at the clock */

/* Once a second, of the timer: what is due by the clock, and what the staff
 * command has changed. */
void keeper_poll(void *keeper);

#endif
