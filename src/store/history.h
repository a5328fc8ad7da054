/* history.h - who is not reached, and what was sent and came back
 *
 * A part of store.h with the same rules.  Nothing here holds text of a mail:
 * kinds, codes and times only.
 *
 *  S8  A person has at most HISTORY_MOST rows of history and one of reach, and
 *      none after store_history_forget.
 */
#ifndef STORE_HISTORY_H
#define STORE_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "store/store.h"

/* ---- reach ---------------------------------------------------------------- */

/* Where somebody stands on the ladder (petition/ladder.h) or beside it.  The
 * numbers are kept: only add at the end. */
enum rung {
	RUNG_FINE,              /* nothing to say: no row */
	RUNG_SOFT,              /* soft bounces that do not count yet */
	RUNG_BOUNCED,           /* a bounce that counts; she will be warned */
	RUNG_WARNED,            /* was sent a warning */
	RUNG_FAILED,            /* the warning bounced; she will be probed */
	RUNG_PROBED,            /* was sent a probe */
	RUNG_UNREACHABLE,       /* the end: no updates */
	RUNG_COMPLAINED,        /* she called our mail abuse: no updates */
	RUNG_STOPPED,           /* she said stop */
	RUNGS
};

/* What put her there last.  Kept: only add at the end. */
enum reach_reason {
	REASON_NONE,
	REASON_HARD,            /* no such mailbox or domain */
	REASON_SOFT,            /* full, or not to be reached, for too long */
	REASON_REQUEST,         /* the request to confirm came back */
	REASON_COMPLAINT,
	REASON_REPLY,           /* STOP, or "News: no", in a reply */
	REASON_MAILTO,          /* List-Unsubscribe by mail */
	REASON_WEB,             /* the same, or the page, by web */
	REASON_STAFF,
	REASONS
};

struct reach {
	int64_t signature, campaign;
	enum rung rung;
	enum reach_reason reason;
	int64_t since;          /* of this rung */
	int64_t due_at;         /* when time moves her; 0: never */
	int64_t soft_since;     /* first of the soft bounces; 0: none */
	int64_t mailed_at;      /* the last warning or probe was promised; 0 */
	int64_t last_at;        /* last bounce or complaint; 0 */
	int code;               /* of it: store_code; 0: unknown */
	int hard, soft;         /* how many */
};

/* class * 1000000 + subject * 1000 + detail, as in the ledger. */
int store_code(unsigned class, unsigned subject, unsigned detail);

/* NOT_FOUND: nothing is said of her, and *out is RUNG_FINE with her number. */
enum status store_reach_get(struct store *, int64_t signature,
    struct reach *out) MUST_CHECK;
/* RUNG_FINE removes the row. */
enum status store_reach_put(struct store *, const struct reach *) MUST_CHECK;
/* Earliest first, up to COUNT with due_at not after NOW. */
enum status store_reach_due(struct store *, int64_t now, struct reach *out,
    size_t count, size_t *count_out) MUST_CHECK;
enum status store_reach_next(struct store *, int64_t *when_out) MUST_CHECK;
/* On one rung, in the order of ids from after AFTER. */
enum status store_reach_list(struct store *, int64_t campaign, enum rung,
    int64_t after, struct reach *out, size_t count, size_t *count_out)
    MUST_CHECK;
/* How many on each rung for each reason. */
enum status store_reach_counts(struct store *, int64_t campaign,
    int64_t out[RUNGS][REASONS]) MUST_CHECK;
/* Confirmed signers who want updates and can be reached. */
enum status store_reach_active(struct store *, int64_t campaign,
    int64_t *count_out) MUST_CHECK;

/* ---- history -------------------------------------------------------------- */

#define HISTORY_MOST 50

/* Kept: only add at the end. */
enum history_what {
	HISTORY_SENT,           /* the relay took a mail of KIND */
	HISTORY_REFUSED,        /* it refused it for good, or we gave up */
	HISTORY_HARD,           /* bounces, by what they say; KIND is "" */
	HISTORY_SOFT,
	HISTORY_FAULT,
	HISTORY_DELAYED,
	HISTORY_COMPLAINT,
	HISTORY_STOPPED,        /* updates: how, as enum reach_reason, in CODE */
	HISTORY_RESUMED,
	HISTORY_HANDED_ON,      /* her words went to a contact person */
	HISTORY_UNREACHABLE,    /* the ladder has ended */
	HISTORY_FORGIVEN,       /* no bounce for long, or she wrote */
	HISTORY_WHATS
};

struct history {
	int64_t at;
	enum history_what what;
	const char *kind;       /* of the mail; "" */
	int code;
};

enum status store_history_add(struct store *, int64_t signature,
    const struct history *) MUST_CHECK;
/* Oldest first; OUT has room for HISTORY_MOST. */
enum status store_history_list(struct store *, struct arena *,
    int64_t signature, struct history *out, size_t *count_out) MUST_CHECK;
/* How often WHAT was since a time, of what is kept. */
enum status store_history_count(struct store *, int64_t signature,
    enum history_what, int64_t since, int64_t *count_out) MUST_CHECK;
/* History and reach of one person are gone. */
enum status store_history_forget(struct store *, int64_t signature) MUST_CHECK;

/* Remove an entry of the outbox and tell what it was: campaign, signature,
 * kind and created_at of OUT are set.  NOT_FOUND. */
enum status store_outbox_take(struct store *, struct arena *, int64_t id,
    struct outbox_row *out) MUST_CHECK;

/* ---- faults of ours --------------------------------------------------------- */

struct alarm {
	int64_t campaign;
	int64_t n;              /* since the last alarm */
	int64_t due_at;         /* when staff are to be told; 0: nothing to tell */
	int64_t alarmed_at;     /* the last time; 0 */
};

/* A campaign without any has zeroes. */
enum status store_alarm_get(struct store *, int64_t campaign, struct alarm *out)
    MUST_CHECK;
enum status store_alarm_put(struct store *, const struct alarm *) MUST_CHECK;
/* The one that is due first.  NOT_FOUND. */
enum status store_alarm_next(struct store *, struct alarm *out) MUST_CHECK;

#endif
