/* query.h - prepared statements, within store/ only
 *
 * Each statement is prepared when it is first used and kept until the store
 * is closed.  A query is one use of one: open, values in the order of the
 * statement, then run (changes) or next (rows), and columns in order.  The
 * first mistake sticks, is logged once, and is the answer of what follows.
 *
 * A write outside a transaction is refused.  When the disk is full or failing,
 * SQLite may have ended the transaction by itself; what came after would be
 * committed alone, one by one.  So such a fault condemns the transaction: all
 * further queries in it give the same answer and store_commit rolls back (S1).
 */
#ifndef STORE_QUERY_H
#define STORE_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include "base/status.h"
#include "store/store.h"

enum statement {
	Q_BEGIN, Q_LOOK, Q_COMMIT, Q_ROLLBACK, Q_SAVEPOINT, Q_RELEASE, Q_UNDO, Q_VERSION,
	Q_SEQUENCE_LOAD, Q_SEQUENCE_SAVE,
	Q_CAMPAIGN_FIND, Q_CAMPAIGN_ADD, Q_CAMPAIGN_STATE, Q_CAMPAIGN_NUMBER,
	Q_SIGNATURE_FIND, Q_SIGNATURE_GET, Q_SIGNATURE_ADD, Q_SIGNATURE_PUT,
	Q_SIGNATURE_DUE, Q_SIGNATURE_NEXT, Q_SIGNATURE_LIST,
	Q_SEEN_IN_EVEN, Q_SEEN_IN_ODD, Q_SEEN_ADD_EVEN, Q_SEEN_ADD_ODD,
	Q_SEEN_CLEAR_EVEN, Q_SEEN_CLEAR_ODD,
	Q_OUTBOX_ADD, Q_OUTBOX_DUE, Q_OUTBOX_NEXT, Q_OUTBOX_GET, Q_OUTBOX_DELAY,
	Q_OUTBOX_PARK, Q_OUTBOX_REMOVE, Q_OUTBOX_REMOVE_OF, Q_OUTBOX_TOTALS,
	Q_OUTBOX_PARKED, Q_OUTBOX_OLDEST, Q_OUTBOX_OF, Q_OUTBOX_PAYLOAD,
	Q_BUDGET_GET, Q_BUDGET_SET, Q_BUDGET_PURGE, Q_BUDGET_BACK,
	Q_OUTBOX_BACK, Q_OUTBOX_CLAMP, Q_LEDGER_BACK, Q_LEDGER_CLAMP,
	Q_PARKED_ADD, Q_PARKED_LIST,
	Q_NOTE_GET, Q_NOTE_SET,
	Q_PAPER_ADD, Q_PAPER_REMOVE, Q_PAPER_REMOVE_BATCH, Q_PAPER_LIST,
	Q_PAPER_COUNT, Q_PAPER_COUNTS, Q_PAPER_SEAL,
	Q_COUNT_ALL, Q_COUNT_STATE, Q_COUNT_COUNTRY, Q_COUNT_LANGUAGE,
	Q_COUNT_DAY, Q_COUNT_SOURCE,
	Q_COUNT_WRONG_CELLS, Q_COUNT_WRONG_DAYS,
	Q_SIGNATURE_RANGE,
	Q_MAILING_ADD, Q_MAILING_GET, Q_MAILING_PUT, Q_MAILING_BEGIN,
	Q_MAILING_LIST, Q_MAILING_COUNT, Q_MAILING_POSITION, Q_MAILING_GO_ON,
	Q_MAILING_OPEN,
	Q_MAILING_TEXT_ADD, Q_MAILING_TEXTS,
	Q_LEDGER_CLAIM, Q_LEDGER_GET, Q_LEDGER_SET, Q_LEDGER_SET_CLAIMED,
	Q_LEDGER_CLAIMED,
	Q_LEDGER_IN_STATE, Q_LEDGER_WRONG,
	Q_LATER_ADD, Q_LATER_GET, Q_LATER_DUE, Q_LATER_TAKEN, Q_LATER_TAKE,
	Q_LATER_NEXT, Q_LATER_REMOVE,
	Q_APPROVAL_ADD, Q_APPROVAL_GET, Q_APPROVAL_PUT, Q_APPROVAL_LIST,
	Q_REACH_GET, Q_REACH_PUT, Q_REACH_REMOVE, Q_REACH_DUE, Q_REACH_NEXT,
	Q_REACH_LIST, Q_REACH_COUNTS, Q_REACH_ACTIVE,
	Q_HISTORY_ADD, Q_HISTORY_TRIM, Q_HISTORY_LAST, Q_HISTORY_LIST,
	Q_HISTORY_COUNT, Q_HISTORY_REMOVE, Q_OUTBOX_TAKE,
	Q_ALARM_GET, Q_ALARM_PUT, Q_ALARM_NEXT,
	Q_PUBLIC_GET, Q_PUBLIC_PUT, Q_PUBLIC_CELLS, Q_PUBLIC_CELL_ADD,
	Q_PUBLIC_CLEAR,
	Q_TALLY_GET, Q_TALLY_ADD, Q_TALLY_PUT,
	Q_LEAF_ADD, Q_LEAF_GET, Q_LEAF_PUT, Q_LEAF_REMOVE, Q_LEAF_LIST,
	Q_LEAF_BACKS, Q_LEAF_ENTERED, Q_LEAF_WAITING, Q_LEAF_BACK_COUNT,
	Q_TILE_GET, Q_TILE_ADD, Q_TILE_PUT, Q_TILE_CUT,
	Q_SIGNED_ADD, Q_SIGNED_OF, Q_SIGNED_NEWEST, Q_SIGNED_CUT,
	Q_COSIGNATURE_PUT, Q_COSIGNATURES, Q_COSIGNED, Q_COSIGNATURE_CUT,
	Q_WITNESS_ADD, Q_WITNESS_GET, Q_WITNESS_FIND, Q_WITNESS_ASKED,
	Q_TEXT_FIND, Q_TEXT_ADD, Q_TEXT_GET, Q_TEXT_WHOLE, Q_TEXTS,
	Q_BATCH_LAST, Q_BATCH_ADD, Q_BATCH_ENTERED, Q_BATCH_COUNTED, Q_BATCH_PUT, Q_BATCHES,
	Q_RING_LIST, Q_RING_LATER, Q_RING_PUT, Q_RING_FORGET, Q_RING_REMOVE,
	Q_SECRET_LEAVES, Q_SECRET_LEAF, Q_SECRET_LEAF_COUNT,
	Q_SECRET_TALLIES, Q_SECRET_TALLY, Q_SECRET_TALLY_COUNT,
	Q_SECRET_IDENTITIES, Q_SECRET_PAPERS, Q_SECRET_PAYLOADS,
	Q_SECRET_MESSAGES, Q_SECRET_IDENTITY, Q_SECRET_PAPER, Q_SECRET_PAYLOAD,
	Q_SECRET_MESSAGE, Q_SECRET_IDENTITY_COUNT, Q_SECRET_PAPER_COUNT,
	Q_SECRET_PAYLOAD_COUNT, Q_SECRET_MESSAGE_COUNT,
	Q_TRAIT_PUT, Q_TRAIT_REMOVE, Q_TRAIT_PURGE, Q_TRAIT_OLD, Q_REVIEW_LIST,
	Q_UNCOUNT_ADD, Q_UNCOUNT_GET, Q_UNCOUNT_PUT, Q_UNCOUNT_LIST,
	Q_UNCOUNT_OPEN, Q_MEMBER_ADD, Q_MEMBERS, Q_MEMBER_COUNT, Q_MEMBER_SET,
	Q_MEMBER_OF, Q_MEMBERS_REMOVE,
	Q_ENDING_GET, Q_ENDING_PUT, Q_SIGNATURE_REKEY, Q_SIGNATURE_REMOVE,
	Q_PAPER_UNTRACE, Q_HISTORY_OLD, Q_HISTORY_PURGE, Q_LEDGER_PURGE,
	Q_LATER_PURGE, Q_APPROVAL_PURGE, Q_MAILING_EMPTIED, Q_LEDGER_COUNT,
	Q_MAILING_OVER, Q_PARKED_OLD, Q_PARKED_PURGE,
	Q_DATA_KEY_ADD, Q_DATA_KEY_GET, Q_DATA_KEYS, Q_DATA_KEY_REMOVE, Q_OPENINGS,
	Q_SEALED_COUNT, Q_PAPER_SEALED_COUNT, Q_UNSEALED_COUNT,
	Q_CONSENT_REPLACE, Q_CONSENT_ADD, Q_CONSENT_TRIM, Q_CONSENT_RANGE,
	Q_CONSENT_REMOVE, Q_CONSENT_TEXT_FIND, Q_CONSENT_TEXT_ADD, Q_CONSENT_TEXT_LIST,
	Q_STATEMENTS
};

