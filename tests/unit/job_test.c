/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "message/job.h"
#include "tests/unit/check.h"

static const struct job sample = {
	.id = 77, .campaign = "freedom", .template_name = "request", .language = "tg",
	.text = "0123456789abcdef",
	.to = "ada@example.org", .to_name = "Ада", .reverse_path = "freedom+b-x@p.example",
	.from = "freedom@p.example", .reply_to = "freedom+c-x@p.example",
	.message_id = "<1@p.example>", .in_reply_to = "<2@example.org>",
	.unsubscribe = "freedom+u-x@p.example", .date = 1790000000,
	.auto_replied = true, .bulk = true,
};

static void
same(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		assert_ptr_equal(a, b);
	else
		assert_string_equal(a, b);
}

static enum status
again(const struct job *in, struct job *out, struct arena *a)
{
	struct buf b = BUF_INIT;
	enum status st;

	job_pack(in, &b);
	st = job_unpack(out, a, b.data, b.len);
	buf_free(&b);
	return st;
}

static void
round_trip(void **state)
{
	struct arena *a = arena_new();
	struct job job = sample, out;

	(void)state;
	job_set(&job, "name", "Ада\nBcc: all");
	job_set(&job, "empty", "");
	assert_int_equal(again(&job, &out, a), OK);
	assert_int_equal(out.id, job.id);
	assert_int_equal(out.date, job.date);
	assert_true(out.auto_replied && out.bulk);
	same(out.campaign, job.campaign);
	same(out.template_name, job.template_name);
	same(out.language, job.language);
	same(out.to, job.to);
	same(out.to_name, job.to_name);
	same(out.reverse_path, job.reverse_path);
	same(out.from, job.from);
	same(out.reply_to, job.reply_to);
	same(out.message_id, job.message_id);
	same(out.in_reply_to, job.in_reply_to);
	same(out.unsubscribe, job.unsubscribe);
	same(out.text, job.text);
	assert_int_equal(out.vars, 2);
	same(job_var(&out, "name"), "Ада\nBcc: all");
	same(job_var(&out, "empty"), "");
	job.to_name = job.reply_to = job.in_reply_to = job.unsubscribe = NULL;
	job.auto_replied = job.bulk = false;
	assert_int_equal(again(&job, &out, a), OK);
	assert_null(out.to_name);
	assert_null(out.reply_to);
	assert_null(out.in_reply_to);
	assert_null(out.unsubscribe);
	assert_false(out.auto_replied || out.bulk);
	arena_free(&a);
}

static void
variables(void **state)
{
	struct job job = { 0 };

	(void)state;
	assert_null(job_var(&job, "x"));
	job_set(&job, "x", NULL);
	assert_int_equal(job.vars, 0);
	job_set(&job, "x", "1");
	job_set(&job, "y", "2");
	job_set(&job, "x", "3");
	assert_int_equal(job.vars, 2);
	same(job_var(&job, "x"), "3");
	same(job_var(&job, "y"), "2");
	assert_null(job_var(&job, "z"));
}

/* One field at a time made into something delivery must not be given. */
static void
refusals(void **state)
{
	static const struct { size_t at; const char *value; } bad[] = {
		{ offsetof(struct job, campaign), NULL },
		{ offsetof(struct job, campaign), "" },
		{ offsetof(struct job, campaign), "a/b" },
		{ offsetof(struct job, template_name), "../x" },
		{ offsetof(struct job, template_name), "a.b" },
		{ offsetof(struct job, language), "t\ng" },
		{ offsetof(struct job, to), NULL },
		{ offsetof(struct job, to), "a@b\r\nDATA" },
		{ offsetof(struct job, to_name), "a\nBcc: b" },
		{ offsetof(struct job, reverse_path), NULL },
		{ offsetof(struct job, from), NULL },
		{ offsetof(struct job, from), "\x7f" },
		{ offsetof(struct job, message_id), NULL },
		{ offsetof(struct job, message_id), "<1@x>\r\n" },
		{ offsetof(struct job, in_reply_to), "<1@x>\n<2@x>" },
	};
	struct arena *a = arena_new();
	struct job job, out;
	char line[1002];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		job = sample;
		memcpy((char *)&job + bad[i].at, &bad[i].value, sizeof bad[i].value);
		if (again(&job, &out, a) != INVALID)
			fail_msg("case %zu went through", i);
		assert_null(out.to);
	}
	memset(line, 'a', sizeof line - 1);
	line[sizeof line - 1] = '\0';
	job = sample;
	job.to_name = line;
	assert_int_equal(again(&job, &out, a), INVALID);
	job.to_name = line + 1;
	assert_int_equal(again(&job, &out, a), OK);
	job_set(&job, "Bad Name", "x");
	assert_int_equal(again(&job, &out, a), INVALID);
	arena_free(&a);
}

static void
damaged(void **state)
{
	struct arena *a = arena_new();
	struct buf b = BUF_INIT;
	struct job job = sample, out;
	size_t i;

	(void)state;
	job_set(&job, "name", "Ada");
	job_pack(&job, &b);
	for (i = 0; i < b.len; i++) {
		/* a copy that ends there, so that a sanitizer sees a read beyond */
		char *part = mem_strndup(b.data, i);

		assert_int_equal(job_unpack(&out, a, part, i), INVALID);
		free(part);
	}
	buf_addch(&b, 'x');
	assert_int_equal(job_unpack(&out, a, b.data, b.len), INVALID);
	buf_cut(&b, b.len - 1);
	for (i = 0; i < b.len; i++) {   /* any answer, but no crash */
		b.data[i] = (char)~b.data[i];
		(void)!job_unpack(&out, a, b.data, b.len);
		b.data[i] = (char)~b.data[i];
	}
	b.data[0]++;
	assert_int_equal(job_unpack(&out, a, b.data, b.len), INVALID);
	buf_free(&b);
	arena_free(&a);
}

static void
too_many(void **state)
{
	struct arena *a = arena_new();
	struct buf b = BUF_INIT;
	struct job job = sample, out;
	char names[JOB_VARS + 1][8];
	unsigned char *count;
	size_t i;

	(void)state;
	for (i = 0; i < JOB_VARS; i++) {
		names[i][0] = (char)('a' + i % 26);
		names[i][1] = (char)('a' + i / 26);
		names[i][2] = '\0';
		job_set(&job, names[i], "v");
	}
	assert_int_equal(again(&job, &out, a), OK);
	assert_int_equal(out.vars, JOB_VARS);
	/* one more than there is room for: name and value take 11 octets */
	job_pack(&job, &b);
	count = (unsigned char *)b.data + b.len - JOB_VARS * 11 - 1;
	assert_int_equal(*count, JOB_VARS);
	(*count)++;
	buf_add(&b, "\0\0\0\2zz\0\0\0\1v", 11);
	assert_int_equal(job_unpack(&out, a, b.data, b.len), INVALID);
	buf_free(&b);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(variables),
		cmocka_unit_test(refusals),
		cmocka_unit_test(damaged),
		cmocka_unit_test(too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
