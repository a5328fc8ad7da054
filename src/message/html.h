/* html.h - text made from HTML mail
 *
 * Not a browser: tags that begin a line do, scripts, styles and comments go,
 * entities become characters, and what is quoted (blockquote, and the
 * containers that mail programs put earlier mail in) has "> " before each
 * line, so that it can be told from what the person wrote.  Of what the person
 * wrote, that is left out which nobody is to read: struck through (<s>, <del>,
 * "text-decoration: line-through"), or hidden by its tag or its style attribute;
 * classes and style sheets are not followed.  One pass, bounded by the input.
 */
#ifndef MESSAGE_HTML_H
#define MESSAGE_HTML_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

enum html_view {
	HTML_WHOLE,             /* all text there is */
	HTML_OWN                /* without what is hidden or struck through */
};

/* Appends; HTML and text are UTF-8.  True when something that is no quote was left
 * out because it is struck through: a plain text beside it cannot show that. */
bool html_text(const char *html, size_t len, enum html_view, struct buf *out);

#endif
