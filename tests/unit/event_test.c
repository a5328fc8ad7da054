/* SPDX-License-Identifier: ISC */
#include "tests/unit/check.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "daemon/event.h"

/* What happened, one letter each. */
static char story[256];
static struct event *ev;

static void
tell(char c)
{
	size_t n = strlen(story);

	if (n < sizeof story - 1) {
		story[n] = c;
		story[n + 1] = '\0';
	}
}

static int
begin(void **state)
{
	(void)state;
	memset(story, 0, sizeof story);
	ev = event_new();
	return 0;
}

static int
end(void **state)
{
	(void)state;
	event_free(&ev);
	assert_null(ev);
	return 0;
}

static void
stop(void *arg)
{
	(void)arg;
	event_stop(ev);
}

/* Runs the loop for a while. */
static void
run_for(int ms)
{
	struct event_timer *t = event_timer_new(ev, stop, NULL);

	event_timer_set(t, clock_tick() + ms);
	event_run(ev);
	event_timer_free(&t);
}

/* ---- timers */

struct mark {
	char letter;
	struct event_timer *timer;
	int again;              /* set itself once more, so many times */
	bool frees_itself;
	struct mark *cancels;
};

static void
ring(void *arg)
{
	struct mark *m = arg;

	tell(m->letter);
	if (m->again-- > 0)
		event_timer_set(m->timer, clock_tick());
	if (m->cancels != NULL)
		event_timer_set(m->cancels->timer, CLOCK_NEVER);
	if (m->frees_itself)
		event_timer_free(&m->timer);
}

static void
timers_ring_in_order(void **state)
{
	struct mark a = { .letter = 'a' }, b = { .letter = 'b', .again = 2 };
	struct mark c = { .letter = 'c', .frees_itself = true };
	struct mark d = { .letter = 'd' }, e = { .letter = 'e', .cancels = &d };
	struct mark *all[] = { &a, &b, &c, &d, &e };
	int64_t now = clock_tick();
	size_t i;

	(void)state;
	for (i = 0; i < 5; i++)
		all[i]->timer = event_timer_new(ev, ring, all[i]);
	event_timer_set(d.timer, now + 40);
	event_timer_set(c.timer, now + 20);
	event_timer_set(a.timer, now + 90);
	event_timer_set(a.timer, now + 1);      /* the later setting counts */
	event_timer_set(b.timer, now + 10);
	event_timer_set(e.timer, now + 30);
	run_for(60);
	assert_string_equal(story, "abbbce");
	for (i = 0; i < 5; i++)
		event_timer_free(&all[i]->timer);
}

static int64_t last_due;

/* All that are due in one turn come earliest first. */
static void
ring_in_order(void *arg)
{
	int64_t due = *(int64_t *)arg;

	assert_true(due <= clock_tick());
	tell(due >= last_due ? '.' : '!');
	last_due = due;
}

static void
heap_keeps_order(void **state)
{
	enum { N = 500 };
	static struct { struct event_timer *timer; int64_t due; } many[N];
	int64_t now = clock_tick();
	unsigned seed = 7;
	size_t i;

	(void)state;
	last_due = 0;
	for (i = 0; i < N; i++) {
		seed = seed * 1103515245 + 12345;
		many[i].due = now + (int64_t)(seed >> 16) % 20;
		many[i].timer = event_timer_new(ev, ring_in_order,
		    &many[i].due);
		event_timer_set(many[i].timer, many[i].due);
	}
	/* Taking out of the middle must leave a heap. */
	for (i = 0; i < N; i += 2)
		event_timer_free(&many[i].timer);
	run_for(40);
	assert_int_equal(strlen(story), N / 2);
	assert_null(strchr(story, '!'));
	for (i = 1; i < N; i += 2)
		event_timer_free(&many[i].timer);
}

static void
a_timer_is_never_early(void **state)
{
	int64_t from = clock_tick();

	(void)state;
	run_for(30);
	assert_true(clock_tick() >= from + 30);
	assert_true(clock_tick() < from + 3000);
}

/* ---- descriptors */

struct end {
	int fd;
	char letter;
	struct event_watch *watch, **other;
	bool greedy;            /* reads what there is */
};

static void
ready(void *arg, unsigned what)
{
	struct end *e = arg;
	char c;

	tell(what & EVENT_READ ? e->letter : (char)(e->letter - 32));
	if (e->greedy && read(e->fd, &c, 1) < 0)
		tell('!');
	if (e->other != NULL)
		event_unwatch(e->other);
}

