/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "seal/sha256.h"
#include "tally/audit.h"

#define NO_PART "is no part of a log and was not looked at"
#define PREFIX 16               /* of a commitment: nobody makes two the same */
#define BATCHES_MAX 1048576     /* bytes of the file batches */

enum fate { SIGNED, TAKEN, OTHER };

struct batch {
	int32_t day;
	uint64_t count;
	char *words;
};

struct seen {
	unsigned char prefix[PREFIX];
	uint64_t index;
};

/* Taken back with a batch: it may stand again behind AT. */
struct freed {
	uint64_t index, at;
};

struct work {
	struct folder *folder;
	struct audit *audit;
	uint64_t size;                  /* that the checkpoint says */
	struct merkle_frontier front;
	struct buf tile[TILE_LEVELS];   /* hashes of the last tile of a level */
	bool tiles_wrong;
	unsigned char *fate;            /* of every entry */
	size_t fate_room;
	struct seen *seen;              /* of every sign entry */
	size_t seen_room;
	struct freed *freed;
	size_t freed_count;
	struct batch *batches;
	struct audit_mark cosigned;
	struct vkey witnesses[FOLDER_WITNESSES_MAX];
	size_t witness_count;
};

static void PRINTF_LIKE(2, 3)
wrong(struct work *w, const char *format, ...)
{
	struct audit *a = w->audit;
	char text[1024];
	va_list ap;

	a->wrong++;
	va_start(ap, format);
	(void)vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	if (a->found != NULL)
		a->found(a->context, text);
}

static void
notice(struct work *w, const char *path, const char *what)
{
	struct audit *a = w->audit;
	char text[1024];

	(void)snprintf(text, sizeof text, "%s: %s", path, what);
	if (a->noticed != NULL)
		a->noticed(a->context, text);
}

/* ---- entries (A1) ------------------------------------------------------------ */

static void PRINTF_LIKE(3, 4)
wrong_entry(struct work *w, uint64_t index, const char *format, ...)
{
	struct buf path = BUF_INIT;
	uint64_t bundle = index / TILE_WIDTH;
	char text[512];
	va_list ap;

	tile_entries_path(&path, bundle, tile_width(0, bundle, w->size));
	va_start(ap, format);
	(void)vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	wrong(w, "%s: entry %" PRIu64 " %s", path.data, index, text);
	buf_free(&path);
}

static enum fate
see_sign(struct work *w, uint64_t index, const struct entry *e)
{
	struct audit *a = w->audit;
	struct seen *s;

	if (a->signs == w->seen_room) {
		w->seen_room = w->seen_room == 0 ? 1024 : w->seen_room * 2;
		w->seen = mem_realloc(w->seen, w->seen_room, sizeof *w->seen);
	}
	s = &w->seen[a->signs++];
	memcpy(s->prefix, e->commitment, PREFIX);
	s->index = index;
	if (a->commitment != NULL && memcmp(a->commitment, e->commitment,
	    COMMITMENT_BYTES) == 0) {
		a->stands = true;
		a->taken = false;
		a->leaf = index;
	}
	a->counted++;
	return SIGNED;
}

static void
free_again(struct work *w, uint64_t index, uint64_t at)
{
	if ((w->freed_count & (w->freed_count - 1)) == 0)       /* 0, 1, 2, 4 ... */
		w->freed = mem_realloc(w->freed, 2 * w->freed_count + 1,
		    sizeof *w->freed);
	w->freed[w->freed_count++] = (struct freed){ index, at };
}

static void
see_back(struct work *w, uint64_t index, const struct entry *e)
{
	struct audit *a = w->audit;

	if (e->index >= index || w->fate[e->index] == OTHER) {
		wrong_entry(w, index, "takes back entry %" PRIu64 ", which is no "
		    "sign entry before it", e->index);
		return;
	}
	if (w->fate[e->index] == TAKEN) {
		wrong_entry(w, index, "takes back entry %" PRIu64 " a second time",
		    e->index);
		return;
	}
	if (entry_has_batch(e->reason) && e->batch > a->batches)
		wrong_entry(w, index, "names batch %" PRIu64 ", which does not "
		    "stand before it", e->batch);
	else if (entry_has_batch(e->reason))
		w->batches[e->batch - 1].count++;
	if (entry_has_batch(e->reason))
		free_again(w, e->index, index);
	w->fate[e->index] = TAKEN;
	a->backs[e->reason]++;
	a->counted--;
	if (a->stands && a->leaf == e->index) {
		a->taken = true;
		a->back = *e;
		a->back_at = index;
	}
}

