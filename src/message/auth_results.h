/* auth_results.h - what our own mail host found out about the sender
 *
 * RFC 8601.  Only the run of Authentication-Results fields nearest to the top
 * counts, only as far as all of it names the trusted host, and only above the
 * fields an author writes: everything else came with the mail and may be
 * forged.
 */
#ifndef MESSAGE_AUTH_RESULTS_H
#define MESSAGE_AUTH_RESULTS_H

#include <stdbool.h>

struct fields;

enum auth_method { AUTH_DKIM, AUTH_SPF, AUTH_DMARC, AUTH_METHODS };

enum auth_said {
	AUTH_ABSENT,            /* nothing is said of this method */
	AUTH_NONE,              /* there was nothing to go by */
	AUTH_PASS, AUTH_FAIL,
	AUTH_UNSURE,            /* softfail, neutral, policy ... */
	AUTH_ERROR,
	AUTH_SAYINGS
};

struct auth_results {
	bool trusted;           /* the trusted host has said something */
	bool other;             /* another name stands where its would */
	enum auth_said said[AUTH_METHODS];
	bool from;              /* what dmarc says is of DOMAIN */
};

/* DOMAIN in A-labels. */
void auth_results_read(const struct fields *, const char *trusted,
    const char *domain, struct auth_results *out);

/* True when TRUSTED says dmarc=pass with a header.from that is DOMAIN (both
 * in A-labels, compared without case). */
bool auth_results_pass(const struct fields *, const char *trusted,
    const char *domain);

#endif
