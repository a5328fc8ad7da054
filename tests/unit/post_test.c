/* SPDX-License-Identifier: ISC */
#include "tests/unit/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "message/letter.h"
#include "message/post.h"
#include "message/reader.h"
#include "words/vocabulary.h"

static struct vocabulary *vocabulary;

/* "LANGUAGE|SUBJECT|BODY" of each part, parted by "##". */
static char *
parts_of(struct arena *arena, const struct letter *letter)
{
	struct buf out = BUF_INIT;
	char *result;
	size_t i;

	for (i = 0; i < letter->posts; i++)
		buf_addf(&out, "%s%s|%s|%s", i > 0 ? "##" : "",
		    letter->post[i].language != NULL ? letter->post[i].language :
		    "-", letter->post[i].subject, letter->post[i].body);
	result = arena_strndup(arena, out.data, out.len);
	buf_free(&out);
	return result;
}

static char *
split(struct arena *arena, const char *text, struct letter *letter)
{
	*letter = (struct letter){ .subject = "News" };
	post_split(vocabulary, arena, text, strlen(text), letter);
	return parts_of(arena, letter);
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

/* ---- attached files ------------------------------------------------------ */

#define MIXED "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
#define NEXT "\r\n--b\r\n"
#define LAST "\r\n--b--\r\n"
#define PLAIN "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
#define ATTACHED(type, name) "Content-Type: " type "\r\n" \
    "Content-Disposition: attachment;\r\n " name "\r\n"
#define TEXT(name) ATTACHED("text/markdown", name) "\r\nПривет"

static void
test_files(void **state)
{
	static const struct { const char *mail, *parts; } cases[] = {
		/* as mutt, Thunderbird, Gmail, Apple Mail, Outlook and a phone
		 * write them */
		{ MIXED PLAIN "Hello\r\n" NEXT "Content-Type: text/markdown; charset=utf-8\r\n"
		  "Content-Disposition: attachment; filename=\"news.ru.md\"\r\n"
		  "Content-Transfer-Encoding: 8bit\r\n\r\nSubject: Новости\r\n\r\nПривет\r\n" LAST,
		  "-|News|Hello##ru|Новости|Привет" },
		{ MIXED "--b\r\nContent-Type: text/plain; charset=UTF-8; format=flowed\r\n\r\n\r\n"
		  NEXT "Content-Type: text/markdown; charset=UTF-8; name=\"news.ru.md\"\r\n"
		  "Content-Disposition: attachment; filename=\"news.ru.md\"\r\n"
		  "Content-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDog0KXQsNCx\r\n0LDRgAoK0KHQsNC70L7QvAo=\r\n" LAST,
		  "ru|Хабар|Салом" },
		{ MIXED "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
		  "--c\r\nContent-Type: text/plain\r\n\r\nHello\r\n--c\r\n"
		  "Content-Type: text/html\r\n\r\n<div>Hello</div>\r\n--c--\r\n" NEXT
		  "Content-Type: application/octet-stream; name=\"news.nb.md\"\r\n"
		  "Content-Disposition: attachment; filename=\"news.nb.md\"\r\n"
		  "Content-Transfer-Encoding: base64\r\nX-Attachment-Id: f_1\r\n\r\nSGVpIHDDpSBkZWc=\r\n" LAST,
		  "-|News|Hello##nb|News|Hei på deg" },
		{ MIXED "--b\r\nContent-Transfer-Encoding: 7bit\r\n\r\n" NEXT
		  "Content-Disposition: inline;\r\n\tfilename=news.ru.md\r\nContent-Type: text/plain;\r\n"
		  "\tx-unix-mode=0644;\r\n\tname=\"news.ru.md\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
		  "Привет" LAST, "ru|News|Привет" },
		{ MIXED PLAIN NEXT "Content-Type: application/octet-stream;\r\n"
		  "\tname=\"=?utf-8?B?0L3QvtCy0L7RgdGC0LgucnUubWQ=?=\"\r\n"
		  "Content-Disposition: attachment;\r\n"
		  "\tfilename=\"=?utf-8?B?0L3QvtCy0L7RgdGC0LgucnUubWQ=?=\"; size=6\r\n"
		  "\r\nПривет" LAST, "ru|News|Привет" },
		/* RFC 2231, and both ways at once */
		{ MIXED "--b\r\n" TEXT("filename*=UTF-8''%D0%BD%D0%BE%D0%B2%2Eru.md") LAST, "ru|News|Привет" },
		{ MIXED "--b\r\n" TEXT("filename*0*=utf-8''%D0%BD%D0%BE%D0%B2;\r\n filename*1*=%D0%BE;\r\n filename*2=\".ru.md\"") LAST, "ru|News|Привет" },
		{ MIXED "--b\r\n" TEXT("filename*0=news.t; filename*1=g.md") LAST, "tg|News|Привет" },
		{ MIXED "--b\r\n" TEXT("filename=\"????.en.md\"; filename*=utf-8''%D0%BD.ru.md") LAST, "ru|News|Привет" },
		{ MIXED "--b\r\n" TEXT("filename*=utf-8''%D0%BD.ru.md; filename=\"????.en.md\"") LAST, "ru|News|Привет" },
		{ MIXED "--b\r\n" ATTACHED("text/plain; name=a.en.md", "filename=a.ru.md") "\r\nПривет" LAST, "ru|News|Привет" },
		/* what programs take Markdown for */
		{ MIXED "--b\r\n" ATTACHED("application/x-genesis-rom", "filename=a.ru.md") "\r\nПривет" LAST, "ru|News|Привет" },
		{ MIXED "--b\r\n" ATTACHED("text/plain; charset=windows-1251", "filename=A.RU.MD") "\r\n\xcf\xf0\xe8\xe2\xe5\xf2" LAST, "RU|News|Привет" },
		{ MIXED "--b\r\n" ATTACHED("text/markdown", "filename=a.ru.md") "\r\n\xef\xbb\xbfSubject: Новости\nПривет" LAST, "ru|Новости|Привет" },
		/* all of a file is its text */
		{ MIXED "--b\r\n" ATTACHED("text/markdown", "filename=a.ru.md") "\r\n"
		  "a\n-- \nb\nLanguage: tg\nc" LAST, "ru|News|a\n--\nb\nLanguage: tg\nc" },
		{ MIXED "--b\r\n" ATTACHED("text/markdown", "filename=a.ru.md") "\r\n" LAST, "ru|News|" },
		{ MIXED PLAIN "Language: ru\r\n\r\nДа" NEXT TEXT("filename=a.ru.md") LAST, "ru|News|Да##ru|News|Привет" },
		{ MIXED "--b\r\n" TEXT("filename=a.md") LAST, "-|News|Привет" },
		{ MIXED "--b\r\n" TEXT("filename=\"../../etc/a.ru.md\"") LAST, "ru|News|Привет" },
		{ MIXED "--b\r\n" TEXT("filename=\"a.../../etc.md\"") LAST, "-|News|Привет" },
		{ "Content-Type: text/markdown; name=a.ru.md\r\n\r\nПривет\r\n", "ru|News|Привет" },
		/* none of it */
		{ MIXED PLAIN "Hello" NEXT TEXT("filename=a.ru.txt") LAST, "-|News|Hello" },
		{ MIXED PLAIN "Hello" NEXT TEXT("filename=amd") LAST, "-|News|Hello" },
		{ MIXED PLAIN "Hello" NEXT ATTACHED("message/rfc822", "filename=a.ru.md") "\r\nSubject: x\r\n\r\nПривет" LAST, "-|News|Hello" },
		{ "Content-Type: text/html\r\n\r\n<p>Hello<s>, all</s></p><p hidden>x</p><blockquote>said he</blockquote>", "-|News|Hello\n\n> said he" },
		{ MIXED PLAIN "Hello" NEXT ATTACHED("image/png", "filename=a.png") "\r\n\x89PNG" LAST, "-|News|Hello" },
	};
	struct reader_setup setup = { .vocabulary = vocabulary };
	struct reader *reader = reader_new(&setup);
	struct arena *arena = arena_new();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct letter letter = { .subject = "News" };

		reader_read_post(reader, arena, cases[i].mail,
		    strlen(cases[i].mail), &letter);
		assert_string_equal(parts_of(arena, &letter), cases[i].parts);
		assert_false(letter.post_cut);
	}
	arena_free(&arena);
	reader_free(&reader);
}

