/* uncount.c - undersign uncount: signatures that are counted no more, in public
 *
 * Who is meant is found here, once, and written down; what is then approved and
 * done is exactly that (petition/uncount.h).
 *
 * SPDX-License-Identifier: ISC
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "config/campaign.h"
#include "ctl/ctl.h"
#include "ctl/output.h"
#include "ctl/where.h"
#include "petition/petition.h"
#include "petition/uncount.h"
#include "seal/identity.h"
#include "store/review.h"

#define ROWS 512                /* room for so many more */
#define PART 1000               /* members written in one transaction */
#define SAMPLE 10
#define TOLD 12                 /* countries in the mail to those who decide */
#define LOOK_EACH 200           /* milliseconds, of a batch at work */

struct cell { const char *name; int32_t day; int64_t n; };

struct chosen {                 /* one that was found */
	int64_t id, number;
	int32_t day;
	const char *country, *source;
};

struct uncounting {
	struct ctl *ctl;
	struct arena *arena;
	struct petition *petition;
	const char *slug;
	int64_t campaign;
	struct where *where;
	struct chosen *chosen;
	size_t count, room;
	struct cell *countries, *days;
	size_t country_count, day_count;
	int64_t counted;                /* signatures that count now */
	int64_t sealed, untold;         /* that nobody could look into */
	int64_t read;                   /* whose identity was looked into */
	struct uncount batch;
};

static int
store_trouble(enum status st)
{
	return ctl_complain(EXIT_NOT, "the database cannot be used: %s",
	    status_text(st));
}

/* ---- who is meant ---------------------------------------------------------------- */

static void
count_in(struct cell **cells, size_t *count, const char *name, int32_t day)
{
	size_t i;

	for (i = 0; i < *count; i++)
		if ((*cells)[i].day == day && strcmp((*cells)[i].name, name) == 0)
			break;
	if (i == *count) {
		*cells = mem_realloc(*cells, i + 1, sizeof **cells);
		(*cells)[i] = (struct cell){ name, day, 0 };
		(*count)++;
	}
	(*cells)[i].n++;
}

static void
choose(struct uncounting *u, const struct reviewed *r)
{
	struct chosen *c;

	if (u->count == u->room) {
		u->room = u->room * 2 + ROWS;
		u->chosen = mem_realloc(u->chosen, u->room, sizeof *u->chosen);
	}
	c = &u->chosen[u->count++];
	*c = (struct chosen){ .id = r->id, .number = r->number,
	    .day = r->created_day,
	    .country = arena_strdup(u->arena, r->country),
	    .source = arena_strdup(u->arena, r->source) };
	count_in(&u->countries, &u->country_count, c->country, 0);
	count_in(&u->days, &u->day_count, "", c->day);
}

/* OK; NOT_FOUND when nothing of her can be read here, or no more than an address:
 * what a pattern would be looked for in is sealed. */
static enum status
open_identity(const struct uncounting *u, struct arena *arena, int64_t id,
    struct identity *who)
{
	struct signature sig;
	enum status st = store_signature_get(u->ctl->store, arena, id, &sig);

	if (st == OK && sig.sealed.len > 0)
		return NOT_FOUND;
	if (st == OK)
		st = identity_open(u->ctl->keys, sig.campaign, sig.key,
		    sig.identity.data, sig.identity.len, arena, who);
	return st == DENIED ? NOT_FOUND : st;
}

/* A line each, so that ^ and $ of a pattern stand at the ends of all of them. */
static enum status
matches(struct uncounting *u, struct arena *arena, int64_t id, bool *out)
{
	struct identity who = { NULL, NULL, NULL, NULL };
	enum status st = open_identity(u, arena, id, &who);
	const char *const parts[] = { who.name, who.address, who.city,
	    who.comment };
	size_t i;

	*out = false;
	if (st == NOT_FOUND) {
		u->sealed++;
		return OK;
	}
	u->read++;
	for (i = 0; st == OK && i < sizeof parts / sizeof parts[0]; i++)
		*out = *out || (parts[i] != NULL && where_matches(u->where,
		    parts[i]));
	return st;
}

