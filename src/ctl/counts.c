/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/output.h"
#include "ctl/totals.h"
#include "store/paper.h"
#include "store/store.h"
#include "words/country.h"

/* The ways to count, as asked for. */
static const struct way {
	const char *name;
	enum dimension dimension;
} ways[] = {
	{ "country", BY_COUNTRY },
	{ "language", BY_LANGUAGE },
	{ "day", BY_DAY },
	{ "source", BY_SOURCE },
	{ "state", BY_STATE },
};

struct row {
	char *value;
	int64_t count;
};

struct counting {
	const struct ctl *ctl;
	const char *slug;
	const struct way *way;          /* NULL: totals only */
	struct totals totals;
	int64_t paper;                  /* signed on paper: counted apart */
	struct row *rows;
	size_t row_count;
	struct countries *countries;
};

static void
add_row(void *arg, const char *value, int64_t n)
{
	struct counting *c = arg;

	c->rows = mem_realloc(c->rows, c->row_count + 1, sizeof *c->rows);
	c->rows[c->row_count++] = (struct row){ mem_strdup(value), n };
}

/* Days come as numbers; states, when nobody is in them, as zeros. */
static void
finish_rows(struct counting *c)
{
	char day[11];
	size_t i;

	for (i = 0; i < c->row_count && c->way->dimension == BY_DAY; i++) {
		clock_date((int32_t)strtol(c->rows[i].value, NULL, 10), day);
		free(c->rows[i].value);
		c->rows[i].value = mem_strdup(day);
	}
}

static void
add_state_rows(struct counting *c)
{
	size_t i;

	for (i = 0; i < TOTALS; i++)
		add_row(c, totals_name(i), c->totals.count[i]);
}

/* "" for an unknown country; names in English, as the command speaks it. */
static const char *
shown_name(const struct counting *c, const char *code)
{
	return *code == '\0' ? "(not known)" :
	    country_name(c->countries, code, "en");
}

static const char *
shown(const char *value)
{
	return *value == '\0' ? "(none)" : value;
}

static int
has_names(const struct counting *c)
{
	return c->way != NULL && c->way->dimension == BY_COUNTRY;
}

static void
print_totals(const struct counting *c)
{
	static const char *const heads[] = { "state", "people", NULL };
	struct table *t = table_new(heads, "lr");
	size_t i;

	for (i = 0; i < TOTALS; i++) {
		table_cell(t, totals_name(i));
		table_number(t, c->totals.count[i]);
	}
	if (c->paper > 0) {
		table_cell(t, "apart, on paper");
		table_number(t, c->paper);
	}
	table_print(t, stdout);
	table_free(&t);
}

static void
print_table(const struct counting *c)
{
	const char *heads[4] = { NULL };
	struct table *t;
	int64_t sum = 0;
	size_t i, n = 0;

	heads[n++] = c->way->name;
	if (has_names(c))
		heads[n++] = "name";
	heads[n++] = c->way->dimension == BY_STATE ? "people" : "confirmed";
	t = table_new(heads, has_names(c) ? "llr" : "lr");
	for (i = 0; i < c->row_count; i++) {
		table_cell(t, has_names(c) && *c->rows[i].value == '\0' ? "" :
		    shown(c->rows[i].value));
		if (has_names(c))
			table_cell(t, shown_name(c, c->rows[i].value));
		table_number(t, c->rows[i].count);
		sum += c->rows[i].count;
	}
	table_cell(t, "total");
	if (has_names(c))
		table_cell(t, "");
	table_number(t, sum);
	table_print(t, stdout);
	table_free(&t);
}

static void
print_csv(struct counting *c)
{
	struct buf out = BUF_INIT;
	size_t i;

	csv_cell(&out, c->way->name);
	if (has_names(c))
		csv_cell(&out, "country_name");
	csv_cell(&out, c->way->dimension == BY_STATE ? "count" : "confirmed");
	csv_end(&out);
	for (i = 0; i < c->row_count; i++) {
		const char *value = c->rows[i].value;

		csv_cell(&out, value);
		if (has_names(c))
			csv_cell(&out, *value == '\0' ? "" :
			    country_name(c->countries, value, "en"));
		csv_number(&out, c->rows[i].count);
		csv_end(&out);
	}
	(void)fwrite(out.data, 1, out.len, stdout);
	buf_free(&out);
}

