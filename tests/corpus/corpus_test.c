/* SPDX-License-Identifier: ISC */
/*
 * The reader measured against mail that others collected and answered:
 * corpora/README.md beside the project tells its format.  Prints a table for
 * each corpus and exits 1 when one is below its target; -v lists the rows that
 * are wrong.  The folder is $UNDERSIGNED_CORPORA, or ../shared/corpora beside
 * the source; without it there is nothing to do.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "message/reader.h"
#include "words/text.h"

#define COLUMNS 10
#define MESSAGE_MAX (64u << 20)

static const char *folder;
static bool verbose;
static struct reader *reader;
static struct arena *arena;
static double slowest;
static int failures;

struct row {
	char *cell[COLUMNS];
	size_t count;
};

struct rate {
	const char *what;
	double target;          /* of 100 */
	size_t right, all;
};

/* ---- manifests ---------------------------------------------------------- */

static void
unescape(char *s)
{
	char *to = s;

	for (; *s != '\0'; s++) {
		if (*s == '\\' && s[1] != '\0') {
			s++;
			*to++ = *s == 't' ? '\t' : *s == 'n' ? '\n' :
			    *s == 'r' ? '\r' : *s;
		} else
			*to++ = *s;
	}
	*to = '\0';
}

static bool
read_file(struct buf *out, const char *path)
{
	char full[4096];

	buf_clear(out);
	(void)snprintf(full, sizeof full, "%s/%s", folder, path);
	return buf_read_file(out, full, MESSAGE_MAX, NULL) == OK;
}

static bool
next_row(char **at, struct row *row)
{
	char *line = strsep(at, "\n");

	row->count = 0;
	if (line == NULL || *line == '\0')
		return false;
	while (line != NULL && row->count < COLUMNS)
		row->cell[row->count++] = strsep(&line, "\t");
	for (size_t i = 0; i < row->count; i++)
		unescape(row->cell[i]);
	for (size_t i = row->count; i < COLUMNS; i++)
		row->cell[i] = arena_strdup(arena, "");
	return true;
}

static bool
asserted(const char *cell)
{
	return strcmp(cell, "-") != 0;
}

/* ---- comparing ---------------------------------------------------------- */

/* Without white space and the marks of Markdown, for texts that are laid out
 * in another way. */
static char *
squeeze(const char *s)
{
	char *clean = text_lines(arena, s, strlen(s), strlen(s) + 1), *to = clean;

	for (s = clean; *s != '\0'; s++)
		if (!isspace((unsigned char)*s) && strchr("*_\\", *s) == NULL)
			*to++ = *s;
	*to = '\0';
	return clean;
}

static bool
same(const char *a, const char *b)
{
	return strcmp(squeeze(a), squeeze(b)) == 0;
}

static void
tell(const char *path, const char *what, const char *want, const char *got)
{
	if (verbose)
		printf("  %s %s\n    want %.300s\n    got  %.300s\n", path, what,
		    want, got);
}

static void
count(struct rate *r, bool right, const char *path, const char *want,
    const char *got)
{
	r->all++;
	r->right += right;
	if (!right)
		tell(path, r->what, want, got);
}

static void
print_rates(const char *name, const struct rate *r, size_t n)
{
	size_t i;
	double percent;
	bool low;

	printf("%s\n", name);
	for (i = 0; i < n; i++) {
		percent = r[i].all == 0 ? 100 : 100.0 * (double)r[i].right / (double)r[i].all;
		low = percent < r[i].target;
		failures += low;
		printf("  %-44s %5zu of %5zu  %6.2f %%", r[i].what, r[i].right,
		    r[i].all, percent);
		if (r[i].target > 0)
			printf("  target %5.1f %%%s", r[i].target, low ? "  TOO LOW" : "");
		printf("\n");
	}
}

/* ---- reading ------------------------------------------------------------ */

static void
read_letter(const struct buf *message, const char *path, const char *reverse_path,
    struct letter *out)
{
	clock_t start = clock();
	double took;

	reader_read(reader, arena, message->data, message->len, reverse_path, out);
	took = (double)(clock() - start) / CLOCKS_PER_SEC;
	if (took > slowest)
		slowest = took;
	if (took > 1)
		tell(path, "time", "under a second", "more");
}

/* Is this what address_parse takes?  Some of the expected ones are names of
 * users on one machine or worse, and right is then not to take them. */
static bool
is_mailbox(const char *s)
{
	struct address a;

	return address_parse(&a, arena, s, strlen(s)) == OK;
}

