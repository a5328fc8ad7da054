/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistr.h>

#include "base/arena.h"
#include "base/buf.h"
#include "words/country.h"
#include "words/everyday.h"
#include "words/isocodes.h"
#include "words/text.h"

#define FILE_MAX (4u << 20)
#define LONGEST 200           /* octets; no country's name is as long */
#define CODES (26 * 26)

struct name {
	const char *key;        /* text_bare of the name */
	uint16_t code;
	uint16_t order;         /* who came first wins */
};

struct countries {
	struct arena *arena;
	struct name *names;
	size_t count, room;
	char (*codes)[3];       /* of every assigned code, by its number */
	char **languages;       /* languages[0] is English */
	size_t language_count;
	const char **shown;     /* [language * CODES + code], NULL: English */
};

/* 0 for "AA" and so on; CODES when it is no two capital letters. */
static unsigned
number(const char *code)
{
	if (code[0] < 'A' || code[0] > 'Z' || code[1] < 'A' || code[1] > 'Z' ||
	    code[2] != '\0')
		return CODES;
	return (unsigned)((code[0] - 'A') * 26 + code[1] - 'A');
}

/* ---- loading ------------------------------------------------------------- */

static void
add_name(struct countries *c, struct arena *scratch, const char *name, unsigned code)
{
	const char *key = name == NULL ? "" : text_bare(scratch, name);

	if (strncmp(key, "the ", 4) == 0)
		key += 4;
	if (*key == '\0')
		return;
	if (c->count == c->room) {
		c->room = c->room == 0 ? 1024 : c->room * 2;
		c->names = mem_realloc(c->names, c->room, sizeof *c->names);
	}
	c->names[c->count] = (struct name){ .key = arena_strdup(c->arena, key),
	    .code = (uint16_t)code, .order = (uint16_t)c->count };
	c->count++;
}

static size_t
language_index(const struct countries *c, const char *language)
{
	size_t i;

	for (i = 0; language != NULL && i < c->language_count; i++)
		if (strcmp(c->languages[i], language) == 0)
			return i;
	return 0;
}

static void
add_everyday(struct countries *c, struct arena *scratch)
{
	const struct everyday *e;

	for (e = everyday_names; e->code != NULL; e++) {
		unsigned code = number(e->code);
		size_t at = language_index(c, e->language);
		const char *name = e->names;

		if (strcmp(c->languages[at], e->language) == 0)
			c->shown[at * CODES + code] = arena_strndup(c->arena, name,
			    strcspn(name, "|"));
		while (*name != '\0') {
			size_t len = strcspn(name, "|");

			add_name(c, scratch, arena_strndup(scratch, name, len), code);
			name += len + (name[len] == '|');
		}
		arena_reset(scratch);
	}
}

/* The four names ISO has for a country, shortest first. */
static void
add_country(struct countries *c, struct arena *scratch,
    const struct iso_country *iso)
{
	unsigned code = number(iso->alpha_2);
	const char *shown = iso->common_name != NULL ? iso->common_name : iso->name;

	memcpy(c->codes[code], iso->alpha_2, 3);
	if (c->shown[code] == NULL)
		c->shown[code] = arena_strdup(c->arena, shown);
	add_name(c, scratch, iso->alpha_2, code);
	add_name(c, scratch, iso->alpha_3, code);
	add_name(c, scratch, iso->common_name, code);
	add_name(c, scratch, iso->name, code);
	add_name(c, scratch, iso->official_name, code);
}

static void
add_translation(struct countries *c, struct arena *scratch,
    const struct iso_country *iso, const struct catalogue *catalogue, size_t language)
{
	unsigned code = number(iso->alpha_2);
	const char *names[] = { iso->common_name, iso->name, iso->official_name };
	const char **shown = &c->shown[language * CODES + code];
	size_t i;

	for (i = 0; i < 3; i++) {
		const char *name = names[i] == NULL ? NULL :
		    catalogue_find(catalogue, names[i]);

		if (name == NULL)
			continue;
		name = text_line(scratch, name, strlen(name), LONGEST);
		add_name(c, scratch, name, code);
		if (*shown == NULL && i < 2)
			*shown = arena_strdup(c->arena, name);
	}
}

/* Calls for each country in FILE: with a catalogue, its translations. */
static enum status
read_iso(struct countries *c, const struct buf *json, const char *file,
    const struct catalogue *catalogue, size_t language, struct reason *why)
{
	struct arena *scratch = arena_new();
	struct iso_country iso;
	struct iso_reader r;
	enum status st;

	iso_open(&r, json->data, json->len);
	while ((st = iso_next(&r, scratch, &iso)) == OK) {
		if (catalogue != NULL)
			add_translation(c, scratch, &iso, catalogue, language);
		else
			add_country(c, scratch, &iso);
		arena_reset(scratch);
	}
	arena_free(&scratch);
	return st == NOT_FOUND ? OK : fail(why, INVALID,
	    "%s:%d: not a list of countries as iso-codes has it; install the "
	    "package iso-codes again", file, iso_line(&r));
}

