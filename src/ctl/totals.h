/* totals.h - how many people are in each state, for people to read, and what
 * of that may be told to anybody
 */
#ifndef CTL_TOTALS_H
#define CTL_TOTALS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "store/store.h"

struct ctl;

/* confirmed pending withdrawn uncounted expired: in this order. */
#define TOTALS 5
struct totals {
	int64_t count[TOTALS];
};

const char *totals_name(size_t);
int totals_state(size_t);       /* enum signature_state */

/* CAMPAIGN 0, or no store: all zero. */
enum status totals_read(struct totals *, struct store *, int64_t campaign)
    MUST_CHECK;

/* counts --public; WAY as asked for, or NULL: the total alone.  The exit code. */
int counts_public(struct ctl *, const char *way, enum dimension,
    int64_t campaign, int format);

#endif
