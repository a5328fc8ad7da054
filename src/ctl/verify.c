/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/evidence.h"
#include "ctl/output.h"
#include "seal/keys.h"
#include "tally/audit.h"
#include "tally/folder.h"
#include "tally/promise.h"
#include "tally/receipt.h"
#include "tally/seen.h"

#define SHOWN_MAX 20            /* things that are wrong, told one by one */

enum paper { NO_PAPER, RECEIPT, PROMISE };

struct verifying {
	struct ctl *ctl;
	enum paper paper;
	struct receipt receipt;
	struct promise promise;
	unsigned char commitment[COMMITMENT_BYTES];
	struct vkey key;                /* that is trusted ... */
	const char *key_from;           /* ... because of this; NULL: none is */
	struct vkey pinned[FOLDER_WITNESSES_MAX];
	size_t pinned_count;
	size_t witnesses;               /* demanded */
	struct seen seen;
	bool remembers;
	struct folder *folder;
	struct audit audit;
	struct audit_mark *receipt_mark, *seen_mark;
	struct progress progress;
	size_t wrong;
	bool waits;                     /* for what is promised, and not due yet */
};

static void PRINTF_LIKE(1, 2)
say(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	ctl_say(stdout, format, ap);
	va_end(ap);
}

static void PRINTF_LIKE(2, 3)
wrong(struct verifying *v, const char *format, ...)
{
	char text[1200];
	va_list ap;

	if (v->wrong++ >= SHOWN_MAX)
		return;
	va_start(ap, format);
	(void)vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	say("WRONG: %s.", text);
}

/* Notes as they are, for whoever is to be shown them. */
static void
show_both(const struct checkpoint *a, const struct checkpoint *b,
    const struct vkey *log)
{
	struct buf text = BUF_INIT;

	buf_addstr(&text, "These two prove it, with a copy of the folder:\n\n");
	checkpoint_add_note(&text, a, log);
	buf_addch(&text, '\n');
	checkpoint_add_note(&text, b, log);
	(void)fwrite(text.data, 1, text.len, stdout);
	(void)fputc('\n', stdout);
	buf_free(&text);
}

/* ---- what is given --------------------------------------------------------------- */

static enum status
read_receipt(void *out, const char *text, size_t len, struct reason *why)
{
	return receipt_read_block(out, text, len, why);
}

static enum status
read_promise(void *out, const char *text, size_t len, struct reason *why)
{
	return promise_read_block(out, text, len, why);
}

static int
read_paper(struct verifying *v, const char *path)
{
	struct buf text = BUF_INIT;
	struct reason why;
	enum status st = OK;
	int code = evidence_load(path, &text);

	if (code == 0) {
		v->paper = RECEIPT;
		st = evidence_find(&text, read_receipt, &v->receipt, &why);
	}
	if (code == 0 && st == NOT_FOUND) {
		v->paper = PROMISE;
		st = evidence_find(&text, read_promise, &v->promise, &why);
	}
	if (code == 0 && st == NOT_FOUND)
		code = ctl_complain(EXIT_NOT, "%s: there is neither a receipt nor a "
		    "promise in it", path);
	else if (code == 0 && st != OK)
		code = ctl_complain(EXIT_NOT, "%s: %s", path, why.text);
	buf_wipe(&text);
	return code;
}

static int
take_witnesses(struct verifying *v)
{
	const char *number = ctl_value(v->ctl, "witnesses"), *value;
	char *end;
	long n;
	int i, code = 0;

	if (number != NULL) {
		n = strtol(number, &end, 10);
		if (end == number || *end != '\0' || n < 1 ||
		    n > FOLDER_WITNESSES_MAX)
			return ctl_misuse(v->ctl, "--witnesses needs a number from 1 "
			    "to %d", FOLDER_WITNESSES_MAX);
		v->witnesses = (size_t)n;
	}
	for (i = 0; code == 0 && (value = ctl_value_at(v->ctl, "witness", i)) !=
	    NULL; i++)
		code = evidence_keys("witness", value, v->pinned,
		    FOLDER_WITNESSES_MAX, &v->pinned_count);
	return code;
}

