/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "config/campaign.h"
#include "template/library.h"
#include "template/mustache.h"
#include "template/vars.h"
#include "words/text.h"

const char *const library_kinds[] = { "request", "reminder", "receipt", "status",
	"changed", "question", "unknown", "withdrawn", "forgotten", "help",
	"closed", "alarm", "forward", "warning", "probe", "update",
	"update-refused", "update-preview", "update-notice", "update-sent",
	"progress", "ended", "digest", "uncount", "uncount-notice", "proof",
	"checkpoint", NULL };

const char *const library_page_kinds[] = { "page-sign", "page-signed",
	"page-closed", "page-stop", "page-stopped", "page-nothing",
	"page-trouble", "page-home", NULL };

/* What a page of the web face may say; undersigned-templates(5) lists them. */
static const char *const page_names[] = {
	"title", "slug", "address", "site", "language", "petition",
	"organisations", "url", "style", "languages", "code", "label", "link",
	"current", "choice", "masked", "name", "country_name", "city", "comment",
	"updates", "hidden", "shared", "can_share", "sharing", "rest",
	"declines", "changed", "text_name", "number", "sealing", NULL
};

#define SHEET_MAX (256u << 10)

struct library {
	char *shipped_dir;
	struct sheet *sheets;
};

struct library *
library_new(const char *shipped_dir)
{
	struct library *l = mem_alloc(sizeof *l);

	l->shipped_dir = mem_strdup(shipped_dir);
	return l;
}

static void
sheet_free(struct sheet *s)
{
	template_free(&s->subject);
	template_free(&s->body);
	free(s->path);
	free(s);
}

void
library_free(struct library **lp)
{
	struct library *l = *lp;
	struct sheet *next;

	if (l == NULL)
		return;
	while (l->sheets != NULL) {
		next = l->sheets->next;
		sheet_free(l->sheets);
		l->sheets = next;
	}
	free(l->shipped_dir);
	free(l);
	*lp = NULL;
}

/* ---- one file --------------------------------------------------------------- */

static void
drop_carriage_returns(struct buf *text)
{
	size_t i, to = 0;

	for (i = 0; i < text->len; i++)
		if (text->data[i] != '\r')
			text->data[to++] = text->data[i];
	buf_cut(text, to);
}

/* In a campaign's own folder, so many octets of PATH, nothing may be a link; 0: a
 * shipped one. */
static enum status
read_sheet(const char *path, size_t own, struct buf *text, struct reason *why)
{
	enum status st = own > 0 ?
	    buf_read_below(text, path, own, SHEET_MAX, why) :
	    buf_read_file(text, path, SHEET_MAX, why);

	if (st != OK)
		return st == NOT_FOUND ? NOT_FOUND : INVALID;
	if (strncmp(text->data, "\xef\xbb\xbf", 3) == 0)
		buf_consume(text, 3);
	drop_carriage_returns(text);
	if (!text_is_utf8(text->data, text->len))
		return fail(why, INVALID, "%s: is not UTF-8; save it as UTF-8",
		    path);
	return OK;
}

/* Cuts "Subject: ...", line 1, out; its line end and the empty line 2 stay, so
 * that line numbers in the rest are right. */
static enum status
split_subject(struct sheet *s, struct buf *text, struct reason *why)
{
	static const char field[] = "Subject: ";
	size_t line = strcspn(text->data, "\n"), skip = sizeof field - 1;
	enum status st;

	if (strncmp(text->data, field, skip) != 0 || line == skip)
		return fail(why, INVALID, "%s:1: must begin with \"Subject: \" "
		    "and the subject of the mail", s->path);
	if (line + 1 < text->len && text->data[line + 1] != '\n')
		return fail(why, INVALID, "%s:2: must be an empty line; the text "
		    "of the mail begins on line 3", s->path);
	st = template_parse(&s->subject, text->data + skip, line - skip, s->path,
	    why);
	buf_consume(text, line);
	return st;
}

