/* key_ring.h - the keys of a master key and of those before it
 *
 * Whoever loads a master key for use with a store calls this before anything is
 * opened or found with it.  From then on nothing can be written to the store once
 * that is no more the present key (store/ring.h).
 */
#ifndef PETITION_KEY_RING_H
#define PETITION_KEY_RING_H

#include "base/status.h"

struct keys;
struct store;

/* INVALID: the master key was changed, and this is not the present one; or what
 * is in the store is another key's.  WHERE names the key in the reason. */
enum status key_ring_load(struct store *, struct keys *, const char *where,
    struct reason *) MUST_CHECK;

#endif