enum sequence {
	SEQUENCE_SIGNATURE, SEQUENCE_OUTBOX, SEQUENCE_PARKED, SEQUENCE_SEEN,
	SEQUENCE_MAILING, SEQUENCE_APPROVAL, SEQUENCE_LEAF, SEQUENCE_WITNESS,
	SEQUENCE_UNCOUNT,
	SEQUENCES
};

struct store {
	sqlite3 *db;
	char *path;
	bool reader;                    /* STORE_READ */
	int schema;                     /* its number when it was opened */
	sqlite3_stmt *statement[Q_STATEMENTS];
	bool writing;                   /* between begin and commit */
	enum status condemned;          /* of this transaction; OK: not */
	bool sequence_loaded;           /* in this transaction */
	int64_t sequence[SEQUENCES];
	int64_t sequence_saved[SEQUENCES];
	int wal_pages;                  /* after our last commit */
	bool checkpoint_failed;         /* and was logged */
	bool sealing;                   /* EPOCH is set (store_ring_follow) */
	uint32_t epoch;
	int wait;                       /* for others, in milliseconds */
	bool removed;                   /* in this transaction (store_removed) */
	int64_t unclean;                /* since then (clock_tick); 0: clean */
};

/* What a result code of SQLite means for us; logs it. */
enum status store_fault(struct store *, int code, const char *what);

