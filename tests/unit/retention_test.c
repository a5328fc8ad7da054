/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/check.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "config/campaign.h"
#include "config/config.h"
#include "petition/petition.h"
#include "petition/purge.h"
#include "petition/retention.h"
#include "seal/identity.h"
#include "seal/keys.h"
#include "seal/parts.h"
#include "seal/sealed.h"
#include "store/approval.h"
#include "store/consent.h"
#include "store/ending.h"
#include "store/history.h"
#include "store/mailing.h"
#include "store/paper.h"
#include "store/sealed.h"
#include "store/store.h"

#define NOW INT64_C(1795430000)
#define DAY CLOCK_DAY

static char dir[64];
static struct petition_setup with;
static struct petition *petition;
static struct keys *keys;
static struct campaigns *campaigns;
static struct config config;
static struct arena *arena;
static int64_t river, other;

static void
put(const char *folder, const char *name, const char *text)
{
	char path[200];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", dir, folder);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof path, "%s/%s/%s", dir, folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int
set_up(void **state)
{
	struct reason why = { "" };
	char path[96];

	(void)state;
	seal_init();
	strcpy(dir, "/tmp/undersigned-retention-XXXXXX");
	assert_non_null(mkdtemp(dir));
	put("river", "petition.en.md", "We ask.\n");
	put("river", "campaign.conf", "language \"en\" { title = \"River\" }\n"
	    "retention { comments = 20 names = 40 handin = 10 addresses = 60 "
	    "traces = 90 history = 50 logs = 5 }\n");
	put("wood", "petition.en.md", "We ask.\n");
	put("wood", "campaign.conf", "language \"en\" { title = \"Wood\" }\n");
	assert_int_equal(campaigns_load(&campaigns, dir, 0, &why), OK);
	(void)snprintf(path, sizeof path, "%s/key", dir);
	assert_int_equal(keys_create(path, &why), OK);
	assert_int_equal(keys_load(&keys, path, &why), OK);
	config = (struct config){ .retention = { .parked = 30 } };
	with = (struct petition_setup){ .keys = keys, .config = &config,
	    .campaigns = campaigns };
	assert_int_equal(store_open(&with.store, dir, STORE_CREATE, &why), OK);
	assert_int_equal(store_begin(with.store), OK);
	assert_int_equal(store_campaign_add(with.store, "river", &river), OK);
	assert_int_equal(store_campaign_add(with.store, "wood", &other), OK);
	assert_int_equal(store_commit(with.store), OK);
	petition = petition_new(&with);
	arena = arena_new();
	return 0;
}

static int
tear_down(void **state)
{
	char command[128];

	(void)state;
	petition_free(&petition);
	arena_free(&arena);
	store_close(&with.store);
	keys_free(&keys);
	campaigns_free(&campaigns);
	(void)snprintf(command, sizeof command, "rm -r %s", dir);
	return system(command);
}

/* ---- the clocks --------------------------------------------------------------- */

/* In days after closing; -1: never. */
static const struct {
	int closed, delivered;          /* days; -1: not */
	int names, comments, quiet, addresses, traces;
} clocks[] = {
	{ -1, -1, -1, -1, -1, -1, -1 },
	{ 0, -1, 40, 20, 40, 60, 90 },
	{ 0, 0, 10, 10, 10, 60, 90 },
	{ 0, 5, 15, 15, 15, 65, 95 },
	{ 0, 35, 40, 20, 40, 95, 125 },
	{ 0, 39, 40, 20, 40, 99, 129 },
	{ 0, 100, 40, 20, 40, 160, 190 },
};

static int
in_days(int64_t when)
{
	return when == CLOCK_NEVER ? -1 : (int)((when - NOW) / DAY);
}

static void
test_clocks(void **state)
{
	const struct campaign *c = campaigns_find(campaigns, "river", NULL);
	struct retention due;
	struct ending e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof clocks / sizeof clocks[0]; i++) {
		e = (struct ending){
			.closed_at = clocks[i].closed < 0 ? 0 :
			    NOW + clocks[i].closed * DAY,
			.delivered_at = clocks[i].delivered < 0 ? 0 :
			    NOW + clocks[i].delivered * DAY,
		};
		retention_of(c, &e, &due);
		if (in_days(due.names) != clocks[i].names ||
		    in_days(due.comments) != clocks[i].comments ||
		    in_days(due.quiet) != clocks[i].quiet ||
		    in_days(due.addresses) != clocks[i].addresses ||
		    in_days(due.traces) != clocks[i].traces)
			fail_msg("case %zu: %d %d %d %d %d", i,
			    in_days(due.names), in_days(due.comments),
			    in_days(due.quiet), in_days(due.addresses),
			    in_days(due.traces));
		assert_int_equal(due.paper, due.names);
	}
}

