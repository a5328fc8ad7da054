/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "store/approval.h"
#include "store/mailing.h"

#include "tests/unit/check.h"

#define NOW 1795000000
#define PEOPLE 40

static char dir[64];
static struct store *s;
static struct arena *arena;
static int64_t campaign, other, mailing;

/* ---- a store with people ---------------------------------------------------- */

static const char *
in_dir(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	return path;
}

static int64_t
add_person(int64_t to, int n, enum signature_state state)
{
	struct signature sig = { .campaign = to, .state = state,
	    .country = "TJ", .language = "tg", .source = "", .updates = true,
	    .created_day = 20000, .confirmed_day = 20001 };

	memcpy(sig.key, &n, sizeof n);
	assert_int_equal(store_signature_add(s, &sig), OK);
	return sig.id;
}

static void
change(int64_t id, void (*how)(struct signature *))
{
	struct signature sig;

	assert_int_equal(store_signature_get(s, arena, id, &sig), OK);
	how(&sig);
	assert_int_equal(store_signature_put(s, &sig), OK);
}

static void
add_mailing(void)
{
	static const struct mailing_text texts[] = {
		{ "ru", "Novosti", "Zdravstvuyte, {{name}}" },
		{ "en", "News", "Hello, {{name}}" },
	};
	struct mailing m = { .campaign = campaign, .state = MAILING_SCHEDULED,
	    .segment = "country=TJ", .author = { "0123456789abcdef", 16 },
	    .needed = 2, .created_at = NOW, .send_at = NOW + 60, .why = "" };

	memset(m.serial, 7, sizeof m.serial);
	assert_int_equal(store_mailing_add(s, &m, texts, 2), OK);
	mailing = m.id;
}

static int
setup(void **state)
{
	struct reason why;
	int i;

	(void)state;
	(void)snprintf(dir, sizeof dir, "/tmp/mailing_test.XXXXXX");
	if (mkdtemp(dir) == NULL || chmod(dir, 0700) != 0)
		return -1;
	arena = arena_new();
	if (store_open(&s, dir, STORE_CREATE, &why) != OK)
		return -1;
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_campaign_add(s, "parks", &campaign), OK);
	assert_int_equal(store_campaign_add(s, "trees", &other), OK);
	for (i = 1; i <= PEOPLE; i++)
		add_person(campaign, i, SIGNATURE_CONFIRMED);
	add_mailing();
	return 0;
}

static int
teardown(void **state)
{
	static const char *const names[] = { "undersigned.db",
		"undersigned.db-wal", "undersigned.db-shm",
		"database.made" };
	size_t i;

	(void)state;
	store_rollback(s);
	store_close(&s);
	arena_free(&arena);
	for (i = 0; i < 4; i++)
		(void)unlink(in_dir(names[i]));
	return rmdir(dir);
}

static struct mailing
get(void)
{
	struct mailing m;

	assert_int_equal(store_mailing_get(s, arena, mailing, &m), OK);
	return m;
}

/* Numbers agree with the rows (S7), and with what is expected. */
static void
numbers(int64_t claimed, int64_t later, int64_t accepted, int64_t failed,
    int64_t unknown, int64_t gone)
{
	struct mailing m = get();
	int64_t wrong;

	assert_int_equal(store_mailing_check(s, mailing, &wrong), OK);
	assert_int_equal(wrong, 0);
	assert_int_equal(m.claimed, claimed);
	assert_int_equal(m.later, later);
	assert_int_equal(m.accepted, accepted);
	assert_int_equal(m.failed, failed);
	assert_int_equal(m.unknown, unknown);
	assert_int_equal(m.gone, gone);
}

static void
state_is(int64_t id, enum ledger_state want, int want_code)
{
	enum ledger_state st;
	int64_t at;
	int code;

	assert_int_equal(store_ledger_get(s, mailing, id, &st, &code, &at), OK);
	assert_int_equal(st, want);
	assert_int_equal(code, want_code);
}

static void
claim(int64_t first, size_t count)
{
	int64_t ids[PEOPLE];
	size_t i;

	for (i = 0; i < count; i++)
		ids[i] = first + (int64_t)i;
	assert_int_equal(store_ledger_claim(s, mailing, ids, count,
	    first + (int64_t)count - 1, NOW), OK);
}

