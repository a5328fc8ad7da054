/* mailing_engine.h - what the files of the engine of updates share
 *
 * mailing.c is its face and its turn; mailing_run.c what is going out and what
 * is to begin; mailing_claim.c whose turn it is; mailing_end.c what became of
 * her; mailing_entry.c the claims in memory.
 *
 * A claim goes through these states, all in memory but for what the ledger
 * says: CLAIMED in a transaction, READY when that is committed, ON_WAY when
 * delivery has it, KNOWN when its end is known and waits for the next turn.
 * LOST is what delivery had when it was gone, until the next one is there; from
 * there it goes to READY or, as unknown, to KNOWN (M3).  Relay trouble leads
 * from ON_WAY back to READY; a claim that is not to be sent
 * any more (paused, stopping) goes from READY to KNOWN, to be given back.
 */
#ifndef OUTBOX_MAILING_ENGINE_H
#define OUTBOX_MAILING_ENGINE_H

#include "outbox/mailing.h"
#include "outbox/mailing_job.h"
#include "outbox/outbox.h"

struct domains;
struct segment;

#define MAILING_RUNS 16         /* updates that go out at once; more wait */
#define MAILING_ENTRIES (2 * MAILING_WINDOW)

enum entry_state { CLAIMED, READY, ON_WAY, LOST, KNOWN };
enum end { END_OUTCOME, END_GIVE_BACK, END_GONE };

struct entry {
	int64_t mailing, signature;
	enum entry_state state;
	enum end end;
	struct person *person;          /* or NULL: to be read */
	uint64_t begun;                 /* by delivery before it was handed out */
	unsigned char domain[STORE_HASH];
	bool has_domain;
	bool stray;                     /* nobody was claimed for it here */
	struct outcome outcome;
};

struct run {
	struct mailing_words words;
	struct segment *segment;
	struct arena *arena;            /* words, segment */
	struct arena *figures_arena;
	int64_t figures_at;
	bool listed;                    /* in the last look at the rows */
	bool told;                      /* delivery has its words */
	bool more;                      /* there may be somebody to claim now */
};

struct counting {
	int64_t mailing;                /* 0: none */
	int64_t after, n;
};

struct mailings {
	struct outbox_setup setup;
	mailing_refused refused;
	void *refused_arg;
	const struct campaigns *campaigns;
	const int64_t *campaign_ids;
	struct domains *domains;
	struct run *run[MAILING_RUNS];
	size_t runs, first;             /* whose turn is first */
	struct counting counting;
	struct arena *claims;           /* persons of this turn's claims */
	bool stopping;
	size_t count[KNOWN + 1];        /* entries in each state */
	size_t entries;
	int64_t id[MAILING_ENTRIES];            /* of each entry; apart, to be searched */
	struct entry entry[MAILING_ENTRIES];
};

/* ---- entries -------------------------------------------------------------------- */

/* NULL: there is no room. */
struct entry *mailing_entry_add(struct mailings *, int64_t mailing,
    int64_t signature, enum entry_state);
struct entry *mailing_entry_find(struct mailings *, int64_t job);
void mailing_entry_set(struct mailings *, struct entry *, enum entry_state);
/* It is not to be sent any more: its end, for the next turn. */
void mailing_entry_end(struct mailings *, struct entry *, enum end);
void entries_remove(struct mailings *, enum entry_state);
/* Those that are ready, of one mailing (0: all). */
void entries_give_back(struct mailings *, int64_t mailing);

/* ---- runs ------------------------------------------------------------------------- */

void run_free(struct run **);
struct run *run_find(struct mailings *, int64_t mailing);

/* ---- parts of a turn, within its transaction ---------------------------------------- */

/* How many it is for is counted a part in each turn, so that letters need not
 * wait for it; then it begins. */
enum status mailing_count_some(struct mailings *, struct arena *, int64_t now)
    MUST_CHECK;
/* Claim up to *ROOM of a run, which becomes less; or find it done. */
enum status mailing_claim(struct mailings *, struct arena *, struct run *,
    size_t *room, int64_t now) MUST_CHECK;
/* What is known of all that is KNOWN. */
enum status mailing_write_ends(struct mailings *, struct arena *, int64_t now)
    MUST_CHECK;

#endif
