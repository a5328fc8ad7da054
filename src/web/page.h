/* page.h - the pages people see
 *
 * Each is a template of a language (templates/LANG/page-*.mustache, which a
 * campaign may override), filled with what the campaign has published and with
 * what the keeper says of one person.  All values are escaped; the petition
 * alone comes as HTML, made by cmark in its safe mode.
 */
#ifndef WEB_PAGE_H
#define WEB_PAGE_H

#include "base/status.h"

struct buf;
struct campaigns;
struct config;
struct countries;
struct pages;
struct seen;

/* In the order of library_page_kinds. */
enum page_kind {
	PAGE_SIGN, PAGE_SIGNED, PAGE_CLOSED, PAGE_STOP, PAGE_STOPPED,
	PAGE_NOTHING, PAGE_TROUBLE, PAGE_HOME, PAGE_KINDS
};

struct page_ask {
	enum page_kind kind;
	const struct seen *seen;        /* of whom; NULL: of nobody */
	const char *wanted;             /* language that was clicked, or NULL */
	const char *accepted;           /* Accept-Language, or NULL */
};

/* CAMPAIGNS and COUNTRIES are borrowed. */
enum status pages_load(struct pages **out, const struct config *,
    const struct campaigns *, const struct countries *, struct reason *)
    MUST_CHECK;
void pages_free(struct pages **);

/* Appends a whole HTML document in the language that fits best; plain words
 * if a template turns out to be too much. */
void pages_render(const struct pages *, const struct page_ask *, struct buf *out);
const struct buf *pages_style(const struct pages *);

#endif
