/* render.c - a job becomes a mail
 * SPDX-License-Identifier: ISC
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "config/campaign.h"
#include "delivery/header.h"
#include "template/library.h"
#include "template/markdown.h"
#include "template/mustache.h"
#include "delivery/encoding.h"
#include "delivery/render.h"
#include "delivery/texts.h"
#include "template/vars.h"
#include "message/job.h"
#include "seal/sha256.h"

#define RANDOM_TEXT 33          /* 128 bits in hexadecimal, and a NUL */
#define MARK "undersignedpetition"

/* One campaign in one language. */
struct scene {
	const struct campaign_language *language;
	struct vars_base base;
	struct library_set set;
	struct buf petition;            /* its HTML */
	char text[SHA256_NAME + 1];     /* name of its text */
};

struct renderer {
	const struct countries *countries;
	char *mail_domain;
	char mark[sizeof MARK + RANDOM_TEXT];   /* where the petition goes */
	struct library *library;
	struct texts *updates;          /* their words */
	struct arena *arena;            /* of the scenes' values */
	struct scene *scenes;
	size_t count;
};

/* The mark and boundaries must not be guessable, or a mail could hold one.  The
 * system's generator does not fail for so few octets once it is seeded.  A thread
 * draws for many mails at once, and keeps nothing of what it has used. */
