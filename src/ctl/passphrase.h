/* passphrase.h - asking for one, on the terminal or from a descriptor
 *
 * On the terminal nothing is shown.  With --passphrase-fd N each passphrase is
 * one line of descriptor N, in the order in which they would be asked for.
 */
#ifndef CTL_PASSPHRASE_H
#define CTL_PASSPHRASE_H

#include <stddef.h>

struct ctl;

/* PROMPT without colon; TWICE for a new one, on the terminal.  0, or the exit
 * code after complaining.  The caller wipes OUT. */
int passphrase_read(const struct ctl *, const char *prompt, int twice, char *out,
    size_t room);

#endif
