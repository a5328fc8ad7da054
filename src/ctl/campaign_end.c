/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "base/clock.h"
#include "config/campaign.h"
#include "config/config.h"
#include "ctl/campaign_end.h"
#include "ctl/ctl.h"
#include "petition/retention.h"
#include "store/ending.h"
#include "store/store.h"

#define DATE 11

const char *
campaign_state_text(int state)
{
	static const char *const names[CAMPAIGN_STATES] = { "draft", "open",
	    "closed", "handed in" };

	return state >= 0 && state < CAMPAIGN_STATES ? names[state] : "unknown";
}

/* ---- what is erased when --------------------------------------------------------- */

static void
show_date(const char *name, const char *what, int64_t when)
{
	char date[DATE];

	if (when == CLOCK_NEVER || when == 0)
		return;
	clock_date(clock_day(when), date);
	(void)printf("%-12s %s  %s\n", name, date, what);
}

static void
show_clocks(const struct campaign *c, const struct ending *e)
{
	struct retention due;

	retention_of(c, e, &due);
	show_date("erased", "names and cities", due.names);
	show_date("", "comments", due.comments);
	show_date("", "addresses of those who want no updates", due.quiet);
	show_date("", "addresses of those who do", due.addresses);
	show_date("", "all else that leads to a person", due.traces);
}

void
campaign_show_end(struct store *store, const struct campaign *c, int64_t id)
{
	struct ending e;

	if (id == 0 || store == NULL || store_ending_get(store, id, &e) != OK ||
	    e.closed_at == 0)
		return;
	show_date("closed", "", e.closed_at);
	show_date("handed in", "", e.delivered_at);
	show_clocks(c, &e);
}

/* ---- moves -------------------------------------------------------------------------- */

struct moving {
	struct ctl *ctl;
	const char *slug;
	enum campaign_move move;
	struct campaign *campaign;      /* NULL: it cannot be read */
	int before;                     /* state */
	bool quiet;
	struct ending ending;
	int64_t now;
};

static const enum campaign_state goals[] = {
	[MOVE_OPEN] = CAMPAIGN_OPEN, [MOVE_CLOSE] = CAMPAIGN_CLOSED,
	[MOVE_HAND_IN] = CAMPAIGN_DELIVERED,
};

/* Why it may not be opened; NULL: it may. */
static const char *
refusal(const struct moving *m)
{
	struct retention due;

	if (m->move != MOVE_OPEN)
		return NULL;
	if (m->before == CAMPAIGN_DELIVERED)
		return "if that was a mistake, take it back with campaign close, "
		    "then open it";
	retention_of(m->campaign, &m->ending, &due);
	if (m->ending.untraced || m->now >= due.traces)
		return "who has signed it cannot be found any more, and would be "
		    "counted twice; make a new campaign";
	return NULL;
}

static void
set_ending(struct moving *m)
{
	struct ending *e = &m->ending;
	enum told told = m->move == MOVE_HAND_IN ? ENDING_TOLD_DELIVERED :
	    ENDING_TOLD_CLOSED;

	if (m->before != (int)goals[m->move]) {
		if (m->move == MOVE_OPEN || e->closed_at == 0)
			e->closed_at = m->move == MOVE_OPEN ? 0 : m->now;
		e->delivered_at = m->move == MOVE_HAND_IN ? m->now : 0;
	}
	if (m->quiet && m->move != MOVE_OPEN && e->told < told)
		e->told = told;
}

static enum status
write_move(struct moving *m)
{
	struct store *store = m->ctl->store;
	int64_t id;
	enum status st = store_begin(store);

	if (st != OK)
		return st;
	st = store_campaign_add(store, m->slug, &id);
	if (st == OK || st == EXISTS)
		st = store_campaign_set_state(store, id, goals[m->move]);
	if (st == OK) {
		set_ending(m);
		st = store_ending_put(store, id, &m->ending);
	}
	if (st == OK)
		return store_commit(store);
	store_rollback(store);
	return st;
}

static void
say_told(const struct moving *m)
{
	enum told told = m->move == MOVE_HAND_IN ? ENDING_TOLD_DELIVERED :
	    ENDING_TOLD_CLOSED;

	if (m->quiet)
		(void)puts("Its signers are not told.");
	else if (m->ending.told < told)
		(void)printf("In an hour the signers who asked for updates are told, "
		    "and what is erased\nwhen; not with: %s campaign %s %s --quiet\n",
		    ctl_command(m->ctl), m->move == MOVE_HAND_IN ? "hand-in" : "close", m->slug);
	else
		(void)puts("Its signers were told of that before.");
}

static void
say_done(const struct moving *m)
{
	static const char *const done[] = {
		[MOVE_OPEN] = "is open: new signatures are taken.",
		[MOVE_CLOSE] = "is closed: no new signatures are taken; those that "
		    "are there stay, and can be\nwithdrawn.",
		[MOVE_HAND_IN] = "is handed in, and takes no new signatures.",
	};

	(void)printf("%s %s\n", m->slug, done[m->move]);
	if (m->move == MOVE_OPEN)
		return;
	say_told(m);
	if (m->campaign == NULL)
		return;
	(void)puts("");
	show_clocks(m->campaign, &m->ending);
}

static int
move_it(struct moving *m)
{
	const char *no = refusal(m);
	enum status st;

	if (no != NULL)
		return ctl_complain(EXIT_NOT, "%s is still %s: %s", m->slug,
		    campaign_state_text(m->before), no);
	st = write_move(m);
	if (st != OK)
		return ctl_complain(EXIT_NOT, "%s is still %s: the database is busy "
		    "or cannot be written (%s); try again", m->slug,
		    campaign_state_text(m->before), status_text(st));
	say_done(m);
	return EXIT_DONE;
}

int
campaign_move(struct ctl *ctl, const char *slug, enum campaign_move move)
{
	struct moving m = { .ctl = ctl, .slug = slug, .move = move,
	    .quiet = ctl_value(ctl, "quiet") != NULL, .now = clock_now() };
	struct reason why = { "" };
	int64_t id = 0;
	int code = ctl_open(ctl, NEED_WRITE);
	enum status st;

	if (code != 0)
		return code;
	st = ctl_campaign(ctl, slug, &id, &m.before);
	if (st != OK && st != NOT_FOUND)
		return EXIT_NOT;
	if (campaign_load(&m.campaign, ctl->config->campaign_dir, slug,
	    &why) != OK && move == MOVE_OPEN)
		return ctl_complain(EXIT_NOT, "%s", why.text);
	if (id != 0 && store_ending_get(ctl->store, id, &m.ending) != OK)
		code = ctl_complain(EXIT_NOT, "the database cannot be read");
	else if (st == OK && m.before == (int)goals[move] && !m.quiet)
		(void)printf("%s is %s already.\n", slug,
		    campaign_state_text(m.before));
	else
		code = move_it(&m);
	campaign_free(&m.campaign);
	return code;
}
