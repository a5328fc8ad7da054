/* tally.h - the verb tally: what its files share */
#ifndef CTL_TALLY_H
#define CTL_TALLY_H

#include <stdint.h>

#include "store/tally.h"
#include "tally/vkey.h"

struct arena;
struct campaign;
struct ctl;

struct tallying {
	struct ctl *ctl;
	struct arena *arena;
	const char *slug;
	const struct campaign *campaign;
	int64_t campaign_id;
	struct tally row;
	struct vkey key;        /* of the log */
};

/* Finds the campaign and its log; 0, or the exit code after complaining. */
int tally_read(struct tallying *);

int tally_status(struct tallying *);
int tally_recover(struct tallying *);

#endif
