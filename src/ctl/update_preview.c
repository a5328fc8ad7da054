/* update_preview.c - an update before it goes out: to read, as a mail, by mail
 * SPDX-License-Identifier: ISC
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "config/campaign.h"
#include "config/config.h"
#include "ctl/ctl.h"
#include "ctl/update.h"
#include "delivery/render.h"
#include "message/address.h"
#include "message/job.h"
#include "outbox/outbox.h"
#include "store/mailing.h"
#include "store/store.h"
#include "words/country.h"

struct preview {
	struct updating *u;
	struct countries *countries;
	struct renderer *renderer;
	const struct mailing_text *texts;       /* those to be shown */
	size_t count;
};

/* ---- what is shown --------------------------------------------------------------- */

static int
choose_texts(struct preview *p)
{
	const char *language = ctl_value(p->u->ctl, "language");
	struct mailing_text *texts;
	size_t i;
	int code = update_texts(p->u, &texts, &p->count);

	p->texts = texts;
	if (code != 0 || language == NULL)
		return code;
	for (i = 0; i < p->count; i++)
		if (strcmp(texts[i].language, language) == 0) {
			p->texts = &texts[i];
			p->count = 1;
			return 0;
		}
	return ctl_complain(EXIT_NOT, "update %" PRId64 " is not written in "
	    "\"%s\"", p->u->mailing.id, language);
}

static int
open_renderer(struct preview *p)
{
	const struct ctl *ctl = p->u->ctl;
	const struct config *config = ctl->config;
	struct reason why = { "" };
	enum status st;
	size_t i;

	st = countries_load(&p->countries, NULL, NULL,
	    campaigns_languages(ctl->campaigns), &why);
	if (st == OK)
		st = renderer_new(&p->renderer, config->template_dir,
		    ctl->campaigns, p->countries, config->mail_domain, &why);
	if (st != OK)
		return ctl_complain(EXIT_NOT, "%s", why.text);
	for (i = 0; i < p->count; i++) {
		struct job_text text = { p->u->mailing.id, p->u->campaign->slug,
		    p->texts[i].language, p->texts[i].subject,
		    p->texts[i].body };

		renderer_set_text(p->renderer, &text);
	}
	return 0;
}

static int
make_job(const struct preview *p, const struct mailing_text *text,
    struct job *out)
{
	const struct updating *u = p->u;
	struct outbox_setup setup = { u->ctl->store, u->ctl->keys,
	    u->ctl->config, NULL };
	const char *name = ctl_value(u->ctl, "name");
	enum status st = outbox_sample(&setup, u->arena, u->campaign,
	    u->campaign_id, u->mailing.id, text->language, clock_now(), out);

	if (st != OK)
		return ctl_complain(EXIT_NOT, "the database cannot be read: %s",
		    status_text(st));
	job_set(out, "name", name);
	out->to_name = name;
	return 0;
}

/* ---- to read ------------------------------------------------------------------------ */

static int
show(const struct preview *p)
{
	struct buf subject = BUF_INIT, plain = BUF_INIT;
	struct reason why = { "" };
	struct job job;
	size_t i;
	int code = 0;

	for (i = 0; code == 0 && i < p->count; i++) {
		code = make_job(p, &p->texts[i], &job);
		buf_clear(&subject);
		buf_clear(&plain);
		if (code == 0 && render_text(p->renderer, &job, &subject, &plain,
		    &why) != OK)
			code = ctl_complain(EXIT_NOT, "%s", why.text);
		if (code == 0)
			(void)printf("%sLanguage: %s\nSubject: %s\n\n%s",
			    i == 0 ? "" : "\n\n", job.language, subject.data,
			    plain.data);
	}
	buf_free(&subject);
	buf_free(&plain);
	return code;
}

/* ---- the mail itself ------------------------------------------------------------------- */

/* Lines end as in other files here.  Several mails are an mbox: a line "From "
 * before each, and none within. */
