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

/* Sections that were left out leave empty lines in plain text: at most one in a
 * row stays, none at the ends; and one line end closes the text. */
void markdown_tidy(struct buf *plain);

/* Puts HTML where MARK stands for it; where it is a paragraph of its own, that
 * goes too. */
void markdown_put(struct buf *document, const char *mark, const char *html,
    size_t len);

/* Appends a whole document around FRAGMENT. */
void markdown_document(const char *language, const char *fragment, size_t len,
    struct buf *out);

#endif
