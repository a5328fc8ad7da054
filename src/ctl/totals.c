/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "ctl/totals.h"
#include "petition/state.h"
#include "store/store.h"

static const enum signature_state states[TOTALS] = {
	SIGNATURE_CONFIRMED, SIGNATURE_PENDING, SIGNATURE_WITHDRAWN,
	SIGNATURE_UNCOUNTED, SIGNATURE_EXPIRED,
};

const char *
totals_name(size_t i)
{
	return state_name(states[i]);
}

int
totals_state(size_t i)
{
	return (int)states[i];
}

struct sum {
	int64_t n;
};

static void
add(void *arg, const char *value, int64_t n)
{
	struct sum *sum = arg;

	(void)value;
	sum->n += n;
}

enum status
totals_read(struct totals *t, struct store *store, int64_t campaign)
{
	enum status st = OK;
	size_t i;

	memset(t, 0, sizeof *t);
	if (store == NULL || campaign == 0)
		return OK;
	for (i = 0; st == OK && i < TOTALS; i++) {
		struct sum sum = { 0 };

		st = store_counts(store, campaign, BY_NOTHING, states[i], add,
		    &sum);
		t->count[i] = sum.n;
	}
	return st;
}
