/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "web/path.h"

static const struct {
	const char *path;
	enum path_kind kind;
} fixed[] = {
	{ "", PATH_HOME }, { "/", PATH_HOME }, { "/style.css", PATH_STYLE },
	{ "/healthz", PATH_HEALTH }, { "/metrics", PATH_METRICS },
};

/* Copies LEN letters to OUT, which has room for MOST; 0 when there are too many
 * or too few, or one is not in LETTERS in either case. */
static int
take(char *out, const char *s, size_t len, size_t least, size_t most,
    const char *letters)
{
	size_t i;

	if (len < least || len > most)
		return 0;
	for (i = 0; i < len; i++) {
		out[i] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] - 'A' + 'a') :
		    s[i];
		if (strchr(letters, out[i]) == NULL)
			return 0;
	}
	out[len] = '\0';
	return 1;
}

/* "SLUG/TOKEN" */
static int
take_link(struct path *out, const char *s, size_t len)
{
	const char *slash = memchr(s, '/', len);
	size_t slug = slash == NULL ? 0 : (size_t)(slash - s);

	return slash != NULL && take(out->slug, s, slug, 1, SLUG_MAX,
	    "abcdefghijklmnopqrstuvwxyz0123456789-") &&
	    take(out->token, slash + 1, len - slug - 1, TOKEN_LENGTH,
	    TOKEN_LENGTH, "abcdefghijklmnopqrstuvwxyz234567");
}

void
path_parse(struct path *out, const char *prefix, const char *path)
{
	size_t skip = strlen(prefix), len, i;

	memset(out, 0, sizeof *out);
	if (skip > 0 && strncmp(path, prefix, skip) == 0 &&
	    (path[skip] == '/' || path[skip] == '\0'))
		path += skip;
	for (i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
		if (strcmp(path, fixed[i].path) == 0)
			out->kind = fixed[i].kind;
	len = strlen(path);
	if (len > 1 && path[len - 1] == '/')
		len--;
	if (out->kind != PATH_OTHER || len < 4)
		return;
	if (strncmp(path, "/c/", 3) == 0 && take_link(out, path + 3, len - 3))
		out->kind = PATH_SIGN;
	else if (strncmp(path, "/u/", 3) == 0 &&
	    take_link(out, path + 3, len - 3))
		out->kind = PATH_STOP;
	else
		memset(out, 0, sizeof *out);
}
