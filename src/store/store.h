/* store.h - what is kept, and the one place that knows SQL
 *
 * Numbered invariants, cited by code and tests:
 *
 *  S1  Everything between store_begin and store_commit happens, or nothing.
 *  S2  When store_commit has answered OK, it is on the disk (one sync).
 *      A transaction that changed nothing costs no sync.
 *  S3  Ids of signatures and outbox entries are never given twice, even after
 *      rows are gone.  What tokens carry (signatures, approvals, witnesses) is
 *      not given twice either when an old copy of the store comes back:
 *      store_ids_leap.
 *  S4  Counts are kept by triggers in the same transaction as the rows they
 *      count, whoever changes them; store_check_counts proves it.
 *  S5  No address, name, city or comment comes here unsealed; look-up is by
 *      keyed hash.
 *
 * A store is used by one thread.  Several processes may have one open: the
 * keeper writes nearly always, the staff command now and then; each waits a
 * bounded time for the other, then gets TEMPFAIL.  Functions answer STORE_FAILED
 * for damage and FULL for a full disk, and log the details themselves.  What
 * changes something belongs in a transaction and answers INVALID outside one;
 * reading does not need one.  After FULL or STORE_FAILED in a transaction all
 * else in it answers the same, store_commit too, which then has rolled back;
 * the next store_begin starts afresh.
 * Strings and blobs read are copied to the arena given.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct arena;
struct store;

#define STORE_HASH 16

struct blob {
	const void *data;
	size_t len;
};

/* ---- opening ---------------------------------------------------------- */

enum store_mode {
	STORE_CREATE,           /* make it if there never was one, and migrate */
	STORE_WRITE,            /* must exist; migrate */
	STORE_READ              /* must exist with the right schema; never writes */
};

/* DIR/undersigned.db.  NOT_FOUND; DENIED; INVALID for a schema newer than this
 * program, and when it is missing though DIR shows that there was one
 * (store/trace.h); the reason says what to do. */
enum status store_open(struct store **out, const char *dir, enum store_mode,
    struct reason *) MUST_CHECK;
void store_close(struct store **);      /* checkpoints when it is the last */

/* How long another writer is waited for; default 5 s. */
void store_set_wait(struct store *, int milliseconds);

/* ---- transactions ----------------------------------------------------- */

/* TEMPFAIL when another process holds the store too long; DENIED when it was
 * opened to read, or our key is no more the present one (store_ring_follow).  May first copy a long WAL into the database (some
 * 50 ms, and 300 with a million signatures). */
enum status store_begin(struct store *) MUST_CHECK;     /* takes the write lock */
enum status store_commit(struct store *) MUST_CHECK;    /* failed: rolled back */
void store_rollback(struct store *);
bool store_is_writing(const struct store *);    /* within one */
/* Within a transaction: undo one item of a batch without losing the others. */
enum status store_savepoint(struct store *) MUST_CHECK;
enum status store_release(struct store *) MUST_CHECK;
void store_undo(struct store *);        /* back to, and end, the savepoint */

/* Outside a transaction: what is read from here to store_look_end is of one
 * moment, whatever others write meanwhile. */
enum status store_look(struct store *) MUST_CHECK;
void store_look_end(struct store *);

/* Changes whenever another process has committed; cheap (no lock). */
uint32_t store_version(struct store *);

/* Copy the WAL into the database if it has grown; called when idle. */
void store_checkpoint(struct store *);

/* ---- what was removed is gone ----------------------------------------- */

/* A row that is deleted, or a value that is replaced, is overwritten in its
 * page (secure_delete) and nowhere else: the WAL has the page as it was, until
 * that is written again from its beginning.  Who removes what is to be gone
 * (FORGET, the end of a signature, a clock of retention) says so within the
 * transaction, and afterwards somebody calls store_clean.
 *
 *  S11 After store_clean has answered OK, what was removed in a transaction
 *      before it is in no file of the store, and in no copy made from then on.
 *
 * secure_delete is always on: of the instructions of a sign mail and its reply in
 * the store it is one in a thousand (callgrind over tests/bench/store_bench.c),
 * and blanking pages (store/page.h) another.  Turning it on for removals alone
 * would leave what every sent mail and every freed page leaves behind. */
