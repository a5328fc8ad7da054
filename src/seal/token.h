/* token.h - the unguessable part of an address
 *
 * A token says: this purpose, this campaign, this person (the signature's
 * number), until the end of this day.  It is 37 characters of [a-z2-7]:
 * 16 bytes of keyed BLAKE2b over purpose, campaign, person and day, then the
 * person (5 bytes) and day (2 bytes, days since 2020-01-01) under a key stream
 * made from that MAC (as in SIV), so that a token does not tell how many
 * signed before.  One key per purpose; comparing takes constant time.
 *
 * A token to confirm also says which text its mail showed, by a mark that is in
 * the MAC and in no octet: it is found by trying all there may be, upwards, which
 * costs a hash each and leaves addresses as long as they are.
 */
#ifndef SEAL_TOKEN_H
#define SEAL_TOKEN_H

#include <stdint.h>

#include "base/status.h"
#include "message/recipient.h"

struct keys;

#define TOKEN_PERSON_MAX ((INT64_C(1) << 40) - 1)

/* PURPOSE is one that has a letter.  LAST_DAY: days since 1970, inclusive. */
void token_make(const struct keys *, enum purpose, int64_t campaign,
    int64_t person, int32_t last_day, char out[TOKEN_LENGTH + 1]);

/* PURPOSE_CONFIRM, with a mark from 1 to TOKEN_MARKS; 0: the same as above. */
#define TOKEN_MARKS 63
void token_make_marked(const struct keys *, int64_t campaign, int64_t person,
    int32_t last_day, unsigned mark, char out[TOKEN_LENGTH + 1]);

/* OK; DENIED when it is not one of ours for this purpose and campaign, or
 * TODAY is after its last day.  Upper case is taken too. */
enum status token_check(const struct keys *, enum purpose, int64_t campaign,
    const char *token, int32_t today, int64_t *person_out) MUST_CHECK;
/* The same, and all that it says. */
struct token_says {
	int64_t person;
	int32_t last_day;
	unsigned mark;                  /* 0: none */
};
enum status token_read(const struct keys *, enum purpose, int64_t campaign,
    const char *token, int32_t today, struct token_says *out) MUST_CHECK;

#endif