/* ---- rows ------------------------------------------------------------------------ */

static struct signature
new_signer(int64_t campaign, enum signature_state s, bool updates)
{
	static const struct identity who = { "ada@example.net", "Ada", "Bergen",
	    "words" };
	struct signature sig = { .campaign = campaign, .state = s,
	    .country = "NO", .language = "en", .source = "",
	    .created_day = clock_day(NOW), .confirmed_day = clock_day(NOW),
	    .number = 7, .updates = updates, .requests = 1, .actions = 1 };
	struct buf sealed = BUF_INIT;
	const struct history sent = { NOW, HISTORY_SENT, "receipt", 0 };

	seal_random(sig.key, sizeof sig.key);
	if (s == SIGNATURE_CONFIRMED || s == SIGNATURE_UNCOUNTED) {
		identity_seal(keys, campaign, sig.key, &who, &sealed);
		sig.identity = (struct blob){ arena_strndup(arena, sealed.data,
		    sealed.len), sealed.len };
	}
	buf_free(&sealed);
	assert_int_equal(store_signature_add(with.store, &sig), OK);
	assert_int_equal(store_history_add(with.store, sig.id, &sent), OK);
	return sig;
}

static struct signature
again(const struct signature *sig, struct identity *who)
{
	struct signature now;
	enum status st;

	assert_int_equal(store_signature_get(with.store, arena, sig->id, &now), OK);
	st = identity_open(keys, now.campaign, now.key, now.identity.data,
	    now.identity.len, arena, who);
	assert_true(st == OK || st == NOT_FOUND);
	return now;
}

/* One run to its end. */
static void
purge(struct purge *run, int64_t now)
{
	enum status st;

	do {
		if (!run->dry)
			assert_int_equal(store_begin(with.store), OK);
		st = petition_purge(petition, arena, run, 2, now);
		assert_true(st == OK || st == AGAIN);
		if (!run->dry)
			assert_int_equal(store_commit(with.store), OK);
	} while (st == AGAIN);
}

/* What a dry run tells is what the run does. */
static struct purge
purge_both(int64_t now)
{
	struct purge dry = { .dry = true }, run = { .slug = NULL };
	int i;

	purge(&dry, now);
	purge(&run, now);
	for (i = 0; i < PURGE_CLASSES; i++)
		assert_int_equal(dry.n[i], run.n[i]);
	return run;
}

static void
end_river(int64_t closed, int64_t delivered)
{
	const struct ending e = { .closed_at = closed, .delivered_at = delivered };

	assert_int_equal(store_begin(with.store), OK);
	assert_int_equal(store_campaign_set_state(with.store, river,
	    CAMPAIGN_CLOSED), OK);
	assert_int_equal(store_ending_put(with.store, river, &e), OK);
	assert_int_equal(store_commit(with.store), OK);
}

/* How much is kept of what she agreed to. */
static size_t
agreed(const struct signature *sig)
{
	struct consent *list;
	size_t count;

	assert_int_equal(store_consents(with.store, arena, sig->id, &list,
	    &count), OK);
	return count;
}

