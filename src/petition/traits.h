/* traits.h - what signatures have in common, named by keyed hashes
 *
 * For `undersign review` and `undersign uncount`; they change nothing of what a
 * signer sees.  Kept for retention.traits days after the mail (petition/purge.h),
 * and gone as soon as she withdraws or is forgotten.
 */
#ifndef PETITION_TRAITS_H
#define PETITION_TRAITS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct act;
struct keys;

/* Within a transaction, of a letter that asks to sign: act->sig has its id. */
enum status traits_keep(struct act *) MUST_CHECK;

enum trait_kind { TRAIT_DOMAIN, TRAIT_MAILBOX, TRAIT_NETWORKS, TRAIT_TEXT };

/* The hash of what has this name: of a domain in A-labels, a network as
 * traits_network_of writes it.  Never 0. */
int64_t traits_name(const struct keys *, int64_t campaign, enum trait_kind,
    const void *name, size_t len);

#endif
