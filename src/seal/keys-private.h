/* keys-private.h - how keys lie in memory; for keys.c, ring.c and master.c
 *
 * All of it is one locked allocation, written while it is made and when a ring
 * is opened, and read-only otherwise.
 */
#ifndef SEAL_KEYS_PRIVATE_H
#define SEAL_KEYS_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "seal/keys.h"

#define KEYS_OLD 4              /* earlier master keys that are known */

struct keys_old {
	bool has[KEY_COUNT_];
	unsigned char key[KEY_COUNT_][KEY_BYTES];
	int32_t last_day;               /* of tokens made with these */
};

struct keys {
	unsigned char key[KEY_COUNT_][KEY_BYTES];
	struct keys_old old[KEYS_OLD];  /* the latest first */
	unsigned old_count;
	uint32_t epoch;                 /* 0: the first master key */
};

/* The master key of a key file, into locked memory. */
enum status keys_read_master(const char *path, unsigned char *master,
    struct reason *) MUST_CHECK;

#endif