/* Every source of the key must name the same one. */
static void
trust(struct verifying *v, const struct vkey *key, const char *from)
{
	if (v->key_from == NULL) {
		v->key = *key;
		v->key_from = from;
	} else if (!vkey_same(&v->key, key)) {
		wrong(v, "the key from %s is not the key from %s: they are of "
		    "different logs, or one of them is forged", from, v->key_from);
	}
}

static int
take_keys(struct verifying *v)
{
	const char *value = ctl_value(v->ctl, "key");
	struct vkey key;
	size_t count = 0;
	int code = 0;

	if (value != NULL) {
		code = evidence_keys("key", value, &key, 1, &count);
		if (code == 0 && count == 0)
			code = ctl_complain(EXIT_NOT, "--key: there is no key in %s",
			    value);
		if (code == 0)
			trust(v, &key, "--key");
	}
	if (v->paper == RECEIPT)
		trust(v, &v->receipt.log, "the receipt");
	else if (v->paper == PROMISE)
		trust(v, &v->promise.log, "the promise");
	if (v->remembers)
		trust(v, &v->seen.log, "the file of --state");
	return code;
}

static int
take_state(struct verifying *v)
{
	const char *path = ctl_value(v->ctl, "state");
	struct reason why;
	enum status st;

	if (path == NULL)
		return 0;
	st = seen_read(&v->seen, path, &why);
	v->remembers = st == OK;
	return st == OK || st == NOT_FOUND ? 0 :
	    ctl_complain(EXIT_NOT, "%s", why.text);
}

static int
take_all(struct verifying *v)
{
	const char *path = v->ctl->count > 0 ? v->ctl->args[0] : NULL;
	int code;

	if (ctl_value(v->ctl, "tally") == NULL)
		return ctl_misuse(v->ctl, "say where the published log is: "
		    "--tally DIR");
	if ((path == NULL) == (ctl_value(v->ctl, "tally-only") == NULL))
		return ctl_misuse(v->ctl, "verify needs a receipt, or --tally-only");
	code = take_witnesses(v);
	if (code == 0 && path != NULL)
		code = read_paper(v, path);
	if (code == 0)
		code = take_state(v);
	return code == 0 ? take_keys(v) : code;
}

/* ---- the log by itself ------------------------------------------------------------- */

static void
found(void *context, const char *what)
{
	wrong(context, "%s", what);
}

static void
noticed(void *context, const char *what)
{
	(void)context;
	say("Note: %s.", what);
}

static void
at_entry(void *context, uint64_t done, uint64_t total)
{
	struct verifying *v = context;

	(void)total;
	progress_at(&v->progress, (int64_t)done);
}

static struct audit_mark *
mark(struct verifying *v, uint64_t size)
{
	struct audit_mark *m = &v->audit.marks[v->audit.mark_count++];

	m->size = size;
	return m;
}

static int
look_at_log(struct verifying *v)
{
	struct reason why;
	int code = 0;

	if (v->paper == RECEIPT)
		v->receipt_mark = mark(v, v->receipt.at.size);
	if (v->remembers)
		v->seen_mark = mark(v, v->seen.at.size);
	if (v->paper != NO_PAPER)
		v->audit.commitment = v->commitment;
	v->audit.found = found;
	v->audit.noticed = noticed;
	v->audit.progress = at_entry;
	v->audit.context = v;
	progress_begin(&v->progress, "entries", (int64_t)folder_newest(v->folder)->
	    checkpoint.size, -1);
	if (audit_folder(v->folder, &v->audit, &why) == TEMPFAIL)
		code = ctl_complain(EXIT_NOT, "%s", why.text);
	progress_end(&v->progress);
	return code;
}

/* ---- the log against what was seen of it before -------------------------------------- */

/* M is what the log was at the size of C, which WHAT holds and LOG signed.  That
 * LOG is another is told elsewhere. */
