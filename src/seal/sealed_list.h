/* sealed_list.h - the list of signers, for who holds the opening key
 *
 * Lines of text.  The head:
 *
 *	undersigned sealed list 1
 *	campaign: (slug)
 *	number: (of the campaign in its database; parts are bound to it)
 *	made: (date, UTC)
 *	opening: (an opening key that data keys are sealed to), 1 to 8 times
 *	checksum: (8 bytes of BLAKE2b-256 over all lines before)
 *
 * and then numbered lines, fields parted by one blank:
 *
 *	N key NUMBER WHICH SEALED SUM
 *	N row NUMBER COUNTRY LANGUAGE SOURCE DATE STATE HIDDEN ROW PARTS
 *	    COUNTED LISTED UPDATES SHARED SUM (on the same line)
 *	N end ROWS SUM
 *
 * N counts from 1 without a gap.  A key line has a data key's number, which of the
 * opening keys it is sealed to (from 1), and its sealed form (seal/vault.h); it
 * stands before the first row that needs it.  A row has the signer's public number (0:
 * none), what is known of her in clear, HIDDEN as yes or no, the name of her row
 * (16 bytes), her parts (seal/parts.h) and what she agreed to, as four texts,
 * which lists of before that was kept do not have.  The end says how many rows
 * there were.  Binary values are base64 (URL alphabet, no padding).  In texts, blanks,
 * control characters and % are written %XX; a text that is empty, and parts of
 * which none are left, are "-".
 * SUM is 8 bytes of BLAKE2b-256 over that of the head (32 bytes) and the line up
 * to the blank before SUM: damage is found where it is, and a line that is
 * missing, twice, or of another list, too.
 */
#ifndef SEAL_SEALED_LIST_H
#define SEAL_SEALED_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "seal/digest.h"
#include "seal/keys.h"
#include "seal/vault.h"

struct arena;
struct buf;

#define SEALED_LIST_LINE (1u << 20)     /* octets of one line, at most */
#define SEALED_LIST_OPENINGS 8
#define SEALED_LIST_AGREED 4

struct sealed_list {            /* being written, or read; plain data */
	char slug[32];
	int64_t campaign;
	int32_t made;                   /* day */
	unsigned openings;
	unsigned char opening[SEALED_LIST_OPENINGS][OPENING_BYTES];
	unsigned char head[DIGEST_BYTES];
	int64_t lines, rows;            /* so far */
	int64_t faults;                 /* of those read */
	bool ended;
};

struct sealed_row {
	int64_t number;
	const char *country, *language, *source, *state;
	int32_t day;
	bool hidden;
	unsigned char row[HASH_BYTES];
	const void *parts;              /* len 0: none */
	size_t parts_len;
	const char *agreed[SEALED_LIST_AGREED];         /* as in the line */
};

/* ---- writing: each appends to OUT ------------------------------------------- */

/* Slug, campaign, made and openings are the caller's. */
void sealed_list_begin(struct sealed_list *, struct buf *out);
/* INVALID: it is sealed to none of the list's opening keys. */
enum status sealed_list_key(struct sealed_list *, const struct data_key *,
    struct buf *out) MUST_CHECK;
void sealed_list_row(struct sealed_list *, const struct sealed_row *,
    struct buf *out);
void sealed_list_end(struct sealed_list *, struct buf *out);

/* ---- reading ------------------------------------------------------------------ */

#define SEALED_LIST_HEAD (4 + SEALED_LIST_OPENINGS + 1) /* lines, at most */
#define SEALED_LIST_HEAD_END "checksum: "       /* its last line */

enum sealed_line { SEALED_KEY, SEALED_ROW, SEALED_END };

/* From its first lines.  INVALID: no such list, or its head is damaged. */
enum status sealed_list_open(struct sealed_list *, const char *head,
    struct reason *) MUST_CHECK;

/* The next line, without its end; is written over.  OK: *KIND says which of KEY
 * (its day is 0) or ROW has been set, texts in the arena or the line; there is a
 * reason when lines before it are missing, else it is empty.  INVALID: the line
 * is damaged, or there already, and the reason says which row it is; reading can
 * go on with the line after it. */
enum status sealed_list_next(struct sealed_list *, struct arena *, char *line,
    enum sealed_line *kind, struct data_key *key, struct sealed_row *row,
    struct reason *) MUST_CHECK;

#endif
