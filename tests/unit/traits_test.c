/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "message/fields.h"
#include "message/traits.h"
#include "tests/unit/check.h"
#include "words/vocabulary.h"

#define BY " by mx.example.org (Postfix) with ESMTPS id 4A; now\n"

/* ---- the network ------------------------------------------------------------ */

static const struct { const char *head, *want; } networks[] = {
	/* as Postfix, OpenSMTPD, sendmail, Exim write it */
	{ "Received: from a.b (a.b [192.0.2.77])\n\tby mx.example.org (Postfix)\n"
	    "\twith ESMTPS id 4A for <x@y.z>; Mon\n", "192.0.2.0/24" },
	{ "Received: from a.b (a.b [IPv6:2001:db8:1:2::9])" BY, "2001:db8:1::/48" },
	{ "Received: from a.b ([192.0.2.5] helo=[6.6.6.6])" BY, "192.0.2.0/24" },
	{ "Received: from [192.0.2.5] (helo=[6.6.6.6])" BY, "192.0.2.0/24" },
	{ "Received: from [6.6.6.6] (unknown [192.0.2.5])" BY, "192.0.2.0/24" },
	{ "received: FROM a.b (A.B [192.0.2.5]) BY MX.example.org; now\n",
	    "192.0.2.0/24" },
	/* its own hops above it */
	{ "Received: from localhost (localhost [127.0.0.1])" BY
	    "Received: from x (x [10.1.2.3])" BY
	    "Received: from x (x [192.0.2.5])" BY, "192.0.2.0/24" },
	{ "Received: by mx.example.org (Postfix, from userid 8); now\n"
	    "Received: from x (x [192.0.2.5])" BY, "192.0.2.0/24" },
	{ "Received: from x (x [IPv6:::ffff:192.0.2.5])" BY, "192.0.2.0/24" },
	/* another host's, and what is below it */
	{ "Received: from x (x [192.0.2.5]) by mx.example.net; now\n", "" },
	{ "Received: from x (x [192.0.2.5]) by mx.example.net; now\n"
	    "Received: from x (x [192.0.2.6])" BY, "" },
	{ "Received: from x (x [192.0.2.5] by mx.example.org) by evil.example\n",
	    "" },
	{ "Received: from by (mx.example.org [192.0.2.5]) by evil.example\n", "" },
	{ "Received: from x (x [10.1.2.3])" BY
	    "Received: from x (x [192.0.2.6]) by evil.example; now\n", "" },
	{ "From: a@b.example\nReceived: from x (x [192.0.2.5])" BY, "" },
	/* none */
	{ "", "" }, { "Received:\n", "" }, { "Received: from\n", "" },
	{ "Received: from x (x [192.0.2.5" BY, "" },
	{ "Received: from x (x [192.0.2.555])" BY, "" },
	{ "Received: from x (x [])" BY, "" }, { "Received: from x (x)" BY, "" },
	{ "Received: from x (x [fe80::1])" BY, "" },
};

static void
test_network(void **unused)
{
	static struct header_field room[FIELDS_MAX];
	struct fields fields = { .field = room, .room = FIELDS_MAX };
	char network[TRAIT_NETWORK];
	struct buf mail = BUF_INIT;
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof networks / sizeof networks[0]; i++) {
		buf_clear(&mail);
		buf_addf(&mail, "%sSubject: x\n\ntext\n", networks[i].head);
		fields_read(&fields, mail.data, mail.len);
		traits_network(&fields, "mx.example.org", network);
		if (strcmp(network, networks[i].want) != 0)
			fail_msg("case %zu: \"%s\", not \"%s\"", i, network,
			    networks[i].want);
		traits_network(&fields, NULL, network);
		assert_string_equal(network, "");
	}
	buf_free(&mail);
}

static void
test_network_of(void **unused)
{
	static const struct { const char *given, *want; } cases[] = {
		{ "192.0.2.77", "192.0.2.0/24" }, { "192.0.2.0/24", "192.0.2.0/24" },
		{ "2001:DB8:1:2::9", "2001:db8:1::/48" },
		{ "2001:db8:1::/48", "2001:db8:1::/48" },
		{ "::ffff:192.0.2.1", "192.0.2.0/24" },
		{ "", NULL }, { "example.org", NULL }, { "192.0.2", NULL },
		{ "/24", NULL }, { "192.0.2.0.1", NULL },
	};
	char network[TRAIT_NETWORK];
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		enum status st = traits_network_of(cases[i].given, network);

		assert_int_equal(st, cases[i].want == NULL ? INVALID : OK);
		if (st == OK)
			assert_string_equal(network, cases[i].want);
	}
}