static void
put_mail(FILE *f, const struct buf *mail, const struct job *job, bool mbox)
{
	char date[32];
	size_t i;

	if (mbox) {
		clock_mail_date(job->date, date);
		(void)fprintf(f, "From %s %.3s %.3s %.2s %.8s %.4s\n", job->from,
		    date, date + 8, date + 5, date + 17, date + 12);
	}
	for (i = 0; i < mail->len; i++) {
		if (mail->data[i] == '\r')
			continue;
		if (mbox && (i == 0 || mail->data[i - 1] == '\n') &&
		    strncmp(mail->data + i, "From ", 5) == 0)
			(void)fputc('>', f);
		(void)fputc(mail->data[i], f);
	}
	if (mbox)
		(void)fputc('\n', f);
}

static int
write_mails(const struct preview *p, FILE *f)
{
	struct buf mail = BUF_INIT;
	struct reason why = { "" };
	struct job job;
	size_t i;
	int code = 0;

	for (i = 0; code == 0 && i < p->count; i++) {
		code = make_job(p, &p->texts[i], &job);
		buf_clear(&mail);
		if (code == 0 && render_job(p->renderer, &job, &mail, &why) != OK)
			code = ctl_complain(EXIT_NOT, "%s", why.text);
		if (code == 0)
			put_mail(f, &mail, &job, p->count > 1);
	}
	buf_free(&mail);
	return code;
}

static int
write_file(const struct preview *p, const char *path)
{
	FILE *f;
	int code;

	if (strcmp(path, "-") == 0)
		return write_mails(p, stdout);
	f = fopen(path, "we");
	if (f == NULL)
		return ctl_complain(EXIT_NOT, "%s: %s", path, strerror(errno));
	code = write_mails(p, f);
	if (fclose(f) != 0 && code == 0)
		code = ctl_complain(EXIT_NOT, "%s: %s", path, strerror(errno));
	return code;
}

/* ---- by mail -------------------------------------------------------------------------------- */

static enum status
promise(const struct preview *p, const char *to)
{
	const struct updating *u = p->u;
	struct store *store = u->ctl->store;
	char *number = arena_printf(u->arena, "%" PRId64, u->mailing.id);
	int64_t now = clock_now();
	enum status st = store_begin(store);
	size_t i;

	if (st != OK)
		return st;
	for (i = 0; st == OK && i < p->count; i++) {
		struct promise promise = { .campaign = u->campaign_id,
		    .class = OUTBOX_ANSWER, .kind = "update",
		    .language = p->texts[i].language, .due_at = now, .to = to,
		    .extra = { { "mailing", number },
		    { "name", ctl_value(u->ctl, "name") } } };

		if (promise.extra[1].value == NULL)
			promise.extra[1].name = NULL;
		st = outbox_promise(store, u->ctl->keys, &promise, now);
	}
	if (st == OK)
		return store_commit(store);
	store_rollback(store);
	return st;
}

static int
mail_to(const struct preview *p, const char *to)
{
	struct address address;
	enum status st;

	if (address_parse(&address, p->u->arena, to, strlen(to)) != OK)
		return ctl_complain(EXIT_NOT, "%s: is not a mail address", to);
	st = promise(p, to);
	if (st != OK)
		return ctl_complain(EXIT_NOT, "the preview cannot be promised: %s",
		    status_text(st));
	(void)printf("%zu mail%s will be sent to %s. The ways to stop in them do "
	    "nothing.\n", p->count, p->count == 1 ? "" : "s", to);
	return EXIT_DONE;
}

int
update_preview(struct updating *u)
{
	struct preview p = { .u = u };
	const char *to = ctl_value(u->ctl, "to");
	const char *output = ctl_value(u->ctl, "output");
	int code;

	if (to != NULL && output != NULL)
		return ctl_misuse(u->ctl, "--to and --output do not go together");
	code = choose_texts(&p);
	if (code == 0)
		code = open_renderer(&p);
	if (code == 0)
		code = to != NULL ? mail_to(&p, to) : output != NULL ?
		    write_file(&p, output) : show(&p);
	renderer_free(&p.renderer);
	countries_free(&p.countries);
	return code;
}
