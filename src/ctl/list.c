/* list.c - who gets updates, who does not, and why
 * SPDX-License-Identifier: ISC
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/output.h"
#include "petition/ladder.h"
#include "petition/state.h"
#include "seal/identity.h"
#include "store/history.h"
#include "store/store.h"

#define ROWS 500                /* read at once */

/* ---- what there is to be listed ---------------------------------------------- */

static const struct group {
	const char *name;
	enum rung first, last;
} groups[] = {
	{ "active", RUNG_FINE, RUNG_FINE },
	{ "stopped", RUNG_STOPPED, RUNG_STOPPED },
	{ "bouncing", RUNG_SOFT, RUNG_PROBED },
	{ "complained", RUNG_COMPLAINED, RUNG_COMPLAINED },
	{ "unreachable", RUNG_UNREACHABLE, RUNG_UNREACHABLE },
};

#define GROUPS (sizeof groups / sizeof groups[0])

static const struct group *
group_of(enum rung rung)
{
	size_t i;

	for (i = 0; i < GROUPS; i++)
		if (rung >= groups[i].first && rung <= groups[i].last)
			return &groups[i];
	return &groups[0];
}

struct listing {
	struct ctl *ctl;
	const char *slug;
	int64_t campaign;
	int format;
	bool addresses;
	const struct group *group;
	struct arena *arena;
	struct table *table;
	struct buf out;                 /* a row of CSV */
	int64_t done, unopened;
};

static int
unreadable(enum status st)
{
	return ctl_complain(EXIT_NOT, "the database cannot be read: %s",
	    status_text(st));
}

/* ---- rows ------------------------------------------------------------------------ */

static const char *const heads[] = { "number", "state", "step", "reason", "code",
    "since", "language", "country", "address", NULL };
#define COLUMNS (sizeof heads / sizeof heads[0] - 1)
#define AT_NUMBER 0

static size_t
columns(const struct listing *l)
{
	return l->addresses ? COLUMNS : COLUMNS - 1;
}

static void
put_json(struct listing *l, const char *const *cells)
{
	size_t i;

	(void)fputs(l->done == 0 ? "{" : ",\n{", stdout);
	for (i = 0; i < columns(l); i++) {
		(void)printf("%s\"%s\":", i == 0 ? "" : ",", heads[i]);
		if (i == AT_NUMBER)
			(void)fputs(*cells[i] == '\0' ? "null" : cells[i], stdout);
		else
			json_string(stdout, cells[i]);
	}
	(void)fputs("}", stdout);
}

static void
put_csv(struct listing *l, const char *const *cells)
{
	size_t i;

	for (i = 0; i < columns(l); i++)
		csv_cell(&l->out, cells[i]);
	csv_end(&l->out);
	(void)fwrite(l->out.data, 1, l->out.len, stdout);
	buf_clear(&l->out);
}

static void
put_row(struct listing *l, const char *const *cells)
{
	size_t i;

	if (l->format == FORMAT_JSON)
		put_json(l, cells);
	else if (l->format == FORMAT_CSV)
		put_csv(l, cells);
	else
		for (i = 0; i < columns(l); i++)
			table_cell(l->table, cells[i]);
	l->done++;
}

static const char *
address_of(struct listing *l, const struct signature *s)
{
	struct identity who = { NULL, NULL, NULL, NULL };
	enum status st = identity_open(l->ctl->keys, s->campaign, s->key,
	    s->identity.data, s->identity.len, l->arena, &who);

	if (st != OK && st != NOT_FOUND)
		l->unopened++;
	if (who.address == NULL && s->sealed.len > 0)
		return "sealed";
	return who.address == NULL ? "" : who.address;
}

static const char *
code_text(struct arena *arena, int code)
{
	return code == 0 ? "" : arena_printf(arena, "%d.%d.%d", code / 1000000,
	    code / 1000 % 1000, code % 1000);
}

static void
put_person(struct listing *l, const struct signature *s, const struct reach *r)
{
	int32_t day = r->since != 0 ? clock_day(r->since) : s->confirmed_day;
	const char *cells[COLUMNS];
	char since[11];

	clock_date(day, since);
	cells[0] = s->number == 0 ? "" :
	    arena_printf(l->arena, "%" PRId64, s->number);
	cells[1] = group_of(r->rung)->name;
	cells[2] = r->rung == RUNG_FINE ? state_name(s->state) :
	    rung_text(r->rung);
	cells[3] = reach_reason_text(r->reason);
	cells[4] = r->rung == RUNG_STOPPED ? "" : code_text(l->arena, r->code);
	cells[5] = since;
	cells[6] = s->language;
	cells[7] = s->country;
	cells[8] = l->addresses ? address_of(l, s) : "";
	put_row(l, cells);
}

