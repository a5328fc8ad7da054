/* file.h - files that are there whole or not at all
 *
 * What is written gets its name when it is on the disk, so that neither a reader
 * nor a machine without power finds half of it.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>

#include "base/status.h"

/* In place of what had the name, with exactly this MODE, whatever the umask.
 * FULL, DENIED or TEMPFAIL with nothing changed but perhaps ".NAME.new". */
enum status file_replace(const char *path, const void *, size_t len,
    unsigned mode, struct reason *) MUST_CHECK;

/* The same in an open folder; NAME has no slash.  The new name is lasting once
 * the caller has synced DIR. */
enum status file_replace_at(int dir, const char *name, const void *, size_t len,
    unsigned mode, struct reason *) MUST_CHECK;

#endif
