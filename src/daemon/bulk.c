/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "daemon/blackbox.h"
#include "daemon/bulk.h"
#include "daemon/event.h"
#include "daemon/ipc.h"
#include "daemon/role.h"
#include "message/job.h"
#include "outbox/window.h"
#include "store/mailing.h"

/* On their way, for each connection, at least and at most; between them a
 * sixteenth of what goes through in a second.  What is claimed is unknown when
 * the keeper ends: it is not to be more than speed needs. */
#define EACH_LEAST 4
#define EACH_MOST 32
#define PART 16
#define MEASURE 125             /* milliseconds between looks at the speed */

struct bulk {
	struct role_self *self;
	struct mailings *mailings;
	struct window *window;
	unsigned slot;
	const struct blackbox *deliverys;
	size_t most;                    /* claimed and not settled at once, now */
	size_t least, limit;            /* of that */
	size_t came;                    /* outcomes since it was measured */
	int64_t measured_at;            /* tick */
	bool flush;                     /* write outcomes, however few */
	bool farewell;                  /* delivery has told all and ends */
};

struct bulk *
bulk_new(struct role_self *self, const struct outbox_setup *setup,
    struct window *window, unsigned slot, const struct blackbox *deliverys,
    mailing_refused refused, void *arg)
{
	struct bulk *b = mem_alloc(sizeof *b);
	size_t connections = (size_t)self->config->delivery.connections;

	b->self = self;
	b->window = window;
	b->slot = slot;
	b->deliverys = deliverys;
	b->limit = connections * EACH_MOST < MAILING_WINDOW ?
	    connections * EACH_MOST : MAILING_WINDOW;
	b->least = connections * EACH_LEAST < b->limit ?
	    connections * EACH_LEAST : b->limit;
	b->most = b->least;
	b->mailings = mailings_new(setup, refused, arg);
	return b;
}

void
bulk_free(struct bulk **bp)
{
	if (*bp == NULL)
		return;
	mailings_free(&(*bp)->mailings);
	free(*bp);
	*bp = NULL;
}

struct mailings *
bulk_mailings(struct bulk *b)
{
	return b->mailings;
}

size_t
bulk_on_way(const struct bulk *b)
{
	return mailings_on_way(b->mailings);
}

/* ---- how much, and when --------------------------------------------------------- */

static struct ipc *
delivery(const struct bulk *b)
{
	struct ipc *ipc = b->self->peer[ROLE_DELIVERY];

	return b->farewell || b->self->stopping ||
	    b->self->config->delivery.relay == NULL || ipc == NULL ||
	    ipc_is_full(ipc) ? NULL : ipc;
}

static size_t
room(const struct bulk *b)
{
	size_t used = mailings_on_way(b->mailings) +
	    mailings_waiting(b->mailings), left;

	if (delivery(b) == NULL || used >= b->most)
		return 0;
	/* What waits will take its part of the window, one when it probes. */
	left = window_room(b->window, event_tick(b->self->event));
	if (left <= mailings_waiting(b->mailings))
		return 0;
	left -= mailings_waiting(b->mailings);
	return left < b->most - used ? left : b->most - used;
}

/* A sync for half of what may be on its way: delivery works on the other half
 * meanwhile.  Single outcomes wait for others, but not over a second. */
bool
bulk_wants_commit(const struct bulk *b)
{
	size_t left = room(b), on_way = mailings_on_way(b->mailings);

	if (mailings_unsettled(b->mailings) > 0 && (b->flush ||
	    b->self->stopping || b->farewell || on_way <= b->most / 2))
		return true;
	return (left >= b->most / 2 || on_way == 0) &&
	    mailings_unsettled(b->mailings) == 0 &&
	    mailings_wants_turn(b->mailings, left);
}

enum status
bulk_turn(struct bulk *b, struct arena *arena)
{
	return mailings_turn(b->mailings, arena, room(b), clock_now());
}

void
bulk_ended(struct bulk *b, bool committed)
{
	if (committed)
		mailings_committed(b->mailings);
	else
		mailings_rolled_back(b->mailings);
	b->flush = false;
}

