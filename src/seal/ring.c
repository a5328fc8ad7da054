/* SPDX-License-Identifier: ISC */
#include <string.h>

#include <sodium.h>

#include "base/buf.h"
#include "base/wire.h"
#include "seal/keys-private.h"
#include "seal/ring.h"
#include "seal/sealed.h"

#define FORMAT 1
#define USE(use) (1U << (use))

static struct seal_place
place(unsigned char row[4], uint32_t epoch)
{
	row[0] = (unsigned char)(epoch >> 24);
	row[1] = (unsigned char)(epoch >> 16);
	row[2] = (unsigned char)(epoch >> 8);
	row[3] = (unsigned char)epoch;
	return (struct seal_place){ .key = KEY_SEAL_RING, .row = row,
	    .row_len = 4 };
}

uint32_t
ring_epoch(const struct keys *keys)
{
	return keys->epoch;
}

bool
ring_is_unfinished(const struct keys *keys)
{
	unsigned i, k;

	for (i = 0; i < keys->old_count; i++)
		for (k = 1; k < KEY_COUNT_; k++)
			if (keys->old[i].has[k] &&
			    key_use((enum key)k) == KEY_FOR_SEALING)
				return true;
	return false;
}

/* ---- writing ------------------------------------------------------------------ */

/* Those keys that USES has a bit for and that are there; ends with number 0.
 * HAS NULL: all are. */
static void
put_keys(struct buf *out, const unsigned char key[][KEY_BYTES],
    const bool *has, unsigned uses)
{
	unsigned k;

	for (k = 1; k < KEY_COUNT_; k++) {
		if (k == KEY_SEAL_RING || (has != NULL && !has[k]) ||
		    (uses & USE(key_use((enum key)k))) == 0)
			continue;
		wire_put_u8(out, (uint8_t)k);
		wire_put_bytes(out, key[k], KEY_BYTES);
	}
	wire_put_u8(out, 0);
}

static void
put_old(struct buf *out, const struct keys *keys, unsigned count, unsigned uses)
{
	unsigned i;

	for (i = 0; i < count; i++) {
		wire_put_u32(out, (uint32_t)keys->old[i].last_day);
		put_keys(out, keys->old[i].key, keys->old[i].has, uses);
	}
}

static void
seal_it(const struct keys *with, uint32_t epoch, struct buf *plain,
    struct buf *out)
{
	unsigned char row[4];
	struct seal_place at = place(row, epoch);

	seal_close(with, &at, plain->data, plain->len, out);
	buf_wipe(plain);
}

/* Earlier keys of which there may be a token. */
static unsigned
still_good(const struct keys *keys, int32_t today)
{
	unsigned n = 0;

	while (n < keys->old_count && keys->old[n].last_day >= today)
		n++;
	return n;
}

void
ring_make(const struct keys *now, const struct keys *next, int32_t today,
    int token_days, struct buf *out)
{
	unsigned count = still_good(now, today);
	struct buf plain = BUF_INIT;

	if (count > KEYS_OLD - 1)
		count = KEYS_OLD - 1;
	wire_put_u8(&plain, FORMAT);
	put_keys(&plain, now->key, NULL, USE(KEY_FOR_HASHES));
	wire_put_u8(&plain, (uint8_t)(count + 1));
	wire_put_u32(&plain, (uint32_t)(today + token_days));
	put_keys(&plain, now->key, NULL,
	    USE(KEY_FOR_SEALING) | USE(KEY_FOR_TOKENS));
	put_old(&plain, now, count, USE(KEY_FOR_SEALING) | USE(KEY_FOR_TOKENS));
	seal_it(next, now->epoch + 1, &plain, out);
}

void
ring_finish(const struct keys *keys, int32_t today, struct buf *out)
{
	unsigned count = still_good(keys, today);
	struct buf plain = BUF_INIT;

	wire_put_u8(&plain, FORMAT);
	put_keys(&plain, keys->key, NULL, USE(KEY_FOR_HASHES));
	wire_put_u8(&plain, (uint8_t)count);
	put_old(&plain, keys, count, USE(KEY_FOR_TOKENS));
	seal_it(keys, keys->epoch, &plain, out);
}

/* ---- reading ------------------------------------------------------------------- */

/* Keys up to number 0; a number of a later version of this program is passed
 * over. */
static void
take_keys(struct wire *w, unsigned char key[][KEY_BYTES], bool *has)
{
	const void *bytes;
	unsigned number;
	size_t len;

	while ((number = wire_u8(w)) != 0) {
		bytes = wire_bytes(w, &len);
		if (w->bad || len != KEY_BYTES) {
			w->bad = 1;
			return;
		}
		if (number >= KEY_COUNT_)
			continue;
		memcpy(key[number], bytes, KEY_BYTES);
		if (has != NULL)
			has[number] = true;
	}
}

static void
take_ring(struct keys *keys, struct wire *w)
{
	unsigned i, count;

	if (wire_u8(w) != FORMAT)
		w->bad = 1;
	take_keys(w, keys->key, NULL);
	count = wire_u8(w);
	if (count > KEYS_OLD)
		w->bad = 1;
	for (i = 0; i < count && !w->bad; i++) {
		keys->old[i].last_day = (int32_t)wire_u32(w);
		take_keys(w, keys->old[i].key, keys->old[i].has);
	}
	keys->old_count = count;
}

/* Into a copy first: a damaged ring must change nothing. */
static enum status
read_ring(struct keys *keys, uint32_t epoch, const struct buf *plain)
{
	struct keys *copy = sodium_malloc(sizeof *copy);
	struct wire w;
	enum status st;

	if (copy == NULL)
		return TEMPFAIL;
	memcpy(copy, keys, sizeof *copy);
	wire_open(&w, plain->data, plain->len);
	take_ring(copy, &w);
	copy->epoch = epoch;
	st = wire_done(&w) == OK ? OK : DENIED;
	if (st == OK) {
		(void)sodium_mprotect_readwrite(keys);
		memcpy(keys, copy, sizeof *keys);
		(void)sodium_mprotect_readonly(keys);
	}
	sodium_free(copy);
	return st;
}

enum status
ring_open(struct keys *keys, uint32_t epoch, const void *sealed, size_t len)
{
	unsigned char row[4];
	struct seal_place at = place(row, epoch);
	struct buf plain = BUF_INIT;
	enum status st = seal_open(keys, &at, sealed, len, &plain);

	if (st == OK)
		st = read_ring(keys, epoch, &plain);
	buf_wipe(&plain);
	return st;
}
