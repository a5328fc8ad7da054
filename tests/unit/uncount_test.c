/* What a batch does, part by part: tests/system/230-review.t has the rest.
 * SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/campaign.h"
#include "config/config.h"
#include "petition/petition.h"
#include "petition/purge.h"
#include "petition/traits.h"
#include "petition/uncount.h"
#include "seal/keys.h"
#include "store/ending.h"
#include "store/store.h"
#include "store/tally.h"

#include "tests/unit/check.h"

#define NOW 1795000000
#define PEOPLE 150

static char dir[64];
static struct store *s;
static struct arena *arena;
static struct keys *keys;
static struct campaigns *campaigns;
static struct config config;
static struct petition *p;
static int64_t campaign, people[PEOPLE];

static int64_t
add_person(int n, enum signature_state state)
{
	struct signature sig = { .campaign = campaign, .state = state,
	    .country = "TJ", .language = "tg", .source = "", .number = n + 1,
	    .created_day = 20000, .confirmed_day = 20001 };

	memcpy(sig.key, &n, sizeof n);
	assert_int_equal(store_signature_add(s, &sig), OK);
	return sig.id;
}

static int
setup(void **state)
{
	static const unsigned char master[KEY_BYTES] = { 7 };
	struct petition_setup with;
	struct reason why = { "" };
	int i;

	(void)state;
	(void)snprintf(dir, sizeof dir, "/tmp/undersigned-uncount-XXXXXX");
	if (mkdtemp(dir) == NULL || store_open(&s, dir, STORE_CREATE, &why) != OK)
		return -1;
	seal_init();
	arena = arena_new();
	assert_int_equal(keys_from_master(&keys, master, &why), OK);
	assert_int_equal(campaigns_load(&campaigns, SOURCE_DIR "/contrib/example",
	    0, &why), OK);
	with = (struct petition_setup){ .store = s, .keys = keys,
	    .config = &config, .campaigns = campaigns };
	p = petition_new(&with);
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_campaign_add(s, "manuchehr", &campaign), OK);
	for (i = 0; i < PEOPLE; i++)
		people[i] = add_person(i, SIGNATURE_CONFIRMED);
	assert_int_equal(store_commit(s), OK);
	return 0;
}

static int
teardown(void **state)
{
	static const char *const ends[] = { "undersigned.db",
		"undersigned.db-wal", "undersigned.db-shm", "database.made" };
	char path[128];
	size_t i;

	(void)state;
	petition_free(&p);
	campaigns_free(&campaigns);
	keys_free(&keys);
	arena_free(&arena);
	store_close(&s);
	for (i = 0; i < 4; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", dir,
		    ends[i]);
		(void)unlink(path);
	}
	return rmdir(dir);
}

/* As if it had been approved. */
static int64_t
add_batch(int64_t undoes, int count)
{
	struct uncount b = { .campaign = campaign, .state = UNCOUNT_APPROVED,
	    .undoes = undoes, .because = LEAF_DUPLICATE, .reason = "one hand",
	    .chosen = "", .needed = 1,
	    .created_at = NOW, .total = count };
	int i;

	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_uncount_add(s, &b), OK);
	for (i = 0; undoes == 0 && i < count; i++)
		assert_int_equal(store_member_add(s, b.id, people[i]), OK);
	assert_int_equal(store_commit(s), OK);
	return b.id;
}

static enum status
step(bool keep)
{
	enum status st;

	assert_int_equal(store_begin(s), OK);
	st = petition_uncounts(p, arena, NOW);
	assert_true(st == OK || st == AGAIN);
	if (keep)
		assert_int_equal(store_commit(s), OK);
	else
		store_rollback(s);
	return st;
}

static void
run(void)
{
	while (step(true) == AGAIN)
		;
}

static struct uncount
batch(int64_t id)
{
	struct uncount b;

	assert_int_equal(store_uncount_get(s, arena, id, &b), OK);
	return b;
}

static void
one(void *arg, const char *value, int64_t n)
{
	int64_t *counts = arg;

	counts[atoi(value)] = n;
}

static void
counts_are(int64_t confirmed, int64_t uncounted)
{
	int64_t n[SIGNATURE_STATES] = { 0 };

	assert_int_equal(store_counts(s, campaign, BY_STATE, SIGNATURE_STATES,
	    one, n), OK);
	assert_int_equal(n[SIGNATURE_CONFIRMED], confirmed);
	assert_int_equal(n[SIGNATURE_UNCOUNTED], uncounted);
}

