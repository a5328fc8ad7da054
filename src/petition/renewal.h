/* renewal.h - sealing anew what is under an earlier master key
 *
 * Row by row, while everything goes on: the present keys open both (seal/ring.h).
 * A step is one short transaction; where it stops, the next run begins again, and
 * passes over what is done.
 */
#ifndef PETITION_RENEWAL_H
#define PETITION_RENEWAL_H

#include <stdint.h>

#include "base/status.h"

struct keys;
struct store;

struct renewal {
	int kind;               /* enum secret; begin with all zero */
	int64_t after;          /* id */
	int64_t looked, renewed, damaged;
};

/* Rows that renewal_step will look at, about. */
enum status renewal_size(struct store *, int64_t *out) MUST_CHECK;

/* Looks at some more.  AGAIN: there is more; OK: that was all.  What opens with
 * no key is counted as damaged and left as it is. */
enum status renewal_step(struct store *, const struct keys *, struct renewal *)
    MUST_CHECK;

#endif