static void
random_text(char out[RANDOM_TEXT])
{
	static _Thread_local unsigned char drawn[256];
	static _Thread_local size_t left;
	unsigned char *octet;
	size_t i, n = (RANDOM_TEXT - 1) / 2;

	_Static_assert(sizeof drawn % ((RANDOM_TEXT - 1) / 2) == 0, "all is used");
	if (left == 0) {
		while (getrandom(drawn, sizeof drawn, 0) != sizeof drawn)
			continue;
		left = sizeof drawn;
	}
	octet = drawn + sizeof drawn - left;
	for (i = 0; i < n; i++) {
		out[2 * i] = "0123456789abcdef"[octet[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[octet[i] & 15];
	}
	out[2 * n] = '\0';
	explicit_bzero(octet, n);
	left -= n;
}

/* ---- making it ----------------------------------------------------------------- */

static enum status
scene_make(struct renderer *r, const struct campaign *c,
    const struct campaign_language *l, struct reason *why)
{
	struct scene *s = &r->scenes[r->count];
	enum status st = library_set(r->library, c, l->code, &s->set, why);

	if (st != OK)
		return st;
	s->language = l;
	buf_init(&s->petition);
	if (l->petition != NULL) {
		markdown_html(l->petition, strlen(l->petition), &s->petition);
		seal_sha256_name(l->petition_bytes, l->petition_len, s->text);
	}
	vars_base_make(&s->base, r->arena, c, l, r->mail_domain, r->mark);
	r->count++;
	return OK;
}

static size_t
count_scenes(const struct campaigns *cs)
{
	size_t i, n = 0;

	for (i = 0; i < campaigns_count(cs); i++)
		n += campaigns_at(cs, i)->language_count;
	return n;
}

enum status
renderer_new(struct renderer **out, const char *template_dir,
    const struct campaigns *cs, const struct countries *countries,
    const char *mail_domain, struct reason *why)
{
	struct renderer *r = mem_alloc(sizeof *r);
	char text[RANDOM_TEXT];
	enum status st = OK;
	size_t i, j;

	random_text(text);
	(void)snprintf(r->mark, sizeof r->mark, MARK "%s", text);
	r->countries = countries;
	r->mail_domain = mem_strdup(mail_domain);
	r->library = library_new(template_dir);
	r->updates = texts_new();
	r->arena = arena_new();
	r->scenes = mem_alloc(count_scenes(cs) * sizeof *r->scenes);
	for (i = 0; st == OK && i < campaigns_count(cs); i++) {
		const struct campaign *c = campaigns_at(cs, i);

		for (j = 0; st == OK && j < c->language_count; j++)
			st = scene_make(r, c, &c->languages[j], why);
	}
	if (st != OK)
		renderer_free(&r);
	*out = r;
	return st;
}

void
renderer_free(struct renderer **rp)
{
	struct renderer *r = *rp;
	size_t i;

	if (r == NULL)
		return;
	texts_free(&r->updates);
	for (i = 0; i < r->count; i++) {
		library_set_clear(&r->scenes[i].set);
		buf_free(&r->scenes[i].petition);
	}
	free(r->scenes);
	arena_free(&r->arena);
	library_free(&r->library);
	free(r->mail_domain);
	free(r);
	*rp = NULL;
}

void
renderer_set_text(struct renderer *r, const struct job_text *text)
{
	texts_set(r->updates, text);
}

void
renderer_take_texts(struct renderer *to, const struct renderer *from)
{
	texts_copy(to->updates, from->updates);
}

/* ---- finding what a job needs ------------------------------------------------------ */

/* In the job's language; when the campaign has given that up since, in its
 * default language. */
static const struct scene *
find_scene(const struct renderer *r, const struct job *job)
{
	const struct scene *found = NULL;
	size_t i;

	for (i = 0; i < r->count; i++) {
		const struct scene *s = &r->scenes[i];

		if (strcmp(s->base.campaign->slug, job->campaign) != 0)
			continue;
		if (strcmp(s->language->code, job->language) == 0)
			return s;
		if (found == NULL || strcmp(s->language->code,
		    s->base.campaign->default_language) == 0)
			found = s;
	}
	return found;
}

static const struct sheet *
find_sheet(const struct scene *s, const char *kind)
{
	size_t i;

	for (i = 0; library_kinds[i] != NULL; i++)
		if (strcmp(library_kinds[i], kind) == 0)
			return s->set.mails[i];
	return NULL;
}

static enum status
check_job(const struct job *job, struct reason *why)
{
	const char *wrong = NULL;

	if (!header_address_ok(job->to))
		wrong = "to";
	else if (!header_address_ok(job->from))
		wrong = "from";
	else if (job->reply_to != NULL && !header_address_ok(job->reply_to))
		wrong = "reply_to";
	else if (job->unsubscribe != NULL && !header_address_ok(job->unsubscribe))
		wrong = "unsubscribe";
	else if (job->unsubscribe_url != NULL &&
	    !header_url_ok(job->unsubscribe_url))
		wrong = "unsubscribe_url";
	else if (!header_id_ok(job->message_id))
		wrong = "message_id";
	if (wrong == NULL)
		return OK;
	return fail(why, INVALID, "o=%lld: the value of \"%s\" is not fit for a "
	    "mail header", (long long)job->id, wrong);
}

/* ---- text ----------------------------------------------------------------------------- */

/* What the templates make of the job. */
struct parts {
	struct buf subject, plain, html;
};

static void
parts_clear(struct parts *t)
{
	buf_wipe(&t->subject);
	buf_wipe(&t->plain);
	buf_wipe(&t->html);
}

static enum status
parts_make(const struct renderer *r, const struct scene *s,
    const struct sheet *sheet, struct arena *arena, const struct job *job, struct parts *t,
    struct reason *why)
{
	struct buf markdown = BUF_INIT, fragment = BUF_INIT;
	const struct library_set *set = &s->set;
	struct vars vars;
	enum status st;

	vars_make(&vars, arena, &s->base, r->countries, job);
	st = template_render(sheet->subject, &vars.plain, ESCAPE_NONE,
	    library_partial, set, &t->subject, why);
	if (st == OK)
		st = template_render(sheet->body, &vars.plain, ESCAPE_NONE,
		    library_partial, set, &t->plain, why);
	if (st == OK)
		st = template_render(sheet->body, &vars.html, ESCAPE_NONE,
		    library_partial, set, &markdown, why);
	if (st == OK) {
		markdown_tidy(&t->plain);
		markdown_html(markdown.data, markdown.len, &fragment);
		markdown_put(&fragment, r->mark, s->petition.data,
		    s->petition.len);
		markdown_document(s->language->code, fragment.data, fragment.len,
		    &t->html);
	}
	buf_wipe(&markdown);
	buf_wipe(&fragment);
	return st;
}

/* ---- the mail --------------------------------------------------------------------------- */

/* The https form first, RFC 8058; folded between the two and never within one:
 * a signature has to survive it. */
static void
put_unsubscribe(struct buf *out, const struct job *job)
{
	struct buf mailto = BUF_INIT;
	const char *url = job->unsubscribe_url;

	if (job->unsubscribe != NULL)
		header_mailto(&mailto, job->unsubscribe);
	if (url != NULL)
		buf_addf(out, "List-Unsubscribe: <%s>%s%s\r\n", url,
		    mailto.len > 0 ? ",\r\n " : "", mailto.data);
	else if (mailto.len > 0)
		buf_addf(out, "List-Unsubscribe: %s\r\n", mailto.data);
	if (url != NULL && job->bulk)
		header_token(out, "List-Unsubscribe-Post",
		    "List-Unsubscribe=One-Click");
	buf_free(&mailto);
}

/* RFC 2369, RFC 2919. */
static void
put_list_fields(struct buf *out, const struct job *job, const struct scene *s,
    const struct renderer *r)
{
	const struct campaign *c = s->base.campaign;
	const struct campaign_contact *contact = campaign_contact(c, NULL, NULL);
	struct buf value = BUF_INIT;

	buf_addf(&value, "%s.%s", c->slug, r->mail_domain);
	header_mailbox(out, "List-Id", s->language->title, value.data);
	buf_clear(&value);
	header_mailto(&value, job->from);
	buf_cut(&value, value.len - 1);
	buf_addstr(&value, "?subject=help>");
	header_token(out, "List-Help", value.data);
	buf_clear(&value);
	header_mailto(&value, contact != NULL && contact->address != NULL ?
	    contact->address : job->from);
	header_token(out, "List-Owner", value.data);
	header_token(out, "List-Post", "NO");
	header_token(out, "Precedence", "bulk");
	buf_free(&value);
}

static void
put_thread(struct buf *out, const struct job *job)
{
	/* The one value a stranger chose: left out when it is not fit. */
	if (!header_id_ok(job->in_reply_to))
		return;
	header_token(out, "In-Reply-To", job->in_reply_to);
	header_token(out, "References", job->in_reply_to);
}

static void
put_header(struct buf *out, const struct job *job, const struct scene *s,
    const struct renderer *r, const char *subject)
{
	char date[32];

	clock_mail_date(job->date, date);
	header_mailbox(out, "From", s->language->title, job->from);
	header_mailbox(out, "To", job->to_name, job->to);
	if (job->reply_to != NULL)
		header_mailbox(out, "Reply-To", NULL, job->reply_to);
	header_text(out, "Subject", subject);
	header_token(out, "Date", date);
	header_token(out, "Message-ID", job->message_id);
	put_thread(out, job);
	header_token(out, "Auto-Submitted",
	    job->auto_replied ? "auto-replied" : "auto-generated");
	header_token(out, "X-Auto-Response-Suppress", "All");
	put_unsubscribe(out, job);
	if (job->bulk)
		put_list_fields(out, job, s, r);
	header_token(out, "Content-Language", s->language->code);
	header_token(out, "MIME-Version", "1.0");
}

static void
put_boundary(struct buf *out, const char *boundary, const char *after)
{
	buf_addstr(out, "--=_");
	buf_addstr(out, boundary);
	buf_addstr(out, after);
}

static void
put_body(struct buf *out, const struct parts *t)
{
	char boundary[RANDOM_TEXT];

	random_text(boundary);
	buf_addf(out, "Content-Type: multipart/alternative;\r\n"
	    " boundary=\"=_%s\"\r\n\r\n", boundary);
	put_boundary(out, boundary, "\r\n");
	encoding_part(out, "text/plain", t->plain.data, t->plain.len);
	buf_addstr(out, "\r\n");
	put_boundary(out, boundary, "\r\n");
	encoding_part(out, "text/html", t->html.data, t->html.len);
	buf_addstr(out, "\r\n");
	put_boundary(out, boundary, "--\r\n");
}

/* PARTS are to be cleared, whatever the answer. */
static enum status
render_parts(const struct renderer *r, const struct job *job,
    const struct scene **scene_out, struct parts *parts, struct reason *why)
{
	const struct scene *s = find_scene(r, job);
	const struct sheet *sheet = NULL;
	struct arena *arena;
	enum status st = check_job(job, why);

	*parts = (struct parts){ BUF_INIT, BUF_INIT, BUF_INIT };
	*scene_out = s;
	if (st != OK)
		return st;
	if (s != NULL)
		sheet = find_sheet(s, job->template_name);
	if (sheet == NULL)
		return fail(why, NOT_FOUND, "o=%lld: there is no %s",
		    (long long)job->id, s == NULL ? "such campaign any more" :
		    "mail of that kind");
	if (job->text != NULL && strcmp(job->text, s->text) != 0)
		return fail(why, AGAIN, "o=%lld: it is made for another text of "
		    "the petition", (long long)job->id);
	arena = arena_new();
	if (job->mailing == 0)
		st = parts_make(r, s, sheet, arena, job, parts, why);
	else
		st = texts_write(r->updates, arena, job, &s->base, &s->set,
		    sheet, r->countries, &parts->subject, &parts->plain,
		    &parts->html, why);
	arena_free(&arena);
	return st;
}

enum status
render_job(const struct renderer *r, const struct job *job, struct buf *out,
    struct reason *why)
{
	const struct scene *s;
	struct parts parts;
	enum status st = render_parts(r, job, &s, &parts, why);

	if (st == OK) {
		put_header(out, job, s, r, parts.subject.data);
		put_body(out, &parts);
	}
	parts_clear(&parts);
	return st;
}

enum status
render_text(const struct renderer *r, const struct job *job, struct buf *subject,
    struct buf *plain, struct reason *why)
{
	const struct scene *s;
	struct parts parts;
	enum status st = render_parts(r, job, &s, &parts, why);

	if (st == OK) {
		buf_addstr(subject, parts.subject.data);
		buf_addstr(plain, parts.plain.data);
	}
	parts_clear(&parts);
	return st;
}
