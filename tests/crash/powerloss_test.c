/* SPDX-License-Identifier: ISC
 *
 * The power goes, at every write and every sync of a run in turn.
 *
 * A VFS keeps the files in memory: what is on the disk for good (as of the last
 * sync) and what was written since.  When the power goes, all further calls
 * fail; then each write not yet synced is kept, lost, or kept in some of its
 * sectors, by lot.  The store is opened again and must be whole (integrity,
 * counts), and hold exactly what it held after the last commit that answered OK,
 * or after the one that was under way.  At last the syncs are made to do nothing:
 * then losses must be found, or this test proves nothing.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "store/query.h"
#include "store/store.h"

#define SECTOR 512
#define NOW 1795000000

/* ---- lots ----------------------------------------------------------------- */

static uint64_t lot;

static unsigned
draw(unsigned below)
{
	lot = lot * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(lot >> 33) % below;
}

/* ---- a disk ---------------------------------------------------------------- */

struct change {
	sqlite3_int64 at;
	int len;                /* -1: cut to AT */
	unsigned char *data;
	struct change *next;
};

struct image {
	unsigned char *data;
	sqlite3_int64 size;
};

struct disk_file {
	char name[256];
	bool there, there_durably;
	struct image now, durable;
	struct change *first, **last;
	struct disk_file *next;
};

static struct disk_file *disk;
static bool power, syncs_lie;
static long operations, cut_at;

static void
change_image(struct image *im, const struct change *c, bool torn)
{
	sqlite3_int64 end, i;

	if (c->len < 0) {
		if (c->at < im->size)
			im->size = c->at;
		return;
	}
	end = c->at + c->len;
	if (end > im->size) {
		im->data = mem_realloc(im->data, (size_t)end, 1);
		memset(im->data + im->size, 0, (size_t)(end - im->size));
		im->size = end;
	}
	for (i = 0; i < c->len; i += SECTOR)
		if (!torn || draw(2) == 0)
			memcpy(im->data + c->at + i, c->data + i,
			    (size_t)(c->len - i < SECTOR ? c->len - i : SECTOR));
}

static void
copy_image(struct image *to, const struct image *from)
{
	to->data = mem_realloc(to->data, (size_t)from->size + 1, 1);
	if (from->size > 0)
		memcpy(to->data, from->data, (size_t)from->size);
	to->size = from->size;
}

static void
forget_changes(struct disk_file *d)
{
	struct change *c;

	while ((c = d->first) != NULL) {
		d->first = c->next;
		free(c->data);
		free(c);
	}
	d->last = &d->first;
}

static struct disk_file *
find_file(const char *name, bool make)
{
	struct disk_file *d;

	for (d = disk; d != NULL; d = d->next)
		if (strcmp(d->name, name) == 0)
			return d;
	if (!make)
		return NULL;
	d = mem_alloc(sizeof *d);
	(void)snprintf(d->name, sizeof d->name, "%s", name);
	d->last = &d->first;
	d->next = disk;
	disk = d;
	return d;
}

/* True while there is power; false for ever after the cut. */
static bool
operate(void)
{
	if (power && ++operations == cut_at)
		power = false;
	return power;
}

static void
empty_disk(void)
{
	struct disk_file *d;

	while ((d = disk) != NULL) {
		disk = d->next;
		forget_changes(d);
		free(d->now.data);
		free(d->durable.data);
		free(d);
	}
}

/* What is left on the disk when the power is back. */
static void
settle_disk(void)
{
	struct disk_file *d;
	struct change *c;
	unsigned fate;

	for (d = disk; d != NULL; d = d->next) {
		/* A name made or removed without a sync of its directory. */
		if (d->there != d->there_durably)
			d->there = draw(2) == 0;
		for (c = d->first; c != NULL; c = c->next) {
			fate = draw(3);
			if (fate > 0)
				change_image(&d->durable, c, fate == 1);
		}
		forget_changes(d);
		copy_image(&d->now, &d->durable);
		if (!d->there)
			d->now.size = d->durable.size = 0;
		d->there_durably = d->there;
	}
}

/* ---- as a VFS --------------------------------------------------------------- */

