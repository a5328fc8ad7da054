/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "seal/base64.h"
#include "seal/lines.h"
#include "seal/sealed_list.h"

#define TITLE "undersigned sealed list 1"
#define SUM 8
#define SUM_TEXT 12             /* with NUL */
#define FIELDS 16
#define ROW_FIELDS 11           /* without what she agreed to */

/* ---- texts ------------------------------------------------------------------- */

static bool
is_plain(char c)
{
	return (unsigned char)c > ' ' && c != '%' && c != '\x7f';
}

static void
add_text(struct buf *out, const char *text)
{
	bool dash = text[0] == '-' && text[1] == '\0';

	buf_addstr(out, *text == '\0' ? " -" : " ");
	for (; *text != '\0'; text++)
		if (is_plain(*text) && !dash)
			buf_addch(out, *text);
		else
			buf_addf(out, "%%%02X", (unsigned char)*text);
}

static int
hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	    c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* In place. */
static enum status
take_text(char *text, const char **out)
{
	char *to = text;
	const char *p = text;
	int high, low;

	*out = text;
	if (strcmp(text, "-") == 0) {
		*text = '\0';
		return OK;
	}
	for (; *p != '\0'; p++) {
		if (*p != '%') {
			*to++ = *p;
			continue;
		}
		high = hex(p[1]);
		low = high < 0 ? -1 : hex(p[2]);
		if (low < 0 || high + low == 0)
			return INVALID;
		*to++ = (char)(high << 4 | low);
		p += 2;
	}
	*to = '\0';
	return OK;
}

static void
add_bytes(struct buf *out, const void *data, size_t len)
{
	buf_addch(out, ' ');
	base64_add_url(out, data, len);
}

static enum status
take_bytes(const char *text, void *out, size_t want)
{
	size_t len;

	return base64_take_url(text, strlen(text), out, want, &len) == OK &&
	    len == want ? OK : INVALID;
}

static enum status
take_number(const char *text, int64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 ? OK :
	    INVALID;
}

static void
sum(const struct sealed_list *l, const char *line, size_t len,
    unsigned char out[SUM])
{
	struct seal_digest *d = seal_digest_new();
	unsigned char whole[DIGEST_BYTES];

	seal_digest_add(d, l->head, sizeof l->head);
	seal_digest_add(d, line, len);
	seal_digest_end(&d, whole);
	memcpy(out, whole, SUM);
}

/* ---- writing ------------------------------------------------------------------- */

static void
write_head(const struct sealed_list *l, struct buf *out)
{
	char date[11], text[OPENING_TEXT];
	unsigned i;

	clock_date(l->made, date);
	buf_addf(out, TITLE "\ncampaign: %s\nnumber: %" PRId64 "\nmade: %s\n",
	    l->slug, l->campaign, date);
	for (i = 0; i < l->openings; i++) {
		opening_text(OPENING_CAMPAIGN, l->opening[i], text);
		buf_addf(out, "opening: %s\n", text);
	}
}

void
sealed_list_begin(struct sealed_list *l, struct buf *out)
{
	struct buf head = BUF_INIT;

	write_head(l, &head);
	seal_digest(head.data, head.len, l->head);
	buf_add(out, head.data, head.len);
	lines_add(out, "checksum: ", l->head, SUM);
	buf_free(&head);
}

/* The line that began at START. */
static void
end_line(const struct sealed_list *l, size_t start, struct buf *out)
{
	unsigned char s[SUM];

	sum(l, out->data + start, out->len - start, s);
	add_bytes(out, s, SUM);
	buf_addch(out, '\n');
}

enum status
sealed_list_key(struct sealed_list *l, const struct data_key *k,
    struct buf *out)
{
	size_t start = out->len;
	unsigned i;

	for (i = 0; i < l->openings; i++)
		if (memcmp(l->opening[i], k->opening, OPENING_BYTES) == 0)
			break;
	if (i == l->openings)
		return INVALID;
	buf_addf(out, "%" PRId64 " key %" PRId64 " %u", ++l->lines, k->number,
	    i + 1);
	add_bytes(out, k->sealed, sizeof k->sealed);
	end_line(l, start, out);
	return OK;
}

void
sealed_list_row(struct sealed_list *l, const struct sealed_row *r,
    struct buf *out)
{
	char date[11];
	size_t start = out->len;
	int i;

