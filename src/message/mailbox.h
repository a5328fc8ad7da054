/* mailbox.h - the addresses in a From, To or Cc field
 *
 * GMime reads the list, after charsets have been made UTF-8 and what could
 * make it nest deeply has been cut off.
 */
#ifndef MESSAGE_MAILBOX_H
#define MESSAGE_MAILBOX_H

#include <stddef.h>

struct arena;
struct charsets;
struct header_field;

struct mailbox {
	const char *address;    /* as written, not yet parsed strictly */
	const char *name;       /* decoded and clean, or NULL */
};

#define MAILBOX_COLONS 100      /* each may begin a group within a group */

/* Up to MAX mailboxes, those within groups too; gives how many. */
size_t mailbox_read(struct arena *, struct charsets *, const char *hint,
    const struct header_field *, struct mailbox *out, size_t max);

#endif
