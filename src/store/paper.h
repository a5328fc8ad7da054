/* paper.h - people who signed on paper
 *
 * A part of store.h with the same rules.  A row is one person of one sheet;
 * the key is the keyed hash of her address, or of her name and place when the
 * sheet has none, so that nobody stands here twice.
 */
#ifndef STORE_PAPER_H
#define STORE_PAPER_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "store/store.h"

struct paper {
	int64_t id;                     /* 0 in a new one */
	int64_t campaign;
	const char *batch;              /* what staff call the pile of sheets */
	unsigned char key[STORE_HASH];
	const char *country;            /* "TJ", or "" */
	int32_t day;                    /* signed, as the sheet says */
	struct blob identity, sealed;   /* as in struct signature; one of them */
};

enum status store_paper_add(struct store *, struct paper *) MUST_CHECK;
                                        /* sets id; EXISTS: stands here already */
/* Its identity goes, SEALED takes its place. */
enum status store_paper_seal(struct store *, int64_t id, struct blob sealed)
    MUST_CHECK;
/* She signed by mail, or wants to be forgotten.  OK also when there is none. */
enum status store_paper_remove(struct store *, int64_t campaign,
    const unsigned char key[STORE_HASH]) MUST_CHECK;
/* Takes back a whole batch. */
enum status store_paper_remove_batch(struct store *, int64_t campaign,
    const char *batch, int64_t *count_out) MUST_CHECK;

/* In the order of ids, from after AFTER; until *count_out is 0. */
enum status store_paper_list(struct store *, struct arena *, int64_t campaign,
    int64_t after, struct paper *out, size_t count, size_t *count_out)
    MUST_CHECK;
enum status store_paper_count(struct store *, int64_t campaign, int64_t *out)
    MUST_CHECK;
/* Per batch and country. */
enum status store_paper_counts(struct store *, int64_t campaign,
    void (*each)(void *arg, const char *batch, const char *country, int64_t n),
    void *arg) MUST_CHECK;

#endif
