/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "words/named.h"
#include "words/pattern.h"
#include "words/text.h"
#include "words/wordfile.h"
#include "words/wordset.h"

#define FILE_MAX (256u << 10)

static const char *const verb_names[VERB_COUNT_] = {
	[VERB_NONE] = "none", [VERB_SIGN] = "sign", [VERB_STOP] = "stop",
	[VERB_WITHDRAW] = "withdraw", [VERB_FORGET] = "forget",
	[VERB_STATUS] = "status", [VERB_RECEIPT] = "receipt",
	[VERB_NAME] = "name", [VERB_COUNTRY] = "country",
	[VERB_LANGUAGE] = "language", [VERB_HIDE] = "hide", [VERB_SHOW] = "show",
	[VERB_HELP] = "help", [VERB_UPDATES] = "updates",
	[VERB_POSTED] = "posted", [VERB_WROTE] = "wrote",
	[VERB_SHARE] = "share", [VERB_UNSHARE] = "unshare",
};
static const char *const field_names[FIELD_COUNT_] = {
	[FIELD_NAME] = "name", [FIELD_COUNTRY] = "country",
	[FIELD_CITY] = "city", [FIELD_COMMENT] = "comment",
	[FIELD_LANGUAGE] = "language", [FIELD_UPDATES] = "updates",
	[FIELD_SHARE] = "share",
};
static const char *const answer_names[ANSWERS] = {
	[ANSWER_YES] = "yes", [ANSWER_NO] = "no", [ANSWER_REFUSAL] = "refusal",
};
static const struct {
	const char *word;
	const char *const *names;       /* of its second word; NULL: none */
	size_t count;
} kinds[KINDS] = {
	[VERB] = { "verb", verb_names, VERB_COUNT_ },
	[FIELD] = { "field", field_names, FIELD_COUNT_ },
	[SAYS] = { "says", field_names, FIELD_COUNT_ },
	[ANSWER] = { "answer", answer_names, ANSWERS },
	[UNTIL] = { "until", NULL, 0 },
	[GREETING] = { "greeting", NULL, 0 },
	[POLITE] = { "polite", NULL, 0 },
	[LANGUAGE] = { "language", NULL, 0 },
	[SIGNS] = { "signs", NULL, 0 },
};

const char *
verb_name(enum verb verb)
{
	return (unsigned)verb < VERB_COUNT_ ? verb_names[verb] : "none";
}

enum verb
verb_find(const char *name)
{
	unsigned i;

	for (i = 1; i < VERB_COUNT_; i++)
		if (strcmp(verb_names[i], name) == 0)
			return (enum verb)i;
	return VERB_NONE;
}

const char *
field_name(enum field field)
{
	return (unsigned)field < FIELD_COUNT_ ? field_names[field] : "none";
}

/* ---- reading a words file ------------------------------------------------ */

/* Cuts the first word off *LINE. */
static char *
word(char **line)
{
	char *start = *line + strspn(*line, " \t"), *end = start + strcspn(start, " \t");

	*line = end + strspn(end, " \t");
	if (*end != '\0')
		*end = '\0';
	return start;
}

static enum status
unknown(struct reason *why, const char *where, const char *said, const char *what,
    const char *const *names, size_t count)
{
	struct buf list = BUF_INIT;
	enum status st;
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(names[i], "none") != 0)
			buf_addf(&list, "%s%s", list.len > 0 ? ", " : "", names[i]);
	st = fail(why, INVALID, "%s: \"%s\" is not %s; there are: %s", where, said,
	    what, list.data);
	buf_free(&list);
	return st;
}

static enum status
find_kind(unsigned *out, const char *said, const char *where, struct reason *why)
{
	const char *names[KINDS];
	size_t i;

	for (i = 0; i < KINDS; i++) {
		names[i] = kinds[i].word;
		if (strcmp(said, names[i]) == 0) {
			*out = (unsigned)i;
			return OK;
		}
	}
	return unknown(why, where, said, "what a line begins with", names, KINDS);
}

static enum status
find_id(struct meaning *m, const char *said, const char *where, struct reason *why)
{
	const char *const *names = kinds[m->kind].names;
	size_t i;

	for (i = 0; i < kinds[m->kind].count; i++)
		if (strcmp(said, names[i]) == 0 && strcmp(said, "none") != 0) {
			m->id = (unsigned)i;
			return OK;
		}
	return unknown(why, where, said, m->kind == VERB ? "a verb" :
	    m->kind == ANSWER ? "an answer" : "a field", names, kinds[m->kind].count);
}

