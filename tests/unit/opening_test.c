/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "seal/keys.h"
#include "seal/lines.h"
#include "seal/opening.h"

#include <cmocka.h>

/* The least there is: what is tested here does not depend upon it. */
static const struct passphrase_work light = { .passes = 1, .memory = 8192 };

static void
one_line(void **state)
{
	unsigned char key[OPENING_BYTES], got[OPENING_BYTES];
	char text[OPENING_TEXT], kept;
	struct reason why;
	size_t i;

	(void)state;
	seal_random(key, sizeof key);
	opening_text(OPENING_CAMPAIGN, key, text);
	assert_int_equal(opening_parse(OPENING_CAMPAIGN, text, got, &why), OK);
	assert_memory_equal(got, key, sizeof key);
	assert_int_equal(opening_parse(OPENING_HOLDER, text, got, &why), INVALID);
	for (i = 0; text[i] != '\0'; i++) {
		kept = text[i];
		text[i] = kept == 'A' ? 'B' : 'A';
		assert_int_equal(opening_parse(OPENING_CAMPAIGN, text, got,
		    &why), INVALID);
		text[i] = kept;
	}
	while (i-- > 0) {
		text[i] = '\0';
		assert_int_equal(opening_parse(OPENING_CAMPAIGN, text, got,
		    &why), INVALID);
	}
}

/* What is no letter of the alphabet is never taken for one, also not in the place
 * of the last two, "-" and "_". */
static void
only_letters(void **state)
{
	unsigned char key[OPENING_BYTES], got[OPENING_BYTES];
	char text[OPENING_TEXT], line[OPENING_TEXT], kept;
	const char *at;
	struct reason why;
	size_t i, n;
	int c;

	(void)state;
	memset(key, 0xff, sizeof key);
	memcpy(key, "\xfb\xef\xbe", 3);
	opening_text(OPENING_CAMPAIGN, key, text);
	n = strlen("undersigned-opening-");
	assert_memory_equal(text + n, "----____", 8);
	for (i = n; text[i] != '\0'; i++) {
		kept = text[i];
		for (c = 0x80; c < 0x100; c++) {
			text[i] = (char)c;
			assert_int_equal(opening_parse(OPENING_CAMPAIGN, text,
			    got, &why), INVALID);
		}
		text[i] = kept;
	}
	for (i = 0; i < 8; i++)
		for (c = 0x80; c < 0x100; c++) {
			(void)snprintf(line, sizeof line, "x: ----____\n");
			line[3 + i] = (char)c;
			at = line;
			assert_int_equal(lines_take_bytes(&at, "x: ", got, 6),
			    INVALID);
		}
	at = "x: ----____\n";
	assert_int_equal(lines_take_bytes(&at, "x: ", got, 6), OK);
	assert_memory_equal(got, key, 6);
}

static void
there_and_back(void **state)
{
	struct opening_pair *pair = opening_new(), *got = NULL;
	unsigned char public[OPENING_BYTES];
	struct buf text = BUF_INIT;
	struct reason why;

	(void)state;
	assert_int_equal(opening_seal(pair, "correct horse", &light, &text,
	    &why), OK);
	assert_null(memmem(text.data, text.len, pair->secret, OPENING_BYTES));
	assert_int_equal(opening_public(text.data, public, &why), OK);
	assert_memory_equal(public, pair->public, OPENING_BYTES);
	assert_int_equal(opening_unseal(text.data, "correct horse", &got, &why),
	    OK);
	assert_memory_equal(got->secret, pair->secret, OPENING_BYTES);
	opening_free(&got);
	assert_int_equal(opening_unseal(text.data, "correct Horse", &got, &why),
	    DENIED);
	assert_null(got);
	assert_int_equal(opening_unseal(text.data, "", &got, &why), DENIED);
	buf_free(&text);
	opening_free(&pair);
}

/* Each octet changed: never opened, never a crash. */
static void
damaged(void **state)
{
	struct opening_pair *pair = opening_new(), *got = NULL;
	struct buf text = BUF_INIT;
	struct reason why;
	size_t i, last;
	char kept;

	(void)state;
	assert_int_equal(opening_seal(pair, "x", &light, &text, &why), OK);
	last = text.len - 1;            /* the end of the last line */
	for (i = 0; i < last; i++) {
		/* A higher figure of work is only slower. */
		if (text.data[i] >= '0' && text.data[i] <= '9' &&
		    strncmp(text.data + i, "1 8192", 6) == 0)
			i += strlen("1 8192");
		kept = text.data[i];
		text.data[i] = kept == 'A' ? 'B' : 'A';
		assert_int_not_equal(opening_unseal(text.data, "x", &got, &why),
		    OK);
		assert_null(got);
		text.data[i] = kept;
	}
	for (i = last; i-- > 0;) {
		text.data[i] = '\0';
		assert_int_not_equal(opening_unseal(text.data, "x", &got, &why),
		    OK);
	}
	buf_free(&text);
	opening_free(&pair);
}

static void
by_mail(void **state)
{
	struct opening_pair *pair = opening_new(), *got = NULL;
	struct buf text = BUF_INIT, crlf = BUF_INIT;
	struct reason why;
	size_t i;

	(void)state;
	assert_int_equal(opening_seal(pair, "x", &light, &text, &why), OK);
	for (i = 0; i < text.len; i++) {
		if (text.data[i] == '\n')
			buf_addch(&crlf, '\r');
		buf_addch(&crlf, text.data[i]);
	}
	assert_int_equal(opening_unseal(crlf.data, "x", &got, &why), OK);
	opening_free(&got);
	opening_free(&pair);
	buf_free(&text);
	buf_free(&crlf);
}

/* A file that wants all memory is refused, not tried. */
static void
too_much_work(void **state)
{
	struct opening_pair *pair = opening_new(), *got = NULL;
	struct buf text = BUF_INIT;
	struct reason why;
	char *at;

	(void)state;
	assert_int_equal(opening_seal(pair, "x", &light, &text, &why), OK);
	at = strstr(text.data, "1 8192");
	assert_non_null(at);
	memcpy(at, "999999", 6);
	assert_int_equal(opening_unseal(text.data, "x", &got, &why), INVALID);
	buf_free(&text);
	opening_free(&pair);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_line),
		cmocka_unit_test(only_letters),
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(damaged),
		cmocka_unit_test(by_mail),
		cmocka_unit_test(too_much_work),
	};

	seal_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
