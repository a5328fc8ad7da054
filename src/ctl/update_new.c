/* update_new.c - what staff wrote, from files into the store, whole or not at all
 * SPDX-License-Identifier: ISC
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "config/campaign.h"
#include "ctl/ctl.h"
#include "ctl/update.h"
#include "message/job.h"
#include "message/post.h"
#include "outbox/mailing.h"
#include "outbox/segment.h"
#include "seal/keys.h"
#include "store/mailing.h"
#include "store/store.h"
#include "template/update.h"
#include "words/text.h"

#define FILE_MAX_ (JOB_TEXT_MAX + 4096)         /* with its subject line */

struct writing {
	struct updating *u;
	struct mailing_text *texts;
	const char **files;             /* of each text */
	size_t count;
};

/* ---- languages -------------------------------------------------------------------- */

static int
no_language(const struct campaign *c, const char *what, const char *language)
{
	struct buf all = BUF_INIT;
	size_t i;

	for (i = 0; i < c->language_count; i++)
		buf_addf(&all, "%s%s", i == 0 ? "" : ", ", c->languages[i].code);
	(void)ctl_complain(EXIT_NOT, "%s: %s does not speak \"%s\"; it speaks: %s",
	    what, c->slug, language, all.data);
	buf_free(&all);
	return EXIT_NOT;
}

/* ---- subjects ----------------------------------------------------------------------- */

/* "ru=..." when that is one of the campaign's languages; *LEN is of "ru=". */
static const char *
subject_language(const struct campaign *c, const char *value, size_t *len)
{
	size_t i;

	*len = 0;
	for (i = 0; i < c->language_count; i++) {
		size_t n = strlen(c->languages[i].code);

		if (strncmp(value, c->languages[i].code, n) == 0 &&
		    value[n] == '=') {
			*len = n + 1;
			return c->languages[i].code;
		}
	}
	return NULL;
}

/* What --subject says for a language, or NULL.  Without a language it is for
 * the default one. */
static const char *
subject_option(const struct updating *u, const char *language)
{
	const struct campaign *c = u->campaign;
	const char *value, *found = NULL, *of;
	size_t len;
	int i;

	for (i = 0; (value = ctl_value_at(u->ctl, "subject", i)) != NULL; i++) {
		of = subject_language(c, value, &len);
		if (strcmp(of != NULL ? of : c->default_language, language) == 0)
			found = text_line(u->arena, value + len,
			    strlen(value) - len, UPDATE_SUBJECT_MAX + 1);
	}
	return found;
}

/* A subject for which there is no text is a mistake of somebody. */
static int
check_subjects(const struct writing *w)
{
	const struct campaign *c = w->u->campaign;
	const char *value, *language;
	size_t len, k;
	int i;

	for (i = 0; (value = ctl_value_at(w->u->ctl, "subject", i)) != NULL;
	    i++) {
		language = subject_language(c, value, &len);
		if (language == NULL)
			language = c->default_language;
		for (k = 0; k < w->count; k++)
			if (strcmp(w->texts[k].language, language) == 0)
				break;
		if (k == w->count)
			return ctl_complain(EXIT_NOT, "--subject=%s: there is no "
			    "file in the language \"%s\"", value, language);
	}
	return 0;
}

/* ---- files ----------------------------------------------------------------------------- */

static int
read_file(struct writing *w, const char *file)
{
	struct updating *u = w->u;
	const struct campaign *c = u->campaign;
	const char *language = post_language(u->arena, file), *subject, *body;
	struct buf bytes = BUF_INIT;
	struct reason why = { "" };
	enum status st;
	size_t i;

	if (language == NULL)
		language = c->default_language;
	if (campaign_language(c, language) == NULL)
		return no_language(c, file, language);
	for (i = 0; i < w->count; i++)
		if (strcmp(w->texts[i].language, language) == 0)
			return ctl_complain(EXIT_NOT, "%s: %s is in \"%s\" too; "
			    "one file for each language", file, w->files[i],
			    language);
	st = buf_read_file(&bytes, file, FILE_MAX_, &why);
	if (st == LIMIT)
		(void)fail(&why, INVALID, "%s: is too large; an update may have "
		    "%d octets", file, JOB_TEXT_MAX);
	if (st == OK)
		st = update_split(u->arena, file, bytes.data, bytes.len,
		    &subject, &body, &why);
	buf_free(&bytes);
	if (st == OK) {
		const char *said = subject_option(u, language);

		subject = said != NULL ? said : subject;
		st = update_check(file, subject, body, &why);
	}
	if (st != OK)
		return ctl_complain(EXIT_NOT, "%s", why.text);
	w->files[w->count] = file;
	w->texts[w->count++] = (struct mailing_text){ language, subject, body };
	return 0;
}

