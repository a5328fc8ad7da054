/* SPDX-License-Identifier: ISC */
/*
 * A published folder whose keeper, or whose web server, is a stranger.  The input
 * is files, each a name, its length in two bytes and the bytes; "checkpoint" is a
 * body, which is signed here, so that what lies behind the signature is reached.
 * Whatever it is, reading it ends, and a thing that is wrong is told.
 */
#define _XOPEN_SOURCE 700
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "seal/keys.h"
#include "tally/audit.h"
#include "tally/checkpoint.h"
#include "tally/folder.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static char in_memory[] = "/dev/shm/folder-fuzz-XXXXXX";
static char on_disk[] = "/tmp/folder-fuzz-XXXXXX";
static char *dir;
static unsigned char seed[SIGN_SEED_BYTES];
static struct vkey key;

static int
remove_one(const char *path, const struct stat *sb, int kind, struct FTW *ftw)
{
	(void)sb;
	(void)kind;
	return ftw->level == 0 ? 0 : remove(path);
}

static void
empty(void)
{
	(void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
clean(void)
{
	empty();
	(void)rmdir(dir);
}

static void
begin(void)
{
	unsigned char public[SIGN_PUBLIC_BYTES];

	seal_init();
	dir = mkdtemp(in_memory) != NULL ? in_memory : mkdtemp(on_disk);
	if (dir == NULL || atexit(clean) != 0)
		abort();
	memset(seed, 's', sizeof seed);
	sign_public(seed, public);
	if (vkey_make(&key, VKEY_LOG, "petitions.example.org/manuchehr",
	    public) != OK)
		abort();
}

/* Only names of a folder, so that nothing is written elsewhere. */
static int
is_name(const char *name)
{
	static const char *const names[] = { "witnesses", "batches",
	    "checkpoint.cosigned", "tile/entries/000", "tile/entries/000.p/1",
	    "tile/entries/000.p/4", "tile/entries/000.p/7", "tile/0/000",
	    "tile/0/000.p/1", "tile/0/000.p/4", "tile/0/000.p/7", "tile/1/000.p/1",
	    "texts/a", "other" };
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(name, names[i]) == 0)
			return 1;
	return 0;
}

static void
put(const char *name, const void *data, size_t len)
{
	char *path = mem_printf("%s/%s", dir, name), *slash;
	FILE *f;

	for (slash = path + strlen(dir) + 1; (slash = strchr(slash, '/')) != NULL;
	    slash++) {
		*slash = '\0';
		(void)mkdir(path, 0700);
		*slash = '/';
	}
	f = fopen(path, "w");
	if (f != NULL) {
		(void)fwrite(data, 1, len, f);
		(void)fclose(f);
	}
	free(path);
}

static void
put_checkpoint(const char *body, size_t len)
{
	unsigned char signature[SIGN_SIGNATURE_BYTES];
	struct buf note = BUF_INIT;

	sign_make(seed, body, len, signature);
	buf_add(&note, body, len);
	buf_addch(&note, '\n');
	note_add_line(&note, &key, signature, sizeof signature);
	put(FOLDER_CHECKPOINT, note.data, note.len);
	buf_free(&note);
}

static void
put_all(const uint8_t *data, size_t len)
{
	const uint8_t *at = data, *end = data + len, *nul;
	struct buf text = BUF_INIT;
	size_t n;

	vkey_add(&text, &key);
	buf_addch(&text, '\n');
	put(FOLDER_KEY, text.data, text.len);
	buf_free(&text);
	while (at < end && (nul = memchr(at, '\0', (size_t)(end - at))) != NULL &&
	    end - nul > 2) {
		n = (size_t)nul[1] << 8 | nul[2];
		if (n > (size_t)(end - nul) - 3)
			n = (size_t)(end - nul) - 3;
		if (strcmp((const char *)at, FOLDER_CHECKPOINT) == 0)
			put_checkpoint((const char *)nul + 3, n);
		else if (is_name((const char *)at))
			put((const char *)at, nul + 3, n);
		at = nul + 3 + n;
	}
}

static void
told(void *context, const char *what)
{
	if (*what == '\0')
		abort();
	++*(size_t *)context;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const unsigned char nothing[COMMITMENT_BYTES];
	struct audit a = { .found = told, .commitment = nothing,
	    .mark_count = 2 };
	struct folder *f;
	struct reason why = { "" };
	size_t count = 0;
	enum status st;

	if (dir == NULL)
		begin();
	put_all(data, len);
	a.context = &count;
	a.marks[1].size = 3;
	st = folder_open(&f, dir, &why);
	if (st == OK) {
		st = audit_folder(f, &a, &why);
		if (count != a.wrong || (st == OK) != (count == 0))
			abort();
		if (st == OK && a.counted != folder_newest(f)->checkpoint.counted)
			abort();
	} else if (why.text[0] == '\0') {
		abort();
	}
	folder_close(&f);
	empty();
	return 0;
}