static enum status
look_at(void *arg, struct arena *arena, const struct reviewed *r)
{
	struct uncounting *u = arg;
	bool meant = true;
	enum status st = OK;

	if (r->state != SIGNATURE_CONFIRMED)
		return OK;
	u->counted++;
	switch (where_has(u->where, r)) {
	case WHERE_NO:
		return OK;
	case WHERE_UNTOLD:
		u->untold++;
		return OK;
	default:
		break;
	}
	if (where_has_pattern(u->where))
		st = matches(u, arena, r->id, &meant);
	if (st == OK && meant)
		choose(u, r);
	return st;
}

/* ---- the preview ------------------------------------------------------------------- */

static const char *
day_text(const struct uncounting *u, int32_t day)
{
	char text[11];

	clock_date(day, text);
	return arena_strdup(u->arena, text);
}

static int
most_first(const void *a, const void *b)
{
	const struct cell *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? 1 : -1;
	return strcmp(x->name, y->name);
}

static int
earliest_first(const void *a, const void *b)
{
	const struct cell *x = a, *y = b;

	return x->day < y->day ? -1 : x->day > y->day;
}

static const char *
share(const struct uncounting *u)
{
	return arena_printf(u->arena, "%.1f%%", u->counted == 0 ? 0.0 :
	    100.0 * (double)u->count / (double)u->counted);
}

static void
print_cells(const struct uncounting *u, const char *head,
    const struct cell *cells, size_t count)
{
	const char *const heads[] = { head, "signatures", NULL };
	struct table *table = table_new(heads, "lr");
	size_t i;

	for (i = 0; i < count; i++) {
		table_cell(table, cells[i].day != 0 ? day_text(u, cells[i].day) :
		    cells[i].name[0] != '\0' ? cells[i].name : "-");
		table_number(table, cells[i].n);
	}
	(void)putchar('\n');
	table_print(table, stdout);
	table_free(&table);
}

static const char *
name_of(const struct uncounting *u, int64_t id)
{
	struct identity who = { NULL, NULL, NULL, NULL };

	if (open_identity(u, u->arena, id, &who) != OK)
		return "(sealed)";
	return who.name != NULL ? who.name : "";
}

/* Evenly from the first to the last. */
static void
print_sample(const struct uncounting *u)
{
	static const char *const heads[] = { "number", "day", "country", "source",
	    "name", NULL };
	bool names = ctl_value(u->ctl, "names") != NULL;
	const char *some[] = { heads[0], heads[1], heads[2], heads[3],
	    names ? heads[4] : NULL, NULL };
	struct table *table = table_new(some, names ? "rllll" : "rlll");
	size_t n = u->count < SAMPLE ? u->count : SAMPLE, i;

	for (i = 0; i < n; i++) {
		const struct chosen *c = &u->chosen[i * u->count / n];

		table_number(table, c->number);
		table_cell(table, day_text(u, c->day));
		table_cell(table, c->country[0] != '\0' ? c->country : "-");
		table_cell(table, c->source[0] != '\0' ? c->source : "-");
		if (names) {
			struct buf shown = BUF_INIT;

			buf_add_visible(&shown, name_of(u, c->id));
			table_cell(table, shown.data);
			buf_free(&shown);
		}
	}
	(void)printf("\nSome of them:\n");
	table_print(table, stdout);
	table_free(&table);
}

static const char *
kind_of(const struct uncounting *u, enum leaf_back kind)
{
	return arena_printf(u->arena, "%s (%s)", uncount_kind_name(kind),
	    uncount_kind_text(kind));
}

static void
print_preview(struct uncounting *u, enum leaf_back because)
{
	char n[32], all[32];

	qsort(u->countries, u->country_count, sizeof *u->countries, most_first);
	qsort(u->days, u->day_count, sizeof *u->days, earliest_first);
	(void)printf("Meant: %s of %s %s (%s)\n",
	    count_text((int64_t)u->count, n), count_text(u->counted, all),
	    count_words(u->counted, "signature that counts",
	    "signatures that count"), share(u));
	(void)printf("Because: %s; this is public\n", kind_of(u, because));
	if (u->sealed > 0)
		(void)printf("Not looked into, because they are sealed: %s\n",
		    count_text(u->sealed, n));
	if (u->untold > 0)
		(void)printf("Not looked at, because no more is kept than source "
		    "and day: %s\n", count_text(u->untold, n));
	if (because == LEAF_UNREACHABLE)
		(void)printf("Note: an address that broke after its owner had "
		    "confirmed does not make her signature less real\n");
	if (because == LEAF_DUPLICATE)
		(void)printf("Note: one signature of each person has to stay\n");
	if (u->count == 0)
		return;
	print_cells(u, "country", u->countries, u->country_count);
	print_cells(u, "day", u->days, u->day_count);
	print_sample(u);
}

