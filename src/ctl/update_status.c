/* update_status.c - how far updates are, once or as it goes
 * SPDX-License-Identifier: ISC
 */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "config/campaign.h"
#include "ctl/ctl.h"
#include "ctl/output.h"
#include "ctl/update.h"
#include "store/mailing.h"
#include "store/store.h"

#define EVERY 1000              /* milliseconds between two looks */
#define MEMORY 10               /* looks over which the rate is taken */

/* ---- numbers ----------------------------------------------------------------- */

/* Who has not been asked for yet, or is just now; nobody once it has ended. */
static int64_t
waiting(const struct mailing *m)
{
	int64_t settled = m->later + m->accepted + m->failed + m->unknown + m->gone;

	if (m->state == MAILING_DONE || m->state == MAILING_CANCELLED)
		return m->claimed;
	return m->total > settled ? m->total - settled : m->claimed;
}

/* A second, from when it began until it ended or now. */
static double
mean_rate(const struct mailing *m)
{
	int64_t end = m->finished_at != 0 ? m->finished_at : clock_now();

	if (m->started_at == 0 || m->accepted == 0)
		return 0;
	return (double)m->accepted / (double)(end > m->started_at ?
	    end - m->started_at : 1);
}

/* Seconds; -1: nobody can tell. */
static int64_t
time_left(const struct mailing *m, double rate)
{
	if (m->state != MAILING_SENDING || rate <= 0)
		return -1;
	return (int64_t)((double)waiting(m) / rate) + 1;
}

static const char *
span_text(struct arena *arena, int64_t seconds)
{
	if (seconds >= 7200)
		return arena_printf(arena, "%" PRId64 " h", seconds / 3600);
	if (seconds >= 120)
		return arena_printf(arena, "%" PRId64 " min", seconds / 60);
	return arena_printf(arena, "%" PRId64 " s", seconds);
}

/* ---- for people ------------------------------------------------------------------ */

struct showing {
	struct updating *u;
	const char *subject;
	bool live;              /* lines are written over each other */
	int lines;
};

static void
line(struct showing *s, const char *name, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	(void)printf("%-10s %s%s\n", name, value, s->live ? "\033[K" : "");
	s->lines++;
}

static void
number(struct showing *s, const char *name, int64_t n, bool always)
{
	char text[32];

	if (n > 0 || always)
		line(s, name, count_text(n, text));
}

static void
when(struct showing *s, const char *name, int64_t at)
{
	if (at > 0)
		line(s, name, update_time_text(s->u->arena, at,
		    s->u->campaign->timezone));
}

/* How it came to be, and who sent it if that was by command. */
static const char *const origins[] = {
	[MAILING_BY_STAFF] = "command", [MAILING_BY_MAIL] = "mail",
	[MAILING_BY_SCHEDULE] = "schedule",
};

static const char *
by_whom(struct arena *arena, const struct mailing *m)
{
	if (m->started_by[0] == '\0')
		return origins[m->origin];
	return arena_printf(arena, "%s%scommand (%s)",
	    m->origin == MAILING_BY_STAFF ? "" : origins[m->origin],
	    m->origin == MAILING_BY_STAFF ? "" : ", sent by ", m->started_by);
}

static void
show(struct showing *s, double rate)
{
	struct updating *u = s->u;
	const struct mailing *m = &u->mailing;
	int64_t left = time_left(m, rate);

	s->lines = 0;
	line(s, "update", arena_printf(u->arena, "%" PRId64 "  %s", m->id,
	    s->subject));
	line(s, "state", m->why[0] == '\0' ? update_state(m->state) :
	    arena_printf(u->arena, "%s (%s)", update_state(m->state), m->why));
	line(s, "to", m->segment[0] != '\0' ? m->segment :
	    "all who asked for updates");
	line(s, "by", by_whom(u->arena, m));
	if (m->state == MAILING_SCHEDULED)
		when(s, "at", m->send_at);
	if (m->started_at == 0)
		return;
	when(s, "begun", m->started_at);
	when(s, "ended", m->finished_at);
	number(s, "people", m->total, true);
	number(s, "sent", m->accepted, true);
	number(s, "waiting", waiting(m), true);
	number(s, "later", m->later, false);
	number(s, "failed", m->failed, false);
	number(s, "unknown", m->unknown, false);
	number(s, "gone", m->gone, false);
	line(s, "rate", arena_printf(u->arena, "%.*f a second",
	    rate < 10 ? 1 : 0, rate));
	line(s, "time left", left < 0 ? NULL : span_text(u->arena, left));
	(void)fflush(stdout);
}

