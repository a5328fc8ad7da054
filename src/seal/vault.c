/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/buf.h"
#include "base/log.h"
#include "seal/keys.h"
#include "seal/vault.h"

_Static_assert(DATA_KEY_SEALED == BOX_KEY + crypto_box_SEALBYTES, "sealed key");
_Static_assert(OPENING_BYTES == crypto_box_PUBLICKEYBYTES, "opening key");

/* Of one campaign, in use. */
struct cell {
	struct cell *next;
	int64_t campaign;
	unsigned uses;
	struct data_key public;
	unsigned char *secret;          /* locked memory; NULL: wiped */
};

struct vault {
	struct cell *cells;
	int32_t day;                    /* the oldest that may be there */
};

struct vault *
vault_new(void)
{
	return mem_alloc(sizeof(struct vault));
}

static void
wipe(struct cell *c)
{
	sodium_free(c->secret);         /* NULL is fine */
	c->secret = NULL;
}

void
vault_free(struct vault **vp)
{
	struct cell *c, *next;

	if (*vp == NULL)
		return;
	for (c = (*vp)->cells; c != NULL; c = next) {
		next = c->next;
		wipe(c);
		free(c);
	}
	free(*vp);
	*vp = NULL;
}

void
vault_sweep(struct vault *v, int32_t day)
{
	struct cell *c;

	if (v->day == day)
		return;
	v->day = day;
	for (c = v->cells; c != NULL; c = c->next)
		if (c->public.day != day)
			wipe(c);
}

static struct cell *
find(struct vault *v, int64_t campaign)
{
	struct cell *c;

	for (c = v->cells; c != NULL && c->campaign != campaign; c = c->next)
		;
	if (c != NULL)
		return c;
	c = mem_alloc(sizeof *c);
	c->campaign = campaign;
	c->next = v->cells;
	v->cells = c;
	return c;
}

static bool
still_serves(const struct cell *c, const unsigned char opening[OPENING_BYTES],
    int32_t day)
{
	return c->secret != NULL && c->public.day == day &&
	    c->uses < VAULT_USES &&
	    memcmp(c->public.opening, opening, OPENING_BYTES) == 0;
}

static int64_t
random_number(void)
{
	int64_t n = 0;

	while (n <= 0) {
		seal_random(&n, sizeof n);
		n &= INT64_MAX;
	}
	return n;
}

static enum status
renew(struct cell *c, const unsigned char opening[OPENING_BYTES], int32_t day)
{
	wipe(c);
	c->secret = sodium_malloc(BOX_KEY);
	if (c->secret == NULL)
		log_fatal("no memory for a data key");
	randombytes_buf(c->secret, BOX_KEY);
	c->uses = 0;
	c->public.number = random_number();
	c->public.day = day;
	memcpy(c->public.opening, opening, OPENING_BYTES);
	if (crypto_box_seal(c->public.sealed, c->secret, BOX_KEY, opening) == 0)
		return OK;
	wipe(c);
	return INVALID;
}

enum status
vault_take(struct vault *v, int64_t campaign,
    const unsigned char opening[OPENING_BYTES], int32_t day,
    const struct data_key **out, const unsigned char **key_out)
{
	struct cell *c = find(v, campaign);
	enum status st = OK;

	if (!still_serves(c, opening, day))
		st = renew(c, opening, day);
	c->uses++;
	*out = &c->public;
	*key_out = c->secret;
	return st;
}

enum status
data_key_open(const struct opening_pair *pair,
    const unsigned char sealed[DATA_KEY_SEALED], unsigned char *key)
{
	return crypto_box_seal_open(key, sealed, DATA_KEY_SEALED, pair->public,
	    pair->secret) == 0 ? OK : DENIED;
}