	l->rows++;
	clock_date(r->day, date);
	buf_addf(out, "%" PRId64 " row %" PRId64, ++l->lines, r->number);
	add_text(out, r->country);
	add_text(out, r->language);
	add_text(out, r->source);
	add_text(out, date);
	add_text(out, r->state);
	buf_addstr(out, r->hidden ? " yes" : " no");
	add_bytes(out, r->row, sizeof r->row);
	if (r->parts_len > 0)
		add_bytes(out, r->parts, r->parts_len);
	else
		add_text(out, "");
	for (i = 0; i < SEALED_LIST_AGREED; i++)
		add_text(out, r->agreed[i] != NULL ? r->agreed[i] : "");
	end_line(l, start, out);
}

void
sealed_list_end(struct sealed_list *l, struct buf *out)
{
	size_t start = out->len;

	buf_addf(out, "%" PRId64 " end %" PRId64, ++l->lines, l->rows);
	end_line(l, start, out);
	l->ended = true;
}

/* ---- reading ------------------------------------------------------------------- */

static enum status
read_head(struct sealed_list *l, const char *text)
{
	unsigned char check[SUM];
	char value[LINES_VALUE];
	struct buf head = BUF_INIT;
	enum status st = lines_take(&text, TITLE, value, sizeof value);

	if (st == OK && *value == '\0')
		st = lines_take(&text, "campaign: ", l->slug, sizeof l->slug);
	else
		st = INVALID;
	if (st == OK)
		st = lines_take(&text, "number: ", value, sizeof value);
	if (st == OK)
		st = take_number(value, &l->campaign);
	if (st == OK)
		st = lines_take(&text, "made: ", value, sizeof value);
	if (st == OK && !clock_parse_date(value, &l->made))
		st = INVALID;
	while (st == OK && l->openings < SEALED_LIST_OPENINGS &&
	    lines_take(&text, "opening: ", value, sizeof value) == OK)
		st = opening_parse(OPENING_CAMPAIGN, value,
		    l->opening[l->openings++], NULL);
	if (st == OK && l->openings == 0)
		st = INVALID;
	if (st == OK)
		st = lines_take_bytes(&text, "checksum: ", check, SUM);
	if (st != OK)
		return st;
	/* Written again, so that only what the lines say counts. */
	write_head(l, &head);
	seal_digest(head.data, head.len, l->head);
	buf_free(&head);
	return memcmp(l->head, check, SUM) == 0 ? OK : INVALID;
}

enum status
sealed_list_open(struct sealed_list *l, const char *head, struct reason *why)
{
	*l = (struct sealed_list){ .lines = 0 };
	if (strncmp(head, TITLE, strlen(TITLE)) != 0)
		return fail(why, INVALID, "this is no sealed list of undersign "
		    "export --sealed");
	return read_head(l, head) == OK ? OK : fail(why, INVALID, "the head of "
	    "the list (its first lines) is damaged");
}

static enum status
read_key(const struct sealed_list *l, char *const *f, struct data_key *k)
{
	int64_t which;
	enum status st = take_number(f[0], &k->number);

	k->day = 0;
	if (st == OK)
		st = take_number(f[1], &which);
	if (st == OK && (which < 1 || which > l->openings))
		st = INVALID;
	if (st == OK)
		memcpy(k->opening, l->opening[which - 1], OPENING_BYTES);
	return st == OK ? take_bytes(f[2], k->sealed, sizeof k->sealed) : st;
}

static enum status
read_parts(struct arena *arena, const char *text, struct sealed_row *r)
{
	size_t room = strlen(text) / 4 * 3 + 3;
	unsigned char *parts;

	r->parts = NULL;
	r->parts_len = 0;
	if (strcmp(text, "-") == 0)
		return OK;
	parts = arena_alloc(arena, room);
	r->parts = parts;
	return base64_take_url(text, strlen(text), parts, room, &r->parts_len);
}

/* COUNT of them: all, or none. */
static enum status
read_agreed(char *const *f, size_t count, struct sealed_row *r)
{
	enum status st = OK;
	size_t i;

	for (i = 0; i < SEALED_LIST_AGREED; i++)
		r->agreed[i] = "";
	for (i = 0; st == OK && i < count; i++)
		st = take_text(f[i], &r->agreed[i]);
	return st;
}