static enum status
settle(int64_t id, enum ledger_state state)
{
	return store_ledger_settle(s, mailing, id, state, 5001001, NOW + 5);
}

/* ---- the row and its words -------------------------------------------------------- */

static void
kept_as_given(void **state)
{
	struct mailing m = get(), *list;
	struct mailing_text *texts;
	size_t n;

	(void)state;
	assert_int_equal(m.campaign, campaign);
	assert_int_equal(m.serial[15], 7);
	assert_int_equal(m.state, MAILING_SCHEDULED);
	assert_string_equal(m.segment, "country=TJ");
	assert_int_equal(m.author.len, 16);
	assert_int_equal(m.needed, 2);
	assert_int_equal(m.send_at, NOW + 60);
	assert_string_equal(m.why, "");

	assert_int_equal(store_mailing_texts(s, arena, mailing, &texts, &n), OK);
	assert_int_equal(n, 2);
	assert_string_equal(texts[0].language, "en");
	assert_string_equal(texts[1].subject, "Novosti");
	assert_string_equal(texts[1].body, "Zdravstvuyte, {{name}}");

	m.state = MAILING_PAUSED;
	m.why = "by staff";
	m.position = m.accepted = 99;           /* not put's to change */
	assert_int_equal(store_mailing_put(s, &m), OK);
	m = get();
	assert_int_equal(m.state, MAILING_PAUSED);
	assert_string_equal(m.why, "by staff");
	assert_int_equal(m.position, 0);
	assert_int_equal(m.accepted, 0);
	m.id = 12345;
	assert_int_equal(store_mailing_put(s, &m), NOT_FOUND);
	assert_int_equal(store_mailing_get(s, arena, 12345, &m), NOT_FOUND);

	for (n = 0; n < 20; n++)
		add_mailing();
	assert_int_equal(store_mailing_list(s, arena, 0, MAILING_STATES, &list,
	    &n), OK);
	assert_int_equal(n, 21);
	for (n = 1; n < 21; n++)
		assert_true(list[n].id > list[n - 1].id);
	assert_int_equal(store_mailing_list(s, arena, campaign, MAILING_PAUSED,
	    &list, &n), OK);
	assert_int_equal(n, 1);
	assert_int_equal(store_mailing_list(s, arena, other, MAILING_STATES,
	    &list, &n), OK);
	assert_int_equal(n, 0);
}

static void
begins_at_the_top(void **state)
{
	struct mailing m;

	(void)state;
	assert_int_equal(store_mailing_begin(s, mailing, 33, NOW + 61), OK);
	m = get();
	assert_int_equal(m.state, MAILING_SENDING);
	assert_int_equal(m.started_at, NOW + 61);
	assert_int_equal(m.total, 33);
	assert_int_equal(m.top, PEOPLE);
	assert_int_equal(m.position, 0);
}

/* ---- who it is for ------------------------------------------------------------------ */

static void
no_updates(struct signature *sig)
{
	sig->updates = false;
}

static void
unreachable(struct signature *sig)
{
	sig->unreachable = true;
}

static void
withdrawn(struct signature *sig)
{
	sig->state = SIGNATURE_WITHDRAWN;
}

