/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "tally/folder.h"

#define LINES_MAX 65536         /* bytes of witnesses */

struct folder {
	char *dir;
	struct vkey key;
	struct folder_note newest;
};

enum status
folder_file(const struct folder *f, const char *name, size_t max,
    struct buf *out, struct reason *why)
{
	char *path = mem_printf("%s/%s", f->dir, name);
	enum status st = buf_read_own_file(out, path, max, why);

	free(path);
	return st;
}

/* ---- key and checkpoints ---------------------------------------------------- */

/* The line that must be all of the file. */
static enum status
read_key(struct folder *f, struct reason *why)
{
	struct buf text = BUF_INIT;
	enum status st = folder_file(f, FOLDER_KEY, VKEY_TEXT, &text, why);

	if (st != OK) {
		st = INVALID;
	} else if (text.len == 0 || strlen(text.data) != text.len ||
	    text.data[text.len - 1] != '\n') {
		st = fail(why, INVALID, "%s/" FOLDER_KEY ": is not one line with a "
		    "public key", f->dir);
	} else {
		buf_cut(&text, text.len - 1);
		st = vkey_parse(&f->key, text.data, why);
		if (st == OK && f->key.type != VKEY_LOG)
			st = fail(why, INVALID, "it is the key of a witness");
		if (st != OK && why != NULL) {
			struct reason inner = *why;

			st = fail(why, st, "%s/" FOLDER_KEY ": %.400s", f->dir,
			    inner.text);
		}
	}
	buf_free(&text);
	return st;
}

void
folder_note_clear(struct folder_note *n)
{
	buf_free(&n->text);
	memset(&n->note, 0, sizeof n->note);
}

static enum status
read_note(const struct folder *f, const char *name, struct folder_note *out,
    struct reason *why)
{
	struct reason inner = { "" };
	enum status st;

	buf_init(&out->text);
	st = folder_file(f, name, NOTE_MAX, &out->text, why);
	if (st != OK)
		return st;
	st = checkpoint_read(&out->checkpoint, &out->note, out->text.data,
	    out->text.len, &f->key, &inner);
	return st == OK ? OK : fail(why, st, "%s/%s: %.400s", f->dir, name,
	    inner.text);
}

enum status
folder_cosigned(const struct folder *f, struct folder_note *out,
    struct reason *why)
{
	memset(out, 0, sizeof *out);
	return read_note(f, FOLDER_COSIGNED, out, why);
}

enum status
folder_open(struct folder **out, const char *dir, struct reason *why)
{
	struct folder *f = mem_alloc(sizeof *f);
	char *path = mem_printf("%s/" FOLDER_CHECKPOINT, dir);
	struct stat sb;
	enum status st;

	f->dir = mem_strdup(dir);
	buf_init(&f->newest.text);
	if (lstat(path, &sb) != 0 && (errno == ENOENT || errno == ENOTDIR))
		st = fail(why, NOT_FOUND, "%s: there is no published log: no "
		    "file " FOLDER_CHECKPOINT, dir);
	else
		st = read_key(f, why);
	if (st == OK)
		st = read_note(f, FOLDER_CHECKPOINT, &f->newest, why);
	free(path);
	*out = f;
	if (st != OK)
		folder_close(out);
	return st;
}

void
folder_close(struct folder **fp)
{
	struct folder *f = *fp;

	*fp = NULL;
	if (f == NULL)
		return;
	folder_note_clear(&f->newest);
	free(f->dir);
	free(f);
}

const char *
folder_dir(const struct folder *f)
{
	return f->dir;
}

const struct vkey *
folder_key(const struct folder *f)
{
	return &f->key;
}

const struct folder_note *
folder_newest(const struct folder *f)
{
	return &f->newest;
}

/* ---- witnesses -------------------------------------------------------------- */

static enum status
add_witness(struct vkey *all, size_t *count, const char *line,
    struct reason *why)
{
	struct vkey *k = &all[*count];
	size_t i;

	if (*count == FOLDER_WITNESSES_MAX)
		return fail(why, INVALID, "more than %d witnesses",
		    FOLDER_WITNESSES_MAX);
	if (vkey_parse(k, line, why) != OK)
		return INVALID;
	if (k->type != VKEY_WITNESS)
		return fail(why, INVALID, "the key of %s is not that of a witness",
		    k->name);
	for (i = 0; i < *count; i++)
		if (strcmp(all[i].name, k->name) == 0 ||
		    memcmp(all[i].key, k->key, sizeof k->key) == 0)
			return fail(why, INVALID, "%s and %s have one name or one "
			    "key", all[i].name, k->name);
	(*count)++;
	return OK;
}

enum status
folder_witnesses(const struct folder *f, struct vkey *out, size_t *count_out,
    struct reason *why)
{
	struct buf text = BUF_INIT;
	struct reason inner = { "" };
	enum status st;
	char *at, *eol;

