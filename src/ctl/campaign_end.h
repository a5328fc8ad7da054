/* campaign_end.h - opening, closing and handing in a campaign
 *
 * Closing and handing in start the clocks of what is kept (petition/retention.h);
 * the daemon tells the signers, an hour later (petition/ended.c).
 *
 *	            open      close     hand-in
 *	open        -         closed    handed in
 *	closed      open*     -         handed in
 *	handed in   refused   closed    -
 *
 * "-": nothing to do.  *: not when who has signed cannot be found any more, for
 * they would be counted twice.
 */
#ifndef CTL_CAMPAIGN_END_H
#define CTL_CAMPAIGN_END_H

#include <stdint.h>

struct campaign;
struct ctl;
struct store;

enum campaign_move { MOVE_OPEN, MOVE_CLOSE, MOVE_HAND_IN };

const char *campaign_state_text(int state);     /* "open" */

/* The exit code, after saying what was done. */
int campaign_move(struct ctl *, const char *slug, enum campaign_move);
/* For `campaign show`: since when, and what is erased when. */
void campaign_show_end(struct store *, const struct campaign *, int64_t id);

#endif
