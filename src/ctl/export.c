/* export.c - the list of signers: as CSV, or sealed for who can open it
 *
 * Who is sealed in the database stays so in a sealed list.  Who is not (pending,
 * or from before the campaign had an opening key) is sealed on the way, under a
 * data key of this list alone.
 *
 * SPDX-License-Identifier: ISC
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "config/campaign.h"
#include "config/config.h"
#include "ctl/agreed.h"
#include "ctl/ctl.h"
#include "ctl/hand_in.h"
#include "ctl/output.h"
#include "ctl/totals.h"
#include "petition/state.h"
#include "seal/identity.h"
#include "seal/keys.h"
#include "seal/parts.h"
#include "seal/sealed_list.h"
#include "store/consent.h"
#include "store/paper.h"
#include "store/sealed.h"
#include "words/country.h"

#define ROWS 500                /* read at once */

#define ONLY(part) (1u << (part))

/* A row of either table. */
struct row {
	struct hand_in list;            /* without what identity has */
	const unsigned char *key;       /* HASH_BYTES */
	struct blob identity, sealed;
	unsigned kept;                  /* which parts of it, by ONLY; 0: all */
};

struct exporting {
	struct ctl *ctl;
	const char *slug;
	int64_t campaign;
	enum signature_state state;     /* SIGNATURE_STATES: all */
	bool paper;                     /* instead */
	bool hand_in;                   /* who is to be on that list */
	bool sealed;
	const char *share;              /* id of an organisation: with it, or NULL */
	char *share_name;
	struct arena *words;            /* of texts */
	struct consent_text *texts;     /* in which people were asked */
	size_t text_count;
	int64_t renamed;                /* agreed, but not to that name */
	struct countries *countries;
	struct arena *arena;
	struct hand_in_file file;
	int64_t done, unopened, closed;
	struct progress progress;
	/* of a sealed list */
	struct sealed_list list;
	struct vault *vault;
	unsigned char opening[OPENING_BYTES];   /* of who is sealed on the way */
	int64_t *keys;                  /* numbers of data keys in the list */
	size_t key_count;
};

static int
unreadable(enum status st)
{
	return ctl_complain(EXIT_NOT, "the database cannot be read: %s",
	    status_text(st));
}

/* ---- a row of CSV ---------------------------------------------------------------- */

static enum status
open_row(struct exporting *e, const struct row *r, struct identity *who)
{
	enum status st = identity_open(e->ctl->keys, e->campaign, r->key,
	    r->identity.data, r->identity.len, e->arena, who);

	if (st != OK && st != NOT_FOUND)
		e->unopened++;
	return st;
}

/* A row that does not open is listed with what is known of it, and told. */
static const char *
only(const struct row *r, enum part part, const char *text)
{
	return r->kept == 0 || (r->kept & ONLY(part)) != 0 ? text : NULL;
}

static int
add_csv(struct exporting *e, struct row *r)
{
	struct identity who = { NULL, NULL, NULL, NULL };

	if (r->sealed.len > 0)
		e->closed++;            /* since we looked */
	else if (open_row(e, r, &who) == OK) {
		r->list.name = only(r, PART_NAME, who.name);
		r->list.address = only(r, PART_ADDRESS, who.address);
		r->list.city = only(r, PART_CITY, who.city);
		r->list.comment = only(r, PART_COMMENT, who.comment);
	}
	hand_in_row(&e->file.out, e->countries, &r->list);
	return 0;
}

/* ---- a sealed row ------------------------------------------------------------------ */

static int
add_key(struct exporting *e, const struct data_key *key)
{
	size_t i;

	for (i = e->key_count; i-- > 0;)        /* the last are needed most */
		if (e->keys[i] == key->number)
			return 0;
	if (sealed_list_key(&e->list, key, &e->file.out) != OK)
		return ctl_complain(EXIT_NOT, "the opening key of %s was changed "
		    "just now; run this again", e->slug);
	if (e->key_count % 64 == 0)
		e->keys = mem_realloc(e->keys, e->key_count + 64,
		    sizeof *e->keys);
	e->keys[e->key_count++] = key->number;
	return 0;
}