static void
mime_row(const struct row *row, struct rate *r)
{
	struct buf message = BUF_INIT, want = BUF_INIT;
	struct letter l;
	struct reader_more more;
	const char *path = row->cell[0], *from = row->cell[2], *name = row->cell[3];

	if (!read_file(&message, path)) {
		tell(path, "file", "readable", "not");
		failures++;
		return;
	}
	read_letter(&message, path, "x@example.org", &l);
	reader_read_more(reader, arena, message.data, message.len, &more);
	if (asserted(row->cell[1]))
		count(&r[1], same(row->cell[1], l.subject), path, row->cell[1], l.subject);
	if (asserted(from) && *from != '\0' && is_mailbox(from))
		count(&r[0], l.author_state == AUTHOR_ONE &&
		    strcasecmp(from, l.author.full) == 0, path, from,
		    l.author.full == NULL ? "(none)" : l.author.full);
	else if (asserted(from))
		count(&r[4], l.author_state != AUTHOR_ONE, path, from,
		    l.author.full == NULL ? "(none)" : l.author.full);
	if (asserted(name) && l.author_state == AUTHOR_ONE && strchr(name, '@') == NULL)
		count(&r[3], same(name, l.display_name == NULL ? "" : l.display_name),
		    path, name, l.display_name == NULL ? "" : l.display_name);
	if (asserted(row->cell[4]) && read_file(&want, row->cell[4]))
		count(&r[2], same(want.data, more.text_full), path,
		    squeeze(want.data), squeeze(more.text_full));
	buf_free(&message);
	buf_free(&want);
}

/* ---- automatic mail ----------------------------------------------------- */

static const char *
sender_of(const struct row *row, const struct buf *message)
{
	const char *said = strstr(row->cell[7], "sender=");
	struct reader_more more;
	struct letter l;

	if (said != NULL) {
		said += strlen("sender=");
		said += *said == '<';
		return arena_strndup(arena, said, strcspn(said, "> "));
	}
	reader_read_more(reader, arena, message->data, message->len, &more);
	if (more.return_path != NULL)
		return more.return_path;
	reader_read(reader, arena, message->data, message->len, "x@example.org", &l);
	return l.author.full == NULL ? "x@example.org" : l.author.full;
}

/* "permanent", "temporary" or "none", as the collection calls them. */
static const char *
verdict(const struct report *r)
{
	return r->kind == REPORT_FAILED ? "permanent" :
	    r->kind == REPORT_DELAYED ? "temporary" : "none";
}

static void
autoreply_row(const struct row *row, struct rate *r)
{
	struct buf message = BUF_INIT;
	struct letter l;
	const char *path = row->cell[0];
	bool human;

	if (!read_file(&message, path)) {
		failures++;
		return;
	}
	read_letter(&message, path, sender_of(row, &message), &l);
	human = l.nature == NATURE_HUMAN;
	if (strcmp(row->cell[1], "auto") == 0)
		count(&r[0], !human, path, row->cell[7], l.subject);
	if (strcmp(row->cell[3], "no") == 0)
		count(&r[1], !human, path, row->cell[7], l.subject);
	else
		count(&r[2], human, path, row->cell[7], l.why);
	reader_read_report(reader, arena, message.data, message.len, &l);
	if (strcmp(row->cell[2], "bounce") != 0)
		count(&r[3], l.report.kind != REPORT_FAILED, path, row->cell[2],
		    verdict(&l.report));
	buf_free(&message);
}

