/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "message/letter.h"
#include "tests/unit/check.h"

#define TOKEN "abcdefghijklmnopqrstuvwxyz234567abcde"

static struct arena *arena;

static struct letter
good_letter(void)
{
	struct letter l;

	memset(&l, 0, sizeof l);
	l.reverse_path = "ada@example.org";
	l.to.purpose = PURPOSE_CONFIRM;
	l.to.slug = "freedom";
	l.to.token = TOKEN;
	memset(l.digest, 7, sizeof l.digest);
	l.author_state = AUTHOR_ONE;
	assert_int_equal(address_parse(&l.author, arena, "Ada@Bücher.example",
	    strlen("Ada@Bücher.example")), OK);
	l.display_name = "Ada Ловлейс";
	l.authentic = true;
	l.nature = NATURE_HUMAN;
	l.why = "human";
	l.subject = "Я подписываю";
	l.message_id = "<1@example.org>";
	l.text = "Yes\n\nName: Ada";
	l.said.verb = VERB_SIGN;
	l.said.yes = 1;
	l.said.field[FIELD_NAME] = arena_strdup(arena, "Ada");
	l.said.field[FIELD_COMMENT] = arena_strdup(arena, "one\ntwo");
	l.said.language = "en";
	l.country = "NO";
	l.reference.purpose = PURPOSE_REPLY;
	l.reference.token = TOKEN;
	l.network = "2001:db8:1::/48";
	l.disposable = true;
	l.has_words = true;
	memset(l.words, 9, sizeof l.words);
	l.hints[0] = "nb";
	l.hints[1] = "en";
	l.report.kind = REPORT_FAILED;
	l.report.fate = FATE_HARD;
	l.report.how = "delivery-status";
	l.report.count = 2;
	l.report.recipient[0] = (struct report_recipient){
		.address = "bob@example.net", .original = "rob@example.net",
		.fate = FATE_HARD, .class = 5, .subject = 1, .detail = 10,
		.reply = 550, .diagnostic = "550 5.1.10 nobody of that name",
	};
	l.report.recipient[1] = (struct report_recipient){
		.address = "eve@example.net", .fate = FATE_DELAYED,
	};
	l.report.original_id = "<2@example.org>";
	l.report.tokens = 1;
	l.report.token[0] = (struct recipient){
		.purpose = PURPOSE_UNSUBSCRIBE, .token = TOKEN,
	};
	l.report.feedback = "abuse";
	return l;
}

static enum status
there_and_back(const struct letter *l, struct letter *out)
{
	struct buf record = BUF_INIT;
	enum status st;

	letter_pack(l, &record);
	st = letter_unpack(out, arena, record.data, record.len);
	buf_free(&record);
	return st;
}