/* What is typed for letters that a keyboard lacks. */
static const struct {
	const char *letter, *typed;
} widened[] = {
	{ "ҷ", "ҷч" }, { "ҳ", "ҳх" }, { "қ", "қк" }, { "ғ", "ғг" },
	{ "ӯ", "ӯуў" }, { "ӣ", "ӣи" }, { "ё", "ёе" }, { "'", "'’ʼ`" },
};
#define WIDENED (sizeof widened / sizeof widened[0])

static void
add_widened(struct buf *b, const char *s)
{
	bool class = false;
	size_t i, len;

	for (; *s != '\0'; s += len) {
		for (i = 0; i < WIDENED; i++)
			if (strncmp(s, widened[i].letter, strlen(widened[i].letter)) == 0)
				break;
		if (i < WIDENED) {
			len = strlen(widened[i].letter);
			buf_addf(b, class ? "%s" : "[%s]", widened[i].typed);
			continue;
		}
		len = *s == '\\' && s[1] != '\0' ? 2 : 1;
		if (len == 1 && *s == '[')
			class = true;
		else if (len == 1 && *s == ']')
			class = false;
		buf_add(b, s, len);
	}
}

enum field
verb_field(unsigned verb)
{
	switch (verb) {
	case VERB_NAME:
		return FIELD_NAME;
	case VERB_COUNTRY:
		return FIELD_COUNTRY;
	case VERB_LANGUAGE:
		return FIELD_LANGUAGE;
	case VERB_UPDATES:
		return FIELD_UPDATES;
	case VERB_SHARE:
		return FIELD_SHARE;
	default:
		return FIELD_COUNT_;
	}
}

bool
meaning_refuses(const struct meaning *m)
{
	return m->kind == VERB && (m->id == VERB_HIDE || m->id == VERB_UNSHARE);
}

static void
add_alternative(struct buf *b, const char *expression)
{
	buf_addf(b, "%s%s", b->len > 0 ? "|" : "", expression);
}

/* Each kind goes where it is looked for. */
static void
add_entry(struct vocabulary *v, const struct meaning *m, const char *expression)
{
	if (m->kind == VERB || m->kind == ANSWER || m->kind == GREETING)
		wordset_add(v->lines, m, expression);
	if (meaning_refuses(m))
		wordset_add(v->refusals, m, expression);
	if (m->kind == SAYS || (m->kind == VERB && verb_field(m->id) != FIELD_COUNT_))
		wordset_add(v->openings, m, expression);
	if (m->kind == GREETING || m->kind == POLITE)
		wordset_add(v->starts, m, expression);
	if (m->kind == FIELD)
		wordset_add(v->labels, m, expression);
	if (m->kind == LANGUAGE)
		wordset_add(v->names, m, expression);
	if (m->kind == SIGNS)
		wordset_add(v->signs, m, expression);
	if (m->kind == POLITE)
		add_alternative(&v->polite, expression);
	if (m->kind == UNTIL)
		add_alternative(&v->until, expression);
}

static enum status
read_line(struct vocabulary *v, size_t language, char *line, const char *where,
    struct reason *why)
{
	struct meaning m = { .language = language };
	struct buf wide = BUF_INIT;
	enum status st;

	st = find_kind(&m.kind, word(&line), where, why);
	if (st == OK && kinds[m.kind].names != NULL)
		st = find_id(&m, word(&line), where, why);
	if (st == OK)
		st = wordset_check(line, where, why);
	if (st != OK)
		return st;
	add_widened(&wide, line);
	add_entry(v, &m, wide.data);
	buf_free(&wide);
	return OK;
}

static void
trim(char *s)
{
	size_t len = strlen(s);

	while (len > 0 && strchr(" \t\r", s[len - 1]) != NULL)
		s[--len] = '\0';
}

static enum status
read_words(struct vocabulary *v, size_t language, const char *file,
    struct reason *why)
{
	struct buf text = BUF_INIT;
	enum status st = buf_read_file(&text, file, FILE_MAX, why);
	char *at = text.data, *end, *where;
	int number;

