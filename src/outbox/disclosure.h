/* disclosure.h - which counts may be said in public
 *
 * A cell is the people of one country (language, source, day).  Numbers below
 * DISCLOSURE_LEAST single people out, so they are told as "<10" only.  Whoever
 * reads has more than the cells: the exact total, which the tally publishes, and
 * what was said before.  So:
 *
 *  D1  Taking the other cells from the total leaves, for each "<10", at least
 *      DISCLOSURE_RANGE numbers that it may be; other cells are told as "10+"
 *      until that holds.  Where even that does not do, no cell is told.
 *  D2  A number that was told stays until its cell has changed by
 *      DISCLOSURE_LEAST, also when it is not told for a while, so that the
 *      difference of two days is never about fewer people.
 *  D3  Nothing new is told before DISCLOSURE_LEAST people in all have come
 *      or gone: the moment when a cell first appears, or changes, is shared
 *      with them (outbox/public.h keeps this one).
 *
 *  D4  Of a cell of which no number is told none is kept either: what was there
 *      is not left behind when somebody is forgotten (public.h).
 *
 * Pure reckoning; the same cells always give the same answer.
 */
#ifndef PETITION_DISCLOSURE_H
#define PETITION_DISCLOSURE_H

#include <stddef.h>
#include <stdint.h>

#define DISCLOSURE_LEAST 10
#define DISCLOSURE_RANGE 5

/* What is said of a cell: a number, or one of these. */
#define DISCLOSURE_FEWER (-1)   /* "<10" */
#define DISCLOSURE_MORE (-2)    /* "10+" */
#define DISCLOSURE_NOTHING (-3) /* the cell itself is not told */

struct disclosure {
	int64_t n;              /* people in it: at least 1 */
	int64_t told;           /* the last number said of it; 0: none.  Updated */
	int64_t shown;          /* out: what to say now */
};

void disclosure_decide(struct disclosure *, size_t count);

/* "23", "<10", "10+", ""; OUT holds at least 24 bytes. */
void disclosure_text(int64_t shown, char out[24]);

#endif
