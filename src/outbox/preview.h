/* preview.h - an update shown to those who decide about it
 *
 * The very mail in each of its languages, with a sample person's values: what
 * the templates and the text make of them, as plain text.
 */
#ifndef OUTBOX_PREVIEW_H
#define OUTBOX_PREVIEW_H

#include <stdint.h>

#include "base/status.h"

struct arena;
struct campaign;
struct job;
struct outbox_setup;

/* All languages of a mailing, one below the other, as Markdown; cut where it
 * would not fit into one mail.  NOT_FOUND: there is no such mailing. */
enum status preview_text(const struct outbox_setup *, struct arena *,
    const struct campaign *, int64_t mailing, int64_t now, const char **out)
    MUST_CHECK;

#endif