struct check {
	const char *path;
	enum status st;
	struct reason *why;
	bool names_text;
};

static bool
is_page(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strncmp(slash == NULL ? path : slash + 1, "page-", 5) == 0;
}

/* Without the name of the text that it shows its button would do nothing. */
static bool
signs(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strcmp(slash == NULL ? path : slash + 1,
	    "page-sign.mustache") == 0;
}

static bool
name_known(const char *path, const char *name)
{
	size_t i;

	if (!is_page(path))
		return vars_known(name);
	for (i = 0; page_names[i] != NULL; i++)
		if (strcmp(page_names[i], name) == 0)
			return true;
	return false;
}

static void
check_name(void *arg, enum name_use use, const char *name, int line)
{
	struct check *check = arg;
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");

	if (check->st != OK)
		return;
	if (use == NAME_PARTIAL) {
		if (name[len] != '\0')
			check->st = fail(check->why, INVALID, "%s:%d: the name of "
			    "a part, \"%s\", may have a-z, 0-9, _ and - only",
			    check->path, line, name);
	} else if (strcmp(name, "text_name") == 0 && is_page(check->path)) {
		check->names_text = true;
	} else if (!name_known(check->path, name)) {
		check->st = fail(check->why, INVALID, "%s:%d: there is no variable "
		    "\"%s\"; undersigned-templates(5) lists them", check->path,
		    line, name);
	}
}

static enum status
parse_sheet(struct sheet *s, size_t own, int has_subject, struct reason *why)
{
	struct check check = { s->path, OK, why, false };
	struct buf text = BUF_INIT;
	enum status st = read_sheet(s->path, own, &text, why);

	if (st == OK && has_subject)
		st = split_subject(s, &text, why);
	if (st == OK)
		st = template_parse(&s->body, text.data, text.len, s->path, why);
	buf_free(&text);
	if (st != OK)
		return st;
	if (s->subject != NULL)
		template_names(s->subject, check_name, &check);
	template_names(s->body, check_name, &check);
	if (check.st == OK && signs(s->path) && !check.names_text)
		return fail(why, INVALID, "%s: the form must say which text is "
		    "signed: <input type=\"hidden\" name=\"text\" "
		    "value=\"{{text_name}}\">", s->path);
	return check.st;
}

/* The sheet of PATH, which is taken over. */
static enum status
get_sheet(struct library *l, char *path, size_t own, int has_subject,
    const struct sheet **out, struct reason *why)
{
	struct sheet *s;
	enum status st;

	for (s = l->sheets; s != NULL; s = s->next)
		if (strcmp(s->path, path) == 0 &&
		    (s->subject != NULL) == has_subject) {
			free(path);
			*out = s;
			return OK;
		}
	s = mem_alloc(sizeof *s);
	s->path = path;
	st = parse_sheet(s, own, has_subject, why);
	if (st != OK) {
		sheet_free(s);
		return st;
	}
	s->next = l->sheets;
	l->sheets = s;
	*out = s;
	return OK;
}

static enum status
find_sheet(struct library *l, const struct campaign *c, const char *language,
    const char *name, int has_subject, const struct sheet **out,
    struct reason *why)
{
	enum status st = NOT_FOUND;

	if (c->dir != NULL)
		st = get_sheet(l, mem_printf("%s/templates/%s/%s.mustache",
		    c->dir, language, name), strlen(c->dir), has_subject,
		    out, why);
	if (st == NOT_FOUND)
		st = get_sheet(l, mem_printf("%s/%s/%s.mustache",
		    l->shipped_dir, language, name), 0, has_subject, out, why);
	if (st != NOT_FOUND)
		return st;
	return fail(why, NOT_FOUND, "%s/%s/%s.mustache: there is no such file, "
	    "and the campaign \"%s\" speaks \"%s\"; write it there or as "
	    "templates/%s/%s.mustache in the campaign's folder",
	    l->shipped_dir, language, name, c->slug, language, language, name);
}

