/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "daemon/event.h"
#include "daemon/intake.h"
#include "intake/lmtp.h"

/* LMTP connections.  Sessions stand in a list, the one that did something
 * last in front, so that the one to give up at the limit is found at the end.
 *
 * A session does something when it gets a reply out of us or sends the body of
 * a message; bytes that trickle in without completing a command do not count.
 * Whatever it does, it must be between two messages again after MESSAGE_MS.
 *
 * Bytes of messages that are still coming in are bounded over all sessions:
 * above HELD_MOST only one session that has sent more than a little goes on at
 * a time, so that there is always one that gets to its end. */

#define READ_SIZE (64u << 10)
#define MESSAGE_MS (10 * 60 * 1000)
#define CLOSE_MS 5000           /* to take our last words */
#define FAVOUR_MS 10000         /* for the one that may go on, above HELD_MOST */
#define HELD_MOST (64u << 20)
#define HELD_LITTLE (16u << 10)
#define ACCEPT_TURN 64
#define ACCEPT_PAUSE 1000
#define COMMAND_LINE 2048
#define ERRORS 20

#define TOO_MANY "421 4.3.2 Too many connections, try again later"
#define IDLE_LONG "421 4.4.2 Nothing came for too long"
#define TOO_SLOW "421 4.4.2 This message takes too long"
#define CLOSING "421 4.3.2 Closing down, try again later"

struct session {
	struct intake_lmtp *all;
	struct session *newer, *older;          /* by when it last did something */
	struct session *next_dirty;
	int fd;                                 /* -1: closed, verdicts still open */
	struct event_watch *watch;
	struct event_timer *timer;
	struct lmtp *lmtp;
	int64_t active, message_since;          /* 0: between messages */
	size_t held;                            /* bytes of this message so far */
	size_t open;                            /* questions at the keeper */
	bool dirty, blocked, throttled;
};

struct intake_lmtp {
	struct intake *in;
	struct lmtp_limits limits;
	int listen_fd;
	bool tcp;
	struct event_watch *listen;
	struct event_timer *listen_again;
	struct event_hook *hook;
	struct session *newest, *oldest, *dirty;
	size_t count, most;
	size_t held;
	struct session *favoured;
	int64_t favoured_since;
	char *bytes;                            /* READ_SIZE, of one read */
};

static void session_touch(struct session *);

/* ---- the list ------------------------------------------------------------- */

static void
list_remove(struct session *s)
{
	struct intake_lmtp *l = s->all;

	*(s->newer != NULL ? &s->newer->older : &l->newest) = s->older;
	*(s->older != NULL ? &s->older->newer : &l->oldest) = s->newer;
	s->newer = s->older = NULL;
}

static void
list_add(struct session *s)
{
	struct intake_lmtp *l = s->all;

	s->older = l->newest;
	*(l->newest != NULL ? &l->newest->newer : &l->oldest) = s;
	l->newest = s;
}

static void
did_something(struct session *s)
{
	s->active = event_tick(s->all->in->self->event);
	if (s->all->newest == s)
		return;
	list_remove(s);
	list_add(s);
}

/* ---- bytes held ------------------------------------------------------------- */

static void
unthrottle(struct intake_lmtp *l)
{
	struct session *s;

	for (s = l->newest; s != NULL; s = s->older)
		if (s->throttled) {
			s->throttled = false;
			session_touch(s);
		}
}

static void
hold(struct session *s, size_t n)
{
	s->held += n;
	s->all->held += n;
}

static void
release(struct session *s)
{
	struct intake_lmtp *l = s->all;
	bool was_over = l->held > HELD_MOST;

	l->held -= s->held;
	s->held = 0;
	if (l->favoured == s) {
		l->favoured = NULL;
		was_over = true;
	}
	if (was_over)
		unthrottle(l);
}

