/* sample.h - a log in memory, for the tests of what is made of one
 *
 * Leaf I is a signature of "pI@example.org", with nonce and text made from I.
 */
#ifndef TESTS_SAMPLE_H
#define TESTS_SAMPLE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "seal/sha256.h"
#include "tally/checkpoint.h"
#include "tally/commitment.h"
#include "tally/entry.h"
#include "tally/merkle.h"
#include "tally/receipt.h"
#include "tally/tile.h"

#define SAMPLE_ORIGIN "petitions.example.org/manuchehr"
#define SAMPLE_DAY 20777        /* 2026-11-20 */
#define SAMPLE_PETITION "Free Manuchehr Kholiknazarov.\n"

struct sample {
	unsigned char seed[SIGN_SEED_BYTES];
	struct sign_pair *pair;         /* grown from it */
	struct vkey log;
	struct merkle_frontier front;
	uint64_t counted;
	struct merkle_hash *node[MERKLE_LEVELS];
	size_t nodes[MERKLE_LEVELS];
	struct buf *bundle;             /* of 256 entries each */
	size_t bundles;
};

static inline void
sample_init(struct sample *s, unsigned char number)
{
	unsigned char key[SIGN_PUBLIC_BYTES];

	memset(s, 0, sizeof *s);
	memset(s->seed, number, sizeof s->seed);
	sign_public(s->seed, key);
	s->pair = sign_pair_new(s->seed);
	if (vkey_make(&s->log, VKEY_LOG, SAMPLE_ORIGIN, key) != OK)
		abort();
}

static inline void
sample_free(struct sample *s)
{
	size_t i;

	for (i = 0; i < MERKLE_LEVELS; i++)
		free(s->node[i]);
	for (i = 0; i < s->bundles; i++)
		buf_free(&s->bundle[i]);
	free(s->bundle);
	sign_pair_free(&s->pair);
}

static inline void
sample_full(void *context, unsigned level, uint64_t index,
    const struct merkle_hash *h)
{
	struct sample *s = context;

	if (index != s->nodes[level])
		abort();
	if ((index & (index - 1)) == 0)         /* twice as much room */
		s->node[level] = mem_realloc(s->node[level],
		    index == 0 ? 1 : 2 * (size_t)index, sizeof *h);
	s->node[level][s->nodes[level]++] = *h;
}

static inline enum status
sample_get(void *context, unsigned level, uint64_t index,
    struct merkle_hash *out)
{
	struct sample *s = context;

	if (level >= MERKLE_LEVELS || index >= s->nodes[level])
		return NOT_FOUND;
	*out = s->node[level][index];
	return OK;
}

static inline void
sample_add_raw(struct sample *s, const void *text, size_t len)
{
	struct merkle_hash leaf;

	if (s->front.size % TILE_WIDTH == 0) {
		s->bundle = mem_realloc(s->bundle, s->bundles + 1,
		    sizeof *s->bundle);
		buf_init(&s->bundle[s->bundles++]);
	}
	merkle_leaf(text, len, &leaf);
	if (tile_add_entry(&s->bundle[s->bundles - 1], text, len) != OK ||
	    merkle_append(&s->front, &leaf, sample_full, s) != OK)
		abort();
}

static inline void
sample_add(struct sample *s, const struct entry *e)
{
	struct buf text = BUF_INIT;

	if (entry_add(&text, e) != OK)
		abort();
	sample_add_raw(s, text.data, text.len);
	s->counted += e->kind == ENTRY_SIGN;
	s->counted -= e->kind == ENTRY_BACK;
	buf_free(&text);
}

/* The parts of leaf INDEX; ADDRESS has room for COMMITMENT_ADDRESS. */
static inline void
sample_parts(uint64_t index, struct commitment *c, char *address)
{
	memset(c, 0, sizeof *c);
	(void)snprintf(address, COMMITMENT_ADDRESS, "p%llu@example.org",
	    (unsigned long long)index);
	c->origin = SAMPLE_ORIGIN;
	c->address = address;
	c->day = SAMPLE_DAY;
	memcpy(c->nonce, &index, sizeof index);
	seal_sha256(SAMPLE_PETITION, strlen(SAMPLE_PETITION), c->text);
}

static inline void
sample_sign(struct sample *s)
{
	struct entry e = { .kind = ENTRY_SIGN };
	char address[COMMITMENT_ADDRESS];
	struct commitment c;

	sample_parts(s->front.size, &c, address);
	if (commitment_make(&c, e.commitment) != OK)
		abort();
	sample_add(s, &e);
}

static inline void
sample_back(struct sample *s, uint64_t index, enum entry_reason reason,
    uint64_t batch)
{
	struct entry e = { .kind = ENTRY_BACK, .index = index, .reason = reason,
	    .batch = batch };

	sample_add(s, &e);
}

static inline void
sample_checkpoint(const struct sample *s, struct checkpoint *c)
{
	memset(c, 0, sizeof *c);
	memcpy(c->origin, s->log.name, sizeof c->origin);
	c->size = s->front.size;
	c->counted = s->counted;
	merkle_root(&s->front, &c->root);
	checkpoint_sign(c, s->pair);
}

/* A tile_get. */
static inline enum status
sample_part(void *context, int level, uint64_t index, unsigned width,
    struct buf *out)
{
	struct sample *s = context;
	const unsigned char *entry;
	size_t at = 0, len;
	unsigned i;

	if (level != TILE_ENTRIES) {
		if ((index * TILE_WIDTH + width) > s->nodes[8 * level])
			return NOT_FOUND;
		buf_add(out, s->node[8 * level] + index * TILE_WIDTH,
		    (size_t)width * TILE_HASH);
		return OK;
	}
	for (i = 0; i < width; i++)
		if (index >= s->bundles || tile_next_entry(s->bundle[index].data,
		    s->bundle[index].len, &at, &entry, &len) != OK)
			return NOT_FOUND;
	buf_add(out, s->bundle[index].data, at);
	return OK;
}

static inline void
sample_receipt(struct sample *s, uint64_t leaf, struct receipt *r)
{
	struct commitment c;

	memset(r, 0, sizeof *r);
	sample_parts(leaf, &c, r->address);
	r->log = s->log;
	r->day = c.day;
	memcpy(r->text, c.text, sizeof r->text);
	memcpy(r->nonce, c.nonce, sizeof r->nonce);
	r->leaf = leaf;
	sample_checkpoint(s, &r->at);
	if (merkle_prove_leaf(leaf, s->front.size, sample_get, s, &r->proof) != OK)
		abort();
}

#endif
