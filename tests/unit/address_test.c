/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "message/address.h"
#include "tests/unit/check.h"

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define L63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *in, *local, *domain, *full;
	int utf8;
	enum status want;
} cases[] = {
	{ .in = "ada@example.org", .local = "ada", .domain = "example.org" },
	{ .in = "Ada.Lovelace+x@Example.ORG", .local = "Ada.Lovelace+x",
	    .domain = "example.org", .full = "Ada.Lovelace+x@example.org" },
	{ .in = "a!#$%&'*+-/=?^_`{|}~b@x.example", .local = "a!#$%&'*+-/=?^_`{|}~b",
	    .domain = "x.example" },
	{ .in = "\"a b\"@example.org", .local = "\"a b\"", .domain = "example.org" },
	{ .in = "\"ada\"@example.org", .local = "ada", .domain = "example.org",
	    .full = "ada@example.org" },
	{ .in = "\"a\\da\"@example.org", .local = "ada", .domain = "example.org",
	    .full = "ada@example.org" },
	{ .in = "\"a@b\"@example.org", .local = "\"a@b\"", .domain = "example.org" },
	{ .in = "\"a\\\"b\\\\\"@example.org", .local = "\"a\\\"b\\\\\"",
	    .domain = "example.org" },
	{ .in = A64 "@example.org", .local = A64, .domain = "example.org" },
	{ .in = "x@" L63 ".org", .local = "x", .domain = L63 ".org" },
	{ .in = "рустам@example.org", .local = "рустам", .domain = "example.org",
	    .utf8 = 1 },
	{ .in = "ada@Bücher.example", .local = "ada", .domain = "bücher.example",
	    .full = "ada@xn--bcher-kva.example" },
	{ .in = "рустам@пример.испытание", .local = "рустам",
	    .domain = "пример.испытание", .utf8 = 1 },
	{ .in = "ada@xn--bcher-kva.example", .local = "ada",
	    .domain = "xn--bcher-kva.example" },
	{ .in = "ada@1und1.example", .local = "ada", .domain = "1und1.example" },

	{ .in = "", .want = INVALID },
	{ .in = "@", .want = INVALID },
	{ .in = "ada", .want = INVALID },
	{ .in = "ada@", .want = INVALID },
	{ .in = "@example.org", .want = INVALID },
	{ .in = "ada@localhost", .want = INVALID },
	{ .in = "ada@example.org.", .want = INVALID },
	{ .in = "ada@.example.org", .want = INVALID },
	{ .in = "ada@example..org", .want = INVALID },
	{ .in = "ada@-example.org", .want = INVALID },
	{ .in = "ada@example-.org", .want = INVALID },
	{ .in = "ada@exa_mple.org", .want = INVALID },
	{ .in = "ada@exa mple.org", .want = INVALID },
	{ .in = "ada@[192.0.2.1]", .want = INVALID },
	{ .in = "ada@[IPv6:2001:db8::1]", .want = INVALID },
	{ .in = "ada@192.0.2.1", .want = INVALID },
	{ .in = "ada@x" L63 ".org", .want = INVALID },
	{ .in = "ada@xn--a.example", .want = INVALID },
	{ .in = "ada@ex\xff" "ample.org", .want = INVALID },
	{ .in = "ada@exam\xe2\x80\x8b" "ple.org", .want = INVALID },
	{ .in = "a" A64 "@example.org", .want = INVALID },
	{ .in = ".ada@example.org", .want = INVALID },
	{ .in = "ada.@example.org", .want = INVALID },
	{ .in = "a..b@example.org", .want = INVALID },
	{ .in = "a b@example.org", .want = INVALID },
	{ .in = " ada@example.org", .want = INVALID },
	{ .in = "ada@example.org ", .want = INVALID },
	{ .in = "<ada@example.org>", .want = INVALID },
	{ .in = "ada@example.org,bob@example.org", .want = INVALID },
	{ .in = "ada@example.org\n", .want = INVALID },
	{ .in = "ada\n@example.org", .want = INVALID },
	{ .in = "ada\r\nX: y@example.org", .want = INVALID },
	{ .in = "@relay.example:ada@example.org", .want = INVALID },
	{ .in = "ada(comment)@example.org", .want = INVALID },
	{ .in = "a\"b\"@example.org", .want = INVALID },
	{ .in = "\"a\"b\"@example.org", .want = INVALID },
	{ .in = "\"a\\\"@example.org", .want = INVALID },
	{ .in = "\"a\tb\"@example.org", .want = INVALID },
	{ .in = "\"@example.org", .want = INVALID },
	{ .in = "ada\xff@example.org", .want = INVALID },
	{ .in = "ada\xc2\xa0@example.org", .want = INVALID },     /* no-break space */
	{ .in = "ada\xe2\x80\xae@example.org", .want = INVALID }, /* override */
	{ .in = "\"\xc2\x85\"@example.org", .want = INVALID },    /* a C1 control */
};

