/* recipient.h - what an envelope recipient at our domain asks for
 *
 * Splits SLUG+c-TOKEN and its kin (DESIGN 3).  Pure text: whether the campaign
 * exists and the token is good is the keeper's to say.
 */
#ifndef MESSAGE_RECIPIENT_H
#define MESSAGE_RECIPIENT_H

#include <stddef.h>

#include "base/status.h"

struct arena;

enum purpose {
	PURPOSE_SIGN,           /* SLUG@, SLUG+from-SOURCE@ */
	PURPOSE_CONFIRM,        /* SLUG+c-TOKEN@ */
	PURPOSE_REPLY,          /* SLUG+r-TOKEN@ */
	PURPOSE_UNSUBSCRIBE,    /* SLUG+u-TOKEN@ */
	PURPOSE_BOUNCE,         /* SLUG+b-TOKEN@ */
	PURPOSE_LETTER,         /* SLUG+letter@ */
	PURPOSE_POSTCARD,       /* SLUG+postcard@ */
	PURPOSE_UPDATES,        /* SLUG+updates@ */
	PURPOSE_APPROVE,        /* SLUG+a-TOKEN@: staff answer about an update; the
	                           token's person is the approval's number */
	PURPOSE_PROBE,          /* SLUG+p-TOKEN@: envelope sender of the ladder's
	                           warning and probe: a bounce to it is the next rung */
	PURPOSE_CHECK,          /* undersigned+k-TOKEN@: a mail to oneself */
	PURPOSE_WITNESS,        /* SLUG+w-TOKEN@: a witness answers about the tally;
	                           the token's person is the witness's number */
	PURPOSE_COUNT_
};

#define SLUG_MAX 24             /* octets; with "+c-" and a token: 64 */
#define TOKEN_LENGTH 37         /* [a-z2-7], see seal/token.h */
#define SOURCE_MAX 32
#define CHECK_SLUG "undersigned"        /* of no campaign; of PURPOSE_CHECK */

struct recipient {
	enum purpose purpose;
	const char *slug;       /* lower case */
	const char *token;      /* lower case, or NULL */
	const char *source;     /* lower case [a-z0-9._-], or NULL */
};

/* ADDRESS without brackets.  NOT_FOUND when its domain is not DOMAIN (compared
 * without case), INVALID when the local part cannot be one of ours. */
enum status recipient_parse(struct recipient *out, struct arena *,
    const char *address, const char *domain, char delimiter) MUST_CHECK;

/* 'c' 'r' 'u' 'b' 'a' 'p' 'k' 'w', or 0 for a purpose without token; and back. */
char purpose_letter(enum purpose);
int purpose_of_letter(char letter, enum purpose *out);  /* 1 when known */

/* [a-z0-9][a-z0-9-]{0,23}, and not one of the words a mail system needs
 * (postmaster, abuse, bounce, confirm, owner, request, admin ...). */
int slug_is_good(const char *);

/* The first token text ("c-..." with its letter) in TEXT that has the right
 * shape, for the case that a provider dropped the detail (DESIGN 3): looks for
 * "+c-TOKEN@" first, then for "[c-TOKEN]".  Fills purpose and token only. */
enum status recipient_find_token(struct recipient *out, struct arena *,
    const char *text) MUST_CHECK;

/* All of them, in either form, no two alike: added after the COUNT there are in
 * OUT, up to MAX in all; gives how many there are then. */
size_t recipient_find_tokens(struct recipient *out, size_t count, size_t max,
    struct arena *, const char *text);

#endif
