/* seen.h - the last checkpoint of a log that somebody has seen, in a file
 *
 * The log's public key (vkey.h) in a line, an empty line, and the checkpoint's
 * note.  A log that once was larger, or otherwise, is told from it: who keeps
 * such a file cannot be shown a shortened or forked log without noticing.
 */
#ifndef TALLY_SEEN_H
#define TALLY_SEEN_H

#include "base/status.h"
#include "tally/checkpoint.h"
#include "tally/vkey.h"

struct seen {
	struct vkey log;
	struct checkpoint at;   /* signed by LOG, which was checked */
};

/* NOT_FOUND when there is no file; INVALID when it is damaged. */
enum status seen_read(struct seen *, const char *path, struct reason *)
    MUST_CHECK;
/* Whole or not at all, and lasting when it returns. */
enum status seen_write(const struct seen *, const char *path, struct reason *)
    MUST_CHECK;

#endif