void store_removed(struct store *);             /* within a transaction */
/* Since when there may be something to clean, by clock_tick; 0: nothing.  A store
 * that was just opened to be written is not clean: nobody knows what the last
 * process left. */
int64_t store_unclean(const struct store *);
/* Copies all of the WAL into the database and cuts it to nothing.  TEMPFAIL when
 * another process reads or writes for longer than WAIT milliseconds. */
enum status store_clean(struct store *, int wait) MUST_CHECK;

/* ---- ids after an old copy came back ------------------------------------- */

/* The largest id of what tokens carry. */
#define STORE_ID_MOST ((INT64_C(1) << 40) - 1)

/* Within a transaction: the ids that tokens carry go on from a number that NOW
 * stands for, 256 a second, so that none is given again that was given after this
 * store was copied.  The keeper calls it when it starts, for nobody may have told
 * it that its store is a copy.  LOST: it is known to be one; then they leap even
 * where they are over that number, for the clock was wrong or ids given faster. */
enum status store_ids_leap(struct store *, int64_t now, bool lost) MUST_CHECK;

/* ---- campaigns --------------------------------------------------------- */

enum campaign_state {
	CAMPAIGN_DRAFT, CAMPAIGN_OPEN, CAMPAIGN_CLOSED, CAMPAIGN_DELIVERED,
	CAMPAIGN_STATES
};

/* The number of a campaign, made on first use in state OPEN (within a
 * transaction for EXISTS-not). */
enum status store_campaign(struct store *, const char *slug, int64_t *id_out,
    enum campaign_state *state_out) MUST_CHECK;         /* NOT_FOUND */
enum status store_campaign_add(struct store *, const char *slug, int64_t *id_out)
    MUST_CHECK;                                         /* EXISTS: id is set */
enum status store_campaign_set_state(struct store *, int64_t id,
    enum campaign_state) MUST_CHECK;
/* The next public number of a signer, from 1; within a transaction. */
enum status store_campaign_next_number(struct store *, int64_t id,
    int64_t *number_out) MUST_CHECK;

/* ---- signatures -------------------------------------------------------- */

enum signature_state {
	SIGNATURE_STRANGER,     /* wrote, but never to sign: limits only */
	SIGNATURE_PENDING, SIGNATURE_CONFIRMED, SIGNATURE_WITHDRAWN,
	SIGNATURE_UNCOUNTED, SIGNATURE_EXPIRED, SIGNATURE_ERASED,
	SIGNATURE_STATES
};

/* Confirmed as far as anybody is told who is no staff: uncounted is not told. */
bool signature_is_signed(enum signature_state);

enum action { ACTION_POSTED = 1, ACTION_WROTE = 2 };    /* bits */

struct signature {
	int64_t id;                     /* 0 in a new one */
	int64_t campaign;
	unsigned char key[STORE_HASH];  /* keyed hash of the address */
	enum signature_state state;
	struct blob identity;           /* sealed to the master key, or len 0 */
	struct blob sealed;             /* parts (seal/parts.h), or len 0 */
	const char *country;            /* "TJ", or "" when not known */
	const char *language;           /* "ru" */
	const char *source;             /* "" when none */
	int32_t created_day;            /* days since 1970 */
	int32_t confirmed_day;          /* 0 until confirmed */
	int64_t number;                 /* public number; 0 until confirmed */
	bool hidden;                    /* not to be shown in public */
	bool updates;                   /* wants updates */
	bool unreachable;               /* mail to it bounced for good */
	int requests;                   /* confirmation mails promised, ever; -1:
	                                   nobody can be found by it any more
	                                   (petition/purge.c) */
	int64_t requested_at;           /* the last of them; 0 */
	int answers;                    /* other mails promised on answered_day */
	int asked;                      /* lately, to mail anybody may have sent */
	int32_t answered_day;
	int64_t next_at;                /* reminder or expiry is due; 0: nothing */
	int64_t expires_at;             /* 0 unless pending */
	int actions;                    /* what she said she did: enum action */
	int64_t leaf;                   /* hers in the tally (tally.h); 0 */
	int64_t text;                   /* that she was last asked to sign, then
	                                   that she signed (tally.h); 0: none */
	int64_t words;                  /* that she was last asked in what she
	                                   agrees to (consent.h); 0 */
};

