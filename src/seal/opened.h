/* opened.h - data keys that have been opened, offline
 *
 * In locked memory, found by number; wiped by opened_free.
 */
#ifndef SEAL_OPENED_H
#define SEAL_OPENED_H

#include <stdint.h>

#include "base/status.h"
#include "seal/opening.h"
#include "seal/vault.h"

struct opened;

struct opened *opened_new(void);
void opened_free(struct opened **);         /* NULL is fine */

/* DENIED: the pair does not open it, or it is damaged. */
enum status opened_add(struct opened *, const struct opening_pair *,
    const struct data_key *) MUST_CHECK;
/* BOX_KEY bytes, its own; NULL: there is none. */
const unsigned char *opened_get(const struct opened *, int64_t number);

#endif
