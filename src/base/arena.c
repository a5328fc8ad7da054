/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"

#define BLOCK_SIZE 8192
#define ALIGN _Alignof(max_align_t)

_Static_assert(BLOCK_SIZE % ALIGN == 0, "what is left of a block is all of use");

struct block {
	struct block *next;
	size_t size, used;
	_Alignas(max_align_t) unsigned char data[];
};

struct arena {
	struct block *first, *last;
	size_t used;
};

static struct block *
block_new(size_t size)
{
	struct block *b = mem_alloc(sizeof *b + size);

	b->size = size;
	return b;
}

struct arena *
arena_new(void)
{
	struct arena *a = mem_alloc(sizeof *a);

	a->first = a->last = block_new(BLOCK_SIZE);
	return a;
}

void
arena_reset(struct arena *a)
{
	struct block *b, *next;

	for (b = a->first->next; b != NULL; b = next) {
		next = b->next;
		explicit_bzero(b->data, b->used);
		free(b);
	}
	explicit_bzero(a->first->data, a->first->used);
	a->first->used = 0;
	a->first->next = NULL;
	a->last = a->first;
	a->used = 0;
}

void
arena_free(struct arena **ap)
{
	if (*ap == NULL)
		return;
	arena_reset(*ap);
	free((*ap)->first);
	free(*ap);
	*ap = NULL;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	size_t want = (size + ALIGN - 1) / ALIGN * ALIGN;
	void *p;

	if (want < size)
		want = SIZE_MAX;        /* ends in mem_alloc's message */
	if (want > a->last->size - a->last->used) {
		a->last->next = block_new(want > BLOCK_SIZE ? want : BLOCK_SIZE);
		a->last = a->last->next;
	}
	p = a->last->data + a->last->used;
	a->last->used += want;
	a->used += want;
	return p;
}

char *
arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *p = arena_alloc(a, len + 1);

	if (len > 0)
		memcpy(p, s, len);
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return s == NULL ? NULL : arena_strndup(a, s, strlen(s));
}

/* Written first where arena_alloc will say: nearly always it fits there. */
char *
arena_printf(struct arena *a, const char *format, ...)
{
	char *at = (char *)a->last->data + a->last->used, *p;
	size_t left = a->last->size - a->last->used;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(at, left, format, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < left)
		return arena_alloc(a, (size_t)n + 1);
	explicit_bzero(at, left);       /* what is not given out is zero */
	if (n < 0)
		return arena_alloc(a, 1);
	p = arena_alloc(a, (size_t)n + 1);
	va_start(ap, format);
	(void)vsnprintf(p, (size_t)n + 1, format, ap);
	va_end(ap);
	return p;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}
