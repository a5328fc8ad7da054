/* path.h - what stands between the brackets of MAIL and RCPT
 *
 * Strictly the grammar of RFC 5321 section 4.1.2 with UTF-8 (RFC 6531), except
 * that source routes are refused and an underscore may stand in a domain,
 * since hosts of that name do send mail.  This is about being one well-formed
 * envelope address, no more: whose it is, is for others to say.
 */
#ifndef INTAKE_PATH_H
#define INTAKE_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

#define PATH_ADDRESS_MAX 254    /* RFC 5321 section 4.5.3.1.3, less brackets */
#define PATH_LOCAL_MAX 64

struct path {
	const char *address;    /* borrowed from the text, no brackets, no NUL */
	size_t len;             /* 0: the null path */
	bool ascii;             /* false: needs SMTPUTF8 */
};

/* Reads "<...>" at the beginning of TEXT; *rest_out is what follows it.
 * "<>" and "<postmaster>" are paths too: the caller knows where they may
 * stand.  INVALID for anything else. */
enum status path_read(struct path *out, const char *text, size_t len,
    const char **rest_out) MUST_CHECK;

#endif
