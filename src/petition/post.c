/* post.c - staff post an update by mail
 * SPDX-License-Identifier: ISC
 */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/campaign.h"
#include "outbox/outbox.h"
#include "petition/act.h"
#include "petition/updates.h"
#include "seal/sealed.h"
#include "template/update.h"

#define DOUBTED_MOST 5          /* a day, of one author and nobody vouches for it */
#define DOUBTED_ALL 20          /* the same, of all authors */
#define POSTS_MOST 50           /* a day, of one author whose mail is authentic */

static struct updates
of_act(const struct act *act)
{
	return (struct updates){ act->petition, act->arena, act->campaign,
	    act->campaign_id, act->now };
}

/* ---- who may ------------------------------------------------------------------- */

static bool
is_staff(const struct act *act)
{
	struct updates u = of_act(act);
	unsigned char author[STORE_HASH], one[STORE_HASH];
	char *const *each;

	updates_hash(&u, act->letter->author.full, author);
	for (each = act->campaign->staff; *each != NULL; each++) {
		updates_hash(&u, *each, one);
		if (memcmp(author, one, sizeof one) == 0)
			return true;
	}
	return false;
}

/* Somebody posts in a staff member's name: staff hear once a day. */
static enum status
tell_of_forgery(struct act *act)
{
	static const char *const extras[] = { "forged", "1", NULL };
	struct updates u = of_act(act);
	struct store *store = act->petition->with.store;
	char name[64];
	int64_t last = 0;
	char *const *each;
	enum status st;

	(void)snprintf(name, sizeof name, "forged.%s", act->campaign->slug);
	st = store_note_get(store, name, &last);
	if ((st != OK && st != NOT_FOUND) || last == clock_day(act->now))
		return st == NOT_FOUND ? OK : st;
	log_warnx("campaign=%s alarm=forged-post somebody posts updates in the name "
	    "of staff; nothing of it is kept", act->campaign->slug);
	st = store_note_set(store, name, clock_day(act->now));
	for (each = act->campaign->staff; st == OK && *each != NULL; each++)
		st = updates_mail(&u, *each, "update-notice", 0, 0,
		    NULL, extras);
	return st;
}

/* ---- how often ------------------------------------------------------------------ */

struct allowance {
	const char *name;               /* of its note */
	int64_t most;                   /* a day */
};

/* Has ALLOWANCE room today?  When it has and TAKE is set, one is taken. */
static enum status
count_one(struct act *act, const struct allowance *a, bool take, bool *may_out)
{
	struct store *store = act->petition->with.store;
	int64_t today = clock_day(act->now), note = 0, count;
	enum status st = store_note_get(store, a->name, &note);

	if (st != OK && st != NOT_FOUND)
		return st;
	count = note / 100 == today ? note % 100 : 0;
	*may_out = count < a->most;
	return *may_out && take ? store_note_set(store, a->name,
	    today * 100 + count + 1) : OK;
}

/* Whoever knows a staff member's address can make us ask her, and a robot of her
 * own that writes as she does could go round with ours: not often.  Each author
 * has a count, and another one where nobody vouches for her, so that forgeries
 * lock out neither others nor herself; those have a bound in all, too.  A mail
 * that is repeated or refused counts nothing: TAKE is set once it is taken in. */
static enum status
count_post(struct act *act, bool take, bool *may_out)
{
	const char *slug = act->campaign->slug;
	struct updates u = of_act(act);
	unsigned char author[STORE_HASH];
	struct allowance own, all = { arena_printf(act->arena, "posts.%s", slug),
	    DOUBTED_ALL };
	enum status st;

	updates_hash(&u, act->letter->author.full, author);
	own.name = arena_printf(act->arena, "%s.%s.%02x%02x%02x%02x",
	    act->letter->authentic ? "posts" : "doubted", slug, author[0],
	    author[1], author[2], author[3]);
	own.most = act->letter->authentic ? POSTS_MOST : DOUBTED_MOST;
	st = count_one(act, &own, take, may_out);
	if (st == OK && *may_out && !act->letter->authentic)
		st = count_one(act, &all, take, may_out);
	return st;
}

/* U1. */
enum status
act_may_post(struct act *act)
{
	bool may = false;
	enum status st;

	act->verdict = VERDICT_NOT_ALLOWED;
	if (!is_staff(act))
		return OK;
	if (act->letter->forged)
		return tell_of_forgery(act);
	st = count_post(act, false, &may);
	if (st == OK && may)
		act->verdict = VERDICT_ACCEPT;
	return st;
}

/* ---- the text -------------------------------------------------------------------- */

struct draft {
	struct mailing_text text[LETTER_POSTS];
	size_t count;
	struct buf mistakes;            /* a line each */
	bool has_default;
};

