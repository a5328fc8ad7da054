/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "tests/unit/check.h"
#include "words/country.h"
#include "words/isocodes.h"
#include "base/arena.h"

static const char *const four[] = { "en", "ru", "tg", "nb", NULL };

static struct countries *countries;

static int
load(void **state)
{
	struct reason why;

	(void)state;
	if (countries_load(&countries, NULL, NULL, four, &why) != OK) {
		print_error("%s\n", why.text);
		return -1;
	}
	return 0;
}

static int
unload(void **state)
{
	(void)state;
	countries_free(&countries);
	return countries == NULL ? 0 : -1;
}

static void
finds(void **state)
{
	static const struct { const char *name, *code; } cases[] = {
		{ "Tajikistan", "TJ" }, { "TAJIKISTAN", "TJ" }, { " tajikistan. ", "TJ" },
		{ "TJ", "TJ" }, { "tj", "TJ" }, { "TJK", "TJ" },
		{ "Republic of Tajikistan", "TJ" }, { "the Republic of Tajikistan", "TJ" },
		{ "Таджикистан", "TJ" }, { "Тоҷикистон", "TJ" },
		{ "Точикистон", "TJ" }, { "ТОҶИКИСТОН", "TJ" }, { "Ҷумҳурии Тоҷикистон", "TJ" },
		{ "Tadsjikistan", "TJ" }, { "تاجیکستان", "TJ" },
		{ "Русия", "RU" }, { "Россия", "RU" }, { "РФ", "RU" }, { "Russia", "RU" },
		{ "Российская Федерация", "RU" }, { "Russland", "RU" },
		{ "Ӯзбекистон", "UZ" }, { "Узбекистон", "UZ" }, { "Узбекистан", "UZ" },
		{ "O'zbekiston", "UZ" }, { "Oʻzbekiston", "UZ" },
		{ "Қирғизистон", "KG" }, { "Киргизистон", "KG" }, { "Кыргызстан", "KG" },
		{ "Киргизия", "KG" }, { "Қазоқистон", "KZ" }, { "Казахстан", "KZ" },
		{ "Қазақстан", "KZ" }, { "Афғонистон", "AF" }, { "Афганистан", "AF" },
		{ "Эрон", "IR" }, { "Иран", "IR" }, { "Iran", "IR" },
		{ "Iran, Islamic Republic of", "IR" }, { "Олмон", "DE" },
		{ "Германия", "DE" }, { "Deutschland", "DE" }, { "Tyskland", "DE" },
		{ "ИМА", "US" }, { "США", "US" }, { "USA", "US" }, { "U.S.A.", "US" },
		{ "United States of America", "US" }, { "UK", "GB" }, { "England", "GB" },
		{ "Great Britain", "GB" }, { "Великобритания", "GB" }, { "Storbritannia", "GB" },
		{ "Соединенное Королевство", "GB" }, { "Czech Republic", "CZ" },
		{ "Burma", "MM" }, { "Turkey", "TR" }, { "Турция", "TR" }, { "Туркия", "TR" },
		{ "Cote d'Ivoire", "CI" }, { "Côte d’Ivoire", "CI" }, { "Ivory Coast", "CI" },
		{ "Åland Islands", "AX" }, { "Aland Islands", "AX" }, { "Curacao", "CW" },
		{ "The Netherlands", "NL" }, { "Nederland", "NL" }, { "Norge", "NO" },
		{ "Sor-Korea", "KR" }, { "South Korea", "KR" }, { "КНДР", "KP" },
		{ "Hviterussland", "BY" }, { "Белоруссия", "BY" }, { "Беларусь", "BY" },
		{ "Sri Lanka", "LK" }, { "Шри-Ланка", "LK" }, { "Шри Ланка", "LK" },
		{ "Лихтенштейн", "LI" }, { "Guinea-Bissau", "GW" }, { "Guinea", "GN" },
		{ "Niger", "NE" }, { "Nigeria", "NG" }, { "Georgia", "GE" },
		{ "Грузия", "GE" }, { "Гурҷистон", "GE" }, { "中国", "CN" }, { "日本", "JP" },
		{ "🇹🇯", "TJ" }, { "🇳🇴", "NO" },
		{ "Tajikistan (Dushanbe)", "TJ" }, { "Norway / Norge", "NO" },
		{ "Таджикистан, Душанбе", "TJ" }, { "Россия (РФ)", "RU" },
		{ "", NULL }, { ".", NULL }, { "Dushanbe", NULL }, { "XX", NULL },
		{ "🇽🇽", NULL }, { "🇹🇯🇳🇴", NULL }, { "Tajikistan Norway", NULL },
		{ "Georgia, USA", NULL }, { "Atlanta, Georgia", NULL }, { "Atlantis", NULL },
		{ "\xff\xfe", NULL }, { "the", NULL }, { "(Norway)", "NO" },
	};
	char buf[400];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *got = country_find(countries, cases[i].name);

		if (cases[i].code == NULL ? got != NULL :
		    got == NULL || strcmp(got, cases[i].code) != 0)
			fail_msg("%s: %s", cases[i].name, got == NULL ? "none" : got);
	}
	memset(buf, 'a', sizeof buf - 1);
	buf[sizeof buf - 1] = '\0';
	assert_null(country_find(countries, buf));
}