static void
measure(struct bulk *b)
{
	int64_t now = event_tick(b->self->event), passed = now - b->measured_at;
	size_t most;

	b->came++;
	if (passed < MEASURE)
		return;
	most = passed > 10 * MEASURE ? 0 :
	    b->came * 1000 / (size_t)passed / PART;
	b->most = most < b->least ? b->least : most > b->limit ? b->limit : most;
	b->came = 0;
	b->measured_at = now;
}

/* ---- to delivery, and back --------------------------------------------------------- */

static void
send_words(struct bulk *b, struct ipc *ipc)
{
	const struct mailing_text *texts;
	const char *slug;
	int64_t mailing;
	size_t count, i;

	while (mailings_text(b->mailings, &mailing, &slug, &texts, &count) == OK)
		for (i = 0; i < count; i++) {
			struct job_text text = { mailing, slug,
			    texts[i].language, texts[i].subject, texts[i].body };

			text_pack(&text, ipc_begin(ipc, IPC_TEXT,
			    (uint64_t)mailing));
			ipc_end(ipc);
		}
}

static void
send_job(struct bulk *b, struct ipc *ipc, const struct job *job)
{
	static const struct outcome doubt = { .kind = OUTCOME_IN_DOUBT };
	unsigned char name[BLACKBOX_NAME];

	blackbox_name_id(name, job->id);
	if (poison_has(b->self->poison, name)) {
		log_warnx("o=%lld outcome=unknown it ended a role twice",
		    (long long)job->id);
		mailings_outcome(b->mailings, job->id, &doubt);
		return;
	}
	window_add(b->window, job->id);
	job_pack(job, ipc_begin(ipc, IPC_JOB, (uint64_t)job->id));
	ipc_end(ipc);
}

void
bulk_hand_out(struct bulk *b, struct arena *arena)
{
	struct ipc *ipc;
	enum status st = OK;
	struct job job;

	while (st == OK && mailings_waiting(b->mailings) > 0 &&
	    (ipc = delivery(b)) != NULL &&
	    window_room(b->window, event_tick(b->self->event)) > 0) {
		send_words(b, ipc);
		st = mailings_next(b->mailings, arena, clock_now(),
		    blackbox_begun(b->deliverys), &job);
		if (st == OK)
			send_job(b, ipc, &job);
		arena_reset(arena);
	}
	mailings_forget_people(b->mailings);
	if (st != OK && st != NOT_FOUND)
		log_warnx("update=waits its mails cannot be made: %s",
		    status_text(st));
}

bool
bulk_outcome(struct bulk *b, int64_t id, const struct outcome *outcome)
{
	bool known = window_has(b->window, id);

	if (id == 0) {
		b->farewell = outcome->kind == OUTCOME_RELAY_DOWN;
		return true;
	}
	if (!mailing_is_job(id))
		return false;
	window_remove(b->window, id);
	if (known && outcome->kind == OUTCOME_RELAY_DOWN)
		window_relay_down(b->window, event_tick(b->self->event));
	else if (known)
		window_relay_up(b->window);
	mailings_outcome(b->mailings, id, outcome);
	measure(b);
	return true;
}

/* ---- time and peers -------------------------------------------------------------------- */

void
bulk_poll(struct bulk *b)
{
	enum status st = mailings_refresh(b->mailings, clock_now());

	b->flush = true;
	if (st != OK)
		log_warnx("update=waits the database cannot be read: %s",
		    status_text(st));
}

static bool
has_begun(void *arg, int64_t job, uint64_t since)
{
	const struct bulk *b = arg;

	return blackbox_has_begun(b->deliverys, job, since);
}

void
bulk_joined(struct bulk *b)
{
	b->farewell = false;
	mailings_new_delivery(b->mailings, has_begun, b);
	b->flush = true;
}

void
bulk_lost(struct bulk *b)
{
	mailings_lost(b->mailings, b->farewell);
}