static bool
has_key(const struct exporting *e, int64_t number)
{
	size_t i;

	for (i = e->key_count; i-- > 0;)
		if (e->keys[i] == number)
			return true;
	return false;
}

/* The data keys of a row that is sealed go before it. */
static int
add_its_keys(struct exporting *e, const struct row *r)
{
	struct data_key_row kept;
	struct data_key key = { .day = 0 };
	struct parts parts;
	enum status st;
	int i, code = 0;

	if (parts_read(&parts, r->sealed.data, r->sealed.len) != OK) {
		e->unopened++;
		return 0;
	}
	for (i = 0; code == 0 && i < PARTS; i++) {
		if (parts.part[i].len == 0 || has_key(e, parts.part[i].key))
			continue;
		st = store_data_key_get(e->ctl->store, parts.part[i].key, &kept);
		if (st == NOT_FOUND) {
			e->unopened++;
			continue;
		}
		if (st != OK)
			return unreadable(st);
		key.number = kept.number;
		memcpy(key.opening, kept.opening, sizeof key.opening);
		memcpy(key.sealed, kept.sealed, sizeof key.sealed);
		code = add_key(e, &key);
	}
	return code;
}

/* Seals one who is not; *OUT lives as long as the arena. */
static int
seal_row(struct exporting *e, const struct row *r, struct blob *out)
{
	struct part_place place = { .campaign = e->campaign };
	const struct data_key *key;
	struct identity who;
	struct parts parts = { 0 };
	struct buf boxes = BUF_INIT, value = BUF_INIT;
	int code;

	if (open_row(e, r, &who) != OK)
		return 0;
	if (vault_take(e->vault, e->campaign, e->opening, e->list.made, &key,
	    &place.key) != OK)
		return ctl_complain(EXIT_NOT, "nothing can be sealed to the "
		    "opening key of %s", e->slug);
	memcpy(place.row, r->key, sizeof place.row);
	code = add_key(e, key);
	parts_close(&place, key->number, (const char *const[PARTS]){
	    [PART_ADDRESS] = only(r, PART_ADDRESS, who.address),
	    [PART_NAME] = only(r, PART_NAME, who.name),
	    [PART_CITY] = only(r, PART_CITY, who.city),
	    [PART_COMMENT] = only(r, PART_COMMENT, who.comment) }, &parts,
	    &boxes);
	parts_write(&parts, &value);
	*out = (struct blob){ arena_strndup(e->arena, value.data, value.len),
	    value.len };
	buf_free(&boxes);
	buf_free(&value);
	return code;
}

static int
add_sealed(struct exporting *e, struct row *r)
{
	int code = r->sealed.len > 0 ? add_its_keys(e, r) :
	    seal_row(e, r, &r->sealed);
	int i;
	struct sealed_row row = {
		.number = r->list.number, .country = r->list.country,
		.language = r->list.language, .source = r->list.source,
		.state = r->list.state, .day = r->list.day,
		.hidden = r->list.hidden, .parts = r->sealed.data,
		.parts_len = r->sealed.len,
	};

	for (i = 0; i < SEALED_LIST_AGREED; i++)
		row.agreed[i] = r->list.agreed[i];
	memcpy(row.row, r->key, sizeof row.row);
	if (code == 0)
		sealed_list_row(&e->list, &row, &e->file.out);
	return code;
}

/* ---- all rows ------------------------------------------------------------------------ */

static int
add_row(struct exporting *e, struct row *r)
{
	e->done++;
	return e->sealed ? add_sealed(e, r) : add_csv(e, r);
}

