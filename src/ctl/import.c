/* import.c - people who signed on paper, from a CSV file
 *
 * Two passes over the file: the first finds every mistake, so that a list is
 * taken in whole or not at all; the second takes it in, some hundred rows to a
 * transaction, so that the daemon is not kept waiting.  A run that is cut off is
 * simply run again: who stands there already is passed over.
 *
 * SPDX-License-Identifier: ISC
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "config/campaign.h"
#include "config/config.h"
#include "ctl/csv_read.h"
#include "ctl/ctl.h"
#include "ctl/output.h"
#include "message/address.h"
#include "petition/opening_fit.h"
#include "petition/paper.h"
#include "store/paper.h"
#include "words/country.h"
#include "words/text.h"
#include "words/vocabulary.h"

#define ROWS 500                /* to a transaction */
#define MISTAKES 20             /* told one by one */
#define NAME_MOST 200           /* characters */
#define COMMENT_MOST 2000

enum column { NAME, CITY, COUNTRY, COMMENT, ADDRESS, DATE, COLUMNS };

struct importing {
	struct ctl *ctl;
	struct petition *petition;
	struct countries *countries;
	struct vocabulary *words;
	struct arena *arena;            /* of one row */
	const char *slug, *file, *batch;
	int32_t day;                    /* of rows without a date */
	int at[COLUMNS];                /* which cell; -1: there is none */
	struct csv_read *csv;
	int64_t rows, mistakes, results[PAPER_RESULTS];
	struct progress progress;
};

/* ---- the first line ------------------------------------------------------------ */

static const struct {
	const char *name;
	enum column column;
} heads[] = {
	{ "name", NAME }, { "city", CITY }, { "town", CITY }, { "place", CITY },
	{ "country", COUNTRY }, { "comment", COMMENT }, { "address", ADDRESS },
	{ "email", ADDRESS }, { "e mail", ADDRESS }, { "mail", ADDRESS },
	{ "mail address", ADDRESS }, { "email address", ADDRESS },
	{ "date", DATE }, { "day", DATE },
};

/* In English, or in words of the campaigns' languages ("Имя"). */
static int
column_of(struct importing *im, const char *head)
{
	static const int of_field[FIELD_COUNT_] = { [FIELD_NAME] = NAME,
	    [FIELD_CITY] = CITY, [FIELD_COUNTRY] = COUNTRY,
	    [FIELD_COMMENT] = COMMENT, [FIELD_LANGUAGE] = -1,
	    [FIELD_UPDATES] = -1, [FIELD_SHARE] = -1 };
	const char *bare = text_bare(im->arena, head);
	struct said said;
	size_t i;

	for (i = 0; i < sizeof heads / sizeof heads[0]; i++)
		if (strcmp(bare, heads[i].name) == 0)
			return (int)heads[i].column;
	vocabulary_read(im->words, im->arena,
	    arena_printf(im->arena, "%s: x", head), NULL, &said);
	for (i = 0; i < FIELD_COUNT_; i++)
		if (said.field[i] != NULL)
			return of_field[i];
	return -1;
}

/* 0, or the exit code. */
static int
read_heads(struct importing *im)
{
	char *cells[CSV_CELLS];
	struct reason why = { "" };
	size_t count, i;
	enum status st = csv_read_row(im->csv, cells, &count, &why);

	if (st != OK)
		return ctl_complain(EXIT_NOT, "%s: %s", im->file,
		    st == NOT_FOUND ? "the file is empty" : why.text);
	memset(im->at, -1, sizeof im->at);
	for (i = 0; i < count; i++) {
		int c = column_of(im, cells[i]);

		if (c < 0)
			continue;
		if (im->at[c] >= 0)
			return ctl_complain(EXIT_NOT, "%s:1: two columns are "
			    "called alike; keep one of them", im->file);
		im->at[c] = (int)i;
	}
	arena_reset(im->arena);
	if (im->at[NAME] >= 0)
		return 0;
	return ctl_complain(EXIT_NOT, "%s:1: no column is called \"name\"; the "
	    "first line must name the columns: name, and if you have them city, "
	    "country, address, comment, date", im->file);
}

