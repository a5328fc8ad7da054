/* public.h - how many have signed, as may be said in public
 *
 * What was said stays said until it may change (outbox/disclosure.h, D2 and
 * D3): so asking often, or on two days, tells nothing more.
 */
#ifndef PETITION_PUBLIC_H
#define PETITION_PUBLIC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "store/public.h"

struct arena;
struct store;

/* The view to show at NOW, of confirmed signatures; *new_out: it is not what is
 * kept, so show it only once public_keep has kept it.  Reads only. */
enum status public_view_now(struct store *, struct arena *, int64_t campaign,
    enum dimension, int64_t now, struct public_view *out, bool *new_out)
    MUST_CHECK;

/* Looks once more and keeps what is new; within a transaction. */
enum status public_keep(struct store *, struct arena *, int64_t campaign,
    enum dimension, int64_t now, struct public_view *out) MUST_CHECK;

/* To tell it now, wherever that is: within a transaction what is new is kept; else
 * what was kept, or, when nothing was ever said, what would be. */
enum status public_view_told(struct store *, struct arena *, int64_t campaign,
    enum dimension, int64_t now, struct public_view *out) MUST_CHECK;

#endif
