/* paper.h - taking in people who signed on paper
 *
 *  - They are counted apart, and nobody is written to on account of a sheet.
 *  - Who has signed by mail is counted there; who withdrew or asked to be
 *    forgotten by mail is not brought back by a sheet.
 *  - The same person stands here once: by her address, or, when the sheet has
 *    none, by her name and place as text_fold compares them.  Two people of one
 *    name in one place are then one: fewer rather than more.
 */
#ifndef PETITION_PAPER_H
#define PETITION_PAPER_H

#include <stdint.h>

#include "petition/petition.h"

struct paper_person {
	const char *name;               /* one line, not empty */
	const char *city;               /* one line, or NULL */
	const char *comment;            /* or NULL */
	const char *country;            /* "TJ", or "" */
	const char *address;            /* or NULL */
	int32_t day;
};

enum paper_result {
	PAPER_ADDED,
	PAPER_TWICE,            /* stands in this or an earlier batch */
	PAPER_BY_MAIL,          /* has signed by mail */
	PAPER_GONE,             /* withdrew, or asked to be forgotten */
	PAPER_RESULTS
};

/* Within a transaction.  INVALID, and nothing done, for an address that is
 * none. */
enum status petition_paper(struct petition *, struct arena *, const char *slug,
    const char *batch, const struct paper_person *, int64_t now,
    enum paper_result *out, struct reason *) MUST_CHECK;

#endif
