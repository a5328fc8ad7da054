/* SPDX-License-Identifier: ISC
 *
 * free and realloc of this program stand before those of the C library, for the
 * libraries too.  mallopt(M_PERTURB) was tried first: it leaves what goes into
 * the thread's own cache as it is.
 */
#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "daemon/wipe.h"

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)

extern void __libc_free(void *);
extern void *__libc_realloc(void *, size_t);

static bool on;

void
wipe_freed(void)
{
	on = true;
}

void
free(void *p)
{
	if (p != NULL && on)
		explicit_bzero(p, malloc_usable_size(p));
	__libc_free(p);
}

/* The C library's would leave the old place as it was when it moves. */
void *
realloc(void *p, size_t size)
{
	size_t old;
	void *new;

	if (p == NULL || size == 0 || !on)
		return __libc_realloc(p, size);
	old = malloc_usable_size(p);
	if (size <= old && size >= old / 2)
		return p;
	new = malloc(size);
	if (new == NULL)
		return NULL;
	memcpy(new, p, size < old ? size : old);
	free(p);
	return new;
}

#else

void
wipe_freed(void)
{
}

#endif
