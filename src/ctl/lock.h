/* lock.h - the master key of a locked server: its passphrase, and its daemon
 *
 * The key is opened here, with the passphrase, and given to the daemon by its
 * control socket; the daemon never sees a passphrase, nor the disk the key.
 */
#ifndef CTL_LOCK_H
#define CTL_LOCK_H

struct ctl;

/* The master key itself, whichever way it is kept; master_free it.  0, or the
 * exit code after complaining. */
int lock_read_master(const struct ctl *, unsigned char **out);

/* A new file for it, with a passphrase that is asked for; a file that is there
 * stays as it is. */
int lock_write_master(const struct ctl *, const char *path,
    const unsigned char *master);

#endif
