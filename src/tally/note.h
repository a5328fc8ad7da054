/* note.h - signed notes (C2SP signed-note)
 *
 * A text of lines, an empty line, and lines "- NAME base64(id || signature)"
 * that begin with an em dash (U+2014), not the hyphen written here.  Who made a
 * signature is told by name and id together; those of unknown keys are to be
 * passed over, and one of a known key must be good.
 */
#ifndef TALLY_NOTE_H
#define TALLY_NOTE_H

#include <stddef.h>

#include "base/status.h"
#include "tally/vkey.h"

struct buf;

#define NOTE_MAX 65536          /* bytes of a note that is read */
#define NOTE_SIGNATURES 64

/* One signature line, its parts borrowed from the note. */
struct note_line {
	const char *name, *base64;
	size_t name_len, base64_len;
};

struct note {
	const char *text;       /* with the last line's end; borrowed */
	size_t text_len;
	struct note_line lines[NOTE_SIGNATURES];
	size_t count;
};

/* Borrows TEXT.  INVALID when it is no note: not UTF-8, with control characters,
 * without signature, with a signature line that is none, too long. */
enum status note_parse(struct note *, const char *text, size_t len,
    struct reason *) MUST_CHECK;

/* Whether line I is by this key, as name and id say. */
int note_is_by(const struct note *, size_t i, const struct vkey *);

/* What follows the id in line I: LEN bytes, no more, no less, else INVALID. */
enum status note_signature(const struct note *, size_t i, unsigned char *out,
    size_t len) MUST_CHECK;

/* Appends a signature line. */
void note_add_line(struct buf *, const struct vkey *,
    const unsigned char *signature, size_t len);

#endif