static void
compare(struct verifying *v, const struct audit_mark *m,
    const struct checkpoint *c, const struct vkey *log, const char *what)
{
	const struct checkpoint *now = &folder_newest(v->folder)->checkpoint;

	if (!vkey_same(log, folder_key(v->folder)))
		return;
	if (now->size < c->size) {
		wrong(v, "the log was shortened: %s has %" PRIu64 " %s, the "
		    "folder has %" PRIu64 " (or it is an old copy of the folder)",
		    what, c->size, count_words((int64_t)c->size, "entry",
		    "entries"), now->size);
		return;
	}
	if (!m->reached)
		return;                 /* damaged before; told already */
	if (memcmp(&m->root, &c->root, sizeof c->root) != 0) {
		wrong(v, "the log was forked: %s has another log of %" PRIu64
		    " %s than the folder", what, c->size, count_words(
		    (int64_t)c->size, "entry", "entries"));
		show_both(c, now, log);
	} else if (m->counted != c->counted) {
		wrong(v, "%s says that %" PRIu64 " counted at size %" PRIu64 ", "
		    "where the entries make it %" PRIu64, what, c->counted,
		    c->size, m->counted);
	}
}

static void
compare_seen(struct verifying *v)
{
	char what[400];

	if (!v->remembers)
		return;
	(void)snprintf(what, sizeof what, "what %.300s remembers",
	    ctl_value(v->ctl, "state"));
	compare(v, v->seen_mark, &v->seen.at, &v->seen.log, what);
}

/* ---- the receipt, or the promise -------------------------------------------------------- */

/* Of what they take back in a batch. */
static const char *const staff_say[BACK_REASONS] = {
	[BACK_FRAUD] = "it is false",
	[BACK_DUPLICATE] = "the same person had signed already",
	[BACK_UNREACHABLE] = "its address never worked",
};

static void
tell_back(struct verifying *v)
{
	const struct audit *a = &v->audit;
	const char *why = staff_say[a->back.reason];
	char number[160] = "", text[32];

	if (why != NULL)
		(void)snprintf(number, sizeof number, " %" PRIu64 " (the campaign's "
		    "staff hold that %s; see the file batches)", a->back.batch,
		    why);
	wrong(v, "it does not count any more: entry %s took it back: %s%s",
	    count_text((int64_t)a->back_at, text),
	    entry_reason_word(a->back.reason), number);
}

static void
tell_text(struct verifying *v)
{
	char name[FOLDER_TEXT_NAME];
	char *path;

	folder_text_name(v->receipt.text, name);
	path = mem_printf("%s/" FOLDER_TEXTS "/%s", folder_dir(v->folder), name);
	if (access(path, R_OK) == 0)
		say("What was signed: %s", path);
	else
		say("Note: the text that was signed is not in the folder; its "
		    "SHA-256 is %.64s.", name);
	free(path);
}

static void
look_at_receipt(struct verifying *v)
{
	const struct receipt *r = &v->receipt;
	struct reason why;
	char day[11], number[32];

	if (receipt_check(r, &why) != OK) {
		wrong(v, "%s", why.text);
		return;
	}
	compare(v, v->receipt_mark, &r->at, &r->log, "the receipt");
	clock_date(r->day, day);
	say("Receipt of: %s, who signed on %s", r->address, day);
	tell_text(v);
	if (!v->audit.stands)
		wrong(v, "the receipt's signature is not in the log");
	else if (v->audit.leaf < r->leaf)
		wrong(v, "the receipt says it is entry %" PRIu64 ", but it is entry %"
		    PRIu64, r->leaf, v->audit.leaf);
	else if (v->audit.taken)
		tell_back(v);
	else if (v->audit.leaf != r->leaf)
		say("Entry %" PRIu64 " was taken back; it stands again as entry %s of "
		    "the log, and counts.", r->leaf,
		    count_text((int64_t)v->audit.leaf, number));
	else
		say("It is entry %s of the log, and counts.",
		    count_text((int64_t)r->leaf, number));
}

