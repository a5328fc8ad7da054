/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/output.h"

#define EVERY 200               /* milliseconds between two looks */

void
progress_begin(struct progress *p, const char *what, int64_t total,
    int result_fd)
{
	*p = (struct progress){ .what = what, .total = total,
	    .begun = clock_tick() };
	p->on = isatty(STDERR_FILENO) && (result_fd < 0 || !isatty(result_fd));
}

static void
show(struct progress *p, int64_t now)
{
	char done[32], total[32], rate_text[32];
	int64_t passed = now - p->begun, rate, left;

	rate = passed > 0 ? p->done * 1000 / passed : 0;
	left = rate > 0 && p->total > p->done ? (p->total - p->done) / rate : 0;
	(void)fprintf(stderr, "\r%s of %s %s, %s/s", count_text(p->done, done),
	    count_text(p->total, total), p->what, count_text(rate, rate_text));
	if (left >= 120)
		(void)fprintf(stderr, ", %" PRId64 " min left", left / 60);
	else if (p->done < p->total)
		(void)fprintf(stderr, ", %" PRId64 " s left", left);
	(void)fputs("\033[K", stderr);
	(void)fflush(stderr);
	p->shown = now;
}

void
progress_at(struct progress *p, int64_t done)
{
	int64_t now;

	p->done = done;
	if (!p->on)
		return;
	now = clock_tick();
	if (now - p->begun > 500 && now - p->shown >= EVERY)
		show(p, now);
}

void
progress_end(struct progress *p)
{
	if (!p->on || p->shown == 0)
		return;         /* so quick that nothing was shown */
	if (p->done > p->total)
		p->total = p->done;
	show(p, clock_tick());
	(void)fputc('\n', stderr);
	p->on = 0;
}
