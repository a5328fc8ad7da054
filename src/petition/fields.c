/* fields.c - what she said about herself, taken into her row
 * SPDX-License-Identifier: ISC
 */
#include <string.h>

#include "base/arena.h"
#include "config/campaign.h"
#include "petition/act.h"
#include "words/text.h"

/* The language most people of a country would rather read, for countries
 * whose language a campaign is likely to have.  Only the last resort. */
static const struct { const char country[3], language[3]; } spoken[] = {
	{ "TJ", "tg" }, { "RU", "ru" }, { "BY", "ru" }, { "KZ", "ru" },
	{ "KG", "ru" }, { "NO", "nb" }, { "SJ", "nb" }, { "DE", "de" },
	{ "AT", "de" }, { "FR", "fr" }, { "ES", "es" }, { "MX", "es" },
	{ "IR", "fa" }, { "AF", "fa" }, { "UZ", "uz" }, { "UA", "uk" },
	{ "PL", "pl" }, { "IT", "it" }, { "PT", "pt" }, { "BR", "pt" },
	{ "TR", "tr" }, { "SE", "sv" }, { "DK", "da" }, { "FI", "fi" },
	{ "NL", "nl" },
};

static const char *
spoken_in(const char *country)
{
	size_t i;

	for (i = 0; country != NULL && i < sizeof spoken / sizeof spoken[0]; i++)
		if (strcmp(spoken[i].country, country) == 0)
			return spoken[i].language;
	return NULL;
}

/* CODE when the campaign speaks it, else NULL. */
static const char *
spoken_here(const struct act *act, const char *code)
{
	const struct campaign_language *l = code == NULL ? NULL :
	    campaign_language(act->campaign, code);

	return l == NULL ? NULL : l->code;
}

/* DESIGN 4: what she asked for, the address she wrote to, the words she used,
 * what the mail says, her country, the campaign's default. */
const char *
act_language(const struct act *act)
{
	const struct letter *letter = act->letter;
	const char *found;
	size_t i;

	found = spoken_here(act, letter->said.field[FIELD_LANGUAGE]);
	if (found == NULL)
		found = spoken_here(act, act->alias_language);
	if (found == NULL)
		found = spoken_here(act, letter->said.language);
	for (i = 0; found == NULL && letter->hints[i] != NULL; i++)
		found = spoken_here(act, letter->hints[i]);
	if (found == NULL)
		found = spoken_here(act, spoken_in(letter->country));
	return found != NULL ? found : act->campaign->default_language;
}

static bool
has_link(const char *text)
{
	return strstr(text, "://") != NULL || strcasestr(text, "www.") != NULL ||
	    strcasestr(text, ".com") != NULL;
}