static void
shows(void **state)
{
	static const struct { const char *code, *language, *name; } cases[] = {
		{ "TJ", "en", "Tajikistan" }, { "TJ", "ru", "Таджикистан" },
		{ "TJ", "tg", "Тоҷикистон" }, { "TJ", "nb", "Tadsjikistan" },
		{ "RU", "en", "Russia" }, { "RU", "ru", "Россия" },
		{ "RU", "nb", "Russland" }, { "RU", "tg", "Русия" },
		{ "IR", "en", "Iran" }, { "IR", "ru", "Иран" }, { "IR", "tg", "Эрон" },
		{ "US", "en", "United States" }, { "US", "ru", "США" },
		{ "NO", "nb", "Norge" }, { "NO", "en", "Norway" },
		{ "TR", "nb", "Tyrkia" }, { "AU", "nb", "Australia" },
		{ "LK", "tg", "Шри-Ланка" }, { "KG", "ru", "Кыргызстан" },
		{ "TJ", "xx", "Tajikistan" }, { "TJ", NULL, "Tajikistan" },
		{ "XX", "en", "XX" }, { "", "en", "" }, { "tj", "en", "tj" },
		{ "TJK", "en", "TJK" },
	};
	size_t i, l;
	char code[3] = "";

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(country_name(countries, cases[i].code,
		    cases[i].language), cases[i].name);
	/* whatever we call a country, we understand when it is said to us */
	for (code[0] = 'A'; code[0] <= 'Z'; code[0]++)
		for (code[1] = 'A'; code[1] <= 'Z'; code[1]++)
			for (l = 0; l < 4 && country_is_code(countries, code); l++) {
				const char *name = country_name(countries, code, four[l]);
				const char *back = country_find(countries, name);

				if (back == NULL || strcmp(back, code) != 0)
					fail_msg("%s in %s is %s, found as %s", code,
					    four[l], name, back == NULL ? "none" : back);
			}
}

static void
codes(void **state)
{
	(void)state;
	assert_true(country_is_code(countries, "TJ"));
	assert_false(country_is_code(countries, "tj"));
	assert_false(country_is_code(countries, "XX"));
	assert_false(country_is_code(countries, "T"));
	assert_false(country_is_code(countries, ""));
	assert_false(country_is_code(countries, "TJK"));
}

