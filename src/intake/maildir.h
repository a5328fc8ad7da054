/* maildir.h - a Maildir whose new mail is taken in
 *
 * inotify tells of new mail; a scan at start, after an overflow and once a
 * minute finds what it did not tell of, so nothing is missed.  A mail is moved
 * from new/ to cur/ (flag S) only when its verdict is known and not temporary,
 * so a crash in between offers it again, and the keeper's memory of messages
 * keeps it from counting twice.  What gets a 4xx is offered again after a
 * pause that grows from 10 seconds to 10 minutes.  One mail is offered at a
 * time per maildir_next call, and several may be open; names are this program's
 * own affair and never come from a mail.
 *
 * A file that was not moved in but made in new/ is left alone until its writer
 * has closed it or it is two seconds old.  What is no regular file, or begins
 * with a dot, is nobody's mail.
 *
 * However many mails lie there, only a few thousand names are held: a scan goes
 * on where it was as mails are settled, and while 4096 mails wait for their
 * next try nothing else is offered.  Moves are made durable together: when all
 * that was offered is settled, after 256 of them or after a second.
 */
#ifndef INTAKE_MAILDIR_H
#define INTAKE_MAILDIR_H

#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "base/status.h"

struct buf;
struct maildir;

/* Makes tmp/, new/ and cur/ if need be and if it may. */
enum status maildir_open(struct maildir **out, const char *dir, size_t message_max,
    struct reason *) MUST_CHECK;
void maildir_close(struct maildir **);

int maildir_fd(const struct maildir *);         /* inotify; readable: maildir_wake */
void maildir_wake(struct maildir *);
/* clock_tick at which maildir_next is to be called again after it said AGAIN;
 * in the past: now.  CLOCK_NEVER when it gave a mail last, since then it is to
 * be called as soon as the caller can take another. */
int64_t maildir_due(const struct maildir *);

/* The next mail to take in, read into BYTES (cleared first) as it is, with LF
 * or CRLF; AGAIN when there is none now.  *ticket_out names it until
 * maildir_settle.  A mail larger than message_max is moved to cur/ and logged,
 * never offered. */
enum status maildir_next(struct maildir *, struct buf *bytes, uint64_t *ticket_out)
    MUST_CHECK;
void maildir_settle(struct maildir *, uint64_t ticket, enum verdict);

#endif