static void
same_comes_back(void **state)
{
	struct letter l = good_letter(), out;

	(void)state;
	assert_int_equal(there_and_back(&l, &out), OK);
	assert_string_equal(out.reverse_path, l.reverse_path);
	assert_int_equal(out.to.purpose, PURPOSE_CONFIRM);
	assert_string_equal(out.to.slug, "freedom");
	assert_string_equal(out.to.token, TOKEN);
	assert_null(out.to.source);
	assert_memory_equal(out.digest, l.digest, LETTER_DIGEST);
	assert_string_equal(out.author.full, l.author.full);
	assert_string_equal(out.author.local, l.author.local);
	assert_string_equal(out.author.domain, l.author.domain);
	assert_int_equal(out.author.ascii, l.author.ascii);
	assert_string_equal(out.display_name, l.display_name);
	assert_true(out.authentic);
	assert_int_equal(out.nature, NATURE_HUMAN);
	assert_string_equal(out.why, "human");
	assert_string_equal(out.subject, l.subject);
	assert_string_equal(out.message_id, l.message_id);
	assert_string_equal(out.text, l.text);
	assert_int_equal(out.said.verb, VERB_SIGN);
	assert_int_equal(out.said.yes, 1);
	assert_int_equal(out.said.no, 0);
	assert_string_equal(out.said.field[FIELD_NAME], "Ada");
	assert_string_equal(out.said.field[FIELD_COMMENT], "one\ntwo");
	assert_null(out.said.field[FIELD_CITY]);
	assert_string_equal(out.said.language, "en");
	assert_string_equal(out.country, "NO");
	assert_int_equal(out.reference.purpose, PURPOSE_REPLY);
	assert_string_equal(out.reference.token, TOKEN);
	assert_string_equal(out.hints[0], "nb");
	assert_string_equal(out.hints[1], "en");
	assert_null(out.hints[2]);
	assert_string_equal(out.network, l.network);
	assert_true(out.disposable);
	assert_true(out.has_words);
	assert_memory_equal(out.words, l.words, TRAIT_WORDS);
	assert_int_equal(out.report.kind, REPORT_FAILED);
	assert_int_equal(out.report.fate, FATE_HARD);
	assert_string_equal(out.report.how, "delivery-status");
	assert_int_equal(out.report.count, 2);
	assert_string_equal(out.report.recipient[0].address, "bob@example.net");
	assert_string_equal(out.report.recipient[0].original, "rob@example.net");
	assert_int_equal(out.report.recipient[0].fate, FATE_HARD);
	assert_int_equal(out.report.recipient[0].class, 5);
	assert_int_equal(out.report.recipient[0].subject, 1);
	assert_int_equal(out.report.recipient[0].detail, 10);
	assert_int_equal(out.report.recipient[0].reply, 550);
	assert_string_equal(out.report.recipient[0].diagnostic,
	    l.report.recipient[0].diagnostic);
	assert_int_equal(out.report.recipient[1].fate, FATE_DELAYED);
	assert_null(out.report.recipient[1].original);
	assert_string_equal(out.report.original_id, "<2@example.org>");
	assert_int_equal(out.report.tokens, 1);
	assert_int_equal(out.report.token[0].purpose, PURPOSE_UNSUBSCRIBE);
	assert_string_equal(out.report.token[0].token, TOKEN);
	assert_string_equal(out.report.feedback, "abuse");
}

static void
least_comes_back(void **state)
{
	struct letter l, out;

	(void)state;
	memset(&l, 0, sizeof l);
	l.reverse_path = "";
	l.to.slug = "freedom";
	l.to.source = "poster";
	l.author_state = AUTHOR_MANY;
	l.nature = NATURE_LIST;
	l.why = "list-header";
	l.subject = l.text = "";
	assert_int_equal(there_and_back(&l, &out), OK);
	assert_int_equal(out.author_state, AUTHOR_MANY);
	assert_null(out.author.full);
	assert_string_equal(out.to.source, "poster");
	assert_null(out.hints[0]);
}

static char *
repeat(char c, size_t n)
{
	char *s = arena_alloc(arena, n + 1);

	memset(s, c, n);
	return s;
}

