/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
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
	"contact_name", "contact_address", "sealing", "sharing",
	"can_share",
	/* of the person and the mail */
	"list_date", "updates_date", "shared", "share_unclear",
	"name", "country", "country_name", "city", "comment", "comment_cut", "number", "date",
	"sealed", "sealed_name", "sealed_city", "sealed_comment",
	"expires", "days", "count", "hidden", "shown", "updates", "no_updates",
	"language", "state_pending", "state_confirmed", "state_withdrawn",
	"state_expired", "verb_withdraw", "verb_forget", "verb_hide",
	"verb_show", "verb_stop", "verb_updates", "verb_correct", "verb_share",
	"verb_unshare", "verb_posted", "verb_wrote", "posted", "wrote", "text",
	"from_name", "held",
	"held_letters", "oldest_hours", "faults", "subject_token", "link",
	/* of an update */
	"subject", "update", "stop_link", "rise", "days_since", "milestone",
	"top_countries",
	/* about updates, to those who decide */
	"update_subject", "preview", "languages", "total", "mistakes", "approve",
	"yours", "copy", "thanks", "again", "late", "unclear", "rejected",
	"unanswered", "late_run", "forged", "begun", "finished", "accepted",
	"failed", "unknown", "gone", "some_unknown", "news", "has_countries",
	/* of the end of a campaign */
	"handed_in", "names_until", "comments_until", "addresses_until",
	"traces_until",
	/* about signatures that are to be uncounted, or counted again */
	"undo", "batch", "reason", "where", "period", "share", "cancelled",
	"fraud", "duplicate", "unreachable",
	/* of the digest */
	"new_signatures", "stops", "came_back", "bounces", "complaints", "alarms", "parked",
	"replies", "running", "by_command", "asked", "weekly",
	/* of the tally */
	"promise", "promise_by", "receipt", "receipt_comes", "leaf",
	"tally_size", "tally_count", "tally_root", "tally_stopped",
	"tally_unknown", "offer",
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

