/* agreed.h - what a signer agreed to, for staff to read
 *
 * What is in force is what store/consent.h has last of it and her row goes by:
 * who is hidden is not on the list, whatever else is written.
 */
#ifndef CTL_AGREED_H
#define CTL_AGREED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "ctl/hand_in.h"

struct arena;
struct campaign;
struct consent;
struct consent_text;
struct signature;
struct store;

/* OUT in the columns of the list; NULL: not agreed to, or not kept.  Rows of one
 * person.  SHARE: of sharing with this organisation only; NULL: with all. */
void agreed_cells(struct arena *, const struct signature *,
    const struct consent *, size_t count, const char *share,
    const char *out[HAND_IN_AGREED]);

/* Whether she agreed to share with the organisation SHARE as it is called now: it
 * stands by NAME in the words that she was shown.  Another that has taken its id
 * over since has no right to hers. */
bool agreed_to_name(const struct consent_text *, size_t text_count,
    const struct consent *list, size_t count, const char *share,
    const char *name);

/* All that she said, line by line, with the words that she was shown. */
enum status agreed_show(struct store *, struct arena *,
    const struct signature *) MUST_CHECK;

/* Complains, and answers the exit code. */
int agreed_no_organisation(const struct campaign *, const char *id);

/* The name that staff know a wording by: the beginning of its hash. */
#define AGREED_NAME 13          /* with NUL */
void agreed_text_name(const unsigned char *hash, char out[AGREED_NAME]);

#endif