struct handle {
	sqlite3_file base;
	struct disk_file *d;
	void *region[64];
};

static struct disk_file *
disk_of(sqlite3_file *base)
{
	return ((struct handle *)(void *)base)->d;
}

static int
disk_close(sqlite3_file *base)
{
	(void)base;
	return SQLITE_OK;
}

static int
disk_read(sqlite3_file *base, void *out, int len, sqlite3_int64 at)
{
	struct disk_file *d = disk_of(base);
	sqlite3_int64 have = d->now.size - at;

	if (!power)
		return SQLITE_IOERR_READ;
	if (have > len)
		have = len;
	if (have > 0)
		memcpy(out, d->now.data + at, (size_t)have);
	if (have >= len)
		return SQLITE_OK;
	if (have < 0)
		have = 0;
	memset((char *)out + have, 0, (size_t)(len - have));
	return SQLITE_IOERR_SHORT_READ;
}

static void
record(struct disk_file *d, const void *data, int len, sqlite3_int64 at)
{
	struct change *c = mem_alloc(sizeof *c);

	c->at = at;
	c->len = len;
	if (len > 0) {
		c->data = mem_alloc((size_t)len);
		memcpy(c->data, data, (size_t)len);
	}
	*d->last = c;
	d->last = &c->next;
	change_image(&d->now, c, false);
}

static int
disk_write(sqlite3_file *base, const void *data, int len, sqlite3_int64 at)
{
	bool was = power;

	/* The write during which the power goes may be on the disk or not. */
	if (!operate() && !was)
		return SQLITE_IOERR_WRITE;
	record(disk_of(base), data, len, at);
	return power ? SQLITE_OK : SQLITE_IOERR_WRITE;
}

static int
disk_truncate(sqlite3_file *base, sqlite3_int64 size)
{
	bool was = power;

	if (!operate() && !was)
		return SQLITE_IOERR_TRUNCATE;
	record(disk_of(base), NULL, -1, size);
	return power ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}

/* All names that were made or removed in the folder are so for good. */
static void
sync_folder(void)
{
	struct disk_file *d;

	for (d = disk; d != NULL; d = d->next) {
		if (!d->there && d->there_durably) {
			copy_image(&d->durable, &d->now);
			forget_changes(d);
		}
		d->there_durably = d->there;
	}
}

/* As SQLite does on Unix: the first sync of a new file syncs the folder too. */
static int
disk_sync(sqlite3_file *base, int flags)
{
	struct disk_file *d = disk_of(base);

	(void)flags;
	if (!operate())
		return SQLITE_IOERR_FSYNC;
	if (syncs_lie)
		return SQLITE_OK;
	copy_image(&d->durable, &d->now);
	forget_changes(d);
	if (!d->there_durably)
		sync_folder();
	return SQLITE_OK;
}

static int
disk_size(sqlite3_file *base, sqlite3_int64 *out)
{
	*out = disk_of(base)->now.size;
	return power ? SQLITE_OK : SQLITE_IOERR_FSTAT;
}

static int
disk_lock(sqlite3_file *base, int level)
{
	(void)base;
	(void)level;
	return SQLITE_OK;
}

static int
disk_reserved(sqlite3_file *base, int *out)
{
	(void)base;
	*out = 0;
	return SQLITE_OK;
}

static int
disk_control(sqlite3_file *base, int op, void *arg)
{
	(void)base;
	(void)op;
	(void)arg;
	return SQLITE_NOTFOUND;
}

static int
disk_sector(sqlite3_file *base)
{
	(void)base;
	return 4096;
}

