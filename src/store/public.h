/* public.h - what was last said in public of the counts
 *
 * A part of store.h with the same rules.  One view per campaign and dimension,
 * with its cells; what may be in it is for outbox/public.h to say.
 */
#ifndef STORE_PUBLIC_H
#define STORE_PUBLIC_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "store/store.h"

struct public_cell {
	const char *value;              /* "TJ"; a day as a number */
	int64_t n;                      /* people in it then; 0 where no number
	                                   is shown: it is not kept */
	int64_t shown, told;            /* outbox/disclosure.h */
};

struct public_view {
	int32_t day;
	int64_t total;                  /* people in all cells then */
	struct public_cell *cells;      /* largest first, then "10+", then "<10" */
	size_t count;
};

/* NOT_FOUND: nothing was said yet. */
enum status store_public_get(struct store *, struct arena *, int64_t campaign,
    enum dimension, struct public_view *out) MUST_CHECK;
/* In place of what was there.  Within a transaction. */
enum status store_public_put(struct store *, int64_t campaign, enum dimension,
    const struct public_view *) MUST_CHECK;

#endif
