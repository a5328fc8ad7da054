/* slow_sync.c - makes a fast disk slow, and counts how often it is waited for
 *
 * Preloaded (LD_PRELOAD), it makes every fsync, fdatasync, sync_file_range,
 * msync, syncfs and sync take SLOW_SYNC_MS milliseconds longer (a decimal;
 * none by default) and counts them in the file SYNC_COUNT_FILE.  The file
 * holds one line of text for each process that ever synced, of fixed width,
 *
 *   PID fsync fdatasync sync_file_range msync other PROGRAM
 *
 * and is written through shared memory, so that it is right at any instant and
 * kill -9 takes nothing away.  It is opened as the process starts, before any
 * sandbox; a process that cannot open it does not count.
 *
 * SPDX-License-Identifier: ISC
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LINE 128                /* octets, with LF */
#define LINES 512
#define NUMBER 12               /* octets of one number, with a blank */

enum which { FSYNC, FDATASYNC, RANGE, MSYNC, OTHER, KINDS };

static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_range)(int, off64_t, off64_t, unsigned);
static int (*real_msync)(void *, size_t, int);
static int (*real_syncfs)(int);
static void (*real_sync)(void);

static struct timespec delay;
static char *lines;             /* the mapped file, or NULL */
static char *mine;              /* this process' line, once it has one */
static pid_t mine_pid;
static atomic_flag busy = ATOMIC_FLAG_INIT;
static unsigned long counts[KINDS];

static void
read_delay(void)
{
	const char *text = getenv("SLOW_SYNC_MS");
	double ms = text == NULL ? 0 : strtod(text, NULL);
	long ns = (long)(ms * 1e6);

	delay.tv_sec = ns / 1000000000;
	delay.tv_nsec = ns % 1000000000;
}

/* The function that the program would have called without us. */
static void
find_real(void *pointer, const char *name)
{
	void *f = dlsym(RTLD_NEXT, name);

	if (f == NULL)
		_exit(127);
	memcpy(pointer, &f, sizeof f);
}

static void
find_all(void)
{
	find_real(&real_fsync, "fsync");
	find_real(&real_fdatasync, "fdatasync");
	find_real(&real_range, "sync_file_range");
	find_real(&real_msync, "msync");
	find_real(&real_syncfs, "syncfs");
	find_real(&real_sync, "sync");
}

__attribute__((constructor)) static void
begin(void)
{
	const char *path = getenv("SYNC_COUNT_FILE");
	void *map;
	int fd;

	find_all();
	read_delay();
	if (path == NULL)
		return;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return;
	(void)fchmod(fd, 0666);         /* roles run as another user */
	if (ftruncate(fd, LINE * LINES) == 0) {
		map = mmap(NULL, LINE * LINES, PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, 0);
		if (map != MAP_FAILED)
			lines = map;
	}
	(void)close(fd);
}

/* Right-aligned decimal, ended by a blank. */
static void
put_number(char *at, unsigned long n)
{
	int i;

	for (i = NUMBER - 2; i >= 0; i--) {
		at[i] = n > 0 || i == NUMBER - 2 ? (char)('0' + n % 10) : ' ';
		n /= 10;
	}
	at[NUMBER - 1] = ' ';
}

/* An empty line has NUL in front; whoever puts a blank there first has it. */
static char *
take_line(void)
{
	int i;

	for (i = 0; i < LINES; i++) {
		_Atomic char *first = (_Atomic char *)(void *)(lines + i * LINE);
		char empty = '\0';

		if (atomic_compare_exchange_strong(first, &empty, ' '))
			return lines + i * LINE;
	}
	return NULL;
}

static void
name_line(void)
{
	const char *name = program_invocation_short_name;
	size_t room = LINE - 1 - NUMBER * (KINDS + 1), len = strlen(name);

	if (len > room)
		len = room;
	memset(mine + 1, ' ', LINE - 2);
	memcpy(mine + NUMBER * (KINDS + 1), name, len);
	mine[LINE - 1] = '\n';
}

/* After a fork the child counts for itself. */
static void
count(enum which w)
{
	int i;

	if (lines == NULL)
		return;
	while (atomic_flag_test_and_set(&busy))
		;
	if (mine == NULL || mine_pid != getpid()) {
		memset(counts, 0, sizeof counts);
		mine_pid = getpid();
		mine = take_line();
		if (mine != NULL)
			name_line();
	}
	counts[w]++;
	if (mine != NULL) {
		put_number(mine, (unsigned long)mine_pid);
		for (i = 0; i < KINDS; i++)
			put_number(mine + NUMBER * (i + 1), counts[i]);
	}
	atomic_flag_clear(&busy);
}

static void
wait_long(void)
{
	struct timespec left = delay;

	while ((left.tv_sec > 0 || left.tv_nsec > 0) &&
	    clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
		;
}

/* Counted when it is done: one that a kill prevents is none. */
static void
done(enum which w)
{
	int saved = errno;

	wait_long();
	count(w);
	errno = saved;
}

int
fsync(int fd)
{
	int n = real_fsync(fd);

	done(FSYNC);
	return n;
}

int
fdatasync(int fd)
{
	int n = real_fdatasync(fd);

	done(FDATASYNC);
	return n;
}

int
sync_file_range(int fd, off64_t from, off64_t len, unsigned flags)
{
	int n = real_range(fd, from, len, flags);

	done(RANGE);
	return n;
}

int
msync(void *at, size_t len, int flags)
{
	int n = real_msync(at, len, flags);

	done(MSYNC);
	return n;
}

int
syncfs(int fd)
{
	int n = real_syncfs(fd);

	done(OTHER);
	return n;
}

void
sync(void)
{
	real_sync();
	done(OTHER);
}
