/* header.h - the header of a mail we write
 *
 * Lines end in CRLF and are folded at blanks to 76 octets where they can be.
 * Values come from our own campaign files and, by way of the keeper, from
 * strangers: control characters become blanks or are refused here, whatever
 * was checked before.
 */
#ifndef DELIVERY_HEADER_H
#define DELIVERY_HEADER_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Unstructured text, in encoded words (RFC 2047) when it is not plain ASCII. */
void header_text(struct buf *, const char *field, const char *text);

/* NAME <ADDRESS>, the name quoted or encoded when need be; NULL or "": none.
 * ADDRESS must have passed header_address_ok. */
void header_mailbox(struct buf *, const char *field, const char *name,
    const char *address);

/* A value written as it is; must have passed header_token_ok. */
void header_token(struct buf *, const char *field, const char *value);

/* One address that cannot end its angle brackets: no controls, no blanks and
 * brackets outside quotes, at most 320 octets. */
bool header_address_ok(const char *);
/* Visible characters only, between angle brackets, at most 900 octets. */
bool header_id_ok(const char *);

/* A link to the web as it may stand between angle brackets: printable ASCII, at
 * most 900 octets. */
bool header_url_ok(const char *);

/* <mailto:ADDRESS>, percent-encoded, appended; no line end. */
void header_mailto(struct buf *, const char *address);

#endif
