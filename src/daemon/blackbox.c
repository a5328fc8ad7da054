/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "daemon/blackbox.h"
#include "seal/keys.h"

#define SIZE 8192
#define POISON_MAX 1024         /* the oldest is forgotten */

/* SINCE is 0 while the slot is empty.  It is written last when a thing is
 * taken, so that a reader that sees it sees the name. */
struct slot {
	unsigned char name[BLACKBOX_NAME];
	_Atomic int64_t since;
};

/* BEGUN is a ring: the number N is at N % BLACKBOX_BEGUN.  One that died after
 * taking its number and before writing it had not begun. */
struct page {
	struct slot slot[BLACKBOX_SLOTS];
	_Atomic uint64_t count;
	_Atomic int64_t begun[BLACKBOX_BEGUN];
};

_Static_assert(sizeof(struct page) <= SIZE, "it has room");

struct blackbox {
	int fd;
	struct page *page;
};

static struct blackbox *
map(int fd)
{
	struct blackbox *box = mem_alloc(sizeof *box);

	box->fd = fd;
	box->page = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (box->page == MAP_FAILED)
		log_fatal("cannot share a little memory");
	return box;
}

struct blackbox *
blackbox_new(void)
{
	int fd = memfd_create("undersigned-blackbox", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	/* Sealed in size: a role that shrank it would end the parent. */
	if (fd < 0 || ftruncate(fd, SIZE) != 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
		log_fatal("cannot make shared memory");
	return map(fd);
}

struct blackbox *
blackbox_open(int fd)
{
	return map(fd);
}

void
blackbox_close(struct blackbox **boxp)
{
	if (*boxp == NULL)
		return;
	(void)munmap((*boxp)->page, SIZE);
	(void)close((*boxp)->fd);
	free(*boxp);
	*boxp = NULL;
}

int
blackbox_fd(const struct blackbox *box)
{
	return box->fd;
}

void
blackbox_clear(struct blackbox *box)
{
	memset(box->page->slot, 0, sizeof box->page->slot);
}

void
blackbox_take(struct blackbox *box, unsigned slot,
    const unsigned char name[BLACKBOX_NAME])
{
	struct slot *s = &box->page->slot[slot % BLACKBOX_SLOTS];

	memcpy(s->name, name, BLACKBOX_NAME);
	atomic_store_explicit(&s->since, clock_tick(), memory_order_release);
}

void
blackbox_done(struct blackbox *box, unsigned slot)
{
	atomic_store_explicit(&box->page->slot[slot % BLACKBOX_SLOTS].since, 0,
	    memory_order_release);
}

void
blackbox_begin(struct blackbox *box, int64_t job)
{
	uint64_t n = atomic_fetch_add(&box->page->count, 1);

	atomic_store(&box->page->begun[n % BLACKBOX_BEGUN], job);
}

uint64_t
blackbox_begun(const struct blackbox *box)
{
	return atomic_load(&box->page->count);
}

bool
blackbox_has_begun(const struct blackbox *box, int64_t job, uint64_t since)
{
	uint64_t count = blackbox_begun(box), n;

	if (count - since > BLACKBOX_BEGUN)
		return true;
	for (n = since; n != count; n++)
		if (atomic_load(&box->page->begun[n % BLACKBOX_BEGUN]) == job)
			return true;
	return false;
}

void
blackbox_name_bytes(unsigned char out[BLACKBOX_NAME], const void *bytes, size_t len)
{
	unsigned char digest[DIGEST_BYTES];

	seal_digest(bytes, len, digest);
	memcpy(out, digest, BLACKBOX_NAME);
}

void
blackbox_name_id(unsigned char out[BLACKBOX_NAME], int64_t id)
{
	memset(out, 0, BLACKBOX_NAME);
	memcpy(out, &id, sizeof id);
}

size_t
blackbox_read(const struct blackbox *box, struct blackbox_item *out, size_t count)
{
	size_t i, n = 0;

	for (i = 0; i < BLACKBOX_SLOTS && n < count; i++) {
		struct slot *s = &box->page->slot[i];

		out[n].since = atomic_load_explicit(&s->since,
		    memory_order_acquire);
		memcpy(out[n].name, s->name, BLACKBOX_NAME);
		if (out[n].since != 0)
			n++;
	}
	return n;
}

/* ---- names to keep away from ------------------------------------------------ */

struct poison {
	unsigned char (*names)[BLACKBOX_NAME];
	size_t count, room;
};

struct poison *
poison_new(void)
{
	return mem_alloc(sizeof(struct poison));
}

void
poison_free(struct poison **pp)
{
	if (*pp == NULL)
		return;
	free((*pp)->names);
	free(*pp);
	*pp = NULL;
}

bool
poison_has(const struct poison *p, const unsigned char name[BLACKBOX_NAME])
{
	size_t i;

	for (i = 0; i < p->count; i++)
		if (memcmp(p->names[i], name, BLACKBOX_NAME) == 0)
			return true;
	return false;
}

void
poison_add(struct poison *p, const unsigned char name[BLACKBOX_NAME])
{
	if (poison_has(p, name))
		return;
	if (p->count == POISON_MAX)
		memmove(p->names[0], p->names[1],
		    --p->count * BLACKBOX_NAME);
	if (p->count == p->room) {
		p->room = p->room == 0 ? 8 : p->room * 2;
		p->names = mem_realloc(p->names, p->room, BLACKBOX_NAME);
	}
	memcpy(p->names[p->count++], name, BLACKBOX_NAME);
}

size_t
poison_count(const struct poison *p)
{
	return p->count;
}

const unsigned char *
poison_at(const struct poison *p, size_t i)
{
	return p->names[i];
}

/* ---- strikes -------------------------------------------------------------------- */

struct strikes {
	struct poison *names;
};

struct strikes *
strikes_new(void)
{
	struct strikes *s = mem_alloc(sizeof *s);

	s->names = poison_new();
	return s;
}

void
strikes_free(struct strikes **sp)
{
	if (*sp == NULL)
		return;
	poison_free(&(*sp)->names);
	free(*sp);
	*sp = NULL;
}

bool
strikes_add(struct strikes *s, const unsigned char name[BLACKBOX_NAME])
{
	if (poison_has(s->names, name))
		return true;
	poison_add(s->names, name);
	return false;
}
