/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "config/campaign.h"
#include "config/config.h"
#include "ctl/campaign_end.h"
#include "ctl/control.h"
#include "ctl/ctl.h"
#include "ctl/output.h"
#include "ctl/peer.h"
#include "ctl/totals.h"
#include "store/store.h"

#define PARKED_SHOWN 1000       /* counted up to here */

struct standing {
	const struct ctl *ctl;
	int has_socket, reachable, locked;
	struct reason why;      /* not reachable */
	struct outbox_totals outbox;
	size_t parked_messages;
	int64_t database, wal;  /* octets */
};

static int64_t
file_size(const struct ctl *ctl, const char *name)
{
	char *path = mem_printf("%s/%s", ctl->config->state_dir, name);
	struct stat st;
	int64_t size = stat(path, &st) == 0 ? (int64_t)st.st_size : 0;

	free(path);
	return size;
}

static enum status
count_parked(struct standing *s)
{
	struct parked_row *rows = mem_alloc(PARKED_SHOWN * sizeof *rows);
	struct arena *a = arena_new();
	enum status st = store_parked_list(s->ctl->store, a, rows, PARKED_SHOWN,
	    &s->parked_messages);

	arena_free(&a);
	free(rows);
	return st;
}

static int
is_locked(const struct config *config)
{
	struct control_reply reply;
	struct reason why;

	return control_ask(config, CONTROL_STATE, NULL, -1, &reply, &why) == OK &&
	    reply.state == CONTROL_LOCKED;
}

static enum status
look(struct standing *s)
{
	const char *place = s->ctl->config->intake.lmtp;
	enum status st = OK;

	s->has_socket = place != NULL;
	if (place != NULL)
		s->reachable = peer_probe(place, &s->why) == OK;
	s->outbox.oldest_at = CLOCK_NEVER;
	s->locked = is_locked(s->ctl->config);
	if (s->ctl->store != NULL) {
		st = store_outbox_totals(s->ctl->store, clock_now(), &s->outbox);
		if (st == OK)
			st = count_parked(s);
	}
	s->database = file_size(s->ctl, "undersigned.db");
	s->wal = file_size(s->ctl, "undersigned.db-wal");
	return st;
}

static int64_t
oldest_age(const struct standing *s)
{
	int64_t now = clock_now();

	return s->outbox.oldest_at == CLOCK_NEVER || s->outbox.oldest_at > now ?
	    0 : now - s->outbox.oldest_at;
}

static enum status
read_campaign(const struct standing *s, size_t i, int *state, struct totals *t)
{
	int64_t id = 0;
	enum status st;

	st = ctl_campaign(s->ctl, campaigns_at(s->ctl->campaigns, i)->slug, &id,
	    state);
	if (st != OK && st != NOT_FOUND)
		return st;
	return totals_read(t, s->ctl->store, id);
}

/* ---- for people -------------------------------------------------------------- */

static const char *
size_text(int64_t octets, char out[32])
{
	if (octets < 10 * 1024)
		(void)snprintf(out, 32, "%" PRId64 " octets", octets);
	else if (octets < 10 * 1024 * 1024)
		(void)snprintf(out, 32, "%" PRId64 " KiB", octets >> 10);
	else
		(void)snprintf(out, 32, "%" PRId64 " MiB", octets >> 20);
	return out;
}

static const char *
age_text(int64_t seconds, char out[32])
{
	static const struct { int64_t length; const char *name; } units[] = {
		{ CLOCK_DAY, "days" }, { CLOCK_HOUR, "hours" }, { 60, "minutes" },
		{ 1, "seconds" },
	};
	size_t i = 0;

	while (i < 3 && seconds < 2 * units[i].length)
		i++;
	(void)snprintf(out, 32, "%" PRId64 " %s", seconds / units[i].length,
	    units[i].name);
	return out;
}

static void
print_daemon(const struct standing *s)
{
	if (!s->has_socket)
		(void)puts("daemon    takes mail from a Maildir only: not asked");
	else if (s->reachable)
		(void)puts("daemon    answers");
	else
		(void)printf("daemon    DOES NOT ANSWER: %s\n"
		    "          start it: %s\n", s->why.text,
		    ctl_daemon(s->ctl, DAEMON_START));
	if (s->locked)
		(void)printf("          LOCKED: mail waits with its senders; open "
		    "it: %s unlock\n", ctl_command(s->ctl));
}

