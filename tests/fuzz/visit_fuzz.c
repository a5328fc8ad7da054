/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "message/visit.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What can be read is what would be written of it. */
static void
compare(const struct buf *b, const uint8_t *data, size_t len)
{
	if (b->len != len || memcmp(b->data, data, len) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *arena = arena_new();
	struct buf b = BUF_INIT;
	struct visit visit;
	struct seen seen;
	char *mask, *address = arena_strndup(arena, (const char *)data, len);

	if (visit_unpack(&visit, arena, data, len) == OK) {
		visit_pack(&visit, &b);
		compare(&b, data, len);
	}
	buf_clear(&b);
	if (seen_unpack(&seen, arena, data, len) == OK) {
		seen_pack(&seen, &b);
		compare(&b, data, len);
	}
	mask = visit_mask(arena, address);
	if (mask != NULL && strlen(mask) > strlen(address) + strlen("…"))
		abort();
	buf_free(&b);
	arena_free(&arena);
	return 0;
}
