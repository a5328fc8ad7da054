/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "daemon/event.h"

#define BATCH 256               /* descriptors told of by one wait */
#define SIGNALS 65

/* What the kernel watches for (ARMED) may be more than what is wanted: taking
 * something back is put off until it comes for nothing, which in the usual to
 * and fro of a protocol it never does. */
struct event_watch {
	struct event *event;
	int fd;                         /* -1: dead */
	unsigned want, armed;
	event_ready ready;
	void *arg;
	struct event_watch *next;       /* in the graveyard */
};

struct event_timer {
	struct event *event;
	int64_t due;
	size_t place;                   /* in the heap, from 1; 0: not set */
	event_call call;
	void *arg;
};

struct event_hook {
	struct event *event;
	event_call call;                /* NULL: dead */
	void *arg;
	enum event_order order;
	struct event_hook *next;
};

struct event {
	int epoll, signals;
	sigset_t mask;
	struct event_watch *signal_watch, *dead;
	struct { event_caught call; void *arg; } caught[SIGNALS];
	struct event_hook *hooks;
	bool hooks_died, stop, again;
	int64_t tick;
	struct event_timer **heap;      /* [1..timers], earliest first */
	size_t timers, room;
};

/* ---- the heap ---------------------------------------------------------- */

static void
heap_put(struct event *ev, size_t place, struct event_timer *t)
{
	ev->heap[place] = t;
	t->place = place;
}

/* Let T find its place, from PLACE upwards, then downwards. */
static void
heap_settle(struct event *ev, size_t place, struct event_timer *t)
{
	size_t child;

	while (place > 1 && ev->heap[place / 2]->due > t->due) {
		heap_put(ev, place, ev->heap[place / 2]);
		place /= 2;
	}
	while ((child = place * 2) <= ev->timers) {
		if (child < ev->timers &&
		    ev->heap[child + 1]->due < ev->heap[child]->due)
			child++;
		if (ev->heap[child]->due >= t->due)
			break;
		heap_put(ev, place, ev->heap[child]);
		place = child;
	}
	heap_put(ev, place, t);
}

static void
heap_remove(struct event *ev, struct event_timer *t)
{
	size_t place = t->place;
	struct event_timer *last;

	if (place == 0)
		return;
	t->place = 0;
	last = ev->heap[ev->timers--];
	if (last != t)
		heap_settle(ev, place, last);
}

struct event_timer *
event_timer_new(struct event *ev, event_call call, void *arg)
{
	struct event_timer *t = mem_alloc(sizeof *t);

	t->event = ev;
	t->due = CLOCK_NEVER;
	t->call = call;
	t->arg = arg;
	return t;
}

void
event_timer_set(struct event_timer *t, int64_t tick)
{
	struct event *ev = t->event;

	if (t->place != 0 && t->due == tick)
		return;
	heap_remove(ev, t);
	t->due = tick;
	if (tick == CLOCK_NEVER)
		return;
	if (ev->timers + 1 >= ev->room) {
		ev->room = ev->room == 0 ? 64 : ev->room * 2;
		ev->heap = mem_realloc(ev->heap, ev->room, sizeof(ev->heap[0]));
	}
	ev->timers++;
	heap_settle(ev, ev->timers, t);
}

void
event_timer_free(struct event_timer **tp)
{
	if (*tp == NULL)
		return;
	heap_remove((*tp)->event, *tp);
	free(*tp);
	*tp = NULL;
}

/* A timer set again by its own call to a time that has come waits for the
 * next turn: TICK does not move here. */
static void
run_timers(struct event *ev)
{
	size_t most = ev->timers;
	struct event_timer *t;

	while (most-- > 0 && ev->timers > 0 && ev->heap[1]->due <= ev->tick) {
		t = ev->heap[1];
		heap_remove(ev, t);
		t->due = CLOCK_NEVER;
		t->call(t->arg);
	}
}

/* ---- descriptors --------------------------------------------------------- */

static void
arm(struct event_watch *w, unsigned what)
{
	struct epoll_event ee = { .data.ptr = w };
	int op = w->armed == 0 ? EPOLL_CTL_ADD :
	    what == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;

	if (what == w->armed)
		return;
	if (what & EVENT_READ)
		ee.events |= EPOLLIN;
	if (what & EVENT_WRITE)
		ee.events |= EPOLLOUT;
	if (epoll_ctl(w->event->epoll, op, w->fd, &ee) != 0)
		log_fatal("cannot watch a descriptor");
	w->armed = what;
}

struct event_watch *
event_watch(struct event *ev, int fd, unsigned what, event_ready ready, void *arg)
{
	struct event_watch *w = mem_alloc(sizeof *w);

	w->event = ev;
	w->fd = fd;
	w->ready = ready;
	w->arg = arg;
	event_want(w, what);
	return w;
}

void
event_want(struct event_watch *w, unsigned what)
{
	w->want = what;
	if ((what & ~w->armed) != 0)
		arm(w, what);
}