static void
agrees(const struct signature *sig)
{
	struct consent c = { .signature = sig->id, .kind = CONSENT_SHARE,
	    .about = "nordic", .given = true, .day = clock_day(NOW) };

	assert_int_equal(store_consent_add(with.store, &c), OK);
}

static void
test_a_signer_by_and_by(void **state)
{
	struct signature quiet, news, elsewhere, gone, erased, now;
	unsigned char key[STORE_HASH];
	struct identity who;
	struct purge run;
	int64_t wrong;

	(void)state;
	assert_int_equal(store_begin(with.store), OK);
	quiet = new_signer(river, SIGNATURE_CONFIRMED, false);
	news = new_signer(river, SIGNATURE_CONFIRMED, true);
	elsewhere = new_signer(other, SIGNATURE_CONFIRMED, true);
	gone = new_signer(river, SIGNATURE_WITHDRAWN, false);
	erased = new_signer(river, SIGNATURE_ERASED, false);
	agrees(&news);
	agrees(&elsewhere);
	assert_int_equal(store_commit(with.store), OK);

	run = purge_both(NOW + 1000 * DAY);     /* R1 */
	assert_int_equal(run.n[PURGE_NAMES] + run.n[PURGE_COMMENTS] +
	    run.n[PURGE_ADDRESSES] + run.n[PURGE_TRACES], 0);
	assert_int_equal(run.n[PURGE_HISTORY], 5);
	assert_int_equal(run.looked, 5);

	end_river(NOW, 0);
	run = purge_both(NOW + 20 * DAY - 1);
	assert_int_equal(run.n[PURGE_COMMENTS], 0);
	run = purge_both(NOW + 20 * DAY);
	assert_int_equal(run.n[PURGE_COMMENTS], 2);
	assert_int_equal(run.n[PURGE_NAMES], 0);
	(void)again(&quiet, &who);
	assert_null(who.comment);
	assert_string_equal(who.name, "Ada");
	assert_string_equal(who.city, "Bergen");
	assert_int_equal(purge_both(NOW + 21 * DAY).n[PURGE_COMMENTS], 0);

	run = purge_both(NOW + 40 * DAY);
	assert_int_equal(run.n[PURGE_NAMES], 2);
	assert_int_equal(run.n[PURGE_ADDRESSES], 1);
	assert_int_equal(again(&quiet, &who).identity.len, 0);
	now = again(&news, &who);
	assert_true(now.updates);
	assert_null(who.name);
	assert_null(who.city);
	assert_string_equal(who.address, "ada@example.net");

	run = purge_both(NOW + 60 * DAY);
	assert_int_equal(run.n[PURGE_ADDRESSES], 1);
	now = again(&news, &who);
	assert_int_equal(now.identity.len, 0);
	assert_false(now.updates);
	assert_int_equal(now.number, 7);
	assert_memory_equal(now.key, news.key, STORE_HASH);
	assert_int_equal(agreed(&news), 1);

	run = purge_both(NOW + 90 * DAY);       /* R3, R4 */
	assert_int_equal(run.n[PURGE_TRACES], 3);
	now = again(&news, &who);
	assert_memory_not_equal(now.key, news.key, STORE_HASH);
	assert_int_equal(agreed(&news), 0);
	assert_int_equal(agreed(&elsewhere), 1);
	memcpy(key, now.key, sizeof key);
	assert_int_equal(now.number, 0);
	assert_int_equal(now.state, SIGNATURE_CONFIRMED);
	assert_string_equal(now.country, "NO");
	assert_int_equal(now.confirmed_day, clock_day(NOW));
	assert_memory_not_equal(again(&gone, &who).key, gone.key, STORE_HASH);
	assert_memory_equal(again(&erased, &who).key, erased.key, STORE_HASH);
	now = again(&elsewhere, &who);
	assert_string_equal(who.name, "Ada");
	assert_memory_equal(now.key, elsewhere.key, STORE_HASH);

	run = purge_both(NOW + 91 * DAY);
	assert_int_equal(run.n[PURGE_TRACES], 0);
	assert_memory_equal(again(&news, &who).key, key, STORE_HASH);
	assert_int_equal(store_check_counts(with.store, &wrong), OK);
	assert_int_equal(wrong, 0);
}

