/* update.h - the words of an update, compiled
 *
 * An update is a subject and a body, Markdown with Mustache, for one language.
 * It stands in a mail's template (update.mustache) as {{subject}} and
 * {{update}}.  Most of the work is the same for everybody, so it is done once
 * for each shape: which of the values used are there and which are not decides
 * every section.  For a shape, the values are replaced by marks of letters
 * that mean nothing to Markdown, the text goes through Mustache and cmark, and
 * is cut at the marks.  A mail is then put together from the pieces, each value
 * written as its place needs it: as it is in plain text, escaped in HTML, and
 * percent-encoded within a link.  So a value cannot become a link or markup.
 */
#ifndef TEMPLATE_UPDATE_H
#define TEMPLATE_UPDATE_H

#include <stddef.h>

#include "base/status.h"

struct arena;
struct buf;
struct countries;
struct job;
struct library_set;
struct sheet;
struct update;
struct vars_base;

/* ---- words that somebody wrote ------------------------------------------------- */

#define UPDATE_SUBJECT_MAX 500  /* octets */

/* Parts "Subject: ..." in the first line of TEXT from the rest; *subject_out is
 * NULL when it does not begin so.  Checks that it is UTF-8, makes line ends LF.
 * The rest keeps its line numbers.  NAME is for the reason: a file, a mail. */
enum status update_split(struct arena *, const char *name, const char *text,
    size_t len, const char **subject_out, const char **body_out,
    struct reason *) MUST_CHECK;

/* Mistakes are INVALID with NAME:line: a subject or body that is empty or too
 * long, not UTF-8 or with control characters, a tag that is wrong, a variable
 * that updates do not have. */
enum status update_check(const char *name, const char *subject, const char *body,
    struct reason *) MUST_CHECK;

/* ---- one of them in one mail's template ------------------------------------------- */

/* BASE, SET and SHEET are borrowed; the rest is copied. */
enum status update_new(struct update **out, const struct vars_base *base,
    const struct library_set *set, const struct sheet *sheet,
    const char *subject, const char *body, struct reason *) MUST_CHECK;
void update_free(struct update **);

/* A job's values in their shape. */
struct update_mail;

/* Finds the shape, or makes it: one thread at a time.  The result is the
 * arena's; release it if it is not NULL, before the arena goes. */
enum status update_open(struct update *, struct arena *, const struct countries *,
    const struct job *, struct update_mail **out, struct reason *) MUST_CHECK;
/* Appended; by any thread. */
void update_write(const struct update_mail *, struct buf *subject,
    struct buf *plain, struct buf *html);
void update_release(struct update_mail **);

#endif
