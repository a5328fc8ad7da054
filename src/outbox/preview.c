/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "config/campaign.h"
#include "config/config.h"
#include "message/job.h"
#include "outbox/figures.h"
#include "outbox/outbox.h"
#include "outbox/preview.h"
#include "store/mailing.h"
#include "template/library.h"
#include "template/update.h"
#include "template/vars.h"

#define PREVIEW_MAX 150000      /* octets; the mail has them twice */

struct showing {
	const struct outbox_setup *setup;
	struct arena *arena;
	const struct campaign *campaign;
	struct library *library;
	struct job job;
	struct buf out;
};

/* Nobody in particular. */
static void
sample_person(struct showing *s, const struct mailing *m, int64_t now)
{
	struct figures figures;
	char date[11];

	s->job = (struct job){ .campaign = s->campaign->slug };
	clock_date(clock_day(now), date);
	if (s->campaign->seals)
		job_set(&s->job, "sealed", "1");
	else {
		job_set(&s->job, "name", "Ada Lovelace");
		job_set(&s->job, "city", "Oslo");
	}
	job_set(&s->job, "country", "NO");
	job_set(&s->job, "country_name", "NO");
	job_set(&s->job, "number", "1234");
	job_set(&s->job, "date", arena_strdup(s->arena, date));
	job_set(&s->job, "state_confirmed", "1");
	job_set(&s->job, "updates", "1");
	outbox_ways(&s->job, s->arena, s->setup, s->campaign, m->campaign, 0,
	    now);               /* tokens of nobody */
	if (figures_read(&figures, s->setup->store, s->arena, m->campaign, m->id,
	    now) == OK)
		figures_set(&s->job, s->arena, &figures);
}

static const struct sheet *
update_sheet(const struct library_set *set)
{
	size_t i;

	for (i = 0; library_kinds[i] != NULL; i++)
		if (strcmp(library_kinds[i], "update") == 0)
			return set->mails[i];
	return NULL;
}

static void
add_mail(struct showing *s, const char *language, const struct buf *subject,
    const struct buf *plain)
{
	buf_addf(&s->out, "---\n\n**%s: %s**\n\n%s\n\n", language, subject->data,
	    plain->data);
}

static enum status
show(struct showing *s, const struct library_set *set,
    const struct campaign_language *l, const struct mailing_text *text)
{
	struct buf subject = BUF_INIT, plain = BUF_INIT, html = BUF_INIT;
	struct update *update = NULL;
	struct update_mail *mail = NULL;
	struct vars_base base;
	enum status st;

	vars_base_make(&base, s->arena, s->campaign, l,
	    s->setup->config->mail_domain, "");
	st = update_new(&update, &base, set, update_sheet(set), text->subject,
	    text->body, NULL);
	if (st == OK)
		st = update_open(update, s->arena, NULL, &s->job, &mail, NULL);
	if (st == OK) {
		update_write(mail, &subject, &plain, &html);
		add_mail(s, text->language, &subject, &plain);
	}
	update_release(&mail);
	update_free(&update);
	buf_free(&subject);
	buf_free(&plain);
	buf_free(&html);
	return st;
}

static enum status
show_text(struct showing *s, const struct mailing_text *text)
{
	const struct campaign_language *l = campaign_language(s->campaign,
	    text->language);
	struct library_set set;
	enum status st;

	if (l == NULL)
		return OK;              /* the campaign has given it up */
	st = library_set(s->library, s->campaign, l->code, &set, NULL);
	if (st != OK)
		return st;
	st = show(s, &set, l, text);
	library_set_clear(&set);
	return st;
}

/* Between characters. */
static void
shorten(struct buf *text)
{
	size_t n = PREVIEW_MAX;

	if (text->len <= n)
		return;
	while (n > 0 && (text->data[n] & 0xc0) == 0x80)
		n--;
	buf_cut(text, n);
	buf_addstr(text, "\n\n[...]\n");
}

enum status
preview_text(const struct outbox_setup *setup, struct arena *arena,
    const struct campaign *campaign, int64_t mailing, int64_t now,
    const char **out)
{
	struct showing s = { .setup = setup, .arena = arena,
	    .campaign = campaign, .out = BUF_INIT };
	struct mailing_text *texts;
	struct mailing m;
	size_t count = 0, i;
	enum status st = store_mailing_get(setup->store, arena, mailing, &m);

	if (st == OK)
		st = store_mailing_texts(setup->store, arena, mailing, &texts,
		    &count);
	if (st != OK)
		return st;
	s.library = library_new(setup->config->template_dir);
	sample_person(&s, &m, now);
	for (i = 0; st == OK && i < count; i++)
		st = show_text(&s, &texts[i]);
	shorten(&s.out);
	*out = arena_strndup(arena, s.out.data, s.out.len);
	buf_free(&s.out);
	library_free(&s.library);
	return st;
}