static void
look_at_promise(struct verifying *v)
{
	const struct promise *p = &v->promise;
	char when[32], number[32];

	if (promise_check(p) != OK) {
		wrong(v, "the promise is not signed by the key of %s that stands in "
		    "it", p->log.name);
		return;
	}
	clock_mail_date(p->by, when);
	say("Promise: to be in the log by %s", when);
	if (v->audit.stands && v->audit.taken)
		tell_back(v);
	else if (v->audit.stands)
		say("It was kept: it is entry %s of the log, and counts.",
		    count_text((int64_t)v->audit.leaf, number));
	else if (clock_now() <= p->by) {
		v->waits = true;
		say("It is not in the log yet, and is not due until %s: ask again "
		    "then, with a newer copy of the folder.", when);
	} else
		wrong(v, "it is not in the log, though its time is over: the promise "
		    "was broken, or the folder is an old copy");
}

/* ---- witnesses ---------------------------------------------------------------------------- */

static bool
is_pinned(const struct verifying *v, const struct vkey *k)
{
	size_t i;

	for (i = 0; i < v->pinned_count; i++)
		if (vkey_same(&v->pinned[i], k))
			return true;
	return v->pinned_count == 0;
}

static size_t
count_pinned(const struct verifying *v, const struct audit_cosigned *c)
{
	size_t i, count = 0;

	for (i = 0; i < c->count; i++)
		count += is_pinned(v, &c->by[i].witness);
	return count;
}

/* The checkpoint of at least SIZE entries that most of those who are asked for have
 * cosigned; of two such the newest.  NULL when nobody has. */
static const struct audit_cosigned *
most_cosigned(const struct verifying *v, uint64_t size)
{
	const struct audit *a = &v->audit;
	const struct audit_cosigned *best = NULL;
	size_t i, count, most = 0;

	for (i = 0; i < a->cosigned_count; i++) {
		count = count_pinned(v, &a->cosigned[i]);
		if (a->cosigned[i].at.size >= size && count > most) {
			best = &a->cosigned[i];
			most = count;
		}
	}
	return best;
}

static void
tell_witnesses(const struct verifying *v, const struct audit_cosigned *c)
{
	struct buf names = BUF_INIT;
	char day[11], size[32];
	size_t i;

	for (i = 0; i < c->count; i++) {
		if (!is_pinned(v, &c->by[i].witness))
			continue;
		clock_date(clock_day(c->by[i].time), day);
		buf_addf(&names, "%s%s (%s)", names.len == 0 ? "" : ", ",
		    c->by[i].witness.name, day);
	}
	say("Cosigned at %s %s: by %s", count_text((int64_t)c->at.size, size),
	    count_words((int64_t)c->at.size, "entry", "entries"), names.data);
	buf_free(&names);
}

/* One checkpoint must have as many as are demanded, and the entry. */
static void
look_at_witnesses(struct verifying *v)
{
	bool entry = v->paper != NO_PAPER && v->audit.stands;
	const struct audit_cosigned *most = most_cosigned(v, 0), *with =
	    entry ? most_cosigned(v, v->audit.leaf + 1) : most;
	size_t there = most == NULL ? 0 : count_pinned(v, most), count =
	    with == NULL ? 0 : count_pinned(v, with);

	if (most == NULL)
		say("Cosigned: by nobody");
	else
		tell_witnesses(v, count >= v->witnesses && with != NULL ? with :
		    most);
	if (there < v->witnesses)
		wrong(v, "%zu of the %zu %s demanded %s cosigned", there,
		    v->witnesses, count_words((int64_t)v->witnesses,
		    "witness that is", "witnesses that are"),
		    count_words((int64_t)there, "has", "have"));
	else if (count < v->witnesses)
		wrong(v, "the entry came after the last checkpoint that they have "
		    "cosigned; ask again when they have cosigned the next");
}

/* ---- the answer ------------------------------------------------------------------------------ */