static void
narrowing_is_lazy_and_widening_is_not(void **state)
{
	struct end e = { .letter = 'r' };
	int fd[2];

	(void)state;
	assert_int_equal(pipe(fd), 0);
	e.fd = fd[0];
	e.watch = event_watch(ev, fd[0], EVENT_READ, ready, &e);
	event_want(e.watch, 0);
	assert_int_equal(write(fd[1], "1", 1), 1);
	run_for(20);
	assert_string_equal(story, "");         /* nothing, and no spinning */
	e.greedy = true;
	event_want(e.watch, EVENT_READ);
	run_for(20);
	assert_string_equal(story, "r");
	event_want(e.watch, 0);
	(void)close(fd[1]);                     /* a hang-up is not wanted either */
	run_for(20);
	assert_string_equal(story, "r");
	event_unwatch(&e.watch);
	assert_null(e.watch);
	(void)close(fd[0]);
}

static void
a_hang_up_is_told(void **state)
{
	struct end e = { .letter = 'r', .other = &e.watch };
	int fd[2];

	(void)state;
	assert_int_equal(pipe(fd), 0);
	e.fd = fd[0];
	e.watch = event_watch(ev, fd[0], EVENT_READ, ready, &e);
	(void)close(fd[1]);
	run_for(20);
	assert_string_equal(story, "r");        /* once: it unwatched itself */
	(void)close(fd[0]);
}

static void
what_is_unwatched_is_not_called_in_the_same_turn(void **state)
{
	struct end a = { .letter = 'a', .greedy = true };
	struct end b = { .letter = 'b', .greedy = true, .other = &a.watch };
	int one[2], two[2];

	(void)state;
	a.other = &b.watch;
	assert_int_equal(pipe(one), 0);
	assert_int_equal(pipe(two), 0);
	a.fd = one[0];
	b.fd = two[0];
	a.watch = event_watch(ev, a.fd, EVENT_READ, ready, &a);
	b.watch = event_watch(ev, b.fd, EVENT_READ, ready, &b);
	assert_int_equal(write(one[1], "1", 1), 1);
	assert_int_equal(write(two[1], "1", 1), 1);
	run_for(20);
	assert_int_equal(strlen(story), 1);
	event_unwatch(&a.watch);
	event_unwatch(&b.watch);
	(void)close(one[0]); (void)close(one[1]);
	(void)close(two[0]); (void)close(two[1]);
}

/* ---- hooks */

static struct event_hook *hooks[4];

static void work(void *arg) { (void)arg; tell('w'); }
static void late_work(void *arg) { (void)arg; tell('x'); event_hook_free(&hooks[2]); }
static void send_out(void *arg) { (void)arg; tell('s'); }

static void
work_comes_before_sending(void **state)
{
	(void)state;
	hooks[0] = event_hook_new(ev, EVENT_SEND, send_out, NULL);
	hooks[1] = event_hook_new(ev, EVENT_WORK, work, NULL);
	hooks[2] = event_hook_new(ev, EVENT_WORK, late_work, NULL);
	hooks[3] = event_hook_new(ev, EVENT_SEND, stop, NULL);
	event_again(ev);
	event_run(ev);
	assert_string_equal(story, "wxs");
	event_run(ev);          /* late_work took itself out */
	assert_string_equal(story, "wxsws");
	event_hook_free(&hooks[0]);
	event_hook_free(&hooks[1]);
	event_hook_free(&hooks[3]);
}

static int turns;

static void
count_turns(void *arg)
{
	(void)arg;
	if (++turns < 1000)
		event_again(ev);
	else
		event_stop(ev);
}

static void
again_does_not_wait(void **state)
{
	int64_t from = clock_tick();
	struct event_hook *h = event_hook_new(ev, EVENT_WORK, count_turns, NULL);

	(void)state;
	turns = 0;
	event_run(ev);
	assert_int_equal(turns, 1000);
	assert_true(clock_tick() - from < 2000);
	event_hook_free(&h);
}

/* ---- signals */

static void
caught(void *arg, int sig)
{
	(void)arg;
	tell(sig == SIGUSR1 ? '1' : '2');
	if (sig == SIGUSR2)
		event_stop(ev);
}

static void
signals_come_through_the_loop(void **state)
{
	(void)state;
	event_signal(ev, SIGUSR1, caught, NULL);
	event_signal(ev, SIGUSR2, caught, NULL);
	assert_int_equal(kill(getpid(), SIGUSR1), 0);
	assert_string_equal(story, "");
	run_for(20);
	assert_string_equal(story, "1");
	assert_int_equal(kill(getpid(), SIGUSR2), 0);
	event_run(ev);
	assert_string_equal(story, "12");
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		T(timers_ring_in_order),
		T(heap_keeps_order),
		T(a_timer_is_never_early),
		T(narrowing_is_lazy_and_widening_is_not),
		T(a_hang_up_is_told),
		T(what_is_unwatched_is_not_called_in_the_same_turn),
		T(work_comes_before_sending),
		T(again_does_not_wait),
		T(signals_come_through_the_loop),
	};

	alarm(60);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