/* "pt-BR" is pt_BR, else pt, on disk; Norwegian is Bokmaal. */
static enum status
read_catalogue(struct buf *out, const char *locale_dir, const char *language)
{
	const char *name = strcmp(language, "no") == 0 ? "nb" : language;
	enum status st = NOT_FOUND;
	size_t len = strlen(name);
	char *path, *mark;

	if (name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_")]
	    != '\0')
		return NOT_FOUND;
	for (; st == NOT_FOUND && len > 0; len = strcspn(name, "-_") < len ?
	    strcspn(name, "-_") : 0) {
		path = mem_printf("%s/%.*s/LC_MESSAGES/iso_3166-1.mo", locale_dir,
		    (int)len, name);
		mark = strchr(path + strlen(locale_dir), '-');
		if (mark != NULL && mark < path + strlen(locale_dir) + 1 + len)
			*mark = '_';
		st = buf_read_file(out, path, FILE_MAX, NULL);
		free(path);
	}
	return st;
}

static enum status
read_translations(struct countries *c, const struct buf *json, const char *file,
    const char *locale_dir, struct reason *why)
{
	struct catalogue catalogue;
	enum status st = OK;
	size_t i;

	for (i = 1; st == OK && i < c->language_count; i++) {
		struct buf mo = BUF_INIT;

		/* a language without a catalogue has the English names */
		if (read_catalogue(&mo, locale_dir, c->languages[i]) == OK &&
		    catalogue_open(&catalogue, mo.data, mo.len) == OK)
			st = read_iso(c, json, file, &catalogue, i, why);
		buf_free(&mo);
	}
	return st;
}

static int
by_key(const void *one, const void *other)
{
	const struct name *a = one, *b = other;
	int order = strcmp(a->key, b->key);

	return order != 0 ? order : a->order - b->order;
}

static void
take_languages(struct countries *c, const char *const *languages)
{
	size_t i, count = 0;

	while (languages != NULL && languages[count] != NULL)
		count++;
	c->languages = arena_alloc(c->arena, (count + 1) * sizeof *c->languages);
	c->languages[c->language_count++] = arena_strdup(c->arena, "en");
	for (i = 0; i < count; i++)
		if (strcmp(languages[i], "en") != 0)
			c->languages[c->language_count++] =
			    arena_strdup(c->arena, languages[i]);
	c->shown = arena_alloc(c->arena,
	    c->language_count * CODES * sizeof *c->shown);
	c->codes = arena_alloc(c->arena, CODES * sizeof *c->codes);
}

enum status
countries_load(struct countries **out, const char *dir, const char *locale_dir,
    const char *const *languages, struct reason *why)
{
	struct countries *c = mem_alloc(sizeof *c);
	struct arena *scratch = arena_new();
	struct buf json = BUF_INIT;
	enum status st;
	char *file;

	*out = NULL;
	file = mem_printf("%s/json/iso_3166-1.json",
	    dir != NULL ? dir : "/usr/share/iso-codes");
	c->arena = arena_new();
	take_languages(c, languages);
	st = buf_read_file(&json, file, FILE_MAX, why);
	if (st != OK) {
		if (st == NOT_FOUND)
			(void)fail(why, st, "%s: no such file; install the package "
			    "iso-codes", file);
		goto out;
	}
	add_everyday(c, scratch);
	st = read_iso(c, &json, file, NULL, 0, why);
	if (st == OK)
		st = read_translations(c, &json, file,
		    locale_dir != NULL ? locale_dir : "/usr/share/locale", why);
	if (st != OK)
		goto out;
	qsort(c->names, c->count, sizeof *c->names, by_key);
	*out = c;
	c = NULL;
out:
	countries_free(&c);
	arena_free(&scratch);
	buf_free(&json);
	free(file);
	return st;
}

void
countries_free(struct countries **cp)
{
	struct countries *c = *cp;

	if (c == NULL)
		return;
	arena_free(&c->arena);
	free(c->names);
	free(c);
	*cp = NULL;
}

/* ---- finding ------------------------------------------------------------- */

static const char *
code_text(const struct countries *c, unsigned code)
{
	return code < CODES && c->codes[code][0] != '\0' ? c->codes[code] : NULL;
}