/* S11, and only what is due. */
static void
test_it_is_known_that_bytes_went(void **state)
{
	(void)state;
	assert_int_equal(store_begin(with.store), OK);
	(void)new_signer(river, SIGNATURE_CONFIRMED, false);
	assert_int_equal(store_commit(with.store), OK);
	assert_int_equal(store_clean(with.store, 1000), OK);
	end_river(NOW, 0);
	(void)purge_both(NOW + 19 * DAY);
	assert_int_equal(store_unclean(with.store), 0);
	(void)purge_both(NOW + 21 * DAY);
	assert_true(store_unclean(with.store) > 0);
}

static void
test_requests_and_strangers(void **state)
{
	struct signature pending = { .campaign = river, .country = "",
	    .state = SIGNATURE_PENDING, .language = "en", .source = "",
	    .created_day = clock_day(NOW), .next_at = NOW + DAY,
	    .expires_at = NOW + 14 * DAY }, stranger = { .campaign = river,
	    .state = SIGNATURE_STRANGER, .country = "", .language = "en",
	    .source = "", .created_day = clock_day(NOW) - 30,
	    .answered_day = clock_day(NOW) }, row;
	struct purge run;

	(void)state;
	assert_int_equal(store_begin(with.store), OK);
	seal_random(pending.key, STORE_HASH);
	seal_random(stranger.key, STORE_HASH);
	assert_int_equal(store_signature_add(with.store, &pending), OK);
	assert_int_equal(store_signature_add(with.store, &stranger), OK);
	assert_int_equal(store_commit(with.store), OK);
	run = purge_both(NOW + 14 * DAY - 1);
	assert_int_equal(run.n[PURGE_PENDING] + run.n[PURGE_TRACES], 0);
	run = purge_both(NOW + 14 * DAY);
	assert_int_equal(run.n[PURGE_PENDING], 1);
	assert_int_equal(store_signature_get(with.store, arena, pending.id, &row),
	    OK);
	assert_int_equal(row.state, SIGNATURE_EXPIRED);
	assert_int_equal(purge_both(NOW + 59 * DAY).n[PURGE_TRACES], 0);
	assert_int_equal(purge_both(NOW + 61 * DAY).n[PURGE_TRACES], 1);
	assert_int_equal(store_signature_get(with.store, arena, stranger.id, &row),
	    NOT_FOUND);
}

/* ---- what is of no signer -------------------------------------------------------------- */

static void
add_paper(void)
{
	struct paper p = { .campaign = river, .batch = "sheet", .country = "NO",
	    .day = clock_day(NOW), .identity = { "sealed", 6 } };

	seal_random(p.key, sizeof p.key);
	assert_int_equal(store_paper_add(with.store, &p), OK);
}

static void
test_paper(void **state)
{
	struct paper rows[4];
	int64_t left;
	size_t n, i;

	(void)state;
	assert_int_equal(store_begin(with.store), OK);
	for (i = 0; i < 3; i++)
		add_paper();
	assert_int_equal(store_commit(with.store), OK);
	end_river(NOW, NOW);
	assert_int_equal(purge_both(NOW + 9 * DAY).n[PURGE_PAPER], 0);
	assert_int_equal(purge_both(NOW + 10 * DAY).n[PURGE_PAPER], 3);
	assert_int_equal(purge_both(NOW + 11 * DAY).n[PURGE_PAPER], 0);
	assert_int_equal(store_paper_list(with.store, arena, river, 0, rows, 4,
	    &n), OK);
	assert_int_equal(n, 3);
	for (i = 0; i < n; i++)
		assert_int_equal(rows[i].identity.len, 0);
	assert_int_equal(store_paper_count(with.store, river, &left), OK);
	assert_int_equal(left, 3);
}