static void
parses(void **state)
{
	struct arena *a = arena_new();
	struct address out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		enum status st = address_parse(&out, a, cases[i].in, strlen(cases[i].in));
		const char *full = cases[i].full != NULL ? cases[i].full : cases[i].in;

		if (st != cases[i].want)
			fail_msg("case %zu (%s): status %d", i, cases[i].in, (int)st);
		if (st != OK) {
			assert_null(out.full);
			assert_null(out.local);
			continue;
		}
		assert_string_equal(out.local, cases[i].local);
		assert_string_equal(out.domain, cases[i].domain);
		assert_string_equal(out.full, full);
		assert_int_equal(out.ascii, !cases[i].utf8);
	}
	arena_free(&a);
}

static void
length_is_the_callers(void **state)
{
	struct arena *a = arena_new();
	struct address out;
	char nul[] = "ada\0@example.org";
	struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(address_parse(&out, a, "ada@example.orgXXX", 15), OK);
	assert_string_equal(out.full, "ada@example.org");
	assert_int_equal(address_parse(&out, a, nul, sizeof nul - 1), INVALID);
	/* 254 octets and not one more */
	buf_addstr(&b, A64 "@" L63 "." L63 ".");
	while (b.len < 250)
		buf_addch(&b, 'a');
	buf_addstr(&b, ".org");
	assert_int_equal(address_parse(&out, a, b.data, b.len), OK);
	buf_addch(&b, 'x');
	assert_int_equal(address_parse(&out, a, b.data, b.len), INVALID);
	buf_free(&b);
	arena_free(&a);
}

static void
mailboxes(void **state)
{
	static const struct { const char *address, *mailbox; } boxes[] = {
		{ "ada@example.org", NULL }, { "\"a.b+ c\"@example.org", NULL },
		{ "A.da@Example.org", "ada@example.org" },
		{ "ada+x+y@example.org", "ada@example.org" },
		{ "a.d.a+x.y@example.org", "ada@example.org" },
		{ "+x@example.org", "@example.org" },
		{ "Рус.там@пример.example", "рустам@xn--e1afmkfd.example" },
	};
	struct arena *a = arena_new();
	struct address address;
	const char *mailbox;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof boxes / sizeof boxes[0]; i++) {
		assert_int_equal(address_parse(&address, a, boxes[i].address,
		    strlen(boxes[i].address)), OK);
		mailbox = address_mailbox(a, &address);
		if (boxes[i].mailbox == NULL)
			assert_null(mailbox);
		else
			assert_string_equal(mailbox, boxes[i].mailbox);
	}
	arena_free(&a);
}

static void
keys(void **state)
{
	static const struct { const char *one, *other; int same; } pairs[] = {
		{ "ada@example.org", "ADA@EXAMPLE.ORG", 1 },
		{ "\"ada\"@example.org", "ada@example.org", 1 },
		{ "\"a b\"@example.org", "\"A\\ b\"@example.org", 1 },
		{ "ada@bücher.example", "ada@xn--bcher-kva.example", 1 },
		{ "ada@BÜCHER.example", "ada@bu\xcc\x88" "cher.example", 1 },
		{ "РУСТАМ@example.org", "рустам@example.org", 1 },
		{ "jos\xc3\xa9@example.org", "jose\xcc\x81@example.org", 1 },
		{ "ada@straße.example", "ada@strasse.example", 0 },
		{ "straße@example.org", "strasse@example.org", 0 },
		{ "\xc5\xbfmith@example.org", "smith@example.org", 0 },   /* long s */
		{ "a.da@example.org", "ada@example.org", 0 },
		{ "ada+x@example.org", "ada@example.org", 0 },
		{ "josé@example.org", "jose@example.org", 0 },
		{ "\xef\xbd\x81@example.org", "a@example.org", 0 },     /* full width */
		{ "ada@example.org", "ada@example.com", 0 },
	};
	struct arena *a = arena_new();
	struct address one, other;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		int same;

		assert_int_equal(address_parse(&one, a, pairs[i].one,
		    strlen(pairs[i].one)), OK);
		assert_int_equal(address_parse(&other, a, pairs[i].other,
		    strlen(pairs[i].other)), OK);
		same = strcmp(address_key(a, &one), address_key(a, &other)) == 0;
		if (same != pairs[i].same)
			fail_msg("%s and %s: %s, %s", pairs[i].one, pairs[i].other,
			    address_key(a, &one), address_key(a, &other));
	}
	assert_int_equal(address_parse(&one, a, "x@Bücher.example", strlen("x@Bücher.example")), OK);
	assert_string_equal(address_domain_ascii(a, &one), "xn--bcher-kva.example");
	arena_free(&a);
}

