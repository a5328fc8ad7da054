/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include <sodium.h>

#include "base/buf.h"
#include "base/log.h"
#include "seal/opened.h"

#define SOME 64

/* Locked pages are few; so many keys share them. */
struct some {
	struct some *before;
	size_t count;
	int64_t number[SOME];
	unsigned char (*key)[BOX_KEY];
};

struct opened {
	struct some *last;
};

struct opened *
opened_new(void)
{
	return mem_alloc(sizeof(struct opened));
}

void
opened_free(struct opened **rp)
{
	struct some *s, *before;

	if (*rp == NULL)
		return;
	for (s = (*rp)->last; s != NULL; s = before) {
		before = s->before;
		sodium_free(s->key);
		free(s);
	}
	free(*rp);
	*rp = NULL;
}

static struct some *
room(struct opened *r)
{
	struct some *s = r->last;

	if (s != NULL && s->count < SOME)
		return s;
	s = mem_alloc(sizeof *s);
	s->key = sodium_allocarray(SOME, BOX_KEY);
	if (s->key == NULL)
		log_fatal("no memory for data keys");
	s->before = r->last;
	r->last = s;
	return s;
}

enum status
opened_add(struct opened *r, const struct opening_pair *pair,
    const struct data_key *key)
{
	struct some *s = room(r);
	enum status st = data_key_open(pair, key->sealed, s->key[s->count]);

	if (st == OK)
		s->number[s->count++] = key->number;
	return st;
}

/* Rows come in the order in which they were signed, so the last are asked for
 * most. */
const unsigned char *
opened_get(const struct opened *r, int64_t number)
{
	const struct some *s;
	size_t i;

	for (s = r->last; s != NULL; s = s->before)
		for (i = s->count; i-- > 0;)
			if (s->number[i] == number)
				return s->key[i];
	return NULL;
}
