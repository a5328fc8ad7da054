/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "tally/tile.h"

#include <cmocka.h>

static void
paths(void **state)
{
	static const struct {
		unsigned level;
		uint64_t index;
		unsigned width;
		const char *rest;
	} t[] = {
		{ 0, 0, 256, "000" },
		{ 0, 0, 1, "000.p/1" },
		{ 3, 67, 255, "067.p/255" },
		{ 0, 999, 256, "999" },
		{ 0, 1000, 256, "x001/000" },
		{ 0, 1234067, 256, "x001/x234/067" },   /* of the specification */
		{ 1, 1234067, 8, "x001/x234/067.p/8" },
		{ 0, 1000000, 256, "x001/x000/000" },
		{ 0, UINT64_MAX, 256, "x018/x446/x744/x073/x709/x551/615" },
	};
	struct buf got = BUF_INIT, want = BUF_INIT;
	uint64_t index;
	unsigned width;
	size_t i;
	int level;

	(void)state;
	for (i = 0; i < sizeof t / sizeof t[0]; i++) {
		tile_path(&got, t[i].level, t[i].index, t[i].width);
		buf_addf(&want, "tile/%u/%s", t[i].level, t[i].rest);
		assert_string_equal(got.data, want.data);
		assert_int_equal(tile_parse_path(got.data, &level, &index, &width), OK);
		assert_true(level == (int)t[i].level && index == t[i].index &&
		    width == t[i].width);
		buf_clear(&got);
		buf_clear(&want);
		tile_entries_path(&got, t[i].index, t[i].width);
		buf_addf(&want, "tile/entries/%s", t[i].rest);
		assert_string_equal(got.data, want.data);
		assert_int_equal(tile_parse_path(got.data, &level, &index, &width), OK);
		assert_true(level == TILE_ENTRIES && index == t[i].index &&
		    width == t[i].width);
		buf_clear(&got);
		buf_clear(&want);
	}
	buf_free(&got);
	buf_free(&want);
}

static void
no_paths(void **state)
{
	static const char *const t[] = {
		"", "tile", "tile/", "tile/0", "tile/0/", "tile/0/0", "tile/0/00",
		"tile/0/0000", "tile/0/x000/001", "tile/0/001/000", "tile/0/x001",
		"tile/8/000", "tile/00/000", "tile/-1/000", "tile/entries",
		"tile/other/000", "tile/0/000.p", "tile/0/000.p/", "tile/0/000.p/0",
		"tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/1x",
		"tile/0/000.p/4294967297", "tile/0//000", "tile/0/000/",
		"tiles/0/000", "checkpoint", "tile/0/x999/x999/x999/x999/x999/x999/999",
	};
	uint64_t index;
	unsigned width;
	size_t i;
	int level;

	(void)state;
	for (i = 0; i < sizeof t / sizeof t[0]; i++)
		if (tile_parse_path(t[i], &level, &index, &width) != INVALID)
			fail_msg("taken: %s", t[i]);
}

/* The specification's examples: logs of 70,000 and of 256. */
static void
widths(void **state)
{
	static const struct {
		uint64_t size;
		unsigned level;
		uint64_t index;
		unsigned want;
	} t[] = {
		{ 70000, 0, 0, 256 }, { 70000, 0, 272, 256 },
		{ 70000, 0, 273, 112 }, { 70000, 0, 274, 0 },
		{ 70000, 1, 0, 256 }, { 70000, 1, 1, 17 }, { 70000, 1, 2, 0 },
		{ 70000, 2, 0, 1 }, { 70000, 2, 1, 0 }, { 70000, 3, 0, 0 },
		{ 256, 0, 0, 256 }, { 256, 0, 1, 0 }, { 256, 1, 0, 1 },
		{ 255, 0, 0, 255 }, { 255, 1, 0, 0 }, { 0, 0, 0, 0 },
		{ UINT64_MAX, 7, 0, 255 }, { UINT64_MAX, 8, 0, 0 },
		{ UINT64_MAX, 63, 0, 0 }, { 5, 0, UINT64_MAX, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof t / sizeof t[0]; i++)
		assert_int_equal(tile_width(t[i].level, t[i].index, t[i].size),
		    t[i].want);
}

static void
bundles(void **state)
{
	static const size_t lengths[] = { 0, 1, 255, 256, TILE_ENTRY_MAX };
	struct buf bundle = BUF_INIT;
	const unsigned char *entry;
	char *big = mem_alloc(TILE_ENTRY_MAX + 1);
	size_t i, at = 0, len;

	(void)state;
	memset(big, 'e', TILE_ENTRY_MAX + 1);
	for (i = 0; i < 5; i++)
		assert_int_equal(tile_add_entry(&bundle, big, lengths[i]), OK);
	len = bundle.len;
	assert_int_equal(tile_add_entry(&bundle, big, TILE_ENTRY_MAX + 1), LIMIT);
	assert_int_equal(bundle.len, len);
	assert_memory_equal(bundle.data, "\0\0\0\1e\0\377e", 8);
	for (i = 0; i < 5; i++) {
		assert_int_equal(tile_next_entry(bundle.data, bundle.len, &at,
		    &entry, &len), OK);
		assert_int_equal(len, lengths[i]);
		assert_memory_equal(entry, big, len);
	}
	assert_int_equal(tile_next_entry(bundle.data, bundle.len, &at, &entry,
	    &len), NOT_FOUND);
	free(big);
	buf_free(&bundle);
}

static void
cut_bundles(void **state)
{
	static const struct { const char *data; size_t len; } t[] = {
		{ "\0", 1 }, { "\0\1", 2 }, { "\0\3ab", 4 }, { "\377\377a", 3 },
	};
	const unsigned char *entry;
	size_t i, at, len;

	(void)state;
	for (i = 0; i < sizeof t / sizeof t[0]; i++) {
		at = 0;
		assert_int_equal(tile_next_entry(t[i].data, t[i].len, &at,
		    &entry, &len), INVALID);
		assert_int_equal(at, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths),
		cmocka_unit_test(no_paths),
		cmocka_unit_test(widths),
		cmocka_unit_test(bundles),
		cmocka_unit_test(cut_bundles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
