/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"
#include "logbook/guard.h"
#include "logbook/logbook.h"
#include "logbook/tree.h"

#define MODE 0600

static char *
path_of(const char *state_dir, const char *slug)
{
	return mem_printf("%s/tally-%s.checkpoint", state_dir, slug);
}

enum status
guard_read(const char *state_dir, const char *slug, const struct vkey *key,
    struct checkpoint *out, struct reason *why)
{
	char *path = path_of(state_dir, slug);
	struct buf text = BUF_INIT;
	struct note note;
	enum status st = buf_read_own_file(&text, path, NOTE_MAX, why);

	if (st == OK)
		st = checkpoint_read(out, &note, text.data, text.len, key, why);
	else if (st == LIMIT)
		st = fail(why, INVALID, "%s: too long", path);
	if (st == DENIED)
		st = INVALID;
	buf_free(&text);
	free(path);
	return st;
}

enum status
guard_write(const char *state_dir, const char *slug, const struct vkey *key,
    const struct checkpoint *c, struct reason *why)
{
	char *path = path_of(state_dir, slug);
	struct buf text = BUF_INIT;
	enum status st;

	checkpoint_add_note(&text, c, key);
	st = file_replace(path, text.data, text.len, MODE, why);
	buf_free(&text);
	free(path);
	return st;
}

enum status
guard_remove(const char *state_dir, const char *slug, struct reason *why)
{
	char *path = path_of(state_dir, slug);
	enum status st = OK;

	if (unlink(path) != 0 && errno != ENOENT)
		st = fail_errno(why, TEMPFAIL, "%s: cannot be removed", path);
	free(path);
	return st;
}

/* ---- comparing ------------------------------------------------------------------ */

static enum status
begins(struct tree *tree, uint64_t size, const void *root, bool *begins_out)
{
	struct merkle_hash mine;
	enum status st = tree_root(tree, size, &mine);

	*begins_out = st == OK && memcmp(mine.bytes, root, MERKLE_BYTES) == 0;
	return st;
}

enum status
guard_begins(struct store *store, const struct tally *t, uint64_t size,
    const unsigned char root[MERKLE_BYTES], enum tally_stop *stop_out)
{
	struct tree tree;
	enum status st;
	bool same;

	*stop_out = size > (uint64_t)t->size ? TALLY_BEHIND : TALLY_GOES_ON;
	if (*stop_out != TALLY_GOES_ON)
		return OK;
	tree_open(&tree, store, t->campaign, (uint64_t)t->size);
	st = begins(&tree, size, root, &same);
	if (st == OK && !same)
		*stop_out = TALLY_FORKED;
	tree_close(&tree);
	return st;
}

enum status
guard_compare(struct store *store, const char *state_dir, const char *slug,
    const struct tally *t, enum tally_stop *stop_out)
{
	struct tally_signed last;
	struct checkpoint c;
	struct reason why = { "" };
	struct vkey key;
	enum status st = store_signed_of(store, t->campaign, -1, &last), file;

	*stop_out = TALLY_GOES_ON;
	if (st != OK && st != NOT_FOUND)
		return st;
	file = logbook_vkey(t, &key);
	if (file == OK)
		file = guard_read(state_dir, slug, &key, &c, &why);
	if (file == OK) {
		file = guard_begins(store, t, c.size, c.root.bytes, stop_out);
		if (file == OK && st == OK && *stop_out == TALLY_GOES_ON)
			file = guard_begins(store, t, (uint64_t)last.size,
			    last.root, stop_out);
		return file;
	}
	if (file == NOT_FOUND && st == NOT_FOUND)
		return OK;              /* nothing was ever signed */
	if (file != NOT_FOUND && file != INVALID)
		return file;            /* it cannot be read just now */
	log_warnx("campaign=%s tally=unguarded %s", slug, file == NOT_FOUND ?
	    "the file with its last checkpoint is gone" : why.text);
	*stop_out = TALLY_UNGUARDED;
	return OK;
}
