/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "store/consent.h"
#include "store/query.h"

/* What she said of the same before on this day. */
static enum status
replace(struct store *s, const struct consent *c)
{
	struct query q;

	query_open(&q, s, Q_CONSENT_REPLACE);
	query_int(&q, c->signature);
	query_int(&q, c->kind);
	query_text(&q, c->about);
	query_int(&q, c->day);
	return query_run(&q, NULL);
}

static enum status
trim(struct store *s, int64_t signature)
{
	struct query q;

	query_open(&q, s, Q_CONSENT_TRIM);
	query_int(&q, signature);
	query_int(&q, CONSENT_MOST);
	return query_run(&q, NULL);
}

enum status
store_consent_add(struct store *s, const struct consent *c)
{
	struct query q;
	enum status st = replace(s, c);

	if (st != OK)
		return st;
	query_open(&q, s, Q_CONSENT_ADD);
	query_int(&q, c->signature);
	query_int(&q, c->kind);
	query_text(&q, c->about);
	query_int(&q, c->given);
	query_int(&q, c->day);
	query_int(&q, c->text);
	st = query_run(&q, NULL);
	return st == OK ? trim(s, c->signature) : st;
}

static enum status
read_all(struct query *q, struct arena *arena, struct consent **out,
    size_t *count_out)
{
	struct consent *list = NULL;
	size_t n = 0;

	while (query_next(q) == OK) {
		list = query_room(arena, list, n, sizeof *list);
		list[n].signature = query_get_int(q);
		list[n].kind = (enum consent_kind)query_get_int(q);
		list[n].about = query_get_text(q, arena);
		list[n].given = query_get_int(q) != 0;
		list[n].day = (int32_t)query_get_int(q);
		list[n++].text = query_get_int(q);
	}
	*out = list;
	*count_out = q->status == OK ? n : 0;
	return query_close(q);
}

enum status
store_consent_range(struct store *s, struct arena *arena, int64_t after,
    int64_t last, struct consent **out, size_t *count_out)
{
	struct query q;

	query_open(&q, s, Q_CONSENT_RANGE);
	query_int(&q, after);
	query_int(&q, last);
	return read_all(&q, arena, out, count_out);
}

enum status
store_consents(struct store *s, struct arena *arena, int64_t signature,
    struct consent **out, size_t *count_out)
{
	return store_consent_range(s, arena, signature - 1, signature, out,
	    count_out);
}

enum status
store_consents_forget(struct store *s, int64_t signature)
{
	struct query q;

	query_open(&q, s, Q_CONSENT_REMOVE);
	query_int(&q, signature);
	return query_run(&q, NULL);
}

/* ---- what counts ------------------------------------------------------------- */

const struct consent *
consent_last(const struct consent *list, size_t count, enum consent_kind kind,
    const char *about)
{
	while (count-- > 0)
		if (list[count].kind == kind &&
		    strcmp(list[count].about, about) == 0)
			return &list[count];
	return NULL;
}

bool
consent_holds(const struct consent *list, size_t count, size_t i)
{
	return list[i].given &&
	    consent_last(list, count, list[i].kind, list[i].about) == &list[i];
}

/* ---- wordings ----------------------------------------------------------------- */

enum status
store_consent_text_add(struct store *s, struct consent_text *t)
{
	struct query q;
	enum status st, end;

	query_open(&q, s, Q_CONSENT_TEXT_FIND);
	query_int(&q, t->campaign);
	query_text(&q, t->language);
	query_blob(&q, t->hash, sizeof t->hash);
	st = query_next(&q);
	if (st == OK)
		t->id = query_get_int(&q);
	end = query_close(&q);
	if (end != OK || st == OK)
		return end;
	query_open(&q, s, Q_CONSENT_TEXT_ADD);
	query_int(&q, t->campaign);
	query_text(&q, t->language);
	query_blob(&q, t->hash, sizeof t->hash);
	query_int(&q, t->day);
	query_text(&q, t->body);
	st = query_run(&q, NULL);
	if (st == OK)
		t->id = sqlite3_last_insert_rowid(s->db);
	return st;
}

enum status
store_consent_texts(struct store *s, struct arena *arena, int64_t campaign,
    struct consent_text **out, size_t *count_out)
{
	struct consent_text *list = NULL;
	struct query q;
	size_t n = 0;

	query_open(&q, s, Q_CONSENT_TEXT_LIST);
	query_int(&q, campaign);
	while (query_next(&q) == OK) {
		list = query_room(arena, list, n, sizeof *list);
		list[n].id = query_get_int(&q);
		list[n].campaign = query_get_int(&q);
		list[n].language = query_get_text(&q, arena);
		(void)query_get_bytes(&q, list[n].hash, sizeof list[n].hash);
		list[n].day = (int32_t)query_get_int(&q);
		list[n++].body = query_get_text(&q, arena);
	}
	*out = list;
	*count_out = q.status == OK ? n : 0;
	return query_close(&q);
}
