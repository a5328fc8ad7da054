/* nature.h - whether a person wrote a mail, and if not, what did
 *
 * RFC 3834 and practice.  When in doubt between a person and a robot of whom
 * nothing speaks but its words, the words have to be plain.
 */
#ifndef MESSAGE_NATURE_H
#define MESSAGE_NATURE_H

#include <stddef.h>

#include "message/letter.h"

struct content;
struct fields;

struct nature_view {
	const struct fields *fields;
	const struct content *content;
	const char *reverse_path;       /* "" for <>, NULL when it is not known */
	const char *author;             /* address in From, or NULL */
	const char *display_name;       /* or NULL */
	const char *subject;
	const char *text;               /* what the writer wrote */
};

/* The word for the rule that decided goes to WHY; it is a constant. */
enum nature nature_decide(const struct nature_view *, const char **why);

#endif
