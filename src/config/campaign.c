/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "config/campaign.h"
#include "config/conf.h"
#include "message/recipient.h"
#include "seal/opening.h"
#include "tally/vkey.h"
#include "words/text.h"

#define PETITION_MAX (256u << 10)
#define CONF_MOST (1u << 20)

/* ---- checks ----------------------------------------------------------------- */

static const char *
check_slug(const char *s)
{
	return slug_is_good(s) ? NULL : "must be 1 to 24 of a-z, 0-9 and -, "
	    "begin with a letter or digit, and not be a word that mail systems "
	    "use, such as postmaster";
}

static const char *
check_country(const char *s)
{
	return strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2 && s[2] == '\0' ?
	    NULL : "must be country codes of two capital letters, such as \"NO\"";
}

static const char *
check_word(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-_");

	return n > 0 && n <= 32 && s[n] == '\0' ? NULL :
	    "must be a short word of a-z, 0-9, - and _";
}

static const char *
check_number(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n > 0 && n <= 9 && s[n] == '\0' && *s != '0' ? NULL :
	    "must be whole numbers over 0";
}

/* A path below the folder of time zones, and no way out of it. */
static const char *
check_timezone(const char *s)
{
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789_+-/");

	return n > 0 && n <= 64 && s[n] == '\0' && *s != '/' ? NULL :
	    "must be the name of a time zone, such as \"Asia/Dushanbe\"";
}

static const char *
check_digest(const char *s)
{
	return strcmp(s, "daily") == 0 || strcmp(s, "weekly") == 0 ||
	    strcmp(s, "none") == 0 ? NULL :
	    "must be \"daily\", \"weekly\" or \"none\"";
}

static const char *
check_receipts(const char *s)
{
	return strcmp(s, "ask") == 0 || strcmp(s, "always") == 0 ? NULL :
	    "must be \"ask\" or \"always\"";
}

static const char *
check_witness(const char *s)
{
	struct vkey key;

	return vkey_parse(&key, s, NULL) == OK && key.type == VKEY_WITNESS ?
	    NULL : "must be the line that undersign witness new prints";
}

/* ---- the keys --------------------------------------------------------------- */

#define IN(type, member) .offset = offsetof(struct type, member)
#define LIST_OF(member, element_size) .offset = offsetof(struct campaign, member ## s), \
    .count_offset = offsetof(struct campaign, member ## _count), \
    .size = element_size

/* The unnamed struct of campaign_action.texts. */
struct text {
	char *language, *text;
};
_Static_assert(sizeof(struct text) ==
    sizeof *((struct campaign_action *)0)->texts, "texts have two members");

static const struct conf_key language_keys[] = {
	{ "title", CONF_TEXT, IN(campaign_language, title),
	    .check = conf_check_line, .needed = 1 },
	{ "alias", CONF_TEXT, IN(campaign_language, alias), .check = check_slug },
	{ .name = NULL }
};

static const struct conf_key organisation_keys[] = {
	{ "name", CONF_TEXT, IN(campaign_organisation, name),
	    .check = conf_check_line, .needed = 1 },
	{ "url", CONF_TEXT, IN(campaign_organisation, url),
	    .check = conf_check_url },
	{ "witness", CONF_TEXT, IN(campaign_organisation, witness),
	    .check = check_witness },
	{ "mail", CONF_TEXT, IN(campaign_organisation, mail),
	    .check = conf_check_address },
	{ "share", CONF_FLAG, IN(campaign_organisation, share),
	    .fallback = "false" },
	{ .name = NULL }
};

static const struct conf_key contact_keys[] = {
	{ "name", CONF_TEXT, IN(campaign_contact, name),
	    .check = conf_check_line, .needed = 1 },
	{ "address", CONF_TEXT, IN(campaign_contact, address),
	    .check = conf_check_address, .needed = 1 },
	{ "countries", CONF_LIST, IN(campaign_contact, countries),
	    .check = check_country },
	{ "languages", CONF_LIST, IN(campaign_contact, languages),
	    .check = conf_check_language },
	{ "default", CONF_FLAG, IN(campaign_contact, is_default),
	    .fallback = "false" },
	{ .name = NULL }
};

static const struct conf_key text_keys[] = {
	{ "value", CONF_TEXT, IN(text, text), .needed = 1 },
	{ .name = NULL }
};

static const struct conf_key action_keys[] = {
	{ "url", CONF_TEXT, IN(campaign_action, url), .check = conf_check_url },
	{ "address", CONF_TEXT, IN(campaign_action, address) },
	{ "text", CONF_TITLED, IN(campaign_action, texts),
	    .count_offset = offsetof(struct campaign_action, text_count),
	    .size = sizeof(struct text), .keys = text_keys,
	    .check = conf_check_language },
	{ .name = NULL }
};

static const struct conf_key schedule_keys[] = {
	{ "rule", CONF_TEXT, IN(campaign_schedule, rule),
	    .check = conf_check_line, .needed = 1 },
	{ "timezone", CONF_TEXT, IN(campaign_schedule, timezone),
	    .check = check_timezone },
	{ "start", CONF_TEXT, IN(campaign_schedule, start),
	    .check = conf_check_line, .needed = 1 },
	{ "quiet", CONF_TEXT, IN(campaign_schedule, quiet),
	    .check = conf_check_line },
	{ "late", CONF_INT, IN(campaign_schedule, late), .min = 1, .max = 720,
	    .fallback = "24" },
	{ "approve", CONF_FLAG, IN(campaign_schedule, approve),
	    .fallback = "false" },
	{ "min_rise", CONF_INT, IN(campaign_schedule, min_rise), .min = 1,
	    .max = 1000000, .fallback = "1" },
	{ "milestones", CONF_LIST, IN(campaign_schedule, milestones),
	    .check = check_number },
	{ .name = NULL }
};

#define DAYS(member, days) { #member, CONF_INT, \
    IN(campaign, retention.member), .min = 1, .max = 3650, .fallback = days }

