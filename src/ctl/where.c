/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "ctl/where.h"
#include "message/traits.h"
#include "petition/traits.h"
#include "words/pattern.h"
#include "words/text.h"

#define LIST_MOST (16u << 20)   /* octets of a list */
#define TERMS 12

enum term_kind {
	T_SOURCE, T_DOMAIN, T_NETWORK, T_MAILBOX, T_TEXT, T_DISPOSABLE,
	T_UNREACHABLE, T_FROM, T_UNTIL, T_LIST, T_PATTERN, TERM_KINDS
};

struct term {
	enum term_kind kind;
	const char *source;
	int64_t hash;
	int32_t day;
	int hour;                       /* -1: the whole day */
	const int64_t *numbers;         /* sorted */
	size_t count;
	struct pattern *pattern;
};

struct where {
	struct term term[TERMS];
	size_t count;
	struct buf shown, kept;
};

struct parsing {
	struct where *where;
	struct arena *arena;
	const struct keys *keys;
	int64_t campaign;
	struct reason *why;
};

void
where_handle(int64_t value, char out[WHERE_HANDLE])
{
	(void)snprintf(out, WHERE_HANDLE, "#%016" PRIx64, (uint64_t)value);
}

/* ---- values --------------------------------------------------------------------- */

static bool
read_handle(const char *value, int64_t *out)
{
	if (value[0] != '#' || strlen(value) != 17 ||
	    strspn(value + 1, "0123456789abcdef") != 16)
		return false;
	*out = (int64_t)strtoull(value + 1, NULL, 16);
	return true;
}

static enum status
read_source(struct parsing *p, struct term *t, const char *value)
{
	(void)p;
	t->source = strcmp(value, "-") == 0 ? "" : value;
	return OK;
}

static enum status
read_domain(struct parsing *p, struct term *t, const char *value)
{
	const char *ascii;

	if (read_handle(value, &t->hash))
		return OK;
	ascii = text_domain_ascii(p->arena, value, strlen(value));
	if (ascii == NULL)
		return fail(p->why, INVALID, "domain=%.80s: is neither a domain nor "
		    "a handle that undersign review shows", value);
	t->hash = traits_name(p->keys, p->campaign, TRAIT_DOMAIN, ascii,
	    strlen(ascii));
	return OK;
}

static enum status
read_network(struct parsing *p, struct term *t, const char *value)
{
	char network[TRAIT_NETWORK];

	if (read_handle(value, &t->hash))
		return OK;
	if (traits_network_of(value, network) != OK)
		return fail(p->why, INVALID, "network=%.80s: is neither an address, "
		    "such as 192.0.2.0, nor a handle that undersign review shows",
		    value);
	t->hash = traits_name(p->keys, p->campaign, TRAIT_NETWORKS, network,
	    strlen(network));
	return OK;
}

static enum status
only_handle(struct parsing *p, struct term *t, const char *value)
{
	return read_handle(value, &t->hash) ? OK : fail(p->why, INVALID, "%.40s: "
	    "is no handle; undersign review shows them, such as "
	    "#0123456789abcdef", value);
}

static enum status
read_nothing(struct parsing *p, struct term *t, const char *value)
{
	(void)p;
	(void)t;
	(void)value;
	return OK;
}

/* "2026-11-20" or "2026-11-20 14". */
static enum status
read_time(struct parsing *p, struct term *t, const char *value)
{
	char *day = arena_strndup(p->arena, value, strnlen(value, 10));
	const char *hour = value + strlen(day);

	t->hour = -1;
	if (*hour == ' ' && isdigit((unsigned char)hour[1]) &&
	    strspn(hour + 1, "0123456789") == strlen(hour + 1) &&
	    strlen(hour + 1) <= 2)
		t->hour = atoi(hour + 1);
	if (!clock_parse_date(day, &t->day) || t->hour > 23 ||
	    (*hour != '\0' && t->hour < 0))
		return fail(p->why, INVALID, "%.40s: is no day such as 2026-12-31, "
		    "nor an hour of one (UTC) such as \"2026-12-31 14\"", value);
	return OK;
}

