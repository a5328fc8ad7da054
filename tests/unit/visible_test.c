/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/buf.h"
#include "tests/unit/check.h"

static const struct {
	const char *in, *want;
} cases[] = {
	{ "", "" },
	{ "rivre", "rivre" },
	{ "a b'\"\\", "a b'\"\\" },
	{ "Маню́чеҳр Тоҷикистон 日本 😀", "Маню́чеҳр Тоҷикистон 日本 😀" },
	{ "\033[2J\a", "\\x1b[2J\\x07" },
	{ "a\nb\r\tc\177", "a\\x0ab\\x0d\\x09c\\x7f" },
	{ "\xc2\x9b" "2J", "\\xc2\\x9b2J" },
	{ "\x9b" "2J", "\\x9b2J" },
	{ "\xc2\xa0", "\xc2\xa0" },
	{ "a\xe2\x80\xae" "b", "a\\xe2\\x80\\xaeb" },
	{ "a\xe2\x81\xa6" "b", "a\\xe2\\x81\\xa6b" },
	{ "\xc0\xaf \xe0\x80\xaf \xf0\x80\x80\xaf", "\\xc0\\xaf \\xe0\\x80\\xaf \\xf0\\x80\\x80\\xaf" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
	{ "\xe2\x82", "\\xe2\\x82" },
	{ "\xd0", "\\xd0" },
	{ "\xff\xfe", "\\xff\\xfe" },
};

static void
shows_what_steers(void **state)
{
	struct buf b = BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		buf_clear(&b);
		buf_add_visible(&b, cases[i].in);
		if (strcmp(b.data == NULL ? "" : b.data, cases[i].want) != 0)
			fail_msg("%zu: %s, not %s", i, b.data, cases[i].want);
	}
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_what_steers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
