/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "ctl/ctl.h"
#include "ctl/evidence.h"
#include "message/reader.h"
#include "tally/vkey.h"

#define MAIL_MAX 4194304        /* bytes of a saved mail */
#define KEYS_MAX 65536

/* ---- texts -------------------------------------------------------------------- */

static int
load_stdin(struct buf *out)
{
	ssize_t n;

	if (isatty(STDIN_FILENO))
		(void)ctl_complain(0, "reading from the terminal; end with "
		    "Ctrl-D");
	do {
		buf_reserve(out, 65536);
		n = read(STDIN_FILENO, out->data + out->len, 65536);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ctl_complain(EXIT_NOT, "standard input cannot be "
			    "read: %s", strerror(errno));
		out->len += (size_t)n;
		out->data[out->len] = '\0';
		if (out->len > MAIL_MAX)
			return ctl_complain(EXIT_NOT, "standard input has more than "
			    "%d bytes", MAIL_MAX);
	} while (n != 0);
	return 0;
}

int
evidence_load(const char *path, struct buf *out)
{
	struct reason why;

	if (path == NULL || strcmp(path, "-") == 0)
		return load_stdin(out);
	if (buf_read_file(out, path, MAIL_MAX, &why) != OK)
		return ctl_complain(EXIT_NOT, "%s", why.text);
	return 0;
}

static enum status
find_in_mail(const struct buf *text, evidence_read *read_block, void *out,
    struct reason *why)
{
	static const char *const no_languages[] = { NULL };
	const struct reader_setup setup = { .languages = no_languages };
	struct reader *reader = reader_new(&setup);
	struct arena *arena = arena_new();
	struct reader_more more;
	enum status st;

	reader_read_more(reader, arena, text->data, text->len, &more);
	st = read_block(out, more.text_full, strlen(more.text_full), why);
	arena_free(&arena);
	reader_free(&reader);
	return st;
}

enum status
evidence_find(const struct buf *text, evidence_read *read_block, void *out,
    struct reason *why)
{
	enum status st = read_block(out, text->data, text->len, why);

	return st == NOT_FOUND ? find_in_mail(text, read_block, out, why) : st;
}

/* ---- keys --------------------------------------------------------------------- */

static int
add_key(const char *option, const char *text, struct vkey *keys, size_t room,
    size_t *count)
{
	struct reason why;

	if (*count == room)
		return ctl_complain(EXIT_NOT, "--%s: more than %zu keys", option,
		    room);
	if (vkey_parse(&keys[*count], text, &why) != OK)
		return ctl_complain(EXIT_NOT, "--%s: %s", option, why.text);
	(*count)++;
	return 0;
}

int
evidence_keys(const char *option, const char *value, struct vkey *keys,
    size_t room, size_t *count)
{
	struct buf text = BUF_INIT;
	struct reason why;
	char *at, *line;
	int code = 0;

	if (access(value, F_OK) != 0 && strchr(value, '+') != NULL)
		return add_key(option, value, keys, room, count);
	if (buf_read_file(&text, value, KEYS_MAX, &why) != OK)
		code = ctl_complain(EXIT_NOT, "--%s: %s", option, why.text);
	for (at = text.data; code == 0 && (line = strsep(&at, "\r\n")) != NULL;)
		if (*line != '\0')
			code = add_key(option, line, keys, room, count);
	buf_free(&text);
	return code;
}
