/* consent.h - inside of petition/: what she agrees to, each by itself
 *
 *  C1  To be counted, by answering the request; nobody is counted without.
 *      Her name goes on the list that is handed in with it, which the request
 *      says in plain words, unless she says HIDE, then or later: a petition is a
 *      list of names, and who answers "yes" to one and finds out afterwards that
 *      she is not on it has been misunderstood more than one who has read that
 *      she is.  Updates and sharing with an organisation: only when she says so.
 *  C2  Each is kept with its day and the words that she was shown in her language
 *      (store/consent.h), and so is taking it back.
 *  C3  What is kept here and what is done by it (sig.hidden, sig.updates) change
 *      in one transaction: act_save does both.
 *  C4  Until she confirms, what a letter in her name said is shown to her in the
 *      request and is nobody's consent (P3); an answer to an older request does
 *      not give it, nor does one with other words than those that we know give
 *      an organisation anything that she does not name in it.
 *  C5  While a request is open, a letter without a token undoes no HIDE, whoever
 *      said it, and no DO NOT SHARE that came with a token: only she can, in an
 *      answer.
 */
#ifndef PETITION_CONSENT_H
#define PETITION_CONSENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

struct act;
struct campaign;
struct petition;

#define CONSENT_SHARES 16       /* organisations in one letter */

/* What her letter says of sharing, into act->wish; true when it says anything.
 * With organisations that do not ask for it, or cannot be told from another,
 * nothing is shared, and act->wish.unclear says so. */
bool consent_take(struct act *);
/* The flag of the mail that tells her, or NULL. */
const char *consent_unclear(const struct act *);
/* A new request: what an earlier letter said is not asked about any more, except
 * what she refused when an earlier one is OPEN still (C5), and sig.words become
 * those of today. */
enum status consent_ask(struct act *, bool open) MUST_CHECK;
/* She is asked once more about what she said before: only the latter. */
enum status consent_ask_again(struct act *) MUST_CHECK;
/* After her row is written: what has changed since it was loaded. */
enum status consent_saved(struct act *) MUST_CHECK;
/* What was not shown to her is not hers (C4), and in which words she was asked is
 * not known; what she refused stays (C5). */
enum status consent_drop(struct act *) MUST_CHECK;

/* ---- words -------------------------------------------------------------------- */

struct wording;
/* The number in the store of the words of today, in LANGUAGE; 0 when the
 * templates have none.  Within a transaction. */
enum status wording_id(struct petition *, const struct campaign *,
    int64_t campaign_id, const char *language, int64_t now, int64_t *out)
    MUST_CHECK;
/* The campaigns are read again, or the petition ends. */
void wordings_clear(struct petition *);

#endif
