/* logbook.h - the tallies of all campaigns, as the server keeps them
 *
 * Numbered promises, cited by code and tests:
 *
 *  T1  A confirmed signature has one leaf, made in the transaction that confirms
 *      it, and the leaf goes into the log once.
 *  T2  What was promised goes in: a leaf that is to be taken back goes in first,
 *      and is taken back by an entry of its own behind it.
 *  T3  Of two checkpoints that this server ever signs, the entries of one begin
 *      those of the other, whatever it is cut short by, and whatever old copy of
 *      the database it finds itself with.
 *  T4  Leaves go in by shuffled batches at times that no signer chooses: at
 *      midnight UTC and every so many minutes after it.
 *
 * How T3 is kept.  A batch is first appended and committed, unsigned.  What is
 * committed and has no checkpoint is signed next: the guard (guard.h), a file
 * beside the database that holds what was signed last, must begin it; then the
 * new checkpoint replaces the guard, on the disk, and only then it is stored and
 * leaves this machine.  Cut short anywhere, the same entries are found again, and
 * the same bytes are signed once more.  A database that has less than the guard,
 * or other entries, is not appended to: the log stops, and staff hear of it.
 *
 * A logbook belongs to the keeper.  What must also work in the staff command
 * takes a store only (leaf.h).
 */
#ifndef LOGBOOK_LOGBOOK_H
#define LOGBOOK_LOGBOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "seal/sha256.h"
#include "store/tally.h"
#include "tally/vkey.h"

struct arena;
struct campaign;
struct campaigns;
struct config;
struct keys;
struct logbook;
struct sign_pair;
struct store;

struct logbook_setup {          /* all borrowed */
	struct store *store;
	const struct keys *keys;
	const struct config *config;
};

struct logbook *logbook_new(const struct logbook_setup *);
void logbook_free(struct logbook **);

/* Within a transaction: the log of each campaign that is to have one, made with
 * a key of its own when there is none yet; texts that are new are kept.  IDS are
 * those in the store.  DENIED when a log's key does not open.  The logbook has
 * the campaigns before until logbook_settle. */
enum status logbook_set_campaigns(struct logbook *, const struct campaigns *,
    const int64_t *ids) MUST_CHECK;
/* After that transaction: COMMITTED, so the campaigns are those now, and borrowed
 * until others are; or not, and they are let go of. */
void logbook_settle(struct logbook *, bool committed);

struct log_text {
	int64_t id;                     /* tally_text */
	unsigned char hash[TALLY_HASH];
	char name[SHA256_NAME + 1];     /* what delivery calls it */
	unsigned mark;                  /* what tokens call it */
};

/* One campaign's log. */
struct log {
	const struct campaign *campaign;
	int64_t id;                     /* of the campaign, in the store */
	struct vkey key;                /* its name is the origin */
	struct sign_pair *pair;
	struct log_text *texts;         /* of each of its languages */
	int64_t *shown;                 /* ids of all it ever had, in order */
	size_t shown_count;
	int64_t due_at;                 /* of the next batch */
	int64_t look_at;                /* when there may be something to do */
};

/* NULL: the campaign has none. */
const struct log *logbook_of(const struct logbook *, int64_t campaign);
/* The text of today in LANGUAGE, or in the default language; NULL without a
 * log. */
const struct log_text *logbook_text(const struct logbook *, int64_t campaign,
    const char *language);
/* The text that a token's mark stands for, 0 when there is none.  A campaign that
 * has had more than TOKEN_MARKS texts has several of one mark: then it is LIKELY,
 * which was to be shown, or one of today, or the last. */
int64_t logbook_marked(const struct logbook *, int64_t campaign, unsigned mark,
    int64_t likely);

/* ---- as time passes ---------------------------------------------------------- */

/* Called within a transaction while signatures from before the tally have no
 * leaf: gives one to some of those over *FILLED, and says in it how far they have
 * one; -1: all. */
typedef enum status logbook_fill(void *arg, struct arena *, const struct log *,
    int64_t *filled, int64_t now);
void logbook_on_fill(struct logbook *, logbook_fill *, void *arg);

/* Is there something for logbook_step?  Cheap. */
bool logbook_due(const struct logbook *, int64_t now);

/* Within a transaction: one thing that is due, of one log.  AGAIN: commit, and
 * call again; OK: nothing more for now. */
enum status logbook_step(struct logbook *, struct arena *, int64_t now)
    MUST_CHECK;

/* When a leaf made at NOW goes in, if nothing breaks. */
int64_t logbook_next(const struct log *, int64_t now);
/* By when that is promised: with a day for what does break. */
int64_t logbook_by(const struct log *, int64_t now);

/* ---- a log's key and names, for the staff command ------------------------------- */

/* The public key of a row. */
enum status logbook_vkey(const struct tally *, struct vkey *out) MUST_CHECK;

#endif