/* The next id of a kind; within a transaction. */
enum status store_sequence_next(struct store *, enum sequence, int64_t *out)
    MUST_CHECK;
enum status store_sequence_get(struct store *, enum sequence, int64_t *out)
    MUST_CHECK;
void store_sequence_set(struct store *, enum sequence, int64_t value);

/* vfs.c: the name of our VFS, registered when first asked for. */
const char *store_vfs(void);

/* migrate.c */
#define STORE_APPLICATION 0x556e6453    /* "UndS" */
int store_schema_newest(void);
/* The file's own numbers.  INVALID when it is not ours or newer than we are. */
enum status store_schema_check(sqlite3 *, const char *path, int *schema_out,
    struct reason *) MUST_CHECK;
enum status store_migrate(sqlite3 *, const char *path, struct reason *)
    MUST_CHECK;

/* store.c: open a file that exists and is ours; nothing is migrated. */
enum status store_open_file(struct store **out, const char *path, bool writes,
    struct reason *) MUST_CHECK;
int store_pragma_int(sqlite3 *, const char *sql, int64_t *out);
enum status store_sync_path(const char *path);
enum status store_sync_directory_of(const char *path);

struct query {
	struct store *store;
	sqlite3_stmt *st;
	int at;                         /* next value or column */
	enum status status;
};

void query_open(struct query *, struct store *, enum statement);
void query_int(struct query *, int64_t);
void query_text(struct query *, const char *);          /* NULL as "" */
void query_blob(struct query *, const void *, size_t);  /* len 0: NULL */

/* One row that changes or none is wanted.  OK; EXISTS when a unique index
 * refused it.  *CHANGED_OUT may be NULL. */
enum status query_run(struct query *, int64_t *changed_out) MUST_CHECK;

/* OK: there is a row; NOT_FOUND: no more.  Then read its columns. */
enum status query_next(struct query *) MUST_CHECK;
int64_t query_get_int(struct query *);
const char *query_get_text(struct query *, struct arena *);
struct blob query_get_blob(struct query *, struct arena *);
void query_get_hash(struct query *, unsigned char out[STORE_HASH]);
/* LEN octets, or zeros and false when there are not just so many. */
bool query_get_bytes(struct query *, void *out, size_t len);

/* Room for one more after COUNT in an array that began as NULL. */
void *query_room(struct arena *, void *array, size_t count, size_t size);

/* After the last row; always.  Answers the first mistake, or OK. */
enum status query_close(struct query *) MUST_CHECK;
/* A change that must find its row: else NOT_FOUND. */
enum status query_run_on_one(struct query *) MUST_CHECK;

#endif
