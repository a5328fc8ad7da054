/* SPDX-License-Identifier: ISC */
/*
 * published DIR PAPERS NUMBER SIZE [FORK]: writes a log to the new folder DIR with
 * tally/publish, and some receipts and promises of it to the folder PAPERS.
 *
 * NUMBER stands for all that is random about the log.  One of another SIZE goes
 * on with it, or ends earlier; one with FORK is another from that entry on.  It is
 * published in up to three steps, so that there are tiles of earlier sizes, and
 * cosigned by some of four witnesses at one of them or at the end.  Some of what
 * staff take back stands again later.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/sample.h"

#include "seal/keys.h"
#include "tally/cosignature.h"
#include "tally/promise.h"
#include "tally/publish.h"

#define WITNESSES 4
#define BATCHES 64

struct making {
	struct sample sample;
	uint64_t number, fork;
	uint64_t random;                /* of the entry that is made */
	struct made {
		bool open;              /* a sign entry that nobody took back */
		bool freed;             /* back with a batch, and not there again */
		uint64_t parts;         /* made of those of this entry */
		unsigned char commitment[COMMITMENT_BYTES];
	} *made;
	bool undone;                    /* something was, ... */
	uint64_t undone_at;             /* ... this entry the last time */
	struct publish_batch batch[BATCHES];
	size_t batches;
	struct vkey witness[WITNESSES];
	unsigned char seed[WITNESSES][SIGN_SEED_BYTES];
};

static void
must(enum status st, const char *what)
{
	if (st == OK)
		return;
	(void)fprintf(stderr, "published: %s\n", what);
	exit(1);
}

/* xorshift64*: the same on every machine. */
static uint64_t
below(struct making *m, uint64_t limit)
{
	uint64_t x = m->random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	m->random = x;
	return (x * 2685821657736338717u >> 11) % limit;
}

static void
reseed(struct making *m, uint64_t what)
{
	int i;

	m->random = (m->number + 1) * 0x9e3779b97f4a7c15u ^
	    (what + 1) * 0xbf58476d1ce4e5b9u ^ 1u;
	if (m->random == 0)
		m->random = 1;
	for (i = 0; i < 4; i++)
		(void)below(m, 2);
}

static bool
is_open(const struct made *e)
{
	return e->open;
}

static bool
is_freed(const struct made *e)
{
	return e->freed;
}

static bool
find(struct making *m, bool (*fits)(const struct made *), uint64_t *out)
{
	uint64_t size = m->sample.front.size, at, i;

	if (size == 0)
		return false;
	at = below(m, size);
	for (i = 0; i < size; i++, at = (at + 1) % size)
		if (fits(&m->made[at])) {
			*out = at;
			return true;
		}
	return false;
}

static void
add_batch(struct making *m)
{
	static const char *const words[] = { "forty in one night, from one network",
	    "\xd0\xbf\xd0\xbe\xd0\xb4\xd0\xb4\xd0\xb5\xd0\xbb\xd0\xba\xd0\xb8",
	    "x", "two  blanks, and + / = signs" };
	struct entry e = { .kind = ENTRY_BATCH, .batch = m->batches + 1,
	    .day = SAMPLE_DAY + (int32_t)m->batches };
	const char *why = words[below(m, 4)];

	(void)snprintf(e.words, sizeof e.words, "%s", why);
	m->batch[m->batches++] = (struct publish_batch){ .number = e.batch,
	    .day = e.day, .words = why };
	sample_add(&m->sample, &e);
}

/* As it would be of the parts of another, or by chance behind the fork. */
static void
add_sign(struct making *m, uint64_t parts)
{
	uint64_t index = m->sample.front.size;
	struct made *made = &m->made[index];
	struct entry e = { .kind = ENTRY_SIGN };
	char address[COMMITMENT_ADDRESS];
	struct commitment c;
	size_t i;

	if (parts != index) {
		memcpy(e.commitment, m->made[parts].commitment,
		    sizeof e.commitment);
		parts = m->made[parts].parts;
	} else if (parts >= m->fork) {
		for (i = 0; i < sizeof e.commitment; i++)
			e.commitment[i] = (unsigned char)below(m, 256);
	} else {
		sample_parts(parts, &c, address);
		must(commitment_make(&c, e.commitment), "commitment");
	}
	memcpy(made->commitment, e.commitment, sizeof e.commitment);
	made->parts = parts;
	made->open = true;
	sample_add(&m->sample, &e);
}

static void
add_back(struct making *m, uint64_t at, enum entry_reason reason)
{
	bool by_staff = entry_has_batch(reason);
	uint64_t batch = by_staff ? 1 + below(m, m->batches) : 0;

	sample_back(&m->sample, at, reason, batch);
	if (batch > 0)
		m->batch[batch - 1].count++;
	m->made[at].freed = by_staff;
	m->made[at].open = false;
}

static void
add_entry(struct making *m)
{
	static const enum entry_reason hers[] = { BACK_WITHDRAWN, BACK_ERASED };
	static const enum entry_reason staffs[] = { BACK_FRAUD, BACK_DUPLICATE,
	    BACK_UNREACHABLE };
	uint64_t index = m->sample.front.size, dice, at;

	reseed(m, index >= m->fork ? index + (UINT64_C(1) << 40) : index);
	dice = below(m, 20);
	m->made[index] = (struct made){ .open = false };
	if (dice == 0 && m->batches < BATCHES) {
		add_batch(m);
	} else if (dice <= 2 && m->batches > 0 && find(m, is_open, &at)) {
		add_back(m, at, staffs[below(m, 3)]);
	} else if (dice <= 4 && find(m, is_open, &at)) {
		add_back(m, at, hers[below(m, 2)]);
	} else if (dice == 5 && find(m, is_freed, &at)) {
		add_sign(m, at);
		m->made[at].freed = false;
		m->undone = true;
		m->undone_at = at;
	} else {
		add_sign(m, index);
	}
}

