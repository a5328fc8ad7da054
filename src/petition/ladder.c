/* SPDX-License-Identifier: ISC */
#include <stddef.h>

#include "petition/ladder.h"

#define NOTED(rung) { rung, WAIT_ON, NULL }
#define FORGIVEN { RUNG_FINE, WAIT_NEVER, NULL }

/* A cell that is not written is {0}: to FINE, waiting on.  No step is that. */
static const struct ladder_step steps[RUNGS][LADDER_EVENTS] = {
	[RUNG_FINE] = {
		[LADDER_HARD] = { RUNG_BOUNCED, WAIT_WARN, NULL },
		[LADDER_SOFT] = { RUNG_SOFT, WAIT_FORGIVE, NULL },
	},
	[RUNG_SOFT] = {
		[LADDER_HARD] = { RUNG_BOUNCED, WAIT_WARN, NULL },
		[LADDER_SOFT] = { RUNG_SOFT, WAIT_FORGIVE, NULL },
		[LADDER_TIME] = FORGIVEN,
		[LADDER_WROTE] = FORGIVEN,
	},
	[RUNG_BOUNCED] = {
		[LADDER_HARD] = NOTED(RUNG_BOUNCED),
		[LADDER_SOFT] = NOTED(RUNG_BOUNCED),
		[LADDER_TIME] = { RUNG_WARNED, WAIT_FORGIVE, "warning" },
		[LADDER_WROTE] = FORGIVEN,
	},
	[RUNG_WARNED] = {
		[LADDER_HARD] = NOTED(RUNG_WARNED),
		[LADDER_SOFT] = NOTED(RUNG_WARNED),
		[LADDER_OWN] = { RUNG_FAILED, WAIT_PROBE, NULL },
		[LADDER_TIME] = FORGIVEN,
		[LADDER_WROTE] = FORGIVEN,
	},
	[RUNG_FAILED] = {
		[LADDER_HARD] = NOTED(RUNG_FAILED),
		[LADDER_SOFT] = NOTED(RUNG_FAILED),
		[LADDER_TIME] = { RUNG_PROBED, WAIT_FORGIVE, "probe" },
		[LADDER_WROTE] = FORGIVEN,
	},
	[RUNG_PROBED] = {
		[LADDER_HARD] = NOTED(RUNG_PROBED),
		[LADDER_SOFT] = NOTED(RUNG_PROBED),
		[LADDER_OWN] = { RUNG_UNREACHABLE, WAIT_NEVER, NULL },
		[LADDER_TIME] = FORGIVEN,
		[LADDER_WROTE] = FORGIVEN,
	},
};

const struct ladder_step *
ladder_step(enum rung rung, enum ladder_event event)
{
	const struct ladder_step *s;

	if (rung >= RUNGS || event >= LADDER_EVENTS)
		return NULL;
	s = &steps[rung][event];
	return s->next == RUNG_FINE && s->wait == WAIT_ON ? NULL : s;
}

/* ---- words ---------------------------------------------------------------- */

const char *
rung_text(enum rung rung)
{
	static const char *const text[RUNGS] = {
		[RUNG_FINE] = "fine", [RUNG_SOFT] = "soft",
		[RUNG_BOUNCED] = "bounced", [RUNG_WARNED] = "warned",
		[RUNG_FAILED] = "warning-bounced", [RUNG_PROBED] = "probed",
		[RUNG_UNREACHABLE] = "unreachable",
		[RUNG_COMPLAINED] = "complained", [RUNG_STOPPED] = "stopped",
	};

	return rung < RUNGS ? text[rung] : "unknown";
}

const char *
reach_reason_text(enum reach_reason reason)
{
	static const char *const text[REASONS] = {
		[REASON_NONE] = "", [REASON_HARD] = "no such mailbox",
		[REASON_SOFT] = "full or unavailable for long",
		[REASON_REQUEST] = "the request came back",
		[REASON_COMPLAINT] = "complaint",
		[REASON_REPLY] = "by reply", [REASON_MAILTO] = "by unsubscribe mail",
		[REASON_WEB] = "by web", [REASON_STAFF] = "by staff",
	};

	return reason < REASONS ? text[reason] : "unknown";
}

const char *
history_text(enum history_what what)
{
	static const char *const text[HISTORY_WHATS] = {
		[HISTORY_SENT] = "sent", [HISTORY_REFUSED] = "refused",
		[HISTORY_HARD] = "bounced", [HISTORY_SOFT] = "bounced for now",
		[HISTORY_FAULT] = "refused for what we are",
		[HISTORY_DELAYED] = "delayed", [HISTORY_COMPLAINT] = "complaint",
		[HISTORY_STOPPED] = "updates stopped",
		[HISTORY_RESUMED] = "updates wanted",
		[HISTORY_HANDED_ON] = "handed on",
		[HISTORY_UNREACHABLE] = "unreachable",
		[HISTORY_FORGIVEN] = "bounces forgiven",
	};

	return what < HISTORY_WHATS ? text[what] : "unknown";
}

/* ---- what a relay says ------------------------------------------------------ */

#define ANY 255

/* RFC 3463 and its registry; the first that fits.  Of 5.1.x, 7 and 8 are about
 * our sender's address; 4.4.x and 5.4.x are about the way there. */
static const struct { unsigned char subject, detail; enum fate fate; } codes[] = {
	{ 1, 7, FATE_FAULT }, { 1, 8, FATE_FAULT }, { 1, 9, FATE_FAULT },
	{ 1, ANY, FATE_HARD },
	{ 2, 1, FATE_HARD }, { 2, ANY, FATE_SOFT },
	{ 3, ANY, FATE_SOFT }, { 4, ANY, FATE_SOFT },
	{ 5, ANY, FATE_FAULT }, { 6, ANY, FATE_FAULT },
	{ 7, 17, FATE_HARD },           /* RFC 7293: it is another's by now */
	{ 7, ANY, FATE_FAULT },
};

static enum fate
fate_of_reply(unsigned reply)
{
	switch (reply) {
	case 550:
	case 551:
	case 553:
		return FATE_HARD;
	case 552:
		return FATE_SOFT;
	default:
		return reply >= 500 ? FATE_FAULT : FATE_SOFT;
	}
}

static enum fate
fate_of_code(const uint8_t code[3], unsigned reply)
{
	size_t i;

	for (i = 0; code[0] == 5 && i < sizeof codes / sizeof codes[0]; i++)
		if (codes[i].subject == code[1] &&
		    (codes[i].detail == code[2] || codes[i].detail == ANY))
			return codes[i].fate;
	return fate_of_reply(reply);
}

/* Put off for so long that we gave up: nothing was said against her mailbox for
 * good. */
static enum fate
fate_of_delay(const uint8_t code[3])
{
	if (code[1] == 7)
		return FATE_FAULT;
	return code[0] == 5 && fate_of_code(code, 0) == FATE_FAULT ? FATE_FAULT :
	    FATE_SOFT;
}

enum fate
ladder_fate(const struct outcome *outcome)
{
	switch (outcome->kind) {
	case OUTCOME_FAILED:
		return outcome->code[0] == 4 ? FATE_SOFT :
		    fate_of_code(outcome->code, outcome->reply);
	case OUTCOME_DEFERRED:
		return fate_of_delay(outcome->code);
	case OUTCOME_IN_DOUBT:
		return FATE_SOFT;
	default:
		return FATE_NONE;
	}
}
