/* SPDX-License-Identifier: ISC
 *
 * S11.  Sealed values of all kinds come, change and go at random, until pages
 * have been parted and joined many times; whatever has gone is looked for in the
 * bytes of every file.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "store/mailing.h"
#include "store/paper.h"
#include "store/store.h"

#define NOW 1795000000
#define ROUNDS 500
#define WINDOW 8                /* random bytes: never the same by chance */

static char dir[64];
static struct store *s;
static struct arena *arena;
static int64_t campaign;
static uint64_t lot;

static uint64_t
draw64(void)
{
	lot ^= lot << 13;
	lot ^= lot >> 7;
	lot ^= lot << 17;
	return lot * 2685821657736338717u;
}

static unsigned
draw(unsigned below)
{
	return (unsigned)(draw64() >> 33) % below;
}

/* ---- files that are cut must be empty before ------------------------------- */

static int cuts, full_cuts;

static bool
is_blank(int fd)
{
	static const char zeros[4096];
	char block[4096];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, block, sizeof block, at)) > 0) {
		if (memcmp(block, zeros, (size_t)n) != 0)
			return false;
		at += n;
	}
	return n == 0;
}

static int
cut(int fd, off_t size)
{
	if (size == 0) {
		cuts++;
		full_cuts += !is_blank(fd);
	}
	return (int)syscall(SYS_ftruncate, fd, size);
}

int ftruncate(int fd, off_t size);
int ftruncate64(int fd, off_t size);

int
ftruncate(int fd, off_t size)
{
	return cut(fd, size);
}

int
ftruncate64(int fd, off_t size)
{
	return cut(fd, size);
}

/* ---- what is to be gone ---------------------------------------------------- */

static uint64_t *gone;          /* windows, by what they are; 0: free */
static size_t gone_room, gone_count;

static uint64_t
window_at(const unsigned char *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof w);
	return w;
}

static bool
is_gone(uint64_t w)
{
	size_t i = (size_t)(w * 0x9e3779b97f4a7c15u >> 20) & (gone_room - 1);

	for (; gone[i] != 0; i = (i + 1) & (gone_room - 1))
		if (gone[i] == w)
			return true;
	return false;
}

static void
add_window(uint64_t w)
{
	size_t i = (size_t)(w * 0x9e3779b97f4a7c15u >> 20) & (gone_room - 1);

	while (gone[i] != 0)
		i = (i + 1) & (gone_room - 1);
	gone[i] = w;
	gone_count++;
	assert_true(gone_count < gone_room / 2);
}

static void
add_gone(const unsigned char *p, size_t len)
{
	size_t i;

	for (i = 0; i + WINDOW <= len; i++)
		add_window(window_at(p + i));
}

/* How many windows of FILE are of what is gone. */
static size_t
look_in(const char *path)
{
	struct buf b = BUF_INIT;
	size_t i, n = 0;

	assert_int_equal(buf_read_file(&b, path, 1u << 30, NULL), OK);
	for (i = 0; i + WINDOW <= b.len; i++)
		n += is_gone(window_at((const unsigned char *)b.data + i));
	buf_free(&b);
	return n;
}

static size_t
look(void)
{
	struct dirent *e;
	DIR *d = opendir(dir);
	char path[400];
	size_t n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		(void)snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
		if (e->d_name[0] != '.')
			n += look_in(path);
	}
	(void)closedir(d);
	return n;
}

/* ---- rows with values that are known here too ------------------------------- */

struct value {
	unsigned char bytes[3000];
	size_t len;
};

static void
fill(struct value *v, size_t most)
{
	size_t i;

	v->len = 40 + draw((unsigned)most);
	for (i = 0; i < v->len; i++)
		v->bytes[i] = (unsigned char)(draw64() >> 40);
}

static struct blob
blob(const struct value *v)
{
	return (struct blob){ v->bytes, v->len };
}

#define PEOPLE 3000
static struct { struct signature sig; struct value who; bool there; } person[PEOPLE];
static size_t people;
#define MAILS 6000
static struct { int64_t id; struct value payload; bool there; } mail[MAILS];
static size_t mails;

static void
new_person(void)
{
	struct signature *sig;
	size_t i;

	if (people == PEOPLE)
		return;
	sig = &person[people].sig;
	*sig = (struct signature){ .campaign = campaign,
	    .state = SIGNATURE_CONFIRMED, .country = "TJ", .language = "tg",
	    .source = "", .created_day = 20000, .confirmed_day = 20001 };
	for (i = 0; i < STORE_HASH; i++)
		sig->key[i] = (unsigned char)(draw64() >> 40);
	fill(&person[people].who, 400);
	sig->identity = blob(&person[people].who);
	assert_int_equal(store_signature_add(s, sig), OK);
	person[people++].there = true;
}