static int64_t
sent_update(int64_t campaign, int64_t finished)
{
	static const struct mailing_text text = { "en", "s", "b" };
	struct mailing m = { .campaign = campaign, .state = MAILING_SENDING,
	    .segment = "", .why = "", .created_at = NOW };
	int64_t ids[5] = { 1, 2, 3, 4, 5 };
	struct approval a = { .role = APPROVAL_APPROVER, .asked_at = NOW };
	int i;

	assert_int_equal(store_mailing_add(with.store, &m, &text, 1), OK);
	assert_int_equal(store_ledger_claim(with.store, m.id, ids, 5, 5, NOW), OK);
	for (i = 0; i < 5; i++)
		assert_int_equal(store_ledger_settle(with.store, m.id, ids[i],
		    i == 4 ? LEDGER_UNKNOWN : LEDGER_ACCEPTED, 0, NOW), OK);
	a.kind = APPROVAL_OF_MAILING;
	a.subject = m.id;
	assert_int_equal(store_approval_add(with.store, &a), OK);
	m.state = MAILING_DONE;
	m.finished_at = finished;
	assert_int_equal(store_mailing_put(with.store, &m), OK);
	return m.id;
}

static void
test_who_got_an_update(void **state)
{
	int64_t old, young, elsewhere, wrong, at;
	enum ledger_state ledger;
	struct approval *list;
	struct mailing m;
	struct purge run;
	size_t n;
	int code;

	(void)state;
	assert_int_equal(store_begin(with.store), OK);
	old = sent_update(river, NOW);
	young = sent_update(river, NOW + 3 * DAY);
	elsewhere = sent_update(other, NOW);
	assert_int_equal(store_commit(with.store), OK);
	run = purge_both(NOW + 6 * DAY);
	assert_int_equal(run.n[PURGE_LOGS], 5);
	assert_int_equal(store_ledger_get(with.store, old, 1, &ledger, &code, &at),
	    OK);
	assert_int_equal(ledger, LEDGER_NONE);
	assert_int_equal(store_mailing_get(with.store, arena, old, &m), OK);
	assert_int_equal(m.accepted, 4);
	assert_int_equal(m.unknown, 1);
	assert_int_equal(store_mailing_check(with.store, old, &wrong), NOT_FOUND);
	assert_int_equal(store_mailing_check(with.store, young, &wrong), OK);
	assert_int_equal(wrong, 0);
	assert_int_equal(store_approval_list(with.store, arena,
	    APPROVAL_OF_MAILING, old, &list, &n), OK);
	assert_int_equal(n, 0);
	assert_int_equal(store_approval_list(with.store, arena,
	    APPROVAL_OF_MAILING, young, &list, &n),
	    OK);
	assert_int_equal(n, 1);
	assert_int_equal(store_ledger_get(with.store, elsewhere, 1, &ledger, &code,
	    &at), OK);
	assert_int_equal(ledger, LEDGER_ACCEPTED);
	assert_int_equal(purge_both(NOW + 9 * DAY).n[PURGE_LOGS], 5);
	assert_int_equal(purge_both(NOW + 9 * DAY).n[PURGE_LOGS], 0);
}

static void
test_messages_set_aside(void **state)
{
	struct parked_row row = { .received_at = NOW, .why = "reader",
	    .message = { "sealed", 6 } };
	struct purge run = { .slug = "river" };

	(void)state;
	assert_int_equal(store_begin(with.store), OK);
	assert_int_equal(store_parked_add(with.store, &row), OK);
	assert_int_equal(store_commit(with.store), OK);
	assert_int_equal(purge_both(NOW + 30 * DAY).n[PURGE_PARKED], 0);
	purge(&run, NOW + 31 * DAY);    /* of one campaign: it is of none */
	assert_int_equal(run.n[PURGE_PARKED], 0);
	assert_int_equal(purge_both(NOW + 31 * DAY).n[PURGE_PARKED], 1);
}