enum status store_signature_find(struct store *, struct arena *,
    int64_t campaign, const unsigned char key[STORE_HASH],
    struct signature *out) MUST_CHECK;                  /* NOT_FOUND */
enum status store_signature_get(struct store *, struct arena *, int64_t id,
    struct signature *out) MUST_CHECK;                  /* NOT_FOUND */
enum status store_signature_add(struct store *, struct signature *) MUST_CHECK;
                                                        /* sets id; EXISTS */
/* All but campaign and key, which stay.  NOT_FOUND when there is no such id. */
enum status store_signature_put(struct store *, const struct signature *)
    MUST_CHECK;
/* Up to COUNT signatures whose next_at is not after NOW, earliest first. */
enum status store_signature_due(struct store *, struct arena *, int64_t now,
    struct signature *out, size_t count, size_t *count_out) MUST_CHECK;
/* The earliest next_at of all, or CLOCK_NEVER. */
enum status store_signature_next(struct store *, int64_t *when_out) MUST_CHECK;

/* All of a campaign in the order of ids, from after AFTER, for export: call
 * until *count_out is 0.  STATE SIGNATURE_STATES: every state. */
enum status store_signature_list(struct store *, struct arena *,
    int64_t campaign, enum signature_state, int64_t after,
    struct signature *out, size_t count, size_t *count_out) MUST_CHECK;

/* ---- repeats ------------------------------------------------------------ */

/* Remember a message by its keyed hash.  EXISTS: it was taken in before (in
 * the last week at least).  NOW rotates the memory. */
enum status store_seen_add(struct store *, const unsigned char key[STORE_HASH],
    int64_t now) MUST_CHECK;

/* ---- outbox ------------------------------------------------------------- */

enum outbox_class { OUTBOX_ANSWER, OUTBOX_REQUEST, OUTBOX_BULK, OUTBOX_CLASSES };

struct outbox_row {
	int64_t id;
	int64_t campaign, signature;    /* signature 0: the payload has it all */
	enum outbox_class class;
	const char *kind;               /* template name */
	const char *language;
	struct blob payload;            /* sealed, bound to serial; may be empty */
	unsigned char serial[STORE_HASH];       /* random, names the row in seals
	                                           and in its Message-ID */
	int64_t created_at, due_at;
	int attempts;
	bool parked;                    /* twice fatal to a role: left alone */
};

enum status store_outbox_add(struct store *, struct outbox_row *) MUST_CHECK;
/* Due at NOW and not parked, earliest first (then by id), of one class. */
enum status store_outbox_due(struct store *, struct arena *, enum outbox_class,
    int64_t now, struct outbox_row *out, size_t count, size_t *count_out)
    MUST_CHECK;
/* Earliest due_at of a class that is not parked, or CLOCK_NEVER. */
enum status store_outbox_next(struct store *, enum outbox_class,
    int64_t *when_out) MUST_CHECK;
enum status store_outbox_get(struct store *, struct arena *, int64_t id,
    struct outbox_row *out) MUST_CHECK;
enum status store_outbox_delay(struct store *, int64_t id, int attempts,
    int64_t due_at) MUST_CHECK;
enum status store_outbox_park(struct store *, int64_t id) MUST_CHECK;
enum status store_outbox_remove(struct store *, int64_t id) MUST_CHECK;
/* Those of one signature in the order of ids, from after AFTER; and another
 * payload for one. */
enum status store_outbox_of(struct store *, struct arena *, int64_t signature,
    int64_t after, struct outbox_row *out, size_t count, size_t *count_out)
    MUST_CHECK;
enum status store_outbox_put_payload(struct store *, int64_t id,
    struct blob payload) MUST_CHECK;