/* Strangers only wrote, and of the erased nothing is left: no signers. */
static bool
is_wanted(const struct exporting *e, const struct signature *s)
{
	return (e->state == s->state && !(e->hand_in && s->hidden)) || (e->state == SIGNATURE_STATES &&
	    s->state != SIGNATURE_STRANGER && s->state != SIGNATURE_ERASED);
}

/* Of who is sealed, the parts that are kept.  What cannot be taken apart does not
 * go at all. */
static void
keep_sealed_parts(struct exporting *e, struct row *r)
{
	struct parts parts;
	struct buf value = BUF_INIT;
	int i;

	if (r->sealed.len == 0)
		return;
	if (parts_read(&parts, r->sealed.data, r->sealed.len) == OK) {
		for (i = 0; i < PARTS; i++)
			if ((r->kept & ONLY(i)) == 0)
				parts.part[i].len = 0;
		parts_write(&parts, &value);
	} else {
		buf_addch(&value, 0);           /* add_sealed tells of it */
	}
	r->sealed = (struct blob){ arena_strndup(e->arena, value.data,
	    value.len), value.len };
	buf_free(&value);
}

/* What she agreed to share is her name and address: nothing else of her goes. */
static void
keep_shared(struct exporting *e, struct row *r)
{
	r->list = (struct hand_in){ .country = "", .language = "", .source = "",
	    .state = r->list.state, .day = r->list.day,
	    .agreed[HAND_IN_SHARE] = r->list.agreed[HAND_IN_SHARE] };
	r->kept = ONLY(PART_ADDRESS) | ONLY(PART_NAME);
	keep_sealed_parts(e, r);
}

/* What she was told of is her name on a list; whoever gets that is not to have her
 * address, nor what she said to others. */
static void
keep_handed_in(struct exporting *e, struct row *r)
{
	r->list = (struct hand_in){ .number = r->list.number,
	    .country = r->list.country, .language = "", .source = "",
	    .state = r->list.state, .day = r->list.day };
	r->kept = ONLY(PART_NAME) | ONLY(PART_CITY);
	keep_sealed_parts(e, r);
}

static int
add_signature(struct exporting *e, const struct signature *s,
    const struct consent *agreed, size_t count)
{
	struct row r = { .key = s->key, .identity = s->identity,
	    .sealed = s->sealed,
	    .list = { .number = s->number, .country = s->country,
	        .language = s->language, .source = s->source,
	        .state = state_name(s->state), .hidden = s->hidden,
	        .day = s->confirmed_day != 0 ? s->confirmed_day :
	            s->created_day } };

	if (!is_wanted(e, s))
		return 0;
	agreed_cells(e->arena, s, agreed, count, e->share, r.list.agreed);
	if (e->share != NULL && r.list.agreed[HAND_IN_SHARE] == NULL)
		return 0;
	if (e->share != NULL && !agreed_to_name(e->texts, e->text_count, agreed,
	    count, e->share, e->share_name)) {
		e->renamed++;
		return 0;
	}
	if (e->share != NULL)
		keep_shared(e, &r);
	else if (e->hand_in)
		keep_handed_in(e, &r);
	return add_row(e, &r);
}

/* Some rows after AFTER, which goes on to the last. */
static int
add_signatures(struct exporting *e, int64_t *after, size_t *count)
{
	struct signature *rows = arena_alloc(e->arena, ROWS * sizeof *rows);
	struct consent *agreed = NULL;
	int code = 0;
	size_t i, first = 0, last, all = 0;
	enum status st = store_signature_list(e->ctl->store, e->arena,
	    e->campaign, e->state, *after, rows, ROWS, count);

	if (st == OK && *count > 0)
		st = store_consent_range(e->ctl->store, e->arena, *after,
		    rows[*count - 1].id, &agreed, &all);
	if (st != OK)
		return unreadable(st);
	for (i = 0; code == 0 && i < *count; i++) {
		while (first < all && agreed[first].signature < rows[i].id)
			first++;
		for (last = first; last < all &&
		    agreed[last].signature == rows[i].id; last++)
			;
		code = add_signature(e, &rows[i], &agreed[first], last - first);
		*after = rows[i].id;
	}
	return code;
}