static void
take_one(struct act *act, struct draft *d, const struct letter_post *post)
{
	const struct campaign *c = act->campaign;
	const char *language = post->language != NULL ? post->language :
	    c->default_language;
	struct reason why = { "" };
	size_t i;

	if (campaign_language(c, language) == NULL) {
		buf_addf(&d->mistakes, "- %s: the campaign does not speak this "
		    "language; campaign.conf names those it does\n", language);
		return;
	}
	for (i = 0; i < d->count; i++)
		if (strcmp(d->text[i].language, language) == 0) {
			buf_addf(&d->mistakes, "- %s: there are two texts in this "
			    "language, in the mail itself or in attached files; "
			    "leave one\n", language);
			return;
		}
	if (strcmp(language, c->default_language) == 0)
		d->has_default = true;
	if (update_check(language, post->subject, post->body, &why) != OK)
		buf_addf(&d->mistakes, "- %s\n", why.text);
	d->text[d->count++] = (struct mailing_text){ language, post->subject,
	    post->body };
}

static void
take_texts(struct act *act, struct draft *d)
{
	const struct letter *letter = act->letter;
	size_t i;

	for (i = 0; i < letter->posts; i++)
		take_one(act, d, &letter->post[i]);
	if (letter->post_cut)
		buf_addf(&d->mistakes, "- it is too long or too much: at most %d "
		    "KB for one language, %d KB and %d languages or files in all\n",
		    LETTER_POST_MAX >> 10, LETTER_POSTS_MAX / 1000, LETTER_POSTS);
	else if (letter->posts == 0)
		buf_addf(&d->mistakes, "- there is no text in the mail, "
		    "nor a file with a name such as news.%s.md\n",
		    act->campaign->default_language);
	else if (!d->has_default)
		buf_addf(&d->mistakes, "- %s: there is no text in the campaign's "
		    "default language, which all get who speak another one\n",
		    act->campaign->default_language);
}

static void
check_approvers(struct act *act, struct draft *d,
    const unsigned char author[STORE_HASH])
{
	struct updates u = of_act(act);
	size_t others = updates_approvers(&u, author);

	if (act->campaign->approvals > (int)others)
		buf_addf(&d->mistakes, "- %d must approve it and there are %zu "
		    "others who may; name more approvers in campaign.conf, or "
		    "fewer approvals\n", act->campaign->approvals, others);
}

/* One mail with all that is wrong; nothing else happens. */
static enum status
refuse(struct act *act, const struct draft *d)
{
	struct updates u = of_act(act);
	const char *const extras[] = { "mistakes", d->mistakes.data,
	    "update_subject", act->letter->subject, NULL };

	act->done = "mistakes";
	return updates_mail(&u, act->letter->author.full, "update-refused", 0, 0,
	    act->letter->message_id, extras);
}

/* ---- keeping it ------------------------------------------------------------------- */

static enum status
ask_author(struct act *act, const struct mailing *m)
{
	static const char *const extras[] = { "yours", "1", NULL };
	struct updates u = of_act(act);
	struct approval a = { .kind = APPROVAL_OF_MAILING,
	    .subject = m->id, .role = APPROVAL_AUTHOR,
	    .asked_at = act->now };
	enum status st;

	memcpy(a.approver, m->author.data, STORE_HASH);
	st = store_approval_add(act->petition->with.store, &a);
	act->done = "asked-author";
	return st != OK ? st : updates_mail(&u, act->letter->author.full,
	    "update-preview", m->id, a.id, act->letter->message_id, extras);
}

static enum status
keep(struct act *act, const struct draft *d,
    const unsigned char author[STORE_HASH])
{
	struct updates u = of_act(act);
	struct mailing m = {
		.campaign = act->campaign_id, .state = MAILING_DRAFT,
		.origin = MAILING_BY_MAIL, .segment = "",
		.author = { author, STORE_HASH },
		.needed = act->campaign->approvals, .created_at = act->now,
		.why = "",
	};
	enum status st;

	seal_random(m.serial, sizeof m.serial);
	st = store_mailing_add(act->petition->with.store, &m, d->text, d->count);
	if (st != OK)
		return st;
	log_info("u=%lld campaign=%s event=posted languages=%zu", (long long)m.id,
	    act->campaign->slug, d->count);
	act->done = "posted";
	return act->letter->authentic ? updates_ask(&u, &m, act->now) :
	    ask_author(act, &m);
}

enum status
act_post(struct act *act)
{
	struct draft draft = { .mistakes = BUF_INIT };
	struct updates u = of_act(act);
	unsigned char author[STORE_HASH];
	enum status st;
	bool may;

	st = count_post(act, true, &may);
	if (st != OK)
		return st;
	updates_hash(&u, act->letter->author.full, author);
	take_texts(act, &draft);
	check_approvers(act, &draft, author);
	st = draft.mistakes.len > 0 ? refuse(act, &draft) :
	    keep(act, &draft, author);
	buf_free(&draft.mistakes);
	return st;
}
