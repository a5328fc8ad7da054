/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/wire.h"
#include "daemon/event.h"
#include "daemon/ipc.h"
#include "message/recipient.h"
#include "message/visit.h"
#include "message/witnessed.h"

/* On the wire: u32 length of the bytes, u16 type, u16 zero, u64 id; in the
 * machine's own order, since both ends are the same program. */
struct head {
	uint32_t len;
	uint16_t type, zero;
	uint64_t id;
};

#define READ_STEP (64u << 10)
#define READ_TURN (1u << 20)    /* per turn, so that other channels get theirs */
#define SEND_EARLY (4u << 10)   /* so much is not held until the turn ends */
#define SOCKET_ROOM (1 << 20)
#define FDS 4                   /* descriptors on their way at once */
#define SPARE (1u << 20)        /* a larger buffer is given back when empty */
#define ANY ROLE_COUNT
#define NO_BOUND SIZE_MAX       /* the channel's park_max */

/* Who may send what. */
static const struct kind {
	const char *name;
	enum role from, to;
	size_t max;
	int with_fd;
} kinds[IPC_TYPES] = {
	[IPC_CHANNEL] =   { "channel",   ROLE_PARENT,   ANY, 0, 1 },
	[IPC_POISON] =    { "poison",    ROLE_PARENT,   ANY, 64, 0 },
	[IPC_RELOAD] =    { "reload",    ROLE_PARENT,   ANY, 0, 0 },
	[IPC_STOP] =      { "stop",      ROLE_PARENT,   ANY, 0, 0 },
	[IPC_AGREED] =    { "agreed",    ROLE_PARENT,   ROLE_INTAKE, 0, 0 },
	[IPC_CHANGED] =   { "changed",   ROLE_INTAKE,   ROLE_PARENT, 0, 0 },
	[IPC_STARTED] =   { "started",   ANY, ROLE_PARENT, 0, 0 },
	[IPC_RELOADED] =  { "reloaded",  ANY, ROLE_PARENT, 0, 0 },
	[IPC_BROKEN] =    { "broken",    ANY, ROLE_PARENT, 0, 0 },
	[IPC_RECIPIENT] = { "recipient", ROLE_INTAKE,   ROLE_KEEPER, 1024, 0 },
	[IPC_LETTER] =    { "letter",    ROLE_INTAKE,   ROLE_KEEPER, IPC_RECORD_MAX, 0 },
	[IPC_PARK] =      { "park",      ROLE_INTAKE,   ROLE_KEEPER, NO_BOUND, 0 },
	[IPC_CHECK] =     { "check",     ROLE_INTAKE,   ROLE_KEEPER, 1024, 0 },
	[IPC_WITNESS] =   { "witness",   ROLE_INTAKE,   ROLE_KEEPER, 1024, 0 },
	[IPC_VERDICT] =   { "verdict",   ROLE_KEEPER,   ROLE_INTAKE, 1, 0 },
	[IPC_JOB] =       { "job",       ROLE_KEEPER,   ROLE_DELIVERY, IPC_RECORD_MAX, 0 },
	[IPC_TEXT] =      { "text",      ROLE_KEEPER,   ROLE_DELIVERY, IPC_RECORD_MAX, 0 },
	[IPC_OUTCOME] =   { "outcome",   ROLE_DELIVERY, ROLE_KEEPER, 16, 0 },
	[IPC_OUTCOME_AGAIN] = { "outcome-again", ROLE_DELIVERY, ROLE_KEEPER, 16, 0 },
	[IPC_VISIT] =     { "visit",     ROLE_WEB,      ROLE_KEEPER, VISIT_MAX, 0 },
	[IPC_ASK_FIGURES] = { "ask-figures", ROLE_WEB,  ROLE_KEEPER, 0, 0 },
	[IPC_SEEN] =      { "seen",      ROLE_KEEPER,   ROLE_WEB, SEEN_MAX, 0 },
	[IPC_FIGURES] =   { "figures",   ROLE_KEEPER,   ROLE_WEB, IPC_RECORD_MAX, 0 },
	[IPC_STARTS] =    { "starts",    ROLE_PARENT,   ROLE_WEB, 64, 0 },
};

