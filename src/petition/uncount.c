/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/campaign.h"
#include "logbook/leaf.h"
#include "logbook/uncounted.h"
#include "outbox/outbox.h"
#include "petition/act.h"
#include "petition/retention.h"
#include "petition/uncount.h"
#include "petition/updates.h"
#include "store/ending.h"
#include "store/tally.h"
#include "words/text.h"

#define PART 64                 /* signatures changed in one transaction */
#define REASON_MOST 160         /* octets: fits an entry of the tally */
#define DRAFT_LIFE CLOCK_HOUR   /* of one whose command was ended */

const char *
uncount_state_name(enum uncount_state state)
{
	static const char *const names[UNCOUNT_STATES] = {
		[UNCOUNT_DRAFT] = "draft", [UNCOUNT_PROPOSED] = "proposed",
		[UNCOUNT_APPROVED] = "approved", [UNCOUNT_RUNNING] = "running",
		[UNCOUNT_DONE] = "done", [UNCOUNT_REJECTED] = "rejected",
		[UNCOUNT_CANCELLED] = "cancelled",
	};

	return state < UNCOUNT_STATES ? names[state] : "unknown";
}

static const struct { const char *name, *text; } kinds[LEAF_BACKS] = {
	[LEAF_FRAUD] = { "fraud", "they are false" },
	[LEAF_DUPLICATE] = { "duplicate", "the same people had signed already" },
	[LEAF_UNREACHABLE] = { "unreachable", "their addresses never worked" },
};

const char *
uncount_kind_name(enum leaf_back kind)
{
	return kinds[kind].name;
}

const char *
uncount_kind_text(enum leaf_back kind)
{
	return kinds[kind].text;
}

enum status
uncount_kind(const char *name, enum leaf_back *out)
{
	int i;

	for (i = 0; i < LEAF_BACKS; i++)
		if (kinds[i].name != NULL && strcmp(kinds[i].name, name) == 0) {
			*out = (enum leaf_back)i;
			return OK;
		}
	return INVALID;
}

static struct store *
store_of(const struct updates *u)
{
	return u->petition->with.store;
}

static const char *
number(const struct updates *u, int64_t n)
{
	return arena_printf(u->arena, "%lld", (long long)n);
}

static struct matter
matter_of(const struct uncount *b)
{
	return (struct matter){ .kind = APPROVAL_OF_UNCOUNT, .subject = b->id,
	    .author = b->proposer };
}

/* ---- reasons ------------------------------------------------------------------ */

enum status
uncount_reason(const char *reason, struct reason *why)
{
	size_t len = strlen(reason), i;

	if (len == 0 || len > REASON_MOST)
		return fail(why, INVALID, len == 0 ? "it is empty; everybody will "
		    "read it" : "it is longer than %d octets", REASON_MOST);
	if (!text_is_utf8(reason, len))
		return fail(why, INVALID, "it is not UTF-8");
	for (i = 0; i < len; i++)
		if ((unsigned char)reason[i] < ' ' || reason[i] == 0x7f)
			return fail(why, INVALID, "it is more than one line");
	if (reason[0] == ' ' || reason[len - 1] == ' ')
		return fail(why, INVALID, "it begins or ends with a blank");
	if (strchr(reason, '@') != NULL)
		return fail(why, INVALID, "there is an address in it, and "
		    "everybody will read it");
	return OK;
}

/* ---- proposing ------------------------------------------------------------------ */

/* OF: everything but now is found by the slug. */
static enum status
begin(struct updates *u, struct petition *p, struct arena *arena,
    const char *slug, int64_t now)
{
	enum campaign_state state;

	*u = (struct updates){ .petition = p, .arena = arena, .now = now };
	u->campaign = campaigns_find(p->with.campaigns, slug, NULL);
	if (u->campaign == NULL)
		return NOT_FOUND;
	return store_campaign(p->with.store, u->campaign->slug, &u->campaign_id,
	    &state);
}

static enum status
check_proposer(const struct updates *u, const char *as,
    unsigned char hash[STORE_HASH], struct reason *why)
{
	unsigned char own[STORE_HASH];
	const char **each;

	updates_hash(u, as, hash);
	for (each = updates_people(u); *each != NULL; each++) {
		updates_hash(u, *each, own);
		if (memcmp(own, hash, STORE_HASH) == 0)
			break;
	}
	if (*each == NULL)
		return fail(why, DENIED, "--as: this is no address of staff or "
		    "approvers in campaign.conf");
	return updates_approvers(u, hash) > 0 ? OK : fail(why, DENIED, "nobody but "
	    "the one who proposes it could approve it; name more approvers in "
	    "campaign.conf");
}

