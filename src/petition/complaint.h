/* complaint.h - inside of petition/: somebody called a mail of ours spam
 *
 * It acts on the person of a good token in it, whatever address it came to;
 * her updates stop at once, and for good unless she says otherwise.
 */
#ifndef PETITION_COMPLAINT_H
#define PETITION_COMPLAINT_H

#include "petition/act.h"

/* PERSON of the token of the address it came to, or 0. */
enum status act_complaint(struct act *, int64_t person) MUST_CHECK;

#endif
