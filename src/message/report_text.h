/* report_text.h - a notice of non-delivery in words, and the codes in it
 *
 * For report.c.  One pass over the lines; what a line may be is in the tables
 * of report_words.c.
 */
#ifndef MESSAGE_REPORT_TEXT_H
#define MESSAGE_REPORT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "message/report.h"

struct arena;
struct buf;

#define NOTICE_MAX (64 * 1024)  /* octets read */
#define NOTICE_OWN 8

struct notice {
	const char *text;       /* UTF-8, LF ends a line; no mail returned in it */
	size_t len;
	const char *subject;
	bool bounce;            /* known to be about mail that did not arrive */
	/* who wrote the notice and to whom: recipients at last resort only */
	const char *own[NOTICE_OWN];
	size_t owns;
};

/* Where the mail that is returned begins in TEXT, or LEN. */
size_t notice_end(const char *text, size_t len);

/* How sure it is who is meant. */
enum sureness {
	SURE_NOT,
	SURE_MENTIONED,         /* an address is somewhere in the text */
	SURE_REASONED,          /* beside a reason, or in a dialogue */
	SURE_SAID,              /* in a sentence that tells of the failure */
	SURE_LISTED             /* below one */
};

/* Fills kind, fate and recipients of OUT, which has none.  REPORT_NONE when
 * the text does not tell of a failure or a delay. */
enum sureness notice_read(struct report *out, struct arena *, const struct notice *);

/* The next address in AT..END; false when there is none. */
struct found {
	const char *at;
	size_t len;
};
bool notice_address(struct found *out, const char *at, const char *end);

/* Add an address to OUT unless it is there; gives its place, or NULL when it
 * is none or there is no room. */
struct report_recipient *notice_add(struct report *out, struct arena *,
    const char *address, size_t len);

/* Codes in TEXT, which stay what they are where R has them already. */
void notice_codes(struct report_recipient *r, const char *text, size_t len);

/* The table: what the codes of R and the words of TEXT (folded) amount to, for
 * mail that was given up. */
enum fate notice_fate(const struct report_recipient *r, const char *text);

/* Codes, fate and diagnostic of R by what is said of it; a graver fate stays. */
void notice_judge(struct report_recipient *r, struct arena *, const char *text,
    size_t len);

/* All of TEXT as by fold_line, on one run; the buffer is cleared first. */
void notice_fold(struct buf *out, const char *text, size_t len);

#endif
