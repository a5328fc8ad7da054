/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "config/campaign.h"
#include "config/config.h"
#include "message/visit.h"
#include "seal/sha256.h"
#include "template/library.h"
#include "template/markdown.h"
#include "template/mustache.h"
#include "web/page.h"
#include "words/country.h"

#define STYLE_MAX (64u << 10)
#define NAMES 30                /* of variables; library.c lists them */
#define LANGUAGE 9

/* The pages of one campaign, or of none, in one language. */
struct leaf {
	const struct campaign *campaign;        /* NULL: of none */
	const char *language;
	struct library_set set;
	struct buf petition;                    /* as HTML */
	char text[SHA256_NAME + 1];             /* what the form calls it */
	struct leaf *next;
};

struct pages {
	const struct campaigns *campaigns;
	const struct countries *countries;
	const char *mail_domain;
	struct library *library;
	struct buf style;
	char *style_url;
	struct leaf *leaves;
};

static const struct {
	const char *code, *label;
} labels[] = {
	{ "ar", "العربية" }, { "de", "Deutsch" }, { "en", "English" },
	{ "es", "Español" }, { "fa", "فارسی" }, { "fr", "Français" },
	{ "nb", "Norsk" }, { "nn", "Nynorsk" }, { "ru", "Русский" },
	{ "tg", "Тоҷикӣ" }, { "uk", "Українська" }, { "uz", "O‘zbekcha" },
};

/* ---- loading --------------------------------------------------------------- */

static enum status
add_leaf(struct pages *p, const struct campaign *c, const char *language,
    const struct campaign_language *l, struct reason *why)
{
	const struct campaign nobody = { .slug = (char *)(uintptr_t)"-" };
	struct leaf *leaf = mem_alloc(sizeof *leaf);
	enum status st = library_pages(p->library, c != NULL ? c : &nobody,
	    language, &leaf->set, why);

	if (st != OK) {
		free(leaf);
		return st;
	}
	leaf->campaign = c;
	leaf->language = language;
	buf_init(&leaf->petition);
	if (l != NULL) {
		markdown_html(l->petition, strlen(l->petition), &leaf->petition);
		seal_sha256_name(l->petition_bytes, l->petition_len, leaf->text);
	}
	leaf->next = p->leaves;
	p->leaves = leaf;
	return OK;
}

/* What is of no campaign is shown in any language that we have words for. */
static enum status
add_leaves_of_none(struct pages *p, struct reason *why)
{
	const char *const *l = campaigns_languages(p->campaigns);
	struct reason unused;
	bool english = false;

	for (; *l != NULL; l++)
		if (add_leaf(p, NULL, *l, NULL, &unused) == OK)
			english |= strcmp(*l, "en") == 0;
	return english ? OK : add_leaf(p, NULL, "en", NULL, why);
}

static enum status
add_leaves(struct pages *p, const struct campaign *c, struct reason *why)
{
	enum status st = OK;
	size_t i;

	for (i = 0; st == OK && i < c->language_count; i++)
		st = add_leaf(p, c, c->languages[i].code,
		    &c->languages[i], why);
	return st;
}

enum status
pages_load(struct pages **out, const struct config *config,
    const struct campaigns *campaigns, const struct countries *countries,
    struct reason *why)
{
	struct pages *p = mem_alloc(sizeof *p);
	char *style = mem_printf("%s/style.css", config->template_dir);
	enum status st;
	size_t i;

	p->campaigns = campaigns;
	p->countries = countries;
	p->mail_domain = config->mail_domain;
	p->library = library_new(config->template_dir);
	p->style_url = mem_printf("%s/style.css", config->web.base_url);
	buf_init(&p->style);
	st = buf_read_file(&p->style, style, STYLE_MAX, why);
	free(style);
	if (st == OK)
		st = add_leaves_of_none(p, why);
	for (i = 0; st == OK && i < campaigns_count(campaigns); i++)
		st = add_leaves(p, campaigns_at(campaigns, i), why);
	if (st != OK)
		pages_free(&p);
	*out = p;
	return st;
}

void
pages_free(struct pages **pp)
{
	struct pages *p = *pp;
	struct leaf *next;

	if (p == NULL)
		return;
	for (; p->leaves != NULL; p->leaves = next) {
		next = p->leaves->next;
		library_set_clear(&p->leaves->set);
		buf_free(&p->leaves->petition);
		free(p->leaves);
	}
	library_free(&p->library);
	buf_free(&p->style);
	free(p->style_url);
	free(p);
	*pp = NULL;
}

