/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "check.h"

#include "store/page.c"

#define SIZE 1024

static unsigned char page[SIZE], before[SIZE];

static void
put(size_t at, size_t value)
{
	page[at] = (unsigned char)(value >> 8);
	page[at + 1] = (unsigned char)value;
}

/* A leaf with two cells, of 100 and 50 bytes at its end, a free block of 20
 * between them, and something old everywhere else. */
static void
leaf(size_t head)
{
	memset(page, 0xaa, sizeof page);
	page[head] = 13;
	put(head + 1, SIZE - 120);      /* free block */
	put(head + 3, 2);
	put(head + 5, SIZE - 170);
	page[head + 7] = 0;
	put(head + 8, SIZE - 100);
	put(head + 10, SIZE - 170);
	put(SIZE - 120, 0);
	put(SIZE - 118, 20);
	memset(page + SIZE - 100, 0xc1, 100);
	memset(page + SIZE - 170, 0xc2, 50);
	memcpy(before, page, sizeof page);
}

static size_t
count(unsigned char byte)
{
	size_t i, n = 0;

	for (i = 0; i < SIZE; i++)
		n += page[i] == byte;
	return n;
}

static void
old_bytes_go_and_cells_stay(void **state)
{
	size_t head;

	(void)state;
	for (head = 0; head <= 100; head += 100) {
		leaf(head);
		assert_true(page_blank(page, SIZE, head > 0));
		/* What SQLite keeps before the header of the first page. */
		assert_int_equal(count(0xaa), head);
		assert_int_equal(count(0xc1), 100);
		assert_int_equal(count(0xc2), 50);
		assert_memory_equal(page, before, head + 12);
		assert_memory_equal(page + SIZE - 120, before + SIZE - 120, 4);
	}
}

static void
an_interior_page_keeps_its_last_child(void **state)
{
	(void)state;
	leaf(0);
	page[0] = 5;
	put(8, 0x1234);
	put(10, 0x5678);
	put(12, SIZE - 100);
	put(14, SIZE - 170);
	assert_true(page_blank(page, SIZE, false));
	assert_int_equal(count(0xaa), 0);
	assert_int_equal(page[8] << 8 | page[9], 0x1234);
	assert_int_equal(page[10] << 8 | page[11], 0x5678);
}

static void
an_empty_page_is_emptied(void **state)
{
	(void)state;
	memset(page, 0xaa, sizeof page);
	page[0] = 10;
	put(1, 0);
	put(3, 0);
	put(5, SIZE);
	page[7] = 0;
	assert_true(page_blank(page, SIZE, false));
	assert_int_equal(count(0xaa), 0);
}

static void
what_is_no_such_page_is_left(void **state)
{
	static const struct { size_t at; unsigned value; } bad[] = {
		{ 0, 0x0000 },          /* the last overflow page */
		{ 0, 0x0001 },
		{ 0, 0x0300 },
		{ 1, 10 },              /* free block before the cells */
		{ 1, SIZE - 1 },
		{ 3, 0xffff },          /* cells */
		{ 5, 10 },              /* cells begin within the list */
		{ 5, SIZE + 1 },
		{ 8, 20 },              /* a cell before the cells */
		{ 10, SIZE },
		{ SIZE - 118, 3 },      /* a free block too short, too long */
		{ SIZE - 118, 121 },
		{ SIZE - 120, SIZE - 120 },     /* goes round */
		{ SIZE - 120, SIZE - 110 },     /* lies in another */
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		leaf(0);
		put(bad[i].at, bad[i].value);
		memcpy(before, page, sizeof page);
		assert_false(page_blank(page, SIZE, false));
		assert_memory_equal(page, before, sizeof page);
	}
	leaf(0);
	assert_false(page_blank(page, 256, false));
}

/* Whatever is in it, nothing is read or written beyond it (with a sanitizer). */
static void
noise_does_no_harm(void **state)
{
	static const unsigned char kinds[] = { 2, 5, 10, 13 };
	uint64_t lot = 1;
	int round;
	size_t i;

	(void)state;
	for (round = 0; round < 20000; round++) {
		for (i = 0; i < SIZE; i++) {
			lot = lot * 6364136223846793005u + 1442695040888963407u;
			page[i] = (unsigned char)(lot >> 40);
		}
		page[0] = page[100] = kinds[round % 4];
		page[3] = page[103] = 0;
		page[5] &= 3;
		page[105] &= 3;
		(void)page_blank(page, SIZE, round % 3 == 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(old_bytes_go_and_cells_stay),
		cmocka_unit_test(an_interior_page_keeps_its_last_child),
		cmocka_unit_test(an_empty_page_is_emptied),
		cmocka_unit_test(what_is_no_such_page_is_left),
		cmocka_unit_test(noise_does_no_harm),
	};

	return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