static void
set_state(int64_t id, enum signature_state state)
{
	struct signature sig;

	assert_int_equal(store_signature_get(s, arena, id, &sig), OK);
	sig.state = state;
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_signature_put(s, &sig), OK);
	assert_int_equal(store_commit(s), OK);
}

/* ---- */

/* N2: a part that was not committed is as if it had never been. */
static void
test_cut_short(void **state)
{
	int64_t id = add_batch(0, PEOPLE);
	struct tally_batch *all;
	size_t count;
	int cuts;

	(void)state;
	for (cuts = 0;; cuts++) {
		struct uncount before = batch(id);

		(void)step(false);
		assert_int_equal(batch(id).done, before.done);
		assert_int_equal(batch(id).state, before.state);
		counts_are(PEOPLE - before.done, before.done);
		if (step(true) == OK)
			break;
		assert_true(batch(id).done > before.done);
		assert_int_equal(batch(id).state, UNCOUNT_RUNNING);
	}
	assert_true(cuts >= 2);
	counts_are(0, PEOPLE);
	assert_int_equal(batch(id).state, UNCOUNT_DONE);
	assert_int_equal(batch(id).done, PEOPLE);
	assert_int_equal(store_batches(s, arena, campaign, &all, &count), OK);
	assert_int_equal(count, 1);
	assert_string_equal(all[0].reason, "one hand");
	assert_int_equal(batch(id).because, LEAF_DUPLICATE);
	assert_int_equal(batch(id).number, 1);
	/* nothing is left to do */
	assert_false(petition_uncounts_due(p));
	assert_int_equal(step(true), OK);
	assert_int_equal(batch(id).done, PEOPLE);
}

static void
test_cancel_in_the_middle(void **state)
{
	int64_t id = add_batch(0, PEOPLE), undo, done;

	(void)state;
	assert_int_equal(step(true), AGAIN);
	done = batch(id).done;
	assert_true(done > 0 && done < PEOPLE);
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(petition_uncount_cancel(p, arena, "manuchehr", id, NOW),
	    OK);
	assert_int_equal(store_commit(s), OK);
	run();
	assert_int_equal(batch(id).state, UNCOUNT_CANCELLED);
	counts_are(PEOPLE - done, done);
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(petition_uncount_cancel(p, arena, "manuchehr", id, NOW),
	    EXISTS);
	store_rollback(s);
	/* what was done of it can be undone, and that too is public */
	undo = add_batch(id, (int)done);
	run();
	counts_are(PEOPLE, 0);
	assert_int_equal(batch(undo).done, done);
	assert_int_equal(batch(undo).number, 2);
}

/* Two batches have some in common; some are gone by then; and undoing one gives
 * back only those that it took. */
static void
test_each_its_own(void **state)
{
	int64_t first = add_batch(0, 100), second, undo;

	(void)state;
	set_state(people[0], SIGNATURE_WITHDRAWN);
	set_state(people[1], SIGNATURE_ERASED);
	run();
	assert_int_equal(batch(first).done, 98);
	second = add_batch(0, PEOPLE);
	run();
	assert_int_equal(batch(second).done, 50);
	counts_are(0, 148);
	set_state(people[2], SIGNATURE_WITHDRAWN);
	undo = add_batch(first, 98);
	run();
	assert_int_equal(batch(undo).done, 97);
	counts_are(97, 50);
	/* she who withdrew meanwhile has nothing held against her any more */
	assert_int_equal(store_member_of(s, people[2], &undo), OK);
	assert_int_equal(undo, 0);
	assert_int_equal(store_member_of(s, people[149], &undo), OK);
	assert_int_equal(undo, second);
}

/* Some of it was done before an old copy came back, and the log has it (recover.h):
 * the rest goes on under the number that it has, and there is no second batch. */