struct ipc {
	struct event *event;
	struct event_watch *watch;
	struct event_hook *hook;
	int fd;                         /* -1: closed */
	enum role self, peer;
	size_t park_max;
	const struct ipc_calls *calls;
	void *arg;

	struct buf in;
	size_t in_start;                /* consumed so far */
	int fds[FDS];                   /* come in and not yet handed out */
	size_t fd_count;

	struct buf out;
	size_t out_start, begun;        /* sent; where the open record begins */
	struct { size_t at; int fd; } gift[FDS];        /* with the byte AT */
	size_t gifts;

	bool paused, resumed, blocked, was_full, broken;
	int busy;                       /* in a call of the owner's */
	bool freed;
};

const char *
ipc_name(enum ipc_type type)
{
	if ((size_t)type >= IPC_TYPES || kinds[type].name == NULL)
		return "unknown";
	return kinds[type].name;
}

void
ipc_pair(int fd_out[2])
{
	int i, room = SOCKET_ROOM;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
	    fd_out) != 0)
		log_fatal("cannot make a channel");
	/* More room lets the next batch gather while this one is synced.
	 * What the system allows is good enough. */
	for (i = 0; i < 2; i++)
		if (setsockopt(fd_out[i], SOL_SOCKET, SO_SNDBUFFORCE, &room,
		    sizeof room) != 0)
			(void)setsockopt(fd_out[i], SOL_SOCKET, SO_SNDBUF, &room,
			    sizeof room);
}

/* ---- end of a channel ---------------------------------------------------- */

static void
shut(struct ipc *ipc)
{
	size_t i;

	if (ipc->fd < 0)
		return;
	event_unwatch(&ipc->watch);
	event_hook_free(&ipc->hook);
	(void)close(ipc->fd);
	ipc->fd = -1;
	for (i = 0; i < ipc->fd_count; i++)
		(void)close(ipc->fds[i]);
	for (i = 0; i < ipc->gifts; i++)
		(void)close(ipc->gift[i].fd);
	ipc->fd_count = ipc->gifts = 0;
	buf_wipe(&ipc->in);
	buf_wipe(&ipc->out);
	ipc->in_start = ipc->out_start = 0;
}

static void
bury(struct ipc *ipc)
{
	if (ipc->freed && ipc->busy == 0)
		free(ipc);
}

void
ipc_free(struct ipc **ipcp)
{
	struct ipc *ipc = *ipcp;

	if (ipc == NULL)
		return;
	*ipcp = NULL;
	shut(ipc);
	ipc->freed = true;
	bury(ipc);
}

static void
lose(struct ipc *ipc)
{
	if (ipc->fd < 0)
		return;
	shut(ipc);
	ipc->busy++;
	ipc->calls->closed(ipc->arg);
	ipc->busy--;
	bury(ipc);
}

static void
broken(struct ipc *ipc, const char *what)
{
	log_warnx("ipc=broken peer=%s %s", role_name(ipc->peer), what);
	ipc->broken = true;
	lose(ipc);
}

int
ipc_is_broken(const struct ipc *ipc)
{
	return ipc->broken;
}

/* ---- coming in ------------------------------------------------------------ */

static bool
may_send(const struct ipc *ipc, const struct head *h)
{
	const struct kind *k;
	size_t max;

	if (h->type >= IPC_TYPES || h->zero != 0)
		return false;
	k = &kinds[h->type];
	if (k->name == NULL || (k->from != ANY && k->from != ipc->peer) ||
	    (k->to != ANY && k->to != ipc->self))
		return false;
	max = k->max == NO_BOUND ? ipc->park_max : k->max;
	return h->len <= max;
}

