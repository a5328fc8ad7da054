/* open.c - a sealed list, where enough shares come together
 *
 * Needs no configuration, no database and no network: files alone.  The list is
 * read once, from its first line to its last; a row that cannot be read is named,
 * and then there is no list, unless all that can be read is asked for.
 *
 * SPDX-License-Identifier: ISC
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/buf.h"
#include "ctl/ctl.h"
#include "ctl/hand.h"
#include "ctl/hand_in.h"
#include "ctl/key.h"
#include "ctl/output.h"
#include "seal/keys.h"
#include "seal/parts.h"
#include "seal/opened.h"
#include "seal/sealed_list.h"
#include "words/country.h"
#include "words/text.h"

#define ROWS 500                /* written at once */
#define FAULTS 20               /* told one by one */

_Static_assert(HAND_IN_AGREED == SEALED_LIST_AGREED, "as it was exported");

struct opening_list {
	struct ctl *ctl;
	const char *path;
	FILE *in;
	char *line;                     /* SEALED_LIST_LINE and a NUL */
	int64_t read;                   /* octets */
	struct sealed_list list;
	struct hand *hand;
	struct opening_pair *pairs[SEALED_LIST_OPENINGS];
	struct opened *opened;
	struct countries *countries;
	struct arena *arena;
	struct buf text[PARTS];         /* of the row at hand */
	struct hand_in_file file;
	int64_t rows, faults;
	bool rescue;
	struct progress progress;
};

/* What is wrong with the list; the first are told. */
static void
fault(struct opening_list *o, const char *what)
{
	if (o->faults++ < FAULTS)
		(void)ctl_complain(0, "%s: %s", o->path, what);
}

/* ---- reading ------------------------------------------------------------------------ */

/* The next line without its end; NOT_FOUND when there is none.  Of one that is
 * too long, or no text, what cannot be is left out, so that it is found damaged. */
static enum status
read_line(struct opening_list *o)
{
	size_t n = 0;
	int c;

	while ((c = getc_unlocked(o->in)) != EOF && c != '\n') {
		o->read++;
		if (c != '\0' && n < SEALED_LIST_LINE)
			o->line[n++] = (char)c;
	}
	if (c == EOF && n == 0)
		return NOT_FOUND;
	o->read++;
	if (n > 0 && o->line[n - 1] == '\r')
		n--;
	o->line[n] = '\0';
	return OK;
}

static int
read_head(struct opening_list *o)
{
	struct buf head = BUF_INIT;
	struct reason why = { "" };
	int i, code = 0;

	for (i = 0; i < SEALED_LIST_HEAD && read_line(o) == OK; i++) {
		buf_addf(&head, "%s\n", o->line);
		if (strncmp(o->line, SEALED_LIST_HEAD_END,
		    strlen(SEALED_LIST_HEAD_END)) == 0)
			break;
	}
	if (sealed_list_open(&o->list, head.data, &why) != OK)
		code = ctl_complain(EXIT_NOT, "%s: %s", o->path, why.text);
	buf_free(&head);
	return code;
}

static int
open_list(struct opening_list *o)
{
	struct stat sb;
	int fd = open(o->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 || fstat(fd, &sb) != 0)
		return ctl_complain(EXIT_NOT, "%s: cannot be read: %s", o->path,
		    strerror(errno));
	o->in = fdopen(fd, "r");
	if (o->in == NULL || !S_ISREG(sb.st_mode))
		return ctl_complain(EXIT_NOT, "%s: is no file", o->path);
	o->progress.total = sb.st_size;
	return read_head(o);
}

/* ---- the opening keys ------------------------------------------------------------------ */

static bool
is_of_list(const struct opening_list *o, const struct deal_share *s)
{
	unsigned i;

	for (i = 0; i < o->list.openings; i++)
		if (memcmp(s->deal.opening, o->list.opening[i],
		    OPENING_BYTES) == 0)
			return true;
	return false;
}

/* From those shares that are of this one; 0 too when there are none and there are
 * other opening keys. */
