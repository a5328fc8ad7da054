/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "config/campaign.h"
#include "config/config.h"
#include "ctl/ctl.h"
#include "ctl/evidence.h"
#include "ctl/output.h"
#include "ctl/tally.h"
#include "logbook/cosign.h"
#include "logbook/logbook.h"
#include "logbook/tree.h"
#include "store/store.h"
#include "tally/cosignature.h"
#include "tally/publish.h"

#define TRIES 20                /* half a second each, for the daemon to sign */

/* ---- opening ---------------------------------------------------------------------- */

int
tally_read(struct tallying *t)
{
	enum status st = ctl_campaign(t->ctl, t->slug, &t->campaign_id, NULL);

	if (st != OK && st != NOT_FOUND)
		return EXIT_NOT;
	t->campaign = campaigns_find(t->ctl->campaigns, t->slug, NULL);
	if (st == OK)
		st = store_tally_get(t->ctl->store, t->arena, t->campaign_id,
		    &t->row);
	if (st == NOT_FOUND)
		return ctl_complain(EXIT_NOT, "%s has no tally yet; the daemon "
		    "makes it when it starts%s", t->slug, t->campaign != NULL &&
		    !t->campaign->tally ? ", if campaign.conf does not say tally "
		    "= false" : "");
	if (st != OK)
		return ctl_complain(EXIT_NOT, "the database cannot be read: %s",
		    status_text(st));
	if (t->campaign == NULL)
		return ctl_complain(EXIT_NOT, "the folder of %s cannot be read; "
		    "%s check says why", t->slug, ctl_command(t->ctl));
	if (logbook_vkey(&t->row, &t->key) != OK)
		return ctl_complain(EXIT_NOT, "the tally of %s is damaged; restore "
		    "a backup", t->slug);
	return 0;
}

static int
store_trouble(enum status st)
{
	return ctl_complain(EXIT_NOT, "the database: %s", status_text(st));
}

/* ---- key ------------------------------------------------------------------------------ */

static int
tally_key(struct tallying *t)
{
	struct buf text = BUF_INIT;
	int code = tally_read(t);

	if (code != 0)
		return code;
	vkey_add(&text, &t->key);
	(void)puts(text.data);
	buf_free(&text);
	return EXIT_DONE;
}

/* ---- cosign ----------------------------------------------------------------------------- */

struct block {
	struct cosignature cosignature;
	struct checkpoint at;
};

static enum status
read_block(void *out, const char *text, size_t len, struct reason *why)
{
	struct block *b = out;

	return cosignature_read_block(&b->cosignature, &b->at, text, len, why);
}

static enum status
keep_block(struct tallying *t, const struct campaign_organisation *o,
    const struct block *b)
{
	struct store *store = t->ctl->store;
	struct tally_witness w;
	enum status st = store_begin(store);

	if (st != OK)
		return st;
	st = cosign_witness(store, t->arena, t->campaign_id, o, &w);
	if (st == OK)
		st = cosign_keep(store, t->arena, &t->row, &w, &b->cosignature,
		    &b->at);
	if (st != OK)
		store_rollback(store);
	return st == OK ? store_commit(store) : st;
}

static int
take_block(struct tallying *t, const struct block *b)
{
	const struct campaign_organisation *o = cosign_organisation(t->campaign,
	    &b->cosignature.witness);
	enum status st;

	if (strcmp(b->at.origin, t->key.name) != 0)
		return ctl_complain(EXIT_NOT, "this is a cosignature of another "
		    "tally, %s", b->at.origin);
	if (o == NULL)
		return ctl_complain(EXIT_NOT, "the witness %s, with this key, is "
		    "none that campaign.conf names", b->cosignature.witness.name);
	st = keep_block(t, o, b);
	if (st == EXISTS)
		(void)printf("%s has cosigned the tally at %" PRIu64 " already.\n",
		    o->id, b->at.size);
	else if (st == DENIED)
		return ctl_complain(EXIT_NOT, "%s did not sign this", o->id);
	else if (st == NOT_FOUND)
		return ctl_complain(EXIT_NOT, "%s has cosigned a tally of size %" PRIu64
		    " that this server did not sign: either its database "
		    "is an old copy, or somebody has her key; %s tally %s "
		    "status", o->id, b->at.size, ctl_command(t->ctl), t->slug);
	else if (st != OK)
		return store_trouble(st);
	else
		(void)printf("%s has cosigned the tally at %" PRIu64 ".\n", o->id,
		    b->at.size);
	return EXIT_DONE;
}