static void
see_batch(struct work *w, uint64_t index, const struct entry *e)
{
	struct audit *a = w->audit;
	struct batch *b;

	if (e->batch != a->batches + 1) {
		wrong_entry(w, index, "begins batch %" PRIu64 " where %" PRIu64
		    " is next", e->batch, a->batches + 1);
		return;
	}
	if ((a->batches & (a->batches + 1)) == 0)       /* 0, 1, 3, 7 ... */
		w->batches = mem_realloc(w->batches,
		    2 * (size_t)a->batches + 1, sizeof *w->batches);
	b = &w->batches[a->batches++];
	b->day = e->day;
	b->count = 0;
	b->words = mem_strdup(e->words);
}

static void
see_entry(struct work *w, uint64_t index, const void *text, size_t len)
{
	enum fate fate = OTHER;
	struct entry e;

	if (entry_parse(&e, text, len) != OK)
		wrong_entry(w, index, "is not written as one");
	else if (e.kind == ENTRY_SIGN)
		fate = see_sign(w, index, &e);
	else if (e.kind == ENTRY_BACK)
		see_back(w, index, &e);
	else
		see_batch(w, index, &e);
	w->fate[index] = (unsigned char)fate;
}

static int
by_commitment(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;
	int order = memcmp(x->prefix, y->prefix, PREFIX);

	return order != 0 ? order : x->index < y->index ? -1 : 1;
}

