/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/clock.h"
#include "schedule/rule.h"

#define DIGITS "0123456789"

enum freq { SECONDLY, MINUTELY, HOURLY, DAILY, WEEKLY, MONTHLY, YEARLY, FREQS };

static const char *const freqs[FREQS] = { "SECONDLY", "MINUTELY", "HOURLY",
	"DAILY", "WEEKLY", "MONTHLY", "YEARLY" };

enum { FREQ, UNTIL, COUNT, INTERVAL, BYSECOND, BYMINUTE, BYHOUR, BYDAY, BYMONTHDAY,
	BYYEARDAY, BYWEEKNO, BYMONTH, BYSETPOS, WKST, PARTS };

/* A piece of the text. */
struct piece {
	const char *at;         /* NULL: there is none */
	size_t len;
};

struct rule {
	struct piece part[PARTS];
	enum freq freq;
};

static enum status is_until(const struct rule *, struct piece, struct reason *);
static enum status is_day(const struct rule *, struct piece, struct reason *);
static enum status is_start(const struct rule *, struct piece, struct reason *);

#define BIT(freq) (1u << (freq))
#define OFTEN (BIT(SECONDLY) | BIT(MINUTELY) | BIT(HOURLY))

/* Numbers have a range; what is none is looked at by LOOK. */
static const struct {
	const char *name;
	int least, most;
	bool back;              /* may be counted from the end */
	bool list;
	unsigned not;           /* with which FREQ it means nothing */
	enum status (*look)(const struct rule *, struct piece, struct reason *);
} parts[PARTS] = {
	[FREQ] = { .name = "FREQ" },
	[UNTIL] = { .name = "UNTIL", .look = is_until },
	[COUNT] = { .name = "COUNT", .least = 1, .most = 99999 },
	[INTERVAL] = { .name = "INTERVAL", .least = 1, .most = 9999 },
	[BYSECOND] = { .name = "BYSECOND", .most = 60, .list = true },
	[BYMINUTE] = { .name = "BYMINUTE", .most = 59, .list = true },
	[BYHOUR] = { .name = "BYHOUR", .most = 23, .list = true },
	[BYDAY] = { .name = "BYDAY", .list = true, .look = is_day },
	[BYMONTHDAY] = { .name = "BYMONTHDAY", .least = 1, .most = 31,
	    .back = true, .list = true, .not = BIT(WEEKLY) },
	[BYYEARDAY] = { .name = "BYYEARDAY", .least = 1, .most = 366,
	    .back = true, .list = true,
	    .not = BIT(DAILY) | BIT(WEEKLY) | BIT(MONTHLY) },
	[BYWEEKNO] = { .name = "BYWEEKNO", .least = 1, .most = 53,
	    .back = true, .list = true,
	    .not = OFTEN | BIT(DAILY) | BIT(WEEKLY) | BIT(MONTHLY) },
	[BYMONTH] = { .name = "BYMONTH", .least = 1, .most = 12, .list = true },
	[BYSETPOS] = { .name = "BYSETPOS", .least = 1, .most = 366,
	    .back = true, .list = true },
	[WKST] = { .name = "WKST", .look = is_start },
};

/* ---- pieces ------------------------------------------------------------------- */

/* What stands at *AT before one of ENDS or the end; *AT goes on to it. */
static struct piece
cut(const char **at, const char *ends)
{
	struct piece p = { *at, strcspn(*at, ends) };

	*at += p.len;
	return p;
}

static bool
is_word(struct piece p, const char *word)
{
	return strlen(word) == p.len && strncasecmp(p.at, word, p.len) == 0;
}

/* The number of at most five digits that P is; -1. */
static int
number(struct piece p)
{
	int n = 0;
	size_t i;

	if (p.len == 0 || p.len > 5 || strspn(p.at, DIGITS) < p.len)
		return -1;
	for (i = 0; i < p.len; i++)
		n = n * 10 + p.at[i] - '0';
	return n;
}

/* Takes a sign away from the front of *P. */
static bool
take_sign(struct piece *p)
{
	bool is_sign = p->len > 0 && (*p->at == '-' || *p->at == '+');

	p->at += is_sign;
	p->len -= is_sign;
	return is_sign;
}

/* ---- what is no plain number ------------------------------------------------------ */

/* 20261231, or with T235959, or with Z as well. */
static enum status
is_until(const struct rule *r, struct piece p, struct reason *why)
{
	char date[11];
	int32_t day;

	(void)r;
	if (p.len == 8 || p.len == 15 || (p.len == 16 && p.at[15] == 'Z')) {
		(void)snprintf(date, sizeof date, "%.4s-%.2s-%.2s", p.at,
		    p.at + 4, p.at + 6);
		if (clock_parse_date(date, &day) && (p.len == 8 ||
		    (p.at[8] == 'T' && strspn(p.at + 9, DIGITS) >= 6)))
			return OK;
	}
	return fail(why, INVALID, "rule: UNTIL is no time; write it as in "
	    "UNTIL=20261231 or UNTIL=20261231T180000");
}

static bool
is_weekday(struct piece p)
{
	static const char *const days[] = { "MO", "TU", "WE", "TH", "FR", "SA",
		"SU" };
	size_t i;

	for (i = 0; i < sizeof days / sizeof days[0]; i++)
		if (is_word(p, days[i]))
			return true;
	return false;
}

