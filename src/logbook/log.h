/* log.h - inside of logbook/: what its files share */
#ifndef LOGBOOK_LOG_H
#define LOGBOOK_LOG_H

#include "logbook/logbook.h"

struct logbook {
	struct logbook_setup with;
	logbook_fill *fill;
	void *arg;                      /* of it */
	struct log *logs;
	size_t count;
	struct log *pending;            /* until logbook_settle */
	size_t pending_count;
};

/* batch.c.  Within a transaction: appends what waits; *APPENDED_OUT entries. */
enum status batch_append(struct logbook *, const struct log *, struct arena *,
    struct tally *, int64_t now, uint64_t *appended_out) MUST_CHECK;
/* batch.c.  Within a transaction: the checkpoint of what is in the database, into
 * guard and database. */
enum status batch_sign(struct logbook *, const struct log *, struct arena *,
    const struct tally *, int64_t now) MUST_CHECK;

#endif
