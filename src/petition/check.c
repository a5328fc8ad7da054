/* check.c - a mail to oneself
 *
 * One note holds the last one: which it was, and what was found of it.
 * SPDX-License-Identifier: ISC
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "message/findings.h"
#include "petition/act.h"
#include "seal/token.h"

#define NOTE "check.mail"
#define NO_CAMPAIGN 0
#define WHICH_MOST ((INT64_C(1) << CHECK_BITS) - 1)

_Static_assert(CHECK_BITS + FINDINGS_BITS < 63, "fits in a note");
_Static_assert(WHICH_MOST <= TOKEN_PERSON_MAX, "fits in a token");

enum status
check_which(const struct keys *keys, const struct recipient *to, int64_t now,
    int64_t *which_out)
{
	return to->token == NULL ? DENIED : token_check(keys, PURPOSE_CHECK,
	    NO_CAMPAIGN, to->token, clock_day(now), which_out);
}

enum status
petition_check(struct petition *p, const struct recipient *to,
    uint32_t findings, int64_t now, enum verdict *verdict_out)
{
	int64_t which;

	*verdict_out = VERDICT_NO_USER;
	if (check_which(p->with.keys, to, now, &which) != OK)
		return OK;
	*verdict_out = VERDICT_ACCEPT;
	findings &= (1u << FINDINGS_BITS) - 1;
	log_info("check=come a mail of undersign check has come in");
	return store_note_set(p->with.store, NOTE,
	    which << FINDINGS_BITS | (int64_t)findings);
}

char *
petition_check_address(const struct keys *keys, const struct config *config,
    int64_t which, int64_t now)
{
	char token[TOKEN_LENGTH + 1];

	/* Tomorrow too: it may be midnight. */
	token_make(keys, PURPOSE_CHECK, NO_CAMPAIGN, which & WHICH_MOST,
	    clock_day(now) + 1, token);
	return mem_printf(CHECK_SLUG "%ck-%s@%s", config->delimiter, token,
	    config->mail_domain);
}

enum status
petition_check_found(struct store *store, int64_t which, uint32_t *findings_out)
{
	int64_t note = 0;
	enum status st = store_note_get(store, NOTE, &note);

	if (st != OK)
		return st;
	if (note >> FINDINGS_BITS != (which & WHICH_MOST))
		return NOT_FOUND;
	*findings_out = (uint32_t)(note & ((1 << FINDINGS_BITS) - 1));
	return OK;
}
