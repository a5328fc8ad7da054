/* SPDX-License-Identifier: ISC */
#include "petition/state.h"

#define NEVER 0                         /* state + 1, so that 0 is "-" */
#define TO(state) ((state) + 1)

static const unsigned char next[SIGNATURE_STATES][EVENTS] = {
	[SIGNATURE_STRANGER] = {
		[EVENT_SIGN] = TO(SIGNATURE_PENDING),
		[EVENT_FORGET] = TO(SIGNATURE_ERASED),
	},
	[SIGNATURE_PENDING] = {
		[EVENT_SIGN] = TO(SIGNATURE_PENDING),
		[EVENT_CONFIRM] = TO(SIGNATURE_CONFIRMED),
		[EVENT_DECLINE] = TO(SIGNATURE_EXPIRED),
		[EVENT_WITHDRAW] = TO(SIGNATURE_EXPIRED),
		[EVENT_EXPIRE] = TO(SIGNATURE_EXPIRED),
		[EVENT_FORGET] = TO(SIGNATURE_ERASED),
	},
	[SIGNATURE_CONFIRMED] = {
		[EVENT_SIGN] = TO(SIGNATURE_CONFIRMED),
		[EVENT_CONFIRM] = TO(SIGNATURE_CONFIRMED),
		[EVENT_WITHDRAW] = TO(SIGNATURE_WITHDRAWN),
		[EVENT_FORGET] = TO(SIGNATURE_ERASED),
		[EVENT_UNCOUNT] = TO(SIGNATURE_UNCOUNTED),
	},
	[SIGNATURE_WITHDRAWN] = {
		[EVENT_SIGN] = TO(SIGNATURE_WITHDRAWN),
		[EVENT_CONFIRM] = TO(SIGNATURE_CONFIRMED),
		[EVENT_DECLINE] = TO(SIGNATURE_WITHDRAWN),
		[EVENT_EXPIRE] = TO(SIGNATURE_WITHDRAWN),
		[EVENT_FORGET] = TO(SIGNATURE_ERASED),
	},
	[SIGNATURE_UNCOUNTED] = {
		[EVENT_SIGN] = TO(SIGNATURE_UNCOUNTED),
		[EVENT_CONFIRM] = TO(SIGNATURE_UNCOUNTED),
		[EVENT_COUNT] = TO(SIGNATURE_CONFIRMED),
		[EVENT_WITHDRAW] = TO(SIGNATURE_WITHDRAWN),
		[EVENT_FORGET] = TO(SIGNATURE_ERASED),
	},
	[SIGNATURE_EXPIRED] = {
		[EVENT_SIGN] = TO(SIGNATURE_PENDING),
		[EVENT_FORGET] = TO(SIGNATURE_ERASED),
	},
	[SIGNATURE_ERASED] = {
		[EVENT_FORGET] = TO(SIGNATURE_ERASED),
	},
};

bool
state_next(enum signature_state state, enum event event, bool request_open,
    enum signature_state *next_out)
{
	unsigned char to;

	if (state >= SIGNATURE_STATES || event >= EVENTS)
		return false;
	to = next[state][event];
	if (to == NEVER)
		return false;
	if (state == SIGNATURE_WITHDRAWN && event == EVENT_CONFIRM &&
	    !request_open)
		return false;
	*next_out = (enum signature_state)(to - 1);
	return true;
}

const char *
state_name(enum signature_state state)
{
	static const char *const names[SIGNATURE_STATES] = {
		[SIGNATURE_STRANGER] = "stranger",
		[SIGNATURE_PENDING] = "pending",
		[SIGNATURE_CONFIRMED] = "confirmed",
		[SIGNATURE_WITHDRAWN] = "withdrawn",
		[SIGNATURE_UNCOUNTED] = "uncounted",
		[SIGNATURE_EXPIRED] = "expired",
		[SIGNATURE_ERASED] = "erased",
	};

	return state < SIGNATURE_STATES ? names[state] : "unknown";
}
