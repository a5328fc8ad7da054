/* sender.h - several deliveries at once
 *
 * A few threads, each with its own SMTP session that it keeps open while there
 * is work; or, for "maildir:DIR", one that writes files durably.  Jobs are
 * taken in order, updates (bulk) after all others; results come back in the order they happen.  The only
 * threads in the program: libetpan blocks.
 *
 * Of a relay that pipelines, the envelope of the update that is next goes ahead
 * with the end of the mail on its turn (delivery/smtp.h), so that one exchange
 * serves a mail and not two.  Nothing waits for company: it is only done when
 * that update is in the queue and nothing urgent is.  One update for each thread
 * may therefore go before a request that comes meanwhile.  An update that went
 * ahead is not begun before its turn; when the session ends before that, by
 * whatever cause, it is offered anew or given back.
 *
 * A session is used for up to 100 mails and given back after five idle seconds.
 * When the relay does not let us in, the job is reported as RELAY_DOWN at once,
 * and so are those that waited behind it; when it only refuses one connection
 * more than we have (limits of the relay), the others carry on with the work.
 */
#ifndef DELIVERY_SENDER_H
#define DELIVERY_SENDER_H

#include <stdbool.h>
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
 * outside can tell which job was worked on when the process died, and which had
 * been begun.  A job may be taken up, and begun, more than once; and another
 * may be taken up for a moment meanwhile, to be made ready for its turn. */
enum sender_stage {
	SENDER_IN_HAND,         /* this one, and not what was before it */
	SENDER_BEGUN,           /* called before the first byte of its message is
	                           sent: before that nobody can have accepted it */
	SENDER_DONE
};
typedef void (*sender_mark)(void *arg, unsigned worker, int64_t id,
    enum sender_stage);

/* Resolves the relay and loads certificates, or makes the Maildir: before the
 * sandbox.  RENDERER is borrowed and may be replaced by sender_set_renderer. */
enum status sender_new(struct sender **out, const struct config *,
    const struct renderer *, sender_mark /* or NULL */, void *arg,
    struct reason *) MUST_CHECK;
/* Starts the threads: after the sandbox.  From here on SIGPIPE is ignored. */
enum status sender_start(struct sender *, struct reason *) MUST_CHECK;
/* The TCP port it will connect to, or 0 (for the sandbox); and the folder it
 * will write to, or NULL. */
int sender_port(const struct sender *);
const char *sender_dir(const struct sender *);

/* A packed job (message/job.h); copied.  What cannot be unpacked is reported
 * as UNRENDERED with id 0. */
void sender_give(struct sender *, const void *record, size_t len);
size_t sender_load(const struct sender *);      /* given and not yet reported */
/* Readable when there are results. */
int sender_fd(const struct sender *);
size_t sender_results(struct sender *, struct sender_result *out, size_t count);
/* Waits for what is being rendered; afterwards nobody uses the old one. */
void sender_set_renderer(struct sender *, const struct renderer *);
/* Begins no more jobs, and gives those in hand at most MILLISECONDS, then cuts
 * them off.  Their results can be taken as usual afterwards.  Jobs that were
 * never begun have none, but for updates (bulk), which are RELAY_DOWN: they
 * were not handed over (though their envelope may have gone ahead).  True when
 * all that was begun has ended. */
bool sender_drain(struct sender *, int milliseconds);
/* The same, then frees everything.  Results that were not taken are gone: the
 * mail may have been sent all the same, so drain first. */
void sender_stop(struct sender **, int milliseconds);

#endif
