/* SPDX-License-Identifier: ISC */
/*
 * The log as the server keeps it: T1 to T4 of logbook/logbook.h, with the program
 * cut short, and with old copies of the database.
 */
#include "tests/unit/logbook.h"

#include "seal/sha256.h"
#include "seal/token.h"
#include "tally/cosignature.h"
#include "tally/promise.h"
#include "tally/receipt.h"

/* ---- its name and key ------------------------------------------------------------ */

static void
made_once(void **state)
{
	static const unsigned char other[KEY_BYTES] = "another master key, not ours...";
	static char elsewhere[] = "elsewhere.example";
	struct tally a = row(), b;
	struct keys *wrong;
	struct reason why;

	(void)state;
	assert_string_equal(a.origin, DOMAIN "/" SLUG);
	assert_int_equal(a.size, 0);
	config.mail_domain = elsewhere;
	restart();
	b = row();
	assert_string_equal(b.origin, DOMAIN "/" SLUG);
	assert_memory_equal(a.public, b.public, sizeof a.public);
	assert_int_not_equal(logbook_text(book, campaign, "tg")->id,
	    logbook_text(book, campaign, "ru")->id);
	assert_ptr_equal(logbook_text(book, campaign, "xx"),
	    logbook_text(book, campaign, "en"));
	/* a key that does not open it */
	logbook_free(&book);
	assert_int_equal(keys_from_master(&wrong, other, &why), OK);
	assert_int_equal(open_book(wrong), DENIED);
	logbook_free(&book);
	keys_free(&wrong);
}

/* A reload whose transaction does not come through: its campaigns go away, and
 * those before stay. */
static void
another_set(void **state)
{
	struct campaigns *fresh = NULL;
	const struct campaign *before = logbook_of(book, campaign)->campaign;
	struct reason why = { "" };

	(void)state;
	assert_int_equal(campaigns_load(&fresh, SOURCE_DIR "/contrib/example", 0,
	    &why), OK);
	assert_int_equal(store_begin(store), OK);
	assert_int_equal(logbook_set_campaigns(book, fresh, &campaign), OK);
	assert_ptr_equal(logbook_of(book, campaign)->campaign, before);
	store_rollback(store);
	logbook_settle(book, false);
	campaigns_free(&fresh);
	assert_ptr_equal(logbook_of(book, campaign)->campaign, before);
	assert_non_null(logbook_text(book, campaign, "tg"));
	all_steps();

	assert_int_equal(campaigns_load(&fresh, SOURCE_DIR "/contrib/example", 0,
	    &why), OK);
	assert_int_equal(store_begin(store), OK);
	assert_int_equal(logbook_set_campaigns(book, fresh, &campaign), OK);
	assert_int_equal(store_commit(store), OK);
	logbook_settle(book, true);
	assert_ptr_equal(logbook_of(book, campaign)->campaign,
	    campaigns_at(fresh, 0));
	logbook_free(&book);
	campaigns_free(&fresh);
}

static void
nothing_to_do(void **state)
{
	(void)state;
	all_steps();
	next_hour();
	assert_int_equal(row().size, 0);
	assert_int_equal(newest().size, -1);
	assert_int_not_equal(access(in_dir("tally-" SLUG ".checkpoint"), F_OK),
	    0);
}

/* ---- T1: in once; tiles that begin, fill and overflow ------------------------------- */

static bool *
seen_once(size_t count)
{
	bool *seen = arena_alloc(arena, (count + 1) * sizeof *seen);

	memset(seen, 0, (count + 1) * sizeof *seen);
	return seen;
}

