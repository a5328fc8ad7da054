/* update.c - compiling and putting together
 * SPDX-License-Identifier: ISC
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/arena.h"
#include "base/buf.h"
#include "message/job.h"
#include "template/library.h"
#include "template/markdown.h"
#include "template/mustache.h"
#include "template/update.h"
#include "template/vars.h"
#include "words/text.h"

#define SLOTS 64                /* variables that one mail may use */
#define MARK_RANDOM 24          /* letters, of 16 kinds: 96 bits */
#define MARK_LENGTH (MARK_RANDOM + 2)
#define KEEP_MAX (1u << 20)     /* octets of shapes kept for one update */

/* ---- words that somebody wrote ------------------------------------------------- */

/* What makes sense in a mail to everybody; those of lists are here too. */
static const char *const names[] = { "title", "slug", "address", "site",
	"language", "organisations", "actions", "url", "id", "text", "is_postcard",
	"is_letter", "is_video", "contact_name", "contact_address", "name",
	"country", "country_name", "city", "number", "date", "count", "days",
	"days_since", "rise", "milestone", "top_countries", "stop_link", NULL };

enum status
update_split(struct arena *arena, const char *name, const char *text, size_t len,
    const char **subject_out, const char **body_out, struct reason *why)
{
	static const char field[] = "subject:";
	size_t skip = sizeof field - 1, i, to = 0, line;
	char *own;

	*subject_out = *body_out = NULL;
	if (!text_is_utf8(text, len) || memchr(text, '\0', len) != NULL)
		return fail(why, INVALID, "%s: is not text in UTF-8; save it as "
		    "UTF-8", name);
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	own = arena_strndup(arena, text, len);
	for (i = 0; i < len; i++)
		if (own[i] != '\r' || own[i + 1] != '\n')
			own[to++] = own[i];
	own[to] = '\0';
	*body_out = own;
	if (strncasecmp(own, field, skip) != 0)
		return OK;
	line = strcspn(own, "\n");
	*subject_out = text_line(arena, own + skip, line - skip,
	    UPDATE_SUBJECT_MAX);
	*body_out = own + line;
	return OK;
}

struct check {
	const char *name;
	enum status st;
	struct reason *why;
};

static void
check_name(void *arg, enum name_use use, const char *name, int line)
{
	struct check *check = arg;
	size_t i;

	if (check->st != OK)
		return;
	if (use == NAME_PARTIAL) {
		check->st = fail(check->why, INVALID, "%s:%d: an update has no "
		    "parts such as {{>%s}}; write out what it says",
		    check->name, line, name);
		return;
	}
	for (i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], name) == 0)
			return;
	check->st = fail(check->why, INVALID, "%s:%d: updates have no variable "
	    "\"%s\"; undersigned-templates(5) lists them", check->name, line,
	    name);
}

static enum status
check_template(const char *name, const char *text, struct reason *why)
{
	struct check check = { name, OK, why };
	struct template *t = NULL;
	enum status st = template_parse(&t, text, strlen(text), name, why);

	if (st != OK)
		return st;
	template_names(t, check_name, &check);
	template_free(&t);
	return check.st;
}

