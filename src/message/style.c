/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "message/style.h"

#define SIZE_LEAST 1.0          /* pixels of type that nobody reads */
#define NUMBER_MAX 16           /* octets of one */

/* What is said last counts, unless it gives way to what is important. */
struct saying {
	enum style_said said;
	bool important;
};

struct declarations {
	struct saying display, invisible, tiny, struck, faint, mso, clipped, empty;
};

struct value {
	const char *s;
	size_t len;
	bool important;
};

static bool
is_word(const char *s, size_t len, const char *word)
{
	return strlen(word) == len && strncasecmp(s, word, len) == 0;
}

static void
say(struct saying *about, const struct value *v, bool yes)
{
	if (about->important && !v->important)
		return;
	about->said = yes ? STYLE_YES : STYLE_NO;
	about->important = v->important;
}

/* The number that S begins with and the unit behind it; false when none does. */
static bool
take_number(const char *s, size_t len, double *number, const char **unit,
    size_t *unit_len)
{
	char digits[NUMBER_MAX];
	size_t n = 0, i;

	while (n < len && n < sizeof digits - 1 &&
	    (isdigit((unsigned char)s[n]) || s[n] == '.')) {
		digits[n] = s[n];
		n++;
	}
	if (n == 0 || (n == 1 && digits[0] == '.'))
		return false;
	digits[n] = '\0';
	*number = strtod(digits, NULL);
	for (i = n; i < len && (isalpha((unsigned char)s[i]) || s[i] == '%'); i++)
		;
	*unit = s + n;
	*unit_len = i - n;
	return true;
}

static bool
is_nothing(const struct value *v)
{
	const char *unit;
	double number;
	size_t n;

	return take_number(v->s, v->len, &number, &unit, &n) && number <= 0;
}

/* A size that depends on the one further out says nothing, unless it is none. */
static void
say_size(struct saying *about, const struct value *v, const char *s, size_t len)
{
	const char *unit;
	double number;
	size_t n;
	bool relative;

	if (!take_number(s, len, &number, &unit, &n)) {
		if (!is_word(s, len, "inherit") && !is_word(s, len, "smaller") &&
		    !is_word(s, len, "larger"))
			say(about, v, false);
		return;
	}
	relative = is_word(unit, n, "em") || is_word(unit, n, "%") ||
	    is_word(unit, n, "ex");
	if (number <= 0 || (number <= SIZE_LEAST &&
	    (is_word(unit, n, "px") || is_word(unit, n, "pt"))))
		say(about, v, true);
	else if (!relative)
		say(about, v, false);
}

/* "font: 0/0 a": the size is the first number that has a unit, or is none. */
static void
say_font(struct saying *about, const struct value *v)
{
	const char *p = v->s, *end = v->s + v->len, *unit;
	double number;
	size_t len, n;

	for (; p < end; p += len + 1) {
		for (len = 0; p + len < end && strchr(" \t\r\n/", p[len]) == NULL; len++)
			;
		if (take_number(p, len, &number, &unit, &n) &&
		    (n > 0 || number <= 0)) {
			say_size(about, v, p, len);
			return;
		}
	}
}

static bool
has_word(const struct value *v, const char *word)
{
	size_t n = strlen(word), i;

	for (i = 0; i + n <= v->len; i++)
		if (strncasecmp(v->s + i, word, n) == 0)
			return true;
	return false;
}

/* All else leaves it as it is around it. */
static void
say_visibility(struct saying *to, const struct value *v)
{
	if (is_word(v->s, v->len, "hidden") || is_word(v->s, v->len, "collapse"))
		say(to, v, true);
	else if (is_word(v->s, v->len, "visible") ||
	    is_word(v->s, v->len, "initial"))
		say(to, v, false);
}

static void
read_declaration(struct declarations *d, const char *name, size_t n,
    const struct value *v)
{
	if (is_word(name, n, "display"))
		say(&d->display, v, is_word(v->s, v->len, "none"));
	else if (is_word(name, n, "visibility"))
		say_visibility(&d->invisible, v);
	else if (is_word(name, n, "mso-hide"))
		say(&d->mso, v, is_word(v->s, v->len, "all"));
	else if (is_word(name, n, "opacity"))
		say(&d->faint, v, is_nothing(v));
	else if (is_word(name, n, "font-size"))
		say_size(&d->tiny, v, v->s, v->len);
	else if (is_word(name, n, "font"))
		say_font(&d->tiny, v);
	else if (is_word(name, n, "text-decoration") ||
	    is_word(name, n, "text-decoration-line"))
		say(&d->struck, v, has_word(v, "line-through"));
	else if (is_word(name, n, "overflow") || is_word(name, n, "overflow-x") ||
	    is_word(name, n, "overflow-y"))
		say(&d->clipped, v, has_word(v, "hidden") || has_word(v, "clip"));
	else if ((is_word(name, n, "height") || is_word(name, n, "max-height") ||
	    is_word(name, n, "width") || is_word(name, n, "max-width")) &&
	    is_nothing(v))
		say(&d->empty, v, true);
}

static const char *
trim(const char *s, size_t *len)
{
	while (*len > 0 && isspace((unsigned char)*s)) {
		s++;
		--*len;
	}
	while (*len > 0 && isspace((unsigned char)s[*len - 1]))
		--*len;
	return s;
}

/* "name: value !important" */
static void
read_one(struct declarations *d, const char *s, size_t len)
{
	const char *colon = memchr(s, ':', len), *mark;
	struct value v = { .important = false };
	size_t name_len;

	if (colon == NULL)
		return;
	v.s = colon + 1;
	v.len = (size_t)(s + len - v.s);
	name_len = (size_t)(colon - s);
	s = trim(s, &name_len);
	mark = memchr(v.s, '!', v.len);
	if (mark != NULL) {
		v.important = true;
		v.len = (size_t)(mark - v.s);
	}
	v.s = trim(v.s, &v.len);
	if (v.len > 0)
		read_declaration(d, s, name_len, &v);
}

static bool
says(const struct saying *about)
{
	return about->said == STYLE_YES;
}

void
style_read(struct style *out, const char *css, size_t len)
{
	struct declarations d = { .display = { .important = false } };
	const char *p = css, *end = css + len, *next;

	for (; p < end; p = next + 1) {
		next = memchr(p, ';', (size_t)(end - p));
		if (next == NULL)
			next = end;
		read_one(&d, p, (size_t)(next - p));
	}
	out->gone = says(&d.display) || says(&d.faint) || says(&d.mso) ||
	    (says(&d.clipped) && says(&d.empty)) ? STYLE_YES : d.display.said;
	out->invisible = d.invisible.said;
	out->tiny = d.tiny.said;
	out->struck = d.struck.said;
}