static void
domains(void **state)
{
	static const struct { const char *domain, *code; } cases[] = {
		{ "no", "NO" }, { "example.no", "NO" }, { "mail.example.TJ", "TJ" },
		{ "example.co.uk", "GB" }, { "xn--e1afmkfd.xn--p1ai", "RU" },
		{ "пример.рф", "RU" }, { "example.org", NULL }, { "example.io", NULL },
		{ "example.me", NULL }, { "example.eu", NULL }, { "example.xx", NULL },
		{ "", NULL }, { ".", NULL }, { "example.", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *got = country_of_domain(countries, cases[i].domain);

		if (cases[i].code == NULL ? got != NULL :
		    got == NULL || strcmp(got, cases[i].code) != 0)
			fail_msg("%s: %s", cases[i].domain, got == NULL ? "none" : got);
	}
}

/* ---- the files ------------------------------------------------------------ */

static void
missing(void **state)
{
	static const char *const odd[] = { "../../etc", "tlh", "pt-BR", NULL };
	struct countries *c = NULL;
	struct reason why;

	(void)state;
	assert_int_equal(countries_load(&c, "/nonexistent", NULL, four, &why), NOT_FOUND);
	assert_null(c);
	assert_non_null(strstr(why.text, "/nonexistent/json/iso_3166-1.json"));
	assert_non_null(strstr(why.text, "iso-codes"));
	/* without catalogues there is English */
	assert_int_equal(countries_load(&c, NULL, "/nonexistent", four, &why), OK);
	assert_string_equal(country_name(c, "BE", "ru"), "Belgium");
	assert_string_equal(country_name(c, "RU", "ru"), "Россия");
	countries_free(&c);
	assert_int_equal(countries_load(&c, NULL, NULL, odd, &why), OK);
	assert_string_equal(country_name(c, "DE", "pt-BR"), "Alemanha");
	assert_string_equal(country_name(c, "DE", "tlh"), "Germany");
	countries_free(&c);
	assert_int_equal(countries_load(&c, NULL, NULL, NULL, &why), OK);
	countries_free(&c);
}

static void
json(void **state)
{
	static const struct { const char *text; enum status want[3]; } cases[] = {
		{ "{\"3166-1\":[]}", { NOT_FOUND } },
		{ "{\"3166-1\":[{\"alpha_2\":\"AB\",\"alpha_3\":\"ABC\",\"name\":"
		    "\"\\u00c5 \\\"b\\\" \\ud83c\\udde6\",\"x\":\"y\"}]}", { OK, NOT_FOUND } },
		{ "", { INVALID } }, { "{", { INVALID } }, { "[]", { INVALID } },
		{ "{\"3166-2\":[]}", { INVALID } },
		{ "{\"3166-1\":[{}]}", { INVALID } },
		{ "{\"3166-1\":[{\"alpha_2\":\"AB\"", { INVALID } },
		{ "{\"3166-1\":[{\"alpha_2\":\"AB\",\"alpha_3\":\"ABC\"}]}", { INVALID } },
		{ "{\"3166-1\":[{\"alpha_2\":\"ab\",\"alpha_3\":\"ABC\",\"name\":\"x\"}]}", { INVALID } },
		{ "{\"3166-1\":[{\"alpha_2\":\"AB\",\"alpha_3\":\"ABC\",\"name\":\"\\x\"}]}", { INVALID } },
		{ "{\"3166-1\":[{\"alpha_2\":\"AB\",\"alpha_3\":\"ABC\",\"name\":\"\\u00", { INVALID } },
		{ "{\"3166-1\":[{\"alpha_2\":\"AB\",\"alpha_3\":\"ABC\",\"name\":\"\\u0000\"}]}", { INVALID } },
		{ "{\"3166-1\":[{\"alpha_2\":\"AB\",\"alpha_3\":\"ABC\",\"name\":\"\\ud83c\"}]}", { INVALID } },
		{ "{\"3166-1\":[{\"alpha_2\":\"AB\",\"alpha_3\":\"ABC\",\"name\":\"\xff\"}]}", { INVALID } },
		{ "{\"3166-1\":[{\"alpha_2\":3}]}", { INVALID } },
	};
	struct arena *a = arena_new();
	struct iso_country iso;
	struct iso_reader r;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *exact = mem_strdup(cases[i].text);

		iso_open(&r, exact, strlen(exact));
		for (j = 0; j < 3; j++) {
			enum status st = iso_next(&r, a, &iso);

			if (st != cases[i].want[j])
				fail_msg("%s: %d", cases[i].text, (int)st);
			if (st != OK)
				break;
			assert_string_equal(iso.name, "Å \"b\" 🇦");
		}
		free(exact);
	}
	iso_open(&r, "{\n\n x", 5);
	assert_int_equal(iso_next(&r, a, &iso), INVALID);
	assert_int_equal(iso_line(&r), 3);
	arena_free(&a);
}

static void
word(struct buf *b, unsigned v, int big)
{
	unsigned char p[4] = { (unsigned char)v, (unsigned char)(v >> 8),
	    (unsigned char)(v >> 16), (unsigned char)(v >> 24) };
	unsigned char q[4] = { p[3], p[2], p[1], p[0] };

	buf_add(b, big ? q : p, 4);
}

/* Two messages: "a" -> "A", "b" -> "". */
static void
make_catalogue(struct buf *b, int big)
{
	static const unsigned words[] = { 0x950412de, 0, 2, 28, 44, 0, 0,
	    1, 60, 1, 62, 1, 64, 0, 66 };
	size_t i;

	for (i = 0; i < sizeof words / sizeof words[0]; i++)
		word(b, words[i], big);
	buf_add(b, "a\0b\0A\0\0", 7);
}

static void
catalogues(void **state)
{
	struct catalogue c;
	int big;
	size_t i;

	(void)state;
	for (big = 0; big < 2; big++) {
		struct buf b = BUF_INIT;

		make_catalogue(&b, big);
		assert_int_equal(catalogue_open(&c, b.data, b.len), OK);
		assert_string_equal(catalogue_find(&c, "a"), "A");
		assert_null(catalogue_find(&c, "b"));
		assert_null(catalogue_find(&c, "c"));
		assert_null(catalogue_find(&c, ""));
		for (i = 0; i < b.len; i++) {   /* cut short anywhere */
			char *part = mem_strndup(b.data, i);

			if (catalogue_open(&c, part, i) == OK) {
				(void)catalogue_find(&c, "a");
				(void)catalogue_find(&c, "b");
			}
			free(part);
		}
		for (i = 0; i < 60; i++) {      /* and damaged anywhere */
			char *copy = mem_strndup(b.data, b.len);

			copy[i] = (char)0xff;
			if (catalogue_open(&c, copy, b.len) == OK)
				(void)catalogue_find(&c, "a");
			free(copy);
		}
		buf_free(&b);
	}
	assert_int_equal(catalogue_open(&c, "", 0), INVALID);
	assert_int_equal(catalogue_open(&c, "GIF89a..", 8), INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds),
		cmocka_unit_test(shows),
		cmocka_unit_test(codes),
		cmocka_unit_test(domains),
		cmocka_unit_test(missing),
		cmocka_unit_test(json),
		cmocka_unit_test(catalogues),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
