/* SPDX-License-Identifier: ISC
 *
 * The header fields and the transfer encodings of the mail we write.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"

#include "base/buf.h"
#include "delivery/encoding.h"
#include "delivery/header.h"

#define A60 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
check(const char *what, const char *got, const char *want)
{
	if (strcmp(got, want) != 0)
		fail_msg("%s\n got: \"%s\"\nwant: \"%s\"", what, got, want);
}

/* ---- text --------------------------------------------------------------------- */

static const struct { const char *in, *want; } texts[] = {
	{ "Free the parks", "Subject: Free the parks\r\n" },
	{ "", "Subject: \r\n" },
	{ "  two  blanks  ", "Subject: two  blanks\r\n" },
	{ "a\r\nBcc: x@example.org", "Subject: a Bcc: x@example.org\r\n" },
	{ "a\n\n\tb\x7f", "Subject: a b\r\n" },
	{ A60 " bbbbbbbb", "Subject: " A60 "\r\n bbbbbbbb\r\n" },
	{ A60 " bbbbbb", "Subject: " A60 " bbbbbb\r\n" },
	{ "Café", "Subject: =?UTF-8?B?Q2Fmw6k=?=\r\n" },
	{ "Our old café", "Subject: =?UTF-8?Q?Our_old_caf=C3=A9?=\r\n" },
	{ "many plain words a_b=c?é",
	    "Subject: =?UTF-8?Q?many_plain_words_a=5Fb=3Dc=3F=C3=A9?=\r\n" },
	{ "é b", "Subject: =?UTF-8?Q?=C3=A9_b?=\r\n" },
	{ "Свободу", "Subject: =?UTF-8?B?0KHQstC+0LHQvtC00YM=?=\r\n" },
	/* what a reader would decode must not stand there by chance */
	{ "=?UTF-8?Q?x?=", "Subject: =?UTF-8?B?PT9VVEYtOD9RP3g/PQ==?=\r\n" },
};

static void
test_text(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct buf out = BUF_INIT;

		header_text(&out, "Subject", texts[i].in);
		check(texts[i].in, out.data, texts[i].want);
		buf_free(&out);
	}
}

static int
digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)(at - digits);
}

static void
decode_base64(struct buf *out, const char *s, size_t len)
{
	unsigned v = 0, bits = 0;

	for (; len > 0; s++, len--) {
		if (digit(*s) < 0)
			continue;
		v = v << 6 | (unsigned)digit(*s);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			buf_addch(out, (char)(v >> bits & 255));
		}
	}
}

static void
decode_quoted(struct buf *out, const char *s, size_t len, char blank)
{
	char hex[3] = "";

	for (; len > 0; s++, len--) {
		if (*s != '=') {
			buf_addch(out, *s == blank ? ' ' : *s);
		} else if (len > 2 && s[1] != '\r') {
			memcpy(hex, s + 1, 2);
			buf_addch(out, (char)strtoul(hex, NULL, 16));
			s += 2;
			len -= 2;
		} else if (len > 2) {
			s += 2;
			len -= 2;
		}
	}
}

/* Joins the encoded words of a folded field. */
static void
decode_words(struct buf *out, const char *s)
{
	const char *end;

	while ((s = strstr(s, "=?UTF-8?")) != NULL) {
		s += 8;
		end = strstr(s + 2, "?=");
		assert_non_null(end);
		if (s[0] == 'B')
			decode_base64(out, s + 2, (size_t)(end - s - 2));
		else
			decode_quoted(out, s + 2, (size_t)(end - s - 2), '_');
		s = end + 2;
	}
}

static size_t
longest_line(const char *s)
{
	size_t longest = 0;

	while (*s != '\0') {
		size_t n = strcspn(s, "\r\n");

		if (n > longest)
			longest = n;
		s += n + strspn(s + n, "\r\n");
	}
	return longest;
}

/* Each word must be valid UTF-8 by itself: no character is cut. */
static void
check_words_whole(const char *s)
{
	while ((s = strstr(s, "=?UTF-8?")) != NULL) {
		const char *end = strstr(s + 10, "?=");
		struct buf word = BUF_INIT;
		char *one = mem_strndup(s, (size_t)(end + 2 - s));

		assert_true(strlen(one) <= 75);
		decode_words(&word, one);
		assert_true(word.len > 0);
		assert_int_not_equal((unsigned char)word.data[0] & 0xc0, 0x80);
		buf_free(&word);
		free(one);
		s = end + 2;
	}
}

