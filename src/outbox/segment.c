/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "config/campaign.h"
#include "message/recipient.h"
#include "outbox/segment.h"
#include "store/mailing.h"

#define VALUES 64               /* of one word */
#define LOOK 4096               /* rows at a time, when counting */
#define TEXT_MAX 2000

enum word { COUNTRY, LANGUAGE, SOURCE, ACTION, SINCE, UNTIL, WORDS };

struct segment {
	bool given[WORDS];
	const char *value[ACTION + 1][VALUES];
	size_t count[ACTION + 1];
	int32_t since, until;           /* days; 0: none */
};

struct reading {
	struct segment *segment;
	struct arena *arena;
	const struct campaign *campaign;
	struct reason *why;
};

/* ---- values, one function for each word ----------------------------------- */

static enum status
wrong(const struct reading *r, const char *word, const char *value,
    const char *right)
{
	return fail(r->why, INVALID, "%s=%.40s: %s", word, value, right);
}

static enum status
add_value(const struct reading *r, enum word word, const char *value)
{
	struct segment *s = r->segment;
	size_t i;

	for (i = 0; i < s->count[word]; i++)
		if (strcmp(s->value[word][i], value) == 0)
			return OK;
	if (s->count[word] == VALUES)
		return fail(r->why, INVALID, "more than %d values of one kind; "
		    "leave the word out for all", VALUES);
	s->value[word][s->count[word]++] = value;
	return OK;
}

static enum status
read_country(const struct reading *r, char *value)
{
	size_t i;

	for (i = 0; value[i] >= 'a' && value[i] <= 'z'; i++)
		value[i] = (char)(value[i] - 'a' + 'A');
	if (strcmp(value, "-") != 0 && (strlen(value) != 2 ||
	    strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 2))
		return wrong(r, "country", value, "write two letters, such as "
		    "TJ, or - for signers whose country is not known");
	return add_value(r, COUNTRY, strcmp(value, "-") == 0 ? "" : value);
}

static enum status
read_language(const struct reading *r, char *value)
{
	struct buf known = BUF_INIT;
	enum status st = OK;
	size_t i;

	if (campaign_language(r->campaign, value) != NULL)
		return add_value(r, LANGUAGE, value);
	for (i = 0; i < r->campaign->language_count; i++)
		buf_addf(&known, " %s", r->campaign->languages[i].code);
	st = fail(r->why, INVALID, "language=%.40s: the campaign does not speak "
	    "it; it speaks%s", value, known.data);
	buf_free(&known);
	return st;
}

static enum status
read_source(const struct reading *r, char *value)
{
	if (strlen(value) > SOURCE_MAX || strspn(value,
	    "abcdefghijklmnopqrstuvwxyz0123456789._-") != strlen(value))
		return wrong(r, "source", value, "write it as in the address "
		    "after \"from-\", in small letters, or - for none");
	return add_value(r, SOURCE, strcmp(value, "-") == 0 ? "" : value);
}

static enum status
read_action(const struct reading *r, char *value)
{
	if (strcmp(value, "posted") != 0 && strcmp(value, "wrote") != 0 &&
	    strcmp(value, "none") != 0)
		return wrong(r, "action", value, "write posted, wrote or none");
	return add_value(r, ACTION, value);
}

static enum status
read_day(const struct reading *r, const char *word, const char *value,
    int32_t *out)
{
	if (*out != 0 || !clock_parse_date(value, out))
		return wrong(r, word, value, "write one day, as 2026-12-31");
	return OK;
}

static enum status
read_since(const struct reading *r, char *value)
{
	return read_day(r, "since", value, &r->segment->since);
}

static enum status
read_until(const struct reading *r, char *value)
{
	return read_day(r, "until", value, &r->segment->until);
}

static const struct {
	const char *name;
	enum status (*read)(const struct reading *, char *value);
} words[WORDS] = {
	[COUNTRY] = { "country", read_country },
	[LANGUAGE] = { "language", read_language },
	[SOURCE] = { "source", read_source },
	[ACTION] = { "action", read_action },
	[SINCE] = { "since", read_since },
	[UNTIL] = { "until", read_until },
};

/* ---- reading and writing ---------------------------------------------------- */

static enum status
read_values(const struct reading *r, enum word word, char *values)
{
	enum status st = OK;
	char *comma;

	if (r->segment->given[word])
		return fail(r->why, INVALID, "%s= stands twice; write all its "
		    "values after one, with commas", words[word].name);
	r->segment->given[word] = true;
	for (; st == OK && values != NULL; values = comma) {
		comma = strchr(values, ',');
		if (comma != NULL)
			*comma++ = '\0';
		if (*values == '\0')
			return fail(r->why, INVALID, "%s= lacks a value",
			    words[word].name);
		st = words[word].read(r, values);
	}
	return st;
}

