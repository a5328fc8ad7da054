/* publish.h - writing a log to a folder that any web server serves
 *
 *  P1  What is there is gone on with: only what is new since the checkpoint in
 *      the folder is written, and what is missing.
 *  P2  A folder is never given another log, a shorter one or a fork: its own
 *      checkpoint must be signed by the same key and begin the one to be written.
 *  P3  Every file gets its name when it is on the disk, and the checkpoint comes
 *      when all that it needs is there, so that the folder is at any moment that
 *      of one checkpoint or the next.  (For a moment the lists are ahead of it;
 *      checkpoint.cosigned comes behind it, since it may be older but not newer.)
 *
 * Partial tiles of earlier sizes stay, as C2SP tlog-tiles demands, until the full
 * tile is there.  Files can be read by everybody (0644), folders entered (0755).
 * Sets the umask while it works: for programs of one thread.
 */
#ifndef TALLY_PUBLISH_H
#define TALLY_PUBLISH_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "tally/tile.h"
#include "tally/vkey.h"

struct publish_batch {
	uint64_t number;
	int32_t day;
	uint64_t count;         /* back entries that name it */
	const char *words;
};

struct publish_text {
	unsigned char hash[32]; /* SHA-256 of it */
	const void *body;
	size_t len;
};

/* Everything is borrowed for the time of the call. */
struct publish {
	const struct vkey *log;
	const char *checkpoint;         /* a note with all its cosignatures */
	const char *cosigned;           /* the same, or NULL: none yet */
	const struct vkey *witnesses;
	size_t witness_count;
	const struct publish_batch *batches;    /* by number, from 1 */
	size_t batch_count;
	const struct publish_text *texts;
	size_t text_count;
	tile_get *get;                  /* the log's tiles and bundles */
	void (*progress)(void *context, uint64_t done, uint64_t total);
	void *context;                  /* of both; progress may be NULL */
};

/* What it did, for a line to staff. */
struct publish_done {
	uint64_t was, is;               /* sizes */
	uint64_t files;                 /* written */
};

/* Makes DIR if it is not there (its parent must be).  DENIED: P2, nothing has
 * been written; INVALID: what is to be published is not in itself right; AGAIN:
 * another publishing is at work there; else what a file answered, and what GET
 * answered. */
enum status publish_folder(const char *dir, const struct publish *,
    struct publish_done *, struct reason *) MUST_CHECK;

#endif
