/* SPDX-License-Identifier: ISC
 *
 * Every name we know of is one entry, in exactly one of these places:
 *
 *   queue       seen by inotify or a scan, to be offered
 *   offered     with the caller, who holds its ticket
 *   pauses[i]   to be tried again; all in one list wait equally long, so each
 *               list is in the order of time
 *
 * A name that is known is not taken up again, which is what keeps a mail from
 * being offered twice at once.  When the queue is full, names are forgotten
 * and a scan is owed: the folder itself is the list of what is to do.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "intake/maildir.h"

#define QUEUE_MAX 1024
#define PAUSED_MAX 4096
#define BUCKETS 4096            /* a power of two */
#define SCAN_EVERY 60000        /* milliseconds */
#define UNSYNCED_MAX 256        /* moves made durable at once ... */
#define SYNC_AFTER 1000         /* ... milliseconds after the first of them */
#define YOUNG 2                 /* seconds; may still be written to */

static const int64_t pause_length[] = {
	YOUNG * 1000,           /* not a try: it was too young */
	10000, 20000, 40000, 80000, 160000, 320000, 600000,
};
#define PAUSES (sizeof pause_length / sizeof pause_length[0])

struct entry {
	struct entry *next, *prev;      /* in its list */
	struct entry *same;             /* in its bucket */
	struct list *list;
	uint64_t ticket;
	int64_t due;
	unsigned tries;
	bool whole;             /* its writer is done with it, that is known */
	char name[];
};

struct list {
	struct entry *first, *last;
	size_t count;
};

struct maildir {
	DIR *new;
	int cur, inotify;
	size_t message_max;
	struct list queue, offered, pauses[PAUSES];
	size_t paused;
	struct entry *buckets[BUCKETS];
	uint64_t tickets;
	bool scanning;          /* the scan is somewhere within new/ */
	bool scan_owed;         /* a name may have been forgotten */
	int64_t scan_due;
	unsigned unsynced;
	int64_t sync_due;
	bool asked_all;         /* maildir_next said AGAIN last */
	bool broken;            /* the last move failed, and that is logged */
};

static void
list_add(struct list *l, struct entry *e)
{
	e->list = l;
	e->next = NULL;
	e->prev = l->last;
	if (l->last != NULL)
		l->last->next = e;
	else
		l->first = e;
	l->last = e;
	l->count++;
}

static void
list_remove(struct entry *e)
{
	struct list *l = e->list;

	if (e->prev != NULL)
		e->prev->next = e->next;
	else
		l->first = e->next;
	if (e->next != NULL)
		e->next->prev = e->prev;
	else
		l->last = e->prev;
	l->count--;
}

static bool
is_paused(const struct maildir *m, const struct entry *e)
{
	return e->list >= m->pauses && e->list < m->pauses + PAUSES;
}

static void
move_to(struct maildir *m, struct entry *e, struct list *to)
{
	m->paused -= is_paused(m, e);
	list_remove(e);
	list_add(to, e);
	m->paused += is_paused(m, e);
}

/* FNV-1a; names are made by mail systems, not by strangers. */
static struct entry **
bucket(struct maildir *m, const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return &m->buckets[(h ^ h >> 16) & (BUCKETS - 1)];
}

static struct entry *
find(struct maildir *m, const char *name)
{
	struct entry *e = *bucket(m, name);

	while (e != NULL && strcmp(e->name, name) != 0)
		e = e->same;
	return e;
}

static void
forget(struct maildir *m, struct entry *e)
{
	struct entry **at = bucket(m, e->name);

	while (*at != e)
		at = &(*at)->same;
	*at = e->same;
	m->paused -= is_paused(m, e);
	list_remove(e);
	free(e);
}

static void
add(struct maildir *m, const char *name, bool whole)
{
	struct entry **at = bucket(m, name);
	size_t len = strlen(name);
	struct entry *e = mem_alloc(sizeof *e + len + 1);

	memcpy(e->name, name, len + 1);
	e->whole = whole;
	e->same = *at;
	*at = e;
	list_add(&m->queue, e);
}

/* A name was seen in new/. */
static void
seen(struct maildir *m, const char *name, bool whole)
{
	struct entry *e;

	if (name[0] == '.' || name[0] == '\0')
		return;
	e = find(m, name);
	if (e == NULL && m->queue.count >= QUEUE_MAX) {
		m->scan_owed = true;
	} else if (e == NULL) {
		add(m, name, whole);
	} else if (whole && !e->whole) {
		e->whole = true;
		if (e->list == &m->pauses[0])
			move_to(m, e, &m->queue);
	}
}