static int
by_name(const void *a, const void *b)
{
	return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

/* Those the report is about, sorted, with commas between. */
static const char *
told_of(const struct report *r)
{
	const char *name[REPORT_RECIPIENTS], *all = "";
	enum fate least = r->kind == REPORT_FAILED ? FATE_SOFT : FATE_DELAYED;
	size_t i, n = 0;

	for (i = 0; i < r->count; i++)
		if (r->recipient[i].fate >= least)
			name[n++] = r->recipient[i].address;
	qsort(name, n, sizeof name[0], by_name);
	for (i = 0; i < n; i++)
		all = arena_printf(arena, "%s%s%s", all, i > 0 ? "," : "", name[i]);
	return all;
}

static const char *
sorted(const char *list)
{
	const char *name[64], *all = "";
	char *copy = arena_strdup(arena, list), *one;
	size_t i, n = 0;

	while ((one = strsep(&copy, ",")) != NULL && n < 64)
		name[n++] = one;
	qsort(name, n, sizeof name[0], by_name);
	for (i = 0; i < n; i++)
		all = arena_printf(arena, "%s%s%s", all, i > 0 ? "," : "", name[i]);
	return all;
}

static void
bounce_row(const struct row *row, struct rate *r)
{
	struct buf message = BUF_INIT;
	struct letter l;
	struct row no_sender = { .cell = { [7] = arena_strdup(arena, "") } };
	const char *path = row->cell[0], *want = row->cell[1], *got, *who;

	if (!read_file(&message, path)) {
		failures++;
		return;
	}
	read_letter(&message, path, sender_of(&no_sender, &message), &l);
	/* as if it had come to the address of returns */
	reader_read_report(reader, arena, message.data, message.len, &l);
	buf_free(&message);
	if (strcmp(want, "none") != 0) {
		count(&r[0], l.nature != NATURE_HUMAN, path, l.subject, l.why);
		count(&r[1], l.nature == NATURE_BOUNCE, path, l.subject, l.why);
	}
	if (strstr(row->cell[6], "contested:") != NULL)
		return;
	got = verdict(&l.report);
	if (strcmp(want, "none") == 0) {
		count(&r[2], l.report.kind != REPORT_FAILED, path, want, got);
		return;
	}
	who = told_of(&l.report);
	count(&r[3], strcmp(want, got) == 0, path, want, got);
	if (strcmp(row->cell[2], "-") == 0)
		return;
	count(&r[4], strcasecmp(sorted(row->cell[2]), who) == 0, path,
	    row->cell[2], who);
	count(&r[5], strcmp(want, got) == 0 &&
	    strcasecmp(sorted(row->cell[2]), who) == 0, path,
	    arena_printf(arena, "%s %s", want, row->cell[2]),
	    arena_printf(arena, "%s %s", got, who));
	/* a dead mailbox, says the collection, and anything else */
	if (strstr(row->cell[6], "hard=1") != NULL)
		count(&r[6], l.report.fate == FATE_HARD, path, row->cell[6],
		    fate_text(l.report.fate));
	else if (strstr(row->cell[6], "hard=0") != NULL)
		count(&r[7], l.report.fate != FATE_HARD, path, row->cell[6],
		    fate_text(l.report.fate));
}

static void
print_report(const char *path)
{
	struct buf message = BUF_INIT;
	struct letter l;
	struct row no_sender = { .cell = { [7] = arena_strdup(arena, "") } };
	const struct report_recipient *r;
	struct reason why;

	if (buf_read_file(&message, path, MESSAGE_MAX, &why) != OK) {
		printf("%s\n", why.text);
		failures++;
		return;
	}
	read_letter(&message, path, sender_of(&no_sender, &message), &l);
	reader_read_report(reader, arena, message.data, message.len, &l);
	printf("%s\t%s\t%s\t%s\t%s\t%s\t", path, verdict(&l.report),
	    told_of(&l.report), nature_text(l.nature),
	    report_kind_text(l.report.kind), fate_text(l.report.fate));
	for (r = l.report.recipient; r < l.report.recipient + l.report.count; r++)
		printf("%s%s[%s,%u.%u.%u,%u]", r == l.report.recipient ? "" : " ",
		    r->address, fate_text(r->fate), r->class, r->subject,
		    r->detail, r->reply);
	printf("\n");
	buf_free(&message);
}

/* ---- replies ------------------------------------------------------------ */

static const char *
own_words(const char *path, const char *format, const struct buf *in)
{
	struct buf message = BUF_INIT;
	struct letter l;

	if (strcmp(format, "text") == 0) {
		char *own = reader_own_words(arena, in->data, in->len);

		return text_lines(arena, own, strlen(own), LETTER_TEXT_MAX);
	}
	if (strcmp(format, "html") == 0)
		buf_addstr(&message, "Content-Type: text/html; charset=utf-8\n\n");
	buf_add(&message, in->data, in->len);
	read_letter(&message, path, "x@example.org", &l);
	buf_free(&message);
	return l.text;
}

/* Every line of A, squeezed, is somewhere in B? */
static bool
all_within(const char *a, const char *b)
{
	char *lines = arena_strdup(arena, a), *line, *squeezed = squeeze(b);

	while ((line = strsep(&lines, "\n")) != NULL)
		if (strstr(squeezed, squeeze(line)) == NULL)
			return false;
	return true;
}

static const char *
first_line(const char *s)
{
	char *lines = arena_strdup(arena, s), *line;

	while ((line = strsep(&lines, "\n")) != NULL)
		if (*squeeze(line) != '\0')
			return line;
	return "";
}

static bool
first_is_right(const char *want, const char *got)
{
	const char *a = squeeze(first_line(want)), *b = squeeze(first_line(got));
	size_t n = strlen(a) < strlen(b) ? strlen(a) : strlen(b);

	/* lines may be wrapped in another way, so the shorter is the beginning */
	return (n > 0 || strlen(a) == strlen(b)) && strncmp(a, b, n) == 0;
}

static const char *
without_tags(const char *s)
{
	struct buf in = BUF_INIT;
	struct reader_more more;

	buf_addf(&in, "Content-Type: text/html; charset=utf-8\n\n%s", s);
	reader_read_more(reader, arena, in.data, in.len, &more);
	buf_free(&in);
	return more.text_full;
}

static void
reply_row(const struct row *row, struct rate *r)
{
	struct buf in = BUF_INIT, expected = BUF_INIT;
	const char *path = row->cell[0], *format = row->cell[2], *got, *want;

	if (!read_file(&in, path) || !read_file(&expected, row->cell[1])) {
		failures++;
		return;
	}
	got = own_words(path, format, &in);
	want = strcmp(format, "html") == 0 ? without_tags(expected.data) :
	    text_lines(arena, expected.data, expected.len, LETTER_TEXT_MAX);
	count(&r[0], first_is_right(want, got), path, want, got);
	count(&r[1], all_within(got, want), path, want, got);
	count(&r[2], all_within(want, got), path, want, got);
	buf_free(&in);
	buf_free(&expected);
}

/* ---- all of it ---------------------------------------------------------- */

static void
each_row(const char *manifest, void (*visit)(const struct row *, struct rate *),
    struct rate *r)
{
	struct buf all = BUF_INIT;
	struct row row;
	char *at;

	if (!read_file(&all, manifest)) {
		printf("%s: cannot be read\n", manifest);
		failures++;
		return;
	}
	at = all.data;
	(void)next_row(&at, &row);      /* the names of the columns */
	while (next_row(&at, &row)) {
		visit(&row, r);
		arena_reset(arena);
	}
	buf_free(&all);
}

int
main(int argc, char **argv)
{
	struct reader_setup setup = { .languages = NULL };
	struct rate mime[] = {
		{ .what = "From address", .target = 98 },
		{ .what = "subject", .target = 97 },
		{ .what = "text", .target = 93 },
		{ .what = "name of the author" },
		{ .what = "no mailbox in From: none taken" },
	};
	struct rate autoreply[] = {
		{ .what = "automatic is never human", .target = 100 },
		{ .what = "not to be answered is never human", .target = 100 },
		{ .what = "human is human", .target = 98 },
		{ .what = "no failure of a delivery" },
	};
	struct rate bounces[] = {
		{ .what = "a bounce is never human", .target = 99 },
		{ .what = "a bounce is a bounce" },
		{ .what = "what is no failure is none", .target = 100 },
		{ .what = "failed or delayed" },
		{ .what = "who" },
		{ .what = "failed or delayed, and who", .target = 95 },
		{ .what = "a dead mailbox is told as one" },
		{ .what = "a living one is not" },
	};
	struct rate reply[] = {
		{ .what = "first line right", .target = 95 },
		{ .what = "no quoted line leaks", .target = 95 },
		{ .what = "every expected line kept" },
	};

	if (argc > 1 && strcmp(argv[1], "-p") == 0) {
		arena = arena_new();
		reader = reader_new(&setup);
		for (argv += 2; *argv != NULL; argv++) {
			print_report(*argv);
			arena_reset(arena);
		}
		reader_free(&reader);
		arena_free(&arena);
		return failures > 0;
	}
	verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
	folder = getenv("UNDERSIGNED_CORPORA");
	if (folder == NULL)
		folder = SOURCE_DIR "/../shared/corpora";
	if (access(folder, R_OK) != 0) {
		printf("skip\n");
		return 0;
	}
	arena = arena_new();
	reader = reader_new(&setup);
	each_row("mime.tsv", mime_row, mime);
	print_rates("mime", mime, 5);
	each_row("autoreply.tsv", autoreply_row, autoreply);
	print_rates("autoreply", autoreply, 4);
	each_row("bounce.tsv", bounce_row, bounces);
	print_rates("bounce", bounces, 8);
	each_row("reply.tsv", reply_row, reply);
	print_rates("reply", reply, 3);
	printf("slowest message %.3f s of CPU, target 1 s%s\n", slowest,
	    slowest > 1 ? "  TOO SLOW" : "");
	failures += slowest > 1;
	reader_free(&reader);
	arena_free(&arena);
	return failures > 0;
}
