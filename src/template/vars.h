/* vars.h - what a template may say
 *
 * Each value exists twice: as it is, for text/plain, and so written that
 * Markdown leaves it alone, for text/html.  Which of the two a value needs is
 * decided here, by where it comes from, and not by how a template names it:
 * {{name}} and {{{name}}} are the same.  undersigned-templates(5) lists them.
 */
#ifndef TEMPLATE_VARS_H
#define TEMPLATE_VARS_H

#include <stdbool.h>

#include "template/mustache.h"

struct arena;
struct campaign;
struct campaign_language;
struct countries;
struct job;

/* What all mails of one campaign in one language share. */
struct vars_base {
	const struct campaign *campaign;
	const char *language;
	struct value plain, html;       /* maps, in the arena given */
};

/* PETITION_MARK stands for the petition in the HTML, where its own HTML is put
 * afterwards (render.c); borrowed. */
void vars_base_make(struct vars_base *out, struct arena *,
    const struct campaign *, const struct campaign_language *,
    const char *mail_domain, const char *petition_mark);

struct vars {
	struct value plain, html;
};

void vars_make(struct vars *out, struct arena *, const struct vars_base *,
    const struct countries *, const struct job *);

/* How the value of a mail's own variable is to be written. */
enum vars_kind {
	VARS_LINE,              /* words of a stranger, on one line */
	VARS_LINES,             /* likewise, on many */
	VARS_URL, VARS_ADDRESS, /* made by us or written by staff */
	VARS_MARKDOWN,          /* likewise: shown as Markdown */
	VARS_BLOCK,             /* made by us; its lines stay as they are */
	VARS_LIST               /* "CODE NUMBER" on each line: countries */
};
enum vars_kind vars_kind(const char *name);
/* Its value for one mail, as plain text; "" when it has none.  A list is as
 * the job has it. */
const char *vars_value(struct arena *, const struct vars_base *,
    const struct countries *, const struct job *, const char *name);
/* Both lists that such a text stands for. */
void vars_list(struct vars *out, struct arena *, const struct vars_base *,
    const struct countries *, const char *text);

/* Is there such a variable?  Dotted names and "." are not used in mail. */
bool vars_known(const char *name);
extern const char *const vars_names[];          /* all of them; NULL-ended */

#endif