/* ---- data keys ------------------------------------------------------------------------------ */

/* Number N, sealed to the opening key that begins with OPENING. */
static void
add_key(int64_t n, int64_t campaign, unsigned char opening, int64_t when)
{
	struct data_key_row row = { .number = n, .campaign = campaign,
	    .opening = { opening }, .day = clock_day(when) };

	assert_int_equal(store_data_key_add(with.store, &row), OK);
}

/* The numbers that are there, of 1 to 9. */
static const char *
keys_left(void)
{
	static char left[10];
	struct data_key_row row;
	size_t n = 0;
	int64_t i;

	for (i = 1; i <= 9; i++)
		if (store_data_key_get(with.store, i, &row) == OK)
			left[n++] = (char)('0' + i);
	left[n] = '\0';
	return left;
}

/* A value that names two data keys. */
static struct blob
sealed_with(int64_t name, int64_t comment)
{
	struct parts parts = { .part = { [PART_NAME] = { name, "box", 3 },
	    [PART_COMMENT] = { comment, "box", 3 } } };
	struct buf value = BUF_INIT;
	struct blob out;

	parts_write(&parts, &value);
	out = (struct blob){ arena_strndup(arena, value.data, value.len),
	    value.len };
	buf_free(&value);
	return out;
}

static struct signature
sealed_signer(int64_t campaign, struct blob sealed)
{
	struct signature sig = { .campaign = campaign,
	    .state = SIGNATURE_CONFIRMED, .country = "", .language = "en",
	    .source = "", .created_day = clock_day(NOW),
	    .confirmed_day = clock_day(NOW), .sealed = sealed };

	seal_random(sig.key, sizeof sig.key);
	assert_int_equal(store_signature_add(with.store, &sig), OK);
	return sig;
}

/* K1 and K3: 1, 2 and 4 are named, by a signer, another and paper; 3, 6 and 8 by
 * nobody, of which 8 is of yesterday and 6 the last of its opening key. */
static void
test_data_keys(void **state)
{
	struct paper sheet = { .campaign = river, .batch = "sheet", .country = "" };
	struct signature ada;

	(void)state;
	assert_int_equal(store_begin(with.store), OK);
	add_key(1, river, 'a', NOW - 9 * DAY);
	add_key(2, river, 'a', NOW - 8 * DAY);
	add_key(3, river, 'a', NOW - 7 * DAY);
	add_key(4, river, 'a', NOW - 6 * DAY);
	add_key(6, river, 'b', NOW - 5 * DAY);
	add_key(7, other, 'a', NOW - 5 * DAY);
	add_key(5, other, 'a', NOW - 4 * DAY);
	add_key(8, river, 'a', NOW - DAY);
	add_key(9, river, 'a', NOW);
	ada = sealed_signer(river, sealed_with(1, 2));
	(void)sealed_signer(river, sealed_with(2, 9));
	sheet.sealed = sealed_with(4, 4);
	assert_int_equal(store_paper_add(with.store, &sheet), OK);
	assert_int_equal(store_commit(with.store), OK);
	purge(&(struct purge){ .slug = "river" }, NOW);
	assert_string_equal(keys_left(), "12456789");
	assert_int_equal(purge_both(NOW).n[PURGE_KEYS], 1);
	assert_string_equal(keys_left(), "1245689");
	assert_int_equal(purge_both(NOW).n[PURGE_KEYS], 0);

	/* Who is forgotten lets go of hers alone. */
	assert_int_equal(store_begin(with.store), OK);
	ada.sealed = (struct blob){ NULL, 0 };
	assert_int_equal(store_signature_put(with.store, &ada), OK);
	assert_int_equal(store_commit(with.store), OK);
	assert_int_equal(store_clean(with.store, 1000), OK);
	assert_int_equal(purge_both(NOW).n[PURGE_KEYS], 1);
	assert_string_equal(keys_left(), "245689");
	assert_true(store_unclean(with.store) > 0);

	/* And with time all do. */
	end_river(NOW, 0);
	assert_int_equal(purge_both(NOW + 61 * DAY).n[PURGE_KEYS], 1);
	assert_int_equal(purge_both(NOW + 61 * DAY).n[PURGE_KEYS], 2);
	assert_string_equal(keys_left(), "569");
}

