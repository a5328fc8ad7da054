/* SPDX-License-Identifier: ISC */
/*
 * A database that is lost, old or has gone another way: what is published goes back
 * in, and nothing that was signed is contradicted.
 */
#include "tests/unit/logbook.h"

#include <ftw.h>

#include "logbook/recover.h"
#include "store/review.h"
#include "tally/audit.h"
#include "tally/folder.h"
#include "tally/publish.h"

/* What staff take out is all that here, one after the other. */
static const struct kind {
	const char *name;
	enum leaf_back leaf;
	enum entry_reason entry;
} kinds[] = {
	{ "recover: fraud", LEAF_FRAUD, BACK_FRAUD },
	{ "recover: duplicate", LEAF_DUPLICATE, BACK_DUPLICATE },
	{ "recover: unreachable", LEAF_UNREACHABLE, BACK_UNREACHABLE },
};
static struct kind staff;

/* ---- publishing -------------------------------------------------------------------- */

static enum status
get_tile(void *tree, int level, uint64_t index, unsigned width, struct buf *out)
{
	return tree_tile(tree, level, index, width, out);
}

static void
publish(const char *to)
{
	struct publish_batch batches[8];
	struct tally_batch *rows;
	struct publish_done done;
	struct buf note = BUF_INIT;
	struct reason why = { "" };
	struct publish what = { .get = get_tile };
	struct tally t = row();
	struct tally_signed s = newest();
	struct vkey key;
	struct tree tree;
	size_t i;

	assert_int_equal(logbook_vkey(&t, &key), OK);
	assert_int_equal(cosign_note(store, arena, &t, campaigns_at(campaigns, 0),
	    &s, &note), OK);
	assert_int_equal(store_batches(store, arena, campaign, &rows,
	    &what.batch_count), OK);
	for (i = 0; i < what.batch_count; i++)
		batches[i] = (struct publish_batch){ (uint64_t)rows[i].number,
		    rows[i].day, (uint64_t)rows[i].count, rows[i].reason };
	what.batches = batches;
	what.log = &key;
	what.checkpoint = note.data;
	what.context = &tree;
	tree_open(&tree, store, campaign, (uint64_t)s.size);
	if (publish_folder(in_dir(to), &what, &done, &why) != OK)
		fail_msg("%s", why.text);
	tree_close(&tree);
	buf_free(&note);
}

static void
say_wrong(void *arg, const char *what)
{
	(void)arg;
	print_error("%s\n", what);
}

static void
audit(const char *dir_name)
{
	struct audit a = { .found = say_wrong };
	struct folder *folder;
	struct reason why = { "" };

	assert_int_equal(folder_open(&folder, in_dir(dir_name), &why), OK);
	assert_int_equal(audit_folder(folder, &a, &why), OK);
	folder_close(&folder);
}