static void
candidates(void **state)
{
	struct signature sigs[PEOPLE];
	int64_t seen;
	size_t n;

	(void)state;
	change(2, no_updates);
	change(3, unreachable);
	change(4, withdrawn);
	add_person(other, 1, SIGNATURE_CONFIRMED);              /* 41 */
	add_person(campaign, 100, SIGNATURE_PENDING);           /* 42 */
	add_person(campaign, 101, SIGNATURE_CONFIRMED);         /* 43 */
	add_person(campaign, 102, SIGNATURE_CONFIRMED);         /* 44: too late */

	/* As many as wanted: no further than looked. */
	assert_int_equal(store_mailing_candidates(s, arena, campaign, 0, 43,
	    100, sigs, 3, &n, &seen), OK);
	assert_int_equal(n, 3);
	assert_int_equal(sigs[0].id, 1);
	assert_int_equal(sigs[1].id, 5);
	assert_int_equal(sigs[2].id, 6);
	assert_int_equal(seen, 6);
	/* No more looked at than allowed. */
	assert_int_equal(store_mailing_candidates(s, arena, campaign, 0, 43, 4,
	    sigs, PEOPLE, &n, &seen), OK);
	assert_int_equal(n, 1);
	assert_int_equal(seen, 4);
	/* To the end, not over the top. */
	assert_int_equal(store_mailing_candidates(s, arena, campaign, 38, 43,
	    100, sigs, PEOPLE, &n, &seen), OK);
	assert_int_equal(n, 3);
	assert_int_equal(sigs[2].id, 43);
	assert_int_equal(seen, 43);
	assert_int_equal(store_mailing_candidates(s, arena, campaign, 43, 43,
	    100, sigs, PEOPLE, &n, &seen), OK);
	assert_int_equal(n, 0);
	assert_int_equal(seen, 43);
}

/* ---- the ledger ------------------------------------------------------------------------ */

static void
claimed_once(void **state)
{
	int64_t again[] = { 3 };

	(void)state;
	state_is(3, LEDGER_NONE, 0);
	claim(1, 10);
	numbers(10, 0, 0, 0, 0, 0);
	assert_int_equal(get().position, 10);
	state_is(3, LEDGER_CLAIMED, 0);
	assert_int_equal(store_ledger_claim(s, mailing, again, 1, 11, NOW),
	    EXISTS);
}

static void
settled_once(void **state)
{
	(void)state;
	claim(1, 10);
	assert_int_equal(settle(1, LEDGER_ACCEPTED), OK);
	assert_int_equal(settle(2, LEDGER_FAILED), OK);
	assert_int_equal(settle(3, LEDGER_UNKNOWN), OK);
	assert_int_equal(settle(4, LEDGER_GONE), OK);
	numbers(6, 0, 1, 1, 1, 1);
	state_is(2, LEDGER_FAILED, 5001001);
	assert_int_equal(settle(1, LEDGER_FAILED), EXISTS);
	assert_int_equal(settle(4, LEDGER_ACCEPTED), EXISTS);
	assert_int_equal(settle(11, LEDGER_ACCEPTED), NOT_FOUND);
	numbers(6, 0, 1, 1, 1, 1);
	/* Delivery lived on and tells what really became of it. */
	assert_int_equal(settle(3, LEDGER_ACCEPTED), OK);
	numbers(6, 0, 2, 1, 0, 1);
}

/* Of many, whatever state each is in. */
static void
accepted_together(void **state)
{
	static const int64_t ids[] = { 1, 2, 3, 4, 5, 6, 33 }, claimed[] = { 7 };

	(void)state;
	claim(1, 10);
	assert_int_equal(settle(2, LEDGER_FAILED), OK);
	assert_int_equal(settle(3, LEDGER_UNKNOWN), OK);
	assert_int_equal(store_ledger_later(s, mailing, 4, NOW, true, NOW), OK);
	assert_int_equal(store_ledger_later(s, mailing, 5, NOW, true, NOW), OK);
	assert_int_equal(store_ledger_reclaim(s, mailing, 5, NOW), OK);
	assert_int_equal(store_ledger_accept(s, mailing, ids, 7, NOW + 5), OK);
	numbers(4, 0, 5, 1, 0, 0);
	state_is(1, LEDGER_ACCEPTED, 0);
	state_is(2, LEDGER_FAILED, 5001001);
	state_is(5, LEDGER_ACCEPTED, 0);
	state_is(33, LEDGER_NONE, 0);
	assert_int_equal(store_ledger_accept(s, mailing, ids, 7, NOW + 6), OK);
	assert_int_equal(store_ledger_accept(s, mailing, NULL, 0, NOW + 6), OK);
	numbers(4, 0, 5, 1, 0, 0);
	assert_int_equal(store_ledger_accept(s, mailing, claimed, 1, NOW + 6),
	    OK);
	numbers(3, 0, 6, 1, 0, 0);
}