static int
disk_device(sqlite3_file *base)
{
	(void)base;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int
disk_shm_map(sqlite3_file *base, int region, int size, int extend,
    void volatile **out)
{
	struct handle *h = (struct handle *)(void *)base;

	*out = NULL;
	if (region >= 64)
		return SQLITE_IOERR_SHMMAP;
	if (h->region[region] == NULL && extend)
		h->region[region] = mem_alloc((size_t)size);
	*out = h->region[region];
	return SQLITE_OK;
}

static int
disk_shm_lock(sqlite3_file *base, int offset, int n, int flags)
{
	(void)base;
	(void)offset;
	(void)n;
	(void)flags;
	return SQLITE_OK;
}

static void
disk_shm_barrier(sqlite3_file *base)
{
	(void)base;
}

static int
disk_shm_unmap(sqlite3_file *base, int delete)
{
	struct handle *h = (struct handle *)(void *)base;
	int i;

	(void)delete;
	for (i = 0; i < 64; i++) {
		free(h->region[i]);
		h->region[i] = NULL;
	}
	return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
	.iVersion = 2, .xClose = disk_close, .xRead = disk_read,
	.xWrite = disk_write, .xTruncate = disk_truncate, .xSync = disk_sync,
	.xFileSize = disk_size, .xLock = disk_lock, .xUnlock = disk_lock,
	.xCheckReservedLock = disk_reserved, .xFileControl = disk_control,
	.xSectorSize = disk_sector, .xDeviceCharacteristics = disk_device,
	.xShmMap = disk_shm_map, .xShmLock = disk_shm_lock,
	.xShmBarrier = disk_shm_barrier, .xShmUnmap = disk_shm_unmap,
};

static int
disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags,
    int *flags_out)
{
	struct handle *h = (struct handle *)(void *)base;

	(void)vfs;
	memset(h, 0, sizeof *h);
	if (!power || name == NULL)
		return SQLITE_CANTOPEN;
	h->d = find_file(name, true);
	h->d->there = true;
	base->pMethods = &methods;
	if (flags_out != NULL)
		*flags_out = flags;
	return SQLITE_OK;
}

static int
disk_delete(sqlite3_vfs *vfs, const char *name, int sync_directory)
{
	struct disk_file *d = find_file(name, false);

	(void)vfs;
	if (!operate())
		return SQLITE_IOERR_DELETE;
	if (d == NULL || !d->there)
		return SQLITE_IOERR_DELETE_NOENT;
	record(d, NULL, -1, 0);
	d->there = false;
	if (sync_directory && !syncs_lie)
		sync_folder();
	return SQLITE_OK;
}

static int
disk_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
	struct disk_file *d = find_file(name, false);

	(void)vfs;
	(void)flags;
	*out = d != NULL && d->there && d->now.size > 0;
	return power ? SQLITE_OK : SQLITE_IOERR_ACCESS;
}

static int
disk_path(sqlite3_vfs *vfs, const char *name, int size, char *out)
{
	(void)vfs;
	(void)sqlite3_snprintf(size, out, "%s", name);
	return SQLITE_OK;
}

static void
put_disk_in_place(void)
{
	static sqlite3_vfs vfs;

	vfs = *sqlite3_vfs_find(NULL);
	vfs.pNext = NULL;
	vfs.zName = "powerloss";
	vfs.szOsFile = (int)sizeof(struct handle);
	vfs.xOpen = disk_open;
	vfs.xDelete = disk_delete;
	vfs.xAccess = disk_access;
	vfs.xFullPathname = disk_path;
	if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK)
		log_fatalx("cannot register the VFS");
}

/* ---- what is done, and what should be there ----------------------------------- */

#define PEOPLE 60
#define MAILS 200
#define ROUNDS 14

struct model {
	int64_t serial;                         /* of the last transaction */
	int state[PEOPLE];                      /* -1: not there */
	int64_t mail[MAILS];                    /* ids; 0: not there */
	int64_t newest_mail;
};

static long twice;                      /* ids given again */
static struct model sure, perhaps;      /* committed; under way */
static char dir[64];

static void
key_of(unsigned char key[STORE_HASH], int n)
{
	memset(key, 0, STORE_HASH);
	key[0] = (unsigned char)(n * 89);
	key[1] = (unsigned char)n;
}

