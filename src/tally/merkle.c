/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <string.h>

#include "seal/sha256.h"
#include "tally/merkle.h"

_Static_assert(MERKLE_BYTES == SHA256_BYTES, "the tree is of SHA-256");

/* Where the leaves of a log come from. */
struct source {
	merkle_get *get;
	void *context;
};

void
merkle_leaf(const void *data, size_t len, struct merkle_hash *out)
{
	static const unsigned char mark = 0;

	seal_sha256_two(&mark, 1, data, len, out->bytes);
}

void
merkle_node(const struct merkle_hash *left, const struct merkle_hash *right,
    struct merkle_hash *out)
{
	unsigned char first[1 + MERKLE_BYTES] = { 1 };

	memcpy(first + 1, left->bytes, MERKLE_BYTES);
	seal_sha256_two(first, sizeof first, right->bytes, MERKLE_BYTES,
	    out->bytes);
}

static bool
same(const struct merkle_hash *a, const struct merkle_hash *b)
{
	return memcmp(a->bytes, b->bytes, MERKLE_BYTES) == 0;
}

static void
empty_root(struct merkle_hash *out)
{
	seal_sha256("", 0, out->bytes);
}

/* ---- appending ----------------------------------------------------------- */

/* Like adding 1 to a binary number: every peak met is carried upwards. */
enum status
merkle_append(struct merkle_frontier *f, const struct merkle_hash *leaf,
    merkle_full *full, void *context)
{
	struct merkle_hash carry = *leaf;
	unsigned level = 0;

	if (f->size == UINT64_MAX)
		return LIMIT;
	if (full != NULL)
		full(context, 0, f->size, &carry);
	while (f->size >> level & 1) {
		merkle_node(&f->peak[level], &carry, &carry);
		level++;
		if (full != NULL)
			full(context, level, f->size >> level, &carry);
	}
	f->peak[level] = carry;
	f->size++;
	return OK;
}

void
merkle_root(const struct merkle_frontier *f, struct merkle_hash *out)
{
	bool begun = false;
	unsigned level;

	empty_root(out);
	for (level = 0; level < MERKLE_LEVELS; level++) {
		if ((f->size >> level & 1) == 0)
			continue;
		if (begun)
			merkle_node(&f->peak[level], out, out);
		else
			*out = f->peak[level];
		begun = true;
	}
}

/* ---- proving ------------------------------------------------------------- */

/* The tree over leaves [BEGIN, END), which is one of a larger log: BEGIN is a
 * multiple of every power of two up to the size. */
static enum status
tree(const struct source *from, uint64_t begin, uint64_t end,
    struct merkle_hash *out)
{
	uint64_t size = end - begin;
	struct merkle_hash peak;
	bool begun = false;
	enum status s;
	unsigned level;

	empty_root(out);
	for (level = 0; level < MERKLE_LEVELS; level++) {
		if ((size >> level & 1) == 0)
			continue;
		end -= (uint64_t)1 << level;
		s = from->get(from->context, level, end >> level, &peak);
		if (s != OK)
			return s;
		if (begun)
			merkle_node(&peak, out, out);
		else
			*out = peak;
		begun = true;
	}
	return OK;
}

/* The greatest power of two below SIZE, which is 2 or more. */
static uint64_t
split(uint64_t size)
{
	uint64_t half = 1;

	while (half < size - half)
		half *= 2;
	return half;
}

static void
reverse(struct merkle_proof *proof)
{
	struct merkle_hash kept;
	size_t i, j;

	for (i = 0, j = proof->count; i + 1 < j; i++) {
		kept = proof->step[i];
		proof->step[i] = proof->step[--j];
		proof->step[j] = kept;
	}
}

enum status
merkle_root_at(uint64_t size, merkle_get *get, void *context,
    struct merkle_hash *out)
{
	struct source from = { get, context };

	return tree(&from, 0, size, out);
}

enum status
merkle_prove_leaf(uint64_t index, uint64_t size, merkle_get *get,
    void *context, struct merkle_proof *out)
{
	struct source from = { get, context };
	uint64_t begin = 0, end = size, middle;
	enum status s = OK;

	out->count = 0;
	if (index >= size)
		return INVALID;
	while (s == OK && end - begin > 1) {
		middle = begin + split(end - begin);
		if (index < middle) {
			s = tree(&from, middle, end, &out->step[out->count++]);
			end = middle;
		} else {
			s = tree(&from, begin, middle,
			    &out->step[out->count++]);
			begin = middle;
		}
	}
	reverse(out);
	return s;
}

