/* check.h - inside of undersign check: its points, and those in files of their own
 */
#ifndef CTL_CHECK_H
#define CTL_CHECK_H

#include "base/status.h"

struct campaign;
struct countries;
struct ctl;
struct renderer;
struct smtp_relay;
struct vocabulary;

struct checking {
	struct ctl *ctl;
	struct countries *countries;
	struct vocabulary *vocabulary;
	struct renderer *renderer;
	int offline;
	int warned, failed;
};

enum finding { FINE, WARN, FAILED };

/* One point: what was looked at, and what was found or has to be done. */
void point(struct checking *, enum finding, const char *what,
    const char *format, ...) PRINTF_LIKE(4, 5);

enum status check_relay_new(const struct checking *, struct smtp_relay **out,
    struct reason *) MUST_CHECK;

/* What a campaign that can be read lacks; warnings only. */
void check_campaign(struct checking *, const struct campaign *);

/* What DNS says of our domain; nothing is broken where nobody answers. */
void check_dns(struct checking *);

/* Sends a mail through the relay to the daemon, waits for it to come in, and
 * says how it looked. */
void check_mail(struct checking *, int seconds);

#endif
