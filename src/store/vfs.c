/* SPDX-License-Identifier: ISC
 *
 * A layer between SQLite and the files of the system's own VFS.
 *
 * It gathers what is written to the WAL.  SQLite writes each page of a commit
 * as two writes, 24 bytes and 2048, hundreds per batch, and then syncs once;
 * together they cost a third of the batch.  Here they become a few long ones.
 * What is held back is written out
 *
 *  V1  before the WAL is read, measured, cut, synced or closed, so that nobody
 *      on this handle sees the difference; and
 *  V2  before the write lock is let go, so that nothing of a transaction given
 *      up can be written later, over what another process has written there.
 *
 * It makes the WAL grow in steps of zeros ahead of what is written.  When each
 * commit makes the file longer, each sync has to write its length and blocks
 * as well, and to wait for that; a sync of bytes the file had before does not.
 *
 *  V3  zeros go behind what this handle wrote last, so only where nothing is
 *      that counts: whoever writes has the write lock, and writes at the end.
 *      Recovery stops at them as it does at what is left of an older WAL.
 *
 * It fills with zeros what a page of the database does not hold any more
 * (store/page.h), and a WAL that is cut to nothing, before that: the disk gives
 * its blocks to others as they are.
 *
 * And it tells a full disk from a failing one: SQLite itself knows only one of
 * the errors by which a file system says that there is no room.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "store/page.h"
#include "store/query.h"

#define GATHER (128 * 1024)
#define WAL_WRITE_LOCK 0        /* its number among the locks, for ever */
#define GROW_LEAST (64 * 1024)  /* a WAL doubles, in steps between these */
#define GROW_MOST (1024 * 1024)
#define PAGE_MOST 65536
#define WAL_HEADER 32

struct file {
	sqlite3_file base;
	sqlite3_file *real;
	const char *name;       /* of the database, for finding its WAL */
	struct file *next;      /* among open WALs */
	bool is_wal, is_database;
	char *data;             /* a WAL's: LEN bytes that belong at AT; a
	                         * database's: room for a page */
	int len;
	sqlite3_int64 at;
	sqlite3_int64 size;     /* of the WAL as we know it; it may be more */
};

static sqlite3_vfs *real_vfs;
static struct file *wals;
static const char zeros[GROW_LEAST];

static int
judge(int code)
{
	int kind = code & 0xff;

	if ((kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN) &&
	    (errno == ENOSPC || errno == EDQUOT || errno == EFBIG))
		return SQLITE_FULL;
	return code;
}

static struct file *
file_of(sqlite3_file *base)
{
	return (struct file *)(void *)base;
}

static bool
write_zeros(struct file *f, sqlite3_int64 from, sqlite3_int64 to)
{
	int len;

	for (; from < to; from += len) {
		len = (int)(to - from < GROW_LEAST ? to - from : GROW_LEAST);
		if (f->real->pMethods->xWrite(f->real, zeros, len, from) !=
		    SQLITE_OK)
			return false;
	}
	return true;
}

/* What was written ends at END: zeros behind it, if the file ended there.  No
 * room for them is no trouble: what counts is written. */
static void
grow(struct file *f, sqlite3_int64 end)
{
	sqlite3_int64 to, step = end / GROW_LEAST * GROW_LEAST;

	if (end <= f->size)
		return;
	step = step < GROW_LEAST ? GROW_LEAST : step > GROW_MOST ? GROW_MOST : step;
	to = (end + step) / GROW_LEAST * GROW_LEAST;
	f->size = to;
	(void)write_zeros(f, end, to);
}

/* The bytes that a page of the database is written as. */
static const void *
blanked(struct file *f, const void *data, int len, sqlite3_int64 at)
{
	if (len > PAGE_MOST || at % len != 0 || at / len >= PAGES_JUDGED)
		return data;
	if (f->data == NULL)
		f->data = mem_alloc(PAGE_MOST);
	memcpy(f->data, data, (size_t)len);
	return page_blank((unsigned char *)f->data, (size_t)len, at == 0) ?
	    f->data : data;
}

