/* SPDX-License-Identifier: ISC */
#include <confuse.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "config/conf.h"
#include "message/address.h"
#include "words/text.h"

#define FILE_MAX (1u << 20)
#define NAME_LIMIT 64           /* longer words are not compared */

/* A key that was set, to tell when it is set again. */
struct set {
	const cfg_opt_t *option;
	int line;
};

/* libconfuse has no place for a caller's pointer, so the reading in hand is
 * here.  Reading is never nested. */
static _Thread_local struct reading {
	const char *file;
	const struct conf_key *keys;
	const struct buf *source;
	struct reason *why;
	bool failed;
	struct set *set;
	size_t set_count;
} *reading;

/* ---- telling mistakes ---------------------------------------------------- */

static void
mistake(int line, const char *format, ...)
{
	struct reason text;
	va_list ap;

	if (reading->failed)
		return;         /* the first one is the cause */
	reading->failed = true;
	va_start(ap, format);
	(void)vsnprintf(text.text, sizeof text.text, format, ap);
	va_end(ap);
	(void)fail(reading->why, INVALID, "%s:%d: %s", reading->file, line,
	    text.text);
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many letters must be changed, added, dropped or swapped with their
 * neighbour to make B of A. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[3][NAME_LIMIT + 1], la = strlen(a), lb = strlen(b), i, j;
	size_t *before = row[0], *above = row[1], *here = row[2], *spare;

	if (la > NAME_LIMIT || lb > NAME_LIMIT)
		return NAME_LIMIT;
	for (j = 0; j <= lb; j++)
		above[j] = j;
	for (i = 1; i <= la; i++) {
		here[0] = i;
		for (j = 1; j <= lb; j++) {
			here[j] = least(least(above[j], here[j - 1]) + 1,
			    above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				here[j] = least(here[j], before[j - 2] + 1);
		}
		spare = before;
		before = above;
		above = here;
		here = spare;
	}
	return above[lb];
}

/* The keys of the section called NAME; the root's for "root". */
static const struct conf_key *
section_keys(const struct conf_key *keys, const char *name)
{
	const struct conf_key *k, *found;

	if (strcmp(name, "root") == 0)
		return keys;
	for (k = keys; k->name != NULL; k++) {
		if (k->keys == NULL)
			continue;
		if (strcmp(k->name, name) == 0)
			return k->keys;
		found = section_keys(k->keys, name);
		if (found != NULL)
			return found;
	}
	return NULL;
}

static const struct conf_key *
find_key(const struct conf_key *keys, const char *name)
{
	for (; keys != NULL && keys->name != NULL; keys++)
		if (strcmp(keys->name, name) == 0)
			return keys;
	return NULL;
}

/* The section that has a key called NAME, "" for the top; NULL for none. */
static const char *
home_of(const struct conf_key *keys, const char *section, const char *name)
{
	const char *found;

	if (find_key(keys, name) != NULL)
		return section;
	for (; keys->name != NULL; keys++) {
		if (keys->keys == NULL)
			continue;
		found = home_of(keys->keys, keys->name, name);
		if (found != NULL)
			return found;
	}
	return NULL;
}

/* The best guess so far at what was meant. */
struct guess {
	const char *name, *section;
	size_t distance;        /* only nearer ones are taken */
};

static void
guess_key(const struct conf_key *keys, const char *section, const char *name,
    struct guess *best)
{
	size_t d;

	for (; keys->name != NULL; keys++) {
		d = distance(name, keys->name);
		if (d < best->distance)
			*best = (struct guess){ keys->name, section, d };
		if (keys->keys != NULL)
			guess_key(keys->keys, keys->name, name, best);
	}
}

/* Of keys that are equally near, one that may stand here. */
static struct guess
nearest_key(const struct conf_key *here, const char *section, const char *name)
{
	struct guess near = { NULL, section, strlen(name) / 2 + 1 };
	const struct conf_key *k;
	size_t d;

	for (k = here; k->name != NULL; k++) {
		d = distance(name, k->name);
		if (d < near.distance)
			near = (struct guess){ k->name, section, d };
	}
	guess_key(reading->keys, "root", name, &near);
	return near;
}

/* Why the section called NAME cannot be used yet. */
static const char *
refusal(const struct conf_key *keys, const char *name)
{
	const char *found = NULL;

	for (; found == NULL && keys->name != NULL; keys++)
		if (keys->refused != NULL && strcmp(keys->name, name) == 0)
			found = keys->refused;
		else if (keys->keys != NULL)
			found = refusal(keys->keys, name);
	return found;
}

static void
list_keys(const struct conf_key *keys, struct buf *out)
{
	const struct conf_key *k;

	for (k = keys; k->name != NULL; k++)
		buf_addf(out, "%s%s", k == keys ? "" : ", ", k->name);
}

static void
tell_guess(const cfg_t *cfg, const char *name, const struct guess *g)
{
	if (strcmp(g->section, cfg->name) == 0)
		mistake(cfg->line, "unknown key \"%.64s\"; did you mean \"%s\"?",
		    name, g->name);
	else if (strcmp(g->section, "root") == 0)
		mistake(cfg->line, "unknown key \"%.64s\"; did you mean \"%s\", "
		    "outside of %s { }?", name, g->name, cfg->name);
	else
		mistake(cfg->line, "unknown key \"%.64s\"; did you mean \"%s\", "
		    "in the section %s { }?", name, g->name, g->section);
}

static void
unknown_key(const cfg_t *cfg, const char *name)
{
	const struct conf_key *here = section_keys(reading->keys, cfg->name);
	const char *home = home_of(reading->keys, "", name);
	struct guess near = nearest_key(here, cfg->name, name);
	struct buf all = BUF_INIT;

	if (here->name == NULL) /* a refused section: what it holds is no matter */
		mistake(cfg->line, "%s", refusal(reading->keys, cfg->name));
	else if (home != NULL && *home != '\0')
		mistake(cfg->line, "\"%s\" does not belong here; put it into the "
		    "section %s { }", name, home);
	else if (home != NULL)
		mistake(cfg->line, "\"%s\" does not belong into a section; put "
		    "it outside of %s { }", name, cfg->name);
	else if (near.name != NULL)
		tell_guess(cfg, name, &near);
	else {
		list_keys(here, &all);
		mistake(cfg->line, "unknown key \"%.64s\"; known here: %s", name,
		    all.data);
	}
	buf_free(&all);
}

static const char *
advice(const char *text)
{
	static const struct { const char *begin, *advice; } table[] = {
		{ "premature end", "; a closing brace } or a value is missing above" },
		{ "unexpected closing", "; one } is too many, or a { is missing" },
		{ "unexpected token", "; write KEY = \"VALUE\", lists as { \"A\", \"B\" }" },
		{ "missing equal", "; write KEY = \"VALUE\"" },
		{ "missing opening", "; write NAME { KEY = \"VALUE\" }" },
		{ "missing title", "; write NAME \"TITLE\" { KEY = \"VALUE\" }" },
		{ "found duplicate", "; join the two sections, or rename one" },
		{ "attempt to append", "; write = instead of +=" },
	};
	size_t i;

	for (i = 0; i < sizeof table / sizeof table[0]; i++)
		if (strncmp(text, table[i].begin, strlen(table[i].begin)) == 0)
			return table[i].advice;
	return "";
}

static void
on_error(cfg_t *cfg, const char *format, va_list ap)
{
	static const char unknown[] = "no such option '";
	char text[256];
	size_t len;

	(void)vsnprintf(text, sizeof text, format, ap);
	if (strncmp(text, unknown, sizeof unknown - 1) == 0) {
		len = strlen(text);
		if (text[len - 1] == '\'')
			text[len - 1] = '\0';
		unknown_key(cfg, text + sizeof unknown - 1);
	} else if (strchr(text, '\n') != NULL)
		/* what it shows is all up to the next quote */
		mistake(cfg->line, "here or above, a quote (\") is missing "
		    "at the begin or end of a value");
	else
		mistake(cfg->line, "%s%s", text, advice(text));
}

/* ---- checking values as they are read ----------------------------------- */

static const char *
check_number(const struct conf_key *key, const char *value, int64_t *out)
{
	static _Thread_local char text[96];
	char *end;
	long long n;

	errno = 0;
	n = strtoll(value, &end, 10);
	if (*value == '\0' || *end != '\0' || errno != 0 || n < key->min ||
	    n > key->max) {
		(void)snprintf(text, sizeof text,
		    "must be a whole number from %lld to %lld",
		    (long long)key->min, (long long)key->max);
		return text;
	}
	*out = n;
	return NULL;
}

static const char *
check_flag(const char *value, int *out)
{
	*out = strcmp(value, "true") == 0 || strcmp(value, "yes") == 0;
	if (*out || strcmp(value, "false") == 0 || strcmp(value, "no") == 0)
		return NULL;
	return "must be true or false";
}

static const char *
check_value(const struct conf_key *key, const char *value)
{
	int64_t number;
	int flag;

	switch (key->kind) {
	case CONF_INT:
	case CONF_LONG:
		return check_number(key, value, &number);
	case CONF_FLAG:
		return check_flag(value, &flag);
	case CONF_PATH:
	case CONF_PLACE:
		if (*value == '\0')
			return "must not be empty; leave the line out instead";
		break;
	default:
		break;
	}
	return key->check == NULL ? NULL : key->check(value);
}

/* Lists are set value by value, so setting them again is not noticed. */
static void
note_set(const cfg_t *cfg, const cfg_opt_t *option)
{
	size_t i;

	if (option->flags & CFGF_LIST)
		return;
	for (i = 0; i < reading->set_count; i++)
		if (reading->set[i].option == option) {
			mistake(cfg->line, "\"%s\" is set already, in line %d; "
			    "remove one of the two", option->name,
			    reading->set[i].line);
			return;
		}
	reading->set = mem_realloc(reading->set, reading->set_count + 1,
	    sizeof *reading->set);
	reading->set[reading->set_count++] = (struct set){ option, cfg->line };
}

static int
on_value(cfg_t *cfg, cfg_opt_t *option)
{
	const struct conf_key *key;
	const char *value, *wrong;

	key = find_key(section_keys(reading->keys, cfg->name), option->name);
	note_set(cfg, option);
	if (option->nvalues == 0)
		return 0;       /* an empty list */
	value = cfg_opt_getnstr(option, option->nvalues - 1);
	wrong = check_value(key, value == NULL ? "" : value);
	if (wrong != NULL)
		mistake(cfg->line, "%s %s", key->name, wrong);
	return reading->failed ? -1 : 0;
}

/* Where a section begins: libconfuse only knows where it has got to. */
static int
title_line(const cfg_t *section)
{
	char *quoted = mem_printf("\"%s\"", section->title);
	int line = conf_line(reading->source, quoted);

	free(quoted);
	return line;
}

static int
on_section(cfg_t *cfg, cfg_opt_t *option)
{
	const struct conf_key *key, *k;
	const cfg_t *section;
	const char *wrong = NULL;

	key = find_key(section_keys(reading->keys, cfg->name), option->name);
	section = cfg_opt_getnsec(option, option->nvalues - 1);
	if (key->kind == CONF_GROUP)
		note_set(cfg, option);
	if (key->refused != NULL)
		mistake(cfg->line, "%s", key->refused);
	if (key->check != NULL && section->title != NULL)
		wrong = key->check(section->title);
	if (wrong != NULL)
		mistake(title_line(section), "%s \"%.64s\": its name %s",
		    key->name, section->title, wrong);
	for (k = key->keys; k->name != NULL; k++)
		if (k->needed && cfg_size((cfg_t *)section, k->name) == 0)
			mistake(cfg->line, "%s%s%.64s%s ends without %s; add %s%s",
			    key->name, section->title == NULL ? "" : " \"",
			    section->title == NULL ? "" : section->title,
			    section->title == NULL ? "" : "\"", k->name, k->name,
			    k->keys != NULL ? " { ... }" :
			    k->kind == CONF_INT ? " = 1" : " = \"...\"");
	return reading->failed ? -1 : 0;
}

/* ---- from our table to libconfuse's -------------------------------------- */

static void
free_options(cfg_opt_t *options)
{
	cfg_opt_t *o;

	if (options == NULL)
		return;
	for (o = options; o->name != NULL; o++)
		free_options(o->subopts);
	free(options);
}

static cfg_opt_t *
make_options(const struct conf_key *keys)
{
	cfg_opt_t *options, *o;
	size_t n = 0;

	while (keys[n].name != NULL)
		n++;
	options = mem_alloc((n + 1) * sizeof *options);
	for (o = options; keys->name != NULL; keys++, o++) {
		o->name = keys->name;
		o->type = keys->keys != NULL ? CFGT_SEC : CFGT_STR;
		o->validcb = keys->keys != NULL ? on_section : on_value;
		/* A group is there even when the file leaves it out. */
		o->flags = keys->kind == CONF_GROUP ? CFGF_NONE : CFGF_NODEFAULT;
		if (keys->kind == CONF_LIST)
			o->flags |= CFGF_LIST;
		if (keys->kind == CONF_TITLED)
			o->flags |= CFGF_MULTI | CFGF_TITLE |
			    CFGF_NO_TITLE_DUPES;
		if (keys->keys != NULL)
			o->subopts = make_options(keys->keys);
	}
	return options;
}

/* ---- from libconfuse to the caller's struct ------------------------------- */

char *
conf_beside(const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');
	char *here, *whole;

	if (*path == '/')
		return mem_strdup(path);
	if (*file == '/')
		return mem_printf("%.*s/%s", (int)(slash - file), file, path);
	here = getcwd(NULL, 0);
	whole = mem_printf("%s/%.*s%s", here == NULL ? "" : here,
	    slash == NULL ? 0 : (int)(slash - file + 1), file, path);
	free(here);
	return whole;
}

static char *
make_path(const struct conf_key *key, const char *file, const char *value)
{
	static const char *const schemes[] = { "unix:", "maildir:" };
	char *path, *whole;
	size_t i, len;

	for (i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
		len = strlen(schemes[i]);
		if (strncmp(value, schemes[i], len) != 0)
			continue;
		path = conf_beside(file, value + len);
		whole = mem_printf("%s%s", schemes[i], path);
		free(path);
		return whole;
	}
	return key->kind == CONF_PATH ? conf_beside(file, value) :
	    mem_strdup(value);
}

static char **
make_list(cfg_t *cfg, const char *name)
{
	unsigned int i, n = cfg_size(cfg, name);
	char **list = mem_alloc((n + 1) * sizeof *list);

	for (i = 0; i < n; i++)
		list[i] = mem_strdup(cfg_getnstr(cfg, name, i));
	return list;
}

static void
store_value(const struct conf_key *key, const char *value, char *at)
{
	int64_t number = 0;
	int flag = 0;

	switch (key->kind) {
	case CONF_INT:
		(void)check_number(key, value, &number);
		*(int *)(void *)at = (int)number;
		break;
	case CONF_LONG:
		(void)check_number(key, value, &number);
		*(int64_t *)(void *)at = number;
		break;
	case CONF_FLAG:
		(void)check_flag(value, &flag);
		*(int *)(void *)at = flag;
		break;
	case CONF_PATH:
	case CONF_PLACE:
		*(char **)(void *)at = make_path(key, reading->file, value);
		break;
	default:
		*(char **)(void *)at = mem_strdup(value);
		break;
	}
}

static void store_keys(const struct conf_key *, cfg_t *, char *base);

static void
store_sections(const struct conf_key *key, cfg_t *cfg, char *base)
{
	unsigned int i, n = cfg_size(cfg, key->name);
	char *elements = mem_alloc(n * key->size);

	for (i = 0; i < n; i++) {
		cfg_t *section = cfg_getnsec(cfg, key->name, i);
		char *element = elements + i * key->size;

		*(char **)(void *)element = mem_strdup(cfg_title(section));
		store_keys(key->keys, section, element);
	}
	*(char **)(void *)(base + key->offset) = elements;
	*(size_t *)(void *)(base + key->count_offset) = n;
}

static void
store_keys(const struct conf_key *key, cfg_t *cfg, char *base)
{
	const char *value;

	for (; key->name != NULL; key++) {
		if (key->kind == CONF_LIST)
			*(char ***)(void *)(base + key->offset) =
			    make_list(cfg, key->name);
		else if (key->kind == CONF_TITLED)
			store_sections(key, cfg, base);
		else if (key->kind == CONF_GROUP)
			store_keys(key->keys, cfg_getsec(cfg, key->name), base);
		else {
			value = cfg_size(cfg, key->name) > 0 ?
			    cfg_getstr(cfg, key->name) : key->fallback;
			if (value != NULL)
				store_value(key, value, base + key->offset);
		}
	}
}

static void
free_text(char **text)
{
	free(*text);
	*text = NULL;
}

void
conf_free(void *base, const struct conf_key *key)
{
	for (; key->name != NULL; key++) {
		char *at = (char *)base + key->offset;
		char **list;
		size_t i, n;

		switch (key->kind) {
		case CONF_TEXT:
		case CONF_PATH:
		case CONF_PLACE:
			free_text((char **)(void *)at);
			break;
		case CONF_LIST:
			list = *(char ***)(void *)at;
			for (i = 0; list != NULL && list[i] != NULL; i++)
				free(list[i]);
			free_text((char **)(void *)at);
			break;
		case CONF_GROUP:
			conf_free(base, key->keys);
			break;
		case CONF_TITLED:
			n = *(size_t *)(void *)((char *)base + key->count_offset);
			for (i = 0; i < n; i++) {
				char *element = *(char **)(void *)at + i * key->size;

				conf_free(element, key->keys);
				free_text((char **)(void *)element);
			}
			free_text((char **)(void *)at);
			break;
		case CONF_INT:
		case CONF_LONG:
		case CONF_FLAG:
			break;
		}
	}
}

/* ---- reading ---------------------------------------------------------------- */

/* What libconfuse does not tell, or not well: a quote or comment that is never
 * closed would leave its scanner inside of it for the next file, a section
 * may just end with the file, and it counts too many lines where there are
 * remarks. */
struct nesting {
	char quote;     /* '"', '\'', or '*' within a comment; else NUL */
	int quoted_at;  /* the line it began in */
	int depth;      /* of braces */
	int opened_at;  /* the line of the outermost one */
};

/* One step over S that is not in a quote; returns how far. */
static size_t
step(struct nesting *n, const char *s, int line)
{
	if (*s == '#' || (s[0] == '/' && s[1] == '/'))
		return strcspn(s, "\n");
	if (*s == '"' || *s == '\'' || (s[0] == '/' && s[1] == '*')) {
		n->quote = *s == '/' ? '*' : *s;
		n->quoted_at = line;
		return *s == '/' ? 2 : 1;
	}
	if (*s == '{' && n->depth++ == 0)
		n->opened_at = line;
	if (*s == '}' && n->depth > 0)
		n->depth--;
	return 1;
}

static size_t
step_quoted(struct nesting *n, const char *s)
{
	if (n->quote == '*' && s[0] == '*' && s[1] == '/') {
		n->quote = '\0';
		return 2;
	}
	if (*s == n->quote && *s != '*')
		n->quote = '\0';
	else if (*s == '\\' && n->quote != '*' && s[1] != '\0' && s[1] != '\n')
		return 2;
	return 1;
}

static bool
begins_remark(const char *s)
{
	return *s == '#' || (*s == '/' && (s[1] == '/' || s[1] == '*'));
}

/* And S into OUT, with blanks in place of remarks. */
static void
check_closed(const char *s, struct buf *out)
{
	struct nesting n = { .quote = '\0' };
	int line = 1;
	size_t len;
	bool remark;

	while (*s != '\0') {
		if (*s == '\n')
			line++;
		remark = n.quote == '*' || (n.quote == '\0' && begins_remark(s));
		len = n.quote != '\0' ? step_quoted(&n, s) : step(&n, s, line);
		if (remark && *s != '\n')
			buf_addf(out, "%*s", (int)len, "");
		else
			buf_add(out, s, len);
		s += len;
	}
	if (n.quote == '*')
		mistake(n.quoted_at, "the comment that begins here is not "
		    "closed; add */");
	else if (n.quote != '\0')
		mistake(n.quoted_at, "the quote that begins here is not closed; "
		    "add %c", n.quote);
	else if (n.depth > 0)
		mistake(n.opened_at, "the { here is not closed; add }");
}

static void
check_text(const struct buf *source, struct buf *out)
{
	const char *nul = memchr(source->data, '\0', source->len), *line, *end;
	int n = 1;

	if (nul != NULL) {
		mistake(1, "has NUL bytes in it; write it anew as plain text");
		return;
	}
	for (line = source->data; *line != '\0'; line = end, n++) {
		end = strchrnul(line, '\n');
		if (!text_is_utf8(line, (size_t)(end - line)))
			mistake(n, "is not UTF-8; save the file as UTF-8");
		if (*end == '\n')
			end++;
	}
	check_closed(source->data, out);
}

static void
check_needed(const struct conf_key *keys, cfg_t *cfg)
{
	for (; keys->name != NULL; keys++) {
		if (!keys->needed || cfg_size(cfg, keys->name) > 0)
			continue;
		if (keys->keys != NULL)
			mistake(cfg->line, "there is no section %s; add %s "
			    "\"NAME\" { ... }", keys->name, keys->name);
		else
			mistake(cfg->line, "%s is not set; add %s = \"...\"",
			    keys->name, keys->name);
	}
}

static enum status
parse(void *base, const struct conf_key *keys, const char *text)
{
	cfg_opt_t *options = make_options(keys);
	cfg_t *cfg = cfg_init(options, CFGF_NONE);
	int answer;

	if (cfg == NULL) {
		free_options(options);
		return fail(reading->why, TEMPFAIL, "%s: cannot be read: %s",
		    reading->file, strerror(errno));
	}
	(void)cfg_set_error_function(cfg, on_error);
	answer = cfg_parse_buf(cfg, text);
	if (answer != CFG_SUCCESS)
		mistake(cfg->line, "cannot be understood here");
	if (!reading->failed)
		check_needed(keys, cfg);
	if (!reading->failed)
		store_keys(keys, cfg, base);
	(void)cfg_free(cfg);
	free_options(options);
	return reading->failed ? INVALID : OK;
}

/* READ is how the file is read. */
static enum status
read_by(enum status (*read)(struct buf *, const char *, size_t,
    struct reason *), void *base, const struct conf_key *keys, const char *file,
    struct buf *source, struct reason *why)
{
	struct buf text = BUF_INIT, plain = BUF_INIT;
	struct reading now = { .file = file, .keys = keys,
	    .source = &text, .why = why };
	enum status st;

	st = read(&text, file, FILE_MAX, why);
	if (st != OK)
		goto out;
	reading = &now;
	check_text(&text, &plain);
	st = now.failed ? INVALID : parse(base, keys, plain.data);
	reading = NULL;
	if (source != NULL)
		buf_add(source, text.data, text.len);
out:
	free(now.set);
	buf_free(&plain);
	buf_free(&text);
	return st;
}

enum status
conf_read(void *base, const struct conf_key *keys, const char *file,
    struct buf *source, struct reason *why)
{
	return read_by(buf_read_file, base, keys, file, source, why);
}

enum status
conf_read_own(void *base, const struct conf_key *keys, const char *file,
    struct buf *source, struct reason *why)
{
	return read_by(buf_read_own_file, base, keys, file, source, why);
}

int
conf_line(const struct buf *source, const char *word)
{
	const char *line = source->data, *end, *found;
	int n;

	for (n = 1; *line != '\0'; n++) {
		end = strchrnul(line, '\n');
		found = memmem(line, (size_t)(end - line), word, strlen(word));
		if (found != NULL && memchr(line, '#', (size_t)(found - line)) == NULL)
			return n;
		line = *end == '\n' ? end + 1 : end;
	}
	return 1;
}

/* ---- checks --------------------------------------------------------------------- */

const char *
conf_check_line(const char *s)
{
	if (*s == '\0')
		return "must not be empty";
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return "must be one line without control characters";
	return NULL;
}

const char *
conf_check_address(const char *s)
{
	struct arena *a = arena_new();
	struct address address;
	enum status st = address_parse(&address, a, s, strlen(s));

	arena_free(&a);
	return st == OK ? NULL :
	    "must be one mail address such as \"ada@example.org\"";
}

const char *
conf_check_url(const char *s)
{
	if (strncmp(s, "https://", 8) != 0 && strncmp(s, "http://", 7) != 0)
		return "must begin with https:// or http://";
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f || *s == '<' ||
		    *s == '>' || *s == '"')
			return "must be a URL without blanks, quotes and < >";
	return NULL;
}

const char *
conf_check_language(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz");

	return (n == 2 || n == 3) && s[n] == '\0' ? NULL :
	    "must be a language code of two or three small letters, such as "
	    "\"en\" or \"tg\"";
}
