/* SPDX-License-Identifier: ISC
 *
 * Buffers and arenas: text is the same whether or not it fitted at first.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"

#include "base/arena.h"
#include "base/buf.h"

#define MOST 10000              /* more than a block of an arena */

static char as[MOST + 1];

static int
setup(void **state)
{
	(void)state;
	memset(as, 'a', MOST);
	return 0;
}

/* A buffer of HELD octets gets N more, by each of the ways. */
static void
add_to(size_t held, size_t n)
{
	struct buf formatted = BUF_INIT, added = BUF_INIT;
	size_t i;

	buf_addf(&formatted, "%.*s", (int)held, as);
	buf_addf(&formatted, "%.*s%s", (int)n, as, n > 0 ? "!" : "");
	for (i = 0; i < held; i++)
		buf_addch(&added, 'a');
	buf_add(&added, as, n);
	buf_addstr(&added, n > 0 ? "!" : "");
	assert_int_equal(formatted.len, held + n + (n > 0));
	assert_int_equal(strlen(formatted.data), formatted.len);
	assert_int_equal(added.len, formatted.len);
	assert_string_equal(added.data, formatted.data);
	assert_true(added.len == 0 || added.room > added.len);
	buf_free(&formatted);
	buf_wipe(&added);
}

static void
buffers(void **state)
{
	size_t held, n;

	(void)state;
	for (held = 0; held < 140; held++)
		for (n = 0; n < 140; n++)
			add_to(held, n);
	add_to(0, MOST - 1);
	add_to(MOST - 1, MOST - 1);
}

static void
is_zero(const char *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		assert_int_equal(p[i], 0);
}

/* What an arena gives is zero, also where a text was tried that did not fit. */
static void
arenas(void **state)
{
	struct arena *a = arena_new();
	size_t held, n;

	(void)state;
	for (held = 8000; held < 8300; held += 7)
		for (n = 0; n < 200; n += 9) {
			char *first = arena_alloc(a, held), *text, *zero;

			text = arena_printf(a, "%.*s", (int)n, as);
			zero = arena_alloc(a, 300);
			assert_int_equal(strlen(text), n);
			assert_memory_equal(text, as, n);
			is_zero(zero, 300);
			memset(first, 'x', held);
			memset(zero, 'x', 300);
			assert_int_equal(strlen(text), n);
			arena_reset(a);
			is_zero(arena_alloc(a, 8192), 8192);
			arena_reset(a);
		}
	assert_string_equal(arena_printf(a, "%s", as), as);
	assert_string_equal(arena_printf(a, "%s", ""), "");
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buffers),
		cmocka_unit_test(arenas),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