/* May S read on? */
static bool
may_hold(struct session *s)
{
	struct intake_lmtp *l = s->all;

	if (l->held <= HELD_MOST || s->held <= HELD_LITTLE || l->favoured == s)
		return true;
	if (l->favoured != NULL)
		return false;
	l->favoured = s;
	l->favoured_since = event_tick(l->in->self->event);
	event_timer_set(s->timer, l->favoured_since + FAVOUR_MS);
	return true;
}

/* ---- end of a session ---------------------------------------------------------- */

static void
session_bury(struct session *s)
{
	struct intake_lmtp *l = s->all;

	if (s->fd >= 0 || s->open > 0 || s->dirty)
		return;
	lmtp_free(&s->lmtp);
	free(s);
	l->count--;
	intake_check_stop(l->in);
}

static void
session_close(struct session *s)
{
	if (s->fd < 0)
		return;
	event_unwatch(&s->watch);
	event_timer_free(&s->timer);
	(void)close(s->fd);
	s->fd = -1;
	s->throttled = false;
	list_remove(s);
	release(s);
	session_bury(s);
}

/* ---- going out ------------------------------------------------------------------- */

/* The session has output, or its state has changed: see to it at the end of
 * this turn. */
static void
session_touch(struct session *s)
{
	if (s->dirty)
		return;
	s->dirty = true;
	s->next_dirty = s->all->dirty;
	s->all->dirty = s;
}

static void
want(struct session *s)
{
	bool reads = !s->blocked && !s->throttled && !lmtp_is_closing(s->lmtp) &&
	    lmtp_wants_input(s->lmtp) && !intake_is_full(s->all->in);

	event_want(s->watch, (reads ? EVENT_READ : 0) |
	    (s->blocked ? EVENT_WRITE : 0));
}

/* False when the session is gone. */
static bool
write_out(struct session *s)
{
	struct buf *out = lmtp_output(s->lmtp);
	ssize_t n = 0;

	while (out->len > 0) {
		n = send(s->fd, out->data, out->len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			session_close(s);
			return false;
		}
		buf_consume(out, (size_t)n);
	}
	s->blocked = out->len > 0;
	return true;
}

static void
note_progress(struct session *s)
{
	if (lmtp_is_idle(s->lmtp)) {
		s->message_since = 0;
		if (s->held > 0)
			release(s);
	} else if (s->message_since == 0)
		s->message_since = event_tick(s->all->in->self->event);
	if (lmtp_output(s->lmtp)->len > 0 || s->message_since != 0)
		did_something(s);
}

static void
see_to(struct session *s)
{
	if (s->fd < 0) {
		session_bury(s);
		return;
	}
	note_progress(s);
	if (s->all->in->self->stopping && !lmtp_is_waiting(s->lmtp) &&
	    !lmtp_is_closing(s->lmtp))
		lmtp_end(s->lmtp, CLOSING);
	if (!write_out(s))
		return;
	if (!lmtp_is_closing(s->lmtp)) {
		want(s);
		return;
	}
	if (!s->blocked) {
		session_close(s);
		return;
	}
	want(s);
	event_timer_set(s->timer, event_tick(s->all->in->self->event) + CLOSE_MS);
}

/* All replies of a turn go out with one write for each session.  Seeing to one
 * may touch others: they are for the next turn. */
static void
each_turn(void *arg)
{
	struct intake_lmtp *l = arg;
	struct session *s = l->dirty, *next;

	l->dirty = NULL;
	for (; s != NULL; s = next) {
		next = s->next_dirty;
		s->dirty = false;
		see_to(s);
	}
	if (l->dirty != NULL)
		event_again(l->in->self->event);
}

static void
end_with(struct session *s, const char *reply)
{
	lmtp_end(s->lmtp, reply);
	session_touch(s);
}

/* ---- coming in ---------------------------------------------------------------------- */

