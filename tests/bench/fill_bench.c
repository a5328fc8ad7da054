/* fill_bench.c - a store as it is after a long campaign
 *
 *	fill_bench CONFIG SLUG ROWS [START [DOMAIN]]    add signatures
 *	fill_bench --count CONFIG SLUG          confirmed ones by country
 *
 * Each row is what the program itself would have written: the keyed hash of an
 * address, the identity sealed under the keys of CONFIG, nine in ten confirmed
 * with a number.  Addresses are filledN@example.net, or of DOMAIN, from START on.  The count
 * reads every row and does not look at the counts that the store keeps.
 *
 * SPDX-License-Identifier: ISC
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "config/config.h"
#include "seal/identity.h"
#include "seal/keys.h"
#include "store/store.h"

#define BATCH 1000
#define PACE 20000              /* signatures a day */

static struct {
	struct config *config;
	struct keys *keys;
	struct store *store;
	struct arena *arena;
	struct buf sealed;
	int64_t campaign, now;
	const char *domain;
} with = { .domain = "example.net" };

static void
must(enum status st, const char *what, const struct reason *why)
{
	if (st == OK)
		return;
	(void)fprintf(stderr, "fill_bench: %s: %s\n", what,
	    why != NULL && why->text[0] != '\0' ? why->text : status_text(st));
	exit(1);
}

static void
open_all(const char *file, const char *slug, enum store_mode mode)
{
	struct reason why = { "" };
	enum campaign_state state;
	enum status st;

	clock_open();
	seal_init();
	with.now = clock_now();
	with.arena = arena_new();
	buf_init(&with.sealed);
	must(config_load(&with.config, file, &why), file, &why);
	must(keys_load(&with.keys, with.config->key_file, &why), "key", &why);
	must(store_open(&with.store, with.config->state_dir, mode, &why),
	    "store", &why);
	if (mode == STORE_READ) {
		must(store_campaign(with.store, slug, &with.campaign, &state),
		    slug, NULL);
		return;
	}
	must(store_begin(with.store), "begin", NULL);
	st = store_campaign_add(with.store, slug, &with.campaign);
	must(st == EXISTS ? OK : st, slug, NULL);
	must(store_commit(with.store), "commit", NULL);
}

static void
close_all(void)
{
	store_close(&with.store);
	keys_free(&with.keys);
	config_free(&with.config);
	arena_free(&with.arena);
	buf_free(&with.sealed);
}

static void
seal_person(struct signature *sig, int64_t n)
{
	char address[96], name[64];
	struct identity who = { .address = address, .name = name };

	(void)snprintf(address, sizeof address, "filled%lld@%s", (long long)n,
	    with.domain);
	(void)snprintf(name, sizeof name, "Filled Person %lld", (long long)n);
	if (n % 3 == 0)
		who.city = "Khorugh";
	if (n % 10 == 0)
		who.comment = "Please let him go home to his family.";
	keys_hash(with.keys, KEY_HASH_ADDRESS, with.campaign, address,
	    strlen(address), sig->key);
	buf_clear(&with.sealed);
	identity_seal(with.keys, with.campaign, sig->key, &who, &with.sealed);
	sig->identity = (struct blob){ with.sealed.data, with.sealed.len };
}

/* Half of them from five countries, the rest from all over the alphabet. */
static void
place_person(struct signature *sig, int64_t n, char country[3])
{
	static const char *const many[] = { "TJ", "NO", "US", "DE", "RU" };
	static const char *const languages[] = { "tg", "en", "ru", "nb" };

	country[0] = (char)('A' + n / 2 % 26);
	country[1] = (char)('A' + n / 52 % 8);
	country[2] = '\0';
	sig->country = n % 20 == 7 ? "" : n % 2 == 0 ? many[n / 2 % 5] : country;
	sig->language = languages[n % 4];
	sig->source = n % 7 == 0 ? "poster" : "";
}

static void
add(int64_t n, int64_t days_ago)
{
	struct signature sig = { .campaign = with.campaign, .requests = 1 };
	unsigned char seen[STORE_HASH];
	int64_t when = with.now - days_ago * CLOCK_DAY;
	char country[3];

	seal_random(seen, sizeof seen);
	must(store_seen_add(with.store, seen, with.now), "seen", NULL);
	seal_person(&sig, n);
	place_person(&sig, n, country);
	sig.created_day = clock_day(when);
	sig.requested_at = when - when % CLOCK_DAY;
	if (n % 10 == 9) {
		sig.state = SIGNATURE_PENDING;
		sig.next_at = with.now + 3 * CLOCK_DAY + n;
		sig.expires_at = with.now + 14 * CLOCK_DAY + n;
	} else {
		sig.state = SIGNATURE_CONFIRMED;
		sig.updates = true;
		sig.confirmed_day = sig.created_day;
		must(store_campaign_next_number(with.store, with.campaign,
		    &sig.number), "number", NULL);
	}
	must(store_signature_add(with.store, &sig), "signature", NULL);
	arena_reset(with.arena);
}

static void
fill(int64_t rows, int64_t start)
{
	int64_t n = 0;

	while (n < rows) {
		must(store_begin(with.store), "begin", NULL);
		do {
			add(start + n, (rows - n) / PACE);
			n++;
		} while (n < rows && n % BATCH != 0);
		must(store_commit(with.store), "commit", NULL);
	}
	(void)!store_clean(with.store, 5000);
}

static void
count(void)
{
	static int64_t by_country[26 * 26 + 1];
	static struct signature rows[500];
	int64_t after = 0;
	size_t got, i;

	do {
		must(store_signature_list(with.store, with.arena, with.campaign,
		    SIGNATURE_CONFIRMED, after, rows, 500, &got), "list", NULL);
		for (i = 0; i < got; i++) {
			const char *c = rows[i].country;

			by_country[c[0] == '\0' ? 26 * 26 :
			    (c[0] - 'A') * 26 + c[1] - 'A']++;
			after = rows[i].id;
		}
		arena_reset(with.arena);
	} while (got > 0);
	for (i = 0; i <= 26 * 26; i++)
		if (by_country[i] > 0 && i < 26 * 26)
			printf("%c%c %lld\n", (int)('A' + i / 26),
			    (int)('A' + i % 26), (long long)by_country[i]);
		else if (by_country[i] > 0)
			printf("- %lld\n", (long long)by_country[i]);
}

int
main(int argc, char *argv[])
{
	if (argc == 4 && strcmp(argv[1], "--count") == 0) {
		open_all(argv[2], argv[3], STORE_READ);
		count();
	} else if (argc >= 4 && argc <= 6) {
		open_all(argv[1], argv[2], STORE_CREATE);
		if (argc == 6)
			with.domain = argv[5];
		fill(atoll(argv[3]), argc >= 5 ? atoll(argv[4]) : 0);
	} else {
		(void)fprintf(stderr, "usage: fill_bench CONFIG SLUG ROWS [START [DOMAIN]]\n"
		    "       fill_bench --count CONFIG SLUG\n");
		return 2;
	}
	close_all();
	return 0;
}