/* ---- proposing ----------------------------------------------------------------------- */

static enum status
finish(struct uncounting *u, enum status st)
{
	if (st == OK)
		return store_commit(u->ctl->store);
	store_rollback(u->ctl->store);
	return st;
}

static int
draft(struct uncounting *u, int64_t undoes)
{
	struct reason why = { "" };
	enum status st = store_begin(u->ctl->store);

	if (st != OK)
		return store_trouble(st);
	st = petition_uncount_draft(u->petition, u->arena, u->slug,
	    ctl_value(u->ctl, "as"), undoes, clock_now(), &u->batch, &why);
	st = finish(u, st);
	return st == OK ? 0 : ctl_complain(EXIT_NOT, "%s", why.text[0] != '\0' ?
	    why.text : status_text(st));
}

static int
write_members(struct uncounting *u)
{
	struct progress progress;
	size_t i = 0, end;
	enum status st = OK;

	progress_begin(&progress, "signatures", (int64_t)u->count, -1);
	while (st == OK && i < u->count) {
		st = store_begin(u->ctl->store);
		if (st != OK)
			break;
		for (end = i + PART; st == OK && i < end && i < u->count; i++)
			st = store_member_add(u->ctl->store, u->batch.id,
			    u->chosen[i].id);
		st = finish(u, st);
		progress_at(&progress, (int64_t)i);
	}
	progress_end(&progress);
	return st == OK ? 0 : store_trouble(st);
}

/* "TJ 120", a line each; those whose country is not known are left out. */
static const char *
told_countries(struct uncounting *u)
{
	struct buf lines = BUF_INIT;
	const char *copy;
	size_t i;

	for (i = 0; i < u->country_count && i < TOLD; i++)
		if (u->countries[i].name[0] != '\0')
			buf_addf(&lines, "%s %" PRId64 "\n",
			    u->countries[i].name, u->countries[i].n);
	copy = lines.len == 0 ? NULL : arena_strndup(u->arena, lines.data,
	    lines.len);
	buf_free(&lines);
	return copy;
}

static int
propose(struct uncounting *u, struct uncount_told *told)
{
	enum status st = store_begin(u->ctl->store);

	if (st != OK)
		return store_trouble(st);
	told->as = ctl_value(u->ctl, "as");
	u->batch.reason = ctl_value(u->ctl, "reason");
	st = finish(u, petition_uncount_propose(u->petition, u->arena, u->slug,
	    &u->batch, told, clock_now()));
	if (st != OK)
		return store_trouble(st);
	(void)printf("\nBatch %" PRId64 " is proposed. It waits for %s who may "
	    "approve it, by mail, for 14 days.\n", u->batch.id,
	    u->batch.needed == 1 ? "one other person" : "others");
	return EXIT_DONE;
}

/* What both proposals take. */
static int
check_words(const struct uncounting *u)
{
	const char *reason = ctl_value(u->ctl, "reason");
	struct reason why = { "" };

	if (reason == NULL)
		return ctl_misuse(u->ctl, "say why, for everybody to read: "
		    "--reason TEXT");
	if (ctl_value(u->ctl, "as") == NULL)
		return ctl_misuse(u->ctl, "say who proposes it: --as ADDRESS, one "
		    "of staff or approvers in campaign.conf");
	return uncount_reason(reason, &why) == OK ? 0 : ctl_misuse(u->ctl,
	    "--reason: %s", why.text);
}