/* ---- rows ------------------------------------------------------------------------ */

static const char *
cell(const struct importing *im, char **cells, size_t count, enum column c,
    size_t most)
{
	const char *text;

	if (im->at[c] < 0 || (size_t)im->at[c] >= count)
		return NULL;
	text = text_line(im->arena, cells[im->at[c]],
	    strlen(cells[im->at[c]]), most);
	return *text == '\0' ? NULL : text;
}

static enum status
read_date(const struct importing *im, const char *date, int32_t *out,
    struct reason *why)
{
	*out = im->day;
	if (date == NULL)
		return OK;
	if (!clock_parse_date(date, out))
		return fail(why, INVALID, "the date must be written as "
		    "2026-12-31");
	if (*out > clock_day(clock_now()) + 1)
		return fail(why, INVALID, "the date is in the future");
	return OK;
}

static enum status
read_person(const struct importing *im, char **cells, size_t count,
    struct paper_person *out, struct reason *why)
{
	const char *country = cell(im, cells, count, COUNTRY, NAME_MOST);
	struct address address;

	*out = (struct paper_person){
		.name = cell(im, cells, count, NAME, NAME_MOST),
		.city = cell(im, cells, count, CITY, NAME_MOST),
		.comment = cell(im, cells, count, COMMENT, COMMENT_MOST),
		.address = cell(im, cells, count, ADDRESS, 300),
		.country = "",
	};
	if (out->name == NULL)
		return fail(why, INVALID, "the name is missing");
	if (country != NULL)
		out->country = country_find(im->countries, country);
	if (out->country == NULL)
		return fail(why, INVALID, "no country is called that; write its "
		    "name or two letters, or leave it empty");
	if (out->address != NULL && address_parse(&address, im->arena,
	    out->address, strlen(out->address)) != OK)
		return fail(why, INVALID, "the address is not one; write it as "
		    "name@domain, or leave it empty");
	return read_date(im, cell(im, cells, count, DATE, 40), &out->day, why);
}

/* The file from its second line on.  Each row is given to TAKE, which answers
 * OK or why it stops. */
static enum status
each_row(struct importing *im, enum status (*take)(struct importing *,
    const struct paper_person *, struct reason *), struct reason *why)
{
	char *cells[CSV_CELLS];
	struct paper_person person;
	enum status st;
	size_t count;

	while ((st = csv_read_row(im->csv, cells, &count, why)) == OK) {
		st = read_person(im, cells, count, &person, why);
		if (st == OK)
			st = take(im, &person, why);
		else if (im->mistakes++ < MISTAKES) {
			(void)fprintf(stderr, "%s:%d: %s\n", im->file,
			    csv_read_line(im->csv), why->text);
			st = OK;
		} else
			st = OK;
		arena_reset(im->arena);
		if (st != OK)
			return st;
		im->rows++;
		progress_at(&im->progress, (int64_t)csv_read_at(im->csv));
	}
	return st == NOT_FOUND ? OK : st;
}

static enum status
only_look(struct importing *im, const struct paper_person *person,
    struct reason *why)
{
	(void)im;
	(void)person;
	(void)why;
	return OK;
}

static enum status
take_in(struct importing *im, const struct paper_person *person,
    struct reason *why)
{
	struct store *store = im->ctl->store;
	enum paper_result result = PAPER_ADDED;
	enum status st = OK;

	if (im->rows % ROWS == 0) {
		if (im->rows > 0)
			st = store_commit(store);
		if (st == OK)
			st = store_begin(store);
	}
	if (st == OK)
		st = petition_paper(im->petition, im->arena, im->slug,
		    im->batch, person, clock_now(), &result, why);
	if (st == OK)
		im->results[result]++;
	else if (why->text[0] == '\0')
		(void)fail(why, st, "the database: %s", status_text(st));
	return st;
}