static void
goes_in_once(void **state)
{
	static const int sizes[] = { 1, 254, 1, 1, 300 };
	unsigned char (*commitment)[32] = arena_alloc(arena, 600 * 32);
	size_t i, n = 0;
	bool *seen;
	int j;

	(void)state;
	for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		for (j = 0; j < sizes[i]; j++, n++) {
			struct leaf leaf;
			int64_t id = confirm();

			assert_int_equal(store_leaf_get(store, arena,
			    signature_of(id).leaf, &leaf), OK);
			memcpy(commitment[n], leaf.commitment, 32);
		}
		next_hour();
		assert_int_equal(row().size, n);
		assert_int_equal(row().counted, n);
		check_log();
	}
	next_hour();
	assert_int_equal(row().size, n);
	/* each stands where its leaf says, and nowhere else */
	seen = seen_once(n);
	for (i = 0; i < n; i++) {
		struct leaf leaf;
		struct entry e;

		assert_int_equal(store_leaf_get(store, arena, (int64_t)i + 1,
		    &leaf), OK);
		assert_false(leaf.committed);
		assert_in_range(leaf.entry, 0, n - 1);
		assert_false(seen[leaf.entry]);
		seen[leaf.entry] = true;
		e = entry_at((uint64_t)leaf.entry);
		assert_int_equal(e.kind, ENTRY_SIGN);
		assert_memory_equal(e.commitment, commitment[i], 32);
	}
}

/* T4 */
static void
in_an_order_of_chance(void **state)
{
	size_t i, in_place = 0;
	struct leaf leaf;

	(void)state;
	for (i = 0; i < 200; i++)
		(void)confirm();
	next_hour();
	for (i = 0; i < 200; i++) {
		assert_int_equal(store_leaf_get(store, arena, (int64_t)i + 1,
		    &leaf), OK);
		in_place += leaf.entry == (int64_t)i;
	}
	/* one is, on the average; thirty never */
	assert_true(in_place < 30);
}

/* T4: at the full hour, whenever she came. */
static void
at_its_time(void **state)
{
	const struct log *log = logbook_of(book, campaign);
	int64_t hour;

	(void)state;
	all_steps();
	hour = now - now % PERIOD + PERIOD;
	assert_int_equal(logbook_next(log, now), hour);
	assert_int_equal(logbook_next(log, hour), hour + PERIOD);
	assert_true(logbook_by(log, now) >= hour + PERIOD);
	(void)confirm();
	now = hour - 1;
	assert_false(logbook_due(book, now));
	all_steps();
	assert_int_equal(row().size, 0);
	now = hour;
	assert_true(logbook_due(book, now));
	all_steps();
	assert_int_equal(row().size, 1);
	/* the clock is set back by a day */
	now -= CLOCK_DAY;
	(void)confirm();
	assert_true(logbook_due(book, now));
	all_steps();
	assert_int_equal(row().size, 1);
	next_hour();
	assert_int_equal(row().size, 2);
	check_log();
}

/* ---- T2: promised, and taken back --------------------------------------------------- */

static void
withdrawn_before_it_is_in(void **state)
{
	int64_t id = confirm(), leaf = signature_of(id).leaf;
	struct leaf left;
	struct entry e;

	(void)state;
	take_back(id, LEAF_WITHDRAWN, 0);
	assert_int_equal(signature_of(id).leaf, 0);
	assert_int_equal(store_leaf_get(store, arena, leaf, &left), OK);
	assert_int_equal(left.signature, 0);
	assert_int_equal(left.opening.len, 0);
	next_hour();
	assert_int_equal(row().size, 2);
	assert_int_equal(row().counted, 0);
	assert_int_equal(entry_at(0).kind, ENTRY_SIGN);
	e = entry_at(1);
	assert_int_equal(e.kind, ENTRY_BACK);
	assert_int_equal(e.index, 0);
	assert_int_equal(e.reason, BACK_WITHDRAWN);
	assert_int_equal(store_leaf_get(store, arena, leaf, &left), NOT_FOUND);
	check_log();
}

