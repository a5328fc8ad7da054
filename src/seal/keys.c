/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "base/buf.h"
#include "base/log.h"
#include "seal/keys-private.h"

/* The context of crypto_kdf; part of the key schedule, so it never changes. */
#define KDF_CONTEXT "undrsign"

_Static_assert(KEY_BYTES == crypto_kdf_KEYBYTES, "size of the master key");
_Static_assert(KEY_BYTES == crypto_kdf_blake2b_BYTES_MAX / 2,
    "size of a derived key");
_Static_assert(sizeof KDF_CONTEXT - 1 == crypto_kdf_CONTEXTBYTES, "context");

enum key_use
key_use(enum key which)
{
	static const enum key_use use[KEY_COUNT_] = {
		[KEY_TOKEN_CONFIRM] = KEY_FOR_TOKENS,
		[KEY_TOKEN_REPLY] = KEY_FOR_TOKENS,
		[KEY_TOKEN_UNSUBSCRIBE] = KEY_FOR_TOKENS,
		[KEY_TOKEN_BOUNCE] = KEY_FOR_TOKENS,
		[KEY_SEAL_IDENTITY] = KEY_FOR_SEALING,
		[KEY_SEAL_OUTBOX] = KEY_FOR_SEALING,
		[KEY_SEAL_PARKED] = KEY_FOR_SEALING,
		[KEY_HASH_ADDRESS] = KEY_FOR_HASHES,
		[KEY_HASH_MESSAGE] = KEY_FOR_HASHES,
		[KEY_HASH_DOMAIN] = KEY_FOR_HASHES,
		[KEY_TOKEN_APPROVE] = KEY_FOR_TOKENS,
		[KEY_TOKEN_PROBE] = KEY_FOR_TOKENS,
		[KEY_HASH_STAFF] = KEY_FOR_HASHES,
		[KEY_SEAL_HISTORY] = KEY_FOR_SEALING,
		[KEY_MESSAGE_ID] = KEY_FOR_HASHES,
		[KEY_TOKEN_CHECK] = KEY_FOR_TOKENS,
		[KEY_SEAL_RING] = KEY_FOR_SEALING,
		[KEY_HASH_TRAIT] = KEY_FOR_HASHES,
		[KEY_SEAL_TALLY] = KEY_FOR_SEALING,
		[KEY_SEAL_LEAF] = KEY_FOR_SEALING,
		[KEY_TOKEN_WITNESS] = KEY_FOR_TOKENS,
	};

	if (which <= 0 || which >= KEY_COUNT_ || use[which] == 0)
		log_fatalx("key %d has no use", (int)which);
	return use[which];
}

void
seal_init(void)
{
	if (sodium_init() < 0)
		log_fatalx("libsodium cannot start: no source of random bytes?");
}

/* A new name is only as durable as its directory. */
static int
sync_directory_of(const char *path)
{
	char *copy = mem_strdup(path);
	int fd, rc = -1, saved;

	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		rc = fsync(fd);
		saved = errno;
		(void)close(fd);
		errno = saved;
	}
	free(copy);
	return rc;
}

static int
write_all(int fd, const unsigned char *data, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, data, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

enum status
keys_create(const char *path, struct reason *why)
{
	unsigned char master[KEY_BYTES];
	enum status st = OK;
	int fd, bad;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    S_IRUSR);
	if (fd < 0 && errno == EEXIST)
		return fail(why, EXISTS,
		    "%s: there is a file already; it is left as it is", path);
	if (fd < 0)
		return fail_errno(why, errno == EACCES ? DENIED : TEMPFAIL,
		    "%s: cannot make the key file", path);
	randombytes_buf(master, sizeof master);
	/* The umask can only have taken rights away; give the owner's back. */
	bad = fchmod(fd, S_IRUSR) != 0 ||
	    write_all(fd, master, sizeof master) != 0 || fsync(fd) != 0;
	sodium_memzero(master, sizeof master);
	if (bad)
		st = fail_errno(why, errno == ENOSPC || errno == EDQUOT ?
		    FULL : TEMPFAIL, "%s: cannot write the key file", path);
	if (close(fd) != 0 && st == OK)
		st = fail_errno(why, TEMPFAIL, "%s: cannot write the key file",
		    path);
	if (st == OK && sync_directory_of(path) != 0)
		st = fail_errno(why, TEMPFAIL,
		    "%s: cannot sync the directory of the key file", path);
	if (st != OK)
		(void)unlink(path);
	return st;
}

