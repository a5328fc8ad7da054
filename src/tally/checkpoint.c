/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "seal/base64.h"
#include "tally/checkpoint.h"
#include "tally/decimal.h"

#define COUNTED "counted "

void
checkpoint_add_body(struct buf *out, const struct checkpoint *c)
{
	buf_addf(out, "%s\n%" PRIu64 "\n", c->origin, c->size);
	base64_add(out, c->root.bytes, MERKLE_BYTES);
	buf_addf(out, "\n" COUNTED "%" PRIu64 "\n", c->counted);
}

void
checkpoint_sign(struct checkpoint *c, const struct sign_pair *pair)
{
	struct buf body = BUF_INIT;

	checkpoint_add_body(&body, c);
	sign_by(pair, body.data, body.len, c->signature);
	buf_free(&body);
}

enum status
checkpoint_check(const struct checkpoint *c, const struct vkey *log)
{
	struct buf body = BUF_INIT;
	enum status st = DENIED;

	checkpoint_add_body(&body, c);
	if (log->type == VKEY_LOG && strcmp(c->origin, log->name) == 0 &&
	    sign_check(log->key, body.data, body.len, c->signature) == OK)
		st = OK;
	buf_free(&body);
	return st;
}

void
checkpoint_add_note(struct buf *out, const struct checkpoint *c,
    const struct vkey *log)
{
	checkpoint_add_body(out, c);
	buf_addch(out, '\n');
	note_add_line(out, log, c->signature, sizeof c->signature);
}

/* ---- reading --------------------------------------------------------------- */

/* The next line of *AT; false at the end. */
static int
next_line(const char **at, const char *end, const char **line, size_t *len)
{
	const char *eol = memchr(*at, '\n', (size_t)(end - *at));

	if (eol == NULL)
		return 0;
	*line = *at;
	*len = (size_t)(eol - *at);
	*at = eol + 1;
	return 1;
}

static enum status
parse_body(struct checkpoint *c, const char *at, size_t len)
{
	const char *end = at + len, *line;
	size_t n, got;

	if (!next_line(&at, end, &line, &n) || n == 0 || n >= sizeof c->origin)
		return INVALID;
	memcpy(c->origin, line, n);
	if (!next_line(&at, end, &line, &n) ||
	    decimal_parse(line, n, &c->size) != OK ||
	    !next_line(&at, end, &line, &n) ||
	    base64_take(line, n, c->root.bytes, MERKLE_BYTES, &got) != OK ||
	    got != MERKLE_BYTES)
		return INVALID;
	if (!next_line(&at, end, &line, &n) || n < strlen(COUNTED) ||
	    memcmp(line, COUNTED, strlen(COUNTED)) != 0 ||
	    decimal_parse(line + strlen(COUNTED), n - strlen(COUNTED),
	    &c->counted) != OK || at != end || c->counted > c->size)
		return INVALID;
	return OK;
}

/* Of a known key every signature must be good. */
static enum status
check_lines(struct checkpoint *c, const struct note *note,
    const struct vkey *log, struct reason *why)
{
	size_t i, found = 0;

	for (i = 0; i < note->count; i++) {
		if (!note_is_by(note, i, log))
			continue;
		if (note_signature(note, i, c->signature, sizeof c->signature) !=
		    OK || checkpoint_check(c, log) != OK)
			return fail(why, DENIED, "the signature of %s under the "
			    "checkpoint is false", log->name);
		found++;
	}
	return found > 0 ? OK : fail(why, DENIED, "the checkpoint is not signed by "
	    "the key of %s that is asked for", log->name);
}

enum status
checkpoint_read(struct checkpoint *c, struct note *note, const char *text,
    size_t len, const struct vkey *log, struct reason *why)
{
	enum status st;

	memset(c, 0, sizeof *c);
	st = note_parse(note, text, len, why);
	if (st != OK)
		return st;
	if (parse_body(c, note->text, note->text_len) != OK)
		return fail(why, INVALID, "the checkpoint is damaged: it is not "
		    "origin, size, root and count, a line each");
	if (strcmp(c->origin, log->name) != 0)
		return fail(why, DENIED, "the checkpoint is of another log: %s, "
		    "not %s", c->origin, log->name);
	return check_lines(c, note, log, why);
}
