/* act.h - inside of petition/: one letter being acted upon
 *
 * An act gathers what a handler needs and what it decides.  Handlers are
 * called within the transaction, change rows through act_* and promise mail
 * through act_answer; they set the verdict only where it is not ACCEPT.
 */
#ifndef PETITION_ACT_H
#define PETITION_ACT_H

#include <stdbool.h>

#include "base/outcome.h"
#include "message/letter.h"
#include "petition/consent.h"
#include "petition/petition.h"
#include "petition/purge.h"
#include "petition/state.h"
#include "seal/identity.h"
#include "store/store.h"

struct campaign;
struct promise;
struct vault;

struct petition {
	struct petition_setup with;
	struct vault *vault;            /* data keys (sealing.h) */
	bool seals;                     /* some campaign does */
	int64_t look_at;                /* of petition_updates */
	struct wording *wordings;       /* consent.h */
	struct purge purge;             /* that of today, while purging */
	bool purging, purge_read;
	int64_t purge_at;               /* its time, to its end: R5 */
	int32_t purge_day;              /* of the last that ended; 0: none */
	int64_t purge_from;             /* tick, after a jump of the clock; 0 */
};

struct act {
	struct petition *petition;
	struct arena *arena;
	const struct letter *letter;    /* NULL: not caused by a letter */
	int64_t now;
	const struct campaign *campaign;
	int64_t campaign_id;
	enum campaign_state campaign_state;
	const char *alias_language;     /* of the address written to, or NULL */
	bool web;                       /* the letter stands for a press on a page */
	const char *page;               /* the language of the text on it; NULL */
	int32_t token_day;              /* last day of the token it came with */
	unsigned token_mark;            /* the text that its mail showed; 0 */
	struct signature sig;           /* id 0: no row yet */
	const char *found;              /* the address she was found by, or NULL */
	struct signature was;           /* as it was loaded, or saved last: whoever
	                                   sets sig to a row sets it too */
	struct {                        /* consent.h */
		const char *share[CONSENT_SHARES];      /* ids */
		size_t shares;
		bool unshare;           /* with nobody, before those */
		bool unclear;           /* with whom?  She is told so */
	} wish;
	struct identity who;            /* opened; zero when none is kept.  Of one
	                                   who is sealed: what she says now, and
	                                   her address when it can be read */
	const char *done;               /* what was done, for the log */
	enum verdict verdict;
	bool comment_cut;       /* she is told so */
};

/* The campaign of a number in the store; NULL while its folder is away. */
const struct campaign *petition_campaign(struct petition *, int64_t id);

/* Campaign and its row; NOT_FOUND when there is none by that slug. */
enum status act_begin(struct act *, struct petition *, struct arena *,
    const char *slug, int64_t now) MUST_CHECK;

/* Load the row of an address, of a token's person: NOT_FOUND. */
enum status act_load_address(struct act *, const struct address *) MUST_CHECK;
enum status act_load_person(struct act *, int64_t person) MUST_CHECK;
/* Both, by numbers in the store; SIGNATURE 0: no person.  NOT_FOUND: the person
 * is no more, or the campaign's folder is away. */
enum status act_begin_person(struct act *, struct petition *, struct arena *,
    int64_t campaign, int64_t signature, int64_t now) MUST_CHECK;

/* What the token that it came with says; one whose last day is before OLDEST is
 * none. */
enum status act_take_token(struct act *, enum purpose, const char *token,
    int32_t oldest, int64_t *person_out) MUST_CHECK;

struct store *act_store(const struct act *);

/* Write the row: seals act->who when IDENTITY is set.  Adds or updates. */
enum status act_save(struct act *, bool identity) MUST_CHECK;
/* WHO, sealed to the master key, into act->sig. */
void act_put_identity(struct act *, const struct identity *who);

/* Does the letter come from the address of the row? */
bool act_is_from_her(struct act *);
/* Where an answer may go: to the address we can read, or, when there is none, to
 * the one the letter comes from if it is hers by its hash; else NULL. */
const char *act_address(struct act *);

/* Tell staff of what is held, once a day, campaign and what it is. */
enum held { HELD_REQUESTS, HELD_LETTERS, HELD_TALLY,
	HELD_WITNESS };
enum status act_alarm(struct act *, enum held) MUST_CHECK;

/* Promise her a mail of KIND, in reply to the letter if there is one. */
enum status act_answer(struct act *, const char *kind, const char *to,
    const char *flag_name) MUST_CHECK;
/* To one whose address we do not keep, or keep sealed, it carries the one she
 * writes from, or is not made when nobody knows it. */
enum status act_promise(struct act *, struct promise *) MUST_CHECK;
/* The same for a mail that anybody may have caused by writing in her name: it
 * takes from the budgets and waits where they are used up, unless the trusted
 * host says that the letter is authentic. */
enum status act_promise_unasked(struct act *, struct promise *) MUST_CHECK;

/* Handlers: sign.c, confirm.c, verb.c */
enum status act_sign(struct act *) MUST_CHECK;
enum status act_confirm(struct act *) MUST_CHECK;
enum status act_reply(struct act *) MUST_CHECK;
enum status act_unsubscribe(struct act *) MUST_CHECK;
enum status act_stop(struct act *) MUST_CHECK;  /* STOP with a good token */
enum status act_ask(struct act *) MUST_CHECK;   /* a verb without a token */
enum status act_info(struct act *) MUST_CHECK;  /* +letter, +postcard: help */

/* fields.c: put what she said into act->who and act->sig.  True when
 * something changed. */
bool act_take_fields(struct act *);
/* Of a comment that anybody may have written in her name she is shown, and we
 * keep (P3), the first SHOWN_COMMENT_MAX characters and an ellipsis; what she
 * writes in her answer is kept whole.  True when it was longer. */
#define SHOWN_COMMENT_MAX 200
bool act_shorten_comment(struct act *);
void act_take_author(struct act *);     /* address and display name */
const char *act_language(const struct act *);

/* check.c: whose the token of a mail to oneself is. */
enum status check_which(const struct keys *, const struct recipient *,
    int64_t now, int64_t *which_out) MUST_CHECK;

/* P3: her token is of an earlier request than the one that showed her what is
 * kept now. */
bool act_answers_old_request(const struct act *);

/* Ends of a signature, shared by letters, time and staff. */
enum status act_request(struct act *, const char *kind) MUST_CHECK;
enum status act_expire(struct act *, enum event) MUST_CHECK;
enum status act_withdraw(struct act *) MUST_CHECK;
enum status act_forget(struct act *) MUST_CHECK;

#endif
