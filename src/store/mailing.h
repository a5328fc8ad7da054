/* mailing.h - updates, their words, and the ledger of who got them
 *
 * A part of store.h with the same rules; further invariants:
 *
 *  S6  The ledger holds one row per person and mailing from the commit that
 *      claims her on.  Nobody is claimed twice, whatever crashes.
 *  S7  The numbers in a mailing row (claimed, later, accepted, failed, unknown,
 *      gone) change in the transaction that changes the ledger, by the
 *      functions here; store_mailing_check proves it.
 *
 * A person who waits has no row: she has an id over mailing.position and not
 * over mailing.top.  Her claim is a row in the order of ids; settling changes
 * it where it stands, soon after, so that both stay cheap at any size.
 */
#ifndef STORE_MAILING_H
#define STORE_MAILING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "store/store.h"

enum mailing_state {
	MAILING_DRAFT,          /* being written; nobody has been asked yet */
	MAILING_ASKED,          /* waits for approvals */
	MAILING_SCHEDULED,      /* goes out at send_at */
	MAILING_SENDING,
	MAILING_PAUSED,         /* by staff, or for a reason in `why` */
	MAILING_DONE,           /* everybody is accepted, failed, unknown or gone */
	MAILING_CANCELLED,      /* nobody more gets it */
	MAILING_STATES
};

enum mailing_origin { MAILING_BY_STAFF, MAILING_BY_MAIL, MAILING_BY_SCHEDULE };

struct mailing {
	int64_t id, campaign;
	unsigned char serial[STORE_HASH];       /* random; names it in Message-IDs */
	enum mailing_state state;
	enum mailing_origin origin;
	const char *segment;            /* outbox/segment.h; "" is everybody */
	struct blob author;             /* keyed hash of the address, or len 0 */
	int needed;                     /* approvals, other than the author's */
	int64_t created_at, send_at, started_at, finished_at;   /* 0: not yet */
	int64_t position, top;          /* ids of signatures */
	int64_t total;                  /* how many it was for when it began */
	/* each person who was claimed is one of these: */
	int64_t claimed, later, accepted, failed, unknown, gone;
	const char *why;                /* a fixed phrase: why paused; or "" */
	const char *started_by;         /* the login name of who sent it by
	                                   command; "", or NULL to keep none */
};

struct mailing_text {
	const char *language, *subject, *body;  /* body: Markdown with Mustache */
};

/* Sets id.  Texts are kept with it. */
enum status store_mailing_add(struct store *, struct mailing *,
    const struct mailing_text *, size_t count) MUST_CHECK;
enum status store_mailing_get(struct store *, struct arena *, int64_t id,
    struct mailing *out) MUST_CHECK;            /* NOT_FOUND */
/* Everything but id, campaign, serial, position, top, total and the numbers. */
enum status store_mailing_put(struct store *, const struct mailing *) MUST_CHECK;
/* It begins now: state SENDING, started_at, top = the highest signature id,
 * total = how many it is for (as the caller counted). */
enum status store_mailing_begin(struct store *, int64_t id, int64_t total,
    int64_t now) MUST_CHECK;
enum status store_mailing_texts(struct store *, struct arena *, int64_t id,
    struct mailing_text **out, size_t *count_out) MUST_CHECK;
/* In one state (MAILING_STATES: any) and campaign (0: any), oldest first. */
enum status store_mailing_list(struct store *, struct arena *,
    int64_t campaign, enum mailing_state, struct mailing **out,
    size_t *count_out) MUST_CHECK;

/* ---- the ledger ----------------------------------------------------------- */

enum ledger_state {
	LEDGER_NONE,            /* no row: waits, or was not meant */
	LEDGER_CLAIMED,         /* handed to delivery or about to be */
	LEDGER_LATER,           /* will be tried again (ledger_later) */
	LEDGER_ACCEPTED,        /* the relay took it */
	LEDGER_FAILED,          /* refused for good, or given up */
	LEDGER_UNKNOWN,         /* was on its way in a crash, or no reply came */
	LEDGER_GONE,            /* she stopped, withdrew or was forgotten first */
	LEDGER_STATES
};

