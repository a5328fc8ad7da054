/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "config/campaign.h"
#include "ctl/agreed.h"
#include "ctl/ctl.h"
#include "petition/ladder.h"
#include "petition/petition.h"
#include "petition/state.h"
#include "seal/identity.h"
#include "seal/parts.h"
#include "store/history.h"
#include "store/mailing.h"
#include "store/store.h"
#include "words/country.h"

#define CLEAN_WAIT 5000         /* milliseconds for who reads the database */

struct asking {
	struct ctl *ctl;
	struct petition *petition;
	struct arena *arena;
	const char *slug, *address;
};

static void
show_text(const char *name, const char *value)
{
	if (value != NULL && *value != '\0')
		(void)printf("%-12s %s\n", name, value);
}

/* What there is, and that nobody here can read it. */
static void
show_sealed(const struct signature *s)
{
	static const char *const names[PARTS] = { "address", "name", "city",
	    "comment" };
	struct parts parts;
	int i;

	if (parts_read(&parts, s->sealed.data, s->sealed.len) != OK)
		show_text("sealed", "damaged");
	for (i = 0; i < PARTS; i++)
		if (parts.part[i].len > 0)
			show_text(names[i], "sealed: only the holders of the "
			    "opening key can read it");
}

static void
show_day(const char *name, int32_t day)
{
	char date[11];

	if (day == 0)
		return;
	clock_date(day, date);
	(void)printf("%-12s %s\n", name, date);
}

static void
show_flags(const struct signature *s)
{
	(void)printf("%-12s %s\n", "updates", s->updates ? "yes" : "no");
	(void)printf("%-12s %s\n", "in public", s->hidden ? "hidden" : "shown");
	if (s->actions & ACTION_POSTED)
		(void)printf("%-12s %s\n", "postcard", "sent, she says");
	if (s->actions & ACTION_WROTE)
		(void)printf("%-12s %s\n", "letter", "written, she says");
	if (s->state == SIGNATURE_PENDING && s->requests > 0)
		(void)printf("%-12s %d sent\n", "requests", s->requests);
}

static void
show_country(const char *code)
{
	static const char *const english[] = { "en", NULL };
	struct countries *countries = NULL;
	struct reason why;

	if (*code == '\0')
		return;
	if (countries_load(&countries, NULL, NULL, english, &why) == OK)
		(void)printf("%-12s %s (%s)\n", "country",
		    country_name(countries, code, "en"), code);
	else
		show_text("country", code);
	countries_free(&countries);
}

/* ---- what was sent, and what came back --------------------------------------- */

/* "  2026-11-23 12:00  " */
static void
show_time(int64_t when)
{
	char date[11];

	clock_date(clock_day(when), date);
	(void)printf("  %s %02d:%02d  ", date, (int)(when % CLOCK_DAY / CLOCK_HOUR),
	    (int)(when % CLOCK_HOUR / 60));
}

static void
show_code(int code)
{
	if (code != 0)
		(void)printf(" (%d.%d.%d)", code / 1000000, code / 1000 % 1000,
		    code % 1000);
}

static enum status
show_reach(const struct asking *a, int64_t id)
{
	struct reach r;
	enum status st = store_reach_get(a->ctl->store, id, &r);
	char date[11];

	if (st != OK)
		return st == NOT_FOUND ? OK : st;
	clock_date(clock_day(r.since), date);
	(void)printf("%-12s %s since %s", "mail", rung_text(r.rung), date);
	if (*reach_reason_text(r.reason) != '\0')
		(void)printf(": %s", reach_reason_text(r.reason));
	if (r.rung != RUNG_STOPPED)
		show_code(r.code);
	(void)puts("");
	return OK;
}

static enum status
show_history(const struct asking *a, int64_t id)
{
	struct history rows[HISTORY_MOST];
	size_t count, i;
	enum status st = store_history_list(a->ctl->store, a->arena, id, rows,
	    &count);

	if (st == OK && count > 0)
		(void)puts("history (UTC)");
	for (i = 0; st == OK && i < count; i++) {
		show_time(rows[i].at);
		(void)printf("%s%s%s", history_text(rows[i].what),
		    *rows[i].kind == '\0' ? "" : ": ", rows[i].kind);
		if (rows[i].what == HISTORY_STOPPED)
			(void)printf(" %s", reach_reason_text(
			    (enum reach_reason)rows[i].code));
		else
			show_code(rows[i].code);
		(void)puts("");
	}
	return st;
}

static void
show_mailing(const struct mailing *m, enum ledger_state state, int code,
    int64_t at)
{
	static const char *const text[LEDGER_STATES] = {
		[LEDGER_CLAIMED] = "on its way", [LEDGER_LATER] = "put off",
		[LEDGER_ACCEPTED] = "sent", [LEDGER_FAILED] = "refused",
		[LEDGER_UNKNOWN] = "unknown", [LEDGER_GONE] = "not sent",
	};

	if (state <= LEDGER_NONE || state >= LEDGER_STATES)
		return;
	show_time(at);
	(void)printf("update %" PRId64 ": %s", m->id, text[state]);
	show_code(code);
	(void)puts("");
}

