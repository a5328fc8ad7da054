/* SPDX-License-Identifier: ISC */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "words/pattern.h"

/* An honest pattern on a line of mail needs some hundred steps. */
#define MATCH_LIMIT 20000
#define DEPTH_LIMIT 500
#define HEAP_LIMIT 1024                 /* KiB */

struct pattern {
	pcre2_code *code;
	pcre2_match_context *limits;
	pcre2_match_data *match;
};

static void *
take(size_t size, void *unused)
{
	(void)unused;
	return mem_alloc(size);
}

static void
give(void *p, void *unused)
{
	(void)unused;
	free(p);
}

enum status
pattern_new(struct pattern **out, const char *expression, bool ignore_case,
    const char *name, struct reason *why)
{
	uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C |
	    (ignore_case ? PCRE2_CASELESS : 0);
	pcre2_general_context *memory = pcre2_general_context_create(take, give, NULL);
	pcre2_compile_context *compile = pcre2_compile_context_create(memory);
	struct pattern *p = mem_alloc(sizeof *p);
	enum status st = OK;
	PCRE2_SIZE at;
	int error;

	*out = NULL;
	pcre2_set_parens_nest_limit(compile, 50);
	p->code = pcre2_compile((PCRE2_SPTR)expression, PCRE2_ZERO_TERMINATED,
	    options, &error, &at, compile);
	if (p->code == NULL) {
		unsigned char text[160] = "";

		(void)pcre2_get_error_message(error, text, sizeof text);
		st = fail(why, INVALID, "%s: the pattern is wrong at its byte %zu: %s",
		    name, (size_t)at + 1, (char *)text);
		goto out;
	}
	p->limits = pcre2_match_context_create(memory);
	(void)pcre2_set_match_limit(p->limits, MATCH_LIMIT);
	(void)pcre2_set_depth_limit(p->limits, DEPTH_LIMIT);
	(void)pcre2_set_heap_limit(p->limits, HEAP_LIMIT);
	p->match = pcre2_match_data_create_from_pattern(p->code, memory);
	*out = p;
	p = NULL;
out:
	pattern_free(&p);
	pcre2_compile_context_free(compile);
	pcre2_general_context_free(memory);
	return st;
}

void
pattern_free(struct pattern **pp)
{
	struct pattern *p = *pp;

	if (p == NULL)
		return;
	pcre2_match_data_free(p->match);
	pcre2_match_context_free(p->limits);
	pcre2_code_free(p->code);
	free(p);
	*pp = NULL;
}

bool
pattern_match(const struct pattern *p, const char *text, size_t len,
    struct span *spans, size_t count)
{
	const PCRE2_SIZE *at;
	size_t i, set;
	int n;

	n = pcre2_match(p->code, (PCRE2_SPTR)text, len, 0, 0, p->match, p->limits);
	if (n < 0)
		return false;
	set = (size_t)n;
	at = pcre2_get_ovector_pointer(p->match);
	for (i = 0; i < count; i++) {
		int known = i < set && at[2 * i] != PCRE2_UNSET;

		spans[i].start = known ? at[2 * i] : 1;
		spans[i].end = known ? at[2 * i + 1] : 0;
	}
	return true;
}
