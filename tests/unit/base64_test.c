/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "check.h"

#include "base/buf.h"
#include "seal/base64.h"

typedef enum status take(const char *, size_t, unsigned char *, size_t, size_t *);
typedef void add(struct buf *, const void *, size_t);

/* RFC 4648, section 10, and what the two alphabets part in. */
static void
known(void **state)
{
	static const struct { const char *data, *standard, *url; } t[] = {
		{ "", "", "" }, { "f", "Zg==", "Zg" }, { "fo", "Zm8=", "Zm8" },
		{ "foo", "Zm9v", "Zm9v" }, { "foob", "Zm9vYg==", "Zm9vYg" },
		{ "fooba", "Zm9vYmE=", "Zm9vYmE" }, { "foobar", "Zm9vYmFy", "Zm9vYmFy" },
		{ "\xfb\xff\xbf", "+/+/", "-_-_" },
	};
	struct buf out = BUF_INIT;
	unsigned char data[16];
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof t / sizeof t[0]; i++) {
		buf_clear(&out);
		base64_add(&out, t[i].data, strlen(t[i].data));
		assert_string_equal(out.data, t[i].standard);
		assert_int_equal(out.len, strlen(t[i].standard));
		assert_int_equal(base64_take(out.data, out.len, data, sizeof data, &len), OK);
		assert_int_equal(len, strlen(t[i].data));
		assert_memory_equal(data, t[i].data, len);
		buf_clear(&out);
		base64_add_url(&out, t[i].data, strlen(t[i].data));
		assert_string_equal(out.data, t[i].url);
		assert_int_equal(base64_take_url(out.data, out.len, data, sizeof data, &len), OK);
		assert_memory_equal(data, t[i].data, len);
	}
	assert_int_equal(base64_take("Zm9v", 4, data, 2, &len), INVALID);
	buf_free(&out);
}

/* Of all texts of a length there is one for each run of bytes: every byte in every
 * place, whatever it is, is either refused or written again as itself. */
static void
one_spelling(take *read, add *write, const char *text)
{
	struct buf again = BUF_INIT;
	unsigned char data[16];
	size_t i, len, n = strlen(text);
	char changed[16];
	int c;

	for (i = 0; i < n; i++)
		for (c = 0; c < 256; c++) {
			memcpy(changed, text, n);
			changed[i] = (char)c;
			if (read(changed, n, data, sizeof data, &len) != OK)
				continue;
			buf_clear(&again);
			write(&again, data, len);
			assert_int_equal(again.len, n);
			assert_memory_equal(again.data, changed, n);
		}
	buf_free(&again);
}

static void
spellings(void **state)
{
	(void)state;
	one_spelling(base64_take, base64_add, "Zm9v");
	one_spelling(base64_take, base64_add, "Zm8=");
	one_spelling(base64_take, base64_add, "Zg==");
	one_spelling(base64_take_url, base64_add_url, "Zm9v");
	one_spelling(base64_take_url, base64_add_url, "Zm8");
	one_spelling(base64_take_url, base64_add_url, "Zg");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known),
		cmocka_unit_test(spellings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