static const struct conf_key retention_keys[] = {
	{ "pending", CONF_INT, IN(campaign, retention.pending), .min = 1,
	    .max = 365 },
	DAYS(addresses, "365"), DAYS(names, "180"), DAYS(comments, "180"),
	DAYS(handin, "60"), DAYS(traces, "400"), DAYS(history, "180"),
	DAYS(logs, "90"), DAYS(traits, "30"),
	{ .name = NULL }
};

static const struct conf_key keys[] = {
	{ "default_language", CONF_TEXT, IN(campaign, default_language),
	    .check = conf_check_language },
	{ "language", CONF_TITLED, LIST_OF(language, sizeof(struct campaign_language)),
	    .keys = language_keys, .check = conf_check_language, .needed = 1 },
	{ "organisation", CONF_TITLED,
	    LIST_OF(organisation, sizeof(struct campaign_organisation)),
	    .keys = organisation_keys, .check = check_word },
	{ "contact", CONF_TITLED, LIST_OF(contact, sizeof(struct campaign_contact)),
	    .keys = contact_keys, .check = check_word },
	{ "action", CONF_TITLED, LIST_OF(action, sizeof(struct campaign_action)),
	    .keys = action_keys, .check = check_word },
	{ "staff", CONF_LIST, IN(campaign, staff), .check = conf_check_address },
	{ "approvers", CONF_LIST, IN(campaign, approvers),
	    .check = conf_check_address },
	{ "approvals", CONF_INT, IN(campaign, approvals), .max = 20,
	    .fallback = "1" },
	{ "schedule", CONF_TITLED, LIST_OF(schedule, sizeof(struct campaign_schedule)),
	    .keys = schedule_keys, .check = check_word },
	{ "timezone", CONF_TEXT, IN(campaign, timezone),
	    .check = check_timezone, .fallback = "UTC" },
	{ "digest", CONF_TEXT, IN(campaign, digest_word),
	    .check = check_digest, .fallback = "daily" },
	{ "site", CONF_TEXT, IN(campaign, site), .check = conf_check_url },
	{ "remind_after", CONF_INT, IN(campaign, remind_after), .max = 365,
	    .fallback = "3" },
	{ "expire_after", CONF_INT, IN(campaign, expire_after), .min = 1,
	    .max = 365 },
	{ "retention", CONF_GROUP, .keys = retention_keys },
	{ "opening_key", CONF_TEXT, IN(campaign, opening_key) },
	{ "tally", CONF_FLAG, IN(campaign, tally), .fallback = "true" },
	{ "tally_every", CONF_INT, IN(campaign, tally_every), .min = 1,
	    .max = 10080, .fallback = "60" },
	{ "receipts", CONF_TEXT, IN(campaign, receipts_word),
	    .check = check_receipts, .fallback = "ask" },
	{ .name = NULL }
};