static void
session_ready(void *arg, unsigned what)
{
	struct session *s = arg;
	struct intake_lmtp *l = s->all;
	ssize_t n;

	session_touch(s);
	if (what & EVENT_WRITE)
		s->blocked = false;
	if (!(what & EVENT_READ) || lmtp_is_closing(s->lmtp) ||
	    !lmtp_wants_input(s->lmtp) || intake_is_full(l->in))
		return;
	if (!may_hold(s)) {
		s->throttled = true;
		return;
	}
	n = recv(s->fd, l->bytes, READ_SIZE, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		session_close(s);
		return;
	}
	hold(s, (size_t)n);
	lmtp_input(s->lmtp, l->bytes, (size_t)n);
	explicit_bzero(l->bytes, (size_t)n);
}

/* The client's time is up, or may be: the timer is set anew only here, since
 * setting it with every byte would cost more than looking now and then. */
static void
session_late(void *arg)
{
	struct session *s = arg;
	struct intake_lmtp *l = s->all;
	int64_t now = event_tick(l->in->self->event);
	int64_t idle = (int64_t)l->in->self->config->intake.idle * 1000;
	int64_t due = s->active + idle;

	if (lmtp_is_closing(s->lmtp)) {
		session_close(s);
		return;
	}
	if (lmtp_is_waiting(s->lmtp) || s->throttled)
		due = now + idle;
	else if (due <= now)
		end_with(s, IDLE_LONG);
	else if (s->message_since != 0 && now >= s->message_since + MESSAGE_MS)
		end_with(s, TOO_SLOW);
	else if (l->favoured == s && now >= l->favoured_since + FAVOUR_MS)
		end_with(s, TOO_SLOW);
	if (lmtp_is_closing(s->lmtp))
		due = now + CLOSE_MS;
	else if (l->favoured == s && due > now + FAVOUR_MS)
		due = now + FAVOUR_MS;
	else if (s->message_since != 0 && due > s->message_since + MESSAGE_MS &&
	    !lmtp_is_waiting(s->lmtp))
		due = s->message_since + MESSAGE_MS;
	event_timer_set(s->timer, due);
}

/* ---- what the session asks ------------------------------------------------------------- */

static void
recipient_answered(void *who, size_t which, enum verdict v)
{
	struct session *s = who;

	(void)which;
	s->open--;
	session_touch(s);
	if (s->fd >= 0)
		lmtp_recipient_answer(s->lmtp, v);
}

static void
ask_recipient(void *arg, struct lmtp *lmtp, const char *address)
{
	struct session *s = arg;
	bool asked;
	enum verdict v = intake_recipient(s->all->in, address,
	    recipient_answered, s, &asked);

	if (asked)
		s->open++;
	else
		lmtp_recipient_answer(lmtp, v);
}

static void
message_answered(void *who, size_t which, enum verdict v)
{
	struct session *s = who;

	s->open--;
	session_touch(s);
	if (s->fd >= 0)
		lmtp_message_answer(s->lmtp, which, v);
}

static const char *
recipient_of(void *who, size_t which)
{
	struct session *s = who;

	return lmtp_recipient(s->lmtp, which);
}

static void
take_message(void *arg, struct lmtp *lmtp, const char *bytes, size_t len)
{
	struct session *s = arg;
	struct intake_message m = { .bytes = bytes, .len = len,
	    .reverse_path = lmtp_reverse_path(lmtp),
	    .count = lmtp_recipient_count(lmtp), .recipient = recipient_of,
	    .answer = message_answered, .who = s };

	s->open += m.count;
	release(s);
	intake_message(s->all->in, &m);
}

static const struct lmtp_calls session_calls = { ask_recipient, take_message };

/* ---- new connections ---------------------------------------------------------------------- */

static struct session *
session_new(struct intake_lmtp *l, int fd)
{
	struct session *s = mem_alloc(sizeof *s);
	struct event *ev = l->in->self->event;
	int on = 1;

	if (l->tcp)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	s->all = l;
	s->fd = fd;
	s->lmtp = lmtp_new(&l->limits, &session_calls, s);
	s->watch = event_watch(ev, fd, EVENT_READ, session_ready, s);
	s->timer = event_timer_new(ev, session_late, s);
	s->active = event_tick(ev);
	event_timer_set(s->timer, s->active +
	    (int64_t)l->in->self->config->intake.idle * 1000);
	list_add(s);
	l->count++;
	session_touch(s);
	return s;
}

