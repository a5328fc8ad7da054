/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "config/campaign.h"
#include "config/config.h"
#include "message/job.h"
#include "petition/act.h"
#include "petition/made.h"
#include "petition/updates.h"
#include "seal/sealed.h"
#include "template/library.h"
#include "template/update.h"
#include "template/vars.h"

static const struct sheet *
sheet_of(const struct library_set *set, const char *kind)
{
	size_t i;

	for (i = 0; library_kinds[i] != NULL; i++)
		if (strcmp(library_kinds[i], kind) == 0)
			return set->mails[i];
	return NULL;
}

static enum status
render(const struct made *m, const struct library_set *set,
    const struct campaign_language *l, struct mailing_text *out,
    struct reason *why)
{
	const struct updates *u = m->u;
	const struct sheet *sheet = sheet_of(set, m->kind);
	struct buf subject = BUF_INIT, body = BUF_INIT;
	struct job job = { .campaign = u->campaign->slug };
	struct vars_base base;
	struct vars vars;
	enum status st = m->fill(m->arg, &job, l->code, why);

	if (st != OK)
		return st;
	vars_base_make(&base, u->arena, u->campaign, l,
	    u->petition->with.config->mail_domain, "");
	vars_make(&vars, u->arena, &base, NULL, &job);
	st = template_render(sheet->subject, &vars.plain, ESCAPE_NONE,
	    library_partial, set, &subject, why);
	if (st == OK)
		st = template_render(sheet->body, &vars.plain, ESCAPE_NONE,
		    library_partial, set, &body, why);
	if (st == OK)
		st = update_check(l->code, subject.data, body.data, why);
	if (st == OK)
		*out = (struct mailing_text){ l->code,
		    arena_strdup(u->arena, subject.data),
		    arena_strdup(u->arena, body.data) };
	buf_free(&subject);
	buf_free(&body);
	return st;
}

static enum status
write_texts(const struct made *m, struct mailing_text *texts,
    struct reason *why)
{
	const struct campaign *c = m->u->campaign;
	struct library *library = library_new(
	    m->u->petition->with.config->template_dir);
	struct library_set set;
	enum status st = OK;
	size_t i;

	for (i = 0; st == OK && i < c->language_count; i++) {
		st = library_set(library, c, c->languages[i].code, &set, why);
		if (st != OK)
			break;
		st = render(m, &set, &c->languages[i], &texts[i], why);
		library_set_clear(&set);
	}
	library_free(&library);
	return st;
}

enum status
made_update(const struct made *made, int64_t *mailing_out, struct reason *why)
{
	const struct updates *u = made->u;
	struct mailing_text *texts = arena_alloc(u->arena,
	    u->campaign->language_count * sizeof *texts);
	struct mailing m = {
		.campaign = u->campaign_id, .state = MAILING_DRAFT,
		.origin = MAILING_BY_SCHEDULE, .segment = "",
		.needed = made->needed, .created_at = u->now,
		.why = made->why != NULL ? made->why : "",
	};
	enum status st = write_texts(made, texts, why);

	*mailing_out = 0;
	if (st != OK)
		return INVALID;
	seal_random(m.serial, sizeof m.serial);
	st = store_mailing_add(u->petition->with.store, &m, texts,
	    u->campaign->language_count);
	if (st == OK)
		st = updates_ask(u, &m, u->now);
	if (st == OK)
		*mailing_out = m.id;
	return st;
}

enum status
made_mistake(const struct updates *u, const char *what, const char *name,
    const struct reason *why)
{
	const char *const extras[] = { "mistakes", why->text, "update_subject",
	    name, NULL };
	char *const *each;
	enum status st = OK;

	log_warnx("campaign=%s %s=%s cannot be made: %s", u->campaign->slug,
	    what, name, why->text);
	for (each = u->campaign->staff; st == OK && *each != NULL; each++)
		st = updates_mail(u, *each, "update-notice", 0, 0, NULL, extras);
	return st;
}
