/* SPDX-License-Identifier: ISC */
#include <gmime/gmime.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "message/auth_results.h"
#include "message/charset.h"
#include "message/encoded.h"
#include "message/fields.h"
#include "message/findings.h"
#include "message/flowed.h"
#include "message/html.h"
#include "message/mailbox.h"
#include "message/nature.h"
#include "message/part.h"
#include "message/post.h"
#include "message/reader.h"
#include "message/traits.h"
#include "seal/digest.h"
#include "words/country.h"
#include "words/text.h"
#include "words/vocabulary.h"

#define SUBJECT_BYTES 8192      /* of the field, looked at */
#define MESSAGE_ID_MAX 500
#define VISIBLE_MAX 1000
#define GUESS_BYTES 250         /* of text, enough to tell a language by */

_Static_assert(LETTER_DIGEST == DIGEST_BYTES, "a letter's digest");

struct reader {
	struct reader_setup setup;
	struct charsets *charsets;
	struct header_field field[FIELDS_MAX];
};

/* One message while it is read. */
struct reading {
	struct reader *reader;
	struct arena *arena;
	struct fields fields;
	struct content content;
	struct part part;       /* the text */
	struct part rich;       /* in HTML, when it is plain */
	const char *hint;       /* charset for raw bytes, or NULL */
	const char *bytes;
	size_t len;
};

struct reader *
reader_new(const struct reader_setup *setup)
{
	struct reader *r = mem_alloc(sizeof *r);

	g_mime_init();
	r->setup = *setup;
	r->charsets = charsets_new();
	return r;
}

void
reader_free(struct reader **rp)
{
	if (*rp == NULL)
		return;
	charsets_free(&(*rp)->charsets);
	free(*rp);
	*rp = NULL;
}

static void
open_message(struct reading *g, struct reader *r, struct arena *arena,
    const char *bytes, size_t len, size_t *attachments)
{
	memset(g, 0, sizeof *g);
	g->reader = r;
	g->arena = arena;
	g->bytes = bytes;
	g->len = len;
	g->fields.field = r->field;
	g->fields.room = FIELDS_MAX;
	fields_read(&g->fields, bytes, len);
	content_read(&g->content, &g->fields);
	part_find_text(&g->part, &g->rich, &g->content, g->fields.body, g->fields.body_len,
	    attachments);
	if (g->part.found && g->part.content.charset[0] != '\0')
		g->hint = g->part.content.charset;
	else if (g->content.charset[0] != '\0')
		g->hint = g->content.charset;
}

/* Shorten S in place to at most MAX octets, between characters. */
static char *
cut_octets(char *s, size_t max)
{
	size_t n = strlen(s);

	if (n > max) {
		n = max;
		while (n > 0 && (s[n] & 0xc0) == 0x80)
			n--;
		while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\n'))
			n--;
		s[n] = '\0';
	}
	return s;
}

/* ---- digest ------------------------------------------------------------- */

static bool
is_trace(const struct header_field *f)
{
	switch (f->id) {
	case HEADER_RECEIVED:
	case HEADER_RETURN_PATH:
	case HEADER_DELIVERED_TO:
	case HEADER_ENVELOPE_TO:
	case HEADER_X_ORIGINAL_TO:
	case HEADER_AUTHENTICATION_RESULTS:
	case HEADER_ARC:
	case HEADER_TRACE:
		return true;
	default:
		return false;
	}
}

static void
add_run(struct seal_digest *d, const char *from, const char *to)
{
	if (to > from)
		seal_digest_add(d, from, (size_t)(to - from));
}

static void
read_digest(struct reading *g, unsigned char out[LETTER_DIGEST])
{
	struct seal_digest *d = seal_digest_new();
	const char *run = g->bytes;
	size_t i;

	if (g->fields.count > 0)
		run = g->fields.field[0].name;  /* not the "From " of a mailbox */
	for (i = 0; i < g->fields.count; i++)
		if (is_trace(&g->fields.field[i])) {
			add_run(d, run, g->fields.field[i].name);
			run = g->fields.field[i].line_end;
		}
	add_run(d, run, g->bytes + g->len);
	seal_digest_end(&d, out);
}

/* ---- who ---------------------------------------------------------------- */

