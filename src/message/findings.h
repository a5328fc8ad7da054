/* findings.h - what a mail to oneself shows of the way it went
 *
 * undersign check --mail sends a mail through the relay to the daemon itself.
 * The intake notes what has become of it: what the trusted host says of DKIM,
 * SPF and DMARC, and what the signature of DKIM covers.  Packed in a number it
 * goes by way of the keeper and a note in the store back to the command.
 */
#ifndef MESSAGE_FINDINGS_H
#define MESSAGE_FINDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "message/auth_results.h"

#define FINDINGS_COVERED 8
#define FINDINGS_BITS 24        /* of a packed number, at most */

struct findings {
	bool bounce;            /* it is not the mail, but a report about it */
	bool signature;         /* there is a DKIM-Signature of the domain or of
	                           one above it */
	bool foreign;           /* there is none but one of another domain */
	unsigned covers;        /* bit I: it covers findings_header(I) */
	struct auth_results results;
};

/* "From", "Subject" ...: what a signature has to cover. */
const char *findings_header(unsigned i);

/* TRUSTED may be NULL. */
void findings_read(const struct fields *, const char *trusted,
    const char *domain, struct findings *out);

uint32_t findings_pack(const struct findings *);
void findings_unpack(uint32_t, struct findings *out);

#endif
