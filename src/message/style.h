/* style.h - what a style attribute says of whether its text is to be read
 *
 * Not a style sheet: of the declarations (CSS) only those count by which mail
 * programs hide a text or strike it through.  One pass, bounded by the input.
 */
#ifndef MESSAGE_STYLE_H
#define MESSAGE_STYLE_H

#include <stddef.h>

enum style_said { STYLE_SILENT, STYLE_NO, STYLE_YES };

struct style {
	enum style_said gone;           /* no box, and none for what is within */
	enum style_said invisible;      /* may be taken back further in */
	enum style_said tiny;           /* likewise */
	enum style_said struck;         /* through; NO: not by this element */
};

void style_read(struct style *out, const char *css, size_t len);

#endif
