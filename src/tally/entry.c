/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "seal/base64.h"
#include "tally/decimal.h"
#include "tally/entry.h"
#include "words/text.h"

static const char *const words[BACK_REASONS] = {
	[BACK_WITHDRAWN] = "withdrawn",
	[BACK_DUPLICATE] = "duplicate",
	[BACK_UNREACHABLE] = "unreachable",
	[BACK_ERASED] = "erased",
	[BACK_FRAUD] = "fraud",
};

const char *
entry_reason_word(enum entry_reason reason)
{
	return words[reason];
}

bool
entry_has_batch(enum entry_reason reason)
{
	return reason == BACK_FRAUD || reason == BACK_DUPLICATE ||
	    reason == BACK_UNREACHABLE;
}

/* ---- writing --------------------------------------------------------------- */

/* Not what it says but that it is one line which no terminal minds. */
static enum status
check_words(const char *text, size_t len)
{
	size_t i;

	if (len == 0 || len > ENTRY_WORDS || text[0] == ' ' ||
	    text[len - 1] == ' ' || !text_is_utf8(text, len))
		return INVALID;
	for (i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == '\177')
			return INVALID;
	return OK;
}

static void
write_entry(struct buf *out, const struct entry *e)
{
	char day[11];

	switch (e->kind) {
	case ENTRY_SIGN:
		buf_addstr(out, "sign ");
		base64_add_url(out, e->commitment, COMMITMENT_BYTES);
		break;
	case ENTRY_BACK:
		buf_addf(out, "back %" PRIu64 " %s", e->index, words[e->reason]);
		if (entry_has_batch(e->reason))
			buf_addf(out, " %" PRIu64, e->batch);
		break;
	case ENTRY_BATCH:
		clock_date(e->day, day);
		buf_addf(out, "batch %" PRIu64 " %s %s", e->batch, day, e->words);
		break;
	}
}

enum status
entry_add(struct buf *out, const struct entry *e)
{
	struct entry again;
	size_t begin = out->len;

	write_entry(out, e);
	if (entry_parse(&again, out->data + begin, out->len - begin) == OK)
		return OK;
	buf_cut(out, begin);
	return INVALID;
}

/* ---- reading --------------------------------------------------------------- */

struct cursor {
	const char *at, *end;
};

static bool
take_word(struct cursor *c, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0)
		return false;
	c->at += n;
	return true;
}

/* Up to a blank or the end. */
static size_t
word_length(const struct cursor *c)
{
	const char *blank = memchr(c->at, ' ', (size_t)(c->end - c->at));

	return (size_t)((blank == NULL ? c->end : blank) - c->at);
}

static bool
take_number(struct cursor *c, uint64_t *out)
{
	size_t n = word_length(c);

	if (decimal_parse(c->at, n, out) != OK)
		return false;
	c->at += n;
	return true;
}

static bool
take_day(struct cursor *c, int32_t *out)
{
	char day[11];

	if (word_length(c) != sizeof day - 1)
		return false;
	memcpy(day, c->at, sizeof day - 1);
	day[sizeof day - 1] = '\0';
	c->at += sizeof day - 1;
	return clock_parse_date(day, out);
}

static bool
parse_sign(struct cursor *c, struct entry *e)
{
	size_t len = (size_t)(c->end - c->at);

	c->at = c->end;
	return base64_take_url(c->end - len, len, e->commitment,
	    COMMITMENT_BYTES, &len) == OK && len == COMMITMENT_BYTES;
}

static bool
parse_back(struct cursor *c, struct entry *e)
{
	int i;

	if (!take_number(c, &e->index) || !take_word(c, " "))
		return false;
	for (i = 0; i < BACK_REASONS; i++)
		if (word_length(c) == strlen(words[i]) && take_word(c, words[i]))
			break;
	if (i == BACK_REASONS)
		return false;
	e->reason = (enum entry_reason)i;
	return !entry_has_batch(e->reason) || (take_word(c, " ") &&
	    take_number(c, &e->batch) && e->batch > 0);
}

static bool
parse_batch(struct cursor *c, struct entry *e)
{
	size_t len;

	if (!take_number(c, &e->batch) || e->batch == 0 || !take_word(c, " ") ||
	    !take_day(c, &e->day) || !take_word(c, " "))
		return false;
	len = (size_t)(c->end - c->at);
	if (check_words(c->at, len) != OK)
		return false;
	memcpy(e->words, c->at, len);
	c->at = c->end;
	return true;
}

enum status
entry_parse(struct entry *e, const void *text, size_t len)
{
	struct cursor c = { text, (const char *)text + len };
	bool good = false;

	memset(e, 0, sizeof *e);
	if (len > ENTRY_MAX)
		return INVALID;
	if (take_word(&c, "sign ")) {
		e->kind = ENTRY_SIGN;
		good = parse_sign(&c, e);
	} else if (take_word(&c, "back ")) {
		e->kind = ENTRY_BACK;
		good = parse_back(&c, e);
	} else if (take_word(&c, "batch ")) {
		e->kind = ENTRY_BATCH;
		good = parse_batch(&c, e);
	}
	return good && c.at == c.end ? OK : INVALID;
}