/* ---- as it goes --------------------------------------------------------------------- */

/* The rate of the last seconds: MEMORY looks are remembered. */
struct pace {
	int64_t tick[MEMORY], sent[MEMORY];
	int looks;
};

static double
pace_add(struct pace *p, const struct mailing *m)
{
	int64_t tick = clock_tick();
	int oldest = p->looks < MEMORY ? 0 : p->looks % MEMORY;
	int64_t then = p->tick[oldest], sent = p->sent[oldest];
	double rate = p->looks == 0 || tick <= then ? mean_rate(m) :
	    (double)(m->accepted - sent) * 1000 / (double)(tick - then);

	p->tick[p->looks % MEMORY] = tick;
	p->sent[p->looks % MEMORY] = m->accepted;
	p->looks++;
	return rate;
}

/* False when somebody pressed q, or the terminal is gone. */
static bool
wait_for_key(int milliseconds)
{
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };
	char key;

	if (poll(&fd, 1, milliseconds) <= 0)
		return true;
	return read(STDIN_FILENO, &key, 1) == 1 && key != 'q' && key != 'Q';
}

static bool
goes_on(const struct mailing *m)
{
	return m->state == MAILING_SENDING || m->state == MAILING_SCHEDULED;
}

static int
watch(struct showing *s)
{
	struct updating *u = s->u;
	struct pace pace = { .looks = 0 };
	struct termios before, keys;
	int64_t id = u->mailing.id;
	enum status st = OK;
	bool stay = true;

	if (tcgetattr(STDIN_FILENO, &before) != 0) {
		show(s, mean_rate(&u->mailing));
		return EXIT_DONE;
	}
	keys = before;
	keys.c_lflag &= (tcflag_t)~(ICANON | ECHO);
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &keys);
	s->live = true;
	show(s, pace_add(&pace, &u->mailing));
	while (st == OK && stay && goes_on(&u->mailing)) {
		(void)printf("(q leaves; it goes on)\033[K\r");
		(void)fflush(stdout);
		stay = wait_for_key(EVERY);
		st = store_mailing_get(u->ctl->store, u->arena, id, &u->mailing);
		if (st != OK)
			break;
		(void)printf("\033[%dA", s->lines);
		show(s, pace_add(&pace, &u->mailing));
		(void)printf("\033[J");
	}
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &before);
	(void)printf("\033[K");
	return st == OK ? EXIT_DONE : ctl_complain(EXIT_NOT, "%s",
	    status_text(st));
}

/* ---- for programs ----------------------------------------------------------------------- */

static void
print_json(const struct updating *u, const char *subject)
{
	const struct mailing *m = &u->mailing;
	double rate = mean_rate(m);
	int64_t left = time_left(m, rate);

	(void)printf("{\"campaign\": \"%s\", \"update\": %" PRId64 ", \"state\": "
	    "\"%s\", \"why\": ", u->campaign->slug, m->id, update_state(m->state));
	json_string(stdout, m->why);
	(void)printf(", \"subject\": ");
	json_string(stdout, subject);
	(void)printf(", \"segment\": ");
	json_string(stdout, m->segment);
	(void)printf(", \"by\": \"%s\", \"started_by\": ", origins[m->origin]);
	json_string(stdout, m->started_by);
	(void)printf(", \"created_at\": %" PRId64 ", \"send_at\": %" PRId64
	    ", \"started_at\": %" PRId64 ", \"finished_at\": %" PRId64,
	    m->created_at, m->send_at, m->started_at, m->finished_at);
	(void)printf(", \"total\": %" PRId64 ", \"sent\": %" PRId64
	    ", \"waiting\": %" PRId64 ", \"later\": %" PRId64 ", \"failed\": %"
	    PRId64 ", \"unknown\": %" PRId64 ", \"gone\": %" PRId64
	    ", \"rate\": %.1f, \"left\": ", m->total, m->accepted, waiting(m),
	    m->later, m->failed, m->unknown, m->gone, rate);
	if (left < 0)
		(void)printf("null}");
	else
		(void)printf("%" PRId64 "}", left);
}

/* ---- one ------------------------------------------------------------------------------------ */

static int
list_all(const struct updating *u, struct mailing **out, size_t *count)
{
	enum status st = OK;

	*out = NULL;
	*count = 0;
	if (u->campaign_id != 0)
		st = store_mailing_list(u->ctl->store, u->arena,
		    u->campaign_id, MAILING_STATES, out, count);
	return st == OK ? 0 : ctl_complain(EXIT_NOT, "the updates cannot be read: "
	    "%s", status_text(st));
}