/* Goes down to where the older log ends at the edge of a tree.  That tree is
 * left out when it is the whole older log: its root is known. */
enum status
merkle_prove_growth(uint64_t older, uint64_t newer, merkle_get *get,
    void *context, struct merkle_proof *out)
{
	struct source from = { get, context };
	uint64_t begin = 0, end = newer, middle;
	enum status s = OK;

	out->count = 0;
	if (older > newer)
		return INVALID;
	if (older == 0)
		return OK;
	while (s == OK && older < end) {
		middle = begin + split(end - begin);
		if (older <= middle) {
			s = tree(&from, middle, end, &out->step[out->count++]);
			end = middle;
		} else {
			s = tree(&from, begin, middle,
			    &out->step[out->count++]);
			begin = middle;
		}
	}
	if (s == OK && begin > 0)
		s = tree(&from, begin, end, &out->step[out->count++]);
	reverse(out);
	return s;
}

/* ---- checking ------------------------------------------------------------ */

/* A node on its way to the root, and the last node of its level. */
struct climb {
	uint64_t at, last;
};

/* True when the sibling of this step stands to the left.  A node that is the
 * last of its level without a sibling goes up as it is until it has one. */
static bool
sibling_is_left(struct climb *c)
{
	if ((c->at & 1) == 0 && c->at != c->last)
		return false;
	while ((c->at & 1) == 0 && c->at != 0) {
		c->at >>= 1;
		c->last >>= 1;
	}
	return true;
}

static void
up(struct climb *c)
{
	c->at >>= 1;
	c->last >>= 1;
}

enum status
merkle_check_leaf(uint64_t index, uint64_t size,
    const struct merkle_hash *leaf, const struct merkle_hash *root,
    const struct merkle_hash *proof, size_t count)
{
	struct climb c = { index, size - 1 };
	struct merkle_hash got = *leaf;
	size_t i;

	if (index >= size || count > MERKLE_PROOF_MAX)
		return INVALID;
	for (i = 0; i < count; i++, up(&c)) {
		if (c.last == 0)
			return INVALID;
		if (sibling_is_left(&c))
			merkle_node(&proof[i], &got, &got);
		else
			merkle_node(&got, &proof[i], &got);
	}
	return c.last == 0 && same(&got, root) ? OK : INVALID;
}

/* Both roots are built from the same steps: those to the left are in both logs,
 * those to the right only in the newer one. */
static enum status
climb_both(struct climb c, const struct merkle_hash *begin,
    const struct merkle_hash *older_root, const struct merkle_hash *newer_root,
    const struct merkle_hash *proof, size_t count)
{
	struct merkle_hash older = *begin, newer = *begin;
	size_t i;

	for (i = 0; i < count; i++, up(&c)) {
		if (c.last == 0)
			return INVALID;
		if (sibling_is_left(&c)) {
			merkle_node(&proof[i], &older, &older);
			merkle_node(&proof[i], &newer, &newer);
		} else
			merkle_node(&newer, &proof[i], &newer);
	}
	return c.last == 0 && same(&older, older_root) &&
	    same(&newer, newer_root) ? OK : INVALID;
}

enum status
merkle_check_growth(uint64_t older, uint64_t newer,
    const struct merkle_hash *older_root, const struct merkle_hash *newer_root,
    const struct merkle_hash *proof, size_t count)
{
	struct climb c = { older - 1, newer - 1 };
	struct merkle_hash empty;

	if (older > newer || count > MERKLE_PROOF_MAX)
		return INVALID;
	empty_root(&empty);
	if (older == 0 && !same(older_root, &empty))
		return INVALID;
	if (older == newer)
		return count == 0 && same(older_root, newer_root) ? OK : INVALID;
	if (older == 0)
		return count == 0 ? OK : INVALID;
	while (c.at & 1)
		up(&c);
	if (c.at == 0)          /* a power of two: its root begins both */
		return climb_both(c, older_root, older_root, newer_root, proof,
		    count);
	if (count == 0)
		return INVALID;
	return climb_both(c, &proof[0], older_root, newer_root, proof + 1,
	    count - 1);
}
