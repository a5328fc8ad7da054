/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "seal/base64.h"
#include "tally/armour.h"
#include "tally/promise.h"

#define WHEN_TEXT 21            /* 2026-11-20T14:00:00Z with NUL */

static void
when_text(int64_t when, char out[WHEN_TEXT])
{
	int32_t day = clock_day(when);
	unsigned second = (unsigned)(when - (int64_t)day * CLOCK_DAY);

	clock_date(day, out);
	(void)snprintf(out + 10, WHEN_TEXT - 10, "T%02u:%02u:%02uZ",
	    second / CLOCK_HOUR % 24, second / 60 % 60, second % 60);
}

/* Only what when_text writes: it is written again and compared. */
static enum status
parse_when(const char *text, int64_t *out)
{
	char day_text[11], again[WHEN_TEXT];
	int32_t day;
	int h, m, s;

	if (strlen(text) != WHEN_TEXT - 1 ||
	    sscanf(text + 10, "T%2d:%2d:%2dZ", &h, &m, &s) != 3)
		return INVALID;
	memcpy(day_text, text, 10);
	day_text[10] = '\0';
	if (!clock_parse_date(day_text, &day))
		return INVALID;
	*out = (int64_t)day * CLOCK_DAY + h * CLOCK_HOUR + m * 60 + s;
	when_text(*out, again);
	return strcmp(again, text) == 0 ? OK : INVALID;
}

static void
add_signed(struct buf *out, const struct promise *p)
{
	char by[WHEN_TEXT];

	when_text(p->by, by);
	buf_addf(out, "undersigned promise v1\n%s\n", p->log.name);
	base64_add_url(out, p->commitment, sizeof p->commitment);
	buf_addf(out, "\n%s\n", by);
}

void
promise_sign(struct promise *p, const struct sign_pair *pair)
{
	struct buf text = BUF_INIT;

	add_signed(&text, p);
	sign_by(pair, text.data, text.len, p->signature);
	buf_free(&text);
}

enum status
promise_check(const struct promise *p)
{
	struct buf text = BUF_INIT;
	enum status st = DENIED;

	add_signed(&text, p);
	if (p->log.type == VKEY_LOG && sign_check(p->log.key, text.data,
	    text.len, p->signature) == OK)
		st = OK;
	buf_free(&text);
	return st;
}

void
promise_add_block(struct buf *out, const struct promise *p)
{
	struct armour a;
	char by[WHEN_TEXT];

	when_text(p->by, by);
	armour_begin(&a, "promise");
	armour_add_vkey(&a, "origin", &p->log);
	armour_add_bytes(&a, "commitment", p->commitment, sizeof p->commitment);
	armour_add_word(&a, "by", by);
	armour_add_bytes(&a, "signature", p->signature, sizeof p->signature);
	armour_write(&a, out);
	armour_free(&a);
}

static enum status
take_fields(struct armour *a, struct promise *p)
{
	char by[WHEN_TEXT];
	enum status st = armour_take_vkey(a, "origin", &p->log);

	if (st == OK)
		st = armour_take_bytes(a, "commitment", p->commitment,
		    sizeof p->commitment);
	if (st == OK)
		st = armour_take_word(a, "by", by, sizeof by);
	if (st == OK)
		st = parse_when(by, &p->by);
	if (st == OK)
		st = armour_take_bytes(a, "signature", p->signature,
		    sizeof p->signature);
	return st == OK ? armour_done(a) : st;
}

enum status
promise_read_block(struct promise *p, const char *text, size_t len,
    struct reason *why)
{
	struct armour a;
	enum status st = armour_read(&a, "promise", text, len, why);

	memset(p, 0, sizeof *p);
	if (st == OK && take_fields(&a, p) != OK)
		st = fail(why, INVALID, "the promise is not written as one");
	armour_free(&a);
	return st;
}