static void
forgotten_after_it_is_in(void **state)
{
	int64_t id = confirm(), leaf = signature_of(id).leaf;
	struct leaf left;

	(void)state;
	next_hour();
	take_back(id, LEAF_ERASED, 0);
	assert_int_equal(store_leaf_get(store, arena, leaf, &left), OK);
	assert_int_equal(left.signature, 0);
	assert_int_equal(left.opening.len, 0);
	assert_int_equal(row().counted, 1);
	next_hour();
	assert_int_equal(entry_at(1).reason, BACK_ERASED);
	assert_int_equal(row().counted, 0);
	assert_int_equal(store_leaf_get(store, arena, leaf, &left), NOT_FOUND);
	check_log();
}

/* Named before it is taken back, with the same number; and she may still ask. */
static void
batch_of(enum leaf_back kind, enum entry_reason reason)
{
	int64_t a = confirm(), b = confirm(), leaf = signature_of(a).leaf;
	struct tally_batch *batches;
	struct signature sig;
	struct proof proof;
	struct leaf left;
	struct entry e;
	size_t count;

	next_hour();
	assert_int_equal(add_batch("one network, in one minute"), 1);
	take_back(a, kind, 1);
	take_back(b, kind, 1);
	next_hour();
	assert_int_equal(row().size, 5);
	assert_int_equal(row().counted, 0);
	e = entry_at(2);
	assert_int_equal(e.kind, ENTRY_BATCH);
	assert_int_equal(e.batch, 1);
	assert_int_equal(e.day, 20000);
	assert_string_equal(e.words, "one network, in one minute");
	e = entry_at(3);
	assert_int_equal(e.reason, reason);
	assert_int_equal(e.batch, 1);
	assert_int_equal(store_batches(store, arena, campaign, &batches, &count),
	    OK);
	assert_int_equal(count, 1);
	assert_int_equal(batches[0].count, 2);
	sig = signature_of(a);
	assert_int_equal(sig.leaf, leaf);
	assert_int_equal(proof_make(book, arena, &sig, address_of(a), now,
	    PROOF_ANY, &proof), OK);
	assert_non_null(proof.receipt);
	/* once only, and gone when she goes */
	take_back(a, kind == LEAF_FRAUD ? LEAF_UNREACHABLE : LEAF_FRAUD, 1);
	next_hour();
	assert_int_equal(row().size, 5);
	take_back(a, LEAF_WITHDRAWN, 0);
	assert_int_equal(store_leaf_get(store, arena, leaf, &left), NOT_FOUND);
	next_hour();
	assert_int_equal(row().size, 5);
	check_log();
}

static void
batch_of_fraud(void **state)
{
	(void)state;
	batch_of(LEAF_FRAUD, BACK_FRAUD);
}

static void
batch_of_duplicates(void **state)
{
	(void)state;
	batch_of(LEAF_DUPLICATE, BACK_DUPLICATE);
}

static void
batch_of_unreachable(void **state)
{
	(void)state;
	batch_of(LEAF_UNREACHABLE, BACK_UNREACHABLE);
}

static void
check_receipt(int64_t id, uint64_t entry)
{
	struct signature sig = signature_of(id);
	struct receipt r;
	struct proof proof;
	struct reason why;

	assert_int_equal(proof_make(book, arena, &sig, address_of(id), now,
	    PROOF_RECEIPT, &proof), OK);
	assert_non_null(proof.receipt);
	assert_int_equal(receipt_read_block(&r, proof.receipt,
	    strlen(proof.receipt), &why), OK);
	assert_int_equal(receipt_check(&r, &why), OK);
	assert_int_equal(r.leaf, entry);
}