static int
write_out(struct file *f)
{
	int len = f->len, code;

	if (len == 0)
		return SQLITE_OK;
	f->len = 0;
	/* The header: it begins anew, and others may have cut it meanwhile. */
	if (f->at == 0 && f->real->pMethods->xFileSize(f->real, &f->size) !=
	    SQLITE_OK)
		f->size = 0;
	errno = 0;
	code = judge(f->real->pMethods->xWrite(f->real, f->data, len, f->at));
	if (code == SQLITE_OK)
		grow(f, f->at + len);
	return code;
}

static int
file_write(sqlite3_file *base, const void *data, int len, sqlite3_int64 at)
{
	struct file *f = file_of(base);
	int code;

	if (f->len > 0 && (at != f->at + f->len || len > GATHER - f->len)) {
		code = write_out(f);
		if (code != SQLITE_OK)
			return code;
	}
	if (f->is_wal && len <= GATHER) {
		if (f->data == NULL)
			f->data = mem_alloc(GATHER);
		if (f->len == 0)
			f->at = at;
		memcpy(f->data + f->len, data, (size_t)len);
		f->len += len;
		return SQLITE_OK;
	}
	if (f->is_database)
		data = blanked(f, data, len, at);
	errno = 0;
	return judge(f->real->pMethods->xWrite(f->real, data, len, at));
}

static int
file_read(sqlite3_file *base, void *data, int len, sqlite3_int64 at)
{
	struct file *f = file_of(base);
	int code = write_out(f);

	return code != SQLITE_OK ? code :
	    f->real->pMethods->xRead(f->real, data, len, at);
}

/* A WAL all of which is in the database.  Its header goes first, and alone: when
 * the power fails, a WAL that still has it but lost what comes later would give
 * back old pages.  No failure of this is one of the cut that follows. */
static void
overwrite(struct file *f)
{
	sqlite3_int64 end = 0, head;

	if (f->real->pMethods->xFileSize(f->real, &end) != SQLITE_OK || end == 0)
		return;
	head = end < WAL_HEADER ? end : WAL_HEADER;
	if (write_zeros(f, 0, head) && f->real->pMethods->xSync(f->real,
	    SQLITE_SYNC_NORMAL) == SQLITE_OK && write_zeros(f, head, end))
		(void)f->real->pMethods->xSync(f->real, SQLITE_SYNC_NORMAL);
}

static int
file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
	struct file *f = file_of(base);
	int code = write_out(f);

	if (code != SQLITE_OK)
		return code;
	if (f->is_wal && size == 0)
		overwrite(f);
	f->size = size;
	errno = 0;
	return judge(f->real->pMethods->xTruncate(f->real, size));
}

static int
file_sync(sqlite3_file *base, int flags)
{
	struct file *f = file_of(base);
	int code = write_out(f);

	if (code != SQLITE_OK)
		return code;
	errno = 0;
	return judge(f->real->pMethods->xSync(f->real, flags));
}

static int
file_size(sqlite3_file *base, sqlite3_int64 *size_out)
{
	struct file *f = file_of(base);
	int code = write_out(f);

	return code != SQLITE_OK ? code :
	    f->real->pMethods->xFileSize(f->real, size_out);
}

static int
file_close(sqlite3_file *base)
{
	struct file *f = file_of(base), **p;
	int code = write_out(f), end;

	for (p = &wals; *p != NULL; p = &(*p)->next)
		if (*p == f) {
			*p = f->next;
			break;
		}
	free(f->data);
	f->data = NULL;
	end = f->real->pMethods->xClose(f->real);
	return code != SQLITE_OK ? code : end;
}

static int
file_lock(sqlite3_file *base, int level)
{
	struct file *f = file_of(base);

	return f->real->pMethods->xLock(f->real, level);
}

static int
file_unlock(sqlite3_file *base, int level)
{
	struct file *f = file_of(base);

	return f->real->pMethods->xUnlock(f->real, level);
}

static int
file_reserved(sqlite3_file *base, int *out)
{
	struct file *f = file_of(base);

	return f->real->pMethods->xCheckReservedLock(f->real, out);
}

