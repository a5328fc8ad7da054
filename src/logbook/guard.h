/* guard.h - what a log signed last, beside the database
 *
 * STATE_DIR/tally-SLUG.checkpoint, the signed note.  It is replaced before a
 * checkpoint is stored or leaves the machine, and compared before anything is
 * appended or signed: so a database that was put back from an old copy is found
 * out.  A copy of the whole folder brings an old guard back too; that is for the
 * published files and the witnesses to find.
 */
#ifndef LOGBOOK_GUARD_H
#define LOGBOOK_GUARD_H

#include <stdint.h>

#include "base/status.h"
#include "store/tally.h"
#include "tally/checkpoint.h"

struct log;
struct vkey;

/* NOT_FOUND; INVALID when it is damaged or of another key. */
enum status guard_read(const char *state_dir, const char *slug,
    const struct vkey *, struct checkpoint *out, struct reason *) MUST_CHECK;
/* On the disk when it answers OK. */
enum status guard_write(const char *state_dir, const char *slug,
    const struct vkey *, const struct checkpoint *, struct reason *) MUST_CHECK;

/* Nothing was ever signed. */
enum status guard_remove(const char *state_dir, const char *slug,
    struct reason *) MUST_CHECK;

/* Does the log in the store begin with what has this SIZE and ROOT?  *STOP_OUT: why
 * it must stop, when a checkpoint of that was signed. */
enum status guard_begins(struct store *, const struct tally *, uint64_t size,
    const unsigned char root[MERKLE_BYTES], enum tally_stop *stop_out)
    MUST_CHECK;

/* Whether the log in the store begins with what was signed last, by the guard and
 * by the store itself: *STOP_OUT is why it must stop.  The status is the
 * store's. */
enum status guard_compare(struct store *, const char *state_dir,
    const char *slug, const struct tally *, enum tally_stop *stop_out)
    MUST_CHECK;

#endif