/* One change of a batch, in the store and in the model alike. */
static enum status
change_one(struct store *s, struct arena *arena, struct model *m)
{
	struct signature sig = { .campaign = 1, .country = draw(2) ? "TJ" : "NO",
	    .language = "tg", .source = "", .created_day = 3,
	    .next_at = NOW + draw(9) };
	struct outbox_row row = { .campaign = 1, .kind = "request",
	    .language = "tg", .created_at = NOW, .due_at = NOW };
	unsigned char key[STORE_HASH];
	char identity[700];
	int n = (int)draw(PEOPLE), k = (int)draw(MAILS);
	enum status st;

	memset(identity, 'i', sizeof identity);
	key_of(key, n);
	if (m->mail[k] != 0) {
		st = store_outbox_remove(s, m->mail[k]);
		if (st == OK)
			m->mail[k] = 0;
		return st;
	}
	st = store_signature_find(s, arena, 1, key, &sig);
	if (st == NOT_FOUND) {
		memcpy(sig.key, key, sizeof key);
		sig.state = SIGNATURE_PENDING;
		sig.identity = (struct blob){ identity, draw(700) + 1 };
		st = store_signature_add(s, &sig);
	} else if (st == OK) {
		sig.state = (enum signature_state)draw(SIGNATURE_STATES);
		st = store_signature_put(s, &sig);
	}
	if (st != OK)
		return st;
	m->state[n] = sig.state;
	row.signature = sig.id;
	st = store_outbox_add(s, &row);
	if (st == OK) {
		m->mail[k] = row.id;
		if (row.id <= m->newest_mail)
			twice++;
		m->newest_mail = row.id;
	}
	return st;
}

/* The answer of the commit, or the first failure. */
static enum status
one_round(struct store *s, struct arena *arena)
{
	enum status st = store_begin(s);
	int i, items = 1 + (int)draw(30);
	bool keep = draw(8) != 0;

	perhaps = sure;
	if (st != OK)
		return st;
	perhaps.serial++;
	for (i = 0; i < items && st == OK; i++)
		st = change_one(s, arena, &perhaps);
	if (st == OK)
		st = store_note_set(s, "serial", perhaps.serial);
	if (st != OK || !keep) {
		store_rollback(s);
		perhaps = sure;
		return st;
	}
	st = store_commit(s);
	if (st == OK)
		sure = perhaps;
	return st;
}

