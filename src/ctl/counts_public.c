/* counts_public.c - counts --public: what may be told to anybody
 * SPDX-License-Identifier: ISC
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/output.h"
#include "ctl/totals.h"
#include "outbox/disclosure.h"
#include "outbox/public.h"
#include "words/country.h"

#define SHOWN 24

struct telling {
	const struct ctl *ctl;
	const char *slug;
	const char *way;                /* NULL: the total alone */
	enum dimension dimension;
	struct arena *arena;
	struct public_view view;
	struct countries *countries;
	char date[11];
};

/* The total is a cell as well, the one that all others are in. */
static int64_t
total_shown(const struct telling *t)
{
	return t->view.total >= DISCLOSURE_LEAST ? t->view.total :
	    DISCLOSURE_FEWER;
}

static void
total_text(const struct telling *t, char out[SHOWN])
{
	if (t->view.total == 0)
		(void)snprintf(out, SHOWN, "0");
	else
		disclosure_text(total_shown(t), out);
}

static const char *
value_text(const struct telling *t, const struct public_cell *cell)
{
	char day[11];

	if (t->dimension != BY_DAY)
		return cell->value;
	clock_date((int32_t)strtol(cell->value, NULL, 10), day);
	return arena_strdup(t->arena, day);
}

static const char *
name_text(const struct telling *t, const char *code)
{
	return *code == '\0' ? "(not known)" :
	    country_name(t->countries, code, "en");
}

static void
print_table(const struct telling *t)
{
	const char *heads[4] = { NULL };
	bool names = t->countries != NULL;
	char text[SHOWN];
	struct table *table;
	size_t i, n = 0;

	heads[n++] = t->way == NULL ? "state" : t->way;
	if (names)
		heads[n++] = "name";
	heads[n++] = t->way == NULL ? "people" : "confirmed";
	table = table_new(heads, names ? "llr" : "lr");
	for (i = 0; t->way != NULL && i < t->view.count; i++) {
		const char *value = value_text(t, &t->view.cells[i]);

		if (t->view.cells[i].shown == DISCLOSURE_NOTHING)
			continue;
		table_cell(table, *value != '\0' ? value : names ? "" : "(none)");
		if (names)
			table_cell(table, name_text(t, value));
		disclosure_text(t->view.cells[i].shown, text);
		table_cell(table, text);
	}
	table_cell(table, t->way == NULL ? "confirmed" : "total");
	if (names)
		table_cell(table, "");
	total_text(t, text);
	table_cell(table, text);
	table_print(table, stdout);
	table_free(&table);
	if (t->view.total > 0)
		(void)printf("As of %s. Told anew when ten more have come or "
		    "gone.\n", t->date);
}

static void
print_csv(const struct telling *t)
{
	struct buf out = BUF_INIT;
	char text[SHOWN];
	size_t i;

	csv_cell(&out, t->way == NULL ? "state" : t->way);
	if (t->countries != NULL)
		csv_cell(&out, "country_name");
	csv_cell(&out, t->way == NULL ? "count" : "confirmed");
	csv_end(&out);
	if (t->way == NULL) {
		csv_cell(&out, "confirmed");
		total_text(t, text);
		csv_cell(&out, text);
		csv_end(&out);
	}
	for (i = 0; t->way != NULL && i < t->view.count; i++) {
		const char *value = value_text(t, &t->view.cells[i]);

		if (t->view.cells[i].shown == DISCLOSURE_NOTHING)
			continue;
		csv_cell(&out, value);
		if (t->countries != NULL)
			csv_cell(&out, *value == '\0' ? "" :
			    name_text(t, value));
		disclosure_text(t->view.cells[i].shown, text);
		csv_cell(&out, text);
		csv_end(&out);
	}
	(void)fwrite(out.data, 1, out.len, stdout);
	buf_free(&out);
}

/* Numbers as numbers, the others as words. */
static void
json_shown(int64_t shown)
{
	char text[SHOWN];

	disclosure_text(shown, text);
	if (shown > 0)
		(void)fputs(text, stdout);
	else
		json_string(stdout, text);
}

static void
print_json(const struct telling *t)
{
	size_t i, n = 0;

	(void)fputs("{\"campaign\":", stdout);
	json_string(stdout, t->slug);
	(void)printf(",\"public\":true,\"day\":\"%s\",\"confirmed\":", t->date);
	if (t->view.total == 0)
		(void)fputc('0', stdout);
	else
		json_shown(total_shown(t));
	if (t->way != NULL)
		(void)printf(",\"dimension\":\"%s\",\"by\":{", t->way);
	for (i = 0; t->way != NULL && i < t->view.count; i++) {
		if (t->view.cells[i].shown == DISCLOSURE_NOTHING)
			continue;
		(void)fputs(n++ == 0 ? "" : ",", stdout);
		json_string(stdout, value_text(t, &t->view.cells[i]));
		(void)fputc(':', stdout);
		json_shown(t->view.cells[i].shown);
	}
	(void)puts(t->way != NULL ? "}}" : "}");
}

/* What is new is kept before it is told: it stays said. */
static int
look(struct telling *t, int64_t campaign)
{
	int64_t now = clock_now();
	bool new = false;
	enum status st = OK;
	int code;

	if (campaign != 0)
		st = public_view_now(t->ctl->store, t->arena, campaign,
		    t->dimension, now, &t->view, &new);
	if (st == OK && new) {
		struct ctl writer = { .verb = t->ctl->verb,
		    .config = t->ctl->config };

		code = ctl_open(&writer, NEED_WRITE);
		if (code != 0)
			return code;
		st = store_begin(writer.store);
		if (st == OK)
			st = public_keep(writer.store, t->arena, campaign,
			    t->dimension, now, &t->view);
		if (st == OK)
			st = store_commit(writer.store);
		else
			store_rollback(writer.store);
		store_close(&writer.store);
	}
	return st == OK ? 0 : ctl_complain(EXIT_NOT,
	    "the database cannot be used: %s", status_text(st));
}

int
counts_public(struct ctl *ctl, const char *way, enum dimension dimension,
    int64_t campaign, int format)
{
	static const char *const english[] = { "en", NULL };
	struct telling t = { .ctl = ctl, .slug = ctl->args[0], .way = way,
	    .dimension = way == NULL ? BY_COUNTRY : dimension,
	    .arena = arena_new() };
	struct reason why;
	int code = look(&t, campaign);

	clock_date(t.view.day != 0 ? t.view.day : clock_day(clock_now()), t.date);
	if (code == 0 && way != NULL && dimension == BY_COUNTRY &&
	    format != FORMAT_JSON &&
	    countries_load(&t.countries, NULL, NULL, english, &why) != OK)
		code = ctl_complain(EXIT_NOT, "%s", why.text);
	if (code == 0 && format == FORMAT_JSON)
		print_json(&t);
	else if (code == 0 && format == FORMAT_CSV)
		print_csv(&t);
	else if (code == 0)
		print_table(&t);
	countries_free(&t.countries);
	arena_free(&t.arena);
	return code;
}