/* K1: what a step takes from a row may be rolled back, and the run goes on. */
static void
test_data_key_of_what_was_rolled_back(void **state)
{
	struct purge run = { .slug = NULL };
	struct signature sig, now;
	enum status st;
	int i;

	(void)state;
	assert_int_equal(store_begin(with.store), OK);
	add_key(1, river, 'a', NOW - 9 * DAY);
	add_key(2, river, 'a', NOW - 8 * DAY);
	sig = sealed_signer(river, sealed_with(1, 1));
	assert_int_equal(store_commit(with.store), OK);
	end_river(NOW - 50 * DAY, 0);
	for (i = 0, st = AGAIN; st == AGAIN; i++) {
		assert_int_equal(store_begin(with.store), OK);
		st = petition_purge(petition, arena, &run, 500, NOW);
		if (i == 0)
			store_rollback(with.store);
		else
			assert_int_equal(store_commit(with.store), OK);
	}
	assert_int_equal(st, OK);
	assert_int_equal(store_signature_get(with.store, arena, sig.id, &now), OK);
	assert_true(now.sealed.len > 0);
	assert_string_equal(keys_left(), "12");
}

/* K2, and a run that is cut off. */
static void
test_data_keys_of_a_damaged_row(void **state)
{
	struct purge run = { .slug = NULL };

	(void)state;
	assert_int_equal(store_begin(with.store), OK);
	add_key(1, river, 'a', NOW - 9 * DAY);
	add_key(2, river, 'a', NOW - 8 * DAY);
	add_key(3, other, 'a', NOW - 9 * DAY);
	add_key(4, other, 'a', NOW - 8 * DAY);
	(void)sealed_signer(river, (struct blob){ "\1damaged", 8 });
	(void)sealed_signer(other, sealed_with(4, 4));
	assert_int_equal(petition_purge(petition, arena, &run, 1, NOW), AGAIN);
	purge_end(&run);
	assert_int_equal(store_commit(with.store), OK);
	assert_int_equal(purge_both(NOW).n[PURGE_KEYS], 1);
	assert_string_equal(keys_left(), "124");
}

/* A clock that is put back in the middle: what was old is in use again. */
static void
test_data_keys_and_the_clock(void **state)
{
	struct purge run = { .slug = NULL };

	(void)state;
	assert_int_equal(store_begin(with.store), OK);
	add_key(1, river, 'a', NOW);
	add_key(2, river, 'a', NOW);
	assert_int_equal(petition_purge(petition, arena, &run, 500, NOW + 3 * DAY),
	    AGAIN);
	while (petition_purge(petition, arena, &run, 500, NOW) == AGAIN)
		;
	assert_int_equal(store_commit(with.store), OK);
	assert_string_equal(keys_left(), "12");
	assert_int_equal(purge_both(NOW + 3 * DAY).n[PURGE_KEYS], 1);
	assert_string_equal(keys_left(), "2");
}

/* ---- every day ------------------------------------------------------------------------------ */

static bool
runs(int64_t now, int64_t tick)
{
	enum status st = AGAIN;

	if (!petition_purge_due(petition, now, tick))
		return false;
	while (st == AGAIN) {
		assert_true(petition_purge_due(petition, now, tick));
		assert_int_equal(store_begin(with.store), OK);
		st = petition_purge_step(petition, arena, now);
		assert_true(st == OK || st == AGAIN);
		assert_int_equal(store_commit(with.store), OK);
	}
	return true;
}

static void
start_again(void)
{
	petition_free(&petition);
	petition = petition_new(&with);
}