/* The mail's text first: NAME is of EACH octets, COUNT of them. */
static size_t
read_files(struct reader *reader, struct arena *arena, size_t count, size_t each,
    const char *name, struct letter *out)
{
	struct buf mail = BUF_INIT;
	size_t i, k;

	buf_addstr(&mail, MIXED PLAIN "Hello");
	for (i = 0; i < count; i++) {
		buf_addf(&mail, NEXT "Content-Disposition: attachment; "
		    "filename=%s.x%c.md\r\n\r\n", name, (int)('a' + i));
		for (k = 0; k < each; k += 64)
			buf_addf(&mail, "%063zu\n", k);
	}
	buf_addstr(&mail, LAST);
	*out = (struct letter){ .subject = "News" };
	reader_read_post(reader, arena, mail.data, mail.len, out);
	buf_free(&mail);
	return out->posts;
}

static void
test_file_bounds(void **state)
{
	struct reader_setup setup = { .vocabulary = vocabulary };
	struct reader *reader = reader_new(&setup);
	struct arena *arena = arena_new();
	char name[901];
	struct letter l;

	(void)state;
	assert_int_equal(read_files(reader, arena, 7, 64, "a", &l), 8);
	assert_false(l.post_cut);
	assert_int_equal(read_files(reader, arena, 8, 64, "a", &l), 8);
	assert_true(l.post_cut);
	assert_int_equal(read_files(reader, arena, 20, 64, "a", &l), 8);
	assert_true(l.post_cut);
	assert_int_equal(read_files(reader, arena, 1, LETTER_POST_MAX, "a", &l), 2);
	assert_false(l.post_cut);
	assert_int_equal(read_files(reader, arena, 1, LETTER_POST_MAX + 64, "a", &l), 1);
	assert_true(l.post_cut);
	/* all together */
	assert_int_equal(read_files(reader, arena, 3, LETTER_POST_MAX, "a", &l), 4);
	assert_false(l.post_cut);
	assert_int_equal(read_files(reader, arena, 4, LETTER_POST_MAX, "a", &l), 4);
	assert_true(l.post_cut);
	/* the end of a long name is what counts */
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	assert_int_equal(read_files(reader, arena, 1, 64, name, &l), 2);
	assert_string_equal(l.post[1].language, "xa");
	arena_free(&arena);
	reader_free(&reader);
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
		cmocka_unit_test(test_files), cmocka_unit_test(test_file_bounds),
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
