/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/buf.h"
#include "outbox/window.h"

#define REST_FIRST 1000
#define REST_MOST 60000

struct window {
	size_t size, count;
	int64_t *ids;           /* unordered; a few hundred at most */
	int64_t rest_until;
	int64_t rest;           /* the last pause, 0 when all is well */
	bool probing;
	size_t skip;            /* probes in vain */
};

struct window *
window_new(size_t size)
{
	struct window *w = mem_alloc(sizeof *w);

	w->size = size;
	w->ids = mem_realloc(NULL, size, sizeof *w->ids);
	return w;
}

void
window_free(struct window **wp)
{
	if (*wp == NULL)
		return;
	free((*wp)->ids);
	free(*wp);
	*wp = NULL;
}

size_t
window_room(const struct window *w, int64_t tick)
{
	if (tick < w->rest_until)
		return 0;
	if (w->probing)
		return w->count == 0 ? 1 : 0;
	return w->size - w->count;
}

size_t
window_count(const struct window *w)
{
	return w->count;
}

static size_t
position(const struct window *w, int64_t id)
{
	size_t i;

	for (i = 0; i < w->count; i++)
		if (w->ids[i] == id)
			break;
	return i;
}

bool
window_has(const struct window *w, int64_t id)
{
	return position(w, id) < w->count;
}

void
window_add(struct window *w, int64_t id)
{
	if (w->count < w->size)
		w->ids[w->count++] = id;
}

void
window_remove(struct window *w, int64_t id)
{
	size_t i = position(w, id);

	if (i < w->count)
		w->ids[i] = w->ids[--w->count];
}

void
window_clear(struct window *w)
{
	w->count = 0;
}

void
window_relay_down(struct window *w, int64_t tick)
{
	if (tick < w->rest_until)
		return;         /* others that were on their way say the same */
	if (w->probing)
		w->skip = (w->skip + 1) % WINDOW_SKIP_MOST;
	w->rest = w->rest == 0 ? REST_FIRST :
	    w->rest * 2 > REST_MOST ? REST_MOST : w->rest * 2;
	w->rest_until = tick + w->rest;
	w->probing = true;
}

void
window_relay_up(struct window *w)
{
	w->rest = 0;
	w->rest_until = 0;
	w->probing = false;
	w->skip = 0;
}

size_t
window_skip(const struct window *w)
{
	return w->skip;
}

int64_t
window_rest_until(const struct window *w)
{
	return w->rest_until;
}
