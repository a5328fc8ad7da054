/* keys.h - the master key, and one key per purpose
 *
 * The master key is 32 bytes in a file that only its owner may read.  Every
 * other key is derived from it (crypto_kdf, BLAKE2b) by number, so that what
 * one key can do, no other can.  All keys live in one page of locked memory
 * that is left out of core files, and are wiped by keys_free.  Only the keeper
 * and the staff command hold them.  libsodium is used in this folder only.
 */
#ifndef SEAL_KEYS_H
#define SEAL_KEYS_H

#include <stddef.h>

#include "base/status.h"
#include "seal/digest.h"

#define KEY_BYTES 32

/* Numbers are for ever: they are the key schedule of every stored row. */
enum key {
	KEY_TOKEN_CONFIRM = 1, KEY_TOKEN_REPLY, KEY_TOKEN_UNSUBSCRIBE,
	KEY_TOKEN_BOUNCE,
	KEY_SEAL_IDENTITY,      /* signature.identity */
	KEY_SEAL_OUTBOX,        /* outbox.payload */
	KEY_SEAL_PARKED,        /* parked.message */
	KEY_HASH_ADDRESS,       /* signature.key */
	KEY_HASH_MESSAGE,       /* seen.key */
	KEY_HASH_DOMAIN,        /* budget.key */
	KEY_TOKEN_APPROVE, KEY_TOKEN_PROBE,
	KEY_HASH_STAFF,         /* mailing.author, approval.approver */
	KEY_SEAL_HISTORY,       /* what came back, where it is kept sealed */
	KEY_MESSAGE_ID,         /* the name of one person's copy of an update */
	KEY_TOKEN_CHECK,
	KEY_SEAL_RING,          /* earlier keys (seal/ring.h) */
	KEY_HASH_TRAIT,         /* what signatures have in common (trait) */
	KEY_SEAL_TALLY,         /* tally.seed */
	KEY_SEAL_LEAF,          /* leaf.opening */
	KEY_TOKEN_WITNESS,
	KEY_COUNT_
};

struct keys;

/* What a key is for decides what becomes of it when the master key is changed
 * (seal/ring.h). */
enum key_use { KEY_FOR_SEALING = 1, KEY_FOR_TOKENS, KEY_FOR_HASHES };
enum key_use key_use(enum key);

/* Makes a new master key file, mode 0400; EXISTS and nothing changed when
 * there is a file already. */
enum status keys_create(const char *path, struct reason *) MUST_CHECK;

/* DENIED when the file can be read or written by others than owner (and, for
 * a file of root, its group); INVALID when it does not hold 32 bytes. */
enum status keys_load(struct keys **out, const char *path, struct reason *)
    MUST_CHECK;
/* The same from an open file, for a keeper that may no longer open it, or from a
 * pipe that holds the KEY_BYTES of the master key and nothing more; the
 * descriptor stays the caller's, PATH is for reasons. */
enum status keys_load_fd(struct keys **out, int fd, const char *path,
    struct reason *) MUST_CHECK;
/* The same from the master key itself, which stays the caller's to wipe. */
enum status keys_from_master(struct keys **out,
    const unsigned char master[KEY_BYTES], struct reason *) MUST_CHECK;
void keys_free(struct keys **);

/* Borrowed, KEY_BYTES long.  Within seal/ only. */
const unsigned char *keys_get(const struct keys *, enum key);
/* The key of the same purpose from number BACK of the earlier master keys, from
 * 0, the latest; NULL when there is none, or none any more (seal/ring.h). */
const unsigned char *keys_get_old(const struct keys *, enum key, unsigned back);

/* A keyed hash, 16 bytes, of DATA bound to CAMPAIGN (0: to none). */
#define HASH_BYTES 16
void keys_hash(const struct keys *, enum key, long long campaign,
    const void *data, size_t len, unsigned char out[HASH_BYTES]);

/* Random bytes. */
void seal_random(void *out, size_t len);

/* Must be called once before anything else here; fatal when it fails. */
void seal_init(void);

#endif