static int
take_fd(struct ipc *ipc)
{
	int fd = ipc->fds[0];

	ipc->fd_count--;
	memmove(&ipc->fds[0], &ipc->fds[1], ipc->fd_count * sizeof ipc->fds[0]);
	return fd;
}

/* Hand out one record; false when none is complete. */
static bool
hand_out(struct ipc *ipc)
{
	size_t have = ipc->in.len - ipc->in_start;
	const char *at = ipc->in.data + ipc->in_start;
	struct head h;
	int fd = -1;

	if (have < sizeof h)
		return false;
	memcpy(&h, at, sizeof h);
	if (!may_send(ipc, &h)) {
		broken(ipc, "record=not-allowed");
		return false;
	}
	if (have - sizeof h < h.len)
		return false;
	if (kinds[h.type].with_fd) {
		if (ipc->fd_count == 0) {
			broken(ipc, "record=without-descriptor");
			return false;
		}
		fd = take_fd(ipc);
	}
	ipc->in_start += sizeof h + h.len;
	ipc->calls->record(ipc->arg, (enum ipc_type)h.type, h.id, at + sizeof h,
	    h.len, fd);
	return true;
}

static void
hand_out_all(struct ipc *ipc)
{
	while (ipc->fd >= 0 && !ipc->paused && hand_out(ipc))
		;
	if (ipc->fd < 0)
		return;
	buf_consume(&ipc->in, ipc->in_start);
	ipc->in_start = 0;
	if (ipc->in.len == 0 && ipc->in.room > SPARE)
		buf_free(&ipc->in);
}

static void
keep_fds(struct ipc *ipc, struct msghdr *msg)
{
	struct cmsghdr *c;
	int fd;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		memcpy(&fd, CMSG_DATA(c), sizeof fd);
		if (ipc->fd_count < FDS)
			ipc->fds[ipc->fd_count++] = fd;
		else
			(void)close(fd);
	}
}

/* One read.  Only from the parent are descriptors taken; with no room given
 * for them the kernel drops any that another peer may try to plant. */
static ssize_t
receive(struct ipc *ipc)
{
	union { struct cmsghdr head; char room[CMSG_SPACE(sizeof(int))]; } control;
	struct iovec iov;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	buf_reserve(&ipc->in, READ_STEP);
	iov.iov_base = ipc->in.data + ipc->in.len;
	iov.iov_len = ipc->in.room - ipc->in.len - 1;
	if (ipc->peer == ROLE_PARENT) {
		msg.msg_control = control.room;
		msg.msg_controllen = sizeof control.room;
	}
	n = recvmsg(ipc->fd, &msg, MSG_CMSG_CLOEXEC);
	if (n <= 0)
		return n;
	if (ipc->peer == ROLE_PARENT)
		keep_fds(ipc, &msg);
	ipc->in.len += (size_t)n;
	ipc->in.data[ipc->in.len] = '\0';
	return n;
}

static void
read_ready(struct ipc *ipc)
{
	size_t got = 0;
	ssize_t n;

	while (ipc->fd >= 0 && !ipc->paused && got < READ_TURN) {
		n = receive(ipc);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			lose(ipc);
			return;
		}
		got += (size_t)n;
		hand_out_all(ipc);
	}
}

/* ---- going out -------------------------------------------------------------- */

/* Write up to the next descriptor's byte, with the one that is due. */
static ssize_t
transmit(struct ipc *ipc)
{
	union { struct cmsghdr head; char room[CMSG_SPACE(sizeof(int))]; } control;
	struct iovec iov = {
		.iov_base = ipc->out.data + ipc->out_start,
		.iov_len = ipc->out.len - ipc->out_start
	};
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	size_t next = 0;
	ssize_t n;

	if (ipc->gifts > 0 && ipc->gift[0].at == ipc->out_start) {
		memset(&control, 0, sizeof control);
		msg.msg_control = control.room;
		msg.msg_controllen = sizeof control.room;
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.head), &ipc->gift[0].fd, sizeof(int));
		next = 1;
	}
	if (ipc->gifts > next)
		iov.iov_len = ipc->gift[next].at - ipc->out_start;
	n = sendmsg(ipc->fd, &msg, MSG_NOSIGNAL);
	if (n > 0 && next == 1) {
		(void)close(ipc->gift[0].fd);
		ipc->gifts--;
		memmove(&ipc->gift[0], &ipc->gift[1],
		    ipc->gifts * sizeof ipc->gift[0]);
	}
	return n;
}