/* The address goes to RAW even where it is none we would write to. */
static void
read_author(struct reading *g, struct letter *out, const char **raw)
{
	const struct header_field *f = NULL;
	struct mailbox box[2];
	struct address other;
	size_t n;

	out->author_state = AUTHOR_NONE;
	while ((f = fields_next(&g->fields, HEADER_FROM, f)) != NULL) {
		n = mailbox_read(g->arena, g->reader->charsets, g->hint, f, box, 2);
		if (n == 0)
			continue;
		if (*raw == NULL)
			*raw = box[0].address;
		if (n > 1 || out->author_state == AUTHOR_ONE) {
			/* twice the same is odd, but it is one */
			n -= out->author_state != AUTHOR_ONE;
			if (address_parse(&other, g->arena, box[n - 1].address,
			    strlen(box[n - 1].address)) == OK &&
			    out->author_state == AUTHOR_ONE &&
			    strcasecmp(other.full, out->author.full) == 0)
				continue;
			out->author_state = AUTHOR_MANY;
			break;
		}
		if (address_parse(&out->author, g->arena, box[0].address,
		    strlen(box[0].address)) != OK)
			continue;
		out->author_state = AUTHOR_ONE;
		out->display_name = box[0].name == NULL ? NULL :
		    cut_octets((char *)(uintptr_t)box[0].name, LETTER_LINE_MAX);
	}
	if (out->author_state != AUTHOR_ONE) {
		memset(&out->author, 0, sizeof out->author);
		out->display_name = NULL;
	}
}

static void
read_authentic(struct reading *g, struct letter *l)
{
	const char *trusted = g->reader->setup.trusted_authserv;
	struct auth_results found;

	if (trusted == NULL || l->author_state != AUTHOR_ONE)
		return;
	auth_results_read(&g->fields, trusted,
	    address_domain_ascii(g->arena, &l->author), &found);
	l->authentic = found.said[AUTH_DMARC] == AUTH_PASS && found.from;
	l->forged = found.said[AUTH_DMARC] == AUTH_FAIL;
}

/* ---- what --------------------------------------------------------------- */

static const char *
read_subject(struct reading *g)
{
	const struct header_field *f = fields_next(&g->fields, HEADER_SUBJECT, NULL);
	struct buf decoded = BUF_INIT;
	char *text;

	if (f == NULL)
		return "";
	text = field_text(g->arena, f, SUBJECT_BYTES);
	encoded_decode(g->reader->charsets, g->hint, text, strlen(text), &decoded);
	text = text_line(g->arena, decoded.data, decoded.len, LETTER_LINE_MAX);
	buf_free(&decoded);
	return cut_octets(text, LETTER_LINE_MAX);
}

static void
decode_text(const struct reading *g, const struct part *part,
    enum html_view view, struct buf *out)
{
	struct buf raw = BUF_INIT;

	if (!part->found)
		return;
	if (content_is(&part->content, "text", "html")) {
		part_decode(part, g->reader->charsets, &raw);
		(void)html_text(raw.data, raw.len, view, out);
	} else {
		part_decode(part, g->reader->charsets, out);
	}
	buf_free(&raw);
}

/* With the lines that a mail program broke put together again. */
static void
whole_text(const struct reading *g, const struct part *part, struct buf *out)
{
	struct buf text = BUF_INIT;

	decode_text(g, part, HTML_OWN, &text);
	if (part->content.flowed)
		flowed_unwrap(text.data, text.len, part->content.delsp, out);
	else
		buf_add(out, text.data, text.len);
	buf_free(&text);
}

static bool
has_line_through(const char *start, const char *end)
{
	static const char word[] = "line-through";
	const size_t before = 4, len = sizeof word - 1;
	const char *p = start;

	for (; (p = memchr(p, word[before], (size_t)(end - p))) != NULL; p++)
		if ((size_t)(p - start) >= before &&
		    (size_t)(end - p) >= len - before &&
		    strncasecmp(p - before, word, len) == 0)
			return true;
	return false;
}

/* Could there be a text struck through in it? */
static bool
may_strike(const struct buf *html)
{
	static const char *const tags[] = { "s", "strike", "del" };
	const char *p = html->data, *end = p + html->len;
	size_t i, n;

	if (has_line_through(p, end))
		return true;
	for (; (p = memchr(p, '<', (size_t)(end - p))) != NULL; p++)
		for (i = 0; i < sizeof tags / sizeof tags[0]; i++) {
			n = strlen(tags[i]);
			if ((size_t)(end - p) > n + 1 &&
			    strncasecmp(p + 1, tags[i], n) == 0 &&
			    strchr("> \t\r\n\f\v/", p[n + 1]) != NULL)
				return true;
		}
	return false;
}

