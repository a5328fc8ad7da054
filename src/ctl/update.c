/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "config/campaign.h"
#include "ctl/ctl.h"
#include "ctl/output.h"
#include "ctl/update.h"
#include "outbox/mailing.h"
#include "outbox/segment.h"
#include "seal/identity.h"
#include "store/mailing.h"
#include "store/store.h"

#define LOOK 2048               /* signatures looked at in one go */
#define TURN 256                /* unknown ones listed in one go */
#define LOGIN_MAX 64            /* octets of a login name */

const char *
update_state(enum mailing_state state)
{
	static const char *const names[MAILING_STATES] = {
		[MAILING_DRAFT] = "draft", [MAILING_ASKED] = "asked",
		[MAILING_SCHEDULED] = "scheduled", [MAILING_SENDING] = "sending",
		[MAILING_PAUSED] = "paused", [MAILING_DONE] = "done",
		[MAILING_CANCELLED] = "cancelled",
	};

	return state < MAILING_STATES ? names[state] : "unknown";
}

/* ---- the words of an update ------------------------------------------------------ */

int
update_texts(const struct updating *u, struct mailing_text **out,
    size_t *count_out)
{
	enum status st = store_mailing_texts(u->ctl->store, u->arena,
	    u->mailing.id, out, count_out);

	return st == OK ? 0 : ctl_complain(EXIT_NOT, "the words of update %" PRId64
	    " cannot be read: %s", u->mailing.id, status_text(st));
}

const char *
update_subject(const struct updating *u, const struct mailing_text *texts,
    size_t count)
{
	const char *subject = count > 0 ? texts[0].subject : "";
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(texts[i].language, u->campaign->default_language) == 0)
			subject = texts[i].subject;
	return subject;
}

/* ---- to whom it goes ---------------------------------------------------------------- */

enum status
update_readers(const struct updating *u, const struct segment *segment,
    const struct mailing_text *texts, size_t count, int64_t *counts,
    int64_t *total_out)
{
	struct signature *rows = calloc(LOOK, sizeof *rows);
	struct arena *arena = arena_new();
	int64_t after = 0, seen = 0;
	enum status st = rows == NULL ? TEMPFAIL : OK;
	size_t n, i;

	*total_out = 0;
	memset(counts, 0, count * sizeof *counts);
	while (st == OK && seen < INT64_MAX) {
		st = store_mailing_candidates(u->ctl->store, arena,
		    u->campaign_id, after, INT64_MAX, LOOK, rows, LOOK, &n, &seen);
		for (i = 0; st == OK && i < n; i++)
			if (segment_has(segment, &rows[i])) {
				counts[mailing_text_for(u->campaign, texts,
				    count, rows[i].language) - texts]++;
				(*total_out)++;
			}
		after = seen;
		arena_reset(arena);
	}
	arena_free(&arena);
	free(rows);
	return st;
}

/* ---- times ---------------------------------------------------------------------------- */

static bool
zone_exists(const char *zone)
{
	char path[128];

	if (zone[0] == '/' || strstr(zone, "..") != NULL ||
	    (size_t)snprintf(path, sizeof path, "/usr/share/zoneinfo/%s",
	    zone) >= sizeof path)
		return false;
	return strcmp(zone, "UTC") == 0 || access(path, R_OK) == 0;
}

static void
use_zone(const char *zone)
{
	(void)setenv("TZ", zone, 1);
	tzset();
}

/* "+0500" "+05:00" "Z": seconds east; false when it is none of them. */
static bool
read_offset(const char *s, int64_t *out)
{
	int hours, minutes, used = 0;

	if (strcmp(s, "Z") == 0 || strcmp(s, "UTC") == 0 || strcmp(s, "GMT") == 0) {
		*out = 0;
		return true;
	}
	if ((*s != '+' && *s != '-') || strspn(s + 1, "0123456789:") !=
	    strlen(s + 1))
		return false;
	if (sscanf(s + 1, "%2d:%2d%n", &hours, &minutes, &used) != 2 &&
	    sscanf(s + 1, "%2d%2d%n", &hours, &minutes, &used) != 2)
		return false;
	if (s[1 + used] != '\0' || hours > 14 || minutes > 59)
		return false;
	*out = (hours * 60 + minutes) * 60 * (*s == '-' ? -1 : 1);
	return true;
}