/* ---- keeping it --------------------------------------------------------------------------- */

static enum status
add(struct updating *u, const struct writing *w, const char *segment)
{
	struct store *store = u->ctl->store;
	struct mailing *m = &u->mailing;
	enum status st = store_begin(store);

	if (st != OK)
		return st;
	st = store_campaign_add(store, u->campaign->slug, &u->campaign_id);
	*m = (struct mailing){ .campaign = u->campaign_id, .state = MAILING_DRAFT,
	    .origin = MAILING_BY_STAFF, .segment = segment,
	    .created_at = clock_now(), .why = "" };
	seal_random(m->serial, sizeof m->serial);
	if (st == OK || st == EXISTS)
		st = store_mailing_add(store, m, w->texts, w->count);
	if (st == OK)
		return store_commit(store);
	store_rollback(store);
	return st;
}

static void
tell_what_next(const struct updating *u, const struct writing *w)
{
	const struct campaign *c = u->campaign;
	const char *command = ctl_command(u->ctl);
	struct buf missing = BUF_INIT;
	size_t i, k;

	for (i = 0; i < c->language_count; i++) {
		for (k = 0; k < w->count; k++)
			if (strcmp(w->texts[k].language,
			    c->languages[i].code) == 0)
				break;
		if (k == w->count)
			buf_addf(&missing, "%s%s", missing.len == 0 ? "" : ", ",
			    c->languages[i].code);
	}
	(void)printf("Update %" PRId64 " is written, and nothing is sent yet.\n",
	    u->mailing.id);
	if (missing.len > 0)
		(void)printf("It is not written in %s: who reads that gets it in "
		    "%s.\n", missing.data, mailing_text_for(c, w->texts, w->count,
		    "")->language);
	(void)printf("See it:   %s update %s preview %" PRId64 "\n"
	    "Send it:  %s update %s send %" PRId64 "\n", command, c->slug,
	    u->mailing.id, command, c->slug, u->mailing.id);
	buf_free(&missing);
}

/* Canonical, or NULL after complaining: a mistake, or nobody is meant. */
static const char *
check_segment(const struct updating *u)
{
	const char *text = ctl_value(u->ctl, "segment");
	struct segment *segment;
	struct reason why = { "" };
	int64_t count = 0;
	enum status st = segment_parse(&segment, u->arena, u->campaign,
	    text == NULL ? "" : text, &why);

	if (st == OK && text != NULL && u->campaign_id != 0)
		st = segment_count(u->ctl->store, segment, u->campaign_id,
		    &count);
	if (st != OK) {
		(void)ctl_complain(EXIT_NOT, "--segment: %s", why.text[0] != '\0' ?
		    why.text : status_text(st));
		return NULL;
	}
	if (text != NULL && count == 0) {
		(void)ctl_complain(EXIT_NOT, "--segment=%s: nobody who wants "
		    "updates is meant by that", text);
		return NULL;
	}
	return segment_text(u->arena, segment);
}

int
update_new_file(struct updating *u)
{
	struct ctl *ctl = u->ctl;
	size_t files = (size_t)(ctl->count - 2), i;
	struct writing w = { .u = u };
	const char *segment;
	enum status st;
	int code = 0;

	if (files == 0)
		return ctl_misuse(ctl, "update %s new needs a file for each "
		    "language, such as news.%s.md", u->campaign->slug,
		    u->campaign->default_language);
	w.texts = arena_alloc(u->arena, files * sizeof *w.texts);
	w.files = arena_alloc(u->arena, files * sizeof *w.files);
	for (i = 0; code == 0 && i < files; i++)
		code = read_file(&w, ctl->args[i + 2]);
	if (code == 0)
		code = check_subjects(&w);
	if (code != 0)
		return code;
	segment = check_segment(u);
	if (segment == NULL)
		return EXIT_NOT;
	st = add(u, &w, segment);
	if (st != OK)
		return ctl_complain(EXIT_NOT, "the update cannot be kept: %s",
		    status_text(st));
	tell_what_next(u, &w);
	return EXIT_DONE;
}