/* The last one that is on its way, else the last one. */
static int
choose(struct updating *u)
{
	struct mailing *all;
	size_t count, i;
	int code = list_all(u, &all, &count);

	if (code != 0)
		return code;
	if (count == 0)
		return ctl_complain(EXIT_NOT, "%s has no updates yet; see: undersign "
		    "update --help", u->campaign->slug);
	u->mailing = all[count - 1];
	for (i = count; i > 0; i--)
		if (goes_on(&all[i - 1]) || all[i - 1].state == MAILING_PAUSED) {
			u->mailing = all[i - 1];
			break;
		}
	return 0;
}

int
update_status(struct updating *u)
{
	struct showing s = { .u = u };
	struct mailing_text *texts;
	size_t count;
	int format = ctl_format(u->ctl, "table, json"), code = 0;

	if (format < 0)
		return EXIT_USE;
	if (u->mailing.id == 0)
		code = choose(u);
	if (code == 0)
		code = update_texts(u, &texts, &count);
	if (code != 0)
		return code;
	s.subject = update_subject(u, texts, count);
	if (format == FORMAT_JSON) {
		print_json(u, s.subject);
		(void)putchar('\n');
		return EXIT_DONE;
	}
	if (goes_on(&u->mailing) && isatty(STDOUT_FILENO) &&
	    isatty(STDIN_FILENO))
		return watch(&s);
	show(&s, mean_rate(&u->mailing));
	return EXIT_DONE;
}

/* ---- all ------------------------------------------------------------------------------------- */

static const char *const heads[] = { "update", "state", "written", "people",
	"sent", "waiting", "failed", "unknown", "subject", NULL };

static void
list_row(const struct updating *u, const char *subject, struct table *table,
    struct buf *csv)
{
	const struct mailing *m = &u->mailing;
	const int64_t numbers[] = { m->total, m->accepted,
	    m->started_at == 0 ? 0 : waiting(m), m->failed, m->unknown };
	char date[11];
	size_t i;

	clock_date(clock_day(m->created_at), date);
	if (table != NULL) {
		table_number(table, m->id);
		table_cell(table, update_state(m->state));
		table_cell(table, date);
		for (i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
			table_number(table, numbers[i]);
		table_cell(table, subject);
		return;
	}
	csv_number(csv, m->id);
	csv_cell(csv, update_state(m->state));
	csv_cell(csv, date);
	for (i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		csv_number(csv, numbers[i]);
	csv_cell(csv, subject);
	csv_end(csv);
}

static int
list_rows(struct updating *u, const struct mailing *all, size_t count,
    struct table *table, struct buf *csv)
{
	struct mailing_text *texts;
	size_t i, n;
	int code = 0;

	for (i = 0; code == 0 && i < count; i++) {
		const char *subject;

		u->mailing = all[i];
		code = update_texts(u, &texts, &n);
		if (code != 0)
			break;
		subject = update_subject(u, texts, n);
		if (table != NULL || csv != NULL) {
			list_row(u, subject, table, csv);
			continue;
		}
		(void)printf("%s", i == 0 ? "" : ",\n ");
		print_json(u, subject);
	}
	return code;
}

int
update_list(struct updating *u)
{
	struct table *table = NULL;
	struct buf csv = BUF_INIT;
	struct mailing *all;
	size_t count, i;
	int format = ctl_format(u->ctl, "table, csv, json"), code;

	if (format < 0)
		return EXIT_USE;
	code = list_all(u, &all, &count);
	if (code != 0)
		return code;
	if (format == FORMAT_TABLE && count == 0) {
		(void)puts("There are no updates yet.");
		return EXIT_DONE;
	}
	if (format == FORMAT_TABLE)
		table = table_new(heads, "rllrrrrrl");
	for (i = 0; format == FORMAT_CSV && heads[i] != NULL; i++)
		csv_cell(&csv, heads[i]);
	if (format == FORMAT_CSV)
		csv_end(&csv);
	if (format == FORMAT_JSON)
		(void)putchar('[');
	code = list_rows(u, all, count, table, format == FORMAT_CSV ? &csv : NULL);
	if (table != NULL)
		table_print(table, stdout);
	(void)fputs(format == FORMAT_JSON ? "]\n" : csv.data, stdout);
	table_free(&table);
	buf_free(&csv);
	return code;
}
