/* SPDX-License-Identifier: ISC */
/*
 * Logs written to folders, read again, and changed in every way one can think of:
 * tally/publish, tally/folder and tally/audit.
 */
#define _XOPEN_SOURCE 700
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

#include "base/buf.h"
#include "sample.h"
#include "seal/keys.h"
#include "tally/audit.h"
#include "tally/cosignature.h"
#include "tally/folder.h"
#include "tally/publish.h"

/* In memory, where there is such a place: thousands of files are synced here. */
static char in_memory[] = "/dev/shm/publish-test-XXXXXX";
static char on_disk[] = "/tmp/publish-test-XXXXXX";
static char *top = in_memory;
static char *dir;               /* of the test that runs */
static int tests_run;

static int
remove_one(const char *path, const struct stat *sb, int kind, struct FTW *ftw)
{
	(void)sb;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static void
remove_all(const char *path)
{
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int
begin(void **state)
{
	(void)state;
	dir = mem_printf("%s/%d", top, tests_run++);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	remove_all(dir);
	free(dir);
	return 0;
}

/* ---- publishing samples -------------------------------------------------------- */

struct witnesses {
	struct vkey key[3];
	unsigned char seed[3][SIGN_SEED_BYTES];
};

static void
make_witnesses(struct witnesses *w)
{
	unsigned char public[SIGN_PUBLIC_BYTES];
	char name[32];
	int i;

	for (i = 0; i < 3; i++) {
		memset(w->seed[i], 0x60 + i, SIGN_SEED_BYTES);
		sign_public(w->seed[i], public);
		(void)snprintf(name, sizeof name, "witness%d.example.org", i);
		assert_int_equal(vkey_make(&w->key[i], VKEY_WITNESS, name, public), OK);
	}
}

static void
cosign(struct buf *note, const struct checkpoint *c, const struct witnesses *w,
    int count)
{
	struct cosignature s;
	int i;

	for (i = 0; i < count; i++) {
		cosignature_make(&s, c, &w->key[i], w->seed[i], 1795183200 + i);
		cosignature_add_line(note, &s);
	}
}

/* A folder in the making: what struct publish borrows. */
struct edition {
	struct publish p;
	struct buf checkpoint, cosigned;
	struct witnesses witnesses;
	struct publish_text text;
	struct publish_batch batch;
};

static void
edition_init(struct edition *e, struct sample *s)
{
	struct checkpoint c;

	memset(e, 0, sizeof *e);
	buf_init(&e->checkpoint);
	buf_init(&e->cosigned);
	sample_checkpoint(s, &c);
	checkpoint_add_note(&e->checkpoint, &c, &s->log);
	make_witnesses(&e->witnesses);
	e->text.body = SAMPLE_PETITION;
	e->text.len = strlen(SAMPLE_PETITION);
	seal_sha256(e->text.body, e->text.len, e->text.hash);
	e->p = (struct publish){ .log = &s->log,
	    .witnesses = e->witnesses.key, .witness_count = 3,
	    .texts = &e->text, .text_count = 1, .get = sample_part, .context = s };
}

static enum status
edition_publish(struct edition *e, struct publish_done *done, struct reason *why)
{
	e->p.checkpoint = e->checkpoint.data;
	e->p.cosigned = e->cosigned.len > 0 ? e->cosigned.data : NULL;
	return publish_folder(dir, &e->p, done, why);
}

static void
edition_clear(struct edition *e)
{
	buf_free(&e->checkpoint);
	buf_free(&e->cosigned);
}

static void
publish_ok(struct sample *s, struct publish_done *done)
{
	struct edition e;
	struct reason why = { "" };

	edition_init(&e, s);
	if (edition_publish(&e, done, &why) != OK)
		fail_msg("%s", why.text);
	edition_clear(&e);
}

static enum status
publish_refused(struct sample *s, struct reason *why)
{
	struct edition e;
	struct publish_done done;
	enum status st;

	edition_init(&e, s);
	st = edition_publish(&e, &done, why);
	edition_clear(&e);
	return st;
}

/* ---- reading them again ----------------------------------------------------------- */

struct looked {
	struct buf found, noticed;      /* a line each */
	struct audit audit;
	enum status status;
	uint64_t progress;
};

static void
add_found(void *context, const char *what)
{
	buf_addf(&((struct looked *)context)->found, "%s\n", what);
}

static void
add_noticed(void *context, const char *what)
{
	buf_addf(&((struct looked *)context)->noticed, "%s\n", what);
}

static void
add_progress(void *context, uint64_t done, uint64_t total)
{
	struct looked *l = context;

	assert_true(done <= total && done >= l->progress);
	l->progress = done;
}

/* L is zeroed but for what is asked. */
static enum status
look(struct looked *l)
{
	struct folder *f = NULL;
	struct reason why = { "" };

	buf_init(&l->found);
	buf_init(&l->noticed);
	l->audit.found = add_found;
	l->audit.noticed = add_noticed;
	l->audit.progress = add_progress;
	l->audit.context = l;
	l->status = folder_open(&f, dir, &why);
	if (l->status == OK)
		l->status = audit_folder(f, &l->audit, &why);
	if (why.text[0] != '\0')
		add_found(l, why.text);
	folder_close(&f);
	return l->status;
}

static void
looked_clear(struct looked *l)
{
	buf_free(&l->found);
	buf_free(&l->noticed);
}

static void
assert_good(void)
{
	struct looked l = { .status = OK };

	if (look(&l) != OK)
		fail_msg("%s", l.found.data);
	looked_clear(&l);
}

/* What is found has all of these words, which NULL ends. */
static void
assert_bad(const char *const *words)
{
	struct looked l = { .status = OK };

	if (look(&l) == OK)
		fail_msg("nothing found, not: %s", words[0]);
	for (; *words != NULL; words++)
		if (strstr(l.found.data, *words) == NULL)
			fail_msg("%s is not said in: %s", *words, l.found.data);
	looked_clear(&l);
}
#define BAD(...) assert_bad((const char *const[]){ __VA_ARGS__, NULL })

static void
read_file(const char *name, struct buf *out)
{
	char *path = mem_printf("%s/%s", dir, name);

	buf_clear(out);
	assert_int_equal(buf_read_file(out, path, 1 << 20, NULL), OK);
	free(path);
}

static void
write_file(const char *name, const void *data, size_t len)
{
	char *path = mem_printf("%s/%s", dir, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	free(path);
}

static bool
there(const char *name)
{
	char *path = mem_printf("%s/%s", dir, name);
	bool is = access(path, F_OK) == 0;

	free(path);
	return is;
}

static void
delete(const char *name)
{
	char *path = mem_printf("%s/%s", dir, name);

	assert_int_equal(unlink(path), 0);
	free(path);
}

/* A log of SIZE with some of everything. */
static void
fill(struct sample *s, uint64_t size)
{
	struct entry e = { .kind = ENTRY_BATCH, .batch = 1, .day = SAMPLE_DAY,
	    .words = "many in one night" };

	sample_init(s, 7);
	while (s->front.size < 6)
		sample_sign(s);
	sample_back(s, 2, BACK_WITHDRAWN, 0);
	sample_add(s, &e);
	sample_back(s, 4, BACK_FRAUD, 1);
	while (s->front.size < size)
		sample_sign(s);
}

/* ... published with cosignatures, at an earlier size too, and its batch. */
static void
publish_rich(struct sample *s, uint64_t before)
{
	struct edition e;
	struct publish_done done;
	struct checkpoint c;
	struct buf early = BUF_INIT;
	struct reason why;
	uint64_t size = s->front.size;

	fill(s, before);
	edition_init(&e, s);
	e.batch = (struct publish_batch){ .number = 1, .day = SAMPLE_DAY,
	    .count = 1, .words = "many in one night" };
	e.p.batches = &e.batch;
	e.p.batch_count = 1;
	sample_checkpoint(s, &c);
	cosign(&e.checkpoint, &c, &e.witnesses, 3);
	buf_add(&early, e.checkpoint.data, e.checkpoint.len);
	buf_add(&e.cosigned, early.data, early.len);
	assert_int_equal(edition_publish(&e, &done, &why), OK);
	while (s->front.size < size)
		sample_sign(s);
	buf_clear(&e.checkpoint);
	sample_checkpoint(s, &c);
	checkpoint_add_note(&e.checkpoint, &c, &s->log);
	cosign(&e.checkpoint, &c, &e.witnesses, 1);
	assert_int_equal(edition_publish(&e, &done, &why), OK);
	edition_clear(&e);
	buf_free(&early);
}

/* ---- good ones -------------------------------------------------------------------- */

static void
sizes(void **state)
{
	static const uint64_t t[] = { 0, 1, 2, 255, 256, 257, 511, 512, 513,
	    65535, 65536, 65537, 66000 };
	struct publish_done done;
	struct looked l;
	struct sample s;
	size_t i;

	(void)state;
	sample_init(&s, 7);
	for (i = 0; i < sizeof t / sizeof t[0]; i++) {
		while (s.front.size < t[i])
			sample_sign(&s);
		publish_ok(&s, &done);
		assert_int_equal(done.is, t[i]);
		assert_int_equal(done.was, i == 0 ? 0 : t[i - 1]);
		memset(&l, 0, sizeof l);
		if (look(&l) != OK)
			fail_msg("%s", l.found.data);
		assert_string_equal(l.noticed.data, "");
		assert_int_equal(l.audit.counted, t[i]);
		assert_int_equal(l.progress, t[i]);
		looked_clear(&l);
	}
	assert_true(there("tile/2/000.p/1"));
	assert_true(there("tile/1/001.p/1"));
	assert_false(there("tile/1/000.p"));            /* full: partial ones went */
	assert_false(there("tile/0/255.p"));
	sample_free(&s);
}

/* Only what is new is written, and what is missing. */
static void
going_on(void **state)
{
	struct publish_done done;
	struct sample s;
	struct stat sb;
	char *path;

	(void)state;
	fill(&s, 700);
	umask(077);
	publish_ok(&s, &done);
	/* key, text, 3 bundles, 3 + 1 tiles, two lists, checkpoint */
	assert_int_equal(done.files, 12);
	path = mem_printf("%s/tile/entries/000", dir);
	assert_int_equal(stat(path, &sb), 0);
	assert_int_equal(sb.st_mode & 07777, 0644);
	free(path);
	path = mem_printf("%s/tile", dir);
	assert_int_equal(stat(path, &sb), 0);
	assert_int_equal(sb.st_mode & 07777, 0755);
	free(path);
	publish_ok(&s, &done);
	assert_int_equal(done.files, 0);
	sample_sign(&s);
	publish_ok(&s, &done);
	assert_int_equal(done.files, 3);
	assert_int_equal(done.was, 700);
	delete("tile/0/001");
	write_file("tile/1/000.p/2", "short", 5);
	publish_ok(&s, &done);
	assert_int_equal(done.files, 2);
	sample_free(&s);
}

static void
rich(void **state)
{
	struct looked l = { .status = OK };
	struct sample s, again;
	struct commitment c;
	char address[COMMITMENT_ADDRESS];
	unsigned char leaf[COMMITMENT_BYTES];

	(void)state;
	s.front.size = 320;
	publish_rich(&s, 300);
	sample_parts(4, &c, address);
	assert_int_equal(commitment_make(&c, leaf), OK);
	l.audit.commitment = leaf;
	l.audit.mark_count = 3;
	l.audit.marks[0].size = 300;
	l.audit.marks[1].size = 0;
	l.audit.marks[2].size = 321;
	if (look(&l) != OK)
		fail_msg("%s", l.found.data);
	assert_int_equal(l.audit.signs, 317);
	assert_int_equal(l.audit.counted, 315);
	assert_int_equal(l.audit.backs[BACK_FRAUD], 1);
	assert_int_equal(l.audit.backs[BACK_WITHDRAWN], 1);
	assert_int_equal(l.audit.batches, 1);
	assert_true(l.audit.stands && l.audit.taken);
	assert_int_equal(l.audit.leaf, 4);
	assert_int_equal(l.audit.back_at, 8);
	assert_int_equal(l.audit.back.reason, BACK_FRAUD);
	assert_int_equal(l.audit.cosigned_count, 2);
	assert_int_equal(l.audit.cosigned[0].count, 1);
	assert_int_equal(l.audit.cosigned[1].count, 3);
	assert_int_equal(l.audit.cosigned[1].at.size, 300);
	assert_true(l.audit.marks[0].reached && l.audit.marks[1].reached);
	assert_false(l.audit.marks[2].reached);
	fill(&again, 300);
	merkle_root(&again.front, &again.node[0][0]);
	assert_memory_equal(&l.audit.marks[0].root, &again.node[0][0], MERKLE_BYTES);
	assert_int_equal(l.audit.marks[0].counted, again.counted);
	assert_int_equal(l.audit.marks[1].counted, 0);
	looked_clear(&l);
	sample_free(&s);
	sample_free(&again);
}

/* ---- every single byte -------------------------------------------------------------- */

static size_t bytes_changed;
static int every;               /* that many bytes on, in large files */

static int
change_file(const char *path, const struct stat *sb, int kind, struct FTW *ftw)
{
	static const unsigned char bits[] = { 0x01, 0x20, 0x80 };
	const char *name = path + strlen(dir) + 1;
	struct buf data = BUF_INIT;
	size_t i, b;
	char was;

	(void)sb;
	(void)ftw;
	if (kind != FTW_F)
		return 0;
	read_file(name, &data);
	for (i = 0; i < data.len; i += data.len > 600 ? (size_t)every : 1)
		for (b = 0; b < sizeof bits; b++) {
			was = data.data[i];
			data.data[i] = (char)(was ^ bits[b]);
			write_file(name, data.data, data.len);
			BAD(name);              /* named */
			data.data[i] = was;
			bytes_changed++;
		}
	write_file(name, data.data, data.len);
	buf_free(&data);
	return 0;
}

static void
every_byte(void **state)
{
	struct sample s;

	(void)state;
	every = 1;
	s.front.size = 14;
	publish_rich(&s, 11);
	assert_int_equal(nftw(dir, change_file, 16, FTW_PHYS), 0);
	assert_good();
	assert_true(bytes_changed > 3 * 3000);
	sample_free(&s);
}

/* With two levels of tiles, old partial ones and a full one. */
static void
bytes_of_a_larger(void **state)
{
	struct sample s;

	(void)state;
	every = 61;
	s.front.size = 300;
	publish_rich(&s, 270);
	assert_true(there("tile/entries/001.p/14") && there("tile/1/000.p/1"));
	assert_int_equal(nftw(dir, change_file, 16, FTW_PHYS), 0);
	assert_good();
	sample_free(&s);
}

static int
delete_file(const char *path, const struct stat *sb, int kind, struct FTW *ftw)
{
	const char *name = path + strlen(dir) + 1;
	struct buf data = BUF_INIT;

	(void)sb;
	(void)ftw;
	/* Old partial tiles may go, and so may texts and the older checkpoint. */
	if (kind != FTW_F || strstr(name, ".p/14") != NULL ||
	    strncmp(name, "texts/", 6) == 0 || strcmp(name, FOLDER_COSIGNED) == 0)
		return 0;
	read_file(name, &data);
	delete(name);
	BAD(strcmp(name, "checkpoint") == 0 ? "no published log" : name);
	write_file(name, data.data, data.len / 2);
	BAD(name);
	buf_addch(&data, 'x');
	write_file(name, data.data, data.len);
	BAD(name);
	write_file(name, data.data, data.len - 1);
	buf_free(&data);
	return 0;
}

static void
missing_cut_and_long(void **state)
{
	struct sample s;

	(void)state;
	s.front.size = 300;
	publish_rich(&s, 270);
	assert_int_equal(nftw(dir, delete_file, 16, FTW_PHYS), 0);
	assert_good();
	sample_free(&s);
}

static void
beside_the_log(void **state)
{
	struct looked l = { .status = OK };
	struct publish_done done;
	struct sample s;
	char *link;

	(void)state;
	fill(&s, 300);
	publish_ok(&s, &done);
	BAD("batches");                 /* the list was not given */
	write_file("batches", "1 2026-11-20 1 many in one night\n", 33);
	write_file("index.html", "<p>", 3);
	write_file("tile/0/002.p", "", 0);
	write_file("tile/0/001.p/45", "", 0);
	link = mem_printf("%s/checkpoint.old", dir);
	assert_int_equal(symlink("/etc/passwd", link), 0);
	free(link);
	if (look(&l) != OK)
		fail_msg("%s", l.found.data);
	assert_non_null(strstr(l.noticed.data, "index.html: is no part"));
	assert_non_null(strstr(l.noticed.data, "tile/0/002.p: is no part"));
	assert_non_null(strstr(l.noticed.data, "tile/0/001.p/45: is beyond"));
	assert_non_null(strstr(l.noticed.data, "checkpoint.old: is no part"));
	looked_clear(&l);
	delete("witnesses");
	link = mem_printf("%s/witnesses", dir);
	assert_int_equal(symlink("key", link), 0);
	free(link);
	BAD("witnesses", "symbolic link");
	sample_free(&s);
}

/* ---- entries changed by somebody without the key ------------------------------------ */

/* All files of the log T, but the checkpoint that S was signed with. */
static void
assert_tampered(struct sample *s, struct sample *t)
{
	struct edition e;
	struct publish_done done;
	struct buf checkpoint = BUF_INIT;

	publish_ok(s, &done);
	read_file("checkpoint", &checkpoint);
	remove_all(dir);
	edition_init(&e, t);
	assert_int_equal(edition_publish(&e, &done, NULL), OK);
	write_file("checkpoint", checkpoint.data, checkpoint.len);
	if (s->front.size == t->front.size)
		BAD("checkpoint: the root that is signed is not that of the entries");
	else
		BAD("tile/entries/000.p/20");
	remove_all(dir);
	edition_clear(&e);
	buf_free(&checkpoint);
	sample_free(t);
}

static void
copy_without(struct sample *to, const struct sample *from, uint64_t drop,
    uint64_t swap)
{
	const unsigned char *entry[300];
	size_t at, len[300], n = 0, b;

	sample_init(to, 7);
	for (b = 0; b < from->bundles; b++)
		for (at = 0; tile_next_entry(from->bundle[b].data,
		    from->bundle[b].len, &at, &entry[n], &len[n]) == OK;)
			n++;
	if (swap < n) {
		const unsigned char *e = entry[swap];
		size_t l = len[swap];

		entry[swap] = entry[swap + 1];
		len[swap] = len[swap + 1];
		entry[swap + 1] = e;
		len[swap + 1] = l;
	}
	for (b = 0; b < n; b++)
		if (b != drop)
			sample_add_raw(to, entry[b], len[b]);
	to->counted = to->front.size;
}

static void
copy_with(struct sample *to, const struct sample *from, uint64_t i)
{
	const unsigned char *entry;
	size_t at = 0, len;
	uint64_t n;

	sample_init(to, 7);
	for (n = 0; tile_next_entry(from->bundle[0].data, from->bundle[0].len, &at,
	    &entry, &len) == OK; n++) {
		if (n == i)
			sample_add_raw(to, "back 0 erased", 13);
		sample_add_raw(to, entry, len);
	}
}

static void
leaves(void **state)
{
	struct sample s, t;
	uint64_t i;

	(void)state;
	sample_init(&s, 7);
	while (s.front.size < 20)
		sample_sign(&s);
	for (i = 0; i < 20; i += 3) {
		copy_without(&t, &s, i, UINT64_MAX);            /* dropped */
		assert_tampered(&s, &t);
		copy_without(&t, &s, i, UINT64_MAX);            /* another for it */
		sample_sign(&t);
		assert_tampered(&s, &t);
		if (i < 19) {
			copy_without(&t, &s, UINT64_MAX, i);    /* swapped */
			assert_tampered(&s, &t);
		}
	}
	for (i = 0; i < 20; i += 3) {
		copy_with(&t, &s, i);                           /* added */
		assert_tampered(&s, &t);
	}
	sample_free(&s);
}

/* One more behind the end: nothing that is signed has changed. */
static void
beyond_the_end(void **state)
{
	struct looked l = { .status = OK };
	struct buf old = BUF_INIT;
	struct publish_done done;
	struct sample s;

	(void)state;
	sample_init(&s, 7);
	while (s.front.size < 20)
		sample_sign(&s);
	publish_ok(&s, &done);
	read_file("checkpoint", &old);
	sample_sign(&s);
	publish_ok(&s, &done);
	write_file("checkpoint", old.data, old.len);
	if (look(&l) != OK)
		fail_msg("%s", l.found.data);
	assert_non_null(strstr(l.noticed.data, "tile/entries/000.p/21: is beyond"));
	looked_clear(&l);
	buf_free(&old);
	sample_free(&s);
}

/* ---- by its keeper, who has the key ---------------------------------------------------- */

typedef void tamper(struct sample *);

static void
wrong_count(struct sample *s)
{
	s->counted++;
}

static void
back_twice(struct sample *s)
{
	sample_back(s, 3, BACK_ERASED, 0);
	sample_back(s, 3, BACK_DUPLICATE, 1);
}

static void
back_of_a_back(struct sample *s)
{
	sample_back(s, 6, BACK_ERASED, 0);
}

static void
back_of_itself(struct sample *s)
{
	sample_back(s, s->front.size, BACK_ERASED, 0);
}

static void
back_of_later(struct sample *s)
{
	sample_back(s, s->front.size + 1, BACK_ERASED, 0);
	sample_sign(s);
}

static void
unknown_batch(struct sample *s)
{
	sample_back(s, 3, BACK_FRAUD, 2);
}

static void
unknown_duplicates(struct sample *s)
{
	sample_back(s, 3, BACK_DUPLICATE, 2);
}

static void
unknown_unreachable(struct sample *s)
{
	sample_back(s, 3, BACK_UNREACHABLE, 2);
}

static void
without_batch(struct sample *s)
{
	sample_add_raw(s, "back 3 duplicate", 16);
}

static void
batch_again(struct sample *s)
{
	struct entry e = { .kind = ENTRY_BATCH, .batch = 1, .day = SAMPLE_DAY,
	    .words = "other words" };

	sample_add(s, &e);
}

static void
batch_beyond(struct sample *s)
{
	struct entry e = { .kind = ENTRY_BATCH, .batch = 3, .day = SAMPLE_DAY,
	    .words = "other words" };

	sample_add(s, &e);
}

static void
no_entry(struct sample *s)
{
	sample_add_raw(s, "sign me", 7);
}

static void
empty_entry(struct sample *s)
{
	sample_add_raw(s, "", 0);
}

static void
sign_again(struct sample *s, uint64_t index)
{
	struct entry e = { .kind = ENTRY_SIGN };
	char address[COMMITMENT_ADDRESS];
	struct commitment c;

	sample_parts(index, &c, address);
	assert_int_equal(commitment_make(&c, e.commitment), OK);
	sample_add(s, &e);
}

static void
signed_twice(struct sample *s)
{
	sign_again(s, 3);
}

static void
freed_too_late(struct sample *s)
{
	sign_again(s, 3);
	sample_back(s, 3, BACK_FRAUD, 1);
}

static void
freed_once(struct sample *s)
{
	sign_again(s, 4);               /* which fraud took back */
	sign_again(s, 4);
}

static void
freed_otherwise(struct sample *s)
{
	sign_again(s, 2);               /* which was withdrawn */
}

static void
by_its_keeper(void **state)
{
	static const struct { tamper *how; const char *say; } t[] = {
		{ wrong_count, "the entries make it 15" },
		{ back_twice, "entry 21 takes back entry 3 a second time" },
		{ back_of_a_back, "entry 20 takes back entry 6, which is no sign" },
		{ back_of_itself, "entry 20 takes back entry 20, which is no sign" },
		{ back_of_later, "entry 20 takes back entry 21, which is no sign" },
		{ unknown_batch, "entry 20 names batch 2" },
		{ unknown_duplicates, "entry 20 names batch 2" },
		{ unknown_unreachable, "entry 20 names batch 2" },
		{ without_batch, "entry 20 is not written as one" },
		{ batch_again, "entry 20 begins batch 1 where 2 is next" },
		{ batch_beyond, "entry 20 begins batch 3 where 2 is next" },
		{ no_entry, "entry 20 is not written as one" },
		{ empty_entry, "entry 20 is not written as one" },
		{ signed_twice, "entry 20 has the commitment of entry 3 once more" },
		{ freed_too_late, "entry 20 has the commitment of entry 3" },
		{ freed_once, "entry 21 has the commitment of entry 20 once more" },
		{ freed_otherwise, "entry 20 has the commitment of entry 2" },
	};
	struct publish_done done;
	struct sample s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof t / sizeof t[0]; i++) {
		fill(&s, 20);
		t[i].how(&s);
		publish_ok(&s, &done);
		write_file("batches", "1 2026-11-20 1 many in one night\n", 33);
		BAD(t[i].say);
		sample_free(&s);
		remove_all(dir);
	}
}

/* What staff took out, for whatever of the three, and wrongly so stands again and counts. */
static void
counts_again(void **state)
{
	unsigned char commitment[COMMITMENT_BYTES];
	char address[COMMITMENT_ADDRESS];
	struct looked l = { .status = OK };
	struct publish_done done;
	struct commitment c;
	struct sample s;

	(void)state;
	fill(&s, 20);
	sign_again(&s, 4);
	sample_back(&s, 20, BACK_DUPLICATE, 1);
	sample_back(&s, 11, BACK_UNREACHABLE, 1);
	sign_again(&s, 4);
	sign_again(&s, 11);
	publish_ok(&s, &done);
	write_file("batches", "1 2026-11-20 3 many in one night\n", 33);
	sample_parts(4, &c, address);
	assert_int_equal(commitment_make(&c, commitment), OK);
	l.audit.commitment = commitment;
	if (look(&l) != OK)
		fail_msg("%s", l.found.data);
	assert_true(l.audit.stands);
	assert_false(l.audit.taken);
	assert_int_equal(l.audit.leaf, 23);
	assert_int_equal(l.audit.counted, s.counted);
	looked_clear(&l);
	sample_free(&s);
}

/* ---- what publishing refuses --------------------------------------------------------- */

static void
longer_forked_other(void **state)
{
	struct publish_done done;
	struct sample s, t;
	struct reason why;
	struct buf text = BUF_INIT;

	(void)state;
	fill(&s, 20);
	publish_ok(&s, &done);
	write_file("batches", "1 2026-11-20 1 many in one night\n", 33);

	fill(&t, 19);
	assert_int_equal(publish_refused(&t, &why), DENIED);
	assert_non_null(strstr(why.text, "holds 20 entries, which is more than the 19"));
	sample_back(&t, 0, BACK_ERASED, 0);             /* same size */
	assert_int_equal(publish_refused(&t, &why), DENIED);
	assert_non_null(strstr(why.text, "at 20 entries the roots differ"));
	sample_sign(&t);                                /* longer */
	assert_int_equal(publish_refused(&t, &why), DENIED);
	assert_non_null(strstr(why.text, "at 20 entries the roots differ"));
	sample_free(&t);

	sample_init(&t, 8);
	while (t.front.size < 30)
		sample_sign(&t);
	assert_int_equal(publish_refused(&t, &why), DENIED);
	assert_non_null(strstr(why.text, "another key"));
	sample_free(&t);
	assert_good();                                  /* all was left as it was */

	read_file("checkpoint", &text);
	write_file("checkpoint", text.data, text.len - 9);
	sample_sign(&s);
	assert_int_equal(publish_refused(&s, &why), DENIED);
	assert_non_null(strstr(why.text, "left as it is"));
	write_file("checkpoint", text.data, text.len);
	delete("key");
	assert_int_equal(publish_refused(&s, &why), DENIED);
	sample_free(&s);
	buf_free(&text);
}

static void
one_at_a_time(void **state)
{
	struct publish_done done;
	struct sample s;
	struct reason why;
	int fd;

	(void)state;
	fill(&s, 20);
	publish_ok(&s, &done);
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(publish_refused(&s, &why), AGAIN);
	(void)close(fd);
	publish_ok(&s, &done);
	sample_free(&s);
}

/* Links planted in the folder lead nowhere. */
static void
planted_links(void **state)
{
	struct publish_done done;
	struct sample s;
	struct reason why;
	char *target, *link;

	(void)state;
	sample_init(&s, 7);
	sample_sign(&s);
	publish_ok(&s, &done);
	target = mem_printf("%s/elsewhere", top);
	link = mem_printf("%s/tile/1", dir);
	assert_int_equal(mkdir(target, 0700), 0);
	assert_int_equal(symlink(target, link), 0);
	while (s.front.size < 300)
		sample_sign(&s);
	assert_int_not_equal(publish_refused(&s, &why), OK);
	assert_non_null(strstr(why.text, "tile/1"));
	assert_int_equal(rmdir(target), 0);             /* empty still */
	assert_int_equal(unlink(link), 0);
	publish_ok(&s, &done);
	assert_good();
	free(target);
	free(link);
	sample_free(&s);
}

/* ---- ended in the middle -------------------------------------------------------------- */

static int gets_left;

static enum status
get_some(void *context, int level, uint64_t index, unsigned width,
    struct buf *out)
{
	return gets_left-- > 0 ? sample_part(context, level, index, width, out) :
	    TEMPFAIL;
}

/* Wherever it stops, the folder is still that of the older checkpoint, and the
 * next run makes it whole. */
static void
cut_off(void **state)
{
	struct publish_done done;
	struct reason why;
	struct edition e;
	struct sample s;
	int n;

	(void)state;
	for (n = 0;; n++) {
		sample_init(&s, 7);
		while (s.front.size < 200)
			sample_sign(&s);
		publish_ok(&s, &done);
		while (s.front.size < 600)
			sample_sign(&s);
		edition_init(&e, &s);
		e.p.get = get_some;
		gets_left = n;
		if (edition_publish(&e, &done, &why) == OK)
			break;
		assert_good();
		edition_clear(&e);
		publish_ok(&s, &done);
		assert_good();
		assert_false(there("tile/entries/000.p"));
		remove_all(dir);
		sample_free(&s);
	}
	assert_true(n > 5);
	edition_clear(&e);
	sample_free(&s);
}

/* What an ended run has left beyond the checkpoint, or without one, is not taken
 * for what is to be published, though it has the same length. */
static void
left_behind(void **state)
{
	struct publish_done done;
	struct buf old = BUF_INIT;
	struct sample s, t;

	(void)state;
	sample_init(&s, 7);
	while (s.front.size < 200)
		sample_sign(&s);
	sample_init(&t, 7);
	while (t.front.size < 260)
		sample_sign(&t);
	publish_ok(&s, &done);
	read_file("checkpoint", &old);
	while (s.front.size < 300) {
		sample_sign(&s);
		if (s.front.size % 30 == 0)
			publish_ok(&s, &done);
	}
	write_file("checkpoint", old.data, old.len);
	sample_back(&t, 3, BACK_ERASED, 0);     /* and goes on otherwise */
	while (t.front.size < 300)
		sample_sign(&t);
	publish_ok(&t, &done);
	assert_good();
	delete("checkpoint");
	while (s.front.size < 310)
		sample_sign(&s);
	while (t.front.size < 310)
		sample_sign(&t);
	publish_ok(&s, &done);
	assert_good();
	delete("checkpoint");
	publish_ok(&t, &done);
	assert_good();
	sample_free(&s);
	sample_free(&t);
	buf_free(&old);
}

static void
not_right_in_itself(void **state)
{
	struct publish_done done;
	struct sample s, t;
	struct reason why;
	struct edition e;

	(void)state;
	fill(&s, 20);
	fill(&t, 30);
	edition_init(&e, &s);
	e.checkpoint.data[5] ^= 1;
	assert_int_equal(edition_publish(&e, &done, &why), INVALID);
	assert_false(there(""));
	edition_clear(&e);
	edition_init(&e, &t);
	e.p.context = &s;               /* has less than its checkpoint says */
	assert_int_not_equal(edition_publish(&e, &done, &why), OK);
	assert_false(there("checkpoint"));
	edition_clear(&e);
	sample_free(&s);
	sample_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sizes, begin, end),
		cmocka_unit_test_setup_teardown(going_on, begin, end),
		cmocka_unit_test_setup_teardown(rich, begin, end),
		cmocka_unit_test_setup_teardown(every_byte, begin, end),
		cmocka_unit_test_setup_teardown(bytes_of_a_larger, begin, end),
		cmocka_unit_test_setup_teardown(missing_cut_and_long, begin, end),
		cmocka_unit_test_setup_teardown(beside_the_log, begin, end),
		cmocka_unit_test_setup_teardown(leaves, begin, end),
		cmocka_unit_test_setup_teardown(beyond_the_end, begin, end),
		cmocka_unit_test_setup_teardown(by_its_keeper, begin, end),
		cmocka_unit_test_setup_teardown(counts_again, begin, end),
		cmocka_unit_test_setup_teardown(longer_forked_other, begin, end),
		cmocka_unit_test_setup_teardown(one_at_a_time, begin, end),
		cmocka_unit_test_setup_teardown(planted_links, begin, end),
		cmocka_unit_test_setup_teardown(cut_off, begin, end),
		cmocka_unit_test_setup_teardown(left_behind, begin, end),
		cmocka_unit_test_setup_teardown(not_right_in_itself, begin, end),
	};
	int failed;

	seal_init();
	if (mkdtemp(in_memory) == NULL) {
		top = on_disk;
		if (mkdtemp(on_disk) == NULL)
			return 1;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)rmdir(top);
	return failed;
}
