/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "tests/unit/check.h"
#include "web/path.h"

#define TOKEN "abcdefghijklmnopqrstuvwxyz234567abcde"

static void
test_paths(void **state)
{
	static const struct {
		const char *prefix, *path;
		enum path_kind kind;
		const char *slug;
	} rows[] = {
		{ "", "/", PATH_HOME, "" },
		{ "", "", PATH_HOME, "" },
		{ "", "/c/manuchehr/" TOKEN, PATH_SIGN, "manuchehr" },
		{ "", "/u/manuchehr/" TOKEN, PATH_STOP, "manuchehr" },
		{ "", "/c/MANUCHEHR/" TOKEN, PATH_SIGN, "manuchehr" },
		{ "", "/c/a/" TOKEN "/", PATH_SIGN, "a" },
		{ "", "/c/abcdefghijklmnopqrstuvwx/" TOKEN, PATH_SIGN,
		    "abcdefghijklmnopqrstuvwx" },
		{ "", "/c/abcdefghijklmnopqrstuvwxy/" TOKEN, PATH_OTHER, "" },
		{ "", "/r/manuchehr/" TOKEN, PATH_OTHER, "" },
		{ "", "/b/manuchehr/" TOKEN, PATH_OTHER, "" },
		{ "", "/c/manuchehr/" TOKEN "a", PATH_OTHER, "" },
		{ "", "/c/manuchehr/" TOKEN "//", PATH_OTHER, "" },
		{ "", "/c/manuchehr/bcdefghijklmnopqrstuvwxyz234567abcde",
		    PATH_OTHER, "" },
		{ "", "/c/manuchehr/1bcdefghijklmnopqrstuvwxyz234567abcde",
		    PATH_OTHER, "" },
		{ "", "/c//" TOKEN, PATH_OTHER, "" },
		{ "", "/c/a_b/" TOKEN, PATH_OTHER, "" },
		{ "", "/c/..", PATH_OTHER, "" },
		{ "", "/c", PATH_OTHER, "" },
		{ "", "/c/", PATH_OTHER, "" },
		{ "", "c/a/" TOKEN, PATH_OTHER, "" },
		{ "", "/style.css", PATH_STYLE, "" },
		{ "", "/healthz", PATH_HEALTH, "" },
		{ "", "/metrics", PATH_METRICS, "" },
		{ "", "/healthzz", PATH_OTHER, "" },
		{ "/p", "/p", PATH_HOME, "" },
		{ "/p", "/p/", PATH_HOME, "" },
		{ "/p", "/p/u/a/" TOKEN, PATH_STOP, "a" },
		{ "/p", "/u/a/" TOKEN, PATH_STOP, "a" },
		{ "/p", "/px/u/a/" TOKEN, PATH_OTHER, "" },
		{ "/p", "/p/p/", PATH_OTHER, "" },
	};
	struct path path;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		path_parse(&path, rows[i].prefix, rows[i].path);
		if (path.kind != rows[i].kind)
			fail_msg("%s: %d", rows[i].path, (int)path.kind);
		assert_string_equal(path.slug, rows[i].slug);
		assert_string_equal(path.token, path.kind == PATH_SIGN ||
		    path.kind == PATH_STOP ? TOKEN : "");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
