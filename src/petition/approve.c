/* approve.c - who is asked to approve something, and what they answer
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
#include "outbox/segment.h"
#include "petition/act.h"
#include "petition/uncount.h"
#include "petition/updates.h"
#include "template/update.h"

#define QUESTIONS_MOST 3        /* after answers that are none */

/* ---- people ------------------------------------------------------------------ */

void
updates_hash(const struct updates *u, const char *text,
    unsigned char out[STORE_HASH])
{
	struct address address;
	char *key;

	memset(out, 0, STORE_HASH);
	if (address_parse(&address, u->arena, text, strlen(text)) != OK)
		return;
	key = address_key(u->arena, &address);
	keys_hash(u->petition->with.keys, KEY_HASH_ADDRESS, u->campaign_id, key,
	    strlen(key), out);
}

static bool
is_hash_of(const struct updates *u, const char *address,
    const unsigned char *hash)
{
	unsigned char own[STORE_HASH];

	updates_hash(u, address, own);
	return hash != NULL && memcmp(own, hash, STORE_HASH) == 0;
}

static void
add_person(const struct updates *u, const char **list, size_t *count,
    const char *address)
{
	unsigned char hash[STORE_HASH];
	size_t i;

	updates_hash(u, address, hash);
	for (i = 0; i < *count; i++)
		if (is_hash_of(u, list[i], hash))
			return;
	list[(*count)++] = address;
}

static size_t
length(char *const *list)
{
	size_t n = 0;

	while (list[n] != NULL)
		n++;
	return n;
}

static const char **
unite(const struct updates *u, char *const *a, char *const *b)
{
	const char **list = arena_alloc(u->arena,
	    (length(a) + length(b) + 1) * sizeof *list);
	size_t count = 0;

	for (; *a != NULL; a++)
		add_person(u, list, &count, *a);
	for (; *b != NULL; b++)
		add_person(u, list, &count, *b);
	return list;
}

const char **
updates_people(const struct updates *u)
{
	return unite(u, u->campaign->staff, u->campaign->approvers);
}

static const char **
approvers(const struct updates *u)
{
	static char *const nobody[] = { NULL };

	return unite(u, campaign_approvers(u->campaign), nobody);
}

bool
updates_is_approver(const struct updates *u, const unsigned char hash[STORE_HASH])
{
	const char **each;

	for (each = approvers(u); *each != NULL; each++)
		if (is_hash_of(u, *each, hash))
			return true;
	return false;
}

size_t
updates_approvers(const struct updates *u, const unsigned char *author)
{
	const char **each;
	size_t n = 0;

	for (each = approvers(u); *each != NULL; each++)
		n += !is_hash_of(u, *each, author);
	return n;
}

/* ---- mail to them --------------------------------------------------------------- */

enum status
updates_mail(const struct updates *u, const char *to, const char *kind,
    int64_t mailing, int64_t approval, const char *in_reply_to,
    const char *const *extras)
{
	struct petition_setup *with = &u->petition->with;
	struct promise promise = {
		.campaign = u->campaign_id, .class = OUTBOX_ANSWER, .kind = kind,
		.language = u->campaign->default_language, .to = to,
		.in_reply_to = in_reply_to, .due_at = u->now,
	};
	size_t n = 0;

	if (mailing != 0 && strcmp(kind, "update-preview") == 0) {
		promise.extra[n].name = "preview";
		promise.extra[n++].value = arena_printf(u->arena, "%lld",
		    (long long)mailing);
	}
	if (approval != 0) {
		promise.extra[n].name = "approval";
		promise.extra[n++].value = arena_printf(u->arena, "%lld",
		    (long long)approval);
	}
	for (; extras != NULL && *extras != NULL && n < OUTBOX_EXTRAS; extras += 2) {
		if (extras[1] == NULL)
			continue;
		promise.extra[n].name = extras[0];
		promise.extra[n++].value = extras[1];
	}
	return outbox_promise(with->store, with->keys, &promise, u->now);
}

static bool
was_asked(const struct approval *list, size_t count, const struct updates *u,
    const char *address)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (is_hash_of(u, address, list[i].approver))
			return true;
	return false;
}

/* Mailings of a schedule are all staff's. */
static bool
is_staffs(const struct updates *u, const char *address)
{
	char *const *each;

	for (each = u->campaign->staff; *each != NULL; each++)
		if (strcmp(*each, address) == 0)
			return true;
	return false;
}