_Static_assert(sizeof ((struct campaign *)0)->opening == OPENING_BYTES,
    "an opening key");

/* ---- checks across keys ------------------------------------------------------ */

struct loading {
	struct campaign *c;
	char *file;
	struct buf source;
	struct reason *why;
};

static enum status
speaks(const struct loading *l, const char *key, const char *language)
{
	if (campaign_language(l->c, language) != NULL)
		return OK;
	return fail(l->why, INVALID, "%s:%d: %s names the language \"%s\", which "
	    "has no section; add language \"%s\" { title = \"...\" }", l->file,
	    conf_line(&l->source, key), key, language, language);
}

static enum status
check_languages(struct loading *l)
{
	struct campaign *c = l->c;
	size_t i, j;
	enum status st;

	if (c->default_language == NULL && c->language_count > 1)
		return fail(l->why, INVALID, "%s:1: default_language is not set; "
		    "add default_language = \"%s\", or another", l->file,
		    c->languages[0].code);
	if (c->default_language == NULL)
		c->default_language = mem_strdup(c->languages[0].code);
	st = speaks(l, "default_language", c->default_language);
	for (i = 0; st == OK && i < c->action_count; i++)
		for (j = 0; st == OK && j < c->actions[i].text_count; j++)
			st = speaks(l, "text", c->actions[i].texts[j].language);
	return st;
}

/* Under two names; the older one stays good. */
static enum status
check_pending(const struct loading *l)
{
	struct campaign *c = l->c;
	int *pending = &c->retention.pending;

	if (*pending != 0 && c->expire_after != 0 && *pending != c->expire_after)
		return fail(l->why, INVALID, "%s:%d: pending (%d days) and "
		    "expire_after (%d days) are two names of the same; leave one "
		    "out", l->file, conf_line(&l->source, "pending"), *pending,
		    c->expire_after);
	if (*pending == 0)
		*pending = c->expire_after != 0 ? c->expire_after : 14;
	c->expire_after = *pending;
	return OK;
}

/* An identity without an address is none. */
static enum status
check_retention(const struct loading *l)
{
	const struct campaign_retention *r = &l->c->retention;
	const struct { const char *name; int days, most; const char *most_name; }
	rules[] = {
		{ "names", r->names, r->addresses, "addresses" },
		{ "comments", r->comments, r->addresses, "addresses" },
		{ "handin", r->handin, r->addresses, "addresses" },
		{ "addresses", r->addresses, r->traces, "traces" },
	};
	size_t i;

	for (i = 0; i < sizeof rules / sizeof rules[0]; i++)
		if (rules[i].days > rules[i].most)
			return fail(l->why, INVALID, "%s:%d: %s (%d days) cannot "
			    "be kept for longer than %s (%d days)", l->file,
			    conf_line(&l->source, rules[i].name), rules[i].name,
			    rules[i].days, rules[i].most_name, rules[i].most);
	return OK;
}

/* A witness is known by name and key, wherever it signs. */
static enum status
check_witnesses(const struct loading *l)
{
	const struct campaign_organisation *o = l->c->organisations;
	size_t i, j, n = l->c->organisation_count;

	for (i = 0; i < n; i++) {
		for (j = 0; j < i && o[i].witness != NULL; j++)
			if (o[j].witness != NULL &&
			    strcmp(o[i].witness, o[j].witness) == 0)
				return fail(l->why, INVALID, "%s:%d: the "
				    "organisations \"%s\" and \"%s\" have the "
				    "same witness; each needs one of its own",
				    l->file, conf_line(&l->source, "witness"),
				    o[j].id, o[i].id);
		if (o[i].mail != NULL && o[i].witness == NULL)
			return fail(l->why, INVALID, "%s:%d: mail is where a "
			    "witness gets checkpoints, and the organisation "
			    "\"%s\" has no witness", l->file,
			    conf_line(&l->source, "mail"), o[i].id);
	}
	return OK;
}