static int
do_propose(struct uncounting *u)
{
	const char *words = ctl_value(u->ctl, "where");
	const char *kind = ctl_value(u->ctl, "because");
	bool dry = ctl_value(u->ctl, "dry-run") != NULL;
	struct uncount_told told = { .where = NULL };
	enum leaf_back because = LEAF_FRAUD;
	struct reason why = { "" };
	enum status st;
	int code = 0;

	if (words == NULL)
		return ctl_misuse(u->ctl, "say which: --where WORDS, as %s "
		    "review %s shows them", ctl_command(u->ctl), u->slug);
	if (kind != NULL && uncount_kind(kind, &because) != OK)
		return ctl_misuse(u->ctl, "--because is fraud, duplicate or "
		    "unreachable, not %s", kind);
	if (!dry)
		code = check_words(u);
	if (code != 0)
		return code;
	if (where_parse(&u->where, u->arena, u->ctl->keys, u->campaign, words,
	    &why) != OK)
		return ctl_complain(EXIT_NOT, "--where: %s", why.text);
	st = store_review_each(u->ctl->store, u->campaign, look_at, u);
	if (st != OK)
		return store_trouble(st);
	print_preview(u, because);
	if (u->count == 0)
		return ctl_complain(EXIT_NOT, "nobody is meant by that");
	if (dry)
		return EXIT_DONE;
	code = draft(u, 0);
	if (code == 0)
		code = write_members(u);
	if (code != 0)
		return code;
	u->batch.total = (int64_t)u->count;
	u->batch.chosen = where_kept(u->where);
	u->batch.because = because;
	told.where = where_shown(u->where);
	told.share = share(u);
	told.countries = told_countries(u);
	told.period = arena_printf(u->arena, "%s - %s",
	    day_text(u, u->days[0].day),
	    day_text(u, u->days[u->day_count - 1].day));
	return propose(u, &told);
}

/* ---- one batch ------------------------------------------------------------------------- */

static int
do_undo(struct uncounting *u)
{
	struct uncount_told told = { .where = NULL };
	int64_t undoes = u->batch.id;
	int code = check_words(u);
	enum status st;

	if (code == 0)
		code = draft(u, undoes);
	if (code != 0)
		return code;
	u->batch.chosen = arena_printf(u->arena, "batch %" PRId64, undoes);
	st = store_member_count(u->ctl->store, undoes, true, &u->batch.total);
	return st == OK ? propose(u, &told) : store_trouble(st);
}

static int
do_cancel(struct uncounting *u)
{
	enum status st = store_begin(u->ctl->store);

	if (st != OK)
		return store_trouble(st);
	st = finish(u, petition_uncount_cancel(u->petition, u->arena, u->slug,
	    u->batch.id, clock_now()));
	if (st == EXISTS)
		return ctl_complain(EXIT_NOT, "batch %" PRId64 " is %s already; to "
		    "take it back: %s uncount %s undo %" PRId64 " --reason TEXT "
		    "--as ADDRESS", u->batch.id,
		    uncount_state_name(u->batch.state), ctl_command(u->ctl),
		    u->slug, u->batch.id);
	if (st == OK)
		st = store_uncount_get(u->ctl->store, u->arena, u->batch.id,
		    &u->batch);
	if (st != OK)
		return store_trouble(st);
	(void)printf("Batch %" PRId64 " is cancelled; changed before that: %"
	    PRId64 "\n", u->batch.id, u->batch.done);
	if (u->batch.done > 0 && u->batch.undoes == 0)
		(void)printf("These stay uncounted. To count them again: %s "
		    "uncount %s undo %" PRId64 " --reason TEXT --as ADDRESS\n",
		    ctl_command(u->ctl), u->slug, u->batch.id);
	return EXIT_DONE;
}

static const char *
date_of(const struct uncounting *u, int64_t when)
{
	return when == 0 ? "" : day_text(u, clock_day(when));
}

static void
print_one_json(const struct uncounting *u, const struct uncount *b)
{
	(void)printf("{\"campaign\": \"%s\", \"batch\": %" PRId64 ", \"state\": "
	    "\"%s\", \"undoes\": ", u->slug, b->id, uncount_state_name(b->state));
	if (b->undoes == 0)
		(void)printf("null, \"because\": \"%s\"",
		    uncount_kind_name(b->because));
	else
		(void)printf("%" PRId64 ", \"because\": null", b->undoes);
	(void)printf(", \"reason\": ");
	json_string(stdout, b->reason);
	(void)printf(", \"where\": ");
	json_string(stdout, b->chosen);
	(void)printf(", \"public\": %" PRId64 ", \"created_at\": %" PRId64
	    ", \"started_at\": %" PRId64 ", \"finished_at\": %" PRId64
	    ", \"total\": %" PRId64 ", \"looked\": %" PRId64 ", \"done\": %"
	    PRId64 "}", b->number, b->created_at, b->started_at, b->finished_at,
	    b->total, b->looked, b->done);
}

