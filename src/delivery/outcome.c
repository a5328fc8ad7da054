/* SPDX-License-Identifier: ISC
 *
 * What a reply means for the mail.  Three things are kept apart: trouble of
 * this recipient, trouble of this mail, and trouble that is ours or the
 * relay's.  Only the first may ever count against an address.
 *
 * Before a recipient is named, trouble is the relay's or ours, and all mail
 * waits.  Once one is, trouble that looks like ours (5.7.x policy, a sender
 * that is not liked) only makes this mail wait: some relays pass on what the
 * recipient's server says while we wait, and a stranger's server must not be
 * able to stop everybody's mail with a well-chosen code.  The replies about
 * logging in can only be meant for us and are the exception.
 */
#include <stddef.h>
#include <string.h>

#include "delivery/smtp.h"

#define ANY (-1)
#define NONE 0          /* the reply had no enhanced code */

struct rule {
	const char *phases;     /* as in smtp.h */
	int low, high;          /* replies; 0 is none at all */
	int subject, detail;    /* of the enhanced code */
	enum outcome_kind kind;
};

/* The first that fits. */
static const struct rule rules[] = {
	{ "camrde", 200, 299, ANY, ANY, OUTCOME_DELIVERED },

	/* Connecting, greeting, logging in: nobody's mail gets through. */
	{ "ca", 0, 999, ANY, ANY, OUTCOME_RELAY_DOWN },
	{ "camrde", 530, 530, ANY, ANY, OUTCOME_RELAY_DOWN },
	{ "camrde", 534, 535, ANY, ANY, OUTCOME_RELAY_DOWN },
	{ "camrde", 538, 538, ANY, ANY, OUTCOME_RELAY_DOWN },

	/* Larger than the relay takes: our template. */
	{ "mrde", 500, 599, 3, 4, OUTCOME_UNRENDERED },
	{ "m", 552, 552, NONE, NONE, OUTCOME_UNRENDERED },
	/* An address that the way to it cannot carry (RFC 6531). */
	{ "m", 500, 599, 6, 7, OUTCOME_FAILED },

	/* MAIL: the relay (no disk, closing down), or it does not like us. */
	{ "m", 0, 399, ANY, ANY, OUTCOME_RELAY_DOWN },
	{ "m", 421, 421, ANY, ANY, OUTCOME_RELAY_DOWN },
	{ "m", 452, 452, NONE, NONE, OUTCOME_RELAY_DOWN },
	{ "m", 400, 499, 3, ANY, OUTCOME_RELAY_DOWN },
	{ "m", 500, 999, ANY, ANY, OUTCOME_RELAY_DOWN },

	/* Later there may be room in the box. */
	{ "rde", 552, 552, NONE, NONE, OUTCOME_DEFERRED },
	{ "rde", 500, 599, 2, 2, OUTCOME_DEFERRED },
	/* The other side is full or closed. */
	{ "rde", 500, 599, 3, 1, OUTCOME_DEFERRED },
	{ "rde", 500, 599, 3, 2, OUTCOME_DEFERRED },
	/* Our sender address, or our standing: relays that put off all their
	 * refusals to RCPT say it here. */
	{ "rde", 500, 599, 1, 7, OUTCOME_DEFERRED },
	{ "rde", 500, 599, 1, 8, OUTCOME_DEFERRED },
	{ "rde", 500, 599, 7, ANY, OUTCOME_DEFERRED },
	/* We and the relay are out of step. */
	{ "rde", 500, 500, ANY, ANY, OUTCOME_DEFERRED },
	{ "rde", 502, 503, ANY, ANY, OUTCOME_DEFERRED },

	{ "rde", 500, 599, ANY, ANY, OUTCOME_FAILED },
	/* All of it was sent, and no reply came: the relay may have it. */
	{ "e", 0, 0, ANY, ANY, OUTCOME_IN_DOUBT },
	/* 4xx, no reply, and what is no reply at all. */
	{ "mrde", 0, 999, ANY, ANY, OUTCOME_DEFERRED },
};

/* "5.1.1" at the start of TEXT.  Ignored unless its class is that of the reply
 * (RFC 2034 section 4); details over 255 become 255. */
static void
parse_enhanced(int reply, const char *text, uint8_t code[3])
{
	int part, value[3] = { 0 };

	for (part = 0; part < 3; part++) {
		size_t digits = strspn(text, "0123456789"), i;

		if (digits < 1 || digits > 3)
			return;
		for (i = 0; i < digits; i++)
			value[part] = value[part] * 10 + (*text++ - '0');
		if (part < 2 && *text++ != '.')
			return;
	}
	if ((*text != '\0' && strchr(" \t\r\n", *text) == NULL) ||
	    value[0] != reply / 100)
		return;
	for (part = 0; part < 3; part++)
		code[part] = (uint8_t)(value[part] > 255 ? 255 : value[part]);
}

static int
rule_fits(const struct rule *rule, char phase, int reply, const uint8_t code[3])
{
	return strchr(rule->phases, phase) != NULL &&
	    reply >= rule->low && reply <= rule->high &&
	    (rule->subject == ANY || rule->subject == code[1]) &&
	    (rule->detail == ANY || rule->detail == code[2]);
}

void
smtp_outcome(int reply, const char *text, char phase, struct outcome *out)
{
	static const uint8_t no_answer[3] = { 4, 4, 1 }, cut_off[3] = { 4, 4, 2 };
	size_t i;

	if (reply < 100 || reply > 599)
		reply = 0;
	*out = (struct outcome){ .kind = OUTCOME_DEFERRED,
	    .reply = (uint16_t)reply };
	parse_enhanced(reply, text == NULL ? "" : text, out->code);
	for (i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		if (!rule_fits(&rules[i], phase, reply, out->code))
			continue;
		out->kind = rules[i].kind;
		break;
	}
	if (reply == 0)
		memcpy(out->code, phase == 'c' ? no_answer : cut_off, 3);
}
