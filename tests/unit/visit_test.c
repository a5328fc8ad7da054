/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/wire.h"
#include "message/visit.h"
#include "tests/unit/check.h"

#define TOKEN "abcdefghijklmnopqrstuvwxyz234567abcde"

static void
test_visits(void **state)
{
	static const struct {
		struct visit visit;
		enum status st;
	} rows[] = {
		{ { VISIT_HEALTH, PURPOSE_CONFIRM, NULL, NULL, NULL }, OK },
		{ { VISIT_LOOK, PURPOSE_CONFIRM, "manuchehr", TOKEN, NULL }, OK },
		{ { VISIT_ACT, PURPOSE_UNSUBSCRIBE, "abcdefghijklmnopqrstuvwx",
		    TOKEN, NULL }, OK },
		{ { VISIT_ACT, PURPOSE_CONFIRM, "manuchehr", TOKEN,
		    "0123456789abcdef" }, OK },
		{ { VISIT_ACT, PURPOSE_CONFIRM, "manuchehr", TOKEN,
		    "0123456789abcdeF" }, INVALID },
		{ { VISIT_ACT, PURPOSE_CONFIRM, "manuchehr", TOKEN,
		    "0123456789abcde" }, INVALID },
		{ { VISIT_HEALTH, PURPOSE_CONFIRM, NULL, NULL,
		    "0123456789abcdef" }, INVALID },
		/* Tokens of mail alone. */
		{ { VISIT_LOOK, PURPOSE_REPLY, "manuchehr", TOKEN, NULL }, INVALID },
		{ { VISIT_ACT, PURPOSE_BOUNCE, "manuchehr", TOKEN, NULL }, INVALID },
		{ { VISIT_ACT, PURPOSE_APPROVE, "manuchehr", TOKEN, NULL }, INVALID },
		{ { VISIT_ACT, PURPOSE_SIGN, "manuchehr", TOKEN, NULL }, INVALID },
		{ { (enum visit_kind)3, PURPOSE_CONFIRM, "manuchehr", TOKEN, NULL },
		    INVALID },
		{ { VISIT_HEALTH, PURPOSE_CONFIRM, "manuchehr", NULL, NULL }, INVALID },
		{ { VISIT_LOOK, PURPOSE_CONFIRM, NULL, TOKEN, NULL }, INVALID },
		{ { VISIT_LOOK, PURPOSE_CONFIRM, "manuchehr", NULL, NULL }, INVALID },
		{ { VISIT_LOOK, PURPOSE_CONFIRM, "", TOKEN, NULL }, INVALID },
		{ { VISIT_LOOK, PURPOSE_CONFIRM, "abcdefghijklmnopqrstuvwxy",
		    TOKEN, NULL }, INVALID },
		{ { VISIT_LOOK, PURPOSE_CONFIRM, "../etc", TOKEN, NULL }, INVALID },
		{ { VISIT_LOOK, PURPOSE_CONFIRM, "manuchehr", TOKEN "a", NULL },
		    INVALID },
		{ { VISIT_LOOK, PURPOSE_CONFIRM, "manuchehr", "abc", NULL }, INVALID },
	};
	struct arena *arena = arena_new();
	struct buf b = BUF_INIT;
	struct visit back;
	size_t i, cut;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		buf_clear(&b);
		visit_pack(&rows[i].visit, &b);
		assert_int_equal(visit_unpack(&back, arena, b.data, b.len),
		    rows[i].st);
		if (rows[i].st != OK)
			continue;
		assert_true(b.len <= VISIT_MAX);
		assert_int_equal(back.kind, rows[i].visit.kind);
		if (back.kind != VISIT_HEALTH) {
			assert_int_equal(back.purpose, rows[i].visit.purpose);
			assert_string_equal(back.slug, rows[i].visit.slug);
			assert_string_equal(back.token, rows[i].visit.token);
			assert_true(rows[i].visit.text == NULL ?
			    back.text == NULL :
			    strcmp(back.text, rows[i].visit.text) == 0);
		}
		for (cut = 0; cut < b.len; cut++)
			assert_int_equal(visit_unpack(&back, arena, b.data, cut),
			    INVALID);
		buf_addch(&b, 'x');
		assert_int_equal(visit_unpack(&back, arena, b.data, b.len),
		    INVALID);
	}
	buf_free(&b);
	arena_free(&arena);
}

static void
test_seen(void **state)
{
	static const struct seen seen = {
		.kind = SEEN_MAY_SIGN, .slug = "manuchehr", .language = "tg",
		.masked = "g…a@example.org", .name = "Грейс", .country = "NO",
		.comment = "<b>", .updates = true, .declines = true,
		.changed = true,
		.number = 7,
	};
	struct arena *arena = arena_new();
	struct buf b = BUF_INIT;
	struct seen back;
	size_t cut;

	(void)state;
	seen_pack(&seen, &b);
	assert_int_equal(seen_unpack(&back, arena, b.data, b.len), OK);
	assert_int_equal(back.kind, seen.kind);
	assert_string_equal(back.slug, seen.slug);
	assert_string_equal(back.language, seen.language);
	assert_string_equal(back.masked, seen.masked);
	assert_string_equal(back.name, seen.name);
	assert_string_equal(back.country, seen.country);
	assert_null(back.city);
	assert_string_equal(back.comment, seen.comment);
	assert_true(back.updates && back.declines && back.changed &&
	    !back.hidden);
	assert_int_equal(back.number, 7);
	for (cut = 0; cut < b.len; cut++)
		assert_int_equal(seen_unpack(&back, arena, b.data, cut), INVALID);
	b.data[0] = SEEN_KINDS;
	assert_int_equal(seen_unpack(&back, arena, b.data, b.len), INVALID);
	buf_free(&b);
	arena_free(&arena);
}

/* The other side may be taken over: what is no text is not shown. */
static void
test_seen_bad_text(void **state)
{
	static const struct seen seen = { .kind = SEEN_MAY_STOP,
	    .slug = "a", .language = "en", .masked = "g\xff\xfe@x" };
	struct arena *arena = arena_new();
	struct buf b = BUF_INIT;
	struct seen back;

	(void)state;
	seen_pack(&seen, &b);
	assert_int_equal(seen_unpack(&back, arena, b.data, b.len), INVALID);
	buf_free(&b);
	arena_free(&arena);
}

static void
test_mask(void **state)
{
	static const struct {
		const char *address, *masked;
	} rows[] = {
		{ "grace.hopper@example.org", "g…r@example.org" },
		{ "ab@example.org", "a…b@example.org" },
		{ "a@example.org", "a…@example.org" },
		{ "ёлка@example.org", "ё…а@example.org" },
		{ "ё@example.org", "ё…@example.org" },
		{ "\"a@b\"@example.org", "\"…\"@example.org" },
		{ "@example.org", NULL },
		{ "nobody", NULL },
		{ NULL, NULL },
	};
	struct arena *arena = arena_new();
	const char *masked;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		masked = visit_mask(arena, rows[i].address);
		if (rows[i].masked == NULL)
			assert_null(masked);
		else
			assert_string_equal(masked, rows[i].masked);
	}
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_visits),
		cmocka_unit_test(test_seen),
		cmocka_unit_test(test_seen_bad_text),
		cmocka_unit_test(test_mask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