/* Confirmed signers of the campaign who want updates and can be reached, with
 * AFTER < id <= TOP, in order of ids.  Looks at no more than LOOK rows of any
 * kind: *seen_out is the last id looked at (TOP when there are no more). */
enum status store_mailing_candidates(struct store *, struct arena *,
    int64_t campaign, int64_t after, int64_t top, size_t look,
    struct signature *out, size_t count, size_t *count_out, int64_t *seen_out)
    MUST_CHECK;
/* Claim IDS and move the position to SEEN. */
enum status store_ledger_claim(struct store *, int64_t mailing,
    const int64_t *ids, size_t count, int64_t seen, int64_t now) MUST_CHECK;
/* What became of a person who was claimed, told to come later, or unknown.
 * CODE is class * 1000000 + subject * 1000 + detail, or 0.  NOT_FOUND: no row.
 * EXISTS: it was settled before, and stays so. */
enum status store_ledger_settle(struct store *, int64_t mailing,
    int64_t signature, enum ledger_state, int code, int64_t now) MUST_CHECK;
/* The same for many who were accepted, with one change of the mailing's numbers.
 * Who has no row, or was settled before, is passed over. */
enum status store_ledger_accept(struct store *, int64_t mailing,
    const int64_t *ids, size_t count, int64_t now) MUST_CHECK;
/* Come back at DUE_AT: from claimed (first time: SINCE = NOW) or again; from
 * unknown when delivery says after all that it was not sent.  Answers as
 * store_ledger_settle. */
enum status store_ledger_later(struct store *, int64_t mailing,
    int64_t signature, int64_t due_at, bool counts, int64_t now) MUST_CHECK;
struct later_row { int64_t signature, due_at, since; int attempts; };
/* Of one person, also while she is claimed again; NOT_FOUND. */
enum status store_ledger_later_get(struct store *, int64_t mailing,
    int64_t signature, struct later_row *out) MUST_CHECK;
/* Due ones, earliest first; claiming one again is store_ledger_reclaim. */
enum status store_ledger_due(struct store *, int64_t mailing, int64_t now,
    struct later_row *out, size_t count, size_t *count_out) MUST_CHECK;
enum status store_ledger_reclaim(struct store *, int64_t mailing,
    int64_t signature, int64_t now) MUST_CHECK;
/* Earliest due_at, or CLOCK_NEVER. */
enum status store_ledger_next(struct store *, int64_t mailing, int64_t *when_out)
    MUST_CHECK;
/* One person's row; LEDGER_NONE when there is none. */
enum status store_ledger_get(struct store *, int64_t mailing, int64_t signature,
    enum ledger_state *out, int *code_out, int64_t *at_out) MUST_CHECK;
/* All that are claimed become unknown: at the start of the keeper and when
 * delivery died.  *count_out: how many. */
enum status store_ledger_doubt(struct store *, int64_t mailing, int64_t now,
    int64_t *count_out) MUST_CHECK;
/* Staff decide about the unknown: all of them become due again, and a mailing
 * that was done goes on. */
enum status store_ledger_retry_unknown(struct store *, int64_t mailing,
    int64_t now, int64_t *count_out) MUST_CHECK;
/* Rows in one state in order of ids, for lists and reports. */
enum status store_ledger_list(struct store *, int64_t mailing,
    enum ledger_state, int64_t after, int64_t *ids_out, int *codes_out,
    size_t count, size_t *count_out) MUST_CHECK;
/* A person is forgotten: her rows keep their state and lose nothing, for they
 * name nobody; what is later or claimed becomes gone. */
enum status store_ledger_gone(struct store *, int64_t signature, int64_t now)
    MUST_CHECK;
/* Compare the numbers with the rows (S7), if there are any (store/ending.h). */
enum status store_mailing_check(struct store *, int64_t mailing,
    int64_t *wrong_out) MUST_CHECK;

#endif
