/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/wire.h"
#include "message/letter.h"
#include "words/text.h"

#define WORD_MAX 32             /* octets of a letter's WHY */
#define FIELD_OCTETS (SAID_FIELD_MAX * 4)
#define COMMENT_OCTETS (SAID_COMMENT_MAX * 4)

/* ---- what may be in it -------------------------------------------------- */

static const char small[] = "abcdefghijklmnopqrstuvwxyz";
static const char token_letters[] = "abcdefghijklmnopqrstuvwxyz234567";
static const char source_letters[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";

/* Eight octets of ASCII of which none is a control character. */
static bool
is_plain(const unsigned char *p)
{
	static const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t w, del;

	memcpy(&w, p, sizeof w);
	del = w ^ ones * 0x7f;
	return ((w | (w - ones * ' ') | (del - ones)) & ones << 7) == 0;
}

/* UTF-8 without control characters, C1 included; LF only where LINES. */
static bool
is_clean(const char *s, size_t max, bool lines)
{
	const unsigned char *p = (const unsigned char *)s, *end;
	size_t len = strlen(s);

	if (len > max || !text_is_utf8(s, len))
		return false;
	for (end = p + len; p < end; p++) {
		while (end - p > 8 && is_plain(p))
			p += 8;
		if ((*p < ' ' && !(lines && *p == '\n')) || *p == 0x7f ||
		    (p[0] == 0xc2 && p[1] < 0xa0))
			return false;
	}
	return true;
}

static bool
is_made_of(const char *s, const char *letters, size_t least, size_t most)
{
	size_t len = strlen(s);

	return len >= least && len <= most && strspn(s, letters) == len;
}

static bool
is_code(const char *s, bool capital)
{
	return is_made_of(s, capital ? "ABCDEFGHIJKLMNOPQRSTUVWXYZ" : small, 2, 2);
}

/* "<...>" of printable ASCII, as goes into a header field. */
static bool
is_message_id(const char *s)
{
	size_t len = strlen(s), i;

	if (len < 3 || len > LETTER_LINE_MAX || s[0] != '<' || s[len - 1] != '>')
		return false;
	for (i = 1; i < len - 1; i++)
		if (s[i] <= ' ' || s[i] >= 127 || s[i] == '<' || s[i] == '>')
			return false;
	return true;
}

static bool
recipient_is_good(const struct recipient *r, bool with_slug)
{
	bool tokened;

	if (r->purpose >= PURPOSE_COUNT_)
		return false;
	tokened = purpose_letter(r->purpose) != '\0';
	return (r->slug != NULL) == with_slug &&
	    (r->slug == NULL || slug_is_good(r->slug)) &&
	    (r->token != NULL) == tokened &&
	    (r->token == NULL ||
	    is_made_of(r->token, token_letters, TOKEN_LENGTH, TOKEN_LENGTH)) &&
	    (r->source == NULL || (r->purpose == PURPOSE_SIGN &&
	    is_made_of(r->source, source_letters, 1, SOURCE_MAX)));
}

static bool
said_is_good(const struct said *s)
{
	size_t i;

	if ((unsigned)s->verb >= VERB_COUNT_ || (s->wishes & ~(unsigned)WISHES) != 0 ||
	    (s->no & ~1) != 0 || (s->yes & ~1) != 0 ||
	    (s->other & ~1) != 0)
		return false;
	for (i = 0; i < FIELD_COUNT_; i++)
		if (s->field[i] != NULL && !is_clean(s->field[i],
		    i == FIELD_COMMENT ? COMMENT_OCTETS : FIELD_OCTETS,
		    i == FIELD_COMMENT || i == FIELD_SHARE))
			return false;
	return s->language == NULL || is_made_of(s->language,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", 2, 16);
}

static bool
hints_are_good(const struct letter *l)
{
	size_t i;

	for (i = 0; i < LETTER_HINTS; i++)
		if (l->hints[i] == NULL ? l->hints[i + 1] != NULL :
		    !is_code(l->hints[i], false))
			return false;
	return l->hints[LETTER_HINTS] == NULL;
}

static bool
author_is_good(const struct letter *l)
{
	if (l->author_state > AUTHOR_MANY)
		return false;
	if (l->author_state != AUTHOR_ONE)
		return l->author.full == NULL && l->display_name == NULL && !l->authentic && !l->forged;
	return l->author.full != NULL && !(l->authentic && l->forged);
}

static bool
posts_are_good(const struct letter *l)
{
	const struct letter_post *p;
	size_t i, all = 0;

	if (l->posts > 0 && l->to.purpose != PURPOSE_UPDATES)
		return false;
	for (i = 0; i < l->posts; i++) {
		p = &l->post[i];
		if ((p->language != NULL &&
		    !is_clean(p->language, LETTER_LINE_MAX, false)) ||
		    p->subject == NULL || p->body == NULL ||
		    !is_clean(p->subject, LETTER_LINE_MAX, false) ||
		    !is_clean(p->body, LETTER_POST_MAX, true))
			return false;
		all += strlen(p->body);
	}
	return all <= LETTER_POSTS_MAX;
}

static bool
is_word(const char *s)
{
	return is_made_of(s, "abcdefghijklmnopqrstuvwxyz0123456789-", 1, WORD_MAX);
}

static bool
told_of_is_good(const struct report_recipient *r)
{
	return r->address != NULL && strchr(r->address, '@') != NULL &&
	    is_clean(r->address, REPORT_ADDRESS_MAX, false) &&
	    (r->original == NULL || is_clean(r->original, REPORT_ADDRESS_MAX, false)) &&
	    r->fate < FATE_COUNT_ &&
	    (r->class == 0 || r->class == 2 || r->class == 4 || r->class == 5) &&
	    r->subject <= 999 && r->detail <= 999 &&
	    (r->reply == 0 || (r->reply >= 200 && r->reply <= 599)) &&
	    (r->diagnostic == NULL || is_clean(r->diagnostic, REPORT_LINE_MAX, false));
}

static bool
report_is_good(const struct letter *l)
{
	const struct report *r = &l->report;
	size_t i;

	if (r->kind >= REPORT_KIND_COUNT_ || r->fate >= FATE_COUNT_ ||
	    (r->how != NULL && !is_word(r->how)) ||
	    (r->feedback != NULL && !is_word(r->feedback)) ||
	    (r->original_id != NULL && !is_message_id(r->original_id)))
		return false;
	for (i = 0; i < r->count; i++)
		if (!told_of_is_good(&r->recipient[i]))
			return false;
	for (i = 0; i < r->tokens; i++)
		if (r->token[i].token == NULL ||
		    !recipient_is_good(&r->token[i], false))
			return false;
	return true;
}

static bool
traits_are_good(const struct letter *l)
{
	return l->network == NULL || is_made_of(l->network, "0123456789abcdef.:/",
	    1, TRAIT_NETWORK - 1);
}

static bool
letter_is_good(const struct letter *l)
{
	return l->nature < NATURE_COUNT_ && author_is_good(l) &&
	    l->reverse_path != NULL && is_clean(l->reverse_path, LETTER_LINE_MAX, false) &&
	    recipient_is_good(&l->to, true) &&
	    (l->display_name == NULL || is_clean(l->display_name, LETTER_LINE_MAX, false)) &&
	    l->why != NULL && is_word(l->why) &&
	    l->subject != NULL && is_clean(l->subject, LETTER_LINE_MAX, false) &&
	    (l->message_id == NULL || is_message_id(l->message_id)) &&
	    l->text != NULL && is_clean(l->text, LETTER_TEXT_MAX, true) &&
	    said_is_good(&l->said) &&
	    (l->country == NULL || is_code(l->country, true)) &&
	    (l->reference.token == NULL ?
	    l->reference.slug == NULL && l->reference.source == NULL :
	    recipient_is_good(&l->reference, false)) &&
	    hints_are_good(l) && posts_are_good(l) && traits_are_good(l) &&
	    report_is_good(l);
}

/* ---- packing ------------------------------------------------------------ */

static void
put_recipient(struct buf *out, const struct recipient *r)
{
	wire_put_u8(out, (uint8_t)r->purpose);
	wire_put_string(out, r->slug);
	wire_put_string(out, r->token);
	wire_put_string(out, r->source);
}

/* As it was given, so that parsing it anew finds the same. */
static void
put_author(struct buf *out, const struct letter *l)
{
	struct buf address = BUF_INIT;

	if (l->author_state != AUTHOR_ONE) {
		wire_put_string(out, NULL);
		return;
	}
	buf_addf(&address, "%s@%s", l->author.local, l->author.domain);
	wire_put_bytes(out, address.data, address.len);
	buf_free(&address);
}

static void
put_said(struct buf *out, const struct said *s)
{
	size_t i;

	wire_put_u8(out, (uint8_t)s->verb);
	wire_put_u8(out, (uint8_t)s->wishes);
	wire_put_u8(out, s->no != 0);
	wire_put_u8(out, s->yes != 0);
	wire_put_u8(out, s->other != 0);
	for (i = 0; i < FIELD_COUNT_; i++)
		wire_put_string(out, s->field[i]);
	wire_put_string(out, s->language);
}

static void
put_posts(struct buf *out, const struct letter *l)
{
	size_t i;

	wire_put_u8(out, l->post_cut);
	wire_put_u8(out, (uint8_t)l->posts);
	for (i = 0; i < l->posts; i++) {
		wire_put_string(out, l->post[i].language);
		wire_put_string(out, l->post[i].subject);
		wire_put_string(out, l->post[i].body);
	}
}

static void
put_report(struct buf *out, const struct report *r)
{
	const struct report_recipient *to;
	size_t i;

	wire_put_u8(out, (uint8_t)r->kind);
	wire_put_u8(out, (uint8_t)r->fate);
	wire_put_string(out, r->how);
	wire_put_u8(out, (uint8_t)r->count);
	for (i = 0; i < r->count; i++) {
		to = &r->recipient[i];
		wire_put_string(out, to->address);
		wire_put_string(out, to->original);
		wire_put_u8(out, (uint8_t)to->fate);
		wire_put_u8(out, to->class);
		wire_put_u32(out, to->subject);
		wire_put_u32(out, to->detail);
		wire_put_u32(out, to->reply);
		wire_put_string(out, to->diagnostic);
	}
	wire_put_string(out, r->original_id);
	wire_put_u8(out, (uint8_t)r->tokens);
	for (i = 0; i < r->tokens; i++)
		put_recipient(out, &r->token[i]);
	wire_put_string(out, r->feedback);
}

void
letter_pack(const struct letter *l, struct buf *out)
{
	size_t i;

	wire_put_string(out, l->reverse_path);
	put_recipient(out, &l->to);
	wire_put_bytes(out, l->digest, LETTER_DIGEST);
	wire_put_u8(out, (uint8_t)l->author_state);
	put_author(out, l);
	wire_put_string(out, l->display_name);
	wire_put_u8(out, l->authentic);
	wire_put_u8(out, l->forged);
	wire_put_u8(out, (uint8_t)l->nature);
	wire_put_string(out, l->why);
	wire_put_string(out, l->subject);
	wire_put_string(out, l->message_id);
	wire_put_string(out, l->text);
	put_said(out, &l->said);
	wire_put_string(out, l->country);
	put_recipient(out, &l->reference);
	for (i = 0; i < LETTER_HINTS; i++)
		wire_put_string(out, l->hints[i]);
	put_posts(out, l);
	wire_put_string(out, l->network);
	wire_put_u8(out, l->disposable);
	wire_put_u8(out, l->has_words);
	wire_put_bytes(out, l->words, TRAIT_WORDS);
	put_report(out, &l->report);
}

/* ---- unpacking ---------------------------------------------------------- */

static void
take_recipient(struct wire *w, struct arena *arena, struct recipient *r)
{
	r->purpose = wire_u8(w);
	r->slug = wire_string(w, arena, SLUG_MAX);
	r->token = wire_string(w, arena, TOKEN_LENGTH);
	r->source = wire_string(w, arena, SOURCE_MAX);
}

static void
take_said(struct wire *w, struct arena *arena, struct said *s)
{
	size_t i;

	s->verb = wire_u8(w);
	s->wishes = wire_u8(w);
	s->no = wire_u8(w);
	s->yes = wire_u8(w);
	s->other = wire_u8(w);
	for (i = 0; i < FIELD_COUNT_; i++)
		s->field[i] = wire_string(w, arena,
		    i == FIELD_COMMENT ? COMMENT_OCTETS : FIELD_OCTETS);
	s->language = wire_string(w, arena, WORD_MAX);
}

/* The address is parsed anew: its parts then fit each other. */
static bool
take_author(struct wire *w, struct arena *arena, struct letter *l)
{
	const char *text = wire_string(w, arena, LETTER_LINE_MAX);

	return text == NULL ||
	    address_parse(&l->author, arena, text, strlen(text)) == OK;
}

static void
take_octets(struct wire *w, unsigned char *out, size_t want)
{
	size_t len;
	const void *octets = wire_bytes(w, &len);

	if (octets != NULL && len == want)
		memcpy(out, octets, want);
	else
		w->bad = 1;
}

static bool
take_flag(struct wire *w)
{
	uint8_t flag = wire_u8(w);

	if (flag > 1)
		w->bad = 1;
	return flag == 1;
}

static uint16_t
take_number(struct wire *w)
{
	uint32_t n = wire_u32(w);

	if (n > 999)
		w->bad = 1;
	return (uint16_t)(n > 999 ? 0 : n);
}

static size_t
take_count(struct wire *w, size_t max)
{
	uint8_t n = wire_u8(w);

	if (n > max)
		w->bad = 1;
	return n > max ? 0 : n;
}

static void
take_posts(struct wire *w, struct arena *arena, struct letter *l)
{
	size_t i;

	l->post_cut = take_flag(w);
	l->posts = take_count(w, LETTER_POSTS);
	for (i = 0; i < l->posts; i++) {
		l->post[i].language = wire_string(w, arena, LETTER_LINE_MAX);
		l->post[i].subject = wire_string(w, arena, LETTER_LINE_MAX);
		l->post[i].body = wire_string(w, arena, LETTER_POST_MAX);
	}
}

static void
take_report(struct wire *w, struct arena *arena, struct report *r)
{
	struct report_recipient *to;
	size_t i;

	r->kind = wire_u8(w);
	r->fate = wire_u8(w);
	r->how = wire_string(w, arena, WORD_MAX);
	r->count = take_count(w, REPORT_RECIPIENTS);
	for (i = 0; i < r->count; i++) {
		to = &r->recipient[i];
		to->address = wire_string(w, arena, REPORT_ADDRESS_MAX);
		to->original = wire_string(w, arena, REPORT_ADDRESS_MAX);
		to->fate = wire_u8(w);
		to->class = wire_u8(w);
		to->subject = take_number(w);
		to->detail = take_number(w);
		to->reply = take_number(w);
		to->diagnostic = wire_string(w, arena, REPORT_LINE_MAX);
	}
	r->original_id = wire_string(w, arena, LETTER_LINE_MAX);
	r->tokens = take_count(w, REPORT_TOKENS);
	for (i = 0; i < r->tokens; i++)
		take_recipient(w, arena, &r->token[i]);
	r->feedback = wire_string(w, arena, WORD_MAX);
}

static bool
take_all(struct wire *w, struct arena *arena, struct letter *l)
{
	bool good;
	size_t i;

	l->reverse_path = wire_string(w, arena, LETTER_LINE_MAX);
	take_recipient(w, arena, &l->to);
	take_octets(w, l->digest, LETTER_DIGEST);
	l->author_state = wire_u8(w);
	good = take_author(w, arena, l);
	l->display_name = wire_string(w, arena, LETTER_LINE_MAX);
	l->authentic = take_flag(w);
	l->forged = take_flag(w);
	l->nature = wire_u8(w);
	l->why = wire_string(w, arena, WORD_MAX);
	l->subject = wire_string(w, arena, LETTER_LINE_MAX);
	l->message_id = wire_string(w, arena, LETTER_LINE_MAX);
	l->text = wire_string(w, arena, LETTER_TEXT_MAX);
	take_said(w, arena, &l->said);
	l->country = wire_string(w, arena, 2);
	take_recipient(w, arena, &l->reference);
	for (i = 0; i < LETTER_HINTS; i++)
		l->hints[i] = wire_string(w, arena, 2);
	take_posts(w, arena, l);
	l->network = wire_string(w, arena, TRAIT_NETWORK - 1);
	l->disposable = take_flag(w);
	l->has_words = take_flag(w);
	take_octets(w, l->words, TRAIT_WORDS);
	take_report(w, arena, &l->report);
	return good && wire_done(w) == OK && letter_is_good(l);
}

enum status
letter_unpack(struct letter *out, struct arena *arena, const void *record,
    size_t len)
{
	struct wire w;

	memset(out, 0, sizeof *out);
	wire_open(&w, record, len);
	if (take_all(&w, arena, out))
		return OK;
	memset(out, 0, sizeof *out);
	return INVALID;
}