enum status
approval_tell(const struct updates *u, const struct matter *matter,
    const char *kind, const char *const *extras)
{
	struct approval *list;
	const char **each;
	size_t count;
	enum status st = store_approval_list(u->petition->with.store, u->arena,
	    matter->kind, matter->subject, &list, &count);

	for (each = updates_people(u); st == OK && *each != NULL; each++)
		if (is_hash_of(u, *each, matter->author) ||
		    (matter->staffs && is_staffs(u, *each)) ||
		    was_asked(list, count, u, *each))
			st = updates_mail(u, *each, kind, matter->mailing, 0,
			    NULL, extras);
	return st;
}

static struct matter
matter_of(const struct mailing *m)
{
	return (struct matter){ .kind = APPROVAL_OF_MAILING, .subject = m->id,
	    .mailing = m->id, .staffs = m->origin == MAILING_BY_SCHEDULE,
	    .author = m->author.len == STORE_HASH ? m->author.data : NULL };
}

enum status
updates_tell(const struct updates *u, const struct mailing *m, const char *kind,
    const char *const *extras)
{
	struct matter matter = matter_of(m);

	return approval_tell(u, &matter, kind, extras);
}

const char *
updates_subject(const struct updates *u, int64_t mailing)
{
	struct mailing_text *texts;
	const char *found = "";
	size_t count, i;

	if (store_mailing_texts(u->petition->with.store, u->arena, mailing,
	    &texts, &count) != OK)
		return "";
	for (i = 0; i < count; i++)
		if (i == 0 || strcmp(texts[i].language,
		    u->campaign->default_language) == 0)
			found = texts[i].subject;
	return found;
}

/* ---- how many it is for ------------------------------------------------------------ */

static enum status
count_for(const struct updates *u, const char *segment, int64_t *out)
{
	struct segment *parsed;
	enum status st = segment_parse(&parsed, u->arena, u->campaign, segment,
	    NULL);

	*out = 0;
	if (st != OK)
		return OK;              /* the campaign has changed meanwhile */
	return segment_count(u->petition->with.store, parsed, u->campaign_id, out);
}

/* "en 120", a line for each language it is written in.  Who is written to in
 * another one gets it in the default. */
static enum status
count_languages(const struct updates *u, const struct mailing *m,
    const char **lines_out, const char **total_out)
{
	const char *normal = u->campaign->default_language;
	struct mailing_text *texts;
	struct buf lines = BUF_INIT;
	int64_t total, n, rest;
	size_t count, i;
	enum status st = count_for(u, m->segment, &total);

	rest = total;
	if (st == OK)
		st = store_mailing_texts(u->petition->with.store, u->arena, m->id,
		    &texts, &count);
	for (i = 0; st == OK && i < count; i++) {
		if (strcmp(texts[i].language, normal) == 0)
			continue;
		st = count_for(u, arena_printf(u->arena, "%s language=%s",
		    m->segment, texts[i].language), &n);
		rest -= n;
		buf_addf(&lines, "- %s: %lld\n", texts[i].language, (long long)n);
	}
	buf_addf(&lines, "- %s: %lld\n", normal, (long long)rest);
	*lines_out = arena_strndup(u->arena, lines.data, lines.len);
	*total_out = arena_printf(u->arena, "%lld", (long long)total);
	buf_free(&lines);
	return st;
}

/* ---- asking -------------------------------------------------------------------------- */

static enum status
ask_one(const struct updates *u, const struct matter *matter, const char *to,
    enum approval_role role, const char *kind, const char *const *extras)
{
	struct approval a = { .kind = matter->kind, .subject = matter->subject,
	    .role = role, .asked_at = u->now };
	enum status st;

	updates_hash(u, to, a.approver);
	st = store_approval_add(u->petition->with.store, &a);
	if (st == EXISTS)
		return OK;
	return st != OK ? st : updates_mail(u, to, kind, matter->mailing, a.id,
	    NULL, extras);
}

enum status
approval_ask(const struct updates *u, const struct matter *matter,
    const char *kind, const char *const *ask, const char *const *copy)
{
	const char **each;
	enum status st = OK;

	for (each = approvers(u); st == OK && *each != NULL; each++)
		if (!is_hash_of(u, *each, matter->author))
			st = ask_one(u, matter, *each, APPROVAL_APPROVER, kind,
			    ask);
	for (each = updates_people(u); st == OK && *each != NULL; each++)
		if (is_hash_of(u, *each, matter->author))
			st = updates_mail(u, *each, kind, matter->mailing, 0,
			    NULL, copy);
	return st;
}