static void
pause_entry(struct maildir *m, struct entry *e, size_t which)
{
	e->due = clock_tick() + pause_length[which];
	move_to(m, e, &m->pauses[which]);
}

/* Not now: each time a longer pause. */
static void
try_later(struct maildir *m, struct entry *e)
{
	if (e->tries < PAUSES - 1)
		e->tries++;
	pause_entry(m, e, e->tries);
}

static void
sync_moves(struct maildir *m)
{
	if (m->unsynced == 0)
		return;
	/* cur/ first: a mail in both is harmless, one in neither is lost. */
	if (fsync(m->cur) != 0 || fsync(dirfd(m->new)) != 0)
		log_warn("maildir=sync cannot make moves to cur/ durable");
	m->unsynced = 0;
}

/* renameat that replaces nothing, where the file system can do that. */
static int
rename_new(int from_dir, const char *from, int to_dir, const char *to)
{
	int n = renameat2(from_dir, from, to_dir, to, RENAME_NOREPLACE);

	if (n != 0 && (errno == EINVAL || errno == ENOSYS))
		n = renameat(from_dir, from, to_dir, to);
	return n;
}

/* To cur/ as seen.  A name that is taken there or too long becomes another. */
static int
file_away(struct maildir *m, const char *name)
{
	char to[NAME_MAX + 1];
	struct stat sb;
	int from = dirfd(m->new);
	int n = snprintf(to, sizeof to, "%.*s:2,S", (int)strcspn(name, ":"), name);

	if (n > 0 && (size_t)n < sizeof to &&
	    rename_new(from, name, m->cur, to) == 0)
		return 0;
	if ((size_t)n < sizeof to && errno != EEXIST)
		return -1;
	if (fstatat(from, name, &sb, AT_SYMLINK_NOFOLLOW) != 0)
		return -1;
	(void)snprintf(to, sizeof to, "%lld.I%llxP%d.undersigned:2,S",
	    (long long)clock_now(), (unsigned long long)sb.st_ino, (int)getpid());
	return rename_new(from, name, m->cur, to);
}

static void
finish(struct maildir *m, struct entry *e)
{
	if (file_away(m, e->name) == 0) {
		m->broken = false;
		forget(m, e);
		if (m->unsynced++ == 0)
			m->sync_due = clock_tick() + SYNC_AFTER;
		if (m->unsynced >= UNSYNCED_MAX)
			sync_moves(m);
	} else if (errno == ENOENT) {
		forget(m, e);           /* somebody else was quicker */
	} else {
		if (!m->broken)
			log_warn("maildir=stuck cannot move mail from new/ to cur/; "
			    "it is offered again later");
		m->broken = true;
		try_later(m, e);
	}
}

/* May its writer still be at it? */
static bool
is_young(const struct stat *sb)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return sb->st_mtime > now.tv_sec - YOUNG && sb->st_mtime <= now.tv_sec + YOUNG;
}

/* LIMIT when it is larger than may be. */
static enum status
read_mail(const struct maildir *m, int fd, size_t expected, struct buf *bytes)
{
	buf_clear(bytes);
	buf_reserve(bytes, expected + 1);
	for (;;) {
		ssize_t n = read(fd, bytes->data + bytes->len,
		    bytes->room - 1 - bytes->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			bytes->data[bytes->len] = '\0';
			return n == 0 ? OK : TEMPFAIL;
		}
		bytes->len += (size_t)n;
		if (bytes->len > m->message_max)
			return LIMIT;
		buf_reserve(bytes, 1);
	}
}

/* What to do with one name: OK, its mail is in BYTES; NOT_FOUND, it is none;
 * AGAIN, it may be one soon; LIMIT and TEMPFAIL as they say. */
