/* deal.h - the opening key of a campaign, dealt out among its organisations
 *
 * A deal is made once for a campaign, and again (with a higher number) when the
 * shares are to be new: for the same key, of which old and new shares do not
 * mix.  Each holder gets a share file, lines of text:
 *
 *	undersigned share 1
 *	opening: (the campaign's opening key)
 *	deal: (number, from 1)
 *	needed: (how many shares open)
 *	holders: (how many there are)
 *	holder: (name)                        \
 *	key: (her public half)                 for each holder, in order
 *	commitment: (BLAKE2b-256)             /
 *	share: (whose it is: a number from 1)
 *	to: (the public half of who can unseal it: hers, or another's for whom
 *	    she has unsealed it)
 *	sealed: (crypto_box_seal of number, 32 bytes of value, head)
 *	checksum: (8 bytes of BLAKE2b-256 over all lines before)
 *	end
 *
 * Binary values are base64 (URL alphabet, no padding).  The head is
 * BLAKE2b-256 over the lines from the first to the last commitment.  A
 * commitment is BLAKE2b-256 over the raw opening key, the numbers of the deal, of
 * shares needed, of holders and of the share (4 bytes each, big-endian) and the
 * value; so a wrong share is known for one before anything is opened with it.
 */
#ifndef SEAL_DEAL_H
#define SEAL_DEAL_H

#include "base/status.h"
#include "seal/digest.h"
#include "seal/opening.h"
#include "seal/shares.h"

struct buf;

#define DEAL_NAME 33
#define DEAL_SEALED (1 + SHARE_BYTES + DIGEST_BYTES + 48)

struct deal_holder {
	char name[DEAL_NAME];           /* a-z 0-9 - _ */
	unsigned char public[OPENING_BYTES];
	unsigned char commitment[DIGEST_BYTES];
};

struct deal {
	unsigned char opening[OPENING_BYTES];
	unsigned number, needed, count;
	struct deal_holder holders[SHARES_MAX];
};

/* One share file. */
struct deal_share {
	struct deal deal;
	unsigned mine;                  /* number, from 1 */
	unsigned char to[OPENING_BYTES];
	unsigned char sealed[DEAL_SEALED];
	int is_open;
	struct share share;             /* when it is */
};

const char *deal_share_name(const struct deal_share *);

/* Number, needed, count and holders' names and keys are the caller's; fills in
 * the rest.  FILES has room for one buffer for each, ready to be added to.
 * INVALID: two holders of one name or key, or numbers that cannot be. */
enum status deal_make(struct deal *, const struct opening_pair *campaign,
    struct buf *files, struct reason *) MUST_CHECK;

enum status deal_share_read(struct deal_share *, const char *text,
    struct reason *) MUST_CHECK;        /* INVALID: damaged, or none */
/* DENIED for another's key; INVALID when what was sealed is not the share that
 * the deal commits to. */
enum status deal_share_open(struct deal_share *, const struct opening_pair *,
    struct reason *) MUST_CHECK;
/* The file again, of one that is open, for somebody else to unseal. */
enum status deal_share_pass(const struct deal_share *,
    const unsigned char to[OPENING_BYTES], struct buf *out, struct reason *)
    MUST_CHECK;

/* The campaign's pair from COUNT open shares.  INVALID names the share that
 * does not go with the others: another campaign's, stale, given twice; or how
 * many are missing. */
enum status deal_join(const struct deal_share *, unsigned count,
    struct opening_pair **out, struct reason *) MUST_CHECK;

#endif
