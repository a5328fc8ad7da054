/* SPDX-License-Identifier: ISC */
/*
 * Blocks out of a stranger's mail.  What is read must be written and read again as
 * the same, and must not be believed without its signature.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "seal/keys.h"
#include "tally/cosignature.h"
#include "tally/offer.h"
#include "tally/promise.h"
#include "tally/receipt.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
demand(int true_of_it)
{
	if (!true_of_it)
		abort();
}

static void
receipt(const char *text, size_t len)
{
	struct receipt a, b;
	struct reason why = { "" };
	struct buf block = BUF_INIT;

	if (receipt_read_block(&a, text, len, &why) != OK) {
		demand(why.text[0] != '\0');
		return;
	}
	demand(a.proof.count <= MERKLE_PROOF_MAX && a.at.counted <= a.at.size);
	receipt_add_block(&block, &a);
	demand(receipt_read_block(&b, block.data, block.len, NULL) == OK);
	demand(memcmp(&a, &b, offsetof(struct receipt, proof)) == 0);
	demand(receipt_check(&a, NULL) == receipt_check(&b, NULL));
	buf_free(&block);
}

static void
promise(const char *text, size_t len)
{
	struct promise a, b;
	struct buf block = BUF_INIT;

	if (promise_read_block(&a, text, len, NULL) != OK)
		return;
	promise_add_block(&block, &a);
	demand(promise_read_block(&b, block.data, block.len, NULL) == OK);
	demand(memcmp(&a, &b, sizeof a) == 0);
	demand(promise_check(&a) == promise_check(&b));
	buf_free(&block);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static int begun;
	struct cosignature s;
	struct checkpoint c;
	struct offer o;
	const char *text = (const char *)data;

	if (!begun++)
		seal_init();
	receipt(text, len);
	promise(text, len);
	if (offer_read_block(&o, text, len, NULL) == OK)
		demand(checkpoint_check(&o.at, &o.log) == OK);
	if (cosignature_read_block(&s, &c, text, len, NULL) == OK)
		demand(cosignature_check(&s, &c) == OK);
	return 0;
}
