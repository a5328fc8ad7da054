/* maildir.h - mail into a folder, for a campaign without an MTA
 *
 * relay = "maildir:DIR".  A mail is written into tmp/, synced, renamed into
 * new/ and the folder synced: what is reported as delivered survives a loss of
 * power.  It is stored as mailbox programs expect it: lines end in LF, and the
 * envelope is on top as Return-Path and Delivered-To.
 */
#ifndef DELIVERY_MAILDIR_H
#define DELIVERY_MAILDIR_H

#include "base/status.h"

struct outcome;
struct smtp_mail;       /* delivery/smtp.h */
struct maildir_out;

/* Makes DIR with tmp, new and cur (0700) where they are missing; folders above
 * DIR have to be there.  Before the sandbox. */
enum status maildir_out_open(struct maildir_out **out, const char *dir,
    struct reason *) MUST_CHECK;
void maildir_out_close(struct maildir_out **);

/* One mail.  No room: DEFERRED; any other trouble with the folder: RELAY_DOWN,
 * with the reason.  Nothing is left in tmp/ either way.  One thread at a time. */
void maildir_out_deliver(struct maildir_out *, const struct smtp_mail *,
    struct outcome *out, struct reason *);

#endif