static void
later_and_again(void **state)
{
	struct later_row row[4];
	int64_t when;
	size_t n;

	(void)state;
	claim(1, 10);
	assert_int_equal(store_ledger_next(s, mailing, &when), OK);
	assert_true(when == CLOCK_NEVER);
	assert_int_equal(store_ledger_later(s, mailing, 5, NOW + 60, true, NOW),
	    OK);
	assert_int_equal(store_ledger_later(s, mailing, 6, NOW + 30, false, NOW),
	    OK);
	numbers(8, 2, 0, 0, 0, 0);
	assert_int_equal(store_ledger_next(s, mailing, &when), OK);
	assert_int_equal(when, NOW + 30);
	assert_int_equal(store_ledger_due(s, mailing, NOW + 59, row, 4, &n), OK);
	assert_int_equal(n, 1);
	assert_int_equal(row[0].signature, 6);
	assert_int_equal(row[0].attempts, 0);
	assert_int_equal(store_ledger_due(s, mailing, NOW + 60, row, 4, &n), OK);
	assert_int_equal(n, 2);

	assert_int_equal(store_ledger_reclaim(s, mailing, 5, NOW + 60), OK);
	assert_int_equal(store_ledger_reclaim(s, mailing, 5, NOW + 60), EXISTS);
	assert_int_equal(store_ledger_reclaim(s, mailing, 1, NOW + 60), EXISTS);
	assert_int_equal(store_ledger_reclaim(s, mailing, 11, NOW + 60),
	    NOT_FOUND);
	numbers(9, 1, 0, 0, 0, 0);
	assert_int_equal(store_ledger_due(s, mailing, NOW + 600, row, 4, &n),
	    OK);
	assert_int_equal(n, 1);
	/* Once more: since when is kept, attempts are counted. */
	assert_int_equal(store_ledger_later(s, mailing, 5, NOW + 180, true,
	    NOW + 61), OK);
	assert_int_equal(store_ledger_later_get(s, mailing, 5, row), OK);
	assert_int_equal(row[0].since, NOW);
	assert_int_equal(row[0].attempts, 2);
	assert_int_equal(store_ledger_reclaim(s, mailing, 5, NOW + 180), OK);
	assert_int_equal(settle(5, LEDGER_ACCEPTED), OK);
	assert_int_equal(store_ledger_later_get(s, mailing, 5, row), NOT_FOUND);
	assert_int_equal(settle(6, LEDGER_FAILED), OK);
	assert_int_equal(store_ledger_next(s, mailing, &when), OK);
	assert_true(when == CLOCK_NEVER);
	numbers(8, 0, 1, 1, 0, 0);
}

static void
doubt(void **state)
{
	int64_t n, ids[PEOPLE];
	int codes[PEOPLE];
	size_t count;

	(void)state;
	claim(1, 20);
	assert_int_equal(settle(19, LEDGER_ACCEPTED), OK);
	assert_int_equal(store_ledger_later(s, mailing, 2, NOW + 60, true, NOW),
	    OK);
	assert_int_equal(store_ledger_later(s, mailing, 3, NOW + 60, true, NOW),
	    OK);
	assert_int_equal(store_ledger_reclaim(s, mailing, 3, NOW + 60), OK);
	assert_int_equal(store_ledger_doubt(s, mailing, NOW + 90, &n), OK);
	assert_int_equal(n, 18);
	numbers(0, 1, 1, 0, 18, 0);
	state_is(3, LEDGER_UNKNOWN, 0);
	assert_int_equal(store_ledger_doubt(s, mailing, NOW + 90, &n), OK);
	assert_int_equal(n, 0);

	assert_int_equal(store_ledger_list(s, mailing, LEDGER_UNKNOWN, 3, ids,
	    codes, 4, &count), OK);
	assert_int_equal(count, 4);
	assert_int_equal(ids[0], 4);
	assert_int_equal(ids[3], 7);
}

/* More of them than are taken at once. */
static void
doubt_many(void **state)
{
	int64_t ids[1000], n;
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		ids[i] = i + 1;
	assert_int_equal(store_ledger_claim(s, mailing, ids, 1000, 1000, NOW),
	    OK);
	assert_int_equal(store_ledger_doubt(s, mailing, NOW, &n), OK);
	assert_int_equal(n, 1000);
	numbers(0, 0, 0, 0, 1000, 0);
	assert_int_equal(store_ledger_retry_unknown(s, mailing, NOW, &n), OK);
	assert_int_equal(n, 1000);
	numbers(0, 1000, 0, 0, 0, 0);
}