enum status
update_time(const char *text, const char *zone, int64_t *out, struct reason *why)
{
	struct tm tm = { .tm_isdst = -1 }, again;
	int64_t offset = 0;
	int used = 0;
	bool has_offset;
	time_t when;

	if (sscanf(text, "%4d-%2d-%2d%*[ T]%2d:%2d%n", &tm.tm_year, &tm.tm_mon,
	    &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &used) != 5 || used < 14)
		return fail(why, INVALID, "%s: is not a time such as "
		    "\"2026-12-01 09:00\" or \"2026-12-01 09:00 Asia/Dushanbe\"",
		    text);
	text += used;
	while (*text == ' ')
		text++;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	again = tm;
	has_offset = read_offset(text, &offset);
	if (!has_offset && *text != '\0')
		zone = text;
	if (!has_offset && !zone_exists(zone))
		return fail(why, INVALID, "there is no time zone \"%s\"; say UTC, "
		    "+0500 or a name such as Asia/Dushanbe", zone);
	use_zone(has_offset ? "UTC" : zone);
	when = mktime(&tm);
	use_zone("UTC");
	if (tm.tm_mday != again.tm_mday || tm.tm_mon != again.tm_mon ||
	    tm.tm_hour != again.tm_hour || tm.tm_min != again.tm_min)
		return fail(why, INVALID, "there is no such day or hour; look at "
		    "the calendar");
	*out = (int64_t)when - offset;
	return OK;
}

const char *
update_time_text(struct arena *arena, int64_t when, const char *zone)
{
	time_t t = (time_t)when;
	struct tm tm;
	char text[32];

	if (!zone_exists(zone))
		zone = "UTC";
	use_zone(zone);
	(void)localtime_r(&t, &tm);
	(void)strftime(text, sizeof text, "%Y-%m-%d %H:%M", &tm);
	use_zone("UTC");
	return arena_printf(arena, "%s %s", text, zone);
}

/* ---- changing its state ------------------------------------------------------------------- */

/* CHANGE looks at the row as it is within the transaction; 0, or an exit code
 * after complaining. */
static int
change(struct updating *u, int (*how)(struct updating *, struct mailing *))
{
	struct store *store = u->ctl->store;
	struct mailing m;
	enum status st = store_begin(store);
	int code = 0;

	if (st != OK)
		return ctl_complain(EXIT_NOT, "the database is busy or cannot be "
		    "written (%s); try again", status_text(st));
	st = store_mailing_get(store, u->arena, u->mailing.id, &m);
	if (st == OK)
		code = how(u, &m);
	if (st == OK && code == 0)
		st = store_mailing_put(store, &m);
	if (st == OK && code == 0)
		st = store_commit(store);
	else
		store_rollback(store);
	if (st != OK)
		return ctl_complain(EXIT_NOT, "nothing is changed: %s",
		    status_text(st));
	u->mailing = m;
	return code;
}

static int
cannot(const struct mailing *m, const char *what)
{
	return ctl_complain(EXIT_NOT, "update %" PRId64 " (%s) cannot be %s",
	    m->id, update_state(m->state), what);
}

static int
to_paused(struct updating *u, struct mailing *m)
{
	(void)u;
	if (m->state != MAILING_SENDING && m->state != MAILING_SCHEDULED)
		return cannot(m, "paused");
	m->state = MAILING_PAUSED;
	m->why = "by staff";
	return 0;
}

static int
to_resumed(struct updating *u, struct mailing *m)
{
	(void)u;
	if (m->state != MAILING_PAUSED)
		return cannot(m, "resumed");
	m->state = m->started_at != 0 ? MAILING_SENDING : MAILING_SCHEDULED;
	m->why = "";
	return 0;
}

static int
to_cancelled(struct updating *u, struct mailing *m)
{
	(void)u;
	if (m->state == MAILING_DONE || m->state == MAILING_CANCELLED)
		return cannot(m, "cancelled");
	m->state = MAILING_CANCELLED;
	m->finished_at = clock_now();
	m->why = "by staff";
	return 0;
}