static enum status
check_rest(const struct loading *l)
{
	const struct campaign *c = l->c;
	size_t i, defaults = 0;

	for (i = 0; i < c->contact_count; i++)
		defaults += c->contacts[i].is_default != 0;
	if (defaults > 1)
		return fail(l->why, INVALID, "%s:%d: %zu contacts have default = "
		    "true; leave it with one of them", l->file,
		    conf_line(&l->source, "default ="), defaults);
	if (c->remind_after >= c->expire_after)
		return fail(l->why, INVALID, "%s:%d: remind_after (%d days) must "
		    "be less than expire_after (%d days); 0 sends no reminder",
		    l->file, conf_line(&l->source, "remind_after"),
		    c->remind_after, c->expire_after);
	return check_witnesses(l);
}

static enum status
check_opening(const struct loading *l)
{
	struct campaign *c = l->c;
	struct reason own = { "" };

	c->seals = c->opening_key != NULL && strcmp(c->opening_key, "none") != 0;
	if (!c->seals || opening_parse(OPENING_CAMPAIGN, c->opening_key,
	    c->opening, &own) == OK)
		return OK;
	return fail(l->why, INVALID, "%s:%d: opening_key: %s", l->file,
	    conf_line(&l->source, "opening_key"), own.text);
}

/* What is not given comes from the campaign. */
static void
finish(struct campaign *c)
{
	size_t i;

	c->digest = strcmp(c->digest_word, "weekly") == 0 ? DIGEST_WEEKLY :
	    strcmp(c->digest_word, "none") == 0 ? DIGEST_NONE : DIGEST_DAILY;
	c->receipts = strcmp(c->receipts_word, "always") == 0 ?
	    RECEIPTS_ALWAYS : RECEIPTS_ASK;
	for (i = 0; i < c->schedule_count; i++)
		if (c->schedules[i].timezone == NULL)
			c->schedules[i].timezone = mem_strdup(c->timezone);
}

/* LF line ends, and no byte order mark, whatever editor wrote it. */
static char *
tidy(const struct buf *text)
{
	const char *s = text->data;
	char *out = mem_alloc(text->len + 1), *p = out;

	if (strncmp(s, "\xef\xbb\xbf", 3) == 0)
		s += 3;
	for (; *s != '\0'; s++)
		if (s[0] != '\r' || s[1] != '\n')
			*p++ = *s;
	return out;
}

static void
keep_petition(struct campaign_language *lang, const struct buf *text)
{
	lang->petition = tidy(text);
	lang->petition_bytes = mem_alloc(text->len + 1);
	memcpy(lang->petition_bytes, text->data, text->len);
	lang->petition_len = text->len;
}

static enum status
load_petition(struct campaign_language *lang, const char *dir,
    struct reason *why)
{
	struct buf text = BUF_INIT;
	enum status st;

	lang->petition_file = mem_printf("%s/petition.%s.md", dir, lang->code);
	st = buf_read_own_file(&text, lang->petition_file, PETITION_MAX, why);
	if (st == NOT_FOUND)
		st = fail(why, INVALID, "%s: there is no such file; write the "
		    "petition's text in language \"%s\" there, as Markdown",
		    lang->petition_file, lang->code);
	else if (st == LIMIT)
		st = fail(why, INVALID, "%s: longer than %u KiB; a petition goes "
		    "into every mail, so make it shorter", lang->petition_file,
		    PETITION_MAX >> 10);
	if (st != OK)
		goto out;
	if (strlen(text.data) != text.len || !text_is_utf8(text.data, text.len))
		st = fail(why, INVALID, "%s: is not UTF-8; save the file as "
		    "UTF-8", lang->petition_file);
	else if (strspn(text.data, " \t\r\n") == text.len)
		st = fail(why, INVALID, "%s:1: is empty; write the petition's "
		    "text in language \"%s\" there", lang->petition_file,
		    lang->code);
	else
		keep_petition(lang, &text);
out:
	buf_free(&text);
	return st;
}