/* All of one signature (FORGET, withdraw); CLASS OUTBOX_CLASSES: every class. */
enum status store_outbox_remove_of(struct store *, int64_t signature,
    enum outbox_class) MUST_CHECK;

struct outbox_totals {
	/* Each entry is one of these.  Held: due later than now, no attempt. */
	int64_t waiting, held, parked;
	int64_t oldest_at;              /* created_at of the oldest; CLOCK_NEVER */
};
/* The clock was BACK seconds ahead and is right again, at NOW.  Budgets and mails
 * that are promised or come later keep their distance; a request not tried yet
 * waits HOLD seconds at most, and what has been put off PAUSE. */
enum status store_clock_back(struct store *, int64_t now, int64_t back,
    int64_t hold, int64_t pause, int64_t *changed_out) MUST_CHECK;
enum status store_outbox_totals(struct store *, int64_t now,
    struct outbox_totals *out) MUST_CHECK;

/* ---- budgets ------------------------------------------------------------- */

/* The theoretical arrival time of a bucket (petition/policy.h), in
 * milliseconds; 0 when it has none.  Old ones are forgotten by
 * store_budget_purge. */
enum status store_budget_get(struct store *, const unsigned char key[STORE_HASH],
    int64_t *time_out) MUST_CHECK;
enum status store_budget_set(struct store *, const unsigned char key[STORE_HASH],
    int64_t time) MUST_CHECK;
enum status store_budget_purge(struct store *, int64_t before) MUST_CHECK;

/* ---- parked messages ------------------------------------------------------ */

struct parked_row {
	int64_t id;
	int64_t received_at;
	const char *why;
	unsigned char serial[STORE_HASH];
	struct blob message;            /* sealed, bound to serial */
};
enum status store_parked_add(struct store *, struct parked_row *) MUST_CHECK;
enum status store_parked_list(struct store *, struct arena *,
    struct parked_row *out, size_t count, size_t *count_out) MUST_CHECK;

/* ---- notes the program keeps for itself ---------------------------------- */

/* Small facts by name: "alarm.manuchehr" -> day.  NOT_FOUND. */
enum status store_note_get(struct store *, const char *name, int64_t *out)
    MUST_CHECK;
enum status store_note_set(struct store *, const char *name, int64_t value)
    MUST_CHECK;

/* ---- counting -------------------------------------------------------------- */

enum dimension {
	BY_NOTHING, BY_STATE, BY_COUNTRY, BY_LANGUAGE, BY_DAY, BY_SOURCE
};

/* Calls EACH per value (state and day as numbers in decimal; "" for unknown),
 * largest count first (BY_DAY and BY_STATE: in order).  STATE
 * SIGNATURE_STATES: all states; BY_STATE ignores it.  BY_DAY is the day of
 * confirmation for what was confirmed, else of the first mail. */
enum status store_counts(struct store *, int64_t campaign, enum dimension,
    enum signature_state, void (*each)(void *arg, const char *value, int64_t n),
    void *arg) MUST_CHECK;

/* Compare the kept counts with the rows; *wrong_out is the number of cells
 * that differ (S4). */
enum status store_check_counts(struct store *, int64_t *wrong_out) MUST_CHECK;

/* ---- backup ------------------------------------------------------------------ */

/* A consistent copy while others write, made under a temporary name, synced,
 * then renamed to PATH (EXISTS when it is there).  PROGRESS may be NULL. */
enum status store_backup(struct store *, const char *path,
    void (*progress)(void *arg, int64_t done, int64_t total), void *arg,
    struct reason *) MUST_CHECK;

/* Put a backup in DIR, where no database may be (EXISTS); checks it first
 * (integrity, schema, counts).  Its ids leap (store_ids_leap). */
enum status store_restore(const char *backup, const char *dir, int64_t now,
    struct reason *) MUST_CHECK;

/* Full check of the file, for `undersign check`: OK or STORE_FAILED. */
enum status store_verify(struct store *, struct reason *) MUST_CHECK;

#endif