static void
print_one(const struct uncounting *u)
{
	const struct uncount *b = &u->batch;
	struct buf shown = BUF_INIT;

	buf_add_visible(&shown, b->reason);
	(void)printf("Batch:     %" PRId64 ", %s\n", b->id,
	    uncount_state_name(b->state));
	if (b->undoes != 0)
		(void)printf("Undoes:    batch %" PRId64 "\n", b->undoes);
	else
		(void)printf("Because:   %s\n", kind_of(u, b->because));
	(void)printf("Reason:    %s\n", shown.data);
	buf_clear(&shown);
	buf_add_visible(&shown, b->chosen);
	(void)printf("Chosen by: %s\nProposed:  %s\n", shown.data,
	    date_of(u, b->created_at));
	if (b->number != 0)
		(void)printf("Public as: batch %" PRId64 " of the tally\n",
		    b->number);
	(void)printf("Changed:   %" PRId64 " of %" PRId64 "\n", b->done, b->total);
	buf_free(&shown);
}

static bool
is_at_work(const struct uncount *b)
{
	return b->state == UNCOUNT_APPROVED || b->state == UNCOUNT_RUNNING;
}

/* On a terminal, until it is done. */
static int
watch(struct uncounting *u)
{
	const struct timespec pause = { .tv_nsec = LOOK_EACH * 1000000L };
	struct progress progress;
	enum status st = OK;

	progress_begin(&progress, "signatures", u->batch.total, -1);
	while (st == OK && is_at_work(&u->batch)) {
		progress_at(&progress, u->batch.looked);
		(void)nanosleep(&pause, NULL);
		st = store_uncount_get(u->ctl->store, u->arena, u->batch.id,
		    &u->batch);
	}
	progress_at(&progress, u->batch.looked);
	progress_end(&progress);
	return st == OK ? 0 : store_trouble(st);
}

static int
do_status(struct uncounting *u)
{
	int format = ctl_format(u->ctl, "table, json"), code = 0;

	if (format < 0)
		return EXIT_USE;
	if (format == FORMAT_JSON) {
		print_one_json(u, &u->batch);
		(void)putchar('\n');
		return EXIT_DONE;
	}
	if (is_at_work(&u->batch) && isatty(STDOUT_FILENO) &&
	    isatty(STDERR_FILENO))
		code = watch(u);
	if (code == 0)
		print_one(u);
	return code;
}

/* ---- all of them ------------------------------------------------------------------------- */

static void
print_list(const struct uncounting *u, const struct uncount *all, size_t count)
{
	static const char *const heads[] = { "batch", "state", "undoes",
	    "because", "proposed", "signatures", "changed", "reason", NULL };
	struct table *table = table_new(heads, "rlrllrrl");
	struct buf shown = BUF_INIT;
	size_t i;

	for (i = 0; i < count; i++) {
		buf_clear(&shown);
		buf_add_visible(&shown, all[i].reason);
		table_number(table, all[i].id);
		table_cell(table, uncount_state_name(all[i].state));
		if (all[i].undoes == 0)
			table_cell(table, "");
		else
			table_number(table, all[i].undoes);
		table_cell(table, all[i].undoes == 0 ?
		    uncount_kind_name(all[i].because) : "");
		table_cell(table, date_of(u, all[i].created_at));
		table_number(table, all[i].total);
		table_number(table, all[i].done);
		table_cell(table, shown.data);
	}
	table_print(table, stdout);
	buf_free(&shown);
	table_free(&table);
}

static int
do_list(struct uncounting *u)
{
	int format = ctl_format(u->ctl, "table, json");
	struct uncount *all = NULL;
	size_t count = 0, i;
	enum status st = OK;

	if (format < 0)
		return EXIT_USE;
	if (u->campaign != 0)
		st = store_uncount_list(u->ctl->store, u->arena, u->campaign,
		    UNCOUNT_STATES, &all, &count);
	if (st != OK)
		return store_trouble(st);
	if (format == FORMAT_JSON) {
		(void)putchar('[');
		for (i = 0; i < count; i++) {
			(void)printf("%s", i == 0 ? "" : ",\n ");
			print_one_json(u, &all[i]);
		}
		(void)puts("]");
	} else if (count == 0)
		(void)puts("Nobody was uncounted, or proposed for it.");
	else
		print_list(u, all, count);
	return EXIT_DONE;
}

