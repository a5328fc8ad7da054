/* review.c - undersign review: what looks like stuffing
 *
 * Nothing here judges: it shows what many signatures have in common, how close
 * together they came, and the words that select them.
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
#include "ctl/ctl.h"
#include "ctl/output.h"
#include "ctl/where.h"
#include "message/address.h"
#include "petition/traits.h"
#include "seal/identity.h"
#include "store/review.h"
#include "words/text.h"

#define ROWS 512                /* room for so many more */
#define SHOWN 10                /* groups of one kind */

enum kind {
	K_SOURCE, K_DOMAIN, K_NETWORK, K_MAILBOX, K_TEXT, K_DISPOSABLE, K_FLOOD,
	KINDS
};

/* LEAST counted signatures (of a flood: unconfirmed ones in one hour) make a
 * group that is shown. */
static const struct {
	const char *name, *term;
	int64_t least;
} kinds[KINDS] = {
	[K_SOURCE] = { "source", "source", 5 },
	[K_DOMAIN] = { "domain", "domain", 5 },
	[K_NETWORK] = { "network", "network", 5 },
	[K_MAILBOX] = { "one mailbox", "mailbox", 2 },
	[K_TEXT] = { "same text", "text", 3 },
	[K_DISPOSABLE] = { "disposable", "disposable", 1 },
	[K_FLOOD] = { "unconfirmed", "domain", 10 },
};

struct row {
	int64_t id;
	int64_t value[KINDS];           /* 0: has none */
	int32_t hour;                   /* 0: not known */
	bool counted, unconfirmed;
};

struct group {
	enum kind kind;
	int64_t value;
	int32_t hour;                   /* of a flood: of all of it */
	int64_t counted, unconfirmed;
	int64_t peak;                   /* most in one hour */
	int32_t peak_hour;
	const char *name;               /* when it is known */
};

struct review {
	struct ctl *ctl;
	struct arena *arena;
	int64_t campaign;
	int32_t since;
	struct row *rows;
	size_t count, room;
	const char **sources;           /* value of a source: its place + 1 */
	size_t source_count;
	struct group groups[KINDS][SHOWN + 1];
	size_t group_count[KINDS];
	int64_t counted, unconfirmed, known;
	const char *asked;              /* --domain, in A-labels; or NULL */
	int64_t asked_hash;
};

/* ---- reading -------------------------------------------------------------------- */

static int64_t
source_value(struct review *v, const char *source)
{
	size_t i;

	if (*source == '\0')
		return 0;
	for (i = 0; i < v->source_count; i++)
		if (strcmp(v->sources[i], source) == 0)
			return (int64_t)i + 1;
	v->sources = mem_realloc(v->sources, v->source_count + 1,
	    sizeof *v->sources);
	v->sources[v->source_count++] = arena_strdup(v->arena, source);
	return (int64_t)v->source_count;
}

static enum status
keep(void *arg, struct arena *arena, const struct reviewed *r)
{
	struct review *v = arg;
	struct row *row;

	(void)arena;
	if (r->created_day < v->since)
		return OK;
	if (v->count == v->room) {
		v->room = v->room * 2 + ROWS;
		v->rows = mem_realloc(v->rows, v->room, sizeof *v->rows);
	}
	row = &v->rows[v->count++];
	*row = (struct row){ .id = r->id,
	    .counted = r->state == SIGNATURE_CONFIRMED,
	    .unconfirmed = r->state == SIGNATURE_PENDING ||
	        r->state == SIGNATURE_EXPIRED };
	v->counted += row->counted;
	v->unconfirmed += row->unconfirmed;
	row->value[K_SOURCE] = source_value(v, r->source);
	if (!r->has_trait)
		return OK;
	v->known += row->counted;
	row->hour = r->trait.hour;
	row->value[K_DOMAIN] = r->trait.domain;
	row->value[K_NETWORK] = r->trait.network;
	row->value[K_MAILBOX] = r->trait.mailbox;
	row->value[K_TEXT] = r->trait.words;
	row->value[K_DISPOSABLE] = r->trait.disposable;
	row->value[K_FLOOD] = row->unconfirmed ? r->trait.domain : 0;
	return OK;
}

/* ---- grouping --------------------------------------------------------------------- */

static enum kind sort_kind;             /* of compare_rows; qsort takes no more */

static int
compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int64_t p = x->value[sort_kind], q = y->value[sort_kind];

	if (p != q)
		return p < q ? -1 : 1;
	return x->hour < y->hour ? -1 : x->hour > y->hour;
}

/* How much of the group came at once: a large provider's are spread over all the
 * time, stuffing is not. */
static double
weight(const struct group *g)
{
	int64_t n = g->kind == K_FLOOD ? g->unconfirmed : g->counted;

	return n == 0 ? 0 : g->peak == 0 ? (double)n / 1000 :
	    (double)g->peak * (double)g->peak / (double)n;
}

