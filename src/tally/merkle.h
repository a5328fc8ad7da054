/* merkle.h - the hash tree of an append-only log (RFC 6962, section 2)
 *
 * A leaf hashes 0x00 and its data, a node 0x01 and its two children; a tree of
 * SIZE leaves splits at the greatest power of two below SIZE.  Node (LEVEL,
 * INDEX) is the perfect tree over the 2^LEVEL leaves from INDEX * 2^LEVEL on:
 * once it is full it never changes, so it may be stored and published.
 *
 * Checking trusts nothing: sizes, indexes and proofs are a stranger's, and the
 * work is at most two hashes for each of MERKLE_PROOF_MAX steps.
 */
#ifndef TALLY_MERKLE_H
#define TALLY_MERKLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define MERKLE_BYTES 32
#define MERKLE_LEVELS 64
#define MERKLE_PROOF_MAX 65     /* a consistency proof between 64-bit sizes */

struct merkle_hash {
	unsigned char bytes[MERKLE_BYTES];
};

struct merkle_proof {
	size_t count;
	struct merkle_hash step[MERKLE_PROOF_MAX];
};

void merkle_leaf(const void *data, size_t len, struct merkle_hash *out);
/* OUT may be one of the children. */
void merkle_node(const struct merkle_hash *left,
    const struct merkle_hash *right, struct merkle_hash *out);

/* What is needed of a log to append to it and to know its root: the perfect
 * trees it is made of, peak[L] being one of 2^L leaves where that bit of size
 * is set.  All zero is the empty log. */
struct merkle_frontier {
	uint64_t size;
	struct merkle_hash peak[MERKLE_LEVELS];
};

/* Told of every node that became full, the leaf itself first. */
typedef void merkle_full(void *context, unsigned level, uint64_t index,
    const struct merkle_hash *);

/* FULL may be NULL.  LIMIT, and nothing appended, at 2^64 - 1 leaves. */
enum status merkle_append(struct merkle_frontier *,
    const struct merkle_hash *leaf, merkle_full *, void *context) MUST_CHECK;
void merkle_root(const struct merkle_frontier *, struct merkle_hash *out);

/* Gives a full node; what it answers but OK ends the making of a proof. */
typedef enum status merkle_get(void *context, unsigned level, uint64_t index,
    struct merkle_hash *out);

/* The root that the log had at SIZE leaves. */
enum status merkle_root_at(uint64_t size, merkle_get *, void *context,
    struct merkle_hash *out) MUST_CHECK;
/* That leaf INDEX is in the log of SIZE; INVALID when it cannot be. */
enum status merkle_prove_leaf(uint64_t index, uint64_t size, merkle_get *,
    void *context, struct merkle_proof *out) MUST_CHECK;
/* That the log of OLDER leaves begins that of NEWER; INVALID when OLDER is
 * more.  Empty when they are equal or OLDER is 0. */
enum status merkle_prove_growth(uint64_t older, uint64_t newer, merkle_get *,
    void *context, struct merkle_proof *out) MUST_CHECK;

/* OK, or INVALID: it does not prove that. */
enum status merkle_check_leaf(uint64_t index, uint64_t size,
    const struct merkle_hash *leaf, const struct merkle_hash *root,
    const struct merkle_hash *proof, size_t count) MUST_CHECK;
enum status merkle_check_growth(uint64_t older, uint64_t newer,
    const struct merkle_hash *older_root, const struct merkle_hash *newer_root,
    const struct merkle_hash *proof, size_t count) MUST_CHECK;

#endif