/* By an entry of its own, since the first is taken back for good. */
static void
counts_after_all(enum leaf_back kind)
{
	int64_t a = confirm(), b, old = signature_of(a).leaf;
	struct leaf left;
	struct entry e;

	next_hour();
	assert_int_equal(add_batch("a school, it turned out"), 1);
	b = confirm();
	take_back(a, kind, 1);
	take_back(b, kind, 1);
	counts_again(b);                /* is not in yet: nothing has been */
	next_hour();
	assert_int_equal(row().size, 4);        /* a b batch back-a */
	assert_int_equal(row().counted, 1);
	counts_again(a);
	assert_int_not_equal(signature_of(a).leaf, old);
	assert_int_equal(store_leaf_get(store, arena, old, &left), NOT_FOUND);
	counts_again(a);                /* once */
	next_hour();
	assert_int_equal(row().size, 5);
	assert_int_equal(row().counted, 2);
	e = entry_at(4);
	assert_int_equal(e.kind, ENTRY_SIGN);
	assert_memory_equal(e.commitment, entry_at(0).commitment, 32);
	check_receipt(a, 4);
	check_receipt(b, 1);
	/* and whatever becomes of her later is of the new one */
	take_back(a, LEAF_WITHDRAWN, 0);
	next_hour();
	assert_int_equal(entry_at(5).index, 4);
	assert_int_equal(row().counted, 1);
	next_hour();
	assert_int_equal(row().size, 6);
	check_log();
}

static void
fraud_that_was_none(void **state)
{
	(void)state;
	counts_after_all(LEAF_FRAUD);
}

static void
duplicate_that_was_none(void **state)
{
	(void)state;
	counts_after_all(LEAF_DUPLICATE);
}

static void
reached_after_all(void **state)
{
	(void)state;
	counts_after_all(LEAF_UNREACHABLE);
}

/* Her leaf cannot be led to her any more, and counts on. */
static void
forgotten_and_counted(void **state)
{
	static const int hours[] = { 0, 1 };
	struct signature sig;
	struct leaf left;
	int64_t id, leaf;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof hours / sizeof hours[0]; i++) {
		id = confirm();
		leaf = signature_of(id).leaf;
		if (hours[i] > 0)
			next_hour();
		sig = signature_of(id);
		assert_int_equal(store_begin(store), OK);
		assert_int_equal(leaf_forget(store, arena, &sig), OK);
		assert_int_equal(store_signature_put(store, &sig), OK);
		assert_int_equal(store_commit(store), OK);
		assert_int_equal(signature_of(id).leaf, 0);
		if (store_leaf_get(store, arena, leaf, &left) == OK) {
			assert_int_equal(left.signature, 0);
			assert_int_equal(left.opening.len, 0);
		}
		next_hour();
		assert_int_equal(store_leaf_get(store, arena, leaf, &left),
		    NOT_FOUND);
		assert_int_equal(row().size, i + 1);
		assert_int_equal(row().counted, i + 1);
	}
	check_log();
}

/* ---- proofs --------------------------------------------------------------------------- */

static void
promise_then_receipt(void **state)
{
	int64_t id = 0;
	struct signature sig;
	struct reason why = { "" };
	struct promise promise;
	struct receipt receipt;
	struct proof proof;
	struct leaf leaf;
	int i;

	(void)state;
	for (i = 0; i < 300; i++)
		id = confirm();
	sig = signature_of(id);
	assert_int_equal(store_leaf_get(store, arena, sig.leaf, &leaf), OK);
	assert_int_equal(proof_make(book, arena, &sig, address_of(id), now,
	    PROOF_PROMISE, &proof), OK);
	assert_non_null(proof.promise);
	assert_null(proof.receipt);
	assert_int_equal(promise_read_block(&promise, proof.promise,
	    strlen(proof.promise), &why), OK);
	assert_int_equal(promise_check(&promise), OK);
	assert_memory_equal(promise.commitment, leaf.commitment, 32);
	assert_int_equal(promise.by, logbook_by(logbook_of(book, campaign), now));
	assert_int_equal(proof_make(book, arena, &sig, address_of(id), now,
	    PROOF_RECEIPT, &proof), TEMPFAIL);
	next_hour();
	assert_int_equal(proof_make(book, arena, &sig, address_of(id), now,
	    PROOF_PROMISE, &proof), OK);
	assert_null(proof.promise);
	assert_int_equal(proof_make(book, arena, &sig, address_of(id), now,
	    PROOF_RECEIPT, &proof), OK);
	assert_int_equal(receipt_read_block(&receipt, proof.receipt,
	    strlen(proof.receipt), &why), OK);
	if (receipt_check(&receipt, &why) != OK)
		fail_msg("%s", why.text);
	assert_string_equal(receipt.address, address_of(id));
	assert_int_equal(receipt.day, clock_day(sig.confirmed_day * CLOCK_DAY));
	/* an address that is not hers has no receipt */
	assert_int_equal(proof_make(book, arena, &sig, "eve@example.net", now,
	    PROOF_RECEIPT, &proof), OK);
	assert_null(proof.receipt);
	/* and she whom nobody knows any more has none either */
	take_back(id, LEAF_WITHDRAWN, 0);
	sig = signature_of(id);
	assert_int_equal(proof_make(book, arena, &sig, address_of(id), now,
	    PROOF_ANY, &proof), OK);
	assert_null(proof.receipt);
	assert_null(proof.promise);
}