static enum status
show_mailings(const struct asking *a, const struct signature *s)
{
	struct store *store = a->ctl->store;
	struct mailing *mailings;
	enum ledger_state state;
	bool first = true;
	size_t count, i;
	int64_t at;
	int code;
	enum status st = store_mailing_list(store, a->arena, s->campaign,
	    MAILING_STATES, &mailings, &count);

	for (i = 0; st == OK && i < count; i++) {
		st = store_ledger_get(store, mailings[i].id, s->id, &state,
		    &code, &at);
		if (st == OK && state != LEDGER_NONE && first)
			(void)puts("updates (UTC)");
		first = first && state == LEDGER_NONE;
		if (st == OK)
			show_mailing(&mailings[i], state, code, at);
	}
	return st;
}

/* What she agreed to, and what became of mail to her. */
static int
show_rest(const struct asking *a, const struct signature *s)
{
	enum status st = agreed_show(a->ctl->store, a->arena, s);

	if (st == OK)
		st = show_reach(a, s->id);
	if (st == OK)
		st = show_history(a, s->id);
	if (st == OK)
		st = show_mailings(a, s);
	return st == OK ? EXIT_DONE : ctl_complain(EXIT_NOT, "the database "
	    "cannot be read: %s", status_text(st));
}

static int
show(const struct asking *a)
{
	struct signature s;
	struct identity who = { NULL, NULL, NULL, NULL };
	struct reason why = { "" };

	if (petition_staff_find(a->petition, a->arena, a->slug, a->address, &s,
	    &who, &why) != OK)
		return ctl_complain(EXIT_NOT, "%s", why.text);
	show_text("state", state_name(s.state));
	if (s.number != 0)
		(void)printf("%-12s %" PRId64 "\n", "number", s.number);
	if (s.sealed.len > 0) {
		show_sealed(&s);
		show_text("kept open", who.address);    /* for updates */
	} else {
		show_text("address", who.address);
		show_text("name", who.name);
		show_text("city", who.city);
		show_text("comment", who.comment);
	}
	show_country(s.country);
	show_text("language", s.language);
	show_text("source", s.source);
	show_day("first mail", s.created_day);
	show_day("confirmed", s.confirmed_day);
	show_flags(&s);
	return show_rest(a, &s);
}

typedef enum status (*change_call)(struct petition *, struct arena *,
    const char *slug, const char *address, int64_t now, struct reason *);

/* In a transaction of its own; EXISTS is an answer, not a failure. */
static int
change(const struct asking *a, change_call call, const char *done)
{
	struct store *store = a->ctl->store;
	struct reason why = { "" };
	enum status st = store_begin(store);

	if (st != OK)
		return ctl_complain(EXIT_NOT, "the database is busy or cannot be "
		    "written (%s); try again", status_text(st));
	st = call(a->petition, a->arena, a->slug, a->address, clock_now(), &why);
	if (st == OK)
		st = store_commit(store);
	else
		store_rollback(store);
	if (st == EXISTS) {
		(void)printf("Nothing changed: %s.\n", why.text);
		return EXIT_DONE;
	}
	if (st != OK)
		return ctl_complain(EXIT_NOT, "%s", why.text[0] != '\0' ?
		    why.text : status_text(st));
	(void)puts(done);
	if (store_clean(store, CLEAN_WAIT) != OK)
		(void)puts("Its bytes are overwritten within the day: another "
		    "process reads the database now.");
	return EXIT_DONE;
}

/* An argument can be seen by every user of the machine in the list of
 * processes; standard input cannot. */
static char *
read_address(void)
{
	char line[512];

	if (fgets(line, sizeof line, stdin) == NULL)
		return mem_strdup("");
	line[strcspn(line, "\r\n")] = '\0';
	return mem_strdup(line);
}

static int
act(const struct asking *a, const char *what)
{
	if (strcmp(what, "show") == 0)
		return show(a);
	if (strcmp(what, "withdraw") == 0)
		return change(a, petition_staff_withdraw, "The signature is "
		    "withdrawn and no longer counted.");
	return change(a, petition_staff_forget, "All that was known of this "
	    "address is erased, and it will not be written to again.\n"
	    "Backups made before still hold it: see SECURITY.");
}

int
verb_signer(struct ctl *ctl)
{
	struct petition_setup setup = { ctl->store, ctl->keys, ctl->config,
	    ctl->campaigns, NULL };
	struct asking a = { .ctl = ctl, .slug = ctl->args[0] };
	const char *what = ctl->args[1];
	char *typed = NULL;
	int code;

	if (strcmp(what, "show") != 0 && strcmp(what, "withdraw") != 0 &&
	    strcmp(what, "forget") != 0)
		return ctl_misuse(ctl, "signer can show, withdraw and forget, "
		    "not %s", what);
	if (strcmp(ctl->args[2], "-") == 0)
		typed = read_address();
	a.address = typed != NULL ? typed : ctl->args[2];
	a.petition = petition_new(&setup);
	a.arena = arena_new();
	code = act(&a, what);
	arena_free(&a.arena);
	petition_free(&a.petition);
	free(typed);
	return code;
}
