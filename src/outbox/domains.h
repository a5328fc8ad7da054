/* domains.h - how fast updates go to each recipient's domain, and in all
 *
 * Buckets kept in the store (base/pace.h), so that a restart forgets neither
 * what was sent nor who asked for a rest.  A few hundred domains are remembered
 * here; of the others the store is asked again.  Within a transaction; after
 * a rollback call domains_forget.
 */
#ifndef OUTBOX_DOMAINS_H
#define OUTBOX_DOMAINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "store/store.h"

struct config;
struct domains;
struct keys;

struct domains *domains_new(struct store *, const struct keys *,
    const struct config *);
void domains_free(struct domains **);
void domains_forget(struct domains *);

/* The name of an address' domain. */
void domains_key(const struct domains *, const char *address,
    unsigned char key_out[STORE_HASH]);

/* When one more may go there: NOW or later.  Until the end of a rest; FIRST:
 * and one of the hour's share is taken, be it of an hour to come. */
enum status domains_due(struct domains *, const unsigned char key[STORE_HASH],
    bool first, int64_t now, int64_t *due_out) MUST_CHECK;
/* It asked for a rest: a minute, doubling to an hour.  Those that come while it
 * rests change nothing. */
enum status domains_rest(struct domains *, const unsigned char key[STORE_HASH],
    int64_t now) MUST_CHECK;
/* It has taken a mail: the next rest is a minute again.  One that goes on is no
 * shorter for it: the mail was on its way when it began. */
enum status domains_accepted(struct domains *,
    const unsigned char key[STORE_HASH], int64_t now) MUST_CHECK;

/* Of all together: how many may go now; and N are going. */
enum status domains_room(struct domains *, int64_t now, size_t *room_out)
    MUST_CHECK;
enum status domains_take(struct domains *, size_t n, int64_t now) MUST_CHECK;

#endif