/* What has been sent is dropped from the front when that moves little. */
static void
compact(struct ipc *ipc)
{
	size_t i;

	if (ipc->out_start < ipc->out.len && ipc->out_start < ipc->out.len / 2)
		return;
	for (i = 0; i < ipc->gifts; i++)
		ipc->gift[i].at -= ipc->out_start;
	buf_consume(&ipc->out, ipc->out_start);
	ipc->out_start = 0;
	if (ipc->out.len == 0 && ipc->out.room > SPARE)
		buf_free(&ipc->out);
}

static void
write_out(struct ipc *ipc)
{
	ssize_t n;

	while (ipc->fd >= 0 && ipc->out_start < ipc->out.len) {
		n = transmit(ipc);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		/* A peer that is gone may have left records: the reading
		 * side finds the end after them. */
		if (n < 0) {
			ipc->out_start = ipc->out.len;
			break;
		}
		ipc->out_start += (size_t)n;
	}
	if (ipc->fd < 0)
		return;
	compact(ipc);
	ipc->blocked = ipc->out.len > 0;
	event_want(ipc->watch, (ipc->paused ? 0 : EVENT_READ) |
	    (ipc->blocked ? EVENT_WRITE : 0));
}

static void
tell_room(struct ipc *ipc)
{
	if (ipc->fd < 0 || !ipc->was_full || ipc_unsent(ipc) > IPC_FULL / 2)
		return;
	ipc->was_full = false;
	if (ipc->calls->room != NULL)
		ipc->calls->room(ipc->arg);
}

static void
ready(void *arg, unsigned what)
{
	struct ipc *ipc = arg;

	ipc->busy++;
	if (what & EVENT_WRITE) {
		write_out(ipc);
		tell_room(ipc);
	}
	if (what & EVENT_READ)
		read_ready(ipc);
	ipc->busy--;
	bury(ipc);
}

static void
each_turn(void *arg)
{
	struct ipc *ipc = arg;

	ipc->busy++;
	if (ipc->resumed) {
		/* What was read before the pause; work for the next turn. */
		ipc->resumed = false;
		hand_out_all(ipc);
		event_again(ipc->event);
	}
	if (ipc->fd >= 0 && ipc->out.len > 0 && !ipc->blocked) {
		write_out(ipc);
		tell_room(ipc);
	}
	ipc->busy--;
	bury(ipc);
}

/* ---- the owner's calls ------------------------------------------------------- */

struct ipc *
ipc_new(struct event *ev, int fd, enum role self, enum role peer,
    size_t park_max, const struct ipc_calls *calls, void *arg)
{
	struct ipc *ipc = mem_alloc(sizeof *ipc);

	ipc->event = ev;
	ipc->fd = fd;
	ipc->self = self;
	ipc->peer = peer;
	ipc->park_max = park_max;
	ipc->calls = calls;
	ipc->arg = arg;
	buf_init(&ipc->in);
	buf_init(&ipc->out);
	ipc->watch = event_watch(ev, fd, EVENT_READ, ready, ipc);
	ipc->hook = event_hook_new(ev, EVENT_SEND, each_turn, ipc);
	return ipc;
}

struct buf *
ipc_begin(struct ipc *ipc, enum ipc_type type, uint64_t id)
{
	struct head h = { .type = (uint16_t)type, .id = id };

	ipc->begun = ipc->out.len;
	buf_add(&ipc->out, &h, sizeof h);
	return &ipc->out;
}

