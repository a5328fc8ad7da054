/* audit.h - recomputing a published log from its entries
 *
 *  A1  Every entry is one of entry.h; batches count 1, 2, 3 ...; a back entry
 *      takes back an earlier sign entry that none before it has taken back, and
 *      a batch it names stands before it; a sign entry has the commitment of an
 *      earlier one only when that was taken back with a batch before it, and so
 *      counts again.
 *  A2  Every tile is of the hashes of the entries, and they lead to the root of
 *      the checkpoint.  Tiles of earlier sizes that are still there begin those
 *      of today.
 *  A3  Counted is as the checkpoint says.
 *  A4  checkpoint.cosigned is of the same log at an earlier size or the same;
 *      every signature under both checkpoints is good and of the log or of one
 *      in witnesses.
 *  A5  batches is what the entries say of batches; every text has its own hash
 *      for its name.
 *
 * So a change of any byte of a published file is found, and FOUND is told where.
 * What it cannot find is a log that was made up as a whole and signed by its
 * keeper: that is what receipts, witnesses and remembered checkpoints are for
 * (marks).
 */
#ifndef TALLY_AUDIT_H
#define TALLY_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "tally/commitment.h"
#include "tally/cosignature.h"
#include "tally/entry.h"
#include "tally/folder.h"
#include "tally/merkle.h"

/* What the log was at an earlier size: to be compared with a checkpoint of that
 * size from elsewhere.  Not REACHED when the log is smaller. */
struct audit_mark {
	uint64_t size;
	bool reached;
	struct merkle_hash root;
	uint64_t counted;
};

#define AUDIT_MARKS 4

/* A checkpoint in the folder and the distinct witnesses who cosigned it. */
struct audit_cosigned {
	struct checkpoint at;
	struct cosignature by[FOLDER_WITNESSES_MAX];
	size_t count;
};

struct audit {
	/* asked: zeroed means nothing */
	struct audit_mark marks[AUDIT_MARKS];
	size_t mark_count;
	const unsigned char *commitment;        /* to be looked for */

	/* told */
	void (*found)(void *context, const char *what);         /* wrong */
	void (*noticed)(void *context, const char *what);       /* not wrong */
	void (*progress)(void *context, uint64_t done, uint64_t total);
	void *context;

	/* answered */
	uint64_t signs, counted, backs[BACK_REASONS], batches;
	bool stands;            /* a sign entry with the commitment, ... */
	uint64_t leaf;          /* ... this one (the last), ... */
	bool taken;             /* ... which was taken back ... */
	struct entry back;      /* ... by this entry ... */
	uint64_t back_at;       /* ... at this index */
	struct audit_cosigned cosigned[2];      /* the newest, that with the most */
	size_t cosigned_count;  /* of these; the second may be missing */
	size_t wrong;           /* how many times FOUND was told */
};

/* OK when nothing was wrong, DENIED when something was (FOUND has been told of
 * it), TEMPFAIL when the folder could not be read to its end. */
enum status audit_folder(struct folder *, struct audit *, struct reason *)
    MUST_CHECK;

#endif