static enum status
look_at(const struct maildir *m, const struct entry *e, struct buf *bytes)
{
	enum status st;
	struct stat sb;
	int fd = openat(dirfd(m->new), e->name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT || errno == ELOOP || errno == ENXIO ?
		    NOT_FOUND : TEMPFAIL;
	if (fstat(fd, &sb) != 0)
		st = TEMPFAIL;
	else if (!S_ISREG(sb.st_mode))
		st = NOT_FOUND;
	else if (!e->whole && is_young(&sb))
		st = AGAIN;
	else if ((uintmax_t)sb.st_size > m->message_max)
		st = LIMIT;
	else
		st = read_mail(m, fd, (size_t)sb.st_size, bytes);
	(void)close(fd);
	return st;
}

/* OK when it is offered; else it is dealt with in another way. */
static enum status
offer(struct maildir *m, struct entry *e, struct buf *bytes, uint64_t *ticket_out)
{
	enum status st = look_at(m, e, bytes);

	switch (st) {
	case OK:
		e->ticket = *ticket_out = ++m->tickets;
		move_to(m, e, &m->offered);
		break;
	case LIMIT:
		log_warnx("maildir=large a mail of more than %zu octets goes to "
		    "cur/ unread", m->message_max);
		finish(m, e);
		break;
	case AGAIN:
		pause_entry(m, e, 0);
		break;
	case TEMPFAIL:
		log_warn("maildir=unreadable a file in new/ cannot be read; it is "
		    "tried again later");
		try_later(m, e);
		break;
	default:
		forget(m, e);
		break;
	}
	return st;
}

/* Reads on in new/ until the queue is full or all is seen. */
static void
scan(struct maildir *m)
{
	struct dirent *d;

	if (!m->scanning) {
		rewinddir(m->new);
		m->scanning = true;
		m->scan_owed = false;
	}
	while (m->queue.count < QUEUE_MAX) {
		errno = 0;
		d = readdir(m->new);
		if (d == NULL) {
			if (errno != 0)
				log_warn("maildir=scan cannot read new/");
			m->scanning = false;
			m->scan_due = clock_tick() + SCAN_EVERY;
			return;
		}
		if (d->d_type == DT_REG || d->d_type == DT_UNKNOWN)
			seen(m, d->d_name, false);
	}
}

/* The list whose first entry is due to be tried again, or NULL. */
static struct entry *
first_due(const struct maildir *m, int64_t now)
{
	size_t i;

	for (i = 0; i < PAUSES; i++)
		if (m->pauses[i].first != NULL && m->pauses[i].first->due <= now)
			return m->pauses[i].first;
	return NULL;
}

static bool
may_take_more(const struct maildir *m)
{
	return m->paused < PAUSED_MAX;
}

static struct entry *
pick(struct maildir *m)
{
	int64_t now = clock_tick();
	struct entry *e = first_due(m, now);

	if (e != NULL || !may_take_more(m))
		return e;
	if (m->queue.first == NULL &&
	    (m->scanning || m->scan_owed || m->scan_due <= now))
		scan(m);
	return m->queue.first;
}

enum status
maildir_next(struct maildir *m, struct buf *bytes, uint64_t *ticket_out)
{
	struct entry *e;

	m->asked_all = false;
	while ((e = pick(m)) != NULL)
		if (offer(m, e, bytes, ticket_out) == OK)
			return OK;
	/* What is still open will be moved soon, too: wait for it a little. */
	if (m->offered.first == NULL || m->sync_due <= clock_tick())
		sync_moves(m);
	m->asked_all = true;
	return AGAIN;
}

void
maildir_settle(struct maildir *m, uint64_t ticket, enum verdict v)
{
	struct entry *e = m->offered.first;

	while (e != NULL && e->ticket != ticket)
		e = e->next;
	if (e == NULL)
		return;
	if (verdict_temporary(v))
		try_later(m, e);
	else
		finish(m, e);
}

int64_t
maildir_due(const struct maildir *m)
{
	int64_t due = m->scan_due;
	size_t i;

	if (!m->asked_all)
		return CLOCK_NEVER;
	if (may_take_more(m) &&
	    (m->queue.first != NULL || m->scanning || m->scan_owed))
		return 0;
	if (m->unsynced > 0 && m->offered.first == NULL)
		return 0;
	if (!may_take_more(m))
		due = CLOCK_NEVER;
	if (m->unsynced > 0 && m->sync_due < due)
		due = m->sync_due;
	for (i = 0; i < PAUSES; i++)
		if (m->pauses[i].first != NULL && m->pauses[i].first->due < due)
			due = m->pauses[i].first->due;
	return due;
}

int
maildir_fd(const struct maildir *m)
{
	return m->inotify;
}

static void
take_event(struct maildir *m, const struct inotify_event *ev)
{
	if (ev->mask & IN_Q_OVERFLOW)
		m->scan_owed = true;
	else if (ev->mask & (IN_IGNORED | IN_UNMOUNT))
		log_warnx("maildir=gone new/ was taken away; put it back and "
		    "restart the daemon");
	else if (ev->len > 0 && (ev->mask & IN_ISDIR) == 0)
		seen(m, ev->name, (ev->mask & (IN_MOVED_TO | IN_CLOSE_WRITE)) != 0);
}

void
maildir_wake(struct maildir *m)
{
	_Alignas(struct inotify_event) char events[16384];
	const struct inotify_event *ev;
	ssize_t n, at;

	for (;;) {
		n = read(m->inotify, events, sizeof events);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		for (at = 0; at < n; at += (ssize_t)(sizeof *ev + ev->len)) {
			ev = (const struct inotify_event *)(const void *)(events + at);
			take_event(m, ev);
		}
	}
}

/* A folder that this process may write to, made when it is missing. */
static enum status
open_folder(int *out, int at, const char *dir, const char *name, struct reason *why)
{
	(void)mkdirat(at, name, 0700);          /* the open tells */
	*out = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*out < 0)
		return fail_errno(why, INVALID, "%s/%s: cannot open this folder of "
		    "the Maildir; make it and give it to the daemon's user", dir, name);
	if (faccessat(*out, ".", W_OK | X_OK, AT_EACCESS) != 0)
		return fail_errno(why, DENIED, "%s/%s: the daemon's user must be able "
		    "to write to it", dir, name);
	return OK;
}

