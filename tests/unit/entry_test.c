/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "check.h"

#include "base/buf.h"
#include "seal/base64.h"
#include "seal/sha256.h"
#include "tally/commitment.h"
#include "tally/entry.h"

#define C43 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

/* What is written is read, and only that. */
static void
every_kind(void **state)
{
	static const struct entry t[] = {
		{ .kind = ENTRY_SIGN },
		{ .kind = ENTRY_BACK, .index = 0, .reason = BACK_WITHDRAWN },
		{ .kind = ENTRY_BACK, .index = 7, .reason = BACK_DUPLICATE, .batch = 1 },
		{ .kind = ENTRY_BACK, .index = 10, .reason = BACK_UNREACHABLE,
		    .batch = 999999999999999999 },
		{ .kind = ENTRY_BACK, .index = 999999999999999999, .reason = BACK_ERASED },
		{ .kind = ENTRY_BACK, .index = 5, .reason = BACK_FRAUD, .batch = 12 },
		{ .kind = ENTRY_BATCH, .batch = 1, .day = 20777,
		    .words = "200 signatures in one night, one domain: \xd0\xbd\xd0\xb5\xd1\x82" },
	};
	static const char *const want[] = {
		"sign " C43,
		"back 0 withdrawn",
		"back 7 duplicate 1",
		"back 10 unreachable 999999999999999999",
		"back 999999999999999999 erased",
		"back 5 fraud 12",
		"batch 1 2026-11-20 200 signatures in one night, one domain: \xd0\xbd\xd0\xb5\xd1\x82",
	};
	struct buf got = BUF_INIT;
	struct entry e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof t / sizeof t[0]; i++) {
		buf_clear(&got);
		assert_int_equal(entry_add(&got, &t[i]), OK);
		assert_string_equal(got.data, want[i]);
		assert_int_equal(entry_parse(&e, got.data, got.len), OK);
		assert_memory_equal(&e, &t[i], sizeof e);
	}
	buf_free(&got);
}

static void
refused(void **state)
{
	static const char *const t[] = {
		"", "sign", "sign ", "Sign " C43, "sign  " C43, "sign " C43 " ",
		"sign " C43 "A", "sign " C43 "=", "sign " C43 "\n",
		"sign AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB",  /* bits left over */
		"sign AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+",
		"sign AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"back", "back 1", "back 1 ", "back x withdrawn", "back 01 withdrawn",
		"back +1 withdrawn", "back -1 withdrawn", "back  1 withdrawn",
		"back 1 withdrawn ", "back 1 Withdrawn", "back 1 withdraw",
		"back 1 withdrawn 2", "back 1 fraud", "back 1 fraud 0",
		"back 1 fraud 01", "back 1 fraud 1 ", "back 1 fraud1",
		"back 1 duplicate", "back 1 duplicate ", "back 1 duplicate 0",
		"back 1 duplicates 1", "back 1 unreachable",
		"back 1 unreachable 01", "back 1 unreachable 1 1",
		"back 1 erased 1",
		"back 1000000000000000000 erased", "back 1 spam",
		"batch 1 2026-11-20", "batch 1 2026-11-20 ", "batch 0 2026-11-20 x",
		"batch 1 2026-11-31 x", "batch 1 2026-1-20 x", "batch 1 2026-11-20  x",
		"batch 1 2026-11-20 x ", "batch 1 2026-11-20 a\nb",
		"batch 1 2026-11-20 a\tb", "batch 1 2026-11-20 \xff",
		"batch 1 20261120 x", "note 1",
	};
	struct entry e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof t / sizeof t[0]; i++)
		if (entry_parse(&e, t[i], strlen(t[i])) != INVALID)
			fail_msg("taken: %s", t[i]);
	assert_int_equal(entry_parse(&e, "back 1 erased\0", 14), INVALID);
}

static void
words_bounded(void **state)
{
	struct entry e = { .kind = ENTRY_BATCH, .batch = 1, .day = 20777 };
	struct buf got = BUF_INIT;
	size_t before;
	int i;

	(void)state;
	memset(e.words, 'w', ENTRY_WORDS);
	assert_int_equal(entry_add(&got, &e), OK);
	assert_true(got.len <= ENTRY_MAX);
	/* what names a batch has to have one */
	memset(&e, 0, sizeof e);
	e.kind = ENTRY_BACK;
	for (i = 0; i < BACK_REASONS; i++) {
		e.reason = (enum entry_reason)i;
		before = got.len;
		assert_int_equal(entry_add(&got, &e),
		    entry_has_batch(e.reason) ? INVALID : OK);
		buf_cut(&got, before);
	}
	e = (struct entry){ .kind = ENTRY_BATCH, .batch = 1, .day = 20777 };
	memset(e.words, 'w', ENTRY_WORDS);
	e.words[0] = '\n';
	assert_int_equal(entry_add(&got, &e), INVALID);
	e.words[0] = '\0';
	assert_int_equal(entry_add(&got, &e), INVALID);
	assert_int_equal(got.data[got.len - 1], 'w');   /* nothing was added */
	buf_free(&got);
}

/* Made by another program from the description. */
static void
commitment_is_as_told(void **state)
{
	struct commitment c = { .origin = "petitions.example.org/manuchehr",
	    .address = "ada@example.org", .day = 20777 };
	unsigned char out[COMMITMENT_BYTES];
	struct buf text = BUF_INIT;
	int i;

	(void)state;
	for (i = 0; i < COMMITMENT_NONCE; i++)
		c.nonce[i] = (unsigned char)i;
	seal_sha256("text", 4, c.text);
	assert_int_equal(commitment_make(&c, out), OK);
	base64_add_url(&text, out, sizeof out);
	assert_string_equal(text.data, "KdyfbxhG9ZBb3iaPbYhHKiTI_04JcQ0baM-fBuAoJXw");
	c.address = "";
	assert_int_equal(commitment_make(&c, out), INVALID);
	c.address = "a";
	c.day = -1;
	assert_int_equal(commitment_make(&c, out), INVALID);
	buf_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind),
		cmocka_unit_test(refused),
		cmocka_unit_test(words_bounded),
		cmocka_unit_test(commitment_is_as_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