/* Of "y" and "n" on a terminal; without one, --yes has to be said. */
static int
confirm(const struct updating *u, const char *question)
{
	char answer[16];

	if (ctl_value(u->ctl, "yes") != NULL)
		return 0;
	if (!isatty(STDIN_FILENO))
		return ctl_complain(EXIT_NOT, "nobody is here to be asked; say "
		    "--yes, and it is done");
	(void)printf("%s [y/N] ", question);
	(void)fflush(stdout);
	if (fgets(answer, sizeof answer, stdin) != NULL &&
	    (answer[0] == 'y' || answer[0] == 'Y'))
		return 0;
	(void)puts("Nothing is changed.");
	return EXIT_NOT;
}

static int
do_pause(struct updating *u)
{
	int code = change(u, to_paused);

	if (code == 0)
		(void)printf("Update %" PRId64 " is paused. What is with the relay "
		    "already still goes out.\n", u->mailing.id);
	return code;
}

static int
do_resume(struct updating *u)
{
	int code = change(u, to_resumed);

	if (code == 0)
		(void)printf("Update %" PRId64 " goes on.\n", u->mailing.id);
	return code;
}

static int
do_cancel(struct updating *u)
{
	int code = 0;

	if (u->mailing.started_at != 0 && u->mailing.state != MAILING_DONE &&
	    u->mailing.state != MAILING_CANCELLED)
		code = confirm(u, "Some have it already; nobody more will get it. "
		    "Cancel it?");
	if (code == 0)
		code = change(u, to_cancelled);
	if (code == 0)
		(void)printf("Update %" PRId64 " is cancelled.\n", u->mailing.id);
	return code;
}

/* ---- sending -------------------------------------------------------------------------------- */

struct sending {
	int64_t at;             /* 0: now */
	const char *segment;
};

/* What to_scheduled is to do; a program runs one verb. */
static struct sending sending;

/* Who does this, for others on the same server; not a proof. */
static const char *
login_name(struct arena *arena)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	const struct passwd *user;
	char name[LOGIN_MAX + 1];
	const char *sudo = getenv("SUDO_USER");
	size_t len;

	if (getlogin_r(name, sizeof name) != 0) {
		user = getpwuid(getuid());
		(void)snprintf(name, sizeof name, "%s", sudo != NULL ? sudo :
		    user != NULL ? user->pw_name : "");
	}
	len = strspn(name, letters);
	return len > 0 && name[len] == '\0' ? arena_strndup(arena, name, len) :
	    arena_printf(arena, "uid-%ld", (long)getuid());
}

static int
to_scheduled(struct updating *u, struct mailing *m)
{
	if (m->state != MAILING_DRAFT && m->state != MAILING_ASKED &&
	    m->state != MAILING_SCHEDULED)
		return cannot(m, "sent; write a new one");
	m->state = MAILING_SCHEDULED;
	m->send_at = sending.at != 0 ? sending.at : clock_now();
	m->segment = sending.segment;
	m->started_by = login_name(u->arena);
	m->why = "";
	return 0;
}

static int
read_at(const struct updating *u)
{
	const char *at = ctl_value(u->ctl, "at");
	struct reason why = { "" };

	sending.at = 0;
	if (at == NULL)
		return 0;
	if (update_time(at, u->campaign->timezone, &sending.at, &why) != OK)
		return ctl_complain(EXIT_NOT, "--at: %s", why.text);
	if (sending.at <= clock_now())
		return ctl_complain(EXIT_NOT, "--at: %s is past; leave --at out to "
		    "send it now", update_time_text(u->arena, sending.at,
		    u->campaign->timezone));
	return 0;
}

/* Tells who gets it; 0, or an exit code after complaining. */
static int
tell_readers(const struct updating *u, const struct segment *segment)
{
	struct mailing_text *texts;
	int64_t *counts, total;
	char number[32];
	size_t count, i;
	int code = update_texts(u, &texts, &count);

	if (code != 0)
		return code;
	counts = arena_alloc(u->arena, count * sizeof *counts);
	if (update_readers(u, segment, texts, count, counts, &total) != OK)
		return ctl_complain(EXIT_NOT, "the signers cannot be counted");
	if (total == 0)
		return ctl_complain(EXIT_NOT, "nobody who wants updates would get "
		    "it%s%s", *sending.segment == '\0' ? "" : ": ",
		    sending.segment);
	(void)printf("\n\nUpdate %" PRId64 " goes to %s who asked for updates%s%s",
	    u->mailing.id, count_text(total, number),
	    *sending.segment == '\0' ? "" : ", of ", sending.segment);
	if (sending.at != 0)
		(void)printf(", at %s", update_time_text(u->arena, sending.at,
		    u->campaign->timezone));
	(void)puts(":");
	for (i = 0; i < count; i++)
		(void)printf("  %-4s %10s  %s\n", texts[i].language,
		    count_text(counts[i], number), texts[i].subject);
	if (u->mailing.state == MAILING_ASKED)
		(void)puts("Those who were asked to approve it are not waited for.");
	return 0;
}

