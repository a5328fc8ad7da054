/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "delivery/texts.h"
#include "message/job.h"
#include "template/update.h"

#define SHEETS 4                /* kinds of mail one text is used in */

/* One language of an update. */
struct text {
	int64_t mailing;
	char *campaign, *language, *subject, *body;
	struct {
		const struct sheet *sheet;
		struct update *update;
	} made[SHEETS];
	size_t made_count;
	unsigned users;         /* mails being put together from it */
	bool gone;
	struct text *next;
};

struct texts {
	pthread_mutex_t lock;   /* of all */
	struct text *newest;
};

struct texts *
texts_new(void)
{
	struct texts *t = mem_alloc(sizeof *t);

	pthread_mutex_init(&t->lock, NULL);
	return t;
}

static void
text_free(struct text *t)
{
	size_t i;

	for (i = 0; i < t->made_count; i++)
		update_free(&t->made[i].update);
	free(t->campaign);
	free(t->language);
	free(t->subject);
	free(t->body);
	free(t);
}

void
texts_free(struct texts **tp)
{
	struct texts *t = *tp;
	struct text *next;

	if (t == NULL)
		return;
	for (; t->newest != NULL; t->newest = next) {
		next = t->newest->next;
		text_free(t->newest);
	}
	pthread_mutex_destroy(&t->lock);
	free(t);
	*tp = NULL;
}

/* Lock held. */
static void
drop(struct text **at)
{
	struct text *t = *at;

	*at = t->next;
	t->gone = true;
	if (t->users == 0)
		text_free(t);
}

/* Where it is linked from, or NULL.  Lock held. */
static struct text **
find(struct texts *t, int64_t mailing, const char *campaign,
    const char *language)
{
	struct text **at;

	for (at = &t->newest; *at != NULL; at = &(*at)->next)
		if ((*at)->mailing == mailing &&
		    strcmp((*at)->language, language) == 0 &&
		    strcmp((*at)->campaign, campaign) == 0)
			return at;
	return NULL;
}

/* Lock held. */
static void
forget_oldest(struct texts *t)
{
	struct text **at = &t->newest;
	size_t n;

	for (n = 0; n < TEXTS_MAX && *at != NULL; n++)
		at = &(*at)->next;
	while (*at != NULL)
		drop(at);
}

/* Lock held. */
static void
set(struct texts *t, int64_t mailing, const char *campaign,
    const char *language, const char *subject, const char *body)
{
	struct text **old = find(t, mailing, campaign, language), *new;

	if (old != NULL && strcmp((*old)->subject, subject) == 0 &&
	    strcmp((*old)->body, body) == 0)
		return;
	if (old != NULL)
		drop(old);
	new = mem_alloc(sizeof *new);
	new->mailing = mailing;
	new->campaign = mem_strdup(campaign);
	new->language = mem_strdup(language);
	new->subject = mem_strdup(subject);
	new->body = mem_strdup(body);
	new->next = t->newest;
	t->newest = new;
	forget_oldest(t);
}

void
texts_set(struct texts *t, const struct job_text *text)
{
	pthread_mutex_lock(&t->lock);
	set(t, text->mailing, text->campaign, text->language, text->subject,
	    text->body);
	pthread_mutex_unlock(&t->lock);
}

/* Oldest first, so that they stay in their order. */
static void
copy_from(struct texts *to, const struct text *from)
{
	if (from == NULL)
		return;
	copy_from(to, from->next);
	set(to, from->mailing, from->campaign, from->language, from->subject,
	    from->body);
}

void
texts_copy(struct texts *to, struct texts *from)
{
	pthread_mutex_lock(&from->lock);
	pthread_mutex_lock(&to->lock);
	copy_from(to, from->newest);
	pthread_mutex_unlock(&to->lock);
	pthread_mutex_unlock(&from->lock);
}

/* ---- using one ---------------------------------------------------------------- */

/* As it is in this mail's template, compiled when it is first wanted.  Lock
 * held. */
static enum status
update_in(struct text *t, const struct vars_base *base,
    const struct library_set *library, const struct sheet *sheet,
    struct update **out, struct reason *why)
{
	enum status st;
	size_t i;

	for (i = 0; i < t->made_count; i++)
		if (t->made[i].sheet == sheet) {
			*out = t->made[i].update;
			return OK;
		}
	if (t->made_count == SHEETS)
		return fail(why, LIMIT, "an update is used in more than %d kinds "
		    "of mail", SHEETS);
	st = update_new(out, base, library, sheet, t->subject, t->body, why);
	if (st != OK)
		return st;
	t->made[t->made_count].sheet = sheet;
	t->made[t->made_count++].update = *out;
	return OK;
}

enum status
texts_write(struct texts *t, struct arena *arena, const struct job *job,
    const struct vars_base *base, const struct library_set *library,
    const struct sheet *sheet, const struct countries *countries,
    struct buf *subject, struct buf *plain, struct buf *html,
    struct reason *why)
{
	struct update_mail *mail = NULL;
	struct update *update = NULL;
	struct text **at, *text = NULL;
	enum status st = NOT_FOUND;

	pthread_mutex_lock(&t->lock);
	at = find(t, job->mailing, job->campaign, job->language);
	if (at != NULL) {
		text = *at;
		st = update_in(text, base, library, sheet, &update, why);
	} else
		(void)fail(why, NOT_FOUND, "o=%lld: the words of its update are "
		    "not here", (long long)job->id);
	if (st == OK)
		st = update_open(update, arena, countries, job, &mail, why);
	if (st == OK)
		text->users++;
	pthread_mutex_unlock(&t->lock);
	if (st != OK)
		return st;
	update_write(mail, subject, plain, html);
	update_release(&mail);
	pthread_mutex_lock(&t->lock);
	if (--text->users == 0 && text->gone)
		text_free(text);
	pthread_mutex_unlock(&t->lock);
	return OK;
}