static enum status
ask_all(const struct updates *u, const struct mailing *m, const char *lines,
    const char *total)
{
	struct matter matter = matter_of(m);
	const char *const ask[] = { "approve", "1", "languages", lines, "total",
	    total, "late_run", strcmp(m->why, MAILING_LATE) == 0 ? "1" : NULL,
	    NULL };
	const char *const copy[] = { "copy", "1", "languages", lines, "total",
	    total, NULL };

	return approval_ask(u, &matter, "update-preview", ask, copy);
}

enum status
updates_ask(const struct updates *u, struct mailing *m, int64_t send_at)
{
	const char *lines, *total;
	enum status st;

	if (m->needed <= 0) {
		m->state = MAILING_SCHEDULED;
		m->send_at = send_at;
		return store_mailing_put(u->petition->with.store, m);
	}
	m->state = MAILING_ASKED;
	m->send_at = send_at;
	st = store_mailing_put(u->petition->with.store, m);
	if (st == OK)
		st = count_languages(u, m, &lines, &total);
	return st != OK ? st : ask_all(u, m, lines, total);
}

/* ---- answers --------------------------------------------------------------------------- */

static struct updates
of_act(const struct act *act)
{
	return (struct updates){ act->petition, act->arena, act->campaign,
	    act->campaign_id, act->now };
}

/* U3: from the one who was asked and is still named. */
enum status
act_may_approve(struct act *act, int64_t id)
{
	struct updates u = of_act(act);
	struct approval a;
	const char **each;
	enum status st = store_approval_get(act->petition->with.store, id, &a);

	act->verdict = VERDICT_NOT_ALLOWED;
	if (st == NOT_FOUND) {
		act->verdict = VERDICT_NO_USER;
		return OK;
	}
	if (st != OK || act->letter->forged ||
	    !is_hash_of(&u, act->letter->author.full, a.approver))
		return st;
	if (a.role == APPROVAL_APPROVER && updates_is_approver(&u, a.approver))
		act->verdict = VERDICT_ACCEPT;
	for (each = updates_people(&u); *each != NULL; each++)
		if (a.role == APPROVAL_AUTHOR && is_hash_of(&u, *each, a.approver))
			act->verdict = VERDICT_ACCEPT;
	return OK;
}

/* ---- what an answer is about ------------------------------------------------------ */

static enum status
mailing_waits(const struct updates *u, const struct approval *a, bool *waits_out)
{
	struct mailing m;
	enum status st = store_mailing_get(u->petition->with.store, u->arena,
	    a->subject, &m);

	*waits_out = st == OK && m.state ==
	    (a->role == APPROVAL_AUTHOR ? MAILING_DRAFT : MAILING_ASKED);
	return st;
}

static enum status
mailing_named(const struct updates *u, int64_t mailing, const char **pairs)
{
	pairs[0] = "update_subject";
	pairs[1] = updates_subject(u, mailing);
	return OK;
}

static enum status
mailing_refused_by(const struct updates *u, int64_t mailing, const char *who)
{
	const char *const extras[] = { "rejected", "1", "update_subject",
	    updates_subject(u, mailing), "from_name", who, NULL };
	struct mailing m;
	enum status st = store_mailing_get(u->petition->with.store, u->arena,
	    mailing, &m);

	if (st != OK)
		return st;
	m.state = MAILING_CANCELLED;
	m.why = "not approved";
	m.finished_at = u->now;
	st = store_mailing_put(u->petition->with.store, &m);
	return st != OK ? st : updates_tell(u, &m, "update-notice", extras);
}

/* By its author: she has said that the text is hers. */
static enum status
mailing_owned(const struct updates *u, int64_t mailing)
{
	struct mailing m;
	enum status st = store_mailing_get(u->petition->with.store, u->arena,
	    mailing, &m);

	return st != OK ? st : updates_ask(u, &m, u->now);
}

static enum status
mailing_approved(const struct updates *u, int64_t mailing, int yes, bool *done_out)
{
	struct mailing m;
	enum status st = store_mailing_get(u->petition->with.store, u->arena,
	    mailing, &m);

	if (st != OK)
		return st;
	log_info("u=%lld campaign=%s approvals=%d needed=%d", (long long)m.id,
	    u->campaign->slug, yes, m.needed);
	*done_out = yes >= m.needed;
	if (!*done_out)
		return OK;
	m.state = MAILING_SCHEDULED;
	m.why = "";
	if (m.send_at < u->now)
		m.send_at = u->now;
	return store_mailing_put(u->petition->with.store, &m);
}

