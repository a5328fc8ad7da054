/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"

#include "outbox/disclosure.h"

#define CELLS 5

/* An attacker who tries everything: may cell AT be VALUE, when the untold cells
 * are SUM together and each is within what is said of it? */
static int
may_be(const struct disclosure *cells, size_t count, size_t at, int64_t value,
    int64_t sum)
{
	int64_t low = value, high = value;
	size_t i;

	for (i = 0; i < count; i++) {
		if (i == at || cells[i].shown > 0)
			continue;
		low += cells[i].shown == DISCLOSURE_FEWER ? 1 : 10;
		high += cells[i].shown == DISCLOSURE_FEWER ? 9 : 1000000;
	}
	return low <= sum && sum <= high;
}

static void
check_told(const struct disclosure *cells, size_t count)
{
	int64_t sum = 0, value;
	size_t i, nothing = 0;

	for (i = 0; i < count; i++) {
		nothing += cells[i].shown == DISCLOSURE_NOTHING;
		if (cells[i].shown <= 0)
			sum += cells[i].n;
		else
			assert_true(cells[i].shown >= 10);
	}
	if (nothing > 0) {
		assert_int_equal(nothing, count);
		return;
	}
	for (i = 0; i < count; i++) {
		int ways = 0;

		if (cells[i].shown != DISCLOSURE_FEWER)
			continue;
		assert_true(cells[i].n < 10);
		for (value = 1; value < 10; value++)
			ways += may_be(cells, count, i, value, sum);
		assert_true(ways >= DISCLOSURE_RANGE);
	}
}

static void
test_between_cells(void **unused)
{
	struct disclosure cells[CELLS];
	size_t count, i;
	int round, told = 0;

	(void)unused;
	srand(1);
	for (round = 0; round < 200000; round++) {
		count = (size_t)rand() % CELLS + 1;
		for (i = 0; i < count; i++)
			cells[i] = (struct disclosure){ .n = rand() % 3 == 0 ?
			    rand() % 60 + 1 : rand() % 12 + 1 };
		disclosure_decide(cells, count);
		check_told(cells, count);
		told += cells[0].shown > 0;
	}
	assert_true(told > 10000);      /* and not by telling nothing */
}

/* One person a day comes or goes; what is told moves by ten or not at all. */
static void
test_between_days(void **unused)
{
	struct disclosure cells[CELLS] = { { .n = 8 }, { .n = 14 }, { .n = 30 },
	    { .n = 55 }, { .n = 9 } };
	int64_t last[CELLS] = { 0 }, moved;
	int day;
	size_t i;

	(void)unused;
	srand(2);
	for (day = 0; day < 20000; day++) {
		i = (size_t)rand() % CELLS;
		cells[i].n += rand() % 2 == 0 && cells[i].n > 1 ? -1 : 1;
		disclosure_decide(cells, CELLS);
		check_told(cells, CELLS);
		for (i = 0; i < CELLS; i++) {
			if (cells[i].shown <= 0)
				continue;
			moved = cells[i].shown - last[i];
			if (last[i] > 0 && moved != 0)
				assert_true(moved >= 10 || moved <= -10);
			last[i] = cells[i].shown;
		}
	}
}

static void
test_plain(void **unused)
{
	struct disclosure a[] = { { .n = 25 }, { .n = 3 }, { .n = 2 } };
	struct disclosure b[] = { { .n = 40 }, { .n = 25 }, { .n = 3 } };
	struct disclosure c[] = { { .n = 3 } };
	struct disclosure d[] = { { .n = 300 } };
	char text[24];

	(void)unused;
	disclosure_decide(a, 3);        /* 3 and 2 are 5 together: 1 to 4 each */
	assert_int_equal(a[0].shown, DISCLOSURE_MORE);
	assert_int_equal(a[1].shown, DISCLOSURE_FEWER);
	disclosure_decide(b, 3);        /* 3 would be the rest of the total */
	assert_int_equal(b[0].shown, 40);
	assert_int_equal(b[1].shown, DISCLOSURE_MORE);
	assert_int_equal(b[2].shown, DISCLOSURE_FEWER);
	disclosure_decide(c, 1);
	assert_int_equal(c[0].shown, DISCLOSURE_NOTHING);
	disclosure_decide(d, 1);
	assert_int_equal(d[0].shown, 300);
	disclosure_text(300, text);
	assert_string_equal(text, "300");
	disclosure_text(DISCLOSURE_FEWER, text);
	assert_string_equal(text, "<10");
	disclosure_text(DISCLOSURE_MORE, text);
	assert_string_equal(text, "10+");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_between_cells),
		cmocka_unit_test(test_between_days),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
