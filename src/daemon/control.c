/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "daemon/control.h"
#include "daemon/event.h"

#define TALKS 8                 /* at once */
#define PATIENCE 5000           /* ms for one */

struct talk {
	struct control *control;        /* NULL: free */
	int fd;
	struct event_watch *watch;
	struct event_timer *end;
};

struct control {
	struct event *event;
	int fd;
	struct event_watch *watch;
	const struct control_calls *calls;
	void *arg;
	struct talk talk[TALKS];
};

/* ---- the socket --------------------------------------------------------------- */

static enum status
address(struct sockaddr_un *sun, const struct config *c, struct reason *why)
{
	char *path = mem_printf("%s/" CONTROL_NAME, c->state_dir);
	size_t len = strlen(path);
	enum status st = OK;

	memset(sun, 0, sizeof *sun);
	sun->sun_family = AF_UNIX;
	if (len < sizeof sun->sun_path)
		memcpy(sun->sun_path, path, len);
	else
		st = fail(why, INVALID, "%s: the path of a socket may have at most "
		    "%zu characters; choose a shorter state_dir", path,
		    sizeof sun->sun_path - 1);
	free(path);
	return st;
}

/* Nobody can connect before listen(), so the owner is right by then. */
static enum status
bind_it(int fd, const struct sockaddr_un *sun, const struct config *c)
{
	struct passwd *pw = geteuid() == 0 && c->user != NULL ?
	    getpwnam(c->user) : NULL;
	mode_t old = umask(0177);
	int bad;

	(void)unlink(sun->sun_path);
	bad = bind(fd, (const struct sockaddr *)sun, sizeof *sun) != 0;
	(void)umask(old);
	if (!bad && pw != NULL)
		bad = chown(sun->sun_path, pw->pw_uid, pw->pw_gid) != 0;
	return bad || listen(fd, TALKS) != 0 ? DENIED : OK;
}

/* Does somebody listen there already? */
static bool
is_taken(const struct sockaddr_un *sun)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool taken = fd >= 0 && (connect(fd, (const struct sockaddr *)sun,
	    sizeof *sun) == 0 || errno == EAGAIN);

	if (fd >= 0)
		(void)close(fd);
	return taken;
}

enum status
control_open(int *fd_out, const struct config *c, struct reason *why)
{
	struct sockaddr_un sun;
	enum status st = address(&sun, c, why);
	int fd;

	*fd_out = -1;
	if (st != OK)
		return st;
	if (is_taken(&sun))
		return fail(why, EXISTS, "%s: another undersignd listens on it "
		    "and has this state_dir", sun.sun_path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail_errno(why, TEMPFAIL, "cannot make a socket");
	if (bind_it(fd, &sun, c) != OK) {
		st = fail_errno(why, DENIED, "%s: cannot make this socket",
		    sun.sun_path);
		(void)close(fd);
		return st;
	}
	*fd_out = fd;
	return OK;
}

void
control_unlink(const struct config *c)
{
	struct sockaddr_un sun;
	struct reason why;

	if (address(&sun, c, &why) == OK)
		(void)unlink(sun.sun_path);
}

/* ---- one talk ------------------------------------------------------------------- */

static void
end_talk(struct talk *t)
{
	event_unwatch(&t->watch);
	event_timer_free(&t->end);
	(void)close(t->fd);
	t->control = NULL;
}

static void
took_too_long(void *arg)
{
	end_talk(arg);
}

/* The descriptor that came with a record, or -1; of several, none. */
static int
take_fd(struct msghdr *msg)
{
	struct cmsghdr *c;
	int fd = -1;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
		    c->cmsg_len == CMSG_LEN(sizeof fd))
			memcpy(&fd, CMSG_DATA(c), sizeof fd);
	return fd;
}

static void
answer(struct talk *t, const struct control_request *request, int *fd)
{
	struct control *c = t->control;
	struct control_reply reply = { .version = CONTROL_VERSION };

	reply.answer = (uint8_t)(request->version == CONTROL_VERSION ?
	    c->calls->ask(c->arg, request, fd) : CONTROL_REFUSED);
	reply.state = (uint8_t)c->calls->state(c->arg);
	if (send(t->fd, &reply, sizeof reply, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_debug("control=unheard");
}

static void
on_talk(void *arg, unsigned what)
{
	struct talk *t = arg;
	struct control_request request = { 0 };
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} space;
	struct iovec iov = { &request, sizeof request };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
	    .msg_control = &space, .msg_controllen = sizeof space };
	ssize_t n;
	int fd;

	(void)what;
	memset(&space, 0, sizeof space);
	n = recvmsg(t->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	fd = n < 0 ? -1 : take_fd(&msg);
	if (n == (ssize_t)sizeof request &&
	    (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0)
		answer(t, &request, &fd);
	if (fd >= 0)
		(void)close(fd);
	explicit_bzero(&request, sizeof request);
	end_talk(t);
}

/* ---- new ones -------------------------------------------------------------------- */

static bool
is_welcome(int fd)
{
	struct ucred who;
	socklen_t len = sizeof who;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 &&
	    len == sizeof who && (who.uid == 0 || who.uid == geteuid());
}

static void
on_connect(void *arg, unsigned what)
{
	struct control *c = arg;
	int fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	size_t i = 0;

	(void)what;
	if (fd < 0)
		return;
	while (i < TALKS && c->talk[i].control != NULL)
		i++;
	if (i == TALKS || !is_welcome(fd)) {
		(void)close(fd);
		return;
	}
	c->talk[i].control = c;
	c->talk[i].fd = fd;
	c->talk[i].watch = event_watch(c->event, fd, EVENT_READ, on_talk,
	    &c->talk[i]);
	c->talk[i].end = event_timer_new(c->event, took_too_long, &c->talk[i]);
	event_timer_set(c->talk[i].end, clock_tick() + PATIENCE);
}

struct control *
control_new(struct event *event, int fd, const struct control_calls *calls,
    void *arg)
{
	struct control *c = mem_alloc(sizeof *c);

	c->event = event;
	c->fd = fd;
	c->calls = calls;
	c->arg = arg;
	c->watch = event_watch(event, fd, EVENT_READ, on_connect, c);
	return c;
}

void
control_free(struct control **control)
{
	struct control *c = *control;
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < TALKS; i++)
		if (c->talk[i].control != NULL)
			end_talk(&c->talk[i]);
	event_unwatch(&c->watch);
	(void)close(c->fd);
	free(c);
	*control = NULL;
}
