/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "message/phrases.h"
#include "message/report_text.h"
#include "message/report_words.h"
#include "words/text.h"

#define FOUND_MAX 64            /* addresses kept */
#define LOOKED_MAX 2000         /* addresses looked at */
#define LOCAL_MAX 64
#define BEFORE_MAX 64           /* octets before an address that tell of it */
#define FOLD_PIECE 400
#define JOINED_MAX 40           /* octets on either side of a line's end */

/* ---- addresses ---------------------------------------------------------- */

static bool
is_local(unsigned char c)
{
	return isalnum(c) || c >= 0x80 || (c != '\0' &&
	    strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

static bool
is_domain(unsigned char c)
{
	return isalnum(c) || c >= 0x80 || c == '.' || c == '-' || c == '_';
}

/* From the '@' to the left, within START; quotes and dots that only stand
 * before it left out. */
static const char *
local_start(const char *at, const char *start)
{
	const char *p = at;

	if (at > start + 2 && at[-1] == '"') {
		for (p = at - 2; p > start && at - p < LOCAL_MAX && *p != '"'; p--)
			;
		return *p == '"' ? p : at;
	}
	while (p > start && at - p < LOCAL_MAX && is_local((unsigned char)p[-1]))
		p--;
	/* X.400: "dda:SMTP=ada@example.org" */
	if (at - p > 5 && strncasecmp(p, "smtp=", 5) == 0)
		p += 5;
	while (p < at && strchr("'`.=|*", *p) != NULL && strncmp(p, "=?", 2) != 0)
		p++;
	return p;
}

static const char *
domain_end(const char *domain, const char *end)
{
	const char *p = domain, *label;

	while (p < end && p - domain < REPORT_ADDRESS_MAX && is_domain((unsigned char)*p))
		p++;
	while (p > domain && strchr(".-_", p[-1]) != NULL)
		p--;
	label = memrchr(domain, '.', (size_t)(p - domain));
	if (label == NULL || label == domain || isdigit((unsigned char)label[1]))
		return domain;
	return p;
}

bool
notice_address(struct found *out, const char *at, const char *end)
{
	const char *sign = at, *start, *stop;

	while ((sign = memchr(sign, '@', (size_t)(end - sign))) != NULL) {
		start = local_start(sign, at);
		stop = domain_end(sign + 1, end);
		if (start < sign && stop > sign + 1 &&
		    stop - start <= REPORT_ADDRESS_MAX) {
			out->at = start;
			out->len = (size_t)(stop - start);
			return true;
		}
		sign++;
	}
	return false;
}

struct report_recipient *
notice_add(struct report *out, struct arena *arena, const char *address, size_t len)
{
	struct report_recipient *r;
	size_t i;

	if (len > REPORT_ADDRESS_MAX || memchr(address, '@', len) == NULL ||
	    !text_is_visible(address, len))
		return NULL;
	for (i = 0; i < out->count; i++)
		if (strlen(out->recipient[i].address) == len &&
		    strncasecmp(out->recipient[i].address, address, len) == 0)
			return &out->recipient[i];
	if (out->count == REPORT_RECIPIENTS)
		return NULL;
	r = &out->recipient[out->count++];
	memset(r, 0, sizeof *r);
	r->address = arena_strndup(arena, address, len);
	return r;
}

/* ---- codes -------------------------------------------------------------- */

/* One to three digits at *P, not followed by another. */
static bool
take_number(const char **p, const char *end, uint16_t *out)
{
	unsigned n = 0, digits = 0;

	for (; *p < end && isdigit((unsigned char)**p) && digits < 4; (*p)++, digits++)
		n = n * 10 + (unsigned)(**p - '0');
	*out = (uint16_t)n;
	return digits > 0 && digits < 4;
}

static bool
is_status(const char *p, const char *end, struct report_recipient *r)
{
	uint16_t class, subject, detail;

	if (!take_number(&p, end, &class) || p == end || *p++ != '.' ||
	    !take_number(&p, end, &subject) || p == end || *p++ != '.' ||
	    !take_number(&p, end, &detail))
		return false;
	if ((class != 2 && class != 4 && class != 5) || subject > 7 ||
	    (end - p > 1 && *p == '.' && isdigit((unsigned char)p[1])))
		return false;
	r->class = (uint8_t)class;
	r->subject = subject;
	r->detail = detail;
	return true;
}

/* "550 " or "550-" between what is no part of a number or word. */
static bool
is_reply(const char *p, const char *end, uint16_t *out)
{
	const char *start = p;

	return take_number(&p, end, out) && p - start == 3 && *out >= 400 &&
	    *out < 560 && (p == end || strchr(" -:)#\n", *p) != NULL);
}

static bool
is_generic(const struct report_recipient *r)
{
	return r->class == 0 || r->detail == 0;
}

void
notice_codes(struct report_recipient *r, const char *text, size_t len)
{
	const char *p, *end = text + len;
	struct report_recipient got;
	bool fixed = !is_generic(r);
	uint16_t reply;

	for (p = text; p < end; p++) {
		if (*p < '2' || *p > '5' ||
		    (p > text && strchr(" (#:<>-[\"\n\t=;", p[-1]) == NULL))
			continue;
		memset(&got, 0, sizeof got);
		if (!fixed && is_status(p, end, &got) && got.class > 2) {
			/* the first that says more than "something" */
			if (r->class == 0 || got.detail != 0 ||
			    (r->subject == 0 && got.subject != 0)) {
				r->class = got.class;
				r->subject = got.subject;
				r->detail = got.detail;
			}
			fixed = got.detail != 0;
		} else if (r->reply == 0 && is_reply(p, end, &reply)) {
			r->reply = reply;
		}
	}
}

/* ---- fates -------------------------------------------------------------- */

#define ANY 1000

/* RFC 3463 and its registry, for what was given up; the first row that fits
 * counts.  FATE_NONE: the words decide. */
static const struct {
	unsigned class, subject, detail;
	enum fate fate;
} fates[] = {
	{ 5, 1, 1, FATE_HARD },         /* no such mailbox */
	{ 5, 1, 2, FATE_HARD },         /* no such domain */
	{ 5, 1, 3, FATE_HARD },         /* no such address can be */
	{ 5, 1, 6, FATE_HARD },         /* moved away */
	{ 5, 1, 7, FATE_FAULT },        /* our address is no address */
	{ 5, 1, 8, FATE_FAULT },        /* our domain */
	{ 5, 1, 10, FATE_HARD },        /* the domain takes no mail */
	{ 5, 1, 0, FATE_HARD },         /* something about the address */
	{ 5, 2, 1, FATE_HARD },         /* disabled */
	{ 5, 2, 0, FATE_NONE },
	{ 5, 4, 4, FATE_HARD },         /* no way there: no such host */
	{ 5, 7, 17, FATE_HARD },        /* RFC 7293: another owner */
	{ 5, 7, ANY, FATE_FAULT },      /* policy */
	{ 4, 7, ANY, FATE_FAULT },
	{ 5, 6, ANY, FATE_FAULT },      /* our mail cannot be taken */
	{ 5, 2, ANY, FATE_SOFT },       /* full, too large */
	{ 5, 3, 4, FATE_SOFT },         /* too large */
	{ 5, 4, 1, FATE_NONE },
	{ 5, 4, 0, FATE_NONE },
	{ 5, 4, ANY, FATE_SOFT },       /* loops, time over */
};

static enum fate
by_status(const struct report_recipient *r)
{
	size_t i;

	for (i = 0; i < sizeof fates / sizeof fates[0]; i++)
		if (r->class == fates[i].class && r->subject == fates[i].subject &&
		    (fates[i].detail == ANY || r->detail == fates[i].detail))
			return fates[i].fate;
	return FATE_NONE;
}

enum fate
notice_fate(const struct report_recipient *r, const char *text)
{
	enum fate status = by_status(r), words = words_fate(text);

	/* "550 5.1.1 blocked for spam", "552 over quota (#5.1.1)": nobody goes
	 * for a code that the words deny */
	if (status == FATE_HARD)
		return words == FATE_FAULT || (words == FATE_SOFT && r->subject == 1) ?
		    words : FATE_HARD;
	if (status != FATE_NONE)
		return status;
	/* what may work another day says nothing of the mailbox */
	if ((r->class == 4 || (r->class == 0 && r->reply >= 400 && r->reply < 500)) &&
	    words == FATE_HARD)
		return FATE_SOFT;
	return words == FATE_NONE ? FATE_SOFT : words;
}

void
notice_fold(struct buf *out, const char *text, size_t len)
{
	char piece[FOLD_MAX];
	const char *end = text + len, *p, *eol;
	size_t n;

	buf_clear(out);
	for (p = text; p < end; p = eol) {
		eol = end - p > FOLD_PIECE ? p + FOLD_PIECE : end;
		while (eol < end && (*eol & 0xc0) == 0x80)
			eol++;
		n = fold_line(piece, p, (size_t)(eol - p));
		/* a blank at the seam was lost at an end */
		if (n > 0 && out->len > 0 && (isspace((unsigned char)*p) ||
		    isspace((unsigned char)p[-1])))
			buf_addch(out, ' ');
		buf_add(out, piece, n);
	}
}

/* ---- lines -------------------------------------------------------------- */

struct candidate {
	struct found found;
	enum sureness sure;
	bool own;
	size_t line;            /* where its line begins in the text */
};

struct scan {
	const struct notice *notice;
	struct candidate candidate[FOUND_MAX];
	size_t count, looked;
	bool listing;           /* below the sentence that begins a list */
	size_t indent;          /* of the list; SIZE_MAX: not known yet */
	char last[FOLD_MAX];    /* the line before that was not empty */
};

struct line {
	const char *at, *end;
	char folded[FOLD_MAX];
	size_t indent;
	bool intro, reason;
};

/* Mailboxes that are named for whom to ask. */
static const char *const asked[] = {
	"abuse", "admin", "administrator", "help", "helpdesk", "hostmaster",
	"info", "mailer-daemon", "postmaster", "security", "support", "webmaster",
};

static bool
is_own(const struct notice *n, const struct found *f)
{
	const char *sign = memchr(f->at, '@', f->len);
	size_t local = sign == NULL ? 0 : (size_t)(sign - f->at), i;

	for (i = 0; i < n->owns; i++)
		if (strlen(n->own[i]) == f->len &&
		    strncasecmp(n->own[i], f->at, f->len) == 0)
			return true;
	for (i = 0; i < sizeof asked / sizeof asked[0]; i++)
		if (strlen(asked[i]) == local &&
		    strncasecmp(asked[i], f->at, local) == 0)
			return true;
	return false;
}

/* Nothing before it but marks, and a code such as "554 5.1.1". */
static bool
leads(const struct line *l, const char *at)
{
	const char *p;

	for (p = l->at; p < at; p++)
		if (isalpha((unsigned char)*p) || (unsigned char)*p >= 0x80 || *p == '@')
			return false;
	return true;
}

/* Nothing after it but marks. */
static bool
trails(const struct line *l, const struct found *f)
{
	const char *p;

	for (p = f->at + f->len; p < l->end; p++)
		if (isalnum((unsigned char)*p) || (unsigned char)*p >= 0x80)
			return false;
	return true;
}

/* Only an address before it in a list "a@example.org, b@example.org". */
static bool
follows_another(const struct scan *s, const struct line *l, const struct found *f)
{
	const struct candidate *c = s->count == 0 ? NULL :
	    &s->candidate[s->count - 1];
	const char *p;

	if (c == NULL || c->sure != SURE_LISTED || c->found.at < l->at)
		return false;
	for (p = c->found.at + c->found.len; p < f->at; p++)
		if (strchr(" ,;<>'\"\t", *p) == NULL)
			return false;
	return true;
}

static enum sureness
judge(struct scan *s, const struct line *l, const struct found *f, const char *before)
{
	bool first = leads(l, f->at);
	bool bracket = f->at > l->at && strchr("<([", f->at[-1]) != NULL;

	if (words_names_other(first ? s->last : before) && !(first && s->listing))
		return SURE_NOT;
	if (s->listing && first && (s->indent == SIZE_MAX || s->indent == l->indent)) {
		s->indent = l->indent;
		return SURE_LISTED;
	}
	if (s->listing && (follows_another(s, l, f) || words_names_recipient(before)))
		return SURE_LISTED;
	if (l->intro || (s->listing && bracket && trails(l, f)))
		return SURE_SAID;
	if (words_names_recipient(before) || l->reason)
		return SURE_REASONED;
	return first && s->notice->bounce && !trails(l, f) ? SURE_REASONED :
	    SURE_MENTIONED;
}

static void
scan_line(struct scan *s, const struct line *l)
{
	char before[FOLD_MAX];
	const char *at = l->at, *from;
	struct candidate *c;
	struct found f;
	enum sureness sure;

	while (++s->looked < LOOKED_MAX && notice_address(&f, at, l->end)) {
		from = f.at - l->at > BEFORE_MAX ? f.at - BEFORE_MAX : l->at;
		(void)fold_line(before, from, (size_t)(f.at - from));
		sure = judge(s, l, &f, before);
		at = f.at + f.len;
		if (sure == SURE_NOT || s->count == FOUND_MAX)
			continue;
		c = &s->candidate[s->count++];
		c->found = f;
		c->sure = sure;
		c->own = is_own(s->notice, &f);
		c->line = (size_t)(l->at - s->notice->text);
	}
}

static void
read_line(struct line *l, const char *at, const char *end)
{
	l->at = at;
	l->end = memchr(at, '\n', (size_t)(end - at));
	if (l->end == NULL)
		l->end = end;
	(void)fold_line(l->folded, at, (size_t)(l->end - at));
	for (l->indent = 0; at < l->end && (*at == ' ' || *at == '\t'); at++)
		l->indent += *at == '\t' ? 8 : 1;
	l->intro = words_intro(l->folded);
	l->reason = words_fate(l->folded) != FATE_NONE;
}

/* "could not / be delivered to": over the end of a line. */
static bool
is_split_intro(const char *last, const char *folded)
{
	char joined[2 * JOINED_MAX + 2];
	size_t n = strlen(last);

	last += n > JOINED_MAX ? n - JOINED_MAX : 0;
	(void)snprintf(joined, sizeof joined, "%s %.*s", last, JOINED_MAX, folded);
	return words_intro(joined);
}

static void
scan_notice(struct scan *s)
{
	const char *at = s->notice->text, *end = at + s->notice->len;
	struct line l;

	s->indent = SIZE_MAX;
	for (; at < end; at = l.end + 1) {
		read_line(&l, at, end);
		if (l.folded[0] == '\0')
			continue;
		scan_line(s, &l);
		if (words_end_of_list(l.folded)) {
			s->listing = false;
		} else if (!s->listing && (l.intro || is_split_intro(s->last, l.folded))) {
			s->listing = true;
			s->indent = SIZE_MAX;
		}
		memcpy(s->last, l.folded, sizeof s->last);
	}
}

/* Does a mail that comes back begin with this line?  A line that says so is set
 * off by marks or ends with some; a sentence that only tells of the copy that
 * is somewhere in the report does not. */
static bool
is_heading(const char *folded, size_t len)
{
	if (words_original_field(folded))
		return true;
	if (!words_original(folded))
		return false;
	if (strchr("-=_*|#~+<[", folded[0]) != NULL)
		return true;
	/* "the following did not get a copy of your message:" */
	if (words_intro(folded))
		return false;
	return strchr(":-=_*|#~", folded[len - 1]) != NULL ||
	    (len < 80 && strstr(folded, "follow") != NULL);
}

size_t
notice_end(const char *text, size_t len)
{
	const char *at = text, *end = text + len;
	char folded[FOLD_MAX];
	const char *eol;
	size_t n;

	for (; at < end; at = eol + 1) {
		eol = memchr(at, '\n', (size_t)(end - at));
		if (eol == NULL)
			eol = end;
		n = fold_line(folded, at, (size_t)(eol - at));
		if (n > 0 && n < 200 && is_heading(folded, n))
			return (size_t)(at - text);
	}
	return len;
}

/* ---- all of it ---------------------------------------------------------- */

static enum sureness
surest(const struct scan *s, bool own)
{
	enum sureness most = SURE_NOT;
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->candidate[i].sure > most && s->candidate[i].own == own)
			most = s->candidate[i].sure;
	return most;
}

/* On one line within the bounds of a report. */
static const char *
diagnostic(struct arena *arena, const char *text, size_t len)
{
	char *line = text_line(arena, text, len < 4 * REPORT_LINE_MAX ? len :
	    4 * REPORT_LINE_MAX, REPORT_LINE_MAX);
	size_t n = strlen(line);

	if (n > REPORT_LINE_MAX) {
		n = REPORT_LINE_MAX;
		while (n > 0 && (line[n] & 0xc0) == 0x80)
			n--;
		line[n] = '\0';
	}
	return n > 0 ? line : NULL;
}

void
notice_judge(struct report_recipient *r, struct arena *arena, const char *text,
    size_t len)
{
	struct buf folded = BUF_INIT;
	enum fate fate;

	notice_codes(r, text, len);
	notice_fold(&folded, text, len);
	fate = notice_fate(r, folded.data);
	if (fate > r->fate)
		r->fate = fate;
	if (r->diagnostic == NULL)
		r->diagnostic = diagnostic(arena, text, len);
	buf_free(&folded);
}

/* From the line that names one to that of the next. */
static void
take_candidates(struct report *out, struct arena *arena, const struct scan *s,
    enum sureness sure, bool own)
{
	const struct notice *n = s->notice;
	struct report_recipient *r;
	const struct candidate *c;
	size_t i, j, end;

	for (i = 0; i < s->count; i++) {
		c = &s->candidate[i];
		if (c->sure != sure || c->own != own ||
		    (r = notice_add(out, arena, c->found.at, c->found.len)) == NULL)
			continue;
		end = n->len;
		for (j = i + 1; j < s->count && end == n->len; j++)
			if (s->candidate[j].sure == sure && s->candidate[j].own == own &&
			    s->candidate[j].line > c->line)
				end = s->candidate[j].line;
		notice_judge(r, arena, n->text + c->line, end - c->line);
	}
	if (out->count == 1) {
		out->recipient[0].fate = FATE_NONE;
		notice_judge(&out->recipient[0], arena, n->text, n->len);
	}
}

/* What the text as a whole tells. */
static enum report_kind
kind_of(const struct notice *n, const char *folded, enum sureness sure)
{
	char subject[FOLD_MAX], beginning[FOLD_TEXT_MAX];
	bool late, over;

	(void)fold_line(subject, n->subject, strlen(n->subject));
	over = words_given_up(folded) || words_given_up(subject);
	late = words_delayed(folded) || words_delayed(subject);
	if (late && !over)
		return n->bounce || sure >= SURE_SAID ? REPORT_DELAYED : REPORT_NONE;
	if (words_not_failed(folded) && !over)
		return REPORT_NONE;
	if (!n->bounce) {
		fold_text(beginning, n->text);
		if (phrase_vacation(subject) || phrase_challenge(subject) ||
		    strncmp(subject, "re:", 3) == 0 ||
		    (phrase_vacation_body(beginning) && !(over && sure == SURE_LISTED)))
			return REPORT_NONE;
		return (sure >= SURE_SAID && (over || phrase_bounce_body(beginning))) ||
		    (sure >= SURE_REASONED && phrase_bounce(subject)) ?
		    REPORT_FAILED : REPORT_NONE;
	}
	return over || sure >= SURE_REASONED || words_intro(folded) ||
	    words_fate(folded) != FATE_NONE || phrase_bounce(subject) ?
	    REPORT_FAILED : REPORT_NONE;
}

enum sureness
notice_read(struct report *out, struct arena *arena, const struct notice *n)
{
	struct scan *s = mem_alloc(sizeof *s);
	struct buf folded = BUF_INIT;
	struct report_recipient whole;
	enum sureness sure;
	bool own = false;
	size_t i;

	s->notice = n;
	scan_notice(s);
	sure = surest(s, false);
	if (sure <= SURE_MENTIONED && surest(s, true) > SURE_MENTIONED) {
		sure = surest(s, true);
		own = true;
	}
	notice_fold(&folded, n->text, n->len);
	out->kind = kind_of(n, folded.data, sure);
	if (out->kind != REPORT_NONE && sure > SURE_MENTIONED)
		take_candidates(out, arena, s, sure, own);
	memset(&whole, 0, sizeof whole);
	notice_codes(&whole, n->text, n->len);
	out->fate = out->kind == REPORT_DELAYED ? FATE_DELAYED :
	    out->kind == REPORT_FAILED ? notice_fate(&whole, folded.data) : FATE_NONE;
	for (i = 0; i < out->count; i++)
		if (out->kind == REPORT_DELAYED)
			out->recipient[i].fate = FATE_DELAYED;
	buf_free(&folded);
	free(s);
	return sure;
}
