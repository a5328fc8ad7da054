/* intake.h - what the files of the intake role share
 *
 * intake_role.c asks the keeper; intake_lmtp.c and intake_maildir.c are the
 * two ways in.  Both hand over a message with its recipients and get one
 * answer for each.
 */
#ifndef DAEMON_INTAKE_H
#define DAEMON_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "base/status.h"
#include "daemon/role.h"

struct arena;
struct ipc;
struct letter;
struct reader;
struct recipient;
struct intake_lmtp;
struct intake_maildir;
struct reader_more;
struct words;

/* The verdict on recipient WHICH of what WHO asked about. */
typedef void (*intake_answer)(void *who, size_t which, enum verdict);

struct question {
	intake_answer answer;   /* NULL: free */
	void *who;
	size_t which;
	uint32_t turn;
	size_t next;            /* free slot */
};

struct intake {
	struct role_self *self;
	struct arena *arena;            /* of one message */
	struct arena *ask_arena;        /* of one recipient */
	struct words *words;
	int64_t folder_time, reload_after;
	struct question *question;
	size_t slots, free_slot;
	struct intake_lmtp *lmtp;       /* NULL: not used */
	struct intake_maildir *maildir; /* likewise */
	struct event_timer *stop_timer;

	/* New campaigns were found here; until the keeper has them as well,
	 * whoever asks for a recipient waits. */
	bool agreeing;
	struct waiting *waiting;
	size_t waiting_count, waiting_room;
};

/* May mail come to ADDRESS?  When *ASKED_OUT the answer comes later, else it is
 * the verdict returned.  Without ANSWER the keeper is not asked. */
enum verdict intake_recipient(struct intake *, const char *address,
    intake_answer, void *who, bool *asked_out);

struct intake_message {
	const char *bytes;
	size_t len;
	const char *reverse_path;
	size_t count;           /* of recipients */
	const char *(*recipient)(void *who, size_t which);
	intake_answer answer;   /* once for each recipient, now or later */
	void *who;
};

/* Only when the keeper is not full; borrows until it returns. */
void intake_message(struct intake *, const struct intake_message *);
bool intake_is_full(const struct intake *);

/* Recipients and return path as the message itself tells them; watched over
 * like intake_message.  False, and OUT empty, for one that is poison. */
bool intake_look_in(struct intake *, struct arena *, const char *bytes,
    size_t len, struct reader_more *out);

/* Ends the role when it is to stop and nothing is open any more. */
void intake_check_stop(struct intake *);

/* Is this the answer of a witness?  By what address or reference; its slug may be
 * missing. */
bool intake_is_witness(const struct letter *, const struct recipient **to_out);
/* What it says, to the keeper. */
void intake_send_witness(struct ipc *keeper, struct reader *, struct arena *,
    const char *bytes, size_t len, const char *slug, const char *token,
    uint64_t id);

void intake_lmtp_start(struct intake *);
void intake_lmtp_resume(struct intake *);       /* the keeper has room */
void intake_lmtp_stop(struct intake *);
size_t intake_lmtp_count(const struct intake *);        /* connections */
void intake_lmtp_free(struct intake *);

enum status intake_maildir_open(struct intake *, struct reason *) MUST_CHECK;
void intake_maildir_start(struct intake *);
void intake_maildir_resume(struct intake *);
size_t intake_maildir_count(const struct intake *);     /* waiting for verdicts */
void intake_maildir_free(struct intake *);

#endif