static enum status
read_row(struct arena *arena, char *const *f, struct sealed_row *r)
{
	enum status st = take_number(f[0], &r->number);

	if (st == OK)
		st = take_text(f[1], &r->country);
	if (st == OK)
		st = take_text(f[2], &r->language);
	if (st == OK)
		st = take_text(f[3], &r->source);
	if (st == OK && !clock_parse_date(f[4], &r->day))
		st = INVALID;
	if (st == OK)
		st = take_text(f[5], &r->state);
	r->hidden = strcmp(f[6], "yes") == 0;
	if (st == OK && !r->hidden && strcmp(f[6], "no") != 0)
		st = INVALID;
	if (st == OK)
		st = take_bytes(f[7], r->row, sizeof r->row);
	return st == OK ? read_parts(arena, f[8], r) : st;
}

/* Parts LINE at its blanks; its sum is the last of them and was good. */
static enum status
split(const struct sealed_list *l, char *line, char **fields, size_t *count)
{
	unsigned char want[SUM], got[SUM];
	char *last = strrchr(line, ' ');
	size_t n = 0;

	if (last == NULL || take_bytes(last + 1, got, SUM) != OK)
		return INVALID;
	sum(l, line, (size_t)(last - line), want);
	if (memcmp(want, got, SUM) != 0)
		return INVALID;
	*last = '\0';
	while (line != NULL && n < FIELDS)
		fields[n++] = strsep(&line, " ");
	*count = n;
	return line == NULL ? OK : INVALID;
}

/* Does the line come next?  Else which are missing, or come twice. */
static enum status
check_turn(struct sealed_list *l, int64_t n, struct reason *why)
{
	int64_t next = l->lines + 1;

	if (l->ended)
		return fail(why, INVALID, "there is something after the end of "
		    "the list");
	if (n < next)
		return fail(why, INVALID, "after row %" PRId64 ", line %" PRId64
		    " of the list comes again", l->rows, n);
	l->lines = n;
	if (n == next)
		return OK;
	l->faults++;
	(void)fail(why, OK, "after row %" PRId64 ", the lines %" PRId64 " to %"
	    PRId64 " of the list are missing", l->rows, next, n - 1);
	return OK;
}

/* A line that is damaged, as far as can be seen. */
static enum status
damaged(struct sealed_list *l, const char *line, struct reason *why)
{
	line += strspn(line, "0123456789");
	l->lines++;
	if (strncmp(line, " row ", 5) != 0)
		return fail(why, INVALID, "after row %" PRId64 ", line %" PRId64
		    " of the list is damaged", l->rows, l->lines);
	l->rows++;
	return fail(why, INVALID, "row %" PRId64 " (line %" PRId64 " of the list) "
	    "is damaged", l->rows, l->lines);
}

static enum status
read_line(struct sealed_list *l, struct arena *arena, char *const *f,
    size_t count, enum sealed_line *kind, struct data_key *key,
    struct sealed_row *row)
{
	enum status st;
	int64_t rows;

	if (count == 5 && strcmp(f[1], "key") == 0) {
		*kind = SEALED_KEY;
		return read_key(l, f + 2, key);
	}
	if ((count == ROW_FIELDS || count == ROW_FIELDS + SEALED_LIST_AGREED) &&
	    strcmp(f[1], "row") == 0) {
		*kind = SEALED_ROW;
		l->rows++;
		st = read_agreed(f + ROW_FIELDS, count - ROW_FIELDS, row);
		return st == OK ? read_row(arena, f + 2, row) : st;
	}
	if (count != 3 || strcmp(f[1], "end") != 0)
		return INVALID;
	*kind = SEALED_END;
	l->ended = true;
	return take_number(f[2], &rows) == OK && (rows == l->rows ||
	    l->faults > 0) ? OK : INVALID;
}

enum status
sealed_list_next(struct sealed_list *l, struct arena *arena, char *line,
    enum sealed_line *kind, struct data_key *key, struct sealed_row *row,
    struct reason *why)
{
	char *f[FIELDS];
	size_t count = 0;
	int64_t n;
	enum status st = split(l, line, f, &count);

	why->text[0] = '\0';
	if (st == OK)
		st = take_number(f[0], &n);
	if (st != OK)
		st = damaged(l, line, why);
	else
		st = check_turn(l, n, why);
	if (st == OK && read_line(l, arena, f, count, kind, key, row) != OK)
		st = fail(why, INVALID, "line %" PRId64 " of the list says what "
		    "cannot be; another program wrote it", n);
	if (st != OK)
		l->faults++;
	return st;
}