static int
add_sheets(struct exporting *e, int64_t *after, size_t *count)
{
	struct paper *rows = arena_alloc(e->arena, ROWS * sizeof *rows);
	int code = 0;
	size_t i;
	enum status st = store_paper_list(e->ctl->store, e->arena, e->campaign,
	    *after, rows, ROWS, count);

	if (st != OK)
		return unreadable(st);
	for (i = 0; code == 0 && i < *count; i++) {
		struct row r = { .key = rows[i].key,
		    .identity = rows[i].identity, .sealed = rows[i].sealed,
		    .list = { .country = rows[i].country, .language = "",
		        .source = rows[i].batch, .state = "paper",
		        .day = rows[i].day } };

		code = add_row(e, &r);
		*after = rows[i].id;
	}
	return code;
}

static int
export_rows(struct exporting *e)
{
	int64_t after = 0;
	size_t count = 0;
	enum status st;
	int code;

	/* Of one moment: a row, and the data keys that it names. */
	do {
		arena_reset(e->arena);
		st = store_look(e->ctl->store);
		if (st != OK)
			return unreadable(st);
		code = e->paper ? add_sheets(e, &after, &count) :
		    add_signatures(e, &after, &count);
		store_look_end(e->ctl->store);
		progress_at(&e->progress, e->done);
		if (code == 0)
			code = hand_in_write(&e->file);
	} while (code == 0 && count > 0);
	return code;
}

/* ---- which, and how -------------------------------------------------------------------- */

/* 0, or the exit code. */
static int
choose_state(struct exporting *e)
{
	const char *wanted = ctl_value(e->ctl, "state");
	size_t i;

	e->state = SIGNATURE_CONFIRMED;
	e->hand_in = ctl_value(e->ctl, "hand-in") != NULL;
	if (e->hand_in && (wanted != NULL || ctl_value(e->ctl, "share") != NULL))
		return ctl_misuse(e->ctl, "--hand-in goes without --state and "
		    "--share: of those who are counted, who did not say HIDE");
	if (wanted == NULL)
		return 0;
	e->paper = strcmp(wanted, "paper") == 0;
	e->state = SIGNATURE_STATES;
	if (e->paper || strcmp(wanted, "all") == 0)
		return 0;
	for (i = 0; i < TOTALS; i++)
		if (strcmp(wanted, totals_name(i)) == 0) {
			e->state = (enum signature_state)totals_state(i);
			return 0;
		}
	return ctl_misuse(e->ctl, "--state must be confirmed, pending, "
	    "withdrawn, uncounted, expired, all or paper");
}

/* --share: an organisation of the campaign, whether it asks for it today or not. */
static int
choose_share(struct exporting *e)
{
	const struct campaign_organisation *o;
	struct campaign *c = NULL;
	struct reason why = { "" };
	int code = 0;

	e->share = ctl_value(e->ctl, "share");
	if (e->share == NULL)
		return 0;
	if (ctl_value(e->ctl, "state") != NULL)
		return ctl_misuse(e->ctl, "--share goes without --state: of those "
		    "who are counted, who agreed to it");
	if (campaign_load(&c, e->ctl->config->campaign_dir, e->slug, &why) != OK)
		return ctl_complain(EXIT_NOT, "%s", why.text);
	o = campaign_organisation(c, e->share);
	if (o == NULL)
		code = agreed_no_organisation(c, e->share);
	else
		e->share_name = mem_printf("%s", o->name);
	campaign_free(&c);
	return code;
}