static int
file_control(sqlite3_file *base, int op, void *arg)
{
	struct file *f = file_of(base);

	return f->real->pMethods->xFileControl(f->real, op, arg);
}

static int
file_sector(sqlite3_file *base)
{
	struct file *f = file_of(base);

	return f->real->pMethods->xSectorSize(f->real);
}

static int
file_device(sqlite3_file *base)
{
	struct file *f = file_of(base);

	return f->real->pMethods->xDeviceCharacteristics(f->real);
}

static int
file_shm_map(sqlite3_file *base, int region, int size, int extend,
    void volatile **out)
{
	struct file *f = file_of(base);

	errno = 0;
	return judge(f->real->pMethods->xShmMap(f->real, region, size, extend,
	    out));
}

static int
file_shm_lock(sqlite3_file *base, int offset, int n, int flags)
{
	struct file *f = file_of(base), *w;

	if ((flags & SQLITE_SHM_UNLOCK) && (flags & SQLITE_SHM_EXCLUSIVE) &&
	    offset == WAL_WRITE_LOCK)
		for (w = wals; w != NULL; w = w->next)
			/* The same string, not an equal one: two handles on
			 * one database each have a WAL handle of their own.
			 * A failure is no loss: what counts was synced. */
			if (w->name == f->name)
				(void)write_out(w);
	return f->real->pMethods->xShmLock(f->real, offset, n, flags);
}

static void
file_shm_barrier(sqlite3_file *base)
{
	struct file *f = file_of(base);

	f->real->pMethods->xShmBarrier(f->real);
}

static int
file_shm_unmap(sqlite3_file *base, int delete)
{
	struct file *f = file_of(base);

	return f->real->pMethods->xShmUnmap(f->real, delete);
}

/* Version 2: with shared memory for the WAL, without mapping of pages. */
static const sqlite3_io_methods methods = {
	.iVersion = 2, .xClose = file_close, .xRead = file_read,
	.xWrite = file_write, .xTruncate = file_truncate, .xSync = file_sync,
	.xFileSize = file_size, .xLock = file_lock, .xUnlock = file_unlock,
	.xCheckReservedLock = file_reserved, .xFileControl = file_control,
	.xSectorSize = file_sector, .xDeviceCharacteristics = file_device,
	.xShmMap = file_shm_map, .xShmLock = file_shm_lock,
	.xShmBarrier = file_shm_barrier, .xShmUnmap = file_shm_unmap,
};

static int
vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags,
    int *flags_out)
{
	struct file *f = file_of(base);
	int code;

	(void)vfs;
	memset(f, 0, sizeof *f);
	f->real = (sqlite3_file *)(void *)(f + 1);
	errno = 0;
	code = judge(real_vfs->xOpen(real_vfs, name, f->real, flags, flags_out));
	if (code != SQLITE_OK) {
		/* It may want closing even so; then nobody else does it. */
		if (f->real->pMethods != NULL)
			(void)f->real->pMethods->xClose(f->real);
		return code;
	}
	f->base.pMethods = &methods;
	if (flags & SQLITE_OPEN_MAIN_DB) {
		f->is_database = true;
		f->name = name;
	}
	if (flags & SQLITE_OPEN_WAL) {
		f->is_wal = true;
		f->name = sqlite3_filename_database(name);
		f->next = wals;
		wals = f;
	}
	return SQLITE_OK;
}

const char *
store_vfs(void)
{
	static sqlite3_vfs vfs;

	if (real_vfs != NULL)
		return vfs.zName;
	real_vfs = sqlite3_vfs_find(NULL);
	if (real_vfs == NULL)
		return NULL;
	/* All but opening is the other's, who looks at nothing but pAppData. */
	vfs = *real_vfs;
	vfs.pNext = NULL;
	vfs.zName = "undersigned";
	vfs.szOsFile += (int)sizeof(struct file);
	vfs.xOpen = vfs_open;
	return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK ? vfs.zName : NULL;
}
