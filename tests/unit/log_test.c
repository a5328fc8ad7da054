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
		{ "o=17", "by=keeper level=info o=17\n" },
		{ "", "by=keeper level=info \n" },
		{ "a=b\nc\x7f\r", "by=keeper level=info a=b?c??\n" },
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
	assert_string_equal(line, "o=1 by=keeper level=warn file=\"x\": "
	    "No such file or directory\n");
}

static void
a_long_line_is_one_line(void **state)
{
	char text[3000];

	(void)state;
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	WRITTEN(log_info("o=1 %s", text));
	assert_true(strlen(line) > 900 && strlen(line) <= 1200);
	assert_true(strchr(line, '\n') == line + strlen(line) - 1);
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