static int64_t
expected_rows(const struct exporting *e)
{
	struct totals totals;
	int64_t sum = 0;
	size_t i;

	if (e->paper)
		return store_paper_count(e->ctl->store, e->campaign, &sum) == OK ?
		    sum : 0;
	if (totals_read(&totals, e->ctl->store, e->campaign) != OK)
		return 0;
	for (i = 0; i < TOTALS; i++)
		if (e->state == SIGNATURE_STATES ||
		    (int)e->state == totals_state(i))
			sum += totals.count[i];
	return sum;
}

static int
tell_sealed(const struct exporting *e)
{
	return ctl_complain(EXIT_NOT, "who has signed %s is sealed: nobody here "
	    "can read who it is.  Take the list as it is, with %s export "
	    "%s%s%s%s --sealed -o FILE, to the machine where the shares come together; "
	    "undersign open makes it this list there", e->slug,
	    ctl_command(e->ctl), e->slug,
	    e->hand_in ? " --hand-in" : "",
	    e->share != NULL ? " --share " : "",
	    e->share != NULL ? e->share : "");
}

/* Before anything is written: can it be read at all? */
static int
check_open(const struct exporting *e)
{
	struct opening_row last;
	int64_t sealed = 0;
	size_t count = 0;
	enum status st = store_openings(e->ctl->store, e->campaign, &last, 1,
	    &count);

	if (st == OK && count > 0 && e->paper)
		st = store_paper_sealed_count(e->ctl->store, e->campaign, &sealed);
	else if (st == OK && count > 0)
		st = store_sealed_count(e->ctl->store, e->campaign, e->state, 1,
		    &sealed);
	if (st != OK)
		return unreadable(st);
	return sealed == 0 ? 0 : tell_sealed(e);
}

/* The opening keys of what is sealed, after that of campaign.conf. */
static int
find_openings(struct exporting *e)
{
	struct opening_row rows[SEALED_LIST_OPENINGS];
	struct campaign *c = NULL;
	struct reason why = { "" };
	size_t count = 0, i;
	enum status st = store_openings(e->ctl->store, e->campaign, rows,
	    SEALED_LIST_OPENINGS, &count);

	if (st != OK)
		return unreadable(st);
	if (campaign_load(&c, e->ctl->config->campaign_dir, e->slug, &why) == OK &&
	    c->seals)
		memcpy(e->list.opening[e->list.openings++], c->opening,
		    OPENING_BYTES);
	campaign_free(&c);
	for (i = 0; i < count && e->list.openings < SEALED_LIST_OPENINGS; i++)
		if (e->list.openings == 0 || memcmp(rows[i].opening,
		    e->list.opening[0], OPENING_BYTES) != 0)
			memcpy(e->list.opening[e->list.openings++],
			    rows[i].opening, OPENING_BYTES);
	memcpy(e->opening, e->list.opening[0], OPENING_BYTES);
	return e->list.openings > 0 ? 0 : ctl_complain(EXIT_NOT, "%s has no "
	    "opening key to seal a list to%s%s; undersign key deal makes one, "
	    "for opening_key in its campaign.conf", e->slug,
	    *why.text == '\0' ? "" : ": ", why.text);
}

static int
begin_sealed(struct exporting *e)
{
	int code;

	e->list = (struct sealed_list){ .campaign = e->campaign,
	    .made = clock_day(clock_now()) };
	(void)snprintf(e->list.slug, sizeof e->list.slug, "%s", e->slug);
	e->vault = vault_new();
	code = find_openings(e);
	if (code == 0)
		sealed_list_begin(&e->list, &e->file.out);
	return code;
}

static int
begin_csv(struct exporting *e)
{
	static const char *const english[] = { "en", NULL };
	struct reason why;
	int code = e->campaign == 0 ? 0 : check_open(e);

	if (code != 0)
		return code;
	if (countries_load(&e->countries, NULL, NULL, english, &why) != OK)
		return ctl_complain(EXIT_NOT, "%s", why.text);
	hand_in_heads(&e->file.out);
	return 0;
}

