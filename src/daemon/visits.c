/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/buf.h"
#include "daemon/ipc.h"
#include "daemon/visits.h"
#include "message/visit.h"

struct place {
	uint64_t id;
	size_t end;             /* in bytes; it begins where the last one ends */
};

struct visits {
	struct buf bytes;
	struct place *place;
	size_t count, room;
};

struct visits *
visits_new(void)
{
	struct visits *v = mem_alloc(sizeof *v);

	buf_init(&v->bytes);
	return v;
}

void
visits_free(struct visits **vp)
{
	struct visits *v = *vp;

	if (v == NULL)
		return;
	buf_wipe(&v->bytes);
	free(v->place);
	free(v);
	*vp = NULL;
}

void
visits_add(struct visits *v, uint64_t id, const struct seen *seen)
{
	if (v->count == v->room) {
		v->room = v->room * 2 + 16;
		v->place = mem_realloc(v->place, v->room, sizeof *v->place);
	}
	seen_pack(seen, &v->bytes);
	v->place[v->count++] = (struct place){ id, v->bytes.len };
}

size_t
visits_count(const struct visits *v)
{
	return v->count;
}

void
visits_answer(struct visits *v, struct ipc *web, bool kept)
{
	static const struct seen trouble = { .kind = SEEN_TROUBLE };
	size_t i, from = 0;

	for (i = 0; web != NULL && i < v->count; i++) {
		if (kept)
			ipc_send(web, IPC_SEEN, v->place[i].id,
			    v->bytes.data + from, v->place[i].end - from);
		else {
			seen_pack(&trouble, ipc_begin(web, IPC_SEEN,
			    v->place[i].id));
			ipc_end(web);
		}
		from = v->place[i].end;
	}
	if (v->count > 0)
		buf_wipe(&v->bytes);
	v->count = 0;
}
