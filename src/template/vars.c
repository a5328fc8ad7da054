/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "config/campaign.h"
#include "template/markdown.h"
#include "template/vars.h"
#include "message/job.h"
#include "words/country.h"
#include "words/text.h"

#define LINE_CHARS 2000
#define TEXT_CHARS 20000

/* How a value is made fit for both kinds of text. */
enum origin {
	LINE,           /* words, one line; escaped for Markdown */
	LINES,          /* words on many lines; likewise */
	AS_IT_IS        /* Markdown or an address that staff wrote */
};

/* ---- the names ---------------------------------------------------------------- */

const char *const vars_names[] = {
	/* of the campaign */
	"title", "slug", "address", "site", "petition", "organisations",
	"actions", "url", "id", "is_postcard", "is_letter", "is_video",
	"contact_name", "contact_address",
	/* of the person and the mail */
	"name", "country", "country_name", "city", "comment", "number", "date",
	"expires", "days", "count", "hidden", "shown", "updates", "no_updates",
	"language", "state_pending", "state_confirmed", "state_withdrawn",
	"state_expired", "verb_withdraw", "verb_forget", "verb_status",
	"verb_receipt", "verb_hide", "verb_show", "verb_stop", "verb_updates",
	"verb_correct", "text", "from_name", "held", "oldest_hours",
	"subject_token",
	NULL
};

bool
vars_known(const char *name)
{
	size_t i;

	for (i = 0; vars_names[i] != NULL; i++)
		if (strcmp(vars_names[i], name) == 0)
			return true;
	return false;
}

/* ---- two maps side by side ------------------------------------------------------ */

struct maps {
	struct arena *arena;
	struct member *plain, *html;
	size_t count;
};

static void
maps_begin(struct maps *m, struct arena *arena, size_t room)
{
	m->arena = arena;
	m->plain = arena_alloc(arena, room * sizeof *m->plain);
	m->html = arena_alloc(arena, room * sizeof *m->html);
	m->count = 0;
}

static void
maps_end(const struct maps *m, struct value *plain, struct value *html)
{
	*plain = (struct value){ .kind = VALUE_MAP, .members = m->plain,
	    .count = m->count };
	*html = (struct value){ .kind = VALUE_MAP, .members = m->html,
	    .count = m->count };
}

static void
put_values(struct maps *m, const char *name, struct value plain,
    struct value html)
{
	m->plain[m->count] = (struct member){ name, plain };
	m->html[m->count++] = (struct member){ name, html };
}

static void
put_both(struct maps *m, const char *name, const char *plain, const char *html)
{
	put_values(m, name,
	    (struct value){ .kind = VALUE_TEXT, .text = plain },
	    (struct value){ .kind = VALUE_TEXT, .text = html });
}

static void
put(struct maps *m, const char *name, const char *text, enum origin origin)
{
	if (text == NULL)
		text = "";      /* there, and false: not looked for further out */
	if (origin == LINE)
		text = text_line(m->arena, text, strlen(text), LINE_CHARS);
	else if (origin == LINES)
		text = text_lines(m->arena, text, strlen(text), TEXT_CHARS);
	put_both(m, name, text, origin == AS_IT_IS ? text :
	    markdown_escape(m->arena, text));
}

static void
put_flag(struct maps *m, const char *name, bool flag)
{
	struct value v = { .kind = flag ? VALUE_TRUE : VALUE_FALSE };

	put_values(m, name, v, v);
}

/* A list of COUNT maps, each filled by ITEM. */
static void
put_list(struct maps *m, const char *name, const struct vars_base *base,
    size_t count, void (*item)(struct maps *, const struct vars_base *, size_t))
{
	struct value *plain = arena_alloc(m->arena, count * sizeof *plain);
	struct value *html = arena_alloc(m->arena, count * sizeof *html);
	struct maps inner;
	size_t i;

	for (i = 0; i < count; i++) {
		maps_begin(&inner, m->arena, 8);
		item(&inner, base, i);
		maps_end(&inner, &plain[i], &html[i]);
	}
	put_values(m, name,
	    (struct value){ .kind = VALUE_LIST, .items = plain, .count = count },
	    (struct value){ .kind = VALUE_LIST, .items = html, .count = count });
}