/* As a correction does, and, without a value, as FORGET. */
static void
change_person(size_t i, bool forget)
{
	if (!person[i].there)
		return;
	add_gone(person[i].who.bytes, person[i].who.len);
	fill(&person[i].who, 400);
	person[i].sig.identity = forget ? (struct blob){ NULL, 0 } :
	    blob(&person[i].who);
	person[i].there = !forget;
	assert_int_equal(store_signature_put(s, &person[i].sig), OK);
	if (forget)
		store_removed(s);
}

static void
new_mail(void)
{
	struct outbox_row row = { .campaign = campaign,
	    .signature = person[draw((unsigned)people)].sig.id,
	    .class = OUTBOX_ANSWER, .kind = "receipt", .language = "tg",
	    .created_at = NOW, .due_at = NOW + draw(100) };
	size_t i;

	if (mails == MAILS)
		return;
	for (i = 0; i < STORE_HASH; i++)
		row.serial[i] = (unsigned char)(draw64() >> 40);
	fill(&mail[mails].payload, draw(8) == 0 ? 2900 : 300);
	row.payload = blob(&mail[mails].payload);
	assert_int_equal(store_outbox_add(s, &row), OK);
	mail[mails].id = row.id;
	mail[mails++].there = true;
}

static void
send_mail(size_t i)
{
	if (!mail[i].there)
		return;
	add_gone(mail[i].payload.bytes, mail[i].payload.len);
	mail[i].there = false;
	assert_int_equal(store_outbox_remove(s, mail[i].id), OK);
}

/* All but a few, so that pages are joined and given back. */
static void
send_most(void)
{
	size_t i;

	for (i = 0; i < mails; i++) {
		if (i % 100 == 0)
			assert_int_equal(store_begin(s), OK);
		if (i % 37 != 0)
			send_mail(i);
		if (i % 100 == 99 || i + 1 == mails)
			assert_int_equal(store_commit(s), OK);
	}
}

static void
work(int rounds, bool removes)
{
	int round, i;

	for (round = 0; round < rounds; round++) {
		assert_int_equal(store_begin(s), OK);
		for (i = 0; i < 20; i++)
			switch (draw(removes ? 6 : 3)) {
			case 0:
				new_person();
				break;
			case 1:
			case 2:
				new_mail();
				break;
			case 3:
				change_person(draw((unsigned)people), false);
				break;
			case 4:
				change_person(draw((unsigned)people), true);
				break;
			default:
				if (mails > 5) {
					send_mail(draw((unsigned)mails));
					send_mail(mails - 5);
				}
			}
		assert_int_equal(store_commit(s), OK);
		if (draw(40) == 0)
			store_checkpoint(s);
	}
}

/* Writes nearly every page anew, and removes nothing. */
static void
touch_all(void)
{
	size_t i;

	assert_int_equal(store_begin(s), OK);
	for (i = 0; i < people; i++) {
		person[i].sig.actions ^= 1;
		assert_int_equal(store_signature_put(s, &person[i].sig), OK);
	}
	for (i = 0; i < mails; i++)
		if (mail[i].there)
			assert_int_equal(store_outbox_delay(s, mail[i].id, 1,
			    NOW + 50), OK);
	assert_int_equal(store_commit(s), OK);
}

/* ---- the tests ---------------------------------------------------------------- */

static int
setup(void **state)
{
	struct reason why;

	(void)state;
	lot = 88172645463325252u;
	people = mails = 0;
	memset(mail, 0, sizeof mail);
	gone_room = 1u << 23;
	gone_count = 0;
	gone = mem_realloc(NULL, gone_room, sizeof *gone);
	memset(gone, 0, gone_room * sizeof *gone);
	(void)snprintf(dir, sizeof dir, "/tmp/clean_test.XXXXXX");
	assert_non_null(mkdtemp(dir));
	arena = arena_new();
	assert_int_equal(store_open(&s, dir, STORE_CREATE, &why), OK);
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_campaign_add(s, "parks", &campaign), OK);
	new_person();
	assert_int_equal(store_commit(s), OK);
	return 0;
}

static int
teardown(void **state)
{
	char command[128];

	(void)state;
	store_close(&s);
	arena_free(&arena);
	free(gone);
	(void)snprintf(command, sizeof command, "rm -r %s", dir);
	return system(command);
}