/* ---- who gets updates --------------------------------------------------------------- */

static int
list_active(struct listing *l)
{
	struct signature *rows = mem_alloc(ROWS * sizeof *rows);
	int64_t after = 0;
	size_t count = 0, i;
	struct reach r;
	enum status st;

	do {
		arena_reset(l->arena);
		st = store_signature_list(l->ctl->store, l->arena, l->campaign,
		    SIGNATURE_STATES, after, rows, ROWS, &count);
		for (i = 0; st == OK && i < count; i++) {
			after = rows[i].id;
			if (!signature_is_signed(rows[i].state) ||
			    !rows[i].updates || rows[i].unreachable)
				continue;
			st = store_reach_get(l->ctl->store, rows[i].id, &r);
			if (st == NOT_FOUND)
				st = OK;
			if (st == OK)
				put_person(l, &rows[i], &r);
		}
	} while (st == OK && count > 0);
	free(rows);
	return st == OK ? 0 : unreadable(st);
}

/* ---- who does not, or may not ---------------------------------------------------------- */

static int
list_rung(struct listing *l, enum rung rung)
{
	struct reach *rows = mem_alloc(ROWS * sizeof *rows);
	struct signature s;
	int64_t after = 0;
	size_t count = 0, i;
	enum status st;

	do {
		arena_reset(l->arena);
		st = store_reach_list(l->ctl->store, l->campaign, rung, after,
		    rows, ROWS, &count);
		for (i = 0; st == OK && i < count; i++) {
			after = rows[i].signature;
			st = store_signature_get(l->ctl->store, l->arena, after,
			    &s);
			if (st == OK)
				put_person(l, &s, &rows[i]);
			else if (st == NOT_FOUND)
				st = OK;
		}
	} while (st == OK && count > 0);
	free(rows);
	return st == OK ? 0 : unreadable(st);
}

static int
list_group(struct listing *l)
{
	int rung, code = 0;

	if (l->campaign == 0)
		return 0;
	if (l->group->first == RUNG_FINE)
		return list_active(l);
	for (rung = (int)l->group->first; code == 0 &&
	    rung <= (int)l->group->last; rung++)
		code = list_rung(l, (enum rung)rung);
	return code;
}

/* ---- one group, person by person ---------------------------------------------------------- */

static void
begin_people(struct listing *l)
{
	static const char *const plain[] = { "number", "state", "step",
	    "reason", "code", "since", "language", "country", NULL };

	if (l->format == FORMAT_TABLE)
		l->table = table_new(l->addresses ? heads : plain,
		    l->addresses ? "rllllllll" : "rlllllll");
	else if (l->format == FORMAT_CSV)
		put_csv(l, heads);
	else {
		(void)fputs("{\"campaign\":", stdout);
		json_string(stdout, l->slug);
		(void)printf(",\"state\":\"%s\",\"signers\":[", l->group->name);
	}
}

static int
list_people(struct listing *l)
{
	int code;

	if (l->addresses) {
		code = ctl_open(l->ctl, NEED_KEYS);
		if (code != 0)
			return code;
	}
	begin_people(l);
	code = list_group(l);
	if (l->format == FORMAT_TABLE) {
		table_print(l->table, stdout);
		table_free(&l->table);
	} else if (l->format == FORMAT_JSON)
		(void)puts("]}");
	if (code == 0 && l->unopened > 0)
		code = ctl_complain(EXIT_NOT, "%" PRId64 " %s no address, as what is "
		    "there does not open with this key; is it the right one?",
		    l->unopened, count_words(l->unopened, "row has",
		    "rows have"));
	return code;
}

/* ---- how many, and why ---------------------------------------------------------------------- */

struct tally {
	int64_t active, n[RUNGS][REASONS], group[GROUPS];
};

static enum status
read_tally(const struct listing *l, struct tally *t)
{
	enum status st = OK;
	int i, j;

	memset(t, 0, sizeof *t);
	if (l->campaign != 0)
		st = store_reach_counts(l->ctl->store, l->campaign, t->n);
	if (st == OK && l->campaign != 0)
		st = store_reach_active(l->ctl->store, l->campaign, &t->active);
	for (i = RUNG_FINE + 1; i < RUNGS; i++)
		for (j = 0; j < REASONS; j++)
			t->group[group_of((enum rung)i) - groups] += t->n[i][j];
	t->group[0] = t->active;
	return st;
}

