/* key_fit.h - whether the master key is the one of this database
 *
 * With another key nobody in it would be known again: everybody could sign a
 * second time, and new names would be sealed with a key the old ones do not
 * open with.  Of who is sealed to an opening key nothing here opens with it; so
 * a few bytes of a hash are noted then.
 */
#ifndef PETITION_KEY_FIT_H
#define PETITION_KEY_FIT_H

#include "base/status.h"

struct campaigns;
struct keys;
struct store;

/* OK: it opens what is sealed there.  NOT_FOUND: nothing is sealed there yet.
 * DENIED: it is another's. */
enum status key_fit(struct store *, const struct keys *,
    const struct campaigns *) MUST_CHECK;

/* Notes that KEYS are those of this database, unless something is noted already.
 * Within a transaction. */
enum status key_fit_note(struct store *, const struct keys *) MUST_CHECK;

#endif
