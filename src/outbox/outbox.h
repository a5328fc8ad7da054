/* outbox.h - mail we have promised to send, until it is sent or given up
 *
 *  O1  An entry is added in the transaction that causes it.
 *  O2  An entry leaves only by outbox_settle (delivered, or failed for good),
 *      or when the person it belongs to ends her signature (FORGET, WITHDRAW,
 *      no, or no answer); one about updates also when she is sealed and wants
 *      none any more.
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

#include "base/clock.h"
#include "base/outcome.h"
#include "base/status.h"
#include "message/recipient.h"
#include "store/store.h"

struct arena;
struct campaign;
struct config;
struct consent;
struct figures;
struct identity;
struct job;
struct keys;
struct logbook;

#define OUTBOX_EXTRAS 24

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
	/* More template variables, NULL-ended.  "reply_to" is the address to
	 * answer to, "approval" or "witness" the number of one it is made of, and
	 * "preview" of an "update-preview" the number of what it shows. */
	struct { const char *name, *value; } extra[OUTBOX_EXTRAS];
};

/* Within a transaction (O1). */
enum status outbox_promise(struct store *, const struct keys *,
    const struct promise *, int64_t now) MUST_CHECK;

/* Her row loses its address: what waits for her gets ADDRESS in its place, all
 * but what goes to who wants updates.  Within a transaction. */
enum status outbox_keep_address(struct store *, const struct keys *,
    struct arena *, int64_t signature, const char *address) MUST_CHECK;

struct outbox_setup {           /* all borrowed */
	struct store *store;
	const struct keys *keys;
	const struct config *config;
	const struct logbook *logbook;  /* NULL: mails have no proofs in them */
};

/* What all mails of a campaign have, and those of updates (mailing.h) too.
 * MADE: when the mail was promised; tokens are good for so long after it. */

/* What is known of her, as template variables. */
void outbox_person(struct job *, struct arena *, const struct signature *,
    const struct identity *);
/* The names of the organisations that she shares with, of what she agreed to,
 * each with its day when DATED; NULL: none. */
const char *outbox_shared(struct arena *, const struct campaign *,
    const struct consent *, size_t count, bool dated);
/* Reverse path, with a token for what comes BACK, and From.  SIGNATURE 0: to
 * somebody without a row. */
void outbox_sender(struct job *, struct arena *, const struct outbox_setup *,
    const struct campaign *, enum purpose back, int64_t campaign_id,
    int64_t signature, int64_t made);
/* Her ways back: Reply-To, both forms of List-Unsubscribe, stop_link. */
void outbox_ways(struct job *, struct arena *, const struct outbox_setup *,
    const struct campaign *, int64_t campaign_id, int64_t signature,
    int64_t made);

/* Make the mail of an entry, with its tokens.  NOT_FOUND when the person it
 * was for is gone or has no address any more: the caller removes the entry.
 * CAMPAIGN is that of row->campaign. */
enum status outbox_job(const struct outbox_setup *, struct arena *,
    const struct campaign *, const struct outbox_row *, struct job *out)
    MUST_CHECK;

/* An entry of no signature with an extra "mailing", the number of an update, is
 * a preview: its words are {{subject}} and {{update}} of the kind's template, and
 * tokens in it are of nobody.  Kind "update": as the signers get it.  This makes
 * the same without an entry, to the campaign itself. */
enum status outbox_sample(const struct outbox_setup *, struct arena *,
    const struct campaign *, int64_t campaign_id, int64_t mailing,
    const char *language, int64_t now, struct job *out) MUST_CHECK;

/* Within a transaction: what became of one attempt.  RELAY_DOWN changes
 * nothing (O5), nor does an entry that is gone, since a person may be forgotten
 * while a mail to her is on its way.  Gives up five days after the promise.
 * When the entry has left, delivered or for good, *left_out has its id,
 * campaign, signature, kind and created_at; else id 0.  What that means for the
 * person is petition_settle's to say. */
enum status outbox_settle(struct store *, struct arena *, int64_t id,
    const struct outcome *, int64_t now, struct outbox_row *left_out)
    MUST_CHECK;

/* Kinds that ask to be confirmed, whose answer goes to a confirm token. */
bool outbox_asks(const char *kind);
/* Kinds by which somebody whose mail bounces is tried (petition/ladder.h): what
 * comes back of them goes to a p-token. */
bool outbox_is_probe(const char *kind);

/* Seconds to wait before attempt number ATTEMPTS + 1: one minute, doubling to
 * a day. */
#define OUTBOX_PAUSE CLOCK_DAY
int64_t outbox_pause(int attempts);

#define OUTBOX_LIFE (5 * 86400)
#define OUTBOX_BOUNCE_DAYS 60   /* that the token of an envelope sender lives */
#define OUTBOX_WITNESS_DAYS 60  /* the address that a witness answers to */
#define OUTBOX_APPROVE_DAYS 14  /* an approval address, from when it was asked */
#define OUTBOX_REPLY_DAYS 400   /* the other tokens, for mail that is kept */

#endif
