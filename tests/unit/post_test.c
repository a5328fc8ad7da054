/* SPDX-License-Identifier: ISC */
#include "tests/unit/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "message/letter.h"
#include "message/post.h"
#include "words/vocabulary.h"

static struct vocabulary *vocabulary;

/* "LANGUAGE|SUBJECT|BODY" of each part, parted by "##". */
static char *
split(struct arena *arena, const char *text, struct letter *letter)
{
	struct buf out = BUF_INIT;
	char *result;
	size_t i;

	*letter = (struct letter){ .subject = "News" };
	post_split(vocabulary, arena, text, strlen(text), letter);
	for (i = 0; i < letter->posts; i++)
		buf_addf(&out, "%s%s|%s|%s", i > 0 ? "##" : "",
		    letter->post[i].language != NULL ? letter->post[i].language :
		    "-", letter->post[i].subject, letter->post[i].body);
	result = arena_strndup(arena, out.data, out.len);
	buf_free(&out);
	return result;
}

static void
test_parts(void **state)
{
	static const struct { const char *text, *parts; } cases[] = {
		{ "", "" },
		{ "\n\n  \n", "" },
		{ "Hello\n", "-|News|Hello" },
		{ "Hello\n\nLanguage: ru\n\nПривет\n", "-|News|Hello##ru|News|Привет" },
		{ "Hi\nязык: таджикский\nSubject: Хабар\n\nСалом\n",
		    "-|News|Hi##tg|Хабар|Салом" },
		{ "Språk: norsk\nEmne: Nytt\nHei\nЯзык: русский\nТема: Новости\nДа\n",
		    "nb|Nytt|Hei##ru|Новости|Да" },
		/* what no campaign speaks is still told apart */
		{ "Hi\nLanguage: fr\nBonjour\n", "-|News|Hi##fr|News|Bonjour" },
		/* a sentence is none of it */
		{ "Language: the one we speak at home.\n",
		    "-|News|Language: the one we speak at home." },
		/* an empty part of a language is there, to be told of */
		{ "Hi\nLanguage: ru\n\n", "-|News|Hi##ru|News|" },
		/* quotes and what Markdown reads into blanks stay */
		{ "> quoted\n\n  - a\n    - b  \nc\n",
		    "-|News|> quoted\n\n  - a\n    - b  \nc" },
		{ "a\n-- \nLena\nLanguage: ru\n", "-|News|a" },
		{ "a\n--\nb\n-- \nLena\n", "-|News|a\n--\nb" },
		{ "a\r\nb\r\n", "-|News|a\nb" },
	};
	struct arena *arena = arena_new();
	struct letter letter;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_string_equal(split(arena, cases[i].text, &letter),
		    cases[i].parts);
		assert_false(letter.post_cut);
	}
	arena_free(&arena);
}

static void
test_bounds(void **state)
{
	struct arena *arena = arena_new();
	struct buf text = BUF_INIT;
	struct letter letter;
	int i;

	(void)state;
	for (i = 0; i < LETTER_POST_MAX / 64; i++)
		buf_addf(&text, "%063d\n", i);
	buf_cut(&text, text.len - 1);
	(void)split(arena, text.data, &letter);
	assert_int_equal(letter.posts, 1);
	assert_false(letter.post_cut);
	buf_addstr(&text, "\nand more");
	(void)split(arena, text.data, &letter);
	assert_int_equal(letter.posts, 0);
	assert_true(letter.post_cut);
	buf_clear(&text);
	for (i = 0; i < LETTER_POSTS + 1; i++)
		buf_addf(&text, "Language: x%c\n\ntext\n", 'a' + i);
	(void)split(arena, text.data, &letter);
	assert_int_equal(letter.posts, LETTER_POSTS);
	assert_true(letter.post_cut);
	buf_free(&text);
	arena_free(&arena);
}

/* The keeper takes what is made of it, and no more. */
static void
test_record(void **state)
{
	struct arena *arena = arena_new();
	struct buf record = BUF_INIT;
	struct letter letter, back;

	(void)state;
	(void)split(arena, "Hi\nLanguage: ru\nПривет\n", &letter);
	letter.to = (struct recipient){ PURPOSE_UPDATES, "river", NULL, NULL };
	letter.reverse_path = "";
	letter.author_state = AUTHOR_NONE;
	letter.why = "human";
	letter.text = "";
	letter_pack(&letter, &record);
	assert_int_equal(letter_unpack(&back, arena, record.data, record.len), OK);
	assert_int_equal(back.posts, 2);
	assert_string_equal(back.post[1].body, "Привет");
	assert_null(back.post[0].language);
	buf_clear(&record);
	letter.to.purpose = PURPOSE_SIGN;
	letter_pack(&letter, &record);
	assert_int_equal(letter_unpack(&back, arena, record.data, record.len),
	    INVALID);
	buf_free(&record);
	arena_free(&arena);
}

int
main(void)
{
	static const char *const languages[] = { "en", "ru", "tg", "nb", NULL };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts), cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_record),
	};
	struct reason why = { "" };
	int failed;

	if (vocabulary_load(&vocabulary, SOURCE_DIR "/templates", languages,
	    &why) != OK) {
		printf("not ok: %s\n", why.text);
		return 1;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	vocabulary_free(&vocabulary);
	return failed;
}
