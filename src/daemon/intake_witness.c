/* intake_witness.c - what a witness answers about the tally
 *
 * The blocks of text in her mail are read here, where nothing is to be had; the
 * keeper gets fields of fixed size.
 *
 * SPDX-License-Identifier: ISC
 */
#include <string.h>

#include "base/arena.h"
#include "daemon/intake.h"
#include "daemon/ipc.h"
#include "message/reader.h"
#include "message/witnessed.h"
#include "tally/cosignature.h"
#include "tally/offer.h"

static void
put_head(struct witnessed_head *out, const struct checkpoint *c,
    const struct vkey *key, const unsigned char *signature)
{
	out->there = true;
	out->size = (int64_t)c->size;
	out->counted = (int64_t)c->counted;
	memcpy(out->root, c->root.bytes, sizeof out->root);
	memcpy(out->key, key->key, sizeof out->key);
	memcpy(out->signature, signature, sizeof out->signature);
}

static void
find_blocks(const char *text, size_t len, struct arena *arena,
    struct witnessed *out)
{
	struct offer *offer = arena_alloc(arena, sizeof *offer);
	struct cosignature cosignature;
	struct checkpoint under;

	memset(out, 0, sizeof *out);
	if (cosignature_read_block(&cosignature, &under, text, len, NULL) == OK) {
		put_head(&out->cosigned, &under, &cosignature.witness,
		    cosignature.signature);
		out->cosigned.time = cosignature.time;
	}
	/* Mostly the one that she was sent, quoted. */
	if (offer_read_block(offer, text, len, NULL) == OK)
		put_head(&out->shown, &offer->at, &offer->log,
		    offer->at.signature);
}

bool
intake_is_witness(const struct letter *letter, const struct recipient **to_out)
{
	/* Where a provider drops the detail of the address, her answer says which
	 * mail it is to. */
	*to_out = letter->to.purpose == PURPOSE_SIGN &&
	    letter->to.source == NULL && letter->reference.token != NULL ?
	    &letter->reference : &letter->to;
	return (*to_out)->purpose == PURPOSE_WITNESS &&
	    (*to_out)->token != NULL;
}

void
intake_send_witness(struct ipc *keeper, struct reader *reader,
    struct arena *arena, const char *bytes, size_t len, const char *slug,
    const char *token, uint64_t id)
{
	struct reader_more more;
	struct witnessed said;

	reader_read_more(reader, arena, bytes, len, &more);
	find_blocks(more.text_full, strlen(more.text_full), arena, &said);
	ipc_send_witness(keeper, id, slug, token, &said);
}