static void
test_has_its_number(void **state)
{
	struct tally_batch theirs = { .number = 1, .day = 20500,
	    .reason = "one hand", .entry = 7 }, *all;
	int64_t id = add_batch(0, PEOPLE);
	struct uncount b = batch(id);
	size_t count;

	(void)state;
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_batch_put(s, campaign, &theirs), OK);
	b.number = 1;
	b.started_at = NOW - CLOCK_DAY;
	b.done = 1;
	assert_int_equal(store_uncount_put(s, &b), OK);
	assert_int_equal(store_member_set(s, id, people[3], true), OK);
	assert_int_equal(store_commit(s), OK);
	set_state(people[3], SIGNATURE_UNCOUNTED);
	run();
	counts_are(0, PEOPLE);
	b = batch(id);
	assert_int_equal(b.state, UNCOUNT_DONE);
	assert_int_equal(b.number, 1);
	assert_int_equal(b.done, PEOPLE);
	assert_int_equal(b.started_at, NOW - CLOCK_DAY);
	assert_int_equal(store_batches(s, arena, campaign, &all, &count), OK);
	assert_int_equal(count, 1);
	assert_int_equal(all[0].entry, 7);
}

static void
test_unanswered(void **state)
{
	int64_t id = add_batch(0, 10);
	struct uncount b = batch(id);

	(void)state;
	b.state = UNCOUNT_PROPOSED;
	b.created_at = NOW - 14 * CLOCK_DAY;
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_uncount_put(s, &b), OK);
	assert_int_equal(store_commit(s), OK);
	run();
	assert_int_equal(batch(id).state, UNCOUNT_PROPOSED);
	b.created_at = NOW - 16 * CLOCK_DAY;
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_uncount_put(s, &b), OK);
	assert_int_equal(store_commit(s), OK);
	run();
	assert_int_equal(batch(id).state, UNCOUNT_CANCELLED);
	counts_are(PEOPLE, 0);
}

static void
test_reasons(void **state)
{
	static const struct { const char *text; enum status want; } cases[] = {
		{ "sent by one hand", OK }, { "\321\201 \320\276\320\264", OK },
		{ "", INVALID }, { " x", INVALID }, { "x ", INVALID },
		{ "a\nb", INVALID }, { "a\tb", INVALID }, { "eve@example.org", INVALID },
		{ "\377", INVALID },
	};
	struct reason why;
	char longest[162];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (uncount_reason(cases[i].text, &why) != cases[i].want)
			fail_msg("case %zu", i);
	memset(longest, 'x', sizeof longest);
	longest[160] = '\0';
	assert_int_equal(uncount_reason(longest, &why), OK);
	longest[160] = 'x';
	longest[161] = '\0';
	assert_int_equal(uncount_reason(longest, &why), INVALID);
}

static void
test_kinds(void **state)
{
	enum leaf_back kind = LEAF_STAYS;
	int i, named = 0;

	(void)state;
	for (i = 0; i < LEAF_BACKS; i++) {
		const char *name = uncount_kind_name((enum leaf_back)i);

		assert_int_equal(name != NULL, leaf_of_staff((enum leaf_back)i));
		if (name == NULL)
			continue;
		named++;
		assert_non_null(uncount_kind_text((enum leaf_back)i));
		assert_int_equal(uncount_kind(name, &kind), OK);
		assert_int_equal(kind, i);
	}
	assert_int_equal(named, 3);
	assert_int_equal(uncount_kind("withdrawn", &kind), INVALID);
	assert_int_equal(uncount_kind("", &kind), INVALID);
	assert_int_equal(uncount_kind("frauds", &kind), INVALID);
}