/* Group may read a file of root: that is how a service gets a key it cannot
 * change.  Nobody else may do anything.  A pipe is our parent's. */
static enum status
check_file(int fd, const char *path, struct reason *why)
{
	struct stat sb;
	mode_t open_to_others;

	if (fstat(fd, &sb) != 0)
		return fail_errno(why, TEMPFAIL, "%s: cannot read the key", path);
	if (S_ISFIFO(sb.st_mode))
		return OK;
	if (!S_ISREG(sb.st_mode))
		return fail(why, INVALID, "%s: not a file; key_file must name "
		    "the master key", path);
	open_to_others = sb.st_mode & (S_IRWXG | S_IRWXO);
	if (sb.st_uid == 0)
		open_to_others &= (mode_t)~S_IRGRP;
	if (open_to_others != 0)
		return fail(why, DENIED, "%s: others than its owner can use the "
		    "master key (mode %04o); chmod 0400 it, and if it was so "
		    "for long, think about who may have read it", path,
		    (unsigned)(sb.st_mode & 07777));
	if (sb.st_size != KEY_BYTES)
		return fail(why, INVALID, "%s: holds %lld bytes, a master key "
		    "has %d; put the right file back from your safe copy",
		    path, (long long)sb.st_size, KEY_BYTES);
	return OK;
}

/* A file from its beginning, whoever has read it before. */
static ssize_t
read_some(int fd, unsigned char *out, size_t len, off_t at)
{
	ssize_t n;

	do {
		n = pread(fd, out, len, at);
		if (n < 0 && errno == ESPIPE)
			n = read(fd, out, len);
	} while (n < 0 && errno == EINTR);
	return n;
}

static enum status
read_master(unsigned char *master, int fd, const char *path, struct reason *why)
{
	enum status st = check_file(fd, path, why);
	ssize_t n, got = 0;

	if (st != OK)
		return st;
	do {
		n = read_some(fd, master + got, (size_t)(KEY_BYTES - got), got);
		if (n < 0)
			return fail_errno(why, TEMPFAIL,
			    "%s: cannot read the key", path);
		got += n;
	} while (n > 0 && got < KEY_BYTES);
	/* Zeros are what a power cut leaves of a new file. */
	if (got != KEY_BYTES || sodium_is_zero(master, KEY_BYTES))
		return fail(why, INVALID, "%s: holds no key; put the "
		    "right file back from your safe copy", path);
	return OK;
}

static struct keys *
keys_new(void)
{
	struct keys *keys = sodium_malloc(sizeof *keys);

	if (keys == NULL)
		log_fatal("no memory for the keys");
	memset(keys, 0, sizeof *keys);
	/* sodium_malloc goes on when it may not lock; the operator shall know,
	 * for then a key can come to lie in swap. */
	if (sodium_mlock(keys, sizeof *keys) != 0)
		log_warn("cannot lock the keys in memory (RLIMIT_MEMLOCK)");
	return keys;
}

/* Nothing needs the master key any more after this. */
static void
derive(struct keys *keys)
{
	unsigned char *master = keys->key[0];
	unsigned i;

	for (i = 1; i < KEY_COUNT_; i++)
		(void)crypto_kdf_derive_from_key(keys->key[i], KEY_BYTES, i,
		    KDF_CONTEXT, master);
	sodium_memzero(master, KEY_BYTES);
	(void)sodium_mprotect_readonly(keys);
}

enum status
keys_load_fd(struct keys **out, int fd, const char *path, struct reason *why)
{
	struct keys *keys = keys_new();
	enum status st = read_master(keys->key[0], fd, path, why);

	*out = NULL;
	if (st != OK) {
		sodium_free(keys);
		return st;
	}
	derive(keys);
	*out = keys;
	return OK;
}

enum status
keys_from_master(struct keys **out, const unsigned char master[KEY_BYTES],
    struct reason *why)
{
	struct keys *keys;