/* Sorted in among those that are shown; what falls off the end is forgotten. */
static void
offer(struct review *v, const struct group *g)
{
	struct group *list = v->groups[g->kind];
	size_t *count = &v->group_count[g->kind], i;
	bool asked = v->asked != NULL && g->kind == K_DOMAIN &&
	    g->value == v->asked_hash;

	if (!asked && (g->kind == K_FLOOD ? g->unconfirmed : g->counted) <
	    kinds[g->kind].least)
		return;
	for (i = *count; i > 0 && (asked || weight(&list[i - 1]) < weight(g)); i--)
		list[i] = list[i - 1];
	list[i] = *g;
	if (*count < SHOWN)
		(*count)++;
}

/* A flood is of one hour; everything else of all hours, with the fullest. */
static void
group_kind(struct review *v, enum kind kind)
{
	struct group g = { .kind = kind };
	int64_t in_hour = 0;
	size_t i;

	sort_kind = kind;
	qsort(v->rows, v->count, sizeof *v->rows, compare_rows);
	for (i = 0; i < v->count; i++) {
		const struct row *r = &v->rows[i];
		bool same = r->value[kind] == g.value &&
		    (kind != K_FLOOD || r->hour == g.hour);

		if (!same) {
			if (g.value != 0)
				offer(v, &g);
			g = (struct group){ .kind = kind, .value = r->value[kind],
			    .hour = r->hour };
		}
		if (!same || i == 0 || v->rows[i - 1].hour != r->hour)
			in_hour = 0;
		g.counted += r->counted;
		g.unconfirmed += r->unconfirmed;
		in_hour += kind == K_FLOOD ? r->unconfirmed : r->counted;
		if (r->hour != 0 && in_hour > g.peak) {
			g.peak = in_hour;
			g.peak_hour = r->hour;
		}
	}
	if (g.value != 0)
		offer(v, &g);
}

/* ---- names of domains ---------------------------------------------------------------- */

static bool
is_of_domain(const struct group *g)
{
	return g->kind == K_DOMAIN || g->kind == K_FLOOD;
}

/* Sets NAME where it is the one; returns how many have none yet. */
static size_t
name_groups(struct review *v, int64_t value, const char *name)
{
	size_t nameless = 0, k, i;

	for (k = 0; k < KINDS; k++)
		for (i = 0; i < v->group_count[k]; i++) {
			struct group *g = &v->groups[k][i];

			if (!is_of_domain(g) || g->name != NULL)
				continue;
			if (name != NULL && g->value == value)
				g->name = name;
			else
				nameless++;
		}
	return nameless;
}

static bool
wants_name(const struct review *v, int64_t value)
{
	size_t k, i;

	for (k = 0; k < KINDS; k++)
		for (i = 0; i < v->group_count[k]; i++)
			if (is_of_domain(&v->groups[k][i]) &&
			    v->groups[k][i].name == NULL &&
			    v->groups[k][i].value == value)
				return true;
	return false;
}

/* Of somebody's address, if it can still be read here; or NULL. */
static const char *
domain_of(const struct review *v, struct arena *arena, int64_t id)
{
	struct signature sig;
	struct identity who = { NULL, NULL, NULL, NULL };
	struct address address;

	if (store_signature_get(v->ctl->store, arena, id, &sig) != OK ||
	    identity_open(v->ctl->keys, sig.campaign, sig.key, sig.identity.data,
	    sig.identity.len, arena, &who) != OK || who.address == NULL ||
	    address_parse(&address, arena, who.address,
	    strlen(who.address)) != OK)
		return NULL;
	return address_domain_ascii(arena, &address);
}

static void
find_names(struct review *v)
{
	struct arena *arena = arena_new();
	size_t nameless = v->asked == NULL ? name_groups(v, 0, NULL) :
	    name_groups(v, v->asked_hash, v->asked), i;

	for (i = 0; nameless > 0 && i < v->count; i++) {
		int64_t value = v->rows[i].value[K_DOMAIN];
		const char *name;

		if (value == 0 || !wants_name(v, value))
			continue;
		arena_reset(arena);
		name = domain_of(v, arena, v->rows[i].id);
		if (name != NULL && traits_name(v->ctl->keys, v->campaign,
		    TRAIT_DOMAIN, name, strlen(name)) == value)
			nameless = name_groups(v, value,
			    arena_strdup(v->arena, name));
	}
	arena_free(&arena);
}

/* ---- showing ------------------------------------------------------------------------- */

static const char *
hour_text(const struct review *v, int32_t hour)
{
	char date[11];

	if (hour == 0)
		return "";
	clock_date(hour / 24, date);
	return arena_printf(v->arena, "%s %02d", date, (int)(hour % 24));
}

static const char *
value_text(const struct review *v, const struct group *g)
{
	char handle[WHERE_HANDLE];

	if (g->kind == K_SOURCE)
		return v->sources[g->value - 1];
	if (g->kind == K_DISPOSABLE)
		return "";
	if (g->name != NULL)
		return g->name;
	where_handle(g->value, handle);
	return arena_strdup(v->arena, handle);
}