/* A plain text beside HTML shows nothing of what she has struck through there;
 * then the HTML is what she says, and TEXT becomes that. */
static void
heed_strikes(const struct reading *g, struct buf *text)
{
	struct buf html = BUF_INIT, own = BUF_INIT;

	if (!g->rich.found)
		return;
	part_decode(&g->rich, g->reader->charsets, &html);
	if (may_strike(&html) && html_text(html.data, html.len, HTML_OWN, &own)) {
		buf_clear(text);
		buf_add(text, own.data, own.len);
	}
	buf_free(&html);
	buf_free(&own);
}

static const char *
read_text(struct reading *g)
{
	struct buf text = BUF_INIT;
	char *own;

	whole_text(g, &g->part, &text);
	heed_strikes(g, &text);
	own = reader_own_words(g->arena, text.data, text.len);
	own = text_lines(g->arena, own, strlen(own), LETTER_TEXT_MAX);
	buf_free(&text);
	return cut_octets(own, LETTER_TEXT_MAX);
}

/* The first "<...>" that can stand in a field of ours. */
static const char *
read_message_id(struct reading *g)
{
	const struct header_field *f = fields_next(&g->fields, HEADER_MESSAGE_ID, NULL);
	const char *start, *end, *p;

	if (f == NULL)
		return NULL;
	start = memchr(f->value, '<', f->len);
	if (start == NULL)
		return NULL;
	end = memchr(start, '>', f->len - (size_t)(start - f->value));
	if (end == NULL || end - start < 2 || end - start > MESSAGE_ID_MAX)
		return NULL;
	for (p = start + 1; p < end; p++)
		if (*p <= ' ' || *p >= 127 || *p == '<')
			return NULL;
	return arena_strndup(g->arena, start, (size_t)(end - start) + 1);
}

static void
read_said(struct reading *g, struct letter *out)
{
	const struct reader_setup *s = &g->reader->setup;

	if (s->vocabulary == NULL)
		return;
	vocabulary_read(s->vocabulary, g->arena, out->text, out->subject, &out->said);
	if (s->countries != NULL && out->said.field[FIELD_COUNTRY] != NULL)
		out->country = country_find(s->countries, out->said.field[FIELD_COUNTRY]);
}

/* "I am on holiday, but I sign": no robot says so.  One repeats subjects though,
 * so where the subject is of an absence only the text counts, if there is one. */
static bool
says_signs(const struct reading *g, const struct letter *l)
{
	const struct vocabulary *v = g->reader->setup.vocabulary;
	struct said said;

	if (v == NULL)
		return false;
	if (strcmp(l->why, "text") == 0)
		return l->said.yes || l->said.verb == VERB_SIGN ||
		    vocabulary_signs(v, l->text) ||
		    vocabulary_signs(v, l->subject);
	if (strcmp(l->why, "absence") != 0)
		return false;
	vocabulary_read(v, g->arena, l->text, NULL, &said);
	return said.yes || said.verb == VERB_SIGN ||
	    vocabulary_signs(v, l->text[0] != '\0' ? l->text : l->subject);
}

/* ---- a token that came another way -------------------------------------- */

static void
read_reference(struct reading *g, struct letter *out)
{
	static const enum header where[] = { HEADER_IN_REPLY_TO, HEADER_REFERENCES };
	const struct header_field *f;
	size_t i;

	for (i = 0; i < sizeof where / sizeof where[0]; i++) {
		f = fields_next(&g->fields, where[i], NULL);
		if (f != NULL && recipient_find_token(&out->reference, g->arena,
		    field_text(g->arena, f, FIELD_BYTES)) == OK)
			return;
	}
	if (recipient_find_token(&out->reference, g->arena, out->subject) != OK)
		memset(&out->reference, 0, sizeof out->reference);
}

/* ---- languages ---------------------------------------------------------- */

static bool
has_language(const struct reader_setup *s, const char *code)
{
	size_t i;

	for (i = 0; s->languages != NULL && s->languages[i] != NULL; i++)
		if (strcmp(s->languages[i], code) == 0)
			return true;
	return false;
}

