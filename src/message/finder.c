/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "message/finder.h"

static uint32_t
add_octet(uint32_t key, char c, size_t octets)
{
	key = key << 8 | (unsigned char)c;
	return octets == 4 ? key : key & ((UINT32_C(1) << 8 * octets) - 1);
}

static size_t
bucket(uint32_t key)
{
	return key * UINT32_C(2654435761) >> 22;
}

/* The key TEXT begins with; 0 when it is too short. */
static uint32_t
key_of(const struct finder *t, const char *text)
{
	uint32_t key = 0;
	size_t i;

	for (i = 0; i < t->key; i++) {
		if (text[i] == '\0')
			return 0;
		key = add_octet(key, text[i], t->key);
	}
	return key;
}

static void
prepare(struct finder *t)
{
	size_t i, b;

	t->key = 4;
	for (i = 0; i < t->count && i < FINDER_MAX; i++) {
		t->len[i] = (unsigned char)strlen(t->phrase[i]);
		if (t->len[i] < t->key)
			t->key = t->len[i];
	}
	for (i = 0; i < t->count && i < FINDER_MAX; i++) {
		b = bucket(key_of(t, t->phrase[i]));
		t->next[i] = t->head[b];
		t->head[b] = (short)(i + 1);
	}
}

static bool
is_in_bucket(const struct finder *t, uint32_t key, const char *text)
{
	short at;

	for (at = t->head[bucket(key)]; at != 0; at = t->next[at - 1])
		if (strncmp(t->phrase[at - 1], text, t->len[at - 1]) == 0)
			return true;
	return false;
}

bool
finder_begins(struct finder *t, const char *text)
{
	uint32_t key;

	if (t->key == 0)
		prepare(t);
	key = key_of(t, text);
	return key != 0 && is_in_bucket(t, key, text);
}

bool
finder_is(struct finder *t, const char *text, size_t len)
{
	uint32_t key;
	short at;

	if (t->key == 0)
		prepare(t);
	key = key_of(t, text);
	for (at = key == 0 ? 0 : t->head[bucket(key)]; at != 0; at = t->next[at - 1])
		if (t->len[at - 1] == len &&
		    memcmp(t->phrase[at - 1], text, len) == 0)
			return true;
	return false;
}

bool
finder_within_first(struct finder *t, const char *text, size_t max)
{
	const char *p = text, *end = text + strnlen(text, max);
	uint32_t key = 0, mask;

	if (t->key == 0)
		prepare(t);
	mask = t->key == 4 ? UINT32_MAX : (UINT32_C(1) << 8 * t->key) - 1;
	for (; p < end; p++) {
		key = (key << 8 | (unsigned char)*p) & mask;
		if (t->head[bucket(key)] != 0 && p + 1 >= text + t->key &&
		    is_in_bucket(t, key, p + 1 - t->key))
			return true;
	}
	return false;
}

bool
finder_within(struct finder *t, const char *text)
{
	return finder_within_first(t, text, strlen(text));
}
