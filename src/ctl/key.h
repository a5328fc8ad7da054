/* key.h - undersign key: what its parts share
 *
 * key.c makes and shows a holder's own key; key_deal.c deals, deals anew and
 * passes on shares of a campaign's opening key; lock.c keeps the master key of
 * the server under a passphrase; key_rotate.c changes it.
 */
#ifndef CTL_KEY_H
#define CTL_KEY_H

struct buf;
struct ctl;

/* For what handles secrets: no core file, no debugger. */
void key_leave_no_trace(void);

/* Can new files be put beside PATH?  To be asked before a passphrase is, or anything
 * is made.  0, or the exit code after complaining. */
int key_may_write_beside(const char *path);
/* Mode 0400, synced; a file that is there stays as it is.  0, or the exit code
 * after complaining. */
int key_write_new(const char *path, const struct buf *text);
/* Durably, in place of what is there, whose owner and mode it gets. */
int key_put_in_place(const char *fresh, const char *path);
/* Beside the configuration; the caller frees it. */
char *key_beside_config(const struct ctl *, const char *name);
/* No core file of this process, no debugger. */
void key_leave_no_trace(void);

/* Each does one thing to be done and answers with the exit code. */
int key_deal(struct ctl *);
int key_redeal(struct ctl *);
int key_unseal_share(struct ctl *);
int key_lock(struct ctl *);
int key_passphrase(struct ctl *);
int key_rotate(struct ctl *);

#endif