static const char *
where_text(const struct review *v, const struct group *g)
{
	const char *value = value_text(v, g), *hour = hour_text(v, g->hour);

	if (g->kind == K_DISPOSABLE)
		return "disposable";
	if (g->kind != K_FLOOD)
		return arena_printf(v->arena, "%s=%s", kinds[g->kind].term, value);
	return arena_printf(v->arena, "domain=%s and from=%s and until=%s", value,
	    hour, hour);
}

/* Of all that count, or of all that are not confirmed. */
static double
share(const struct review *v, const struct group *g)
{
	int64_t n = g->kind == K_FLOOD ? g->unconfirmed : g->counted;
	int64_t all = g->kind == K_FLOOD ? v->unconfirmed : v->counted;

	return all == 0 ? 0 : 100.0 * (double)n / (double)all;
}

static void
print_table(struct review *v)
{
	static const char *const heads[] = { "in common", "counted", "share",
	    "unconfirmed", "most in an hour", "hour (UTC)", "--where", NULL };
	struct table *table = table_new(heads, "lrrrrll");
	char number[32];
	size_t k, i, all = 0;

	for (k = 0; k < KINDS; k++)
		for (i = 0; i < v->group_count[k]; i++, all++) {
			const struct group *g = &v->groups[k][i];

			table_cell(table, kinds[k].name);
			table_number(table, g->counted);
			table_cell(table, arena_printf(v->arena, "%.1f%%",
			    share(v, g)));
			table_number(table, g->unconfirmed);
			table_number(table, g->peak);
			table_cell(table, hour_text(v, g->peak_hour));
			table_cell(table, where_text(v, g));
		}
	if (all == 0)
		(void)puts("Nothing is common to more than a few signatures.");
	else
		table_print(table, stdout);
	table_free(&table);
	(void)printf("Signatures that count: %s", count_text(v->counted, number));
	if (v->known < v->counted)
		(void)printf(", and of %s of them no more is kept than source and "
		    "day", count_text(v->counted - v->known, number));
	(void)putchar('\n');
}

static void
print_json(struct review *v)
{
	const char *slug = v->ctl->args[0];
	size_t k, i, all = 0;

	(void)printf("{\"campaign\": \"%s\", \"counted\": %" PRId64
	    ", \"known\": %" PRId64 ", \"unconfirmed\": %" PRId64
	    ", \"groups\": [", slug, v->counted, v->known, v->unconfirmed);
	for (k = 0; k < KINDS; k++)
		for (i = 0; i < v->group_count[k]; i++, all++) {
			const struct group *g = &v->groups[k][i];

			(void)printf("%s{\"kind\": \"%s\", \"value\": ",
			    all == 0 ? "" : ",\n ", kinds[k].name);
			json_string(stdout, value_text(v, g));
			(void)printf(", \"counted\": %" PRId64 ", \"share\": %.1f, "
			    "\"unconfirmed\": %" PRId64 ", \"peak\": %" PRId64
			    ", \"hour\": ", g->counted, share(v, g),
			    g->unconfirmed, g->peak);
			json_string(stdout, hour_text(v, g->peak_hour));
			(void)printf(", \"where\": ");
			json_string(stdout, where_text(v, g));
			(void)putchar('}');
		}
	(void)puts("]}");
}

/* ---- the verb -------------------------------------------------------------------------- */

static int
read_options(struct review *v)
{
	const char *since = ctl_value(v->ctl, "since");
	const char *domain = ctl_value(v->ctl, "domain");

	if (since != NULL && !clock_parse_date(since, &v->since))
		return ctl_misuse(v->ctl, "--since must be a day such as "
		    "2026-12-31");
	if (domain == NULL)
		return 0;
	v->asked = text_domain_ascii(v->arena, domain, strlen(domain));
	if (v->asked == NULL)
		return ctl_misuse(v->ctl, "--domain: %s is not a domain", domain);
	v->asked_hash = traits_name(v->ctl->keys, v->campaign, TRAIT_DOMAIN,
	    v->asked, strlen(v->asked));
	return 0;
}

static int
review(struct review *v)
{
	int format = ctl_format(v->ctl, "table, json"), code;
	enum status st;
	size_t k;

	if (format < 0)
		return EXIT_USE;
	st = ctl_campaign(v->ctl, v->ctl->args[0], &v->campaign, NULL);
	if (st != OK && st != NOT_FOUND)
		return EXIT_NOT;
	code = read_options(v);
	if (code != 0)
		return code;
	if (v->campaign != 0)
		st = store_review_each(v->ctl->store, v->campaign, keep, v);
	if (st != OK && st != NOT_FOUND)
		return ctl_complain(EXIT_NOT, "the signatures cannot be read: %s",
		    status_text(st));
	for (k = 0; k < KINDS; k++)
		group_kind(v, (enum kind)k);
	find_names(v);
	if (format == FORMAT_JSON)
		print_json(v);
	else
		print_table(v);
	return EXIT_DONE;
}

int
verb_review(struct ctl *ctl)
{
	struct review v = { .ctl = ctl, .arena = arena_new() };
	int code = review(&v);

	arena_free(&v.arena);
	free(v.rows);
	free(v.sources);
	return code;
}