static int
do_send(struct updating *u)
{
	const char *words = ctl_value(u->ctl, "segment");
	struct segment *segment;
	struct reason why = { "" };
	int code = read_at(u);

	if (code != 0)
		return code;
	if (u->mailing.state > MAILING_SCHEDULED)
		return cannot(&u->mailing, "sent; write a new one");
	if (segment_parse(&segment, u->arena, u->campaign, words != NULL ? words :
	    u->mailing.segment, &why) != OK)
		return ctl_complain(EXIT_NOT, "--segment: %s", why.text);
	sending.segment = segment_text(u->arena, segment);
	code = update_preview(u);
	if (code == 0)
		code = tell_readers(u, segment);
	if (code == 0)
		code = confirm(u, "Send it?");
	if (code == 0)
		code = change(u, to_scheduled);
	if (code == 0)
		(void)printf("It will be sent. Watch it: %s update %s status %"
		    PRId64 "\n", ctl_command(u->ctl), u->campaign->slug,
		    u->mailing.id);
	return code;
}

/* ---- what nobody knows ------------------------------------------------------------------------ */

static enum status
print_person(const struct updating *u, struct arena *arena, int64_t id)
{
	struct signature sig = { .id = 0 };
	struct identity who = { NULL, NULL, NULL, NULL };
	enum status st = store_signature_get(u->ctl->store, arena, id, &sig);

	if (st == OK)
		st = identity_open(u->ctl->keys, sig.campaign, sig.key,
		    sig.identity.data, sig.identity.len, arena, &who);
	if (st == OK && who.address != NULL)
		(void)puts(who.address);
	else if (st == OK || st == NOT_FOUND)
		(void)puts(sig.sealed.len > 0 ? "(sealed meanwhile)" :
		    "(forgotten meanwhile)");
	return st == NOT_FOUND ? OK : st;
}

static int
list_unknown(const struct updating *u)
{
	struct arena *arena = arena_new();
	int64_t ids[TURN], after = 0;
	int codes[TURN];
	size_t count = 1, i;
	enum status st = OK;

	while (st == OK && count > 0) {
		st = store_ledger_list(u->ctl->store, u->mailing.id,
		    LEDGER_UNKNOWN, after, ids, codes, TURN, &count);
		for (i = 0; st == OK && i < count; i++) {
			st = print_person(u, arena, ids[i]);
			after = ids[i];
			arena_reset(arena);
		}
	}
	arena_free(&arena);
	return st == OK ? EXIT_DONE : ctl_complain(EXIT_NOT, "%s",
	    status_text(st));
}

static int
send_again(const struct updating *u)
{
	struct store *store = u->ctl->store;
	int64_t count = 0;
	enum status st = store_begin(store);

	if (st == OK) {
		st = store_ledger_retry_unknown(store, u->mailing.id, clock_now(),
		    &count);
		if (st == OK)
			st = store_commit(store);
		else
			store_rollback(store);
	}
	if (st != OK)
		return ctl_complain(EXIT_NOT, "nothing is changed: %s",
		    status_text(st));
	(void)printf("%" PRId64 " will be sent again. Who has it already gets it "
	    "twice.\n", count);
	return EXIT_DONE;
}

static int
do_unknown(struct updating *u)
{
	bool list = ctl_value(u->ctl, "list") != NULL;
	bool again = ctl_value(u->ctl, "send-again") != NULL;

	if (list && again)
		return ctl_misuse(u->ctl, "--list and --send-again do not go "
		    "together");
	if (list)
		return list_unknown(u);
	if (again)
		return send_again(u);
	if (u->mailing.unknown == 0) {
		(void)printf("Of everybody it went to it is known what became of "
		    "update %" PRId64 ".\n", u->mailing.id);
		return EXIT_DONE;
	}
	(void)printf("Of %" PRId64 " nobody knows whether %s it: the mail was "
	    "on its way when something broke.\n", u->mailing.unknown,
	    count_words(u->mailing.unknown, "she has", "they have"));
	(void)puts("--list tells who they are; --send-again sends it once more, to "
	    "some for the second time.");
	return EXIT_DONE;
}