static void
what_was_removed_is_in_no_file(void **state)
{
	char backup[96];
	struct reason why;

	(void)state;
	work(ROUNDS, true);
	store_checkpoint(s);
	send_most();
	assert_true(look() > 0);        /* it is looked for in the right way */
	cuts = full_cuts = 0;
	assert_int_equal(store_clean(s, 5000), OK);
	assert_int_equal(look(), 0);
	assert_int_equal(cuts, 1);
	assert_int_equal(full_cuts, 0);

	/* Nor does it come back with the pages that it was on. */
	touch_all();
	work(ROUNDS / 2, false);
	assert_int_equal(look(), 0);
	(void)snprintf(backup, sizeof backup, "%s/backup", dir);
	assert_int_equal(store_backup(s, backup, NULL, NULL, &why), OK);
	assert_int_equal(look(), 0);
	store_close(&s);
	assert_int_equal(look(), 0);
}

/* Somebody else's pages, and those of a keeper that was killed. */
static void
another_process_cleans_too(void **state)
{
	struct store *other = NULL;
	struct reason why;

	(void)state;
	work(ROUNDS / 2, true);
	assert_int_equal(store_open(&other, dir, STORE_WRITE, &why), OK);
	assert_true(store_unclean(other) > 0);
	assert_int_equal(store_clean(other, 5000), OK);
	assert_int_equal(store_unclean(other), 0);
	assert_int_equal(look(), 0);
	work(ROUNDS / 4, false);
	assert_int_equal(look(), 0);
	store_close(&other);
	assert_int_equal(look(), 0);
}

/* Pages hold no more than they did, and nothing that counts is lost. */
static void
the_store_stays_whole(void **state)
{
	struct signature sig;
	struct reason why;
	size_t i;

	(void)state;
	work(ROUNDS, true);
	assert_int_equal(store_clean(s, 5000), OK);
	store_close(&s);
	assert_int_equal(store_open(&s, dir, STORE_WRITE, &why), OK);
	assert_int_equal(store_verify(s, &why), OK);
	for (i = 0; i < people; i++) {
		arena_reset(arena);
		assert_int_equal(store_signature_get(s, arena,
		    person[i].sig.id, &sig), OK);
		assert_int_equal(sig.identity.len,
		    person[i].there ? person[i].who.len : 0);
		if (person[i].there)
			assert_memory_equal(sig.identity.data,
			    person[i].who.bytes, person[i].who.len);
	}
}

static void
it_is_known_what_is_to_be_done(void **state)
{
	(void)state;
	assert_int_equal(store_clean(s, 5000), OK);
	assert_int_equal(store_unclean(s), 0);
	assert_int_equal(store_begin(s), OK);
	new_person();
	assert_int_equal(store_commit(s), OK);
	assert_int_equal(store_unclean(s), 0);
	assert_int_equal(store_begin(s), OK);
	change_person(0, true);
	store_rollback(s);
	assert_int_equal(store_unclean(s), 0);
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_clean(s, 0), INVALID);
	store_removed(s);
	assert_int_equal(store_commit(s), OK);
	assert_true(store_unclean(s) > 0);
}

static int nested;

/* A backup reads one state from its beginning to its end. */
static void
while_somebody_reads(void *arg, int64_t done, int64_t total)
{
	(void)total;
	if (done == 0 || nested++ > 0)
		return;
	assert_int_equal(store_begin(arg), OK);
	new_person();
	store_removed(arg);
	assert_int_equal(store_commit(arg), OK);
	assert_int_equal(store_clean(arg, 10), TEMPFAIL);
	assert_true(store_unclean(arg) > 0);
}

static void
readers_are_not_disturbed(void **state)
{
	struct store *reader = NULL;
	struct reason why;
	char backup[96];

	(void)state;
	nested = 0;
	assert_int_equal(store_open(&reader, dir, STORE_READ, &why), OK);
	(void)snprintf(backup, sizeof backup, "%s/backup", dir);
	assert_int_equal(store_backup(reader, backup, while_somebody_reads, s,
	    &why), OK);
	assert_true(nested > 0);
	store_close(&reader);
	assert_int_equal(store_clean(s, 10), OK);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_was_removed_is_in_no_file),
		TEST(another_process_cleans_too),
		TEST(the_store_stays_whole),
		TEST(it_is_known_what_is_to_be_done),
		TEST(readers_are_not_disturbed),
	};

	return cmocka_run_group_tests_name("clean", tests, NULL, NULL);
}