/* ---- of a campaign -------------------------------------------------------------- */

static void
put_organisation(struct maps *m, const struct vars_base *base, size_t i)
{
	const struct campaign_organisation *o = &base->campaign->organisations[i];

	put(m, "name", o->name != NULL ? o->name : o->id, LINE);
	put(m, "url", o->url, AS_IT_IS);
}

static void
put_action(struct maps *m, const struct vars_base *base, size_t i)
{
	const struct campaign_action *a = &base->campaign->actions[i];

	put(m, "id", a->id, LINE);
	put(m, "text", campaign_action_text(base->campaign, a, base->language),
	    AS_IT_IS);
	put(m, "url", a->url, AS_IT_IS);
	put(m, "address", a->address, LINES);
	put_flag(m, "is_postcard", strcmp(a->id, "postcard") == 0);
	put_flag(m, "is_letter", strcmp(a->id, "letter") == 0);
	put_flag(m, "is_video", strcmp(a->id, "video") == 0);
}

/* Without the line ends around it. */
static char *
trimmed(struct arena *arena, const char *text)
{
	size_t len;

	text += strspn(text, "\r\n");
	len = strlen(text);
	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		len--;
	return arena_strndup(arena, text, len);
}

void
vars_base_make(struct vars_base *out, struct arena *arena,
    const struct campaign *c, const struct campaign_language *l,
    const char *mail_domain, const char *petition_mark)
{
	struct maps m;

	out->campaign = c;
	out->language = l->code;
	maps_begin(&m, arena, 10);
	put(&m, "title", l->title, LINE);
	put(&m, "slug", c->slug, AS_IT_IS);
	put(&m, "address", arena_printf(arena, "%s@%s", c->slug, mail_domain),
	    AS_IT_IS);
	put(&m, "site", c->site, AS_IT_IS);
	put(&m, "language", l->code, AS_IT_IS);
	put_both(&m, "petition", l->petition == NULL ? "" :
	    trimmed(arena, l->petition), petition_mark);
	put_list(&m, "organisations", out, c->organisation_count,
	    put_organisation);
	put_list(&m, "actions", out, c->action_count, put_action);
	maps_end(&m, &out->plain, &out->html);
}

/* ---- of a mail ------------------------------------------------------------------- */

static void
put_contact(struct maps *m, const struct vars_base *base, const char *country)
{
	const struct campaign_contact *contact = campaign_contact(base->campaign,
	    country, base->language);

	if (contact == NULL)
		return;
	put(m, "contact_name", contact->name, LINE);
	put(m, "contact_address", contact->address, AS_IT_IS);
}

/* The campaign's values come first and cannot be overridden by a job's. */
void
vars_make(struct vars *out, struct arena *arena, const struct vars_base *base,
    const struct countries *countries, const struct job *job)
{
	const char *country = job_var(job, "country");
	size_t shared = base->plain.count, i;
	struct maps m;

	maps_begin(&m, arena, shared + job->vars + 3);
	memcpy(m.plain, base->plain.members, shared * sizeof *m.plain);
	memcpy(m.html, base->html.members, shared * sizeof *m.html);
	m.count = shared;
	for (i = 0; i < job->vars; i++)
		put(&m, job->var[i].name, job->var[i].value,
		    strcmp(job->var[i].name, "text") == 0 ? LINES : LINE);
	if (country != NULL && country[0] != '\0' && countries != NULL)
		put(&m, "country_name",
		    country_name(countries, country, base->language), LINE);
	put_contact(&m, base, country);
	maps_end(&m, &out->plain, &out->html);
}