static bool
is_empty(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

/* Letters that steer a terminal or a mail program instead of being read; others
 * look at the text before it goes out. */
static enum status
check_letters(const char *name, const char *text, struct reason *why)
{
	const unsigned char *at = (const unsigned char *)text;
	int line = 1;

	if (!text_is_utf8(text, strlen(text)))
		return fail(why, INVALID, "%s: is not text in UTF-8; save it as "
		    "UTF-8", name);
	for (; *at != '\0'; at++) {
		if ((*at < 0x20 && *at != '\t' && *at != '\n' && *at != '\r') ||
		    *at == 0x7f || (*at == 0xc2 && at[1] < 0xa0))
			return fail(why, INVALID, "%s:%d: has a control "
			    "character; remove it", name, line);
		line += *at == '\n';
	}
	return OK;
}

static enum status
check_text(const char *name, const char *text, struct reason *why)
{
	enum status st = check_letters(name, text, why);

	return st == OK ? check_template(name, text, why) : st;
}

enum status
update_check(const char *name, const char *subject, const char *body,
    struct reason *why)
{
	char *where;
	enum status st;

	if (subject == NULL || is_empty(subject))
		return fail(why, INVALID, "%s: has no subject; give it one in the "
		    "first line, as in \"Subject: News\"", name);
	if (strlen(subject) > UPDATE_SUBJECT_MAX)
		return fail(why, INVALID, "%s: the subject is longer than %d "
		    "octets", name, UPDATE_SUBJECT_MAX);
	if (is_empty(body))
		return fail(why, INVALID, "%s: has no text", name);
	if (strlen(body) > JOB_TEXT_MAX)
		return fail(why, INVALID, "%s: has %zu octets, and an update may "
		    "have %d; put the rest on a page and link to it", name,
		    strlen(body), JOB_TEXT_MAX);
	where = mem_printf("%s: subject", name);
	st = check_text(where, subject, why);
	free(where);
	return st == OK ? check_text(name, body, why) : st;
}

/* ---- an update and its shapes ------------------------------------------------------- */

/* Where a value stands. */
enum spot { SPOT_PLAIN, SPOT_HTML, SPOT_LINK };

struct piece {                  /* text, then a value */
	size_t from, len;
	int slot;               /* -1: none */
	enum spot spot;
};

struct run {                    /* a text cut at the marks */
	struct buf text;
	struct piece *pieces;
	size_t count, room;
};

struct shape {
	uint64_t filled;        /* bit of each slot that has a value */
	char *list;             /* its text; "" when there is none */
	struct run subject, plain, html;
	struct shape *next;     /* of those kept */
	bool kept;
};

struct update {
	const struct vars_base *base;
	const struct library_set *set;
	const struct sheet *sheet;
	struct template *subject, *body;
	const char *slots[SLOTS];       /* names, within templates */
	size_t count;
	struct shape *shapes;
	size_t kept;                    /* octets of them */
	char mark[MARK_RANDOM + 1];
	char place[MARK_RANDOM + 1];    /* where the body's HTML goes */
};

struct update_mail {
	struct shape *shape;
	const char *values[SLOTS];
};

/* Letters only, so that neither Markdown nor a parser of links minds them; not
 * to be guessed, or a text could hold one. */
static void
random_letters(char out[MARK_RANDOM + 1])
{
	unsigned char octets[MARK_RANDOM];
	size_t i;

	while (getrandom(octets, sizeof octets, 0) != (ssize_t)sizeof octets)
		continue;
	for (i = 0; i < MARK_RANDOM; i++)
		out[i] = (char)('a' + octets[i] % 16);
	out[MARK_RANDOM] = '\0';
}

/* ---- which values it uses -------------------------------------------------------------- */

struct gather {
	struct update *u;
	const char *seen[LIBRARY_PARTIALS];
	size_t seen_count;
	enum status st;
};

static bool
is_shared(const struct vars_base *base, const char *name)
{
	size_t i;

	for (i = 0; i < base->plain.count; i++)
		if (strcmp(base->plain.members[i].name, name) == 0)
			return true;
	return strcmp(name, "subject") == 0 || strcmp(name, "update") == 0;
}

static void
gather_slot(struct gather *g, const char *name)
{
	struct update *u = g->u;
	size_t i;

	if (is_shared(u->base, name))
		return;
	for (i = 0; i < u->count; i++)
		if (strcmp(u->slots[i], name) == 0)
			return;
	if (u->count == SLOTS)
		g->st = LIMIT;
	else
		u->slots[u->count++] = name;
}

static void
gather_name(void *arg, enum name_use use, const char *name, int line)
{
	struct gather *g = arg;
	const struct template *partial;
	size_t i;

	(void)line;
	if (use != NAME_PARTIAL) {
		gather_slot(g, name);
		return;
	}
	for (i = 0; i < g->seen_count; i++)
		if (strcmp(g->seen[i], name) == 0)
			return;
	partial = library_partial(g->u->set, name);
	if (partial == NULL || g->seen_count == LIBRARY_PARTIALS)
		return;
	g->seen[g->seen_count++] = name;
	template_names(partial, gather_name, g);
}

static enum status
gather_slots(struct update *u, struct reason *why)
{
	struct gather g = { .u = u, .st = OK };

	template_names(u->subject, gather_name, &g);
	template_names(u->body, gather_name, &g);
	template_names(u->sheet->subject, gather_name, &g);
	template_names(u->sheet->body, gather_name, &g);
	if (g.st != OK)
		return fail(why, LIMIT, "%s: an update uses more than %d "
		    "variables", u->sheet->path, SLOTS);
	return OK;
}

enum status
update_new(struct update **out, const struct vars_base *base,
    const struct library_set *set, const struct sheet *sheet,
    const char *subject, const char *body, struct reason *why)
{
	struct update *u = mem_alloc(sizeof *u);
	enum status st;

	u->base = base;
	u->set = set;
	u->sheet = sheet;
	random_letters(u->mark);
	random_letters(u->place);
	st = template_parse(&u->subject, subject, strlen(subject), "update", why);
	if (st == OK)
		st = template_parse(&u->body, body, strlen(body), "update", why);
	if (st == OK)
		st = gather_slots(u, why);
	if (st != OK)
		update_free(&u);
	*out = u;
	return st;
}

static void
run_clear(struct run *r)
{
	buf_free(&r->text);
	free(r->pieces);
}

static void
shape_free(struct shape *s)
{
	run_clear(&s->subject);
	run_clear(&s->plain);
	run_clear(&s->html);
	free(s->list);
	free(s);
}

void
update_free(struct update **up)
{
	struct update *u = *up;
	struct shape *next;

	if (u == NULL)
		return;
	while (u->shapes != NULL) {
		next = u->shapes->next;
		shape_free(u->shapes);
		u->shapes = next;
	}
	template_free(&u->subject);
	template_free(&u->body);
	free(u);
	*up = NULL;
}

/* ---- cutting ------------------------------------------------------------------------------ */

static void
add_piece(struct run *r, struct piece piece)
{
	if (r->count == r->room) {
		r->room = r->room * 2 + 8;
		r->pieces = mem_realloc(r->pieces, r->room, sizeof *r->pieces);
	}
	r->pieces[r->count++] = piece;
}

/* What HTML text up to TO makes of the place there.  cmark writes "<" only to
 * begin a tag. */
static enum spot
spot_after(const char *text, const char *to)
{
	const char *tag = memrchr(text, '<', (size_t)(to - text));

	return tag == NULL || memchr(tag, '>', (size_t)(to - tag)) != NULL ?
	    SPOT_HTML : SPOT_LINK;
}

static const char http[] = "https://";
#define HTTP_LENGTH (sizeof http - 1)

/* A mark for an address is one on each side of an @, for a URL after https://,
 * so that Markdown takes it for what it is. */
static char *
mark_of(const struct update *u, struct arena *arena, size_t slot)
{
	char *mark = arena_printf(arena, "%s%c%c", u->mark,
	    (char)('a' + slot / 16), (char)('a' + slot % 16));

	switch (vars_kind(u->slots[slot])) {
	case VARS_URL:
		return arena_printf(arena, "%s%s", http, mark);
	case VARS_ADDRESS:
		return arena_printf(arena, "%s@%s", mark, mark);
	default:
		return mark;
	}
}

/* The mark at HIT is of this slot; where what stands for the value begins and
 * ends, and what kind of place it is. */
static struct piece
piece_at(const struct update *u, const char *text, const char *hit, bool html,
    const char **end_out)
{
	const char *index = hit + MARK_RANDOM, *start = hit, *end = index + 2;
	int slot = (index[0] - 'a') * 16 + index[1] - 'a';
	enum vars_kind kind = vars_kind(u->slots[slot]);
	enum spot spot = html ? spot_after(text, hit) : SPOT_PLAIN;

	if (kind == VARS_URL && (size_t)(hit - text) >= HTTP_LENGTH &&
	    strncmp(hit - HTTP_LENGTH, http, HTTP_LENGTH) == 0)
		start -= HTTP_LENGTH;
	if (kind == VARS_ADDRESS && *end == '@' &&
	    strncmp(end + 1, hit, MARK_LENGTH) == 0)
		end += 1 + MARK_LENGTH;
	/* A link of our own is one already, whatever it is put into. */
	if (spot == SPOT_LINK && (kind == VARS_URL || kind == VARS_ADDRESS))
		spot = SPOT_HTML;
	*end_out = end;
	return (struct piece){ 0, (size_t)(start - text), slot, spot };
}

static void
cut(const struct update *u, struct run *r, bool html)
{
	const char *text = r->text.data, *from = text, *hit, *end;

	while ((hit = strstr(from, u->mark)) != NULL) {
		struct piece piece = piece_at(u, text, hit, html, &end);

		piece.from = (size_t)(from - text);
		piece.len -= piece.from;
		add_piece(r, piece);
		from = end;
	}
	add_piece(r, (struct piece){ (size_t)(from - text), strlen(from), -1,
	    SPOT_PLAIN });
}

/* ---- making a shape -------------------------------------------------------------------------- */

/* What Mustache is given while a shape is made. */
struct marked {
	struct arena *arena;
	const struct update *u;
	struct member *plain, *html;
	size_t count;
};

static void
put(struct marked *m, const char *name, struct value plain, struct value html)
{
	m->plain[m->count] = (struct member){ name, plain };
	m->html[m->count++] = (struct member){ name, html };
}

static void
put_text(struct marked *m, const char *name, const char *plain, const char *html)
{
	put(m, name, (struct value){ .kind = VALUE_TEXT, .text = plain },
	    (struct value){ .kind = VALUE_TEXT, .text = html });
}

static void
marked_begin(struct marked *m, struct arena *arena, const struct update *u,
    const struct countries *countries, const struct update_mail *mail)
{
	const struct vars_base *base = u->base;
	struct vars list;
	size_t i;

	*m = (struct marked){ .arena = arena, .u = u, .count = base->plain.count };
	m->plain = arena_alloc(arena, (m->count + SLOTS + 2) * sizeof *m->plain);
	m->html = arena_alloc(arena, (m->count + SLOTS + 2) * sizeof *m->html);
	memcpy(m->plain, base->plain.members, m->count * sizeof *m->plain);
	memcpy(m->html, base->html.members, m->count * sizeof *m->html);
	for (i = 0; i < u->count; i++) {
		const char *mark = mail->values[i][0] == '\0' ? "" :
		    mark_of(u, arena, i);

		if (vars_kind(u->slots[i]) == VARS_LIST) {
			vars_list(&list, arena, base, countries,
			    mail->values[i]);
			put(m, u->slots[i], list.plain, list.html);
		} else
			put_text(m, u->slots[i], mark, mark);
	}
}

static enum status
fill(const struct marked *m, const struct template *t, bool html,
    struct buf *out, struct reason *why)
{
	struct value data = { .kind = VALUE_MAP, .count = m->count,
	    .members = html ? m->html : m->plain };

	return template_render(t, &data, ESCAPE_NONE, library_partial, m->u->set,
	    out, why);
}

/* The update's own words; the mail's template sees them as variables. */
static enum status
fill_words(struct marked *m, struct buf *body_html, struct reason *why)
{
	const struct update *u = m->u;
	struct buf subject = BUF_INIT, body = BUF_INIT, markdown = BUF_INIT;
	enum status st;
	char *line;

	st = fill(m, u->subject, false, &subject, why);
	if (st == OK)
		st = fill(m, u->body, false, &body, why);
	if (st == OK)
		st = fill(m, u->body, true, &markdown, why);
	if (st == OK) {
		markdown_tidy(&body);
		markdown_html(markdown.data, markdown.len, body_html);
		line = text_line(m->arena, subject.data, subject.len,
		    UPDATE_SUBJECT_MAX * 2);
		put_text(m, "subject", line, markdown_escape(m->arena, line));
		put_text(m, "update", arena_strndup(m->arena, body.data,
		    body.len), u->place);
	}
	buf_free(&subject);
	buf_free(&body);
	buf_free(&markdown);
	return st;
}

static enum status
fill_mail(struct marked *m, struct shape *s, struct reason *why)
{
	const struct update *u = m->u;
	struct buf words = BUF_INIT, markdown = BUF_INIT, fragment = BUF_INIT;
	enum status st = fill_words(m, &words, why);

	if (st == OK)
		st = fill(m, u->sheet->subject, false, &s->subject.text, why);
	if (st == OK)
		st = fill(m, u->sheet->body, false, &s->plain.text, why);
	if (st == OK)
		st = fill(m, u->sheet->body, true, &markdown, why);
	if (st == OK) {
		markdown_tidy(&s->plain.text);
		markdown_html(markdown.data, markdown.len, &fragment);
		markdown_put(&fragment, u->place, words.data, words.len);
		markdown_document(u->base->language, fragment.data, fragment.len,
		    &s->html.text);
		cut(u, &s->subject, false);
		cut(u, &s->plain, false);
		cut(u, &s->html, true);
	}
	buf_free(&words);
	buf_free(&markdown);
	buf_free(&fragment);
	return st;
}

static enum status
shape_new(struct shape **out, const struct update *u, struct arena *arena,
    const struct countries *countries, const struct update_mail *mail,
    uint64_t filled, const char *list, struct reason *why)
{
	struct shape *s = mem_alloc(sizeof *s);
	struct marked m;
	enum status st;

	s->filled = filled;
	s->list = mem_strdup(list);
	buf_init(&s->subject.text);
	buf_init(&s->plain.text);
	buf_init(&s->html.text);
	marked_begin(&m, arena, u, countries, mail);
	st = fill_mail(&m, s, why);
	if (st != OK)
		shape_free(s);
	*out = st == OK ? s : NULL;
	return st;
}

/* A few shapes serve everybody; what comes beyond the bound is made for one
 * mail and goes with it. */
static void
keep(struct update *u, struct shape *s)
{
	size_t size = sizeof *s + s->subject.text.room + s->plain.text.room +
	    s->html.text.room + strlen(s->list) + sizeof *s->html.pieces *
	    (s->subject.room + s->plain.room + s->html.room);

	if (u->kept + size > KEEP_MAX && u->shapes != NULL)
		return;
	u->kept += size;
	s->kept = true;
	s->next = u->shapes;
	u->shapes = s;
}

enum status
update_open(struct update *u, struct arena *arena,
    const struct countries *countries, const struct job *job,
    struct update_mail **out, struct reason *why)
{
	struct update_mail *mail = arena_alloc(arena, sizeof *mail);
	const char *list = "";
	uint64_t filled = 0;
	enum status st = OK;
	size_t i;

	for (i = 0; i < u->count; i++) {
		mail->values[i] = vars_value(arena, u->base, countries, job,
		    u->slots[i]);
		if (mail->values[i][0] != '\0')
			filled |= (uint64_t)1 << i;
		if (vars_kind(u->slots[i]) == VARS_LIST)
			list = mail->values[i];
	}
	for (mail->shape = u->shapes; mail->shape != NULL;
	    mail->shape = mail->shape->next)
		if (mail->shape->filled == filled &&
		    strcmp(mail->shape->list, list) == 0)
			break;
	if (mail->shape == NULL) {
		st = shape_new(&mail->shape, u, arena, countries, mail, filled,
		    list, why);
		if (st == OK)
			keep(u, mail->shape);
	}
	*out = st == OK ? mail : NULL;
	return st;
}

void
update_release(struct update_mail **mp)
{
	struct update_mail *m = *mp;

	if (m != NULL && !m->shape->kept)
		shape_free(m->shape);
	*mp = NULL;
}

/* ---- putting a mail together --------------------------------------------------------------- */

/* Lines of a value stay lines. */
static void
put_html(struct buf *out, const char *s)
{
	struct buf escaped = BUF_INIT;
	const char *at, *end;

	if (strpbrk(s, "\n") == NULL) {
		template_put_html(out, s);
		return;
	}
	template_put_html(&escaped, s);
	for (at = escaped.data; (end = strchr(at, '\n')) != NULL; at = end + 1) {
		buf_add(out, at, (size_t)(end - at));
		buf_addstr(out, "<br />\n");
	}
	buf_addstr(out, at);
	buf_wipe(&escaped);
}

/* A part of a link and no more: it can end nothing and begin nothing. */
static void
put_percent(struct buf *out, const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

	for (; *s != '\0'; s++) {
		if (strchr(plain, *s) != NULL)
			buf_addch(out, *s);
		else
			buf_addf(out, "%%%02X", (unsigned)(unsigned char)*s);
	}
}

static void
write_run(const struct run *r, const struct update_mail *m, struct buf *out)
{
	size_t i;

	for (i = 0; i < r->count; i++) {
		const struct piece *p = &r->pieces[i];

		buf_add(out, r->text.data + p->from, p->len);
		if (p->slot < 0)
			continue;
		switch (p->spot) {
		case SPOT_PLAIN:
			buf_addstr(out, m->values[p->slot]);
			break;
		case SPOT_HTML:
			put_html(out, m->values[p->slot]);
			break;
		case SPOT_LINK:
			put_percent(out, m->values[p->slot]);
			break;
		}
	}
}

void
update_write(const struct update_mail *m, struct buf *subject,
    struct buf *plain, struct buf *html)
{
	write_run(&m->shape->subject, m, subject);
	write_run(&m->shape->plain, m, plain);
	write_run(&m->shape->html, m, html);
}
