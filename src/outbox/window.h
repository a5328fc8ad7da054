/* window.h - which promised mails are on their way just now
 *
 * The keeper's memory, not the store's: after a crash it is empty and whatever
 * was on its way is due again (O3).  Decides what to hand to delivery next:
 * answers before requests before updates, never more at once than the window
 * holds, nothing while the relay is being left in peace, and after trouble one
 * mail as a probe first.  No SQL and no keys here.
 */
#ifndef OUTBOX_WINDOW_H
#define OUTBOX_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct window;

struct window *window_new(size_t size);
void window_free(struct window **);

/* How many more may go now (0 while the relay rests); TICK as clock_tick. */
size_t window_room(const struct window *, int64_t tick);
size_t window_count(const struct window *);
bool window_has(const struct window *, int64_t id);
void window_add(struct window *, int64_t id);
void window_remove(struct window *, int64_t id);        /* unknown: nothing */
void window_clear(struct window *);     /* delivery died: all are due again */

/* The relay could not be reached: rest, 1 s doubling to 60 s.  It could:
 * everything goes again. */
void window_relay_down(struct window *, int64_t tick);
void window_relay_up(struct window *);
int64_t window_rest_until(const struct window *);       /* tick; 0: not resting */
/* How many of the mails that are due the next probe passes over: each probe in
 * vain tries another one, should the trouble be with the mail after all. */
size_t window_skip(const struct window *);
#define WINDOW_SKIP_MOST 64

#endif