static enum status
open_folders(struct maildir *m, const char *dir, struct reason *why)
{
	int root, tmp = -1, new = -1;
	enum status st;

	(void)mkdir(dir, 0700);                 /* the open tells */
	root = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return fail_errno(why, INVALID, "%s: cannot open the Maildir", dir);
	st = open_folder(&tmp, root, dir, "tmp", why);
	if (st == OK)
		st = open_folder(&m->cur, root, dir, "cur", why);
	if (st == OK)
		st = open_folder(&new, root, dir, "new", why);
	if (st == OK && (m->new = fdopendir(new)) == NULL)
		st = fail_errno(why, TEMPFAIL, "%s/new: cannot read", dir);
	if (tmp >= 0)
		(void)close(tmp);
	if (m->new == NULL && new >= 0)
		(void)close(new);
	(void)close(root);
	return st;
}

/* The watch begins before the first scan, so that nothing falls between. */
static enum status
watch(struct maildir *m, const char *dir, struct reason *why)
{
	char *path = mem_printf("%s/new", dir);
	enum status st = OK;

	m->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (m->inotify < 0 || inotify_add_watch(m->inotify, path,
	    IN_MOVED_TO | IN_CREATE | IN_CLOSE_WRITE | IN_ONLYDIR) < 0)
		st = fail_errno(why, TEMPFAIL, "%s: cannot watch it; perhaps "
		    "fs.inotify.max_user_watches or max_user_instances is too low",
		    path);
	free(path);
	return st;
}

enum status
maildir_open(struct maildir **out, const char *dir, size_t message_max,
    struct reason *why)
{
	struct maildir *m = mem_alloc(sizeof *m);
	enum status st;

	m->cur = m->inotify = -1;
	m->message_max = message_max;
	m->scan_owed = true;
	st = open_folders(m, dir, why);
	if (st == OK)
		st = watch(m, dir, why);
	if (st == OK)
		*out = m;
	else
		maildir_close(&m);
	return st;
}

static void
forget_all(struct maildir *m, struct list *l)
{
	while (l->first != NULL)
		forget(m, l->first);
}

void
maildir_close(struct maildir **p)
{
	struct maildir *m = *p;
	size_t i;

	if (m == NULL)
		return;
	sync_moves(m);
	forget_all(m, &m->queue);
	forget_all(m, &m->offered);
	for (i = 0; i < PAUSES; i++)
		forget_all(m, &m->pauses[i]);
	if (m->new != NULL)
		(void)closedir(m->new);
	if (m->cur >= 0)
		(void)close(m->cur);
	if (m->inotify >= 0)
		(void)close(m->inotify);
	free(m);
	*p = NULL;
}
