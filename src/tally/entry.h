/* entry.h - what one leaf of the tally says
 *
 *     sign COMMITMENT             one confirmed signature (commitment.h)
 *     back INDEX REASON           takes the sign entry at INDEX back:
 *         withdrawn               she asked for it
 *         erased                  she asked to be forgotten
 *       or staff did, with batch N, which stands before it, because
 *         fraud N                 it is false
 *         duplicate N             the same person had signed already
 *         unreachable N           her address never worked
 *     batch N DAY WORDS           staff took a batch out on DAY, and why, for
 *                                 the public; N counts 1, 2, 3 ...
 *
 * One line of text without its end; the leaf's hash is merkle_leaf over it.
 * Counted are the sign entries less the back entries.  An index is that of an
 * earlier sign entry which nothing has taken back before (tally/audit.h looks
 * at that; here is only what one line must be).
 */
#ifndef TALLY_ENTRY_H
#define TALLY_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "tally/commitment.h"

struct buf;

#define ENTRY_WORDS 200         /* bytes of a batch's WORDS */
#define ENTRY_MAX 256           /* bytes of any entry */

enum entry_kind { ENTRY_SIGN, ENTRY_BACK, ENTRY_BATCH };

/* The order is no part of any format. */
enum entry_reason {
	BACK_WITHDRAWN, BACK_DUPLICATE, BACK_UNREACHABLE, BACK_ERASED,
	BACK_FRAUD, BACK_REASONS
};

struct entry {
	enum entry_kind kind;
	unsigned char commitment[COMMITMENT_BYTES];     /* sign */
	uint64_t index;                                 /* back */
	enum entry_reason reason;                       /* back */
	uint64_t batch;         /* batch; back, if entry_has_batch; from 1 */
	int32_t day;            /* batch: days since 1970 */
	char words[ENTRY_WORDS + 1];    /* batch: UTF-8, one line, not empty */
};

/* The word in an entry: "withdrawn". */
const char *entry_reason_word(enum entry_reason);
/* Does it name a batch?  Then it can be undone: the commitment may come again. */
bool entry_has_batch(enum entry_reason);

/* Appends the text.  INVALID, and nothing added, when it would be none that
 * entry_parse takes: WORDS empty, too long, not UTF-8, with control characters
 * or blanks at the ends; a number too large; batch 0. */
enum status entry_add(struct buf *, const struct entry *) MUST_CHECK;

/* INVALID for everything that entry_add would not have made. */
enum status entry_parse(struct entry *, const void *text, size_t len)
    MUST_CHECK;

#endif