static const char *const long_texts[] = {
	"Свободу Манучехру Холикназарову, адвокату из Таджикистана, которого "
	    "приговорили к шестнадцати годам",
	"éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé",
	"Café Café Café Café Café Café Café Café Café Café Café Café Café Café",
	"𝔘𝔫𝔡𝔢𝔯𝔰𝔦𝔤𝔫𝔢𝔡𝔘𝔫𝔡𝔢𝔯𝔰𝔦𝔤𝔫𝔢𝔡𝔘𝔫𝔡𝔢𝔯𝔰𝔦𝔤𝔫𝔢𝔡",
	"ab=?cdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqr"
	    "stuvwxyzabcdefghijklmnopqrstuvwxyz",
	A60 A60 A60 A60,
};

static void
test_long_text(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof long_texts / sizeof long_texts[0]; i++) {
		struct buf out = BUF_INIT, back = BUF_INIT;

		header_text(&out, "Subject", long_texts[i]);
		if (longest_line(out.data) > 76)
			fail_msg("line too long: %s", out.data);
		check_words_whole(out.data);
		decode_words(&back, out.data);
		check("decoded", back.data, long_texts[i]);
		buf_free(&out);
		buf_free(&back);
	}
}

/* ---- mailboxes ------------------------------------------------------------------- */

static const struct { const char *name, *want; } names[] = {
	{ NULL, "To: <ada@example.org>\r\n" },
	{ "", "To: <ada@example.org>\r\n" },
	{ "Ada Lovelace", "To: Ada Lovelace <ada@example.org>\r\n" },
	{ "Lovelace, Ada", "To: \"Lovelace, Ada\" <ada@example.org>\r\n" },
	{ "A \"B\" \\C", "To: \"A \\\"B\\\" \\\\C\" <ada@example.org>\r\n" },
	{ "x@example.net>", "To: \"x@example.net>\" <ada@example.org>\r\n" },
	{ "Ada\r\nBcc: x@example.net",
	    "To: \"Ada Bcc: x@example.net\" <ada@example.org>\r\n" },
	{ "Åse", "To: =?UTF-8?Q?=C3=85se?= <ada@example.org>\r\n" },
	{ "Å, \"B\"", "To: =?UTF-8?B?w4UsICJCIg==?= <ada@example.org>\r\n" },
	{ A60, "To: " A60 "\r\n <ada@example.org>\r\n" },
};

static void
test_mailbox(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct buf out = BUF_INIT;

		header_mailbox(&out, "To", names[i].name, "ada@example.org");
		check(names[i].name, out.data, names[i].want);
		buf_free(&out);
	}
}

static const struct { const char *in; bool ok; } addresses[] = {
	{ "ada@example.org", true }, { "рустам@example.org", true },
	{ "\"a b\"@example.org", true }, { "\"a>b\"@example.org", true },
	{ "\"a\\\"b\"@example.org", true },
	{ "", false }, { NULL, false }, { "ada", false },
	{ "a b@example.org", false }, { "a@example.org>", false },
	{ "a@example.org, b@example.org", false }, { "a@b\r\nBcc: c@d", false },
	{ "\"a@example.org", false }, { "\"a\nb\"@example.org", false },
	{ "\"a\\\nb\"@example.org", false }, { "a@example.org\x7f", false },
};

static const struct { const char *in; bool ok; } ids[] = {
	{ "<a@b>", true }, { "<a>", true }, { NULL, false }, { "", false },
	{ "<>", false }, { "a@b", false }, { "<a@b> <c@d>", false },
	{ "<a\r\nb>", false }, { "<a<b>", false },
};

static void
test_checks(void **state)
{
	char *longest = mem_printf("<%0899d>", 1);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof addresses / sizeof addresses[0]; i++)
		if (header_address_ok(addresses[i].in) != addresses[i].ok)
			fail_msg("address: %s", addresses[i].in);
	for (i = 0; i < sizeof ids / sizeof ids[0]; i++)
		if (header_id_ok(ids[i].in) != ids[i].ok)
			fail_msg("id: %s", ids[i].in);
	assert_false(header_id_ok(longest));
	longest[899] = '>';
	longest[900] = '\0';
	assert_true(header_id_ok(longest));
	free(longest);
}

static void
test_mailto(void **state)
{
	struct buf out = BUF_INIT;

	(void)state;
	header_mailto(&out, "parks+u-abc@example.org");
	check("mailto", out.data, "<mailto:parks+u-abc@example.org>");
	buf_clear(&out);
	header_mailto(&out, "a?b&c>\n é@x");
	check("mailto", out.data, "<mailto:a%3Fb%26c%3E%0A%20%C3%A9@x>");
	buf_free(&out);
}

/* ---- encodings --------------------------------------------------------------------- */

