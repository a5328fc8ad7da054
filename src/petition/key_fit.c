/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "petition/key_fit.h"

#include "base/arena.h"
#include "config/campaign.h"
#include "seal/identity.h"
#include "store/store.h"

#define NOTE "key.fit"

static int64_t
fingerprint(const struct keys *keys)
{
	unsigned char hash[HASH_BYTES];
	int64_t n;

	keys_hash(keys, KEY_HASH_ADDRESS, 0, NOTE, sizeof NOTE - 1, hash);
	memcpy(&n, hash, sizeof n);
	return n & INT64_MAX;
}

enum status
key_fit_note(struct store *store, const struct keys *keys)
{
	int64_t noted;
	enum status st = store_note_get(store, NOTE, &noted);

	return st == NOT_FOUND ? store_note_set(store, NOTE, fingerprint(keys)) :
	    st;
}

/* More than one, so that a single damaged row condemns no key. */
#define SOME 8

static enum status
fits_some(struct store *store, const struct keys *keys, int64_t campaign,
    enum signature_state state, struct arena *a)
{
	struct signature rows[SOME];
	struct identity who;
	enum status st, answer = NOT_FOUND;
	size_t i, count = 0;

	st = store_signature_list(store, a, campaign, state, 0, rows, SOME, &count);
	if (st != OK)
		return st;
	for (i = 0; i < count; i++) {
		st = identity_open(keys, campaign, rows[i].key,
		    rows[i].identity.data, rows[i].identity.len, a, &who);
		if (st == OK)
			return OK;
		if (st != NOT_FOUND)
			answer = DENIED;
	}
	return answer;
}

static enum status
fits_campaign(struct store *store, const struct keys *keys, const char *slug,
    struct arena *a)
{
	enum campaign_state state;
	int64_t id;
	enum status st = store_campaign(store, slug, &id, &state);

	if (st != OK)
		return st;
	st = fits_some(store, keys, id, SIGNATURE_CONFIRMED, a);
	return st != NOT_FOUND ? st :
	    fits_some(store, keys, id, SIGNATURE_PENDING, a);
}

enum status
key_fit(struct store *store, const struct keys *keys, const struct campaigns *cs)
{
	struct arena *a;
	int64_t noted;
	enum status st = store_note_get(store, NOTE, &noted);
	size_t i;

	if (st != NOT_FOUND)
		return st == OK && noted != fingerprint(keys) ? DENIED : st;
	a = arena_new();
	for (i = 0; st == NOT_FOUND && i < campaigns_count(cs); i++)
		st = fits_campaign(store, keys, campaigns_at(cs, i)->slug, a);
	arena_free(&a);
	return st;
}
