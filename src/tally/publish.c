/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "tally/checkpoint.h"
#include "tally/folder.h"
#include "tally/publish.h"

#define FILE_MODE 0644
#define FOLDER_MODE 0755

struct work {
	const struct publish *p;
	const char *dir;
	int top;                        /* DIR, locked */
	struct checkpoint is, was;      /* was.size 0: nothing published yet */
	struct buf path;                /* of the folder that is open, within DIR */
	int folder;                     /* it; -1: none */
	bool changed;                   /* it has names that are not synced */
	struct publish_done *done;
	struct reason *why;
};

/* ---- folders within DIR ------------------------------------------------------- */

static enum status
trouble(struct work *w, const char *path, const char *what)
{
	return fail_errno(w->why, errno == ENOSPC || errno == EDQUOT ? FULL :
	    errno == EACCES || errno == EPERM || errno == EROFS ? DENIED :
	    TEMPFAIL, "%s/%s: %s", w->dir, path, what);
}

/* New names in the folder that is open become lasting; closes it. */
static enum status
leave_folder(struct work *w)
{
	enum status st = OK;

	if (w->folder >= 0 && w->changed && fsync(w->folder) != 0)
		st = trouble(w, w->path.data, "cannot be synced");
	if (w->folder >= 0)
		(void)close(w->folder);
	w->folder = -1;
	w->changed = false;
	buf_clear(&w->path);
	return st;
}

/* One step down from PARENT, which is closed; the folder is made if need be.  A
 * link in the place of a folder leads nowhere. */
static int
step(int parent, const char *name)
{
	int fd, made = mkdirat(parent, name, FOLDER_MODE) == 0, saved;

	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && made && fsync(parent) != 0) {
		saved = errno;
		(void)close(fd);
		errno = saved;
		fd = -1;
	}
	saved = errno;
	(void)close(parent);
	errno = saved;
	return fd;
}

/* PATH without the file's name: "" is DIR. */
static enum status
enter_folder(struct work *w, const char *path, size_t len)
{
	enum status st;
	char name[32];
	size_t n;
	int fd;

	if (w->folder >= 0 && w->path.len == len &&
	    memcmp(w->path.data, path, len) == 0)
		return OK;
	st = leave_folder(w);
	if (st != OK)
		return st;
	buf_add(&w->path, path, len);
	for (fd = fcntl(w->top, F_DUPFD_CLOEXEC, 0); fd >= 0 && len > 0;
	    path += n, len -= n) {
		n = (size_t)((const char *)memchr(path, '/', len) - path);
		(void)snprintf(name, sizeof name, "%.*s", (int)n, path);
		fd = step(fd, name);
		n++;
	}
	w->folder = fd;
	return fd >= 0 ? OK : trouble(w, w->path.data, "cannot be opened");
}

static enum status
put(struct work *w, const char *path, const void *data, size_t len)
{
	const char *name = strrchr(path, '/');
	struct reason inner;
	enum status st;

	name = name == NULL ? path : name + 1;
	st = enter_folder(w, path, (size_t)(name - path));
	if (st != OK)
		return st;
	st = file_replace_at(w->folder, name, data, len, FILE_MODE, &inner);
	if (st != OK)
		return fail(w->why, st, "%s/%.*s%.200s", w->dir, (int)(name - path),
		    path, inner.text);
	w->changed = true;
	w->done->files++;
	return OK;
}

/* Only if it is not what is there already. */
static enum status
put_other(struct work *w, const char *path, const void *data, size_t len)
{
	char *whole = mem_printf("%s/%s", w->dir, path);
	struct buf old = BUF_INIT;
	enum status st = OK;

	if (buf_read_own_file(&old, whole, len, NULL) != OK || old.len != len ||
	    memcmp(old.data, data, len) != 0)
		st = put(w, path, data, len);
	buf_free(&old);
	free(whole);
	return st;
}