static void
tally_row(struct listing *l, const char *state, const char *step,
    const char *reason, int64_t n)
{
	if (l->format == FORMAT_CSV) {
		csv_cell(&l->out, state);
		csv_cell(&l->out, step);
		csv_cell(&l->out, reason);
		csv_number(&l->out, n);
		csv_end(&l->out);
		return;
	}
	table_cell(l->table, state);
	table_cell(l->table, step);
	table_cell(l->table, reason);
	table_number(l->table, n);
}

static void
tally_rows(struct listing *l, const struct tally *t)
{
	int i, j;

	tally_row(l, "active", "", "", t->active);
	for (i = RUNG_FINE + 1; i < RUNGS; i++)
		for (j = 0; j < REASONS; j++)
			if (t->n[i][j] != 0)
				tally_row(l, group_of((enum rung)i)->name,
				    rung_text((enum rung)i),
				    reach_reason_text((enum reach_reason)j),
				    t->n[i][j]);
}

static void
tally_json(const struct listing *l, const struct tally *t)
{
	const char *comma = "";
	size_t g;
	int i, j;

	(void)fputs("{\"campaign\":", stdout);
	json_string(stdout, l->slug);
	for (g = 0; g < GROUPS; g++)
		(void)printf(",\"%s\":%" PRId64, groups[g].name, t->group[g]);
	(void)fputs(",\"why\":[", stdout);
	for (i = RUNG_FINE + 1; i < RUNGS; i++)
		for (j = 0; j < REASONS; j++) {
			if (t->n[i][j] == 0)
				continue;
			(void)printf("%s{\"state\":\"%s\",\"step\":\"%s\","
			    "\"reason\":\"%s\",\"count\":%" PRId64 "}", comma,
			    group_of((enum rung)i)->name,
			    rung_text((enum rung)i),
			    reach_reason_text((enum reach_reason)j), t->n[i][j]);
			comma = ",";
		}
	(void)puts("]}");
}

static int
list_counts(struct listing *l)
{
	static const char *const names[] = { "state", "step", "reason", "count",
	    NULL };
	struct tally t;
	enum status st = read_tally(l, &t);
	size_t i;

	if (st != OK)
		return unreadable(st);
	if (l->format == FORMAT_JSON) {
		tally_json(l, &t);
		return 0;
	}
	if (l->format == FORMAT_CSV) {
		for (i = 0; names[i] != NULL; i++)
			csv_cell(&l->out, names[i]);
		csv_end(&l->out);
		tally_rows(l, &t);
		(void)fwrite(l->out.data, 1, l->out.len, stdout);
		return 0;
	}
	l->table = table_new(names, "lllr");
	tally_rows(l, &t);
	table_print(l->table, stdout);
	table_free(&l->table);
	return 0;
}

/* ---- the verb ------------------------------------------------------------------------------------ */

/* 0, or the exit code. */
static int
choose_group(struct listing *l)
{
	const char *name = ctl_value(l->ctl, "state");
	size_t i;

	l->addresses = ctl_value(l->ctl, "addresses") != NULL;
	if (name == NULL)
		return !l->addresses ? 0 : ctl_misuse(l->ctl, "--addresses "
		    "needs --state: whose?");
	for (i = 0; i < GROUPS; i++)
		if (strcmp(groups[i].name, name) == 0)
			l->group = &groups[i];
	return l->group != NULL ? 0 : ctl_misuse(l->ctl, "--state must be "
	    "active, stopped, bouncing, complained or unreachable");
}

int
verb_list(struct ctl *ctl)
{
	struct listing l = { .ctl = ctl, .slug = ctl->args[0], .out = BUF_INIT };
	enum status st;
	int code;

	l.format = ctl_format(ctl, "table, csv, json");
	if (l.format < 0)
		return EXIT_USE;
	code = choose_group(&l);
	if (code != 0)
		return code;
	st = ctl_campaign(ctl, l.slug, &l.campaign, NULL);
	if (st != OK && st != NOT_FOUND)
		return EXIT_NOT;
	l.arena = arena_new();
	code = l.group == NULL ? list_counts(&l) : list_people(&l);
	arena_free(&l.arena);
	buf_wipe(&l.out);
	return code;
}
