/* SPDX-License-Identifier: ISC */
#include "base/pace.h"

static int64_t
step_of(int64_t limit)
{
	return limit < PACE_HOUR ? PACE_HOUR / limit : 1;
}

struct pace
pace_of(int64_t limit, int64_t milliseconds)
{
	struct pace p = { limit, milliseconds };

	if (limit > 0 && step_of(limit) > milliseconds)
		p.burst = step_of(limit);
	return p;
}

static int64_t
send_time(const struct pace *p, int64_t time, int64_t now_ms)
{
	int64_t start = time > now_ms ? time : now_ms;

	return start + step_of(p->limit) - p->burst;
}

int64_t
pace_take(const struct pace *p, int64_t *time, int64_t now)
{
	int64_t now_ms = now * 1000, due;

	if (p->limit <= 0)
		return now;
	due = send_time(p, *time, now_ms);
	*time = due + p->burst;
	return due <= now_ms ? now : (due + 999) / 1000;
}

bool
pace_open(const struct pace *p, int64_t time, int64_t now)
{
	return p->limit <= 0 || send_time(p, time, now * 1000) <= now * 1000;
}

size_t
pace_room(const struct pace *p, int64_t time, int64_t now)
{
	int64_t start = time > now * 1000 ? time : now * 1000;

	if (p->limit <= 0)
		return SIZE_MAX;
	return start > pace_most(p, now) ? 0 :
	    (size_t)((pace_most(p, now) - start) / step_of(p->limit));
}

int64_t
pace_most(const struct pace *p, int64_t now)
{
	return now * 1000 + p->burst;
}
