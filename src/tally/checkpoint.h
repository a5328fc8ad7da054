/* checkpoint.h - what a log says of itself at a size (C2SP tlog-checkpoint)
 *
 *     ORIGIN                  petitions.example.org/manuchehr; the log's key has
 *                             the same name
 *     SIZE                    entries of all kinds
 *     base64(root)            of RFC 6962
 *     counted N               sign entries less back entries
 *
 * and a signature over these four lines, all in one signed note.  A log must
 * never sign two checkpoints of which neither's entries begin the other's.
 */
#ifndef TALLY_CHECKPOINT_H
#define TALLY_CHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "seal/sign.h"
#include "tally/merkle.h"
#include "tally/note.h"
#include "tally/vkey.h"

struct buf;

struct checkpoint {
	char origin[VKEY_NAME];
	uint64_t size, counted;
	struct merkle_hash root;
	unsigned char signature[SIGN_SIGNATURE_BYTES];
};

/* The four lines, which are what is signed.  Appends. */
void checkpoint_add_body(struct buf *, const struct checkpoint *);

/* Fills in the signature.  Needs seal_init (seal/keys.h). */
void checkpoint_sign(struct checkpoint *, const struct sign_pair *);

/* OK; DENIED when LOG has another name than the origin or did not sign it. */
enum status checkpoint_check(const struct checkpoint *, const struct vkey *log)
    MUST_CHECK;

/* The note with the log's signature; cosignatures may be appended to it. */
void checkpoint_add_note(struct buf *, const struct checkpoint *,
    const struct vkey *log);

/* Reads a note and checks LOG's signature (all of them, if there are several).
 * NOTE, for those who look at cosignatures, borrows TEXT.  INVALID when it is no
 * such note; DENIED when it is of another log or LOG did not sign it. */
enum status checkpoint_read(struct checkpoint *, struct note *,
    const char *text, size_t len, const struct vkey *log, struct reason *)
    MUST_CHECK;

#endif
