/* visits.h - what is to be answered to the web role when a batch is kept
 *
 * What was seen is packed at once, since it lives in memory of the batch.
 */
#ifndef DAEMON_VISITS_H
#define DAEMON_VISITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ipc;
struct seen;
struct visits;

struct visits *visits_new(void);
void visits_free(struct visits **);
void visits_add(struct visits *, uint64_t id, const struct seen *);
size_t visits_count(const struct visits *);

/* Answer all and forget them.  Unless KEPT each hears of trouble instead.
 * Without a WEB they are only forgotten. */
void visits_answer(struct visits *, struct ipc *web, bool kept);

#endif