/* Each change makes a letter that no reader makes. */
static void
spoil(struct letter *l, int way)
{
	switch (way) {
	case 0: l->subject = "a\nb"; break;
	case 1: l->subject = "a\033[2J"; break;
	case 2: l->subject = "\xc3("; break;
	case 3: l->subject = repeat('a', LETTER_LINE_MAX + 1); break;
	case 4: l->text = repeat('a', LETTER_TEXT_MAX + 1); break;
	case 5: l->text = "a\rb"; break;
	case 6: l->text = "a\xc2\x85" "b"; break;
	case 7: l->display_name = "a\177"; break;
	case 8: l->to.slug = NULL; break;
	case 9: l->to.slug = "Freedom"; break;
	case 10: l->to.slug = "postmaster"; break;
	case 11: l->to.token = NULL; break;
	case 12: l->to.token = "short"; break;
	case 13: l->to.purpose = PURPOSE_LETTER; break;
	case 14: l->to.purpose = PURPOSE_COUNT_; break;
	case 15: l->to.source = "poster"; break;
	case 16: l->author_state = (enum author_state)9; break;
	case 17: l->author.domain = "example"; break;
	case 18: l->author.local = "a b"; break;
	case 19: l->nature = NATURE_COUNT_; break;
	case 20: l->why = "no word"; break;
	case 21: l->why = ""; break;
	case 22: l->message_id = "1@example.org"; break;
	case 23: l->message_id = "<a\r\nBcc: x>"; break;
	case 24: l->message_id = "<a b>"; break;
	case 25: l->said.verb = VERB_COUNT_; break;
	case 26: l->said.field[FIELD_NAME] = arena_strdup(arena, "a\nb"); break;
	case 27: l->said.field[FIELD_CITY] = repeat('a', SAID_FIELD_MAX * 4 + 1); break;
	case 28: l->said.language = "../en"; break;
	case 29: l->country = "no"; break;
	case 30: l->country = "NOR"; break;
	case 31: l->reference.token = "x"; break;
	case 32: l->reference.slug = "freedom"; break;
	case 33: l->hints[0] = "EN"; break;
	case 34: l->hints[0] = NULL; break;
	case 35: l->reverse_path = NULL; break;
	case 36: l->text = NULL; break;
	case 37: l->subject = NULL; break;
	case 38: l->why = NULL; break;
	case 39: l->author_state = AUTHOR_NONE; break;
	case 40: l->report.kind = REPORT_KIND_COUNT_; break;
	case 41: l->report.fate = FATE_COUNT_; break;
	case 42: l->report.how = "no word"; break;
	case 43: l->report.recipient[0].fate = (enum fate)200; break;
	case 44: l->report.recipient[0].address = NULL; break;
	case 45: l->report.recipient[0].address = "bob"; break;
	case 46: l->report.recipient[0].address = "bob@example.net\r\nDATA"; break;
	case 47: l->report.recipient[0].original = "\033@example.net"; break;
	case 48: l->report.recipient[0].fate = FATE_COUNT_; break;
	case 49: l->report.recipient[0].class = 3; break;
	case 50: l->report.recipient[0].subject = 1000; break;
	case 51: l->report.recipient[0].detail = 1000; break;
	case 52: l->report.recipient[0].reply = 199; break;
	case 53: l->report.recipient[0].diagnostic = "a\nb"; break;
	case 54: l->report.recipient[0].diagnostic = repeat('a', REPORT_LINE_MAX + 1); break;
	case 55: l->report.original_id = "2@example.org"; break;
	case 56: l->report.token[0].token = "short"; break;
	case 57: l->report.token[0].token = NULL; break;
	case 58: l->report.token[0].purpose = PURPOSE_SIGN; break;
	case 59: l->report.feedback = "Abuse!"; break;
	case 60: l->network = "mx.example.org"; break;
	case 61: l->network = ""; break;
	default: break;
	}
}

#define SPOILED 62

static void
no_other_is_taken(void **state)
{
	struct letter l, out;
	int way;

	(void)state;
	for (way = 0; way < SPOILED; way++) {
		l = good_letter();
		spoil(&l, way);
		if (there_and_back(&l, &out) != INVALID)
			fail_msg("spoiled in way %d and still taken", way);
		assert_null(out.subject);
	}
}

/* Cut short or made longer, it is none. */
static void
no_piece_is_taken(void **state)
{
	struct letter l = good_letter(), out;
	struct buf record = BUF_INIT;
	size_t len;

	(void)state;
	letter_pack(&l, &record);
	for (len = 0; len < record.len; len++)
		assert_int_equal(letter_unpack(&out, arena, record.data, len), INVALID);
	buf_addch(&record, 'x');
	assert_int_equal(letter_unpack(&out, arena, record.data, record.len), INVALID);
	buf_free(&record);
}

static int
set_up(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(same_comes_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(least_comes_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_other_is_taken, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_piece_is_taken, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
