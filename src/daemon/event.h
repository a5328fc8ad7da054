/* event.h - waiting, for one thread
 *
 * A loop over epoll, a heap of timers, signals, and hooks that run once a turn
 * before it waits again.  Hooks are what makes work come in batches: all that
 * is ready is dispatched first, then EVENT_WORK hooks do what it adds up to
 * (the keeper's one commit), then EVENT_SEND hooks write it out.
 *
 * Everything may be called from within a callback; what was freed there is
 * not called again, even in the same turn.
 */
#ifndef DAEMON_EVENT_H
#define DAEMON_EVENT_H

#include <stdint.h>

struct event;
struct event_watch;
struct event_timer;
struct event_hook;

#define EVENT_READ  1u
#define EVENT_WRITE 2u

/* WHAT is what was found of what is wanted.  A hang-up or an error is told as
 * whatever is wanted; reading or writing then says what it is. */
typedef void (*event_ready)(void *arg, unsigned what);
typedef void (*event_call)(void *arg);
typedef void (*event_caught)(void *arg, int signal);

struct event *event_new(void);          /* fatal when the system refuses */
void event_free(struct event **);       /* after all that is registered */

void event_run(struct event *);         /* until event_stop, to the end of that turn */
void event_stop(struct event *);
void event_again(struct event *);       /* this turn: do not wait at its end */
int64_t event_tick(const struct event *);       /* clock_tick as of this turn */

/* The fd stays the caller's; unwatch before closing it. */
struct event_watch *event_watch(struct event *, int fd, unsigned what,
    event_ready, void *arg);
/* Costs nothing until something comes that is not wanted any more, or
 * something is wanted that the kernel does not watch for yet. */
void event_want(struct event_watch *, unsigned what);
void event_unwatch(struct event_watch **);

/* Off until set.  Fires once for each setting, never before TICK. */
struct event_timer *event_timer_new(struct event *, event_call, void *arg);
void event_timer_set(struct event_timer *, int64_t tick);  /* CLOCK_NEVER: off */
void event_timer_free(struct event_timer **);

enum event_order { EVENT_WORK, EVENT_SEND };
struct event_hook *event_hook_new(struct event *, enum event_order, event_call,
    void *arg);
void event_hook_free(struct event_hook **);

/* Blocks SIGNAL and has it told by the loop. */
void event_signal(struct event *, int signal, event_caught, void *arg);

#endif