static void
wanted_once(void **state)
{
	int64_t id = confirm();
	struct signature sig = signature_of(id);

	(void)state;
	assert_int_equal(store_begin(store), OK);
	assert_int_equal(leaf_want(store, arena, &sig), AGAIN);
	assert_int_equal(leaf_want(store, arena, &sig), EXISTS);
	assert_int_equal(store_commit(store), OK);
	next_hour();
	assert_int_equal(store_begin(store), OK);
	assert_int_equal(leaf_want(store, arena, &sig), OK);
	assert_int_equal(store_commit(store), OK);
}

/* ---- T3: cut short -------------------------------------------------------------------- */

static char *
guard_text(void)
{
	struct buf text = BUF_INIT;

	assert_int_equal(buf_read_file(&text,
	    in_dir("tally-" SLUG ".checkpoint"), 4096, NULL), OK);
	return buf_steal(&text, NULL);
}

static void
cut_short(void **state)
{
	char *first, *second;
	int i;

	(void)state;
	for (i = 0; i < 10; i++)
		(void)confirm();
	all_steps();
	now = now - now % PERIOD + PERIOD;
	/* before the batch is committed: nothing has happened */
	assert_int_equal(one_step(false), AGAIN);
	restart();
	now = clock_now();
	all_steps();
	assert_int_equal(row().size, 0);
	assert_int_equal(newest().size, -1);
	now = now - now % PERIOD + PERIOD;
	/* after it, and before it is signed */
	assert_int_equal(one_step(true), AGAIN);
	assert_int_equal(row().size, 10);
	assert_int_equal(newest().size, -1);
	restart();
	/* the guard is there, the database lost it */
	(void)confirm();
	take_back(3, LEAF_WITHDRAWN, 0);
	assert_int_equal(one_step(false), AGAIN);
	first = guard_text();
	assert_int_equal(newest().size, -1);
	restart();
	assert_int_equal(one_step(true), AGAIN);
	second = guard_text();
	assert_string_equal(first, second);
	assert_int_equal(newest().size, 10);
	check_log();
	next_hour();
	assert_int_equal(row().size, 12);
	check_log();
	free(first);
	free(second);
}

/* ---- T3: old copies --------------------------------------------------------------------- */

static void
old_copy_signs_nothing(void **state)
{
	char *before, *after;

	(void)state;
	some_hours(2);
	keep_copy();
	some_hours(2);
	before = guard_text();
	put_copy_back();
	assert_int_equal(row().size, 4);
	/* it is found out at once, and stays so */
	all_steps();
	assert_int_equal(row().stopped, TALLY_BEHIND);
	(void)confirm();
	restart();
	some_hours(4);
	assert_int_equal(row().size, 4);
	assert_int_equal(newest().size, 4);
	after = guard_text();
	assert_string_equal(before, after);
	free(before);
	free(after);
}