enum status
campaign_load(struct campaign **out, const char *dir, const char *slug,
    struct reason *why)
{
	struct campaign *c = mem_alloc(sizeof *c);
	struct loading l = { .c = c, .source = BUF_INIT, .why = why };
	const char *wrong = check_slug(slug);
	enum status st;
	size_t i;

	c->slug = mem_strdup(slug);
	c->dir = mem_printf("%s/%s", dir, slug);
	l.file = mem_printf("%s/campaign.conf", c->dir);
	if (wrong != NULL)
		st = fail(why, INVALID, "%s: the name of the folder %s", c->dir,
		    wrong);
	else
		st = conf_read_own(c, keys, l.file, &l.source, why);
	if (st == NOT_FOUND)
		st = fail(why, NOT_FOUND, "%s: there is no such file; undersign "
		    "campaign new %s makes one", l.file, slug);
	if (st == OK)
		st = check_languages(&l);
	if (st == OK)
		st = check_pending(&l);
	if (st == OK)
		st = check_rest(&l);
	if (st == OK)
		st = check_retention(&l);
	if (st == OK)
		st = check_opening(&l);
	if (st == OK)
		finish(c);
	for (i = 0; st == OK && i < c->language_count; i++)
		st = load_petition(&c->languages[i], c->dir, why);
	free(l.file);
	buf_free(&l.source);
	if (st != OK)
		campaign_free(&c);
	*out = c;
	return st;
}

void
campaign_free(struct campaign **campaign)
{
	struct campaign *c = *campaign;
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->language_count; i++) {
		free(c->languages[i].petition);
		free(c->languages[i].petition_file);
		free(c->languages[i].petition_bytes);
	}
	conf_free(c, keys);
	free(c->slug);
	free(c->dir);
	free(c);
	*campaign = NULL;
}

/* ---- all of them --------------------------------------------------------------- */

/* Slugs and aliases: everything that an address may begin with. */
struct name {
	const char *name;
	const struct campaign *campaign;
	const char *language;   /* NULL for a slug */
};

struct campaigns {
	struct campaign **all;
	size_t count;
	struct name *names;
	size_t name_count;
	const char **languages;         /* NULL-ended, borrowed codes */
	size_t left_out;
};

static void
add_language(struct campaigns *cs, const char *code)
{
	size_t n;

	for (n = 0; cs->languages[n] != NULL; n++)
		if (strcmp(cs->languages[n], code) == 0)
			return;
	cs->languages = mem_realloc(cs->languages, n + 2, sizeof *cs->languages);
	cs->languages[n] = code;
	cs->languages[n + 1] = NULL;
}

static enum status
add_name(struct campaigns *cs, const struct campaign *c, const char *name,
    const char *language, struct reason *why)
{
	size_t i;

	for (i = 0; i < cs->name_count; i++)
		if (strcmp(cs->names[i].name, name) == 0)
			return fail(why, INVALID, "%s/campaign.conf:1: the name "
			    "\"%s\" is also used by %s/campaign.conf; choose "
			    "another alias", c->dir, name,
			    cs->names[i].campaign->dir);
	cs->names = mem_realloc(cs->names, cs->name_count + 1, sizeof *cs->names);
	cs->names[cs->name_count++] = (struct name){ name, c, language };
	return OK;
}

/* Takes C over when it answers OK. */
static enum status
add_campaign(struct campaigns *cs, struct campaign *c, struct reason *why)
{
	size_t i, before = cs->name_count;
	enum status st = add_name(cs, c, c->slug, NULL, why);

	for (i = 0; st == OK && i < c->language_count; i++)
		if (c->languages[i].alias != NULL)
			st = add_name(cs, c, c->languages[i].alias,
			    c->languages[i].code, why);
	if (st != OK) {
		cs->name_count = before;
		return st;
	}
	cs->all = mem_realloc(cs->all, cs->count + 1, sizeof *cs->all);
	cs->all[cs->count++] = c;
	for (i = 0; i < c->language_count; i++)
		add_language(cs, c->languages[i].code);
	return OK;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->name,
	    ((const struct name *)b)->name);
}

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of folders in DIR with a campaign.conf, sorted so that the same
 * folders always give the same campaigns. */
