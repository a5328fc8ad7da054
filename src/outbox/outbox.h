/* outbox.h - mail we have promised to send, until it is sent or given up
 *
 *  O1  An entry is added in the transaction that causes it.
 *  O2  An entry leaves only by outbox_settle (delivered, or failed for good),
 *      or when the person it belongs to ends her signature (FORGET, WITHDRAW,
 *      no, or no answer).
 *  O3  Sending twice is possible after a crash; forgetting is not.
 *  O4  An entry keeps a kind and a few sealed facts, never a rendered mail: it
 *      is rendered when it is sent, so that a corrected template helps.
 *  O5  The relay's own trouble is never held against an entry.
 */
#ifndef OUTBOX_OUTBOX_H
#define OUTBOX_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "base/status.h"
#include "store/store.h"

struct arena;
struct campaign;
struct config;
struct job;
struct keys;

#define OUTBOX_EXTRAS 6

/* One mail to promise.  Strings are borrowed until outbox_promise returns. */
struct promise {
	int64_t campaign;               /* number in the store */
	int64_t signature;              /* 0: to somebody without a row */
	enum outbox_class class;
	const char *kind;               /* template/library.h library_kinds */
	const char *language;
	int64_t due_at;
	const char *to;                 /* NULL: the address in her identity */
	const char *in_reply_to;        /* or NULL */
	struct { const char *name, *value; } extra[OUTBOX_EXTRAS];
	                                /* more template variables; NULL-ended */
};

/* Within a transaction (O1). */
enum status outbox_promise(struct store *, const struct keys *,
    const struct promise *, int64_t now) MUST_CHECK;

struct outbox_setup {           /* all borrowed */
	struct store *store;
	const struct keys *keys;
	const struct config *config;
};

/* Make the mail of an entry, with its tokens.  NOT_FOUND when the person it
 * was for is gone or has no address any more: the caller removes the entry.
 * CAMPAIGN is that of row->campaign. */
enum status outbox_job(const struct outbox_setup *, struct arena *,
    const struct campaign *, const struct outbox_row *, struct job *out)
    MUST_CHECK;

/* Within a transaction: what became of one attempt.  RELAY_DOWN changes
 * nothing (O5), nor does an entry that is gone, since a person may be forgotten
 * while a mail to her is on its way.  Gives up five days after the promise. */
enum status outbox_settle(struct store *, struct arena *, int64_t id,
    const struct outcome *, int64_t now) MUST_CHECK;

/* Seconds to wait before attempt number ATTEMPTS + 1: one minute, doubling to
 * a day. */
int64_t outbox_pause(int attempts);

#define OUTBOX_LIFE (5 * 86400)

#endif