static void
tell_counts(const struct verifying *v)
{
	const struct checkpoint *c = &folder_newest(v->folder)->checkpoint;
	const struct audit *a = &v->audit;
	struct buf backs = BUF_INIT;
	char one[32], two[32], three[32];
	int i;

	for (i = 0; i < BACK_REASONS; i++)
		if (a->backs[i] > 0)
			buf_addf(&backs, "%s%s %s", backs.len == 0 ? "; taken back: " :
			    ", ", count_text((int64_t)a->backs[i], one),
			    entry_reason_word((enum entry_reason)i));
	say("Log: %s, %s %s", c->origin, count_text((int64_t)c->size, one),
	    count_words((int64_t)c->size, "entry", "entries"));
	say("Counted: %s %s (%s put in%s)",
	    count_text((int64_t)a->counted, two),
	    count_words((int64_t)a->counted, "signature", "signatures"),
	    count_text((int64_t)a->signs, three), backs.data);
	buf_free(&backs);
}

static void
tell_key(const struct verifying *v)
{
	struct buf key = BUF_INIT;

	vkey_add(&key, folder_key(v->folder));
	if (v->key_from != NULL)
		say("Key: %s, as in %s", key.data, v->key_from);
	else
		say("Key: %s, from the folder itself: compare it with what the "
		    "campaign has printed elsewhere, or give --key", key.data);
	buf_free(&key);
}

static void
tell_meaning(const struct verifying *v)
{
	bool in = v->paper != NO_PAPER && !v->waits;
	char number[32];

	count_text((int64_t)v->audit.counted, number);
	(void)putchar('\n');
	say("This proves that the number %s is the sum of the entries published, "
	    "each signature counted once%s, and that the holder of the log's key "
	    "has signed exactly these.", number, in ? ", this one among them" :
	    "");
	say("It does not prove that there is a person behind every %sentry, nor "
	    "that everybody is shown this same log%s.",
	    in ? "other " : "",
	    v->witnesses > 0 ? " beyond what the witnesses have cosigned" :
	    v->remembers ? " (witnesses are for that)" :
	    " (witnesses, and --state, are for that)");
	if (v->waits)
		say("Of the promise nothing is proved yet.");
}

static int
remember(struct verifying *v)
{
	const char *path = ctl_value(v->ctl, "state");
	struct reason why;

	if (path == NULL)
		return 0;
	v->seen.log = *folder_key(v->folder);
	v->seen.at = folder_newest(v->folder)->checkpoint;
	return seen_write(&v->seen, path, &why) == OK ? 0 :
	    ctl_complain(EXIT_NOT, "%s", why.text);
}

static int
answer(struct verifying *v)
{
	tell_counts(v);
	tell_key(v);
	compare_seen(v);
	look_at_witnesses(v);
	if (v->paper == RECEIPT)
		look_at_receipt(v);
	else if (v->paper == PROMISE)
		look_at_promise(v);
	if (v->wrong > SHOWN_MAX)
		say("WRONG: and %zu more.", v->wrong - SHOWN_MAX);
	if (v->wrong > 0)
		return EXIT_NOT;
	tell_meaning(v);
	return remember(v);
}

static int
verify(struct verifying *v)
{
	struct reason why;
	int code = take_all(v);

	if (code != 0)
		return code;
	if (v->paper == PROMISE)
		memcpy(v->commitment, v->promise.commitment, COMMITMENT_BYTES);
	else if (v->paper == RECEIPT &&
	    receipt_commitment(&v->receipt, v->commitment) != OK)
		return ctl_complain(EXIT_NOT, "the receipt is of nobody");
	if (folder_open(&v->folder, ctl_value(v->ctl, "tally"), &why) != OK)
		return ctl_complain(EXIT_NOT, "%s", why.text);
	if (v->key_from != NULL && !vkey_same(&v->key, folder_key(v->folder)))
		wrong(v, "the folder is of another log, or of another key, than %s",
		    v->key_from);
	code = look_at_log(v);
	return code == 0 ? answer(v) : code;
}

int
verb_verify(struct ctl *ctl)
{
	struct verifying *v = mem_alloc(sizeof *v);
	int code;

	seal_init();
	v->ctl = ctl;
	code = verify(v);
	folder_close(&v->folder);
	explicit_bzero(v, sizeof *v);
	free(v);
	return code;
}
