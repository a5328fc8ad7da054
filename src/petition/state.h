/* state.h - the life of a signature, as a table
 *
 *	            sign       confirm    decline  withdraw   expire   forget
 *	stranger    pending    -          -        -          -        erased
 *	pending     pending    confirmed  expired  expired    expired  erased
 *	confirmed   same       same       -        withdrawn  -        erased
 *	withdrawn   same       confirmed* same     -          same     erased
 *	uncounted   same       same       -        withdrawn  -        erased
 *	expired     pending    -          -        -          -        erased
 *	erased      -          -          -        -          -        erased
 *
 * "-": refused, nothing happens.  *: only while a request is open, that is
 * when she has asked to sign again; until she confirms, she stays withdrawn, so
 * that a forged mail cannot move a count.
 *
 * Two events more are of staff alone (petition/uncount.h): a confirmed signature
 * is uncounted, and an uncounted one counted again.  To her who signed, and to
 * whoever signed in her name, the two states are one.
 */
#ifndef PETITION_STATE_H
#define PETITION_STATE_H

#include <stdbool.h>

#include "store/store.h"

enum event {
	EVENT_SIGN, EVENT_CONFIRM, EVENT_DECLINE, EVENT_WITHDRAW, EVENT_EXPIRE,
	EVENT_FORGET, EVENT_UNCOUNT, EVENT_COUNT, EVENTS
};

/* False when EVENT is refused in STATE; then *next_out is untouched. */
bool state_next(enum signature_state, enum event, bool request_open,
    enum signature_state *next_out);

const char *state_name(enum signature_state);   /* "pending"; for JSON too */

#endif