/* A guard of another history: the copy had gone on by itself. */
static void
fork_signs_nothing(void **state)
{
	(void)state;
	some_hours(1);
	keep_copy();
	assert_int_equal(rename(in_dir("tally-" SLUG ".checkpoint"),
	    in_dir("guard")), 0);
	some_hours(0);
	assert_int_equal(link(in_dir("guard"),
	    in_dir("tally-" SLUG ".checkpoint")), 0);
	some_hours(1);                  /* this way ... */
	assert_int_equal(row().size, 4);
	assert_int_equal(rename(in_dir("tally-" SLUG ".checkpoint"),
	    in_dir("undersigned.db-shm.guard")), 0);
	assert_int_equal(rename(in_dir("guard"),
	    in_dir("tally-" SLUG ".checkpoint")), 0);
	put_copy_back();
	some_hours(3);                  /* ... or another */
	assert_int_equal(row().size, 8);
	assert_int_equal(rename(in_dir("undersigned.db-shm.guard"),
	    in_dir("tally-" SLUG ".checkpoint")), 0);
	restart();
	some_hours(1);
	assert_int_equal(row().stopped, TALLY_FORKED);
	assert_int_equal(row().size, 8);
}

static void
without_guard(void **state)
{
	FILE *f;

	(void)state;
	some_hours(1);
	assert_int_equal(unlink(in_dir("tally-" SLUG ".checkpoint")), 0);
	some_hours(1);
	assert_int_equal(row().stopped, TALLY_UNGUARDED);
	assert_int_equal(row().size, 2);
	/* damaged is as good as none */
	assert_int_equal(store_begin(store), OK);
	{
		struct tally t = row();

		t.stopped = TALLY_GOES_ON;
		assert_int_equal(store_tally_put(store, &t), OK);
	}
	assert_int_equal(store_commit(store), OK);
	f = fopen(in_dir("tally-" SLUG ".checkpoint"), "w");
	assert_non_null(f);
	assert_true(fputs("x\n", f) >= 0);
	assert_int_equal(fclose(f), 0);
	restart();
	all_steps();
	assert_int_equal(row().stopped, TALLY_UNGUARDED);
}

/* The database lost a tile, or somebody changed one: nothing is signed of it. */
static void
changed_tile(void **state)
{
	struct blob data;
	char *tile;
	int64_t size;

	(void)state;
	some_hours(3);
	size = newest().size;
	assert_int_equal(store_tile_get(store, arena, campaign, 0, 0, &data), OK);
	tile = arena_strndup(arena, data.data, data.len);
	tile[33] ^= 1;
	assert_int_equal(store_begin(store), OK);
	assert_int_equal(store_tile_put(store, campaign, 0, 0, tile, data.len),
	    OK);
	assert_int_equal(store_commit(store), OK);
	restart();
	some_hours(1);
	assert_int_equal(row().stopped, TALLY_FORKED);
	assert_int_equal(newest().size, size);
}

/* ---- witnesses --------------------------------------------------------------------------- */

static void
make_witness(const char *id, const struct vkey *key)
{
	struct campaign_organisation *o =
	    campaigns_at(campaigns, 0)->organisations;
	struct buf text = BUF_INIT;

	vkey_add(&text, key);
	while (strcmp(o->id, id) != 0)
		o++;
	o->witness = buf_steal(&text, NULL);
}

