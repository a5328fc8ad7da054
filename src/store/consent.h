/* consent.h - what signers agreed to, and in which words they were asked
 *
 * A part of store.h with the same rules.  A row says what somebody said of one
 * thing, on which day; of one thing the last row counts, and who has none of it
 * said nothing of her own (petition/consent.h says what that means).
 *
 *  S12 A wording never changes and never leaves while its campaign is there.
 *  S13 What she said is on record when she has taken it back, too; but of one day
 *      and thing the last that she said, and over CONSENT_MOST rows of a person
 *      the oldest that do not count any more go: nobody fills the database by
 *      changing her mind.  Else all go at once.
 */
#ifndef STORE_CONSENT_H
#define STORE_CONSENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "store/store.h"

#define CONSENT_HASH 32
#define CONSENT_MOST 64         /* of one person, or as many as count */

/* Numbers are those of the database, for ever. */
enum consent_kind {
	CONSENT_COUNT = 1,      /* to be counted */
	CONSENT_LIST,           /* her name on the list that is handed in */
	CONSENT_UPDATES,
	CONSENT_SHARE           /* name and address, with the organisation ABOUT */
};

struct consent {
	int64_t signature;
	enum consent_kind kind;
	const char *about;              /* id of an organisation; else "" */
	bool given;                     /* or taken back */
	int32_t day;
	int64_t text;                   /* consent_text; 0: not known */
};

/* It is the last that she said. */
enum status store_consent_add(struct store *, const struct consent *)
    MUST_CHECK;
/* Of one person, in the order in which she said it. */
enum status store_consents(struct store *, struct arena *, int64_t signature,
    struct consent **out, size_t *count_out) MUST_CHECK;
/* Of all with ids over AFTER and not over LAST, person by person. */
enum status store_consent_range(struct store *, struct arena *, int64_t after,
    int64_t last, struct consent **out, size_t *count_out) MUST_CHECK;
enum status store_consents_forget(struct store *, int64_t signature) MUST_CHECK;

/* Pure, over rows of one person.  The last of KIND about ABOUT, given or taken
 * back; NULL: none. */
const struct consent *consent_last(const struct consent *, size_t count,
    enum consent_kind kind, const char *about);
/* Is row I the last of its kind, and given? */
bool consent_holds(const struct consent *, size_t count, size_t i);

struct consent_text {
	int64_t id;                     /* 0 in a new one */
	int64_t campaign;
	const char *language;
	unsigned char hash[CONSENT_HASH];       /* SHA-256 of body */
	int32_t day;                    /* on which it was first used */
	const char *body;               /* as it stands in a plain mail */
};

/* Sets id; one that is there keeps its own. */
enum status store_consent_text_add(struct store *, struct consent_text *)
    MUST_CHECK;
/* Those of a campaign, oldest first. */
enum status store_consent_texts(struct store *, struct arena *,
    int64_t campaign, struct consent_text **out, size_t *count_out) MUST_CHECK;

#endif