static const struct {
	const char *notice;             /* kind of the mails about answers */
	/* Does it wait for this answer?  NOT_FOUND: it is gone. */
	enum status (*waits)(const struct updates *, const struct approval *,
	    bool *waits_out);
	/* What a notice calls it: up to NAMED of these, in pairs. */
	enum status (*named)(const struct updates *, int64_t subject,
	    const char **pairs);
	enum status (*refused)(const struct updates *, int64_t subject,
	    const char *who);
	enum status (*owned)(const struct updates *, int64_t subject);
	/* YES of the approvers have said so by now. */
	enum status (*approved)(const struct updates *, int64_t subject, int yes,
	    bool *done_out);
} matters[APPROVAL_KINDS] = {
	[APPROVAL_OF_MAILING] = { "update-notice", mailing_waits, mailing_named,
	    mailing_refused_by, mailing_owned, mailing_approved },
	[APPROVAL_OF_UNCOUNT] = { "uncount-notice", uncount_waits, uncount_named,
	    uncount_refused, NULL, uncount_approved },
};

#define NAMED 10                /* strings, NULL-ended in a notice */

/* To the one who has just answered. */
static enum status
notice(struct act *act, const struct approval *a, const char *flag,
    bool may_answer)
{
	struct updates u = of_act(act);
	const char *extras[2 + NAMED + 1] = { flag, "1" };
	enum status st = matters[a->kind].named(&u, a->subject, extras + 2);

	act->done = flag;
	return st != OK ? st : updates_mail(&u, act->letter->author.full,
	    matters[a->kind].notice,
	    a->kind == APPROVAL_OF_MAILING ? a->subject : 0,
	    may_answer ? a->id : 0, act->letter->message_id, extras);
}

/* Who writes neither yes nor no is asked again, and not for ever. */
static enum status
ask_again(struct act *act, const struct approval *a)
{
	struct store *store = act->petition->with.store;
	char name[64];
	int64_t asked = 0;
	enum status st;

	(void)snprintf(name, sizeof name, "approval.%lld", (long long)a->id);
	st = store_note_get(store, name, &asked);
	act->done = "silent";
	if ((st != OK && st != NOT_FOUND) || asked >= QUESTIONS_MOST)
		return st == NOT_FOUND ? OK : st;
	st = store_note_set(store, name, asked + 1);
	return st != OK ? st : notice(act, a, "unclear", true);
}

static enum status
count_yes(struct act *act, const struct approval *a, int *out)
{
	struct updates u = of_act(act);
	struct approval *list;
	size_t count, i;
	enum status st = store_approval_list(act->petition->with.store, act->arena,
	    a->kind, a->subject, &list, &count);

	*out = 0;
	for (i = 0; st == OK && i < count; i++)
		*out += list[i].role == APPROVAL_APPROVER &&
		    list[i].answer == ANSWER_YES &&
		    updates_is_approver(&u, list[i].approver);
	return st;
}

static enum status
said_yes(struct act *act, const struct approval *a)
{
	struct updates u = of_act(act);
	bool done = false;
	int yes;
	enum status st;

	if (a->role == APPROVAL_AUTHOR) {
		act->done = "owned";
		return matters[a->kind].owned(&u, a->subject);
	}
	st = count_yes(act, a, &yes);
	if (st == OK)
		st = matters[a->kind].approved(&u, a->subject, yes, &done);
	if (st == OK && !done)
		return notice(act, a, "thanks", false);
	act->done = "approved";
	return st;
}

static bool
says_no(const struct said *said)
{
	return said->no || said->verb == VERB_STOP ||
	    said->verb == VERB_WITHDRAW || said->verb == VERB_FORGET;
}

enum status
act_approve(struct act *act, int64_t id)
{
	struct store *store = act->petition->with.store;
	const struct said *said = &act->letter->said;
	struct updates u = of_act(act);
	struct approval a;
	bool waits;
	enum status st = store_approval_get(store, id, &a);

	if (st == OK)
		st = matters[a.kind].waits(&u, &a, &waits);
	if (st != OK)
		return st == NOT_FOUND ? OK : st;
	if (a.answer != ANSWER_NONE)
		return notice(act, &a, "again", false);
	if (!waits)
		return notice(act, &a, "late", false);
	if (!said->yes && !says_no(said))
		return ask_again(act, &a);
	a.answer = says_no(said) ? ANSWER_NO : ANSWER_YES;
	a.answered_at = act->now;
	st = store_approval_put(store, &a);
	if (st != OK)
		return st;
	if (a.answer == ANSWER_YES)
		return said_yes(act, &a);
	act->done = "rejected";
	return matters[a.kind].refused(&u, a.subject, act->letter->author.full);
}