static void
cosigned(void **state)
{
	unsigned char seed[SIGN_SEED_BYTES] = { 7 }, public[SIGN_PUBLIC_BYTES];
	struct tally_witness w = { .campaign = campaign, .name = "nordic" };
	struct checkpoint at = { .size = 2 };
	struct cosignature c, found;
	struct buf text = BUF_INIT;
	struct reason why = { "" };
	struct tally_signed two;
	struct vkey witness, log;
	enum tally_stop stop;
	struct tally t;
	struct note note;
	int64_t size;

	(void)state;
	some_hours(1);
	two = newest();
	some_hours(1);
	t = row();
	assert_int_equal(logbook_vkey(&t, &log), OK);
	memcpy(at.origin, log.name, sizeof at.origin);
	at.counted = (uint64_t)two.counted;
	memcpy(at.root.bytes, two.root, sizeof two.root);
	memcpy(at.signature, two.signature, sizeof two.signature);
	sign_public(seed, public);
	assert_int_equal(vkey_make(&witness, VKEY_WITNESS, "nordic", public), OK);
	cosignature_make(&c, &at, &witness, seed, now);
	assert_int_equal(store_begin(store), OK);
	assert_int_equal(store_witness_add(store, &w), OK);
	assert_int_equal(cosign_keep(store, arena, &t, &w, &c, &at), OK);
	assert_int_equal(cosign_keep(store, arena, &t, &w, &c, &at), EXISTS);
	c.signature[3] ^= 1;
	assert_int_equal(cosign_keep(store, arena, &t, &w, &c, &at), DENIED);
	/* hers, under what this log never was */
	at.root.bytes[0] ^= 1;
	cosignature_make(&c, &at, &witness, seed, now);
	assert_int_equal(cosign_keep(store, arena, &t, &w, &c, &at), NOT_FOUND);
	at.root.bytes[0] ^= 1;
	at.size = 3;                    /* there, but never signed */
	cosignature_make(&c, &at, &witness, seed, now);
	assert_int_equal(cosign_keep(store, arena, &t, &w, &c, &at), NOT_FOUND);
	at.size = 2;
	assert_int_equal(store_commit(store), OK);
	/* only of those whom campaign.conf names */
	assert_int_equal(cosign_most(store, arena, &t,
	    campaigns_at(campaigns, 0), &size), NOT_FOUND);
	assert_int_equal(cosign_note(store, arena, &t,
	    campaigns_at(campaigns, 0), &two, &text), OK);
	assert_null(strstr(text.data, "nordic"));
	buf_clear(&text);
	make_witness("nordic", &witness);
	assert_int_equal(cosign_most(store, arena, &t,
	    campaigns_at(campaigns, 0), &size), OK);
	assert_int_equal(size, 2);
	assert_int_equal(cosign_note(store, arena, &t,
	    campaigns_at(campaigns, 0), &two, &text), OK);
	assert_int_equal(checkpoint_read(&at, &note, text.data, text.len, &log,
	    &why), OK);
	assert_int_equal(cosignature_find(&found, &note, &at, &witness, &why), OK);
	/* what the log signed is ours; what it did not, nobody has to believe */
	assert_int_equal(cosign_compare(store, &t, &at, &stop), OK);
	assert_int_equal(stop, TALLY_GOES_ON);
	at.root.bytes[0] ^= 1;
	assert_int_equal(cosign_compare(store, &t, &at, &stop), DENIED);
	at.root.bytes[0] ^= 1;
	keep_copy();
	put_copy_back();
	buf_free(&text);
}

/* What the log has signed, and this database does not have. */
static void
shown_by_a_witness(void **state)
{
	struct tally_signed two, six;
	struct checkpoint c = { .size = 0 };
	enum tally_stop stop;
	struct tally t;

	(void)state;
	some_hours(1);
	two = newest();
	keep_copy();
	some_hours(2);
	six = newest();
	put_copy_back();
	t = row();
	c.size = (uint64_t)six.size;
	c.counted = (uint64_t)six.counted;
	memcpy(c.root.bytes, six.root, sizeof six.root);
	memcpy(c.signature, six.signature, sizeof six.signature);
	assert_int_equal(cosign_compare(store, &t, &c, &stop), OK);
	assert_int_equal(stop, TALLY_BEHIND);
	c.size = (uint64_t)two.size;
	c.counted = (uint64_t)two.counted;
	memcpy(c.root.bytes, two.root, sizeof two.root);
	memcpy(c.signature, two.signature, sizeof two.signature);
	assert_int_equal(cosign_compare(store, &t, &c, &stop), OK);
	assert_int_equal(stop, TALLY_GOES_ON);
}

/* ---- who was there before the tally --------------------------------------------------------- */

static int fills;

static enum status
fill_in_two(void *arg, struct arena *a, const struct log *log, int64_t *filled,
    int64_t when)
{
	(void)arg;
	(void)a;
	(void)when;
	assert_string_equal(log->campaign->slug, SLUG);
	assert_int_equal(*filled, fills);
	*filled = ++fills < 3 ? fills : -1;
	return OK;
}