/* ---- the verb -------------------------------------------------------------------------------- */

static const struct {
	const char *name;               /* NULL: a proposal */
	bool number;
	const char *options;            /* that it takes */
	int (*run)(struct uncounting *);
} actions[] = {
	{ NULL, false, " where reason as because dry-run names ", do_propose },
	{ "list", false, " format ", do_list },
	{ "status", true, " format ", do_status },
	{ "cancel", true, " ", do_cancel },
	{ "undo", true, " reason as ", do_undo },
};
#define ACTIONS (sizeof actions / sizeof actions[0])

static int
find_batch(struct uncounting *u, const char *text)
{
	char *end;
	int64_t id = strtoll(text, &end, 10);
	enum status st;

	if (*end != '\0' || end == text || id <= 0)
		return ctl_misuse(u->ctl, "%s is not the number of a batch", text);
	st = store_uncount_get(u->ctl->store, u->arena, id, &u->batch);
	if (st == NOT_FOUND || (st == OK && u->batch.campaign != u->campaign))
		return ctl_complain(EXIT_NOT, "%s has no batch %s; see: %s "
		    "uncount %s list", u->slug, text, ctl_command(u->ctl),
		    u->slug);
	return st == OK ? 0 : store_trouble(st);
}

static int
find_action(const struct ctl *ctl, size_t *out)
{
	char word[32];
	size_t i = 0;
	int k;

	if (ctl->count > 1)
		for (i = 1; i < ACTIONS; i++)
			if (strcmp(actions[i].name, ctl->args[1]) == 0)
				break;
	if (i == ACTIONS)
		return ctl_misuse(ctl, "uncount knows --where, list, status, cancel "
		    "and undo, not %s", ctl->args[1]);
	for (k = 0; k < ctl->given_count; k++) {
		const char *name = ctl->verb->options[ctl->given[k].option].name;

		(void)snprintf(word, sizeof word, " %s ", name);
		if (strstr(actions[i].options, word) == NULL)
			return ctl_misuse(ctl, "--%s does not go with %s", name,
			    actions[i].name == NULL ? "--where" :
			    actions[i].name);
	}
	if (ctl->count != (i == 0 ? 1 : actions[i].number ? 3 : 2))
		return ctl_misuse(ctl, actions[i].number ? "%s needs the number of a "
		    "batch" : "%s takes no number", ctl->args[1]);
	*out = i;
	return 0;
}

static int
run(struct uncounting *u)
{
	struct ctl *ctl = u->ctl;
	const struct campaign *campaign;
	size_t action;
	int code = find_action(ctl, &action);
	enum status st;

	if (code != 0)
		return code;
	u->slug = ctl->args[0];
	st = ctl_campaign(ctl, u->slug, &u->campaign, NULL);
	if (st != OK && st != NOT_FOUND)
		return EXIT_NOT;
	campaign = campaigns_find(ctl->campaigns, u->slug, NULL);
	if (campaign == NULL || strcmp(campaign->slug, u->slug) != 0)
		return ctl_complain(EXIT_NOT, "the campaign %s cannot be used; see: "
		    "%s check", u->slug, ctl_command(u->ctl));
	if (actions[action].number)
		code = find_batch(u, ctl->args[2]);
	return code != 0 ? code : actions[action].run(u);
}

int
verb_uncount(struct ctl *ctl)
{
	const struct petition_setup setup = { .store = ctl->store,
	    .keys = ctl->keys, .config = ctl->config,
	    .campaigns = ctl->campaigns };
	struct uncounting u = { .ctl = ctl, .arena = arena_new(),
	    .petition = petition_new(&setup) };
	int code = run(&u);

	petition_free(&u.petition);
	where_free(&u.where);
	arena_free(&u.arena);
	free(u.chosen);
	free(u.countries);
	free(u.days);
	return code;
}
