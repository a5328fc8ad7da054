/* wording.c - the words in which people are asked what they agree to
 *
 * The part "consents" of the templates, rendered once for each campaign and
 * language: it says nothing of the one who reads it.
 * SPDX-License-Identifier: ISC
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/campaign.h"
#include "config/config.h"
#include "message/job.h"
#include "petition/act.h"
#include "petition/consent.h"
#include "seal/sha256.h"
#include "store/consent.h"
#include "template/library.h"
#include "template/vars.h"

#define PART "consents"

struct wording {
	const struct campaign *campaign;
	const char *language;           /* the campaign's */
	char *body;                     /* "" where the templates have none */
	unsigned char hash[SHA256_BYTES];
	struct wording *next;
};

_Static_assert(SHA256_BYTES == CONSENT_HASH, "kept whole");

static void
render(struct petition *p, const struct library_set *set, struct arena *arena,
    const struct campaign *c, const struct campaign_language *l, struct buf *out)
{
	const struct template *part = library_partial(set, PART);
	const struct job job = { .campaign = c->slug };
	struct reason why = { "" };
	struct vars_base base;
	struct vars vars;

	if (part == NULL)
		return;
	vars_base_make(&base, arena, c, l, p->with.config->mail_domain, "");
	vars_make(&vars, arena, &base, NULL, &job);
	if (template_render(part, &vars.plain, ESCAPE_NONE, library_partial, set,
	    out, &why) == OK)
		return;
	log_warnx("campaign=%s language=%s part=" PART " cannot be rendered: %s",
	    c->slug, l->code, why.text);
	buf_clear(out);
}

static struct wording *
make(struct petition *p, const struct campaign *c,
    const struct campaign_language *l)
{
	struct library *library = library_new(p->with.config->template_dir);
	struct wording *w = mem_alloc(sizeof *w);
	struct arena *arena = arena_new();
	struct buf body = BUF_INIT;
	struct reason why = { "" };
	struct library_set set;

	if (library_set(library, c, l->code, &set, &why) == OK) {
		render(p, &set, arena, c, l, &body);
		library_set_clear(&set);
	} else
		log_warnx("campaign=%s language=%s part=" PART " cannot be read: %s",
		    c->slug, l->code, why.text);
	w->campaign = c;
	w->language = l->code;
	w->body = mem_strdup(body.len > 0 ? body.data : "");
	seal_sha256(w->body, strlen(w->body), w->hash);
	w->next = p->wordings;
	p->wordings = w;
	buf_free(&body);
	arena_free(&arena);
	library_free(&library);
	return w;
}

enum status
wording_id(struct petition *p, const struct campaign *c, int64_t campaign_id,
    const char *language, int64_t now, int64_t *out)
{
	const struct campaign_language *l = campaign_language(c, language);
	struct consent_text text = { .campaign = campaign_id,
	    .day = clock_day(now) };
	const struct wording *w = p->wordings;
	enum status st;

	*out = 0;
	if (l == NULL)
		l = campaign_language(c, c->default_language);
	while (w != NULL && (w->campaign != c || w->language != l->code))
		w = w->next;
	if (w == NULL)
		w = make(p, c, l);
	if (w->body[0] == '\0')
		return OK;
	text.language = w->language;
	text.body = w->body;
	memcpy(text.hash, w->hash, sizeof text.hash);
	st = store_consent_text_add(p->with.store, &text);
	*out = text.id;
	return st;
}

void
wordings_clear(struct petition *p)
{
	struct wording *w;

	while ((w = p->wordings) != NULL) {
		p->wordings = w->next;
		free(w->body);
		free(w);
	}
}
