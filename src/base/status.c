/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"

const char *
status_text(enum status st)
{
	static const char *const text[] = {
		[OK] = "ok",
		[NOT_FOUND] = "not found",
		[EXISTS] = "already there",
		[INVALID] = "not usable",
		[DENIED] = "not allowed",
		[LIMIT] = "over a limit",
		[AGAIN] = "not yet",
		[TEMPFAIL] = "failed for now",
		[FULL] = "no room on the disk",
		[STORE_FAILED] = "store failed",
	};
	if ((size_t)st >= sizeof text / sizeof text[0] || text[st] == NULL)
		return "unknown status";
	return text[st];
}

enum status
fail(struct reason *why, enum status st, const char *format, ...)
{
	va_list ap;

	if (why == NULL)
		return st;
	va_start(ap, format);
	(void)vsnprintf(why->text, sizeof why->text, format, ap);
	va_end(ap);
	return st;
}

enum status
fail_errno(struct reason *why, enum status st, const char *format, ...)
{
	int saved = errno;
	size_t used;
	va_list ap;

	if (why == NULL)
		return st;
	va_start(ap, format);
	(void)vsnprintf(why->text, sizeof why->text, format, ap);
	va_end(ap);
	used = strlen(why->text);
	(void)snprintf(why->text + used, sizeof why->text - used, ": %s",
	    strerror(saved));
	errno = saved;
	return st;
}