/* The connection that has been between two messages the longest. */
static struct session *
idlest(const struct intake_lmtp *l)
{
	struct session *s;

	for (s = l->oldest; s != NULL; s = s->newer)
		if (lmtp_is_idle(s->lmtp) && !lmtp_is_waiting(s->lmtp))
			return s;
	return NULL;
}

static bool
make_place(struct intake_lmtp *l)
{
	struct session *s = idlest(l);

	if (s == NULL)
		return false;
	lmtp_end(s->lmtp, TOO_MANY);
	if (write_out(s))
		session_close(s);
	return true;
}

static void
refuse(int fd)
{
	static const char text[] = TOO_MANY "\r\n";

	(void)send(fd, text, sizeof text - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)close(fd);
}

static void
accept_ready(void *arg, unsigned what)
{
	struct intake_lmtp *l = arg;
	int fd, i;

	(void)what;
	for (i = 0; i < ACCEPT_TURN; i++) {
		fd = accept4(l->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd < 0 && errno == EAGAIN)
			return;
		if (fd < 0) {
			log_warn("lmtp=pause cannot accept connections");
			event_want(l->listen, 0);
			event_timer_set(l->listen_again,
			    event_tick(l->in->self->event) + ACCEPT_PAUSE);
			return;
		}
		if (l->count >= l->most && !make_place(l))
			refuse(fd);
		else
			lmtp_greet(session_new(l, fd)->lmtp, NULL);
	}
}

static void
listen_again(void *arg)
{
	struct intake_lmtp *l = arg;

	if (l->listen != NULL)
		event_want(l->listen, EVENT_READ);
}

/* ---- for the role ------------------------------------------------------------------------------ */

void
intake_lmtp_start(struct intake *in)
{
	const struct config *c = in->self->config;
	struct event *ev = in->self->event;
	struct intake_lmtp *l = mem_alloc(sizeof *l);
	struct sockaddr_storage sa = { 0 };
	socklen_t len = sizeof sa;

	in->lmtp = l;
	l->in = in;
	l->limits = (struct lmtp_limits){
		.message = (size_t)c->limits.message_size,
		.recipients = (size_t)c->limits.recipients,
		.line = COMMAND_LINE,
		.errors = ERRORS,
		.hostname = c->mail_domain,
	};
	l->most = (size_t)c->intake.connections;
	l->listen_fd = in->self->handed_fd;
	l->tcp = getsockname(l->listen_fd, (struct sockaddr *)&sa, &len) == 0 &&
	    sa.ss_family != AF_UNIX;
	l->bytes = mem_alloc(READ_SIZE);
	l->hook = event_hook_new(ev, EVENT_SEND, each_turn, l);
	l->listen_again = event_timer_new(ev, listen_again, l);
	l->listen = event_watch(ev, l->listen_fd, EVENT_READ, accept_ready, l);
}

void
intake_lmtp_resume(struct intake *in)
{
	struct session *s;

	if (intake_is_full(in))
		return;
	for (s = in->lmtp->newest; s != NULL; s = s->older)
		session_touch(s);
	event_again(in->self->event);
}

void
intake_lmtp_stop(struct intake *in)
{
	struct session *s;

	event_unwatch(&in->lmtp->listen);
	for (s = in->lmtp->newest; s != NULL; s = s->older)
		session_touch(s);
}

size_t
intake_lmtp_count(const struct intake *in)
{
	return in->lmtp == NULL ? 0 : in->lmtp->count;
}

void
intake_lmtp_free(struct intake *in)
{
	struct intake_lmtp *l = in->lmtp;

	if (l == NULL)
		return;
	while (l->newest != NULL) {
		l->newest->open = 0;
		session_close(l->newest);
	}
	event_unwatch(&l->listen);
	event_timer_free(&l->listen_again);
	event_hook_free(&l->hook);
	free(l->bytes);
	free(l);
	in->lmtp = NULL;
}
