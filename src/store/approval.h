/* approval.h - who was asked to approve something, and what they answered
 *
 * A part of store.h with the same rules.  The id of an approval goes into the
 * token of the address that is answered to.
 */
#ifndef STORE_APPROVAL_H
#define STORE_APPROVAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "store/store.h"

enum approval_role {
	APPROVAL_AUTHOR,        /* "is this yours?" */
	APPROVAL_APPROVER
};
/* Of what; numbers are those of the database, for ever. */
enum approval_kind {
	APPROVAL_OF_MAILING = 1, APPROVAL_OF_UNCOUNT, APPROVAL_KINDS
};
enum approval_answer { ANSWER_NONE, ANSWER_YES, ANSWER_NO };

struct approval {
	int64_t id;
	enum approval_kind kind;
	int64_t subject;                /* number of the mailing, or whatever */
	unsigned char approver[STORE_HASH];     /* keyed hash of the address */
	enum approval_role role;
	int64_t asked_at, answered_at;
	enum approval_answer answer;
};
enum status store_approval_add(struct store *, struct approval *) MUST_CHECK;
                                                        /* sets id; EXISTS */
enum status store_approval_get(struct store *, int64_t id, struct approval *out)
    MUST_CHECK;                                         /* NOT_FOUND */
enum status store_approval_put(struct store *, const struct approval *)
    MUST_CHECK;
enum status store_approval_list(struct store *, struct arena *,
    enum approval_kind, int64_t subject, struct approval **out,
    size_t *count_out) MUST_CHECK;

#endif
