/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "config/campaign.h"
#include "config/config.h"
#include "ctl/ctl.h"
#include "ctl/output.h"
#include "ctl/tally.h"
#include "logbook/guard.h"
#include "seal/base64.h"
#include "store/store.h"

struct standing {
	struct tallying *t;
	bool is_signed;
	struct tally_signed last;
	int64_t in, back;               /* wait */
	int64_t confirmed;
	enum tally_stop stop;           /* as the database and the guard are now */
};

static void
add_count(void *arg, const char *value, int64_t n)
{
	int64_t *total = arg;

	(void)value;
	*total += n;
}

static enum status
look(struct standing *s)
{
	struct store *store = s->t->ctl->store;
	int64_t id = s->t->campaign_id;
	enum status st = store_signed_of(store, id, -1, &s->last);

	s->is_signed = st == OK;
	if (st == OK || st == NOT_FOUND)
		st = store_leaf_waiting(store, id, s->t->row.taken, &s->in,
		    &s->back);
	if (st == OK)
		st = store_counts(store, id, BY_NOTHING, SIGNATURE_CONFIRMED,
		    add_count, &s->confirmed);
	s->stop = s->t->row.stopped;
	if (st == OK && s->stop == TALLY_GOES_ON)
		st = guard_compare(store, s->t->ctl->config->state_dir,
		    s->t->slug, &s->t->row, &s->stop);
	return st;
}

/* ---- for people ---------------------------------------------------------------------- */

static void
print_time(int64_t when)
{
	char date[11];

	clock_date(clock_day(when), date);
	(void)printf("%s %02d:%02d UTC", date, (int)(when % CLOCK_DAY / 3600),
	    (int)(when % 3600 / 60));
}

static void
print_log(const struct standing *s)
{
	const struct tally *t = &s->t->row;
	struct buf root = BUF_INIT;
	char n[32];

	(void)printf("tally      %s\n", t->origin);
	(void)printf("entries    %s", count_text(t->size, n));
	(void)printf(", %s %s\n", count_text(t->counted, n), count_words(
	    t->counted, "signature counts", "signatures count"));
	if (s->is_signed) {
		base64_add(&root, s->last.root, sizeof s->last.root);
		(void)printf("signed     at %s, ", count_text(s->last.size, n));
		if (s->last.at != 0) {  /* else it was taken back from a copy */
			print_time(s->last.at);
			(void)fputs(", ", stdout);
		}
		(void)printf("root %s\n", root.data);
	} else
		(void)puts("signed     nothing yet");
	(void)printf("waiting    %s to go in", count_text(s->in, n));
	(void)printf(", %s to be taken back; ", count_text(s->back, n));
	if (s->t->campaign->tally_every == 1)
		(void)puts("every minute");
	else
		(void)printf("every %d minutes\n", s->t->campaign->tally_every);
	buf_free(&root);
}

static enum status
print_witness(const struct standing *s, const struct campaign_organisation *o)
{
	struct store *store = s->t->ctl->store;
	struct tally_witness w;
	char date[11], n[32];
	int64_t size = 0;
	enum status st = store_witness_find(store, s->t->arena,
	    s->t->campaign_id, o->id, &w);

	if (st == OK)
		st = store_cosigned(store, s->t->campaign_id, w.id, &size);
	else if (st == NOT_FOUND) {
		w = (struct tally_witness){ .asked_day = 0 };
		st = OK;
	}
	(void)printf("witness    %s: ", o->id);
	if (size > 0)
		(void)printf("has cosigned at %s", count_text(size, n));
	else
		(void)printf("has cosigned nothing yet");
	clock_date(w.asked_day, date);
	if (w.asked_day != 0)
		(void)printf("; asked on %s at %s", date,
		    count_text(w.asked_size, n));
	(void)putchar('\n');
	return st;
}

