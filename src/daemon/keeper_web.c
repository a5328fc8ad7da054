/* SPDX-License-Identifier: ISC */
#include "base/arena.h"
#include "base/clock.h"
#include "daemon/blackbox.h"
#include "daemon/ipc.h"
#include "daemon/keeper.h"
#include "daemon/visits.h"
#include "message/visit.h"
#include "petition/figures.h"
#include "petition/visit.h"

/* One that twice ended this role is not looked at again. */
static enum status
take_visit(struct keeper *k, const struct visit *visit, const void *record,
    size_t len, struct seen *out)
{
	unsigned char name[BLACKBOX_NAME];
	enum status st;

	blackbox_name_bytes(name, record, len);
	if (poison_has(k->self->poison, name))
		return OK;
	blackbox_take(k->self->box, BOX_LETTER, name);
	st = petition_visit(k->petition, k->letter, visit, clock_now(), out);
	blackbox_done(k->self->box, BOX_LETTER);
	return st;
}

/* Looking is answered with the batch too, so that nobody is shown what may not
 * be kept. */
static void
on_visit(struct keeper *k, uint64_t id, const void *bytes, size_t len)
{
	struct seen seen = { .kind = SEEN_TROUBLE };
	struct visit visit;
	enum status st = visit_unpack(&visit, k->letter, bytes, len);

	if (st != OK)
		keeper_note_unreadable(k, "visit", "web");
	else if (visit.kind == VISIT_HEALTH)
		seen.kind = SEEN_WELL;
	else {
		if (visit.kind == VISIT_ACT)
			keeper_batch_open(k);
		if (k->batch == OK)
			st = take_visit(k, &visit, bytes, len, &seen);
		if (st != OK && k->in_batch && k->batch == OK)
			keeper_batch_failed(k, st);
		if (st != OK)
			seen = (struct seen){ .kind = SEEN_TROUBLE };
	}
	visits_add(k->visits, id, &seen);
	arena_reset(k->letter);
	if (visits_count(k->visits) >= KEEPER_BATCH_MAX || keeper_is_careful(k))
		keeper_batch_close(k);
}

static void
on_ask_figures(struct keeper *k, uint64_t id)
{
	struct ipc *web = k->self->peer[ROLE_WEB];

	petition_figures(k->petition, clock_now(), ipc_begin(web, IPC_FIGURES, id));
	ipc_end(web);
}

void
keeper_from_web(struct keeper *k, enum ipc_type type, uint64_t id,
    const void *bytes, size_t len)
{
	if (type == IPC_VISIT)
		on_visit(k, id, bytes, len);
	else if (type == IPC_ASK_FIGURES)
		on_ask_figures(k, id);
}
