/* SPDX-License-Identifier: ISC */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ctl/output.h"

#include <cmocka.h>

/* What a cell of its own becomes, and what it is as the second of a row. */
static const struct { const char *in, *want; } cells[] = {
	{ "Ada", "Ada" },
	{ "", "" },
	{ "Ada Lovelace", "Ada Lovelace" },
	{ " Ada", "\" Ada\"" },
	{ "Lovelace, Ada", "\"Lovelace, Ada\"" },
	{ "the \"first\"", "\"the \"\"first\"\"\"" },
	{ "two\nlines", "\"two\nlines\"" },
	{ "Маню́чеҳр", "Маню́чеҳр" },
	/* run by spreadsheets */
	{ "=1+1", "'=1+1" },
	{ "+47 22", "'+47 22" },
	{ "-2", "'-2" },
	{ "@SUM(A1)", "'@SUM(A1)" },
	{ "\tx", "\"'\tx\"" },
	{ "\rx", "\"'\rx\"" },
	{ "=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"" },
	{ "＝1+1", "'＝1+1" },
	{ "a=b", "a=b" },
	{ "a-b@c", "a-b@c" },
	/* and by those that part cells at semicolons */
	{ "a;=1", "\"a;'=1\"" },
	{ "a\n=1", "\"a\n'=1\"" },
	{ "a\t@x", "\"a\t'@x\"" },
	{ "smile ;-)", "\"smile ;-)\"" },
	{ ";", "\";\"" },
};

static void
test_cells(void **state)
{
	struct buf out = BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cells / sizeof cells[0]; i++) {
		buf_clear(&out);
		csv_number(&out, 7);
		csv_cell(&out, cells[i].in);
		csv_end(&out);
		if (strncmp(out.data, "7,", 2) != 0 ||
		    strncmp(out.data + 2, cells[i].want, strlen(cells[i].want)) != 0 ||
		    strcmp(out.data + 2 + strlen(cells[i].want), "\r\n") != 0)
			fail_msg("case %zu: %s", i, out.data);
	}
	buf_free(&out);
}

static void
test_rows(void **state)
{
	struct buf out = BUF_INIT;

	(void)state;
	csv_cell(&out, "");
	csv_end(&out);
	csv_cell(&out, "a");
	csv_cell(&out, "");
	csv_number(&out, -5);
	csv_end(&out);
	/* a number of ours is none of a stranger's, but the rule is one */
	assert_string_equal(out.data, "\"\"\r\na,,'-5\r\n");
	buf_free(&out);
}

static void
test_json(void **state)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	assert_non_null(f);
	json_string(f, "a\"b\\c\n\x01\x7f\xd2\xb3");
	assert_int_equal(fclose(f), 0);
	assert_string_equal(text, "\"a\\\"b\\\\c\\u000a\\u0001\\u007f\xd2\xb3\"");
	free(text);
}

static void
test_table(void **state)
{
	static const char *const heads[] = { "name", "n", "x", NULL };
	struct table *t = table_new(heads, "lrl");
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	assert_non_null(f);
	table_cell(t, "日本");          /* two columns each */
	table_number(t, 1234567);
	table_cell(t, "a");
	table_cell(t, "e\xcc\x81");     /* one column, two characters */
	table_number(t, -12);
	table_cell(t, "");
	table_print(t, f);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(text,
	    "name          n  x\n"
	    "日本  1,234,567  a\n"
	    "e\xcc\x81           -12  \n");
	table_free(&t);
	assert_null(t);
	free(text);
}

static void
test_numbers(void **state)
{
	static const struct { int64_t n; const char *want; } cases[] = {
		{ 0, "0" }, { 999, "999" }, { 1000, "1,000" },
		{ -1000, "-1,000" }, { 10000000, "10,000,000" },
		{ INT64_MAX, "9,223,372,036,854,775,807" },
	};
	char text[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(count_text(cases[i].n, text), cases[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_numbers),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