/* What to do, as the manual tells at length. */
static void
print_stop(const struct standing *s)
{
	static const char *const what[TALLY_STOPS] = {
		[TALLY_BEHIND] = "more was signed than the database has: it is an "
		    "old copy.",
		[TALLY_FORKED] = "what was signed before is not what the database "
		    "has.",
		[TALLY_UNGUARDED] = "what was signed last is not known here: the "
		    "file beside the database is gone or damaged.",
	};
	const char *slug = s->t->slug;

	(void)printf("\nSTOPPED: %s\nThe tally stands still: nothing is added to "
	    "it; people sign as ever, and their\nsignatures wait.\n\n"
	    "To go on, take back what is published:\n"
	    "    %s tally %s recover DIR\n"
	    "DIR is a copy of the newest published folder. If witnesses have "
	    "cosigned more\nthan is published, publish that first, from "
	    "wherever it still is.\n", what[s->stop], ctl_command(s->t->ctl),
	    slug);
}

static void
print_difference(const struct standing *s)
{
	int64_t should = s->t->row.counted + s->in - s->back;

	if (s->t->row.filled >= 0)
		(void)puts("           signatures from before the tally are still "
		    "being put in");
	else if (should != s->confirmed)
		(void)printf("           %" PRId64 " confirmed, %" PRId64
		    " counted or waiting: the difference is signatures whose address "
		    "could not be read, or a database put back from a copy\n",
		    s->confirmed, should);
}

static enum status
print_people(const struct standing *s)
{
	const struct campaign *c = s->t->campaign;
	enum status st = OK;
	size_t i;

	print_log(s);
	print_difference(s);
	for (i = 0; st == OK && i < c->organisation_count; i++)
		if (c->organisations[i].witness != NULL)
			st = print_witness(s, &c->organisations[i]);
	if (!c->tally)
		(void)puts("           campaign.conf says tally = false: nothing is "
		    "added");
	if (s->stop != TALLY_GOES_ON)
		print_stop(s);
	return st;
}

/* ---- for programs --------------------------------------------------------------------- */

static enum status
print_json(const struct standing *s)
{
	static const char *const names[TALLY_STOPS] = {
		[TALLY_GOES_ON] = "no", [TALLY_BEHIND] = "behind",
		[TALLY_FORKED] = "forked", [TALLY_UNGUARDED] = "unguarded",
	};
	const struct tally *t = &s->t->row;
	struct buf root = BUF_INIT;
	int64_t cosigned;
	enum status st = store_cosigned(s->t->ctl->store, s->t->campaign_id, 0,
	    &cosigned);

	base64_add(&root, s->last.root, sizeof s->last.root);
	(void)fputs("{\"tally\":", stdout);
	json_string(stdout, t->origin);
	(void)printf(",\"size\":%" PRId64 ",\"counted\":%" PRId64
	    ",\"signed_size\":%" PRId64 ",\"root\":", t->size, t->counted,
	    s->is_signed ? s->last.size : 0);
	json_string(stdout, s->is_signed ? root.data : "");
	(void)printf(",\"waiting\":%" PRId64 ",\"waiting_back\":%" PRId64
	    ",\"confirmed\":%" PRId64 ",\"cosigned_size\":%" PRId64
	    ",\"stopped\":\"%s\"}\n", s->in, s->back, s->confirmed, cosigned,
	    names[s->stop]);
	buf_free(&root);
	return st;
}

int
tally_status(struct tallying *t)
{
	struct standing s = { .t = t };
	int format = ctl_format(t->ctl, "table, json"), code = tally_read(t);
	enum status st;

	if (format < 0)
		return EXIT_USE;
	if (code != 0)
		return code;
	st = store_look(t->ctl->store);
	if (st == OK)
		st = look(&s);
	if (st == OK)
		st = format == FORMAT_JSON ? print_json(&s) : print_people(&s);
	store_look_end(t->ctl->store);
	if (st != OK)
		return ctl_complain(EXIT_NOT, "the database cannot be read: %s",
		    status_text(st));
	return s.stop == TALLY_GOES_ON ? EXIT_DONE : EXIT_NOT;
}