/* ---- the verb ---------------------------------------------------------------------- */

static int
open_file(struct importing *im)
{
	struct reason why = { "" };

	csv_read_close(&im->csv);
	if (csv_read_open(&im->csv, im->file, &why) != OK)
		return ctl_complain(EXIT_NOT, "%s", why.text);
	return read_heads(im);
}

static int
look_through(struct importing *im)
{
	struct reason why = { "" };
	int code = open_file(im);

	if (code != 0)
		return code;
	if (each_row(im, only_look, &why) != OK)
		return ctl_complain(EXIT_NOT, "%s: %s", im->file, why.text);
	if (im->mistakes > MISTAKES)
		(void)fprintf(stderr, "... and %" PRId64 " more\n",
		    im->mistakes - MISTAKES);
	if (im->mistakes > 0)
		return ctl_complain(EXIT_NOT, "nothing was taken in; mend the "
		    "lines above and try again");
	if (im->rows == 0)
		return ctl_complain(EXIT_NOT, "%s: nobody stands in it",
		    im->file);
	return 0;
}

static void
print_results(const struct importing *im)
{
	static const char *const says[PAPER_RESULTS][2] = {
		[PAPER_ADDED] = { "taken in, counted apart as paper",
		    "taken in, counted apart as paper" },
		[PAPER_TWICE] = { "stood there already", "stood there already" },
		[PAPER_BY_MAIL] = { "has signed by mail and is counted there",
		    "have signed by mail and are counted there" },
		[PAPER_GONE] = { "withdrew or asked to be forgotten: left out",
		    "withdrew or asked to be forgotten: left out" },
	};
	int i;

	for (i = 0; i < PAPER_RESULTS; i++)
		if (im->results[i] > 0 || i == PAPER_ADDED)
			(void)printf("%" PRId64 " %s\n", im->results[i],
			    says[i][im->results[i] != 1]);
}

static int
import(struct importing *im)
{
	struct reason why = { "" };
	enum status st;
	int code = look_through(im);

	if (code != 0)
		return code;
	if (ctl_value(im->ctl, "dry-run") != NULL) {
		(void)printf("%" PRId64 " %s good; nothing was taken in\n",
		    im->rows, count_words(im->rows, "row is", "rows are"));
		return EXIT_DONE;
	}
	code = open_file(im);
	if (code != 0)
		return code;
	im->rows = 0;
	progress_begin(&im->progress, "bytes",
	    (int64_t)csv_read_size(im->csv), -1);
	st = each_row(im, take_in, &why);
	if (st == OK)
		st = store_commit(im->ctl->store);
	else
		store_rollback(im->ctl->store);
	progress_end(&im->progress);
	if (st != OK)
		return ctl_complain(EXIT_NOT, "%s; run this again to go on: who "
		    "was taken in is passed over", why.text[0] != '\0' ?
		    why.text : status_text(st));
	print_results(im);
	return EXIT_DONE;
}

/* Takes a batch back. */
static int
undo(struct importing *im)
{
	struct store *store = im->ctl->store;
	int64_t campaign, count = 0;
	enum status st = ctl_campaign(im->ctl, im->slug, &campaign, NULL);

	if (st == OK)
		st = store_begin(store);
	if (st == OK) {
		st = store_paper_remove_batch(store, campaign, im->batch, &count);
		if (st == OK)
			st = store_commit(store);
		else
			store_rollback(store);
	}
	if (st == NOT_FOUND || (st == OK && count == 0))
		return ctl_complain(EXIT_NOT, "there is no batch \"%s\"",
		    im->batch);
	if (st != OK)
		return ctl_complain(EXIT_NOT, "the database: %s",
		    status_text(st));
	(void)printf("%" PRId64 " %s of \"%s\" %s counted no more\n", count,
	    count_words(count, "person", "people"), im->batch,
	    count_words(count, "is", "are"));
	return EXIT_DONE;
}