	*count_out = 0;
	st = folder_file(f, FOLDER_WITNESSES, LINES_MAX, &text, why);
	for (at = text.data; st == OK && at < text.data + text.len;
	    at = eol + 1) {
		eol = memchr(at, '\n', (size_t)(text.data + text.len - at));
		if (eol == NULL) {
			st = fail(&inner, INVALID, "the last line has no end");
			break;
		}
		*eol = '\0';
		st = strlen(at) == (size_t)(eol - at) ?
		    add_witness(out, count_out, at, &inner) :
		    fail(&inner, INVALID, "it is no text");
	}
	if (st == INVALID && inner.text[0] != '\0')
		st = fail(why, INVALID, "%s/" FOLDER_WITNESSES ": line %zu: %.400s",
		    f->dir, *count_out + 1, inner.text);
	buf_free(&text);
	return st;
}

/* ---- tiles ------------------------------------------------------------------ */

/* How many bytes the first WIDTH hashes or entries have; 0 when there are not as
 * many, and when ALL is set and there are more. */
static size_t
length_of(int level, const struct buf *part, unsigned width, int all)
{
	const unsigned char *entry;
	size_t at = 0, len;
	unsigned i;

	if (level != TILE_ENTRIES) {
		at = (size_t)width * TILE_HASH;
		return part->len == at || (!all && part->len > at) ? at : 0;
	}
	for (i = 0; i < width; i++)
		if (tile_next_entry(part->data, part->len, &at, &entry, &len) !=
		    OK)
			return 0;
	return at == part->len || !all ? at : 0;
}

static enum status
read_part(const struct folder *f, int level, uint64_t index, unsigned file_width,
    unsigned width, struct buf *out, struct reason *why)
{
	struct buf path = BUF_INIT, part = BUF_INIT;
	enum status st;
	size_t len;

	tile_part_path(&path, level, index, file_width);
	st = folder_file(f, path.data, level == TILE_ENTRIES ? FOLDER_BUNDLE_MAX :
	    TILE_WIDTH * TILE_HASH, &part, why);
	if (st == LIMIT)
		st = INVALID;
	if (st == OK && length_of(level, &part, file_width, 1) == 0)
		st = fail(why, INVALID, "%s/%s: is cut short or too long: it does "
		    "not hold %u %s", f->dir, path.data, file_width,
		    level == TILE_ENTRIES ? "entries" : "hashes");
	len = st == OK ? length_of(level, &part, width, 0) : 0;
	buf_add(out, part.data, len);
	buf_free(&path);
	buf_free(&part);
	return st;
}

enum status
folder_part(const struct folder *f, int level, uint64_t index, unsigned width,
    struct buf *out, struct reason *why)
{
	struct reason inner, full;
	enum status st = read_part(f, level, index, width, width, out, &inner), st2;

	if (st == NOT_FOUND && width < TILE_WIDTH) {
		st2 = read_part(f, level, index, TILE_WIDTH, width, out, &full);
		if (st2 != NOT_FOUND) {
			st = st2;
			inner = full;
		}
	}
	return st == OK ? OK : fail(why, st, "%s", inner.text);
}

static enum status
get_part(void *context, int level, uint64_t index, unsigned width,
    struct buf *out)
{
	return folder_part(context, level, index, width, out, NULL);
}

void
folder_nodes(struct folder *f, uint64_t size, struct tile_reader *out)
{
	tile_reader_init(out, get_part, f, size);
}

/* ---- all that is there ------------------------------------------------------- */

static enum status
walk(FTS *fts, size_t skip, folder_see *see, void *context, struct reason *why)
{
	enum status st = OK;
	FTSENT *e;

	while (st == OK && (errno = 0, e = fts_read(fts)) != NULL) {
		if (e->fts_level > 0 && e->fts_name[0] == '.') {
			(void)fts_set(fts, e, FTS_SKIP);
			continue;
		}
		switch (e->fts_info) {
		case FTS_D: case FTS_DP:
			break;
		case FTS_DNR: case FTS_ERR: case FTS_NS:
			errno = e->fts_errno;
			return fail_errno(why, TEMPFAIL, "%s: cannot be read",
			    e->fts_path);
		default:
			st = see(context, e->fts_path + skip);
		}
	}
	if (st == OK && errno != 0)
		return fail_errno(why, TEMPFAIL, "the folder cannot be read");
	return st;
}

enum status
folder_walk(const struct folder *f, folder_see *see, void *context,
    struct reason *why)
{
	char *paths[] = { f->dir, NULL };
	size_t skip = strlen(f->dir);
	enum status st;
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW |
	    FTS_NOCHDIR, NULL);

	if (fts == NULL)
		return fail_errno(why, TEMPFAIL, "%s: cannot be read", f->dir);
	/* fts puts one slash behind a folder, be there one already or not */
	skip += skip > 0 && f->dir[skip - 1] == '/' ? 0 : 1;
	st = walk(fts, skip, see, context, why);
	(void)fts_close(fts);
	return st;
}

void
folder_text_name(const unsigned char hash[32], char out[FOLDER_TEXT_NAME])
{
	int i;

	for (i = 0; i < 32; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", hash[i]);
	memcpy(out + 64, ".md", 4);
}