static int
tally_cosign(struct tallying *t)
{
	struct buf text = BUF_INIT;
	struct reason why = { "" };
	struct block block;
	int code = tally_read(t);

	if (code == 0)
		code = evidence_load(t->ctl->args[2], &text);
	if (code == 0 && evidence_find(&text, read_block, &block, &why) != OK)
		code = ctl_complain(EXIT_NOT, "%s: holds no cosignature: %s",
		    t->ctl->args[2], why.text);
	if (code == 0)
		code = take_block(t, &block);
	buf_free(&text);
	return code;
}

/* ---- publish --------------------------------------------------------------------------- */

struct publishing {
	struct tallying *t;
	struct publish what;
	struct tree tree;
	struct progress progress;
};

static void
on_progress(void *arg, uint64_t done, uint64_t total)
{
	struct publishing *p = arg;

	p->progress.total = (int64_t)total;
	progress_at(&p->progress, (int64_t)done);
}

static enum status
get_tile(void *arg, int level, uint64_t index, unsigned width, struct buf *out)
{
	struct publishing *p = arg;

	return tree_tile(&p->tree, level, index, width, out);
}

static void
list_witnesses(struct publishing *p)
{
	const struct campaign *c = p->t->campaign;
	struct vkey *keys = arena_alloc(p->t->arena,
	    (c->organisation_count + 1) * sizeof *keys);
	size_t i, n = 0;

	for (i = 0; i < c->organisation_count; i++)
		if (c->organisations[i].witness != NULL)
			cosign_key(&c->organisations[i], &keys[n++]);
	p->what.witnesses = keys;
	p->what.witness_count = n;
}

static enum status
list_batches(struct publishing *p)
{
	struct publish_batch *out;
	struct tally_batch *rows;
	size_t count, i, n = 0;
	enum status st = store_batches(p->t->ctl->store, p->t->arena,
	    p->t->campaign_id, &rows, &count);

	if (st != OK)
		return st;
	out = arena_alloc(p->t->arena, (count + 1) * sizeof *out);
	for (i = 0; i < count; i++)
		if (rows[i].entry >= 0)
			out[n++] = (struct publish_batch){
			    (uint64_t)rows[i].number, rows[i].day,
			    (uint64_t)rows[i].count, rows[i].reason };
	p->what.batches = out;
	p->what.batch_count = n;
	return OK;
}

static bool
is_listed(const struct publish_text *texts, size_t n,
    const unsigned char hash[TALLY_HASH])
{
	size_t i;

	for (i = 0; i < n; i++)
		if (memcmp(texts[i].hash, hash, TALLY_HASH) == 0)
			return true;
	return false;
}

static enum status
list_texts(struct publishing *p)
{
	struct store *store = p->t->ctl->store;
	struct publish_text *out;
	struct tally_text *rows, whole;
	size_t count, i, n = 0;
	enum status st = store_texts(store, p->t->arena, p->t->campaign_id, &rows,
	    &count);

	if (st != OK)
		return st;
	out = arena_alloc(p->t->arena, (count + 1) * sizeof *out);
	for (i = 0; st == OK && i < count; i++) {
		if (is_listed(out, n, rows[i].hash))
			continue;       /* of two languages, and the same */
		st = store_text_get(store, p->t->arena, p->t->campaign_id,
		    rows[i].id, true, &whole);
		out[n].body = whole.body.data;
		out[n].len = whole.body.len;
		memcpy(out[n++].hash, rows[i].hash, TALLY_HASH);
	}
	p->what.texts = out;
	p->what.text_count = n;
	return st;
}

static enum status
list_checkpoints(struct publishing *p, const struct tally_signed *last)
{
	struct store *store = p->t->ctl->store;
	struct buf newest = BUF_INIT, most = BUF_INIT;
	struct tally_signed row;
	int64_t size;
	enum status st = cosign_note(store, p->t->arena, &p->t->row,
	    p->t->campaign, last, &newest), found;

	if (st == OK)
		p->what.checkpoint = arena_strndup(p->t->arena, newest.data,
		    newest.len);
	found = st != OK ? st : cosign_most(store, p->t->arena, &p->t->row,
	    p->t->campaign, &size);
	if (found == OK)
		st = store_signed_of(store, p->t->campaign_id, size, &row);
	else if (found != NOT_FOUND)
		st = found;
	if (st == OK && found == OK)
		st = cosign_note(store, p->t->arena, &p->t->row, p->t->campaign,
		    &row, &most);
	if (st == OK && found == OK)
		p->what.cosigned = arena_strndup(p->t->arena, most.data,
		    most.len);
	buf_free(&newest);
	buf_free(&most);
	return st;
}

