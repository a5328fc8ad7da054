/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "message/fields.h"
#include "message/findings.h"
#include "tests/unit/check.h"

#define FULL "from:to:subject:date:message-id:list-id:list-unsubscribe:list-unsubscribe-post"
#define SIGNED(d, h) "DKIM-Signature: v=1; a=rsa-sha256; d=" d "; s=x;\r\n\th=" h ";\r\n\tb=AAAA==\r\n"
#define RESULTS(host, what) "Authentication-Results: " host "; " what "\r\n"
#define REST "From: a@petitions.example\r\n\r\nbody\r\n"

static const struct {
	const char *mail;
	bool signature, foreign;
	unsigned covers;
	bool trusted, other;
	enum auth_said dkim, spf, dmarc;
} cases[] = {
	{ REST, 0, 0, 0, 0, 0, 0, 0, 0 },
	{ SIGNED("petitions.example", FULL) REST, 1, 0, 0xff, 0, 0, 0, 0, 0 },
	{ SIGNED("PETITIONS.example", "From : To:\r\n\t Subject") REST, 1, 0, 7, 0, 0, 0, 0, 0 },
	{ SIGNED("elsewhere.example", FULL) REST, 0, 1, 0, 0, 0, 0, 0, 0 },
	{ SIGNED("ions.example", FULL) REST, 0, 1, 0, 0, 0, 0, 0, 0 },
	{ SIGNED("example", FULL) REST, 0, 1, 0, 0, 0, 0, 0, 0 },
	{ SIGNED("x.petitions.example", FULL) REST, 0, 1, 0, 0, 0, 0, 0, 0 },
	{ SIGNED("elsewhere.example", FULL) SIGNED("petitions.example", "from") REST,
	    1, 0, 1, 0, 0, 0, 0, 0 },
	{ "DKIM-Signature: d=petitions.example\r\n" REST, 1, 0, 0, 0, 0, 0, 0, 0 },
	{ "DKIM-Signature: ;;=;d;h=from;h\r\n" REST, 0, 1, 0, 0, 0, 0, 0, 0 },
	{ "X-DKIM-Signature: d=petitions.example; h=from\r\n" REST, 0, 0, 0, 0, 0, 0, 0, 0 },
	{ RESULTS("mx.example", "dkim=pass header.d=petitions.example; spf=none; dmarc=pass") REST,
	    0, 0, 0, 1, 0, AUTH_PASS, AUTH_NONE, AUTH_PASS },
	{ RESULTS("mx.example", "dkim=fail (bad)") RESULTS("mx.example", "spf=softfail") REST,
	    0, 0, 0, 1, 0, AUTH_FAIL, AUTH_UNSURE, AUTH_ABSENT },
	{ RESULTS("mx.example", "dkim=fail; dkim=pass; spf=permerror; spf=pass") REST,
	    0, 0, 0, 1, 0, AUTH_PASS, AUTH_ERROR, AUTH_ABSENT },
	{ RESULTS("mx.example", "none") REST, 0, 0, 0, 1, 0, 0, 0, 0 },
	{ RESULTS("my.example", "dkim=pass") REST, 0, 0, 0, 0, 1, 0, 0, 0 },
	{ RESULTS("my.example", "spf=none") RESULTS("mx.example", "dkim=pass") REST,
	    0, 0, 0, 0, 1, 0, 0, 0 },
	{ "Subject: x\r\n" RESULTS("mx.example", "dkim=pass") REST, 0, 0, 0, 0, 0, 0, 0, 0 },
};

static void
reads_what_is_there(void **state)
{
	struct header_field field[FIELDS_MAX];
	struct fields fields = { .field = field, .room = FIELDS_MAX };
	struct findings f, back;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		fields_read(&fields, cases[i].mail, strlen(cases[i].mail));
		findings_read(&fields, "mx.example", "petitions.example", &f);
		if (f.signature != cases[i].signature ||
		    f.foreign != cases[i].foreign || f.covers != cases[i].covers)
			fail_msg("signature %zu: %d %d %x", i, f.signature, f.foreign,
			    f.covers);
		if (f.results.trusted != cases[i].trusted ||
		    f.results.other != cases[i].other ||
		    f.results.said[AUTH_DKIM] != cases[i].dkim ||
		    f.results.said[AUTH_SPF] != cases[i].spf ||
		    f.results.said[AUTH_DMARC] != cases[i].dmarc)
			fail_msg("results %zu: %d %d, %d %d %d", i,
			    f.results.trusted, f.results.other,
			    (int)f.results.said[0], (int)f.results.said[1],
			    (int)f.results.said[2]);
		assert_true(findings_pack(&f) < 1u << FINDINGS_BITS);
		findings_unpack(findings_pack(&f), &back);
		assert_int_equal(findings_pack(&back), findings_pack(&f));
		assert_int_equal(back.covers, f.covers);
		assert_int_equal(back.signature, f.signature);
		assert_memory_equal(back.results.said, f.results.said,
		    sizeof f.results.said);
	}
}

static void
trusts_nobody_unless_told(void **state)
{
	static const char mail[] = RESULTS("mx.example", "dkim=pass") REST;
	struct header_field field[FIELDS_MAX];
	struct fields fields = { .field = field, .room = FIELDS_MAX };
	struct findings f;

	(void)state;
	fields_read(&fields, mail, sizeof mail - 1);
	findings_read(&fields, NULL, "petitions.example", &f);
	assert_false(f.results.trusted);
	assert_int_equal(f.results.said[AUTH_DKIM], AUTH_ABSENT);
}

/* What another process sent may be any number. */
static void
unpacks_anything(void **state)
{
	struct findings f;
	uint32_t n;
	int i;

	(void)state;
	for (n = 0; n < 1u << FINDINGS_BITS; n += 4093) {
		findings_unpack(n, &f);
		for (i = 0; i < AUTH_METHODS; i++)
			assert_true((unsigned)f.results.said[i] < AUTH_SAYINGS);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_is_there),
		cmocka_unit_test(trusts_nobody_unless_told),
		cmocka_unit_test(unpacks_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
