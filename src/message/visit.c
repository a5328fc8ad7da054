/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/wire.h"
#include "message/visit.h"
#include "words/text.h"

#define LANGUAGE_MAX 8
#define TEXT_MAX 2000

enum { UPDATES = 1, HIDDEN = 2, DECLINES = 4, CHANGED = 8, FLAGS = 15 };

/* ---- visits --------------------------------------------------------------- */

void
visit_pack(const struct visit *v, struct buf *out)
{
	wire_put_u8(out, (uint8_t)v->kind);
	wire_put_u8(out, v->kind == VISIT_HEALTH ? 0 :
	    (uint8_t)purpose_letter(v->purpose));
	wire_put_string(out, v->slug);
	wire_put_string(out, v->token);
	wire_put_string(out, v->text);
}

static bool
is_of(const char *s, const char *letters, size_t least, size_t most)
{
	size_t len = s == NULL ? 0 : strlen(s);

	return s != NULL && len >= least && len <= most &&
	    strspn(s, letters) == len;
}

bool
visit_is_text(const char *s)
{
	return is_of(s, "0123456789abcdef", VISIT_TEXT, VISIT_TEXT);
}

static bool
is_good(const struct visit *v, char letter)
{
	if (v->kind == VISIT_HEALTH)
		return letter == 0 && v->slug == NULL && v->token == NULL &&
		    v->text == NULL;
	return (v->kind == VISIT_LOOK || v->kind == VISIT_ACT) &&
	    (letter == 'c' || letter == 'u') &&
	    is_of(v->slug, "abcdefghijklmnopqrstuvwxyz0123456789-", 1, SLUG_MAX) &&
	    is_of(v->token, "abcdefghijklmnopqrstuvwxyz234567", TOKEN_LENGTH,
	    TOKEN_LENGTH) && (v->text == NULL || visit_is_text(v->text));
}

enum status
visit_unpack(struct visit *out, struct arena *arena, const void *record,
    size_t len)
{
	struct wire w;
	char letter;

	wire_open(&w, record, len);
	out->kind = (enum visit_kind)wire_u8(&w);
	letter = (char)wire_u8(&w);
	out->slug = wire_string(&w, arena, SLUG_MAX);
	out->token = wire_string(&w, arena, TOKEN_LENGTH);
	out->text = wire_string(&w, arena, VISIT_TEXT);
	out->purpose = letter == 'c' ? PURPOSE_CONFIRM : PURPOSE_UNSUBSCRIBE;
	return wire_done(&w) == OK && is_good(out, letter) ? OK : INVALID;
}

/* ---- what was seen ---------------------------------------------------------- */

void
seen_pack(const struct seen *s, struct buf *out)
{
	wire_put_u8(out, (uint8_t)s->kind);
	wire_put_string(out, s->slug);
	wire_put_string(out, s->language);
	wire_put_string(out, s->masked);
	wire_put_string(out, s->name);
	wire_put_string(out, s->country);
	wire_put_string(out, s->city);
	wire_put_string(out, s->comment);
	wire_put_string(out, s->shared);
	wire_put_u8(out, (uint8_t)((s->updates ? UPDATES : 0) |
	    (s->hidden ? HIDDEN : 0) | (s->declines ? DECLINES : 0) |
	    (s->changed ? CHANGED : 0)));
	wire_put_i64(out, s->number);
}

static const char *
get_text(struct wire *w, struct arena *arena, size_t max)
{
	const char *s = wire_string(w, arena, max);

	if (s != NULL && !text_is_utf8(s, strlen(s)))
		w->bad = 1;
	return s;
}

enum status
seen_unpack(struct seen *out, struct arena *arena, const void *record, size_t len)
{
	struct wire w;
	uint8_t kind, flags;

	memset(out, 0, sizeof *out);
	wire_open(&w, record, len);
	kind = wire_u8(&w);
	out->slug = get_text(&w, arena, SLUG_MAX);
	out->language = get_text(&w, arena, LANGUAGE_MAX);
	out->masked = get_text(&w, arena, TEXT_MAX);
	out->name = get_text(&w, arena, TEXT_MAX);
	out->country = get_text(&w, arena, LANGUAGE_MAX);
	out->city = get_text(&w, arena, TEXT_MAX);
	out->comment = get_text(&w, arena, TEXT_MAX);
	out->shared = get_text(&w, arena, TEXT_MAX);
	flags = wire_u8(&w);
	out->number = wire_i64(&w);
	if (wire_done(&w) != OK || kind >= SEEN_KINDS || (flags & ~FLAGS) != 0 ||
	    out->number < 0)
		return INVALID;
	out->kind = (enum seen_kind)kind;
	out->updates = (flags & UPDATES) != 0;
	out->hidden = (flags & HIDDEN) != 0;
	out->declines = (flags & DECLINES) != 0;
	out->changed = (flags & CHANGED) != 0;
	return OK;
}

/* ---- a masked address --------------------------------------------------------- */

static bool
goes_on(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

char *
visit_mask(struct arena *arena, const char *address)
{
	const char *at = address == NULL ? NULL : strrchr(address, '@');
	const char *last = at;
	size_t first = 1;

	if (at == NULL || at == address)
		return NULL;
	while (address + first < at && goes_on(address[first]))
		first++;
	do
		last--;
	while (last > address && goes_on(*last));
	if (last < address + first)
		last = at;              /* of one letter: it is not told twice */
	return arena_printf(arena, "%.*s…%.*s%s", (int)first, address,
	    (int)(at - last), last, at);
}