void
ipc_end(struct ipc *ipc)
{
	struct head h;

	if (ipc->fd < 0) {
		buf_wipe(&ipc->out);
		return;
	}
	memcpy(&h, ipc->out.data + ipc->begun, sizeof h);
	h.len = (uint32_t)(ipc->out.len - ipc->begun - sizeof h);
	memcpy(ipc->out.data + ipc->begun, &h, sizeof h);
	if (!ipc->blocked && ipc_unsent(ipc) >= SEND_EARLY)
		write_out(ipc);
	if (ipc_is_full(ipc))
		ipc->was_full = true;
}

void
ipc_send(struct ipc *ipc, enum ipc_type type, uint64_t id, const void *bytes,
    size_t len)
{
	buf_add(ipc_begin(ipc, type, id), bytes, len);
	ipc_end(ipc);
}

void
ipc_send_fd(struct ipc *ipc, enum ipc_type type, uint64_t id, int fd)
{
	if (ipc->fd < 0 || ipc->gifts == FDS) {
		(void)close(fd);
		if (ipc->fd >= 0)
			broken(ipc, "descriptors=too-many");
		return;
	}
	ipc->gift[ipc->gifts].at = ipc->out.len;
	ipc->gift[ipc->gifts++].fd = fd;
	ipc_send(ipc, type, id, NULL, 0);
}

int
ipc_is_full(const struct ipc *ipc)
{
	return ipc_unsent(ipc) >= IPC_FULL;
}

size_t
ipc_unsent(const struct ipc *ipc)
{
	return ipc->out.len - ipc->out_start;
}

void
ipc_pause(struct ipc *ipc, int paused)
{
	if (ipc->fd < 0 || ipc->paused == (paused != 0))
		return;
	ipc->paused = paused != 0;
	ipc->resumed = !ipc->paused && ipc->in.len > 0;
	event_want(ipc->watch, (ipc->paused ? 0 : EVENT_READ) |
	    (ipc->blocked ? EVENT_WRITE : 0));
}

void
ipc_drain(struct ipc *ipc, int milliseconds)
{
	int64_t end = clock_tick() + milliseconds, left;

	ipc->busy++;
	for (;;) {
		struct pollfd p = { .fd = ipc->fd, .events = POLLOUT };

		if (ipc->fd >= 0)
			write_out(ipc);
		left = end - clock_tick();
		if (ipc->fd < 0 || ipc->out.len == 0 || left <= 0)
			break;
		(void)poll(&p, 1, (int)left);
	}
	ipc->busy--;
	bury(ipc);
}

void
ipc_read_rest(struct ipc *ipc)
{
	ssize_t n;

	ipc->busy++;
	ipc->paused = false;
	do {
		if (ipc->fd >= 0)
			hand_out_all(ipc);
		n = ipc->fd < 0 ? 0 : receive(ipc);
	} while (n > 0 || (n < 0 && errno == EINTR));
	ipc->busy--;
	bury(ipc);
}

/* ---- what some records hold --------------------------------------------------- */

void
ipc_send_verdict(struct ipc *ipc, uint64_t id, enum verdict v)
{
	wire_put_u8(ipc_begin(ipc, IPC_VERDICT, id), (uint8_t)v);
	ipc_end(ipc);
}

enum status
ipc_get_verdict(const void *bytes, size_t len, enum verdict *out)
{
	struct wire w;
	uint8_t v;

	*out = VERDICT_DEFER;           /* the safe one */
	wire_open(&w, bytes, len);
	v = wire_u8(&w);
	if (wire_done(&w) != OK || v > VERDICT_FULL)
		return INVALID;
	*out = (enum verdict)v;
	return OK;
}

