/* post.h - what staff write to be sent to everybody, parted by language
 *
 * Text before the first line that names a language is in no language named.
 * Nothing is judged here: an unknown language or an empty text is for the
 * keeper to tell the author of.
 */
#ifndef MESSAGE_POST_H
#define MESSAGE_POST_H

#include <stddef.h>

struct arena;
struct letter;
struct vocabulary;

/* Fills letter->post from TEXT; a part without a subject of its own has the
 * letter's.  VOCABULARY may be NULL: then there is one part. */
void post_split(const struct vocabulary *, struct arena *, const char *text,
    size_t len, struct letter *);

#endif