static void
work(struct store *s)
{
	struct arena *arena = arena_new();
	int round;

	for (round = 0; round < ROUNDS && one_round(s, arena) == OK; round++)
		switch (draw(6)) {
		case 0:
			(void)!store_clean(s, 5000);
			break;
		case 1:
		case 2:
			/* Then the WAL is written from its beginning. */
			(void)sqlite3_wal_checkpoint_v2(s->db, "main",
			    SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
			break;
		default:
			break;
		}
	arena_free(&arena);
}

static const char *
compare(struct store *s, const struct model *m)
{
	struct arena *arena = arena_new();
	struct outbox_totals totals;
	unsigned char key[STORE_HASH];
	struct signature sig;
	struct outbox_row row;
	const char *wrong = NULL;
	int64_t mails = 0;
	enum status st;
	int i;

	for (i = 0; i < PEOPLE; i++) {
		key_of(key, i);
		st = store_signature_find(s, arena, 1, key, &sig);
		if (m->state[i] < 0 ? st != NOT_FOUND :
		    st != OK || (int)sig.state != m->state[i])
			wrong = "a signature is not as it was";
	}
	for (i = 0; i < MAILS; i++) {
		if (m->mail[i] == 0)
			continue;
		mails++;
		if (store_outbox_get(s, arena, m->mail[i], &row) != OK)
			wrong = "a promised mail is lost";
	}
	if (store_outbox_totals(s, NOW, &totals) != OK || totals.waiting != mails)
		wrong = "there are other mails than promised";
	arena_free(&arena);
	return wrong;
}

/* NULL, or what is wrong.  Afterwards SURE is what is there. */
static const char *
check(struct store *s)
{
	const struct model *m;
	struct reason why;
	int64_t serial;
	const char *wrong;

	if (store_verify(s, &why) != OK)
		return "not whole";
	if (store_note_get(s, "serial", &serial) == NOT_FOUND)
		serial = 0;
	if (serial == sure.serial)
		m = &sure;
	else if (serial == perhaps.serial)
		m = &perhaps;
	else
		return "a commit that answered OK is lost";
	wrong = twice > 0 ? "an id was given twice" : compare(s, m);
	if (wrong == NULL)
		sure = *m;
	return wrong;
}

static void
start_afresh(void)
{
	int i;

	empty_disk();
	memset(&sure, 0, sizeof sure);
	for (i = 0; i < PEOPLE; i++)
		sure.state[i] = -1;
	perhaps = sure;
	twice = 0;
	power = true;
	operations = 0;
}

/* Beside the file's name in the real folder, whose content is on ours alone. */
static void
remove_mark(void)
{
	char path[300];

	(void)snprintf(path, sizeof path, "%s/database.made", dir);
	(void)unlink(path);
}

static enum status
open_store(struct store **out)
{
	struct reason why;
	int64_t campaign;
	enum status st;

	remove_mark();
	st = store_open(out, dir, STORE_CREATE, &why);
	if (st == OK)
		st = store_begin(*out);
	if (st == OK) {
		st = store_campaign_add(*out, "parks", &campaign);
		if (st == OK || st == EXISTS)
			st = store_commit(*out);
		else
			store_rollback(*out);
	}
	return st;
}

/* The power goes, and comes back. */
static void
cycle(struct store **s, uint64_t seed)
{
	power = false;
	store_close(s);
	lot = seed;
	settle_disk();
	power = true;
	operations = 0;
	cut_at = 0;
}

/* One run with the power cut at an operation; CUT 0: never.  It is cut again
 * while the store recovers, and once more in the work after that.  NULL when
 * all is well. */
static const char *
run(long cut, unsigned seed)
{
	uint64_t lots = seed * 1000003u + (uint64_t)cut;
	struct store *s = NULL;
	const char *wrong;

	start_afresh();
	cut_at = cut;
	lot = 7;                        /* the same work each time */
	if (open_store(&s) == OK)
		work(s);
	if (cut == 0) {
		wrong = s == NULL ? "cannot be made" : check(s);
		store_close(&s);
		return wrong;
	}
	cycle(&s, lots);
	cut_at = 1 + (long)draw(12);
	(void)!open_store(&s);
	cycle(&s, lots + 1);
	if (open_store(&s) != OK)
		return "cannot be opened";
	wrong = check(s);
	if (wrong == NULL) {
		operations = 0;
		cut_at = 1 + (long)draw(40);
		work(s);
	}
	cycle(&s, lots + 2);
	if (wrong != NULL)
		return wrong;
	if (open_store(&s) != OK)
		return "cannot be opened the second time";
	wrong = check(s);
	store_close(&s);
	return wrong;
}

int
main(void)
{
	long total, cut, runs = 0, bad = 0, found = 0;
	const char *wrong;
	unsigned seed;

	/* The store's own complaints about the cuts are of no interest. */
	if (freopen("/dev/null", "w", stderr) == NULL)
		return 1;
	(void)snprintf(dir, sizeof dir, "/tmp/powerloss_test.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return 1;
	put_disk_in_place();
	wrong = run(0, 0);
	total = operations;
	(void)printf("# %ld writes and syncs in a run without a cut: %s\n", total,
	    wrong == NULL ? "ok" : wrong);
	bad += wrong != NULL;
	for (seed = 1; seed <= 3; seed++)
		for (cut = 1; cut <= total; cut++, runs++) {
			wrong = run(cut, seed);
			if (wrong == NULL)
				continue;
			bad++;
			(void)printf("not ok - cut %ld seed %u: %s\n", cut, seed,
			    wrong);
		}
	(void)printf("%s 1 - %ld cuts, %ld of them not survived\n",
	    bad == 0 ? "ok" : "not ok", runs, bad);
	syncs_lie = true;
	for (cut = 1; cut <= total; cut += 3)
		found += run(cut, 1) != NULL;
	(void)printf("%s 2 - when syncs do nothing, %ld losses are found\n1..2\n",
	    found > 0 ? "ok" : "not ok", found);
	empty_disk();
	remove_mark();
	(void)snprintf(dir + strlen(dir), sizeof dir - strlen(dir),
	    "/undersigned.db");
	(void)unlink(dir);
	*strrchr(dir, '/') = '\0';
	(void)rmdir(dir);
	return bad != 0 || found == 0;
}
