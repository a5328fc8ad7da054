/* blackbox.h - what a role had in hand when it died
 *
 * One page shared between a role and the parent.  The role names what it takes
 * in hand and says when it is done; both are a few stores to memory.  The
 * parent reads the page when the role was ended by a signal, and while it
 * lives to see whether it is stuck.  What was in hand has a strike against
 * it; after the second it is poison: the next life of the role is told, and
 * parks it unread.
 *
 * A name is 16 bytes: of a message's digest, or of an outbox entry's number.
 * It tells nobody what is in the message.
 */
#ifndef DAEMON_BLACKBOX_H
#define DAEMON_BLACKBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLACKBOX_NAME 16
#define BLACKBOX_SLOTS 64       /* delivery: one for each of its threads */

struct blackbox;

/* ---- the role's side */

struct blackbox *blackbox_open(int fd);         /* takes over FD; fatal */
void blackbox_close(struct blackbox **);

void blackbox_take(struct blackbox *, unsigned slot,
    const unsigned char name[BLACKBOX_NAME]);
void blackbox_done(struct blackbox *, unsigned slot);

void blackbox_name_bytes(unsigned char out[BLACKBOX_NAME], const void *, size_t);
void blackbox_name_id(unsigned char out[BLACKBOX_NAME], int64_t id);

/* ---- what a role was told not to touch */

struct poison;

struct poison *poison_new(void);
void poison_free(struct poison **);
void poison_add(struct poison *, const unsigned char name[BLACKBOX_NAME]);
bool poison_has(const struct poison *, const unsigned char name[BLACKBOX_NAME]);
size_t poison_count(const struct poison *);
const unsigned char *poison_at(const struct poison *, size_t);

/* ---- the parent's side */

struct blackbox *blackbox_new(void);            /* fatal when refused */
int blackbox_fd(const struct blackbox *);
void blackbox_clear(struct blackbox *);         /* for the role's next life */

struct blackbox_item {
	unsigned char name[BLACKBOX_NAME];
	int64_t since;          /* clock_tick when it was taken */
};
/* What is in hand: at most COUNT items, returns how many. */
size_t blackbox_read(const struct blackbox *, struct blackbox_item *, size_t count);

/* A strike for NAME.  True when it is the second or a later one. */
struct strikes;
struct strikes *strikes_new(void);
void strikes_free(struct strikes **);
bool strikes_add(struct strikes *, const unsigned char name[BLACKBOX_NAME]);

#endif
