/* markdown.h - the text/html part
 *
 * cmark in its safe mode: no raw HTML, no links other than to the web and to
 * mail.  Pictures become their description, so that opening a mail tells
 * nobody that it was opened.  cmark is used in markdown.c only.
 */
#ifndef TEMPLATE_MARKDOWN_H
#define TEMPLATE_MARKDOWN_H

#include <stddef.h>

struct arena;
struct buf;

/* TEXT so written that Markdown shows it as it is: no emphasis, no link, no
 * list.  A line stays a line. */
char *markdown_escape(struct arena *, const char *text);

/* Appends the HTML of TEXT to OUT, a fragment. */
void markdown_html(const char *text, size_t len, struct buf *out);

/* Appends a whole document around FRAGMENT. */
void markdown_document(const char *language, const char *fragment, size_t len,
    struct buf *out);

#endif