void
event_unwatch(struct event_watch **wp)
{
	struct event_watch *w = *wp;

	if (w == NULL)
		return;
	arm(w, 0);
	w->fd = -1;
	w->next = w->event->dead;
	w->event->dead = w;
	*wp = NULL;
}

static void
dispatch(struct event_watch *w, uint32_t events)
{
	unsigned what = 0;

	if (w->fd < 0)
		return;
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		what |= EVENT_READ;
	if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
		what |= EVENT_WRITE;
	what &= w->want;
	if (what != 0)
		w->ready(w->arg, what);
	else
		arm(w, w->want);
}

static void
bury(struct event *ev)
{
	struct event_watch *w;

	while ((w = ev->dead) != NULL) {
		ev->dead = w->next;
		free(w);
	}
}

/* ---- hooks ------------------------------------------------------------------ */

struct event_hook *
event_hook_new(struct event *ev, enum event_order order, event_call call, void *arg)
{
	struct event_hook **at = &ev->hooks, *h = mem_alloc(sizeof *h);

	h->event = ev;
	h->order = order;
	h->call = call;
	h->arg = arg;
	while (*at != NULL && (*at)->order <= order)
		at = &(*at)->next;
	h->next = *at;
	*at = h;
	return h;
}

void
event_hook_free(struct event_hook **hp)
{
	if (*hp == NULL)
		return;
	(*hp)->call = NULL;
	(*hp)->event->hooks_died = true;
	*hp = NULL;
}

static void
sweep_hooks(struct event *ev)
{
	struct event_hook **at = &ev->hooks, *h;

	while ((h = *at) != NULL) {
		if (h->call != NULL) {
			at = &h->next;
			continue;
		}
		*at = h->next;
		free(h);
	}
	ev->hooks_died = false;
}

static void
run_hooks(struct event *ev)
{
	struct event_hook *h;

	for (h = ev->hooks; h != NULL; h = h->next)
		if (h->call != NULL)
			h->call(h->arg);
	if (ev->hooks_died)
		sweep_hooks(ev);
}

/* ---- signals ---------------------------------------------------------------- */

static void
signals_ready(void *arg, unsigned what)
{
	struct event *ev = arg;
	struct signalfd_siginfo si;

	(void)what;
	while (read(ev->signals, &si, sizeof si) == (ssize_t)sizeof si)
		if (si.ssi_signo < SIGNALS &&
		    ev->caught[si.ssi_signo].call != NULL)
			ev->caught[si.ssi_signo].call(
			    ev->caught[si.ssi_signo].arg, (int)si.ssi_signo);
}

void
event_signal(struct event *ev, int sig, event_caught call, void *arg)
{
	ev->caught[sig].call = call;
	ev->caught[sig].arg = arg;
	(void)sigaddset(&ev->mask, sig);
	(void)sigprocmask(SIG_BLOCK, &ev->mask, NULL);
	ev->signals = signalfd(ev->signals, &ev->mask, SFD_NONBLOCK | SFD_CLOEXEC);
	if (ev->signals < 0)
		log_fatal("cannot wait for signals");
	if (ev->signal_watch == NULL)
		ev->signal_watch = event_watch(ev, ev->signals, EVENT_READ,
		    signals_ready, ev);
}

/* ---- the loop ----------------------------------------------------------------- */

struct event *
event_new(void)
{
	struct event *ev = mem_alloc(sizeof *ev);

	ev->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (ev->epoll < 0)
		log_fatal("cannot make an event queue");
	ev->signals = -1;
	(void)sigemptyset(&ev->mask);
	ev->tick = clock_tick();
	return ev;
}

void
event_free(struct event **evp)
{
	struct event *ev = *evp;

	if (ev == NULL)
		return;
	event_unwatch(&ev->signal_watch);
	bury(ev);
	sweep_hooks(ev);
	if (ev->signals >= 0)
		(void)close(ev->signals);
	(void)close(ev->epoll);
	free(ev->heap);
	free(ev);
	*evp = NULL;
}

static int
time_to_wait(struct event *ev)
{
	int64_t wait;

	if (ev->again)
		return 0;
	if (ev->timers == 0)
		return -1;
	wait = ev->heap[1]->due - clock_tick();
	return wait <= 0 ? 0 : wait > INT_MAX ? INT_MAX : (int)wait;
}

void
event_run(struct event *ev)
{
	struct epoll_event ready[BATCH];
	int i, n;

	ev->stop = false;
	for (;;) {
		run_hooks(ev);
		bury(ev);
		if (ev->stop)
			return;
		n = epoll_wait(ev->epoll, ready, BATCH, time_to_wait(ev));
		if (n < 0 && errno != EINTR)
			log_fatal("cannot wait for events");
		ev->again = false;
		ev->tick = clock_tick();
		for (i = 0; i < n; i++)
			dispatch(ready[i].data.ptr, ready[i].events);
		run_timers(ev);
	}
}

void
event_stop(struct event *ev)
{
	ev->stop = true;
}

void
event_again(struct event *ev)
{
	ev->again = true;
}

int64_t
event_tick(const struct event *ev)
{
	return ev->tick;
}
