/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "config/campaign.h"
#include "petition/act.h"
#include "petition/figures.h"
#include "store/mailing.h"

#define FIGURES_MOST (150u << 10)       /* a record between roles holds it */

static void
describe(struct buf *out, const char *name, const char *help)
{
	buf_addf(out, "# HELP undersigned_%s %s\n# TYPE undersigned_%s gauge\n",
	    name, help, name);
}

/* ---- signatures --------------------------------------------------------- */

struct states {
	int64_t count[SIGNATURE_STATES];
};

static void
take_state(void *arg, const char *value, int64_t n)
{
	struct states *s = arg;
	long state = strtol(value, NULL, 10);

	if (state >= 0 && state < SIGNATURE_STATES)
		s->count[state] = n;
}

/* Strangers wrote but never to sign: no signatures. */
static void
put_signatures(struct petition *p, const char *slug, int64_t id, struct buf *out)
{
	struct states states = { { 0 } };
	int i;

	if (store_counts(p->with.store, id, BY_STATE, SIGNATURE_STATES,
	    take_state, &states) != OK)
		return;
	for (i = SIGNATURE_PENDING; i < SIGNATURE_STATES; i++)
		buf_addf(out, "undersigned_signatures{campaign=\"%s\","
		    "state=\"%s\"} %lld\n", slug,
		    state_name((enum signature_state)i),
		    (long long)states.count[i]);
}

static void
put_alarm(struct petition *p, const char *slug, int64_t now, struct buf *out)
{
	char name[64];
	int64_t day = 0;
	enum status st;

	(void)snprintf(name, sizeof name, "alarm.%s", slug);
	st = store_note_get(p->with.store, name, &day);
	if (st == OK || st == NOT_FOUND)
		buf_addf(out, "undersigned_alarm_today{campaign=\"%s\"} %d\n",
		    slug, st == OK && day == clock_day(now));
}

static void
put_campaigns(struct petition *p, int64_t now, struct buf *out)
{
	const struct campaigns *all = p->with.campaigns;
	struct buf alarms = BUF_INIT;
	size_t start = out->len;
	enum campaign_state state;
	const char *slug;
	int64_t id;
	size_t i;

	describe(out, "signatures", "Signatures by campaign and state.");
	describe(&alarms, "alarm_today", "Whether staff were told of requests "
	    "that wait, today.");
	for (i = 0; i < campaigns_count(all) &&
	    out->len - start < FIGURES_MOST; i++) {
		slug = campaigns_at(all, i)->slug;
		if (store_campaign(p->with.store, slug, &id, &state) != OK)
			continue;
		put_signatures(p, slug, id, out);
		put_alarm(p, slug, now, &alarms);
	}
	buf_add(out, alarms.data, alarms.len);
	buf_free(&alarms);
}

/* ---- mail -------------------------------------------------------------------- */

static void
put_outbox(struct petition *p, int64_t now, struct buf *out)
{
	struct outbox_totals t;
	int64_t age;

	if (store_outbox_totals(p->with.store, now, &t) != OK)
		return;
	age = t.oldest_at == CLOCK_NEVER || t.oldest_at > now ? 0 :
	    now - t.oldest_at;
	describe(out, "outbox", "Mail promised and not sent yet.");
	buf_addf(out, "undersigned_outbox{state=\"waiting\"} %lld\n"
	    "undersigned_outbox{state=\"held\"} %lld\n"
	    "undersigned_outbox{state=\"parked\"} %lld\n", (long long)t.waiting,
	    (long long)t.held, (long long)t.parked);
	describe(out, "outbox_oldest_seconds", "Age of the oldest of it.");
	buf_addf(out, "undersigned_outbox_oldest_seconds %lld\n",
	    (long long)age);
}

static void
put_updates(struct petition *p, struct buf *out)
{
	static const struct {
		enum mailing_state state;
		const char *name;
	} shown[] = {
		{ MAILING_ASKED, "asked" }, { MAILING_SCHEDULED, "scheduled" },
		{ MAILING_SENDING, "sending" }, { MAILING_PAUSED, "paused" },
	};
	struct arena *arena = arena_new();
	struct mailing *list;
	size_t i, count;

	describe(out, "updates", "Updates that are under way.");
	for (i = 0; i < sizeof shown / sizeof shown[0]; i++)
		if (store_mailing_list(p->with.store, arena, 0, shown[i].state,
		    &list, &count) == OK)
			buf_addf(out, "undersigned_updates{state=\"%s\"} %zu\n",
			    shown[i].name, count);
	arena_free(&arena);
}

void
petition_figures(struct petition *p, int64_t now, struct buf *out)
{
	put_campaigns(p, now, out);
	put_outbox(p, now, out);
	put_updates(p, out);
}
