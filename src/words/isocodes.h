/* isocodes.h - the two file formats of iso-codes
 *
 * Both files come with the system and are trusted to be what they say, yet a
 * damaged one gives INVALID and no more.
 */
#ifndef WORDS_ISOCODES_H
#define WORDS_ISOCODES_H

#include <stddef.h>

#include "base/status.h"

struct arena;

struct iso_country {
	const char *alpha_2, *alpha_3;
	const char *name;
	const char *official_name, *common_name;        /* or NULL */
};

/* The countries in the JSON text of iso_3166-1; NOT_FOUND at its end. */
struct iso_reader {
	const char *at, *end;
	const char *start;
	int bad, begun;
};
void iso_open(struct iso_reader *, const char *json, size_t len);
/* Strings in the arena.  INVALID when the text is not as expected; the place
 * is iso_line. */
enum status iso_next(struct iso_reader *, struct arena *, struct iso_country *out)
    MUST_CHECK;
int iso_line(const struct iso_reader *);

/* A GNU message catalogue (.mo) of either byte order, borrowed. */
struct catalogue {
	const unsigned char *data;
	size_t len;
	int big;                /* byte order */
	size_t count, originals, translations;
};
enum status catalogue_open(struct catalogue *, const void *data, size_t len)
    MUST_CHECK;
/* The translation of TEXT, borrowed, or NULL. */
const char *catalogue_find(const struct catalogue *, const char *text);

#endif