	if (st == NOT_FOUND)
		(void)fail(why, st, "%s: no such file; it holds the words people "
		    "use in this language: copy the one of another and change it", file);
	else if (st == OK && !text_is_utf8(text.data, text.len))
		st = fail(why, INVALID, "%s: not in UTF-8; convert it", file);
	for (number = 1; st == OK && *at != '\0'; number++, at = end) {
		end = at + strcspn(at, "\n");
		if (*end == '\n')
			*end++ = '\0';
		at += strspn(at, " \t\r");
		trim(at);
		if (*at == '\0' || *at == '#')
			continue;
		where = mem_printf("%s:%d", file, number);
		st = read_line(v, language, at, where, why);
		free(where);
	}
	buf_free(&text);
	return st;
}

/* ---- loading ------------------------------------------------------------- */

#define NOISE "[^\\p{L}\\p{N}]"

/* An expression for one of those in B, or for nothing when there is none. */
static char *
any_of(const struct buf *b)
{
	return mem_printf("(?:%s)", b->len > 0 ? b->data : "(?!)");
}

static enum status
make_sets(struct vocabulary *v, const char *dir, struct reason *why)
{
	char *polite = any_of(&v->polite), *until = any_of(&v->until);
	char *after = mem_printf("(?:" NOISE "+%s){0,2}" NOISE "*+", polite);
	char *ends = mem_printf("(?n)[,;!()\"]|\\.(?=\\s|$)|(?<=\\s)%s(?!\\w)", until);
	enum status st;

	st = wordset_finish(v->lines, after, dir, why);
	if (st == OK)
		st = wordset_finish(v->refusals, ".*", dir, why);
	if (st == OK)
		st = wordset_finish(v->openings,
		    "[\\s:=]+(?<argument>[\\p{L}\\p{N}].*)", dir, why);
	if (st == OK)
		st = wordset_finish(v->starts, "(?<rest>" NOISE ".*)", dir, why);
	if (st == OK)
		st = wordset_finish(v->labels, "(?:\\s*\\([^()]*\\))?" NOISE "*+",
		    dir, why);
	if (st == OK)
		st = wordset_finish(v->names, NOISE "*+", dir, why);
	if (st == OK)
		st = wordset_finish(v->signs, after, dir, why);
	if (st == OK)
		st = pattern_new(&v->ends, ends, true, dir, why);
	free(polite);
	free(until);
	free(after);
	free(ends);
	return st;
}

static struct vocabulary *
vocabulary_new(void)
{
	struct vocabulary *v = mem_alloc(sizeof *v);

	buf_init(&v->polite);
	buf_init(&v->until);
	v->lines = wordset_new();
	v->openings = wordset_new();
	v->starts = wordset_new();
	v->labels = wordset_new();
	v->names = wordset_new();
	v->refusals = wordset_new();
	v->signs = wordset_new();
	v->organisations = named_new();
	return v;
}

enum status
vocabulary_load(struct vocabulary **out, const char *dir,
    const char *const *languages, struct reason *why)
{
	struct vocabulary *v = vocabulary_new();
	enum status st = OK;
	char *file;
	size_t i;

	*out = NULL;
	for (i = 0; st == OK && languages[i] != NULL; i++) {
		v->languages = mem_realloc(v->languages, i + 1, sizeof *v->languages);
		v->languages[i] = mem_strdup(languages[i]);
		v->language_count = i + 1;
		file = mem_printf("%s/%s/words", dir, languages[i]);
		st = read_words(v, i, file, why);
		free(file);
	}
	if (st == OK)
		st = make_sets(v, dir, why);
	if (st == OK)
		*out = v;
	else
		vocabulary_free(&v);
	return st;
}

void
vocabulary_free(struct vocabulary **vp)
{
	struct vocabulary *v = *vp;
	size_t i;

	if (v == NULL)
		return;
	wordset_free(&v->lines);
	wordset_free(&v->openings);
	wordset_free(&v->starts);
	wordset_free(&v->labels);
	wordset_free(&v->names);
	wordset_free(&v->refusals);
	wordset_free(&v->signs);
	named_free(&v->organisations);
	pattern_free(&v->ends);
	buf_free(&v->polite);
	buf_free(&v->until);
	for (i = 0; i < v->language_count; i++)
		free(v->languages[i]);
	free(v->languages);
	free(v);
	*vp = NULL;
}