static const struct {
	const char *in, *encoding, *body;       /* NULL: only decoded again */
} parts[] = {
	{ "Hello\nthere\n", "7bit", "Hello\r\nthere\r\n" },
	{ "Hello", "7bit", "Hello\r\n" },
	{ "", "7bit", "" },
	{ "a = b\n", "7bit", "a = b\r\n" },
	{ "a\tb\n", "7bit", "a\tb\r\n" },
	{ "tab at the end\t\nx\n", "quoted-printable",
	    "tab at the end=09\r\nx\r\n" },
	{ "blank at the end \nx\n", "quoted-printable",
	    "blank at the end=20\r\nx\r\n" },
	{ "caf\xc3\xa9 = good\n", "quoted-printable", "caf=C3=A9 =3D good\r\n" },
	{ A60 "aaaaaaaaaaaaaaaa\n", "7bit", A60 "aaaaaaaaaaaaaaaa\r\n" },
	{ A60 "aaaaaaaaaaaaaaaab\n", "quoted-printable",
	    A60 "aaaaaaaaaaaaaaa=\r\nab\r\n" },
	{ A60 "aaaaaaaaaaaaaa\xc3\xa9\n", "quoted-printable",
	    A60 "aaaaaaaaaaaaaa=\r\n=C3=A9\r\n" },
	{ "Мы, нижеподписавшиеся, просим вас освободить его.\n", "base64", NULL },
	{ "odd \x01\n", "quoted-printable", "odd =01\r\n" },
};

static char *
with_crlf(const char *s)
{
	struct buf b = BUF_INIT;

	for (; *s != '\0'; s++) {
		if (*s == '\n')
			buf_addch(&b, '\r');
		buf_addch(&b, *s);
	}
	return buf_steal(&b, NULL);
}

static void
test_parts(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		struct buf out = BUF_INIT, back = BUF_INIT;
		char *head = mem_printf("Content-Type: text/plain; charset=utf-8\r\n"
		    "Content-Transfer-Encoding: %s\r\n\r\n", parts[i].encoding);
		char *body, *want = with_crlf(parts[i].in);

		encoding_part(&out, "text/plain", parts[i].in, strlen(parts[i].in));
		if (strncmp(out.data, head, strlen(head)) != 0)
			fail_msg("%s\n%s", parts[i].in, out.data);
		body = out.data + strlen(head);
		assert_true(longest_line(body) <= 76);
		if (parts[i].body != NULL) {
			check(parts[i].in, body, parts[i].body);
		} else {
			decode_base64(&back, body, strlen(body));
			check(parts[i].in, back.data, want);
		}
		buf_free(&out);
		buf_free(&back);
		free(head);
		free(want);
	}
}

/* Each octet is told apart wherever it stands. */
static void
test_every_octet(void **state)
{
	unsigned c, at;

	(void)state;
	for (c = 1; c < 256; c++)
		for (at = 0; at < 20; at++) {
			char text[] = "aaaaaaaaaaaaaaaaaaaaa\n";
			struct buf out = BUF_INIT;
			bool plain = (c >= 0x20 && c < 0x7f) || c == '\t' ||
			    c == '\n';

			text[at] = (char)c;
			encoding_part(&out, "text/plain", text, strlen(text));
			if ((strstr(out.data, "7bit") != NULL) != plain)
				fail_msg("octet %u at %u: %s", c, at, out.data);
			buf_free(&out);
		}
}

/* Text of every kind and length comes back as it was. */
static void
test_round_trip(void **state)
{
	static const char *const pieces[] = { "a", " ", "é", "=", "\n", "Ҷ", "word ",
	    "Тоҷикистон " };
	unsigned draw = 1, kind, n, i;

	(void)state;
	for (n = 0; n < 600; n++) {
		struct buf text = BUF_INIT, out = BUF_INIT, back = BUF_INIT;
		char *body, *want;

		for (kind = 1 + n % 8, i = 0; i < n; i++) {
			draw = draw * 1103515245u + 12345u;
			buf_addstr(&text, pieces[(draw >> 16) % kind]);
		}
		buf_addch(&text, '\n');
		encoding_part(&out, "text/plain", text.data, text.len);
		body = strstr(out.data, "\r\n\r\n") + 4;
		assert_true(longest_line(body) <= 76);
		want = with_crlf(text.data);
		if (strstr(out.data, "base64") != NULL)
			decode_base64(&back, body, strlen(body));
		else if (strstr(out.data, "quoted") != NULL)
			decode_quoted(&back, body, strlen(body), ' ');
		else
			buf_addstr(&back, body);
		check("round trip", back.data, want);
		buf_free(&text);
		buf_free(&out);
		buf_free(&back);
		free(want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_long_text),
		cmocka_unit_test(test_mailbox),
		cmocka_unit_test(test_checks),
		cmocka_unit_test(test_mailto),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_every_octet),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