static enum status
read_word(const struct reading *r, char *text)
{
	char *equals = strchr(text, '=');
	enum word w;

	if (equals == NULL)
		return fail(r->why, INVALID, "\"%.40s\" is not WORD=VALUE, such "
		    "as country=TJ", text);
	*equals = '\0';
	for (w = COUNTRY; w < WORDS; w++)
		if (strcmp(words[w].name, text) == 0)
			return read_values(r, w, equals + 1);
	return fail(r->why, INVALID, "\"%.40s\" is not known; there are country, "
	    "language, source, action, since and until", text);
}

enum status
segment_parse(struct segment **out, struct arena *arena,
    const struct campaign *campaign, const char *text, struct reason *why)
{
	struct reading r = { NULL, arena, campaign, why };
	enum status st = OK;
	char *at, *end;

	*out = r.segment = arena_alloc(arena, sizeof *r.segment);
	memset(r.segment, 0, sizeof *r.segment);
	if (strlen(text) > TEXT_MAX)
		return fail(why, INVALID, "the segment is longer than %d "
		    "characters", TEXT_MAX);
	at = arena_strdup(arena, text);
	for (; st == OK; at = end) {
		at += strspn(at, " \t\n");
		if (*at == '\0')
			break;
		end = at + strcspn(at, " \t\n");
		if (*end != '\0')
			*end++ = '\0';
		st = read_word(&r, at);
	}
	if (st == OK && r.segment->since != 0 && r.segment->until != 0 &&
	    r.segment->since > r.segment->until)
		st = fail(why, INVALID, "since= is a later day than until=: that "
		    "matches nobody");
	return st;
}

const char *
segment_text(struct arena *arena, const struct segment *s)
{
	struct buf b = BUF_INIT;
	char date[11];
	const char *text;
	enum word w;
	size_t i;

	for (w = COUNTRY; w <= ACTION; w++) {
		if (s->given[w])
			buf_addf(&b, "%s%s=", b.len > 0 ? " " : "",
			    words[w].name);
		for (i = 0; i < s->count[w]; i++)
			buf_addf(&b, "%s%s", i > 0 ? "," : "",
			    *s->value[w][i] == '\0' ? "-" : s->value[w][i]);
	}
	for (w = SINCE; w <= UNTIL; w++)
		if (s->given[w]) {
			clock_date(w == SINCE ? s->since : s->until, date);
			buf_addf(&b, "%s%s=%s", b.len > 0 ? " " : "",
			    words[w].name, date);
		}
	text = arena_strndup(arena, b.len > 0 ? b.data : "", b.len);
	buf_free(&b);
	return text;
}

/* ---- matching -------------------------------------------------------------------- */

static bool
has_value(const struct segment *s, enum word word, const char *value)
{
	size_t i;

	if (!s->given[word])
		return true;
	for (i = 0; i < s->count[word]; i++)
		if (strcmp(s->value[word][i], value) == 0)
			return true;
	return false;
}

static bool
has_action(const struct segment *s, int actions)
{
	if (!s->given[ACTION])
		return true;
	return (actions == 0 && has_value(s, ACTION, "none")) ||
	    ((actions & ACTION_POSTED) && has_value(s, ACTION, "posted")) ||
	    ((actions & ACTION_WROTE) && has_value(s, ACTION, "wrote"));
}

bool
segment_has(const struct segment *s, const struct signature *sig)
{
	return has_value(s, COUNTRY, sig->country) &&
	    has_value(s, LANGUAGE, sig->language) &&
	    has_value(s, SOURCE, sig->source) &&
	    has_action(s, sig->actions) &&
	    (s->since == 0 || sig->confirmed_day >= s->since) &&
	    (s->until == 0 || sig->confirmed_day <= s->until);
}

enum status
segment_count(struct store *store, const struct segment *s, int64_t campaign,
    int64_t *out)
{
	struct signature rows[256];
	int64_t after = 0, top = INT64_MAX;
	struct arena *scratch = arena_new();
	enum status st = OK;
	size_t n, i;

	for (*out = 0; st == OK && after < top;) {
		arena_reset(scratch);
		st = store_mailing_candidates(store, scratch, campaign, after,
		    top, LOOK, rows, sizeof rows / sizeof rows[0], &n, &after);
		for (i = 0; st == OK && i < n; i++)
			*out += segment_has(s, &rows[i]);
	}
	arena_free(&scratch);
	return st;
}
