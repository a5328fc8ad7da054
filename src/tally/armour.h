/* armour.h - small records in blocks of text that survive mail programs
 *
 *     -----BEGIN UNDERSIGNED RECEIPT-----
 *     origin: petitions.example.org/manuchehr
 *     nonce: ...
 *     check: ...
 *     -----END UNDERSIGNED RECEIPT-----
 *
 * ASCII, lines of at most 70 characters; what is longer goes on in lines that
 * begin with a blank.  The record itself is its canonical text, "undersigned
 * KIND v1\n" and "NAME: VALUE\n" for each field, in a fixed order; check is the
 * first 8 bytes of its SHA-256, so that damage on the way is told from forgery.
 * Values hold no blanks and none of < > | [ ]: so blanks, ends of lines and quote
 * marks may come and go, lines may be joined and broken, and links that a mail
 * program puts behind a word (<mailto:...>, <http...>, [mailto:...]) be dropped.
 * Numbers are decimal (decimal.h), bytes base64 of the URL alphabet; text of
 * other characters than A-Z a-z 0-9 . _ @ / + - is "base64:" and its bytes.
 */
#ifndef TALLY_ARMOUR_H
#define TALLY_ARMOUR_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"

struct checkpoint;
struct merkle_proof;
struct vkey;

#define ARMOUR_MAX 16384        /* bytes of a canonical text */

struct armour {
	struct buf text;        /* canonical */
	size_t at;              /* of the next field to be taken */
};

/* ---- writing: begin, add all fields, write ---------------------------------- */

/* KIND is in lower-case letters; a word is one of ours, written as it is. */
void armour_begin(struct armour *, const char *kind);
void armour_add_text(struct armour *, const char *name, const char *);
void armour_add_word(struct armour *, const char *name, const char *);
void armour_add_bytes(struct armour *, const char *name, const void *, size_t);
void armour_add_number(struct armour *, const char *name, uint64_t);
/* The block, with its ends of lines; appends. */
void armour_write(const struct armour *, struct buf *out);

/* ---- reading: read, take all fields, done ----------------------------------- */

/* Finds the first good block of KIND in TEXT, which may be a whole mail, quoted
 * or not.  NOT_FOUND when there is none; INVALID when the last is cut or its check
 * does not fit. */
enum status armour_read(struct armour *, const char *kind, const char *text,
    size_t len, struct reason *) MUST_CHECK;
/* The next field, if it has this name: else NOT_FOUND and nothing taken.  INVALID
 * when its value is not what it must be, ROOM too small. */
enum status armour_take_text(struct armour *, const char *name, char *out,
    size_t room) MUST_CHECK;
enum status armour_take_word(struct armour *, const char *name, char *out,
    size_t room) MUST_CHECK;
enum status armour_take_bytes(struct armour *, const char *name, void *out,
    size_t want) MUST_CHECK;
enum status armour_take_number(struct armour *, const char *name,
    uint64_t *out) MUST_CHECK;
/* OK when all fields were taken. */
enum status armour_done(const struct armour *) MUST_CHECK;

void armour_free(struct armour *);      /* wipes it */

/* ---- groups of fields that several records have ------------------------------ */

/* size, counted and root. */
void armour_add_head(struct armour *, const struct checkpoint *);
enum status armour_take_head(struct armour *, struct checkpoint *) MUST_CHECK;
/* proof, as many as there are. */
void armour_add_proof(struct armour *, const struct merkle_proof *);
enum status armour_take_proof(struct armour *, struct merkle_proof *) MUST_CHECK;
/* Field NAME with the key's name, and key with its type and bytes. */
void armour_add_vkey(struct armour *, const char *name, const struct vkey *);
enum status armour_take_vkey(struct armour *, const char *name, struct vkey *)
    MUST_CHECK;

#endif