/* What was appended is signed within moments.  AGAIN: not yet. */
static enum status
take_stock(struct publishing *p)
{
	struct store *store = p->t->ctl->store;
	struct tally_signed last;
	enum status st = store_tally_get(store, p->t->arena, p->t->campaign_id,
	    &p->t->row);

	if (st == OK)
		st = store_signed_of(store, p->t->campaign_id, -1, &last);
	if (st == OK && last.size < p->t->row.size)
		return AGAIN;
	if (st == OK)
		st = list_checkpoints(p, &last);
	if (st == OK)
		st = list_batches(p);
	if (st == OK)
		st = list_texts(p);
	list_witnesses(p);
	p->what.log = &p->t->key;
	p->what.get = get_tile;
	p->what.progress = on_progress;
	p->what.context = p;
	return st;
}

static enum status
look(struct publishing *p)
{
	static const struct timespec pause = { .tv_nsec = 500000000 };
	struct store *store = p->t->ctl->store;
	enum status st = AGAIN;
	int tries;

	for (tries = 0; st == AGAIN && tries < TRIES; tries++) {
		if (tries > 0)
			(void)nanosleep(&pause, NULL);
		st = store_look(store);
		if (st != OK)
			return st;
		st = take_stock(p);
		if (st != OK)
			store_look_end(store);
	}
	return st;
}

static int
say_published(const struct publishing *p, const struct publish_done *done)
{
	char is[32], counted[32];

	(void)printf("%s: %s %s, %s %s", p->t->ctl->args[2],
	    count_text((int64_t)done->is, is),
	    count_words((int64_t)done->is, "entry", "entries"),
	    count_text(p->t->row.counted, counted),
	    count_words(p->t->row.counted, "signature counts",
	    "signatures count"));
	if (done->is == done->was)
		(void)puts("; nothing new since the last time.");
	else
		(void)printf("; %" PRIu64 " %s more than before.\n",
		    done->is - done->was, count_words((int64_t)(done->is -
		    done->was), "entry", "entries"));
	return EXIT_DONE;
}

static int
tally_publish(struct tallying *t)
{
	struct publishing p = { .t = t };
	struct publish_done done = { 0 };
	struct reason why = { "" };
	enum status st;
	int code = tally_read(t);

	if (code != 0)
		return code;
	st = look(&p);
	if (st == NOT_FOUND)
		return ctl_complain(EXIT_NOT, "nothing of it is signed yet: the "
		    "first batch goes in within %d minutes of the first "
		    "signature", t->campaign->tally_every);
	if (st == AGAIN)
		return ctl_complain(EXIT_NOT, "the last batch is not signed yet; "
		    "the daemon does it: is it at work? %s status",
		    ctl_command(t->ctl));
	if (st != OK)
		return store_trouble(st);
	tree_open(&p.tree, t->ctl->store, t->campaign_id, (uint64_t)t->row.size);
	progress_begin(&p.progress, "entries", t->row.size, -1);
	st = publish_folder(t->ctl->args[2], &p.what, &done, &why);
	progress_end(&p.progress);
	tree_close(&p.tree);
	store_look_end(t->ctl->store);
	return st == OK ? say_published(&p, &done) :
	    ctl_complain(EXIT_NOT, "%s", why.text);
}

/* ---- all of them -------------------------------------------------------------------------- */

int
verb_tally(struct ctl *ctl)
{
	static const struct {
		const char *name;
		int least, most;
		unsigned needs;
		int (*run)(struct tallying *);
	} ways[] = {
		{ "status", 2, 2, NEED_READ, tally_status },
		{ "publish", 3, 3, NEED_READ, tally_publish },
		{ "key", 2, 2, NEED_READ, tally_key },
		{ "cosign", 3, 3, NEED_WRITE, tally_cosign },
		{ "recover", 2, 3, NEED_WRITE | NEED_KEYS, tally_recover },
	};
	struct tallying t = { .ctl = ctl, .slug = ctl->args[0] };
	size_t i;
	int code;

	for (i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		if (strcmp(ctl->args[1], ways[i].name) != 0 ||
		    ctl->count < ways[i].least || ctl->count > ways[i].most)
			continue;
		code = ctl_open(ctl, ways[i].needs);
		if (code != 0)
			return code;
		t.arena = arena_new();
		code = ways[i].run(&t);
		arena_free(&t.arena);
		return code;
	}
	return ctl_misuse(ctl, "tally needs %s", ctl->verb->arguments);
}
