/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/buf.h"
#include "seal/base64.h"
#include "tally/note.h"
#include "words/text.h"

#define DASH "\xe2\x80\x94 "    /* em dash and a blank */
#define DASH_LEN 4
#define SIGNATURE_MAX 6144      /* those of ML-DSA have near 5,000 */

static int
is_plain(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' && text[i] != '\n')
			return 0;
	return text_is_utf8(text, len);
}

/* Behind the last empty line; NULL when there is none. */
static const char *
find_signatures(const char *text, size_t len)
{
	size_t i;

	for (i = len; i >= 2; i--)
		if (text[i - 1] == '\n' && text[i - 2] == '\n')
			return text + i;
	return NULL;
}

/* LEN without the line's end. */
static int
parse_line(struct note_line *line, const char *at, size_t len)
{
	unsigned char raw[SIGNATURE_MAX];
	const char *blank;
	size_t n;

	if (len < DASH_LEN || memcmp(at, DASH, DASH_LEN) != 0)
		return 0;
	line->name = at + DASH_LEN;
	blank = memchr(line->name, ' ', len - DASH_LEN);
	if (blank == NULL)
		return 0;
	line->name_len = (size_t)(blank - line->name);
	line->base64 = blank + 1;
	line->base64_len = len - DASH_LEN - line->name_len - 1;
	return line->name_len > 0 &&
	    memchr(line->name, '+', line->name_len) == NULL &&
	    base64_take(line->base64, line->base64_len, raw, sizeof raw, &n) ==
	    OK && n > VKEY_ID;
}

static enum status
parse_lines(struct note *note, const char *at, const char *end,
    struct reason *why)
{
	const char *eol;

	for (; at < end; at = eol + 1) {
		eol = memchr(at, '\n', (size_t)(end - at));
		if (note->count == NOTE_SIGNATURES)
			return fail(why, INVALID, "the note has more than %d "
			    "signatures", NOTE_SIGNATURES);
		if (eol == NULL || !parse_line(&note->lines[note->count], at,
		    (size_t)(eol - at)))
			return fail(why, INVALID, "signature line %zu of the note "
			    "is damaged", note->count + 1);
		note->count++;
	}
	return note->count > 0 ? OK :
	    fail(why, INVALID, "the note has no signature");
}

enum status
note_parse(struct note *note, const char *text, size_t len, struct reason *why)
{
	const char *signatures;

	memset(note, 0, sizeof *note);
	if (len > NOTE_MAX)
		return fail(why, INVALID, "the note has more than %d bytes",
		    NOTE_MAX);
	if (!is_plain(text, len))
		return fail(why, INVALID, "the note is damaged: there are bytes "
		    "in it which are no text");
	signatures = find_signatures(text, len);
	if (signatures == NULL)
		return fail(why, INVALID, "this is no signed note: there is no "
		    "empty line before signatures");
	note->text = text;
	note->text_len = (size_t)(signatures - text) - 1;
	return parse_lines(note, signatures, text + len, why);
}

/* Checked when the note was parsed. */
static size_t
decode(const struct note_line *line, unsigned char raw[SIGNATURE_MAX])
{
	size_t n;

	return base64_take(line->base64, line->base64_len, raw, SIGNATURE_MAX,
	    &n) == OK ? n : 0;
}

int
note_is_by(const struct note *note, size_t i, const struct vkey *k)
{
	const struct note_line *line = &note->lines[i];
	unsigned char raw[SIGNATURE_MAX];

	return line->name_len == strlen(k->name) &&
	    memcmp(line->name, k->name, line->name_len) == 0 &&
	    decode(line, raw) > VKEY_ID && memcmp(raw, k->id, VKEY_ID) == 0;
}

enum status
note_signature(const struct note *note, size_t i, unsigned char *out,
    size_t len)
{
	unsigned char raw[SIGNATURE_MAX];

	if (decode(&note->lines[i], raw) != VKEY_ID + len)
		return INVALID;
	memcpy(out, raw + VKEY_ID, len);
	return OK;
}

void
note_add_line(struct buf *out, const struct vkey *k,
    const unsigned char *signature, size_t len)
{
	struct buf raw = BUF_INIT;

	buf_add(&raw, k->id, VKEY_ID);
	buf_add(&raw, signature, len);
	buf_addf(out, DASH "%s ", k->name);
	base64_add(out, raw.data, raw.len);
	buf_addch(out, '\n');
	buf_free(&raw);
}