static enum status
list_folders(const char *dir, char ***out, size_t *count_out,
    struct reason *why)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	char *file, **names = NULL;
	size_t n = 0;

	if (d == NULL)
		return fail_errno(why, errno == ENOENT ? NOT_FOUND : DENIED,
		    "%s: cannot read the folder of campaigns (campaign_dir)", dir);
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		file = mem_printf("%s/%s/campaign.conf", dir, entry->d_name);
		if (access(file, F_OK) == 0) {
			names = mem_realloc(names, n + 1, sizeof *names);
			names[n++] = mem_strdup(entry->d_name);
		}
		free(file);
	}
	(void)closedir(d);
	if (n > 0)
		qsort(names, n, sizeof *names, compare_texts);
	*out = names;
	*count_out = n;
	return OK;
}

static bool
is_in_use(const struct campaigns *in_use, const char *slug)
{
	size_t i;

	for (i = 0; in_use != NULL && i < in_use->count; i++)
		if (strcmp(in_use->all[i]->slug, slug) == 0)
			return true;
	return false;
}

/* RULE NULL: none may be left out. */
static enum status
load_one(struct campaigns *cs, const char *dir, const char *slug,
    const struct campaigns_rule *rule, struct reason *why)
{
	struct reason own = { "" };
	struct campaign *c = NULL;
	enum status st = campaign_load(&c, dir, slug, &own);

	if (st == OK && rule != NULL && rule->fit != NULL)
		st = rule->fit(rule->arg, c, &own);
	if (st == OK)
		st = add_campaign(cs, c, &own);
	if (st == OK)
		return OK;
	campaign_free(&c);
	if (rule == NULL || is_in_use(rule->in_use, slug))
		return fail(why, st, "%s", own.text);
	if (rule->left_out != NULL)
		rule->left_out(rule->arg, slug, own.text);
	else
		log_warnx("campaign=%s state=left-out mail for it waits with its "
		    "sender: %s", slug, own.text);
	cs->left_out++;
	return OK;
}

static enum status
load_all(struct campaigns **out, const char *dir,
    const struct campaigns_rule *rule, struct reason *why)
{
	struct campaigns *cs = mem_alloc(sizeof *cs);
	char **folders = NULL;
	size_t count = 0, i;
	enum status st = list_folders(dir, &folders, &count, why);

	cs->languages = mem_alloc(sizeof *cs->languages);
	for (i = 0; i < count; i++) {
		if (st == OK)
			st = load_one(cs, dir, folders[i], rule, why);
		free(folders[i]);
	}
	free(folders);
	if (cs->name_count > 0)
		qsort(cs->names, cs->name_count, sizeof *cs->names,
		    compare_names);
	if (st != OK)
		campaigns_free(&cs);
	*out = cs;
	return st;
}

enum status
campaigns_load(struct campaigns **out, const char *dir, int skip_bad,
    struct reason *why)
{
	static const struct campaigns_rule any = { .in_use = NULL };

	return load_all(out, dir, skip_bad ? &any : NULL, why);
}

enum status
campaigns_load_by(struct campaigns **out, const char *dir,
    const struct campaigns_rule *rule, struct reason *why)
{
	return load_all(out, dir, rule, why);
}

void
campaigns_free(struct campaigns **campaigns)
{
	struct campaigns *cs = *campaigns;
	size_t i;

	if (cs == NULL)
		return;
	for (i = 0; i < cs->count; i++)
		campaign_free(&cs->all[i]);
	free(cs->all);
	free(cs->names);
	free(cs->languages);
	free(cs);
	*campaigns = NULL;
}

int
campaigns_complete(const struct campaigns *cs)
{
	return cs->left_out == 0;
}

size_t
campaigns_count(const struct campaigns *cs)
{
	return cs->count;
}

