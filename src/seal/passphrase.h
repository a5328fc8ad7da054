/* passphrase.h - a secret in a file of lines, under a passphrase
 *
 * After lines of the caller's, the head, come "work: " with the passes and bytes
 * of memory of Argon2id, "salt: ", "sealed: " (both base64), "end".  Sealed is nonce
 * and XChaCha20-Poly1305 of the secret, under the key that Argon2id (libsodium's
 * crypto_pwhash, version 1.3) makes of passphrase and salt, bound to head, work
 * and salt.
 */
#ifndef SEAL_PASSPHRASE_H
#define SEAL_PASSPHRASE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct buf;

#define PASSPHRASE_MAX 1024
#define PASSPHRASE_SECRET 64            /* bytes, at most */

/* How hard a passphrase is to try. */
struct passphrase_work {
	uint64_t passes, memory;
};
extern const struct passphrase_work passphrase_usual;   /* 256 MiB, 3 passes */

/* Appends all of the file.  TEMPFAIL when there is not memory enough. */
enum status passphrase_seal(const char *head, const void *secret, size_t len,
    const char *passphrase, const struct passphrase_work *, struct buf *out,
    struct reason *) MUST_CHECK;

/* REST is what follows the head.  INVALID when it is cut short or damaged. */
enum status passphrase_check(const char *rest, size_t len, struct reason *)
    MUST_CHECK;
/* HEAD is written anew by the caller, so that an end of line that was changed on
 * the way does not matter.  SECRET is locked memory for LEN bytes.  DENIED for
 * the wrong passphrase, or a file changed by somebody. */
enum status passphrase_open(const char *head, const char *rest,
    const char *passphrase, void *secret, size_t len, struct reason *)
    MUST_CHECK;

#endif
