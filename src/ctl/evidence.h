/* evidence.h - what verify and witness are given: saved mails and public keys
 *
 * Nothing here needs a configuration, a store or a key.
 */
#ifndef CTL_EVIDENCE_H
#define CTL_EVIDENCE_H

#include <stddef.h>

#include "base/status.h"

struct buf;
struct ctl;
struct vkey;

/* Reads one kind of block out of a text; answers as armour_read does. */
typedef enum status evidence_read(void *out, const char *text, size_t len,
    struct reason *);

/* All of a file, or of standard input when PATH is NULL or "-".  0, or the exit
 * code after complaining. */
int evidence_load(const char *path, struct buf *out);
/* Looks for a block in TEXT as it is and, when there is none, in what TEXT says
 * if it is a saved mail (undoing base64 and quoted-printable). */
enum status evidence_find(const struct buf *text, evidence_read *, void *out,
    struct reason *) MUST_CHECK;

/* The public keys in the value of an option: a key itself, or the name of a file
 * with one or more, a line each.  Appends to KEYS, which has room for ROOM.  0, or
 * the exit code after complaining. */
int evidence_keys(const char *option, const char *value, struct vkey *keys,
    size_t room, size_t *count);

#endif