static int
compare_numbers(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static enum status
parse_numbers(struct parsing *p, struct term *t, const char *text,
    const char *path)
{
	int64_t *numbers = arena_alloc(p->arena,
	    (strlen(text) / 2 + 1) * sizeof *numbers);
	const char *s = text;
	char *end;

	while (*(s += strspn(s, " ,;\t\r\n")) != '\0') {
		numbers[t->count] = strtoll(s, &end, 10);
		if (end == s || numbers[t->count++] <= 0)
			return fail(p->why, INVALID, "%s: \"%.20s\" is no number of "
			    "a signer", path, s);
		s = end;
	}
	qsort(numbers, t->count, sizeof *numbers, compare_numbers);
	t->numbers = numbers;
	return t->count > 0 ? OK : fail(p->why, INVALID, "%s: is empty", path);
}

static enum status
read_list(struct parsing *p, struct term *t, const char *value)
{
	struct buf text = BUF_INIT;
	enum status st = buf_read_file(&text, value, LIST_MOST, p->why);

	if (st == OK)
		st = parse_numbers(p, t, text.data, value);
	buf_free(&text);
	return st;
}

static enum status
read_pattern(struct parsing *p, struct term *t, const char *value)
{
	return pattern_new(&t->pattern, value, true, "pattern", p->why);
}

static const struct {
	const char *name;
	enum status (*read)(struct parsing *, struct term *, const char *value);
	bool bare;                      /* takes no value */
	bool hidden;                    /* its value may name somebody */
} terms[TERM_KINDS] = {
	[T_SOURCE] = { "source", read_source, false, false },
	[T_DOMAIN] = { "domain", read_domain, false, false },
	[T_NETWORK] = { "network", read_network, false, false },
	[T_MAILBOX] = { "mailbox", only_handle, false, false },
	[T_TEXT] = { "text", only_handle, false, false },
	[T_DISPOSABLE] = { "disposable", read_nothing, true, false },
	[T_UNREACHABLE] = { "unreachable", read_nothing, true, false },
	[T_FROM] = { "from", read_time, false, false },
	[T_UNTIL] = { "until", read_time, false, false },
	[T_LIST] = { "list", read_list, false, true },
	[T_PATTERN] = { "pattern", read_pattern, false, true },
};

/* ---- terms --------------------------------------------------------------------------- */

/* The next " and " of S, or its end. */
static size_t
up_to_and(const char *s)
{
	size_t n;

	for (n = 0; s[n] != '\0'; n++)
		if (isspace((unsigned char)s[n]) &&
		    strncasecmp(s + n + 1, "and", 3) == 0 &&
		    isspace((unsigned char)s[n + 4]))
			return n;
	return n;
}

/* One in quotes ends at the next quote; \" is a quote within. */
static const char *
take_value(struct arena *arena, const char **at)
{
	struct buf value = BUF_INIT;
	const char *s = *at;
	char *copy;
	size_t n;

	if (*s == '"') {
		for (s++; *s != '\0' && *s != '"'; s++) {
			if (s[0] == '\\' && s[1] == '"')
				s++;
			buf_addch(&value, *s);
		}
		*at = s + (*s == '"');
	} else {
		n = up_to_and(s);
		*at = s + n;
		while (n > 0 && isspace((unsigned char)s[n - 1]))
			n--;
		buf_add(&value, s, n);
	}
	copy = arena_strndup(arena, value.data, value.len);
	buf_free(&value);
	return copy;
}

static void
add_shown(struct buf *out, const struct where *w, const char *name,
    const char *value)
{
	buf_addf(out, "%s%s%s%s", w->count == 0 ? "" : " and ", name,
	    *value == '\0' ? "" : "=", value);
}

static enum status
parse_term(struct parsing *p, const char **at)
{
	char handle[WHERE_HANDLE];
	struct where *w = p->where;
	size_t len = strspn(*at, "abcdefghijklmnopqrstuvwxyz"), i;
	const char *name = *at, *value = "";
	enum status st;

	for (i = 0; i < TERM_KINDS; i++)
		if (strlen(terms[i].name) == len &&
		    strncmp(name, terms[i].name, len) == 0)
			break;
	if (i == TERM_KINDS || terms[i].bare == (name[len] == '='))
		return fail(p->why, INVALID, "\"%.40s\": write source=, domain=, "
		    "network=, mailbox=, text=, disposable, unreachable, from=, "
		    "until=, list= or pattern=, joined with \"and\"", name);
	if (w->count == TERMS)
		return fail(p->why, INVALID, "more than %d terms", TERMS);
	*at += len;
	if (!terms[i].bare) {
		(*at)++;
		value = take_value(p->arena, at);
	}
	w->term[w->count] = (struct term){ .kind = (enum term_kind)i };
	st = !terms[i].bare && *value == '\0' ? fail(p->why, INVALID, "%s= has no "
	    "value", terms[i].name) : terms[i].read(p, &w->term[w->count], value);
	if (st != OK)
		return st;
	if (terms[i].hidden)
		value = "...";
	add_shown(&w->shown, w, terms[i].name, value);
	if (w->term[w->count].hash != 0)
		where_handle(w->term[w->count].hash, handle);
	add_shown(&w->kept, w, terms[i].name, w->term[w->count].hash != 0 ?
	    handle : value);
	w->count++;
	return OK;
}

static const char *
skip_blanks(const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

enum status
where_parse(struct where **out, struct arena *arena, const struct keys *keys,
    int64_t campaign, const char *text, struct reason *why)
{
	struct where *w = mem_alloc(sizeof *w);
	struct parsing p = { w, arena, keys, campaign, why };
	enum status st;

	buf_init(&w->shown);
	buf_init(&w->kept);
	text = skip_blanks(text);
	do {
		st = parse_term(&p, &text);
		text = skip_blanks(text);
		if (st == OK && *text != '\0') {
			if (strncasecmp(text, "and", 3) != 0 ||
			    !isspace((unsigned char)text[3]))
				st = fail(why, INVALID, "\"%.40s\": terms are "
				    "joined with \"and\"", text);
			else
				text = skip_blanks(text + 3);
		}
	} while (st == OK && *text != '\0');
	if (st != OK)
		where_free(&w);
	*out = w;
	return st;
}

void
where_free(struct where **wp)
{
	struct where *w = *wp;
	size_t i;

	if (w == NULL)
		return;
	for (i = 0; i <= w->count && i < TERMS; i++)
		pattern_free(&w->term[i].pattern);
	buf_free(&w->shown);
	buf_free(&w->kept);
	free(w);
	*wp = NULL;
}

const char *
where_shown(const struct where *w)
{
	return w->shown.data;
}

const char *
where_kept(const struct where *w)
{
	return w->kept.data;
}

/* ---- asking ---------------------------------------------------------------------------- */

static enum where_answer
answer(bool yes)
{
	return yes ? WHERE_YES : WHERE_NO;
}

static enum where_answer
is_hash(const struct reviewed *r, int64_t have, int64_t want)
{
	return r->has_trait ? answer(have == want) : WHERE_UNTOLD;
}

/* Whole days are known of everybody. */
static enum where_answer
is_in_time(const struct term *t, const struct reviewed *r)
{
	int64_t want, have;

	if (t->hour >= 0 && !r->has_trait)
		return r->created_day != t->day ? answer((r->created_day > t->day) ==
		    (t->kind == T_FROM)) : WHERE_UNTOLD;
	want = t->hour < 0 ? t->day : (int64_t)t->day * 24 + t->hour;
	have = t->hour < 0 ? r->created_day : r->trait.hour;
	return answer(t->kind == T_FROM ? have >= want : have <= want);
}

static enum where_answer
ask(const struct term *t, const struct reviewed *r)
{
	switch (t->kind) {
	case T_SOURCE:
		return answer(strcmp(r->source, t->source) == 0);
	case T_DOMAIN:
		return is_hash(r, r->trait.domain, t->hash);
	case T_NETWORK:
		return is_hash(r, r->trait.network, t->hash);
	case T_MAILBOX:
		return is_hash(r, r->trait.mailbox, t->hash);
	case T_TEXT:
		return is_hash(r, r->trait.words, t->hash);
	case T_DISPOSABLE:
		return is_hash(r, r->trait.disposable, true);
	case T_UNREACHABLE:
		return answer(r->unreachable);
	case T_FROM:
	case T_UNTIL:
		return is_in_time(t, r);
	case T_LIST:
		return answer(r->number > 0 && bsearch(&r->number, t->numbers,
		    t->count, sizeof *t->numbers, compare_numbers) != NULL);
	default:
		return WHERE_YES;
	}
}

enum where_answer
where_has(const struct where *w, const struct reviewed *r)
{
	enum where_answer all = WHERE_YES, one;
	size_t i;

	for (i = 0; i < w->count && all != WHERE_NO; i++) {
		one = ask(&w->term[i], r);
		if (one != WHERE_YES)
			all = one;
	}
	return all;
}

bool
where_has_pattern(const struct where *w)
{
	size_t i;

	for (i = 0; i < w->count; i++)
		if (w->term[i].kind == T_PATTERN)
			return true;
	return false;
}

bool
where_matches(const struct where *w, const char *text)
{
	size_t i, len = strlen(text);
	struct span span;

	for (i = 0; i < w->count; i++)
		if (w->term[i].kind == T_PATTERN &&
		    !pattern_match(w->term[i].pattern, text, len, &span, 1))
			return false;
	return true;
}
