/* sender.h - several deliveries at once
 *
 * A few threads, each with its own SMTP session that it keeps open while there
 * is work; or, for "maildir:DIR", one that writes files durably.  Jobs are
 * taken in order; results come back in the order they happen.  The only
 * threads in the program: libetpan blocks.
 */
#ifndef DELIVERY_SENDER_H
#define DELIVERY_SENDER_H

#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "base/status.h"

struct config;
struct renderer;
struct sender;

struct sender_result {
	int64_t id;             /* of the outbox entry */
	struct outcome outcome;
};

/* Called around work on one job, from the worker's thread, so that a watcher
 * outside can tell which job was in hand when the process died. */
typedef void (*sender_mark)(void *arg, unsigned worker, int64_t id /* 0: done */);

/* Resolves the relay and loads certificates: before the sandbox.  RENDERER is
 * borrowed and may be replaced by sender_set_renderer. */
enum status sender_new(struct sender **out, const struct config *,
    const struct renderer *, sender_mark, void *arg, struct reason *) MUST_CHECK;
enum status sender_start(struct sender *, struct reason *) MUST_CHECK;
/* The TCP port it will connect to, or 0 (for the sandbox); and the folder it
 * will write to, or NULL. */
int sender_port(const struct sender *);
const char *sender_dir(const struct sender *);

/* A packed job (message/job.h); copied. */
void sender_give(struct sender *, const void *record, size_t len);
size_t sender_load(const struct sender *);      /* given and not yet reported */
/* Readable when there are results. */
int sender_fd(const struct sender *);
size_t sender_results(struct sender *, struct sender_result *out, size_t count);
/* Waits for jobs in hand, then frees the old renderer's place for NEW. */
void sender_set_renderer(struct sender *, const struct renderer *);
/* Finishes jobs in hand for at most MILLISECONDS, then gives up on them. */
void sender_stop(struct sender **, int milliseconds);

#endif