static int
remove_one(const char *path, const struct stat *sb, int kind, struct FTW *ftw)
{
	(void)sb;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static int
clear(void **state)
{
	(void)nftw(in_dir("out"), remove_one, 16, FTW_DEPTH | FTW_PHYS);
	(void)nftw(in_dir("out2"), remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return teardown(state);
}

/* ---- recovering ----------------------------------------------------------------------- */

static struct { int64_t signature; enum leaf_back why; } told[64];
static size_t told_count;

/* What petition_staff_taken_back does to the leaf, and to the signature of one
 * who is uncounted. */
static enum status
note_back(void *arg, struct arena *a, int64_t signature, enum leaf_back why)
{
	struct signature sig;
	enum status st = store_signature_get(store, a, signature, &sig);

	(void)arg;
	told[told_count].signature = signature;
	told[told_count++].why = why;
	if (st == OK && why != LEAF_STAYS)
		st = leaf_take_back(store, a, &sig, why, 0);
	if (leaf_of_staff(why) || why == LEAF_STAYS)
		sig.state = why == LEAF_STAYS ? SIGNATURE_CONFIRMED :
		    SIGNATURE_UNCOUNTED;
	return st == OK ? store_signature_put(store, &sig) : st;
}

static struct recovered done;

static enum status
recover(const char *from, bool give_up)
{
	struct tally t = row();
	struct recover how = { .store = store, .state_dir = dir, .slug = SLUG,
	    .tally = &t, .give_up = give_up, .back = note_back };
	struct reason why = { "" };
	enum status st;

	told_count = 0;
	if (from != NULL && folder_open(&how.folder, in_dir(from), &why) != OK)
		fail_msg("%s", why.text);
	assert_int_equal(store_begin(store), OK);
	st = recover_log(&how, &done, &why);
	if (st == OK)
		assert_int_equal(store_commit(store), OK);
	else
		store_rollback(store);
	assert_true((why.text[0] != '\0') == (st != OK));
	folder_close(&how.folder);
	now += 100;                     /* a stopped log is looked at again */
	return st;
}

/* Each confirmed signature has a leaf that is in the log once or waits. */
static void
check_people(void)
{
	struct signature rows[256];
	struct leaf leaf;
	size_t count, i;
	int64_t live = 0;

	assert_int_equal(store_signature_list(store, arena, campaign,
	    SIGNATURE_STATES, 0, rows, 256, &count), OK);
	for (i = 0; i < count; i++) {
		if (rows[i].leaf == 0)
			continue;
		live++;
		assert_int_equal(store_leaf_get(store, arena, rows[i].leaf,
		    &leaf), OK);
		assert_int_equal(leaf.signature, rows[i].id);
		assert_true(leaf.entry >= 0);
		assert_int_equal(entry_at((uint64_t)leaf.entry).kind, ENTRY_SIGN);
	}
	assert_int_equal(row().counted, live + (int64_t)done.of_nobody);
}

/* An old copy takes the published log back in, and those who went stay away. */
static void
from_an_old_copy(void **state)
{
	int64_t withdrew, forgot, waited, stays;
	struct proof proof;
	struct signature sig;

	(void)state;
	withdrew = confirm();
	forgot = confirm();
	stays = confirm();
	some_hours(1);
	waited = confirm();             /* in the copy, but not in its log */
	keep_copy();
	some_hours(1);
	take_back(withdrew, LEAF_WITHDRAWN, 0);
	take_back(forgot, LEAF_ERASED, 0);
	some_hours(1);
	publish("out");
	put_copy_back();
	all_steps();
	assert_int_equal(row().stopped, TALLY_BEHIND);
	assert_int_equal(recover("out", false), OK);
	/* 3 and 2 were in; waited and 2; 2 more, and two back */
	assert_int_equal(done.was, 5);
	assert_int_equal(done.is, 12);
	assert_int_equal(done.taken, 7);
	assert_int_equal(done.of_nobody, 4);
	assert_int_equal(done.given_up, 0);
	assert_int_equal(told_count, 2);
	assert_true(told[0].signature == withdrew || told[0].signature == forgot);
	assert_int_equal(signature_of(withdrew).leaf, 0);
	assert_int_equal(signature_of(forgot).leaf, 0);
	check_log();
	check_people();
	sig = signature_of(waited);
	assert_int_equal(proof_make(book, arena, &sig, address_of(waited), now,
	    PROOF_RECEIPT, &proof), OK);
	assert_non_null(proof.receipt);
	(void)stays;
	/* and goes on: where it is published too */
	some_hours(2);
	assert_int_equal(row().stopped, TALLY_GOES_ON);
	assert_int_equal(row().size, 16);
	check_log();
	check_people();
	publish("out");
	audit("out");
}

/* The copy had gone on by itself, unguarded: what is published is the log. */
static void
from_another_history(void **state)
{
	int64_t a, b, gone;

	(void)state;
	a = confirm();
	b = confirm();
	gone = confirm();
	some_hours(1);
	keep_copy();
	assert_int_equal(rename(in_dir("tally-" SLUG ".checkpoint"),
	    in_dir("guard")), 0);
	assert_int_equal(link(in_dir("guard"),
	    in_dir("tally-" SLUG ".checkpoint")), 0);
	some_hours(150);                /* more than a tile */
	publish("out");
	assert_int_equal(rename(in_dir("guard"),
	    in_dir("tally-" SLUG ".checkpoint")), 0);
	put_copy_back();
	/* the other way: one forgotten, one for fraud, new ones, all signed */
	take_back(gone, LEAF_ERASED, 0);
	take_back(b, staff.leaf, add_batch("mine alone"));
	/* one who came and went, both after the copy */
	take_back(confirm(), LEAF_WITHDRAWN, 0);
	some_hours(3);
	assert_int_equal(row().size, 5 + 6 + 1 + 2 + 2);
	check_log();
	assert_int_equal(recover("out", true), OK);
	assert_int_equal(done.given_up, 11);
	assert_int_equal(done.is, 305);
	assert_int_equal(done.of_nobody, 300);
	assert_int_equal(row().stopped, TALLY_GOES_ON);
	check_log();
	/* all that was given up waits, and goes in once */
	some_hours(1);
	assert_int_equal(row().size, 305 + 6 + 1 + 2 + 2 + 2);
	assert_int_equal(row().counted, 305 + 6 - 2 + 2);
	check_log();
	assert_int_not_equal(signature_of(a).leaf, 0);
	assert_int_equal(signature_of(gone).leaf, 0);
	publish("out");
	audit("out");
}

/* Taken for fraud after the copy, and found to be none: the copy learns both. */
static void
none_after_all(void **state)
{
	int64_t before, after, waits;
	struct leaf leaf;

	(void)state;
	before = confirm();
	after = confirm();
	waits = confirm();
	some_hours(1);                  /* 3 and 2 */
	take_back(before, staff.leaf, add_batch("a school"));
	some_hours(1);                  /* 2, batch, back */
	keep_copy();
	take_back(after, staff.leaf, 1);
	take_back(waits, staff.leaf, 1);
	some_hours(1);                  /* 2, back, back */
	counts_again(before);
	counts_again(after);
	some_hours(1);                  /* 2 and 2 */
	assert_int_equal(row().size, 17);
	publish("out");
	audit("out");
	put_copy_back();
	assert_int_equal(recover("out", false), OK);
	assert_int_equal(done.of_nobody, 4);
	assert_int_equal(told_count, 4);
	assert_int_equal(store_leaf_get(store, arena, signature_of(before).leaf,
	    &leaf), OK);
	assert_in_range(leaf.entry, 13, 16);
	assert_int_equal(leaf.back, LEAF_STAYS);
	assert_int_equal(store_leaf_get(store, arena, signature_of(after).leaf,
	    &leaf), OK);
	assert_in_range(leaf.entry, 13, 16);
	assert_int_equal(store_leaf_get(store, arena, signature_of(waits).leaf,
	    &leaf), OK);
	assert_int_equal(leaf.back, staff.leaf);
	check_log();
	/* what becomes of them goes on from there */
	take_back(before, LEAF_WITHDRAWN, 0);
	counts_again(waits);
	some_hours(1);
	assert_int_equal(row().size, 17 + 2 + 1 + 1);
	check_log();
	publish("out");
	audit("out");
}

/* The copy's own undoing is given up: what it undid is in the log still, or waits
 * once. */
static void
undone_in_vain(void **state)
{
	int64_t in_both, in_mine;
	struct leaf leaf;

	(void)state;
	in_both = confirm();
	some_hours(1);                  /* 1 and 2 */
	keep_copy();
	assert_int_equal(rename(in_dir("tally-" SLUG ".checkpoint"),
	    in_dir("guard")), 0);
	assert_int_equal(link(in_dir("guard"),
	    in_dir("tally-" SLUG ".checkpoint")), 0);
	some_hours(10);
	publish("out");
	assert_int_equal(rename(in_dir("guard"),
	    in_dir("tally-" SLUG ".checkpoint")), 0);
	put_copy_back();
	in_mine = confirm();
	some_hours(1);
	take_back(in_both, staff.leaf, add_batch("mine alone"));
	take_back(in_mine, staff.leaf, 1);
	some_hours(1);
	counts_again(in_both);
	counts_again(in_mine);
	some_hours(1);
	check_log();
	assert_int_equal(recover("out", true), OK);
	assert_int_equal(store_leaf_get(store, arena, signature_of(in_both).leaf,
	    &leaf), OK);
	assert_in_range(leaf.entry, 0, 2);
	assert_int_equal(store_leaf_get(store, arena, signature_of(in_mine).leaf,
	    &leaf), OK);
	assert_int_equal(leaf.entry, -1);
	/* six people of those hours, she, two of this one, and the batch */
	some_hours(1);
	assert_int_equal(row().size, 23 + 6 + 1 + 2 + 1);
	assert_int_equal(row().counted, 23 + 6 + 1 + 2);
	check_log();
	publish("out");
	audit("out");
}

/* ---- batches of staff -------------------------------------------------------------- */

/* A copy, whose log then goes on without it and is published. */
static void
copy_and_guard(void)
{
	keep_copy();
	assert_int_equal(rename(in_dir("tally-" SLUG ".checkpoint"),
	    in_dir("guard")), 0);
	assert_int_equal(link(in_dir("guard"),
	    in_dir("tally-" SLUG ".checkpoint")), 0);
}

/* It comes back, and the guard too, so that it goes on by itself. */
static void
copy_and_guard_back(void)
{
	assert_int_equal(rename(in_dir("guard"),
	    in_dir("tally-" SLUG ".checkpoint")), 0);
	put_copy_back();
}

/* Of one signature, as it is proposed today. */
static struct uncount
propose(int64_t signature, const char *reason, int64_t undoes)
{
	struct uncount u = { .campaign = campaign, .state = UNCOUNT_APPROVED,
	    .undoes = undoes, .because = staff.leaf, .reason = reason,
	    .chosen = "", .total = 1,
	    .created_at = now };

	assert_int_equal(store_begin(store), OK);
	assert_int_equal(store_uncount_add(store, &u), OK);
	if (undoes == 0)
		assert_int_equal(store_member_add(store, u.id, signature), OK);
	assert_int_equal(store_commit(store), OK);
	return u;
}

static struct uncount
uncount_of(int64_t id)
{
	struct uncount u;

	assert_int_equal(store_uncount_get(store, arena, id, &u), OK);
	return u;
}

/* What petition_uncounts does of it. */
static void
carry_out(int64_t id, int64_t signature)
{
	struct uncount u = uncount_of(id);
	struct tally_batch b = { .day = clock_day(now), .reason = u.reason };

	if (u.undoes != 0)
		b.reason = arena_printf(arena, "undoes %lld: %s",
		    (long long)uncount_of(u.undoes).number, u.reason);
	assert_int_equal(store_begin(store), OK);
	assert_int_equal(store_batch_add(store, campaign, &b), OK);
	u.number = b.number;
	u.state = UNCOUNT_DONE;
	u.started_at = u.finished_at = now;
	u.done = 1;
	assert_int_equal(store_uncount_put(store, &u), OK);
	assert_int_equal(store_member_set(store, u.undoes != 0 ? u.undoes : id,
	    signature, u.undoes == 0), OK);
	assert_int_equal(store_commit(store), OK);
	if (u.undoes != 0)
		counts_again(signature);
	else
		take_back(signature, u.because, u.number);
}

static int64_t
uncounted(int64_t signature, const char *reason)
{
	struct uncount u = propose(signature, reason, 0);

	carry_out(u.id, signature);
	return u.id;
}

static void
batches_are(const char *const *words)
{
	struct tally_batch *rows;
	size_t count, i;

	assert_int_equal(store_batches(store, arena, campaign, &rows, &count), OK);
	for (i = 0; i < count && words[i] != NULL; i++) {
		assert_int_equal(rows[i].number, i + 1);
		assert_string_equal(rows[i].reason, words[i]);
	}
	assert_int_equal(i, count);
	assert_null(words[i]);
}

/* Her signature stands as taken back in the batch of these words. */
static void
taken_back_for(int64_t signature, int64_t number, const char *words)
{
	struct tally_batch *rows;
	struct leaf leaf;
	struct entry e;
	size_t count;

	assert_int_equal(store_leaf_get(store, arena, signature_of(signature).leaf,
	    &leaf), OK);
	assert_true(leaf.back_entry >= 0);
	e = entry_at((uint64_t)leaf.back_entry);
	assert_int_equal(e.kind, ENTRY_BACK);
	assert_int_equal(e.index, (uint64_t)leaf.entry);
	assert_int_equal(e.reason, staff.entry);
	assert_int_equal(e.batch, (uint64_t)number);
	assert_int_equal(store_batches(store, arena, campaign, &rows, &count), OK);
	assert_true(number <= (int64_t)count);
	assert_string_equal(rows[number - 1].reason, words);
	e = entry_at((uint64_t)rows[number - 1].entry);
	assert_int_equal(e.kind, ENTRY_BATCH);
	assert_string_equal(e.words, words);
}

static void
published_whole(void)
{
	check_log();
	publish("out");
	audit("out");
}

/* One was begun while the log stood still, and one was published by then: each
 * keeps its own words. */
static void
two_of_one_number(void **state)
{
	int64_t a, b, c, ours, next;

	(void)state;
	a = confirm();
	b = confirm();
	c = confirm();
	some_hours(1);
	keep_copy();
	(void)uncounted(a, "theirs");
	some_hours(1);
	published_whole();
	put_copy_back();
	all_steps();
	assert_int_equal(row().stopped, TALLY_BEHIND);
	ours = uncounted(b, "ours");
	next = uncounted(c, "and another");
	assert_int_equal(uncount_of(ours).number, 1);
	assert_int_equal(recover("out", false), OK);
	batches_are((const char *const[]){ "theirs", "ours", "and another",
	    NULL });
	assert_int_equal(uncount_of(ours).number, 2);
	assert_int_equal(uncount_of(next).number, 3);
	some_hours(1);
	taken_back_for(a, 1, "theirs");
	taken_back_for(b, 2, "ours");
	taken_back_for(c, 3, "and another");
	published_whole();
}

/* It was in the log already, and is given up; and so was its undoing, which names
 * it. */
static void
given_up_with_its_number(void **state)
{
	int64_t a, b, c, ours, undo;

	(void)state;
	a = confirm();
	b = confirm();
	c = confirm();
	some_hours(1);
	copy_and_guard();
	(void)uncounted(a, "theirs");
	some_hours(10);
	published_whole();
	copy_and_guard_back();
	ours = uncounted(b, "ours");
	some_hours(1);
	undo = propose(b, "it was a school", ours).id;
	carry_out(undo, b);
	(void)uncounted(c, "for good");
	some_hours(1);
	check_log();
	assert_int_equal(recover("out", true), OK);
	batches_are((const char *const[]){ "theirs", "ours",
	    "undoes 2: it was a school", "for good", NULL });
	assert_int_equal(uncount_of(ours).number, 2);
	assert_int_equal(uncount_of(undo).number, 3);
	some_hours(1);
	taken_back_for(a, 1, "theirs");
	taken_back_for(c, 4, "for good");
	published_whole();
}

/* Both have gone on with what was proposed before, at other times: it is the same
 * batch, and there is no second one of it.  What was proposed after the copy is
 * another, in whatever words. */
static void
the_same_batch(void **state)
{
	int64_t a, b, c, one, two, own;

	(void)state;
	a = confirm();
	b = confirm();
	c = confirm();
	some_hours(1);
	two = propose(b, "of two", 0).id;
	one = propose(a, "of one", 0).id;
	keep_copy();
	carry_out(one, a);
	(void)uncounted(confirm(), "of three");
	some_hours(30);
	carry_out(two, b);
	some_hours(1);
	published_whole();
	put_copy_back();
	all_steps();
	carry_out(two, b);
	own = uncounted(c, "of three");
	carry_out(one, a);
	assert_int_equal(recover("out", false), OK);
	batches_are((const char *const[]){ "of one", "of three", "of two",
	    "of three", NULL });
	assert_int_equal(uncount_of(one).number, 1);
	assert_int_equal(uncount_of(two).number, 3);
	assert_int_equal(uncount_of(own).number, 4);
	some_hours(1);
	taken_back_for(a, 1, "of one");
	taken_back_for(b, 3, "of two");
	taken_back_for(c, 4, "of three");
	published_whole();
}

/* Nor is it the same batch when it is for another reason, whatever its words. */
static void
same_words_of_another_kind(void **state)
{
	int64_t a, b, theirs, ours;
	struct uncount u;
	struct entry e;
	struct leaf leaf;

	(void)state;
	a = confirm();
	b = confirm();
	some_hours(1);
	ours = propose(b, "seen twice", 0).id;
	theirs = propose(a, "seen twice", 0).id;
	u = uncount_of(ours);
	u.because = staff.leaf == LEAF_FRAUD ? LEAF_DUPLICATE : LEAF_FRAUD;
	assert_int_equal(store_begin(store), OK);
	assert_int_equal(store_uncount_put(store, &u), OK);
	assert_int_equal(store_commit(store), OK);
	keep_copy();
	carry_out(theirs, a);
	some_hours(1);
	published_whole();
	put_copy_back();
	all_steps();
	carry_out(ours, b);
	assert_int_equal(recover("out", false), OK);
	assert_int_equal(uncount_of(theirs).number, 1);
	assert_int_equal(uncount_of(ours).number, 2);
	batches_are((const char *const[]){ "seen twice", "seen twice", NULL });
	some_hours(1);
	taken_back_for(a, 1, "seen twice");
	assert_int_equal(store_leaf_get(store, arena, signature_of(b).leaf, &leaf),
	    OK);
	e = entry_at((uint64_t)leaf.back_entry);
	assert_int_equal(e.batch, 2);
	assert_string_equal(entry_reason_word(e.reason), staff.leaf == LEAF_FRAUD ?
	    "duplicate" : "fraud");
	published_whole();
}

static int64_t
member_of(int64_t signature)
{
	int64_t id;

	assert_int_equal(store_member_of(store, signature, &id), OK);
	return id;
}

/* N4, uncount.h: who was uncounted after the copy is of a batch that can be undone,
 * and uncounted still when she signs again. */
static void
members_of_theirs(void **state)
{
	int64_t a, b, id;
	struct uncount u;

	(void)state;
	a = confirm();
	b = confirm();
	some_hours(1);
	keep_copy();
	(void)uncounted(a, "theirs");
	carry_out(propose(b, "theirs too", 0).id, b);
	some_hours(1);
	published_whole();
	put_copy_back();
	assert_int_equal(recover("out", false), OK);
	id = member_of(a);
	assert_int_not_equal(id, 0);
	u = uncount_of(id);
	assert_int_equal(u.campaign, campaign);
	assert_int_equal(u.state, UNCOUNT_DONE);
	assert_int_equal(u.number, 1);
	assert_string_equal(u.reason, "theirs");
	assert_int_equal(u.because, staff.leaf);
	assert_int_equal(u.total, 1);
	assert_int_equal(u.done, 1);
	assert_true(u.started_at > 0 && u.finished_at > 0);
	u = uncount_of(member_of(b));
	assert_int_equal(u.number, 2);
	assert_string_equal(u.reason, "theirs too");
}

/* What was proposed, or approved, when the copy was made is what was done, and
 * there is no second batch of it. */
static void
members_of_proposed(void **state)
{
	int64_t a, b, approved, proposed;
	struct uncount u, *all;
	size_t count;

	(void)state;
	a = confirm();
	b = confirm();
	some_hours(1);
	approved = propose(a, "approved", 0).id;
	proposed = propose(b, "proposed", 0).id;
	u = uncount_of(proposed);
	u.state = UNCOUNT_PROPOSED;
	assert_int_equal(store_begin(store), OK);
	assert_int_equal(store_uncount_put(store, &u), OK);
	assert_int_equal(store_commit(store), OK);
	keep_copy();
	carry_out(approved, a);
	carry_out(proposed, b);
	some_hours(1);
	published_whole();
	put_copy_back();
	assert_int_equal(recover("out", false), OK);
	assert_int_equal(store_uncount_list(store, arena, campaign, UNCOUNT_STATES,
	    &all, &count), OK);
	assert_int_equal(count, 2);
	u = uncount_of(approved);
	assert_int_equal(u.state, UNCOUNT_APPROVED);
	assert_int_equal(u.number, 1);
	assert_int_equal(u.done, 1);
	assert_int_equal(u.total, 1);
	assert_true(u.started_at > 0);
	assert_int_equal(member_of(a), approved);
	u = uncount_of(proposed);
	assert_int_equal(u.state, UNCOUNT_PROPOSED);
	assert_int_equal(u.number, 2);
	assert_true(u.started_at > 0);
	assert_int_equal(member_of(b), proposed);
}

/* She was of a batch of ours, and the log has her in one of theirs. */
static void
member_of_both(void **state)
{
	int64_t a, ours;

	(void)state;
	a = confirm();
	some_hours(1);
	keep_copy();
	(void)uncounted(a, "theirs");
	some_hours(1);
	published_whole();
	put_copy_back();
	all_steps();
	ours = uncounted(a, "ours");
	assert_int_equal(recover("out", false), OK);
	assert_int_equal(uncount_of(member_of(a)).number, 1);
	assert_int_equal(uncount_of(ours).number, 2);
	assert_int_equal(uncount_of(ours).done, 0);
	some_hours(1);
	taken_back_for(a, 1, "theirs");
	published_whole();
}

/* Nothing is held any more against whom an undoing after the copy counts again. */
static void
member_of_none(void **state)
{
	int64_t a, b, batch;

	(void)state;
	a = confirm();
	b = confirm();
	some_hours(1);
	batch = uncounted(a, "a school");
	some_hours(1);
	keep_copy();
	carry_out(propose(a, "it is one", batch).id, a);
	some_hours(1);
	batch = uncounted(b, "in vain");
	some_hours(1);
	carry_out(propose(b, "once more", batch).id, b);
	some_hours(1);
	published_whole();
	put_copy_back();
	assert_int_not_equal(member_of(a), 0);
	assert_int_equal(recover("out", false), OK);
	assert_int_equal(member_of(a), 0);
	assert_int_equal(member_of(b), 0);
	published_whole();
}

/* Theirs has taken back and counted again who has withdrawn here, or is of a batch
 * of ours: that is still to be done. */
static void
undone_but_not_by_us(void **state)
{
	int64_t a, b, of_a, of_b, ours;

	(void)state;
	a = confirm();
	b = confirm();
	some_hours(1);
	keep_copy();
	of_a = uncounted(a, "a school");
	of_b = uncounted(b, "a village");
	some_hours(1);
	carry_out(propose(a, "it is one", of_a).id, a);
	carry_out(propose(b, "so is it", of_b).id, b);
	some_hours(1);
	assert_int_equal(row().counted, 2 + 3 * 2);
	published_whole();
	put_copy_back();
	all_steps();
	take_back(a, LEAF_WITHDRAWN, 0);
	ours = uncounted(b, "one hand");
	assert_int_equal(recover("out", false), OK);
	assert_int_equal(done.of_nobody, 2 * 2);
	assert_int_equal(uncount_of(ours).number, 5);
	assert_int_equal(member_of(b), ours);
	assert_int_equal(signature_of(b).state, SIGNATURE_UNCOUNTED);
	some_hours(1);
	taken_back_for(b, 5, "one hand");
	assert_int_equal(row().counted, 4 * 2);
	published_whole();
}

/* It was approved when the copy was made, and was done there and here; only there it
 * was undone, and so it is here: she waits for no second entry. */
static void
undone_of_the_same(void **state)
{
	int64_t a, batch;
	struct leaf leaf;

	(void)state;
	a = confirm();
	some_hours(1);
	batch = propose(a, "a school", 0).id;
	keep_copy();
	carry_out(batch, a);
	some_hours(1);
	carry_out(propose(a, "it is one", batch).id, a);
	some_hours(1);
	published_whole();
	put_copy_back();
	all_steps();
	carry_out(batch, a);
	assert_int_equal(recover("out", false), OK);
	assert_int_equal(uncount_of(batch).number, 1);
	assert_int_equal(member_of(a), 0);
	assert_int_equal(signature_of(a).state, SIGNATURE_CONFIRMED);
	assert_int_equal(store_leaf_get(store, arena, signature_of(a).leaf, &leaf),
	    OK);
	assert_int_equal(leaf.back, LEAF_STAYS);
	some_hours(1);
	published_whole();
}

/* She has withdrawn while she was uncounted, before the copy; what was undone since
 * is not held against her when she signs again. */
static void
undone_for_who_is_gone(void **state)
{
	struct signature sig;
	int64_t a, b, c, batch;

	(void)state;
	a = confirm();
	b = confirm();
	c = confirm();
	some_hours(1);
	batch = uncounted(a, "a school");
	assert_int_equal(store_begin(store), OK);
	assert_int_equal(store_member_add(store, batch, b), OK);
	assert_int_equal(store_member_set(store, batch, b, true), OK);
	assert_int_equal(store_member_add(store, batch, c), OK);
	assert_int_equal(store_member_set(store, batch, c, true), OK);
	sig = signature_of(c);
	sig.state = SIGNATURE_UNCOUNTED;
	assert_int_equal(store_signature_put(store, &sig), OK);
	assert_int_equal(store_commit(store), OK);
	take_back(c, staff.leaf, uncount_of(batch).number);
	take_back(b, LEAF_WITHDRAWN, 0);
	some_hours(1);
	keep_copy();
	carry_out(propose(a, "it is one", batch).id, a);
	some_hours(1);
	published_whole();
	put_copy_back();
	assert_int_equal(member_of(b), batch);
	assert_int_equal(recover("out", false), OK);
	assert_int_equal(member_of(a), 0);
	assert_int_equal(member_of(b), 0);
	/* whom the undoing had not come to yet */
	assert_int_equal(member_of(c), batch);
	published_whole();
}

/* What was signed and is not published is not contradicted in silence. */
static void
not_in_silence(void **state)
{
	(void)state;
	some_hours(2);
	publish("out");
	keep_copy();
	some_hours(2);
	put_copy_back();
	all_steps();
	assert_int_equal(row().stopped, TALLY_BEHIND);
	assert_int_equal(recover("out", false), DENIED);
	assert_int_equal(row().stopped, TALLY_BEHIND);
	assert_int_equal(recover(NULL, false), DENIED);
	all_steps();
	assert_int_equal(row().size, 4);
	assert_int_equal(recover("out", true), OK);
	some_hours(1);
	assert_int_equal(row().size, 6);
	check_log();
}

static void
guard_was_lost(void **state)
{
	(void)state;
	some_hours(2);
	publish("out");
	some_hours(1);
	assert_int_equal(unlink(in_dir("tally-" SLUG ".checkpoint")), 0);
	some_hours(1);
	assert_int_equal(row().stopped, TALLY_UNGUARDED);
	assert_int_equal(recover("out", false), OK);
	assert_int_equal(done.taken, 0);
	assert_int_equal(done.is, 6);
	all_steps();
	some_hours(1);
	assert_int_equal(row().stopped, TALLY_GOES_ON);
	assert_int_equal(row().size, 10);
	check_log();
	/* without anything published */
	assert_int_equal(unlink(in_dir("tally-" SLUG ".checkpoint")), 0);
	some_hours(1);
	assert_int_equal(recover(NULL, false), OK);
	some_hours(1);
	check_log();
}

/* Another log's folder, and one of a log that nobody signed. */
static void
of_another_log(void **state)
{
	(void)state;
	some_hours(1);
	publish("out");
	logbook_free(&book);
	store_close(&store);
	(void)unlink(in_dir("undersigned.db"));
	(void)unlink(in_dir("undersigned.db-wal"));
	(void)unlink(in_dir("undersigned.db-shm"));
	(void)unlink(in_dir("database.made"));
	(void)unlink(in_dir("tally-" SLUG ".checkpoint"));
	open_store();
	assert_int_equal(open_book(keys), OK);
	some_hours(1);
	assert_int_equal(recover("out", true), DENIED);
	check_log();
}

/* Nothing is left but the backup of an empty database, and what is published. */
static void
from_nothing(void **state)
{
	int i;

	(void)state;
	keep_copy();
	for (i = 0; i < 300; i++)
		(void)confirm();
	some_hours(1);
	publish("out");
	put_copy_back();
	assert_int_equal(row().size, 0);
	assert_int_equal(recover("out", false), OK);
	assert_int_equal(done.is, 302);
	assert_int_equal(done.of_nobody, 302);
	check_log();
	some_hours(1);
	assert_int_equal(row().size, 304);
	check_log();
	publish("out");
	audit("out");
}

#define R(f) cmocka_unit_test_setup_teardown(f, setup, clear)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		R(from_an_old_copy), R(from_another_history), R(none_after_all),
		R(undone_in_vain), R(two_of_one_number),
		R(given_up_with_its_number), R(the_same_batch),
		R(same_words_of_another_kind),
		R(members_of_theirs), R(members_of_proposed), R(member_of_both),
		R(member_of_none), R(undone_but_not_by_us),
		R(undone_of_the_same), R(undone_for_who_is_gone), R(not_in_silence),
		R(guard_was_lost), R(of_another_log), R(from_nothing),
	};

	size_t i;
	int failed = 0;

	for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		staff = kinds[i];
		failed += cmocka_run_group_tests_name(kinds[i].name, tests, NULL,
		    NULL);
	}
	return failed;
}