static void
print_batch(void *arg, const char *batch, const char *country, int64_t n)
{
	struct table *t = arg;

	table_cell(t, batch);
	table_cell(t, *country == '\0' ? "(not known)" : country);
	table_number(t, n);
}

static int
list(struct importing *im)
{
	static const char *const columns[] = { "batch", "country", "people", NULL };
	struct table *t = table_new(columns, "llr");
	int64_t campaign;
	enum status st = ctl_campaign(im->ctl, im->slug, &campaign, NULL);

	if (st == OK)
		st = store_paper_counts(im->ctl->store, campaign, print_batch, t);
	if (st == OK || st == NOT_FOUND)
		table_print(t, stdout);
	table_free(&t);
	return st == OK || st == NOT_FOUND ? EXIT_DONE : EXIT_NOT;
}

static int
load_words(struct importing *im)
{
	const char *const *languages = campaigns_languages(im->ctl->campaigns);
	struct reason why = { "" };

	if (vocabulary_load(&im->words, im->ctl->config->template_dir, languages,
	    &why) != OK ||
	    countries_load(&im->countries, NULL, NULL, languages, &why) != OK)
		return ctl_complain(EXIT_NOT, "%s", why.text);
	return 0;
}

/* The file's own name, when no other is given. */
static char *
batch_name(const struct ctl *ctl)
{
	const char *given = ctl_value(ctl, "batch"), *slash;

	if (given == NULL) {
		given = ctl->args[1];
		slash = strrchr(given, '/');
		given = slash == NULL ? given : slash + 1;
	}
	return mem_strdup(given);
}

static int
run(struct importing *im)
{
	const char *day = ctl_value(im->ctl, "date");
	const struct campaign *campaign;
	struct reason why = { "" };
	int code;

	im->day = clock_day(clock_now());
	if (day != NULL && !clock_parse_date(day, &im->day))
		return ctl_misuse(im->ctl, "--date must be written as "
		    "2026-12-31");
	campaign = campaigns_find(im->ctl->campaigns, im->slug, NULL);
	if (campaign == NULL)
		return ctl_complain(EXIT_NOT, "there is no campaign %s; "
		    "%s campaign list shows them", im->slug,
		    ctl_command(im->ctl));
	if (opening_fit(im->ctl->store, campaign, &why) != OK)
		return ctl_complain(EXIT_NOT, "%s", why.text);
	if (strcmp(im->file, "-") == 0)
		return ctl_complain(EXIT_NOT, "import reads the list twice, so "
		    "it needs a file");
	code = load_words(im);
	return code != 0 ? code : import(im);
}

int
verb_import(struct ctl *ctl)
{
	struct petition_setup setup = { ctl->store, ctl->keys, ctl->config,
	    ctl->campaigns, NULL };
	struct importing im = { .ctl = ctl, .slug = ctl->args[0],
	    .file = ctl->args[1] };
	int listing = ctl_value(ctl, "list") != NULL;
	int undoing = ctl_value(ctl, "undo") != NULL, code;
	char *batch;

	if (listing != (ctl->count == 1))
		return ctl_misuse(ctl, listing ? "--list takes no file" :
		    "which file?");
	if (listing)
		return list(&im);
	batch = batch_name(ctl);
	if (*batch == '\0' || strlen(batch) > 64) {
		free(batch);
		return ctl_misuse(ctl, "--batch must be a name of at most 64 "
		    "characters");
	}
	im.batch = batch;
	im.petition = petition_new(&setup);
	im.arena = arena_new();
	code = undoing ? undo(&im) : run(&im);
	arena_free(&im.arena);
	petition_free(&im.petition);
	vocabulary_free(&im.words);
	countries_free(&im.countries);
	csv_read_close(&im.csv);
	free(batch);
	return code;
}
