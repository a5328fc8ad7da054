/* html.h - text made from HTML mail
 *
 * Not a browser: tags that begin a line do, scripts, styles and comments go,
 * entities become characters, and what is quoted (blockquote, and the
 * containers that mail programs put earlier mail in) has "> " before each
 * line, so that it can be told from what the person wrote.  One pass, bounded
 * by the input.
 */
#ifndef MESSAGE_HTML_H
#define MESSAGE_HTML_H

#include <stddef.h>

struct buf;

/* Appends; HTML and text are UTF-8. */
void html_text(const char *html, size_t len, struct buf *out);

#endif
