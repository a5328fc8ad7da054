/* parts.h - what of a signer is sealed to her campaign's opening key
 *
 * Address, name, city and comment are sealed apart from each other, so that a
 * new name takes the place of the old one though nobody here can read it, and
 * one of them can be forgotten alone.  Which there are, and how long they are
 * in steps of 64 octets, can be seen.
 *
 * A value is its parts in the order of their numbers; a part is
 *
 *	number (1 byte), of the data key (8), of octets (4), box (seal/box.h)
 *
 * with numbers in network order.  The box is bound to "undersigned part 1", a
 * NUL, the part's number (1), campaign (8) and row (16), its key is a data key
 * (seal/vault.h).
 */
#ifndef SEAL_PARTS_H
#define SEAL_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "seal/box.h"
#include "seal/keys.h"

struct buf;

/* Numbers are for ever. */
enum part { PART_ADDRESS, PART_NAME, PART_CITY, PART_COMMENT, PARTS };

#define PART_TEXT_MAX 16384     /* octets of one of them */
#define PARTS_MAX ((size_t)PARTS * (13 + BOX_CLOSED(PART_TEXT_MAX)))

struct parts {
	struct {
		int64_t key;            /* number of its data key */
		const void *box;        /* borrowed; len 0: there is none */
		size_t len;
	} part[PARTS];
};

/* LEN 0: none.  INVALID: damaged, and *OUT is none. */
enum status parts_read(struct parts *out, const void *value, size_t len)
    MUST_CHECK;
void parts_write(const struct parts *, struct buf *out);        /* appends */

/* Whom a part is of, and its key. */
struct part_place {
	const unsigned char *key;       /* BOX_KEY bytes */
	int64_t campaign;
	unsigned char row[HASH_BYTES];
};
/* Both append to OUT. */
void part_close(const struct part_place *, enum part, const char *text,
    struct buf *out);
enum status part_open(const struct part_place *, enum part, const void *box,
    size_t len, struct buf *out) MUST_CHECK;    /* DENIED */

/* Each TEXT that is not NULL, closed under data key number KEY, in place of what
 * the parts have.  They point into BOXES, which is empty before. */
void parts_close(const struct part_place *, int64_t key,
    const char *const text[PARTS], struct parts *, struct buf *boxes);

#endif
