/* SPDX-License-Identifier: ISC */
#include "outbox/mailing_engine.h"

void
mailing_entry_set(struct mailings *m, struct entry *e, enum entry_state state)
{
	m->count[e->state]--;
	m->count[state]++;
	e->state = state;
}

struct entry *
mailing_entry_add(struct mailings *m, int64_t mailing, int64_t signature,
    enum entry_state state)
{
	struct entry *e;

	if (m->entries == MAILING_ENTRIES)
		return NULL;
	m->id[m->entries] = mailing_job_id(mailing, signature);
	e = &m->entry[m->entries++];
	*e = (struct entry){ .mailing = mailing, .signature = signature,
	    .state = state };
	m->count[state]++;
	return e;
}

struct entry *
mailing_entry_find(struct mailings *m, int64_t id)
{
	size_t i;

	for (i = 0; i < m->entries; i++)
		if (m->id[i] == id)
			return &m->entry[i];
	return NULL;
}

void
entries_remove(struct mailings *m, enum entry_state state)
{
	size_t i, to = 0;

	for (i = 0; i < m->entries; i++) {
		if (m->entry[i].state == state)
			continue;
		if (to < i) {
			m->entry[to] = m->entry[i];
			m->id[to] = m->id[i];
		}
		to++;
	}
	m->count[state] = 0;
	m->entries = to;
}

void
mailing_entry_end(struct mailings *m, struct entry *e, enum end end)
{
	e->end = end;
	mailing_entry_set(m, e, KNOWN);
}

void
entries_give_back(struct mailings *m, int64_t mailing /* 0: all */)
{
	size_t i;

	for (i = 0; i < m->entries; i++)
		if (m->entry[i].state == READY &&
		    (mailing == 0 || m->entry[i].mailing == mailing))
			mailing_entry_end(m, &m->entry[i], END_GIVE_BACK);
}
