/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "web/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
try(const char *prefix, const char *text)
{
	struct path path;
	int link;

	path_parse(&path, prefix, text);
	link = path.kind == PATH_SIGN || path.kind == PATH_STOP;
	if ((strlen(path.token) == TOKEN_LENGTH) != link ||
	    (path.slug[0] != '\0') != link || strlen(path.slug) > SLUG_MAX ||
	    strpbrk(path.slug, "/.%") != NULL)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *arena = arena_new();
	const char *text = arena_strndup(arena, (const char *)data, len);

	try("", text);
	try("/p", text);
	arena_free(&arena);
	return 0;
}
