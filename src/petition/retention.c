/* SPDX-License-Identifier: ISC */
#include "base/clock.h"
#include "config/campaign.h"
#include "petition/retention.h"
#include "store/ending.h"

static int64_t
after(int64_t when, int days)
{
	return when == 0 ? CLOCK_NEVER : when + (int64_t)days * CLOCK_DAY;
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void
retention_of(const struct campaign *c, const struct ending *e,
    struct retention *out)
{
	const struct campaign_retention *r = &c->retention;
	int64_t end = e->delivered_at > e->closed_at ? e->delivered_at :
	    e->closed_at;
	int64_t handed_in = after(e->delivered_at, r->handin);

	out->names = earlier(after(e->closed_at, r->names), handed_in);
	out->comments = earlier(after(e->closed_at, r->comments), handed_in);
	out->addresses = after(end, r->addresses);
	out->quiet = out->names > out->comments ? out->names : out->comments;
	if (out->quiet > out->addresses)
		out->quiet = out->addresses;
	out->paper = out->names;
	out->traces = after(end, r->traces);
}