/* Traits go after their time, some at a time, and the rest stay. */
static void
test_traits(void **state)
{
	struct trait t = { .campaign = campaign, .domain = 5 };
	struct reviewed rows[PEOPLE];
	struct purge all = { .slug = NULL };
	size_t count, i, known = 0;
	int64_t n;

	(void)state;
	assert_int_equal(store_begin(s), OK);
	for (i = 0; i < PEOPLE; i++) {
		t.signature = people[i];
		t.hour = (int32_t)(NOW / 3600 - (i < 40 ? 31 * 24 : 29 * 24));
		assert_int_equal(store_trait_put(s, &t), OK);
	}
	assert_int_equal(store_trait_put(s, &t), OK);   /* once more is the same */
	assert_int_equal(store_trait_purge(s, campaign, NOW / 3600 - 30 * 24, 16,
	    true, &n), OK);
	assert_int_equal(n, 40);
	assert_int_equal(store_trait_purge(s, campaign + 1, NOW / 3600, 16, false,
	    &n), OK);
	assert_int_equal(n, 0);
	assert_int_equal(store_trait_purge(s, campaign, NOW / 3600 - 30 * 24, 16,
	    false, &n), AGAIN);
	while (petition_purge(p, arena, &all, 16, NOW) == AGAIN)
		;
	assert_int_equal(all.n[PURGE_TRAITS], 24);
	assert_int_equal(store_trait_remove(s, people[100]), OK);
	assert_int_equal(store_commit(s), OK);
	assert_int_equal(store_review_list(s, arena, campaign, 0, rows, PEOPLE,
	    &count), OK);
	assert_int_equal(count, PEOPLE);
	for (i = 0; i < count; i++)
		known += rows[i].has_trait && rows[i].trait.domain == 5;
	assert_int_equal(known, PEOPLE - 40 - 1);
	/* a name is one thing for one campaign and kind */
	assert_true(traits_name(keys, 1, TRAIT_DOMAIN, "a.b", 3) !=
	    traits_name(keys, 2, TRAIT_DOMAIN, "a.b", 3));
	assert_true(traits_name(keys, 1, TRAIT_DOMAIN, "a.b", 3) !=
	    traits_name(keys, 1, TRAIT_TEXT, "a.b", 3));
	assert_true(traits_name(keys, 1, TRAIT_DOMAIN, "a.b", 3) ==
	    traits_name(keys, 1, TRAIT_DOMAIN, "a.b", 3));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* Of whom nothing leads to the tally any more, the count stays what the tally
 * says. */
static void
erased_meanwhile(void **state)
{
	struct ending ending = { .closed_at = NOW - (int64_t)3000 * CLOCK_DAY };
	struct uncount b;
	struct reason why = { "" };
	struct signature sig;
	int64_t id = add_batch(0, 5);
	int i;

	(void)state;
	assert_int_equal(store_begin(s), OK);
	for (i = 0; i < 2; i++) {
		assert_int_equal(store_signature_get(s, arena, people[i], &sig),
		    OK);
		sig.requests = -1;
		assert_int_equal(store_signature_put(s, &sig), OK);
	}
	assert_int_equal(store_commit(s), OK);
	run();
	assert_int_equal(batch(id).state, UNCOUNT_DONE);
	assert_int_equal(batch(id).done, 3);
	for (i = 0; i < 5; i++) {
		assert_int_equal(store_signature_get(s, arena, people[i], &sig),
		    OK);
		assert_int_equal(sig.state, i < 2 ? SIGNATURE_CONFIRMED :
		    SIGNATURE_UNCOUNTED);
	}
	/* And back: who was erased after she was uncounted stays so. */
	assert_int_equal(store_begin(s), OK);
	sig.requests = -1;
	assert_int_equal(store_signature_put(s, &sig), OK);
	assert_int_equal(store_commit(s), OK);
	id = add_batch(id, 3);
	run();
	assert_int_equal(batch(id).done, 2);
	assert_int_equal(store_signature_get(s, arena, people[4], &sig), OK);
	assert_int_equal(sig.state, SIGNATURE_UNCOUNTED);

	/* Nothing of that kind is begun when their time is over. */
	assert_int_equal(store_begin(s), OK);
	assert_int_equal(store_ending_put(s, campaign, &ending), OK);
	assert_int_equal(petition_uncount_draft(p, arena, "manuchehr",
	    "staff@example.org", 0, NOW, &b, &why), INVALID);
	assert_non_null(strstr(why.text, "traces"));
	ending = (struct ending){ .untraced = true };
	assert_int_equal(store_ending_put(s, campaign, &ending), OK);
	assert_int_equal(petition_uncount_draft(p, arena, "manuchehr",
	    "staff@example.org", 0, NOW, &b, &why), INVALID);
	assert_non_null(strstr(why.text, "traces"));
	store_rollback(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_cut_short),
		TEST(test_cancel_in_the_middle),
		TEST(test_each_its_own),
		TEST(test_has_its_number),
		TEST(test_unanswered),
		TEST(test_reasons),
		TEST(test_kinds),
		TEST(test_traits),
		TEST(erased_meanwhile),
	};

	clock_open();
	log_open("test", LOG_LEVEL_WARN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