/* ---- a set of them ------------------------------------------------------------ */

struct partials {
	struct library *library;
	const struct campaign *campaign;
	const char *language;
	struct library_set *set;
	enum status st;
	struct reason *why;
};

/* Finds a partial, and what that one uses in turn. */
static void
need_partial(void *arg, enum name_use use, const char *name, int line)
{
	struct partials *p = arg;
	struct library_set *set = p->set;
	const struct sheet *s;

	(void)line;
	if (p->st != OK || use != NAME_PARTIAL ||
	    library_partial(set, name) != NULL)
		return;
	if (set->partial_count == LIBRARY_PARTIALS) {
		p->st = fail(p->why, INVALID, "the templates of \"%s\" in \"%s\" "
		    "use more than %d parts", p->campaign->slug, p->language,
		    LIBRARY_PARTIALS);
		return;
	}
	p->st = find_sheet(p->library, p->campaign, p->language, name, 0, &s,
	    p->why);
	if (p->st != OK)
		return;
	set->partial_names[set->partial_count] = name;
	set->partials[set->partial_count++] = s;
	template_names(s->body, need_partial, p);
}

/* One template for each of KINDS, and their partials. */
static enum status
gather(struct library *l, const struct campaign *c, const char *language,
    const char *const *kinds, int has_subject, struct library_set *out,
    struct reason *why)
{
	struct partials p = { l, c, language, out, OK, why };
	size_t count = 0, i;
	enum status st = OK;

	while (kinds[count] != NULL)
		count++;
	*out = (struct library_set){
		.mails = mem_alloc(count * sizeof *out->mails) };
	for (i = 0; st == OK && i < count; i++) {
		st = find_sheet(l, c, language, kinds[i], has_subject,
		    &out->mails[i], why);
		if (st != OK)
			break;
		if (has_subject)
			template_names(out->mails[i]->subject, need_partial, &p);
		template_names(out->mails[i]->body, need_partial, &p);
		st = p.st;
	}
	if (st != OK)
		library_set_clear(out);
	return st;
}

enum status
library_set(struct library *l, const struct campaign *c, const char *language,
    struct library_set *out, struct reason *why)
{
	return gather(l, c, language, library_kinds, 1, out, why);
}

enum status
library_pages(struct library *l, const struct campaign *c, const char *language,
    struct library_set *out, struct reason *why)
{
	return gather(l, c, language, library_page_kinds, 0, out, why);
}

void
library_set_clear(struct library_set *set)
{
	free(set->mails);
	*set = (struct library_set){ .mails = NULL };
}

const struct template *
library_partial(const void *arg, const char *name)
{
	const struct library_set *set = arg;
	size_t i;

	for (i = 0; i < set->partial_count; i++)
		if (strcmp(set->partial_names[i], name) == 0)
			return set->partials[i]->body;
	return NULL;
}

struct looking {
	const struct library_set *set;
	const char *part;
	bool found, seen[LIBRARY_PARTIALS];
};

static void
look_for_part(void *arg, enum name_use use, const char *name, int line)
{
	struct looking *l = arg;
	size_t i;

	(void)line;
	if (use != NAME_PARTIAL || l->found)
		return;
	l->found = strcmp(name, l->part) == 0;
	for (i = 0; !l->found && i < l->set->partial_count; i++) {
		if (l->seen[i] || strcmp(l->set->partial_names[i], name) != 0)
			continue;
		l->seen[i] = true;
		template_names(l->set->partials[i]->body, look_for_part, l);
	}
}

bool
library_mail_uses(const struct library_set *set, const char *kind,
    const char *part, const struct sheet **sheet_out)
{
	struct looking l = { .set = set, .part = part };
	size_t i = 0;

	while (strcmp(library_kinds[i], kind) != 0)
		i++;
	*sheet_out = set->mails[i];
	template_names(set->mails[i]->body, look_for_part, &l);
	return l.found;
}