static void
send_outcome(struct ipc *ipc, enum ipc_type type, uint64_t id,
    const struct outcome *o)
{
	struct buf *b = ipc_begin(ipc, type, id);

	wire_put_u8(b, (uint8_t)o->kind);
	wire_put_u32(b, o->reply);
	wire_put_u8(b, o->code[0]);
	wire_put_u8(b, o->code[1]);
	wire_put_u8(b, o->code[2]);
	ipc_end(ipc);
}

void
ipc_send_outcome(struct ipc *ipc, uint64_t id, const struct outcome *o)
{
	send_outcome(ipc, IPC_OUTCOME, id, o);
}

void
ipc_send_outcome_again(struct ipc *ipc, uint64_t id, const struct outcome *o)
{
	send_outcome(ipc, IPC_OUTCOME_AGAIN, id, o);
}

enum status
ipc_get_outcome(const void *bytes, size_t len, struct outcome *out)
{
	struct wire w;
	uint8_t kind;
	uint32_t reply;

	memset(out, 0, sizeof *out);
	wire_open(&w, bytes, len);
	kind = wire_u8(&w);
	reply = wire_u32(&w);
	out->code[0] = wire_u8(&w);
	out->code[1] = wire_u8(&w);
	out->code[2] = wire_u8(&w);
	if (kind >= OUTCOME_KINDS || reply > 999)
		return INVALID;
	out->kind = (enum outcome_kind)kind;
	out->reply = (uint16_t)reply;
	return wire_done(&w);
}

void
ipc_send_check(struct ipc *ipc, uint64_t id, const char *address,
    uint32_t findings)
{
	struct buf *b = ipc_begin(ipc, IPC_CHECK, id);

	wire_put_u32(b, findings);
	wire_put_bytes(b, address, strlen(address));
	ipc_end(ipc);
}

enum status
ipc_get_check(const void *record, size_t len, const char **address_out,
    size_t *len_out, uint32_t *findings_out)
{
	struct wire w;

	wire_open(&w, record, len);
	*findings_out = wire_u32(&w);
	*address_out = wire_bytes(&w, len_out);
	return wire_done(&w);
}

void
ipc_send_witness(struct ipc *ipc, uint64_t id, const char *slug,
    const char *token, const struct witnessed *said)
{
	struct buf *b = ipc_begin(ipc, IPC_WITNESS, id);
	struct buf packed = BUF_INIT;

	witnessed_pack(said, &packed);
	wire_put_string(b, slug);
	wire_put_string(b, token);
	wire_put_bytes(b, packed.data, packed.len);
	buf_free(&packed);
	ipc_end(ipc);
}

enum status
ipc_get_witness(const void *record, size_t len, struct arena *arena,
    const char **slug_out, const char **token_out, struct witnessed *said_out)
{
	const void *packed;
	size_t packed_len;
	struct wire w;

	wire_open(&w, record, len);
	*slug_out = wire_string(&w, arena, SLUG_MAX);
	*token_out = wire_string(&w, arena, TOKEN_LENGTH);
	packed = wire_bytes(&w, &packed_len);
	if (*slug_out == NULL || *token_out == NULL || wire_done(&w) != OK)
		return INVALID;
	return witnessed_unpack(said_out, packed, packed_len);
}

void
ipc_send_park(struct ipc *ipc, uint64_t id, const char *why, const void *bytes,
    size_t len)
{
	struct buf *b = ipc_begin(ipc, IPC_PARK, id);

	wire_put_bytes(b, why, strnlen(why, 63));
	wire_put_bytes(b, bytes, len);
	ipc_end(ipc);
}

enum status
ipc_get_park(const void *record, size_t len, char why[64],
    const void **bytes_out, size_t *len_out)
{
	struct wire w;
	const void *text;
	size_t text_len;

	wire_open(&w, record, len);
	text = wire_bytes(&w, &text_len);
	*bytes_out = wire_bytes(&w, len_out);
	if (wire_done(&w) != OK || text_len > 63 ||
	    memchr(text, '\0', text_len) != NULL)
		return INVALID;
	memcpy(why, text, text_len);
	why[text_len] = '\0';
	return OK;
}
