/* ipc.h - records between our own processes
 *
 * A channel is one end of a stream socket pair.  A record is a length, a
 * type, an id chosen by the asker, and bytes (usually base/wire.h).  Both
 * directions are buffered: what is sent goes out in few large writes at the
 * end of the turn, and one read hands out as many records as came, so that
 * who is asked can answer many at once.
 *
 * A peer is never trusted.  A record of a type that is not this peer's to
 * send, or longer than its type allows, closes the channel.
 *
 * When a role dies the parent makes a new pair for it and hands the other
 * side its end.  Whatever was asked on the old channel stays unanswered for
 * ever: intake says 451, the keeper holds its jobs to be due again.  A role
 * that broke the rules is ended and started anew for the same reason: without
 * a channel it would live on and be of no use.
 */
#ifndef DAEMON_IPC_H
#define DAEMON_IPC_H

#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "base/status.h"
#include "daemon/role.h"

struct arena;
struct buf;
struct event;
struct ipc;
struct witnessed;

enum ipc_type {
	/* parent -> any role */
	IPC_CHANNEL = 1,        /* with a descriptor: the channel to role ID */
	IPC_POISON,             /* bytes: name of what killed twice (blackbox.h) */
	IPC_RELOAD,             /* read the campaigns again */
	IPC_STOP,               /* finish what was promised and end */
	IPC_AGREED,             /* to intake: all have the new campaigns now */
	/* any role -> parent */
	IPC_STARTED,            /* in its sandbox and at work */
	IPC_RELOADED,           /* ID 0: the new ones are in use; 1: the old ones */
	IPC_CHANGED,            /* of intake: it has found new campaigns */
	IPC_BROKEN,             /* role ID broke the rules between us */
	/* intake -> keeper */
	IPC_RECIPIENT,          /* bytes: address.  Answer: IPC_VERDICT, same ID */
	IPC_LETTER,             /* bytes: letter_pack, one recipient.  The same */
	IPC_PARK,               /* bytes: ipc_send_park, raw message.  The same */
	IPC_CHECK,              /* bytes: ipc_send_check.  The same */
	IPC_WITNESS,            /* bytes: ipc_send_witness.  The same */
	/* keeper -> intake */
	IPC_VERDICT,            /* bytes: u8 enum verdict */
	/* keeper -> delivery */
	IPC_JOB,                /* ID: outbox entry; bytes: job_pack */
	IPC_TEXT,               /* ID: mailing; bytes: text_pack (message/job.h), one
	                           language of an update, before its first job */
	/* delivery -> keeper */
	IPC_OUTCOME,            /* ID: outbox entry; bytes: ipc_send_outcome */
	IPC_OUTCOME_AGAIN,      /* the same, of updates, when the keeper is new: it
	                           may have been told to the one before */
	/* web -> keeper */
	IPC_VISIT,              /* bytes: visit_pack (message/visit.h): a link was
	                           opened or its button pressed.  Answer: IPC_SEEN,
	                           same ID */
	IPC_ASK_FIGURES,        /* no bytes.  Answer: IPC_FIGURES, same ID */
	/* keeper -> web */
	IPC_SEEN,               /* bytes: seen_pack (message/visit.h) */
	IPC_FIGURES,            /* bytes: text of the numbers, no person in them */
	/* parent -> web */
	IPC_STARTS,             /* bytes: u32 for each role: how often it was started */
	IPC_TYPES
};

const char *ipc_name(enum ipc_type);    /* "letter"; for logs */

struct ipc_calls {
	/* BYTES are the channel's, good until the call returns.  FD is -1, or
	 * the receiver's to close (IPC_CHANNEL only). */
	void (*record)(void *arg, enum ipc_type, uint64_t id, const void *bytes,
	    size_t len, int fd);
	/* The peer is gone or broke the rules; called once.  The channel is to
	 * be freed, here or later; what is sent to it meanwhile is dropped. */
	void (*closed)(void *arg);
	/* The channel was full and is no more; may be NULL. */
	void (*room)(void *arg);
};

#define IPC_RECORD_MAX (256u << 10)     /* of all types but IPC_PARK */
#define IPC_FULL (1u << 20)             /* output waiting from which it is full */

/* Takes over FD, one end of ipc_pair.  PARK_MAX: bytes of an IPC_PARK record;
 * larger ones close the channel.  CALLS is borrowed. */
struct ipc *ipc_new(struct event *, int fd, enum role self, enum role peer,
    size_t park_max, const struct ipc_calls *, void *arg);
void ipc_free(struct ipc **);           /* closes; unsent output is lost */

/* Fatal when the system refuses. */
void ipc_pair(int fd_out[2]);

void ipc_send(struct ipc *, enum ipc_type, uint64_t id, const void *, size_t);
/* The same with bytes packed straight into the output; ipc_end completes the
 * record, and nothing else may be sent in between. */
struct buf *ipc_begin(struct ipc *, enum ipc_type, uint64_t id);
void ipc_end(struct ipc *);
/* Hands FD over: it is closed here once sent. */
void ipc_send_fd(struct ipc *, enum ipc_type, uint64_t id, int fd);

int ipc_is_broken(const struct ipc *);  /* closed, for the peer broke the rules */
int ipc_is_full(const struct ipc *);    /* hold back until room() is called */
size_t ipc_unsent(const struct ipc *);  /* bytes */
/* Back-pressure: while paused nothing is read, and the peer's end fills. */
void ipc_pause(struct ipc *, int paused);
/* Write all that waits, for at most MILLISECONDS: before a process ends. */
void ipc_drain(struct ipc *, int milliseconds);
/* Hand out what a peer that is gone has left in the channel. */
void ipc_read_rest(struct ipc *);

/* The bytes of IPC_VERDICT, IPC_OUTCOME, IPC_CHECK, IPC_WITNESS and IPC_PARK. */
void ipc_send_verdict(struct ipc *, uint64_t id, enum verdict);
enum status ipc_get_verdict(const void *, size_t, enum verdict *out) MUST_CHECK;
void ipc_send_outcome(struct ipc *, uint64_t id, const struct outcome *);
void ipc_send_outcome_again(struct ipc *, uint64_t id, const struct outcome *);
enum status ipc_get_outcome(const void *, size_t, struct outcome *out)
    MUST_CHECK;
void ipc_send_check(struct ipc *, uint64_t id, const char *address,
    uint32_t findings);
enum status ipc_get_check(const void *, size_t, const char **address_out,
    size_t *len_out, uint32_t *findings_out) MUST_CHECK;
void ipc_send_witness(struct ipc *, uint64_t id, const char *slug,
    const char *token, const struct witnessed *);
enum status ipc_get_witness(const void *, size_t, struct arena *,
    const char **slug_out, const char **token_out, struct witnessed *said_out)
    MUST_CHECK;
void ipc_send_park(struct ipc *, uint64_t id, const char *why, const void *,
    size_t);
/* WHY is a fixed phrase of at most 63 octets, copied. */
enum status ipc_get_park(const void *, size_t, char why[64],
    const void **bytes_out, size_t *len_out) MUST_CHECK;

#endif
