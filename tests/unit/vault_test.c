/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "seal/deal.h"
#include "seal/keys.h"
#include "seal/parts.h"
#include "seal/vault.h"
#include "tests/unit/check.h"

#define HOLDERS 7
#define NEEDED 3
#define TODAY 20000

static struct opening_pair *campaign, *other;
static struct vault *vault;
static const struct data_key *public;
static const unsigned char *secret;

static int
setup(void **state)
{
	(void)state;
	seal_init();
	campaign = opening_new();
	other = opening_new();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	opening_free(&campaign);
	opening_free(&other);
	return 0;
}

static int
fresh(void **state)
{
	(void)state;
	vault = vault_new();
	return 0;
}

static int
gone(void **state)
{
	(void)state;
	vault_free(&vault);
	assert_null(vault);
	return 0;
}

static int64_t
take(int64_t id, const struct opening_pair *pair, int32_t day)
{
	assert_int_equal(vault_take(vault, id, pair->public, day, &public,
	    &secret), OK);
	assert_true(public->number > 0);
	assert_int_equal(public->day, day);
	return public->number;
}

/* ---- data keys -------------------------------------------------------------- */

static void
one_key_for_a_day_and_a_number(void **state)
{
	int64_t first = take(1, campaign, TODAY), again;
	int i;

	(void)state;
	for (i = 1; i < VAULT_USES; i++)
		assert_int_equal(take(1, campaign, TODAY), first);
	again = take(1, campaign, TODAY);
	assert_int_not_equal(again, first);
	assert_int_equal(take(1, campaign, TODAY), again);
	assert_int_not_equal(take(1, campaign, TODAY + 1), again);
	again = take(1, campaign, TODAY + 1);
	assert_int_not_equal(take(1, other, TODAY + 1), again);
	assert_memory_equal(public->opening, other->public, OPENING_BYTES);
	/* Another campaign has its own, and leaves this one's alone. */
	again = take(1, other, TODAY + 1);
	assert_int_not_equal(take(2, other, TODAY + 1), again);
	assert_int_equal(take(1, other, TODAY + 1), again);
}

static void
a_day_that_is_over_is_swept(void **state)
{
	int64_t one = take(1, campaign, TODAY), two = take(2, campaign, TODAY);

	(void)state;
	vault_sweep(vault, TODAY);
	assert_int_equal(take(1, campaign, TODAY), one);
	vault_sweep(vault, TODAY + 1);
	/* It does not come back, not even with a clock that is set back. */
	assert_int_not_equal(take(1, campaign, TODAY), one);
	assert_int_not_equal(take(2, campaign, TODAY), two);
}

static void
only_the_opening_key_opens_it(void **state)
{
	unsigned char key[BOX_KEY], sealed[DATA_KEY_SEALED];
	size_t i;

	(void)state;
	(void)take(1, campaign, TODAY);
	assert_int_equal(data_key_open(campaign, public->sealed, key), OK);
	assert_memory_equal(key, secret, BOX_KEY);
	assert_int_equal(data_key_open(other, public->sealed, key), DENIED);
	for (i = 0; i < sizeof sealed; i++) {
		memcpy(sealed, public->sealed, sizeof sealed);
		sealed[i] ^= 1;
		if (data_key_open(campaign, sealed, key) != DENIED)
			fail_msg("a flipped bit in byte %zu went unseen", i);
	}
}

static void
a_key_that_is_none(void **state)
{
	static const unsigned char zero[OPENING_BYTES];

	(void)state;
	assert_int_equal(vault_take(vault, 1, zero, TODAY, &public, &secret),
	    INVALID);
	assert_null(secret);
	(void)take(1, campaign, TODAY); /* and it goes on */
}

/* Each subset of the shares: fewer than needed have nothing to try, and a wrong
 * pair opens nothing. */
static void
three_of_seven(void **state)
{
	static struct deal_share shares[HOLDERS], some[HOLDERS];
	struct opening_pair *holder[HOLDERS], *got;
	struct buf files[HOLDERS];
	struct deal d = { .number = 1, .needed = NEEDED, .count = HOLDERS };
	unsigned char key[BOX_KEY];
	struct reason why;
	unsigned set, n, i, opened = 0;

	(void)state;
	for (i = 0; i < HOLDERS; i++) {
		holder[i] = opening_new();
		buf_init(&files[i]);
		(void)snprintf(d.holders[i].name, DEAL_NAME, "org-%u", i + 1);
		memcpy(d.holders[i].public, holder[i]->public, OPENING_BYTES);
	}
	assert_int_equal(deal_make(&d, campaign, files, &why), OK);
	for (i = 0; i < HOLDERS; i++) {
		assert_int_equal(deal_share_read(&shares[i], files[i].data,
		    &why), OK);
		assert_int_equal(deal_share_open(&shares[i], holder[i], &why),
		    OK);
		/* Nor does a holder's own key. */
		(void)take(1, campaign, TODAY);
		assert_int_equal(data_key_open(holder[i], public->sealed, key),
		    DENIED);
	}
	for (set = 0; set < 1U << HOLDERS; set++) {
		for (n = 0, i = 0; i < HOLDERS; i++)
			if (set >> i & 1)
				some[n++] = shares[i];
		if (deal_join(some, n, &got, &why) != OK) {
			assert_true(n < NEEDED);
			continue;
		}
		assert_true(n >= NEEDED);
		assert_int_equal(data_key_open(got, public->sealed, key), OK);
		assert_memory_equal(key, secret, BOX_KEY);
		opening_free(&got);
		opened += n == NEEDED;
	}
	assert_int_equal(opened, 35);
	for (i = 0; i < HOLDERS; i++) {
		opening_free(&holder[i]);
		buf_free(&files[i]);
	}
}

