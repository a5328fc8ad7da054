/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "config/campaign.h"
#include "ctl/agreed.h"
#include "ctl/ctl.h"
#include "store/consent.h"
#include "store/store.h"

static const char *
date_text(struct arena *arena, int32_t day)
{
	char date[11];

	clock_date(day, date);
	return arena_strdup(arena, date);
}

/* ---- the list ------------------------------------------------------------------- */

static const char *
since(struct arena *arena, const struct consent *list, size_t count,
    enum consent_kind kind)
{
	const struct consent *c = consent_last(list, count, kind, "");

	return c != NULL && c->given ? date_text(arena, c->day) : NULL;
}

static const char *
shared_since(struct arena *arena, const struct consent *list, size_t count,
    const char *with)
{
	const char *all = NULL, *one;
	size_t i;

	for (i = 0; i < count; i++) {
		if (list[i].kind != CONSENT_SHARE ||
		    !consent_holds(list, count, i) ||
		    (with != NULL && strcmp(with, list[i].about) != 0))
			continue;
		one = arena_printf(arena, "%s=%s", list[i].about,
		    date_text(arena, list[i].day));
		all = all == NULL ? one : arena_printf(arena, "%s %s", all, one);
	}
	return all;
}

void
agreed_cells(struct arena *arena, const struct signature *s,
    const struct consent *list, size_t count, const char *share,
    const char *out[HAND_IN_AGREED])
{
	int i;

	for (i = 0; i < HAND_IN_AGREED; i++)
		out[i] = NULL;
	if (!signature_is_signed(s->state))
		return;                 /* what she is asked is not hers yet */
	out[HAND_IN_COUNT] = since(arena, list, count, CONSENT_COUNT);
	if (!s->hidden)
		out[HAND_IN_LIST] = since(arena, list, count, CONSENT_LIST);
	if (s->updates)
		out[HAND_IN_UPDATES] = since(arena, list, count,
		    CONSENT_UPDATES);
	out[HAND_IN_SHARE] = shared_since(arena, list, count, share);
}

static const struct consent_text *
find_text(const struct consent_text *texts, size_t count, int64_t id)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (texts[i].id == id)
			return &texts[i];
	return NULL;
}

/* Lines are broken anywhere. */
static bool
begins_with(const char *s, const char *words)
{
	for (; *words != '\0'; s++, words++) {
		if (*words == ' ') {
			if (strspn(s, " \n") == 0)
				return false;
			s += strspn(s, " \n") - 1;
			words += strspn(words, " ") - 1;
		} else if (*s != *words)
			return false;
	}
	return true;
}

bool
agreed_to_name(const struct consent_text *texts, size_t text_count,
    const struct consent *list, size_t count, const char *share,
    const char *name)
{
	const struct consent *c = consent_last(list, count, CONSENT_SHARE, share);
	const struct consent_text *text = c == NULL ? NULL :
	    find_text(texts, text_count, c->text);
	const char *p;

	for (p = text == NULL ? "" : text->body; *p != '\0'; p++)
		if (begins_with(p, name))
			return true;
	return false;
}

/* ---- one person ----------------------------------------------------------------- */

void
agreed_text_name(const unsigned char *hash, char out[AGREED_NAME])
{
	size_t i;

	for (i = 0; i < AGREED_NAME / 2; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

static void
show_one(const struct consent *c, bool asked, const struct consent_text *text)
{
	static const char *const names[] = { [CONSENT_COUNT] = "to be counted",
	    [CONSENT_LIST] = "on the list", [CONSENT_UPDATES] = "updates",
	    [CONSENT_SHARE] = "share with " };
	char date[11], name[AGREED_NAME];

	clock_date(c->day, date);
	(void)printf("  %s  %s%s: %s", date, c->kind >= CONSENT_COUNT &&
	    c->kind <= CONSENT_SHARE ? names[c->kind] : "?", c->about,
	    asked ? "asked for in her name, not confirmed" :
	    c->given ? "yes" : "no");
	if (text != NULL) {
		agreed_text_name(text->hash, name);
		(void)printf(", words %s (%s)", name, text->language);
	}
	(void)puts("");
}

enum status
agreed_show(struct store *store, struct arena *arena, const struct signature *s)
{
	bool asked = !signature_is_signed(s->state);
	struct consent_text *texts = NULL;
	struct consent *list = NULL;
	size_t count = 0, text_count = 0, i;
	enum status st = store_consents(store, arena, s->id, &list, &count);

	if (st != OK || count == 0)
		return st;
	st = store_consent_texts(store, arena, s->campaign, &texts, &text_count);
	if (st != OK)
		return st;
	(void)puts("consents");
	for (i = 0; i < count; i++)
		show_one(&list[i], asked, find_text(texts, text_count,
		    list[i].text));
	return OK;
}

int
agreed_no_organisation(const struct campaign *c, const char *id)
{
	struct buf ids = BUF_INIT;
	size_t i;
	int code;

	for (i = 0; i < c->organisation_count; i++)
		buf_addf(&ids, "%s%s", i > 0 ? ", " : "",
		    c->organisations[i].id);
	code = ctl_complain(EXIT_NOT, "%s has no organisation \"%s\"; there are: "
	    "%s", c->slug, id, ids.len > 0 ? ids.data : "none");
	buf_free(&ids);
	return code;
}