/* The first of the names that are written KEY. */
static const char *
find_key(const struct countries *c, const char *key)
{
	size_t low = 0, high = c->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(c->names[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == c->count || strcmp(c->names[low].key, key) != 0)
		return NULL;
	return code_text(c, c->names[low].code);
}

static const char *
find_name(const struct countries *c, struct arena *a, const char *name, size_t len)
{
	const char *key = text_bare(a, arena_strndup(a, name, len));

	if (strncmp(key, "the ", 4) == 0)
		key += 4;
	return find_key(c, key);
}

/* A flag is two letters of an alphabet of its own. */
static const char *
find_flag(const struct countries *c, const char *name)
{
	char code[3] = "";
	ucs4_t letter;
	int i;

	for (i = 0; i < 2; i++) {
		name += u8_mbtouc(&letter, (const uint8_t *)name, strlen(name));
		if (letter < 0x1f1e6 || letter > 0x1f1ff)
			return NULL;
		code[i] = (char)('A' + (letter - 0x1f1e6));
	}
	return *name == '\0' ? code_text(c, number(code)) : NULL;
}

/* "Tajikistan (Dushanbe)", "Norway / Norge": what goes before the first sign
 * must be a country, and what comes after must not be another. */
static const char *
find_parts(const struct countries *c, struct arena *a, const char *name)
{
	static const char signs[] = ",;/()";
	const char *first = NULL, *found;
	size_t len = strcspn(name, signs);

	if (name[len] == '\0')
		return NULL;
	first = find_name(c, a, name, len);
	while (first != NULL && name[len] != '\0') {
		name += len + 1;
		len = strcspn(name, signs);
		found = find_name(c, a, name, len);
		if (found != NULL && found != first)
			return NULL;
	}
	return first;
}

const char *
country_find(const struct countries *c, const char *name)
{
	struct arena *a;
	const char *found;
	size_t len = strlen(name);

	if (len == 0 || len > LONGEST)
		return NULL;
	found = find_flag(c, name);
	if (found != NULL)
		return found;
	a = arena_new();
	found = find_name(c, a, name, len);
	if (found == NULL)
		found = find_parts(c, a, name);
	arena_free(&a);
	return found;
}

int
country_is_code(const struct countries *c, const char *code)
{
	return strlen(code) == 2 && code_text(c, number(code)) != NULL;
}

const char *
country_name(const struct countries *c, const char *code, const char *language)
{
	size_t at = language_index(c, language);
	unsigned n = strlen(code) == 2 ? number(code) : CODES;

	if (code_text(c, n) == NULL)
		return code;
	if (c->shown[at * CODES + n] != NULL)
		return c->shown[at * CODES + n];
	return c->shown[n];
}

const char *
country_of_domain(const struct countries *c, const char *domain)
{
	/* sold all over the world: they tell nothing of where somebody is */
	static const char sold[] = " AC AD AG AI AM AS BZ CC CD CO CX DJ FM GG GL IO LA "
	    "LC LI LY ME MS MU NR NU PN PW SC SH SN SO SR ST SX TK TO TV VC VG VU WS ";
	static const struct { const char *label, *code; } others[] = {
		{ "uk", "GB" },
		{ "xn--p1ai", "RU" }, { "рф", "RU" },
		{ "xn--90ais", "BY" }, { "бел", "BY" },
		{ "xn--j1amh", "UA" }, { "укр", "UA" },
		{ "xn--80ao21a", "KZ" }, { "қаз", "KZ" },
		{ "xn--l1acc", "MN" }, { "мон", "MN" },
		{ "xn--90a3ac", "RS" }, { "срб", "RS" },
		{ "xn--mgba3a4f16a", "IR" }, { "ایران", "IR" },
		{ "xn--node", "GE" }, { "xn--y9a3aq", "AM" },
		{ "xn--fiqs8s", "CN" }, { "xn--3e0b707e", "KR" },
	};
	const char *dot = strrchr(domain, '.'), *label = dot != NULL ? dot + 1 : domain;
	char code[3] = "", padded[5];
	size_t i;

	for (i = 0; i < sizeof others / sizeof others[0]; i++)
		if (strcasecmp(label, others[i].label) == 0)
			return code_text(c, number(others[i].code));
	if (strlen(label) != 2)
		return NULL;
	for (i = 0; i < 2; i++)
		code[i] = (char)(label[i] >= 'a' && label[i] <= 'z' ?
		    label[i] - 'a' + 'A' : label[i]);
	(void)snprintf(padded, sizeof padded, " %s ", code);
	return strstr(sold, padded) != NULL ? NULL : code_text(c, number(code));
}