static int
by_index(const void *a, const void *b)
{
	const struct freed *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

static bool
may_follow(const struct work *w, uint64_t earlier, uint64_t later)
{
	const struct freed key = { earlier, 0 }, *f = w->freed_count == 0 ? NULL :
	    bsearch(&key, w->freed, w->freed_count, sizeof key, by_index);

	return f != NULL && f->at < later;
}

static void
find_repeated(struct work *w)
{
	uint64_t i;

	if (w->audit->signs < 2)
		return;
	qsort(w->seen, (size_t)w->audit->signs, sizeof *w->seen, by_commitment);
	if (w->freed_count > 1)
		qsort(w->freed, w->freed_count, sizeof *w->freed, by_index);
	for (i = 1; i < w->audit->signs; i++)
		if (memcmp(w->seen[i - 1].prefix, w->seen[i].prefix, PREFIX) == 0 &&
		    !may_follow(w, w->seen[i - 1].index, w->seen[i].index))
			wrong_entry(w, w->seen[i].index, "has the commitment of "
			    "entry %" PRIu64 " once more", w->seen[i - 1].index);
}

/* ---- tiles (A2) --------------------------------------------------------------- */

/* Compares the hashes in tile[LEVEL], which are tile INDEX, with the file. */
static void
compare_tile(struct work *w, unsigned level, uint64_t index)
{
	const struct buf *want = &w->tile[level];
	unsigned width = (unsigned)(want->len / TILE_HASH), i = 0;
	struct buf got = BUF_INIT, path = BUF_INIT;
	struct reason why;

	if (folder_part(w->folder, (int)level, index, width, &got, &why) != OK) {
		wrong(w, "%s", why.text);
		w->tiles_wrong = true;
	} else if (memcmp(got.data, want->data, want->len) != 0) {
		while (memcmp(got.data + (size_t)i * TILE_HASH, want->data +
		    (size_t)i * TILE_HASH, TILE_HASH) == 0)
			i++;
		tile_part_path(&path, (int)level, index, width);
		buf_addf(&path, ": hash %u is not that of ", i);
		if (level == 0) {
			buf_addf(&path, "entry %" PRIu64 " in ",
			    index * TILE_WIDTH + i);
			tile_entries_path(&path, index, width);
		} else {
			tile_path(&path, level - 1, index * TILE_WIDTH + i,
			    TILE_WIDTH);
		}
		wrong(w, "%s", path.data);
		w->tiles_wrong = true;
	}
	buf_free(&got);
	buf_free(&path);
}

static void
full(void *context, unsigned level, uint64_t index, const struct merkle_hash *h)
{
	struct work *w = context;
	struct buf *tile;

	if (level % 8 != 0 || level / 8 >= TILE_LEVELS)
		return;
	tile = &w->tile[level / 8];
	buf_add(tile, h->bytes, TILE_HASH);
	if (index % TILE_WIDTH == TILE_WIDTH - 1) {
		compare_tile(w, level / 8, index / TILE_WIDTH);
		buf_clear(tile);
	}
}

static void
last_tiles(struct work *w)
{
	unsigned level;

	for (level = 0; level < TILE_LEVELS; level++)
		if (w->tile[level].len > 0)
			compare_tile(w, level, tile_hashes(level, w->front.size) /
			    TILE_WIDTH);
}

/* Whether the tiles by themselves lead to the root that is signed. */
static bool
tiles_lead_to(struct work *w, const struct checkpoint *c)
{
	struct tile_reader r;
	struct merkle_hash root;
	bool lead;

	folder_nodes(w->folder, c->size, &r);
	lead = merkle_root_at(c->size, tile_node, &r, &root) == OK &&
	    memcmp(&root, &c->root, sizeof root) == 0;
	tile_reader_clear(&r);
	return lead;
}

static bool
same_root(const struct merkle_hash *a, const struct merkle_hash *b)
{
	return memcmp(a->bytes, b->bytes, MERKLE_BYTES) == 0;
}

static void
compare_root(struct work *w)
{
	const struct checkpoint *c = &folder_newest(w->folder)->checkpoint;
	struct merkle_hash root;

	merkle_root(&w->front, &root);
	if (!same_root(&root, &c->root))
		wrong(w, FOLDER_CHECKPOINT ": the root that is signed is not that of "
		    "the entries: %s", tiles_lead_to(w, c) ? "the tiles lead to "
		    "it, so entries were changed after it was signed" :
		    "entries were added, dropped, swapped or changed");
	else if (w->tiles_wrong)
		wrong(w, "tile: the entries lead to the root that is signed, so "
		    "it is tiles that were changed");
	if (w->audit->counted != c->counted)
		wrong(w, FOLDER_CHECKPOINT ": counted is said to be %" PRIu64 ", the "
		    "entries make it %" PRIu64, c->counted, w->audit->counted);
}

/* ---- going through ------------------------------------------------------------- */

static void
mark(struct work *w, struct audit_mark *m)
{
	if (m->size != w->front.size)
		return;
	m->reached = true;
	m->counted = w->audit->counted;
	merkle_root(&w->front, &m->root);
}

static void
mark_all(struct work *w)
{
	size_t i;

	for (i = 0; i < w->audit->mark_count; i++)
		mark(w, &w->audit->marks[i]);
	mark(w, &w->cosigned);
}

static void
see_bundle(struct work *w, const struct buf *bundle)
{
	const unsigned char *entry;
	struct merkle_hash leaf;
	size_t at = 0, len;

	if (w->front.size + TILE_WIDTH > w->fate_room) {
		w->fate_room = w->fate_room * 2 + TILE_WIDTH;
		w->fate = mem_realloc(w->fate, w->fate_room, 1);
	}
	while (tile_next_entry(bundle->data, bundle->len, &at, &entry, &len) ==
	    OK) {
		see_entry(w, w->front.size, entry, len);
		merkle_leaf(entry, len, &leaf);
		if (merkle_append(&w->front, &leaf, full, w) != OK)
			return;         /* 2^64 of them: never */
		mark_all(w);
	}
}

static void
see_entries(struct work *w)
{
	struct buf bundle = BUF_INIT;
	uint64_t index = 0;
	unsigned width;
	struct reason why;

	mark_all(w);
	while ((width = tile_width(0, index, w->size)) > 0) {
		buf_clear(&bundle);
		if (folder_part(w->folder, TILE_ENTRIES, index, width, &bundle,
		    &why) != OK) {
			wrong(w, "%s; what comes behind cannot be looked at",
			    why.text);
			break;
		}
		see_bundle(w, &bundle);
		index++;
		if (w->audit->progress != NULL)
			w->audit->progress(w->audit->context, w->front.size,
			    w->size);
	}
	buf_free(&bundle);
}

/* ---- checkpoints (A4) ------------------------------------------------------------ */

static bool
is_known(const struct work *w, const struct note *note, size_t line)
{
	size_t i;

	if (note_is_by(note, line, folder_key(w->folder)))
		return true;
	for (i = 0; i < w->witness_count; i++)
		if (note_is_by(note, line, &w->witnesses[i]))
			return true;
	return false;
}

static void
see_cosignatures(struct work *w, const char *name, const struct folder_note *n)
{
	struct audit_cosigned *c = &w->audit->cosigned[w->audit->cosigned_count++];
	size_t i;
	struct reason why;

	for (i = 0; i < n->note.count; i++)
		if (!is_known(w, &n->note, i))
			wrong(w, "%s: signature line %zu is by %.*s, who is not in "
			    FOLDER_WITNESSES, name, i + 1,
			    (int)n->note.lines[i].name_len, n->note.lines[i].name);
	c->at = n->checkpoint;
	c->count = 0;
	for (i = 0; i < w->witness_count; i++)
		switch (cosignature_find(&c->by[c->count], &n->note,
		    &n->checkpoint, &w->witnesses[i], &why)) {
		case OK:
			c->count++;
			break;
		case NOT_FOUND:
			break;
		default:
			wrong(w, "%s: %s", name, why.text);
		}
}

static void
compare_cosigned(struct work *w, const struct checkpoint *c)
{
	const struct audit_mark *m = &w->cosigned;

	if (c->size > w->size)
		wrong(w, FOLDER_COSIGNED ": is of %" PRIu64 " entries, of which the "
		    "checkpoint has only %" PRIu64 ": the log was shortened, or "
		    "its publishing was cut off", c->size, w->size);
	else if (m->reached && !same_root(&m->root, &c->root))
		wrong(w, FOLDER_COSIGNED ": is of another log of the same key: the "
		    "log was forked at or before entry %" PRIu64, c->size);
	else if (m->reached && m->counted != c->counted)
		wrong(w, FOLDER_COSIGNED ": counted is said to be %" PRIu64 ", the "
		    "entries make it %" PRIu64, c->counted, m->counted);
}

/* ---- the other files (A5, and old tiles) ------------------------------------------- */

static void
compare_batches(struct work *w)
{
	struct buf want = BUF_INIT, got = BUF_INIT;
	struct reason why;
	char day[11];
	uint64_t i;

	for (i = 0; i < w->audit->batches; i++) {
		clock_date(w->batches[i].day, day);
		buf_addf(&want, "%" PRIu64 " %s %" PRIu64 " %s\n", i + 1, day,
		    w->batches[i].count, w->batches[i].words);
	}
	if (folder_file(w->folder, FOLDER_BATCHES, want.len + BATCHES_MAX, &got,
	    &why) != OK)
		wrong(w, "%s", why.text);
	else if (got.len != want.len || memcmp(got.data, want.data, got.len) != 0)
		wrong(w, FOLDER_BATCHES ": is not what the entries say of "
		    "batches (if it is being published just now, look again)");
	buf_free(&want);
	buf_free(&got);
}

static void
compare_text(struct work *w, const char *path)
{
	static const char hex[] = "0123456789abcdef";
	const char *file = path + strlen(FOLDER_TEXTS "/");
	unsigned char hash[SHA256_BYTES];
	char name[FOLDER_TEXT_NAME];
	struct buf text = BUF_INIT;
	struct reason why;

	/* Such as the index.html that a copy over the web brings along. */
	if (strspn(file, hex) != 2 * SHA256_BYTES ||
	    strcmp(file + 2 * SHA256_BYTES, ".md") != 0) {
		notice(w, path, NO_PART);
		return;
	}
	if (folder_file(w->folder, path, FOLDER_TEXT_MAX, &text, &why) != OK) {
		wrong(w, "%s", why.text);
	} else {
		seal_sha256(text.data, text.len, hash);
		folder_text_name(hash, name);
		if (strcmp(name, file) != 0)
			wrong(w, "%s: is not the text of that name: its SHA-256 is "
			    "another", path);
	}
	buf_free(&text);
}

/* Of an earlier size: what is in the file must begin that of today. */
static void
compare_old(struct work *w, const char *path, int level, uint64_t index,
    unsigned width, unsigned now)
{
	struct buf old = BUF_INIT, today = BUF_INIT;
	struct reason why;

	if (folder_part(w->folder, level, index, width, &old, &why) != OK)
		wrong(w, "%s", why.text);
	else if (folder_part(w->folder, level, index, now, &today, NULL) == OK &&
	    (today.len < old.len || memcmp(today.data, old.data, old.len) != 0))
		wrong(w, "%s: does not begin what the log has there today", path);
	buf_free(&old);
	buf_free(&today);
}

static enum status
see_file(void *context, const char *path)
{
	static const char *const known[] = { FOLDER_CHECKPOINT, FOLDER_COSIGNED,
	    FOLDER_KEY, FOLDER_WITNESSES, FOLDER_BATCHES };
	struct work *w = context;
	unsigned width, now;
	uint64_t index;
	size_t i;
	int level;

	for (i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(path, known[i]) == 0)
			return OK;
	if (strncmp(path, FOLDER_TEXTS "/", strlen(FOLDER_TEXTS "/")) == 0) {
		compare_text(w, path);
		return OK;
	}
	if (tile_parse_path(path, &level, &index, &width) != OK) {
		notice(w, path, NO_PART);
		return OK;
	}
	now = tile_width(level == TILE_ENTRIES ? 0 : (unsigned)level, index,
	    w->size);
	if (width > now)
		notice(w, path, "is beyond the checkpoint and was not looked at");
	else if (width < now)
		compare_old(w, path, level, index, width, now);
	return OK;
}

/* ---- all of it ------------------------------------------------------------------ */

static void
clear(struct work *w)
{
	unsigned level;
	uint64_t i;

	for (level = 0; level < TILE_LEVELS; level++)
		buf_free(&w->tile[level]);
	for (i = 0; i < w->audit->batches; i++)
		free(w->batches[i].words);
	free(w->batches);
	free(w->seen);
	free(w->freed);
	free(w->fate);
	free(w);
}

/* True when COSIGNED is good; the caller clears it. */
static bool
see_checkpoints(struct work *w, struct folder_note *cosigned)
{
	struct reason why;
	enum status st;

	if (folder_witnesses(w->folder, w->witnesses, &w->witness_count, &why) !=
	    OK)
		wrong(w, "%s", why.text);
	see_cosignatures(w, FOLDER_CHECKPOINT, folder_newest(w->folder));
	st = folder_cosigned(w->folder, cosigned, &why);
	if (st == OK) {
		w->cosigned.size = cosigned->checkpoint.size;
		see_cosignatures(w, FOLDER_COSIGNED, cosigned);
	} else if (st != NOT_FOUND) {
		wrong(w, "%s", why.text);
	}
	return st == OK;
}

static void
see_all(struct work *w)
{
	struct folder_note cosigned;
	bool is_cosigned = see_checkpoints(w, &cosigned);

	see_entries(w);
	find_repeated(w);
	if (w->front.size == w->size) {
		last_tiles(w);
		compare_root(w);
		compare_batches(w);
	}
	if (is_cosigned)
		compare_cosigned(w, &cosigned.checkpoint);
	folder_note_clear(&cosigned);
}

enum status
audit_folder(struct folder *f, struct audit *a, struct reason *why)
{
	struct work *w = mem_alloc(sizeof *w);
	unsigned level;
	enum status st;

	w->folder = f;
	w->audit = a;
	w->size = folder_newest(f)->checkpoint.size;
	for (level = 0; level < TILE_LEVELS; level++)
		buf_init(&w->tile[level]);
	see_all(w);
	st = folder_walk(f, see_file, w, why);
	clear(w);
	return st != OK ? st : a->wrong > 0 ? DENIED : OK;
}
