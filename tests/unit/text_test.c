/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "tests/unit/check.h"
#include "words/text.h"

#define ANY 1000

static void
lines_one(void **state)
{
	static const struct { const char *in; size_t max; const char *want; } cases[] = {
		{ "", ANY, "" },
		{ "   ", ANY, "" },
		{ "Ada", ANY, "Ada" },
		{ "  Ada \t Lovelace\r\n ", ANY, "Ada Lovelace" },
		{ "a\nb\r\nc\vd", ANY, "a b c d" },
		{ "a\x01\x7f" "b", ANY, "ab" },
		{ "abcdef", 3, "abc" },
		{ "ab cd", 3, "ab" },
		{ "abc", 0, "" },
		{ "Рустам", 3, "Рус" },
		{ "Рустам  Ҳ", ANY, "Рустам Ҳ" },
		{ "e\xcc\x81t\xc3\xa9", ANY, "\xc3\xa9t\xc3\xa9" },
		{ "e\xcc\x81t\xc3\xa9", 2, "\xc3\xa9t" },
		{ "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", 1, "\xed\x95\x9c" }, /* Hangul */
		{ "a\xff" "b", ANY, "a\xef\xbf\xbd" "b" },
		{ "caf\xe9", ANY, "caf\xef\xbf\xbd" },
		{ "a\xed\xa0\x80", ANY, NULL },                 /* a surrogate */
		{ "a\xc2\xa0\xe3\x80\x80" "b", ANY, "a b" },    /* no-break, ideographic */
		{ "a\xc2\x85" "b", ANY, "a b" },
		{ "a\xe2\x80\xae" "b\xe2\x80\xac\xef\xbb\xbf", ANY, "ab" },
		{ "a\xe2\x80\x8b" "b\xc2\xad" "c", ANY, "abc" },
		{ "a\xe2\x81\xa6" "b\xe2\x81\xa9", ANY, "ab" },
		{ "a\xe2\x80\xa8" "b\xe2\x80\xa9" "c", ANY, "a b c" },
		{ "a\xe3\x85\xa4" "b", ANY, "a b" },            /* Hangul filler */
		{ "\xef\xbf\xbe" "a", ANY, "a" },               /* no character */
		/* joiners: kept in Persian, dropped in Latin and at the ends */
		{ "علی\xe2\x80\x8cرضا", ANY, "علی\xe2\x80\x8cرضا" },
		{ "علی\xe2\x80\x8c", ANY, "علی" },
		{ "علی\xe2\x80\x8cرضا", 4, "علی" },
		{ "a\xe2\x80\x8c" "b\xe2\x80\x8d" "c", ANY, "abc" },
		{ "\xf0\x9f\x87\xb9\xf0\x9f\x87\xaf", ANY, "\xf0\x9f\x87\xb9\xf0\x9f\x87\xaf" },
	};
	struct arena *a = arena_new();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *got = text_line(a, cases[i].in, strlen(cases[i].in), cases[i].max);

		assert_true(text_is_utf8(got, strlen(got)));
		if (cases[i].want != NULL && strcmp(got, cases[i].want) != 0)
			fail_msg("case %zu: %s is not %s", i, got, cases[i].want);
	}
	assert_string_equal(text_line(a, "a\0b", 3, ANY), "ab");
	assert_string_equal(text_line(a, "abc", 2, ANY), "ab");
	arena_free(&a);
}

static void
lines_many(void **state)
{
	static const struct { const char *in; size_t max; const char *want; } cases[] = {
		{ "", ANY, "" },
		{ "\n\n", ANY, "" },
		{ "a", ANY, "a" },
		{ "a\nb", ANY, "a\nb" },
		{ "a\r\nb\rc", ANY, "a\nb\nc" },
		{ "\n\na\n\nb\n\n", ANY, "a\n\nb" },
		{ "a\n\n\n\n\n\nb", ANY, "a\n\n\nb" },
		{ "a \t\n  b\tc ", ANY, "a\nb c" },
		{ "a\n \n \n \n \nb", ANY, "a\n\n\nb" },
		{ "ab\ncd", 3, "ab" },
		{ "ab\ncd", 4, "ab\nc" },
		{ "салом\r\n\r\nҷаҳон", ANY, "салом\n\nҷаҳон" },
		{ "a\xe2\x80\xa8" "b", ANY, "a\nb" },
	};
	struct arena *a = arena_new();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *got = text_lines(a, cases[i].in, strlen(cases[i].in), cases[i].max);

		if (strcmp(got, cases[i].want) != 0)
			fail_msg("case %zu: %s is not %s", i, got, cases[i].want);
	}
	arena_free(&a);
}

/* However long and wild, never more than was asked for. */
static void
bounded(void **state)
{
	struct arena *a = arena_new();
	struct buf b = BUF_INIT;
	char *got;
	size_t i;

	(void)state;
	buf_addstr(&b, "e");
	for (i = 0; i < 300000; i++)
		buf_addstr(&b, i % 2 == 0 ? "\xcc\x81" : "\xcc\xa7");
	got = text_line(a, b.data, b.len, 200);
	assert_true(strlen(got) <= 200 * 4);
	assert_true(arena_used(a) < 16384);
	buf_clear(&b);
	for (i = 0; i < 300000; i++)
		buf_addch(&b, '\xfe');
	got = text_lines(a, b.data, b.len, 200);
	assert_int_equal(strlen(got), 600);
	buf_free(&b);
	arena_free(&a);
}