/* The octets of a dot at P, also of those that browsers take for one. */
static size_t
dot(const char *p)
{
	static const char *const dots[] = { ".", "\u3002", "\uff0e", "\uff61" };
	size_t i;

	for (i = 0; i < sizeof dots / sizeof dots[0]; i++)
		if (strncmp(p, dots[i], strlen(dots[i])) == 0)
			return strlen(dots[i]);
	return 0;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Mail programs make a link of "example.org" by themselves: a blank after the
 * dot keeps them from it, and in "St.Petersburg" it does no harm.  "3.5" stays
 * as it is. */
static const char *
unlinked(struct arena *arena, const char *text)
{
	char *out = arena_alloc(arena, 2 * strlen(text) + 1), *to = out;
	const char *p = text;
	size_t n;

	while (*p != '\0') {
		n = dot(p);
		if (n == 0) {
			*to++ = *p++;
			continue;
		}
		memcpy(to, p, n);
		to += n;
		if (p > text && p[n] != '\0' && strchr(" \n.,;:!?)\"'", p[n]) == NULL &&
		    p[-1] != ' ' && p[-1] != '.' &&
		    !(is_digit(p[-1]) && is_digit(p[n])))
			*to++ = ' ';
		p += n;
	}
	*to = '\0';
	return out;
}

/* What she says of herself is echoed into a mail that goes to an address
 * somebody may have forged: a name that carries a link or an address is no
 * name but an advertisement, and so is a comment with a link. */
static const char *
clean_name(struct arena *arena, const char *name)
{
	if (name == NULL || name[0] == '\0' || strchr(name, '@') != NULL ||
	    strchr(name, '/') != NULL || has_link(name))
		return NULL;
	return unlinked(arena, text_line(arena, name, strlen(name),
	    SAID_FIELD_MAX));
}

static const char *
clean_comment(struct arena *arena, const char *comment)
{
	return comment == NULL || has_link(comment) ? NULL :
	    unlinked(arena, comment);
}

void
act_take_author(struct act *act)
{
	act->who.address = act->letter->author.full;
	if (act->who.name == NULL)
		act->who.name = clean_name(act->arena,
		    act->letter->display_name);
}

static bool
take(const char **into, const char *value)
{
	if (value == NULL || (*into != NULL && strcmp(*into, value) == 0))
		return false;
	*into = value;
	return true;
}

/* "News: no" counts before the word UPDATES on a line of its own, and STOP before
 * both. */
static bool
take_updates(struct act *act, const char *value)
{
	const struct said *said = &act->letter->said;
	bool want;

	if (value == NULL && (said->wishes & WISH_UPDATES) != 0 &&
	    said->verb != VERB_STOP)
		value = "yes";
	if (value == NULL || (strcmp(value, "yes") != 0 &&
	    strcmp(value, "no") != 0))
		return false;
	want = strcmp(value, "yes") == 0;
	if (act->sig.updates == want)
		return false;
	act->sig.updates = want;
	return true;
}

/* HIDE and SHOW may stand beside fields, in a sign mail or its answer, so that
 * nobody's name is shown before she could say so. */
static bool
take_shown(struct act *act, unsigned wishes)
{
	bool hide = (wishes & WISH_HIDE) != 0;

	if ((wishes & (WISH_HIDE | WISH_SHOW)) == 0 || act->sig.hidden == hide)
		return false;
	act->sig.hidden = hide;
	return true;
}

/* The place in TEXT after MAX characters, or before the word that goes over it;
 * NULL when there are no more. */
static const char *
cut_place(const char *text, size_t max)
{
	const char *p, *blank = NULL;
	size_t n = 0;

	for (p = text; *p != '\0'; p++) {
		if ((*p & 0xc0) == 0x80)
			continue;
		if (*p == ' ' || *p == '\n')
			blank = p;
		if (n++ == max)
			return blank != NULL && n - (size_t)(p - blank) > max / 2 ?
			    blank : p;
	}
	return NULL;
}

bool
act_shorten_comment(struct act *act)
{
	const char *comment = act->who.comment, *end;
	size_t len;
	char *cut;

	end = comment == NULL ? NULL : cut_place(comment, SHOWN_COMMENT_MAX);
	if (end == NULL)
		return false;
	len = (size_t)(end - comment);
	cut = arena_alloc(act->arena, len + sizeof "\u2026");
	memcpy(cut, comment, len);
	memcpy(cut + len, "\u2026", sizeof "\u2026");
	act->who.comment = cut;
	return true;
}

static bool
take_action(struct act *act, enum verb verb)
{
	int action = verb == VERB_POSTED ? ACTION_POSTED :
	    verb == VERB_WROTE ? ACTION_WROTE : 0;

	if ((act->sig.actions | action) == act->sig.actions)
		return false;
	act->sig.actions |= action;
	return true;
}

bool
act_take_fields(struct act *act)
{
	const struct said *said = &act->letter->said;
	bool changed;

	changed = take(&act->who.name,
	    clean_name(act->arena, said->field[FIELD_NAME]));
	changed |= take(&act->who.city,
	    clean_name(act->arena, said->field[FIELD_CITY]));
	changed |= take(&act->who.comment,
	    clean_comment(act->arena, said->field[FIELD_COMMENT]));
	changed |= take(&act->sig.country, act->letter->country);
	changed |= take(&act->sig.language,
	    spoken_here(act, said->field[FIELD_LANGUAGE]));
	changed |= take_updates(act, said->field[FIELD_UPDATES]);
	changed |= take_shown(act, said->wishes);
	changed |= consent_take(act);
	changed |= take_action(act, said->verb);
	return changed;
}
