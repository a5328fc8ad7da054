/* blackbox.h - what a role had in hand when it died
 *
 * A little memory shared between a role and the parent.  The role names what it
 * takes in hand and says when it is done; both are a few stores to memory.  The
 * parent reads it when the role was ended by a signal, and while it lives to
 * see whether it is stuck.  What was in hand has a strike against
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

/* Delivery, before the first byte of the message of an update goes out, from any
 * of its threads (outbox/mailing.h M3).  Never forgotten but for newer ones, of this life of the
 * role or the next. */
void blackbox_begin(struct blackbox *, int64_t job);

void blackbox_name_bytes(unsigned char out[BLACKBOX_NAME], const void *, size_t);
void blackbox_name_id(unsigned char out[BLACKBOX_NAME], int64_t id);

/* ---- the keeper's side of delivery's */

#define BLACKBOX_BEGUN 512      /* that many are remembered */

/* How many were begun so far: to be asked before a job is handed over. */
uint64_t blackbox_begun(const struct blackbox *);
/* Was it begun after the first SINCE?  True as well when that is not known any
 * more.  No is an answer for good only when the role that had it is dead. */
bool blackbox_has_begun(const struct blackbox *, int64_t job, uint64_t since);

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
/* For the role's next life; what was begun stays. */
void blackbox_clear(struct blackbox *);

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