/* ---- publishing ----------------------------------------------------------------- */

static void
make_witnesses(struct making *m)
{
	unsigned char public[SIGN_PUBLIC_BYTES];
	char name[40];
	int i;

	for (i = 0; i < WITNESSES; i++) {
		memset(m->seed[i], 0x60 + i, SIGN_SEED_BYTES);
		sign_public(m->seed[i], public);
		(void)snprintf(name, sizeof name, "witness%d.example.org/w", i);
		must(vkey_make(&m->witness[i], VKEY_WITNESS, name, public), name);
	}
}

static void
cosign(struct making *m, const struct checkpoint *c, int count, struct buf *note)
{
	struct cosignature s;
	int i;

	for (i = 0; i < count; i++) {
		cosignature_make(&s, c, &m->witness[i], m->seed[i],
		    INT64_C(1795183200) + (int64_t)c->size);
		cosignature_add_line(note, &s);
	}
}

static void
publish(struct making *m, const char *dir, int by, const struct buf *cosigned)
{
	struct buf note = BUF_INIT;
	struct publish_text text = { .body = SAMPLE_PETITION,
	    .len = strlen(SAMPLE_PETITION) };
	struct publish p = { .log = &m->sample.log, .witnesses = m->witness,
	    .witness_count = WITNESSES, .batches = m->batch,
	    .batch_count = m->batches, .texts = &text, .text_count = 1,
	    .get = sample_part, .context = &m->sample };
	struct publish_done done;
	struct checkpoint c;
	struct reason why = { "" };

	seal_sha256(text.body, text.len, text.hash);
	sample_checkpoint(&m->sample, &c);
	checkpoint_add_note(&note, &c, &m->sample.log);
	cosign(m, &c, by, &note);
	p.checkpoint = note.data;
	p.cosigned = cosigned->len > 0 ? cosigned->data : NULL;
	must(publish_folder(dir, &p, &done, &why), why.text);
	buf_free(&note);
}

static void
write_paper(const char *dir, const char *kind, uint64_t n, const struct buf *text)
{
	char *path = mem_printf("%s/%s.%" PRIu64, dir, kind, n);
	FILE *f = fopen(path, "w");

	if (f == NULL || fwrite(text->data, 1, text->len, f) != text->len ||
	    fclose(f) != 0)
		must(TEMPFAIL, path);
	free(path);
}

static void
write_receipt(struct making *m, const char *dir, const char *kind, uint64_t at)
{
	struct buf text = BUF_INIT;
	struct commitment c;
	struct receipt r;

	if (m->made[at].parts >= m->fork)
		return;                 /* nobody knows what it is of */
	sample_receipt(&m->sample, at, &r);
	sample_parts(m->made[at].parts, &c, r.address);
	memcpy(r.nonce, c.nonce, sizeof r.nonce);
	receipt_add_block(&text, &r);
	write_paper(dir, kind, m->sample.front.size, &text);
	buf_free(&text);
}

/* A receipt of now and a promise, and a receipt of what stands again elsewhere. */
static void
write_papers(struct making *m, const char *dir)
{
	uint64_t at;
	struct promise p = { .log = m->sample.log, .by = INT64_C(1795183200) };
	struct buf text = BUF_INIT;

	if (m->undone)
		write_receipt(m, dir, "undone", m->undone_at);
	if (!find(m, is_open, &at))
		return;
	write_receipt(m, dir, "receipt", at);
	memcpy(p.commitment, m->made[at].commitment, sizeof p.commitment);
	promise_sign(&p, m->sample.pair);
	promise_add_block(&text, &p);
	write_paper(dir, "promise", m->sample.front.size, &text);
	buf_free(&text);
}

int
main(int argc, char **argv)
{
	struct making *m = mem_alloc(sizeof *m);
	struct buf cosigned = BUF_INIT;
	uint64_t size, step;
	struct checkpoint c;
	int by;

	if (argc < 5)
		return 2;
	seal_init();
	m->number = strtoull(argv[3], NULL, 10);
	size = strtoull(argv[4], NULL, 10);
	m->fork = argc > 5 ? strtoull(argv[5], NULL, 10) : UINT64_MAX;
	m->made = mem_realloc(NULL, size + 1, sizeof *m->made);
	sample_init(&m->sample, (unsigned char)('a' + m->number % 26));
	make_witnesses(m);
	for (step = 1; step <= 3; step++) {
		while (m->sample.front.size < size * step / 3)
			add_entry(m);
		reseed(m, UINT64_MAX - step);
		if (step < 3 && below(m, 2) == 0)
			continue;
		write_papers(m, argv[2]);
		by = (int)below(m, WITNESSES + 1);
		if (step == 1 || by >= 2) {     /* as many as before, or more */
			by = by > 0 ? by : 1;
			buf_clear(&cosigned);
			sample_checkpoint(&m->sample, &c);
			checkpoint_add_note(&cosigned, &c, &m->sample.log);
			cosign(m, &c, by, &cosigned);
		}
		publish(m, argv[1], by, &cosigned);
	}
	buf_free(&cosigned);
	sample_free(&m->sample);
	free(m->made);
	free(m);
	return 0;
}
