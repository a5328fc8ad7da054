/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "seal/deal.h"
#include "seal/keys.h"

#include <cmocka.h>

#define HOLDERS 7
#define NEEDED 3

static struct opening_pair *campaign, *holder[HOLDERS];
static struct buf old_files[HOLDERS], files[HOLDERS];
static struct deal_share shares[HOLDERS], some[HOLDERS + 1];

static void
make(unsigned number, const struct opening_pair *key, struct buf *out)
{
	static struct deal d;
	struct reason why;
	int i;

	d = (struct deal){ .number = number, .needed = NEEDED, .count = HOLDERS };
	for (i = 0; i < HOLDERS; i++) {
		(void)snprintf(d.holders[i].name, DEAL_NAME, "org-%d", i + 1);
		memcpy(d.holders[i].public, holder[i]->public, OPENING_BYTES);
		buf_free(&out[i]);
	}
	assert_int_equal(deal_make(&d, key, out, &why), OK);
}

static void
open_file(const struct buf *file, int who, struct deal_share *out)
{
	struct reason why;

	assert_int_equal(deal_share_read(out, file->data, &why), OK);
	assert_int_equal(deal_share_open(out, holder[who], &why), OK);
}

static int
setup(void **state)
{
	int i;

	(void)state;
	seal_init();
	campaign = opening_new();
	for (i = 0; i < HOLDERS; i++) {
		holder[i] = opening_new();
		buf_init(&files[i]);
		buf_init(&old_files[i]);
	}
	make(1, campaign, old_files);
	make(2, campaign, files);
	for (i = 0; i < HOLDERS; i++)
		open_file(&files[i], i, &shares[i]);
	return 0;
}

static int
teardown(void **state)
{
	int i;

	(void)state;
	opening_free(&campaign);
	for (i = 0; i < HOLDERS; i++) {
		opening_free(&holder[i]);
		buf_free(&files[i]);
		buf_free(&old_files[i]);
	}
	return 0;
}

/* 3 of 7: each subset. */
static void
every_subset(void **state)
{
	struct opening_pair *got;
	struct reason why;
	unsigned set, n, i;

	(void)state;
	for (set = 0; set < 1U << HOLDERS; set++) {
		for (n = 0, i = 0; i < HOLDERS; i++)
			if (set >> i & 1)
				some[n++] = shares[i];
		if (n < NEEDED) {
			assert_int_equal(deal_join(some, n, &got, &why), INVALID);
			assert_null(got);
			continue;
		}
		assert_int_equal(deal_join(some, n, &got, &why), OK);
		assert_memory_equal(got->secret, campaign->secret,
		    OPENING_BYTES);
		opening_free(&got);
	}
}

static void
refused(unsigned count, const char *what)
{
	struct opening_pair *got;
	struct reason why;

	assert_int_equal(deal_join(some, count, &got, &why), INVALID);
	assert_null(got);
	if (strstr(why.text, what) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", why.text, what);
}

static void
named(void **state)
{
	struct opening_pair *other = opening_new();
	struct buf theirs[HOLDERS];
	struct reason why;
	int i;

	(void)state;
	memcpy(some, shares, sizeof shares);
	open_file(&old_files[1], 1, &some[1]);
	refused(3, "share of org-2: it is stale, of deal 1");
	some[1] = shares[0];
	refused(3, "share of org-1: it is given twice");
	for (i = 0; i < HOLDERS; i++)
		buf_init(&theirs[i]);
	make(2, other, theirs);
	open_file(&theirs[2], 2, &some[2]);
	some[1] = shares[1];
	refused(3, "share of org-3: it is of another campaign");
	make(2, campaign, theirs);      /* another deal of the same number */
	open_file(&theirs[2], 2, &some[2]);
	refused(3, "share of org-3: it tells of other holders");
	assert_int_equal(deal_share_read(&some[2], files[2].data, &why), OK);
	refused(3, "share of org-3: it is not unsealed");
	assert_int_equal(deal_share_open(&some[2], holder[3], &why), DENIED);
	assert_non_null(strstr(why.text, "share of org-3: "));
	for (i = 0; i < HOLDERS; i++)
		buf_free(&theirs[i]);
	opening_free(&other);
}

/* A holder who swaps her value: her commitment tells. */
static void
forged(void **state)
{
	struct buf text = BUF_INIT;
	struct reason why;

	(void)state;
	some[0] = shares[0];
	some[0].share.value[5] ^= 1;
	assert_int_equal(deal_share_pass(&some[0], holder[0]->public, &text,
	    &why), OK);
	assert_int_equal(deal_share_read(&some[1], text.data, &why), OK);
	assert_int_equal(deal_share_open(&some[1], holder[0], &why), INVALID);
	assert_non_null(strstr(why.text, "share of org-1: it is not what was"));
	assert_false(some[1].is_open);
	buf_free(&text);
}

static void
passed_on(void **state)
{
	struct opening_pair *machine = opening_new();
	struct buf text = BUF_INIT;
	struct reason why;

	(void)state;
	assert_int_equal(deal_share_pass(&shares[4], machine->public, &text,
	    &why), OK);
	assert_int_equal(deal_share_read(&some[0], text.data, &why), OK);
	assert_string_equal(deal_share_name(&some[0]), "org-5");
	assert_int_equal(deal_share_open(&some[0], holder[4], &why), DENIED);
	assert_int_equal(deal_share_open(&some[0], machine, &why), OK);
	assert_memory_equal(&some[0].share, &shares[4].share,
	    sizeof some[0].share);
	buf_free(&text);
	opening_free(&machine);
}

/* Each octet changed, each shorter file: told, and never a crash. */
static void
damaged(void **state)
{
	struct buf text = BUF_INIT;
	struct reason why;
	size_t i;
	char kept;

	(void)state;
	buf_add(&text, files[0].data, files[0].len);
	for (i = 0; i + 1 < text.len; i++) {
		kept = text.data[i];
		text.data[i] = kept == 'A' ? 'B' : 'A';
		if (deal_share_read(&some[0], text.data, &why) == OK)
			fail_msg("a change at %zu is not found", i);
		text.data[i] = kept;
	}
	while (i-- > 0) {
		text.data[i] = '\0';
		assert_int_equal(deal_share_read(&some[0], text.data, &why),
		    INVALID);
	}
	buf_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_subset),
		cmocka_unit_test(named),
		cmocka_unit_test(forged),
		cmocka_unit_test(passed_on),
		cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