static int
join(struct opening_list *o, unsigned which)
{
	const unsigned char *opening = o->list.opening[which];
	struct hand *some = hand_new();
	char text[OPENING_TEXT];
	struct reason why;
	unsigned i;
	int code = 0;

	for (i = 0; i < o->hand->count; i++)
		if (memcmp(o->hand->shares[i].deal.opening, opening,
		    OPENING_BYTES) == 0)
			some->shares[some->count++] = o->hand->shares[i];
	opening_text(OPENING_CAMPAIGN, opening, text);
	if (some->count == 0)
		code = ctl_complain(EXIT_NOT, "a part of the list is sealed to "
		    "%s, of which no share is given", text);
	else if (deal_join(some->shares, some->count, &o->pairs[which],
	    &why) != OK)
		code = ctl_complain(EXIT_NOT, "%s", why.text);
	hand_free(&some);
	return code;
}

static int
join_all(struct opening_list *o)
{
	unsigned i;
	int code, worst = 0, opened = 0;

	for (i = 0; i < o->hand->count; i++)
		if (!is_of_list(o, &o->hand->shares[i]))
			return ctl_complain(EXIT_NOT, "share of %s: it is of "
			    "another opening key than those that this list is "
			    "sealed to",
			    deal_share_name(&o->hand->shares[i]));
	for (i = 0; i < o->list.openings; i++) {
		code = join(o, i);
		opened += code == 0;
		worst = code != 0 ? code : worst;
	}
	return o->rescue && opened > 0 ? 0 : worst;
}

/* ---- rows --------------------------------------------------------------------------------- */

static void
add_key(struct opening_list *o, const struct data_key *key)
{
	char what[128];
	unsigned i;
	enum status st = DENIED;

	for (i = 0; i < o->list.openings; i++)
		if (o->pairs[i] != NULL && memcmp(key->opening,
		    o->list.opening[i], OPENING_BYTES) == 0)
			st = opened_add(o->opened, o->pairs[i], key);
	if (st == OK)
		return;
	(void)snprintf(what, sizeof what, "data key %" PRId64 ", before row %"
	    PRId64 ", does not open", key->number, o->list.rows + 1);
	fault(o, what);
}

/* One part of a row into its text. */
static const char *
open_part(struct opening_list *o, struct part_place *place, enum part part,
    const struct parts *parts, const char **out)
{
	struct buf *text = &o->text[part];

	buf_clear(text);
	*out = NULL;
	if (parts->part[part].len == 0)
		return NULL;
	place->key = opened_get(o->opened, parts->part[part].key);
	if (place->key == NULL)
		return "its data key is not there, or does not open";
	if (part_open(place, part, parts->part[part].box, parts->part[part].len,
	    text) != OK || strlen(text->data) != text->len ||
	    !text_is_utf8(text->data, text->len))
		return "it is damaged, or another's";
	*out = text->data;
	return NULL;
}

static void
part_fault(struct opening_list *o, const struct sealed_row *r, enum part part,
    const char *wrong)
{
	static const char *const names[PARTS] = { "address", "name", "city",
	    "comment" };
	char what[160], number[40] = "";

	if (r->number > 0)
		(void)snprintf(number, sizeof number, ", number %" PRId64,
		    r->number);
	(void)snprintf(what, sizeof what, "row %" PRId64 "%s: its %s cannot be "
	    "read: %s", o->list.rows, number, names[part], wrong);
	fault(o, what);
}

static void
add_row(struct opening_list *o, const struct sealed_row *r)
{
	struct part_place place = { .campaign = o->list.campaign };
	struct hand_in row = { .number = r->number, .country = r->country,
	    .language = r->language, .source = r->source, .state = r->state,
	    .day = r->day, .hidden = r->hidden };
	const char **out[PARTS] = { &row.address, &row.name, &row.city,
	    &row.comment };
	const char *wrong;
	struct parts parts;
	int i;

	for (i = 0; i < HAND_IN_AGREED; i++)
		row.agreed[i] = r->agreed[i];
	memcpy(place.row, r->row, sizeof place.row);
	if (parts_read(&parts, r->parts, r->parts_len) != OK)
		part_fault(o, r, PART_NAME, "all of it is damaged");
	for (i = 0; i < PARTS; i++) {
		wrong = open_part(o, &place, (enum part)i, &parts, out[i]);
		if (wrong != NULL)
			part_fault(o, r, (enum part)i, wrong);
	}
	hand_in_row(&o->file.out, o->countries, &row);
	o->rows++;
}

