/* SPDX-License-Identifier: ISC */
#include <stddef.h>

#include "base/outcome.h"

const char *
verdict_reply(enum verdict v)
{
	switch (v) {
	case VERDICT_ACCEPT:
		return "250 2.0.0 Accepted";
	case VERDICT_NO_USER:
		return "550 5.1.1 No such address here";
	case VERDICT_REJECT:
		return "550 5.6.0 This message cannot be read";
	case VERDICT_NO_AUTHOR:
		return "550 5.6.0 The From line must name exactly one address";
	case VERDICT_NOT_ALLOWED:
		return "550 5.7.1 Only those whom the campaign has named may do this";
	case VERDICT_FULL:
		return "452 4.3.1 No room at the moment, try again later";
	case VERDICT_DEFER:
		break;
	}
	return "451 4.3.0 Not now, try again later";
}

int
verdict_temporary(enum verdict v)
{
	return v == VERDICT_DEFER || v == VERDICT_FULL;
}

const char *
outcome_text(enum outcome_kind kind)
{
	static const char *const text[] = {
		[OUTCOME_DELIVERED] = "delivered",
		[OUTCOME_DEFERRED] = "deferred",
		[OUTCOME_FAILED] = "failed",
		[OUTCOME_RELAY_DOWN] = "relay-down",
		[OUTCOME_UNRENDERED] = "unrendered",
		[OUTCOME_IN_DOUBT] = "in-doubt",
		[OUTCOME_OTHER_TEXT] = "other-text",
	};

	return (size_t)kind < OUTCOME_KINDS ? text[kind] : "unknown";
}