/* ---- the verb ------------------------------------------------------------------------------------ */

enum number { NONE, MAY, MUST, FILES };

static const struct {
	const char *name;
	enum number number;
	const char *options;            /* those that it takes */
	int (*run)(struct updating *);
} actions[] = {
	{ "new", FILES, " subject segment ", update_new_file },
	{ "preview", MUST, " language name to output ", update_preview },
	{ "send", MUST, " at segment yes ", do_send },
	{ "status", MAY, " format ", update_status },
	{ "list", NONE, " format ", update_list },
	{ "schedule", NONE, " format ", update_schedule },
	{ "pause", MUST, " ", do_pause },
	{ "resume", MUST, " ", do_resume },
	{ "cancel", MUST, " yes ", do_cancel },
	{ "unknown", MUST, " list send-again ", do_unknown },
};
#define ACTIONS (sizeof actions / sizeof actions[0])

static int
check_options(const struct ctl *ctl, size_t action)
{
	char word[32];
	int i;

	for (i = 0; i < ctl->given_count; i++) {
		const char *name = ctl->verb->options[ctl->given[i].option].name;

		(void)snprintf(word, sizeof word, " %s ", name);
		if (strstr(actions[action].options, word) == NULL)
			return ctl_misuse(ctl, "--%s does not go with %s", name,
			    actions[action].name);
	}
	return 0;
}

static int
find_mailing(struct updating *u, const char *text)
{
	char *end;
	int64_t id = strtoll(text, &end, 10);
	enum status st;

	if (*end != '\0' || end == text || id <= 0)
		return ctl_misuse(u->ctl, "%s is not the number of an update",
		    text);
	st = store_mailing_get(u->ctl->store, u->arena, id, &u->mailing);
	if (st == NOT_FOUND || (st == OK && u->mailing.campaign != u->campaign_id))
		return ctl_complain(EXIT_NOT, "%s has no update %s; there may be "
		    "some: %s update %s list", u->campaign->slug, text,
		    ctl_command(u->ctl), u->campaign->slug);
	return st == OK ? 0 : ctl_complain(EXIT_NOT, "update %s cannot be read: %s",
	    text, status_text(st));
}

static int
find_campaign(struct updating *u)
{
	const char *slug = u->ctl->args[0];
	enum status st = ctl_campaign(u->ctl, slug, &u->campaign_id, NULL);

	if (st != OK && st != NOT_FOUND)
		return EXIT_NOT;
	u->campaign = campaigns_find(u->ctl->campaigns, slug, NULL);
	if (u->campaign == NULL || strcmp(u->campaign->slug, slug) != 0)
		return ctl_complain(EXIT_NOT, "the campaign %s cannot be used; see: "
		    "%s check", slug, ctl_command(u->ctl));
	return 0;
}

static int
run(struct updating *u, size_t action)
{
	struct ctl *ctl = u->ctl;
	enum number number = actions[action].number;
	int code = check_options(ctl, action);

	if (code == 0)
		code = find_campaign(u);
	if (code != 0)
		return code;
	if (number == MUST && ctl->count < 3)
		return ctl_misuse(ctl, "update %s %s needs the number of an update",
		    ctl->args[0], ctl->args[1]);
	if (number != FILES && ctl->count > (number == NONE ? 2 : 3))
		return ctl_misuse(ctl, "%s is too much",
		    ctl->args[ctl->count - 1]);
	if (number != FILES && ctl->count == 3)
		code = find_mailing(u, ctl->args[2]);
	return code != 0 ? code : actions[action].run(u);
}

int
verb_update(struct ctl *ctl)
{
	struct updating u = { .ctl = ctl };
	const char *what = ctl->args[1];
	size_t i;
	int code;

	for (i = 0; i < ACTIONS; i++)
		if (strcmp(actions[i].name, what) == 0)
			break;
	if (i == ACTIONS)
		return ctl_misuse(ctl, "update knows new, preview, send, status, "
		    "list, schedule, pause, resume, cancel and unknown, not %s", what);
	u.arena = arena_new();
	code = run(&u, i);
	arena_free(&u.arena);
	return code;
}
