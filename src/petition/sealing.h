/* sealing.h - inside of petition/: who has signed, for her organisations alone
 *
 *  E1  In a campaign with an opening key, who signs is sealed in the transaction
 *      that confirms her: of her name, city and comment nothing is left that can
 *      be read here.
 *  E2  Of her address neither, unless she wants updates; then the keeper keeps
 *      it, and nothing but it, until she does not want them any more.  Mail that
 *      is promised to her has it in its own entry of the outbox.
 *  E3  The data key that seals her is in the store, itself sealed, in the same
 *      transaction or an earlier one (S6 of store/sealed.h).
 *  E4  What is sealed cannot be read back: a correction takes the place of what
 *      it corrects.
 *  E5  Who is sealed stays so, and her corrections too, whatever campaign.conf
 *      says later.
 */
#ifndef PETITION_SEALING_H
#define PETITION_SEALING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "seal/opening.h"
#include "store/store.h"

struct act;
struct arena;
struct campaign;
struct identity;
struct petition;

/* ---- of an act ----------------------------------------------------------------- */

/* Is she sealed, or will the next act_save seal her? */
bool act_seals(const struct act *);
/* Part of act_save for whom act_seals: sets act->sig's identity and sealed. */
enum status act_seal(struct act *, bool identity) MUST_CHECK;

/* ---- of a row -------------------------------------------------------------------- */

struct sealing {
	struct petition *petition;
	int64_t campaign;
	unsigned char opening[OPENING_BYTES];
	unsigned char row[STORE_HASH];
	int64_t now;
};

/* What WHO has goes into *SEALED, in place of what is there; her address only
 * when none is there.  Within a transaction. */
enum status sealing_add(const struct sealing *, struct arena *,
    const struct identity *who, struct blob *sealed) MUST_CHECK;

#endif
