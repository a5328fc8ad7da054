/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "tally/note.h"
#include "tally/seen.h"

#define FILE_MODE 0600
#define FILE_MAX (VKEY_TEXT + NOTE_MAX)

static enum status
parse(struct seen *s, struct buf *text, struct reason *why)
{
	char *note = strstr(text->data, "\n\n");
	struct note parsed;
	enum status st;

	if (note == NULL || strlen(text->data) != text->len)
		return fail(why, INVALID, "it is not a key, an empty line and a "
		    "checkpoint");
	*note = '\0';
	note += 2;
	st = vkey_parse(&s->log, text->data, why);
	return st == OK ? checkpoint_read(&s->at, &parsed, note, strlen(note),
	    &s->log, why) : st;
}

enum status
seen_read(struct seen *s, const char *path, struct reason *why)
{
	struct buf text = BUF_INIT;
	struct reason inner;
	enum status st = buf_read_file(&text, path, FILE_MAX, why);

	memset(s, 0, sizeof *s);
	if (st == OK && parse(s, &text, &inner) != OK)
		st = fail(why, INVALID, "%s: is damaged: %.300s; it remembers the "
		    "last checkpoint, so find out what has become of it", path,
		    inner.text);
	buf_free(&text);
	return st;
}

enum status
seen_write(const struct seen *s, const char *path, struct reason *why)
{
	struct buf text = BUF_INIT;
	enum status st;

	vkey_add(&text, &s->log);
	buf_addstr(&text, "\n\n");
	checkpoint_add_note(&text, &s->at, &s->log);
	st = file_replace(path, text.data, text.len, FILE_MODE, why);
	buf_free(&text);
	return st;
}