static void
add_hint(struct reading *g, struct letter *out, const char *code)
{
	size_t i;

	/* Norwegian has three codes, and "nb" is the one we write in */
	if ((strcmp(code, "no") == 0 || strcmp(code, "nn") == 0) &&
	    !has_language(&g->reader->setup, code))
		code = "nb";
	for (i = 0; i < LETTER_HINTS && out->hints[i] != NULL; i++)
		if (strcmp(out->hints[i], code) == 0)
			return;
	if (i < LETTER_HINTS)
		out->hints[i] = arena_strdup(g->arena, code);
}

/* "nb-NO, nn;q=0.8, en": the languages in their order; weights go down along
 * it in all that people's programs write. */
static void
add_tags(struct reading *g, struct letter *out, enum header id)
{
	const struct header_field *f = fields_next(&g->fields, id, NULL);
	const char *p;
	char code[3], *text;
	size_t n;

	if (f == NULL)
		return;
	text = field_text(g->arena, f, LETTER_LINE_MAX);
	for (p = text; *p != '\0'; p += n) {
		p += strspn(p, " ,");
		n = strcspn(p, ",");
		if (strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != 2)
			continue;
		code[0] = (char)(p[0] | 0x20);
		code[1] = (char)(p[1] | 0x20);
		code[2] = '\0';
		add_hint(g, out, code);
	}
}

static void
read_hints(struct reading *g, struct letter *out)
{
	const char *const *languages = g->reader->setup.languages;
	const char *guess = NULL;
	char *beginning;

	add_tags(g, out, HEADER_CONTENT_LANGUAGE);
	if (languages != NULL) {
		beginning = arena_strndup(g->arena, out->text,
		    strnlen(out->text, GUESS_BYTES + 4));
		guess = text_language(cut_octets(beginning, GUESS_BYTES), languages);
		if (guess == NULL)
			guess = text_language(out->subject, languages);
	}
	if (guess != NULL && strlen(guess) == 2)
		add_hint(g, out, guess);
	add_tags(g, out, HEADER_ACCEPT_LANGUAGE);
}

/* ---- reports ------------------------------------------------------------ */

static void
read_report(struct reading *g, struct letter *out)
{
	struct report_view view = {
		.fields = &g->fields, .content = &g->content,
		.subject = out->subject,
		.bounce = out->nature == NATURE_BOUNCE,
		.complaint = out->nature == NATURE_COMPLAINT,
	};

	report_read(&out->report, g->arena, g->reader->charsets, &view);
}

/* ---- what it may have in common with others ------------------------------ */

/* Of what may be a signature: an answer to a mail of ours is none. */
static void
read_traits(struct reading *g, struct letter *out)
{
	const struct reader_setup *s = &g->reader->setup;
	char network[TRAIT_NETWORK];

	if (out->nature != NATURE_HUMAN || out->author_state != AUTHOR_ONE ||
	    out->reference.token != NULL)
		return;
	traits_network(&g->fields, s->trusted_authserv, network);
	if (network[0] != '\0')
		out->network = arena_strdup(g->arena, network);
	out->disposable = s->disposable != NULL && disposable_has(s->disposable,
	    address_domain_ascii(g->arena, &out->author));
	out->has_words = traits_words(out->text, &out->said, out->display_name,
	    out->words);
}

/* ---- all of it ---------------------------------------------------------- */

void
reader_read(struct reader *r, struct arena *arena, const char *bytes, size_t len,
    const char *reverse_path, struct letter *out)
{
	struct nature_view view = { .reverse_path = reverse_path };
	struct reading g;

	memset(out, 0, sizeof *out);
	open_message(&g, r, arena, bytes, len, NULL);
	read_digest(&g, out->digest);
	read_author(&g, out, &view.author);
	if (reverse_path == NULL)
		reverse_path = out->author_state == AUTHOR_ONE ? out->author.full : "";
	out->reverse_path = cut_octets(text_line(arena, reverse_path,
	    strlen(reverse_path), LETTER_LINE_MAX), LETTER_LINE_MAX);
	read_authentic(&g, out);
	out->subject = read_subject(&g);
	out->message_id = read_message_id(&g);
	out->text = read_text(&g);
	view.fields = &g.fields;
	view.content = &g.content;
	view.subject = out->subject;
	view.text = out->text;
	out->nature = nature_decide(&view, &out->why);
	read_said(&g, out);
	if (out->nature == NATURE_AUTOMATIC && says_signs(&g, out)) {
		out->nature = NATURE_HUMAN;
		out->why = "human";
	}
	read_reference(&g, out);
	read_hints(&g, out);
	read_traits(&g, out);
	if (out->nature != NATURE_HUMAN)
		read_report(&g, out);
}

