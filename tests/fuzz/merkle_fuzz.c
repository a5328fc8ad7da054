/* SPDX-License-Identifier: ISC */
/*
 * Two sizes and a proof that a stranger made up.  What is accepted for the roots
 * that the proof itself leads to does not matter; that it ends, reads nothing
 * beyond and never proves a leaf at an index or a size that cannot be does.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tally/merkle.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static enum status
any_node(void *context, unsigned level, uint64_t index, struct merkle_hash *out)
{
	uint64_t *most = context;

	if (level >= MERKLE_LEVELS || index > *most >> level)
		abort();
	memset(out, (int)(level ^ (unsigned)index), sizeof *out);
	return OK;
}

static void
prove(uint64_t a, uint64_t b)
{
	struct merkle_proof p;

	if ((merkle_prove_leaf(a, b, any_node, &b, &p) == OK) != (a < b) ||
	    p.count > MERKLE_PROOF_MAX)
		abort();
	if ((merkle_prove_growth(a, b, any_node, &b, &p) == OK) != (a <= b) ||
	    p.count > MERKLE_PROOF_MAX)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct merkle_hash *steps, zero = { { 0 } };
	uint64_t size[2];
	size_t count;

	if (len < sizeof size)
		return 0;
	memcpy(size, data, sizeof size);
	data += sizeof size;
	len -= sizeof size;
	count = len / sizeof *steps;
	steps = malloc(count * sizeof *steps + 1);
	if (steps == NULL)
		abort();
	memcpy(steps, data, count * sizeof *steps);
	if (merkle_check_leaf(size[0], size[1], &zero,
	    count > 0 ? &steps[0] : &zero, steps, count) == OK &&
	    (size[0] >= size[1] || count > MERKLE_PROOF_MAX))
		abort();
	if (merkle_check_growth(size[0], size[1], &zero, &zero, steps, count) ==
	    OK && size[0] > size[1])
		abort();
	prove(size[0], size[1]);
	free(steps);
	return 0;
}
