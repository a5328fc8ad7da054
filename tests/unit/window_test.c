/* SPDX-License-Identifier: ISC */
#include "tests/unit/check.h"

#include "outbox/window.h"

static void
test_room(void **state)
{
	struct window *w = window_new(3);

	(void)state;
	assert_int_equal(window_room(w, 0), 3);
	window_add(w, 10);
	window_add(w, 11);
	window_add(w, 12);
	window_add(w, 13);              /* over the size: not taken */
	assert_int_equal(window_room(w, 0), 0);
	assert_true(window_has(w, 11));
	assert_false(window_has(w, 13));
	window_remove(w, 11);
	window_remove(w, 99);
	assert_false(window_has(w, 11));
	assert_true(window_has(w, 12));
	assert_int_equal(window_room(w, 0), 1);
	window_clear(w);
	assert_int_equal(window_room(w, 0), 3);
	window_free(&w);
	assert_null(w);
}

/* One second, doubling to a minute; then one probe; then all again. */
static void
test_rest(void **state)
{
	struct window *w = window_new(8);
	int64_t tick = 5000, pause = 1000;
	int i;

	(void)state;
	for (i = 0; i < 10; i++) {
		window_relay_down(w, tick);
		window_relay_down(w, tick + 1);         /* others say the same */
		assert_int_equal(window_rest_until(w), tick + pause);
		assert_int_equal(window_room(w, tick + pause - 1), 0);
		tick += pause;
		assert_int_equal(window_room(w, tick), 1);
		window_add(w, i + 1);
		assert_int_equal(window_room(w, tick), 0);
		assert_int_equal(window_skip(w), i);
		window_remove(w, i + 1);
		pause = pause * 2 > 60000 ? 60000 : pause * 2;
	}
	window_relay_up(w);
	assert_int_equal(window_room(w, tick), 8);
	assert_int_equal(window_rest_until(w), 0);
	assert_int_equal(window_skip(w), 0);
	window_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_rest),
	};

	return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