static void
take_line(struct opening_list *o)
{
	enum sealed_line kind;
	struct data_key key;
	struct sealed_row row;
	struct reason why;
	enum status st = sealed_list_next(&o->list, o->arena, o->line, &kind,
	    &key, &row, &why);

	if (why.text[0] != '\0')
		fault(o, why.text);
	if (st == OK && kind == SEALED_KEY)
		add_key(o, &key);
	else if (st == OK && kind == SEALED_ROW)
		add_row(o, &row);
}

static int
open_rows(struct opening_list *o)
{
	char what[128];
	int code = 0, i;

	for (i = 1; code == 0 && read_line(o) == OK; i++) {
		take_line(o);
		arena_reset(o->arena);
		if (i % ROWS != 0)
			continue;
		progress_at(&o->progress, o->read);
		code = hand_in_write(&o->file);
	}
	if (code == 0 && ferror(o->in))
		code = ctl_complain(EXIT_NOT, "%s: cannot be read: %s", o->path,
		    strerror(errno));
	progress_at(&o->progress, o->read);
	if (code == 0 && !o->list.ended) {
		(void)snprintf(what, sizeof what, "it is cut short after row %"
		    PRId64, o->list.rows);
		fault(o, what);
	}
	return code == 0 ? hand_in_write(&o->file) : code;
}

/* ---- the verb ------------------------------------------------------------------------------ */

static int
tell_faults(const struct opening_list *o)
{
	if (o->faults == 0)
		return 0;
	if (o->faults > FAULTS)
		(void)ctl_complain(0, "... and %" PRId64 " more",
		    o->faults - FAULTS);
	return o->rescue ? 0 : ctl_complain(EXIT_NOT, "the list is not whole; "
	    "get it once more from the server, or, if there is no other, take "
	    "with --rescue what can be read of it");
}

static int
write_list(struct opening_list *o)
{
	int code;

	o->opened = opened_new();
	o->arena = arena_new();
	code = hand_in_begin(&o->file, ctl_value(o->ctl, "output"));
	if (code != 0)
		return code;
	hand_in_heads(&o->file.out);
	progress_begin(&o->progress, "bytes", o->progress.total, o->file.fd);
	code = open_rows(o);
	progress_end(&o->progress);
	if (code == 0)
		code = tell_faults(o);
	return hand_in_end(&o->file, code);
}

static int
open_all(struct opening_list *o)
{
	static const char *const english[] = { "en", NULL };
	struct reason why;
	int code = open_list(o);

	if (code == 0)
		code = hand_take_up(o->ctl, o->hand);
	if (code == 0)
		code = join_all(o);
	if (code == 0 && countries_load(&o->countries, NULL, NULL, english,
	    &why) != OK)
		code = ctl_complain(EXIT_NOT, "%s", why.text);
	if (code == 0)
		code = write_list(o);
	if (code != 0)
		return code;
	if (ctl_value(o->ctl, "output") != NULL)
		(void)fprintf(stderr, "undersign: %" PRId64 " %s in %s; it "
		    "holds names and addresses, so keep it safe\n", o->rows,
		    count_words(o->rows, "row", "rows"),
		    ctl_value(o->ctl, "output"));
	return o->faults > 0 ? EXIT_NOT : EXIT_DONE;
}

static void
opening_list_free(struct opening_list *o)
{
	size_t i;

	for (i = 0; i < SEALED_LIST_OPENINGS; i++)
		if (o->pairs[i] != NULL)
			opening_free(&o->pairs[i]);
	for (i = 0; i < PARTS; i++)
		buf_wipe(&o->text[i]);
	opened_free(&o->opened);
	hand_free(&o->hand);
	arena_free(&o->arena);
	countries_free(&o->countries);
	if (o->in != NULL)
		(void)fclose(o->in);
	free(o->line);
}

int
verb_open(struct ctl *ctl)
{
	struct opening_list o = { .ctl = ctl, .path = ctl->args[0],
	    .rescue = ctl_value(ctl, "rescue") != NULL };
	size_t i;
	int code;

	if (ctl_value(ctl, "share") == NULL)
		return ctl_misuse(ctl, "open needs the shares: --share FILE, once "
		    "for each");
	seal_init();
	key_leave_no_trace();
	for (i = 0; i < PARTS; i++)
		buf_init(&o.text[i]);
	o.hand = hand_new();
	o.line = mem_alloc(SEALED_LIST_LINE + 1);
	code = open_all(&o);
	opening_list_free(&o);
	return code;
}