static void
unknown_again(void **state)
{
	struct later_row row[4];
	struct mailing m;
	int64_t n;
	size_t count;

	(void)state;
	claim(1, 3);
	assert_int_equal(settle(2, LEDGER_ACCEPTED), OK);
	assert_int_equal(store_ledger_doubt(s, mailing, NOW, &n), OK);
	m = get();
	m.state = MAILING_DONE;
	m.finished_at = NOW;
	assert_int_equal(store_mailing_put(s, &m), OK);
	assert_int_equal(store_ledger_retry_unknown(s, mailing, NOW + 9, &n), OK);
	assert_int_equal(n, 2);
	numbers(0, 2, 1, 0, 0, 0);
	assert_int_equal(get().state, MAILING_SENDING);
	assert_int_equal(get().finished_at, 0);
	assert_int_equal(store_ledger_due(s, mailing, NOW + 9, row, 4, &count),
	    OK);
	assert_int_equal(count, 2);
	assert_int_equal(row[1].signature, 3);
	assert_int_equal(row[1].since, NOW + 9);
	assert_int_equal(store_ledger_retry_unknown(s, mailing, NOW, &n), OK);
	assert_int_equal(n, 0);
}

static void
forgotten(void **state)
{
	int64_t first = mailing, when;

	(void)state;
	claim(1, 5);
	assert_int_equal(store_ledger_later(s, mailing, 1, NOW + 60, true, NOW),
	    OK);
	assert_int_equal(settle(3, LEDGER_ACCEPTED), OK);
	add_mailing();
	claim(1, 2);
	assert_int_equal(store_ledger_gone(s, 1, NOW), OK);
	assert_int_equal(store_ledger_gone(s, 3, NOW), OK);
	assert_int_equal(store_ledger_gone(s, 30, NOW), OK);
	numbers(1, 0, 0, 0, 0, 1);
	mailing = first;
	numbers(3, 0, 1, 0, 0, 1);
	assert_int_equal(store_ledger_next(s, mailing, &when), OK);
	assert_true(when == CLOCK_NEVER);
	state_is(3, LEDGER_ACCEPTED, 5001001);
}

/* ---- approvals ------------------------------------------------------------------------------ */

static void
approvals(void **state)
{
	struct approval a = { .kind = APPROVAL_OF_MAILING,
	    .subject = mailing, .role = APPROVAL_APPROVER,
	    .asked_at = NOW }, b, *list;
	size_t n;

	(void)state;
	memset(a.approver, 1, sizeof a.approver);
	assert_int_equal(store_approval_add(s, &a), OK);
	assert_true(a.id > 0);
	b = a;
	assert_int_equal(store_approval_add(s, &b), EXISTS);
	b.role = APPROVAL_AUTHOR;
	assert_int_equal(store_approval_add(s, &b), OK);
	a.answer = ANSWER_YES;
	a.answered_at = NOW + 3;
	assert_int_equal(store_approval_put(s, &a), OK);
	assert_int_equal(store_approval_get(s, a.id, &b), OK);
	assert_int_equal(b.answer, ANSWER_YES);
	assert_int_equal(b.answered_at, NOW + 3);
	assert_memory_equal(b.approver, a.approver, STORE_HASH);
	assert_int_equal(store_approval_get(s, 999, &b), NOT_FOUND);
	assert_int_equal(store_approval_list(s, arena,
	    APPROVAL_OF_MAILING, mailing, &list, &n), OK);
	assert_int_equal(n, 2);
	assert_int_equal(list[1].role, APPROVAL_AUTHOR);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(kept_as_given),
		TEST(begins_at_the_top),
		TEST(candidates),
		TEST(claimed_once),
		TEST(settled_once),
		TEST(accepted_together),
		TEST(later_and_again),
		TEST(doubt),
		TEST(doubt_many),
		TEST(unknown_again),
		TEST(forgotten),
		TEST(approvals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
