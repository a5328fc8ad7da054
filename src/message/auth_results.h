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

/* True when TRUSTED says dmarc=pass with a header.from that is DOMAIN (both
 * in A-labels, compared without case). */
bool auth_results_pass(const struct fields *, const char *trusted,
    const char *domain);

#endif