/* What is there may stay if it has the length of what would be put. */
static bool
is_there(struct work *w, const char *path, size_t len)
{
	struct stat sb;

	return fstatat(w->top, path, &sb, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(sb.st_mode) && (sb.st_size == (off_t)len ||
	    (len == 0 && sb.st_size > 0));
}

/* ---- what is published already (P2) ---------------------------------------------- */

static enum status
refuse_fork(struct work *w)
{
	return fail(w->why, DENIED, "%s holds another log than this one, though "
	    "with the same key: at %" PRIu64 " entries the roots differ.  Nothing "
	    "was written; find out which of both is right before you publish",
	    w->dir, w->was.size);
}

static enum status
begins(struct work *w)
{
	struct merkle_hash root;
	struct tile_reader r;
	enum status st;

	if (w->was.size > w->is.size)
		return fail(w->why, DENIED, "%s holds %" PRIu64 " entries, which is "
		    "more than the %" PRIu64 " to be published.  Nothing was "
		    "written; was the database put back from an old backup?",
		    w->dir, w->was.size, w->is.size);
	tile_reader_init(&r, w->p->get, w->p->context, w->is.size);
	st = merkle_root_at(w->was.size, tile_node, &r, &root);
	tile_reader_clear(&r);
	if (st != OK)
		return fail(w->why, st, "the log cannot be read");
	return memcmp(&root, &w->was.root, sizeof root) == 0 ? OK :
	    refuse_fork(w);
}

static enum status
see_what_is_there(struct work *w)
{
	struct folder *f = NULL;
	struct reason why;
	enum status st = folder_open(&f, w->dir, &why);

	if (st == NOT_FOUND)
		return OK;
	if (st != OK)
		return fail(w->why, st == TEMPFAIL ? st : DENIED, "%.400s; what is "
		    "there is left as it is", why.text);
	w->was = folder_newest(f)->checkpoint;
	if (!vkey_same(folder_key(f), w->p->log))
		st = fail(w->why, DENIED, "%s holds a log with another key, of %s; "
		    "it is left as it is", w->dir, folder_key(f)->name);
	else
		st = begins(w);
	folder_close(&f);
	w->done->was = w->was.size;
	return st;
}

/* ---- tiles and bundles (P1) --------------------------------------------------------- */

/* Whether a file that is there is what the checkpoint in the folder speaks of.
 * What is beyond it may be of a run that was ended, and of a log that since was
 * put back from a backup. */
static bool
is_published(const struct work *w, unsigned level, uint64_t index,
    unsigned width)
{
	return index * TILE_WIDTH + width <= tile_hashes(level, w->was.size);
}

/* Of a bundle that is there only that it is not empty can be seen. */
static enum status
put_part(struct work *w, int level, uint64_t index, unsigned width)
{
	struct buf path = BUF_INIT, data = BUF_INIT;
	size_t len = level == TILE_ENTRIES ? 0 : (size_t)width * TILE_HASH;
	unsigned of = level == TILE_ENTRIES ? 0 : (unsigned)level;
	enum status st = OK;

	tile_part_path(&path, level, index, width);
	if (!is_published(w, of, index, width) || !is_there(w, path.data, len)) {
		st = w->p->get(w->p->context, level, index, width, &data);
		if (st != OK)
			st = fail(w->why, st, "%s of the log cannot be read",
			    path.data);
		else if (data.len == 0 || (len > 0 && data.len != len))
			st = fail(w->why, INVALID, "%s of the log is not as long as "
			    "it must be", path.data);
		else
			st = put_other(w, path.data, data.data, data.len);
	}
	buf_free(&path);
	buf_free(&data);
	return st;
}

/* Partial tiles to be taken away beside one of WIDTH: all when it is full, else
 * those that no checkpoint speaks of.  That some stay is no failure. */
static void
drop_partial(struct work *w, int level, uint64_t index, unsigned width)
{
	unsigned of = level == TILE_ENTRIES ? 0 : (unsigned)level, i;
	struct buf path = BUF_INIT;
	struct stat sb;
	size_t stem;

	tile_part_path(&path, level, index, 1);
	stem = path.len - strlen("/1");
	buf_cut(&path, stem);
	if (fstatat(w->top, path.data, &sb, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(sb.st_mode)) {
		for (i = 1; i < TILE_WIDTH; i++) {
			if (i == width || (width < TILE_WIDTH &&
			    is_published(w, of, index, i)))
				continue;
			buf_cut(&path, stem);
			buf_addf(&path, "/%u", i);
			(void)unlinkat(w->top, path.data, 0);
		}
		buf_cut(&path, stem);
		if (width == TILE_WIDTH)
			(void)unlinkat(w->top, path.data, AT_REMOVEDIR);
	}
	buf_free(&path);
}

static enum status
put_level(struct work *w, int level)
{
	unsigned of = level == TILE_ENTRIES ? 0 : (unsigned)level, width;
	uint64_t index, old = tile_hashes(of, w->was.size) / TILE_WIDTH;
	enum status st = OK;

	for (index = 0; st == OK && (width = tile_width(of, index, w->is.size)) >
	    0; index++) {
		st = put_part(w, level, index, width);
		if (st == OK && index >= old)
			drop_partial(w, level, index, width);
		if (level == TILE_ENTRIES && w->p->progress != NULL)
			w->p->progress(w->p->context, index * TILE_WIDTH + width,
			    w->is.size);
	}
	return st;
}

static enum status
put_tiles(struct work *w)
{
	enum status st = put_level(w, TILE_ENTRIES);
	unsigned level;

	for (level = 0; st == OK && tile_hashes(level, w->is.size) > 0; level++)
		st = put_level(w, (int)level);
	return st;
}

/* ---- the small files ------------------------------------------------------------------ */

static enum status
put_texts(struct work *w)
{
	const struct publish_text *t = w->p->texts;
	char name[FOLDER_TEXT_NAME];
	struct buf path = BUF_INIT;
	enum status st = OK;
	size_t i;

	for (i = 0; st == OK && i < w->p->text_count; i++) {
		folder_text_name(t[i].hash, name);
		buf_clear(&path);
		buf_addf(&path, FOLDER_TEXTS "/%s", name);
		st = put_other(w, path.data, t[i].body, t[i].len);
	}
	buf_free(&path);
	return st;
}

static enum status
put_key(struct work *w)
{
	struct buf text = BUF_INIT;
	enum status st;

	vkey_add(&text, w->p->log);
	buf_addch(&text, '\n');
	st = put_other(w, FOLDER_KEY, text.data, text.len);
	buf_free(&text);
	return st;
}

static enum status
put_lists(struct work *w)
{
	struct buf text = BUF_INIT;
	char day[11];
	enum status st;
	size_t i;

	for (i = 0; i < w->p->witness_count; i++) {
		vkey_add(&text, &w->p->witnesses[i]);
		buf_addch(&text, '\n');
	}
	st = put_other(w, FOLDER_WITNESSES, text.data, text.len);
	buf_clear(&text);
	for (i = 0; i < w->p->batch_count; i++) {
		clock_date(w->p->batches[i].day, day);
		buf_addf(&text, "%" PRIu64 " %s %" PRIu64 " %s\n",
		    w->p->batches[i].number, day, w->p->batches[i].count,
		    w->p->batches[i].words);
	}
	if (st == OK)
		st = put_other(w, FOLDER_BATCHES, text.data, text.len);
	buf_free(&text);
	return st;
}

/* The checkpoint when all that it needs is lasting (P3). */
static enum status
put_all(struct work *w)
{
	enum status st = put_key(w);

	if (st == OK)
		st = put_texts(w);
	if (st == OK)
		st = put_tiles(w);
	if (st == OK)
		st = put_lists(w);
	if (st == OK)
		st = leave_folder(w);
	if (st == OK)
		st = put_other(w, FOLDER_CHECKPOINT, w->p->checkpoint,
		    strlen(w->p->checkpoint));
	if (st == OK && w->p->cosigned != NULL)
		st = put_other(w, FOLDER_COSIGNED, w->p->cosigned,
		    strlen(w->p->cosigned));
	return st == OK ? leave_folder(w) : st;
}

/* ---- all of it --------------------------------------------------------------------------- */

static enum status
see_what_is_to_be(struct work *w)
{
	const char *texts[] = { w->p->checkpoint, w->p->cosigned };
	struct checkpoint c;
	struct reason why;
	struct note note;
	int i;

	for (i = 1; i >= 0; i--) {
		if (texts[i] != NULL && checkpoint_read(&c, &note, texts[i],
		    strlen(texts[i]), w->p->log, &why) != OK)
			return fail(w->why, INVALID, "the log's own checkpoint is "
			    "not right: %.400s", why.text);
		if (i == 0)
			w->is = c;
	}
	return OK;
}

static enum status
open_top(struct work *w)
{
	if (mkdir(w->dir, FOLDER_MODE) != 0 && errno != EEXIST)
		return trouble(w, "", "cannot be made");
	w->top = open(w->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->top < 0)
		return trouble(w, "", "cannot be opened");
	if (flock(w->top, LOCK_EX | LOCK_NB) != 0)
		return fail(w->why, AGAIN, "%s: another publishing is at work "
		    "there", w->dir);
	return OK;
}

enum status
publish_folder(const char *dir, const struct publish *p,
    struct publish_done *done, struct reason *why)
{
	struct work w = { .p = p, .dir = dir, .top = -1, .folder = -1,
	    .path = BUF_INIT, .done = done, .why = why };
	mode_t mask = umask(0777 & ~FOLDER_MODE);
	enum status st;

	memset(done, 0, sizeof *done);
	st = see_what_is_to_be(&w);
	if (st == OK)
		st = open_top(&w);
	if (st == OK)
		st = see_what_is_there(&w);
	if (st == OK)
		st = put_all(&w);
	(void)umask(mask);
	done->is = w.is.size;
	if (w.folder >= 0)
		(void)close(w.folder);
	if (w.top >= 0)
		(void)close(w.top);
	buf_free(&w.path);
	return st;
}
