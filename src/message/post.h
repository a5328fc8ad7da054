/* post.h - what staff write to be sent to everybody, parted by language
 *
 * Text before the first line that names a language is in no language named, and
 * so is an attached file whose name has none.
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

/* One more text, which is all of an attached file; the language is that in its
 * NAME.  A first line "Subject: ..." is its subject, else it has the letter's. */
void post_add_file(struct arena *, const char *name, const char *text,
    size_t len, struct letter *);

/* What stands between the last two dots of a file's name, as in news.ru.md, when
 * it looks like a language; else NULL. */
char *post_language(struct arena *, const char *name);

#endif
