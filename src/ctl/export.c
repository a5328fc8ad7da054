/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "config/config.h"
#include "ctl/ctl.h"
#include "ctl/output.h"
#include "ctl/totals.h"
#include "petition/state.h"
#include "seal/identity.h"
#include "seal/keys.h"
#include "store/store.h"
#include "words/country.h"

#define ROWS 500                /* read at once */

struct exporting {
	const struct ctl *ctl;
	int64_t campaign;
	enum signature_state state;     /* SIGNATURE_STATES: all */
	struct countries *countries;
	struct arena *arena;
	int fd;
	struct buf out;
	int64_t done, unopened;
	struct progress progress;
};

static const char *const heads[] = { "number", "name", "city", "country",
    "country_name", "comment", "address", "language", "source", "date",
    "state", "hidden" };

static int
write_all(struct exporting *e)
{
	size_t at = 0;
	ssize_t n;

	while (at < e->out.len) {
		n = write(e->fd, e->out.data + at, e->out.len - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ctl_complain(EXIT_NOT, "cannot write the list: %s",
			    strerror(errno));
		at += (size_t)n;
	}
	/* names were in it */
	explicit_bzero(e->out.data, e->out.len);
	buf_clear(&e->out);
	return 0;
}

static void
cell(struct exporting *e, const char *text)
{
	csv_cell(&e->out, text == NULL ? "" : text);
}

/* A row that does not open is listed with what is known of it, and told. */
static void
add_row(struct exporting *e, const struct signature *s)
{
	struct identity who = { NULL, NULL, NULL, NULL };
	int32_t day = s->confirmed_day != 0 ? s->confirmed_day : s->created_day;
	char date[11];
	enum status st;

	st = identity_open(e->ctl->keys, e->campaign, s->key, s->identity.data,
	    s->identity.len, e->arena, &who);
	if (st != OK && st != NOT_FOUND)
		e->unopened++;
	clock_date(day, date);
	if (s->number != 0)
		csv_number(&e->out, s->number);
	else
		cell(e, "");
	cell(e, who.name);
	cell(e, who.city);
	cell(e, s->country);
	cell(e, *s->country == '\0' ? "" :
	    country_name(e->countries, s->country, "en"));
	cell(e, who.comment);
	cell(e, who.address);
	cell(e, s->language);
	cell(e, s->source);
	cell(e, date);
	cell(e, state_name(s->state));
	cell(e, s->hidden ? "yes" : "no");
	csv_end(&e->out);
}

/* Strangers only wrote, and of the erased nothing is left: no signers. */
static int
is_wanted(const struct exporting *e, const struct signature *s)
{
	return e->state == s->state || (e->state == SIGNATURE_STATES &&
	    s->state != SIGNATURE_STRANGER && s->state != SIGNATURE_ERASED);
}

static int
export_rows(struct exporting *e)
{
	struct signature *rows = mem_alloc(ROWS * sizeof *rows);
	int64_t after = 0;
	size_t count = 0, i;
	enum status st;
	int code = 0;

	do {
		arena_reset(e->arena);
		st = store_signature_list(e->ctl->store, e->arena, e->campaign,
		    e->state, after, rows, ROWS, &count);
		if (st != OK) {
			code = ctl_complain(EXIT_NOT, "the database cannot be "
			    "read: %s", status_text(st));
			break;
		}
		for (i = 0; i < count; i++) {
			after = rows[i].id;
			if (!is_wanted(e, &rows[i]))
				continue;
			add_row(e, &rows[i]);
			e->done++;
		}
		progress_at(&e->progress, e->done);
		code = write_all(e);
	} while (code == 0 && count > 0);
	free(rows);
	return code;
}

/* 0, or the exit code. */
static int
choose_state(struct exporting *e)
{
	const char *wanted = ctl_value(e->ctl, "state");
	size_t i;

	if (wanted == NULL) {
		e->state = SIGNATURE_CONFIRMED;
		return 0;
	}
	e->state = SIGNATURE_STATES;
	if (strcmp(wanted, "all") == 0)
		return 0;
	for (i = 0; i < TOTALS; i++)
		if (strcmp(wanted, totals_name(i)) == 0) {
			e->state = (enum signature_state)totals_state(i);
			return 0;
		}
	return ctl_misuse(e->ctl, "--state must be confirmed, pending, "
	    "withdrawn, uncounted, expired or all");
}

static int64_t
expected_rows(const struct exporting *e)
{
	struct totals totals;
	int64_t sum = 0;
	size_t i;

	if (totals_read(&totals, e->ctl->store, e->campaign) != OK)
		return 0;
	for (i = 0; i < TOTALS; i++)
		if (e->state == SIGNATURE_STATES ||
		    (int)e->state == totals_state(i))
			sum += totals.count[i];
	return sum;
}

static int
export_all(struct exporting *e)
{
	static const char *const english[] = { "en", NULL };
	struct reason why;
	size_t i;
	int code = 0;

	if (countries_load(&e->countries, NULL, NULL, english, &why) != OK)
		return ctl_complain(EXIT_NOT, "%s", why.text);
	for (i = 0; i < sizeof heads / sizeof heads[0]; i++)
		cell(e, heads[i]);
	csv_end(&e->out);
	code = write_all(e);
	if (code == 0 && e->campaign != 0) {
		progress_begin(&e->progress, "rows", expected_rows(e), e->fd);
		code = export_rows(e);
		progress_end(&e->progress);
	}
	if (code == 0 && e->unopened > 0)
		code = ctl_complain(EXIT_NOT, "%lld rows have no name or address: "
		    "they do not open with the key in %s; is it the right one?",
		    (long long)e->unopened, e->ctl->config->key_file);
	return code;
}

/* To a new file beside FILE, which takes its name when it is whole: a list
 * that stops in the middle must not look like one. */
static int
export_to_file(struct exporting *e, const char *file)
{
	char *path = mem_printf("%s.XXXXXX", file);
	int code;

	e->fd = mkstemp(path);
	if (e->fd < 0) {
		code = ctl_complain(EXIT_NOT, "%s: cannot be made: %s", file,
		    strerror(errno));
		free(path);
		return code;
	}
	code = export_all(e);
	if (fsync(e->fd) != 0 || close(e->fd) != 0)
		code = ctl_complain(EXIT_NOT, "%s: %s", file, strerror(errno));
	if (code == 0 && rename(path, file) != 0)
		code = ctl_complain(EXIT_NOT, "%s: %s", file, strerror(errno));
	if (code != 0)
		(void)unlink(path);
	else
		(void)fprintf(stderr, "undersign: %lld rows in %s; it holds "
		    "names and addresses, so keep it safe\n",
		    (long long)e->done, file);
	free(path);
	return code;
}

int
verb_export(struct ctl *ctl)
{
	struct exporting e = { .ctl = ctl, .fd = STDOUT_FILENO,
	    .out = BUF_INIT };
	const char *file = ctl_value(ctl, "output");
	enum status st;
	int code = choose_state(&e);

	if (code != 0)
		return code;
	st = ctl_campaign(ctl, ctl->args[0], &e.campaign, NULL);
	if (st != OK && st != NOT_FOUND)
		return EXIT_NOT;
	e.arena = arena_new();
	code = file == NULL ? export_all(&e) : export_to_file(&e, file);
	arena_free(&e.arena);
	buf_wipe(&e.out);
	countries_free(&e.countries);
	return code;
}