static int
needed(const struct updates *u, const unsigned char *proposer)
{
	int wish = u->campaign->approvals > 0 ? u->campaign->approvals : 1;
	size_t most = updates_approvers(u, proposer);

	return (int)most < wish ? (int)most : wish;
}

static bool
is_over(const struct uncount *b)
{
	return b->state == UNCOUNT_DONE || b->state == UNCOUNT_REJECTED ||
	    b->state == UNCOUNT_CANCELLED;
}

/* Is it one, and is nobody undoing it already? */
static enum status
check_undone(const struct updates *u, int64_t undoes, enum leaf_back *because_out,
    struct reason *why)
{
	struct uncount *all, *b = NULL;
	int64_t taken = 0;
	size_t count, i;
	enum status st = store_uncount_list(store_of(u), u->arena,
	    u->campaign_id, UNCOUNT_STATES, &all, &count);

	if (st != OK)
		return st;
	for (i = 0; i < count; i++) {
		if (all[i].id == undoes)
			b = &all[i];
		if (all[i].undoes == undoes && (all[i].state == UNCOUNT_PROPOSED ||
		    all[i].state == UNCOUNT_APPROVED ||
		    all[i].state == UNCOUNT_RUNNING))
			return fail(why, INVALID, "batch %lld is being undone by "
			    "batch %lld already", (long long)undoes,
			    (long long)all[i].id);
	}
	if (b == NULL || b->undoes != 0 || b->started_at == 0)
		return fail(why, INVALID, "batch %lld has uncounted nobody",
		    (long long)undoes);
	*because_out = b->because;
	if (!is_over(b))                /* part of it is known from the tally */
		return fail(why, INVALID, "batch %lld may go on; cancel it first",
		    (long long)undoes);
	st = store_member_count(store_of(u), undoes, true, &taken);
	if (st == OK && taken == 0)
		return fail(why, INVALID, "nobody of batch %lld is uncounted any "
		    "more", (long long)undoes);
	return st;
}

/* When all that leads to the signatures has been erased, or is about to be, they
 * cannot be found in the tally either, whose count would be another. */
static enum status
check_traced(const struct updates *u, struct reason *why)
{
	struct ending ending;
	struct retention due;
	enum status st = store_ending_get(store_of(u), u->campaign_id, &ending);

	if (st != OK)
		return st;
	retention_of(u->campaign, &ending, &due);
	if (!ending.untraced && u->now < due.traces)
		return OK;
	return fail(why, INVALID, "what led to the signatures of %s has been "
	    "erased (retention: traces), in the tally too: its numbers are for "
	    "good", u->campaign->slug);
}

/* Those that a command left when it was ended. */
static enum status
drop_old_drafts(const struct updates *u)
{
	struct uncount *all;
	size_t count, i;
	enum status st = store_uncount_list(store_of(u), u->arena,
	    u->campaign_id, UNCOUNT_DRAFT, &all, &count);

	for (i = 0; st == OK && i < count; i++) {
		if (all[i].created_at > u->now - DRAFT_LIFE)
			continue;
		all[i].state = UNCOUNT_CANCELLED;
		all[i].finished_at = u->now;
		st = store_members_remove(store_of(u), all[i].id);
		if (st == OK)
			st = store_uncount_put(store_of(u), &all[i]);
	}
	return st;
}

enum status
petition_uncount_draft(struct petition *p, struct arena *arena, const char *slug,
    const char *as, int64_t undoes, int64_t now, struct uncount *out,
    struct reason *why)
{
	struct updates u;
	enum status st = begin(&u, p, arena, slug, now);

	if (st != OK)
		return fail(why, st, "the campaign %s cannot be used: %s", slug,
		    status_text(st));
	*out = (struct uncount){ .campaign = u.campaign_id, .undoes = undoes,
	    .because = LEAF_FRAUD, .reason = "", .chosen = "", .created_at = now };
	st = check_traced(&u, why);
	if (st == OK)
		st = check_proposer(&u, as, out->proposer, why);
	if (st == OK && undoes != 0)
		st = check_undone(&u, undoes, &out->because, why);
	if (st != OK)
		return st;
	out->needed = needed(&u, out->proposer);
	st = drop_old_drafts(&u);
	if (st == OK)
		st = store_uncount_add(p->with.store, out);
	return st == OK ? OK : fail(why, st, "the store: %s", status_text(st));
}