void
reader_read_report(struct reader *r, struct arena *arena, const char *bytes,
    size_t len, struct letter *letter)
{
	struct reading g;

	if (letter->nature != NATURE_HUMAN)
		return;
	open_message(&g, r, arena, bytes, len, NULL);
	read_report(&g, letter);
}

static void
add_file(const struct reading *g, const struct part *file, struct letter *letter)
{
	struct charsets *charsets = g->reader->charsets;
	struct buf name = BUF_INIT, text = BUF_INIT;

	part_name(&file->content, charsets, &name);
	whole_text(g, file, &text);
	post_add_file(g->arena, text_line(g->arena, name.data, name.len, name.len),
	    text.data, text.len, letter);
	buf_free(&name);
	buf_free(&text);
}

void
reader_read_post(struct reader *r, struct arena *arena, const char *bytes,
    size_t len, struct letter *letter)
{
	struct part body, *files = mem_alloc(LETTER_POSTS * sizeof *files);
	struct buf text = BUF_INIT;
	struct reading g;
	size_t count, i;

	open_message(&g, r, arena, bytes, len, NULL);
	count = part_find_post(&body, files, LETTER_POSTS, r->charsets,
	    &g.content, g.fields.body, g.fields.body_len);
	whole_text(&g, &body, &text);
	post_split(r->setup.vocabulary, arena, text.data, text.len, letter);
	if (count > LETTER_POSTS) {
		letter->post_cut = true;
		count = LETTER_POSTS;
	}
	for (i = 0; i < count; i++)
		add_file(&g, &files[i], letter);
	buf_free(&text);
	free(files);
}

/* ---- more --------------------------------------------------------------- */

static const char *
read_return_path(struct reading *g)
{
	const struct header_field *f = fields_next(&g->fields, HEADER_RETURN_PATH, NULL);
	char *text, *end;

	if (f == NULL)
		return NULL;
	text = field_text(g->arena, f, LETTER_LINE_MAX);
	if (*text == '<')
		text++;
	end = text + strcspn(text, "> ");
	*end = '\0';
	return text;
}

static const char **
read_boxes(struct reading *g, const enum header *ids, size_t count)
{
	struct mailbox *box = mem_alloc(VISIBLE_MAX * sizeof *box);
	const struct header_field *f;
	const char **list;
	size_t i, n = 0;

	for (i = 0; i < count; i++)
		for (f = NULL; (f = fields_next(&g->fields, ids[i], f)) != NULL;)
			n += mailbox_read(g->arena, g->reader->charsets, g->hint, f,
			    box + n, VISIBLE_MAX - n);
	list = arena_alloc(g->arena, (n + 1) * sizeof *list);
	for (i = 0; i < n; i++)
		list[i] = box[i].address;
	free(box);
	return list;
}

void
reader_read_more(struct reader *r, struct arena *arena, const char *bytes,
    size_t len, struct reader_more *out)
{
	static const enum header delivered[] = {
		HEADER_DELIVERED_TO, HEADER_X_ORIGINAL_TO, HEADER_ENVELOPE_TO
	};
	static const enum header visible[] = { HEADER_TO, HEADER_CC };
	struct buf text = BUF_INIT;
	struct reading g;

	memset(out, 0, sizeof *out);
	open_message(&g, r, arena, bytes, len, &out->attachments);
	decode_text(&g, &g.part, HTML_WHOLE, &text);
	out->text_full = text_lines(arena, text.data, text.len, PART_TEXT);
	out->return_path = read_return_path(&g);
	out->delivered_to = read_boxes(&g, delivered, 3);
	out->visible_to = read_boxes(&g, visible, 2);
	buf_free(&text);
}

void
reader_findings(struct reader *r, const char *bytes, size_t len,
    const char *domain, struct findings *out)
{
	struct fields fields = { .field = r->field, .room = FIELDS_MAX };

	fields_read(&fields, bytes, len);
	findings_read(&fields, r->setup.trusted_authserv, domain, out);
}
