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
#define GROUPS_MAX 64

struct pattern {
	pcre2_code *code;
};

/* Room to match in and the limits, for all patterns there are: the room grows
 * to what the hungriest of them needs, so each having its own would cost much
 * memory and nothing is matched at the same time. */
static struct {
	pcre2_match_context *limits;
	pcre2_match_data *match;
	size_t users;
} shared;

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

static void
share(pcre2_general_context *memory)
{
	if (shared.users++ > 0)
		return;
	shared.limits = pcre2_match_context_create(memory);
	(void)pcre2_set_match_limit(shared.limits, MATCH_LIMIT);
	(void)pcre2_set_depth_limit(shared.limits, DEPTH_LIMIT);
	(void)pcre2_set_heap_limit(shared.limits, HEAP_LIMIT);
	shared.match = pcre2_match_data_create(GROUPS_MAX, memory);
}

enum status
pattern_new(struct pattern **out, const char *expression, bool ignore_case,
    const char *name, struct reason *why)
{
	uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C |
	    (ignore_case ? PCRE2_CASELESS : 0);
	pcre2_general_context *memory = pcre2_general_context_create(take, give, NULL);
	pcre2_compile_context *compile = pcre2_compile_context_create(memory);
	unsigned char text[160] = "";
	enum status st = OK;
	pcre2_code *code;
	PCRE2_SIZE at;
	int error;

	*out = NULL;
	pcre2_set_parens_nest_limit(compile, 50);
	code = pcre2_compile((PCRE2_SPTR)expression, PCRE2_ZERO_TERMINATED,
	    options, &error, &at, compile);
	if (code == NULL) {
		(void)pcre2_get_error_message(error, text, sizeof text);
		st = fail(why, INVALID, "%s: the pattern is wrong at its byte %zu: %s",
		    name, (size_t)at + 1, (char *)text);
	} else {
		*out = mem_alloc(sizeof **out);
		(*out)->code = code;
		share(memory);
	}
	pcre2_compile_context_free(compile);
	pcre2_general_context_free(memory);
	return st;
}

void
pattern_free(struct pattern **pp)
{
	if (*pp == NULL)
		return;
	pcre2_code_free((*pp)->code);
	free(*pp);
	*pp = NULL;
	if (--shared.users > 0)
		return;
	pcre2_match_data_free(shared.match);
	pcre2_match_context_free(shared.limits);
}

bool
pattern_match(const struct pattern *p, const char *text, size_t len,
    struct span *spans, size_t count)
{
	const PCRE2_SIZE *at;
	size_t i, set;
	int n;

	n = pcre2_match(p->code, (PCRE2_SPTR)text, len, 0, 0, shared.match,
	    shared.limits);
	if (n < 0)
		return false;
	/* 0 is a match with more groups than there is room for */
	set = n == 0 ? GROUPS_MAX : (size_t)n;
	at = pcre2_get_ovector_pointer(shared.match);
	for (i = 0; i < count; i++) {
		int known = i < set && at[2 * i] != PCRE2_UNSET;

		spans[i].start = known ? at[2 * i] : 1;
		spans[i].end = known ? at[2 * i + 1] : 0;
	}
	return true;
}

int
pattern_mark(void)
{
	PCRE2_SPTR mark = pcre2_get_mark(shared.match);

	return mark == NULL ? -1 : atoi((const char *)mark);
}

enum pattern_reach
pattern_reaches(const struct pattern *p, const char *text, size_t len)
{
	int n = pcre2_match(p->code, (PCRE2_SPTR)text, len, 0,
	    PCRE2_PARTIAL_SOFT | PCRE2_ANCHORED, shared.match, shared.limits);

	return n >= 0 ? PATTERN_ALL :
	    n == PCRE2_ERROR_PARTIAL ? PATTERN_PART : PATTERN_NONE;
}