static void
test_once_a_day(void **state)
{
	int64_t morning = NOW - NOW % DAY;

	(void)state;
	assert_true(runs(morning, 1000));
	assert_false(runs(morning + DAY - 1, 2000));
	start_again();
	assert_false(runs(morning + DAY - 1, 1000));
	assert_true(runs(morning + DAY, 2000));
	start_again();
	assert_true(runs(morning + 8 * DAY, 1000));     /* off for a week */
}

/* R5 */
static void
test_a_jump_of_the_clock(void **state)
{
	const int64_t day = INT64_C(86400000);
	struct identity who;
	struct signature sig;

	(void)state;
	assert_int_equal(store_begin(with.store), OK);
	sig = new_signer(river, SIGNATURE_CONFIRMED, false);
	assert_int_equal(store_commit(with.store), OK);
	end_river(NOW, 0);
	assert_true(runs(NOW, 1000));
	assert_false(runs(NOW + 3000 * DAY, 2000));
	assert_false(runs(NOW + 3000 * DAY, day));
	start_again();                  /* it begins to wait again */
	assert_false(runs(NOW + 3000 * DAY, 5000));
	(void)again(&sig, &who);
	assert_string_equal(who.name, "Ada");
	assert_true(runs(NOW + DAY, 6000));     /* the clock is right again */
	assert_false(runs(NOW + 3001 * DAY, 7000));
	assert_false(runs(NOW + 3001 * DAY, 7000 + day - 1));
	assert_true(runs(NOW + 3001 * DAY, 7000 + day));
	assert_int_equal(again(&sig, &who).identity.len, 0);
}

/* Begins at THEN, and is ended at NOW. */
static void
runs_over(int64_t then, int64_t now)
{
	enum status st;

	assert_true(petition_purge_due(petition, then, 1000));
	assert_int_equal(store_begin(with.store), OK);
	st = petition_purge_step(petition, arena, then);
	assert_int_equal(store_commit(with.store), OK);
	assert_int_equal(st, AGAIN);
	assert_true(runs(now, 1000));
}

/* What was looked at before midnight may be due after it. */
static void
test_a_run_over_midnight(void **state)
{
	int64_t midnight = NOW - NOW % DAY + DAY;

	(void)state;
	runs_over(midnight - 1, midnight);
	assert_true(runs(midnight, 1000));
	assert_false(runs(midnight, 1000));
}

/* R5 */
static void
test_a_jump_within_a_run(void **state)
{
	struct parked_row row = { .received_at = NOW, .why = "reader",
	    .message = { "sealed", 6 } };

	(void)state;
	assert_int_equal(store_begin(with.store), OK);
	assert_int_equal(store_parked_add(with.store, &row), OK);
	assert_int_equal(store_commit(with.store), OK);
	runs_over(NOW, NOW + 3000 * DAY);
	assert_false(runs(NOW + 3000 * DAY, 2000));
	start_again();
	runs_over(NOW + 5 * DAY, NOW + DAY);    /* set back */
	assert_true(petition_purge_due(petition, NOW + 5 * DAY, 1000));
	assert_int_equal(purge_both(NOW + 31 * DAY).n[PURGE_PARKED], 1);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_clocks),
		TEST(test_a_signer_by_and_by),
		TEST(test_it_is_known_that_bytes_went),
		TEST(test_requests_and_strangers),
		TEST(test_paper),
		TEST(test_who_got_an_update),
		TEST(test_messages_set_aside),
		TEST(test_data_keys),
		TEST(test_data_key_of_what_was_rolled_back),
		TEST(test_data_keys_of_a_damaged_row),
		TEST(test_data_keys_and_the_clock),
		TEST(test_once_a_day),
		TEST(test_a_jump_of_the_clock),
		TEST(test_a_run_over_midnight),
		TEST(test_a_jump_within_a_run),
	};

	return cmocka_run_group_tests_name("retention", tests, NULL, NULL);
}
