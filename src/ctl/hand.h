/* hand.h - shares that come together on one machine
 *
 * Those of --share FILE, each opened with the key of --key FILE that it is sealed
 * to, whose passphrase is asked for.
 */
#ifndef CTL_HAND_H
#define CTL_HAND_H

#include "seal/deal.h"

struct ctl;

struct hand {
	struct deal_share shares[SHARES_MAX];
	unsigned count;
};

struct hand *hand_new(void);
void hand_free(struct hand **);         /* wipes it */

/* 0, or the exit code after complaining, by the name of the share or file. */
int hand_take_up(struct ctl *, struct hand *);

#endif