static void
print_json(const struct counting *c)
{
	size_t i;

	(void)fputs("{\"campaign\":", stdout);
	json_string(stdout, c->slug);
	for (i = 0; i < TOTALS; i++)
		(void)printf(",\"%s\":%" PRId64, totals_name(i),
		    c->totals.count[i]);
	(void)printf(",\"paper\":%" PRId64, c->paper);
	if (c->way != NULL) {
		(void)printf(",\"dimension\":\"%s\",\"by\":{", c->way->name);
		for (i = 0; i < c->row_count; i++) {
			(void)fputs(i == 0 ? "" : ",", stdout);
			json_string(stdout, c->rows[i].value);
			(void)printf(":%" PRId64, c->rows[i].count);
		}
		(void)fputs("}", stdout);
	}
	(void)puts("}");
}

/* 0, or the exit code. */
static int
find_way(const struct ctl *ctl, const struct way **out)
{
	const char *by = ctl_value(ctl, "by");
	size_t i;

	*out = NULL;
	if (by == NULL)
		return 0;
	for (i = 0; i < sizeof ways / sizeof ways[0]; i++)
		if (strcmp(ways[i].name, by) == 0)
			*out = &ways[i];
	return *out != NULL ? 0 : ctl_misuse(ctl,
	    "--by must be country, language, day, source or state");
}

static int
count(struct counting *c, int64_t id)
{
	enum status st = totals_read(&c->totals, c->ctl->store, id);

	if (st == OK && id != 0)
		st = store_paper_count(c->ctl->store, id, &c->paper);

	if (st == OK && c->way != NULL && c->way->dimension == BY_STATE)
		add_state_rows(c);
	else if (st == OK && c->way != NULL && id != 0) {
		st = store_counts(c->ctl->store, id, c->way->dimension,
		    SIGNATURE_CONFIRMED, add_row, c);
		finish_rows(c);
	}
	return st == OK ? 0 : ctl_complain(EXIT_NOT,
	    "the database cannot be read: %s", status_text(st));
}

static int
print(struct counting *c, int format)
{
	static const char *const english[] = { "en", NULL };
	static const struct way by_state = { "state", BY_STATE };
	struct reason why;

	if (has_names(c) && format != FORMAT_JSON &&
	    countries_load(&c->countries, NULL, NULL, english, &why) != OK)
		return ctl_complain(EXIT_NOT, "%s", why.text);
	if (format == FORMAT_JSON)
		print_json(c);
	else if (format == FORMAT_CSV) {
		if (c->way == NULL) {
			c->way = &by_state;
			add_state_rows(c);
		}
		print_csv(c);
	} else if (c->way == NULL)
		print_totals(c);
	else
		print_table(c);
	return EXIT_DONE;
}

int
verb_counts(struct ctl *ctl)
{
	struct counting c = { .ctl = ctl, .slug = ctl->args[0] };
	int format = ctl_format(ctl, "table, csv, json"), code;
	int64_t id = 0;
	enum status st;
	size_t i;

	if (format < 0)
		return EXIT_USE;
	code = find_way(ctl, &c.way);
	if (code != 0)
		return code;
	if (ctl_value(ctl, "public") != NULL && c.way != NULL &&
	    c.way->dimension == BY_STATE)
		return ctl_misuse(ctl, "--public tells of confirmed signatures "
		    "only: take --by country, language, day or source");
	st = ctl_campaign(ctl, c.slug, &id, NULL);
	if (st != OK && st != NOT_FOUND)
		return EXIT_NOT;
	if (ctl_value(ctl, "public") != NULL)
		return counts_public(ctl, c.way == NULL ? NULL : c.way->name,
		    c.way == NULL ? BY_NOTHING : c.way->dimension, id, format);
	code = count(&c, id);
	if (code == 0)
		code = print(&c, format);
	for (i = 0; i < c.row_count; i++)
		free(c.rows[i].value);
	free(c.rows);
	countries_free(&c.countries);
	return code;
}
