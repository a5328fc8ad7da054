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

/* How much of TEXT is "o=17 ", blank included; 0: it has no id. */
static size_t
id_length(const char *text)
{
	size_t end;

	if (text[0] < 'a' || text[0] > 'z' || text[1] != '=')
		return 0;
	end = strcspn(text, " ");
	return text[end] == ' ' ? end + 1 : 0;
}

static void
put(enum log_level level, const char *word, int err, const char *format,
    va_list ap)
{
	char text[1000], line[1200];
	size_t used, i, id;
	int n;

	if (level < least_level)
		return;
	if (vsnprintf(text, sizeof text, format, ap) < 0)
		text[0] = '\0';
	id = id_length(text);
	n = snprintf(line, sizeof line - 1, "%.*sby=%s level=%s %s%s%s",
	    (int)id, text, role_name, word, text + id, err == 0 ? "" : ": ",
	    err == 0 ? "" : strerror(err));
	used = n < 0 ? 0 : (size_t)n;
	if (used > sizeof line - 2)
		used = sizeof line - 2;
	for (i = 0; i < used; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	line[used++] = '\n';
	put_line(level, line, used);
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