static void
folds(void **state)
{
	static const struct { const char *in, *want; } cases[] = {
		{ "", "" },
		{ "...", "" },
		{ " \"United  Kingdom\". ", "united kingdom" },
		{ "U.K.", "u.k" },
		{ "РОССИЯ!", "россия" },
		{ "«Тоҷикистон»", "тоҷикистон" },
		{ "Straße", "strasse" },
		{ "ΣΊΣΥΦΟΣ", "σίσυφοσ" },
		{ "C\xc3\x94te d\xe2\x80\x99Ivoire", "c\xc3\xb4te d'ivoire" },
		{ "Norge \xe2\x80\x94", "norge" },
		{ "Bosnia\xe2\x80\x93Hercegovina", "bosnia-hercegovina" },
		{ "\xef\xbc\xae\xef\xbc\xaf", "no" },           /* full width */
		{ "Åland", "åland" },
		{ "caf\xc3\xa9", "caf\xc3\xa9" },
		{ "\xff", "" },
	};
	struct arena *a = arena_new();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *got = text_fold(a, cases[i].in);

		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s: %s is not %s", cases[i].in, got, cases[i].want);
	}
	assert_string_equal(text_casefold(a, "A.É", 4), "a.é");
	assert_string_equal(text_casefold(a, "", 0), "");
	assert_null(text_casefold(a, "\xff", 1));
	arena_free(&a);
}

static void
checks(void **state)
{
	(void)state;
	assert_true(text_is_utf8("", 0));
	assert_true(text_is_utf8("ӣ", 2));
	assert_false(text_is_utf8("ӣ", 1));
	assert_false(text_is_utf8("\xc0\x80", 2));
	assert_false(text_is_utf8("\xed\xa0\x80", 3));
	assert_false(text_is_utf8("\xf4\x90\x80\x80", 4));
	assert_true(text_is_ascii("0123456789abcdef", 16));
	assert_false(text_is_ascii("0123456\xc2\xa9", 9));
	assert_false(text_is_ascii("01234567\xc2\xa9", 10));
	assert_true(text_is_visible("aӣ", 3));
	assert_false(text_is_visible("a b", 3));
	assert_false(text_is_visible("\xe2\x80\x8b", 3));
	assert_false(text_is_visible("\xc2", 1));
}

static void
domains(void **state)
{
	static const struct { const char *in, *want; } cases[] = {
		{ "Example.ORG", "example.org" },
		{ "localhost", "localhost" },
		{ "bücher.example", "xn--bcher-kva.example" },
		{ "BÜCHER.example", "xn--bcher-kva.example" },
		{ "faß.example", "xn--fa-hia.example" },
		{ "XN--BCHER-KVA.example", "xn--bcher-kva.example" },
		{ "мисол.tj", "xn--h1agbjo.tj" },
		{ "例え.テスト", "xn--r8jz45g.xn--zckzah" },
		{ "xn--zzzzzzzz.example", NULL },
		{ "", NULL }, { ".", NULL }, { "a.", NULL }, { ".a", NULL },
		{ "a..b", NULL }, { "-a.b", NULL }, { "a-.b", NULL }, { "a_b.c", NULL },
		{ "a b.c", NULL }, { "a/b.c", NULL }, { "\xff.c", NULL },
		{ "a\xe2\x80\x8b.c", NULL },
	};
	struct arena *a = arena_new();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *got = text_domain_ascii(a, cases[i].in, strlen(cases[i].in));

		if (cases[i].want == NULL ? got != NULL :
		    got == NULL || strcmp(got, cases[i].want) != 0)
			fail_msg("%s: %s is not %s", cases[i].in, got, cases[i].want);
	}
	arena_free(&a);
}

static void
scripts(void **state)
{
	static const struct { const char *in, *want; } cases[] = {
		{ "", NULL }, { "123 !?", NULL }, { "Ada", "Latn" }, { "Привет", "Cyrl" },
		{ "سلام", "Arab" }, { "Ada, спасибо вам", "Cyrl" }, { "γεια", "Grek" },
		{ "שלום", "Hebr" }, { "你好", "Hani" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *got = text_script(cases[i].in);

		if (cases[i].want == NULL)
			assert_null(got);
		else
			assert_string_equal(got, cases[i].want);
	}
}

static void
languages(void **state)
{
	static const char *const four[] = { "en", "ru", "tg", "nb", NULL };
	static const char *const two[] = { "en", "ru", NULL };
	static const char *const none[] = { "tg", NULL };
	static const struct {
		const char *in;
		const char *const *choices;
		const char *want;
	} cases[] = {
		{ "", four, NULL },
		{ "12345", four, NULL },
		{ "Rustam", four, NULL },
		{ "Hello, I want to sign this petition.", four, "en" },
		{ "Hei, jeg støtter oppropet. Vennlig hilsen Åse", four, "nb" },
		{ "Hei, jeg vil skrive under", four, "nb" },
		{ "Здравствуйте! Я хочу подписать обращение.", four, "ru" },
		{ "Ҳа, ман розӣ ҳастам", four, "tg" },
		{ "Салом, номи ман Рустам", four, "tg" },       /* no Tajik letters */
		{ "Рустам", four, NULL },
		{ "Рустам", two, "ru" },
		{ "Rustam", two, "en" },
		{ "سلام", four, NULL },
		{ "Привет", none, "tg" },
		{ "Hello", none, NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *got = text_language(cases[i].in, cases[i].choices);

		if (cases[i].want == NULL ? got != NULL :
		    got == NULL || strcmp(got, cases[i].want) != 0)
			fail_msg("%s: %s", cases[i].in, got == NULL ? "none" : got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_one),
		cmocka_unit_test(lines_many),
		cmocka_unit_test(bounded),
		cmocka_unit_test(folds),
		cmocka_unit_test(checks),
		cmocka_unit_test(domains),
		cmocka_unit_test(scripts),
		cmocka_unit_test(languages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