static int
tell_end(const struct exporting *e)
{
	if (e->closed > 0)
		return tell_sealed(e);
	if (e->unopened == 0)
		return 0;
	return ctl_complain(EXIT_NOT, "%" PRId64 " %s no name or address, "
	    "as what is there does not open with the key in %s; is it the right "
	    "one?", e->unopened, count_words(e->unopened, "row has", "rows have"),
	    e->ctl->config->key_file);
}

/* What is whole is in the list; nobody else may have it any more. */
static int
tell_end_sealed(const struct exporting *e)
{
	return e->unopened == 0 ? EXIT_DONE : ctl_complain(EXIT_NOT, "%" PRId64
	    " %s with the key in %s; a backup may have %s whole", e->unopened,
	    count_words(e->unopened, "row of them is damaged, its data key is "
	    "gone, or it does not open", "rows of them are damaged, their data "
	    "key is gone, or they do not open"), e->ctl->config->key_file,
	    count_words(e->unopened, "it", "them"));
}

static void
tell_renamed(const struct exporting *e)
{
	if (e->renamed > 0)
		(void)fprintf(stderr, "undersign: %" PRId64 " more agreed to share "
		    "with \"%s\", but %s not shown the name it has now (%s), "
		    "and %s not on this list\n", e->renamed, e->share,
		    count_words(e->renamed, "was", "were"), e->share_name,
		    count_words(e->renamed, "is", "are"));
}

static int
export_all(struct exporting *e)
{
	int code = e->sealed ? begin_sealed(e) : begin_csv(e);
	enum status st = OK;

	if (code == 0 && e->share != NULL && e->campaign != 0)
		st = store_consent_texts(e->ctl->store, e->words, e->campaign,
		    &e->texts, &e->text_count);
	if (st != OK)
		code = unreadable(st);
	if (code == 0)
		code = hand_in_write(&e->file);
	if (code == 0 && e->campaign != 0) {
		progress_begin(&e->progress, "rows", expected_rows(e),
		    e->file.fd);
		code = export_rows(e);
		progress_end(&e->progress);
	}
	if (code == 0 && e->sealed) {
		sealed_list_end(&e->list, &e->file.out);
		code = hand_in_write(&e->file);
	}
	return code == 0 && !e->sealed ? tell_end(e) : code;
}

int
verb_export(struct ctl *ctl)
{
	struct exporting e = { .ctl = ctl, .slug = ctl->args[0],
	    .sealed = ctl_value(ctl, "sealed") != NULL };
	const char *file = ctl_value(ctl, "output");
	enum status st;
	int code = choose_state(&e);

	if (code == 0)
		code = choose_share(&e);
	if (code != 0)
		return code;
	st = ctl_campaign(ctl, e.slug, &e.campaign, NULL);
	if (st != OK && st != NOT_FOUND)
		return EXIT_NOT;
	if (e.sealed && e.campaign == 0)
		return ctl_complain(EXIT_NOT, "nobody has written to %s yet",
		    e.slug);
	code = hand_in_begin(&e.file, file);
	if (code != 0)
		return code;
	e.arena = arena_new();
	e.words = arena_new();
	code = hand_in_end(&e.file, export_all(&e));
	if (code == 0 && file != NULL)
		(void)fprintf(stderr, "undersign: %" PRId64 " %s in %s; %s\n",
		    e.done, count_words(e.done, "row", "rows"), file, e.sealed ?
		    "it is sealed, and undersign open reads it" :
		    "it holds names and addresses, so keep it safe");
	if (code == 0 && e.sealed)
		code = tell_end_sealed(&e);
	tell_renamed(&e);
	arena_free(&e.arena);
	arena_free(&e.words);
	vault_free(&e.vault);
	free(e.keys);
	free(e.share_name);
	countries_free(&e.countries);
	return code;
}
