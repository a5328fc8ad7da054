/* visit.h - what opening a link, or pressing its button, does
 *
 *  V1  Looking changes nothing, whoever looks and how often.
 *  V2  A link that is not ours, has run out, or is of another campaign is
 *      answered in one way only: nobody learns what exists.
 *  V3  The button of a confirming link does what a reply to the mail does, by
 *      the same code (P3, state of the campaign, days); of a stopping link, what
 *      its List-Unsubscribe address does.  Pressing again changes nothing.
 *      What it signs is the text that the page showed: when that is no text of
 *      the campaign any more, or the form does not say, the page is shown again.
 *  V4  Tokens of replies are for mail alone.
 */
#ifndef PETITION_VISIT_H
#define PETITION_VISIT_H

#include <stdint.h>

#include "base/status.h"

struct arena;
struct petition;
struct seen;
struct visit;

/* VISIT_ACT: within a transaction.  OK: OUT says what to show once it is
 * committed, its strings in the arena.  Else the store's trouble, upon which
 * nothing of the batch may be committed. */
enum status petition_visit(struct petition *, struct arena *,
    const struct visit *, int64_t now, struct seen *out) MUST_CHECK;

#endif
