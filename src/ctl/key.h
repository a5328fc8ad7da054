/* key.h - undersign key: what its parts share
 *
 * key.c makes and shows a holder's own key; key_deal.c deals, deals anew and
 * passes on shares of a campaign's opening key.
 */
#ifndef CTL_KEY_H
#define CTL_KEY_H

struct buf;
struct ctl;

/* Mode 0400, synced; a file that is there stays as it is.  0, or the exit code
 * after complaining. */
int key_write_new(const char *path, const struct buf *text);

/* Each does one thing to be done and answers with the exit code. */
int key_deal(struct ctl *);
int key_redeal(struct ctl *);
int key_unseal_share(struct ctl *);

#endif
