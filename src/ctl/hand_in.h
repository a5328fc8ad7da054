/* hand_in.h - the list of signers, as it is handed in
 *
 * CSV with one line of heads.  export writes it from the database, open from a
 * sealed list; a row is the same in both.
 */
#ifndef CTL_HAND_IN_H
#define CTL_HAND_IN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct countries;

/* What she agreed to: since which day, of sharing with each organisation
 * ("nordic=2026-11-28 pamir=2026-12-01"). */
enum { HAND_IN_COUNT, HAND_IN_LIST, HAND_IN_UPDATES, HAND_IN_SHARE,
	HAND_IN_AGREED };

struct hand_in {
	int64_t number;                 /* 0: none */
	const char *name, *city, *comment, *address;    /* or NULL */
	const char *country;            /* "TJ", or "" */
	const char *language, *source, *state;
	int32_t day;
	bool hidden;
	const char *agreed[HAND_IN_AGREED];     /* or NULL */
};

void hand_in_heads(struct buf *);
void hand_in_row(struct buf *, const struct countries *, const struct hand_in *);

/* ---- where to ----------------------------------------------------------------- */

/* A list on its way to FILE (NULL: standard output): to a new file beside it,
 * that only its owner can read, and that takes the name when it is whole.  A list
 * that stops in the middle must not look like one. */
struct hand_in_file {
	const char *file;
	char *path;
	int fd;
	struct buf out;                 /* what is to be written */
};

/* Each answers 0, or the exit code after complaining. */
int hand_in_begin(struct hand_in_file *, const char *file);
int hand_in_write(struct hand_in_file *);       /* OUT, which is wiped */
/* CODE not 0: it is not whole, and goes; answers CODE then. */
int hand_in_end(struct hand_in_file *, int code);

#endif
