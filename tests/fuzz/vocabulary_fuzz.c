/* SPDX-License-Identifier: ISC
 *
 * Any bytes as what a person wrote, the first line being the subject.  What
 * comes out is clean, bounded and of the shape that the header promises; the
 * names of countries are looked for in it too.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "words/country.h"
#include "words/text.h"
#include "words/vocabulary.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char *const languages[] = { "en", "ru", "tg", "nb", NULL };
static struct vocabulary *vocabulary;
static struct countries *countries;

static void
load(void)
{
	struct reason why = { "" };

	if (vocabulary != NULL)
		return;
	if (vocabulary_load(&vocabulary, SOURCE_DIR "/templates", languages,
	    &why) != OK ||
	    countries_load(&countries, NULL, NULL, languages, &why) != OK) {
		fprintf(stderr, "%s\n", why.text);
		exit(1);
	}
	vocabulary_know(vocabulary, "pamir", 1);
	vocabulary_know(vocabulary, "The Pamir Solidarity, of Khorog", 0);
	vocabulary_know(vocabulary, "Фонд «Умед»", 0);
}

static size_t
characters(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void
check_value(enum field field, const char *s)
{
	size_t max = field == FIELD_COMMENT ? SAID_COMMENT_MAX : SAID_FIELD_MAX;
	const char *p;

	if (!text_is_utf8(s, strlen(s)) || characters(s) > max || *s == '\0')
		abort();
	for (p = s; *p != '\0'; p++)
		if (((unsigned char)*p < 0x20 && (*p != '\n' ||
		    (field != FIELD_COMMENT && field != FIELD_SHARE))) || *p == 0x7f)
			abort();
	if (field == FIELD_UPDATES && strcmp(s, "yes") != 0 && strcmp(s, "no") != 0)
		abort();
	if (field == FIELD_LANGUAGE && (strlen(s) != 2 || strstr("en ru tg nb", s) == NULL))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *arena = arena_new();
	char *subject = arena_strndup(arena, (const char *)data, len);
	char *text = strchr(subject, '\n'), *line;
	struct said said;
	unsigned i;

	load();
	if (text != NULL)
		*text++ = '\0';
	else
		text = subject;
	vocabulary_read(vocabulary, arena, text, subject, &said);
	if ((unsigned)said.verb >= VERB_COUNT_ || (said.yes && said.no))
		abort();
	for (i = 0; i < FIELD_COUNT_; i++)
		if (said.field[i] != NULL)
			check_value((enum field)i, said.field[i]);
	(void)country_find(countries, subject);
	(void)country_of_domain(countries, subject);
	(void)text_language(text, languages);
	(void)vocabulary_language(vocabulary, subject);
	line = text_line(arena, (const char *)data, len, 100);
	if (strcmp(line, text_line(arena, line, strlen(line), 100)) != 0)
		abort();
	line = text_lines(arena, (const char *)data, len, 100);
	if (strcmp(line, text_lines(arena, line, strlen(line), 100)) != 0)
		abort();
	line = text_bare(arena, text_line(arena, (const char *)data, len, 100));
	if (!text_is_utf8(line, strlen(line)))
		abort();
	arena_free(&arena);
	return 0;
}
