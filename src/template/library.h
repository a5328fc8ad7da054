/* library.h - the template files, each read and parsed once
 *
 * A campaign's own DIR/templates/LANG/NAME.mustache wins over the shipped one,
 * file by file; never a file of another language.  All names in a template are
 * checked as it is read.  After library_set has answered, nothing changes any
 * more and threads may share it.
 */
#ifndef TEMPLATE_LIBRARY_H
#define TEMPLATE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

struct campaign;
struct library;
struct template;

#define LIBRARY_PARTIALS 16     /* that all mails of one language may use */

struct sheet {
	char *path;
	struct template *subject;       /* NULL: a partial */
	struct template *body;
	struct sheet *next;
};

/* The templates of one campaign in one language.  Sheets are the library's. */
struct library_set {
	const struct sheet **mails;     /* in the order of library_kinds, or of
	                                   library_page_kinds */
	const char *partial_names[LIBRARY_PARTIALS];
	const struct sheet *partials[LIBRARY_PARTIALS];
	size_t partial_count;
};

/* The kinds of mail there are; NULL-ended.  Each has a template. */
extern const char *const library_kinds[];

struct library *library_new(const char *shipped_dir);
void library_free(struct library **);

/* INVALID with file:line; NOT_FOUND names the file that is missing. */
enum status library_set(struct library *, const struct campaign *,
    const char *language, struct library_set *out, struct reason *) MUST_CHECK;
/* The same for the pages of the web face, whose sheets have no subject.  They
 * have variables of their own. */
extern const char *const library_page_kinds[];
enum status library_pages(struct library *, const struct campaign *,
    const char *language, struct library_set *out, struct reason *) MUST_CHECK;
void library_set_clear(struct library_set *);
/* Does mail KIND of a set of mails use the part NAME, itself or by another part?  Its
 * sheet is given out. */
bool library_mail_uses(const struct library_set *, const char *kind,
    const char *part, const struct sheet **sheet_out);

/* For template_render; ARG is a struct library_set. */
const struct template *library_partial(const void *arg, const char *name);

#endif