	*out = NULL;
	if (sodium_is_zero(master, KEY_BYTES))
		return fail(why, INVALID, "this is no master key");
	keys = keys_new();
	memcpy(keys->key[0], master, KEY_BYTES);
	derive(keys);
	*out = keys;
	return OK;
}

static enum status
open_file(int *fd_out, const char *path, struct reason *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	*fd_out = fd;
	if (fd < 0 && errno == ENOENT)
		return fail(why, NOT_FOUND, "%s: there is no key file; put back "
		    "the copy of it, or, if there never was one, run undersign "
		    "init", path);
	if (fd < 0)
		return fail_errno(why, errno == EACCES ? DENIED : TEMPFAIL,
		    "%s: cannot open the key file", path);
	return OK;
}

enum status
keys_read_master(const char *path, unsigned char *master, struct reason *why)
{
	int fd;
	enum status st = open_file(&fd, path, why);

	if (st != OK)
		return st;
	st = read_master(master, fd, path, why);
	(void)close(fd);
	return st;
}

enum status
keys_load(struct keys **out, const char *path, struct reason *why)
{
	int fd;
	enum status st = open_file(&fd, path, why);

	*out = NULL;
	if (st != OK)
		return st;
	st = keys_load_fd(out, fd, path, why);
	(void)close(fd);
	return st;
}

void
keys_free(struct keys **keys)
{
	if (keys == NULL || *keys == NULL)
		return;
	sodium_free(*keys);
	*keys = NULL;
}

const unsigned char *
keys_get(const struct keys *keys, enum key which)
{
	if (which <= 0 || which >= KEY_COUNT_)
		log_fatalx("key %d asked for, which there is not", (int)which);
	return keys->key[which];
}

const unsigned char *
keys_get_old(const struct keys *keys, enum key which, unsigned back)
{
	if (which <= 0 || which >= KEY_COUNT_)
		log_fatalx("key %d asked for, which there is not", (int)which);
	if (back >= keys->old_count || !keys->old[back].has[which])
		return NULL;
	return keys->old[back].key[which];
}

void
keys_hash(const struct keys *keys, enum key which, long long campaign,
    const void *data, size_t len, unsigned char out[HASH_BYTES])
{
	crypto_generichash_state state;
	unsigned char number[8];
	uint64_t u = (uint64_t)campaign;
	int i;

	for (i = 7; i >= 0; i--, u >>= 8)
		number[i] = (unsigned char)u;
	(void)crypto_generichash_init(&state, keys_get(keys, which), KEY_BYTES,
	    HASH_BYTES);
	(void)crypto_generichash_update(&state, number, sizeof number);
	(void)crypto_generichash_update(&state, data, len);
	(void)crypto_generichash_final(&state, out, HASH_BYTES);
	sodium_memzero(&state, sizeof state);
}

/* ---- random bytes ----------------------------------------------------------- */

/* A mail wants three small draws, and each is a call into the kernel; so they
 * are drawn many at once.  What has been given out is wiped here, and a child
 * of fork begins with nothing, so that no bytes are given out twice. */
static struct {
	unsigned char bytes[1024];
	size_t left;                    /* at the end */
	bool watched;                   /* for forks */
} drawn;

static void
drop_drawn(void)
{
	sodium_memzero(drawn.bytes, sizeof drawn.bytes);
	drawn.left = 0;
}

static bool
watch_forks(void)
{
	if (!drawn.watched)
		drawn.watched = pthread_atfork(NULL, NULL, drop_drawn) == 0;
	return drawn.watched;
}

void
seal_random(void *out, size_t len)
{
	unsigned char *from;

	if (len > sizeof drawn.bytes / 4 || !watch_forks()) {
		randombytes_buf(out, len);
		return;
	}
	if (len > drawn.left) {
		randombytes_buf(drawn.bytes, sizeof drawn.bytes);
		drawn.left = sizeof drawn.bytes;
	}
	from = drawn.bytes + sizeof drawn.bytes - drawn.left;
	memcpy(out, from, len);
	sodium_memzero(from, len);
	drawn.left -= len;
}