enum status
petition_uncount_propose(struct petition *p, struct arena *arena,
    const char *slug, struct uncount *b, const struct uncount_told *told,
    int64_t now)
{
	struct updates u;
	struct matter matter = matter_of(b);
	enum status st = begin(&u, p, arena, slug, now);
	const char *const ask[] = { "approve", "1",
	    "undo", b->undoes != 0 ? "1" : NULL,
	    uncount_kind_name(b->because), "1",
	    "batch", arena_printf(arena, "%lld", (long long)b->id),
	    "total", arena_printf(arena, "%lld", (long long)b->total),
	    "reason", b->reason, "from_name", told->as, "where", told->where,
	    "period", told->period, "share", told->share,
	    "top_countries", told->countries, NULL };
	const char *copy[sizeof ask / sizeof ask[0]];

	if (st != OK)
		return st;
	memcpy(copy, ask, sizeof ask);
	copy[0] = "copy";
	b->state = UNCOUNT_PROPOSED;
	st = store_uncount_put(store_of(&u), b);
	return st != OK ? st : approval_ask(&u, &matter, "uncount", ask, copy);
}

/* ---- ends ------------------------------------------------------------------------- */

/* Everybody who has to do with it hears FLAG of it. */
static enum status
tell(const struct updates *u, const struct uncount *b, const char *flag,
    const char *who)
{
	struct matter matter = matter_of(b);
	const char *const extras[] = { flag, "1",
	    "undo", b->undoes != 0 ? "1" : NULL,
	    uncount_kind_name(b->because), "1", "batch", number(u, b->id),
	    "total", number(u, b->total), "accepted", number(u, b->done),
	    "gone", b->done < b->total ? "1" : NULL,
	    "reason", b->reason, "from_name", who, NULL };

	return approval_tell(u, &matter, "uncount-notice", extras);
}

static enum status
end(const struct updates *u, struct uncount *b, enum uncount_state state,
    const char *flag, const char *who)
{
	enum status st;

	b->state = state;
	b->finished_at = u->now;
	log_info("uncount=%lld campaign=%s state=%s done=%lld of=%lld",
	    (long long)b->id, u->campaign->slug, uncount_state_name(state),
	    (long long)b->done, (long long)b->total);
	st = store_uncount_put(store_of(u), b);
	return st != OK ? st : tell(u, b, flag, who);
}

enum status
petition_uncount_cancel(struct petition *p, struct arena *arena,
    const char *slug, int64_t id, int64_t now)
{
	struct updates u;
	struct uncount b;
	enum status st = begin(&u, p, arena, slug, now);

	if (st == OK)
		st = store_uncount_get(p->with.store, arena, id, &b);
	if (st != OK || b.campaign != u.campaign_id)
		return st == OK ? NOT_FOUND : st;
	return is_over(&b) ? EXISTS : end(&u, &b, UNCOUNT_CANCELLED, "cancelled",
	    NULL);
}

/* ---- answers ------------------------------------------------------------------------ */

enum status
uncount_waits(const struct updates *u, const struct approval *a, bool *waits_out)
{
	struct uncount b;
	enum status st = store_uncount_get(store_of(u), u->arena, a->subject, &b);

	*waits_out = st == OK && b.state == UNCOUNT_PROPOSED;
	return st;
}

enum status
uncount_named(const struct updates *u, int64_t id, const char **pairs)
{
	struct uncount b;
	enum status st = store_uncount_get(store_of(u), u->arena, id, &b);

	if (st != OK)
		return st;
	pairs[0] = "batch";
	pairs[1] = number(u, b.id);
	pairs[2] = "total";
	pairs[3] = number(u, b.total);
	pairs[4] = "reason";
	pairs[5] = b.reason;
	pairs[6] = uncount_kind_name(b.because);
	pairs[7] = "1";
	pairs[8] = b.undoes != 0 ? "undo" : NULL;
	pairs[9] = "1";
	return OK;
}

enum status
uncount_refused(const struct updates *u, int64_t id, const char *who)
{
	struct uncount b;
	enum status st = store_uncount_get(store_of(u), u->arena, id, &b);

	return st != OK ? st : end(u, &b, UNCOUNT_REJECTED, "rejected", who);
}

enum status
uncount_approved(const struct updates *u, int64_t id, int yes, bool *done_out)
{
	struct uncount b;
	enum status st = store_uncount_get(store_of(u), u->arena, id, &b);

	if (st != OK)
		return st;
	log_info("uncount=%lld campaign=%s approvals=%d needed=%d", (long long)id,
	    u->campaign->slug, yes, b.needed);
	*done_out = yes >= b.needed;
	if (!*done_out)
		return OK;
	b.state = UNCOUNT_APPROVED;
	return store_uncount_put(store_of(u), &b);
}

/* ---- doing it ------------------------------------------------------------------------- */

/* Its public number, before anything of it is done; unless the log knows it from
 * before an old copy came back (logbook/uncounted.h). */