/* ---- the text --------------------------------------------------------------- */

static bool
name_of(const char *text, const char *field_name, const char *comment,
    const char *display, unsigned char out[TRAIT_WORDS])
{
	char name[64] = "", more[256] = "";
	struct said said = { .verb = VERB_NONE };

	if (field_name != NULL) {
		(void)snprintf(name, sizeof name, "%s", field_name);
		said.field[FIELD_NAME] = name;
	}
	if (comment != NULL) {
		(void)snprintf(more, sizeof more, "%s", comment);
		said.field[FIELD_COMMENT] = more;
	}
	return traits_words(text, &said, display, out);
}

#define LETTER "I demand that he is set free this very day.\n"

static void
test_words(void **unused)
{
	unsigned char a[TRAIT_WORDS], b[TRAIT_WORDS];

	(void)unused;
	assert_true(name_of("Name: Ada\n" LETTER, "Ada", NULL, NULL, a));
	assert_true(name_of("Name: Eve Long\n" LETTER, "Eve Long", NULL, NULL, b));
	assert_memory_equal(a, b, TRAIT_WORDS);
	/* blanks and case of ASCII are nothing */
	assert_true(name_of("  i  DEMAND that he is set\nfree this very day.", NULL,
	    NULL, NULL, b));
	assert_memory_equal(a, b, TRAIT_WORDS);
	/* nor is the name that her mail program gives her */
	assert_true(name_of(LETTER "Ada Long", NULL, NULL, "Ada Long", b));
	assert_memory_equal(a, b, TRAIT_WORDS);
	/* nor a comment, on as many lines as it has */
	assert_true(name_of(LETTER "Comment: it is\nhigh time\n", NULL,
	    "it is\nhigh time", NULL, b));
	assert_true(name_of(LETTER "that is another letter\n", NULL, NULL, NULL, b));
	assert_memory_not_equal(a, b, TRAIT_WORDS);
	/* what everybody writes names nobody */
	assert_false(name_of("", NULL, NULL, NULL, b));
	assert_false(name_of("I sign", NULL, NULL, NULL, b));
	assert_false(name_of("Name: A person with a long name", "A person with a long "
	    "name", NULL, NULL, b));
	assert_false(name_of("                                   \n\n\n", NULL, NULL,
	    NULL, b));
}

/* ---- domains for a day ---------------------------------------------------------- */

static void
write_list(char *path, const char *text)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(close(fd), 0);
}

static void
test_disposable(void **unused)
{
	char path[] = "/tmp/undersigned-disposable-XXXXXX";
	char bad[] = "/tmp/undersigned-disposable-XXXXXX";
	struct disposable *d;
	struct reason why = { "" };

	(void)unused;
	write_list(path, "# for a day\n\n  Mailinator.com \nb\303\274cher.example");
	assert_int_equal(disposable_load(&d, path, &why), OK);
	assert_true(disposable_has(d, "mailinator.com"));
	assert_true(disposable_has(d, "a.b.mailinator.com"));
	assert_true(disposable_has(d, "xn--bcher-kva.example"));
	assert_false(disposable_has(d, "notmailinator.com"));
	assert_false(disposable_has(d, "com"));
	assert_false(disposable_has(d, "example.org"));
	disposable_free(&d);
	assert_null(d);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(disposable_load(&d, path, &why), OK);
	assert_false(disposable_has(d, "mailinator.com"));
	disposable_free(&d);
	write_list(bad, "good.example\nnot a domain\n");
	assert_int_equal(disposable_load(&d, bad, &why), INVALID);
	assert_non_null(strstr(why.text, ":2:"));
	assert_null(d);
	assert_int_equal(unlink(bad), 0);
	assert_false(disposable_has(NULL, "mailinator.com"));
	/* the one that is shipped */
	assert_int_equal(disposable_load(&d, SOURCE_DIR
	    "/templates/disposable-domains", &why), OK);
	assert_true(disposable_has(d, "mailinator.com"));
	disposable_free(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_network),
		cmocka_unit_test(test_network_of),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_disposable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
