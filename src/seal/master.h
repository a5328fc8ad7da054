/* master.h - the master key by itself: made, and kept under a passphrase
 *
 * A locked server keeps its master key in a file of lines: "undersigned master
 * key 1", then the key as in passphrase.h.  Whoever has only the file has
 * nothing.  The staff command opens it; the daemon never sees the passphrase.
 */
#ifndef SEAL_MASTER_H
#define SEAL_MASTER_H

#include "base/status.h"
#include "seal/keys.h"
#include "seal/passphrase.h"

struct buf;

/* KEY_BYTES of locked memory. */
unsigned char *master_new(void);                /* random */
void master_free(unsigned char **);             /* wipes it; NULL is fine */

/* From a key file as of keys_create, with the same conditions. */
enum status master_read(const char *path, unsigned char **out, struct reason *)
    MUST_CHECK;

/* The text of a file; appends to OUT. */
enum status master_lock(const unsigned char *master, const char *passphrase,
    const struct passphrase_work *, struct buf *out, struct reason *)
    MUST_CHECK;
/* DENIED for the wrong passphrase, INVALID for what is no such file. */
enum status master_unlock(const char *text, const char *passphrase,
    unsigned char **out, struct reason *) MUST_CHECK;

#endif