/* ---- a third party's collection, where it is ----------------------------- */

/* The text of <TAG> before END, entities decoded; cut from *AT on. */
static char *
element(struct arena *a, const char *test, const char *tag)
{
	const char *from = strstr(test, tag), *to;
	struct buf b = BUF_INIT;
	char *out;

	if (from == NULL || (to = strchr(from += strlen(tag), '<')) == NULL)
		return arena_strdup(a, "");
	while (from < to) {
		unsigned long c;
		char *end;

		if (strncmp(from, "&#x", 3) == 0) {
			c = strtoul(from + 3, &end, 16);
			from = end + 1;
			if (c >= 0x2400 && c < 0x2420)
				buf_addch(&b, (char)(c - 0x2400));
			else if (c < 0x80)
				buf_addch(&b, (char)c);
			else
				buf_addch(&b, '\xff');
		} else if (strncmp(from, "&lt;", 4) == 0) {
			buf_addch(&b, '<');
			from += 4;
		} else if (strncmp(from, "&gt;", 4) == 0) {
			buf_addch(&b, '>');
			from += 4;
		} else if (strncmp(from, "&amp;", 5) == 0) {
			buf_addch(&b, '&');
			from += 5;
		} else if (strncmp(from, "&quot;", 6) == 0) {
			buf_addch(&b, '"');
			from += 6;
		} else {
			buf_addch(&b, *from++);
		}
	}
	out = arena_strndup(a, b.data, b.len);
	buf_free(&b);
	return out;
}

/* Mail can be sent there, but our rules are stricter than the collection's. */
static int
is_excluded(const char *address)
{
	const char *at = strrchr(address, '@');

	return strchr(at + 1, '.') == NULL || strspn(strrchr(at, '.') + 1,
	    "0123456789") == strlen(strrchr(at, '.') + 1);
}

static void
collection(void **state)
{
	const char *dir = getenv("UNDERSIGNED_CORPORA");
	struct arena *a = arena_new();
	struct buf file = BUF_INIT;
	struct reason why;
	struct address out;
	const char *test;
	unsigned refused = 0, taken = 0;
	char *path;

	(void)state;
	path = arena_printf(a, "%s/addresses/isemail.xml", dir != NULL ? dir : "");
	if (dir == NULL || buf_read_file(&file, path, 1 << 20, &why) != OK) {
		arena_free(&a);
		print_message("# no collection: set UNDERSIGNED_CORPORA\n");
		skip();
	}
	for (test = strstr(file.data, "<test id"); test != NULL;
	    test = strstr(test + 1, "<test id")) {
		char *one = arena_strndup(a, test,
		    (size_t)(strstr(test, "</test>") - test));
		char *address = element(a, one, "<address>");
		char *category = element(a, one, "<category>");
		enum status st = address_parse(&out, a, address, strlen(address));

		if (strcmp(category, "ISEMAIL_ERR") == 0) {
			if (st == OK)
				fail_msg("taken: %s", address);
			refused++;
		} else if ((strcmp(category, "ISEMAIL_VALID_CATEGORY") == 0 ||
		    strcmp(category, "ISEMAIL_DNSWARN") == 0) && !is_excluded(address)) {
			if (st != OK)
				fail_msg("refused: %s", address);
			taken++;
		}
	}
	print_message("# refused %u, taken %u\n", refused, taken);
	assert_true(refused > 50 && taken > 10);
	buf_free(&file);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses),
		cmocka_unit_test(length_is_the_callers),
		cmocka_unit_test(keys),
		cmocka_unit_test(mailboxes),
		cmocka_unit_test(collection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