/* A code block of Markdown: its lines stay as they are. */
static void
put_block(struct maps *m, const char *name, const char *text)
{
	const char *plain = trimmed(m->arena, text), *at;
	struct buf html = BUF_INIT;
	size_t len;

	for (at = plain; *at != '\0'; at += len + (at[len] != '\0')) {
		len = strcspn(at, "\n");
		buf_addf(&html, "    %.*s\n", (int)len, at);
	}
	put_both(m, name, plain, trimmed(m->arena, html.data));
	buf_free(&html);
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

/* Those that ask signers for name and address.  I: from 0, of these. */
static void
put_sharing(struct maps *m, const struct vars_base *base, size_t i)
{
	const struct campaign_organisation *o = base->campaign->organisations;

	for (;; o++)
		if (o->share && i-- == 0)
			break;
	put(m, "name", o->name != NULL ? o->name : o->id, LINE);
	put(m, "url", o->url, AS_IT_IS);
}

static size_t
count_sharing(const struct campaign *c)
{
	size_t i, n = 0;

	for (i = 0; i < c->organisation_count; i++)
		n += c->organisations[i].share != 0;
	return n;
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

void
vars_base_make(struct vars_base *out, struct arena *arena,
    const struct campaign *c, const struct campaign_language *l,
    const char *mail_domain, const char *petition_mark)
{
	struct maps m;

	out->campaign = c;
	out->language = l->code;
	maps_begin(&m, arena, 12);
	put(&m, "title", l->title, LINE);
	put(&m, "slug", c->slug, AS_IT_IS);
	put(&m, "address", arena_printf(arena, "%s@%s", c->slug, mail_domain),
	    AS_IT_IS);
	put(&m, "site", c->site, AS_IT_IS);
	put(&m, "language", l->code, AS_IT_IS);
	put_flag(&m, "sealing", c->seals);
	put_both(&m, "petition", l->petition == NULL ? "" :
	    trimmed(arena, l->petition), petition_mark);
	put_list(&m, "organisations", out, c->organisation_count,
	    put_organisation);
	put_flag(&m, "can_share", campaign_shares(c));
	put_list(&m, "sharing", out, count_sharing(c), put_sharing);
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

enum vars_kind
vars_kind(const char *name)
{
	static const struct {
		const char *name;
		enum vars_kind kind;
	} kinds[] = {
		{ "preview", VARS_MARKDOWN }, { "languages", VARS_MARKDOWN },
		{ "news", VARS_MARKDOWN }, { "mistakes", VARS_LINES },
		{ "text", VARS_LINES }, { "link", VARS_URL },
		{ "stop_link", VARS_URL }, { "contact_address", VARS_ADDRESS },
		{ "top_countries", VARS_LIST },
		{ "promise", VARS_BLOCK }, { "receipt", VARS_BLOCK },
		{ "offer", VARS_BLOCK },
	};
	size_t i;

	for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (kinds[i].name[0] == name[0] &&
		    strcmp(kinds[i].name, name) == 0)
			return kinds[i].kind;
	return VARS_LINE;
}

/* Before it is made fit for a line; or NULL. */
static const char *
raw_value(const struct vars_base *base, const struct countries *countries,
    const struct job *job, const char *name)
{
	const char *country = job_var(job, "country");
	const struct campaign_contact *contact;

	if (strcmp(name, "country_name") == 0 && countries != NULL)
		return country == NULL || country[0] == '\0' ? NULL :
		    country_name(countries, country, base->language);
	if (strncmp(name, "contact_", 8) != 0)
		return job_var(job, name);
	contact = campaign_contact(base->campaign, country, base->language);
	return contact == NULL ? NULL : strcmp(name, "contact_name") == 0 ?
	    contact->name : contact->address;
}

const char *
vars_value(struct arena *arena, const struct vars_base *base,
    const struct countries *countries, const struct job *job, const char *name)
{
	const char *text = raw_value(base, countries, job, name);

	if (text == NULL || text[0] == '\0')
		return "";
	switch (vars_kind(name)) {
	case VARS_LINE:
		return text_line(arena, text, strlen(text), LINE_CHARS);
	case VARS_LINES:
		return text_lines(arena, text, strlen(text), TEXT_CHARS);
	default:
		return text;
	}
}

/* One line of such a list; false when it is not one. */
static bool
put_country(struct maps *m, const struct vars_base *base,
    const struct countries *countries, const char *line, size_t len)
{
	const char *blank = memchr(line, ' ', len);
	char *code;

	if (blank == NULL)
		return false;
	code = arena_strndup(m->arena, line, (size_t)(blank - line));
	maps_begin(m, m->arena, 2);
	put(m, "name", countries == NULL ? code :
	    country_name(countries, code, base->language), LINE);
	put(m, "count", arena_strndup(m->arena, blank + 1,
	    len - (size_t)(blank + 1 - line)), LINE);
	return true;
}

void
vars_list(struct vars *out, struct arena *arena, const struct vars_base *base,
    const struct countries *countries, const char *text)
{
	struct value *plain, *html;
	struct maps m = { .arena = arena };
	size_t count = 0, most = 1, len;
	const char *s;

	for (s = text; *s != '\0'; s++)
		most += *s == '\n';
	plain = arena_alloc(arena, most * sizeof *plain);
	html = arena_alloc(arena, most * sizeof *html);
	for (s = text; *s != '\0'; s += len + (s[len] != '\0')) {
		len = strcspn(s, "\n");
		if (!put_country(&m, base, countries, s, len))
			continue;
		maps_end(&m, &plain[count], &html[count]);
		count++;
	}
	out->plain = (struct value){ .kind = VALUE_LIST, .items = plain,
	    .count = count };
	out->html = (struct value){ .kind = VALUE_LIST, .items = html,
	    .count = count };
}

static void
put_job_value(struct maps *m, const struct vars_base *base,
    const struct countries *countries, const struct job_var *v)
{
	struct vars list;

	switch (vars_kind(v->name)) {
	case VARS_LINE:
		put(m, v->name, v->value, LINE);
		return;
	case VARS_LINES:
		put(m, v->name, v->value, LINES);
		return;
	case VARS_BLOCK:
		put_block(m, v->name, v->value);
		return;
	case VARS_LIST:
		vars_list(&list, m->arena, base, countries, v->value);
		put_values(m, v->name, list.plain, list.html);
		return;
	default:
		put(m, v->name, v->value, AS_IT_IS);
	}
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
		put_job_value(&m, base, countries, &job->var[i]);
	if (country != NULL && country[0] != '\0' && countries != NULL)
		put(&m, "country_name",
		    country_name(countries, country, base->language), LINE);
	put_contact(&m, base, country);
	maps_end(&m, &out->plain, &out->html);
}
