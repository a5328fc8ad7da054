/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define HELD 4096               /* so much a pipe takes in one piece (PIPE_BUF) */
#define TEXT 1000               /* octets of a caller's text */
#define LINE 4000               /* all of TEXT escaped, each key, and the rest */

static char role_name[32] = "undersigned";
static enum log_level least_level = LOG_LEVEL_INFO;
static char held[HELD];
static size_t held_len;
static bool holding;

void
log_open(const char *role, enum log_level least)
{
	(void)snprintf(role_name, sizeof role_name, "%s", role);
	least_level = least;
}

/* A log that cannot be written must not stop the work. */
static void
write_out(const char *text, size_t len)
{
	while (len > 0 && write(STDERR_FILENO, text, len) < 0 && errno == EINTR)
		;
}

static void
write_held(void)
{
	write_out(held, held_len);
	held_len = 0;
}

void
log_hold(void)
{
	holding = true;
}

void
log_release(void)
{
	int saved = errno;

	write_held();
	holding = false;
	errno = saved;
}

/* Whole lines in one write(), so that those of several processes do not mix. */
static void
put_line(enum log_level level, const char *line, size_t len)
{
	if (held_len + len > sizeof held || level >= LOG_LEVEL_WARN)
		write_held();
	if (!holding || level >= LOG_LEVEL_WARN) {
		write_out(line, len);
		return;
	}
	memcpy(held + held_len, line, len);
	held_len += len;
}

/* ---- a line ------------------------------------------------------------- */

static const char key_first[] = "abcdefghijklmnopqrstuvwxyz";
static const char key_letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";

struct line {
	char text[LINE];
	size_t len;
};

/* Nothing here is longer than LINE: TEXT is escaped to twice its size. */
static void
add(struct line *l, const char *s, size_t len)
{
	memcpy(l->text + l->len, s, len);
	l->len += len;
}

static void
add_string(struct line *l, const char *s)
{
	add(l, s, strlen(s));
}

/* As it is where nothing in it could be taken for the end of it. */
static void
add_pair(struct line *l, const char *key, size_t key_len, const char *value,
    size_t len, bool quoted)
{
	size_t i;

	if (l->len > 0)
		add_string(l, " ");
	add(l, key, key_len);
	add_string(l, "=");
	for (i = 0; i < len && !quoted; i++)
		quoted = strchr(" \"\\=", value[i]) != NULL;
	if (!quoted) {
		add(l, value, len);
		return;
	}
	add_string(l, "\"");
	for (i = 0; i < len; i++) {
		if (value[i] == '"' || value[i] == '\\')
			add_string(l, "\\");
		add(l, value + i, 1);
	}
	add_string(l, "\"");
}

struct pair {
	const char *key, *value, *end;  /* END: of all of it */
	size_t key_len, len;
	bool quoted;
};

/* Does TEXT begin with a pair?  A value in quotes ends with a quote that a blank
 * follows: what callers put between them may have others in it. */
static bool
read_pair(const char *text, struct pair *p)
{
	const char *end;

	p->key = text;
	p->key_len = strspn(text, key_letters);
	if (p->key_len == 0 || strchr(key_first, *text) == NULL ||
	    text[p->key_len] != '=')
		return false;
	p->value = text + p->key_len + 1;
	p->quoted = *p->value == '"';
	if (!p->quoted) {
		p->len = strcspn(p->value, " ");
		p->end = p->value + p->len;
		return true;
	}
	p->value++;
	for (end = strchr(p->value, '"'); end != NULL && end[1] != ' ' &&
	    end[1] != '\0'; end = strchr(end + 1, '"'))
		;
	p->len = end == NULL ? strlen(p->value) : (size_t)(end - p->value);
	p->end = end == NULL ? p->value + p->len : end + 1;
	return true;
}

/* The length of a word that stands between pairs: what happened. */
static size_t
read_event(const char *text)
{
	size_t len = strspn(text, key_letters);
	struct pair next;

	return len > 0 && text[len] == ' ' && read_pair(text + len + 1, &next) ?
	    len : 0;
}

static void
add_head(struct line *l, const char *word)
{
	add_pair(l, "by", 2, role_name, strlen(role_name), false);
	add_pair(l, "level", 5, word, strlen(word), false);
}

static void
make_line(struct line *l, const char *word, int err, const char *text)
{
	const char *why = err == 0 ? NULL : strerror(err);
	bool headed = false;
	struct pair p;
	size_t len;

	l->len = 0;
	for (;; text += strspn(text, " ")) {
		bool pair = read_pair(text, &p);

		if (!headed && (!pair || p.key_len > 1)) {
			add_head(l, word);
			headed = true;
		}
		if (pair) {
			add_pair(l, p.key, p.key_len, p.value, p.len, p.quoted);
			text = p.end;
			if (!headed)
				add_head(l, word);
			headed = true;
		} else if ((len = read_event(text)) > 0) {
			add_pair(l, "event", 5, text, len, false);
			text += len;
		} else {
			break;
		}
	}
	if (*text != '\0')
		add_pair(l, "msg", 3, text, strlen(text), true);
	if (why != NULL)
		add_pair(l, "error", 5, why, strnlen(why, 200), true);
}

static void
put(enum log_level level, const char *word, int err, const char *format,
    va_list ap)
{
	char text[TEXT];
	struct line line;
	size_t i;

	if (level < least_level)
		return;
	if (vsnprintf(text, sizeof text, format, ap) < 0)
		text[0] = '\0';
	for (i = 0; text[i] != '\0'; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			text[i] = '?';
	make_line(&line, word, err, text);
	add_string(&line, "\n");
	put_line(level, line.text, line.len);
}

#define PUT(level, word, err) do {                      \
	int saved_ = errno;                             \
	va_list ap;                                     \
	va_start(ap, format);                           \
	put(level, word, (err), format, ap);            \
	va_end(ap);                                     \
	errno = saved_;                                 \
} while (0)

void
log_debug(const char *format, ...)
{
	PUT(LOG_LEVEL_DEBUG, "debug", 0);
}

void
log_info(const char *format, ...)
{
	PUT(LOG_LEVEL_INFO, "info", 0);
}

void
log_warn(const char *format, ...)
{
	PUT(LOG_LEVEL_WARN, "warn", saved_);
}

void
log_warnx(const char *format, ...)
{
	PUT(LOG_LEVEL_WARN, "warn", 0);
}

void
log_fatal(const char *format, ...)
{
	PUT(LOG_LEVEL_WARN, "fatal", saved_);
	exit(1);
}

void
log_fatalx(const char *format, ...)
{
	PUT(LOG_LEVEL_WARN, "fatal", 0);
	exit(1);
}