static enum status
is_start(const struct rule *r, struct piece p, struct reason *why)
{
	(void)r;
	return is_weekday(p) ? OK : fail(why, INVALID, "rule: WKST must be one of "
	    "MO, TU, WE, TH, FR, SA and SU");
}

/* MO, and where they can be counted, 2MO and -1MO. */
static enum status
is_day(const struct rule *r, struct piece p, struct reason *why)
{
	bool in_month = r->freq == MONTHLY || r->part[BYMONTH].at != NULL;
	int most = in_month ? 5 : 53, n;
	struct piece which = p;

	if (p.len >= 2 && is_weekday((struct piece){ p.at + p.len - 2, 2 })) {
		which.len -= 2;
		if (which.len == 0)
			return OK;
		(void)take_sign(&which);
		n = number(which);
		if (n >= 0 && r->freq != MONTHLY && r->freq != YEARLY)
			return fail(why, INVALID, "rule: in %.*s a day is "
			    "counted; that goes with FREQ=MONTHLY and YEARLY "
			    "only", (int)p.len, p.at);
		if (n >= 0 && r->part[BYWEEKNO].at != NULL)
			return fail(why, INVALID, "rule: in %.*s a day is "
			    "counted; that does not go with BYWEEKNO",
			    (int)p.len, p.at);
		if (n >= 1 && n <= most)
			return OK;
		if (n >= 0)
			return fail(why, INVALID, "rule: there is no %.*s; a %s "
			    "has the 1st to %dth of a day, or -1st to -%dth",
			    (int)p.len, p.at, in_month ? "month" : "year", most,
			    most);
	}
	return fail(why, INVALID, "rule: \"%.*s\" is no day; BYDAY takes MO, TU, WE, "
	    "TH, FR, SA and SU", (int)p.len, p.at);
}

/* ---- a part --------------------------------------------------------------------- */

static enum status
check_number(int part, struct piece p, struct reason *why)
{
	struct piece digits = p;
	int n;

	if (parts[part].back)
		(void)take_sign(&digits);
	n = number(digits);
	if (n >= parts[part].least && n <= parts[part].most)
		return OK;
	return fail(why, INVALID, "rule: %s must be %d to %d%s, not \"%.*s\"",
	    parts[part].name, parts[part].least, parts[part].most,
	    parts[part].back ? ", or as much before the end with a minus" : "",
	    (int)p.len, p.at);
}

static enum status
check_part(const struct rule *r, int part, struct reason *why)
{
	const char *at = r->part[part].at, *end = at + r->part[part].len;
	struct piece p;
	enum status st;

	if (parts[part].not & BIT(r->freq))
		return fail(why, INVALID, "rule: %s does not go with FREQ=%s",
		    parts[part].name, freqs[r->freq]);
	for (;;) {
		p = cut(&at, parts[part].list ? ",;" : ";");
		st = parts[part].look != NULL ? parts[part].look(r, p, why) :
		    check_number(part, p, why);
		if (st != OK || at >= end)
			return st;
		at++;
	}
}

/* ---- all of them ------------------------------------------------------------------ */

static enum status
no_rule(struct reason *why)
{
	return fail(why, INVALID, "rule is none of RFC 5545; write it as in "
	    "\"FREQ=WEEKLY;BYDAY=MO;BYHOUR=9\"");
}

static enum status
read_part(struct rule *r, const char **at, struct reason *why)
{
	struct piece name = cut(at, "=;");
	int i;

	if (**at != '=')
		return no_rule(why);
	(*at)++;
	for (i = 0; i < PARTS && !is_word(name, parts[i].name); i++)
		;
	if (i == PARTS)
		return fail(why, INVALID, "rule: %.*s is no part of a rule",
		    (int)name.len, name.at);
	if (r->part[i].at != NULL)
		return fail(why, INVALID, "rule: %s is there twice",
		    parts[i].name);
	r->part[i] = cut(at, ";");
	return OK;
}

static enum status
read_parts(struct rule *r, const char *at, struct reason *why)
{
	enum status st;

	for (;;) {
		st = read_part(r, &at, why);
		if (st != OK || *at == '\0')
			break;
		at++;
	}
	if (st != OK)
		return st;
	while (r->freq < FREQS && (r->part[FREQ].at == NULL ||
	    !is_word(r->part[FREQ], freqs[r->freq])))
		r->freq++;
	return r->freq < FREQS ? OK : no_rule(why);
}

static enum status
check_together(const struct rule *r, struct reason *why)
{
	bool by = false;
	int i;

	if (r->part[COUNT].at != NULL && r->part[UNTIL].at != NULL)
		return fail(why, INVALID, "rule: COUNT and UNTIL do not go "
		    "together");
	for (i = BYSECOND; i < BYSETPOS; i++)
		by = by || r->part[i].at != NULL;
	if (r->part[BYSETPOS].at != NULL && !by)
		return fail(why, INVALID, "rule: BYSETPOS chooses among the days "
		    "that another part names, as BYDAY; there is none");
	return OK;
}

enum status
rule_check(const char *text, struct reason *why)
{
	struct rule r = { .freq = SECONDLY };
	enum status st = read_parts(&r, text, why);
	int i;

	for (i = FREQ + 1; st == OK && i < PARTS; i++)
		if (r.part[i].at != NULL)
			st = check_part(&r, i, why);
	return st == OK ? check_together(&r, why) : st;
}
