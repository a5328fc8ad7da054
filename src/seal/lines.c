/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "seal/base64.h"
#include "seal/lines.h"

void
lines_add(struct buf *out, const char *name, const unsigned char *data,
    size_t len)
{
	buf_addstr(out, name);
	base64_add_url(out, data, len);
	buf_addch(out, '\n');
}

enum status
lines_take(const char **at, const char *name, char *out, size_t room)
{
	size_t n = strlen(name), len;

	if (strncmp(*at, name, n) != 0)
		return INVALID;
	*at += n;
	len = strcspn(*at, "\r\n");
	if (len >= room)
		return INVALID;
	memcpy(out, *at, len);
	out[len] = '\0';
	*at += len;
	*at += **at == '\r';
	*at += **at == '\n';
	return OK;
}

enum status
lines_take_bytes(const char **at, const char *name, unsigned char *out,
    size_t want)
{
	char text[LINES_VALUE];
	size_t len;

	return lines_take(at, name, text, sizeof text) == OK &&
	    base64_take_url(text, strlen(text), out, want, &len) == OK &&
	    len == want ? OK : INVALID;
}

enum status
lines_take_number(const char **at, const char *name, unsigned *out)
{
	char text[8];

	if (lines_take(at, name, text, sizeof text) != OK || *text == '\0' ||
	    strspn(text, "0123456789") != strlen(text))
		return INVALID;
	*out = (unsigned)strtoul(text, NULL, 10);
	return OK;
}
