/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/clock.h"
#include "config/campaign.h"
#include "ctl/ctl.h"
#include "ctl/output.h"
#include "ctl/totals.h"
#include "petition/petition.h"
#include "petition/purge.h"
#include "store/store.h"

#define STEP 500
#define CLEAN_WAIT 10000        /* milliseconds for who reads the database */

struct purging {
	struct ctl *ctl;
	struct petition *petition;
	struct arena *arena;
	struct purge run;
};

/* Signatures of which something may be kept, about. */
static int64_t
expected(struct ctl *ctl)
{
	struct totals totals;
	int64_t sum = 0, id;
	int state;
	size_t i, j;

	for (i = 0; i < campaigns_count(ctl->campaigns); i++) {
		if (ctl_campaign(ctl, campaigns_at(ctl->campaigns, i)->slug, &id,
		    &state) != OK || totals_read(&totals, ctl->store, id) != OK)
			continue;
		for (j = 0; j < TOTALS; j++)
			sum += totals.count[j];
	}
	return sum;
}

/* One short transaction, or only a look. */
static enum status
step(struct purging *p)
{
	struct store *store = p->ctl->store;
	enum status st = p->run.dry ? OK : store_begin(store), end;

	if (st != OK)
		return st;
	st = petition_purge(p->petition, p->arena, &p->run, STEP, clock_now());
	arena_reset(p->arena);
	if (p->run.dry)
		return st;
	if (st != OK && st != AGAIN) {
		store_rollback(store);
		return st;
	}
	end = store_commit(store);
	return end == OK ? st : end;
}

static void
show(const struct purging *p)
{
	const char *heads[] = { "class", p->run.dry ? "would be erased" :
	    "were erased", "of", NULL };
	static const char *const of[PURGE_CLASSES] = {
		[PURGE_PENDING] = "requests nobody answered",
		[PURGE_NAMES] = "signers", [PURGE_COMMENTS] = "signers",
		[PURGE_ADDRESSES] = "signers",
		[PURGE_PAPER] = "people who signed on paper",
		[PURGE_TRACES] = "rows",
		[PURGE_HISTORY] = "notes on mail to signers",
		[PURGE_LOGS] = "entries: who got which update",
		[PURGE_PARKED] = "messages set aside",
		[PURGE_TRAITS] = "mails: what undersign review compares",
		[PURGE_KEYS] = "data keys that nobody is sealed with",
	};
	struct table *t = table_new(heads, "lrl");
	int i;

	for (i = 0; i < PURGE_CLASSES; i++) {
		table_cell(t, purge_class_text((enum purge_class)i));
		table_number(t, p->run.n[i]);
		table_cell(t, of[i]);
	}
	table_print(t, stdout);
	table_free(&t);
}

static int
run(struct purging *p)
{
	struct progress progress;
	enum status st;

	progress_begin(&progress, "signatures", expected(p->ctl), -1);
	do {
		st = step(p);
		progress_at(&progress, p->run.looked);
	} while (st == AGAIN);
	progress_end(&progress);
	if (st != OK)
		return ctl_complain(EXIT_NOT, "not all was looked at (%s); %s",
		    status_text(st), p->run.dry ? "run this again" : "what was "
		    "erased until then is, and the rest is when this is run "
		    "again");
	show(p);
	if (!p->run.dry && store_clean(p->ctl->store, CLEAN_WAIT) != OK)
		(void)puts("The bytes are overwritten within the day: another "
		    "process reads the database now.");
	return EXIT_DONE;
}

int
verb_purge(struct ctl *ctl)
{
	struct petition_setup setup = { ctl->store, ctl->keys, ctl->config,
	    ctl->campaigns, NULL };
	struct purging p = { .ctl = ctl, .run = {
	    .slug = ctl->count > 0 ? ctl->args[0] : NULL,
	    .dry = ctl_value(ctl, "dry-run") != NULL } };
	int64_t id;
	int code;

	if (p.run.slug != NULL) {
		enum status st = ctl_campaign(ctl, p.run.slug, &id, NULL);

		if (st != OK && st != NOT_FOUND)
			return EXIT_NOT;
		if (campaigns_find(ctl->campaigns, p.run.slug, NULL) == NULL)
			return ctl_complain(EXIT_NOT, "the folder of %s cannot be "
			    "used now, so nobody knows how long it keeps what",
			    p.run.slug);
	}
	p.petition = petition_new(&setup);
	p.arena = arena_new();
	code = run(&p);
	purge_end(&p.run);
	arena_free(&p.arena);
	petition_free(&p.petition);
	return code;
}
