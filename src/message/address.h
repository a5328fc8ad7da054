/* address.h - one mail address, parsed once and strictly
 *
 * Everything else in the program handles struct address only.  Refuses by
 * default and has no special cases: RFC 5321 section 4.1.2 Mailbox with the
 * RFC 6531 extension; no source routes, no address literals, no single-label
 * domains, local part at most 64 octets, whole at most 254.
 */
#ifndef MESSAGE_ADDRESS_H
#define MESSAGE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

struct arena;

struct address {
	const char *full;       /* as to be written in SMTP: local@domain, the
	                           domain in A-labels where ascii */
	const char *local;      /* as given (quotes kept when they are needed) */
	const char *domain;     /* lower case, U-labels as given */
	bool ascii;             /* false: needs SMTPUTF8 (local part) */
};

/* INVALID, and *out zeroed, for anything that is not exactly one address. */
enum status address_parse(struct address *out, struct arena *,
    const char *text, size_t len) MUST_CHECK;

/* What two spellings of one mailbox have in common, for keyed look-up: the
 * local part unquoted, NFC and in lower case (as RFC 8265 has it: case folding
 * would make one of two people, "strasse" and the same with a sharp s), the
 * domain as lower-case A-labels (IDNA2008).  Dots and +tags stay: they are other people's mailboxes at most
 * providers, and taking them off had to be undone elsewhere. */
char *address_key(struct arena *, const struct address *);

/* Of an address with dots or a +tag, the mailbox it may well be another name of:
 * its key without them.  NULL when it has none.  For budgets only. */
char *address_mailbox(struct arena *, const struct address *);

/* The domain in A-labels, lower case ("xn--..."); for budgets and SMTP. */
char *address_domain_ascii(struct arena *, const struct address *);

#endif
