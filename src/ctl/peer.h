/* peer.h - a short talk with a mail server, line by line, with a deadline
 *
 * For LMTP to our own daemon.  Blocking, one at a time.
 */
#ifndef CTL_PEER_H
#define CTL_PEER_H

#include <stddef.h>

#include "base/status.h"

struct peer;

/* PLACE: "unix:PATH" or "HOST:PORT".  The deadline, in milliseconds, is for
 * connecting and for each reply.  TEMPFAIL when nobody answers there. */
enum status peer_open(struct peer **out, const char *place, int deadline,
    struct reason *) MUST_CHECK;
void peer_close(struct peer **);

/* The code of a reply and the text of its last line (borrowed until the next
 * call); 0 when the connection is lost or the deadline has passed.  Lines
 * before the last are searched for WORD, when it is not NULL, as an ESMTP
 * keyword; *found_out says. */
int peer_reply(struct peer *, const char **text_out);
int peer_reply_with(struct peer *, const char **text_out, const char *word,
    int *found_out);
/* Whole; 0, or -1 when the connection is lost. */
int peer_send(struct peer *, const char *bytes, size_t len);
int peer_say(struct peer *, const char *format, ...) PRINTF_LIKE(2, 3);

/* Is the daemon there?  Connects to PLACE, reads its greeting, says QUIT. */
enum status peer_probe(const char *place, struct reason *) MUST_CHECK;

#endif