static enum status
start(const struct updates *u, struct uncount *b)
{
	struct uncount undone = { .number = 0 };
	struct tally_batch batch = { .day = clock_day(u->now), .entry = -1 };
	enum status st = OK;

	if (b->undoes != 0)
		st = store_uncount_get(store_of(u), u->arena, b->undoes, &undone);
	batch.reason = uncounted_words(u->arena, b, undone.number);
	if (st == OK && b->number == 0) {
		st = store_batch_add(store_of(u), u->campaign_id, &batch);
		b->number = batch.number;
		b->started_at = u->now;
	}
	b->state = UNCOUNT_RUNNING;
	log_info("uncount=%lld campaign=%s state=running because=%s "
	    "of=%lld", (long long)b->id, u->campaign->slug,
	    uncount_kind_name(b->because), (long long)b->total);
	return st;
}

/* The batch whose member she is. */
static int64_t
owner(const struct uncount *b)
{
	return b->undoes != 0 ? b->undoes : b->id;
}

/* In the tally, too. */
static enum status
tell_tally(const struct updates *u, const struct uncount *b,
    struct signature *sig)
{
	return b->undoes != 0 ? leaf_again(store_of(u), u->arena, sig) :
	    leaf_take_back(store_of(u), u->arena, sig, b->because, b->number);
}

/* She may have withdrawn since, or been forgotten, or be of another batch too. */
static enum status
change_one(const struct updates *u, struct uncount *b, int64_t id)
{
	bool undo = b->undoes != 0;
	struct signature sig;
	enum status st = store_signature_get(store_of(u), u->arena, id, &sig);

	if (st == OK && sig.requests == NOBODY)
		return OK;              /* erased since: she is as the tally is */
	if (st == OK && sig.campaign == u->campaign_id && state_next(sig.state,
	    undo ? EVENT_COUNT : EVENT_UNCOUNT, false, &sig.state)) {
		st = tell_tally(u, b, &sig);
		if (st == OK)
			st = store_signature_put(store_of(u), &sig);
		if (st == OK && !undo)
			st = store_member_set(store_of(u), b->id, id, true);
		b->done += st == OK;
	}
	if (st != OK && st != NOT_FOUND)
		return st;
	/* Nothing is held against her any more, wherever she is by now (N4). */
	return undo ? store_member_set(store_of(u), b->undoes, id, false) : OK;
}

static enum status
run_part(const struct updates *u, struct uncount *b)
{
	int64_t ids[PART];
	size_t count, i;
	enum status st = b->state == UNCOUNT_APPROVED ? start(u, b) : OK;

	if (st == OK)
		st = store_members(store_of(u), owner(b), b->undoes != 0,
		    b->position, ids, PART, &count);
	for (i = 0; st == OK && i < count; i++) {
		st = change_one(u, b, ids[i]);
		b->position = ids[i];
		b->looked++;
	}
	if (st != OK)
		return st;
	if (count < PART)
		return end(u, b, UNCOUNT_DONE, "finished", NULL);
	st = store_uncount_put(store_of(u), b);
	return st == OK ? AGAIN : st;
}

/* The tokens have ended. */
static bool
is_forgotten(const struct uncount *b, int64_t now)
{
	return b->state == UNCOUNT_PROPOSED &&
	    b->created_at < now - (OUTBOX_APPROVE_DAYS + 1) * CLOCK_DAY;
}

static enum status
look_at(const struct updates *u, struct uncount *b)
{
	if (is_forgotten(b, u->now))
		return end(u, b, UNCOUNT_CANCELLED, "unanswered", NULL);
	if (b->state == UNCOUNT_APPROVED || b->state == UNCOUNT_RUNNING)
		return run_part(u, b);
	return OK;
}

bool
petition_uncounts_due(struct petition *p)
{
	bool open;

	return store_uncount_open(p->with.store, &open) == OK && open;
}

enum status
petition_uncounts(struct petition *p, struct arena *arena, int64_t now)
{
	struct updates u = { .petition = p, .arena = arena, .now = now };
	struct uncount *all;
	size_t count, i;
	enum status st = store_uncount_list(p->with.store, arena, 0,
	    UNCOUNT_STATES, &all, &count);

	for (i = 0; st == OK && i < count; i++) {
		u.campaign_id = all[i].campaign;
		u.campaign = petition_campaign(p, all[i].campaign);
		if (u.campaign != NULL)         /* else its folder is away */
			st = look_at(&u, &all[i]);
	}
	return st;
}

enum status
uncount_again(struct act *act, enum leaf_back *why_out, int64_t *number_out)
{
	struct store *store = act->petition->with.store;
	struct uncount b;
	int64_t batch;
	enum status st = store_member_of(store, act->sig.id, &batch);

	*why_out = LEAF_STAYS;
	*number_out = 0;
	if (st != OK || batch == 0)
		return st;
	act->sig.state = SIGNATURE_UNCOUNTED;
	st = store_uncount_get(store, act->arena, batch, &b);
	if (st == OK) {
		*why_out = b.because;
		*number_out = b.number;
	}
	return st == NOT_FOUND ? OK : st;
}