const struct campaign *
campaigns_at(const struct campaigns *cs, size_t i)
{
	return i < cs->count ? cs->all[i] : NULL;
}

const struct campaign *
campaigns_find(const struct campaigns *cs, const char *slug,
    const char **language_out)
{
	const struct name wanted = { .name = slug }, *found = NULL;

	if (cs->name_count > 0)
		found = bsearch(&wanted, cs->names, cs->name_count,
		    sizeof *cs->names, compare_names);
	if (language_out != NULL)
		*language_out = found == NULL ? NULL : found->language;
	return found == NULL ? NULL : found->campaign;
}

const char *const *
campaigns_languages(const struct campaigns *cs)
{
	return (const char *const *)cs->languages;
}

/* ---- looking into one ------------------------------------------------------------- */

const struct campaign_language *
campaign_language(const struct campaign *c, const char *code)
{
	size_t i;

	for (i = 0; i < c->language_count; i++)
		if (strcmp(c->languages[i].code, code) == 0)
			return &c->languages[i];
	return NULL;
}

const struct campaign_organisation *
campaign_organisation(const struct campaign *c, const char *id)
{
	size_t i;

	for (i = 0; i < c->organisation_count; i++)
		if (strcmp(c->organisations[i].id, id) == 0)
			return &c->organisations[i];
	return NULL;
}

int
campaign_shares(const struct campaign *c)
{
	size_t i;

	for (i = 0; i < c->organisation_count; i++)
		if (c->organisations[i].share)
			return 1;
	return 0;
}

char *const *
campaign_approvers(const struct campaign *c)
{
	return c->approvers[0] != NULL ? c->approvers : c->staff;
}

/* The line where a section begins, and from there on. */
static int
section_line(struct buf *source, const char *section, const char *title)
{
	char *head = mem_printf("\"%s\"", title);
	int line = 1;
	char *at = source->data, *end;

	for (; *at != '\0'; at = *end == '\0' ? end : end + 1, line++) {
		end = strchrnul(at, '\n');
		at += strspn(at, " \t");
		if (strncmp(at, section, strlen(section)) == 0 &&
		    memmem(at, (size_t)(end - at), head, strlen(head)) != NULL)
			break;
	}
	free(head);
	if (*at == '\0')
		return 1;
	buf_consume(source, (size_t)(at - source->data));
	return line;
}

int
campaign_line(const struct campaign *c, const char *section, const char *title,
    const char *word)
{
	char *file = mem_printf("%s/campaign.conf", c->dir);
	struct buf source = BUF_INIT;
	int line = 1;

	if (buf_read_file(&source, file, CONF_MOST, NULL) == OK) {
		if (section != NULL)
			line = section_line(&source, section, title);
		line += conf_line(&source, word) - 1;
	}
	buf_free(&source);
	free(file);
	return line;
}

static int
holds(char *const *list, const char *value)
{
	for (; *list != NULL; list++)
		if (value != NULL && strcmp(*list, value) == 0)
			return 1;
	return 0;
}

/* Country before language before "any" before the default one; a contact that
 * names others only is nobody's. */
static int
suits(const struct campaign_contact *contact, const char *country,
    const char *language)
{
	int any = *contact->countries == NULL && *contact->languages == NULL;

	return 8 * holds(contact->countries, country) +
	    4 * holds(contact->languages, language) + 2 * any +
	    (contact->is_default != 0);
}

const struct campaign_contact *
campaign_contact(const struct campaign *c, const char *country,
    const char *language)
{
	const struct campaign_contact *best = NULL;
	size_t i;

	for (i = 0; i < c->contact_count; i++)
		if (best == NULL || suits(&c->contacts[i], country, language) >
		    suits(best, country, language))
			best = &c->contacts[i];
	return best;
}

const char *
campaign_action_text(const struct campaign *c,
    const struct campaign_action *action, const char *language)
{
	const char *fallback = "";
	size_t i;

	for (i = 0; i < action->text_count; i++) {
		if (strcmp(action->texts[i].language, language) == 0)
			return action->texts[i].text;
		if (strcmp(action->texts[i].language, c->default_language) == 0)
			fallback = action->texts[i].text;
	}
	return fallback;
}
