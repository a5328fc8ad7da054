/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/buf.h"
#include "seal/lines.h"

#define URL sodium_base64_VARIANT_URLSAFE_NO_PADDING

void
lines_add(struct buf *out, const char *name, const unsigned char *data,
    size_t len)
{
	char text[LINES_VALUE];

	(void)sodium_bin2base64(text, sizeof text, data, len, URL);
	buf_addf(out, "%s%s\n", name, text);
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
	    sodium_base642bin(out, want, text, strlen(text), NULL, &len, NULL,
	    URL) == 0 && len == want ? OK : INVALID;
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
