/* witness.h - the organisations that cosign the tally
 *
 * They are written to when the log has grown, once a day at most, with the proof
 * that it goes on from what they cosigned last; their answers come to an address
 * with a token.
 */
#ifndef PETITION_WITNESS_H
#define PETITION_WITNESS_H

#include "base/status.h"

struct act;

/* Within a transaction: the mails that are due to the witnesses of a campaign. */
enum status witness_mails(struct act *) MUST_CHECK;

#endif
