/* vkey.h - public keys by name, as C2SP signed-note writes them
 *
 *     NAME+hex(id, 4 bytes)+base64(type, 1 byte || key, 32 bytes)
 *     id = SHA-256(NAME || "\n" || type || key), its first 4 bytes
 *
 * Every letter of the text counts: the id covers name, type and key, and only
 * the one spelling is read.
 */
#ifndef TALLY_VKEY_H
#define TALLY_VKEY_H

#include "base/status.h"
#include "seal/sign.h"

struct buf;

#define VKEY_NAME 256           /* room for a name, with NUL */
#define VKEY_ID 4
#define VKEY_TEXT 320           /* room for the text, with NUL */

enum vkey_type {
	VKEY_LOG = 0x01,        /* Ed25519 over a note's text */
	VKEY_WITNESS = 0x04     /* timed Ed25519 cosignature (tlog-cosignature) */
};

struct vkey {
	char name[VKEY_NAME];
	enum vkey_type type;
	unsigned char id[VKEY_ID];
	unsigned char key[SIGN_PUBLIC_BYTES];
};

/* INVALID when NAME is none: empty, over 200 bytes, not UTF-8, or with blanks,
 * plus signs or characters that cannot be seen. */
enum status vkey_make(struct vkey *, enum vkey_type, const char *name,
    const unsigned char key[SIGN_PUBLIC_BYTES]) MUST_CHECK;

/* One line without its end.  INVALID; the reason says what is wrong with it. */
enum status vkey_parse(struct vkey *, const char *text, struct reason *)
    MUST_CHECK;
void vkey_add(struct buf *, const struct vkey *);

/* The same name, type and key. */
int vkey_same(const struct vkey *, const struct vkey *);

#endif
