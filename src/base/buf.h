/* buf.h - a growing run of bytes, and memory that does not fail
 *
 * Invariants: data[len] is always NUL, so a buffer without NULs inside is a C
 * string; data is never NULL after buf_init.  A buffer grows without bound:
 * who reads from a stranger bounds the size first.
 *
 * mem_* end the process with a message when there is no memory.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

void *mem_alloc(size_t);                        /* zeroed */
void *mem_realloc(void *, size_t count, size_t size);  /* refuses overflow */
char *mem_strdup(const char *);
char *mem_strndup(const char *, size_t);
char *mem_printf(const char *format, ...) PRINTF_LIKE(1, 2);

struct buf {
	char *data;
	size_t len;
	size_t room;            /* bytes allocated, NUL included; 0: static "" */
};

#define BUF_INIT { .data = buf_empty, .len = 0, .room = 0 }
extern char buf_empty[1];

void buf_init(struct buf *);
void buf_free(struct buf *);            /* and init again */
void buf_wipe(struct buf *);            /* the same, bytes overwritten first */
void buf_clear(struct buf *);           /* length 0, memory kept and wiped */
void buf_reserve(struct buf *, size_t more);    /* room for MORE and a NUL */
void buf_add(struct buf *, const void *, size_t);
void buf_addstr(struct buf *, const char *);
void buf_addch(struct buf *, char);
void buf_addf(struct buf *, const char *format, ...) PRINTF_LIKE(2, 3);
void buf_vaddf(struct buf *, const char *format, va_list) PRINTF_LIKE(2, 0);
/* TEXT that is to be seen on a terminal: what would steer one, and what is no
 * UTF-8, as \xNN. */
void buf_add_visible(struct buf *, const char *text);
/* What is dropped is wiped. */
void buf_cut(struct buf *, size_t len);         /* shorten to LEN */
void buf_consume(struct buf *, size_t);         /* drop from the front */
char *buf_steal(struct buf *, size_t *len_out); /* caller frees; may be NULL */

/* A whole file, at most MAX bytes (LIMIT above it); INVALID when it is a folder,
 * a pipe or a device, upon which nothing waits.  Appends to OUT. */
enum status buf_read_file(struct buf *out, const char *path, size_t max,
    struct reason *) MUST_CHECK;
/* The same for a file of somebody who may not read all that we may: one that is
 * a link to elsewhere is INVALID. */
enum status buf_read_own_file(struct buf *out, const char *path, size_t max,
    struct reason *) MUST_CHECK;
/* So is any folder then that PATH has after its first OWN octets. */
enum status buf_read_below(struct buf *out, const char *path, size_t own,
    size_t max, struct reason *) MUST_CHECK;

#endif
