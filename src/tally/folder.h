/* folder.h - a log as it is published: files that any web server serves
 *
 *     checkpoint              the newest; with cosignatures, if it has some
 *     checkpoint.cosigned     the newest of those with the most cosignatures
 *     key                     the log's public key (vkey.h), one line
 *     witnesses               public keys of those who cosign, a line each
 *     batches                 "N DAY COUNT WORDS" a line, of every batch
 *     texts/HEX.md            what was signed; HEX is its SHA-256
 *     tile/L/N[.p/W]          hashes (tile.h)
 *     tile/entries/N[.p/W]    entries
 *
 * This is the layout of C2SP tlog-tiles, and four files more.  Everything here
 * is a stranger's: files are plain and bounded, one that is a link is not read, and
 * what is read is believed only as far as it leads to a root that is signed.
 */
#ifndef TALLY_FOLDER_H
#define TALLY_FOLDER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"
#include "tally/checkpoint.h"
#include "tally/note.h"
#include "tally/tile.h"
#include "tally/vkey.h"

#define FOLDER_CHECKPOINT "checkpoint"
#define FOLDER_COSIGNED "checkpoint.cosigned"
#define FOLDER_KEY "key"
#define FOLDER_WITNESSES "witnesses"
#define FOLDER_BATCHES "batches"
#define FOLDER_TEXTS "texts"
#define FOLDER_TEXT_NAME 68     /* room for HEX.md, with NUL */

#define FOLDER_WITNESSES_MAX 48
#define FOLDER_BUNDLE_MAX 66048 /* bytes: 256 entries of entry.h */
#define FOLDER_TEXT_MAX 1048576

/* A file with a checkpoint in it.  The note borrows the text. */
struct folder_note {
	struct buf text;
	struct note note;
	struct checkpoint checkpoint;
};
void folder_note_clear(struct folder_note *);

struct folder;

/* Reads the key and the checkpoint, and checks that the one signed the other.
 * NOT_FOUND when there is no checkpoint; INVALID when there is no key, or one of
 * both is damaged; DENIED when it is not signed by that key. */
enum status folder_open(struct folder **out, const char *dir, struct reason *)
    MUST_CHECK;
void folder_close(struct folder **);

/* Borrowed. */
const char *folder_dir(const struct folder *);
const struct vkey *folder_key(const struct folder *);
const struct folder_note *folder_newest(const struct folder *);

/* checkpoint.cosigned; NOT_FOUND when there is none, else as folder_open.  To
 * be cleared in any case. */
enum status folder_cosigned(const struct folder *, struct folder_note *out,
    struct reason *) MUST_CHECK;

/* ROOM at least FOLDER_WITNESSES_MAX.  INVALID when a line is no key of a
 * witness, or two have the same name or key; NOT_FOUND when there is no file. */
enum status folder_witnesses(const struct folder *, struct vkey *out,
    size_t *count_out, struct reason *) MUST_CHECK;

/* Any of the small files, by its name; appends.  NOT_FOUND, LIMIT, ... */
enum status folder_file(const struct folder *, const char *name, size_t max,
    struct buf *out, struct reason *) MUST_CHECK;

/* Appends the first WIDTH hashes of a tile or the first WIDTH entries of a
 * bundle (LEVEL TILE_ENTRIES): from the file of that width or, once there is one,
 * the full one.  INVALID when a file has not as many as its name says. */
enum status folder_part(const struct folder *, int level, uint64_t index,
    unsigned width, struct buf *out, struct reason *) MUST_CHECK;

/* A reader for tile_node (tile.h) of the log at SIZE, which is not over that of
 * its checkpoint; to be cleared with tile_reader_clear, before the folder. */
void folder_nodes(struct folder *, uint64_t size, struct tile_reader *out);

/* Calls SEE for every file, with its path within the folder, until it answers
 * something else than OK.  Names that begin with a dot are left out. */
typedef enum status folder_see(void *context, const char *path);
enum status folder_walk(const struct folder *, folder_see *, void *context,
    struct reason *) MUST_CHECK;

/* HEX.md of a text's SHA-256. */
void folder_text_name(const unsigned char hash[32], char out[FOLDER_TEXT_NAME]);

#endif