static void
filled_first(void **state)
{
	(void)state;
	fills = 0;
	logbook_on_fill(book, fill_in_two, NULL);
	(void)confirm();
	next_hour();
	assert_int_equal(fills, 3);
	assert_int_equal(row().filled, -1);
	assert_int_equal(row().size, 1);
	next_hour();
	assert_int_equal(fills, 3);
}

/* ---- what tokens call its texts -------------------------------------------------- */

static int64_t
write_text(int n)
{
	char body[32];
	struct tally_text text = { .language = "en" };

	text.body = (struct blob){ body,
	    (size_t)snprintf(body, sizeof body, "Text %d.\n", n) };
	seal_sha256(body, text.body.len, text.hash);
	assert_int_equal(store_begin(store), OK);
	assert_int_equal(store_text_add(store, campaign, &text), OK);
	assert_int_equal(store_commit(store), OK);
	return text.id;
}

static void
marks_of_texts(void **state)
{
	struct log_text english = *logbook_text(book, campaign, "en");
	unsigned tajik = logbook_text(book, campaign, "tg")->mark;
	size_t languages = logbook_of(book, campaign)->campaign->language_count;
	int64_t id[TOKEN_MARKS + 1], alike = 0;
	int i;

	(void)state;
	assert_int_not_equal(english.mark, tajik);
	assert_int_equal(logbook_marked(book, campaign, english.mark, 0),
	    english.id);
	assert_int_equal(logbook_marked(book, campaign, 0, english.id), 0);
	assert_int_equal(logbook_marked(book, campaign,
	    (unsigned)languages + 1, 0), 0);
	assert_int_equal(logbook_marked(book, campaign + 1, 1, 0), 0);
	/* Texts that were in use, one after the other. */
	for (i = 0; i <= TOKEN_MARKS; i++) {
		id[i] = write_text(i);
		if (i == TOKEN_MARKS - (int)languages)
			alike = id[i];          /* has the first one's mark */
	}
	restart();
	assert_int_equal(logbook_text(book, campaign, "en")->id, english.id);
	assert_int_equal(logbook_text(book, campaign, "en")->mark, english.mark);
	assert_int_equal(logbook_text(book, campaign, "tg")->mark, tajik);
	/* Of two that are marked alike: as asked, else that of today. */
	assert_int_equal(logbook_marked(book, campaign, 1, alike), alike);
	assert_int_not_equal(logbook_marked(book, campaign, 1, 0), alike);
	assert_int_equal(logbook_marked(book, campaign, english.mark, 0),
	    english.id);
	/* And else the last. */
	assert_int_equal(logbook_marked(book, campaign,
	    (unsigned)languages + 1, 0), id[TOKEN_MARKS]);
	assert_int_equal(logbook_marked(book, campaign,
	    (unsigned)languages + 1, id[0]), id[0]);
	assert_int_equal(logbook_marked(book, campaign,
	    (unsigned)languages + 2, 0), id[1]);
	assert_int_equal(logbook_marked(book, campaign, TOKEN_MARKS + 1, 0), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(made_once), T(another_set), T(nothing_to_do), T(goes_in_once),
		T(in_an_order_of_chance), T(at_its_time),
		T(withdrawn_before_it_is_in), T(forgotten_after_it_is_in),
		T(batch_of_fraud), T(batch_of_duplicates), T(batch_of_unreachable),
		T(fraud_that_was_none), T(duplicate_that_was_none),
		T(reached_after_all), T(forgotten_and_counted),
		T(promise_then_receipt), T(wanted_once),
		T(cut_short), T(old_copy_signs_nothing), T(fork_signs_nothing),
		T(without_guard), T(changed_tile), T(cosigned),
		T(shown_by_a_witness), T(filled_first), T(marks_of_texts),
	};

	return cmocka_run_group_tests_name("logbook", tests, NULL, NULL);
}