const struct buf *
pages_style(const struct pages *p)
{
	return &p->style;
}

/* ---- the language ------------------------------------------------------------ */

static const struct leaf *
find_leaf(const struct pages *p, const struct campaign *c, const char *language)
{
	const struct leaf *leaf;

	for (leaf = p->leaves; leaf != NULL; leaf = leaf->next)
		if (leaf->campaign == c && language != NULL &&
		    strcmp(leaf->language, language) == 0)
			break;
	return leaf;
}

/* The first in the order written; weights are rarely out of it. */
static const struct leaf *
find_accepted(const struct pages *p, const char *accepted)
{
	char code[LANGUAGE];
	const struct leaf *leaf = NULL;
	size_t len;

	while (leaf == NULL && accepted != NULL && *accepted != '\0') {
		len = strspn(accepted, "abcdefghijklmnopqrstuvwxyz"
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
		if (len > 0 && len < sizeof code) {
			memcpy(code, accepted, len);
			code[len] = '\0';
			leaf = find_leaf(p, NULL, strcmp(code, "no") == 0 ||
			    strcmp(code, "nn") == 0 ? "nb" : code);
		}
		accepted += strcspn(accepted, ",");
		accepted += strspn(accepted, ", ");
	}
	return leaf;
}

static const struct leaf *
choose_leaf(const struct pages *p, const struct page_ask *ask)
{
	const struct campaign *c = ask->seen == NULL || ask->seen->slug == NULL ?
	    NULL : campaigns_find(p->campaigns, ask->seen->slug, NULL);
	const struct leaf *leaf = find_leaf(p, c, ask->wanted);

	if (leaf == NULL && c != NULL)
		leaf = find_leaf(p, c, ask->seen->language);
	if (leaf == NULL && c != NULL)
		leaf = find_leaf(p, c, c->default_language);
	if (leaf == NULL)
		leaf = find_leaf(p, NULL, ask->wanted);
	if (leaf == NULL)
		leaf = find_accepted(p, ask->accepted);
	return leaf != NULL ? leaf : find_leaf(p, NULL, "en");
}

/* ---- values --------------------------------------------------------------------- */

struct map {
	struct arena *arena;
	struct member member[NAMES];
	size_t count;
};

static void
put_value(struct map *m, const char *name, struct value v)
{
	m->member[m->count++] = (struct member){ name, v };
}

static void
put(struct map *m, const char *name, const char *text)
{
	put_value(m, name, (struct value){ .kind = VALUE_TEXT,
	    .text = text == NULL ? "" : text });
}

static void
put_flag(struct map *m, const char *name, bool flag)
{
	put_value(m, name, (struct value){
	    .kind = flag ? VALUE_TRUE : VALUE_FALSE });
}

static struct value
small_map(struct map *m, const struct member *members, size_t count)
{
	struct member *copy = arena_alloc(m->arena, count * sizeof *copy);

	memcpy(copy, members, count * sizeof *copy);
	return (struct value){ .kind = VALUE_MAP, .members = copy,
	    .count = count };
}

static struct value
text_value(const char *text)
{
	return (struct value){ .kind = VALUE_TEXT,
	    .text = text == NULL ? "" : text };
}

static const char *
label_of(const char *code)
{
	size_t i;

	for (i = 0; i < sizeof labels / sizeof labels[0]; i++)
		if (strcmp(labels[i].code, code) == 0)
			return labels[i].label;
	return code;
}

/* A link of its own for each language. */
static void
put_languages(struct map *m, const struct pages *p, const struct leaf *now)
{
	const struct leaf *leaf;
	struct value *items;
	size_t count = 0, i;

	for (leaf = p->leaves; leaf != NULL; leaf = leaf->next)
		count += leaf->campaign == now->campaign;
	items = arena_alloc(m->arena, count * sizeof *items);
	i = count;                      /* the list has the last one first */
	for (leaf = p->leaves; leaf != NULL; leaf = leaf->next) {
		if (leaf->campaign != now->campaign)
			continue;
		items[--i] = small_map(m, (struct member[]){
		    { "code", text_value(leaf->language) },
		    { "label", text_value(label_of(leaf->language)) },
		    { "link", text_value(arena_printf(m->arena, "?l=%s",
		    leaf->language)) },
		    { "current", { .kind = leaf == now ? VALUE_TRUE :
		    VALUE_FALSE } } }, 4);
	}
	put_value(m, "languages", (struct value){ .kind = VALUE_LIST,
	    .items = items, .count = count });
	put_flag(m, "choice", count > 1);
}

/* Those that ask signers for name and address; all but the first have "rest". */
static void
put_sharing(struct map *m, const struct campaign *c)
{
	struct value *items = arena_alloc(m->arena,
	    c->organisation_count * sizeof *items);
	size_t i, count = 0;

	for (i = 0; i < c->organisation_count; i++) {
		if (!c->organisations[i].share)
			continue;
		items[count] = small_map(m, (struct member[]){
		    { "name", text_value(c->organisations[i].name) },
		    { "rest", { .kind = count > 0 ? VALUE_TRUE :
		    VALUE_FALSE } } }, 2);
		count++;
	}
	put_flag(m, "can_share", count > 0);
	put_value(m, "sharing", (struct value){ .kind = VALUE_LIST,
	    .items = items, .count = count });
}

static void
put_campaign(struct map *m, const struct pages *p, const struct leaf *leaf)
{
	const struct campaign *c = leaf->campaign;
	const struct campaign_organisation *o;
	struct value *items;
	size_t i;

	put(m, "title", campaign_language(c, leaf->language)->title);
	put(m, "slug", c->slug);
	put(m, "address", arena_printf(m->arena, "%s@%s", c->slug,
	    p->mail_domain));
	put(m, "site", c->site);
	put_flag(m, "sealing", c->seals);
	put(m, "petition", leaf->petition.data);
	put(m, "text_name", leaf->text);
	items = arena_alloc(m->arena, c->organisation_count * sizeof *items);
	for (i = 0; i < c->organisation_count; i++) {
		o = &c->organisations[i];
		items[i] = small_map(m, (struct member[]){
		    { "name", text_value(o->name != NULL ? o->name : o->id) },
		    { "url", text_value(o->url) } }, 2);
	}
	put_value(m, "organisations", (struct value){ .kind = VALUE_LIST,
	    .items = items, .count = c->organisation_count });
	put_sharing(m, c);
}

static void
put_person(struct map *m, const struct pages *p, const struct leaf *leaf,
    const struct seen *seen)
{
	put(m, "masked", seen->masked);
	put(m, "name", seen->name);
	put(m, "city", seen->city);
	put(m, "comment", seen->comment);
	put(m, "country_name", seen->country == NULL || seen->country[0] == '\0' ?
	    NULL : country_name(p->countries, seen->country, leaf->language));
	put(m, "shared", seen->shared);
	put_flag(m, "updates", seen->updates);
	put_flag(m, "hidden", seen->hidden);
	put_flag(m, "declines", seen->declines);
	put_flag(m, "changed", seen->changed);
	put(m, "number", seen->number == 0 ? NULL : arena_printf(m->arena,
	    "%lld", (long long)seen->number));
}

void
pages_render(const struct pages *p, const struct page_ask *ask, struct buf *out)
{
	const struct leaf *leaf = choose_leaf(p, ask);
	struct map map = { .arena = arena_new() };
	struct reason why = { "" };
	size_t start = out->len;
	struct value all;

	put(&map, "language", leaf->language);
	put(&map, "style", p->style_url);
	put_languages(&map, p, leaf);
	if (leaf->campaign != NULL)
		put_campaign(&map, p, leaf);
	if (ask->seen != NULL)
		put_person(&map, p, leaf, ask->seen);
	all = (struct value){ .kind = VALUE_MAP, .members = map.member,
	    .count = map.count };
	if (template_render(leaf->set.mails[ask->kind]->body, &all, ESCAPE_HTML,
	    library_partial, &leaf->set, out, &why) != OK) {
		log_warnx("page=%s %s", library_page_kinds[ask->kind], why.text);
		buf_cut(out, start);
		buf_addstr(out, "<!DOCTYPE html><title>Sorry</title><p>This page "
		    "cannot be shown. Please answer our mail instead.\n");
	}
	arena_free(&map.arena);
}