/* ---- parts -------------------------------------------------------------------- */

static const struct part_place *
place(int64_t id, const char *row)
{
	static struct part_place p;

	p.key = secret;
	p.campaign = id;
	memcpy(p.row, row, HASH_BYTES);
	return &p;
}

#define ROW "0123456789abcdef"

static void
a_part_opens_in_its_place_alone(void **state)
{
	struct buf box = BUF_INIT, plain = BUF_INIT;
	size_t i;

	(void)state;
	(void)take(1, campaign, TODAY);
	part_close(place(1, ROW), PART_NAME, "Zaphod", &box);
	assert_int_equal(box.len, BOX_CLOSED(6));
	assert_int_equal(part_open(place(1, ROW), PART_NAME, box.data, box.len,
	    &plain), OK);
	assert_string_equal(plain.data, "Zaphod");
	buf_clear(&plain);
	assert_int_equal(part_open(place(1, ROW), PART_CITY, box.data, box.len,
	    &plain), DENIED);
	assert_int_equal(part_open(place(2, ROW), PART_NAME, box.data, box.len,
	    &plain), DENIED);
	assert_int_equal(part_open(place(1, "0123456789abcdeF"), PART_NAME,
	    box.data, box.len, &plain), DENIED);
	for (i = 0; i < box.len; i++) {
		box.data[i] ^= 1;
		if (part_open(place(1, ROW), PART_NAME, box.data, box.len,
		    &plain) != DENIED)
			fail_msg("a flipped bit in byte %zu went unseen", i);
		box.data[i] ^= 1;
		if (part_open(place(1, ROW), PART_NAME, box.data, i, &plain) !=
		    DENIED)
			fail_msg("%zu bytes opened", i);
	}
	assert_int_equal(plain.len, 0);
	buf_free(&box);
	buf_free(&plain);
}

static void
parts_are_read_as_written(void **state)
{
	struct parts in = { 0 }, out;
	struct buf value = BUF_INIT;
	size_t i;

	(void)state;
	parts_write(&in, &value);
	assert_int_equal(value.len, 0);
	assert_int_equal(parts_read(&out, value.data, 0), OK);
	for (i = 0; i < PARTS; i++)
		assert_int_equal(out.part[i].len, 0);
	in.part[PART_NAME].key = 7;
	in.part[PART_NAME].box = "name";
	in.part[PART_NAME].len = 4;
	in.part[PART_COMMENT].key = INT64_MAX;
	in.part[PART_COMMENT].box = "words";
	in.part[PART_COMMENT].len = 5;
	parts_write(&in, &value);
	assert_int_equal(value.len, 13 + 4 + 13 + 5);
	assert_int_equal(parts_read(&out, value.data, value.len), OK);
	assert_int_equal(out.part[PART_ADDRESS].len, 0);
	assert_int_equal(out.part[PART_NAME].key, 7);
	assert_int_equal(out.part[PART_NAME].len, 4);
	assert_memory_equal(out.part[PART_NAME].box, "name", 4);
	assert_int_equal(out.part[PART_COMMENT].key, INT64_MAX);
	assert_memory_equal(out.part[PART_COMMENT].box, "words", 5);
	/* Cut anywhere but between two of them: damaged. */
	for (i = 1; i < value.len; i++)
		assert_int_equal(parts_read(&out, value.data, i), i == 17 ? OK :
		    INVALID);
	value.data[0] = PART_COMMENT;   /* twice, and out of order */
	assert_int_equal(parts_read(&out, value.data, value.len), INVALID);
	assert_int_equal(out.part[PART_COMMENT].len, 0);
	value.data[0] = PARTS;
	assert_int_equal(parts_read(&out, value.data, value.len), INVALID);
	buf_free(&value);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_key_for_a_day_and_a_number,
		    fresh, gone),
		cmocka_unit_test_setup_teardown(a_day_that_is_over_is_swept,
		    fresh, gone),
		cmocka_unit_test_setup_teardown(only_the_opening_key_opens_it,
		    fresh, gone),
		cmocka_unit_test_setup_teardown(a_key_that_is_none, fresh, gone),
		cmocka_unit_test_setup_teardown(three_of_seven, fresh, gone),
		cmocka_unit_test_setup_teardown(a_part_opens_in_its_place_alone,
		    fresh, gone),
		cmocka_unit_test(parts_are_read_as_written),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