static void
print_queue(const struct standing *s)
{
	char waiting[32], held[32], age[32];

	(void)printf("outbox    %s waiting, %s held back by a limit",
	    count_text(s->outbox.waiting, waiting),
	    count_text(s->outbox.held, held));
	if (s->outbox.waiting + s->outbox.held > 0)
		(void)printf(", the oldest for %s",
		    age_text(oldest_age(s), age));
	(void)putchar('\n');
	if (s->outbox.parked > 0)
		(void)printf("          %" PRId64 " PARKED: each has twice ended "
		    "the delivery; see the log\n", s->outbox.parked);
	if (s->parked_messages > 0)
		(void)printf("parked    %zu%s kept for a person to look at: twice "
		    "ended a role\n", s->parked_messages,
		    s->parked_messages == PARKED_SHOWN ? " or more messages are" :
		    s->parked_messages == 1 ? " message is" : " messages are");
}

static void
print_database(const struct standing *s)
{
	char database[32], wal[32];

	if (s->ctl->store == NULL)
		(void)puts("database  not made yet: the daemon makes it");
	else
		(void)printf("database  %s, and %s in its log\n",
		    size_text(s->database, database), size_text(s->wal, wal));
}

static enum status
print_campaigns(const struct standing *s)
{
	static const char *const heads[] = { "campaign", "state", "confirmed",
	    "pending", "withdrawn", NULL };
	struct table *t = table_new(heads, "llrrr");
	size_t i, n = campaigns_count(s->ctl->campaigns);
	enum status st = OK;

	for (i = 0; st == OK && i < n; i++) {
		struct totals totals;
		int state;

		st = read_campaign(s, i, &state, &totals);
		table_cell(t, campaigns_at(s->ctl->campaigns, i)->slug);
		table_cell(t, campaign_state_text(state));
		table_number(t, totals.count[0]);
		table_number(t, totals.count[1]);
		table_number(t, totals.count[2]);
	}
	if (n == 0)
		(void)printf("\nThere is no campaign in %s yet; make one with: "
		    "%s campaign new\n", s->ctl->config->campaign_dir,
		    ctl_command(s->ctl));
	else if (st == OK) {
		(void)putchar('\n');
		table_print(t, stdout);
	}
	table_free(&t);
	return st;
}

/* ---- for programs ---------------------------------------------------------------- */

static enum status
print_json(const struct standing *s)
{
	size_t i, j, n = campaigns_count(s->ctl->campaigns);
	enum status st = OK;

	(void)printf("{\"daemon\":%s,\"locked\":%s,\"outbox\":{\"waiting\":%" PRId64
	    ",\"held\":%" PRId64 ",\"parked\":%" PRId64 ",\"oldest_seconds\":%"
	    PRId64 "},\"parked_messages\":%zu,\"database_octets\":%" PRId64
	    ",\"wal_octets\":%" PRId64 ",\"campaigns\":[",
	    !s->has_socket ? "null" : s->reachable ? "true" : "false",
	    s->locked ? "true" : "false",
	    s->outbox.waiting, s->outbox.held, s->outbox.parked, oldest_age(s),
	    s->parked_messages, s->database, s->wal);
	for (i = 0; st == OK && i < n; i++) {
		struct totals totals;
		int state;

		st = read_campaign(s, i, &state, &totals);
		(void)fputs(i == 0 ? "{\"campaign\":" : ",{\"campaign\":", stdout);
		json_string(stdout, campaigns_at(s->ctl->campaigns, i)->slug);
		(void)printf(",\"state\":\"%s\"", campaign_state_text(state));
		for (j = 0; j < TOTALS; j++)
			(void)printf(",\"%s\":%" PRId64, totals_name(j),
			    totals.count[j]);
		(void)fputs("}", stdout);
	}
	(void)puts("]}");
	return st;
}

int
verb_status(struct ctl *ctl)
{
	struct standing s = { .ctl = ctl };
	int format = ctl_format(ctl, "table, json");
	enum status st;

	if (format < 0)
		return EXIT_USE;
	st = look(&s);
	if (st == OK && format == FORMAT_JSON)
		st = print_json(&s);
	else if (st == OK) {
		print_daemon(&s);
		print_queue(&s);
		print_database(&s);
		st = print_campaigns(&s);
	}
	if (st != OK)
		return ctl_complain(EXIT_NOT, "the database cannot be read: %s",
		    status_text(st));
	return s.has_socket && !s.reachable ? EXIT_NOT : EXIT_DONE;
}
