/* fit.h - the campaigns that all of the program can work with
 *
 * A campaign is fit when its folder has no mistake, its schedules come some day,
 * the templates of each of its languages are there and good, and there is a list
 * of words for each.  Every
 * role loads campaigns by this, so that all agree which are in.  One that is
 * not fit is out alone: its mail waits with its sender and its outbox waits,
 * and nothing of it is lost.
 */
#ifndef TEMPLATE_FIT_H
#define TEMPLATE_FIT_H

#include "base/status.h"

struct campaigns;
struct config;

struct campaign;

/* Those that are fit.  IN_USE as in campaigns_rule, or NULL. */
enum status fit_load(struct campaigns **out, const struct config *,
    const struct campaigns *in_use, struct reason *) MUST_CHECK;

/* More that a campaign needs to be fit for one role; OK when it has it. */
typedef enum status (*fit_also)(void *arg, const struct campaign *,
    struct reason *);
enum status fit_load_also(struct campaigns **out, const struct config *,
    const struct campaigns *in_use, fit_also, void *arg, struct reason *)
    MUST_CHECK;

/* The same, and TELL hears of each other one in place of the log. */
enum status fit_load_telling(struct campaigns **out, const struct config *,
    void (*tell)(void *arg, const char *slug, const char *why), void *arg,
    struct reason *) MUST_CHECK;

#endif
