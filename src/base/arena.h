/* arena.h - memory of one transaction, freed at once
 *
 * All that belongs to one letter, one row or one rendered mail lives in one
 * arena.  Pointers into it stay good until arena_reset or arena_free.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/status.h"

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena **);       /* wipes what it held; NULL is fine */
void arena_reset(struct arena *);       /* all gone, first block kept and wiped */

void *arena_alloc(struct arena *, size_t);      /* zeroed, aligned for any type */
char *arena_strdup(struct arena *, const char *);       /* NULL gives NULL */
char *arena_strndup(struct arena *, const char *, size_t);
char *arena_printf(struct arena *, const char *format, ...) PRINTF_LIKE(2, 3);

/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *);

#endif
