/* opening_fit.h - whether a campaign's opening key is that of its signers
 *
 * Once somebody is sealed, that the line opening_key is away is a mistake: who
 * signs after that would not be sealed, and nobody would see it.  So such a
 * campaign is not fit, unless the line says "none".
 */
#ifndef PETITION_OPENING_FIT_H
#define PETITION_OPENING_FIT_H

#include "base/status.h"

struct campaign;
struct store;

/* OK; INVALID: it is not fit, and why; else the store's trouble. */
enum status opening_fit(struct store *, const struct campaign *,
    struct reason *) MUST_CHECK;

#endif
