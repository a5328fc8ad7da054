/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/clock.h"
#include "petition/act.h"
#include "petition/traits.h"
#include "store/review.h"

#define NAME_MOST 320           /* octets of an address, and the kind */

int64_t
traits_name(const struct keys *keys, int64_t campaign, enum trait_kind kind,
    const void *name, size_t len)
{
	unsigned char text[NAME_MOST], hash[HASH_BYTES];
	int64_t value;

	if (len > sizeof text - 1)
		len = sizeof text - 1;
	text[0] = (unsigned char)kind;
	memcpy(text + 1, name, len);
	keys_hash(keys, KEY_HASH_TRAIT, campaign, text, len + 1, hash);
	memcpy(&value, hash, sizeof value);
	return value == 0 ? 1 : value;
}

enum status
traits_keep(struct act *act)
{
	const struct letter *l = act->letter;
	const struct keys *keys = act->petition->with.keys;
	int64_t campaign = act->campaign_id;
	const char *domain = address_domain_ascii(act->arena, &l->author);
	const char *mailbox = address_mailbox(act->arena, &l->author);
	struct trait t = { .signature = act->sig.id, .campaign = campaign,
	    .hour = (int32_t)(act->now / CLOCK_HOUR),
	    .disposable = l->disposable };

	if (mailbox == NULL)
		mailbox = address_key(act->arena, &l->author);
	t.domain = traits_name(keys, campaign, TRAIT_DOMAIN, domain,
	    strlen(domain));
	t.mailbox = traits_name(keys, campaign, TRAIT_MAILBOX, mailbox,
	    strlen(mailbox));
	if (l->network != NULL)
		t.network = traits_name(keys, campaign, TRAIT_NETWORKS,
		    l->network, strlen(l->network));
	if (l->has_words)
		t.words = traits_name(keys, campaign, TRAIT_TEXT, l->words,
		    sizeof l->words);
	return store_trait_put(act->petition->with.store, &t);
}
