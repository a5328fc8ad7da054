/* SPDX-License-Identifier: ISC
 *
 * What a line of the log looks like.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/check.h"

#include "base/log.h"

static char line[4096];

/* What one call writes to standard error. */
#define WRITTEN(call) do {                                              \
	int ends_[2], saved_ = dup(STDERR_FILENO);                      \
	ssize_t n_;                                                     \
	assert_int_equal(pipe(ends_), 0);                               \
	assert_true(dup2(ends_[1], STDERR_FILENO) >= 0);                \
	call;                                                           \
	assert_true(dup2(saved_, STDERR_FILENO) >= 0);                  \
	(void)close(ends_[1]);                                          \
	n_ = read(ends_[0], line, sizeof line - 1);                     \
	(void)close(ends_[0]);                                          \
	(void)close(saved_);                                            \
	line[n_ < 0 ? 0 : n_] = '\0';                                   \
} while (0)

static void
the_id_is_first(void **state)
{
	static const struct { const char *text, *line; } table[] = {
		{ "m=0a campaign=x", "m=0a by=keeper level=info campaign=x\n" },
		{ "o=17 kind=\"a b\"", "o=17 by=keeper level=info kind=\"a b\"\n" },
		{ "ready=yes", "by=keeper level=info ready=yes\n" },
		{ "o=17", "o=17 by=keeper level=info\n" },
		{ "", "by=keeper level=info\n" },
		{ "ab=b\nc\x7f\r", "by=keeper level=info ab=b?c??\n" },
		/* words, and what in them looks like a pair */
		{ "all is well", "by=keeper level=info msg=\"all is well\"\n" },
		{ "o=1 x=y all is so=well", "o=1 by=keeper level=info x=y msg=\"all is so=well\"\n" },
		{ "xx=y say \"z\" \\", "by=keeper level=info xx=y msg=\"say \\\"z\\\" \\\\\"\n" },
		{ "file:3: no", "by=keeper level=info msg=\"file:3: no\"\n" },
		{ "X=y", "by=keeper level=info msg=\"X=y\"\n" },
		{ "=y", "by=keeper level=info msg=\"=y\"\n" },
		/* one word between pairs */
		{ "u=1 done failed=2", "u=1 by=keeper level=info event=done failed=2\n" },
		{ "u=1 all done failed=2", "u=1 by=keeper level=info msg=\"all done failed=2\"\n" },
		/* values */
		{ "xx=", "by=keeper level=info xx=\n" },
		{ "xx= y", "by=keeper level=info xx= msg=\"y\"\n" },
		{ "xx=a\"b y=c\\ z=d=e", "by=keeper level=info xx=\"a\\\"b\" y=\"c\\\\\" z=\"d=e\"\n" },
		{ "xx=\"a \"b\"c\" y=d", "by=keeper level=info xx=\"a \\\"b\\\"c\" y=d\n" },
		{ "xx=\"a\\\" y=d", "by=keeper level=info xx=\"a\\\\\" y=d\n" },
		{ "xx=\"a b", "by=keeper level=info xx=\"a b\"\n" },
		{ "xx=\"\"", "by=keeper level=info xx=\"\"\n" },
	};
	size_t i;

	(void)state;
	log_open("keeper", LOG_LEVEL_INFO);
	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		WRITTEN(log_info("%s", table[i].text));
		assert_string_equal(line, table[i].line);
	}
	WRITTEN(log_debug("too=little"));
	assert_string_equal(line, "");
	errno = ENOENT;
	WRITTEN(log_warn("o=1 file=\"x\""));
	assert_string_equal(line, "o=1 by=keeper level=warn file=\"x\" "
	    "error=\"No such file or directory\"\n");
}

static void
a_long_line_is_one_line(void **state)
{
	char text[3000];
	size_t i;

	(void)state;
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	WRITTEN(log_info("o=1 %s", text));
	assert_true(strlen(line) > 900 && strlen(line) <= 1200);
	assert_true(strchr(line, '\n') == line + strlen(line) - 1);
	assert_string_equal(line + strlen(line) - 3, "x\"\n");
	memset(text, '"', sizeof text - 1);
	errno = ENOENT;
	WRITTEN(log_warn("%s", text));
	assert_true(strlen(line) > 1900 && strlen(line) <= 2200);
	assert_true(strchr(line, '\n') == line + strlen(line) - 1);
	assert_string_equal(line + strlen(line) - 3, "y\"\n");
	for (i = 0; i + 2 < sizeof text; i += 2)
		memcpy(text + i, "a=", 2);
	WRITTEN(log_info("%s", text));
	assert_true(strchr(line, '\n') == line + strlen(line) - 1);
	for (i = 0; i + 3 < sizeof text; i += 3)
		memcpy(text + i, "a=\"", 3);
	WRITTEN(log_info("%s", text));
	assert_true(strchr(line, '\n') == line + strlen(line) - 1);
	for (i = 0; i + 2 < sizeof text; i += 2)
		memcpy(text + i, "a ", 2);
	memset(text, 'x', 900);
	WRITTEN(log_info("o=%s y", text));      /* an id without an end */
	assert_true(strlen(line) > 900 && strlen(line) <= 1200);
	assert_true(strchr(line, '\n') == line + strlen(line) - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_id_is_first),
		cmocka_unit_test(a_long_line_is_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
